"""When an incident is critical as the vendor means it, what a false alarm costs, and how long Support may take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.requests import Status, Step, answer_due, false_alarm_warning, letter_of, why_not_critical
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.each import each
from tests.wishes import KINDS, WISHES, request_of

NONE_APPLIES = "None of the things that make a case critical applies."
SOME_GO_ON = "Some users can go on working; a critical case is one in which nobody reasonably can."
SUBSETS = list(chain.from_iterable(combinations("abc", size) for size in range(4)))
SENT_AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@each("everybody", [True, False])
@each("characteristics", SUBSETS)
def test_an_incident_is_critical_when_something_of_the_list_applies_and_nobody_can_go_on(
    policy: Policy, characteristics: tuple[str, ...], everybody: bool
) -> None:
    expected = ([] if characteristics else [NONE_APPLIES]) + ([] if everybody else [SOME_GO_ON])
    assert why_not_critical(policy.critical, characteristics, everybody) == expected


def test_the_vendor_names_three_characteristics(policy: Policy) -> None:
    assert [letter_of(number) for number in range(len(policy.critical.characteristics))] == ["a", "b", "c"]


@each("wrong", ["d", "A", "", "ab", " a"])
def test_a_characteristic_that_is_not_on_the_list_is_refused(policy: Policy, wrong: str) -> None:
    with pytest.raises(BadInputError, match=f'"{wrong}" is none of a, b, c'):
        why_not_critical(policy.critical, ("a", wrong), True)


def test_the_charge_for_a_false_alarm_is_the_policy_s(policy: Policy) -> None:
    assert policy.critical.false_alarm_charge_usd == 250
    assert "may cost the agency $250 (from the help centre: Support Scope" in false_alarm_warning(policy.critical)


@each(
    "status, runs",
    [
        ("drafted", False),
        ("queued", False),
        ("sent", True),
        ("acknowledged", True),
        ("answered", False),
        ("done", False),
        ("cancelled", False),
    ],
)
def test_the_clock_runs_from_sending_until_support_answers(policy: Policy, status: Status, runs: bool) -> None:
    steps = (Step(SENT_AT - HOUR, "drafted", "sam"), Step(SENT_AT, "sent", "sam"))
    incident = request_of(WISHES["critical"], status=status, steps=steps)
    assert answer_due(policy.critical, incident) == (SENT_AT + 2 * HOUR if runs else None)


@each("kind", [kind for kind in KINDS if kind != "critical"])
def test_no_clock_runs_for_other_requests(policy: Policy, kind: str) -> None:
    request = request_of(WISHES[kind], status="sent", steps=(Step(SENT_AT, "sent", "sam"),))  # type: ignore[index]
    assert answer_due(policy.critical, request) is None


def test_without_the_step_nobody_knows_when_it_was_sent(policy: Policy) -> None:
    assert answer_due(policy.critical, request_of(WISHES["critical"], status="sent")) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_closing_hours_do_not_stop_the_clock(policy: Policy, sent_at: datetime) -> None:
    incident = request_of(WISHES["critical"], status="sent", steps=(Step(sent_at, "sent", "sam"),))
    assert answer_due(policy.critical, incident) == sent_at + 2 * HOUR
    assert answer_due(policy.critical, replace(incident, case_number="1", status="acknowledged")) is not None
