"""A database as the third release left it: messages, remarks, offers and projects that name requests, and a refresh."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import command

from penelope_admin.store import migrate
from tests.store import first_release, second_release
from tests.store.first_release import AT, HOUR

REFRESHED = 14
REFRESH: dict[str, Any] = {
    "id": REFRESHED, "environment": "mirrored", "kind": "refreshed", "at": AT + 20 * HOUR, "version": None,
    "remark": "PA-6", "recorded_at": AT + 20 * HOUR, "by": "bob", "corrects": None, "window": None, "feature": None,
    "outcome": None,
}  # fmt: skip
SMS = "external-communications.sms"
PLAN: dict[str, Any] = {
    **second_release.PLAN, "state": "unknown", "since": None, "reason": None, "by": None, "version": 6,
    "pending_by": "bob", "pending_approved_by": None,
}  # fmt: skip
ADDED: dict[str, list[dict[str, Any]]] = {
    "environment_event": [REFRESH],
    "request_remark": [{"id": 2, "request_id": 3, "at": AT, "by": "ada", "text": "Called – twice\nmore"}],
    "outgoing_message": [
        {
            "id": 4, "request_id": 3, "message_id": "<3@pa.invalid>", "sender": "a@b.example",
            "recipient": "s@v.example", "content": "Subject: x\r\n\r\nx", "state": "sent", "attempts": 1,
            "next_attempt_at": AT, "problem": "", "claimed_by": None, "claimed_until": None, "created_at": AT,
            "by": "ada", "ended_at": AT + HOUR,
        }
    ],
    "reply_offer": [
        {
            "id": 1, "request_id": 3, "case_number": "00481516", "sender": "s@v.example", "found_at": AT,
            "state": "open",
        }
    ],
    "project": [
        {
            "id": 5, "environment": "mirrored", "name": "Pilot – winter", "purpose": "Try reminders",
            "first_day": date(2026, 12, 14), "last_day": date(2026, 12, 18), "refresh_by": date(2026, 12, 12),
            "request_id": 6, "state": "started", "created_at": AT, "by": "ada", "version": 2,
        }
    ],
}  # fmt: skip
"""What is added to the second release's rows."""
ROWS: dict[str, list[dict[str, Any]]] = {
    **{name: rows for name, rows in second_release.ROWS.items() if name != "feature_state"},
    "environment_event": [*second_release.ROWS["environment_event"], REFRESH],
    "feature_state": [PLAN, *first_release.ROWS["feature_state"]],
    **{name: rows for name, rows in ADDED.items() if name != "environment_event"},
}


def make(connection: sa.Connection) -> None:
    """Bring an empty database to the third release's revision, with rows of all three releases and a log."""
    second_release.make(connection)
    command.upgrade(migrate.configuration(connection), "0003")
    state = first_release.table_of(connection, "feature_state")
    connection.execute(sa.update(state).where(state.c.feature == SMS).values(**PLAN))
    for name, rows in ADDED.items():
        for row in rows:
            connection.execute(sa.insert(first_release.table_of(connection, name)), row)
        if connection.dialect.name == "postgresql":
            newest = max(row["id"] for row in rows)
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), newest)))


def read(connection: sa.Connection, name: str) -> list[dict[str, Any]]:
    """The rows of a table in the order of `ROWS`, each as far as it named its columns there."""
    return second_release.read(connection, name, ROWS)
