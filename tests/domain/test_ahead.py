"""What is assumed until a day to come, and what follows from it by the rules of what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.ahead import (
    READINGS,
    Assumed,
    Assumptions,
    Refresh,
    assume,
    check_day,
    fold,
    instant_of,
    posture_then,
    states_then,
)
from penelope_admin.domain.feature_life import after_event
from penelope_admin.domain.features import FeatureState, Pending
from penelope_admin.domain.mirror import Event, EventKind, Posture, posture
from penelope_admin.domain.windows import Calendar
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.domain.test_projects import CLEAN, LEDGER, NOW, REAL, SMS, TODAY, UPGRADE, WINNIPEG
from tests.each import each
from tests.effort import examples

DAY = timedelta(days=1)
KINDS: tuple[EventKind, ...] = ("upgraded", "refreshed")
STATES = (
    FeatureState("mirrored", SMS, "on", since=NOW - DAY, until=UPGRADE, reason="Pilot"),
    FeatureState("mirrored", LEDGER, "off", Pending("enable", "Pilot", None, False)),
    FeatureState("training-b", SMS, "on", since=NOW - DAY),
)
EVENTS = st.lists(st.tuples(st.sampled_from(["mirrored", "training-b"]), st.sampled_from(KINDS)), max_size=6)


def assumed(policy: Policy, then: datetime, *refreshes: Refresh) -> Assumptions:
    windows = Calendar(policy, "CA", WINNIPEG).between(NOW, TODAY - 30 * DAY, count=130)
    return assume(policy.environments, windows, refreshes, (), NOW, then, WINNIPEG)


@given(events=EVENTS)
def test_the_register_is_what_the_same_events_one_by_one_would_leave(
    policy: Policy, events: list[tuple[str, EventKind]]
) -> None:
    items = [
        Assumed(Event(where, kind, NOW + (n + 1) * DAY), TODAY + (n + 1) * DAY)
        for n, (where, kind) in enumerate(events)
    ]
    slowly = list(STATES)
    ended = []
    for item in items:
        for n, state in enumerate(slowly):
            if state.environment == item.event.environment:
                ended += [(item, state.feature)] if state.use is not None else []
                slowly[n] = after_event(policy.environment[state.environment], state, item.event)
    after, endings = fold(policy, STATES, items)
    assert after == slowly
    assert sorted((e.by.day, e.before.feature) for e in endings) == sorted((i.day, f) for i, f in ended)


@settings(max_examples=examples(15, long=200))
@given(days=st.integers(0, 3652), refresh=st.integers(1, 3652))
def test_no_reading_of_a_date_is_less_careful_than_what_is_said(policy: Policy, days: int, refresh: int) -> None:
    then = instant_of(TODAY + days * DAY, NOW, WINNIPEG)
    found = assumed(policy, then, Refresh(1, "mirrored", TODAY + refresh * DAY))
    readings = [posture(policy, "mirrored", own, WINNIPEG) for own in found.newest_of("mirrored")]
    said = posture_then(readings, "assumption")
    assert said.may_be_real or not any(reading.may_be_real for reading in readings)
    kept = states_then(policy, STATES, found)
    for reading in found.readings:
        for state, other in zip(kept, fold(policy, STATES, reading)[0], strict=True):
            assert state.state in (other.state, "unknown")


@settings(max_examples=examples(15, long=200))
@given(days=st.integers(0, 3652))
def test_what_is_assumed_lies_between_now_and_then_and_only_where_copies_are_asked_about(
    policy: Policy, days: int
) -> None:
    then = instant_of(TODAY + days * DAY, NOW, WINNIPEG)
    found = assumed(policy, then)
    for reading in found.readings:
        for item in reading:
            assert NOW < item.event.at <= then
            assert policy.environment[item.event.environment].asked_after_window
    assert len(found.readings) in (1, len(READINGS))


def test_where_readings_differ_contact_details_are_not_known_and_nobody_is_spared() -> None:
    said = posture_then([CLEAN, REAL], "assumption")
    assert (said.contact_details, said.exceptions) == ("unknown", ())
    assert said.sentence.endswith("Treated as real.")
    assert "not certain" in said.sentence


@each("known", [CLEAN, REAL, Posture("real", "Holds real contact details: this is live.")])
def test_what_rests_on_an_assumption_says_so_and_nothing_else_does(known: Posture) -> None:
    assert posture_then([known], "today") == known
    said = posture_then([known, known], "assumption")
    assert said.sentence.startswith("As assumed, ")
    assert said.contact_details == known.contact_details


def test_what_is_known_of_today_is_not_said_of_a_later_day() -> None:
    known = replace(CLEAN, last_upgrade=NOW - DAY, badge="De-identified by upgrade, not checked")
    said = posture_then([known], "record")
    assert said.sentence.startswith("As of today, contact details are de-identified: upgraded on")
    assert said.badge == "As of today: de-identified by upgrade, not checked"
    assert posture_then([CLEAN], "record") == CLEAN, "what a rule says of every day needs no date"
    assert posture_then([REAL], "record") == REAL


@each("day", [TODAY - DAY, date(2036, 12, 2), date(2101, 1, 1)])
def test_other_days_are_refused(day: date) -> None:
    with pytest.raises(BadInputError):
        check_day(day, TODAY)


def test_a_day_stands_for_its_noon_and_today_never_for_a_time_that_has_passed() -> None:
    assert instant_of(UPGRADE, NOW, WINNIPEG).astimezone(WINNIPEG).hour == 12
    evening = NOW.replace(hour=23)
    assert instant_of(TODAY, evening, WINNIPEG) == evening
