"""The countdown: text first, a ring that fills second."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from penelope_admin.domain.times import plural
from penelope_admin.ui import theme

DRAWN_AFTER_MS = 20
_TOGETHER = "\u00a0"
_SPAN = timedelta(days=35)
"""The ring is empty this long before a window: about the longest time between two."""


def countdown_text(now: datetime, starts_at: datetime, ends_at: datetime) -> str:
    """Days and hours until two days before, then hours and minutes; during the window, what is left of it.

    A number and its unit stay in one line.
    """
    if starts_at <= now:
        hours, minutes = divmod(max(0, int((ends_at - now).total_seconds() // 60)), 60)
        return f"Now, {hours}{_TOGETHER}h {minutes:02}{_TOGETHER}min left"
    left = starts_at - now
    if left >= timedelta(days=2):
        hours = left.seconds // 3600
        return f"{plural(left.days, 'day')} {hours}{_TOGETHER}h"
    hours, minutes = divmod(int(left.total_seconds() // 60), 60)
    return f"{hours}{_TOGETHER}h {minutes:02}{_TOGETHER}min"


class Ring(QWidget):
    """A ring that fills as the window comes near."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self._draws = False
        side = theme.current().size("ring")
        self.setFixedSize(QSize(side, side))
        self.setAccessibleName("How near the next upgrade is")

    def show_share(self, now: datetime, starts_at: datetime) -> None:
        """Set how far the ring is filled."""
        self._share = 1 - min(1.0, max(0.0, (starts_at - now) / _SPAN))
        self.setAccessibleDescription(f"{round(self._share * 100)} percent")
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Text first, ring second: drawing would load Qt's enums, a tenth of the time to the first frame."""
        super().showEvent(event)
        QTimer.singleShot(DRAWN_AFTER_MS, self._begin)

    def _begin(self) -> None:
        self._draws = True
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._draws:
            return
        tokens = theme.current()
        width = tokens.size("ring-line")
        area = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(tokens.colour("border"), width)
        painter.setPen(pen)
        painter.drawEllipse(area)
        pen.setColor(tokens.colour("accent"))
        painter.setPen(pen)
        painter.drawArc(area, 90 * 16, round(-self._share * 360 * 16))
