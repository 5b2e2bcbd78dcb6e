"""Every upgrade window from 1970 to 2100, in many time zones, against the C library's reading of the newest data.

`make test-long` takes every time zone there is.

The program reads zones with Python's `zoneinfo`; the C library has a reader of its own. It is pointed at the very files
that are in force here, not at the system's, so that any difference is one of reading or of computing.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left, bisect_right
from calendar import monthcalendar
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from penelope_admin.clock import find_zone, zone_data
from penelope_admin.domain.times import changes, in_words, place
from penelope_admin.domain.windows import Calendar
from penelope_admin.policy import Policy
from tests.effort import LONG, examples

if not hasattr(time, "tzset"):
    pytest.skip("this C library takes no file of time zone data", allow_module_level=True)

FIRST, LAST = date(1970, 1, 1), date(2100, 12, 31)
START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
SAMPLE = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Edmonton",
    "America/Mexico_City",
    "America/New_York",
    "America/Noronha",
    "America/Nuuk",
    "America/Regina",
    "America/St_Johns",
    "America/Vancouver",
    "America/Winnipeg",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Norfolk",
]


def all_zones() -> list[str]:
    """Every zone of the data in force."""
    folder = zone_data()[0].folder
    files = (file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[:4] == b"TZif")
    names = sorted(file.relative_to(folder).as_posix() for file in files)
    return [name for name in names if not name.startswith(("posix/", "right/")) and name != "localtime"]


def different_zones() -> list[str]:
    """One zone of each set of rules: many names are others for the same file."""
    return sorted({(zone_data()[0].folder / name).read_bytes(): name for name in all_zones()}.values())


@contextmanager
def c_library_in(name: str) -> Iterator[None]:
    """The C library's clock on the wall of a zone, by the files in force."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = f":{zone_data()[0].folder / name}"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def c_offset(seconds: int) -> int:
    return time.localtime(seconds).tm_gmtoff


@cache
def distance(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


@cache
def c_changes(name: str) -> list[datetime]:
    """When a zone's clocks change: a look every third day, or every day for a night's tests, then halving."""
    found, step, end = [], 86400 * examples(3, long=1), int(END.timestamp())
    with c_library_in(name):
        before = c_offset(0)
        for late in range(step, end + step, step):
            after = c_offset(late)
            if after != before:
                seconds = range(late - step + 1, late + 1)
                change = seconds[bisect_left(seconds, True, key=lambda second: c_offset(second) == after)]
                found.append(datetime.fromtimestamp(change, UTC))
            before = after
    return found


@cache
def window_instants(policy: Policy, region: str) -> list[datetime]:
    windows = Calendar(policy, region, find_zone("UTC")).between(START, FIRST, until=LAST)
    assert len(windows) == 131 * 12
    return [instant for window in windows for instant in (window.starts_at, window.ends_at)]


def test_there_are_as_many_zones_as_the_table_of_countries_names() -> None:
    table = (zone_data()[0].folder / "zone.tab").read_text("utf-8").splitlines()
    named = {line.split("\t")[2] for line in table if not line.startswith("#")}
    assert len(named) > 400
    assert named <= set(all_zones())


def test_names_for_one_file_of_rules_are_taken_once_and_no_rules_are_left_out() -> None:
    folder = zone_data()[0].folder
    taken = {(folder / name).read_bytes() for name in different_zones()}
    assert len(taken) == len(different_zones()) < len(all_zones())
    assert taken == {(folder / name).read_bytes() for name in all_zones()}


def test_every_window_has_the_local_times_that_the_c_library_gives_it(policy: Policy) -> None:
    instants = window_instants(policy, "AU") + window_instants(policy, "US")
    seconds = [int(instant.timestamp()) for instant in instants]
    differing: dict[str, str] = {}
    for name in different_zones() if LONG else SAMPLE:
        zone = find_zone(name)
        # A local time is the instant and its distance from UTC, which is compared far sooner than year, month and day.
        ours = [instant.astimezone(zone).utcoffset() for instant in instants]
        with c_library_in(name):
            theirs = [distance(time.localtime(second).tm_gmtoff) for second in seconds]
        if ours != theirs:
            differing[name] = next(f"{our} is {their}" for our, their in zip(ours, theirs, strict=True) if our != their)
    assert not differing


@pytest.mark.parametrize("region", ["AU", "NZ", "CA", "GB", "US"])
def test_every_window_starts_and_ends_when_new_york_s_clocks_in_the_c_library_say_so(
    policy: Policy, region: str
) -> None:
    expected = []
    with c_library_in("America/New_York"):
        for year in range(1970, 2101):
            for month in range(1, 13):
                saturday = [week[5] for week in monthcalendar(year, month) if week[5]][1]
                day, first, last = (saturday - 1, 9, 14) if region in ("AU", "NZ") else (saturday, 21, 25)
                for hour in (first, last):
                    expected.append(time.mktime((year, month, day, hour, 0, 0, 0, 0, -1)))
    assert [instant.timestamp() for instant in window_instants(policy, region)] == expected


@pytest.mark.parametrize("name", SAMPLE)
def test_clocks_change_when_they_do_in_the_c_library(name: str) -> None:
    assert changes(find_zone(name), START, END) == c_changes(name)


def clocks_in_the_c_library(name: str, now: datetime, then: datetime) -> tuple[int, str | None]:
    """By how much a zone's clocks are others at `then` than at `now`, and what a note says of the last change."""
    found = c_changes(name)
    turn = bisect_right(found, then)
    with c_library_in(name):
        offsets = [c_offset(int(instant.timestamp())) for instant in (now, then)]
        if offsets[0] == offsets[1] or not turn or found[turn - 1] <= now:
            return offsets[1] - offsets[0], None
        day = time.localtime(found[turn - 1].timestamp())
    direction = "forward" if offsets[1] > offsets[0] else "back"
    return offsets[1] - offsets[0], f"go {direction} on {in_words(date(*day[:3]))} ({place(name)})"


@pytest.mark.parametrize("name", SAMPLE)
def test_notes_about_clocks_are_those_that_the_c_library_s_changes_call_for(policy: Policy, name: str) -> None:
    months = Calendar(policy, "GB", find_zone(name))
    noted = 0
    tries = examples(20, long=60)
    for nth in range(tries):
        now = datetime(1999, 2, 3, 4, 5, tzinfo=UTC) + nth * timedelta(days=60 * 311 // tries)
        for before, window in pairwise(months.upcoming(now, 13)):
            moved, here = clocks_in_the_c_library(name, before.starts_at, window.starts_at)
            theirs, there = clocks_in_the_c_library("America/New_York", before.starts_at, window.starts_at)
            expected = f"Clocks {here}. " if here else f"Clocks at the vendor {there}, " if there else ""
            expected = "" if moved == theirs else expected
            _, within = clocks_in_the_c_library(name, window.starts_at, window.ends_at)
            inside = f"Clocks {within}, within this window: it lasts" if within else ""
            notes = [note for note in window.notes if note.startswith("Clocks")]
            assert len(notes) == bool(expected) + bool(inside)
            assert not expected or notes[0].startswith(expected)
            assert not inside or notes[-1].startswith(inside)
            noted += bool(expected)
    assert noted or name in {"America/New_York", "America/St_Johns"}  # their clocks change on the vendor's days
