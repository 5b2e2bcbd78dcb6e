"""May Support be asked to switch a feature, and what must be said first: the verdict for every feature, everywhere."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace as replace_record

from penelope_admin.domain.features import Acknowledgement, Change, Decision, FeatureState, can_ask, can_switch
from penelope_admin.domain.mirror import Posture
from penelope_admin.errors import RefusedError
from penelope_admin.policy import Policy
from tests.domain.test_feature_verdicts import ENVIRONMENTS, FEATURES, LOCKED, POSTURES, RE_ENABLEABLE, REAL, SAFE
from tests.each import each

NAMES = {
    "production": "Production",
    "preview": "Preview",
    "training-a": "Training (option A)",
    "training-b": "Training (option B)",
    "migration": "Migration",
    "mirrored": "Mirrored",
}
ACKNOWLEDGEMENTS = [
    Acknowledgement(),
    Acknowledgement(phi=True),
    *(Acknowledgement(phi=phi, environment=name) for phi in (False, True) for name in ("", *NAMES, *NAMES.values())),
]


def expected(feature: str, environment: str, change: Change, found: Posture, given: Acknowledgement) -> Decision:
    """The rules again, written as a list of what is refused and what is missing."""
    if feature in LOCKED:
        return Decision.REFUSED
    if change == "disable" or feature not in RE_ENABLEABLE:
        return Decision.ALLOWED
    if not given.phi:
        return Decision.NEEDS_ACKNOWLEDGEMENT
    name_needed = found is not SAFE and feature != "general-ledger"
    if name_needed and given.environment not in (environment, NAMES[environment]):
        return Decision.NEEDS_ACKNOWLEDGEMENT
    return Decision.ALLOWED


@each("feature", FEATURES)
@each("environment", ENVIRONMENTS)
def test_the_verdict_on_asking_follows_the_rules_in_every_case(policy: Policy, feature: str, environment: str) -> None:
    changes: tuple[Change, Change] = ("enable", "disable")
    for change, found, given, state in product(changes, POSTURES, ACKNOWLEDGEMENTS, ("on", "off", "unknown")):
        entry = FeatureState(environment, feature, state)  # type: ignore[arg-type]
        verdict = can_ask(policy, entry, change, found, given)
        assert verdict.decision is expected(feature, environment, change, found, given)
        assert verdict.reasons
        assert "None" not in " ".join(verdict.reasons)
        if verdict.decision is Decision.ALLOWED:
            verdict.require()
        else:
            with pytest.raises(RefusedError):
                verdict.require()


@each("feature", FEATURES)
@each("environment", ENVIRONMENTS)
def test_whatever_may_be_switched_may_be_asked_for(policy: Policy, feature: str, environment: str) -> None:
    changes: tuple[Change, Change] = ("enable", "disable")
    for change, found, given in product(changes, POSTURES, ACKNOWLEDGEMENTS):
        entry = FeatureState(environment, feature)
        if can_switch(policy, entry, change, found, given).decision is Decision.ALLOWED:
            assert can_ask(policy, entry, change, found, given).decision is Decision.ALLOWED


@each("feature", sorted(LOCKED))
@each("environment", ENVIRONMENTS)
def test_what_is_locked_may_not_be_asked_for_and_the_answer_is_the_same(
    policy: Policy, feature: str, environment: str
) -> None:
    entry = FeatureState(environment, feature)
    for change in ("enable", "disable"):
        assert can_ask(policy, entry, change, SAFE) == can_switch(policy, entry, change, SAFE)


@each("feature, name", [("dss", "DSS"), ("credit-card", "Credit Card"), ("ors-srs", "ORS/SRS")])
def test_what_is_not_on_the_list_is_for_support_to_decide(policy: Policy, feature: str, name: str) -> None:
    verdict = can_ask(policy, FeatureState("mirrored", feature), "enable", REAL)
    assert (verdict.decision, verdict.availability) == (Decision.ALLOWED, "not-listed")
    assert verdict.reasons == (f"{name} is not on the vendor's list here; Support decides.",)


@each("environment", ENVIRONMENTS[:-1])
def test_asking_for_another_copy_names_the_same_risk_and_reach_as_for_the_mirrored_one(
    policy: Policy, environment: str
) -> None:
    for feature in sorted(RE_ENABLEABLE):
        here = can_ask(policy, FeatureState("mirrored", feature), "enable", REAL)
        there = can_ask(policy, FeatureState(environment, feature), "enable", REAL)
        assert (there.phi_risk, there.reaches, there.needs_name) == (here.phi_risk, here.reaches, here.needs_name)
        assert there.availability == "not-listed"


def test_the_name_to_be_typed_is_that_of_the_copy_that_is_meant(policy: Policy) -> None:
    verdict = can_ask(policy, FeatureState("preview", "ms-exchange"), "enable", REAL)
    assert 'Contact details may be real: type "Preview" to confirm.' in verdict.reasons
    other = Acknowledgement(phi=True, environment="Mirrored")
    again = can_ask(policy, FeatureState("preview", "ms-exchange"), "enable", REAL, other)
    assert again.decision is Decision.NEEDS_ACKNOWLEDGEMENT


def test_a_feature_off_the_list_that_reaches_people_needs_the_acknowledgement_too(policy: Policy) -> None:
    """None of the shipped policy's is such; a policy may name one."""
    reaching = replace_record(policy.feature["dss"], uses_contact_details=True)
    other = replace_record(policy, features=(reaching,))
    verdict = can_ask(other, FeatureState("mirrored", "dss"), "enable", SAFE)
    assert verdict.decision is Decision.NEEDS_ACKNOWLEDGEMENT
    assert verdict.reasons[0] == "DSS needs an acknowledgement of its PHI risk."
