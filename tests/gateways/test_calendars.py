"""Closed days out of calendar files: what counts, what is left out, and files made to do harm."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from penelope_admin.errors import BadInputError
from penelope_admin.gateways import calendars, ics
from penelope_admin.gateways.calendars import MAX_BYTES, MAX_EVENTS, ClosedDays, read_closed_days
from tests.ends import ends

NEW_YORK, SYDNEY = ZoneInfo("America/New_York"), ZoneInfo("Australia/Sydney")
FIRST, LAST = date(2025, 12, 1), date(2031, 11, 30)
CHRISTMAS = date(2026, 12, 25)
MIDNIGHT = datetime.min.time()


def calendar(*events: str, end: str = "\r\n") -> str:
    """A calendar of events, each given as its own lines."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n".replace("\n", end)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the calendar is written to."""
    return tmp_path / "holidays.ics"


def read(file: Path, text: str | bytes, zone: ZoneInfo = NEW_YORK) -> ClosedDays:
    """What a file of this text gives."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_closed_days(file, zone, FIRST, LAST)


def days(file: Path, *events: str, zone: ZoneInfo = NEW_YORK) -> list[date]:
    """The days of some events."""
    return list(read(file, calendar(*events), zone).days)


# --- what counts -------------------------------------------------------------------------------


def test_an_all_day_event_is_a_day_with_its_name(file: Path) -> None:
    found = read(file, calendar("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226\nSUMMARY:Christmas Day"))
    assert found == ClosedDays({CHRISTMAS: "Christmas Day"}, 0)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_line_end_will_do_and_folded_lines_are_joined(file: Path, end: str) -> None:
    text = calendar("DTSTART;VALUE=DATE:20261225\nSUMMARY:Christ\n mas D\n\tay", end=end)
    assert read(file, text).days == {CHRISTMAS: "Christmas Day"}


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART;VALUE=DATE:20261225",
        "DTSTART:20261225",
        "dtstart;value=date:20261225",
        "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225",  # some programs write a day's end so
        "DTSTART;VALUE=DATE:20261225\nDURATION:P1D",
        "DTSTART:20261225T000000\nDTEND:20261226T000000",
        "DTSTART:20261225T050000Z\nDTEND:20261226T050000Z",
        "DTSTART:20261225T000000\nDURATION:P1D",
        "DTSTART;TZID=America/New_York:20261225T000000\nDTEND;TZID=America/New_York:20261226T000000",
        "DTSTART;TZID=Eastern Standard Time:20261225T000000\nDTEND;TZID=Eastern Standard Time:20261226T000000",
        'DTSTART;TZID="America/Chicago":20261224T230000\nDTEND;TZID="America/Chicago":20261225T230000',
        "DTSTART:20261224T180000\nDTEND:20261226T090000",  # covers one day whole
    ],
)
def test_one_day_can_be_written_in_many_ways(file: Path, lines: str) -> None:
    assert days(file, lines) == [CHRISTMAS]


def test_a_zone_that_nobody_knows_is_looked_for_once_and_no_calendar_names_thousands(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def nowhere(name: str) -> ZoneInfo:
        asked.append(name)
        raise BadInputError("nowhere")

    monkeypatch.setattr(ics, "find_zone", nowhere)
    once = "EXDATE;TZID=Nowhere:20270101T000000\n" * 500
    many = "".join(f"EXDATE;TZID=Nowhere{number}:20270101T000000\n" for number in range(3 * ics.MAX_ZONES))
    assert days(file, f"DTSTART;VALUE=DATE:20261225\n{once}SUMMARY:x") == [CHRISTMAS]
    assert set(asked) == {"Nowhere"}
    assert len(asked) <= 2, "under its name, and without what stands before it"
    assert days(file, f"DTSTART;VALUE=DATE:20261225\n{many}SUMMARY:x") == [CHRISTMAS]
    assert len(set(asked)) <= ics.MAX_ZONES


def test_the_end_of_several_days_does_not_belong_to_them(file: Path) -> None:
    found = days(file, "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227")
    assert found == [date(2026, 12, 24), CHRISTMAS, date(2026, 12, 26)]


def test_a_day_of_the_team_s_zone_is_meant(file: Path) -> None:
    event = "DTSTART:20261224T130000Z\nDTEND:20261225T130000Z"
    assert days(file, event, zone=SYDNEY) == [CHRISTMAS]
    assert days(file, event, zone=NEW_YORK) == []


def test_a_whole_day_may_have_23_or_25_hours(file: Path) -> None:
    short = "DTSTART:20260308T050000Z\nDTEND:20260309T040000Z"
    long = "DTSTART:20261101T040000Z\nDTEND:20261102T050000Z"
    an_hour_less = "DTSTART:20261101T040000Z\nDTEND:20261102T040000Z"
    assert days(file, short, long) == [date(2026, 3, 8), date(2026, 11, 1)]
    assert days(file, an_hour_less) == []


def test_a_day_that_is_there_twice_keeps_its_first_name(file: Path) -> None:
    text = calendar("DTSTART:20261225\nSUMMARY:Christmas Day", "DTSTART:20261225\nSUMMARY:Bank holiday")
    assert read(file, text) == ClosedDays({CHRISTMAS: "Christmas Day"}, 0)


def test_days_come_oldest_first_and_only_from_the_time_asked_for(file: Path) -> None:
    found = read(file, calendar("DTSTART:20311201", "DTSTART:20311130", "DTSTART:20251130", "DTSTART:20251201"))
    assert (list(found.days), found.left_out) == ([FIRST, LAST], 2)


def test_several_calendars_in_a_file_are_all_read(file: Path) -> None:
    text = calendar("DTSTART:20261225") + calendar("DTSTART:20261228")
    assert list(read(file, text).days) == [CHRISTMAS, date(2026, 12, 28)]


def test_what_our_own_library_writes_is_read(file: Path) -> None:
    made, event = Calendar(), Event()
    event.add("dtstart", CHRISTMAS)
    event.add("dtend", CHRISTMAS + timedelta(days=2))
    event.add("summary", "Christmas, and the day after; closed")
    made.add_component(event)
    name = "Christmas, and the day after; closed"
    assert read(file, made.to_ical()).days == {CHRISTMAS: name, date(2026, 12, 26): name}


@pytest.mark.parametrize(
    ("summary", "name"),
    [
        ("Christmas\\, Day", "Christmas, Day"),
        ("Two\\nlines", "Two lines"),
        ("\x1b[31mRed\x07", "[31mRed"),
        ("right\u202eleft", "right left"),
        ("  spaces   within ", "spaces within"),
        ("x" * 500, "x" * 120),
        ("", ""),
        ("Fête nationale", "Fête nationale"),
    ],
)
def test_a_name_is_one_short_line_that_disturbs_nobody(file: Path, summary: str, name: str) -> None:
    assert read(file, calendar(f"DTSTART:20261225\nSUMMARY:{summary}")).days == {CHRISTMAS: name}


def test_a_name_in_another_encoding_loses_letters_not_the_day(file: Path) -> None:
    raw = calendar("DTSTART:20261225\nSUMMARY:Noël").encode("latin-1")
    assert list(read(file, raw).days) == [CHRISTMAS]


def test_a_mark_at_the_start_of_the_file_is_no_trouble(file: Path) -> None:
    assert list(read(file, b"\xef\xbb\xbf" + calendar("DTSTART:20261225").encode()).days) == [CHRISTMAS]


# --- repeated every year -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        (
            "20251225",
            "FREQ=YEARLY",
            ["2025-12-25", "2026-12-25", "2027-12-25", "2028-12-25", "2029-12-25", "2030-12-25"],
        ),
        ("20251225", "FREQ=YEARLY;COUNT=2", ["2025-12-25", "2026-12-25"]),
        ("20201225", "FREQ=YEARLY;COUNT=7", ["2025-12-25", "2026-12-25"]),
        ("20251225", "FREQ=YEARLY;INTERVAL=2", ["2025-12-25", "2027-12-25", "2029-12-25"]),
        ("20251225", "FREQ=YEARLY;INTERVAL=2;COUNT=2", ["2025-12-25", "2027-12-25"]),
        ("20251225", "FREQ=YEARLY;UNTIL=20271225", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("20251225", "FREQ=YEARLY;UNTIL=20271224T235959Z", ["2025-12-25", "2026-12-25"]),
        ("20261126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20281231", ["2026-11-26", "2027-11-25", "2028-11-23"]),
        ("20260525", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=2", ["2026-05-25", "2027-05-31"]),
        ("20240229", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29"]),
        ("20240229", "FREQ=YEARLY", ["2028-02-29"]),
        ("20241105", "FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=4", ["2026-11-03", "2027-11-02"]),
    ],
)
def test_a_yearly_event_is_there_every_year(file: Path, start: str, rule: str, expected: list[str]) -> None:
    assert [day.isoformat() for day in days(file, f"DTSTART;VALUE=DATE:{start}\nRRULE:{rule}")] == expected


def test_a_repeated_event_of_several_days_keeps_its_length(file: Path) -> None:
    found = days(file, "DTSTART:20261225\nDTEND:20261227\nRRULE:FREQ=YEARLY;COUNT=2")
    assert found == [CHRISTMAS, date(2026, 12, 26), date(2027, 12, 25), date(2027, 12, 26)]


def test_a_repeated_event_with_times_keeps_its_distance(file: Path) -> None:
    event = "DTSTART:20261224T130000Z\nDTEND:20261225T130000Z\nRRULE:FREQ=YEARLY;COUNT=2"
    assert days(file, event, zone=SYDNEY) == [CHRISTMAS, date(2027, 12, 25)]


def test_added_and_excepted_days_are_followed(file: Path) -> None:
    event = (
        "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20271225,20501225\n"
        "RDATE;VALUE=DATE:20261224\nRDATE;VALUE=DATE:20270103,20270104"
    )
    expected = [date(2026, 12, 24), CHRISTMAS, date(2027, 1, 3), date(2027, 1, 4), date(2028, 12, 25)]
    assert days(file, event) == expected


@pytest.mark.parametrize("gone", ["EXDATE:20271225T130000Z", "RECURRENCE-ID:20271225T130000Z"])
def test_a_day_is_excepted_in_universal_time_too(file: Path, gone: str) -> None:
    event = (
        "UID:1\nDTSTART;TZID=Australia/Sydney:20261226T000000\nDTEND;TZID=Australia/Sydney:20261227T000000\n"
        "RRULE:FREQ=YEARLY;COUNT=3"
    )
    events = [f"{event}\n{gone}"] if gone.startswith("EXDATE") else [event, f"UID:1\n{gone}\nSTATUS:CANCELLED"]
    assert days(file, *events, zone=SYDNEY) == [date(2026, 12, 26), date(2028, 12, 26)]


def test_a_repetition_that_was_moved_or_cancelled_is_not_where_it_was(file: Path) -> None:
    master = "UID:1\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=3"
    moved = "UID:1\nRECURRENCE-ID;VALUE=DATE:20271225\nDTSTART;VALUE=DATE:20271227"
    cancelled = "UID:1\nRECURRENCE-ID;VALUE=DATE:20281225\nDTSTART;VALUE=DATE:20281225\nSTATUS:CANCELLED"
    other = "UID:2\nDTSTART;VALUE=DATE:20281225"
    assert days(file, master, moved, cancelled) == [CHRISTMAS, date(2027, 12, 27)]
    assert days(file, master, moved, cancelled, other) == [CHRISTMAS, date(2027, 12, 27), date(2028, 12, 25)]


@given(
    start=st.dates(date(1990, 1, 1), date(2030, 12, 31)),
    interval=st.none() | st.integers(1, 5),
    count=st.none() | st.integers(1, 60),
    until=st.none() | st.dates(date(1990, 1, 1), date(2035, 12, 31)),
    by=st.sampled_from(
        [
            "",
            ";BYMONTH=5;BYDAY=-1MO",
            ";BYMONTH=1,7;BYDAY=3WE,1FR",
            ";BYMONTH=2,12;BYMONTHDAY=29,-1",
            ";BYMONTH=10;BYDAY=SA",
        ]
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_repetitions_agree_with_dateutil(
    tmp_path: Path, start: date, interval: int | None, count: int | None, until: date | None, by: str
) -> None:
    rule = f"FREQ=YEARLY{by}"
    rule += f";INTERVAL={interval}" if interval else ""
    rule += f";COUNT={count}" if count else f";UNTIL={until:%Y%m%d}" if until else ""
    expected = rrulestr(rule, dtstart=datetime.combine(start, MIDNIGHT))
    within = expected.between(datetime.combine(FIRST, MIDNIGHT), datetime.combine(LAST, MIDNIGHT), inc=True)
    found = days(tmp_path / "x.ics", f"DTSTART;VALUE=DATE:{start:%Y%m%d}\nRRULE:{rule}")
    assert found == [moment.date() for moment in within]


# --- what is left out, and counted ----------------------------------------------------------------

LEFT_OUT = {
    "part of a day": "DTSTART:20261225T090000\nDTEND:20261225T170000",
    "most of a day": "DTSTART:20261225T000100\nDTEND:20261226T000000",
    "no end": "DTSTART:20261225T000000",
    "cancelled": "DTSTART:20261225\nSTATUS:CANCELLED",
    "no start": "SUMMARY:Christmas",
    "no date": "DTSTART:Christmas",
    "a day that is none": "DTSTART:20260230",
    "the year nought": "DTSTART:00000101",
    "the end before the start": "DTSTART:20261225\nDTEND:20261224",
    "a day that ends with a time": "DTSTART:20261225\nDTEND:20261226T000000",
    "two months and more": "DTSTART:20260101\nDTEND:20260401",
    "a thousand years": "DTSTART:20261225\nDTEND:30261225",
    "an endless length": f"DTSTART:20261225\nDURATION:P{'9' * 5000}D",
    "a length that is none": "DTSTART:20261225\nDURATION:long",
    "a zone of its own": "DTSTART;TZID=Middle-earth:20261225T000000\nDTEND;TZID=Middle-earth:20261226T000000",
    "a zone that is a path": "DTSTART;TZID=../../etc/passwd:20261225T000000\nDTEND:20261226T000000",
    "any day": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU",
    "every day": "DTSTART:20261225\nRRULE:FREQ=DAILY",
    "every second": "DTSTART:20261225\nRRULE:FREQ=SECONDLY",
    "every Sunday of the year": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYDAY=SU",
    "minutes within": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3",
    "days by number of the year": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYYEARDAY=1,2,3",
    "30 February": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "31 April": "DTSTART:20261231\nRRULE:FREQ=YEARLY;BYMONTH=4",
    "month 13": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=13",
    "day 0": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTHDAY=0",
    "a Monday that is never the 29th": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=1MO",
    "the second of one": "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYSETPOS=2",
    "no frequency": "DTSTART:20261225\nRRULE:COUNT=2",
    "no rule": "DTSTART:20261225\nRRULE:yearly",
    "no times at all": "DTSTART:20261225\nRRULE:FREQ=YEARLY;COUNT=0",
    "an endless number of times": f"DTSTART:20261225\nRRULE:FREQ=YEARLY;COUNT={'9' * 4000}",
    "since the Romans": "DTSTART:00530101\nRRULE:FREQ=YEARLY",
    "ended long ago": "DTSTART:20101225\nRRULE:FREQ=YEARLY;UNTIL=20151225",
    "a line that is none": 'DTSTART;TZID="open:20261225',
}


@pytest.mark.parametrize("event", LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_what_is_no_closed_day_is_left_out_and_counted(file: Path, event: str) -> None:
    assert read(file, calendar(event, "DTSTART:20261228")) == ClosedDays({date(2026, 12, 28): ""}, 1)


@pytest.mark.parametrize("name", ["a/" * 600 + "b", "/".join("abcde"), "a" * 300, "America/" + "x" * 300, "a//b", "/a"])
def test_a_zone_s_name_that_is_no_name_of_a_zone_is_never_looked_up(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    looked_up: list[str] = []
    monkeypatch.setattr(calendars, "find_zone", looked_up.append)
    assert read(file, calendar(f"DTSTART;TZID={name}:20261225T000000\nDTEND:20261226T000000")) == ClosedDays({}, 1)
    assert not looked_up


def test_every_zone_there_is_may_be_named(file: Path) -> None:
    names = sorted(available_timezones())
    events = (f"DTSTART;TZID={name}:20261225T000000\nDTEND;TZID={name}:20261228T000000" for name in names)
    assert read(file, calendar(*events)).left_out == 0


def test_what_stands_in_a_reminder_or_beside_the_events_does_not_count(file: Path) -> None:
    event = "DTSTART:20261225\nSUMMARY:Christmas\nBEGIN:VALARM\nDTSTART:20200101\nSUMMARY:Wake up\nEND:VALARM"
    todo = "BEGIN:VTODO\nDTSTART:20261228\nEND:VTODO\n"
    rule = "BEGIN:STANDARD\nDTSTART:19701101T020000\nRRULE:FREQ=SECONDLY\nEND:STANDARD\n"
    zone = f"BEGIN:VTIMEZONE\nTZID:X\n{rule}END:VTIMEZONE\n"
    text = calendar(event).replace("BEGIN:VEVENT", f"{todo}{zone}BEGIN:VEVENT")
    assert read(file, text) == ClosedDays({CHRISTMAS: "Christmas"}, 0)


def test_an_empty_calendar_has_no_days(file: Path) -> None:
    assert read(file, calendar()) == ClosedDays({}, 0)


# --- what is no calendar, and files made to do harm ---------------------------------------------

NO_CALENDARS: dict[str, str | bytes] = {
    "nothing": b"",
    "a letter": "Dear Support",
    "a picture": bytes(range(256)) * 8,
    "events without a calendar": "BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\n",
    "cut short": calendar("DTSTART:20261225")[:-20],
    "cut within an event": calendar("DTSTART:20261225").split("END:VEVENT")[0],
    "ends that do not fit": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n",
    "an end too many": calendar("DTSTART:20261225") + "END:VCALENDAR\n",
    "nested without end": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 50_000,
    "nested without end, folded": "BEGIN:VCALENDAR\n" + "BEGIN:A\n \n" * 50_000,
}


@pytest.mark.parametrize("text", NO_CALENDARS.values(), ids=list(NO_CALENDARS))
def test_what_is_no_calendar_is_refused(file: Path, text: str | bytes) -> None:
    with pytest.raises(BadInputError, match="not a calendar file"):
        read(file, text)


def test_a_file_as_large_as_allowed_is_read_and_a_byte_more_is_refused(file: Path) -> None:
    text = calendar("DTSTART:20261225").encode()
    filling = b"X-NOTE:" + b"x" * (MAX_BYTES - len(text) - 8) + b"\n"
    whole = text.replace(b"VERSION:2.0\r\n", b"VERSION:2.0\r\n" + filling)
    assert len(whole) == MAX_BYTES
    assert list(read(file, whole).days) == [CHRISTMAS]
    with pytest.raises(BadInputError, match="larger than 1 MiB"):
        read(file, whole + b"\n")


def test_as_many_events_as_allowed_are_read_and_one_more_is_refused(file: Path) -> None:
    events = ["DTSTART:20261225"] * MAX_EVENTS
    assert days(file, *events) == [CHRISTMAS]
    with pytest.raises(BadInputError, match="more than 2000 events"):
        days(file, *events, "DTSTART:20261225")


@pytest.mark.parametrize("name", ["missing.ics", "."])
def test_what_is_no_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="There is no file"):
        read_closed_days(tmp_path / name, NEW_YORK, FIRST, LAST)


def test_a_file_that_may_not_be_read_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file.write_text(calendar())
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_closed_days(file, NEW_YORK, FIRST, LAST)


HOSTILE = {
    "two thousand rules since 1900": [
        f"UID:{n}\nDTSTART:19000101\nRRULE:FREQ=YEARLY;COUNT=9999" for n in range(MAX_EVENTS)
    ],
    "rules that are true every forty years": ["DTSTART:19000101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=5MO;INTERVAL=7"]
    * MAX_EVENTS,
    "rules of every day": [
        "DTSTART:19000101\nDTEND:19000301\nRRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU"
    ]
    * 20,
    "an event with very many days": [
        "DTSTART:20261225\n" + "RDATE:" + ",".join(["20261225"] * 2000) + "\n" + "X:1\n" * 9 * 999
    ],
    "an event with very many lines": ["DTSTART:20261225\n" + "EXDATE:20200101\n" * 60_000],
    "an event with a very long line": ["DTSTART:20261225\nSUMMARY:" + "\\,;" * 300_000],
    "a line of very many parameters": ["DTSTART" + ";A=B" * 200_000 + ":20261225"],
    "a line of very many quotes": ["DTSTART;A=" + '"' * 19_000 + ":20261225"],
    "everything at once, moved": ["UID:1\nDTSTART:20261225\nRECURRENCE-ID:" + ",".join(["20271225"] * 40)] * 1900,
}


@pytest.mark.parametrize("events", HOSTILE.values(), ids=list(HOSTILE))
def test_a_file_made_to_take_forever_does_not(file: Path, events: list[str]) -> None:
    text = calendar(*events, end="\n").encode()
    assert len(text) <= MAX_BYTES
    with ends():
        read(file, text)


@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VCALENDAR",
                "END:VCALENDAR",
                "BEGIN:VEVENT",
                "END:VEVENT",
                "DTSTART:20261225",
                "DTEND:20261226",
                "DTSTART:x",
                "RRULE:FREQ=YEARLY",
                "RRULE:;;=",
                "STATUS:CANCELLED",
                "SUMMARY:\x00",
                " x",
                "EXDATE:",
                "RECURRENCE-ID:20261225",
                ":",
                "",
            ]
        ),
        max_size=30,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_in_any_order_are_read_or_refused(tmp_path: Path, lines: list[str]) -> None:
    try:
        found = read(tmp_path / "x.ics", "\n".join(lines))
    except BadInputError:
        return
    assert all(FIRST <= day <= LAST for day in found.days)


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_of_any_kind_within_an_event_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    text = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n" + raw + b"\nEND:VEVENT\nEND:VCALENDAR\n"
    try:
        found = read(tmp_path / "x.ics", text)
    except BadInputError:
        return
    assert set(found.days) <= {FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)}
    assert all(name.isprintable() and len(name) <= 120 for name in found.days.values())
