"""What the database itself refuses to keep about requests, messages and replies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.files import opened, put, raw

REQUEST = {
    "id": 7, "kind": "question", "environment": None, "status": "drafted", "reason": "x", "created_at": "2026-12-01",
    "version": 1,
}  # fmt: skip
MESSAGE = {
    "id": 1, "request_id": 1, "message_id": "<1@agency.example>", "sender": "a@agency.example",
    "recipient": "b@vendor.example", "content": "x", "state": "waiting", "next_attempt_at": "2026-12-01",
    "created_at": "2026-12-01", "by": "ada",
}  # fmt: skip
OFFER = {
    "id": 1, "request_id": 1, "case_number": "00481516", "sender": "b@vendor.example", "found_at": "2026-12-01",
    "state": "open",
}  # fmt: skip
REMARK = {"id": 1, "request_id": 1, "at": "2026-12-01", "by": "ada", "text": "x"}
KINDS = (
    "refresh",
    "feature-change",
    "missing-notice",
    "question",
    "defect",
    "scheduled-call",
    "script",
    "critical",
    "fax",
)
TARGETED = ("refresh", "feature-change")


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    """SQLite without the program, with request 1 in the database."""
    with opened(file):
        pass
    with raw(file) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        put(connection, "request", {**REQUEST, "id": 1})
        yield connection


def refused(connection: sqlite3.Connection, table: str, row: dict[str, object], reason: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        put(connection, table, row)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_kept_also_one_that_nobody_has_thought_of(connection: sqlite3.Connection, kind: str) -> None:
    environment = "mirrored" if kind in TARGETED else None
    change = "enable" if kind == "feature-change" else None
    put(connection, "request", {**REQUEST, "kind": kind, "environment": environment, "change": change})


@pytest.mark.parametrize("kind", TARGETED)
@pytest.mark.parametrize("environment", ["production", None])
def test_neither_a_refresh_nor_a_feature_change_is_for_production_or_for_nothing(
    connection: sqlite3.Connection, kind: str, environment: str | None
) -> None:
    change = "enable" if kind == "feature-change" else None
    refused(
        connection, "request", {**REQUEST, "kind": kind, "environment": environment, "change": change},
        "ck_request_target",
    )  # fmt: skip
    put(connection, "request", {**REQUEST, "kind": kind, "environment": "mirrored", "change": change})
    with pytest.raises(sqlite3.IntegrityError, match="ck_request_target"):
        connection.execute("UPDATE request SET environment = ? WHERE id = 7", [environment])


def test_other_requests_may_be_about_production(connection: sqlite3.Connection) -> None:
    put(connection, "request", {**REQUEST, "kind": "defect", "environment": "production"})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "feature-change", "environment": "mirrored"}, "ck_request_change"),
        ({"change": "enable"}, "ck_request_change"),
        ({"defect_number": "PEN-1"}, "ck_request_defect"),
        ({"defect_severity": "S1"}, "ck_request_defect"),
        ({"reason": None}, "NOT NULL"),
        ({"created_at": None}, "NOT NULL"),
    ],
    ids=str,
)
def test_a_request_that_contradicts_itself_is_not_kept(
    connection: sqlite3.Connection, fields: dict[str, object], reason: str
) -> None:
    refused(connection, "request", {**REQUEST, **fields}, reason)


@pytest.mark.parametrize("table", ["request_remark", "outgoing_message", "reply_offer"])
def test_what_belongs_to_a_request_needs_one_that_exists(connection: sqlite3.Connection, table: str) -> None:
    row = {"request_remark": REMARK, "outgoing_message": MESSAGE, "reply_offer": OFFER}[table]
    put(connection, table, row)
    refused(connection, table, {**row, "id": 2, "request_id": 99, **_other(table)}, "FOREIGN KEY")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("DELETE FROM request WHERE id = 1")


def _other(table: str) -> dict[str, object]:
    """What has to differ in a second row."""
    return {"message_id": "<2@agency.example>"} if table == "outgoing_message" else {}


@pytest.mark.parametrize("first", ["waiting", "sending"])
@pytest.mark.parametrize("second", ["waiting", "sending"])
@pytest.mark.parametrize("belongs", [{"request_id": 1}, {"request_id": None, "window_key": "2026-12"}], ids=str)
def test_one_message_of_a_request_or_to_the_staff_is_on_its_way_at_a_time(
    connection: sqlite3.Connection, first: str, second: str, belongs: dict[str, object]
) -> None:
    claim = {"waiting": {"claimed_by": None}, "sending": {"claimed_by": "x"}}
    mine = {**MESSAGE, **belongs}
    put(connection, "outgoing_message", {**mine, "state": first, **claim[first]})
    other = {**mine, "id": 2, "message_id": "<2@agency.example>"}
    refused(connection, "outgoing_message", {**other, "state": second, **claim[second]}, f"UNIQUE.*{[*belongs][-1]}")
    for number, state in enumerate(("sent", "failed", "cancelled"), 3):
        put(connection, "outgoing_message", {**mine, "id": number, "message_id": f"<{number}@x>", "state": state})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "sending"}, "ck_outgoing_message_claim"),
        ({"claimed_by": "x"}, "ck_outgoing_message_claim"),
        ({"request_id": None}, "ck_outgoing_message_belongs"),
        ({"window_key": "2026-12"}, "ck_outgoing_message_belongs"),
    ],
    ids=str,
)
def test_a_message_that_contradicts_itself_is_not_kept(
    connection: sqlite3.Connection, fields: dict[str, object], reason: str
) -> None:
    refused(connection, "outgoing_message", {**MESSAGE, **fields}, reason)


def test_a_message_id_is_used_once(connection: sqlite3.Connection) -> None:
    put(connection, "outgoing_message", {**MESSAGE, "state": "sent"})
    refused(connection, "outgoing_message", {**MESSAGE, "id": 2, "state": "sent"}, "UNIQUE.*message_id")


def test_a_number_is_offered_once_for_a_request(connection: sqlite3.Connection) -> None:
    put(connection, "reply_offer", {**OFFER, "state": "dismissed"})
    refused(connection, "reply_offer", {**OFFER, "id": 2}, "UNIQUE")
    put(connection, "reply_offer", {**OFFER, "id": 2, "case_number": "00999999"})
