"""Prints what people take along: check-lists, the year, steps, scripts. On the paper of the agency's region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QWidget

from penelope_admin.domain.sites import BEFORE_IT_STARTS
from penelope_admin.domain.text import filled
from penelope_admin.domain.training import NOTE
from penelope_admin.gateways.reports import Section, Table, Text, Word, page_html
from penelope_admin.ui import format as words
from penelope_admin.ui.pdf import in_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.domain.checklists import CheckList, Line, Result
    from penelope_admin.domain.sites import Shift
    from penelope_admin.domain.windows import Window
    from penelope_admin.gateways.reports import Role
    from penelope_admin.ui.shell import Shell

MARGIN_MM = 16
_DOTS = 96
"""An inch of the screen's."""
_DOTS_PER_METRE = round(_DOTS / 0.0254)
_STAMP = 28
"""The height of the line above every page that has one, in such dots; its letters take half of it."""
_ROLES: dict[Result, Role] = {"pass": "positive", "fail": "danger", "cannot-tell": "caution"}


def paper_of(shell: Shell) -> QPageSize:
    """What is printed on where the agency is."""
    agency, regions = shell.settings.agency, shell.policy.regions
    paper = next((region.paper for region in regions if agency and region.key == agency.region), "A4")
    return QPageSize(QPageSize.PageSizeId[paper])


def print_html(parent: QWidget, shell: Shell, html: str) -> bool:
    """Ask for a printer and print a page of HTML; whether the person went on."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(paper_of(shell))
    printer.setPageMargins(QMarginsF(*[MARGIN_MM] * 4), QPageLayout.Unit.Millimeter)
    if QPrintDialog(printer, parent).exec() != QPrintDialog.DialogCode.Accepted:
        return False
    screen = a_screen()
    note = NOTE if shell.app.is_training else shell.planning_note
    document = document_for(printer.pageLayout(), html, screen, above=_STAMP if note else 0)
    if note:
        _print_stamped(document, printer, note)
    else:
        document.print_(printer)
    return True


def a_screen() -> QImage:
    """What lists are laid out for, whatever screen is there: Qt scales the dots of one to those of the printer."""
    screen = QImage(1, 1, QImage.Format.Format_Mono)
    screen.setDotsPerMeterX(_DOTS_PER_METRE)
    screen.setDotsPerMeterY(_DOTS_PER_METRE)
    return screen


def document_for(layout: QPageLayout, html: str, screen: QImage, above: int = 0) -> QTextDocument:
    """A page of HTML as it lies on paper.

    Args:
        screen: from `a_screen`; it has to live as long as the document.
        above: so much of each page is left for a line above it.
    """
    paper = layout.paintRectPixels(_DOTS).size()
    return in_pages(html, screen, QSizeF(paper.width(), paper.height() - above))


def _print_stamped(document: QTextDocument, printer: QPrinter, note: str) -> None:
    """Print with a line at the top of every page: that it is of training, or of a planning copy and its day."""
    page, painter = document.pageSize(), QPainter(printer)
    scale = printer.resolution() / _DOTS
    painter.scale(scale, scale)
    for number in range(document.pageCount()):
        if number:
            printer.newPage()
        font = QFont("sans-serif")
        font.setPixelSize(_STAMP // 2)
        painter.setFont(font)
        painter.drawText(QRectF(0, 0, page.width(), _STAMP), note)
        painter.save()
        painter.translate(0, _STAMP - number * page.height())
        document.drawContents(painter, QRectF(QPointF(0, number * page.height()), page))
        painter.restore()
    painter.end()


def check_list_html(shell: Shell, check_list: CheckList) -> str:
    """A check-list on one page: what it follows, how it stands, and a row for each check."""
    event, zone = check_list.event, shell.zone
    version = filled(", version {}", event.version)
    about = (
        *_about(shell),
        ("Database", shell.policy.environment[event.environment].name),
        (check_list.occasion.capitalize(), f"{words.moment(event.at, zone)}{version}"),
        ("Result", f"{check_list.standing}."),
    )
    rows = tuple(_row(shell, line, check_list.result_name(line)) for line in check_list.lines)
    table = Table("Checks", ("No.", "Check", "Answer", "By"), (6, 58, 12, 24), rows, "No checks.")
    title = f"Check-list after the {check_list.occasion} of {words.day_of(event.at, zone)}"
    return page_html(title, about, (Section("Checks", table=table),))


def _row(shell: Shell, line: Line, result: str) -> tuple[Text, ...]:
    answer, number = line.answer, str(line.effect.number)
    if answer is None:
        return number, line.effect.text, result, ""
    said = [answer.remark, f"File {answer.evidence.name}" if answer.evidence else ""]
    more = " ".join(f"{part}." for part in said if part)
    by = f"{answer.by}, {words.stamp(answer.at, shell.zone, shell.app.clock.now())}"
    text = f"{line.effect.text} {more}".strip()
    return number, text, Word(result, _ROLES[answer.result]), by


def print_windows(parent: QWidget, shell: Shell, windows: Sequence[Window]) -> bool:
    """Print upgrade windows with their notes."""
    rows = tuple(
        (
            window.name,
            "; ".join((window.in_words, *(there.in_words for there in window.local_times))),
            " ".join((*window.notes, *window.details)),
        )
        for window in windows
    )
    table = Table("Upgrade windows", ("What", "When", "Notes"), (18, 34, 48), rows, "None is known.")
    return print_html(parent, shell, page_html("Upgrade windows", _about(shell), (Section("To come", table=table),)))


def hand_over_html(shell: Shell, window: Window, on_shift: Sequence[tuple[Shift, str]]) -> str:
    """Who is on shift during a window, and how they get through, on one page; a name not given is written by hand."""
    rows = tuple((shift.place, shift.when, who or " ", " ") for shift, who in on_shift)
    table = Table(
        "On shift", ("Where", "On the clock there", "On shift", "Handed over to, at"), (20, 30, 25, 25), rows, "Nobody."
    )
    about = (*_about(shell), (window.name, window.in_words))
    sections = (
        Section("What to expect", says=(*window.notes, *window.details)),
        Section("Who is on shift", table=table),
        Section("How to get through", points=BEFORE_IT_STARTS, notes=("Our advice, not the vendor's.",)),
    )
    return page_html("Hand-over sheet", about, sections)


def print_steps(parent: QWidget, shell: Shell, title: str, steps: Sequence[str], note: str) -> bool:
    """Print what to do in Penelope, step by step."""
    rows = tuple((str(number), step, "") for number, step in enumerate(steps, 1))
    table = Table("Steps", ("No.", "Step", "Done"), (8, 80, 12), rows, "No steps.")
    return print_html(parent, shell, page_html(title, _about(shell), (Section("Steps", table=table, notes=(note,)),)))


def print_script(parent: QWidget, shell: Shell, title: str, text: str) -> bool:
    """Print what to say on the telephone; whether the person went on."""
    return print_html(parent, shell, script_html(shell, title, text))


def script_html(shell: Shell, title: str, text: str) -> str:
    """A script on paper, word for word: what is indented below a line stands in a part with that line above it."""
    parts = [part.splitlines() for part in text.strip().split("\n\n")]
    sections = tuple(
        Section(head, says=tuple(line.strip() for line in rest)) if rest else Section("", says=(head,))
        for head, *rest in parts
    )
    return page_html(title, _about(shell), sections)


def _about(shell: Shell) -> tuple[tuple[str, str], ...]:
    """Whose it is, and as of when."""
    agency, printed = shell.settings.agency, ("Printed", words.moment(shell.app.clock.now(), shell.zone))
    return (("Agency", agency.name), printed) if agency else (printed,)
