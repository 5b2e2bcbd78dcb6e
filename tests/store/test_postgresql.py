"""The same deeds on a team's PostgreSQL server, started here where one is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.requests import RequestKind
from penelope_admin.errors import BadInputError
from penelope_admin.store import audit, schema
from penelope_admin.store.engine import database_url
from tests.demo import NOW, PHI
from tests.postgresql import NoServerError, running
from tests.store import first_release, second_release, third_release
from tests.wishes import KINDS, SURE, WISHES


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database on a server of its own."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running())
        except NoServerError as error:
            pytest.skip(str(error))
        yield url


@pytest.fixture(scope="module")
def team(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An agency on the server."""
    app = App(tmp_path_factory.mktemp("team"), database=server, clock=FixedClock(NOW))
    profile = Profile(name="Team Agency", region="CA", zone="America/Resolute", environments=("production", "mirrored"))
    app.context.write(services.agency.set_up, profile)
    yield app
    app.forget_database()


def test_features_requests_and_events_work_as_on_a_file(team: App) -> None:
    context = team.context
    context.write(
        services.features.switch, "general-ledger", "enable", reason="Test", acknowledgement=PHI, already_done=True
    )
    context.write(services.requests.draft, services.requests.Wish(reason="New project"))
    context.write(services.environments.record_event, "mirrored", "upgraded", NOW)
    found = context.read(services.overview.load)
    assert found is not None
    assert found.switches_off == ()
    assert context.read(services.activity.verify).holds
    assert [entry.action for entry in context.read(services.activity.newest, "GENERAL switched", 5)] == [
        "feature.enable-switched"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE environment_event SET version = '1'",
        "DELETE FROM environment_event",
        "TRUNCATE environment_event CASCADE",
        "INSERT INTO feature_state (environment, feature, state, version) VALUES ('mirrored', 'Engage', 'on', 1)",
    ],
)
def test_the_server_itself_refuses(team: App, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), team.context.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_what_was_changed_on_the_server_behind_the_program_s_back_is_named(team: App) -> None:
    context = team.context
    context.write(
        services.features.switch, "general-ledger", "enable", reason="Test", acknowledgement=PHI, already_done=True
    )
    for state, found in (
        ("off", ("feature_state mirrored/general-ledger: state is off; the log says on.",)),
        ("on", ()),
    ):
        with context.store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE feature_state SET state = '{state}' WHERE feature = 'general-ledger'")
        assert context.read(services.activity.verify).differences == found


def test_two_programs_keep_one_chain(team: App, server: str, tmp_path: Path) -> None:
    other = App(tmp_path, database=server, clock=FixedClock(NOW))
    for number in range(10):
        for context in (team.context, other.context):
            context.write(services.requests.draft, services.requests.Wish(reason=f"Number {number}"))
    with other.context.store.reading() as connection:
        assert audit.first_broken(connection) is None
    other.forget_database()


def test_backups_are_left_to_the_servers_own_tools(team: App, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="pg_dump"):
        services.backups.make(team.context, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []
    assert team.context.read(services.activity.newest, "backup.made", 10) == []


@contextmanager
def database_of(server: str, tmp_path: Path, make: Callable[[sa.Connection], None]) -> Iterator[App]:
    """A database of an earlier release on the same server, opened by the program of today."""
    engine = sa.create_engine(database_url(tmp_path, server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE older")
    try:
        there = sa.create_engine(database_url(tmp_path, server).set(database="older"))
        with there.begin() as connection:
            make(connection)
        there.dispose()
        app = App(tmp_path / "older", database=server.replace("/postgres?", "/older?"), clock=FixedClock(NOW))
        yield app
        app.forget_database()
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE older WITH (FORCE)")
        engine.dispose()


@pytest.fixture
def older(server: str, tmp_path: Path) -> Iterator[App]:
    """The first release's database."""
    with database_of(server, tmp_path, first_release.make) as app:
        yield app


@pytest.fixture
def second(server: str, tmp_path: Path) -> Iterator[App]:
    """The second release's database."""
    with database_of(server, tmp_path, second_release.make) as app:
        yield app


@pytest.fixture
def third(server: str, tmp_path: Path) -> Iterator[App]:
    """The third release's database."""
    with database_of(server, tmp_path, third_release.make) as app:
        yield app


def test_a_database_of_the_third_release_keeps_its_rows_and_takes_requests_of_new_kinds(third: App) -> None:
    context = third.context
    with context.store.reading() as connection:
        for table, rows in third_release.ROWS.items():
            assert third_release.read(connection, table) == rows
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(compared, schema.metadata) == []
    drafted = context.write(
        services.requests.draft, replace(WISHES["script"], earliest=None, latest=None)
    ).value.request
    assert (drafted.kind, drafted.id) == ("script", second_release.QUESTION["id"] + 1)
    assert context.write(services.checklists.answer, third_release.REFRESHED, 1, "pass").value.occasion == "refresh"
    assert context.read(services.agency.need_profile).support_package == "unknown"
    assert context.read(services.activity.verify).first_broken is None


def test_a_database_of_the_second_release_keeps_its_events_and_their_numbers(second: App) -> None:
    context = second.context
    with context.store.reading() as connection:
        for table, rows in second_release.ROWS.items():
            assert second_release.read(connection, table) == rows
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(compared, schema.metadata) == []
    views = {view.environment.key: view for view in context.read(services.environments.find_all)}
    assert views["mirrored"].posture.last_refresh is None
    script = context.write(services.environments.record_event, "mirrored", "script-run", NOW)
    assert script.value.event_id == second_release.LAST_EVENT + 1
    assert context.write(services.checklists.answer, 4, 1, "fail").value.failed
    context.write(services.environments.correct_event, script.value.event_id)
    assert context.read(services.activity.verify).first_broken is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE environment_event SET kind = 'lost' WHERE id = 3",
        "UPDATE environment_event SET corrects = 3 WHERE id = 4",
        "UPDATE environment_event SET outcome = 'real' WHERE id = 3",
        "UPDATE environment_event SET kind = 'switched', feature = 'Engage', outcome = 'on' WHERE id = 13",
        "INSERT INTO feature_loss VALUES (4, 'ClientConnect', 'on')",
        "DELETE FROM environment_event WHERE id = 3",
    ],
)
def test_after_that_the_server_itself_refuses(second: App, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), second.context.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_database_of_the_first_release_is_migrated_with_everything_in_it(older: App) -> None:
    context = older.context
    with context.store.reading() as connection:
        for table, rows in first_release.ROWS.items():
            assert first_release.read(connection, table) == rows
        assert audit.first_broken(connection) is None
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(compared, schema.metadata) == []
    wish = services.requests.Wish("defect", "production", title="Day 1 is gone", reason="x")
    assert context.write(services.requests.draft, wish).value.request.id == first_release.LAST_REQUEST + 1
    assert context.write(services.requests.advance, 6, "done").value.status == "done"
    assert context.read(services.activity.verify).first_broken is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE request SET environment = 'production'",
        "UPDATE request SET environment = NULL",
        "UPDATE request SET status = 'lost'",
        "UPDATE request SET change = 'enable'",
        "UPDATE request SET defect_number = 'PEN-1'",
        "UPDATE request_feature SET feature = 'Engage' WHERE request_id = 3",
        "DELETE FROM request WHERE id = 3",
    ],
)
def test_after_the_migration_the_server_itself_refuses(older: App, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError), older.context.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("kind", KINDS)
def test_requests_of_every_kind_are_found_again_on_the_server(team: App, kind: RequestKind) -> None:
    context = team.context
    wish = replace(WISHES[kind], acknowledgement=SURE, began_at=NOW if kind == "critical" else None)
    if wish.environment == "training-b":
        wish = replace(wish, environment="mirrored")
    if wish.earliest:
        wish = replace(wish, earliest=NOW.date(), latest=None)
    drafted = context.write(services.requests.draft, wish).value.request
    context.write(services.requests.remark, drafted.id, "Two\nlines – noted")
    found = context.read(services.requests.find, drafted.id).request
    assert found == replace(drafted, remarks=found.remarks)
    assert [note.text for note in found.remarks] == ["Two\nlines – noted"]
