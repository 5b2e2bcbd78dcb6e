"""Switching features: planned, done, taken back, and refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain import features as rules
from penelope_admin.domain.features import Acknowledgement, Change, Decision, FeatureState
from penelope_admin.errors import BadInputError, ConflictError, PenelopeAdminError, RefusedError
from penelope_admin.policy import Policy
from penelope_admin.services import features, requests
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context, Done, Work
from tests.each import each
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import (
    EXTERNAL_COMMUNICATIONS,
    HIGH_RISK,
    LOCKED,
    NOT_LISTED,
    NOW,
    RE_ENABLEABLE,
    SOON,
    SURE,
    agency_at_work,
    nothing_saved,
    one_entry,
    upgraded,
)


def enable(context: Context, feature: str, **more: Any) -> Done[FeatureState]:
    until = SOON if feature in HIGH_RISK else None
    return context.write(
        features.switch,
        feature,
        "enable",
        **{"reason": "Reminder project", "until": until, "acknowledgement": SURE, **more},
    )


def disable(context: Context, feature: str, **more: Any) -> Done[FeatureState]:
    return context.write(features.switch, feature, "disable", **{"reason": "Project over", **more})


def state_of(context: Context, feature: str) -> FeatureState:
    return context.read(features.find, feature).state


def states(context: Context) -> dict[str, FeatureState]:
    return {view.feature.key: view.state for view in context.read(features.find_all).features}


# --- planned, done, cancelled ------------------------------------------------------------------


@each("feature", RE_ENABLEABLE)
def test_planning_to_switch_on_keeps_the_state_and_remembers_the_plan(context: Context, feature: str) -> None:
    with one_entry(context, "feature.enable-planned", f"mirrored/{feature}") as facts:
        done = enable(context, feature, until=date(2026, 12, 11))
    assert done.changes == {"features", "environments"}
    state = state_of(context, feature)
    assert state == done.value
    assert state.state == "unknown"
    assert state.pending is not None
    assert (state.pending.change, state.pending.reason, state.pending.until) == (
        "enable",
        "Reminder project",
        date(2026, 12, 11),
    )
    before, after = facts
    assert (before["state"], before["pending"]) == ("unknown", None)
    assert (after["state"], after["pending"], after["text_given"], after["pending_until"]) == (
        "unknown",
        "enable",
        ["pending_reason"],
        "2026-12-11",
    )


@pytest.mark.parametrize("feature", RE_ENABLEABLE)
def test_a_plan_that_is_done_becomes_the_state(context: Context, clock: FixedClock, feature: str) -> None:
    enable(context, feature, until=date(2026, 12, 11))
    clock.instant = NOW + timedelta(hours=2)
    with one_entry(context, "feature.switched", f"mirrored/{feature}") as facts:
        context.write(features.confirm_done, feature)
    state = state_of(context, feature)
    assert (state.state, state.pending, state.since, state.until, state.reason, state.by) == (
        "on",
        None,
        NOW + timedelta(hours=2),
        date(2026, 12, 11),
        "Reminder project",
        "ada",
    )
    before, after = facts
    assert (before["state"], before["pending"]) == ("unknown", "enable")
    assert (after["state"], after["pending"], after["until"]) == ("on", None, "2026-12-11")


@each("feature", RE_ENABLEABLE)
def test_a_cancelled_plan_leaves_the_state_as_it_was(context: Context, feature: str) -> None:
    enable(context, feature)
    with one_entry(context, "feature.plan-cancelled", f"mirrored/{feature}") as facts:
        context.write(features.cancel, feature)
    state = state_of(context, feature)
    assert (state.state, state.pending, state.reason) == ("unknown", None, None)
    before, after = facts
    assert (before["pending"], after["pending"]) == ("enable", None)


@each("feature", RE_ENABLEABLE)
def test_what_was_switched_on_already_is_recorded_in_one_step(context: Context, feature: str) -> None:
    with one_entry(context, "feature.enable-switched", f"mirrored/{feature}") as facts:
        enable(context, feature, already_done=True)
    assert state_of(context, feature).state == "on"
    before, after = facts
    assert (before["state"], after["state"], after["reason"]) == ("unknown", "on", "Reminder project")


@each("feature", RE_ENABLEABLE)
def test_switching_off_is_planned_and_done_without_any_acknowledgement(context: Context, feature: str) -> None:
    enable(context, feature, until=date(2026, 12, 11), already_done=True)
    with one_entry(context, "feature.disable-planned", f"mirrored/{feature}"):
        disable(context, feature)
    assert state_of(context, feature).state == "on"
    with one_entry(context, "feature.switched", f"mirrored/{feature}") as facts:
        context.write(features.confirm_done, feature)
    state = state_of(context, feature)
    assert (state.state, state.until, state.reason) == ("off", None, "Project over")
    assert (facts[0]["state"], facts[1]["state"]) == ("on", "off")


def test_a_plan_recorded_as_done_without_an_end_date_keeps_the_plans_own(context: Context) -> None:
    enable(context, "general-ledger", until=date(2026, 12, 9))
    assert enable(context, "general-ledger", already_done=True).value.until == date(2026, 12, 9)


def test_a_plan_recorded_as_done_with_another_end_date_takes_that(context: Context) -> None:
    enable(context, "general-ledger", until=date(2026, 12, 9))
    done = enable(context, "general-ledger", until=date(2026, 12, 10), already_done=True)
    assert done.value.until == date(2026, 12, 10)


def test_planning_again_replaces_the_plan(context: Context) -> None:
    enable(context, "general-ledger")
    enable(context, "general-ledger", reason="Another reason", until=date(2027, 1, 5))
    pending = state_of(context, "general-ledger").pending
    assert pending is not None
    assert (pending.reason, pending.until) == ("Another reason", date(2027, 1, 5))


def test_enabling_what_is_on_changes_its_reason_and_end_date_only(context: Context, clock: FixedClock) -> None:
    enable(context, "general-ledger", until=date(2026, 12, 5), already_done=True)
    clock.instant = NOW + timedelta(days=1)
    with one_entry(context, "feature.changed", "mirrored/general-ledger") as facts:
        enable(context, "general-ledger", reason="Takes longer", until=date(2026, 12, 20))
    state = state_of(context, "general-ledger")
    assert (state.state, state.pending, state.since) == ("on", None, NOW)
    assert (state.reason, state.until) == ("Takes longer", date(2026, 12, 20))
    assert (facts[0]["until"], facts[1]["until"]) == ("2026-12-05", "2026-12-20")


def test_enabling_what_is_on_and_to_be_switched_off_asks_to_cancel_that_first(context: Context) -> None:
    enable(context, "general-ledger", already_done=True)
    disable(context, "general-ledger")
    with nothing_saved(context), pytest.raises(ConflictError, match="To disable general-ledger is planned already"):
        enable(context, "general-ledger", reason="Changed my mind")


def test_what_is_off_cannot_be_switched_off(context: Context) -> None:
    disable(context, "ms-exchange", already_done=True)
    with nothing_saved(context), pytest.raises(ConflictError, match="ms-exchange is off already"):
        disable(context, "ms-exchange")


@pytest.mark.parametrize("already_done", [False, True])
def test_the_opposite_of_a_plan_is_refused(context: Context, already_done: bool) -> None:
    enable(context, "ms-exchange")
    with nothing_saved(context), pytest.raises(ConflictError, match="planned already"):
        disable(context, "ms-exchange", already_done=already_done)


@pytest.mark.parametrize("step", [features.confirm_done, features.cancel])
def test_without_a_plan_there_is_nothing_to_finish_or_take_back(
    context: Context, step: Callable[[Work, str], FeatureState]
) -> None:
    with nothing_saved(context), pytest.raises(ConflictError, match="No change of ms-exchange is planned"):
        context.write(step, "ms-exchange")


# --- a part never switches the others ----------------------------------------------------------


@pytest.mark.parametrize("feature", EXTERNAL_COMMUNICATIONS)
def test_no_step_with_one_row_of_external_communications_touches_the_other_three(
    context: Context, feature: str
) -> None:
    others = [key for key in EXTERNAL_COMMUNICATIONS if key != feature]
    enable(context, others[0], already_done=True)
    enable(context, others[1])
    before = states(context)
    steps: list[Callable[[], object]] = [
        lambda: enable(context, feature),
        lambda: context.write(features.cancel, feature),
        lambda: enable(context, feature),
        lambda: context.write(features.confirm_done, feature),
        lambda: enable(context, feature, reason="Another"),
        lambda: disable(context, feature),
        lambda: context.write(features.confirm_done, feature),
        lambda: enable(context, feature, already_done=True),
        lambda: disable(context, feature, already_done=True),
    ]
    for step in steps:
        step()
        after = states(context)
        assert [after[key] for key in others] == [before[key] for key in others]


STEPS: dict[str, Callable[[Context, str], object]] = {
    "plan on": enable,
    "plan off": disable,
    "on": lambda context, feature: enable(context, feature, already_done=True),
    "off": lambda context, feature: disable(context, feature, already_done=True),
    "done": lambda context, feature: context.write(features.confirm_done, feature),
    "cancel": lambda context, feature: context.write(features.cancel, feature),
}


@settings(max_examples=examples(8, long=150))
@given(
    deeds=st.lists(st.tuples(st.sampled_from(RE_ENABLEABLE), st.sampled_from(sorted(STEPS))), min_size=1, max_size=12)
)
def test_in_any_order_of_steps_each_changes_its_own_feature_at_most(deeds: list[tuple[str, str]]) -> None:
    with agency_at_work() as context:
        before = states(context)
        for feature, step in deeds:
            try:
                STEPS[step](context, feature)
            except ConflictError:
                assert states(context) == before
            after = states(context)
            whole = feature.partition(".")[0]  # which is shown as on with its parts
            assert {key for key in after if after[key] != before[key]} <= {feature, whole}
            before = after


# --- locked, and not on the list ---------------------------------------------------------------


@each("posture", ["unknown", "refreshed", "upgraded"])
@each("change, already_done", [("enable", False), ("enable", True), ("disable", False)])
@each("feature", LOCKED)
def test_a_locked_feature_is_refused_whatever_is_acknowledged(
    context: Context, clock: FixedClock, feature: str, change: Change, already_done: bool, posture: str
) -> None:
    if posture != "unknown":
        clock.instant += timedelta(minutes=1)
        context.write(environments.record_event, "mirrored", posture, clock.now())  # type: ignore[arg-type]
    with nothing_saved(context), pytest.raises(RefusedError, match="cannot be enabled"):
        context.write(
            features.switch, feature.upper(), change, reason="Please", acknowledgement=SURE, already_done=already_done
        )
    assert state_of(context, feature).state == ("off" if posture == "upgraded" else "unknown")


@pytest.mark.parametrize("environment", ["production", "training-b", "mirrored"])
@pytest.mark.parametrize("feature", [*LOCKED, *NOT_LISTED])
def test_nobody_knows_whether_a_feature_is_on_that_is_not_switched_here(
    context: Context, feature: str, environment: str
) -> None:
    assert context.read(features.find, feature, environment).state.state == "unknown"


@each("environment", ["production", "training-b", "mirrored"])
@each("feature", [*LOCKED, *NOT_LISTED])
def test_that_a_feature_was_seen_off_is_a_fact_that_may_be_recorded_of_every_one(
    context: Context, feature: str, environment: str
) -> None:
    with one_entry(context, "feature.disable-switched", f"{environment}/{feature}"):
        context.write(features.switch, feature, "disable", reason="Looked", environment=environment, already_done=True)
    state = context.read(features.find, feature, environment).state
    assert (state.state, state.since, state.by) == ("off", NOW, context.actor)
    with nothing_saved(context), pytest.raises(ConflictError, match="off already"):
        context.write(features.switch, feature, "disable", reason="Again", environment=environment, already_done=True)


@pytest.mark.parametrize("feature", LOCKED)
def test_an_upgrade_says_that_a_locked_feature_is_off_until_a_refresh_or_a_correction(
    context: Context, feature: str
) -> None:
    def known() -> str:
        return state_of(context, feature).state

    first = context.write(environments.record_event, "mirrored", "upgraded", NOW - timedelta(hours=3)).value
    assert known() == "off"
    context.write(environments.correct_event, first.event_id)
    assert known() == "unknown"
    context.write(environments.record_event, "mirrored", "upgraded", NOW - timedelta(hours=2))
    assert known() == "off"
    context.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1))
    assert known() == "unknown"


@each("feature", LOCKED)
@each("state", [("on", None), ("off", rules.Pending("enable", "x", None, True))])
def test_the_register_takes_no_entry_that_says_a_locked_feature_is_on(
    context: Context, feature: str, state: tuple[Any, Any]
) -> None:
    entry = FeatureState("mirrored", feature)
    with nothing_saved(context), context.writing() as work, pytest.raises(RefusedError, match="locked"):
        work.write_state(entry, replace(entry, state=state[0], pending=state[1]))


@each("environment", ["production", "training-b"])
@each("feature", LOCKED)
def test_a_locked_feature_stays_locked_in_every_environment(context: Context, feature: str, environment: str) -> None:
    sure = Acknowledgement(phi=True, environment=environment, queue_empty=True)
    with nothing_saved(context), pytest.raises(RefusedError, match="stays locked"):
        enable(context, feature, environment=environment, acknowledgement=sure)


@each("step", [features.confirm_done, features.cancel])
@each("feature", LOCKED)
def test_a_locked_feature_has_no_plan_to_finish(
    context: Context, feature: str, step: Callable[[Work, str], FeatureState]
) -> None:
    with nothing_saved(context), pytest.raises(PenelopeAdminError):
        context.write(step, feature)


@each("change", ["enable", "disable"])
@each("feature", NOT_LISTED)
def test_what_is_not_on_the_list_is_refused_with_the_advice_to_ask_support(
    context: Context, feature: str, change: Change
) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="ask Support") as refused:
        context.write(features.switch, feature, change, reason="Please", acknowledgement=SURE)
    assert "cannot be enabled" not in str(refused.value)
    assert "not on the vendor's list" in str(refused.value)


def test_locked_and_not_listed_are_told_apart(context: Context) -> None:
    views = {view.feature.key: view for view in context.read(features.find_all).features}
    kinds = {key: (view.enable.decision, view.enable.availability) for key, view in views.items()}
    assert {kinds[key] for key in LOCKED} == {(Decision.REFUSED, "locked")}
    assert {kinds[key] for key in NOT_LISTED} == {(Decision.REFUSED, "not-listed")}
    assert {kinds[key] for key in RE_ENABLEABLE} == {(Decision.NEEDS_ACKNOWLEDGEMENT, "re-enableable")}


def test_outside_the_mirrored_database_nothing_is_on_the_list(context: Context) -> None:
    for feature in RE_ENABLEABLE:
        with nothing_saved(context), pytest.raises(RefusedError, match="is for the mirrored database"):
            enable(context, feature, environment="training-b")


# --- acknowledgements --------------------------------------------------------------------------


@pytest.mark.parametrize("feature", RE_ENABLEABLE)
def test_switching_on_needs_the_phi_risk_acknowledged(context: Context, feature: str) -> None:
    upgraded(context)
    with nothing_saved(context), pytest.raises(RefusedError, match="PHI risk"):
        enable(context, feature, acknowledgement=Acknowledgement())
    assert (
        enable(context, feature, acknowledgement=Acknowledgement(phi=True, queue_empty=True)).value.pending is not None
    )


@each("posture", ["unknown", "refreshed"])
@each("typed", [None, "", "production", "Mirror", "mirrored database"])
def test_where_contact_details_may_be_real_the_environments_name_must_be_typed(
    context: Context, typed: str | None, posture: str
) -> None:
    if posture == "refreshed":
        context.write(environments.record_event, "mirrored", "refreshed", NOW)
    for feature in RE_ENABLEABLE:
        if feature != "general-ledger":
            with nothing_saved(context), pytest.raises(RefusedError, match='type "Mirrored" to confirm'):
                enable(context, feature, acknowledgement=Acknowledgement(phi=True, environment=typed, queue_empty=True))


@pytest.mark.parametrize("typed", ["mirrored", "Mirrored", " MIRRORED "])
def test_the_name_may_be_typed_in_capitals_or_not(context: Context, typed: str) -> None:
    done = enable(
        context, "action-triggers", acknowledgement=Acknowledgement(phi=True, environment=typed, queue_empty=True)
    )
    assert done.value.pending is not None
    assert done.value.pending.acknowledged_real


def test_the_typed_name_alone_acknowledges_no_phi_risk(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="high PHI risk"):
        enable(context, "action-triggers", acknowledgement=Acknowledgement(environment="mirrored"))


def test_a_feature_that_writes_to_nobody_needs_no_name(context: Context) -> None:
    done = enable(context, "general-ledger", acknowledgement=Acknowledgement(phi=True, queue_empty=True))
    assert done.value.pending is not None


def test_after_an_upgrade_the_phi_acknowledgement_is_enough(context: Context) -> None:
    upgraded(context)
    done = enable(context, "external-communications.sms", acknowledgement=Acknowledgement(phi=True, queue_empty=True))
    assert done.value.pending is not None
    assert not done.value.pending.acknowledged_real


def test_a_refresh_drops_the_plan_that_was_acknowledged_for_de_identified_contacts(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    enable(context, "external-communications.sms")
    clock.instant = NOW + timedelta(days=1)
    context.write(environments.record_event, "mirrored", "refreshed", clock.now())
    with nothing_saved(context), pytest.raises(ConflictError):
        context.write(features.confirm_done, "external-communications.sms")


def test_a_plan_is_not_confirmed_when_a_refresh_was_due_since_and_nobody_knows_how_it_went(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    enable(context, "external-communications.sms")
    key = context.write(requests.draft, RequestInput(reason="x")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=date(2026, 12, 3))
    clock.instant = datetime(2026, 12, 3, 6, tzinfo=UTC)  # the day has begun in Resolute
    with nothing_saved(context), pytest.raises(ConflictError, match="a refresh was due on Thursday 3 December 2026"):
        context.write(features.confirm_done, "external-communications.sms")
    context.write(requests.advance, key, "cancelled", happened="no")
    assert context.write(features.confirm_done, "external-communications.sms").value.state == "on"


def test_a_plan_is_not_confirmed_when_contacts_may_be_real_now_and_could_not_be_then(
    context: Context, opened: Open, policy: Policy
) -> None:
    upgraded(context)
    enable(context, "external-communications.sms")
    # The agency learns that an upgrade de-identifies nothing here, and says so in its own policy file.
    wary = msgspec.structs.replace(
        policy,
        environments=tuple(
            msgspec.structs.replace(
                item, contact_details=msgspec.structs.replace(item.contact_details, after_upgrade="unknown")
            )
            for item in policy.environments
        ),
    )
    later = opened(rules=wary)
    with nothing_saved(later), pytest.raises(ConflictError, match=r"That was not so when .* was planned"):
        later.write(features.confirm_done, "external-communications.sms")
    later.write(features.cancel, "external-communications.sms")
    enable(later, "external-communications.sms")
    assert later.write(features.confirm_done, "external-communications.sms").value.state == "on"


# --- somebody else, dates, environments --------------------------------------------------------


def confirm_done(context: Context, feature: str, version: int) -> Done[FeatureState]:
    return context.write(features.confirm_done, feature, version=version)


def cancel(context: Context, feature: str, version: int) -> Done[FeatureState]:
    return context.write(features.cancel, feature, version=version)


@pytest.mark.parametrize("step", [enable, confirm_done, cancel])
def test_a_step_on_an_entry_somebody_else_changed_saves_nothing(
    context: Context, opened: Open, step: Callable[..., Done[FeatureState]]
) -> None:
    seen = enable(context, "ms-exchange").value.version
    enable(opened("bob"), "ms-exchange", reason="Bob's reason")
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else changed this feature"):
        step(context, "ms-exchange", version=seen)


def test_a_step_on_the_entry_as_it_was_seen_is_taken(context: Context) -> None:
    seen = enable(context, "ms-exchange").value.version
    done = context.write(features.confirm_done, "ms-exchange", version=seen).value
    assert disable(context, "ms-exchange", version=done.version).value.pending is not None


@each("until", [date(2026, 11, 30), date(1900, 1, 1), date(2031, 12, 2), date.max])
def test_an_end_date_that_has_passed_or_is_years_away_is_refused(context: Context, until: date) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="end date"):
        enable(context, "general-ledger", until=until)


@settings(max_examples=examples(8, long=150))
@given(moment=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_today_in_the_agencys_zone_is_a_possible_end_date_and_yesterday_is_not(moment: datetime) -> None:
    today = moment.astimezone(ZoneInfo("America/Resolute")).date()
    with agency_at_work() as at_work:
        context = dataclasses.replace(at_work, clock=FixedClock(moment))
        assert enable(context, "general-ledger", until=today).value.pending is not None
        with nothing_saved(context), pytest.raises(BadInputError, match="has passed"):
            enable(context, "general-ledger", until=today - timedelta(days=1))


@each("reason", ["", "  ", "two\nlines", "r" * 301])
def test_a_reason_is_needed_and_is_one_line(context: Context, reason: str) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="The reason"):
        enable(context, "general-ledger", reason=reason)


def test_an_environment_the_agency_lacks_is_refused(context: Context) -> None:
    for step in (enable, disable):
        with nothing_saved(context), pytest.raises(BadInputError, match="has no Migration database"):
            step(context, "ms-exchange", environment="migration")


def test_what_is_no_feature_or_no_environment_is_refused(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match='"fax" is not a feature'):
        enable(context, "fax")
    with nothing_saved(context), pytest.raises(BadInputError, match='"staging" is no environment'):
        enable(context, "ms-exchange", environment="staging")


def test_nothing_can_be_switched_before_the_set_up(fresh: Context) -> None:
    with nothing_saved(fresh), pytest.raises(BadInputError, match="No agency is set up yet"):
        enable(fresh, "ms-exchange")


# --- what is shown -----------------------------------------------------------------------------


def test_a_feature_is_overdue_from_the_day_after_its_end_date(context: Context, clock: FixedClock) -> None:
    enable(context, "general-ledger", until=date(2026, 12, 5), already_done=True)
    clock.instant = datetime(2026, 12, 6, 5, 59, tzinfo=UTC)  # 23:59 on the 5th in Resolute
    assert not context.read(features.find, "general-ledger").overdue
    clock.instant = datetime(2026, 12, 6, 6, 0, tzinfo=UTC)
    assert context.read(features.find, "general-ledger").overdue


def test_the_steps_name_the_environment_and_the_wanted_state(context: Context) -> None:
    enable(context, "external-communications.sms", already_done=True)
    disable(context, "external-communications.sms")
    steps = " ".join(context.read(features.find, "external-communications.sms").steps)
    assert "Sign in to Mirrored" in steps
    assert "Disable the SMS section" in steps
    context.write(features.cancel, "external-communications.sms")
    assert "Enable the SMS section" in " ".join(context.read(features.find, "external-communications.sms").steps)


def test_an_end_date_after_the_next_upgrade_is_told_what_the_upgrade_does(context: Context) -> None:
    assert context.read(features.warnings_for, "general-ledger", until=date(2026, 12, 11)) == ()
    for until in (date(2026, 12, 12), date(2027, 3, 1), None):
        (note,) = context.read(features.warnings_for, "general-ledger", until=until)
        assert "Saturday 12 December 2026" in note
