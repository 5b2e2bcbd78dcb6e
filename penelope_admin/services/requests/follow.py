"""Following requests to the end: the steps of their path, case numbers, remarks and the defect that came of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from penelope_admin.absent import mapped
from penelope_admin.domain import features as feature_rules
from penelope_admin.domain import requests as rules
from penelope_admin.domain.delivery import Outgoing, Via
from penelope_admin.domain.features import LONGEST_USE
from penelope_admin.domain.letters import Letter, PhoneUse, compose, phone_use
from penelope_admin.domain.replies import FoundNumber, is_from_support
from penelope_admin.domain.requests import SEVERITIES, Happened, Remark, Request, Severity, Status
from penelope_admin.domain.text import clean_case_number, clean_line, clean_text, yes_or_no
from penelope_admin.domain.times import check_instant
from penelope_admin.errors import BadInputError, ConflictError, needed
from penelope_admin.mail.messages import read_message
from penelope_admin.services.mirror.environments import check_happened, record_event
from penelope_admin.services.requests import steps
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows
from penelope_admin.store.rows import replies as reply_rows
from penelope_admin.store.rows import requests as request_rows


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its letter, as a page or the terminal shows it.

    Attributes:
        summary: what it is about, in a few words.
        message: its newest message in the outbox; None when there never was one.
        phone: whether it may be brought to Support by telephone.
    """

    request: Request
    letter: Letter
    summary: str
    environment_name: str
    feature_names: tuple[str, ...]
    via: Via
    message: Outgoing | None
    portal_url: str
    answer_due: datetime | None
    phone: PhoneUse

    @property
    def is_open(self) -> bool:
        """Whether it can still go on."""
        return self.request.status in rules.OPEN


# --- looking -----------------------------------------------------------------------------------


def find_all(work: Work) -> list[RequestView]:
    """Every request, the newest first."""
    messages = {message.request_id: message for message in outbox_rows.read(work.connection)}
    requests = request_rows.read(work.connection)
    return [_view(work, request, messages.get(request.id)) for request in reversed(requests)]


def find(work: Work, key: int) -> RequestView:
    """One request."""
    request = steps.need(work, key)
    messages = outbox_rows.read(work.connection, request=key)
    view = _view(work, request, next(reversed(messages), None))
    sent = [message.id for message in messages if message.state == "sent"]
    if not sent:
        return view
    return replace(view, letter=read_message(outbox_rows.read_content(work.connection, sent[-1])))


def found_numbers(work: Work) -> list[FoundNumber]:
    """The case numbers seen in the watched folder that nobody took or dismissed yet, oldest first."""
    ours = work.agency.support_address
    numbers = reply_rows.read_open(work.connection)
    return [replace(number, from_support=is_from_support(ours, number.sender)) for number in numbers]


def _view(work: Work, request: Request, message: Outgoing | None) -> RequestView:
    policy, profile = work.policy, work.agency
    return RequestView(
        request=request,
        # A letter that has left is shown as it left: without the number that Support gave it later.
        letter=compose(policy, replace(request, case_number=None), profile.writer),
        summary=rules.summary(policy, request),
        environment_name=feature_rules.environment_name(policy, request.environment),
        feature_names=tuple(feature_rules.feature_name(policy, key) for key in request.features),
        via=request.via or profile.delivery,
        message=message,
        portal_url=profile.portal_url,
        answer_due=rules.answer_due(policy.critical, request),
        phone=phone_use(policy, request, profile.support_package),
    )


# --- the path ----------------------------------------------------------------------------------


def advance(
    work: Work,
    key: int,
    to: Status,
    *,
    case_number: str = "",
    scheduled_for: date | None = None,
    happened_at: datetime | None = None,
    happened: Happened | None = None,
    remark: str = "",
    version: int | None = None,
    same_case: bool = False,
    other_day: bool = False,
) -> Request:
    """Record the next step of a request's path.

    A refresh that is done is recorded as the environment's refresh too: from then on its contact details
    may be real. Cancelling takes the request's message out of the outbox. A refresh that was due is moved or cancelled
    only with the answer whether it was made: one that was is recorded, and a cancelled one is then done; of one that
    nobody knows the day is kept, and contact details count as real until it is settled.

    Args:
        case_number: Support's number; needed once, when they answer.
        happened_at: when Support was contacted, for the step sent, or when production was copied, for a refresh that is
            done; an aware instant, by default now.
        happened: whether the refresh that was due was made.
        same_case: Support put this request and another on one case.
        other_day: the copy was made on another day than agreed, or before it was asked for here.

    Raises:
        BadInputError: the case number is missing, or a day or an instant that cannot be.
        SameCaseError: another request has the case number.
        RefusedError: it was not said whether the refresh that was due was made.
        OtherDayError: the copy was made on another day, and nobody said so.
        ConflictError: the path has no such step from here; the message names those it has.
    """
    before = steps.need(work, key, version)
    number = _case_number(work, before, to, case_number, same_case=same_case)
    at = mapped(happened_at, check_instant)
    rules.check_happened(before, to, work.today, happened, at)
    if happened == "yes" and to == "cancelled":
        to = "done"  # it was carried out
    _check_facts(work, before, to, scheduled_for, None if happened == "yes" else at)
    note = clean_line(remark, "The note", required=False)
    _leave_outbox(work, before, to)
    day = scheduled_for or before.scheduled_for
    steps.change(work, before, status=to, case_number=number, scheduled_for=day)
    sent_at = at if to == "sent" else None
    steps.add_step(work, before.id, to, note, sent_at)
    _record_refresh(work, before, to, happened, at, other_day=other_day)
    was = {"status": before.status, "case_number": before.case_number}
    after: dict[str, object] = {"status": to, "case_number": number, "scheduled_for": day, "remark": note}
    details = {"happened_at": sent_at, "same_case": same_case or None, "other_day": other_day or None}
    after |= {name: value for name, value in details.items() if value is not None}
    if happened:
        after |= {"due": before.scheduled_for, "made": happened}
    work.record(f"request.{to}", before.reference, was, after)
    return steps.need(work, key)


def _case_number(work: Work, request: Request, to: Status, typed: str, *, same_case: bool) -> str | None:
    """The case number that a request has once it has taken a step, if it may take it.

    Raises:
        BadInputError: the step needs a number, or it cannot be used.
        SameCaseError: another request has it.
        ConflictError: the path has no such step from here.
    """
    number = clean_case_number(typed) if typed.strip() else request.case_number
    rules.check_step(request, to, number)
    if number and number != request.case_number and not same_case:
        rules.check_case_is_its_own(work.policy, request, number, work.with_case(number))
    return number


def _leave_outbox(work: Work, request: Request, to: Status) -> None:
    """Take a waiting message out of the outbox; what the mail server has taken is no draft again."""
    if request.status == "queued":
        steps.take_back_message(work, request)
    elif request.status == "sent" and to == "drafted":
        _check_not_taken(work, request)


def _record_refresh(
    work: Work, request: Request, to: Status, happened: Happened | None, at: datetime | None, *, other_day: bool
) -> None:
    """Record the refresh that a step says was made, or the day on which nobody knows whether it was."""
    if happened == "unknown" and request.scheduled_for is not None:
        request_rows.add_doubt(work.connection, request.id, request.scheduled_for)
        work.changed("requests", "environments", "features")
    is_made = request.kind == "refresh" and (to == "done" or happened == "yes")
    if is_made and request.environment is not None:
        _record_copy(work, request, request.environment, at or work.now, other_day=other_day)


def _record_copy(work: Work, request: Request, environment: str, at: datetime, *, other_day: bool) -> None:
    """Record the refresh that a request led to, if it can be that one."""
    rules.check_copied(request, check_happened(work, at), work.zone, other_day=other_day)
    record_event(work, environment, "refreshed", at, remark=request.reference)


def settle_doubt(
    work: Work, key: int, *, was_made: bool, happened_at: datetime | None = None, other_day: bool = False
) -> Request:
    """Say whether a refresh was made, if nobody knew when it was moved or cancelled.

    Args:
        happened_at: when production was copied, if it was made; an aware instant.
        other_day: as for `advance`.

    Raises:
        OtherDayError: as for `advance`.
        BadInputError: nothing is asked about it, or the time of the copy is missing.
    """
    if was_made and happened_at is None:
        raise BadInputError("Say when production was copied. Nothing was saved.")
    request = steps.need(work, key)
    if not request.doubted or request.environment is None:
        raise BadInputError(f"Nobody asks whether {request.reference} was made. Nothing was changed.")
    request_rows.settle_doubts(work.connection, key)
    work.changed("requests", "environments", "features")
    if was_made and happened_at is not None:
        _record_copy(work, request, request.environment, happened_at, other_day=other_day)
    due, answer = list(request.doubted), yes_or_no(was_made)
    work.record("request.doubt-settled", request.reference, {"due": due}, {"made": answer})
    return steps.need(work, key)


def _check_not_taken(work: Work, request: Request) -> None:
    """Refuse to make a draft again of what the mail server has taken."""
    if any(message.state == "sent" for message in outbox_rows.read(work.connection, request=request.id)):
        raise ConflictError(
            f"The mail server has taken {request.reference}; that cannot be undone. Nothing was changed. "
            "Cancel it, and tell Support."
        )


def _check_facts(
    work: Work, request: Request, to: Status, scheduled_for: date | None, happened_at: datetime | None
) -> None:
    """Refuse a day or an instant that does not belong to the step, or lies before the request."""
    if to == "scheduled":
        _check_day(work, request, needed(scheduled_for, "Give the day Support named. Nothing was saved."))
    elif scheduled_for is not None:
        raise BadInputError("A day belongs to the step scheduled only. Nothing was saved.")
    if happened_at is not None and to == "sent":
        rules.check_contact(request, happened_at, work.now)
    elif happened_at is not None and (to != "done" or request.kind != "refresh"):
        raise BadInputError(
            "A time belongs to the step sent, or to the step done of a refresh only. Nothing was saved."
        )


def _check_day(work: Work, request: Request, day: date) -> None:
    if day < request.created_at.astimezone(work.zone).date():
        raise BadInputError("That day lies before the request. Nothing was saved.")
    if day > work.today + LONGEST_USE:
        raise BadInputError("That day is more than five years ahead. Nothing was saved. Correct it.")


def correct_case_number(
    work: Work, key: int, number: str, version: int | None = None, *, same_case: bool = False
) -> Request:
    """Correct a case number that was entered wrong; the log keeps both.

    Args:
        same_case: Support put this request and another on one case.

    Raises:
        BadInputError: the number cannot be used.
        SameCaseError: another request has it.
        ConflictError: it has none yet: that is a step of its path.
    """
    right = clean_case_number(number)
    before = steps.need(work, key, version)
    rules.check_case(before)
    if not same_case:
        rules.check_case_is_its_own(work.policy, before, right, work.with_case(right))
    steps.change(work, before, case_number=right)
    was = {"case_number": before.case_number}
    work.record("request.case-number", before.reference, was, {"case_number": right})
    return steps.need(work, key)


def remark(work: Work, key: int, text: str) -> Remark:
    """Note something about a request, with the date and your name.

    Raises:
        BadInputError: the text cannot be used.
    """
    note = Remark(work.now, work.actor, clean_text(text, "The note"))
    request = steps.need(work, key)
    request_rows.add_remark(work.connection, key, note)
    work.changed("requests")
    work.record("request.remarked", request.reference, after={"remark": note.text})
    return note


def record_defect(work: Work, key: int, number: str, severity: str, version: int | None = None) -> Request:
    """Record the defect that Support confirmed and attached to the case; a new severity replaces the old one.

    Raises:
        BadInputError: the number or severity cannot be used.
        ConflictError: the request has no case number yet.
    """
    cleaned = clean_line(number, "The defect's number", limit=60)
    if severity.strip().upper() not in SEVERITIES:
        raise BadInputError(f"A severity is one of {', '.join(SEVERITIES)}. Nothing was saved.")
    level = cast("Severity", severity.strip().upper())
    before = steps.need(work, key, version)
    rules.check_case(before)
    steps.change(work, before, defect_number=cleaned, defect_severity=level)
    was = {"number": before.defect_number, "severity": before.defect_severity}
    work.record("request.defect", before.reference, was, {"number": cleaned, "severity": level})
    return steps.need(work, key)


def drop_wanted(work: Work, key: int) -> Request:
    """Say that the features a refresh should have brought back are not needed any more.

    Raises:
        BadInputError: it is not a refresh.
    """
    before = steps.need(work, key)
    if before.kind != "refresh":
        raise BadInputError(f"{before.reference} is not a refresh. Nothing was changed.")
    request_rows.replace_features(work.connection, key, ())
    work.changed("requests")
    was = {"re_enable": list(before.features)}
    work.record("request.features-dropped", before.reference, was, {"re_enable": []})
    return steps.need(work, key)
