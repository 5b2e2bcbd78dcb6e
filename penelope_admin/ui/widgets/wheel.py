"""Keeps the mouse wheel from changing fields that one only scrolls past."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class _Still(QObject):
    """Hands the wheel on to the page, unless the field has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let everything through but a stray wheel."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def keep_wheels_still(parent: QWidget) -> None:
    """For every field below a widget that has a wheel; asking again is harmless."""
    for kind in (QComboBox, QAbstractSpinBox):
        for field in parent.findChildren(kind):
            if field.findChild(_Still) is None:
                field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                field.installEventFilter(_Still(field))
