"""What events leave of a feature: ties, mistakes and doubts never make it safer than anybody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from penelope_admin.domain.feature_life import followed, look_in_words, spans
from penelope_admin.domain.features import FeatureState
from penelope_admin.domain.mirror import Event, EventKind
from penelope_admin.policy import Policy
from tests.domain.instants import utc
from tests.each import each

START = utc(2026, 9, 1)
HOUR = timedelta(hours=1)
SMS, ENGAGE = "external-communications.sms", "engage"


def event(number: int, kind: EventKind, hour: int, outcome: str | None = None, feature: str = SMS) -> Event:
    named = feature if kind in ("switched", "seen", "doubted", "locked-on") else None
    return Event("mirrored", kind, START + hour * HOUR, id=number, feature=named, outcome=outcome, by="ada")


def mistake(number: int, of: Event) -> Event:
    return Event("mirrored", "corrected", of.at, id=number, corrects=of.id)


UPGRADED, ON = event(1, "upgraded", 0), event(2, "switched", 2, "on")


def state(policy: Policy, *events: Event, feature: str = SMS, where: str = "mirrored") -> str:
    return spans(policy.environment[where], events, feature)[-1][0]


@each(
    "first, then, said",
    [
        (event(1, "switched", 0, "on"), event(2, "upgraded", 0), "unknown"),
        (event(1, "refreshed", 0), event(2, "upgraded", 0), "unknown"),
        (event(1, "restored", 0), event(2, "upgraded", 0), "unknown"),
        (event(1, "switched", 0, "off"), event(2, "upgraded", 0), "off"),
        (event(1, "switched", 0, "off"), event(2, "refreshed", 0), "unknown"),
        (event(1, "upgraded", 0), event(2, "switched", 0, "on"), "on"),
        (event(1, "refreshed", 0), event(2, "seen", 0, "off"), "off"),
    ],
)
def test_of_two_events_at_one_instant_an_upgrade_is_not_taken_for_the_later(
    policy: Policy, first: Event, then: Event, said: str
) -> None:
    assert state(policy, first, then) == said


def test_a_switch_recorded_by_mistake_leaves_a_doubt_until_something_newer_is_known(policy: Policy) -> None:
    assert state(policy, UPGRADED, ON, mistake(3, ON)) == "unknown"
    assert state(policy, UPGRADED, ON, mistake(3, ON), event(4, "seen", 5, "off")) == "off"


def test_what_is_on_stays_on_when_what_ended_it_was_a_mistake(policy: Policy) -> None:
    for kind in ("upgraded", "refreshed"):
        ended = event(3, kind, 4)
        assert state(policy, UPGRADED, ON, ended) != "on"
        assert state(policy, UPGRADED, ON, ended, mistake(4, ended)) == "on"


@pytest.mark.parametrize("kind", ["upgraded", "refreshed"])
def test_an_upgrade_that_is_recorded_in_place_of_a_mistake_at_its_instant_switches_off(
    policy: Policy, kind: EventKind
) -> None:
    wrong = event(3, kind, 4)
    assert state(policy, UPGRADED, ON, wrong, mistake(4, wrong), event(5, "upgraded", 4)) == "off"
    assert state(policy, ON, event(3, kind, 2), mistake(4, event(3, kind, 2)), event(5, "upgraded", 2)) == "unknown"


def test_what_was_seen_on_after_an_upgrade_is_on_however_late_the_upgrade_is_recorded(policy: Policy) -> None:
    assert state(policy, ON, event(3, "seen", 5, "on"), event(4, "upgraded", 4)) == "on"


@pytest.mark.parametrize(("where", "said"), [("mirrored", "off"), ("training-b", "unknown")])
def test_an_upgrade_says_off_only_where_the_vendor_says_so(policy: Policy, where: str, said: str) -> None:
    assert state(policy, Event(where, "upgraded", START, id=1), where=where) == said


def test_a_locked_feature_that_was_seen_on_is_not_known(policy: Policy) -> None:
    assert state(policy, UPGRADED, event(2, "locked-on", 1, feature=ENGAGE), feature=ENGAGE) == "unknown"


def test_the_register_keeps_reason_and_last_day_of_what_stays_on_and_drops_its_plan(policy: Policy) -> None:
    entry = FeatureState("mirrored", SMS, "on", since=ON.at, reason="Pilot", by="ada", version=4)
    assert followed(entry, spans(policy.environment["mirrored"], [UPGRADED, ON], SMS)[-1]) == entry
    ended = followed(entry, spans(policy.environment["mirrored"], [ON, event(3, "upgraded", 4)], SMS)[-1])
    assert (ended.state, ended.reason, ended.by, ended.version) == ("off", "Switched off by the upgrade", "ada", 4)


def test_a_look_at_several_features_names_what_is_on_and_counts_what_is_off(policy: Policy) -> None:
    sms, ledger = (event(number, "seen", 0, "on", key) for number, key in ((1, SMS), (2, "general-ledger")))
    off = [event(number, "seen", 0, "off", key) for number, key in ((3, "dss"), (4, "ors-srs"))]
    both = "External Communications: SMS and General Ledger"
    assert look_in_words(policy, [sms, ledger, *off]) == f"Features seen: {both} on, 2 off"
    assert look_in_words(policy, off) == "Features seen: 2 off"
