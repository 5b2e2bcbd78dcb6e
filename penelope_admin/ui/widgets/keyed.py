"""Rows below each other that change in place: each has a key, and only what became another is made anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Banner, TextKind, label, stacked

T = TypeVar("T")
Line = tuple[str, TextKind]
"""Words, and how they look."""


class Row(NamedTuple):
    """What one row shows: made anew by `make` only when `value` is another than the one that is shown."""

    key: Hashable
    value: object
    make: Callable[[], QWidget]


def row_if(key: Hashable, value: T | None, make: Callable[[T], QWidget]) -> list[Row]:
    """The row that `make` makes of a value; none of what is absent or empty."""
    if not value:
        return []
    return [Row(key, value, partial(make, value))]


class KeyedRows(QWidget):
    """Rows that keep the focus, and what was typed, wherever nothing changed."""

    def __init__(self, gap: str = "s") -> None:
        super().__init__()
        self._rows: dict[Hashable, tuple[object, QWidget]] = {}
        self._column = stacked(within=self, gap=gap)
        self.hide()

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return len(self._rows)

    def row(self, key: Hashable) -> QWidget:
        """What shows the row of a key."""
        return self._rows[key][1]

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Show these rows in this order. Without any it takes no room."""
        rows = list(rows)
        held = QApplication.focusWidget()
        place = self._place_of(held)
        before, self._rows = self._rows, {}
        for number, row in enumerate(rows):
            old = before.pop(row.key, None)
            if old is not None and old[0] == row.value:
                self._rows[row.key] = old
                if self._column.indexOf(old[1]) != number:
                    self._column.insertWidget(number, old[1])
                continue
            widget = row.make()
            self._rows[row.key] = (row.value, widget)
            self._column.insertWidget(number, widget)
            if old is not None:
                before[row.key, "replaced"] = old
        self.setVisible(bool(self._rows))
        if held is not None and any(widget.isAncestorOf(held) for _, widget in before.values()):
            self._focus_again(held.accessibleName(), place)
        for _, widget in before.values():
            self._column.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def show_lines(self, lines: Iterable[Line]) -> None:
        """Show words below each other."""
        self.show_rows(Row(line, line, partial(label, *line)) for line in lines)

    def show_banners(self, said: Iterable[tuple[str, Role]]) -> None:
        """Show sentences, each with how urgent it is."""
        self.show_rows(Row(text, role, partial(Banner, text, role)) for text, role in said)

    def _place_of(self, held: QWidget | None) -> int:
        widgets = [widget for _, widget in self._rows.values()]
        return next((n for n, widget in enumerate(widgets) if held is not None and widget.isAncestorOf(held)), 0)

    def _focus_again(self, name: str, place: int) -> None:
        """The focus goes to the same thing in its new form, or to what stands in its place now."""
        from PySide6.QtCore import Qt

        widgets = [widget for _, widget in self._rows.values()]
        able = [
            [child for child in widget.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus]
            for widget in widgets
        ]
        same = (child for child in chain(*able) if name and child.accessibleName() == name)
        for child in islice(chain(same, *able[place:], *reversed(able[:place])), 1):
            child.setFocus()
