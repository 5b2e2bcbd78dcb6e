"""When work that comes again begins next: on its day of the month, or on its weekday after an upgrade."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from penelope_admin.absent import mapped
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import LATEST, plural, weekday_in_words
from penelope_admin.errors import BadInputError

Every = Literal["monthly", "quarterly", "yearly", "after-upgrade"]
EVERY_NAMES: dict[Every, str] = {
    "monthly": "every month",
    "quarterly": "every three months",
    "yearly": "every year",
    "after-upgrade": "after each upgrade",
}
MOST_DRAFT_DAYS = 60
USUAL_DRAFT_DAYS = 14
PATTERN = r"^(monthly|quarterly|yearly|after-upgrade)(@(29|30|31))?/([0-9]|[1-5][0-9]|60)$"
"""The text of a `Recurrence`: "quarterly/14", and "monthly@31/7" where the first day alone does not tell the day."""

_MONTHS: dict[str, int] = {"monthly": 1, "quarterly": 3, "yearly": 12}
_SHORTEST_MONTH = 28
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How work comes again.

    Attributes:
        every: by months it keeps its day of the month; after an upgrade, its weekday.
        draft_days: how many days before the last useful day of its refresh the request is drafted.
        day: of the month, 29 to 31, where that is later than the month of its first day has days.
    """

    every: Every
    draft_days: int = USUAL_DRAFT_DAYS
    day: int | None = None

    @property
    def text(self) -> str:
        """As it is stored and travels."""
        return f"{self.every}{filled('@{}', self.day)}/{self.draft_days}"

    def anchor(self, first_day: date) -> int:
        """The day of the month that is meant by a first day."""
        if first_day.day < calendar.monthrange(first_day.year, first_day.month)[1]:
            return first_day.day
        # Only the last day of a month may stand for one that the month does not have.
        return max(first_day.day, self.day or 0)


def parse(text: str) -> Recurrence:
    """The recurrence that a text says.

    Raises:
        BadInputError: it says none.
    """
    match = re.fullmatch(PATTERN, text, re.ASCII)
    if match is None:
        raise BadInputError("How the work repeats cannot be read. Nothing was saved.")
    every = next(name for name in EVERY_NAMES if name == match[1])
    return Recurrence(every, int(match[4]), mapped(match[3], int))


def check(recurs: Recurrence | None) -> None:
    """Refuse what cannot be stored.

    Raises:
        BadInputError: the request would be drafted too early.
    """
    if recurs is not None and not 0 <= recurs.draft_days <= MOST_DRAFT_DAYS:
        raise BadInputError(
            f"A request is drafted at most {MOST_DRAFT_DAYS} days before. Nothing was saved. Choose fewer days."
        )


def next_first_day(recurs: Recurrence, first_day: date, upgrades: Iterable[date]) -> date | None:
    """The first day of the work's next turn; None where no upgrade is known that it could follow.

    In a month that has no such day, it is the last one of the month.

    Args:
        first_day: of the turn before.
        upgrades: the last local day of each upgrade that may come between.
    """
    step = _MONTHS.get(recurs.every)
    if step is None:
        turns = (after_upgrade(day, first_day.weekday()) for day in upgrades)
        return min((day for day in turns if day > first_day), default=None)
    from dateutil.rrule import MONTHLY, rrule  # whoever plans nothing that comes again does without

    # The day that was meant, not the one that February made of it: the 31st comes back in March.
    anchor = recurs.anchor(first_day)
    start = datetime.combine(first_day.replace(day=1), datetime.min.time())
    # Of the days up to the one that is meant the last that the month has, which `bysetpos` picks.
    days = range(min(anchor, _SHORTEST_MONTH), anchor + 1)
    turns_by_month = rrule(MONTHLY, interval=step, dtstart=start, until=_END, bymonthday=days, bysetpos=-1)
    # "monthly@31" from 31 January: 28 February, 31 March, 30 April.
    turn = turns_by_month.after(datetime.combine(first_day, datetime.min.time()))
    return mapped(turn, datetime.date)


_END = LATEST.replace(tzinfo=None) - timedelta(days=1)


def after_upgrade(upgrade: date, weekday: int) -> date:
    """The first such weekday (Monday is 0) after an upgrade's last day, never that day itself."""
    # Never its own day: on that day nobody knows yet whether the copy was upgraded.
    return upgrade + timedelta(days=(weekday - upgrade.weekday() - 1) % _WEEK + 1)


def first_days(recurs: Recurrence, first_day: date, upgrades: Iterable[date]) -> Iterator[tuple[date, Recurrence]]:
    """The first days of all turns to come, each with how it goes on from there."""
    upgrade_days, now, rule = list(upgrades), first_day, recurs
    while (following := next_first_day(rule, now, upgrade_days)) is not None:
        rule = Recurrence(rule.every, rule.draft_days, _day(rule, now, following))
        now = following
        yield now, rule


def _day(rule: Recurrence, before: date, after: date) -> int | None:
    """The day of the month, where the first day of a turn does not tell it."""
    anchor = rule.anchor(before)
    # After 28 February nothing in the day itself says that the 31st is meant.
    return anchor if rule.every in _MONTHS and anchor > after.day else None


def in_words(recurs: Recurrence, first_day: date) -> str:
    """How work comes again, within a sentence: "every three months"; "on the Monday after each upgrade"."""
    if recurs.every == "after-upgrade":
        return f"on the {weekday_in_words(first_day)} after each upgrade"
    return EVERY_NAMES[recurs.every]


def text_in_words(text: str) -> str:
    """What the text of a recurrence says, within a sentence; any other text as it is."""
    if re.fullmatch(PATTERN, text, re.ASCII) is None:
        return text
    recurs = parse(text)
    name = "after each upgrade, on its weekday" if recurs.every == "after-upgrade" else EVERY_NAMES[recurs.every]
    return f"{name}, a request drafted {plural(recurs.draft_days, 'day')} before"
