"""The agency's upgrade windows, with the notices it recorded."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from penelope_admin.domain.times import LATEST
from penelope_admin.domain.windows import LONGEST_WINDOW, Calendar, Notice, Window
from penelope_admin.services.calendar.notices import LONGEST_MOVE
from penelope_admin.services.work import Work

UPGRADES = 12
"""So many upgrades are a year of them."""
LOOKED_AT = 48
"""So many windows are looked through for the one that a notice to the staff is about."""


def upcoming(work: Work, count: int = 12) -> list[Window]:
    """The agency's next windows, the one in progress first.

    Raises:
        BadInputError: the count is out of bounds.
    """
    return work.calendar.upcoming(work.now, count)


def coming_year(work: Work) -> list[Window]:
    """The agency's next twelve upgrades with the emergency maintenance among them; what is in progress first."""
    emergencies = sum(notice.kind == "emergency" for notice in work.calendar.counting)
    windows = upcoming(work, UPGRADES + emergencies)
    twelfth = [window for window in windows if not window.is_emergency][UPGRADES - 1]
    return windows[: windows.index(twelfth) + 1]


def without_upgrade(work: Work) -> list[tuple[date, Notice]]:
    """The months of which a notice says that they have no upgrade, by their first day; of long ago none."""
    months, since = work.calendar, work.now - LONGEST_MOVE
    return [(months.month_of(notice), notice) for notice in months.cancelled if notice.ends_at > since]


def find_coming(work: Work, key: str | None) -> Window | None:
    """The window of this key; None where it is over, or not known any more."""
    if key is None:
        return None
    return next((window for window in work.calendar.upcoming(work.now, LOOKED_AT) if window.key == key), None)


def agency_calendar(work: Work, zone: ZoneInfo | None = None) -> Calendar:
    """The agency's calendar, for ranges."""
    return work.calendar_in(zone or work.zone)


def touching(work: Work, first: date, last: date) -> list[Window]:
    """The windows that may meet some local days: one may have started before the first of them."""
    return work.calendar.between(work.now, first - LONGEST_WINDOW - timedelta(days=1), until=last_known(last))


def last_known(day: date, later: timedelta = timedelta(0)) -> date:
    """A day and so much later, or the last day of the calendar if that is earlier."""
    return day + min(later, LATEST.date() - timedelta(days=1) - day)
