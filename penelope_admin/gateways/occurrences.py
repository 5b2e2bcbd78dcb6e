"""Reads what a calendar file has at certain times, repetitions included, in a process of its own.

Calendars come from anybody: a small file can hold rules that take all time and memory there is. The process gets the
file on its standard input, and says in one line of JSON what it found, or why it cannot be read. Of 50,000 entries few
lie in an upgrade window, so most are passed over by their dates alone; what repeats itself at a day and hour that could
matter is left to the library `recurring-ical-events`.
"""

from __future__ import annotations

import gc
import json
import math
import os
import sys
from bisect import bisect_left
from calendar import monthrange
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from io import TextIOWrapper
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

from penelope_admin import apart
from penelope_admin.clock import find_zone, use_zone_data
from penelope_admin.domain.conflicts import Occurrence, Span, bounded, meets
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.files import is_plain, without_waiting
from penelope_admin.gateways import ics
from penelope_admin.invocation import helper

if TYPE_CHECKING:
    from icalendar import Event as LibraryEvent

ENDING = ".ics"
MAX_BYTES = 64 << 20
MAX_MEMORY = 400 << 20
"""Bytes of address space, of which Python and its libraries take a good part before anything is read."""
SECONDS, BYTES_PER_SECOND = 2, 4 << 20
"""Of the processor's time: for any file, and one more for so many bytes."""
_WHY = {
    ics.NO_CALENDAR: "it is not a calendar file (.ics)",
    ics.CUT_SHORT: "it was cut short or is broken",
    ics.TOO_MANY: f"it has more than {ics.MAX_EVENTS:,} entries",
    "": "it takes too much memory or time for a calendar",
}


class Reading(NamedTuple):
    """What a calendar has in some spans.

    Attributes:
        more: of each span, how many entries there are besides, because it has too many.
        events: how many entries the whole file has; a repeated one counts once.
        left_out: how many of them nobody can read: without a start, with a rule or zone that is none.
    """

    occurrences: tuple[Occurrence, ...]
    more: tuple[int, ...]
    events: int
    left_out: int


class _Refusal(NamedTuple):
    """Why a file is not read, and until when, in seconds of `monotonic`, it is not tried again unless it changes."""

    why: str
    until: float


_CacheKey = tuple[str, int, int, int, str, tuple[Span, ...]]
_read: OrderedDict[_CacheKey, Reading | _Refusal] = OrderedDict()
_MOST_KEPT = 200
AGAIN_AFTER = 600.0
"""Seconds after which what took too much is tried again: the computer may have been busy."""


def read(
    file: Path, zone: ZoneInfo, spans: Sequence[Span], home: Path, is_stopped: Callable[[], bool] = apart.never
) -> Reading:
    """What a calendar file has in some spans. An unchanged file is read once; that is kept in memory alone.

    What cannot be read is tried again when it has changed, and after a while where it took too much.

    Args:
        zone: whose clock its days, and its times without a zone, go by.
        home: the data folder, for imported time zone data.

    Raises:
        BadInputError: it cannot be read; the message says why and names no entry.
        CancelledError: `is_stopped` said so.
    """
    try:
        with open(file, "rb", opener=without_waiting) as stream:
            status = os.fstat(stream.fileno())
            if not is_plain(status):
                raise BadInputError(f"{file} is not a file that a calendar can be read from.")
            if status.st_size > MAX_BYTES:
                raise BadInputError(f"{file} is larger than {MAX_BYTES >> 20} MiB.")
            key = (str(file), status.st_ino, status.st_size, status.st_mtime_ns, zone.key, tuple(spans))
            kept = _read.pop(key, None)
            if kept is None or (isinstance(kept, _Refusal) and monotonic() > kept.until):
                task = json.dumps([str(home), zone.key, [_plain(span) for span in spans]])
                kept = _ask(stream, task, SECONDS + status.st_size // BYTES_PER_SECOND, is_stopped)
    except OSError as error:
        raise BadInputError(f"{file} cannot be read ({error.strerror}).") from error
    _read[key] = kept
    while len(_read) > _MOST_KEPT:
        _read.popitem(last=False)
    if isinstance(kept, _Refusal):
        raise BadInputError(f"{file} cannot be read: {kept.why}.")
    return kept


def _ask(stream: IO[bytes], task: str, seconds: int, is_stopped: Callable[[], bool]) -> Reading | _Refusal:
    """What a process of its own says of a calendar."""
    with closing(apart.lines([*helper(__name__), task], stream, MAX_MEMORY, seconds, is_stopped)) as answers:
        reading = _reading_of(next(answers, {"broken": ""}))
    if is_stopped():
        raise CancelledError("Looking into the calendars was stopped. Nothing was changed.")
    return reading


def forget() -> None:
    """Forget what was read, for measuring."""
    _read.clear()


def _plain(span: Span) -> list[int]:
    return [int(span.starts_at.timestamp()), int(span.ends_at.timestamp()), int(span.whole_days_only)]


def _reading_of(answer: dict[str, Any]) -> Reading | _Refusal:
    if (broken := answer.get("broken")) is not None:
        return _Refusal(_WHY[broken], math.inf if broken else monotonic() + AGAIN_AFTER)
    occurrences = tuple(
        Occurrence(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), bool(all_day), title)
        for start, end, all_day, title in answer["found"]
    )
    return Reading(occurrences, tuple(answer["more"]), answer["events"], answer["left_out"])


def main() -> int:
    """Read a calendar from stdin, and write what it has to stdout.

    Returns:
        The exit status.
    """
    gc.disable()  # it ends soon, and looking for garbage takes a fifth of its time
    apart.speak(lambda stream: [_answer(stream, *json.loads(sys.argv[-3]))])
    return 0


def _answer(stream: IO[bytes], home: str, zone: str, raw_spans: Sequence[tuple[int, int, int]]) -> dict[str, object]:
    """What there is to say of a calendar."""
    use_zone_data(Path(home))
    spans = [
        Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), bool(whole))
        for start, end, whole in raw_spans
    ]
    try:
        reading = search(TextIOWrapper(stream, "utf-8-sig", "replace"), find_zone(zone), spans)
    except ics.BrokenError as error:
        return {"broken": str(error)}
    occurrences = [
        [int(item.starts_at.timestamp()), int(item.ends_at.timestamp()), item.all_day, item.title]
        for item in reading.occurrences
    ]
    return {"found": occurrences, "more": reading.more, "events": reading.events, "left_out": reading.left_out}


# --- what of it lies in the spans ---------------------------------------------------------------

_NUMBERS = r"[+-]?\d{1,3}(?:,[+-]?\d{1,3}){0,400}"
_DAY = r"(?:[+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)"
_RULE = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,3}",
    "COUNT": r"[1-9]\d{0,4}",
    "UNTIL": r"\d{8}(?:T\d{6}Z?)?",
    "WKST": r"MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": rf"{_DAY}(?:,{_DAY}){{0,400}}",
    **dict.fromkeys(("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"), _NUMBERS),
    **dict.fromkeys(("BYHOUR", "BYMINUTE", "BYSECOND"), r"\d{1,2}(?:,\d{1,2}){0,60}"),
}
"""What a rule may be made of. What comes back every hour or minute is no appointment."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WHICH_DAYS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")
_AT_HOURS = ("BYHOUR", "BYMINUTE", "BYSECOND")
_PLAIN = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST"})
"""A rule of these parts alone, but for years, says by the date alone whether it comes true."""
_WEEK = 7
_STEPS = {"DAILY": 1, "WEEKLY": _WEEK}
_LONGEST_REPEATED = timedelta(days=366)
_MOST_RULES = 4
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # where nothing is looked at
_BRIEF = timedelta(days=38)
"""What lasts no longer, and starts more than forty days before everything that is looked at, is over by then."""


def search(file: TextIO, zone: ZoneInfo, spans: Sequence[Span]) -> Reading:
    """What a calendar has in some spans.

    Args:
        zone: whose clock its days, and its times without a zone, go by.

    Raises:
        BrokenError: it is no calendar.
    """
    defined: dict[str, list[str]] = {}
    zones, finder = ics.Zones(zone, defined), _Finder(spans, zone)
    single: dict[str, tuple[int, Occurrence | None]] = {}
    repeated: defaultdict[str, list[ics.Event]] = defaultdict(list)
    count = left_out = 0
    for count, lines in enumerate(ics.read_events(file, defined), 1):
        uid = ics.value_of(lines, "UID") or f"\n{count}"
        try:
            event = None if finder.passes_over(lines) else ics.Event(lines, zones)
            if event is not None and not ics.REPEATING.isdisjoint(lines):
                repeated[uid].append(event)
            elif single.get(uid, (0, None))[0] <= ics.sequence_of(lines):
                single[uid] = (ics.sequence_of(lines), finder.single(event))
        except (KeyError, ValueError, OverflowError):
            left_out += 1
    occurrences = [occurrence for _, occurrence in single.values() if occurrence is not None]
    for events in repeated.values():
        try:
            occurrences += finder.repeated(events)
        except Exception:  # whatever the library stumbles over is an entry that nobody can read
            left_out += len(events)
    return Reading(*bounded(spans, occurrences), count, left_out)


class _Rule(NamedTuple):
    """A rule of repetition, and what is known of its days without following it.

    Attributes:
        text: as the library reads it.
        weekdays: on which alone it can come true: which one of the month, from its end where negative, 0 for every
            one; and the day, as `date.weekday` counts.
        day: of the month, likewise.
        step: so many days after a time at which it comes true it does again; 0 where that is not so.
        any_time: the hour is not always that of its start.
        is_plain: where it may come true it does.
    """

    text: str
    weekdays: frozenset[tuple[int, int]]
    day: int | None
    until: date
    step: int
    any_time: bool
    is_plain: bool

    def may_come_true(self, day: date) -> bool:
        """Whether it could come true on a day on or after its start."""
        if self.day not in (None, day.day) or day > self.until:
            return False
        first = (day.day - 1) // _WEEK + 1
        last = -((monthrange(day.year, day.month)[1] - day.day) // _WEEK + 1)
        return any((which, day.weekday()) in self.weekdays for which in (0, first, last))


def _days_of(parts: Mapping[str, str], starts: ics.Moment) -> tuple[frozenset[tuple[int, int]], int | None]:
    """The weekdays on which a rule may come true, and the day of the month if it is one alone."""
    free = parts.keys().isdisjoint(_WHICH_DAYS)
    weekdays, day = frozenset((0, number) for number in range(_WEEK)), None
    if "BYDAY" in parts:
        by_month = parts["FREQ"] == "MONTHLY"  # of the year "2SA" is another day
        weekdays = frozenset(
            (int(part[:-2] or 0) if by_month else 0, _DAYS.index(part[-2:])) for part in parts["BYDAY"].split(",")
        )
    elif free and parts["FREQ"] == "WEEKLY":
        weekdays = frozenset({(0, starts.weekday())})
    elif free and parts["FREQ"] in ("MONTHLY", "YEARLY"):
        day = starts.day
    return weekdays, day


def _rule(text: str, starts: ics.Moment) -> _Rule:
    """
    Raises:
        ValueError: it is no rule that can be followed.
    """
    parts = ics.rule_parts(text, _RULE)
    if not isinstance(starts, datetime):  # a day has no hours; the standard has them passed over
        parts = {key: value for key, value in parts.items() if key not in _AT_HOURS}
    until = date.max
    if "UNTIL" in parts:
        parts["UNTIL"], until = _until(parts["UNTIL"], starts)
    weekdays, day = _days_of(parts, starts)
    every, step = int(parts.get("INTERVAL", "1")), 0
    if "COUNT" not in parts:
        step = _STEPS.get(parts["FREQ"], 0) * every
    written = ";".join(f"{key}={value}" for key, value in parts.items())
    plain = parts["FREQ"] != "YEARLY" and parts.keys() <= _PLAIN and every == 1
    return _Rule(written, weekdays, day, until, step, not parts.keys().isdisjoint(_AT_HOURS), plain)


def _until(text: str, starts: ics.Moment) -> tuple[str, date]:
    """The end of a rule as the library wants it, in UTC or as a day, and a day after which it has ended."""
    day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    if not isinstance(starts, datetime):
        return text[:8], day
    at = datetime.strptime(text[9:15] or "235959", "%H%M%S").time()  # noqa: DTZ007 - of a day
    end = datetime.combine(day, at, UTC if text.endswith("Z") else starts.tzinfo).astimezone(UTC)
    return f"{end:%Y%m%dT%H%M%SZ}", min(day, date.max - timedelta(days=1)) + timedelta(days=1)


class _Finder:
    """Looks for what lies in the spans. The dates at which something of a kind would are found once."""

    def __init__(self, spans: Sequence[Span], zone: ZoneInfo) -> None:
        self._spans, self._zone = spans, zone
        by_end = sorted(spans, key=lambda span: span.ends_at)
        self._ends = [span.ends_at for span in by_end]
        earliest: list[datetime] = []
        for span in reversed(by_end):
            earliest.append(min([span.starts_at, *earliest[-1:]]))
        self._starts = earliest[::-1]
        around = timedelta(days=40)
        self._first_day = f"{min([span.starts_at for span in spans], default=_NEVER) - around:%Y%m%d}"
        self._last_day = f"{max(self._ends, default=_NEVER) + around:%Y%m%d}"
        self._dates: dict[object, dict[date, list[int]]] = {}

    def passes_over(self, lines: ics.Lines) -> bool:
        """Whether an event's dates as they are written say already that it comes before or after everything."""
        if not ics.REPEATING.isdisjoint(lines):
            return False
        starts = lines["DTSTART"][-1][1][:8]
        ends = lines.get("DTEND", lines["DTSTART"])[-1][1][:8]
        if not (starts.isdecimal() and ends.isdecimal()):
            return False
        if starts > self._last_day:
            return True
        return ends < self._first_day and ("DURATION" not in lines or ics.lasting(lines["DURATION"][-1][1]) < _BRIEF)

    def single(self, event: ics.Event | None) -> Occurrence | None:
        """An event that does not come back, if it lies in a span; what was passed over does not."""
        if event is None:
            return None
        starts, ends = ics.instant_of(event.starts, self._zone), ics.instant_of(event.ends, self._zone)
        # Of the spans that are not over by then, does one start before its end?
        place = bisect_left(self._ends, starts)
        if place == len(self._ends) or self._starts[place] > ends or event.is_cancelled:
            return None
        occurrence = event.at(event.starts, event.ends)
        return occurrence if any(meets(span, occurrence) for span in self._spans) else None

    def repeated(self, events: Sequence[ics.Event]) -> list[Occurrence]:
        """What an event that comes back, with those that take the place of single repetitions, has in the spans.

        Raises:
            ValueError: and whatever else the library does with what it cannot read.
        """
        if len(events) == 1 and (alone := self._by_dates_alone(events[0])) is not None:
            return alone
        shifts, rules = dict[int, timedelta](), dict[int, list[_Rule]]()
        places, moved_on = self._of_single_ones(events)
        for number, event in enumerate(events):
            if "RECURRENCE-ID" in event.lines:
                continue
            rules[number] = [_rule(value, event.starts) for _, value in event.lines.get("RRULE", ())[:_MOST_RULES]]
            reached, first = self._spans_of(event, rules[number], moved_on)
            places |= reached
            if first is not None and not moved_on and len(rules[number]) == 1 and (step := rules[number][0].step):
                shifts[number] = timedelta(days=max(0, (first - ics.day_of(event.starts)).days - 1) // step * step)
        if not places:
            return []
        return list(self._followed(events, rules, shifts, [self._spans[place] for place in sorted(places)]))

    def _by_dates_alone(self, event: ics.Event) -> list[Occurrence] | None:
        """What an event has in the spans whose rule says by the date alone when it is; None where it takes more."""
        if ics.REPEATING & event.lines.keys() != {"RRULE"} or len(event.lines["RRULE"]) > 1:
            return None
        rule = _rule(event.lines["RRULE"][0][1], event.starts)
        if not rule.is_plain or event.lasts > _LONGEST_REPEATED:
            return None
        if event.is_cancelled:
            return []
        own = ics.day_of(event.starts)
        occurrences = []
        for day, places in self._dates_of(event).items():
            if day == own or (day > own and rule.may_come_true(day)):
                starts = event.starts + (day - own)
                occurrence = event.at(starts, event.end_of(starts))
                if any(meets(self._spans[place], occurrence) for place in places):
                    occurrences.append(occurrence)
        return occurrences

    def _of_single_ones(self, events: Iterable[ics.Event]) -> tuple[set[int], bool]:
        """The spans in which single repetitions lie, and whether one of them moves all that follow."""
        places, moved_on = set(), False
        for event in events:
            if (lines := event.lines.get("RECURRENCE-ID")) is not None:
                instant = event.at(event.starts, event.ends)
                places |= {place for place, span in enumerate(self._spans) if meets(span, instant)}
                moved_on = moved_on or any("THISANDFUTURE" in line[0].upper() for line in lines)
        return places, moved_on

    def _spans_of(self, event: ics.Event, rules: Sequence[_Rule], anywhere: bool) -> tuple[set[int], date | None]:
        """The spans in which it could come back, and the first day on which anything like it would lie in one."""
        if event.lasts > _LONGEST_REPEATED:
            raise ValueError("too long to come back")
        rdates = list(ics.listed(event.lines, "RDATE"))
        is_timed = any(rule.any_time for rule in rules) or any("/" in value for _, value in rdates)
        if anywhere or is_timed:
            return set(range(len(self._spans))), None
        dates = self._dates_of(event)
        own = ics.day_of(event.starts)
        extra = {own, *(event.day_of(ics.moment_of(line, event.zones)) for line in rdates)}

        def may_be(day: date) -> bool:
            return day in extra or (day >= own and any(rule.may_come_true(day) for rule in rules))

        places = {place for day in filter(may_be, dates) for place in dates[day]}
        return places, min((day for day in dates if day >= own), default=None)

    def _dates_of(self, event: ics.Event) -> dict[date, list[int]]:
        """The days on which something like an event would have to start to lie in a span, and in which."""
        zone: tzinfo = self._zone
        at = time(0)
        if isinstance(event.starts, datetime):
            zone, at = event.starts.tzinfo or zone, event.starts.time()
        key = (id(zone), at, event.lasts)  # not by the aware time: nine o'clock is the same to Python in all zones
        if key not in self._dates:
            dates: defaultdict[date, list[int]] = defaultdict(list)
            self._dates[key] = dates
            for place, span in enumerate(self._spans):
                # A day more: clocks change, and time zones of days are not those of spans.
                day = (span.starts_at - event.lasts).astimezone(zone).date() - timedelta(days=1)
                while (begins := datetime.combine(day, at, zone)) <= span.ends_at:
                    if begins + event.lasts >= span.starts_at:
                        dates[day].append(place)
                    day += timedelta(days=1)
        return self._dates[key]

    def _followed(
        self,
        events: Sequence[ics.Event],
        rules: dict[int, list[_Rule]],
        shifts: dict[int, timedelta],
        spans: Iterable[Span],
    ) -> Iterator[Occurrence]:
        """What the library finds.

        Args:
            shifts: of some events, how much later their rule begins to be followed: a multiple of its step, and before
                the first span.
        """
        from recurring_ical_events import EventAdapter, Series

        series = Series(
            [
                EventAdapter(_as_library(event, number, rules.get(number, []), shifts.get(number, timedelta(0))))
                for number, event in enumerate(events)
            ]
        )
        # The library looks for what starts within the length of the event before a span; these may be longer.
        before = max((period[1] - period[0] for event in events for period in _periods(event)), default=timedelta(0))
        for span in spans:
            starts = (span.starts_at - before).astimezone(self._zone)
            for item in series.between(starts, span.ends_at.astimezone(self._zone)):
                event = events[int(item.as_component(True)["X-NUMBER"]) if len(events) > 1 else 0]
                occurrence = event.at(item.start, item.end)
                if not event.is_cancelled and meets(span, occurrence):
                    yield occurrence


def _as_library(event: ics.Event, number: int, rules: Sequence[_Rule], shift: timedelta) -> LibraryEvent:
    from icalendar import Event, vRecur

    component: Any = Event()
    component["UID"], component["X-NUMBER"] = "one", str(number)
    component.add("DTSTART", event.starts + shift)
    if event.duration is None or not isinstance(event.starts, datetime):
        component.add("DTEND", event.ends + shift)
    else:
        component.add("DURATION", event.duration)
    component.add("SEQUENCE", event.sequence)
    if rules:
        component["RRULE"] = [vRecur.from_ical(rule.text) for rule in rules]
    for name in ("RDATE", "EXDATE"):
        if moments := [_period(*line, event.zones) for line in ics.listed(event.lines, name)]:
            component.add(name, moments)
    for parameters, value in event.lines.get("RECURRENCE-ID", ())[-1:]:
        later = {"RANGE": "THISANDFUTURE"} if "THISANDFUTURE" in parameters.upper() else {}
        component.add("RECURRENCE-ID", ics.moment_of((parameters, value), event.zones), parameters=later)
    library_event: LibraryEvent = component
    return library_event


def _periods(event: ics.Event) -> Iterator[tuple[datetime, datetime]]:
    """The additional times that have ends of their own."""
    for line in ics.listed(event.lines, "RDATE"):
        if isinstance(period := _period(*line, event.zones), tuple):
            yield period


def _period(parameters: str, value: str, zones: ics.Zones) -> ics.Moment | tuple[datetime, datetime]:
    start, _, end = value.partition("/")
    first = ics.moment_of((parameters, start), zones)
    if not end:
        return first
    if end.strip().upper().startswith(("P", "+P")):
        last = ics.after(first, ics.lasting(end))
    else:
        last = ics.moment_of((parameters, end), zones)
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        raise ValueError("no period")
    return first, last


if __name__ == "__main__":
    sys.exit(main())
