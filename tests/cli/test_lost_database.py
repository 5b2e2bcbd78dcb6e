"""A data folder that has lost its database, and copies of the day: the good ones are never pushed out."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.gateways import settings
from penelope_admin.services import activity, backups
from penelope_admin.services import agency as agency_service
from penelope_admin.store import backup
from tests.cli.terminal import Terminal

FILE = "penelope-admin.db"


def lose(terminal: Terminal, *, leave_empty: bool) -> None:
    for each in terminal.home.glob(f"{FILE}*"):
        each.unlink()
    if leave_empty:
        (terminal.home / FILE).touch()


@pytest.fixture
def worked(agency: Terminal) -> Terminal:
    """An agency with today's copy of its database."""
    shutil.rmtree(agency.home / "backups")
    assert agency("overview").code == 0
    assert len(list((agency.home / "backups").glob("*-daily.db"))) == 1
    return agency


@pytest.mark.parametrize("leave_empty", [True, False], ids=["empty", "missing"])
@pytest.mark.parametrize("command", [("overview",), ("audit", "verify"), ("init", "--agency", "A", "--region", "GB")])
def test_an_empty_or_missing_database_is_damage_and_no_first_start(
    worked: Terminal, leave_empty: bool, command: tuple[str, ...]
) -> None:
    lose(worked, leave_empty=leave_empty)
    ran = worked(*command)
    (copy,) = (worked.home / "backups").glob("*-daily.db")
    assert (ran.code, ran.out) == (4, "")
    assert f"is {'empty' if leave_empty else 'missing'}, although the settings beside it name Riverside" in ran.err
    assert f"Restore the newest backup: penelope-admin restore {copy}." in ran.err
    assert worked("restore", copy).code == 0
    assert worked("overview", "--json").json()["agency"] == "Riverside Family Services"


def test_backups_alone_tell_that_there_was_an_agency(worked: Terminal) -> None:
    lose(worked, leave_empty=False)
    (worked.home / "settings.json").unlink()
    assert "although there are backups of one beside it" in worked("overview").err


def test_what_was_kept_because_it_was_damaged_is_advised_to_nobody(worked: Terminal) -> None:
    lose(worked, leave_empty=False)
    (copy,) = (worked.home / "backups").glob("*-daily.db")
    shutil.copyfile(copy, copy.with_name(copy.name.replace("-daily", "T23h59m00s000000-damaged")))
    assert f"Restore the newest backup: penelope-admin restore {copy}." in worked("overview").err


def test_settings_alone_tell_that_there_was_an_agency(worked: Terminal) -> None:
    lose(worked, leave_empty=False)
    shutil.rmtree(worked.home / "backups")
    assert "restore one that you keep elsewhere" in worked("overview").err
    assert not (worked.home / FILE).exists()


def test_a_database_whose_agency_is_gone_is_damage(worked: Terminal, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    app = at_work(fresh, datetime.now(UTC))
    assert app.context.read(agency_service.find) is None
    app.forget_database()
    lose(worked, leave_empty=False)
    shutil.copyfile(fresh / FILE, worked.home / FILE)
    ran = worked("overview")
    assert ran.code == 4
    assert "has no agency, although the settings beside it name Riverside Family Services" in ran.err


def test_a_folder_in_which_nothing_was_ever_set_up_is_a_first_start(terminal: Terminal) -> None:
    for _ in range(2):
        assert f"No agency is set up in {terminal.home} yet" in terminal("overview").out
    assert terminal("init", "--agency", "A", "--region", "GB").code == 0


def at_work(home: Path, now: datetime) -> App:
    return App(home, clock=FixedClock(now))


def test_after_fourteen_starts_on_an_empty_database_every_good_copy_is_still_there(worked: Terminal) -> None:
    kept = {path.name for path in (worked.home / "backups").iterdir()}
    lose(worked, leave_empty=True)
    (worked.home / "settings.json").unlink()
    for day in range(14):
        app = at_work(worked.home, datetime.now(UTC) + timedelta(days=day))
        with pytest.raises(backup.DamagedError):
            app.context  # noqa: B018 - it is opened
    assert {path.name for path in (worked.home / "backups").iterdir()} == kept


def test_before_an_agency_is_set_up_no_copy_of_the_day_is_made(terminal: Terminal) -> None:
    assert terminal("overview").code == 0
    assert not (terminal.home / "backups").exists()


def test_copies_dated_in_the_future_push_nothing_out_and_today_s_is_kept(worked: Terminal) -> None:
    folder = worked.home / "backups"
    (today,) = folder.iterdir()
    for day in range(1, 15):
        shutil.copyfile(today, folder / f"2099-01-{day:02}-daily.db")
    for day in range(1, 20):
        app = at_work(worked.home, datetime.now(UTC) + timedelta(days=day))
        assert app.context
        app.forget_database()
    names = sorted(path.name for path in folder.iterdir())
    assert sum(name.startswith("2099-") for name in names) == 14
    past = [name for name in names if not name.startswith("2099-")]
    assert len(past) == 14
    assert past[-1] == f"{datetime.now(UTC) + timedelta(days=19):%Y-%m-%d}-daily.db"


def test_a_copy_of_the_day_that_cannot_be_made_warns_and_keeps_nobody_from_working(agency: Terminal) -> None:
    shutil.rmtree(agency.home / "backups")
    (agency.home / "backups").write_text("in the way")
    for command in (("overview",), ("next",), ("features",)):
        ran = agency(*command)
        assert ran.code == 0, ran.err
        assert ran.out
        assert ran.err.startswith("Today's backup was not made. ")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such file modes")
def test_a_full_disk_keeps_nobody_from_working(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    shutil.rmtree(agency.home / "backups")
    monkeypatch.setattr(tempfile, "mkstemp", full)
    ran = agency("overview")
    assert ran.code == 0
    assert "Today's backup was not made." in ran.err
    assert "No space left on device" in ran.err


FULL_DISK = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    from penelope_admin.cli import run
    home, rest = sys.argv[1:3], sys.argv[3:]
    while "then" in rest and run([*home, *rest[: rest.index("then")]]) == 0:
        print("then", flush=True)
        print("then", file=sys.stderr)
        rest = rest[rest.index("then") + 1 :]
    sys.exit(run([*home, *rest]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where no file may grow is known of Linux")
def test_where_no_byte_can_be_written_everything_can_still_be_looked_up(agency: Terminal) -> None:
    """SQLite would have a file of 32 KiB beside a database that is only read."""
    shutil.rmtree(agency.home / "backups")
    program = ("-c", textwrap.dedent(FULL_DISK))
    looks = ("overview", "then", "next", "then", "features", "then", "audit", "verify")
    ran = agency.process(*looks, "then", "disable", "dss", "--reason", "x", "--done", program=program)
    *said, nothing = ran.out.split("then\n")
    *warned, refused = ran.err.split("then\n")
    assert (ran.code, nothing, len(said), len(warned)) == (4, "", 4, 4)
    assert all(said)
    for warning in warned:
        assert warning.startswith("Today's backup was not made. There is no space left for the database ")
    assert "Nothing of this was saved" in refused
    assert agency("disable", "dss", "--reason", "x", "--done").code == 0
    assert agency("audit", "verify").code == 0


# --- restoring


def test_a_backup_without_an_agency_is_refused(worked: Terminal, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    app = at_work(empty, datetime.now(UTC))
    backups.make(app.context, tmp_path / "nobody.db")
    app.forget_database()
    ran = worked("restore", tmp_path / "nobody.db")
    assert ran.code == 2
    assert "holds no agency. Nothing was replaced" in ran.err
    assert worked("overview", "--json").json()["agency"] == "Riverside Family Services"
    assert len(list((worked.home / "backups").iterdir())) == 1


def test_an_empty_sqlite_file_is_refused(worked: Terminal, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "nothing.db") as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    ran = worked("restore", tmp_path / "nothing.db")
    assert ran.code == 2
    assert "holds other data" in ran.err


def test_the_restored_state_never_lacks_its_entry(
    worked: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the copy before that takes the database's place."""
    good = tmp_path / "good.db"
    assert worked("backup", good).code == 0
    real = backup._copy

    def killed(source: object, target: object) -> None:
        real(source, target)  # type: ignore[arg-type]
        if str(target.execute("PRAGMA database_list").fetchone()[2]).endswith(FILE):  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_copy", killed)
        with pytest.raises(KeyboardInterrupt):
            backups.restore(App(worked.home).restoring, good)
    app = App(worked.home)
    assert app.context.read(activity.newest, "", 1)[0].action == "backup.restored"
    assert app.context.read(activity.verify).holds
    assert settings.load(worked.home).agency is not None
    app.forget_database()
