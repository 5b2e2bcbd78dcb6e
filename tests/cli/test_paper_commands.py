"""`paper`: what is printed to take along, as HTML and PDF."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, in_days
from tests.each import each


@pytest.fixture
def planned(agency: Terminal) -> Terminal:
    """An agency with a project and an upgrade."""
    days = ("--from", in_days(1), "--to", in_days(20))
    agency("project", "add", "--name", "Pilot", "--purpose", "Try it", *days, "--feature", "general-ledger")
    agency("mirror", "upgraded")
    return agency


@each(
    "command, title",
    [
        ("year", "The coming twelve months"),
        ("year --project 1", "The coming twelve months"),
        ("project 1", "Pilot"),
        ("check-list", "Check-list after the upgrade of "),
        ("windows", "Upgrades of Penelope"),
    ],
)
def test_a_page_is_saved_as_html_and_the_log_does_not_tell_of_it(
    planned: Terminal, tmp_path: Path, command: str, title: str
) -> None:
    before = planned("audit", "list", "--json").out
    target = tmp_path / "page.html"
    done = planned("paper", *command.split(), "--output", target)
    assert (done.code, done.out, done.err) == (0, "", f"Saved: {target}\n")
    assert f"<h1>{title}" in target.read_text("utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert planned("audit", "list", "--json").out == before


def test_a_page_is_saved_as_pdf_without_a_display(planned: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "year.pdf"
    done = planned("paper", "year", "--output", target)
    assert done.code == 0, done.err
    assert target.read_bytes().startswith(b"%PDF")
    assert b"/Image" in target.read_bytes()


@each("command", ["project 7", "year --project 7", "check-list --event 99"])
def test_what_is_not_there_is_bad_input_and_writes_nothing(planned: Terminal, tmp_path: Path, command: str) -> None:
    target = tmp_path / "page.html"
    done = planned("paper", *command.split(), "--output", target)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert not target.exists()


def test_another_ending_is_refused(planned: Terminal, tmp_path: Path) -> None:
    assert planned("paper", "windows", "--output", tmp_path / "page.txt").code == 2
