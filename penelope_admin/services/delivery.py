"""Brings a request to Support: the look for client data before anything leaves, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.detect import texts
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import VIA_NAMES, Via
from penelope_admin.domain.letters import Letter, compose, phone_script, phone_use
from penelope_admin.domain.requests import Request, Wish, check_open
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.files import write_private
from penelope_admin.mail import messages
from penelope_admin.services import agency as agencies
from penelope_admin.services.ledger import CHANGED, change_request, need_request, step_by_outbox
from penelope_admin.services.privacy import find_hits
from penelope_admin.services.requests import check_still_right, preview
from penelope_admin.services.work import Context, Done
from penelope_admin.store import schema


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would leave.

    Attributes:
        text: everything that leaves: subject and body, or the words for the telephone.
        hits: what in `text` looks like client data.
        warnings: the hits in sentences, without what was hit.
    """

    request: Request
    via: Via
    letter: Letter
    text: str
    hits: tuple[texts.Hit, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """What is to be done with a parcel now.

    Attributes:
        link: for the mail program; None when the text is too long for a link, or for other ways.
        draft: the bytes of the `.eml` file, for that way.
        queued: the message waits in the outbox.
    """

    parcel: Parcel
    link: str | None = None
    draft: bytes | None = None
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The letter a wish would become, and what in it looks like client data."""

    letter: Letter
    hits: tuple[texts.Hit, ...]
    warnings: tuple[str, ...]


def look_at_wish(context: Context, wish: Wish) -> Preview:
    """What would be written for a wish that is still being filled in. Hits refer to the letter's whole text.

    Raises:
        BadInputError: as for `requests.preview`.
    """
    letter = preview(context, wish)
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        hits = find_hits(context, connection, profile, letter.whole_text)
    return Preview(letter, hits, tuple(texts.in_words(letter.whole_text, hits)))


def look(context: Context, key: int, via: str | None = None) -> Parcel:
    """What would leave if a request were handed over now.

    Args:
        via: the way; by default the request's own, else the agency's.

    Raises:
        BadInputError: there is no such request or way.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        return _parcel(context, connection, profile, need_request(connection, key), via)


def _parcel(context: Context, connection: sa.Connection, profile: Profile, request: Request, via: str | None) -> Parcel:
    way = via or request.via or profile.delivery
    if way not in VIA_NAMES:
        raise BadInputError(f'"{way}" is no way to send. Ways are {", ".join(VIA_NAMES)}. Nothing was sent.')
    letter = compose(context.policy, request, profile.writer)
    text = phone_script(context.policy, request, profile.writer) if way == "phone" else letter.whole_text
    hits = find_hits(context, connection, profile, text)
    return Parcel(request, way, letter, text, hits, tuple(texts.in_words(text, hits)))


def hand_over(
    context: Context,
    key: int,
    via: str | None = None,
    *,
    send_anyway: bool = False,
    version: int | None = None,
    target: Path | None = None,
) -> Done[Handed]:
    """Give a request's text out on its way to Support, or put it into the outbox.

    Only the outbox changes where the request stands; every other way is a person's to go, and to record.

    Args:
        send_anyway: the person has looked at what seems to be client data and says that it is none.
        target: a file for the text or the draft, private to this user.

    Raises:
        BadInputError: there is no such request or way, an address or server is missing, or the file cannot be written.
        RefusedError: the text seems to hold client data, and nobody said to send it anyway; or a feature it asks for
            may not be had, or not without a second person; or the telephone is not for the agency's support package.
        ConflictError: contact details may be real now and could not be when it was drafted, it has ended, or cannot be
            put into the outbox from where it stands.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        parcel = _parcel(context, connection, profile, need_request(connection, key, version), via)
        check_open(parcel.request)
        check_still_right(context, connection, profile, parcel.request)
        phone = phone_use(context.policy, parcel.request, profile.support_package)
        if parcel.via == "phone" and not phone.offered:
            raise RefusedError(f"{phone.note} Nothing was handed over. Send it another way.")
        if parcel.hits and not send_anyway:
            raise RefusedError(
                f"Nothing was sent: the text may hold client data. {' '.join(parcel.warnings)} "
                "Take it out, or say that it is to be sent anyway."
            )
        usual = parcel.request.via or profile.delivery
        if parcel.via != usual and parcel.request.kind != "critical":  # those may go all ways; others change theirs
            change_request(connection, parcel.request, via=parcel.via)
            parcel = replace(parcel, request=need_request(connection, key))
        handed = _prepare(context, connection, profile, parcel)
        if target is not None:
            write_private(target, handed.draft if handed.draft is not None else parcel.text.encode("utf-8"))
        found = [{"kind": hit.kind, "at": hit.start} for hit in parcel.hits]
        action = "request.queued" if handed.queued else "request.handed-over"
        context.record(
            connection, action, parcel.request.reference, after={"via": parcel.via, "sent_anyway_despite": found}
        )
    return Done(handed, CHANGED)


def _prepare(context: Context, connection: sa.Connection, profile: Profile, parcel: Parcel) -> Handed:
    if parcel.via == "smtp":
        _queue(context, connection, profile, parcel)
        return Handed(parcel, queued=True)
    if parcel.via == "eml":
        return Handed(parcel, draft=messages.draft(parcel.letter, context.now()))
    if parcel.via == "mail-program":
        return Handed(parcel, link=messages.mailto(parcel.letter))
    return Handed(parcel)


def _queue(context: Context, connection: sa.Connection, profile: Profile, parcel: Parcel) -> None:
    """Put the message into the outbox, in the transaction in which the request says so."""
    request, now = parcel.request, context.now()
    step_by_outbox(context, connection, request, "queued")
    if profile.smtp is None:
        raise BadInputError("No server for sending is set. Nothing was sent. Name it in Settings, or send another way.")
    message_id = messages.new_message_id(profile.own_address) if profile.own_address else ""
    content = messages.message(parcel.letter, now, message_id)
    connection.execute(
        sa.insert(schema.outgoing_message).values(
            request_id=request.id, message_id=message_id, sender=profile.own_address,
            recipient=profile.support_address, content=content.decode("ascii"), state="waiting", attempts=0,
            next_attempt_at=now, problem="", created_at=now, by=context.actor,
        )
    )  # fmt: skip
