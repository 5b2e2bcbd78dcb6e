"""A window of training on a practice folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin.app import TrainingApp
from tests.practice import copy_practice, make_practice
from tests.ui.conftest import Desktop, close, open_desktop


@pytest.fixture(scope="session")
def practice_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice folder at its beginning; tests take copies."""
    return make_practice(tmp_path_factory.mktemp("practice") / "home-training")


@pytest.fixture
def practice(tmp_path: Path, practice_home: Path) -> Iterator[TrainingApp]:
    """The program on a practice folder of its own."""
    app = copy_practice(practice_home, tmp_path / "home-training")
    yield app
    app.forget_database()


@pytest.fixture
def training(qtbot: QtBot, qapp: QApplication, practice: TrainingApp) -> Iterator[Desktop]:
    """The window on it."""
    made = open_desktop(qtbot, qapp, practice)
    yield made
    close(made)
