"""The register's entries: planned, done, cancelled, and what upgrades and refreshes make of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain import feature_life, features
from penelope_admin.domain.features import Change, FeatureState, Pending, State
from penelope_admin.domain.mirror import Event, Posture
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.policy import Policy
from tests.each import each

REAL, SAFE = Posture("real", "Real."), Posture("de-identified", "Not real.")
TODAY = date(2026, 5, 4)
DAY = timedelta(days=1)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SMS = FeatureState("mirrored", "external-communications.sms", version=3)
STATES: tuple[State, ...] = ("on", "off", "unknown")
CHANGES: tuple[Change, ...] = ("enable", "disable")


@each("state, change", [*product(STATES, CHANGES)])
def test_a_change_is_planned_unless_it_is_that_way_already(state: State, change: Change) -> None:
    entry = replace(SMS, state=state)
    if state == {"enable": "on", "disable": "off"}[change]:
        with pytest.raises(ConflictError, match=rf"external-communications\.sms is {state} already in mirrored"):
            features.plan(entry, change, "Tests", TODAY, SAFE, "sam")
    else:
        planned = features.plan(entry, change, "Tests", TODAY, SAFE, "sam")
        assert planned == replace(entry, pending=Pending(change, "Tests", TODAY, acknowledged_real=False, by="sam"))


@each("change", CHANGES)
def test_planning_again_replaces_the_plan(change: Change) -> None:
    first = features.plan(SMS, change, "Tests", None, SAFE, "sam")
    second = features.plan(first, change, "More tests", TODAY, REAL, "alex")
    assert second.pending == Pending(change, "More tests", TODAY, acknowledged_real=True, by="alex")


@each("first, second", [("enable", "disable"), ("disable", "enable")])
def test_the_opposite_of_what_is_planned_is_refused(first: Change, second: Change) -> None:
    planned = features.plan(SMS, first, "Tests", None, SAFE, "sam")
    with pytest.raises(ConflictError, match=f"To {first} external-communications.sms is planned already"):
        features.plan(planned, second, "Tests", None, SAFE, "sam")


@each("posture, kept", [(REAL, True), (SAFE, False), (Posture("unknown", "Nobody knows."), True)])
def test_a_plan_keeps_whether_contact_details_could_be_real(posture: Posture, kept: bool) -> None:
    pending = features.plan(SMS, "enable", "Tests", None, posture, "sam").pending
    assert pending is not None
    assert pending.acknowledged_real is kept


def test_what_was_planned_and_done_is_on_until_its_end_date() -> None:
    made = features.done(features.plan(SMS, "enable", "Tests", TODAY, SAFE, "sam"), NOW, "sam")
    assert made == FeatureState(
        "mirrored", "external-communications.sms", "on", None, NOW, TODAY, "Tests", "sam", version=3
    )


def test_what_was_planned_off_and_done_is_off_without_an_end_date() -> None:
    entry = replace(SMS, state="on", until=TODAY, reason="Tests", since=NOW - DAY)
    made = features.done(features.plan(entry, "disable", "Done testing", TODAY, SAFE, "sam"), NOW, "sam")
    assert made == FeatureState(
        "mirrored", "external-communications.sms", "off", None, NOW, None, "Done testing", "sam", version=3
    )


def test_a_cancelled_plan_leaves_the_entry_as_it_was() -> None:
    entry = replace(SMS, state="on", until=TODAY, reason="Tests", since=NOW, by="sam")
    assert features.cancel(features.plan(entry, "disable", "A mistake", None, SAFE, "sam")) == entry


def test_without_a_plan_there_is_nothing_to_do_or_to_cancel() -> None:
    message = r"No change of external-communications\.sms is planned in mirrored\. Nothing was changed\."
    with pytest.raises(ConflictError, match=message):
        features.done(SMS, NOW, "sam")
    with pytest.raises(ConflictError, match=message):
        features.cancel(SMS)
    with pytest.raises(ConflictError, match=message):
        features.require_pending(SMS)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["enable", "disable", "done", "cancel"])), max_size=20))
def test_planning_a_part_never_touches_another(policy: Policy, steps: list[tuple[int, str]]) -> None:
    """External Communications and its three parts, each with steps of its own in any order."""
    keys = [key for key in policy.feature if key.startswith("external-communications")]
    together = {key: FeatureState("mirrored", key) for key in keys}
    for number, step in steps:
        others = {key: entry for key, entry in together.items() if key != keys[number]}
        together[keys[number]] = after(together[keys[number]], step)
        assert {key: entry for key, entry in together.items() if key != keys[number]} == others
    for number, key in enumerate(keys):
        alone = FeatureState("mirrored", key)
        for other, step in steps:
            alone = after(alone, step) if other == number else alone
        assert together[key] == alone


def after(entry: FeatureState, step: str) -> FeatureState:
    """An entry after a step; as it was if the step is not possible."""
    try:
        if step == "enable":
            return features.plan(entry, "enable", "Tests", None, SAFE, "sam")
        if step == "disable":
            return features.plan(entry, "disable", "Tests", None, SAFE, "sam")
        return features.done(entry, NOW, "sam") if step == "done" else features.cancel(entry)
    except ConflictError:
        return entry


def test_after_an_upgrade_a_feature_is_off_with_nothing_planned(policy: Policy) -> None:
    entry = replace(
        SMS, state="on", until=TODAY, reason="Tests", by="sam", pending=Pending("disable", "Enough", TODAY, False)
    )
    upgrade = Event("mirrored", "upgraded", NOW, by="alex")
    assert feature_life.after_event(policy.environment["mirrored"], entry, upgrade) == FeatureState(
        "mirrored",
        "external-communications.sms",
        "off",
        None,
        NOW,
        None,
        "Switched off by the upgrade",
        "alex",
        version=3,
    )


@each("key", ["external-communications.sms", "dss"])
def test_after_a_refresh_nobody_knows_what_is_on(key: str) -> None:
    entry = FeatureState(
        "mirrored", key, "on", Pending("disable", "x", None, True), NOW, TODAY, "Tests", "sam", version=3
    )
    assert features.unknown_again(entry) == FeatureState("mirrored", key, "unknown", version=3)


@each("key", ["clientconnect", "engage"])
def test_after_a_refresh_nobody_knows_whether_a_locked_feature_is_on(key: str) -> None:
    entry = FeatureState("mirrored", key, "off", since=NOW, version=3)
    assert features.unknown_again(entry) == FeatureState("mirrored", key, "unknown", version=3)


@each("key", ["clientconnect", "engage"])
@each("pending", [None, Pending("enable", "x", None, True), Pending("disable", "x", None, True)])
@each("state", ["on", "off", "unknown"])
def test_an_entry_that_says_a_locked_feature_is_on_or_planned_is_impossible(
    key: str, pending: Pending | None, state: State
) -> None:
    entry = FeatureState("mirrored", key, state, pending)
    assert features.is_impossible(entry) == (state == "on" or pending is not None)
    assert not features.is_impossible(FeatureState("mirrored", "general-ledger", state, pending))


@each("until", [None, TODAY, TODAY + DAY, TODAY + features.LONGEST_USE])
def test_end_dates_from_today_on_for_five_years_are_taken(until: date | None) -> None:
    assert features.check_until(until, TODAY) == until


def test_an_end_date_that_has_passed_is_refused() -> None:
    with pytest.raises(BadInputError, match="The end date, Sunday 3 May 2026, has passed"):
        features.check_until(TODAY - DAY, TODAY)


def test_an_end_date_more_than_five_years_ahead_is_refused() -> None:
    with pytest.raises(BadInputError, match="more than five years ahead"):
        features.check_until(TODAY + features.LONGEST_USE + DAY, TODAY)


@each("state", STATES)
@each("days, late", [(-1, True), (0, False), (1, False)])
def test_a_feature_is_overdue_from_the_day_after_its_end_date_if_it_is_on(state: State, days: int, late: bool) -> None:
    entry = replace(SMS, state=state, until=TODAY + days * DAY)
    assert entry.is_overdue(TODAY) is (late and state == "on")


def test_a_feature_without_an_end_date_is_never_overdue_and_always_in_use() -> None:
    entry = replace(SMS, state="on")
    assert not entry.is_overdue(date.max)
    assert entry.is_in_use(date.max)


@each("days, in_use", [(-1, False), (0, True), (1, True)])
def test_a_feature_that_is_on_is_in_use_up_to_its_end_date(days: int, in_use: bool) -> None:
    assert replace(SMS, state="on", until=TODAY + days * DAY).is_in_use(TODAY) is in_use


@each("state", ["off", "unknown"])
@each("days, in_use", [(-1, False), (0, True), (1, True)])
def test_a_feature_about_to_be_on_is_in_use_up_to_its_planned_end_date(state: State, days: int, in_use: bool) -> None:
    entry = replace(SMS, state=state, pending=Pending("enable", "Tests", TODAY + days * DAY, False))
    assert entry.is_in_use(TODAY) is in_use


def test_a_feature_about_to_be_off_is_not_in_use() -> None:
    entry = replace(SMS, pending=Pending("disable", "Enough", TODAY + DAY, False))
    assert not entry.is_in_use(TODAY)


def test_a_feature_that_is_on_and_about_to_be_off_is_in_use_until_then() -> None:
    entry = replace(SMS, state="on", until=TODAY, pending=Pending("disable", "Enough", None, False))
    assert entry.is_in_use(TODAY)


def test_a_plan_without_an_end_date_is_work_in_progress() -> None:
    assert replace(SMS, pending=Pending("enable", "Tests", None, False)).is_in_use(TODAY)


# --- a second person ---------------------------------------------------------------------------

PLANNED = replace(SMS, pending=Pending("enable", "Tests", TODAY, True, "sam"))


def test_somebody_else_approves_a_plan() -> None:
    approved = features.approve(PLANNED, "alex")
    assert approved == replace(PLANNED, pending=Pending("enable", "Tests", TODAY, True, "sam", "alex"))


@each("by", ["sam", "Sam", " SAM "])
def test_nobody_approves_a_plan_of_their_own(by: str) -> None:
    with pytest.raises(RefusedError, match="Whoever planned this cannot approve it"):
        features.approve(PLANNED, by)


def test_a_plan_of_which_nobody_knows_who_made_it_is_not_approved() -> None:
    with pytest.raises(RefusedError, match="cannot approve"):
        features.approve(replace(SMS, pending=Pending("enable", "Tests", TODAY, True)), "alex")


def test_a_plan_is_approved_once_and_only_a_plan_to_switch_on() -> None:
    with pytest.raises(ConflictError, match="alex has approved this already"):
        features.approve(features.approve(PLANNED, "alex"), "kim")
    with pytest.raises(ConflictError, match="is planned"):
        features.approve(SMS, "alex")
    with pytest.raises(ConflictError, match="needs no approval"):
        features.approve(replace(SMS, pending=Pending("disable", "Enough", None, True, "sam")), "alex")


def test_planning_again_drops_the_approval() -> None:
    again = features.plan(features.approve(PLANNED, "alex"), "enable", "Longer", TODAY + DAY, REAL, "sam")
    assert again.pending == Pending("enable", "Longer", TODAY + DAY, True, "sam")
