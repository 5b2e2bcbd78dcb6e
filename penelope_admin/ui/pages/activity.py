"""Activity: who did what when; filter as you type, export, verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from penelope_admin import services
from penelope_admin.domain.activity import changes_in_words
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.activity import WHO, ActivityModel
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.fields import search_line
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.steady import Steady
from penelope_admin.ui.widgets.table import DataTable

if TYPE_CHECKING:
    from penelope_admin.domain.mirror import Event
    from penelope_admin.policy import Policy
    from penelope_admin.services.activity import Verified

SEARCH_AFTER_MS = 120
ROOM_FOR_ALL = 90
"""So many letters wide, the page has room for every column."""
ROOM_FOR_PURPOSE = 24
"""So many lines high, the page has room to say what it is for; lower, the log is all that scrolls."""
LEAST_LINES = 3
"""So many lines of the log are in view, its head among them."""
_EVENTS = {"environment.upgraded", "environment.refreshed", "environment.script-run", "environment.checked"}
"""The entries that tell of an event of a database, which can be taken back."""
_FIRST = 3
"""Differences that are told on the page."""


class ActivityPage(Page):
    """The log. Nothing in it can be changed."""

    name = "activity"
    purpose = "Who did what, and when. Entries are never changed or removed, and each is chained to the one before."
    topics = EVERYTHING

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._count = label("", "caption")
        self.model = ActivityModel(shell, self)
        self.model.counted.connect(self._show_count)
        self.table = DataTable(shell, "activity", "Activity log", "")
        self.table.show_model(self.model, (24, 16, 60))
        self.model.rowsInserted.connect(lambda: self.table.fit_columns(only_grow=True))
        self.model.modelReset.connect(self.table.fit_columns)
        Steady(self.table)
        self.table.setMinimumHeight(theme.current().row_height() * LEAST_LINES)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # it takes what is left
        self._timer = QTimer(self, interval=SEARCH_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.load)
        like = "Filter: a person, a feature, a request, a reason …"
        self.search = search_line(like, "Filter the log", self._timer.start)
        self.mistake = button("Recorded by mistake …", self._ask_to_correct)
        self.mistake.hide()
        buttons = Flow(button("Export as CSV …", self.export), button("Verify the chain", self.verify), self.mistake)
        self._detail = label("", "muted", selectable=True)
        self.table.selectionModel().currentRowChanged.connect(lambda index: self._show_detail(index.row()))
        self.add(self.search, (self.table, 1), self._detail, self._count, buttons)

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """What is done with the log."""
        return [
            PageAction("Verify the activity log", cls.verify, "chain audit tampered"),
            PageAction("Export the activity log", cls.export, "csv audit history"),
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the sentences where there is little."""
        super().resizeEvent(event)
        self.purpose_label.setVisible(self.height() >= ROOM_FOR_PURPOSE * self.fontMetrics().lineSpacing())
        self.table.setColumnHidden(WHO, self.width() < ROOM_FOR_ALL * self.fontMetrics().averageCharWidth())

    def load(self) -> None:
        self.model.search(self.search.text())

    def _show_count(self, matches: int, total: int, complete: bool) -> None:
        zone = f"Times are {self.shell.time_name}."
        if self.search.text().strip():
            empty, more = "Searching …", " so far; scroll down for more"
            if complete:
                empty, more = "No entry has all these words.", ""
            self.table.set_empty_text(empty)
            self._count.setText(f"{plural(matches, 'entry', 'entries')} found{more}, of {total:,}. {zone}")
        else:
            self.table.set_empty_text("Nothing yet. Everything you do in this program is recorded here.")
            self._count.setText(f"{plural(total, 'entry', 'entries')} in all. {zone}")
        self.loaded.emit()

    def _show_detail(self, row_: int) -> None:
        """The whole of an entry that a row has no room for."""
        entry = self.model.row(row_)
        self.mistake.setVisible(entry is not None and entry.action in _EVENTS)
        if entry is None:
            self._detail.setText("")
            return
        when = words.moment(entry.at, self.shell.zone)
        was, is_now = entry.facts
        changes = changes_in_words(self.shell.policy, was, is_now, self.shell.zone)
        said = f"{entry.seq}: {self.model.sentence(entry)}. {when}, {entry.who}."
        self._detail.setText(said + filled("\n{}", changes))

    def _ask_to_correct(self) -> None:
        """Open the sheet that takes back the event that the chosen entry tells of."""
        entry = self.model.row(self.table.currentIndex().row())
        if entry is None:
            return
        self.shell.operations.run(
            lambda context: context.read(services.mirror.environments.told_by, entry), self._correct
        )

    def _correct(self, event: Event | None) -> None:
        from penelope_admin.ui.pages.databases.history import ask_to_correct

        if event is None:
            self.notify("This was marked as a mistake already.", "info")
        else:
            ask_to_correct(self.shell, event)

    def export(self) -> None:
        """Save what matches as a table."""
        target, search = ask_target(self, "Export the log", "penelope-activity.csv", "Table"), self.search.text()
        if target is not None:
            self.shell.do(
                lambda context: services.activity.save_csv(context, search, target),
                f"Saved: {target}",
                "Exporting the log",
            )

    def verify(self) -> None:
        """Check the whole chain, and hold every table against it."""
        self.shell.operations.run(
            lambda context: context.read(services.activity.verify), self._show_verified, label="Verifying the log"
        )

    def _show_verified(self, log: Verified) -> None:
        if log.holds:
            entries = plural(log.entries, "entry", "entries")
            self.notify(f"The log is whole: {entries}, each chained to the one before. Head: {log.head}", "positive")
        elif log.first_broken is None:
            self.notify(
                f"The database is not what the log says, in {plural(len(log.differences), 'place')}: "
                f"{' '.join(log.differences[:_FIRST])} Keep a copy of it, then compare it with a backup from before.",
                "danger",
            )
        else:
            self.notify(
                f"The log is broken: entry {log.first_broken} does not fit the one before. "
                "Keep a copy of the database, then compare it with a backup from before.",
                "danger",
            )
