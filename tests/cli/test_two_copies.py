"""The command line where two copies have their features switched, and neither is called "mirrored"."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import penelope_admin
from penelope_admin.policy import Policy
from tests.cli.terminal import Terminal, in_days
from tests.copies import FIRST, SECOND, use_two_copies


@pytest.fixture
def copies(terminal: Terminal) -> Terminal:
    """An agency with both."""
    use_two_copies(terminal.home)
    done = terminal("init", "--agency", "Riverside", "--region", "CA", "--zone", "America/Resolute", "--env", SECOND)
    assert done.code == 0, done.err
    return terminal


def test_without_a_name_the_first_is_meant_and_with_one_the_other(copies: Terminal) -> None:
    assert copies("agency", "show", "--json").json()["environments"] == ["production", FIRST, SECOND]
    for named in ([], ["--env", SECOND]):
        assert copies("mirror", "upgraded", "--at", "2024-01-10T03:00:00Z", *named).code == 0
        done = copies(
            "enable", "general-ledger", "--reason", "Pilot", "--until", in_days(9), "--acknowledge-phi", *named
        )
        assert done.code == 0, done.err
    for key in (FIRST, SECOND):
        planned = [item["key"] for item in copies("features", "--env", key, "--json").json() if item["pending"]]
        assert planned == ["general-ledger"]
    assert copies("cancel-plan", "general-ledger").code == 0
    assert [bool(copies("features", *named).out.count("planned")) for named in ([], ["--env", SECOND])] == [False, True]


def test_a_check_list_begins_for_either_and_is_found_by_its_event(copies: Terminal) -> None:
    assert "an upgrade of the project copy and Migration is recorded" in copies("checklist", "show").err
    for key in (SECOND, FIRST):
        done = copies("mirror", "upgraded", "--env", key.upper(), "--at", "2024-01-10T03:00:00Z")
        assert "A check-list begins" in done.out
    listed = {copies("checklist", "show", "--event", str(number), "--json").json()["env"] for number in (1, 2)}
    assert listed == {FIRST, SECOND}


def test_what_is_asked_of_support_means_the_first_unless_another_is_named(copies: Terminal) -> None:
    copies("refresh", "request", "--reason", "Fresh data")
    copies("requests", "new", "script", "--title", "Shift", "--text", "By a year", "--env", SECOND)
    assert {item["kind"]: item["env"] for item in copies("requests", "list", "--json").json()} == {
        "refresh": FIRST,
        "script": SECOND,
    }


def test_no_source_names_a_copy_by_its_key_but_those_of_practice(policy: Policy) -> None:
    root = Path(penelope_admin.__file__).parent
    keys = policy.environment.keys() - {"production", "preview"}  # "preview" is a use case, too
    named = {
        f"{file.relative_to(root)}: {node.value}"
        for file in root.rglob("*.py")
        if not {"training", "vendor"} & set(file.relative_to(root).parts)
        if any(key in (text := file.read_text("utf-8")) for key in keys)  # parsing takes long
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value in keys
    }
    assert named == set()
