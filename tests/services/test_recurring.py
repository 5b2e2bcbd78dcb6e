"""Work that comes again: each turn is planned with the one before it, and its request drafted and never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.projects import FeatureInput, Project, ProjectInput, input_of
from penelope_admin.domain.recurring import Every, Recurrence
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.services import activity, agency, projects, requests
from penelope_admin.services.plans import bringing, taking
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.house import NOW, PROFILE, agency_at_work, log, nothing_saved, one_entry, waiting
from tests.services.test_plans import POLICY, bring, machine, take

__all__ = ["machine"]

FIRST, LAST, BY = date(2027, 1, 31), date(2027, 2, 5), date(2027, 1, 29)
LEDGER, DAY = "general-ledger", timedelta(days=1)
MONTHLY = Recurrence("monthly", 10)
AGAIN = ProjectInput(
    "Fresh data", "Train with current data", FIRST, LAST, refresh_by=BY, features=(FeatureInput(LEDGER),),
    recurs=MONTHLY,
)  # fmt: skip


def at_noon(day: date) -> datetime:
    """Noon in UTC, 06:00 in Resolute."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def planned(context: Context, **more: object) -> Project:
    return context.write(projects.add, replace(AGAIN, **more)).value  # type: ignore[arg-type]


def all_of(context: Context) -> list[Project]:
    """Every project, oldest first."""
    return sorted(context.read(projects.listing), key=lambda project: project.id)


def test_how_it_comes_again_is_kept_and_told_in_the_log(context: Context) -> None:
    with one_entry(context, "project.planned", "project 1") as facts:
        made = planned(context)
    assert facts[1]["recurs"] == "monthly/10"
    assert context.read(projects.find, made.id).project == made
    with one_entry(context, "project.changed", "project 1") as facts:
        context.write(projects.change, 1, replace(input_of(made), recurs=None))
    assert (facts[0]["recurs"], "recurs" in facts[1]) == ("monthly/10", False)
    assert context.read(projects.find, 1).project.recurs is None


def test_its_next_turns_are_laid_over_the_windows_each_by_itself(context: Context) -> None:
    view = context.read(projects.find, planned(context).id)
    assert [turn.first_day for turn, _ in view.turns] == [
        date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31),
    ]  # fmt: skip
    for turn, told in view.turns:
        day = turn.draft_day
        assert day is not None
        assert all(item.day is None or item.day >= day for item in told)
        assert not any("Fresh data" in item.text for item in told)


def test_starting_it_plans_the_next_turn_which_comes_again_in_its_place(context: Context) -> None:
    key = planned(context).id
    known = len(log(context))
    done = context.write(projects.start, key).value
    assert [entry.action for entry in log(context)[known:]] == [
        "request.drafted", "project.planned", "project.started",
    ]  # fmt: skip
    first, second = all_of(context)
    assert (first.state, first.recurs, first.request_id) == ("started", None, done.request.id if done.request else 0)
    assert second == done.next_turn
    assert (second.state, second.first_day, second.refresh_by, second.recurs) == (
        "planned", date(2027, 2, 28), date(2027, 2, 26), Recurrence("monthly", 10, 31),
    )  # fmt: skip


def test_nothing_is_drafted_before_its_day(context: Context, clock: FixedClock) -> None:
    planned(context)
    clock.instant = at_noon(BY - 11 * DAY)
    assert not context.read(projects.has_due)
    with nothing_saved(context):
        assert context.write(projects.draft_due).value == ()
    assert waiting(context, "project") == [
        "The project “Fresh data”: its refresh request will be drafted on Tuesday 19 January 2027."
    ]


def test_on_its_day_the_request_is_drafted_once_and_stays_a_draft(context: Context, clock: FixedClock) -> None:
    planned(context)
    clock.instant = at_noon(BY - 10 * DAY)
    assert context.read(projects.has_due)
    (turned,) = context.write(projects.draft_due).value
    assert '"because": "its day came"' in (log(context)[-1].after or "")
    assert turned.request is not None
    view = context.read(requests.find, turned.request.id)
    assert (view.request.status, view.request.latest, view.request.features) == ("drafted", BY, (LEDGER,))
    assert not context.read(projects.has_due)
    with nothing_saved(context):
        assert context.write(projects.draft_due).value == ()


def test_a_refresh_that_is_open_already_is_told_before_a_start_and_with_what_was_drafted(
    context: Context, clock: FixedClock
) -> None:
    first, second = planned(context).id, planned(context).id
    assert context.read(projects.find, first).earlier is None
    assert context.write(projects.start, first).value.earlier is None
    known = context.read(projects.find, second).earlier
    assert known is not None
    assert "has been requested already: PA-1" in known.sentence
    assert context.read(projects.find, first).earlier is None, "it asks for no other"
    clock.instant = at_noon(BY - 10 * DAY)
    assert [turned.earlier for turned in context.write(projects.draft_due).value] == [known]


def test_the_day_is_the_agency_s_own(context: Context, clock: FixedClock) -> None:
    planned(context)
    clock.instant = datetime(2027, 1, 19, 5, 59, tzinfo=UTC)  # still the 18th in Resolute
    assert not context.read(projects.has_due)
    clock.instant = datetime(2027, 1, 19, 6, tzinfo=UTC)
    assert context.read(projects.has_due)


def test_work_without_a_refresh_plans_its_next_turn_when_it_begins_and_starts_nothing(
    context: Context, clock: FixedClock
) -> None:
    planned(context, refresh_by=None)
    clock.instant = at_noon(FIRST)
    (turned,) = context.write(projects.draft_due).value
    first, second = all_of(context)
    assert (turned.request, turned.project, first.state, first.recurs) == (None, first, "planned", None)
    assert (second.first_day, second.state) == (date(2027, 2, 28), "planned")
    assert context.read(requests.find_all) == []


def test_what_was_missed_while_nobody_looked_is_not_asked_for(context: Context, clock: FixedClock) -> None:
    planned(context)
    clock.instant = at_noon(date(2027, 9, 10))
    done = context.write(projects.draft_due).value
    first, second, *more = all_of(context)
    assert [turned.request for turned in done] == [None]
    assert (first.state, first.recurs) == ("planned", None)
    assert (second.first_day, second.draft_day) == (date(2027, 9, 30), date(2027, 9, 18))
    assert more == []


def test_what_the_rules_refuse_is_named_and_left_as_it_is(context: Context, clock: FixedClock) -> None:
    planned(context)
    known = context.read(agency.need_profile)
    context.write(agency.update, msgspec.structs.replace(known, environments=("training-b",)), ["mirrored"])
    clock.instant = at_noon(BY)
    with nothing_saved(context):
        (turned,) = context.write(projects.draft_due).value
    assert turned.request is None
    assert "Mirrored" in turned.problem
    assert any("was due to be drafted on Tuesday 19 January 2027" in text for text in waiting(context, "project"))


def test_a_turn_can_be_left_out(context: Context) -> None:
    planned(context)
    with one_entry(context, "project.skipped", "project 1") as facts:
        moved = context.write(projects.skip, 1).value
    assert (moved.first_day, moved.recurs) == (date(2027, 2, 28), Recurrence("monthly", 10, 31))
    assert facts[0]["first_day"] == "2027-01-31"
    assert context.write(projects.skip, 1).value.first_day == date(2027, 3, 31)
    context.write(projects.start, 1)
    with nothing_saved(context), pytest.raises(ConflictError, match="has no next turn"):
        context.write(projects.skip, 1)


def test_cancelling_it_ends_all_of_its_turns(context: Context, clock: FixedClock) -> None:
    planned(context)
    context.write(projects.cancel, 1)
    clock.instant = at_noon(FIRST)
    assert not context.read(projects.has_due)


def test_a_started_turn_cannot_come_again_itself(context: Context) -> None:
    key = planned(context).id
    started = context.write(projects.start, key).value.project
    with nothing_saved(context), pytest.raises(ConflictError, match="Its next turn"):
        context.write(projects.change, key, replace(input_of(started), recurs=MONTHLY))


def test_a_refresh_that_comes_again_is_drafted_now_and_its_next_turn_is_planned(context: Context) -> None:
    entered = RequestInput(reason="Fresh data for the quarter", latest=BY, features=(LEDGER,))
    drafted = context.write(projects.repeat_refresh, entered, Recurrence("quarterly")).value
    assert (drafted.request.reason, drafted.request.status) == ("Fresh data for the quarter", "drafted")
    first, second = all_of(context)
    assert (first.name, first.state, first.request_id) == ("Refresh of Mirrored", "started", drafted.request.id)
    assert (second.state, second.refresh_by, second.recurs) == ("planned", date(2027, 4, 29), Recurrence("quarterly"))
    with nothing_saved(context), pytest.raises(BadInputError, match="Name the last day"):
        context.write(projects.repeat_refresh, replace(entered, latest=None), MONTHLY)


def test_it_travels_and_two_machines_that_both_draft_it_agree_when_the_plan_comes_home(machine: object) -> None:
    desk, laptop = machine("ada"), machine("eve")  # type: ignore[operator]
    planned(desk)
    bring(laptop, take(desk))
    assert all_of(laptop)[0].recurs == MONTHLY
    for context in (desk, laptop):
        context.clock.instant = at_noon(BY - 10 * DAY)
        context.write(projects.draft_due)
    plan = laptop.read(taking.take_along, POLICY)
    brought = bringing.bring_home(desk, plan, "2" * 64, POLICY).value
    assert (brought.changed, brought.conflicts, brought.refused) == ((), (), ())
    assert [project.first_day for project in all_of(desk)] == [FIRST, date(2027, 2, 28)]
    assert len(desk.read(requests.find_all)) == 1


def test_a_draft_that_came_home_first_is_not_drafted_again(machine: object) -> None:
    desk, laptop = machine("ada"), machine("eve")  # type: ignore[operator]
    planned(desk)
    bring(laptop, take(desk))
    laptop.clock.instant = at_noon(BY - 10 * DAY)
    laptop.write(projects.draft_due)
    bring(desk, take(laptop))
    desk.clock.instant = at_noon(BY - 9 * DAY)
    desk.write(projects.draft_due)
    assert len(desk.read(requests.find_all)) == 1
    assert [project.first_day for project in all_of(desk)] == [FIRST, date(2027, 2, 28)]
    assert not desk.read(projects.has_due)


@given(
    every=st.sampled_from(["monthly", "quarterly", "yearly", "after-upgrade"]),
    draft_days=st.integers(0, 60),
    waits_for=st.lists(st.integers(1, 90), min_size=1, max_size=6),
    refresh=st.booleans(),
)
@settings(max_examples=examples(6, long=200))
def test_however_late_somebody_looks_one_turn_is_to_come_and_the_log_tells_of_every_row(
    every: Every, draft_days: int, waits_for: list[int], refresh: bool
) -> None:
    with agency_at_work() as context:
        planned(context, recurs=Recurrence(every, draft_days), refresh_by=BY if refresh else None)
        for later in waits_for:
            context.clock.instant += later * DAY  # type: ignore[attr-defined]
            context.write(projects.draft_due)
            assert not context.read(projects.has_due)
            (coming,) = [project for project in all_of(context) if project.recurs is not None]
            today = context.now().date()
            assert (coming.draft_day or coming.first_day) >= today - DAY
        found = context.read(activity.verify)
        assert found.holds
        assert not found.differences


def test_before_an_agency_is_set_up_nothing_is_due(fresh: Context) -> None:
    assert not fresh.read(projects.has_due)
    fresh.write(agency.set_up, PROFILE)
    assert fresh.now() == NOW
    assert not fresh.read(projects.has_due)
