"""The linked calendars in Settings: a table that says how each stands, and what can be done with the chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from penelope_admin import services
from penelope_admin.domain.conflicts import WHOLE_AGENCY
from penelope_admin.ui import dialogs
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.widgets.basics import Card, button, label, show_text
from penelope_admin.ui.widgets.files import ask_source
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import Choice
from penelope_admin.ui.widgets.rows_table import RowsTable

if TYPE_CHECKING:
    from penelope_admin.domain.sites import Site
    from penelope_admin.services.calendar.conflicts import CalendarState
    from penelope_admin.ui.shell import Shell


class LinkedCalendarsCard(Card):
    """Which calendars are looked into for conflicts."""

    def __init__(self, shell: Shell) -> None:
        super().__init__("Linked calendars")
        self.shell = shell
        self._sites: tuple[Site, ...] = ()
        self.add(
            "Link the calendars your agency keeps: groups, shifts, closures, payroll. Each upgrade, refresh and "
            "project then says what it overlaps. The files are only read, again whenever they change, and nothing "
            "of an entry is kept."
        )
        self.table: RowsTable[CalendarState] = RowsTable(
            shell, "linked-calendars", "Linked calendars",
            (
                Column("Name", lambda state: state.link.name),
                Column("Site", lambda state: state.link.site or WHOLE_AGENCY),
                Column("Status", lambda state: "Not read" if state.link.problem else "Read"),
            ),
            lambda state: state.link.path, stretch=0,
            empty="No linked calendars. Export one as iCalendar (.ics), or name a folder of them.",
            choices=lambda state: (Choice("Remove", lambda: self.remove(state)),),
        )  # fmt: skip
        self.remove_button = button("Remove", lambda: self.table.with_chosen(self.remove), "danger")
        self._said = label(selectable=True)
        self.table.chose.connect(self._update_enabled)
        self.add(
            self.table,
            Flow(
                button("Link a file …", self.choose_file), button("Link a folder …", self.choose_folder),
                self.remove_button,
            ),
            self._said,
        )  # fmt: skip
        shell.conflicts_changed.connect(self.show_states)
        self.show_states()

    def show_sites(self, sites: tuple[Site, ...]) -> None:
        """To which sites a calendar can belong."""
        self._sites = sites

    def show_states(self) -> None:
        """Show how each stands."""
        conflicts = self.shell.conflicts
        self.table.show_rows(conflicts.calendars if conflicts is not None else ())
        self._update_enabled()

    def _update_enabled(self) -> None:
        state = self.table.chosen
        self.remove_button.setEnabled(state is not None)
        said = self.shell.conflicts_problem
        if state is not None:
            said = state.in_words(self.shell.zone)
            if not state.link.problem:  # which names the file itself
                said = f"{state.link.path}: {said}"
        show_text(self._said, said)

    def choose_file(self) -> None:
        """Ask for a calendar file, and open the sheet that links it."""
        ask_source(self, "Link a calendar", "Calendars (*.ics)", self.open_link)

    def choose_folder(self) -> None:
        """Ask for a folder of calendar files, and open the sheet that links it."""
        if chosen := QFileDialog.getExistingDirectory(self, "Link a folder of calendars"):
            self.open_link(Path(chosen))

    def open_link(self, path: Path) -> None:
        """Open the sheet that links a file or a folder."""
        self.shell.open_sheet(dialogs.linked_calendar.LinkSheet(self.shell, path, self._sites))

    def remove(self, state: CalendarState) -> None:
        """Look into it no longer; that can be undone."""
        link = state.link

        def again() -> None:
            self.shell.operations.run(
                lambda context: services.calendar.conflicts.link(context, Path(link.path), link.name, link.site),
                lambda _: self.shell.calendar_check_requested.emit(),
            )

        def removed(_: object) -> None:
            self.shell.calendar_check_requested.emit()
            self.shell.offered.emit(f"{link.name} is no longer linked. The file stays as it is.", "Undo", again)

        self.shell.operations.run_with_app(lambda app: services.calendar.conflicts.unlink(app.home, link.path), removed)
