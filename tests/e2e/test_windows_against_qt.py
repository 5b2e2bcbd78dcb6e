"""Every upgrade window from 1970 to 2100, in every time zone, against Qt's own reading of the zones.

The program reads zones with Python's `zoneinfo`, Qt with code of its own. On Linux both read the system's
files, so that any difference is one of reading or of computing. Elsewhere Qt asks the operating system and
Python brings its own data; differences would then be between two releases of the tz database, and nothing is
compared.
"""

from __future__ import annotations

import sys
import zoneinfo
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QDate, QDateTime, QTime, QTimeZone

from penelope_admin.domain.times import changes, in_words, place
from penelope_admin.domain.windows import Calendar
from penelope_admin.policy import Policy

FOLDER = "/usr/share/zoneinfo"
"""Where Qt looks first; Python must look there first, too."""

if sys.platform != "linux" or FOLDER not in zoneinfo.TZPATH[:1] or not Path(FOLDER, "Europe/London").exists():
    pytest.skip("Qt and Python read different time-zone data here", allow_module_level=True)

FIRST, LAST = date(1970, 1, 1), date(2100, 12, 31)
START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
SLICES = 8
"""The zones are shared out to this many tests, so that they can run side by side."""
REGIONS = ("GB", "AU", "US", "NZ", "CA")
SAMPLE = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Mexico_City",
    "America/New_York",
    "America/Noronha",
    "America/Nuuk",
    "America/Regina",
    "America/St_Johns",
    "America/Winnipeg",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Norfolk",
]


def all_zones() -> list[str]:
    """The zones that Python and Qt both know."""
    known = {bytes(name.data()).decode() for name in QTimeZone.availableTimeZoneIds()}
    return sorted(zoneinfo.available_timezones() & known)


def qt_zone(name: str) -> QTimeZone:
    zone = QTimeZone(QByteArray(name.encode()))
    assert zone.isValid(), name
    return zone


def in_qt(instant: datetime, zone: QTimeZone) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(instant.timestamp()), zone)


@cache
def qt_changes(name: str) -> list[datetime]:
    """When, in Qt's reading, a zone's clocks change: a look every day, then halving.

    Qt's own list of transitions would be simpler, but ends in 2037 although its offsets go on.
    """
    zone, utc, found = qt_zone(name), QTimeZone.utc(), []

    def qt_offset(seconds: int) -> int:
        return zone.offsetFromUtc(QDateTime.fromSecsSinceEpoch(seconds, utc))

    day, end = 86400, int(END.timestamp())
    before = qt_offset(0)
    for late in range(day, end + 1, day):
        after = qt_offset(late)
        if after != before:
            seconds = range(late - day + 1, late + 1)
            change = seconds[bisect_left(seconds, True, key=lambda second: qt_offset(second) == after)]
            found.append(datetime.fromtimestamp(change, UTC))
        before = after
    return found


def test_python_and_qt_know_the_same_zones() -> None:
    assert len(all_zones()) >= 0.98 * len(zoneinfo.available_timezones())


@pytest.mark.parametrize("part", range(SLICES))
def test_every_window_has_the_local_times_that_qt_gives_it(policy: Policy, part: int) -> None:
    now = END  # after all windows, so that no time goes into notes about clocks
    differing: dict[str, str] = {}
    for number, name in enumerate(all_zones()[part::SLICES]):
        zone, region = qt_zone(name), REGIONS[number % len(REGIONS)]
        windows = Calendar(policy, region, zoneinfo.ZoneInfo(name)).between(now, FIRST, until=LAST)
        # A window near the very first or last midnight may fall on a local day outside the range.
        assert 131 * 12 - 1 <= len(windows) <= 131 * 12
        for window in windows:
            for instant in (window.starts_at, window.ends_at):
                ours = instant.astimezone(window.zone)
                theirs = in_qt(instant, zone)
                day, clock = theirs.date(), theirs.time()
                if ours.timetuple()[:6] != (
                    *(day.year(), day.month(), day.day()),
                    *(clock.hour(), clock.minute(), clock.second()),
                ):
                    differing.setdefault(name, f"{ours.isoformat()} is {theirs.toString()} in Qt")
    assert not differing


@pytest.mark.parametrize("region", REGIONS)
def test_every_window_starts_and_ends_when_qt_s_new_york_clocks_say_so(policy: Policy, region: str) -> None:
    rule, vendor = policy.region[region], qt_zone("America/New_York")
    overnight = rule.ends < rule.starts
    for window in Calendar(policy, region, zoneinfo.ZoneInfo("UTC")).between(END, FIRST, until=LAST):
        vendor_day = window.starts_at.astimezone(zoneinfo.ZoneInfo("America/New_York")).date()
        day = QDate(vendor_day.year, vendor_day.month, vendor_day.day)
        starts = QDateTime(day, QTime(rule.starts.hour, rule.starts.minute), vendor)
        ends = QDateTime(day.addDays(int(overnight)), QTime(rule.ends.hour, rule.ends.minute), vendor)
        assert starts.toSecsSinceEpoch() == window.starts_at.timestamp()
        assert ends.toSecsSinceEpoch() == window.ends_at.timestamp()


@pytest.mark.parametrize("name", SAMPLE)
def test_clocks_change_when_they_do_in_qt(name: str) -> None:
    assert changes(zoneinfo.ZoneInfo(name), START, END) == qt_changes(name)


def clocks_in_qt(name: str, now: datetime, then: datetime) -> str | None:
    """What a note says of a zone's clocks: the last change before `then`, if they then differ from now's."""
    offsets = [qt_zone(name).offsetFromUtc(in_qt(instant, QTimeZone.utc())) for instant in (now, then)]
    turn = bisect_right(qt_changes(name), then)
    if offsets[0] == offsets[1] or not turn or qt_changes(name)[turn - 1] <= now:
        return None
    day = in_qt(qt_changes(name)[turn - 1], qt_zone(name)).date()
    direction = "forward" if offsets[1] > offsets[0] else "back"
    return f"go {direction} on {in_words(date(day.year(), day.month(), day.day()))} ({place(name)})"


@pytest.mark.parametrize("name", SAMPLE)
def test_notes_about_clocks_are_those_that_qt_s_changes_call_for(policy: Policy, name: str) -> None:
    months = Calendar(policy, "GB", zoneinfo.ZoneInfo(name))
    noted = 0
    for nth in range(60):
        now = datetime(1999, 2, 3, 4, 5, tzinfo=UTC) + nth * timedelta(days=311)
        for window in months.upcoming(now, 13):
            here = clocks_in_qt(name, now, window.starts_at)
            there = clocks_in_qt("America/New_York", now, window.starts_at)
            expected = f"Clocks {here}, " if here else f"Clocks at the vendor {there}, " if there else ""
            notes = [note for note in window.notes if note.startswith("Clocks")]
            assert len(notes) == bool(expected)
            assert not expected or notes[0].startswith(expected)
            noted += bool(expected)
    assert noted > 100
