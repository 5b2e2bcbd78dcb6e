"""Turns a letter into what mail programs take: a draft file or a mailto link."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import quote

from penelope_admin.domain.requests import Letter
from penelope_admin.domain.text import clean_address, clean_line

MAILTO_LIMIT = 1900
"""Longer links are cut by some mail programs and systems."""


class _Subject(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """Encodes the whole line or none of it: encoded word by word, it loses spaces on some versions of Python."""

    def fold(self, *, policy: Policy) -> str:
        """The header as it stands in the file."""
        text = Header(str(self), None if self.isascii() else "utf-8", header_name=self.name)
        return f"{self.name}: {text.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
_FORMAT = SMTP.clone(header_factory=_HEADERS)


def draft(letter: Letter, now: datetime) -> bytes:
    """The letter as an `.eml` file that mail programs open as an unsent draft.

    The header fields are checked again here, whatever was checked before; the body cannot reach them.

    Raises:
        BadInputError: a header field holds a line break or a control character, or an address is none.
    """
    message = EmailMessage(policy=_FORMAT)
    if letter.sender:
        message["From"] = clean_address(letter.sender, "The agency's address")
    if letter.to:
        message["To"] = clean_address(letter.to, "Support's address")
    message["Subject"] = clean_line(letter.subject, "The subject", limit=1000)
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"  # Outlook and Thunderbird open such a file for sending
    message.set_content(letter.body)
    return message.as_bytes()


def mailto(letter: Letter) -> str | None:
    """The letter as a link for the default mail program; None when it is too long for a link."""
    to = clean_address(letter.to, "Support's address")
    subject = clean_line(letter.subject, "The subject", limit=1000)
    body = letter.body.replace("\n", "\r\n")
    link = f"mailto:{quote(to, safe='@')}?subject={quote(subject, safe='')}&body={quote(body, safe='')}"
    return link if len(link) <= MAILTO_LIMIT else None
