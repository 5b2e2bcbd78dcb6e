"""`support` and `holidays`: what scripts rely on, and what people read."""

from __future__ import annotations

from pathlib import Path

import pytest

from penelope_admin.cli.terminal import standing
from penelope_admin.clock import find_zone
from penelope_admin.domain.support import Opening
from penelope_admin.files import resource
from penelope_admin.gateways import zones
from penelope_admin.policy import load
from tests.cli.terminal import Terminal
from tests.each import each

FRIDAY = "2026-11-20T22:40:00Z"
CHRISTMAS = "2026-12-25T15:00:00Z"


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    """A calendar file with one holiday and half a day."""
    file = tmp_path / "holidays.ics"
    file.write_text(
        "BEGIN:VCALENDAR\n"
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nSUMMARY:New Year\nEND:VEVENT\n"
        "BEGIN:VEVENT\nDTSTART:20261231T120000\nDTEND:20261231T170000\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )
    return file


# --- support -----------------------------------------------------------------------------------


def test_support_in_json_is_exactly_what_scripts_rely_on(agency: Terminal) -> None:
    assert agency("support", "--at", FRIDAY, "--json").json() == [
        {"team": "support", "open": True, "closes_at": "2026-11-20T19:00:00-06:00", "opens_at": None},
        {"team": "support-au", "open": False, "closes_at": None, "opens_at": "2026-11-22T16:00:00-06:00"},
        {"team": "chat", "open": False, "closes_at": None, "opens_at": "2026-11-22T20:00:00-06:00"},
    ]
    found = agency("support", "--at", FRIDAY, "--json").json()
    assert list(found[0]) == ["team", "open", "closes_at", "opens_at"]


def test_a_zone_can_be_asked_for(agency: Terminal) -> None:
    found = agency("support", "--at", FRIDAY, "--zone", "Australia/Sydney", "--json").json()
    assert [item["closes_at"] or item["opens_at"] for item in found] == [
        "2026-11-21T12:00:00+11:00", "2026-11-23T09:00:00+11:00", "2026-11-23T13:00:00+11:00",
    ]  # fmt: skip


def test_a_team_that_does_not_open_again_soon_is_closed() -> None:
    team = load(resource("policy.toml")).support_teams[0]
    assert standing(Opening(team, open=False), find_zone("UTC")) == "closed for the next two months"


def test_without_at_it_is_now(agency: Terminal) -> None:
    assert len(agency("support", "--json").json()) == 3


def test_it_works_before_set_up_by_this_computer_s_clock_and_makes_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "system_zone", lambda: "Pacific/Auckland")
    found = terminal("support", "--at", FRIDAY, "--json").json()
    assert found[0]["closes_at"] == "2026-11-21T14:00:00+13:00"
    assert not terminal.home.exists()


def test_people_read_both_clocks_whom_it_serves_and_that_no_holidays_are_known(agency: Terminal) -> None:
    lines = agency("support", "--at", FRIDAY).lines()
    assert lines[0] == "Friday 20 November 2026, 16:40 (Resolute)"
    assert lines[1:3] == [
        "  Support: open until Friday 20 November 2026, 19:00 (Resolute), 20:00 in New York.",
        "      Every case. Closed on the holidays of its calendar.",
    ]
    au = "AU Support: closed, opens Sunday 22 November 2026, 16:00 (Resolute)"
    assert lines[3] == f"  {au}, Monday 23 November 2026, 09:00 in Sydney."
    assert lines[-1] == "No holidays are recorded, so on a holiday this can be wrong."


@each(
    "arguments",
    [
        ("--zone", "Mars/Olympus"), ("--zone", ""), ("--at", "yesterday"), ("--at", "2026-12-25T15:00:00"),
        ("--at", "1900-01-01T00:00:00Z"), ("surprise",), ("--team", "support"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_bad_usage(agency: Terminal, arguments: tuple[str, ...]) -> None:
    done = agency("support", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


# --- holidays ----------------------------------------------------------------------------------


def test_a_holiday_is_added_listed_counted_and_removed(agency: Terminal) -> None:
    done = agency("holidays", "add", "support", "2026-12-25", "--name", "Christmas Day")
    assert done.lines() == ["Friday 25 December 2026 is a holiday of Support."]
    assert agency("holidays", "list", "--json").json() == [
        {"team": "support", "day": "2026-12-25", "name": "Christmas Day", "origin": ""}
    ]
    assert agency("holidays", "list").lines() == ["2026-12-25  support  Christmas Day"]
    found = agency("support", "--at", CHRISTMAS, "--json").json()
    assert [item["open"] for item in found] == [False, False, False]
    assert found[0]["opens_at"] == "2026-12-28T07:00:00-06:00"
    assert "No holidays are recorded" not in agency("support").out
    assert agency("holidays", "remove", "support", "2026-12-25").code == 0
    assert agency("holidays", "list", "--json").json() == []
    assert agency("support", "--at", CHRISTMAS, "--json").json()[0]["open"]


def test_listing_before_there_is_a_database_makes_none(terminal: Terminal) -> None:
    assert terminal("holidays", "list", "--json").json() == []
    assert terminal("holidays", "list").lines() == []
    assert not terminal.home.exists()


def test_before_set_up_hours_are_shown_and_a_holiday_makes_no_data(terminal: Terminal) -> None:
    assert terminal("holidays", "add", "support-au", "2026-12-25").code == 2
    assert terminal("support", "--at", "2026-12-25T01:00:00Z", "--json").json()[1]["open"] is True
    assert not terminal.home.exists()


@each(
    "arguments",
    [
        ("add", "nobody", "2026-12-25"), ("add", "chat", "2026-12-25"), ("add", "support", "25.12.2026"),
        ("add", "support", "2026-02-30"), ("add", "support", "1969-12-31"), ("add", "support"),
        ("add", "support", "2026-12-24"), ("add", "support", "2026-12-25", "--name", "x" * 121),
        ("add", "support", "2026-12-25", "--name", "two\nlines"),
        ("remove", "support", "2026-12-25"), ("remove", "nobody", "2026-12-24"),
        ("import", "support", "missing.ics"), ("import", "support", "."), ("import", "nobody", "missing.ics"),
        ("invent", "support"), ("--json",),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(agency: Terminal, arguments: tuple[str, ...]) -> None:
    agency("holidays", "add", "support", "2026-12-24")
    done = agency("holidays", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert len(agency("holidays", "list", "--json").json()) == 1


def test_an_import_prints_the_days_and_says_what_was_left_out(agency: Terminal, calendar: Path) -> None:
    done = agency("holidays", "import", "support", calendar)
    days = done.lines()
    assert len(days) in (5, 6)
    assert all(day.endswith("-01-01") for day in days)
    assert f"{len(days)} holidays of Support added. 1 event left out" in done.err
    listed = agency("holidays", "list", "--json").json()
    assert [item["day"] for item in listed] == days
    assert {(item["team"], item["name"], item["origin"]) for item in listed} == {
        ("support", "New Year", "holidays.ics")
    }
    again = agency("holidays", "import", "support", calendar)
    assert (again.lines(), again.code) == ([], 0)


def test_what_is_no_calendar_is_refused(agency: Terminal, tmp_path: Path) -> None:
    (tmp_path / "letter.ics").write_text("Dear Support")
    done = agency("holidays", "import", "support", tmp_path / "letter.ics")
    assert (done.code, done.out) == (2, "")
    assert "not a calendar file" in done.err
