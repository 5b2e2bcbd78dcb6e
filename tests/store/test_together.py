"""Several programs on one database: one unbroken log, and what was acknowledged stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from penelope_admin.store import audit
from penelope_admin.store.engine import Store
from tests.store.files import counts, is_sound, opened, write

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from tests.store.files import opened, write

file, number, who = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
with opened(file) as store:
    for nth in range(number):
        write(store, who=who)
        print(nth, flush=True)
"""


def start(file: Path, number: int, who: str) -> subprocess.Popen[str]:
    """Another process that opens the database when it is told to, and writes."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(number), who],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def finish(process: subprocess.Popen[str]) -> None:
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, ""), out


def writers(store: Store) -> list[str]:
    """Who wrote each entry, oldest first."""
    with store.reading() as connection:
        return [entry.who for entry in audit.page(connection, limit=10_000)][::-1]


def test_two_programs_that_write_in_turn_keep_one_log(file: Path) -> None:
    with opened(file) as here, opened(file) as there:
        for _ in range(5):
            write(here, who="here")
            write(there, 2, who="there")
            assert counts(here) == counts(there)
        assert counts(here) == (15, 15, None)
        assert writers(here) == ["here", "there", "there"] * 5


def test_what_one_program_wrote_another_sees_at_once(file: Path) -> None:
    with opened(file) as here, opened(file) as there:
        assert counts(there) == (0, 0, None)
        write(here)
        assert counts(there) == (1, 1, None)


def test_threads_that_write_at_once_keep_one_log(file: Path) -> None:
    """Half of them share a store, half have one each."""
    together, number = 6, 15
    barrier = Barrier(together)
    with opened(file) as shared:

        def work(nth: int) -> None:
            barrier.wait()
            if nth % 2:
                write(shared, number, who=f"thread {nth}")
            else:
                with opened(file) as own:
                    write(own, number, who=f"thread {nth}")

        with ThreadPoolExecutor(together) as pool:
            list(pool.map(work, range(together)))
        assert counts(shared) == (together * number, together * number, None)
        assert sorted(writers(shared)) == sorted(f"thread {nth}" for nth in range(together) for _ in range(number))


def test_programs_that_make_the_database_at_once_and_write_at_once_make_one_and_keep_one_log(file: Path) -> None:
    others = [start(file, 40, f"process {nth}") for nth in range(2)]
    for other in others:
        go(other)
    for other in others:
        finish(other)
    with opened(file) as store:
        assert counts(store) == (80, 80, None)
        assert sorted(writers(store)) == ["process 0"] * 40 + ["process 1"] * 40
    assert is_sound(file)


def test_threads_that_make_the_database_at_once_make_one(tmp_path: Path) -> None:
    for attempt in range(5):
        file = tmp_path / f"{attempt}.db"
        barrier = Barrier(4)

        def make(_nth: int, file: Path = file, barrier: Barrier = barrier) -> None:
            barrier.wait()
            with opened(file) as store:
                write(store)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(make, range(4)))
        with opened(file) as store:
            assert counts(store) == (4, 4, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_acknowledged_survives_a_program_that_is_killed(file: Path) -> None:
    """The program says each number after its transaction was committed, and is killed in the middle of the next."""
    acknowledged = 7
    with start(file, 100_000, "killed") as writer:
        go(writer)
        assert writer.stdout is not None
        for nth in range(acknowledged):
            assert writer.stdout.readline() == f"{nth}\n"
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read()  # `communicate` would forget what was read ahead of the lines before
    assert writer.returncode == -signal.SIGKILL
    said = acknowledged + len(rest.splitlines())
    with opened(file) as store:
        deeds, entries, broken = counts(store)
        assert deeds == entries
        assert broken is None
        assert said <= deeds <= said + 1  # the last one may have been kept before it could be said
        write(store)
        assert counts(store) == (deeds + 1, entries + 1, None)
    assert is_sound(file)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_transaction_that_was_open_when_its_program_was_killed_never_happened(file: Path) -> None:
    script = """
import sys
from pathlib import Path
import sqlalchemy as sa
from penelope_admin.store import audit, schema
from tests.store.files import NOW, opened, write

with opened(Path(sys.argv[1])) as store:
    write(store, 2)
    with store.writing() as connection:
        for nth in range(500):
            audit.append(connection, at=NOW, who="killed", action="a", subject="x" * 1000)
        connection.execute(sa.delete(schema.notice))
        print("in the middle", flush=True)
        sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
    with opened(file) as store:
        assert counts(store) == (2, 2, None)
