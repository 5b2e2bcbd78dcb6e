"""A table of records that changes in place: what is chosen and how far it is scrolled stays, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from penelope_admin.ui import theme
from penelope_admin.ui.format import plain_tip

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")


class Column(NamedTuple, Generic[T]):
    """A column: its header, and what it says of a record, asked only of rows that are in view."""

    header: str
    text: Callable[[T], str]


class KeyedModel(QAbstractTableModel, Generic[T]):
    """Records by their keys."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], Hashable],
        is_void: Callable[[T], bool] = lambda _: False,
        parent: QObject | None = None,
    ) -> None:
        """Make it.

        Args:
            is_void: whether a record no longer counts: it is shown crossed out.
        """
        super().__init__(parent)
        self._columns, self._key, self._is_void = tuple(columns), key, is_void
        self._rows: list[T] = []
        self._void = QFont()
        self._void.setStrikeOut(True)

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show other records: what is the same at the beginning and the end stays, and only the middle is changed."""
        old, new = self._rows, list(rows)
        first, last = _same_ends([self._key(row) for row in old], [self._key(row) for row in new])
        if len(old) - last > first:
            self.beginRemoveRows(QModelIndex(), first, len(old) - last - 1)
            del old[first : len(old) - last]
            self.endRemoveRows()
        if len(new) - last > first:
            self.beginInsertRows(QModelIndex(), first, len(new) - last - 1)
            old[first:first] = new[first : len(new) - last]
            self.endInsertRows()
        changed = [number for number, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        self._rows = new
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self._columns) - 1))

    def row(self, number: int) -> T | None:
        """The record of a row; None when there is none."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def row_of(self, key: Hashable) -> int:
        """Where a record stands; -1 when it is not there."""
        return next((number for number, row in enumerate(self._rows) if self._key(row) == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text, its tool tip, and how it is drawn."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[index.column()].text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._columns[index.column()].text(row))
        if role == Qt.ItemDataRole.FontRole and self._is_void(row):
            return self._void
        if role == Qt.ItemDataRole.ForegroundRole and self._is_void(row):
            return theme.current().colour("muted")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's name."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._columns[section].header
        return None


def _same_ends(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """How many keys are the same at the beginning and, of the rest, at the end."""
    shorter = min(len(before), len(after))
    first = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - first
    return first, next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
