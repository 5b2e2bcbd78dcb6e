"""Are a copy's contact details real? The latest refresh or upgrade decides, and nobody knows means real."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from penelope_admin.domain.mirror import (
    Event,
    EventKind,
    Posture,
    Question,
    find_environment,
    in_force,
    open_question,
    posture,
    real_spans,
    with_due,
)
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.each import each
from tests.effort import examples

WINNIPEG = ZoneInfo("America/Resolute")
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
    assert found.sentence == (
        "May hold real contact details: refreshed on Monday 4 May 2026, no upgrade recorded since."
    )


def test_an_upgrade_de_identifies_the_mirror(policy: Policy) -> None:
    found = read(policy, ("upgraded", MAY))
    assert (found.contact_details, found.may_be_real) == ("de-identified", False)
    assert (
        found.sentence == "Contact details are de-identified: upgraded on Monday 4 May 2026, no refresh recorded since."
    )


def test_an_upgrade_after_a_refresh_de_identifies(policy: Policy) -> None:
    found = read(policy, ("refreshed", MAY - DAY), ("upgraded", MAY))
    assert not found.may_be_real
    assert found.sentence == (
        "Contact details are de-identified: upgraded on Monday 4 May 2026, no refresh recorded since."
    )


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


@each("environment", ["training-a", "training-b"])
def test_a_training_copy_is_de_identified_whatever_happened(policy: Policy, environment: str) -> None:
    untouched = read(policy, environment=environment)
    assert untouched.sentence == (
        "Contact details should be de-identified: the vendor's help centre calls this database a de-identified copy. "
        "Confirm it in Penelope."
    )
    assert (untouched.badge, untouched.is_hearsay) == ("De-identified, says the help centre, not checked", True)
    assert untouched.role == "info", "not painted as safe"
    assert untouched.exceptions == ()
    assert not read(policy, ("refreshed", MAY), environment=environment).may_be_real


@each("environment", ["preview", "migration"])
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
    return posture(policy, environment, with_due(environment, recorded, [day], WINNIPEG), WINNIPEG)


def test_a_refresh_that_was_due_and_of_which_nothing_is_known_counts_as_possible(policy: Policy) -> None:
    found = due(policy, date(2026, 5, 5), ("upgraded", MAY))
    assert (found.contact_details, found.may_be_real, found.exceptions) == ("unknown", True, ())
    assert found.sentence == (
        "May hold real contact details: a refresh was due on Tuesday 5 May 2026, and nobody recorded how it went. "
        "Treated as real."
    )
    assert found.last_upgrade == MAY


@each("day, may_be_real", [(3, False), (4, True), (5, True)])
def test_a_refresh_that_was_due_counts_unless_an_upgrade_came_on_a_later_day(
    policy: Policy, day: int, may_be_real: bool
) -> None:
    assert due(policy, date(2026, 5, day), ("upgraded", MAY)).may_be_real is may_be_real


def test_the_upgrade_s_day_is_the_local_one(policy: Policy) -> None:
    """Two o'clock in the morning in UTC is the evening before in Resolute."""
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


@each("text", ["mirrored", "Mirrored", " MIRRORED "])
def test_an_environment_is_found_however_it_is_typed(policy: Policy, text: str) -> None:
    assert find_environment(policy, text).key == "mirrored"


def test_an_unknown_environment_is_answered_with_the_known_ones(policy: Policy) -> None:
    with pytest.raises(BadInputError, match="Environments are production, preview, training-a"):
        find_environment(policy, "sandbox")


# --- scripts and checks ------------------------------------------------------------------------


def told(kind: EventKind, at: datetime, outcome: str | None = None, environment: str = "mirrored") -> Event:
    """An event with an outcome."""
    return Event(environment, kind, at, outcome=outcome)


def after(policy: Policy, *events: Event, environment: str = "mirrored") -> Posture:
    """The posture after these."""
    return posture(policy, environment, events, WINNIPEG)


def test_a_script_of_which_nobody_knows_what_it_did_leaves_de_identified_details_unknown(policy: Policy) -> None:
    found = after(policy, told("upgraded", MAY), told("script-run", MAY + DAY, "unknown"))
    assert (found.contact_details, found.exceptions) == ("unknown", ())
    assert found.sentence == (
        "May hold real contact details: a script of the vendor's services ran on Tuesday 5 May 2026, and nobody knows "
        "what it did to them. Treated as real."
    )


def test_a_script_of_which_nobody_knows_what_it_did_leaves_real_details_real(policy: Policy) -> None:
    found = after(policy, told("refreshed", MAY), told("script-run", MAY + DAY, "unknown"))
    assert found.contact_details == "real"
    assert "refreshed on Monday 4 May 2026" in found.sentence


def test_a_script_that_left_contact_details_alone_changes_nothing(policy: Policy) -> None:
    events = [told("refreshed", MAY - DAY), told("upgraded", MAY)]
    assert after(policy, *events, told("script-run", MAY + DAY, "unchanged")) == after(policy, *events)


def test_a_script_that_de_identified_is_said_to_have_done_so(policy: Policy) -> None:
    found = after(policy, told("refreshed", MAY), told("script-run", MAY + DAY, "de-identified"))
    assert (found.contact_details, found.last_refresh, found.last_upgrade) == ("de-identified", MAY, None)
    assert found.sentence == (
        "Contact details are de-identified: a script of the vendor's services de-identified them on Tuesday 5 May 2026."
    )


def test_after_a_script_nothing_is_said_of_user_groups_that_keep_real_addresses(policy: Policy) -> None:
    assert after(policy, told("upgraded", MAY)).exceptions
    assert after(policy, told("refreshed", MAY), told("script-run", MAY + DAY, "de-identified")).exceptions == ()


def test_no_script_de_identifies_the_live_database(policy: Policy) -> None:
    script = told("script-run", MAY, "de-identified", "production")
    assert after(policy, script, environment="production").contact_details == "real"


@each("environment", ENVIRONMENTS)
def test_a_check_that_found_real_contacts_makes_them_real(policy: Policy, environment: str) -> None:
    events = [told("upgraded", MAY, None, environment), told("checked", MAY + DAY, "real", environment)]
    found = after(policy, *events, environment=environment)
    assert found.contact_details == "real"
    if environment != "production":
        assert found.sentence == (
            "May hold real contact details: a check of its data as of Tuesday 5 May 2026 "
            "found what look like real ones."
        )


@each("verdict", ["de-identified", "cannot-tell"])
@each("before", ["refreshed", "upgraded", None])
def test_a_check_that_found_none_changes_nothing(policy: Policy, before: EventKind | None, verdict: str) -> None:
    events = [told(before, MAY)] if before else []
    found, known = after(policy, *events, told("checked", MAY + DAY, verdict)), after(policy, *events)
    assert (found.contact_details, found.sentence, found.exceptions) == (
        known.contact_details, known.sentence, known.exceptions,
    )  # fmt: skip


def test_data_taken_before_an_upgrade_says_nothing_about_the_time_after_it(policy: Policy) -> None:
    found = after(policy, told("upgraded", MAY), told("checked", MAY - DAY, "real"))
    assert (found.contact_details, found.last_check) == ("de-identified", None)


SAYS = {
    "real": "answered: real",
    "de-identified": "answered: de-identified",
    "cannot-tell": "answered: cannot tell",
}


@each("verdict", SAYS)
def test_the_last_check_is_told_with_what_it_found(policy: Policy, verdict: str) -> None:
    check = told("checked", MAY + DAY, verdict)
    found = after(policy, told("upgraded", MAY), told("checked", MAY + DAY / 2, "cannot-tell"), check)
    assert found.last_check == check
    assert found.check_sentence == f"A check of its data as of Tuesday 5 May 2026 {SAYS[verdict]}."


def test_why_a_check_that_found_none_ends_no_doubt_is_said_beside_it(policy: Policy) -> None:
    found = after(policy, told("refreshed", MAY), told("checked", MAY + DAY, "de-identified"))
    assert found.may_be_real
    assert found.check_sentence == (
        "A check of its data as of Tuesday 5 May 2026 answered: de-identified. "
        "It proves no more than it saw, so contact details count as real all the same."
    )


@each(
    "kind, outcome, stale",
    [
        ("refreshed", None, True),
        ("upgraded", None, True),
        ("script-run", "unknown", True),
        ("script-run", "de-identified", True),
        ("script-run", "unchanged", False),
        ("switched", "on", False),
        ("not-upgraded", None, False),
        ("upgrade-unknown", None, False),
    ],
)
@each("later", [timedelta(0), DAY])
def test_a_check_is_stale_once_something_happened_to_the_data(
    policy: Policy, kind: EventKind, outcome: str | None, stale: bool, later: timedelta
) -> None:
    found = after(policy, told("checked", MAY, "de-identified"), told(kind, MAY + later, outcome))
    assert (found.last_check is None) is stale
    if stale:
        assert found.check_sentence == "No check of its data is recorded since it last changed."


def test_a_corrected_check_is_no_proof(policy: Policy) -> None:
    check = replace(told("checked", MAY, "real"), id=7)
    found = after(policy, told("upgraded", MAY - DAY), check, Event("mirrored", "corrected", MAY, id=8, corrects=7))
    assert (found.contact_details, found.last_check) == ("de-identified", None)


# --- any sequence ------------------------------------------------------------------------------

OUTCOMES: dict[EventKind, list[str | None]] = {
    "refreshed": [None],
    "upgraded": [None],
    "restored": [None],
    "script-run": ["unchanged", "unknown", "de-identified"],
    "checked": ["real", "de-identified", "cannot-tell"],
    "switched": ["on", "off"],
    "not-upgraded": [None],
    "upgrade-unknown": [None],
}
DOUBT = ["de-identified", "unknown", "real"]
KINDS_AND_OUTCOMES = [(kind, outcome) for kind, outcomes in OUTCOMES.items() for outcome in outcomes]


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Anything that can be recorded of two environments, in the order in which it was recorded."""
    copies = draw(st.sampled_from(ENVIRONMENTS)), draw(st.sampled_from(ENVIRONMENTS))
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(copies), st.sampled_from(KINDS_AND_OUTCOMES), st.integers(0, 5)), max_size=9)
    )
    events = [
        Event(
            key, kind, MAY + hours * timedelta(hours=1), id=number, outcome=outcome,
            feature="dss" if kind == "switched" else None,
        )
        for number, (key, (kind, outcome), hours) in enumerate(drawn, start=1)
    ]  # fmt: skip
    wrong = draw(st.lists(st.sampled_from([True, False, False]), min_size=len(events), max_size=len(events)))
    corrections = [
        Event(event.environment, "corrected", event.at, id=100 + event.id, corrects=event.id)
        for event, mistake in zip(events, wrong, strict=True)
        if mistake
    ]
    return [*events, *corrections]


def played(policy: Policy, environment: str, events: list[Event]) -> str:
    """The rules in plain words: each event by time; at one instant, the order that leaves the most doubt."""
    copy = policy.environment[environment]
    mistakes = {event.corrects for event in events if event.kind == "corrected"}
    own = [e for e in events if e.environment == environment and e.kind != "corrected" and e.id not in mistakes]

    def step(now: str, event: Event) -> str:  # noqa: PLR0911
        if event.kind == "refreshed":
            return copy.contact_details.after_refresh
        if event.kind == "upgraded":
            return copy.contact_details.after_upgrade
        if (event.kind, event.outcome) == ("checked", "real"):
            return "real"
        if (event.kind, event.outcome) == ("script-run", "de-identified"):
            return now if environment == "production" else "de-identified"
        if (event.kind, event.outcome, now) == ("script-run", "unknown", "de-identified"):
            return "unknown"
        if (event.kind, now) == ("restored", "de-identified") and not environment.startswith("training"):
            return "unknown"
        return now

    def in_turn(now: str, order: tuple[Event, ...]) -> str:
        for event in order:
            now = step(now, event)
        return now

    now: str = copy.contact_details.initially
    for _, group in groupby(sorted(own, key=lambda event: event.at), key=lambda event: event.at):
        distinct = {(event.kind, event.outcome): event for event in group}  # of two alike one is enough
        telling = [event for event in distinct.values() if event.kind in ("refreshed", "upgraded", "restored")]
        telling += [event for event in distinct.values() if event.outcome in ("real", "unknown", "de-identified")]
        now = max((in_turn(now, order) for order in permutations(telling)), key=DOUBT.index)
    return now


def was_upgraded_last(events: list[Event]) -> bool:
    """Whether an upgrade of the mirrored database de-identified it last, and no script of the vendor's."""
    mistakes = {event.corrects for event in events if event.kind == "corrected"}
    own = [event for event in events if event.environment == "mirrored" and event.id not in mistakes]
    cleaned = [event for event in own if event.kind == "upgraded" or event.outcome == "de-identified"]
    cleaned = [event for event in cleaned if event.kind in ("upgraded", "script-run")]
    newest = max(cleaned, key=lambda event: (event.at, event.kind == "script-run"), default=None)
    return newest is not None and newest.kind == "upgraded"


LIVES = lives()


@settings(max_examples=examples(20, long=1000))
@given(events=LIVES, data=st.data())
def test_any_life_is_read_as_if_played_by_time_in_whatever_order_it_was_recorded(
    policy: Policy, events: list[Event], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    for environment in policy.environment:
        found = posture(policy, environment, shuffled, WINNIPEG)
        assert found.contact_details == played(policy, environment, events)
        assert found.may_be_real is (found.contact_details != "de-identified")
        assert found == posture(policy, environment, events, WINNIPEG)
        by_upgrade = environment == "mirrored" and not found.may_be_real and was_upgraded_last(events)
        assert found.exceptions == (GROUPS if by_upgrade else ())
        start = {"de-identified": "Contact details ", "unknown": "May hold real contact details: "}
        assert found.sentence.startswith(start.get(found.contact_details, ("May hold real", "Holds real")))
        assert found.sentence.endswith("Treated as real.") is (found.contact_details == "unknown")


@settings(max_examples=examples(20, long=1000))
@given(events=LIVES, environment=st.sampled_from(ENVIRONMENTS))
def test_the_spans_say_at_every_boundary_what_the_posture_said_then(
    policy: Policy, events: list[Event], environment: str
) -> None:
    mistakes = {event.corrects for event in events if event.kind == "corrected"}
    standing = [event for event in events if event.kind != "corrected" and event.id not in mistakes]
    spans = real_spans(policy, environment, events)
    starts = [since for since, _ in spans]
    assert starts[0] is None
    bounds = [since for since in starts if since is not None]
    assert bounds == sorted(set(bounds)) == starts[1:]
    assert all(one[1] is not other[1] for one, other in pairwise(spans))
    tick = timedelta(microseconds=1)
    for moment in {at + step for at in {event.at for event in events} | {MAY} for step in (-tick, timedelta(0), tick)}:
        then = posture(policy, environment, [event for event in standing if event.at <= moment], WINNIPEG)
        said = [real for since, real in spans if since is None or since <= moment][-1]
        assert said is then.may_be_real


@settings(max_examples=examples(15, long=1000))
@given(events=LIVES, environment=st.sampled_from(ENVIRONMENTS))
def test_what_was_corrected_reads_as_if_it_had_never_been_recorded(
    policy: Policy, events: list[Event], environment: str
) -> None:
    mistakes = {event.corrects for event in events if event.kind == "corrected"}
    without = [event for event in events if event.kind != "corrected" and event.id not in mistakes]
    assert posture(policy, environment, events, WINNIPEG) == posture(policy, environment, without, WINNIPEG)


@settings(max_examples=examples(15, long=1000))
@given(events=LIVES, environment=st.sampled_from(ENVIRONMENTS))
def test_a_check_counts_as_the_last_one_only_if_nothing_happened_to_the_data_since(
    policy: Policy, events: list[Event], environment: str
) -> None:
    mistakes = {event.corrects for event in events if event.kind == "corrected"}
    own = [e for e in events if e.environment == environment and e.kind != "corrected" and e.id not in mistakes]
    wanted = None
    for event in sorted(own, key=lambda event: (event.at, event.id)):
        if event.kind == "checked":
            wanted = event
    for event in own:
        harmless = event.kind not in ("refreshed", "upgraded", "script-run", "restored")
        harmless = harmless or event.outcome == "unchanged"
        if wanted is not None and not harmless and event.at >= wanted.at:
            wanted = None
    assert posture(policy, environment, events, WINNIPEG).last_check == wanted


def test_of_two_scripts_at_the_same_instant_the_one_that_nobody_knows_counts(policy: Policy) -> None:
    both = [told("script-run", MAY, "de-identified"), told("script-run", MAY, "unknown")]
    for events in (both, both[::-1]):
        assert after(policy, told("refreshed", MAY - DAY), *events).contact_details == "unknown"


def test_a_refresh_of_a_training_copy_hides_no_real_contacts_found_at_the_same_instant(policy: Policy) -> None:
    events = [told("checked", MAY, "real", "training-b"), told("refreshed", MAY, None, "training-b")]
    assert after(policy, *events, environment="training-b").may_be_real


def test_a_refresh_that_was_due_is_taken_care_of_by_a_script_that_de_identified_later(policy: Policy) -> None:
    events = [told("refreshed", MAY - DAY), told("script-run", MAY + DAY, "de-identified")]
    for day, real in ((4, False), (5, True), (6, True)):
        known = with_due("mirrored", events, [date(2026, 5, day)], WINNIPEG)
        assert posture(policy, "mirrored", known, WINNIPEG).may_be_real is real


# --- was it upgraded? --------------------------------------------------------------------------

SET_UP = MAY - 30 * DAY


def asked(policy: Policy, *events: Event, environment: str = "mirrored", since: datetime = SET_UP) -> Question | None:
    """The question about the window that started at MAY."""
    return open_question(policy.environment[environment], events, MAY, since)


@each("environment", ENVIRONMENTS)
def test_it_is_asked_of_what_is_upgraded_with_or_after_production(policy: Policy, environment: str) -> None:
    wanted = environment in ("training-b", "migration", "mirrored")
    assert (asked(policy, environment=environment) == Question(environment, MAY)) is wanted


def test_nothing_is_asked_about_windows_before_the_set_up(policy: Policy) -> None:
    assert asked(policy, since=MAY) is None
    assert asked(policy, since=MAY - timedelta(microseconds=1)) is not None


@each(
    "event, answered",
    [
        (Event("mirrored", "upgraded", MAY), True),
        (Event("mirrored", "upgraded", MAY + 20 * DAY), True),
        (Event("mirrored", "upgraded", MAY - timedelta(microseconds=1)), False),
        (Event("mirrored", "upgraded", MAY - timedelta(hours=1), window=MAY), True),
        (Event("training-b", "upgraded", MAY), False),
        (Event("mirrored", "refreshed", MAY + DAY), False),
        (Event("mirrored", "script-run", MAY + DAY, outcome="de-identified"), False),
    ],
)
def test_only_an_upgrade_in_or_after_the_window_ends_the_question(policy: Policy, event: Event, answered: bool) -> None:
    assert (asked(policy, event) is None) is answered


def test_a_corrected_upgrade_leaves_the_question_open(policy: Policy) -> None:
    wrong = Event("mirrored", "upgraded", MAY + DAY, id=1)
    assert asked(policy, wrong, Event("mirrored", "corrected", MAY + DAY, id=2, corrects=1)) == Question(
        "mirrored", MAY
    )


@each("first", ["not-upgraded", "upgrade-unknown"])
@each("second", ["not-upgraded", "upgrade-unknown"])
def test_the_question_stays_open_and_knows_the_last_answer(policy: Policy, first: EventKind, second: EventKind) -> None:
    one = Event("mirrored", first, MAY + DAY, id=1, window=MAY)
    two = Event("mirrored", second, MAY + 2 * DAY, id=2, window=MAY)
    for events in ((one, two), (two, one)):
        assert asked(policy, *events) == Question("mirrored", MAY, two)
    taken_back = Event("mirrored", "corrected", MAY + 2 * DAY, id=3, corrects=2)
    assert asked(policy, one, two, taken_back) == Question("mirrored", MAY, one)
    assert asked(policy, one, two, Event("mirrored", "upgraded", MAY + 3 * DAY, id=4)) is None


def test_an_answer_about_another_window_or_database_is_none(policy: Policy) -> None:
    events = [
        Event("mirrored", "not-upgraded", MAY + DAY, id=1, window=MAY - 28 * DAY),
        Event("training-b", "not-upgraded", MAY + DAY, id=2, window=MAY),
    ]
    assert asked(policy, *events) == Question("mirrored", MAY)
