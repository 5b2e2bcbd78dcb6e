"""What may be switched, at what risk, and why not: the verdict for every feature, everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as replace_record

from penelope_admin.domain.features import (
    Acknowledgement,
    Change,
    Decision,
    FeatureState,
    Pending,
    SwitchContext,
    Verdict,
    availability,
    can_ask,
    can_switch,
    find_feature,
    full_name,
    initial_state,
    on_now,
    on_role,
    whole_notes,
)
from penelope_admin.domain.mirror import Event, Posture, posture
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.policy import Policy
from tests.each import each
from tests.effort import examples

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
SOON = date(2026, 6, 1)
REAL = Posture("real", "May hold real contact details: refreshed on Monday 4 May 2026, no upgrade recorded since.")
UNKNOWN = Posture("unknown", "May hold real contact details: nothing is recorded yet. Treated as real.")
SAFE = Posture(
    "de-identified", "Contact details are de-identified: upgraded on Monday 4 May 2026, no refresh recorded since."
)
POSTURES = [REAL, UNKNOWN, SAFE]
ACKNOWLEDGEMENTS = [
    Acknowledgement(),
    Acknowledgement(phi=True),
    Acknowledgement(environment="Mirrored"),
    Acknowledgement(phi=True, environment="Mirrored"),
    Acknowledgement(phi=True, environment="Production"),
    Acknowledgement(phi=True, environment=""),
]


def expected(
    feature: str,
    environment: str,
    change: Change,
    found: Posture,
    given_: Acknowledgement,
    until: date | None,
) -> Decision:
    """The rules again, written as a list of what is refused and what is missing."""
    if feature in LOCKED or feature not in RE_ENABLEABLE or environment != "mirrored":
        return Decision.REFUSED
    if change == "disable":
        return Decision.ALLOWED
    if not given_.phi:
        return Decision.NEEDS_ACKNOWLEDGEMENT
    name_needed = found is not SAFE and feature != "general-ledger"
    if name_needed and given_.environment != "Mirrored":
        return Decision.NEEDS_ACKNOWLEDGEMENT
    if until is None and feature not in ELEVATED:
        return Decision.NEEDS_ACKNOWLEDGEMENT
    return Decision.ALLOWED


@each("feature", FEATURES)
@each("environment", ENVIRONMENTS)
def test_the_verdict_follows_the_rules_in_every_case(policy: Policy, feature: str, environment: str) -> None:
    changes: tuple[Change, Change] = ("enable", "disable")
    for change, found, acknowledgement, state, until in product(
        changes, POSTURES, ACKNOWLEDGEMENTS, ("on", "off", "unknown"), (None, SOON)
    ):
        entry = FeatureState(environment, feature, state)  # type: ignore[arg-type]
        verdict = can_switch(policy, entry, change, found, acknowledgement, until)
        assert verdict.decision is expected(feature, environment, change, found, acknowledgement, until)
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


@each("feature", FEATURES)
@each("environment", ENVIRONMENTS)
def test_availability_is_by_feature_and_environment(policy: Policy, feature: str, environment: str) -> None:
    wanted = "locked" if feature in LOCKED else "not-listed"
    if feature in RE_ENABLEABLE and environment == "mirrored":
        wanted = "re-enableable"
    assert availability(policy.feature[feature], environment) == wanted


@each("feature", sorted(LOCKED))
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
    return " ".join(can_switch(policy, FeatureState(environment, feature), "enable", found, until=SOON).reasons)


@each("feature, name", [("engage", "Engage"), ("clientconnect", "ClientConnect")])
def test_never_is_told_as_never(policy: Policy, feature: str, name: str) -> None:
    assert switch(policy, feature) == (
        f"{name} cannot be enabled in the mirrored database. If you see it on there, tell Support at once."
    )


@each("feature, name", [("dss", "DSS"), ("credit-card", "Credit Card"), ("ors-srs", "ORS/SRS")])
def test_not_on_the_list_is_told_as_a_question_for_support(policy: Policy, feature: str, name: str) -> None:
    assert switch(policy, feature) == (
        f"{name} is not on the vendor's list of what may be re-enabled; ask Support if you need it."
    )


def test_elsewhere_the_list_does_not_apply(policy: Policy) -> None:
    assert switch(policy, "ms-exchange", "preview") == (
        "The vendor's list of what may be re-enabled is for the mirrored database; of Preview our sources say nothing. "
        "Ask Support."
    )


@each("environment", ENVIRONMENTS[1:-1])
def test_of_other_copies_the_sources_say_nothing_and_so_do_we(policy: Policy, environment: str) -> None:
    name = policy.environment[environment].name
    assert switch(policy, "engage", environment) == (
        f"The vendor's list of what may be re-enabled is for the mirrored database; of {name} our sources say nothing. "
        "In this program Engage stays locked, here too. Ask Support."
    )


def test_in_production_the_administrator_switches_features(policy: Policy) -> None:
    assert switch(policy, "engage", "production") == (
        "An administrator switches Engage in Production themselves; nothing of that is planned here. "
        "In this program Engage stays locked, here too."
    )
    assert "Ask Support" not in switch(policy, "ms-exchange", "production")


@each("environment", ENVIRONMENTS[:-1])
def test_cannot_be_enabled_is_said_of_the_mirrored_database_only(policy: Policy, environment: str) -> None:
    for feature in policy.features:
        assert "cannot be enabled" not in switch(policy, feature.key, environment)


def test_locked_and_not_listed_are_different_answers(policy: Policy) -> None:
    locked = can_switch(policy, FeatureState("mirrored", "engage"), "enable", SAFE)
    unlisted = can_switch(policy, FeatureState("mirrored", "dss"), "enable", SAFE)
    assert (locked.availability, unlisted.availability) == ("locked", "not-listed")
    assert "Support if you need it" in unlisted.reasons[0]
    assert "ask Support" not in locked.reasons[0]
    assert (locked.phi_risk, locked.reaches, unlisted.phi_risk, unlisted.reaches) == (None, None, None, None)


@each("feature", sorted(RE_ENABLEABLE))
def test_what_may_be_enabled_names_its_risk_and_whom_it_reaches(policy: Policy, feature: str) -> None:
    verdict = can_switch(policy, FeatureState("mirrored", feature), "enable", SAFE, until=SOON)
    assert verdict.phi_risk == ("elevated" if feature in ELEVATED else "high")
    assert verdict.reaches == policy.feature[feature].reaches
    assert f"acknowledgement of its {verdict.phi_risk} PHI risk" in verdict.reasons[0]


@each("feature", sorted(RE_ENABLEABLE))
@each("found", POSTURES)
def test_the_environment_s_name_is_asked_for_where_real_people_could_be_reached(
    policy: Policy, feature: str, found: Posture
) -> None:
    verdict = can_switch(policy, FeatureState("mirrored", feature), "enable", found)
    assert verdict.needs_name is (found is not SAFE and feature != "general-ledger")
    asked = [reason for reason in verdict.reasons if 'type "Mirrored" to confirm' in reason]
    assert bool(asked) is verdict.needs_name


@each("found", POSTURES)
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
    return can_switch(policy, entry, "enable", REAL, Acknowledgement(phi=True, environment=text), SOON).decision


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
    other = replace_record(policy, features=(listed,), combinations=())
    entry = FeatureState("training-a", "ms-exchange")
    for text in ("training-a", "TRAINING-A", "Training (option A)", "training (OPTION A)"):
        given_ = Acknowledgement(phi=True, environment=text)
        assert can_switch(other, entry, "enable", REAL, given_, SOON).decision is Decision.ALLOWED
    for text in ("training", "Training", "mirrored"):
        given_ = Acknowledgement(phi=True, environment=text)
        assert can_switch(other, entry, "enable", REAL, given_, SOON).decision is Decision.NEEDS_ACKNOWLEDGEMENT


def test_a_refresh_takes_back_what_an_upgrade_made_easy(policy: Policy) -> None:
    """The rule from the event to the verdict: after an upgrade no name, after a refresh again."""
    zone, entry = ZoneInfo("UTC"), FeatureState("mirrored", "external-communications.sms")
    upgraded = Event("mirrored", "upgraded", datetime(2026, 5, 1, tzinfo=UTC))
    refreshed = Event("mirrored", "refreshed", datetime(2026, 5, 2, tzinfo=UTC))
    given_ = Acknowledgement(phi=True)
    after_upgrade = posture(policy, "mirrored", [upgraded], zone)
    after_refresh = posture(policy, "mirrored", [upgraded, refreshed], zone)
    assert can_switch(policy, entry, "enable", after_upgrade, given_, SOON).decision is Decision.ALLOWED
    assert can_switch(policy, entry, "enable", after_refresh, given_, SOON).decision is Decision.NEEDS_ACKNOWLEDGEMENT


@each("text", ["engage", "Engage", " ENGAGE "])
def test_a_feature_is_found_however_it_is_typed(policy: Policy, text: str) -> None:
    assert find_feature(policy, text).key == "engage"


def test_an_unknown_feature_is_answered_with_the_known_ones(policy: Policy) -> None:
    with pytest.raises(BadInputError, match=r"Features are external-communications, external-communications\.sms"):
        find_feature(policy, "sms")


def test_a_part_is_named_with_its_whole(policy: Policy) -> None:
    assert full_name(policy, policy.feature["external-communications.sms"]) == "External Communications: SMS"
    assert full_name(policy, policy.feature["external-communications"]) == "External Communications"


@each("environment", ENVIRONMENTS)
def test_before_anything_is_recorded_nothing_is_known_of_any_feature(policy: Policy, environment: str) -> None:
    for feature in policy.features:
        entry = initial_state(feature, environment)
        assert entry.state == "unknown"
        assert (entry.environment, entry.feature, entry.pending, entry.version) == (environment, feature.key, None, 0)


def test_what_an_upgrade_will_switch_off_is_what_is_on_in_the_policy_s_order(policy: Policy) -> None:
    entries = [
        FeatureState("mirrored", "general-ledger", "on"),
        FeatureState("mirrored", "ms-exchange", "unknown"),
        FeatureState("mirrored", "action-triggers", "on"),
        FeatureState("mirrored", "external-communications", "off"),
    ]
    assert [feature.key for feature in on_now(policy, entries)] == ["action-triggers", "general-ledger"]
    assert on_now(policy, [replace(entry, state="off") for entry in entries]) == []


# --- end dates, warnings, a second person ------------------------------------------------------

UPGRADE = date(2026, 6, 13)
EXTERNAL = FEATURES[:4]
TOGETHER = "Action Triggers and External Communications together send messages"
SURE = Acknowledgement(phi=True, environment="mirrored")


def verdict_of(
    policy: Policy, feature: str, until: date | None = SOON, found: Posture = SAFE, **around: Any
) -> Verdict:
    """The verdict on switching a feature on in the mirrored database, everything acknowledged."""
    return can_switch(policy, FeatureState("mirrored", feature), "enable", found, SURE, until, SwitchContext(**around))


@each("feature", sorted(RE_ENABLEABLE))
def test_high_risk_needs_an_end_date(policy: Policy, feature: str) -> None:
    open_ended, ended = verdict_of(policy, feature, None), verdict_of(policy, feature)
    assert ended.decision is Decision.ALLOWED
    if feature in ELEVATED:
        assert (open_ended.decision, open_ended.needs_until) == (Decision.ALLOWED, False)
    else:
        assert (open_ended.decision, open_ended.needs_until) == (Decision.NEEDS_ACKNOWLEDGEMENT, True)
        name = full_name(policy, policy.feature[feature])
        assert open_ended.reasons[0] == f"{name} needs an end date, because its PHI risk is high."
        assert ended.needs_until


def test_what_is_missing_besides_the_end_date_is_said_too(policy: Policy) -> None:
    entry = FeatureState("mirrored", "action-triggers")
    reasons = can_switch(policy, entry, "enable", REAL).reasons
    for part, reason in zip(("end date", "acknowledgement", 'type "Mirrored"', REAL.sentence), reasons, strict=True):
        assert part in reason


def test_switching_off_needs_no_end_date_and_no_approval(policy: Policy) -> None:
    entry = FeatureState("mirrored", "action-triggers", "on")
    around = SwitchContext(frozenset(FEATURES), UPGRADE, second_person=True)
    verdict = can_switch(policy, entry, "disable", REAL, around=around)
    assert verdict.allowed
    assert (verdict.needs_until, verdict.needs_approval, verdict.warnings) == (False, False, ())


@each(
    "until, noted",
    [
        (UPGRADE - timedelta(days=1), False),
        (UPGRADE, True),
        (UPGRADE + timedelta(days=1), True),
        (date.max, True),
        (None, True),
    ],
)
def test_an_end_date_on_or_after_the_next_upgrade_is_noted(policy: Policy, until: date | None, noted: bool) -> None:
    note = "The upgrade of Saturday 13 June 2026 switches it off, if this database is upgraded then."
    assert verdict_of(policy, "general-ledger", until, next_upgrade=UPGRADE).warnings == ((note,) if noted else ())
    assert verdict_of(policy, "general-ledger", until).warnings == ()


@each("feature", FEATURES)
def test_action_triggers_together_with_any_part_of_external_communications_is_warned_about_and_nothing_else(
    policy: Policy, feature: str
) -> None:
    for size in (0, 1, 2):
        for in_use in combinations(FEATURES, size):
            partners = {"action-triggers": EXTERNAL, **dict.fromkeys(EXTERNAL, ("action-triggers",))}
            warned = bool(set(partners.get(feature, ())) & set(in_use))
            warnings = verdict_of(policy, feature, in_use=frozenset(in_use)).warnings
            assert [warning.startswith(TOGETHER) for warning in warnings] == [True] * warned


def test_of_a_part_it_is_said_which_whole_comes_on_with_it_unless_that_is_on_planned_or_chosen_too(
    policy: Policy,
) -> None:
    whole, sms, ledger = "external-communications", "external-communications.sms", "general-ledger"
    note = "SMS is a part of External Communications: once it is on, so is the whole."
    assert verdict_of(policy, sms).remarks == [(note, "info")]
    assert verdict_of(policy, sms, in_use=frozenset({whole})).remarks == []
    assert verdict_of(policy, whole).remarks == verdict_of(policy, ledger).remarks == []
    assert verdict_of(policy, sms, in_use=frozenset({"external-communications.client-delivery"})).remarks == []
    assert whole_notes(policy, (sms, ledger)) == [note]
    assert whole_notes(policy, (sms, whole)) == []


def test_a_warning_stands_in_nobody_s_way(policy: Policy) -> None:
    verdict = verdict_of(policy, "action-triggers", None, REAL, in_use=frozenset(EXTERNAL), next_upgrade=UPGRADE)
    assert len(verdict.warnings) == 2
    assert verdict_of(
        policy, "action-triggers", UPGRADE, REAL, in_use=frozenset(EXTERNAL), next_upgrade=UPGRADE
    ).allowed


def test_what_is_on_is_marked_by_whom_it_could_reach_and_never_as_safe(policy: Policy) -> None:
    def role(feature: str, posture: Posture, environment: str = "mirrored") -> str:
        return on_role(policy, FeatureState(environment, feature, "on"), posture)

    for feature in (*EXTERNAL, "ms-exchange", "action-triggers"):
        assert [role(feature, posture) for posture in (SAFE, REAL, UNKNOWN)] == ["info", "danger", "danger"]
    assert [role("general-ledger", posture) for posture in (SAFE, REAL)] == ["info", "caution"]
    assert role("external-communications.sms", REAL, "production") == "info"


@each("feature", FEATURES)
@each("environment", ENVIRONMENTS)
def test_an_approval_is_needed_exactly_where_the_agency_wants_it_and_real_people_could_be_reached(
    policy: Policy, feature: str, environment: str
) -> None:
    for found, wanted, until, given_ in product(POSTURES, (False, True), (None, SOON), ACKNOWLEDGEMENTS):
        entry, around = FeatureState(environment, feature), SwitchContext(second_person=wanted)
        verdict = can_switch(policy, entry, "enable", found, given_, until, around)
        listed = feature in RE_ENABLEABLE and environment == "mirrored"
        assert verdict.needs_approval is (listed and wanted and found is not SAFE and feature != "general-ledger")


def planned(feature: str, change: Change = "enable", approved_by: str | None = None) -> FeatureState:
    """A register's entry with a plan of Sam's."""
    return FeatureState("mirrored", feature, pending=Pending(change, "x", SOON, True, "sam", approved_by))


def test_support_is_asked_only_for_what_a_second_person_approved(policy: Policy) -> None:
    around = SwitchContext(second_person=True)
    for entry, found, asked in (
        (FeatureState("mirrored", "action-triggers"), REAL, False),
        (planned("action-triggers"), UNKNOWN, False),
        (planned("action-triggers", approved_by="alex"), REAL, True),
        (planned("action-triggers", "disable", "alex"), REAL, False),
        (FeatureState("mirrored", "action-triggers"), SAFE, True),
        (FeatureState("mirrored", "general-ledger"), REAL, True),
        (FeatureState("mirrored", "dss"), SAFE, True),
    ):
        verdict = can_ask(policy, entry, "enable", found, SURE, around)
        assert verdict.allowed is asked, entry
        assert can_ask(policy, entry, "enable", found, SURE).allowed
        assert can_ask(policy, entry, "disable", found, around=around).allowed


SURROUNDINGS = st.builds(
    SwitchContext,
    st.frozensets(st.sampled_from(FEATURES)),
    st.none() | st.dates(),
    st.booleans(),
)
GIVEN = st.builds(Acknowledgement, st.booleans(), st.none() | st.sampled_from([*ENVIRONMENTS, "Mirrored"]))
ENTRIES = st.builds(
    FeatureState,
    st.sampled_from(ENVIRONMENTS),
    st.sampled_from(FEATURES),
    st.sampled_from(["on", "off", "unknown"]),
    st.none()
    | st.builds(
        Pending,
        st.sampled_from(["enable", "disable"]),
        st.just("x"),
        st.none() | st.dates(),
        st.booleans(),
        st.sampled_from([None, "sam"]),
        st.sampled_from([None, "alex"]),
    ),
)


@settings(max_examples=examples(20, long=2000))
@given(entry=ENTRIES, found=st.sampled_from(POSTURES), given_=GIVEN, until=st.none() | st.dates(), around=SURROUNDINGS)
def test_nothing_that_is_said_or_around_opens_what_is_locked_or_not_on_the_list(
    policy: Policy,
    entry: FeatureState,
    found: Posture,
    given_: Acknowledgement,
    until: date | None,
    around: SwitchContext,
) -> None:
    listed = entry.feature in RE_ENABLEABLE and entry.environment == "mirrored"
    verdict = can_switch(policy, entry, "enable", found, given_, until, around)
    assert (verdict.decision is Decision.REFUSED) is not listed
    if entry.feature in LOCKED:
        for change in ("enable", "disable"):
            assert can_switch(policy, entry, change, found, given_, until, around).decision is Decision.REFUSED  # type: ignore[arg-type]
            assert can_ask(policy, entry, change, found, given_, around).decision is Decision.REFUSED  # type: ignore[arg-type]
    if verdict.allowed:
        assert given_ is not None
        assert given_.phi
