"""Starting with the computer: the place that the system reads says what is meant, and nothing else."""

from __future__ import annotations

import plistlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin import apart, invocation
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import autostart
from penelope_admin.invocation import background_command
from tests.effort import examples

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps it in its registry")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a Linux desktop keeps what it starts."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "autostart"


def test_it_is_off_at_first_and_can_be_switched_on_and_off(folder: Path) -> None:
    assert not autostart.is_on()
    autostart.turn_on(["penelope-admin", "gui", "--background"])
    assert autostart.is_on()
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    autostart.turn_off()
    assert not autostart.is_on()
    autostart.turn_off()


@settings(max_examples=examples(15, long=500))
@given(st.lists(st.text("ab '\"$`\\%;|&é\u2019", min_size=1, max_size=12), min_size=1, max_size=8))
def test_the_system_starts_exactly_what_was_written(command: list[str]) -> None:
    text = autostart._entry(command).decode()
    (line,) = [line for line in text.split("\n") if line.startswith("Exec=")]
    # Once the value's own backslashes are read, a shell reads the quotation marks as a desktop does.
    value = line.removeprefix("Exec=").replace("\\\\", "\\")
    shell = subprocess.run(["sh", "-c", f"printf '%s\\n' {value}"], capture_output=True, check=True)
    assert shell.stdout.decode().replace("%%", "%").split("\n")[:-1] == command, (
        "a shell reads quotation marks likewise"
    )


def test_a_name_with_a_line_end_is_refused(folder: Path) -> None:
    with pytest.raises(BadInputError, match="Nothing was changed"):
        autostart.turn_on(["penelope-admin", "--home", "a\nExec=evil"])
    assert not autostart.is_on()


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(BadInputError, match="It is as it was"):
        autostart.turn_on(["penelope-admin"])


def test_the_home_folder_is_not_asked_for_where_the_desktop_names_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: pytest.fail("an account without a home folder has none to tell"))
    autostart.turn_on(["penelope-admin"])
    assert autostart.is_on()


def test_a_mac_gets_a_launch_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    autostart.turn_on(["penelope-admin", "gui"])
    (file,) = (tmp_path / "Library" / "LaunchAgents").iterdir()
    found = plistlib.loads(file.read_bytes())
    assert (found["ProgramArguments"], found["RunAtLoad"]) == (["penelope-admin", "gui"], True)


def test_windows_is_given_no_command_that_it_would_never_start(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str | None] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(autostart, "_set_windows_value", kept.append, raising=False)
    autostart.turn_on(["penelope-admin.exe", "--home", "C:\\" + "x" * 200])
    with pytest.raises(BadInputError, match="Nothing was changed"):
        autostart.turn_on(["penelope-admin.exe", "--home", "C:\\" + "x" * 260])
    assert kept == ["penelope-admin.exe --home C:\\" + "x" * 200]


def test_what_lies_in_the_folder_people_sign_in_to_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocation, "__file__", str(tmp_path / "site-packages" / "penelope_admin" / "invocation.py"))
    (tmp_path / "penelope_admin").mkdir()
    (tmp_path / "penelope_admin" / "__init__.py").write_text("raise SystemExit('another program')")
    command = background_command(tmp_path / "home")
    assert command[0] == sys.executable
    done = subprocess.run(
        [*command[:-2], "--version"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=apart.environment(),
    )  # fmt: skip
    assert (done.returncode, done.stdout[:15]) == (0, "Penelope Admin "), done.stderr


def test_it_starts_this_program_on_this_folder_in_the_background(tmp_path: Path) -> None:
    command = background_command(tmp_path)
    assert command[0] == sys.executable
    assert command[-4:] == ["--home", str(tmp_path), "gui", "--background"]
