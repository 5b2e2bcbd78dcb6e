"""One program for each data folder: a second start shows the window of the first."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from penelope_admin.ui.only import LOCK, Only, _name
from tests.ui.conftest import WAIT_MS, Desktop

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def first(desktop: Desktop) -> Iterator[Desktop]:
    """A window that is the first program's."""
    only = Only(desktop.app.home)
    assert only.is_first()
    only.listen(desktop.window)
    yield desktop
    only.let_go()


def start(desktop: Desktop, *arguments: str) -> int:
    """Start the program once more on the same folder, and let it end. Its exit code."""
    second = subprocess.Popen(
        [sys.executable, "-m", "penelope_admin", "--home", str(desktop.app.home), "gui", *arguments],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
    )
    desktop.bot.waitUntil(lambda: second.poll() is not None, timeout=4 * WAIT_MS)
    return second.wait()


def test_a_second_start_shows_the_first_window_and_the_page_that_was_wanted(first: Desktop) -> None:
    first.window.showMinimized()
    assert start(first, "--page", "support") == 0
    assert not first.window.isMinimized()
    assert first.window.current.name == "support"


def test_one_in_the_background_leaves_the_window_as_it_is(first: Desktop) -> None:
    first.window.hide()
    assert start(first, "--background") == 0
    assert not first.window.isVisible()
    first.window.show()


def test_whoever_asks_for_something_else_gets_nothing(first: Desktop) -> None:
    first.window.hide()
    socket = QLocalSocket()
    socket.connectToServer(_name(first.app.home))
    socket.write(b"x" * 10_000)
    first.bot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState, timeout=WAIT_MS)
    assert not first.window.isVisible()
    first.window.show()


def test_a_page_that_does_not_exist_only_shows_the_window(first: Desktop) -> None:
    shown = first.window.current.name
    socket = QLocalSocket()
    socket.connectToServer(_name(first.app.home))
    socket.write(b"../etc\n")
    first.bot.waitUntil(lambda: socket.bytesAvailable() > 0, timeout=WAIT_MS)
    assert first.window.current.name == shown


def test_the_place_is_free_again_when_the_first_has_ended(tmp_path: Path) -> None:
    one, two = Only(tmp_path), Only(tmp_path)
    assert one.is_first()
    assert not two.is_first()
    one.let_go()
    assert two.is_first()
    two.let_go()


def test_a_first_program_that_gives_no_answer_keeps_nobody_from_working(tmp_path: Path) -> None:
    one = Only(tmp_path)
    assert one.is_first()
    assert not Only(tmp_path).raise_first("", hidden=False)
    one.let_go()


@pytest.mark.parametrize("content", [b"", b"junk", b"1\nx\nanother-computer\n"])
def test_a_lock_that_says_nothing_or_is_another_computer_s_keeps_nobody_from_working(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / LOCK).write_bytes(content)
    assert Only(tmp_path).is_first()


def test_before_there_is_a_folder_everybody_is_the_first(tmp_path: Path) -> None:
    assert Only(tmp_path / "none").is_first()


def test_the_lock_is_the_person_s_own(tmp_path: Path) -> None:
    only = Only(tmp_path)
    assert only.is_first()
    assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) == 0o600
    only.let_go()


def test_a_folder_with_a_long_name_has_a_place_all_the_same(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    assert _name(long).startswith("penelope-admin-")
