"""When a feature that reaches people was on while contact details could be real, against a look at every hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from penelope_admin.domain.exposure import Exposure, exposure
from penelope_admin.domain.mirror import Event, EventKind, in_force, posture
from penelope_admin.policy import Policy
from tests.domain.instants import utc

SMS, LEDGER = "external-communications.sms", "general-ledger"
START = utc(2026, 9, 1)
HOUR = timedelta(hours=1)
HOURS = 60
WINNIPEG = ZoneInfo("America/Resolute")
NUMBERS = st.integers(0, HOURS)
REAL_AND_ON = [Event("mirrored", "refreshed", START, id=1), Event("mirrored", "switched", START + HOUR, id=2,
               feature=SMS, outcome="on")]  # fmt: skip


def at(hour: int) -> datetime:
    return START + hour * HOUR


def happened(number: int, kind: EventKind, hour: int, feature: str, outcome: str) -> Event:
    """An event as it could be recorded; `outcome` counts for the kinds that have one."""
    outcomes = {
        "switched": "on" if outcome == "de-identified" else "off",
        "script-run": outcome,
        "checked": "real" if outcome == "unknown" else "cannot-tell",
    }
    switched = feature if kind == "switched" else None
    return Event("mirrored", kind, at(hour), id=number, feature=switched, outcome=outcomes.get(kind))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events in the order they were recorded, some of them taken back later."""
    kinds = st.sampled_from(
        ["refreshed", "upgraded", "script-run", "checked", "switched", "switched", "not-upgraded", "restored"]
    )
    outcomes = st.sampled_from(["de-identified", "unknown", "unchanged"])
    parts = draw(st.lists(st.tuples(kinds, NUMBERS, st.sampled_from([SMS, LEDGER]), outcomes), max_size=10))
    events = [happened(number, *part) for number, part in enumerate(parts, 1)]  # type: ignore[arg-type]
    mistakes = draw(st.sets(st.sampled_from(events), max_size=3)) if events else set()
    return [
        *events,
        *(
            Event("mirrored", "corrected", mistake.at, id=100 + mistake.id, corrects=mistake.id)
            for mistake in sorted(mistakes, key=lambda event: event.id)
        ),
    ]


def state_at(events: list[Event], feature: str, moment: datetime) -> str:
    """What the feature was at an instant, event by event up to then; what was recorded by mistake is a doubt."""
    mistakes = {event.corrects for event in events}
    told = [event for event in events if event.kind in ("upgraded", "refreshed", "restored", "switched")]
    told = [event for event in told if event.feature in (None, feature) and event.at <= moment]
    state, before = "unknown", START - HOUR
    for event in sorted(told, key=lambda event: (event.at, event.id)):
        if event.id in mistakes or event.kind == "restored":
            state = "on" if state == "on" else "unknown"
        elif event.kind == "upgraded":
            state = "off" if state == "off" or event.at > before else "unknown"
        else:
            state = event.outcome or "unknown"
        if event.id not in mistakes or event.feature:  # what was recorded anew stands where the mistake stood
            before = event.at
    return state


def is_real_at(policy: Policy, events: list[Event], moment: datetime) -> bool:
    """Whether contact details could be real, as the posture said it then."""
    return posture(policy, "mirrored", [e for e in in_force(events) if e.at <= moment], WINNIPEG).may_be_real


def moments(found: Exposure) -> Iterator[datetime]:
    """Every half hour of the period."""
    moment = found.starts
    while moment < found.ends:
        yield moment
        moment += HOUR / 2


@given(histories(), NUMBERS, NUMBERS)
@example(REAL_AND_ON, 0, HOURS)
def test_each_half_hour_is_exposed_just_when_a_feature_was_on_and_details_could_be_real(
    policy: Policy, events: list[Event], first: int, last: int
) -> None:
    found = exposure(policy, "mirrored", events, at(first), at(last))
    for moment in moments(found):
        real = is_real_at(policy, events, moment)
        assert [s.may_be_real for s in found.details if s.starts <= moment < s.ends] == [real]
        for feature in (SMS, LEDGER):
            state = state_at(events, feature, moment)
            uses = [u.state for u in found.uses if u.feature == feature and u.starts <= moment < u.ends]
            assert uses == ([] if state == "off" else [state])
            met = [u.state for u in found.overlaps if u.feature == feature and u.starts <= moment < u.ends]
            assert met == (uses if real else [])


@given(histories(), NUMBERS, NUMBERS, NUMBERS)
def test_two_periods_side_by_side_say_what_the_whole_says(
    policy: Policy, events: list[Event], first: int, between: int, last: int
) -> None:
    first, between, last = sorted((first, between, last))
    whole = exposure(policy, "mirrored", events, at(first), at(last))
    parts = (
        exposure(policy, "mirrored", events, at(first), at(between)),
        exposure(policy, "mirrored", events, at(between), at(last)),
    )

    def exposed(*found: Exposure) -> timedelta:
        return sum((use.ends - use.starts for one in found for use in one.overlaps), timedelta())

    assert exposed(whole) == exposed(*parts)


def test_nothing_recorded_at_all_leaves_every_feature_not_known(policy: Policy) -> None:
    found = exposure(policy, "mirrored", [], START, at(HOURS))
    assert [use.feature for use in found.not_known] == [feature.key for feature in policy.features]
    assert not found.exposed


def test_what_is_locked_or_not_on_the_list_is_not_known_after_a_refresh_and_off_after_an_upgrade(
    policy: Policy,
) -> None:
    keys = {"clientconnect", "engage", "ors-srs", "credit-card", "dss"}
    events = [Event("mirrored", "upgraded", at(0), id=1), Event("mirrored", "refreshed", at(3), id=2)]
    assert not keys & {use.feature for use in exposure(policy, "mirrored", events, at(0), at(3)).uses}
    assert keys <= {use.feature for use in exposure(policy, "mirrored", events, at(3), at(9)).not_known}


def test_a_locked_feature_that_was_seen_off_is_known_from_then_on(policy: Policy) -> None:
    seen = Event("mirrored", "switched", at(5), id=2, feature="engage", outcome="off")
    found = exposure(policy, "mirrored", [Event("mirrored", "refreshed", at(3), id=1), seen], at(3), at(9))
    assert [use.ends for use in found.not_known if use.feature == "engage"] == [at(5)]


def test_a_feature_that_stays_on_into_the_period_is_cut_at_its_start(policy: Policy) -> None:
    (use,) = exposure(policy, "mirrored", REAL_AND_ON, at(5), at(7)).exposed
    assert (use.feature, use.starts, use.ends, use.since) == (SMS, at(5), at(7), REAL_AND_ON[1])


def test_an_upgrade_ends_exposure(policy: Policy) -> None:
    found = exposure(policy, "mirrored", [*REAL_AND_ON, Event("mirrored", "upgraded", at(6), id=3)], START, at(HOURS))
    assert [(use.starts, use.ends) for use in found.exposed] == [(at(1), at(6))]
    assert [(s.ends, s.may_be_real) for s in found.details] == [(at(6), True), (at(HOURS), False)]


def test_a_switch_recorded_by_mistake_exposes_nobody(policy: Policy) -> None:
    corrected = Event("mirrored", "corrected", at(1), id=3, corrects=2)
    found = exposure(policy, "mirrored", [*REAL_AND_ON, corrected], START, at(HOURS))
    assert not found.exposed
    assert SMS in {use.feature for use in found.not_known}


def test_events_of_other_databases_count_for_nothing(policy: Policy) -> None:
    other = Event("training-b", "upgraded", at(2), id=3)
    alone = exposure(policy, "mirrored", REAL_AND_ON, START, at(9))
    assert exposure(policy, "mirrored", [*REAL_AND_ON, other], START, at(9)) == alone


def test_a_refresh_that_was_due_counts_as_real_from_its_day(policy: Policy) -> None:
    events = [Event("mirrored", "upgraded", at(0), id=1), Event("mirrored", "switched", at(1), id=2, feature=SMS,
              outcome="on")]  # fmt: skip
    assert not exposure(policy, "mirrored", events, START, at(HOURS)).exposed
    due = Event("mirrored", "due", at(20))
    found = exposure(policy, "mirrored", [*events, due], START, at(HOURS))
    assert [(use.starts, use.ends) for use in found.exposed] == [(at(20), at(HOURS))]
    assert {use.starts for use in found.not_known} == {at(20)}, "production's settings may have come along"


def test_an_empty_period_holds_nothing(policy: Policy) -> None:
    found = exposure(policy, "mirrored", REAL_AND_ON, at(5), at(5))
    assert (found.details, found.uses, found.overlaps) == ((), (), ())


def test_switched_on_anew_while_on_is_told_apart_for_each_has_its_reason(policy: Policy) -> None:
    again = Event("mirrored", "switched", at(4), id=3, feature=SMS, outcome="on")
    found = exposure(policy, "mirrored", [*REAL_AND_ON, again], START, at(9)).exposed
    assert [(use.starts, use.ends, use.since) for use in found] == [
        (at(1), at(4), REAL_AND_ON[1]),
        (at(4), at(9), again),
    ]
