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
        """The narrower, the taller."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The dots and the tallest words below them; or a line for each stop."""
        metrics = self._metrics()
        if self._runs_down(width):
            return len(self._stops) * (metrics.lineSpacing() + theme.current().space("xxs"))
        column = QRect(0, 0, width // max(1, len(self._stops)), width)
        wraps = Qt.TextFlag.TextWordWrap
        words = (metrics.boundingRect(column, wraps, f"{stop.name}\n{stop.date}".strip()) for stop in self._stops)
        return self._line_y() * 2 + max((rect.height() for rect in words), default=0)

    def sizeHint(self) -> QSize:
        """As wide as a narrow column."""
        width = theme.current().size("narrow") // 2
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Room for the longest line when it runs down."""
        texts = (f"{stop.name}  {stop.date}" for stop in self._stops)
        widest = max((self._metrics().horizontalAdvance(text) for text in texts), default=0)
        return QSize(widest + 2 * theme.current().size("dot"), self._metrics().lineSpacing())

    def _line_y(self) -> int:
        return theme.current().size("dot")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, the dots and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dot = theme.current().size("dot")
        down = self._runs_down(self.width())
        column = self.width() / max(1, len(self._stops))
        row = self.height() / max(1, len(self._stops))
        centres = [
            QPointF(dot, row * (number + 0.5)) if down else QPointF(column * (number + 0.5), self._line_y())
            for number in range(len(self._stops))
        ]
        painter.setPen(QPen(theme.current().colour("border"), 2))
        if centres:
            painter.drawLine(centres[0], centres[-1])
        for stop, centre in zip(self._stops, centres, strict=True):
            self._draw_dot(painter, stop, centre)
            if down:
                area = QRectF(centre.x() + dot, centre.y() - row / 2, self.width() - 2 * dot, row)
                words, how = f"{stop.name}  {stop.date}".strip(), Qt.AlignmentFlag.AlignVCenter
            else:
                top = self._line_y() + dot
                area = QRectF(centre.x() - column / 2, top, column, self.height() - top)
                words, how = f"{stop.name}\n{stop.date}".strip(), Qt.AlignmentFlag.AlignHCenter
            painter.drawText(area, how | Qt.TextFlag.TextWordWrap, words)

    def _draw_dot(self, painter: QPainter, stop: PathStep, centre: QPointF) -> None:
        """A stop's dot; leaves the painter ready for its words."""
        look = theme.current()
        painter.setPen(QPen(look.colour("accent" if stop.reached else "muted"), 2))
        painter.setBrush(look.colour("accent" if stop.reached else "surface"))
        radius = look.size("dot") / (2 if stop.current else 3)
        painter.drawEllipse(centre, radius, radius)
        painter.setFont(look.font("caption", bold=stop.current))
        painter.setPen(look.colour("text" if stop.reached else "muted"))
