"""The window where two copies have their features switched, and neither is called "mirrored"."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from tests.copies import FIRST, SECOND, use_two_copies
from tests.demo import NOW, open_demo
from tests.ui.conftest import Desktop, close, open_desktop


@pytest.fixture(scope="module")
def copies_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an agency with both; the second was upgraded, and has the general ledger on."""
    home = tmp_path_factory.mktemp("copies") / "home"
    use_two_copies(home)
    app = open_demo(home)
    profile = Profile(name="Harbour", region="CA", zone="America/Resolute", environments=(FIRST, SECOND))
    app.context.write(services.agency.set_up, profile)
    app.context.write(services.mirror.environments.record_event, SECOND, "upgraded", NOW - timedelta(days=1))
    app.context.write(
        services.features.switch, "general-ledger", "enable", reason="Pilot", environment=SECOND,
        until=NOW.date() + timedelta(days=9), acknowledgement=Acknowledgement(phi=True, environment=SECOND),
        already_done=True,
    )  # fmt: skip
    app.forget_database()
    return home


@pytest.fixture
def copies(qtbot: QtBot, qapp: QApplication, tmp_path: Path, copies_home: Path) -> Iterator[Desktop]:
    """The window on a copy of it."""
    desktop = open_desktop(qtbot, qapp, open_demo(shutil.copytree(copies_home, tmp_path / "home")))
    yield desktop
    close(desktop)


def test_the_page_of_features_shows_the_copy_that_is_chosen(copies: Desktop) -> None:
    page = copies.page(FeaturesPage)
    assert page.copies.isVisible()
    shown: list[set[str]] = []
    for key in (SECOND, FIRST):
        page.copies.setCurrentIndex(page.copies.findData(key))
        page.copies.activated.emit(page.copies.currentIndex())
        copies.settle()
        shown.append({view.state.state for view in page.model.items})
        assert {view.state.environment for view in page.model.items} == {key}
    assert shown == [{"on", "off"}, {"unknown"}]


def test_what_waits_in_a_copy_leads_to_its_feature_there(copies: Desktop) -> None:
    page = copies.page(FeaturesPage)
    for key in (SECOND, FIRST):
        copies.window.go("features", f"{key}/general-ledger")
        copies.settle()
        assert page.chosen is not None
        assert (page.chosen.state.environment, page.chosen.feature.key) == (key, "general-ledger")


def test_both_have_check_lists_and_can_be_recorded_by_name(copies: Desktop) -> None:
    page = copies.page(DatabasesPage)
    names = [action.name for action in DatabasesPage.actions_by_name(copies.app.policy)]
    assert {"Record an upgrade of the project copy", "Record an upgrade of Migration"} < set(names)
    page.choose(SECOND)
    copies.settle()
    assert page.usual == SECOND
    page.detail.open_newest()
    assert page.is_running
    assert page.run_.check_list.event.environment == SECOND


def test_one_copy_is_not_to_be_chosen_from(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    assert not page.copies.isVisible()
