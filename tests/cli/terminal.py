"""A terminal: runs command lines in this process and gives back what they printed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from penelope_admin.cli import run
from penelope_admin.files import is_for_training, write_private
from tests.json_schemas import PRINTED, check

CHECKOUT = Path(__file__).resolve().parents[2]
_SET_UP: dict[str, bytes] = {}
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@dataclass(frozen=True)
class Ran:
    """What a command line gave."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The result as JSON, which ends in one newline."""
        assert self.code == 0, self.err
        assert self.out.endswith("\n")
        assert not self.out.endswith("\n\n")
        return json.loads(self.out)

    def lines(self) -> list[str]:
        """The result line by line."""
        assert self.code == 0, self.err
        return self.out.splitlines()


class Terminal:
    """Runs command lines on one data folder."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.home = home
        self._capture = capture

    def __call__(self, *arguments: str | Path, home: bool = True) -> Ran:
        """Run one; stdout and stderr must be UTF-8."""
        self._capture.readouterr()
        before = ["--home", str(self.home)] if home else []
        code = run([*before, *(str(argument) for argument in arguments)])
        printed = self._capture.readouterr()
        ran = Ran(code, *(self._usual(said.decode("utf-8")) for said in (printed.out, printed.err)))
        if ran.out and (command := json_command([str(argument) for argument in arguments])):
            check(command, ran.out, in_training=is_for_training(self.home) or command == "training list")
        return ran

    def _usual(self, said: str) -> str:
        """What was said to whoever works in the usual folder: commands that are named need not name it."""
        return said.replace(f"--home {shlex.quote(str(self.home))} ", "")

    def init(self) -> Terminal:
        """Set up an agency in Resolute, with a training database too.

        The first time the command is run; then what it left behind is copied.
        """
        if _SET_UP:
            for name, data in _SET_UP.items():
                (self.home / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_private(self.home / name, data)
            return self
        done = self(
            "init", "--agency", "Riverside Family Services", "--region", "CA", "--zone", "America/Resolute",
            "--env", "training-b", "--support-address", "support@vendor.example",
        )  # fmt: skip
        assert done.code == 0, done.err
        assert self("overview").code == 0  # which makes the copy of the day, so that not each test makes one
        files = (path for path in self.home.rglob("*") if path.is_file())
        _SET_UP.update({str(path.relative_to(self.home)): path.read_bytes() for path in files})
        return self

    def process(self, *arguments: str, program: tuple[str, ...] = ("-m", "penelope_admin"), **variables: str) -> Ran:
        """The same in a process of its own."""
        done = subprocess.run(
            [sys.executable, *program, "--home", str(self.home), *arguments],
            cwd=CHECKOUT, env=environment(**variables), capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        return Ran(done.returncode, *(self._usual(said.decode("utf-8")) for said in (done.stdout, done.stderr)))


def json_command(arguments: Sequence[str]) -> str | None:
    """Which of the commands with a JSON form was run so that it prints it; None when none was."""
    if not {"--json", "json"} & set(arguments) or {"--help", "--version"} & set(arguments):
        return None
    if "--survey" in arguments:
        return "check-data --survey"
    words = [word for word in arguments if not word.startswith("-")]
    found = [" ".join(words[:count]) for count in (2, 1)]
    if "--at" in arguments:
        found = [*(f"{command} --at" for command in found), *found]
    return next((command for command in found if command in PRINTED), None)


def environment(**more: str) -> Mapping[str, str]:
    """This process's environment without a display."""
    return {key: value for key, value in os.environ.items() if key not in DISPLAYS} | more


def in_days(days: int) -> str:
    """A date that many days from now, as the command line takes it."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
