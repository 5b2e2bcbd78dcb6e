"""Turns a letter into what mail programs take: a draft file or a mailto link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import quote
from uuid import uuid4

from penelope_admin.domain.letters import LONGEST_SUBJECT, Letter
from penelope_admin.domain.text import clean_address, clean_line
from penelope_admin.errors import BadInputError

MAILTO_LIMIT = 1900
"""Longer links are cut by some mail programs and systems."""


class _Subject(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """Encodes the whole line or none of it: encoded word by word, it loses spaces on some versions of Python."""

    def fold(self, *, policy: Policy) -> str:
        """The header as it stands in the file."""
        if self.isascii():  # in one line: folded before a long first word, it would begin with an empty one
            return f"{self.name}: {self}{policy.linesep}"
        text = Header(str(self), "utf-8", header_name=self.name)
        return f"{self.name}: {text.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
_FORMAT = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")


def draft(letter: Letter, now: datetime) -> bytes:
    """The letter as an `.eml` file that mail programs open as an unsent draft.

    Raises:
        BadInputError: as for `message`.
    """
    email = _compose(letter, now)
    email["X-Unsent"] = "1"  # Outlook and Thunderbird open such a file for sending
    return email.as_bytes()


def message(letter: Letter, now: datetime, message_id: str, html: str = "") -> bytes:
    """The letter as it goes over the line, in ASCII alone, so that every mail server takes it.

    The header fields are checked again here, whatever was checked before; the body cannot reach them.

    Args:
        html: the same as HTML, beside the text.

    Raises:
        BadInputError: a header field holds a line break or a control character, or an address is missing or none.
    """
    if not letter.to or not letter.sender:
        raise BadInputError(
            "A message needs Support's address and the agency's own. Nothing was sent. Fill them in, in Settings."
        )
    email = _compose(letter, now)
    email["Message-ID"] = message_id
    if html:
        email.add_alternative(html, subtype="html")
        email.set_boundary(f"=_{message_id.strip('<>').partition('@')[0]}")  # by chance it would differ in practice
    return email.as_bytes()


def read_message(content: bytes) -> Letter:
    """The letter of a message that `message` made, without its HTML."""
    email = message_from_bytes(content, policy=_FORMAT)
    text = email.get_body(("plain",))
    body = text.get_content().replace("\r\n", "\n") if text is not None else ""
    return Letter(str(email["To"]), str(email["Subject"]), body, str(email["From"]))


def new_message_id(sender: str) -> str:
    """A Message-ID nobody has used, in the sender's domain."""
    domain = clean_address(sender, "The agency's address").rpartition("@")[2]
    return f"<{uuid4().hex}@{domain}>"


def _compose(letter: Letter, now: datetime) -> EmailMessage:
    email = EmailMessage(policy=_FORMAT)
    if letter.sender:
        email["From"] = clean_address(letter.sender, "The agency's address")
    if letter.to:
        email["To"] = clean_address(letter.to, "Support's address")
    email["Subject"] = clean_line(letter.subject, "The subject", limit=LONGEST_SUBJECT)
    email["Date"] = format_datetime(now)
    email.set_content(letter.body)
    return email


def mailto(letter: Letter) -> str | None:
    """The letter as a link for the default mail program; None when it is too long for a link."""
    return _link([clean_address(letter.to, "Support's address")], letter.subject, letter.body)


def mailto_all(addresses: Sequence[str], subject: str, body: str) -> str | None:
    """A text to several people, as a link for the default mail program; None when it is too long for a link.

    Raises:
        BadInputError: one of the addresses is none, or the subject holds a line break.
    """
    return _link([clean_address(address, "An address") for address in addresses], subject, body)


def _link(to: Sequence[str], subject: str, body: str) -> str | None:
    line = clean_line(subject, "The subject", limit=LONGEST_SUBJECT)
    text = body.replace("\n", "\r\n")
    addresses = ",".join(quote(address, safe="@") for address in to)
    link = f"mailto:{addresses}?subject={quote(line, safe='')}&body={quote(text, safe='')}"
    return link if len(link) <= MAILTO_LIMIT else None
