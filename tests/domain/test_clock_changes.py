"""When a zone's clocks change, found by looking at its offsets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.times import changes, offset
from tests.domain.instants import utc
from tests.each import each

ZONES = [
    "Africa/Casablanca",
    "America/New_York",
    "America/Noronha",
    "America/Regina",
    "America/Resolute",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
]
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
INSTANTS = st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC))


@each(
    "zone, expected",
    [
        ("Europe/London", [utc(2026, 3, 29, 1), utc(2026, 10, 25, 1)]),
        ("America/New_York", [utc(2026, 3, 8, 7), utc(2026, 11, 1, 6)]),
        ("Australia/Sydney", [utc(2026, 4, 4, 16), utc(2026, 10, 3, 16)]),
        ("Australia/Lord_Howe", [utc(2026, 4, 4, 15), utc(2026, 10, 3, 15, 30)]),
        ("Pacific/Chatham", [utc(2026, 4, 4, 14), utc(2026, 9, 26, 14)]),
        ("America/Regina", []),
    ],
)
def test_the_changes_of_2026_are_found_to_the_minute(zone: str, expected: list[datetime]) -> None:
    assert changes(ZoneInfo(zone), utc(2026, 1, 1), utc(2027, 1, 1)) == expected


def test_two_changes_a_week_apart_are_both_found() -> None:
    """From whichever day on one looks."""
    for nth in range(30):
        found = changes(ZoneInfo("America/Noronha"), utc(2000, 9, 1) + timedelta(days=nth), utc(2000, 12, 1))
        assert found == [utc(2000, 10, 8, 2), utc(2000, 10, 15, 1)]


def test_a_change_at_the_first_instant_is_not_counted_and_one_at_the_last_is() -> None:
    london, change = ZoneInfo("Europe/London"), utc(2026, 3, 29, 1)
    assert changes(london, change, change + timedelta(days=30)) == []
    assert changes(london, change - timedelta(days=30), change) == [change]
    assert changes(london, change - timedelta(days=30), change - timedelta(microseconds=1)) == []


def test_there_are_no_changes_when_nothing_lies_between() -> None:
    assert changes(ZoneInfo("Europe/London"), utc(2027, 1, 1), utc(2026, 1, 1)) == []


@given(zone=st.sampled_from(ZONES).map(ZoneInfo), after=INSTANTS, days=st.integers(0, 1500))
def test_clocks_change_at_each_change_and_stand_still_between(zone: ZoneInfo, after: datetime, days: int) -> None:
    before = after + timedelta(days=days)
    found = changes(zone, after, before)
    assert all(after < change <= before for change in found)
    for change in found:
        assert offset(zone, change - timedelta(seconds=1)) != offset(zone, change)
    for early, late in pairwise([after, *found, before]):
        looks = [early + timedelta(hours=13) * n for n in range((late - early) // timedelta(hours=13) + 1)]
        assert {offset(zone, look) for look in looks if look < late} <= {offset(zone, early)}
