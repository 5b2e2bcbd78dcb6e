"""A bug ends up in a log file of the data folder, with version, platform, and where in the program it happened."""

from __future__ import annotations

import platform
import traceback
from datetime import datetime
from pathlib import Path

from penelope_admin import __version__
from penelope_admin.errors import BadInputError
from penelope_admin.files import private_folder, write_private

_KEPT = 20


def report(error: BaseException, now: datetime) -> str:
    """What to send to the program's makers: version, platform, and kind and place of the error and of those before it.

    Never their words: those of Python and of libraries quote what somebody typed, or what was in a file.
    """
    begins = f"Penelope Admin {__version__}, Python {platform.python_version()}, {platform.platform()}\n{now}\n\n"
    return begins + "\n".join(map(_traceback, reversed(_chain(error))))


def _chain(error: BaseException) -> list[BaseException]:
    """An error, what it came of, and so on."""
    errors = [error]
    while (before := _before(errors[-1])) is not None and before not in errors:
        errors.append(before)
    return errors


def _before(error: BaseException) -> BaseException | None:
    """What an error came of, as Python would print it."""
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _traceback(error: BaseException) -> str:
    places, kind = traceback.format_tb(error.__traceback__), type(error)
    return "".join(["Traceback (most recent call last):\n", *places, f"{kind.__module__}.{kind.__qualname__}\n"])


def keep(home: Path, error: BaseException, now: datetime) -> Path:
    """Write the report into the data folder's logs; the newest twenty are kept.

    Raises:
        BadInputError: the folder cannot be written.
    """
    try:
        folder = private_folder(home, "logs")
        target = folder / f"bug-{now:%Y-%m-%dT%H%M%S%f}.txt"
        write_private(target, report(error, now).encode("utf-8", "backslashreplace"))
        for old in sorted(folder.glob("bug-*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as problem:
        raise BadInputError(f"{home / 'logs'} could not be written ({problem.strerror}). Keep a copy.") from problem
    return target
