"""What all readers of files share: how long and how much they may read, what they hand over, and their words.

Files are hostile: nothing is read without bounds, and no value ever gets into an error.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any, BinaryIO

from penelope_admin.detect.names import Naming
from penelope_admin.detect.spans import values_of
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.files import is_plain, storable

TEXT = "Text"
"""What the column is called that holds text which is in no table."""
MAX_COLUMNS = 4000
MAX_ROW = 8 << 20
"""Bytes of one row."""
BLOCK = 7 << 20
"""Bytes read at a time: with more it is a little faster, and takes more memory."""
ROWS = 2000
"""Rows of a workbook or database in a batch, if they are no longer than a block."""
SECONDS_PER_MB, SECONDS = 2.0, 10.0
"""For each MB that is read, and for anything however small; of the processor's time, which others may use too.
A workbook is as large as what it unpacks to."""
MAX_RATIO, MAX_WHOLE_RATIO = 200, 60
"""A sheet's size unpacked over its size packed, and a workbook's; Excel's own reach 50."""
SMALL = 16 << 20
"""Bytes that a workbook may unpack to, however small it is."""
MAX_VALUE = 1 << 20
"""Bytes of one value that are searched. A row with a longer one counts as not read."""
SAMPLE_ROWS = 50
LONG_VALUE = 4 << 10
_POINTER = 8  # bytes that a value costs in a row, even an empty one
_LONGEST_CHARACTER = 4  # bytes in UTF-8
KEPT = "Nothing was kept of it and no verdict was given."
AGAIN = f"{KEPT} Export it again"

CancelToken = Callable[[], bool]
Helper = Callable[[str], list[str]]
"""Gives the command that runs one of our modules in a process of its own."""


def by_this_python(module: str) -> list[str]:
    """A helper's command where there is a Python to run it."""
    return [sys.executable, "-P", "-m", module]


class Work:
    """Whether a check may go on: somebody may want it to end, and nothing holds it for longer than its size allows.

    Attributes:
        allowed: seconds of the processor's time in all.
        is_stopped: whether somebody wants it to end; may be asked from any thread.
    """

    def __init__(self, what: str, stop: CancelToken) -> None:
        """
        Args:
            what: is worked on, as it may stand in a message.
        """
        self._what, self.is_stopped = what, stop
        self.allowed = SECONDS
        self._since = time.thread_time()

    def grow(self, size: int) -> None:
        """Allow the time for so many bytes more."""
        self.allowed += SECONDS_PER_MB * size / 1e6

    def is_spent(self) -> bool:
        """Whether the time is used up."""
        return time.thread_time() - self._since > self.allowed

    def refusal(self) -> BadInputError:
        """What is raised then."""
        return BadInputError(
            f"{self._what} takes far too long to read for its size. {KEPT} Export less at a time, as CSV, in UTF-8."
        )

    def check(self) -> None:
        """
        Raises:
            BadInputError: the time is used up.
            CancelledError: somebody wants it to end.
        """
        if self.is_stopped():
            raise CancelledError(f"The check was stopped. {KEPT}")
        if self.is_spent():
            raise self.refusal()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table.

    Attributes:
        rows: how many, without those that could not be read.
        columns: Arrow arrays of binary, in the order of the columns asked for.
        unread: rows that could not be read.
        texts: what stood in them.
        done: bytes of the file that are read by now; rows where its size says nothing.
    """

    rows: int
    columns: list[Any]
    unread: int
    texts: list[bytes]
    done: int


@dataclass(slots=True)
class Table:
    """A table that can be read once.

    Attributes:
        path: as given; a workbook's sheets are told apart in it.
        names: of its columns, cleaned.
        total: bytes to read; None if unknown.
        read: gives the batches of the columns with these indexes.
        sha256: of the whole file, once every batch was read.
        skipped: what of it was not examined, a sentence for each, once every batch was read.
        pictures: likewise what is a picture, which a table may well have beside it: a logo.
    """

    path: str
    names: tuple[str, ...]
    total: int | None
    read: Callable[[Sequence[int]], Iterator[Batch]] = field(repr=False)
    sha256: str | None = None
    skipped: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)


def unreadable(path: Path, error: Exception) -> BadInputError:
    reason = getattr(error, "strerror", None) or "it cannot be opened"
    return BadInputError(f"{path} could not be read ({reason}). {KEPT} Check the name and who may read it.")


class File:
    """An open file that counts and hashes what is read, and notices when it is changed meanwhile."""

    def __init__(self, path: Path, naming: Naming, stop: CancelToken, helper: Helper) -> None:
        """
        Raises:
            BadInputError: it is not a regular file, or may not be read.
        """
        self.path, self.work, self.naming, self.helper = path, Work(str(path), stop), naming, helper
        try:
            # A name that became a pipe since it was looked at must not block.
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from None
        self._before = os.fstat(handle)
        if not is_plain(self._before):
            os.close(handle)
            raise BadInputError(f"{path} is not a regular file. {KEPT} Name a file that was exported.")
        self.stream: BinaryIO = os.fdopen(handle, "rb", buffering=0)
        self._hash = hashlib.sha256()
        self.done = 0

    @property
    def size(self) -> int:
        """In bytes, as it was opened."""
        return self._before.st_size

    def starts_with(self, signs: bytes) -> bool:
        """Whether these are its first bytes; where reading goes on stays as it is."""
        place = self.stream.tell()
        self.stream.seek(0)
        starts = self.stream.read(len(signs)) == signs
        self.stream.seek(place)
        return starts

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        self.work.check()
        try:
            data = self.stream.read(size)
        except OSError as error:
            raise unreadable(self.path, error) from None
        if data is None:  # nothing is there yet: files on a disk always have an answer
            raise BadInputError(f"{self.path} is not a regular file. {KEPT} Name a file that was exported.")
        self._hash.update(data)
        self.done += len(data)
        return data

    def finish(self) -> str:
        """The hash of what was read.

        Raises:
            BadInputError: the file was changed meanwhile.
        """
        after = os.fstat(self.stream.fileno())
        if (after.st_size, after.st_mtime_ns) != (self.size, self._before.st_mtime_ns) or self.done != self.size:
            raise BadInputError(
                f"{self.path} was changed while it was read. {KEPT} Wait until the export is complete and try again."
            )
        return self._hash.hexdigest()


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Turn whatever a broken workbook leads to into a message; the errors of its readers can quote what is in it."""
    try:
        yield
    except (BadInputError, CancelledError):
        raise
    except Exception:
        raise BadInputError(
            f"{file} is a broken or incomplete workbook. {AGAIN}, or save it as CSV, in UTF-8."
        ) from None


def too_much(file: File) -> BadInputError:
    return BadInputError(f"{file.path} unpacks to far too much for a workbook. {AGAIN} as CSV, in UTF-8.")


# --- values ---


def as_table(file: File, names: tuple[str, ...], batches: Callable[[Sequence[int]], Iterator[Batch]]) -> Table:
    """What is in a file as a table, at whose end its hash is known, and that it was not changed meanwhile."""

    def read(columns: Sequence[int]) -> Iterator[Batch]:
        yield from batches(columns)
        table.sha256 = file.finish()

    table = Table(storable(str(file.path)), names, file.size, read)
    return table


def one_column(file: File, name: str, parts: Iterator[list[bytes]]) -> Table:
    """Texts as a table of one column."""

    def batches(columns: Sequence[int]) -> Iterator[Batch]:
        for texts in parts:
            file.work.check()
            yield Batch(len(texts), [values_of(texts) for _ in columns], 0, [], file.done)

    return as_table(file, (name,), batches)


def batch_of(
    rows: Sequence[Sequence[object]], columns: Sequence[int], width: int, done: int, longest: int = MAX_VALUE
) -> Batch:
    """Rows of values as a batch. What a row has beyond the width could not be told into columns.

    A row with a value that is too long or no text counts as not read, though the rest of it is examined.

    Args:
        longest: a value that is searched to its end has no more bytes or characters.
    """
    texts, cells, unread = [], [[b""] * len(rows) for _ in columns], set()
    for number, row in enumerate(rows):
        beyond = b" ".join(cell(value, longest)[0] for value in row[width:])
        if beyond.strip():
            texts.append(beyond)
            unread.add(number)
        for place, index in enumerate(columns):
            if index < len(row) and row[index] is not None:
                cells[place][number], is_whole = cell(row[index], longest)
                if not is_whole:
                    unread.add(number)
    return Batch(len(rows) - len(unread), list(map(values_of, cells)), len(unread), texts, done)


def size_of(row: Sequence[object]) -> int:
    """About how many bytes a row of values has."""
    return _POINTER * len(row) + sum(
        len(value) for value in row if isinstance(value, (str, bytes, bytearray, memoryview))
    )


def in_batches(rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    """Rows in lists of `ROWS`, or fewer where they are long: a list has hardly more bytes than a block."""
    batch: list[Sequence[object]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += size_of(row)
        if len(batch) >= ROWS or size >= BLOCK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def cell(value: object, most: int) -> tuple[bytes, bool]:
    """A value as it would stand in a text table, without zeros, and whether it is all there.

    Pictures and the like hold no text.
    """
    if value is None:
        return b"", True
    if isinstance(value, str):
        text = value[:most].encode("utf-8", "replace")
        return text.replace(b"\0", b""), len(value) <= most
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _text_in(value, most)
    if isinstance(value, (bool, date, datetime, clock_time)):
        return str(value).encode(), True
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:  # noqa: PLR2004
        value = int(value)
    return str(value)[:most].replace("\0", "").encode("utf-8", "replace"), True


def _text_in(value: bytes | bytearray | memoryview, most: int) -> tuple[bytes, bool]:
    """Bytes that are text in UTF-8, but for a character cut off at the end; nothing of others."""
    raw = bytes(value[: most + 1])
    text = raw[:most].replace(b"\0", b"")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(text) - error.start >= _LONGEST_CHARACTER or len(raw) <= most:
            return b"", False
    return text, len(raw) <= most
