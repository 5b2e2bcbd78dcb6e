"""The sheet that makes a report, the PDF it becomes, and that the window stays alive meanwhile."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSizeF, QTimer
from PySide6.QtGui import QPdfWriter, QTextDocument
from PySide6.QtWidgets import QApplication, QFileDialog

from penelope_admin.errors import DisplayError
from penelope_admin.files import resource
from penelope_admin.gateways.reports import Report, Section, Table, page_html, to_html
from penelope_admin.policy import load
from penelope_admin.ui import pdf
from penelope_admin.ui.dialogs.report import ReportSheet
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.widgets.dates import to_qdate
from tests.ui.conftest import WAIT_MS, Desktop, looks
from tests.ui.test_printing import split

MADE = datetime(2026, 12, 1, 15, tzinfo=UTC)


def page(rows: int, cell: str = "Reminder test") -> str:
    """A report with a table of so many rows."""
    table = Table("Features", ("Feature", "Reason"), (30, 70), tuple((f"Feature {n}", cell) for n in range(rows)), "")
    return to_html(Report("state", "State of the mirror", (), (Section("Features", table=table),), MADE, "", 1, "0"))


def pages(data: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type /Page\b", data))


@pytest.fixture
def sheet(desktop: Desktop) -> ReportSheet:
    desktop.window.open_sheet(ReportSheet(desktop.window.shell))
    return desktop.sheet(ReportSheet)


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person saves under the name that is suggested, in the test's folder."""

    def save(_parent: object, _title: str, suggested: str, _kind: str) -> tuple[str, str]:
        return str(tmp_path / Path(suggested).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    return tmp_path


def test_the_state_is_saved_as_pdf_from_click_to_file(desktop: Desktop, sheet: ReportSheet, chosen: Path) -> None:
    desktop.click(sheet.primary)
    desktop.bot.waitUntil(lambda: sheet not in desktop.window.sheets, timeout=WAIT_MS)
    data = (chosen / "penelope-state-2026-11-20.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    desktop.reads(desktop.window, f"Saved: {chosen / 'penelope-state-2026-11-20.pdf'}")


def test_an_exposure_log_asks_for_its_period(desktop: Desktop, sheet: ReportSheet, chosen: Path) -> None:
    assert not sheet.period.isVisibleTo(sheet)
    sheet.kind.setCurrentIndex(sheet.kind.findData("exposure"))
    assert sheet.period.isVisibleTo(sheet)
    sheet.form.setCurrentIndex(sheet.form.findData(".html"))
    sheet.first.setDate(to_qdate(date(2026, 11, 1)))
    sheet.last.setDate(to_qdate(date(2026, 11, 15)))
    sheet.submit()
    desktop.reads(desktop.window, "Saved: ")
    text = (chosen / "penelope-exposure-2026-11-15.html").read_text("utf-8")
    assert "Sunday 1 November 2026 to Sunday 15 November 2026" in text


@looks
def test_a_period_that_ends_before_it_begins_cannot_be_chosen(sheet: ReportSheet) -> None:
    sheet.kind.setCurrentIndex(sheet.kind.findData("exposure"))
    sheet.last.setDate(to_qdate(date(2026, 8, 1)))
    assert not sheet.primary.isEnabled()
    sheet.kind.setCurrentIndex(sheet.kind.findData("state"))
    assert sheet.primary.isEnabled()


@looks
def test_without_a_place_to_save_to_the_sheet_stays(
    desktop: Desktop, sheet: ReportSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    sheet.submit()
    desktop.settle()
    assert sheet in desktop.window.sheets


@looks
def test_a_file_that_cannot_be_written_is_told_on_the_sheet(
    desktop: Desktop, sheet: ReportSheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "none" / "a.html"), ""))
    sheet.submit()
    desktop.reads(sheet, "could not be written")
    assert sheet.primary.isEnabled()


@looks
def test_the_window_is_alive_while_a_long_pdf_is_made(desktop: Desktop) -> None:
    html, made = page(900), []
    operations, turns = desktop.window.shell.operations, []
    timer = QTimer(desktop.window, interval=1)
    timer.timeout.connect(lambda: turns.append(operations.is_busy))
    timer.start()
    operations.run_with_app(lambda _: pdf.to_pdf(html, "x", MADE), made.append)
    desktop.settle()
    timer.stop()
    assert pages(made[0]) > 20
    assert turns.count(True) > 20  # laid out in this process, a long report is a few long holds


@cache
def short() -> bytes:
    """A report of one page, which is made in a process of its own."""
    return pdf.to_pdf(page(3), "x", MADE)


def test_the_same_page_gives_the_same_pdf() -> None:
    assert pdf.to_pdf(page(3), "x", MADE) == short()


def test_a_pdf_names_when_the_report_was_made_and_has_its_fonts_with_it() -> None:
    data = short()
    assert b"/CreationDate (D:20261201150000" in data
    assert b'xmp:CreateDate="2026-12-01T15:00:00' in data
    assert b"/FontFile" in data
    assert b"/MediaBox [0 0 595" in data or b"595 842" in data


def rows_of(document: QTextDocument) -> list[tuple[float, float]]:
    return [(piece.top, piece.bottom) for piece in pdf._pieces(document) if piece.table >= 0]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("words", [4, 60, 333])
def test_no_row_is_split_over_two_pages_and_no_page_is_left_empty(qapp: QApplication, paper: str, words: int) -> None:
    row = tuple("word " * (words if column else 1) for column in range(2))
    table = Table("Checks", ("No.", "Check"), (10, 90), (row,) * 40, "None.")
    html = page_html("A list", (("Agency", "Riverside"),), (Section("Checks", table=table), Section("End", ("x",))))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(96)
    height = 940.0 if paper == "A4" else 870.0
    broken = pdf.in_pages(html, writer, QSizeF(640, height))
    assert split(broken, height) == []
    rows = rows_of(broken)
    assert {int(top // height) for top, _ in rows} >= set(range(int(rows[-1][0] // height)))
    assert broken.toPlainText().count("No.") >= broken.pageCount() - 1, "each page has the head of the table"


@pytest.mark.parametrize("says", [(), ("All that was looked at.",)])
def test_no_heading_and_no_head_of_a_table_stands_alone_at_the_foot_of_a_page(
    qapp: QApplication, says: tuple[str, ...]
) -> None:
    table = Table("Checks", ("No.", "Check"), (10, 90), (("1", "word " * 110),) * 3, "None.")
    sections = Section("First", ("FILL",)), Section("Checks", says, table=table)
    whole = page_html("A list", (("Agency", "Riverside"),), sections)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(96)
    height = 300.0
    for lines in range(14):
        document = pdf.in_pages(whole.replace("FILL", "line<br>" * lines), writer, QSizeF(640, height))
        _about, *parts = tables_of(document)
        for head, *rows in parts:
            assert head // height == rows[0] // height, "the first row is on the page of its head"
        heading = [piece for piece in pdf._pieces(document) if piece.block >= 0][-1]
        assert heading.top // height == parts[0][0] // height


def tables_of(document: QTextDocument) -> list[list[float]]:
    """Where the rows of each table begin."""
    tables: dict[int, list[float]] = {}
    for piece in pdf._pieces(document):
        if piece.table >= 0:
            tables.setdefault(piece.table, []).append(piece.top)
    return list(tables.values())


def test_a_hash_in_a_report_stays_in_one_line() -> None:
    html = page_html("A list", (("Activity log", f"Entry 3, SHA-256 {'0a' * 32}"),), ())
    assert f">{'0a' * 32}<" in html


def test_canada_and_the_united_states_print_on_letter_and_others_on_a4() -> None:
    papers = {region.key: region.paper for region in load(resource("policy.toml")).regions}
    assert papers == {"AU": "A4", "NZ": "A4", "CA": "Letter", "GB": "A4", "US": "Letter"}
    assert b"/MediaBox [0 0 612" in pdf.to_pdf(page(3), "x", MADE, "Letter")


def test_a_report_names_its_person_and_the_account_beside_it(
    desktop: Desktop, sheet: ReportSheet, chosen: Path
) -> None:
    sheet.person.setText("Jane Okafor")
    sheet.form.setCurrentIndex(sheet.form.findData(".html"))
    sheet.submit()
    desktop.reads(desktop.window, "Saved: ")
    assert "Jane Okafor (account j.okafor)" in (chosen / "penelope-state-2026-11-20.html").read_text("utf-8")
    again = ReportSheet(desktop.window.shell)
    desktop.bot.addWidget(again)
    assert again.person.text() == "Jane Okafor", "it is asked for once"


def test_long_words_make_a_page_longer_and_not_wider() -> None:
    assert pages(short()) == 1
    assert pages(pdf.to_pdf(page(3, "x" * 4000), "x", MADE)) > 1


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a bundled program is a shell script")
def test_a_bundled_program_makes_a_pdf_by_calling_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = tmp_path / "penelope-admin"
    main = Path(pdf.__file__).parents[2] / "main.py"
    bundled.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/called"\nexec "{sys.executable}" "{main}" "$@"\n')
    bundled.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(bundled))
    data = pdf.to_pdf(page(3), "x", MADE)
    assert pages(data) == 1
    assert (tmp_path / "called").read_text() == "--run-helper penelope_admin.ui.pdf\n"


def test_what_goes_wrong_beside_the_window_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DisplayError, match=r"could not be made .* Save the report as \.html instead"):
        pdf.to_pdf(page(1), "x", MADE)


@looks
def test_the_name_given_in_settings_is_the_one_a_report_suggests(desktop: Desktop) -> None:
    page = desktop.page(SettingsPage)
    page.person.setText(" Jane Okafor ")
    page.person.editingFinished.emit()
    made = ReportSheet(desktop.window.shell)
    desktop.bot.addWidget(made)
    assert made.person.text() == "Jane Okafor"
