"""What the person wants to be reminded of, and whether the program goes on in the tray for it; kept at once."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from penelope_admin.domain.reminders import DAYS_BEFORE, KINDS, MOST_DAYS
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import autostart
from penelope_admin.gateways.status_page import check_address
from penelope_admin.invocation import background_command
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.tray import Tray
from penelope_admin.ui.widgets.basics import Card, Result, Tick, label, labelled
from penelope_admin.ui.widgets.fields import text_line

if TYPE_CHECKING:
    from penelope_admin.app import App

MOST_NUMBERS = 5
_DAYS = re.compile(r"\s*[,; ]\s*")


class ReminderForm(Card):
    """Ticks and one field; each change is kept on this computer alone."""

    def __init__(self, shell: Shell, result: Result) -> None:
        super().__init__("Reminders")
        self._shell, self._result = shell, result
        settings = shell.settings
        self.kinds = {
            kind: Tick(words, kind not in settings.silent_reminders, self._keep_kinds) for kind, words in KINDS.items()
        }
        self.days = QLineEdit(", ".join(map(str, self._days_before)))
        self.tray = Tick("Keep running in the tray when the window is closed", settings.stays_in_tray)
        self.tray.setEnabled(Tray.is_there() and not shell.app.is_training)
        self.tray.toggled.connect(lambda on: shell.remember(stays_in_tray=on))
        where = "in the tray" if Tray.is_there() else "minimized"
        self.start = Tick(f"Start with the computer, {where}", autostart.is_on())
        self.start.setEnabled(not shell.app.is_training)
        self.start.toggled.connect(self._start_or_not)
        self.page = text_line(settings.status_page, "https://status.example.com", "The vendor's status page")
        address = label("The vendor's status page (optional)", "strong")
        address.setBuddy(self.page)
        for field in (self.days, self.page):
            field.editingFinished.connect(partial(self._keep_fields, field))
        self.add(
            "You are told of each once, by the system's notifications or in the window, while the program runs.",
            *self.kinds.values(),
            *labelled("Days before an upgrade", self.days),
            self.tray,
            self.start,
            label(self._about_the_tray(), "caption"),
            address,
            self.page,
            label(
                "With its address, it is checked every 15 minutes, and you are told what it announces. "
                "Without one, nothing is fetched.",
                "caption",
            ),
        )

    def _about_the_tray(self) -> str:
        if self._shell.app.is_training:
            return "Practice sends no reminders: Overview lists what waits."
        if not Tray.is_there():
            return "This system has no tray: reminders show in the window, while it is open."
        return "Quit, in the File menu or the tray's, ends the program; you are told nothing until it runs again."

    def _keep_kinds(self) -> None:
        self._shell.remember(silent_reminders=tuple(kind for kind, tick in self.kinds.items() if not tick.isChecked()))

    def _keep_fields(self, entered: QLineEdit) -> None:
        """Keep what can be kept, and say of all fields at once what cannot; Enter leads to the first of those."""
        said = {self.days: self._keep_days(), self.page: self._keep_page()}
        wrong = {field: why for field, why in said.items() if why}
        if not wrong:
            self._result.quiet()
            return
        self._result.notify(" ".join(wrong.values()), "danger")
        if entered.hasFocus():  # who left it by another way is where they want to be
            next(iter(wrong)).setFocus()

    def _keep_days(self) -> str:
        """Keep the days before; why not, where they cannot be."""
        words = [word for word in _DAYS.split(self.days.text().strip()) if word]
        numbers = [int(word) for word in words if word.isascii() and word.isdigit() and 0 < int(word) <= MOST_DAYS]
        if len(numbers) != len(words) or len(numbers) > MOST_NUMBERS:
            many = f"Name at most {MOST_NUMBERS} days, each from 1 to {MOST_DAYS}, as in “7, 1”."
            return f"{many} The days were not changed."
        days = tuple(sorted(set(numbers), reverse=True))
        if days != self._days_before:
            self._shell.remember(reminder_days=days)
        return ""

    @property
    def _days_before(self) -> tuple[int, ...]:
        days = self._shell.settings.reminder_days
        return DAYS_BEFORE if days is None else days

    def _keep_page(self) -> str:
        """Keep the address of the status page; why not, where it is none."""
        try:
            address = check_address(self.page.text())
        except BadInputError as error:
            return str(error)
        if address != self._shell.settings.status_page:
            self._shell.remember(status_page=address)
            self._shell.status_page_changed.emit()
        return ""

    def _start_or_not(self, on: bool) -> None:
        def failed(error: Exception) -> None:
            self.start.box.blockSignals(True)
            self.start.setChecked(not on)
            self.start.box.blockSignals(False)
            self._result.fail(error)

        def change(app: App) -> None:
            if on:
                autostart.turn_on(background_command(app.home))
            else:
                autostart.turn_off()

        self._shell.operations.run_with_app(change, lambda _: self._result.quiet(), failed, "Changing it")
