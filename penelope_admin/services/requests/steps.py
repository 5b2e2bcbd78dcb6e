"""What every use case of requests does with their rows: find one, change it, note a step or a doubt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from penelope_admin.domain.delivery import OPEN_STATES, Outgoing
from penelope_admin.domain.requests import Request, Status, check_step, doubt
from penelope_admin.errors import BadInputError, ConflictError, changed_meanwhile
from penelope_admin.invocation import way
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
    if version is not None and version != request.version:
        raise changed_meanwhile("request")
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


def take_back_message(work: Work, request: Request) -> Outgoing | None:
    """Take a request's waiting message out of the outbox; None when there is none.

    Raises:
        ConflictError: it is being sent at this moment.
    """
    messages = outbox_rows.read(work.connection, request=request.id)
    message = next((message for message in messages if message.state in OPEN_STATES), None)
    if message is None:
        return None
    if message.state == "sending":
        raise ConflictError(
            f"{request.reference} is being sent at this moment. Nothing was changed. Wait until that has ended."
        )
    outbox_rows.end(work.connection, message.id, "cancelled", work.now)
    work.changed("requests")
    return message
