"""Help beside what is being done: a panel at the right of the page, and a sheet over a sheet."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, in_a_row, label, stacked
from penelope_admin.ui.widgets.help_text import HelpText
from penelope_admin.ui.widgets.sheet import Sheet


class HelpPanel(QFrame):
    """The text that fits the page; Esc or its button closes it."""

    closed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        tokens = theme.current()
        self.setObjectName("card")
        self.text = HelpText(shell.policy)
        head = in_a_row((label("Help", "cardTitle"), 1), button("Close", self.closed.emit))
        stacked(head, (self.text, 1), within=self, edges="m")
        self.setFixedWidth(tokens.size("help"))
        self.hide()

    def show_topic(self, topic: str) -> None:
        """Show a text, and the panel if it was closed."""
        self.text.show_topic(topic)
        self.show()

    def follow(self, page: str) -> None:
        """Another page is shown: so is its text, while the panel is open."""
        if self.isVisible():
            self.text.show_topic(page)


class HelpSheet(Sheet):
    """Help over a sheet: what was filled in there stays."""

    def __init__(self, shell: Shell, topic: str) -> None:
        super().__init__(shell, "Help", wide=True)
        self.text = HelpText(shell.policy)
        self.text.show_topic(topic)
        self.add(self.text)
