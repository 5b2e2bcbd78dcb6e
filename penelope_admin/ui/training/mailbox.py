"""Mailbox: what the agency sent in practice and what came back; a reply is taken over as in the real program."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from penelope_admin import services
from penelope_admin.domain.text import filled
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import dialogs
from penelope_admin.ui import format as words
from penelope_admin.ui.actions import PageAction
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import ButtonKind, Card, Facts, button, clear, label, put, scrolled, stacked
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.list_detail import ListDetail
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.rows_table import RowsTable

if TYPE_CHECKING:
    from penelope_admin.domain.vendor import Case, Mail, World
    from penelope_admin.policy import Policy

SIDE_BY_SIDE_FROM = 125
"""So many letters wide, a list with subjects has room beside a message."""
EMPTY = "No messages yet. What you send, and what Support answers, comes here."


class MailboxPage(Page):
    """Messages in a list, the newest first, and the chosen one beside it."""

    name = "mailbox"
    purpose = "What you sent in practice, and what came back. None of it left this computer."
    topics = EVERYTHING

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._newest = 0
        self._read: Mail | None = None
        self._cases: dict[str, Case] = {}
        self._support = ""
        columns: tuple[Column[Mail], ...] = (
            Column("When", self._when),
            Column("Who", self._who),
            Column("Subject", lambda mail: mail.subject),
        )
        self.table: RowsTable[Mail] = RowsTable(
            shell, "mailbox", "Messages", columns, lambda mail: mail.number, empty=EMPTY, most=None, stretch=2
        )
        self.table.setAccessibleName("Messages")
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # a subject ends with what tells it from others
        self._message = stacked()
        self.panes = ListDetail(
            shell, "mailbox", self.table, scrolled(self._message), "All messages",
            shares=(1, 1), side_by_side_from=SIDE_BY_SIDE_FROM,
        )  # fmt: skip
        shell.replaced.connect(self.panes.close_detail)
        self.table.chose.connect(self._show_chosen)
        self.table.opened.connect(self.panes.open_detail)
        self.add_panes(self.panes)

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        return [PageAction("Read the newest message", cls.read_newest, "mail reply answer support inbox")]

    def load(self) -> None:
        """Ask for the messages, as of now."""
        self.shell.operations.run(services.training.world.current, self._show, label="Opening the mailbox")

    def _show(self, world: World) -> None:
        newest_first = world.mails[::-1]
        self._cases = {case.number: case for case in world.cases}
        self._support = world.support_address
        self.table.show_rows(newest_first)
        newest = newest_first[0].number if newest_first else 0
        if newest != self._newest and not self.panes.detail_alone:
            self.table.choose(newest)
        self._newest = newest
        self.loaded.emit()

    def _when(self, mail: Mail) -> str:
        return words.stamp(mail.at, self.shell.zone, self.shell.app.clock.now())

    def _who(self, mail: Mail) -> str:
        if mail.sent:
            return f"To {self._name(mail.to)}"
        return self._name(mail.sender)

    def _name(self, other: str) -> str:
        name, address = parseaddr(other)
        if address == self._support:
            return "Support"
        if "@" not in other:
            return other
        return name or address.partition("@")[0].capitalize() or other

    def read_newest(self) -> None:
        """Open the newest message."""
        if self.table.choose(self._newest):
            self.panes.open_detail()

    def show_subject(self, subject: str) -> None:
        """Bring a message into view, by its number."""
        if subject.isdecimal() and self.table.choose(int(subject)):
            self.panes.open_detail()

    def _show_chosen(self) -> None:
        mail = self.table.chosen
        if mail == self._read:
            return
        self._read = mail
        clear(self._message)
        if mail is None:
            return
        facts = Facts(("From", mail.sender), ("To", mail.to), ("When", words.moment(mail.at, self.shell.zone)))
        if mail.case:
            facts.add("Case", mail.case)
        body = label(mail.body.rstrip("\n"), selectable=True)
        put(self._message, Card(mail.subject, facts, body, self._buttons_for(mail)), 1)

    def _buttons_for(self, mail: Mail) -> Flow | None:
        """What can be done with a message that came: what one would do with a real one."""
        if mail.sent or mail.sender != self._support:
            return None
        case = self._cases.get(mail.case or "")
        if case is None:
            return Flow(
                button("Read this notice …", lambda: self.read_notice(mail), "primary"),
                button("Record a notice …", self.record_notice),
            )
        enter = button("Enter this reply …", lambda: self.enter_reply(mail), "primary" if mail.automatic else "plain")
        if case.asked is None:
            return Flow(enter)
        reference = case.asked.reference
        number = reference.rpartition("-")[2]
        kind: ButtonKind = "plain" if mail.automatic else "primary"
        return Flow(button(f"Go to {reference}", lambda: self.shell.go.emit("requests", number), kind), enter)

    def enter_reply(self, mail: Mail) -> None:
        """Read a message as a reply of Support's, and offer what is found in it."""
        head = f"From: {mail.sender}\nTo: {mail.to}\nSubject: {mail.subject}\n"
        answers = filled("In-Reply-To: {}\n", mail.answers)
        self.shell.open_sheet(dialogs.reply.ReplySheet(self.shell, f"{head}{answers}\n{mail.body}"))

    def read_notice(self, mail: Mail) -> None:
        """Find the windows that a message announces."""
        self.shell.open_sheet(
            dialogs.incoming.IncomingSheet(self.shell, f"From: {mail.sender}\nSubject: {mail.subject}\n\n{mail.body}")
        )

    def record_notice(self) -> None:
        """Open the sheet in which a notice of the vendor's is recorded."""
        self.shell.open_sheet(dialogs.notice.NoticeSheet(self.shell, None))
