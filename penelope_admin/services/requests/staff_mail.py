"""The notice to the staff by the agency's own mail server: looked at, put into the outbox, judged before it leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penelope_admin.domain.delivery import OPEN_STATES, Outgoing
from penelope_admin.domain.letters import Letter
from penelope_admin.errors import BadInputError, ConflictError, changed_meanwhile, needed
from penelope_admin.mail.messages import read_message
from penelope_admin.services.calendar import staff
from penelope_admin.services.calendar.windows import find_coming
from penelope_admin.services.requests import steps
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows

if TYPE_CHECKING:
    from penelope_admin.detect.texts import Hit


@dataclass(frozen=True, slots=True)
class StaffParcel:
    """What would leave.

    Attributes:
        letter: from the agency to itself: nobody sees who else has it.
        html: the same beside the text.
        to: the addresses that get it.
        hits: what in the letter looks like client data.
        warnings: the hits in sentences, without what was hit.
    """

    key: str
    letter: Letter
    html: str
    to: tuple[str, ...]
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]

    @property
    def outside(self) -> str:
        """Which addresses are not at the agency's own domain, in a sentence; empty if all are."""
        own = self.letter.sender.rpartition("@")[2].casefold()
        others = [address for address in self.to if address.rpartition("@")[2].casefold() != own]
        if not others:
            return ""
        who = f"Not at {own}: {', '.join(others)}" if len(others) < len(self.to) else f"None of them is at {own}"
        return f"{who}. Make sure that they are your agency's."


def find(work: Work, key: str) -> list[Outgoing]:
    """The notices about a window that were put into the outbox, the newest first."""
    return outbox_rows.read(work.connection, window=key)[::-1]


def parcel_for(work: Work, key: str, to: str) -> StaffParcel:
    """What would leave if the staff were told of a window now.

    Args:
        to: addresses, with commas, semicolons or blanks between them.

    Raises:
        BadInputError: the window is over, an address is none or missing, or there are too many.
    """
    from penelope_admin.detect import texts  # detection; a look into the outbox, and so every start, does without

    work.refuse_in_planning_copy()
    addresses, sender = staff.addresses_in(to), work.agency.own_address
    if not addresses:
        raise BadInputError("Name your staff's addresses, or that of a mailing list. Nothing was sent.")
    if not sender:
        raise BadInputError("The agency has no address of its own to send from. Nothing was sent. Add it in Settings.")
    window = needed(find_coming(work, key), "This window is over, or is not known any more. Nothing was sent.")
    letter = Letter(sender, staff.subject(work, window), staff.in_form(work, [window], "text"), sender)
    hits = work.find_hits(letter.whole_text)
    warnings = tuple(texts.in_words(letter.whole_text, hits))
    return StaffParcel(key, letter, staff.in_form(work, [window], "html"), addresses, hits, warnings)


def send(work: Work, parcel: StaffParcel, *, send_anyway: bool = False) -> None:
    """Put a notice into the outbox, as a person has looked at it.

    Args:
        send_anyway: they say that what seems to be client data is none.

    Raises:
        BadInputError: a server is missing, or as for `parcel_for`.
        ConflictError: it would be another now, or one about this window waits already.
        RefusedError: it seems to hold client data, or as for `parcel_for`.
    """
    if parcel_for(work, parcel.key, ",".join(parcel.to)) != parcel:
        raise changed_meanwhile("notice")
    steps.check_looked_at(parcel.warnings, send_anyway=send_anyway)
    notices = find(work, parcel.key)
    if notices and notices[0].state in OPEN_STATES:
        raise ConflictError("A notice about this window waits already. Nothing was sent. Cancel that first.")
    about = f"{parcel.key}/{len(notices) + 1}"
    steps.queue(work, parcel.letter, ", ".join(parcel.to), about, parcel.html, window_key=parcel.key)
    despite = [{"kind": hit.kind, "at": hit.start} for hit in parcel.hits]
    work.record("staff-notice.queued", parcel.key, after={"addresses": len(parcel.to), "sent_anyway_despite": despite})


def check_still_right(work: Work, message: Outgoing, content: bytes) -> None:
    """Refuse to let a notice leave that tells anything but what is known now.

    Raises:
        ConflictError: the window is over, moved, or more is known of it.
    """
    window = find_coming(work, message.window_key)
    if window is None:
        raise ConflictError("The window is over, or is not known any more.")
    if read_message(content).body != staff.in_form(work, [window], "text"):
        raise ConflictError("The window was moved, or more is known of it. Look at the notice as it is now.")


def tell(work: Work, message: Outgoing, became: str, **facts: object) -> None:
    """Log what became of a notice. To whom it went stands in the outbox alone: the log is never cleaned."""
    if "problem" in facts:
        anybody = "|".join(map(re.escape, message.recipients))
        facts["problem"] = re.sub(anybody, "an address", str(facts["problem"]))
    work.record(f"staff-notice.{became}", message.window_key or "", after={"message": message.id, **facts})
