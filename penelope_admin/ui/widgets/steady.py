"""Keeps what is read where it is on the screen when something comes or goes above it, in a list or on a page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QPoint, QTimer
from PySide6.QtWidgets import QAbstractItemView, QApplication, QScrollArea, QWidget

from penelope_admin.ui.widgets.basics import held_in, settle

SETTLED_AFTER = 5
"""Turns of the event loop after which what was put into a page, and what wraps in it, has its height."""


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


def in_place(area: QScrollArea, show: Callable[[], object]) -> None:
    """Show something; what the person is at stays where it is, though more or less may stand above it now."""
    held = held_in(area, QApplication.focusWidget())
    if held is None:
        show()
        return
    before = _place_of(held, area)
    show()
    _hold(area, held, before)


def _place_of(held: QWidget, area: QScrollArea) -> int:
    """How far below the upper edge of what is in view something stands."""
    return held.mapTo(area.viewport(), QPoint(0, 0)).y()


def _hold(area: QScrollArea, held: QWidget, before: int, turns: int = SETTLED_AFTER) -> None:
    if QApplication.focusWidget() is not held:
        return
    settle()
    bar = area.verticalScrollBar()
    bar.setValue(bar.value() + _place_of(held, area) - before)
    if turns:
        QTimer.singleShot(0, area, lambda: _hold(area, held, before, turns - 1))
