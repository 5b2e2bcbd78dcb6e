"""A project on other dates, and the quietest of several."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.projects import (
    Clash,
    ProjectFeature,
    Span,
    Urgency,
    counts_of,
    first_after,
    in_short,
    input_of,
    moved,
    project_of,
    quietest,
    why_quietest,
)
from penelope_admin.policy import Policy
from tests.domain.test_projects import DAY, LEDGER, SMS, TODAY, UPGRADE, project, windows

FIRST, LAST = date(2026, 12, 7), date(2026, 12, 18)
OWN = ProjectFeature(LEDGER, FIRST + 2 * DAY, LAST - DAY)
URGENCIES: tuple[Urgency, ...] = ("danger", "caution", "info")


def test_a_whole_project_moves_with_all_its_days() -> None:
    plan = project(FIRST, LAST, SMS, OWN, refresh_by=FIRST - DAY)
    there = moved(plan, FIRST + 7 * DAY, LAST + 7 * DAY)
    assert (there.first_day, there.last_day, there.refresh_by) == (FIRST + 7 * DAY, LAST + 7 * DAY, FIRST + 6 * DAY)
    assert [(item.first_day, item.last_day) for item in there.features] == [
        (None, None),
        (OWN.first_day + 7 * DAY, OWN.last_day + 7 * DAY),
    ]


def test_a_project_that_becomes_longer_leaves_days_of_its_own_where_they_are() -> None:
    plan = project(FIRST, LAST, SMS, OWN, refresh_by=FIRST - DAY)
    longer = moved(plan, FIRST, LAST + 3 * DAY)
    assert longer.refresh_by == FIRST - DAY
    assert (longer.features[1].first_day, longer.features[1].last_day) == (OWN.first_day, OWN.last_day)


def test_a_refresh_that_was_asked_for_stays() -> None:
    plan = project(FIRST, LAST, SMS, refresh_by=FIRST, state="started", request_id=1, request_status="sent")
    assert moved(plan, FIRST + DAY, LAST + DAY).refresh_by == FIRST


@given(by=st.integers(-20, 400))
def test_a_project_that_is_moved_there_and_back_is_as_before(policy: Policy, by: int) -> None:
    plan = project(FIRST + 30 * DAY, LAST + 30 * DAY, SMS, ProjectFeature(LEDGER, FIRST + 31 * DAY, LAST + 29 * DAY))
    there = project_of(policy, moved(plan, plan.first_day + by * DAY, plan.last_day + by * DAY), TODAY, plan)
    again = moved(there, plan.first_day, plan.last_day)
    assert again == input_of(plan)


def test_the_first_day_after_a_window_is_not_its_last(policy: Policy) -> None:
    assert first_after(windows(policy)[0]) == UPGRADE + DAY


def spans(policy: Policy, counts: list[tuple[int, int, int]]) -> list[Span]:
    found = []
    for window, numbers in zip(windows(policy), counts, strict=False):
        breaks = [Clash(None, urgency, "x") for urgency, n in zip(URGENCIES, numbers, strict=True) for _ in range(n)]
        first = first_after(window)
        entered = replace(input_of(project(first, first + timedelta(days=9))), features=())
        found.append(Span(window, entered, tuple(breaks)))
    return found


COUNTS = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=12)


@given(counts=COUNTS)
def test_no_span_is_quieter_than_the_quietest_and_none_as_quiet_is_earlier(
    policy: Policy, counts: list[tuple[int, int, int]]
) -> None:
    known = spans(policy, counts)
    best = quietest(known)
    assert all(counts_of(best.clashes) <= counts_of(span.clashes) for span in known)
    assert not [s for s in known if counts_of(s.clashes) == counts_of(best.clashes) and s.first_day < best.first_day]


@given(counts=COUNTS)
def test_what_is_in_the_way_of_the_quietest_is_never_hidden(policy: Policy, counts: list[tuple[int, int, int]]) -> None:
    known = spans(policy, counts)
    why = why_quietest(known)
    assert in_short(quietest(known).clashes) in why
    assert ("nothing in the way" in why) == (counts_of(quietest(known).clashes) == (0, 0, 0))
