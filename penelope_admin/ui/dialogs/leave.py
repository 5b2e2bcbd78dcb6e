"""The sheets of a database that is no longer the agency's: what stays to be settled, and that it was deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, label
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.mirror.environments import EnvironmentView


class LeaveSheet(Sheet):
    """Before a database that is not settled is dropped: what stays on the person's list."""

    help_topic = "databases"

    def __init__(self, shell: Shell, still_open: Mapping[str, tuple[str, ...]], save: Callable[[], None]) -> None:
        """
        Args:
            still_open: what is not settled, by the keys of the databases to be dropped.
            save: saves the agency without them.
        """
        names = ", ".join(shell.policy.environment[key].name for key in still_open)
        super().__init__(shell, f"No longer yours: {names}", "It is no longer ours", danger=True)
        self._save = save
        for key, sentences in still_open.items():
            name = label(shell.policy.environment[key].name, "strong")
            self.add(name, *(Banner(sentence, "danger") for sentence in sentences))
        self.add(
            "If you drop it now, it stays listed as no longer yours, here and in the reports, until this is "
            "settled. Nothing can be switched on there any more."
        )

    def submit(self) -> None:
        """Save the agency without it."""
        self.accept()
        self._save()


class SettleSheet(Sheet):
    """The vendor deleted it: nobody can look there, and nothing of it can be on."""

    help_topic = "databases"
    records = True

    def __init__(self, shell: Shell, view: EnvironmentView) -> None:
        super().__init__(shell, f"{view.environment.name} was deleted", "Take it off the list", danger=True)
        self._environment = view.environment.key
        self.add(
            "Only if Support confirmed that this database does not exist any more. It is not listed after this; "
            "what was recorded of it stays in the activity log.",
            *(Banner(sentence, "danger") for sentence in view.unsettled),
        )
        self.reason = self.field(
            "How do you know?", text_line(), "Kept in the activity log. No client details, please."
        )
        self.need(self.reason, "how you know")

    def submit(self) -> None:
        key, reason = self._environment, self.reason.text()
        self.save(
            lambda context: context.write(services.agency.settle, key, reason),
            said="Recorded. It is not listed any more.",
        )
