"""The sheet that puts a mail server's password into the system's keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from penelope_admin import services
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import MailServer
    from penelope_admin.services.mailbox import Kind


class PasswordSheet(Sheet):
    """One field; what is typed leaves it for the keyring and nowhere else."""

    help_topic = "settings"

    def __init__(self, desk: Desk, kind: Kind, server: MailServer, *, known: bool) -> None:
        super().__init__(desk, f"Password for {server.host}", "Put it into the keyring")
        self._kind: Kind = kind
        self.add(
            label(
                f"It is kept in this computer's keyring for {server.user} at {server.host} alone: not in the database, "
                "not in a backup, not in the log."
            )
        )
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.textChanged.connect(self._judge)
        self.field("Password", self.password)
        if known:
            self.add_button(button("Forget the password", self.forget))
        self._judge()
        self.password.setFocus()

    def _judge(self) -> None:
        if self.deed is not None:
            self.deed.setEnabled(bool(self.password.text()))

    def forget(self) -> None:
        """Take it out of the keyring."""
        self._keep(None)

    def submit(self) -> None:
        """Keep it."""
        self._keep(self.password.text())

    def _keep(self, password: str | None) -> None:
        self.set_working(True)
        kind = self._kind
        self.desk.operations.run(
            lambda context: services.mailbox.keep_password(context, kind, password),
            lambda _: self._kept(),
            self.fail,
            "Asking the keyring",
        )

    def _kept(self) -> None:
        self.accept()
        self.desk.said.emit("The keyring is up to date.")
