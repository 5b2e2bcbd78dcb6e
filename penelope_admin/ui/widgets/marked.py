"""A text as it will leave, with everything marked in it that looks like client data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit

from penelope_admin.ui import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.detect.texts import Hit


MOST_LINES = 30
"""A longer text scrolls in its box."""


class MarkedText(QPlainTextEdit):
    """Read-only; hits are underlined, bold and on the colour of danger, so that colour is never alone.

    It is as tall as its text: nobody sends what lies out of sight.
    """

    def __init__(self, name: str, least: int) -> None:
        """
        Args:
            least: so many lines have room in any case.
        """
        super().__init__()
        self._least = least
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # Lines wrap anew also beside a scroll bar that comes or goes, with which its own width stays as it is.
        self.verticalScrollBar().rangeChanged.connect(self._lines_changed)

    def _lines_changed(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for all its lines, as they wrap now."""
        lines = max(self._least, min(MOST_LINES, round(self.document().size().height())))
        around = self.height() - self.viewport().height() + 2 * round(self.document().documentMargin())
        height = lines * self.fontMetrics().lineSpacing() + around + 1  # without one more Qt takes the last for cut off
        return QSize(super().sizeHint().width(), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines wrap by the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def show_text(self, text: str, hits: Sequence[Hit] = ()) -> None:
        """Show a text; an unchanged one keeps its place."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.updateGeometry()
        tokens = theme.current()
        marks = []
        for hit in hits:
            mark = QTextEdit.ExtraSelection()
            # Qt counts in UTF-16 units, Python in characters.
            start, end = (len(text[:place].encode("utf-16-le")) // 2 for place in (hit.start, hit.end))
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(start)
            mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            shape = QTextCharFormat()
            shape.setBackground(tokens.colour("danger-background"))
            shape.setForeground(tokens.colour("danger"))
            shape.setFontUnderline(True)
            mark.format = shape
            marks.append(mark)
        self.setExtraSelections(marks)
        if marks:  # what has to be looked at comes into view
            first = QTextCursor(marks[0].cursor)
            first.clearSelection()
            self.setTextCursor(first)
            self.ensureCursorVisible()
