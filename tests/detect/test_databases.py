"""Somebody else's database is read and never changed, and no message about it holds a password or a value."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import sqlalchemy as sa

from penelope_admin.apart import never
from penelope_admin.detect import databases
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.services.mirror import proof
from tests.each import each
from tests.regions import REGION
from tests.store import test_postgresql

SECRET = "jane.secret@gmail.com"
server = test_postgresql.server


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two tables and a view; one value is no UTF-8."""
    file = tmp_path / "copy of production.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE client (id INTEGER, name TEXT, email TEXT)")
        connection.executemany("INSERT INTO client VALUES (?, ?, ?)", [(n, f"Jane {n}", SECRET) for n in range(5000)])
        connection.execute("INSERT INTO client VALUES (5000, CAST(X'E9' AS TEXT), ?)", (SECRET,))
        connection.execute('CREATE TABLE "odd name" ("a ""b""" TEXT)')
        connection.execute("CREATE VIEW people AS SELECT name FROM client")
    connection.close()
    return file


def test_every_table_and_view_is_listed_with_its_columns(database: Path) -> None:
    with databases.opened(f"sqlite:///{database}") as found:
        assert {table.path: table.columns for table in found.tables()} == {
            "client": ("id", "name", "email"),
            "odd name": ('a "b"',),
            "people": ("name",),
        }


def test_rows_have_only_the_columns_asked_for(database: Path) -> None:
    with databases.opened(f"sqlite:///{database}") as found:
        table = found.tables()[0]
        rows = list(found.rows(table, [2, 0]))
        assert len(rows) == 5001
        assert tuple(rows[7]) == (SECRET, 7)
        assert len(list(found.rows(table, [0], limit=10))) == 10


def test_names_that_need_quoting_are_quoted(database: Path) -> None:
    with databases.opened(f"sqlite:///{database}") as found:
        assert list(found.rows(found.tables()[1], [0])) == []


def test_a_sqlite_file_is_opened_so_that_nothing_can_be_written(database: Path) -> None:
    before = database.read_bytes()
    with databases.opened(f"sqlite:///{database}") as found:
        for statement in ("DELETE FROM client", "CREATE TABLE x (a)", "PRAGMA query_only = OFF"):
            try:
                found._connection.exec_driver_sql(statement)
            except sa.exc.DBAPIError as error:
                assert "readonly" in str(error.orig)  # noqa: PT017
        with pytest.raises(sa.exc.DBAPIError, match="readonly"):
            found._connection.exec_driver_sql("DELETE FROM client")
    assert database.read_bytes() == before


@each(
    "url, says",
    [
        ("no url at all s3cret", "not a database URL"),
        ("mssql+pyodbc://sa:s3cret@host/db", "cannot be opened so that nothing can be written"),
        ("oracle://sa:s3cret@host/db", "cannot be opened so that nothing can be written"),
        ("sqlite://", "names no SQLite file"),
        ("sqlite:////no/such/file.db", "is not a file"),
        ("mysql+nodriver://sa:s3cret@host/db", "driver that is not installed"),
        ("postgresql://sa:s3cret@/db?host=/no/such/socket&password=s3cret", "could not be read"),
    ],
)
def test_what_cannot_be_opened_safely_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught, databases.opened(url):
        pass
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_no_database_is_refused_and_not_made_one(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_text(SECRET * 500)
    with (
        pytest.raises(BadInputError, match="could not be read") as caught,
        databases.opened(f"sqlite:///{file}") as found,
    ):
        found.tables()
    assert SECRET not in str(caught.value)
    assert os.listdir(tmp_path) == ["x.db"]  # noqa: PTH208


def test_an_error_in_the_middle_does_not_quote_a_value(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE VIEW broken AS SELECT abs(email) + load_extension(email) AS x FROM client")
    connection.close()
    with databases.opened(f"sqlite:///{database}") as found:
        table = databases.ForeignTable(None, "broken", ("x",))
        with pytest.raises(BadInputError, match="table broken, could not be read") as caught:
            list(found.rows(table, [0], shown="broken"))
    assert SECRET not in str(caught.value)


@each(
    "url",
    [
        "postgresql://reader:p@ss/w0rd@localhost/db",
        "postgresql://reader:p@ss@w0rd@localhost/db",
        "mysql+nodriver://reader:p@ss/w0rd@localhost/db",
        "mssql://reader:p@ss/w0rd@localhost/db",
    ],
)
def test_a_password_with_signs_that_end_it_is_not_quoted(url: str) -> None:
    with pytest.raises(BadInputError, match=r"^The database ") as caught, databases.opened(url):
        pass
    assert "w0rd" not in str(caught.value)
    assert "ss" not in str(caught.value).partition(".")[0]


def test_a_folder_with_an_at_in_its_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="a@b@c"), databases.opened(f"sqlite:///{tmp_path}/a@b@c.db"):
        pass


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0"


@pytest.fixture
def endless(tmp_path: Path) -> str:
    """A database whose view never gives a row and never ends."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute(f"CREATE VIEW hostile AS {ENDLESS}")
    connection.close()
    return f"sqlite:///{tmp_path / 'x.db'}"


def test_a_view_without_end_is_given_up(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "STATEMENT_SECONDS", 0.05)
    with databases.opened(endless) as found, pytest.raises(BadInputError, match="could not be read"):
        list(found.rows(found.tables()[0], [0]))


def test_a_view_without_end_can_be_stopped(endless: str) -> None:
    asked = iter(range(10_000))
    with (
        pytest.raises(CancelledError),
        databases.opened(endless, stop=lambda: next(asked) > 100) as found,
    ):
        list(found.rows(found.tables()[0], [0]))


def test_a_long_value_is_cut_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "MAX_VALUE", 10)
    values = ["short\0more", "x" * 50, b"y" * 50, "1234567890", 12345678901234, 1.5, None]
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    connection.close()
    with databases.opened(f"sqlite:///{tmp_path / 'x.db'}") as found:
        rows = [row[0] for row in found.rows(found.tables()[0], [0])]
    assert rows == ["short\0more", b"x" * 11, b"y" * 11, "1234567890", b"12345678901", 1.5, None]


def test_a_file_with_a_log_beside_it_is_refused_and_one_without_read_leaving_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE client (email)")
    connection.commit()
    with pytest.raises(BadInputError, match="is in use, or was not closed"), databases.opened(f"sqlite:///{file}"):
        pass
    connection.close()
    with databases.opened(f"sqlite:///{file}") as found:
        assert [table.name for table in found.tables()] == ["client"]
        assert os.listdir(tmp_path) == ["x.db"]  # noqa: PTH208
    assert os.listdir(tmp_path) == ["x.db"]  # noqa: PTH208


@each(
    "dialect, schema, is_system",
    [
        ("postgresql", "pg_temp_3", True),
        ("postgresql", "information_schema", True),
        ("postgresql", "mysql", False),
        ("postgresql", "sys", False),
        ("mysql", "sys", True),
        ("mysql", "pg_clients", False),
        ("sqlite", "sys", False),
    ],
)
def test_only_a_dialect_s_own_schemas_are_passed_over(dialect: str, schema: str, is_system: bool) -> None:
    assert databases._is_system(dialect, schema) is is_system


@each(
    "is_mariadb, told",
    [(False, "SET SESSION max_execution_time = 600000"), (True, "SET SESSION max_statement_time = 600")],
)
def test_mysql_and_mariadb_are_told_how_long_a_statement_may_take(is_mariadb: bool, told: str) -> None:
    connection = MagicMock()
    connection.dialect.name, connection.dialect.is_mariadb = "mysql", is_mariadb
    connection.exec_driver_sql.return_value.scalar.return_value = 1
    databases._make_read_only(connection, databases._Watch(never))
    assert told in [call.args[0] for call in connection.exec_driver_sql.call_args_list]


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
    with databases.opened(clients) as found:
        tables = {table.path: table for table in found.tables()}
        assert tables["mirror.client"].columns == ("id", "born", "email")
        rows = list(found.rows(tables["mirror.client"], [2, 1]))
    assert len(rows) == 5000
    assert tuple(map(str, rows[0])) == (SECRET, "1987-03-05")


def test_materialized_views_and_foreign_tables_are_read_and_large_objects_are_named(clients: str) -> None:
    engine = sa.create_engine(clients.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA kept")
        connection.exec_driver_sql("CREATE MATERIALIZED VIEW kept.people AS SELECT 'jane@gmail.com'::text AS email")
        connection.exec_driver_sql("CREATE FOREIGN DATA WRAPPER nowhere")
        connection.exec_driver_sql("CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere")
        connection.exec_driver_sql("CREATE FOREIGN TABLE kept.far (email text) SERVER elsewhere")
    try:
        with databases.opened(clients) as found:
            assert {"kept.people", "kept.far"} <= {table.path for table in found.tables()}
            assert found.others() == []
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT lo_from_bytea(0, 'jane@gmail.com')")
        with databases.opened(clients) as found:
            assert found.others() == ["It holds 1 large objects, which are files of any kind."]
        checked = proof.examine(REGION["CA"], clients)
        assert {"kept.far", "The database"} <= {item.path for item in checked.not_examined}
        assert any(file.path == "kept.people" and file.columns[0].email_like for file in checked.files)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA kept CASCADE")
            connection.exec_driver_sql("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
        engine.dispose()


def test_a_server_cuts_long_values_of_any_kind(clients: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "MAX_VALUE", 10)
    engine = sa.create_engine(clients.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mirror.long (a text, b bytea, c jsonb, d text[], e bigint, f uuid)")
        connection.exec_driver_sql(
            "INSERT INTO mirror.long VALUES (repeat('x', 50), decode(repeat('79', 50), 'hex'), '{\"email\": 1234567}',"
            " '{one,two,three}', 12345678901234, '550e8400-e29b-41d4-a716-446655440000')"
        )
    engine.dispose()
    with databases.opened(clients) as found:
        table = next(table for table in found.tables() if table.name == "long")
        (row,) = found.rows(table, range(6))
    assert [bytes(value) if isinstance(value, memoryview) else value for value in row[:5]] == [
        *("x" * 11, b"y" * 11, '{"email": 1', "{one,two,th", 12345678901234),
    ]


def test_a_server_refuses_every_change_in_the_transaction(clients: str) -> None:
    with databases.opened(clients) as found, pytest.raises(sa.exc.DBAPIError, match="read-only transaction"):
        found._connection.exec_driver_sql("DELETE FROM mirror.client")


def test_a_statement_that_takes_too_long_ends_with_a_message(clients: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "STATEMENT_SECONDS", 0.05)
    engine = sa.create_engine(clients.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE OR REPLACE VIEW mirror.slow AS SELECT pg_sleep(20)::text AS x")
    engine.dispose()
    with databases.opened(clients) as found, pytest.raises(BadInputError, match=r"mirror\.slow, could not be read"):
        list(found.rows(databases.ForeignTable("mirror", "slow", ("x",)), [0], shown="mirror.slow"))
