"""The events of an iCalendar file: their lines, and what their dates, durations and zones say.

Calendars come from anybody, so each step is linear in the file's size, and what cannot be read is refused in words.
Of some hundred thousand lines most are passed over by their first letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from penelope_admin.clock import find_zone
from penelope_admin.domain.conflicts import Occurrence
from penelope_admin.domain.text import one_line
from penelope_admin.domain.times import wall
from penelope_admin.errors import BadInputError

MAX_EVENTS = 200_000
MAX_ZONES = 1000
"""So many are looked up; no place on earth has more."""
MAX_TITLE = 120
NO_CALENDAR, CUT_SHORT, TOO_MANY = "no-calendar", "cut-short", "too-many"


class BrokenError(Exception):
    """The file is no calendar, or too much of one; says which of these three."""


# --- the lines of a file ------------------------------------------------------------------------

NAMES = frozenset({
    *("BEGIN", "END", "UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"),
    *("RECURRENCE-ID", "SEQUENCE"),
})  # fmt: skip
"""The lines that are wanted of an event, unless others are asked for."""
_LINE = re.compile(r'([A-Z-]{1,20})((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.IGNORECASE | re.DOTALL)
_MAX_LINE = 100_000
_ZONE_OF = re.compile(r';TZID=(?:"([^"]*)"|([^;:"]*))', re.IGNORECASE)
REPEATING = frozenset({"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})

Lines = dict[str, list[tuple[str, str]]]
"""An event's lines by name, each as its parameters and its value."""


@lru_cache
def _first_letters(names: frozenset[str]) -> frozenset[str]:
    return frozenset(write(name[:3]) for name in names for write in (str.upper, str.lower, str.capitalize))


def read_events(file: Iterable[str], zones: dict[str, list[str]], names: frozenset[str] = NAMES) -> Iterator[Lines]:
    """The events of every calendar in a file; what is in a part of one, such as a reminder, is not its own.

    Args:
        file: its lines, with their ends.
        zones: gets the lines of each definition of a time zone.
        names: of the lines that are wanted.

    Raises:
        BrokenError: it is no calendar, or one that was cut short.
    """
    inside: list[str] = []
    event: Lines = {}
    last: list[tuple[str, str]] | None = None
    calendars = count = 0
    in_event = in_zone = False
    first_letters = _first_letters(names)
    for line in file:  # a million times, so what most lines need comes first
        if line[0] in " \t":
            _go_on(last, line)
            continue
        if in_zone:
            _note_zone_line(zones, line)
        last = None
        if line[:3] not in first_letters:
            continue
        name, parameters, value = _parts(line, names)
        if name == "BEGIN":
            inside.append(value.strip().upper())
            calendars += inside == ["VCALENDAR"]
            in_event, in_zone = _where(inside)
            if in_event:
                event, count = {}, _one_more(count)
            _begin_zone(zones, inside)
        elif name == "END":
            _leave(inside, value, calendars)
            if in_event:
                yield event
            in_event, in_zone = _where(inside)
        elif name and in_event:
            last = event.setdefault(name, [])
            last.append((parameters, value))
    _check_whole(inside, calendars)


def _parts(line: str, names: frozenset[str]) -> tuple[str, str, str]:
    """A line's name, parameters and value; without a name where it is none of those that are wanted."""
    name, _, value = line.partition(":")
    parameters = ""
    if name not in names:
        if (match := _LINE.match(line[:_MAX_LINE])) is None or match[1].upper() not in names:
            return "", "", ""
        name, parameters, value = match[1].upper(), match[2], match[3]
    return name, parameters, value[:_MAX_LINE].rstrip("\n")


def _check_whole(inside: list[str], calendars: int) -> None:
    if inside or not calendars:
        raise _broken(calendars)


def _broken(calendars: int) -> BrokenError:
    return BrokenError(CUT_SHORT if calendars else NO_CALENDAR)


def _begin_zone(zones: dict[str, list[str]], inside: list[str]) -> None:
    if inside == ["VCALENDAR", "VTIMEZONE"]:
        zones[""] = []


def _go_on(last: list[tuple[str, str]] | None, line: str) -> None:
    """Add a line that was folded to the one before, as far as that is kept."""
    if last and len(last[-1][1]) < _MAX_LINE:
        last[-1] = (last[-1][0], last[-1][1] + line[1:].rstrip("\n"))


def _where(inside: list[str]) -> tuple[bool, bool]:
    """Whether these parts of a calendar are an event, and whether they are in the definition of a time zone."""
    return inside == ["VCALENDAR", "VEVENT"], inside[:2] == ["VCALENDAR", "VTIMEZONE"]


def _one_more(count: int) -> int:
    if count >= MAX_EVENTS:
        raise BrokenError(TOO_MANY)
    return count + 1


def _leave(inside: list[str], value: str, calendars: int) -> None:
    """Leave the part that began last: parts that cross each other are no calendar."""
    if not inside or inside.pop() != value.strip().upper():
        raise _broken(calendars)


def _note_zone_line(zones: dict[str, list[str]], line: str) -> None:
    """Keep a line of a definition, which its name makes one to be found."""
    zones[""].append(line)
    if line[:5].upper() == "TZID:":
        zones[line[5:].strip()] = zones[""]


# --- what they say ------------------------------------------------------------------------------

_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?", re.ASCII
)
Moment = date | datetime


def named_zone(parameters: str) -> str:
    """What a line calls the zone of its clock; empty where it names none."""
    named = _ZONE_OF.search(parameters)
    if named is None:
        return ""
    return (named[1] or named[2] or "").strip()


class Zones:
    """The zones that a file names: the IANA database's by their own or by Windows' names, else as the file says."""

    def __init__(self, floating: ZoneInfo, defined: dict[str, list[str]]) -> None:
        self.floating, self._defined = floating, defined
        self._zones: dict[str, tzinfo | None] = {"": floating}

    def find(self, parameters: str) -> tzinfo:
        """The zone of a line; the calendar's own where it names none.

        Raises:
            ValueError: nobody knows it.
        """
        name = named_zone(parameters)
        if name not in self._zones and len(self._zones) < MAX_ZONES:
            self._zones[name] = self._look_up(name)
        if (zone := self._zones.get(name)) is None:
            raise ValueError("a zone that nobody knows")
        return zone

    def _look_up(self, name: str) -> tzinfo | None:
        from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

        # "/mozilla.org/20050126_1/America/Toronto" is how some programs write a name that all have.
        for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), "/".join(name.split("/")[-2:])):
            if re.fullmatch(r"[A-Za-z][\w+-]{0,30}(?:/[\w+-]{1,30}){0,2}", candidate, re.ASCII):
                try:
                    return find_zone(candidate)
                except BadInputError:
                    continue
        if name not in self._defined:
            return None
        from icalendar import Timezone

        try:
            component: Any = Timezone.from_ical("".join(["BEGIN:VTIMEZONE\n", *self._defined[name]]))
            zone: tzinfo = component.to_tz(lookup_tzid=False)
        except Exception:  # whatever the library stumbles over is a zone that nobody can read
            return None
        return zone


def moment_of(line: tuple[str, str], zones: Zones) -> Moment:
    """A day, or an instant on the clock its line names.

    Raises:
        ValueError: it is neither, or the clock is not known.
    """
    parameters, value = line
    text = value.strip()
    day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    if len(text) == len("20261212"):
        return day
    if len(text) not in (len("20261212T2000"), len("20261212T200000"), len("20261212T200000Z")) or text[8] not in "Tt":
        raise ValueError("no time")
    at = time(int(text[9:11]), int(text[11:13]), min(int(text[13:15] or 0), 59))
    if text[-1] in "Zz":
        return datetime.combine(day, at, UTC)
    return datetime.combine(day, at, zones.find(parameters))


@lru_cache
def lasting(text: str) -> timedelta:
    """A duration as iCalendar writes it.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()):
        raise ValueError("no duration")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


class Event:
    """An event as far as it is needed.

    Attributes:
        starts, ends: days, or aware times on the event's own clock; `ends` is not part of it.
        duration: where that is said in place of an end; then each repetition lasts so long, whatever clocks do.
    """

    def __init__(self, lines: Lines, zones: Zones) -> None:
        """
        Raises:
            ValueError, OverflowError: it has no start or end that can be read.
        """
        self.lines, self.zones = lines, zones
        self.starts = starts = moment_of(lines["DTSTART"][-1], zones)
        ends, self.duration = starts, None
        if "DTEND" in lines:
            ends = moment_of(lines["DTEND"][-1], zones)
        elif "DURATION" in lines:
            self.duration = lasting(lines["DURATION"][-1][1])
            ends = after(starts, self.duration)
        if not isinstance(starts, datetime) and ends == starts:
            # So a day without an end is meant, and some programs write a day's end so.
            ends = starts + timedelta(days=1)
        if isinstance(starts, datetime) != isinstance(ends, datetime) or ends < starts:
            raise ValueError("it ends before it starts, or in another way")
        self.ends = ends

    @property
    def lasts(self) -> timedelta:
        """How long it is on its own clock."""
        return self.ends - self.starts if self.duration is None else self.duration

    def end_of(self, starts: Moment) -> Moment:
        """When a repetition ends that starts so."""
        if self.duration is not None and isinstance(starts, datetime):
            return after(starts, self.duration)
        return starts + (self.ends - self.starts)

    def day_of(self, moment: Moment) -> date:
        """The day of a moment on its own clock."""
        if isinstance(moment, datetime) and isinstance(self.starts, datetime):
            return moment.astimezone(self.starts.tzinfo).date()
        return day_of(moment)

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return any(value.strip().upper() == "CANCELLED" for _, value in self.lines.get("STATUS", ()))

    @property
    def sequence(self) -> int:
        """Which revision it is, the newest last."""
        return sequence_of(self.lines)

    @cached_property
    def title(self) -> str:
        """In one line, of signs that can be shown."""
        return one_line(as_said(value_of(self.lines, "SUMMARY")), MAX_TITLE)

    def at(self, starts: Moment, ends: Moment) -> Occurrence:
        """It, or a repetition of it, at another time."""
        return Occurrence(
            instant_of(starts, self.zones.floating), instant_of(ends, self.zones.floating),
            not isinstance(starts, datetime), self.title,
        )  # fmt: skip


def after(starts: Moment, lasts: timedelta) -> Moment:
    """The end of what lasts so long: hours pass as they do, days by the calendar."""
    if not isinstance(starts, datetime):
        if lasts % timedelta(days=1):
            raise ValueError("a day that ends with a time")
        return starts + lasts
    if lasts % timedelta(days=1):
        return (starts.astimezone(UTC) + lasts).astimezone(starts.tzinfo)
    return starts + lasts


def instant_of(moment: Moment, zone: ZoneInfo) -> datetime:
    """A moment in UTC; a day begins by the clock of the zone."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else wall(moment, time(0), zone)


def day_of(moment: Moment) -> date:
    """The day of a moment on its own clock."""
    return moment.date() if isinstance(moment, datetime) else moment


def sequence_of(lines: Lines) -> int:
    """Which revision of an event lines are, the newest last."""
    text = value_of(lines, "SEQUENCE")[:9]
    return int(text) if text.isdecimal() else 0


def value_of(lines: Lines, name: str) -> str:
    """The value of an event's last line of a name, or nothing."""
    return lines[name][-1][1].strip() if name in lines else ""


def listed(lines: Lines, name: str) -> Iterator[tuple[str, str]]:
    """The values of lines that may have several, each with its parameters."""
    for parameters, values in lines.get(name, ()):
        for value in values.split(","):
            yield parameters, value


def rule_parts(text: str, allowed: Mapping[str, str]) -> dict[str, str]:
    """The parts of a rule by which an event comes back.

    Args:
        allowed: what each may be, as a regular expression.

    Raises:
        ValueError: it is no rule of such parts, or says not how often.
    """
    parts = dict(part.split("=", 1) for part in text.strip().strip(";").upper().split(";"))
    if "FREQ" not in parts or any(not re.fullmatch(allowed.get(key, "(?!)"), parts[key], re.ASCII) for key in parts):
        raise ValueError("no such rule")
    return parts


def as_said(text: str) -> str:
    """A text without the signs by which iCalendar writes commas and line ends; those become spaces."""
    return re.sub(r"\\([\\,;])", r"\1", re.sub(r"\\[nN]", " ", text))
