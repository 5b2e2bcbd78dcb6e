"""The agency's environments: what happened to each, and what that says of its contact details."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain import features as rules
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.leaving import unsettled
from penelope_admin.domain.mirror import (
    ANSWERS,
    SCRIPT_EFFECTS,
    Answer,
    Event,
    EventKind,
    Posture,
    Question,
    ScriptEffect,
    find_environment,
    in_force,
    open_question,
    posture,
)
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import check_instant, in_words
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Environment
from penelope_admin.services import agency as agencies
from penelope_admin.services.register import read_states, write_state
from penelope_admin.services.windows import calendar, created_at
from penelope_admin.services.work import Context, Done, local_today
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.rows import check
from penelope_admin.topics import Topic

CHANGED: frozenset[Topic] = frozenset({"environments", "features"})
_ENDING = frozenset({"refreshed", "upgraded"})
"""Events after which the register starts anew."""
_RECORDED = _ENDING | {"script-run"}
"""Events that a person records by themselves; the others follow from something else that is done."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A feature that an upgrade or a refresh ended, with the reason and last day it had."""

    feature: str
    name: str
    was: str
    reason: str | None
    until: date | None

    @property
    def sentence(self) -> str:
        """ "SMS was on until Friday 4 December 2026, for “Payroll test”"."""
        until = f" until {in_words(self.until)}" if self.until else ""
        return f"{self.name} was {self.was}{until}{f', for “{self.reason}”' if self.reason else ''}."


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was recorded, what is known now, and what it ended."""

    event_id: int
    posture: Posture
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """An environment the agency has, as a page shows it.

    Attributes:
        on, planned: names of the features that are on, or to be switched on.
        not_off: names of those that are on or not known, and not planned.
        question: whether it was upgraded in the last window, if that is still to be said.
        losses: what upgrades and refreshes ended and nobody has switched or planned since.
        unsettled: why it is shown although it is no longer the agency's, in sentences; none for the agency's own.
    """

    environment: Environment
    posture: Posture
    version: str | None
    events: tuple[Event, ...]
    on: tuple[str, ...]
    planned: tuple[str, ...] = ()
    not_off: tuple[str, ...] = ()
    question: Question | None = None
    losses: tuple[Loss, ...] = ()
    unsettled: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        known = self.posture
        return {
            "env": self.environment.key,
            "name": self.environment.name,
            "contact_details": known.contact_details,
            "sentence": known.sentence,
            "keep_real_addresses": list(known.exceptions),
            "queues_may_wait": known.queues_may_wait,
            "queue_sentence": known.queue_sentence,
            "last_refresh": known.last_refresh.isoformat() if known.last_refresh else None,
            "last_upgrade": known.last_upgrade.isoformat() if known.last_upgrade else None,
            "version": self.version,
            "on": list(self.on),
            "last_check": known.last_check.outcome if known.last_check else None,
            "check_sentence": known.check_sentence,
            "asked_about": self.question.window.isoformat() if self.question else None,
            "lost": [loss.feature for loss in self.losses],
            "events": [event.as_json() for event in self.events],
            "ours": not self.unsettled,
            "to_settle": list(self.unsettled),
        }


def find_all(context: Context) -> list[EnvironmentView]:
    """The agency's environments, then those that are no longer its own and not settled; each in the policy's order.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        events = read_events(connection)
        questions = {question.environment: question for question in read_questions(context, connection, profile)}

        def view(key: str) -> EnvironmentView:
            own = [event for event in events if event.environment == key]
            return _view(context, connection, profile, key, own, questions)

        left = read_all_unsettled(context, connection, profile)
        return [
            *(view(key) for key in profile.environments),
            *(replace(view(key), unsettled=sentences) for key, sentences in left.items()),
        ]


def _view(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    key: str,
    events: list[Event],
    questions: dict[str, Question],
) -> EnvironmentView:
    states = read_states(context.policy, connection, key)
    return EnvironmentView(
        context.policy.environment[key],
        read_posture(context, connection, profile, key),
        next((event.version for event in reversed(in_force(events)) if event.version), None),
        tuple(events),
        tuple(rules.full_name(context.policy, feature) for feature in rules.on_now(context.policy, states)),
        tuple(
            rules.full_name(context.policy, context.policy.feature[state.feature])
            for state in states
            if state.pending is not None and state.pending.change == "enable"
        ),
        tuple(
            rules.full_name(context.policy, context.policy.feature[state.feature])
            for state in states
            if state.state != "off" and state.pending is None
        ),
        questions.get(key),
        _still_lost(context, connection, events, states),
    )


def read_questions(context: Context, connection: sa.Connection, profile: Profile) -> list[Question]:
    """For each environment whether it was upgraded in the window that ended last, where nobody has said so yet."""
    window = calendar(context, connection, profile).last_ended(context.now())
    events, since = read_events(connection), created_at(connection)
    asked = (
        open_question(context.policy.environment[key], events, window.starts_at, since) for key in profile.environments
    )
    return [question for question in asked if question is not None]


def _still_lost(
    context: Context, connection: sa.Connection, events: list[Event], states: list[rules.FeatureState]
) -> tuple[Loss, ...]:
    """What upgrades and refreshes ended, also those recorded by mistake, and nobody has switched or planned since."""
    settled = {state.feature for state in states if state.use is not None}
    found: dict[str, Loss] = {}
    for event in sorted(events, key=lambda event: (event.at, event.id), reverse=True):
        if event.kind == "switched":
            settled.add(event.feature or "")
        elif event.kind in _ENDING:
            for loss in read_losses(context, connection, event.id):
                if loss.feature not in settled:
                    found.setdefault(loss.feature, loss)
    return tuple(found[feature.key] for feature in context.policy.features if feature.key in found)


def read_losses(context: Context, connection: sa.Connection, event_id: int) -> list[Loss]:
    """What an event ended, in the policy's order."""
    table = schema.feature_loss
    rows = {row.feature: row for row in connection.execute(sa.select(table).where(table.c.event_id == event_id))}
    return [
        Loss(feature.key, rules.full_name(context.policy, feature), row.was, row.reason, row.until)
        for feature in context.policy.features
        if (row := rows.get(feature.key)) is not None
    ]


def read_events(connection: sa.Connection) -> list[Event]:
    """Everything recorded about environments, oldest first."""
    return _read_events(connection, sa.true())


def read_telling(connection: sa.Connection, key: str) -> list[Event]:
    """What is recorded about an environment but its switches, which say nothing of its contact details.

    Those are by far the most, and every switch looks at the posture. Whatever else is there is read, so that a kind
    nobody knows is not passed over.
    """
    table = schema.environment_event
    # Two looks into the index; "<>" would walk through all of it.
    others = sa.or_(table.c.kind < "switched", table.c.kind > "switched")
    return _read_events(connection, (table.c.environment == key) & others)


def _read_events(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Event]:
    table = schema.environment_event
    rows = connection.execute(sa.select(table).where(where).order_by(table.c.at, table.c.id))
    return [
        Event(
            row.environment, row.kind, row.at, row.version, row.remark, row.id, row.corrects, row.window, row.feature,
            row.outcome, row.by,
        )
        for row in (check(table, row) for row in rows)
    ]  # fmt: skip


def add_event(
    context: Context, connection: sa.Connection, environment: str, kind: EventKind, at: datetime, **facts: Any
) -> int:
    """Add a row to an environment's record, in the caller's transaction; gives back its number. It never changes."""
    inserted = connection.execute(
        sa.insert(schema.environment_event).values(
            environment=environment, kind=kind, at=at, recorded_at=context.now(), by=context.actor, **facts
        )
    )
    return new_id(inserted)


def read_posture(context: Context, connection: sa.Connection, profile: Profile, key: str) -> Posture:
    """What is known of an environment's contact details, in the caller's transaction."""
    zone = find_zone(profile.zone)
    today = local_today(context.now(), profile.zone)
    due = max(read_due_refreshes(connection, key, today), default=None)
    return posture(context.policy, key, read_telling(connection, key), zone, due)


def read_due_refreshes(connection: sa.Connection, key: str, today: date) -> list[date]:
    """The local days that have come on which a refresh was to be made, and nobody has said, or knows, how it went."""
    from penelope_admin.services.ledger import read_doubts

    table = schema.request
    due = sa.select(table.c.scheduled_for).where(
        table.c.kind == "refresh", table.c.environment == key,
        table.c.status == "scheduled", table.c.scheduled_for <= today,
    )  # fmt: skip
    doubted = [doubt.day for doubt in read_doubts(connection) if doubt.environment == key]
    return sorted([*connection.execute(due).scalars(), *doubted])


def need_environment(context: Context, profile: Profile, key: str) -> Environment:
    """An environment the agency has.

    Raises:
        BadInputError: there is no such environment, or the agency does not have it.
    """
    environment = find_environment(context.policy, key)
    if environment.key not in profile.environments:
        raise BadInputError(
            f"{profile.name} has no {environment.name} database, as far as its settings say. Nothing was changed."
        )
    return environment


def need_known(context: Context, connection: sa.Connection, profile: Profile, key: str) -> Environment:
    """An environment the agency has, or one that is no longer its own and that nobody has settled.

    Raises:
        BadInputError: there is no such environment, or the agency does not have it.
    """
    environment = find_environment(context.policy, key)
    if environment.key in agencies.read_left(context.policy, connection):
        return environment
    return need_environment(context, profile, key)


def read_unsettled(context: Context, connection: sa.Connection, profile: Profile, key: str) -> tuple[str, ...]:
    """What of an environment would be lost from view if it were forgotten now, in sentences."""
    states = read_states(context.policy, connection, key)
    known = read_posture(context, connection, profile, key)
    return unsettled(context.policy, states, known)


def read_all_unsettled(context: Context, connection: sa.Connection, profile: Profile) -> dict[str, tuple[str, ...]]:
    """What is not settled of the environments that are no longer the agency's, by key; the settled are left out."""
    left = agencies.read_left(context.policy, connection)
    found = {key: read_unsettled(context, connection, profile, key) for key in left}
    return {key: sentences for key, sentences in found.items() if sentences}


def record_event(
    context: Context,
    key: str,
    kind: EventKind,
    at: datetime,
    version: str = "",
    remark: str = "",
    *,
    window: datetime | None = None,
    outcome: ScriptEffect | None = None,
) -> Done[Recorded]:
    """Record that an environment was refreshed from production, upgraded, or changed by a script of the vendor's.

    After an upgrade the register says "off" of every feature; after a refresh it knows nothing, because
    production's settings came with the data. What was switched after the event, and what a newer event
    has overtaken, stays as it is. Plans are dropped in any case: they were acknowledged for what was known then.
    What ended is kept with the event, so that it can be planned again. An upgrade or a refresh of the mirrored
    database starts a check-list.

    Args:
        at: an aware instant, not in the future.
        window: the start of the upgrade window it belongs to; by default the one in which `at` lies, if any.
        outcome: for a script, what it did to contact details; by default nobody knows.

    Raises:
        BadInputError: the environment is not the agency's, the time lies ahead, or a fact does not go with the kind.
        RefusedError: production cannot be refreshed.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        result = record_in(context, connection, profile, key, kind, at, version, remark, window=window, outcome=outcome)
    return Done(result, CHANGED)


def record_in(
    context: Context,
    connection: sa.Connection,
    profile: Profile,
    key: str,
    kind: EventKind,
    at: datetime,
    version: str = "",
    remark: str = "",
    *,
    window: datetime | None = None,
    outcome: ScriptEffect | None = None,
) -> Recorded:
    """`record_event` in the caller's transaction."""
    from penelope_admin.domain.requests import check_target

    environment = need_known(context, connection, profile, key)
    if kind not in _RECORDED:
        raise BadInputError(f'"{kind}" is not recorded this way. Nothing was saved.')
    if kind == "refreshed":
        check_target(environment)
    instant = check_happened(context, profile, at)
    if kind == "upgraded" and window is None:
        window = _window_of(calendar(context, connection, profile), instant)
    facts = {
        "version": clean_line(version, "The version", required=False, limit=60) or None,
        "remark": clean_line(remark, "The remark", required=False),
        "window": window,
        "outcome": _script_effect(kind, outcome),
    }
    standing = [event for event in in_force(read_events(connection)) if event.environment == environment.key]
    newest = max((event.at for event in standing if event.kind in _ENDING), default=None)
    number = add_event(context, connection, environment.key, kind, instant, **facts)
    lost: list[str] = []
    if kind in _ENDING and (newest is None or instant >= newest):
        lost = _reset_register(context, connection, environment.key, kind, instant, number)
    after = {"environment": environment.key, "kind": kind, "at": instant, **facts, "features_reset": lost}
    context.record(connection, f"environment.{kind}", environment.key, after=after)
    known = read_posture(context, connection, profile, environment.key)
    return Recorded(number, known, tuple(read_losses(context, connection, number)))


def doubt_all(context: Context) -> None:
    """After a backup was restored: nobody knows what happened to the copies since it was made."""
    with context.store.writing() as connection:
        profile = agencies.find_in(context.policy, connection)
        left = agencies.read_left(context.policy, connection)
        for key in (*profile.environments, *left) if profile is not None else ():
            if context.policy.environment[key].refreshable:
                add_event(context, connection, key, "restored", context.now())
                context.record(connection, "environment.restored", key)


def check_happened(context: Context, profile: Profile, at: datetime) -> datetime:
    """An aware instant in UTC that has come.

    Raises:
        BadInputError: it lies ahead, or outside the years the program computes with.
    """
    instant = check_instant(at)
    if instant > context.now():
        day = in_words(instant.astimezone(find_zone(profile.zone)).date())
        raise BadInputError(f"{day} lies ahead. Record it once it has happened.")
    return instant


def _script_effect(kind: EventKind, outcome: str | None) -> str | None:
    if kind != "script-run":
        if outcome is not None:
            raise BadInputError("Only a script is recorded with what it did to contact details. Nothing was saved.")
        return None
    if outcome is not None and outcome not in SCRIPT_EFFECTS:
        raise BadInputError(f'"{outcome}" is none of {", ".join(SCRIPT_EFFECTS)}. Nothing was saved.')
    return outcome or "unknown"


def _window_of(windows: Calendar, instant: datetime) -> datetime | None:
    """The start of the regular window in which an instant lies; emergencies are none."""
    near = windows.next_upgrade(instant)
    return near.starts_at if near.kind != "emergency" and near.starts_at <= instant <= near.ends_at else None


def answer(context: Context, key: str, window: datetime, said: Answer) -> Done[Recorded]:
    """Record "not yet" or "I don't know" about an upgrade in a window that has passed; it can be said again later.

    Args:
        window: the start of the window that was asked about, UTC.

    Raises:
        BadInputError: the environment is not the agency's, the answer is none, or nothing is asked about that window.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        environment = need_environment(context, profile, key)
        asked = {question.environment: question for question in read_questions(context, connection, profile)}
        question = asked.get(environment.key)
        if said not in ANSWERS or question is None or question.window != window:
            raise BadInputError(
                f"Nothing is asked about {environment.name} and that window. Nothing was saved. Look at it again."
            )
        number = add_event(context, connection, environment.key, said, context.now(), window=window)
        after = {"environment": environment.key, "kind": said, "window": window}
        context.record(connection, f"environment.{said}", environment.key, after=after)
        known = read_posture(context, connection, profile, environment.key)
    return Done(Recorded(number, known), CHANGED)


def correct_event(context: Context, event_id: int, remark: str = "") -> Done[Posture]:
    """Take back an event that was recorded by mistake; both stay in the record.

    What the event had said in the register is not known any more; features that it ended count as on again.

    Raises:
        BadInputError: there is no such event, it is a correction, or it was corrected already.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        key = correct_in(context, connection, event_id, remark)
        result = read_posture(context, connection, profile, key)
    return Done(result, CHANGED)


def correct_in(context: Context, connection: sa.Connection, event_id: int, remark: str = "") -> str:
    """`correct_event` in the caller's transaction; gives back the environment's key."""
    events = read_events(connection)
    known = next((event for event in in_force(events) if event.id == event_id), None)
    if known is None:
        raise BadInputError(f"There is no event {event_id} that could be corrected. Nothing was changed.")
    if known.outcome == "real" and not remark.strip():
        raise BadInputError("Real contact details were found. Nothing was changed. Say in a remark what was wrong.")
    facts = {"corrects": known.id, "remark": clean_line(remark, "The remark", required=False)}
    add_event(context, connection, known.environment, "corrected", known.at, **facts)
    was_on = _were_on(connection, known, events)
    for state in read_states(context.policy, connection, known.environment):
        if _was_said_by(known, state):
            unknown = rules.unknown_again(context.policy, state)
            write_state(connection, state, replace(unknown, **was_on.get(state.feature, {})))
    before = {
        "kind": known.kind, "at": known.at, "version": known.version, "feature": known.feature,
        "outcome": known.outcome, "window": known.window,
    }  # fmt: skip
    after = {"environment": known.environment, "kind": "corrected", "at": known.at, **facts}
    context.record(connection, "environment.corrected", known.environment, before=before, after=after)
    return known.environment


def _were_on(connection: sa.Connection, ended_by: Event, events: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """What the register said of each feature that was on when an event ended it."""
    table = schema.feature_loss
    switched = {event.feature: event for event in in_force(events) if (event.kind, event.outcome) == ("switched", "on")}
    rows = connection.execute(sa.select(table).where(table.c.event_id == ended_by.id, table.c.was == "on"))
    found = {}
    for row in rows:
        last = switched.get(row.feature)
        since, by = (last.at, last.by) if last else (None, None)
        found[row.feature] = {"state": "on", "since": since, "by": by, "reason": row.reason, "until": row.until}
    return found


def _was_said_by(event: Event, state: rules.FeatureState) -> bool:
    """Whether the register says of a feature what this event, recorded by mistake, had put there."""
    if event.kind == "refreshed":
        return state.state == "unknown" and state.pending is None
    if state.since != event.at:
        return False
    if event.kind == "switched":
        return state.feature == event.feature
    return event.kind == "upgraded" and state.state == "off"


def _reset_register(
    context: Context, connection: sa.Connection, key: str, kind: EventKind, at: datetime, event_id: int
) -> list[str]:
    """Bring the register in line with an event; gives back the features that were on or planned, which it keeps."""
    lost = []
    for state in read_states(context.policy, connection, key):
        is_late = state.since is not None and state.since > at  # switched after the event; only its plan goes
        if is_late:
            after = replace(state, pending=None)
        elif kind == "upgraded" and key == "mirrored":
            after = rules.off_after_upgrade(state, at, context.actor)
        else:
            after = rules.unknown_again(context.policy, state)
        if ((state.state == "on" and not is_late) or state.pending) and not rules.is_impossible(state):
            lost.append(state.feature)
        if state.use is not None and not (is_late and state.state == "on") and not rules.is_impossible(state):
            _keep_loss(connection, event_id, state)
        if after != state:
            write_state(connection, state, after)
    return lost


def _keep_loss(connection: sa.Connection, event_id: int, state: rules.FeatureState) -> None:
    reason, until = state.use or (None, None)
    was = "on" if state.state == "on" else "planned"
    connection.execute(
        sa.insert(schema.feature_loss).values(
            event_id=event_id, feature=state.feature, was=was, reason=reason, until=until
        )
    )
