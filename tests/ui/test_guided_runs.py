"""A check-list gone through one check at a time: with keys, once for each press, stopped and resumed, printed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent, QMouseEvent, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.services.reports import papers
from penelope_admin.ui import printing
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.switch import StepsSheet
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.databases.run import GuidedRun
from tests.demo import NOW
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def begin(desktop: Desktop) -> GuidedRun:
    """The run after the demo's upgrade, at its first check."""
    page = desktop.page(DatabasesPage)
    desktop.click(page.detail.foot.primary)
    assert page.is_running
    return page.run_


def answers(desktop: Desktop) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(desktop.app.home / "penelope-admin.db")) as connection:
        return connection.execute("SELECT effect, result FROM check_answer ORDER BY id").fetchall()


def key(desktop: Desktop, name: Qt.Key) -> None:
    """Press a key wherever the focus is, and wait for what it does."""
    held = QApplication.focusWidget()
    assert held is not None
    desktop.bot.keyClick(held, name)
    desktop.settle()


def click_twice(desktop: Desktop, pressed: QWidget) -> None:
    """Click twice so soon that it is a double click."""
    desktop.click(pressed)
    desktop.settle()
    left, at, nothing = Qt.MouseButton.LeftButton, QPointF(pressed.rect().center()), Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        QApplication.sendEvent(pressed, QMouseEvent(kind, at, pressed.mapToGlobal(at), left, left, nothing))
    desktop.settle()


def in_view(widget: QWidget, within: QWidget) -> bool:
    """Whether a widget, or as much of it as there is room for, is inside another."""
    area = QRect(widget.mapTo(within, QPoint(0, 0)), widget.size())
    return within.rect().intersects(area) and area.top() >= 0 and area.left() >= 0


# --- keys --------------------------------------------------------------------------------------


def test_the_fifteen_line_run_takes_at_most_sixteen_key_presses(desktop: Desktop) -> None:
    page = desktop.page(DatabasesPage)
    page.detail.foot.primary.setFocus()
    assert page.detail.foot.primary.text() == "Start the check"
    key(desktop, Qt.Key.Key_Space)
    for _ in range(15):
        key(desktop, Qt.Key.Key_P)
    assert [result for _, result in answers(desktop)] == ["pass"] * 15
    desktop.reads(page.run_, "All 15 lines checked, none failed.")


def test_that_all_was_seen_off_is_offered_as_an_answer_and_recorded_with_its_source_by_a_press(
    desktop: Desktop,
) -> None:
    seen = dict.fromkeys(desktop.app.policy.feature, "off")
    desktop.app.context.write(services.features.record_seen, "mirrored", seen)
    run = begin(desktop)
    assert "What is on now" not in texts(run)
    run._show(14)
    desktop.reads(run, "“What is on now?” says that all of them were off in Penelope on ")
    key(desktop, Qt.Key.Key_P)
    given = run.check_list.line(15).answer
    assert given is not None
    assert given.remark.startswith("“What is on now?” says that all of them were off")


def test_p_f_and_c_are_pass_fail_and_cannot_tell(desktop: Desktop) -> None:
    run = begin(desktop)
    run._show(3)
    for name in (Qt.Key.Key_C, Qt.Key.Key_P, Qt.Key.Key_F):
        key(desktop, name)
    assert answers(desktop) == [(4, "cannot-tell"), (5, "pass"), (6, "fail")]


def send(kind: QEvent.Type, name: Qt.Key, text: str, at: int, *, said: bool) -> None:
    """A key's event as a system sends it: at an instant in ms, and said to be a repetition or not."""
    event = QKeyEvent(kind, name, Qt.KeyboardModifier.NoModifier, text, said)
    event.setTimestamp(at)
    held = QApplication.focusWidget()
    assert held is not None
    QApplication.sendEvent(held, event)


def test_whoever_looked_elsewhere_comes_back_to_the_keys_of_the_run(desktop: Desktop) -> None:
    run = begin(desktop)
    for name in ("support", "databases"):
        desktop.window.go(name)
        desktop.settle()
    desktop.bot.waitUntil(run.check.hasFocus, timeout=WAIT_MS)
    key(desktop, Qt.Key.Key_P)
    assert [result for _, result in answers(desktop)] == ["pass"]


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize(("name", "text"), [(Qt.Key.Key_P, "p"), (Qt.Key.Key_Space, " "), (Qt.Key.Key_Return, "\r")])
def test_a_held_key_never_answers_twice(desktop: Desktop, name: Qt.Key, text: str, said: bool) -> None:
    """On X11 Qt does not say of every repetition that it is one; release and press then have the same time."""
    run = begin(desktop)
    run._show(3)
    if name != Qt.Key.Key_P:
        run.answers["pass"].setFocus()
    press, release = QEvent.Type.KeyPress, QEvent.Type.KeyRelease
    send(press, name, text, 1000, said=False)
    desktop.settle()
    for at in range(1500, 1700, 40):
        send(release, name, text, at, said=said)
        send(press, name, text, at, said=said)
        desktop.settle()
    send(release, name, text, 1750, said=False)
    assert answers(desktop) == [(4, "pass")]
    send(press, name, text, 1900, said=False)
    desktop.settle()
    assert answers(desktop) == [(4, "pass"), (5, "pass")], "pressed again, it answers again"


def test_the_second_half_of_a_double_click_answers_nothing(desktop: Desktop) -> None:
    run = begin(desktop)
    run._show(3)
    passed = run.answers["pass"]
    place = passed.mapToGlobal(passed.rect().center())
    click_twice(desktop, passed)
    assert passed.mapToGlobal(passed.rect().center()) == place, "nothing moves"
    assert answers(desktop) == [(4, "pass")]


@looks
def test_quick_presses_of_back_and_skip_count_each(desktop: Desktop) -> None:
    run = begin(desktop)
    click_twice(desktop, run._skip)
    assert run.current == 2
    click_twice(desktop, run._back)
    assert run.current == 0


@looks
def test_letters_typed_into_the_note_answer_nothing(desktop: Desktop) -> None:
    run = begin(desktop)
    run.note.setFocus()
    desktop.bot.keyClicks(run.note, "Pfc phones")
    assert run.note.text() == "Pfc phones"
    desktop.settle()
    assert not answers(desktop)


@pytest.mark.parametrize(("width", "height"), [(900, 600), (1080, 760)])
def test_the_focus_is_always_in_view(desktop: Desktop, width: int, height: int) -> None:
    desktop.window.resize(width, height)
    run = begin(desktop)
    for name in (Qt.Key.Key_P, Qt.Key.Key_P, Qt.Key.Key_F, Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Tab):
        held = QApplication.focusWidget()
        assert held is not None
        assert in_view(held, run.area.viewport() if run.area.isAncestorOf(held) else run)
        key(desktop, name)


# --- answers -----------------------------------------------------------------------------------


def test_a_failure_that_makes_contact_details_real_is_confirmed_first(desktop: Desktop) -> None:
    run = begin(desktop)
    key(desktop, Qt.Key.Key_F)
    desktop.reads(run, "count as real")
    assert not answers(desktop)
    assert run.note.hasFocus()
    desktop.bot.keyClicks(run.note, "Ten of ten client files had real addresses")
    desktop.click(next(b for b in run.findChildren(QPushButton) if b.text() == "Record the failure"))
    desktop.settle()
    assert answers(desktop) == [(1, "fail")]
    posture = desktop.app.context.read(services.mirror.environments.find_all)[2].posture
    assert posture.contact_details == "real"


def test_a_failed_check_asks_support_with_a_letter_that_is_written(desktop: Desktop) -> None:
    run = begin(desktop)
    run._show(13)
    run.note.setText("Invoice 1 still shows it")
    run.check.setFocus()
    key(desktop, Qt.Key.Key_F)
    run._show_list()
    run.list.choose(14)
    desktop.click(run._ask)
    letter = desktop.sheet(RequestSheet)
    assert "Invoice 1 still shows it" in letter.reason.toPlainText()


def test_a_failed_check_about_features_lets_the_person_name_those_that_are_on(desktop: Desktop) -> None:
    run = begin(desktop)
    run._show(14)
    key(desktop, Qt.Key.Key_F)
    desktop.reads(run, "become “not known”, a task for you")
    run.ticks["external-communications.sms"].setChecked(True)
    run.note.setText("Seen in System Setup")
    desktop.click(next(b for b in run.findChildren(QPushButton) if b.text() == "Record the failure"))
    desktop.settle()
    state = desktop.app.context.read(services.features.find, "external-communications.sms").state
    assert state.state == "on"


def test_what_is_missing_is_said_on_the_page_and_what_was_typed_stays(desktop: Desktop) -> None:
    run = begin(desktop)
    run._show(3)
    key(desktop, Qt.Key.Key_F)
    key(desktop, Qt.Key.Key_P)
    run._show(3)
    run.file = desktop.app.home / "gone.png"
    key(desktop, Qt.Key.Key_P)
    desktop.reads(run, "cannot be read")
    assert run.note.hasFocus()
    run._set_file(None)
    desktop.click(run.answers["pass"])
    desktop.settle()
    desktop.reads(run, "Line 4 failed before. Nothing was saved. Say in a remark what has changed since.")
    run.note.setText("Support cleared it")
    desktop.click(run.answers["pass"])
    desktop.settle()
    assert answers(desktop) == [(4, "fail"), (5, "pass"), (4, "pass")]


def test_a_file_is_dropped_anywhere_as_evidence(desktop: Desktop, tmp_path: Path) -> None:
    shot = tmp_path / "queue.png"
    shot.write_bytes(b"picture")
    run = begin(desktop)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(shot))])
    run.dropEvent(
        QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    desktop.reads(run, "goes with the answer")
    key(desktop, Qt.Key.Key_P)
    found = desktop.app.context.read(services.mirror.checklists.find_all)[0].lines[0].answer
    assert found is not None
    assert found.evidence is not None
    assert found.evidence.name == "queue.png"
    assert run.file is None, "it went with one answer"


# --- stopped, resumed, changed meanwhile -------------------------------------------------------


def test_a_run_is_stopped_with_escape_and_goes_on_at_the_first_open_check(desktop: Desktop) -> None:
    run = begin(desktop)
    for name in (Qt.Key.Key_P, Qt.Key.Key_P, Qt.Key.Key_Escape):
        key(desktop, name)
    page = desktop.page(DatabasesPage)
    assert not page.is_running
    assert page.detail.foot.primary.text() == "Continue the check (2 of 15 done)"
    desktop.click(page.detail.foot.primary)
    desktop.reads(run, "3 of 15.")


def test_what_others_answer_meanwhile_moves_neither_the_check_nor_what_is_being_typed(desktop: Desktop) -> None:
    run = begin(desktop)
    run.note.setFocus()
    desktop.bot.keyClicks(run.note, "half a sen")
    run.note.setCursorPosition(4)
    event = run.check_list.event.id
    desktop.app.context.write(services.mirror.checklists.answer, event, 9, "pass")
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    desktop.reads(run, "14 of 15 lines still to check")
    assert (run.current, run.note.text(), run.note.cursorPosition()) == (0, "half a sen", 4)
    assert run.note.hasFocus()


def test_a_list_whose_upgrade_was_a_mistake_is_closed_and_said(desktop: Desktop) -> None:
    run = begin(desktop)
    event = run.check_list.event.id
    desktop.app.context.write(services.mirror.environments.correct_event, event, "Another database")
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    page = desktop.page(DatabasesPage)
    assert not page.is_running
    assert "recorded by mistake, so the list is gone" in texts(page)


@looks
def test_overview_leads_into_an_unfinished_check_list(desktop: Desktop) -> None:
    overview = desktop.go("overview")
    desktop.reads(overview, "Check-list after the upgrade of Saturday 14 November 2026: 15 of 15 lines still to check.")
    go = next(b for b in overview.findChildren(QPushButton) if b.accessibleName().startswith("Go there: Check-list"))
    desktop.click(go)
    desktop.settle()
    page = desktop.window.current
    assert isinstance(page, DatabasesPage)
    desktop.bot.waitUntil(lambda: page.is_running, timeout=WAIT_MS)


# --- the whole list ----------------------------------------------------------------------------


@looks
def test_the_whole_list_is_a_table_of_one_line_rows(desktop: Desktop) -> None:
    run = begin(desktop)
    desktop.click(run._other)
    table = run.list
    assert table.rows.rowCount() == 15
    assert {table.rowHeight(row) for row in range(15)} == {table.rowHeight(0)}
    table.choose(9)
    table.opened.emit()
    desktop.reads(run, "9 of 15.")


@looks
@pytest.mark.parametrize(("width", "height"), [(1080, 720), (900, 600)])
def test_the_end_of_a_run_is_in_view_with_all_that_can_be_done(desktop: Desktop, width: int, height: int) -> None:
    desktop.window.resize(width, height)
    run = begin(desktop)
    run._show_list()
    QApplication.processEvents()
    inside = desktop.window.centralWidget().rect()
    for made in (run.list, run._change, run._ask, run._print, run.stop):
        place = QRect(made.mapTo(desktop.window.centralWidget(), QPoint(0, 0)), made.size())
        assert inside.contains(place)
        assert made.visibleRegion().boundingRect().size() == made.size(), "not cut off by a part that scrolls"


def test_the_result_is_printed_on_one_page_of_the_region_s_paper(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, papers = tmp_path / "list.pdf", []

    def accept(dialog: QPrintDialog) -> QPrintDialog.DialogCode:
        printer = dialog.printer()
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(target))
        papers.append(printer.pageLayout().pageSize().id())
        return QPrintDialog.DialogCode.Accepted

    monkeypatch.setattr(QPrintDialog, "exec", accept)
    run = begin(desktop)
    run.note.setText("Looked at ten")
    run.check.setFocus()
    key(desktop, Qt.Key.Key_P)
    run._show_list()
    desktop.click(run._print)
    assert target.read_bytes().startswith(b"%PDF")
    assert target.read_bytes().count(b"/Type /Page\n") == 1
    assert papers == [QPageSize.PageSizeId.Letter], "the agency is in Canada"


def test_after_a_refresh_four_checks_are_gone_through_the_same_way(desktop: Desktop) -> None:
    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1)
    )
    run = begin(desktop)
    desktop.reads(run, "After the refresh of", "1 of 4.", "Penelope Admin's own advice")
    for _ in range(4):
        key(desktop, Qt.Key.Key_P)
    desktop.reads(run, "All 4 lines checked, none failed.")


@looks
def test_steps_windows_and_the_year_are_printed_on_the_same_paper(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[bytes] = []

    def accept(dialog: QPrintDialog) -> QPrintDialog.DialogCode:
        target = tmp_path / f"{len(printed)}.pdf"
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(target))
        assert dialog.printer().pageLayout().pageSize().id() == QPageSize.PageSizeId.Letter
        printed.append(b"")
        return QPrintDialog.DialogCode.Accepted

    monkeypatch.setattr(QPrintDialog, "exec", accept)
    shell, context = desktop.window.shell, desktop.app.context
    parent = desktop.window
    assert printing.print_windows(parent, shell, context.read(services.calendar.windows.upcoming, 3))
    assert printing.print_html(parent, shell, context.read(papers.make, "year").html)
    view = context.read(services.features.find, "ms-exchange")
    sheet = StepsSheet(shell, view)
    desktop.bot.addWidget(sheet)
    sheet.print_steps()
    assert [(tmp_path / f"{n}.pdf").read_bytes()[:4] for n in range(3)] == [b"%PDF"] * 3


@looks
def test_a_run_is_left_when_another_database_takes_the_place_of_its_own(desktop: Desktop) -> None:
    begin(desktop)
    page = desktop.page(DatabasesPage)
    assert page.is_running
    desktop.window.shell.replaced.emit()
    assert not page.is_running
