"""How requests are sent, and the agency's mail servers: fields for Settings. Passwords go to the keyring alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from penelope_admin.domain.delivery import SECURITY_NAMES, VIA_NAMES
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from penelope_admin.services.agency import Profile
    from penelope_admin.services.mailbox import Kind

_LAST_PORT = 65535


class ServerFields(QWidget):
    """Host, port, encryption and user of one server."""

    edited = Signal()

    def __init__(self, kind: Kind, profile: Profile) -> None:
        super().__init__()
        self._kind = kind
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.current().space("s"))
        grid.setColumnStretch(1, 1)
        self.host = QLineEdit(getattr(profile, f"{kind}_host"))
        self.host.setPlaceholderText("mail.example.org")
        self.port = QSpinBox()
        self.port.setRange(1, _LAST_PORT)
        self.port.setValue(getattr(profile, f"{kind}_port"))
        self.security = QComboBox()
        for key, name in SECURITY_NAMES.items():
            self.security.addItem(name, key)
        self.security.setCurrentIndex(self.security.findData(getattr(profile, f"{kind}_security")))
        self.user = QLineEdit(getattr(profile, f"{kind}_user"))
        self.folder = QLineEdit(profile.imap_folder)
        fields: list[tuple[str, QWidget]] = [
            ("Server", self.host),
            ("Port", self.port),
            ("Encryption", self.security),
            ("User", self.user),
        ]
        if kind == "imap":
            fields.append(("Folder", self.folder))
        purpose = "sending" if kind == "smtp" else "replies"
        for row, (name, field) in enumerate(fields):
            field.setAccessibleName(f"{name} for {purpose}")
            if isinstance(field, QSpinBox):
                field.lineEdit().setAccessibleName(field.accessibleName())
            title = label(name)
            title.setBuddy(field)
            grid.addWidget(title, row, 0)
            grid.addWidget(field, row, 1)
        for line in (self.host, self.user, self.folder):
            line.textChanged.connect(self.edited)
        self.port.valueChanged.connect(self.edited)
        self.security.currentIndexChanged.connect(self.edited)

    def facts(self) -> dict[str, object]:
        """What is filled in, by the profile's names."""
        found: dict[str, object] = {
            f"{self._kind}_host": self.host.text(),
            f"{self._kind}_port": self.port.value(),
            f"{self._kind}_security": self.security.currentData(),
            f"{self._kind}_user": self.user.text(),
        }
        if self._kind == "imap":
            found["imap_folder"] = self.folder.text()
        return found


class MailForm(QWidget):
    """The usual way, the server for sending, and the folder that is watched for replies."""

    edited = Signal()

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().space("xs"))
        self.delivery = QComboBox()
        for key, name in VIA_NAMES.items():
            self.delivery.addItem(name, key)
        self.delivery.setCurrentIndex(self.delivery.findData(profile.delivery))
        self.delivery.setAccessibleName("How requests are usually sent")
        self.delivery.currentIndexChanged.connect(self.edited)
        self.smtp, self.imap = ServerFields("smtp", profile), ServerFields("imap", profile)
        self.smtp.edited.connect(self.edited)
        self.imap.edited.connect(self.edited)
        self.smtp_deeds, self.imap_deeds = Flow(), Flow()
        column.addWidget(label("How requests are usually sent", "strong"))
        column.addLayout(Flow(self.delivery))
        column.addWidget(label("Your mail server, for sending", "strong"))
        column.addWidget(
            label(
                "May be left empty. It is used encrypted or not at all. Leave the user empty if it asks for none.",
                "caption",
            )
        )
        column.addWidget(self.smtp)
        column.addLayout(self.smtp_deeds)
        column.addWidget(label("A mail folder to watch for Support's replies", "strong"))
        column.addWidget(
            label(
                "May be left empty. It is only read, and only while a request waits for its case number; what is found "
                "is offered on Requests.",
                "caption",
            )
        )
        column.addWidget(self.imap)
        column.addLayout(self.imap_deeds)

    def profile(self) -> Profile:
        """What is filled in; the service checks it."""
        facts = {"delivery": self.delivery.currentData(), **self.smtp.facts(), **self.imap.facts()}
        return msgspec.structs.replace(self._profile, **facts)
