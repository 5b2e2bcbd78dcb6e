"""The mail of training: letters stay in the practice folder, passwords in memory, and no server is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from penelope_admin.domain.replies import Mark
from penelope_admin.domain.text import clean_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from penelope_admin.domain.delivery import Access, MailServer
    from penelope_admin.mail.line import CancelToken
    from penelope_admin.policy import MailKind

_PASSWORD = "practice"  # noqa: S105 - opens nothing: there is no server


@dataclass
class TrainingPost:
    """Takes what is sent, and brings what the vendor answered.

    The simulated vendor finds what was sent in the practice database, whatever way it took: see `world`.

    Attributes:
        answers: gives the messages that came on or after a day with their numbers, oldest first.
    """

    answers: Callable[[date], list[tuple[int, bytes]]]
    _passwords: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def find_password(self, kind: MailKind, server: MailServer) -> str | None:
        """The one kept in this run; another one until one is, so that practice needs no set-up."""
        return self._passwords.get((kind, server.host), _PASSWORD)

    def keep_password(self, kind: MailKind, server: MailServer, password: str | None) -> None:
        """In memory alone."""
        self._passwords[kind, server.host] = password

    def new_message_id(self, sender: str, about: str) -> str:
        """Always the same for the same message, so that the same actions give the same log."""
        domain = clean_address(sender, "The agency's address").rpartition("@")[2]
        return f"<{sha256(about.encode()).hexdigest()[:32]}@{domain}>"

    def send(
        self, access: Access, sender: str, recipients: Sequence[str], message: bytes, stop: CancelToken
    ) -> tuple[tuple[str, str], ...]:
        """It is taken at once."""
        return ()

    def check_sending(self, access: Access, stop: CancelToken) -> None:
        """There is nothing that could go wrong."""

    def new_messages(
        self, access: Access, folder: str, mark: Mark, since: date, stop: CancelToken
    ) -> tuple[list[bytes], Mark]:
        """What the vendor answered since the last look."""
        fresh = [(number, message) for number, message in self.answers(since) if number > mark.last]
        return [message for _, message in fresh], Mark(1, max([mark.last, *(number for number, _ in fresh)]))

    def check_replies(self, access: Access, folder: str, stop: CancelToken) -> None:
        """There is nothing that could go wrong."""
