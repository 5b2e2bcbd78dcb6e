"""Opening a database: private files, the right settings on every connection, and URLs that make sense."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.errors import CancelledError, StoreError
from penelope_admin.store import dialects, schema
from penelope_admin.store.engine import DATABASE_FILE, Store, database_url, make_engine, sqlite_file
from penelope_admin.store.open import open_store
from tests import quick
from tests.store.files import counts, opened, raw, url_of, write

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@POSIX
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_database_and_what_sqlite_puts_beside_it_are_private(file: Path, mask: int) -> None:
    with umask(mask), opened(file) as store:
        write(store)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
        assert modes == {file.name: 0o600, f"{file.name}-wal": 0o600, f"{file.name}-shm": 0o600}


def test_nothing_but_the_database_is_left_when_it_is_closed(file: Path) -> None:
    with opened(file) as store:
        write(store)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_still_reads_when_a_database_is_closed_lets_go_of_it_too(file: Path) -> None:
    with opened(file) as store, store.reading() as connection:
        connection.execute(sa.select(sa.func.count()).select_from(schema.notice))
        store.close()
    with store.reading() as connection:
        connection.execute(sa.select(sa.func.count()).select_from(schema.notice))
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_without_a_write_ahead_log_gets_one_as_soon_as_nobody_else_writes(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself does not wait for a lock here, so the program does."""
    with opened(file) as store:
        write(store)
    with raw(file) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN IMMEDIATE")
        waited = []

        def let_go(seconds: float) -> None:
            waited.append(seconds)
            other.execute("ROLLBACK")

        monkeypatch.setattr(time, "sleep", let_go)
        with opened(file) as store, store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert len(waited) == 1


SETTINGS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "busy_timeout": 5000}


def test_every_connection_has_the_settings_it_needs(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "SQLITE_PRAGMAS", quick.PRAGMAS)
    with opened(file) as store, store.reading() as first, store.reading() as second, store.writing() as third:
        assert first.connection.driver_connection is not second.connection.driver_connection
        for connection in (first, second, third):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in SETTINGS}
            assert found == SETTINGS


def test_a_reading_sees_one_state_while_others_write(store: Store) -> None:
    write(store, 2)
    with store.reading() as connection:
        count = sa.text("SELECT count(*) FROM notice")
        assert connection.execute(count).scalar() == 2
        write(store, 3)
        assert connection.execute(count).scalar() == 2
    assert counts(store) == (5, 5, None)


def test_what_a_block_wrote_is_undone_when_it_fails(store: Store) -> None:
    write(store)

    def fails() -> None:
        with store.writing() as connection:
            connection.execute(sa.text("DELETE FROM notice"))
            connection.execute(sa.text("CREATE TABLE extra (a)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert counts(store) == (1, 1, None)
    with store.reading() as connection:
        assert not sa.inspect(connection).has_table("extra")


def test_a_database_is_opened_again_with_everything_in_it(file: Path) -> None:
    with opened(file) as store:
        write(store, 3)
    before = file.stat().st_mtime_ns
    with opened(file) as store:
        assert counts(store) == (3, 3, None)
    assert file.stat().st_mtime_ns == before  # nothing was migrated, nothing written


def test_a_long_question_can_be_interrupted_and_the_database_used_on(store: Store) -> None:
    """The question, which would go on for ever, asks at each row to be interrupted: nothing to wait for."""
    write(store)

    def ask() -> None:
        with store.reading() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.create_function("stop", 0, lambda: store.interrupt(threading.get_ident()))
            connection.exec_driver_sql(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(stop()) FROM n"
            ).all()

    with pytest.raises(CancelledError, match=r"Stopped\. Nothing was changed\."):
        ask()
    assert counts(store) == (1, 1, None)


def test_the_usual_database_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    assert sqlite_file(database_url(tmp_path, None)) == tmp_path / DATABASE_FILE


def test_a_file_is_found_behind_its_url(tmp_path: Path) -> None:
    assert sqlite_file(database_url(tmp_path, "sqlite:////srv/agency/file.db")) == Path("/srv/agency/file.db")


def test_a_server_has_no_file_and_the_driver_the_program_uses(tmp_path: Path) -> None:
    url = database_url(tmp_path, "postgresql://ada@db.example/penelope")
    assert url.drivername == "postgresql+psycopg"
    assert sqlite_file(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file.db",
        "/srv/file.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "mysql://db.example/penelope",
        "mssql+pyodbc://db.example/penelope",
        "oracle://x",
        "https://example.org",
        "postgresql+asyncpg://db.example/penelope",
        "postgresql://db.example:port/penelope",
    ],
)
def test_a_url_of_another_kind_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="database"):
        database_url(tmp_path, url)
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_a_url_that_cannot_be_used_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        database_url(tmp_path, "mysql://ada:s3cret@db.example/penelope")
    assert "s3cret" not in str(caught.value)


@pytest.mark.skipif(find_spec("psycopg") is None, reason="the driver is not installed")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada@/db?host=/no/such/socket&password=s3cret",
        "postgresql://ada@127.0.0.1:1/db?password=s3cret",
        "postgresql://ada:s3cret@127.0.0.1:1/db?sslpassword=s3cret",
        "postgresql://ada@127.0.0.1:1/db?nonsense=s3cret",
        "postgresql://ada@127.0.0.1:1/db?sslmode=s3cret&password=s3cret",
    ],
)
def test_a_password_in_a_url_s_query_is_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(database_url(tmp_path, url), datetime(2026, 12, 1, tzinfo=UTC))
    assert "postgresql+psycopg://ada" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.skipif(find_spec("psycopg") is not None, reason="the driver is installed")
def test_a_missing_driver_is_told_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Install Penelope Admin with its extra named team"):
        make_engine(database_url(tmp_path, "postgresql://db.example/penelope"))


def test_a_database_in_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be made \(No such file or directory\)"):
        make_engine(url_of(tmp_path / "absent" / "file.db"))


def test_interrupting_one_thread_leaves_the_others_alone(store: Store) -> None:
    with store.reading() as connection:
        store.interrupt(threading.get_ident() + 1)
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
