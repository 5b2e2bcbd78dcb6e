"""Makes a PDF of a report's HTML: with margins, fonts embedded, and a footer with the page's number.

No row of a table is split over two pages, nor a point of a list, and no heading and no head of a table stands alone at
the end of one. Lists that the window prints are laid out by the same rule.

Qt keeps Python's interpreter to itself while it lays out a page, in whichever thread. So this is a process of its own:
the window stays alive however long the report is, and no display is needed. HTML comes in, the PDF goes out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from penelope_admin.apart import environment
from penelope_admin.errors import DisplayError
from penelope_admin.invocation import helper

if TYPE_CHECKING:
    from PySide6.QtCore import QSizeF
    from PySide6.QtGui import QPaintDevice, QTextDocument

LONGEST_S = 120
MARGIN_MM = 16
FOOTER = 28
"""The footer's height in the page's dots, of which an inch has 96."""
ROOM_BELOW = 96
"""A heading with less room below it goes to the next page."""

SLACK = 12
"""So much of a page is left free below its last row: where a table ends below the page, Qt would skip a page."""

_DOTS = 96
_ANEW = ' style="page-break-before: always">'
"""The end of a tag of what begins on a new page."""
_DATES = re.compile(rb"""(/(?:Creation|Mod)Date \(D:)\d{14}(Z|[+-]..'..')|(xmp:\w+Date=").{19}(Z|[+-]..:..)""")


def to_pdf(html: str, footer: str, made_at: datetime, paper: str = "A4") -> bytes:
    """The PDF of a page of HTML. The same arguments give the same bytes on one computer.

    Args:
        footer: stands at the bottom of every page, beside the page's number.
        made_at: when the report was made, an aware instant, which the file names in the place of now.
        paper: "A4" or "Letter".

    Raises:
        DisplayError: Qt or its fonts are missing, or it took longer than two minutes.
    """
    command = helper("penelope_admin.ui.pdf")
    try:
        done = subprocess.run(  # noqa: S603 - our own program and our own module
            command,
            input=json.dumps([html, footer, paper]).encode("utf-8"),
            # Without chance in Qt's tables: its fonts come out in the same order each time.
            env=environment(QT_HASH_SEED="0"),
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(f"it took longer than {LONGEST_S} seconds") from error
    except OSError as error:
        raise _failed(error.strerror or "no program could be started") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise _failed((done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason was given"])[-1])
    return _dated(done.stdout, made_at.astimezone(UTC))


def _dated(pdf: bytes, made_at: datetime) -> bytes:
    """The file with another date; nothing moves, for its table of contents counts bytes."""

    def put(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return match[1] + f"{made_at:%Y%m%d%H%M%S}".encode() + (b"Z" if match[2] == b"Z" else b"+00'00'")
        return match[3] + f"{made_at:%Y-%m-%dT%H:%M:%S}".encode() + (b"Z" if match[4] == b"Z" else b"+00:00")

    return _DATES.sub(put, pdf)


def _failed(reason: str) -> DisplayError:
    return DisplayError(f"The PDF could not be made ({reason}). Nothing was saved. Save the report as .html instead.")


def _draw(html: str, footer: str, paper: str) -> bytes:
    """Lay out and paint the page; in the process of its own."""
    import uuid

    from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt, QUuid
    from PySide6.QtGui import (
        QFont,
        QFontDatabase,
        QGuiApplication,
        QPageLayout,
        QPageSize,
        QPainter,
        QPdfWriter,
        QTextDocument,
        QTextOption,
    )

    offscreen = [] if sys.platform in ("win32", "darwin") else ["-platform", "offscreen"]
    application = QGuiApplication(["penelope-admin", *offscreen])
    if not QFontDatabase.families():
        raise SystemExit("no fonts are installed")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId[paper]))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setCreator("Penelope Admin")
    writer.setDocumentId(QUuid(str(uuid.uuid5(uuid.NAMESPACE_OID, f"{footer}\n{html}"))))
    page = QRectF(writer.pageLayout().paintRectPixels(_DOTS))
    body = QRectF(0, 0, page.width(), page.height() - FOOTER)

    document = in_pages(html, writer, body.size())
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    painter = QPainter(writer)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, -number * body.height())
        document.drawContents(painter, body.translated(0, number * body.height()))
        painter.restore()
        painter.setFont(QFont("sans-serif", 8))
        below = QRectF(0, body.height() + FOOTER / 2, body.width(), FOOTER / 2)
        painter.drawText(below, footer)
        painter.drawText(
            below, f"Page {number + 1} of {document.pageCount()}", QTextOption(Qt.AlignmentFlag.AlignRight)
        )
    painter.end()
    del painter, document, writer, application
    return bytes(buffer.data().data())


def in_pages(html: str, device: QPaintDevice, page: QSizeF) -> QTextDocument:
    """HTML laid out in pages: no row of a table and no point of a list lies on two, no heading ends one.

    Args:
        device: in whose dots `page` is given, of which an inch has 96.
    """
    whole = html.replace("<wbr>", "&#8203;")  # a place to break a word, which Qt knows under another name
    endless = _document(whole, device)
    endless.setTextWidth(page.width())
    breaks = _breaks(endless, page.height(), _begins_anew(whole, device, page))
    document = _document(with_breaks(whole, *breaks), device)
    document.setPageSize(page)
    return document


def _begins_anew(html: str, device: QPaintDevice, page: QSizeF) -> float:
    """How far below a page's upper edge the rows begin of a table that goes on there; Qt is asked, in a small example.

    Args:
        html: whose style counts.
    """
    table = re.search("<table[^>]*>", html)
    if table is None:
        return 0.0
    sample = (
        f"{html.partition('<body>')[0]}<body>{table[0]}<tr><td>1</td></tr><tr><td>2</td></tr></table></body></html>"
    )
    document = _document(with_breaks(sample, set(), {(0, 1)}), device)
    document.setPageSize(page)
    return max(piece.top for piece in _pieces(document)) - page.height()


def _document(html: str, device: QPaintDevice) -> QTextDocument:
    """A page that knows on what it will be painted."""
    from PySide6.QtGui import QFont, QTextDocument

    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(QFont("sans-serif", 10))
    document.documentLayout().setPaintDevice(device)
    document.setHtml(html)
    return document


class _Piece(NamedTuple):
    """A heading, a point of a list, or a row of a table, as it lies on an endless page: which one, from where to where.

    Attributes:
        block: the how-many-th heading or point it is.
        needs: so much room below it, besides its own, so that it does not stand alone.
        repeated: how tall the table's head is, which stands above the row again on another page.
    """

    top: float
    bottom: float
    block: int = -1
    needs: float = 0.0
    table: int = -1
    row: int = -1
    repeated: float = 0.0


def _pieces(document: QTextDocument) -> list[_Piece]:
    """Every heading, point and row, from the top."""
    pieces = sorted([*_headings_and_points(document), *_rows(document)])
    # A heading stands on the page of its table's first row.
    for number, (piece, below) in enumerate(pairwise(pieces)):
        if piece.needs and below.table >= 0:
            pieces[number] = piece._replace(needs=max(piece.needs, below.bottom + below.needs - piece.bottom))
    return pieces


def _headings_and_points(document: QTextDocument) -> list[_Piece]:
    layout, pieces, block, number = document.documentLayout(), [], document.begin(), 0
    while block.isValid():
        is_heading = bool(block.blockFormat().headingLevel())
        if is_heading or block.textList() is not None:
            area = layout.blockBoundingRect(block)
            top = max(area.top() - block.blockFormat().topMargin(), 0)
            pieces.append(_Piece(top, area.bottom(), block=number, needs=ROOM_BELOW if is_heading else 0))
            number += 1
        block = block.next()
    return pieces


def _rows(document: QTextDocument) -> list[_Piece]:
    from PySide6.QtGui import QTextTable

    layout, pieces = document.documentLayout(), []
    tables = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    for number, table in enumerate(sorted(tables, key=lambda frame: frame.firstPosition())):
        gap = table.format().cellPadding() + table.format().border()
        tops = [
            min(
                layout.blockBoundingRect(table.cellAt(row, column).firstCursorPosition().block()).top()
                for column in range(table.columns())
            )
            - gap
            for row in range(table.rows())
        ]
        ends = [*tops[1:], layout.frameBoundingRect(table).bottom()]
        heads = table.format().headerRowCount()
        repeated = ends[heads - 1] - tops[0] if heads else 0.0
        first = ends[min(heads, len(ends) - 1)]  # where the first row ends that is no head
        pieces += [
            _Piece(top, end, needs=first - end, table=number, row=row)
            if row < heads
            else _Piece(top, end, table=number, row=row, repeated=repeated)
            for row, (top, end) in enumerate(zip(tops, ends, strict=True))
        ]
    return pieces


def _breaks(document: QTextDocument, height: float, begins: float) -> tuple[set[int], set[tuple[int, int]]]:
    """Before which headings and points, and before which rows of which tables, a page ends.

    Args:
        document: on an endless page.
        height: of a page.
        begins: so far below its upper edge begins a table that goes on there.
    """
    blocks, rows, shift = set(), set(), 0.0
    for piece in _pieces(document):
        top, bottom = piece.top + shift, piece.bottom + shift
        room = height - top % height
        if piece.block >= 0 and room < bottom - top + piece.needs <= height:
            blocks.add(piece.block)
            shift += room
        elif piece.table >= 0 and room - SLACK < bottom - top <= height - begins - piece.repeated - SLACK:
            rows.add((piece.table, piece.row))
            shift += room + begins + piece.repeated
    return blocks, rows


def with_breaks(html: str, blocks: set[int], rows: set[tuple[int, int]]) -> str:
    """The page with ends of pages in it: a table that goes on begins anew there, with its head.

    Heads become rows like others, for Qt would repeat them too, and leave pages with nothing else.
    """
    done, number, table, row, opening, head = [], -1, -1, -1, "", ""
    for part in re.split(r"(<table[^>]*>|<thead>.*?</thead>|<tr>|<h[1-6]>|<li>)", html, flags=re.DOTALL):
        shown = part
        if part.startswith("<table"):
            table, row, opening, head = table + 1, -1, part, ""
        elif part.startswith("<thead>"):
            row, head = row + part.count("<tr>"), part
        elif part == "<tr>":
            row += 1
            if (table, row) in rows:
                body, end = ("<tbody>", "</tbody>") if head else ("", "")
                shown = f"{end}</table><p class='end'{_ANEW}</p>{opening}{head}{body}{part}"
        elif part == "<li>" or (part.startswith("<h") and part[2:3].isdigit()):
            number += 1
            if number in blocks:
                shown = f"{part[:-1]}{_ANEW}"
        done.append(shown)
    small = "p.end { font-size: 1pt; margin: 0px; }</style>"
    return re.sub("</?thead>", "", "".join(done)).replace("</style>", small, 1)


def main() -> None:
    """What the process of its own does."""
    # By their numbers: a program without a console has no sys.stdin and sys.stdout, though it was given pipes.
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as target:
        target.write(_draw(*json.loads(source.read())))


if __name__ == "__main__":
    main()
