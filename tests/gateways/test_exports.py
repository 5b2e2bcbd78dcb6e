"""Windows as a spreadsheet and as a calendar."""

from __future__ import annotations

import csv
import io
import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.tz import tzical
from hypothesis import example, given
from hypothesis import strategies as st

from penelope_admin.domain.entries import COMPUTED
from penelope_admin.domain.windows import Calendar, Notice, Window
from penelope_admin.gateways import exports
from penelope_admin.policy import Policy
from tests.each import each
from tests.regions import REGION_KEYS

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
STARTS = datetime(2026, 12, 13, 3, tzinfo=UTC)


def windows(policy: Policy, region: str = "CA", zone: str = "America/Resolute", count: int = 12) -> list[Window]:
    return Calendar(policy, region, ZoneInfo(zone)).upcoming(NOW, count)


def events(text: str) -> list[Any]:
    return icalendar.Calendar.from_ical(text).events


# --- CSV ---------------------------------------------------------------------------------------


@each("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_a_spreadsheet_would_compute_is_marked_as_text(start: str) -> None:
    text = exports.csv_text(["a"], [[f"{start}1+1"]])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{start}1+1"]


@each("sign", ["=", "+", "-", "@"])
@each("before", [" ", "\u00a0", "\u200b", "\ufeff", "\t", "\r", "\u2003", "\u202e", "\x01", " \u200b\ufeff "])
def test_nothing_that_cannot_be_seen_before_a_formula_keeps_it_from_being_marked_as_text(
    before: str, sign: str
) -> None:
    text = exports.csv_text(["a"], [[f"{before}{sign}1+1"]])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{before}{sign}1+1"]


@each("plain", [" a = b", "\u00a02026-12-12", "\ufeffcity", "a@b", "1-2", " "])
def test_a_cell_that_is_no_formula_stays_as_it_is(plain: str) -> None:
    text = exports.csv_text(["a"], [[plain]])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [plain]


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_cells_come_back_as_they_were_but_for_the_mark_of_formulas(cells: list[str]) -> None:
    row = list(csv.reader(io.StringIO(exports.csv_text(["x"] * len(cells), [cells]), newline="")))[1]
    assert len(row) == len(cells)
    for cell, original in zip(row, cells, strict=True):
        assert cell in (original, f"'{original}")
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_an_absent_value_is_an_empty_cell() -> None:
    assert exports.csv_text(["a", "b"], [[None, 0]]) == "a,b\r\n,0\r\n"


def test_a_table_of_training_says_so_in_every_row_and_is_read_by_names_as_any_other() -> None:
    text = exports.csv_text(["a", "b"], [[1, "=2"], [3, None]], "TRAINING")
    assert text == "training,a,b\r\nTRAINING,1,'=2\r\nTRAINING,3,\r\n"
    assert [row["a"] for row in csv.DictReader(io.StringIO(text, newline=""))] == ["1", "3"]
    assert exports.csv_text(["a"], [], "TRAINING") == "training,a\r\n"


def test_windows_have_the_columns_of_their_json_form(policy: Policy) -> None:
    found = windows(policy)
    rows = list(csv.DictReader(io.StringIO(exports.windows_csv(found), newline="")))
    assert len(rows) == 12
    assert list(rows[0]) == list(exports.window_facts(found[0]))
    assert rows[0]["starts_at"] == "2026-12-12T20:00:00-06:00"
    assert [row["confirm_date"] for row in rows] == [str(window.confirm_date).lower() for window in found]
    assert [row["notes"] for row in rows] == [" ".join(window.notes) for window in found]


def test_no_windows_still_have_a_header(policy: Policy) -> None:
    assert exports.windows_csv([]) == exports.windows_csv(windows(policy)).split("\r\n")[0] + "\r\n"


# --- iCalendar ---------------------------------------------------------------------------------


def read_by_its_own_rules(text: str) -> list[datetime]:
    """Starts and ends of the events, by the rules in the file alone, as dateutil reads them."""
    zones = tzical(io.StringIO(text.replace("\r\n", "\n")))
    found = []
    for parameters, value in re.findall(
        r"^DT(?:START|END)(;TZID=[^:]+)?:(\d{8}T\d{6}Z?)\r$", text.split("BEGIN:VEVENT", 1)[1], re.MULTILINE
    ):
        local = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        if parameters:
            assert not value.endswith("Z")
            local = local.replace(tzinfo=zones.get(parameters.removeprefix(";TZID=")))
        found.append(local.astimezone(UTC))
    return found


ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"UTC", "localtime", "Factory"}))


@given(region=st.sampled_from(REGION_KEYS), zone=ZONES, year=st.integers(1971, 2098), count=st.integers(1, 36))
def test_a_calendar_holds_the_rules_by_which_its_times_are_to_be_read(
    policy: Policy, region: str, zone: str, year: int, count: int
) -> None:
    found = Calendar(policy, region, ZoneInfo(zone)).between(NOW, date(year, 1, 1), count=count)
    text = exports.windows_ics(found, policy.schedule.name, NOW)
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert read_by_its_own_rules(text) == [instant for w in found for instant in (w.starts_at, w.ends_at)]


def test_a_start_in_the_second_of_two_hours_of_the_same_name_is_written_in_utc(policy: Policy) -> None:
    starts = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 in New York, for the second time
    notice = Notice("1", "announced", starts, starts + timedelta(hours=3))
    found = Calendar(policy, "US", ZoneInfo("America/New_York"), [notice]).between(NOW, date(2026, 10, 31), count=1)
    text = exports.windows_ics(found, policy.schedule.name, NOW)
    assert "DTSTART:20261101T063000Z" in text
    assert read_by_its_own_rules(text) == [starts, starts + timedelta(hours=3)]


def test_a_calendar_says_what_standards_ask_for(policy: Policy) -> None:
    calendar: Any = icalendar.Calendar.from_ical(exports.windows_ics(windows(policy), policy.schedule.name, NOW))
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    for event in calendar.events:
        assert event["UID"]
        assert event["DTSTAMP"].dt == NOW


def test_the_same_window_keeps_its_uid_and_different_ones_have_different_uids(policy: Policy) -> None:
    def uids(found: list[Window], now: datetime) -> list[str]:
        return [str(event["UID"]) for event in events(exports.windows_ics(found, policy.schedule.name, now))]

    early = uids(windows(policy), NOW)
    later = uids(windows(policy, count=24), NOW + timedelta(days=1))
    elsewhere = uids(windows(policy, zone="America/Vancouver"), NOW)
    assert early == elsewhere == later[:12]
    assert len(set(later)) == 24
    assert not set(early) & set(uids(windows(policy, "US", "America/New_York"), NOW))


def test_a_window_that_a_notice_moves_keeps_its_uid_so_that_importing_again_moves_it(policy: Policy) -> None:
    def first(notices: list[Notice]) -> Any:
        found = Calendar(policy, "CA", ZoneInfo("America/Resolute"), notices).upcoming(NOW)
        (event,) = events(exports.windows_ics(found, policy.schedule.name, NOW))
        return event

    computed = first([])
    moved = first([Notice("1", "announced", STARTS + timedelta(days=1), STARTS + timedelta(days=1, hours=3))])
    assert moved.start != computed.start
    assert moved["UID"] == computed["UID"]


def test_an_emergency_is_called_one_and_has_a_uid_of_its_own(policy: Policy) -> None:
    notices = [Notice("1", "announced", STARTS, STARTS + timedelta(hours=3)),
               Notice("2", "emergency", STARTS, STARTS + timedelta(hours=1))]  # fmt: skip
    found = Calendar(policy, "CA", ZoneInfo("America/Resolute"), notices).upcoming(NOW, 2)
    first, second = events(exports.windows_ics(found, policy.schedule.name, NOW))
    assert {str(first["SUMMARY"]), str(second["SUMMARY"])} == {
        "Penelope: upgrade window",
        "Penelope: emergency maintenance",
    }
    assert first["UID"] != second["UID"]
    emergency = next(event for event in (first, second) if "emergency" in str(event["SUMMARY"]))
    assert str(emergency["DESCRIPTION"]).split("\n")[0] == "Emergency maintenance"
    assert policy.schedule.name not in str(emergency["DESCRIPTION"])
    assert "3 hours" not in str(emergency["DESCRIPTION"])
    assert [str(alarm["DESCRIPTION"]) for alarm in emergency.walk("VALARM")] == [
        "Penelope: emergency maintenance, in 7 days",
        "Penelope: emergency maintenance, tomorrow",
        "Penelope: emergency maintenance, in 1 hour",
    ]


def test_each_event_reminds_a_week_a_day_and_an_hour_before_and_blocks_nobodys_time(policy: Policy) -> None:
    for event in events(exports.windows_ics(windows(policy), policy.schedule.name, NOW)):
        assert event["TRANSP"] == "TRANSPARENT"
        alarms = event.walk("VALARM")
        assert all(alarm["ACTION"] == "DISPLAY" and alarm["DESCRIPTION"] for alarm in alarms)
        assert [alarm["TRIGGER"].dt for alarm in alarms] == [
            -timedelta(days=7),
            -timedelta(days=1),
            -timedelta(hours=1),
        ]


def test_a_date_that_was_only_computed_is_tentative_and_says_so_in_its_title(policy: Policy) -> None:
    found = windows(policy, count=24)
    for window, event in zip(found, events(exports.windows_ics(found, policy.schedule.name, NOW)), strict=True):
        assert str(event["STATUS"]) == "TENTATIVE"
        assert event["SUMMARY"].endswith(", date not confirmed" if window.confirm_date else ", computed")


def test_the_description_tells_local_and_vendors_time_and_every_note(policy: Policy) -> None:
    found = next(window for window in windows(policy, count=24) if window.confirm_date)
    (event,) = events(exports.windows_ics([found], policy.schedule.name, NOW))
    assert str(event["DESCRIPTION"]).split("\n") == [
        policy.schedule.name, found.in_words, found.in_vendor_words, COMPUTED, *found.details, *found.notes,
    ]  # fmt: skip


@given(name=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200))
@example(name=r"C:\New; C:\new, C:\\N")
def test_lines_are_folded_whatever_the_text(name: str) -> None:
    found = [
        Window("CA", "mass-upgrade", ZoneInfo("America/Resolute"), STARTS, STARTS + timedelta(hours=4),
               ZoneInfo("America/New_York"), notes=("é" * 200,))
    ]  # fmt: skip
    text = exports.windows_ics(found, name, NOW)
    raw = text.encode("utf-8").split(b"\r\n")
    assert max(len(line) for line in raw) <= 75
    assert b"\n" not in b"".join(raw)
    (event,) = events(text)
    assert str(event["DESCRIPTION"]).startswith(name)
    assert str(event["DESCRIPTION"]).endswith("é" * 200)


def test_no_windows_give_an_empty_calendar(policy: Policy) -> None:
    assert events(exports.windows_ics([], policy.schedule.name, NOW)) == []
