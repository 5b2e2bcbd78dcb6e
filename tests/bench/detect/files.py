"""Workbooks and folders of files, with people in them and without: what each should be called."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment

from tests.bench.detect import people
from tests.detect.test_workbooks import ods as open_sheet

Rows = Sequence[Sequence[object]]
Right = tuple[str, ...]
REAL, CLEAN, OPEN, NOT_CLEAN = ("real",), ("de-identified",), ("cannot-tell",), ("real", "cannot-tell")
COUNT = 200


def rows(real: bool, *, bare: bool = False) -> Rows:
    """A heading and `COUNT` clients."""
    chance = random.Random(7)
    found: list[Sequence[object]] = [("id", "name", "email", "home_phone", "born")]
    for number in range(COUNT):
        mail = people.addresses("CA")[number] if real else f"user{number}@example.com"
        phone = people.bare(people.numbers("CA")[number]) if real else f"41655501{number % 100:02}"
        told = int(phone) if bare else f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"
        found.append((number, f"Client {number}", mail, told, date(1950 + number % 60, 1, chance.randrange(1, 28))))
    return found


def text_of(given: Rows, sign: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=sign).writerows(given)
    return stream.getvalue()


# --- workbooks ---


def book(file: Path, *sheets: Rows, change: Callable[[openpyxl.Workbook], object] = lambda _: None) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for given in sheets:
        sheet = made.create_sheet()
        for row in given:
            sheet.append(list(row))
    change(made)
    made.save(file)
    return file


def with_part(file: Path, name: str, data: bytes | str = b"x") -> Path:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file


def commented(made: openpyxl.Workbook) -> None:
    for number in range(30):
        made.worksheets[0].cell(number + 2, 1).comment = Comment(f"write {people.addresses('CA')[number]}", "x")


def linked(made: openpyxl.Workbook) -> None:
    for number in range(30):
        made.worksheets[0].cell(number + 2, 1).hyperlink = f"mailto:{people.addresses('CA')[number]}"


def hidden(made: openpyxl.Workbook) -> None:
    made.worksheets[-1].sheet_state = "veryHidden"


def headed(made: openpyxl.Workbook) -> None:
    made.worksheets[0].oddHeader.center.text = "Ring (204) 942-3007"


def formulas(made: openpyxl.Workbook) -> None:
    for number in range(30):
        made.worksheets[0].cell(number + 2, 7).value = f'=HYPERLINK("mailto:{people.addresses("CA")[number]}")'


def dated(made: openpyxl.Workbook) -> None:
    for row in made.worksheets[0].iter_rows(min_row=2, min_col=5, max_col=5):
        row[0].number_format = "yyyy-mm-dd"


def shifted(given: Rows) -> Rows:
    return [*([""] * 3 for _ in range(4)), *(("", "", *row) for row in given)]


def open_book(file: Path, real: bool, beside: str = "", parts: dict[str, bytes] | None = None) -> Path:
    return open_sheet(file, beside, parts, rows(real))


WORKBOOKS: dict[str, tuple[Callable[[Path], Path], Right]] = {
    "people": (lambda f: book(f / "a.xlsx", rows(True)), REAL),
    "people, numbers as numbers": (lambda f: book(f / "a.xlsx", rows(True, bare=True)), REAL),
    "people on the second sheet": (lambda f: book(f / "a.xlsx", rows(False), rows(True)), REAL),
    "people on a hidden sheet": (lambda f: book(f / "a.xlsx", rows(False), rows(True), change=hidden), REAL),
    "people below empty rows": (lambda f: book(f / "a.xlsx", shifted(rows(True))), REAL),
    "people in comments": (lambda f: book(f / "a.xlsx", rows(False), change=commented), NOT_CLEAN),
    "people in links": (lambda f: book(f / "a.xlsx", rows(False), change=linked), NOT_CLEAN),
    "people in formulas": (lambda f: book(f / "a.xlsx", rows(False), change=formulas), NOT_CLEAN),
    "one number in a header": (lambda f: book(f / "a.xlsx", rows(False), change=headed), NOT_CLEAN),
    "people, with macros": (lambda f: with_part(book(f / "a.xlsm", rows(True)), "xl/vbaProject.bin"), REAL),
    "people, called .xls": (lambda f: book(f / "a.xls", rows(True)), REAL),
    "people, .ods": (lambda f: open_book(f / "a.ods", True), REAL),
    "a page called .xls": (lambda f: write(f / "a.xls", f"<table><td>{text_of(rows(True), '|')}</table>"), REAL),
    "a table called .xls": (lambda f: write(f / "a.xls", text_of(rows(True), "\t")), REAL),
    "clean": (lambda f: book(f / "a.xlsx", rows(False)), CLEAN),
    "clean, numbers as numbers": (lambda f: book(f / "a.xlsx", rows(False, bare=True)), CLEAN),
    "clean, days": (lambda f: book(f / "a.xlsx", rows(False), change=dated), CLEAN),
    "clean, two sheets": (lambda f: book(f / "a.xlsx", rows(False), rows(False)), CLEAN),
    "clean, with a logo": (lambda f: with_part(book(f / "a.xlsx", rows(False)), "xl/media/image1.png"), CLEAN),
    "clean, .ods": (lambda f: open_book(f / "a.ods", False), CLEAN),
    "clean, .ods with a logo": (lambda f: open_book(f / "a.ods", False, parts={"Pictures/a.png": b"x"}), CLEAN),
    "clean, with macros": (lambda f: with_part(book(f / "a.xlsm", rows(False)), "xl/vbaProject.bin"), OPEN),
    "clean, with something embedded": (
        lambda f: with_part(book(f / "a.xlsx", rows(False)), "xl/embeddings/o.docx"), OPEN,
    ),
    "no contacts at all": (lambda f: book(f / "a.xlsx", [("id", "city"), *((n, "Ottawa") for n in range(99))]), OPEN),
    "empty": (lambda f: book(f / "a.xlsx", [("email", "phone")]), OPEN),
}  # fmt: skip


# --- folders ---


def write(file: Path, content: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def lines() -> str:
    return "\n".join(json.dumps({"name": row[1], "mail": row[2], "tel": row[3]}) for row in rows(True)[1:])


def dump() -> str:
    return "\n".join(f"INSERT INTO client VALUES ({row[0]},'{row[2]}','{row[3]}');" for row in rows(True)[1:])


def cards() -> str:
    return "".join(f"BEGIN:VCARD\nEMAIL:{row[2]}\nTEL:{row[3]}\nEND:VCARD\n" for row in rows(True)[1:])


def marked_up() -> str:
    clients = (f"<client mail='{row[2]}'><tel>{row[3]}</tel></client>" for row in rows(True)[1:])
    return f"<all>{''.join(clients)}</all>"


def letter(file: Path) -> Path:
    body = "".join(f"<w:p><w:t>{row[2]}</w:t></w:p>" for row in rows(True)[1:])
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document>{body}</w:document>")
    return file


def linked_out(folder: Path) -> Path:
    target = write(folder.parent / "outside.csv", text_of(rows(True)))
    (folder / "link.csv").symlink_to(target)
    return target


BESIDE: dict[str, tuple[Callable[[Path], object], Right]] = {
    "nothing": (lambda _: None, CLEAN),
    "another clean table": (lambda f: write(f / "b.csv", text_of(rows(False))), CLEAN),
    "a clean workbook": (lambda f: book(f / "b.xlsx", rows(False)), CLEAN),
    "a clean one three folders deep": (lambda f: write(f / "1/2/3/b.csv", text_of(rows(False))), CLEAN),
    "a lock beside a workbook": (lambda f: write(f / "~$b.xlsx", "x"), CLEAN),
    "a table without contacts": (lambda f: write(f / "b.csv", "id,city\n" + "1,Ottawa\n" * 99), CLEAN),
    "people in .csv": (lambda f: write(f / "b.csv", text_of(rows(True))), REAL),
    "people in .tsv": (lambda f: write(f / "b.tsv", text_of(rows(True), "\t")), REAL),
    "people in .txt": (lambda f: write(f / "b.txt", text_of(rows(True), "|")), REAL),
    "people in .dat": (lambda f: write(f / "b.dat", text_of(rows(True), ";")), REAL),
    "people in .json": (lambda f: write(f / "b.json", lines()), REAL),
    "people in .xml": (lambda f: write(f / "b.xml", marked_up()), REAL),
    "people in .sql": (lambda f: write(f / "b.sql", dump()), REAL),
    "people in .vcf": (lambda f: write(f / "b.vcf", cards()), REAL),
    "people in .csv.gz": (lambda f: write(f / "b.csv.gz", gzip.compress(text_of(rows(True)).encode())), REAL),
    "people in .docx": (lambda f: letter(f / "b.docx"), REAL),
    "people in UTF-16": (lambda f: write(f / "b.csv", text_of(rows(True)).encode("utf-16")), REAL),
    "people in a folder": (lambda f: write(f / "1/b.csv", text_of(rows(True))), REAL),
    "people in .ods": (lambda f: open_book(f / "b.ods", True), REAL),
    "people in .zip": (lambda f: write(f / "b.zip", b"PK\x03\x04"), OPEN),
    "people in a hidden file": (lambda f: write(f / ".b.csv", text_of(rows(True))), OPEN),
    "people behind a link": (linked_out, OPEN),
    "people five folders deep": (lambda f: write(f / "1/2/3/4/5/b.csv", text_of(rows(True))), OPEN),
    "a database": (lambda f: write(f / "b.db", b"SQLite format 3\0"), OPEN),
    "a torn workbook": (lambda f: write(f / "b.xlsx", b"PK\x03\x04torn"), OPEN),
}


def cases(scratch: Path) -> Iterator[tuple[str, str, Path, Right]]:
    """Group, name, what to examine, and what it may be called."""
    for number, (name, (make, right)) in enumerate(WORKBOOKS.items()):
        folder = scratch / f"book{number}"
        folder.mkdir()
        yield "workbooks", name, make(folder), right
    for number, (name, (put, right)) in enumerate(BESIDE.items()):
        folder = scratch / f"folder{number}" / "export"
        folder.mkdir(parents=True)
        write(folder / "a.csv", text_of(rows(False)))
        put(folder)
        yield "folders", name, folder, right
