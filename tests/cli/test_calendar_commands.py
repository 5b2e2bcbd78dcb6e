"""`calendar`: files for other programs, written once or kept up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.each import each

NOTICE = ("notices", "add", "--kind", "emergency", "--starts", "2090-12-02T04:00:00Z", "--ends", "2090-12-02T06:00:00Z")


def test_a_calendar_is_written_once(agency: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "dates.ics"
    done = agency("calendar", "write", file)
    assert (done.code, done.out) == (0, "")
    assert f"Saved: {file}" in done.err
    text = file.read_text("utf-8")
    assert text.count("BEGIN:VEVENT") == 26
    assert text.count("BEGIN:VALARM") == 3 * 26
    assert not (agency.home / "kept-files.json").exists()


@pytest.mark.parametrize(
    ("options", "count"), [(("--no-alarms",), 0), (("--alarm", "30m"), 1), (("--alarm", "2d", "--alarm", "12h"), 2)]
)
def test_the_reminders_can_be_chosen(agency: Terminal, tmp_path: Path, options: tuple[str, ...], count: int) -> None:
    file = tmp_path / "dates.ics"
    assert agency("calendar", "write", file, "--windows", *options).code == 0
    assert file.read_text("utf-8").count("BEGIN:VALARM") == count * 26


@each("options", [("--alarm", "soon"), ("--alarm", "0d"), ("--alarm", "400d"), ("--alarm", "1d", "--no-alarms")])
def test_a_reminder_that_is_none_is_bad_usage(agency: Terminal, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = tmp_path / "dates.ics"
    assert agency("calendar", "write", file, *options).code == 2
    assert not file.exists()


def test_a_kept_calendar_follows_what_other_commands_change(agency: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "dates.ics"
    assert agency("calendar", "write", file, "--keep", "--windows").code == 0
    before = file.read_bytes()
    assert agency("agency", "set", "--region", "US").code == 0
    assert file.read_bytes() != before
    assert b"STATUS:CANCELLED" in file.read_bytes()
    assert agency("calendar", "list").lines() == [f"{file}  windows  up to date"]
    assert agency("calendar", "list", "--json").json() == [
        {"path": str(file), "contents": "windows", "alarms_minutes": [10080, 1440, 60], "problem": None, "since": None}
    ]
    assert agency("calendar", "forget", file).lines() == [f"{file} is kept up to date no longer."]
    assert agency("calendar", "list").lines() == []


@each("command", [("calendar", "write"), ("calendar", "write", "--keep"), ("windows", "--format", "ics", "--output")])
def test_a_calendar_of_somebody_else_is_left_as_it_is(
    agency: Terminal, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "groups.ics"
    file.write_text("BEGIN:VCALENDAR\nPRODID:-//Groups//EN\nEND:VCALENDAR\n", "utf-8")
    before = file.read_bytes()
    done = agency(*command, file)
    assert (done.code, file.read_bytes()) == (2, before)
    assert "not a calendar that Penelope Admin wrote" in done.err
    file.write_bytes(b"")
    assert [agency(*command, file).code for _ in range(2)] == [0, 0]


def test_a_kept_calendar_that_cannot_be_written_is_told_in_the_list(agency: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    agency("calendar", "write", folder / "dates.ics", "--keep")
    folder.rename(tmp_path / "away")
    assert agency("agency", "set", "--region", "US").code == 0
    said = agency("calendar", "list").out
    assert "not written since" in said
    assert "could not be written" in said


def test_a_kept_calendar_follows_a_restore(agency: Terminal, tmp_path: Path) -> None:
    backup, file = tmp_path / "backup.db", tmp_path / "dates.ics"
    assert agency("backup", backup).code == 0
    agency("calendar", "write", file, "--keep")
    agency("sites", "add", "Coast", "--zone", "America/Vancouver")
    assert "Coast" in file.read_text("utf-8")
    assert agency("restore", backup).code == 0
    assert "Coast" not in file.read_text("utf-8")


def test_windows_as_a_calendar_tell_what_was_withdrawn_since(agency: Terminal) -> None:
    span = ("--from", "2090-11-01", "--until", "2090-12-31", "--format", "ics")
    key = agency(*NOTICE).lines()[0]
    assert "emergency maintenance" in agency("windows", *span).out
    agency("notices", "remove", key)
    assert "SUMMARY:Cancelled: Penelope: emergency maintenance" in agency("windows", *span).out


def test_a_calendar_of_another_region_is_counted_by_nobody(agency: Terminal) -> None:
    span = ("--from", "2026-12-01", "--count", "1", "--format", "ics")
    assert "SEQUENCE" in agency("windows", *span).out
    assert "SEQUENCE" not in agency("windows", *span, "--region", "GB").out


# --- the staff ---------------------------------------------------------------------------------


def test_a_staff_notice_is_text_unless_asked_otherwise(agency: Terminal) -> None:
    said = agency("staff-notice").lines()
    assert said[0].startswith("Penelope ")
    assert said[-1] == "Riverside Family Services"
    assert "<article" in agency("staff-notice", "--format", "page").out
    mail = agency("staff-notice", "--format", "html").out
    assert mail.startswith("<!DOCTYPE html>")
    assert "<script" not in mail


def test_a_staff_notice_of_a_later_window_is_asked_for_by_its_day(agency: Terminal) -> None:
    assert "Saturday 9 January 2094" in agency("staff-notice", "--on", "2094-01-09").out
    done = agency("staff-notice", "--on", "2094-01-10")
    assert (done.code, done.out) == (2, "")


def test_a_page_for_the_staff_is_kept_up_to_date(agency: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "staff.html"
    assert agency("staff-notice", "--format", "page", "--output", file, "--keep").code == 0
    assert "Coast" not in file.read_text("utf-8")
    agency("sites", "add", "Coast", "--zone", "America/Vancouver")
    assert "Coast" in file.read_text("utf-8")
    assert agency("calendar", "list").lines() == [f"{file}  staff-notice  up to date"]


@each(
    "options",
    [("--yes",), ("--send-anyway",), ("--send-to", "a@b.example", "--keep"),
     ("--send-to", "a@b.example", "--format", "html"), ("--send-to", "a@b.example", "--output", "x.txt")],
)  # fmt: skip
def test_sending_is_neither_writing_nor_keeping(agency: Terminal, options: tuple[str, ...]) -> None:
    assert agency("staff-notice", *options).code == 2


@each("options", [("--keep",), ("--keep", "--format", "page"), ("--keep", "--output", "x.html")])
def test_only_a_page_in_a_file_can_be_kept(agency: Terminal, options: tuple[str, ...]) -> None:
    assert agency("staff-notice", *options).code == 2


def test_what_practice_writes_for_others_says_training(practice: Terminal, tmp_path: Path) -> None:
    practice.home = practice.home.with_name("home-training")
    assert practice("staff-notice").out.startswith("TRAINING: nothing here is real\n")
    assert "TRAINING: nothing here is real" in practice("staff-notice", "--format", "page").out
    file = tmp_path / "dates.ics"
    assert practice("calendar", "write", file).code == 0
    text = file.read_text("utf-8")
    assert text.count("SUMMARY:TRAINING: ") == text.count("BEGIN:VEVENT") > 0
