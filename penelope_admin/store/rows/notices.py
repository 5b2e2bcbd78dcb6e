"""The rows of the notices the vendor sent."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from penelope_admin.domain.windows import Notice
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.stored import check

_TABLE = schema.notice


def read(connection: sa.Connection) -> list[Notice]:
    """Every notice, oldest first."""
    rows = connection.execute(sa.select(_TABLE).order_by(_TABLE.c.starts_at))
    return [
        Notice(
            str(row.id), row.kind, row.starts_at, row.ends_at, row.version, row.origin, row.downtime,
            str(row.replaces) if row.replaces is not None else None, row.month, row.reason,
        )
        for row in (check(_TABLE, row) for row in rows)
    ]  # fmt: skip


def insert(connection: sa.Connection, facts: dict[str, object], recorded_at: datetime, by: str) -> str:
    """Store a notice; gives back its key."""
    inserted = connection.execute(sa.insert(_TABLE).values(recorded_at=recorded_at, by=by, **facts))
    return str(new_id(inserted))


def delete(connection: sa.Connection, key: str) -> None:
    """Take a notice away."""
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == int(key)))
