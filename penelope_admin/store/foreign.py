"""Reads the tables of somebody else's database, and makes sure that nothing can be written to it.

Only dialects whose transactions the server itself keeps read-only are taken: SQLite (opened read-only), PostgreSQL,
MySQL and MariaDB (read-only transactions). Others, such as SQL Server, have no such promise; they are refused, and an
export as CSV is the way. Only SELECT is sent. No message holds a password, and none a value: what a driver says may
quote one, so that it is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from penelope_admin.errors import BadInputError, PenelopeAdminError

STATEMENT_SECONDS: float = 600
"""How long the server may take for one statement."""
CONNECT_SECONDS = 15
ROWS = 2000
"""Rows fetched at a time."""
MAX_TABLES = 5000
_KEPT = "Nothing was changed there, and no verdict was given."
_SYSTEM = frozenset({"information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys"})


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table's place and the names of its columns, as the database spells them."""

    schema: str | None
    name: str
    columns: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class Foreign:
    """A database that is open for reading only."""

    def __init__(self, connection: sa.Connection, shown: str) -> None:
        self._connection, self._shown = connection, shown

    def tables(self) -> list[ForeignTable]:
        """Every table and view that this user sees, by name.

        Raises:
            BadInputError: the database cannot be read, or has too many.
        """
        with _translated(self._shown):
            inspector = sa.inspect(self._connection)
            default = inspector.default_schema_name
            found = []
            for schema in inspector.get_schema_names():
                if schema.casefold() in _SYSTEM or schema.startswith("pg_"):
                    continue
                of = None if self._connection.dialect.name == "sqlite" and schema == default else schema
                for name in sorted({*inspector.get_table_names(of), *inspector.get_view_names(of)}):
                    columns = tuple(str(column["name"]) for column in inspector.get_columns(name, of))
                    found.append(ForeignTable(of, name, columns))
        if len(found) > MAX_TABLES:
            raise BadInputError(
                f"{self._shown} has more than {MAX_TABLES:,} tables. {_KEPT} Export those with contacts."
            )
        return found

    def rows(
        self, table: ForeignTable, columns: Sequence[int], limit: int | None = None
    ) -> Iterator[list[Sequence[Any]]]:
        """The rows of some of a table's columns, as the server sends them.

        Args:
            columns: their indexes.
            limit: how many rows at most.

        Raises:
            BadInputError: the server refused, or did not answer in time.
        """
        # Types are left alone: the text is wanted as it is, and what is unknown here must not fail.
        wanted: list[sa.ColumnClause[Any]] = [sa.column(table.columns[index]) for index in columns]
        query = sa.select(*wanted).select_from(sa.table(table.name, schema=table.schema)).limit(limit)
        with _translated(f"{self._shown}, table {table.path}"):
            found = self._connection.execution_options(stream_results=True, yield_per=ROWS).execute(query)
            try:
                for part in found.partitions(ROWS):
                    yield list(part)
            finally:
                found.close()


@contextmanager
def opened(url: str) -> Iterator[Foreign]:
    """A database, in one transaction that cannot write.

    Raises:
        BadInputError: the URL is none, the database cannot be reached, or nobody can promise that it stays unchanged.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise BadInputError(
            f"This is no database URL. {_KEPT} One looks like postgresql://user:password@host/database."
        ) from None
    shown = parsed.render_as_string(hide_password=True).partition("?")[0]  # a password may be in the query too
    engine = _engine(parsed, shown)
    try:
        with _translated(shown):
            connection = engine.connect()
        with connection:
            with _translated(shown):
                _make_read_only(connection)
            try:
                yield Foreign(connection, shown)
            finally:
                with _translated(shown):
                    connection.rollback()
    finally:
        engine.dispose()


def _engine(url: sa.URL, shown: str) -> sa.Engine:
    dialect = url.get_backend_name()
    arguments: dict[str, Any] = {}
    if dialect == "sqlite":
        url = _read_only_file(url, shown)
        arguments = {"timeout": CONNECT_SECONDS}
    elif dialect == "postgresql":
        url = url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
        arguments = {"connect_timeout": CONNECT_SECONDS}
    elif dialect not in ("mysql", "mariadb"):
        raise BadInputError(
            f"{shown} cannot be opened so that nothing can be written to it. {_KEPT} Export its tables as CSV instead."
        )
    try:
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool, hide_parameters=True)
    except (exc.SQLAlchemyError, ImportError, TypeError, ValueError):
        raise BadInputError(
            f"{shown} needs a database driver that is not installed. {_KEPT} Install it, or export the tables as CSV."
        ) from None


def _read_only_file(url: sa.URL, shown: str) -> sa.URL:
    """A SQLite file by a URI that opens it for reading and never makes it."""
    name = url.database or ""
    if (
        not name
        or name == ":memory:"
        or name.startswith("file:")
        or url.drivername not in ("sqlite", "sqlite+pysqlite")
    ):
        raise BadInputError(f"{shown} names no SQLite file. {_KEPT} It looks like sqlite:////folder/file.db.")
    file = Path(name).absolute()
    if not file.is_file():
        raise BadInputError(f"{file} is no file. {_KEPT} Check the name.")
    return sa.URL.create("sqlite", database=file.as_uri(), query={"mode": "ro", "uri": "true"})


def _make_read_only(connection: sa.Connection) -> None:
    """Have the server refuse every change.

    Raises:
        BadInputError: it did not take it.
    """
    dialect = connection.dialect.name
    if dialect == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.text_factory = lambda text: text.decode("utf-8", "replace")  # other encodings are read as far as they go
        connection.exec_driver_sql("PRAGMA query_only = ON")
        sure = connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
    elif dialect == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(STATEMENT_SECONDS * 1000)}")
        sure = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
    else:
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()  # it holds for transactions to come
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        sure = connection.exec_driver_sql("SELECT @@session.transaction_read_only").scalar() == 1
    if not sure:
        raise BadInputError(
            f"The database does not promise to stay unchanged. {_KEPT} Export its tables as CSV instead."
        )


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    """Turn a driver's errors into a message. What it says may quote a value or a password, so none of it is kept."""
    try:
        yield
    except PenelopeAdminError:
        raise
    except (exc.SQLAlchemyError, OSError, UnicodeError, ValueError, OverflowError, ImportError) as error:
        origin = getattr(error, "orig", None) or error
        raise BadInputError(
            f"{shown} could not be read ({type(origin).__name__}). {_KEPT} "
            "Check the address, the account and its rights, or export the tables as CSV."
        ) from None
