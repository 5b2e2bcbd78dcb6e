"""Reads workbooks, and documents that are XML in an archive, in bounded memory and time. Files are hostile."""

from __future__ import annotations

import math
import re
import zipfile
from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from itertools import chain, islice
from typing import Any, Literal
from xml.parsers import expat

from penelope_admin import apart
from penelope_admin.detect import documents, sheets
from penelope_admin.detect.reading import (
    AGAIN,
    BLOCK,
    KEPT,
    LONG_VALUE,
    MAX_COLUMNS,
    MAX_RATIO,
    MAX_ROW,
    MAX_WHOLE_RATIO,
    SAMPLE_ROWS,
    SMALL,
    TEXT,
    Batch,
    File,
    Table,
    as_table,
    batch_of,
    cell,
    in_batches,
    one_column,
    size_of,
    too_much,
    translated,
)
from penelope_admin.errors import BadInputError
from penelope_admin.files import storable

EXCEL = (".xlsx", ".xlsm", ".xltx", ".xltm")
APART = (".ods", ".xls", ".xlsb")
"""Workbooks whose cells are read in a process of its own."""
PACKED = (".odt", ".docx", ".pptx", ".odp")
"""Documents that are XML inside of an archive: their text is examined, as one column."""
BESIDE = "Links, comments, headers, names and formulas"
"""What the column is called that holds these."""
MAX_STRINGS = 48 << 20
"""Bytes of a workbook's shared texts, which have to be in memory at once."""
MAX_PARTS, MAX_SHEETS = 5000, 500
MAX_SHEET = 4 << 30
MAX_MARKS = 300_000
"""Signs of mark-up in a row or in a part that is read at once: each costs some hundred bytes of memory."""
MAX_TEXT = 4 << 20
"""Bytes of one text in a workbook. Excel takes 32 KiB."""
MAX_SHEET_ROWS = 1 << 20
MAX_APART = 512 << 20
"""Bytes of memory in which another process may read a workbook's cells, the program itself included."""
WORTH_A_PROCESS = 256 << 10
"""Bytes of a workbook from which on its start pays."""
OLD = b"\xd0\xcf\x11\xe0"  # how a workbook of Excel 97 starts, and any that is protected by a password
_ROW_END = re.compile(rb"</(?:\w{1,30}:)?row\s{0,9}>")
_PROLOG = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_PROLOG_BYTES = 4096
_DEPTH = 50  # of mark-up in a shared text


def packed(file: File) -> Table:
    """A document that is XML in an archive: all its text as one column."""
    _hash_workbook(file)
    skipped: list[str] = []

    def read() -> Iterator[list[bytes]]:
        with translated(file.path), zipfile.ZipFile(_Watched(file)) as archive:
            file.work.grow(_unpacked(file, archive))
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels", ".vml")) and not part.is_dir():
                    _check_size(file, part, "sheet")
                    with archive.open(part) as stream:
                        for lines in documents.pieces(documents.blocks_of_xml(stream)):
                            yield documents.texts_of_xml(b"\n".join(lines))
                elif part.file_size and part.filename != "mimetype" and not skipped:
                    skipped.append("It holds pictures or other files besides its text.")

    table = one_column(file, TEXT, read())
    table.skipped = skipped
    return table


def sheets_of(file: File) -> Iterator[Table]:
    """A workbook's sheets. A part that several of them name is read once.

    Another process reads cells three times as fast, but has to have a sheet in memory: it is asked where that is worth
    its start, and what it does not get through is read here, row by row.
    """
    import warnings

    _hash_workbook(file)
    with translated(file.path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and drawings, which do not matter here
        sheets, archive, strings = _open_sheets(file)
    with ExitStack() as stack:
        reader = _reader_apart(file, stack)
        for number, sheet in enumerate(sheets, 1):
            rows = sheet.iter_rows(values_only=True)
            if reader is not None and reader.has(sheet.title):
                rows = reader.rows()
            yield _sheet(_path(file, sheet.title, number, len(sheets)), rows, file)
    parts = [sheet._worksheet_path for sheet in sheets]
    yield from _beside(file, documents.beside_cells(archive, parts, strings, file.work.check))


def _path(file: File, name: str, number: int, count: int) -> str:
    """How a sheet of a file is called: as that is, where it has one alone."""
    if count == 1:
        return storable(str(file.path))
    return storable(f"{file.path}, {file.naming.clean(name, number)}")


def _reader_apart(file: File, stack: ExitStack) -> _ReaderApart | None:
    """What another process says of a workbook; nothing if that is not worth it, or it cannot read it."""
    if file.size < WORTH_A_PROCESS:
        return None
    try:
        reader = _ReaderApart(file)
    except BadInputError:
        return None
    stack.callback(reader.close)
    return reader


def sheets_apart(file: File) -> Iterator[Table]:
    """The sheets of a workbook whose cells another process reads, under limits of memory and time."""
    _hash_workbook(file, old=True)
    with ExitStack() as stack:
        archive = None
        if file.starts_with(OLD):
            file.work.grow(file.size)
        else:
            with translated(file.path):
                archive = stack.enter_context(zipfile.ZipFile(_Watched(file)))
                file.work.grow(_unpacked(file, archive))
        reader = _ReaderApart(file)
        stack.callback(reader.close)
        for number, name in enumerate(reader.names(), 1):
            yield _sheet(_path(file, name, number, reader.count), reader.rows(), file)
        yield from _beside(file, _beside_cells(file, archive))


def _beside_cells(file: File, archive: zipfile.ZipFile | None) -> Iterator[tuple[list[bytes], str]]:
    check = file.work.check
    if archive is None:
        file.stream.seek(0)
        return ((texts, "") for texts in documents.texts_of_binary(file.stream, check))
    if file.path.suffix.lower() == ".ods":
        return documents.beside_open_cells(archive, check)
    return documents.beside_cells(archive, (), "", check)


class _ReaderApart:
    """What the process that reads cells says, line by line.

    Attributes:
        count: of the sheets.
    """

    def __init__(self, file: File) -> None:
        self._file, self.count = file, 0
        self._lines = self._heard()
        self._next: object = next(self._lines, None)
        if isinstance(self._next, int):
            self.count = self._next
            self._advance()
        if self.count > MAX_SHEETS:
            self.close()
            raise _too_many(file)

    def close(self) -> None:
        """End the process, if it is not at its end."""
        self._lines.close()

    def names(self) -> Iterator[str]:
        """The sheets' names; what was not asked for of one's rows is passed over."""
        while (line := self._next) is not None:
            self._advance()
            if isinstance(line, str):
                yield line

    def has(self, title: str) -> bool:
        """Go on to a sheet, and say whether it was there; a process that failed has no more."""
        try:
            return any(name == title for name in self.names())
        except BadInputError:
            self._next = None
            return False

    def rows(self) -> Iterator[Sequence[object]]:
        """The rows of the sheet that was named last."""
        while isinstance(self._next, list):
            yield from (row for row in self._next if any(value != "" for value in row))
            self._advance()

    def _advance(self) -> None:
        self._next = next(self._lines, None)

    def _heard(self) -> Generator[object]:
        """The lines; an error at the end if that was not all.

        Raises:
            BadInputError: the workbook is broken or protected, or takes too much memory or time.
        """
        work, path = self._file.work, self._file.path
        command, seconds = self._file.helper("penelope_admin.detect.sheets"), math.ceil(work.allowed)
        ended = ""
        with closing(apart.lines(command, self._file.stream, MAX_APART, seconds, work.is_stopped)) as lines:
            for line in lines:
                if isinstance(line, dict):
                    ended = str(line.get("ended"))
                elif line is not None:
                    yield line
        work.check()
        if ended == sheets.PASSWORD:
            raise BadInputError(f"{path} is protected by a password. {KEPT} Save it without one.")
        if ended == sheets.BROKEN:
            raise BadInputError(f"{path} is a broken or incomplete workbook. {AGAIN}, or save it as CSV, in UTF-8.")
        if ended != sheets.DONE:
            raise BadInputError(
                f"{path} takes too much memory or time for a workbook. {KEPT} Save it as .xlsx, or as CSV in UTF-8."
            )


def _beside(file: File, parts: Iterator[tuple[list[bytes], str]]) -> Iterator[Table]:
    """What a workbook holds besides its cells, as one column; nothing if there is nothing."""
    skipped: list[str] = []
    pictures: list[str] = []

    def read() -> Iterator[list[bytes]]:
        with translated(file.path):
            for texts, why in parts:
                if texts:
                    yield texts
                elif why:
                    kind = pictures if why == documents.PICTURES else skipped
                    if why not in kind:
                        kind.append(why)

    texts = read()
    first = next(texts, None)
    if first is not None or skipped or pictures:
        table = one_column(file, BESIDE, chain([first or []], texts))
        table.path = f"{table.path}, besides cells"
        table.skipped, table.pictures = skipped, pictures
        yield table


class _Watched:
    """A file as the reader of archives needs it, which asks at each piece whether to go on."""

    def __init__(self, file: File) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        self._file.work.check()
        return self._file.stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file.stream, name)


def _open_sheets(file: File) -> tuple[list[Any], zipfile.ZipFile, str]:
    """The sheets that have cells, the archive they are in, and the part with the shared texts."""
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
    strings = ""
    if (named := reader.package.find(SHARED_STRINGS)) is not None:
        strings = named.PartName[1:]
        _check_part(file, archive, strings, "strings")
        with archive.open(strings) as stream:
            reader.shared_strings = _Strings(stream)
    workbook = _find_workbook_part(reader.package).PartName[1:]
    relations: str = get_rels_path(workbook)  # type: ignore[no-untyped-call]
    for part in (workbook, relations, ARC_STYLE):
        if part in reader.valid_files:
            _check_part(file, archive, part)
    reader.read_workbook()
    apply_stylesheet(archive, reader.wb)  # which cells are days
    if len(reader.parser.sheets) > MAX_SHEETS:
        raise _too_many(file)
    names: dict[str, str] = {}
    for sheet, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            names.setdefault(relation.target, sheet.name)
    for part in names:
        _check_part(file, archive, part, "sheet")
    sheets = [Sheet(reader.wb, name, part, reader.shared_strings) for part, name in names.items()]
    return sheets, archive, strings


def _too_many(file: File) -> BadInputError:
    return BadInputError(f"{file.path} has more than {MAX_SHEETS:,} sheets. {AGAIN} with those that hold contacts.")


class _Strings:
    """A workbook's shared texts by their numbers, in one run of bytes: a list of them takes five times the memory."""

    def __init__(self, stream: Any) -> None:
        self._text, self._ends = bytearray(), array("Q", [0])  # the first text follows one that is empty
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
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self):
            raise IndexError("there is no such text")
        text = self._text[self._ends[number] : self._ends[number + 1]]
        return text.decode("utf-8", "replace").replace("x005F_", "")


def _refuse_doctype(*_: object) -> None:
    raise ValueError("no workbook declares a type or entities")


def _hash_workbook(file: File, *, old: bool = False) -> None:
    first = file.read(8)
    if first.startswith(OLD) and not old:
        raise BadInputError(
            f"{file.path} is protected by a password, or an old Excel file. {KEPT} Save it as .xlsx without one."
        )
    if not first.startswith((b"PK", OLD)):
        raise BadInputError(f"{file.path} is not an Excel workbook, whatever its name says. {AGAIN} as .xlsx or CSV.")
    while file.read(BLOCK):
        pass
    file.stream.seek(0)


def _sheet(path: str, all_rows: Iterator[Sequence[object]], file: File) -> Table:
    rows = _filled_rows(file, all_rows)
    first = list(islice(rows, SAMPLE_ROWS))
    width = max(map(len, first), default=0)
    if width > MAX_COLUMNS:
        raise BadInputError(f"{file.path} has more than {MAX_COLUMNS:,} columns. {AGAIN} with fewer.")
    heading = [cell(value, LONG_VALUE)[0].decode("utf-8", "replace") for row in first[:1] for value in row]
    heading += [""] * (width - len(heading))
    names, headed = file.naming.columns(heading, width)

    def read(columns: Sequence[int]) -> Iterator[Batch]:
        done = 0
        for chunk in in_batches(chain(first[headed:], rows)):
            done += len(chunk)
            yield batch_of(chunk, columns, width, done)

    table = as_table(file, names, read)
    table.path, table.total = path, None
    return table


def _filled_rows(file: File, rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    with translated(file.path):
        for number, row in enumerate(rows):
            file.work.check()
            if number > MAX_SHEET_ROWS:
                raise BadInputError(f"{file.path} has a sheet of more rows than Excel can make. {AGAIN} as CSV.")
            if any(value is not None for value in row):
                if size_of(row) > MAX_ROW:
                    raise BadInputError(
                        f"{file.path} has a row of more than {MAX_ROW >> 20} MiB. {AGAIN} with fewer columns."
                    )
                yield row


# --- before anything in a workbook is parsed ---


def _unpacked(file: File, archive: zipfile.ZipFile) -> int:
    """The bytes of a workbook's parts, unpacked, unless those are too many."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise BadInputError(f"{file.path} has more than {MAX_PARTS:,} parts. {AGAIN} as CSV, in UTF-8.")
    if any(part.flag_bits & 1 for part in parts) or _is_encrypted(archive):
        raise BadInputError(f"{file.path} is protected by a password. {KEPT} Save it without one.")
    size = sum(part.file_size for part in parts if not part.is_dir())
    if size > max(MAX_WHOLE_RATIO * file.size, SMALL):
        raise too_much(file)
    return size


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether OpenDocument's list of parts says that some are."""
    with suppress(KeyError), archive.open("META-INF/manifest.xml") as listed:
        return b"encryption-data" in listed.read(documents.MAX_PART)
    return False


def _check_part(
    file: File, archive: zipfile.ZipFile, name: str, kind: Literal["sheet", "strings", "other"] = "other"
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
                raise BadInputError(f"{file.path} holds a text that no workbook can hold. {AGAIN} as CSV, in UTF-8.")
            if kind != "strings" and rows.are_too_long(data):
                raise BadInputError(
                    f"{file.path} has a row, or another piece, that is too long to read. {AGAIN} as CSV, in UTF-8."
                )


def _check_size(file: File, part: zipfile.ZipInfo, kind: Literal["sheet", "strings", "other"]) -> None:
    limit = {"sheet": MAX_SHEET, "strings": MAX_STRINGS, "other": documents.MAX_PART}[kind]
    if part.file_size > limit or part.file_size > MAX_RATIO * max(part.compress_size, 1 << 14):
        raise too_much(file)


class _Rows:
    """Measures the rows of a sheet, which are read one by one, from the bytes alone; any other part is one row."""

    def __init__(self, *, cuts: bool) -> None:
        self._cuts, self._is_first = cuts, True
        self._size = self._marks = 0

    def are_too_long(self, data: bytes) -> bool:
        """Whether one of them, up to here, takes too much memory."""
        if self._is_first:
            data = _PROLOG.sub(b"", data[:_PROLOG_BYTES]) + data[_PROLOG_BYTES:]
        self._is_first = False
        if b"<!" in data or b"<?" in data:  # in a comment the end of a row is none
            self._cuts = False
        for number, piece in enumerate(_ROW_END.split(data) if self._cuts else [data]):
            if number:
                self._size = self._marks = 0
            self._size += len(piece)
            self._marks += piece.count(b"<") + piece.count(b"=")
            if self._size > MAX_ROW or self._marks > MAX_MARKS:
                return True
        return False
