"""By what rows are known on other machines, what was brought from there, and what bringing it in changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from penelope_admin.store import schema

TableName = Literal["project", "request", "notice"]
_TABLES: dict[TableName, sa.Table] = {"project": schema.project, "request": schema.request, "notice": schema.notice}
_BASE, _IMPORT = schema.plan_base, schema.plan_import


def numbers(connection: sa.Connection, table: TableName) -> dict[str, int]:
    """The numbers of a table's rows by their UUIDs."""
    rows = _TABLES[table]
    query = sa.select(rows.c.uid, rows.c.id).where(rows.c.uid.is_not(None))
    return {row.uid: row.id for row in connection.execute(query)}


def number_of(connection: sa.Connection, table: TableName, uid: str) -> int | None:
    """The number of the row that is known by a UUID; None when there is none."""
    rows = _TABLES[table]
    number: int | None = connection.execute(sa.select(rows.c.id).where(rows.c.uid == uid)).scalar()
    return number


def uid_of(connection: sa.Connection, table: TableName, number: int) -> str:
    """The UUID by which a row is known."""
    rows = _TABLES[table]
    return str(connection.execute(sa.select(rows.c.uid).where(rows.c.id == number)).scalar_one())


def set_uid(connection: sa.Connection, table: TableName, number: int, uid: str) -> None:
    """Have a row known by the UUID that it has elsewhere."""
    rows = _TABLES[table]
    connection.execute(sa.update(rows).where(rows.c.id == number).values(uid=uid))


def store_id(connection: sa.Connection) -> str:
    """The UUID of this database; there is one once an agency is set up."""
    return str(connection.execute(sa.select(schema.agency.c.store_id)).scalar_one())


@dataclass(frozen=True, slots=True)
class BaseRow:
    """What was brought here from another database, as it was there; `content` is JSON."""

    uid: str
    kind: str
    store_id: str
    seq: int
    hash: str
    content: str


def read_bases(connection: sa.Connection) -> dict[str, BaseRow]:
    """What was brought from elsewhere, by UUID."""
    return {row.uid: BaseRow(**row._mapping) for row in connection.execute(sa.select(_BASE))}


def write_bases(connection: sa.Connection, bases: Mapping[str, BaseRow], gone: Collection[str]) -> None:
    """Keep what was brought from elsewhere in place of what is known of the same items."""
    # Taken out first: the same item may have been brought from another database before.
    connection.execute(sa.delete(_BASE).where(_BASE.c.uid.in_([*gone, *bases])))
    if bases:
        connection.execute(sa.insert(_BASE), [asdict(row) for row in bases.values()])


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A plan that was brought in; `at` in UTC, `content` is JSON."""

    id: int
    file_sha256: str
    at: datetime
    by: str
    content: str
    taken_back_at: datetime | None


def insert_import(connection: sa.Connection, file_sha256: str, at: datetime, by: str, content: str) -> None:
    """Note that a plan was brought in. Earlier ones cannot be taken back any more."""
    _forget_contents(connection)
    connection.execute(sa.insert(_IMPORT).values(file_sha256=file_sha256, at=at, by=by, content=content))


def newest_import(connection: sa.Connection) -> ImportRow | None:
    """The plan that was brought in last; None when there is none."""
    row = connection.execute(sa.select(_IMPORT).order_by(_IMPORT.c.id.desc()).limit(1)).first()
    return ImportRow(**row._mapping) if row is not None else None


def take_back_import(connection: sa.Connection, number: int, at: datetime) -> None:
    """Note that a plan that was brought in was taken back."""
    _forget_contents(connection)
    connection.execute(sa.update(_IMPORT).where(_IMPORT.c.id == number).values(taken_back_at=at))


def _forget_contents(connection: sa.Connection) -> None:
    """Keep no copies of texts that nothing is done with any more: what was typed may have been taken out since."""
    connection.execute(sa.update(_IMPORT).where(_IMPORT.c.content != "").values(content=""))
