"""Support's replies: which case number they bring for which request, offered to a person and never taken silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from penelope_admin.absent import present
from penelope_admin.domain.delivery import Access, password_notice
from penelope_admin.domain.moments import Place
from penelope_admin.domain.notice_drafts import NamedDay, find_days
from penelope_admin.domain.notice_text import MAX_TEXT, plain_text
from penelope_admin.domain.replies import Mark, is_from_support, sender_doubt
from penelope_admin.domain.requests import OPEN, Request, check_case_is_its_own, lacks_number, summary
from penelope_admin.domain.text import case_key, clean_case_number
from penelope_admin.errors import BadInputError, ConflictError, needed
from penelope_admin.grouping import grouped
from penelope_admin.mail import reading
from penelope_admin.mail.line import CancelToken
from penelope_admin.mail.offers import KnownRequest, Offer, Reply, offer, split
from penelope_admin.services.requests import steps
from penelope_admin.services.requests.follow import advance
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.store.rows import outbox as outbox_rows
from penelope_admin.store.rows import replies as reply_rows

_LOOK_BACK = timedelta(days=14)
_MOST_OFFERED = 3
"""So many case numbers of one reply a person may choose from."""


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What a reply says.

    Attributes:
        summaries: what each request that could be meant is about, by its number.
        from_support: it came from the domain the agency writes to Support at; None while that is not known.
        days: those to come that its sender names, which may be the day of what was asked for.
    """

    offer: Offer
    sender: str
    from_support: bool | None
    summaries: dict[int, str]
    days: tuple[NamedDay, ...]

    @property
    def day(self) -> date | None:
        """The day that is offered: the only one, and only if it can be read in one way."""
        return self.days[0].readings[0] if len(self.days) == 1 and self.days[0].is_certain else None

    @property
    def doubt(self) -> str:
        """What to say of the sender; nothing when it is Support."""
        return sender_doubt(self.sender, self.from_support)


def look_into(context: Context, source: Path | str) -> ReplyView:
    """What a reply says: a file, or text that was pasted. Nothing is recorded.

    Raises:
        BadInputError: it cannot be read, or is too large or empty.
    """
    return context.read(_offer_of, reading.read_source(source))


def _offer_of(work: Work, reply: Reply) -> ReplyView:
    best = offer(reply, _candidates(work))
    meant = {*best.requests, best.request_id}
    summaries = {request.id: summary(work.policy, request) for request in work.requests if request.id in meant}
    from_support = is_from_support(work.agency.support_address, reply.sender)
    return ReplyView(best, reply.sender, from_support, summaries, _days_of(work, reply, best.request_id))


def _days_of(work: Work, reply: Reply, key: int | None) -> tuple[NamedDay, ...]:
    """The days to come that a reply's own text names; not the one that its request is known to be scheduled for."""
    meant = next((request for request in work.requests if request.id == key), None)
    if meant is not None and not meant.kind_facts.takes_a_day:
        return ()
    here = Place(work.policy, work.agency.region, work.zone, work.now)
    agreed = (meant.scheduled_for,) if meant is not None else ()
    days = find_days(plain_text(split(reply.text)[0])[:MAX_TEXT], here)
    return tuple(day for day in days if max(day.readings) >= work.today and day.readings != agreed)


def _candidates(work: Work) -> list[KnownRequest]:
    sent = grouped((message.request_id, message.message_id) for message in outbox_rows.read(work.connection))
    return [
        KnownRequest(request.id, request.reference, request.case_number, tuple(sent.get(request.id, ())))
        for request in work.requests
    ]


def take(
    work: Work, key: int, case_number: str, *, same_case: bool = False, scheduled_for: date | None = None
) -> Request:
    """Record the case number, or the day, or both that a person took from a reply.

    An answer proves that the request was sent, so that step is recorded too; what waits in the outbox is taken back.

    Args:
        case_number: may be empty, or the one that the request has, where there is a day.
        same_case: Support put this request and another on one case.
        scheduled_for: the local day that Support named.

    Raises:
        BadInputError: the number or the day cannot be used.
        SameCaseError: another request has the number.
        RefusedError: another day was due, and it was not said whether the refresh was made.
        ConflictError: the request has a case number already, is being sent at this moment, has ended, or is of a kind
            that no day is named for.
    """
    request = steps.need(work, key)
    if scheduled_for is None:
        return _take_number(work, request, clean_case_number(case_number), same_case=same_case)
    if case_number.strip() and case_key(case_number) != case_key(request.case_number or ""):
        _take_number(work, request, clean_case_number(case_number), same_case=same_case)
    return advance(work, key, "scheduled", scheduled_for=scheduled_for)


def _take_number(work: Work, request: Request, number: str, *, same_case: bool) -> Request:
    key = request.id
    if request.case_number:
        again = f"has the case number {request.case_number}; a different question is a new case"
        if case_key(request.case_number) == case_key(number):
            again = "has this case number already"
        raise ConflictError(f"{request.reference} {again}. Nothing was changed.")
    if not same_case:
        check_case_is_its_own(work.policy, request, number, work.with_case(number))
    reply_rows.settle(work.connection, key, number)
    work.changed("requests")
    if request.status == "answered":
        steps.change(work, request, case_number=number)
        work.record("request.case-number", request.reference, after={"case_number": number})
        return steps.need(work, key)
    if request.status in ("drafted", "queued"):
        advance(work, key, "sent")
    return advance(work, key, "acknowledged", case_number=number, same_case=same_case)


# --- the watched folder ------------------------------------------------------------------------


def dismiss(work: Work, key: int) -> None:
    """Say that a case number that was found does not belong to the request."""
    number = next((number for number in reply_rows.read_open(work.connection) if number.id == key), None)
    number = needed(number, "This offer is settled already. Nothing was changed.")
    reply_rows.dismiss(work.connection, key)
    work.changed("requests")
    request = steps.need(work, number.request_id)
    work.record("reply.dismissed", request.reference, {"case_number": number.case_number})


def watch(context: Context, stop: CancelToken) -> Done[int]:
    """Look once into the watched folder, read-only, for replies to requests that lack a case number.

    Nothing is looked at while no request waits for one, and nothing but number, sender's address and date is kept.

    Returns:
        How many case numbers are offered now that were not before.

    Raises:
        DeliveryError: the server cannot be reached, trusted, or refuses.
        BadInputError: the keyring cannot be used.
    """
    with context.reading() as work:
        profile, today = work.agency, work.today
        lacking = [request for request in work.requests if lacks_number(request)]
        folder = f"{profile.imap_user}@{profile.imap_host}:{profile.imap_port}/{profile.imap_folder}"
        mark = reply_rows.read_mark(work.connection, folder)
    if profile.imap is None or not lacking:
        return Done(0, frozenset())
    notice = password_notice(context.policy, "imap", profile.imap_host, today)
    password = context.post.find_password("imap", profile.imap)
    if password is None:
        to_do = notice or "Enter it in Settings."
        raise BadInputError(f"The password for the watched folder is not in the keyring. {to_do}")
    oldest = min(item.created_at for item in lacking).astimezone(work.zone).date()
    since = min(oldest, today - _LOOK_BACK)
    access = Access(profile.imap, password, notice)
    messages, mark = context.post.new_messages(access, profile.imap_folder, mark, since, stop)
    replies = present(*map(_readable, messages))
    return context.write(_keep, folder, mark, replies)


def _readable(message: bytes) -> Reply | None:
    """A message of the folder; None for one that cannot be read, which is nobody's fault here."""
    try:
        return reading.read(message)
    except BadInputError:
        return None


def _keep(work: Work, folder: str, mark: Mark, replies: list[Reply]) -> int:
    """Offer what the replies bring, and remember how far the folder was read, in one transaction."""
    requests = {request.id: request for request in work.requests}
    candidates = _candidates(work)
    offered = []
    for reply in replies:
        best = offer(reply, candidates)
        if best.request_id is None or best.conflicts:
            continue
        request = requests[best.request_id]
        if request.status not in OPEN or request.case_number:
            continue
        for number in present(best.case_number) or best.numbers[:_MOST_OFFERED]:
            if not reply_rows.is_known(work.connection, request.id, number):
                reply_rows.insert(work.connection, request.id, number, reply.sender[:300], work.now)
                offered.append({"request": request.reference, "case_number": number})
    reply_rows.keep_mark(work.connection, folder, mark, work.now)
    if offered:
        work.changed("requests")
        work.record("reply.found", "watched folder", after={"offered": offered})
    return len(offered)
