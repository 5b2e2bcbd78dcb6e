"""The sheets that take in Support's holidays: one day, or a calendar file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from penelope_admin import services
from penelope_admin.domain.times import place
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.dates import DateField, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.files import TakesDrops, ask_source, dropped_file
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.calendar.support import Imported


def _team_field(shell: Shell) -> ChoiceField:
    """Whose holidays: the teams that have some."""
    return ChoiceField((f"{team.name} ({place(team.zone)})", team.key) for team in shell.policy.holiday_teams)


class HolidaySheet(Sheet):
    """A day on which a team is closed."""

    help_topic = "support"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Add a holiday", "Add the holiday")
        self.add("The team counts as closed on this day, and so does chat in that team's hours.")
        self.team = self.field("Who is closed?", _team_field(shell))
        self.day = self.field("Day", DateField(shell.today), "As the calendar in the team's own country says.")
        self.name = self.field("Name (optional)", text_line())

    def submit(self) -> None:
        team, day, name = self.team.currentData(), from_qdate(self.day.date()), self.name.text()
        self.save(
            lambda context: context.write(services.calendar.support.add_holiday, team, day, name), said="Holiday added."
        )


class ImportSheet(TakesDrops, Sheet):
    """A calendar file whose whole days are holidays of a team; `tell` gets what came of it."""

    help_topic = "support"

    def __init__(self, shell: Shell, tell: Callable[[Imported], None]) -> None:
        super().__init__(shell, "Import holidays", "Choose the calendar file …")
        self._tell = tell
        self.add(
            "Each day that an event in the file covers from midnight to midnight becomes a holiday, from a year "
            "ago to five years ahead. Use a calendar of this team's holidays: a general one also has days on which "
            "people work."
        )
        self.team = self.field("Whose holidays are in the file?", _team_field(shell))
        self.add(
            label("Days that are recorded already stay as they are. You can take an import back.", "muted"),
            label("You can also drop the file here, once the team is right.", "muted"),
        )
        self.setAcceptDrops(True)

    def source_in(self, data: QMimeData) -> Path | None:
        """One calendar file."""
        return dropped_file(data, ".ics")

    def submit(self) -> None:
        """Ask for the file and read it."""
        ask_source(self, "Import holidays", "Calendar (*.ics)", self.take)

    def take(self, file: Path) -> None:
        """Read a calendar for the team that is chosen."""
        team = self.team.currentData()
        self.save(
            lambda context: services.calendar.support.import_holidays(context, team, file),
            then=lambda done: self._tell(done.value),
            label="Reading the calendar",
        )

    take_dropped = take
