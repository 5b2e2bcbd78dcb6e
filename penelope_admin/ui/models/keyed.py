"""A table of records that changes in place: what is chosen and how far it is scrolled stays, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QFont

from penelope_admin.ui import theme
from penelope_admin.ui.models.table import Shown, TableModel

T = TypeVar("T")


class Column(NamedTuple, Generic[T]):
    """A column: its header, and what it says of a record, asked only of rows that are in view."""

    header: str
    text: Callable[[T], str]


class KeyedModel(TableModel[T]):
    """Records by their keys."""

    shown: ClassVar[Shown] = {
        **TableModel.shown,
        Qt.ItemDataRole.FontRole: lambda model, item, _: model.look_of(item)[0],
        Qt.ItemDataRole.ForegroundRole: lambda model, item, _: model.look_of(item)[1],
    }

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
        super().__init__((column.header for column in columns), key, parent)
        self._columns, self._is_void = tuple(columns), is_void
        self._void = QFont()
        self._void.setStrikeOut(True)

    def show_rows(self, rows: Sequence[T]) -> bool:
        """Show other records: what is the same at the beginning and the end stays, and only the middle is changed.

        Returns:
            Whether anything is another than before.
        """
        old, new = self.items, list(rows)
        if new == old:
            return False
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
        self.items = new
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self._columns) - 1))
        return True

    def text(self, item: T, column: int) -> str:
        """What the column says of a record."""
        return self._columns[column].text(item)

    def look_of(self, item: T) -> tuple[object, object]:
        """The font and the colour of a record; the usual ones, unless it no longer counts."""
        if not self._is_void(item):
            return None, None
        return self._void, theme.current().colour("muted")


def _same_ends(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """How many keys are the same at the beginning and, of the rest, at the end."""
    shorter = min(len(before), len(after))
    first = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - first
    return first, next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
