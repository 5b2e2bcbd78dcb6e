"""The week as a picture: a row for each local day, the hours across, a bar for each support team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from penelope_admin.domain.text import filled
from penelope_admin.domain.times import date_in_words, weekday_in_words
from penelope_admin.policy import WEEKDAYS
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.legend import Key

if TYPE_CHECKING:
    from penelope_admin.domain.support import Closure, LocalDay, Span
    from penelope_admin.policy import WorkingDay

MINUTES = 24 * 60
Names = Mapping[tuple[str, date], str]
"""What holidays are called, by the team whose they are and the day."""

# Fill, lines and words of each bar, so that they are told apart without colour too; more teams begin again.
_STYLES = (
    ("accent", "accent", "on-accent", Qt.BrushStyle.NoBrush),
    ("positive-background", "positive", "positive", Qt.BrushStyle.BDiagPattern),
    ("surface", "text", "text", Qt.BrushStyle.Dense6Pattern),
)


def week_in_words(days: Sequence[LocalDay], zone: ZoneInfo, names: Names) -> list[str]:
    """A sentence for each day: "Friday, 20 November 2026: Support 07:00 to 19:00; Chat 08:00 to 16:00."."""
    return [
        f"{words.day(day.day)}: {'; '.join(_hours_in_words(day, zone, names)) or 'nobody is there'}." for day in days
    ]


def _hours_in_words(day: LocalDay, zone: ZoneInfo, names: Names) -> list[str]:
    said = []
    for hours in day.teams:
        if hours.open:
            said.append(f"{hours.team.name} {' and '.join(_span_in_words(span, zone) for span in hours.open)}")
        for closure in hours.closed:
            name = names.get((closure.holidays_of, closure.day), "")
            why = filled("because of {}", name) or "for a holiday"
            said.append(f"{hours.team.name} is closed {_span_in_words(closure.span, zone)} {why}")
    return said + (["clocks change"] if day.clocks_change else [])


def _span_in_words(span: Span, zone: ZoneInfo) -> str:
    return " to ".join(words.clock(instant.astimezone(zone).time()) for instant in span)


def _draw_bar(painter: QPainter, area: QRectF, style: int) -> None:
    tokens = theme.current()
    fill, line, _, pattern = _STYLES[style % len(_STYLES)]
    radius = tokens.space("xxs")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.colour(fill))
    painter.drawRoundedRect(area, radius, radius)
    painter.setPen(QPen(tokens.colour(line), 1))
    painter.setBrush(QBrush(tokens.colour(line), pattern))
    painter.drawRoundedRect(area, radius, radius)


def _draw_closure(painter: QPainter, area: QRectF) -> None:
    tokens = theme.current()
    painter.setPen(QPen(tokens.colour("muted"), 1, Qt.PenStyle.DashLine))
    painter.setBrush(tokens.colour("surface"))
    painter.drawRoundedRect(area, tokens.space("xxs"), tokens.space("xxs"))


class WeekPicture(QWidget):
    """Seven days of a zone. What it shows is also its accessible description."""

    def __init__(self, days: Sequence[LocalDay], zone: ZoneInfo, working_day: WorkingDay, names: Names) -> None:
        super().__init__()
        self._days, self._zone, self._working_day, self._names = days, zone, working_day, names
        self._now: datetime | None = None
        self._font, self._bold = theme.current().font("caption"), theme.current().font("caption", bold=True)
        self._metrics = QFontMetrics(self._bold)
        self._left = self._room_before_bars()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The coming seven days of Support")
        self._said = week_in_words(days, zone, names)
        self.setAccessibleDescription(" ".join(self._said))

    def show_now(self, now: datetime) -> None:
        """Move the mark of the present (UTC)."""
        self._now = now
        self._left = self._room_before_bars()
        self.update()

    # --- sizes ---------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """As wide as there is room, a line of text for each team and day."""
        height = self._top() + len(self._days) * self._row() + theme.current().size("focus")
        return QSize(theme.current().size("narrow"), height)

    def minimumSizeHint(self) -> QSize:
        """Half as wide."""
        return QSize(theme.current().size("narrow") // 2, self.sizeHint().height())

    def _lane(self) -> int:
        return self._metrics.height() + theme.current().space("xxs")

    def _row(self) -> int:
        first = self._days[0]
        return max(len(first.teams), len(self._day_lines(first))) * self._lane() + theme.current().space("xs")

    def _top(self) -> int:
        return self._metrics.height() + theme.current().space("xs")

    def _room_before_bars(self) -> int:
        lines = [line for day in self._days for line in self._day_lines(day)]
        return max((self._metrics.horizontalAdvance(line) for line in lines), default=0) + theme.current().space("s")

    def _day_lines(self, day: LocalDay) -> list[str]:
        """What stands before a row: three lines, the last often empty."""
        more = "Clocks change" if day.clocks_change else ""
        if self._now is not None and day.starts <= self._now < day.ends:
            more = "Today"
        return [weekday_in_words(day.day), date_in_words(day.day), more]

    def _x(self, minutes: float) -> float:
        """Where a time of day is; the last pixel is kept for a bar's line."""
        left = self._left
        return left + minutes / MINUTES * (self.width() - left - 1)

    def _minutes(self, instant: datetime, day: LocalDay) -> int:
        """A time on the day's own wall clock, so that bars stand under their hours when clocks change too."""
        if instant >= day.ends:
            return MINUTES
        return _of_day(instant.astimezone(self._zone).time())

    def event(self, event: QEvent) -> bool:
        """Over a day, say it in words: a short bar has no room for its name."""
        if isinstance(event, QHelpEvent):
            number = (event.pos().y() - self._top()) // self._row()
            said = self._said[number] if 0 <= number < len(self._said) else ""
            QToolTip.showText(event.globalPos(), words.plain_tip(said), self)
            return True
        return super().event(event)

    # --- drawing -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the hours, then each day."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        self._draw_hours(painter)
        for number, day in enumerate(self._days):
            self._draw_day(painter, day, self._top() + number * self._row())

    def _draw_hours(self, painter: QPainter) -> None:
        tokens, height = theme.current(), self._metrics.height()
        hours = [words.clock(time(hour)) for hour in range(24)]
        widest = max(self._metrics.horizontalAdvance(text) for text in hours) + tokens.space("xs")
        fits = (self.width() - self._left) / widest
        step = next(hours_ for hours_ in (3, 6, 12) if 24 / hours_ <= fits or hours_ == 12)  # noqa: PLR2004
        painter.setPen(tokens.colour("muted"))
        for hour in range(0, 24, step):
            painter.drawText(QRectF(self._x(hour * 60), 0, widest, height), Qt.AlignmentFlag.AlignLeft, hours[hour])

    def _draw_day(self, painter: QPainter, day: LocalDay, top: int) -> None:
        tokens, row = theme.current(), self._row()
        self._draw_ground(painter, day, top)
        painter.setPen(tokens.colour("text"))
        styles = ((self._bold, "text"), (self._font, "muted"), (self._font, "text"))
        for number, (line, (font, ink)) in enumerate(zip(self._day_lines(day), styles, strict=True)):
            painter.setFont(font)
            painter.setPen(tokens.colour(ink))
            y = top + tokens.space("xxs") + number * self._lane()
            painter.drawText(QRectF(0, y, self._left, self._lane()), Qt.AlignmentFlag.AlignVCenter, line)
        painter.setFont(self._font)
        if not any(hours.open or hours.closed for hours in day.teams):
            painter.setPen(tokens.colour("muted"))
            nobody = QRectF(self._left, top, self.width() - self._left, row)
            painter.drawText(nobody, Qt.AlignmentFlag.AlignCenter, "Nobody is there")
        for lane, hours in enumerate(day.teams):
            for closure in hours.closed:
                area = self._area(closure.span, day, top, lane)
                _draw_closure(painter, area)
                self._write(painter, area, self._reasons(closure), "muted", "surface")
            for span in hours.open:
                area = self._area(span, day, top, lane)
                _draw_bar(painter, area, lane)
                fill, _, ink, _ = _STYLES[lane % len(_STYLES)]
                self._write(painter, area, [hours.team.name], ink, fill)
        if self._now is not None and day.starts <= self._now < day.ends:
            _draw_mark(painter, self._x(self._minutes(self._now, day)), top, top + row)

    def _draw_ground(self, painter: QPainter, day: LocalDay, top: int) -> None:
        """The working day as a band, a line every three hours, and a line above."""
        tokens, row, working = theme.current(), self._row(), self._working_day
        if WEEKDAYS[day.day.weekday()] in working.days:
            left, right = self._x(_of_day(working.starts)), self._x(_of_day(working.ends))
            painter.fillRect(QRectF(left, top, right - left, row), tokens.colour("locked-background"))
        painter.setPen(QPen(tokens.colour("border"), 1))
        painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
        for hour in range(0, 25, 3):
            painter.drawLine(QPointF(self._x(hour * 60), top), QPointF(self._x(hour * 60), top + row))

    def _area(self, span: Span, day: LocalDay, top: int, lane: int) -> QRectF:
        tokens = theme.current()
        left, right = (self._x(self._minutes(instant, day)) for instant in span)
        y = top + tokens.space("xxs") + lane * self._lane()
        return QRectF(left + 0.5, y + 1.5, max(right - left - 1, 1), self._lane() - 3)

    def _reasons(self, closure: Closure) -> list[str]:
        """ "Holiday: Christmas Day" where there is room for it; the lines below the picture name every holiday."""
        name = self._names.get((closure.holidays_of, closure.day), "")
        return [f"Holiday: {name}", "Holiday"] if name else ["Holiday"]

    def _write(self, painter: QPainter, area: QRectF, texts: Sequence[str], ink: str, ground: str) -> None:
        """The first of some words that has room in a bar, on plain ground; never a part of one."""
        tokens, gap = theme.current(), theme.current().space("xxs")
        room = area.width() - 3 * gap
        fitting = next((text for text in texts if self._metrics.horizontalAdvance(text) <= room), "")
        if not fitting:
            return
        words_ = QRectF(
            area.left() + gap, area.top() + 1, self._metrics.horizontalAdvance(fitting) + gap, area.height() - 2
        )
        painter.fillRect(words_, tokens.colour(ground))
        painter.setPen(tokens.colour(ink))
        painter.drawText(words_.adjusted(gap / 2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, fitting)


def _draw_mark(painter: QPainter, x: float, top: float, bottom: float) -> None:
    """A line with a triangle on top: now."""
    tokens = theme.current()
    side = tokens.space("xxs")
    painter.setPen(QPen(tokens.colour("surface"), 2 * tokens.size("focus")))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.setPen(QPen(tokens.colour("text"), tokens.size("focus")))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.colour("text"))
    painter.drawPolygon(QPolygonF([QPointF(x - side, top), QPointF(x + side, top), QPointF(x, top + 2 * side)]))


def _of_day(clock_time: time) -> int:
    return clock_time.hour * 60 + clock_time.minute


def legend_key(text: str, part: int | str) -> Key:
    """An entry of the legend. `part` is a team's number or a name."""
    return Key(text, partial(_draw_part, part=part), "switch-width")


def _draw_part(painter: QPainter, area: QRectF, part: int | str) -> None:
    if isinstance(part, int):
        _draw_bar(painter, area, part)
    elif part == "closed":
        _draw_closure(painter, area)
    elif part == "working-day":
        painter.fillRect(area, theme.current().colour("locked-background"))
    else:
        _draw_mark(painter, area.center().x(), area.top(), area.bottom())
