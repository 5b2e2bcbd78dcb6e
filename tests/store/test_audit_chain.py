"""The activity log: append-only in the database, and whatever is changed around that shows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.errors import StoreError
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import Store
from tests.effort import examples
from tests.store.files import NOW, counts, opened, raw, without_triggers, write

ENTRIES = 6


@pytest.fixture
def log(store: Store, file: Path) -> Path:
    """A database with six entries in its log."""
    write(store, ENTRIES)
    return file


def first_broken(store: Store) -> int | None:
    with store.reading() as connection:
        return audit.first_broken(connection)


def test_an_empty_log_is_unbroken(store: Store) -> None:
    assert first_broken(store) is None
    with store.reading() as connection:
        assert audit.head(connection) == (0, "0" * 64)


def test_entries_are_numbered_and_each_holds_the_hash_of_the_one_before(store: Store, log: Path) -> None:
    with store.reading() as connection:
        entries = audit.page(connection)[::-1]
        assert audit.head(connection) == (ENTRIES, entries[-1].hash)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.previous_hash for entry in entries] == ["0" * 64, *(entry.hash for entry in entries[:-1])]
    assert len({entry.hash for entry in entries}) == ENTRIES
    assert first_broken(store) is None


def test_an_entry_says_who_what_when_and_what_it_changed(store: Store) -> None:
    with store.writing() as connection:
        audit.append(
            connection,
            at=NOW,
            who="ada",
            action="feature.enabled",
            subject="mirrored/dss",
            before={"state": "off", "since": None},
            after={"state": "on", "since": NOW, "until": NOW.date(), "why": "Prüfung"},
        )
    with store.reading() as connection:
        (entry,) = audit.page(connection)
    assert (entry.at, entry.who, entry.action, entry.subject) == (NOW, "ada", "feature.enabled", "mirrored/dss")
    assert entry.before == '{"since": null, "state": "off"}'
    assert entry.after == (
        '{"since": "2026-12-01T12:00:00+00:00", "state": "on", "until": "2026-12-01", "why": "Prüfung"}'
    )


def test_an_entry_of_a_transaction_that_fails_is_not_kept(store: Store, log: Path) -> None:
    def fails_half_way() -> None:
        with store.writing() as connection:
            audit.append(connection, at=NOW, who="ada", action="a", subject="b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_half_way()
    assert counts(store) == (ENTRIES, ENTRIES, None)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FACTS = st.none() | st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | TEXTS, max_size=3)


INSTANTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - naive bounds are asked for
    datetime(2100, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone(timedelta(hours=13))]),
)


@settings(max_examples=examples(20, long=400))
@given(entries=st.lists(st.tuples(INSTANTS, TEXTS, TEXTS, FACTS, FACTS), min_size=1, max_size=4))
def test_whatever_is_appended_can_be_verified(
    long_log: Store, entries: list[tuple[datetime, str, str, audit.Facts | None, audit.Facts | None]]
) -> None:
    for at, who, subject, before, after in entries:
        with long_log.writing() as connection:
            audit.append(connection, at=at, who=who, action="a", subject=subject, before=before, after=after)
    assert first_broken(long_log) is None
    with long_log.reading() as connection:
        newest = audit.page(connection, limit=len(entries))[::-1]
    assert [(entry.at, entry.who, entry.subject) for entry in newest] == [entry[:3] for entry in entries]


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> object:
    """One log for many entries: it only ever grows."""
    with opened(tmp_path_factory.mktemp("log") / "penelope-admin.db") as store:
        yield store


def test_an_instant_without_a_zone_is_a_bug_and_not_appended(store: Store) -> None:
    naive = datetime(2026, 5, 4, 12)  # noqa: DTZ001 - the point of the test
    with pytest.raises(sa.exc.StatementError, match="only aware instants"), store.writing() as connection:
        audit.append(connection, at=naive, who="ada", action="a", subject="b")


def test_a_log_longer_than_one_reading_is_verified_to_its_end(store: Store, file: Path) -> None:
    with store.writing() as connection:
        for nth in range(2100):
            audit.append(connection, at=NOW, who="ada", action="a", subject=str(nth))
    assert first_broken(store) is None
    with raw(file) as connection:
        without_triggers(connection)
        connection.execute("UPDATE audit_entry SET subject = 'x' WHERE seq = 2099")
    assert first_broken(store) == 2099


REFUSED = {
    "an update": "UPDATE audit_entry SET who = 'eve' WHERE seq = 3",
    "an update that changes nothing": "UPDATE audit_entry SET who = who",
    "an update or replace": "UPDATE OR REPLACE audit_entry SET seq = 2 WHERE seq = 3",
    "a deletion": "DELETE FROM audit_entry WHERE seq = 6",
    "a deletion of everything": "DELETE FROM audit_entry",
    "a replacement": "INSERT OR REPLACE INTO audit_entry SELECT seq, at, 'eve', action, subject, before, after, "
    "previous_hash, hash, changed FROM audit_entry WHERE seq = 3",
    "a replacement of the newest": "REPLACE INTO audit_entry SELECT seq, at, 'eve', action, subject, before, after, "
    "previous_hash, hash, changed FROM audit_entry WHERE seq = 6",
    "an upsert": "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 3 "
    "ON CONFLICT (seq) DO UPDATE SET who = 'eve'",
    "an ignored duplicate": "INSERT OR IGNORE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 3",
    "an entry before the first": "INSERT INTO audit_entry SELECT 0, at, who, action, subject, before, after, "
    "previous_hash, hash, changed FROM audit_entry WHERE seq = 1",
    "an entry that leaves a gap": "INSERT INTO audit_entry SELECT 8, at, who, action, subject, before, after, "
    "hash, hash, changed FROM audit_entry WHERE seq = 6",
    "an entry without a number": "INSERT INTO audit_entry SELECT NULL, at, who, action, subject, before, after, "
    "'', hash, changed FROM audit_entry WHERE seq = 6",
    "an entry that does not go on from the newest": "INSERT INTO audit_entry SELECT 7, at, who, action, subject, "
    "before, after, previous_hash, hash, changed FROM audit_entry WHERE seq = 6",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses_to_change_the_log(store: Store, log: Path, statement: str) -> None:
    with raw(log) as connection:
        before = connection.execute("SELECT * FROM audit_entry").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="the activity log is append-only"):
            connection.execute(statement)
        assert connection.execute("SELECT * FROM audit_entry").fetchall() == before
    assert first_broken(store) is None


def test_the_program_reports_the_refusal_in_its_own_words(store: Store, log: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"refused the change \(the activity log is append-only\)\. Nothing was saved"),
        store.writing() as connection,
    ):
        connection.execute(sa.delete(schema.audit_entry))


def test_an_entry_that_goes_on_from_the_newest_is_taken(store: Store, log: Path) -> None:
    """The triggers refuse what breaks the order, not every insert: the refusals above are theirs."""
    with raw(log) as connection:
        connection.execute(
            "INSERT INTO audit_entry SELECT 7, at, who, action, subject, before, after, hash, 'x', changed "
            "FROM audit_entry WHERE seq = 6"
        )
    assert first_broken(store) == 7


COLUMNS = {
    "at": "2026-12-01 12:00:00.000001",
    "who": "eve",
    "action": "feature.disabled",
    "subject": "another deed",
    "before": "{}",
    "after": '{"nth": 99}',
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
    "changed": "{}",
}


@pytest.mark.parametrize("seq", [1, 3, ENTRIES])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_entry_is_named(store: Store, log: Path, column: str, seq: int) -> None:
    with raw(log) as connection:
        without_triggers(connection)
        connection.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", (COLUMNS[column], seq))
    assert first_broken(store) == seq


@pytest.mark.parametrize("value", ["", "yesterday", 5, 0.5, b"\x00", "2026-12-01 12:00:00+01:00"])
def test_a_time_that_is_none_is_named_like_any_other_change(store: Store, log: Path, value: object) -> None:
    with raw(log) as connection:
        without_triggers(connection)
        connection.execute("UPDATE audit_entry SET at = ? WHERE seq = 4", (value,))
    assert first_broken(store) == 4


def test_facts_that_were_absent_cannot_be_added_unseen(store: Store, log: Path) -> None:
    for column in ("before", "after"):
        with store.reading() as connection:
            assert [getattr(entry, column) is None for entry in audit.page(connection)] == [column == "before"] * 6
    with raw(log) as connection:
        without_triggers(connection)
        connection.execute("UPDATE audit_entry SET before = 'null' WHERE seq = 2")
    assert first_broken(store) == 2


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("DELETE FROM audit_entry WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 4", 4),
        ("DELETE FROM audit_entry WHERE seq IN (2, 3)", 2),
        ("UPDATE audit_entry SET seq = 9 WHERE seq = 5", 5),
        ("UPDATE audit_entry SET seq = 0 WHERE seq = 2", 1),
        ("UPDATE audit_entry SET seq = -1 WHERE seq = 6", 1),
        (
            "INSERT INTO audit_entry SELECT 7, at, who, action, subject, before, after, previous_hash, hash, "
            "changed FROM audit_entry WHERE seq = 6",
            7,
        ),
    ],
)
def test_an_entry_that_is_missing_moved_or_added_is_found(store: Store, log: Path, statement: str, broken: int) -> None:
    with raw(log) as connection:
        without_triggers(connection)
        connection.execute(statement)
    assert first_broken(store) == broken


def test_two_entries_that_changed_places_are_found(store: Store, log: Path) -> None:
    with raw(log) as connection:
        without_triggers(connection)
        connection.executescript(
            "UPDATE audit_entry SET seq = 100 WHERE seq = 2;"
            "UPDATE audit_entry SET seq = 2 WHERE seq = 5;"
            "UPDATE audit_entry SET seq = 5 WHERE seq = 100;"
        )
    assert first_broken(store) == 2


def test_a_forged_entry_with_a_hash_of_its_own_breaks_the_next(store: Store, log: Path) -> None:
    """Somebody who knows how hashes are made, but does not make all that follow anew."""
    with store.reading() as connection:
        entry = next(entry for entry in audit.page(connection) if entry.seq == 3)
    forged_hash = audit.hash_of({name: getattr(entry, name) for name in entry.__slots__} | {"who": "eve"})
    with raw(log) as connection:
        without_triggers(connection)
        connection.execute("UPDATE audit_entry SET who = 'eve', hash = ? WHERE seq = 3", (forged_hash,))
        assert first_broken(store) == 4
        connection.execute("UPDATE audit_entry SET previous_hash = ? WHERE seq = 4", (forged_hash,))
    assert first_broken(store) == 4


@given(seq=st.integers(1, ENTRIES), column=st.sampled_from(sorted(COLUMNS)), value=TEXTS)
def test_any_change_of_a_text_is_found(tampered: tuple[Store, Path], seq: int, column: str, value: str) -> None:
    store, file = tampered
    with raw(file) as connection:
        (before,) = connection.execute(f"SELECT {column} FROM audit_entry WHERE seq = ?", (seq,)).fetchone()
        connection.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", (value, seq))
        try:
            assert first_broken(store) == (seq if value != before else None)
        finally:
            connection.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", (before, seq))


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A log without protection, put right again after each change."""
    file = tmp_path_factory.mktemp("tampered") / "penelope-admin.db"
    with opened(file) as store:
        write(store, ENTRIES)
        with raw(file) as connection:
            without_triggers(connection)
        yield store, file
        assert first_broken(store) is None
