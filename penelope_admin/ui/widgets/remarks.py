"""What is said of what is filled in, in room of its own: a field never moves because of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Banner, scrolled, stacked
from penelope_admin.ui.widgets.keyed import KeyedRows, Row

NONE, FEW, MANY = 0, 2, 4
"""Its height, in lines of a table. What has no room there scrolls."""
OF_SCREEN = 5
"""At most such a part of the screen is taken."""


class Remarks(QScrollArea):
    """Warnings and clashes, the most urgent first, and what the linked calendars have below them."""

    def __init__(self, *below: QWidget, lines: int = MANY) -> None:
        """Make it.

        Args:
            lines: how many there is room for without scrolling. For none, where hardly ever something is said, room
                is taken from what scrolls above.
        """
        super().__init__()
        self._lines = lines
        self.setHidden(not lines)
        self.setAccessibleName("What to know")
        self._rows = KeyedRows("xs")
        scrolled(stacked(self._rows, *below, 1, gap="xs"), self)
        policy = Qt.FocusPolicy
        self.verticalScrollBar().rangeChanged.connect(
            lambda _, most: self.setFocusPolicy(policy.TabFocus if most else policy.NoFocus)
        )

    def sizeHint(self) -> QSize:
        """The same whatever is said."""
        screen = QGuiApplication.primaryScreen().availableGeometry()
        return QSize(0, min((self._lines or FEW) * theme.current().row_height(), screen.height() // OF_SCREEN))

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Say these; what is said already stays as it is, and keeps the focus."""
        self._rows.show_rows(rows := tuple(rows))
        self.setHidden(not self._lines and not rows)

    def say(self, *said: tuple[str, Role]) -> None:
        """Say sentences, each with how urgent it is."""
        self.show_rows(Row(text, role, partial(Banner, text, role)) for text, role in said)
