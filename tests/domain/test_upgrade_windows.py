"""When the next upgrade is, as people and scripts see it: dates, marks, notes and ranges."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_record

from penelope_admin.domain.sites import Site
from penelope_admin.domain.staff import staff_notice
from penelope_admin.domain.windows import Calendar, Notice, Window, find_region, warnings_for_dates
from penelope_admin.errors import BadInputError
from penelope_admin.gateways.exports import window_facts
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

REGIONS = ("AU", "NZ", "CA", "GB", "US")
ZONES = [
    "America/New_York",
    "America/Regina",
    "America/Resolute",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]


def calendar(policy: Policy, region: str, zone: str | None = None) -> Calendar:
    return Calendar(policy, region, ZoneInfo(zone or policy.region[region].default_zone))


def window(policy: Policy, region: str, now: datetime, zone: str | None = None) -> Window:
    """The window in progress or the next one."""
    (found,) = calendar(policy, region, zone).upcoming(now)
    return found


@each(
    "region, starts_at, ends_at",
    [
        ("AU", utc(2026, 12, 11, 14), utc(2026, 12, 11, 19)),
        ("NZ", utc(2026, 12, 11, 14), utc(2026, 12, 11, 19)),
        ("CA", utc(2026, 12, 13, 2), utc(2026, 12, 13, 6)),
        ("GB", utc(2026, 12, 13, 2), utc(2026, 12, 13, 6)),
        ("US", utc(2026, 12, 13, 2), utc(2026, 12, 13, 6)),
    ],
)
def test_the_windows_of_december_2026_are_those_of_the_schedule(
    policy: Policy, region: str, starts_at: datetime, ends_at: datetime
) -> None:
    found = window(policy, region, utc(2026, 12, 1))
    assert (found.starts_at, found.ends_at) == (starts_at, ends_at)
    assert (found.region, found.kind) == (region, "mass-upgrade")


def test_a_summer_window_follows_the_vendor_s_daylight_saving(policy: Policy) -> None:
    assert window(policy, "US", utc(2026, 7, 1)).starts_at == utc(2026, 7, 12, 1)
    assert window(policy, "AU", utc(2026, 7, 1)).starts_at == utc(2026, 7, 10, 13)


def test_a_window_in_json_is_that_of_the_command_line_s_reference(policy: Policy) -> None:
    reference = """
        {"region": "GB", "kind": "mass-upgrade", "zone": "Europe/London",
         "starts_at": "2026-12-13T02:00:00+00:00", "ends_at": "2026-12-13T06:00:00+00:00",
         "starts_at_utc": "2026-12-13T02:00:00Z", "ends_at_utc": "2026-12-13T06:00:00Z",
         "source_zone": "America/New_York", "source_starts_at": "2026-12-12T21:00:00-05:00",
         "in_progress": false, "confirm_date": false, "notes": [], "sites": []}
    """
    found = window_facts(window(policy, "GB", utc(2026, 12, 1)))
    assert json.dumps(found) == json.dumps(json.loads(reference))


def test_the_instants_in_json_have_the_zone_s_offset(policy: Policy) -> None:
    found = window_facts(window(policy, "GB", utc(2026, 12, 13, 3), "Asia/Kathmandu"))
    assert found["starts_at"] == "2026-12-13T07:45:00+05:45"
    assert found["ends_at"] == "2026-12-13T11:45:00+05:45"
    assert found["in_progress"] is True


def test_a_window_is_told_in_the_agency_s_words_and_in_the_vendor_s(policy: Policy) -> None:
    found = window(policy, "CA", utc(2026, 12, 1), "America/Resolute")
    assert found.in_words == "Saturday 12 December 2026, 20:00 to midnight (Resolute)"
    assert found.in_vendor_words == "Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York)"


SUNDAY = "Confirm the date. This month starts on a Sunday."
SATURDAY = "Confirm the date. This month starts on a Saturday,"


@each("region", REGIONS)
def test_every_region_confirms_the_date_in_a_month_that_starts_on_a_sunday(policy: Policy, region: str) -> None:
    found = window(policy, region, utc(2026, 11, 5))
    assert found.confirm_date
    assert [note for note in found.notes if note.startswith(SUNDAY)]


@each("region, confirm", [("AU", True), ("NZ", True), ("CA", False), ("GB", False), ("US", False)])
def test_only_australia_and_new_zealand_confirm_in_a_month_that_starts_on_a_saturday(
    policy: Policy, region: str, confirm: bool
) -> None:
    found = window(policy, region, utc(2026, 8, 5))
    assert found.starts_at.month == 8
    assert found.confirm_date is confirm
    assert bool([note for note in found.notes if note.startswith(SATURDAY)]) is confirm


@each("region", REGIONS)
def test_other_months_need_no_confirmation(policy: Policy, region: str) -> None:
    found = window(policy, region, utc(2026, 12, 1))
    assert not found.confirm_date
    assert found.notes == ()


@each("region", REGIONS)
def test_a_date_is_confirmed_exactly_where_another_reading_differs(policy: Policy, region: str) -> None:
    """The other readings: weekends counted by their Sundays; the second Friday for an upgrade on a Friday."""
    vendor = ZoneInfo(policy.schedule.source_zone)
    for found in calendar(policy, region).between(utc(2000, 1, 1), date(2000, 1, 1), until=date(2030, 12, 31)):
        day = found.starts_at.astimezone(vendor).date()
        sunday = day + timedelta(days=(6 - day.weekday()) % 7)
        by_sundays = (sunday.day + 6) // 7 == 2
        by_day = (day.day + 6) // 7 == 2
        assert found.confirm_date is not (by_sundays and by_day), found


def test_a_window_within_which_clocks_change_says_how_long_it_lasts(policy: Policy) -> None:
    """At the Atlantic, the night on which clocks go forward: they show five hours, and four go by."""
    sites = [Site(1, "Harbour", "America/Halifax"), Site(2, "Cove", "America/St_Johns")]
    toronto = Calendar(policy, "CA", ZoneInfo("America/Toronto"), sites=sites)
    march, april = toronto.between(utc(2027, 3, 1), date(2027, 3, 1), count=2)
    assert march.notes == (
        "Clocks go forward on Sunday 14 March 2027 (Halifax), within this window: it lasts 4 hours.",
        "Clocks go forward on Sunday 14 March 2027 (St Johns), within this window: it lasts 4 hours.",
    )
    assert not any("within this window" in note for note in april.notes)
    assert "within this window" in window(policy, "CA", utc(2027, 3, 1), "America/Halifax").notes[0]


def test_clocks_that_change_where_the_vendor_s_do_not_are_named_at_the_first_window_after_it(policy: Policy) -> None:
    found = window(policy, "GB", utc(2026, 4, 1))
    assert found.notes[-1] == (
        "Clocks go forward on Sunday 29 March 2026 (London). From this window on the local time is another."
    )


def test_clocks_that_go_back_are_said_to(policy: Policy) -> None:
    found = window(policy, "AU", utc(2026, 4, 6))
    assert "Clocks go back on Sunday 5 April 2026 (Sydney)." in found.notes[-1]


def test_clocks_that_change_with_the_vendor_s_leave_the_local_time_as_it_is_and_are_not_mentioned(
    policy: Policy,
) -> None:
    found = calendar(policy, "CA", "America/Resolute").upcoming(utc(2026, 2, 20), 14)
    assert not [each for each in found if each.clocks_change or "Clocks" in " ".join(each.notes)]


def test_a_clock_change_is_marked_only_at_the_first_window_after_it(policy: Policy) -> None:
    found = calendar(policy, "GB").upcoming(utc(2026, 2, 20), 12)
    assert [f"{each.starts_at:%Y-%m}" for each in found if each.clocks_change] == ["2026-03", "2026-04"]


@each("region", REGIONS)
def test_a_window_is_marked_exactly_where_its_local_time_is_another_than_the_month_before(
    policy: Policy, region: str
) -> None:
    found = calendar(policy, region).upcoming(utc(2026, 1, 1), 36)
    for before, after in pairwise(found):
        clocks = [item.starts_at.astimezone(item.zone).time() for item in (before, after)]
        assert after.clocks_change is (clocks[0] != clocks[1])


@each(
    "region, now, clocks_change, unusual_gap",
    [
        ("GB", utc(2026, 12, 1), False, False),
        ("GB", utc(2026, 4, 1), True, False),
        ("GB", utc(2026, 5, 1), False, False),
        ("GB", utc(2026, 3, 10), True, True),
    ],
)
def test_what_is_unusual_is_marked_as_well_as_noted(
    policy: Policy, region: str, now: datetime, clocks_change: bool, unusual_gap: bool
) -> None:
    found = window(policy, region, now)
    assert (found.clocks_change, found.unusual_gap) == (clocks_change, unusual_gap)
    notes = [note for note in found.notes if not note.startswith("Confirm")]
    assert len(notes) == clocks_change + unusual_gap


def test_clocks_that_change_only_at_the_vendor_s_are_named(policy: Policy) -> None:
    found = window(policy, "CA", utc(2026, 10, 20), "America/Regina")
    assert found.notes[-1] == (
        "Clocks at the vendor go back on Sunday 1 November 2026 (New York), those in Regina do not. "
        "From this window on the local time is another."
    )


def test_london_is_four_hours_ahead_in_march_2026(policy: Policy) -> None:
    found = window(policy, "GB", utc(2026, 3, 10))
    assert found.in_words == "Sunday 15 March 2026, 01:00 to 05:00 (London)"
    assert found.notes[-1] == "London is 4 hours ahead of ET at this window, which is not the usual gap."


def test_sydney_is_fifteen_hours_ahead_in_october_2026(policy: Policy) -> None:
    found = window(policy, "AU", utc(2026, 10, 6))
    assert found.in_words == "Saturday 10 October 2026, midnight to 05:00 (Sydney)"
    assert found.notes == (
        "Clocks go forward on Sunday 4 October 2026 (Sydney). From this window on the local time is another.",
        "Sydney is 15 hours ahead of ET at this window, which is not the usual gap.",
    )


@each(
    "zone, first, words",
    [
        ("America/Mexico_City", date(2015, 3, 1), "Mexico City is 2 hours behind ET"),
        ("America/Argentina/Tucuman", date(2004, 6, 1), "Tucuman is no hours from ET"),
        ("Asia/Kathmandu", date(1985, 12, 1), None),
    ],
)
def test_an_unusual_gap_says_how_far_and_on_which_side(
    policy: Policy, zone: str, first: date, words: str | None
) -> None:
    (found,) = calendar(policy, "US", zone).between(utc(2026, 1, 1), first, count=1)
    gaps = [note for note in found.notes if "usual gap" in note]
    assert gaps == ([f"{words} at this window, which is not the usual gap."] if words else [])


def gap_notes(found: list[Window]) -> list[str]:
    return [note for each in found for note in each.notes if "usual gap" in note]


@each("zone", ["America/New_York", "America/Resolute", "America/Regina", "America/Phoenix"])
def test_gaps_that_last_a_season_are_usual(policy: Policy, zone: str) -> None:
    assert gap_notes(calendar(policy, "CA", zone).between(utc(2026, 1, 1), date(2026, 1, 1), count=60)) == []


def test_three_windows_of_a_year_make_a_gap_usual_and_two_do_not(policy: Policy) -> None:
    """Santiago is an hour ahead in March, September and October 2026, but not in March 2027."""
    santiago = calendar(policy, "US", "America/Santiago")
    assert gap_notes(santiago.between(utc(2026, 1, 1), date(2026, 1, 1), until=date(2026, 12, 31))) == []
    found = santiago.between(utc(2026, 1, 1), date(2027, 1, 1), until=date(2027, 12, 31))
    assert [each.starts_at.month for each in found if gap_notes([each])] == [9, 10]


def test_a_window_is_in_progress_from_its_first_instant_until_just_before_its_last(policy: Policy) -> None:
    starts_at, ends_at, tick = utc(2026, 12, 13, 2), utc(2026, 12, 13, 6), timedelta(microseconds=1)
    for now, in_progress in ((starts_at - tick, False), (starts_at, True), (ends_at - tick, True)):
        found = window(policy, "GB", now)
        assert (found.starts_at, found.in_progress) == (starts_at, in_progress)
    after = window(policy, "GB", ends_at)
    assert (after.starts_at, after.in_progress) == (utc(2027, 1, 10, 2), False)


def test_a_window_of_a_range_is_no_longer_in_progress_once_it_has_ended(policy: Policy) -> None:
    ends_at = utc(2026, 12, 13, 6)
    for now, in_progress in ((ends_at - timedelta(microseconds=1), True), (ends_at, False)):
        (found,) = calendar(policy, "GB").between(now, date(2026, 12, 1), count=1)
        assert found.in_progress is in_progress


def test_only_the_window_in_progress_is_marked(policy: Policy) -> None:
    found = calendar(policy, "GB").upcoming(utc(2026, 12, 13, 3), 3)
    assert [each.in_progress for each in found] == [True, False, False]


@given(
    region=st.sampled_from(REGIONS),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - naive bounds are asked for
    count=st.integers(1, 30),
)
def test_what_is_upcoming_has_not_ended_and_comes_in_order(
    policy: Policy, region: str, zone: str, now: datetime, count: int
) -> None:
    found = calendar(policy, region, zone).upcoming(now, count)
    assert len(found) == count or found[-1].starts_at.year >= 2100
    assert found[0].ends_at > now
    assert found[0].starts_at - now < timedelta(days=36)
    for early, late in pairwise(found):
        assert timedelta(days=27) < late.starts_at - early.starts_at < timedelta(days=36)
    assert [each.in_progress for each in found] == [each.starts_at <= now < each.ends_at for each in found]


@given(
    region=st.sampled_from(REGIONS),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(1970, 2, 20), datetime(2100, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_last_window_that_ended_comes_right_before_the_next(
    policy: Policy, region: str, zone: str, now: datetime
) -> None:
    months = calendar(policy, region, zone)
    last = months.last_ended(now)
    assert last.ends_at <= now
    following = months.upcoming(last.ends_at - timedelta(microseconds=1), 2)
    assert following[0].starts_at == last.starts_at
    assert following[1].ends_at > now


def test_a_range_holds_what_starts_in_it(policy: Policy) -> None:
    months = calendar(policy, "GB")
    found = months.between(utc(2026, 1, 1), date(2026, 11, 15), until=date(2026, 12, 13))
    assert [each.starts_at for each in found] == [utc(2026, 11, 15, 2), utc(2026, 12, 13, 2)]
    assert months.between(utc(2026, 1, 1), date(2026, 11, 16), until=date(2026, 12, 12)) == []


def test_a_range_of_one_day_holds_that_day_s_window(policy: Policy) -> None:
    found = calendar(policy, "GB").between(utc(2026, 1, 1), date(2026, 12, 13), until=date(2026, 12, 13))
    assert [each.starts_at for each in found] == [utc(2026, 12, 13, 2)]


def test_a_range_s_days_are_those_of_the_agency_s_zone(policy: Policy) -> None:
    winnipeg, london = calendar(policy, "CA", "America/Resolute"), calendar(policy, "GB")
    saturday, sunday = date(2026, 12, 12), date(2026, 12, 13)
    assert len(winnipeg.between(utc(2026, 1, 1), saturday, until=saturday)) == 1
    assert winnipeg.between(utc(2026, 1, 1), sunday, until=sunday) == []
    assert london.between(utc(2026, 1, 1), saturday, until=saturday) == []
    assert len(london.between(utc(2026, 1, 1), sunday, until=sunday)) == 1


def test_a_window_that_starts_at_midnight_belongs_to_the_day_that_begins(policy: Policy) -> None:
    sydney = calendar(policy, "AU")
    assert sydney.between(utc(2026, 1, 1), date(2026, 3, 13), until=date(2026, 3, 13)) == []
    (found,) = sydney.between(utc(2026, 1, 1), date(2026, 3, 14), until=date(2026, 3, 14))
    assert found.in_words == "Saturday 14 March 2026, midnight to 05:00 (Sydney)"


def test_a_range_counts_windows_when_it_has_no_end(policy: Policy) -> None:
    months = calendar(policy, "GB")
    assert len(months.between(utc(2026, 1, 1), date(2026, 1, 1))) == 12
    found = months.between(utc(2026, 1, 1), date(2026, 1, 1), count=3)
    assert [each.starts_at.month for each in found] == [1, 2, 3]


def test_a_range_in_the_past_notes_clocks_like_one_to_come(policy: Policy) -> None:
    found = calendar(policy, "GB").between(utc(2026, 12, 1), date(2020, 1, 1), until=date(2020, 12, 31))
    assert len(found) == 12
    assert [each.starts_at.month for each in found if each.clocks_change] == [3, 4]


def test_the_first_and_the_last_month_of_the_known_years_are_there(policy: Policy) -> None:
    found = calendar(policy, "US").between(utc(2026, 1, 1), date(1970, 1, 1), until=date(2100, 12, 31))
    assert len(found) == 131 * 12
    assert (found[0].starts_at, found[-1].starts_at) == (utc(1970, 1, 11, 2), utc(2100, 12, 12, 2))


def test_there_is_a_next_window_up_to_the_last_known_instant(policy: Policy) -> None:
    last = datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert calendar(policy, "GB").upcoming(last)[0].starts_at == utc(2101, 1, 9, 2)


def test_a_window_that_ends_in_the_hour_that_happens_twice_ends_the_second_time(policy: Policy) -> None:
    """With other rules than today's: the first Saturday of November 2025 is the eve of the change of clocks."""
    regions = tuple(
        replace_record(region, ends=time(1, 30)) if region.key == "US" else region for region in policy.regions
    )
    other = replace_record(policy, regions=regions, schedule=replace_record(policy.schedule, anchor_occurrence=1))
    found = window(other, "US", utc(2025, 10, 31))
    assert (found.starts_at, found.ends_at) == (utc(2025, 11, 2, 1), utc(2025, 11, 2, 6, 30))


@each(
    "first, until",
    [
        (date(2026, 12, 13), date(2026, 12, 12)),
        (date(1969, 12, 31), date(2026, 12, 12)),
        (date(2101, 1, 1), None),
        (date(2026, 12, 13), date(2101, 1, 1)),
        (date.min, None),
        (date.max, None),
        (date(2026, 1, 1), date.max),
    ],
)
def test_a_range_that_is_empty_or_outside_the_known_years_is_refused(
    policy: Policy, first: date, until: date | None
) -> None:
    with pytest.raises(BadInputError, match="within the years 1970 to 2100 and end after it starts"):
        calendar(policy, "GB").between(utc(2026, 1, 1), first, until=until)


@each("count", [0, -1, 2401])
def test_an_impossible_number_of_windows_is_refused(policy: Policy, count: int) -> None:
    with pytest.raises(BadInputError, match=f"Ask for 1 to 2400 windows, not {count}"):
        calendar(policy, "GB").upcoming(utc(2026, 1, 1), count)
    with pytest.raises(BadInputError, match=f"Ask for 1 to 2400 windows, not {count}"):
        calendar(policy, "GB").between(utc(2026, 1, 1), date(2026, 1, 1), count=count)


@each("text", ["GB", "gb", " Gb "])
def test_a_region_is_found_however_it_is_typed(policy: Policy, text: str) -> None:
    assert find_region(policy, text).key == "GB"


@each("text", ["", "UK", "DE", "GB\x00"])
def test_an_unknown_region_is_answered_with_the_known_ones(policy: Policy, text: str) -> None:
    with pytest.raises(BadInputError, match="Regions are AU, NZ, CA, GB, US"):
        find_region(policy, text)


@each(
    "first, last, warned",
    [
        (date(2026, 12, 13), date(2026, 12, 13), True),
        (date(2026, 12, 12), date(2026, 12, 12), False),
        (date(2026, 12, 14), date(2026, 12, 14), False),
        (date.min, date(2026, 12, 12), False),
        (date.min, date(2026, 12, 13), True),
        (date(2026, 12, 1), date(2026, 12, 13), True),
        (date(2026, 12, 13), date(2026, 12, 20), True),
        (date(2026, 12, 14), date(2026, 12, 20), False),
    ],
)
def test_dates_that_meet_a_window_are_warned_about(policy: Policy, first: date, last: date, warned: bool) -> None:
    coming = calendar(policy, "GB").upcoming(utc(2026, 12, 1))
    warnings = warnings_for_dates(coming, first, last)
    assert bool(warnings) is warned
    assert all("Sunday 13 December 2026, 02:00 to 06:00 (London)" in warning for warning in warnings)


def test_the_staff_is_told_when_what_to_do_and_that_the_date_is_not_confirmed(policy: Policy) -> None:
    found = window(policy, "CA", utc(2026, 10, 20), "America/Resolute")
    assert found.confirm_date
    assert staff_notice(found, "Prairie House").text.split("\n") == [
        "Penelope is expected to be upgraded: Saturday 14 November 2026, 20:00 to midnight (Resolute).",
        "",
        "Expect Penelope to be unavailable for up to 3 hours within that time. "
        "Save your work and sign out before it starts.",
        "Please note: The date is not confirmed yet.",
        "",
        "Prairie House",
    ]


def test_a_staff_that_works_around_the_clock_is_told_how_to_get_through(policy: Policy) -> None:
    found = window(policy, "GB", utc(2026, 12, 1))
    working = Calendar(policy, "GB", found.zone, around_the_clock=True).upcoming(utc(2026, 12, 1))[0]
    told = staff_notice(working, "Prairie House").text
    assert "\nIf you work then: before it starts, print or write down what you must know" in told
    assert "If you work then" not in staff_notice(found, "Prairie House").text


def test_the_staff_is_told_of_a_computed_date_as_expected_and_of_a_notice_as_certain(policy: Policy) -> None:
    computed = window(policy, "GB", utc(2026, 12, 1))
    told = staff_notice(computed, "Prairie House").text
    assert told.startswith("Penelope is expected to be upgraded: Sunday 13 December 2026, 02:00 to 06:00 (London).\n")
    assert "confirmed" not in told
    notice = Notice("1", "announced", computed.starts_at, computed.ends_at)
    (announced,) = Calendar(policy, "GB", computed.zone, [notice]).upcoming(utc(2026, 12, 1))
    assert staff_notice(announced, "Prairie House").says == "Penelope will be upgraded"


def test_no_window_is_known_beyond_2100_and_that_is_said(policy: Policy) -> None:
    months, late = calendar(policy, "GB"), utc(2200, 1, 1)
    for ask in (months.upcoming, months.next_upgrade, months.last_ended):
        with pytest.raises(BadInputError, match="the calendar of this program ends in 2100"):
            ask(late)
    with pytest.raises(BadInputError, match="ends in 2100"):
        months.between(late, date(2200, 1, 1))
    assert months.between(late, date(2026, 12, 1), count=1)[0].starts_at == utc(2026, 12, 13, 2)


def test_a_day_is_near_a_window_within_a_week_of_it(policy: Policy) -> None:
    months = calendar(policy, "GB")
    assert [day for day in range(1, 32) if months.near(date(2026, 12, day))] == list(range(6, 21))
    assert not months.near(date.min)
    assert not months.near(date.max)


def test_a_window_across_midnight_meets_both_days(policy: Policy) -> None:
    coming = calendar(policy, "US").upcoming(utc(2026, 12, 1))
    for day, met in ((11, False), (12, True), (13, True), (14, False)):
        assert bool(warnings_for_dates(coming, date(2026, 12, day), date(2026, 12, day))) is met


def test_a_window_until_midnight_does_not_meet_the_day_after(policy: Policy) -> None:
    coming = calendar(policy, "CA", "America/Resolute").upcoming(utc(2026, 12, 1))
    assert warnings_for_dates(coming, date(2026, 12, 12), date(2026, 12, 12))
    assert not warnings_for_dates(coming, date(2026, 12, 13), date(2026, 12, 13))


def test_every_window_that_is_met_is_named(policy: Policy) -> None:
    coming = calendar(policy, "GB").upcoming(utc(2026, 12, 1), 6)
    assert len(warnings_for_dates(coming, date(2026, 12, 1), date(2027, 3, 1))) == 3
