"""A table of records with the one that is chosen, its menu, and as much height as its rows need."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu

from penelope_admin.absent import mapped
from penelope_admin.ui import theme
from penelope_admin.ui.models.keyed import Column, KeyedModel
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.foot import Choice
from penelope_admin.ui.widgets.table import DataTable

T = TypeVar("T")
_WHEN_EMPTY = 3
"""Rows of room for the words in an empty table."""
_LOOKED_AT = 40
"""Rows that are looked at to find out how wide a column is."""


class RowsTable(DataTable, Generic[T]):
    """Records of one kind. Changes keep the choice and the place; Enter, a double click or the menu acts on a row."""

    chose = Signal()
    """Another row is current, or the current one has changed."""

    opened = Signal()
    """Enter or a double click on the current row."""

    def __init__(
        self,
        shell: Shell,
        key: str,
        name: str,
        columns: Sequence[Column[T]],
        row_key: Callable[[T], Hashable],
        *,
        empty: str = "",
        is_void: Callable[[T], bool] = lambda _: False,
        most: int | None = 8,
        stretch: int = -1,
        choices: Callable[[T], Iterable[Choice]] = lambda _: (),
    ) -> None:
        """
        Args:
            key, name, empty: as for `DataTable`.
            most: so many rows are in view at once, at most; None takes the room there is.
            stretch: the column that takes the room that is left, counted from the last.
            choices: what can be done with a record, for its menu.
        """
        super().__init__(shell, key, name, empty)
        self._choices, self._most, self._row_key = choices, most, row_key
        self._fitting, self._fitted_on = True, shell.today
        self.rows: KeyedModel[T] = KeyedModel(columns, row_key, is_void, self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setResizeContentsPrecision(_LOOKED_AT)
        self.show_model(self.rows, tuple(16 for _ in columns))
        self._stretch = stretch % len(columns)
        self.horizontalHeader().setStretchLastSection(False)
        self.horizontalHeader().setSectionResizeMode(self._stretch, QHeaderView.ResizeMode.Stretch)
        self._fitting = False
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.selectionModel().currentRowChanged.connect(lambda: self.chose.emit())
        self.doubleClicked.connect(lambda _: self.opened.emit())
        self._fit()

    @property
    def chosen(self) -> T | None:
        """The current record."""
        return self.rows.row(self.currentIndex().row())

    def with_chosen(self, act: Callable[[T], object]) -> None:
        """Do something with the current record, if there is one."""
        if (item := self.chosen) is not None:
            act(item)

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show other records; the current one stays current as long as it is there."""
        before, bar = self.chosen, self.verticalScrollBar()
        is_first = self.rows.rowCount() == 0
        top = self.rows.row(self.indexAt(QPoint(0, 0)).row()) if bar.value() else None
        is_other, today = self.rows.show_rows(rows), self._shell.today
        if top is not None and (number := self.rows.row_of(self._row_key(top))) >= 0:
            self.scrollTo(self.rows.index(number, 0), QAbstractItemView.ScrollHint.PositionAtTop)
        if before is not None and self.chosen is not before:
            self.choose(self._row_key(before), scroll=False)
        if rows and (is_other or today != self._fitted_on):  # "today" is another word tomorrow
            self._fitted_on = today
            self.fit_columns(only_grow=not is_first)
            self.viewport().update()
        self._fit()
        self.chose.emit()

    def choose(self, key: Hashable, *, scroll: bool = True) -> bool:
        """Make a record the current one; whether it is there."""
        number = self.rows.row_of(key)
        if number < 0:
            return False
        index = self.rows.index(number, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        if index.row() != self.currentIndex().row():
            self.selectionModel().setCurrentIndex(index, flags)
        if scroll:
            self.scrollTo(index)
        return True

    def changeEvent(self, event: QEvent) -> None:
        """What it shows takes other room in the look of a window that it came into."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.model() is not None:
            self.fit_columns()
            self._fit()

    def _fit(self) -> None:
        if self._most is None:
            return
        lines = min(self.rows.rowCount() or _WHEN_EMPTY, self._most)
        frame = 2 * theme.current().size("focus")
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + lines * theme.current().row_height() + frame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current row, once however long it is held; the Menu key its menu."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.is_echo(event):
                self.opened.emit()
            return
        super().keyPressEvent(event)

    def _open_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self.setCurrentIndex(index)
        if (menu := self.menu()) is not None:
            menu.popup(self.viewport().mapToGlobal(place))

    def menu(self) -> QMenu | None:
        """What can be done with the current record; None where there is nothing."""
        choices = tuple(mapped(self.chosen, self._choices) or ())
        if not choices:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for choice in choices:
            menu.addAction(choice.name).triggered.connect(lambda _=False, choice=choice: choice.run())
        return menu
