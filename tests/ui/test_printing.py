"""What is printed: scripts word for word as the sheet says them, and no row of a list on two pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPageLayout,
    QPageSize,
    QTextBlock,
    QTextDocument,
    QTextTable,
)
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication

from penelope_admin import services
from penelope_admin.gateways.reports import Section, Table, page_html
from penelope_admin.ui import printing
from penelope_admin.ui.dialogs.critical import CriticalSheet, WaysSheet
from penelope_admin.ui.dialogs.send import SendSheet
from tests.demo import CRITICAL
from tests.ui.conftest import WAIT_MS, Desktop, looks
from tests.ui.test_emergency import NUMBER
from tests.ui.test_sending import WITH_A_NUMBER, drafted

PAPERS = {"A4": QPageSize.PageSizeId.A4, "Letter": QPageSize.PageSizeId.Letter}


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of each page of HTML that was printed, into a file."""
    found: list[str] = []
    real = printing.in_pages

    def accept(dialog: QPrintDialog) -> QPrintDialog.DialogCode:
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / f"{len(found)}.pdf"))
        return QPrintDialog.DialogCode.Accepted

    def noting(html: str, *more: object) -> QTextDocument:
        made = real(html, *more)  # type: ignore[arg-type]
        found.append(made.toPlainText())
        return made

    monkeypatch.setattr(QPrintDialog, "exec", accept)
    monkeypatch.setattr(printing, "in_pages", noting)
    return found


def words_of(text: str) -> list[str]:
    return text.split()


# --- the telephone script ------------------------------------------------------------------------


@looks
def test_the_emergency_script_is_printed_with_the_number_as_the_sheet_says_it(
    desktop: Desktop, printed: list[str], tmp_path: Path
) -> None:
    desktop.click(desktop.window.emergency)
    sheet = desktop.sheet(CriticalSheet)
    desktop.settle()
    desktop.click(sheet.help.print)
    (paper,) = printed
    assert NUMBER in paper
    assert " ".join(words_of(sheet.help.script.text())) in " ".join(words_of(paper))
    assert "begins with “Critical”" in paper
    assert (tmp_path / "0.pdf").read_bytes().startswith(b"%PDF")


def test_the_emergency_script_is_printed_before_set_up_too(new_desktop: Desktop, printed: list[str]) -> None:
    new_desktop.sheet().reject()
    new_desktop.click(new_desktop.window.emergency)
    sheet = new_desktop.sheet(CriticalSheet)
    new_desktop.settle()
    new_desktop.click(sheet.help.print)
    assert "This is your agency's name" in printed[0]
    assert "Agency" not in printed[0]


def test_the_script_of_an_incident_is_printed_word_for_word_and_that_is_kept(
    desktop: Desktop, printed: list[str]
) -> None:
    context = desktop.app.context
    key = context.write(services.requests.draft, CRITICAL).value.request.id
    ways = WaysSheet(desktop.window.shell, context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(ways)
    desktop.settle()
    desktop.click(ways.on_paper)
    desktop.settle()
    said = words_of(ways.script.text.toPlainText())
    assert said
    assert " ".join(said) in " ".join(words_of(printed[0]))
    (given,) = context.read(services.requests.inbox.open_request, key).hand_overs
    assert given.via == "phone"


def test_a_request_s_script_is_printed_from_the_sheet_that_sends_it(desktop: Desktop, printed: list[str]) -> None:
    context = desktop.app.context
    key = drafted(context)
    sheet = SendSheet(desktop.window.shell, context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    assert not sheet.on_paper.isVisible(), "it is for the telephone alone"
    sheet.way.setCurrentIndex(sheet.way.findData("phone"))
    desktop.settle()
    desktop.click(sheet.on_paper)
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    assert "Ask for the case number and write it down." in printed[0]
    assert "A report" in printed[0]
    desktop.settle()
    assert [given.via for given in context.read(services.requests.inbox.open_request, key).hand_overs] == ["phone"]


def test_a_script_that_may_hold_client_data_is_not_printed_before_somebody_looked(
    desktop: Desktop, printed: list[str]
) -> None:
    key = drafted(desktop.app.context, WITH_A_NUMBER)
    sheet = SendSheet(desktop.window.shell, desktop.app.context.read(services.requests.find, key), "phone")
    desktop.window.shell.open_sheet(sheet)
    desktop.settle()
    assert not sheet.on_paper.isEnabled()
    assert sheet.text.tick is not None
    sheet.text.tick.setChecked(True)
    assert sheet.on_paper.isEnabled()
    assert printed == []


# --- whole rows ----------------------------------------------------------------------------------


def laid_out(paper: str, html: str) -> tuple[QTextDocument, float]:
    """A page of HTML as it is printed, and how tall a page is; the screen it is laid out for is kept with it."""
    millimetre, margin = QPageLayout.Unit.Millimeter, printing.MARGIN_MM
    page = QPageLayout(QPageSize(PAPERS[paper]), QPageLayout.Orientation.Portrait, QMarginsF(*[margin] * 4), millimetre)
    laid_out.screen = printing.a_screen()  # type: ignore[attr-defined]
    made = printing.document_for(page, html, laid_out.screen)  # type: ignore[attr-defined]
    return made, made.pageSize().height()


def lines_of(document: QTextDocument) -> list[list[QRectF]]:
    """Where the lines of each row lie, of every cell of it, and those of each point of a list."""
    found, layout, block = [], document.documentLayout(), document.begin()
    for table in (frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)):
        for row in range(table.rows()):
            cells = (table.cellAt(row, column).firstCursorPosition().block() for column in range(table.columns()))
            found.append([line for cell in cells for line in _lines(layout, cell)])
    while block.isValid():
        if block.textList() is not None:
            found.append(_lines(layout, block))
        block = block.next()
    return found


def _lines(layout: QAbstractTextDocumentLayout, block: QTextBlock) -> list[QRectF]:
    inside, corner = block.layout(), layout.blockBoundingRect(block).topLeft()
    return [inside.lineAt(number).rect().translated(corner) for number in range(inside.lineCount())]


def split(document: QTextDocument, height: float) -> list[object]:
    """Rows and points whose lines lie on more than one page, or on the edge of one."""
    things = lines_of(document)
    assert len(things) > 40
    edges = [{int(edge // height) for line in thing for edge in (line.top(), line.bottom() - 1)} for thing in things]
    return [number for number, pages in enumerate(edges) if len(pages) > 1]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("words", [3, 40, 110])
def test_no_row_of_a_long_printed_list_lies_on_two_pages(qapp: QApplication, paper: str, words: int) -> None:
    rows = tuple((str(number), "word " * (1 + number * 7 % words), "") for number in range(70))
    table = Table("Checks", ("No.", "Check", "Done"), (8, 80, 12), rows, "None.")
    document, height = laid_out(paper, page_html("A list", (("Agency", "Riverside"),), (Section("All", table=table),)))
    assert document.pageCount() > 1
    assert split(document, height) == []


@pytest.mark.parametrize("paper", PAPERS)
def test_no_point_of_a_long_printed_year_lies_on_two_pages(qapp: QApplication, paper: str) -> None:
    points = tuple(f"{number}. " + "word " * (1 + number * 7 % 60) for number in range(90))
    document, height = laid_out(paper, page_html("The year", (), (Section("To come", points=points),)))
    assert document.pageCount() > 1
    assert split(document, height) == []
