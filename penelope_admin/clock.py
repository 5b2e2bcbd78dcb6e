"""The one place that knows what time it is, which time zones there are, and whose rules for them count.

Governments change their clocks at short notice, so the newest copy of the IANA time zone database at hand counts: this
computer's own, the one that came with the program (the `tzdata` package), or one that was imported by hand.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from penelope_admin.errors import BadInputError


class Clock(Protocol):
    """Gives the current instant. Injected by `app.py`; tests and pictures inject a fixed one."""

    def now(self) -> datetime:
        """The current instant as an aware UTC datetime."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The current instant as an aware UTC datetime."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is set, for pictures, benchmarks and tests."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self.instant.astimezone(UTC)


# --- Time zone data -------------------------------------------------------------------------------------------------

ZoneSource = Literal["system", "package", "imported"]
IMPORTED_FOLDER = "time-data"
"""Where in the data folder imported time zone data is kept: a folder for its version, with `zoneinfo` in it."""

VERSION = re.compile(r"([0-9]{4})([a-z]{1,2})")
_LONGEST_NAME = 64
_SYSTEM_PATH = zoneinfo.TZPATH
"""Where this computer keeps its own data; remembered because the library's own list is replaced below."""

_NAMES: dict[ZoneSource, str] = {
    "system": "this computer's own time zone data",
    "package": "the time zone data that came with Penelope Admin",
    "imported": "the imported time zone data",
}
_PUBLISHED = {
    "2024a": date(2024, 2, 1),
    "2024b": date(2024, 9, 4),
    "2025a": date(2025, 1, 15),
    "2025b": date(2025, 3, 22),
    "2025c": date(2025, 12, 10),
    "2026a": date(2026, 3, 2),
    "2026b": date(2026, 4, 23),
    "2026c": date(2026, 7, 10),
    "2026d": date(2026, 9, 12),
    "2026e": date(2026, 9, 30),
    "2026f": date(2026, 10, 28),
}
"""When the releases known to this program came out: as IANA announced them, the last four as `tzdata` packed them."""


class ZoneData(NamedTuple):
    """A copy of the IANA time zone database.

    Attributes:
        folder: holds a file for each zone.
        version: IANA's name of the release, "2026f"; None where the copy does not say.
    """

    source: ZoneSource
    folder: Path
    version: str | None

    @property
    def name(self) -> str:
        """ "this computer's own time zone data (2025b)"."""
        return f"{_NAMES[self.source]} ({self.version or 'of an unknown release'})"

    @property
    def published(self) -> date | None:
        """The day on which this release came out; None where that is not known here."""
        return _PUBLISHED.get(self.version or "")

    @property
    def newest_possible(self) -> date | None:
        """The last day on which this release can have come out; None where the copy does not say which it is."""
        if self.version is None:
            return None
        return self.published or date(int(self.version[:4]), 12, 31)

    @property
    def age_rank(self) -> tuple[int, int, str]:
        """Sorts releases from old to new; one without a name comes before all others."""
        match = VERSION.fullmatch(self.version or "")
        return (int(match[1]), len(match[2]), match[2]) if match else (0, 0, "")

    def read(self, name: str) -> ZoneInfo | None:
        """A zone as this copy has it; None where it lacks the zone."""
        try:
            with (self.folder / name).open("rb") as file:
                return ZoneInfo.from_file(file, key=name)
        except (OSError, ValueError):
            return None


def system_version(folder: Path) -> str | None:
    """The release that a folder of zone files names: in its source text, or as macOS and the BSDs do."""
    for file, start in (("tzdata.zi", "# version "), ("+VERSION", "")):
        try:
            with (folder / file).open("rb") as stream:
                line = stream.readline(80).decode("ascii", "replace").strip()
        except OSError:
            continue
        version = line.removeprefix(start)
        if line.startswith(start) and VERSION.fullmatch(version):
            return version
    return None


def _system_data() -> ZoneData | None:
    folders = (Path(name) for name in _SYSTEM_PATH if Path(name, "UTC").is_file())
    return next((ZoneData("system", folder, system_version(folder)) for folder in folders), None)


def _package_data() -> ZoneData | None:
    try:
        import tzdata
    except ImportError:  # some distributions leave it out, because they keep the system's own data current
        return None
    folder = Path(tzdata.__file__).parent / "zoneinfo"
    return ZoneData("package", folder, str(tzdata.IANA_VERSION)) if folder.is_dir() else None


def imported_data(home: Path) -> list[ZoneData]:
    """The time zone data kept in a data folder."""
    try:
        versions = [entry.name for entry in (home / IMPORTED_FOLDER).iterdir() if VERSION.fullmatch(entry.name)]
    except OSError:
        return []
    return [ZoneData("imported", home / IMPORTED_FOLDER / version / "zoneinfo", version) for version in versions]


_at_hand: list[ZoneData] = []


def use_zone_data(home: Path | None = None) -> ZoneData:
    """Choose the newest time zone data at hand, for the whole process.

    Every zone comes from it from now on, those that libraries ask for included. Zones that were found before keep
    the rules they had.

    Args:
        home: the data folder, for what was imported there.

    Returns:
        The data in force.

    Raises:
        BadInputError: this computer has no time zone data at all.
    """
    # What came with the program goes first where two copies are of the same release: it is the same everywhere.
    candidates: list[ZoneData | None] = [_package_data(), *(imported_data(home) if home else ()), _system_data()]
    releases = sorted((data for data in candidates if data is not None), key=lambda data: data.age_rank, reverse=True)
    if not releases:
        raise BadInputError("No time zone data was found. Nothing was changed. Install the Python package tzdata.")
    if releases != _at_hand:
        _at_hand[:] = releases
        zoneinfo.reset_tzpath(to=[str(releases[0].folder.absolute())])  # other paths are an error there
        ZoneInfo.clear_cache()
        older_readings.cache_clear()
    return releases[0]


def zone_data() -> tuple[ZoneData, ...]:
    """The time zone data at hand, newest first; the first is in force."""
    if not _at_hand:
        use_zone_data()
    return tuple(_at_hand)


@lru_cache
def older_readings(name: str) -> tuple[tuple[ZoneData, ZoneInfo], ...]:
    """A zone as the copies at hand that are not in force have it, for telling where they differ."""
    read = ((data, data.read(name)) for data in zone_data()[1:])
    return tuple((data, zone) for data, zone in read if zone is not None)


def find_zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name, by the newest data at hand.

    Raises:
        BadInputError: there is no such zone.
    """
    zone_data()
    try:
        if len(name) > _LONGEST_NAME:
            raise ValueError("no zone has so long a name")
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInputError(
            f'"{name[:_LONGEST_NAME]}" is not a time zone of the IANA database. Nothing was changed. '
            'Zones look like "America/Winnipeg" or "Australia/Sydney".'
        ) from error


_OLD_AFTER_MONTHS = 9


def age_warning(data: ZoneData, today: date) -> str | None:
    """What to say of data that is more than nine months old; None while it is newer or does not say its age."""
    from dateutil.relativedelta import relativedelta

    newest = data.newest_possible
    if newest is None or newest + relativedelta(months=_OLD_AFTER_MONTHS) >= today:
        return None
    return (
        f"The newest time zone data here is {data.version}, more than nine months old. Some places may have changed "
        "their clocks since. Update this computer or Penelope Admin, or import newer data in Settings."
    )


def may_tell_again(told_on: date | None, today: date) -> bool:
    """Whether what is told once a month is to be told on this day: all day long, then not for a month."""
    from dateutil.relativedelta import relativedelta

    return told_on is None or told_on == today or told_on + relativedelta(months=1) <= today
