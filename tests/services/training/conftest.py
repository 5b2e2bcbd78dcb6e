"""Practice for tests of services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penelope_admin.app import TrainingApp
from tests.practice import copy_practice, make_practice


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
