"""A table of values that is changed in place: what did not change keeps its row, its selection and the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from PySide6.QtCore import Qt

from penelope_admin.ui import theme
from penelope_admin.ui.models.table import Shown, TableModel

T = TypeVar("T")


class ItemsModel(TableModel[T]):
    """Rows of values of one kind, with colours and icons. Those who listen hear the tips, for they see no icons."""

    shown: ClassVar[Shown] = {
        **TableModel.shown,
        Qt.ItemDataRole.AccessibleTextRole: lambda model, item, column: (
            f"{model.headers[column]}: {model.tip(item, column)}"
        ),
        Qt.ItemDataRole.ForegroundRole: lambda model, item, column: theme.current().colour(model.colour(item, column)),
        Qt.ItemDataRole.DecorationRole: lambda model, item, column: model.icon(item, column),
    }

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

    def colour(self, item: T, column: int) -> str:
        """A colour of the tokens."""
        return "text"

    def icon(self, item: T, column: int) -> object:
        """An icon, or None."""
        return None
