"""Copies of the database: consistent while the program runs, checked before one is restored."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.errors import BadInputError, DamagedError, StoreError
from penelope_admin.files import PRIVATE_FILE, PRIVATE_FOLDER, check_regular
from penelope_admin.store import audit, dialects, schema
from penelope_admin.store.engine import Store, open_store, sqlite_file, translated

KEPT = 14
_SQLITE_HEADER = b"SQLite format 3\x00"


def copy_to(store: Store, target: Path) -> None:
    """Write a consistent copy, mode 0600; other programs may go on using the database meanwhile.

    Raises:
        BadInputError: the copy cannot be written there, or the database is kept by a server; what was there before is
            unchanged.
        StoreError: the database cannot be read.
    """
    source = _need_file(store.file)
    if target.resolve() == source.resolve():
        raise BadInputError("A backup cannot be the database itself. Nothing was written. Choose another file.")
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)  # made 0600
        with translated(store.engine.url), _open(source) as origin, _open(temporary) as copy:
            _copy(origin, copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        temporary.replace(target)
    except OSError as error:
        raise BadInputError(
            f"The backup {target} cannot be written ({error.strerror}). Nothing was replaced."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def check_target(target: Path, *, force: bool) -> None:
    """Refuse to put a backup in the place of anything but a backup of this program.

    Args:
        force: any regular file may be replaced.

    Raises:
        BadInputError: something else is there; it is left as it is.
    """
    try:
        check_regular(target)
        taken = target.exists() and not force and not _is_ours(target)
    except OSError as error:
        raise BadInputError(f"{target} cannot be looked at ({error.strerror}). Nothing was written.") from error
    if taken:
        raise BadInputError(
            f"{target} is there already and is no backup of Penelope Admin. It was left as it is. Choose another "
            "name. In the terminal, --force replaces it all the same."
        )


def _is_ours(file: Path) -> bool:
    """Whether a file is a database with our tables, by their names alone: nothing in it is carried out."""
    with file.open("rb") as start:
        if start.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
            return False
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    return {schema.agency.name, schema.audit_entry.name, "alembic_version"} <= names


def keep(store: Store, folder: Path, now: datetime, label: str) -> Path:
    """A copy in the backup folder, named after the instant and what it is for."""
    target = _name(folder, now, label)
    copy_to(store, target)
    return target


def _name(folder: Path, now: datetime, label: str) -> Path:
    return _prepared(folder) / f"{now:%Y-%m-%dT%H%M%S%f}-{label}.db"


def _prepared(folder: Path) -> Path:
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The backup folder {folder} cannot be made ({error.strerror}). Nothing was changed."
        ) from error
    return folder


def daily(store: Store, folder: Path, now: datetime) -> Path | None:
    """The copy of the day, if there is none yet; the newest fourteen are kept.

    A damaged database is not copied, so that it cannot push the good copies out.

    Raises:
        StoreError: the database is damaged.
    """
    target = folder / f"{now:%Y-%m-%d}-daily.db"
    if store.file is None or target.exists():
        return None
    with store.reading() as connection:
        _check(connection, str(store.file))
    _prepared(folder)
    copy_to(store, target)
    for old in sorted(folder.glob("*-daily.db"))[:-KEPT]:
        old.unlink()
    return target


def restore(
    url: sa.URL, source: Path, folder: Path, now: datetime, prepare: Callable[[Store], object] | None = None
) -> Path | None:
    """Put a backup in the place of the database, which is copied to the backup folder first.

    The backup is checked on a copy: that it is whole, ours, not newer, with its triggers and
    constraints as we make them, and its activity log unbroken. Other programs that have the database open
    go on and see the restored state.

    Args:
        prepare: what is to be changed in it before anybody sees it.

    Returns:
        Where the replaced database was kept; None when there was none.

    Raises:
        BadInputError: the backup cannot be read or fails a check, or the database is kept by a server; nothing was
            replaced.
        StoreError: the database cannot be used.
    """
    live = _need_file(sqlite_file(url))
    if source.resolve() == live.resolve():
        raise BadInputError("The database cannot be restored from itself. Nothing was replaced. Choose a backup.")
    with tempfile.TemporaryDirectory(prefix="penelope-admin-") as scratch:
        candidate = Path(scratch) / "candidate.db"
        _take_in(source, candidate)
        _inspect(candidate, source, Path(scratch), now)
        if prepare is not None:
            with _opened(candidate, now) as checked:
                prepare(checked)
        used = _numbers_used(live)
        replaced = _set_aside(url, live, folder, now)
        store = open_store(url, now)  # makes the file, private, where there is none
        store.close()
        with translated(url), _open(candidate) as origin, _open(live) as target:
            _go_on_behind(origin, used)  # before the copy, so that nobody ever finds the one without the other
            _copy(origin, target)
    return replaced


def _numbers_used(live: Path) -> dict[str, int]:
    """The highest number of each table that gives every number once; nothing for a file that cannot be read."""
    if not live.exists():
        return {}
    try:
        with _open(live) as connection:
            return dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
    except sqlite3.Error:
        return {}


def _go_on_behind(candidate: sqlite3.Connection, used: dict[str, int]) -> None:
    """Give no number a second time: Support may answer to "PA-13" of a request that the backup does not know."""
    known = dict(candidate.execute("SELECT name, seq FROM sqlite_sequence"))
    for name, number in used.items():
        if name in known:
            candidate.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (max(number, known[name]), name))
        else:
            candidate.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, number))
    candidate.commit()


def _set_aside(url: sa.URL, live: Path, folder: Path, now: datetime) -> Path | None:
    """Keep what is about to be replaced; a damaged file is moved as it is, with what SQLite left beside it."""
    if not live.exists():
        return None
    try:
        store = open_store(url, now)
    except DamagedError:
        aside = _name(folder, now, "damaged")
        for ending in ("", "-wal", "-shm"):
            part = live.with_name(live.name + ending)
            if part.exists():
                part.replace(aside.with_name(aside.name + ending))
        return aside
    try:
        return keep(store, folder, now, "replaced")
    finally:
        store.close()


def _take_in(source: Path, candidate: Path) -> None:
    """Copy the file to be restored where nobody changes it. A write-ahead log beside it is not ours to read."""
    try:
        with source.open("rb") as file:
            if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
                raise BadInputError(f"{source} is not a backup of Penelope Admin. Nothing was replaced.")
            file.seek(0)
            candidate.touch(PRIVATE_FILE)
            with candidate.open("wb") as copy:
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
    except OSError as error:
        raise BadInputError(f"{source} cannot be read ({error.strerror}). Nothing was replaced.") from error


def _inspect(candidate: Path, source: Path, scratch: Path, now: datetime) -> None:
    """Migrate the candidate and hold it against a database made afresh."""
    try:
        with _opened(candidate, now) as checked, checked.reading() as connection:
            _check(connection, str(source))
            with _opened(scratch / "fresh.db", now) as fresh, fresh.reading() as pattern:
                if _objects(connection) != _objects(pattern):
                    raise BadInputError(f"{source} does not have the tables of Penelope Admin. Nothing was replaced.")
            if (broken := audit.first_broken(connection)) is not None:
                raise BadInputError(f"The activity log in {source} is broken at entry {broken}. Nothing was replaced.")
            _read_everything(connection, source)
    except StoreError as error:
        raise BadInputError(f"{source} cannot be restored. {error} Nothing was replaced.") from error


def _read_everything(connection: sa.Connection, source: Path) -> None:
    """Refuse a backup with values that are no dates or times, which SQLite itself would take."""
    for table in schema.metadata.sorted_tables:
        try:
            for _ in connection.execution_options(yield_per=1000).execute(sa.select(table)):
                pass
        except ValueError as error:
            raise BadInputError(
                f"{source} holds a value in its table {table.name} that is no date or time. Nothing was replaced."
            ) from error


@contextmanager
def _opened(file: Path, now: datetime) -> Iterator[Store]:
    store = open_store(sa.URL.create("sqlite", database=str(file)), now)
    try:
        yield store
    finally:
        store.close()


def _check(connection: sa.Connection, name: str) -> None:
    """SQLite's own check of every page, constraint and reference.

    Raises:
        StoreError: something is damaged.
    """
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if found != "ok" or connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(f"The database {name} is damaged ({found}). It was left as it is. Restore an older backup.")


def _objects(connection: sa.Connection) -> set[tuple[str, str, str | None]]:
    """Every table, index and trigger with its definition."""
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
    return {(row[0], row[1], row[2]) for row in rows}


@contextmanager
def _open(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, timeout=dialects.BUSY_SECONDS)) as connection:
        yield connection


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """SQLite's online copy: all of it, in one step. Where one of the two stays locked it gives up."""

    def give_up(status: int, _remaining: int, _total: int) -> None:
        # Without this, `backup` would try again for ever; each try waits for the connection's timeout already.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorname = "SQLITE_BUSY"
            raise error

    source.backup(target, progress=give_up)


def _need_file(file: Path | None) -> Path:
    if file is None:
        raise BadInputError(
            "This database is kept by a server. Back it up and restore it there, with its own tools (pg_dump)."
        )
    return file
