"""The rows of requests and of their messages, read and written in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import LONGEST_PAUSE, OPEN_STATES, Outgoing
from penelope_admin.domain.requests import Remark, Request, Status, Step, check_step, doubt
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.invocation import command
from penelope_admin.services.agency import find_in
from penelope_admin.services.work import Context, changed_meanwhile
from penelope_admin.store import schema
from penelope_admin.topics import Topic

CHANGED: frozenset[Topic] = frozenset({"requests"})
"""What every deed on a request or its messages changes."""

_OPEN_MESSAGE = schema.outgoing_message.c.state.in_(OPEN_STATES)


def read_requests(connection: sa.Connection, key: int | None = None) -> list[Request]:
    """Every request (or one) with its steps and remarks, oldest first."""
    table, feature = schema.request, schema.request_feature
    steps, remarks = schema.request_step, schema.request_remark
    query = sa.select(table).order_by(table.c.id)
    if key is not None:
        query = query.where(table.c.id == key)

    def parts(part: sa.Table, order: sa.Column[Any]) -> dict[int, list[Any]]:
        rows = sa.select(part).order_by(order)
        found: dict[int, list[Any]] = {}
        for row in connection.execute(rows if key is None else rows.where(part.c.request_id == key)):
            found.setdefault(row.request_id, []).append(row)
        return found

    features, taken, noted = parts(feature, feature.c.feature), parts(steps, steps.c.id), parts(remarks, remarks.c.id)
    return [
        _request(row, features.get(row.id, ()), taken.get(row.id, ()), noted.get(row.id, ()))
        for row in connection.execute(query)
    ]


def _request(row: sa.Row[Any], features: Iterable[Any], steps: Iterable[Any], remarks: Iterable[Any]) -> Request:
    facts: dict[str, Any] = dict(row._mapping)
    characteristics = facts.pop("characteristics")
    return Request(
        **facts,
        characteristics=tuple(characteristics.split(",")) if characteristics else (),
        features=tuple(part.feature for part in features),
        steps=tuple(Step(step.at, step.status, step.by, step.remark) for step in steps),
        remarks=tuple(Remark(remark.at, remark.by, remark.text) for remark in remarks),
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """A local day on which a refresh was due that was moved or cancelled; nobody knows whether it was made then."""

    request_id: int
    environment: str
    day: date


def read_doubts(connection: sa.Connection) -> list[Doubt]:
    """Every day of which nobody knows whether a refresh was made then, the earliest first."""
    table, request = schema.refresh_doubt, schema.request
    query = sa.select(table.c.request_id, request.c.environment, table.c.day)
    rows = connection.execute(query.join(request, request.c.id == table.c.request_id).order_by(table.c.day))
    return [Doubt(row.request_id, row.environment or "", row.day) for row in rows]


def need_request(connection: sa.Connection, key: int, version: int | None = None) -> Request:
    """One request.

    Args:
        version: of the request that was looked at, if that matters.

    Raises:
        BadInputError: there is no such request.
        ConflictError: it is not the one that was looked at any more.
    """
    found = read_requests(connection, key)
    if not found:
        raise BadInputError(f"There is no request {key}. Nothing was changed. See: {command('requests list')}")
    if version is not None and version != found[0].version:
        raise changed_meanwhile("request")
    return found[0]


def change_request(connection: sa.Connection, before: Request, **values: Any) -> None:
    """Write some columns of a request that was read in this transaction."""
    where = schema.request.c.id == before.id
    connection.execute(sa.update(schema.request).where(where).values(version=before.version + 1, **values))


def add_step(
    context: Context,
    connection: sa.Connection,
    key: int,
    status: Status,
    remark: str = "",
    at: datetime | None = None,
) -> None:
    """Note that a request took a step, now or at an earlier instant."""
    connection.execute(
        sa.insert(schema.request_step).values(
            request_id=key, at=at or context.now(), status=status, by=context.actor, remark=remark
        )
    )


def step_by_outbox(context: Context, connection: sa.Connection, request: Request, to: Status) -> None:
    """A step that the outbox takes for a request.

    What Support may have does not become a draft again by itself: it stays where it is until a person says whether it
    arrived.

    Raises:
        ConflictError: the request's path has no such step from here.
    """
    check_step(request, to, by_outbox=True)
    if to == "drafted" and doubt(request):
        return
    change_request(connection, request, status=to)
    add_step(context, connection, request.id, to)


def note_doubt(context: Context, connection: sa.Connection, key: int, why: str) -> bool:
    """Note on the path of a request in the outbox that Support may have it, and why; False if that is known already."""
    request = need_request(connection, key)
    if request.status != "queued" or doubt(request):
        return False
    change_request(connection, request)
    add_step(context, connection, key, "queued", why)
    return True


def hold_draft(context: Context, connection: sa.Connection, key: int, why: str) -> None:
    """Make a draft that may have been sent what a message in doubt is: a person says whether Support has it."""
    change_request(connection, need_request(connection, key), status="queued")
    for remark in ("", why):  # the second step is the doubt
        add_step(context, connection, key, "queued", remark)


def read_outgoing(connection: sa.Connection, where: sa.ColumnElement[bool] | None = None) -> list[Outgoing]:
    """The messages of the outbox, oldest first, without what is in them."""
    table = schema.outgoing_message
    columns = [table.c[name] for name in Outgoing.__dataclass_fields__]
    query = sa.select(*columns).order_by(table.c.id)
    rows = connection.execute(query if where is None else query.where(where))
    return [Outgoing(**row._mapping) for row in rows]


def take_back_message(context: Context, connection: sa.Connection, request: Request) -> Outgoing | None:
    """Take a request's waiting message out of the outbox; None when there is none.

    Raises:
        ConflictError: it is being sent at this moment.
    """
    table = schema.outgoing_message
    found = read_outgoing(connection, (table.c.request_id == request.id) & _OPEN_MESSAGE)
    if not found:
        return None
    message = found[0]
    if message.state == "sending":
        raise ConflictError(
            f"{request.reference} is being sent at this moment. Nothing was changed. Wait until that has ended."
        )
    connection.execute(
        sa.update(table).where(table.c.id == message.id).values(state="cancelled", problem="", ended_at=context.now())
    )
    return message


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A case number seen in the watched folder, that nobody took or dismissed yet. `found_at` in UTC."""

    id: int
    request_id: int
    case_number: str
    sender: str
    found_at: datetime
    from_support: bool

    @property
    def doubt(self) -> str:
        """What to say of the sender; nothing when it is Support."""
        return sender_doubt(self.sender, self.from_support)


def read_waiting(connection: sa.Connection, profile: Profile) -> list[FoundNumber]:
    """The case numbers that were found and that nobody took or dismissed yet, oldest first."""
    table = schema.reply_offer
    rows = connection.execute(sa.select(table).where(table.c.state == "open").order_by(table.c.id))
    return [
        FoundNumber(
            row.id, row.request_id, row.case_number, row.sender, row.found_at, is_from_support(profile, row.sender)
        )
        for row in rows
    ]


def is_from_support(profile: Profile, sender: str) -> bool:
    """Whether an address is of the domain at which the agency writes to Support; False when that is not known."""
    domain = profile.support_address.rpartition("@")[2].casefold()
    theirs = sender.rpartition("@")[2].casefold()
    return bool(domain) and (theirs == domain or theirs.endswith(f".{domain}"))


def sender_doubt(sender: str, from_support: bool) -> str:
    """A sentence about the sender of a reply; empty when it is Support."""
    if from_support:
        return ""
    if not sender:
        return "Who sent it is not known: the text has no sender."
    return f"It does not come from Support's address ({sender}). Look twice."


def lacks_number(request: Request) -> bool:
    """Whether a reply of Support's with a case number is still to come, or would show that a request arrived."""
    return request.case_number is None and (request.status in ("sent", "answered") or bool(doubt(request)))


def due(context: Context, now: bool) -> sa.ColumnElement[bool]:
    """The messages that are to be tried: all that wait, or those that wait no longer than their pause."""
    table = schema.outgoing_message
    waits = table.c.state == "waiting"
    if now:
        return waits
    # Further ahead than any pause: somebody's clock was wrong.
    late = table.c.next_attempt_at > context.now() + LONGEST_PAUSE
    return waits & ((table.c.next_attempt_at <= context.now()) | late)


def has_mail(context: Context, now: bool) -> bool:
    """Whether a round of sending has anything to do: a message is due, or a claim may have to be freed.

    Cheap, and it loads nothing that has to do with mail: asked every few seconds.
    """
    table = schema.outgoing_message
    with context.store.reading() as connection:
        wanted = sa.select(table.c.id).where(due(context, now) | (table.c.state == "sending"))
        return connection.execute(wanted.limit(1)).first() is not None


def awaits_replies(context: Context) -> bool:
    """Whether a folder is watched and a request lacks its case number; as cheap as `has_mail`."""
    with context.store.reading() as connection:
        profile = find_in(context.policy, connection)
        watched = profile is not None and profile.imap is not None
        return watched and any(map(lacks_number, read_requests(connection)))
