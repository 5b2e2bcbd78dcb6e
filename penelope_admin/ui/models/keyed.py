"""A table of records that changes in place: what is chosen and how far it is scrolled stays, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt
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
        Qt.ItemDataRole.FontRole: lambda model, item, _: model.style_of(item)[0],
        Qt.ItemDataRole.ForegroundRole: lambda model, item, _: model.style_of(item)[1],
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

    def text(self, item: T, column: int) -> str:
        """What the column says of a record."""
        return self._columns[column].text(item)

    def style_of(self, item: T) -> tuple[object, object]:
        """The font and the colour of a record; the usual ones, unless it no longer counts."""
        if not self._is_void(item):
            return None, None
        return self._void, theme.current().colour("muted")
