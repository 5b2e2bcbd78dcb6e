"""The schemas in docs/json are those of the types; that outputs match the types, `Terminal` asks of each it sees."""

from __future__ import annotations

import json
import re

import click
import msgspec
import pytest

from penelope_admin.cli import cli
from tests import json_schemas
from tests.cli.terminal import Terminal, json_command
from tests.json_schemas import PRINTED


def commands(group: click.Group = cli, before: str = "") -> dict[str, click.Command]:
    """Every command by its words."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        words = f"{before} {name}".strip()
        found |= commands(command, words) if isinstance(command, click.Group) else {words: command}
    return found


def test_every_command_with_json_has_a_type() -> None:
    offering = {
        words
        for words, command in commands().items()
        if any("--json" in option.opts or "json" in getattr(option.type, "choices", ()) for option in command.params)
    }
    assert offering == {words for words in PRINTED if "--" not in words}


def test_the_schemas_in_the_documentation_are_current() -> None:
    written = {file.name: file.read_text("utf-8") for file in json_schemas.FOLDER.glob("*.json")}
    assert written == json_schemas.schemas(), "run: .venv/bin/python -m tests.json_schemas"


def test_every_key_is_told_in_the_documentation() -> None:
    named = set(re.findall("`([^`]+)`", (json_schemas.FOLDER.parent / "json.md").read_text("utf-8")))
    types = [json.loads(text).get("$defs", {}) for text in json_schemas.schemas().values()]
    keys = {(name, key) for each in types for name, shape in each.items() for key in shape.get("properties", {})}
    assert sorted((name, key) for name, key in keys if key not in named) == []


def test_an_output_with_another_key_or_of_another_type_is_noticed(agency: Terminal) -> None:
    out = agency("features", "--json").out
    for spoil in ({"more": 1}, {"state": "maybe"}, {"since": "yesterday"}):
        spoilt = json.loads(out)
        spoilt[0] |= spoil
        with pytest.raises((AssertionError, msgspec.ValidationError)):
            json_schemas.check("features", json.dumps(spoilt))


@pytest.mark.parametrize("command", ["agency show", "mirror show", "overview", "time-data show", "next", "windows"])
def test_what_commands_print_is_of_their_type(agency: Terminal, command: str) -> None:
    done = agency(*command.split(), *(["--format", "json"] if command == "windows" else ["--json"]))
    assert done.code == 0, done.err
    assert json_command([*command.split(), "--json"]) == command
