"""A database that is no longer the agency's: what of it is to be settled, and that nothing is dropped in silence."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from penelope_admin.domain.features import FeatureState, Pending, initial_state
from penelope_admin.domain.leaving import require_said, still_open_sentence, unsettled
from penelope_admin.domain.mirror import Event, Posture, posture
from penelope_admin.errors import RefusedError
from penelope_admin.policy import Policy

AT = datetime(2026, 12, 1, tzinfo=UTC)
SMS = "external-communications.sms"


def known(policy: Policy, environment: str, *kinds: str) -> Posture:
    events = [Event(environment, kind, AT) for kind in kinds]  # type: ignore[arg-type]
    return posture(policy, environment, events, ZoneInfo("America/Resolute"))


def states(policy: Policy, environment: str, state: str = "off", **given: FeatureState) -> list[FeatureState]:
    """The register, all alike but for what is given."""
    said = {entry.feature: entry for entry in given.values()}
    return [
        said.get(feature.key, FeatureState(environment, feature.key, state))  # type: ignore[arg-type]
        for feature in policy.features
    ]


def of_mirrored(policy: Policy, entries: list[FeatureState], *kinds: str) -> tuple[str, ...]:
    return unsettled(policy, entries, known(policy, "mirrored", *kinds))


def test_a_database_that_is_upgraded_with_everything_off_is_settled(policy: Policy) -> None:
    assert of_mirrored(policy, states(policy, "mirrored"), "upgraded") == ()


def test_what_is_on_planned_or_not_known_is_to_be_settled(policy: Policy) -> None:
    on = FeatureState("mirrored", SMS, "on")
    planned = FeatureState("mirrored", "ms-exchange", "off", Pending("enable", "x", None, False))
    unknown = FeatureState("mirrored", "engage", "unknown")
    found = of_mirrored(policy, states(policy, "mirrored", a=on, b=planned, c=unknown), "upgraded")
    assert found == (
        "Recorded as on: External Communications: SMS. Switch off in Penelope, or have Support do it, and record that.",
        "Planned: MS Exchange. Cancel the plan.",
        "Not known whether on: 1 feature. Look in Penelope, and record it.",
    )


def test_a_posture_that_may_be_real_is_to_be_settled(policy: Policy) -> None:
    for kinds in ((), ("refreshed",)):
        (found,) = of_mirrored(policy, states(policy, "mirrored"), *kinds)
        assert found.startswith("May hold real contact details")


def test_what_nobody_looked_at_is_to_be_settled_in_a_de_identified_training_copy_too(policy: Policy) -> None:
    entries = [initial_state(feature, "training-b") for feature in policy.features]
    found = unsettled(policy, entries, known(policy, "training-b", "refreshed"))
    assert found == ("Not known whether on: 12 features. Look in Penelope, and record it.",)
    assert unsettled(policy, states(policy, "training-b"), known(policy, "training-b")) == ()
    (found_on,) = unsettled(
        policy, states(policy, "training-b", a=FeatureState("training-b", SMS, "on")), known(policy, "training-b")
    )
    assert found_on.startswith("Recorded as on")


def test_nothing_unsettled_is_dropped_in_silence(policy: Policy) -> None:
    still_open = {"mirrored": ("Recorded as on: SMS.",), "preview": ()}
    with pytest.raises(RefusedError, match=r"Mirrored is not settled. Recorded as on: SMS. Nothing was saved."):
        require_said(policy, still_open, ())
    with pytest.raises(RefusedError, match="Mirrored is not settled"):
        require_said(policy, still_open, ("preview",))
    require_said(policy, still_open, ("mirrored",))
    require_said(policy, {"preview": ()}, ())


def test_the_sentence_of_overview_names_the_database_and_what_is_open() -> None:
    assert still_open_sentence("Mirrored", ["SMS is on."]) == (
        "Mirrored is no longer yours, and not settled. SMS is on."
    )
