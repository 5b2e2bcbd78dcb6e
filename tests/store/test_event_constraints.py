"""What the database itself refuses to keep about events, losses, proofs, check-lists and projects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.files import opened, put, raw, without_triggers

LOCKED = ("clientconnect", "engage", "ClientConnect", "ENGAGE")
EVENT: dict[str, object] = {
    "environment": "mirrored", "kind": "upgraded", "at": "2026-12-01", "recorded_at": "2026-12-01", "by": "ada",
}  # fmt: skip
SWITCHED = EVENT | {"kind": "switched", "feature": "dss", "outcome": "on"}
LOSS: dict[str, object] = {"event_id": 1, "feature": "dss", "was": "on"}
PROOF: dict[str, object] = {
    "event_id": 1, "source": "1 file", "verdict": "real", "confidence": "high", "sentence": "x", "details": "[]",
}  # fmt: skip
ANSWER: dict[str, object] = {"event_id": 1, "effect": 1, "result": "pass", "at": "2026-12-01", "by": "ada"}
PROJECT: dict[str, object] = {
    "environment": "mirrored", "name": "Pilot", "purpose": "x", "first_day": "2026-12-01", "last_day": "2026-12-01",
    "state": "planned", "created_at": "2026-12-01", "by": "ada", "version": 1,
}  # fmt: skip
USE: dict[str, object] = {"project_id": 1, "feature": "dss", "first_day": "2026-12-01", "last_day": "2026-12-01"}


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    """SQLite without the program, with event 1 and project 1 in the database."""
    with opened(file):
        pass
    with raw(file) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        put(connection, "environment_event", EVENT)
        put(connection, "project", PROJECT)
        yield connection


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("environment_event", EVENT | {"kind": "corrected"}, "ck_environment_event_corrects"),
        ("environment_event", EVENT | {"corrects": 1}, "ck_environment_event_corrects"),
        ("environment_event", EVENT | {"kind": "corrected", "corrects": 9}, "FOREIGN KEY"),
        ("environment_event", EVENT | {"feature": "dss"}, "ck_environment_event_feature"),
        ("environment_event", SWITCHED | {"feature": None}, "ck_environment_event_feature"),
        ("feature_loss", LOSS | {"event_id": 9}, "FOREIGN KEY"),
        ("proof", PROOF | {"event_id": 9}, "FOREIGN KEY"),
        ("check_answer", ANSWER | {"file_name": "x.png"}, "ck_check_answer_file"),
        ("check_answer", ANSWER | {"file_sha256": "ab" * 32}, "ck_check_answer_file"),
        ("check_answer", ANSWER | {"event_id": 9}, "FOREIGN KEY"),
        ("check_answer", ANSWER | {"proof_id": 9}, "FOREIGN KEY"),
        ("check_answer", ANSWER | {"raised": 9}, "FOREIGN KEY"),
        ("project", PROJECT | {"last_day": "2026-11-30"}, "ck_project_span"),
        ("project", PROJECT | {"environment": "production"}, "ck_project_target"),
        ("project", PROJECT | {"request_id": 9}, "FOREIGN KEY"),
        ("project_feature", USE | {"last_day": "2026-11-30"}, "ck_project_feature_span"),
        ("project_feature", USE | {"project_id": 9}, "FOREIGN KEY"),
    ],
)
def test_what_contradicts_itself_is_not_kept(
    connection: sqlite3.Connection, table: str, row: dict[str, object], reason: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        put(connection, table, row)


@pytest.mark.parametrize("feature", LOCKED)
def test_nothing_says_of_a_locked_feature_that_it_was_or_is_to_be_on(
    connection: sqlite3.Connection, feature: str
) -> None:
    for table, row in (
        ("environment_event", SWITCHED | {"feature": feature}),
        ("feature_loss", LOSS | {"feature": feature}),
        ("project_feature", USE | {"feature": feature}),
    ):
        with pytest.raises(sqlite3.IntegrityError, match=f"ck_{table}_locked"):
            put(connection, table, row)
    put(connection, "environment_event", SWITCHED | {"feature": feature, "outcome": "off"})
    without_triggers(connection)
    with pytest.raises(sqlite3.IntegrityError, match="ck_environment_event_locked"):
        connection.execute("UPDATE environment_event SET outcome = 'on' WHERE kind = 'switched'")


def test_whole_rows_are_kept(connection: sqlite3.Connection) -> None:
    put(connection, "environment_event", SWITCHED)
    put(connection, "feature_loss", LOSS)
    put(connection, "proof", PROOF)
    put(connection, "check_answer", ANSWER | {"proof_id": 1, "raised": 1, "file_name": "x", "file_sha256": "ab" * 32})
    put(connection, "project_feature", USE)
    for table, row in (("feature_loss", LOSS), ("proof", PROOF), ("project_feature", USE)):
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            put(connection, table, row)
