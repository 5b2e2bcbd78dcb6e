"""Databases: the copies as a short list, one next step, history as a table, and posture worded by how it is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from penelope_admin import services
from penelope_admin.domain.features import State
from penelope_admin.services.mirror import checklists, ribbons
from penelope_admin.ui.dialogs.event import CorrectSheet
from penelope_admin.ui.dialogs.palette import Palette
from penelope_admin.ui.dialogs.wizard import Wizard
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.pages.activity import ActivityPage
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.widgets.rows_table import RowsTable
from tests.demo import AGENCY, NOW
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def databases(desktop: Desktop, key: str = "mirrored") -> DatabasesPage:
    page = desktop.page(DatabasesPage)
    page.choose(key)
    return page


def record(desktop: Desktop, kind: Any, **more: Any) -> None:
    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", kind, NOW - timedelta(minutes=30), **more
    )
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()


def shown(page: DatabasesPage) -> list[str]:
    """The buttons under the ribbon, by their words."""
    return [b.text() for b in page.detail.foot.findChildren(QPushButton) if b.isVisibleTo(page)]


def menu(page: DatabasesPage) -> list[str]:
    return [action.text() for action in page.detail.foot.menu.actions()]


@looks
def test_there_is_one_primary_one_secondary_and_the_rest_is_under_more(desktop: Desktop) -> None:
    page = databases(desktop)
    assert shown(page) == ["Start the check", "Request a refresh …", "More"]
    assert {"Record a refresh …", "Record an upgrade …", "Record a script …", "Check de-identification …"} == set(
        menu(page)
    )
    page = databases(desktop, "production")
    assert shown(page) == ["Record an upgrade …"]


@looks
def test_the_copies_are_a_list_and_another_choice_shows_another_life(desktop: Desktop) -> None:
    page = databases(desktop)
    assert [page.copies.item(row).text() for row in range(page.copies.count())] == [
        "Mirrored", "Training (option B)", "Production",
    ]  # fmt: skip
    page.choose("training-b")
    desktop.reads(page, "De-identified, says the help centre, not checked")
    desktop.window.shell.operations.changed.emit(frozenset({"environments"}))
    desktop.settle()
    assert page.key == "training-b", "a change chooses nothing"


def test_a_check_list_that_was_passed_is_said_beside_data_that_nobody_checked(desktop: Desktop) -> None:
    context = desktop.app.context
    found = context.read(checklists.newest, "mirrored")
    assert found is not None
    for number, line in enumerate(found.lines):
        context.write(checklists.answer, found.event.id, line.effect.number, "pass", "Looked")
        said = context.read(ribbons.read_ribbon, "mirrored").basis
        assert ("was passed on" in said) == (number == len(found.lines) - 1)
    told = "No check of its data is recorded since it last changed. The check-list after the upgrade"
    desktop.reads(databases(desktop), told)
    desktop.reads(desktop.go("overview"), told)


def test_posture_is_worded_by_how_it_is_known(desktop: Desktop) -> None:
    page = databases(desktop)
    desktop.reads(page, "De-identified by upgrade, not checked")
    record(desktop, "script-run", outcome="de-identified")
    desktop.reads(page, "De-identified by script, not checked")
    record(desktop, "refreshed")
    desktop.reads(page, "May hold real contacts")


@looks
def test_a_part_of_the_ribbon_chooses_its_row_in_the_history(desktop: Desktop) -> None:
    page = databases(desktop)
    upgraded = next(row.event.id for row in page.detail.copy.happened if row.event.kind == "upgraded")
    desktop.window.shell.go.emit("databases", f"mirrored/event/{upgraded}")
    desktop.settle()
    assert page.detail.history.chosen is not None
    assert page.detail.history.chosen.event.id == upgraded


@looks
def test_a_row_s_menu_opens_its_check_list_or_takes_it_back(desktop: Desktop) -> None:
    page = databases(desktop)
    upgraded = next(row.event.id for row in page.detail.copy.happened if row.event.kind == "upgraded")
    page.detail.history.choose(upgraded)
    made = page.detail.history.menu()
    assert made is not None
    names = {action.text(): action for action in made.actions()}
    assert list(names) == ["Open its check-list", "Recorded by mistake …"]
    names["Recorded by mistake …"].trigger()
    sheet = desktop.sheet(CorrectSheet)
    sheet.reject()


def test_what_was_recorded_by_mistake_stays_in_the_history_crossed_out(desktop: Desktop) -> None:
    record(desktop, "refreshed")
    page = databases(desktop)
    newest = page.detail.copy.happened[0].event.id
    desktop.app.context.write(services.mirror.environments.correct_event, newest, "Another database")
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    rows = page.detail.history.rows
    font = rows.data(rows.index(rows.row_of(newest), 1), 6)
    assert font is not None
    assert font.strikeOut()  # type: ignore[attr-defined]


def test_one_look_at_all_features_is_one_line_of_the_history(desktop: Desktop) -> None:
    page = databases(desktop)
    before = page.detail.history.rows.rowCount()
    seen: dict[str, State] = dict.fromkeys(desktop.app.policy.feature, "off")
    desktop.app.context.write(services.features.record_seen, "mirrored", seen)
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    rows = page.detail.history.rows
    assert rows.rowCount() == before + 1
    assert rows.data(rows.index(0, 1)) == f"Features seen: {len(seen)} off"


@pytest.mark.parametrize("name", ["databases", "projects", "windows"])
def test_a_cancelled_wizard_leaves_set_up_on_every_page_and_no_command_line(new_desktop: Desktop, name: str) -> None:
    new_desktop.sheet().reject()
    page = new_desktop.go(name)
    new_desktop.reads(page, "Once your agency is set up")
    assert "penelope-admin" not in texts(page)
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "Set up your agency (1 minute) …")
    assert not page._filled.isVisible(), "lists of nothing"
    new_desktop.click(button)
    assert isinstance(new_desktop.sheet(), Wizard)
    new_desktop.app.context.write(services.agency.set_up, AGENCY)
    new_desktop.window._changed(frozenset({"agency"}))
    new_desktop.settle()
    assert page._filled.isVisible()


@looks
def test_a_column_grows_with_what_is_recorded_later_and_never_shrinks(desktop: Desktop) -> None:
    table: RowsTable[str] = RowsTable(
        desktop.window.shell, "grows", "Empty", [Column("Of", str), Column("Said", str)], lambda row: row
    )
    desktop.bot.addWidget(table)
    table.resize(600, 200)
    widths = []
    for rows in (["today"], ["today", "Wednesday 25 November"], ["today"]):
        table.show_rows(rows)
        widths.append(table.columnWidth(0))
    assert widths[0] < table.fontMetrics().horizontalAdvance("Wednesday 25 November") < widths[1] == widths[2]


def take_back_by_name(desktop: Desktop) -> None:
    desktop.bot.keyClick(desktop.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    found = desktop.sheet(Palette)
    desktop.bot.keyClicks(found.search, "take back upgrade mirrored")
    desktop.bot.keyClick(found.search, Qt.Key.Key_Return)
    desktop.settle()


def take_back_beside_the_windows(desktop: Desktop) -> None:
    page = desktop.go("windows")
    desktop.reads(page, "Last upgrade of Mirrored on record")
    (made,) = [
        found
        for found in page.findChildren(QPushButton)
        if found.accessibleName() == "The upgrade of Mirrored was recorded by mistake"
    ]
    desktop.click(made)


def take_back_in_the_log(desktop: Desktop) -> None:
    page = desktop.page(ActivityPage)
    desktop.bot.waitUntil(lambda: page.model.rowCount() > 0, timeout=WAIT_MS)
    actions = [entry.action for entry in page.model.items]
    page.table.selectRow(actions.index("feature.enable-planned"))
    assert not page.mistake.isVisible()
    rows = [row for row, action in enumerate(actions) if action == "environment.upgraded"]
    page.table.selectRow(next(row for row in rows if page.model.items[row].subject == "mirrored"))
    desktop.click(page.mistake)


@pytest.mark.parametrize("way", [take_back_by_name, take_back_beside_the_windows, take_back_in_the_log])
def test_a_recorded_upgrade_is_taken_back_by_one_action_from_where_one_looks(
    desktop: Desktop, way: Callable[[Desktop], None]
) -> None:
    desktop.window.resize(1200, 760)
    way(desktop)
    sheet = desktop.sheet(CorrectSheet)
    desktop.reads(sheet, "Recorded by mistake: Mirrored", "4.26.11")
    said: list[str] = []
    desktop.window.shell.said.connect(said.append)
    sheet.remark.setText("It was another database")
    desktop.click(sheet.primary)
    desktop.settle()
    assert said[0].startswith("Mirrored: marked as a mistake. ")
    views = desktop.app.context.read(services.mirror.environments.find_all)
    assert next(view.posture.last_upgrade for view in views if view.environment.key == "mirrored") is None
    page = desktop.go("windows")
    desktop.reads(page, "Selected window")
    assert "Last upgrade of Mirrored on record" not in texts(page)
