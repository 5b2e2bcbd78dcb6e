"""Looks into the linked calendars while the window is open, beside everything else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from penelope_admin import services

if TYPE_CHECKING:
    from penelope_admin.services.calendar.conflicts import ConflictsView
    from penelope_admin.services.work import Context
    from penelope_admin.ui.shell import Shell

_MATTERS = frozenset({"agency", "notices", "projects", "requests"})
"""What changes the days that are looked at, or the clocks."""


class CalendarWatch(QObject):
    """Keeps what the shell has of conflicts up to date. A calendar that has not changed costs a look at its date."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._stopped = threading.Event()
        self._again = False
        shell.calendar_check_requested.connect(self.check)
        shell.operations.changed.connect(self._something_changed)
        self.check()

    def stop(self) -> None:
        """End what is under way, at once."""
        self._stopped.set()

    def _something_changed(self, topics: frozenset[str]) -> None:
        if topics & _MATTERS:
            self.check()

    def check(self) -> None:
        """Look now; while a look is under way, once more after it."""
        self._again = not self._shell.operations.run_aside(
            "calendars", self._load, self._show, lambda error: self._show(None, str(error))
        )

    def _load(self, context: Context) -> ConflictsView | None:
        """In the lane's thread; few agencies have linked a calendar, and the others do without what reads them."""
        from penelope_admin.gateways import lists

        if not lists.LINKED.load(context.home) or not context.read(services.agency.find):
            return None
        return services.calendar.conflicts.load(context, is_stopped=self._stopped.is_set)

    def _show(self, conflicts: ConflictsView | None, problem: str = "") -> None:
        if (conflicts, problem) != (self._shell.conflicts, self._shell.conflicts_problem):
            self._shell.conflicts, self._shell.conflicts_problem = conflicts, problem
            self._shell.conflicts_changed.emit()
        if self._again and not self._stopped.is_set():
            self.check()
