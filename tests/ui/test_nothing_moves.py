"""A change moves neither focus nor half-typed text, choice or place of what it does not concern; more costs no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.store import schema
from penelope_admin.ui.dialogs.project import ProjectSheet, open_project_sheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.dialogs.switch import EnableSheet
from penelope_admin.ui.models.keyed import KeyedModel
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.overview import OverviewPage
from penelope_admin.ui.pages.projects import ProjectsPage
from penelope_admin.ui.widgets.basics import settle
from penelope_admin.ui.widgets.dates import DateField, OptionalDate, to_qdate
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.steady import SETTLED_AFTER
from penelope_admin.ui.widgets.tab_order import bring_whole
from tests.demo import NOW, add_critical
from tests.effort import examples
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts

LONG = "The vendor's status page announces a mass upgrade and the maintenance of its servers. " * 6
TOPICS = frozenset({"environments", "features", "projects", "notices", "requests"})


def add_projects(app: App, count: int, start: int = 1000) -> None:
    """Planned projects, one after the other."""
    first = date(2026, 12, 1)
    with app.context.store.writing() as connection:
        connection.execute(
            sa.insert(schema.project),
            [
                {
                    "id": start + n, "name": f"Pilot {n}", "environment": "mirrored", "purpose": "Try", "by": "x",
                    "state": "planned", "created_at": NOW, "first_day": first + timedelta(days=n % 300),
                    "last_day": first + timedelta(days=n % 300 + 9), "version": 1,
                }
                for n in range(count)
            ],
        )  # fmt: skip


def add_events(app: App, count: int) -> None:
    """Switches of long ago, as years of use leave them."""
    with app.context.store.writing() as connection:
        connection.execute(
            sa.insert(schema.environment_event),
            [
                {
                    "id": 1000 + n, "environment": "mirrored", "kind": "switched", "feature": "general-ledger",
                    "by": "x", "remark": "",
                    "outcome": "on" if n % 2 else "off", "at": NOW - timedelta(days=60, hours=n), "recorded_at": NOW,
                }
                for n in range(count)
            ],
        )  # fmt: skip


# --- random changes while somebody works ---------------------------------------------------------


def record_check(app: App) -> None:
    app.context.write(services.mirror.environments.record_event, "training-b", "upgraded", NOW - timedelta(minutes=5))


def record_script(app: App) -> None:
    app.context.write(
        services.mirror.environments.record_event,
        "mirrored",
        "script-run",
        NOW - timedelta(minutes=3),
        outcome="unchanged",
    )


def answer_a_check(app: App) -> None:
    lists = app.context.read(services.mirror.checklists.find_all)
    found = next(check_list for check_list in lists if len(check_list.lines) >= 12)
    app.context.write(services.mirror.checklists.answer, found.event.id, 12, "cannot-tell")


def switch(app: App) -> None:
    if app.context.read(services.features.find, "general-ledger").state.state == "on":
        app.context.write(services.features.switch, "general-ledger", "disable", reason="Over", already_done=True)


def plan_a_project(app: App) -> None:
    day = date(2027, 1, 4)
    app.context.write(services.projects.add, ProjectInput("Pilot of ours", "Try", day, day + timedelta(days=3)))


CHANGES = [record_check, record_script, answer_a_check, switch, plan_a_project]


def state_of(table: Any) -> dict[str, object]:
    """What must not move under the hand of whoever works on a page."""
    held = QApplication.focusWidget()
    first = table.indexAt(QPoint(0, 0)).row() if table.verticalScrollBar().value() else -1
    return {
        "focus": held,
        "chosen": _key(table, table.currentIndex().row()),
        "first row": _key(table, first),
    }


def place_of(held: QWidget) -> int:
    """How far below the window's upper edge something stands."""
    return held.mapTo(held.window(), QPoint(0, 0)).y()


def settled_place_of(desktop: Desktop, held: QWidget) -> int:
    """The same, once everything has its height."""
    places: list[int] = []

    def is_settled() -> bool:
        places.append(place_of(held))
        return len(places) > SETTLED_AFTER and len(set(places[-SETTLED_AFTER:])) == 1

    desktop.bot.waitUntil(is_settled, timeout=WAIT_MS)
    return places[-1]


def _key(table: Any, number: int) -> object:
    row = table.rows.row(number)
    return table._row_key(row) if row is not None else None


def tell(desktop: Desktop, text: str) -> None:
    desktop.window.shell.announced.emit(text, "Show it", lambda: desktop.window.go("support"))
    QApplication.processEvents()


def change(desktop: Desktop, made: Callable[[App], None]) -> None:
    """Something happens, and news of it arrive; what has the focus stays where it is, but for a rounded pixel."""
    held = QApplication.focusWidget()
    assert held is not None
    before = settled_place_of(desktop, held)
    made(desktop.app)
    desktop.window.shell.operations.changed.emit(TOPICS)
    desktop.settle()
    tell(desktop, f"{made.__name__} is news. {LONG}")
    desktop.bot.waitUntil(lambda: abs(place_of(held) - before) <= 2, timeout=WAIT_MS)


few = settings(
    max_examples=examples(3, long=100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@few
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
def test_random_changes_leave_a_person_at_the_history_where_they_are(
    desktop: Desktop, changes: list[Callable[[App], None]]
) -> None:
    page = desktop.page(DatabasesPage)
    if page.detail.history.rows.rowCount() < 60:
        add_events(desktop.app, 60)
        change(desktop, lambda _: None)
    history = page.detail.history
    history.choose(history._row_key(history.rows.row(30)))  # type: ignore[arg-type]
    history.setFocus()
    settled_place_of(desktop, history)
    page.area.verticalScrollBar().setValue(history.mapTo(page.area.widget(), QPoint(0, 0)).y() - 100)
    before = state_of(history)
    for made in changes:
        change(desktop, made)
        assert state_of(history) == before


@few
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
def test_random_changes_leave_a_person_who_looks_for_a_project_where_they_are(
    desktop: Desktop, changes: list[Callable[[App], None]]
) -> None:
    page = desktop.page(ProjectsPage)
    if page.table.rows.rowCount() < 40:
        add_projects(desktop.app, 40)
        change(desktop, lambda _: None)
    page.search.clear()
    page.table.choose(page.table.rows.row(25).id)  # type: ignore[union-attr]
    desktop.settle()
    page.search.setFocus()
    desktop.bot.keyClicks(page.search, "pil")
    page.search.setCursorPosition(1)
    before = state_of(page.table)
    for made in changes:
        change(desktop, made)
        assert state_of(page.table) == before
        assert (page.search.text(), page.search.cursorPosition()) == ("pil", 1)


@few
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
def test_random_changes_leave_a_half_written_note_of_a_run_alone(
    desktop: Desktop, changes: list[Callable[[App], None]]
) -> None:
    page = desktop.page(DatabasesPage)
    page.detail.open_newest()
    run = page.run_
    run._show(2)
    run.note.setFocus()
    desktop.bot.keyClicks(run.note, "half a no")
    run.note.setCursorPosition(3)
    for made in changes:
        change(desktop, made)
        assert QApplication.focusWidget() is run.note
        assert (run.current, run.note.text(), run.note.cursorPosition()) == (2, "half a no", 3)


def ask_something(app: App) -> None:
    wish = RequestInput(kind="question", title="A report", reason="How is that done?")
    app.context.write(services.requests.draft, wish)


def open_an_incident(app: App) -> None:
    add_critical(app)


def record_refresh(app: App) -> None:
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(minutes=1))


OVERVIEW_CHANGES = [*CHANGES, ask_something, open_an_incident, record_refresh]


def overview(desktop: Desktop) -> OverviewPage:
    desktop.window.resize(900, 600)
    return desktop.page(OverviewPage)


@few
@given(changes=st.lists(st.sampled_from(OVERVIEW_CHANGES), min_size=1, max_size=3))
def test_random_changes_leave_what_a_person_is_at_on_overview_in_its_place(
    desktop: Desktop, changes: list[Callable[[App], None]]
) -> None:
    page = overview(desktop)
    row = next(b for b in page.findChildren(QPushButton) if b.accessibleName().startswith("Go there: PA-2"))
    row.setFocus()
    bar = page.area.verticalScrollBar()
    settle()
    QApplication.processEvents()
    bar.setValue(row.mapTo(page.area.widget(), QPoint(0, 0)).y() - page.area.viewport().height() // 2)
    assert bar.value()
    for made in changes:
        change(desktop, made)
        assert QApplication.focusWidget() is row


@few
@given(changes=st.lists(st.sampled_from(OVERVIEW_CHANGES), min_size=1, max_size=3))
def test_random_changes_leave_a_half_written_request_over_overview_alone(
    desktop: Desktop, changes: list[Callable[[App], None]]
) -> None:
    page = overview(desktop)
    bar = page.area.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    page.request_refresh()
    sheet = desktop.sheet(RequestSheet)
    sheet.reason.setFocus()
    desktop.bot.keyClicks(sheet.reason, "half a rea")
    cursor = sheet.reason.textCursor()
    cursor.setPosition(3)
    sheet.reason.setTextCursor(cursor)
    desktop.bot.waitUntil(lambda: not sheet._is_previewing, timeout=WAIT_MS)
    scrolled, inside = bar.value(), sheet._scroll.verticalScrollBar().value()
    for made in changes:
        change(desktop, made)
        QApplication.processEvents()
        assert QApplication.focusWidget() is sheet.reason
        assert (sheet.reason.toPlainText(), sheet.reason.textCursor().position()) == ("half a rea", 3)
        assert (bar.value(), sheet._scroll.verticalScrollBar().value()) == (scrolled, inside)
    sheet.reject()


# --- years of use --------------------------------------------------------------------------------


@pytest.fixture
def years(desktop: Desktop) -> Desktop:
    """A window on a database with 2,000 events."""
    add_events(desktop.app, 2000)
    return desktop


def test_two_thousand_events_cost_no_more_widgets_and_words_than_a_few(
    years: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [0]
    real = KeyedModel.data

    def data(self: Any, index: Any, role: int = 0) -> object:
        asked[0] += 1
        return real(self, index, role)

    monkeypatch.setattr(KeyedModel, "data", data)
    page = years.page(DatabasesPage)
    years.settle()
    assert page.detail.history.rows.rowCount() > 2000
    assert asked[0] < 2500, "only rows in view, and some to find the columns' widths by"
    assert len(page.findChildren(QWidget)) < 250


def test_the_history_of_forty_events_is_no_taller_than_a_part_of_the_page(desktop: Desktop) -> None:
    add_events(desktop.app, 40)
    page = desktop.page(DatabasesPage)
    assert page.detail.history.height() < page.area.viewport().height() / 2


def test_five_hundred_projects_cost_no_more_questions_than_a_few(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_projects(desktop.app, 500)
    looked: list[int] = []
    real = services.projects.find
    monkeypatch.setattr(services.projects, "find", lambda work, key: looked.append(key) or real(work, key))
    page = desktop.page(ProjectsPage)
    assert page.table.rows.rowCount() == 500
    assert len(set(looked)) == 1
    assert len(page.findChildren(QWidget)) < 200


@looks
def test_a_word_that_comes_and_goes_at_the_bottom_moves_nothing(desktop: Desktop) -> None:
    desktop.go("requests")
    before = desktop.window.current.size()
    desktop.window._strip.notify("The plan is cancelled.", "Undo", lambda: None)
    QApplication.processEvents()
    assert desktop.window.current.size() == before
    desktop.window._strip.show_busy("Saving")
    QApplication.processEvents()
    assert desktop.window.current.size() == before


# --- what waits to be read -----------------------------------------------------------------------


def test_unread_notices_wait_in_line_and_none_is_lost(desktop: Desktop) -> None:
    strip = desktop.window._strip
    for text in ("One is due.", "Two is due.", "Three is due.", "Two is due."):
        tell(desktop, text)
    desktop.reads(strip, "1 of 3: One is due.")
    strip.notify("Saved.")
    assert texts(strip) == "Saved."
    strip._timer.timeout.emit()
    desktop.click(strip._close)
    desktop.reads(strip, "1 of 2: Two is due.")
    desktop.click(strip._action)
    assert desktop.window.current.name == "support"
    assert texts(strip) == "Three is due."
    strip._close.setFocus()
    desktop.bot.keyClick(strip._close, Qt.Key.Key_Space)
    assert strip.isHidden()
    assert desktop.window.current.hasFocus(), "and not whatever comes next in the window"


def test_the_second_half_of_a_double_click_puts_away_nothing_that_came_after(desktop: Desktop) -> None:
    strip = desktop.window._strip
    for text in ("One is due.", "Two is due."):
        tell(desktop, text)
    desktop.click(strip._close)
    desktop.bot.mouseDClick(strip._close, Qt.MouseButton.LeftButton)
    assert texts(strip) == "Two is due."


def test_a_press_does_nothing_for_what_came_in_the_place_of_what_was_pressed(desktop: Desktop) -> None:
    strip, left = desktop.window._strip, Qt.MouseButton.LeftButton
    for text in ("One is due.", "Two is due."):
        tell(desktop, text)
    desktop.bot.mousePress(strip._action, left)
    strip.drop(("One is due.",))
    desktop.bot.mouseRelease(strip._action, left)
    assert texts(strip) == "Two is due."


def test_a_notice_that_is_too_long_for_its_place_can_be_read_in_full(desktop: Desktop) -> None:
    strip = desktop.window._strip
    desktop.window.resize(900, 600)
    tell(desktop, LONG)
    assert texts(strip).endswith(" …")
    desktop.click(strip._more)
    sheet = desktop.sheet()
    desktop.reads(sheet, LONG.strip())
    desktop.click(sheet.primary)  # type: ignore[attr-defined]
    assert sheet.windowTitle() == "Notice"
    assert (desktop.window.current.name, strip.unread) == ("support", [])


def test_tab_goes_as_one_reads_and_comes_to_a_notice_last(desktop: Desktop) -> None:
    plan_a_project(desktop.app)
    desktop.window.resize(1400, 760)
    page = desktop.page(ProjectsPage)
    tell(desktop, "One is due.")
    strip, passed = desktop.window._strip, []
    while QApplication.focusWidget() is not strip._action:
        passed.append(QApplication.focusWidget())
        desktop.bot.keyClick(passed[-1], Qt.Key.Key_Tab)
        assert len(passed) < 200
    met = [desktop.window.emergency, page.search, page.table, page.foot.primary]
    assert [widget for widget in passed if widget in met] == met
    assert page.isAncestorOf(passed[-1])


def test_while_the_person_is_at_a_notice_nothing_takes_its_place(desktop: Desktop) -> None:
    strip = desktop.window._strip
    tell(desktop, "One is due.")
    strip._close.setFocus()
    strip.show_busy("Saving")
    strip.notify("Saved.")
    tell(desktop, "Two is due.")
    assert QApplication.focusWidget() is strip._close
    assert texts(strip) == "1 of 2: One is due."


def refresh_sheet(desktop: Desktop) -> tuple[RequestSheet, OptionalDate, QWidget]:
    sheet = desktop.request_sheet("refresh")
    return sheet, sheet.earliest, sheet.latest


def project_sheet(desktop: Desktop) -> tuple[ProjectSheet, OptionalDate, QWidget]:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    return sheet, sheet.refresh_by, sheet.again.every


def scheduled_sheet(desktop: Desktop) -> tuple[StepSheet, DateField | None, QWidget]:
    view = desktop.app.context.read(services.requests.find, 2)
    sheet = StepSheet(desktop.window.shell, view, "scheduled")
    desktop.window.shell.open_sheet(sheet)
    return sheet, sheet.day, sheet.remark


def enable_sheet(desktop: Desktop) -> tuple[EnableSheet, OptionalDate, QWidget]:
    register = desktop.app.context.read(services.features.find_all)
    view = next(view for view in register.features if view.feature.key == "external-communications.sms")
    sheet = EnableSheet(desktop.window.shell, view, register)
    desktop.window.shell.open_sheet(sheet)
    return sheet, sheet.until, sheet.asked.acknowledged


@looks
@pytest.mark.parametrize("opens", [refresh_sheet, project_sheet, scheduled_sheet, enable_sheet])
def test_warnings_that_come_while_days_are_changed_move_no_field_of_a_sheet(
    desktop: Desktop, opens: Callable[[Desktop], tuple[Any, Any, QWidget]]
) -> None:
    sheet, day, below = opens(desktop)
    sheet.setMaximumHeight(480)  # so low that not all of it is in view
    field = day.field if isinstance(day, OptionalDate) else day
    if isinstance(day, OptionalDate):
        day.tick.setChecked(True)
    desktop.bot.waitUntil(lambda: not sheet._is_previewing, timeout=WAIT_MS)
    desktop.settle()  # the linked calendars were asked, too
    field.setFocus()
    settled_place_of(desktop, field)
    sheet._scroll.ensureWidgetVisible(below)
    before = settled_place_of(desktop, field), settled_place_of(desktop, below)
    in_view = field.visibleRegion().boundingRect()
    said = texts(sheet.remarks)
    field.setDate(to_qdate(date(2027, 3, 13)))  # the day of an upgrade
    desktop.bot.waitUntil(lambda: texts(sheet.remarks) != said and not sheet._is_previewing, timeout=WAIT_MS)
    assert (settled_place_of(desktop, field), settled_place_of(desktop, below)) == before
    desktop.bot.waitUntil(lambda: field.visibleRegion().boundingRect() == in_view, timeout=WAIT_MS)


def test_a_field_that_is_come_to_is_wholly_in_view_not_only_its_cursor(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", context.now())
    sheet, _, _ = enable_sheet(desktop)
    sheet.setMaximumHeight(480)
    desktop.settle()
    bar, field, inside = sheet._scroll.verticalScrollBar(), sheet.asked.typed, sheet._scroll.widget()
    assert inside is not None
    below = field.mapTo(inside, QPoint(0, field.height())).y()
    bar.setValue(below - 6 - sheet._scroll.viewport().height())  # its cursor is in view, and its lower edge is not
    assert 0 < field.visibleRegion().boundingRect().height() < field.height()
    bring_whole(sheet._scroll, field)
    assert field.visibleRegion().boundingRect().height() == field.height()


@looks
def test_a_request_opens_with_what_is_to_be_known_of_it_and_moves_no_field_for_it_later(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("refresh")
    before = settled_place_of(desktop, sheet.reason)
    assert "MS Exchange is planned until" in texts(sheet)
    sheet.reason.setFocus()
    desktop.bot.keyClicks(sheet.reason, "Fresh data")
    desktop.bot.waitUntil(lambda: not sheet._is_previewing, timeout=WAIT_MS)
    assert settled_place_of(desktop, sheet.reason) == before


class Noting(QLabel):
    """Notes how often it is asked for its height."""

    asked = 0

    def heightForWidth(self, width: int) -> int:
        self.asked += 1
        return super().heightForWidth(width)


@looks
def test_what_is_put_into_a_page_in_steps_gets_its_place_once_when_all_is_there(desktop: Desktop) -> None:
    page, note, asked = Page(desktop.window.shell), Noting("Some words", wordWrap=True), list[int]()
    desktop.bot.addWidget(page)
    page.show()
    page.build([partial(page.add, note), *(lambda: asked.append(note.asked) for _ in range(3))])
    with desktop.bot.waitSignal(page.loaded, timeout=WAIT_MS):
        pass
    assert asked == [0, 0, 0]
    assert note.asked > 0
    assert note.width() > page.width() // 2
