"""Are a copy's contact details real? The latest refresh or upgrade decides, and nobody knows means real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penelope_admin.domain.mirror import Event, EventKind, Posture, find_environment, in_force, posture
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy

WINNIPEG = ZoneInfo("America/Winnipeg")
ENVIRONMENTS = ["production", "preview", "training-a", "training-b", "migration", "mirrored"]
MAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GROUPS = ("System Admin", "External Admin", "ACSO")


def read(policy: Policy, *events: tuple[EventKind, datetime], environment: str = "mirrored") -> Posture:
    """The posture after some events of one environment."""
    return posture(policy, environment, [Event(environment, kind, at) for kind, at in events], WINNIPEG)


def test_nothing_recorded_of_the_mirror_is_treated_as_real(policy: Policy) -> None:
    found = read(policy)
    assert found.contact_details == "unknown"
    assert found.may_be_real
    assert found.sentence == ("May hold real contact details: no refresh or upgrade is recorded yet. Treated as real.")


def test_a_refresh_makes_contact_details_real(policy: Policy) -> None:
    found = read(policy, ("refreshed", MAY))
    assert (found.contact_details, found.may_be_real) == ("real", True)
    assert found.sentence == ("May hold real contact details: refreshed on Monday 4 May 2026, not upgraded since.")


def test_an_upgrade_de_identifies_the_mirror(policy: Policy) -> None:
    found = read(policy, ("upgraded", MAY))
    assert (found.contact_details, found.may_be_real) == ("de-identified", False)
    assert found.sentence == "Contact details are de-identified: upgraded on Monday 4 May 2026."


def test_an_upgrade_after_a_refresh_de_identifies(policy: Policy) -> None:
    found = read(policy, ("refreshed", MAY - DAY), ("upgraded", MAY))
    assert not found.may_be_real
    assert found.sentence == ("Contact details are de-identified: upgraded on Monday 4 May 2026, not refreshed since.")


def test_a_refresh_after_an_upgrade_makes_contact_details_real(policy: Policy) -> None:
    found = read(policy, ("upgraded", MAY - DAY), ("refreshed", MAY))
    assert found.may_be_real
    assert (found.last_refresh, found.last_upgrade) == (MAY, MAY - DAY)


def test_a_refresh_and_an_upgrade_at_the_same_instant_count_as_a_refresh(policy: Policy) -> None:
    for order in (("upgraded", "refreshed"), ("refreshed", "upgraded")):
        assert read(policy, *((kind, MAY) for kind in order)).contact_details == "real"


def test_an_upgrade_a_moment_after_the_refresh_counts(policy: Policy) -> None:
    found = read(policy, ("refreshed", MAY), ("upgraded", MAY + timedelta(microseconds=1)))
    assert found.contact_details == "de-identified"


def test_after_an_upgrade_three_user_groups_keep_real_addresses(policy: Policy) -> None:
    assert read(policy, ("upgraded", MAY)).exceptions == GROUPS
    assert read(policy, ("refreshed", MAY)).exceptions == ()
    assert read(policy).exceptions == ()


def test_dates_in_the_sentence_are_local(policy: Policy) -> None:
    found = read(policy, ("refreshed", datetime(2026, 5, 4, 2, tzinfo=UTC)))
    assert "Sunday 3 May 2026" in found.sentence


def test_production_always_is_real(policy: Policy) -> None:
    assert read(policy, environment="production").sentence == "Holds real contact details: this is the live database."
    assert read(policy, ("upgraded", MAY), environment="production").contact_details == "real"


@pytest.mark.parametrize("environment", ["training-a", "training-b"])
def test_a_training_copy_is_de_identified_whatever_happened(policy: Policy, environment: str) -> None:
    untouched = read(policy, environment=environment)
    assert untouched.sentence == "Contact details are de-identified: this database is a de-identified copy."
    assert untouched.exceptions == ()
    assert not read(policy, ("refreshed", MAY), environment=environment).may_be_real


@pytest.mark.parametrize("environment", ["preview", "migration"])
def test_an_upgrade_promises_nothing_for_preview_and_migration(policy: Policy, environment: str) -> None:
    found = read(policy, ("upgraded", MAY), environment=environment)
    assert (found.contact_details, found.may_be_real) == ("unknown", True)
    assert found.sentence.endswith("upgraded on Monday 4 May 2026. Treated as real.")


def test_what_happened_elsewhere_does_not_matter(policy: Policy) -> None:
    events = [Event("mirrored", "refreshed", MAY), Event("preview", "upgraded", MAY + DAY)]
    assert posture(policy, "mirrored", events, WINNIPEG).contact_details == "real"


def test_a_refresh_recorded_by_mistake_no_longer_counts(policy: Policy) -> None:
    upgraded = Event("mirrored", "upgraded", MAY - DAY, id=1)
    mistake = Event("mirrored", "refreshed", MAY, id=2)
    correction = Event("mirrored", "corrected", MAY + DAY, id=3, corrects=2)
    found = posture(policy, "mirrored", [upgraded, mistake, correction], WINNIPEG)
    assert found.contact_details == "de-identified"
    assert (found.last_refresh, found.last_upgrade) == (None, MAY - DAY)


def test_an_upgrade_recorded_by_mistake_leaves_contact_details_real(policy: Policy) -> None:
    events = [
        Event("mirrored", "refreshed", MAY - DAY, id=1),
        Event("mirrored", "upgraded", MAY, id=2),
        Event("mirrored", "corrected", MAY, id=3, corrects=2),
    ]
    assert posture(policy, "mirrored", events, WINNIPEG).contact_details == "real"


def test_what_is_in_force_comes_by_time_without_corrections_and_what_they_correct() -> None:
    late, early = Event("mirrored", "upgraded", MAY, id=1), Event("mirrored", "upgraded", MAY - DAY, id=4)
    wrong = Event("preview", "refreshed", MAY, id=2)
    correction = Event("preview", "corrected", MAY, id=3, corrects=2)
    assert in_force([late, wrong, correction, early]) == [early, late]


def due(policy: Policy, day: date, *events: tuple[EventKind, datetime], environment: str = "mirrored") -> Posture:
    """The posture when a refresh was scheduled for a day that has come."""
    recorded = [Event(environment, kind, at) for kind, at in events]
    return posture(policy, environment, recorded, WINNIPEG, day)


def test_a_refresh_that_was_due_and_of_which_nothing_is_known_counts_as_possible(policy: Policy) -> None:
    found = due(policy, date(2026, 5, 5), ("upgraded", MAY))
    assert (found.contact_details, found.may_be_real, found.exceptions) == ("unknown", True, ())
    assert found.sentence == (
        "May hold real contact details: a refresh was due on Tuesday 5 May 2026, and nobody recorded how it went."
    )
    assert found.last_upgrade == MAY


@pytest.mark.parametrize(("day", "may_be_real"), [(3, False), (4, True), (5, True)])
def test_a_refresh_that_was_due_counts_unless_an_upgrade_came_on_a_later_day(
    policy: Policy, day: int, may_be_real: bool
) -> None:
    assert due(policy, date(2026, 5, day), ("upgraded", MAY)).may_be_real is may_be_real


def test_the_upgrade_s_day_is_the_local_one(policy: Policy) -> None:
    """Two o'clock in the morning in UTC is the evening before in Winnipeg."""
    upgraded = datetime(2026, 5, 5, 2, tzinfo=UTC)
    assert due(policy, date(2026, 5, 4), ("upgraded", upgraded)).may_be_real
    assert not due(policy, date(2026, 5, 3), ("upgraded", upgraded)).may_be_real


def test_a_refresh_that_was_due_does_not_make_real_details_any_less_certain(policy: Policy) -> None:
    assert due(policy, date(2026, 5, 5), ("refreshed", MAY)).contact_details == "real"
    assert due(policy, date(2026, 5, 5)).contact_details == "unknown"


def test_a_refresh_that_was_due_cannot_make_a_training_copy_real(policy: Policy) -> None:
    assert not due(policy, date(2026, 5, 5), environment="training-a").may_be_real


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Refreshes and upgrades of any environment, some of them corrected later."""
    events = draw(
        st.lists(
            st.builds(
                lambda environment, kind, hours: Event(environment, kind, MAY + timedelta(hours=hours)),
                st.sampled_from(ENVIRONMENTS),
                st.sampled_from(["refreshed", "upgraded"]),
                st.integers(0, 20),
            ),
            max_size=12,
        )
    )
    numbered = [replace(event, id=number) for number, event in enumerate(events, start=1)]
    wrong = draw(st.sets(st.sampled_from(numbered))) if numbered else set()
    corrections = [
        Event(event.environment, "corrected", MAY, id=100 + event.id, corrects=event.id)
        for event in sorted(wrong, key=lambda event: event.id)
    ]
    return numbered + corrections


EVENTS = histories()


@given(events=EVENTS, environment=st.sampled_from(ENVIRONMENTS))
def test_any_sequence_of_events_is_read_as_if_played_in_order(
    policy: Policy, events: list[Event], environment: str
) -> None:
    rule = policy.environment[environment].contact_details
    now: str = rule.initially
    mistakes = [event.corrects for event in events]
    # At one instant the refresh is played last.
    for event in sorted(events, key=lambda event: (event.at, event.kind == "refreshed")):
        if event.environment == environment and event.kind != "corrected" and event.id not in mistakes:
            now = rule.after_refresh if event.kind == "refreshed" else rule.after_upgrade
    found = posture(policy, environment, events, WINNIPEG)
    assert found.contact_details == now
    assert found.may_be_real is (now in ("real", "unknown"))
    assert ("de-identified" in found.sentence) is (now == "de-identified")


@given(events=EVENTS, data=st.data())
def test_the_order_in_which_events_were_recorded_does_not_matter(
    policy: Policy, events: list[Event], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    assert posture(policy, "mirrored", shuffled, WINNIPEG) == posture(policy, "mirrored", events, WINNIPEG)


@given(events=EVENTS)
def test_the_latest_refresh_and_upgrade_are_reported(policy: Policy, events: list[Event]) -> None:
    found = posture(policy, "mirrored", events, WINNIPEG)
    mistakes = [event.corrects for event in events]
    for kind, reported in (("refreshed", found.last_refresh), ("upgraded", found.last_upgrade)):
        moments = [
            event.at
            for event in events
            if (event.environment, event.kind) == ("mirrored", kind) and event.id not in mistakes
        ]
        assert reported == (max(moments) if moments else None)


@pytest.mark.parametrize("text", ["mirrored", "Mirrored", " MIRRORED "])
def test_an_environment_is_found_however_it_is_typed(policy: Policy, text: str) -> None:
    assert find_environment(policy, text).key == "mirrored"


def test_an_unknown_environment_is_answered_with_the_known_ones(policy: Policy) -> None:
    with pytest.raises(BadInputError, match="Environments are production, preview, training-a"):
        find_environment(policy, "sandbox")
