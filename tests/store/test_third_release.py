"""A database of the third release, brought to today's revision: its requests count, its copy is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.errors import RefusedError
from penelope_admin.policy import Policy
from penelope_admin.services import agency, checklists, features, projects, requests
from penelope_admin.services.work import Context
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import Store, open_store, revision_of
from tests.store import second_release, third_release
from tests.store.files import NOW, definitions, is_sound, opened, raw, url_of
from tests.store.third_release import SMS
from tests.wishes import DRAFTED_AT, WISHES


@pytest.fixture
def old(file: Path) -> Path:
    """The third release's database."""
    engine = sa.create_engine(url_of(file))
    with engine.begin() as connection:
        third_release.make(connection)
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


@pytest.mark.parametrize("table", third_release.ROWS)
def test_every_row_is_as_it_was(store: Store, table: str) -> None:
    with store.reading() as connection:
        assert revision_of(connection) == schema.REVISION
        assert third_release.read(connection, table) == third_release.ROWS[table]


def test_what_is_new_is_empty_in_the_old_rows(store: Store) -> None:
    with store.reading() as connection:
        assert set(connection.execute(sa.select(schema.request.c.queue_empty)).scalars()) == {None}
        assert set(connection.execute(sa.select(schema.feature_state.c.pending_queue_empty)).scalars()) == {None}
        assert connection.execute(sa.select(schema.agency.c.support_package)).scalar() == "unknown"
        assert audit.first_broken(connection) is None


def test_it_has_the_same_tables_as_a_database_made_today(store: Store, old: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "fresh.db"):
        pass
    assert definitions(old) == definitions(tmp_path / "fresh.db")
    with raw(old) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'kept%'").fetchall() == []
    assert is_sound(old)


def test_what_belongs_to_its_requests_still_does(context: Context) -> None:
    view = context.read(requests.find, 3)
    assert [note.text for note in view.request.remarks] == ["Called – twice\nmore"]
    assert view.message is not None
    assert view.message.state == "sent"
    (project,) = context.read(projects.find_all)
    assert (project.project.request_id, project.project.request_status) == (6, "scheduled")


def test_requests_of_kinds_it_did_not_know_get_numbers_behind_the_highest(context: Context) -> None:
    wish = replace(WISHES["script"], earliest=None, latest=None)
    assert context.write(requests.draft, wish).value.request.id == second_release.QUESTION["id"] + 1


def test_its_refresh_has_a_check_list_to_fill_in(context: Context) -> None:
    newest, *_ = context.read(checklists.find_all)
    assert (newest.event.id, newest.occasion, len(newest.lines)) == (third_release.REFRESHED, "refresh", 4)


def test_a_plan_from_before_the_question_about_queues_is_done_once_somebody_has_looked(context: Context) -> None:
    with pytest.raises(RefusedError, match="communications queue"):
        context.write(features.confirm_done, SMS)
    context.write(checklists.answer, third_release.REFRESHED, 1, "pass")
    assert context.write(features.confirm_done, SMS).value.state == "on"


def test_its_agency_can_keep_the_address_of_the_release_notes(context: Context) -> None:
    profile = context.read(agency.need_profile)
    assert profile.release_notes_url == ""
    kept = msgspec.structs.replace(profile, release_notes_url="https://vendor.example/notes")
    assert context.write(agency.update, kept).value.release_notes_url == "https://vendor.example/notes"


def test_its_agency_can_name_its_own_mail(context: Context) -> None:
    profile = context.read(agency.need_profile)
    assert profile.own_mail == ""
    kept = msgspec.structs.replace(profile, own_mail="test@Agency.ca; agency.org")
    assert context.write(agency.update, kept).value.own_mail == "agency.org, test@agency.ca"


def test_its_agency_can_say_that_it_works_around_the_clock(context: Context) -> None:
    profile = agency.need_profile(context)
    assert not profile.around_the_clock
    assert agency.update(context, msgspec.structs.replace(profile, around_the_clock=True)).value.around_the_clock


def test_its_agency_can_say_which_support_package_it_has(context: Context) -> None:
    profile = context.read(agency.need_profile)
    assert (
        context.write(agency.update, msgspec.structs.replace(profile, support_package="legacy")).value.support_package
        == "legacy"
    )
