"""`training`: the practice folder from a terminal, where every other command works as with a real agency."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.each import each

BEGINNING = "Practice time: Friday 20 November 2026, 16:40 (Resolute)"


def test_a_new_beginning_says_where_it_is_and_what_time(practice: Terminal) -> None:
    folder = practice.home.with_name("home-training")
    said = practice("training", "reset").lines()
    assert said[0] == BEGINNING
    assert said[1] == f"Practice folder: {folder}"
    assert said[2].endswith(f"--home {folder}")


def test_the_data_folder_itself_is_not_even_made(practice: Terminal) -> None:
    practice("training", "clock", "--forward", "1d")
    assert not practice.home.exists()


def test_it_is_made_when_it_is_first_asked_for(terminal: Terminal) -> None:
    assert terminal("training", "clock").lines() == [BEGINNING]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--forward", "90m"), "Friday 20 November 2026, 18:10 (Resolute)"),
        (("--forward", "2d12h"), "Monday 23 November 2026, 04:40 (Resolute)"),
        (("--forward", "3w"), "Friday 11 December 2026, 16:40 (Resolute)"),
        (("--to", "2026-12-24T18:00:00-06:00"), "Thursday 24 December 2026, 18:00 (Resolute)"),
        (("--to-next", "upgrade"), "Sunday 13 December 2026, 00:00 (Resolute)"),
    ],
)
def test_time_passes_as_one_says(practice: Terminal, arguments: tuple[str, ...], said: str) -> None:
    assert practice("training", "clock", *arguments).lines()[0] == f"Practice time: {said}"
    assert practice("training", "clock").lines() == [f"Practice time: {said}"]


def test_what_came_is_told_and_what_it_is_is_left_to_be_seen(practice: Terminal) -> None:
    def said(*arguments: str) -> str:
        return practice("training", "clock", *arguments).lines()[1]

    assert said("--to-next", "event") == "1 new message in the mailbox."
    assert said("--forward", "1m") == "Nothing happened that anybody could see."
    assert said("--to-next", "upgrade") == "3 new messages in the mailbox. Something changed in Penelope."


def test_time_never_goes_back(practice: Terminal) -> None:
    practice("training", "clock", "--forward", "1d")
    ran = practice("training", "clock", "--to", "2026-11-20T16:40:00-06:00")
    assert (ran.code, ran.out) == (2, "")
    assert "Practice time never goes back. Nothing was changed." in ran.err


@each("wrong", ["", "0h", "1", "1y", "-1h", "1h2d", "99999999999999h"])
def test_what_is_no_span_of_time_is_refused(practice: Terminal, wrong: str) -> None:
    ran = practice("training", "clock", f"--forward={wrong}")
    assert ran.code == 2
    assert "They look like 90m, 1h, 2d12h or 3w." in ran.err


def test_one_way_forward_at_a_time(practice: Terminal) -> None:
    ran = practice("training", "clock", "--forward", "1h", "--to-next", "upgrade")
    assert ran.code == 2
    assert "Give one of --to, --forward and --to-next." in ran.err


def test_time_does_not_pass_beyond_the_years_the_program_computes_with(practice: Terminal) -> None:
    ran = practice("training", "clock", "--forward", "9999w")
    assert ran.code == 2
    assert practice("training", "clock").lines() == [BEGINNING]


def test_other_commands_work_there_with_its_clock(practice: Terminal) -> None:
    practice.home = practice.home.with_name("home-training")
    found = practice("next", "--json").json()
    assert found["starts_at_utc"] == "2026-12-13T02:00:00Z"
    practice("training", "clock", "--to", "2026-12-13T07:00:00Z")
    assert practice("next", "--json").json()["starts_at_utc"] == "2027-01-10T02:00:00Z"


@each("feature", ["clientconnect", "engage"])
def test_what_is_locked_stays_locked_and_says_why(practice: Terminal, feature: str) -> None:
    practice.home = practice.home.with_name("home-training")
    ran = practice("enable", feature, "--reason", "Just trying", "--acknowledge-phi", "--queue-empty", "--done")
    assert (ran.code, ran.out) == (3, "")
    assert "cannot be enabled" in ran.err


def test_its_calendar_and_its_letters_say_that_they_are_of_training(practice: Terminal, tmp_path: Path) -> None:
    practice.home = practice.home.with_name("home-training")
    assert "SUMMARY:TRAINING: Penelope: upgrade window" in practice("windows", "--format", "ics", "--count", "1").out
    practice("requests", "send", "9", "--via", "eml", "--output", tmp_path / "letter.eml")
    letter = (tmp_path / "letter.eml").read_text("ascii")
    assert "Subject: TRAINING: " in letter
    assert "TRAINING: this is practice, and is not to be sent to Support." in letter


@each(
    "form, begins",
    [
        ("csv", "training,region,"),
        ("json", '[\n  {\n    "training": true,'),
        ("table", "TRAINING: nothing here is real\n"),
    ],
)
def test_its_lists_of_windows_say_so_in_their_files(practice: Terminal, tmp_path: Path, form: str, begins: str) -> None:
    practice.home = practice.home.with_name("home-training")
    file = tmp_path / f"windows.{form.replace('table', 'txt')}"
    assert practice("windows", "--format", form, "--output", file).code == 0
    assert file.read_text("utf-8").startswith(begins)


def test_its_reports_say_so_above_their_title(practice: Terminal, tmp_path: Path) -> None:
    practice.home = practice.home.with_name("home-training")
    assert practice("report", "state", "--output", tmp_path / "state.html").code == 0
    page = (tmp_path / "state.html").read_text("utf-8")
    assert '<p class="stamp">TRAINING: nothing here is real</p>' in page


def test_practice_time_says_nothing_of_how_old_time_zone_data_is(practice: Terminal) -> None:
    practice("training", "clock", "--forward", "200w")
    practice.home = practice.home.with_name("home-training")
    assert practice("time-data", "show", "--json").json()["warning"] is None
    assert practice("overview", "--json").code == 0


def test_no_database_outside_is_looked_into(practice: Terminal) -> None:
    practice.home = practice.home.with_name("home-training")
    ran = practice("check-data", "--url", "postgresql://reader@127.0.0.1/clients")
    assert (ran.code, ran.out) == (3, "")
    assert "Training reaches no database outside of it. Nothing was looked at." in ran.err


def test_every_command_there_says_so_without_disturbing_what_scripts_read(practice: Terminal) -> None:
    practice.home = practice.home.with_name("home-training")
    ran = practice("features", "--json")
    assert ran.err.splitlines()[0] == "TRAINING: nothing here is real"
    assert {item["training"] for item in ran.json()} == {True}
    assert practice("overview", "--json").json()["training"] is True


def test_a_database_elsewhere_is_refused(practice: Terminal, tmp_path: Path) -> None:
    ran = practice("--database", f"sqlite:///{tmp_path / 'x.db'}", "training", "clock")
    assert ran.code == 2
    assert "Leave --database out." in ran.err


def test_a_practice_folder_leads_to_the_same_practice(practice: Terminal) -> None:
    practice.home = practice.home.with_name("home-training")
    assert practice("training", "clock").lines() == [BEGINNING]


def test_without_a_display_the_clock_is_shown(practice: Terminal) -> None:
    ran = practice("training")
    assert ran.lines() == [BEGINNING]
    assert "No display was found" in ran.err
