"""Somebody else's database is read and never changed, and no message about it holds a password or a value."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.errors import BadInputError
from penelope_admin.store import foreign
from tests.store import test_postgresql

SECRET = "jane.secret@gmail.com"
server = test_postgresql.server


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two tables and a view; one value is no UTF-8."""
    file = tmp_path / "copy of production.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE client (id INTEGER, name TEXT, email TEXT)")
        connection.executemany("INSERT INTO client VALUES (?, ?, ?)", [(n, f"Jane {n}", SECRET) for n in range(5000)])
        connection.execute("INSERT INTO client VALUES (5000, CAST(X'E9' AS TEXT), ?)", (SECRET,))
        connection.execute('CREATE TABLE "odd name" ("a ""b""" TEXT)')
        connection.execute("CREATE VIEW people AS SELECT name FROM client")
    connection.close()
    return file


def test_every_table_and_view_is_listed_with_its_columns(database: Path) -> None:
    with foreign.opened(f"sqlite:///{database}") as found:
        assert {table.path: table.columns for table in found.tables()} == {
            "client": ("id", "name", "email"),
            "odd name": ('a "b"',),
            "people": ("name",),
        }


def test_rows_come_in_parts_and_only_the_columns_asked_for(database: Path) -> None:
    with foreign.opened(f"sqlite:///{database}") as found:
        table = found.tables()[0]
        parts = list(found.rows(table, [2, 0]))
        assert [len(part) for part in parts] == [2000, 2000, 1001]
        assert tuple(parts[0][7]) == (SECRET, 7)
        assert sum(len(part) for part in found.rows(table, [0], limit=10)) == 10


def test_names_that_need_quoting_are_quoted(database: Path) -> None:
    with foreign.opened(f"sqlite:///{database}") as found:
        assert list(found.rows(found.tables()[1], [0])) == []


def test_a_sqlite_file_is_opened_so_that_nothing_can_be_written(database: Path) -> None:
    before = database.read_bytes()
    with foreign.opened(f"sqlite:///{database}") as found:
        for statement in ("DELETE FROM client", "CREATE TABLE x (a)", "PRAGMA query_only = OFF"):
            try:
                found._connection.exec_driver_sql(statement)
            except sa.exc.DBAPIError as error:
                assert "readonly" in str(error.orig)  # noqa: PT017
        with pytest.raises(sa.exc.DBAPIError, match="readonly"):
            found._connection.exec_driver_sql("DELETE FROM client")
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("no url at all s3cret", "no database URL"),
        ("mssql+pyodbc://sa:s3cret@host/db", "cannot be opened so that nothing can be written"),
        ("oracle://sa:s3cret@host/db", "cannot be opened so that nothing can be written"),
        ("sqlite://", "names no SQLite file"),
        ("sqlite:////no/such/file.db", "is no file"),
        ("mysql+nodriver://sa:s3cret@host/db", "driver that is not installed"),
        ("postgresql://sa:s3cret@/db?host=/no/such/socket&password=s3cret", "could not be read"),
    ],
)
def test_what_cannot_be_opened_safely_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught, foreign.opened(url):
        pass
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_no_database_is_refused_and_not_made_one(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_text(SECRET * 500)
    with (
        pytest.raises(BadInputError, match="could not be read") as caught,
        foreign.opened(f"sqlite:///{file}") as found,
    ):
        found.tables()
    assert SECRET not in str(caught.value)
    assert os.listdir(tmp_path) == ["x.db"]  # noqa: PTH208


def test_an_error_in_the_middle_does_not_quote_a_value(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE VIEW broken AS SELECT abs(email) + load_extension(email) AS x FROM client")
    connection.close()
    with foreign.opened(f"sqlite:///{database}") as found:
        table = foreign.ForeignTable(None, "broken", ("x",))
        with pytest.raises(BadInputError, match="table broken could not be read") as caught:
            list(found.rows(table, [0]))
    assert SECRET not in str(caught.value)


# --- PostgreSQL, where one is installed ---


@pytest.fixture
def clients(server: str) -> str:
    """A schema with a table on the server."""
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS mirror CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA mirror")
        connection.exec_driver_sql("CREATE TABLE mirror.client (id int, born date, email text)")
        connection.exec_driver_sql(
            "INSERT INTO mirror.client SELECT n, '1987-03-05', 'jane.secret@gmail.com' FROM generate_series(1, 5000) n"
        )
    engine.dispose()
    return server


def test_tables_of_every_schema_of_a_server_are_read(clients: str) -> None:
    with foreign.opened(clients) as found:
        tables = {table.path: table for table in found.tables()}
        assert tables["mirror.client"].columns == ("id", "born", "email")
        parts = list(found.rows(tables["mirror.client"], [2]))
    assert sum(map(len, parts)) == 5000
    assert tuple(parts[0][0]) == (SECRET,)


def test_a_server_refuses_every_change_in_the_transaction(clients: str) -> None:
    with foreign.opened(clients) as found, pytest.raises(sa.exc.DBAPIError, match="read-only transaction"):
        found._connection.exec_driver_sql("DELETE FROM mirror.client")


def test_a_statement_that_takes_too_long_ends_with_a_message(clients: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "STATEMENT_SECONDS", 0.05)
    engine = sa.create_engine(clients.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE OR REPLACE VIEW mirror.slow AS SELECT pg_sleep(20)::text AS x")
    engine.dispose()
    with foreign.opened(clients) as found, pytest.raises(BadInputError, match=r"mirror\.slow could not be read"):
        list(found.rows(foreign.ForeignTable("mirror", "slow", ("x",)), [0]))
