"""Find or do: every page, action, feature, request, setting and help topic by name, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem

from penelope_admin import services
from penelope_admin.domain.requests import STATUS_NAMES
from penelope_admin.ui import theme
from penelope_admin.ui.actions import Action, matching
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.fields import search_line
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.requests.inbox import Listing

MOST_REQUESTS = 8
KEYS_ROLE = Qt.ItemDataRole.UserRole
EMPTY = (
    "Nothing has all these words. Look for a page, an action, a feature, a request (“PA-12” or its case number), a "
    "setting or a help topic."
)


class Palette(Sheet):
    """Type a few letters of each word; Enter does the first that is found, the arrow keys choose another."""

    help_topic = "keyboard"

    def __init__(self, shell: Shell, actions: Sequence[Action], text: str) -> None:
        """
        Args:
            actions: all that can be done, in the order in which it is listed.
            text: what has been typed already.
        """
        super().__init__(shell, "Find or do")
        self._actions = actions
        self._requests: list[Action] = []
        self._listed: list[Action] = []
        like = "Find or do: a page, an action, a feature, a request …"
        self.search = search_line(like, "Find or do", self._typed_on, text)
        self.search.installEventFilter(self)
        self.matches = QListWidget()
        self.matches.setAccessibleName("Found")
        self.matches.setItemDelegate(_Line(self.matches))
        self.matches.itemActivated.connect(self._do_current)
        self.matches.itemClicked.connect(self._do_current)
        row, screen = theme.current().row_height(), QGuiApplication.primaryScreen().availableGeometry().height()
        self.matches.setMinimumHeight(min(10 * row, screen // 2 - row))  # so that nothing scrolls but the list
        self.empty = label(EMPTY, "muted")
        self.add(self.search, self.empty, self.matches)
        self._timer = self.preview_later(self._find_requests)
        self.search.returnPressed.connect(self._do_current)
        self.safe.setAutoDefault(False)  # Enter is the list's, also while it is empty
        self._typed_on()
        self.search.setFocus()

    def setVisible(self, visible: bool) -> None:
        """What was typed already goes on, and is not marked to be typed over, as Qt does with the first field."""
        super().setVisible(visible)
        self.search.end(False)

    def _typed(self) -> tuple[str, ...]:
        return ()  # letters looked for are nothing to lose

    def _typed_on(self) -> None:
        self._requests = []
        self._show()
        self._timer.start()

    def _show(self) -> None:
        """List what is found: actions, then requests; what was chosen before stays so if it is still there."""
        chosen = self.matches.currentItem()
        name = chosen.text() if chosen is not None and self.matches.currentRow() else ""
        self._listed = [*matching(self._actions, self.search.text()), *self._requests]
        self.matches.clear()
        for action in self._listed:
            item = QListWidgetItem(action.name)
            item.setData(KEYS_ROLE, action.keys)
            self.matches.addItem(item)
        same = (row for row, action in enumerate(self._listed) if action.name == name)
        self.matches.setCurrentRow(next(same, 0))
        self.matches.setVisible(bool(self._listed))
        self.empty.setVisible(not self._listed)

    def _find_requests(self) -> None:
        text = self.search.text()
        if not text.strip() or self.shell.settings.agency is None:
            return
        self.shell.operations.preview(
            lambda context: context.read(services.requests.inbox.listing, "all", text, most=MOST_REQUESTS),
            lambda listing: self._add_requests(listing, text),
            self.fail,
        )

    def _add_requests(self, listing: Listing, text: str) -> None:
        if text != self.search.text():
            return  # other words were typed meanwhile
        self._requests = [
            Action(
                f"{line.reference}: {line.summary}",
                partial(self.shell.go.emit, "requests", str(line.id)),
                keys=line.case_number or STATUS_NAMES[line.status],
            )
            for line in (listing.lines[key] for key in listing.order)
        ]
        self._show()

    def _do_current(self) -> None:
        row = self.matches.currentRow()
        if 0 <= row < len(self._listed):
            run: Callable[[], object] = self._listed[row].run
            self.accept()
            run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while the words are typed."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.matches.count():
                self.matches.setCurrentRow((self.matches.currentRow() + step) % self.matches.count())
                return True
        return super().eventFilter(watched, event)


class _Line(QStyledItemDelegate):
    """An action with its shortcut at the right. Both are in the list's width: a long name is cut short."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """No line makes the others wider than the list."""
        return QSize(0, super().sizeHint(option, index).height())

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The name ends before the shortcut begins."""
        super().initStyleOption(option, index)
        tokens = theme.current()
        keys = QFontMetrics(tokens.font("caption")).horizontalAdvance(index.data(KEYS_ROLE) or "")
        room = option.rect.width() - keys - 2 * tokens.space("l")
        option.text = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        tokens = theme.current()
        chosen = self.parent()
        is_chosen = isinstance(chosen, QListWidget) and chosen.currentRow() == index.row()
        painter.save()
        painter.setFont(tokens.font("caption"))
        painter.setPen(tokens.colour("text" if is_chosen else "muted"))
        area = option.rect.adjusted(0, 0, -tokens.space("s"), 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(KEYS_ROLE) or "")
        painter.restore()
