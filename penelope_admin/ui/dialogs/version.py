"""The sheet about one version of Penelope: when it comes, where it runs, what is new, and the agency's own note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Facts, button, label
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.versions import Version

NO_ADDRESS = "Keep the address of the release notes in Settings to open them here."


def open_version_sheet(shell: Shell, name: str) -> None:
    """Open the sheet once it is known what is known of the version."""
    shell.operations.run(
        lambda context: context.read(services.calendar.versions.find, name),
        lambda version: shell.open_sheet(VersionSheet(shell, version)),
    )


class VersionSheet(Sheet):
    """What is known of a version, and a note to keep with it."""

    help_topic = "windows"

    def __init__(self, shell: Shell, version: Version) -> None:
        super().__init__(shell, f"Version {version.name}", "Save the note")
        self.version = version
        facts = Facts(columns=1)
        for notice in version.notices:
            name = "Emergency maintenance" if notice.kind == "emergency" else "Upgrade"
            facts.add(name, words.span(notice.starts_at, notice.ends_at, shell.zone))
        if version.runs_in:
            facts.add("Recorded in", ", ".join(shell.policy.environment[key].name for key in version.runs_in))
        self.add(facts)
        if version.address:
            self.add(Flow(button("Open the release notes", self.open_release_notes)))
            self.add(label(words.breakable(version.address), "caption", selectable=True))
        else:
            self.add(label(NO_ADDRESS, "muted"))
        self.note = LongText(version.note)
        self.note.setMinimumHeight(4 * theme.current().row_height())
        self.note.textChanged.connect(self.update_enabled)
        self.field("Your notes (optional)", self.note, "For example: what to try out, whom to tell. No client data.")
        self.update_enabled()

    def open_release_notes(self) -> None:
        """Open the vendor's page in a browser."""
        if not self.shell.open_link(self.version.address):
            self.shell.said.emit(f"No browser answered. The release notes are at {self.version.address}")

    def update_enabled(self) -> None:
        self.allow(self.note.toPlainText().strip() != self.version.note)

    def submit(self) -> None:
        name, text = self.version.name, self.note.toPlainText()
        self.save(
            lambda context: context.write(services.calendar.versions.note, name, text),
            said=f"The note about {name} is saved.",
        )
