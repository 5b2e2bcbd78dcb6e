"""The list of requests: a model that takes over changes in place, and how a row is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from penelope_admin.domain.inbox import age_in_words
from penelope_admin.domain.requests import STATUS_NAMES, Status
from penelope_admin.domain.text import capitalized, filled
from penelope_admin.ui import theme
from penelope_admin.ui.format import plain_tip
from penelope_admin.ui.models.table import Index
from penelope_admin.ui.widgets.steady import Steady
from penelope_admin.ui.widgets.table import draw_if_empty

if TYPE_CHECKING:
    from penelope_admin.services.requests.inbox import Line, Listing
    from penelope_admin.ui.shell import Shell
    from penelope_admin.ui.theme import Role

LINE_ROLE = Qt.ItemDataRole.UserRole
MOST_RUNS = 40
"""More places than this are not changed one by one: the list is set anew."""
_ROLES: dict[Status, Role] = {
    "drafted": "caution",
    "queued": "info",
    "sent": "info",
    "acknowledged": "info",
    "answered": "info",
    "scheduled": "info",
    "done": "positive",
    "cancelled": "locked",
}


def state_of(line: Line) -> tuple[str, Role]:
    """How a line's state is said, and in which colours."""
    if line.is_running:
        return f"Critical incident: {STATUS_NAMES[line.status].lower()}", "danger"
    if line.has_reply:
        return "A reply has come", "caution"
    if line.in_doubt:
        return "Support may have it", "danger"
    return STATUS_NAMES[line.status], _ROLES[line.status]


class InboxModel(QAbstractListModel):
    """The requests that match, by their numbers. A listing changes what changed, and leaves the rest where it is."""

    def __init__(self, shell: Shell, parent: QObject | None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.lines: dict[int, Line] = {}
        self.order: list[int] = []

    def take(self, listing: Listing) -> None:
        """Show another listing."""
        other = {key for key, line in listing.lines.items() if self.lines.get(key) != line}
        self.lines.update(listing.lines)
        if list(listing.order) != self.order:
            self._reorder(list(listing.order))
        for row, key in enumerate(self.order):
            if key in other:
                cell = self.index(row)
                self.dataChanged.emit(cell, cell)

    def _reorder(self, order: list[int]) -> None:
        before, after = set(self.order), set(order)
        gone = _runs(row for row, key in enumerate(self.order) if key not in after)
        come = _runs(row for row, key in enumerate(order) if key not in before)
        is_sorted_anew = [key for key in self.order if key in after] != [key for key in order if key in before]
        if is_sorted_anew or len(gone) + len(come) > MOST_RUNS:
            self.beginResetModel()
            self.order = order
            self.endResetModel()
        else:
            self._change_in_place(gone, come, order)

    def _change_in_place(self, gone: list[tuple[int, int]], come: list[tuple[int, int]], order: list[int]) -> None:
        """Take rows out from the end on, so that the numbers of those above stay; then put rows in from the top."""
        for first, last in reversed(gone):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self.order[first : last + 1]
            self.endRemoveRows()
        for first, last in come:
            self.beginInsertRows(QModelIndex(), first, last)
            self.order[first:first] = order[first : last + 1]
            self.endInsertRows()

    def row_of(self, key: int | None) -> int:
        """Where a request stands; -1 when it does not match."""
        return self.order.index(key) if key in self.lines and key in self.order else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A line, in words or as it is."""
        if not index.isValid():
            return None
        line = self.lines[self.order[index.row()]]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            case = filled(", case {}", line.case_number)
            return f"{line.reference}: {line.summary}, {state_of(line)[0]}{case}, {self.age_of(line)}"
        return plain_tip(line.summary) if role == Qt.ItemDataRole.ToolTipRole else None

    def age_of(self, line: Line) -> str:
        """For how long it has stood where it stands."""
        now: datetime = self._shell.app.clock.now()
        return age_in_words(now - line.since)


def _runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers that follow each other, as first and last."""
    runs = []
    for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        numbers = [row for _, row in group]
        runs.append((numbers[0], numbers[-1]))
    return runs


class LineDelegate(QStyledItemDelegate):
    """Two lines for each request: its subject and age, then its state, reference and case number."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike, so that Qt asks once."""
        tokens = theme.current()
        strong, small = QFontMetrics(tokens.font("body", bold=True)), QFontMetrics(tokens.font("caption"))
        lines = strong.lineSpacing() + small.height()
        return QSize(tokens.size("nav"), max(lines, tokens.size("icon")) + 2 * tokens.space("xs"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = theme.current()
        line: Line = index.data(LINE_ROLE)
        state, role = state_of(line)
        model = index.model()
        age = model.age_of(line) if isinstance(model, InboxModel) else ""
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(rect, tokens.colour("info-background" if chosen else "surface"))
        painter.setPen(tokens.colour("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if chosen:
            painter.fillRect(QRect(rect.topLeft(), QSize(tokens.space("xxs"), rect.height())), tokens.colour("accent"))
        inner = rect.adjusted(tokens.space("s"), tokens.space("xs"), -tokens.space("s"), -tokens.space("xs"))
        side = tokens.size("icon")
        theme.icon(role, role).paint(painter, QRect(inner.left(), inner.top(), side, side))
        inner.setLeft(inner.left() + side + tokens.space("xs"))
        self._draw_words(painter, inner, line, state, role, age)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(tokens.colour("accent"), tokens.size("focus")))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.restore()

    @staticmethod
    def _draw_words(painter: QPainter, area: QRect, line: Line, state: str, role: Role, age: str) -> None:
        tokens = theme.current()
        strong, small = tokens.font("body", bold=True), tokens.font("caption")
        metrics = QFontMetrics(small)
        painter.setFont(small)
        painter.setPen(tokens.colour("muted"))
        top = QRect(area.left(), area.top(), area.width(), QFontMetrics(strong).lineSpacing())
        below = QRect(area.left(), area.bottom() - metrics.height() + 1, area.width(), metrics.height())
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, age)
        top.setRight(top.right() - metrics.horizontalAdvance(age) - tokens.space("xs"))
        rest = line.reference + filled("  ·  {}", line.case_number)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, rest)
        below.setRight(below.right() - metrics.horizontalAdvance(rest) - tokens.space("s"))
        painter.setPen(tokens.colour("danger" if role == "danger" else "muted"))
        painter.drawText(
            below, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(state, Qt.TextElideMode.ElideRight, below.width())
        )
        painter.setFont(strong)
        painter.setPen(tokens.colour("text"))
        subject = capitalized(line.summary)
        shown = QFontMetrics(strong).elidedText(subject, Qt.TextElideMode.ElideRight, top.width())
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, shown)


class InboxView(QListView):
    """The list, with words in it while it is empty."""

    def __init__(self, model: InboxModel) -> None:
        super().__init__()
        self.empty_text = ""
        self.setModel(model)
        self.setItemDelegate(LineDelegate(self))
        Steady(self)
        self.setUniformItemSizes(True)  # or Qt would ask every row for its height
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(False)
        self.setAccessibleName("Requests")
        self.setMinimumHeight(4 * theme.current().row_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or what belongs there."""
        super().paintEvent(event)
        draw_if_empty(self, self.empty_text)
