"""Requests to Support: drafted, followed to the end, with remarks and the defect that came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from penelope_admin.domain import features as feature_rules
from penelope_admin.domain import requests as rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import Outgoing, Via
from penelope_admin.domain.features import LONGEST_USE, Acknowledgement, Verdict
from penelope_admin.domain.letters import BY_PHONE, Letter, PhoneUse, compose, phone_use
from penelope_admin.domain.requests import KINDS, SEVERITIES, Happened, Remark, Request, Severity, Status, Wish
from penelope_admin.domain.text import clean_case_number, clean_line, clean_text
from penelope_admin.domain.times import check_instant, in_words
from penelope_admin.domain.windows import Calendar, warnings_for_dates
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.mail import messages
from penelope_admin.mail.messages import LONGEST_SUBJECT
from penelope_admin.services import agency as agencies
from penelope_admin.services.environments import need_environment, need_known, read_posture, record_in
from penelope_admin.services.features import read_around
from penelope_admin.services.ledger import (
    CHANGED,
    Doubt,
    FoundNumber,
    add_step,
    change_request,
    need_request,
    read_doubts,
    read_outgoing,
    read_requests,
    read_waiting,
    take_back_message,
)
from penelope_admin.services.notices import LONGEST
from penelope_admin.services.register import read_states
from penelope_admin.services.windows import calendar, last_known
from penelope_admin.services.work import Context, Done, local_today
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.topics import Topic


@dataclass(frozen=True, slots=True)
class Drafted:
    """A request that was drafted, and what to know about it."""

    request: Request
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its letter, as a page or the terminal shows it.

    Attributes:
        summary: what it is about, in a few words.
        via: the way it is sent.
        message: its newest message in the outbox; None when there never was one.
        phone: whether it may be brought to Support by telephone.
        doubted: local days on which it was due, and of which nobody knows whether it was made then.
    """

    request: Request
    letter: Letter
    summary: str
    environment_name: str
    feature_names: tuple[str, ...]
    via: Via
    message: Outgoing | None = None
    portal_url: str = ""
    answer_due: datetime | None = None
    phone: PhoneUse = BY_PHONE
    doubted: tuple[date, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it can still go on."""
        return self.request.status in rules.OPEN

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        request = self.request
        facts: dict[str, object] = {
            "id": request.id,
            "reference": request.reference,
            "kind": request.kind,
            "summary": self.summary,
            "env": request.environment,
            "status": request.status,
            "next_steps": list(rules.legal_steps(request)),
            "title": request.title,
            "reason": request.reason,
            "earliest": request.earliest,
            "latest": request.latest,
            "re_enable": list(request.wanted_back),
            "features": list(request.features),
            "change": request.change,
            "upgrade_day": request.upgrade_day,
            "version": request.product_version,
            "characteristics": list(request.characteristics),
            "began_at": request.began_at,
            "answer_due": self.answer_due,
            "via": self.via,
            "message": self.message.state if self.message else None,
            "may_have_arrived": bool(rules.doubt(request)),
            "case_number": request.case_number,
            "scheduled_for": request.scheduled_for,
            "defect": {"number": request.defect_number, "severity": request.defect_severity}
            if request.defect_number
            else None,
            "created_at": request.created_at,
            "steps": [
                {"at": step.at.isoformat(), "status": step.status, "by": step.by, "remark": step.remark}
                for step in request.steps
            ],
            "remarks": [{"at": note.at.isoformat(), "by": note.by, "text": note.text} for note in request.remarks],
            "doubted": [day.isoformat() for day in self.doubted],
        }
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in facts.items()}


# --- drafting ----------------------------------------------------------------------------------


def warnings_for(context: Context, wish: Wish) -> tuple[str, ...]:
    """What to know before something is asked for: upgrade windows it meets, work a refresh overwrites.

    Raises:
        BadInputError: no agency is set up, or it does not have the environment.
    """
    with context.store.reading() as connection:
        return _warnings(context, connection, agencies.need(context.policy, connection), wish)


def _warnings(context: Context, connection: sa.Connection, profile: Profile, wish: Wish) -> tuple[str, ...]:
    found = []
    now = context.now()
    if "dates" in KINDS[wish.kind].fields:
        found += _window_warnings(calendar(context, connection, profile), now, wish)
    if wish.target is None:
        return tuple(found)
    environment = need_known(context, connection, profile, wish.target)
    known = read_posture(context, connection, profile, environment.key)
    if wish.kind == "refresh":
        states = read_states(context.policy, connection, environment.key)
        found += rules.overwritten_work(context.policy, states, wish.earliest, local_today(now, profile.zone))
        if environment.contact_details.after_refresh != "de-identified" and not known.may_be_real:
            found.append(
                "After the refresh the copy holds real contact details, as production does, until it is upgraded."
            )
    named = (feature_rules.find_feature(context.policy, key) for key in wish.features)
    reaches = any(feature.uses_contact_details for feature in named)
    if wish.kind == "feature-change" and wish.change == "enable" and reaches and known.may_be_real:
        found.append(known.sentence)
    return tuple(found)


def _window_warnings(windows: Calendar, now: datetime, wish: Wish) -> list[str]:
    """The windows that the wished-for days meet; open ends are today and the last day named."""
    today = now.astimezone(windows.zone).date()
    last = wish.latest or wish.earliest
    first = max(wish.earliest or today, today)  # what has passed warns nobody
    if last is None or last < first:
        return []
    if first > today + LONGEST_USE:
        return []
    early = first - LONGEST - timedelta(days=1)  # a window may have started before the first day
    until = last_known(min(last, today + LONGEST_USE))
    return warnings_for_dates(windows.between(now, early, until=until), first, last)


def warnings_for_day(context: Context, key: int, day: date) -> tuple[str, ...]:
    """What to know of the day Support named for a request: what was asked for, and upgrade windows it meets.

    Raises:
        BadInputError: there is no such request, or no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        request = need_request(connection, key)
        found = rules.day_warnings(request, day)
        if request.kind in rules.OF_COPIES:
            months = calendar(context, connection, profile)
            found += _window_warnings(months, context.now(), Wish(earliest=day, latest=day))
        return tuple(found)


def draft(context: Context, wish: Wish) -> Done[Drafted]:
    """Draft a request. Nothing is sent.

    Raises:
        BadInputError: a field is missing or cannot be used, dates cannot be met, or not the agency's environment.
        RefusedError: production as a target, a feature that cannot be had, a missing acknowledgement, an incident
            that is not critical, or the word that opens a critical incident in another request's subject.
    """
    with context.store.writing() as connection:
        return Done(draft_in(context, connection, wish), CHANGED)


def draft_in(context: Context, connection: sa.Connection, wish: Wish) -> Drafted:
    """`draft` in the caller's transaction."""
    wanted = _wanted(context, connection, wish)
    inserted = connection.execute(
        sa.insert(schema.request).values(created_at=context.now(), version=1, status="drafted", **wanted.fields)
    )
    key = new_id(inserted)
    _write_features(connection, key, wanted.features)
    add_step(context, connection, key, "drafted")
    request = _checked_request(context, connection, key)
    context.record(connection, "request.drafted", request.reference, after={**wanted.facts, "status": "drafted"})
    return Drafted(request, wanted.warnings)


def redraft(context: Context, key: int, wish: Wish, version: int | None = None) -> Done[Drafted]:
    """Change a draft that has not left yet. Its kind stays: another kind is another request.

    Raises:
        BadInputError, RefusedError: as for `draft`.
        ConflictError: it is no draft any more, or somebody else changed it.
    """
    with context.store.writing() as connection:
        before = need_request(connection, key, version)
        rules.check_redraft(before, wish)
        wanted = _wanted(context, connection, wish, before)
        change_request(connection, before, **wanted.fields)
        _write_features(connection, key, wanted.features)
        after = _checked_request(context, connection, key)
        was = {"title": before.title, "reason": before.reason, "features": list(before.features)}
        context.record(connection, "request.redrafted", before.reference, was, wanted.facts)
        return Done(Drafted(after, wanted.warnings), CHANGED)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A wish that is in order: the request's columns, its features, and what to know."""

    fields: dict[str, Any]
    features: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """For the activity log."""
        given = {name: value for name, value in self.fields.items() if value not in (None, "")}
        return {**given, "features": list(self.features), "warnings": list(self.warnings)}


def _wanted(context: Context, connection: sa.Connection, wish: Wish, before: Request | None = None) -> _Wanted:
    """What a wish comes to, once all of it is in order.

    Args:
        before: the draft it changes. Dates that stay as they were may have passed.
    """
    rules.check_fields(wish)
    rules.check_title(context.policy.critical, wish)
    profile = agencies.need(context.policy, connection)
    if before is None or (before.earliest, before.latest) != (wish.earliest, wish.latest):
        rules.check_dates(wish.earliest, wish.latest, local_today(context.now(), profile.zone))
    fields = _checked(context, connection, profile, wish)
    if wish.upgrade_day and (before is None or before.upgrade_day != wish.upgrade_day):
        _check_upgrade_day(calendar(context, connection, profile), wish.upgrade_day)
    fields = _checked(context, connection, profile, wish)
    features = _features(context, connection, profile, wish, fields["environment"])
    fields["acknowledged_real"] = fields["queue_empty"] = None
    if wish.kind == "feature-change" and wish.change == "enable":
        fields["acknowledged_real"] = read_posture(context, connection, profile, fields["environment"]).may_be_real
        asked = any(item.queue_checks for item in _verdicts(context, connection, profile, wish, fields["environment"]))
        fields["queue_empty"] = asked and wish.acknowledgement is not None and wish.acknowledgement.queue_empty
    return _Wanted(fields, features, _warnings(context, connection, profile, wish))


def _check_upgrade_day(windows: Calendar, day: date) -> None:
    """Refuse to ask for the notice of an upgrade that nobody planned.

    Raises:
        BadInputError: no upgrade window, computed or announced, lies on the day or within a week of it.
    """
    if not windows.near(day):
        raise BadInputError(
            f"No upgrade window lies near {in_words(day)}. Nothing was saved. Name the day of a window; they stand "
            "under Upgrade windows."
        )


def _checked_request(context: Context, connection: sa.Connection, key: int) -> Request:
    """The request as it was written, if its letter can have a subject: the agency's name is a part of that."""
    request = need_request(connection, key)
    letter = compose(context.policy, request, agencies.need(context.policy, connection).writer)
    clean_line(letter.subject, "The subject with the agency's name", limit=LONGEST_SUBJECT)
    return request


def _write_features(connection: sa.Connection, key: int, features: tuple[str, ...]) -> None:
    table = schema.request_feature
    connection.execute(sa.delete(table).where(table.c.request_id == key))
    if features:
        connection.execute(sa.insert(table), [{"request_id": key, "feature": feature} for feature in features])


def _checked(context: Context, connection: sa.Connection, profile: Profile, wish: Wish) -> dict[str, Any]:
    """The columns of a wish that is in order."""
    environment = None
    if wish.target is not None:
        of_copy = wish.kind in rules.OF_COPIES
        # Support may be written to about a database that is no longer the agency's: something may be on there.
        found = (
            need_environment(context, profile, wish.target)
            if of_copy
            else need_known(context, connection, profile, wish.target)
        )
        environment = found.key
    if wish.kind in rules.OF_COPIES and environment is not None:
        check = rules.check_target if wish.kind == "refresh" else rules.check_copy
        check(context.policy.environment[environment])
    critical = context.policy.critical
    if wish.kind == "critical":
        doubts = rules.why_not_critical(critical, wish.characteristics, wish.everybody)
        if doubts:
            raise RefusedError(" ".join((*doubts, rules.false_alarm_warning(critical), "Nothing was saved.")))
    began = check_instant(wish.began_at) if wish.began_at else None
    if began is not None and began > context.now():
        raise BadInputError("The time it began lies ahead. Nothing was saved. Correct it.")
    needs_reason = "reason" in KINDS[wish.kind].required
    return {
        "kind": wish.kind,
        "environment": environment,
        "title": clean_line(wish.title, "The subject", required="title" in KINDS[wish.kind].required, limit=120),
        "reason": clean_text(
            wish.reason, "The reason" if wish.kind == "refresh" else "The text", required=needs_reason
        ),
        "earliest": wish.earliest,
        "latest": wish.latest,
        "change": wish.change,
        "upgrade_day": wish.upgrade_day,
        "product_version": clean_line(wish.version, "The version", required=False, limit=60) or None,
        "characteristics": ",".join(sorted(set(wish.characteristics))) or None,
        "began_at": began,
    }


def _features(
    context: Context, connection: sa.Connection, profile: Profile, wish: Wish, environment: str | None
) -> tuple[str, ...]:
    """The features of a wish, in the policy's order, once each of them may be asked for."""
    policy = context.policy
    wanted = {feature_rules.find_feature(policy, key).key for key in wish.features}
    if environment is None or not wanted:
        return ()
    if wish.kind == "refresh":
        for key in sorted(wanted):
            feature_rules.require_listed(policy, policy.feature[key], environment)
    else:
        found = _verdicts(context, connection, profile, wish, environment)
        # What is refused for good comes first: nobody is asked to acknowledge a risk for nothing.
        for verdict in sorted(found, key=lambda verdict: not verdict.needs_nothing_more):
            verdict.require()
    return tuple(feature.key for feature in policy.features if feature.key in wanted)


def verdicts(context: Context, wish: Wish) -> list[Verdict]:
    """What the rules say to each feature that Support is to be asked to switch; nothing for other kinds.

    Raises:
        BadInputError: no agency is set up, it does not have the environment, or there is no such feature.
    """
    if wish.kind != "feature-change" or wish.target is None or wish.change is None:
        return []
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        return _verdicts(context, connection, profile, wish, need_environment(context, profile, wish.target).key)


def _verdicts(
    context: Context, connection: sa.Connection, profile: Profile, wish: Wish, environment: str
) -> list[Verdict]:
    states = {state.feature: state for state in read_states(context.policy, connection, environment)}
    known = read_posture(context, connection, profile, environment)
    keys = [feature_rules.find_feature(context.policy, key).key for key in wish.features]
    change = wish.change or "enable"
    around = read_around(context, connection, profile, environment, known)
    return [
        feature_rules.can_ask(context.policy, states[key], change, known, wish.acknowledgement, around) for key in keys
    ]


def check_still_right(context: Context, connection: sa.Connection, profile: Profile, request: Request) -> None:
    """Refuse to let a request leave that could not be drafted any more as it stands.

    Raises:
        BadInputError: the database is not the agency's any more, or the policy has no such feature.
        ConflictError: the last day asked for has passed, or contact details may be real now and could not be when it
            was drafted.
        RefusedError: a feature is locked or not on the list, or a second person's approval is missing.
    """
    policy = context.policy
    # What names a locked feature never leaves, whatever kind of request it is.
    for key in request.features:
        feature = feature_rules.find_feature(policy, key)
        feature_rules.refuse_locked(policy, feature, request.environment or feature_rules.MIRRORED)
        if request.kind == "refresh":
            feature_rules.require_listed(policy, feature, request.environment or feature_rules.MIRRORED)
    if request.kind in rules.OF_COPIES and request.environment is not None:
        environment = need_environment(context, profile, request.environment)
        check = rules.check_target if request.kind == "refresh" else rules.check_copy
        check(environment)
    rules.check_not_late(request, local_today(context.now(), profile.zone))
    _check_acknowledged(context, connection, profile, request)


def _check_acknowledged(context: Context, connection: sa.Connection, profile: Profile, request: Request) -> None:
    """Refuse to ask for features once contact details may be real, if that was not so when it was drafted."""
    if request.kind != "feature-change" or request.change != "enable" or request.environment is None:
        return
    named = request.environment if request.acknowledged_real else None
    given = Acknowledgement(phi=True, environment=named, queue_empty=bool(request.queue_empty))
    wish = Wish(
        "feature-change", request.environment, features=request.features, change="enable", acknowledgement=given
    )
    for verdict in _verdicts(context, connection, profile, wish, request.environment):
        if verdict.needs_name and not request.acknowledged_real:
            known = read_posture(context, connection, profile, request.environment)
            raise ConflictError(
                f"{known.sentence} That was not so when {request.reference} was drafted. Nothing was sent. "
                "Cancel it and draft it again."
            )
        verdict.require()


def preview(context: Context, wish: Wish) -> Letter:
    """The letter a wish would become, before it is drafted.

    Raises:
        BadInputError: no agency is set up, it does not have the environment, or there is no such feature.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        environment = need_known(context, connection, profile, wish.target).key if wish.target else None
        features = {feature_rules.find_feature(context.policy, key).key for key in wish.features}
        for key in features if environment else ():
            feature_rules.refuse_locked(context.policy, context.policy.feature[key], environment or "")
        newest = connection.execute(sa.select(sa.func.max(schema.request.c.id))).scalar() or 0
        request = Request(
            id=newest + 1, kind=wish.kind, environment=environment, status="drafted", reason=wish.reason.strip(),
            created_at=context.now(), title=wish.title.strip(), earliest=wish.earliest, latest=wish.latest,
            features=tuple(sorted(features)), change=wish.change, upgrade_day=wish.upgrade_day,
            product_version=wish.version.strip() or None, characteristics=wish.characteristics, began_at=wish.began_at,
        )  # fmt: skip
        return compose(context.policy, request, profile.writer)


# --- looking -----------------------------------------------------------------------------------


def find_all(context: Context) -> list[RequestView]:
    """Every request, the newest first.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        messages = {message.request_id: message for message in read_outgoing(connection)}
        doubts = read_doubts(connection)
        return [
            _view(context, profile, request, messages.get(request.id), doubts)
            for request in reversed(read_requests(connection))
        ]


def find(context: Context, key: int) -> RequestView:
    """One request.

    Raises:
        BadInputError: there is no such request.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        request = need_request(connection, key)
        messages = read_outgoing(connection, schema.outgoing_message.c.request_id == key)
        view = _view(context, profile, request, messages[-1] if messages else None, read_doubts(connection))
        sent = next((message.id for message in reversed(messages) if message.state == "sent"), None)
        return view if sent is None else replace(view, letter=_letter_sent(connection, sent))


def _letter_sent(connection: sa.Connection, message: int) -> Letter:
    """The letter of a message as the mail server took it."""
    table = schema.outgoing_message
    content = connection.execute(sa.select(table.c.content).where(table.c.id == message)).scalar_one()
    return messages.read_message(str(content).encode("ascii"))


def found_numbers(context: Context) -> list[FoundNumber]:
    """The case numbers seen in the watched folder that nobody took or dismissed yet, oldest first.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        return read_waiting(connection, agencies.need(context.policy, connection))


def _view(
    context: Context, profile: Profile, request: Request, message: Outgoing | None, doubts: Sequence[Doubt]
) -> RequestView:
    policy = context.policy
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
        doubted=tuple(doubt.day for doubt in doubts if doubt.request_id == request.id),
    )


# --- the path ----------------------------------------------------------------------------------


def advance(
    context: Context,
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
) -> Done[Request]:
    """Record the next step of a request's path.

    A refresh that is done is recorded as the environment's refresh too: from then on its contact details
    may be real. Cancelling takes the request's message out of the outbox. A refresh that was due is moved or cancelled
    only with the answer whether it was made: one that was is recorded, and a cancelled one is then done; of one that
    nobody knows the day is kept, and contact details count as real until it is settled.

    Args:
        case_number: Support's number; needed once, when they answer.
        scheduled_for: the local day Support named.
        happened_at: when Support was contacted, for the step sent, or when production was copied, for a refresh that is
            done; an aware instant, by default now.
        happened: whether the refresh that was due was made.
        same_case: Support put this request and another on one case.

    Raises:
        BadInputError: no such request, the case number is missing, or a day or an instant that cannot be.
        SameCaseError: another request has the case number.
        RefusedError: it was not said whether the refresh that was due was made.
        ConflictError: the path has no such step from here; the message names those it has.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        before = need_request(connection, key, version)
        changes = advance_in(
            context, connection, profile, before, to, case_number, scheduled_for, happened_at, remark,
            happened=happened, same_case=same_case,
        )  # fmt: skip
        return Done(need_request(connection, key), changes)


def advance_in(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    before: Request,
    to: Status,
    case_number: str = "",
    scheduled_for: date | None = None,
    happened_at: datetime | None = None,
    remark: str = "",
    *,
    happened: Happened | None = None,
    same_case: bool = False,
) -> frozenset[Topic]:
    """`advance` in the caller's transaction; gives back what it changed."""
    number = clean_case_number(case_number) if case_number.strip() else before.case_number
    rules.check_step(before, to, number)
    if number != before.case_number and number and not same_case:
        rules.check_case_is_its_own(context.policy, before, number, read_requests(connection))
    at = check_instant(happened_at) if happened_at is not None else None
    rules.check_happened(before, to, local_today(context.now(), profile.zone), happened, at)
    was_made = happened == "yes"
    if was_made and to == "cancelled":
        to = "done"  # it was carried out
    _check_facts(context, before, to, scheduled_for, None if was_made else at, profile.zone)
    if before.status == "queued":
        take_back_message(context, connection, before)
    elif before.status == "sent" and to == "drafted":
        _check_not_taken(connection, before)
    day = scheduled_for or before.scheduled_for
    change_request(connection, before, status=to, case_number=number, scheduled_for=day)
    note = clean_line(remark, "The remark", required=False)
    add_step(context, connection, before.id, to, note, at if to == "sent" else None)
    changes: set[Topic] = {"requests"}
    if happened == "unknown":
        doubt = {"request_id": before.id, "day": before.scheduled_for}
        connection.execute(sa.insert(schema.refresh_doubt).values(doubt))
        changes |= {"environments", "features"}
    if (to == "done" or was_made) and before.kind == "refresh" and before.environment is not None:
        record_in(
            context, connection, profile, before.environment, "refreshed", at or context.now(), remark=before.reference
        )
        changes |= {"environments", "features"}
    after: dict[str, object] = {"status": to, "case_number": number, "scheduled_for": day, "remark": note}
    if to == "sent" and at is not None:
        after["happened_at"] = at
    if same_case:
        after["same_case"] = True
    if happened:
        after |= {"due": before.scheduled_for, "made": happened}
    was = {"status": before.status, "case_number": before.case_number}
    context.record(connection, f"request.{to}", before.reference, was, after)
    return frozenset(changes)


def settle_doubt(context: Context, key: int, *, made: bool, happened_at: datetime | None = None) -> Done[Request]:
    """Say whether a refresh was made of which nobody knew it when it was moved or cancelled.

    Args:
        happened_at: when production was copied, if it was made; an aware instant.

    Raises:
        BadInputError: there is no such request, nothing is asked about it, or the time of the copy is missing.
    """
    if made and happened_at is None:
        raise BadInputError("Say when production was copied. Nothing was saved.")
    table = schema.refresh_doubt
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        request = need_request(connection, key)
        days = [doubt.day for doubt in read_doubts(connection) if doubt.request_id == key]
        if not days or request.environment is None:
            raise BadInputError(f"Nobody asks whether {request.reference} was made. Nothing was changed.")
        connection.execute(sa.delete(table).where(table.c.request_id == key))
        if made and happened_at is not None:
            record_in(
                context, connection, profile, request.environment, "refreshed", happened_at, remark=request.reference
            )
        context.record(
            connection, "request.doubt-settled", request.reference, {"due": days}, {"made": "yes" if made else "no"}
        )
        return Done(need_request(connection, key), frozenset({"requests", "environments", "features"}))


def _check_not_taken(connection: sa.Connection, request: Request) -> None:
    """Refuse to make a draft again of what the mail server has taken.

    Raises:
        ConflictError: it has.
    """
    table = schema.outgoing_message
    if read_outgoing(connection, (table.c.request_id == request.id) & (table.c.state == "sent")):
        raise ConflictError(
            f"The mail server has taken {request.reference}; that cannot be undone. Nothing was changed. "
            "Cancel it, and tell Support."
        )


def correct_case_number(
    context: Context, key: int, number: str, version: int | None = None, *, same_case: bool = False
) -> Done[Request]:
    """Put a case number right that was entered wrong; the log keeps both.

    Args:
        same_case: Support put this request and another on one case.

    Raises:
        BadInputError: there is no such request, or the number cannot be used.
        SameCaseError: another request has it.
        ConflictError: it has none yet: that is a step of its path.
    """
    right = clean_case_number(number)
    with context.store.writing() as connection:
        before = need_request(connection, key, version)
        rules.check_case(before)
        if not same_case:
            rules.check_case_is_its_own(context.policy, before, right, read_requests(connection))
        change_request(connection, before, case_number=right)
        context.record(
            connection, "request.case-number", before.reference,
            {"case_number": before.case_number}, {"case_number": right},
        )  # fmt: skip
        return Done(need_request(connection, key), CHANGED)


def _check_facts(
    context: Context,
    request: Request,
    to: Status,
    scheduled_for: date | None,
    happened_at: datetime | None,
    zone: str,
) -> None:
    """Refuse a day or an instant that does not belong to the step, or lies before the request."""
    if (to == "scheduled") != (scheduled_for is not None):
        raise BadInputError(
            "Give the day Support named. Nothing was saved."
            if to == "scheduled"
            else "A day belongs to the step scheduled only. Nothing was saved."
        )
    if happened_at is not None and to == "sent":
        rules.check_contact(request, happened_at, context.now())
    elif happened_at is not None and (to != "done" or request.kind != "refresh"):
        raise BadInputError(
            "A time belongs to the step sent, or to the step done of a refresh only. Nothing was saved."
        )
    if scheduled_for is not None and scheduled_for < local_today(request.created_at, zone):
        raise BadInputError("That day lies before the request. Nothing was saved.")
    if scheduled_for is not None and scheduled_for > local_today(context.now(), zone) + LONGEST_USE:
        raise BadInputError("That day lies more than five years ahead. Nothing was saved. Correct it.")


def remark(context: Context, key: int, text: str) -> Done[Remark]:
    """Note something about a request, with the date and your name.

    Raises:
        BadInputError: there is no such request, or the text cannot be used.
    """
    note = clean_text(text, "The remark")
    with context.store.writing() as connection:
        request = need_request(connection, key)
        made = Remark(context.now(), context.actor, note)
        connection.execute(
            sa.insert(schema.request_remark).values(request_id=key, at=made.at, by=made.by, text=made.text)
        )
        context.record(connection, "request.remarked", request.reference, after={"remark": note})
    return Done(made, CHANGED)


def record_defect(context: Context, key: int, number: str, severity: str, version: int | None = None) -> Done[Request]:
    """Record the defect that Support confirmed and attached to the case; a new severity replaces the old one.

    Raises:
        BadInputError: no such request, or the number or severity cannot be used.
        ConflictError: the request has no case number yet.
    """
    given = clean_line(number, "The defect's number", limit=60)
    if severity.strip().upper() not in SEVERITIES:
        raise BadInputError(f"A severity is one of {', '.join(SEVERITIES)}. Nothing was saved.")
    level = cast("Severity", severity.strip().upper())
    with context.store.writing() as connection:
        before = need_request(connection, key, version)
        rules.check_case(before)
        change_request(connection, before, defect_number=given, defect_severity=level)
        context.record(
            connection, "request.defect", before.reference,
            {"number": before.defect_number, "severity": before.defect_severity},
            {"number": given, "severity": level},
        )  # fmt: skip
        return Done(need_request(connection, key), CHANGED)


def drop_wanted(context: Context, key: int) -> Done[Request]:
    """Say that the features a refresh should have brought back are not needed any more.

    Raises:
        BadInputError: there is no such request, or it is no refresh.
    """
    with context.store.writing() as connection:
        before = need_request(connection, key)
        if before.kind != "refresh":
            raise BadInputError(f"{before.reference} is no refresh. Nothing was changed.")
        table = schema.request_feature
        connection.execute(sa.delete(table).where(table.c.request_id == key))
        context.record(
            connection, "request.features-dropped", before.reference, {"re_enable": list(before.features)},
            {"re_enable": []},
        )  # fmt: skip
        return Done(need_request(connection, key), CHANGED)
