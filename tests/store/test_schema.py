"""The tables: migrations make what the program expects, and the database's own rules hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.errors import DamagedError, RefusedError, StoreError
from penelope_admin.store import dialects, migrate, schema
from penelope_admin.store.engine import Store, new_id
from tests.store.files import NOW, definitions, opened, raw, without_triggers

LOCKED = ("clientconnect", "engage")
CAPITALS = st.sampled_from(LOCKED).flatmap(
    lambda key: st.tuples(*(st.sampled_from([letter, letter.upper()]) for letter in key)).map("".join)
)


def test_migrations_make_the_tables_that_the_program_expects(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_migrations_make_the_same_constraints_as_the_tables_have_in_code(file: Path, tmp_path: Path) -> None:
    """The comparison above looks at no CHECK constraints and no defaults; the definitions SQLite keeps have them."""
    direct = sa.create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    schema.metadata.create_all(direct)
    direct.dispose()
    with opened(file):
        pass
    assert definitions(file) - {"alembic_version"} == definitions(tmp_path / "direct.db")


def test_the_newest_migration_is_the_one_the_program_asks_for() -> None:
    assert ScriptDirectory.from_config(migrate.configuration()).get_heads() == [schema.REVISION]


def test_a_database_that_was_migrated_says_so(store: Store) -> None:
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).all() == [(schema.REVISION,)]


def test_the_log_s_triggers_are_made_with_the_tables(file: Path) -> None:
    with opened(file):
        pass
    with raw(file) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert len(names) == len(dialects.AUDIT_TRIGGERS["sqlite"]) + len(dialects.EVENT_TRIGGERS["sqlite"]) == 6


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        yield


def state_row(connection: sqlite3.Connection, feature: str, state: str, pending: str | None) -> None:
    connection.execute(
        "INSERT INTO feature_state (environment, feature, state, pending_change, version) "
        "VALUES ('mirrored', ?, ?, ?, 1)",
        (feature, state, pending),
    )


@given(feature=CAPITALS, state=st.sampled_from(["on", "unknown"]))
def test_no_row_can_say_that_a_locked_feature_is_on_or_may_be(
    schema_only: sqlite3.Connection, feature: str, state: str
) -> None:
    with refused("ck_feature_state_locked"):
        state_row(schema_only, feature, state, None)


@given(feature=CAPITALS, pending=st.sampled_from(["enable", "disable"]))
def test_no_row_can_say_that_a_locked_feature_is_about_to_change(
    schema_only: sqlite3.Connection, feature: str, pending: str
) -> None:
    with refused("ck_feature_state_locked"):
        state_row(schema_only, feature, "off", pending)


@given(feature=CAPITALS)
def test_no_request_can_ask_for_a_locked_feature(schema_only: sqlite3.Connection, feature: str) -> None:
    with refused("ck_request_feature_locked"):
        schema_only.execute("INSERT INTO request_feature (request_id, feature) VALUES (1, ?)", (feature,))


@pytest.fixture(scope="module")
def schema_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """One empty database for many refusals: nothing is ever written to it."""
    file = tmp_path_factory.mktemp("schema") / "penelope-admin.db"
    with opened(file):
        pass
    with raw(file) as connection:
        yield connection
        assert connection.execute("SELECT count(*) FROM feature_state").fetchone() == (0,)


@pytest.mark.parametrize("feature", LOCKED)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE feature_state SET state = 'on'",
        "UPDATE feature_state SET state = 'unknown'",
        "UPDATE feature_state SET pending_change = 'enable'",
        "UPDATE OR REPLACE feature_state SET state = 'on'",
        "INSERT OR REPLACE INTO feature_state (environment, feature, state, version) "
        "SELECT environment, feature, 'on', 2 FROM feature_state",
        "INSERT INTO feature_state (environment, feature, state, version) "
        "SELECT environment, feature, state, 2 FROM feature_state WHERE true ON CONFLICT DO UPDATE SET state = 'on'",
    ],
)
def test_a_locked_feature_s_row_cannot_be_changed_to_on(store: Store, file: Path, feature: str, change: str) -> None:
    with raw(file) as connection:
        state_row(connection, feature, "off", None)
        with refused("ck_feature_state_locked"):
            connection.execute(change)
        assert connection.execute("SELECT feature, state, pending_change FROM feature_state").fetchall() == [
            (feature, "off", None)
        ]


@pytest.mark.parametrize("feature", LOCKED)
def test_the_program_tells_the_database_s_refusal_in_its_own_words(store: Store, feature: str) -> None:
    row = {"environment": "mirrored", "feature": feature.upper(), "state": "on", "version": 1}
    with (
        pytest.raises(RefusedError, match="refuses to enable ClientConnect or Engage. Nothing was saved"),  # noqa: RUF043
        store.writing() as connection,
    ):
        connection.execute(sa.insert(schema.feature_state).values(**row))


@pytest.mark.parametrize(("state", "pending"), [("on", None), ("off", "enable"), ("unknown", "disable")])
def test_other_features_can_be_in_any_state(store: Store, file: Path, state: str, pending: str | None) -> None:
    with raw(file) as connection:
        state_row(connection, "external-communications.sms", state, pending)


def test_only_known_words_are_kept_and_read(store: Store, file: Path) -> None:
    row = {"environment": "mirrored", "feature": "dss", "state": "ON", "version": 1}
    with pytest.raises(sa.exc.StatementError, match="'ON' is none of off, on, unknown"), store.writing() as connection:
        connection.execute(sa.insert(schema.feature_state), row)
    with raw(file) as connection:
        state_row(connection, "dss", "ON", None)
    with pytest.raises(DamagedError, match=r"state in .* is none of the words known there"), store.reading() as other:
        other.execute(sa.select(schema.feature_state.c.state)).all()


def test_a_request_never_targets_production(store: Store) -> None:
    row = {"kind": "refresh", "environment": "production", "status": "drafted", "reason": "x", "version": 1}
    with (
        pytest.raises(
            StoreError, match=r"The database refused the change \(CHECK constraint failed: ck_request_target"
        ),
        store.writing() as connection,
    ):
        connection.execute(sa.insert(schema.request).values(**row, created_at=NOW))


def test_a_notice_ends_after_it_starts(store: Store) -> None:
    row = {"kind": "announced", "starts_at": NOW, "recorded_at": NOW, "by": "ada"}
    with pytest.raises(StoreError, match="ck_notice_span"), store.writing() as connection:
        connection.execute(sa.insert(schema.notice).values(**row, ends_at=NOW))


def test_there_is_one_agency_at_most(store: Store) -> None:
    row = {"name": "Prairie House", "region": "CA", "zone": "America/Resolute", "created_at": NOW, "version": 1}
    with store.writing() as connection:
        connection.execute(sa.insert(schema.agency).values(**row, id=1))
    with pytest.raises(StoreError, match="ck_agency_single"), store.writing() as connection:
        connection.execute(sa.insert(schema.agency).values(**row, id=2))


def test_a_correction_names_what_it_corrects_and_that_once(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(schema.environment_event).values(**EVENT, at=NOW))
        correction = EVENT | {"kind": "corrected", "at": NOW}
        connection.execute(sa.insert(schema.environment_event).values(**correction, corrects=1))
    for wrong, reason in (
        (correction | {"corrects": 1}, "events are never changed"),
        (correction | {"corrects": 9}, "FOREIGN KEY constraint failed"),
        (correction, "ck_environment_event_corrects"),
        (EVENT | {"at": NOW, "corrects": 2}, "ck_environment_event_corrects"),
    ):
        with pytest.raises(StoreError, match=reason), store.writing() as connection:
            connection.execute(sa.insert(schema.environment_event).values(**wrong))


def test_a_step_belongs_to_a_request_that_exists(store: Store) -> None:
    row = {"request_id": 7, "at": NOW, "status": "drafted", "by": "ada"}
    with pytest.raises(StoreError, match="FOREIGN KEY constraint failed"), store.writing() as connection:
        connection.execute(sa.insert(schema.request_step).values(**row))


def test_the_number_of_a_request_that_is_gone_is_not_used_again(store: Store) -> None:
    row = {"kind": "refresh", "environment": "mirrored", "status": "drafted", "reason": "x", "version": 1}
    numbers = []
    for _ in range(2):
        with store.writing() as connection:
            made = connection.execute(sa.insert(schema.request).values(**row, created_at=NOW))
            numbers.append(new_id(made))
            connection.execute(sa.delete(schema.request))
    assert numbers == [1, 2]


EVENT = {"environment": "mirrored", "kind": "upgraded", "recorded_at": NOW, "by": "ada"}


@given(
    at=st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001 - naive bounds are asked for
        datetime(2100, 12, 31),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=13)), timezone(-timedelta(hours=9, minutes=30))]),
    )
)
def test_an_instant_comes_back_as_it_was_in_utc(instants: Store, at: datetime) -> None:
    with instants.writing() as connection:
        key = new_id(connection.execute(sa.insert(schema.environment_event).values(**EVENT, at=at)))
        table = schema.environment_event
        found = connection.execute(sa.select(table.c.at).where(table.c.id == key)).scalar_one()
    assert found == at
    assert found.tzinfo is UTC


@pytest.fixture(scope="module")
def instants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for many instants, one at a time."""
    with opened(tmp_path_factory.mktemp("instants") / "penelope-admin.db") as store:
        yield store


def test_instants_are_sorted_by_time_in_the_database_too(store: Store) -> None:
    east, west = timezone(timedelta(hours=13)), timezone(-timedelta(hours=9))
    early, late = datetime(2026, 5, 5, 1, tzinfo=east), datetime(2026, 5, 4, 12, tzinfo=west)
    assert early < late
    with store.writing() as connection:
        for at in (late, early):
            connection.execute(sa.insert(schema.environment_event).values(**EVENT, at=at))
        column = schema.environment_event.c.at
        assert list(connection.execute(sa.select(column).order_by(column)).scalars()) == [early, late]
        assert connection.execute(sa.select(sa.func.count()).where(column > early)).scalar_one() == 1


def test_an_instant_without_a_zone_is_a_bug_and_not_stored(store: Store) -> None:
    naive = datetime(2026, 5, 4, 12)  # noqa: DTZ001 - the point of the test
    with (
        pytest.raises(sa.exc.StatementError, match="only aware instants are stored"),
        store.writing() as connection,
    ):
        connection.execute(sa.insert(schema.environment_event).values(**EVENT, at=naive))


@pytest.mark.parametrize("stored", ["yesterday", "", 5, b"\xff"])
def test_what_is_no_time_is_reported_as_damage(store: Store, file: Path, stored: object) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(schema.environment_event).values(**EVENT, at=NOW))
    with raw(file) as connection:
        without_triggers(connection)
        connection.execute("UPDATE environment_event SET at = ?", (stored,))
    says = r"at in row 1 of the table environment_event is no time from 1970 to 2100\. It was left as it is\."
    with pytest.raises(DamagedError, match=says), store.reading() as reading:
        reading.execute(sa.select(schema.environment_event)).all()


def test_dates_and_times_that_are_absent_stay_absent(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(
            sa.insert(schema.feature_state).values(
                environment="mirrored", feature="dss", state="unknown", until=date(2026, 5, 4), version=1
            )
        )
        row = connection.execute(sa.select(schema.feature_state)).one()
    assert (row.since, row.until) == (None, date(2026, 5, 4))
