"""`reminders list`: what the program reminds of, for people and for scripts."""

from __future__ import annotations

from tests.cli.terminal import Terminal


def test_reminders_in_json_are_what_scripts_rely_on(agency: Terminal) -> None:
    found = agency("reminders", "list", "--json").json()
    assert {"window", "notice"} <= {item["kind"] for item in found}
    assert list(found[0]) == ["kind", "text", "due_at", "told_at"]
    assert [item["due_at"] for item in found] == sorted(item["due_at"] for item in found)


def test_people_read_when_and_of_what(agency: Terminal) -> None:
    lines = agency("reminders", "list").out.splitlines()
    assert any(line.startswith("    Upgrade in ") for line in lines)


def test_before_set_up_it_says_so(terminal: Terminal) -> None:
    assert terminal("reminders", "list").code == 2
