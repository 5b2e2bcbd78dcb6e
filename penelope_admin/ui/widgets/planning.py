"""The bar of a planning copy: of what day everything is that it shows, and what is not done there."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import label


class PlanningBar(QFrame):
    """Stands above every page for as long as the window is open."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.setObjectName("planningBar")
        look = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(look.space("l"), look.space("xs"), look.space("l"), look.space("xs"))
        self._text = label("")
        column.addWidget(self._text)
        self.show_note(note)

    def show_note(self, note: str) -> None:
        """Say of what day everything is."""
        text = f"{note} Plan here, then bring the plan home: events are recorded and requests are sent there."
        self._text.setText(text)
        self.setAccessibleName(text)
