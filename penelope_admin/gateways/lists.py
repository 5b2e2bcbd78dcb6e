"""Which files are kept up to date for others, and which calendars are looked into: small files of the data folder.

They are of this computer, for paths are its own; they are read within bounds, and written whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Generic, Literal, TypeVar

import msgspec

from penelope_admin.domain.entries import ALARMS
from penelope_admin.errors import BadInputError
from penelope_admin.files import KEPT_FILES, read_within, write_private

_MAX_BYTES = 256 * 1024


class Listed(msgspec.Struct, frozen=True):
    """What such a list holds: a file, by its path."""

    path: str


T = TypeVar("T", bound=Listed)


class FileList(Generic[T]):
    """A list in a file of the data folder.

    Args:
        without_it: what is not done while it cannot be read, and what to do then, in sentences.
    """

    def __init__(self, name: str, kind: type[T], without_it: str) -> None:
        self._name, self._kind, self._without_it = name, kind, without_it

    def load(self, home: Path) -> tuple[T, ...]:
        """What it lists; nothing where there is none.

        Raises:
            BadInputError: it cannot be read.
        """
        file = home / self._name
        try:
            return msgspec.json.decode(read_within(file, _MAX_BYTES), type=tuple[self._kind, ...])  # type: ignore[name-defined]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, RecursionError) as error:  # msgspec's refusals are such
            raise BadInputError(f"{file} cannot be read, {self._without_it}") from error

    def save(self, home: Path, items: Iterable[T]) -> None:
        """Write it.

        Raises:
            BadInputError: the data folder cannot be written.
        """
        write_private(home / self._name, msgspec.json.format(msgspec.json.encode(tuple(items))) + b"\n")


def without(items: Sequence[T], path: str, refusal: str) -> list[T]:
    """A list without a file, which is named as it is kept or from where one is.

    Raises:
        BadInputError: it is not in the list; the message begins with the path and goes on with `refusal`.
    """
    left = [item for item in items if item.path not in (path, str(Path(path).absolute()))]
    if len(left) == len(items):
        raise BadInputError(f"{path} {refusal}")
    return left


# --- what is listed ---

MOST = 20
"""Files that are kept up to date, and calendars that are linked."""
LINKED_FILE = "linked-calendars.json"
Contents = Literal["everything", "windows", "staff-notice"]


class KeptFile(Listed, frozen=True):
    """A file that is written again whenever what it tells has changed.

    Attributes:
        contents: a calendar of all that is known or of the windows, or the page for the staff.
        alarms: minutes before it starts at which each entry of a calendar reminds.
        problem: why it could not be written; empty while it is up to date.
        since: when that began, UTC.
    """

    contents: Contents
    alarms: tuple[int, ...] = ALARMS
    problem: str = ""
    since: datetime | None = None


KEPT = FileList(
    KEPT_FILES, KeptFile, "so no file is kept up to date. Nothing was changed. Remove it, then choose the files again."
)


class LinkedCalendar(Listed, frozen=True):
    """A calendar file, or a folder of them, that is looked into again whenever it has changed.

    Attributes:
        site: the name of the site it belongs to, as it was last read; empty for the whole agency.
        site_id: the site's row, by which it is known when it gets another name; 0 for the whole agency.
        problem: why it could not be read when it was last looked at; empty if it could.
        read_at: when all of it was last read, UTC, as far as that was noted.
    """

    name: str
    site: str = ""
    site_id: int = 0
    problem: str = ""
    read_at: datetime | None = None


LINKED = FileList(
    LINKED_FILE,
    LinkedCalendar,
    "so no linked calendar is looked at. Nothing was changed. Remove it, then link the calendars again.",
)
