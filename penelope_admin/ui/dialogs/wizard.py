"""The first run: who the agency is, where, which databases it has, and how Support is reached."""

from __future__ import annotations

from penelope_admin import services
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.agency_form import AgencyForm
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.person import PersonField
from penelope_admin.ui.widgets.sheet import Sheet


class Wizard(Sheet):
    """Everything on one sheet, with the next upgrade shown as soon as region and zone are chosen."""

    help_topic = "settings"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Welcome to Penelope Admin", "Start", wide=True)
        self.add(
            "Plan your Penelope upgrades, ask for refreshes of the mirrored database, and switch its features "
            "safely. No client data is kept, and nothing leaves this computer unless you send it.",
            label(
                f"No agency is set up in {words.breakable(str(shell.app.home))} yet. Choose Start to set it up there.",
                "muted",
            ),
        )
        self.person = self.added(PersonField(shell))
        self.form = AgencyForm(shell, None)
        self.form.edited.connect(self.update_enabled)
        self.add(self.form)
        self.add_button(button("Emergency", self.open_emergency, "danger"))
        self.add_button(button("Restore a backup …", self.restore))
        self.add_button(button("Start from a plan file …", self.start_from_plan))
        self.update_enabled()
        self.person.line.setFocus()

    def update_enabled(self) -> None:
        self.ask_for(self.form.needed)

    def open_emergency(self) -> None:
        """Show the emergency line, which needs no agency; what is filled in here stays."""
        from penelope_admin.ui.dialogs.critical import CriticalSheet

        self.shell.open_sheet(CriticalSheet(self.shell))

    def restore(self) -> None:
        """Take over what another computer kept."""
        from penelope_admin.ui.dialogs.restore import ask_and_restore

        ask_and_restore(self.shell, self, self._restored, self.fail)

    def start_from_plan(self) -> None:
        """Make a planning copy: what was known elsewhere, as of then, to plan with."""
        from penelope_admin.ui.dialogs.plan import ask_and_start

        ask_and_start(self.shell, self, self._restored, self.fail)

    def _restored(self) -> None:
        self.person.keep()
        self.accept()

    def submit(self) -> None:
        profile = self.form.profile()
        self.save(
            lambda context: context.write(services.agency.set_up, profile),
            said=lambda done: f"{done.value.name} is set up.",
            then=lambda _: self.person.keep(),
            label="Setting up",
        )
