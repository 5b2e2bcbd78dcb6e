"""A table of values that is changed in place: what did not change keeps its row, its selection and the focus."""

from __future__ import annotations

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

    def colour(self, item: T, column: int) -> str:
        """A colour of the tokens."""
        return "text"

    def icon(self, item: T, column: int) -> object:
        """An icon, or None."""
        return None
