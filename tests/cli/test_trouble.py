"""What goes wrong: policy files, the database, bugs, closed pipes, and arguments nobody would type."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penelope_admin.app import App
from penelope_admin.files import prepare_home, resource
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.policy.tables import TableFile
from penelope_admin.store.engine import DATABASE_FILE, Store
from tests.cli.terminal import CHECKOUT, Terminal, environment, in_days
from tests.each import each
from tests.effort import examples

SHIPPED = resource("policy.toml").read_text("utf-8")


# --- policy files ------------------------------------------------------------------------------


def own_policy(terminal: Terminal, text: str) -> Path:
    terminal.home.mkdir(exist_ok=True)
    (terminal.home / "policy.toml").write_text(text, "utf-8")
    return terminal.home / "policy.toml"


def line_with(text: str, what: str) -> int:
    return text[: text.index(what)].count("\n") + 1


@each(
    "old, new, changed, key",
    [
        ("outage-hours = 3", "outage-hours = 30", "outage-hours", "schedule.outage-hours"),
        ("outage-hours = 3", "outage-hours = 'three'", "outage-hours", "schedule.outage-hours"),
        ("starts = 09:00:00", "starts = 25:00:00", "starts = 25", "starts"),
        (
            'source-zone = "America/New_York"',
            'source-zone = "America/Nowhere"',
            "America/Nowhere",
            "schedule.source-zone",
        ),
        ('key = "preview"', 'key = "preview"\ncolour = "red"', "colour", "environments[2].colour"),
    ],
)
def test_a_bad_policy_file_is_refused_with_file_line_and_key_and_nothing_is_made(
    terminal: Terminal, old: str, new: str, changed: str, key: str
) -> None:
    text = SHIPPED.replace(old, new, 1)
    file = own_policy(terminal, text)
    for arguments in (("overview",), ("init", "--agency", "A", "--region", "GB"), ("next", "--region", "GB"), ()):
        ran = terminal(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert f"{file}, line {line_with(text, changed)}, key {key}: " in ran.err
    assert list(terminal.home.iterdir()) == [file]


@each(
    "newer",
    ['default-zone = "Australia/Sydney"\n', 'key = "no-opting-out"\n', 'queues = "'],
)
def test_a_policy_file_of_an_earlier_version_is_told_where_to_copy_what_is_missing_from(
    terminal: Terminal, newer: str
) -> None:
    lines = SHIPPED.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(newer.rstrip()))
    own_policy(terminal, "".join(lines[:at] + lines[at + 1 :]))
    ran = terminal("overview")
    assert (ran.code, ran.out) == (2, "")
    assert "it was made for an earlier version: copy what is missing from there." in ran.err
    assert str(resource("policy.toml")) in ran.err


@each("text", ["", "schema = 2\n", "not = = toml", "\0", "x" * 600_000])
def test_a_policy_file_that_is_none_is_refused(terminal: Terminal, text: str) -> None:
    file = own_policy(terminal, text)
    ran = terminal("overview")
    assert (ran.code, ran.out) == (2, "")
    assert str(file) in ran.err
    assert list(terminal.home.iterdir()) == [file]


@each("key", sorted(LOCKED_FEATURES))
def test_a_policy_that_opens_what_is_locked_is_refused(terminal: Terminal, key: str) -> None:
    head, entry = SHIPPED.split(f'key = "{key}"')
    opened = entry.replace('availability = "locked"', 'availability = "re-enableable"', 1).replace(
        "environments = []",
        'environments = ["mirrored"]\nphi-risk = "high"\nreaches = "Clients"\nsteps = ["Switch it on"]', 1,
    )  # fmt: skip
    own_policy(terminal, f'{head}key = "{key}"{opened}')
    ran = terminal("init", "--agency", "A", "--region", "GB")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be enabled, and no policy may say otherwise" in ran.err
    assert not (terminal.home / "penelope-admin.db").exists()


def test_the_rules_that_are_kept_are_those_that_were_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes to the file meanwhile, or it is on a disk that is slow."""
    chosen, good = tmp_path / "rules.toml", SHIPPED.encode()
    chosen.write_bytes(good)
    app, load = App(prepare_home(tmp_path / "home")), TableFile.load

    def and_then_another(*asked: Any) -> TableFile:
        read = load(*asked)
        chosen.write_bytes(b"clientconnect = 'open'")
        return read

    monkeypatch.setattr(TableFile, "load", and_then_another)
    app.use_policy(chosen)
    assert app.policy_file.read_bytes() == good


def test_an_agencys_own_policy_file_is_used(terminal: Terminal) -> None:
    own_policy(terminal, SHIPPED.replace("anchor-occurrence = 2", "anchor-occurrence = 3"))
    window = terminal("next", "--region", "GB", "--at", "2026-12-01T00:00:00Z", "--json").json()
    assert window["starts_at_utc"] == "2026-12-20T02:00:00Z"


# --- the database ------------------------------------------------------------------------------


def database(terminal: Terminal) -> Path:
    return terminal.home / "penelope-admin.db"


@contextmanager
def raw(terminal: Terminal) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database(terminal), isolation_level=None)) as connection:
        yield connection


def unusable(terminal: Terminal, *arguments: str) -> str:
    """Run a command that must fail because of the database, and leave its file as it is."""
    before = database(terminal).read_bytes()
    ran = terminal(*arguments)
    assert (ran.code, ran.out) == (4, "")
    assert database(terminal).read_bytes() == before
    return ran.err


def test_a_corrupt_database_is_left_as_it_is_and_a_backup_is_advised(agency: Terminal) -> None:
    database(agency).write_bytes(b"rubbish" * 10_000)
    message = unusable(agency, "overview")
    assert "not a database of Penelope Admin" in message
    assert "penelope-admin restore" in message


def test_a_database_with_damaged_pages_is_found_damaged_before_the_daily_copy(agency: Terminal) -> None:
    assert agency("overview").code == 0
    for copy in (agency.home / "backups").iterdir():
        copy.unlink()
    data = bytearray(database(agency).read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    database(agency).write_bytes(data)
    assert "damaged" in unusable(agency, "overview")
    assert list((agency.home / "backups").iterdir()) == []


def test_a_database_of_another_version_is_left_as_it_is(agency: Terminal) -> None:
    with raw(agency) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    message = unusable(agency, "features")
    assert "this one does not know" in message
    assert "9999" in message


def test_a_database_of_something_else_is_left_as_it_is(terminal: Terminal) -> None:
    terminal.home.mkdir(exist_ok=True)
    with raw(terminal) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        before = list(connection.iterdump())
    ran = terminal("init", "--agency", "A", "--region", "GB")
    assert (ran.code, ran.out) == (4, "")
    assert "holds other data" in ran.err
    with raw(terminal) as connection:
        assert list(connection.iterdump()) == before


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_can_be_read_and_is_neither_changed_nor_replaced(agency: Terminal, tmp_path: Path) -> None:
    agency("backup", str(tmp_path / "copy.db"))
    with raw(agency) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert agency("features").code == 0
        for command in (("disable", "dss", "--reason", "x"), ("restore", tmp_path / "copy.db")):
            ran = agency(*command)
            assert (ran.code, ran.out) == (4, "")
            assert "locked by another program" in ran.err
        connection.execute("ROLLBACK")
    assert len(agency("audit", "list").lines()) == 2


@pytest.mark.parametrize(
    "url",
    [
        "rubbish",
        "",
        "mysql://localhost/penelope",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=rwc",
        "sqlite+other:///x.db",
        "sqlite:////nowhere/at/all/x.db",
        "postgresql://localhost:port/penelope",
        "postgresql+other://localhost/penelope",
    ],
)
def test_a_database_that_cannot_be_used_by_its_url_is_said_to_be_so(
    terminal: Terminal, tmp_path: Path, url: str
) -> None:
    ran = terminal("--database", url, "init", "--agency", "A", "--region", "GB")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err
    assert not list(tmp_path.glob("*x*"))


def test_a_password_in_a_database_url_is_not_printed(terminal: Terminal) -> None:
    ran = terminal("--database", "postgresql://ada:s3cret@127.0.0.1:1/penelope", "overview")
    assert (ran.code, ran.out) == (4, "")
    assert "s3cret" not in ran.err


# --- bugs and pipes ----------------------------------------------------------------------------


def test_a_bug_ends_up_in_a_log_file_and_not_on_the_screen(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError("the system's user list is broken")

    monkeypatch.setattr("penelope_admin.app.account_name", broken)
    ran = agency("overview")
    assert (ran.code, ran.out) == (70, "")
    assert "Traceback" not in ran.err
    assert "A bug in Penelope Admin" in ran.err
    (file,) = (agency.home / "logs").iterdir()
    assert str(file) in ran.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    report = file.read_text("utf-8")
    assert report.endswith("builtins.ZeroDivisionError\n")
    assert report.startswith("Penelope Admin ")


def test_a_bug_while_the_database_is_being_opened_closes_it(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Store] = []

    def close(store: Store) -> None:
        closed.append(store)
        really_close(store)

    def broken() -> str:
        raise ZeroDivisionError

    really_close = Store.close
    monkeypatch.setattr(Store, "close", close)
    monkeypatch.setattr("penelope_admin.app.account_name", broken)
    assert agency("overview").code == 70
    assert len(closed) == 1


def test_a_bug_that_cannot_be_logged_is_printed(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("penelope_admin.app.account_name", broken)
    (agency.home / "logs").write_text("a file in the folder's place")
    ran = agency("overview")
    assert (ran.code, ran.out) == (70, "")
    assert "ZeroDivisionError" in ran.err
    assert "Traceback" in ran.err


def test_twenty_bug_reports_are_kept(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("penelope_admin.app.account_name", broken)
    for _ in range(22):
        agency("overview")
    assert len(list((agency.home / "logs").iterdir())) == 20


@pytest.mark.skipif(sys.platform == "win32", reason="accounts are told apart another way there")
def test_no_variable_makes_somebody_else_of_the_user(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    before = agency("audit", "list", "--json").json()[0]["who"]
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "bob")
    agency("agency", "set", "--telephone", "204-555-0100")
    assert agency("audit", "list", "--json").json()[0]["who"] == before != "bob"


def test_a_user_whose_name_is_unknown_still_has_entries(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise KeyError("no such user id")

    monkeypatch.setattr("penelope_admin.app.account_name", broken)
    terminal("init", "--agency", "Hillside", "--region", "GB", "--zone", "Europe/London")
    assert terminal("audit", "list", "--json").json()[0]["who"] == "unknown user"


@pytest.mark.parametrize("arguments", [("windows", "--region", "GB", "--count", "2400"), ("overview",)])
def test_a_reader_that_has_seen_enough_stops_it_quietly(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "penelope_admin", "--home", str(terminal.home), *arguments],
        cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_result_for_which_there_is_no_room_is_no_bug(terminal: Terminal) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "penelope_admin", "--home", str(terminal.home), "windows", "--region", "GB"],
            check=False, cwd=CHECKOUT, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("The result could not be written (No space left on device).")
    assert not (terminal.home / "logs").exists()


def test_a_result_that_nobody_wants_to_read_is_no_bug(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert [agency(*line).code for line in (("windows",), ("next",), ("overview", "--json"))] == [0, 0, 0]


# --- arguments nobody would type ---------------------------------------------------------------

# An argument can hold any bytes but NUL. Paths are left out, so that nothing is written elsewhere; the window too.
odd = (
    st.text(st.characters(exclude_characters="\0/\\"), max_size=30)
    .filter(lambda text: _can_be_an_argument(text) and text != "gui" and ".." not in text)
)  # fmt: skip
COMMANDS = [
    ["init"], ["overview"], ["next"], ["windows"], ["features"], ["enable"], ["disable"], ["cancel-plan"],
    ["refresh", "request"], ["requests", "list"], ["requests", "show"], ["requests", "send"], ["requests", "advance"],
    ["requests", "cancel"], ["requests", "drop-wanted"], ["agency", "show"], ["agency", "set"],
    ["mirror", "show"], ["mirror", "correct"],
    ["mirror", "refreshed"], ["mirror", "upgraded"], ["notices", "list"],
    ["notices", "add"], ["notices", "remove"], ["audit", "list"], ["audit", "verify"], ["backup"], ["restore"],
]  # fmt: skip
OPTIONS = [
    "--json", "--region", "--zone", "--at", "--from", "--count", "--until", "--format", "--output", "--env", "--reason",
    "--acknowledge-phi", "--done", "--earliest", "--latest", "--re-enable", "--via", "--case", "--on", "--remark",
    "--version", "--kind", "--starts", "--ends", "--origin", "--search", "--agency", "--mirrored", "--database",
    "--help", "--", "-h",
]  # fmt: skip
VALUES = [
    "GB", "fr", "Europe/London", "2026-12-31", "9999-12-31", "0001-01-01", "2026-12-31T00:00:00Z",
    "9999-12-31T23:59:59.999999+23:59", "0001-01-01T00:00:00-23:59", "1", "0", "-1", "9" * 40, "1e9", "json", "csv",
    "ics", "mirrored", "production", "engage", "general-ledger", "sent", "done", "eml", "announced", "policy.toml",
    "sqlite:", "postgresql:", "",
]  # fmt: skip


def _can_be_an_argument(text: str) -> bool:
    try:
        return text.encode("utf-8", "surrogateescape") is not None
    except UnicodeEncodeError:
        return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(12, long=1000))
@given(
    command=st.sampled_from(COMMANDS) | st.just([]),
    rest=st.lists(st.sampled_from(OPTIONS) | st.sampled_from(VALUES) | odd, max_size=8),
    early=st.lists(odd | st.sampled_from(["--database", "sqlite:", "--version"]), max_size=2),
)
@example(command=["requests", "show"], rest=["9" * 40], early=[])
@example(command=["audit", "list"], rest=["--search", "\udcff"], early=[])
@example(command=["overview"], rest=["--json"], early=["--version"])
@example(command=["overview"], rest=[], early=["--database", "postgresql://host:port/name"])
@example(command=["next"], rest=["--region", "GB", "--at", "9999-12-31T23:59:59.999999+23:59"], early=[])
@example(command=["next"], rest=["--region", "GB", "--zone", "x" * 300], early=[])
@example(command=["next"], rest=["--region", "GB", "--zone", "\udcff"], early=[])
@example(command=["enable"], rest=["general-ledger", "--reason", "\udcff", "--acknowledge-phi"], early=[])
@example(command=["windows"], rest=["--region", "GB", "--output", "x" * 300], early=[])
@example(command=["backup"], rest=["\udcff"], early=[])
def test_no_arguments_lead_to_a_traceback(
    agency: Terminal, command: list[str], rest: list[str], early: list[str]
) -> None:
    ran = agency(*early, *command, *rest)
    assert ran.code in (0, 1, 2, 3, 4), ran.err
    assert "Traceback" not in ran.err + ran.out
    assert not (agency.home / "logs").exists()


def test_a_group_without_a_command_shows_its_help_in_lines(terminal: Terminal) -> None:
    ran = terminal("mirror")
    assert ran.code == 2
    assert "Commands:" in ran.err.splitlines()


FORMS = [
    "init --agency ? --region ? --zone ? --env ? --support-address ?", "next --region ? --zone ? --at ? --json",
    "next --region GB --zone ?", "next --at ?", "windows --from ? --count ?", "windows --from ? --until ? --format csv",
    "windows --region US --zone ? --format ics", "windows --count 1 --output ?", "features --env ?",
    "enable general-ledger --reason ? --until ? --acknowledge-phi", "enable ? --reason ? --env ? --acknowledge-phi",
    "disable ? --reason ? --done", "cancel-plan ? --env ?", "refresh request --reason ? --earliest ? --latest ?",
    "refresh request --reason ? --env ? --re-enable ?", "requests show ?", "requests send ? --via eml",
    "requests advance 1 ? --case ? --remark ?", "requests advance ? sent", "requests cancel ? --remark ?",
    "mirror refreshed --at ? --version ? --remark ?", "mirror upgraded --env ?", "notices add --starts ? --ends ?",
    "notices add --starts 2029-12-08T22:00:00-05:00 --ends 2029-12-08T23:00:00-05:00 --version ? --origin ?",
    "agency set --name ? --zone ?", "agency set --env ? --portal-url ?", "mirror correct ? --remark ?",
    "requests drop-wanted ?", "notices remove ?", "audit list --search ? --count ?", "--database ? overview",
    "backup ?", "restore ?",
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(12, long=1000))
@given(form=st.sampled_from(FORMS), data=st.data())
def test_no_value_of_an_option_leads_to_a_traceback(agency: Terminal, form: str, data: st.DataObject) -> None:
    values = st.sampled_from(VALUES) | odd.filter(lambda text: not text.startswith("-"))
    ran = agency(*(data.draw(values) if part == "?" else part for part in form.split()))
    assert ran.code in (0, 1, 2, 3, 4), ran.err
    assert "Traceback" not in ran.err + ran.out
    assert not (agency.home / "logs").exists()


def test_dates_at_the_ends_of_the_calendar_are_bad_input(agency: Terminal) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        assert agency("windows", "--from", day).code == 2
        assert agency("windows", "--from", in_days(0), "--until", day).code == 2


FAR_DAYS = ("9999-12-31", "0001-01-01", "2100-01-01", "1969-12-31", "2099-12-31", "1970-01-01")
"""The first and last days there are, and those at the ends of the years that the program computes with."""


def with_far_days(day: str) -> list[tuple[str, ...]]:
    """A command for every option that takes a day or an instant."""
    project = ("project", "add", "--name", "A", "--purpose", "x", "--from", in_days(1), "--to", in_days(5))
    critical = ("requests", "new", "critical", "--title", "x", "--text", "x")
    instant = f"{day}T00:00:00Z"
    return [
        *((*project, option, day) for option in ("--from", "--to", "--refresh-by")),
        (*project, "--feature", f"general-ledger:{day}:{day}"),
        ("enable", "general-ledger", "--reason", "x", "--acknowledge-phi", "--until", day),
        *(("refresh", "request", "--reason", "x", option, day) for option in ("--earliest", "--latest")),
        *(("windows", option, day) for option in ("--from", "--until")),
        *(("next", "--at", f"{day}T23:59:59{offset}") for offset in ("Z", "+14:00", "-14:00")),
        ("support", "--at", instant),
        ("mirror", "refreshed", "--at", instant),
        ("mirror", "upgraded", "--at", instant),
        ("holidays", "add", "support", day),
        ("notices", "add", "--starts", instant, "--ends", f"{day}T01:00:00Z"),
        ("requests", "new", "missing-notice", "--upgrade-day", day),
        (*critical, "--characteristic", "a", "--all-users", "--began", instant),
        *((command, "--json") for command in ("overview", "features")),
    ]  # fmt: skip


def test_those_commands_are_understood(agency: Terminal) -> None:
    for arguments in with_far_days(in_days(3)):
        assert "Usage:" not in agency(*arguments).err, arguments


@each("day", FAR_DAYS)
def test_no_day_however_far_is_a_bug(agency: Terminal, day: str) -> None:
    for arguments in with_far_days(day):
        ran = agency(*arguments)
        assert ran.code in (0, 1, 2, 3), (arguments, ran.err)
    assert not list(agency.home.glob("logs/bug-*.txt"))
    assert agency("audit", "verify").code == 0


def test_a_torn_kind_of_request_is_damage_and_no_bug(agency: Terminal) -> None:
    assert agency("refresh", "request", "--reason", "Tests").code == 0
    with closing(sqlite3.connect(agency.home / DATABASE_FILE)) as connection:
        connection.execute("UPDATE request SET kind = 'pefresh'")
        connection.commit()
    for command in (("requests", "list"), ("overview",)):
        assert agency(*command).code == 4
