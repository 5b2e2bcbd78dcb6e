"""Which windows a message of the vendor's announces: proposals with the very words they were read from.

Nothing in a message is trusted, and nothing is guessed. What can be meant in more than one way (04/05/2026, a clock
without a zone) is offered as a choice, and what cannot be read is given back as it stands, for a person.

A text becomes a row of dates, times and zones (`moments`), and the row a list of drafts, each a window (`_drafts`):

    Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York)
    DATE                       TIME  -> DATE                     TIME   ZONE

Each step is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from penelope_admin.clock import find_zone
from penelope_admin.domain.moments import Clock, Days, Place, Token, find_tokens, fixed_zone
from penelope_admin.domain.times import EARLIEST, LATEST, offset, wall
from penelope_admin.domain.windows import LONGEST_WINDOW, NoticeKind

MAX_TEXT = 60_000
"""Characters that are read; dates stand at the top of a notice."""
MAX_PROPOSALS = 24
LONGEST_WORDS = 240
"""Of a quotation, and of a reason."""
_MAX_ZONES = 3
_MAX_CHOICES = 8
_NO_KIND = "It does not say whether this is an upgrade or emergency maintenance."
_NEAR, _FAR = 60, 200
"""So many characters apart, what is read may still belong together: within a sentence, and within a window."""


class Span(NamedTuple):
    """A window as the words may mean it, in UTC, and the zone in which they are read."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo


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
    """

    words: str
    spans: tuple[Span, ...]
    doubts: tuple[str, ...] = ()
    kind: NoticeKind | None = None
    version: str = ""
    downtime: int | None = None
    reason: str = ""
    instead_of: tuple[date, ...] = ()
    day: date | None = None

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
    message = _Message(_plain(subject), _plain(body)[:MAX_TEXT])
    tokens = find_tokens(message.text, here)
    drafts = _drafts(message.text, tokens)
    zones = {token.zones for token in tokens if token.kind == "zone"}
    named = zones.pop() if len(zones) == 1 else ()
    whole, bare = _whole_and_bare(drafts)
    moved = _moved(whole, drafts)
    if len(whole) > 1:
        message.shared = message.text[: _around(message, whole[0], drafts)[0]]
    found = [
        _proposal(message, draft, drafts, named, moved.get(draft.first, ()), here) for draft in whole[:MAX_PROPOSALS]
    ]
    undated = [draft for draft in drafts if not draft.day_choices]
    unread = [_quoted(message.text, draft) for draft in (*bare, *undated, *whole[MAX_PROPOSALS:])]
    return Announcement(_distinct(found), tuple(dict.fromkeys(unread))[:MAX_PROPOSALS])


def _whole_and_bare(drafts: Sequence[_Draft]) -> tuple[list[_Draft], list[_Draft]]:
    """The drafts that are windows, and the days without a time that belong to none of them."""
    dated = [draft for draft in drafts if draft.day_choices]
    timed = [draft for draft in dated if draft.starts is not None]
    whole = [draft for draft in timed if not draft.is_old]
    bare = _bare([draft for draft in dated if draft.starts is None], whole)
    if not whole:  # what holds no longer is shown as such, and a day without a time is filled in
        return [*timed, *_distinct_days(bare)], []
    return whole, bare


def _bare(untimed: Iterable[_Draft], whole: Sequence[_Draft]) -> list[_Draft]:
    """The days without a time that still hold and that no window has."""
    known = {day for draft in whole for day in draft.day_choices}
    return [draft for draft in untimed if not draft.is_old and known.isdisjoint(draft.day_choices)]


def merge_announcements(announcements: Sequence[Announcement]) -> Announcement:
    """What several parts of a message announce; of a window that is in more than one, what says most."""
    proposals = [proposal for found in announcements for proposal in found.proposals]
    days = {span.starts_at.astimezone(span.zone).date() for proposal in proposals for span in proposal.spans}
    return Announcement(
        _distinct(each for each in proposals if each.spans or each.day not in days)[:MAX_PROPOSALS],
        tuple(dict.fromkeys(words for found in announcements for words in found.unread))[:MAX_PROPOSALS],
    )


def proposal_of(subject: str, text: str, spans: Sequence[Span], doubts: Iterable[str], here: Place) -> ProposedWindow:
    """A window whose times come from a calendar, with what its texts say besides."""
    message = _Message(_plain(subject), _plain(text)[:MAX_TEXT])
    kind = _kind(message, (0, len(message.text)))
    doubts = [*doubts, *(() if kind else (_NO_KIND,)), *_past(spans, here)]
    words = " ".join(message.text.split())[:LONGEST_WORDS]
    day = spans[0].starts_at.astimezone(here.zone).date() if spans else None
    return ProposedWindow(
        words, tuple(spans), tuple(doubts), kind, _version(message, (0, 0)),
        _fitting(_downtime(message, (0, 0)), spans), message.reason if kind == "emergency" else "", (), day,
    )  # fmt: skip


# --- the text ---

_ALIKE = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("\u00a0\u2007\u202f\t|", " "), "’": "'"})
_BULLET = re.compile(r"^[> ]*(?:[-*•·] ?)?")
_STARTS_ANEW = re.compile(r"[> ]*(?:[-*•·] ?|[0-9]{1,2}[.)] |[A-Z][\w ,/&]{0,40}:(?: |$))")
_BROKEN = 55
"""Lines of a mail from this length on may have been broken."""
_HEADER = re.compile(r"(?:from|to|date|(subject|sent|cc|reply-to|received|importance)) ?:", re.IGNORECASE)
_HEADER_DATE = re.compile(r"(?:sent|date|received) ?:", re.IGNORECASE)
_WROTE = re.compile(r"on .{5,200} wrote:", re.IGNORECASE)


def _plain(text: str) -> str:
    """Lines with single spaces, without quotation marks and bullets before them and without mail headers' dates.

    Lines that a mail program broke are put together again, or "Saturday 12" would stand without its month.
    """
    lines: list[str] = []
    whole = ""  # the line that may go on in the next
    for line in text[: 2 * MAX_TEXT].translate(_ALIKE).splitlines():
        bare = "".join(sign for sign in " ".join(line.split()) if sign.isprintable())
        said = _BULLET.sub("", bare, count=1)
        starts_anew = _STARTS_ANEW.match(bare) is not None or _is_header(said) or _is_header(whole)
        if len(whole) >= _BROKEN and said and not starts_anew:
            lines[-1] += f" {said}"
        else:
            lines.append(said)
        whole = said
    return "\n".join(_without_headers(lines)).strip()


def _without_headers(lines: Sequence[str]) -> Iterator[str]:
    """The same with the dates of mail headers taken out: a message was sent then, and nothing is upgraded."""
    heads = [_is_header(line) for line in lines]
    for number, line in enumerate(lines):
        beside = heads[max(0, number - 1) : number] + heads[number + 1 : number + 2]
        is_header = (_HEADER_DATE.match(line) and any(beside)) or _WROTE.fullmatch(line)
        yield "" if is_header else line


def _is_header(line: str) -> bool:
    """Whether a line is one of those that mail programs print; "From: 9 PM" is none."""
    match = _HEADER.match(line)
    return match is not None and (match[1] is not None or "@" in line or not re.search("[0-9]", line))


class _Message:
    """A subject and a text in one, with the borders of its paragraphs.

    Attributes:
        shared: what is said of every window: all of it where there is one, what stands above them where there are more.
    """

    def __init__(self, subject: str, body: str) -> None:
        self.subject = " ".join(subject.split())
        self.text = f"{self.subject}\n\n{body}" if self.subject else body
        self.shared = self.text

    @cached_property
    def kind(self) -> NoticeKind | None:
        """What the whole message speaks of."""
        return _kind_in(self.text)

    @cached_property
    def versions(self) -> frozenset[str]:
        """Every version that it names for all windows."""
        return frozenset(_versions_in(self.shared))

    @cached_property
    def outages(self) -> frozenset[int]:
        """Every outage that it names for all windows, in minutes."""
        return frozenset(_outages_in(self.shared))

    @cached_property
    def reason(self) -> str:
        """The sentence that says why, as it stands."""
        sentences = _SENTENCES.split(self.text)
        found = (said for pattern in (_REASON, _EFFECT) for said in sentences if pattern.search(said))
        return next(found, "").strip()[:LONGEST_WORDS]

    def paragraph(self, place_: int) -> tuple[int, int]:
        """The borders of the paragraph around a place."""
        start = self.text.rfind("\n\n", 0, place_)
        end = self.text.find("\n\n", place_)
        return start + 2 if start >= 0 else 0, end if end >= 0 else len(self.text)


# --- drafts ---

_JOINS = re.compile(
    r"\b(?:to|until|till|through|thru|end(?:s|ing)?|finish(?:es|ing)?|(?:complet|finish|don)ed? by)\b|-", re.IGNORECASE
)
_ENDS = re.compile(r"\bend(?:s|ing)?(?: (?:time|date|at|on|and))* ?:\s*$", re.IGNORECASE)
_MOVES = re.compile(
    r"\s(?:\w+ ){0,2}(?:moved|rescheduled|postponed|changed|shifted|pushed|brought)\b[^.\n]{0,40}\bto\b", re.IGNORECASE
)
"""After a date: it holds no longer, and the next one does."""
_DIVIDES = re.compile(r"[.!?;]\s|\n")
_SENTENCE_ENDS = re.compile(r"[.!?;]\s|\n\n")
_OLD = re.compile(
    r"\b(?:instead of|rather than|replac\w+|no longer|(?:old|previous|former|original) (?:date|time|window)"
    r"|(?:was|were|originally|previously) (?:planned|scheduled|set|due)"
    r"|(?:mov|reschedul|postpon|chang|shift|brought forward)\w*[^.\n]{0,80} from)\b[^.\n]{0,60}$",
    re.IGNORECASE,
)
_ON = re.compile(r"[\s,(]*(?:on|,)?[\s(]*", re.IGNORECASE)


@dataclass
class _Draft:
    """A window while it is put together.

    Attributes:
        others: further times with their zones, as of a second clock.
        is_old: the words before say that it holds no longer.
        days_first: both days stand before the times.
        after: where the draft before it ends.
    """

    first: int
    last: int
    day: Days | None = None
    last_day: Days | None = None
    starts: Clock | None = None
    ends: Clock | None = None
    zones: tuple[str, ...] = ()
    season: str = ""
    others: list[tuple[Clock, tuple[str, ...]]] = field(default_factory=list)
    is_old: bool = False
    time_first: bool = False
    days_first: bool = False
    second_zone: bool = False
    after: int = 0

    @property
    def day_choices(self) -> tuple[date, ...]:
        """The first days it may have; none where no day is named."""
        return self.day.days if self.day is not None else ()


def _drafts(text: str, tokens: Sequence[Token]) -> list[_Draft]:
    """Windows of dates, times and zones that stand together; what stands alone is a draft, too."""
    drafts: list[_Draft] = []
    for token in tokens:
        draft = drafts[-1] if drafts else None
        gap = text[draft.last : token.start] if draft is not None else ""
        if draft is None or len(gap) > _FAR or not _TAKE[token.kind](draft, token, gap):
            if token.kind == "zone":
                continue
            if draft is not None and _MOVES.match(gap):
                draft.is_old = True
            draft = _begun(text, token, draft)
            drafts.append(draft)
        draft.last = token.end
    return drafts


def _begun(text: str, token: Token, before: _Draft | None) -> _Draft:
    """A draft that begins with a date or a time, and whether the words before it say that it holds no longer."""
    line, after = text.rfind("\n", 0, token.start) + 1, before.last if before is not None else 0
    is_moved = before is not None and before.is_old
    draft = _Draft(token.start, token.end, token.day, starts=token.clock, after=0 if is_moved else after)
    draft.time_first = token.kind == "time"
    draft.is_old = _OLD.search(text[max(line, token.start - _FAR, after) : token.start]) is not None
    return draft


def _is_joined(gap: str) -> bool:
    """Whether what comes next is the end of what came before."""
    if len(gap) > _NEAR or _MOVES.match(gap):
        return False
    return _ENDS.search(gap) is not None or (_JOINS.search(gap) is not None and not _SENTENCE_ENDS.search(gap))


def _take_date(draft: _Draft, token: Token, gap: str) -> bool:
    """Whether a date belongs to a draft, which takes it then."""
    if draft.day is None:  # "from 9 PM on Saturday"
        if len(gap) > _NEAR or _SENTENCE_ENDS.search(gap):
            return False
        draft.day = token.day
        return True
    if draft.last_day is not None or (draft.is_old and draft.starts is None):
        return False
    follows = draft.ends is None and _is_joined(gap)
    if follows or (draft.ends is not None and draft.time_first and _ON.fullmatch(gap)):
        draft.last_day, draft.days_first = token.day, draft.starts is None
        return True
    return False


def _take_time(draft: _Draft, token: Token, gap: str) -> bool:
    """Whether a time belongs to a draft, which takes it then."""
    if token.clock is None:
        return False
    if draft.starts is None:
        if not _may_start(draft, gap):
            return False
        draft.starts = token.clock
    elif draft.ends is None and (_is_joined(gap) or draft.last_day is not None):
        is_clear = draft.starts.is_24_hours
        draft.ends = token.clock._replace(is_unclear=False) if is_clear else token.clock
        draft.starts = _with_half(draft.starts, draft.ends)
    elif _SENTENCE_ENDS.search(gap) or len(gap) > _NEAR or (draft.day is None and "\n" in gap):
        return False
    else:
        draft.others.append((token.clock, ()))
    return True


def _may_start(draft: _Draft, gap: str) -> bool:
    """Whether a draft's first time may stand so far from its day: what holds no longer has its own in its line."""
    return gap.count("\n\n") <= 1 and not (draft.is_old and "\n" in gap)


def _take_zone(draft: _Draft, token: Token, gap: str) -> bool:
    """Whether a zone belongs to a draft, which takes it then."""
    if draft.starts is None or len(gap) > _NEAR or "\n" in gap:
        return False
    if draft.others:
        clock, zones = draft.others[-1]
        draft.others[-1] = (clock, zones or token.zones)
        missing = [number for number, (_, own) in enumerate(draft.others) if not own]
        for number in missing:
            draft.others[number] = (draft.others[number][0], token.zones)
    elif draft.zones:
        draft.second_zone = draft.second_zone or set(draft.zones).isdisjoint(token.zones)
    else:
        draft.zones, draft.season = token.zones, token.season
    return True


_TAKE: dict[str, Callable[[_Draft, Token, str], bool]] = {
    "date": _take_date, "time": _take_time, "zone": _take_zone
}  # fmt: skip


def _with_half(starts: Clock, ends: Clock) -> Clock:
    """ "9" of "9-11 PM": the evening, for it is the same half of the day; "9" of "9-1 AM" stays unclear.

    Of "9:00 to 13:00" the morning, for that clock has 24 hours.
    """
    if starts.is_unclear and ends.is_24_hours:
        return starts._replace(is_unclear=False)
    if not starts.needs_half:
        return starts
    hour, end = starts.clock.hour, ends.clock.hour % 12
    if hour < end:
        return Clock(time(hour + (12 if ends.clock.hour >= 12 else 0)))  # noqa: PLR2004 - noon
    return starts._replace(is_unclear=True)


# --- proposals ---


def _proposal(
    message: _Message,
    draft: _Draft,
    drafts: Sequence[_Draft],
    named: tuple[str, ...],
    instead_of: tuple[date, ...],
    here: Place,
) -> ProposedWindow:
    """A draft with what the message says of it."""
    around = _around(message, draft, drafts)
    spans, doubts = _spans(draft, named, here)
    sentence = _sentence(message, draft, around)
    doubts += [*_elsewhere(sentence, here), *(said for pattern, said in _READ_IT if pattern.search(sentence))]
    if draft.is_old:
        doubts.append("The words before it say that it holds no longer.")
    kind = _kind(message, around)
    if kind is None:
        doubts.append(_NO_KIND)
    return ProposedWindow(
        _quoted(message.text, draft),
        spans,
        (*doubts, *_past(spans, here)),
        kind,
        _version(message, around),
        _fitting(_downtime(message, around), spans),
        message.reason if kind == "emergency" else "",
        instead_of,
        draft.day.days[0] if draft.day is not None else None,
    )


def _moved(whole: Sequence[_Draft], drafts: Sequence[_Draft]) -> dict[int, tuple[date, ...]]:
    """The days that each window replaces, by its place: a day that holds no longer belongs to the nearest one."""
    found: dict[int, tuple[date, ...]] = {}
    for old in drafts:
        if old.is_old and old.day is not None and whole:
            nearest = min(whole, key=lambda draft: abs(draft.first - old.first))
            found.setdefault(nearest.first, old.day.days)
    return found


def _around(message: _Message, draft: _Draft, drafts: Sequence[_Draft]) -> tuple[int, int]:
    """The borders of what is said of a draft: from its paragraph on to the next draft, but not before the one above."""
    text, dated = message.text, [other for other in drafts if other.day is not None]
    start, end = message.paragraph(draft.first)[0], len(text)
    above = max((other.last for other in dated if other.last <= draft.first), default=0)
    below = min((other.first for other in dated if other.first >= draft.last), default=end)
    if above > start:
        start = max(start, _border(text, above, draft.first)[1])
    return start, _border(text, draft.last, below)[0] if below < end else end


def _border(text: str, first: int, second: int) -> tuple[int, int]:
    """Where what is said of one draft ends and what is said of the next begins: with a paragraph, a line or a sentence.

    What stands between them within a sentence may belong to either, and so belongs to none.
    """
    if (paragraph := text.rfind("\n\n", first, second)) >= 0:
        return paragraph, paragraph + 2
    ends = [match.end() for match in _DIVIDES.finditer(text, first, second)]
    return (ends[-1], ends[-1]) if ends else (first, second)


def _quoted(text: str, draft: _Draft) -> str:
    """The words of a draft, from the start of its line on, or of its sentence where another draft is before it."""
    start = max(text.rfind("\n", 0, draft.first) + 1, draft.first - LONGEST_WORDS // 2, draft.after)
    if start == draft.after:
        start = max((match.end() for match in _DIVIDES.finditer(text, start, draft.first)), default=start)
    end = draft.last + (text[draft.last : draft.last + 1] == ")")
    return " ".join(text[start:end].split()).lstrip(".,;:) ")[:LONGEST_WORDS]


def _spans(draft: _Draft, named: tuple[str, ...], here: Place) -> tuple[tuple[Span, ...], list[str]]:
    """When a draft may be, and why that is not certain."""
    day, doubts = draft.day or Days(()), _doubts_of_days(draft)
    if draft.starts is None or draft.ends is None or draft.starts.is_unclear or draft.ends.is_unclear:
        return (), [*doubts, _no_times(draft)]
    zones = draft.zones or named
    doubts += ["Two time zones are named."] * draft.second_zone + ["No time zone is named."] * (not zones)
    spans = _every_reading(draft, day, zones or here.own_clocks)
    if (draft.days_first or day.last) and draft.ends.clock > draft.starts.clock:
        doubts.append("It may be one window, or one on each of these days.")
    doubts += _doubts_of(spans, draft, is_clear=not doubts)
    return spans, doubts


def _doubts_of_days(draft: _Draft) -> list[str]:
    doubts = (each.doubt for each in (draft.day, draft.last_day) if each is not None and each.doubt)
    return list(dict.fromkeys(doubts))


def _no_times(draft: _Draft) -> str:
    """Why a draft's times cannot be told."""
    if draft.starts is None:
        return "No time is named."
    return "No end is named." if draft.ends is None else "A time can be in the morning or in the evening."


def _every_reading(draft: _Draft, day: Days, zones: Sequence[str]) -> tuple[Span, ...]:
    """All that a draft can mean, each window once, by the first of the zones that give it."""
    found: dict[tuple[datetime, datetime], Span] = {}
    for first, last in _days_to_try(draft, day):
        for key in zones[:_MAX_ZONES]:
            for span in _readings(first, last, draft, find_zone(key)):
                found.setdefault((span.starts_at, span.ends_at), span)
    return tuple(found.values())[:_MAX_CHOICES]


def _doubts_of(spans: Sequence[Span], draft: _Draft, *, is_clear: bool) -> list[str]:
    """What the readings leave in doubt; that there are several needs no word where it is doubtful anyway."""
    doubts = []
    if not spans:
        doubts.append("It would end before it starts, or be too long for a window.")
    elif len(spans) > 1 and is_clear:
        doubts.append("The words can be read in several ways.")
    if spans and not all(_agrees(other, spans) for other in draft.others):
        doubts.append("Another time is named beside it.")
    return doubts


def _days_to_try(draft: _Draft, day: Days) -> list[tuple[date, date | None]]:
    """The first days there may be, each with its last where one is named."""
    lasts = draft.last_day.days if draft.last_day is not None else day.last
    if not lasts:
        return [(first, None) for first in day.days]
    return [(first, last) for first in day.days for last in lasts if timedelta(0) <= last - first <= LONGEST_WINDOW]


def _readings(first: date, last: date | None, draft: _Draft, zone: ZoneInfo) -> list[Span]:
    """When a draft is, by one zone; at midnight it may be the start or the end of a day."""
    if draft.starts is None or draft.ends is None:
        return []
    day = timedelta(days=1)
    firsts = [first, first + day] if draft.starts.is_midnight else [first]
    found = []
    for begins in firsts:
        ends = [begins + day if draft.ends.clock <= draft.starts.clock else begins]
        if last is not None:
            ends = _last_days(first, last, draft.ends)
        for other in _clocks(zone, begins, draft.starts.clock, draft.season):
            starts_at = wall(begins, draft.starts.clock, other)
            for end in ends:
                ends_at = wall(end, draft.ends.clock, other, latest=True)
                if starts_at < ends_at <= starts_at + LONGEST_WINDOW and starts_at >= EARLIEST and ends_at < LATEST:
                    found.append(Span(starts_at, ends_at, other))
    return found


def _last_days(first: date, last: date, ends: Clock) -> list[date]:
    """The days on which a window may end: midnight of its last day is that day's start or its end."""
    return [last, last + timedelta(days=1)] if ends.is_midnight and last > first else [last]


def _clocks(zone: ZoneInfo, day: date, clock: time, season: str) -> list[ZoneInfo]:
    """The zone, and where its clock is not the one that is named ("EST" in July) the fixed one beside it."""
    if not season:
        return [zone]
    local = datetime.combine(day, clock, zone)
    saved = local.dst() or timedelta(0)
    if bool(saved) == (season == "D"):
        return [zone]
    fixed = offset(zone, local) + (timedelta(hours=1) if season == "D" else -saved)
    hours, rest = divmod(fixed, timedelta(hours=1))
    return [zone, *(find_zone(key) for key in fixed_zone(hours, "30" if rest else "00"))]


def _agrees(other: tuple[Clock, tuple[str, ...]], spans: Sequence[Span]) -> bool:
    """Whether a further time is the start or the end of a window on another clock."""
    clock, zones = other
    known = [find_zone(key) for key in zones[:_MAX_ZONES]]
    moments = [moment.astimezone(zone) for span in spans for moment in span[:2] for zone in known]
    return any(moment.time() == clock.clock for moment in moments)


def _past(spans: Sequence[Span], here: Place) -> list[str]:
    return ["This window is over."] if spans and all(span.ends_at <= here.now for span in spans) else []


def _distinct_days(drafts: Iterable[_Draft]) -> list[_Draft]:
    """One draft for each day, the first."""
    found: dict[tuple[date, ...], _Draft] = {}
    for draft in drafts:
        if draft.day is not None:
            found.setdefault(draft.day.days, draft)
    return list(found.values())


def _distinct(proposals: Iterable[ProposedWindow]) -> tuple[ProposedWindow, ...]:
    """One proposal for each window; of several the first that says most."""
    found: dict[object, ProposedWindow] = {}
    for proposal in proposals:
        key = frozenset(span[:2] for span in proposal.spans) or proposal.day
        if key not in found or _weight(proposal) > _weight(found[key]):
            found[key] = proposal
    return tuple(found.values())


def _weight(proposal: ProposedWindow) -> tuple[bool, bool, bool]:
    return proposal.is_certain, bool(proposal.version), proposal.downtime is not None


# --- what else is said ---

_EMERGENCY = re.compile(
    r"\bemergency\b|\b(?:unscheduled|unplanned|urgent|out-of-band) (?:\w+ )?(?:maintenance|upgrade|update|outage|work)",
    re.IGNORECASE,
)
_NO_EMERGENCY = re.compile(
    r"\b(?:no|not|except|exclud\w+|does not include|other than|apart from)\b(?: \w+){0,3} emergency(?: \w+)?"
    r"|\bemergency (?:line|number|phone|contact|support|case)\w*",
    re.IGNORECASE,
)
_REGULAR = re.compile(
    r"\bmass upgrades?\b|\bupgrade[sd]?\b|\bserver maintenance\b|\b(?:scheduled|regular|monthly|planned) maintenance\b",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"\b(?:(from )?(?:penelope|version|release|v\.?|build)[ :]{0,2}(?:version |v)?"
    r"|to (?=[0-9]{1,4}(?:\.[0-9]{1,4}){2}))"
    r"([0-9]{1,4}(?:\.[0-9]{1,4}){1,4})(?![\w/]|\.[0-9])",
    re.IGNORECASE,
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "half an": 0.5, "an": 1}
_AMOUNT = rf"(?:[0-9]{{1,3}}(?:\.[0-9])?|{'|'.join(_NUMBERS)})[ -]?(?:hours?|hrs?|minutes?|mins?)\b"
_LENGTH = rf"{_AMOUNT}(?: (?:and )?[0-9]{{1,2}} (?:minutes?|mins?)\b)?"
_OUTAGE = r"(?:downtime|outage|unavailab\w+|offline|down)"
_DOWNTIME = re.compile(
    rf"\b{_OUTAGE}\b[^.0-9]{{0,60}}?\b(?P<after>{_LENGTH})|\b(?P<before>{_LENGTH}) (?:of )?(?:\w+ )?{_OUTAGE}\b",
    re.IGNORECASE,
)
_PARTS = re.compile(rf"([0-9]+(?:\.[0-9])?|{'|'.join(_NUMBERS)})[ -]?(h|m)", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:due to|because|as a result of|in order to|caused by|reason"
    r"|to (?:fix|address|resolve|correct|apply|repair|mitigate))\b",
    re.IGNORECASE,
)
_EFFECT = re.compile(r"\b(?:affect|impact)\w+", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n")
_READ_IT = (
    (
        re.compile(r"\bcancel|\bwill not take place\b|\bcalled off\b", re.IGNORECASE),
        "The message speaks of something that is cancelled: read it.",
    ),
    (
        re.compile(
            r"\b(?:webinar|meeting|conference|demo|training session|office hours|call (?:on|with))\b", re.IGNORECASE
        ),
        "It may be the time of something else: read it.",
    ),
    (re.compile(r"\?(?:\s|$)"), "It stands in a question: read it."),
)
"""What in a window's sentence has a person read it."""
_NO_REGIONS = re.compile(r"\(US (?:&|and) Canada\)", re.IGNORECASE)
"""A part of a time zone's name."""
_ALIASES = {
    "GB": (r"UK|U\.K\.|Britain|England",), "US": (r"USA?|U\.S\.A?\.?",), "NZ": (r"NZ",), "AU": (r"AU|AUS",),
    "CA": (r"CAN",),
}  # fmt: skip


def _kind(message: _Message, around: tuple[int, int]) -> NoticeKind | None:
    """What a message calls a window: in its own paragraph, else in the subject, the paragraph before, or anywhere."""
    own = message.paragraph(around[0])
    before = message.paragraph(max(0, own[0] - 3))
    texts = (message.text[own[0] : own[1]], message.subject, message.text[before[0] : before[1]])
    return next((kind for text in texts if (kind := _kind_in(text)) is not None), message.kind)


def _kind_in(text: str) -> NoticeKind | None:
    """None where a text names neither, or both."""
    plain = _NO_EMERGENCY.sub(" ", text)
    emergency, regular = _EMERGENCY.search(plain) is not None, _REGULAR.search(plain) is not None
    if emergency == regular:
        return None
    return "emergency" if emergency else "announced"


def _version(message: _Message, around: tuple[int, int]) -> str:
    """The version that is named beside a window, or the only one of all windows."""
    beside = _versions_in(message.text[slice(*around)])
    return next((found.pop() for found in (beside, set(message.versions)) if len(found) == 1), "")


def _versions_in(text: str) -> set[str]:
    return {match[2] for match in _VERSION.finditer(text) if not match[1]}


def _downtime(message: _Message, around: tuple[int, int]) -> int | None:
    """The outage that is named beside a window, or the only one of all windows, in minutes."""
    beside = _outages_in(message.text[slice(*around)])
    return next((found.pop() for found in (beside, set(message.outages)) if len(found) == 1), None)


def _outages_in(text: str) -> set[int]:
    return {_minutes(match) for match in _DOWNTIME.finditer(text)}


def _minutes(match: re.Match[str]) -> int:
    """ "1 hour and 30 minutes" as minutes."""
    parts = _PARTS.findall((match["after"] or match["before"]).lower())
    return int(sum((_NUMBERS.get(amount) or float(amount)) * (60 if unit == "h" else 1) for amount, unit in parts))


def _fitting(minutes: int | None, spans: Sequence[Span]) -> int | None:
    """An outage, if it fits into the window."""
    longest = max((span.ends_at - span.starts_at for span in spans), default=LONGEST_WINDOW)
    return minutes if minutes and timedelta(minutes=minutes) <= longest else None


def _sentence(message: _Message, draft: _Draft, around: tuple[int, int]) -> str:
    """The line around a draft, to the end of its sentence, with the heading above; not what is said of another."""
    text = message.text
    start = max(text.rfind("\n", 0, draft.first) + 1, around[0])
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : start].rstrip()
    ends = _DIVIDES.search(text, draft.last, max(around[1], draft.last))
    line = text[start : ends.end() if ends is not None else max(around[1], draft.last)]
    return (above if above.endswith(":") else "") + line


def _elsewhere(sentence: str, here: Place) -> list[str]:
    """That a window is for other regions, where its sentence names some and not the agency's."""
    plain = _NO_REGIONS.sub("", sentence)
    named = [region for region in here.policy.regions if _names(region.key, region.name, plain)]
    if not named or here.region in {region.key for region in named}:
        return []
    return [f"It is for {' and '.join(region.name for region in named)}, and your agency is elsewhere."]


def _names(key: str, name: str, line: str) -> bool:
    short = "|".join(_ALIASES.get(key, ()))
    return bool(
        re.search(rf"\b{re.escape(name)}", line, re.IGNORECASE) or (short and re.search(rf"\b(?:{short})(?!\w)", line))
    )
