"""The rows of the agency and of its environments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from penelope_admin.domain.agency import Profile
from penelope_admin.store import schema
from penelope_admin.store.kinds import optional

_TABLE, _ENVIRONMENT = schema.agency, schema.environment


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """The agency as it is stored.

    Attributes:
        left: keys of the environments that are no longer its own and that nobody has settled.
        set_up_at: in UTC.
    """

    profile: Profile
    left: tuple[str, ...]
    set_up_at: datetime


def read(connection: sa.Connection) -> AgencyRow | None:
    """The agency; None before it is set up."""
    # Beside an agency without environments there is nothing, so these may be empty here.
    key, ours = optional(_ENVIRONMENT.c.key, "environment_key"), optional(_ENVIRONMENT.c.ours, "environment_ours")
    rows = connection.execute(sa.select(_TABLE, key, ours).outerjoin_from(_TABLE, _ENVIRONMENT, sa.true())).all()
    if not rows:
        return None
    own = tuple(sorted(row.environment_key for row in rows if row.environment_ours is True))
    left = tuple(sorted(row.environment_key for row in rows if row.environment_ours is False))
    facts = {name: getattr(rows[0], name) for name in Profile.__struct_fields__ if name != "environments"}
    return AgencyRow(Profile(**facts, environments=own), left, rows[0].created_at)


def insert(connection: sa.Connection, profile: Profile, at: datetime) -> None:
    """Store the agency and its environments."""
    connection.execute(sa.insert(_TABLE).values(id=1, created_at=at, version=1, **_columns(profile)))
    _write_environments(connection, profile.environments, ())


def update(connection: sa.Connection, profile: Profile, version: int) -> None:
    """Store what the agency says of itself now; environments that it had before stay, as no longer its own."""
    connection.execute(sa.update(_TABLE).values(version=version, **_columns(profile)))
    before = connection.execute(sa.select(_ENVIRONMENT.c.key)).scalars()
    _write_environments(connection, profile.environments, sorted(set(before) - set(profile.environments)))


def ask_for_second_person(connection: sa.Connection) -> None:
    """Have the agency ask for a second person's approval."""
    connection.execute(sa.update(_TABLE).values(second_person=True))


def forget_environment(connection: sa.Connection, key: str) -> None:
    """Do not list an environment any more."""
    connection.execute(sa.delete(_ENVIRONMENT).where(_ENVIRONMENT.c.key == key))


def _columns(profile: Profile) -> dict[str, object]:
    return {key: value for key, value in profile.facts().items() if key != "environments"}


def _write_environments(connection: sa.Connection, own: Iterable[str], left: Iterable[str]) -> None:
    connection.execute(sa.delete(_ENVIRONMENT))
    rows = [{"key": key, "ours": True} for key in own] + [{"key": key, "ours": False} for key in left]
    connection.execute(sa.insert(_ENVIRONMENT), rows)
