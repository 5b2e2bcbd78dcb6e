"""The bar of a planning copy: of what day everything is that it shows, and what is not done there."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from penelope_admin.domain.text import filled
from penelope_admin.ui.widgets.basics import label, show_text, stacked


class PlanningBar(QFrame):
    """Stands above every page of a planning copy for as long as the window is open; in other windows it is hidden."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.setObjectName("planningBar")
        self._text = label("")
        stacked(self._text, within=self, edges=("l", "xs", "l", "xs"))
        self.show_note(note)

    def show_note(self, note: str) -> None:
        """Say of what day everything is; nothing, where this is no planning copy."""
        text = filled("{} Plan here, then bring the plan home: events are recorded and requests are sent there.", note)
        show_text(self._text, text)
        self.setAccessibleName(text)
        self.setHidden(not note)
