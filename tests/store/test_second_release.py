"""A database of the second release, brought to today's revision: its events and their corrections count as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.policy import Policy
from penelope_admin.services import agency, checklists, environments, features
from penelope_admin.services.work import Context
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import Store, open_store, revision_of
from tests.store import second_release
from tests.store.files import NOW, definitions, is_sound, opened, raw, url_of
from tests.wishes import DRAFTED_AT


@pytest.fixture
def old(file: Path) -> Path:
    """The second release's database."""
    engine = sa.create_engine(url_of(file))
    with engine.begin() as connection:
        second_release.make(connection)
    engine.dispose()
    return file


@pytest.fixture
def store(old: Path, tmp_path: Path) -> Iterator[Store]:
    """The same, opened by the program of today."""
    store = open_store(url_of(old), NOW, tmp_path / "backups")
    yield store
    store.close()


@pytest.fixture
def context(store: Store, tmp_path: Path, policy: Policy) -> Context:
    """The services on it."""
    return Context(store, FixedClock(DRAFTED_AT), policy, "ada", tmp_path)


@pytest.mark.parametrize("table", second_release.ROWS)
def test_every_row_is_as_it_was(store: Store, table: str) -> None:
    with store.reading() as connection:
        assert revision_of(connection) == schema.REVISION
        assert second_release.read(connection, table) == second_release.ROWS[table]


def _mirrored(context: Context) -> environments.EnvironmentView:
    return next(view for view in context.read(environments.find_all) if view.environment.key == "mirrored")


def test_a_database_of_which_something_is_recorded_and_that_was_dropped_is_no_longer_the_agency_s(
    context: Context,
) -> None:
    with context.store.reading() as connection:
        assert agency.read_left(context.policy, connection) == ("training-b",)
    assert context.read(agency.need_profile).environments == ("production", "mirrored")


def test_what_is_new_is_empty_in_the_old_rows(store: Store) -> None:
    with store.reading() as connection:
        event, state = schema.environment_event.c, schema.feature_state.c
        assert set(connection.execute(sa.select(event.window, event.feature, event.outcome))) == {(None, None, None)}
        assert set(connection.execute(sa.select(state.pending_by, state.pending_approved_by))) == {(None, None)}
        assert audit.first_broken(connection) is None


def test_it_has_the_same_tables_as_a_database_made_today(store: Store, old: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "fresh.db"):
        pass
    assert definitions(old) == definitions(tmp_path / "fresh.db")
    with raw(old) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'kept%'").fetchall() == []
    assert is_sound(old)


def test_a_copy_of_the_old_one_is_kept(store: Store, tmp_path: Path) -> None:
    (kept,) = (tmp_path / "backups").iterdir()
    with raw(kept) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert connection.execute("SELECT count(*) FROM environment_event").fetchone() == (7,)


def test_corrections_still_count(context: Context) -> None:
    views = {view.environment.key: view for view in context.read(environments.find_all)}
    mirrored = views["mirrored"]
    assert mirrored.posture.contact_details == "de-identified"
    assert (mirrored.posture.last_refresh, mirrored.version) == (None, "2026.12")
    assert {event.corrects for event in mirrored.events if event.kind == "corrected"} == {3}
    assert views["production"].posture.last_upgrade is None


def test_new_events_get_numbers_behind_the_highest(context: Context) -> None:
    done = context.write(environments.record_event, "mirrored", "script-run", DRAFTED_AT)
    assert done.value.event_id == second_release.LAST_EVENT + 1
    context.write(environments.correct_event, done.value.event_id)
    context.write(environments.correct_event, 4, "It was the training database")
    assert _mirrored(context).posture.last_upgrade is not None


def test_its_upgrades_have_check_lists_to_fill_in(context: Context) -> None:
    assert [found.event.id for found in context.read(checklists.find_all)] == [4, 1]
    assert context.write(checklists.answer, 4, 1, "fail").value.failed
    assert _mirrored(context).posture.contact_details == "real"


def test_its_plans_can_be_done_and_a_second_person_is_not_wanted_by_itself(context: Context) -> None:
    assert not context.read(agency.need_profile).second_person
    done = context.write(features.confirm_done, "external-communications.sms").value
    assert (done.state, done.reason, done.until) == ("on", "Reminders", second_release.PLAN["pending_until"])
