"""What is asked of whoever lets PHI be at stake: the same ticks, and the same name to type, in every sheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from penelope_admin.domain.features import Acknowledgement, is_named, queue_confirmation
from penelope_admin.policy import Effect, Policy
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Banner, Tick, labelled, stacked

THESE = "I accept the PHI risk of these features in this database"
WHY_TYPE = "Because contact details in this database may be those of real people."


def contacts_role(may_be_real: bool) -> Role:
    """The look of what is said of a copy's contact details: what is only assumed is never painted as safe."""
    return "danger" if may_be_real else "info"


class AcknowledgingFields(QWidget):
    """The ticks and the name to type; what is not needed is left out and counts as not given. Empty, it is hidden."""

    edited = Signal()

    def __init__(
        self, what: str, checks: Sequence[Effect], name: str, *, may_be_real: bool, queue_sentence: str = "",
        needed: bool = True,
    ) -> None:  # fmt: skip
        """
        Args:
            what: of what the PHI risk is accepted, in a whole sentence.
            checks: lines about queues that somebody must have looked at; none where none may wait.
            name: of the database, to be typed where its contact details may be real.
            queue_sentence: a warning above the tick about queues.
            needed: whether there is a risk to accept.
        """
        super().__init__()
        self.acknowledged, self.looked, self.typed = Tick(what), Tick(queue_confirmation(checks)), QLineEdit()
        self._needed, self._checks, self._may_be_real = needed, checks, may_be_real
        asks: list[QWidget] = []
        if needed:
            asks.append(self.acknowledged)
        if checks and queue_sentence:
            asks.append(Banner(queue_sentence, "danger"))
        if checks:
            asks.append(self.looked)
        if may_be_real:
            asks += labelled(f"Type “{name}” to confirm", self.typed, WHY_TYPE)
        stacked(*asks, within=self, gap="s")
        self.setHidden(not asks)
        for signal in (self.acknowledged.toggled, self.looked.toggled, self.typed.textChanged):
            signal.connect(lambda _: self.edited.emit())

    @property
    def acknowledgement(self) -> Acknowledgement:
        """What the person has confirmed so far."""
        return Acknowledgement(self.acknowledged.isChecked(), self.typed.text() or None, self.looked.isChecked())

    def needed(self, policy: Policy, environment: str) -> dict[str, object]:
        """What is asked for, in words, and whether it is confirmed."""
        acknowledgement = self.acknowledgement
        return {
            "the tick about the risk": acknowledgement.phi or not self._needed,
            "the tick about the queue": acknowledgement.queue_empty or not self._checks,
            "the name": not self._may_be_real or is_named(policy, environment, acknowledgement.environment),
        }
