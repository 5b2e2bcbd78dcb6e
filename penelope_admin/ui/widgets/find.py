"""The field above the navigation that opens *Find or do*, with whatever is typed into it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLineEdit


class FindField(QLineEdit):
    """Holds no text: the first letter, Enter or a click opens the list."""

    requested = Signal(str)
    """Open the list; the word is what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Find or do (Ctrl+K)")
        self.setAccessibleName("Find or do")
        self.setToolTip("Ctrl+K")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click opens the list."""
        self.requested.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A letter, or Enter, opens it; everything else is the window's."""
        if event.matches(QKeySequence.StandardKey.InsertParagraphSeparator):
            self.requested.emit("")
        elif event.text().strip() and event.text().isprintable():
            self.requested.emit(event.text())
        else:
            super().keyPressEvent(event)
