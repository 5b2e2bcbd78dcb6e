"""The rows of the agency, of its sites and of its environments."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.agency import Profile
from penelope_admin.domain.sites import Site
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import optional

_TABLE, _ENVIRONMENT, _SITE = schema.agency, schema.environment, schema.site
_UPDATE, _KEYS = sa.update(_TABLE), sa.select(_ENVIRONMENT.c.key)
_INSERT, _DELETE = sa.insert(_ENVIRONMENT), sa.delete(_ENVIRONMENT)


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
    sites: tuple[Site, ...] = ()


def read(connection: sa.Connection) -> AgencyRow | None:
    """The agency; None before it is set up."""
    rows = connection.execute(_whole_agency()).all()
    if not rows:
        return None
    # None is for the rows of sites, which have no environment.
    own, left = (
        tuple(sorted(row.environment_key for row in rows if row.environment_ours is ours)) for ours in (True, False)
    )
    facts = {name: getattr(rows[0], name) for name in Profile.__struct_fields__ if name != "environments"}
    sites = [
        Site(row.site_id, row.site_name, row.site_zone, row.site_around_the_clock)
        for row in rows
        if row.site_id is not None
    ]
    # Not by the database: SQLite and PostgreSQL sort capitals and accents each in their own way.
    sites.sort(key=lambda site: (site.name.casefold(), site.name))
    return AgencyRow(Profile(**facts, environments=own), left, rows[0].created_at, tuple(sites))


@functools.cache
def _whole_agency() -> sa.Select[Any]:
    """All of an agency in one statement: a row for each environment and each site.

    Every transaction asks it. Made once it is known again at once, where SQLAlchemy would compare all its parts.
    """
    columns = {
        **{f"environment_{column.name}": column for column in _ENVIRONMENT.c},
        **{f"site_{column.name}": column for column in _SITE.c},
    }

    def rows_of(table: sa.Table) -> sa.Select[Any]:
        return sa.select(
            *(optional(column, label, there=column.table is table) for label, column in columns.items())
        ).select_from(table)

    parts = sa.union_all(rows_of(_ENVIRONMENT), rows_of(_SITE)).subquery()
    return sa.select(_TABLE, parts).outerjoin_from(_TABLE, parts, sa.true())


def insert(connection: sa.Connection, profile: Profile, at: datetime) -> None:
    """Store the agency and its environments."""
    connection.execute(sa.insert(_TABLE).values(id=1, created_at=at, version=1, **_columns(profile)))
    _write_environments(connection, profile.environments, ())


def update(connection: sa.Connection, profile: Profile, version: int) -> None:
    """Store what the agency says of itself now; environments that it had before stay, as no longer its own."""
    connection.execute(_UPDATE, {"version": version, **_columns(profile)})
    before = connection.execute(_KEYS).scalars()
    _write_environments(connection, profile.environments, sorted(set(before) - set(profile.environments)))


def insert_site(connection: sa.Connection, site: Site) -> int:
    """Store a site; gives back its number."""
    return new_id(connection.execute(sa.insert(_SITE).values(**site.facts())))


def update_site(connection: sa.Connection, site: Site) -> None:
    """Store what is said of a site now."""
    connection.execute(sa.update(_SITE).where(_SITE.c.id == site.id).values(**site.facts()))


def delete_site(connection: sa.Connection, key: int) -> None:
    """Take a site away."""
    connection.execute(sa.delete(_SITE).where(_SITE.c.id == key))


def ask_for_second_person(connection: sa.Connection) -> None:
    """Have the agency ask for a second person's approval."""
    connection.execute(sa.update(_TABLE).values(second_person=True))


def forget_environment(connection: sa.Connection, key: str) -> None:
    """Do not list an environment any more."""
    connection.execute(sa.delete(_ENVIRONMENT).where(_ENVIRONMENT.c.key == key))


def _columns(profile: Profile) -> dict[str, object]:
    return {key: value for key, value in profile.facts().items() if key != "environments"}


def _write_environments(connection: sa.Connection, own: Iterable[str], left: Iterable[str]) -> None:
    connection.execute(_DELETE)
    rows = {**dict.fromkeys(left, False), **dict.fromkeys(own, True)}
    connection.execute(_INSERT, [{"key": key, "ours": ours} for key, ours in rows.items()])
