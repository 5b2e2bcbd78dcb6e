"""Which windows a message of the vendor's announces: proposals with the very words they were read from.

Nothing in a message is trusted, and nothing is guessed. What can be meant in more than one way (04/05/2026, a clock
without a zone) is offered as a choice, and what cannot be read is given back as it stands, for a person.

A text (`notice_text`) becomes a row of dates, times and zones (`moments`), and the row a list of drafts, each a window
(`notice_drafts`). Each step is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from penelope_admin.absent import present
from penelope_admin.clock import find_zone
from penelope_admin.domain.moments import Clock, Days, Place, find_tokens, fixed_zone
from penelope_admin.domain.notice_drafts import Draft, find_drafts
from penelope_admin.domain.notice_text import (
    CANCELLED,
    DIVIDES,
    LONGEST_WORDS,
    MAX_TEXT,
    READ_IT,
    UNNAMED,
    Message,
    kind_of,
    outage_of,
    plain_text,
    regions_in,
    to_be_read,
    version_of,
)
from penelope_admin.domain.times import EARLIEST, LATEST, day_in_words, offset, wall
from penelope_admin.domain.windows import LONGEST_WINDOW, Notice, WindowNotice

MAX_PROPOSALS = 24
_MAX_ZONES = 3
_MAX_CHOICES = 8
_BESIDE = 1500
"""So many characters after a window may still be about it."""
_A_DAY = timedelta(days=1)
_APART = timedelta(days=14)
"""Two upgrades are further apart than this."""
_ZONE_BEHIND = re.compile(r" ?\(?([A-Z]{1,3}[SD]T|[A-Z]{2}T|MSK)\b")
_DEADLINE, _BEFORE = re.compile(r"\b(?:by|before|no later than) $", re.IGNORECASE), 20
_HEADING = re.compile(r":$|^[^.,!?;0-9]{1,60}$")
_TWO = "Another window in this message is close to it: check which one is yours."
_REST = "what comes after the first part of this long message"


class Span(NamedTuple):
    """A window as the words may mean it, in UTC, and the zone in which they are read."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @property
    def is_possible(self) -> bool:
        """Whether it ends after it starts, is no longer than windows are, and lies in the years that are known."""
        is_window = self.starts_at < self.ends_at <= self.starts_at + LONGEST_WINDOW
        return is_window and self.starts_at >= EARLIEST and self.ends_at < LATEST


class NotOurs(NamedTuple):
    """A person's answer that a window is not the agency's; `at` in UTC."""

    at: datetime
    by: str
    reason: str

    def in_words(self, zone: ZoneInfo) -> str:
        """Who said so, when and why."""
        return f"Answered “not for us” by {self.by} on {day_in_words(self.at, zone)}: {self.reason.rstrip('.')}."


class ProposedWindow(Struct, frozen=True):
    """A window that a message seems to announce.

    Attributes:
        words: as they stand in the message, in one line.
        spans: when it may be; several where the words can be read in several ways, none where a person has to say.
        doubts: why it is not certain, in sentences; a person settles each.
        kind: None where the message does not say.
        version: "" where the message names none, as for `reason`, which only emergency maintenance has.
        downtime: the outage that the message names, in minutes.
        instead_of: the local days, in the readings there are, of an earlier window that this one replaces.
        day: the first day it may be, for whoever fills in the rest.
        elsewhere: that the message names other regions for it and not the agency's, in a sentence.
        names_us: the message names the agency's region for it.
        not_ours: a person's answer that it is not the agency's, of an earlier message or of this one.
        recorded: the notice that counts for it; on its day, where the message names no times.
    """

    words: str
    spans: tuple[Span, ...]
    doubts: tuple[str, ...]
    kind: WindowNotice | None
    version: str
    downtime: int | None
    reason: str
    instead_of: tuple[date, ...]
    day: date | None
    elsewhere: str
    names_us: bool
    not_ours: NotOurs | None = None
    recorded: Notice | None = None

    @property
    def may_be_cancelled(self) -> bool:
        """Whether the message speaks of something that is cancelled; of what, a person reads."""
        return CANCELLED in self.doubts

    @property
    def names_penelope(self) -> bool:
        """Whether the message does."""
        return UNNAMED not in self.doubts

    @property
    def is_certain(self) -> bool:
        """Whether it can be read in one way only."""
        return len(self.spans) == 1 and not self.doubts and self.kind is not None


class Announcement(Struct, frozen=True):
    """What a message announces.

    Attributes:
        unread: what looks like a date or a time and belongs to no window, as it stands.
    """

    proposals: tuple[ProposedWindow, ...]
    unread: tuple[str, ...] = ()


def read_notice(subject: str, body: str, here: Place) -> Announcement:
    """The windows that a message announces, as they stand in it."""
    message = Message(plain_text(subject), plain_text(body)[:MAX_TEXT])
    tokens = find_tokens(message.text, here)
    drafts = find_drafts(message.text, tokens)
    zones = {token.zones for token in tokens if token.kind == "zone"}
    # A message that names one zone, anywhere, means it of all its times; one that names several means each of its own.
    named = zones.pop() if len(zones) == 1 else ()
    # "Saturday 12 December, 21:00 to 01:00" is a whole draft; "see you on 14 December" is a bare day.
    whole, left = _whole_and_left(message.text, drafts, here)
    moved = _moved(whole, drafts)
    if len(whole) > 1:
        # What stands above the first window ("Version 5.2 comes to all of you:") is said of each of them.
        message.shared = message.text[: _around(message, whole[0], drafts)[0]]
    proposals = [
        _proposal(message, draft, drafts, named, moved.get(draft.first, ()), here) for draft in whole[:MAX_PROPOSALS]
    ]
    # Whatever looks like a date or a time and became no window is given back: a person reads what the program cannot.
    unread = [_quoted(message.text, draft) for draft in (*left, *whole[MAX_PROPOSALS:])]
    if len(body) > MAX_TEXT:
        unread.insert(0, _REST)
    return Announcement(_distinct(proposals), tuple(dict.fromkeys(unread))[:MAX_PROPOSALS])


def _whole_and_left(text: str, drafts: Sequence[Draft], here: Place) -> tuple[list[Draft], list[Draft]]:
    """The drafts that are windows, and what belongs to none."""
    today = here.now.astimezone(here.zone).date()
    mere = {draft.first: draft for draft in drafts if _announces_nothing(text, draft, today)}
    whole, bare = _whole_and_bare([draft for draft in drafts if draft.first not in mere])
    return whole, [*bare, *mere.values()]


def _announces_nothing(text: str, draft: Draft, today: date) -> bool:
    """Whether it has no day, or is a moment that is over ("Posted on Nov 27, 14:02") or until when to do something."""
    if not draft.day_choices or draft.starts is None or draft.ends is not None:
        return not draft.day_choices
    nearest = min(draft.day_choices, key=lambda day: abs(day - today))
    return nearest < today or _DEADLINE.search(text[max(0, draft.first - _BEFORE) : draft.first]) is not None


def _whole_and_bare(dated: Sequence[Draft]) -> tuple[list[Draft], list[Draft]]:
    """The drafts that are windows, and the days without a time that belong to none of them."""
    timed = [draft for draft in dated if draft.starts is not None]
    whole = [draft for draft in timed if not draft.is_old]
    bare = _bare([draft for draft in dated if draft.starts is None], whole)
    if not whole:  # what holds no longer is shown as such, and a day without a time is filled in
        days: dict[tuple[date, ...], Draft] = {}
        for draft in bare:
            days.setdefault(draft.day_choices, draft)
        return [*timed, *days.values()], []
    return whole, bare


def _bare(untimed: Iterable[Draft], whole: Sequence[Draft]) -> list[Draft]:
    """The days without a time that still hold and that no window has."""
    timed = {day for draft in whole for day in draft.day_choices}
    return [draft for draft in untimed if not draft.is_old and timed.isdisjoint(draft.day_choices)]


def merge_announcements(announcements: Sequence[Announcement]) -> Announcement:
    """What several parts of a message announce; of a window that is in more than one, what says most."""
    proposals = [proposal for part in announcements for proposal in part.proposals]
    # A day without hours adds nothing where another part of the message has the hours.
    days = {span.starts_at.astimezone(span.zone).date() for proposal in proposals for span in proposal.spans}
    return Announcement(
        _distinct(each for each in proposals if each.spans or each.day not in days)[:MAX_PROPOSALS],
        tuple(dict.fromkeys(words for part in announcements for words in part.unread))[:MAX_PROPOSALS],
    )


def told_apart(proposals: Sequence[ProposedWindow]) -> tuple[ProposedWindow, ...]:
    """The same; of upgrades so near each other that one takes the other's place, a person says which is meant."""
    asked = [item for item in proposals if item.not_ours is None]
    return tuple(
        structs.replace(item, doubts=(*item.doubts, _TWO)) if any(_rivals(item, other) for other in asked) else item
        for item in proposals
    )


def _rivals(item: ProposedWindow, other: ProposedWindow) -> bool:
    """Whether another window of a message may be meant in the place of one; what is in doubt anyway is not."""
    if not (item.is_certain and other.is_certain) or {item.kind, other.kind} != {"announced"}:
        return False
    apart = abs(item.spans[0].starts_at - other.spans[0].starts_at)
    return item.spans[0][:2] != other.spans[0][:2] and apart < _APART and (other.names_us or not item.names_us)


def proposal_of(subject: str, text: str, spans: Sequence[Span], doubts: Iterable[str], here: Place) -> ProposedWindow:
    """A window whose times come from a calendar, with what its texts say besides."""
    message = Message(plain_text(subject), plain_text(text)[:MAX_TEXT])
    whole = (0, len(message.text))
    doubts = [*doubts, *to_be_read(message, message.subject, whole, here)]
    day = next((span.starts_at.astimezone(here.zone).date() for span in spans), None)
    words = " ".join(message.text.split())[:LONGEST_WORDS]
    return _proposed(message, words, tuple(spans), doubts, whole, day, here, regions=regions_in(message.text, here))


# --- one proposal ---


def _proposal(
    message: Message,
    draft: Draft,
    drafts: Sequence[Draft],
    named: tuple[str, ...],
    instead_of: tuple[date, ...],
    here: Place,
) -> ProposedWindow:
    """A draft with what the message says of it."""
    around = _around(message, draft, drafts)
    sentence, told_of = _sentence(message, draft, around), _told_of(draft, drafts, around)
    spans, doubts = _spans(draft, named, here)
    if not draft.zones and (zone_word := _ZONE_BEHIND.match(message.text, draft.last)):
        doubts.append(f"“{zone_word[1]}” may be a time zone that this program does not know.")
    doubts += to_be_read(message, sentence, told_of, here, replaces=draft.is_old or bool(instead_of))
    if draft.is_old:
        doubts.append("The text before it says that it no longer applies.")
    found_day = next(iter(draft.day_choices), None)
    return _proposed(
        message, _quoted(message.text, draft), spans, doubts, around, found_day, here,
        regions=regions_in(sentence, here), instead_of=instead_of, is_alone=len(drafts) == 1,
    )  # fmt: skip


def _proposed(
    message: Message, words: str, spans: tuple[Span, ...], doubts: list[str], around: tuple[int, int],
    day: date | None, here: Place, *, regions: tuple[bool, str], instead_of: tuple[date, ...] = (),
    is_alone: bool = True,
) -> ProposedWindow:  # fmt: skip
    """A window with its kind, its version and whatever else is said around it."""
    kind = kind_of(message, around)
    names_us, elsewhere = regions
    if elsewhere:
        doubts.append(elsewhere)
    if kind is None:
        doubts.append("It does not say whether this is an upgrade or emergency maintenance.")
    if spans and all(span.ends_at <= here.now for span in spans):
        doubts.append("This window is over.")
    # What an upgrade brings is not what emergency maintenance beside it brings.
    version = version_of(message, around, is_shared=kind != "emergency" or is_alone)
    outage = _fitting(outage_of(message, around), spans)
    return ProposedWindow(
        words, spans, tuple(doubts), kind, version, outage, message.reason if kind == "emergency" else "",
        instead_of, day, elsewhere, names_us,
    )  # fmt: skip


def _moved(whole: Sequence[Draft], drafts: Sequence[Draft]) -> dict[int, tuple[date, ...]]:
    """The days that each window replaces, by its place: a day that holds no longer belongs to the nearest one."""
    days_by_place: dict[int, tuple[date, ...]] = {}
    for old in drafts:
        if old.is_old and old.day is not None and whole:
            # "Moved from the 5th to the 12th": the old day is told of the window that stands next to it.
            nearest = min(whole, key=lambda draft: abs(draft.first - old.first))
            days_by_place.setdefault(nearest.first, old.day.days)
    return days_by_place


def _around(message: Message, draft: Draft, drafts: Sequence[Draft]) -> tuple[int, int]:
    """The borders of what is said of a draft: from its paragraph on to the next draft, but not before the one above."""
    text, dated = message.text, [other for other in drafts if other.day is not None]
    # What is said of a window stands around it: "A: 12 December. Reason: … B: 14 December." is cut between A and B.
    start, end = message.paragraph(draft.first)[0], len(text)
    above = max((other.last for other in dated if other.last <= draft.first), default=0)
    below = min((other.first for other in dated if other.first >= draft.last), default=end)
    if above > start:
        start = max(start, _border(text, above, draft.first)[1])
    return start, _border(text, draft.last, below)[0] if below < end else end


def _told_of(draft: Draft, drafts: Sequence[Draft], around: tuple[int, int]) -> tuple[int, int]:
    """What is said of a draft, for the first one with all that stands above it, without what is said long after it."""
    is_first = all(other.first >= draft.first for other in drafts if other.day is not None)
    return 0 if is_first else around[0], min(around[1], draft.last + _BESIDE)


def _border(text: str, first: int, second: int) -> tuple[int, int]:
    """Where what is said of one draft ends and what is said of the next begins: with a paragraph, a line or a sentence.

    What stands between them within a sentence may belong to either, and so belongs to none.
    """
    if (paragraph := text.rfind("\n\n", first, second)) >= 0:
        return paragraph, paragraph + 2
    ends = [match.end() for match in DIVIDES.finditer(text, first, second)]
    return (ends[-1], ends[-1]) if ends else (first, second)


def _quoted(text: str, draft: Draft) -> str:
    """The words of a draft, from the start of its line on, or of its sentence where another draft is before it."""
    start = max(text.rfind("\n", 0, draft.first) + 1, draft.first - LONGEST_WORDS // 2, draft.after)
    # Two windows in one line: the second is quoted from its own sentence on.
    if start == draft.after:
        start = max((match.end() for match in DIVIDES.finditer(text, start, draft.first)), default=start)
    # The bracket of "(Eastern time)" belongs to the quotation.
    end = draft.last + (text[draft.last : draft.last + 1] == ")")
    return " ".join(text[start:end].split()).lstrip(".,;:) ")[:LONGEST_WORDS]


def _spans(draft: Draft, named: tuple[str, ...], here: Place) -> tuple[tuple[Span, ...], list[str]]:
    """When a draft may be, and why that is not certain."""
    doubts, times = _doubts_of_days(draft), draft.times
    if times is None:
        return (), [*doubts, _no_times(draft)]
    # A zone beside the times goes before one that is named anywhere in the message, and that before a guess.
    zones = draft.zones or named
    spans = _every_reading(draft, times, zones or here.own_clocks)
    if not zones:
        doubts.append("No time zone is named.")
    # "EST (UTC-5)" is one clock named twice.
    own = {span[:2] for span in spans}
    if any(own.isdisjoint(span[:2] for span in _every_reading(draft, times, more)) for more in draft.more_zones):
        doubts.append("Two time zones are named.")
    return spans, [*doubts, *_doubts_of(spans, draft, is_clear=not doubts)]


def _doubts_of_days(draft: Draft) -> list[str]:
    """What is not certain of a draft's days."""
    doubts = [*draft.doubts, *(each.doubt for each in present(draft.day, draft.last_day))]
    # "12 and 13 December, 20:00 to 23:00": two evenings, or a night and a day.
    are_two = draft.days_first or (draft.day is not None and draft.day.last)
    if are_two and draft.times is not None and draft.times[1].clock > draft.times[0].clock:
        doubts.append("It may be one window, or one on each of these days.")
    return list(filter(None, dict.fromkeys(doubts)))


def _no_times(draft: Draft) -> str:
    """Why a draft's times cannot be told."""
    if draft.starts is None:
        return "No time is named."
    return "No end is named." if draft.ends is None else "A time can be in the morning or in the evening."


def _every_reading(draft: Draft, times: tuple[Clock, Clock], zones: Sequence[str]) -> tuple[Span, ...]:
    """All that a draft can mean, each window once, by the first of the zones that give it."""
    readings: dict[tuple[datetime, datetime], Span] = {}
    for first, last in _days_to_try(draft):
        for key in zones[:_MAX_ZONES]:
            for span in _readings(first, last, times, find_zone(key), draft.season):
                # Two zones that show the same time then are one reading, told by the zone that comes first.
                readings.setdefault((span.starts_at, span.ends_at), span)
    return tuple(readings.values())[:_MAX_CHOICES]


def _doubts_of(spans: Sequence[Span], draft: Draft, *, is_clear: bool) -> Iterator[str]:
    """What the readings leave in doubt; that there are several needs no word where it is doubtful anyway."""
    if not spans:
        yield "It would end before it starts, or be too long for a window."
    elif len(spans) > 1 and is_clear:
        yield "The words can be read in several ways."
    if spans and not all(_agrees(other, spans) for other in draft.others):
        yield "Another time is named beside it."


def _days_to_try(draft: Draft) -> list[tuple[date, date | None]]:
    """The first days there may be, each with its last where one is named."""
    day = draft.day or Days(())
    lasts = draft.last_day.days if draft.last_day else day.last
    if not lasts:
        return [(first, None) for first in day.days]
    return [(first, last) for first in day.days for last in lasts if timedelta(0) <= last - first <= LONGEST_WINDOW]


def _readings(first: date, last: date | None, times: tuple[Clock, Clock], zone: ZoneInfo, season: str) -> list[Span]:
    """When a draft is, by one zone; at midnight it may be the start or the end of a day."""
    starts, ends = times
    # "Midnight on Saturday" is the night before it to some, and the night after it to others.
    spans = (
        Span(start, end, other)
        for begins in _and_next(first, starts.is_midnight)
        for other in _clocks_of_both(zone, begins, _last_days(begins, first, last, starts, ends), times, season)
        for start in _instants(begins, starts.clock, other)
        for final in _last_days(begins, first, last, starts, ends)
        for end in _instants(final, ends.clock, other)
    )
    return [span for span in spans if span.is_possible]


def _instants(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """When a clock shows a time; of an hour that comes twice or is skipped as clocks change, both that may be meant."""
    return sorted({wall(day, clock, zone), wall(day, clock, zone, latest=True)})


def _last_days(begins: date, first: date, last: date | None, starts: Clock, ends: Clock) -> list[date]:
    """The days on which a window may end that begins on a day: the one that is named, or that day or the next."""
    # "21:00 to 01:00": a clock that does not go on ends on the next day.
    if last is None:
        return [begins + _A_DAY if ends.clock <= starts.clock else begins]
    # Midnight of its last day is that day's start or its end.
    return _and_next(last, ends.is_midnight and last > first)


def _and_next(day: date, is_either: bool) -> list[date]:
    """A day, with the next one where either may be meant."""
    return [day, day + _A_DAY] if is_either else [day]


def _clocks(zone: ZoneInfo, day: date, clock: time, season: str) -> list[ZoneInfo]:
    """The zone, and where its clock is not the one that is named ("EST" in July) the fixed one beside it."""
    if not season:
        return [zone]
    local = datetime.combine(day, clock, zone)
    # "EST" in July: read as the zone, whose clock is summer's, and as the five hours that the name says.
    saved = local.dst() or timedelta(0)
    if bool(saved) == (season == "D"):
        return [zone]
    fixed = offset(zone, local) + (timedelta(hours=1) if season == "D" else -saved)
    hours, rest = divmod(fixed, timedelta(hours=1))
    return [zone, *(find_zone(key) for key in fixed_zone(hours, f"{rest.seconds // 60:02}"))]


def _clocks_of_both(
    zone: ZoneInfo, begins: date, ends: Iterable[date], times: tuple[Clock, Clock], season: str
) -> Iterable[ZoneInfo]:
    """What the name of a clock may mean at a window's start or its end: clocks may change in between."""
    days = ((begins, times[0].clock), *((day, times[1].clock) for day in ends))
    return dict.fromkeys(other for day, clock in days for other in _clocks(zone, day, clock, season))


def _agrees(other: tuple[Clock, tuple[str, ...]], spans: Sequence[Span]) -> bool:
    """Whether a further time is the start or the end of a window on another clock."""
    clock, zones = other
    clocks = [find_zone(key) for key in zones[:_MAX_ZONES]]
    moments = [moment.astimezone(zone) for span in spans for moment in span[:2] for zone in clocks]
    return any(moment.time() == clock.clock for moment in moments)


def _distinct(proposals: Iterable[ProposedWindow]) -> tuple[ProposedWindow, ...]:
    """One proposal for each window."""
    by_window: dict[object, list[ProposedWindow]] = {}
    for proposal in proposals:
        # What has no times yet is known by its day.
        key = frozenset(span[:2] for span in proposal.spans) or proposal.day
        by_window.setdefault(key, []).append(proposal)
    return tuple(map(_one_of, by_window.values()))


def _one_of(same: Sequence[ProposedWindow]) -> ProposedWindow:
    """Of what stands of one window in several places the first that says most, with each reason to read it."""
    best = max(same, key=_weight)
    elsewhere = "" if best.names_us else next(filter(None, (each.elsewhere for each in same)), "")
    lasting = {*READ_IT, elsewhere}
    more = (doubt for each in same for doubt in each.doubts if doubt in lasting)
    return structs.replace(best, doubts=tuple(dict.fromkeys((*best.doubts, *more))), elsewhere=elsewhere)


def _weight(proposal: ProposedWindow) -> tuple[bool, ...]:
    return proposal.names_us, proposal.is_certain, bool(proposal.version), proposal.downtime is not None


def _fitting(minutes: int | None, spans: Sequence[Span]) -> int | None:
    """An outage, if it fits into the window."""
    # An outage that is longer than its window is of something else, and not taken over.
    longest = max((span.ends_at - span.starts_at for span in spans), default=LONGEST_WINDOW)
    return minutes if minutes and timedelta(minutes=minutes) <= longest else None


def _sentence(message: Message, draft: Draft, around: tuple[int, int]) -> str:
    """The line around a draft, to the end of its sentence, with the heading above; not what is said of another."""
    text = message.text
    line = text.rfind("\n", 0, draft.first) + 1
    end = max(around[1], draft.last)
    if divide := DIVIDES.search(text, draft.last, end):
        end = divide.end()
    # "AU/NZ:", or "Preview" in a line of its own, stands above all lines of its paragraph, or above the paragraph.
    paragraph = message.paragraph(draft.first)[0]
    above = (text[:paragraph].rstrip().rpartition("\n")[2], *text[paragraph:line].splitlines())
    heading = next(filter(_HEADING.search, reversed(above)), "")
    return f"{heading}\n{text[max(line, around[0]) : end]}"
