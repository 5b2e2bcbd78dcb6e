"""Rows of any table put back as they were."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from penelope_admin.store import replay
from penelope_admin.store.journal import Change, Values

_VERSION = "version"
_COUNTED = frozenset({"agency", "feature_state", "project", "request"})
"""The tables that count in `version` how often a row was changed: that never goes back."""


def says_something_else(row: Change) -> bool:
    """Whether more of a row is another than the count of its changes."""
    return _content(row.table, row.before) != _content(row.table, row.after)


def first_other(connection: sa.Connection, rows: Sequence[Change]) -> Change | None:
    """The first of the rows that is not what the change back begins from; None when all of them are."""
    for row in rows:
        now = replay.read_row(connection, replay.table_of(row.table), row.key)
        if _content(row.table, now) != _content(row.table, row.before):
            return row
    return None


def _content(table: str, values: Values | None) -> Values | None:
    if values is None or table not in _COUNTED:
        return values
    return {name: value for name, value in values.items() if name != _VERSION}


def put(connection: sa.Connection, rows: Sequence[Change]) -> None:
    """Make rows what they were: what is referred to before what refers to it, and the other way where they go."""
    order = [table.name for table in replay.TABLES]
    sorted_rows = sorted(rows, key=lambda row: order.index(row.table))
    # The database checks references at each statement, so that the order is part of what is right.
    for row in sorted_rows:
        if row.before is None and row.after is not None:
            connection.execute(sa.insert(replay.table_of(row.table)).values(**row.after))
    for row in sorted_rows:
        _update(connection, row)
    for row in reversed(sorted_rows):
        if row.after is None:
            table = replay.table_of(row.table)
            connection.execute(sa.delete(table).where(replay.at(table, row.key)))


def _update(connection: sa.Connection, row: Change) -> None:
    if row.before is None or row.after is None:
        return
    table = replay.table_of(row.table)
    changed = {name: value for name, value in row.after.items() if name not in table.primary_key.columns}
    if row.table in _COUNTED:
        # Forward, although the row goes back: whoever read it meanwhile must notice that it is another.
        changed[_VERSION] = table.c[_VERSION] + 1
    connection.execute(sa.update(table).where(replay.at(table, row.key)).values(**changed))
