"""Has the system start the program when the person signs in, or no longer: in the place that each system has for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from penelope_admin.errors import BadInputError
from penelope_admin.files import write_private

_NAME = "penelope-admin"
_LABEL = "org.penelope-admin.background"
_WINDOWS_MOST = 260
"""Windows passes a longer command over there."""
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_RESERVED = str.maketrans({sign: f"\\{sign}" for sign in '"`$\\'})


def is_on() -> bool:
    """Whether the system starts the program; False where that cannot be read."""
    if sys.platform == "win32":
        return _windows_value() is not None
    return _file().is_file()


def turn_on(command: Sequence[str]) -> None:
    """Have the system run a command when the person signs in.

    Raises:
        BadInputError: the system's settings cannot be written, or a command could not be written down there.
    """
    if any(sign in part for part in command for sign in "\n\r\0"):
        raise BadInputError("The data folder has a line end in its name. Nothing was changed.")
    try:
        if sys.platform == "win32":
            from subprocess import list2cmdline  # the page of settings has 50 ms to appear

            line = list2cmdline(command)
            if len(line) > _WINDOWS_MOST:
                raise BadInputError(
                    "Windows starts nothing with so long a path. Nothing was changed. Choose a data folder with a "
                    "shorter one."
                )
            _set_windows_value(line)
            return
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_private(_file(), _agent(command) if sys.platform == "darwin" else _entry(command))
    except OSError as error:
        raise _refusal(error) from error


def turn_off() -> None:
    """Have the system no longer start it.

    Raises:
        BadInputError: the system's settings cannot be written.
    """
    try:
        if sys.platform == "win32":
            _set_windows_value(None)
        else:
            _file().unlink(missing_ok=True)
    except OSError as error:
        raise _refusal(error) from error


def _refusal(error: OSError) -> BadInputError:
    return BadInputError(
        f"The system's list of programs to start cannot be changed ({error.strerror}). It is as it was."
    )


def _file() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    folder = named if named.is_absolute() else Path.home() / ".config"
    return folder / "autostart" / f"{_NAME}.desktop"


def _entry(command: Sequence[str]) -> bytes:
    """A desktop entry. In its Exec every part stands in quotation marks; a value escapes backslashes once more."""
    parts = " ".join(f'"{part.translate(_RESERVED).replace("%", "%%")}"' for part in command)
    executed = parts.replace("\\", "\\\\")
    return (
        "[Desktop Entry]\nType=Application\nName=Penelope Admin\n"
        f"Comment=Reminds of upgrades, from the tray\nIcon={_NAME}\nTerminal=false\nExec={executed}\n"
    ).encode()


def _agent(command: Sequence[str]) -> bytes:
    import plistlib

    return plistlib.dumps({"Label": _LABEL, "ProgramArguments": list(command), "RunAtLoad": True})


if sys.platform == "win32":
    import winreg

    def _windows_value() -> str | None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
                return str(winreg.QueryValueEx(key, _NAME)[0])
        except OSError:
            return None

    def _set_windows_value(text: str | None) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
            if text is not None:
                winreg.SetValueEx(key, _NAME, 0, winreg.REG_SZ, text)
            elif _windows_value() is not None:
                winreg.DeleteValue(key, _NAME)
