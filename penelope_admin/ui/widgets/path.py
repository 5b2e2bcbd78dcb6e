"""The path of a request: its steps as dots on a line, with dates under them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from penelope_admin.ui import theme


@dataclass(frozen=True)
class PathStep:
    """A step: its name, its date once it was taken, and whether it is the current one."""

    name: str
    date: str
    reached: bool
    current: bool


class RequestPath(QWidget):
    """Dots on a line; those reached are filled, the current one is larger and its name bold.

    The line runs across where each name has room, and downwards where it has not: in narrow windows, with large text.
    """

    def __init__(self, stops: list[PathStep]) -> None:
        super().__init__()
        self._stops = stops
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        now = next((stop.name for stop in stops if stop.current), "")
        self.setAccessibleName(f"Path of the request; now: {now}")
        self.setAccessibleDescription(", ".join(f"{s.name} {s.date}".strip() for s in stops if s.reached))

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.current().font("caption", bold=True))

    def _runs_down(self, width: int) -> bool:
        """Whether a word would be cut if the line ran across."""
        words = [word for stop in self._stops for word in (*stop.name.split(), stop.date)]
        widest = max((self._metrics().horizontalAdvance(word) for word in words), default=0)
        return widest > width / max(1, len(self._stops))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        """The dots and the tallest words below them; or a line for each stop."""
        metrics = self._metrics()
        if self._runs_down(width):
            return len(self._stops) * (metrics.lineSpacing() + theme.current().space("xxs"))
        column = QRect(0, 0, width // max(1, len(self._stops)), width)
        wraps = Qt.TextFlag.TextWordWrap
        words = (metrics.boundingRect(column, wraps, f"{stop.name}\n{stop.date}".strip()) for stop in self._stops)
        return theme.current().size("dot") * 2 + max((rect.height() for rect in words), default=0)

    def sizeHint(self) -> QSize:
        """As wide as a narrow column."""
        width = theme.current().size("narrow") // 2
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Room for the longest line when it runs down."""
        texts = (f"{stop.name}  {stop.date}" for stop in self._stops)
        widest = max((self._metrics().horizontalAdvance(text) for text in texts), default=0)
        return QSize(widest + 2 * theme.current().size("dot"), self._metrics().lineSpacing())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, the dots and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dot, many = theme.current().size("dot"), max(1, len(self._stops))
        middles = [number + 0.5 for number in range(len(self._stops))]
        if self._runs_down(self.width()):
            row, between, how = self.height() / many, "  ", Qt.AlignmentFlag.AlignVCenter
            centres = [QPointF(dot, row * middle) for middle in middles]
            areas = [QRectF(2 * dot, at.y() - row / 2, self.width() - 2 * dot, row) for at in centres]
        else:
            column, between, how = self.width() / many, "\n", Qt.AlignmentFlag.AlignHCenter
            centres = [QPointF(column * middle, dot) for middle in middles]
            areas = [QRectF(at.x() - column / 2, 2 * dot, column, self.height() - 2 * dot) for at in centres]
        painter.setPen(QPen(theme.current().colour("border"), 2))
        if centres:
            painter.drawLine(centres[0], centres[-1])
        for stop, centre, area in zip(self._stops, centres, areas, strict=True):
            self._draw_dot(painter, stop, centre)
            painter.drawText(area, how | Qt.TextFlag.TextWordWrap, f"{stop.name}{between}{stop.date}".strip())

    def _draw_dot(self, painter: QPainter, stop: PathStep, centre: QPointF) -> None:
        """A stop's dot; leaves the painter ready for its words."""
        tokens = theme.current()
        line, ground, ink = ("accent", "accent", "text") if stop.reached else ("muted", "surface", "muted")
        painter.setPen(QPen(tokens.colour(line), 2))
        painter.setBrush(tokens.colour(ground))
        radius = tokens.size("dot") / (2 if stop.current else 3)
        painter.drawEllipse(centre, radius, radius)
        painter.setFont(tokens.font("caption", bold=stop.current))
        painter.setPen(tokens.colour(ink))
