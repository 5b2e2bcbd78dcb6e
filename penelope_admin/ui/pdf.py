"""Makes a PDF of a report's HTML: A4, with margins, fonts embedded, and a footer with the page's number.

Qt keeps Python's interpreter to itself while it lays out a page, in whichever thread. So this is a process of its own:
the window stays alive however long the report is, and no display is needed. HTML comes in, the PDF goes out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from penelope_admin.errors import DisplayError
from penelope_admin.invocation import helper

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

LONGEST_S = 120
MARGIN_MM = 16
FOOTER = 28
"""The footer's height in the page's dots, of which an inch has 96."""
ROOM_BELOW = 96
"""A heading with less room below it goes to the next page."""

_DOTS = 96
_DATES = re.compile(rb"""(/(?:Creation|Mod)Date \(D:)\d{14}(Z|[+-]..'..')|(xmp:\w+Date=").{19}(Z|[+-]..:..)""")
_ROOT = Path(__file__).resolve().parents[2]


def to_pdf(html: str, footer: str, made: datetime) -> bytes:
    """The PDF of a page of HTML. The same arguments give the same bytes on one computer.

    Args:
        footer: stands at the bottom of every page, beside the page's number.
        made: when the report was made, an aware instant, which the file names in the place of now.

    Raises:
        DisplayError: Qt or its fonts are missing, or it took longer than two minutes.
    """
    command = helper("penelope_admin.ui.pdf")
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(  # noqa: S603 - our own program and our own module
            command,
            input=json.dumps([html, footer]).encode("utf-8"),
            # Without chance in Qt's tables: its fonts come out in the same order each time.
            env={**os.environ, "PYTHONPATH": paths, "QT_HASH_SEED": "0"},
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
    return _dated(done.stdout, made.astimezone(UTC))


def _dated(pdf: bytes, made: datetime) -> bytes:
    """The file with another date; nothing moves, for its table of contents counts bytes."""

    def put(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return found[1] + f"{made:%Y%m%d%H%M%S}".encode() + (b"Z" if found[2] == b"Z" else b"+00'00'")
        return found[3] + f"{made:%Y-%m-%dT%H:%M:%S}".encode() + (b"Z" if found[4] == b"Z" else b"+00:00")

    return _DATES.sub(put, pdf)


def _failed(reason: str) -> DisplayError:
    return DisplayError(f"The PDF could not be made ({reason}). Nothing was saved. Save the report as .html instead.")


def _draw(html: str, footer: str) -> bytes:
    """Lay out and paint the page; in the process of its own."""
    import uuid

    from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUuid
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
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setCreator("Penelope Admin")
    writer.setDocumentId(QUuid(str(uuid.uuid5(uuid.NAMESPACE_OID, f"{footer}\n{html}"))))
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(QFont("sans-serif", 10))
    document.documentLayout().setPaintDevice(writer)
    # A place to break a word, which Qt knows under another name.
    document.setHtml(html.replace("<wbr>", "&#8203;"))
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    page = QRectF(writer.pageLayout().paintRectPixels(_DOTS))
    body = QRectF(0, 0, page.width(), page.height() - FOOTER)
    document.setPageSize(QSizeF(body.size()))
    _keep_headings(document)
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


def _keep_headings(document: QTextDocument) -> None:
    """No heading at the end of a page, away from what it stands over."""
    from PySide6.QtGui import QTextCursor, QTextFormat

    page, block = document.pageSize().height(), document.begin()
    while block.isValid():
        bottom = document.documentLayout().blockBoundingRect(block).bottom() % page
        if block.blockFormat().headingLevel() and page - bottom < ROOM_BELOW:
            shape = block.blockFormat()
            shape.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            QTextCursor(block).setBlockFormat(shape)
        block = block.next()


def main() -> None:
    """What the process of its own does."""
    # By their numbers: a program without a console has no sys.stdin and sys.stdout, though it was given pipes.
    with open(0, "rb", closefd=False) as given, open(1, "wb", closefd=False) as taken:
        taken.write(_draw(*json.loads(given.read())))


if __name__ == "__main__":
    main()
