"""What use cases of requests do with their rows: find one, change it, note a step or a doubt; and fill the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from penelope_admin.domain.delivery import OPEN_STATES, Outgoing
from penelope_admin.domain.letters import Letter
from penelope_admin.domain.requests import Request, Status, check_step, doubt
from penelope_admin.errors import BadInputError, ConflictError, RefusedError, check_version
from penelope_admin.invocation import way
from penelope_admin.mail import messages
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows
from penelope_admin.store.rows import requests as request_rows


def need(work: Work, key: int, version: int | None = None) -> Request:
    """One request, as it is stored now.

    Args:
        version: of the request that was looked at, if that matters.

    Raises:
        BadInputError: there is no such request.
        ConflictError: it is not the one that was looked at any more.
    """
    request = next(iter(request_rows.read(work.connection, key)), None)
    if request is None:
        raise BadInputError(f"There is no request {key}. Nothing was changed. See: {way('requests list', 'Requests')}")
    check_version(version, request.version, "request")
    return request


def change(work: Work, before: Request, **values: Any) -> None:
    """Write some columns of a request that was read in this transaction."""
    request_rows.update(work.connection, before, **values)
    work.changed("requests")


def add_step(work: Work, key: int, status: Status, remark: str = "", at: datetime | None = None) -> None:
    """Note that a request took a step, now or at an earlier instant.

    Raises:
        RefusedError: this is a planning copy, and the step is one towards Support.
    """
    if status not in ("drafted", "cancelled"):
        work.refuse_in_planning_copy()
    request_rows.add_step(work.connection, key, status, at or work.now, work.actor, remark)
    work.changed("requests")


def step_by_outbox(work: Work, request: Request, to: Status) -> None:
    """A step that the outbox takes for a request.

    What Support may have does not become a draft again by itself: it stays where it is until a person says whether it
    arrived.

    Raises:
        ConflictError: the request's path has no such step from here.
    """
    check_step(request, to, by_outbox=True)
    if to == "drafted" and doubt(request):
        return
    change(work, request, status=to)
    add_step(work, request.id, to)


def note_doubt(work: Work, key: int, why: str) -> bool:
    """Note on the path of a request in the outbox that Support may have it, and why; False if that is known already."""
    request = need(work, key)
    if request.status != "queued" or doubt(request):
        return False
    change(work, request)
    add_step(work, key, "queued", why)
    return True


def hold_draft(work: Work, key: int, why: str) -> None:
    """Make a draft that may have been sent what a message in doubt is: a person says whether Support has it."""
    change(work, need(work, key), status="queued")
    for remark in ("", why):  # the second step is the doubt
        add_step(work, key, "queued", remark)


def take_back_message(work: Work, request: Request) -> None:
    """Take a request's waiting message out of the outbox, if there is one.

    Raises:
        ConflictError: it is being sent at this moment.
    """
    for message in outbox_rows.read(work.connection, request=request.id):
        if message.state in OPEN_STATES:
            cancel(work, message, request.reference)


def cancel(work: Work, message: Outgoing, what: str) -> None:
    """Take a message out of the outbox.

    Args:
        what: what it is, as a sentence begins with it.

    Raises:
        ConflictError: it is being sent at this moment, or does not wait any more.
    """
    if message.state == "sending":
        raise ConflictError(f"{what} is being sent at this moment. Nothing was changed. Wait until that has ended.")
    if message.state not in OPEN_STATES:
        raise ConflictError(f"Message {message.id} is {message.state}; it cannot be taken back. Nothing was changed.")
    outbox_rows.end(work.connection, message.id, "cancelled", work.now)
    outbox_rows.forget_content(work.connection, message.id)
    work.changed("requests")


def check_looked_at(warnings: Sequence[str], *, send_anyway: bool) -> None:
    """Refuse to let a text leave that seems to hold client data.

    Raises:
        RefusedError: it does, and nobody said to send it anyway.
    """
    if warnings and not send_anyway:
        raise RefusedError(
            f"Nothing was sent: the text may hold client data. {' '.join(warnings)} "
            "Take it out, or say that it is to be sent anyway."
        )


def queue(
    work: Work,
    letter: Letter,
    to: str,
    about: str,
    html: str = "",
    *,
    request_id: int | None = None,
    window_key: str | None = None,
) -> None:
    """Put a message into the outbox, as it will go over the line.

    Args:
        to: the addresses it goes to, with commas between.
        about: names it among the messages of this agency, and no other.
        html: the same as HTML, beside the text.
        request_id, window_key: what it belongs to, one of them.

    Raises:
        BadInputError: a server or an address is missing.
    """
    if work.agency.smtp is None:
        raise BadInputError("No server for sending is set. Nothing was sent. Name it in Settings, or send another way.")
    message_id = work.post.new_message_id(letter.sender, about) if letter.sender else ""
    message = Outgoing(
        id=0, request_id=request_id, message_id=message_id, sender=letter.sender, recipient=to, state="waiting",
        attempts=0, next_attempt_at=work.now, problem="", created_at=work.now, window_key=window_key,
    )  # fmt: skip
    outbox_rows.insert(work.connection, message, messages.message(letter, work.now, message_id, html), work.actor)
    work.changed("requests")
