"""`project`: what scripts rely on, and what people read."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cli.terminal import Ran, Terminal, in_days
from tests.each import each

SMS, LEDGER = "external-communications.sms", "general-ledger"


def add(agency: Terminal, *more: str) -> Ran:
    """Plan a project that began yesterday and lasts for ten more days."""
    days = ("--from", in_days(-1), "--to", in_days(10))
    return agency("project", "add", "--name", "Pilot", "--purpose", "Try reminders", *days, *more)


def test_add_prints_the_id_alone_and_says_on_stderr_what_breaks(agency: Terminal) -> None:
    ran = add(agency, "--feature", SMS)
    assert (ran.code, ran.out) == (0, "1\n")
    assert ran.err.startswith("DANGER: ")
    assert "would reach real people" in ran.err
    assert add(agency).out == "2\n"


def test_a_project_in_json_is_exactly_what_scripts_rely_on(agency: Terminal) -> None:
    add(agency, "--refresh-by", in_days(0), "--feature", f"{LEDGER}:{in_days(2)}:{in_days(3)}", "--feature", SMS)
    found = agency("project", "show", "1", "--json").json()
    assert list(found) == [
        "id", "name", "purpose", "env", "state", "first_day", "last_day", "refresh_by", "request", "awaits_refresh",
        "features", "to_plan", "later", "in_use", "breaks", "recurs", "draft_day", "turns",
    ]  # fmt: skip
    assert found["features"] == [
        {"key": SMS, "first_day": in_days(-1), "last_day": in_days(10), "reason": None},
        {"key": LEDGER, "first_day": in_days(2), "last_day": in_days(3), "reason": None},
    ]
    assert list(found["breaks"][0]) == ["day", "urgency", "kind", "feature", "text"]
    assert agency("project", "list", "--json").json() == [found]


def test_people_read_the_days_the_features_and_what_breaks(agency: Terminal) -> None:
    add(agency, "--feature", SMS, "--refresh-by", in_days(0))
    lines = agency("project", "show", "1").lines()
    assert lines[:2] == ["1  Pilot: planned", "  Try reminders"]
    assert lines[3].startswith("  Refresh needed by ")
    assert lines[4].startswith("  External Communications: SMS: ")
    assert lines[5].startswith("  DANGER: Between the refresh and the upgrade of ")
    assert agency("project", "list").lines() == [f"1  Pilot: planned, {in_days(-1)} to {in_days(10)}, DANGERS: 1"]


def test_an_empty_list_says_what_to_do_first(agency: Terminal) -> None:
    ran = agency("project", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "penelope-admin project add" in ran.err


@pytest.mark.parametrize("key", ["clientconnect", "engage", "Engage", "dss", "credit-card", "ors-srs"])
def test_what_is_locked_or_not_listed_is_refused_with_code_3(agency: Terminal, key: str) -> None:
    assert add(agency).code == 0
    for ran in (add(agency, "--feature", key), agency("project", "change", "1", "--feature", key)):
        assert (ran.code, ran.out) == (3, "")
        assert "Support" in ran.err
    assert [view["features"] for view in agency("project", "list", "--json").json()] == [[]]


@each(
    "more, code",
    [
        (("--env", "production"), 3),
        (("--env", "nowhere"), 2),
        (("--env", "preview"), 2),
        (("--feature", "nothing"), 2),
        (("--feature", ""), 2),
        (("--feature", f"{SMS}:tomorrow"), 2),
        (("--feature", f"{SMS}:::"), 2),
        (("--feature", SMS, "--feature", SMS), 2),
        (("--to", in_days(-2)), 2),
        (("--to", "2026-13-01"), 2),
        (("--name", ""), 2),
        (("surprise",), 2),
    ],
)
def test_bad_input_is_2_and_refusals_are_3(agency: Terminal, more: tuple[str, ...], code: int) -> None:
    ran = add(agency, *more)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err
    assert agency("project", "list", "--json").json() == []


def test_days_left_out_between_colons_are_the_project_s(agency: Terminal) -> None:
    add(agency, "--feature", f"{SMS}::{in_days(3)}")
    (found,) = agency("project", "show", "1", "--json").json()["features"]
    assert (found["first_day"], found["last_day"]) == (in_days(-1), in_days(3))


def test_what_is_not_named_stays_when_a_project_is_changed(agency: Terminal) -> None:
    add(agency, "--feature", SMS, "--feature", f"{LEDGER}::{in_days(3)}", "--refresh-by", in_days(0))
    assert agency("project", "change", "1", "--name", "Other", "--to", in_days(20)).code == 0
    found = agency("project", "show", "1", "--json").json()
    assert (found["name"], found["purpose"], found["refresh_by"]) == ("Other", "Try reminders", in_days(0))
    assert [item["last_day"] for item in found["features"]] == [in_days(20), in_days(3)]
    assert agency("project", "change", "1", "--no-refresh", "--no-features").code == 0
    found = agency("project", "show", "1", "--json").json()
    assert (found["refresh_by"], found["features"]) == (None, [])
    for both in (("--no-refresh", "--refresh-by", in_days(1)), ("--no-features", "--feature", SMS)):
        assert agency("project", "change", "1", *both).code == 2


def test_starting_without_acknowledgement_is_refused_and_says_how(agency: Terminal) -> None:
    add(agency, "--feature", SMS)
    ran = agency("project", "start", "1")
    assert (ran.code, ran.out) == (3, "")
    assert "--acknowledge-phi" in ran.err
    assert agency("project", "show", "1", "--json").json()["state"] == "planned"


def test_starting_plans_the_features_and_ending_says_what_is_left(agency: Terminal) -> None:
    add(agency, "--feature", SMS)
    lines = agency("project", "start", "1", "--acknowledge-phi", "--queue-empty").lines()
    assert lines == ["Project 1 is started.", f"External Communications: SMS: planned until {in_days(10)}"]
    assert agency("project", "start", "1", "--acknowledge-phi", "--queue-empty").code == 1
    planned = agency("features", "--json").json()
    assert [item["pending"] for item in planned if item["key"] == SMS] == ["enable"]
    ran = agency("project", "end", "1")
    assert (ran.code, ran.out) == (0, "Project 1 is ended.\n")
    assert f"penelope-admin cancel-plan {SMS}" in ran.err
    assert agency("project", "cancel", "1").code == 1


def test_a_refresh_comes_first_and_the_features_after_it(agency: Terminal) -> None:
    add(agency, "--feature", LEDGER, "--refresh-by", in_days(1))
    lines = agency("project", "start", "1").lines()
    assert lines[1].startswith("Request 1 is drafted.")
    assert lines[2].endswith("to be planned after the refresh: penelope-admin project plan 1")
    assert agency("project", "plan", "1", "--acknowledge-phi", "--queue-empty").code == 1
    for step in (("sent",), ("acknowledged", "--case", "00481516"), ("done",)):
        assert agency("requests", "advance", "1", *step).code == 0
    assert agency("project", "plan", "1").code == 3
    assert agency("project", "plan", "1", "--acknowledge-phi", "--queue-empty").code == 0
    found = agency("project", "show", "1", "--json").json()
    assert (found["request"], found["awaits_refresh"], found["in_use"]) == (1, False, [LEDGER])


def test_cancelling_names_the_request_that_is_still_open(agency: Terminal) -> None:
    add(agency, "--refresh-by", in_days(1))
    agency("project", "start", "1")
    ran = agency("project", "cancel", "1")
    assert ran.out == "Project 1 is cancelled.\n"
    assert "Request 1 is still open: penelope-admin requests show 1\n" in ran.err


@each("command", ["show", "start", "plan", "end", "cancel", "change"])
def test_a_project_that_is_not_there_is_bad_input(agency: Terminal, command: str) -> None:
    ran = agency("project", command, "7")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no project 7" in ran.err


def test_dates_in_json_are_dates(agency: Terminal) -> None:
    add(agency, "--refresh-by", in_days(0))
    found = agency("project", "show", "1", "--json").json()
    assert all(date.fromisoformat(found[name]) for name in ("first_day", "last_day", "refresh_by"))


def test_a_project_that_comes_again_says_when_and_its_request_is_drafted_on_its_day(agency: Terminal) -> None:
    ran = agency(
        "project", "add", "--name", "Fresh data", "--purpose", "Training", "--from", in_days(20), "--to", in_days(21),
        "--refresh-by", in_days(19), "--recurs", "yearly", "--draft-days", "21",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = agency("project", "show", "1", "--json").json()
    assert (found["recurs"], found["draft_day"], len(found["turns"])) == ("yearly/21", in_days(-2), 1)
    assert list(found["turns"][0]) == ["first_day", "last_day", "breaks"]
    assert any(line.startswith("  Repeats every year; its request will be drafted on ")
               for line in agency("project", "show", "1").lines())  # fmt: skip
    assert agency("project", "draft-due").lines() == ["Request 1 is drafted for project 1."]
    again = agency("project", "draft-due")
    assert (again.code, again.out, again.err) == (0, "", "Nothing is due.\n")
    assert agency("requests", "show", "1", "--json").json()["status"] == "drafted"
    assert [item["recurs"] for item in agency("project", "list", "--json").json()] == [None, "yearly/21"]


def test_what_comes_again_is_skipped_changed_and_ended(agency: Terminal) -> None:
    add(agency, "--recurs", "monthly")
    assert agency("project", "change", "1", "--draft-days", "7").code == 0
    assert agency("project", "show", "1", "--json").json()["recurs"] == "monthly/7"
    assert "now begins on" in agency("project", "skip", "1").out
    assert agency("project", "change", "1", "--recurs", "after-upgrade").code == 0
    assert agency("project", "show", "1", "--json").json()["recurs"] == "after-upgrade/14"
    assert agency("project", "change", "1", "--no-recurs").code == 0
    assert agency("project", "show", "1", "--json").json()["recurs"] is None
    assert agency("project", "skip", "1").code == 1
    assert agency("project", "change", "1", "--no-recurs", "--recurs", "monthly").code == 2
    assert agency("project", "change", "1", "--draft-days", "7").code == 2


def test_a_refresh_that_comes_again_names_its_last_day(agency: Terminal) -> None:
    ran = agency("refresh", "request", "--reason", "Fresh data", "--latest", in_days(20), "--recurs", "quarterly")
    assert (ran.code, ran.out) == (0, "1\n")
    assert [item["state"] for item in agency("project", "list", "--json").json()] == ["started", "planned"]
    refused = agency("refresh", "request", "--reason", "Fresh data", "--recurs", "quarterly")
    assert refused.code == 2
    assert "Name the last day" in refused.err
