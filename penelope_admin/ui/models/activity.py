"""The activity log as a table that loads itself piece by piece, however long it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from penelope_admin import services
from penelope_admin.ui import format as words
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.models.rows import Index

if TYPE_CHECKING:
    from penelope_admin.services.activity import Page
    from penelope_admin.store.audit import Entry

HEADERS = ("No.", "When", "Who", "What", "About", "Change")


class ActivityModel(QAbstractTableModel):
    """Entries from the newest down that match a search. Asks the worker for more as they are scrolled to.

    A search looks at a slice of the log at a time, so that new words typed meanwhile are never kept waiting.
    """

    counted = Signal(int, int, bool)
    """How many were found, how many there are in all, and whether everything was looked at."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._entries: list[Entry] = []
        self._below: int | None = None
        self._search = ""
        self._round = 0
        self._asking = False

    def search(self, text: str) -> None:
        """Start again with other words."""
        self._round += 1
        self._search = text
        self._below = None
        self._asking = False
        self._ask(first=True)

    def entry(self, row: int) -> Entry:
        """The entry of a row."""
        return self._entries[row]

    def canFetchMore(self, parent: Index) -> bool:
        """Whether more can be loaded."""
        return not parent.isValid() and self._below is not None and not self._asking

    def fetchMore(self, parent: Index) -> None:
        """Load more, in the worker, if there is more."""
        if self.canFetchMore(parent):
            self._ask()

    def _ask(self, first: bool = False) -> None:
        if self._asking:
            return
        self._asking = True
        round_, search, below = self._round, self._search, self._below
        self._desk.operations.run(
            lambda context: context.read(services.activity.page, search, below),
            lambda page: self._take(page, round_, first),
            label="Searching the log",
        )

    def _take(self, page: Page, round_: int, first: bool) -> None:
        if round_ != self._round:
            return  # an answer to words that were typed over
        self._asking = False
        if first:
            self.beginResetModel()
            self._entries = list(page.entries)
            self.endResetModel()
        elif page.entries:
            count = len(self._entries)
            self.beginInsertRows(QModelIndex(), count, count + len(page.entries) - 1)
            self._entries.extend(page.entries)
            self.endInsertRows()
        self._below = page.below
        self.counted.emit(len(self._entries), page.total, page.below is None)
        if page.below is not None and len(page.entries) < services.activity.PAGE:
            self._ask()  # the slice held too few: look further

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many entries are loaded."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text or tool tip."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index)
        return words.plain_tip(self._text(index)) if role == Qt.ItemDataRole.ToolTipRole else None

    def _text(self, index: Index) -> str:
        entry = self._entries[index.row()]
        column = index.column()
        if column == 0:
            return str(entry.seq)
        if column == 1:
            return words.stamp(entry.at, self._desk.zone, self._desk.app.clock.now())
        return (entry.who, entry.action.replace(".", ": ").replace("-", " "), entry.subject, change_of(entry))[
            column - 2
        ]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's name."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return HEADERS[section]
        return None


def change_of(entry: Entry) -> str:
    """What an entry changed, in one line: "state: off to on, until: 2026-12-01"."""
    before = json.loads(entry.before) if entry.before else {}
    after = json.loads(entry.after) if entry.after else {}
    parts = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new or (not old and not new):
            continue
        name = key.replace("_", " ")
        parts.append(f"{name}: {_plain(old)} to {_plain(new)}" if before and old else f"{name}: {_plain(new)}")
    return ", ".join(parts)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value is None else str(value)
