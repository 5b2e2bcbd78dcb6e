"""The legend of a picture: what its parts mean, each with a small drawing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import in_a_row, label_line

Draw = Callable[[QPainter, QRectF], None]


class Key(QWidget):
    """What a part of the picture means.

    Args:
        draw: paints that part into an area.
        width: the token of the drawing's width.
    """

    def __init__(self, text: str, draw: Draw, width: str = "icon") -> None:
        super().__init__()
        in_a_row(_Sample(draw, width), label_line(text), within=self, gap="xxs", edges=(0, 0, "xs", 0))


class _Sample(QWidget):
    """A piece of the picture."""

    def __init__(self, draw: Draw, width: str) -> None:
        super().__init__()
        self._draw = draw
        self.setFixedSize(QSize(theme.current().size(width), theme.current().size("icon")))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2))
