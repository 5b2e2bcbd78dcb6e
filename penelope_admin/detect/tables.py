"""Reads exports - tables, workbooks, any other text - in batches of columns, in bounded memory. Files are hostile.

A text table is read in blocks of whole rows, which Arrow splits into columns. Rows it cannot split are handed over as
text, so that nothing in them is overlooked. No value ever gets into an error: messages name the file and what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
import re
import stat
import time
import zipfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Literal
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from penelope_admin.detect import documents
from penelope_admin.detect.names import clean_name, clean_names, is_heading
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.files import is_plain, storable

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".psv")
"""Text whose lines may be rows of a table; other text is one column, "Text"."""
PACKED = (".ods", ".odt", ".docx", ".pptx", ".odp", ".xlsm", ".xltx")
"""Documents that are XML inside of an archive: their text is examined, as one column."""
TEXT, BESIDE = "Text", "Links, comments, headers, names and formulas"
"""What these columns are called."""
MAX_DEPTH = 3
"""Folders within the folder that was named."""
MAX_FILES = 1000
MAX_COLUMNS = 4000
MAX_ROW = 8 << 20
"""Bytes of one row."""
BLOCK = 4 << 20
"""Bytes read at a time: larger ones are no faster, and take memory."""
ROWS = 2000
"""Rows of a workbook or database in a batch, if they are no longer than a block."""
SECONDS_PER_MB, SECONDS = 2.0, 10.0
"""For each MB that is read, and for anything however small; of the processor's time, which others may use too.
A workbook is as large as what it unpacks to."""
MAX_STRINGS = 48 << 20
"""Bytes of a workbook's shared texts, which have to be in memory at once."""
MAX_PART = 4 << 20
"""Bytes of any other part of a workbook that is no sheet."""
MAX_PARTS, MAX_SHEETS = 5000, 500
MAX_SHEET = 4 << 30
MAX_RATIO, MAX_WHOLE_RATIO = 200, 60
"""A sheet's size unpacked over its size packed, and a workbook's; Excel's own reach 50."""
SMALL = 16 << 20
"""Bytes that a workbook may unpack to, however small it is."""
MAX_MARKS = 300_000
"""Signs of mark-up in a row or in a part that is read at once: each costs some hundred bytes of memory."""
MAX_TEXT = 4 << 20
"""Bytes of one text in a workbook. Excel takes 32 KiB."""
MAX_VALUE = 1 << 20
"""Bytes of one value that are searched. A row with a longer one counts as not read."""
MAX_SHEET_ROWS = 1 << 20
_LOCKS = ("~$", "._")  # beside an open workbook, and beside any file that a Mac copied
_LITTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
_SAMPLE_ROWS = 50
_POINTER = 8  # bytes that a value costs in a row, even an empty one
_ROW_END = re.compile(rb"</(?:\w{1,30}:)?row\s{0,9}>")
_PROLOG = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_PROLOG_BYTES = 4096
_DEPTH = 50  # of mark-up in a shared text
_LONGEST_CHARACTER = 4  # bytes in UTF-8
_FEW_ZEROS = 8  # zero bytes that may have got into a text
_HEAD = 256 << 10
_MANY_LINES = 1000  # looked back over for the end of a row
_SWALLOWED_LINES = 200  # no note has so many: an unclosed quotation mark made a value of rows
_LONG_VALUE = 4 << 10
_KEPT = "Nothing was kept of it and no verdict was given."
_AGAIN = f"{_KEPT} Export it again"

Stop = Callable[[], bool]


def never() -> bool:
    """Nobody wants it to end."""
    return False


class Work:
    """Whether a check may go on: somebody may want it to end, and nothing holds it for longer than its size allows."""

    def __init__(self, what: str, stop: Stop = never) -> None:
        """
        Args:
            what: is worked on, as it may stand in a message.
        """
        self._what, self._stop = what, stop
        self._allowed = SECONDS
        self._since = time.thread_time()

    def grow(self, size: int) -> None:
        """Allow the time for so many bytes more."""
        self._allowed += SECONDS_PER_MB * size / 1e6

    def is_spent(self) -> bool:
        """Whether the time is used up."""
        return time.thread_time() - self._since > self._allowed

    def refusal(self) -> BadInputError:
        """What is raised then."""
        return BadInputError(
            f"{self._what} takes far too long to read for its size. {_KEPT} Export less at a time, as CSV, in UTF-8."
        )

    def check(self) -> None:
        """
        Raises:
            BadInputError: the time is used up.
            CancelledError: somebody wants it to end.
        """
        if self._stop():
            raise CancelledError(f"The check was stopped. {_KEPT}")
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
    """

    path: str
    names: tuple[str, ...]
    total: int | None
    read: Callable[[Sequence[int]], Iterator[Batch]] = field(repr=False)
    sha256: str | None = None
    skipped: list[str] = field(default_factory=list)


# --- files ---


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files among files and folders, each once, a folder's by name. Links within a folder are not followed.

    Raises:
        BadInputError: something is not there, is no file or folder, or holds no files or too many.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        status = _status(path)
        if stat.S_ISDIR(status.st_mode):
            inside = list(islice((file for file, why in _inside(path, MAX_DEPTH) if not why), MAX_FILES + 1))
            if not inside:
                raise BadInputError(f"{path} holds no files. {_KEPT} Name the files themselves.")
        elif is_plain(status):
            inside = [path]
        else:
            raise BadInputError(f"{path} is neither a file nor a folder. {_KEPT} Name a file that was exported.")
        for file in inside:
            found.setdefault(file.resolve(), file)
        if len(found) > MAX_FILES:
            raise BadInputError(f"These are more than {MAX_FILES:,} files. {_KEPT} Check them in parts.")
    return list(found.values())


def find_others(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """What else is in the folders, each with a sentence why it is not read; at most `MAX_FILES`."""
    others = (item for path in paths if path.is_dir() for item in _inside(path, MAX_DEPTH) if item[1])
    return list(islice(others, MAX_FILES))


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _inside(folder: Path, depth: int) -> Iterator[tuple[Path, str]]:
    """What is in a folder and its folders, each with a sentence why it is not read; none for what is."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield folder, str(_unreadable(folder, error))
        return
    for entry in entries:
        path, is_folder = Path(entry.path), entry.is_dir(follow_symlinks=False)
        why = _why_not(entry, is_folder=is_folder, depth=depth)
        if not why and is_folder:
            yield from _inside(path, depth - 1)
        elif why is not None:
            yield path, why


def _why_not(entry: os.DirEntry[str], *, is_folder: bool, depth: int) -> str | None:
    """Why something in a folder is not read: nothing if it is, None if it is nobody's data."""
    if entry.name.startswith(_LOCKS) or entry.name.lower() in _LITTER:
        return None
    if entry.is_symlink():
        return "It is a link, and links in a folder are not followed."
    if entry.name.startswith("."):
        return "It is hidden."
    if is_folder:
        return "" if depth else f"It lies more than {MAX_DEPTH} folders deep."
    return "" if entry.is_file(follow_symlinks=False) else "It is no plain file."


def _unreadable(path: Path, error: Exception) -> BadInputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be opened"
    return BadInputError(f"{path} could not be read ({reason}). {_KEPT} Check the name and who may read it.")


class _File:
    """An open file that counts and hashes what is read, and notices when it is changed meanwhile."""

    def __init__(self, path: Path, stop: Stop = never) -> None:
        """
        Raises:
            BadInputError: it is no plain file, or may not be read.
        """
        self.path, self.work = path, Work(str(path), stop)
        try:
            # A name that became a pipe since it was looked at must not block.
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        self._before = os.fstat(handle)
        if not is_plain(self._before):
            os.close(handle)
            raise BadInputError(f"{path} is no plain file. {_KEPT} Name a file that was exported.")
        self.stream: BinaryIO = os.fdopen(handle, "rb", buffering=0)
        self._hash = hashlib.sha256()
        self.done = 0

    @property
    def size(self) -> int:
        return self._before.st_size

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        self.work.check()
        try:
            data = self.stream.read(size)
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if data is None:  # nothing is there yet: files on a disk always have an answer
            raise BadInputError(f"{self.path} is no plain file. {_KEPT} Name a file that was exported.")
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
                f"{self.path} was changed while it was read. {_KEPT} Wait until the export is complete and try again."
            )
        return self._hash.hexdigest()


@contextmanager
def open_tables(path: Path, region: str, today: date, stop: Stop = never) -> Iterator[Iterator[Table]]:
    """The tables in a file: one, or a workbook's sheets. Each is read before the next is asked for, or not at all.

    Args:
        region, today: for client data in columns' names.
        stop: says whether somebody wants it to end. A workbook is read through before its tables are known.

    Raises:
        BadInputError: the file cannot be read, or is no table; also while its batches are read.
        CancelledError: `stop` said so.
    """
    file = _File(path, stop)
    with file.stream:
        ending = path.suffix.lower()
        if ending == ".xlsx":
            yield _sheets(file, region, today)
        elif ending in PACKED:
            yield iter([_packed(file)])
        else:
            file.work.grow(file.size)
            yield iter([_gzipped(file) if ending == ".gz" else _text(file, region, today)])


# --- text ---


def _text(file: _File, region: str, today: date) -> Table:
    """A table of text, or text that is in no table; a name with another ending tells nothing."""
    text = _Text(file, region, today)
    ending = file.path.suffix.lower()
    return text.table() if ending in TABLES or (ending == "" and len(text.names) > 1) else text.lines()


class _Text:
    """A table of text: its encoding, separator, width and heading, and its rows in blocks."""

    def __init__(self, file: _File, region: str, today: date) -> None:
        self._file = file
        first = file.read(BLOCK)
        self._refuse_others(first)
        self._decoder = _decoder(first)
        if self._decoder is None and first.count(0) > max(len(first) // 100, _FEW_ZEROS):
            raise BadInputError(f"{file.path} is no text. {_AGAIN} as CSV, in UTF-8.")
        self._old_line_ends = False
        head = self._plain(first, last=len(first) == file.size)
        self._old_line_ends = b"\n" not in head and b"\r" in head
        self._rest = self._whole = head.replace(b"\r", b"\n") if self._old_line_ends else head
        self._separator, rows = self._look()
        widths = Counter(len(row) for row in rows)
        self._width = max(widths, key=lambda width: (widths[width], width), default=0)
        if self._width > MAX_COLUMNS:
            raise BadInputError(
                f"{file.path} has more than {MAX_COLUMNS:,} columns. {_AGAIN} with those that hold contact details."
            )
        heading = next((row for row in rows[:10] if len(row) == self._width), [])
        self._headed = is_heading(heading, region, today)
        names = heading if self._headed else [""] * self._width
        self.names = clean_names(names, region, today)

    def table(self) -> Table:
        table = Table(storable(str(self._file.path)), self.names, self._file.size, self._batches)

        def read(columns: Sequence[int]) -> Iterator[Batch]:
            yield from self._batches(columns)
            table.sha256 = self._file.finish()

        table.read = read
        return table

    def lines(self) -> Table:
        """The text as a column of its lines."""

        def blocks() -> Iterator[bytes]:
            yield self._whole
            while data := self._file.read(BLOCK):
                yield self._plain(data, last=False)
            yield self._plain(b"", last=True)

        return _column(self._file, TEXT, documents.pieces(blocks()), self._file.finish)

    def _refuse_others(self, first: bytes) -> None:
        path = self._file.path
        if first.startswith(b"\xd0\xcf\x11\xe0"):
            raise BadInputError(
                f"{path} is an old or protected Excel file. {_KEPT} Save it as .xlsx without a password."
            )
        if first.startswith(b"PK\x03\x04"):
            raise BadInputError(f"{path} is packed. {_KEPT} Unpack it first; a workbook's name ends in .xlsx.")
        if first.startswith((b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"%PDF", b"PAR1", b"SQLite format 3")):
            raise BadInputError(f"{path} is no text. {_AGAIN} as CSV, in UTF-8.")

    def _plain(self, data: bytes, *, last: bool) -> bytes:
        """Bytes as UTF-8 or another encoding that has ASCII in it, without zeros."""
        if self._decoder is not None:
            data = self._decoder.decode(data, last).encode("utf-8", "replace")
        elif data.startswith(codecs.BOM_UTF8) and self._file.done <= BLOCK:
            data = data[3:]
        if self._old_line_ends:
            data = data.replace(b"\r", b"\n")
        return data.replace(b"\0", b"") if b"\0" in data else data

    def _look(self) -> tuple[str, list[list[str]]]:
        """The separator, and the first rows."""
        head = self._rest.lstrip(b"\r\n")
        head = head[: max(_HEAD, head.find(b"\n") + 1)]
        lines = head.decode("utf-8", "replace").splitlines(keepends=True)
        if len(head) < len(self._rest) and len(lines) > 1:
            lines.pop()  # it may be cut off
        if self._file.path.suffix.lower() in (".tsv", ".tab"):
            return "\t", _rows(lines, "\t")
        if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == len("sep=,"):
            separator = lines[0][len("sep=")]
            if separator.isascii():
                self._rest = self._rest.lstrip(b"\r\n")[len(lines[0]) :]
                return separator, _rows(lines[1:], separator)
        found = {separator: _rows(lines, separator) for separator in ",;\t|"}

        def fit(separator: str) -> tuple[bool, float, int]:
            """How alike the rows' widths are, and how wide they are."""
            widths = Counter(map(len, found[separator]))
            width, times = widths.most_common(1)[0] if widths else (0, 0)
            return width > 1, times / (len(found[separator]) or 1), width

        best = max(found, key=fit)
        return best, found[best]

    def _batches(self, columns: Sequence[int]) -> Iterator[Batch]:
        headed = self._headed
        for block in self._blocks():
            yield self._batch(block, columns, headed)
            headed = False

    def _blocks(self) -> Iterator[bytes]:
        """The rest of the file in whole rows."""
        rest = self._rest.lstrip(b"\r\n")
        self._rest = b""
        while True:
            cut = _row_end(rest)
            if cut:
                block, rest = rest[:cut], rest[cut:]
                if not block.isspace():
                    yield block
                del block  # it is large
            if len(rest) > MAX_ROW:
                raise BadInputError(
                    f"{self._file.path} has a line of more than {MAX_ROW >> 20} MiB. {_AGAIN} with a line for each row."
                )
            data = self._file.read(BLOCK)
            if not data:
                rest += self._plain(b"", last=True)
                if rest.strip():
                    yield rest
                return
            rest += self._plain(data, last=False)

    def _batch(self, block: bytes, columns: Sequence[int], headed: bool) -> Batch:
        texts: list[bytes] = []

        def keep(row: Any) -> str:
            texts.append(row.text.encode("utf-8", "replace"))
            return "skip"

        names = [str(index) for index in range(self._width)]
        wanted = [str(index) for index in columns]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(_utf8(block)),
                arrow_csv.ReadOptions(
                    use_threads=False,
                    block_size=2 * len(block) + 1024,
                    column_names=names,
                ),
                arrow_csv.ParseOptions(delimiter=self._separator, newlines_in_values=False, invalid_row_handler=keep),
                arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.binary()),
                    null_values=[],
                    strings_can_be_null=False,
                    include_columns=wanted or names[:1],
                ),
            )
        except pa.ArrowInvalid:  # its message quotes the row
            lines = block.splitlines()
            return Batch(0, [_binary([]) for _ in columns], len(lines), lines, self._file.done)
        skipped = int(headed and table.num_rows > 0)
        found = [_whole(table.column(name)).slice(skipped) for name in wanted]
        unread = sum(_lines(text) for text in texts) + sum(map(_swallowed, found))
        return Batch(table.num_rows - skipped, found, unread, texts, self._file.done)


def _column(file: _File, name: str, found: Iterator[list[bytes]], finish: Callable[[], str]) -> Table:
    """Texts as a table of one column."""
    table = Table(storable(str(file.path)), (name,), file.size, lambda _: iter(()))

    def read(columns: Sequence[int]) -> Iterator[Batch]:
        for texts in found:
            file.work.check()
            yield Batch(len(texts), [_binary(texts)] if len(columns) else [], 0, [], file.done)
        table.sha256 = finish()

    table.read = read
    return table


def _gzipped(file: _File) -> Table:
    """A file packed by gzip, as the lines that are in it."""
    first = file.read(BLOCK)
    if not first.startswith(b"\x1f\x8b"):
        raise BadInputError(f"{file.path} is not packed as its name says. {_AGAIN} as CSV, in UTF-8.")

    def blocks() -> Iterator[bytes]:
        with _translated(file.path):
            total = 0
            for block in documents.unpacked(first, file.read, file.work.grow):
                total += len(block)
                if total > max(MAX_RATIO * file.size, SMALL):
                    raise _too_much(file)
                if b"\0" in block:
                    raise BadInputError(f"{file.path} holds no text. {_AGAIN} as CSV, in UTF-8.")
                yield block

    return _column(file, TEXT, documents.pieces(blocks()), file.finish)


def _packed(file: _File) -> Table:
    """A document that is XML in an archive: all its text as one column."""
    _hash_workbook(file)
    sha256 = file.finish()
    skipped: list[str] = []

    def found() -> Iterator[list[bytes]]:
        with _translated(file.path), zipfile.ZipFile(_Watched(file)) as archive:
            file.work.grow(_unpacked(file, archive))
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels", ".vml")) and not part.is_dir():
                    _check_size(file, part, "sheet")
                    with archive.open(part) as stream:
                        yield from map(_without_tags, documents.pieces(iter(lambda: stream.read(documents.PIECE), b"")))
                elif part.file_size and part.filename != "mimetype" and not skipped:
                    skipped.append("It holds pictures or other files besides its text.")

    table = _column(file, TEXT, found(), lambda: sha256)
    table.skipped, table.sha256 = skipped, sha256
    return table


def _without_tags(lines: list[bytes]) -> list[bytes]:
    return documents.texts_of_xml(b"\n".join(lines))


def _decoder(first: bytes) -> codecs.IncrementalDecoder | None:
    """What turns UTF-16 and UTF-32 into text; None for encodings that have ASCII in them."""
    name = None
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        name = "utf-32"
    elif first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    else:
        sample = first[:4096]
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if max(even, odd) > len(sample) // 6 and min(even, odd) <= max(even, odd) // 8:
            name = "utf-16-le" if odd > even else "utf-16-be"
    return codecs.getincrementaldecoder(name)("replace") if name else None


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The first rows; what a reader for people's files refuses is split by the separator alone."""
    try:
        return [row for row in islice(csv.reader(lines, delimiter=separator), _SAMPLE_ROWS) if row]
    except csv.Error:
        return [line.rstrip("\r\n").split(separator) for line in lines[:_SAMPLE_ROWS]]


def _row_end(block: bytes) -> int:
    """Where the last whole row ends: after a line end that is not between quotation marks. 0 if there is none."""
    cut = block.rfind(b"\n") + 1
    if not cut:
        return 0
    odd = bool(np.count_nonzero(np.frombuffer(block, np.uint8, cut) == ord('"')) & 1)
    end = cut
    for _ in range(_MANY_LINES):
        if not odd:
            return end
        before = block.rfind(b"\n", 0, end - 1) + 1
        if not before:
            break
        odd ^= bool(block.count(b'"', before, end) & 1)
        end = before
    return cut if len(block) >= MAX_ROW else 0  # a mark is not closed: each line counts for itself


def _utf8(block: bytes) -> bytes:
    """Whole rows as UTF-8; what is none is taken for Windows' western encoding."""
    if block.isascii():
        return block
    offsets = np.array([0, len(block)], np.int32)
    try:
        pa.Array.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(block)]).cast(pa.string())
    except pa.ArrowInvalid:
        return block.decode("cp1252", "replace").encode("utf-8")
    return block


def _lines(text: bytes) -> int:
    return text.rstrip(b"\n").count(b"\n") + 1


def _swallowed(column: Any) -> int:
    """Rows that became part of a value, because a quotation mark was not closed."""
    lengths = pc.binary_length(column)
    if not len(column) or pc.max(lengths).as_py() < _LONG_VALUE:
        return 0
    long = column.filter(pc.greater_equal(lengths, _LONG_VALUE)).to_pylist()
    return sum(lines for value in long if (lines := value.count(b"\n")) > _SWALLOWED_LINES)


def _whole(column: Any) -> Any:
    """A column in one piece. No batch has 2 GiB, beyond which there would be two."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _binary(values: list[bytes]) -> Any:
    return pa.array(values, pa.binary())


# --- rows of values: workbooks, databases ---


def batch_of(
    rows: Sequence[Sequence[object]], columns: Sequence[int], width: int, done: int, longest: int | None = None
) -> Batch:
    """Rows of values as a batch. What a row has beyond the width could not be told into columns.

    A row with a value that is too long or no text counts as not read, though the rest of it is examined.

    Args:
        longest: a value that is searched to its end has no more bytes or characters; `MAX_VALUE` if not given.
    """
    most = longest or MAX_VALUE
    texts, found, unread = [], [[b""] * len(rows) for _ in columns], set()
    for number, row in enumerate(rows):
        beyond = b" ".join(_cell(value, most)[0] for value in row[width:])
        if beyond.strip():
            texts.append(beyond)
            unread.add(number)
        for place, index in enumerate(columns):
            if index < len(row) and row[index] is not None:
                found[place][number], is_whole = _cell(row[index], most)
                if not is_whole:
                    unread.add(number)
    return Batch(len(rows) - len(unread), list(map(_binary, found)), len(unread), texts, done)


def size_of(row: Sequence[object]) -> int:
    """About how many bytes a row of values has."""
    return _POINTER * len(row) + sum(
        len(value) for value in row if isinstance(value, (str, bytes, bytearray, memoryview))
    )


def in_batches(rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    """Rows in lists of `ROWS`, or fewer where they are long: a list has hardly more bytes than a block."""
    found: list[Sequence[object]] = []
    size = 0
    for row in rows:
        found.append(row)
        size += size_of(row)
        if len(found) >= ROWS or size >= BLOCK:
            yield found
            found, size = [], 0
    if found:
        yield found


def _cell(value: object, most: int) -> tuple[bytes, bool]:
    """A value as it would stand in a text table, without zeros, and whether it is all there.

    Pictures and the like hold no text.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value[: most + 1])
        text = raw[:most].replace(b"\0", b"")
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            if len(text) - error.start >= _LONGEST_CHARACTER or len(raw) <= most:
                return b"", False
        return text, len(raw) <= most
    if isinstance(value, str):
        found = value[:most].encode("utf-8", "replace")
        return found.replace(b"\0", b"") if b"\0" in found else found, len(value) <= most
    if value is None or isinstance(value, (bool, date, datetime, clock_time)):
        return b"" if value is None else str(value).encode(), True
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:  # noqa: PLR2004
        value = int(value)
    return str(value)[:most].replace("\0", "").encode("utf-8", "replace"), True


def _sheets(file: _File, region: str, today: date) -> Iterator[Table]:
    """A workbook's sheets. A part that several of them name is read once."""
    import warnings

    _hash_workbook(file)
    with _translated(file.path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and drawings, which do not matter here
        sheets, archive, strings = _open_sheets(file)
    sha256 = file.finish()
    for number, sheet in enumerate(sheets, 1):
        name = clean_name(sheet.title, number, region, today)
        path = storable(str(file.path) if len(sheets) == 1 else f"{file.path}, {name}")
        table = _sheet(path, sheet, region, today, file)
        table.sha256 = sha256
        yield table
    beside = _beside(file, archive, [sheet._worksheet_path for sheet in sheets], strings, sha256)
    if beside is not None:
        yield beside


def _beside(file: _File, archive: zipfile.ZipFile, sheets: Sequence[str], strings: str, sha256: str) -> Table | None:
    """What a workbook holds besides its cells, as one column; nothing if there is nothing."""
    skipped: list[str] = []

    def found() -> Iterator[list[bytes]]:
        with _translated(file.path):
            for texts, why in documents.beside_cells(archive, sheets, strings, file.work.check, MAX_PART):
                if texts:
                    yield texts
                elif why and why not in skipped:
                    skipped.append(why)

    texts = found()
    first = next(texts, None)
    if first is None and not skipped:
        return None
    table = _column(file, BESIDE, chain([first or []], texts), lambda: sha256)
    table.path, table.skipped, table.sha256 = f"{table.path}, besides cells", skipped, sha256
    return table


class _Watched:
    """A file as the reader of archives needs it, which asks at each piece whether to go on."""

    def __init__(self, file: _File) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        self._file.work.check()
        return self._file.stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file.stream, name)


def _open_sheets(file: _File) -> tuple[list[Any], zipfile.ZipFile, str]:
    """The sheets that have cells, the archive they are in, and the part with the shared texts.

    Raises:
        BadInputError: there are too many.
    """
    from openpyxl.packaging.relationship import get_rels_path
    from openpyxl.reader.excel import ExcelReader, _find_workbook_part  # type: ignore[attr-defined]
    from openpyxl.styles.stylesheet import apply_stylesheet
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import ARC_CONTENT_TYPES, ARC_STYLE, SHARED_STRINGS

    class Sheet(ReadOnlyWorksheet):
        def _get_size(self) -> None:
            """What a sheet says about its size may be wrong, and then values would be missed."""

    reader: Any = ExcelReader(_Watched(file), read_only=True, data_only=True, keep_links=False)
    archive = reader.archive
    file.work.grow(_unpacked(file, archive))
    _check_part(file, archive, ARC_CONTENT_TYPES)
    reader.read_manifest()
    if (strings := reader.package.find(SHARED_STRINGS)) is not None:
        _check_part(file, archive, strings.PartName[1:], "strings")
        with archive.open(strings.PartName[1:]) as stream:
            reader.shared_strings = _Strings(stream)
    workbook = _find_workbook_part(reader.package).PartName[1:]
    relations: str = get_rels_path(workbook)  # type: ignore[no-untyped-call]
    for part in (workbook, relations, ARC_STYLE):
        if part in reader.valid_files:
            _check_part(file, archive, part)
    reader.read_workbook()
    apply_stylesheet(archive, reader.wb)  # which cells are days
    if len(reader.parser.sheets) > MAX_SHEETS:
        raise BadInputError(f"{file.path} has more than {MAX_SHEETS:,} sheets. {_AGAIN} with those that hold contacts.")
    names: dict[str, str] = {}
    for sheet, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            names.setdefault(relation.target, sheet.name)
    for part in names:
        _check_part(file, archive, part, "sheet")
    sheets = [Sheet(reader.wb, name, part, reader.shared_strings) for part, name in names.items()]
    return sheets, archive, "" if strings is None else strings.PartName[1:]


class _Strings:
    """A workbook's shared texts by their numbers, in one run of bytes: a list of them takes five times the memory."""

    def __init__(self, stream: Any) -> None:
        self._text, self._ends = bytearray(), array("Q")
        self._inside = [""]
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._add
        parser.StartDoctypeDeclHandler = _refuse_doctype
        while data := stream.read(BLOCK // 4):
            parser.Parse(data, False)
        parser.Parse(b"", True)

    def _start(self, name: str, _: object) -> None:
        self._inside.append(name.rpartition(" ")[2])
        if len(self._inside) > _DEPTH:
            raise ValueError("nested too deep")

    def _end(self, name: str) -> None:
        if self._inside.pop() == "si":
            self._ends.append(len(self._text))

    def _add(self, text: str) -> None:
        if self._inside[-1] == "t" and "rPh" not in self._inside:  # that is how it is pronounced
            self._text += text.encode("utf-8", "replace")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            raise IndexError("there is no such text")
        start = self._ends[number - 1] if number else 0
        return self._text[start : self._ends[number]].decode("utf-8", "replace").replace("x005F_", "")


def _refuse_doctype(*_: object) -> None:
    raise ValueError("no workbook declares a type or entities")


def _hash_workbook(file: _File) -> None:
    first = file.read(8)
    if first.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInputError(
            f"{file.path} is protected by a password, or an old Excel file. {_KEPT} Save it as .xlsx without one."
        )
    if not first.startswith(b"PK"):
        raise BadInputError(f"{file.path} is no Excel workbook, whatever its name says. {_AGAIN} as .xlsx or CSV.")
    while file.read(BLOCK):
        pass
    file.stream.seek(0)


def _sheet(path: str, sheet: Any, region: str, today: date, file: _File) -> Table:
    rows = _filled_rows(file, sheet)
    first = list(islice(rows, _SAMPLE_ROWS))
    width = max(map(len, first), default=0)
    if width > MAX_COLUMNS:
        raise BadInputError(f"{file.path} has more than {MAX_COLUMNS:,} columns. {_AGAIN} with fewer.")
    heading = [_cell(value, _LONG_VALUE)[0].decode("utf-8", "replace") for value in first[0]] if first else []
    heading += [""] * (width - len(heading))
    headed = is_heading(heading, region, today)

    def read(columns: Sequence[int]) -> Iterator[Batch]:
        done = 0
        for chunk in in_batches(chain(first[headed:], rows)):
            done += len(chunk)
            yield batch_of(chunk, columns, width, done)

    return Table(path, clean_names(heading if headed else [""] * width, region, today), None, read)


def _filled_rows(file: _File, sheet: Any) -> Iterator[tuple[object, ...]]:
    with _translated(file.path):
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            file.work.check()
            if number > MAX_SHEET_ROWS:
                raise BadInputError(f"{file.path} has a sheet of more rows than Excel can make. {_AGAIN} as CSV.")
            if any(value is not None for value in row):
                if size_of(row) > MAX_ROW:
                    raise BadInputError(
                        f"{file.path} has a row of more than {MAX_ROW >> 20} MiB. {_AGAIN} with fewer columns."
                    )
                yield row


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    """Turn whatever a broken workbook leads to into a message; the errors of its readers can quote what is in it."""
    try:
        yield
    except (BadInputError, CancelledError):
        raise
    except Exception:
        raise BadInputError(
            f"{file} is a broken or incomplete workbook. {_AGAIN}, or save it as CSV, in UTF-8."
        ) from None


# --- before anything in a workbook is parsed ---


def _unpacked(file: _File, archive: zipfile.ZipFile) -> int:
    """The bytes of a workbook's parts, unpacked.

    Raises:
        BadInputError: it has too many parts or unpacks to too much.
    """
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise BadInputError(f"{file.path} has more than {MAX_PARTS:,} parts. {_AGAIN} as CSV, in UTF-8.")
    if any(part.flag_bits & 1 for part in parts):
        raise BadInputError(f"{file.path} is protected by a password. {_KEPT} Save it without one.")
    size = sum(part.file_size for part in parts if not part.is_dir())
    if size > max(MAX_WHOLE_RATIO * file.size, SMALL):
        raise _too_much(file)
    return size


def _too_much(file: _File) -> BadInputError:
    return BadInputError(f"{file.path} unpacks to far too much for a workbook. {_AGAIN} as CSV, in UTF-8.")


def _check_part(
    file: _File, archive: zipfile.ZipFile, name: str, kind: Literal["sheet", "strings", "other"] = "other"
) -> None:
    """Refuse what would not fit into memory or is built to do harm, by what the part is used for."""
    part = archive.getinfo(name)
    _check_size(file, part, kind)
    rows = _Rows(cuts=kind == "sheet")
    with archive.open(part) as stream:
        rest = 0  # bytes since the last mark-up
        while data := stream.read(BLOCK // 4):
            file.work.check()
            gaps = list(map(len, data.split(b"<")))
            gaps[0] += rest
            rest = gaps[-1]
            if max(gaps) > MAX_TEXT:
                raise BadInputError(f"{file.path} holds a text that no workbook can hold. {_AGAIN} as CSV, in UTF-8.")
            if kind != "strings" and rows.are_too_long(data):
                raise BadInputError(
                    f"{file.path} has a row, or another piece, that is too long to read. {_AGAIN} as CSV, in UTF-8."
                )


def _check_size(file: _File, part: zipfile.ZipInfo, kind: Literal["sheet", "strings", "other"]) -> None:
    limit = {"sheet": MAX_SHEET, "strings": MAX_STRINGS, "other": MAX_PART}[kind]
    if part.file_size > limit or part.file_size > MAX_RATIO * max(part.compress_size, 1 << 14):
        raise _too_much(file)


class _Rows:
    """Measures the rows of a sheet, which are read one by one, from the bytes alone; any other part is one row."""

    def __init__(self, *, cuts: bool) -> None:
        self._cuts, self._is_first = cuts, True
        self._size = self._marks = 0

    def are_too_long(self, data: bytes) -> bool:
        """Whether one of them, up to here, takes too much memory."""
        seen = _PROLOG.sub(b"", data[:_PROLOG_BYTES]) + data[_PROLOG_BYTES:] if self._is_first else data
        self._is_first = False
        if b"<!" in seen or b"<?" in seen:  # in a comment the end of a row is none
            self._cuts = False
        for number, piece in enumerate(_ROW_END.split(seen) if self._cuts else [seen]):
            if number:
                self._size = self._marks = 0
            self._size += len(piece)
            self._marks += piece.count(b"<") + piece.count(b"=")
            if self._size > MAX_ROW or self._marks > MAX_MARKS:
                return True
        return False
