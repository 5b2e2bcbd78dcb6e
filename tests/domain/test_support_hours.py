"""Is Support open, until when, and when does it open next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import gettz
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.support import LocalDay, Span, opening, week
from penelope_admin.policy import WEEKDAYS, OpenHours, Policy, SupportTeam
from tests.domain.instants import utc
from tests.each import each


def team(policy: Policy, key: str) -> SupportTeam:
    return next(team for team in policy.support_teams if team.key == key)


def is_open(policy: Policy, key: str, now: datetime, holidays: Collection[date] = ()) -> tuple[bool, datetime | None]:
    """Whether a team is open, and when that changes; the holidays are the team's own."""
    found = opening(team(policy, key), now, {key: holidays})
    assert found.team is team(policy, key)
    assert (found.opens_at if found.open else found.closes_at) is None
    return found.open, found.closes_at if found.open else found.opens_at


@each(
    "now, open_, until",
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


@each(
    "now, open_, until",
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


@each(
    "now, open_, until",
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


def test_chat_follows_both_teams_holidays_each_by_its_own_hours(policy: Policy) -> None:
    chat = team(policy, "chat")
    new_york, sydney = utc(2026, 1, 27, 15), utc(2026, 1, 27, 3)
    day = date(2026, 1, 27)
    assert opening(chat, new_york, {"support": [day]}).opens_at == utc(2026, 1, 28, 2)
    assert opening(chat, sydney, {"support": [day]}).closes_at == utc(2026, 1, 27, 5)
    assert opening(chat, sydney, {"support-au": [day]}).opens_at == utc(2026, 1, 27, 14)
    assert opening(chat, new_york, {"support-au": [day]}).closes_at == utc(2026, 1, 27, 22)
    assert opening(chat, new_york, {"chat": [day]}).open, "no hours follow the chat's own calendar"


def test_hours_that_fall_into_the_hour_clocks_skip_are_none() -> None:
    """On Sunday 8 March 2026 New York's clocks go from 02:00 to 03:00."""
    night = made_team(["saturday", "sunday"], ("America/New_York", time(2, 15), time(2, 45)))
    found = opening(night, utc(2026, 3, 8, 0))
    assert found.opens_at == utc(2026, 3, 14, 6, 15)


@each(
    "key, now, zone",
    [
        ("support", utc(2026, 1, 12, 15), "America/New_York"),
        ("support-au", utc(2026, 1, 12, 15), "Australia/Sydney"),
        ("chat", utc(2026, 1, 12, 3), "Australia/Sydney"),
        ("chat", utc(2026, 1, 12, 6), "America/New_York"),
        ("chat", utc(2026, 1, 12, 23), "Australia/Sydney"),
    ],
)
def test_the_next_change_is_told_on_the_clock_it_follows(policy: Policy, key: str, now: datetime, zone: str) -> None:
    assert opening(team(policy, key), now).their_zone == ZoneInfo(zone)


def test_a_team_that_is_closed_for_two_months_has_no_next_opening(policy: Policy) -> None:
    holidays = {date(2026, 1, 1) + timedelta(days=n) for n in range(90)}
    assert is_open(policy, "support", utc(2026, 1, 12, 15), holidays) == (False, None)


def made_team(days: Collection[str], *hours: tuple[str, time, time]) -> SupportTeam:
    first, *rest = (OpenHours(zone=zone, zone_label="", opens=opens, closes=closes) for zone, opens, closes in hours)
    return SupportTeam(
        key="team",
        name="Team",
        zone=first.zone,
        zone_label="",
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
    found = opening(of, now, {of.key: holidays})
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


@each("key", ["support", "support-au", "chat"])
def test_a_month_of_real_hours_agrees_with_the_clocks_minute_by_minute(policy: Policy, key: str) -> None:
    """From Monday 2 March to Sunday 12 April 2026: clocks change in New York, then in Sydney."""
    of, holidays = team(policy, key), {date(2026, 3, 17), date(2026, 4, 3)}
    calendars = {"support": holidays, "support-au": holidays}
    now, end = utc(2026, 3, 2), utc(2026, 4, 13)
    while now < end:
        found = opening(of, now, calendars)
        until = found.closes_at or found.opens_at
        assert until is not None
        while now < until:
            assert open_by_the_clock(of, now, holidays) is found.open, now
            now += timedelta(minutes=1)
        assert now == until
        assert open_by_the_clock(of, now, holidays) is not found.open


# --- ten years against arithmetic ----------------------------------------------------------------
#
# Computed without any time zone library: minutes since 2020 as integers, and clock changes by the law's own words.

EPOCH, YEARS = utc(2020, 1, 1), range(2020, 2031)
WEEK, DAY = 7 * 24 * 60, 24 * 60
TEN_YEARS = (date(2030, 1, 1) - date(2020, 1, 1)).days * DAY


def nth_sunday(year: int, month: int, nth: int) -> int:
    """The minute at which a Sunday begins, on a clock without offset."""
    first = date(year, month, 1)
    sunday = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
    return (sunday - EPOCH.date()).days * DAY


def offsets(zone: str) -> list[tuple[int, int]]:
    """From which minute (UTC) on a zone's clock is how many minutes ahead of UTC."""
    changes = [(-400 * DAY, {"America/New_York": -300, "Australia/Sydney": 660}[zone])]
    for year in YEARS:
        if zone == "America/New_York":  # 02:00 on the second Sunday of March, 02:00 on the first of November
            changes += [(nth_sunday(year, 3, 2) + 420, -240), (nth_sunday(year, 11, 1) + 360, -300)]
        else:  # 03:00 on the first Sunday of April, 02:00 on the first of October
            changes += [(nth_sunday(year, 4, 1) - 480, 600), (nth_sunday(year, 10, 1) - 480, 660)]
    return changes


@cache
def week_on_the_clock(days: tuple[str, ...], opens: time, closes: time) -> bytes:
    """A byte for each minute of a week that begins like 2020, on a Wednesday: 1 while the hours say open."""
    return bytes(
        WEEKDAYS[(minute // DAY + 2) % 7] in days
        and opens.hour * 60 + opens.minute <= minute % DAY < closes.hour * 60 + closes.minute
        for minute in range(WEEK)
    )


def open_minutes(of: SupportTeam, holidays: Mapping[str, Collection[date]], begin: int, end: int) -> bytes:
    """A byte for each minute between two: 1 while one of the team's clocks shows opening hours."""
    total = 0
    for hours in of.hours:
        pattern, shown = week_on_the_clock(of.days, hours.opens, hours.closes), bytearray()
        for (since, offset), (until, _) in pairwise([*offsets(hours.zone), (end, 0)]):
            first, last = max(since, begin), min(until, end)
            if first >= last:
                continue
            local, length = first + offset, last - first
            stretch = bytearray((pattern * (length // WEEK + 2))[local % WEEK : local % WEEK + length])
            for day in holidays.get(hours.holidays_of or of.key, ()):
                start = (day - EPOCH.date()).days * DAY - local
                if -DAY < start < length:
                    left, right = max(start, 0), min(start + DAY, length)
                    stretch[left:right] = bytes(right - left)
            shown += stretch
        total |= int.from_bytes(shown)
    return total.to_bytes(end - begin)


def instant(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def minute_of(moment: datetime) -> int:
    minutes = (moment - EPOCH) / timedelta(minutes=1)
    assert minutes == int(minutes)
    return int(minutes)


CLOSED = {
    "support": frozenset(
        date(year, month, day) for year in YEARS for month, day in ((1, 1), (7, 4), (11, 26), (12, 25))
    ),
    "support-au": frozenset(
        date(year, month, day) for year in YEARS for month, day in ((1, 1), (1, 26), (4, 25), (12, 25), (12, 26))
    ),
}
KEYS = ["support", "support-au", "chat"]


@each("zone", ["America/New_York", "Australia/Sydney"])
def test_the_law_s_clock_changes_are_those_of_dateutil(zone: str) -> None:
    there = gettz(zone)
    changes = offsets(zone)
    for (since, offset), (until, _) in pairwise(changes[1:]):
        for minute in (since, (since + until) // 2, until - 1):
            assert instant(minute).astimezone(there).utcoffset() == timedelta(minutes=offset)


@each("key", KEYS)
def test_every_minute_of_ten_years_is_open_or_closed_as_the_law_s_clocks_say(policy: Policy, key: str) -> None:
    of, minute = team(policy, key), 0
    found = bytearray()
    while minute < TEN_YEARS:
        now = opening(of, instant(minute), CLOSED)
        assert now.turns_at is not None
        until = min(minute_of(now.turns_at), TEN_YEARS)
        assert until > minute
        found += bytes([now.open]) * (until - minute)
        minute = until
    assert bytes(found) == open_minutes(of, CLOSED, 0, TEN_YEARS)


@pytest.mark.parametrize("key", KEYS)
@given(data=st.data(), minute=st.integers(0, TEN_YEARS))
def test_at_any_minute_the_state_lasts_exactly_as_long_as_it_says(
    policy: Policy, key: str, data: st.DataObject, minute: int
) -> None:
    near = st.sets(st.integers(-2, 12).map(lambda days: instant(minute).date() + timedelta(days=days)), max_size=8)
    holidays = data.draw(st.fixed_dictionaries({"support": near, "support-au": near}))
    found = opening(team(policy, key), instant(minute), holidays)
    expected = open_minutes(team(policy, key), holidays, minute, minute + 30 * DAY)
    assert found.open == bool(expected[0])
    change = instant(minute + expected.index(1 - expected[0]))
    assert (found.closes_at, found.opens_at) == ((change, None) if found.open else (None, change))


# --- a week ----------------------------------------------------------------------------------------

ZONES = [
    "America/Resolute",
    "Europe/London",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Havana",
    "Asia/Kolkata",
]
SHORT_DAY, LONG_DAY = timedelta(hours=23), timedelta(hours=25)


def within(moment: datetime, spans: Iterable[Span]) -> bool:
    return any(opens <= moment < closes for opens, closes in spans)


def test_a_week_has_seven_local_days_with_the_hours_of_every_team(policy: Policy) -> None:
    found = week(policy.support_teams, date(2026, 11, 20), ZoneInfo("America/Resolute"))
    assert [day.day for day in found] == [date(2026, 11, 20) + timedelta(days=n) for n in range(7)]
    assert (found[0].starts, found[-1].ends) == (utc(2026, 11, 20, 6), utc(2026, 11, 27, 6))
    friday, saturday, sunday = found[:3]
    assert [hours.team.key for hours in friday.teams] == KEYS
    assert [hours.open for hours in friday.teams] == [
        ((utc(2026, 11, 20, 13), utc(2026, 11, 21, 1)),),
        (),
        ((utc(2026, 11, 20, 14), utc(2026, 11, 20, 22)),),
    ]
    assert [hours.open for hours in saturday.teams] == [(), (), ()]
    assert sunday.teams[1].open == ((utc(2026, 11, 22, 22), utc(2026, 11, 23, 6)),)


def test_hours_across_local_midnight_belong_to_both_days(policy: Policy) -> None:
    """In London's winter Support's evening ends after midnight."""
    found = week([team(policy, "support")], date(2026, 1, 12), ZoneInfo("Europe/London"))
    assert found[0].teams[0].open == ((utc(2026, 1, 12, 13), utc(2026, 1, 13, 0)),)
    assert found[1].teams[0].open == (
        (utc(2026, 1, 13, 0), utc(2026, 1, 13, 1)),
        (utc(2026, 1, 13, 13), utc(2026, 1, 14, 0)),
    )


def test_a_holiday_is_shown_on_the_local_day_its_hours_fall_into(policy: Policy) -> None:
    """Christmas in Sydney is Christmas Eve in Resolute."""
    christmas = date(2026, 12, 25)
    found = week(policy.support_teams, date(2026, 12, 24), ZoneInfo("America/Resolute"), {"support-au": {christmas}})
    au, chat = found[0].teams[1:]
    assert au.open == ()
    assert [(c.span, c.holidays_of, c.day) for c in au.closed] == [
        ((utc(2026, 12, 24, 22), utc(2026, 12, 25, 6)), "support-au", christmas)
    ]
    assert [c.holidays_of for c in chat.closed] == ["support-au"]
    assert chat.open == ((utc(2026, 12, 24, 14), utc(2026, 12, 24, 22)),)
    assert not any(hours.closed for day in found[1:] for hours in day.teams)


def test_the_days_on_which_clocks_change_are_told_and_have_their_true_length(policy: Policy) -> None:
    autumn = week(policy.support_teams, date(2026, 10, 30), ZoneInfo("America/Resolute"))
    spring = week(policy.support_teams, date(2026, 3, 6), ZoneInfo("America/Resolute"))
    assert [day.day for day in (*autumn, *spring) if day.clocks_change] == [date(2026, 11, 1), date(2026, 3, 8)]
    assert (autumn[2].ends - autumn[2].starts, spring[2].ends - spring[2].starts) == (LONG_DAY, SHORT_DAY)


FIRST_DAYS = st.one_of(
    st.dates(date(2020, 1, 10), date(2029, 12, 1)),
    st.sampled_from([date(2026, 3, 5), date(2026, 4, 1), date(2026, 9, 24), date(2026, 10, 1), date(2026, 10, 29)]),
)


@given(first=FIRST_DAYS, zone=st.sampled_from(ZONES).map(zone_of), data=st.data())
def test_a_week_shows_what_the_clocks_say_minute_by_minute(
    policy: Policy, first: date, zone: ZoneInfo, data: st.DataObject
) -> None:
    near = st.sets(st.integers(-2, 9).map(lambda days: first + timedelta(days=days)), max_size=5)
    holidays = data.draw(st.fixed_dictionaries({"support": near, "support-au": near}))
    found = week(policy.support_teams, first, zone, holidays)
    assert len(found) == 7
    for day, following in pairwise(found):
        assert day.ends == following.starts
    for day in found:
        check_day(day, zone, holidays)


def check_day(day: LocalDay, zone: ZoneInfo, holidays: Mapping[str, Collection[date]]) -> None:
    minute = timedelta(minutes=1)
    assert day.starts.astimezone(zone).date() == (day.ends - minute).astimezone(zone).date() == day.day
    begin, end = minute_of(day.starts), minute_of(day.ends)
    for hours in day.teams:
        expected = open_minutes(hours.team, holidays, begin, end)
        found = bytearray(end - begin)
        for opens, closes in hours.open:
            assert day.starts <= opens < closes <= day.ends
            left, right = minute_of(opens) - begin, minute_of(closes) - begin
            assert not any(found[left:right]), "spans do not overlap"
            found[left:right] = bytes([1]) * (right - left)
        assert found == expected
        without = open_minutes(hours.team, {}, begin, end)
        for closure in hours.closed:
            opens, closes = closure.span
            assert day.starts <= opens < closes <= day.ends
            left, right = minute_of(opens) - begin, minute_of(closes) - begin
            assert all(without[left:right])
            assert closure.day in holidays[closure.holidays_of]
        for look in range(0, end - begin, 97):
            moment = instant(begin + look)
            closed = within(moment, [closure.span for closure in hours.closed])
            assert opening(hours.team, moment, holidays).open == within(moment, hours.open)
            assert bool(without[look]) == (within(moment, hours.open) or closed)
