"""What a refresh may have brought along in the queues, and that somebody looks before a feature is switched on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from msgspec import structs

from penelope_admin.domain.checklists import check_list
from penelope_admin.domain.features import (
    Acknowledgement,
    Decision,
    FeatureState,
    SwitchContext,
    Verdict,
    can_ask,
    can_switch,
    queue_confirmation,
)
from penelope_admin.domain.mirror import Event, EventKind, Posture, posture, with_due
from penelope_admin.policy import Policy
from tests.domain.test_mirror_posture import LIVES
from tests.each import each
from tests.effort import examples

WINNIPEG = ZoneInfo("America/Resolute")
MAY = datetime(2026, 5, 4, 18, tzinfo=UTC)
DAY = timedelta(days=1)
UNTIL = date(2026, 5, 20)
SURE = Acknowledgement(phi=True, environment="mirrored")
LOOKED = replace(SURE, queue_empty=True)
GUARDED = {
    "external-communications": (1,),
    "external-communications.sms": (1,),
    "external-communications.client-delivery": (1,),
    "external-communications.worker-delivery": (1,),
    "ms-exchange": (2, 3),
    "action-triggers": (4,),
}
REFRESHED = Posture("real", "May hold real contact details.", queue_sentence="Refreshed.", queues_from=7)


def event(kind: EventKind, days: int = 0, outcome: str | None = None, environment: str = "mirrored") -> Event:
    return Event(environment, kind, MAY + days * DAY, outcome=outcome, id=days + 1)


def known(policy: Policy, *events: Event, environment: str = "mirrored", due: date | None = None) -> Posture:
    return posture(policy, environment, with_due(environment, events, [due] if due else [], WINNIPEG), WINNIPEG)


# --- what may wait -----------------------------------------------------------------------------


def test_a_copy_refreshed_and_not_upgraded_since_says_that_queues_may_have_come_along(policy: Policy) -> None:
    found = known(policy, event("upgraded"), event("refreshed", 2))
    assert found.queues_may_wait
    assert found.queue_sentence.startswith("Its last refresh copied production as it was, so ")
    for words in ("communications, MS Exchange, Action Triggers", "credentials", "may be", "our inference"):
        assert words in found.queue_sentence
    assert found.queues_from == 3


def test_an_upgrade_clears_the_queues_of_the_mirrored_database(policy: Policy) -> None:
    found = known(policy, event("refreshed"), event("upgraded", 1))
    assert (found.queues_may_wait, found.queue_sentence, found.queues_from) == (False, "", None)


def test_of_a_refresh_and_an_upgrade_at_the_same_instant_the_refresh_counts(policy: Policy) -> None:
    assert known(policy, event("refreshed"), structs.replace(event("upgraded"), id=2)).queues_may_wait


@each(
    "events, due, words",
    [
        ((), None, "Its last refresh is not known"),
        ((event("upgraded"), event("restored", 1)), None, "What the restored backup missed may be a refresh"),
        ((event("upgraded"),), date(2026, 5, 5), "A refresh may have copied production as it is"),
    ],
)
def test_what_nobody_knows_counts_as_refreshed(
    policy: Policy, events: tuple[Event, ...], due: date | None, words: str
) -> None:
    found = known(policy, *events, due=due)
    assert found.queues_may_wait
    assert words in found.queue_sentence
    assert found.queues_from is None, "no check-list speaks of it"


def test_a_refresh_that_was_due_before_the_last_upgrade_says_nothing(policy: Policy) -> None:
    assert not known(policy, event("upgraded", 2), due=date(2026, 5, 5)).queues_may_wait


def test_neither_a_script_nor_a_check_of_data_says_anything_of_the_queues(policy: Policy) -> None:
    after = (event("script-run", 1, "de-identified"), event("checked", 2, "de-identified"))
    assert known(policy, event("refreshed"), *after).queues_may_wait
    unclear = (event("script-run", 1, "unknown"), event("checked", 2, "real"))
    assert not known(policy, event("upgraded"), *unclear).queues_may_wait


def test_production_has_its_own_queues_and_nothing_is_said_of_them(policy: Policy) -> None:
    assert not known(policy, event("upgraded", environment="production"), environment="production").queues_may_wait


def test_another_copy_that_was_refreshed_says_so_too(policy: Policy) -> None:
    for key in ("preview", "migration", "training-a"):
        assert known(policy, event("refreshed", environment=key), environment=key).queues_may_wait


@settings(max_examples=examples(20, long=1000))
@given(events=LIVES)
def test_any_life_of_the_mirror_ends_with_queues_that_may_wait_unless_an_upgrade_came_last(
    policy: Policy, events: list[Event]
) -> None:
    mistakes = {item.corrects for item in events if item.kind == "corrected"}
    own = [item for item in events if item.environment == "mirrored" and item.id not in mistakes]
    telling = [item for item in own if item.kind in ("refreshed", "upgraded", "restored")]
    last = max((item.at for item in telling), default=None)
    cleared = last is not None and {item.kind for item in telling if item.at == last} == {"upgraded"}
    found = known(policy, *events)
    assert found.queues_may_wait is not cleared
    assert bool(found.queue_sentence) is not cleared


# --- who must have looked ----------------------------------------------------------------------


def verdict(
    policy: Policy, feature: str, given_: Acknowledgement, around: SwitchContext, found: Posture = REFRESHED
) -> Verdict:
    return can_switch(policy, FeatureState("mirrored", feature), "enable", found, given_, UNTIL, around)


@each("feature", GUARDED)
def test_what_sends_from_a_queue_asks_that_somebody_looked_after_a_refresh(policy: Policy, feature: str) -> None:
    asked = verdict(policy, feature, SURE, SwitchContext())
    assert asked.decision is Decision.NEEDS_ACKNOWLEDGEMENT
    assert tuple(check.number for check in asked.queue_checks) == GUARDED[feature]
    assert all(check.text in asked.reasons[0] for check in asked.queue_checks)
    assert "Our reading" in asked.reasons[0], "it is ours, not the vendor's"
    assert verdict(policy, feature, LOOKED, SwitchContext()).allowed


@each("feature", GUARDED)
def test_nobody_is_asked_once_the_lines_of_the_check_list_passed(policy: Policy, feature: str) -> None:
    seen = SwitchContext(looked_at=frozenset(GUARDED[feature]))
    passed = verdict(policy, feature, SURE, seen)
    assert passed.allowed
    assert passed.queue_checks == ()
    other = SwitchContext(looked_at=frozenset({1, 2, 3, 4}) - {GUARDED[feature][0]})
    assert not verdict(policy, feature, SURE, other).allowed


@each("feature", GUARDED)
def test_a_line_that_failed_is_not_ticked_away(policy: Policy, feature: str) -> None:
    wrong = SwitchContext(found_wrong=frozenset({GUARDED[feature][-1]}))
    found = verdict(policy, feature, LOOKED, wrong)
    assert found.decision is Decision.NEEDS_ACKNOWLEDGEMENT
    assert f"Line {GUARDED[feature][-1]} of the check-list after the refresh has failed" in found.reasons[0]


@each("feature", GUARDED)
def test_nobody_is_asked_after_an_upgrade(policy: Policy, feature: str) -> None:
    upgraded = Posture("de-identified", "Contact details are de-identified.")
    assert verdict(policy, feature, SURE, SwitchContext(), upgraded).allowed


def test_the_general_ledger_has_no_queue_to_look_into(policy: Policy) -> None:
    assert verdict(policy, "general-ledger", SURE, SwitchContext()).allowed


@each("feature", GUARDED)
def test_switching_off_asks_for_no_look(policy: Policy, feature: str) -> None:
    assert can_switch(policy, FeatureState("mirrored", feature, "on"), "disable", REFRESHED).allowed


@each("feature", GUARDED)
def test_whoever_asks_support_to_switch_it_on_has_looked_too(policy: Policy, feature: str) -> None:
    state = FeatureState("mirrored", feature)
    assert not can_ask(policy, state, "enable", REFRESHED, SURE).allowed
    assert can_ask(policy, state, "enable", REFRESHED, LOOKED).allowed


def test_the_tick_says_what_was_seen(policy: Policy) -> None:
    said = queue_confirmation(verdict(policy, "ms-exchange", SURE, SwitchContext()).queue_checks)
    assert said.startswith("I have looked in this copy")
    assert "error queue" in said
    assert "credentials" in said


def test_a_refresh_has_a_check_list_of_its_own_with_four_lines(policy: Policy) -> None:
    found = check_list(policy, event("refreshed"), ())
    assert (found.occasion, [line.effect.number for line in found.lines]) == ("refresh", [1, 2, 3, 4])
    assert check_list(policy, event("upgraded"), ()).occasion == "upgrade"
