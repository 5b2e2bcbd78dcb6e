"""A window of training on a practice folder of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin.app import TrainingApp
from tests.ui.conftest import FIRST, Desktop, close, open_desktop


@pytest.fixture
def training(qtbot: QtBot, qapp: QApplication, practice: TrainingApp) -> Iterator[Desktop]:
    """The window on it, on the page that opens soonest."""
    made = open_desktop(qtbot, qapp, practice, page=FIRST)
    yield made
    close(made)
