"""Sheets on a slow computer: what comes too late finds nobody, and what is under way is done once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Literal

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton

from penelope_admin import services
from penelope_admin.ui.dialogs.critical import CriticalSheet
from penelope_admin.ui.dialogs.project import ProjectSheet
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.dialogs.wizard import Wizard
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Banner
from penelope_admin.ui.widgets.dates import from_qdate
from penelope_admin.ui.widgets.sheet import Sheet
from tests.each import each
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


@contextmanager
def held(desktop: Desktop) -> Iterator[None]:
    """The worker is busy with something else: whatever is asked of it waits until this is left."""
    hold = threading.Event()
    desktop.window.shell.operations.run(lambda _: hold.wait(60), lambda _: None)
    try:
        yield
    finally:
        hold.set()


def question(desktop: Desktop) -> RequestSheet:
    """A request that is filled in."""
    sheet = desktop.request_sheet("question")
    sheet.subject.setText("Moving reports")
    sheet.reason.setPlainText("Can reports be moved?")
    return sheet


def incident(desktop: Desktop) -> CriticalSheet:
    """A critical incident that is filled in."""
    sheet = CriticalSheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    sheet.everybody.setChecked(True)
    for tick in sheet.ticks.values():
        tick.setChecked(True)
    sheet.subject.setText("Nobody can sign in")
    sheet.reason.setPlainText("All users see an error page.")
    return sheet


def project(desktop: Desktop) -> ProjectSheet:
    """A project that is filled in."""
    sheet = ProjectSheet(desktop.window.shell, ["mirrored"])
    desktop.window.shell.open_sheet(sheet)
    sheet.name.setText("Reminder pilot")
    sheet.purpose.setText("Try reminders")
    return sheet


def reply(desktop: Desktop) -> ReplySheet:
    """A reply that is pasted."""
    sheet = ReplySheet(desktop.window.shell)
    desktop.window.shell.open_sheet(sheet)
    sheet.pasted.setPlainText("Subject: Case 00123456")
    return sheet


MAKERS = {"request": question, "incident": incident, "project": project, "reply": reply}


def ready(desktop: Desktop, sheet: Sheet) -> None:
    """Wait until what is filled in was looked at, and is enough."""
    desktop.bot.waitUntil(lambda: not ticking(sheet) and sheet.primary.isEnabled(), timeout=WAIT_MS)


def ticking(sheet: Sheet) -> list[QTimer]:
    return [timer for timer in sheet.findChildren(QTimer) if timer.isActive() and timer.isSingleShot()]


@each("kind", ["request", "incident", "project"])
def test_a_sheet_that_is_saved_slowly_ends_without_a_word_of_a_bug(desktop: Desktop, kind: str) -> None:
    sheet = MAKERS[kind](desktop)
    ready(desktop, sheet)
    bugs: list[Exception] = []
    desktop.window.shell.operations.failed.connect(bugs.append)
    look = next(timer for timer in sheet.findChildren(QTimer) if timer.isSingleShot())
    with held(desktop):
        desktop.click(sheet.primary)
        look.start()
        desktop.bot.waitUntil(lambda: not look.isActive(), timeout=WAIT_MS)  # it went off while saving
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    assert not bugs


def test_a_second_press_while_a_sheet_saves_drafts_no_second_request(desktop: Desktop) -> None:
    sheet = question(desktop)
    ready(desktop, sheet)
    before = len(desktop.app.context.read(services.requests.find_all))
    with held(desktop):
        sheet.primary.click()
        sheet.primary.setEnabled(True)  # as a late answer about what is filled in does
        sheet.primary.click()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    assert len(desktop.app.context.read(services.requests.find_all)) == before + 1


@looks
@pytest.mark.parametrize("kind", MAKERS)
def test_a_timer_of_a_closed_sheet_goes_off_no_more(desktop: Desktop, kind: str) -> None:
    sheet = MAKERS[kind](desktop)
    desktop.settle()
    look = next(timer for timer in sheet.findChildren(QTimer) if timer.isSingleShot())
    look.start()
    sheet.reject()
    assert not look.isActive()
    asked = desktop.window.shell.operations
    desktop.settle()
    look.start(0)  # as a field that says once more that it has changed would
    QApplication.processEvents()
    assert not asked.is_busy


@pytest.mark.parametrize(
    ("today", "asked"), [(date(2026, 11, 20), date(2026, 11, 14)), (date(2026, 12, 8), date(2026, 12, 12))]
)
@looks
def test_a_missing_notice_is_asked_about_for_the_upgrade_that_is_near(
    desktop: Desktop, today: date, asked: date
) -> None:
    desktop.clock.instant = datetime(today.year, today.month, today.day, 15, tzinfo=UTC)
    sheet = desktop.request_sheet("missing-notice")
    assert from_qdate(sheet.upgrade_day.date()) == asked


@looks
def test_a_second_refresh_of_the_same_copy_leads_to_the_first_and_drops_nothing_unasked(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("refresh")
    desktop.bot.keyClicks(sheet.reason, "Fresh data")

    def show() -> QPushButton:
        desktop.bot.waitUntil(lambda: not sheet._is_previewing, timeout=WAIT_MS)
        return next(made for made in sheet.findChildren(QPushButton) if made.text() == "Show PA-2")

    desktop.reads(sheet, "A refresh of Mirrored has been requested already: PA-2, drafted on")
    sheet.safe.setFocus()
    desktop.bot.keyClick(sheet.safe, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is show(), "it stands right above the buttons"
    desktop.click(show())
    desktop.reads(sheet, "What is filled in is not saved. Choose it once more to drop it.")
    desktop.click(show())
    desktop.settle()
    assert not desktop.window.sheets
    assert "PA-2" in texts(desktop.window.current)


@each("edge", ["above", "below"])
@looks
def test_a_sheet_that_grows_stays_on_the_screen(desktop: Desktop, edge: str) -> None:
    sheet = desktop.request_sheet("question")
    room = sheet.screen().availableGeometry()
    sheet.move(0, room.top() - 50 if edge == "above" else room.bottom() - sheet.height() // 2)
    sheet.grow()
    desktop.bot.waitUntil(lambda: room.contains(sheet.frameGeometry()), timeout=WAIT_MS)
    sheet.reject()


@looks
def test_a_sheet_grows_only_once_it_has_its_place_on_the_screen(desktop: Desktop) -> None:
    sheet = Sheet(desktop.window.shell, "Send PA-1", "Send it")
    before = sheet.geometry()
    sheet.tell_why_not("Still needed: the tick about client data.")
    QApplication.processEvents()
    assert sheet.geometry() == before
    desktop.window.shell.open_sheet(sheet)
    desktop.bot.waitUntil(lambda: sheet._is_placed, timeout=WAIT_MS)
    sheet.tell_why_not("It waits for what somebody has to look at first. " * 5)
    desktop.bot.waitUntil(lambda: sheet.height() >= sheet.sizeHint().height(), timeout=WAIT_MS)


@looks
def test_of_more_remarks_than_have_room_the_gravest_is_in_view_and_it_is_said_how_many_there_are(
    desktop: Desktop,
) -> None:
    sheet = Sheet(desktop.window.shell, "Change a project", "Save it")
    remarks = sheet.keep_room()
    desktop.window.shell.open_sheet(sheet)
    grave: tuple[str, Role] = ("It would reach real people.", "danger")
    others: list[tuple[str, Role]] = [(f"What line {number} says is harmless.", "info") for number in range(12)]
    remarks.show_sentences(*others, grave)
    desktop.reads(sheet, "13 things to know, the most serious first")
    first = next(banner for banner in remarks.findChildren(Banner) if banner.accessibleName() == grave[0])
    assert first.visibleRegion().boundingRect() == first.rect()
    remarks.show_sentences(grave)
    desktop.bot.waitUntil(remarks.heading.isHidden, timeout=WAIT_MS)
    sheet.reject()


def test_what_went_wrong_is_said_no_more_once_it_was_corrected(new_desktop: Desktop) -> None:
    sheet = new_desktop.sheet(Wizard)
    sheet.form.name.setText("Lakeside Agency")
    sheet.form.region.setCurrentIndex(sheet.form.region.findData("CA"))
    sheet.form.support_address.setText("not an address")
    sheet.submit()
    new_desktop.reads(sheet, "Support's address does not look")
    sheet.form.support_address.setText("support@vendor.example")
    assert "does not look" not in texts(sheet)


@looks
@looks
def test_what_went_wrong_leaves_the_focus_where_it_was_pressed(desktop: Desktop) -> None:
    desktop.window.open_sheet(ProjectSheet(desktop.window.shell, ["mirrored"]))
    sheet = desktop.sheet(ProjectSheet)
    sheet.name.setText("Pilot")
    sheet.purpose.setText("long " * 100)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    desktop.click(sheet.primary)
    desktop.reads(sheet, "What it is for is longer than 300 characters")
    assert sheet.focusWidget() is sheet.primary


def test_a_sheet_grows_with_what_went_wrong_and_with_what_it_waits_for(desktop: Desktop) -> None:
    view = next(v for v in desktop.app.context.read(services.requests.find_all) if v.request.id == 2)
    sheet = StepSheet(desktop.window.shell, view, "acknowledged")
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    room = sheet._scroll.viewport().height()
    sheet.case_number.setText("no number")
    sheet.submit()
    desktop.reads(sheet, "Nothing was saved")
    desktop.bot.waitUntil(lambda: sheet._scroll.viewport().height() >= room, timeout=WAIT_MS)
    for why in ("Still needed: a name.", "It waits for what somebody has to look at first. " * 5):
        before = sheet.height()
        sheet.tell_why_not(why)
        desktop.bot.waitUntil(lambda before=before: sheet.height() > before, timeout=WAIT_MS)
        assert sheet._scroll.viewport().height() >= room


@pytest.mark.parametrize(
    ("role", "danger", "begins_at"), [("", False, "primary"), ("danger", False, "safe"), ("", True, "safe")]
)
@looks
def test_a_sheet_without_fields_begins_at_what_it_does_unless_it_warns(
    desktop: Desktop, role: Role | Literal[""], danger: bool, begins_at: str
) -> None:
    sheet = Sheet(desktop.window.shell, "Print", "Print it", danger=danger)
    if role:
        sheet.add(Banner("Real people could be reached.", role))
    desktop.window.shell.open_sheet(sheet)
    assert sheet.focusWidget() is getattr(sheet, begins_at)
