"""ClientConnect and Engage: every way there is to enable them is closed, each by a lock of its own."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from penelope_admin.app import App
from penelope_admin.clock import SystemClock
from penelope_admin.domain import features as rules
from penelope_admin.domain import mirror
from penelope_admin.domain.features import Acknowledgement, Change, Decision, FeatureState
from penelope_admin.domain.mirror import Event, Posture
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.errors import ConflictError, DamagedError, PolicyError, RefusedError
from penelope_admin.files import resource
from penelope_admin.policy import LOCKED_FEATURES, Policy, load
from penelope_admin.services import agency, features, projects, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from penelope_admin.ui.dialogs.switch import EnableSheet
from penelope_admin.ui.pages.features import FeaturesPage
from tests.cli.terminal import Terminal
from tests.services.house import SURE, change_agency, database, everything, nothing_saved
from tests.ui.conftest import close, open_desktop

SHIPPED = resource("policy.toml").read_text("utf-8")
LOCKED = sorted(LOCKED_FEATURES)
OPEN = 'environments = ["mirrored"]\nphi-risk = "high"\nreaches = "Clients"\nsteps = ["Switch it on"]'

pytestmark = pytest.mark.parametrize("key", LOCKED)


def entry(key: str) -> str:
    """The shipped policy's description of a feature."""
    start = SHIPPED.index(f'[[features]]\nkey = "{key}"')
    return SHIPPED[start : SHIPPED.index("\n\n", start)]


def opened(policy: Policy, key: str) -> Policy:
    """A policy such as the loader never gives: with this feature like the ones that may be re-enabled."""
    pattern = policy.feature["external-communications.sms"]
    return msgspec.structs.replace(
        policy,
        features=tuple(
            msgspec.structs.replace(pattern, key=key, name=feature.name, part_of=None)
            if feature.key == key
            else feature
            for feature in policy.features
        ),
    )


def postures(policy: Policy) -> Iterator[Posture]:
    """Everything that can be known of the mirrored database's contact details."""
    at = datetime(2026, 12, 1, tzinfo=UTC)
    for events in ([], [Event("mirrored", "refreshed", at)], [Event("mirrored", "upgraded", at)]):
        yield mirror.posture(policy, "mirrored", events, ZoneInfo("UTC"))


# --- the policy file ---------------------------------------------------------------------------


def policies(key: str) -> dict[str, str]:
    """Policy files that try to open a locked feature."""
    known = entry(key)
    now_open = known.replace('"locked"', '"re-enableable"').replace("environments = []", OPEN)
    name = "ClientConnect" if key == "clientconnect" else "Engage"
    return {
        "opened": SHIPPED.replace(known, now_open),
        "only not listed": SHIPPED.replace(known, known.replace('"locked"', '"not-listed"')),
        "locked, with an environment": SHIPPED.replace(
            known, known.replace("environments = []", 'environments = ["mirrored"]')
        ),
        "left out": SHIPPED.replace(known, ""),
        "under another key": SHIPPED.replace(known, f"{known}\n\n{now_open.replace(key, f'my-{key}')}"),
        "under another key and name": SHIPPED.replace(
            known, f"{known}\n\n{now_open.replace(key, 'portal').replace(name, f'My {name.upper()} portal')}"
        ),
        "with a space in its name": SHIPPED.replace(
            known, f"{known}\n\n{now_open.replace(key, 'portal').replace(name, ' '.join(name))}"
        ),
        "in capitals": SHIPPED.replace(known, now_open.replace(f'"{key}"', f'"{key.upper()}"')),
        "twice": SHIPPED.replace(known, f"{known}\n\n{now_open}"),
        "as a part": SHIPPED.replace(
            known, f'{known}\n\n{now_open.replace(key, "portal").replace(name, "Portal")}\npart-of = "{key}"'
        ),
    }


def test_no_policy_file_opens_it(key: str, tmp_path: Path) -> None:
    for trick, text in policies(key).items():
        assert text != SHIPPED
        (tmp_path / "policy.toml").write_text(text, "utf-8")
        with pytest.raises(PolicyError) as refused:
            load(tmp_path / "policy.toml")
        assert "policy.toml, line " in str(refused.value), trick


# --- the domain --------------------------------------------------------------------------------


def test_no_acknowledgement_posture_or_environment_opens_it_in_the_domain(key: str, policy: Policy) -> None:
    for rules_in_force in (policy, opened(policy, key)):
        for known in postures(policy):
            for environment in policy.environment:
                given = Acknowledgement(phi=True, environment=environment, queue_empty=True)
                for state in ("on", "off", "unknown"):
                    entry_now = FeatureState(environment, key, state)
                    for rule in (rules.can_switch, rules.can_ask):
                        verdict = rule(rules_in_force, entry_now, "enable", known, given)
                        assert (verdict.decision, verdict.availability) == (Decision.REFUSED, "locked")
                        with pytest.raises(RefusedError):
                            verdict.require()


def test_that_it_is_locked_does_not_say_that_it_is_off(key: str, policy: Policy) -> None:
    for environment in policy.environment:
        assert rules.initial_state(opened(policy, key).feature[key], environment).state == "unknown"


# --- the services ------------------------------------------------------------------------------


@pytest.mark.parametrize("already_done", [False, True])
def test_no_service_plans_it_or_records_it(key: str, already_done: bool, context: Context) -> None:
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        with nothing_saved(there), pytest.raises(RefusedError):
            there.write(
                features.switch, key, "enable", reason="Please", acknowledgement=SURE, already_done=already_done
            )


def test_no_refresh_request_wants_it_back(key: str, context: Context) -> None:
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        with nothing_saved(there), pytest.raises(RefusedError):
            there.write(requests.draft, RequestInput(reason="x", features=("general-ledger", key)))


@pytest.mark.parametrize("change", ["enable", "disable"])
def test_no_feature_change_asks_for_it_in_any_environment(key: str, change: Change, context: Context) -> None:
    """Neither in a new request nor in a draft that is changed."""
    copies = ("preview", "training-a", "migration", "mirrored")
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, environments=copies), ["training-b"])
    for environment in (*copies, "production"):
        sure = Acknowledgement(phi=True, environment=environment, queue_empty=True)
        wish = RequestInput(
            "feature-change", environment, reason="x", features=("dss",), change=change, acknowledgement=sure
        )
        drafted = context.write(requests.draft, wish).value.request if environment != "production" else None
        for rules_in_force in (context.policy, opened(context.policy, key)):
            there = dataclasses.replace(context, policy=rules_in_force)
            for features_asked in ((key,), (key.upper(),), ("dss", f" {key} ")):
                bad = dataclasses.replace(wish, features=features_asked)
                with nothing_saved(there), pytest.raises(RefusedError):
                    there.write(requests.draft, bad)
                if drafted is not None:
                    with nothing_saved(there), pytest.raises(RefusedError):
                        there.write(requests.redraft, drafted.id, bad)


def test_every_letter_about_a_copy_asks_support_to_leave_it_off(key: str, context: Context) -> None:
    for kind, change in (("refresh", None), ("feature-change", "enable"), ("feature-change", "disable")):
        letter = context.read(requests.preview, RequestInput(kind, reason="x", features=("dss",), change=change))  # type: ignore[arg-type]
        assert "Please do not enable ClientConnect or Engage." in letter.body
        assert key not in letter.body.lower().replace("please do not enable clientconnect or engage.", "")


# --- the command line --------------------------------------------------------------------------


def test_no_command_enables_it(key: str, terminal: Terminal) -> None:
    before = everything(terminal.home)
    for arguments in (
        ("enable", key, "--reason", "Please", "--acknowledge-phi"),
        ("enable", key, "--reason", "Please", "--acknowledge-phi", "--done"),
        ("enable", key.upper(), "--reason", "Please", "--acknowledge-phi", "--done", "--env", "training-b"),
        ("enable", f" {key} ", "--reason", "Please", "--acknowledge-phi", "--done", "--env", "production"),
        ("refresh", "request", "--reason", "Please", "--re-enable", key),
        ("requests", "new", "refresh", "--text", "Please", "--re-enable", key),
        *(
            (
                "requests",
                "new",
                "feature-change",
                "--text",
                "Please",
                "--change",
                change,
                "--feature",
                spelling,
                "--env",
                environment,
                "--acknowledge-phi",
            )
            for change in ("enable", "disable")
            for spelling in (key, key.upper())
            for environment in ("mirrored", "training-b", "production")
        ),
    ):
        ran = terminal(*arguments)
        assert (ran.code, ran.out) == (3, "")
    assert terminal("cancel-plan", key).code == 1
    assert everything(terminal.home) == before


# --- the database ------------------------------------------------------------------------------


def rows(key: str) -> Iterator[dict[str, object]]:
    """Register entries that would say it is on, or is to be."""
    for spelling in (key, key.upper(), key.capitalize()):
        for state, pending in (("on", None), ("off", "enable"), ("unknown", None), ("on", "disable")):
            yield {"environment": "mirrored", "feature": spelling, "state": state, "pending_change": pending}


def test_the_database_takes_no_row_that_says_it_is_on(key: str, context: Context) -> None:
    with closing(sqlite3.connect(database(context.home))) as connection:
        for row in rows(key):
            for how in ("INSERT", "INSERT OR REPLACE"):
                with pytest.raises(sqlite3.IntegrityError, match="locked"):
                    connection.execute(
                        f"{how} INTO feature_state (environment, feature, state, pending_change, version)"
                        " VALUES (:environment, :feature, :state, :pending_change, 1)",
                        row,
                    )
        connection.execute(
            "INSERT OR REPLACE INTO feature_state (environment, feature, state, version)"
            " VALUES ('mirrored', ?, 'off', 1)",
            [key],
        )
        for change in ("state = 'on'", "state = 'unknown'", "pending_change = 'enable'"):
            with pytest.raises(sqlite3.IntegrityError, match="locked"):
                connection.execute(f"UPDATE feature_state SET {change}")


def test_renaming_another_feature_into_it_is_refused_by_the_database(key: str, context: Context) -> None:
    context.write(features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True)
    with (
        closing(sqlite3.connect(database(context.home))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="locked"),
    ):
        connection.execute("UPDATE feature_state SET feature = ? WHERE feature = 'general-ledger'", [key])


def test_no_request_can_hold_it_in_the_database(key: str, context: Context) -> None:
    change = RequestInput("feature-change", reason="x", features=("dss",), change="enable")
    drafted = [context.write(requests.draft, wish).value.request for wish in (RequestInput(reason="x"), change)]
    with closing(sqlite3.connect(database(context.home))) as connection:
        for request in drafted:
            for spelling in (key, key.upper(), key.capitalize()):
                for how in ("INSERT", "INSERT OR REPLACE"):
                    with pytest.raises(sqlite3.IntegrityError, match="locked"):
                        connection.execute(f"{how} INTO request_feature VALUES (?, ?)", [request.id, spelling])
        with pytest.raises(sqlite3.IntegrityError, match="locked"):
            connection.execute("UPDATE request_feature SET feature = ?", [key])


def test_the_databases_refusal_reaches_people_as_one(key: str, context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="refuses to enable"), context.store.writing() as c:
        c.execute(sa.insert(schema.feature_state).values(environment="mirrored", feature=key, state="on", version=1))


# --- a doctored backup -------------------------------------------------------------------------


def doctored(key: str) -> dict[str, tuple[str, ...]]:
    """What somebody might do to a backup so that it says the feature is on."""
    columns = "environment, feature, state, version"
    insert = f"INSERT OR REPLACE INTO feature_state ({columns}) VALUES ('mirrored', '{key}', 'on', 1)"
    wanted = f"INSERT INTO request_feature (request_id, feature) VALUES (1, '{key}')"
    without_lock = (
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(replace(sql, '''clientconnect'', ''engage''', '''nothing'''),"
        " 'state = ''off''', '1')",
        "PRAGMA writable_schema = RESET",
    )
    return {
        "the check is not asked": ("PRAGMA ignore_check_constraints = ON", insert),
        "a wish, the check is not asked": ("PRAGMA ignore_check_constraints = ON", wanted),
        "the check is taken out": (*without_lock, insert),
        "the table is made anew": (
            "CREATE TABLE copy AS SELECT * FROM feature_state",
            "DROP TABLE feature_state",
            "ALTER TABLE copy RENAME TO feature_state",
            insert,
        ),
        "a trigger switches it on later": (
            "CREATE TRIGGER later AFTER INSERT ON audit_entry BEGIN UPDATE feature_state SET state = 'on'; END",
        ),
        "a view takes the table's place": (
            "ALTER TABLE feature_state RENAME TO kept",
            f"CREATE VIEW feature_state AS SELECT 'mirrored' AS environment, '{key}' AS feature, 'on' AS state",
        ),
    }


def test_no_doctored_backup_brings_it_in(key: str, terminal: Terminal, tmp_path: Path) -> None:
    terminal("refresh", "request", "--reason", "x")
    terminal("backup", tmp_path / "good.db")
    before = everything(terminal.home)
    for trick, statements in doctored(key).items():
        bad = tmp_path / "bad.db"
        bad.write_bytes((tmp_path / "good.db").read_bytes())
        with closing(sqlite3.connect(bad, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        assert bad.read_bytes() != (tmp_path / "good.db").read_bytes()
        ran = terminal("restore", bad)
        assert (ran.code, ran.out) == (2, ""), trick
        assert "Nothing was replaced" in ran.err
        assert everything(terminal.home) == before, trick
    assert terminal("restore", tmp_path / "good.db").code == 0


# --- what happens to the database around it ----------------------------------------------------


def test_neither_refresh_nor_upgrade_nor_a_finished_request_leaves_it_on(key: str, terminal: Terminal) -> None:
    def state() -> object:
        found = next(item for item in terminal("features", "--json").json() if item["key"] == key)
        return (found["state"], found["pending"], found["availability"], found["phi_risk"])

    locked = (None, "locked", None)
    assert state() == ("off", *locked)
    terminal("mirror", "refreshed", "--at", "2024-02-01T00:00:00Z")
    assert state() == ("unknown", *locked)  # production's settings came along, and nobody has looked
    terminal("mirror", "upgraded", "--at", "2024-03-01T00:00:00Z")
    assert state() == ("off", *locked)
    terminal("refresh", "request", "--reason", "x", "--re-enable", "general-ledger")
    for step in (("sent",), ("acknowledged", "--case", "1"), ("done",)):
        terminal("requests", "advance", "1", *step)
    assert state() == ("unknown", *locked)


# --- every way in, one after the other ---------------------------------------------------------

LEDGER = "general-ledger"
LAST_DAY = (datetime.now(UTC) + timedelta(days=5)).date()
OF_A_FEATURE = ("feature_state", "request_feature", "project_feature", "feature_loss", "environment_event")


def live_a_little(context: Context) -> tuple[int, int, int]:
    """A row in every table that knows features; gives back the numbers of a request, a feature change and a project."""
    context.write(features.switch, LEDGER, "enable", reason="x", acknowledgement=SURE, already_done=True)
    context.write(environments.record_event, "mirrored", "upgraded", context.now())
    request = context.write(requests.draft, RequestInput(reason="x", features=(LEDGER,))).value.request.id
    change = context.write(
        requests.draft, RequestInput("feature-change", reason="x", features=("dss",), change="enable")
    )
    today = context.now().date()
    wish = ProjectInput("Pilot", "x", today, LAST_DAY, features=(FeatureInput(LEDGER),))
    return request, change.value.request.id, context.write(projects.add, wish).value.id


def ways_of_the_services(
    context: Context, key: str, request: int, change: int, project: int
) -> dict[str, Callable[[], object]]:
    """Every deed that could plan, approve, record, ask for or want back a feature."""
    more: dict[str, Any] = {"reason": "x", "until": LAST_DAY, "acknowledgement": SURE}
    asked = RequestInput("feature-change", reason="x", features=("dss", key), change="enable", acknowledgement=SURE)
    wish = ProjectInput(
        "Pilot", "x", context.now().date(), LAST_DAY, features=(FeatureInput(LEDGER), FeatureInput(key))
    )

    def plan_in() -> None:
        with context.writing() as work:
            features.switch(work, key, "enable", **more)

    return {
        "plan": lambda: context.write(features.switch, key, "enable", **more),
        "record": lambda: context.write(features.switch, key, "enable", **more, already_done=True),
        "plan off": lambda: context.write(features.switch, key, "disable", reason="x"),
        "plan again": lambda: context.write(
            features.plan_again, {LEDGER: ("x", LAST_DAY), key: ("x", LAST_DAY)}, "mirrored", SURE
        ),
        "plan in a transaction": plan_in,
        "approve": lambda: context.write(features.approve, key),
        "confirm": lambda: context.write(features.confirm_done, key),
        "refresh": lambda: context.write(requests.draft, RequestInput(reason="x", features=(LEDGER, key))),
        "changed refresh": lambda: context.write(requests.redraft, request, RequestInput(reason="x", features=(key,))),
        "feature change": lambda: context.write(requests.draft, asked),
        "changed feature change": lambda: context.write(requests.redraft, change, asked),
        "project": lambda: context.write(projects.add, wish),
        "changed project": lambda: context.write(projects.change, project, wish),
        "looked at project": lambda: context.read(projects.preview, wish),
    }  # fmt: skip


def ways_of_the_terminal(key: str, project: int) -> Iterator[tuple[str, ...]]:
    """Every command that takes a feature."""
    sure = ("--reason", "x", "--until", LAST_DAY.isoformat(), "--acknowledge-phi", "--queue-empty")
    days = ("--from", datetime.now(UTC).date().isoformat(), "--to", LAST_DAY.isoformat())
    for spelling in (key, key.upper(), f" {key} "):
        for environment in ("mirrored", "training-b", "production"):
            where = ("--env", environment)
            yield ("enable", spelling, *sure, *where)
            yield ("enable", spelling, *sure, *where, "--done")
            yield ("disable", spelling, "--reason", "x", *where)
            yield ("disable", spelling, "--reason", "x", *where, "--done")
            yield ("approve", spelling, *where)
            yield (
                "requests",
                "new",
                "feature-change",
                "--text",
                "x",
                "--change",
                "enable",
                "--feature",
                spelling,
                *where,
            )
        yield ("refresh", "request", "--reason", "x", "--re-enable", spelling)
        yield ("requests", "new", "refresh", "--text", "x", "--re-enable", spelling)
        yield ("project", "add", "--name", "Pilot", "--purpose", "x", *days, "--feature", spelling)
        yield ("project", "change", str(project), "--feature", spelling)


def ways_of_sql(key: str) -> Iterator[str]:
    """Rows that would say it is on, was on, is to be on, or is wanted."""
    for spelling in (key, key.upper(), key.capitalize()):
        for columns, values in (("state", "'on'"), ("state, pending_change", "'off', 'enable'")):
            yield (
                f"INSERT OR REPLACE INTO feature_state (environment, feature, version, {columns})"
                f" VALUES ('mirrored', '{spelling}', 1, {values})"
            )
        yield f"UPDATE feature_state SET feature = '{spelling}', state = 'on' WHERE feature = '{LEDGER}'"
        yield f"INSERT INTO request_feature VALUES (2, '{spelling}')"
        yield f"UPDATE request_feature SET feature = '{spelling}'"
        yield f"INSERT INTO project_feature VALUES (1, '{spelling}', '2026-12-01', '2026-12-02', '')"
        yield f"UPDATE project_feature SET feature = '{spelling}'"
        yield f"INSERT INTO feature_loss (event_id, feature, was) VALUES (1, '{spelling}', 'on')"
        yield f"UPDATE feature_loss SET feature = '{spelling}'"
        yield (
            "INSERT INTO environment_event (environment, kind, at, recorded_at, by, feature, outcome)"
            f" VALUES ('mirrored', 'switched', '2026-12-01', '2026-12-01', 'x', '{spelling}', 'on')"
        )
        yield f"UPDATE environment_event SET feature = '{spelling}' WHERE feature = '{LEDGER}'"


def force(context: Context, *statements: str) -> None:
    """Write what the database itself would refuse."""
    with closing(sqlite3.connect(database(context.home), isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


def mentions(context: Context, key: str) -> list[object]:
    """Every row in which this feature is more than off."""
    found: list[object] = []
    with closing(sqlite3.connect(database(context.home))) as connection:
        connection.row_factory = sqlite3.Row
        for table in OF_A_FEATURE:
            for row in connection.execute(f"SELECT * FROM {table} WHERE lower(trim(feature)) = ?", [key]):
                said = dict(row)
                if table != "feature_state" or said["state"] != "off" or said["pending_change"]:
                    found.append((table, said))
        subject = connection.execute("SELECT action FROM audit_entry WHERE lower(subject) LIKE ?", [f"%/%{key}%"])
        found += subject.fetchall()
    return found


def test_every_way_in_is_closed_and_afterwards_no_row_says_that_it_is_on(
    key: str, terminal: Terminal, context: Context, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    change_agency(context, second_person=True)
    request, change, project = live_a_little(context)
    before = everything(context.home)

    # The services, by the shipped rules and by rules that somebody opened.
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        for way, deed in ways_of_the_services(there, key, request, change, project).items():
            with pytest.raises(ConflictError if way == "confirm" else RefusedError):
                deed()
            assert everything(context.home) == before, way

    # The services, once somebody forced a plan, a use in a project and a loss past the database.
    someday = f"'{LAST_DAY.isoformat()}'"
    force(
        context,
        "INSERT OR REPLACE INTO feature_state (environment, feature, state, pending_change, pending_reason,"
        " pending_until, pending_acknowledged_real, pending_by, pending_approved_by, version)"
        f" VALUES ('mirrored', '{key}', 'off', 'enable', 'x', {someday}, 1, 'bob', 'eve', 1)",
        f"INSERT INTO project_feature VALUES ({project}, '{key}', {someday}, {someday}, '')",
        f"INSERT INTO feature_loss (event_id, feature, was, until) SELECT max(event_id), '{key}', 'on', {someday}"
        " FROM feature_loss",
    )
    forced = everything(context.home)
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        for deed in (
            lambda there=there: there.write(features.confirm_done, key),
            lambda there=there: dataclasses.replace(there, actor="kim").write(features.approve, key),
            lambda there=there: there.write(
                features.switch, key, "enable", reason="x", until=LAST_DAY, acknowledgement=SURE, already_done=True
            ),
        ):
            with pytest.raises(DamagedError):  # a row that says so is damage, and no step to take
                deed()
    as_it_was = [line for line in before if line.startswith('INSERT INTO "feature_state"') and f"'{key}'" in line]
    force(context, f"DELETE FROM feature_state WHERE feature = '{key}'", *as_it_was)
    with pytest.raises((RefusedError, DamagedError)):
        context.write(projects.start, project, SURE)
    assert terminal("project", "start", project, "--acknowledge-phi", "--queue-empty").code in (3, 4)
    force(context, f"DELETE FROM project_feature WHERE feature = '{key}'")
    assert terminal("mirror", "plan-again", "--acknowledge-phi", "--queue-empty").code in (3, 4)
    force(context, f"DELETE FROM feature_loss WHERE feature = '{key}'")
    assert sorted(forced) != sorted(everything(context.home)) == sorted(before)
    before = everything(context.home)

    # The command line.
    for arguments in ways_of_the_terminal(key, project):
        if arguments[0] == "disable" and "--done" in arguments:
            continue  # that it was seen off may be said of every feature
        ran = terminal(*arguments)
        assert (ran.code, ran.out) in ((3, ""), (1, "")), arguments
        assert ran.code == 3 or arguments[0] == "approve", arguments
        assert everything(context.home) == before, arguments

    # The window: no switch, no sheet; and a sheet that somebody opened all the same is refused.
    desktop = open_desktop(qtbot, qapp, App(context.home, clock=SystemClock()))
    page = desktop.go("features")
    assert isinstance(page, FeaturesPage)
    assert key not in page.table.switches
    page.ask(key)
    desktop.settle()
    assert desktop.window.sheets == []
    register = context.read(features.find_all)
    view = context.read(features.find, key)
    tricked = dataclasses.replace(view, enable=context.read(features.find, LEDGER).enable)
    sheet = EnableSheet(desktop.window.shell, tricked, register)
    desktop.window.shell.open_sheet(sheet)
    sheet.reason.setText("x")
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.typed.setText("Mirrored")
    assert not sheet.primary.isEnabled()
    sheet.submit()
    desktop.settle()
    desktop.reads(sheet, "cannot be enabled")
    sheet.reject()
    close(desktop)
    assert everything(context.home) == before

    # The database itself.
    with closing(sqlite3.connect(database(context.home))) as connection:
        for statement in ways_of_sql(key):
            with pytest.raises(sqlite3.IntegrityError, match=r"locked|never changed"):
                connection.execute(statement)
            connection.rollback()

    # A backup that somebody doctored.
    terminal("backup", tmp_path / "good.db")
    for statement in (sql for sql in ways_of_sql(key) if f"'{key}'" in sql):
        bad = tmp_path / "bad.db"
        bad.write_bytes((tmp_path / "good.db").read_bytes())
        with closing(sqlite3.connect(bad, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            try:
                connection.execute(statement)
            except sqlite3.IntegrityError:
                continue  # a key or a trigger refuses it even so
        assert terminal("restore", bad).code == 2, statement
    assert mentions(context, key) == []
    states = {view.feature.key: view.state for view in context.read(features.find_all).features}
    assert (states[key].state, states[key].pending) == ("off", None)
