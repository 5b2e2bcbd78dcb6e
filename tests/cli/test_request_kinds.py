"""`requests new` for every kind, and what only some kinds have: remarks, defects, answers, and the telephone."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal, in_days
from tests.each import each

SMS = "external-communications.sms"
BEGAN = "2026-01-02T03:04:05-06:00"
PHI = "Jane, (204) 555-0134, born 12 March 1984"
NEW: dict[str, tuple[str, ...]] = {
    "refresh": ("--text", "Fresh data", "--re-enable", SMS, "--latest", in_days(60)),
    "feature-change": ("--change", "enable", "--feature", "dss", "--feature", "ors-srs", "--reason", "A test"),
    "missing-notice": ("--upgrade-day", "2026-01-10"),
    "question": ("--title", "How does it count?", "--text", "Two lists differ.", "--env", "training-b"),
    "defect": ("--title", "Day 1 is gone", "--text", "Open it.", "--env", "production", "--version", "5.2.1"),
    "scheduled-call": ("--title", "New form", "--text", "An hour.", "--earliest", in_days(30)),
    "script": ("--title", "Shift dates", "--text", "By a year.", "--latest", in_days(60)),
    "critical": (
        "--title", "Nobody gets in", "--text", "An empty page.", "--characteristic", "C", "--characteristic", "b",
        "--all-users", "--began", BEGAN,
    ),
}  # fmt: skip
KEPT: dict[str, dict[str, Any]] = {
    "refresh": {
        "summary": "refresh of Mirrored", "env": "mirrored", "reason": "Fresh data", "re_enable": [SMS],
        "features": [SMS], "latest": in_days(60),
    },
    "feature-change": {
        "summary": "switch on DSS, ORS/SRS in Mirrored", "env": "mirrored", "reason": "A test", "change": "enable",
        "features": ["dss", "ors-srs"],
    },
    "missing-notice": {
        "summary": "no notice for the upgrade of Saturday 10 January 2026", "upgrade_day": "2026-01-10", "reason": "",
    },
    "question": {
        "summary": "question: How does it count?", "env": "training-b", "title": "How does it count?",
        "reason": "Two lists differ.",
    },
    "defect": {
        "summary": "defect: Day 1 is gone", "env": "production", "title": "Day 1 is gone", "reason": "Open it.",
        "version": "5.2.1",
    },
    "scheduled-call": {
        "summary": "scheduled call: New form", "title": "New form", "reason": "An hour.", "earliest": in_days(30),
    },
    "script": {
        "summary": "script for Mirrored: Shift dates", "env": "mirrored", "title": "Shift dates",
        "reason": "By a year.", "latest": in_days(60),
    },
    "critical": {
        "summary": "critical incident: Nobody gets in", "title": "Nobody gets in", "reason": "An empty page.",
        "characteristics": ["b", "c"], "began_at": "2026-01-02T09:04:05+00:00",
    },
}  # fmt: skip
NOTHING: dict[str, Any] = {
    "env": None, "title": "", "earliest": None, "latest": None, "re_enable": [], "features": [], "change": None,
    "upgrade_day": None, "version": None, "characteristics": [], "began_at": None, "answer_due": None,
    "via": "mail-program", "message": None, "case_number": None, "scheduled_for": None, "defect": None, "remarks": [],
}  # fmt: skip


def new(agency: Terminal, kind: str, *more: str) -> None:
    """Request 1 is drafted."""
    ran = agency("requests", "new", kind, *NEW[kind], *more)
    assert (ran.code, ran.out) == (0, "1\n"), ran.err


def told_in_the_log(agency: Terminal) -> str:
    """What the log says, without its hashes, in which any digits may stand."""
    return "\n".join(f"{entry['before']} {entry['after']}" for entry in agency("audit", "list", "--json").json())


def shown(agency: Terminal) -> Any:
    return agency("requests", "show", "1", "--json").json()


def as_case(agency: Terminal, kind: str) -> None:
    """Request 1 has a case number."""
    new(agency, kind)
    assert agency("requests", "advance", "1", "sent").code == 0
    assert agency("requests", "advance", "1", "acknowledged", "--case", "00481516").code == 0


# --- drafting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NEW)
def test_a_new_request_prints_its_id_alone_and_keeps_every_field(agency: Terminal, kind: str) -> None:
    new(agency, kind)
    found = shown(agency)
    assert (found["id"], found["reference"], found["kind"], found["status"]) == (1, "PA-1", kind, "drafted")
    for name, value in {**NOTHING, **KEPT[kind]}.items():
        assert found[name] == value, name
    assert found["next_steps"] == ["sent", "cancelled"]
    assert agency("requests", "list").lines() == [f"1  {KEPT[kind]['summary']}: drafted"]
    assert agency("requests", "show", "1").lines()[0] == f"PA-1, {KEPT[kind]['summary']}: drafted"


def test_refresh_request_drafts_the_same_as_new_refresh(agency: Terminal) -> None:
    agency("refresh", "request", "--reason", "Fresh data", "--re-enable", SMS, "--latest", in_days(60))
    agency("requests", "new", "refresh", *NEW["refresh"])
    second, first = agency("requests", "list", "--json").json()
    differ = {"id", "reference", "created_at", "steps"}
    assert {key: value for key, value in first.items() if key not in differ} == {
        key: value for key, value in second.items() if key not in differ
    }


@each(
    "kind, arguments, code, message",
    [
        ("fax", (), 2, "fax"),
        ("refresh", (), 2, "needs the reason"),
        ("feature-change", ("--feature", "dss", "--text", "x"), 2, "needs the change"),
        ("feature-change", ("--change", "on", "--feature", "dss", "--text", "x"), 2, "on"),
        ("feature-change", ("--change", "enable", "--text", "x"), 2, "needs the features"),
        ("feature-change", ("--change", "enable", "--feature", "fax", "--text", "x"), 2, "is not a feature"),
        ("feature-change", ("--change", "enable", "--feature", "engage", "--text", "x"), 3, "cannot be enabled"),
        ("feature-change", ("--change", "enable", "--feature", SMS, "--text", "x"), 3, "--acknowledge-phi"),
        ("feature-change", (*NEW["feature-change"], "--env", "production"), 3, "Production"),
        ("feature-change", (*NEW["feature-change"], "--env", "preview"), 2, "has no Preview"),
        ("missing-notice", (), 2, "needs the day of the upgrade"),
        ("missing-notice", ("--upgrade-day", "soon"), 2, "is not a date"),
        ("missing-notice", (*NEW["missing-notice"], "--title", "x"), 2, "has no subject"),
        ("question", ("--title", "x"), 2, "needs the reason"),
        ("question", ("--title", "A critical one", "--text", "x"), 3, "$250"),
        ("defect", ("--title", "x", "--text", "x"), 2, "needs the environment"),
        ("scheduled-call", (*NEW["scheduled-call"], "--latest", "2020-01-01"), 2, "before the earliest"),
        ("critical", ("--title", "x", "--text", "x"), 3, "None of the things that make a case critical applies"),
        ("critical", ("--title", "x", "--text", "x", "--characteristic", "a"), 3, "Some users can go on"),
        ("critical", ("--title", "x", "--text", "x", "--characteristic", "z", "--all-users"), 2, "is none of a, b, c"),
        ("critical", (*NEW["critical"], "--began", "2099-01-01T00:00:00Z"), 2, "is in the future"),
        ("critical", (*NEW["critical"], "--began", "2026-01-01"), 2, "has no time zone"),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    agency: Terminal, kind: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    ran = agency("requests", "new", kind, *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert agency("requests", "list", "--json").json() == []


@each("arguments", [("--env", "production"), ("--feature", "engage"), ("--env", "production", "--feature", "engage")])
def test_what_no_acknowledgement_can_help_does_not_ask_for_one(agency: Terminal, arguments: tuple[str, ...]) -> None:
    ran = agency("requests", "new", "feature-change", "--change", "enable", "--text", "x", "--feature", SMS, *arguments)
    assert (ran.code, ran.out) == (3, "")
    assert "--acknowledge-phi" not in ran.err


def test_the_phi_risk_is_acknowledged_for_the_copy_that_is_named(agency: Terminal) -> None:
    ran = agency(
        "requests", "new", "feature-change", "--change", "enable", "--feature", SMS, "--text", "x",
        "--acknowledge-phi", "--queue-empty",
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, "1\n")
    assert "May hold real contact details" in ran.err


def test_what_may_be_client_data_is_said_when_it_is_drafted_without_repeating_it(agency: Terminal) -> None:
    ran = agency("requests", "new", "question", "--title", "Who?", "--text", PHI)
    assert (ran.code, ran.out) == (0, "1\n")
    assert ran.err.count("It may hold client data.") == 2
    assert "a telephone number" in ran.err
    assert "a date of birth" in ran.err
    assert "555" not in ran.err
    assert "1984" not in ran.err


# --- sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NEW)
def test_a_request_of_any_kind_is_given_out_as_text_as_a_draft_and_to_be_said(
    agency: Terminal, kind: str, tmp_path: Path
) -> None:
    new(agency, kind)
    ran = agency("requests", "send", "1", "--via", "text")
    found = shown(agency)
    assert (ran.code, ran.out) == (0, f"{found['subject']}\n\n{found['text']}")
    assert "requests advance 1 sent" in ran.err
    assert found["status"] == "drafted"
    assert found["subject"].startswith("Critical: ") == (kind == "critical")
    ran = agency("requests", "send", "1", "--via", "eml", "--output", tmp_path / "request.eml")
    assert (ran.code, ran.out) == (0, "")
    assert stat.S_IMODE((tmp_path / "request.eml").stat().st_mode) == 0o600
    message = BytesParser(policy=policy.default).parsebytes((tmp_path / "request.eml").read_bytes())
    assert str(message["Subject"]) == found["subject"]
    out = agency("requests", "send", "1", "--via", "phone").out
    assert ("1-469-874-0792 ext. 3" in out) == (kind == "critical")
    assert "This is Riverside Family Services, a customer of Penelope." in out
    ran = agency("requests", "send", "1", "--via", "phone", "--output", tmp_path / "say.txt")
    assert (ran.out, (tmp_path / "say.txt").read_text("utf-8")) == ("", out)
    assert stat.S_IMODE((tmp_path / "say.txt").stat().st_mode) == 0o600


def test_without_a_way_a_request_goes_the_agency_s(agency: Terminal) -> None:
    new(agency, "question")
    agency("agency", "set", "--delivery", "phone")
    assert "Say:" in agency("requests", "send", "1").out
    agency("agency", "set", "--delivery", "portal")
    assert agency("requests", "send", "1").out.startswith("How does it count? - ")


@pytest.mark.parametrize("via", ["text", "eml", "phone"])
def test_what_may_be_client_data_does_not_leave_unless_somebody_looked(
    agency: Terminal, tmp_path: Path, via: str
) -> None:
    agency("requests", "new", "question", "--title", "Who?", "--text", PHI)
    for output in ((), ("--output", tmp_path / "out")):
        ran = agency("requests", "send", "1", "--via", via, *output)
        assert (ran.code, ran.out) == (3, "")
        assert "a telephone number" in ran.err
        assert "555" not in ran.err
        assert not (tmp_path / "out").exists()
    ran = agency("requests", "send", "1", "--via", via, "--send-anyway")
    assert ran.code == 0
    assert "(204) 555-0134" in ran.out
    assert "1984" not in told_in_the_log(agency)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--via", "smtp"), 2, "No server for sending is set"),
        (("--via", "smtp", "--output", "out.eml"), 2, "--output is for eml, text and phone"),
        (("--via", "portal"), 2, "portal"),
        (("--via", "text", "--output", "missing/out.txt"), 2, "missing"),
    ],
)
def test_what_cannot_be_sent_stays_a_draft(
    agency: Terminal, arguments: tuple[str, ...], code: int, message: str
) -> None:
    new(agency, "question")
    ran = agency("requests", "send", "1", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert shown(agency)["status"] == "drafted"


def test_once_it_is_sent_nobody_is_told_to_say_so(agency: Terminal) -> None:
    new(agency, "question")
    agency("requests", "advance", "1", "sent")
    assert agency("requests", "send", "1").err == ""


# --- the path ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["missing-notice", "question", "defect", "critical"])
def test_a_request_that_is_answered_walks_its_path(agency: Terminal, kind: str) -> None:
    as_case(agency, kind)
    for status in ("answered", "done"):
        ran = agency("requests", "advance", "1", status)
        assert (ran.code, ran.out, ran.err) == (0, f"Request 1 is {status}.\n", "")
    assert [step["status"] for step in shown(agency)["steps"]] == [
        "drafted", "sent", "acknowledged", "answered", "done",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["feature-change", "scheduled-call"])
def test_a_request_that_is_scheduled_walks_its_path(agency: Terminal, kind: str) -> None:
    as_case(agency, kind)
    assert agency("requests", "advance", "1", "answered").code == 1
    assert agency("requests", "advance", "1", "scheduled", "--on", in_days(90)).code == 0
    assert agency("requests", "advance", "1", "done").code == 0


def test_an_illegal_step_names_the_legal_ones(agency: Terminal) -> None:
    as_case(agency, "question")
    ran = agency("requests", "advance", "1", "scheduled", "--on", in_days(90))
    assert ran.code == 1
    assert "Possible next steps: answered, done, cancelled." in ran.err


def test_an_incident_says_when_support_means_to_answer_until_it_has(agency: Terminal) -> None:
    new(agency, "critical")
    before = datetime.now(UTC)
    agency("requests", "advance", "1", "sent")
    due = datetime.fromisoformat(shown(agency)["answer_due"])
    assert before + timedelta(hours=2) <= due <= datetime.now(UTC) + timedelta(hours=2)
    assert "Support aims to answer by" in agency("requests", "show", "1").out
    (incident,) = agency("overview", "--json").json()["incidents"]
    assert list(incident) == ["id", "reference", "title", "due", "case_number"]
    assert (incident["id"], datetime.fromisoformat(incident["due"])) == (1, due)
    assert agency("requests", "advance", "1", "answered").code == 0
    assert shown(agency)["answer_due"] is None
    assert "Support aims to answer by" not in agency("requests", "show", "1").out
    assert agency("overview", "--json").json()["incidents"] == []


# --- remarks and defects -----------------------------------------------------------------------


def test_remarks_are_shown_with_date_and_name(agency: Terminal) -> None:
    new(agency, "question")
    for text in ("They called.", "Two\nlines"):
        ran = agency("requests", "remark", "1", text)
        assert (ran.code, ran.out, ran.err) == (0, "Request 1: noted.\n", "")
    found = shown(agency)["remarks"]
    assert [list(note) for note in found] == [["at", "by", "text"]] * 2
    assert [note["text"] for note in found] == ["They called.", "Two\nlines"]
    assert datetime.fromisoformat(found[0]["at"]).tzinfo is not None
    assert f", {found[0]['by']}: They called." in agency("requests", "show", "1").out


def test_a_cancelled_request_can_still_be_remarked_on(agency: Terminal) -> None:
    new(agency, "question")
    agency("requests", "cancel", "1")
    assert agency("requests", "remark", "1", "Asked by somebody else.").code == 0


def test_a_remark_is_kept_and_the_log_says_only_that_it_was_given(agency: Terminal) -> None:
    new(agency, "question")
    assert agency("requests", "remark", "1", PHI).code == 0
    assert shown(agency)["remarks"][0]["text"] == PHI
    log = told_in_the_log(agency)
    assert "'text_given': ['remark']" in log
    assert "555-0134" not in log


def test_severities_are_offered_in_capitals_and_taken_in_small_letters(agency: Terminal) -> None:
    assert "[S1|S2|S3|S4]" in agency("requests", "defect", "--help").out
    assert "'S1', 'S2', 'S3', 'S4'" in agency("requests", "defect", "1", "--number", "P", "--severity", "s5").err
    assert agency("requests", "defect", "9", "--number", "P", "--severity", "s1").err.startswith(
        "There is no request 9."
    )


def test_a_defect_is_shown_and_its_severity_replaced(agency: Terminal) -> None:
    as_case(agency, "defect")
    for severity in ("s3", "S1"):
        ran = agency("requests", "defect", "1", "--number", "PEN-4711", "--severity", severity)
        assert (ran.code, ran.out) == (0, f"Request 1 has the defect PEN-4711, severity {severity.upper()}.\n")
    assert shown(agency)["defect"] == {"number": "PEN-4711", "severity": "S1"}
    assert "  Defect PEN-4711, severity S1" in agency("requests", "show", "1").lines()


NOT_TO_BE_NOTED = [
    (("remark", "1", ""), 2),
    (("remark", "2", "x"), 2),
    (("remark", "1"), 2),
    (("defect", "1", "--number", "PEN-1", "--severity", "S2"), 1),
    (("defect", "1", "--number", "PEN-1", "--severity", "S5"), 2),
    (("defect", "1", "--severity", "S2"), 2),
    (("defect", "1", "--number", "PEN-1"), 2),
    (("defect", "2", "--number", "PEN-1", "--severity", "S2"), 2),
    (("send", "2"), 2),
]


def test_what_cannot_be_noted_changes_nothing(agency: Terminal) -> None:
    new(agency, "question")
    before = shown(agency)
    for arguments, code in NOT_TO_BE_NOTED:
        ran = agency("requests", *arguments)
        assert (ran.code, ran.out) == (code, ""), arguments
        assert ran.err
        assert shown(agency) == before


@each("kind", ["question", "defect", "scheduled-call", "missing-notice", "refresh"])
def test_all_users_is_refused_for_every_other_kind_than_an_incident(agency: Terminal, kind: str) -> None:
    given = {
        "question": ("--title", "x", "--text", "x"),
        "defect": ("--title", "x", "--text", "x", "--env", "mirrored"),
        "scheduled-call": ("--title", "x", "--text", "x"),
        "missing-notice": ("--upgrade-day", "2026-11-14"),
        "refresh": ("--text", "x"),
    }[kind]
    ran = agency("requests", "new", kind, *given, "--all-users")
    assert (ran.code, ran.out) == (2, "")
    assert "Whether all users are affected is asked of critical incidents alone" in ran.err
    assert agency("requests", "list", "--json").json() == []
