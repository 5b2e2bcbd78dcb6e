"""Whether each support team is there: a badge, until when by both clocks, and whom it serves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def openings_grid(openings: Iterable[Opening], zone: ZoneInfo, sites: Sequence[Site] = ()) -> QGridLayout:
    """A row for each team; `zone` is the one of whoever reads it, and sites with another clock stand below."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.current().space("s"))
    grid.setColumnStretch(1, 1)
    for number, opening in enumerate(openings):
        team = opening.team
        badge = Badge("Open", "positive") if opening.open else Badge("Closed", "locked", "off")
        badge.setAccessibleName(f"{team.name}: {'open' if opening.open else 'closed'}")
        grid.addWidget(badge, number, 0)
        said = [f"{team.name}{_when(opening, zone)}. {team.serves}"]
        if sites and (turns := opening.turns_at) is not None:
            from penelope_admin.domain.sites import elsewhere

            said += [f"{there.in_words}." for there in elsewhere(turns, zone, sites)]
        grid.addWidget(label("\n".join(said)), number, 1)
    return grid


def _when(opening: Opening, zone: ZoneInfo) -> str:
    """ " until Friday, 20 November 2026, 19:00 (Winnipeg), 20:00 in New York"; their day too when it is another."""
    if opening.turns_at is None:
        return " does not open within two months"
    mine, theirs = opening.turns_at.astimezone(zone), opening.turns_at.astimezone(opening.their_zone)
    there = f"{words.clock(theirs.time())} in {place(opening.their_zone.key)}"
    if mine.date() != theirs.date():
        there = f"{words.day(theirs.date())}, {there}"
    return f" {'until' if opening.open else 'opens'} {words.moment(mine, zone)}, {there}"
