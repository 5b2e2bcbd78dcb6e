"""Dates, times and zones that stand together become drafts, each a window while it is put together.

Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York)
DATE                       TIME  -> DATE                     TIME   ZONE
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from penelope_admin.absent import present
from penelope_admin.clock import find_zone
from penelope_admin.domain.moments import WEEKDAY, Clock, Days, Place, Token, find_tokens
from penelope_admin.domain.times import in_words

_NEAR, _FAR = 60, 200
"""So many characters apart, what is read may still belong together: within a sentence, and within a window."""

# "9 PM to 1 AM", "9 PM, and should be done by 1 AM", "9 PM - 1 AM".
_JOINS = re.compile(
    r"\b(?:to|until|till|through|thru|end(?:s|ing)?|finish(?:es|ing)?|(?:complet|finish|don)ed? by|à|au)\b|-",
    re.IGNORECASE,
)
# "9 PM on the 12th to 1 AM on the 13th December", "Saturday 12 through": another day, without its month.
_ORDINAL = re.compile(
    rf"\b[0-9]{{1,2}}(?:st|nd|rd|th)\b|\b{WEEKDAY} [0-9]{{1,2}}\b(?![:.]?[0-9]| ?[ap]\.?m)", re.IGNORECASE
)
# "Saturday 12 - Sunday 13 December", "12th & 13th December", "14 or 15 December": the same before a day.
_DAY_BEFORE = re.compile(
    r"(?<![\w.:/-])[0-9]{1,2}(?:st|nd|rd|th)? ?(?:[,&+/-]|\b(?:or|and|to|until|till|into|through)\b) ?"
    rf"(?:\b(?:on|the|{WEEKDAY})\b[ .,]*){{0,3}}$",
    re.IGNORECASE,
)
# "between 9 PM and 1 AM", "entre 21 h et 1 h".
_BETWEEN, _AND = re.compile(r"\b(?:between|entre)\b", re.IGNORECASE), re.compile(r"\b(?:and|et)\b", re.IGNORECASE)
# "End time: 1 AM" in a line of its own.
_ENDS = re.compile(
    r"\bend(?:s|ing)?(?: (?:time|date|at|on|and))* ?:\s*$|\n(?:end|ends|finish|until|to)(?: time| date)? $",
    re.IGNORECASE,
)
_MOVES = re.compile(
    r"\s(?:\w+ ){0,2}(?:moved|rescheduled|postponed|changed|shifted|pushed|brought|reporté|déplacé)e?s?\b[^.\n]{0,40}"
    r"\b(?:to|au)\b|\s(?:\w+ ){0,2}will now (?:take place|be held|happen|start|begin)\b",
    re.IGNORECASE,
)
"""After a date: it holds no longer, and the next one does."""
_SENTENCE_ENDS = re.compile(r"[.!?;]\s|\n\n")
# "instead of 12 December", "was planned for 12 December", "rescheduled … from 12 December".
_OLD = re.compile(
    r"\b(?:instead of|rather than|replac\w+|no longer|(?:old|previous|former|original) (?:date|time|window)"
    r"|(?:was|were|originally|previously) (?:planned|scheduled|set|due)|au lieu du?|initialement prévue?s?"
    r"|(?:mov|reschedul|postpon|chang|shift|brought forward)\w*[^.\n]{0,80} from)\b[^.\n]{0,60}$"
    r"|\b(?:old|previous|former|original) ?:[^.\n]{0,60}$",
    re.IGNORECASE,
)
# Nothing but "on", a comma or a bracket between an end and its day.
_ON = re.compile(r"[\s,(]*(?:on|,)?[\s(]*", re.IGNORECASE)
# The same with a word or bracket that has the day follow on its end, and begin nothing new.
_ON_ITS_DAY = re.compile(r"[ ,]*(?:on\b|\()[ (]*", re.IGNORECASE)


STRUCK = "~~"
"""Stands before and after what a message has struck out."""
_NO_DAY = Days(())


@dataclass
class Draft:
    """A window while it is put together.

    Attributes:
        others: further times with their zones, as of a second clock.
        more_zones: what further zones of its own times may mean.
        is_old: the words before say that it no longer holds.
        days_first: both days stand before the times.
        after: where the draft before it ends.
        between: the words before its start say that "and" joins its end.
        doubts: what stands within it besides, in sentences.
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
    more_zones: list[tuple[str, ...]] = field(default_factory=list)
    is_old: bool = False
    time_first: bool = False
    days_first: bool = False
    after: int = 0
    between: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def day_choices(self) -> tuple[date, ...]:
        """The first days it may have; none where no day is named."""
        return (self.day or _NO_DAY).days

    @property
    def times(self) -> tuple[Clock, Clock] | None:
        """When it starts and ends; None unless both are named and clear."""
        if self.starts is None or self.ends is None or self.starts.is_unclear or self.ends.is_unclear:
            return None
        return self.starts, self.ends


def find_drafts(text: str, tokens: Sequence[Token]) -> list[Draft]:
    """Windows of dates, times and zones that stand together; what stands alone is a draft, too."""
    drafts: list[Draft] = []
    draft = Draft(0, 0)
    for token in tokens:
        gap = text[draft.last : token.start]
        # A token goes to the draft before it if that has room for it, else it begins one.
        if not drafts or len(gap) > _FAR or not _TAKE[token.kind](draft, token, gap):
            # A zone by itself announces nothing; it only says on which clock something else is.
            if token.kind == "zone":
                continue
            # "12 December has been moved to 19 December": the first is told as what holds no longer.
            if drafts and _MOVES.match(gap):
                draft.is_old = True
            draft = _begun(text, token, draft)
            drafts.append(draft)
        elif _ORDINAL.search(gap):
            draft.doubts.append("Another day is named within it.")
        draft.last = token.end
    return drafts


def _begun(text: str, token: Token, before: Draft) -> Draft:
    """A draft that begins with a date or a time, and whether the words before it say that it no longer holds."""
    line = text.rfind("\n", 0, token.start) + 1
    said = text[max(line, token.start - _FAR, before.last) : token.start]
    is_struck = text.count(STRUCK, line, token.start) % 2 == 1
    return Draft(
        token.start,
        token.end,
        token.day,
        starts=token.clock,
        time_first=token.kind == "time",
        is_old=is_struck or _OLD.search(said) is not None,
        after=0 if before.is_old else before.last,
        between=_BETWEEN.search(said) is not None,
        doubts=["Another day is named before it."] if token.day and _DAY_BEFORE.search(said) else [],
    )


def _is_joined(gap: str) -> bool:
    """Whether what comes next is the end of what came before."""
    if len(gap) > _NEAR or _MOVES.match(gap):
        return False
    return _ENDS.search(gap) is not None or (_JOINS.search(gap) is not None and not _SENTENCE_ENDS.search(gap))


def _is_beside(gap: str) -> bool:
    """Whether two things stand near each other, in one sentence."""
    return len(gap) <= _NEAR and not _SENTENCE_ENDS.search(gap)


def _take_date(draft: Draft, token: Token, gap: str) -> bool:
    """Whether a date belongs to a draft, which takes it then."""
    if draft.day is None:  # "from 9 PM on Saturday"
        if _is_beside(gap):
            draft.day = token.day
        return draft.day is not None
    # A third day is of the next window; what holds no longer takes no second one before its time.
    if draft.last_day is not None or (draft.is_old and draft.starts is None):
        return False
    if draft.ends is None:
        belongs = _is_joined(gap)
    else:  # "9 PM on Saturday to 1 AM on Sunday": the day stands behind the end that it is of
        belongs = (draft.time_first and _ON.fullmatch(gap) is not None) or _is_its_end(draft, token, gap)
    if belongs:
        draft.last_day, draft.days_first = token.day, draft.starts is None
    return belongs


def _is_its_end(draft: Draft, token: Token, gap: str) -> bool:
    """Whether it says once more on which day a draft ends: "Saturday, 9 PM to 1 AM on Sunday"."""
    if draft.times is None or token.day is None or _ON_ITS_DAY.fullmatch(gap) is None:
        return False
    starts, ends = draft.times
    following = {day + timedelta(days=1) for day in draft.day_choices}
    return ends.clock <= starts.clock and following.issuperset(token.day.days)


def _take_time(draft: Draft, token: Token, gap: str) -> bool:
    """Whether a time belongs to a draft, which takes it then."""
    if token.clock is None:
        return False
    if draft.starts is None:
        return _take_start(draft, token.clock, gap)
    if draft.ends is None and _is_end(draft, gap):
        draft.ends = token.clock._replace(is_unclear=token.clock.is_unclear and not draft.starts.is_24_hours)
        draft.starts = _with_half(draft.starts, draft.ends)
        return True
    if not _is_beside(gap) or (draft.day is None and "\n" in gap):
        return False
    # A third time is most likely the same window on another clock: vendors write to several regions at once.
    draft.others.append((token.clock, ()))
    return True


def _take_start(draft: Draft, clock: Clock, gap: str) -> bool:
    """Whether a first time may stand so far from its day: what holds no longer has its own in its line."""
    if gap.count("\n\n") > 1 or (draft.is_old and "\n" in gap):
        return False
    draft.starts = clock
    draft.between |= _BETWEEN.search(gap) is not None
    return True


def _is_end(draft: Draft, gap: str) -> bool:
    """Whether a second time is when a draft ends."""
    if _is_joined(gap) or draft.last_day is not None:
        return True
    return draft.between and _is_beside(gap) and _AND.search(gap) is not None


def _take_zone(draft: Draft, token: Token, gap: str) -> bool:
    """Whether a zone belongs to a draft, which takes it then."""
    if draft.starts is None or len(gap) > _NEAR or "\n" in gap:
        return False
    if draft.others:
        # One zone behind several further times is that of all that have none.
        draft.others = [(clock, zones or token.zones) for clock, zones in draft.others]
    elif draft.zones:
        draft.more_zones.append(token.zones)
    else:
        draft.zones, draft.season = token.zones, token.season
    return True


_TAKE: dict[str, Callable[[Draft, Token, str], bool]] = {
    "date": _take_date, "time": _take_time, "zone": _take_zone
}  # fmt: skip


def _with_half(starts: Clock, ends: Clock) -> Clock:
    """ "9" of "9-11 PM": the evening, for it is the same half of the day; "9" of "9-1 AM" stays unclear.

    Of "9:00 to 13:00" the morning, for that clock has 24 hours.
    """
    # One clock is meant by both ends.
    if starts.is_unclear and ends.is_24_hours:
        return starts._replace(is_unclear=False)
    if not starts.needs_half:
        return starts
    hour, end = starts.clock.hour, ends.clock.hour % 12
    if hour < end:
        return Clock(time(hour + (12 if ends.clock.hour >= 12 else 0)))  # noqa: PLR2004 - noon
    return starts._replace(is_unclear=True)


class NamedDay(NamedTuple):
    """A day that a text names: as it stands there, the agency's own days that may be meant, and what is doubtful."""

    said: str
    readings: tuple[date, ...]
    doubt: str

    @property
    def is_certain(self) -> bool:
        """Whether it can be read in one way only."""
        return len(self.readings) == 1 and not self.doubt

    @property
    def sentence(self) -> str:
        """What stands there, and in which ways it can be read."""
        either = " or ".join(map(in_words, self.readings))
        return f"It names “{self.said}”. {self.doubt or f'Here that is {either}.'}"


def find_days(text: str, here: Place) -> tuple[NamedDay, ...]:
    """The days that are named in a text, without those that it says hold no longer.

    An hour beside a day counts: 8 pm in New York is the next day in Sydney. On whose clock one is that names none,
    the vendor's or the agency's own, nobody knows.
    """
    named: dict[tuple[date, ...], NamedDay] = {}
    for draft in find_drafts(text, find_tokens(text, here)):
        if draft.day is not None and not draft.is_old:
            days = (*draft.day.days, *draft.day.last, *(draft.last_day or _NO_DAY).days)
            readings = tuple(sorted({own for day in days for own in _own_days(day, draft, here)}))
            doubt = " ".join(present(draft.day.doubt, *draft.doubts))
            named.setdefault(readings, NamedDay(text[draft.first : draft.last], readings, doubt))
    return tuple(day for day in named.values() if day.readings)


def _own_days(day: date, draft: Draft, here: Place) -> set[date]:
    """The agency's days that a day may be on which something begins at a draft's hour."""
    if draft.starts is None:
        return {day}
    hours = {draft.starts.clock.hour, (draft.starts.clock.hour + 12 * draft.starts.is_unclear) % 24}
    moments = [
        datetime.combine(day, draft.starts.clock.replace(hour=hour), find_zone(zone))
        for zone in draft.zones or here.own_clocks
        for hour in hours
    ]
    return {moment.astimezone(here.zone).date() for moment in moments}
