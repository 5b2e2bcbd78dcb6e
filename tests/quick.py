"""What makes all tests quick: what is compiled, migrated and read is so once, and nothing is waited for."""

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin import policy
from penelope_admin.mail import line
from penelope_admin.policy import Policy
from penelope_admin.policy.tables import TableFile
from penelope_admin.store import dialects, migrate
from penelope_admin.store.engine import Store

_TESTS = Path(__file__).parent
_MOST_POLICIES = 16
_MEMORY, _ROOM = Path("/dev/shm"), 2 * 1024**3
PRAGMAS = dialects.SQLITE_PRAGMAS
"""What a connection of the program is set up with; in tests it does not wait for the disk."""


def wait_for_no_disk() -> None:
    """Let nothing of a test be flushed to the disk: no test takes the power away, and a kill loses nothing.

    Programs that tests start, and kill, are not concerned.
    """
    os.fsync = lambda _: None
    unhurried = (pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in PRAGMAS)
    dialects.SQLITE_PRAGMAS = tuple(unhurried)


def look_often() -> None:
    """Let a line to a mail server that waits see at once that it was stopped, or that its time is over."""
    line._LOOK_SECONDS = 0.01


def keep_files_in_memory() -> None:
    """Have temporary folders in memory, those of started programs too, where the system offers enough of it.

    Whoever names a place in `TMPDIR` has them there.
    """
    is_fit = (
        _MEMORY.is_dir()
        and shutil.disk_usage(_MEMORY).free > _ROOM
        and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC  # some tests start what they have put there
    )
    if is_fit:
        os.environ.setdefault("TMPDIR", str(_MEMORY))
        tempfile.tempdir = None


def share_compiled_tests(config: pytest.Config) -> None:
    """Let every second process import all tests from the last to the first: it reads what the others have compiled.

    On a clean checkout pytest compiles them, which takes longer than all the rest of collecting them.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    if config.args_source is config.ArgsSource.TESTPATHS and int(worker.removeprefix("gw")) % 2:
        for file in sorted(_TESTS.rglob("test_*.py"), reverse=True):
            # What cannot be imported, or is left out here, pytest imports once more, and tells.
            with suppress(Exception, pytest.skip.Exception):
                importlib.import_module(".".join(file.relative_to(_TESTS.parent).with_suffix("").parts))


def share_statements() -> None:
    """Let the engines of all tests have one memory of compiled statements, where each has its own otherwise.

    Compiling takes most of the time of a test that opens a database and does little with it.
    """
    pattern = sa.create_engine("sqlite://")
    pattern.connect().close()  # so that the dialect knows the library's version
    configure = dialects.configure

    def configured(engine: sa.Engine, *, alone: bool = False) -> None:
        if engine.dialect.name == "sqlite":
            engine.dialect, engine._compiled_cache = pattern.dialect, pattern._compiled_cache
        configure(engine, alone=alone)

    dialects.configure = configured


def share_migrations() -> None:
    """Make the tables of a new file as the migrations made them the first time, which takes a twentieth of their time.

    Where there is anything already, and on a server, they are run.
    """
    upgrade, made = migrate.upgrade, list[str]()

    def once(store: Store, to: str = "head") -> None:
        if store.file is None or to != "head":
            return upgrade(store, to)
        with store.writing() as connection:
            is_new = not sa.inspect(connection).get_table_names()
            if is_new and made:
                for statement in made:
                    connection.exec_driver_sql(statement)
                return None
        upgrade(store)
        if is_new:
            with closing(sqlite3.connect(store.file)) as file:
                tables = file.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
                made[:] = [sql for (sql,) in tables if not sql.startswith("CREATE TABLE sqlite_")]
                made.extend(line for line in file.iterdump() if line.startswith("INSERT"))
        return None

    migrate.upgrade = once


def share_policies() -> None:
    """Read a policy file of the same bytes once: the records are frozen. What is refused is read every time."""
    checked, known = policy._checked, dict[bytes, Policy]()

    def once(file: TableFile) -> Policy:
        if file.raw not in known:
            if len(known) >= _MOST_POLICIES:
                known.clear()
            known[file.raw] = checked(file)
        return known[file.raw]

    policy._checked = once
