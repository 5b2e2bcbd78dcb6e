"""The ribbon: a copy's life in one picture, painted from the tokens; each part is a button that opens its record.

Days are not to scale: what lies long ago is drawn closer, and every mark says its day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from penelope_admin.domain.ribbon import STATES
from penelope_admin.ui import format as words
from penelope_admin.ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from penelope_admin.domain.ribbon import Part, PartKind, Ribbon, Stretch, Use
    from penelope_admin.policy import ContactDetails
    from penelope_admin.ui.shell import Shell

_DAY = timedelta(days=1)
_LEAST = 0.5
"""Between marks of the same instant, in roots of a day."""
_BEYOND = 45
"""Days after the last mark that end at the right edge; what lasts longer ends there too."""
_ROLES: dict[ContactDetails | None, str] = {
    "real": "danger", "de-identified": "positive", "unknown": "muted", None: "text"
}  # fmt: skip
_INKS = {**_ROLES, "unknown": "text"}
_TO_COME: dict[PartKind, tuple[str, str, Qt.PenStyle]] = {
    "next": ("accent", "surface", Qt.PenStyle.SolidLine),
    "emergency": ("danger", "surface", Qt.PenStyle.SolidLine),
    "asked": ("caution", "surface", Qt.PenStyle.DashLine),
}
"""Line and ground of marks for what may come, and how the line is drawn: they are hollow."""
_ABOVE: frozenset[PartKind] = frozenset({"now"})


def positions(times: Sequence[datetime], left: float, right: float, gap: float) -> list[float]:
    """Where marks stand, in their order: the longer apart the farther, never nearer than `gap` while there is room."""
    steps = [sqrt((late - early) / _DAY) + _LEAST for early, late in pairwise(times)]
    if not steps:
        return [left] * len(times)
    gap = min(gap, (right - left) / len(steps))
    free = right - left - gap * len(steps)
    places = [left]
    for step in steps:
        places.append(places[-1] + gap + free * step / sum(steps))
    return places


class _Words(QAbstractButton):
    """A part's words, in two lines or in one; a click opens what they speak of."""

    def __init__(self, parent: QWidget, opens: Callable[[], None] | None) -> None:
        super().__init__(parent)
        self._bold, self._font = theme.current().font("caption", bold=True), theme.current().font("caption")
        self._lines: tuple[str, str] = ("", "")
        self._colour, self._aligned = "text", Qt.AlignmentFlag.AlignLeft
        self._opens = opens is not None
        if opens is None:
            self.setEnabled(False)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.clicked.connect(opens)
            self.setAccessibleDescription("Opens its record.")

    def show_words(
        self, title: str, more: str, sentence: str, colour: str, aligned: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    ) -> None:
        """What it says, and what a screen reader says of it."""
        self._lines, self._colour, self._aligned = (title, more), colour, aligned
        self.setAccessibleName(sentence.rstrip("."))
        self.setToolTip(words.plain_tip(sentence))
        self.update()

    def sizeHint(self) -> QSize:
        """As much as the words need in two lines."""
        bold, plain, pad = QFontMetrics(self._bold), QFontMetrics(self._font), theme.current().space("xxs")
        title, more = self._lines
        width = max(bold.horizontalAdvance(title), plain.horizontalAdvance(more))
        return QSize(width + 2 * pad + 2, bold.height() + (plain.height() if more else 0) + pad)

    def size_in(self, width: int) -> QSize:
        """As much as they need in one line, or in two where that is wider than there is room."""
        folded = self.sizeHint()
        plain, pad = QFontMetrics(self._font), theme.current().space("xxs")
        one = QFontMetrics(self._bold).horizontalAdvance(self._lines[0]) + pad + plain.horizontalAdvance(self._lines[1])
        if one + 2 * pad + 2 > width:
            return folded
        return QSize(one + 2 * pad + 2, QFontMetrics(self._bold).height() + pad)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words on the card's ground, and a ring for the focus."""
        tokens, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), tokens.colour("surface"))
        area = self.rect().adjusted(tokens.space("xxs"), 1, -tokens.space("xxs"), 0)
        bold = self._bold
        bold.setUnderline(self._opens and self.underMouse())
        painter.setFont(bold)
        painter.setPen(tokens.colour(self._colour))
        title = painter.fontMetrics().elidedText(self._lines[0], Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, self._aligned | Qt.AlignmentFlag.AlignTop, title)
        painter.setFont(self._font)
        painter.setPen(tokens.colour("muted"))
        bold_words = QFontMetrics(self._bold)
        below = area.adjusted(0, bold_words.height(), 0, 0)
        if self.height() < self.sizeHint().height():
            below = area.adjusted(bold_words.horizontalAdvance(self._lines[0]) + tokens.space("xxs"), 0, 0, 0)
        painter.drawText(below, self._aligned | Qt.AlignmentFlag.AlignTop, self._lines[1])
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.colour("accent"), tokens.size("focus")))
            corner = tokens.space("xxs")
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), corner, corner)


class _Plan(NamedTuple):
    """Where everything stands at one width."""

    xs: list[float]
    band: QRectF
    words: list[QRect]
    uses: list[tuple[QRect, QRectF]]
    height: int


class RibbonPicture(QWidget):
    """The picture. It is filled anew in place: what had the focus keeps it as long as it is there."""

    def __init__(self, shell: Shell, ribbon: Ribbon) -> None:
        super().__init__()
        self._shell, self._shown = shell, ribbon
        self._parts: dict[object, _Words] = {}
        self._order: list[_Words] = []
        self._use_words: list[_Words] = []
        self._plans: dict[int, _Plan] = {}  # by width; Qt asks again and again
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._fill()

    # --- what is shown ---------------------------------------------------------------------------

    def show_ribbon(self, ribbon: Ribbon) -> None:
        """Show a life; parts that were there stay the same buttons."""
        if ribbon != self._shown:
            self._shown = ribbon
            self._fill()

    def _fill(self) -> None:
        ribbon = self._shown
        self.setAccessibleName(f"The life of {ribbon.name}")
        self.setAccessibleDescription(" ".join(ribbon.sentences))
        old, self._parts = self._parts, {}
        self._order = [self._words_of(old, part) for part in ribbon.parts]
        self._use_words = [self._words_of_use(old, use) for use in ribbon.uses]
        if ribbon.unknown:
            self._use_words.append(self._words_of_unknown(old, ribbon))
        for gone in old.values():
            gone.hide()
            gone.deleteLater()
        for before, after in pairwise([*self._order, *self._use_words]):
            QWidget.setTabOrder(before, after)
        self._plans.clear()
        self.updateGeometry()
        self._arrange()
        self.update()

    def _take(self, old: dict[object, _Words], key: object, opens: Callable[[], None] | None) -> _Words:
        item = old.pop(key, None)
        if item is None:
            item = _Words(self, opens)
            item.show()
        self._parts[key] = item
        return item

    def _words_of(self, old: dict[object, _Words], part: Part) -> _Words:
        name = self._shown.environment
        subjects = {"next": ("windows", ""), "emergency": ("windows", "")}
        page, subject = subjects.get(part.kind, ("databases", f"{name}/event/{part.event}" if part.event else name))
        opens = None if part.kind == "now" else (lambda: self._shell.go.emit(page, subject))
        item = self._take(old, (part.kind, part.event, page, subject), opens)
        more = "" if part.kind in ("production", "earlier") else self._day(part.at)
        colour = "danger" if part.kind == "emergency" else _INKS[part.contacts]
        item.show_words(part.title, more, part.sentence, colour, Qt.AlignmentFlag.AlignHCenter)
        return item

    def _words_of_use(self, old: dict[object, _Words], use: Use) -> _Words:
        item = self._take(old, use.feature, lambda: self._shell.go.emit("features", use.feature))
        end = f" until {self._day(use.until - _DAY / 2)}" if use.until else " without end date"
        late = ", overdue" if use.is_overdue else ""
        colour = "text" if use.role == "info" else use.role
        said = f"seen on {self._day(use.since)}" if use.how == "seen on" else f"{use.how}{end}{late}"
        item.show_words(use.name, said, use.sentence, colour)
        return item

    def _words_of_unknown(self, old: dict[object, _Words], ribbon: Ribbon) -> _Words:
        item = self._take(old, "unknown", lambda: self._shell.go.emit("features", ""))
        more = "A refresh was due" if ribbon.unknown_why else "Check in Penelope"
        item.show_words(ribbon.unknown_title, more, ribbon.unknown_sentence, "text")
        return item

    def _day(self, at: datetime) -> str:
        zone = self._shell.zone
        return words.short_day(at.astimezone(zone).date(), self._shown.now.astimezone(zone).date())

    # --- places ----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        width = theme.current().size("narrow")
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Half as wide; never narrower than the words of a mark. A feature's name is cut short if it must be."""
        width = max((item.sizeHint().width() for item in self._order), default=0)
        return QSize(max(width, theme.current().size("narrow") // 2), 0)

    def hasHeightForWidth(self) -> bool:
        """Narrow pictures need more lines for their words."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of the band, the words and the bars."""
        return self._plan(width).height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set everything in its place."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        plan = self._plan(self.width())
        for item, area in zip(self._order, plan.words, strict=True):
            item.setGeometry(area)
        for item, (area, _) in zip(self._use_words, plan.uses, strict=True):
            item.setGeometry(area)

    def _plan(self, width: int) -> _Plan:
        if width not in self._plans:
            self._plans[width] = self._make_plan(width)
        return self._plans[width]

    def _make_plan(self, width: int) -> _Plan:
        tokens, ribbon = theme.current(), self._shown
        gap, line = tokens.space("xs"), QFontMetrics(tokens.font("caption", bold=True)).height()
        above = max((item.sizeHint().height() for item in self._order), default=0)
        band = QRectF(0, above + tokens.space("xxs"), width, line + tokens.space("xs"))
        xs = positions([p.at for p in ribbon.parts], tokens.size("dot"), width * 0.88, 2 * tokens.size("dot"))
        places, bottom = self._places(xs, width, band)
        uses = []
        for item, use in zip(self._use_words, [*ribbon.uses, None], strict=False):
            bottom += gap
            left, right = self._ends(use, xs, width)
            size = item.size_in(width).boundedTo(QSize(width, 2 * above))
            x = max(0, min(int(left), width - size.width()))
            place = QRect(x, int(bottom), size.width(), size.height())
            bottom += size.height() + 1  # the words' ground hides no line of the bar
            uses.append((place, QRectF(left, bottom, right - left, gap)))
            bottom += gap
        return _Plan(xs, band, places, uses, int(bottom) + tokens.size("focus"))

    def _places(self, xs: list[float], width: int, band: QRectF) -> tuple[list[QRect], float]:
        """A place for each part's words: "you are here" above the band, the others below it in as few lines as go."""
        tokens, gap = theme.current(), theme.current().space("xs")
        top, places = band.bottom() + tokens.size("dot"), []
        ends: list[int] = []
        tall = max((item.sizeHint().height() for item in self._order), default=0)
        for item, part, x in zip(self._order, self._shown.parts, xs, strict=True):
            size = item.sizeHint()
            left = max(0, min(int(x - size.width() / 2), width - size.width()))
            if part.kind in _ABOVE:
                places.append(QRect(left, 0, size.width(), size.height()))
                continue
            lane = next((number for number, end in enumerate(ends) if end + gap <= left), len(ends))
            ends[lane : lane + 1] = [left + size.width()]
            places.append(QRect(left, int(top + lane * (tall + gap)), size.width(), size.height()))
        return places, top + len(ends) * (tall + gap)

    def _ends(self, use: Use | None, xs: list[float], width: int) -> tuple[float, float]:
        """Where a feature's bar begins and ends; that of the unknown ones ends now."""
        if use is None:
            since = self._shown.unknown_since or self._shown.parts[0].at
            return self._x(since, xs, width), self._x(self._shown.now, xs, width)
        left = self._x(use.since, xs, width)
        right = self._x(max(use.until, self._shown.now), xs, width) if use.until else float(width)
        return left, max(right, left + theme.current().space("xs"))

    def _x(self, at: datetime, xs: list[float], width: int) -> float:
        """Where an instant lies, between the marks around it."""
        times = [part.at for part in self._shown.parts]
        if at <= times[0]:
            return 0.0
        for (early, x), (late, following) in pairwise(zip(times, xs, strict=True)):
            if early <= at < late:
                return x + (at - early) / (late - early) * (following - x)
        return xs[-1] + min((at - times[-1]) / _DAY / _BEYOND, 1) * (width - xs[-1])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a mark is a click on its words."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        plan, reach = self._plan(self.width()), theme.current().size("dot")
        near = [
            (abs(x - event.position().x()), item)
            for x, item in zip(plan.xs, self._order, strict=True)
            if abs(x - event.position().x()) <= reach
        ]
        if near and plan.band.top() - reach <= event.position().y() <= plan.band.bottom() + reach:
            min(near, key=lambda pair: pair[0])[1].click()

    # --- drawing ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the band, then what leads from it to the words, then the marks and the bars."""
        ribbon = self._shown
        plan, painter = self._plan(self.width()), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.current().font("caption", bold=True))
        self._draw_line(painter, plan)
        at_part = dict(zip((part.at for part in ribbon.parts[:0:-1]), plan.xs[:0:-1], strict=True))
        lefts = [at_part.get(one.starts, self._x(one.starts, plan.xs, self.width())) for one in ribbon.stretches]
        # What an event made so begins at its mark, also where another mark stands at the same instant behind it.
        for stretch, (left, right) in zip(
            ribbon.stretches, pairwise([*lefts, self._x(ribbon.now, plan.xs, self.width())]), strict=True
        ):
            ground = QRectF(left, plan.band.top(), right - left, plan.band.height())
            self._draw_stretch(painter, stretch, ground, [x for x in plan.xs if left < x < right])
        for part, x, area in zip(ribbon.parts, plan.xs, plan.words, strict=True):
            self._draw_lead(painter, part, x, area, plan.band)
        for part, x in zip(ribbon.parts, plan.xs, strict=True):
            draw_mark(painter, part.kind, QPointF(x, plan.band.center().y()), part.contacts)
        for use, (_, bar) in zip([*ribbon.uses, None], plan.uses, strict=False):
            self._draw_bar(painter, use, bar)

    def _draw_line(self, painter: QPainter, plan: _Plan) -> None:
        """The line that everything lies on: dashed where it has not come yet."""
        painter.setPen(QPen(theme.current().colour("muted"), 1.5, Qt.PenStyle.DashLine))
        now = self._x(self._shown.now, plan.xs, self.width())
        middle = plan.band.center().y()
        painter.drawLine(QPointF(now, middle), QPointF(plan.xs[-1], middle))
        painter.setPen(QPen(theme.current().colour("muted"), 1.5))
        painter.drawLine(QPointF(plan.xs[0], middle), QPointF(now, middle))

    def _draw_stretch(self, painter: QPainter, stretch: Stretch, area: QRectF, marks: Sequence[float]) -> None:
        """The ground of a state, and its word where no mark lies over it."""
        tokens, role, text = theme.current(), _ROLES[stretch.contacts], STATES[stretch.contacts]
        if self._shown.is_live:
            role, text = "info", "Live data"
        elif stretch.contacts == "de-identified" and self._shown.role == "info":
            role = "info"  # hearsay is never painted as safe
        ground = "surface" if role == "muted" else f"{role}-background"
        painter.setPen(QPen(tokens.colour(role), 1))
        painter.setBrush(tokens.colour(ground))
        painter.drawRect(area)
        if role == "muted":
            painter.fillRect(area, QBrush(tokens.colour("border"), Qt.BrushStyle.BDiagPattern))
        left, right = max(pairwise((area.left(), *marks, area.right())), key=lambda gap: gap[1] - gap[0])
        inner = QRectF(left + tokens.size("dot"), area.top(), right - left - 2 * tokens.size("dot"), area.height())
        needed = painter.fontMetrics().horizontalAdvance(text)
        if needed <= inner.width():
            words_area = QRectF(inner.center().x() - needed / 2 - 3, inner.top() + 2, needed + 6, inner.height() - 4)
            painter.fillRect(words_area, tokens.colour(ground))
            painter.setPen(tokens.colour(role))
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_lead(self, painter: QPainter, part: Part, x: float, area: QRect, band: QRectF) -> None:
        tokens = theme.current()
        if part.kind in _ABOVE:
            painter.setPen(QPen(tokens.colour("text"), tokens.size("focus")))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, band.bottom() + tokens.size("focus")))
            return
        painter.setPen(QPen(tokens.colour("border"), 1))
        painter.drawLine(QPointF(x, band.bottom()), QPointF(x, area.top()))

    def _draw_bar(self, painter: QPainter, use: Use | None, bar: QRectF) -> None:
        tokens = theme.current()
        line, ground, style = "muted", "surface", Qt.PenStyle.SolidLine
        if use is not None:
            line = ground = "accent" if use.role == "info" else use.role
        if use is not None and use.how == "planned":
            ground, style = "surface", Qt.PenStyle.DashLine
        painter.setPen(QPen(tokens.colour(line), 1, style))
        painter.setBrush(tokens.colour(ground))
        painter.drawRect(bar)
        if use is None:
            painter.fillRect(bar, QBrush(tokens.colour(line), Qt.BrushStyle.BDiagPattern))


def draw_mark(painter: QPainter, kind: PartKind, centre: QPointF, contacts: ContactDetails | None) -> None:
    """A mark of the ribbon: a disc for a refresh, a box for an upgrade, a lozenge for what was found or may come."""
    tokens, half = theme.current(), theme.current().size("dot") / 2
    if kind in ("now", "earlier", "production"):
        if kind != "now":
            painter.setPen(QPen(tokens.colour("muted"), tokens.size("focus")))
            painter.drawLine(centre - QPointF(0, half), centre + QPointF(0, half))
        return
    line, ground, style = _TO_COME.get(kind, (_ROLES[contacts], _ROLES[contacts], Qt.PenStyle.SolidLine))
    painter.setPen(QPen(tokens.colour(line), tokens.size("focus"), style))
    painter.setBrush(tokens.colour(ground))
    if kind == "refreshed":
        painter.drawEllipse(centre, half, half)
    elif kind in ("upgraded", "next", "asked"):
        painter.drawRoundedRect(QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half), 2, 2)
    else:
        sides = (QPointF(half, 0), QPointF(0, half), QPointF(-half, 0), QPointF(0, -half))
        painter.drawPolygon(QPolygonF([centre + side for side in sides]))
