"""The outbox: messages that wait for the agency's mail server, and the round that sends them.

A message is claimed in one transaction, sent outside of any, and booked in another. Whatever stops the program in
between, the message is there afterwards and is tried again under the same Message-ID. Whatever may have left without
the server's yes is noted on the request's path; from then on only that yes, or a person, says what became of it.
"""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from filelock import FileLock, Timeout

from penelope_admin.domain.delivery import OPEN_STATES, MailServer, Outgoing, next_attempt, password_notice
from penelope_admin.domain.requests import doubt
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.files import PRIVATE_FILE, write_private
from penelope_admin.mail import passwords, smtp
from penelope_admin.mail.line import Stop
from penelope_admin.services import agency as agencies
from penelope_admin.services.ledger import (
    CHANGED,
    due,
    need_request,
    note_doubt,
    read_outgoing,
    step_by_outbox,
    take_back_message,
)
from penelope_admin.services.privacy import masked
from penelope_admin.services.requests import check_still_right
from penelope_admin.services.work import Context, Done, local_today
from penelope_admin.store import schema

LOCK_FILE = "outbox.lock"
NAME_FILE = "outbox.name"
CLAIM = timedelta(minutes=10)
"""Longer than any attempt may take; after it, another computer of the team may take a claimed message over."""

_TABLE = schema.outgoing_message
_CHANCE = re.compile(r"[0-9a-f]{32}")
_NOT_RIGHT = (BadInputError, ConflictError, RefusedError)
_UNCLAIMED = {"claimed_by": None, "claimed_until": None}
_NO_ANSWER = "It was handed over to the mail server, and no answer came."
_CUT_OFF = "The program ended while it was being sent."


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of sending did.

    Attributes:
        busy: another program of this data folder is sending already; nothing was tried.
    """

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    busy: bool = False


def find_all(context: Context) -> list[Outgoing]:
    """Every message, oldest first."""
    with context.store.reading() as connection:
        return read_outgoing(connection)


def cancel(context: Context, key: int) -> Done[Outgoing]:
    """Take a waiting message back; its request is a draft again, unless Support may have it.

    Raises:
        BadInputError: there is no such message.
        ConflictError: it is being sent, or does not wait any more.
    """
    with context.store.writing() as connection:
        message = _need(connection, key)
        request = need_request(connection, message.request_id)
        if message.state not in OPEN_STATES or take_back_message(context, connection, request) is None:
            raise ConflictError(f"Message {key} is {message.state}; it cannot be taken back. Nothing was changed.")
        step_by_outbox(context, connection, request, "drafted")
        after = {"status": need_request(connection, request.id).status}
        context.record(connection, "request.taken-back", request.reference, {"message": key}, after)
        return Done(_need(connection, key), CHANGED)


def _need(connection: sa.Connection, key: int) -> Outgoing:
    found = read_outgoing(connection, _TABLE.c.id == key)
    if not found:
        raise BadInputError(f"There is no message {key} in the outbox. Nothing was changed.")
    return found[0]


def flush(context: Context, stop: Stop, *, now: bool = False) -> Done[Round]:
    """Try every message that is due, each once.

    Args:
        stop: ends the round early, also in the middle of an attempt.
        now: try those too whose pause is not over.

    Raises:
        BadInputError: no agency is set up, or the data folder cannot be written.
        StoreError: the database cannot be used.
    """
    lock = FileLock(context.home / LOCK_FILE, mode=PRIVATE_FILE)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return Done(Round(busy=True), frozenset())
    except OSError as error:
        raise BadInputError(f"The outbox cannot be locked ({error.strerror}). Nothing was sent.") from error
    try:
        return _round(context, stop, now)
    finally:
        lock.release()


def _round(context: Context, stop: Stop, now: bool) -> Done[Round]:
    mine = _my_name(context)
    changed = _free_claims(context, mine)
    try:
        server, password, notice = _access(context)
    except BadInputError as error:
        return _leave_waiting(context, str(error), changed, now)
    sent, failed, waiting = 0, 0, 0
    last = 0
    while not stop.is_set() and (message := _claim(context, mine, last, now)) is not None:
        last = message.id
        try:
            content = _content(context, mine, message)
        except _NOT_RIGHT as error:
            _hold(context, mine, message, str(error))
            failed += 1
            continue
        if content is None:
            continue
        try:
            smtp.send(server, password, message.sender, message.recipient, content, stop, notice)
        except smtp.DeliveryError as error:
            _book_failure(context, mine, message, error, stopped=stop.is_set())
            failed += error.for_good
            waiting += not error.for_good
        else:
            _book_success(context, mine, message)
            sent += 1
    return Done(Round(sent, failed, waiting), CHANGED if last or changed else frozenset())


def _my_name(context: Context) -> str:
    """The name under which this data folder claims messages, the same after every start.

    Two computers of a team may have the same name and folder, so chance has a part in it, kept in the folder.

    Raises:
        BadInputError: that part cannot be kept.
    """
    file = context.home / NAME_FILE
    try:
        chance = file.read_text("ascii")
    except (OSError, ValueError):
        chance = ""
    if not _CHANCE.fullmatch(chance):
        chance = secrets.token_hex(16)
        write_private(file, chance.encode("ascii"))
    return hashlib.sha256(f"{chance}\0{platform.node()}\0{context.home.resolve()}".encode()).hexdigest()[:32]


def _free_claims(context: Context, mine: str) -> int:
    """Let go of what an earlier run of ours was stopped over: we hold the lock, so it sends no more."""
    now = context.now()
    over = (_TABLE.c.claimed_until < now) | (_TABLE.c.claimed_until > now + CLAIM)  # or made by a wrong clock
    stale = (_TABLE.c.state == "sending") & ((_TABLE.c.claimed_by == mine) | over)
    with context.store.reading() as connection:
        if connection.execute(sa.select(_TABLE.c.id).where(stale)).first() is None:
            return 0
    with context.store.writing() as connection:
        found = read_outgoing(connection, stale)
        connection.execute(sa.update(_TABLE).where(stale).values(state="waiting", **_UNCLAIMED))
        for message in found:
            _note_doubt(context, connection, message, _CUT_OFF)
    return len(found)


def _note_doubt(context: Context, connection: sa.Connection, message: Outgoing, why: str) -> None:
    """Note that Support may have a message, on the request's path and in the log, once."""
    if note_doubt(context, connection, message.request_id, why):
        request = need_request(connection, message.request_id)
        after = {"status": request.status, "message": message.id, "because": why}
        context.record(connection, "request.in-doubt", request.reference, after=after)


def _claim(context: Context, mine: str, after: int, now: bool) -> Outgoing | None:
    """Mark the next message that is due as being sent by us; None when none is left.

    Args:
        after: the number of the one tried before; they are tried in the order in which they came.
    """
    first = sa.select(sa.func.min(_TABLE.c.id)).where(due(context, now), _TABLE.c.id > after)
    with context.store.reading() as connection:
        if connection.execute(first).scalar() is None:
            return None
    with context.store.writing() as connection:  # where another computer of the team may have been quicker
        key = connection.execute(first).scalar()
        if key is None:
            return None
        claim = {"state": "sending", "claimed_by": mine, "claimed_until": context.now() + CLAIM}
        connection.execute(sa.update(_TABLE).where(_TABLE.c.id == key).values(attempts=_TABLE.c.attempts + 1, **claim))
        return _need(connection, key)


def _access(context: Context) -> tuple[MailServer, str | None, str]:
    """The server, this computer's password for it, and what is known of passwords there.

    Raises:
        BadInputError: there is no server, no password, or no keyring. Another computer of the team may have them.
    """
    profile = agencies.need_profile(context)
    server = profile.smtp
    if server is None:
        raise BadInputError("No server for sending is set. Name it in Settings.")
    try:
        password = passwords.find("smtp", server) if server.user else None
    except BadInputError as error:
        what = f"The password for {server.host} cannot be read: this computer has no keyring, or it is locked."
        raise BadInputError(f"{what} Unlock it, or send another way.") from error
    notice = password_notice(context.policy, "smtp", server.host, local_today(context.now(), profile.zone))
    if server.user and password is None:
        to_do = notice or "Enter it in Settings."
        raise BadInputError(f"The password for {server.host} is not in this computer's keyring. {to_do}")
    return server, password, notice


def _leave_waiting(context: Context, problem: str, changed: int, now: bool) -> Done[Round]:
    """Say of everything that is due why it waits; no attempt is counted, so that who can send is not held up.

    Args:
        changed: how many messages the round has changed already.
    """
    waits = _TABLE.c.state == "waiting"
    with context.store.writing() as connection:
        changed += connection.execute(
            sa.update(_TABLE).where(due(context, now), _TABLE.c.problem != problem).values(problem=problem)
        ).rowcount
        left = connection.execute(sa.select(sa.func.count()).select_from(_TABLE).where(waits)).scalar_one()
    return Done(Round(waiting=left), CHANGED if changed else frozenset())


def _content(context: Context, mine: str, message: Outgoing) -> bytes | None:
    """What goes over the line; None if the message is not ours any more: a restore may have taken it out.

    The request is judged again: much can have changed while the message waited.

    Raises:
        BadInputError, ConflictError, RefusedError: it could not be drafted any more as it stands.
    """
    with context.store.reading() as connection:
        found = connection.execute(sa.select(_TABLE.c.content).where(_ours(mine, message))).scalar_one_or_none()
        if found is None:
            return None
        profile = agencies.need(context.policy, connection)
        check_still_right(context, connection, profile, need_request(connection, message.request_id))
    return str(found).encode("ascii")


def _hold(context: Context, mine: str, message: Outgoing, why: str) -> None:
    """Take a message out that must not leave any more; its request is a draft again, and says why."""
    problem = f"It was held back. {why}"
    with context.store.writing() as connection:
        if _settle(connection, mine, message, state="failed", problem=problem, ended_at=context.now()):
            request = need_request(connection, message.request_id)
            step_by_outbox(context, connection, request, "drafted")
            after = {"problem": problem}
            context.record(connection, "request.held", request.reference, {"status": request.status}, after)


def _ours(mine: str, message: Outgoing) -> sa.ColumnElement[bool]:
    return (_TABLE.c.id == message.id) & (_TABLE.c.state == "sending") & (_TABLE.c.claimed_by == mine)


def _book_success(context: Context, mine: str, message: Outgoing) -> None:
    with context.store.writing() as connection:
        if not _settle(connection, mine, message, state="sent", problem="", ended_at=context.now()):
            return
        request = need_request(connection, message.request_id)
        step_by_outbox(context, connection, request, "sent")
        after = {"message_id": message.message_id, "to": message.recipient, "attempts": message.attempts}
        context.record(connection, "request.sent", request.reference, {"status": request.status}, after)


def _book_failure(context: Context, mine: str, message: Outgoing, error: smtp.DeliveryError, *, stopped: bool) -> None:
    now = context.now()
    with context.store.writing() as connection:
        if connection.execute(sa.select(_TABLE.c.id).where(_ours(mine, message))).first() is None:
            return
        request = need_request(connection, message.request_id)
        # Of what Support may have from an earlier attempt, "nothing was sent" is not to be said.
        said = error.happened if error.uncertain or doubt(request) else str(error)
        problem = masked(context, connection, said)  # a server may quote the message
        if error.for_good and not error.uncertain:
            _give_up(context, connection, mine, message, problem)
            return
        # An attempt that was cut off says nothing about the server: it does not count.
        attempts = message.attempts - stopped
        later = now if stopped else next_attempt(attempts, now)
        again = {"state": "waiting", "attempts": attempts, "next_attempt_at": later}
        _settle(connection, mine, message, problem=problem, **again)
        if error.uncertain:
            _note_doubt(context, connection, message, _NO_ANSWER)


def _give_up(context: Context, connection: sa.Connection, mine: str, message: Outgoing, problem: str) -> None:
    """Book that a message was refused for good: its request is a draft again, unless Support may have it."""
    _settle(connection, mine, message, state="failed", problem=problem, ended_at=context.now())
    before = need_request(connection, message.request_id)
    step_by_outbox(context, connection, before, "drafted")
    after = need_request(connection, before.id)
    facts = {"status": after.status, "message": message.id, "problem": problem}
    action = "request.in-doubt" if doubt(after) else "request.not-sent"
    context.record(connection, action, before.reference, {"status": before.status}, facts)


def _settle(connection: sa.Connection, mine: str, message: Outgoing, **values: object) -> bool:
    """Write how an attempt ended, if the message is still ours: a restore may have put another state there."""
    ended = connection.execute(sa.update(_TABLE).where(_ours(mine, message)).values(**_UNCLAIMED, **values))
    return ended.rowcount == 1


def hold_all(context: Context, problem: str) -> Done[int]:
    """Take every open message out of the outbox, and leave it to a person whether it arrived: for after a restore.

    What waited when the backup was made may have been sent since.

    Args:
        problem: why, in a sentence.
    """
    with context.store.writing() as connection:
        found = read_outgoing(connection, _TABLE.c.state.in_(OPEN_STATES))
        for message in found:
            ended = {"state": "failed", "problem": "", "ended_at": context.now()}
            connection.execute(sa.update(_TABLE).where(_TABLE.c.id == message.id).values(**_UNCLAIMED, **ended))
            note_doubt(context, connection, message.request_id, problem)
        if found:
            context.record(connection, "outbox.held", "outbox", after={"messages": [item.id for item in found]})
    return Done(len(found), CHANGED if found else frozenset())
