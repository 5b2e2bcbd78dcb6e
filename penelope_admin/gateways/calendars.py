"""Reads closed days and announced windows out of calendars (iCalendar), which come from anywhere: all is bounded."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

from penelope_admin.clock import find_zone
from penelope_admin.domain.moments import Place
from penelope_admin.domain.notice_words import MAX_PROPOSALS, Announcement, ProposedWindow, Span, proposal_of
from penelope_admin.domain.support import MAX_NAME
from penelope_admin.domain.text import one_line
from penelope_admin.domain.times import check_instant, wall
from penelope_admin.domain.windows import LONGEST_WINDOW
from penelope_admin.errors import BadInputError
from penelope_admin.files import read_within
from penelope_admin.gateways import ics

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 2000
MAX_DAYS = 60
"""A longer event is no holiday."""

MAX_RULES, MAX_TIMES = 200, 366
"""How many events may come back, and how often one may: following a rule takes time."""

_EARLIEST_RULE = 1900
_NAMES = ics.NAMES | {"DESCRIPTION"}
_NUMBERS = r"[+-]?\d{1,2}(,[+-]?\d{1,2})*"
_RULE = {
    "FREQ": r"YEARLY",
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "WKST": r"(MO|TU|WE|TH|FR|SA|SU)",
    "BYMONTH": r"\d{1,2}(,\d{1,2})*",
    "BYMONTHDAY": _NUMBERS,
    "BYDAY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*",
}
"""What a yearly rule may be made of, so that it comes true at least every forty years and looking for its days ends."""


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """The whole days of a calendar with their names, oldest first, and how many events are no such days."""

    days: dict[date, str]
    left_out: int


def read_closed_days(file: Path, zone: ZoneInfo, first: date, last: date) -> ClosedDays:
    """Every whole day of a zone that an event of the file covers.

    All-day events count, and events with times that cover a day of the zone from midnight to midnight. Yearly rules
    are followed; cancelled events, parts of days and other rules are left out and counted.

    Args:
        first: the earliest day wanted; `last` the latest.

    Raises:
        BadInputError: the file cannot be read, is no calendar, or is larger than a calendar of holidays is.
    """
    zones, events = ics.Zones(zone, {}), list(_events(_text(file)))
    moved: defaultdict[str, set[ics.Moment]] = defaultdict(set)
    for lines in events:
        moved[ics.value_of(lines, "UID")].update(_moments(lines, "RECURRENCE-ID", zones))
    names: dict[date, str] = {}
    left_out = rules = 0
    for lines in events:
        rules += "RRULE" in lines
        try:
            if "RRULE" in lines and rules > MAX_RULES:
                raise ValueError("too many rules")
            event = ics.Event(lines, zones)
            days = [day for day in _days(event, last, moved[ics.value_of(lines, "UID")]) if first <= day <= last]
        except (LookupError, ValueError, OverflowError):
            days = []
        left_out += not days
        for day in days:
            names.setdefault(day, _name(lines))
    return ClosedDays(dict(sorted(names.items())), left_out)


def is_calendar(text: str) -> bool:
    """Whether a text is meant to be a calendar."""
    return text[:1000].lstrip("\ufeff \t\r\n").upper().startswith("BEGIN:VCALENDAR")


def read_announced(text: str, here: Place) -> Announcement:
    """The windows that the events of a calendar announce; those that are cancelled or come back are left unread.

    Raises:
        BadInputError: it is no calendar, was cut short or is larger than a notice can be.
    """
    if len(text) > MAX_BYTES:
        raise BadInputError("This calendar is larger than 1 MiB; that is not a notice. Nothing was changed.")
    proposals: list[ProposedWindow] = []
    unread: list[str] = []
    for lines in _events(text):
        name = _name(lines)
        if ics.value_of(lines, "STATUS").upper() == "CANCELLED":
            unread.append(f"{name} (cancelled)")
        elif len(proposals) >= MAX_PROPOSALS:
            unread.append(name)
        elif "RRULE" in lines or "RDATE" in lines:
            unread.append(f"{name} (not a single event)")
        else:
            proposals.append(_announced(lines, name, here))
    return Announcement(tuple(proposals), tuple(unread[:MAX_PROPOSALS]))


def _announced(lines: ics.Lines, name: str, here: Place) -> ProposedWindow:
    """The window that an event announces, as far as it can be read."""
    text = ics.value_of(lines, "DESCRIPTION").replace("\\n", "\n").replace("\\N", "\n").replace("\\", "")
    doubts: tuple[str, ...] = ()
    try:
        spans = {span[:2]: span for span in (_window(lines, find_zone(key)) for key in here.own_clocks)}
        parameters, value = lines["DTSTART"][-1]
        if not ics.named_zone(parameters) and not value.strip().upper().endswith("Z"):
            doubts = ("No time zone is named.",)
    except (BadInputError, LookupError, ValueError, OverflowError):
        spans = {}
        doubts = ("Its times cannot be read: a day without hours, an unknown time zone, or too long a window.",)
    if ics.value_of(lines, "STATUS").upper() == "TENTATIVE":
        doubts = (*doubts, "The calendar calls it tentative.")
    return proposal_of(name, text, tuple(spans.values()), doubts, here)


def _window(lines: ics.Lines, zone: ZoneInfo) -> Span:
    """When an event is; on a clock that it does not name, by the zone's.

    Raises:
        LookupError, ValueError, OverflowError: it has no hours, is no window, or cannot be read.
        BadInputError: a time lies outside of the years.
    """
    event = ics.Event(lines, ics.Zones(zone, {}))
    if not isinstance(event.starts, datetime) or not isinstance(event.ends, datetime):
        raise ValueError("no hours")
    first, last = check_instant(event.starts), check_instant(event.ends)
    if not first < last <= first + LONGEST_WINDOW:
        raise ValueError("no window")
    if isinstance(event.starts.tzinfo, ZoneInfo):
        zone = event.starts.tzinfo
    return Span(first, last, zone)


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            raise BadInputError(f"There is no file {file}. Nothing was changed.")
        return read_within(file, MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise BadInputError(f"{file} cannot be read ({error.strerror}). Nothing was changed.") from error
    except ValueError as error:
        raise BadInputError(
            f"{file} is larger than 1 MiB; this is not a calendar of holidays. Nothing was changed."
        ) from error


def _events(text: str) -> Iterator[ics.Lines]:
    """The events of every calendar in a file.

    Raises:
        BadInputError: it is no calendar, was cut short, or has too many.
    """
    try:
        # What it says of zones is not followed: it may hold rules that take all time there is.
        for count, lines in enumerate(ics.read_events(StringIO(text, newline=None), {}, _NAMES)):
            if count >= MAX_EVENTS:
                raise BadInputError(f"The file has more than {MAX_EVENTS} events. Nothing was changed.")
            yield lines
    except ics.BrokenError as error:
        raise BadInputError("This is not a calendar file (.ics), or it was cut short. Nothing was changed.") from error


def _name(lines: ics.Lines) -> str:
    """An event's name as one line without anything that could disturb a terminal."""
    return one_line(ics.as_said(ics.value_of(lines, "SUMMARY")), MAX_NAME)


def _days(event: ics.Event, last: date, moved: set[ics.Moment]) -> Iterator[date]:
    """The whole days of the zone an event covers, its repetitions up to `last`.

    Args:
        moved: starts of repetitions that have an event of their own.

    Raises:
        ValueError: it covers none, is cancelled, or cannot be read.
    """
    if event.is_cancelled:
        raise ValueError("cancelled")
    own, (begins, count) = ics.day_of(event.starts), _whole_days(event)
    starts = {own}
    if "RECURRENCE-ID" not in event.lines:
        if "RRULE" in event.lines:
            starts = set(islice(_yearly(ics.value_of(event.lines, "RRULE"), own, last), MAX_TIMES + 1))
            if len(starts) > MAX_TIMES:
                raise ValueError("too often")
        starts |= {event.day_of(moment) for moment in _moments(event.lines, "RDATE", event.zones)}
        gone = {*_moments(event.lines, "EXDATE", event.zones), *moved}
        starts -= {event.day_of(moment) for moment in gone}
    for start in starts:
        for number in range(count):
            yield start + (begins - own) + timedelta(days=number)


def _moments(lines: ics.Lines, name: str, zones: ics.Zones) -> Iterator[ics.Moment]:
    """The moments that lines name; what cannot be read is passed over."""
    for parameters, value in ics.listed(lines, name):
        with suppress(ValueError):
            yield ics.moment_of((parameters, value.partition("/")[0]), zones)


def _whole_days(event: ics.Event) -> tuple[date, int]:
    """The first whole day of the zone that an event covers without its repetitions, and how many follow each other.

    Raises:
        ValueError: none, or more than a holiday has.
    """
    first, after = event.starts, event.ends
    if isinstance(first, datetime) and isinstance(after, datetime):
        zone, start = event.zones.floating, first
        first, after = start.astimezone(zone).date(), after.astimezone(zone).date()
        first += timedelta(days=wall(first, time(0), zone) < start)
    if not 1 <= (after - first).days <= MAX_DAYS:
        raise ValueError("no whole day, or too many")
    return first, (after - first).days


def _yearly(rule: str, start: date, last: date) -> Iterator[date]:
    """The days of a yearly rule from its start to `last`.

    Raises:
        ValueError: another rule, or one that never comes true.
    """
    from dateutil.rrule import rrulestr

    if start.year < _EARLIEST_RULE:
        raise ValueError("too long ago")
    parts = _rule_parts(rule, start)
    until = parts.pop("UNTIL", f"{last:%Y%m%d}")[:8]
    end = min(last, datetime.strptime(until, "%Y%m%d").replace(tzinfo=UTC).date())
    # Years left out and the number of times are counted here: with them a rule may never come true.
    every, count = int(parts.pop("INTERVAL", "1")), int(parts.pop("COUNT", "9999"))
    plain = ";".join(f"{key}={value}" for key, value in parts.items())
    days = (moment.date() for moment in rrulestr(plain, dtstart=datetime.combine(start, time())))
    in_time = takewhile(lambda day: day <= end, days)
    return islice((day for day in in_time if (day.year - start.year) % every == 0), count)


def _rule_parts(rule: str, start: date) -> dict[str, str]:
    """The parts of a yearly rule with month and day named, if it is one that comes true.

    Raises:
        ValueError: it is not.
    """
    parts = ics.rule_parts(rule, _RULE)
    by_day = re.findall(r"(\d?)[A-Z]{2}", parts.get("BYDAY", ""))
    if by_day and "BYMONTH" not in parts:
        raise ValueError("weekdays of a whole year")
    parts.setdefault("BYMONTH", str(start.month))
    if not by_day:
        parts.setdefault("BYMONTHDAY", str(start.day))
    _check_days(parts)
    if "BYMONTHDAY" in parts and any(by_day):
        raise ValueError("a day that may never come")
    return parts


def _check_days(parts: dict[str, str]) -> None:
    """Refuse what is no month, and days that no named month has, in a leap year."""
    longest = max(monthrange(2024, int(month))[1] for month in parts["BYMONTH"].split(","))
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", "1").split(",")]
    if not 0 < min(days) <= longest:
        raise ValueError("a day that no month has")
