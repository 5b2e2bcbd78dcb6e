"""Help: a page for each page, and everything the vendor says with its source."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QShowEvent

from penelope_admin.policy import Policy
from penelope_admin.ui import theme
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.help_text import TOPICS, VENDOR, HelpText
from penelope_admin.ui.widgets.list_detail import ListDetail, parts_list
from penelope_admin.ui.widgets.page import Page

_ALL = (*TOPICS, (VENDOR, "What the vendor says"))


class HelpPage(Page):
    """One text at a time; F1 leads to the one of the page you are on."""

    name = "help"
    purpose = "How this program works, and what the vendor says about Penelope."

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.contents = parts_list("Topics", (title for _, title in _ALL))
        self.text = HelpText(shell.policy)
        self.panes = ListDetail(shell, "help", self.contents, self.text, "All topics", shares=(1, 3))
        self.contents.setCurrentRow(0)
        self.contents.currentRowChanged.connect(lambda: self._show_topic())
        self.contents.itemActivated.connect(lambda _: self._read())
        self.add_panes(self.panes)

    def showEvent(self, event: QShowEvent) -> None:
        """No topic is cut off, and none needs scrolling sideways."""
        super().showEvent(event)
        whole = self.contents.sizeHintForColumn(0) + theme.current().space("m")
        self.contents.setMinimumWidth(max(whole, self.contents.minimumWidth()))

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        words = "how to guide manual"
        return [PageAction(f"Help: {title}", partial(cls.show_subject, subject=key), words) for key, title in _ALL]

    def load(self) -> None:
        """Show the text; nothing has to be asked for."""
        self._show_topic()
        self.loaded.emit()

    def show_subject(self, subject: str) -> None:
        """Show the help of a page."""
        keys = [key for key, _ in _ALL]
        if subject in keys:
            self.contents.setCurrentRow(keys.index(subject))
            self.panes.open_detail()

    @property
    def topic(self) -> str:
        """The key of the text that is shown."""
        return _ALL[self.contents.currentRow()][0]

    def _read(self) -> None:
        """Enter on a topic leads into its text."""
        self.panes.open_detail()
        self.text.setFocus()

    def _show_topic(self) -> None:
        self.text.show_topic(self.topic)
