"""A field for a number, which begins where the words of other fields begin."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from penelope_admin.ui import theme


class NumberField(QSpinBox):
    """Qt's own, with the inset that its style sheets do not reach."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.setRange(least, most)
        self.lineEdit().setTextMargins(theme.current().space("xs"), 0, 0, 0)
