"""How a request reaches Support: the ways there are, the mail servers, and when a failed attempt is repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from penelope_admin.policy import MailKind, Policy, SupportPackage

Via = Literal["smtp", "mail-program", "eml", "portal", "phone"]
VIA_NAMES: dict[Via, str] = {
    "smtp": "Our mail server",
    "mail-program": "The mail program on this computer",
    "eml": "An .eml draft file",
    "portal": "The Community portal",
    "phone": "Telephone",
}

PACKAGE_NAMES: dict[SupportPackage, str] = {
    "unknown": "Not known yet",
    "legacy": "A legacy package",
    "current": "A current package",
}
"""The support packages an agency can have; it decides about the telephone."""

Security = Literal["starttls", "tls"]
SECURITY_NAMES: dict[Security, str] = {"starttls": "STARTTLS", "tls": "TLS from the start"}

OutgoingState = Literal["waiting", "sending", "sent", "failed", "cancelled"]
OUTGOING_NAMES: dict[OutgoingState, str] = {
    "waiting": "Waiting",
    "sending": "Sending",
    "sent": "Sent",
    "failed": "Failed",
    "cancelled": "Taken back",
}

INSTEAD: dict[MailKind, str] = {
    "smtp": "You can send with your mail program instead.",
    "imap": "You can enter Support's replies on Requests instead: drop the mail there, or paste its text.",
}
"""What to do where a server accepts no passwords."""

WAITS_FOR_NETWORK = "It waits for the network."
"""Why a message waits on a computer whose system says that there is none: no trouble of anybody's."""

MAY_HAVE_ARRIVED = "It may have arrived. It is not sent again automatically."
"""Of a notice to the staff whose sending ended without an answer."""

OPEN_STATES: tuple[OutgoingState, ...] = ("waiting", "sending")

_FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server of the agency. Without `user` it is used without signing in."""

    host: str
    port: int
    security: Security
    user: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """A mail server and how it lets the agency in.

    Attributes:
        password: needed where the server has a user; shown nowhere.
        notice: what is known of passwords at this server, to be said when it does not let the user in.
    """

    server: MailServer
    password: str | None = field(default=None, repr=False)
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in the outbox: a request, or a notice to the staff about an upgrade window. Instants in UTC.

    Attributes:
        request_id: None for a notice to the staff.
        recipient: an address; of a notice to the staff, all of them, with commas between.
        message_id: the same for every attempt, so that a mail server knows a repeated message again.
        problem: why the last attempt failed, or whom a notice did not reach; empty when none did.
        window_key: the window's, of a notice to the staff.
    """

    id: int
    request_id: int | None
    message_id: str
    sender: str
    recipient: str
    state: OutgoingState
    attempts: int
    next_attempt_at: datetime
    problem: str
    created_at: datetime
    ended_at: datetime | None = None
    window_key: str | None = None

    @property
    def recipients(self) -> list[str]:
        """The addresses it goes to."""
        # A request goes to Support alone: whatever stands in its row, it stays one address.
        return self.recipient.split(", ") if self.window_key else [self.recipient]


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When to try again after so many attempts: a minute later, then two, four, ... two hours at most."""
    # Bounded before it is computed: a damaged row may count any number of attempts.
    pause = _FIRST_PAUSE * (1 << min(max(attempts, 1) - 1, 10))
    return now + min(pause, LONGEST_PAUSE)


def password_notice(policy: Policy, kind: MailKind, host: str, today: date) -> str:
    """That a server takes no ordinary passwords, or soon will not, and what to do instead; empty for all others."""
    for provider in policy.mail_providers:
        if kind in provider.kinds and provider.has_server(host):
            ends_later = provider.stops is not None and today < provider.stops
            said = provider.before if ends_later and provider.before else provider.after
            return f"{said} {INSTEAD[kind]}"
    return ""
