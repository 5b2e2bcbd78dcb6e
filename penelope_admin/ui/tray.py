"""The icon in the system's tray: the countdown, what is overdue, and notifications. Loaded once there is something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from penelope_admin.ui import theme

if TYPE_CHECKING:
    from penelope_admin.domain.reminders import Reminder

NOTIFIED_FOR_MS = 30_000
"""How long the icon stays for a notification alone: with it the notification would go."""


class Front(Protocol):
    """What of the window the tray needs."""

    def bring_to_front(self, page: str = "", target: str = "") -> None: ...

    def quit(self) -> None: ...


class Tray(QObject):
    """Shown while something is overdue or the program stays in the tray, and for as long as it notifies."""

    def __init__(self, window: QWidget, front: Front) -> None:
        super().__init__(window)
        self._window, self._front = window, front
        self._stays = False
        self._page, self._target = "", ""
        self._countdown = ""
        self._menu = QMenu(window)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._fill_menu()
        self._icon = QSystemTrayIcon(theme.icon("app", "accent"), self)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(self._open)
        self._icon.setContextMenu(self._menu)
        self._hiding = QTimer(self, interval=NOTIFIED_FOR_MS, singleShot=True)
        self._hiding.timeout.connect(lambda: None if self._stays else self.hide())

    @staticmethod
    def is_there() -> bool:
        """Whether the system has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self, countdown: str, overdue: str, *, stays: bool) -> None:
        """Show what is overdue and the countdown; the icon goes when nothing is overdue and it need not stay."""
        self._countdown = countdown
        self._stays = bool(overdue) or stays
        if not self._stays:
            if not self._hiding.isActive():
                self.hide()
            return
        self._icon.show()
        self._page, icon = "", theme.icon("app", "accent")
        if overdue:
            self._page, icon = "features", theme.icon("danger", "danger")
        self._icon.setIcon(icon)
        self._icon.setToolTip(overdue or countdown)

    def notify(self, reminders: Sequence[Reminder]) -> None:
        """Tell of something, once; a click leads there."""
        self.show_message("\n".join(item.text for item in reminders))
        self._page, self._target = reminders[-1].page, reminders[-1].target
        self._hiding.start()

    def show_message(self, text: str) -> None:
        """Show a notification that leads nowhere."""
        self._icon.show()
        self._icon.showMessage(self._window.windowTitle(), text, self._icon.icon())

    def hide(self) -> None:
        """Take the icon away."""
        self._icon.hide()

    def _fill_menu(self) -> None:
        self._menu.clear()
        if self._countdown:
            self._menu.addAction(self._countdown).setEnabled(False)
            self._menu.addSeparator()
        self._menu.addAction("Open Penelope Admin").triggered.connect(lambda _=False: self._front.bring_to_front())
        self._menu.addAction("Quit").triggered.connect(lambda _=False: self._front.quit())

    def _activated(self, reason: object) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context:
            self._open()

    def _open(self) -> None:
        self._front.bring_to_front(self._page, self._target)
        self._target = ""
