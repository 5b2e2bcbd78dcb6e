"""All that only one database can do: SQLite's pragmas and each dialect's triggers."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from penelope_admin.errors import DamagedError
from penelope_admin.store.kinds import restore_advice

SQLITE_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    # What was corrected is overwritten, where SQLite would only call its place free.
    "PRAGMA secure_delete=ON",
)
BUSY_SECONDS = 5.0

_TRAINING_MARK = 0x50415472
"""The `application_id` of a database of training; all others have 0."""
_MARK_AT = slice(68, 72)
"""Where it stands in a file, by SQLite's file format."""

_WRITERS = 0x50656E41
"""The number of the lock that PostgreSQL's writers queue up for."""

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
       BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
       BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above, so an entry must also continue the chain.
    """CREATE TRIGGER audit_entry_next_only BEFORE INSERT ON audit_entry
       WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_entry)
         OR (NEW.seq > 1 AND NEW.previous_hash IS NOT (SELECT hash FROM audit_entry WHERE seq = NEW.seq - 1))
       BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END""",
)

_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the activity log is append-only'; END $$""",
    """CREATE FUNCTION audit_entry_next() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM audit_entry)
            OR (NEW.seq > 1 AND NEW.previous_hash IS DISTINCT FROM
                (SELECT hash FROM audit_entry WHERE seq = NEW.seq - 1))
         THEN RAISE EXCEPTION 'the activity log is append-only'; END IF;
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
       FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()""",
    """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
       FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
    """CREATE TRIGGER audit_entry_next_only BEFORE INSERT ON audit_entry
       FOR EACH ROW EXECUTE FUNCTION audit_entry_next()""",
)

AUDIT_TRIGGERS = {"sqlite": _SQLITE_TRIGGERS, "postgresql": _POSTGRESQL_TRIGGERS}

_SQLITE_EVENT_TRIGGERS = (
    """CREATE TRIGGER environment_event_no_update BEFORE UPDATE ON environment_event
       BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER environment_event_no_delete BEFORE DELETE ON environment_event
       BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    """CREATE TRIGGER environment_event_no_replace BEFORE INSERT ON environment_event
       WHEN EXISTS (SELECT 1 FROM environment_event WHERE id = NEW.id OR corrects = NEW.corrects)
       BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
)

_POSTGRESQL_EVENT_TRIGGERS = (
    """CREATE FUNCTION environment_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$""",
    """CREATE TRIGGER environment_event_no_change BEFORE UPDATE OR DELETE ON environment_event
       FOR EACH ROW EXECUTE FUNCTION environment_event_refuse()""",
    """CREATE TRIGGER environment_event_no_truncate BEFORE TRUNCATE ON environment_event
       FOR EACH STATEMENT EXECUTE FUNCTION environment_event_refuse()""",
)

EVENT_TRIGGERS = {"sqlite": _SQLITE_EVENT_TRIGGERS, "postgresql": _POSTGRESQL_EVENT_TRIGGERS}
"""A migration that makes the table of events anew takes them away first and makes them again."""


def mark_for_training(connection: sa.Connection) -> None:
    """Mark a new SQLite database as one of training: copies of it have the mark too."""
    connection.exec_driver_sql(f"PRAGMA application_id={_TRAINING_MARK}")


def is_for_training(connection: sa.Connection) -> bool:
    """Whether a database holds the invented agency of training; none that a server keeps does."""
    raw = connection.connection.driver_connection
    return isinstance(raw, sqlite3.Connection) and has_training_mark(raw)


def has_training_mark(connection: sqlite3.Connection) -> bool:
    """The same for a connection of SQLite's own."""
    # In the file itself and in no table: every copy has it, and no row can be added to pass for it.
    row: tuple[int] = connection.execute("PRAGMA application_id").fetchone()
    return row[0] == _TRAINING_MARK


def is_file_for_training(beginning: bytes) -> bool:
    """The same for a SQLite file that is not open, by its first hundred bytes."""
    return int.from_bytes(beginning[_MARK_AT], "big") == _TRAINING_MARK


LONGEST_VALUE = 64 << 20
"""Bytes that SQLite puts together at most for one value, also on the way to a result."""
MOST_STEPS = 400_000_000
"""Of SQLite's for one statement, some ten to thirty seconds' worth; the longest of ours takes a hundredth of it."""
_STEPS_BETWEEN_CALLS = 200_000
_BOUND = "penelope_admin_bound"


class Bound:
    """Ends a statement that has no end, such as a look at a view that calls itself: SQLite asks now and then."""

    def __init__(self) -> None:
        self.steps = 0

    def is_over(self) -> bool:
        """Whether the statement has taken too many steps."""
        self.steps += _STEPS_BETWEEN_CALLS
        return self.steps > MOST_STEPS


def bound(connection: sqlite3.Connection) -> Bound:
    """Bound the steps of a connection's statements, and the memory of a value."""
    # Files come from anybody, and a view in one may call itself.
    limit = Bound()
    connection.set_progress_handler(limit.is_over, _STEPS_BETWEEN_CALLS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    return limit


@contextmanager
def endless_is_damage(connection: sa.Connection) -> Iterator[None]:
    """Tell a statement that had no end from one that somebody stopped.

    Raises:
        DamagedError: it had none.
    """
    try:
        yield
    except exc.OperationalError as error:
        # Both end as an interrupt; only the count of steps tells them apart.
        limit: Bound | None = connection.info.get(_BOUND)
        if limit is not None and limit.steps > MOST_STEPS:
            raise DamagedError(f"The database is damaged: a look at it has no end. {restore_advice()}") from error
        raise


def configure(engine: sa.Engine, *, alone: bool) -> None:
    """Set up each new SQLite connection; other databases need nothing.

    Args:
        alone: nobody else may have the file open, so that SQLite keeps in memory what it has in a file otherwise.
    """
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection, record):  # type: ignore[no-untyped-def]
        record.info[_BOUND] = bound(connection)
        if engine.url.database:
            _open_companions(Path(engine.url.database))
        # The driver must not start or end transactions by itself: `begin` below does.
        connection.isolation_level = None
        if alone:  # before the file is touched
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _on_statement(connection: sa.Connection, *_: object) -> None:
        # The bound is of each statement: a transaction may have many.
        connection.info[_BOUND].steps = 0

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def beside(file: Path) -> list[Path]:
    """The files that SQLite keeps beside a database while it is open."""
    return [file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm")]


def written_files(file: Path) -> list[Path]:
    """What SQLite writes to: the database, what is beside it, and its folder."""
    return [file, *(path for path in beside(file) if path.exists()), file.parent]


def may_write(path: Path) -> bool:
    """Whether this process may write to a file or a folder."""
    # By the effective user, as the system does itself when a file is opened.
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _open_companions(file: Path) -> None:
    """Give the files beside the database its own mode.

    SQLite makes them with the mode the database has then. Made while the database was read-only, they would stay so,
    and refuse every write long after somebody has made the database writable again.
    """
    with suppress(OSError):  # not ours: whoever writes is told which file it is
        mode = stat.S_IMODE(file.stat().st_mode)
        for path in filter(Path.exists, beside(file)):
            if may_write(file) and not may_write(path):
                path.chmod(mode)


def _set_write_ahead_log(connection: Any) -> None:
    """Wait for other programs as for any lock: SQLite does not while one changes to the log."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def use_write_ahead_log(engine: sa.Engine) -> None:
    """Let readers and a writer of a SQLite file work side by side. The file remembers it."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            _set_write_ahead_log(connection.driver_connection)
        finally:
            connection.close()


def begin_writing(connection: sa.Connection) -> None:
    """Make writers queue up, so that each sees the newest entry of the activity log.

    SQLite's BEGIN IMMEDIATE does that already.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
