"""What a calendar has at certain times is what its rules say, read another way; and no file does harm."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.conflicts import MOST_SHOWN, Occurrence, Span, days, meets
from penelope_admin.domain.times import wall
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.gateways import ics, occurrences
from penelope_admin.gateways.occurrences import Reading, search
from tests.each import each
from tests.effort import LONG, examples

RESOLUTE = ZoneInfo("America/Resolute")
ZONES = ("America/Resolute", "Europe/London", "Australia/Lord_Howe", "America/Winnipeg")
SATURDAY = Span(datetime(2026, 12, 13, 2, tzinfo=UTC), datetime(2026, 12, 13, 6, tzinfo=UTC))
"""Saturday 12 December 2026, 20:00 to midnight in Resolute."""
SPRING = Span(datetime(2027, 3, 14, 3, tzinfo=UTC), datetime(2027, 3, 14, 9, tzinfo=UTC))
"""Around the hour that Resolute skips."""
SPANS = (
    SATURDAY,
    SPRING,
    days(date(2027, 1, 5), date(2027, 1, 25), RESOLUTE),
    days(date(2027, 2, 2), date(2027, 2, 2), RESOLUTE),
)


def calendar(*events: str, more: str = "") -> str:
    """The text of a calendar with the lines of events."""
    made = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{more}{made}END:VCALENDAR\n"


def looked(*events: str, more: str = "", spans: tuple[Span, ...] = (SATURDAY,)) -> Reading:
    return search(io.StringIO(calendar(*events, more=more)), RESOLUTE, spans)


def titles(*events: str, more: str = "", spans: tuple[Span, ...] = (SATURDAY,)) -> list[str]:
    reading = looked(*events, more=more, spans=spans)
    assert reading.left_out == 0
    return [found.title for found in reading.occurrences]


# --- against rules that are followed another way -------------------------------------------------

FREQUENCIES = st.sampled_from(
    ("DAILY", "DAILY;INTERVAL=3", "WEEKLY", "WEEKLY;BYDAY=SA,SU", "WEEKLY;INTERVAL=2;BYDAY=TU,SA;WKST=SU", "MONTHLY",
     "MONTHLY;BYDAY=2SA", "MONTHLY;BYDAY=-1SA,1MO", "MONTHLY;INTERVAL=2", "DAILY;BYDAY=SA",
     "MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "MONTHLY;BYMONTHDAY=-1,13", "YEARLY",
     "YEARLY;BYMONTH=3,12;BYDAY=2SU", "DAILY;BYHOUR=20,22", "WEEKLY;BYMONTH=12")
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event that comes back, in its parts."""
    starts = draw(st.datetimes(datetime(2024, 1, 1), datetime(2027, 3, 20))).replace(minute=0, second=0, microsecond=0)  # noqa: DTZ001
    all_day = draw(st.booleans())
    lasts = draw(st.sampled_from([1, 2, 9])) if all_day else draw(st.sampled_from([0, 1, 3, 14, 50]))
    return {
        "starts": starts.replace(hour=0) if all_day else starts,
        "all_day": all_day,
        "lasts": timedelta(days=lasts) if all_day else timedelta(hours=lasts),
        "zone": draw(st.sampled_from(ZONES)) if not all_day else "",
        "rule": draw(FREQUENCIES),
        "end": draw(st.sampled_from(("", ";COUNT=40", ";UNTIL=20270110"))),
        "gone": draw(st.sets(st.integers(0, 60), max_size=4)),
    }


def written(event: dict[str, Any]) -> str:
    """As a file has it."""
    starts, ends = event["starts"], event["starts"] + event["lasts"]
    if event["all_day"]:
        lines = [f"DTSTART;VALUE=DATE:{starts:%Y%m%d}", f"DTEND;VALUE=DATE:{ends:%Y%m%d}"]
        lines += [f"EXDATE;VALUE=DATE:{day:%Y%m%d}" for day in skipped(event)]
    else:
        of = f";TZID={event['zone']}"
        lines = [f"DTSTART{of}:{starts:%Y%m%dT%H%M%S}", f"DTEND{of}:{ends:%Y%m%dT%H%M%S}"]
        lines += [f"EXDATE{of}:{at:%Y%m%dT%H%M%S}" for at in skipped(event)]
    return "\n".join(["UID:1", *lines, f"RRULE:FREQ={event['rule']}{event['end']}", "SUMMARY:Group"])


def starts_of(event: dict[str, Any]) -> Iterator[datetime]:
    """Every start by the wall clock, of which the first is one whatever the rule says."""
    end = event["end"].replace("20270110", "20270110T235959")
    of_days = event["rule"].replace(";BYHOUR=20,22", "")
    rule = rrulestr(f"FREQ={of_days if event['all_day'] else event['rule']}{end}", dtstart=event["starts"])
    seen = [event["starts"]] if event["starts"] <= datetime(2027, 1, 10, 23, 59, 59) or "UNTIL" not in end else []  # noqa: DTZ001
    for at in rule.xafter(event["starts"], inc=True):
        if at > datetime(2027, 4, 1):  # noqa: DTZ001
            break
        if at not in seen[:1]:
            seen.append(at)
    yield from seen


def skipped(event: dict[str, Any]) -> list[datetime]:
    every = list(starts_of(event))
    return [every[number] for number in sorted(event["gone"]) if number < len(every)]


def expected(event: dict[str, Any], spans: tuple[Span, ...]) -> set[Occurrence]:
    found = set()
    gone = set(skipped(event))
    for at in starts_of(event):
        if at in gone:
            continue
        if event["all_day"]:
            begins, ends = (wall(day, time(0), RESOLUTE) for day in (at.date(), (at + event["lasts"]).date()))
        else:
            zone = ZoneInfo(event["zone"])
            begins, ends = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (at, at + event["lasts"]))
        found.add(Occurrence(begins, ends, event["all_day"], "Group"))
    return {item for item in found if any(meets(span, item) for span in spans)}


@settings(max_examples=examples(35, long=20_000), deadline=None)
@given(event=events())
def test_repetitions_are_those_that_the_rule_has_by_the_wall_clock(event: dict[str, Any]) -> None:
    reading = search(io.StringIO(calendar(written(event))), RESOLUTE, SPANS)
    assert set(reading.occurrences) == expected(event, SPANS)
    assert (reading.events, reading.left_out) == (1, 0)


# --- what files say besides rules ---------------------------------------------------------------

WEEKLY = "UID:g\nDTSTART;TZID=America/Resolute:20261003T200000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY\nSUMMARY:Group"
NIGHT = "\nDTSTART:20261213T030000Z\nDTEND:20261213T040000Z\nSUMMARY:Night"


def test_what_is_cancelled_does_not_take_place() -> None:
    assert titles(f"UID:1{NIGHT}") == ["Night"]
    assert titles(f"UID:1{NIGHT}\nSTATUS:CANCELLED") == []
    assert titles(f"{WEEKLY}\nSTATUS:CANCELLED") == []
    one = "UID:g\nRECURRENCE-ID;TZID=America/Resolute:20261212T200000\nSTATUS:CANCELLED\nDTSTART:20261213T020000Z"
    assert titles(WEEKLY, one) == []
    assert titles(f"{WEEKLY}\nEXDATE;TZID=America/Resolute:20261212T200000") == []
    assert titles(f"{WEEKLY}\nEXDATE:20261213T020000Z") == []


def test_a_repetition_that_was_moved_is_where_it_was_moved_to() -> None:
    away = "UID:g\nRECURRENCE-ID;TZID=America/Resolute:20261212T200000\nDTSTART:20261211T020000Z\nSUMMARY:Moved"
    near = "UID:g\nRECURRENCE-ID:20261128T020000Z\nDTSTART:20261213T020000Z\nDURATION:PT1H\nSUMMARY:Moved here"
    assert titles(WEEKLY, away) == []
    assert titles(away, WEEKLY) == []
    assert titles(WEEKLY, near.replace("20261128", "20261129")) == ["Moved here", "Group"]


def test_a_series_that_was_moved_from_a_day_on_follows_it() -> None:
    later = (
        "UID:g\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/Resolute:{}T200000\nDTSTART:{}T150000Z\nDURATION:PT1H"
    )
    assert titles(WEEKLY, later.format("20261205", "20261205")) == []
    assert (
        titles(WEEKLY.replace("T200000", "T080000"), later.format("20261205", "20261206").replace("T200000", "T080000"))
        == []
    )


def test_the_newest_revision_of_an_event_counts() -> None:
    old, new = f"UID:1{NIGHT}\nSEQUENCE:1", "UID:1\nDTSTART:20261220T030000Z\nSEQUENCE:2"
    assert titles(old, new) == titles(new, old) == []
    assert titles(old, new.replace("SEQUENCE:2", "SEQUENCE:0")) == ["Night"]


def test_an_old_revision_is_none_though_the_new_one_lies_far_away() -> None:
    old, new = f"UID:1{NIGHT}\nSEQUENCE:0", "UID:1\nDTSTART:20270613T030000Z\nSEQUENCE:1"
    assert titles(old, new) == titles(new, old) == []
    assert titles(f"UID:1{NIGHT}\nSEQUENCE:2", new) == ["Night"]


@each("first", ["20261030", "20261031", "20270313"])  # clocks change in the nights of the last two
@each("rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=400", "FREQ=DAILY;BYHOUR=18"])
def test_a_repetition_lasts_as_long_as_is_said_whatever_clocks_did_in_the_first_night(first: str, rule: str) -> None:
    event = f"UID:1\nDTSTART;TZID=America/Toronto:{first}T180000\nDURATION:PT8H\nRRULE:{rule}\nSUMMARY:Night"
    quarter = timedelta(minutes=15)
    ends = datetime(2027, 6, 13, 6, tzinfo=UTC)  # two in the morning in Toronto
    assert titles(event, spans=(Span(ends - quarter, ends - timedelta(minutes=1)),)) == ["Night"]
    assert titles(event, spans=(Span(ends + timedelta(minutes=1), ends + quarter),)) == []


def test_additional_dates_count() -> None:
    extra = "UID:1\nDTSTART:20260105T020000Z\nDURATION:PT1H\nRDATE:{}\nSUMMARY:Extra"
    assert titles(extra.format("20260203T020000Z,20261213T020000Z")) == ["Extra"]
    assert titles(extra.format("20261213T000000Z/PT5H")) == ["Extra"]
    assert titles(extra.format("20261213T000000Z/20261213T030000Z")) == ["Extra"]
    assert titles(extra.format("20261213T000000Z")) == []


def test_days_and_times_without_a_zone_go_by_the_clock_of_whoever_has_the_calendar() -> None:
    day = "UID:1\nDTSTART;VALUE=DATE:202612{}\nSUMMARY:Day"
    assert [titles(day.format(number)) for number in ("11", "12", "13", "14")] == [[], ["Day"], [], []]
    floating = "UID:1\nDTSTART:20261212T{}0000\nDTEND:20261212T{}0000\nSUMMARY:Floating"
    assert titles(floating.format("19", "20")) == []
    assert (
        titles(floating.format("19", "21"))
        == titles(floating.format("23", "24").replace("T240000", "T235900"))
        == ["Floating"]
    )
    london = search(io.StringIO(calendar(day.format("13"))), ZoneInfo("Europe/London"), (SATURDAY,))
    assert [found.all_day for found in london.occurrences] == [True]


def test_zones_are_found_by_the_names_that_programs_write() -> None:
    times = "\nDTSTART;TZID={0}:20261212T203000\nDTEND;TZID={0}:20261212T210000\nSUMMARY:Here"
    for name in (
        "Central Standard Time",
        "/mozilla.org/20050126_1/America/Chicago",
        '"America/Chicago"',
        "America/Chicago",
    ):
        assert titles(f"UID:1{times.format(name)}") == ["Here"]
    own = (
        "BEGIN:VTIMEZONE\nTZID:Our clock\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0600\n"
        "TZOFFSETTO:-0600\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    assert titles(f"UID:1{times.format('Our clock')}", more=own) == ["Here"]
    assert looked(f"UID:1{times.format('Nobody knows it')}").left_out == 1


def test_events_of_two_zones_that_come_back_at_the_same_hour_are_told_apart() -> None:
    weekly = "DTSTART;TZID={0}:20261205T{1}\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nSUMMARY:{0}"
    here, there = weekly.format("America/Toronto", "183000"), weekly.format("America/Vancouver", "183000")
    assert (
        titles(here, there) == titles(there, here) == ["America/Vancouver"]
    )  # half past eight here, and half past five


def test_lines_may_be_folded_quoted_and_in_small_letters() -> None:
    assert titles(
        'UID:1\ndtstart;x="a:b;c":20261213T0300\n 00Z\nsummary;language=en:Parents\\, \\n and\n  "staff"'
    ) == ['Parents, and "staff"']
    assert titles("UID:1\nDTSTART:20261213T030000Z\nSUMMARY:\u202eevil\x1b[31m") == ["evil [31m"]


def test_a_reminder_of_an_event_is_no_event() -> None:
    alarm = "\nBEGIN:VALARM\nDURATION:PT15M\nSUMMARY:Alarm\nEND:VALARM"
    assert titles(f"UID:1{NIGHT}{alarm}") == ["Night"]


def test_what_has_no_length_counts_where_it_starts() -> None:
    assert titles("UID:1\nDTSTART:20261213T020000Z\nSUMMARY:Pay run") == ["Pay run"]
    assert titles("UID:1\nDTSTART:20261213T060000Z\nSUMMARY:Pay run") == []


def test_of_several_days_only_whole_days_count() -> None:
    weeks = (days(date(2026, 12, 7), date(2026, 12, 18), RESOLUTE),)
    closed = "UID:2\nDTSTART;VALUE=DATE:20261210\nSUMMARY:Closed"
    assert titles(f"UID:1{NIGHT}", WEEKLY, closed, spans=weeks) == ["Closed"]


@each(
    "lines",
    [
        "UID:1",
        "DTSTART:yesterday",
        "DTSTART:20261231T250000Z",
        "DTSTART:20261213T030000Z\nDTEND:20261213T020000Z",
        "DTSTART;VALUE=DATE:20261212\nDTEND:20261213T020000Z",
        "DTSTART:20261213T030000Z\nDURATION:long",
        "DTSTART:20261213T030000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:20261213T030000Z\nRRULE:FREQ=DAILY;INTERVAL=0",
        "DTSTART:20261213T030000Z\nRRULE:FREQ=DAILY;BYDAY=XX",
        "DTSTART:20261213T030000Z\nRRULE:",
        "DTSTART:20261213T030000Z\nRDATE:never",
        "DTSTART:20261213T030000Z\nRRULE:FREQ=DAILY\nEXDATE:never",
    ],
)
def test_what_nobody_can_read_is_counted_and_the_rest_counts(lines: str) -> None:
    reading = looked(f"{lines}\nSUMMARY:Broken", f"UID:2{NIGHT}")
    assert ([found.title for found in reading.occurrences], reading.events, reading.left_out) == (["Night"], 2, 1)


def test_too_many_entries_of_a_span_are_counted() -> None:
    reading = looked(*(f"UID:{number}{NIGHT} {number}" for number in range(MOST_SHOWN + 7)))
    assert (len(reading.occurrences), reading.more) == (MOST_SHOWN, (7,))


@each(
    "text, why",
    [
        ("", ics.NO_CALENDAR),
        ("hello", ics.NO_CALENDAR),
        ("END:VCALENDAR", ics.NO_CALENDAR),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", ics.CUT_SHORT),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", ics.CUT_SHORT),
    ],
)
def test_what_is_no_calendar_is_told_as_such(text: str, why: str) -> None:
    with pytest.raises(ics.BrokenError, match=why):
        search(io.StringIO(text), RESOLUTE, (SATURDAY,))


# --- the process of its own ---------------------------------------------------------------------


def read(file: Path, home: Path) -> Reading:
    return occurrences.read(file, RESOLUTE, (SATURDAY,), home)


def test_a_file_is_read_in_a_process_of_its_own_and_again_only_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "groups.ics"
    file.write_text(calendar(WEEKLY, "UID:2\nDTSTART:soon"), "utf-8")
    first = read(file, tmp_path)
    assert [found.title for found in first.occurrences] == ["Group"]
    assert (first.events, first.left_out) == (2, 1)
    assert read(file, tmp_path) is first
    file.write_text(calendar(f"UID:1{NIGHT}"), "utf-8")
    assert [found.title for found in read(file, tmp_path).occurrences] == ["Night"]


def test_a_rule_that_never_comes_true_ends_the_process_and_not_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occurrences, "SECONDS", 1)
    file = tmp_path / "hostile.ics"
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    file.write_text(
        calendar(*(f"UID:{number}\nDTSTART:20261213T03000{number}Z\n{never}" for number in range(9))), "utf-8"
    )
    with pytest.raises(BadInputError, match="too much memory or time"):
        read(file, tmp_path)


def test_what_cannot_be_read_is_tried_again_when_it_has_changed_and_what_took_too_much_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, answers = [], [{"broken": ics.CUT_SHORT}, {"broken": ""}, {"broken": ""}]

    def lines(*_: object) -> Iterator[object]:
        tried.append(1)
        yield answers[len(tried) - 1]

    monkeypatch.setattr(occurrences.apart, "lines", lines)
    clock = [0.0]
    monkeypatch.setattr(occurrences, "monotonic", lambda: clock[0])
    file = tmp_path / "broken.ics"
    for text, at, times in (("a", 0.0, 1), ("a", 1e9, 1), ("ab", 0.0, 2), ("ab", 1.0, 2), ("ab", 601.0, 3)):
        file.write_text(text, "utf-8")
        os.utime(file, ns=(0, 0))
        clock[0] = at
        with pytest.raises(BadInputError):
            read(file, tmp_path)
        assert len(tried) == times


def test_a_look_that_is_stopped_says_nothing_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "groups.ics"
    file.write_text(calendar(WEEKLY), "utf-8")
    with pytest.raises(CancelledError):
        occurrences.read(file, RESOLUTE, (SATURDAY,), tmp_path, lambda: True)
    assert [found.title for found in read(file, tmp_path).occurrences] == ["Group"]


def test_what_is_no_plain_file_or_too_large_is_not_opened_any_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read(tmp_path / "missing.ics", tmp_path)
    with pytest.raises(BadInputError):
        read(tmp_path, tmp_path)
    file = tmp_path / "large.ics"
    file.write_text(calendar(WEEKLY), "utf-8")
    monkeypatch.setattr(occurrences, "MAX_BYTES", 10)
    with pytest.raises(BadInputError, match="larger than"):
        read(file, tmp_path)


def malformed(chance: random.Random) -> bytes:
    """A calendar to which something was done: lines lost, doubled, cut, put elsewhere, bytes changed."""
    whole = calendar(
        WEEKLY, f"UID:2{NIGHT}", "UID:g\nRECURRENCE-ID;TZID=America/Resolute:20261212T200000\nDTSTART:20261213T030000Z",
        "UID:3\nDTSTART;VALUE=DATE:20261212\nRRULE:FREQ=MONTHLY;BYDAY=2SA;UNTIL=20281231\nEXDATE;VALUE=DATE:20270109",
        "UID:4\nDTSTART;TZID=Our clock:20261212T210000\nRDATE;VALUE=PERIOD:20261213T000000Z/PT5H\nDURATION:P1DT2H",
        more="BEGIN:VTIMEZONE\nTZID:Our clock\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0600\n"
        "TZOFFSETTO:-0600\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n",
    ).splitlines()  # fmt: skip
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(whole))
        match chance.randrange(6):
            case 0:
                del whole[place]
            case 1:
                whole.insert(chance.randrange(len(whole)), whole[place])
            case 2:
                whole[place] = whole[place][: chance.randrange(len(whole[place]) + 1)]
            case 3:
                whole[place] = whole[place].replace(
                    chance.choice("0123456789;:=,"), chance.choice("0123456789;:=,TZP-")
                )
            case 4:
                whole[place] += chance.choice(
                    (";COUNT=99999", ";INTERVAL=9999", ";BYMONTHDAY=31", "\udcff", '"', "\x00", "," * 99)
                )
            case _:
                whole.insert(
                    place,
                    chance.choice(("RRULE:FREQ=YEARLY;BYWEEKNO=53", "DTSTART:00010101", "DTEND:99991231T235959Z")),
                )
        whole = whole or [""]
    return "\r\n".join(whole).encode("utf-8", "surrogateescape")


def test_no_malformed_calendar_is_more_than_broken(tmp_path: Path) -> None:
    chance = random.Random(2026)
    for _ in range(examples(80, long=10_000)):
        text = io.TextIOWrapper(io.BytesIO(malformed(chance)), "utf-8-sig", "replace")
        try:
            reading = search(text, RESOLUTE, SPANS)
        except ics.BrokenError:
            continue
        assert reading.left_out <= reading.events


@pytest.mark.skipif(not LONG, reason="takes an hour: a process for each")
def test_every_malformed_calendar_is_read_or_refused_within_its_limits(tmp_path: Path) -> None:
    chance, file, ended = random.Random(2027), tmp_path / "malformed.ics", 0
    for _ in range(10_000):
        file.write_bytes(malformed(chance))
        try:
            read(file, tmp_path)
        except BadInputError as error:
            ended += "too much" in str(error)
    assert ended == 0
