"""Dates and times in words, the same everywhere, with the zone always named.

The window shows times in the system's own format (`ui/format.py`); the sentences made here, in
notes, letters and the terminal, use one plain format: "Saturday 12 December 2026, 20:00".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from penelope_admin.errors import BadInputError
from penelope_admin.policy import WEEKDAYS

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
"""Instants outside these bounds are refused: the zone rules are not known, or nobody means them."""

# strftime's names follow the system's language once a window is open; these sentences are English.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def check_instant(instant: datetime) -> datetime:
    """Give back an aware instant in UTC if it is one the program computes with.

    Raises:
        BadInputError: naive, before 1970 or after 2100.
    """
    if instant.tzinfo is None:
        raise BadInputError(f"{instant.isoformat()} has no time zone. Add one, for example +00:00 or Z.")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST <= utc < LATEST:
        raise BadInputError(f"{instant.isoformat()} is outside the years 1970 to 2100. Choose a time within them.")
    return utc


def wall(day: date, clock_time: time, zone: ZoneInfo, *, latest: bool = False) -> datetime:
    """A wall-clock time as an aware UTC instant.

    Args:
        day: the local date.
        clock_time: the local clock time; `24:00` does not exist, use the next day.
        zone: whose wall clock it is.
        latest: which reading to take of a time that happens twice when clocks go back.
    """
    return datetime.combine(day, clock_time, zone).replace(fold=int(latest)).astimezone(UTC)


def place(zone_name: str) -> str:
    """The place a zone is named after: "America/Argentina/Buenos_Aires" is "Buenos Aires"."""
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")


def in_words(day: date) -> str:
    """ "Saturday 12 December 2026"."""
    return f"{WEEKDAYS[day.weekday()].capitalize()} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_weekday(day: date) -> str:
    """ "Sat"."""
    return WEEKDAYS[day.weekday()].capitalize()[:3]


def clock_in_words(moment: datetime | time) -> str:
    """ "20:00", and the two ends of the day by name."""
    return {"00:00": "midnight", "12:00": "noon"}.get(f"{moment:%H:%M}", f"{moment:%H:%M}")


def span_in_words(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 12 December 2026, 20:00 to midnight (Winnipeg)"; the second day is named if it is another."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    ends_at_midnight = last.time() == time(0) and last.date() == first.date() + timedelta(days=1)
    other_day = "" if last.date() == first.date() or ends_at_midnight else f"{in_words(last.date())}, "
    return f"{in_words(first.date())}, {clock_in_words(first)} to {other_day}{clock_in_words(last)} ({place(zone.key)})"


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 12 December 2026, 20:00 (Winnipeg)"."""
    local = moment.astimezone(zone)
    return f"{in_words(local.date())}, {clock_in_words(local)} ({place(zone.key)})"


def duration_in_words(duration: timedelta) -> str:
    """The two largest units worth saying: "12 days 4 hours", "3 hours 5 minutes", "less than a minute"."""
    seconds = max(0, int(duration.total_seconds()))
    sizes = [(length, name) for length, name in _UNITS if seconds >= length][:2]
    if not sizes:
        return "less than a minute"
    parts = []
    for length, name in sizes:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(plural(count, name))
    return " ".join(parts)


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """ "1 day", "2 days"; give `nouns` where the plural is not the noun with an s."""
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    """The zone's distance from UTC at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def changes(zone: ZoneInfo, after: datetime, before: datetime) -> list[datetime]:
    """When the zone's clocks change in (after, before]: instants in UTC, oldest first.

    Looks every six days, so two changes that undo each other within that time are not seen; the
    shortest such pairs since 1970, around Ramadan in Gaza or tried in Brazil, are a week apart.
    """
    step = timedelta(days=6)
    found = []
    early, early_offset = after, after.astimezone(zone).utcoffset()
    while early < before:
        late = min(early + step, before)
        late_offset = late.astimezone(zone).utcoffset()
        if late_offset != early_offset:
            found.append(_change_between(zone, early, late))
        early, early_offset = late, late_offset
    return found


def _change_between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The one change of the zone's clocks in (early, late], to the minute."""
    minute, late_offset = timedelta(minutes=1), late.astimezone(zone).utcoffset()
    while late - early > minute:
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == late_offset:
            late = middle
        else:
            early = middle
    # Clocks change on a whole minute; the search ended less than a minute after it.
    return late.replace(second=0, microsecond=0)
