"""What is said of what is filled in, below the fields: none of them moves because of it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from penelope_admin.domain.times import plural
from penelope_admin.ui import theme
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import boxed, label, scrolled, show_text, stacked
from penelope_admin.ui.widgets.keyed import KeyedRows, Row

OF_SCREEN = 4
"""At most such a part of the screen is taken; what has no room there scrolls."""
_GRAVEST_FIRST: tuple[Role, ...] = ("danger", "caution", "info", "positive")
_CHANGES = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest)


class Remarks(QScrollArea):
    """Warnings and clashes, the most serious first, and what the linked calendars have below them. Empty, it is away.

    Attributes:
        heading: stands above it, and says how many there are where not all are in view.
    """

    changed = Signal()
    """It needs other room than before."""

    def __init__(self, *below: QWidget) -> None:
        super().__init__()
        self.setAccessibleName("What to know")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.heading = label("", "strong")
        self.heading.hide()
        self._rows = KeyedRows("xs")
        self._parts, self._room = (self._rows, *below), -1
        self._inside = boxed(stacked(*self._parts, 1, gap="xs"))
        self._inside.setObjectName("pageBody")
        scrolled(self._inside, self)
        for watched in (self._inside, *self._parts):
            watched.installEventFilter(self)
        self.verticalScrollBar().rangeChanged.connect(self._tell_how_many)
        self.hide()

    def _tell_how_many(self) -> None:
        policy, said = "NoFocus", ""
        if self.verticalScrollBar().maximum() > 0:
            count = self._rows.count + sum(not part.isHidden() for part in self._parts[1:])
            policy, said = "TabFocus", f"{plural(count, 'thing')} to know, the most serious first"
        self.setProperty("focusPolicy", policy)
        show_text(self.heading, said)

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

    def minimumSizeHint(self) -> QSize:
        """No higher: Qt would give it room for a bar that there is not."""
        return self.sizeHint()

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Say these; what is said already stays as it is, and keeps the focus."""
        self._rows.show_rows(rows)
        self._said()

    def show_sentences(self, *said: tuple[str, Role]) -> None:
        """Say sentences, each with how serious it is."""
        self._rows.show_banners(sorted(said, key=lambda one: _GRAVEST_FIRST.index(one[1])))
        self._said()

    def _said(self) -> None:
        self._fit()
        self._tell_how_many()
