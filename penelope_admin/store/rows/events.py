"""The rows of what happened to environments, and of what each event ended. Events are added and never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from penelope_admin.domain.features import FeatureState
from penelope_admin.domain.mirror import SAID_OF_STATE, Event, EventKind
from penelope_admin.grouping import grouped
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.stored import as_dicts, check_values

_TABLE, _LOSS = schema.environment_event, schema.feature_loss
_AS_EVENT = tuple(_TABLE.c[name] for name in Event.__struct_fields__)
"""The columns in the order in which an `Event` takes them."""
_INSERT = sa.insert(_TABLE)
_ALL = sa.select(*_AS_EVENT).order_by(_TABLE.c.at, _TABLE.c.id)
_TELLING = _ALL.where(
    _TABLE.c.environment.in_(sa.bindparam("environments", expanding=True)),
    # Two looks into the index, which leave out both and nothing else that is a kind; "<>" would walk through all of it.
    sa.or_(_TABLE.c.kind < SAID_OF_STATE[0], _TABLE.c.kind > SAID_OF_STATE[1]),
)


@dataclass(frozen=True, slots=True)
class LossRow:
    """A feature that an event ended, with the reason and last day it had."""

    feature: str
    was: Literal["on", "planned"]
    reason: str | None
    until: date | None


def read_all(connection: sa.Connection) -> list[Event]:
    """Everything recorded about environments, oldest first."""
    return _read(connection.execute(_ALL))


def read_telling(connection: sa.Connection, environments: Collection[str]) -> list[Event]:
    """What is recorded about environments but how features were switched and seen; oldest first.

    That says nothing of contact details and is by far the most, and every switch looks at the posture. Whatever else
    there is is read, so that a kind nobody knows is not passed over, unless the alphabet has it between these two.
    """
    return _read(connection.execute(_TELLING, {"environments": sorted(environments)}))


def _read(rows: sa.Result[Any]) -> list[Event]:
    events = []
    for values in as_dicts(rows):
        check_values(_TABLE, values)
        events.append(Event(*values.values()))
    return events


def read_recorded_at(connection: sa.Connection) -> dict[int, datetime]:
    """When each event was recorded, UTC, by its number."""
    rows = connection.execute(sa.select(_TABLE.c.id, _TABLE.c.recorded_at))
    return {row.id: row.recorded_at for row in rows}


def insert(
    connection: sa.Connection, environment: str, kind: EventKind, at: datetime, *, recorded_at: datetime, by: str,
    **facts: Any,
) -> int:  # fmt: skip
    """Add an event; gives back its number.

    Args:
        facts: other columns: version, remark, corrects, window, feature, outcome.
    """
    values = {"environment": environment, "kind": kind, "at": at, "recorded_at": recorded_at, "by": by, **facts}
    return new_id(connection.execute(_INSERT, values))


def read_losses(connection: sa.Connection, events: Collection[int]) -> dict[int, list[LossRow]]:
    """What events ended, by their numbers."""
    if not events:
        return {}
    rows = connection.execute(sa.select(_LOSS).where(_LOSS.c.event_id.in_(sorted(events))))
    return grouped((row.event_id, LossRow(row.feature, row.was, row.reason, row.until)) for row in rows)


def keep_loss(connection: sa.Connection, event: int, state: FeatureState) -> None:
    """Keep what an event ends: that a feature was on or planned, why and until when."""
    reason, until = state.use or (None, None)
    # `use` is that of what is on, or else of the plan to switch it on.
    values = {"feature": state.feature, "was": "on" if state.state == "on" else "planned"}
    connection.execute(sa.insert(_LOSS).values(event_id=event, reason=reason, until=until, **values))
