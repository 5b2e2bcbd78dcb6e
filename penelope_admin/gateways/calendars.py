"""Reads closed days and announced windows out of calendars (iCalendar), which come from anywhere: all is bounded."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
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

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 2000
MAX_DAYS = 60
"""A longer event is no holiday."""

MAX_RULES, MAX_TIMES = 200, 366
"""How many events may come back, and how often one may: following a rule takes time."""

_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,3}")
"""What names of the IANA database are made of; a longer path would be followed folder by folder."""
_MAX_LINE = 20_000
_EARLIEST_RULE = 1900
_LINE_END = r"(?:\r\n|\n|\r)"
_WANTED = frozenset(
    {"UID", "SUMMARY", "DESCRIPTION", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
     "RECURRENCE-ID"}
)  # fmt: skip
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

_Values = list[tuple[dict[str, str], str]]


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """The whole days of a calendar with their names, oldest first, and how many events are no such days."""

    days: dict[date, str]
    left_out: int


@dataclass(slots=True)
class _Event:
    """One event's lines by name, each with its parameters."""

    lines: defaultdict[str, _Values] = field(default_factory=lambda: defaultdict(list))

    def text(self, name: str) -> str:
        """A line's value, or nothing."""
        return self.lines[name][-1][1].strip() if self.lines[name] else ""


def read_closed_days(file: Path, zone: ZoneInfo, first: date, last: date) -> ClosedDays:
    """Every whole day of a zone that an event of the file covers.

    All-day events count, and events with times that cover a day of the zone from midnight to midnight. Yearly rules
    are followed; cancelled events, parts of days and other rules are left out and counted.

    Args:
        first: the earliest day wanted; `last` the latest.

    Raises:
        BadInputError: the file cannot be read, is no calendar, or is larger than a calendar of holidays is.
    """
    events = list(_events(_text(file)))
    moved: defaultdict[str, set[date]] = defaultdict(set)
    for event in events:
        moved[event.text("UID")].update(_dates(event, "RECURRENCE-ID", zone))
    found: dict[date, str] = {}
    left_out = rules = 0
    for event in events:
        rules += bool(event.lines["RRULE"])
        try:
            if event.lines["RRULE"] and rules > MAX_RULES:
                raise ValueError("too many rules")
            days = [day for day in _days(event, zone, last, moved[event.text("UID")]) if first <= day <= last]
        except (BadInputError, ValueError, OverflowError):
            days = []
        left_out += not days
        for day in days:
            found.setdefault(day, _name(event.text("SUMMARY")))
    return ClosedDays(dict(sorted(found.items())), left_out)


def is_calendar(text: str) -> bool:
    """Whether a text is meant to be a calendar."""
    return text[:1000].lstrip("\ufeff \t\r\n").upper().startswith("BEGIN:VCALENDAR")


def read_announced(text: str, here: Place) -> Announcement:
    """The windows that the events of a calendar announce; those that are cancelled or come back are left unread.

    Raises:
        BadInputError: it is no calendar, was cut short or is larger than a notice can be.
    """
    if len(text) > MAX_BYTES:
        raise BadInputError("This calendar is larger than 1 MiB; that is no notice. Nothing was changed.")
    proposals: list[ProposedWindow] = []
    unread: list[str] = []
    for event in _events(text):
        name = _name(event.text("SUMMARY"))
        if event.text("STATUS").upper() == "CANCELLED":
            unread.append(f"{name} (cancelled)")
        elif event.lines["RRULE"] or event.lines["RDATE"] or len(proposals) >= MAX_PROPOSALS:
            unread.append(f"{name} (not a single event)" if len(proposals) < MAX_PROPOSALS else name)
        else:
            proposals.append(_announced(event, name, here))
    return Announcement(tuple(proposals), tuple(unread[:MAX_PROPOSALS]))


def _announced(event: _Event, name: str, here: Place) -> ProposedWindow:
    """The window that an event announces, as far as it can be read."""
    said = event.text("DESCRIPTION").replace("\\n", "\n").replace("\\N", "\n").replace("\\", "")
    doubts: tuple[str, ...] = ()
    try:
        spans = {span[:2]: span for span in (_window(event, find_zone(key)) for key in here.own_clocks)}
        parameters, value = event.lines["DTSTART"][-1]
        if "TZID" not in parameters and not value.strip().upper().endswith("Z"):
            doubts = ("No time zone is named.",)
    except (BadInputError, ValueError, OverflowError):
        spans = {}
        doubts = ("Its times cannot be read: a day without hours, an unknown time zone, or too long a window.",)
    return proposal_of(name, said, tuple(spans.values()), doubts, here)


def _window(event: _Event, zone: ZoneInfo) -> Span:
    """When an event is; on a clock that it does not name, by the zone's.

    Raises:
        ValueError: it has no hours, or is no window.
        BadInputError: a time lies outside of the years, or the clock is not known.
    """
    start = _moment(*event.lines["DTSTART"][-1], zone) if event.lines["DTSTART"] else None
    end = _end(event, start, zone) if start is not None else None
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise ValueError("no hours")
    first, last = check_instant(start), check_instant(end)
    if not first < last <= first + LONGEST_WINDOW:
        raise ValueError("no window")
    return Span(first, last, start.tzinfo if isinstance(start.tzinfo, ZoneInfo) else zone)


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            raise BadInputError(f"There is no file {file}. Nothing was changed.")
        return read_within(file, MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise BadInputError(f"{file} cannot be read ({error.strerror}). Nothing was changed.") from error
    except ValueError as error:
        raise BadInputError(
            f"{file} is larger than 1 MiB; this is no calendar of holidays. Nothing was changed."
        ) from error


def _events(text: str) -> Iterator[_Event]:
    """The events of every calendar in a file; what is in a part of an event, such as a reminder, is not its own."""
    inside: list[str] = []
    event, count, calendars = _Event(), 0, 0
    for line in re.split(_LINE_END, re.sub(_LINE_END + "[ \t]", "", text)):
        name, _, value = line[:_MAX_LINE].partition(":")
        match name.strip().upper():
            case "BEGIN":
                inside.append(value.strip().upper())
                calendars += inside == ["VCALENDAR"]
                if inside == ["VCALENDAR", "VEVENT"]:
                    event, count = _Event(), count + 1
            case "END":
                is_whole = inside == ["VCALENDAR", "VEVENT"]
                _leave(inside, value.strip().upper())
                if is_whole:
                    yield event
            case other if inside == ["VCALENDAR", "VEVENT"] and other.partition(";")[0] in _WANTED:
                _add_line(event, line)
        if count > MAX_EVENTS:
            raise BadInputError(f"The file has more than {MAX_EVENTS} events. Nothing was changed.")
    if inside or not calendars:
        raise _no_calendar()


def _leave(inside: list[str], part: str) -> None:
    """Leave the part of a calendar that began last: parts that cross each other are no calendar."""
    if not inside or inside.pop() != part:
        raise _no_calendar()


def _no_calendar() -> BadInputError:
    return BadInputError("This is no calendar file (.ics), or one that was cut short. Nothing was changed.")


def _add_line(event: _Event, line: str) -> None:
    """A line of an event, taken apart; one that is none stays as a time nobody can read."""
    from icalendar.parser import Contentline

    name = re.split("[;:]", line, maxsplit=1)[0].strip().upper()
    try:
        if len(line) > _MAX_LINE:
            raise ValueError("too long")
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
        event.lines[name].append(({key.upper(): str(text) for key, text in parameters.items()}, str(value)))
    except ValueError:
        event.lines[name].append(({}, "?"))


def _name(text: str) -> str:
    """An event's name as one line without anything that could disturb a terminal."""
    return one_line(text, MAX_NAME)


def _days(event: _Event, zone: ZoneInfo, last: date, moved: set[date]) -> Iterator[date]:
    """The whole days of the zone an event covers, its repetitions up to `last`.

    Args:
        moved: starts of repetitions that have an event of their own.

    Raises:
        ValueError: it covers none, is cancelled, or cannot be read.
    """
    if event.text("STATUS").upper() == "CANCELLED":
        raise ValueError("cancelled")
    own, (begins, count) = _own_day(event, zone), _whole_days(event, zone)
    starts = {own}
    if not event.lines["RECURRENCE-ID"]:
        if event.lines["RRULE"]:
            starts = set(islice(_yearly(event.text("RRULE"), own, last), MAX_TIMES + 1))
            if len(starts) > MAX_TIMES:
                raise ValueError("too often")
        starts |= set(_dates(event, "RDATE", zone))
        starts -= set(_dates(event, "EXDATE", zone))
        starts -= moved
    for start in starts:
        for number in range(count):
            yield start + (begins - own) + timedelta(days=number)


def _own_day(event: _Event, zone: ZoneInfo) -> date:
    """The day an event starts on, by its own clock."""
    return _dates(event, "DTSTART", zone)[-1]


def _dates(event: _Event, name: str, zone: ZoneInfo) -> list[date]:
    """The days a line names, by the line's own clock; none that cannot be read, except of the start."""
    found = []
    for parameters, values in event.lines[name]:
        for value in values.split(","):
            try:
                moment = _moment(parameters, value.split("/")[0], zone)
            except (BadInputError, ValueError):
                if name == "DTSTART":
                    raise
                continue
            found.append(moment.date() if isinstance(moment, datetime) else moment)
    if not found and name == "DTSTART":
        raise ValueError("no start")
    return found


def _whole_days(event: _Event, zone: ZoneInfo) -> tuple[date, int]:
    """The first whole day of the zone that an event covers without its repetitions, and how many follow each other.

    Raises:
        ValueError: none, or more than a holiday has.
    """
    start = _moment(*event.lines["DTSTART"][-1], zone)
    end = _end(event, start, zone)
    if isinstance(start, datetime) and isinstance(end, datetime):
        first = start.astimezone(zone).date()
        first += timedelta(days=wall(first, time(0), zone) < start)
        after = end.astimezone(zone).date()
    elif not isinstance(start, datetime) and not isinstance(end, datetime):
        first, after = start, end
        if after == first:  # some programs write a day's end so
            after += timedelta(days=1)
    else:
        raise ValueError("a day that ends with a time")
    if not 1 <= (after - first).days <= MAX_DAYS:
        raise ValueError("no whole day, or too many")
    return first, (after - first).days


def _end(event: _Event, start: date | datetime, zone: ZoneInfo) -> date | datetime:
    from icalendar.prop import vDuration

    if event.lines["DTEND"]:
        return _moment(*event.lines["DTEND"][-1], zone)
    if event.lines["DURATION"]:
        lasts: timedelta = vDuration.from_ical(event.text("DURATION"))  # type: ignore[no-untyped-call]
        return (start.astimezone(UTC) if isinstance(start, datetime) else start) + lasts
    return start


def _moment(parameters: dict[str, str], value: str, zone: ZoneInfo) -> date | datetime:
    """A day, or an aware instant on the clock its line names; without one, on the zone's.

    Raises:
        ValueError: it is neither, or the clock is not known.
        BadInputError: as above.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    text = value.strip().upper()
    if re.fullmatch(r"\d{8}", text, re.ASCII):
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    local = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the clock follows
    if text.endswith("Z"):
        return local.replace(tzinfo=UTC)
    given = parameters.get("TZID", zone.key)
    name = WINDOWS_TO_OLSON.get(given, given)
    if not _ZONE_NAME.fullmatch(name):
        raise ValueError("the name of no zone")
    return local.replace(tzinfo=find_zone(name))


def _yearly(rule: str, start: date, last: date) -> Iterator[date]:
    """The days of a yearly rule from its start to `last`.

    Raises:
        ValueError: another rule, or one that never comes true.
    """
    from dateutil.rrule import rrulestr

    if start.year < _EARLIEST_RULE:
        raise ValueError("too long ago")
    parts = _rule_parts(rule, start)
    until = parts.pop("UNTIL", "")[:8]
    end = min(last, datetime.strptime(until, "%Y%m%d").replace(tzinfo=UTC).date()) if until else last
    # Years left out and the number of times are counted here: with them a rule may never come true.
    every, count = int(parts.pop("INTERVAL", "1")), int(parts.pop("COUNT", "9999"))
    plain = ";".join(f"{key}={value}" for key, value in parts.items())
    found = (moment.date() for moment in rrulestr(plain, dtstart=datetime.combine(start, time())))
    wanted = (day for day in takewhile(lambda day: day <= end, found) if (day.year - start.year) % every == 0)
    return islice(wanted, count)


def _rule_parts(rule: str, start: date) -> dict[str, str]:
    """The parts of a yearly rule with month and day named, if it is one that comes true.

    Raises:
        ValueError: it is not.
    """
    parts = dict(part.split("=", 1) for part in rule.strip().strip(";").upper().split(";"))
    by_day = re.findall(r"(\d?)[A-Z]{2}", parts.get("BYDAY", ""))
    if by_day and "BYMONTH" not in parts:
        raise ValueError("weekdays of a whole year")
    parts.setdefault("BYMONTH", str(start.month))
    if not by_day:
        parts.setdefault("BYMONTHDAY", str(start.day))
    if not all(key in _RULE and re.fullmatch(_RULE[key], value, re.ASCII) for key, value in parts.items()):
        raise ValueError("a rule of another kind")
    _check_days(parts)
    if "FREQ" not in parts or ("BYMONTHDAY" in parts and any(by_day)):
        raise ValueError("a day that may never come")
    return parts


def _check_days(parts: dict[str, str]) -> None:
    """Refuse days that no named month has."""
    months = [int(month) for month in parts["BYMONTH"].split(",")]
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", "1").split(",")]
    if 0 in days or not _has_day(months, min(days)):
        raise ValueError("a day that no month has")


def _has_day(months: list[int], day: int) -> bool:
    """Whether one of some months has a day of this number, in a leap year; all must be months."""
    return all(1 <= month <= 12 for month in months) and any(monthrange(2024, month)[1] >= day for month in months)  # noqa: PLR2004
