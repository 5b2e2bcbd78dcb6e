"""`notices import` and `versions`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penelope_admin.domain.notice_text import RULE_STAYS
from tests.cli.terminal import Terminal
from tests.each import each

SUBJECT = "Subject: Mass Upgrades, Saturday 8 December 2029\n\n"
CLEAR = "Penelope will be upgraded to version 29.12.1: Saturday 8 December 2029, 21:00 to 01:00 ET."
DOUBTFUL = "Penelope will be upgraded: 08/12/2029, 21:00 to 01:00 ET."


@pytest.fixture
def message(tmp_path: Path) -> Path:
    """A message of the vendor's, with one window that is clear."""
    file = tmp_path / "notice.txt"
    file.write_text(SUBJECT + CLEAR, "utf-8")
    return file


def test_a_notice_is_found_and_recorded_only_when_somebody_says_yes(agency: Terminal, message: Path) -> None:
    ran = agency("notices", "import", str(message))
    assert ran.code == 0
    assert ran.lines() == [
        "1. “Penelope will be upgraded to version 29.12.1: Saturday 8 December 2029, 21:00 to 01:00 ET”",
        "  Upgrade: Saturday 8 December 2029, 20:00 to midnight (Resolute)",
        "  Expect up to 3 hours offline within this window, a precaution that leaves room for troubleshooting and "
        "rollback.",
        "  Version: 29.12.1.",
        "  Notice: Mass Upgrades, Saturday 8 December 2029.",
        "  Not recorded yet.",
    ]
    assert agency("notices", "list", "--json").json() == []
    assert agency("notices", "import", str(message), "--yes").lines()[-1] == "  Recorded as notice 1."
    assert agency("notices", "import", str(message), "--yes").lines()[-1] == "  This notice is recorded already."
    (known,) = agency("notices", "list", "--json").json()
    assert (known["version"], known["origin"]) == ("29.12.1", "Mass Upgrades, Saturday 8 December 2029")


def test_what_is_in_doubt_is_never_recorded_and_the_exit_code_says_so(agency: Terminal, message: Path) -> None:
    message.write_text(f"{SUBJECT}{CLEAR}\n\n{DOUBTFUL.replace('08/12', '09/11')}", "utf-8")
    ran = agency("notices", "import", str(message), "--yes", "--json")
    assert ran.code == 1
    shown = json.loads(ran.out)
    assert list(shown) == ["origin", "sender", "windows", "unread"]
    assert [(item["certain"], item["recorded"], len(item["readings"])) for item in shown["windows"]] == [
        (True, "1", 1), (False, None, 2),
    ]  # fmt: skip
    assert len(agency("notices", "list", "--json").json()) == 1


def test_a_window_that_is_not_ours_is_answered_by_its_number_and_not_asked_again(
    agency: Terminal, message: Path
) -> None:
    message.write_text(f"{SUBJECT}{CLEAR}\n\n{DOUBTFUL.replace('08/12', '09/11')}", "utf-8")
    assert agency("notices", "import", str(message), "--not-ours", "3", "--reason", "Another server").code == 2
    assert agency("notices", "import", str(message), "--not-ours", "2").code == 2
    ran = agency("notices", "import", str(message), "--not-ours", "2", "--reason", "Another server")
    assert ran.code == 0
    assert ran.lines()[-1].endswith(": Another server.")
    shown = agency("notices", "import", str(message), "--yes", "--json").json()
    assert [(item["recorded"], item["not_ours"]) for item in shown["windows"]] == [
        ("1", None),
        (None, "Another server"),
    ]


def test_a_message_without_a_window_says_so(agency: Terminal, message: Path) -> None:
    message.write_text("Thank you for your question.", "utf-8")
    ran = agency("notices", "import", str(message))
    assert (ran.code, ran.out) == (1, "")
    assert "No window was found in it." in ran.err


def test_of_a_cancelled_window_it_is_said_how_to_remove_its_notice(agency: Terminal, message: Path) -> None:
    agency("notices", "import", str(message), "--yes")
    message.write_text(f"Subject: Cancelled: Penelope upgrade\n\n{CLEAR}", "utf-8")
    ran = agency("notices", "import", str(message))
    assert "If it is cancelled, remove that: penelope-admin notices remove 1" in ran.out
    agency("notices", "remove", "1")
    ran = agency("notices", "import", str(message))
    assert "No notice of it is recorded." in ran.out
    assert RULE_STAYS in ran.out


@each("content", [b"", bytes(range(256)) * 20, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"])
def test_a_file_that_is_no_message_is_bad_input(agency: Terminal, message: Path, content: bytes) -> None:
    message.write_bytes(content)
    ran = agency("notices", "import", str(message), "--yes")
    assert (ran.code, ran.out) == (2, "")


def test_what_strangers_wrote_steers_no_terminal(agency: Terminal, message: Path) -> None:
    message.write_text(f"Subject: \x1b[31mred\n\n\x1b]0;title\x07{CLEAR}\x1b[2J", "utf-8")
    assert "\x1b" not in agency("notices", "import", str(message)).out


def test_emergency_maintenance_keeps_its_reason(agency: Terminal) -> None:
    span = ("--starts", "2029-12-04T02:00:00-05:00", "--ends", "2029-12-04T04:00:00-05:00")
    assert agency("notices", "add", "--kind", "emergency", *span, "--reason", "Bad data").code == 0
    assert "reason: Bad data" in agency("notices", "list").out
    assert agency("notices", "add", "--starts", "2029-12-08T22:00:00-05:00", "--ends", "2029-12-09T01:00:00-05:00",
                  "--reason", "Bad data").code == 2  # fmt: skip


def test_versions_are_listed_with_their_release_notes_and_yours(agency: Terminal, message: Path) -> None:
    agency("agency", "set", "--release-notes-url", "https://vendor.example/{version}/new", "--notice-days", "14")
    assert agency("agency", "show", "--json").json()["notice_days"] == 14
    agency("notices", "import", str(message), "--yes")
    assert agency("versions", "note", "29.12.1", "--text", "Two lines\nof text").out == (
        "The note about 29.12.1 is kept.\n"
    )
    assert agency("versions", "list").lines() == [
        "29.12.1",
        "  announced: Saturday 8 December 2029, 20:00 to midnight (Resolute)",
        "  release notes: https://vendor.example/29.12.1/new",
        "  note: Two lines",
        "  note: of text",
    ]
    assert agency("versions", "list", "--json").json() == [
        {
            "version": "29.12.1", "notices": ["1"], "runs_in": [], "note": "Two lines\nof text",
            "release_notes": "https://vendor.example/29.12.1/new",
        }
    ]  # fmt: skip
    assert agency("versions", "note", "29.12.1", "--text", "").out == "The note about 29.12.1 is removed.\n"


@each("days", ["0", "28", "soon"])
def test_the_days_before_an_upgrade_are_within_a_month(agency: Terminal, days: str) -> None:
    assert agency("agency", "set", "--notice-days", days).code == 2
