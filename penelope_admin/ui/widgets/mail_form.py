"""How requests are sent, and the agency's mail servers: fields for Settings. Passwords go to the keyring alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSpinBox, QWidget

from penelope_admin.domain.delivery import SECURITY_NAMES, VIA_NAMES, password_notice
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Result, button, label, put, show_text, stacked
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField, text_line
from penelope_admin.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from penelope_admin.domain.agency import Profile
    from penelope_admin.policy import Policy
    from penelope_admin.services.requests.mailbox import Kind

_LAST_PORT = 65535


class ServerFields(QWidget):
    """Host, port, encryption and user of one server; says at once what is known of passwords there.

    Attributes:
        notice: what is known, in words; hidden where nothing is.
    """

    edited = Signal()
    test_requested = Signal()
    password_entered = Signal(str)
    """To be kept in the keyring; empty to be forgotten."""

    def __init__(self, kind: Kind, profile: Profile, notice_of: Callable[[Kind, str], str]) -> None:
        """
        Args:
            notice_of: what is known of passwords at a server, by its name; empty for most.
        """
        super().__init__()
        self._kind = kind
        self._notice_of = notice_of
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.current().space("s"))
        grid.setColumnStretch(1, 1)
        server = profile.mail_server(kind)
        self.host = text_line(server.host, "mail.example.org")
        self.port = NumberField(1, _LAST_PORT)
        self.port.setValue(server.port)
        securities = ((name, key) for key, name in SECURITY_NAMES.items())
        self.security = ChoiceField(securities, server.security)
        self.user = QLineEdit(server.user)
        self.folder = QLineEdit(profile.imap_folder)
        fields: list[tuple[str, QWidget]] = [
            ("Server", self.host),
            ("Port", self.port),
            ("Encryption", self.security),
            ("User", self.user),
        ]
        if kind == "imap":
            fields.append(("Folder", self.folder))
        self.notice = label("", "dangerText")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep = button("Keep password", lambda: self.password_entered.emit(self.password.text()))
        self.forget = button("Forget password", lambda: self.password_entered.emit(""))
        self.test = button("Test the connection", self.test_requested.emit)
        self.result = Result()
        fields.append(("Password", self.password))
        purpose = "sending" if kind == "smtp" else "replies"
        for number, (name, field) in enumerate(fields):
            row = number if field is self.host else number + 1  # the notice has the row below the server's name
            field.setAccessibleName(f"{name} for {purpose}")
            if isinstance(field, QSpinBox):
                field.lineEdit().setAccessibleName(field.accessibleName())
            title = label(name)
            title.setBuddy(field)
            grid.addWidget(title, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.notice, 1, 1)
        below = stacked(Flow(self.keep, self.forget, self.test), self.result)
        grid.addLayout(below, len(fields) + 1, 1)
        self.password.textChanged.connect(self._update_enabled)
        self.host.textChanged.connect(self._show_notice)
        self._show_notice()
        for line in (self.host, self.user, self.folder):
            line.textChanged.connect(self.edited)
        self.port.valueChanged.connect(self.edited)
        self.security.currentIndexChanged.connect(self.edited)
        self.edited.connect(self.result.quiet)  # it told of what was filled in before
        self.edited.connect(self._update_enabled)
        self._kept: Profile | None = None
        self._update_enabled()

    def _show_notice(self) -> None:
        text = self._notice_of(self._kind, self.host.text())
        show_text(self.notice, text)
        self.host.setAccessibleDescription(text)

    def show_kept(self, profile: Profile) -> None:
        """Which server is kept, so that it can have a password and be tested."""
        self._kept = profile
        self._update_enabled()

    def _update_enabled(self) -> None:
        """Password and connection are those of the server that is kept: there are none while another is filled in."""
        kept, has_host = self._kept, bool(self.host.text())
        is_kept = kept is not None and msgspec.structs.replace(kept, **self.facts()) == kept
        has_user = is_kept and has_host and bool(self.user.text())
        self.password.setEnabled(has_user)
        self.password.setPlaceholderText(
            "Kept only in this computer's keyring" if has_user else "Save the server and its user first"
        )
        self.test.setEnabled(is_kept and has_host)
        self.forget.setEnabled(has_user)
        self.keep.setEnabled(has_user and bool(self.password.text()))

    def password_kept(self, kept: bool) -> None:
        """What was typed is in the keyring, and stays nowhere else."""
        self.test.setFocus()  # else it would go on to "Forget password", as "Keep password" is off now
        self.password.clear()
        self.result.notify(
            "The password is in this computer's keyring." if kept else "The password was removed from the keyring.",
            "positive",
        )

    def facts(self) -> dict[str, object]:
        """What is filled in, by the profile's names."""
        facts: dict[str, object] = {
            f"{self._kind}_host": self.host.text(),
            f"{self._kind}_port": self.port.value(),
            f"{self._kind}_security": self.security.currentData(),
            f"{self._kind}_user": self.user.text(),
        }
        if self._kind == "imap":
            facts["imap_folder"] = self.folder.text()
        return facts


class MailForm(QWidget):
    """The usual way, the server for sending, and the folder that is watched for replies."""

    edited = Signal()
    test_requested = Signal(str)
    """Of "smtp" or "imap"."""
    password_entered = Signal(str, str)
    """The same, and the password; empty to be forgotten."""

    def __init__(self, profile: Profile, policy: Policy, today: date) -> None:
        super().__init__()
        self._profile = profile
        column = stacked(within=self, gap="xs")
        ways = ((name, key) for key, name in VIA_NAMES.items())
        self.delivery = ChoiceField(ways, profile.delivery, "How requests are usually sent")
        self.delivery.currentIndexChanged.connect(self.edited)
        self.setFocusProxy(self.delivery)

        def notice_of(kind: Kind, host: str) -> str:
            return password_notice(policy, kind, host, today)

        self.smtp, self.imap = ServerFields("smtp", profile, notice_of), ServerFields("imap", profile, notice_of)
        self.use_mail_program = button("Use mail program", self._use_mail_program)
        self.smtp.host.textChanged.connect(self._offer)
        self.delivery.currentIndexChanged.connect(self._offer)
        self.fields: dict[Kind, ServerFields] = {"smtp": self.smtp, "imap": self.imap}
        for kind, fields in self.fields.items():
            fields.edited.connect(self.edited)
            fields.test_requested.connect(partial(self.test_requested.emit, kind))
            fields.password_entered.connect(partial(self.password_entered.emit, kind))
        put(
            column,
            label("How requests are usually sent", "strong"),
            Flow(self.delivery),
            label("Your mail server, for sending (optional)", "strong"),
            label("Always encrypted. Leave the user empty if the server asks for none.", "caption"),
            self.smtp,
            self.use_mail_program,
        )
        self._offer()
        put(
            column,
            label("A mail folder to watch for Support's replies (optional)", "strong"),
            label(
                "Always encrypted. It is only read, and only while a request waits for its case number. "
                "What is found is offered on Requests.",
                "caption",
            ),
            self.imap,
        )

    def _use_mail_program(self) -> None:
        self.delivery.setCurrentIndex(self.delivery.findData("mail-program"))
        self.delivery.setFocus()

    def _offer(self) -> None:
        """Offer the mail program while requests go by a server that accepts no passwords, or soon will not."""
        self.use_mail_program.setVisible(bool(self.smtp.notice.text()) and self.delivery.currentData() == "smtp")

    def show_kept(self, profile: Profile) -> None:
        """Which servers are kept, so that they can have a password and be tested."""
        self.smtp.show_kept(profile)
        self.imap.show_kept(profile)

    def rebase(self, profile: Profile) -> None:
        """Go on from what is kept now, without touching what is filled in."""
        self._profile = profile

    def entered(self) -> dict[str, object]:
        """What is filled in, by the names of the profile's facts."""
        return {"delivery": self.delivery.currentData(), **self.smtp.facts(), **self.imap.facts()}

    def profile(self) -> Profile:
        """The agency with what is filled in; the service checks it. What other forms set stays as it is."""
        return msgspec.structs.replace(self._profile, **self.entered())
