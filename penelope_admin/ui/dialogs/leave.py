"""The sheets of a database that is no longer the agency's: what stays to be settled, and that it was deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from penelope_admin import services
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Banner, label
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.environments import EnvironmentView
    from penelope_admin.services.work import Context


class LeaveSheet(Sheet):
    """Before a database that is not settled is dropped: what stays on the person's list."""

    def __init__(self, desk: Desk, still_open: Mapping[str, tuple[str, ...]], save: Callable[[], None]) -> None:
        """Make it.

        Args:
            still_open: what is not settled, by the keys of the databases to be dropped.
            save: saves the agency without them.
        """
        names = ", ".join(desk.policy.environment[key].name for key in still_open)
        super().__init__(desk, f"No longer yours: {names}", "It is no longer ours", danger=True)
        self._save = save
        for key, sentences in still_open.items():
            self.add(label(desk.policy.environment[key].name, "strong"))
            for sentence in sentences:
                self.add(Banner(sentence, "danger"))
        self.add(
            label(
                "If you drop it now, it stays listed as no longer yours, here and in the reports, until this is "
                "settled. Nothing can be switched on there any more."
            )
        )

    def submit(self) -> None:
        """Save the agency without it."""
        self.accept()
        self._save()


class _SeenSheet(Sheet):
    """Records what somebody says of a database, and how they know."""

    def __init__(self, desk: Desk, title: str, deed: str, record: Callable[[Context, str], object], said: str) -> None:
        """Make it; `_ask` puts the question below what the sheet says.

        Args:
            record: the service that records it, given how the person knows.
            said: what the window says once that is done.
        """
        super().__init__(desk, title, deed, danger=True)
        self._record, self._said = record, said
        self.reason = QLineEdit()
        self.reason.textChanged.connect(self._judge)

    def _ask(self) -> None:
        """Ask how they know, below what was added."""
        self.field("How do you know?", self.reason, "Kept in the activity log.")
        self._judge()

    def _judge(self) -> None:
        if self.deed is not None:
            self.deed.setEnabled(bool(self.reason.text().strip()))

    def submit(self) -> None:
        """Record it."""
        self.set_working(True)
        reason = self.reason.text()
        self.desk.operations.run(lambda context: self._record(context, reason), self._saved, self.fail, "Saving")

    def _saved(self, _done: object) -> None:
        self.accept()
        self.desk.said.emit(self._said)


class AllOffSheet(_SeenSheet):
    """Somebody looked in Penelope, and every feature of the database is off."""

    def __init__(self, desk: Desk, view: EnvironmentView) -> None:
        key, name = view.environment.key, view.environment.name

        def record(context: Context, reason: str) -> object:
            return context.write(services.features.mark_all_off, key, reason)

        super().__init__(desk, f"All features of {name} are off", "Mark all as off", record, "Recorded.")
        self.add(label("Only if you looked at each of these in Penelope, in this database, and saw that it is off:"))
        self.add(label(", ".join(view.not_off)))
        self._ask()


class SettleSheet(_SeenSheet):
    """The vendor deleted it: nobody can look there, and nothing of it can be on."""

    def __init__(self, desk: Desk, view: EnvironmentView) -> None:
        key, name = view.environment.key, view.environment.name

        def record(context: Context, reason: str) -> object:
            return context.write(services.agency.settle, key, reason)

        said = "Recorded. It is not listed any more."
        super().__init__(desk, f"{name} was deleted", "Take it off the list", record, said)
        self.add(
            label(
                "Only if Support confirmed that this database does not exist any more. It is not listed after this; "
                "what was recorded of it stays in the activity log."
            )
        )
        for sentence in view.unsettled:
            self.add(Banner(sentence, "danger"))
        self._ask()
