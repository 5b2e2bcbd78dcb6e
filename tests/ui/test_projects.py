"""Projects in the window: planned while seeing what breaks, started with one click, ended honestly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.domain.features import OnRole
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.year import LOOKS, Bar, lanes_of
from penelope_admin.ui.dialogs.project import CloseSheet, ProjectSheet, StartSheet, open_project_sheet
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.projects import ProjectsPage
from penelope_admin.ui.pages.requests import RequestsPage
from penelope_admin.ui.widgets.dates import to_qdate
from penelope_admin.ui.widgets.year import YearPicture, year_card
from tests.ui.conftest import WAIT_MS, Desktop, close, looks, open_desktop, texts

SMS, LEDGER = "external-communications.sms", "general-ledger"


def add(desktop: Desktop, *features: str, **more: Any) -> Any:
    """A project of the first days of December, as the card shows it."""
    wish = ProjectInput(
        "Reminder pilot", "Try reminders", date(2026, 11, 23), date(2026, 12, 20),
        features=tuple(FeatureInput(key) for key in features), **more,
    )  # fmt: skip
    key = desktop.app.context.write(services.projects.add, wish).value.id
    return desktop.app.context.read(services.projects.find, key)


def view(desktop: Desktop, key: int = 1) -> Any:
    return desktop.app.context.read(services.projects.find, key)


def buttons(widget: QWidget) -> dict[str, QPushButton]:
    return {item.text(): item for item in widget.findChildren(QPushButton) if item.isVisibleTo(widget)}


def projects(desktop: Desktop, key: int | None = None) -> ProjectsPage:
    """The page, with a project chosen on it."""
    desktop.window.shell.operations.changed.emit(frozenset({"projects"}))
    page = desktop.page(ProjectsPage)
    if key is not None:
        page.table.choose(key)
        page.panes.open_detail()
        desktop.bot.waitUntil(lambda: page.view is not None and page.view.project.id == key, timeout=WAIT_MS)
        desktop.settle()
    return page


@looks
def test_an_empty_page_says_what_belongs_there_and_leads_to_the_first(desktop: Desktop) -> None:
    page = projects(desktop)
    assert "No project is planned" in page.table._empty
    desktop.click(buttons(page)["Plan a project …"])
    assert isinstance(desktop.sheet(), ProjectSheet)


def test_a_project_is_planned_from_click_to_row_while_seeing_what_breaks(desktop: Desktop) -> None:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    desktop.settle()
    assert not sheet.primary.isEnabled()
    desktop.bot.keyClicks(sheet.name, "Reminder pilot")
    desktop.bot.keyClicks(sheet.purpose, "Try reminders")
    sheet.first_day.setDate(QDate(2026, 12, 1))
    sheet.last_day.setDate(QDate(2026, 12, 20))
    sheet.rows[SMS].tick.setChecked(True)
    desktop.reads(sheet, "switches External Communications: SMS off in the middle of this project")
    sheet.refresh_by.tick.setChecked(True)
    desktop.reads(sheet, "would reach real people")
    sheet.rows[SMS].last.tick.setChecked(True)
    sheet.rows[SMS].last.field.setDate(QDate(2026, 12, 11))
    desktop.settle()
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    desktop.click(sheet.primary)
    desktop.settle()
    project = view(desktop).project
    assert (project.name, project.first_day, project.refresh_by) == (
        "Reminder pilot", date(2026, 12, 1), date(2026, 11, 30),
    )  # fmt: skip
    assert [(item.feature, item.first_day, item.last_day) for item in project.features] == [
        (SMS, date(2026, 12, 1), date(2026, 12, 11))
    ]


@looks
def test_locked_features_cannot_even_be_named(desktop: Desktop) -> None:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    assert not {"clientconnect", "engage", "dss"} & sheet.rows.keys()


@looks
def test_days_of_a_feature_s_own_and_of_its_refresh_follow_the_project_s_until_they_are_asked_for(
    desktop: Desktop,
) -> None:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    sheet.rows[SMS].tick.setChecked(True)
    sheet.rows[SMS].first.tick.setChecked(True)
    chosen = sheet.rows[SMS].first.day
    sheet.last_day.setDate(to_qdate(date(2027, 2, 20)))
    sheet.first_day.setDate(to_qdate(date(2027, 2, 1)))
    sheet.refresh_by.tick.setChecked(True)
    assert sheet.refresh_by.day == date(2027, 1, 31)
    sheet.rows[SMS].last.tick.setChecked(True)
    assert (sheet.rows[SMS].first.day, sheet.rows[SMS].last.day) == (chosen, date(2027, 2, 20))


def test_a_project_is_changed_and_what_was_filled_in_is_there(desktop: Desktop) -> None:
    found = add(desktop, SMS, refresh_by=date(2026, 11, 30))
    open_project_sheet(desktop.window.shell, found)
    sheet = desktop.sheet(ProjectSheet)
    assert sheet.entered() == ProjectInput(
        "Reminder pilot", "Try reminders", date(2026, 11, 23), date(2026, 12, 20), "mirrored", date(2026, 11, 30),
        (FeatureInput(SMS),),
    )  # fmt: skip
    sheet.name.setText("Reminder pilot 2")
    sheet.refresh_by.tick.setChecked(False)
    desktop.settle()
    sheet.submit()
    desktop.settle()
    assert (view(desktop).project.name, view(desktop).project.refresh_by) == ("Reminder pilot 2", None)


def test_starting_asks_for_what_each_plan_asks_for_and_plans_all(desktop: Desktop) -> None:
    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", "refreshed", desktop.app.clock.now()
    )
    made = projects(desktop, add(desktop, SMS, LEDGER).project.id)
    assert "may hold real" in texts(made).lower()
    desktop.click(buttons(made)["Start …"])
    sheet = desktop.sheet(StartSheet)
    desktop.reads(sheet, "can receive texts from this copy", "would reach real people")
    assert not sheet.primary.isEnabled()
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.looked.setChecked(True)
    assert not sheet.primary.isEnabled(), "the name is not typed yet"
    desktop.reads(sheet, 'Contact details may be real: type "Mirrored" to confirm.')
    desktop.bot.keyClicks(sheet.asked.typed, "Mirrored")
    assert sheet.primary.isEnabled()
    assert not sheet.primary.isDefault()
    desktop.click(sheet.primary)
    desktop.settle()
    assert {state.feature for state in view(desktop).in_use} == {SMS, LEDGER}
    assert isinstance(desktop.window.current, FeaturesPage)


def test_starting_with_a_refresh_leads_to_the_draft(desktop: Desktop) -> None:
    found = add(desktop, SMS, refresh_by=date(2026, 11, 30))
    desktop.window.shell.open_sheet(StartSheet(desktop.window.shell, found))
    sheet = desktop.sheet(StartSheet)
    desktop.reads(sheet, "Plan these features once it is done", "Mirrored has been requested already: PA-2")
    assert "Show PA-2" in buttons(sheet)
    desktop.click(sheet.primary)
    desktop.settle()
    assert isinstance(desktop.window.current, RequestsPage)
    number = view(desktop).project.request_id
    desktop.reads(desktop.window.current, f"PA-{number}: refresh of Mirrored")
    page = projects(desktop, found.project.id)
    assert "Plan the features …" not in buttons(page)
    desktop.reads(page, "to be planned after the refresh, which would drop the plan")


def test_the_sheet_of_a_started_project_does_not_ask_to_start_it(desktop: Desktop) -> None:
    found = add(desktop, SMS, refresh_by=date(2026, 11, 30))
    started = desktop.app.context.write(services.projects.start, found.project.id).value.project
    open_project_sheet(desktop.window.shell, desktop.app.context.read(services.projects.find, started.id))
    sheet = desktop.sheet()
    assert "until you start" not in texts(sheet)
    said: list[str] = []
    desktop.window.shell.said.connect(said.append)
    sheet.submit()
    desktop.settle()
    assert said == ["“Reminder pilot” is saved."]


def test_ending_says_what_is_still_on_and_leads_there(desktop: Desktop) -> None:
    found = add(desktop, "external-communications.worker-delivery")
    desktop.app.context.write(services.projects.start, found.project.id)
    made = projects(desktop, found.project.id)
    desktop.click(buttons(made)["End …"])
    sheet = desktop.sheet(CloseSheet)
    desktop.reads(sheet, "Worker Delivery is still on, and stays so")
    desktop.click(sheet.primary)
    desktop.settle()
    assert isinstance(desktop.window.current, FeaturesPage)
    assert view(desktop).project.state == "ended"
    shown = projects(desktop, found.project.id)
    desktop.reads(shown, "Closed")
    assert not shown.foot.primary.isVisibleTo(shown)
    assert "yet" not in texts(shown._card), "nothing of it is going to be planned or asked for"


def at_it(desktop: Desktop) -> QWidget:
    """What has the focus once the window is active again; it can be seen."""
    desktop.window.activateWindow()  # what a window manager does when a sheet was closed
    desktop.bot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=WAIT_MS)
    held = QApplication.focusWidget()
    assert held is not None
    assert not held.visibleRegion().isEmpty()
    return held


def test_what_was_planned_by_name_is_chosen_and_has_the_focus(desktop: Desktop) -> None:
    desktop.window.resize(1400, 760)
    many(desktop, 30)
    desktop.go("overview")
    plan = next(action for action in desktop.window.actions_by_name() if action.name == "Plan a project")
    plan.run()
    sheet = desktop.sheet(ProjectSheet)
    sheet.name.setText("Reminder pilot")
    sheet.purpose.setText("Try reminders")
    sheet.submit()
    desktop.settle()
    page = desktop.window.current
    assert isinstance(page, ProjectsPage)
    desktop.bot.waitUntil(lambda: page.table.chosen.name == "Reminder pilot", timeout=WAIT_MS)  # type: ignore[union-attr]
    assert at_it(desktop) is page.table
    assert page.table.viewport().rect().intersects(page.table.visualRect(page.table.currentIndex()))


@pytest.mark.parametrize("ends", ["End …", "Cancel the project …"])
def test_after_a_project_was_closed_the_focus_is_on_it_in_the_list(desktop: Desktop, ends: str) -> None:
    desktop.window.resize(1400, 760)
    found = add(desktop)
    desktop.app.context.write(services.projects.start, found.project.id)
    page = projects(desktop, found.project.id)
    choices = {page.foot.primary.text(): page.foot.primary, page.foot.other.text(): page.foot.other}
    held = choices.get(ends, page.foot.more)
    held.setFocus()
    page._close(page.view, ends=ends.startswith("End"))  # type: ignore[arg-type]
    desktop.click(desktop.sheet().primary)  # type: ignore[attr-defined]
    desktop.settle()
    assert at_it(desktop) is page.table
    assert page.table.chosen is not None
    assert page.table.chosen.id == found.project.id


def many(desktop: Desktop, count: int) -> list[int]:
    """Projects one after the other."""
    made = []
    for number in range(count):
        first = date(2026, 11, 23) + timedelta(days=number)
        wish = ProjectInput(f"Pilot {number}", "Try", first, first + timedelta(days=9))
        made.append(desktop.app.context.write(services.projects.add, wish).value.id)
    return made


def test_a_project_is_found_by_any_word_and_the_chosen_one_stays_chosen(desktop: Desktop) -> None:
    keys = many(desktop, 12)
    page = projects(desktop, keys[7])
    desktop.bot.keyClicks(page.search, "pilot 7")
    assert page.table.rows.rowCount() == 1
    assert page.table.chosen is not None
    assert page.table.chosen.id == keys[7]
    page.search.clear()
    assert page.table.rows.rowCount() == 12
    desktop.app.context.write(services.projects.cancel, keys[2])
    desktop.window.shell.operations.changed.emit(frozenset({"projects"}))
    desktop.settle()
    assert page.table.chosen.id == keys[7]


def test_the_list_asks_nothing_about_projects_that_nobody_looks_at(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(desktop, 30)
    looked: list[int] = []
    real = services.projects.find
    monkeypatch.setattr(services.projects, "find", lambda work, key: looked.append(key) or real(work, key))
    page = projects(desktop)
    assert page.table.rows.rowCount() == 30
    assert len(set(looked)) == 1


def test_overview_leads_to_the_project_it_speaks_of(desktop: Desktop) -> None:
    keys = many(desktop, 3)
    desktop.window.shell.go.emit("projects", f"project/{keys[2]}")
    desktop.settle()
    page = desktop.window.current
    assert isinstance(page, ProjectsPage)
    desktop.reads(page, "Pilot 2")


def test_the_year_of_a_project_shows_no_other_project(desktop: Desktop) -> None:
    found = add(desktop, SMS, refresh_by=date(2026, 11, 30))
    many(desktop, 3)
    page = projects(desktop, found.project.id)
    (picture,) = page.findChildren(YearPicture)
    told = picture.accessibleDescription()
    assert "Project “Reminder pilot”" in told
    assert "Needs External Communications: SMS" in told
    assert "Pilot 1" not in told


def test_the_year_has_room_for_hundreds_of_projects(desktop: Desktop) -> None:
    many(desktop, 20)
    bars = desktop.app.context.read(services.year.load).bars
    assert sum(bar.kind == "project" for bar in bars) == 13
    assert "8 more projects" in {bar.name for bar in bars}


def test_the_activity_page_shows_a_project_s_entry_at_once(desktop: Desktop) -> None:
    page = desktop.go("activity")
    before = page.table.model().rowCount()  # type: ignore[attr-defined]
    many(desktop, 1)
    desktop.window.shell.operations.changed.emit(frozenset({"projects"}))
    desktop.settle()
    desktop.bot.waitUntil(lambda: page.table.model().rowCount() > before, timeout=WAIT_MS)  # type: ignore[attr-defined]


def test_the_year_is_painted_and_told_in_words(desktop: Desktop) -> None:
    add(desktop, SMS, refresh_by=date(2026, 11, 30))
    made = year_card(desktop.app.context.read(services.year.load))
    desktop.bot.addWidget(made)
    made.resize(900, 700)
    made.show()
    assert not made.grab().isNull()
    (picture,) = made.findChildren(YearPicture)
    assert "Saturday 12 December 2026: upgrade, computed." in picture.accessibleDescription()
    assert "Project “Reminder pilot”: Monday 23 November 2026 to " in picture.accessibleDescription()
    assert picture.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert {"Upgrade, computed", "Feature on", "Project planned", "Refresh to come"} <= set(texts(made).splitlines())


@looks
@pytest.mark.parametrize("role", get_args(OnRole))
def test_the_legend_of_the_year_names_the_colours_that_are_drawn(desktop: Desktop, role: OnRole) -> None:
    view = desktop.app.context.read(services.year.load)
    bars = (Bar("on", view.first_day, view.last_day, "x", role=role), Bar("turn", view.first_day, view.last_day, "y"))
    made = year_card(replace(view, marks=(), bars=bars))
    desktop.bot.addWidget(made)
    assert texts(made).splitlines() == ["The year", LOOKS["on", role], "Repeats"]


@given(spans=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=12))
def test_bars_that_overlap_never_share_a_lane(spans: list[list[int]]) -> None:
    first = date(2026, 12, 1)
    bars = tuple(Bar("on", first + timedelta(days=a), first + timedelta(days=b), "x") for a, b in sorted(spans))
    lanes = lanes_of(bars)
    for (mine, bar), (theirs, other) in combinations(zip(lanes, bars, strict=True), 2):
        assert mine != theirs or bar.last_day < other.first_day or other.last_day < bar.first_day


# --- work that comes again -----------------------------------------------------------------------


def test_a_project_is_made_to_come_again_and_its_turns_stand_below_it_and_in_the_year(desktop: Desktop) -> None:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    sheet.name.setText("Fresh data")
    sheet.purpose.setText("Train with current data")
    sheet.first_day.setDate(QDate(2027, 1, 31))
    sheet.last_day.setDate(QDate(2027, 2, 5))
    assert not sheet.again.days.isVisibleTo(sheet)
    sheet.again.every.setCurrentIndex(sheet.again.every.findData("monthly"))
    assert not sheet.again.days.isVisibleTo(sheet), "there is no request to draft"
    sheet.refresh_by.tick.setChecked(True)
    sheet.refresh_by.field.setDate(QDate(2027, 1, 29))
    assert sheet.again.days.isVisibleTo(sheet)
    sheet.again.days.setValue(10)
    assert sheet.again.every.itemText(sheet.again.every.findData("after-upgrade")) == (
        "On the Sunday after each upgrade"
    )
    desktop.settle()
    sheet.submit()
    desktop.settle()
    found = view(desktop)
    assert found.project.recurs == Recurrence("monthly", 10)
    page = projects(desktop, 1)
    shown = texts(page)
    assert "Repeats every month. Its refresh request will be drafted on" in shown
    assert "28 Feb 2027 to" in shown
    year = desktop.app.context.read(services.year.load, 1)
    assert [bar.first_day for bar in year.bars if bar.kind == "turn"][:2] == [date(2027, 2, 28), date(2027, 3, 31)]


def test_a_turn_is_skipped_from_the_menu(desktop: Desktop) -> None:
    add(desktop, recurs=Recurrence("monthly"))
    page = projects(desktop, 1)
    next(action for action in page.foot.menu.actions() if action.text() == "Skip this turn").trigger()
    desktop.settle()
    assert view(desktop).project.first_day == date(2026, 12, 23)


def test_the_request_is_drafted_when_the_window_opens_and_shown_on_a_click(qtbot: Any, qapp: Any, demo: Any) -> None:
    today = demo.clock.now().date()
    wish = ProjectInput(
        "Fresh data", "Train with current data", today + timedelta(days=9), today + timedelta(days=9),
        refresh_by=today + timedelta(days=9), recurs=Recurrence("quarterly"),
    )  # fmt: skip
    demo.context.write(services.projects.add, wish)
    desktop = open_desktop(qtbot, qapp, demo)
    desktop.reads(desktop.window, "A refresh request was drafted for “Fresh data”, which repeats.")
    assert "A refresh of Mirrored has been requested already: PA-2" in desktop.window._strip.unread[-1].text
    first, second = sorted(demo.context.read(services.projects.listing), key=lambda project: project.id)
    assert (first.state, second.state) == ("started", "planned")
    assert demo.context.read(services.requests.find, first.request_id).request.status == "drafted"
    history = desktop.window.shell.history
    assert history is not None
    assert history.undo_name == "", "nobody did it here"
    show = next(item for name, item in buttons(desktop.window).items() if name == f"Show PA-{first.request_id}")
    desktop.click(show)
    desktop.settle()
    assert isinstance(desktop.window.current, RequestsPage)
    close(desktop)


def test_a_refresh_request_can_come_again_once_its_last_day_is_named(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("refresh")
    assert sheet.again is not None
    sheet.reason.setPlainText("Fresh data for the training")
    sheet.again.every.setCurrentIndex(sheet.again.every.findData("quarterly"))
    desktop.reads(sheet, "the next refreshes are counted from it")
    assert sheet.primary is not None
    assert not sheet.primary.isEnabled()
    sheet.latest.tick.setChecked(True)
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)
    sheet.submit()
    desktop.settle()
    assert [project.name for project in desktop.app.context.read(services.projects.listing)] == [
        "Refresh of Mirrored", "Refresh of Mirrored",
    ]  # fmt: skip
