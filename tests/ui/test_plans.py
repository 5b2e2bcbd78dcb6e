"""Plans in the window: taken along into a file, brought home with a choice for each conflict, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog

from penelope_admin import services
from penelope_admin.domain.plans import FeaturePlan, Item, ProjectPlan, own_id
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.gateways import plans as files
from penelope_admin.ui.dialogs import plan as plan_dialog
from penelope_admin.ui.dialogs.plan import BringSheet, TakeAlongSheet
from tests.ui.conftest import Desktop, looks, texts

PLANNED = ProjectInput("Reminder pilot", "Try reminders", date(2026, 12, 14), date(2026, 12, 20))


def add(desktop: Desktop) -> int:
    key = desktop.app.context.write(services.projects.add, PLANNED).value.id
    desktop.window.shell.operations.changed.emit(frozenset({"projects"}))
    return key


def act(desktop: Desktop, name: str) -> None:
    """Do something by its name, as menus and palette do."""
    next(action for action in desktop.window.actions_by_name() if action.name == name).run()
    desktop.settle()


def edited(desktop: Desktop, path: Path, change: Callable[[ProjectPlan], ProjectPlan | None]) -> Path:
    """The plan file of somebody who took everything along and changed the projects."""
    app = desktop.app
    plan = app.context.read(services.plans.taking.take_along, app.policy_sha256)
    items = tuple(
        Item(item.kind, item.id, item.base, change(item.plan)) if isinstance(item.plan, ProjectPlan) else item
        for item in plan.items
    )
    files.write(msgspec.structs.replace(plan, items=items), path)
    return path


def bring(desktop: Desktop, path: Path, monkeypatch: pytest.MonkeyPatch) -> BringSheet:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    act(desktop, "Bring a plan home")
    return desktop.sheet(BringSheet)


def name_of(desktop: Desktop, key: int) -> str:
    return desktop.app.context.read(services.projects.find, key).project.name


def rename(name: str) -> Callable[[ProjectPlan], ProjectPlan]:
    return lambda plan: msgspec.structs.replace(plan, name=name)


def rename_here(desktop: Desktop, key: int) -> None:
    known = desktop.app.context.read(services.projects.find, key).project
    entered = ProjectInput("Named here", known.purpose, known.first_day, known.last_day)
    desktop.app.context.write(services.projects.change, key, entered)


def test_everything_or_some_projects_are_taken_along(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, target = add(desktop), tmp_path / "along.pa-plan"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    for chosen in (False, True):
        act(desktop, "Take a plan along")
        sheet = desktop.sheet(TakeAlongSheet)
        if chosen:
            sheet.chosen.setChecked(True)
            assert not sheet.primary.isEnabled()
            sheet.ticks[key].setChecked(True)
        desktop.click(sheet.primary)
        desktop.settle()
        kinds = [item.kind for item in files.read(target)[0].items]
        assert (kinds == ["project"]) == chosen
        assert "project" in kinds


def test_a_conflict_shows_all_three_and_nothing_is_chosen_beforehand(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(desktop)
    path = edited(desktop, tmp_path / "x.pa-plan", rename("Named on the train"))
    rename_here(desktop, key)
    sheet = bring(desktop, path, monkeypatch)
    shown = texts(sheet)
    assert all(word in shown for word in ("Reminder pilot", "Named here", "Named on the train"))
    assert not sheet.primary.isEnabled()
    desktop.reads(sheet, "Still needed: a choice wherever both sides changed.")
    ((_, made),) = sheet.choices.items()
    assert not any(choice.isChecked() for choice in made.values())
    made["plan"].setChecked(True)
    desktop.click(sheet.primary)
    desktop.settle()
    assert name_of(desktop, key) == "Named on the train"


def test_what_was_brought_home_can_be_taken_back_at_once(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(desktop)
    sheet = bring(desktop, edited(desktop, tmp_path / "x.pa-plan", rename("Named on the train")), monkeypatch)
    assert "changed (Name)" in texts(sheet)
    desktop.click(sheet.primary)
    desktop.settle()
    assert name_of(desktop, key) == "Named on the train"
    desktop.window.undo_last()
    desktop.settle()
    assert name_of(desktop, key) == "Reminder pilot"
    act(desktop, "Take back the last plan")
    desktop.reads(desktop.window.current, "There is no plan that was brought home")


def test_what_the_rules_refuse_is_named_with_its_reason(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desktop)

    def too_late(plan: ProjectPlan) -> ProjectPlan:
        return msgspec.structs.replace(plan, first_day=date(2020, 1, 1), last_day=date(2020, 1, 2))

    sheet = bring(desktop, edited(desktop, tmp_path / "x.pa-plan", too_late), monkeypatch)
    assert "Not possible here, and left out:" in texts(sheet)
    assert "five years away" in texts(sheet)
    assert sheet.primary.isHidden()


def test_a_plan_to_switch_on_is_acknowledged_by_whoever_brings_it_home(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desktop.app
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", app.clock.now())
    plan = app.context.read(services.plans.taking.take_along, app.policy_sha256)
    content = FeaturePlan(
        environment="mirrored", feature="ms-exchange", change="enable", reason="Rooms", until=date(2026, 12, 20)
    )
    item = Item("feature-plan", own_id(content) or "", None, content)
    files.write(msgspec.structs.replace(plan, items=(item,)), tmp_path / "x.pa-plan")
    sheet = bring(desktop, tmp_path / "x.pa-plan", monkeypatch)
    (card,) = sheet.asked.values()
    assert not sheet.primary.isEnabled()
    card.fields.acknowledged.setChecked(True)
    assert "Still needed: the tick about the queue" in texts(card)
    assert not sheet.primary.isEnabled()
    card.fields.looked.setChecked(True)
    card.fields.typed.setText("Mirrored")
    desktop.click(sheet.primary)
    desktop.settle()
    pending = app.context.read(services.features.find, "ms-exchange").state.pending
    assert pending is not None
    assert pending.by == app.actor


def test_of_more_than_anybody_would_confirm_the_window_says_how_to_have_fewer(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_dialog, "MOST_ASKED", 0)
    key = add(desktop)
    path = edited(desktop, tmp_path / "x.pa-plan", rename("Named on the train"))
    rename_here(desktop, key)
    sheet = bring(desktop, path, monkeypatch)
    assert "1 things were changed on both sides" in texts(sheet)
    assert "choose “Some of the projects” where the plan is taken along" in texts(sheet)


@looks
def test_a_plan_that_changes_nothing_says_so(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = bring(desktop, edited(desktop, tmp_path / "x.pa-plan", lambda plan: plan), monkeypatch)
    assert "Everything in this plan is here already." in texts(sheet)
    assert sheet.primary.isHidden()


@looks
def test_a_file_that_is_no_plan_is_told_on_the_page(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pa-plan"
    path.write_text("{}", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    act(desktop, "Bring a plan home")
    desktop.reads(desktop.window.current, "is not a plan file")
    assert desktop.window.sheets == []
