"""`refresh request`, `requests`, `mirror` and `notices`."""

from __future__ import annotations

import stat
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, in_days

REQUEST_KEYS = [
    "id", "reference", "kind", "env", "status", "next_steps", "reason", "earliest", "latest", "re_enable",
    "case_number", "scheduled_for", "created_at", "steps",
]  # fmt: skip
SMS = "external-communications.sms"


@pytest.fixture
def drafted(agency: Terminal) -> Terminal:
    """With request 1 drafted."""
    assert agency("refresh", "request", "--reason", "Fresh data – mars", "--re-enable", SMS).out == "1\n"
    return agency


# --- drafting ----------------------------------------------------------------------------------


def test_drafting_prints_the_id_alone_and_the_warnings_beside(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    agency("enable", SMS, "--reason", "Reminders", "--until", in_days(120), "--acknowledge-phi", "--done")
    ran = agency(
        "refresh", "request", "--env", "mirrored", "--reason", "x", "--earliest", in_days(60), "--latest", in_days(105),
        "--re-enable", SMS, "--re-enable", "general-ledger",
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, "1\n")
    warnings = ran.err.splitlines()
    assert len(warnings) == 3
    assert "upgrade window" in warnings[0]
    assert "overwrites" in warnings[1]
    assert "real contact details" in warnings[2]
    assert agency("requests", "show", "1", "--json").json()["re_enable"] == [SMS, "general-ledger"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("--reason", ""), 2),
        (("--reason", "x", "--earliest", "2020-01-01"), 2),
        (("--reason", "x", "--earliest", in_days(60), "--latest", in_days(59)), 2),
        (("--reason", "x", "--env", "migration"), 2),
        (("--reason", "x", "--re-enable", "fax"), 2),
        (("--reason", "x", "--env", "production"), 3),
        (("--reason", "x", "--re-enable", "engage"), 3),
        (("--reason", "x", "--re-enable", SMS, "--re-enable", "ClientConnect"), 3),
        (("--reason", "x", "--re-enable", "dss"), 3),
    ],
)
def test_a_request_that_cannot_be_is_refused(agency: Terminal, arguments: tuple[str, ...], code: int) -> None:
    ran = agency("refresh", "request", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err
    assert agency("requests", "list", "--json").json() == []


# --- looking and giving out --------------------------------------------------------------------


def test_requests_in_json_have_these_keys_newest_first(drafted: Terminal) -> None:
    drafted("refresh", "request", "--env", "training-b", "--reason", "y", "--latest", in_days(60))
    found = drafted("requests", "list", "--json").json()
    assert [list(item) for item in found] == [REQUEST_KEYS] * 2
    assert [(item["id"], item["reference"], item["env"]) for item in found] == [
        (2, "PA-2", "training-b"),
        (1, "PA-1", "mirrored"),
    ]
    assert (found[0]["earliest"], found[0]["latest"]) == (None, in_days(60))
    assert found[1]["next_steps"] == ["sent", "cancelled"]
    assert list(found[1]["steps"][0]) == ["at", "status", "by", "remark"]
    assert datetime.fromisoformat(found[1]["created_at"]).tzinfo is not None


def test_one_request_in_json_has_its_letter_too(drafted: Terminal) -> None:
    found = drafted("requests", "show", "1", "--json").json()
    assert list(found) == [*REQUEST_KEYS, "to", "subject", "text"]
    assert found["to"] == "support@vendor.example"
    assert "Fresh data – mars" in found["text"]


def test_a_request_in_words_shows_its_path_and_its_letter(drafted: Terminal) -> None:
    drafted("requests", "advance", "1", "sent", "--remark", "By email")
    out = drafted("requests", "show", "1").out
    assert ": drafted by " in out
    assert "(By email)" in out
    assert "To: support@vendor.example\nSubject: Refresh of the Mirrored database" in out
    assert drafted("requests", "list").lines() == ["1  refresh of mirrored: sent"]


def test_an_empty_list_says_how_to_draft(agency: Terminal) -> None:
    ran = agency("requests", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "refresh request" in ran.err


def test_sending_gives_out_a_draft_for_the_mail_program(drafted: Terminal, tmp_path: Path) -> None:
    ran = drafted("requests", "send", "1", "--via", "eml", "--output", tmp_path / "request.eml")
    assert (ran.code, ran.out) == (0, "")
    assert "requests advance 1 sent" in ran.err
    message = BytesParser(policy=policy.default).parsebytes((tmp_path / "request.eml").read_bytes())
    assert (message["X-Unsent"], message["To"]) == ("1", "support@vendor.example")
    assert stat.S_IMODE((tmp_path / "request.eml").stat().st_mode) == 0o600
    assert drafted("requests", "show", "1", "--json").json()["status"] == "drafted"


def test_a_draft_on_stdout_keeps_its_line_ends(drafted: Terminal) -> None:
    out = drafted("requests", "send", "1", "--via", "eml").out
    assert out.count("\n") == out.count("\r\n") > 10


def test_sending_gives_out_the_text_by_default(drafted: Terminal) -> None:
    ran = drafted("requests", "send", "1")
    shown = drafted("requests", "show", "1", "--json").json()
    assert ran.out == f"{shown['subject']}\n\n{shown['text']}"


# --- the path ----------------------------------------------------------------------------------


def test_a_request_walks_its_whole_path(drafted: Terminal) -> None:
    for arguments in (
        ("sent",),
        ("acknowledged", "--case", "00123456"),
        ("scheduled", "--on", "2029-12-30"),
        ("scheduled", "--on", "2029-12-31"),
        ("done", "--at", "2024-01-15T09:30:00-05:00", "--remark", "As agreed"),
    ):
        ran = drafted("requests", "advance", "1", *arguments)
        assert (ran.code, ran.out, ran.err) == (0, f"Request 1 is {arguments[0]}.\n", "")
    found = drafted("requests", "show", "1", "--json").json()
    assert (found["status"], found["case_number"], found["scheduled_for"]) == ("done", "00123456", "2029-12-31")
    assert [step["status"] for step in found["steps"]] == [
        "drafted", "sent", "acknowledged", "scheduled", "scheduled", "done",
    ]  # fmt: skip
    mirrored = drafted("mirror", "show", "--json").json()[-1]
    assert (mirrored["contact_details"], mirrored["last_refresh"]) == ("real", "2024-01-15T14:30:00+00:00")
    assert "SMS back on" in drafted("overview").out


def test_a_request_can_be_cancelled(drafted: Terminal) -> None:
    assert drafted("requests", "cancel", "1", "--remark", "Not needed").out == "Request 1 is cancelled.\n"
    found = drafted("requests", "show", "1", "--json").json()
    assert (found["status"], found["next_steps"]) == ("cancelled", [])
    assert found["steps"][-1]["remark"] == "Not needed"


def test_features_wanted_back_can_be_dropped(drafted: Terminal) -> None:
    for step in (("sent",), ("acknowledged", "--case", "1"), ("done",)):
        drafted("requests", "advance", "1", *step)
    assert "SMS back on" in drafted("overview").out
    assert drafted("requests", "drop-wanted", "1").code == 0
    assert "SMS back on" not in drafted("overview").out
    assert drafted("requests", "show", "1", "--json").json()["re_enable"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("drop-wanted", "2"), 2),
        (("drop-wanted", "9" * 30), 2),
        (("advance", "1", "done"), 1),
        (("advance", "1", "acknowledged", "--case", "1"), 1),
        (("advance", "1", "sent", "--remark", "two\nlines"), 2),
        (("advance", "1", "sent", "--case", "no number"), 2),
        (("advance", "1", "drafted"), 2),
        (("advance", "1", "lost"), 2),
        (("advance", "2", "sent"), 2),
        (("advance", "0", "sent"), 2),
        (("advance", "one", "sent"), 2),
        (("advance", "1"), 2),
        (("advance", "1", "sent", "--at", "2024-01-01"), 2),
        (("advance", "1", "sent", "--on", "soon"), 2),
        (("show", "99999999999999999999999"), 2),
        (("send", "7"), 2),
        (("cancel", "-1"), 2),
        (("send", "1", "--via", "fax"), 2),
    ],
)
def test_a_step_that_cannot_be_taken_changes_nothing(drafted: Terminal, arguments: tuple[str, ...], code: int) -> None:
    ran = drafted("requests", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err
    assert drafted("requests", "show", "1", "--json").json()["status"] == "drafted"


# --- the mirror --------------------------------------------------------------------------------


def test_environments_in_json_have_these_keys(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z", "--version", "2024.1", "--remark", "As announced")
    agency("enable", SMS, "--reason", "x", "--acknowledge-phi", "--done")
    found = agency("mirror", "show", "--json").json()
    assert list(found[0]) == [
        "env", "name", "contact_details", "sentence", "keep_real_addresses", "last_refresh", "last_upgrade", "version",
        "on", "events",
    ]  # fmt: skip
    assert [item["env"] for item in found] == ["production", "training-b", "mirrored"]
    mirrored = found[-1]
    assert (mirrored["contact_details"], mirrored["version"], mirrored["on"]) == (
        "de-identified", "2024.1", ["External Communications: SMS"],
    )  # fmt: skip
    assert mirrored["last_upgrade"] == "2024-01-10T03:00:00+00:00"
    assert mirrored["last_refresh"] is None


def test_recording_an_event_says_what_it_means(agency: Terminal) -> None:
    ran = agency("mirror", "refreshed", "--at", "2024-01-10T03:00:00Z")
    assert ran.out == "May hold real contact details: refreshed on Tuesday 9 January 2024, not upgraded since.\n"
    assert agency("mirror", "upgraded").out.startswith("Contact details are de-identified: upgraded on ")
    assert "Mirrored: Contact details are de-identified" in agency("mirror", "show").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("refreshed", "--env", "production"), 3),
        (("refreshed", "--at", "2099-01-01T00:00:00Z"), 2),
        (("upgraded", "--env", "preview"), 2),
        (("upgraded", "--env", "nowhere"), 2),
        (("upgraded", "--version", "x" * 61), 2),
        (("upgraded", "--at", "2024-01-01"), 2),
    ],
)
def test_an_event_that_cannot_be_is_refused(agency: Terminal, arguments: tuple[str, ...], code: int) -> None:
    ran = agency("mirror", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert agency("mirror", "show", "--json").json()[-1]["last_upgrade"] is None


def test_an_event_recorded_by_mistake_is_corrected_and_both_are_shown(agency: Terminal) -> None:
    agency("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z")
    agency("mirror", "refreshed", "--at", "2024-01-12T03:00:00Z", "--remark", "Oops")
    events = agency("mirror", "show", "--json").json()[-1]["events"]
    assert [list(event) for event in events] == [["id", "kind", "at", "version", "remark", "corrects"]] * 2
    wrong = next(event["id"] for event in events if event["kind"] == "refreshed")
    ran = agency("mirror", "correct", str(wrong), "--remark", "It was the training database")
    assert ran.out.startswith("Contact details are de-identified")
    shown = agency("mirror", "show", "--json").json()[-1]
    assert sorted(event["kind"] for event in shown["events"]) == ["corrected", "refreshed", "upgraded"]
    assert [event["corrects"] for event in shown["events"] if event["kind"] == "corrected"] == [wrong]
    assert shown["last_refresh"] is None
    out = agency("mirror", "show").out
    assert "refreshed Thursday 11 January 2024, 21:00 (Winnipeg) (Oops)" in out
    assert "(It was the training database)" in out


@pytest.mark.parametrize("key", ["99", "0", "x", "9" * 30])
def test_an_event_that_is_not_there_is_not_corrected(agency: Terminal, key: str) -> None:
    ran = agency("mirror", "correct", key)
    assert (ran.code, ran.out) == (2, "")


# --- notices -----------------------------------------------------------------------------------

SPAN = ("--starts", "2029-12-08T22:00:00-05:00", "--ends", "2029-12-09T01:00:00-05:00")


def test_a_notice_prints_its_id_and_is_listed(agency: Terminal) -> None:
    assert agency("notices", "add", *SPAN, "--version", "2029.12", "--origin", "Email").out == "1\n"
    assert agency("notices", "list", "--json").json() == [
        {
            "id": "1", "kind": "announced", "starts_at": "2029-12-09T03:00:00+00:00",
            "ends_at": "2029-12-09T06:00:00+00:00", "version": "2029.12",
        }
    ]  # fmt: skip
    assert agency("notices", "list").lines() == ["1  announced: Saturday 8 December 2029, 21:00 to midnight (Winnipeg)"]


def test_an_emergency_is_the_next_window_when_it_comes_first(agency: Terminal) -> None:
    starts = datetime.now().astimezone() + timedelta(minutes=30)
    agency(
        "notices", "add", "--kind", "emergency", "--starts", starts.isoformat(), "--ends",
        (starts + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    kinds = {window["kind"] for window in agency("windows", "--count", "2", "--format", "json").json()}
    assert "emergency" in kinds


def test_a_notice_can_be_taken_back(agency: Terminal) -> None:
    agency("notices", "add", *SPAN)
    assert agency("notices", "remove", "1").out == "Notice 1 is removed.\n"
    assert agency("notices", "list", "--json").json() == []
    assert agency("notices", "remove", "1").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        SPAN[:2],
        (*SPAN[:2], "--ends", SPAN[1]),
        (*SPAN[:2], "--ends", "2029-12-15T00:00:00Z"),
        ("--starts", "2029-12-08", *SPAN[2:]),
        (*SPAN, "--kind", "mass-upgrade"),
        (*SPAN, "--origin", "two\nlines"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(agency: Terminal, arguments: tuple[str, ...]) -> None:
    ran = agency("notices", "add", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert agency("notices", "list", "--json").json() == []
