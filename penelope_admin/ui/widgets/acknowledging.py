"""What is asked of whoever lets PHI be at stake: the same ticks, and the same name to type, in every sheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from penelope_admin.domain.features import Acknowledgement, queue_confirmation
from penelope_admin.policy import Effect
from penelope_admin.ui.widgets.basics import Banner, Tick, labelled, stacked
from penelope_admin.ui.widgets.sheet import Sheet

WHY_TYPE = "Because contact details in this database may be those of real people."


class AcknowledgingFields(QWidget):
    """The ticks and the name to type; what is not needed is left out and counts as not given."""

    edited = Signal()

    def __init__(
        self, what: str, checks: Sequence[Effect], name: str | None, *, queue_sentence: str = "", needed: bool = True
    ) -> None:
        """Make the fields.

        Args:
            what: of what the PHI risk is accepted, in a whole sentence.
            checks: lines about queues that somebody must have looked at; none where none may wait.
            name: of the database, to be typed where its contact details may be real; None where they are not.
            queue_sentence: a warning above the tick about queues.
            needed: whether there is a risk to accept.
        """
        super().__init__()
        self.acknowledged, self.looked, self.typed = Tick(what), Tick(queue_confirmation(checks)), QLineEdit()
        column = stacked(within=self, gap="s")
        if needed:
            column.addWidget(self.acknowledged)
        if checks and queue_sentence:
            column.addWidget(Banner(queue_sentence, "danger"))
        if checks:
            column.addWidget(self.looked)
        for part in labelled(f"Type “{name}” to confirm", self.typed, WHY_TYPE) if name is not None else ():
            column.addWidget(part)
        for signal in (self.acknowledged.toggled, self.looked.toggled, self.typed.textChanged):
            signal.connect(lambda _: self.edited.emit())

    @property
    def acknowledgement(self) -> Acknowledgement:
        """What the person has confirmed so far."""
        return Acknowledgement(self.acknowledged.isChecked(), self.typed.text() or None, self.looked.isChecked())


class AcknowledgingSheet(Sheet):
    """A sheet whose main button the rules allow once the risk is acknowledged; it says where that is asked."""

    acknowledged: Tick
    looked: Tick
    typed: QLineEdit

    def ask_to_acknowledge(
        self, what: str, checks: Sequence[Effect], name: str | None, *, queue_sentence: str = "", needed: bool = True
    ) -> None:
        """Add the fields; see `AcknowledgingFields`."""
        self._asked_for = fields = AcknowledgingFields(what, checks, name, queue_sentence=queue_sentence, needed=needed)
        self.acknowledged, self.looked, self.typed = fields.acknowledged, fields.looked, fields.typed
        if needed or checks or name is not None:
            self.add(fields)
        fields.edited.connect(self._judge)

    @property
    def acknowledgement(self) -> Acknowledgement:
        """What the person has confirmed so far."""
        return self._asked_for.acknowledgement
