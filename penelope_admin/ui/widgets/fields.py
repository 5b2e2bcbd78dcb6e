"""Fields for a number and for a choice. The wheel is the page's, which scrolls: no field is changed in passing."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox

from penelope_admin.ui import theme


class NumberField(QSpinBox):
    """Qt's own, with the inset that its style sheets do not reach."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.setProperty("focusPolicy", "StrongFocus")
        self.setRange(least, most)
        self.lineEdit().setTextMargins(theme.current().space("xs"), 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()


_LETTERS = 16


class ChoiceField(QComboBox):
    """One of several things. Where there is no room for the longest it is cut short."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("focusPolicy", "StrongFocus")

    def minimumSizeHint(self) -> QSize:
        """Room for some letters of what is chosen."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), _LETTERS * self.fontMetrics().averageCharWidth()), least.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()
