"""The rows of what each person was reminded of already."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from penelope_admin.store import schema

_TABLE = schema.reminder_told


def read(connection: sa.Connection, account: str) -> dict[str, datetime]:
    """The keys of what an account was reminded of, and when."""
    rows = connection.execute(sa.select(_TABLE.c.key, _TABLE.c.at).where(_TABLE.c.by == account))
    return {row.key: row.at for row in rows}


def insert(connection: sa.Connection, keys: Collection[str], account: str, at: datetime) -> None:
    """Remember what an account is reminded of; at least one."""
    connection.execute(sa.insert(_TABLE), [{"key": key, "by": account, "at": at} for key in keys])


def forget(connection: sa.Connection, before: datetime) -> None:
    """Drop what was told so long ago that it cannot be due any more."""
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.at < before))
