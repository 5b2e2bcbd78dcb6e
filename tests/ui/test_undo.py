"""Undo and redo in the window: by key, menu and name, one after the other, and never inside a text field."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from penelope_admin import services
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.ui.dialogs.project import CloseSheet, ProjectSheet, open_project_sheet
from penelope_admin.ui.dialogs.restore import restore
from penelope_admin.ui.history import MOST
from tests.each import each
from tests.ui.conftest import Desktop, menu_names
from tests.ui.test_keys import have_focus
from tests.ui.test_projects import add, projects

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press_undo(desktop: Desktop) -> None:
    have_focus(desktop)
    desktop.bot.keyClick(desktop.window, Qt.Key.Key_Z, CTRL)
    desktop.settle()


def press_redo(desktop: Desktop) -> None:
    have_focus(desktop)
    desktop.bot.keyClick(desktop.window, Qt.Key.Key_Z, CTRL | SHIFT)
    desktop.settle()


def plan(desktop: Desktop, name: str) -> None:
    """Plan a project as a sheet does."""
    entered = ProjectInput(name, "Try reminders", date(2026, 12, 1), date(2026, 12, 20))
    desktop.window.shell.operations.run(
        lambda context: context.write(services.projects.add, entered),
        lambda done: desktop.window.shell.said.emit(f"“{done.value.name}” is saved."),
    )
    desktop.settle()


def names(desktop: Desktop) -> list[str]:
    return sorted(project.name for project in desktop.app.context.read(services.projects.listing))


def offered(desktop: Desktop, text: str) -> QPushButton:
    (found,) = [made for made in desktop.window._strip.findChildren(QPushButton) if made.text() == text]
    return found


def edit_menu(desktop: Desktop) -> list[str]:
    desktop.window._menus[1].aboutToShow.emit()
    return [name for name in menu_names([desktop.window._menus[1]]) if name.startswith(("Undo", "Redo"))]


def test_what_a_sheet_saved_is_undone_and_done_again_by_key(desktop: Desktop) -> None:
    open_project_sheet(desktop.window.shell)
    sheet = desktop.sheet(ProjectSheet)
    sheet.name.setText("Reminder pilot")
    sheet.purpose.setText("Try reminders")
    desktop.settle()
    sheet.submit()
    desktop.settle()
    assert names(desktop) == ["Reminder pilot"]
    press_undo(desktop)
    assert names(desktop) == []
    desktop.reads(desktop.window, "Undone: plan a project (“Reminder pilot”).")
    press_redo(desktop)
    assert names(desktop) == ["Reminder pilot"]
    desktop.reads(desktop.window, "Done again: plan a project (“Reminder pilot”).")


def test_the_line_at_the_bottom_offers_undo_and_then_redo(desktop: Desktop) -> None:
    plan(desktop, "One")
    desktop.click(offered(desktop, "Undo"))
    desktop.settle()
    assert names(desktop) == []
    desktop.click(offered(desktop, "Redo"))
    desktop.settle()
    assert names(desktop) == ["One"]


def test_an_older_word_offers_undo_no_more_once_something_else_would_be_undone(desktop: Desktop) -> None:
    plan(desktop, "One")
    entered = ProjectInput("Two", "Try", date(2026, 12, 1), date(2026, 12, 20))
    desktop.window.shell.operations.run(lambda c: c.write(services.projects.add, entered), lambda _: None)
    desktop.settle()
    assert "Undo" not in [made.text() for made in desktop.window._strip.findChildren(QPushButton)]


def test_several_keys_in_a_row_undo_one_after_the_other(desktop: Desktop) -> None:
    for name in ("One", "Two", "Three"):
        plan(desktop, name)
    history = desktop.window.shell.history
    assert history is not None
    for _ in range(3):
        history.undo()
    desktop.settle()
    assert names(desktop) == []
    for _ in range(2):
        history.redo()
    desktop.settle()
    assert names(desktop) == ["One", "Two"]
    plan(desktop, "Four")
    press_redo(desktop)
    assert names(desktop) == ["Four", "One", "Two"], "what comes after something new is gone"
    desktop.reads(desktop.window, "There is nothing to do again.")


def test_menu_and_palette_name_what_would_be_undone(desktop: Desktop) -> None:
    assert edit_menu(desktop)[:2] == ["Undo", "Redo"]
    plan(desktop, "One")
    assert edit_menu(desktop)[:2] == ["Undo: plan a project (“One”)", "Redo"]
    action = next(item for item in desktop.window.actions_by_name() if item.name.startswith("Undo: "))
    assert (action.name, action.keys) == ("Undo: plan a project (“One”)", "Ctrl+Z")
    action.run()
    desktop.settle()
    assert edit_menu(desktop)[:2] == ["Undo", "Redo: plan a project (“One”)"]
    assert offered(desktop, "Redo").isVisible(), "opening the menu takes nothing away"
    assert names(desktop) == []


def test_in_a_text_field_undo_is_the_field_s_own(desktop: Desktop) -> None:
    plan(desktop, "One")
    page = projects(desktop)
    page.search.setFocus()
    desktop.bot.keyClicks(page.search, "abc")
    desktop.bot.keyClick(page.search, Qt.Key.Key_Z, CTRL)
    desktop.settle()
    assert page.search.text() == ""
    assert names(desktop) == ["One"]
    desktop.bot.keyClick(page.search, Qt.Key.Key_Z, CTRL)
    desktop.settle()
    assert names(desktop) == ["One"], "also when there is nothing left to undo in it"
    desktop.bot.keyClicks(page.search, "x")
    desktop.window.undo_last()
    assert (page.search.text(), names(desktop)) == ("", ["One"])
    desktop.window.undo_last()
    desktop.settle()
    assert names(desktop) == []


def test_what_somebody_else_changed_meanwhile_is_told_and_left(desktop: Desktop) -> None:
    plan(desktop, "One")
    other = ProjectInput("By another", "Try", date(2026, 12, 1), date(2026, 12, 20))
    key = desktop.app.context.read(services.projects.listing)[0].id
    desktop.app.context.write(services.projects.change, key, other)
    press_undo(desktop)
    assert names(desktop) == ["By another"]
    desktop.reads(desktop.window.current, "cannot be undone or redone: plan a project (“One”)")
    assert edit_menu(desktop)[:2] == ["Undo", "Redo"]


def test_a_cancelled_project_is_back_after_undo(desktop: Desktop) -> None:
    view = add(desktop)
    desktop.window.shell.open_sheet(CloseSheet(desktop.window.shell, view, ends=False))
    sheet = desktop.sheet()
    sheet.submit()  # type: ignore[attr-defined]
    desktop.settle()
    press_undo(desktop)
    assert desktop.app.context.read(services.projects.find, view.project.id).project.state == "planned"


def test_so_many_actions_are_kept_and_no_more(desktop: Desktop) -> None:
    history = desktop.window.shell.history
    assert history is not None
    done: list[Any] = []
    entered = ProjectInput("One", "Try", date(2026, 12, 1), date(2026, 12, 20))
    done.append(desktop.app.context.write(services.projects.add, entered))
    for _ in range(MOST + 5):
        history.note(done[0])
    assert len(history._done) == MOST


def test_after_a_restore_nothing_of_before_can_be_undone(desktop: Desktop, qapp: QApplication) -> None:
    copy = desktop.app.home / "copy.db"
    services.backups.make(desktop.app.context, copy)
    plan(desktop, "One")
    problems: list[Exception] = []
    restore(desktop.window.shell, copy, lambda: None, problems.append)
    desktop.settle()
    assert problems == []
    assert edit_menu(desktop)[:2] == ["Undo", "Redo"]
    press_undo(desktop)
    desktop.reads(desktop.window, "There is nothing to undo.")


@each("page", ["overview", "features", "windows"])
def test_undo_works_from_every_page(desktop: Desktop, page: str) -> None:
    plan(desktop, "One")
    desktop.go(page)
    press_undo(desktop)
    assert names(desktop) == []


def test_settings_that_were_saved_are_undone_and_the_page_shows_it(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    before = desktop.app.context.read(services.agency.need_profile)
    page.form.telephone.setText("204-555-0100")
    page.save()
    desktop.settle()
    assert desktop.app.context.read(services.agency.need_profile).telephone == "204-555-0100"
    page.parts.setFocus()
    press_undo(desktop)
    assert desktop.app.context.read(services.agency.need_profile).telephone == before.telephone
    assert page.form is not None
    assert page.form.telephone.text() == before.telephone
    press_redo(desktop)
    assert page.form.telephone.text() == "204-555-0100"
    page.form.name.setText("Harbour Families")
    page.save()
    desktop.settle()
    known = desktop.app.context.read(services.agency.need_profile)
    assert (known.name, known.telephone) == ("Harbour Families", "204-555-0100"), "the page knows the newest version"
