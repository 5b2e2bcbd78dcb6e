"""Reads and writes the register of feature states, in a service's transaction."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from penelope_admin.domain.features import FeatureState, Pending, initial_state, refuse_locked_entry
from penelope_admin.policy import LOCKED_FEATURES, Policy
from penelope_admin.services.work import changed_meanwhile
from penelope_admin.store import schema
from penelope_admin.store.rows import check

_TABLE = schema.feature_state


def read_states(policy: Policy, connection: sa.Connection, environment: str) -> list[FeatureState]:
    """What the register says of every feature of the policy in an environment, in the policy's order.

    Raises:
        DamagedError: it says of ClientConnect or Engage that they are on, or are to be, or it cannot be read.
    """
    rows = connection.execute(sa.select(_TABLE).where(_TABLE.c.environment == environment))
    known = {row.feature: _state(check(_TABLE, row, environment=environment)) for row in rows}
    return [known.get(feature.key) or initial_state(feature, environment) for feature in policy.features]


def read_all(policy: Policy, connection: sa.Connection, environments: tuple[str, ...]) -> list[FeatureState]:
    """What the register says in several environments."""
    return [state for environment in environments for state in read_states(policy, connection, environment)]


def read_state(policy: Policy, connection: sa.Connection, environment: str, feature: str) -> FeatureState:
    """What the register says of one feature."""
    return next(state for state in read_states(policy, connection, environment) if state.feature == feature)


def write_state(connection: sa.Connection, before: FeatureState, after: FeatureState) -> FeatureState:
    """Put a new entry in the place of the one that was read.

    Of ClientConnect and Engage the database keeps one thing only, that they were off: what is not known of them is no
    row at all.

    Raises:
        ConflictError: the entry changed since it was read.
        RefusedError: it would say that a locked feature is on, or is to be.
    """
    refuse_locked_entry(after)
    pending = after.pending
    values = {
        "state": after.state,
        "pending_change": pending.change if pending else None,
        "pending_reason": pending.reason if pending else None,
        "pending_until": pending.until if pending else None,
        "pending_acknowledged_real": pending.acknowledged_real if pending else None,
        "since": after.since,
        "until": after.until,
        "reason": after.reason,
        "by": after.by,
        "pending_by": pending.by if pending else None,
        "pending_approved_by": pending.approved_by if pending else None,
        "pending_queue_empty": pending.queue_empty if pending else None,
        "version": before.version + 1,
    }
    where = (_TABLE.c.environment == before.environment) & (_TABLE.c.feature == before.feature)
    if after.feature in LOCKED_FEATURES and after.state == "unknown":
        connection.execute(sa.delete(_TABLE).where(where))
        return replace(after, version=0)
    if before.version == 0:
        connection.execute(sa.insert(_TABLE).values(environment=before.environment, feature=before.feature, **values))
    else:
        updated = connection.execute(
            sa.update(_TABLE).where(where, _TABLE.c.version == before.version).values(**values)
        )
        if updated.rowcount != 1:
            raise changed_meanwhile("feature")
    return replace(after, version=before.version + 1)


def facts(state: FeatureState) -> dict[str, object]:
    """An entry as the activity log keeps it."""
    pending = state.pending
    return {
        "state": state.state,
        "pending": pending.change if pending else None,
        "pending_reason": pending.reason if pending else None,
        "pending_until": pending.until if pending else None,
        "contact_details_may_be_real": pending.acknowledged_real if pending else None,
        "planned_by": pending.by if pending else None,
        "approved_by": pending.approved_by if pending else None,
        "queue_empty": pending.queue_empty if pending else None,
        "since": state.since,
        "until": state.until,
        "reason": state.reason,
        "by": state.by,
    }


def _state(row: sa.Row[tuple[object, ...]]) -> FeatureState:
    entry = row._mapping
    pending = None
    if entry["pending_change"]:
        pending = Pending(
            entry["pending_change"], entry["pending_reason"], entry["pending_until"],
            entry["pending_acknowledged_real"], entry["pending_by"], entry["pending_approved_by"],
            bool(entry["pending_queue_empty"]),
        )  # fmt: skip
    return FeatureState(
        entry["environment"], entry["feature"], entry["state"], pending, entry["since"], entry["until"],
        entry["reason"], entry["by"], entry["version"],
    )  # fmt: skip
