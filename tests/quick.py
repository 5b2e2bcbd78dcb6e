"""What makes all tests quick: statements are compiled once, a policy is read once, no disk is waited for."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa

from penelope_admin import policy
from penelope_admin.policy import Policy
from penelope_admin.policy.tables import TableFile
from penelope_admin.store import dialects

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
