"""`init --from-plan`: a laptop that knows the agency as of then, plans, and records nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, in_days
from tests.each import each


@pytest.fixture
def file(agency: Terminal, tmp_path: Path) -> Path:
    """A plan taken along from an agency whose copy was just refreshed."""
    agency("mirror", "refreshed", "--version", "5.1")
    add = ("--name", "Pilot", "--purpose", "Try reminders", "--from", in_days(1), "--to", in_days(10))
    agency("project", "add", *add)
    path = tmp_path / "x.pa-plan"
    assert agency("plan", "export", path).code == 0
    return path


@pytest.fixture
def laptop(file: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    other = Terminal(tmp_path / "laptop", capsysbinary)
    ran = other("init", "--from-plan", file)
    assert ran.code == 0, ran.err
    assert ran.lines() == [
        "Riverside Family Services is set up as a planning copy: region CA, zone America/Resolute.",
        "Project “Pilot”: added",
    ]
    return other


def test_every_command_says_of_what_day_a_planning_copy_is(laptop: Terminal) -> None:
    for command in (("overview",), ("features",), ("mirror", "show"), ("windows",), ("next",), ("project", "list")):
        ran = laptop(*command)
        assert ran.code == 0, ran.err
        assert ran.err.startswith("Planning copy: agency, notices, features and databases are as of ")
    assert "As of " in laptop("mirror", "show").out
    assert laptop("agency", "show", "--json").json()["facts_as_of"] is not None


def test_a_look_ahead_and_paper_say_of_what_day_a_planning_copy_is(laptop: Terminal, tmp_path: Path) -> None:
    unknown = laptop("features", "--at", in_days(40), "--json").json()["what_if"]["not_known"]
    assert unknown[0].startswith("Planning copy: agency, notices, features and databases are as of ")
    assert laptop("paper", "windows", "--output", tmp_path / "windows.html").code == 0
    assert "Known as of" in (tmp_path / "windows.html").read_text("utf-8")


def test_an_agency_of_one_s_own_is_no_planning_copy(agency: Terminal) -> None:
    assert "Planning copy" not in agency("overview").err
    assert agency("agency", "show", "--json").json()["facts_as_of"] is None
    assert "facts" not in agency("agency", "show").out


@each(
    "command",
    [
        ("mirror", "refreshed"),
        ("disable", "general-ledger", "--reason", "Off", "--done"),
        ("seen", "--off", "all"),
        ("agency", "set", "--name", "Other"),
    ],
)
def test_what_happens_is_recorded_elsewhere(laptop: Terminal, command: tuple[str, ...]) -> None:
    ran = laptop(*command)
    assert ran.code == 3
    assert "This is a planning copy" in ran.err


def test_its_plan_goes_home_and_its_facts_do_not(
    agency: Terminal, laptop: Terminal, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    laptop("project", "change", "1", "--name", "Pilot of the train")
    home = tmp_path / "home.pa-plan"
    laptop("plan", "export", home)
    assert "facts" not in json.loads(home.read_bytes())
    third = Terminal(tmp_path / "third", capsysbinary)
    assert third("init", "--from-plan", home).code == 2
    assert not (third.home / "penelope-admin.db").exists()
    assert agency("plan", "import", home).lines() == ["Project “Pilot of the train”: changed (Name)"]
    assert agency("mirror", "refreshed").code == 0


def test_a_newer_plan_file_makes_what_is_known_newer(agency: Terminal, laptop: Terminal, tmp_path: Path) -> None:
    before = laptop("agency", "show", "--json").json()["facts_as_of"]
    agency("mirror", "upgraded")
    newer = tmp_path / "newer.pa-plan"
    agency("plan", "export", newer)
    ran = laptop("plan", "import", newer)
    assert (ran.code, ran.out) == (0, "")
    assert re.search(r"What is known here becomes that of \w+ \d+ \w+ \d{4}, .+ \(Resolute\)\.", ran.err)
    assert laptop("agency", "show", "--json").json()["facts_as_of"] > before
    assert "e-identified" in laptop("mirror", "show").out


def test_a_plan_file_says_all_and_is_named_alone(
    agency: Terminal, file: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    other = Terminal(tmp_path / "other", capsysbinary)
    assert other("init", "--from-plan", file, "--region", "CA").code == 2
    assert other("init", "--agency", "X").code == 2
    assert other("init", "--from-plan", file.with_name("none")).code == 2
    assert not (other.home / "penelope-admin.db").exists()
    assert agency("init", "--from-plan", file).code != 0


def test_a_plan_that_is_merged_with_nothing_names_how_to_begin_with_it(
    file: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    other = Terminal(tmp_path / "other", capsysbinary)
    ran = other("plan", "import", file)
    assert (ran.code, ran.out) == (2, "")
    assert "penelope-admin init --from-plan FILE" in ran.err
    assert not other.home.exists()


def test_showing_a_plan_file_says_what_it_knows(agency: Terminal, file: Path) -> None:
    assert agency("plan", "show", file).lines()[1].startswith("It knows Riverside Family Services (CA, ")
