"""Notices which rows a transaction changes, so that its entry in the activity log can say what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from penelope_admin.store import replay

_NOTED = "penelope_admin_changed"
Key = tuple[object, ...]
Touched = dict[str, dict[Key, replay.Image | None]]
"""By table and primary key: what the row was before; None for one that was not there."""
_COMPARED = frozenset(replay.TABLES)


def watch(engine: sa.Engine) -> None:
    """Have an engine's connections note the rows that are inserted, updated or deleted in transactions that write."""

    @sa.event.listens_for(engine, "before_execute")
    def _before(connection: sa.Connection, statement: Any, *_: object) -> None:
        touched = connection.info.get(_NOTED)
        if touched is not None and isinstance(statement, sa.Update | sa.Delete) and statement.table in _COMPARED:
            table = statement.table
            query = sa.select(table)
            if statement.whereclause is not None:
                query = query.where(statement.whereclause)
            for row in connection.execute(query):
                values = dict(row._mapping)
                key = tuple(values[column.name] for column in table.primary_key)
                touched.setdefault(table.name, {}).setdefault(key, replay.image(table, values))

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
            names = [column.name for column in statement.table.primary_key]
            keys: list[Key] = [tuple(values[name] for name in names) for values in several]
            for key in keys if len(keys) > 1 else [tuple(result.inserted_primary_key)]:
                touched.setdefault(statement.table.name, {}).setdefault(key, None)


@contextmanager
def noting(connection: sa.Connection) -> Iterator[None]:
    """A transaction of which it is noted which rows it changes."""
    connection.info[_NOTED] = {}
    try:
        yield
    finally:
        del connection.info[_NOTED]


def take(connection: sa.Connection) -> str | None:
    """What became of the rows that changed since this was asked last, as the log keeps it; None when none did.

    Of a row that was there before, only what is another now: the log must not vouch for the rest of it.
    """
    touched: Touched | None = connection.info.get(_NOTED)
    if not touched:
        return None
    found: replay.Images = {}
    for name, rows in touched.items():
        now = replay.read_images(connection, name, sorted(rows, key=str))
        changed = {word: replay.change(rows[key], image) for key, (word, image) in now.items()}
        if noted := {word: image for word, image in changed.items() if image != {}}:
            found[name] = noted
    touched.clear()
    return replay.to_text(found) if found else None
