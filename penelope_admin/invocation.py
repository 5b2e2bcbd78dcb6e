"""How this program was started: what to type to start it again, and how it starts itself for a helper's work."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

RUN_HELPER = "--run-helper"
"""A bundled program has no Python beside it that could run a module: called with this word, it runs one itself."""
HELPERS = frozenset({"penelope_admin.ui.pdf", "penelope_admin.detect.sheets", "penelope_admin.gateways.occurrences"})
"""The modules that have a `main` for that."""


def command(arguments: str = "") -> str:
    """A command line as it works for whoever reads it, by the way this program was started.

    "penelope-admin init" where it is installed; ".venv/bin/python main.py init" in a checkout, where `make run` starts
    it like that too; "python -m penelope_admin init". It acts on the same data as this run: the folder and the database
    that were named for that are named in it, unless it names a folder itself.
    """
    chosen = "" if arguments.startswith(_HOME) else _chosen[0]
    return f"{_program()} {chosen}{arguments}".rstrip()


_HOME = "--home "
_chosen = [""]


def remember_chosen(home: Path | None, database: str | None) -> None:
    """Keep with which options this run's data were chosen; None where they were not.

    The address of a team's server may hold a password, and is only spoken of.
    """
    on_server = database is not None and not database.startswith("sqlite:")
    name = "URL" if on_server else quoted(database or "")
    _chosen[0] = (f"{_HOME}{quoted(home)} " if home is not None else "") + (f"--database {name} " if database else "")


def quoted(path: Path | str) -> str:
    """A path as a command line has it on this system, also one with a space in it."""
    if sys.platform == "win32":
        from subprocess import list2cmdline

        return list2cmdline([str(path)])
    from shlex import quote  # of no use to the first frame

    return quote(str(path))


_in_window = [False]


def speak_to_window(yes: bool = True) -> None:
    """Whether, from now on, whoever reads messages sits in front of the window, where no command can be typed."""
    _in_window[0] = yes


def way(arguments: str, in_window: str, lead: str = "") -> str:
    """How to do something, by where its message is read: a command line in a terminal, words for it in the window.

    Args:
        arguments: as for `command`.
        in_window: the same for people in front of the window, "Settings, Data".
        lead: what stands before the command line.
    """
    return in_window if _in_window[0] else f"{lead}{command(arguments)}"


def _program() -> str:
    started = Path(sys.argv[0])
    if getattr(sys, "frozen", False):
        return started.name
    ours = Path(__file__).resolve().parent
    if started.name == "main.py" and started.resolve() == ours.parent / "main.py":
        return f"{quoted(_python())} {quoted(started)}"
    if started.name == "__main__.py" and started.resolve().parent == ours:
        return f"{quoted(_python())} -m penelope_admin"
    return "penelope-admin"


def _python() -> Path:
    """The Python that runs this: its place in the folder one is in, its name where that finds it, or its whole path."""
    python = Path(sys.executable)
    with suppress(OSError, ValueError):  # the folder may be gone, or another
        return python.relative_to(Path.cwd())
    from shutil import which  # of no use to the first frame

    return Path(python.name) if which(python.name) == str(python) else python


def background_command(home: Path) -> list[str]:
    """What the system runs to start this program in its tray when the person signs in."""
    ours = Path(__file__).resolve().parents[1]
    if getattr(sys, "frozen", False):
        itself = [sys.executable]
    elif (ours / "main.py").exists():  # a checkout
        itself = [sys.executable, str(ours / "main.py")]
    else:
        itself = [sys.executable, "-P", "-m", "penelope_admin"]
    return [*itself, "--home", str(home.absolute()), "gui", "--background"]


_started: list[subprocess.Popen[bytes]] = []
"""Programs that were started apart: Python warns of one that it forgets while it runs."""


def start_apart(*arguments: str) -> subprocess.Popen[bytes]:
    """Start this program once more, as a program of its own that goes on when this one ends.

    Raises:
        OSError: the system could not start it.
    """
    import subprocess

    from penelope_admin.apart import environment

    itself = [sys.executable]
    if not getattr(sys, "frozen", False):
        itself += ["-P", "-m", "penelope_admin"]
    _started[:] = [program for program in _started if program.poll() is None]
    started = subprocess.Popen(  # noqa: S603 - our own program
        [*itself, *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _started.append(started)
    return started


def helper(module: str) -> list[str]:
    """The command that runs one of our modules in a process of its own.

    Args:
        module: one of `HELPERS`.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, RUN_HELPER, module]
    # -P: nothing that lies in the folder the person works in is taken for a module of ours.
    return [sys.executable, "-P", "-m", module]
