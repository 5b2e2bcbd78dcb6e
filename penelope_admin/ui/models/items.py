"""A table of values that is changed in place: what did not change keeps its row, its selection and the focus."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from penelope_admin.ui import theme
from penelope_admin.ui.format import plain_tip

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex


class ItemsModel(QAbstractTableModel, Generic[T]):
    """Rows of values of one kind. Subclasses say what a cell shows."""

    def __init__(self, headers: Sequence[str], key: Callable[[T], Hashable], parent: QObject | None = None) -> None:
        """Make it.

        Args:
            key: tells values apart: where it is the same, a value was changed and not replaced.
        """
        super().__init__(parent)
        self.headers = list(headers)
        self.items: list[T] = []
        self._key = key

    def take(self, items: Sequence[T], *, all_changed: bool = False) -> list[int]:
        """Show these; gives back the rows that are not as they were, all of them where there are others now."""
        if [self._key(item) for item in items] != [self._key(item) for item in self.items]:
            self.beginResetModel()
            self.items = list(items)
            self.endResetModel()
            return list(range(len(self.items)))
        changed = [row for row, item in enumerate(items) if all_changed or item != self.items[row]]
        self.items = list(items)
        for row in changed:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.headers) - 1))
        return changed

    def row_of(self, key: Hashable) -> int:
        """Where a value stands; -1 when it is not there."""
        return next((row for row, item in enumerate(self.items) if self._key(item) == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's name."""
        is_name = role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal
        return self.headers[section] if is_name else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's words, colour and icon."""
        if not index.isValid():
            return None
        item, column = self.items[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(item, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self.tip(item, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.headers[column]}: {self.tip(item, column)}"
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.current().colour(self.colour(item, column))
        return self.icon(item, column) if role == Qt.ItemDataRole.DecorationRole else None

    def text(self, item: T, column: int) -> str:
        """What a cell says."""
        raise NotImplementedError

    def tip(self, item: T, column: int) -> str:
        """The same for a tool tip and for those who listen, who see no icons."""
        return self.text(item, column)

    def colour(self, item: T, column: int) -> str:
        """A colour of the tokens."""
        return "text"

    def icon(self, item: T, column: int) -> object:
        """An icon, or None."""
        return None
