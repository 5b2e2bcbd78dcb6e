"""The sheet that links a calendar: what it is called here, and whose it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.conflicts import WHOLE_AGENCY
from penelope_admin.ui import format as words
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.sites import Site
    from penelope_admin.ui.shell import Shell


class LinkSheet(Sheet):
    """A calendar file, or a folder of them, that was chosen."""

    help_topic = "settings"

    def __init__(self, shell: Shell, path: Path, sites: tuple[Site, ...]) -> None:
        super().__init__(shell, "Link a calendar", "Link the calendar")
        self._path = path
        self.add(label(words.breakable(str(path)), selectable=True))
        hint = "Shown beside an overlap. For example: Groups, Night shifts, Payroll."
        self.name = self.field("Name", text_line(path.stem), hint)
        self.site = ChoiceField([(WHOLE_AGENCY, ""), *((site.name, site.name) for site in sites)])
        if sites:
            self.field("Whose is it?", self.site, "All-day entries, and times without a zone, use the clock there.")
        self.need(self.name, "a name")

    def submit(self) -> None:
        path, name, site = self._path, self.name.text(), str(self.site.currentData())
        self.save(
            lambda context: services.calendar.conflicts.link(context, path, name, site),
            said=lambda calendar: f"The calendar “{calendar.name}” is linked.",
            then=lambda _: self.shell.calendar_check_requested.emit(),
        )
