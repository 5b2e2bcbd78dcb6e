"""The sheets that take in Support's holidays: one day, or a calendar file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit

from penelope_admin import services
from penelope_admin.domain.times import place
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.dates import date_field, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import dropped_files
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.calendar.support import Imported


def _team_field(shell: Shell) -> ChoiceField:
    """Whose holidays: the teams that have some."""
    made = ChoiceField()
    for team in shell.policy.holiday_teams:
        made.addItem(f"{team.name} ({place(team.zone)})", team.key)
    return made


class HolidaySheet(Sheet):
    """A day on which a team is closed."""

    help_topic = "support"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Add a holiday", "Add the holiday")
        self.add(label("The team counts as closed on this day, and so does chat in that team's hours."))
        self.team = _team_field(shell)
        self.field("Who is closed?", self.team)
        self.day = date_field(shell.app.clock.now().astimezone(shell.zone).date())
        self.field("Day", self.day, "As the calendar in the team's own country says.")
        self.name = QLineEdit()
        self.field("Name (optional)", self.name)

    def submit(self) -> None:
        """Record it."""
        team, day, name = self.team.currentData(), from_qdate(self.day.date()), self.name.text()
        self.save(
            lambda context: context.write(services.calendar.support.add_holiday, team, day, name),
            said="Holiday added.",
        )


class ImportSheet(Sheet):
    """A calendar file whose whole days are holidays of a team; `tell` gets what came of it."""

    help_topic = "support"

    def __init__(self, shell: Shell, tell: Callable[[Imported], None]) -> None:
        super().__init__(shell, "Import holidays", "Choose the calendar file …")
        self._tell = tell
        self.add(
            label(
                "Each day that an event in the file covers from midnight to midnight becomes a holiday, from a year "
                "ago to five years ahead. Use a calendar of this team's holidays: a general one also has days on which "
                "people work."
            )
        )
        self.team = _team_field(shell)
        self.field("Whose holidays are in the file?", self.team)
        self.add(label("Days that are recorded already stay as they are. You can take an import back.", "muted"))
        self.add(label("You can also drop the file here, once the team is right.", "muted"))
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one calendar file."""
        if _calendar(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The same as choosing it with the button."""
        if (file := _calendar(event)) is not None:
            event.acceptProposedAction()
            self.take(file)

    def submit(self) -> None:
        """Ask for the file and read it."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Import holidays", "", "Calendar (*.ics)")
        if chosen:
            self.take(Path(chosen))

    def take(self, file: Path) -> None:
        """Read a calendar for the team that is chosen."""
        team = self.team.currentData()
        self.save(
            lambda context: services.calendar.support.import_holidays(context, team, file),
            then=lambda done: self._tell(done.value),
            label="Reading the calendar",
        )


def _calendar(event: QDropEvent) -> Path | None:
    """The one calendar file that is dropped."""
    files = dropped_files(event.mimeData())
    return files[0] if len(files) == 1 and files[0].suffix.lower() == ".ics" else None
