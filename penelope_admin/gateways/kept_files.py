"""Which files are kept up to date for others: a small file of the data folder, for paths are this computer's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from penelope_admin.domain.entries import ALARMS
from penelope_admin.files import KEPT_FILES
from penelope_admin.gateways import lists

MOST = 20

Contents = Literal["everything", "windows", "staff-notice"]


class KeptFile(msgspec.Struct, frozen=True):
    """A file that is written again whenever what it tells has changed.

    Attributes:
        contents: a calendar of all that is known or of the windows, or the page for the staff.
        alarms: minutes before it starts at which each entry of a calendar reminds.
        problem: why it could not be written; empty while it is up to date.
        since: when that began, UTC.
    """

    path: str
    contents: Contents
    alarms: tuple[int, ...] = ALARMS
    problem: str = ""
    since: datetime | None = None


def load(home: Path) -> tuple[KeptFile, ...]:
    """The files that are kept up to date; none where the file that names them cannot be read.

    Raises:
        BadInputError: it can be read and names none.
    """
    return lists.load(
        home / KEPT_FILES,
        KeptFile,
        "so no file is kept up to date. Nothing was changed. Remove it, then choose the files again.",
    )


def save(home: Path, files: Iterable[KeptFile]) -> None:
    """Write which files are kept up to date.

    Raises:
        BadInputError: the data folder cannot be written.
    """
    lists.save(home / KEPT_FILES, files)
