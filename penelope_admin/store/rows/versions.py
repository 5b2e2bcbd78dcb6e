"""The rows of what the agency notes about versions of Penelope."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from penelope_admin.store import schema

_TABLE = schema.version_note


def read(connection: sa.Connection) -> dict[str, str]:
    """Every note, by its version."""
    rows = connection.execute(sa.select(_TABLE).order_by(_TABLE.c.id))
    return {row.version: row.text for row in rows}


def write(connection: sa.Connection, version: str, text: str, at: datetime, by: str) -> None:
    """Keep a note in the place of the one before; an empty one takes it away."""
    known = connection.execute(sa.select(_TABLE.c.id).where(_TABLE.c.version == version)).scalar_one_or_none()
    if not text:
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == known))
    elif known is None:
        connection.execute(sa.insert(_TABLE).values(version=version, text=text, at=at, by=by))
    else:
        connection.execute(sa.update(_TABLE).where(_TABLE.c.id == known).values(text=text, at=at, by=by))
