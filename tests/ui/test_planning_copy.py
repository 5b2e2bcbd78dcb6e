"""A planning copy in the window: started from a plan file, marked on every page, and no place to record or send."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.gateways import plans as files
from penelope_admin.ui import printing
from penelope_admin.ui.dialogs.plan import BringSheet
from penelope_admin.ui.dialogs.switch import DisableSheet
from penelope_admin.ui.dialogs.wizard import Wizard
from penelope_admin.ui.pages.databases.page import DatabasesPage
from penelope_admin.ui.pages.features.page import FeaturesPage
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.widgets.planning import PlanningBar
from tests.demo import NOW, open_demo
from tests.ui.conftest import Desktop, close, open_desktop, texts


@pytest.fixture(scope="module")
def file(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan taken along from the demo agency, with a project in it; the agency is beside it."""
    folder = tmp_path_factory.mktemp("office")
    app = open_demo(shutil.copytree(demo_home, folder / "home"))
    app.context.write(
        services.projects.add, ProjectInput("Train", "Try reminders", date(2026, 12, 14), date(2026, 12, 20))
    )
    path = folder / "x.pa-plan"
    files.write(app.context.read(services.plans.taking.take_along, app.policy_sha256), path)
    app.forget_database()
    return path


@contextmanager
def started(bot: QtBot, qapp: QApplication, file: Path, home: Path) -> Iterator[Desktop]:
    """A new data folder, started from that file in the wizard."""
    desktop = open_desktop(bot, qapp, App(home, clock=FixedClock(NOW)))
    wizard = desktop.sheet(Wizard)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
        wizard.start_from_plan()
        desktop.settle()
    sheet = desktop.sheet(BringSheet)
    assert "Project “Train”: added" in texts(sheet)
    desktop.click(sheet.primary)
    desktop.settle()
    try:
        yield desktop
    finally:
        close(desktop)


@pytest.fixture(scope="module")
def laptop(
    request: pytest.FixtureRequest, qapp: QApplication, file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desktop]:
    """A planning copy to look at."""
    with started(QtBot(request), qapp, file, tmp_path_factory.mktemp("laptop") / "new") as made:
        yield made


def bar(desktop: Desktop) -> str:
    (found,) = (made for made in desktop.window.findChildren(PlanningBar) if made.isVisibleTo(desktop.window))
    return texts(found)


def test_every_page_of_a_planning_copy_says_of_what_day_it_is(laptop: Desktop) -> None:
    for room in ROOMS:
        laptop.go(room.name)
        assert "databases are as of Friday 20 November 2026" in bar(laptop)
    assert "As of " in texts(laptop.go("databases"))
    assert "Train" in [project.name for project in laptop.app.context.read(services.projects.listing)]


def test_a_newer_plan_file_makes_the_bar_and_what_is_known_newer(
    qtbot: QtBot, qapp: QApplication, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, later = tmp_path / "newer.pa-plan", FixedClock(NOW + timedelta(days=2))
    app = open_demo(shutil.copytree(file.parent / "home", tmp_path / "home"), later)
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", later.now())
    files.write(app.context.read(services.plans.taking.take_along, app.policy_sha256), newer)
    app.forget_database()
    with started(qtbot, qapp, file, tmp_path / "new") as laptop:
        laptop.app.clock.instant = later.instant  # type: ignore[attr-defined]
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(newer), ""))
        next(action for action in laptop.window.actions_by_name() if action.name == "Bring a plan home").run()
        laptop.settle()
        sheet = laptop.sheet()
        assert "What is known of your agency and its databases becomes that of Sunday 22 November 2026" in texts(sheet)
        assert isinstance(sheet, BringSheet)
        assert sheet.primary is not None
        laptop.click(sheet.primary)
        laptop.settle()
        assert "databases are as of Sunday 22 November 2026" in bar(laptop)
        assert "refreshed on Sunday 22 November 2026" in texts(laptop.go("databases"))


def test_an_agency_of_one_s_own_has_no_such_bar(desktop: Desktop) -> None:
    assert all(made.isHidden() for made in desktop.window.findChildren(PlanningBar))


def test_what_records_or_sends_says_at_once_why_it_is_not_done_here(laptop: Desktop) -> None:
    page = laptop.page(DatabasesPage)
    page.record("mirrored", "refreshed")
    laptop.reads(page, "This is a planning copy with what was known on Friday 20 November 2026")
    assert laptop.window.sheets == []


def test_planning_a_switch_there_offers_no_record_of_it(laptop: Desktop) -> None:
    page = laptop.page(FeaturesPage)
    page._do("disable", "general-ledger")
    laptop.settle()
    sheet = laptop.sheet(DisableSheet)
    assert not sheet.already_done.isVisibleTo(sheet)
    sheet.reject()


def test_every_printed_page_says_of_what_day_it_is(laptop: Desktop, stamps: list[str]) -> None:
    assert printing.print_html(laptop.window, laptop.window.shell, "<html><body>One line</body></html>")
    assert stamps == [laptop.window.shell.planning_note]
    assert "as of Friday 20 November 2026" in stamps[0]
