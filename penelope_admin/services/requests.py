"""Requests to Support: drafted here, sent by a person, followed to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain import features as feature_rules
from penelope_admin.domain import requests as rules
from penelope_admin.domain.requests import Letter, Request, Status, Step
from penelope_admin.domain.text import clean_case_number, clean_line, clean_text
from penelope_admin.domain.windows import Calendar, warnings_for_dates
from penelope_admin.errors import BadInputError
from penelope_admin.files import write_private
from penelope_admin.gateways import mail
from penelope_admin.services import agency as agencies
from penelope_admin.services.context import Context, Done, Topic, changed_meanwhile, local_today
from penelope_admin.services.environments import need_environment, read_posture, record_in
from penelope_admin.services.features import MIRRORED
from penelope_admin.services.notices import LONGEST
from penelope_admin.services.register import read_states
from penelope_admin.services.windows import calendar
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id


@dataclass(frozen=True, slots=True)
class RefreshWish:
    """What is asked for. Dates are local; `re_enable` holds the keys of features wanted back afterwards."""

    environment: str = MIRRORED
    reason: str = ""
    earliest: date | None = None
    latest: date | None = None
    re_enable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """A request that was drafted, and what to know about it."""

    request: Request
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its letter, as a page or the terminal shows it."""

    request: Request
    letter: Letter
    environment_name: str
    feature_names: tuple[str, ...]
    portal_url: str = ""

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        request = self.request
        return {
            "id": request.id,
            "reference": request.reference,
            "kind": request.kind,
            "env": request.environment,
            "status": request.status,
            "next_steps": list(rules.legal_steps(request.status)),
            "reason": request.reason,
            "earliest": request.earliest.isoformat() if request.earliest else None,
            "latest": request.latest.isoformat() if request.latest else None,
            "re_enable": list(request.re_enable),
            "case_number": request.case_number,
            "scheduled_for": request.scheduled_for.isoformat() if request.scheduled_for else None,
            "created_at": request.created_at.isoformat(),
            "steps": [
                {"at": step.at.isoformat(), "status": step.status, "by": step.by, "remark": step.remark}
                for step in request.steps
            ],
        }


def warnings_for(context: Context, wish: RefreshWish) -> tuple[str, ...]:
    """What to know before a refresh is asked for: upgrade windows it meets, work it overwrites.

    Raises:
        BadInputError: no agency is set up, or it does not have the environment.
    """
    with context.store.reading() as connection:
        return _warnings(context, connection, agencies.need(context.policy, connection), wish)


def _warnings(
    context: Context, connection: sa.Connection, profile: agencies.Profile, wish: RefreshWish
) -> tuple[str, ...]:
    environment = need_environment(context, profile, wish.environment)
    now = context.now()
    states = read_states(context.policy, connection, environment.key)
    known = read_posture(context, connection, profile, environment.key)
    found = [
        *_window_warnings(calendar(context, connection, profile), now, wish),
        *rules.overwritten_work(context.policy, states, wish.earliest, local_today(now, profile.zone)),
    ]
    if environment.contact_details.after_refresh != "de-identified" and not known.may_be_real:
        found.append("After the refresh the copy holds real contact details, as production does, until it is upgraded.")
    return tuple(found)


def _window_warnings(windows: Calendar, now: datetime, wish: RefreshWish) -> list[str]:
    """The windows that the wished-for days meet; open ends are today and the last day named."""
    last = wish.latest or wish.earliest
    first = wish.earliest or now.astimezone(windows.zone).date()
    if last is None or last < first:
        return []
    early = first - LONGEST - timedelta(days=1)  # a window may have started before the first day
    return warnings_for_dates(windows.between(now, early, until=last), first, last)


def draft_refresh(context: Context, wish: RefreshWish) -> Done[Drafted]:
    """Draft a request to refresh an environment from production. Nothing is sent.

    Raises:
        BadInputError: no reason, dates that cannot be met, or not the agency's environment.
        RefusedError: production, or a feature that cannot be wanted back.
    """
    now = context.now()
    reason = clean_text(wish.reason, "The reason")
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        environment = need_environment(context, profile, wish.environment)
        rules.check_target(environment)
        rules.check_dates(wish.earliest, wish.latest, local_today(now, profile.zone))
        features = _wanted_features(context, environment.key, wish.re_enable)
        warnings = _warnings(context, connection, profile, wish)
        fields = {
            "kind": "refresh",
            "environment": environment.key,
            "status": "drafted",
            "reason": reason,
            "earliest": wish.earliest,
            "latest": wish.latest,
        }
        inserted = connection.execute(sa.insert(schema.request).values(created_at=now, version=1, **fields))
        key = new_id(inserted)
        if features:
            rows = [{"request_id": key, "feature": feature} for feature in features]
            connection.execute(sa.insert(schema.request_feature), rows)
        _add_step(context, connection, key, "drafted", "")
        request = _need(connection, key)
        facts = {**fields, "re_enable": list(features), "warnings": list(warnings)}
        context.record(connection, "request.drafted", request.reference, after=facts)
    return Done(Drafted(request, warnings), frozenset({"requests"}))


def _wanted_features(context: Context, environment: str, keys: Sequence[str]) -> tuple[str, ...]:
    wanted = {feature_rules.find_feature(context.policy, key).key for key in keys}
    for key in wanted:
        feature_rules.require_listed(context.policy, context.policy.feature[key], environment)
    return tuple(feature.key for feature in context.policy.features if feature.key in wanted)


def find_all(context: Context) -> list[RequestView]:
    """Every request, the newest first.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        return [_view(context, profile, request) for request in reversed(read_requests(connection))]


def find(context: Context, key: int) -> RequestView:
    """One request.

    Raises:
        BadInputError: there is no such request.
    """
    with context.store.reading() as connection:
        return _view(context, agencies.need(context.policy, connection), _need(connection, key))


def preview(context: Context, wish: RefreshWish) -> Letter:
    """The letter a wish would become, before it is drafted.

    Raises:
        BadInputError: no agency is set up, it does not have the environment, or there is no such feature.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        environment = need_environment(context, profile, wish.environment)
        features = {feature_rules.find_feature(context.policy, key).key for key in wish.re_enable}
        newest = connection.execute(sa.select(sa.func.max(schema.request.c.id))).scalar() or 0
        request = Request(
            id=newest + 1, kind="refresh", environment=environment.key, status="drafted", reason=wish.reason.strip(),
            earliest=wish.earliest, latest=wish.latest, re_enable=tuple(sorted(features)), case_number=None,
            scheduled_for=None, created_at=context.now(),
        )  # fmt: skip
        return _view(context, profile, request).letter


def draft_file(context: Context, key: int) -> bytes:
    """The request's letter as an `.eml` draft.

    Raises:
        BadInputError: there is no such request, or a header field cannot be used.
    """
    return mail.draft(find(context, key).letter, context.now())


def save_draft(context: Context, key: int, target: Path) -> Path:
    """Write the request's letter as an `.eml` draft, private to this user.

    Raises:
        BadInputError: there is no such request, or the file cannot be written.
    """
    write_private(target, draft_file(context, key))
    return target


def advance(
    context: Context,
    key: int,
    to: Status,
    *,
    case_number: str = "",
    scheduled_for: date | None = None,
    happened_at: datetime | None = None,
    remark: str = "",
    version: int | None = None,
) -> Done[Request]:
    """Record the next step of a request's path.

    A refresh that is done is recorded as the environment's refresh too: from then on its contact details
    may be real.

    Args:
        case_number: Support's number; needed once, when they answer.
        scheduled_for: the local day Support named.
        happened_at: when production was copied, for `done`; an aware instant, by default now.

    Raises:
        BadInputError: no such request, or the case number is missing.
        ConflictError: the path has no such step from here; the message names those it has.
    """
    changes: set[Topic] = {"requests"}
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        before = _need(connection, key)
        if version is not None and version != before.version:
            raise changed_meanwhile("request")
        number = clean_case_number(case_number) if case_number.strip() else before.case_number
        rules.check_step(before, to, number)
        _check_facts(before, to, scheduled_for, happened_at, profile.zone)
        values: dict[str, Any] = {"status": to, "case_number": number, "version": before.version + 1}
        if scheduled_for is not None:
            values["scheduled_for"] = scheduled_for
        connection.execute(sa.update(schema.request).where(schema.request.c.id == key).values(**values))
        note = clean_line(remark, "The remark", required=False)
        _add_step(context, connection, key, to, note)
        if to == "done":
            at = happened_at or context.now()
            record_in(context, connection, profile, before.environment, "refreshed", at, remark=before.reference)
            changes |= {"environments", "features"}
        after = _need(connection, key)
        context.record(
            connection, f"request.{to}", after.reference, {"status": before.status, "case_number": before.case_number},
            {"status": to, "case_number": number, "scheduled_for": after.scheduled_for, "remark": note},
        )  # fmt: skip
    return Done(after, frozenset(changes))


def _check_facts(
    request: Request, to: Status, scheduled_for: date | None, happened_at: datetime | None, zone: str
) -> None:
    """Refuse a day or an instant that does not belong to the step, or lies before the request."""
    if (to == "scheduled") != (scheduled_for is not None):
        raise BadInputError(
            "Give the day Support named for the refresh. Nothing was saved."
            if to == "scheduled"
            else "A day belongs to the step scheduled only. Nothing was saved."
        )
    if happened_at is not None and to != "done":
        raise BadInputError("The time of the copy belongs to the step done only. Nothing was saved.")
    if scheduled_for is not None and scheduled_for < local_today(request.created_at, zone):
        raise BadInputError("That day lies before the request. Nothing was saved.")


def drop_wanted(context: Context, key: int) -> Done[Request]:
    """Say that the features a refresh should have brought back are not needed any more.

    Raises:
        BadInputError: there is no such request.
    """
    with context.store.writing() as connection:
        before = _need(connection, key)
        table = schema.request_feature
        connection.execute(sa.delete(table).where(table.c.request_id == key))
        context.record(
            connection, "request.features-dropped", before.reference, {"re_enable": list(before.re_enable)},
            {"re_enable": []},
        )  # fmt: skip
        after = _need(connection, key)
    return Done(after, frozenset({"requests"}))


def read_requests(connection: sa.Connection, key: int | None = None) -> list[Request]:
    """Every request (or one) with its steps, oldest first."""
    table, feature, step = schema.request, schema.request_feature, schema.request_step
    query = sa.select(table).order_by(table.c.id)
    if key is not None:
        query = query.where(table.c.id == key)
    features: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(feature).order_by(feature.c.feature)):
        features.setdefault(row.request_id, []).append(row.feature)
    steps: dict[int, list[Step]] = {}
    for row in connection.execute(sa.select(step).order_by(step.c.id)):
        steps.setdefault(row.request_id, []).append(Step(row.at, row.status, row.by, row.remark))
    return [
        Request(
            id=row.id, kind=row.kind, environment=row.environment, status=row.status, reason=row.reason,
            earliest=row.earliest, latest=row.latest, re_enable=tuple(features.get(row.id, ())),
            case_number=row.case_number, scheduled_for=row.scheduled_for, created_at=row.created_at,
            steps=tuple(steps.get(row.id, ())), version=row.version,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _need(connection: sa.Connection, key: int) -> Request:
    found = read_requests(connection, key)
    if not found:
        raise BadInputError(f"There is no request {key}. Nothing was changed. See: penelope-admin requests list")
    return found[0]


def _view(context: Context, profile: agencies.Profile, request: Request) -> RequestView:
    policy = context.policy
    letter = rules.compose(policy, request, profile.name, profile.support_address, profile.own_address)
    names = tuple(feature_rules.full_name(policy, policy.feature[key]) for key in request.re_enable)
    return RequestView(request, letter, policy.environment[request.environment].name, names, profile.portal_url)


def _add_step(context: Context, connection: sa.Connection, key: int, status: Status, remark: str) -> None:
    connection.execute(
        sa.insert(schema.request_step).values(
            request_id=key, at=context.now(), status=status, by=context.actor, remark=remark
        )
    )
