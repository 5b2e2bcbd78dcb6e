"""What may be switched, at what risk, and why not: the verdict for every feature, everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_record

from penelope_admin.domain.features import (
    Acknowledgement,
    Change,
    Decision,
    FeatureState,
    availability,
    can_switch,
    find_feature,
    full_name,
    initial_state,
    on_now,
)
from penelope_admin.domain.mirror import Event, Posture, posture
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.policy import Policy

FEATURES = [
    "external-communications",
    "external-communications.sms",
    "external-communications.client-delivery",
    "external-communications.worker-delivery",
    "ms-exchange",
    "action-triggers",
    "general-ledger",
    "ors-srs",
    "credit-card",
    "dss",
    "clientconnect",
    "engage",
]
ENVIRONMENTS = ["production", "preview", "training-a", "training-b", "migration", "mirrored"]
RE_ENABLEABLE = frozenset(FEATURES[:7])
LOCKED = frozenset({"clientconnect", "engage"})
ELEVATED = frozenset({"external-communications.worker-delivery", "general-ledger"})
REAL = Posture("real", "May hold real contact details: refreshed on Monday 4 May 2026, not upgraded since.")
UNKNOWN = Posture("unknown", "May hold real contact details: nothing is recorded yet. Treated as real.")
SAFE = Posture("de-identified", "Contact details are de-identified: upgraded on Monday 4 May 2026.")
POSTURES = [REAL, UNKNOWN, SAFE]
ACKNOWLEDGEMENTS = [
    None,
    Acknowledgement(),
    Acknowledgement(phi=True),
    Acknowledgement(environment="Mirrored"),
    Acknowledgement(phi=True, environment="Mirrored"),
    Acknowledgement(phi=True, environment="Production"),
    Acknowledgement(phi=True, environment=""),
]


def expected(
    feature: str, environment: str, change: Change, found: Posture, given_: Acknowledgement | None
) -> Decision:
    """The rules again, written as a list of what is refused and what is missing."""
    if feature in LOCKED or feature not in RE_ENABLEABLE or environment != "mirrored":
        return Decision.REFUSED
    if change == "disable":
        return Decision.ALLOWED
    if given_ is None or not given_.phi:
        return Decision.NEEDS_ACKNOWLEDGEMENT
    name_needed = found is not SAFE and feature != "general-ledger"
    if name_needed and given_.environment != "Mirrored":
        return Decision.NEEDS_ACKNOWLEDGEMENT
    return Decision.ALLOWED


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_verdict_follows_the_rules_in_every_case(policy: Policy, feature: str, environment: str) -> None:
    changes: tuple[Change, Change] = ("enable", "disable")
    for change, found, acknowledgement, state in product(changes, POSTURES, ACKNOWLEDGEMENTS, ("on", "off", "unknown")):
        entry = FeatureState(environment, feature, state)  # type: ignore[arg-type]
        verdict = can_switch(policy, entry, change, found, acknowledgement)
        assert verdict.decision is expected(feature, environment, change, found, acknowledgement)
        assert verdict.needs_nothing_more is (verdict.decision is not Decision.NEEDS_ACKNOWLEDGEMENT)
        assert verdict.reasons
        assert all(verdict.reasons)
        if verdict.decision is Decision.ALLOWED:
            verdict.require()
        else:
            with pytest.raises(RefusedError) as caught:
                verdict.require()
            assert str(caught.value) == " ".join((*verdict.reasons, "Nothing was changed."))
            assert caught.value.exit_code == 3


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_availability_is_by_feature_and_environment(policy: Policy, feature: str, environment: str) -> None:
    wanted = "locked" if feature in LOCKED else "not-listed"
    if feature in RE_ENABLEABLE and environment == "mirrored":
        wanted = "re-enableable"
    assert availability(policy.feature[feature], environment) == wanted


@pytest.mark.parametrize("feature", sorted(LOCKED))
def test_a_locked_feature_stays_locked_even_if_its_record_says_otherwise(policy: Policy, feature: str) -> None:
    """A record like this never comes out of the loader; the domain does not rely on it."""
    forged = replace_record(policy.feature["external-communications.sms"], key=feature)
    assert forged.availability == "re-enableable"
    assert availability(forged, "mirrored") == "locked"


def test_what_a_policy_locks_beside_the_two_is_locked_too(policy: Policy) -> None:
    locked = replace_record(policy.feature["dss"], availability="locked")
    assert availability(locked, "mirrored") == "locked"


def switch(policy: Policy, feature: str, environment: str = "mirrored", found: Posture = SAFE) -> str:
    """The reasons against switching a feature on."""
    return " ".join(can_switch(policy, FeatureState(environment, feature), "enable", found).reasons)


@pytest.mark.parametrize(("feature", "name"), [("engage", "Engage"), ("clientconnect", "ClientConnect")])
def test_never_is_told_as_never(policy: Policy, feature: str, name: str) -> None:
    assert switch(policy, feature) == (
        f"{name} cannot be enabled in the mirrored database. Nobody can switch it on there, not even Support."
    )


@pytest.mark.parametrize(("feature", "name"), [("dss", "DSS"), ("credit-card", "Credit Card"), ("ors-srs", "ORS/SRS")])
def test_not_on_the_list_is_told_as_a_question_for_support(policy: Policy, feature: str, name: str) -> None:
    assert switch(policy, feature) == (
        f"{name} is not on the vendor's list of what may be re-enabled. It stays off; ask Support if you need it."
    )


def test_elsewhere_the_list_does_not_apply(policy: Policy) -> None:
    assert switch(policy, "ms-exchange", "preview") == (
        "The vendor's list of what may be re-enabled is for the mirrored database, not for Preview. Ask Support."
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS[:-1])
def test_a_locked_feature_stays_locked_elsewhere_and_the_sentence_is_true_there(
    policy: Policy, environment: str
) -> None:
    assert switch(policy, "engage", environment) == (
        "Engage stays locked here: the vendor rules it out for the mirrored database and names no exception."
    )


def test_locked_and_not_listed_are_different_answers(policy: Policy) -> None:
    locked = can_switch(policy, FeatureState("mirrored", "engage"), "enable", SAFE)
    unlisted = can_switch(policy, FeatureState("mirrored", "dss"), "enable", SAFE)
    assert (locked.availability, unlisted.availability) == ("locked", "not-listed")
    assert "Support if you need it" in unlisted.reasons[0]
    assert "ask Support" not in locked.reasons[0]
    assert (locked.phi_risk, locked.reaches, unlisted.phi_risk, unlisted.reaches) == (None, None, None, None)


@pytest.mark.parametrize("feature", sorted(RE_ENABLEABLE))
def test_what_may_be_enabled_names_its_risk_and_whom_it_reaches(policy: Policy, feature: str) -> None:
    verdict = can_switch(policy, FeatureState("mirrored", feature), "enable", SAFE)
    assert verdict.phi_risk == ("elevated" if feature in ELEVATED else "high")
    assert verdict.reaches == policy.feature[feature].reaches
    assert f"acknowledgement of its {verdict.phi_risk} PHI risk" in verdict.reasons[0]


@pytest.mark.parametrize("feature", sorted(RE_ENABLEABLE))
@pytest.mark.parametrize("found", POSTURES, ids=lambda found: found.contact_details)
def test_the_environment_s_name_is_asked_for_where_real_people_could_be_reached(
    policy: Policy, feature: str, found: Posture
) -> None:
    verdict = can_switch(policy, FeatureState("mirrored", feature), "enable", found)
    assert verdict.needs_name is (found is not SAFE and feature != "general-ledger")
    asked = [reason for reason in verdict.reasons if 'type "Mirrored" to confirm' in reason]
    assert bool(asked) is verdict.needs_name


@pytest.mark.parametrize("found", POSTURES, ids=lambda found: found.contact_details)
def test_what_is_known_of_the_contact_details_is_said_where_it_matters(policy: Policy, found: Posture) -> None:
    sms = can_switch(policy, FeatureState("mirrored", "external-communications.sms"), "enable", found)
    ledger = can_switch(policy, FeatureState("mirrored", "general-ledger"), "enable", found)
    assert sms.reasons[-1] == found.sentence
    assert ledger.reasons[-1] == policy.feature["general-ledger"].reaches


def test_switching_off_needs_no_acknowledgement_and_no_name(policy: Policy) -> None:
    verdict = can_switch(policy, FeatureState("mirrored", "action-triggers", "on"), "disable", REAL)
    assert verdict.decision is Decision.ALLOWED
    assert not verdict.needs_name
    assert verdict.reaches is None


def typed(policy: Policy, text: str) -> Decision:
    """The verdict once a name has been typed."""
    entry = FeatureState("mirrored", "action-triggers")
    return can_switch(policy, entry, "enable", REAL, Acknowledgement(phi=True, environment=text)).decision


@given(st.lists(st.booleans(), min_size=8, max_size=8), st.sampled_from(["", " ", "\t", "  "]))
def test_the_name_may_be_typed_in_any_case_and_with_space_around(
    policy: Policy, capitals: list[bool], space: str
) -> None:
    name = "".join(letter.upper() if capital else letter for letter, capital in zip("mirrored", capitals, strict=True))
    assert typed(policy, f"{space}{name}{space}") is Decision.ALLOWED


@given(st.text(max_size=12).filter(lambda text: text.strip().casefold() != "mirrored"))
def test_no_other_text_will_do(policy: Policy, text: str) -> None:
    assert typed(policy, text) is Decision.NEEDS_ACKNOWLEDGEMENT


def test_the_key_will_do_where_it_differs_from_the_name(policy: Policy) -> None:
    """If a policy lists a feature for a training copy, its key is as good as its name."""
    listed = replace_record(policy.feature["ms-exchange"], environments=("training-a",))
    other = replace_record(policy, features=(listed,))
    entry = FeatureState("training-a", "ms-exchange")
    for text in ("training-a", "TRAINING-A", "Training (option A)", "training (OPTION A)"):
        given_ = Acknowledgement(phi=True, environment=text)
        assert can_switch(other, entry, "enable", REAL, given_).decision is Decision.ALLOWED
    for text in ("training", "Training", "mirrored"):
        given_ = Acknowledgement(phi=True, environment=text)
        assert can_switch(other, entry, "enable", REAL, given_).decision is Decision.NEEDS_ACKNOWLEDGEMENT


def test_a_refresh_takes_back_what_an_upgrade_made_easy(policy: Policy) -> None:
    """The rule from the event to the verdict: after an upgrade no name, after a refresh again."""
    zone, entry = ZoneInfo("UTC"), FeatureState("mirrored", "external-communications.sms")
    upgraded = Event("mirrored", "upgraded", datetime(2026, 5, 1, tzinfo=UTC))
    refreshed = Event("mirrored", "refreshed", datetime(2026, 5, 2, tzinfo=UTC))
    given_ = Acknowledgement(phi=True)
    after_upgrade = posture(policy, "mirrored", [upgraded], zone)
    after_refresh = posture(policy, "mirrored", [upgraded, refreshed], zone)
    assert can_switch(policy, entry, "enable", after_upgrade, given_).decision is Decision.ALLOWED
    assert can_switch(policy, entry, "enable", after_refresh, given_).decision is Decision.NEEDS_ACKNOWLEDGEMENT


@pytest.mark.parametrize("text", ["engage", "Engage", " ENGAGE "])
def test_a_feature_is_found_however_it_is_typed(policy: Policy, text: str) -> None:
    assert find_feature(policy, text).key == "engage"


def test_an_unknown_feature_is_answered_with_the_known_ones(policy: Policy) -> None:
    with pytest.raises(BadInputError, match=r"Features are external-communications, external-communications\.sms"):
        find_feature(policy, "sms")


def test_a_part_is_named_with_its_whole(policy: Policy) -> None:
    assert full_name(policy, policy.feature["external-communications.sms"]) == "External Communications: SMS"
    assert full_name(policy, policy.feature["external-communications"]) == "External Communications"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_before_anything_is_recorded_only_locked_features_are_known_to_be_off(policy: Policy, environment: str) -> None:
    for feature in policy.features:
        entry = initial_state(feature, environment)
        assert entry.state == ("off" if feature.key in LOCKED else "unknown")
        assert (entry.environment, entry.feature, entry.pending, entry.version) == (environment, feature.key, None, 0)


def test_what_an_upgrade_will_switch_off_is_what_is_on_in_the_policy_s_order(policy: Policy) -> None:
    entries = [
        FeatureState("mirrored", "general-ledger", "on"),
        FeatureState("mirrored", "ms-exchange", "unknown"),
        FeatureState("mirrored", "action-triggers", "on"),
        FeatureState("mirrored", "external-communications", "off"),
    ]
    assert [feature.key for feature in on_now(policy, entries)] == ["action-triggers", "general-ledger"]
    by_key = {entry.feature: entry for entry in entries}
    assert on_now(policy, by_key) == on_now(policy, entries)
    assert on_now(policy, [replace(entry, state="off") for entry in entries]) == []
