"""Years of use, made quickly: thousands of requests, written as rows."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from penelope_admin.domain.requests import KINDS, RequestKind, Status
from penelope_admin.services.work import Context
from penelope_admin.store import journal, schema

_KINDS: tuple[RequestKind, ...] = ("question", "refresh", "defect", "script")
TEXT = "The report of closed files leaves out those of October, and the total at its foot is another one. " * 8


def add_requests(context: Context, count: int, newest: int | None = None) -> None:
    """Add requests of several kinds; their log is left out.

    Args:
        newest: of so many, three of four are still open; those before are done. By default that is all.
    """
    requests, steps = [], []
    with context.store.writing() as connection:
        first, step = (_next(connection, table) for table in (schema.request, schema.request_step))
        for number in range(count):
            kind = _KINDS[number % len(_KINDS)]
            is_new = newest is None or number >= count - newest
            path: tuple[Status, ...] = KINDS[kind].path[: 2 + number % 4 if is_new else None]
            began = context.now() - timedelta(hours=6 * (count - number))
            requests.append(
                {
                    "id": first + number,
                    "kind": kind,
                    "environment": "mirrored" if kind in ("refresh", "script") else None,
                    "status": path[-1],
                    "title": "" if kind == "refresh" else f"Matter {number}",
                    "reason": TEXT,
                    "case_number": f"C-{number:05}" if len(path) > 2 else None,
                    "created_at": began,
                    "version": 1,
                }
            )
            for status in path:
                steps.append(
                    {"id": step, "request_id": first + number, "at": began, "status": status, "by": "ada", "remark": ""}
                )
                step += 1
        connection.execute(sa.insert(schema.request), requests)
        connection.execute(sa.insert(schema.request_step), steps)
        journal.take(connection)


def _next(connection: sa.Connection, table: sa.Table) -> int:
    newest = connection.execute(sa.select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar()
    return int(newest or 0) + 1
