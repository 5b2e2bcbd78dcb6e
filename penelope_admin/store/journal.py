"""Notices which rows a transaction changes, so that its entry in the activity log can say what became of them.

What they were and became is kept until the transaction ends too: what can be undone is put back from that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from penelope_admin.store import replay

_NOTED = "penelope_admin_changed"
_LOGGED = "penelope_admin_logged"
Key = tuple[object, ...]
Values = Mapping[str, Any]
_COMPARED = frozenset(replay.TABLES)


@dataclass(slots=True)
class _Touched:
    """A row that a transaction changed.

    Attributes:
        before: what it was; None for one that was not there.
        now: what it is; None where that has to be read.
    """

    before: Values | None
    now: Values | None = None


_Noted = dict[str, dict[Key, _Touched]]
"""By table and primary key."""


class Change(NamedTuple):
    """A row that became another: what it was and is, None where it was not or is not there."""

    table: str
    key: Key
    before: Values | None
    after: Values | None

    @property
    def undone(self) -> Change:
        """The change back."""
        return Change(self.table, self.key, self.after, self.before)


def watch(engine: sa.Engine) -> None:
    """Have an engine's connections note the rows that are inserted, updated or deleted in transactions that write."""

    @sa.event.listens_for(engine, "before_execute")
    def _before(connection: sa.Connection, statement: Any, *_: object) -> None:
        # Kept with the connection, for an event is told of nothing else.
        noted: _Noted | None = connection.info.get(_NOTED)
        if noted is None or not isinstance(statement, sa.Update | sa.Delete) or statement.table not in _COMPARED:
            return
        table, query = statement.table, sa.select(statement.table)
        if statement.whereclause is not None:
            query = query.where(statement.whereclause)
        # Read before the statement is carried out: afterwards nobody can tell which rows it met, or what they were.
        for row in connection.execute(query):
            values = dict(row._mapping)
            _touch(noted, table, values, before=values).now = None  # to be read when it is asked for

    @sa.event.listens_for(engine, "after_execute")
    def _after(
        connection: sa.Connection,
        statement: Any,
        _several: object,
        _one: object,
        _options: object,
        result: Any,
    ) -> None:
        noted: _Noted | None = connection.info.get(_NOTED)
        if noted is None or not isinstance(statement, sa.Insert) or statement.table not in _COMPARED:
            return
        table = statement.table
        kinds = _kinds(table, connection.dialect)
        for parameters in result.context.compiled_parameters:
            values = {name: _as_read(kind, parameters.get(name)) for name, kind in kinds.items()}
            if any(values[column.name] is None for column in table.primary_key):  # the database gave it a number
                values |= zip(table.primary_key.columns.keys(), result.inserted_primary_key, strict=True)
            touched = _touch(noted, table, values, before=None)
            # What the database fills in by itself has to be read.
            if all(column.name in parameters or column.server_default is None for column in table.columns):
                touched.now = values
            else:
                touched.now = None


def _touch(noted: _Noted, table: sa.Table, values: Values, *, before: Values | None) -> _Touched:
    """What is noted of a row; what it was before is that of the first change, whatever comes after."""
    key = tuple(values[column.name] for column in table.primary_key)
    return noted.setdefault(table.name, {}).setdefault(key, _Touched(before))


@functools.lru_cache(64)
def _kinds(table: sa.Table, dialect: sa.Dialect) -> dict[str, list[Callable[[Any], Any]]]:
    """What makes of a value what is stored, and of that what is read, by the names of a table's columns."""
    kinds = ((column.name, column.type.dialect_impl(dialect)) for column in table.columns)
    # There and back: SQLite keeps no zones, and cuts and converts as each kind says.
    both = ((name, (kind.bind_processor(dialect), kind.result_processor(dialect, None))) for name, kind in kinds)
    return {name: [process for process in processes if process is not None] for name, processes in both}


def _as_read(kind: list[Callable[[Any], Any]], value: object) -> Any:
    """A value that was written to a column as it will be read from it."""
    for process in kind:
        if value is not None:
            value = process(value)
    return value


@contextmanager
def noting(connection: sa.Connection) -> Iterator[None]:
    """A transaction of which it is noted which rows it changes."""
    connection.info[_NOTED], connection.info[_LOGGED] = {}, {}
    try:
        yield
    finally:
        del connection.info[_NOTED], connection.info[_LOGGED]


def take(connection: sa.Connection) -> str | None:
    """What became of the rows that changed since this was asked last, as the log keeps it; None when none did.

    Of a row that was there before, only what is another now: the log must not vouch for the rest of it.
    """
    noted: _Noted | None = connection.info.get(_NOTED)
    if not noted:
        return None
    images: replay.Images = {}
    for name, rows in noted.items():
        if changed := _changed(connection, name, rows):
            images[name] = changed
    # What comes later belongs to the next entry.
    _merge(connection.info[_LOGGED], noted)
    noted.clear()
    return replay.to_text(images) if images else None


def _changed(connection: sa.Connection, name: str, rows: Mapping[Key, _Touched]) -> dict[str, replay.Image | None]:
    """What became of the rows of one table, by the word that the log has for each."""
    table, changed = replay.table_of(name), {}
    for key in sorted(rows, key=str):
        touched = rows[key]
        if touched.now is None:  # a row that was only inserted is known from its statement
            touched.now = replay.read_row(connection, table, key)
        before, now = (replay.image(table, row) if row else None for row in (touched.before, touched.now))
        changed[replay.word_of(name, key)] = replay.change(before, now)
    # What was written over with the same values did not change.
    return {word: image for word, image in changed.items() if image != {}}


def changes(connection: sa.Connection) -> tuple[Change, ...]:
    """The rows that this transaction has made others so far, as its entries tell.

    Nothing where a row was changed that no entry tells of.
    """
    if connection.info[_NOTED]:
        return ()
    logged: _Noted = connection.info[_LOGGED]
    return tuple(
        Change(name, key, touched.before, touched.now)
        for name, rows in logged.items()
        for key, touched in rows.items()
        if touched.before != touched.now
    )


def _merge(noted: _Noted, more: _Noted) -> None:
    """Add what was noted later."""
    for name, rows in more.items():
        of_table = noted.setdefault(name, {})
        for key, touched in rows.items():
            # What a row was before is what it was before the whole transaction, not before a part of it.
            of_table[key] = _Touched(of_table.get(key, touched).before, touched.now)


@contextmanager
def attempt(connection: sa.Connection) -> Iterator[None]:
    """A part of a transaction that is undone by itself when it fails, with what was noted of it."""
    outside: list[_Noted] = [connection.info[_NOTED], connection.info[_LOGGED]]
    inside: list[_Noted] = [{}, {}]
    connection.info[_NOTED], connection.info[_LOGGED] = inside
    try:
        with connection.begin_nested():
            yield
    finally:
        connection.info[_NOTED], connection.info[_LOGGED] = outside
    # Reached only when the part went well; else nothing of it is in the database either.
    for outer, inner in zip(outside, inside, strict=True):
        _merge(outer, inner)
