"""A policy with a region that the shipped one does not have: nothing else has to change for it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import penelope_admin
from tests.cli.terminal import Terminal
from tests.regions import IRELAND, REGION_KEYS, use_ireland

SOURCES = sorted(Path(penelope_admin.__file__).parent.rglob("*.py"))
MIGRATIONS = "migrations"


@pytest.fixture
def ireland(terminal: Terminal) -> Terminal:
    """A terminal on a data folder whose policy has Ireland."""
    use_ireland(terminal.home)
    return terminal


def test_the_windows_of_a_new_region_are_computed(ireland: Terminal) -> None:
    assert ireland("next", "--region", "IE", "--json").json()["zone"] == "Europe/Dublin"
    assert len(ireland("windows", "--region", "ie", "--count", "3", "--format", "csv").lines()) == 4


def test_an_agency_is_set_up_in_a_new_region(ireland: Terminal) -> None:
    done = ireland("init", "--agency", "Liffey Services", "--region", "IE", "--zone", "Europe/Dublin")
    assert "region IE, zone Europe/Dublin" in done.lines()[0]
    assert ireland("next", "--json").json()["region"] == "IE"
    assert ireland("overview").code == 0


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("087 91{} 3456", "real"),
        ("+353 87 91{} 3456", "real"),
        ("(01) 67{} 4567", "real"),
        ("000 00{} 0000", "cannot-tell"),
    ],
)
def test_data_of_a_new_region_are_checked(ireland: Terminal, tmp_path: Path, written: str, verdict: str) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("name,phone\n" + "".join(f"A,{written.format(number)}\n" for number in range(2, 10)), "utf-8")
    found = ireland("check-data", str(file), "--region", "IE", "--json")
    assert json.loads(found.out)["verdict"] == verdict


def test_numbers_of_a_region_without_shapes_are_found_by_their_digits_which_is_said(
    terminal: Terminal, tmp_path: Path
) -> None:
    use_ireland(terminal.home, re.sub("telephone-shapes = .*\n", "", IRELAND))
    file = tmp_path / "clients.csv"
    for written, verdict in (("087 91{} 3456", "real"), ("555 {}", "cannot-tell")):
        file.write_text("name,phone\n" + "".join(f"A,{written.format(number)}\n" for number in range(2, 10)), "utf-8")
        finding = json.loads(terminal("check-data", str(file), "--region", "IE", "--json").out)
        assert finding["verdict"] == verdict
        assert "do not say how the region writes telephone numbers" in finding["sentence"]


def test_what_an_agency_in_a_new_region_types_is_looked_at_for_client_data(ireland: Terminal) -> None:
    ireland("init", "--agency", "Liffey Services", "--region", "IE", "--zone", "Europe/Dublin")
    done = ireland("disable", "general-ledger", "--done", "--reason", "Call Anna: 087 912 3456.")
    assert done.code == 0, done.err
    entries = ireland("audit", "list", "--json").out
    assert "087 912 3456" not in entries
    assert "[telephone number]" in entries


def test_the_help_names_the_regions_of_the_policy_in_use(ireland: Terminal) -> None:
    assert "[AU|NZ|CA|GB|US|IE]" in ireland("init", "--help").out


def test_a_region_that_the_policy_does_not_have_is_refused(terminal: Terminal) -> None:
    done = terminal("next", "--region", "IE")
    assert done.code == 2
    assert "Regions are AU, NZ, CA, GB, US" in done.err


def test_an_agency_whose_region_the_policy_no_longer_has_is_told_so(ireland: Terminal) -> None:
    ireland("init", "--agency", "Liffey Services", "--region", "IE", "--zone", "Europe/Dublin")
    (ireland.home / "policy.toml").unlink()
    for command in (["next"], ["overview"], ["check-data", str(ireland.home)]):
        done = ireland(*command)
        assert done.code == 2, done.err
        assert '"IE" is no region' in done.err
    assert ireland("agency", "set", "--region", "GB").code == 0
    assert ireland("next").code == 0


def words_in(source: str) -> list[list[str]]:
    """The words of each list, tuple and set of words in a source."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            items = node.keys if isinstance(node, ast.Dict) else node.elts
            found.append([str(item.value) for item in items if isinstance(item, ast.Constant)])
    return found


def test_no_source_lists_regions() -> None:
    for file in SOURCES:
        if MIGRATIONS in file.parts:
            continue
        text = file.read_text("utf-8")
        assert not re.search(r"\bAU, NZ, CA\b", text), file
        if sum(re.search(rf"""["']{key}["']""", text) is not None for key in REGION_KEYS) < 2:
            continue  # parsing takes long
        for words in words_in(text):
            assert len(set(words) & set(REGION_KEYS)) < 2, (file, words)
