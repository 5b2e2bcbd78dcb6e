"""The log of a run: small, private, of use to whoever looks for a fault, and without anything of clients."""

from __future__ import annotations

import faulthandler
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from penelope_admin.files import private_folder
from penelope_admin.runlog import CRASHES, FOLDER, KEPT, LARGEST, LONGEST, NAME, RunLog, plain_words
from tests.each import each


@pytest.fixture
def caught() -> list[BaseException]:
    return []


@pytest.fixture
def log(tmp_path: Path, caught: list[BaseException]) -> Iterator[RunLog]:
    was_enabled = faulthandler.is_enabled()
    made = RunLog(tmp_path, caught.append)
    yield made
    made.close()
    if was_enabled:
        faulthandler.enable()


def read(home: Path) -> str:
    return (home / FOLDER / NAME).read_text("utf-8")


def test_it_begins_with_what_runs(log: RunLog, tmp_path: Path) -> None:
    assert "Penelope Admin" in read(tmp_path)
    assert "Python" in read(tmp_path)


def test_only_this_user_can_read_it(log: RunLog, tmp_path: Path) -> None:
    for file in (tmp_path / FOLDER).iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_data_folder_that_the_log_makes_is_closed_to_others(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "home", FOLDER)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder)] == [0o700, 0o700]


def test_it_stays_small_however_much_is_said(log: RunLog, tmp_path: Path) -> None:
    for _ in range(3 * (KEPT + 1) * LARGEST // 300):
        log.note("x" * 280)
    files = list((tmp_path / FOLDER).glob(f"{NAME}*"))
    assert len(files) == KEPT + 1
    assert all(file.stat().st_size <= LARGEST for file in files)


@each(
    "text",
    [
        'cannot open "Jane Doe.eml"', "mailto:jane.doe@mail.example failed", "204-555-0198 is no address",
        "no file /home/jane/Downloads/clients.csv", "C:\\Users\\jane\\x", "‘x’ “Jane Doe” left",
        'cannot open "Jane Doe', "cannot open 'Jane Doe", "cannot open “Jane Doe", "don't open 'Jane Doe'",
    ],
)  # fmt: skip
def test_what_a_library_quotes_is_not_written(text: str) -> None:
    assert not any(part in plain_words(text) for part in ("Jane", "jane", "555", "0198"))


def test_what_a_library_says_without_quoting_is_written() -> None:
    assert plain_words("QFont couldn't be made,\n it is said") == "QFont couldn't be made, it is said"


def test_a_long_word_of_a_library_s_takes_no_time() -> None:
    assert plain_words("x" * 5_000_000) == "x" * LONGEST


def test_of_an_error_kind_and_place_are_written_and_never_its_words(log: RunLog, tmp_path: Path) -> None:
    try:
        raise ValueError("Jane Doe, born 4 March 1987")
    except ValueError as error:
        log.failed(error)
    assert "ValueError in test_runlog.py:" in read(tmp_path)
    assert "Jane" not in read(tmp_path)


def test_what_a_thread_raises_is_written_and_told(log: RunLog, tmp_path: Path, caught: list[BaseException]) -> None:
    def work() -> None:
        raise KeyError("secret")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [type(error) for error in caught] == [KeyError]
    assert "KeyError" in read(tmp_path)
    assert "secret" not in read(tmp_path)


def test_a_crash_of_the_interpreter_leaves_where_it_stood(tmp_path: Path) -> None:
    script = (
        "import ctypes, pathlib, sys\nfrom penelope_admin.runlog import RunLog\n"
        "RunLog(pathlib.Path(sys.argv[1]), print)\nctypes.string_at(0)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=False)
    assert run.returncode != 0
    assert "Fatal Python error" in (tmp_path / FOLDER / CRASHES).read_text("utf-8")
