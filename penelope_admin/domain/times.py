"""Dates and times in words, the same in window, terminal, letters and reports, with the zone always named.

The words are English; the order of day and month, and 12 or 24 hours, are the system's. Whoever starts the program
says once which those are (`use_style`); until then it is "Saturday 12 December 2026, 20:00".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from penelope_admin.errors import BadInputError
from penelope_admin.policy import WEEKDAYS

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
"""Instants outside these bounds are refused: the zone rules are not known, or nobody means them."""

# strftime's names follow the system's language once a window is open; these sentences are English.
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ORDERS = {False: ("{day} {month}", " "), True: ("{month} {day}", ", ")}
"""By whether the month comes first: a day with its month, and what stands between that and weekday or year."""
_NOON = 12
# "12:00 AM" is misread by many, and as the end of a window it is a whole day that is at stake.
_NAMED_HOURS = {(0, 0): "midnight", (_NOON, 0): "noon"}
_HALVES = ("AM", "PM")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


class Style(NamedTuple):
    """How dates and times are written: "12 December" or "December 12", "20:00" or "8:00 PM"."""

    month_first: bool = False
    twelve_hours: bool = False


PLAIN = Style()
_style = [PLAIN]


def use_style(style: Style) -> None:
    """Write dates and times this way from now on, in the whole program."""
    _style[0] = style


def style() -> Style:
    """How dates and times are written in this run."""
    return _style[0]


def check_instant(instant: datetime) -> datetime:
    """Give back an aware instant in UTC if it is one the program computes with.

    Raises:
        BadInputError: naive, before 1970 or after 2100.
    """
    if instant.tzinfo is None:
        raise BadInputError(f"{instant.isoformat()} has no time zone. Add one, for example +00:00 or Z.")
    try:
        utc = instant.astimezone(UTC)
    # At the edges of the calendar an instant with an offset may have no UTC at all.
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


def shown_twice(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether a zone's clock shows an instant's time twice on that day, as clocks go back."""
    local = instant.astimezone(zone)
    return wall(local.date(), local.time(), zone) != wall(local.date(), local.time(), zone, latest=True)


def place(zone_name: str) -> str:
    """The place a zone is named after: "America/Argentina/Buenos_Aires" is "Buenos Aires"."""
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")


def in_words(day: date) -> str:
    """ "Saturday 12 December 2026" or "Saturday, December 12, 2026"."""
    return _ordered(day, MONTHS[day.month - 1], weekday_in_words(day), f"{day.year}")


def date_in_words(day: date) -> str:
    """ "12 December 2026" or "December 12, 2026": without its weekday, for tables of things long past."""
    return _ordered(day, MONTHS[day.month - 1], "", f"{day.year}")


def _ordered(day: date, month: str, weekday: str, year: str) -> str:
    """The parts of a date in this system's order; an empty one is left out."""
    order, between = _ORDERS[style().month_first]
    return between.join(filter(None, (weekday, order.format(day=day.day, month=month), year)))


def day_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """The local day of a moment: "Saturday 12 December 2026"."""
    return in_words(moment.astimezone(zone).date())


def short_day(day: date, today: date | None = None) -> str:
    """ "Sat 12 Dec" or "Sat, Dec 12", for lists; "today" where it is, and with its year where that is another.

    Args:
        today: in the same zone; None where a list names the days around it as well.
    """
    if day == today:
        return "today"
    year = "" if today is None or day.year == today.year else f"{day.year}"
    return _ordered(day, MONTHS[day.month - 1][:3], short_weekday(day), year)


def shortest_day(day: date, today: date | None) -> str:
    """As `short_day`, no wider for a day of another year: "12 Dec 2027", without its weekday."""
    if today is None or day.year == today.year:
        return short_day(day, today)
    return _ordered(day, MONTHS[day.month - 1][:3], "", f"{day.year}")


def month_in_words(day: date) -> str:
    """ "December 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def short_month(day: date) -> str:
    """ "Dec 2026"."""
    return f"{MONTHS[day.month - 1][:3]} {day.year}"


def short_weekday(day: date) -> str:
    """ "Sat"."""
    return weekday_in_words(day)[:3]


def weekday_in_words(day: date) -> str:
    """ "Saturday"."""
    return WEEKDAYS[day.weekday()].capitalize()


def clock_in_words(moment: datetime | time) -> str:
    """ "20:00" or "8:00 PM" as an end of a span, and the two ends of the day by name."""
    return _NAMED_HOURS.get((moment.hour, moment.minute)) or _clock(moment)


def _clock(moment: datetime | time) -> str:
    """ "00:00" or "12:00 AM": of a single moment, "midnight" would leave open of which day it is the end."""
    if not style().twelve_hours:
        return f"{moment:%H:%M}"
    half, hour = divmod(moment.hour, _NOON)
    return f"{hour or _NOON}:{moment.minute:02} {_HALVES[half]}"


def hours_in_words(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "20:00 to midnight (Winnipeg)"; the last day is named if it is another than the first."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    other_day = "" if _is_within_a_day(first, last) else f"{in_words(last.date())}, "
    return f"{clock_in_words(first)} to {other_day}{clock_in_words(last)} ({place(zone.key)})"


def span_in_words(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 12 December 2026, 20:00 to midnight (Winnipeg)"; the second day is named if it is another.

    Where both ends are one it is that moment.
    """
    if starts == ends:
        return moment_in_words(starts, zone)
    return f"{in_words(starts.astimezone(zone).date())}, {hours_in_words(starts, ends, zone)}"


def short_hours(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """ "20:00 to midnight" or "Sat 21:00 to Sun 01:00", for lists whose header names the zone."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    if _is_within_a_day(first, last):
        return f"{clock_in_words(first)} to {clock_in_words(last)}"
    return f"{short_weekday(first)} {clock_in_words(first)} to {short_weekday(last)} {clock_in_words(last)}"


def _is_within_a_day(first: datetime, last: datetime) -> bool:
    """Whether a span ends on the day it starts, or with it."""
    return last.date() == first.date() or (last.time() == time(0) and last.date() == first.date() + timedelta(days=1))


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """ "Saturday 12 December 2026, 20:00 (Winnipeg)"."""
    local = moment.astimezone(zone)
    return f"{in_words(local.date())}, {_clock(local)} ({place(zone.key)})"


def short_moment(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "today, 20:00", "Sat 12 Dec, 20:00", for lists whose header names the zone.

    Args:
        now: the current instant, to know today and this year by.
    """
    local = moment.astimezone(zone)
    return f"{short_day(local.date(), now.astimezone(zone).date())}, {_clock(local)}"


def exact_moment(moment: datetime, zone: ZoneInfo) -> str:
    """ "12 December 2026, 20:00 CST": the zone's short name tells the two hours apart when clocks go back."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    return f"{date_in_words(local.date())}, {_clock(local)} {name if name.isalpha() else f'({place(zone.key)})'}"


def duration_in_words(duration: timedelta) -> str:
    """The two largest units worth saying: "12 days 4 hours", "3 hours 5 minutes", "less than a minute"."""
    seconds = max(0, int(duration.total_seconds()))
    # 12 days 4 hours 30 minutes: days and hours are said, the rest is noise.
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
    """ "1 day", "2,000 days"; give `nouns` where the plural is not the noun with an s."""
    return f"{count:,} {agreeing(count, noun, nouns or f'{noun}s')}"


def days_in_words(first: date, last: date) -> str:
    """ "Saturday 12 December 2026 to Monday 14 December 2026"; one day by itself."""
    return in_words(first) if first == last else f"{in_words(first)} to {in_words(last)}"


def agreeing(count: int, one: str, many: str) -> str:
    """The form of a word that goes with a number: "is" or "are"."""
    return one if count == 1 else many


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"; empty for none."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    """The zone's distance from UTC at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def changes(zone: ZoneInfo, after: datetime, before: datetime) -> list[datetime]:
    """When the zone's clocks change in (after, before]: instants in UTC, oldest first.

    Looks every six days, so two changes that undo each other within that time are not seen; the
    shortest such pairs since 1970, around Ramadan in Gaza or tried in Brazil, are a week apart.
    """
    step = timedelta(days=6)
    moments = []
    # Steps that are shorter than any time between two changes, so that each step holds one at most.
    early, early_offset = after, after.astimezone(zone).utcoffset()
    while early < before:
        late = min(early + step, before)
        late_offset = late.astimezone(zone).utcoffset()
        if late_offset != early_offset:
            moments.append(_change_between(zone, early, late))
        early, early_offset = late, late_offset
    return moments


def _change_between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The one change of the zone's clocks in (early, late], to the minute."""
    minute, late_offset = timedelta(minutes=1), late.astimezone(zone).utcoffset()
    # Halving: six days to a minute in fourteen steps.
    while late - early > minute:
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == late_offset:
            late = middle
        else:
            early = middle
    # Clocks change on a whole minute; the search ended less than a minute after it.
    return late.replace(second=0, microsecond=0)
