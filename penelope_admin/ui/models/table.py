"""What every table has: a row for each record, a column for each header, and words that Qt does not read as markup."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from penelope_admin.ui.format import plain_tip

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
Shown = dict[int, Callable[[Any, Any, int], object]]
"""What a table, a record and a column show in a role of Qt's."""


class TableModel(QAbstractTableModel, Generic[T]):
    """Records of one kind. Subclasses say what a cell says.

    Attributes:
        items: the records, in the order of their rows.
        shown: by Qt's roles; a subclass adds those that it has besides.
    """

    shown: ClassVar[Shown] = {
        Qt.ItemDataRole.DisplayRole: lambda model, item, column: model.text(item, column),
        Qt.ItemDataRole.ToolTipRole: lambda model, item, column: plain_tip(model.tip(item, column)),
    }

    def __init__(self, headers: Iterable[str], key: Callable[[T], Hashable], parent: QObject | None = None) -> None:
        """
        Args:
            key: tells records apart: where it is the same, a record was changed and not replaced.
        """
        super().__init__(parent)
        self.headers: Sequence[str] = tuple(headers)
        self.items: list[T] = []
        self._key = key

    def row(self, number: int) -> T | None:
        """The record of a row; None when there is none, as for the row -1 of what is not there."""
        return self.items[number] if 0 <= number < len(self.items) else None

    def row_of(self, key: Hashable) -> int:
        """Where a record stands; -1 when it is not there."""
        return next((number for number, item in enumerate(self.items) if self._key(item) == key), -1)

    def show_rows(self, rows: Sequence[T], *, all_changed: bool = False) -> list[int]:
        """Show other records: what is the same at the beginning and the end stays, and only the middle is changed.

        Args:
            all_changed: those that are the same are to be shown anew as well.

        Returns:
            The rows that are not as they were.
        """
        old, new = self.items, list(rows)
        first, last = _same_ends([self._key(row) for row in old], [self._key(row) for row in new])
        end = len(new) - last
        if len(old) - last > first:
            self.beginRemoveRows(QModelIndex(), first, len(old) - last - 1)
            del old[first : len(old) - last]
            self.endRemoveRows()
        if end > first:
            self.beginInsertRows(QModelIndex(), first, end - 1)
            old[first:first] = new[first:end]
            self.endInsertRows()
        changed = [row for row, item in enumerate(new) if all_changed or first <= row < end or item != old[row]]
        self.items = new
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self.headers) - 1))
        return changed

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many records there are; none of them has others below it."""
        if parent.isValid():
            return 0
        return len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many columns there are."""
        if parent.isValid():
            return 0
        return len(self.headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A column's name."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.headers[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows in a role."""
        show = self.shown.get(role)
        if show is None or not index.isValid():
            return None
        return show(self, self.items[index.row()], index.column())

    def text(self, item: T, column: int) -> str:
        """What a cell says."""
        raise NotImplementedError

    def tip(self, item: T, column: int) -> str:
        """The same for a tool tip."""
        return self.text(item, column)


def _same_ends(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """How many keys are the same at the beginning and, of the rest, at the end."""
    shorter = min(len(before), len(after))
    first = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - first
    return first, next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
