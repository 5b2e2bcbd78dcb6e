"""ClientConnect and Engage: every way there is to enable them is closed, each by a lock of its own."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa

from penelope_admin.domain import features as rules
from penelope_admin.domain import mirror
from penelope_admin.domain.features import Acknowledgement, Change, Decision, FeatureState
from penelope_admin.domain.mirror import Event, Posture
from penelope_admin.errors import PolicyError, RefusedError
from penelope_admin.files import resource
from penelope_admin.policy import LOCKED_FEATURES, Policy, load
from penelope_admin.services import features, requests
from penelope_admin.services.context import Context
from penelope_admin.services.requests import Wish
from penelope_admin.store import schema
from tests.cli.terminal import Terminal
from tests.services.house import SURE, change_agency, database, everything, nothing_saved

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
                given = Acknowledgement(phi=True, environment=environment)
                for state in ("on", "off", "unknown"):
                    entry_now = FeatureState(environment, key, state)
                    for rule in (rules.can_switch, rules.can_ask):
                        verdict = rule(rules_in_force, entry_now, "enable", known, given)
                        assert (verdict.decision, verdict.availability) == (Decision.REFUSED, "locked")
                        with pytest.raises(RefusedError):
                            verdict.require()


def test_what_is_not_known_of_it_counts_as_off(key: str, policy: Policy) -> None:
    for environment in policy.environment:
        assert rules.initial_state(opened(policy, key).feature[key], environment).state == "off"


# --- the services ------------------------------------------------------------------------------


@pytest.mark.parametrize("already_done", [False, True])
def test_no_service_plans_it_or_records_it(key: str, already_done: bool, context: Context) -> None:
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        with nothing_saved(there), pytest.raises(RefusedError):
            features.switch(there, key, "enable", reason="Please", acknowledgement=SURE, already_done=already_done)


def test_no_refresh_request_wants_it_back(key: str, context: Context) -> None:
    for rules_in_force in (context.policy, opened(context.policy, key)):
        there = dataclasses.replace(context, policy=rules_in_force)
        with nothing_saved(there), pytest.raises(RefusedError):
            requests.draft(there, Wish(reason="x", features=("general-ledger", key)))


@pytest.mark.parametrize("change", ["enable", "disable"])
def test_no_feature_change_asks_for_it_in_any_environment(key: str, change: Change, context: Context) -> None:
    """Neither in a new request nor in a draft that is changed."""
    copies = ("preview", "training-a", "migration", "mirrored")
    change_agency(context, environments=copies)
    for environment in (*copies, "production"):
        sure = Acknowledgement(phi=True, environment=environment)
        wish = Wish("feature-change", environment, reason="x", features=("dss",), change=change, acknowledgement=sure)
        drafted = requests.draft(context, wish).value.request if environment != "production" else None
        for rules_in_force in (context.policy, opened(context.policy, key)):
            there = dataclasses.replace(context, policy=rules_in_force)
            for features_asked in ((key,), (key.upper(),), ("dss", f" {key} ")):
                bad = dataclasses.replace(wish, features=features_asked)
                with nothing_saved(there), pytest.raises(RefusedError):
                    requests.draft(there, bad)
                if drafted is not None:
                    with nothing_saved(there), pytest.raises(RefusedError):
                        requests.redraft(there, drafted.id, bad)


def test_every_letter_about_a_copy_asks_support_to_leave_it_off(key: str, context: Context) -> None:
    for kind, change in (("refresh", None), ("feature-change", "enable"), ("feature-change", "disable")):
        letter = requests.preview(context, Wish(kind, reason="x", features=("dss",), change=change))  # type: ignore[arg-type]
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
            "INSERT INTO feature_state (environment, feature, state, version) VALUES ('mirrored', ?, 'off', 1)", [key]
        )
        for change in ("state = 'on'", "state = 'unknown'", "pending_change = 'enable'"):
            with pytest.raises(sqlite3.IntegrityError, match="locked"):
                connection.execute(f"UPDATE feature_state SET {change}")


def test_renaming_another_feature_into_it_is_refused_by_the_database(key: str, context: Context) -> None:
    features.switch(context, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True)
    with (
        closing(sqlite3.connect(database(context.home))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="locked"),
    ):
        connection.execute("UPDATE feature_state SET feature = ? WHERE feature = 'general-ledger'", [key])


def test_no_request_can_hold_it_in_the_database(key: str, context: Context) -> None:
    change = Wish("feature-change", reason="x", features=("dss",), change="enable")
    drafted = [requests.draft(context, wish).value.request for wish in (Wish(reason="x"), change)]
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
    insert = f"INSERT INTO feature_state (environment, feature, state, version) VALUES ('mirrored', '{key}', 'on', 1)"
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

    locked = ("off", None, "locked", None)
    assert state() == locked
    terminal("mirror", "refreshed", "--at", "2024-02-01T00:00:00Z")
    assert state() == locked
    terminal("mirror", "upgraded", "--at", "2024-03-01T00:00:00Z")
    assert state() == locked
    terminal("refresh", "request", "--reason", "x", "--re-enable", "general-ledger")
    for step in (("sent",), ("acknowledged", "--case", "1"), ("done",)):
        terminal("requests", "advance", "1", *step)
    assert state() == locked
