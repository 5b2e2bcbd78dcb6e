"""The bar of a planning copy: of what day everything is that it shows, and what is not done there."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from penelope_admin.ui.widgets.basics import label, stacked


class PlanningBar(QFrame):
    """Stands above every page for as long as the window is open."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.setObjectName("planningBar")
        self._text = label("")
        stacked(self._text, within=self, edges=("l", "xs", "l", "xs"))
        self.show_note(note)

    def show_note(self, note: str) -> None:
        """Say of what day everything is."""
        text = f"{note} Plan here, then bring the plan home: events are recorded and requests are sent there."
        self._text.setText(text)
        self.setAccessibleName(text)
