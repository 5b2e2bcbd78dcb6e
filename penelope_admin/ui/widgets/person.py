"""The name of whoever uses the program here: asked for once, kept on this computer, shown in reports."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from penelope_admin.gateways.settings import MAX_NAME
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import labelled, stacked

NAME = "Your name (optional)"


class PersonField(QWidget):
    """Nothing has to be typed: the account stands in reports in any case."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.line = QLineEdit(shell.settings.person)
        self.line.setMaxLength(MAX_NAME)
        hint = f"Shown in reports beside your account, {shell.app.actor}. Kept on this computer only."
        stacked(*labelled(NAME, self.line, hint), within=self, gap="xxs")

    def keep(self) -> str:
        """Keep what is typed for the next time; gives it back. Nobody else is concerned."""
        if (name := self.line.text().strip()) != self._shell.settings.person:
            self._shell.remember(person=name)
        return name
