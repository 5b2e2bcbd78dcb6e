"""The rule of the monthly window, computed a second time by other means, for every month from 1970 to 2100.

Dates come from a recurrence rule (RFC 5545) and from printed calendars; the vendor's offset from the
dates at which United States law changes the clocks.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from penelope_admin.domain.windows import Calendar
from penelope_admin.policy import Policy
from tests.each import each

FIRST_YEAR, LAST_YEAR = 1970, 2100
SECOND_SATURDAYS = [
    found.date()
    for found in rrulestr("FREQ=MONTHLY;BYDAY=2SA;UNTIL=21001231", dtstart=datetime(FIRST_YEAR, 1, 1))  # noqa: DTZ001
]
HOURS = {
    "AU": (timedelta(days=-1), time(9), time(14), 0),
    "NZ": (timedelta(days=-1), time(9), time(14), 0),
    "CA": (timedelta(0), time(21), time(1), 1),
    "GB": (timedelta(0), time(21), time(1), 1),
    "US": (timedelta(0), time(21), time(1), 1),
}


def nth_sunday(year: int, month: int, n: int) -> date:
    """The n-th Sunday of a month; -1 for the last."""
    sundays = [week[calendar.SUNDAY] for week in calendar.monthcalendar(year, month) if week[calendar.SUNDAY]]
    return date(year, month, sundays[n if n < 0 else n - 1])


@cache
def summer_time(year: int) -> tuple[date, date]:
    """The Sundays on which New York's clocks go forward and back at 02:00, by the acts of 1966, 1973, 1986 and 2005."""
    if year >= 2007:
        return nth_sunday(year, 3, 2), nth_sunday(year, 11, 1)
    if year >= 1987:
        return nth_sunday(year, 4, 1), nth_sunday(year, 10, -1)
    if year == 1974:
        return date(1974, 1, 6), nth_sunday(year, 10, -1)
    if year == 1975:
        return date(1975, 2, 23), nth_sunday(year, 10, -1)
    return nth_sunday(year, 4, -1), nth_sunday(year, 10, -1)


def eastern(day: date, clock_time: time) -> datetime:
    """An Eastern wall-clock time as an instant; before 02:00 the clocks are still those of the day before."""
    forward, back = summer_time(day.year)
    switched = datetime.combine(day, clock_time) - timedelta(hours=2)
    hours = 4 if forward <= switched.date() < back else 5
    return (datetime.combine(day, clock_time) + timedelta(hours=hours)).replace(tzinfo=UTC)


def test_the_recurrence_rule_agrees_with_the_printed_calendar() -> None:
    printed = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            saturdays = [week[calendar.SATURDAY] for week in calendar.monthcalendar(year, month)]
            printed.append(date(year, month, [day for day in saturdays if day][1]))
    assert printed == SECOND_SATURDAYS


@each("region", sorted(HOURS))
def test_every_window_of_131_years_is_where_the_rule_puts_it(policy: Policy, region: str) -> None:
    shift, starts, ends, days = HOURS[region]
    expected = []
    for saturday in SECOND_SATURDAYS:
        day = saturday + shift
        expected.append((eastern(day, starts), eastern(day + timedelta(days=days), ends)))
    months = Calendar(policy, region, ZoneInfo("UTC"))
    found = months.between(datetime(2100, 12, 31, tzinfo=UTC), date(FIRST_YEAR, 1, 1), until=date(LAST_YEAR, 12, 31))
    assert [(window.starts_at, window.ends_at) for window in found] == expected


@each("region", sorted(HOURS))
def test_every_window_has_the_hours_of_the_schedule_on_the_vendor_s_clocks(policy: Policy, region: str) -> None:
    _, starts, ends, days = HOURS[region]
    vendor = ZoneInfo("America/New_York")
    months = Calendar(policy, region, vendor)
    for window in months.between(
        datetime(2100, 12, 31, tzinfo=UTC), date(FIRST_YEAR, 1, 1), until=date(LAST_YEAR, 12, 31)
    ):
        first, last = window.starts_at.astimezone(vendor), window.ends_at.astimezone(vendor)
        assert (first.time(), last.time(), (last.date() - first.date()).days) == (starts, ends, days)
        assert f"{first:%A}" == ("Saturday" if days else "Friday")


def test_australia_s_friday_comes_before_the_second_saturday_even_if_it_is_the_first_friday(policy: Policy) -> None:
    """August 2026 starts on a Saturday."""
    now = datetime(2026, 8, 1, tzinfo=UTC)
    days = [Calendar(policy, region, ZoneInfo("UTC")).upcoming(now)[0].starts_at.date() for region in ("AU", "US")]
    assert days == [date(2026, 8, 7), date(2026, 8, 9)]
