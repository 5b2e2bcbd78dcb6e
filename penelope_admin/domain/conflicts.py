"""What an upgrade window, or days of work, overlap in the agency's own calendars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from penelope_admin.domain.times import in_words, plural, span_in_words, wall

MOST_SHOWN = 100
"""So many entries of one calendar are told of one span; the others are counted."""

WHOLE_AGENCY = "Whole agency"
_A_DAY = timedelta(days=1)


class Occurrence(Struct, frozen=True):
    """One entry of a calendar, or one of its repetitions; instants in UTC.

    Attributes:
        all_day: its calendar names days and no hours: from midnight to midnight on the clock of whoever it belongs to.
        title: may hold a client's name: it is shown, and neither kept nor logged.
    """

    starts_at: datetime
    ends_at: datetime
    all_day: bool
    title: str


class Span(Struct, frozen=True):
    """What is looked at: a window, or days; instants in UTC.

    Attributes:
        whole_days_only: what lasts less than a day does not count. A meeting is no clash with three weeks of work.
    """

    starts_at: datetime
    ends_at: datetime
    whole_days_only: bool = False


class Source(Struct, frozen=True):
    """A calendar as it was read for some spans.

    Attributes:
        name: what the agency calls it.
        site: whose it is; empty for the whole agency.
        zone: whose clock its days, and its times without a zone, go by.
        more: of each span, how many entries are not among the occurrences because there are too many.
    """

    name: str
    site: str
    zone: ZoneInfo
    occurrences: tuple[Occurrence, ...]
    more: tuple[int, ...]


class Overlap(Struct, frozen=True):
    """What a span overlaps of one calendar: an entry, or, at its end, how many there are besides."""

    calendar: str
    site: str
    zone: ZoneInfo
    occurrence: Occurrence | None
    more: int = 0

    @property
    def who(self) -> str:
        """The site it is about."""
        return self.site or WHOLE_AGENCY

    @property
    def when(self) -> str:
        """On the clock of its site: "Saturday 12 December 2026, all day", or with the hours."""
        entry = self.occurrence
        if entry is None:
            return ""
        if not entry.all_day or entry.starts_at == entry.ends_at:
            return span_in_words(entry.starts_at, entry.ends_at, self.zone)
        # An entry of all day ends at the midnight after it.
        first = entry.starts_at.astimezone(self.zone).date()
        last = (entry.ends_at - timedelta.resolution).astimezone(self.zone).date()
        return f"{in_words(first)}, all day" if first == last else f"{in_words(first)} to {in_words(last)}"

    @property
    def in_words(self) -> str:
        """ "Groups: Parents' evening, Saturday 12 December 2026, 19:00 to 21:00 (Winnipeg)"."""
        if self.occurrence is None:
            return f"{self.calendar}: {plural(self.more, 'more entry', 'more entries')}"
        return f"{self.calendar}: {self.occurrence.title or 'no title'}, {self.when}"


def days(first: date, last: date, zone: ZoneInfo) -> Span:
    """Local days, from the first midnight to the one after the last.

    Of several days only what lasts whole days counts.
    """
    # A last day before the first is still being typed.
    end = max(first, last)
    return Span(wall(first, time(0), zone), wall(end + _A_DAY, time(0), zone), whole_days_only=end > first)


def meets(span: Span, occurrence: Occurrence) -> bool:
    """Whether an entry lies in a span, in whole or in part. What has no length lies where it starts."""
    starts, ends = occurrence.starts_at, occurrence.ends_at
    if span.whole_days_only and not occurrence.all_day and ends - starts < _A_DAY:
        return False
    if starts == ends:
        return span.starts_at <= starts < span.ends_at
    # Half-open on both sides: what ends when the window starts is no conflict.
    return starts < span.ends_at and span.starts_at < ends


def bounded(spans: Sequence[Span], occurrences: Iterable[Occurrence]) -> tuple[tuple[Occurrence, ...], tuple[int, ...]]:
    """The first entries of each span, by start, and of each span how many there are besides."""
    kept: set[Occurrence] = set()
    more = []
    in_order = sorted(set(occurrences), key=_by_start)
    for span in spans:
        inside = [occurrence for occurrence in in_order if meets(span, occurrence)]
        # An entry that lies in two spans is kept once, and counted in each of them.
        kept.update(inside[:MOST_SHOWN])
        more.append(max(0, len(inside) - MOST_SHOWN))
    return tuple(sorted(kept, key=_by_start)), tuple(more)


def overlaps(spans: Sequence[Span], sources: Sequence[Source]) -> list[tuple[Overlap, ...]]:
    """Of each span, what it overlaps: by site, those of the whole agency first, then by start."""
    return [_of_span(number, span, sources) for number, span in enumerate(spans)]


def _of_span(number: int, span: Span, sources: Sequence[Source]) -> tuple[Overlap, ...]:
    pairs = [(source, entry) for source in sources for entry in source.occurrences if meets(span, entry)]
    pairs.sort(key=lambda item: (item[0].site, *_by_start(item[1]), item[0].name))
    listed = [Overlap(source.name, source.site, source.zone, entry) for source, entry in pairs]
    # What is not listed is counted, so that nobody takes a list that was cut for the whole.
    besides = [
        Overlap(source.name, source.site, source.zone, None, source.more[number])
        for source in sources
        if source.more[number]
    ]
    return (*listed, *besides)


def _by_start(occurrence: Occurrence) -> tuple[datetime, datetime, str]:
    return occurrence.starts_at, occurrence.ends_at, occurrence.title
