"""Setting up, the overview, where the data lives, and how the program is started."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from penelope_admin import __version__
from penelope_admin.cli import run
from penelope_admin.cli.windows import _LEADS
from tests.cli.terminal import CHECKOUT, Ran, Terminal, in_days
from tests.each import each

NEXT = ("next", "--region", "GB", "--at", "2026-12-01T00:00:00Z", "--json")


def test_init_sets_the_agency_up_and_says_so(terminal: Terminal) -> None:
    done = terminal("init", "--agency", "Hillside", "--region", "au", "--zone", "Australia/Perth")
    assert (done.code, done.err) == (0, "")
    assert done.out == "Hillside is set up: region AU, zone Australia/Perth, databases Production, Mirrored.\n"


@pytest.mark.parametrize(
    ("options", "environments"),
    [
        (("--mirrored",), ["production", "mirrored"]),
        (("--no-mirrored",), ["production"]),
        (("--env", "preview", "--env", "training-a"), ["production", "preview", "training-a", "mirrored"]),
    ],
)
def test_init_takes_the_databases_the_agency_has(
    terminal: Terminal, options: tuple[str, ...], environments: list[str]
) -> None:
    terminal("init", "--agency", "Hillside", "--region", "US", "--zone", "America/Denver", *options)
    assert [item["env"] for item in terminal("mirror", "show", "--json").json()] == environments


def test_init_refuses_to_overwrite(agency: Terminal) -> None:
    done = agency("init", "--agency", "Hillside", "--region", "US", "--zone", "America/Denver")
    assert (done.code, done.out) == (1, "")
    assert "Riverside Family Services is set up here already" in done.err
    assert agency("overview", "--json").json()["agency"] == "Riverside Family Services"


@each(
    "arguments",
    [
        ("--region", "US"),
        ("--agency", "Hillside"),
        ("--agency", "", "--region", "US"),
        ("--agency", "Hill\nside", "--region", "US"),
        ("--agency", "Hillside", "--region", "DE"),
        ("--agency", "Hillside", "--region", "US", "--zone", "America/Nowhere"),
        ("--agency", "Hillside", "--region", "US", "--env", "staging"),
        ("--agency", "Hillside", "--region", "US", "--env", "training-a", "--env", "training-b"),
        ("--agency", "Hillside", "--region", "US", "--support-address", "nobody"),
        ("--agency", "Hillside", "--region", "US", "extra"),
        ("--agency", "Hillside", "--region", "US", "--unknown"),
    ],
)
def test_init_with_bad_input_sets_nothing_up(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal("init", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert terminal("overview", "--json").json() == {"agency": None}


def test_everything_in_the_data_folder_is_private(terminal: Terminal) -> None:
    terminal("init", "--agency", "Hillside", "--region", "US", "--zone", "America/Denver")
    terminal("enable", "general-ledger", "--reason", "x", "--acknowledge-phi")
    assert stat.S_IMODE(terminal.home.stat().st_mode) == 0o700
    assert len(list(terminal.home.rglob("*"))) >= 4
    for path in terminal.home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


# --- the agency --------------------------------------------------------------------------------


def test_the_agency_in_json_has_these_keys_and_values(agency: Terminal) -> None:
    assert agency("agency", "show", "--json").json() == {
        "name": "Riverside Family Services", "region": "CA", "zone": "America/Resolute",
        "environments": ["production", "training-b", "mirrored"], "support_address": "support@vendor.example",
        "own_address": "", "portal_url": "", "release_notes_url": "", "own_mail": "", "telephone": "",
        "around_the_clock": False, "notice_days": None,
        "delivery": "mail-program",
        "smtp_host": "", "smtp_port": 587, "smtp_security": "starttls", "smtp_user": "",
        "imap_host": "", "imap_port": 993, "imap_security": "tls", "imap_user": "", "imap_folder": "INBOX",
        "second_person": False, "support_package": "unknown", "facts_as_of": None, "facts_from": None,
    }  # fmt: skip
    assert "own address: (not set)" in agency("agency", "show").lines()


def test_what_is_named_is_changed_and_the_rest_stays(agency: Terminal) -> None:
    ran = agency("agency", "set", "--zone", "America/Regina", "--own-address", "ada@riverside.example")
    assert (ran.code, ran.err) == (0, "")
    found = agency("agency", "show", "--json").json()
    assert (found["name"], found["zone"], found["own_address"], found["support_address"]) == (
        "Riverside Family Services", "America/Regina", "ada@riverside.example", "support@vendor.example",
    )  # fmt: skip
    assert found["environments"] == ["production", "training-b", "mirrored"]
    assert agency("next", "--json").json()["zone"] == "America/Regina"


def test_a_second_persons_approval_is_switched_on_and_off(agency: Terminal) -> None:
    assert "second person: no" in agency("agency", "show").lines()
    assert agency("agency", "set", "--second-person").code == 0
    assert "second person: yes" in agency("agency", "show").lines()
    assert agency("agency", "set", "--telephone", "204-555-0142").code == 0
    assert agency("agency", "show", "--json").json()["second_person"] is True


def test_the_second_person_is_switched_off_by_two_accounts(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def by(name: str, *arguments: str) -> Ran:
        monkeypatch.setattr("penelope_admin.app.account_name", lambda: name)
        return agency("agency", "set", *arguments)

    def is_on() -> bool:
        return bool(agency("agency", "show", "--json").json()["second_person"])

    by("ada", "--second-person")
    asked = by("ada", "--no-second-person")
    assert (asked.code, is_on()) == (0, True)
    assert "stays on until somebody else confirms this" in asked.err
    alone = by("ada", "--no-second-person")
    assert (alone.code, is_on()) == (3, True)
    assert "Somebody else must confirm that" in alone.err
    assert any(line.startswith("ada asked on ") for line in agency("agency", "show").lines())
    by("bob", "--second-person")
    by("ada", "--no-second-person")
    assert (by("bob", "--no-second-person").code, is_on()) == (0, False)
    assert any("bob approved it on" in line for line in agency("agency", "show").lines())
    assert "The second person was switched off" in agency("overview").out


def test_a_database_that_is_not_settled_is_dropped_only_when_that_is_said(agency: Terminal) -> None:
    ran = agency("agency", "set", "--env", "production", "--env", "training-b")
    assert (ran.code, ran.out) == (3, "")
    assert "Mirrored is not settled" in ran.err
    kept = ("--env", "production", "--env", "training-b")
    assert agency("agency", "set", *kept, "--no-longer-ours", "mirrored").code == 0
    assert agency("agency", "show", "--json").json()["environments"] == ["production", "training-b"]
    assert any(line.startswith("no longer ours: mirrored") for line in agency("agency", "show").lines())
    assert "Mirrored is no longer yours, and not settled" in agency("overview").out
    assert "No longer yours, and not settled" in agency("mirror", "show").out
    assert "no longer yours" in agency("features", "--env", "mirrored").out
    assert agency("report", "exposure", "--output", str(agency.home / "log.html")).code == 0
    assert agency("agency", "settle", "mirrored").code == 2
    assert agency("agency", "settle", "mirrored", "--reason", "Support says that it was deleted").code == 0
    assert "no longer yours" not in agency("overview").out
    assert agency("features").code == 2


def test_no_longer_ours_alone_drops_that_database_and_keeps_the_others(agency: Terminal) -> None:
    assert agency("agency", "set", "--no-longer-ours", "Mirrored ").code == 0
    assert agency("agency", "show", "--json").json()["environments"] == ["production", "training-b"]
    assert agency("agency", "set", "--no-longer-ours", "staging").code == 2


def test_an_address_can_be_taken_out_again(agency: Terminal) -> None:
    assert agency("agency", "set", "--support-address", "").code == 0
    assert agency("agency", "show", "--json").json()["support_address"] == ""


def test_the_list_of_databases_is_replaced(agency: Terminal) -> None:
    refused = agency("agency", "set", "--env", "mirrored", "--env", "preview")
    assert "Training (option B) is not settled" in refused.err
    all_off = ("disable", "all", "--env", "training-b", "--reason", "Looked at each")
    assert agency(*all_off).code == 2
    assert agency(*all_off, "--done").out == "All features of training-b: off\n"
    assert agency("agency", "set", "--env", "mirrored", "--env", "preview").code == 0
    assert agency("agency", "show", "--json").json()["environments"] == ["production", "preview", "mirrored"]


@each(
    "arguments",
    [
        ("--name", ""),
        ("--region", "DE"),
        ("--zone", "America/Nowhere"),
        ("--env", "training-a", "--env", "training-b"),
        ("--own-address", "nobody"),
        ("--portal-url", "http://portal.example"),
    ],
)
def test_an_agency_is_not_changed_to_what_cannot_be(agency: Terminal, arguments: tuple[str, ...]) -> None:
    before = agency("agency", "show", "--json").json()
    ran = agency("agency", "set", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert agency("agency", "show", "--json").json() == before


def test_before_the_set_up_there_is_no_agency_to_show_or_change(terminal: Terminal) -> None:
    for arguments in (("show",), ("set", "--name", "Hillside")):
        assert terminal("agency", *arguments).code == 2


# --- overview ----------------------------------------------------------------------------------


def test_the_overview_in_json_has_these_keys(agency: Terminal) -> None:
    agency("enable", "general-ledger", "--reason", "x", "--acknowledge-phi", "--done")
    agency("enable", "ms-exchange", "--reason", "x", "--until", in_days(30), "--acknowledge-phi", "--queue-empty")
    found = agency("overview", "--json").json()
    assert list(found) == [
        "agency", "region", "zone", "next_window", "countdown", "next_upgrade", "incidents", "switches_off",
        "waiting", "support", "time_data_warning", "facts_as_of", "coming", "release_notes",
    ]  # fmt: skip
    assert list(found["waiting"][0]) == ["kind", "urgency", "text", "environment", "subject"]
    assert list(found["support"][0]) == ["team", "open", "closes_at", "opens_at"]
    assert (found["region"], found["zone"], found["switches_off"]) == ("CA", "America/Resolute", ["General Ledger"])
    assert found["next_window"]["zone"] == "America/Resolute"


def test_the_overview_answers_the_four_questions(agency: Terminal) -> None:
    agency("enable", "general-ledger", "--reason", "x", "--acknowledge-phi", "--done")
    done = agency("overview")
    assert done.err == ""
    assert done.lines()[0] == "Riverside Family Services"
    for part in (
        "Next upgrade, in",
        "(Resolute)",
        "On in the mirrored database",
        "General Ledger",
        "Waiting for you:",
        "Support:",
    ):
        assert part in done.out


def test_the_overview_names_the_command_that_leads_on_from_what_waits(agency: Terminal) -> None:
    agency("refresh", "request", "--reason", "x")
    lines = agency("overview").lines()
    assert "PA-1, refresh of Mirrored: drafted" in lines[lines.index("    Next: penelope-admin requests show 1") - 1]


@each("lead", sorted(set(_LEADS.values())))
def test_a_command_to_which_the_overview_leads_is_one(agency: Terminal, lead: str) -> None:
    said = lead.format(env="mirrored", subject="general-ledger", number=1).split()
    assert agency(*said, "--help").code == 0


def test_the_overview_before_the_set_up_shows_every_regions_next_window(terminal: Terminal) -> None:
    lines = terminal("overview").lines()
    assert [line.split(":")[0].strip() for line in lines[1:6]] == [
        "Australia", "New Zealand", "Canada", "United Kingdom", "United States",
    ]  # fmt: skip
    assert "penelope-admin init" in lines[6]


def test_without_a_command_and_a_display_the_overview_is_printed(agency: Terminal) -> None:
    bare = agency()
    assert "No display was found" in bare.err
    # The countdown may have gone on by a minute.
    assert [line for line in bare.lines() if not line.startswith("Next upgrade")] == [
        line for line in agency("overview").lines() if not line.startswith("Next upgrade")
    ]


def test_an_empty_display_variable_names_no_display(agency: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", "")
    assert "No display was found" in agency().err


def test_asking_for_the_window_without_a_display_is_an_error(agency: Terminal) -> None:
    done = agency("gui")
    assert done.code == 1
    assert done.out == ""
    assert "No display was found" in done.err


# --- where the data lives ----------------------------------------------------------------------


def test_the_data_folder_can_be_named_by_the_environment(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENELOPE_ADMIN_HOME", str(tmp_path / "by variable"))
    assert terminal("init", "--agency", "A", "--region", "GB", home=False).code == 0
    assert (tmp_path / "by variable" / "penelope-admin.db").exists()


def test_the_option_outranks_the_environment(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENELOPE_ADMIN_HOME", str(tmp_path / "by variable"))
    terminal.init()
    assert not (tmp_path / "by variable").exists()
    assert (terminal.home / "penelope-admin.db").exists()


def test_without_either_the_platforms_folder_is_used(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENELOPE_ADMIN_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "share"))
    assert terminal("init", "--agency", "A", "--region", "GB", home=False).code == 0
    assert [path.parent.name for path in tmp_path.rglob("penelope-admin.db")] == ["penelope-admin"]


def test_a_database_elsewhere_can_be_named(terminal: Terminal, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert terminal("--database", url, "init", "--agency", "Elsewhere", "--region", "GB").code == 0
    assert terminal("--database", url, "overview", "--json").json()["agency"] == "Elsewhere"
    nothing_here = terminal("overview", "--json")
    assert nothing_here.code == 4
    assert "If the database is kept elsewhere, name it with --database" in nothing_here.err
    assert stat.S_IMODE((tmp_path / "elsewhere.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["file", "file/below", "x" * 300])
def test_a_data_folder_that_cannot_be_one_is_bad_input(terminal: Terminal, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    done = terminal("--home", tmp_path / place, "init", "--agency", "A", "--region", "GB", home=False)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# --- how it is started -------------------------------------------------------------------------


def test_all_ways_to_start_it_give_the_same(terminal: Terminal) -> None:
    module = terminal.process(*NEXT)
    desktop = terminal.process(*NEXT, program=("main.py",))
    assert module.code == 0
    assert module == desktop == terminal(*NEXT)


def test_the_version_and_the_help_go_to_stdout(terminal: Terminal) -> None:
    assert terminal("--version").out.startswith(f"Penelope Admin {__version__}, with ")
    for arguments in ((), ("windows",), ("refresh", "request"), ("audit", "verify")):
        for option in ("--help", "-h"):
            done = terminal(*arguments, option)
            assert (done.code, done.err) == (0, "")
            assert done.out.startswith("Usage: penelope-admin")


@each("arguments", [("fly",), ("--fly",), ("refresh",), ("requests",), ("audit",), ("next", "now")])
def test_bad_usage_is_explained_on_stderr(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: penelope-admin" in done.err


def test_output_is_utf_8_whatever_the_terminal_says(agency: Terminal) -> None:
    agency("enable", "general-ledger", "--reason", "Prüfung", "--acknowledge-phi")
    done = agency.process("features", "--json", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert done.json()[6]["reason"] == "Prüfung"
    assert "Prüfung" in done.out


@each(
    "arguments",
    [
        ("--agency", "", "--region", "CA"),
        ("--agency", "A", "--region", "CA", "--zone", "Mars/Olympus"),
        ("--agency", "A", "--region", "CA", "--env", "nowhere"),
        ("--agency", "A", "--region", "CA", "--support-address", "nobody"),
    ],
)
def test_a_refused_set_up_leaves_no_folder_and_no_database(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    ran = terminal("init", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert not terminal.home.exists()


def test_what_to_type_next_names_the_data_folder_that_was_named(terminal: Terminal) -> None:
    terminal.init()
    command = [sys.executable, "-m", "penelope_admin", "--home", str(terminal.home), "overview"]
    said = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    named = [line for line in said.splitlines() if "Next: " in line]
    assert named
    assert all(f"penelope_admin --home {terminal.home} " in line for line in named)


def test_a_folder_without_a_name_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PENELOPE_ADMIN_HOME", str(tmp_path / "usual"))
    monkeypatch.chdir(tmp_path)
    assert run(["--home", "", "init", "--agency", "Z", "--region", "GB"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["usual"]


def test_without_data_the_database_that_was_named_is_told_and_not_the_folder(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.init()
    url = f"sqlite:///{tmp_path / 'none' / 'x.db'}"
    for command in ("overview", "features"):
        ran = terminal("--database", url, command)
        assert f" {url}" in ran.out + ran.err
        assert f"in {terminal.home}" not in ran.out + ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_a_refusal_that_cannot_be_told_is_one_all_the_same(terminal: Terminal) -> None:
    terminal.init()
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "penelope_admin", "--home", str(terminal.home)]
        command += ["enable", "clientconnect", "--reason", "x"]
        done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=full, check=False)
    assert done.returncode == 3
