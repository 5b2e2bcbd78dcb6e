"""Dates, times and durations in words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain import times
from penelope_admin.errors import BadInputError
from tests.domain.instants import utc
from tests.each import each

WINNIPEG = ZoneInfo("America/Resolute")
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July",
          "August", "September", "October", "November", "December"]  # fmt: skip


@each(
    "day, words",
    [
        (date(2026, 12, 12), "Saturday 12 December 2026"),
        (date(2026, 3, 1), "Sunday 1 March 2026"),
        (date(2024, 2, 29), "Thursday 29 February 2024"),
    ],
)
def test_a_day_is_written_with_its_weekday_and_without_a_leading_zero(day: date, words: str) -> None:
    assert times.in_words(day) == words


@given(st.dates(date(1970, 1, 1), date(2100, 12, 31)))
def test_a_day_in_words_can_be_read_back(day: date) -> None:
    weekday, number, month, year = times.in_words(day).split()
    assert date(int(year), MONTHS.index(month) + 1, int(number)) == day
    assert DAYS[day.weekday()] == weekday


@pytest.mark.skipif(shutil.which("localedef") is None, reason="no localedef here to make another language with")
def test_days_are_in_english_whatever_the_system_s_language(tmp_path: Path) -> None:
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(tmp_path / "de_DE.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip("localedef has no sources to make another language with")
    script = (
        "import datetime, locale; locale.setlocale(locale.LC_ALL, '')\n"
        "from penelope_admin.domain.times import in_words, short_weekday\n"
        "from penelope_admin.ui import format\n"
        "day = datetime.date(2026, 3, 14); print(f'{day:%A}', '/', in_words(day), '/', short_weekday(day))\n"
        "starts = datetime.datetime(2026, 12, 12, 21, tzinfo=datetime.UTC)\n"
        "print(format.brief(starts, starts + datetime.timedelta(hours=4), datetime.UTC))"
    )
    environment = os.environ | {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.ISO-8859-1"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True, text=True)
    assert run.stdout == "Samstag / Saturday 14 March 2026 / Sat\nSat 21:00 to Sun 01:00\n"


def test_no_sentence_takes_a_name_of_a_day_or_a_month_from_the_system() -> None:
    root = Path(times.__file__).parents[1]
    named = re.compile(r"%-?[aAbBhcxX](?![a-zA-Z])|calendar\.(day|month)_")
    found = [str(file.relative_to(root)) for file in root.rglob("*.py") if named.search(file.read_text("utf-8"))]
    assert found == []


@each(
    "moment, words",
    [
        (time(0), "midnight"),
        (time(12), "noon"),
        (time(0, 1), "00:01"),
        (time(9, 5), "09:05"),
        (time(23, 59), "23:59"),
        (datetime(2026, 12, 12, 12, tzinfo=UTC), "noon"),
    ],
)
def test_the_two_ends_of_the_day_have_names(moment: time | datetime, words: str) -> None:
    assert times.clock_in_words(moment) == words


def test_a_span_within_a_day_names_the_day_once() -> None:
    words = times.span_in_words(utc(2026, 12, 13, 2), utc(2026, 12, 13, 6), LONDON)
    assert words == "Sunday 13 December 2026, 02:00 to 06:00 (London)"


def test_a_span_until_midnight_does_not_name_the_next_day() -> None:
    words = times.span_in_words(utc(2026, 12, 13, 2), utc(2026, 12, 13, 6), WINNIPEG)
    assert words == "Saturday 12 December 2026, 20:00 to midnight (Resolute)"


def test_a_span_across_midnight_names_both_days() -> None:
    words = times.span_in_words(utc(2026, 12, 13, 2), utc(2026, 12, 13, 6), NEW_YORK)
    assert words == "Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York)"


def test_a_span_that_starts_at_midnight_says_so() -> None:
    words = times.span_in_words(utc(2026, 12, 13), utc(2026, 12, 13, 5), LONDON)
    assert words == "Sunday 13 December 2026, midnight to 05:00 (London)"


def test_a_span_until_midnight_of_a_later_day_names_that_day() -> None:
    words = times.span_in_words(utc(2026, 12, 12, 20), utc(2026, 12, 14), LONDON)
    assert words == "Saturday 12 December 2026, 20:00 to Monday 14 December 2026, midnight (London)"


def test_a_span_across_a_change_of_clocks_shows_the_clocks_of_either_side() -> None:
    words = times.span_in_words(utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 4), LONDON)
    assert words == "Sunday 25 October 2026, 01:30 to 04:00 (London)"


def test_a_moment_is_written_in_its_zone() -> None:
    assert times.moment_in_words(utc(2026, 12, 13, 2), WINNIPEG) == "Saturday 12 December 2026, 20:00 (Resolute)"


@each(
    "zone, place",
    [
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Port-au-Prince", "Port-au-Prince"),
        ("UTC", "UTC"),
    ],
)
def test_a_place_is_the_last_part_of_the_zone_s_name(zone: str, place: str) -> None:
    assert times.place(zone) == place


@each(
    "duration, words",
    [
        (timedelta(days=12, hours=4, minutes=59), "12 days 4 hours"),
        (timedelta(days=1, hours=1), "1 day 1 hour"),
        (timedelta(days=2, minutes=5), "2 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=3, minutes=5), "3 hours 5 minutes"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 hours 59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(0), "less than a minute"),
        (timedelta(days=-3), "less than a minute"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(duration: timedelta, words: str) -> None:
    assert times.duration_in_words(duration) == words


@given(st.timedeltas(timedelta(0), timedelta(days=40_000)))
def test_a_duration_in_words_is_right_to_its_smaller_unit(duration: timedelta) -> None:
    lengths = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
    words = times.duration_in_words(duration)
    told = sum(
        (
            int(count.replace(",", "")) * lengths[unit]
            for count, unit in re.findall(r"([\d,]+) (day|hour|minute)", words)
        ),
        timedelta(0),
    )
    accuracy = timedelta(hours=1) if duration >= timedelta(days=1) else timedelta(minutes=1)
    assert told <= duration < told + accuracy
    assert not re.search(r"\b0 |\b1 \w+s\b", words)


@each(
    "count, noun, nouns, words",
    [
        (1, "day", None, "1 day"),
        (0, "day", None, "0 days"),
        (2, "day", None, "2 days"),
        (1, "entry", "entries", "1 entry"),
        (11, "entry", "entries", "11 entries"),
    ],
)
def test_only_one_is_singular(count: int, noun: str, nouns: str | None, words: str) -> None:
    assert times.plural(count, noun, nouns) == words


def test_an_instant_comes_back_in_utc() -> None:
    checked = times.check_instant(datetime(2026, 12, 12, 20, tzinfo=WINNIPEG))
    assert checked == utc(2026, 12, 13, 2)
    assert checked.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInputError, match="2026-12-12T20:00:00 has no time zone"):
        times.check_instant(datetime(2026, 12, 12, 20))  # noqa: DTZ001 - the point of the test


@each("instant", [utc(1970, 1, 1), datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)])
def test_the_first_and_the_last_instant_are_taken(instant: datetime) -> None:
    assert times.check_instant(instant) == instant


@each(
    "instant",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        utc(2101, 1, 1),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_instants_outside_the_known_years_are_refused(instant: datetime) -> None:
    with pytest.raises(BadInputError, match="outside the years 1970 to 2100"):
        times.check_instant(instant)


def test_a_wall_clock_time_is_that_of_its_zone() -> None:
    assert times.wall(date(2026, 7, 11), time(21), NEW_YORK) == utc(2026, 7, 12, 1)
    assert times.wall(date(2026, 12, 12), time(21), NEW_YORK) == utc(2026, 12, 13, 2)


def test_a_time_that_happens_twice_is_the_first_or_the_last_as_asked() -> None:
    assert times.wall(date(2026, 11, 1), time(1, 30), NEW_YORK) == utc(2026, 11, 1, 5, 30)
    assert times.wall(date(2026, 11, 1), time(1, 30), NEW_YORK, latest=True) == utc(2026, 11, 1, 6, 30)


def test_an_offset_is_that_of_the_instant() -> None:
    assert times.offset(LONDON, utc(2026, 7, 1)) == timedelta(hours=1)
    assert times.offset(LONDON, utc(2026, 12, 1)) == timedelta(0)
