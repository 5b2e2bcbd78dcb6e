"""A bug ends up in a log file of the data folder, with version, platform and traceback."""

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
    """What to send to the program's makers: version, platform and where it happened."""
    trace = "".join(traceback.format_exception(error))
    return f"Penelope Admin {__version__}, Python {platform.python_version()}, {platform.platform()}\n{now}\n\n{trace}"


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
