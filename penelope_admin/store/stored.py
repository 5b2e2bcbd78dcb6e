"""Rows as they are stored: each value held against its column's kind, and what does not belong there named."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from penelope_admin.domain.mirror import FEATURE_EVENTS
from penelope_admin.errors import DamagedError
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.store import schema
from penelope_admin.store.kinds import UnreadableError, restore_advice

_AT_ONCE = 1000
_WITH_OUTCOME = frozenset({"script-run", "checked", "switched", "seen", "as-of"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of a table.

    Attributes:
        key: its primary key in one word: "5", "mirrored/dss".
        values: those that can be read.
        problems: what is said of the others, and of values that do not go together.
    """

    key: str
    values: dict[str, Any]
    problems: tuple[UnreadableError, ...]


def _wrong_feature_state(row: Mapping[str, Any]) -> tuple[str, str] | None:
    # In any letters, as the constraint has it: "Engage" is no way around the lock.
    is_locked = str(row["feature"]).lower() in LOCKED_FEATURES
    if is_locked and (row["state"] == "on" or row["pending_change"] is not None):
        return "state", "on or planned for a feature that is locked"
    return None


def _wrong_event(row: Mapping[str, Any]) -> tuple[str, str] | None:
    if (row["kind"] == "corrected") != (row["corrects"] is not None):
        return "corrects", "not what its kind needs"
    if (row["kind"] in _WITH_OUTCOME) != (row["outcome"] is not None):
        return "outcome", "not what its kind needs"
    if (row["kind"] in FEATURE_EVENTS) != (row["feature"] is not None):
        return "feature", "not what its kind needs"
    if str(row["feature"]).lower() in LOCKED_FEATURES and row["outcome"] not in (None, "off"):
        return "outcome", "on for a feature that is locked"
    return None


def _wrong_answer(row: Mapping[str, Any]) -> tuple[str, str] | None:
    if (row["file_name"] is None) != (row["file_sha256"] is None):
        return "file_sha256", "not what its file needs"
    return None


def _wrong_span(first: str, last: str) -> Callable[[Mapping[str, Any]], tuple[str, str] | None]:
    return lambda row: (last, f"before {first}") if row[last] < row[first] else None


_RULES: dict[str, Callable[[Mapping[str, Any]], tuple[str, str] | None]] = {
    "feature_state": _wrong_feature_state,
    "environment_event": _wrong_event,
    "notice": _wrong_span("starts_at", "ends_at"),
    "project": _wrong_span("first_day", "last_day"),
    "project_feature": _wrong_span("first_day", "last_day"),
    "check_answer": _wrong_answer,
}
"""What of a table's row must go together, though the database's own constraint may be gone."""


def key_of(table: sa.Table, values: Mapping[str, Any]) -> str:
    """A row's primary key in one word."""
    parts = (values.get(column.name) for column in table.primary_key)
    return "/".join(str(part).encode("utf-8", "backslashreplace").decode() for part in parts)


def as_dicts(result: sa.Result[Any]) -> list[dict[str, Any]]:
    """Rows as values by their names, of which thousands are read at once; a row's own mapping takes far longer."""
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result.all()]


def check(table: sa.Table, row: sa.Row[Any]) -> sa.Row[Any]:
    """A row that was read, if its values go together.

    Raises:
        DamagedError: they do not.
    """
    check_values(table, dict(row._mapping))
    return row


def check_values(table: sa.Table, values: Mapping[str, Any]) -> None:
    """Refuse values of a row that do not go together.

    Args:
        values: by the names of columns; there may be others among them.

    Raises:
        DamagedError: they do not.
    """
    if (problem := _RULES[table.name](values)) is not None:
        raise UnreadableError(table.name, *problem, key_of(table, values))


@contextmanager
def as_stored(connection: sa.Connection) -> Iterator[None]:
    """Text that is no UTF-8 comes as far as it goes; SQLite's driver would stop at it."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def read(connection: sa.Connection, table: sa.Table) -> Iterator[Stored]:
    """Every row of a table, whatever is in it. Constant memory."""
    dialect = connection.dialect
    # Made once: a log has hundreds of thousands of rows.
    processors = {
        column.name: column.type.dialect_impl(dialect).result_processor(dialect, None) for column in table.columns
    }
    with as_stored(connection):
        for row in connection.execute(_as_it_is(table), execution_options={"yield_per": _AT_ONCE}):
            yield _stored(table, dict(row._mapping), processors)


@functools.cache
def _as_it_is(table: sa.Table) -> sa.Executable:
    """A table's rows past its columns' kinds, which would stop at the first value: all that is wrong is to be named."""
    return sa.select(*(sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.columns))


def _stored(table: sa.Table, raw: Mapping[str, Any], processors: Mapping[str, Any]) -> Stored:
    key = key_of(table, raw)
    values: dict[str, Any] = {}
    problems = []
    for name, process in processors.items():
        try:
            # Half a character came through as `as_stored` lets it, and would stop whatever prints it.
            if isinstance(raw[name], str) and not _is_text(raw[name]):
                raise UnreadableError(table.name, name, "no text")
            values[name] = process(raw[name])
        except UnreadableError as error:
            problems.append(UnreadableError(table.name, name, error.fault, key))
    # What goes together is asked only of values that can be read at all.
    rule = _RULES.get(table.name)
    if rule is not None and not problems and (problem := rule(values)) is not None:
        problems.append(UnreadableError(table.name, *problem, key))
    return Stored(key, values, tuple(problems))


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def first_problem(connection: sa.Connection, tables: list[sa.Table]) -> UnreadableError | None:
    """The first value of some tables that does not belong where it is."""
    problems = (problem for table in tables for stored in read(connection, table) for problem in stored.problems)
    return next(problems, None)


@contextmanager
def named(connection: sa.Connection) -> Iterator[None]:
    """Where a value could not be read: say in which row it is.

    Raises:
        DamagedError: it could not.
    """
    try:
        yield
    except UnreadableError as error:
        # A kind knows its column only. The row is looked for now, when something is wrong, and not with every read.
        if not error.row and error.table in schema.metadata.tables:
            problem = first_problem(connection, [schema.metadata.tables[error.table]])
            raise (problem or error) from None
        raise
    except exc.OperationalError as error:
        if "decode to UTF-8" not in str(error.orig):
            raise
        # The driver quotes the value, which may be anything.
        problem = first_problem(connection, schema.metadata.sorted_tables)
        raise (
            problem or DamagedError(f"The database is damaged: it holds text that is none. {restore_advice()}")
        ) from None
