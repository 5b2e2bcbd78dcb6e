"""Notices which rows a transaction changes, so that its entry in the activity log can say what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from penelope_admin.store import replay

_NOTED = "penelope_admin_changed"
Touched = dict[str, set[tuple[object, ...]]]
_COMPARED = frozenset(replay.TABLES)


def watch(engine: sa.Engine) -> None:
    """Have an engine's connections note the rows that are inserted, updated or deleted in transactions that write."""

    @sa.event.listens_for(engine, "before_execute")
    def _before(connection: sa.Connection, statement: Any, *_: object) -> None:
        touched = connection.info.get(_NOTED)
        if touched is not None and isinstance(statement, sa.Update | sa.Delete) and statement.table in _COMPARED:
            table = statement.table
            keys = sa.select(*table.primary_key)
            if statement.whereclause is not None:
                keys = keys.where(statement.whereclause)
            _add(touched, table, (tuple(row) for row in connection.execute(keys)))

    @sa.event.listens_for(engine, "after_execute")
    def _after(
        connection: sa.Connection,
        statement: Any,
        several: Sequence[Mapping[str, object]],
        _one: object,
        _options: object,
        result: Any,
    ) -> None:
        touched = connection.info.get(_NOTED)
        if touched is not None and isinstance(statement, sa.Insert) and statement.table in _COMPARED:
            table = statement.table
            names = [column.name for column in table.primary_key]
            if several and len(several) > 1:
                _add(touched, table, (tuple(values[name] for name in names) for values in several))
            else:
                _add(touched, table, [tuple(result.inserted_primary_key)])


def _add(touched: Touched, table: sa.Table, keys: Iterator[tuple[object, ...]] | list[tuple[object, ...]]) -> None:
    touched.setdefault(table.name, set()).update(keys)


@contextmanager
def noting(connection: sa.Connection) -> Iterator[None]:
    """A transaction of which it is noted which rows it changes."""
    connection.info[_NOTED] = {}
    try:
        yield
    finally:
        del connection.info[_NOTED]


def take(connection: sa.Connection) -> str | None:
    """What became of the rows that changed since this was asked last, as the log keeps it; None when none did."""
    touched: Touched | None = connection.info.get(_NOTED)
    if not touched:
        return None
    noted = {name: sorted(keys, key=str) for name, keys in touched.items()}
    touched.clear()
    return replay.to_text(replay.read_images(connection, noted))
