"""The year as a picture: a row for each month, the days across; upgrades as marks, what lasts as bars."""

from __future__ import annotations

import calendar
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from penelope_admin.domain.times import short_month
from penelope_admin.domain.year import DAYS, LOOKS, MARK_NAMES, days_in, lanes_of
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Card
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.legend import Key

if TYPE_CHECKING:
    from penelope_admin.domain.features import OnRole
    from penelope_admin.domain.year import BarKind, MarkKind, YearView

# Fill, line, ink, and how the line is drawn: what is sure is full, what is not is dashed or hollow.
_MARKS: dict[MarkKind, tuple[str, str, str, Qt.PenStyle]] = {
    "computed": ("info-background", "accent", "accent", Qt.PenStyle.SolidLine),
    "uncertain": ("surface", "caution", "caution", Qt.PenStyle.DashLine),
    "announced": ("accent", "accent", "on-accent", Qt.PenStyle.SolidLine),
    "emergency": ("danger", "danger", "surface", Qt.PenStyle.SolidLine),
    "refreshed": ("caution", "caution", "surface", Qt.PenStyle.SolidLine),
    "refresh-wanted": ("surface", "caution", "caution", Qt.PenStyle.SolidLine),
    "overlap": ("caution", "surface", "surface", Qt.PenStyle.NoPen),
}
_BARS: dict[BarKind, tuple[str, str, Qt.PenStyle]] = {
    "on": ("info-background", "accent", Qt.PenStyle.SolidLine),
    "planned": ("surface", "accent", Qt.PenStyle.DashLine),
    "started": ("locked-background", "text", Qt.PenStyle.SolidLine),
    "project": ("surface", "text", Qt.PenStyle.DashLine),
    "turn": ("surface", "muted", Qt.PenStyle.DotLine),
}


def year_card(view: YearView, picture: YearPicture | None = None) -> Card:
    """The picture with its legend, which names only what the picture shows."""
    card = Card("The year")
    marks, bars = {mark.kind for mark in view.marks}, {(bar.kind, bar.role) for bar in view.bars}
    keys = [Key(text, partial(_draw_mark, kind=kind)) for kind, text in MARK_NAMES.items() if kind in marks]
    keys += [
        Key(text, partial(_draw_bar, kind=kind, role=role))
        for (kind, role), text in LOOKS.items()
        if (kind, role) in bars
    ]
    # The legend follows the title: every line that the picture takes is missing from the list below.
    card.head.setWordWrap(False)
    card.add(Flow(card.head, *keys), picture or YearPicture(view))
    return card


def _draw_mark(painter: QPainter, area: QRectF, kind: MarkKind, text: str = "") -> None:
    """A box for an upgrade, with its day where there is room; a lozenge for an emergency, a disc for a refresh.

    What overlaps something has a thick line under its sign.
    """
    tokens = theme.current()
    fill, line, ink, style = _MARKS[kind]
    painter.setPen(QPen(tokens.colour(line), 1.5, style))
    painter.setBrush(tokens.colour(fill))
    centre, half = area.center(), min(area.width(), area.height()) / 2
    if kind in ("refreshed", "refresh-wanted"):
        painter.drawEllipse(centre, half, half)
    elif kind == "overlap":
        painter.drawRect(QRectF(area.left() - 1, area.bottom() - 2, area.width() + 2, tokens.space("xxs")))
    elif kind == "emergency":
        sides = (QPointF(half, 0), QPointF(0, half), QPointF(-half, 0), QPointF(0, -half))
        painter.drawPolygon(QPolygonF([centre + side for side in sides]))
    else:
        painter.drawRoundedRect(area, tokens.space("xxs"), tokens.space("xxs"))
        if text and painter.fontMetrics().horizontalAdvance("00") <= area.width():
            painter.setPen(tokens.colour(ink))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def _draw_bar(painter: QPainter, area: QRectF, kind: BarKind, text: str = "", role: OnRole = "info") -> None:
    tokens, gap = theme.current(), theme.current().space("xxs")
    fill, line, style = _BARS[kind]
    if role != "info":
        fill, line = f"{role}-background", role
    painter.setPen(QPen(tokens.colour(line), 1, style))
    painter.setBrush(tokens.colour(fill))
    painter.drawRoundedRect(area, gap, gap)
    fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()) - 2 * gap)
    if len(fitting) >= min(len(text), 4):
        painter.setPen(tokens.colour(line))
        painter.drawText(area.adjusted(gap, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, fitting)


class YearPicture(QWidget):
    """Twelve months. What it shows is also its accessible description."""

    day_chosen = Signal(date)
    """Somebody clicked on a mark: its first day."""

    project_chosen = Signal(int)
    """Somebody clicked on a project's bar: its number."""

    def __init__(self, view: YearView) -> None:
        super().__init__()
        self._font, self._bold = theme.current().font("caption"), theme.current().font("caption", bold=True)
        self._metrics = QFontMetrics(self._bold)
        self._names = [short_month(month) for month in view.months]
        self._left = max(map(self._metrics.horizontalAdvance, self._names)) + theme.current().space("s")
        self.show_view(view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The coming twelve months")

    def show_view(self, view: YearView) -> None:
        """Show these twelve months."""
        self._view, self._lanes = self._lay(view)
        self.setAccessibleDescription(" ".join(self._view.sentences))
        self.updateGeometry()
        self.update()

    def _lay(self, view: YearView) -> tuple[YearView, list[int]]:
        """The months, with a lane for each of their bars."""
        return view, lanes_of(view.bars)

    least_lanes = 0
    """So many lanes have room in every month, used or not."""

    # --- sizes ---------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """As wide as there is room; a month is as tall as what lies in it."""
        height = self._line() + sum(self._height(month) for month in self._view.months)
        return QSize(theme.current().size("narrow"), height + theme.current().size("focus"))

    def minimumSizeHint(self) -> QSize:
        """A third as wide: it has to go beside a list, too."""
        return QSize(theme.current().size("narrow") // 3, self.sizeHint().height())

    def _line(self) -> int:
        return self._metrics.height() + theme.current().space("xxs")

    def day_at(self, spot: QPointF) -> date:
        """The day at a place, or the one nearest to it."""
        top, spot_month = self._line(), self._view.months[0]
        for month in self._view.months:
            if spot.y() >= top:
                spot_month = month
            top += self._height(month)
        day = int((spot.x() - self._left) / max(self.width() - self._left - 1, 1) * DAYS) + 1
        return spot_month.replace(day=min(max(day, 1), calendar.monthrange(spot_month.year, spot_month.month)[1]))

    def _lane(self, lane: int, _month: date) -> int:
        """In which lane a bar is drawn in a month."""
        return lane

    def _height(self, month: date) -> int:
        """A line for the marks, and one for each lane in use."""
        used = [lane for lane, bar in zip(self._lanes, self._view.bars, strict=True) if days_in(bar, month)]
        return (1 + max(max(used, default=-1) + 1, self.least_lanes)) * self._line()

    def _x(self, day: int) -> float:
        """Where a day of a month begins; the last pixel is kept for a line."""
        return self._left + (day - 1) / DAYS * (self.width() - self._left - 1)

    def _area(self, days: tuple[int, int], top: float) -> QRectF:
        left, right = self._x(days[0]), self._x(days[1] + 1)
        return QRectF(left + 1, top + 1.5, max(right - left - 2, 1), self._line() - 3)

    def mark_at(self, spot: QPointF) -> date | None:
        """The first day of the mark at a place; None where there is none."""
        top = self._line()
        for month in self._view.months:
            for mark in self._view.marks:
                if (days := days_in(mark, month)) and self._area(days, top).contains(spot):
                    return mark.first_day
            top += self._height(month)
        return None

    def project_at(self, spot: QPointF) -> int | None:
        """The number of the project whose bar is at a place; None where there is none."""
        top = self._line()
        for month in self._view.months:
            for lane, bar in zip(self._lanes, self._view.bars, strict=True):
                place = top + (1 + lane) * self._line()
                if bar.project is not None and (days := days_in(bar, month)) and self._area(days, place).contains(spot):
                    return bar.project
            top += self._height(month)
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a mark chooses its day, one on a project's bar the project."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if (day := self.mark_at(event.position())) is not None:
            self.day_chosen.emit(day)
        elif (number := self.project_at(event.position())) is not None:
            self.project_chosen.emit(number)

    # --- drawing -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the days, then each month."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.setPen(theme.current().colour("muted"))
        step, aligned = 5, Qt.AlignmentFlag.AlignLeft
        if self._x(2) - self._x(1) > self._metrics.horizontalAdvance("00"):
            step, aligned = 1, Qt.AlignmentFlag.AlignCenter
        for day in range(1, DAYS + (step == 1), step):
            area = QRectF(self._x(day), 0, self._x(1 + step) - self._x(1), self._line())
            painter.drawText(area, aligned, str(day))
        top = self._line()
        for month, name in zip(self._view.months, self._names, strict=True):
            self._draw_month(painter, month, name, top)
            top += self._height(month)

    def _draw_month(self, painter: QPainter, month: date, name: str, top: int) -> None:
        tokens, height = theme.current(), self._height(month)
        beyond = self._x(calendar.monthrange(month.year, month.month)[1] + 1)
        painter.fillRect(QRectF(beyond, top, self.width() - beyond, height), tokens.colour("page"))
        painter.setPen(QPen(tokens.colour("border"), 1))
        painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
        if (self._view.today.year, self._view.today.month) == (month.year, month.month):
            painter.setPen(QPen(tokens.colour("text"), tokens.size("focus")))
            x = self._x(self._view.today.day)
            painter.drawLine(QPointF(x, top), QPointF(x, top + height))
        painter.setPen(tokens.colour("text"))
        painter.setFont(self._bold)
        painter.drawText(QRectF(0, top, self._left, self._line()), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(self._font)
        for lane, bar in zip(self._lanes, self._view.bars, strict=True):
            if days := days_in(bar, month):
                place = self._area(days, top + (1 + self._lane(lane, month)) * self._line())
                _draw_bar(painter, place, bar.kind, bar.name, bar.role)
        for mark in self._view.marks:
            if days := days_in(mark, month):
                _draw_mark(painter, self._area(days, top), mark.kind, str(days[0]))
