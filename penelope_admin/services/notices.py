"""Notices the vendor sent: windows that outrank the computed ones, and emergencies."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import check_instant
from penelope_admin.domain.windows import Notice, NoticeKind
from penelope_admin.errors import BadInputError
from penelope_admin.services.context import Context, Done
from penelope_admin.services.windows import read_notices
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id

LONGEST = timedelta(days=3)


def find_all(context: Context) -> list[Notice]:
    """Every notice, oldest first."""
    with context.store.reading() as connection:
        return read_notices(connection)


def add(
    context: Context,
    kind: NoticeKind,
    starts_at: datetime,
    ends_at: datetime,
    version: str = "",
    origin: str = "",
) -> Done[Notice]:
    """Record a notice.

    Args:
        starts_at: an aware instant, as `ends_at`.
        version: the version it announces, where it says so.
        origin: where it came from: an email's subject, "inside Penelope".

    Raises:
        BadInputError: it ends before it starts, or lasts more than three days.
    """
    start, end = check_instant(starts_at), check_instant(ends_at)
    if not start < end <= start + LONGEST:
        raise BadInputError("A window ends after it starts, and within three days. Nothing was saved.")
    named = clean_line(version, "The version", required=False, limit=60) or None
    fields = {
        "kind": kind,
        "starts_at": start,
        "ends_at": end,
        "version": named,
        "origin": clean_line(origin, "The origin", required=False),
    }
    with context.store.writing() as connection:
        same = sa.select(schema.notice.c.id).where(
            schema.notice.c.kind == kind, schema.notice.c.starts_at == start, schema.notice.c.ends_at == end
        )
        if connection.execute(same).first():
            raise BadInputError("This notice is recorded already. Nothing was saved.")
        inserted = connection.execute(
            sa.insert(schema.notice).values(recorded_at=context.now(), by=context.actor, **fields)
        )
        key = str(new_id(inserted))
        context.record(connection, "notice.recorded", f"notice {key}", after=fields)
    return Done(Notice(key, kind, start, end, named), frozenset({"notices"}))


def remove(context: Context, key: str) -> Done[None]:
    """Take back a notice that was recorded by mistake; the activity log keeps what it said.

    Raises:
        BadInputError: there is no such notice.
    """
    with context.store.writing() as connection:
        known = next((notice for notice in read_notices(connection) if notice.id == key), None)
        if known is None:
            raise BadInputError(f"There is no notice {key}. Nothing was changed.")
        connection.execute(sa.delete(schema.notice).where(schema.notice.c.id == int(key)))
        before = {"kind": known.kind, "starts_at": known.starts_at, "ends_at": known.ends_at, "version": known.version}
        context.record(connection, "notice.removed", f"notice {key}", before=before)
    return Done(None, frozenset({"notices"}))
