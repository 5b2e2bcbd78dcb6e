"""The sheet that makes a report: which one, for which period, as what, and then where to save it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from penelope_admin import services
from penelope_admin.ui.pdf import to_pdf
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, boxed, label, labelled, put, stacked
from penelope_admin.ui.widgets.dates import DateField, from_qdate, to_qdate
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.person import PersonField
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.gateways.reports import Kind

KINDS: tuple[tuple[str, Kind, str], ...] = (
    (
        "State of the mirror",
        "state",
        "What is recorded of the mirrored database now: contact details, features, the check-list, open requests. "
        "For a manager or an auditor.",
    ),
    (
        "PHI exposure log",
        "exposure",
        "When features that reach people were on while contact details could be real. For a privacy officer.",
    ),
)
FORMS = (("PDF, to hand on or print", ".pdf"), ("HTML, to read in a browser", ".html"))
USUAL_PERIOD = timedelta(days=89)


class ReportSheet(Sheet):
    """Makes a report and says where it was saved; it opens nothing."""

    help_topic = "databases"
    records = True

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Make a report", "Choose where to save it …")
        self.kind = self.field("Which report?", ChoiceField((title, key) for title, key, _ in KINDS))
        self._meaning = self.added(label("", "muted"))
        today = shell.today
        self.first, self.last = DateField(today - USUAL_PERIOD), DateField(today)
        rows = stacked(gap="xs")
        for name, field in (("First day", self.first), ("Last day", self.last)):
            field.setMaximumDate(to_qdate(today))
            put(rows, *labelled(f"{name} ({shell.time_name})", field))
            field.dateChanged.connect(self.update_enabled)
        self.period = self.added(boxed(rows))
        self.form = self.field("Format", ChoiceField(FORMS))
        self._person = PersonField(shell)
        self.person = self._person.line
        self.add(
            self._person,
            Banner(
                "The report names people at your agency and shows what they recorded; what looks like client data is "
                "masked. Look through it before you hand it on. The activity log keeps that it was made.",
                "info",
            ),
        )
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self._kind_changed()

    @property
    def _has_period(self) -> bool:
        return bool(self.kind.currentData() == "exposure")

    def _kind_changed(self) -> None:
        self._meaning.setText(KINDS[self.kind.currentIndex()][2])
        self.period.setVisible(self._has_period)
        self.update_enabled()
        self.grow()

    def update_enabled(self) -> None:
        is_upside_down = self._has_period and self.first.date() > self.last.date()
        self.tell_why_not("The last day is before the first. Choose a later one." if is_upside_down else "")

    def submit(self) -> None:
        """Ask where to, and make it there."""
        kind = cast("Kind", self.kind.currentData())
        first, last = (from_qdate(field.date()) if self._has_period else None for field in (self.first, self.last))
        day = last or self.shell.today
        target = ask_target(self, "Save the report", f"penelope-{kind}-{day}{self.form.currentData()}", "Reports")
        if target is None:
            return
        person = self._person.keep()
        self.save_aside(
            "report",
            lambda app: app.write_report(services.reports.Order(kind, first, last, person), target, to_pdf),
            lambda done: done.value.target,
        )
