"""A database as the second release left it: events with corrections, plans, and requests of other kinds."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import command

from penelope_admin.store import migrate
from tests.store import first_release
from tests.store.first_release import AT, HOUR


def _event(key: int, kind: str, hours: int, corrects: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "environment": "mirrored", "kind": kind, "at": AT + hours * HOUR, "version": None,
        "remark": f"Remark – {key}\nmore", "recorded_at": AT + key * HOUR, "by": "bob", "corrects": corrects, **more,
    }  # fmt: skip


EVENTS = [
    _event(3, "refreshed", 5),
    _event(4, "upgraded", 9, version="2026.12"),
    _event(7, "corrected", 5, 3),
    _event(8, "upgraded", -40, environment="production"),
    _event(12, "corrected", -40, 8, environment="production"),
    _event(13, "refreshed", 9, environment="training-b"),
]
"""Recorded after those of the first release; the database had its own numbers: some were left out."""
LAST_EVENT = 13
PLAN: dict[str, Any] = {
    "environment": "mirrored", "feature": "external-communications.sms", "state": "off", "pending_change": "enable",
    "pending_reason": "Reminders", "pending_until": date(2026, 12, 30), "pending_acknowledged_real": True,
    "since": AT + 9 * HOUR, "until": None, "reason": "Switched off by the upgrade", "by": "bob", "version": 4,
}  # fmt: skip
QUESTION: dict[str, Any] = {
    "id": 11, "kind": "question", "environment": None, "status": "drafted", "title": "Day 1?", "reason": "x",
    "created_at": AT, "version": 1,
}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "environment_event": [*first_release.ROWS["environment_event"], *EVENTS],
    "feature_state": [PLAN, *first_release.ROWS["feature_state"]],
    "request": [*first_release.ROWS["request"], QUESTION],
    # Of the training database something was recorded although the agency does not name it any more.
    "environment": [*first_release.ROWS["environment"], {"key": "training-b"}],
    **{name: first_release.ROWS[name] for name in ("notice", "request_feature", "request_step")},
}


def make(connection: sa.Connection) -> None:
    """Bring an empty database to the second release's revision, with rows of both releases and a log."""
    first_release.make(connection)
    command.upgrade(migrate.configuration(connection), "0002")
    added = {"environment_event": EVENTS, "feature_state": [PLAN], "request": [QUESTION]}
    for name, rows in added.items():
        for row in rows:
            connection.execute(sa.insert(first_release.table_of(connection, name)), row)
        if connection.dialect.name == "postgresql" and "id" in rows[0]:
            newest = max(row["id"] for row in rows)
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), newest)))


def read(
    connection: sa.Connection, name: str, rows: dict[str, list[dict[str, Any]]] | None = None
) -> list[dict[str, Any]]:
    """The rows of a table in the order of `ROWS`, each as far as it named its columns there."""
    table = first_release.table_of(connection, name)
    keys = [column.name for column in table.primary_key]
    found = {tuple(row[key] for key in keys): row for row in connection.execute(sa.select(table)).mappings()}
    known = {tuple(row[key] for key in keys): row for row in (rows or ROWS)[name]}
    assert set(found) == set(known)
    return [{column: found[number][column] for column in row} for number, row in known.items()]
