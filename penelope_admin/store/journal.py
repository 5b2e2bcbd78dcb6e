"""Notices which rows a transaction changes, so that its entry in the activity log can say what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from penelope_admin.store import replay

_NOTED = "penelope_admin_changed"
Key = tuple[object, ...]
_COMPARED = frozenset(replay.TABLES)


@dataclass(slots=True)
class _Touched:
    """A row that a transaction changed.

    Attributes:
        before: what it was; None for one that was not there.
        now: what it is; None where that has to be read.
    """

    before: replay.Image | None
    now: replay.Image | None = None


_Noted = dict[str, dict[Key, _Touched]]
"""By table and primary key."""


def watch(engine: sa.Engine) -> None:
    """Have an engine's connections note the rows that are inserted, updated or deleted in transactions that write."""

    @sa.event.listens_for(engine, "before_execute")
    def _before(connection: sa.Connection, statement: Any, *_: object) -> None:
        noted: _Noted | None = connection.info.get(_NOTED)
        if noted is not None and isinstance(statement, sa.Update | sa.Delete) and statement.table in _COMPARED:
            table = statement.table
            query = sa.select(table)
            if statement.whereclause is not None:
                query = query.where(statement.whereclause)
            # Read before the statement is carried out: afterwards nobody can tell which rows it met, or what they were.
            for row in connection.execute(query):
                values = dict(row._mapping)
                key = tuple(values[column.name] for column in table.primary_key)
                touched = noted.setdefault(table.name, {}).setdefault(key, _Touched(replay.image(table, values)))
                touched.now = None

    @sa.event.listens_for(engine, "after_execute")
    def _after(
        connection: sa.Connection,
        statement: Any,
        several: Sequence[Mapping[str, object]],
        _one: object,
        _options: object,
        result: Any,
    ) -> None:
        noted: _Noted | None = connection.info.get(_NOTED)
        if noted is not None and isinstance(statement, sa.Insert) and statement.table in _COMPARED:
            table = statement.table
            for given in result.context.compiled_parameters:
                values = {column.name: _as_read(connection, column, given.get(column.name)) for column in table.columns}
                if len(several) <= 1:  # the database may have given it a number
                    values |= zip(
                        (column.name for column in table.primary_key), result.inserted_primary_key, strict=True
                    )
                key = tuple(values[column.name] for column in table.primary_key)
                # What the database fills in by itself has to be read.
                is_known = all(column.name in given or column.server_default is None for column in table.columns)
                touched = noted.setdefault(table.name, {}).setdefault(key, _Touched(None))
                touched.now = replay.image(table, values) if is_known else None


def _as_read(connection: sa.Connection, column: sa.Column[Any], value: object) -> Any:
    """A value that was written to a column as it will be read from it."""
    dialect = connection.dialect
    kind = column.type.dialect_impl(dialect)
    for process in (kind.bind_processor(dialect), kind.result_processor(dialect, None)):
        if process is not None and value is not None:
            value = process(value)
    return value


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
    noted: _Noted | None = connection.info.get(_NOTED)
    if not noted:
        return None
    found: replay.Images = {}
    for name, rows in noted.items():
        if changed := _changed(connection, name, rows):
            found[name] = changed
    noted.clear()
    return replay.to_text(found) if found else None


def _changed(connection: sa.Connection, name: str, rows: Mapping[Key, _Touched]) -> dict[str, replay.Image | None]:
    """What became of the rows of one table, by the word that the log has for each."""
    to_read = sorted((key for key, touched in rows.items() if touched.now is None), key=str)
    now = replay.read_images(connection, name, to_read) if to_read else {}
    # A row that was only inserted is known from its statement, and is not read again.
    now |= {key: (replay.word_of(name, key), touched.now) for key, touched in rows.items() if touched.now}
    changed = {now[key][0]: replay.change(rows[key].before, now[key][1]) for key in sorted(now, key=str)}
    return {word: image for word, image in changed.items() if image != {}}


@contextmanager
def attempt(connection: sa.Connection) -> Iterator[None]:
    """A part of a transaction that is undone by itself when it fails, with what was noted of it."""
    noted: _Noted = connection.info[_NOTED]
    added: _Noted = {}
    connection.info[_NOTED] = added
    try:
        with connection.begin_nested():
            yield
    finally:
        connection.info[_NOTED] = noted
    for name, rows in added.items():
        known = noted.setdefault(name, {})
        for key, touched in rows.items():
            earlier = known.get(key)
            # What a row was before is what it was before the whole transaction, not before this part of it.
            known[key] = _Touched(earlier.before, touched.now) if earlier is not None else touched
