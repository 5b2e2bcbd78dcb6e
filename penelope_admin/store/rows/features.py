"""The rows of the register of features."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.features import FeatureState, Pending, initial_state, refuse_locked_entry
from penelope_admin.errors import changed_meanwhile
from penelope_admin.policy import LOCKED_FEATURES, Feature
from penelope_admin.store import schema
from penelope_admin.store.kinds import UnreadableError
from penelope_admin.store.stored import check, key_of

_TABLE = schema.feature_state
_PLANNED = tuple(Pending.__dataclass_fields__)
_FIELDS = tuple(name for name in FeatureState.__dataclass_fields__ if name != "pending")
_READ = sa.select(_TABLE).where(_TABLE.c.environment.in_(sa.bindparam("environments", expanding=True)))
_INSERT = sa.insert(_TABLE)


def read(
    connection: sa.Connection, environments: Collection[str], features: Sequence[Feature]
) -> dict[str, list[FeatureState]]:
    """What the register says of every feature, in their order, by environment.

    Raises:
        DamagedError: it says of ClientConnect or Engage that they are on, or are to be, or it cannot be read.
    """
    rows = connection.execute(_READ, {"environments": sorted(environments)})
    by_environment: dict[str, dict[str, FeatureState]] = {key: {} for key in environments}
    for row in rows:
        if row.environment not in by_environment:  # a damaged index brings others, too
            raise UnreadableError(
                "feature_state", "environment", "not what was asked for", key_of(_TABLE, row._asdict())
            )
        by_environment[row.environment][row.feature] = _state(check(_TABLE, row)._mapping)
    return {
        key: [states.get(feature.key) or initial_state(feature, key) for feature in features]
        for key, states in by_environment.items()
    }


def _state(entry: Any) -> FeatureState:
    planned = {name: entry[f"pending_{name}"] for name in _PLANNED}
    planned["queue_empty"] = bool(planned["queue_empty"])
    pending = Pending(**planned) if planned["change"] else None
    return FeatureState(**{name: entry[name] for name in _FIELDS}, pending=pending)


def write(connection: sa.Connection, before: FeatureState, after: FeatureState) -> FeatureState:
    """Put a new entry in the place of the one that was read.

    Of ClientConnect and Engage the database keeps one thing only, that they were off: what is not known of them is no
    row at all.

    Raises:
        ConflictError: the entry changed since it was read.
        RefusedError: it would say that a locked feature is on, or is to be.
    """
    refuse_locked_entry(after)
    # The constraint lets a locked feature be off and nothing else, not even unknown.
    where = (_TABLE.c.environment == before.environment) & (_TABLE.c.feature == before.feature)
    if after.feature in LOCKED_FEATURES and after.state == "unknown":
        connection.execute(sa.delete(_TABLE).where(where))
        return replace(after, version=0)
    values = {name: getattr(after, name) for name in _FIELDS} | {"version": before.version + 1}
    values |= {f"pending_{name}": getattr(after.pending, name, None) for name in _PLANNED}  # nothing without a plan
    # There is no row yet of what nobody ever switched.
    if before.version == 0:
        connection.execute(_INSERT, values)
    else:
        # Whoever changed it meanwhile has counted its version up, so that no row is met.
        updated = connection.execute(sa.update(_TABLE).where(where, _TABLE.c.version == before.version), values)
        if updated.rowcount != 1:
            raise changed_meanwhile("feature")
    return replace(after, version=before.version + 1)


def find_unapproved(connection: sa.Connection) -> str | None:
    """A feature that is planned to be switched on and that nobody else has approved; None when there is none."""
    waits = sa.and_(_TABLE.c.pending_change == "enable", _TABLE.c.pending_approved_by.is_(None))
    feature: str | None = connection.execute(sa.select(_TABLE.c.feature).where(waits).limit(1)).scalar()
    return feature
