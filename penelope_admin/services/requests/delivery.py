"""Brings a request to Support: the look for client data before anything leaves, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from penelope_admin.detect import texts
from penelope_admin.domain.delivery import VIA_NAMES, Via
from penelope_admin.domain.letters import Letter, compose, phone_script, phone_use
from penelope_admin.domain.requests import Request, RequestInput, check_open
from penelope_admin.domain.training import marked_letter, marked_text
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.files import write_private
from penelope_admin.mail import messages
from penelope_admin.services.requests import steps
from penelope_admin.services.requests.drafts import check_still_right, preview
from penelope_admin.services.requests.follow import advance
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows


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
    """The letter that input would become, and what in it looks like client data."""

    letter: Letter
    hits: tuple[texts.Hit, ...]
    warnings: tuple[str, ...]


def preview_input(work: Work, entered: RequestInput) -> Preview:
    """What would be written for input that is still being filled in. Hits refer to the letter's whole text."""
    letter = preview(work, entered)
    hits = work.find_hits(letter.whole_text)
    return Preview(letter, hits, tuple(texts.in_words(letter.whole_text, hits)))


def parcel(work: Work, key: int, via: str | None = None) -> Parcel:
    """What would leave if a request were handed over now.

    Args:
        via: the way; by default the request's own, else the agency's.

    Raises:
        BadInputError: there is no such way.
    """
    return _parcel(work, steps.need(work, key), via)


def _parcel(work: Work, request: Request, via: str | None) -> Parcel:
    profile = work.agency
    way = via or request.via or profile.delivery
    if way not in VIA_NAMES:
        raise BadInputError(f'"{way}" is not a way to send. Ways are {", ".join(VIA_NAMES)}. Nothing was sent.')
    letter = compose(work.policy, request, profile.writer)
    script = phone_script(work.policy, request, profile.writer) if way == "phone" else ""
    if work.for_training and way != "smtp":  # that alone stays in the program
        letter, script = marked_letter(letter), marked_text(script)
    text = script if way == "phone" else letter.whole_text
    hits = work.find_hits(text)
    return Parcel(request, way, letter, text, hits, tuple(texts.in_words(text, hits)))


def hand_over(
    work: Work,
    key: int,
    via: str | None = None,
    *,
    send_anyway: bool = False,
    version: int | None = None,
    target: Path | None = None,
) -> Handed:
    """Give a request's text out on its way to Support, or put it into the outbox.

    Only the outbox changes where the request stands; every other way is a person's to go, and to record.

    Args:
        send_anyway: the person has looked at what seems to be client data and says that it is none.
        target: a file for the text or the draft, private to this user.

    Raises:
        BadInputError: there is no such way, an address or server is missing, or the file cannot be written.
        RefusedError: the text seems to hold client data, and nobody said to send it anyway; or a feature it asks for
            may not be had, or not without a second person; or the telephone is not for the agency's support package.
        ConflictError: contact details may be real now and could not be when it was drafted, it has ended, or cannot be
            put into the outbox from where it stands.
    """
    parcel = _parcel(work, steps.need(work, key, version), via)
    _check_may_leave(work, parcel, send_anyway=send_anyway)
    usual = parcel.request.via or work.agency.delivery
    if parcel.via != usual and parcel.request.kind != "critical":  # those may go all ways; others change theirs
        steps.change(work, parcel.request, via=parcel.via)
        parcel = replace(parcel, request=steps.need(work, key))
    handed = _prepare(work, parcel)
    if target is not None:
        write_private(target, handed.draft or parcel.text.encode("utf-8"))
    after = {"via": parcel.via, "sent_anyway_despite": [{"kind": hit.kind, "at": hit.start} for hit in parcel.hits]}
    work.changed("requests")
    work.record("request.queued" if handed.queued else "request.handed-over", parcel.request.reference, after=after)
    return handed


def record_call(work: Work, key: int, *, send_anyway: bool = False, version: int | None = None) -> Handed:
    """Record that somebody called Support and said the script: what was a draft is sent by that.

    Raises:
        BadInputError, RefusedError, ConflictError: as for `hand_over`.
    """
    handed = hand_over(work, key, "phone", send_anyway=send_anyway, version=version)
    if handed.parcel.request.status == "drafted":
        advance(work, key, "sent")
    return handed


def _check_may_leave(work: Work, parcel: Parcel, *, send_anyway: bool) -> None:
    work.refuse_in_planning_copy()
    check_open(parcel.request)
    check_still_right(work, parcel.request)
    phone = phone_use(work.policy, parcel.request, work.agency.support_package)
    if parcel.via == "phone" and not phone.offered:
        raise RefusedError(f"{phone.note} Nothing was handed over. Send it another way.")
    steps.check_looked_at(parcel.warnings, send_anyway=send_anyway)


def _prepare(work: Work, parcel: Parcel) -> Handed:
    if parcel.via == "smtp":
        _queue(work, parcel)
        return Handed(parcel, queued=True)
    if parcel.via == "eml":
        return Handed(parcel, draft=messages.draft(parcel.letter, work.now))
    if parcel.via == "mail-program":
        return Handed(parcel, link=messages.mailto(parcel.letter))
    return Handed(parcel)


def _queue(work: Work, parcel: Parcel) -> None:
    """Put the message into the outbox, in the transaction in which the request says so."""
    request = parcel.request
    steps.step_by_outbox(work, request, "queued")
    about = f"{request.reference}/{len(outbox_rows.read(work.connection, request=request.id)) + 1}"
    steps.queue(work, parcel.letter, parcel.letter.to, about, request_id=request.id)
