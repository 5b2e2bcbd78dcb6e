"""Keeps what is read in a list where it is on the screen when rows come or go above it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtWidgets import QAbstractItemView


class Steady(QObject):
    """For lists whose rows are equally high. At its very beginning a list shows what is new instead."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._top = 0
        model = view.model()
        model.rowsAboutToBeInserted.connect(self._note_top)
        model.rowsAboutToBeRemoved.connect(self._note_top)
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)

    @property
    def _unit(self) -> int:
        """What the scroll bar moves by for a row."""
        by_pixel = self._view.verticalScrollMode() == QAbstractItemView.ScrollMode.ScrollPerPixel
        return max(1, self._view.sizeHintForRow(0)) if by_pixel else 1

    def _note_top(self) -> None:
        """Remember the number of the uppermost row in view."""
        self._top = self._view.verticalScrollBar().value() // self._unit

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if first <= self._top:
            self._move_by(last - first + 1)

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        if first < self._top:
            self._move_by(first - min(last + 1, self._top))

    def _move_by(self, rows: int) -> None:
        bar = self._view.verticalScrollBar()
        if bar.value() > 0:
            self._view.visualRect(self._view.model().index(0, 0))  # which has Qt lay the rows out now
            bar.setValue(bar.value() + rows * self._unit)
