"""Copies of the database: consistent while the program runs, checked before one is restored."""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.errors import BadInputError, DamagedError, RefusedError, StoreError
from penelope_admin.files import NO_ROOM, PRIVATE_FILE, PRIVATE_FOLDER, check_regular, replacing, without_waiting
from penelope_admin.invocation import way
from penelope_admin.store import audit, dialects, schema, stored
from penelope_admin.store.engine import Store, make_engine, open_as_it_is, sqlite_file, translated

KEPT = 14
LARGEST = 1 << 30
"""Bytes of a backup: fifty times what an agency's work of many years takes."""
_DAMAGED = "damaged"  # what is kept as such cannot be restored
_SQLITE_HEADER = b"SQLite format 3\x00"
_SQLITE_BEGINNING = 100
"""Bytes of what a SQLite file says about itself."""
_SCRATCH, _LOCK = "penelope-admin-restoring-", "lock"
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What the driver raises for a file that is damaged, also over SQLite's own message about it."""


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
    try:
        with (
            replacing(target) as temporary,
            translated(store.engine.url),
            _open(source) as origin,
            _open(temporary) as copy,
        ):
            _copy(origin, copy)
            # One file is easier to take along than one with a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except OSError as error:
        raise BadInputError(
            f"The backup {target} cannot be written ({error.strerror}). Nothing was replaced."
        ) from error


def check_target(target: Path, *, force: bool, for_training: bool = False) -> None:
    """Refuse to put a backup in the place of anything but a backup of this program.

    Args:
        force: any regular file may be replaced.
        for_training: it is a backup of the practice agency, which never takes the place of one of a real agency.

    Raises:
        BadInputError: something else is there; it is left as it is.
        RefusedError: a real agency's backup is there, and this one is of training.
    """
    try:
        check_regular(target)
        is_ours = target.exists() and _is_ours(target)
        in_the_way = target.exists() and not force and not is_ours
        is_real = is_ours and for_training and not _is_for_training(target)
    except OSError as error:
        raise BadInputError(f"{target} cannot be looked at ({error.strerror}). Nothing was written.") from error
    if is_real:
        raise RefusedError(
            f"{target} is a backup of a real agency, and this one would be of the practice agency. It was left as it "
            "is. Choose another name."
        )
    if in_the_way:
        raise BadInputError(
            f"{target} is there already and is no backup of Penelope Admin. It was left as it is. Choose another "
            f"name.{way('backup --force FILE', '', ' To replace it all the same: ')}"
        )


def _is_ours(file: Path) -> bool:
    """Whether a file is a database with our tables, by their names alone: nothing in it is carried out."""
    if not _beginning(file).startswith(_SQLITE_HEADER):
        return False
    try:
        with _open_unchanged(file) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except _UNREADABLE:
        return False
    return {schema.agency.name, schema.audit_entry.name, "alembic_version"} <= names


def keep(store: Store, folder: Path, now: datetime, label: str) -> Path:
    """A copy in the backup folder, named after the instant and what it is for."""
    target = _prepared(folder) / _named(now, label)
    copy_to(store, target)
    return target


def is_damaged(kept: Path) -> bool:
    """Whether what a restore replaced was kept as damaged."""
    return kept.stem.endswith(f"-{_DAMAGED}")


def _named(now: datetime, label: str) -> str:
    # The letters keep the digits from looking like somebody's number, which the log would mask.
    return f"{now:%Y-%m-%dT%Hh%Mm%Ss%f}-{label}.db"


def _prepared(folder: Path) -> Path:
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The backup folder {folder} cannot be made ({error.strerror}). Nothing was changed."
        ) from error
    return folder


def daily(store: Store, folder: Path, now: datetime) -> Path | None:
    """The copy of the day, if there is none yet; of those up to today the newest fourteen are kept.

    A damaged database is not copied, so that it cannot push the good copies out. Copies with a day that lies ahead were
    made by a wrong clock: they push nothing out and are left alone.

    Raises:
        DamagedError: the database is damaged.
        StoreError, BadInputError: the copy could not be made; the database may be in order all the same.
    """
    today = f"{now:%Y-%m-%d}"
    target = folder / f"{today}-daily.db"
    if store.file is None or target.exists():
        return None
    with store.reading() as connection:
        check_pages(connection, str(store.file))
    _prepared(folder)
    copy_to(store, target)
    # Their names sort as their days do.
    copies = sorted(copy for copy in folder.glob("*-daily.db") if copy.name[: len(today)] <= today)
    for old in copies[:-KEPT]:
        with suppress(OSError):  # one more copy than wanted does no harm
            old.unlink()
    return target


# --- restoring ---------------------------------------------------------------------------------


def restore(
    url: sa.URL,
    source: Path,
    folder: Path,
    now: datetime,
    prepare: Callable[[Store, Path | None], object] | None = None,
    *,
    for_training: bool = False,
) -> Path | None:
    """Put a backup in the place of the database, which is copied to the backup folder first.

    The backup is checked on a copy: that it is whole, ours, not newer, with its triggers and
    constraints as we make them, its activity log unbroken, and every value what it should be. Other programs that have
    the database open go on and see the restored state. Whatever stops this half-way, the database is the old one or
    the restored one.

    Args:
        prepare: what is to be changed in it before anybody sees it; gets the path of what it replaces.
        for_training: the database is one of training, and so must the backup be.

    Returns:
        Where the replaced database was kept; None when there was none.

    Raises:
        BadInputError: the backup cannot be read or fails a check, or the database is kept by a server; nothing was
            replaced.
        RefusedError: one of the two is of training and the other an agency's own; nothing was replaced.
        StoreError: the database cannot be used.
    """
    live = _need_file(sqlite_file(url))
    if source.resolve() == live.resolve():
        raise BadInputError("The database cannot be restored from itself. Nothing was replaced. Choose a backup.")
    # They are as large as the database, and there may be no room for another.
    tidy(live.parent)
    with _scratch(live.parent) as scratch:
        candidate = scratch / "candidate.db"
        _take_in(source, candidate)
        # Of the copy: the file itself may be changed by somebody while it is looked at.
        _check_mark(candidate, source, for_training)
        _inspect(candidate, source)
        is_usable = _is_usable(url, live)
        aside = None
        if _parts(live):
            # Kept whatever it is: a damaged one may still be of use to somebody who knows how to mend it.
            aside = folder / _named(now, "replaced" if is_usable else _DAMAGED)
        # On the copy, before anybody sees it: the restored state never stands there without the entry that tells of it.
        if prepare is not None:
            with _opened(candidate) as checked:
                prepare(checked, aside)
        if is_usable:
            # Looked at as late as possible: somebody may have put another database there since.
            _check_live(live, for_training)
        with translated(url), _open(candidate) as origin:
            if is_usable and aside is not None:
                _copy_over(origin, live, aside)
            else:
                if aside is not None:
                    _keep_damaged(live, aside)
                _go_on_behind(origin, {})
                _put_in_place(origin, scratch / "restored.db", live)
    return aside


def _copy_over(candidate: sqlite3.Connection, live: Path, aside: Path) -> None:
    """Keep the database, and copy over it under the eyes of those who have it open.

    Raises:
        StoreError: another program wrote to it meanwhile, which would be in neither.
    """
    with _open(live) as target:
        before = _version_seen(target)
        _prepared(aside.parent)
        with _opened(live) as store:
            copy_to(store, aside)
        _go_on_behind(candidate, _numbers_used(live))
        _use_pages_like(candidate, live)
        if _version_seen(target) != before:
            raise StoreError("Another program has just written to the database. Nothing was replaced. Try again.")
        _copy(candidate, target)


def _version_seen(connection: sqlite3.Connection) -> int:
    """A number that is another once somebody else has written."""
    (number,) = connection.execute("PRAGMA data_version").fetchone()
    return int(number)


def forget_training(folder: Path) -> None:
    """Remove the copies of training in a backup folder; whatever else somebody put there stays."""
    for copy in folder.glob("*.db"):
        with suppress(OSError):  # one that cannot be read or removed does no harm
            if copy.is_file() and _is_for_training(copy):
                copy.unlink()


def is_free_for_training(live: Path) -> bool:
    """Whether there is no database in a place yet, or one of training."""
    return not _parts(live) or (live.exists() and _is_for_training(live))


def put_back(prepared: Path, live: Path) -> None:
    """Put a copy that we made ourselves in the place of a database of training; whoever has it open sees it.

    Raises:
        StoreError: the database cannot be written, or another program keeps it locked.
    """
    with translated(_url_of(live)), _open(prepared) as origin:
        if live in _parts(live):
            try:
                with _open(live) as target:
                    _copy(origin, target)
                    return
            # Locked, or no room: no damage, and whoever has it open must keep what they see.
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:  # damaged: nothing in it is wanted any more
                pass
        _put_in_place(origin, live.with_name(f".{live.name}.new"), live)


def tidy(folder: Path) -> None:
    """Remove the copies that restores left behind when they were killed; not those of one that is going on."""
    from filelock import FileLock, Timeout

    for left in folder.glob(f"{_SCRATCH}*"):
        lock = FileLock(left / _LOCK)
        try:
            lock.acquire(blocking=False)
        # Somebody restores right now, or has no right to.
        except (Timeout, OSError):
            continue
        lock.release()
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private folder beside the database; a killed program leaves it behind for `tidy`."""
    from filelock import FileLock

    try:
        place = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder))  # made 0700
    except OSError as error:
        raise StoreError(f"Nothing can be written to {folder} ({error.strerror}). Nothing was replaced.") from error
    lock = FileLock(place / _LOCK, mode=PRIVATE_FILE)
    try:
        # The system lets go of it however this program ends.
        lock.acquire()
        yield place
    finally:
        lock.release()
        shutil.rmtree(place, ignore_errors=True)


def _parts(live: Path) -> list[Path]:
    """The database's file and what SQLite keeps beside it, as far as there is anything in them."""
    files = []
    for file in (live, *dialects.beside(live)):
        # Whoever closes the database last removes those beside it, also between two questions about them.
        with suppress(FileNotFoundError):
            if file.stat().st_size > 0:
                files.append(file)
    return files


def _is_usable(url: sa.URL, live: Path) -> bool:
    """Whether there is a database to copy into, under the eyes of others; what a restore cannot mend is raised."""
    if live not in _parts(live):
        return False
    try:
        _open_now(url).close()
    except DamagedError:
        return False
    return True


def _numbers_used(live: Path) -> dict[str, int]:
    """The highest number of each table that gives every number once; nothing for a file that cannot be read."""
    try:
        with _open(live) as connection:
            return dict(connection.execute("SELECT name, seq FROM sqlite_sequence WHERE typeof(seq) = 'integer'"))
    except _UNREADABLE:
        return {}


def _go_on_behind(candidate: sqlite3.Connection, used: dict[str, int]) -> None:
    """Give no number a second time: Support may answer to "PA-13" of a request that the backup does not know."""
    numbers = dict(candidate.execute("SELECT name, seq FROM sqlite_sequence"))
    for name, number in used.items():
        # SQLite's own table, without a key of its own: a row is taken out before another takes its place.
        candidate.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        highest = max(number, numbers.get(name, 0))
        candidate.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, highest))
    candidate.commit()


def _use_pages_like(candidate: sqlite3.Connection, live: Path) -> None:
    """SQLite copies into a database that is in use only what has pages of the same size."""
    with _open(live) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    if candidate.execute("PRAGMA page_size").fetchone() != (size,):
        # A page size can be changed only outside of the write-ahead log.
        candidate.execute("PRAGMA journal_mode=DELETE")
        candidate.execute(f"PRAGMA page_size={int(size)}")
        candidate.execute("VACUUM")


def _put_in_place(candidate: sqlite3.Connection, restored: Path, live: Path) -> None:
    """In one step, for where there is no database, or one that nothing can be copied into."""
    restored.touch(PRIVATE_FILE)
    with _open(restored) as target:
        _copy(candidate, target)
        target.execute("PRAGMA journal_mode=DELETE")
    try:
        for left in dialects.beside(live):  # a log that is left over would be applied to the new file
            left.unlink(missing_ok=True)
        restored.replace(live)
    except OSError as error:
        raise StoreError(f"The database {live} cannot be replaced ({error.strerror}). Close what uses it.") from error


def _keep_damaged(live: Path, aside: Path) -> None:
    """Keep a damaged file that is about to be replaced, with what SQLite left beside it."""
    _prepared(aside.parent)
    for part in _parts(live):
        try:
            kept = aside.with_name(aside.name + part.name.removeprefix(live.name))
            kept.touch(PRIVATE_FILE)
            shutil.copyfile(part, kept)
        except OSError as error:
            raise StoreError(
                f"The damaged database cannot be kept in {aside.parent} ({error.strerror}). Nothing was replaced."
            ) from error


def _take_in(source: Path, candidate: Path) -> None:
    """Copy the file to be restored where nobody changes it. A write-ahead log beside it is not ours to read."""
    try:
        with open(source, "rb", opener=without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadInputError(f"{source} is no file but a pipe or a device. Nothing was replaced.")
            if status.st_size > LARGEST:
                raise BadInputError(
                    f"{source} is larger than {LARGEST >> 20} MiB, as no backup of Penelope Admin is. "
                    "Nothing was replaced."
                )
            if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
                raise BadInputError(f"{source} is not a backup of Penelope Admin. Nothing was replaced.")
            file.seek(0)
            candidate.touch(PRIVATE_FILE)
            with candidate.open("wb") as copy:
                # As many bytes as were measured: a file that grows meanwhile has no say in how much is copied.
                left = status.st_size
                while left > 0 and (chunk := file.read(min(left, 1 << 20))):
                    copy.write(chunk)
                    left -= len(chunk)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StoreError(
                f"There is no room for a copy of {source} in {candidate.parent}. Nothing was replaced. Make room on "
                "the disk, then try again."
            ) from error
        raise BadInputError(f"{source} cannot be read ({error.strerror}). Nothing was replaced.") from error


def _is_for_training(file: Path) -> bool:
    """Whether a copy of a database is of the practice agency."""
    return dialects.is_file_for_training(_beginning(file))


def _beginning(file: Path) -> bytes:
    with file.open("rb") as start:
        return start.read(_SQLITE_BEGINNING)


def _check_mark(candidate: Path, source: Path, for_training: bool) -> None:
    """Keep training apart from an agency's own data."""
    is_for_training = _is_for_training(candidate)
    if is_for_training and not for_training:
        raise RefusedError(
            f"{source} is a backup of the practice agency, in which nothing is real. Nothing was replaced. Restore it "
            "in training, or choose a backup of your own agency."
        )
    if for_training and not is_for_training:
        raise RefusedError(
            f"{source} is not a backup made in training, and nothing real is taken in here. Nothing was replaced. "
            "Restore it outside of training, or choose a backup made in training."
        )


def _check_live(live: Path, for_training: bool) -> None:
    """The database to be replaced is of the same kind: somebody may have put another one there."""
    with _open(live) as connection:
        if dialects.has_training_mark(connection) != for_training:
            what = "not the practice agency's" if for_training else "the practice agency's"
            raise RefusedError(
                f"The database {live} is {what}. Nothing was replaced. Move it out of this folder, then try again."
            )


def _inspect(candidate: Path, source: Path) -> None:
    """Hold the candidate against a database made afresh, migrate it, and look at everything in it."""
    try:
        _inspect_schema(candidate, source)
        with _opened(candidate) as checked, checked.reading() as connection:
            check_pages(connection, str(source))
            if _objects(connection) != fresh_objects():
                raise _not_ours(source)
            # An unbroken chain does not prove that the log is whole; a broken one proves that somebody wrote in it.
            if (broken := audit.first_broken(connection)) is not None:
                raise BadInputError(f"The activity log in {source} is broken at entry {broken}. Nothing was replaced.")
            _look_at_everything(connection)
    except StoreError as error:
        message = str(error).replace(str(candidate), str(source))
        raise BadInputError(f"{source} cannot be restored. {message} Nothing was replaced.") from error


def _not_ours(source: Path) -> BadInputError:
    return BadInputError(f"{source} does not have the tables of Penelope Admin. Nothing was replaced.")


def _inspect_schema(candidate: Path, source: Path) -> None:
    """Compare what it has with what its revision makes, before anything of it is run or read: a view can be endless."""
    from penelope_admin.store import migrate

    with translated(_url_of(candidate)), _open(candidate) as connection:
        dialects.bound(connection)
        # The file may be made to do harm: no function or virtual table of its schema is carried out.
        connection.execute("PRAGMA trusted_schema=OFF")
        theirs = {tuple(row) for row in connection.execute("SELECT type, name, sql FROM sqlite_master")}
        ours = fresh_objects()
        # The table of the revision is asked only if it is the very table we make: a view of that name could be endless.
        if not {item for item in ours if item[1] == "alembic_version"} <= theirs:
            raise StoreError("It holds other data, not Penelope Admin's.")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
        if revision is None:
            raise StoreError("It holds other data, not Penelope Admin's.")
        migrate.check_known(revision)
        if revision != schema.REVISION:
            ours = fresh_objects(revision)
    if theirs != ours:
        raise _not_ours(source)


@functools.cache
def fresh_objects(revision: str = "head") -> frozenset[tuple[str, str, str | None]]:
    """Every table, index and trigger of a database that is made afresh."""
    from penelope_admin.store import migrate

    # In memory: a kill leaves nothing behind.
    with closing(Store(make_engine(sa.URL.create("sqlite")))) as store:
        migrate.upgrade(store, revision)
        with store.reading() as connection:
            return frozenset(_objects(connection))


def altered_objects(connection: sa.Connection) -> list[str]:
    """What of the database's tables, indexes and triggers is not as the program makes it: "trigger audit_..."."""
    # In a damaged file a name may be anything, also what cannot be told which is less.
    # What is missing as well as what was added.
    return sorted({f"{kind} {name}" for kind, name, _ in _objects(connection) ^ fresh_objects()})


def _look_at_everything(connection: sa.Connection) -> None:
    """Refuse values that are none of their column's, which SQLite itself would take."""
    if (problem := stored.first_problem(connection, schema.metadata.sorted_tables)) is not None:
        raise problem
    numbers = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    # SQLite takes any value there, and goes on from it.
    if any(not isinstance(number, int) or name not in schema.metadata.tables for name, number in numbers):
        raise DamagedError("The numbers to give next are damaged.")


def newest_with_agency(folder: Path) -> Path | None:
    """The newest copy in the backup folder that has an agency; what was kept as damaged is none to restore."""
    files = (file for file in sorted(folder.glob("*.db"), reverse=True) if file.is_file() and not is_damaged(file))
    return next(filter(_has_agency, files), None)


def _has_agency(copy: Path) -> bool:
    try:
        with _open_unchanged(copy) as connection:
            # The file may be made to do harm, and its table of agencies be a view without an end.
            dialects.bound(connection)
            return connection.execute("SELECT name FROM agency").fetchone() is not None
    except _UNREADABLE:
        return False


def _open_now(url: sa.URL) -> Store:
    """Open a database and bring it to the newest revision, without a copy of what it was."""
    store, revision, _ = open_as_it_is(url)
    if revision == schema.REVISION:
        return store
    from penelope_admin.store import migrate  # see `store.open`

    with store.closed_on_failure():
        if revision is not None:
            migrate.check_known(revision)
        migrate.upgrade(store)
    return store


def _opened(file: Path) -> closing[Store]:
    return closing(_open_now(_url_of(file)))


def _url_of(file: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(file))


def check_pages(connection: sa.Connection, name: str) -> None:
    """SQLite's own check of every page, constraint and reference.

    Raises:
        DamagedError: something is damaged.
    """
    answer = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if answer != "ok" or connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise DamagedError(f"The database {name} is damaged ({answer}). It was left as it is. Restore an older backup.")


def _objects(connection: sa.Connection) -> set[tuple[str, str, str | None]]:
    """Every table, index and trigger with its definition."""
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
    return {(row[0], row[1], row[2]) for row in rows}


def _open(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(file, timeout=dialects.BUSY_SECONDS))


def _open_unchanged(file: Path) -> closing[sqlite3.Connection]:
    """For a look alone. Immutable: SQLite reads no log beside the file, recovers nothing and writes nothing."""
    return closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True))


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
