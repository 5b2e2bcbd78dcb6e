"""`report`: makes reports as HTML and PDF, and checks one later."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, in_days
from tests.each import each


def made(lines: list[str]) -> tuple[str, str]:
    """The hash of the log's newest entry and that of the file, as a report's command prints them."""
    head = re.fullmatch(r"Activity log: entry \d+, SHA-256 ([0-9a-f]{64})", lines[0])
    file = re.fullmatch(r"This file: SHA-256 ([0-9a-f]{64})", lines[1])
    assert head
    assert file
    return head[1], file[1]


def actions(agency: Terminal) -> list[str]:
    return [entry["action"] for entry in agency("audit", "list", "--json").json()]


@each("kind, title", [("state", "State of the mirror"), ("exposure", "PHI exposure log")])
def test_a_report_is_saved_as_html(agency: Terminal, tmp_path: Path, kind: str, title: str) -> None:
    target = tmp_path / "report.html"
    done = agency("report", kind, "--output", target)
    assert (done.code, done.err) == (0, f"Saved: {target}\n")
    head, file = made(done.lines())
    page = target.read_text("utf-8")
    assert f"<h1>{title}</h1>" in page
    assert head in page.replace("<wbr>", "")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == file
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert actions(agency)[0] == "report.made"


def test_a_report_is_saved_as_pdf_without_a_display(agency: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    done = agency("report", "exposure", "--output", target)
    assert done.code == 0, done.err
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/FontFile" in data
    assert hashlib.sha256(data).hexdigest() == made(done.lines())[1]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_period_of_an_exposure_log_can_be_named(agency: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    done = agency("report", "exposure", "--from", "2026-01-01", "--to", "2026-01-31", "--output", target)
    assert done.code == 0, done.err
    assert "Thursday 1 January 2026 to Saturday 31 January 2026" in target.read_text("utf-8")


@each(
    "arguments",
    [
        ("state",),
        ("state", "--output", "report.docx"),
        ("state", "--output", "report"),
        ("state", "--from", "2026-01-01", "--output", "report.html"),
        ("exposure", "--from", "yesterday", "--output", "report.html"),
        ("exposure", "--from", "2026-02-01", "--to", "2026-01-01", "--output", "report.html"),
        ("exposure", "--to", in_days(3), "--output", "report.html"),
        ("exposure", "--to", "0001-01-01", "--output", "report.html"),
        ("state", "--output", "nowhere/report.html"),
        ("check",),
        ("check", "xyz"),
        ("sums", "--output", "report.html"),
    ],
)
def test_bad_input_writes_nothing(agency: Terminal, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    before, known = set(tmp_path.iterdir()), actions(agency)
    done = agency("report", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert set(tmp_path.iterdir()) == before
    assert actions(agency) == known


def test_what_a_report_printed_is_checked_against_the_log(agency: Terminal, tmp_path: Path) -> None:
    head, file = made(agency("report", "state", "--output", tmp_path / "a.html").lines())
    lines = agency("report", "check", head).lines()
    assert re.match(r"This is the hash of entry \d+: .*, agency\.set-up Riverside Family Services\.$", lines[0])
    assert lines[1].startswith("Printed on the report made ")
    assert re.fullmatch(r"The activity log is whole: entries \d+\.", lines[2])
    assert agency("report", "check", file).lines()[0].startswith("This is the SHA-256 of the report told of in entry ")


@pytest.mark.parametrize("name", ["state.html", "of two words.html"])
def test_a_report_is_checked_by_its_file(agency: Terminal, tmp_path: Path, name: str) -> None:
    agency("report", "state", "--output", tmp_path / name)
    assert agency("report", "check", *str(tmp_path / name).split(" ")).lines()[0].startswith("This is the SHA-256 of")
    with (tmp_path / name).open("a") as file:
        file.write("<!-- changed -->")
    done = agency("report", "check", tmp_path / name)
    assert (done.code, "tells of no report with this SHA-256" in done.out) == (1, True)


@pytest.mark.parametrize("text", ["elsewhere.html", "x" * 5000, "/"])
def test_what_is_neither_a_hash_nor_a_file_is_refused(agency: Terminal, text: str) -> None:
    done = agency("report", "check", text)
    assert "That is neither a file nor a hash" in done.err


def test_a_hash_the_log_does_not_know_is_told_and_exits_1(agency: Terminal) -> None:
    done = agency("report", "check", "0" * 63 + "1")
    assert done.code == 1
    assert done.out.startswith("The activity log holds no entry with this hash")


def test_a_broken_log_is_told_and_exits_1(agency: Terminal, tmp_path: Path) -> None:
    head, _ = made(agency("report", "state", "--output", tmp_path / "a.html").lines())
    with closing(sqlite3.connect(agency.home / "penelope-admin.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit_entry SET subject = 'x' WHERE action = 'report.made'")
        connection.commit()
    done = agency("report", "check", head)
    assert done.code == 1
    assert "The activity log is broken at entry" in done.out
