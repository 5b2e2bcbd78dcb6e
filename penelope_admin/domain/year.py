"""A year of months as a picture shows them: what is of a day, what lasts, and which line each of these has."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from penelope_admin.domain.times import in_words

if TYPE_CHECKING:
    from penelope_admin.domain.features import OnRole

DAYS = 31
MarkKind = Literal["computed", "uncertain", "announced", "emergency", "refreshed", "refresh-wanted", "overlap"]
BarKind = Literal["on", "planned", "started", "project", "turn"]
MARK_NAMES: dict[MarkKind, str] = {
    "announced": "Upgrade, by a notice",
    "computed": "Upgrade, computed",
    "uncertain": "Confirm the date",
    "emergency": "Emergency",
    "refreshed": "Refreshed",
    "refresh-wanted": "Refresh to come",
    "overlap": "Overlaps your calendars",
}
BAR_NAMES: dict[BarKind, str] = {
    "on": "Feature on",
    "planned": "Feature planned",
    "started": "Project started",
    "project": "Project planned",
    "turn": "Repeats",
}
LOOKS: dict[tuple[BarKind, OnRole], str] = {
    ("on", "info"): BAR_NAMES["on"],
    ("on", "caution"): "On, contacts may be real",
    ("on", "danger"): "On, may reach real people",
    **{(kind, "info"): name for kind, name in BAR_NAMES.items()},
}
"""What a bar of a kind means in the colour of a role."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of a day, or of two around midnight; local days of the agency."""

    kind: MarkKind
    first_day: date
    last_day: date
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts, from its first local day to its last; what has no end lasts beyond the picture.

    Attributes:
        kind: a feature that is on, or planned; a project that is started, or planned, or a turn of one that comes
            again.
        project: the number of the project that it is; None for what is none, or several.
        role: how a feature that is on is marked.
    """

    kind: BarKind
    first_day: date
    last_day: date
    name: str
    has_end: bool = True
    project: int | None = None
    role: OnRole = "info"


@dataclass(frozen=True, slots=True)
class YearView:
    """The months from the current one to that of the twelfth upgrade to come, in the agency's zone.

    Attributes:
        first_day: of the first month, as `last_day` is of the last one.
    """

    first_day: date
    last_day: date
    today: date
    zone: ZoneInfo
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of each month."""
        count = 12 * (self.last_day.year - self.first_day.year) + self.last_day.month - self.first_day.month + 1
        return tuple(self.first_day + relativedelta(months=number) for number in range(count))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the picture shows, in words: the marks by day, then what lasts."""
        return (*(f"{in_words(mark.first_day)}: {mark.text}." for mark in self.marks), *map(_lasts, self.bars))


def with_overlaps(view: YearView, days: Iterable[tuple[date, date]]) -> YearView:
    """The same with marks on what overlaps entries of the agency's own calendars, over those that it has there."""
    text = "overlaps entries of your calendars"
    marks = [Mark("overlap", *span, text) for span in days if view.first_day <= span[1] and span[0] <= view.last_day]
    return replace(view, marks=tuple(sorted((*view.marks, *marks), key=lambda mark: mark.first_day)))


def _lasts(bar: Bar) -> str:
    end = f" to {in_words(bar.last_day)}" if bar.has_end else ", no end date"
    return f"{bar.name}: {in_words(bar.first_day)}{end}."


def lanes_of(bars: Sequence[Bar]) -> list[int]:
    """A lane for each bar, the same in every month, so that no two that overlap share one."""
    ends: list[date] = []
    lanes = []
    for bar in bars:
        # The first lane that is free by then, else a new one at the bottom.
        lane = next((number for number, end in enumerate(ends) if end < bar.first_day), len(ends))
        ends[lane : lane + 1] = [bar.last_day]
        lanes.append(lane)
    return lanes


def days_in(item: Bar | Mark, month: date) -> tuple[int, int] | None:
    """The first and last day of a month on which something is; None when it is not in it."""
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    if item.last_day < month or item.first_day > last:
        return None
    return max(item.first_day, month).day, min(item.last_day, last).day
