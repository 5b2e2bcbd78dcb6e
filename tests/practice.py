"""A practice folder for tests: made once in a session, copied for each test."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from penelope_admin.app import TrainingApp
from penelope_admin.clock import FixedClock
from penelope_admin.services.training import home as homes
from penelope_admin.services.training.clock import FILE, SimulatedClock

REAL = datetime(2031, 5, 1, 12, tzinfo=UTC)
"""Real time, which stands still in tests."""


def make_practice(folder: Path) -> Path:
    """A practice folder at its beginning, made unless it is there; gives back where it is."""
    homes.ensure(folder)
    return folder


def copy_practice(made: Path, folder: Path) -> TrainingApp:
    """The program on a copy of it."""
    app = TrainingApp(shutil.copytree(made, folder))
    app.clock = SimulatedClock(folder / FILE, FixedClock(REAL))
    return app
