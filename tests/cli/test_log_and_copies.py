"""`audit`, `backup` and `restore`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.each import each
from tests.store.files import tamper

ENTRY_KEYS = ["seq", "at", "who", "action", "subject", "before", "after", "hash"]


@pytest.fixture
def busy(agency: Terminal) -> Terminal:
    """With three entries in the log."""
    for reason in ("apples", "pears"):
        agency("enable", "general-ledger", "--reason", reason, "--acknowledge-phi", "--done")
    return agency


def database(terminal: Terminal) -> Path:
    return terminal.home / "penelope-admin.db"


def reason(terminal: Terminal) -> str:
    return str(terminal("features", "--json").json()[6]["reason"])


# --- the log -----------------------------------------------------------------------------------


def test_entries_in_json_have_these_keys_newest_first(busy: Terminal) -> None:
    found = busy("audit", "list", "--json").json()
    assert [list(entry) for entry in found] == [ENTRY_KEYS] * 3
    assert [entry["seq"] for entry in found] == [3, 2, 1]
    assert (found[0]["before"]["reason"], found[0]["after"]["reason"]) == ("apples", "pears")
    assert found[2]["before"] is None


def test_the_log_can_be_searched_and_cut(busy: Terminal) -> None:
    assert len(busy("audit", "list", "--json", "--search", "PEARS").json()) == 1
    assert len(busy("audit", "list", "--json", "--count", "2").json()) == 2
    assert busy("audit", "list", "--search", "plums").lines() == []
    assert [line.split("  ")[0] for line in busy("audit", "list").lines()] == ["3", "2", "1"]


@each("count", ["0", "-1", "x", "9" * 30])
def test_a_count_that_is_none_is_refused(busy: Terminal, count: str) -> None:
    ran = busy("audit", "list", "--count", count)
    assert (ran.code, ran.out) == (2, "")


def test_a_search_for_what_is_no_text_finds_nothing(busy: Terminal) -> None:
    assert busy("audit", "list", "--search", os.fsdecode(b"\xff")).lines() == []


def test_a_whole_log_is_verified(busy: Terminal) -> None:
    ran = busy("audit", "verify")
    head = busy("audit", "list", "--json").json()[0]["hash"]
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"The activity log is whole: entries 3, head {head}.\n"


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET who = 'mallory' WHERE seq = 2", 2),
        ("UPDATE audit_entry SET after = NULL WHERE seq = 3", 3),
        ("DELETE FROM audit_entry WHERE seq = 1", 1),
    ],
)
def test_a_log_that_was_tampered_with_names_the_first_broken_entry(busy: Terminal, statement: str, broken: int) -> None:
    tamper(database(busy), statement)
    ran = busy("audit", "verify")
    assert ran.code == 1
    first, *others = ran.out.splitlines()
    assert first == f"The activity log is broken at entry {broken}."
    assert others[0] == "The database is not what the log says:"
    assert all(line.startswith("  trigger ") for line in others[1:]), "those had to go for it"


@each("statement", ["UPDATE audit_entry SET who = 'mallory'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_the_log(busy: Terminal, statement: str) -> None:
    with closing(sqlite3.connect(database(busy))) as connection, pytest.raises(sqlite3.Error, match="append-only"):
        connection.execute(statement)


# --- the copies --------------------------------------------------------------------------------


def test_a_backup_is_a_private_database_of_its_own(busy: Terminal, tmp_path: Path) -> None:
    ran = busy("backup", tmp_path / "copy.db")
    assert (ran.code, ran.out, ran.err) == (0, f"Saved: {tmp_path / 'copy.db'}\n", "")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    assert len(busy("--database", url, "audit", "list", "--json").json()) == 3


def test_a_restore_brings_the_state_back_and_names_what_it_kept(busy: Terminal, tmp_path: Path) -> None:
    busy("backup", tmp_path / "copy.db")
    busy("enable", "general-ledger", "--reason", "plums", "--acknowledge-phi", "--done")
    ran = busy("restore", tmp_path / "copy.db")
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    kept = Path(ran.out.split(" is kept in ")[1].rstrip(".\n"))
    assert kept.is_file()
    assert reason(busy) == "pears"
    assert busy("audit", "list", "--json", "--count", "1").json()[0]["action"] == "backup.restored"
    assert busy("audit", "verify").code == 0


def test_a_restored_backup_that_is_not_what_its_log_says_is_told_and_exits_0(busy: Terminal, tmp_path: Path) -> None:
    busy("backup", tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute("UPDATE feature_state SET by = 'eve' WHERE state = 'on'")
        connection.commit()
    ran = busy("restore", tmp_path / "copy.db")
    assert ran.code == 0
    assert ran.out.startswith(f"Restored from {tmp_path / 'copy.db'}. What it replaced is kept in ")
    assert "feature_state mirrored/general-ledger: by is eve; the log says " in ran.err
    assert "penelope-admin audit verify names everything" in ran.err
    assert busy("audit", "verify").code == 1


def test_a_restore_works_on_a_new_computer(busy: Terminal, tmp_path: Path) -> None:
    busy("backup", tmp_path / "copy.db")
    ran = busy("--home", tmp_path / "new", "restore", tmp_path / "copy.db", home=False)
    assert (ran.code, ran.out) == (0, f"Restored from {tmp_path / 'copy.db'}.\n")
    assert "Drafts may have been sent since this backup was made." in ran.err
    assert busy("--home", tmp_path / "new", "audit", "verify", home=False).code == 0


def test_the_log_names_the_file_of_a_restore_that_was_put_back(busy: Terminal, tmp_path: Path) -> None:
    busy("backup", tmp_path / "copy.db")
    busy("restore", tmp_path / "copy.db")
    (replaced,) = (busy.home / "backups").glob("*-replaced.db")
    assert busy("restore", replaced).code == 0
    assert replaced.name in busy("audit", "list").out, "its digits look like nobody's number"


def test_a_restore_over_a_corrupt_database_works(busy: Terminal, tmp_path: Path) -> None:
    busy("backup", tmp_path / "copy.db")
    database(busy).write_bytes(b"SQLite format 3\0" + b"rubbish" * 5000)
    assert busy("overview").code == 4
    ran = busy("restore", tmp_path / "copy.db")
    assert ran.code == 0, ran.err
    assert "damaged" in ran.out
    assert reason(busy) == "pears"


def test_what_is_no_backup_is_not_restored(busy: Terminal, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Support")
    for file in (tmp_path / "letter.txt", tmp_path / "missing.db", tmp_path, database(busy)):
        ran = busy("restore", file)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err
    assert reason(busy) == "pears"


def test_a_backup_that_cannot_be_written_is_bad_input(busy: Terminal, tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere" / "copy.db", tmp_path, database(busy)):
        ran = busy("backup", file)
        assert (ran.code, ran.out) == (2, "")
    assert len(busy("audit", "list", "--json").json()) == 3


def test_the_first_command_of_the_day_keeps_a_copy(busy: Terminal) -> None:
    shutil.rmtree(busy.home / "backups")
    assert busy("next").code == 0
    (copy,) = (busy.home / "backups").iterdir()
    assert copy.name.endswith("-daily.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_backup_does_not_replace_what_is_no_backup_unless_forced(busy: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "important.txt"
    file.write_text("important")
    ran = busy("backup", file)
    assert (ran.code, ran.out) == (2, "")
    assert "--force" in ran.err
    assert file.read_text() == "important"
    assert busy("backup", file, "--force").code == 0
    assert busy("backup", file).code == 0, "now it is a backup"


@pytest.mark.skipif(os.name == "nt", reason="names of files hold no line breaks there")
def test_a_file_name_with_a_line_break_forges_no_line_in_the_log(busy: Terminal, tmp_path: Path) -> None:
    name = "x\n9  Monday 1 January 2029  mallory  feature.enabled\x1b[2J.db"
    saved = busy("backup", tmp_path / name)
    assert saved.out.count("\n") == 1
    lines = busy("audit", "list").lines()
    assert len(lines) == 4
    assert lines[0].endswith("x\\n9  Monday 1 January 2029  mallory  feature.enabled\\x1b[2J.db")


@each(
    "arguments",
    [
        ("next", "--region", "\x1b[2J\x9b"), ("\x1b[2J",), ("next", "--\x1b[2J"), ("next", "--zone", "\x1b[2J\nfake"),
        ("requests", "show", "\x07"), ("enable", "\x1b]0;owned\x07", "--reason", "x"), ("windows", "--from", "\u202e1"),
    ],
)  # fmt: skip
def test_control_characters_of_an_argument_are_written_out(busy: Terminal, arguments: tuple[str, ...]) -> None:
    ran = busy(*arguments)
    assert ran.code == 2
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(ran.err + ran.out)
    assert "\nfake" not in ran.err
