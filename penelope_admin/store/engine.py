"""Opens the database, once per process, and turns its troubles into messages for people."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from penelope_admin.errors import (
    BesideError,
    CancelledError,
    DamagedError,
    PenelopeAdminError,
    ReadOnlyError,
    RefusedError,
    ReplacedError,
    StoreError,
)
from penelope_admin.files import PRIVATE_FILE
from penelope_admin.store import dialects, journal, stored
from penelope_admin.store.kinds import restore_advice

Connection = sa.Connection
"""What a transaction is worked with: for the functions of `store.rows`, and opaque to everybody else."""
Address = sa.URL
"""Where a database is: made by `database_url`, and opaque to everybody else."""
DATABASE_FILE = "penelope-admin.db"
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})


class Store:
    """A database that is open and of the right revision.

    Attributes:
        for_training: it holds the practice agency, in which nothing is real.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.for_training = False
        self._in_use: list[tuple[int, object]] = []
        self._is_closed = False
        sa.event.listen(engine, "checkin", self._given_back)
        self._identity = self._file_identity()

    @property
    def file(self) -> Path | None:
        """The database's file, or None for a server."""
        return sqlite_file(self.engine.url)

    def _file_identity(self) -> tuple[int, int] | None:
        """Which file this is, whatever its name; None for a server, or when it is gone."""
        if self.file is None:
            return None
        try:
            status = self.file.stat()
        except OSError:
            return None
        # By number, for the name may be that of another file by now.
        return status.st_dev, status.st_ino

    def _check_still_there(self) -> None:
        """Never write into a file that was deleted or replaced under its name: what it takes would be lost."""
        if self._file_identity() != self._identity:
            raise ReplacedError(
                f"The database {self.file} was deleted or replaced while the program was using it. Nothing of this was "
                "saved. Try again to open what is there now, or restore a backup."
            )

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one consistent state.

        Raises:
            StoreError: the database cannot be used.
        """
        self._check_still_there()
        # From the inside: the row of a value is named, a look without an end is told apart, the rest becomes a message.
        with (
            translated(self.engine.url),
            self.engine.begin() as connection,
            self._interruptible(connection),
            dialects.endless_is_damage(connection),
            stored.named(connection),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is written to the disk when the block ends, or not at all.

        Raises:
            StoreError: the database cannot be used; nothing of the block was saved.
        """
        self._check_still_there()
        try:
            with translated(self.engine.url), self.engine.connect() as raw:
                # `dialects.configure` begins such a transaction with the lock: one that reads first and then
                # writes could find that another has written in between.
                connection = raw.execution_options(writing=True)
                with (
                    connection.begin(),
                    self._interruptible(connection),
                    dialects.endless_is_damage(connection),
                    stored.named(connection),
                    journal.noting(connection),
                ):
                    dialects.begin_writing(connection)
                    yield connection
        except ReadOnlyError:
            self.engine.dispose()  # a connection made while a file was read-only stays so: the next one looks anew
            raise

    def interrupt(self, thread: int) -> None:
        """Stop what another thread is doing in the database; that one gets a `CancelledError`."""
        # A copy: the other thread goes on meanwhile, and takes its connection out of the list when it is done.
        for owner, connection in list(self._in_use):
            if owner == thread and isinstance(connection, sqlite3.Connection):
                connection.interrupt()

    @contextmanager
    def _interruptible(self, connection: sa.Connection) -> Iterator[None]:
        driver = (threading.get_ident(), connection.connection.driver_connection)
        self._in_use.append(driver)
        try:
            yield
        finally:
            self._in_use.remove(driver)

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Let go of a database that could not be made ready for use: nobody else would."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database; what another thread is still doing there ends, and then lets go too."""
        # Connections that the pool keeps would hold the file open, which Windows lets nobody replace then.
        self._is_closed = True
        self.engine.dispose()

    def _given_back(self, _: object, record: sa.pool.ConnectionPoolEntry) -> None:
        # One in use while the pool is emptied goes back to a pool that nobody empties again.
        if self._is_closed:
            record.invalidate()


def database_url(home: Path, url: str | None) -> sa.URL:
    """The database to use: the one given, or a file in the data folder.

    Raises:
        StoreError: the URL cannot be read, or names a kind of database the program does not use.
    """
    if url is None:
        return sa.URL.create("sqlite", database=str(home / DATABASE_FILE))
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise StoreError("The database URL cannot be read. It looks like sqlite:////path/to/file.db.") from error
    kind = parsed.get_backend_name()
    # A database in memory would be gone with the program, and a query could make SQLite open another file.
    no_file = kind == "sqlite" and (parsed.database in (None, "", ":memory:") or parsed.query)
    if parsed.drivername not in _DRIVERS or no_file:
        raise StoreError(f"This {kind} database cannot be used; give a SQLite file or a PostgreSQL URL.")
    # Without a driver SQLAlchemy would take another one than ours.
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def sqlite_file(url: sa.URL) -> Path | None:
    """The file behind a URL, or None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def shown(url: sa.URL) -> str:
    """A URL for people: without its password, and without the query, in which a password may be too."""
    return url.set(query={}).render_as_string(hide_password=True)


def _secrets(url: sa.URL) -> list[str]:
    """What a server's words must not repeat: the password, wherever it stands in the URL, longest first."""
    # PostgreSQL takes passwords from the query as well, and its errors repeat what they were given.
    named = [part for name in ("password", "sslpassword") for part in url.normalized_query.get(name, ())]
    # The longest first: a shorter one that is a part of it would leave the rest of it to be read.
    return sorted({part for part in (url.password, *named) if part}, key=len, reverse=True)


def make_engine(url: sa.URL, *, alone: bool = False) -> sa.Engine:
    """An engine for a URL; a new SQLite file is made readable by this user only.

    Args:
        alone: each connection has a SQLite file for itself, which needs no room on the disk, and is closed after its
            transaction.

    Raises:
        StoreError: the file cannot be made or is none, or the driver is missing.
    """
    arguments: dict[str, Any] = {}
    if (file := sqlite_file(url)) is not None:
        _make_private(file)
        arguments["connect_args"] = {"timeout": dialects.BUSY_SECONDS}
    if alone:
        arguments["poolclass"] = sa.NullPool
    try:
        engine = sa.create_engine(url, **arguments)
    except ImportError as error:
        raise StoreError(
            f"The driver for this database is not installed ({error.name}). "
            "Install Penelope Admin with its extra named team."
        ) from error
    dialects.configure(engine, alone=alone)
    journal.watch(engine)
    return engine


def _make_private(file: Path) -> None:
    """Make a database's file, unless it is there."""
    try:
        if not file.exists():
            # Made before SQLite would make it, for SQLite goes by the umask.
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
        # To open a pipe would wait for whoever writes to it; of a folder SQLite itself says what is wrong.
        elif not (file.is_file() or file.is_dir()):
            raise StoreError(f"{file} is no file but a pipe or a device. It was left as it is. Name a database's file.")
    except OSError as error:
        raise StoreError(
            f"The database {file} cannot be made ({error.strerror}). Choose another folder with --home."
        ) from error


@contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """Turn a database's errors into the program's own, with what to do.

    Raises:
        StoreError: for everything the database or its disk is to blame for.
        RefusedError: the database's own lock on ClientConnect and Engage held.
    """
    try:
        yield
    except PenelopeAdminError:
        raise
    # Before the others, for it is one of them.
    except exc.IntegrityError as error:
        # The constraints that keep ClientConnect and Engage locked have that in their names.
        if "_locked" in str(error.orig):
            raise RefusedError("The database refuses to enable ClientConnect or Engage. Nothing was saved.") from error
        raise StoreError(f"The database refused the change ({error.orig}). Nothing was saved.") from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise _in_our_words(url, error.orig if isinstance(error, exc.DBAPIError) else error) from error
    except exc.StatementError as error:  # around what a column's kind refuses to write
        if isinstance(error.orig, PenelopeAdminError):
            raise error.orig from error
        raise
    except UnicodeDecodeError as error:  # the driver's, over SQLite's own message on a schema that is no text
        raise DamagedError(_message(str(sqlite_file(url)), "SQLITE_CORRUPT", str(error))) from error


def _in_our_words(url: sa.URL, cause: BaseException | None) -> PenelopeAdminError:
    """What the driver's error is to people, without a password that it repeats."""
    code = getattr(cause, "sqlite_errorname", "") or ""
    if code == "SQLITE_INTERRUPT":
        return CancelledError("Stopped. Nothing was changed.")
    # By their beginnings: SQLite refines its codes, as in SQLITE_IOERR_SHMSIZE.
    kind = next((kind for beginning, kind in _KINDS.items() if code.startswith(beginning)), StoreError)
    words = " ".join(str(cause).split())  # a server speaks in lines and tabs
    # Last of all, for the message goes to the screen and into bug reports.
    for secret in _secrets(url):
        words = words.replace(secret, "***")
    return kind(_message(str(sqlite_file(url) or shown(url)), code, words))


_KINDS: dict[str, type[StoreError]] = {
    "SQLITE_CORRUPT": DamagedError,
    "SQLITE_NOTADB": DamagedError,
    "SQLITE_TOOBIG": DamagedError,
    "SQLITE_IOERR_SHM": BesideError,
    "SQLITE_READONLY": ReadOnlyError,
}


def _message(name: str, code: str, words: str) -> str:
    kept = "Nothing of this was saved; what was saved before is kept."
    no_room = f"There is no space left for the database {name}. {kept} Make room on the disk, then try again."
    damaged = restore_advice()
    messages = {
        "SQLITE_BUSY": f"The database {name} is locked by another program. {kept} Close it there, or try again.",
        "SQLITE_LOCKED": f"The database {name} is locked. {kept} Try again.",
        "SQLITE_READONLY": f"The database {name} is read-only. {kept} "
        f"{_what_is_closed(name) or 'Make the file and its folder writable for you.'}",
        "SQLITE_CANTOPEN": f"The database {name} cannot be opened. "
        f"{_what_is_closed(name) or 'Check that the folder exists and is yours.'}",
        "SQLITE_FULL": no_room,
        "SQLITE_IOERR_SHMSIZE": no_room,
        "SQLITE_IOERR": f"The disk failed while the database {name} was used. {kept} Check the disk.",
        "SQLITE_CORRUPT": f"The database {name} is damaged. {damaged}",
        "SQLITE_TOOBIG": f"The database {name} is damaged: a value in it is far too long. {damaged}",
        "SQLITE_NOTADB": f"{name} is not a database of Penelope Admin. {damaged}",
    }
    unknown = f"The database {name} cannot be used ({words}). {kept}"
    return next((message for beginning, message in messages.items() if code.startswith(beginning)), unknown)


def _what_is_closed(name: str) -> str:
    """Which of the files and folders that are written to are closed to this user, and what to do; empty for none."""
    there = (path for path in dialects.written_files(Path(name)) if path.exists())
    closed = [str(path) for path in there if not dialects.may_write(path)]
    if not closed:
        return ""
    return f"You may not write to {' and '.join(closed)}. Make that writable for you, then try again."


def new_id(inserted: sa.CursorResult[Any]) -> int:
    """The number a row got that was just inserted."""
    key = inserted.inserted_primary_key
    if key is None:
        raise TypeError("only an insert of one row has a new id")
    return int(key[0])


def revision_of(connection: sa.Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    if "alembic_version" not in sa.inspect(connection).get_table_names():  # a view of that name could be endless
        return None
    revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def open_as_it_is(url: sa.URL) -> tuple[Store, str | None, bool]:
    """Open the database whatever its revision; gives back that too, None for an empty one, and if it is of training.

    Raises:
        StoreError: locked, read-only, corrupt, somebody else's, no space.
    """
    try:
        store, revision, is_training = _inspected(Store(make_engine(url)))
    except BesideError:
        # What SQLite keeps beside the database has no room on a full disk, where people still look up a date.
        store, revision, is_training = _inspected(Store(make_engine(url, alone=True)))
    with store.closed_on_failure(), translated(url):
        dialects.use_write_ahead_log(store.engine)
    return store, revision, is_training


def _inspected(store: Store) -> tuple[Store, str | None, bool]:
    """A database with its revision, or None for an empty one, and if it is of training; never somebody else's."""
    with store.closed_on_failure(), store.reading() as connection:
        revision = revision_of(connection)
        inspector = sa.inspect(connection)
        # Never made ours by adding tables to it: somebody named the wrong file.
        if revision is None and (inspector.get_table_names() or inspector.get_view_names()):
            raise StoreError(
                f"{shown(store.engine.url)} holds other data, not Penelope Admin's. It was left as it is. "
                "Choose another one."
            )
        return store, revision, dialects.is_for_training(connection)
