"""The icon in the system's tray: there only while a feature is overdue, and no louder than once a day."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.waiting import Waiting
from penelope_admin.ui import tray as trays
from penelope_admin.ui.tray import Tray
from tests.demo import NOW
from tests.ui.conftest import Desktop, close, open_desktop

TODAY = date(2026, 11, 20)
LEDGER = Waiting("overdue", "danger", "General Ledger should have been switched off.", "mirrored", "general-ledger")
SMS = Waiting("overdue", "danger", "SMS should have been off.", "mirrored", "external-communications.sms")


class FakeIcon(QObject):
    """Keeps what a system's tray would show."""

    activated = Signal(object)
    messageClicked = Signal()  # noqa: N815 - Qt's name
    available = True
    made: list[FakeIcon] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._icon, self.is_shown, self.tip, self.messages = icon, False, "", []
        self.made.append(self)

    @classmethod
    def isSystemTrayAvailable(cls) -> bool:
        return cls.available

    def icon(self) -> QIcon:
        return self._icon

    def show(self) -> None:
        self.is_shown = True

    def hide(self) -> None:
        self.is_shown = False

    def setToolTip(self, text: str) -> None:
        self.tip = text

    def showMessage(self, _title: str, text: str, _icon: QIcon) -> None:
        self.messages.append(text)


@pytest.fixture
def icons(monkeypatch: pytest.MonkeyPatch) -> list[FakeIcon]:
    """The icons that were made, in a system that has a tray."""
    monkeypatch.setattr(trays, "QSystemTrayIcon", FakeIcon)
    monkeypatch.setattr(FakeIcon, "available", True)
    monkeypatch.setattr(FakeIcon, "made", [])
    return FakeIcon.made


@pytest.fixture
def nagged(icons: list[FakeIcon], qtbot: QtBot, qapp: QApplication, demo: App) -> Iterator[Desktop]:
    """The window on the demo agency, whose General Ledger is overdue."""
    made = open_desktop(qtbot, qapp, demo)
    yield made
    close(made)


def overdue_tray(desktop: Desktop) -> Tray:
    """A tray of its own beside the window's."""
    return Tray(desktop.window, desktop.window.shell)


def test_the_window_shows_what_is_overdue_in_the_tray(nagged: Desktop, icons: list[FakeIcon]) -> None:
    (icon,) = icons
    assert icon.is_shown
    assert icon.tip == "1 feature is overdue in Mirrored: General Ledger"
    assert icon.messages == ["General Ledger should have been switched off on Wednesday 18 November 2026."]


def test_once_nothing_is_overdue_the_icon_goes(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.shell.operations.run(
        lambda context: context.write(
            services.features.switch, "general-ledger", "disable", reason="Over", already_done=True
        ),
        lambda _: None,
    )
    nagged.settle()
    assert not icons[0].is_shown


def test_another_day_is_noticed_while_the_window_is_open(nagged: Desktop, icons: list[FakeIcon]) -> None:
    assert isinstance(nagged.app.clock, FixedClock)
    nagged.window.look_for_overdue()
    nagged.settle()
    assert len(icons[0].messages) == 1, "one a day for each feature"
    nagged.app.clock.instant = NOW + timedelta(days=15)
    nagged.window.look_for_overdue()
    nagged.settle()
    assert "External Communications: Worker Delivery" in icons[0].tip
    assert len(icons[0].messages) == 2
    nagged.app.clock.instant = NOW


def test_closing_the_window_takes_the_icon_away(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.close()
    assert not icons[0].is_shown


def test_a_click_brings_the_features_to_the_front(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.showMinimized()
    icons[0].activated.emit(SimpleNamespace())
    nagged.settle()
    assert not nagged.window.isMinimized()
    assert nagged.window.current.name == "features"


def test_a_click_on_the_notification_does_too(nagged: Desktop, icons: list[FakeIcon]) -> None:
    icons[0].messageClicked.emit()
    nagged.settle()
    assert nagged.window.current.name == "features"


def test_several_features_are_counted_and_only_the_new_one_is_told(nagged: Desktop, icons: list[FakeIcon]) -> None:
    tray = overdue_tray(nagged)
    tray.tell([LEDGER], TODAY)
    tray.tell([LEDGER, SMS], TODAY)
    icon = icons[-1]
    assert icon.tip == "2 features are overdue in Mirrored: General Ledger, External Communications: SMS"
    assert icon.messages == [LEDGER.text, SMS.text]
    tray.tell([LEDGER, SMS], TODAY + timedelta(days=1))
    assert icon.messages[2:] == [f"{LEDGER.text}\n{SMS.text}"]


def test_a_system_without_a_tray_gets_no_icon(nagged: Desktop, icons: list[FakeIcon]) -> None:
    known = len(icons)
    FakeIcon.available = False
    overdue_tray(nagged).tell([LEDGER], TODAY)
    assert len(icons) == known


def test_the_tray_is_not_loaded_while_nothing_is_overdue() -> None:
    code = "import sys, penelope_admin.ui.window; sys.exit('penelope_admin.ui.tray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
