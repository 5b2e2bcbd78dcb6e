"""The order in which Tab goes through a window with something beside its page, whichever of them was made first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget


def move_focus(whole: QWidget, parts: Sequence[QWidget], following: bool) -> bool:
    """Give the focus to the widget that comes next, or before; whether there is one.

    What belongs to none of the parts comes first, then one part after the other.

    Args:
        whole: where all of it is.
        parts: from first to last.
    """

    def part_of(item: QWidget) -> int:
        return next((n for n, part in enumerate(parts) if part is item or part.isAncestorOf(item)), -1)

    # Not by `nextInFocusChain`: PySide takes what that gives for a child of the widget before, and drops both together.
    order = sorted(filter(_takes_tab, whole.findChildren(QWidget)), key=part_of)
    held = QApplication.focusWidget()
    if held not in order:
        return False
    wanted = order[(order.index(held) + (1 if following else -1)) % len(order)]
    wanted.setFocus(Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason)
    return True


def _takes_tab(item: QWidget) -> bool:
    """Whether it can have the focus now; the line inside of a field has it only together with the field."""
    able = item.isVisible() and item.isEnabled() and bool(item.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return able and not isinstance(item.parentWidget(), QAbstractSpinBox | QComboBox)
