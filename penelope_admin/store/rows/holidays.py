"""The rows of the days on which Support's teams are closed."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from penelope_admin.domain.support import Holiday
from penelope_admin.store import schema

_TABLE = schema.holiday


def read(connection: sa.Connection) -> list[Holiday]:
    """Every holiday, by day."""
    rows = connection.execute(sa.select(_TABLE).order_by(_TABLE.c.day, _TABLE.c.team))
    return [Holiday(row.team, row.day, row.name, row.origin) for row in rows]


def insert(connection: sa.Connection, added: Collection[Holiday]) -> None:
    """Store holidays; at least one."""
    rows = [{"team": item.team, "day": item.day, "name": item.name, "origin": item.origin} for item in added]
    connection.execute(sa.insert(_TABLE), rows)


def delete(connection: sa.Connection, gone: Collection[Holiday]) -> None:
    """Take holidays away."""
    for team in sorted({item.team for item in gone}):
        days = [item.day for item in gone if item.team == team]
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.team == team, _TABLE.c.day.in_(days)))
