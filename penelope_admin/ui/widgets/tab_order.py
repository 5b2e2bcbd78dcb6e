"""The order in which Tab goes through a window: as one reads, whichever was made first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLayout,
    QScrollArea,
    QSplitter,
    QWidget,
)


def move_focus(whole: QWidget, following: bool) -> bool:
    """Give the focus to the widget that comes next in a whole, or before; whether there is one."""
    # Not by `nextInFocusChain`: PySide takes what that gives for a child of the widget before, and drops both together.
    order = list(filter(_takes_tab, _in_order(whole)))
    held = QApplication.focusWidget()
    if held not in order:
        return False
    step, reason = -1, Qt.FocusReason.BacktabFocusReason
    if following:
        step, reason = 1, Qt.FocusReason.TabFocusReason
    target = order[(order.index(held) + step) % len(order)]
    target.setFocus(reason)
    around = target.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            bring_whole(around, target)
        elif isinstance(around, QAbstractItemView):  # with a widget in one of its cells
            around.scrollTo(around.indexAt(target.mapTo(around.viewport(), target.rect().center())))
        around = around.parentWidget()
    return True


def bring_whole(area: QScrollArea, widget: QWidget) -> None:
    """Scroll until all of a widget is in view; of a field, Qt by itself is content with its cursor."""
    area.ensureWidgetVisible(widget)
    bar, inside = area.verticalScrollBar(), area.widget()
    if inside is None:
        return
    top = widget.mapTo(inside, QPoint(0, 0)).y()
    below = top + widget.height() - bar.value() - area.viewport().height()
    if below > 0:
        bar.setValue(min(bar.value() + below, top))


def _in_order(widget: QWidget) -> Iterator[QWidget]:
    """A widget and all in it: as its layout has it, then what no layout has, as it was made."""
    if not widget.isVisible():
        return
    yield widget
    layout, listed = widget.layout(), []
    if isinstance(widget, QSplitter):
        listed = [part for place in range(widget.count()) if (part := widget.widget(place)) is not None]
    elif layout is not None:
        listed = list(_in_layout(layout))
    others = [child for child in widget.children() if isinstance(child, QWidget) and child not in listed]
    for part in (*listed, *others):
        yield from _in_order(part)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        if (inner := item.layout()) is not None:
            yield from _in_layout(inner)
        elif (widget := item.widget()) is not None:
            yield widget


def _takes_tab(item: QWidget) -> bool:
    """Whether it can have the focus now; the line inside of a field has it only together with the field."""
    able = item.isVisible() and item.isEnabled() and bool(item.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return able and not isinstance(item.parentWidget(), QAbstractSpinBox | QComboBox)
