"""Things side by side where there is room, and below each other where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from penelope_admin.ui import theme


class SideBySide(QWidget):
    """Columns; narrow windows and large text turn them into rows. What is hidden takes no room."""

    def __init__(self, *widgets: QWidget, shares: Sequence[int] = (), least: int = 0) -> None:
        """
        Args:
            shares: how the width is divided; equally by default.
            least: the width, in letters, below which they are set below each other in any case.
        """
        super().__init__()
        self._widgets, self._least = widgets, least
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.current().space("s"))
        for widget, share in zip(widgets, shares or [1] * len(widgets), strict=True):
            self._box.addWidget(widget, share)

    @property
    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest of them: they can always be set below each other."""
        width = max((widget.minimumSizeHint().width() for widget in self._shown), default=0)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose by the new width."""
        shown = self._shown
        gaps = self._box.spacing() * (len(shown) - 1)
        needed = sum(widget.minimumSizeHint().width() for widget in shown) + gaps
        needed = max(needed, self._least * self.fontMetrics().averageCharWidth())
        across = self.width() >= needed
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom)
        super().resizeEvent(event)
