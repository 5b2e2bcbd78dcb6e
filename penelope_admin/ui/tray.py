"""The icon in the system's tray that nags while a feature is on after its end date. Loaded once there is one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from penelope_admin.domain.features import full_name
from penelope_admin.domain.times import plural
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell

if TYPE_CHECKING:
    from penelope_admin.domain.waiting import Waiting


class Tray(QObject):
    """Shown only while something is overdue, with one notification a day for each feature."""

    def __init__(self, window: QWidget, shell: Shell) -> None:
        super().__init__(window)
        self._window, self._shell = window, shell
        self._icon: QSystemTrayIcon | None = None
        self._told: dict[tuple[str | None, str | None], date] = {}

    def tell(self, overdue: Sequence[Waiting], today: date) -> None:
        """Show what is overdue now, the whole of it; without anything the icon goes.

        Args:
            today: the agency's local day.
        """
        if not overdue or not QSystemTrayIcon.isSystemTrayAvailable():
            self.hide()
            return
        icon = self._shown()
        icon.setToolTip(self._in_words(overdue))
        news = [item for item in overdue if self._told.get((item.environment, item.subject)) != today]
        if news:
            icon.showMessage(self._window.windowTitle(), "\n".join(item.text for item in news), icon.icon())
            self._told.update({(item.environment, item.subject): today for item in news})

    def hide(self) -> None:
        """Take the icon away."""
        if self._icon is not None:
            self._icon.hide()

    def _shown(self) -> QSystemTrayIcon:
        if self._icon is None:
            self._icon = QSystemTrayIcon(theme.icon("danger", "danger"), self)
            self._icon.activated.connect(lambda _reason: self.bring_to_front())
            self._icon.messageClicked.connect(self.bring_to_front)
        self._icon.show()
        return self._icon

    def _in_words(self, overdue: Sequence[Waiting]) -> str:
        """ "2 features are overdue in Mirrored: SMS, General Ledger"."""
        policy = self._shell.policy
        names = ", ".join(full_name(policy, policy.feature[item.subject]) for item in overdue if item.subject)
        places = dict.fromkeys(policy.environment[item.environment].name for item in overdue if item.environment)
        verb = "is" if len(overdue) == 1 else "are"
        return f"{plural(len(overdue), 'feature')} {verb} overdue in {', '.join(places)}: {names}"

    def bring_to_front(self) -> None:
        """Show the window, over others, with the features on it."""
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self._shell.go.emit("features", "")
