"""Looks every minute what the person is to be reminded of, and tells it in the system's tray or in the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.domain.features import full_name
from penelope_admin.domain.times import plural
from penelope_admin.ui.operations import untold
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.tray import Front, Tray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.domain.reminders import Reminder
    from penelope_admin.domain.waiting import Waiting
    from penelope_admin.services.reminders import TrayView
    from penelope_admin.ui.widgets.strip import Strip

EVERY_MS = 60_000


class Reminding(QObject):
    """From when the data is there until the program ends, also while the window is hidden. Not in practice."""

    def __init__(self, window: QWidget, front: Front, shell: Shell, strip: Strip) -> None:
        """
        Args:
            front: brings the window to the front and ends the program; the same as `window`.
            strip: where in the window it is told what no tray can tell, until it is read.
        """
        super().__init__(window)
        self._window, self._front, self._shell, self._strip = window, front, shell, strip
        self._tray: Tray | None = None
        self._shown: dict[tuple[str, str], str] = {}  # where there is no tray: what the window shows, with its key
        strip.was_read.connect(self._was_read)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Show what is overdue, and tell what is due."""
        self._shell.operations.run(lambda context: context.read(services.reminders.for_tray), self._show, untold)

    def stop(self) -> None:
        """Take the icon away."""
        self._timer.stop()
        if self._tray is not None:
            self._tray.hide()

    @property
    def can_stay(self) -> bool:
        """Whether closing the window leaves the program in the tray."""
        return self._shell.settings.stays_in_tray and Tray.is_there()

    def notify_staying(self) -> None:
        """Say where the program is, once its window is closed."""
        self._ensure_tray().show_message("Penelope Admin keeps running in the tray to remind you. Quit is in its menu.")

    def _show(self, view: TrayView) -> None:
        self._let_go(view.standing)
        stays = self.can_stay
        if (view.overdue or stays or self._tray is not None) and Tray.is_there():
            self._ensure_tray().show(view.countdown, self._in_words(view.overdue), stays=stays)
        if view.due and Tray.is_there():
            self._shell.operations.run(
                lambda context: context.write(services.reminders.take_due),
                lambda done: self._notify(done.value),
                untold,
            )
            return
        for item in view.due:
            if self._shown.get(item.about) != item.key:
                self._shown[item.about] = item.key
                self._strip.tell(item.text, "Show it", partial(self._shell.go.emit, item.page, item.target), item.about)

    def _notify(self, reminders: Sequence[Reminder]) -> None:
        if reminders:  # else another program of the same person told it meanwhile
            self._ensure_tray().notify(reminders)

    def _was_read(self, about: tuple[str, str]) -> None:
        """In the window what was told counts as told once it was read; until then the next start tells it again."""
        if about in self._shown:
            self._shell.operations.run(
                lambda context: context.write(services.reminders.take_due, about), untold, untold
            )

    def _let_go(self, standing: frozenset[tuple[str, str]]) -> None:
        """What is shown in the window and was dealt with meanwhile need not be read any more."""
        self._strip.drop(self._shown.keys() - standing)
        self._shown = {about: key for about, key in self._shown.items() if about in standing}

    def _ensure_tray(self) -> Tray:
        if self._tray is None:
            self._tray = Tray(self._window, self._front)
        return self._tray

    def _in_words(self, overdue: Sequence[Waiting]) -> str:
        """ "2 features are overdue in Mirrored: SMS, General Ledger"; nothing where none is."""
        if not overdue:
            return ""
        policy = self._shell.policy
        names = ", ".join(full_name(policy, policy.feature[item.subject]) for item in overdue if item.subject)
        places = dict.fromkeys(policy.environment[item.environment].name for item in overdue if item.environment)
        return f"{plural(len(overdue), 'feature is', 'features are')} overdue in {', '.join(places)}: {names}"
