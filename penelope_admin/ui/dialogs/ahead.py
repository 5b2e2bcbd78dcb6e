"""The sheet that looks ahead: what if it were another day? In a frame of its own, and it keeps nothing."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from PySide6.QtWidgets import QFrame, QWidget

from penelope_admin import services
from penelope_admin.domain.ahead import LONGEST
from penelope_admin.domain.projects import STATE_NAMES
from penelope_admin.domain.times import plural
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.acknowledging import contacts_role
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, button, clear, label, label_line, put, stacked
from penelope_admin.ui.widgets.dates import DateField, from_qdate, to_qdate
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penelope_admin.services.ahead import LookAhead, ProjectAhead

_LEAPS = (
    ("In a month", relativedelta(months=1)),
    ("In three months", relativedelta(months=3)),
    ("In a year", relativedelta(years=1)),
)


class AheadSheet(Sheet):
    """A day to come: contact details, what is on, what ends until then, which projects break, and what is assumed."""

    help_topic = "overview"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Look ahead", wide=True)
        self.safe.setText("Back to today")
        self._today = shell.today
        self.ahead: LookAhead | None = None
        frame = QFrame()
        frame.setObjectName("ahead")
        self.day = DateField(self._today + relativedelta(months=1), self._today)
        self.day.setMaximumDate(to_qdate(self._today + LONGEST))
        self.day.setAccessibleName("What if it were this day?")
        self._timer = self.preview_later(self._refresh_preview)
        self.day.dateChanged.connect(self._changed)
        self.after_upgrade = button("After the next upgrade", self._leap_over_upgrade)
        self.after_upgrade.setEnabled(False)
        leaps = [button(name, partial(self._leap, self._today + by)) for name, by in _LEAPS]
        self._heading = label("", "strong")
        inside = stacked(
            Flow(label_line("What if it were"), self.day, self.after_upgrade, *leaps),
            self._heading,
            within=frame,
            gap="s",
            edges="m",
        )
        self._parts = stacked(gap="s")
        inside.addLayout(self._parts)
        self.add(frame)
        self._refresh_preview()
        self.day.setFocus()

    # --- the day ---------------------------------------------------------------------------------

    def _leap_over_upgrade(self) -> None:
        if self.ahead is not None:
            self._leap(self.ahead.after_upgrade)

    def _leap(self, day: date) -> None:
        self.day.setDate(to_qdate(day))

    def _changed(self) -> None:
        self.forget_typing()  # looking asks for nothing to be kept: Esc leads back at once
        self._timer.start()

    def _refresh_preview(self) -> None:
        day = from_qdate(self.day.date())
        self.preview(lambda context: context.read(services.ahead.load, day), self._show, self._show_trouble)

    # --- what is shown ---------------------------------------------------------------------------

    def _show_trouble(self, error: Exception) -> None:
        clear(self._parts)
        self._heading.setText("")
        self._parts.addWidget(Banner(str(error), "caution"))

    def _show(self, ahead: LookAhead) -> None:
        self.ahead = ahead
        self.after_upgrade.setEnabled(True)
        clear(self._parts)
        self._heading.setText(ahead.frame.heading)
        put(
            self._parts,
            _card("Assumed", ahead.frame.assumed),
            self._contacts(ahead),
            self._on(ahead),
            _card("Ends by then", ahead.frame.ended, "Nothing that is recorded as on or planned."),
            _card("Not known", ahead.frame.unknown),
            self._projects(ahead),
            self._waiting(ahead),
        )
        self.forget_typing()
        self.grow()

    def _contacts(self, ahead: LookAhead) -> Card:
        card = Card("Contact details")
        for view in ahead.copies:
            if not view.environment.refreshable:
                continue
            badge = Badge(view.posture.badge, contacts_role(view.posture.may_be_real))
            card.add(Flow(label_line(view.environment.name), badge), view.posture.sentence)
        return card

    def _on(self, ahead: LookAhead) -> Card:
        card = Card("On that day")
        for key, names in ahead.on.items():
            where = self.shell.policy.environment[key].name
            still = ", ".join(names) or "nothing that is recorded as on now"
            card.add(f"{where}: {still}.")
            if unknown := ahead.unknown[key]:
                card.add(
                    label(f"{plural(len(unknown), 'feature')} of {where} not known: {', '.join(unknown)}.", "muted")
                )
        card.add(*(f"By plan: {sentence}" for sentence in ahead.needs))
        window = ahead.next_upgrade
        card.add(label(f"Next upgrade then: {window.in_words}", "muted"))
        if window.confirm_date:
            card.add(Flow(Badge("Confirm the date", "caution")))
        return card

    def _projects(self, ahead: LookAhead) -> Card:
        card = Card("Projects")
        for item in ahead.projects:
            clashes: list[QWidget] = [Banner(clash.text, clash.urgency) for clash in item.clashes]
            card.add(label(_line(item), "strong"), *(clashes or [label("Nothing stands in its way.", "muted")]))
        if ahead.more_projects:
            card.add(label(f"And {ahead.more_projects} more: see Projects.", "muted"))
        if not ahead.projects:
            card.add(label("No project is planned.", "muted"))
        return card

    @staticmethod
    def _waiting(ahead: LookAhead) -> Card:
        said: list[QWidget] = [Banner(item.text, item.urgency) for item in ahead.waiting]
        return Card("Would wait for you", *(said or [label("Nothing, as far as we can tell.", "muted")]))


def _line(item: ProjectAhead) -> str:
    """ "Payroll pilot, planned: Tue 1 Dec to Fri 15 Jan, over by then"."""
    project = item.project
    days = f"{words.short_day(project.first_day)} to {words.short_day(project.last_day)}"
    return f"{project.name}, {STATE_NAMES[project.state].lower()}: {days}{', over by then' if item.is_over else ''}"


def _card(title: str, sentences: Iterable[str], nothing: str = "") -> Card:
    said = [label(words.breakable(sentence)) for sentence in sentences]
    return Card(title, *(said or [label(nothing, "muted")]))
