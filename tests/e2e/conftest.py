"""An agency on a data folder of its own, as the services and as the command line see it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from penelope_admin.clock import SystemClock
from penelope_admin.policy import Policy
from penelope_admin.services.work import Context
from tests.cli.terminal import DISPLAYS, Terminal
from tests.services.house import open_context


@pytest.fixture
def terminal(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """An agency is set up; its mirrored database was upgraded. That is done once, and copied."""
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    made = tmp_path_factory.getbasetemp() / "upgraded"
    if not made.exists():
        Terminal(made, capsysbinary).init()("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    return Terminal(shutil.copytree(made, tmp_path / "home"), capsysbinary)


@pytest.fixture
def context(terminal: Terminal, policy: Policy) -> Iterator[Context]:
    """The services on the same data folder."""
    context = open_context(terminal.home, policy, SystemClock())
    yield context
    context.store.close()
