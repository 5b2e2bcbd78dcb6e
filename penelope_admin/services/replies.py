"""Support's replies: which case number they bring for which request, offered to a person and never taken silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.domain.delivery import password_notice
from penelope_admin.domain.requests import OPEN, Request, check_case_is_its_own, summary
from penelope_admin.domain.text import clean_case_number
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.mail import imap, passwords, reading
from penelope_admin.mail.line import Stop
from penelope_admin.mail.offers import Known, Offer, Reply, offer
from penelope_admin.services import agency as agencies
from penelope_admin.services.ledger import (
    CHANGED,
    change_request,
    is_from_support,
    lacks_number,
    need_request,
    read_outgoing,
    read_requests,
    sender_doubt,
)
from penelope_admin.services.requests import advance_in
from penelope_admin.services.work import Context, Done, local_today
from penelope_admin.store import schema

_LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Found:
    """What a reply says.

    Attributes:
        summaries: what each request that could be meant is about, by its number.
        from_support: it came from the domain the agency writes to Support at; False when that is not known.
    """

    offer: Offer
    sender: str
    from_support: bool
    summaries: dict[int, str]

    @property
    def doubt(self) -> str:
        """What to say of the sender; nothing when it is Support."""
        return sender_doubt(self.sender, self.from_support)


def look_into(context: Context, source: Path | str) -> Found:
    """What a reply says: a file, or text that was pasted. Nothing is recorded.

    Raises:
        BadInputError: it cannot be read, is too large or empty, or no agency is set up.
    """
    reply = reading.read_file(source) if isinstance(source, Path) else reading.read_text(source)
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        requests = read_requests(connection)
        found = offer(reply, _known(connection, requests))
    meant = set(found.requests) | ({found.request_id} if found.request_id is not None else set())
    return Found(
        found,
        reply.sender,
        is_from_support(profile, reply.sender),
        {request.id: summary(context.policy, request) for request in requests if request.id in meant},
    )


def _known(connection: sa.Connection, requests: list[Request]) -> list[Known]:
    sent: dict[int, list[str]] = {}
    for message in read_outgoing(connection):
        sent.setdefault(message.request_id, []).append(message.message_id)
    return [
        Known(request.id, request.reference, request.case_number, tuple(sent.get(request.id, ())))
        for request in requests
    ]


def take(context: Context, key: int, case_number: str, *, same_case: bool = False) -> Done[Request]:
    """Record the case number a person took from a reply.

    An answer proves that the request was sent, so that step is recorded too; what waits in the outbox is taken back.

    Args:
        same_case: Support put this request and another on one case.

    Raises:
        BadInputError: there is no such request, or the number cannot be used.
        SameCaseError: another request has the number.
        ConflictError: the request has a case number already, is being sent at this moment, or has ended.
    """
    number = clean_case_number(case_number)
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        request = need_request(connection, key)
        if request.case_number:
            again = (
                "has this case number already"
                if request.case_number == number
                else (f"has the case number {request.case_number}; a different question is a new case")
            )
            raise ConflictError(f"{request.reference} {again}. Nothing was changed.")
        if not same_case:
            check_case_is_its_own(context.policy, request, number, read_requests(connection))
        table = schema.reply_offer
        mine = (table.c.request_id == key) & (table.c.state == "open")
        connection.execute(sa.update(table).where(mine).values(state="dismissed"))
        connection.execute(
            sa.update(table).where(table.c.request_id == key, table.c.case_number == number).values(state="taken")
        )
        if request.status == "answered":
            change_request(connection, request, case_number=number)
            context.record(connection, "request.case-number", request.reference, after={"case_number": number})
        else:
            if request.status in ("drafted", "queued"):
                advance_in(context, connection, profile, request, "sent")
                request = need_request(connection, key)
            advance_in(context, connection, profile, request, "acknowledged", number, same_case=same_case)
        return Done(need_request(connection, key), CHANGED)


# --- the watched folder ------------------------------------------------------------------------


def dismiss(context: Context, key: int) -> Done[None]:
    """Say that a case number that was found does not belong to the request.

    Raises:
        BadInputError: there is no such offer any more.
    """
    table = schema.reply_offer
    with context.store.writing() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == key, table.c.state == "open")).first()
        if row is None:
            raise BadInputError("This offer is settled already. Nothing was changed.")
        connection.execute(sa.update(table).where(table.c.id == key).values(state="dismissed"))
        request = need_request(connection, row.request_id)
        context.record(connection, "reply.dismissed", request.reference, {"case_number": row.case_number})
    return Done(None, CHANGED)


def watch(context: Context, stop: Stop) -> Done[int]:
    """Look once into the watched folder, read-only, for replies to requests that lack a case number.

    Nothing is looked at while no request waits for one, and nothing but number, sender's address and date is kept.

    Returns:
        How many case numbers are offered now that were not before.

    Raises:
        DeliveryError: the server cannot be reached, trusted, or refuses.
        BadInputError: no agency is set up, or the keyring cannot be used.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        requests = read_requests(connection)
    lacking = [request for request in requests if lacks_number(request)]
    if profile.imap is None or not lacking:
        return Done(0, frozenset())
    folder = f"{profile.imap_user}@{profile.imap_host}:{profile.imap_port}/{profile.imap_folder}"
    today = local_today(context.now(), profile.zone)
    notice = password_notice(context.policy, "imap", profile.imap_host, today)
    password = passwords.find("imap", profile.imap)
    if password is None:
        to_do = notice or "Enter it in Settings."
        raise BadInputError(f"The password for the watched folder is not in the keyring. {to_do}")
    oldest = min(item.created_at for item in lacking)
    since = min(local_today(oldest, profile.zone), today - _LOOK_BACK)
    messages, mark = imap.new_messages(
        profile.imap, password, profile.imap_folder, _mark(context, folder), since, stop, notice
    )
    replies = [reply for reply in map(_readable, messages) if reply is not None]
    return _keep(context, folder, mark, replies)


def _readable(message: bytes) -> Reply | None:
    """A message of the folder; None for one that cannot be read, which is nobody's fault here."""
    try:
        return reading.read(message)
    except BadInputError:
        return None


def _mark(context: Context, folder: str) -> imap.Mark | None:
    table = schema.mail_watch
    with context.store.reading() as connection:
        row = connection.execute(sa.select(table).where(table.c.folder == folder)).first()
    return imap.Mark(row.validity, row.last) if row else None


def _keep(context: Context, folder: str, mark: imap.Mark, replies: list[Reply]) -> Done[int]:
    """Offer what the replies bring, and remember how far the folder was read, in one transaction."""
    table, watched = schema.reply_offer, schema.mail_watch
    with context.store.writing() as connection:
        requests = {request.id: request for request in read_requests(connection)}
        known = _known(connection, list(requests.values()))
        offered = []
        for reply in replies:
            found = offer(reply, known)
            if found.request_id is None or found.case_number is None or found.conflicts:
                continue
            number, request = found.case_number, requests[found.request_id]
            same = sa.select(table.c.id).where(table.c.request_id == request.id, table.c.case_number == number)
            if request.status not in OPEN or request.case_number or connection.execute(same).first():
                continue
            connection.execute(
                sa.insert(table).values(
                    request_id=request.id, case_number=number, sender=reply.sender[:300], found_at=context.now(),
                    state="open",
                )
            )  # fmt: skip
            offered.append({"request": request.reference, "case_number": number})
        connection.execute(sa.delete(watched).where(watched.c.folder == folder))
        connection.execute(
            sa.insert(watched).values(folder=folder, validity=mark.validity, last=mark.last, looked_at=context.now())
        )
        if offered:
            context.record(connection, "reply.found", "watched folder", after={"offered": offered})
    return Done(len(offered), CHANGED if offered else frozenset())
