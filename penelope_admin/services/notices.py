"""Notices the vendor sent: windows that outrank the computed ones, and emergencies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import check_instant
from penelope_admin.domain.windows import Calendar, Notice, NoticeKind
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.invocation import command
from penelope_admin.services import agency as agencies
from penelope_admin.services.windows import calendar, read_notices
from penelope_admin.services.work import Context, Done
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id

LONGEST = timedelta(days=3)
LONGEST_MOVE = timedelta(days=42)
"""How far from the window it moves a regular notice may lie; another upgrade is nearer than that."""


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
    downtime: int | None = None,
    replaces: str | None = None,
) -> Done[Notice]:
    """Record a notice. A regular one replaces the earlier notice of its window, which stays on record.

    Args:
        starts_at: an aware instant, as `ends_at`.
        version: the version it announces, where it says so.
        origin: where it came from: an email's subject, "inside Penelope".
        downtime: the outage it names, in minutes.
        replaces: the id of the notice whose window it moves, where that is not the nearest one.

    Raises:
        BadInputError: no agency is set up, it ends before it starts, lasts more than three days, its downtime does
            not fit in, or it cannot replace that notice.
    """
    start, end = check_instant(starts_at), check_instant(ends_at)
    if not start < end <= start + LONGEST:
        raise BadInputError("A window ends after it starts, and within three days. Nothing was saved.")
    if downtime is not None and not 0 < downtime <= (end - start) / timedelta(minutes=1):
        raise BadInputError("The expected downtime is at least a minute and fits into the window. Nothing was saved.")
    fields: dict[str, Any] = {
        "kind": kind,
        "starts_at": start,
        "ends_at": end,
        "version": clean_line(version, "The version", required=False, limit=60) or None,
        "origin": clean_line(origin, "The origin", required=False),
        "downtime": downtime,
    }
    with context.store.writing() as connection:
        months = calendar(context, connection, agencies.need(context.policy, connection))
        same = sa.select(schema.notice.c.id).where(
            schema.notice.c.kind == kind, schema.notice.c.starts_at == start, schema.notice.c.ends_at == end
        )
        if connection.execute(same).first():
            raise BadInputError("This notice is recorded already. Nothing was saved.")
        known = {notice.id: notice for notice in read_notices(connection)}
        moved = _moved(months, known, kind, start, replaces)
        fields["replaces"] = int(moved.id) if moved else None
        inserted = connection.execute(
            sa.insert(schema.notice).values(recorded_at=context.now(), by=context.actor, **fields)
        )
        key = str(new_id(inserted))
        context.record(connection, "notice.recorded", f"notice {key}", after=fields)
        made = next(notice for notice in read_notices(connection) if notice.id == key)
    return Done(made, frozenset({"notices"}))


def _moved(
    months: Calendar, known: dict[str, Notice], kind: NoticeKind, start: datetime, replaces: str | None
) -> Notice | None:
    """The notice that a new one takes the place of; None when it is the first of its window.

    Raises:
        BadInputError: there is no such notice, it is of the other kind or replaced already, or lies too far away.
    """
    if replaces is None:
        return months.notice_near(start) if kind == "announced" else None
    earlier = known.get(replaces)
    if earlier is None:
        raise BadInputError(f"There is no notice {replaces}. Nothing was saved. See: {command('notices list')}")
    if earlier.kind != kind:
        raise BadInputError(f"Notice {replaces} is of the other kind. Nothing was saved.")
    if (newer := months.replaced_by(earlier)) is not None:
        raise BadInputError(f"Notice {replaces} is replaced by notice {newer.id}. Nothing was saved. Name that one.")
    if abs(start - earlier.starts_at) > LONGEST_MOVE:
        raise BadInputError(
            f"Notice {replaces} lies more than {LONGEST_MOVE.days} days from this window. Nothing was saved."
        )
    return earlier


def remove(context: Context, key: str) -> Done[None]:
    """Take back a notice that was recorded by mistake; the activity log keeps what it said.

    A notice that it replaced counts again.

    Raises:
        BadInputError: there is no such notice.
        ConflictError: a newer notice replaces it, and hangs on it.
    """
    with context.store.writing() as connection:
        known = next((notice for notice in read_notices(connection) if notice.id == key), None)
        if known is None:
            raise BadInputError(f"There is no notice {key}. Nothing was changed.")
        newer = next((notice for notice in read_notices(connection) if notice.replaces == key), None)
        if newer is not None:
            raise ConflictError(
                f"Notice {key} does not count any more: notice {newer.id} replaces it. Nothing was changed. "
                f"To let notice {key} count again, remove notice {newer.id}."
            )
        connection.execute(sa.delete(schema.notice).where(schema.notice.c.id == int(key)))
        before = {"kind": known.kind, "starts_at": known.starts_at, "ends_at": known.ends_at, "version": known.version}
        context.record(connection, "notice.removed", f"notice {key}", before=before)
    return Done(None, frozenset({"notices"}))
