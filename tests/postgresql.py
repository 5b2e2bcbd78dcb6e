"""A PostgreSQL server of the tests' own, where one is installed: on a socket file, until the block ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60


class NoServerError(Exception):
    """There is nothing here to start one with; says what is missing."""


def _programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "pg_ctl").exists()), None)


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database on a server that listens on a socket file only.

    Raises:
        NoServerError: PostgreSQL is not installed, or there is no ordinary user to run it as.
    """
    programs = _programs()
    if programs is None:
        raise NoServerError("PostgreSQL is not installed here")
    as_user: str | None = None
    if os.geteuid() == 0:  # the server refuses to run as root
        if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
            raise NoServerError("there is no user postgres to run the server as")
        as_user = "postgres"
    # Not in pytest's own folder: that one is closed to the server's user, and its name too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="pa-pg-"))

    def run(*command: str) -> None:
        subprocess.run(
            command, user=as_user, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=True, timeout=SECONDS, cwd="/",
        )  # fmt: skip

    control = str(programs / "pg_ctl")
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        run(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        run(control, "-D", str(folder / "data"), "-o", f"-k {folder} -c listen_addresses=''", "-w", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run(control, "-D", str(folder / "data"), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
