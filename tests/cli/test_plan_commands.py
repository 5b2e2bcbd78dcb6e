"""`plan`: from one machine to another and home again, in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Ran, Terminal, in_days

SMS = "external-communications.sms"


@pytest.fixture
def laptop(agency: Terminal, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """Another machine, with a database of its own."""
    other = Terminal(tmp_path / "laptop", capsysbinary)
    done = other("init", "--agency", "Riverside Family Services", "--region", "CA", "--zone", "America/Resolute")
    assert done.code == 0
    return other


def add(terminal: Terminal, name: str = "Pilot", *more: str) -> Ran:
    days = ("--from", in_days(1), "--to", in_days(10))
    return terminal("project", "add", "--name", name, "--purpose", "Try reminders", *days, *more)


def names(terminal: Terminal) -> list[str]:
    return sorted(project["name"] for project in terminal("project", "list", "--json").json())


def carried(giver: Terminal, taker: Terminal, file: Path, *more: str) -> Ran:
    assert giver("plan", "export", file).code == 0
    return taker("plan", "import", file, *more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.pa-plan"


def test_a_plan_goes_along_and_comes_home(agency: Terminal, laptop: Terminal, file: Path) -> None:
    add(agency)
    exported = agency("plan", "export", file)
    assert exported.lines() == [f"1 item written to {file}."]
    assert laptop("plan", "import", file).lines() == ["Project “Pilot”: added"]
    laptop("project", "change", "1", "--name", "Pilot of the train")
    assert carried(laptop, agency, file).lines() == ["Project “Pilot of the train”: changed (Name)"]
    assert names(agency) == ["Pilot of the train"]
    assert agency("audit", "verify").code == 0
    again = agency("plan", "import", file)
    assert (again.code, again.out) == (0, "")
    assert "here already" in again.err


def test_conflicts_are_shown_with_all_sides_and_exit_with_1(agency: Terminal, laptop: Terminal, file: Path) -> None:
    add(agency)
    carried(agency, laptop, file)
    laptop("project", "change", "1", "--name", "There", "--purpose", "New")
    agency("project", "change", "1", "--name", "Here")
    ran = carried(laptop, agency, file)
    assert ran.code == 1
    shown = [
        "CONFLICT: Project “Here”, Name", "  before: Pilot", "  here: Here", "  plan: There",
    ]  # fmt: skip
    assert ran.out.splitlines()[1:] == shown
    assert "Nothing was changed" in ran.err
    assert agency("plan", "show", file).lines()[3:] == shown
    partly = agency("plan", "import", file, "--yes")
    assert (partly.code, names(agency)) == (1, ["Here"])
    assert agency("plan", "import", file, "--take", "plan").code == 0
    assert names(agency) == ["There"]


def test_what_the_rules_refuse_is_named_and_exits_with_3(agency: Terminal, laptop: Terminal, file: Path) -> None:
    add(laptop)
    planned = laptop(
        "enable", "general-ledger", "--reason", "Payroll", "--until", in_days(3), "--acknowledge-phi",
        "--queue-empty",
    )  # fmt: skip
    assert planned.code == 0, planned.err
    ran = carried(laptop, agency, file)
    assert (ran.code, names(agency)) == (3, [])
    assert "REFUSED: Plan to switch on General Ledger in Mirrored: " in ran.out
    rest = agency("plan", "import", file, "--yes")
    assert (rest.code, names(agency)) == (3, ["Pilot"])


def test_what_is_acknowledged_at_home_is_planned_and_the_options_for_it_are_told(
    agency: Terminal, laptop: Terminal, file: Path
) -> None:
    sure = ("--acknowledge-phi", "--queue-empty")
    laptop("enable", SMS, "--reason", "Pilot", "--until", in_days(3), *sure)
    ran = carried(laptop, agency, file)
    assert f"--acknowledge-phi {SMS}" in ran.err
    told = ran.err.split("bring it home with: ")[1].splitlines()[0].split()
    assert agency("plan", "import", file, "--acknowledge-phi", SMS, "--yes").code == 3
    assert agency("plan", "import", file, "--acknowledge-phi", "no-such").code == 2
    done = agency("plan", "import", file, *told)
    assert (done.code, done.lines()) == (0, ["Plan to switch on External Communications: SMS in Mirrored: added"])
    planned = next(item for item in agency("features", "--json").json() if item["key"] == SMS)
    assert (planned["pending"], planned["reason"]) == ("enable", "Pilot")


def test_take_back_undoes_it_once(agency: Terminal, laptop: Terminal, file: Path) -> None:
    add(agency)
    carried(agency, laptop, file)
    assert laptop("plan", "take-back").lines() == ["1 item taken back."]
    assert laptop("project", "show", "1").lines()[0] == "1  Pilot: cancelled"
    assert laptop("plan", "take-back").code == 2


def test_what_is_no_plan_file_exits_with_2(agency: Terminal, file: Path) -> None:
    for data in (b"", b"{}", b'{"format":"penelope-admin-plan/9"}'):
        file.write_bytes(data)
        assert agency("plan", "import", file).code == 2
        assert agency("plan", "show", file).code == 2
    assert agency("plan", "import", file.with_name("none")).code == 2


def test_a_file_can_be_looked_at_before_an_agency_is_set_up(
    agency: Terminal, tmp_path: Path, file: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    add(agency)
    agency("plan", "export", file)
    ran = Terminal(tmp_path / "new", capsysbinary)("plan", "show", file)
    assert "(UTC). 1 item." in ran.lines()[0], "there is no agency whose clock could be meant"
    assert "(Resolute). 1 item." in agency("plan", "show", file).lines()[0]
    assert ran.lines()[1].startswith("It knows Riverside Family Services (CA, America/Resolute) as of then: ")
    assert ran.lines()[2:] == ["Project “Pilot”"]


def test_only_the_chosen_projects_go_along(agency: Terminal, file: Path) -> None:
    add(agency)
    add(agency, "Other")
    agency("plan", "export", file, "--project", "2")
    assert [item["plan"]["name"] for item in json.loads(file.read_bytes())["items"]] == ["Other"]
    assert agency("plan", "export", file, "--project", "9").code == 2


def test_the_schema_is_json(agency: Terminal) -> None:
    assert agency("plan", "schema").json()["$schema"].startswith("https://json-schema.org/")
