"""`conflicts` and `linked-calendars`: what is overlapped, from linked files and from those that are only named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.gateways.test_occurrences import calendar


@pytest.fixture
def file(tmp_path: Path, agency: Terminal) -> Path:
    """A calendar that has an entry in the next window."""
    window = agency("next", "--json").json()
    starts = window["starts_at_utc"].replace("-", "").replace(":", "")
    made = tmp_path / "groups.ics"
    made.write_text(calendar(f"UID:1\nDTSTART:{starts}\nDURATION:PT1H\nSUMMARY:Parents' evening"), "utf-8")
    return made


def test_conflicts_of_linked_calendars_are_shown(agency: Terminal, file: Path) -> None:
    assert agency("linked-calendars", "add", file, "--name", "Groups").out == "The calendar “Groups” is linked.\n"
    lines = agency("conflicts").lines()
    assert lines[1].startswith("  Groups: Parents' evening, ")
    assert lines[3] == "  no conflicts known"
    found = agency("conflicts", "--json").json()
    assert [len(entry["overlaps"]) for entry in found["windows"]] == [1] + [0] * 23
    overlap = found["windows"][0]["overlaps"][0]
    assert (overlap["calendar"], overlap["site"], overlap["title"]) == ("Groups", None, "Parents' evening")
    (state,) = found["calendars"]
    assert (state["read"], state["entries"], state["problem"]) == (True, 1, None)


def test_conflicts_of_a_file_that_is_only_named(agency: Terminal, file: Path) -> None:
    assert agency("conflicts", "--calendar", file).lines()[1].startswith("  groups: Parents' evening, ")
    assert not (agency.home / "linked-calendars.json").exists()


def test_a_calendar_that_cannot_be_read_is_named_and_the_command_fails(agency: Terminal, file: Path) -> None:
    broken = file.with_name("broken.ics")
    broken.write_text("nothing", "utf-8")
    done = agency("conflicts", "--calendar", broken, "--calendar", file)
    assert done.code == 1
    assert "Parents' evening" in done.out
    assert "broken: Not read." in done.err


def test_an_entry_that_cannot_be_read_is_told_as_something_unknown(agency: Terminal, file: Path) -> None:
    mars = file.with_name("mars.ics")
    mars.write_text(calendar("UID:1\nDTSTART;TZID=Mars/Base:20261212T220000\nDURATION:PT1H\nSUMMARY:Landing"), "utf-8")
    done = agency("conflicts", "--calendar", mars)
    assert done.code == 1
    assert done.err == "mars: 1 entry. 1 entry cannot be read. What that overlaps is unknown.\n"


def test_calendars_are_listed_and_removed(agency: Terminal, file: Path) -> None:
    assert agency("linked-calendars", "list").lines() == []
    agency("sites", "add", "Coast", "--zone", "America/Vancouver")
    agency("linked-calendars", "add", file, "--site", "coast")
    assert agency("linked-calendars", "list").lines() == [f"groups (Coast)  {file}", "    1 entry."]
    (state,) = agency("linked-calendars", "list", "--json").json()
    assert state["site"] == "Coast"
    assert agency("linked-calendars", "remove", file).code == 0
    assert agency("linked-calendars", "list", "--json").json() == []
    assert agency("linked-calendars", "remove", file).code == 2


def test_without_any_calendar_nothing_is_said_to_be_free_of_conflicts(agency: Terminal) -> None:
    done = agency("conflicts")
    assert done.code == 0
    assert "nothing is known of conflicts" in done.err
