"""How mail leaves and comes and where its passwords are, in one object: training puts another in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from penelope_admin.domain.delivery import Access, MailServer
    from penelope_admin.domain.replies import Mark
    from penelope_admin.mail.line import CancelToken
    from penelope_admin.policy import MailKind


class Post(Protocol):
    """What services ask of the agency's mail servers and of the place where their passwords are."""

    def find_password(self, kind: MailKind, server: MailServer) -> str | None:
        """See `passwords.find`."""

    def keep_password(self, kind: MailKind, server: MailServer, password: str | None) -> None:
        """See `passwords.keep`; without a password, `passwords.forget`."""

    def new_message_id(self, sender: str, about: str) -> str:
        """A Message-ID nobody has used, in the sender's domain.

        Args:
            about: names the message among those of this agency, and no other.
        """

    def send(
        self, access: Access, sender: str, recipients: Sequence[str], message: bytes, stop: CancelToken
    ) -> tuple[tuple[str, str], ...]:
        """See `smtp.send`."""

    def check_sending(self, access: Access, stop: CancelToken) -> None:
        """See `smtp.check`."""

    def new_messages(
        self, access: Access, folder: str, mark: Mark, since: date, stop: CancelToken
    ) -> tuple[list[bytes], Mark]:
        """See `imap.new_messages`."""

    def check_replies(self, access: Access, folder: str, stop: CancelToken) -> None:
        """See `imap.check`."""


class NetworkPost:
    """The agency's own servers, and this computer's keyring. Each part loads when it is needed: most send nothing."""

    def find_password(self, kind: MailKind, server: MailServer) -> str | None:
        """From the keyring."""
        from penelope_admin.mail import passwords

        return passwords.find(kind, server)

    def keep_password(self, kind: MailKind, server: MailServer, password: str | None) -> None:
        """In the keyring, or out of it."""
        from penelope_admin.mail import passwords

        if password is None:
            passwords.forget(kind, server)
        else:
            passwords.keep(kind, server, password)

    def new_message_id(self, sender: str, about: str) -> str:
        """By chance: other computers of the team have the same agency."""
        from penelope_admin.mail import messages

        return messages.new_message_id(sender)

    def send(
        self, access: Access, sender: str, recipients: Sequence[str], message: bytes, stop: CancelToken
    ) -> tuple[tuple[str, str], ...]:
        """By SMTP."""
        from penelope_admin.mail import smtp

        return smtp.send(access, sender, recipients, message, stop)

    def check_sending(self, access: Access, stop: CancelToken) -> None:
        """By SMTP, without a message."""
        from penelope_admin.mail import smtp

        smtp.check(access, stop)

    def new_messages(
        self, access: Access, folder: str, mark: Mark, since: date, stop: CancelToken
    ) -> tuple[list[bytes], Mark]:
        """By IMAP."""
        from penelope_admin.mail import imap

        return imap.new_messages(access, folder, mark, since, stop)

    def check_replies(self, access: Access, folder: str, stop: CancelToken) -> None:
        """By IMAP, without reading a message."""
        from penelope_admin.mail import imap

        imap.check(access, folder, stop)


NETWORK: Post = NetworkPost()
"""What every agency uses; only training has another."""
