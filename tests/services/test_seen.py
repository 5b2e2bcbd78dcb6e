"""What was seen on or off in the copy is a fact: it needs no reason, and a part that is on makes its whole on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain import features as rules
from penelope_admin.domain.checklists import offered_answer
from penelope_admin.domain.features import FeatureState, Pending, State
from penelope_admin.domain.mirror import EventKind
from penelope_admin.errors import BadInputError, ConflictError
from penelope_admin.policy import Policy
from penelope_admin.services import ahead, features, overview, reports, shapes, year
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.house import (
    EXTERNAL_COMMUNICATIONS,
    LOCKED,
    NOT_LISTED,
    NOW,
    SOON,
    SURE,
    log,
    nothing_saved,
    upgraded,
)

SMS = "external-communications.sms"
WHOLE = "external-communications"
STATES = st.sampled_from(("on", "off", "unknown"))


def states(context: Context) -> dict[str, State]:
    return {view.feature.key: view.state.state for view in context.read(features.find_all).features}


def refreshed(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1))


def test_that_all_are_off_after_a_refresh_is_one_deed_without_a_reason(context: Context) -> None:
    refreshed(context)
    context.write(features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    assert set(states(context).values()) == {"off"}


def test_a_part_that_is_on_makes_its_whole_on(context: Context) -> None:
    refreshed(context)
    context.write(features.record_seen, "mirrored", {SMS: "on", WHOLE: "off"})
    known = states(context)
    assert (known[SMS], known[WHOLE]) == ("on", "on")
    assert {known[key] for key in EXTERNAL_COMMUNICATIONS if key not in (SMS, WHOLE)} == {"unknown"}


def test_a_whole_is_on_through_the_part_that_was_seen_on_and_nothing_is_recorded_of_it(context: Context) -> None:
    upgraded(context)
    context.write(features.record_seen, "mirrored", {SMS: "on", WHOLE: "on"})
    view = context.read(features.find, WHOLE)
    assert (view.state.state, view.through, view.state.since) == ("on", ("SMS",), None)
    state = str(context.read(reports.make, reports.Order("state")).sections)
    assert "On through SMS" in state
    context.write(features.record_seen, "mirrored", {SMS: "off"})
    assert states(context)[WHOLE] == "off"


def test_a_part_that_is_switched_on_makes_its_whole_on(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Test", until=SOON, acknowledgement=SURE, already_done=True)
    assert states(context)[WHOLE] == "on"


@pytest.mark.parametrize("feature", NOT_LISTED)
def test_what_only_support_switches_can_be_recorded_as_a_fact(context: Context, feature: str) -> None:
    refreshed(context)
    for state in ("on", "off"):
        context.write(features.record_seen, "mirrored", {feature: state})
        assert states(context)[feature] == state


@pytest.mark.parametrize("feature", LOCKED)
def test_a_locked_feature_that_was_seen_on_is_never_on_and_says_who_saw_it_and_when(
    context: Context, clock: FixedClock, feature: str
) -> None:
    upgraded(context)
    context.write(features.record_seen, "mirrored", {feature: "on"})
    view = context.read(features.find, feature)
    told = (
        "was seen on in Mirrored on Tuesday 1 December 2026 by ada. It is locked there, and nobody recorded a switch."
    )
    assert (view.state.state, view.state.seen_at, view.state.by) == ("unknown", NOW, "ada")
    assert told in view.seen_on
    found = context.read(overview.load)
    assert found is not None
    (waits,) = [item for item in found.waiting if item.subject == feature]
    assert (waits.urgency, waits.text) == ("danger", view.seen_on)
    name = context.policy.feature[feature].name
    assert found.switches_off == (f"{name} (seen on)",)
    bars = [bar.name for bar in context.read(year.load).bars if bar.role == "danger"]
    assert bars == [f"{name}, locked and seen on, until the upgrade if made then"]
    clock.instant += timedelta(hours=1)
    report = str(context.read(reports.make, reports.Order("exposure")).sections)
    assert "although it is locked; nobody recorded a switch" in report
    assert (shapes.feature(view)["state"], shapes.feature(view)["seen"]) == ("unknown", "on")


def test_an_upgrade_where_it_switches_nothing_off_ends_it_neither_on_record_nor_in_a_look_ahead(
    context: Context, clock: FixedClock
) -> None:
    context.write(features.record_seen, "training-b", {"engage": "on"})
    day = (NOW + timedelta(days=30)).date()
    foreseen = context.read(lambda work: ahead.WorkAhead(work, day).state("training-b", "engage"))
    clock.instant += timedelta(days=30)
    context.write(environments.record_event, "training-b", "upgraded", clock.instant)
    assert context.read(lambda work: work.state("training-b", "engage")) == foreseen
    assert foreseen.was_seen_on


@pytest.mark.parametrize("kind", ["upgraded", "restored"])
def test_a_locked_feature_that_was_seen_off_since_is_not_said_to_be_seen_on(
    context: Context, clock: FixedClock, kind: EventKind
) -> None:
    for state in ("on", "off"):
        context.write(features.record_seen, "training-b", {"engage": state})
        clock.instant += timedelta(hours=1)
    if kind == "restored":
        context.write(environments.doubt_all)
    else:
        context.write(environments.record_event, "training-b", kind, clock.instant)
    known = context.read(lambda work: work.state("training-b", "engage"))
    assert (known.state, known.was_seen_on) == ("unknown", False)


@pytest.mark.parametrize(
    ("kind", "hours", "said"),
    [
        ("upgraded", 1, "off"), ("refreshed", 1, "unknown"), ("upgraded", -1, "seen on"), ("refreshed", -1, "seen on"),
    ],
)  # fmt: skip
def test_what_happened_afterwards_ends_it(context: Context, kind: EventKind, hours: int, said: str) -> None:
    context.write(features.record_seen, "mirrored", {"clientconnect": "on"})
    with context.writing() as work:
        work.now += timedelta(days=1)
        environments.record_event(work, "mirrored", kind, NOW + timedelta(hours=hours))
    view = context.read(features.find, "clientconnect")
    assert ("seen on" if view.seen_on else view.state.state) == said


def test_what_an_upgrade_ended_is_not_said_again_when_a_later_refresh_was_a_mistake(
    context: Context, clock: FixedClock
) -> None:
    context.write(features.record_seen, "mirrored", {"clientconnect": "on"})
    done = []
    for kind in ("upgraded", "refreshed"):
        clock.instant += timedelta(hours=1)
        done.append(context.write(environments.record_event, "mirrored", kind, clock.instant).value.event_id)
    context.write(environments.correct_event, done[1])
    view = context.read(features.find, "clientconnect")
    assert (view.state.state, view.seen_on) == ("unknown", "")
    context.write(environments.correct_event, done[0])
    assert context.read(features.find, "clientconnect").seen_on


def test_a_locked_feature_that_was_seen_off_again_is_off(context: Context) -> None:
    upgraded(context)
    for state in ("on", "off"):
        context.write(features.record_seen, "mirrored", {"engage": state})
    assert states(context)["engage"] == "off"


@pytest.mark.parametrize("feature", sorted(LOCKED))
def test_a_locked_feature_that_was_seen_on_stands_in_the_log_though_it_was_unknown(
    context: Context, feature: str
) -> None:
    refreshed(context)
    context.write(features.record_seen, "mirrored", {feature: "on"})
    newest = log(context)[-1]
    assert (newest.action, newest.subject) == (rules.LOCKED_ON, f"mirrored/{feature}")


def test_every_look_is_one_event_of_what_was_seen_and_never_a_switch(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    for _ in range(2):
        context.write(features.record_seen, "mirrored", {"general-ledger": "on", "dss": "off"})
        clock.instant += timedelta(hours=1)
    seen = [event for event in context.read(lambda work: work.events) if event.feature]
    assert [(event.kind, event.feature, event.outcome, event.remark) for event in seen] == [
        ("seen", "general-ledger", "on", ""), ("seen", "dss", "off", ""),
    ] * 2  # fmt: skip


def test_what_was_only_seen_on_is_never_told_as_on_since_or_as_switched(context: Context, clock: FixedClock) -> None:
    refreshed(context)
    context.write(features.record_seen, "mirrored", {"general-ledger": "on"})
    clock.instant += timedelta(days=1)
    context.write(features.record_seen, "mirrored", {"general-ledger": "on"})
    state = context.read(features.find, "general-ledger").state
    assert (state.only_seen, state.since, state.seen_at) == (True, NOW, clock.instant)
    told = {kind: str(context.read(reports.make, reports.Order(kind)).sections) for kind in ("state", "exposure")}
    assert "Seen on 1 December 2026, 09:00 CST, ada" in told["state"]
    assert "Seen on by ada; nobody recorded a switch" in told["exposure"]
    assert "no approval recorded" not in told["exposure"]


def test_a_switch_that_is_recorded_is_no_mere_look_until_it_turns_out_to_be_a_mistake(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    context.write(features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True)
    switch = context.read(lambda work: work.events)[-1].id
    clock.instant += timedelta(hours=1)
    context.write(features.record_seen, "mirrored", {"general-ledger": "on"})
    assert not context.read(features.find, "general-ledger").state.only_seen
    context.write(environments.correct_event, switch)
    state = context.read(features.find, "general-ledger").state
    assert (state.state, state.only_seen, state.since) == ("on", True, clock.instant)


def test_what_a_refresh_ended_is_still_offered_after_all_was_seen_off(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    context.write(features.switch, "general-ledger", "enable", reason="x", acknowledgement=SURE, already_done=True)
    clock.instant += timedelta(hours=1)
    context.write(environments.record_event, "mirrored", "refreshed", clock.instant)
    clock.instant += timedelta(hours=1)

    def lost() -> tuple[str, ...]:
        return tuple(loss.feature for loss in context.read(lambda work: environments.still_lost(work, "mirrored")))

    context.write(features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    assert lost() == ("general-ledger",)
    context.write(features.record_seen, "mirrored", {"general-ledger": "on"})
    context.write(features.record_seen, "mirrored", {"general-ledger": "off"})
    assert lost() == (), "somebody had it on again"


def test_that_somebody_looked_and_saw_what_is_recorded_is_kept_with_the_day_and_is_no_switch(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    before = context.read(features.find, SMS).state
    clock.instant += timedelta(days=3)
    seen = dict.fromkeys(context.policy.feature, "off") | {"dss": "unknown"}
    assert len(context.write(features.record_seen, "mirrored", seen).value) == len(seen)
    state = context.read(features.find, SMS).state
    assert state == replace(before, seen_at=clock.instant, version=before.version + 1)
    assert "switched" not in {event.kind for event in context.read(lambda work: work.events)}
    logged = {entry.subject: entry.action for entry in log(context)[-len(seen) :]}
    assert logged.pop("mirrored/dss") == "feature.doubted"
    assert set(logged.values()) == {"feature.seen-off"}
    clock.instant += timedelta(days=3)
    upgraded(context)
    assert context.read(features.find, SMS).state.seen_at is None, "seen before the upgrade, and not since"


def test_a_plan_that_came_true_is_over_with_its_reason_and_its_end(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Reminder test", until=SOON, acknowledgement=SURE)
    context.write(features.record_seen, "mirrored", {SMS: "on"})
    state = context.read(features.find, SMS).state
    assert (state.pending, state.reason, state.until) == (None, "Reminder test", SOON)


def test_somebody_else_s_change_is_noticed_and_nothing_of_all_is_kept(context: Context) -> None:
    upgraded(context)
    looked_at = {view.feature.key: view.state.version for view in context.read(features.find_all).features}
    context.write(features.record_seen, "mirrored", {"general-ledger": "on"})
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        context.write(
            features.record_seen, "mirrored", {"ms-exchange": "on", "general-ledger": "off"}, looked_at=looked_at
        )


def test_an_unknown_feature_is_refused_and_nothing_is_kept(context: Context) -> None:
    upgraded(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="is not a feature"):
        context.write(features.record_seen, "mirrored", {"ms-exchange": "on", "fax": "on"})


def test_what_was_seen_on_since_stays_on_when_an_upgrade_is_recorded_late(context: Context, clock: FixedClock) -> None:
    context.write(features.record_seen, "mirrored", {"ms-exchange": "on"})
    clock.instant += timedelta(days=2)
    context.write(features.record_seen, "mirrored", {"ms-exchange": "on"})
    context.write(environments.record_event, "mirrored", "upgraded", NOW + timedelta(days=1))
    assert (states(context)["ms-exchange"], states(context)["dss"]) == ("on", "off")


def test_what_was_seen_is_in_the_exposure_log(context: Context, clock: FixedClock) -> None:
    refreshed(context)
    context.write(features.record_seen, "mirrored", {SMS: "on"})
    clock.instant += timedelta(hours=2)
    report = context.read(reports.make, reports.Order("exposure"))
    exposed = next(part for part in report.sections if part.title == "On while contact details could be real")
    assert exposed.table is not None
    assert [str(getattr(row[0], "text", row[0])) for row in exposed.table.rows] == ["External Communications: SMS"]
    unknown = next(part for part in report.sections if part.title.startswith("Not known whether on"))
    assert unknown.table is not None
    now = [str(row[0]) for row in unknown.table.rows if row[2] == "Now"]
    assert len(now) == 1
    assert "External Communications," not in now[0], "it is on through its part"


@settings(max_examples=examples(20, long=500))
@given(state=STATES, found=STATES, change=st.sampled_from((None, "enable", "disable")), key=st.integers(0, 11))
def test_a_fact_is_kept_as_told_and_no_plan_is_made_by_it(
    policy: Policy, state: State, found: State, change: rules.Change | None, key: int
) -> None:
    feature = policy.features[key].key
    plan = Pending(change, "x", None, False) if change else None
    before = FeatureState("mirrored", feature, state, plan)
    if rules.is_impossible(before):
        return
    after = rules.seen(before, found, NOW, "ada")
    locked = feature in LOCKED and found == "on"
    assert after.state == ("unknown" if locked else found)
    assert after.pending in (plan, None)
    assert not rules.is_impossible(after)


def test_all_seen_off_since_an_upgrade_is_offered_as_the_answer_of_its_line_and_answers_nothing_by_itself(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    number = context.read(lambda work: work.events)[-1].id
    clock.instant += timedelta(days=1)
    seen = dict.fromkeys(context.policy.feature, "off")
    context.write(features.record_seen, "mirrored", {**seen, "engage": "unknown"})
    assert offered(context) == []
    context.write(features.record_seen, "mirrored", seen)
    told = "“What is on now?” says that all of them were off in Penelope on Wednesday 2 December 2026."
    assert offered(context) == [(15, told)]
    answered = context.write(checklists.answer, number, 15, "pass").value.line(15).answer
    assert answered is not None
    assert answered.remark == told
    assert offered(context) == []
    refreshed(context)
    context.write(features.record_seen, "mirrored", seen)
    assert offered(context) == []


def offered(context: Context) -> list[tuple[int, str]]:
    """The lines that have an answer offered, of all check-lists."""
    lines = [line for item in context.read(checklists.find_all) for line in item.lines]
    return [
        (line.effect.number, said) for line in lines if (said := offered_answer(line, ZoneInfo("America/Winnipeg")))
    ]
