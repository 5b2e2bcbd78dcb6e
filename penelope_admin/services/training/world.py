"""The simulated vendor's world on disk: read within bounds, taken on with the practice clock, and kept in one step.

What the agency sends is not handed over by the outbox. Whoever looks at the world first has the vendor take in what the
practice database says was sent since, in its order, so that every way of sending counts: server, portal or telephone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import msgspec

from penelope_admin.domain import vendor
from penelope_admin.domain.features import Change
from penelope_admin.domain.letters import compose, phone_script
from penelope_admin.domain.records import like
from penelope_admin.domain.requests import OPEN, Request
from penelope_admin.domain.support import Holidays
from penelope_admin.domain.vendor import Asked, Case, Happening, Incoming, Mail, World
from penelope_admin.domain.vendor.people import export
from penelope_admin.errors import BadInputError
from penelope_admin.files import check_ending, locked, read_within, write_private
from penelope_admin.invocation import way
from penelope_admin.mail.messages import read_message
from penelope_admin.policy import Policy
from penelope_admin.services.calendar import support
from penelope_admin.services.work import Context, Work
from penelope_admin.store.rows import outbox as outbox_rows

FILE, _LOCK_FILE = "vendor.json", "vendor.lock"
MAX_BYTES = 32 * 1024 * 1024
LARGEST_SEED = 2**62


def load(home: Path) -> World:
    """The world of a practice folder.

    Raises:
        BadInputError: there is none, it is too large, or it is none that the program wrote.
    """
    try:
        return msgspec.json.decode(read_within(home / FILE, MAX_BYTES), type=World)
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(home) from error


def _unreadable(home: Path) -> BadInputError:
    return BadInputError(
        f"The practice vendor's file {home / FILE} cannot be read. Nothing was changed. Start practice again: "
        + way("training reset", "Help, Practice: start again")
    )


def save(home: Path, world: World) -> None:
    """Keep a world, whole or not at all, for this user alone.

    Raises:
        BadInputError: the practice folder cannot be written; what was there is unchanged.
    """
    write_private(home / FILE, msgspec.json.encode(world) + b"\n")


def begin(context: Context, seed: int) -> World:
    """Make a world in which everything is as the practice database says, and keep it.

    Features are on as the register says, and copies are as old as their newest upgrade or refresh. The vendor knows
    the cases that are open, and goes on with them.

    Raises:
        BadInputError: the practice folder cannot be written.
    """
    world = context.read(_fresh, seed % LARGEST_SEED)
    with locked(context.home / _LOCK_FILE):
        save(context.home, world)
    return world


def current(context: Context) -> World:
    """The world at the practice clock's time.

    Raises:
        BadInputError: it cannot be read or kept.
    """
    return _change(context, lambda world: world)[0]


def advance(context: Context) -> tuple[Happening, ...]:
    """Take the world to the practice clock's time; gives back what happened until then.

    Raises:
        BadInputError: it cannot be read or kept.
    """
    return _change(context, lambda world: world)[1]


def change(context: Context, do: Callable[[World, Policy], World]) -> World:
    """Have something happen in the world now: what a facilitator or an exercise asks for, see `vendor.injects`.

    Raises:
        BadInputError: it cannot happen, or the world cannot be read or kept.
    """
    return _change(context, lambda world: do(world, context.policy))[0]


def switch(context: Context, environment: str, feature: str, change: Change) -> World:
    """Switch a feature in the simulated Penelope. The program's own register does not follow: people record it.

    Raises:
        RefusedError: it is locked there, or only Support can.
        BadInputError: nobody can sign in there.
    """
    return _change(context, lambda world: vendor.switch(world, context.policy, environment, feature, change))[0]


def next_event(context: Context) -> datetime:
    """When something happens next that can be seen in the mailbox or in Penelope, UTC."""
    return vendor.next_event(current(context), context.policy, context.read(_holidays))


def next_upgrade(context: Context) -> datetime:
    """When production's next upgrade is done, UTC."""
    return vendor.next_upgrade(current(context), context.policy)


def save_export(context: Context, environment: str, target: Path) -> int:
    """Write the client files of a database as a CSV file; gives back how many. It is as old as practice time says.

    Raises:
        BadInputError: the file cannot be written.
    """
    check_ending(target, ".csv")
    world = current(context)
    try:
        database = world.database(environment)
    except KeyError as error:
        raise BadInputError(f'The practice agency has no database "{environment}". Nothing was saved.') from error
    text = export(world, database)
    write_private(target, text.encode("utf-8"))
    at = context.now().timestamp()
    with suppress(OSError):  # some folders keep no such times; then it is as old as any other file there
        os.utime(target, (at, at))
    return text.count("\r\n") - 1


def answers(home: Path, since: date) -> list[tuple[int, bytes]]:
    """What came into the mailbox on or after a day (UTC), as mail with its number, oldest first."""
    return [(mail.number, as_mail(mail)) for mail in load(home).mails if not mail.sent and mail.at.date() >= since]


def as_mail(mail: Mail) -> bytes:
    """A message as it would come over the line."""
    message = EmailMessage()
    for name, value in (("From", mail.sender), ("To", mail.to), ("Subject", mail.subject)):
        message[name] = " ".join(value.split())
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    if mail.answers:
        message["In-Reply-To"] = message["References"] = mail.answers
    message.set_content(mail.body)
    return message.as_bytes()


# --- taking it on ------------------------------------------------------------------------------


def _change(context: Context, do: Callable[[World], World]) -> tuple[World, tuple[Happening, ...]]:
    """Take the world to now, then do something with it, and keep what became of it."""
    with locked(context.home / _LOCK_FILE):
        before = load(context.home)
        if not vendor.is_sound(before, context.policy):
            raise _unreadable(context.home)
        world, happened = context.read(_taken_on, before)
        world = do(world)
        if msgspec.structs.replace(world, now=before.now) != before:  # time alone can pass again
            save(context.home, world)
    return world, happened


def _taken_on(work: Work, world: World) -> tuple[World, tuple[Happening, ...]]:
    """The world now, after the vendor took in all that was sent meanwhile, each at its time."""
    off, happened = _holidays(work), list[Happening]()
    world, before = vendor.with_databases(world, work.policy, work.agency.environments), world.now
    now = max(work.now, world.now)
    for at, request in _sent_meanwhile(work, world):
        world, more = vendor.advance(world, min(max(at, world.now), now), work.policy, off)
        world, _ = vendor.receive(world, _incoming(work, request), work.policy, off)
        happened += more
    world, more = vendor.advance(world, now, work.policy, off)
    return _with_notices(work, world, before), (*happened, *more)


def _with_notices(work: Work, world: World, since: datetime) -> World:
    """The world with the notices to the staff in its mailbox that were sent meanwhile; the vendor gets none of them."""
    taken_in = {mail.message_id for mail in world.mails}
    for message in outbox_rows.read(work.connection):
        at, is_notice = message.ended_at, message.window_key and message.state == "sent"
        if not is_notice or at is None or at < since or message.message_id in taken_in:
            continue
        letter = read_message(outbox_rows.read_content(work.connection, message.id))
        mail = Mail(
            number=world.made + 1, at=at, sent=True, sender=letter.sender, to=message.recipient[:1000],
            subject=letter.subject, body=letter.body, message_id=message.message_id,
        )  # fmt: skip
        world = msgspec.structs.replace(world, mails=(*world.mails, mail), made=mail.number)
    return world


def _sent_meanwhile(work: Work, world: World) -> list[tuple[datetime, Request]]:
    """The requests that the agency sent and the vendor has not taken in yet, by when."""
    taken_in = {case.asked.identity for case in world.cases if case.asked is not None}
    fresh = [request for request in work.requests if like(Asked, request).identity not in taken_in]
    sent = [(request.date_of("sent"), request) for request in fresh if request.status not in ("drafted", "queued")]
    # What was over before the world began is nobody's business any more.
    ours = ((at, it) for at, it in sent if at is not None and (at >= world.started or it.status in OPEN))
    return sorted(ours, key=lambda item: (item[0], item[1].id))


def _incoming(work: Work, request: Request) -> Incoming:
    """What reaches the vendor of a request: its mail as it left, or the words of another way."""
    letter = compose(work.policy, request, work.agency.writer)
    via = request.via or work.agency.delivery
    messages = outbox_rows.read(work.connection, request=request.id)
    message_id = next((message.message_id for message in messages if message.state == "sent"), "")
    body = phone_script(work.policy, request, work.agency.writer) if via == "phone" else letter.body
    return Incoming(subject=letter.subject, body=body, asked=like(Asked, request), via=via, message_id=message_id)


def _holidays(work: Work) -> Holidays:
    return support.closed_days(support.holidays(work))


# --- the beginning -----------------------------------------------------------------------------


def _fresh(work: Work, seed: int) -> World:
    """A world that agrees with what is recorded."""
    profile = work.agency
    world = vendor.new_world(
        work.policy, seed, work.now, region=profile.region, environments=profile.environments, agency=profile.name,
        support_address=profile.support_address, own_address=profile.own_address,
    )  # fmt: skip
    for key in (database.key for database in world.databases if work.policy.environment[database.key].refreshable):
        posture = work.posture(key)
        on = [state.feature for state in work.states(key) if state.state == "on"]
        world = vendor.agree(world, work.policy, key, on, posture.last_refresh, posture.last_upgrade)
    for request in work.requests:
        if request.case_number:
            day = request.scheduled_for if request.status == "scheduled" else None
            world = vendor.adopt(world, work.policy, _case(work, request), day, _holidays(work))
    return world


def _case(work: Work, request: Request) -> Case:
    opened = request.date_of("acknowledged") or request.created_at
    subject = compose(work.policy, request, work.agency.writer).subject
    return Case(
        number=request.case_number or "", opened_at=opened, subject=subject, asked=like(Asked, request),
        closed=request.status == "answered" or request.status not in OPEN,
    )  # fmt: skip
