"""A database as the first release left it, with something in every table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command

from penelope_admin.store import audit, migrate
from penelope_admin.store.schema import Instant

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _request(key: int, status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "kind": "refresh", "environment": "mirrored", "status": status, "reason": f"Reason – {key}\nmore",
        "earliest": None, "latest": None, "case_number": None, "scheduled_for": None, "created_at": AT + key * HOUR,
        "version": key, **more,
    }  # fmt: skip


ROWS: dict[str, list[dict[str, Any]]] = {
    "agency": [
        {
            "id": 1, "name": "Foyer d’accueil – Est", "region": "CA", "zone": "America/Resolute",
            "support_address": "support@vendor.example", "own_address": "", "portal_url": "https://portal.example/",
            "created_at": AT, "version": 3,
        }
    ],
    "environment": [{"key": "mirrored"}, {"key": "production"}],
    "environment_event": [
        {
            "id": 1, "environment": "mirrored", "kind": "upgraded", "at": AT, "version": "2026.11", "remark": "",
            "recorded_at": AT + HOUR, "by": "ada", "corrects": None,
        }
    ],
    "feature_state": [
        {
            "environment": "mirrored", "feature": "engage", "state": "off", "pending_change": None,
            "pending_reason": None, "pending_until": None, "pending_acknowledged_real": None, "since": None,
            "until": None, "reason": None, "by": None, "version": 1,
        },
        {
            "environment": "mirrored", "feature": "general-ledger", "state": "on", "pending_change": None,
            "pending_reason": None, "pending_until": None, "pending_acknowledged_real": None, "since": AT,
            "until": date(2026, 12, 24), "reason": "Export", "by": "ada", "version": 2,
        },
    ],
    "notice": [
        {
            "id": 4, "kind": "announced", "starts_at": AT + 40 * HOUR, "ends_at": AT + 44 * HOUR, "version": None,
            "origin": "Email", "recorded_at": AT, "by": "bob",
        }
    ],
    "request": [
        _request(2, "drafted"),
        _request(3, "sent", earliest=date(2026, 12, 3), latest=date(2026, 12, 9)),
        _request(5, "acknowledged", case_number="00123455"),
        _request(6, "scheduled", case_number="00123456", scheduled_for=date(2026, 12, 8)),
        _request(7, "done", case_number="00123457"),
        _request(9, "cancelled"),
    ],
    "request_feature": [
        {"request_id": 3, "feature": "external-communications.sms"},
        {"request_id": 7, "feature": "general-ledger"},
        {"request_id": 7, "feature": "ms-exchange"},
    ],
    "request_step": [
        {"id": number, "request_id": key, "at": AT + number * HOUR, "status": status, "by": "ada", "remark": remark}
        for number, (key, status, remark) in enumerate(
            [
                (2, "drafted", ""), (3, "drafted", ""), (3, "sent", "By email – twice"), (7, "drafted", ""),
                (7, "done", ""),
            ],
            start=11,
        )
    ],
}  # fmt: skip
"""The rows of every table but the log. The database had its own numbers: some were left out."""
LAST_REQUEST, LAST_STEP, ENTRIES = 9, 15, 3


def make(connection: sa.Connection) -> None:
    """Bring an empty database to the first release's revision, and put the rows and a log into it."""
    command.upgrade(migrate.configuration(connection), "0001")
    for name, rows in ROWS.items():
        connection.execute(sa.insert(table_of(connection, name)), rows)
    if connection.dialect.name == "postgresql":  # the rows would have got their numbers from these
        for name in ("environment_event", "notice", "request", "request_step"):
            newest = max(row["id"] for row in ROWS[name])
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), newest)))
    for number in range(ENTRIES):
        audit.append(
            connection, at=AT, who="ada", action="request.drafted", subject=f"PA-{number}", after={"n": number}
        )


def read(connection: sa.Connection, name: str) -> list[dict[str, Any]]:
    """The rows of a table, as far as the first release knew its columns."""
    table = table_of(connection, name)
    columns = [table.c[column] for column in ROWS[name][0]]
    return [dict(row._mapping) for row in connection.execute(sa.select(*columns).order_by(*columns[:2]))]


def table_of(connection: sa.Connection, name: str) -> sa.Table:
    """A table as it is in the database, with instants as the program writes them."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    for column in table.c:
        if isinstance(column.type, sa.DateTime):
            column.type = Instant()
    return table
