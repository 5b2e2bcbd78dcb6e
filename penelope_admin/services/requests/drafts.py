"""Drafting requests to Support: what may be asked for, what to know before, and what may still leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from penelope_admin.absent import mapped
from penelope_admin.domain import features as feature_rules
from penelope_admin.domain import requests as rules
from penelope_admin.domain.features import LONGEST_USE, Acknowledgement, Verdict
from penelope_admin.domain.letters import LONGEST_SUBJECT, Letter, compose
from penelope_admin.domain.mirror import Posture
from penelope_admin.domain.records import like
from penelope_admin.domain.requests import KINDS, Earlier, Request, RequestInput, Step
from penelope_admin.domain.text import clean_line, clean_text
from penelope_admin.domain.times import check_instant, in_words
from penelope_admin.domain.windows import Calendar, warnings_for_dates
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Environment
from penelope_admin.services import features
from penelope_admin.services.calendar.windows import touching
from penelope_admin.services.mirror.environments import need_environment, need_known
from penelope_admin.services.requests import steps
from penelope_admin.services.work import Work
from penelope_admin.store.rows import requests as request_rows


@dataclass(frozen=True, slots=True)
class Drafted:
    """A request that was drafted, and what to know about it."""

    request: Request
    warnings: tuple[str, ...]


def earlier(work: Work, entered: RequestInput, draft: int | None = None) -> Earlier | None:
    """The request for the same thing that is open already: a refresh of the same copy, else one of the same title.

    Args:
        draft: the number of the draft that is changed; none for a new request.
    """
    target = _target(work, entered)
    if entered.kind == "refresh" and target is not None:
        environment = need_known(work, target)
        return rules.earlier_refresh(environment.name, work.open_refreshes(environment.key), draft)
    title = entered.title.strip()
    if not title:
        return None
    alike = request_rows.read_open_alike(work.connection, entered.kind, target, title)
    days = {number: at.astimezone(work.zone).date() for number, at in alike.items()}
    return rules.earlier_asked(title, days, draft)


def warnings_for(work: Work, entered: RequestInput, draft: int | None = None) -> tuple[str, ...]:
    """What to know before something is asked for: windows it meets, work a refresh overwrites, wholes of features.

    Args:
        draft: as for `earlier`, which is told first.
    """
    before = earlier(work, entered, draft)
    warnings = [before.sentence] if before is not None else []
    if "dates" in KINDS[entered.kind].fields:
        warnings += _window_warnings(work, entered)
    target = _target(work, entered)
    if target is None:
        return tuple(warnings)
    environment = need_known(work, target)
    posture = work.posture(environment.key)
    if entered.kind == "refresh":
        warnings += _refresh_warnings(work, entered, environment, posture)
    return (*warnings, *_feature_warnings(work, entered, environment, posture))


def _feature_warnings(work: Work, entered: RequestInput, environment: Environment, posture: Posture) -> Iterator[str]:
    """The wholes that come on with parts, and real contact details that features would reach."""
    if entered.change == "disable":
        return
    named = [feature_rules.find_feature(work.policy, key) for key in entered.features]
    keys = [feature.key for feature in named]
    if entered.kind != "feature-change":  # after a refresh nobody knows what is on
        yield from feature_rules.whole_notes(work.policy, keys, [])
        return
    in_use = [state.feature for state in work.recorded_states(environment.key) if state.use is not None]
    yield from feature_rules.whole_notes(work.policy, keys, in_use)
    reaches = any(feature.uses_contact_details for feature in named)
    if entered.change == "enable" and reaches and posture.may_be_real:
        yield posture.sentence


def _refresh_warnings(work: Work, entered: RequestInput, environment: Environment, posture: Posture) -> Iterator[str]:
    """What a refresh overwrites, and whose contact details it brings."""
    states, first_day = work.recorded_states(environment.key), entered.earliest or work.today
    yield from rules.overwritten_work(work.policy, states, first_day)
    if environment.contact_details.after_refresh != "de-identified" and not posture.may_be_real:
        yield "After the refresh the copy holds real contact details, as production does, until it is upgraded."


def _target(work: Work, entered: RequestInput) -> str | None:
    """The key of the environment that is meant: what is done to a database means the usual copy if none is named."""
    return entered.environment or (work.usual_copy if KINDS[entered.kind].is_done_to_database else None)


def _window_warnings(work: Work, entered: RequestInput) -> list[str]:
    """The windows that the days asked for meet; open ends are today and the last day named."""
    today = work.today
    last = entered.latest or entered.earliest
    first = max(entered.earliest or today, today)  # what has passed warns nobody
    if last is None or last < first or first > today + LONGEST_USE:
        return []
    return warnings_for_dates(touching(work, first, min(last, today + LONGEST_USE)), first, last)


def warnings_for_day(work: Work, key: int, day: date) -> tuple[str, ...]:
    """What to know of the day Support named for a request: what was asked for, and upgrade windows it meets."""
    request = steps.need(work, key)
    warnings = rules.day_warnings(request, day)
    if request.kind_facts.is_done_to_database:
        warnings += _window_warnings(work, RequestInput(earliest=day, latest=day))
    return tuple(warnings)


def draft(work: Work, entered: RequestInput) -> Drafted:
    """Draft a request. Nothing is sent.

    Raises:
        BadInputError: a field is missing or cannot be used, or dates cannot be met.
        RefusedError: production as a target, a feature that cannot be had, a missing acknowledgement, an incident that
            is not critical, or the word that opens a critical incident in another request's subject.
    """
    content = _content_of(work, entered)
    key = request_rows.insert(work.connection, work.now, content.columns, content.features)
    request_rows.add_step(work.connection, key, "drafted", work.now, work.actor)
    first = Step(work.now, "drafted", work.actor)
    request = content.request(id=key, status="drafted", created_at=work.now, steps=(first,), version=1)
    _check_subject(work, request)
    work.record("request.drafted", request.reference, after={**content.facts, "status": "drafted"})
    work.changed("requests")
    return Drafted(request, content.warnings)


def redraft(work: Work, key: int, entered: RequestInput, version: int | None = None) -> Drafted:
    """Change a draft that has not left yet. Its kind stays: another kind is another request.

    Raises:
        BadInputError, RefusedError: as for `draft`.
        ConflictError: it is no longer a draft.
    """
    before = steps.need(work, key, version)
    rules.check_redraft(before, entered)
    content = _content_of(work, entered, before)
    steps.change(work, before, **content.columns)
    request_rows.replace_features(work.connection, key, content.features)
    after = steps.need(work, key)
    _check_subject(work, after)
    columns = {name: getattr(before, name) for name in content.columns}
    was = _logged({**columns, "characteristics": ",".join(before.characteristics)}, before.features)
    work.record("request.redrafted", before.reference, was, content.facts)
    return Drafted(after, content.warnings)


@dataclass(frozen=True, slots=True)
class _Content:
    """Input that is in order: the request's columns, its features, and what to know."""

    columns: dict[str, Any]
    features: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """For the activity log."""
        # Warnings quote what people wrote of features.
        return {**_logged(self.columns, self.features), "warnings": len(self.warnings)}

    def request(self, **facts: Any) -> Request:
        """The request that has this content."""
        characteristics = self.columns["characteristics"]
        named = tuple(characteristics.split(",")) if characteristics else ()
        return Request(**{**self.columns, "characteristics": named}, features=tuple(sorted(self.features)), **facts)


def _logged(columns: Mapping[str, Any], features: Sequence[str]) -> dict[str, Any]:
    """What a draft says, as the activity log names it."""
    filled = {name: value for name, value in columns.items() if value not in (None, "")}
    return {**filled, "features": sorted(features)}


def _content_of(work: Work, entered: RequestInput, before: Request | None = None) -> _Content:
    """What was entered, once all of it is in order.

    Args:
        before: the draft it changes. Dates that stay as they were may have passed.
    """
    rules.check_fields(entered)
    rules.check_title(work.policy.critical, entered)
    if before is None or (before.earliest, before.latest) != (entered.earliest, entered.latest):
        rules.check_dates(entered.earliest, entered.latest, work.today)
    columns = _columns(work, entered)
    if entered.upgrade_day and (before is None or before.upgrade_day != entered.upgrade_day):
        _check_upgrade_day(work.calendar, entered.upgrade_day)
    environment = columns["environment"]
    said = verdicts(work, entered)
    named = _features(work, entered, environment, said)
    columns |= _acknowledged(work, entered, environment, said)
    return _Content(columns, named, warnings_for(work, entered, before.id if before else None))


def _acknowledged(
    work: Work, entered: RequestInput, environment: str, verdicts: Sequence[Verdict]
) -> dict[str, bool | None]:
    """Under which circumstances it was acknowledged that Support switches something on; None where nothing is."""
    if entered.change != "enable":
        return {"acknowledged_real": None, "queue_empty": None}
    is_asked = any(verdict.queue_checks for verdict in verdicts)
    return {
        "acknowledged_real": work.posture(environment).may_be_real,
        "queue_empty": is_asked and entered.acknowledgement.queue_empty,
    }


def _check_upgrade_day(windows: Calendar, day: date) -> None:
    """Refuse to ask for the notice of an upgrade that nobody planned: no window lies within a week of the day."""
    if not windows.near(day):
        raise BadInputError(
            f"No upgrade window lies near {in_words(day)}. Nothing was saved. Name the day of a window; they stand "
            "under Upgrade windows."
        )


def _check_subject(work: Work, request: Request) -> None:
    """Refuse a request whose letter can have no subject: the agency's name is a part of that."""
    letter = compose(work.policy, request, work.agency.writer)
    clean_line(letter.subject, "The subject with the agency's name", limit=LONGEST_SUBJECT)


def _columns(work: Work, entered: RequestInput) -> dict[str, Any]:
    """The columns of input that is in order."""
    began = mapped(entered.began_at, check_instant)
    environment = _environment_of(work, entered)
    _check_critical(work, entered)
    if began is not None and began > work.now:
        raise BadInputError("The time it began is in the future. Nothing was saved. Correct it.")
    required = KINDS[entered.kind].required
    text = "The reason" if entered.kind == "refresh" else "The text"
    as_entered = ("kind", "earliest", "latest", "change", "upgrade_day")
    return {
        **{name: getattr(entered, name) for name in as_entered},
        "environment": environment,
        "title": clean_line(entered.title, "The subject", required="title" in required, limit=120),
        "reason": clean_text(entered.reason, text, required="reason" in required),
        "product_version": clean_line(entered.version, "The version", required=False, limit=60) or None,
        "characteristics": ",".join(sorted(set(entered.characteristics))) or None,
        "began_at": began,
    }


def _environment_of(work: Work, entered: RequestInput) -> str | None:
    """The key of the environment that input is about, if one may be written to Support about it."""
    target = _target(work, entered)
    if target is None:
        return None
    # Support may be asked about a database that is no longer the agency's: something may be on there.
    need = need_environment if KINDS[entered.kind].is_done_to_database else need_known
    environment = need(work, target)
    rules.check_offered(environment, entered.kind)
    return environment.key


def _check_critical(work: Work, entered: RequestInput) -> None:
    """Refuse to open a critical incident for what is none."""
    if entered.kind != "critical":
        return
    critical = work.policy.critical
    if doubts := rules.why_not_critical(critical, entered.characteristics, entered.everybody):
        raise RefusedError(" ".join((*doubts, rules.false_alarm_warning(critical), "Nothing was saved.")))


def _features(
    work: Work, entered: RequestInput, environment: str | None, verdicts: Iterable[Verdict]
) -> tuple[str, ...]:
    """The features that were entered, in the policy's order, once each of them may be asked for."""
    policy = work.policy
    keys = {feature_rules.find_feature(policy, key).key for key in entered.features}
    if environment is None or not keys:
        return ()
    if entered.kind == "refresh":
        for key in sorted(keys):
            feature_rules.require_listed(policy, policy.feature[key], environment)
    # What is refused for good comes first: nobody is asked to acknowledge a risk for nothing.
    for verdict in sorted(verdicts, key=lambda verdict: not verdict.needs_nothing_more):
        verdict.require()
    return tuple(feature.key for feature in policy.features if feature.key in keys)


def verdicts(work: Work, entered: RequestInput) -> list[Verdict]:
    """What the rules say to each feature that Support is to be asked to switch; nothing for other kinds."""
    if entered.kind != "feature-change" or entered.change is None:
        return []
    return _verdicts(work, entered, need_environment(work, entered.environment).key)


def _verdicts(work: Work, entered: RequestInput, environment: str) -> list[Verdict]:
    posture, around = work.posture(environment), features.switch_context(work, environment)
    keys = [feature_rules.find_feature(work.policy, key).key for key in entered.features]
    facts = entered.change or "enable", posture, entered.acknowledgement, around
    return [feature_rules.can_ask(work.policy, work.state(environment, key), *facts) for key in keys]


def check_still_right(work: Work, request: Request) -> None:
    """Refuse to let a request leave that could not be drafted any more as it stands.

    Raises:
        BadInputError: the database is not the agency's any more, or the policy has no such feature.
        ConflictError: the last day asked for has passed, or contact details may be real now and could not be when it
            was drafted.
        RefusedError: a feature is locked or not on the list, or a second person's approval is missing.
    """
    policy = work.policy
    # What names a locked feature never leaves, whatever kind of request it is.
    for key in request.features:
        feature = feature_rules.find_feature(policy, key)
        feature_rules.refuse_locked(policy, feature, request.environment or work.usual_copy)
        if request.kind == "refresh":
            feature_rules.require_listed(policy, feature, request.environment or work.usual_copy)
    if request.kind_facts.is_done_to_database:
        rules.check_offered(need_environment(work, request.environment), request.kind)
    rules.check_not_late(request, work.today)
    _check_acknowledged(work, request)


def acknowledged_in(request: Request) -> Acknowledgement:
    """What was said of the risk of the features that a draft asks for."""
    named = request.environment if request.acknowledged_real else None
    return Acknowledgement(phi=True, environment=named, queue_empty=bool(request.queue_empty))


def _check_acknowledged(work: Work, request: Request) -> None:
    """Refuse to ask for features once contact details may be real, if that was not so when it was drafted."""
    if request.change != "enable" or request.environment is None:
        return
    entered = replace(rules.input_of(request), acknowledgement=acknowledged_in(request))
    for verdict in _verdicts(work, entered, request.environment):
        if verdict.needs_name and not request.acknowledged_real:
            raise ConflictError(
                f"{work.posture(request.environment).sentence} That was not so when {request.reference} was drafted. "
                "Nothing was sent. Cancel it and draft it again."
            )
        verdict.require()


def preview(work: Work, entered: RequestInput) -> Letter:
    """The letter that input would become, before it is drafted."""
    target = _target(work, entered)
    environment = need_known(work, target).key if target else None
    keys = {feature_rules.find_feature(work.policy, key).key for key in entered.features}
    if environment:
        for key in keys:
            feature_rules.refuse_locked(work.policy, work.policy.feature[key], environment)
    request = like(
        Request, entered, id=request_rows.newest_number(work.connection) + 1, environment=environment, status="drafted",
        reason=entered.reason.strip(), created_at=work.now, title=entered.title.strip(),
        features=tuple(sorted(keys)), product_version=entered.version.strip() or None, version=0,
    )  # fmt: skip
    return compose(work.policy, request, work.agency.writer)
