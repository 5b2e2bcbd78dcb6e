"""Reads exports - tables, workbooks, any other text - in batches of columns, in bounded memory. Files are hostile.

A text table is read in blocks of whole rows, which Arrow splits into columns. Rows it cannot split are handed over as
text, so that nothing in them is overlooked. No value ever gets into an error: messages name the file and what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from penelope_admin.apart import never
from penelope_admin.detect import documents, workbooks
from penelope_admin.detect.names import Naming
from penelope_admin.detect.reading import (
    AGAIN,
    BLOCK,
    KEPT,
    LONG_VALUE,
    MAX_COLUMNS,
    MAX_RATIO,
    MAX_ROW,
    SAMPLE_ROWS,
    SMALL,
    TEXT,
    Batch,
    CancelToken,
    File,
    Helper,
    Table,
    as_table,
    by_this_python,
    one_column,
    too_much,
    translated,
)
from penelope_admin.detect.spans import PART, values_of
from penelope_admin.errors import BadInputError

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".psv")
"""Text whose lines may be rows of a table; other text is one column, "Text"."""
_NO_TEXT = bytes({*range(0x02, 0x08), *range(0x10, 0x1B), 0x7F})
"""Control characters that no program writes into text: of pictures and of what is packed or encrypted they are 7 %."""
_MOST, _FEW = 0.01, 8  # of these, and of zeros, may have got into a text: such a share, or so many
_HEAD = 256 << 10
_ONCE_FREED = 31 << 20  # bytes; of larger ones glibc learns nothing
_MANY_LINES = 1000  # looked back over for the end of a row
_SWALLOWED_LINES = 200  # no note has so many: an unclosed quotation mark made a value of rows


@contextmanager
def open_tables(
    path: Path, region: str, today: date, stop: CancelToken = never, helper: Helper = by_this_python
) -> Iterator[Iterator[Table]]:
    """The tables in a file: one, or a workbook's sheets. Each is read before the next is asked for, or not at all.

    Args:
        region, today: for client data in columns' names.
        stop: says whether somebody wants it to end. A workbook is read through before its tables are known.
        helper: gives the command that runs one of our modules in a process of its own.

    Raises:
        BadInputError: the file cannot be read, or is no table; also while its batches are read.
        CancelledError: `stop` said so.
    """
    file = File(path, Naming(region, today), stop, helper)
    with file.stream:
        yield _tables_of(file)


def _tables_of(file: File) -> Iterator[Table]:
    ending = file.path.suffix.lower()
    if ending == ".xls" and file.starts_with(b"PK"):
        ending = ".xlsx"  # a name that was changed by hand
    elif ending == ".xls" and not file.starts_with(workbooks.OLD):
        ending = ""  # programs call a page or a table so that Excel opens it
    if ending in workbooks.EXCEL:
        yield from workbooks.sheets_of(file)
    elif ending in workbooks.APART:
        yield from workbooks.sheets_apart(file)
    elif ending in workbooks.PACKED:
        yield workbooks.packed(file)
    else:
        file.work.grow(file.size)
        yield _text(file)


# --- text ---


def _text(file: File) -> Table:
    """A table of text, or text that is in no table; a name with another ending tells nothing."""
    ending = file.path.suffix.lower()
    if ending == ".gz":
        return _gzipped(file)
    text = _Text(file)
    return text.table() if ending in TABLES or (ending in ("", ".xls") and len(text.names) > 1) else text.lines()


class _Text:
    """A table of text: its encoding, separator, width and heading, and its rows in blocks."""

    def __init__(self, file: File) -> None:
        self._file = file
        first = file.read(BLOCK)
        self._refuse_others(first)
        self._decoder = documents.decoder_of(first)
        self._old_line_ends = False
        head = self._plain(first, last=len(first) == file.size)
        zeros = first.count(0) if self._decoder is None else 0
        if max(zeros, len(head) - len(head.translate(None, _NO_TEXT))) > max(_MOST * len(first), _FEW):
            raise BadInputError(f"{file.path} is not a text file. {AGAIN} as CSV, in UTF-8.")
        self._old_line_ends = b"\n" not in head and b"\r" in head
        self._rest = head.replace(b"\r", b"\n") if self._old_line_ends else head
        self._separator, rows = self._separate()
        widths = Counter(len(row) for row in rows)
        self._width = max(widths, key=lambda width: (widths[width], width), default=0)
        if self._width > MAX_COLUMNS:
            raise BadInputError(
                f"{file.path} has more than {MAX_COLUMNS:,} columns. {AGAIN} with those that hold contact details."
            )
        heading = next((row for row in rows[:10] if len(row) == self._width), [])
        self.names, self._headed = file.naming.columns(heading, self._width)

    def table(self) -> Table:
        return as_table(self._file, self.names, self._batches)

    def lines(self) -> Table:
        """The text as a column of its lines."""

        def blocks() -> Iterator[bytes]:
            yield self._rest
            self._rest = b""
            while data := self._file.read(BLOCK):
                yield self._plain(data, last=False)
            yield self._plain(b"", last=True)

        return one_column(self._file, TEXT, documents.pieces(blocks()))

    def _refuse_others(self, first: bytes) -> None:
        path = self._file.path
        if first.startswith(b"\xd0\xcf\x11\xe0"):
            raise BadInputError(
                f"{path} is an old or protected Excel file. {KEPT} Save it as .xlsx without a password."
            )
        if first.startswith(b"PK\x03\x04"):
            raise BadInputError(f"{path} is packed. {KEPT} Unpack it first; a workbook's name ends in .xlsx.")
        if first.startswith((b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"%PDF", b"PAR1", b"SQLite format 3")):
            raise BadInputError(f"{path} is not a text file. {AGAIN} as CSV, in UTF-8.")

    def _plain(self, data: bytes, *, last: bool) -> bytes:
        """Bytes as UTF-8 or another encoding that has ASCII in it, without zeros."""
        if self._decoder is not None:
            data = self._decoder.decode(data, last).encode("utf-8", "replace")
        elif self._file.done <= BLOCK:
            data = data.removeprefix(codecs.BOM_UTF8)
        if self._old_line_ends:
            data = data.replace(b"\r", b"\n")
        return data.replace(b"\0", b"")

    def _separate(self) -> tuple[str, list[list[str]]]:
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
        rows = {separator: _rows(lines, separator) for separator in ",;\t|"}

        def fit(separator: str) -> tuple[bool, float, int]:
            """How alike the rows' widths are, and how wide they are."""
            widths = Counter(map(len, rows[separator]))
            width, times = widths.most_common(1)[0] if widths else (0, 0)
            return width > 1, times / (len(rows[separator]) or 1), width

        best = max(rows, key=fit)
        return best, rows[best]

    def _batches(self, columns: Sequence[int]) -> Iterator[Batch]:
        headed = self._headed
        for block, size in self._blocks():
            yield self._batch(block, size, columns, headed)
            headed = False

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """The rest of the file in blocks, and how many bytes of each are whole rows: what is large is not copied."""
        _keep_freed_memory()
        rest = self._rest.lstrip(b"\r\n")
        self._rest = b""
        while True:
            if cut := _row_end(rest):
                block, rest = rest, rest[cut:]
                if not block[:_HEAD].isspace() or not block[:cut].isspace():
                    yield block, cut
                del block  # it is large
            if len(rest) > MAX_ROW:
                raise BadInputError(
                    f"{self._file.path} has a line of more than {MAX_ROW >> 20} MiB. {AGAIN} with a line for each row."
                )
            data = self._file.read(BLOCK)
            if not data:
                rest += self._plain(b"", last=True)
                if rest.strip():
                    yield rest, len(rest)
                return
            rest += self._plain(data, last=False)

    def _batch(self, block: bytes, size: int, columns: Sequence[int], headed: bool) -> Batch:
        texts: list[bytes] = []

        def keep(row: Any) -> str:
            texts.append(row.text.encode("utf-8", "replace"))
            return "skip"

        names = [str(index) for index in range(self._width)]
        included = [str(index) for index in columns]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(_utf8(block, size)),
                arrow_csv.ReadOptions(use_threads=False, block_size=2 * size + 1024, column_names=names),
                arrow_csv.ParseOptions(delimiter=self._separator, newlines_in_values=False, invalid_row_handler=keep),
                arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.binary()),
                    null_values=[],
                    strings_can_be_null=False,
                    include_columns=included or names[:1],
                ),
            )
        except pa.ArrowInvalid:  # its message quotes the row
            lines = block[:size].splitlines()
            return Batch(0, [values_of([]) for _ in columns], len(lines), lines, self._file.done)
        skipped = int(headed and table.num_rows > 0)
        arrays = [_whole(table.column(name)).slice(skipped) for name in included]
        unread = sum(_lines(text) for text in texts) + sum(map(_swallowed, arrays))
        return Batch(table.num_rows - skipped, arrays, unread, texts, self._file.done)


def _gzipped(file: File) -> Table:
    """A file packed by gzip, as the lines that are in it."""
    if not file.starts_with(b"\x1f\x8b"):
        raise BadInputError(f"{file.path} is not packed as its name says. {AGAIN} as CSV, in UTF-8.")
    packed: Any = file  # of what files can do, gzip only reads

    def blocks() -> Iterator[bytes]:
        with translated(file.path), gzip.GzipFile(fileobj=packed, mode="rb") as stream:
            total = 0
            while block := stream.read(documents.PIECE):
                file.work.grow(len(block))
                total += len(block)
                if total > max(MAX_RATIO * file.size, SMALL):
                    raise too_much(file)
                if b"\0" in block:
                    raise BadInputError(f"{file.path} holds no text. {AGAIN} as CSV, in UTF-8.")
                yield block

    return one_column(file, TEXT, documents.pieces(blocks()))


def _keep_freed_memory() -> None:
    """Have glibc keep the memory of a block for the next one: to get it from the system again takes a twentieth of the
    time of a check. Once so large a piece was freed, untouched, twice as much is kept. Elsewhere nothing happens.
    """
    bytes(_ONCE_FREED)


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The first rows; what a reader for people's files refuses is split by the separator alone."""
    try:
        return [row for row in islice(csv.reader(lines, delimiter=separator), SAMPLE_ROWS) if row]
    except csv.Error:
        return [line.rstrip("\r\n").split(separator) for line in lines[:SAMPLE_ROWS]]


def _row_end(block: bytes) -> int:
    """Where the last whole row ends: after a line end that is not between quotation marks. 0 if there is none."""
    cut = block.rfind(b"\n") + 1
    if not cut:
        return 0
    data = np.frombuffer(block, np.uint8, cut)
    marks = (int(np.count_nonzero(data[place : place + PART] == ord('"'))) for place in range(0, cut, PART))
    odd = bool(sum(marks) & 1)
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


def _utf8(block: bytes, size: int) -> Any:
    """The first bytes of a block as UTF-8, in a buffer; what is none is taken for Windows' western encoding."""
    whole = pa.py_buffer(block)
    if not block.isascii():
        offsets = pa.py_buffer(np.array([0, size], np.int32))
        try:
            pa.Array.from_buffers(pa.binary(), 1, [None, offsets, whole]).cast(pa.string())
        except pa.ArrowInvalid:
            return pa.py_buffer(block[:size].decode("cp1252", "replace").encode("utf-8"))
    return whole.slice(0, size)


def _lines(text: bytes) -> int:
    return text.rstrip(b"\n").count(b"\n") + 1


def _swallowed(column: Any) -> int:
    """Rows that became part of a value, because a quotation mark was not closed."""
    lengths = pc.binary_length(column)
    if not len(column) or pc.max(lengths).as_py() < LONG_VALUE:
        return 0
    long = column.filter(pc.greater_equal(lengths, LONG_VALUE)).to_pylist()
    return sum(lines for value in long if (lines := value.count(b"\n")) > _SWALLOWED_LINES)


def _whole(column: Any) -> Any:
    """A column in one piece. No batch has 2 GiB, beyond which there would be two."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
