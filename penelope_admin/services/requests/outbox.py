"""The outbox: messages that wait for the agency's mail server, and the round that sends them.

A message is claimed in one transaction, sent outside of any, and booked in another. Whatever stops the program in
between, the message is there afterwards and is tried again under the same Message-ID. Whatever may have left without
the server's yes is noted on the request's path; from then on only that yes, or a person, says what became of it.
A notice to the staff that may have left is not tried again: a person sends another, or does not.
"""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from filelock import FileLock, Timeout

from penelope_admin.domain.delivery import (
    MAY_HAVE_ARRIVED,
    WAITS_FOR_NETWORK,
    Access,
    MailServer,
    Outgoing,
    next_attempt,
    password_notice,
)
from penelope_admin.domain.requests import Status, doubt
from penelope_admin.domain.text import filled
from penelope_admin.errors import BadInputError, ConflictError, RefusedError, needed
from penelope_admin.files import PRIVATE_FILE, write_private
from penelope_admin.mail.line import CancelToken, DeliveryError
from penelope_admin.services.requests import staff_mail, steps
from penelope_admin.services.requests.drafts import check_still_right
from penelope_admin.services.requests.due import has_mail
from penelope_admin.services.work import Context, Done, T, Work
from penelope_admin.store.rows import outbox as outbox_rows

LOCK_FILE = "outbox.lock"
NAME_FILE = "outbox.name"
CLAIM = timedelta(minutes=10)
"""Longer than any attempt may take; after it, another computer of the team may take a claimed message over."""

_CHANCE = re.compile(r"[0-9a-f]{32}")
_NOT_RIGHT = (BadInputError, ConflictError, RefusedError)
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


def find_all(work: Work) -> list[Outgoing]:
    """Every message, oldest first."""
    return outbox_rows.read(work.connection)


def cancel(work: Work, key: int) -> Outgoing:
    """Take a waiting message back; its request is a draft again, unless Support may have it.

    Raises:
        ConflictError: it is being sent, or does not wait any more.
    """
    message = _need(work, key)
    steps.cancel(work, message, f"Message {key}")
    _tell(work, message, "taken-back")
    return _need(work, key)


_STEPS: dict[str, Status] = {"sent": "sent", "taken-back": "drafted", "held": "drafted", "not-sent": "drafted"}


def _tell(work: Work, message: Outgoing, became: str, **facts: object) -> None:
    """Have a request take the step that its message makes it take, and log what became of the message.

    Args:
        became: "sent", "taken-back", "held", "not-sent"; of a notice to the staff also "in-doubt".
    """
    if message.request_id is None:
        staff_mail.tell(work, message, became, **facts)
        return
    before = steps.need(work, message.request_id)
    steps.step_by_outbox(work, before, _STEPS[became])
    after = steps.need(work, before.id)
    action = "in-doubt" if became == "not-sent" and doubt(after) else became
    more = {"status": after.status, "message": message.id, **facts}
    work.record(f"request.{action}", before.reference, {"status": before.status}, more)


def _need(work: Work, key: int) -> Outgoing:
    message = next(iter(outbox_rows.read(work.connection, key=key)), None)
    return needed(message, f"There is no message {key} in the outbox. Nothing was changed.")


def flush(context: Context, stop: CancelToken, *, now: bool = False, offline: bool = False) -> Done[Round]:
    """Try every message that is due, each once.

    Args:
        stop: ends the round early, also in the middle of an attempt.
        now: try those too whose pause is not over.
        offline: the system says that there is no network. It is tried all the same, for systems err; what fails waits
            for the network, and that is no trouble.

    Raises:
        BadInputError: the data folder cannot be written.
    """
    with _alone(context) as alone:
        if not alone:
            return _done(Round(busy=True))
        if not context.read(has_mail, now):
            return _done(Round())
        return _round(context, stop, now, offline)


def let_go(context: Context) -> Done[int]:
    """Let go of the messages over which a run of ours was stopped, so that a person can settle what becomes of them.

    Returns:
        How many; none while another program of this data folder is sending.

    Raises:
        BadInputError: the data folder cannot be written.
    """
    with _alone(context) as alone:
        freed = _free_claims(context, _my_name(context)) if alone else 0
    return _done(freed, freed)


def _done(value: T, changed: int = 0) -> Done[T]:
    """What was done; where that changed anything, whoever shows requests loads them again."""
    return Done(value, frozenset({"requests"}) if changed else frozenset())


@contextmanager
def _alone(context: Context) -> Iterator[bool]:
    """Whether no other program of this data folder is sending; none begins to before this has ended."""
    lock = FileLock(context.home / LOCK_FILE, mode=PRIVATE_FILE)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        pass
    except OSError as error:
        raise BadInputError(f"The outbox cannot be locked ({error.strerror}). Nothing was sent.") from error
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _round(context: Context, stop: CancelToken, now: bool, offline: bool) -> Done[Round]:
    mine = _my_name(context)
    changed = _free_claims(context, mine)
    try:
        access = _access(context)
    except BadInputError as error:
        return _leave_waiting(context, str(error), changed, now)
    sent = failed = waiting = last = 0
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
            refused = context.post.send(access, message.sender, message.recipients, content, stop)
        except DeliveryError as error:
            _book_failure(context, mine, message, error, stopped=stop.is_set(), offline=offline)
            failed += error.for_good
            waiting += not error.for_good
        else:
            _book_success(context, mine, message, refused)
            sent += 1
    return _done(Round(sent, failed, waiting), last or changed)


def _my_name(context: Context) -> str:
    """The name under which this data folder claims messages, the same after every start.

    Two computers of a team may have the same name and folder, so chance has a part in it, kept in the folder.
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
    with context.writing() as work:
        stale = outbox_rows.read_stale(work.connection, mine, work.now, CLAIM)
        for message in stale:
            outbox_rows.free(work.connection, message)
            _note_doubt(work, message, _CUT_OFF)
    return len(stale)


def _note_doubt(work: Work, message: Outgoing, why: str) -> None:
    """Note that somebody may have a message: once, on the path of a request; a notice to the staff ends by it."""
    if message.request_id is None:
        outbox_rows.end(work.connection, message.id, "failed", work.now, f"{why} {MAY_HAVE_ARRIVED}")
        staff_mail.tell(work, message, "in-doubt", because=why)
    elif steps.note_doubt(work, message.request_id, why):
        request = steps.need(work, message.request_id)
        after = {"status": request.status, "message": message.id, "because": why}
        work.record("request.in-doubt", request.reference, after=after)


def _claim(context: Context, mine: str, after: int, now: bool) -> Outgoing | None:
    """Mark the next message that is due as being sent by us; None when none is left.

    Args:
        after: the number of the one tried before; they are tried in the order in which they came.
    """
    with context.writing() as work:
        key = outbox_rows.next_due(work.connection, after, work.now, now)
        if key is None:
            return None
        outbox_rows.claim(work.connection, key, mine, work.now + CLAIM)
        return _need(work, key)


def _access(context: Context) -> Access:
    """The server, this computer's password for it, and what is known of passwords there.

    Raises:
        BadInputError: there is no server, no password, or no keyring. Another computer of the team may have them.
    """
    server, notice = context.read(_server)
    try:
        password = context.post.find_password("smtp", server)
    except BadInputError as error:
        what = f"The password for {server.host} cannot be read: this computer has no keyring, or it is locked."
        raise BadInputError(f"{what} Unlock it, or send another way.") from error
    if server.user and password is None:
        to_do = notice or "Enter it in Settings."
        raise BadInputError(f"The password for {server.host} is not in this computer's keyring. {to_do}")
    return Access(server, password, notice)


def _server(work: Work) -> tuple[MailServer, str]:
    server = needed(work.agency.smtp, "No server for sending is set. Name it in Settings.")
    return server, password_notice(work.policy, "smtp", server.host, work.today)


def _leave_waiting(context: Context, problem: str, changed: int, now: bool) -> Done[Round]:
    """Say of everything that is due why it waits; no attempt is counted, so that who can send is not held up."""
    with context.writing() as work:
        changed += outbox_rows.note_problem(work.connection, problem, work.now, now)
        left = outbox_rows.count_waiting(work.connection)
    return _done(Round(waiting=left), changed)


def _content(context: Context, mine: str, message: Outgoing) -> bytes | None:
    """What goes over the line; None if the message is not ours any more: a restore may have taken it out.

    It is judged again: much can have changed while the message waited.

    Raises:
        BadInputError, ConflictError, RefusedError: it could not be drafted any more as it stands.
    """
    with context.reading() as work:
        if not outbox_rows.is_ours(work.connection, mine, message):
            return None
        content = outbox_rows.read_content(work.connection, message.id)
        if message.request_id is None:
            staff_mail.check_still_right(work, message, content)
        else:
            check_still_right(work, steps.need(work, message.request_id))
    return content


def _hold(context: Context, mine: str, message: Outgoing, why: str) -> None:
    """Take a message out that must not leave any more; its request is a draft again, and says why."""
    problem = f"It was held back. {why}"
    with context.writing() as work:
        if outbox_rows.settle(work.connection, mine, message, state="failed", problem=problem, ended_at=work.now):
            _tell(work, message, "held", problem=problem)


def _book_success(context: Context, mine: str, message: Outgoing, refused: Iterable[tuple[str, str]]) -> None:
    with context.writing() as work:
        reasons = [f"{address}: {work.masked(why)}" for address, why in refused]
        problem = filled("The mail server did not take it for {}.", "; ".join(reasons))
        if outbox_rows.settle(work.connection, mine, message, state="sent", problem=problem, ended_at=work.now):
            to: dict[str, object] = {"to": message.recipient}
            if message.request_id is None:  # whose people they are stands in the outbox alone
                to = {"taken_for": len(message.recipients) - len(reasons)}
            _tell(work, message, "sent", message_id=message.message_id, attempts=message.attempts, **to)


def _book_failure(
    context: Context, mine: str, message: Outgoing, error: DeliveryError, *, stopped: bool, offline: bool
) -> None:
    with context.writing() as work:
        if not outbox_rows.is_ours(work.connection, mine, message):
            return
        # Of what Support may have from an earlier attempt, "nothing was sent" is not to be said.
        may_have_arrived = message.request_id is not None and doubt(steps.need(work, message.request_id))
        said = error.happened if error.uncertain or may_have_arrived else str(error)
        problem = work.masked(said)  # a server may quote the message
        if error.for_good and not error.uncertain:
            outbox_rows.settle(work.connection, mine, message, state="failed", problem=problem, ended_at=work.now)
            _tell(work, message, "not-sent", problem=problem)
            return
        # An attempt that was cut off says nothing about the server: it does not count.
        attempts = message.attempts - stopped
        later = work.now if stopped else next_attempt(attempts, work.now)
        again = {"state": "waiting", "attempts": attempts, "next_attempt_at": later}
        why = WAITS_FOR_NETWORK if offline and not error.uncertain else problem
        outbox_rows.settle(work.connection, mine, message, problem=why, **again)
        if error.uncertain:
            _note_doubt(work, message, _NO_ANSWER)


def hold_all(work: Work, problem: str) -> int:
    """Take every open message out of the outbox, and leave it to a person whether it arrived: for after a restore.

    What waited when the backup was made may have been sent since.
    """
    messages = outbox_rows.read_open(work.connection)
    for message in messages:
        outbox_rows.end(work.connection, message.id, "failed", work.now, "" if message.request_id else problem)
        if message.request_id is not None:
            steps.note_doubt(work, message.request_id, problem)
    if messages:
        work.changed("requests")
        work.record("outbox.held", "outbox", after={"messages": [item.id for item in messages]})
    return len(messages)
