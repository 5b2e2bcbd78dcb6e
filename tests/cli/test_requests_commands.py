"""`refresh request`, and `requests` from the draft to the end."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from penelope_admin.domain.times import in_words
from penelope_admin.invocation import command
from tests.cli.terminal import Terminal, in_days
from tests.each import each
from tests.services.house import database

REQUEST_KEYS = [
    "id", "reference", "kind", "summary", "env", "status", "next_steps", "title", "reason", "earliest", "latest",
    "re_enable", "features", "change", "upgrade_day", "version", "characteristics", "began_at", "answer_due", "via",
    "message", "may_have_arrived", "case_number", "scheduled_for", "defect", "created_at", "steps", "remarks",
    "doubted",
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
    agency(
        "enable", SMS, "--reason", "Reminders", "--until", in_days(120), "--acknowledge-phi", "--queue-empty", "--done"
    )
    ran = agency(
        "refresh", "request", "--env", "mirrored", "--reason", "x", "--earliest", in_days(60), "--latest", in_days(105),
        "--re-enable", SMS, "--re-enable", "general-ledger",
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, "1\n")
    *meets, overwrites, real, whole = ran.err.splitlines()
    assert meets  # one upgrade window, or two, as the days fall
    assert all("upgrade window" in warning for warning in meets)
    assert "overwrites" in overwrites
    assert "real contact details" in real
    assert "SMS is a part of External Communications" in whole
    assert agency("requests", "show", "1", "--json").json()["re_enable"] == [SMS, "general-ledger"]


def test_a_second_refresh_is_drafted_and_the_first_is_named(drafted: Terminal) -> None:
    ran = drafted("refresh", "request", "--reason", "Again")
    assert (ran.code, ran.out) == (0, "2\n")
    assert "requested already: PA-1, drafted on" in ran.err


@each(
    "arguments, code",
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
    assert drafted("requests", "list").lines() == ["1  refresh of Mirrored: sent"]


def test_an_empty_list_says_how_to_draft(agency: Terminal) -> None:
    ran = agency("requests", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "requests new KIND" in ran.err


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


def an_hour_ago(zone: tzinfo) -> datetime:
    return (datetime.now(zone) - timedelta(hours=1)).replace(microsecond=0)


def test_a_request_walks_its_whole_path(drafted: Terminal) -> None:
    copied = an_hour_ago(timezone(timedelta(hours=-5)))
    for arguments in (
        ("sent",),
        ("acknowledged", "--case", "00123456"),
        ("scheduled", "--on", "2029-12-30"),
        ("scheduled", "--on", "2029-12-31"),
        ("done", "--at", copied.isoformat(), "--remark", "Earlier than agreed", "--other-day"),
    ):
        ran = drafted("requests", "advance", "1", *arguments)
        assert (ran.code, ran.out, ran.err) == (0, f"Request 1 is {arguments[0]}.\n", "")
    found = drafted("requests", "show", "1", "--json").json()
    assert (found["status"], found["case_number"], found["scheduled_for"]) == ("done", "00123456", "2029-12-31")
    assert [step["status"] for step in found["steps"]] == [
        "drafted", "sent", "acknowledged", "scheduled", "scheduled", "done",
    ]  # fmt: skip
    mirrored = drafted("mirror", "show", "--json").json()[-1]
    assert (mirrored["contact_details"], mirrored["last_refresh"]) == ("real", copied.astimezone(UTC).isoformat())
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


@each(
    "arguments, code",
    [
        (("drop-wanted", "2"), 2),
        (("drop-wanted", "9" * 30), 2),
        (("advance", "1", "done"), 1),
        (("advance", "1", "acknowledged", "--case", "1"), 1),
        (("advance", "1", "sent", "--remark", "two\nlines"), 2),
        (("advance", "1", "sent", "--case", "no number"), 2),
        (("advance", "1", "drafted"), 1),
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


# --- changing a draft --------------------------------------------------------------------------


def test_a_draft_can_be_changed_before_it_leaves(agency: Terminal) -> None:
    agency("requests", "new", "question", "--title", "Who?", "--text", "Call (204) 555-0134", "--env", "training-b")
    ran = agency("requests", "edit", "1", "--text", "Tell me.")
    assert (ran.code, ran.out, ran.err) == (0, "Request 1 is changed.\n", "")
    ran = agency("requests", "edit", "1", "--title", "Who is it?", "--text", "Call (204) 555-0135")
    assert ran.code == 0
    assert ran.err.startswith("It may hold client data. Line ")
    assert ran.err.endswith("looks like a telephone number.\n")
    found = agency("requests", "show", "1", "--json").json()
    assert (found["title"], found["reason"], found["env"]) == ("Who is it?", "Call (204) 555-0135", "training-b")


def test_changing_the_text_keeps_the_features_that_were_acknowledged(agency: Terminal) -> None:
    agency(
        "requests", "new", "feature-change", "--change", "enable", "--feature", SMS, "--text", "x",
        "--acknowledge-phi", "--queue-empty",
    )  # fmt: skip
    assert agency("requests", "edit", "1", "--text", "Other words").code == 0
    found = agency("requests", "show", "1", "--json").json()
    assert (found["features"], found["reason"]) == ([SMS], "Other words")


@each(
    "arguments, code",
    [
        (("1", "--text", ""), 2),
        (("1", "--title", "x"), 2),
        (("2", "--text", "x"), 2),
        (("one", "--text", "x"), 2),
    ],
)
def test_a_change_that_cannot_be_is_refused(drafted: Terminal, arguments: tuple[str, ...], code: int) -> None:
    before = drafted("requests", "show", "1", "--json").json()
    ran = drafted("requests", "edit", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert drafted("requests", "show", "1", "--json").json() == before


def test_what_was_sent_is_not_changed(drafted: Terminal) -> None:
    drafted("requests", "advance", "1", "sent")
    ran = drafted("requests", "edit", "1", "--text", "x")
    assert (ran.code, ran.out) == (1, "")
    assert "only drafts can be changed" in ran.err


def test_a_voicemail_noted_later_is_sent_at_its_own_time(agency: Terminal) -> None:
    agency("requests", "new", "critical", "--title", "Nobody", "--text", "x", "--characteristic", "c", "--all-users")
    at = (datetime.now(UTC) - timedelta(minutes=40)).replace(microsecond=0)
    assert agency("requests", "advance", "1", "sent", "--at", (at + timedelta(hours=2)).isoformat()).code == 2
    assert agency("requests", "advance", "1", "sent", "--at", at.isoformat()).code == 0
    found = agency("requests", "show", "1", "--json").json()
    assert found["steps"][-1]["at"] == at.isoformat()
    assert found["answer_due"] == (at + timedelta(hours=2)).isoformat()


def test_a_case_number_of_another_request_needs_the_option_that_says_so(drafted: Terminal) -> None:
    drafted("refresh", "request", "--reason", "Another")
    for key in ("1", "2"):
        drafted("requests", "advance", key, "sent")
    drafted("requests", "advance", "1", "acknowledged", "--case", "0481")
    ran = drafted("requests", "advance", "2", "acknowledged", "--case", "#0481")
    assert (ran.code, ran.out) == (3, "")
    assert "PA-1" in ran.err
    assert "--same-case" in ran.err
    assert drafted("requests", "advance", "2", "acknowledged", "--case", "0482").code == 0
    assert drafted("requests", "case", "2", "0481").code == 3
    assert drafted("requests", "case", "2", "0481", "--same-case").code == 0


def test_the_path_names_the_case_and_the_day_support_named(agency: Terminal) -> None:
    agency("refresh", "request", "--reason", "x", "--earliest", in_days(60))
    agency("requests", "advance", "1", "sent")
    agency("requests", "advance", "1", "acknowledged", "--case", "0481")
    agency("requests", "advance", "1", "scheduled", "--on", in_days(61))
    ran = agency("requests", "advance", "1", "scheduled", "--on", in_days(3))
    assert ran.code == 0
    assert "You asked for a day not before" in ran.err
    day = in_words(date.fromisoformat(in_days(3)))
    shown = agency("requests", "show", "1").lines()
    path = [line.rsplit(": ", 1)[-1] for line in shown if " by " in line and line.startswith("  ")]
    assert [step.split(" by ")[0] for step in path] == ["drafted", "sent", "acknowledged", "scheduled", "scheduled"]
    assert path[2].endswith(", case 0481")
    assert path[4].endswith(f", for {day}")
    assert not path[3].endswith(f", for {day}")
    assert agency("requests", "list").lines()[0].endswith(f": scheduled, case 0481, scheduled for {day}")


def test_a_letter_is_not_written_over_a_file_of_another_kind(drafted: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "important.md"
    file.write_text("important")
    ran = drafted("requests", "send", "1", "--via", "eml", "--output", file)
    assert (ran.code, ran.out) == (2, "")
    assert file.read_text() == "important"
    (tmp_path / "letter.eml").write_text("an older draft")
    assert drafted("requests", "send", "1", "--via", "eml", "--output", tmp_path / "letter.eml").code == 0


# --- a refresh that was due ---------------------------------------------------------------------


@pytest.fixture
def due(drafted: Terminal) -> Terminal:
    """Request 1 was to be made two days ago: the agency's day may be the one before UTC's."""
    drafted("requests", "advance", "1", "sent")
    drafted("requests", "advance", "1", "acknowledged", "--case", "7")
    assert drafted("requests", "advance", "1", "scheduled", "--on", in_days(0)).code == 0
    with closing(sqlite3.connect(database(drafted.home))) as connection, connection:
        connection.execute("UPDATE request SET scheduled_for = ?", [in_days(-2)])
    return drafted


def test_a_due_refresh_is_moved_or_cancelled_with_the_answer_only(due: Terminal) -> None:
    for arguments in (("advance", "1", "scheduled", "--on", in_days(9)), ("cancel", "1")):
        ran = due("requests", *arguments)
        assert (ran.code, ran.out) == (3, "")
        assert "Was the refresh made?" in ran.err
    assert due("requests", "advance", "1", "scheduled", "--on", in_days(9), "--happened", "unknown").code == 0
    assert due("requests", "show", "1", "--json").json()["doubted"] == [in_days(-2)]
    told = due("requests", "show", "1").out
    assert "Nobody knows whether it was made" in told
    assert all(command(f"requests made 1 {answer}") in told for answer in ("yes", "no"))
    assert "nobody knows whether it was made" in due("overview").out
    assert due("requests", "made", "1", "no").code == 0
    assert due("requests", "show", "1", "--json").json()["doubted"] == []


def test_a_cancelled_refresh_that_was_made_is_done(due: Terminal) -> None:
    assert due("requests", "cancel", "1", "--happened", "yes").code == 2
    copied = an_hour_ago(UTC)
    made = ("requests", "cancel", "1", "--happened", "yes", "--at", copied.isoformat())
    ran = due(*made)
    assert (ran.code, due("requests", "show", "1", "--json").json()["status"]) == (3, "scheduled")
    assert "PA-1 was scheduled for " in ran.err
    assert "say that it was made then. In the terminal, --other-day says so." in ran.err
    assert due(*made, "--other-day").out == "Request 1 is done.\n"
    mirrored = due("mirror", "show", "--json").json()[-1]
    assert mirrored["last_refresh"] == copied.isoformat()


def test_a_copy_from_long_before_the_draft_is_not_taken_for_its_refresh(drafted: Terminal) -> None:
    for step in (("sent",), ("acknowledged", "--case", "1")):
        drafted("requests", "advance", "1", *step)
    ran = drafted("requests", "advance", "1", "done", "--at", "2024-01-15T09:30:00-05:00")
    assert ran.code == 2
    assert "more than a day before PA-1 was drafted. Nothing was saved." in ran.err
    assert drafted("requests", "show", "1", "--json").json()["status"] == "acknowledged"
    assert drafted("mirror", "show", "--json").json()[-1]["last_refresh"] is None
