"""The same deeds on a team's PostgreSQL server, started here where one is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.plans import Item, ProjectPlan
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.requests import RequestKind
from penelope_admin.errors import BadInputError
from penelope_admin.store import audit, schema
from tests.demo import NOW, PHI
from tests.postgresql import NoServerError, running
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
    context.write(services.requests.draft, services.requests.RequestInput(reason="New project"))
    context.write(services.mirror.environments.record_event, "mirrored", "upgraded", NOW)
    found = context.read(services.overview.load)
    assert found is not None
    assert found.switches_off == ()
    assert context.read(services.activity.verify).holds
    assert [entry.action for entry in context.read(services.activity.newest, "GENERAL switched", 1)] == [
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
    with team.context.store.engine.connect() as connection:
        has_events = connection.exec_driver_sql("SELECT count(*) FROM environment_event").scalar()
    if not has_events:  # whichever tests came before, on this worker
        team.context.write(services.mirror.environments.record_event, "mirrored", "upgraded", NOW)
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
            context.write(services.requests.draft, services.requests.RequestInput(reason=f"Number {number}"))
    with other.context.store.reading() as connection:
        assert audit.first_broken(connection) is None
    other.forget_database()


def test_backups_are_left_to_the_servers_own_tools(team: App, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="pg_dump"):
        services.backups.make(team.context, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []
    assert team.context.read(services.activity.newest, "backup.made", 10) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE request SET environment = 'production'",
        "UPDATE request SET environment = NULL",
        "UPDATE request SET change = 'enable'",
        "UPDATE request SET defect_number = 'PEN-1'",
        "INSERT INTO request_feature SELECT id, 'Engage' FROM request",
        "DELETE FROM request",
        "UPDATE environment_event SET corrects = id",
        "INSERT INTO feature_loss SELECT id, 'ClientConnect', 'on' FROM environment_event",
    ],
)
def test_what_contradicts_itself_is_refused_by_the_server_itself(team: App, statement: str) -> None:
    drafted = team.context.write(
        services.requests.draft, services.requests.RequestInput(reason="New project")
    ).value.request
    team.context.write(services.requests.remark, drafted.id, "Called")
    team.context.write(services.mirror.environments.record_event, "mirrored", "upgraded", NOW)
    with pytest.raises(sa.exc.DBAPIError), team.context.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_the_server_s_tables_are_those_that_the_program_expects(team: App) -> None:
    with team.context.store.reading() as connection:
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(compared, schema.metadata) == []


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


def test_plans_are_taken_along_refused_and_brought_home_as_on_a_file(team: App) -> None:
    context, bring = team.context, services.plans.bringing.bring_home
    key = context.write(
        services.projects.add, ProjectInput("Pilot", "Try it", date(2026, 12, 14), date(2026, 12, 20))
    ).value
    plan = context.read(services.plans.taking.take_along, team.policy_sha256, [key.id])
    (item,) = plan.items
    assert isinstance(item.plan, ProjectPlan)
    late = Item("project", str(UUID(int=7)), None, msgspec.structs.replace(item.plan, last_day=date(1999, 1, 1)))
    named = msgspec.structs.replace(item, plan=msgspec.structs.replace(item.plan, name="Renamed"))
    changed = msgspec.structs.replace(plan, items=(late, named))
    brought = bring(context, changed, "2" * 64, team.policy_sha256, partly=True).value
    assert (len(brought.changed), len(brought.refused)) == (1, 1)
    assert context.read(services.projects.find, key.id).project.name == "Renamed"
    context.write(services.plans.bringing.take_back)
    assert context.read(services.projects.find, key.id).project.name == "Pilot"
    found = context.read(services.activity.verify)
    assert found.holds
    assert found.differences == ()


def test_what_comes_again_is_started_undone_and_done_again_as_on_a_file(team: App) -> None:
    context = team.context
    entered = ProjectInput(
        "Fresh data", "Train", date(2026, 12, 21), date(2026, 12, 22), refresh_by=date(2026, 12, 18),
        recurs=Recurrence("monthly"),
    )  # fmt: skip
    key = context.write(services.projects.add, entered).value.id
    before = [project.state for project in context.read(services.projects.listing)]
    done = context.write(services.projects.start, key)
    became = [project.state for project in context.read(services.projects.listing)]
    assert became == [*before[:-1], "started", "planned"]
    inverse = services.undoing.inverse_of(team.policy, done)
    assert inverse is not None
    back = context.write(services.undoing.put_back, inverse, inverse.seqs).value
    assert [project.state for project in context.read(services.projects.listing)] == before
    context.write(services.undoing.put_back, back, (*inverse.seqs, *back.seqs), again=True)
    assert [project.state for project in context.read(services.projects.listing)] == became
    found = context.read(services.activity.verify)
    assert found.holds
    assert found.differences == ()
