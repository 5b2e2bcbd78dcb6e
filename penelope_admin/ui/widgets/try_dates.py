"""A project's year in which its bar can be moved to try other dates: conflicts follow, nothing is kept by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.domain.projects import in_short, input_of, moved
from penelope_admin.domain.year import Bar, days_in, lanes_of
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import boxed, button, cut, label, stacked
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.keyed import KeyedRows
from penelope_admin.ui.widgets.year import YearPicture, year_card

if TYPE_CHECKING:
    from penelope_admin.domain.projects import Clash, Span
    from penelope_admin.domain.year import BarKind, YearView
    from penelope_admin.services.projects import ProjectView
    from penelope_admin.services.work import Work
    from penelope_admin.ui.shell import Shell

Grip = Literal["all", "first", "last"]
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_LINES = 2
"""So many lines of words have room above the picture, so that it does not move under the hand."""
_HINT = "Drag the bar to try other dates, or choose the picture and press Ctrl and the arrow keys; with Shift its end."
_STEPS = {
    Qt.Key.Key_Left: -_DAY, Qt.Key.Key_Right: _DAY, Qt.Key.Key_Up: -_WEEK, Qt.Key.Key_Down: _WEEK,
}  # fmt: skip


class MovablePicture(YearPicture):
    """A year in which one project's bar follows the mouse, or Ctrl and the arrow keys."""

    tried = Signal(date, date)
    """Other days are tried: the first and the last."""

    put_back = Signal()
    """Somebody pressed Esc."""

    least_lanes = 1

    def __init__(self, view: YearView, own: Bar) -> None:
        """
        Args:
            own: the project's bar, as it is kept.
        """
        self._own = own
        self.days = self._kept = (own.first_day, own.last_day)
        self._held: tuple[Grip, date, tuple[date, date]] | None = None
        super().__init__(view)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("The coming twelve months. Ctrl and the arrow keys try other dates.")

    @property
    def is_dragged(self) -> bool:
        """Whether the bar is under the mouse's button now."""
        return self._held is not None

    def _lay(self, view: YearView) -> tuple[YearView, list[int]]:
        """The project's own bar has the first lane to itself, in every month: the others stay where they are."""
        others = tuple(bar for bar in view.bars if bar.project != self._own.project)
        own = replace(self._own, first_day=self.days[0], last_day=self.days[1])
        return replace(view, bars=(own, *others)), [0, *(lane + 1 for lane in lanes_of(others))]

    def show_days(self, first_day: date, last_day: date) -> None:
        """Draw the bar on other days."""
        self.days = (first_day, last_day)
        self.show_view(self._view)

    # --- places ----------------------------------------------------------------------------------

    def _own_areas(self, days: tuple[date, date]) -> list[tuple[date, tuple[int, int], QRectF]]:
        """Where a span of days lies in the project's lane: a piece in each month."""
        areas, top = [], self._line()
        for month in self._view.months:
            if inside := days_in(Bar("project", *days, ""), month):
                areas.append((month, inside, self._area(inside, top + self._line())))
            top += self._height(month)
        return areas

    def grip_at(self, spot: QPointF) -> Grip | None:
        """What of the bar is at a place: its first day, its last, or all of it; None beside it."""
        first, last = self.days
        if not any(area.contains(spot) for _, _, area in self._own_areas(self.days)):
            return None
        if last - first > 2 * _DAY and self.day_at(spot) in self.days:
            return "first" if self.day_at(spot) == first else "last"
        return "all"

    # --- mouse and keys --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the bar."""
        grip = self.grip_at(event.position())
        if grip is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus()
        self._held = (grip, self.day_at(event.position()), self.days)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the bar follow by whole days."""
        if self._held is None:
            grip = self.grip_at(event.position())
            shapes = {None: Qt.CursorShape.ArrowCursor, "all": Qt.CursorShape.SizeAllCursor}
            self.setCursor(shapes.get(grip, Qt.CursorShape.SizeHorCursor))
            return
        grip, since, (first, last) = self._held
        by = self.day_at(event.position()) - since
        self._try(*_stretched(grip, first, last, by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: the days stay tried, and are not kept."""
        if self._held is not None:
            self._held = None
            self.tried.emit(*self.days)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl and an arrow move the bar, with Shift its end; Esc puts it back."""
        step = _STEPS.get(Qt.Key(event.key()))
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        if step is not None and event.modifiers() & control:
            self._try(*_stretched("last" if event.modifiers() & shift else "all", *self.days, step))
            return
        if event.key() == Qt.Key.Key_Escape and (self.days != self._kept or self._held is not None):
            self._held = None
            self.put_back.emit()
            return
        super().keyPressEvent(event)

    def _try(self, first_day: date, last_day: date) -> None:
        if (first_day, last_day) != self.days:
            self.show_days(first_day, last_day)
            self.tried.emit(first_day, last_day)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the months, where the bar was, and a ring for the focus."""
        super().paintEvent(event)
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.days != self._kept:
            painter.setPen(QPen(tokens.colour("muted"), 1, Qt.PenStyle.DotLine))
            for _, _, area in self._own_areas(self._kept):
                painter.drawRoundedRect(area, tokens.space("xxs"), tokens.space("xxs"))
        if self.hasFocus():
            painter.setPen(QPen(tokens.colour("accent"), tokens.size("focus")))
            pieces = [area for _, _, area in self._own_areas(self.days)] or [QRectF(self.rect()).adjusted(1, 1, -1, -1)]
            for area in pieces:
                painter.drawRoundedRect(area, tokens.space("xxs"), tokens.space("xxs"))


def _stretched(grip: Grip, first: date, last: date, by: timedelta) -> tuple[date, date]:
    """A span moved by so many days, or one of its ends; it never ends before it begins."""
    if grip == "all":
        return first + by, last + by
    return (min(first + by, last), last) if grip == "first" else (first, max(last + by, first))


class MovableBars(YearPicture):
    """The year of all projects, whose bars can be dragged. Meanwhile nothing else moves, whatever is in the months."""

    moved = Signal(int, date, date)
    """A project's bar was dragged to other days, and is still held."""

    dropped = Signal(int, date, date)
    """It was let go there."""

    def __init__(self, view: YearView) -> None:
        self._kept = view
        self._held: tuple[int, date, Bar] | None = None
        self._heights: dict[date, int] = {}
        super().__init__(view)
        self.setMouseTracking(True)

    def put_back(self) -> None:
        """Show the bar where it was."""
        self._held, self._heights = None, {}
        self.show_view(self._kept)

    def _height(self, month: date) -> int:
        return self._heights.get(month) or super()._height(month)

    def _lane(self, lane: int, month: date) -> int:
        """The bar that is held is drawn over what is there where its own lane has no room."""
        return min(lane, self._height(month) // self._line() - 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a project's bar; a click on anything else is as ever."""
        number = self.project_at(event.position())
        bars = [n for n, bar in enumerate(self._view.bars) if number is not None and bar.project == number]
        if not bars or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._heights = {month: super(MovableBars, self)._height(month) for month in self._view.months}
        self._held = (bars[0], self.day_at(event.position()), self._view.bars[bars[0]])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the bar follow by whole days; show beforehand that it would."""
        if self._held is None:
            over = self.project_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)
            return
        place, since, bar = self._held
        by = self.day_at(event.position()) - since
        there = replace(bar, first_day=bar.first_day + by, last_day=bar.last_day + by)
        if there != self._view.bars[place]:
            self._view = replace(self._view, bars=(*self._view.bars[:place], there, *self._view.bars[place + 1 :]))
            self.update()
            self.moved.emit(bar.project, there.first_day, there.last_day)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: on other days they are asked about, on the same it was a click."""
        super().mouseReleaseEvent(event)
        if self._held is None:
            return
        place, _, bar = self._held
        there, self._held = self._view.bars[place], None
        if there == bar:
            self.put_back()
            self.project_chosen.emit(bar.project)
        else:
            self.dropped.emit(bar.project, there.first_day, there.last_day)


class TryDates(QWidget):
    """The year of an open project: move its bar, see what gets in the way, keep the dates or put them back."""

    def __init__(self, shell: Shell, view: ProjectView, year: YearView) -> None:
        super().__init__()
        self._shell, self._project, self._year = shell, view.project, year
        self._is_asking = False
        project = view.project
        kind: BarKind = "started" if project.state == "started" else "project"
        own = Bar(kind, project.first_day, project.last_day, f"Project “{project.name}”", project=project.id)
        self.picture = MovablePicture(year, own)
        self.picture.tried.connect(self._tried)
        self.picture.put_back.connect(self.put_back)
        self.status = label(_HINT, "muted")
        self.status.ensurePolished()
        self.status.setFixedHeight(_LINES * self.status.fontMetrics().lineSpacing())
        self.status.setProperty("alignment", "AlignLeft|AlignTop")
        self.keep_button = button("Keep these dates", self.keep)
        self.back_button = button("Put them back", self.put_back)
        self.quietest_button = button("Find the quietest dates", self.find_quietest)
        self._clashes = KeyedRows("xs")
        card = year_card(year, self.picture)
        card.body.insertWidget(1, self.status)
        card.body.insertWidget(2, boxed(Flow(self.keep_button, self.back_button, self.quietest_button)))
        card.add(self._clashes)
        stacked(card, within=self)
        self._allow(False)

    @property
    def is_trying(self) -> bool:
        """Whether the bar stands on other days than those that are kept."""
        return self.picture.is_dragged or self.picture.days != (self._project.first_day, self._project.last_day)

    def _allow(self, to_keep: bool) -> None:
        self.keep_button.setEnabled(to_keep)
        self.back_button.setEnabled(self.is_trying)

    def _tried(self, _first: date, _last: date) -> None:
        if not self.is_trying:
            self.put_back()
            return
        self._allow(False)  # until it is known what is in the way there
        self._refresh_clashes()

    def _refresh_clashes(self) -> None:
        """Ask what gets in the way; while an answer is under way the next question waits, and replaces those before."""
        if self._is_asking:
            return
        self._is_asking = True
        key, (first, last) = self._project.id, self.picture.days
        self._shell.operations.preview(
            lambda context: context.read(_try_dates, key, first, last),
            lambda answer: self._show((first, last), *answer),
            lambda error: self._show_trouble((first, last), error),
        )

    def _answered(self, days: tuple[date, date]) -> bool:
        """Whether an answer is about the days that are tried now; if not, ask again."""
        self._is_asking = False
        if not self.is_trying:
            return False
        if days != self.picture.days:
            self._refresh_clashes()
        return True

    def _show(self, days: tuple[date, date], clashes: tuple[Clash, ...], year: YearView) -> None:
        if not self._answered(days):
            return
        self._show_status(days, f"{in_short(clashes)}. {clashes[0].text if clashes else ''}")
        self._clashes.show_banners((item.text, item.urgency) for item in clashes)
        if days == self.picture.days:
            self._allow(True)
            if not self.picture.is_dragged:
                self.picture.show_view(year)

    def _show_trouble(self, days: tuple[date, date], error: Exception) -> None:
        if self._answered(days):
            self._show_status(days, str(error))
            self._clashes.show_rows([])
            self._allow(False)

    def _show_status(self, days: tuple[date, date], text: str) -> None:
        span = f"{words.short_day(days[0])} to {words.short_day(days[1])}"
        self.status.setText(cut(f"{span}, not kept yet: {text}", self._has_room))  # all of it stands below the picture
        self.status.setToolTip(words.plain_tip(text))

    def _has_room(self, text: str) -> bool:
        room = QRect(0, 0, self.status.width(), 0)
        needed = self.status.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, text)
        return needed.height() <= self.status.height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc puts the dates back, wherever in here the focus is."""
        if event.key() == Qt.Key.Key_Escape and self.is_trying:
            self.put_back()
            return
        super().keyPressEvent(event)

    def put_back(self) -> None:
        """Forget the dates that were tried."""
        self.picture.show_days(self._project.first_day, self._project.last_day)
        self.picture.show_view(self._year)
        self.status.setText(_HINT)
        self._clashes.show_rows([])
        self._allow(False)

    def find_quietest(self) -> None:
        """Try the dates after one of the next twelve upgrades on which the least gets in the way."""
        entered, key = input_of(self._project), self._project.id
        self._shell.operations.run(
            lambda context: context.read(services.projects.find_quietest, entered, key),
            lambda quietest: self._try_quietest(*quietest),
            label="Looking for quiet dates",
        )

    def _try_quietest(self, span: Span, why: str) -> None:
        self._shell.said.emit(f"Quietest: {why}")
        self.picture.show_days(span.first_day, span.last_day)
        self._tried(span.first_day, span.last_day)

    def keep(self) -> None:
        """Keep the dates that were tried."""
        project, (first, last) = self._project, self.picture.days
        entered, shell = moved(project, first, last), self._shell
        self._allow(False)
        shell.operations.run(
            lambda context: context.write(services.projects.change, project.id, entered, project.version),
            lambda _: shell.said.emit("The dates are kept."),
            lambda error: self._show_trouble((first, last), error),
        )


def _try_dates(work: Work, key: int, first: date, last: date) -> tuple[tuple[Clash, ...], YearView]:
    tried, clashes = services.projects.try_dates(work, key, first, last)
    return clashes, services.year.load(work, key, tried)
