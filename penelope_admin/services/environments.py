"""The agency's environments: what happened to each, and what that says of its contact details."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain import features as rules
from penelope_admin.domain.mirror import Event, EventKind, Posture, find_environment, in_force, posture
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import check_instant, in_words
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Environment
from penelope_admin.services import agency as agencies
from penelope_admin.services.context import Context, Done, local_today
from penelope_admin.services.register import read_states, write_state
from penelope_admin.store import schema


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """An environment the agency has, as a page shows it."""

    environment: Environment
    posture: Posture
    version: str | None
    events: tuple[Event, ...]
    on: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        known = self.posture
        return {
            "env": self.environment.key,
            "name": self.environment.name,
            "contact_details": known.contact_details,
            "sentence": known.sentence,
            "keep_real_addresses": list(known.exceptions),
            "last_refresh": known.last_refresh.isoformat() if known.last_refresh else None,
            "last_upgrade": known.last_upgrade.isoformat() if known.last_upgrade else None,
            "version": self.version,
            "on": list(self.on),
            "events": [
                {
                    "id": event.id,
                    "kind": event.kind,
                    "at": event.at.isoformat(),
                    "version": event.version,
                    "remark": event.remark,
                    "corrects": event.corrects,
                }
                for event in self.events
            ],
        }


def find_all(context: Context) -> list[EnvironmentView]:
    """The agency's environments, in the policy's order.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        events = read_events(connection)
        standing = in_force(events)
        return [
            EnvironmentView(
                context.policy.environment[key],
                read_posture(context, connection, profile, key),
                next((e.version for e in reversed(standing) if e.environment == key and e.version), None),
                tuple(event for event in events if event.environment == key),
                tuple(
                    rules.full_name(context.policy, feature)
                    for feature in rules.on_now(context.policy, read_states(context.policy, connection, key))
                ),
            )
            for key in profile.environments
        ]


def read_events(connection: sa.Connection) -> list[Event]:
    """Everything recorded about environments, oldest first."""
    table = schema.environment_event
    rows = connection.execute(sa.select(table).order_by(table.c.at, table.c.id))
    return [Event(row.environment, row.kind, row.at, row.version, row.remark, row.id, row.corrects) for row in rows]


def read_posture(context: Context, connection: sa.Connection, profile: agencies.Profile, key: str) -> Posture:
    """What is known of an environment's contact details, in the caller's transaction."""
    zone = find_zone(profile.zone)
    today = local_today(context.now(), profile.zone)
    table = schema.request
    due = sa.select(sa.func.max(table.c.scheduled_for)).where(
        table.c.environment == key, table.c.status == "scheduled", table.c.scheduled_for <= today
    )
    return posture(context.policy, key, read_events(connection), zone, connection.execute(due).scalar())


def need_environment(context: Context, profile: agencies.Profile, key: str) -> Environment:
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


def record_event(
    context: Context, key: str, kind: EventKind, at: datetime, version: str = "", remark: str = ""
) -> Done[Posture]:
    """Record that an environment was refreshed from production, or upgraded.

    After an upgrade the register says "off" of every feature; after a refresh it knows nothing, because
    production's settings came with the data. What was switched after the event, and what a newer event
    has overtaken, stays as it is. Plans are dropped in any case: they were acknowledged for what was known then.

    Args:
        at: an aware instant, not in the future.

    Raises:
        BadInputError: the environment is not the agency's, or the time lies ahead.
        RefusedError: production cannot be refreshed.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        result = record_in(context, connection, profile, key, kind, at, version, remark)
    return Done(result, frozenset({"environments", "features"}))


def record_in(
    context: Context,
    connection: sa.Connection,
    profile: agencies.Profile,
    key: str,
    kind: EventKind,
    at: datetime,
    version: str = "",
    remark: str = "",
) -> Posture:
    """`record_event` in the caller's transaction."""
    from penelope_admin.domain.requests import check_target

    environment = need_environment(context, profile, key)
    if kind == "refreshed":
        check_target(environment)
    instant = check_instant(at)
    zone = find_zone(profile.zone)
    if instant > context.now():
        raise BadInputError(f"{in_words(instant.astimezone(zone).date())} lies ahead. Record it once it has happened.")
    fields = {
        "environment": environment.key,
        "kind": kind,
        "at": instant,
        "version": clean_line(version, "The version", required=False, limit=60) or None,
        "remark": clean_line(remark, "The remark", required=False),
    }
    standing = in_force(read_events(connection))
    newest = max((event.at for event in standing if event.environment == environment.key), default=None)
    connection.execute(
        sa.insert(schema.environment_event).values(recorded_at=context.now(), by=context.actor, **fields)
    )
    lost: list[str] = []
    if newest is None or instant >= newest:
        lost = _reset_register(context, connection, environment.key, kind, instant)
    context.record(connection, f"environment.{kind}", environment.key, after={**fields, "features_reset": lost})
    return read_posture(context, connection, profile, environment.key)


def correct_event(context: Context, event_id: int, remark: str = "") -> Done[Posture]:
    """Take back an event that was recorded by mistake; both stay in the record.

    What the event had switched off in the register is not known any more.

    Raises:
        BadInputError: there is no such event, it is a correction, or it was corrected already.
    """
    with context.store.writing() as connection:
        profile = agencies.need(context.policy, connection)
        known = next((event for event in in_force(read_events(connection)) if event.id == event_id), None)
        if known is None:
            raise BadInputError(f"There is no event {event_id} that could be corrected. Nothing was changed.")
        fields = {
            "environment": known.environment,
            "kind": "corrected",
            "at": known.at,
            "corrects": known.id,
            "remark": clean_line(remark, "The remark", required=False),
        }
        connection.execute(
            sa.insert(schema.environment_event).values(recorded_at=context.now(), by=context.actor, **fields)
        )
        for state in read_states(context.policy, connection, known.environment):
            if state.since == known.at and state.state == "off":
                write_state(connection, state, rules.unknown_again(context.policy, state))
        before = {"kind": known.kind, "at": known.at, "version": known.version}
        context.record(connection, "environment.corrected", known.environment, before=before, after=fields)
        result = read_posture(context, connection, profile, known.environment)
    return Done(result, frozenset({"environments", "features"}))


def _reset_register(context: Context, connection: sa.Connection, key: str, kind: EventKind, at: datetime) -> list[str]:
    """Bring the register in line with an event; gives back the features that were on or planned."""
    lost = []
    for state in read_states(context.policy, connection, key):
        if state.since is not None and state.since > at:
            continue  # switched after the event, which was recorded late
        after = (
            rules.off_after_upgrade(state, at, context.actor)
            if kind == "upgraded" and key == "mirrored"
            else rules.unknown_again(context.policy, state)
        )
        if state.state == "on" or state.pending:
            lost.append(state.feature)
        if after != state and rules.availability(context.policy.feature[state.feature], key) != "locked":
            write_state(connection, state, after)
    return lost
