"""What is overlapped in the agency's own calendars, in lines, and a look at days that are being chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from penelope_admin import services
from penelope_admin.domain.times import plural
from penelope_admin.ui.widgets.keyed import KeyedRows, Line

if TYPE_CHECKING:
    from penelope_admin.domain.conflicts import Overlap
    from penelope_admin.services.calendar.conflicts import ConflictsView
    from penelope_admin.ui.shell import Shell

HEADING = "In your calendars"
LINK_THEM = "Link your own calendars in Settings to see here what they have at this time."
MOST_LINES = 6
_AGAIN_MS = 300


def conflict_lines(
    shell: Shell,
    overlaps: Callable[[ConflictsView], Sequence[Overlap]],
    most: int = MOST_LINES,
    nothing: str = "Nothing at this time.",
) -> list[Line]:
    """What is overlapped, with a heading, and what is not known; empty where no calendar is linked.

    Args:
        overlaps: finds it in what the calendars have.
        nothing: what is said where nothing is overlapped.
    """
    if shell.conflicts_problem:
        return [(HEADING, "strong"), (shell.conflicts_problem, "body")]
    if shell.conflicts is None:
        return []
    several = any(state.link.site for state in shell.conflicts.calendars)
    said = [f"{item.who}: {item.in_words}" if several else item.in_words for item in overlaps(shell.conflicts)]
    lines: list[Line] = [(HEADING, "strong"), *((text, "body") for text in said[:most])]
    if len(said) > most:
        lines.append((f"And {plural(len(said) - most, 'more entry', 'more entries')}.", "muted"))
    unread = shell.conflicts.unread
    if not said and not unread:
        lines.append((nothing, "muted"))
    lines += [(state.gap, "strong") for state in unread]
    return lines


def nothing_on(first: date, last: date) -> str:
    """What is said where nothing of some days is overlapped: of several, only all-day entries count."""
    return "Nothing on this day." if first == last else "No all-day entries."


class DaysConflicts(KeyedRows):
    """What the linked calendars have on days that are being chosen. Takes no room where none is linked."""

    def __init__(self, shell: Shell) -> None:
        super().__init__("xxs")
        self._shell = shell
        self._days: tuple[date, date] | None = None
        self._shown: tuple[date, date] | None = None
        self._is_asking = False

    def show_for(self, first: date | None, last: date | None) -> None:
        """Show what there is from the first day to the last; of one day alone where only that is known."""
        days = [day for day in (first, last) if day is not None]
        self._days = (min(days), max(days)) if days and self._shell.conflicts is not None else None
        if self._days is None:
            self._shown = None
            self.show_rows([])
        elif self._days != self._shown and not self._is_asking:
            self._ask()

    def _ask(self) -> None:
        if (days := self._days) is None:
            return
        self._is_asking = self._shell.operations.run_aside(
            "calendar-days",
            lambda context: services.calendar.conflicts.on_days(context, *days),
            partial(self._show, days),
            self._failed,
        )
        if not self._is_asking:  # a sheet that was closed is still being answered
            QTimer.singleShot(_AGAIN_MS, self, self._ask)

    def _show(self, days: tuple[date, date], overlaps: tuple[Overlap, ...]) -> None:
        self._is_asking = False
        if days != self._days:
            self._ask()
            return
        self._shown = days
        self.show_lines(conflict_lines(self._shell, lambda _: overlaps, nothing=nothing_on(*days)))

    def _failed(self, error: Exception) -> None:
        self._is_asking = False
        self.show_lines([(HEADING, "strong"), (str(error), "body")])
