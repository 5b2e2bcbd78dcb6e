"""Is Support open, until when, and when does it open next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.support import opening
from penelope_admin.policy import WEEKDAYS, OpenHours, Policy, SupportTeam
from tests.domain.instants import utc


def team(policy: Policy, key: str) -> SupportTeam:
    return next(team for team in policy.support_teams if team.key == key)


def is_open(policy: Policy, key: str, now: datetime, holidays: Collection[date] = ()) -> tuple[bool, datetime | None]:
    """Whether a team is open, and when that changes."""
    found = opening(team(policy, key), now, holidays)
    assert found.team is team(policy, key)
    assert (found.opens_at if found.open else found.closes_at) is None
    return found.open, found.closes_at if found.open else found.opens_at


@pytest.mark.parametrize(
    ("now", "open_", "until"),
    [
        # Monday 12 January 2026, winter in New York: UTC-5
        (utc(2026, 1, 12, 12, 59), False, utc(2026, 1, 12, 13)),
        (utc(2026, 1, 12, 13), True, utc(2026, 1, 13, 1)),
        (utc(2026, 1, 13, 0, 59), True, utc(2026, 1, 13, 1)),
        (utc(2026, 1, 13, 1), False, utc(2026, 1, 13, 13)),
        # Friday 16 January: the weekend follows
        (utc(2026, 1, 17, 1), False, utc(2026, 1, 19, 13)),
        # Monday 13 July 2026, summer: UTC-4
        (utc(2026, 7, 13, 11, 59), False, utc(2026, 7, 13, 12)),
        (utc(2026, 7, 13, 12), True, utc(2026, 7, 14, 0)),
        # Friday 6 March, then the weekend in which clocks go forward
        (utc(2026, 3, 7, 1), False, utc(2026, 3, 9, 12)),
        # Friday 30 October, then the weekend in which they go back
        (utc(2026, 10, 31, 0), False, utc(2026, 11, 2, 13)),
    ],
)
def test_support_is_open_by_new_york_s_clocks(policy: Policy, now: datetime, open_: bool, until: datetime) -> None:
    assert is_open(policy, "support", now) == (open_, until)


@pytest.mark.parametrize(
    ("now", "open_", "until"),
    [
        # Tuesday 13 January 2026, summer in Sydney: UTC+11; the team's Tuesday starts on Monday in UTC
        (utc(2026, 1, 12, 21, 59), False, utc(2026, 1, 12, 22)),
        (utc(2026, 1, 12, 22), True, utc(2026, 1, 13, 6)),
        (utc(2026, 1, 13, 6), False, utc(2026, 1, 13, 22)),
        # Tuesday 14 July 2026, winter: UTC+10
        (utc(2026, 7, 13, 22, 59), False, utc(2026, 7, 13, 23)),
        (utc(2026, 7, 13, 23), True, utc(2026, 7, 14, 7)),
        # Friday 10 July ends, Monday 13 July begins
        (utc(2026, 7, 10, 7), False, utc(2026, 7, 12, 23)),
        # over the weekend in which clocks go back (5 April) and forward (4 October)
        (utc(2026, 4, 3, 6), False, utc(2026, 4, 5, 23)),
        (utc(2026, 10, 2, 7), False, utc(2026, 10, 4, 22)),
    ],
)
def test_au_support_is_open_by_sydney_s_clocks(policy: Policy, now: datetime, open_: bool, until: datetime) -> None:
    assert is_open(policy, "support-au", now) == (open_, until)


@pytest.mark.parametrize(
    ("now", "open_", "until"),
    [
        # Monday 12 January 2026: Sydney 13:00-16:00 is 02:00-05:00 UTC, New York 09:00-17:00 is 14:00-22:00 UTC
        (utc(2026, 1, 12, 1, 59), False, utc(2026, 1, 12, 2)),
        (utc(2026, 1, 12, 2), True, utc(2026, 1, 12, 5)),
        (utc(2026, 1, 12, 5), False, utc(2026, 1, 12, 14)),
        (utc(2026, 1, 12, 14), True, utc(2026, 1, 12, 22)),
        (utc(2026, 1, 12, 22), False, utc(2026, 1, 13, 2)),
        # July: an hour later there, an hour earlier here
        (utc(2026, 7, 13, 3), True, utc(2026, 7, 13, 6)),
        (utc(2026, 7, 13, 13), True, utc(2026, 7, 13, 21)),
        # New York's Friday is the last of the week
        (utc(2026, 1, 16, 22), False, utc(2026, 1, 19, 2)),
    ],
)
def test_chat_is_open_by_both_clocks(policy: Policy, now: datetime, open_: bool, until: datetime) -> None:
    assert is_open(policy, "chat", now) == (open_, until)


def test_a_holiday_is_a_closed_day(policy: Policy) -> None:
    christmas = [date(2026, 12, 25)]
    assert is_open(policy, "support", utc(2026, 12, 25, 15)) == (True, utc(2026, 12, 26, 1))
    assert is_open(policy, "support", utc(2026, 12, 25, 15), christmas) == (False, utc(2026, 12, 28, 13))


def test_a_holiday_is_a_day_of_the_team_s_own_zone(policy: Policy) -> None:
    """On 1 January in Sydney it still is 31 December in New York."""
    new_year = [date(2026, 1, 1)]
    now = utc(2026, 1, 1, 0)
    assert is_open(policy, "support-au", now, new_year)[0] is False
    assert is_open(policy, "support", now, new_year) == (True, utc(2026, 1, 1, 1))
    assert is_open(policy, "support", utc(2026, 1, 1, 15), new_year) == (False, utc(2026, 1, 2, 13))


def test_a_team_that_is_closed_for_two_months_has_no_next_opening(policy: Policy) -> None:
    holidays = {date(2026, 1, 1) + timedelta(days=n) for n in range(90)}
    assert is_open(policy, "support", utc(2026, 1, 12, 15), holidays) == (False, None)


def made_team(days: Collection[str], *hours: tuple[str, time, time]) -> SupportTeam:
    first, *rest = (OpenHours(zone=zone, opens=opens, closes=closes) for zone, opens, closes in hours)
    return SupportTeam(
        key="team",
        name="Team",
        zone=first.zone,
        days=tuple(day for day in WEEKDAYS if day in days),
        opens=first.opens,
        closes=first.closes,
        serves="Tests.",
        source="OURS",
        also_open=tuple(rest),
    )


def test_hours_that_touch_or_overlap_are_one_opening() -> None:
    monday = ["monday"]
    zone = "Etc/UTC"
    touching = made_team(monday, (zone, time(9), time(12)), (zone, time(12), time(15)))
    overlapping = made_team(monday, (zone, time(9), time(14)), (zone, time(10), time(15)))
    within = made_team(monday, (zone, time(9), time(15)), (zone, time(10), time(11)))
    for found in (touching, overlapping, within):
        assert opening(found, utc(2026, 1, 12, 10)).closes_at == utc(2026, 1, 12, 15)


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def open_by_the_clock(of: SupportTeam, now: datetime, holidays: Collection[date]) -> bool:
    """Look at each wall clock, as a person would."""
    for hours in of.hours:
        local = now.astimezone(zone_of(hours.zone))
        at_work = WEEKDAYS[local.weekday()] in of.days and local.date() not in holidays
        if at_work and hours.opens <= local.time() < hours.closes:
            return True
    return False


# Clocks change between midnight and 04:00; nobody opens or closes then.
HOURS = st.tuples(st.integers(4 * 60, 22 * 60), st.integers(1, 12 * 60)).map(
    lambda pair: (
        time(pair[0] // 60, pair[0] % 60),
        time(*divmod(min(pair[0] + pair[1], 23 * 60 + 59), 60)),
    )
)
TEAMS = st.builds(
    lambda days, hours: made_team(days, *((zone, *span) for zone, span in hours)),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.lists(
        st.tuples(st.sampled_from(["America/New_York", "Australia/Sydney", "Asia/Kathmandu"]), HOURS),
        min_size=1,
        max_size=3,
    ),
)
# The weeks in which clocks change in New York or Sydney, and some others.
NOWS = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes),
    st.sampled_from([utc(2026, 3, 5), utc(2026, 4, 2), utc(2026, 10, 1), utc(2026, 10, 29), utc(2026, 12, 20)]),
    st.integers(0, 9 * 24 * 60),
)
HOLIDAYS = st.sets(st.dates(date(2026, 3, 1), date(2027, 1, 15)), max_size=20)


@given(of=TEAMS, now=NOWS, holidays=HOLIDAYS)
def test_openings_agree_with_the_clocks_minute_by_minute(of: SupportTeam, now: datetime, holidays: set[date]) -> None:
    found = opening(of, now, holidays)
    assert found.open is open_by_the_clock(of, now, holidays)
    until = found.closes_at if found.open else found.opens_at
    assert until is not None
    assert until > now
    assert open_by_the_clock(of, until, holidays) is not found.open
    minute, look = timedelta(minutes=1), now
    while look < min(until, now + timedelta(days=3)):
        assert open_by_the_clock(of, look, holidays) is found.open
        look += 7 * minute
    assert open_by_the_clock(of, until - minute, holidays) is found.open or until - now < minute


@pytest.mark.parametrize("key", ["support", "support-au", "chat"])
def test_a_month_of_real_hours_agrees_with_the_clocks_minute_by_minute(policy: Policy, key: str) -> None:
    """From Monday 2 March to Sunday 12 April 2026: clocks change in New York, then in Sydney."""
    of, holidays = team(policy, key), {date(2026, 3, 17), date(2026, 4, 3)}
    now, end = utc(2026, 3, 2), utc(2026, 4, 13)
    while now < end:
        found = opening(of, now, holidays)
        until = found.closes_at or found.opens_at
        assert until is not None
        while now < until:
            assert open_by_the_clock(of, now, holidays) is found.open, now
            now += timedelta(minutes=1)
        assert now == until
        assert open_by_the_clock(of, now, holidays) is not found.open
