"""What leaves, with what looks like client data in it, and the tick that lets it go all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from penelope_admin.ui.widgets.basics import Banner, Tick, clear, label, stacked
from penelope_admin.ui.widgets.marked import MarkedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penelope_admin.detect.texts import Hit


class OutgoingText(QWidget):
    """The text that leaves. While it may hold client data, a person has to say that it does not."""

    changed = Signal()

    def __init__(self, name: str, rows: int, *, asks: bool = True) -> None:
        """
        Args:
            asks: offers the tick; without it the hits are only shown, for texts that do not leave yet.
        """
        super().__init__()
        self._asks = asks
        self._warning = QVBoxLayout()
        self.text = MarkedText(name, rows)
        stacked(self._warning, label(name, "strong"), (self.text, 1), within=self, gap="xs")
        self.tick: Tick | None = None
        self._shown: tuple[str, ...] = ()

    def show_text(self, text: str, hits: Sequence[Hit], warnings: Sequence[str]) -> None:
        """Show what would leave now. What was ticked for other hits does not count for new ones."""
        self.text.show_text(text, hits)
        if tuple(warnings) == self._shown:
            return
        self._shown = tuple(warnings)
        clear(self._warning)
        self.tick = None
        if warnings:
            self._warning.addWidget(Banner(f"This may hold client data. {' '.join(warnings)}", "danger"))
            if self._asks:
                self.tick = Tick("I have looked at each marked place: none of it is a client's. Send it anyway.")
                self.tick.toggled.connect(self.changed)
                self._warning.addWidget(self.tick)
        self.changed.emit()

    @property
    def may_leave(self) -> bool:
        """Nothing was found, or a person says that it is nothing."""
        return not self._shown or self.send_anyway

    @property
    def send_anyway(self) -> bool:
        """Whether the person said so."""
        return self.tick is not None and self.tick.isChecked()
