"""The path of a request: its steps as dots on a line, with dates under them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from penelope_admin.ui import theme


@dataclass(frozen=True)
class Stop:
    """A step: its name, its date once it was taken, and whether it is the current one."""

    name: str
    date: str
    reached: bool
    current: bool


class RequestPath(QWidget):
    """Dots on a line; those reached are filled, the current one is larger and its name bold."""

    def __init__(self, stops: list[Stop]) -> None:
        super().__init__()
        self._stops = stops
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        now = next((stop.name for stop in stops if stop.current), "")
        self.setAccessibleName(f"Path of the request; now: {now}")
        self.setAccessibleDescription(", ".join(f"{s.name} {s.date}".strip() for s in stops if s.reached))

    def sizeHint(self) -> QSize:
        """Room for a dot and three lines of text: names may take two."""
        metrics = QFontMetrics(theme.current().font("caption"))
        return QSize(theme.current().size("narrow") // 2, self._line_y() * 2 + 3 * metrics.lineSpacing())

    def minimumSizeHint(self) -> QSize:
        """As its size hint, so that it is never clipped."""
        return self.sizeHint()

    def _line_y(self) -> int:
        return theme.current().size("dot")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, the dots and the words."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        column = self.width() / max(1, len(self._stops))
        y, dot = self._line_y(), look.size("dot")
        painter.setPen(QPen(look.colour("border"), 2))
        painter.drawLine(QPointF(column / 2, y), QPointF(self.width() - column / 2, y))
        for number, stop in enumerate(self._stops):
            centre = QPointF(column * (number + 0.5), y)
            painter.setPen(QPen(look.colour("accent" if stop.reached else "muted"), 2))
            painter.setBrush(look.colour("accent" if stop.reached else "surface"))
            radius = dot / 2 if stop.current else dot / 3
            painter.drawEllipse(centre, radius, radius)
            painter.setFont(look.font("caption", bold=stop.current))
            painter.setPen(look.colour("text" if stop.reached else "muted"))
            words = f"{stop.name}\n{stop.date}" if stop.date else stop.name
            area = QRectF(column * number, y + dot, column, self.height() - y - dot)
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, words)
