"""What is kept of Support's replies: case numbers that nobody took yet, and how far the mail folder was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A case number seen in the watched folder, that nobody took or dismissed yet. `found_at` in UTC."""

    id: int
    request_id: int
    case_number: str
    sender: str
    found_at: datetime
    from_support: bool | None = False

    @property
    def doubt(self) -> str:
        """What to say of the sender; nothing when it is Support."""
        return sender_doubt(self.sender, self.from_support)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mail folder was read.

    Attributes:
        validity: the folder's UIDVALIDITY; when it changes, the numbers mean other messages.
        last: the highest UID done with; 0 counts as no mark.
    """

    validity: int
    last: int


def is_from_support(support_address: str, sender: str) -> bool | None:
    """Whether an address is of the domain at which the agency writes to Support; None while that is not known."""
    if not support_address:
        return None
    domain = support_address.rpartition("@")[2].casefold()
    theirs = sender.rpartition("@")[2].casefold()
    # Behind a dot only: not-theirs.example is not of theirs.example.
    return bool(domain) and (theirs == domain or theirs.endswith(f".{domain}"))


def sender_doubt(sender: str, from_support: bool | None) -> str:
    """A sentence about the sender of a reply; empty when it is Support."""
    if from_support:
        return ""
    if not sender:
        return "Who sent it is not known: the text has no sender."
    if from_support is None:
        return f"Nobody knows whether {sender} is Support: Support's address is not in Settings yet."
    return f"It does not come from Support's address ({sender}). Look twice."
