"""Workbooks are read whole, or refused with words; nothing in them is overlooked or quoted, and none does harm."""

from __future__ import annotations

import base64
import os
import struct
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from penelope_admin import apart
from penelope_admin.apart import never
from penelope_admin.detect import documents, reading, workbooks
from penelope_admin.detect.tables import open_tables
from penelope_admin.errors import BadInputError, CancelledError
from tests.detect.test_tables import SECRET, TODAY, read, refused
from tests.each import each


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook of two sheets."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Clients"
    sheet.append(["name", "mail", "phone", "born"])
    sheet.append(["Jane", SECRET, 4169671111, datetime(1987, 3, 5)])  # noqa: DTZ001
    sheet.append(["Joe", None, 4169672222.0, None, "beyond"])
    other = workbook.create_sheet("jane@gmail.com")
    other.append(["a", "b"])
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def test_every_sheet_of_a_workbook_is_a_table(book: Path) -> None:
    with open_tables(book, "CA", TODAY) as found:
        read_ones = [table for table in found if list(table.read([0]))]
    first, second, beside = ((table.path, table.names, table.sha256) for table in read_ones)
    assert first[:2] == (f"{book}, Clients", ("name", "mail", "phone", "born", "Column 5"))
    assert second[0] == f"{book}, [email address]"
    assert beside[:2] == (f"{book}, besides cells", (workbooks.BESIDE,))
    assert first[2] == second[2] == beside[2] is not None


def test_a_workbook_that_changes_meanwhile_is_refused(book: Path) -> None:
    with open_tables(book, "CA", TODAY) as found:
        batches = next(found).read([0])
        next(batches)
        os.utime(book, (0, 0))
        with pytest.raises(BadInputError, match="was changed while it was read"):
            list(batches)


def test_a_sheet_s_values_are_read_as_they_are_shown(book: Path) -> None:
    _, rows, unread, _ = read(book)
    assert rows[0][:3] == [b"Jane", SECRET.encode(), b"4169671111"]
    assert rows[1] == [b"Joe", b"", b"4169672222", b"", b"beyond"]
    assert unread == 0


def test_a_sheet_that_lies_about_its_size_is_read_whole(book: Path, tmp_path: Path) -> None:
    liar = repacked(book, tmp_path / "liar.xlsx", "xl/worksheets/sheet1.xml", b'ref="A1:E3"', b'ref="A1:A1"')
    assert read(liar)[1][0][1] == SECRET.encode()


def repacked(book: Path, target: Path, part: str, old: bytes, new: bytes) -> Path:
    """A copy of a workbook in which one part was changed."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new)
            copy.writestr(name, data)
    return target


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(book: Path, tmp_path: Path) -> None:
    bomb = repacked(
        book, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>" + b"<row/>" * 5_000_000
    )
    assert "far too much" in refused(bomb)


def test_a_text_that_no_workbook_can_hold_is_refused(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MAX_TEXT", 100_000)
    long = os.urandom(100_000).hex().encode()
    large = repacked(book, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>" + long)
    assert "a text that no workbook can hold" in refused(large)


def test_a_long_text_in_many_rows_comes_in_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 100_000)
    monkeypatch.setattr(workbooks, "MAX_RATIO", 10_000)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["name", "notes"])
    long = os.urandom(15_000).hex()
    for _ in range(200):
        sheet.append(["Jane", long])
    workbook.save(tmp_path / "x.xlsx")
    with open_tables(tmp_path / "x.xlsx", "CA", TODAY) as found:
        sizes = [(batch.rows, batch.columns[1].nbytes) for batch in next(found).read([0, 1])]
    assert sum(rows for rows, _ in sizes) == 200
    assert max(size for _, size in sizes) < 200_000


def test_a_row_that_is_far_too_long_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_ROW", 20)
    assert "has a row" in refused(book)


def test_reading_a_workbook_can_be_stopped_before_its_sheets_are_known(book: Path) -> None:
    with open_tables(book, "CA", TODAY, lambda: True) as found, pytest.raises(CancelledError):
        next(found)


def test_entities_in_a_workbook_are_refused(book: Path, tmp_path: Path) -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    evil = repacked(book, tmp_path / "e.xlsx", "xl/worksheets/sheet1.xml", b"<worksheet", declared)
    assert "broken or incomplete workbook" in refused(evil)


@pytest.mark.parametrize("keep", [0, 10, 100, 3000, -30])
def test_a_truncated_workbook_is_refused(book: Path, keep: int) -> None:
    book.write_bytes(book.read_bytes()[:keep])
    assert str(book) in refused(book)


def test_a_protected_workbook_is_refused(book: Path) -> None:
    data = bytearray(book.read_bytes())
    for sign, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.index(sign)
        data[place + offset] |= 1
    book.write_bytes(bytes(data))
    assert "protected by a password" in refused(book)
    book.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    assert "protected by a password" in refused(book)


# --- cells that another process reads ---

ROWS = (("name", "mail", "phone"), ("Jane", SECRET, 4169671111), ("Joe", "", 4169672222))
# Excel 97's format is a file system of its own; this is a workbook of ROWS by another program, packed.
XLS = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#izDZGPxaQWK#SN+?*hmV$WcrQOz|g@UDeQAE&fx@c^&DQPZxv08H!1W$^WLN8vbUi?816)zryiXH?(Nc1EgL{RY1"
        "W_|OrTT>0vfEJbcmU;8$&HH9%XXefRJYS9$=kK(a@B;?mL)i(Tp~@yGg}g!pRPQ)a_3|JkN8z7BC`b$0pyOfFvw&Pfx!xscxb1&T"
        "5_n7LIHoa{wXMV^Vjqve6mksxBn57er5SBJs#casmRnffV$Vk`2ibC&Wk2~A#W5@!W8Ho3E<UPta$PfIyZ4y$nk{<}$5XkB&tDN0"
        "UmZial$riJD?0p*SOBfth-F(jGhIZC7H|PyoCNUMi`1orvTv?kfb3t_+XFT1S2aH{3+E(n@B&)!-Y07U7*3}wJ3q66VU9?d$kjG8"
        "7G)VTmDYjj(-f0b95rn#4xFK^cg9NQto-09>C&6bW~jN*tQD3AHwSuTU7$B{05p=Eq`svd<uHiQQND8X(~E-><HiZL%<|!0c?4{i"
        "qlSYEl0oEVuJNtOZf5Led68S)#(F!;7;Rq4yT;?La$t^qE^%!a^|P1p(%4a@?<BqO;n4k#!aHLZ>5C(!bFsx&#ymRdku*tsdCj3m"
        "^oZ-%Bpw)EF5Khd4a>Hlj*g%famVhs&$$+?BFt)(Wu+u%N34}JcdjH`)L;u{`&@s)Y&mZ}nlHg@pxEb+ejJi5Xf;~UxCPziXf9{z"
        "iR27ut+*>4=&<{aFccIN6ciK`6ciMG3Bj+jl^1vUdaAph1_AfK&MKv{`c3lR;xMvw<>|w8KWxf#I9u2L*$Q2FZHWzXy#Iv~N2vE4"
        "rZB<dn5ujK(x;uMzMl;fBfl?%>g~T=&p7{Z|K9+{Z`Kn"
    )
)


def xls(file: Path) -> Path:
    file.write_bytes(XLS)
    return file


def ods(
    file: Path, beside: str = "", parts: dict[str, bytes] | None = None, rows: Sequence[Sequence[object]] = ROWS
) -> Path:
    """A sheet of OpenDocument."""

    def written(value: object) -> str:
        kind = f'float" office:value="{value}' if isinstance(value, int) else "string"
        return f'<table:table-cell office:value-type="{kind}"><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(written, row))}</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "draw")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:spreadsheet>'
        f'<table:table table:name="Clients">{lines}{beside}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
        for name, data in (parts or {}).items():
            archive.writestr(name, data)
    return file


def xlsb(file: Path, last: int = 2, right: int = 0) -> Path:
    """A binary workbook of Excel, of the records that it cannot do without.

    Args:
        last, right: where its third row is.
    """

    def record(kind: int, data: bytes = b"") -> bytes:
        length = len(data)
        sizes = [length & 0x7F | 0x80, length >> 7] if length > 0x7F else [length]
        return bytes([kind & 0xFF | 0x80, kind >> 7] if kind > 0x7F else [kind]) + bytes(sizes) + data

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    cells = b""
    for number, row in enumerate(ROWS):
        cells += record(0, struct.pack("<I", number if number < 2 else last) + bytes(13))
        for column, value in enumerate(row):
            place = struct.pack("<II", column + (right if number == 2 else 0), 0)
            if isinstance(value, int):
                cells += record(5, place + struct.pack("<d", value))
            elif value:
                cells += record(6, place + text(value))
    sheet = (
        record(129)
        + record(148, struct.pack("<4I", 0, last, 0, right + 2))
        + record(145)
        + cells
        + record(146)
        + record(130)
    )
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Clients"))
    formats = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{formats}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{formats}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return file


@pytest.mark.parametrize("name", ["book.xls", "book.xlsb", "book.ods"])
def test_other_workbooks_cells_are_read_too(tmp_path: Path, name: str) -> None:
    file = {"xls": xls, "xlsb": xlsb, "ods": ods}[name.rpartition(".")[2]](tmp_path / name)
    names, rows, unread, _ = read(file)
    assert (names, unread) == (["name", "mail", "phone"], 0)
    assert rows == [[b"Jane", SECRET.encode(), b"4169671111"], [b"Joe", b"", b"4169672222"]]


def test_what_an_open_sheet_has_beside_its_cells_is_read(tmp_path: Path) -> None:
    note = "<table:table-row><table:table-cell><office:annotation><text:p>kim@gmail.com</text:p></office:annotation>"
    link = (
        '<text:p><text:a xlink:href="mailto:jo@gmail.com">write</text:a></text:p></table:table-cell></table:table-row>'
    )
    file = ods(tmp_path / "x.ods", note + link, {"Pictures/logo.png": b"x", "Basic/macro.bin": b"x"})
    with open_tables(file, "CA", TODAY) as found:
        beside = list(found)[-1]
        texts = b" ".join(text for batch in beside.read([0]) for text in batch.columns[0].to_pylist())
    assert beside.names == (workbooks.BESIDE,)
    assert b"kim@gmail.com" in texts
    assert b"jo@gmail.com" in texts
    assert (beside.pictures, len(beside.skipped)) == (["It holds pictures."], 1)


def test_names_checks_and_notes_of_an_open_sheet_are_read_wherever_a_piece_of_it_ends() -> None:
    named = b'<table:named-expression table:name="c" table:expression="HYPERLINK(&quot;mailto:jo@gmail.com&quot;)"/>'
    check = b"<table:content-validation><text:p>ask kim@gmail.com</text:p></table:content-validation>"
    note = b"<office:annotation " + b"a='b' " * 200 + b"><text:p>lee@gmail.com</text:p></office:annotation>"
    data = named + check + b" " * (documents.PIECE - 1000 - len(named + check)) + note
    found = b" ".join(text for texts in documents._from_content(BytesIO(data), never) for text in texts)
    assert all(address in found for address in (b"jo@gmail.com", b"kim@gmail.com", b"lee@gmail.com"))
    formula = b'<f a="' + b"x" * 900 + b'">HYPERLINK("mailto:jo@gmail.com")</f>'
    data = b" " * (documents.PIECE - 910) + formula
    assert any(b"jo@gmail.com" in text for texts in documents._from_sheet(BytesIO(data), never) for text in texts)


def test_a_part_that_is_written_in_two_bytes_a_character_is_read_to_its_end(tmp_path: Path) -> None:
    """Only its first piece says how it is written."""
    words = " ".join(f"word{number * 7919 % 100_003}" for number in range(documents.PIECE // 8))
    text = f"<w:t>{words}</w:t><w:t>{SECRET}</w:t>"
    with zipfile.ZipFile(tmp_path / "x.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"))
    with open_tables(tmp_path / "x.docx", "CA", TODAY) as found:
        values = [value for batch in next(found).read([0]) for value in batch.columns[0].to_pylist()]
    assert SECRET.encode() in values
    content = "<office:annotation><text:p>kim@gmail.com</text:p></office:annotation>".encode("utf-16")
    assert b"kim@gmail.com" in b" ".join(
        text for texts in documents._from_content(BytesIO(content), never) for text in texts
    )


@each(
    "written",
    [
        '<w:p><w:r><w:t>jane@gm</w:t></w:r><w:proofErr w:type="spellEnd"/><w:r w:rsidR="00A1"><w:rPr><w:b/>'
        '<w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">ail.com</w:t></w:r></w:p>',
        "<si><r><t>jane@</t></r><r><rPr><b/></rPr><t>gmail.com</t></r></si>",
        "<a:p><a:r><a:rPr/><a:t>jane</a:t></a:r><a:r><a:t>@gmail.com</a:t></a:r></a:p>",
        '<text:p>ja<text:span text:style-name="T1">ne@gm</text:span>ail.com</text:p>',
    ],
)  # fmt: skip
def test_a_word_that_a_program_wrote_in_several_runs_is_one(written: str) -> None:
    assert b"jane@gmail.com" in documents.texts_of_xml(written.encode())


def test_cells_and_paragraphs_are_several_words() -> None:
    cells = "<w:tc><w:p><w:r><w:t>204-942</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3007</w:t></w:r></w:p></w:tc>"
    assert documents.texts_of_xml(cells.encode()) == [b"204-942", b"3007"]
    assert documents.texts_of_xml(b"<t>jane@gmail.com</t><t>jo@gmail.com</t>") == [b"jane@gmail.com", b"jo@gmail.com"]
    number = "<w:r><w:t>204</w:t><w:noBreakHyphen/><w:t>942</w:t></w:r><text:s/><w:t>3007</w:t>"
    assert documents.texts_of_xml(number.encode()) == [b"204-942 3007"]


def test_marks_of_how_letters_look_that_never_end_take_no_time() -> None:
    opened = b"<w:rPr><w:b>" * 200_000
    assert documents.texts_of_xml(opened + b"<w:t>jane@gmail.com</w:t>") == [b"jane@gmail.com"]


def test_a_part_is_not_passed_over_because_its_name_reminds_of_colours(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("xl/theme/theme2.xml", "<x>lee@gmail.com</x>")
        archive.writestr("customXml/themes-of-clients.xml", "<x>kim@gmail.com</x>")
    with open_tables(book, "CA", TODAY) as found:
        beside = list(found)[-1]
        texts = b" ".join(text for batch in beside.read([0]) for text in batch.columns[0].to_pylist())
    assert (b"kim@gmail.com" in texts, b"lee@gmail.com" in texts) == (True, False)


def test_rows_too_long_for_another_process_to_say_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MAX_LINE", 20)
    assert "too much memory or time" in refused(ods(tmp_path / "x.ods"))


def test_two_cells_far_apart_are_refused_before_they_take_all_memory(tmp_path: Path) -> None:
    assert "too much memory or time" in refused(xlsb(tmp_path / "x.xlsb", last=(1 << 20) - 1, right=16_000))


@pytest.mark.parametrize("name", ["book.xls", "book.xlsb", "book.ods"])
@pytest.mark.parametrize("keep", [0, 10, 600, -30])
def test_a_truncated_workbook_of_another_kind_is_refused(tmp_path: Path, name: str, keep: int) -> None:
    file = {"xls": xls, "xlsb": xlsb, "ods": ods}[name.rpartition(".")[2]](tmp_path / name)
    file.write_bytes(file.read_bytes()[:keep])
    if keep:
        assert str(file) in refused(file)
    elif file.suffix == ".xls":
        assert read(file)[1] == []


def test_a_page_that_is_called_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_text(f"<table><tr><td>{SECRET}</td></tr></table>")
    assert any(SECRET.encode() in value for row in read(tmp_path / "x.xls")[1] for value in row)
    (tmp_path / "y.xls").write_text(f"name\tmail\nJane\t{SECRET}\n")
    assert read(tmp_path / "y.xls")[:2] == (["name", "mail"], [[b"Jane", SECRET.encode()]])


def test_reading_cells_in_another_process_can_be_stopped(tmp_path: Path) -> None:
    asked = iter([*[False] * 6, *[True] * 10_000])
    with open_tables(xls(tmp_path / "x.xls"), "CA", TODAY, lambda: next(asked)) as found, pytest.raises(CancelledError):
        [list(table.read([0])) for table in found]


@pytest.mark.parametrize("size", [0, 1 << 40])
def test_a_large_workbook_is_read_alike_here_and_in_another_process(
    book: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(workbooks, "WORTH_A_PROCESS", size)
    with open_tables(book, "CA", TODAY) as found:
        tables = [(table.names, [column.to_pylist() for batch in table.read([0, 1, 2]) for column in batch.columns])
                  for table in found][:2]  # fmt: skip
    assert tables == [
        (("name", "mail", "phone", "born", "Column 5"),
         [[b"Jane", b"Joe"], [SECRET.encode(), b""], [b"4169671111", b"4169672222"]]),
        (("Column 1", "Column 2"), [[b"a"], [b"b"], [b""]]),
    ]  # fmt: skip


def test_what_another_process_does_not_get_through_is_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "WORTH_A_PROCESS", 0)
    workbook = openpyxl.Workbook()
    far = workbook.active
    assert far is not None
    far["A1"], far["XFD2000"] = "x", "kim@gmail.com"
    workbook.create_sheet().append(["name", SECRET])
    workbook.save(tmp_path / "x.xlsx")
    monkeypatch.setattr(workbooks, "MAX_COLUMNS", 1 << 20)
    with open_tables(tmp_path / "x.xlsx", "CA", TODAY) as found:
        last = list(found)[1]
        values = [column.to_pylist() for batch in last.read([0, 1]) for column in batch.columns]
    assert values == [[b"name"], [SECRET.encode()]]
