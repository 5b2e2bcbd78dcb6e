"""Turns a letter into what mail programs take: a draft file or a mailto link."""

from __future__ import annotations

from datetime import datetime
from email import policy as email_policy
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import quote

from penelope_admin.domain.requests import Letter
from penelope_admin.domain.text import clean_address, clean_line

MAILTO_LIMIT = 1900
"""Longer links are cut by some mail programs and systems."""


def draft(letter: Letter, now: datetime) -> bytes:
    """The letter as an `.eml` file that mail programs open as an unsent draft.

    The header fields are checked again here, whatever was checked before; the body cannot reach them.

    Raises:
        BadInputError: a header field holds a line break or a control character, or an address is none.
    """
    message = EmailMessage(policy=email_policy.SMTP)
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
