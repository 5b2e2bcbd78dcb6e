"""However a file or database is made, checking it takes a bounded time and memory, or is clearly refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from penelope_admin.apart import never
from penelope_admin.detect import columns as scan
from penelope_admin.detect import reading, spans, tables, workbooks
from penelope_admin.detect.counts import LEAST_DISTINCT, MAX_DISTINCT, MAX_DISTINCT_IN_ALL, most_of
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.services.mirror import proof
from tests.cli.terminal import CHECKOUT
from tests.each import each
from tests.regions import REGION

MEGABYTES = 300
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ROW = "<row><c t='inlineStr'><is><t>jane{0}@gmail.com</t></is></c></row>"


def workbook(file: Path, *parts: str, sheets: int = 1, strings: str = "") -> Path:
    """A workbook of parts of rows; each sheet names the next part, starting again after the last."""
    named = "".join(f'<sheet name="S{n}" sheetId="{n + 1}" r:id="r{n}"/>' for n in range(sheets))
    related = "".join(
        f'<Relationship Id="r{n}" Type="{DOCUMENT}/worksheet" Target="worksheets/part{n % len(parts)}.xml"/>'
        for n in range(sheets)
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
            f'<Override PartName="/xl/s.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/></Types>',
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook {NAMESPACE} xmlns:r="{DOCUMENT}"><sheets>{named}</sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'
        )
        archive.writestr("xl/s.xml", f"<sst {NAMESPACE}>{strings}</sst>")
        for number, part in enumerate(parts):
            archive.writestr(
                f"xl/worksheets/part{number}.xml", f"<worksheet {NAMESPACE}><sheetData>{part}</sheetData></worksheet>"
            )
    return file


def refused(file: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        proof.examine(REGION["CA"], [file])
    return str(caught.value)


# --- memory ---

CHILD = """
import sys
from pathlib import Path
from penelope_admin.services.mirror import proof
from tests.regions import REGION
for file in sys.argv[1:]:
    proof.examine(REGION["CA"], [Path(file)])
    print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def hostile(kind: str) -> Iterator[str]:
    """The lines of a file of 2 to 4 MB that is made to take memory."""
    if kind == "at":
        yield "id,email\n1," + "@" * (4 << 20) + "\n"
    elif kind == "domains":
        yield "email\n"
        yield from (f"jane{n}@d{n}.com\n" for n in range(100_000))
    elif kind == "groups":
        yield "phone\n"
        yield from ("1 " * 3000 + "\n" for _ in range(1000))
    elif kind == "plus":
        yield "note\n"
        yield from ("+1" * 3000 + "\n" for _ in range(1000))
    elif kind == "torn":
        yield "a,b\n1,2\n"
        yield "ab\n" * 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in other units elsewhere")
def test_no_text_takes_more_than_300_mb_of_memory(tmp_path: Path) -> None:
    kinds = ["at", "domains", "groups", "plus", "torn"]
    files = [str(tmp_path / f"{kind}.csv") for kind in kinds]
    for kind, file in zip(kinds, files, strict=True):
        Path(file).write_text("".join(hostile(kind)), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *files], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    most = dict(zip(kinds, map(int, done.stdout.split()), strict=True))  # of each and those before it
    assert all(used < MEGABYTES for used in most.values()), most


def test_values_are_looked_at_in_bounded_pieces_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "PIECE", 1000)
    values = [b"short", b"x" * 2500, b"", b"jane@gmail.com " * 30, b"y" * 1000]
    pieces = [piece for piece, _, _ in spans.pieces_of(pa.array([b"before", *values], pa.binary()).slice(1))]
    assert max(sum(map(len, piece.to_pylist())) for piece in pieces) <= 1000
    whole = b"|".join(value for piece in pieces for value in piece.to_pylist())
    assert all(value in whole for value in values if len(value) < 1000)
    assert list(spans.pieces_of(pa.array([], pa.binary()))) == []


@pytest.mark.parametrize("place", [0, 600, 679, 680, 681, 990, 999, 1000, 1001, 1650, 1990, 2400])
def test_no_contact_is_torn_where_a_long_value_is_cut(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    monkeypatch.setattr(spans, "PIECE", 1000)
    scanner = scan.Scanner("notes", REGION["CA"], b"key")
    text = (" " * place + "jane.planted@gmail.com").ljust(3000)
    scanner.scan(spans.values_of([text.encode()]))
    assert len(scanner.counts.contacts.seen) >= 1
    assert "j***@g***.com" in scanner.counts.contacts.samples


@each("columns", [1, 90, 4000, 50_000])
def test_many_columns_share_what_is_remembered_of_contacts(columns: int) -> None:
    most = most_of(columns)
    assert LEAST_DISTINCT <= most <= MAX_DISTINCT
    assert most == LEAST_DISTINCT or most * columns <= MAX_DISTINCT_IN_ALL


def test_more_columns_than_can_be_told_of_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MAX_COLUMNS", 5)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("email,phone,note\na@example.com,1,x\n", "utf-8")
    with pytest.raises(BadInputError, match="more than 5 columns"):
        proof.examine(REGION["CA"], [tmp_path])
    with pytest.raises(BadInputError, match="more than 5 columns"):
        proof.survey(REGION["CA"], [tmp_path])


# --- workbooks ---


def test_a_part_that_many_sheets_name_is_read_as_often_as_if_one_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def counted(archive: zipfile.ZipFile, name: object, *arguments: object, **more: object) -> object:
        opened.append(name if isinstance(name, str) else getattr(name, "filename", ""))
        return real(archive, name, *arguments, **more)  # type: ignore[arg-type]

    file = workbook(tmp_path / "x.xlsx", ROW.format(1) * 30, ROW.format(2) * 30, sheets=400)
    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    found = proof.examine(REGION["CA"], [file])
    assert [item.rows for item in found.files] == [30, 30]
    parts = [name for name in opened if name.startswith("xl/worksheets/")]
    assert sorted(parts) == ["xl/worksheets/part0.xml"] * 3 + ["xl/worksheets/part1.xml"] * 3


def test_more_sheets_than_anybody_makes_are_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "x.xlsx", ROW.format(1), sheets=workbooks.MAX_SHEETS + 1)
    assert f"more than {workbooks.MAX_SHEETS} sheets" in refused(file)
    assert proof.examine(REGION["CA"], [workbook(file, ROW.format(1), sheets=workbooks.MAX_SHEETS)]).files


@each("part", ["<row>{}</row>", "<row>{}<!--</row>-->{}</row>", "<!--</row>-->{}"])
def test_a_row_of_more_cells_than_fit_into_memory_is_refused(tmp_path: Path, part: str) -> None:
    cells = "".join(f"<c r='A{number}'/>" for number in range(workbooks.MAX_MARKS // 2))
    assert "too long to read" in refused(workbook(tmp_path / "x.xlsx", part.replace("{}", cells)))


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "SMALL", 1 << 20)
    file = workbook(tmp_path / "x.xlsx", *(ROW.format(1) * 4000 for _ in range(5)))
    assert "unpacks to far too much" in refused(file)


def test_more_parts_than_a_workbook_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_PARTS", 4)
    assert "more than 4 parts" in refused(workbook(tmp_path / "x.xlsx", ROW.format(1)))


def test_shared_texts_are_read_as_they_are_shown(tmp_path: Path) -> None:
    strings = (
        "<si><t>jane@gm</t></si><si><r><t>jane@</t></r><r><t>gmail.com</t></r><rPh><t>x</t></rPh></si>"
        "<si/><si><t>zo\u00eb &amp; co</t></si>"
    )
    cells = "".join(f"<row><c t='s'><v>{number}</v></c></row>" for number in (1, 0, 3, 2))
    with tables.open_tables(workbook(tmp_path / "x.xlsx", cells, strings=strings), "CA", proof._today()) as found:
        values = [batch.columns[0].to_pylist() for table in found for batch in table.read([0])]
    assert values == [[b"jane@gmail.com", b"jane@gm", "zo\u00eb & co".encode(), b""]]


@each("number", ["4", "-1", "99999999999999999999"])
def test_a_shared_text_that_is_not_there_is_a_broken_workbook(tmp_path: Path, number: str) -> None:
    file = workbook(tmp_path / "x.xlsx", f"<row><c t='s'><v>{number}</v></c></row>", strings="<si><t>a</t></si>" * 3)
    assert "broken or incomplete workbook" in refused(file)


# --- time ---


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is left for anything."""
    monkeypatch.setattr(reading, "SECONDS", -1.0)
    monkeypatch.setattr(reading, "SECONDS_PER_MB", 0.0)


@pytest.mark.usefixtures("impatient")
def test_what_takes_longer_than_its_size_allows_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "x.csv"
    text.write_text("email\njane@gmail.com\n", "utf-8")
    for file in (text, workbook(tmp_path / "x.xlsx", ROW.format(1))):
        assert "takes far too long to read for its size" in refused(file)


def test_a_database_without_end_is_refused_and_one_that_was_stopped_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.2)
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute(
        "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r"
    )
    connection.close()
    with pytest.raises(BadInputError, match="takes far too long to read for its size"):
        proof.examine(REGION["CA"], f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(CancelledError):
        proof.examine(REGION["CA"], f"sqlite:///{tmp_path}/x.db", stop=lambda: True)


def test_a_larger_file_may_take_longer() -> None:
    work = reading.Work("x", never)
    before = work.allowed
    work.grow(5_000_000)
    assert work.allowed == before + 5 * reading.SECONDS_PER_MB


# --- what is no file ---


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="only Linux pretends to have these files")
@pytest.mark.parametrize("name", ["/proc/kmsg", "/proc/version", "/proc/self/mem", "/sys/kernel/uevent_seqnum"])
def test_what_only_looks_like_a_file_is_refused(name: str) -> None:
    if not Path(name).exists():
        pytest.skip("not on this system")
    assert "is neither a file nor a folder" in refused(Path(name))
    with pytest.raises(BadInputError, match="is not a file"):
        proof.examine(REGION["CA"], f"sqlite:///{name}")


def test_a_file_that_has_no_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.csv"
    file.write_text("email\n", "utf-8")
    real = os.fdopen

    class Silent:
        def __init__(self, handle: int) -> None:
            self._stream = real(handle, "rb", buffering=0)

        def read(self, _size: int) -> None:
            return None

        def __enter__(self) -> Silent:
            return self

        def __exit__(self, *_: object) -> None:
            self._stream.close()

    monkeypatch.setattr(os, "fdopen", lambda handle, *_, **__: Silent(handle))
    assert "is not a regular file" in refused(file)
