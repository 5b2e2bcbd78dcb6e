"""The sheet that brings the dates into calendars: saved once, or kept up to date in a file to subscribe to."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QWidget

from penelope_admin import services
from penelope_admin.domain.entries import ALARMS
from penelope_admin.domain.times import duration_in_words
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import boxed, button, in_a_row, label, stacked, ticked
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.keyed import KeyedRows, Row
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.gateways.lists import Contents, KeptFile

FILE_NAME = "penelope.ics"
CHOICES: tuple[tuple[str, Contents], ...] = (
    ("Everything: upgrades, ends of features, refreshes, projects", "everything"),
    ("Upgrades and emergency maintenance only", "windows"),
)
NAMES: dict[Contents, str] = {
    "everything": "Calendar of everything", "windows": "Calendar of upgrades", "staff-notice": "Page for the staff",
}  # fmt: skip
SUBSCRIBE = (
    "A calendar that is kept up to date: choose a place that others can reach, such as a shared or synchronised folder "
    "or a web server's. The file is written again whenever a date changes, and calendars that subscribe to it follow. "
    "Desktop Outlook copies a file that it imports, and updates only what is subscribed (Add calendar, From internet)."
)


class CalendarSheet(Sheet):
    """What goes in, when it reminds, and where it goes."""

    help_topic = "windows"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Add the dates to a calendar", "Save a file …", wide=True)
        self.contents = self.field("What goes in?", ChoiceField(CHOICES))
        self.add(label("Remind before", "strong"))
        self.alarms = {minutes: QCheckBox(duration_in_words(timedelta(minutes=minutes))) for minutes in ALARMS}
        for tick in self.alarms.values():
            tick.setChecked(True)
        self.add(
            Flow(*self.alarms.values()),
            label(
                "A saved file has the dates as they are now. Save and open it again when something changed: entries "
                "that moved move in your calendar, and what was withdrawn is marked as cancelled.",
                "muted",
            ),
            SUBSCRIBE,
        )
        self.keep_button = button("Keep a calendar up to date …", self.keep)
        self._kept = KeyedRows("xs")
        self.add(Flow(self.keep_button), self._kept)
        self._load()

    def _load(self) -> None:
        self.shell.operations.run_with_app(_standing, self._show)

    def _show(self, files: tuple[KeptFile, ...]) -> None:
        """Which files are kept up to date, and how each stands."""
        self._kept.show_rows(Row(item.path, item, partial(self._row, item)) for item in files)
        self.grow()

    def _row(self, item: KeptFile) -> QWidget:
        name = NAMES[item.contents]
        if item.problem and item.since is not None:
            since = words.moment(item.since, self.shell.zone)
            said = label(words.breakable(f"{name}, not written since {since}. {item.problem}"), "strong")
        else:
            said = label(f"{name}, kept up to date.", "muted")
        stop = button("Stop keeping it", partial(self.forget, item.path), "link")
        stop.setAccessibleName(f"Stop keeping {item.path}")
        across = in_a_row((label(words.breakable(item.path), selectable=True), 1), stop)
        return boxed(stacked(across, said, gap=0))

    def submit(self) -> None:
        """Ask where to, and save it once."""
        target = ask_target(self, "Save a calendar", FILE_NAME, "Calendar")
        if target is None:
            return
        kinds, alarms = services.calendar.kept.KINDS[self.contents.currentData()], ticked(self.alarms)
        self.save(
            lambda context: services.calendar.publishing.save(context, target, kinds, alarms),
            said=f"Saved: {target}. Open it with your calendar program.",
        )

    def keep(self) -> None:
        """Ask where to, write it, and keep it up to date from now on."""
        from penelope_admin.gateways.lists import KeptFile

        target = ask_target(self, "Keep a calendar up to date", FILE_NAME, "Calendar")
        if target is None:
            return
        kept_file = KeptFile(str(target), self.contents.currentData(), ticked(self.alarms))
        self.forget_error()
        self.shell.operations.run(
            lambda context: services.calendar.kept.keep(context, kept_file), lambda _: self._load(), self.fail, "Saving"
        )

    def forget(self, path: str) -> None:
        """Keep a file up to date no longer."""
        self.shell.operations.run_with_app(
            lambda app: services.calendar.kept.forget(app.home, path), lambda _: self._load(), self.fail
        )


def _standing(app: App) -> tuple[KeptFile, ...]:
    app.refresh_kept_files()
    return services.calendar.kept.find_all(app.home)
