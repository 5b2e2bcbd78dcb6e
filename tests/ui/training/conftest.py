"""A window of training on a practice folder of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin.app import TrainingApp
from tests.ui.conftest import Desktop, close, open_desktop


@pytest.fixture
def training(qtbot: QtBot, qapp: QApplication, practice: TrainingApp) -> Iterator[Desktop]:
    """The window on it."""
    made = open_desktop(qtbot, qapp, practice)
    yield made
    close(made)
