"""Help: a page for each page, and everything the vendor says with its source."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QComboBox

from penelope_admin.policy import Policy
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.help_text import TOPICS, VENDOR, HelpText
from penelope_admin.ui.widgets.page import Page


class HelpPage(Page):
    """One text at a time; F1 leads to the one of the page you are on."""

    name = "help"
    title = "Help"
    purpose = "How this program works, and what the vendor says about Penelope."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.topic = QComboBox()
        self.topic.setAccessibleName("Topic")
        for key, title in (*TOPICS, (VENDOR, "What the vendor says")):
            self.topic.addItem(title, key)
        self.text = HelpText(desk.policy)
        self.topic.currentIndexChanged.connect(lambda: self._show_topic())
        self.add(self.topic)
        self.content.addWidget(self.text, 1)

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """Every topic."""
        topics = (*TOPICS, (VENDOR, "What the vendor says"))
        return [PageAction(f"Help: {title}", partial(_show_help, key), "how to guide manual") for key, title in topics]

    def load(self) -> None:
        """Show the text; nothing has to be asked for."""
        self._show_topic()
        self.loaded.emit()

    def show_subject(self, subject: str) -> None:
        """Show the help of a page."""
        index = self.topic.findData(subject)
        if index >= 0:
            self.topic.setCurrentIndex(index)

    def _show_topic(self) -> None:
        self.text.show_topic(self.topic.currentData())


def _show_help(topic: str, page: HelpPage) -> None:
    page.show_subject(topic)
