"""A terminal without a display, on a data folder of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import DISPLAYS, Terminal


@pytest.fixture
def terminal(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Nothing is set up yet."""
    for name in (*DISPLAYS, "PENELOPE_ADMIN_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path / "home", capsysbinary)


@pytest.fixture
def agency(terminal: Terminal) -> Terminal:
    """An agency is set up."""
    return terminal.init()


@pytest.fixture
def practice(terminal: Terminal, practice_home: Path) -> Terminal:
    """A terminal beside whose data folder, which is not there, practice was made already."""
    shutil.copytree(practice_home, terminal.home.with_name("home-training"))
    return terminal
