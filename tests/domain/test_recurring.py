"""Work that comes again: month ends, leap years, and the weekday after an upgrade in every zone."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.projects import Project, ProjectFeature, find_clashes, is_due, turns, upgrade_days
from penelope_admin.domain.recurring import (
    Every,
    Recurrence,
    after_upgrade,
    check,
    first_days,
    in_words,
    next_first_day,
    parse,
    text_in_words,
)
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.domain.test_projects import CLEAN, NOW, TODAY, windows
from tests.each import each
from tests.effort import examples

STEPS: dict[Every, int] = {"monthly": 1, "quarterly": 3, "yearly": 12}
days = st.dates(date(1980, 1, 1), date(2090, 12, 31))
near = st.dates(date(2026, 1, 1), date(2030, 12, 31))
by_months = st.sampled_from(sorted(STEPS))
DAY, LEDGER = timedelta(days=1), "general-ledger"


def of_month(first_day: date, months: int) -> date:
    """So many months later on the same day, or the month's last: counted by hand."""
    year, month = divmod(first_day.year * 12 + first_day.month - 1 + months, 12)
    return date(year, month + 1, min(first_day.day, calendar.monthrange(year, month + 1)[1]))


def the_first(recurs: Recurrence, first_day: date, count: int, upgrades: tuple[date, ...] = ()) -> list[date]:
    return [day for day, _ in islice(first_days(recurs, first_day, upgrades), count)]


@given(first_day=days, every=by_months, count=st.integers(1, 30))
@settings(max_examples=examples(40, long=3000))
def test_turns_by_months_keep_their_day_and_take_the_last_where_it_is_missing(
    first_day: date, every: Every, count: int
) -> None:
    count = min(count, (2100 - first_day.year) * 12 // STEPS[every])
    expected = [of_month(first_day, STEPS[every] * number) for number in range(1, count + 1)]
    assert the_first(Recurrence(every), first_day, count) == expected


def test_the_31st_comes_back_after_february_and_after_a_leap_year() -> None:
    assert the_first(Recurrence("monthly"), date(2027, 12, 31), 4) == [
        date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30),
    ]  # fmt: skip
    assert the_first(Recurrence("yearly"), date(2024, 2, 29), 4) == [
        date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29),
    ]  # fmt: skip


@given(first_day=days, every=by_months, cut=st.integers(1, 12))
@settings(max_examples=examples(40, long=3000))
def test_a_turn_that_is_stored_goes_on_as_if_it_had_not_been(first_day: date, every: Every, cut: int) -> None:
    whole = list(islice(first_days(Recurrence(every), first_day, ()), cut + 3))
    if len(whole) < cut + 3:  # the calendar's end
        return
    day, rule = whole[cut - 1]
    assert the_first(parse(rule.text), day, 3) == [day for day, _ in whole[cut:]]


def test_nothing_comes_after_the_last_year_of_the_calendar() -> None:
    assert next_first_day(Recurrence("yearly"), date(2100, 6, 1), ()) is None
    assert next_first_day(Recurrence("after-upgrade"), TODAY, ()) is None


@given(upgrade=days, weekday=st.integers(0, 6))
def test_after_an_upgrade_is_its_weekday_within_the_seven_days_that_follow(upgrade: date, weekday: int) -> None:
    found = after_upgrade(upgrade, weekday)
    assert found.weekday() == weekday
    assert upgrade < found <= upgrade + timedelta(days=7)


@given(upgrades=st.lists(near, max_size=30), first_day=near)
@settings(max_examples=examples(40, long=3000))
def test_the_turn_after_an_upgrade_is_the_first_such_weekday_with_an_upgrade_in_the_week_before(
    upgrades: list[date], first_day: date
) -> None:
    known, rule = set(upgrades), Recurrence("after-upgrade")
    later = (first_day + timedelta(days=7 * week) for week in range(1, 300))
    expected = next((day for day in later if known & {day - DAY * number for number in range(1, 8)}), None)
    assert next_first_day(rule, first_day, upgrades) == expected


@each(
    "region, zone",
    [("CA", "America/Resolute"), ("AU", "Australia/Lord_Howe"), ("NZ", "Pacific/Auckland"), ("GB", "Europe/London")],
)
def test_the_monday_after_each_upgrade_is_counted_from_the_agency_s_own_day(
    policy: Policy, region: str, zone: str
) -> None:
    found = Calendar(policy, region, ZoneInfo(zone)).upcoming(NOW, 26)
    monday = date(2026, 12, 7)
    began = the_first(Recurrence("after-upgrade"), monday, 24, tuple(upgrade_days(found)))
    ends = [window.ends_at.astimezone(ZoneInfo(zone)) for window in found]
    for day in began:
        assert day.weekday() == 0
        assert any(end.date() <= day <= end.date() + 7 * DAY for end in ends)
    assert all(before < after for before, after in pairwise(began))


def test_an_upgrade_that_ends_at_midnight_ends_on_the_day_before(policy: Policy) -> None:
    window = windows(policy)[0]
    sunday_midnight = utc(2026, 12, 14, 6)  # 00:00 on Monday in Resolute
    moved = msgspec.structs.replace(window, ends_at=sunday_midnight)
    assert upgrade_days([moved]) == [date(2026, 12, 13)]
    assert after_upgrade(upgrade_days([moved])[0], 0) == date(2026, 12, 14)


@given(
    every=st.sampled_from(["monthly", "quarterly", "yearly", "after-upgrade"]),
    draft_days=st.integers(0, 60),
    day=st.sampled_from([None, 29, 30, 31]),
)
def test_a_recurrence_is_read_as_it_was_written(every: Every, draft_days: int, day: int | None) -> None:
    made = Recurrence(every, draft_days, day)
    assert parse(made.text) == made
    check(made)


@each("text", ["", "weekly/14", "monthly", "monthly/61", "monthly/-1", "monthly@28/3", "monthly/٣",
                                  "monthly/14\n", "monthly/014"])  # fmt: skip
def test_anything_else_is_no_recurrence(text: str) -> None:
    with pytest.raises(BadInputError, match="repeats cannot be read"):
        parse(text)


def test_a_request_is_not_drafted_longer_before_than_two_months() -> None:
    with pytest.raises(BadInputError, match="at most 60 days before"):
        check(Recurrence("yearly", 61))


def test_it_is_told_in_words_with_the_weekday_it_follows_an_upgrade_on() -> None:
    assert in_words(Recurrence("quarterly"), TODAY) == "every three months"
    assert in_words(Recurrence("after-upgrade"), date(2026, 12, 14)) == "on the Monday after each upgrade"
    assert text_in_words("monthly@31/1") == "every month, a request drafted 1 day before"
    assert text_in_words("Pilot") == "Pilot"


# --- of projects -------------------------------------------------------------------------------


def again(recurs: Recurrence, **more: object) -> Project:
    made = Project(
        "Fresh data", "Train with current data", date(2027, 1, 31), date(2027, 2, 5), "mirrored",
        refresh_by=date(2027, 1, 29), id=7, recurs=recurs, version=3,
        features=(ProjectFeature(LEDGER, date(2027, 2, 1), date(2027, 2, 5)),),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_turn_is_the_same_project_so_many_days_later() -> None:
    first, second = turns(again(Recurrence("monthly")), (), date(2027, 3, 31))
    assert (first.first_day, first.last_day, first.refresh_by) == (
        date(2027, 2, 28), date(2027, 3, 5), date(2027, 2, 26)
    )  # fmt: skip
    assert first.features == (ProjectFeature(LEDGER, date(2027, 3, 1), date(2027, 3, 5)),)
    assert (first.id, first.version, first.state, first.recurs) == (0, 0, "planned", Recurrence("monthly", day=31))
    assert (second.first_day, second.recurs) == (date(2027, 3, 31), Recurrence("monthly"))
    assert list(turns(replace(first, recurs=None), (), date(2099, 1, 1))) == []


def test_a_request_is_due_its_days_before_the_refresh_and_only_while_it_is_planned() -> None:
    project = again(Recurrence("monthly", 10))
    assert project.draft_day == date(2027, 1, 19)
    assert not is_due(project, date(2027, 1, 18))
    assert is_due(project, date(2027, 1, 19))
    started = replace(project, state="started")
    assert (started.draft_day, is_due(started, date(2027, 1, 19))) == (None, False)
    without = again(Recurrence("monthly", 10), refresh_by=None)
    assert (without.draft_day, is_due(without, date(2027, 1, 30))) == (None, False)
    assert is_due(without, date(2027, 1, 31))


def test_work_that_follows_no_upgrade_any_more_is_pointed_out(policy: Policy) -> None:
    follows = again(Recurrence("after-upgrade"), first_day=date(2027, 1, 11), refresh_by=None)
    coming = windows(policy)
    assert after_upgrade(upgrade_days(coming)[1], 0) == follows.first_day

    def said(project: Project) -> list[str]:
        return [item.text for item in find_clashes(policy, project, coming, CLEAN, (), (), TODAY) if
                item.text.startswith("No upgrade ends")]  # fmt: skip

    assert said(follows) == []
    (text,) = said(replace(follows, first_day=date(2027, 1, 18)))
    assert text.startswith("No upgrade ends in the week before Monday 18 January 2027.")
    assert "it is the turn of Monday 11 January 2027" in text
    assert said(replace(follows, first_day=TODAY + 6 * DAY)) == []  # it may follow the upgrade that has ended


def test_a_refresh_that_is_asked_for_later_meets_nothing_of_before(policy: Policy) -> None:
    later = again(Recurrence("monthly", 10), features=())
    before = Project("Pilot", "Try", TODAY, TODAY + 20 * DAY, "mirrored", id=8)
    coming = windows(policy)

    def said(project: Project, other: Project) -> list[str]:
        return [item.text for item in find_clashes(policy, project, coming, CLEAN, (), [other], TODAY)]

    assert not [text for text in said(later, before) if "12 December" in text or "Pilot" in text]
    assert said(before, later) == said(before, replace(later, refresh_by=None))
    at_once = replace(later, recurs=None)
    assert [text for text in said(at_once, before) if "12 December" in text]
    assert [text for text in said(at_once, before) if "Pilot" in text]
    assert [text for text in said(before, at_once) if "needs a refresh" in text]
