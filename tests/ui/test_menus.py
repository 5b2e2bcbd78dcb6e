"""Menus hold every action; About tells what whoever helps will ask for."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QPushButton
from pytestqt.qtbot import QtBot

from penelope_admin import __version__, services
from penelope_admin.app import App
from penelope_admin.ui.dialogs.about import AboutSheet
from penelope_admin.ui.rooms import ROOMS
from tests.ui.conftest import WAIT_MS, Desktop, close, looks, menu_names, open_desktop, texts


def opened(desktop: Desktop) -> list[QMenu]:
    """The menus, once a person has opened the first of them."""
    window = desktop.window
    desktop.bot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.AltModifier)
    desktop.bot.waitUntil(window._menus[0].isVisible, timeout=WAIT_MS)
    window._menus[0].close()
    return window._menus


def test_menus_are_filled_when_one_is_opened_and_not_at_the_start(desktop: Desktop) -> None:
    assert menu_names(desktop.window._menus) == []
    assert "Quit" in menu_names(opened(desktop))
    held = menu_names(desktop.window._menus)
    assert menu_names(opened(desktop)) == held


def test_a_menu_bar_of_the_system_and_a_screen_reader_find_filled_menus_soon_after_the_start(
    qtbot: QtBot, qapp: QApplication, demo: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS never opens a menu without entries, so that nothing would ever fill it."""
    monkeypatch.setattr(QMenuBar, "isNativeMenuBar", lambda _: True)
    desktop = open_desktop(qtbot, qapp, demo, start=False)
    assert menu_names(desktop.window._menus) == [], "the first frame does not wait for them"
    desktop.window.start()
    qtbot.waitUntil(lambda: bool(menu_names(desktop.window._menus)), timeout=WAIT_MS)
    assert {action.name for action in desktop.window.actions_by_name()} <= set(menu_names(desktop.window._menus))
    desktop.settle()
    close(desktop)


@looks
def test_the_menus_hold_every_action(desktop: Desktop) -> None:
    held = set(menu_names(opened(desktop)))
    assert {action.name for action in desktop.window.actions_by_name()} <= held
    assert {"Undo", "Redo", "Copy", "Paste", "Find or do …", "Quit"} <= held


@looks
def test_what_belongs_to_pages_stands_in_the_order_of_the_navigation(desktop: Desktop) -> None:
    edit = opened(desktop)[1]
    pages = [action.text() for action in edit.actions() if action.menu() is not None]
    titles = [room.title for room in ROOMS]
    assert pages == sorted(pages, key=titles.index)
    assert len(pages) > 5


@looks
def test_the_menus_are_called_file_edit_go_and_help(desktop: Desktop) -> None:
    titles = [action.text().replace("&", "") for action in desktop.window.menuBar().actions()]
    assert titles == ["File", "Edit", "Go", "Help"]


@looks
def test_an_action_of_a_menu_does_what_its_name_says(desktop: Desktop) -> None:
    go = opened(desktop)[2]
    next(action for action in go.actions() if action.text().startswith("Go to Features")).trigger()
    desktop.settle()
    assert desktop.window.current.name == "features"


def test_what_was_recorded_as_seen_is_not_undone_by_the_menu(desktop: Desktop) -> None:
    page = desktop.go("features")
    page._do("seen-on", "dss")  # type: ignore[attr-defined]
    desktop.settle()
    desktop.window.undo_last()
    desktop.settle()
    assert desktop.app.context.read(services.features.find, "dss").state.state == "on"
    desktop.reads(desktop.window, "There is nothing to undo.")


@looks
def test_what_can_be_taken_back_stays_so_when_the_page_takes_long_to_load_again(desktop: Desktop) -> None:
    taken: list[str] = []
    desktop.window.shell.offered.emit("Marked as on.", "Take back", lambda: taken.append("back"))
    operations = desktop.window.shell.operations
    operations.busy.emit("Loading the features")
    assert not [made for made in desktop.window.findChildren(QPushButton) if made.text() == "Take back"]
    operations.busy.emit("")
    undo = next(made for made in desktop.window.findChildren(QPushButton) if made.text() == "Take back")
    assert undo.isVisible()
    desktop.click(undo)
    assert taken == ["back"]


@looks
def test_about_tells_versions_folder_clock_data_and_licences_and_all_of_it_can_be_copied(desktop: Desktop) -> None:
    desktop.window.open_about()
    sheet = desktop.sheet(AboutSheet)
    shown = texts(sheet)
    for fact in (__version__, str(qVersion()), sqlite3.sqlite_version, str(desktop.app.home), "Clock data"):
        assert fact in shown
    desktop.click(sheet.copy)
    copied = QApplication.clipboard().text()
    assert str(desktop.app.home) in copied
    assert "SQLAlchemy" in copied
    assert "MIT" in copied


@looks
def test_files_are_in_the_file_menu_and_settings_are_found(desktop: Desktop) -> None:
    file, edit = opened(desktop)[:2]
    assert {"Back up now", "Restore a backup", "Make a report", "Quit"} <= set(menu_names([file]))
    assert "Setting: Time zone data" in menu_names([edit])
