"""Reads the tables of somebody else's database, and makes sure that nothing can be written to it.

Only dialects whose transactions the server itself keeps read-only are taken: SQLite (opened read-only), PostgreSQL,
MySQL and MariaDB (read-only transactions). Others, such as SQL Server, have no such promise; they are refused, and an
export as CSV is the way. Only SELECT is sent. No message holds a password, and none a value: what a driver says may
quote one, so that it is replaced.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from penelope_admin.apart import never
from penelope_admin.errors import BadInputError, CancelledError, PenelopeAdminError
from penelope_admin.files import is_plain

STATEMENT_SECONDS: float = 600
"""How long the database may take for one statement. What is done with its rows meanwhile does not count, but for MySQL
and MariaDB."""
CONNECT_SECONDS = 15
ROWS = 100
"""Rows fetched at a time, fewer with many columns that may hold long values."""
MAX_VALUE = 256 << 10
"""Characters or bytes of a value that are fetched. A longer one comes with one more, so that it is told from others."""
MAX_TABLES = 5000
MAX_COLUMNS = 50_000
"""Of all tables together."""
_CELLS = 160  # that may be long, fetched at a time
_STEPS = 20_000  # of SQLite's between two looks at the time: a fraction of a millisecond
_WAL_MODE = b"\2\2"  # in a SQLite file's header, where the versions of its format stand
_KEPT = "Nothing was changed there, and no verdict was given."
_SYSTEM = {
    "postgresql": frozenset({"information_schema"}),
    "mysql": frozenset({"information_schema", "mysql", "performance_schema", "sys"}),
    "mariadb": frozenset({"information_schema", "mysql", "performance_schema", "sys"}),
}
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "sqlite": {"timeout": CONNECT_SECONDS}, "postgresql": {"connect_timeout": CONNECT_SECONDS},
    "mysql": {}, "mariadb": {},
}  # fmt: skip
"""How each dialect is told for how long to try to connect. There are no others."""
_SHORT = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.Time, sa.Boolean, sa.Uuid, sa.Interval)

CancelToken = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table's place and the names of its columns, as the database spells them: client data may be in them.

    Attributes:
        kinds: the columns' types, as far as they are known.
    """

    schema: str | None
    name: str
    columns: tuple[str, ...]
    kinds: tuple[object, ...] = ()

    @property
    def path(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def kind(self, index: int) -> object:
        """A column's type; None if it is not known."""
        return self.kinds[index] if index < len(self.kinds) else None


class _Watch:
    """Ends a statement that takes too long or is no longer wanted: a view can go on for ever."""

    def __init__(self, stop: CancelToken) -> None:
        self.stop = stop
        self._used, self._since = 0.0, 0.0

    def start(self) -> None:
        """A statement begins."""
        self._used, self._since = 0.0, time.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The database works on the statement."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._used += time.monotonic() - self._since

    def is_over(self) -> bool:
        """Whether the statement is to end; SQLite asks."""
        return self.stop() or self._used + time.monotonic() - self._since > STATEMENT_SECONDS


class Foreign:
    """A database that is open for reading only."""

    def __init__(self, connection: sa.Connection, shown: str, watch: _Watch, size: int | None) -> None:
        """
        Args:
            size: of its file in bytes; None if it is on a server.
        """
        self._connection, self._shown, self._watch, self.size = connection, shown, watch, size

    def tables(self) -> list[ForeignTable]:
        """Every table and view that this user sees, by name: also materialized views and tables of other servers.

        Raises:
            BadInputError: the database cannot be read, or has too many.
            CancelledError: it was stopped.
        """
        self._watch.start()
        tables, total = [], 0
        with _translated(self._shown, self._watch), self._watch.running():
            for table in _tables(sa.inspect(self._connection), self._connection.dialect.name):
                tables.append(table)
                total += len(table.columns)
                # Asked while they come: to read about all of them may take more memory than there is.
                self._refuse_many(total, MAX_COLUMNS, "columns")
                self._refuse_many(len(tables), MAX_TABLES, "tables")
        return tables

    def _refuse_many(self, count: int, most: int, what: str) -> None:
        if count > most:
            raise BadInputError(f"{self._shown} has more than {most:,} {what}. {_KEPT} Export those with contacts.")

    def others(self) -> list[str]:
        """What else the database holds and nobody examines, a sentence for each kind.

        Raises:
            BadInputError: the database refused.
            CancelledError: it was stopped.
        """
        if self._connection.dialect.name != "postgresql":
            return []
        self._watch.start()
        with _translated(self._shown, self._watch), self._watch.running():
            count = self._connection.exec_driver_sql("SELECT count(*) FROM pg_largeobject_metadata").scalar_one()
        return [f"It holds {count:,} large objects, which are files of any kind."] if count else []

    def rows(
        self, table: ForeignTable, columns: Sequence[int], limit: int | None = None, *, shown: str = "a table"
    ) -> Iterator[Sequence[Any]]:
        """The rows of some of a table's columns, as the server sends them. A value is cut after `MAX_VALUE`.

        Args:
            columns: their indexes.
            limit: how many rows at most.
            shown: the table's name as it may stand in a message.

        Raises:
            BadInputError: the database refused, or did not answer in time.
            CancelledError: it was stopped.
        """
        # Types are left alone: the text is wanted as it is, and what is unknown here must not fail.
        fields = [self._bounded(table, index) for index in columns]
        query = sa.select(*fields).select_from(sa.table(table.name, schema=table.schema)).limit(limit)
        size = max(1, min(ROWS, _CELLS // max(1, sum(self._may_be_long(table, index) for index in columns))))
        self._watch.start()
        with _translated(f"{self._shown}, table {shown},", self._watch), self._apart():
            with self._watch.running():
                result = self._connection.execute(query, execution_options={"stream_results": True, "yield_per": size})
            try:
                while True:
                    with self._watch.running():
                        part = result.fetchmany(size)
                    if not part:
                        break
                    yield from part
            finally:
                result.close()

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """One table that cannot be read must not end the transaction, for PostgreSQL would refuse all others then."""
        if self._connection.dialect.name != "postgresql":
            yield
            return
        point = self._connection.begin_nested()
        try:
            yield
        finally:
            point.rollback()

    def _may_be_long(self, table: ForeignTable, index: int) -> bool:
        """Whether a column may hold long values; in a SQLite file any may."""
        return self._connection.dialect.name == "sqlite" or not isinstance(table.kind(index), _SHORT)

    def _bounded(self, table: ForeignTable, index: int) -> sa.ColumnElement[Any]:
        """A column whose values are cut, as far as they can be long."""
        dialect = self._connection.dialect.name
        value: sa.ColumnClause[Any] = sa.column(table.columns[index])
        if dialect == "sqlite":  # any column may hold anything, and a text may have zeros in it
            raw = sa.cast(value, sa.LargeBinary)
            is_long = sa.func.length(raw) > MAX_VALUE
            cut: sa.ColumnElement[Any] = sa.case((is_long, sa.func.substr(raw, 1, MAX_VALUE + 1)), else_=value)
            return sa.type_coerce(cut, sa.types.NullType())
        if not self._may_be_long(table, index):
            return value
        if dialect == "postgresql" and not isinstance(table.kind(index), sa.LargeBinary):
            return sa.func.left(sa.cast(value, sa.Text), MAX_VALUE + 1, type_=sa.types.NullType())
        return sa.func.substr(value, 1, MAX_VALUE + 1, type_=sa.types.NullType())


def _tables(inspector: sa.Inspector, dialect: str) -> Iterator[ForeignTable]:
    """The tables of each schema but the server's own, by name."""
    default = inspector.default_schema_name
    for schema in inspector.get_schema_names():
        if _is_system(dialect, schema):
            continue
        of = None if dialect == "sqlite" and schema == default else schema
        for name in sorted(_names(inspector, dialect, of)):
            columns = inspector.get_columns(name, of)
            names, kinds = (tuple(column[key] for column in columns) for key in ("name", "type"))
            yield ForeignTable(of, name, tuple(map(str, names)), kinds)


def _names(inspector: sa.Inspector, dialect: str, schema: str | None) -> set[str]:
    """Whatever rows can be read from in a schema: tables, views, also those kept, and tables elsewhere."""
    names = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    if dialect == "postgresql":
        names.update(inspector.get_materialized_view_names(schema))
        names.update(inspector.get_foreign_table_names(schema))  # type: ignore[attr-defined]
    return names


def _is_system(dialect: str, schema: str) -> bool:
    """Whether the server keeps its own tables there."""
    own = schema.casefold() in _SYSTEM.get(dialect, ())
    return own or (dialect == "postgresql" and schema.startswith("pg_"))  # nobody else may take that prefix


@contextmanager
def opened(url: str, *, stop: CancelToken = never) -> Iterator[Foreign]:
    """A database, in one transaction that cannot write.

    Args:
        stop: says whether somebody wants it to end.

    Raises:
        BadInputError: the URL is none, the database cannot be reached, or nobody can promise that it stays unchanged.
        CancelledError: `stop` said so.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise BadInputError(
            f"This is not a database URL. {_KEPT} One looks like postgresql://user:password@host/database."
        ) from None
    shown, watch = _shown(parsed, url), _Watch(stop)
    engine = _engine(parsed, shown)
    try:
        with _translated(shown, watch):
            connection = engine.connect()
        with connection:
            with _translated(shown, watch):
                _make_read_only(connection, watch)
            try:
                yield Foreign(connection, shown, watch, _size(parsed))
            finally:
                with _translated(shown, watch):
                    connection.rollback()
    finally:
        engine.dispose()


def _shown(url: sa.URL, written: str) -> str:
    """A database as it may be named in a message: without anything that could be part of a password."""
    is_file = url.get_backend_name() == "sqlite" and not (url.host or url.username or url.password)
    rest = f"{url.username or ''}{url.host or ''}{url.database or ''}"
    if not is_file and ("@" in rest or written.count("@") > 1):  # a password with a sign that has to be escaped
        return "The database"
    return url.render_as_string(hide_password=True).partition("?")[0]  # a password may be in the query too


def _engine(url: sa.URL, shown: str) -> sa.Engine:
    arguments = _ARGUMENTS.get(url.get_backend_name())
    if arguments is None:
        raise BadInputError(
            f"{shown} cannot be opened so that nothing can be written to it. {_KEPT} Export its tables as CSV instead."
        )
    if url.get_backend_name() == "sqlite":
        url = _read_only_file(url, shown)
    elif url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool, hide_parameters=True)
    except (exc.SQLAlchemyError, ImportError, TypeError, ValueError):
        raise BadInputError(
            f"{shown} needs a database driver that is not installed. {_KEPT} Install it, or export the tables as CSV."
        ) from None


def _read_only_file(url: sa.URL, shown: str) -> sa.URL:
    """A SQLite file by a URI that opens it for reading and never makes it."""
    name = url.database or ""
    is_ours = url.drivername in ("sqlite", "sqlite+pysqlite")
    if not is_ours or name in ("", ":memory:") or name.startswith("file:"):
        raise BadInputError(f"{shown} names no SQLite file. {_KEPT} It looks like sqlite:////folder/file.db.")
    file = Path(name).absolute()
    if _size(url) is None:
        raise BadInputError(f"{file} is not a file. {_KEPT} Check the name.")
    query = {"mode": "ro", "uri": "true"}
    if _has_log(file, shown):
        # SQLite would put files beside it even to read it. Nobody has it open, so that it can be taken as it is.
        query["immutable"] = "1"
    return sa.URL.create("sqlite", database=file.as_uri(), query=query)


def _size(url: sa.URL) -> int | None:
    """Bytes of a SQLite file; None if it is not a regular file, or the database of a server."""
    try:
        status = Path(url.database or "").stat()
    except (OSError, ValueError):
        return None
    if url.get_backend_name() != "sqlite" or not is_plain(status):
        return None
    return status.st_size


def _has_log(file: Path, shown: str) -> bool:
    """Whether a SQLite file's changes go to a log beside it first.

    Raises:
        BadInputError: there is such a log; without it the file is not all there is, with it files would be written.
    """
    try:
        with file.open("rb") as stream:
            is_logged = stream.read(20)[18:] == _WAL_MODE
        beside = file.with_name(f"{file.name}-wal").exists()
    except OSError as error:
        raise BadInputError(
            f"{shown} could not be read ({error.strerror}). {_KEPT} Check the name and who may read it."
        ) from None
    if is_logged and beside:
        raise BadInputError(
            f"{file} is in use, or was not closed: there is a -wal file beside it. {_KEPT} "
            "Close the program that uses it, or have that program export or back it up, and check the copy."
        )
    return is_logged


def _make_read_only(connection: sa.Connection, watch: _Watch) -> None:
    """Have the server refuse every change, and make sure that it does."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.text_factory = lambda text: text.decode("utf-8", "replace")  # other encodings are read as far as they go
        watch.start()
        driver.set_progress_handler(watch.is_over, _STEPS)
        connection.exec_driver_sql("PRAGMA trusted_schema = OFF")  # its views may call nothing that does harm
        connection.exec_driver_sql("PRAGMA query_only = ON")
        sure = connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
    elif dialect == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(STATEMENT_SECONDS * 1000)}")
        sure = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
    else:
        # By the server, for the version of its own that each has the other does not know.
        limit = f"max_execution_time = {int(STATEMENT_SECONDS * 1000)}"
        if connection.dialect.is_mariadb:  # type: ignore[attr-defined]
            limit = f"max_statement_time = {STATEMENT_SECONDS}"
        connection.exec_driver_sql(f"SET SESSION {limit}")
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()  # it holds for transactions to come
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        sure = connection.exec_driver_sql("SELECT @@session.transaction_read_only").scalar() == 1
    if not sure:
        raise BadInputError(
            f"The database does not promise to stay unchanged. {_KEPT} Export its tables as CSV instead."
        )


@contextmanager
def _translated(shown: str, watch: _Watch) -> Iterator[None]:
    """Turn a driver's errors into a message. What it says may quote a value or a password, so none of it is kept."""
    try:
        yield
    except PenelopeAdminError:
        raise
    except (exc.SQLAlchemyError, OSError, UnicodeError, ValueError, OverflowError, ImportError) as error:
        if watch.stop():
            raise CancelledError("The check was stopped. Nothing was kept of it and no verdict was given.") from None
        origin = getattr(error, "orig", None) or error
        raise BadInputError(
            f"{shown} could not be read ({type(origin).__name__}). {_KEPT} "
            "Check the address, the account and its rights, or export the tables as CSV."
        ) from None
