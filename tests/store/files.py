"""Database files for the store's tests, and ways around the store into them."""

from __future__ import annotations

import functools
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.files import write_private
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import Store
from penelope_admin.store.open import open_store

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def url_of(file: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(file))


@contextmanager
def opened(file: Path) -> Iterator[Store]:
    """The database of a file, opened as the program does it."""
    store = open_store(url_of(file), NOW)
    try:
        yield store
    finally:
        store.close()


@functools.cache
def empty_database() -> bytes:
    """A database of the newest revision with nothing in it: making one takes ten times as long as opening it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        with opened(file):
            pass
        return file.read_bytes()


def put_empty(file: Path) -> None:
    """Put such a database in a place, as private as the program makes it."""
    write_private(file, empty_database())


@contextmanager
def raw(file: Path, *, seconds: float = 5.0) -> Iterator[sqlite3.Connection]:
    """SQLite without the program: each statement is its own transaction unless one is begun."""
    with closing(sqlite3.connect(file, timeout=seconds, isolation_level=None)) as connection:
        yield connection


def put(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    """Add a row past the program."""
    columns = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", [*row.values()])


def without_triggers(connection: sqlite3.Connection) -> None:
    """Take the log's protection away, as somebody with the file in hand can."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")


def tamper(file: Path, statement: str) -> None:
    """Change a database as somebody with the file and without scruples would."""
    with raw(file) as connection:
        without_triggers(connection)
        connection.execute(statement)


def write(store: Store, number: int = 1, *, who: str = "ada", action: str = "feature.enabled") -> None:
    """Some deeds, each with its entry in the log, each in a transaction of its own."""
    for nth in range(number):
        with store.writing() as connection:
            connection.execute(
                sa.insert(schema.notice).values(
                    kind="announced",
                    starts_at=NOW + timedelta(hours=nth),
                    ends_at=NOW + timedelta(hours=nth + 1),
                    recorded_at=NOW,
                    by=who,
                )
            )
            audit.append(connection, at=NOW, who=who, action=action, subject=f"deed {nth}", after={"nth": nth})


def counts(store: Store) -> tuple[int, int, int | None]:
    """How many deeds and entries there are, and where the log is broken."""
    with store.reading() as connection:
        deeds = connection.execute(sa.select(sa.func.count()).select_from(schema.notice)).scalar_one()
        entries = connection.execute(sa.select(sa.func.count()).select_from(schema.audit_entry)).scalar_one()
        return deeds, entries, audit.first_broken(connection)


def is_sound(file: Path) -> bool:
    """What SQLite itself says of a file."""
    with raw(file) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def definitions(file: Path) -> set[str]:
    """Each table as a set of its columns and constraints, by whichever order they were written in."""
    with raw(file) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')").fetchall()
    found = set()
    for name, sql in rows:
        if name == "alembic_version":
            found.add(name)
        elif sql and not name.startswith("sqlite_"):
            head, _, body = sql.strip().removesuffix(")").partition("(")
            parts = re.split(r",\s*(?![^(]*\))", body)  # at the commas outside brackets
            found.add(" | ".join([" ".join(head.split()), *sorted(" ".join(part.split()) for part in parts)]))
    return {item for item in found if "alembic_version_pkc" not in item}
