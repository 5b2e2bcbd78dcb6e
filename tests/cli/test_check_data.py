"""`check-data`: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.each import each

PEOPLE = [f"zoe.planted{number}@gmail.com" for number in range(60)]


@pytest.fixture
def real(tmp_path: Path) -> Path:
    file = tmp_path / "real.csv"
    file.write_text("id,email\n" + "".join(f"{n},{address}\n" for n, address in enumerate(PEOPLE)))
    return file


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    file = tmp_path / "clean.csv"
    file.write_text("id,email\n" + "".join(f"{n},user{n}@example.com\n" for n in range(200)))
    return file


def test_real_contact_details_end_with_1_and_are_told_as_json(terminal: Terminal, real: Path) -> None:
    ran = terminal("check-data", real, "--region", "ca", "--json")
    assert ran.code == 1
    found = json.loads(ran.out)
    assert found["verdict"] == "real"
    (file,) = found["files"]
    assert (file["path"], file["rows"]) == (str(real), 60)
    assert [(item["name"], item["values"], item["email_like"], item["phone_like"]) for item in file["columns"]] == [
        ("id", 60, 0, 0),
        ("email", 60, 60, 0),
    ]
    assert "planted" not in ran.out + ran.err


def test_the_json_has_the_keys_that_scripts_rely_on(terminal: Terminal, clean: Path) -> None:
    found = json.loads(terminal("check-data", clean, "--region", "CA", "--json").out)
    assert set(found) == {"verdict", "confidence", "sentence", "files", "not_examined"}
    (file,) = found["files"]
    assert set(file) == {"path", "rows", "unread", "sha256", "verdict", "columns"}
    for column in file["columns"]:
        assert set(column) == {
            *("name", "values", "email_like", "phone_like", "distinct", "top_share", "verdict", "why", "samples"),
        }


def test_de_identified_ones_end_with_0(terminal: Terminal, clean: Path) -> None:
    ran = terminal("check-data", clean, "--region", "CA")
    assert ran.code == 0
    assert ran.lines()[0] == "De-identified (high confidence)"
    assert "email: de-identified." in ran.out


def test_the_agency_s_region_is_taken_and_without_one_it_has_to_be_named(terminal: Terminal, clean: Path) -> None:
    ran = terminal("check-data", clean)
    assert (ran.code, ran.out) == (2, "")
    assert "--region" in ran.err
    terminal.init()
    assert terminal("check-data", clean).code == 0


def test_what_was_not_examined_is_named(terminal: Terminal, clean: Path) -> None:
    (clean.parent / "torn.csv").write_bytes(b"PK\x03\x04")
    found = terminal("check-data", str(clean), str(clean.parent / "torn.csv"), "--region", "CA")
    assert "Cannot tell" in found.out
    assert f"Not examined:\n  {clean.parent / 'torn.csv'}: " in found.out
    found = terminal("check-data", str(clean), str(clean.parent / "torn.csv"), "--region", "CA", "--json")
    assert [Path(item["path"]).name for item in json.loads(found.out)["not_examined"]] == ["torn.csv"]


def test_where_nobody_can_tell_it_ends_with_5_or_strictly_with_1(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("email\n" + "".join(f"jane{n}@gmail.com.invalid\n" for n in range(30)))
    ran = terminal("check-data", file, "--region", "CA")
    assert (ran.code, ran.out.splitlines()[0]) == (5, "Cannot tell (low confidence)")
    assert "Nobody is reached, but 30 addresses are written so that the original can be read." in ran.out
    assert "For example *****@*****.***.*******" in ran.out
    assert "Look at the columns named above, settle what they hold, and check again." in ran.err
    assert terminal("check-data", file, "--region", "CA", "--strict").code == 1


def test_an_export_without_contact_details_names_no_columns_to_look_at(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("client,colour\n" + "1,blue\n" * 30)
    ran = terminal("check-data", file, "--region", "CA")
    assert ran.code == 5
    assert "  2 columns: nothing like contact details." in ran.out
    assert ran.err.startswith("Check an export in which there are contact details.")


def test_what_to_do_next_is_said_in_a_sentence(terminal: Terminal, real: Path, clean: Path) -> None:
    assert (
        "let nothing be sent from it before they are de-identified."
        in terminal("check-data", real, "--region", "CA").err
    )
    assert "what the export leaves out was not looked at" in terminal("check-data", clean, "--region", "CA").err
    (clean.parent / ".hidden").write_text("x")
    real.unlink()
    ran = terminal("check-data", clean.parent, "--region", "CA")
    assert (ran.code, "Look at what was not examined and the columns" in ran.err) == (5, True)


def test_a_finding_can_be_recorded_as_evidence(terminal: Terminal, real: Path, clean: Path) -> None:
    terminal.init()
    os.utime(clean, (1_700_000_000, 1_700_000_000))
    ran = terminal("check-data", clean, "--record", "--env", "mirrored")
    assert (ran.code, "Recorded as evidence for mirrored." in ran.err) == (0, True)
    ran = terminal("check-data", real, "--record", "--env", "mirrored", "--json")
    assert (ran.code, json.loads(ran.out)["recorded"]["env"]) == (1, "mirrored")
    shown = next(item for item in terminal("mirror", "show", "--json").json() if item["env"] == "mirrored")
    assert shown["last_check"] == "real"
    assert [event["at"][:10] for event in shown["events"] if event["outcome"] == "de-identified"] == ["2023-11-14"]


def test_evidence_of_a_folder_is_as_old_as_the_oldest_file_in_it(terminal: Terminal, clean: Path) -> None:
    terminal.init()
    folder = clean.with_name("export")
    folder.mkdir()
    for name, written in (("a.csv", 1_700_000_000), ("b.csv", 1_750_000_000)):
        (folder / name).write_bytes(clean.read_bytes())
        os.utime(folder / name, (written, written))
    ran = terminal("check-data", folder, "--record", "--env", "mirrored", "--json")
    assert ran.json()["recorded"]["as_of"].startswith("2023-11-14")


@each("arguments", [["--record"], ["--env", "mirrored"], ["--record", "--env", "nowhere"]])
def test_recording_names_a_copy_of_the_agency_s(terminal: Terminal, clean: Path, arguments: list[str]) -> None:
    terminal.init()
    ran = terminal("check-data", clean, *arguments)
    assert (ran.code, ran.out) == (2, "")


def test_nothing_is_set_up_or_written_by_a_check(terminal: Terminal, clean: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    terminal("check-data", clean, "--region", "CA")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_survey_lists_the_columns(terminal: Terminal, real: Path) -> None:
    ran = terminal("check-data", real, "--region", "CA", "--survey")
    assert ran.lines() == [
        str(real),
        "  skip     id: Its first rows hold nothing like contact details.",
        "  examine  email: Named like an email address.",
    ]
    listed = terminal("check-data", real, "--region", "CA", "--survey", "--json").json()
    assert [item["examine"] for item in listed] == [False, True]


def test_the_name_of_a_file_forges_no_line_and_steers_no_terminal(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "from elsewhere"
    folder.mkdir()
    for kind in ("csv", "zip"):
        (folder / f"a\nDe-identified (high confidence)\x1b[2J.{kind}").write_bytes(b"email\njane@gmail.com\n")
    for arguments in ([], ["--survey"]):
        ran = terminal("check-data", folder, "--region", "CA", *arguments)
        assert r"a\nDe-identified (high confidence)\x1b[2J.csv" in ran.out
        assert "\nDe-identified" not in ran.out


def test_columns_can_be_chosen_by_name(terminal: Terminal, real: Path) -> None:
    assert terminal("check-data", real, "--region", "CA", "--column", "ID").code == 5
    assert terminal("check-data", real, "--region", "CA", "--column", "EMAIL").code == 1
    ran = terminal("check-data", real, "--region", "CA", "--column", PEOPLE[0])
    assert ran.code == 2
    assert "planted" not in ran.err


def test_a_database_is_checked_by_url(terminal: Terminal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        connection.execute("CREATE TABLE client (email TEXT)")
        connection.executemany("INSERT INTO client VALUES (?)", [(address,) for address in PEOPLE])
    connection.close()
    ran = terminal("check-data", "--url", f"sqlite:///{tmp_path / 'copy.db'}", "--region", "CA", "--json")
    assert (ran.code, json.loads(ran.out)["files"][0]["path"]) == (1, "client")


@pytest.mark.parametrize("way", ["stdin", "environment"])
def test_a_url_with_a_password_need_not_be_an_argument(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        connection.execute("CREATE TABLE client (email TEXT)")
        connection.executemany("INSERT INTO client VALUES (?)", [(address,) for address in PEOPLE])
    connection.close()
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    if way == "stdin":
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{url}\nmore\n".encode()), "cp1252"))
    else:
        monkeypatch.setenv("PENELOPE_ADMIN_CHECK_URL", url)
    ran = terminal("check-data", "--region", "CA", *(["--url", "-"] if way == "stdin" else []))
    assert (ran.code, ran.out.splitlines()[0]) == (1, "Real (high confidence)")


def test_an_address_on_stdin_that_is_no_text_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"sqlite:///\xe4\n"), "utf-8"))
    ran = terminal("check-data", "--region", "CA", "--url", "-")
    assert (ran.code, "not UTF-8 text. Nothing was examined." in ran.err) == (2, True)


def test_files_go_before_the_url_in_the_environment(
    terminal: Terminal, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENELOPE_ADMIN_CHECK_URL", "mssql://sa:s3cret@host/db")
    assert terminal("check-data", clean, "--region", "CA").code == 0


def test_the_help_says_how_to_keep_a_password_out_of_sight(terminal: Terminal) -> None:
    said = " ".join(terminal("check-data", "--help").out.split())
    assert "PENELOPE_ADMIN_CHECK_URL" in said
    assert "with - the URL is asked for" in said


@each("arguments", [[], ["x.csv", "--url", "sqlite:///x.db"], ["missing.csv"], ["--url", "mssql://sa:s3cret@host/db"]])
def test_bad_input_ends_with_2(terminal: Terminal, arguments: list[str]) -> None:
    ran = terminal("check-data", "--region", "CA", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "s3cret" not in ran.err
