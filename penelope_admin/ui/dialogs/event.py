"""The sheet that records a refresh or an upgrade of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from penelope_admin import services
from penelope_admin.domain.times import place
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.dates import MomentField
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.mirror import EventKind, Posture
    from penelope_admin.services.context import Done


class EventSheet(Sheet):
    """When it happened, and what that does to the register."""

    def __init__(self, desk: Desk, environment: str, kind: EventKind) -> None:
        self._environment, self._kind = environment, kind
        item = desk.policy.environment[environment]
        deed = "refresh" if kind == "refreshed" else "upgrade"
        super().__init__(
            desk, f"Record {'a' if deed == 'refresh' else 'an'} {deed} of {item.name}", f"Record the {deed}"
        )
        if kind == "refreshed":
            self.add(
                label(
                    "A refresh copies production as it is: real contact details, and production's feature settings. "
                    "The register then says “not known” of every feature until you record it."
                )
            )
        elif environment == "mirrored":
            self.add(
                label(
                    "An upgrade de-identifies contact details and switches every feature off. "
                    "The register follows; what was on or planned can be planned again."
                )
            )
        else:
            self.add(label("The register keeps when it was upgraded, and to which version."))
        self.at = MomentField(desk.app.clock.now(), desk.zone)
        self.field(f"When was that? ({place(desk.zone.key)} time)", self.at)
        self.version = QLineEdit()
        self.field("Version it has now", self.version, "May be left empty.")
        self.remark = QLineEdit()
        self.field("Remark", self.remark, "How you know; may be left empty.")

    def submit(self) -> None:
        """Record it."""
        self.set_working(True)
        at, version, remark = self.at.instant, self.version.text(), self.remark.text()
        self.desk.operations.run(
            lambda context: services.environments.record_event(
                context, self._environment, self._kind, at, version, remark
            ),
            self._saved,
            self.fail,
            "Saving",
        )

    def _saved(self, done: Done[Posture]) -> None:
        self.accept()
        self.desk.said.emit(done.value.sentence)
