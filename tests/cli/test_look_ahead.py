"""`--at`: what scripts rely on, and how people see that it is not of today."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from penelope_admin.store.engine import DATABASE_FILE
from tests.cli.terminal import Terminal, in_days
from tests.each import each

LOOKS = ("overview", "features", "mirror show", "project show 1")


@pytest.fixture
def planned(agency: Terminal) -> Terminal:
    """An agency with a project."""
    days = ("--from", in_days(1), "--to", in_days(90))
    agency("project", "add", "--name", "Pilot", "--purpose", "Try it", *days, "--feature", "general-ledger")
    return agency


@each("command", LOOKS)
def test_what_is_said_of_a_day_to_come_is_framed_first(planned: Terminal, command: str) -> None:
    lines = planned(*command.split(), "--at", in_days(60)).lines()
    assert lines[0].startswith("LOOK AHEAD from ")
    assert lines[0].endswith("Nothing of this has happened, and nothing is changed.")
    assert "Assumed:" in lines
    assert "Not known:" in lines
    after = lines.index("With that:") + 2
    assert lines[after:], "and what the command always shows"
    assert not [line for line in planned(*command.split()).lines() if "LOOK AHEAD" in line]


@each("command", LOOKS)
def test_in_json_what_is_assumed_stands_beside_what_the_command_prints(planned: Terminal, command: str) -> None:
    words = command.split()
    found = planned(*words, "--at", in_days(60), "--json").json()
    key = {"overview": "overview", "features": "features", "mirror": "databases", "project": "project"}[words[0]]
    assert list(found) == ["what_if", key]
    about = found["what_if"]
    assert list(about) == ["as_of", "seen_from", "assumed", "ends", "assumptions", "not_known"]
    assert about["as_of"][:10] == in_days(60)
    assert {item["env"] for item in about["assumed"]} == {"mirrored", "training-b"}
    now = planned(*words, "--json").json()
    same = (now[0], found[key][0]) if isinstance(now, list) else (now, found[key])
    assert list(same[0]) == list(same[1])


@each("command", LOOKS)
def test_nothing_in_the_folder_changes(planned: Terminal, command: str) -> None:
    database = planned.home / DATABASE_FILE
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    assert planned(*command.split(), "--at", in_days(3000), "--json").code == 0
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before


@each("day", [in_days(-2), in_days(3700), "tomorrow"])
@each("command", LOOKS)
def test_other_days_are_bad_input(planned: Terminal, command: str, day: str) -> None:
    ran = planned(*command.split(), "--at", day)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_before_set_up_there_is_nothing_to_look_ahead_from(terminal: Terminal) -> None:
    assert terminal("overview", "--at", (datetime.now(UTC) + timedelta(days=9)).date().isoformat()).code == 2
