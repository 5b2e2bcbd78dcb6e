"""What is said of what is filled in, below the fields: none of them moves because of it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import boxed, scrolled, stacked
from penelope_admin.ui.widgets.keyed import KeyedRows, Row

OF_SCREEN = 4
"""At most such a part of the screen is taken; what has no room there scrolls."""
_CHANGES = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest)


class Remarks(QScrollArea):
    """Warnings and clashes, the most urgent first, and what the linked calendars have below them. Empty, it is away."""

    changed = Signal()
    """It needs other room than before."""

    def __init__(self, *below: QWidget) -> None:
        super().__init__()
        self.setAccessibleName("What to know")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._rows = KeyedRows("xs")
        self._parts, self._room = (self._rows, *below), -1
        self._inside = boxed(stacked(*self._parts, 1, gap="xs"))
        self._inside.setObjectName("pageBody")
        scrolled(self._inside, self)
        for watched in (self._inside, *self._parts):
            watched.installEventFilter(self)
        self.verticalScrollBar().rangeChanged.connect(
            lambda _, most: self.setProperty("focusPolicy", "TabFocus" if most else "NoFocus")
        )
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is said in it, here or by what stands below."""
        if event.type() in _CHANGES:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self.setHidden(all(part.isHidden() for part in self._parts))
        if (room := 0 if self.isHidden() else self.sizeHint().height()) != self._room:
            self._room = room
            self.updateGeometry()
            self.changed.emit()

    def sizeHint(self) -> QSize:
        """As high as what is said."""
        tokens, screen = theme.current(), QGuiApplication.primaryScreen().availableGeometry()
        width = self.viewport().width() if self.isVisible() else tokens.size("sheet") - 2 * tokens.space("l")
        return QSize(0, min(self._inside.heightForWidth(width), screen.height() // OF_SCREEN))

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Say these; what is said already stays as it is, and keeps the focus."""
        self._rows.show_rows(rows)
        self._fit()

    def show_sentences(self, *said: tuple[str, Role]) -> None:
        """Say sentences, each with how urgent it is."""
        self._rows.show_banners(said)
        self._fit()
