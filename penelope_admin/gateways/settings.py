"""The small settings file: how the window looked last, and a copy of the agency's region and zone.

The copy lets the window show the next upgrade before the database is open; the database is the truth.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Literal

import msgspec

from penelope_admin.files import write_private

FILE = "settings.json"
_MAX_BYTES = 256 * 1024
MAX_NAME = 100
"""Letters of a person's name."""

Scheme = Literal["system", "light", "dark"]
Density = Literal["comfortable", "compact"]


class AgencyCopy(msgspec.Struct, frozen=True):
    """The agency's name, region and IANA zone, whether people work through the nights, at one site at least, and in a
    planning copy its date."""

    name: str
    region: str
    zone: str
    around_the_clock: bool = False
    facts_as_of: datetime | None = None


class Settings(msgspec.Struct, frozen=True):
    """What the window remembers. `geometry` and `columns` are Qt's own states, as base64 text.

    Attributes:
        reminder_days: days before an upgrade window on which it is told of; the usual ones while nobody chose.
        silent_reminders: the kinds of reminders that nobody wants here.
        status_page: the address of the vendor's, which is looked at; empty while nobody gave it.
        stays_in_tray: closing the window leaves the program in the system's tray.
        person: the name of whoever uses the program here, for reports; empty while nobody gave it.
        staff_addresses: to whom the notice to the staff goes by mail, as it was typed last.
        time_data_told: the local day on which Overview last said that the time zone data is old.
    """

    agency: AgencyCopy | None = None
    scheme: Scheme = "system"
    density: Density = "comfortable"
    page: str = "overview"
    geometry: str = ""
    columns: dict[str, str] = {}
    time_data_told: date | None = None
    person: str = ""
    staff_addresses: str = ""
    reminder_days: tuple[int, ...] | None = None
    silent_reminders: tuple[str, ...] = ()
    stays_in_tray: bool = False
    status_page: str = ""


def load(home: Path) -> Settings:
    """The settings of a data folder; the defaults where there is no readable file, for it is only a copy."""
    try:
        with (home / FILE).open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_BYTES), type=Settings)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Settings()


def keep_agency(home: Path, copy: AgencyCopy) -> None:
    """Put the copy of the agency into the settings file, unless it is there already.

    Raises:
        BadInputError: the data folder cannot be written; the old settings are unchanged.
    """
    settings = load(home)
    if settings.agency != copy:
        save(home, msgspec.structs.replace(settings, agency=copy))


def save(home: Path, settings: Settings) -> None:
    """Write the settings.

    Raises:
        BadInputError: the data folder cannot be written; the old settings are unchanged.
    """
    write_private(home / FILE, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
