"""The same deeds on a team's PostgreSQL server, started here where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.errors import StoreError
from penelope_admin.store import audit
from tests.demo import NOW, PHI

SECONDS = 60


def server_programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database on a server of its own, which listens on a socket file only."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here")
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
            pytest.skip("there is no user postgres to run the server as")
        as_user = ["runuser", "-u", "postgres", "--"]
    # Not in pytest's own folder: that one is closed to the server's user, and its name too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="pa-pg-"))

    def run(*command: str) -> None:
        subprocess.run(
            [*as_user, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=True, timeout=SECONDS, cwd="/",
        )  # fmt: skip

    control = str(programs / "pg_ctl")
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        run(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        run(control, "-D", str(folder / "data"), "-o", f"-k {folder} -c listen_addresses=''", "-w", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run(control, "-D", str(folder / "data"), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def team(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An agency on the server."""
    app = App(tmp_path_factory.mktemp("team"), database=server, clock=FixedClock(NOW))
    profile = services.agency.Profile(
        name="Team Agency", region="CA", zone="America/Winnipeg", environments=("production", "mirrored")
    )
    services.agency.set_up(app.context, profile)
    yield app
    app.forget_database()


def test_features_requests_and_events_work_as_on_a_file(team: App) -> None:
    context = team.context
    services.features.switch(context, "general-ledger", "enable", reason="Test", acknowledgement=PHI, already_done=True)
    services.requests.draft(context, services.requests.Wish(reason="New project"))
    services.environments.record_event(context, "mirrored", "upgraded", NOW)
    found = services.overview.load(context)
    assert found is not None
    assert found.switches_off == ()
    assert services.activity.verify(context).first_broken is None
    assert [entry.action for entry in services.activity.newest(context, "GENERAL switched", 5)] == [
        "feature.enable-switched"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT INTO feature_state (environment, feature, state, version) VALUES ('mirrored', 'Engage', 'on', 1)",
    ],
)
def test_the_server_itself_refuses(team: App, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), team.context.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_two_programs_keep_one_chain(team: App, server: str, tmp_path: Path) -> None:
    other = App(tmp_path, database=server, clock=FixedClock(NOW))
    for number in range(10):
        for context in (team.context, other.context):
            services.requests.draft(context, services.requests.Wish(reason=f"Number {number}"))
    with other.context.store.reading() as connection:
        assert audit.first_broken(connection) is None
    other.forget_database()


def test_backups_are_left_to_the_servers_own_tools(team: App, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        services.backups.make(team.context, tmp_path / "copy.db")
