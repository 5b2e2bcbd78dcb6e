"""The rows of what was written into calendar files."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from penelope_admin.domain.entries import Entry, Published
from penelope_admin.store import schema
from penelope_admin.store.kinds import UnreadableError

_TABLE = schema.published


def read(connection: sa.Connection) -> dict[str, Published]:
    """Everything that was written, by UID.

    Raises:
        DamagedError: an entry cannot be read.
    """
    return {row.uid: _published(row) for row in connection.execute(sa.select(_TABLE))}


def _published(row: sa.Row[tuple[object, ...]]) -> Published:
    try:
        entry = msgspec.json.decode(row.content, type=Entry)
    except msgspec.MsgspecError as error:
        raise UnreadableError(_TABLE.name, "content", "no entry of a calendar", row.uid) from error
    return Published(entry, row.sequence, row.changed_at, row.cancelled)


def write(connection: sa.Connection, changed: Collection[Published]) -> None:
    """Put entries in the place of those of the same UIDs."""
    delete(connection, [item.entry.uid for item in changed])
    rows = [
        {
            "uid": item.entry.uid, "content": msgspec.json.encode(item.entry).decode(), "sequence": item.sequence,
            "changed_at": item.changed_at, "cancelled": item.cancelled,
        }
        for item in changed
    ]  # fmt: skip
    if rows:
        connection.execute(sa.insert(_TABLE), rows)


def delete(connection: sa.Connection, uids: Collection[str]) -> None:
    """Forget entries."""
    if uids:
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.uid.in_(uids)))
