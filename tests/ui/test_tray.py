"""The icon in the system's tray, what it tells, and the program that stays in it when its window is closed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.ui import tray as trays
from penelope_admin.ui.main import make_window
from tests.demo import NOW
from tests.ui.conftest import Desktop, close, open_desktop, texts


class FakeIcon(QObject):
    """Keeps what a system's tray would show."""

    activated = Signal(object)
    ActivationReason = QSystemTrayIcon.ActivationReason
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

    def setIcon(self, icon: QIcon) -> None:
        self._icon = icon

    def setContextMenu(self, menu: QMenu) -> None:
        self.menu = menu

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
    monkeypatch.setattr(trays, "NOTIFIED_FOR_MS", 0)
    return FakeIcon.made


@pytest.fixture
def nagged(icons: list[FakeIcon], qtbot: QtBot, qapp: QApplication, demo: App) -> Iterator[Desktop]:
    """The window on the demo agency, whose General Ledger is overdue."""
    made = open_desktop(qtbot, qapp, demo, reminds=True)
    yield made
    close(made)


def look(desktop: Desktop) -> None:
    """What the window does every minute."""
    assert desktop.window.reminding is not None
    desktop.window.reminding.check()
    desktop.settle()


def at(desktop: Desktop, instant: datetime) -> None:
    """Another instant, at which it is looked."""
    desktop.clock.instant = instant
    look(desktop)


def staying(desktop: Desktop) -> None:
    """The person wants the program to stay in the tray."""
    desktop.window.shell.remember(stays_in_tray=True)
    look(desktop)


def test_the_window_shows_what_is_overdue_in_the_tray(nagged: Desktop, icons: list[FakeIcon]) -> None:
    (icon,) = icons
    assert icon.is_shown
    assert icon.tip == "1 feature is overdue in Mirrored: General Ledger"
    assert "General Ledger in Mirrored should have been switched off on Wednesday 18 November 2026." in icon.messages[0]


def test_once_nothing_is_overdue_the_icon_goes(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.shell.operations.run(
        lambda context: context.write(
            services.features.switch, "general-ledger", "disable", reason="Over", already_done=True
        ),
        lambda _: None,
    )
    nagged.settle()
    assert not icons[0].is_shown


def test_a_feature_that_is_overdue_is_told_of_once_a_day(nagged: Desktop, icons: list[FakeIcon]) -> None:
    look(nagged)
    assert len(icons[0].messages) == 1
    at(nagged, NOW + timedelta(days=1))
    assert len(icons[0].messages) == 2
    assert "General Ledger" in icons[0].messages[1]


def test_what_was_told_is_not_told_again_by_the_next_window(
    nagged: Desktop, icons: list[FakeIcon], qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    close(nagged)
    again = open_desktop(qtbot, qapp, demo, reminds=True)
    assert icons[-1] is not icons[0]
    assert icons[-1].messages == []
    close(again)


def test_the_upgrade_is_told_of_a_day_before(nagged: Desktop, icons: list[FakeIcon]) -> None:
    at(nagged, datetime(2026, 12, 12, 12, tzinfo=UTC))
    assert "Upgrade in 14 hours" in icons[0].messages[-1]


def test_closing_the_window_takes_the_icon_away(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.close()
    assert not icons[0].is_shown


def test_a_click_brings_the_features_to_the_front(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.showMinimized()
    icons[0].activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    nagged.settle()
    assert not nagged.window.isMinimized()
    assert nagged.window.current.name == "features"


def test_a_click_on_the_notification_leads_to_what_it_is_about(nagged: Desktop, icons: list[FakeIcon]) -> None:
    nagged.window.go("settings")
    nagged.window.shell.remember(silent_reminders=("feature-end", "notice", "refresh"))
    nagged.window.shell.save_settings()
    at(nagged, datetime(2026, 12, 6, 12, tzinfo=UTC))
    assert icons[0].messages[-1].startswith("Upgrade in 6 days")
    icons[0].messageClicked.emit()
    nagged.settle()
    assert nagged.window.current.name == "windows"


def test_a_system_without_a_tray_is_told_in_the_window(
    icons: list[FakeIcon], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    monkeypatch.setattr(FakeIcon, "available", False)
    made = open_desktop(qtbot, qapp, demo, reminds=True)
    assert icons == []
    assert "General Ledger in Mirrored should have been switched off" in texts(made.window)
    close(made)


def test_the_tray_is_not_loaded_while_nothing_is_overdue() -> None:
    code = "import sys, penelope_admin.ui.window; sys.exit('penelope_admin.ui.tray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_a_tray_nothing_unread_is_lost_to_the_next(
    icons: list[FakeIcon], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    monkeypatch.setattr(FakeIcon, "available", False)
    made = open_desktop(qtbot, qapp, demo, reminds=True)
    at(made, datetime(2026, 12, 12, 12, tzinfo=UTC))
    strip = made.window._strip
    made.reads(strip, "1 of 3: General Ledger in Mirrored should have been switched off on Wednesday 18 November 2026")
    for _ in range(2):
        made.click(strip._close)
    made.reads(strip, "Upgrade in 14 hours")
    close(made)


def test_without_a_tray_what_nobody_read_is_told_again_by_the_next_window_until_it_is_put_away(
    icons: list[FakeIcon], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    monkeypatch.setattr(FakeIcon, "available", False)
    close(open_desktop(qtbot, qapp, demo, reminds=True))
    made = open_desktop(qtbot, qapp, demo, reminds=True)
    made.reads(made.window._strip, "General Ledger in Mirrored should have been switched off")
    made.click(made.window._strip._close)
    made.settle()
    look(made)
    assert "General Ledger" not in texts(made.window._strip)
    close(made)
    again = open_desktop(qtbot, qapp, demo, reminds=True)
    assert again.window._strip.unread == []
    close(again)


def test_what_was_dealt_with_need_not_be_read_any_more(
    icons: list[FakeIcon], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    monkeypatch.setattr(FakeIcon, "available", False)
    made = open_desktop(qtbot, qapp, demo, reminds=True)
    assert "General Ledger" in texts(made.window._strip)
    made.window.shell.operations.run(
        lambda context: context.write(
            services.features.switch, "general-ledger", "disable", reason="Over", already_done=True
        ),
        lambda _: None,
    )
    made.settle()
    assert "General Ledger" not in texts(made.window._strip)
    close(made)


# --- staying -----------------------------------------------------------------------------------


def test_with_that_wish_closing_the_window_leaves_the_program_in_the_tray(
    nagged: Desktop, icons: list[FakeIcon]
) -> None:
    staying(nagged)
    nagged.window.close()
    assert not nagged.window.isVisible()
    assert icons[0].is_shown
    assert icons[0].messages[-1] == "Penelope Admin keeps running in the tray to remind you. Quit is in its menu."
    nagged.window.quit()
    assert not icons[0].is_shown


def test_its_menu_has_the_countdown_and_opens_the_window_again(nagged: Desktop, icons: list[FakeIcon]) -> None:
    staying(nagged)
    nagged.window.close()
    icons[0].menu.aboutToShow.emit()
    actions = {action.text(): action for action in icons[0].menu.actions() if action.text()}
    assert next(iter(actions)).startswith("Upgrade in ")
    actions["Open Penelope Admin"].trigger()
    assert nagged.window.isVisible()
    nagged.window.quit()


def test_hidden_in_the_tray_it_goes_on_reminding(nagged: Desktop, icons: list[FakeIcon]) -> None:
    staying(nagged)
    nagged.window.close()
    at(nagged, datetime(2026, 12, 12, 12, tzinfo=UTC))
    assert "Upgrade in 14 hours" in icons[0].messages[-1]
    nagged.window.quit()


def test_where_there_is_no_tray_closing_the_window_ends_the_program(
    nagged: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    staying(nagged)
    monkeypatch.setattr(FakeIcon, "available", False)
    assert nagged.window.reminding is not None
    assert not nagged.window.reminding.can_stay


def test_a_window_that_began_unseen_begins_once(nagged: Desktop, qapp: QApplication, demo: App, qtbot: QtBot) -> None:
    window = make_window(demo, qapp, "help")
    qtbot.addWidget(window)
    begun: list[bool] = []
    window.first_painted.connect(lambda: begun.append(True))
    window.begin_unseen()
    window.show()
    qtbot.waitExposed(window)
    window.repaint()
    assert begun == [True]
