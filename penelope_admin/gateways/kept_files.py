"""Which files are kept up to date for others: a small file of the data folder, for paths are this computer's own."""

from __future__ import annotations

from datetime import datetime
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


FILES = lists.FileList(
    KEPT_FILES, KeptFile, "so no file is kept up to date. Nothing was changed. Remove it, then choose the files again."
)
