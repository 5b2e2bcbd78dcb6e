"""`features`, `enable`, `disable` and `cancel-plan`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest

from penelope_admin.domain.times import in_words
from tests.cli.terminal import Terminal, in_days
from tests.each import each
from tests.services.house import database

FEATURE_KEYS = [
    "key", "name", "env", "state", "pending", "availability", "phi_risk", "reasons", "since", "until", "reason", "by",
    "planned_by", "approved_by", "waits_for_approval", "expired", "obstacle", "seen", "seen_at",
]  # fmt: skip
SMS = "external-communications.sms"
EXTERNAL = [
    "external-communications", SMS, "external-communications.client-delivery",
    "external-communications.worker-delivery",
]  # fmt: skip
FAR = in_days(400)


@pytest.fixture
def agency(terminal: Terminal) -> Terminal:
    """Its mirrored database was upgraded, so that its contact details are de-identified."""
    terminal.init()
    assert terminal("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z").code == 0
    return terminal


def feature(terminal: Terminal, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in terminal("features", "--json").json() if item["key"] == key)
    return found


def entries(terminal: Terminal) -> int:
    return len(terminal("audit", "list", "--json").json())


def test_each_feature_in_json_has_these_keys_and_values(terminal: Terminal) -> None:
    found = terminal.init()("features", "--json").json()
    assert [list(item) for item in found] == [FEATURE_KEYS] * 12
    assert [(item["key"], item["availability"], item["phi_risk"], item["state"]) for item in found] == [
        ("external-communications", "re-enableable", "high", "unknown"),
        ("external-communications.sms", "re-enableable", "high", "unknown"),
        ("external-communications.client-delivery", "re-enableable", "high", "unknown"),
        ("external-communications.worker-delivery", "re-enableable", "elevated", "unknown"),
        ("ms-exchange", "re-enableable", "high", "unknown"),
        ("action-triggers", "re-enableable", "high", "unknown"),
        ("general-ledger", "re-enableable", "elevated", "unknown"),
        ("ors-srs", "not-listed", None, "unknown"),
        ("credit-card", "not-listed", None, "unknown"),
        ("dss", "not-listed", None, "unknown"),
        ("clientconnect", "locked", None, "unknown"),
        ("engage", "locked", None, "unknown"),
    ]
    for item in found:
        assert (item["env"], item["pending"], item["since"], item["until"], item["by"]) == ("mirrored", *[None] * 4)
        assert item["reasons"]


def test_a_switched_feature_tells_since_until_reason_and_by(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penelope_admin.app.account_name", lambda: "ada")
    done = agency(
        "enable", SMS, "--reason", "Reminders", "--until", FAR, "--acknowledge-phi", "--queue-empty", "--done"
    )
    assert (done.code, done.out) == (0, "External Communications: SMS: on\n")
    note, whole, advice = done.err.splitlines()
    assert whole.startswith("SMS is a part of External Communications")
    assert note.startswith("The upgrade of ")
    assert "only what the project needs" in advice
    item = feature(agency, SMS)
    assert (item["state"], item["pending"], item["until"], item["reason"], item["by"]) == (
        "on", None, FAR, "Reminders", "ada",
    )  # fmt: skip
    assert datetime.fromisoformat(item["since"]).tzinfo is not None
    assert [feature(agency, key)["state"] for key in EXTERNAL] == ["on", "on", "off", "off"]


def test_a_plan_is_shown_with_the_steps_to_take(agency: Terminal) -> None:
    lines = agency("enable", SMS, "--reason", "Reminders", "--until", FAR, "--acknowledge-phi", "--queue-empty").lines()
    assert lines[0] == "External Communications: SMS: off, planned: enable"
    assert lines[1].strip().startswith("1. Sign in to Mirrored")
    assert "Screens may look different" in lines[-1]
    item = feature(agency, SMS)
    assert (item["state"], item["pending"], item["until"], item["reason"]) == ("off", "enable", FAR, "Reminders")


def test_an_expired_plan_is_told_and_not_done(agency: Terminal) -> None:
    agency("enable", SMS, "--reason", "Reminders", "--until", in_days(0), "--acknowledge-phi")
    with closing(sqlite3.connect(database(agency.home))) as connection, connection:
        connection.execute("UPDATE feature_state SET pending_until = ? WHERE feature = ?", [in_days(-2), SMS])
    assert any("planned: enable, EXPIRED" in line for line in agency("features").lines())
    assert "Switch External Communications: SMS on" not in agency("overview").out
    assert "The plan to switch on External Communications: SMS has expired" in agency("overview").out
    ran = agency("enable", SMS, "--reason", "Reminders", "--acknowledge-phi", "--done")
    assert (ran.code, ran.out) == (1, "")
    assert "has expired" in ran.err


def test_a_plan_can_be_taken_back(agency: Terminal) -> None:
    agency("enable", SMS, "--reason", "Reminders", "--until", FAR, "--acknowledge-phi", "--queue-empty")
    assert agency("cancel-plan", SMS).out == "External Communications: SMS: off\n"
    done = agency("cancel-plan", SMS)
    assert (done.code, done.out) == (1, "")
    assert "No change of" in done.err


def test_a_plan_is_done_with_the_same_command_and_done(agency: Terminal) -> None:
    agency("enable", SMS, "--reason", "Reminders", "--until", FAR, "--acknowledge-phi", "--queue-empty")
    agency("enable", SMS, "--reason", "Reminders", "--acknowledge-phi", "--queue-empty", "--done")
    assert agency("disable", SMS, "--reason", "Over").lines()[0].endswith("on, planned: disable")
    assert agency("disable", SMS, "--reason", "Over", "--done").out == "External Communications: SMS: off\n"


def test_the_table_says_state_risk_and_whose_judgement_it_is(agency: Terminal) -> None:
    until = in_words(date.fromisoformat(FAR))
    agency("enable", SMS, "--reason", "Reminders", "--until", FAR, "--acknowledge-phi", "--queue-empty")
    lines = agency("features").lines()
    assert "de-identified" in lines[0]
    assert "not the vendor's" in lines[1]
    said = {line.partition("  ")[2].strip() for line in lines}
    assert said.issuperset(
        {
            f"External Communications: SMS: off, planned: enable, until {until} (may be re-enabled, PHI risk high)",
            "ORS/SRS: off (ask Support)",
            "Engage: off (LOCKED)",
        }
    )


@each("command, done", [("enable", ()), ("enable", ("--done",)), ("disable", ())])
@each("key", ["clientconnect", "engage", "Engage", " CLIENTCONNECT "])
def test_a_locked_feature_is_refused_by_policy(agency: Terminal, command: str, key: str, done: tuple[str, ...]) -> None:
    known = entries(agency)
    sure = (
        (
            "--acknowledge-phi",
            "--queue-empty",
        )
        if command == "enable"
        else ()
    )
    ran = agency(command, key, "--reason", "Please", *sure, *done)
    assert (ran.code, ran.out) == (3, "")
    assert "cannot be enabled" in ran.err
    assert entries(agency) == known


@each("key", ["clientconnect", "engage", "dss"])
def test_what_was_seen_off_is_recorded_of_a_locked_feature_and_one_that_is_not_on_the_list(
    terminal: Terminal, key: str
) -> None:
    agency = terminal.init()
    assert feature(agency, key)["state"] == "unknown"
    assert agency("disable", key, "--reason", "Looked", "--done").code == 0
    assert feature(agency, key)["state"] == "off"
    agency("mirror", "refreshed")
    assert feature(agency, key)["state"] == "unknown"
    assert "Engage: unknown (LOCKED" in agency("features").out


def test_in_other_environments_the_lock_is_this_program_s_own(agency: Terminal) -> None:
    assert "Engage: unknown (LOCKED in this program)" in agency("features", "--env", "production").out


@each("key", ["ors-srs", "credit-card", "dss"])
def test_what_is_not_on_the_list_is_refused_by_policy_with_other_words(agency: Terminal, key: str) -> None:
    ran = agency("enable", key, "--reason", "Please", "--acknowledge-phi", "--queue-empty")
    assert (ran.code, ran.out) == (3, "")
    assert "ask Support" in ran.err
    assert "cannot be enabled" not in ran.err


def test_without_the_acknowledgement_nothing_high_is_enabled(agency: Terminal) -> None:
    ran = agency("enable", SMS, "--reason", "Reminders")
    assert (ran.code, ran.out) == (3, "")
    assert "high PHI risk" in ran.err
    assert feature(agency, SMS)["pending"] is None


def test_the_acknowledgement_covers_contacts_that_may_be_real_in_the_environment_named(terminal: Terminal) -> None:
    terminal.init()
    wish = ("enable", SMS, "--reason", "Reminders", "--until", FAR)
    refused = terminal(*wish)
    assert refused.code == 3
    assert "Contact details may be real" in refused.err
    assert terminal(*wish, "--env", "mirrored", "--acknowledge-phi", "--queue-empty").code == 0


@each(
    "arguments",
    [
        ("enable", SMS, "--acknowledge-phi", "--queue-empty"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--until", FAR, "--reason", ""),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--until", FAR, "--reason", "two\nlines"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--until", FAR, "--reason", "x" * 301),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--reason", "x", "--until", "2020-01-01"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--reason", "x", "--until", "9999-12-31"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--reason", "x", "--until", "soon"),
        ("enable", "fax", "--acknowledge-phi", "--queue-empty", "--reason", "x"),
        ("enable", "--acknowledge-phi", "--queue-empty", "--reason", "x"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--reason", "x", "--env", "migration"),
        ("enable", SMS, "--acknowledge-phi", "--queue-empty", "--reason", "x", "--env", "staging"),
        ("disable", SMS),
        ("disable", SMS, "--reason", "x", "--until", FAR),
        ("disable", "all", "--reason", " ", "--done"),
        ("disable", SMS, "--reason", "x", "--acknowledge-phi"),
        ("cancel-plan",),
        ("cancel-plan", "fax"),
        ("features", "--env", "staging"),
        ("features", "--env", "preview"),
    ],
)
def test_bad_input_changes_nothing(agency: Terminal, arguments: tuple[str, ...]) -> None:
    known = entries(agency)
    ran = agency(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert entries(agency) == known


def test_switching_to_what_it_is_already_fails(agency: Terminal) -> None:
    ran = agency("disable", SMS, "--reason", "x")
    assert (ran.code, ran.out) == (1, "")
    assert "off already" in ran.err


def test_features_of_another_environment_are_told(agency: Terminal) -> None:
    found = agency("features", "--env", "training-b", "--json").json()
    assert {(item["env"], item["availability"]) for item in found} == {
        ("training-b", "not-listed"),
        ("training-b", "locked"),
    }


def test_before_the_set_up_there_are_no_features(terminal: Terminal) -> None:
    for arguments in (("features",), ("enable", SMS, "--reason", "x"), ("disable", SMS, "--reason", "x")):
        ran = terminal(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert f"There is no data in {terminal.home} yet" in ran.err
        assert "penelope-admin init" in ran.err
    assert not terminal.home.exists(), "a folder that was mistyped is not made"


def test_what_was_seen_is_recorded_in_one_line_without_a_reason(agency: Terminal) -> None:
    agency("mirror", "refreshed")
    done = agency("seen", "--on", SMS, "--off", "all")
    assert done.code == 0
    assert "External Communications: SMS: on" in done.lines()
    assert [feature(agency, key)["state"] for key in EXTERNAL] == ["on", "on", "off", "off"]


@each("arguments", [(), ("--on", "dss", "--off", "DSS")])
def test_what_was_seen_has_to_make_sense(agency: Terminal, arguments: tuple[str, ...]) -> None:
    done = agency("seen", *arguments)
    assert (done.code, "Nothing was recorded." in done.err) == (2, True)


def test_each_feature_is_shown_with_the_key_that_commands_take_and_a_whole_with_its_part_that_is_on(
    agency: Terminal,
) -> None:
    agency("seen", "--on", "external-communications.sms", "--off", "all")
    lines = [line.split(maxsplit=1) for line in agency("features").out.splitlines() if line]
    shown = dict(lines)
    assert {item["key"] for item in agency("features", "--json").json()} <= shown.keys()
    assert shown["external-communications"].startswith("External Communications: on through SMS (")
    assert shown["external-communications.sms"].startswith("External Communications: SMS: on, as seen on ")


def test_a_locked_feature_that_was_seen_on_is_told_as_seen_on_and_stays_unknown_for_scripts(agency: Terminal) -> None:
    assert "nobody recorded a switch. Tell Support." in agency("seen", "--on", "engage").out
    assert "Engage: SEEN ON (LOCKED)\n  Engage was seen on in Mirrored on " in agency("features").out
    (item,) = [item for item in agency("features", "--json").json() if item["key"] == "engage"]
    assert (item["state"], item["seen"], item["since"]) == ("unknown", "on", None)
    assert item["seen_at"] is not None
