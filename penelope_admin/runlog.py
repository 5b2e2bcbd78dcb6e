"""What is written while the program runs, for whoever looks for a fault: a small log, and where it stood in a crash.

Nothing of clients is in it: no texts of requests, no names, no addresses. Messages of libraries are cut down to their
plain words, for nobody knows what they quote.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import re
import threading
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from penelope_admin import __version__
from penelope_admin.files import PRIVATE_FILE, private_folder

FOLDER, NAME, CRASHES = "logs", "penelope-admin.log", "crash.txt"
LARGEST, KEPT, LONGEST = 256 * 1024, 2, 300
_QUOTED = re.compile(r"\"[^\"]*\"?|“[^”]*”?|(?<!\w)'[^']*'?")
"""What is quoted: without its end, all that follows."""
_TELLING = re.compile(r"[@/\\]|\d{3}")


class _PrivateFile(RotatingFileHandler):
    """Turns over when it is full, and can be read by this user only."""

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open(self.baseFilename, "ab", opener=_private), encoding="utf-8")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


class RunLog:
    """The log of one run. `close` gives back everything that it took over."""

    def __init__(self, home: Path, on_error: Callable[[BaseException], object]) -> None:
        """Begin to write.

        Args:
            on_error: is given what a thread of its own has raised and nobody caught.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = private_folder(home, FOLDER)
        self._logger = logging.Logger("penelope-admin")
        self._file = _PrivateFile(folder / NAME, maxBytes=LARGEST, backupCount=KEPT)
        self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._logger.addHandler(self._file)
        crashes = os.open(folder / CRASHES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        self._crashes = os.fdopen(crashes, "a", encoding="utf-8")
        faulthandler.enable(self._crashes)
        self._before = threading.excepthook
        self._on_error = on_error
        threading.excepthook = self._thread_failed
        self.note(f"Penelope Admin {__version__}, Python {platform.python_version()}, {platform.system()}")

    def note(self, text: str, level: int = logging.INFO) -> None:
        """Write a line of the program's own words."""
        self._logger.log(level, text)

    def foreign(self, text: str) -> None:
        """Write what a library says, without what it quotes."""
        self.note(plain_words(text), logging.WARNING)

    def failed(self, error: BaseException) -> None:
        """Write that something went wrong: its kind and where, never its message."""
        last = list(traceback.walk_tb(error.__traceback__))[-1:]
        where = "".join(f" in {Path(frame.f_code.co_filename).name}:{line}" for frame, line in last)
        self.note(f"{type(error).__name__}{where}", logging.ERROR)

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        error = failure.exc_value or failure.exc_type()
        self.failed(error)
        self._on_error(error)

    def close(self) -> None:
        """Give the hooks back."""
        threading.excepthook = self._before
        faulthandler.disable()
        self._crashes.close()
        self._file.close()


def plain_words(text: str) -> str:
    """A library's message without what it quotes, addresses, paths and long numbers, in one short line."""
    words = _QUOTED.sub("…", " ".join(text.split())).split(" ")
    return " ".join("…" if _TELLING.search(word) else word for word in words)[:LONGEST]
