"""When a database cannot be used: the message says what happened, and nothing that was saved is lost."""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.errors import DamagedError, PenelopeAdminError, ReadOnlyError, StoreError
from penelope_admin.store import dialects, schema
from penelope_admin.store.engine import Store
from penelope_admin.store.open import open_store
from penelope_admin.store.rows import calendar, events
from tests.each import each
from tests.store.files import NOW, counts, is_sound, opened, raw, url_of, write


@contextmanager
def trouble(reason: str, kind: type[StoreError] = StoreError) -> Iterator[None]:
    """The block fails with a message for people."""
    with pytest.raises(StoreError, match=reason) as caught:
        yield
    assert type(caught.value) is kind
    assert caught.value.exit_code == 4


def try_to_open(file: Path) -> None:
    open_store(url_of(file), NOW).close()


# --- locked


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_writes_to_is_locked_until_it_has_done(file: Path) -> None:
    with opened(file) as store:
        write(store, 2)
        with raw(file) as other:
            other.execute("BEGIN IMMEDIATE")
            with trouble("is locked by another program. Nothing of this was saved; what was saved before is kept"):
                write(store)
            assert counts(store) == (2, 2, None)  # reading goes on
            other.execute("COMMIT")
        write(store)
        assert counts(store) == (3, 3, None)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_writes_to_can_be_opened_and_read(file: Path) -> None:
    with opened(file) as store:
        write(store)
    with raw(file) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(file) as store:
            assert counts(store) == (1, 1, None)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_has_for_itself_cannot_be_opened(file: Path) -> None:
    with opened(file) as store:
        write(store)
    with raw(file) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with trouble("is locked by another program"):
            try_to_open(file)
    with opened(file) as store:
        assert counts(store) == (1, 1, None)


@pytest.mark.usefixtures("impatient")
def test_a_new_database_that_another_program_locks_is_not_half_made(file: Path) -> None:
    file.touch()
    with raw(file) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with trouble("is locked by another program"):
            try_to_open(file)
    with opened(file) as store:
        assert counts(store) == (0, 0, None)


# --- read-only


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    """As an ordinary user who owns a folder: root may write anywhere, so root steps down for a while."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody, nobody)
    try:
        os.seteuid(nobody)
    except PermissionError:
        pytest.skip("root cannot step down here, and may write to read-only files")
    try:
        if not os.access(folder, os.R_OK, effective_ids=True):
            pytest.skip("the folder for temporary files is closed to ordinary users")
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that ordinary users can get to; pytest's own are closed to all but root."""
    folder = Path(tempfile.mkdtemp(prefix="penelope-admin-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


READ_ONLY = "is read-only. Nothing of this was saved; what was saved before is kept"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_read_only_file_can_be_read_but_not_written_to(open_folder: Path) -> None:
    file = open_folder / "penelope-admin.db"
    with opened(file) as store:
        write(store, 2)
    file.chmod(0o400)
    with powerless(open_folder), opened(file) as store:
        assert counts(store) == (2, 2, None)
        with trouble(rf"{READ_ONLY}\. You may not write to {re.escape(str(file))}", ReadOnlyError):
            write(store)
    file.chmod(0o600)
    with opened(file) as store:
        write(store)
        assert counts(store) == (3, 3, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_file_made_writable_again_can_be_written_to_at_once(open_folder: Path) -> None:
    """Also by a program that stayed open, and though SQLite made its shared memory while the file was read-only."""
    file = open_folder / "penelope-admin.db"
    with opened(file) as store:
        write(store, 2)
    file.chmod(0o400)
    with powerless(open_folder), opened(file) as store:
        assert counts(store) == (2, 2, None)
        beside = file.with_name(f"{file.name}-shm")
        assert beside.stat().st_mode & 0o777 == 0o400
        with trouble(READ_ONLY, ReadOnlyError):
            write(store)
        file.chmod(0o600)
        write(store)
        with opened(file) as other:
            write(other)
        assert counts(store) == (4, 4, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_read_only_file_beside_the_database_is_named(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = open_folder / "penelope-admin.db"
    with opened(file) as store:
        write(store)
    file.chmod(0o400)
    monkeypatch.setattr(dialects, "_open_companions", lambda _: None)  # as where the file is somebody else's
    with powerless(open_folder), raw(file) as other:
        other.execute("SELECT count(*) FROM notice").fetchall()
        file.chmod(0o600)
        beside = re.escape(f"{file}-shm")
        with opened(file) as store, trouble(rf"You may not write to {beside}\. Make that writable", ReadOnlyError):
            write(store)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_database_in_a_read_only_folder_cannot_be_opened(open_folder: Path, mode: int) -> None:
    """SQLite needs to put its write-ahead log beside the file."""
    file = open_folder / "penelope-admin.db"
    with opened(file) as store:
        write(store, 2)
    file.chmod(mode)
    open_folder.chmod(0o555)
    with powerless(open_folder), trouble(READ_ONLY, ReadOnlyError):
        try_to_open(file)
    open_folder.chmod(0o755)
    with opened(file) as store:
        assert counts(store) == (2, 2, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_database_cannot_be_made_in_a_read_only_folder(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with powerless(open_folder), trouble(r"cannot be made \(Permission denied\)\. Choose another folder"):
        try_to_open(open_folder / "penelope-admin.db")
    assert list(open_folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_file_that_is_somebody_else_s_cannot_be_opened(open_folder: Path) -> None:
    file = open_folder / "penelope-admin.db"
    with opened(file) as store:
        write(store)
    file.chmod(0o000)
    with (
        powerless(open_folder),
        trouble(rf"cannot be opened\. You may not write to {file}\. Make that writable for you"),
    ):
        try_to_open(file)


def test_a_connection_that_may_only_read_reports_a_read_only_database(store: Store) -> None:
    write(store)

    def write_after(pragma: str) -> None:
        with store.writing() as connection:
            connection.exec_driver_sql(pragma)
            connection.execute(sa.delete(schema.notice))

    with trouble(READ_ONLY, ReadOnlyError):
        write_after("PRAGMA query_only=ON")


# --- not a database, or a damaged one

NOT_OURS = "is not a database of Penelope Admin. It was left as it is. Restore a backup"
DAMAGED = "is damaged. It was left as it is. Restore a backup"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear Support,\n",
        random.Random(7).randbytes(64 * 1024),
        b"SQLite format 3\x00" + random.Random(7).randbytes(4096),
        b"SQLite format 2\x00" + bytes(4096),
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["text", "random bytes", "a header and random bytes", "another header", "an archive"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with trouble(NOT_OURS, DamagedError):
        try_to_open(file)
    assert file.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_reported(file: Path) -> None:
    file.mkdir()
    with trouble("cannot be opened. Check that the folder exists and is yours"):
        try_to_open(file)


@pytest.mark.parametrize("kept", [100, 4096, 0.5])
def test_a_database_cut_short_is_reported_and_left_alone(file: Path, kept: float) -> None:
    with opened(file) as store:
        write(store, 20)
    whole = file.read_bytes()
    part = whole[: int(kept * len(whole)) if kept < 1 else int(kept)]
    file.write_bytes(part)
    with trouble(DAMAGED, DamagedError):
        try_to_open(file)
    assert file.read_bytes() == part


def test_no_page_full_of_garbage_raises_anything_but_the_program_s_own_errors(tmp_path: Path, file: Path) -> None:
    """Each page in turn is overwritten; the database works on, or says that it is damaged."""
    with opened(file) as store:
        write(store, 3)
    whole, size = file.read_bytes(), 4096
    damaged = 0
    for page in range(len(whole) // size):
        broken = tmp_path / f"page-{page}.db"
        garbage = random.Random(page).randbytes(size)
        broken.write_bytes(whole[: page * size] + garbage + whole[(page + 1) * size :])
        try:
            with opened(broken) as store:
                counts(store)
                write(store)
        except PenelopeAdminError as error:
            assert isinstance(error, DamagedError)  # noqa: PT017 - most pages are not looked at, which is fine
            damaged += 1
    assert damaged >= 3


def test_a_database_of_another_program_is_refused_and_left_alone(file: Path) -> None:
    with raw(file) as connection:
        connection.execute("CREATE TABLE recipe (name)")
    with trouble("holds other data, not Penelope Admin's. It was left as it is. Choose another one"):
        try_to_open(file)
    with raw(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipe",)]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(file: Path) -> None:
    with opened(file) as store:
        write(store)
    with raw(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with trouble(r"that this one does not know \(revision 9999\).*It was left as it is"):
        try_to_open(file)
    with raw(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema.REVISION,))
    with opened(file) as store:
        assert counts(store) == (1, 1, None)


# --- no space


def test_a_full_disk_keeps_what_was_saved_before(file: Path) -> None:
    with opened(file) as store:
        write(store, 5)

        @sa.event.listens_for(store.engine, "checkout")
        def no_more_pages(driver: object, _record: object, _proxy: object) -> None:
            pages = driver.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
            driver.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

        large = "x" * 200_000
        with trouble("There is no space left for the database .* Nothing of this was saved"):
            write(store, who=large)
        assert counts(store) == (5, 5, None)
        sa.event.remove(store.engine, "checkout", no_more_pages)
        store.engine.dispose()
        write(store, who=large)
        assert counts(store) == (6, 6, None)
    assert is_sound(file)


def test_a_disk_too_full_for_a_new_database_leaves_none_half_made(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(dialects, "SQLITE_PRAGMAS", (*dialects.SQLITE_PRAGMAS, "PRAGMA max_page_count=8"))
        with trouble("There is no space left for the database"):
            try_to_open(file)
    with opened(file) as store:
        assert counts(store) == (0, 0, None)


# --- no file at all


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_what_is_a_pipe_or_a_device_is_no_database(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with trouble("is no file but a pipe or a device. It was left as it is"):
        try_to_open(tmp_path / name)


def put_notice(connection: sa.Connection) -> object:
    facts = {"kind": "announced", "starts_at": NOW, "ends_at": NOW + timedelta(hours=3)}
    return calendar.insert_notice(connection, facts, NOW, "ada")


def put_event(connection: sa.Connection) -> object:
    return events.insert(connection, "mirrored", "refreshed", NOW, recorded_at=NOW, by="ada")


@pytest.mark.parametrize(
    ("table", "put", "read"),
    [("environment_event", put_event, events.read_all), ("notice", put_notice, calendar.read_notices)],
)
def test_a_row_without_its_number_is_damage(
    file: Path, table: str, put: Callable[[sa.Connection], object], read: Callable[[sa.Connection], object]
) -> None:
    with opened(file) as store, store.writing() as connection:
        put(connection)
    with raw(file) as connection:  # a single bit of its type makes the number a column of its own, which nothing fills
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'id INTEGER NOT NULL', 'id INTEGEQ NOT NULL') WHERE name = ?",
            (table,),
        )
    empty = pytest.raises(DamagedError, match=rf"id in .*the table {table} is empty")
    with opened(file) as store, empty, store.reading() as connection:
        read(connection)


@each("column", [column for table in schema.metadata.sorted_tables for column in table.primary_key])
def test_no_row_of_any_table_is_without_its_key(store: Store, column: sa.Column[object]) -> None:
    nothing = sa.select(sa.type_coerce(sa.null(), column.type))
    with pytest.raises(DamagedError, match="is empty"), store.reading() as connection:
        connection.execute(nothing).all()
