"""The check-list after a refresh, and the look into queues that switching on asks for, as they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement, FeatureState, feature_name
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.errors import PenelopeAdminError, RefusedError
from penelope_admin.gateways.reports import to_html
from penelope_admin.services import features, overview, projects, reports, requests, shapes
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.requests import RequestInput, delivery
from penelope_admin.services.work import Context
from tests.services.house import NOW, SOON, SURE, log, nothing_saved, one_entry, upgraded

SMS = "external-communications.sms"
BLIND = Acknowledgement(phi=True, environment="mirrored")
"""Everything is said but that somebody looked into the queue."""
GUARDED = {SMS: (1,), "ms-exchange": (2, 3), "action-triggers": (4,)}


@pytest.fixture
def refreshed(context: Context) -> int:
    """The mirrored database was refreshed an hour ago; the number of that event."""
    return context.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1)).value.event_id


def plan(context: Context, feature: str = SMS, given: Acknowledgement = BLIND, *, done: bool = False) -> FeatureState:
    return context.write(
        features.switch, feature, "enable", reason="Pilot", until=SOON, acknowledgement=given, already_done=done
    ).value


# --- the check-list ----------------------------------------------------------------------------


def test_a_refresh_of_the_mirrored_database_begins_a_check_list_of_its_own(context: Context, refreshed: int) -> None:
    found = context.read(checklists.newest)
    assert found is not None
    assert (found.event.id, found.occasion, len(found.lines)) == (refreshed, "refresh", 4)


def test_a_refresh_of_another_copy_begins_none(context: Context) -> None:
    context.write(environments.record_event, "training-b", "refreshed", NOW)
    assert context.read(checklists.find_all) == []


def test_the_newest_of_upgrades_and_refreshes_is_the_list_that_is_shown(context: Context, refreshed: int) -> None:
    upgraded(context)
    assert [found.occasion for found in context.read(checklists.find_all)] == ["upgrade", "refresh"]


def test_the_list_of_an_upgrade_that_a_refresh_has_overwritten_no_longer_waits(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    clock.instant += timedelta(hours=1)
    context.write(environments.record_event, "mirrored", "refreshed", clock.now())
    found = context.read(overview.load)
    assert found is not None
    (waits,) = [item for item in found.waiting if item.kind == "check-list"]
    assert waits.text == (
        "Check-list after the refresh of Tuesday 1 December 2026: 4 of 4 lines still to check. What waited in "
        "production's queues may have come along."
    )


def test_an_answer_on_it_is_kept_with_one_entry(context: Context, refreshed: int) -> None:
    with one_entry(context, "checklist.pass", "mirrored/4") as facts:
        done = context.write(checklists.answer, refreshed, 4, "pass").value
    assert [line.effect.number for line in done.unanswered] == [1, 2, 3]
    assert (facts[1]["event_id"], facts[1]["after"]) == (refreshed, "refresh")


def test_it_has_no_fifth_line(context: Context, refreshed: int) -> None:
    with nothing_saved(context), pytest.raises(PenelopeAdminError, match="has no line 5; it has 4"):
        context.write(checklists.answer, refreshed, 5, "pass")


def test_a_line_of_it_that_failed_makes_nothing_real_that_was_not(context: Context, refreshed: int) -> None:
    known = len(log(context))
    context.write(checklists.answer, refreshed, 1, "fail", "Two texts wait")
    assert [entry.action for entry in log(context)[known:]] == ["checklist.fail"]


def test_support_is_asked_about_a_line_of_it_with_a_question_and_no_promise_is_claimed(
    context: Context, refreshed: int
) -> None:
    context.write(checklists.answer, refreshed, 1, "fail", "Two texts wait")
    wish = context.read(checklists.input_for, refreshed, 1)
    assert (wish.kind, wish.environment) == ("question", "mirrored")
    for words in ("refreshed from production on Tuesday 1 December 2026", "communications queue", "Two texts wait"):
        assert words in wish.reason
    assert "defect" not in wish.reason
    assert "after the upgrade" not in wish.reason
    assert context.write(requests.draft, wish).value.request.status == "drafted"


def test_taking_back_the_refresh_takes_its_list_with_it(context: Context, refreshed: int) -> None:
    context.write(environments.correct_event, refreshed, "It was the training database")
    assert context.read(checklists.find_all) == []


# --- before anything is switched on ------------------------------------------------------------


@pytest.mark.parametrize("feature", GUARDED)
@pytest.mark.parametrize("done", [False, True])
def test_after_a_refresh_nothing_is_planned_or_recorded_before_somebody_looked(
    context: Context, refreshed: int, feature: str, done: bool
) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="Look in the copy first"):
        plan(context, feature, done=done)
    looked = plan(context, feature, replace(BLIND, queue_empty=True), done=done)
    assert looked.state == ("on" if done else "unknown")
    (found,) = context.read(checklists.find_all)
    remarks = [line.answer.remark for line in found.lines if line.answer is not None]
    assert remarks == [f"Confirmed for {feature_name(context.policy, feature)}."] * len(GUARDED[feature])


@pytest.mark.parametrize("feature", GUARDED)
def test_where_nothing_is_recorded_it_is_asked_as_after_a_refresh(context: Context, feature: str) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="Look in the copy first"):
        plan(context, feature)


@pytest.mark.parametrize("feature", GUARDED)
def test_a_pass_on_the_check_list_need_not_be_said_again(context: Context, refreshed: int, feature: str) -> None:
    for line in GUARDED[feature]:
        context.write(checklists.answer, refreshed, line, "pass")
    plan(context, feature)
    assert context.write(features.confirm_done, feature).value.state == "on"


def test_a_pass_of_an_earlier_refresh_counts_no_more(context: Context, clock: FixedClock, refreshed: int) -> None:
    context.write(checklists.answer, refreshed, 1, "pass")
    context.write(environments.record_event, "mirrored", "refreshed", clock.now())
    with nothing_saved(context), pytest.raises(RefusedError, match="Look in the copy first"):
        plan(context)


def test_a_pass_that_became_doubtful_counts_no_more(context: Context, refreshed: int) -> None:
    context.write(checklists.answer, refreshed, 1, "pass")
    context.write(checklists.answer, refreshed, 1, "cannot-tell", "Somebody was in there")
    with nothing_saved(context), pytest.raises(RefusedError, match="Look in the copy first"):
        plan(context)


def test_a_line_that_failed_since_stands_in_the_way_of_a_plan_that_was_made(context: Context, refreshed: int) -> None:
    plan(context, given=SURE)
    context.write(checklists.answer, refreshed, 1, "fail", "A text waits")
    assert "do not switch it on now. Line 1 of the check-list" in context.read(features.find, SMS).obstacle
    with nothing_saved(context), pytest.raises(RefusedError, match=r"Line 1 of the check-list .* has failed"):
        context.write(features.confirm_done, SMS)
    context.write(checklists.answer, refreshed, 1, "pass", "Emptied by Support")
    assert context.write(features.confirm_done, SMS).value.state == "on"


def test_whoever_approves_is_told_who_looked_at_the_queue_and_what_they_saw(context: Context, refreshed: int) -> None:
    plan(context, given=SURE)
    said = context.read(features.find, SMS).queue_said
    assert said == (
        "The check-list after the refresh says: The communications queue, client and external, is empty. "
        "ada looked when planning."
    )
    assert context.read(features.find, "general-ledger").queue_said == ""


def test_whoever_approves_is_told_that_the_check_list_passed(context: Context, refreshed: int) -> None:
    context.write(checklists.answer, refreshed, 1, "pass")
    plan(context)
    assert context.read(features.find, SMS).queue_said == (
        "The check-list after the refresh says: The communications queue, client and external, is empty."
    )
    assert context.read(features.find, "ms-exchange").queue_said.startswith(
        "Nobody has said that the queue was looked at"
    )
    upgraded(context)
    assert context.read(features.find, SMS).queue_said == ""


def test_after_an_upgrade_nobody_is_asked(context: Context, refreshed: int) -> None:
    upgraded(context)
    assert plan(context)


def test_that_somebody_looked_is_kept_with_the_plan_and_answers_its_line_so_that_it_is_asked_once(
    context: Context, refreshed: int
) -> None:
    known = len(log(context))
    plan(context, given=SURE)
    answer, planned = log(context)[known:]
    assert (answer.action, answer.subject) == ("checklist.pass", "mirrored/1")
    assert json.loads(planned.after or "")["queue_empty"] is True
    plan(context, "external-communications.client-delivery", BLIND)
    pending = context.read(features.find, SMS).state.pending
    assert pending is not None
    assert pending.queue_empty


def _by_project(context: Context, given: Acknowledgement) -> None:
    day = date(2026, 12, 2)
    wish = ProjectInput("Pilot", "Reminders", day, date(2026, 12, 9), features=(FeatureInput(SMS),))
    context.write(projects.start, context.write(projects.add, wish).value.id, given)


def _again(context: Context, given: Acknowledgement) -> None:
    context.write(features.plan_again, {SMS: ("Pilot", SOON)}, acknowledgement=given)


def _by_support(context: Context, given: Acknowledgement) -> None:
    wish = RequestInput("feature-change", reason="Pilot", features=(SMS,), change="enable", acknowledgement=given)
    context.write(requests.draft, wish)


@pytest.mark.parametrize("way", [_by_project, _again, _by_support])
def test_every_way_to_switch_on_asks_that_somebody_looked(
    context: Context, refreshed: int, way: Callable[[Context, Acknowledgement], None]
) -> None:
    with pytest.raises(RefusedError, match="Look in the copy first"):
        way(context, BLIND)
    way(context, SURE)


def test_a_request_to_support_drafted_before_the_refresh_is_not_sent_before_somebody_looked(context: Context) -> None:
    upgraded(context)
    wish = RequestInput("feature-change", reason="Pilot", features=(SMS,), change="enable", acknowledgement=BLIND)
    key = context.write(requests.draft, wish).value.request.id
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    with nothing_saved(context), pytest.raises(PenelopeAdminError):
        context.write(delivery.hand_over, key, "portal")


# --- where it is told --------------------------------------------------------------------------


def test_the_mirror_says_that_queues_may_wait_in_json_too(context: Context, refreshed: int) -> None:
    shown = shapes.database(context.read(environments.find_all)[-1])
    assert shown["queues_may_wait"] is True
    assert "copied production as it was" in str(shown["queue_sentence"])


def test_the_exposure_log_says_that_it_cannot_show_what_left_from_a_queue(context: Context) -> None:
    text = to_html(context.read(reports.make, reports.Order("exposure"))).replace("&#x27;", "'")
    assert "What waited in production's queues when a copy was made may have come along" in text


def test_the_state_of_the_mirror_reports_the_queues_and_the_newest_check_list(context: Context, refreshed: int) -> None:
    text = to_html(context.read(reports.make, reports.Order("state")))
    assert "copied production as it was, so what waited in production" in text
    assert "Check-list after the last refresh" in text
