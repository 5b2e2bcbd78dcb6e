"""Which time zone data is in force, from a terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dateutil.tz import tzical

from penelope_admin import __version__
from tests.cli.terminal import Terminal
from tests.zone_files import make_system, pack, restored_zones, use_system, wheel_files

__all__ = ["restored_zones"]

pytestmark = pytest.mark.usefixtures("restored_zones")
NEXT = ("next", "--region", "CA", "--zone", "America/Winnipeg", "--at", "2026-12-01T00:00:00Z")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return pack(tmp_path / "tzdata-2027.1-py2.py3-none-any.whl", wheel_files("2027a"))


def test_the_next_window_in_winnipeg_starts_at_21_on_a_computer_with_old_data(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    assert terminal(*NEXT).lines()[:3] == [
        "  Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (Winnipeg)",
        "  Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York), the vendor's time"
        " (ET, read as that clock)",
        "  The rules for Winnipeg changed; this computer's own time zone data (2025b) is older and would show 20:00.",
    ]


def test_in_a_process_of_its_own_the_program_reads_the_newest_data_too(terminal: Terminal, tmp_path: Path) -> None:
    old = make_system(tmp_path / "zones", "2025b")
    ran = terminal.process(*NEXT, PYTHONTZPATH=str(old))
    assert ran.lines()[0] == "  Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (Winnipeg)"


def test_a_data_folder_named_from_the_folder_one_is_in_keeps_imported_data_like_any_other(
    terminal: Terminal, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(terminal.home.parent)
    here = terminal.home.relative_to(terminal.home.parent)
    for arguments in (("time-data", "import", wheel), NEXT, ("--version",)):
        ran = terminal("--home", here, *arguments, home=False)
        assert ran.code == 0, ran.err
    assert "2027a" in ran.out


def test_show_names_what_is_in_force_and_what_else_is_at_hand(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_system(tmp_path / "zones", "2025b")
    use_system(monkeypatch, folder)
    shown = terminal("time-data", "show").lines()
    assert shown[0].startswith("In force: the time zone data that came with Penelope Admin (2026f)")
    assert shown[2:] == [
        "Not in force: this computer's own time zone data (2025b), published on Saturday 22 March 2025",
        f"  {folder}",
    ]
    facts = terminal("time-data", "show", "--json").json()
    assert facts["in_force"]["version"] == "2026f"
    assert facts["others"] == [
        {"source": "system", "version": "2025b", "published": "2025-03-22", "folder": str(folder)}
    ]


def test_imported_data_is_in_force_from_then_on_and_says_so(terminal: Terminal, wheel: Path) -> None:
    assert terminal("time-data", "import", wheel).out == "In force now: the imported time zone data (2027a)\n"
    assert terminal(*NEXT).lines()[0].endswith("20:00 to midnight (Winnipeg)")
    version = terminal("--version").out
    assert version == f"Penelope Admin {__version__}, with the imported time zone data (2027a)\n"


def test_a_file_that_cannot_be_imported_is_bad_input_and_nothing_is_changed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "w.whl").write_bytes(b"PK")
    ran = terminal("time-data", "import", tmp_path / "w.whl")
    assert (ran.code, ran.out) == (2, "")
    assert "Nothing was changed" in ran.err
    assert terminal("time-data", "show", "--json").json()["in_force"]["source"] == "package"


def test_a_report_says_by_which_data_its_times_are_meant(agency: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "state.html"
    assert agency("report", "state", "--output", target).code == 0
    assert "America/Resolute, by the time zone data that came with Penelope Admin (2026f)" in target.read_text("utf-8")


def test_a_calendar_file_carries_the_rules_that_hold_in_winnipeg_since_2026(terminal: Terminal) -> None:
    window = ("--region", "CA", "--zone", "America/Winnipeg", "--from", "2026-12-01", "--count", "1")
    text = terminal("windows", *window, "--format", "ics").out
    assert "DTSTART;TZID=America/Winnipeg:20261212T210000" in text
    zones = tzical(io.StringIO(text.replace("\r\n", "\n")))
    assert datetime(2026, 12, 12, 21, tzinfo=zones.get()).astimezone(UTC) == datetime(2026, 12, 13, 2, tzinfo=UTC)
