"""Sites: what their clocks show of a window, those of one clock together, and who works through it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.sites import LocalTime, Site, elsewhere, local_times, shifts
from penelope_admin.domain.staff import staff_notice
from penelope_admin.domain.times import offset
from penelope_admin.domain.windows import Calendar, Window
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

HOME = Site(1, "Harbour", "America/Resolute")
PRAIRIE = Site(2, "Prairie", "America/Chicago")
COAST = Site(3, "Coast", "America/Vancouver", around_the_clock=True)
EAST = Site(4, "East", "America/St_Johns")
STARTS, ENDS = utc(2026, 12, 13, 2), utc(2026, 12, 13, 6)
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
AGENCY = ("Riverside", ZoneInfo("America/Resolute"))
ZONES = st.sampled_from(
    ["America/Resolute", "America/Chicago", "America/Regina", "America/Phoenix", "America/Denver", "Europe/London",
     "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)  # fmt: skip


def window(policy: Policy, *sites: Site, around_the_clock: bool = False) -> Window:
    zone = ZoneInfo("America/Resolute")
    return Calendar(policy, "CA", zone, (), sites, around_the_clock=around_the_clock).upcoming(utc(2026, 12, 1))[0]


def test_sites_of_one_clock_stand_together_the_agencys_first_and_then_from_west_to_east() -> None:
    found = local_times(STARTS, ENDS, ZoneInfo("America/Resolute"), (EAST, COAST, HOME, PRAIRIE))
    assert [there.in_words for there in found] == [
        "Harbour and Prairie: Saturday 12 December 2026, 20:00 to midnight (Resolute)",
        "Coast: Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)",
        "East: Saturday 12 December 2026, 22:30 to Sunday 13 December 2026, 02:30 (St Johns)",
    ]


@each("sites", [(), (HOME,), (HOME, PRAIRIE)])
def test_sites_that_all_have_the_agencys_time_add_nothing(policy: Policy, sites: tuple[Site, ...]) -> None:
    assert local_times(STARTS, ENDS, ZoneInfo("America/Resolute"), sites) == ()
    assert window(policy, *sites) == window(policy)


def test_a_site_far_away_is_told_even_if_it_is_the_only_one() -> None:
    (found,) = local_times(STARTS, ENDS, ZoneInfo("America/Resolute"), (COAST,))
    assert found.who == "Coast"


def test_a_moment_is_told_as_one() -> None:
    (found,) = local_times(STARTS, STARTS, ZoneInfo("America/Resolute"), (COAST,))
    assert found.in_words == "Coast: Saturday 12 December 2026, 19:00 (Vancouver)"


def test_elsewhere_are_the_sites_with_another_time_alone() -> None:
    found = elsewhere(STARTS, ZoneInfo("America/Resolute"), (EAST, COAST, HOME, PRAIRIE))
    assert [there.who for there in found] == ["Coast", "East"]


def test_many_names_are_listed_as_people_do() -> None:
    assert LocalTime(("A", "B", "C"), ZoneInfo("UTC"), STARTS, ENDS).who == "A, B and C"


@given(starts=INSTANTS, hours=st.integers(0, 72), here=ZONES, there=st.lists(ZONES, max_size=6))
def test_every_site_is_told_once_on_a_clock_that_is_its_own(
    starts: datetime, hours: int, here: str, there: list[str]
) -> None:
    ends = starts + timedelta(hours=hours)
    sites = [Site(number, f"Site {number}", zone) for number, zone in enumerate(there)]
    found = local_times(starts, ends, ZoneInfo(here), sites)
    told = {name: group.zone for group in found for name in group.sites}
    assert sum(len(group.sites) for group in found) == len(told)
    clocks = {site.name: [offset(ZoneInfo(site.zone), instant) for instant in (starts, ends)] for site in sites}
    for name, zone in told.items():
        assert [offset(zone, instant) for instant in (starts, ends)] == clocks[name]
    same = [offset(ZoneInfo(here), instant) for instant in (starts, ends)]
    assert told.keys() == (clocks.keys() if any(clock != same for clock in clocks.values()) else set())


def test_a_staff_notice_tells_each_site_its_own_time(policy: Policy) -> None:
    assert staff_notice(window(policy, HOME, COAST), "Harbour Family Services").text.split("\n")[:4] == [
        "Penelope is expected to be upgraded: Saturday 12 December 2026, 20:00 to midnight (Resolute).",
        "Harbour: Saturday 12 December 2026, 20:00 to midnight (Resolute)",
        "Coast: Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)",
        "",
    ]


def test_where_people_work_through_it_a_window_says_that_no_shorter_time_can_be_had(policy: Policy) -> None:
    said = policy.quote("no-shorter-outage")
    assert said not in window(policy).details
    found = window(policy, around_the_clock=True)
    assert found.details[:2] == (window(policy).details[0], said)
    assert "a precaution" in found.details[0]


def test_the_shifts_of_a_window_are_those_of_the_sites_that_work_through_it() -> None:
    found = shifts(STARTS, ENDS, AGENCY, (HOME, COAST), around_the_clock=False)
    assert [(shift.place, shift.when) for shift in found] == [
        ("Coast", "Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)")
    ]


def test_an_agency_that_works_around_the_clock_has_a_shift_at_every_site_or_one_of_its_own() -> None:
    assert [s.place for s in shifts(STARTS, ENDS, AGENCY, (HOME, COAST), around_the_clock=True)] == ["Harbour", "Coast"]
    assert [s.place for s in shifts(STARTS, ENDS, AGENCY, (), around_the_clock=True)] == ["Riverside"]
    assert shifts(STARTS, ENDS, AGENCY, (HOME,), around_the_clock=False) == ()
