"""Windows as a spreadsheet and as a calendar."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.windows import Calendar, Notice, Window
from penelope_admin.gateways import exports
from penelope_admin.policy import REGION_KEYS, Policy

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
STARTS = datetime(2026, 12, 13, 3, tzinfo=UTC)


def windows(policy: Policy, region: str = "CA", zone: str = "America/Winnipeg", count: int = 12) -> list[Window]:
    return Calendar(policy, region, ZoneInfo(zone)).upcoming(NOW, count)


def events(text: str) -> list[Any]:
    return icalendar.Calendar.from_ical(text).events


# --- CSV ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_a_spreadsheet_would_compute_is_marked_as_text(start: str) -> None:
    text = exports.csv_text(["a"], [[f"{start}1+1"]])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{start}1+1"]


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_cells_come_back_as_they_were_but_for_the_mark_of_formulas(cells: list[str]) -> None:
    row = list(csv.reader(io.StringIO(exports.csv_text(["x"] * len(cells), [cells]), newline="")))[1]
    assert len(row) == len(cells)
    for cell, original in zip(row, cells, strict=True):
        assert cell in (original, f"'{original}")
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_an_absent_value_is_an_empty_cell() -> None:
    assert exports.csv_text(["a", "b"], [[None, 0]]) == "a,b\r\n,0\r\n"


def test_windows_have_the_columns_of_their_json_form(policy: Policy) -> None:
    found = windows(policy)
    rows = list(csv.DictReader(io.StringIO(exports.windows_csv(found), newline="")))
    assert len(rows) == 12
    assert list(rows[0]) == list(found[0].as_json())
    assert rows[0]["starts_at"] == "2026-12-12T20:00:00-06:00"
    assert [row["confirm_date"] for row in rows] == [str(window.confirm_date) for window in found]
    assert [row["notes"] for row in rows] == [" ".join(window.notes) for window in found]


def test_no_windows_still_have_a_header(policy: Policy) -> None:
    assert exports.windows_csv([]) == exports.windows_csv(windows(policy)).split("\r\n")[0] + "\r\n"


# --- iCalendar ---------------------------------------------------------------------------------


@pytest.mark.parametrize("region", REGION_KEYS)
def test_a_calendar_holds_the_same_instants_in_utc(policy: Policy, region: str) -> None:
    found = windows(policy, region, policy.region[region].default_zone)
    text = exports.windows_ics(found, policy.schedule.name, NOW)
    assert [(event.start, event.end) for event in events(text)] == [(w.starts_at, w.ends_at) for w in found]
    times = [line for line in text.splitlines() if line.startswith(("DTSTART", "DTEND", "DTSTAMP"))]
    assert len(times) == 36
    for line in times:
        assert line.split(":")[0] in {"DTSTART", "DTEND", "DTSTAMP"}  # no zone by name, none by omission
        assert line.endswith("Z")


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
        found = Calendar(policy, "CA", ZoneInfo("America/Winnipeg"), notices).upcoming(NOW)
        (event,) = events(exports.windows_ics(found, policy.schedule.name, NOW))
        return event

    computed = first([])
    moved = first([Notice("1", "announced", STARTS + timedelta(days=1), STARTS + timedelta(days=1, hours=3))])
    assert moved.start != computed.start
    assert moved["UID"] == computed["UID"]


def test_two_announced_windows_of_one_month_have_different_uids(policy: Policy) -> None:
    notices = [
        Notice(str(day), "announced", STARTS + timedelta(days=day), STARTS + timedelta(days=day, hours=3))
        for day in (0, 1)
    ]
    found = Calendar(policy, "CA", ZoneInfo("America/Winnipeg"), notices).upcoming(NOW, 3)
    assert [window.kind for window in found] == ["announced", "announced", "mass-upgrade"]
    uids = [str(event["UID"]) for event in events(exports.windows_ics(found, policy.schedule.name, NOW))]
    assert len(set(uids)) == 3


def test_an_emergency_is_called_one_and_has_a_uid_of_its_own(policy: Policy) -> None:
    notices = [Notice("1", "announced", STARTS, STARTS + timedelta(hours=3)),
               Notice("2", "emergency", STARTS, STARTS + timedelta(hours=1))]  # fmt: skip
    found = Calendar(policy, "CA", ZoneInfo("America/Winnipeg"), notices).upcoming(NOW, 2)
    first, second = events(exports.windows_ics(found, policy.schedule.name, NOW))
    assert {str(first["SUMMARY"]), str(second["SUMMARY"])} == {
        "Penelope: upgrade window",
        "Penelope: emergency maintenance",
    }
    assert first["UID"] != second["UID"]


def test_each_event_reminds_a_day_before_and_blocks_nobodys_time(policy: Policy) -> None:
    for event in events(exports.windows_ics(windows(policy), policy.schedule.name, NOW)):
        assert event["TRANSP"] == "TRANSPARENT"
        (alarm,) = event.walk("VALARM")
        assert alarm["ACTION"] == "DISPLAY"
        assert alarm["DESCRIPTION"]
        assert alarm["TRIGGER"].dt == timedelta(days=-1)


def test_the_description_tells_local_and_vendors_time_and_every_note(policy: Policy) -> None:
    found = next(window for window in windows(policy, count=24) if window.confirm_date)
    (event,) = events(exports.windows_ics([found], policy.schedule.name, NOW))
    assert str(event["DESCRIPTION"]).split("\n") == [
        policy.schedule.name, found.in_words, found.in_vendor_words, *found.notes,
    ]  # fmt: skip


@given(name=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200))
def test_lines_are_folded_whatever_the_text(name: str) -> None:
    found = [
        Window("CA", "mass-upgrade", ZoneInfo("America/Winnipeg"), STARTS, STARTS + timedelta(hours=4),
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
