"""Whether each support team is there: a badge, and until when; in full also by both clocks, and whom it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QGridLayout

from penelope_admin.domain.times import place
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Badge, label

if TYPE_CHECKING:
    from penelope_admin.domain.sites import Site
    from penelope_admin.domain.support import Opening


def openings_grid(openings: Iterable[Opening], said: Callable[[Opening], str]) -> QGridLayout:
    """A row for each team: whether it is there, and what is said of it."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.current().space("s"))
    grid.setColumnStretch(1, 1)
    for number, opening in enumerate(openings):
        badge = Badge("Open", "positive") if opening.open else Badge("Closed", "locked", "off")
        badge.setAccessibleName(f"{opening.team.name}: {'open' if opening.open else 'closed'}")
        grid.addWidget(badge, number, 0)
        grid.addWidget(label(said(opening)), number, 1)
    return grid


def in_short(opening: Opening, zone: ZoneInfo, now: datetime) -> str:
    """ "Support until today, 19:00 (Winnipeg)": until when, or from when on, by the clock of whoever reads it."""
    return _until(opening, lambda turns: f"{words.stamp(turns, zone, now)} ({place(zone.key)})")


def in_full(opening: Opening, zone: ZoneInfo, sites: Sequence[Site]) -> str:
    """The same by both clocks, and whom the team serves; what sites with another clock show stands below."""
    lines = [
        f"{_until(opening, lambda turns: _by_both_clocks(turns, zone, opening.their_zone))}. {opening.team.serves}"
    ]
    if sites and (turns := opening.turns_at) is not None:
        from penelope_admin.domain.sites import elsewhere

        lines += [f"{there.in_words}." for there in elsewhere(turns, zone, sites)]
    return "\n".join(lines)


def _until(opening: Opening, when: Callable[[datetime], str]) -> str:
    name, turns = opening.team.name, opening.turns_at
    if turns is None:
        return f"{name} does not open within two months"
    return f"{name} {'until' if opening.open else 'opens'} {when(turns)}"


def _by_both_clocks(turns: datetime, zone: ZoneInfo, their_zone: ZoneInfo) -> str:
    """ "Friday 20 November 2026, 19:00 (Winnipeg), 20:00 in New York"; their day too when it is another."""
    mine, theirs = turns.astimezone(zone), turns.astimezone(their_zone)
    day = f"{words.day(theirs.date())}, " if mine.date() != theirs.date() else ""
    return f"{words.moment(mine, zone)}, {day}{words.clock(theirs.time())} in {place(their_zone.key)}"
