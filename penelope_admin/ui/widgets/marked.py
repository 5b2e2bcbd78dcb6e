"""A text as it will leave, with everything marked in it that looks like client data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from penelope_admin.ui import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.detect.texts import Hit


class MarkedText(QPlainTextEdit):
    """Read-only; hits are underlined, bold and on the colour of danger, so that colour is never alone."""

    def __init__(self, name: str, rows: int) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(rows * theme.current().row_height())
        self.setAccessibleName(name)

    def show_text(self, text: str, hits: Sequence[Hit] = ()) -> None:
        """Show a text; an unchanged one keeps its place."""
        if text != self.toPlainText():
            self.setPlainText(text)
        look = theme.current()
        marks = []
        for hit in hits:
            mark = QTextEdit.ExtraSelection()
            # Qt counts in UTF-16 units, Python in characters.
            start, end = (len(text[:place].encode("utf-16-le")) // 2 for place in (hit.start, hit.end))
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(start)
            mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            shape = QTextCharFormat()
            shape.setBackground(look.colour("danger-background"))
            shape.setForeground(look.colour("danger"))
            shape.setFontUnderline(True)
            mark.format = shape
            marks.append(mark)
        self.setExtraSelections(marks)
        if marks:  # what has to be looked at comes into view
            first = QTextCursor(marks[0].cursor)
            first.clearSelection()
            self.setTextCursor(first)
            self.ensureCursorVisible()
