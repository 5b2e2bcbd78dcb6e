"""`next` and `windows`: when the upgrades are, in every format."""

from __future__ import annotations

import csv
import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penelope_admin.files import CALENDARS_BY
from tests.cli.terminal import Terminal
from tests.each import each
from tests.regions import REGION_KEYS

WINDOW_KEYS = [
    "region", "kind", "zone", "starts_at", "ends_at", "starts_at_utc", "ends_at_utc", "source_zone",
    "source_starts_at", "in_progress", "confirm_date", "notes", "sites",
]  # fmt: skip
USUAL = (
    "Expect up to 3 hours offline within this window, a precaution that leaves room for troubleshooting and rollback."
)
FORMATS = ("table", "json", "csv", "ics")


def test_the_next_window_in_json_is_exactly_what_scripts_rely_on(terminal: Terminal) -> None:
    window = terminal("next", "--region", "GB", "--at", "2026-12-01T00:00:00Z", "--json").json()
    assert list(window) == WINDOW_KEYS
    assert window == {
        "region": "GB", "kind": "mass-upgrade", "zone": "Europe/London",
        "starts_at": "2026-12-13T02:00:00+00:00", "ends_at": "2026-12-13T06:00:00+00:00",
        "starts_at_utc": "2026-12-13T02:00:00Z", "ends_at_utc": "2026-12-13T06:00:00Z",
        "source_zone": "America/New_York", "source_starts_at": "2026-12-12T21:00:00-05:00",
        "in_progress": False, "confirm_date": False, "notes": [], "sites": [],
    }  # fmt: skip


@each("region", [*REGION_KEYS, "gb"])
def test_next_needs_no_set_up_when_a_region_is_given_and_makes_nothing(terminal: Terminal, region: str) -> None:
    assert terminal("next", "--region", region, "--json").json()["region"] == region.upper()
    assert not terminal.home.exists()


def test_next_without_set_up_and_region_says_what_to_do_and_makes_nothing(terminal: Terminal) -> None:
    done = terminal("next")
    assert (done.code, done.out) == (2, "")
    assert "--region" in done.err
    assert not terminal.home.exists()


def test_next_of_the_agency_is_in_its_own_zone(agency: Terminal) -> None:
    window = agency("next", "--at", "2026-12-01T00:00:00Z", "--json").json()
    assert (window["region"], window["zone"]) == ("CA", "America/Resolute")
    assert window["starts_at"] == "2026-12-12T20:00:00-06:00"


def test_a_zone_can_be_asked_for(agency: Terminal) -> None:
    window = agency("next", "--zone", "Asia/Kolkata", "--at", "2026-12-01T00:00:00Z", "--json").json()
    assert window["starts_at"] == "2026-12-13T07:30:00+05:30"


def test_next_in_words_names_local_and_vendors_time(agency: Terminal) -> None:
    lines = agency("next", "--at", "2026-12-01T00:00:00Z").lines()
    assert lines == [
        "  Saturday 12 December 2026, 20:00 to midnight (Resolute)",
        "  Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York), the vendor's time"
        " (ET, read as that clock)",
        "  By the vendor's rule, unless a notice says otherwise.",
        f"  {USUAL}",
    ]


@each(
    "at, starts, in_progress",
    [
        ("2026-12-13T01:59:59.999999Z", "2026-12-13T02:00:00Z", False),
        ("2026-12-13T02:00:00Z", "2026-12-13T02:00:00Z", True),
        ("2026-12-12T22:00:00-05:00", "2026-12-13T02:00:00Z", True),
        ("2026-12-13T05:59:59.999999Z", "2026-12-13T02:00:00Z", True),
        ("2026-12-13T06:00:00Z", "2027-01-10T02:00:00Z", False),
    ],
)
def test_a_window_is_in_progress_from_its_first_to_its_last_instant(
    terminal: Terminal, at: str, starts: str, in_progress: bool
) -> None:
    window = terminal("next", "--region", "GB", "--at", at, "--json").json()
    assert (window["starts_at_utc"], window["in_progress"]) == (starts, in_progress)


def test_next_says_that_a_window_is_in_progress(terminal: Terminal) -> None:
    assert ", in progress" in terminal("next", "--region", "GB", "--at", "2026-12-13T02:00:00Z").out


@each("at", ["2026-12-01", "2026-12-01T00:00:00", "yesterday", "", "1969-12-31T23:59:59Z", "2101-01-01T00:00:00Z"])
def test_an_instant_without_offset_or_outside_the_known_years_is_refused(terminal: Terminal, at: str) -> None:
    done = terminal("next", "--region", "GB", "--at", at)
    assert (done.code, done.out) == (2, "")
    assert "--at" in done.err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    region=st.sampled_from(REGION_KEYS),
    at=st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31, 23, 59), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.integers(-12 * 60, 14 * 60),
)
def test_at_any_instant_with_any_offset_the_next_window_has_not_ended(
    terminal: Terminal, region: str, at: datetime, minutes: int
) -> None:
    sign, distance = "-" if minutes < 0 else "+", abs(minutes)
    local = (at + timedelta(minutes=minutes)).replace(tzinfo=None)
    written = f"{local.isoformat()}{sign}{distance // 60:02}:{distance % 60:02}"
    window = terminal("next", "--region", region, "--at", written, "--json").json()
    assert list(window) == WINDOW_KEYS
    starts, ends = (datetime.fromisoformat(window[key]) for key in ("starts_at", "ends_at"))
    assert at < ends <= at + timedelta(days=36)
    assert timedelta(hours=3) <= ends - starts <= timedelta(hours=6)
    assert window["in_progress"] == (starts <= at)
    assert (
        starts == datetime.fromisoformat(window["starts_at_utc"]) == datetime.fromisoformat(window["source_starts_at"])
    )
    assert ends == datetime.fromisoformat(window["ends_at_utc"])


# --- many windows ------------------------------------------------------------------------------


def windows(terminal: Terminal, *more: str) -> Any:
    return terminal("windows", "--region", "GB", "--from", "2026-12-01", "--format", "json", *more).json()


def test_windows_are_twelve_by_default_oldest_first(terminal: Terminal) -> None:
    found = windows(terminal)
    assert [list(window) for window in found] == [WINDOW_KEYS] * 12
    assert found[0]["starts_at_utc"] == "2026-12-13T02:00:00Z"
    starts = [window["starts_at_utc"] for window in found]
    assert starts == sorted(set(starts))


def test_windows_start_today_by_default(agency: Terminal) -> None:
    found = agency("windows", "--format", "json").json()
    assert datetime.fromisoformat(found[0]["starts_at"]) > datetime.now(UTC) - timedelta(days=1)


@each("count", [1, 24, 800])
def test_as_many_windows_come_as_are_asked_for(terminal: Terminal, count: int) -> None:
    assert len(windows(terminal, "--count", str(count))) == count


def test_until_is_the_last_local_day_on_which_a_window_may_start(terminal: Terminal) -> None:
    assert len(windows(terminal, "--until", "2027-01-10")) == 2
    assert len(windows(terminal, "--until", "2027-01-09")) == 1
    assert windows(terminal, "--until", "2026-12-12") == []


def test_from_is_the_first_local_day_on_which_a_window_may_start(terminal: Terminal) -> None:
    assert windows(terminal, "--from", "2026-12-13", "--count", "1")[0]["starts_at_utc"] == "2026-12-13T02:00:00Z"
    assert windows(terminal, "--from", "2026-12-14", "--count", "1")[0]["starts_at_utc"] == "2027-01-10T02:00:00Z"


@each(
    "arguments",
    [
        ("--count", "0"),
        ("--count", "-1"),
        ("--count", "2401"),
        ("--count", "many"),
        ("--count", "3", "--until", "2027-01-01"),
        ("--json", "--format", "csv"),
        ("--until", "2026-11-30"),
        ("--until", "2101-01-01"),
        ("--from", "1969-12-31"),
        ("--from", "2026-02-30"),
        ("--from", "2026-1-5"),
        ("--from", "20261201"),
        ("--from", "2026-W49-2"),
        ("--from", "tomorrow"),
        ("--region", "FR"),
        ("--zone", "Mars/Olympus"),
        ("--format", "xml"),
    ],
)
def test_what_cannot_be_listed_is_refused(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal("windows", "--region", "GB", "--from", "2026-12-01", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_the_table_has_a_line_for_each_window_and_one_for_each_note(terminal: Terminal) -> None:
    found = windows(terminal)
    lines = terminal("windows", "--region", "GB", "--from", "2026-12-01").lines()
    assert lines[0] == "Sunday 13 December 2026, 02:00 to 06:00 (London)"
    assert [line.strip() for line in lines if line.startswith("    ")] == [n for w in found for n in w["notes"]]
    assert len([line for line in lines if line[:1].isalpha()]) == 14
    no_shorter = "A shorter or exact time is not given, not even to services that work around the clock."
    assert lines[-3:-1] == ["", f"Upgrades without a notice: {USUAL}"]
    assert lines[-1].startswith(no_shorter)


def test_csv_says_the_same_as_json(terminal: Terminal) -> None:
    found = windows(terminal)
    out = terminal("windows", "--region", "GB", "--from", "2026-12-01", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert list(rows[0]) == WINDOW_KEYS
    assert [row["starts_at"] for row in rows] == [window["starts_at"] for window in found]
    assert [row["confirm_date"] for row in rows] == [json.dumps(window["confirm_date"]) for window in found]
    assert {row["in_progress"] for row in rows} == {"false"}


def test_json_is_asked_for_as_everywhere_and_as_a_format(terminal: Terminal) -> None:
    assert terminal("windows", "--region", "GB", "--from", "2026-12-01", "--json").json() == windows(terminal)


def test_a_calendar_says_the_same_as_json(terminal: Terminal) -> None:
    found = windows(terminal)
    out = terminal("windows", "--region", "GB", "--from", "2026-12-01", "--format", "ics").out
    starts = [event.start.astimezone(UTC).isoformat() for event in icalendar.Calendar.from_ical(out).events]
    assert starts == [window["starts_at_utc"].replace("Z", "+00:00") for window in found]


def test_line_ends_reach_stdout_as_the_formats_have_them(terminal: Terminal) -> None:
    for form in ("csv", "ics"):
        out = terminal("windows", "--region", "GB", "--format", form).out
        assert out.count("\n") == out.count("\r\n")
        assert out.endswith("\r\n")
    assert "\r" not in terminal("windows", "--region", "GB").out


@each("form", FORMATS)
def test_output_writes_the_same_into_a_private_file(terminal: Terminal, tmp_path: Path, form: str) -> None:
    arguments = ("windows", "--region", "AU", "--from", "2026-12-01", "--format", form)
    file = tmp_path / f"windows.{'txt' if form == 'table' else form}"
    file.write_text(f"{CALENDARS_BY}, older and readable by everybody")
    printed = terminal(*arguments)
    written = terminal(*arguments, "--output", file)
    assert (written.code, written.out) == (0, "")
    assert str(file) in written.err
    told = file.read_bytes().decode("utf-8")
    if form == "ics":  # says when it was made
        told, printed_out = (
            "\n".join(line for line in text.splitlines() if not line.startswith("DTSTAMP"))
            for text in (told, printed.out)
        )
        assert told == printed_out
    else:
        assert told == printed.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@each("name", ["nowhere/windows.csv", f"{'x' * 300}.csv"])
def test_output_to_where_no_file_can_be_is_refused(terminal: Terminal, tmp_path: Path, name: str) -> None:
    done = terminal("windows", "--region", "AU", "--output", tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert "could not be written" in done.err
    assert "--home" not in done.err


def test_the_agencys_notices_are_in_its_windows_and_not_in_another_regions(agency: Terminal) -> None:
    agency("notices", "add", "--starts", "2026-12-13T03:00:00Z", "--ends", "2026-12-13T06:00:00Z")
    arguments = ("--from", "2026-12-01", "--count", "1", "--format", "json")
    assert agency("windows", *arguments).json()[0]["kind"] == "announced"
    assert agency("windows", "--region", "ca", *arguments).json()[0]["kind"] == "announced"
    assert agency("windows", "--region", "US", *arguments).json()[0]["kind"] == "mass-upgrade"
    assert "[announced]" in agency("windows", *arguments[:4]).out


def test_json_is_utf_8_not_escapes(agency: Terminal) -> None:
    agency("enable", "general-ledger", "--reason", "Prüfung – été", "--acknowledge-phi")
    assert "Prüfung – été" in agency("features", "--json").out
    assert json.loads(agency("features", "--json").out)


def test_output_replaces_no_file_of_another_kind_and_nothing_but_files(terminal: Terminal, tmp_path: Path) -> None:
    arguments = ("windows", "--region", "AU", "--format", "ics", "--output")
    passwords = tmp_path / "passwd"
    passwords.write_text("root")
    (tmp_path / "folder.ics").mkdir()
    (tmp_path / "null.ics").symlink_to("/dev/null")
    for name in ("passwd", "folder.ics", "null.ics"):
        ran = terminal(*arguments, tmp_path / name)
        assert (ran.code, ran.out) == (2, ""), name
    assert passwords.read_text() == "root"
    assert (tmp_path / "null.ics").is_symlink()


def test_next_of_a_region_needs_no_usable_database(agency: Terminal) -> None:
    (agency.home / "penelope-admin.db").write_bytes(b"rubbish" * 10_000)
    ran = agency("next", "--region", "CA", "--zone", "America/Resolute", "--json")
    assert ran.json()["region"] == "CA"
    assert "notices you recorded are not among them" in ran.err
    assert agency("next").code == 4


@each("command", [("next",), ("windows", "--from", "2026-12-01", "--count", "1")])
def test_regions_are_offered_in_capitals_and_taken_in_small_letters(
    terminal: Terminal, command: tuple[str, ...]
) -> None:
    assert "[AU|NZ|CA|GB|US]" in terminal(command[0], "--help").out
    assert "Regions are AU, NZ, CA, GB, US" in terminal(*command, "--region", "fr").err
    assert terminal(*command, "--region", "gb").code == 0


def test_what_only_looks_does_not_say_that_nothing_was_changed(agency: Terminal) -> None:
    looks = (
        ("next", "--zone", "Mars/Olympus"), ("requests", "show", "7"), ("project", "show", "7"),
        ("features", "--env", "preview"), ("windows", "--zone", "x"), ("checklist", "show", "--upgrade", "99"),
        ("next", "--region", "DE"), ("windows", "--region", "DE"),
    )  # fmt: skip
    for arguments in looks:
        ran = agency(*arguments)
        assert ran.code == 2, arguments
        assert ran.err.strip(), arguments
        assert "Nothing" not in ran.err, arguments
    assert "Nothing was changed" in agency("notices", "remove", "7").err
    lost = agency("--database", "postgresql://ada@127.0.0.1:1/none", "overview")
    assert (lost.code, "cannot be used" in lost.err, "saved" in lost.err) == (4, True, False)


@each("typed", ["x", "0", "2401", "-1", "1.5", "٣", "9" * 5000])
def test_what_is_no_whole_number_is_refused_with_the_numbers_that_are(terminal: Terminal, typed: str) -> None:
    done = terminal("windows", "--region", "GB", "--count", typed)
    assert done.code == 2
    assert f'"{typed}" is not a whole number from 1 to 2400.' in done.err
