"""Keys: a held one acts once, wherever it leads; one that came too early is acted on; each leads to a visible place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QCheckBox

from penelope_admin import services
from penelope_admin.ui.dialogs.project import ProjectSheet
from penelope_admin.ui.dialogs.switch import EnableSheet
from penelope_admin.ui.pages.activity import ActivityPage
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.requests import RequestsPage
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts
from tests.ui.test_guided_runs import send
from tests.ui.test_sheets import question

PRESS, RELEASE = QEvent.Type.KeyPress, QEvent.Type.KeyRelease


def have_focus(desktop: Desktop) -> None:
    """What a window manager does when a sheet was closed."""
    if QApplication.focusWidget() is None:
        desktop.window.activateWindow()
        desktop.bot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=WAIT_MS)


def hold(desktop: Desktop, name: Qt.Key, text: str, *, said: bool) -> None:
    """Hold a key down for a while, whatever has the focus meanwhile.

    On X11 Qt does not say of every repetition that it is one; release and press then have the same time.
    """
    send(PRESS, name, text, 1000, said=False)
    desktop.settle()
    for at in range(1500, 1700, 40):
        have_focus(desktop)
        send(RELEASE, name, text, at, said=said)
        send(PRESS, name, text, at, said=said)
        desktop.settle()
    have_focus(desktop)
    send(RELEASE, name, text, 1750, said=False)
    desktop.settle()


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize(("name", "text"), [(Qt.Key.Key_Return, "\r"), (Qt.Key.Key_Space, " ")])
def test_a_key_held_on_a_feature_asks_once(desktop: Desktop, name: Qt.Key, text: str, said: bool) -> None:
    page = desktop.page(FeaturesPage)
    asked: list[str] = []
    page.table.asked.disconnect()
    page.table.asked.connect(asked.append)
    page._choose("general-ledger")
    page.table.setFocus()
    hold(desktop, name, text, said=said)
    assert asked == ["general-ledger"]


@pytest.mark.parametrize("said", [True, False])
def test_a_key_held_on_a_row_opens_it_once(desktop: Desktop, said: bool) -> None:
    page = desktop.page(DatabasesPage)
    opened: list[None] = []
    page.detail.history.opened.connect(lambda: opened.append(None))
    page.detail.history.setFocus()
    hold(desktop, Qt.Key.Key_Return, "\r", said=said)
    assert len(opened) == 1


@pytest.mark.parametrize("said", [True, False])
def test_enter_held_on_a_sheet_s_button_does_nothing_beyond_that_sheet(desktop: Desktop, said: bool) -> None:
    sheet = question(desktop)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    before = len(desktop.app.context.read(services.requests.find_all))
    sheet.subject.setFocus()
    hold(desktop, Qt.Key.Key_Return, "\r", said=said)
    assert len(desktop.app.context.read(services.requests.find_all)) == before + 1
    assert desktop.window.sheets == [], "the new request's next step was not taken too"


def test_after_a_draft_the_focus_is_on_the_new_request_s_next_step_and_enter_takes_it(desktop: Desktop) -> None:
    sheet = question(desktop)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet.submit()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    have_focus(desktop)
    page = desktop.window.current
    assert isinstance(page, RequestsPage)
    assert page.detail.foot.primary.text() == "Send to Support …"
    assert QApplication.focusWidget() is page.detail.foot.primary
    desktop.bot.keyClick(page.detail.foot.primary, Qt.Key.Key_Return)
    assert desktop.sheet().windowTitle().startswith("Send PA-")


@looks
def test_whoever_went_on_elsewhere_before_the_request_was_open_keeps_the_focus(desktop: Desktop) -> None:
    page = desktop.page(RequestsPage)
    page.show_subject("2")
    page.search.setFocus()
    desktop.settle()
    assert page.detail.opened is not None
    assert page.detail.opened.view.request.id == 2
    assert QApplication.focusWidget() is page.search


@looks
def test_a_table_that_gets_the_focus_by_key_has_a_current_row(desktop: Desktop) -> None:
    page = desktop.page(ActivityPage)
    page.search.setFocus()
    desktop.bot.keyClick(page.search, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.table
    assert page.table.currentIndex().row() == 0
    desktop.bot.keyClick(page.table, Qt.Key.Key_Down)
    assert page.table.currentIndex().row() == 1


def a_project(desktop: Desktop) -> ProjectSheet:
    sheet = ProjectSheet(desktop.window.shell, ["mirrored"])
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    sheet.name.setText("Reminder pilot")
    sheet.purpose.setFocus()
    desktop.bot.keyClicks(sheet.purpose, "Try reminders")
    return sheet


def names(desktop: Desktop) -> list[str]:
    return [view.project.name for view in desktop.app.context.read(services.projects.find_all)]


def test_enter_right_after_typing_is_acted_on_when_the_look_has_come_back(desktop: Desktop) -> None:
    sheet = a_project(desktop)
    assert sheet._timer.isActive(), "nobody has looked yet"
    desktop.bot.keyClick(sheet.purpose, Qt.Key.Key_Return)
    assert "Reminder pilot" not in names(desktop)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    assert "Reminder pilot" in names(desktop)


@looks
def test_enter_is_dropped_when_more_is_typed_before_the_look_has_come_back(desktop: Desktop) -> None:
    sheet = a_project(desktop)
    desktop.bot.keyClick(sheet.purpose, Qt.Key.Key_Return)
    desktop.bot.keyClicks(sheet.purpose, " with")
    desktop.bot.waitUntil(lambda: bool(sheet.primary and sheet.primary.isEnabled()), timeout=WAIT_MS)
    desktop.settle()
    assert sheet in desktop.window.sheets
    assert "Reminder pilot" not in names(desktop)


def test_enter_before_a_look_that_finds_a_danger_lets_the_person_see_it_first(desktop: Desktop) -> None:
    sheet = a_project(desktop)
    sheet.refresh_by.tick.setChecked(True)
    sheet.rows["external-communications.sms"].tick.setChecked(True)
    sheet.purpose.setFocus()
    desktop.bot.keyClick(sheet.purpose, Qt.Key.Key_Return)
    desktop.bot.waitUntil(lambda: bool(sheet.primary and sheet.primary.isEnabled()), timeout=WAIT_MS)
    desktop.settle()
    desktop.reads(sheet.remarks, "would reach real people")
    assert sheet in desktop.window.sheets
    desktop.bot.keyClick(sheet.purpose, Qt.Key.Key_Return)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)


@looks
def test_enter_before_a_look_that_finds_something_missing_does_nothing_later(desktop: Desktop) -> None:
    sheet = a_project(desktop)
    sheet.name.clear()
    desktop.bot.keyClick(sheet.purpose, Qt.Key.Key_Return)
    desktop.bot.waitUntil(lambda: not sheet._is_previewing, timeout=WAIT_MS)
    sheet.name.setText("Reminder pilot")
    desktop.bot.waitUntil(lambda: bool(sheet.primary and sheet.primary.isEnabled()), timeout=WAIT_MS)
    desktop.settle()
    assert sheet in desktop.window.sheets


@looks
@pytest.mark.parametrize("on_button", [True, False])
def test_enter_where_people_may_be_reached_neither_does_it_nor_drops_what_was_entered(
    desktop: Desktop, on_button: bool
) -> None:
    page = desktop.page(FeaturesPage)
    page.ask("external-communications.sms")
    sheet = desktop.sheet(EnableSheet)
    sheet.reason.setText("A trial")
    accept = next(box for box in sheet.findChildren(QCheckBox) if "PHI risk" in box.accessibleName())
    accept.setChecked(True)
    desktop.bot.waitUntil(lambda: sheet.primary is not None and sheet.primary.isEnabled(), timeout=WAIT_MS)
    held = sheet.primary if on_button else accept
    assert held is not None
    held.setFocus()
    desktop.bot.keyClick(held, Qt.Key.Key_Return)
    desktop.settle()
    assert desktop.window.sheets == [sheet]
    assert sheet.reason.text() == "A trial"
    if on_button:
        desktop.bot.waitUntil(lambda: "Press Space." in texts(sheet), timeout=WAIT_MS)
