"""Refreshes and upgrades of environments, and what they do to the register."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.mirror import Answer, EventKind, ScriptEffect
from penelope_admin.errors import BadInputError, PenelopeAdminError, RefusedError
from penelope_admin.services import features, shapes
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from tests.each import each
from tests.effort import examples
from tests.services.house import (
    LOCKED,
    NOW,
    RE_ENABLEABLE,
    SOON,
    SURE,
    agency_at_work,
    log,
    mirrored,
    nothing_saved,
    one_entry,
)

DAY = timedelta(days=1)


def switch_some_on(context: Context) -> None:
    for feature in ("external-communications.sms", "general-ledger"):
        context.write(
            features.switch, feature, "enable", reason="Project", until=date(2026, 12, 20), acknowledgement=SURE,
            already_done=True,
        )  # fmt: skip
    context.write(features.switch, "ms-exchange", "enable", reason="Project", until=SOON, acknowledgement=SURE)


def register(context: Context, key: str | None = None) -> dict[str, str]:
    return {view.feature.key: view.state.state for view in context.read(features.find_all, key).features}


def test_an_upgrade_switches_everything_off_in_the_register(context: Context, clock: FixedClock) -> None:
    switch_some_on(context)
    clock.instant += DAY
    done = context.write(environments.record_event, "mirrored", "upgraded", clock.now())
    assert done.changes == {"environments", "features"}
    assert set(register(context).values()) == {"off"}
    for view in context.read(features.find_all).features:
        if view.feature.key not in LOCKED:
            assert (view.state.pending, view.state.until, view.state.since) == (None, None, clock.now())
            assert view.state.reason == "Switched off by the upgrade"


def test_an_upgrade_names_in_the_log_what_it_switched_off(context: Context) -> None:
    switch_some_on(context)
    with one_entry(context, "environment.upgraded", "mirrored") as facts:
        context.write(environments.record_event, "mirrored", "upgraded", NOW, version="2026.12", remark="As announced")
    after = facts[1]
    assert after["features_reset"] == ["external-communications.sms", "ms-exchange", "general-ledger"]
    assert (after["version"], after["text_given"], after["at"]) == ("2026.12", ["remark"], NOW.isoformat())


def test_a_refresh_makes_all_of_the_register_unknown_what_is_locked_too(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - timedelta(hours=1))
    switch_some_on(context)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    assert set(register(context).values()) == {"unknown"}
    for view in context.read(features.find_all).features:
        assert (view.state.pending, view.state.until, view.state.reason) == (None, None, None)


def test_a_feature_can_be_switched_again_after_an_event_reset_it(context: Context) -> None:
    switch_some_on(context)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    switch_some_on(context)
    context.write(environments.record_event, "mirrored", "upgraded", NOW)
    switch_some_on(context)
    assert register(context)["general-ledger"] == "on"


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
def test_an_event_older_than_the_newest_one_changes_nothing_in_the_register(context: Context, kind: EventKind) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW)
    switch_some_on(context)
    before = [view.state for view in context.read(features.find_all).features]
    with one_entry(context, f"environment.{kind}", "mirrored") as facts:
        context.write(environments.record_event, "mirrored", kind, NOW - DAY)
    assert [view.state for view in context.read(features.find_all).features] == before
    assert facts[1]["features_reset"] == []
    assert mirrored(context).posture.contact_details == "de-identified"


def test_an_event_of_another_environment_changes_nothing_in_the_mirrored_one(context: Context) -> None:
    switch_some_on(context)
    before = register(context)
    context.write(environments.record_event, "training-b", "refreshed", NOW)
    context.write(environments.record_event, "production", "upgraded", NOW)
    assert register(context) == before


@each("kind", ["refreshed", "upgraded"])
@each("ahead", [timedelta(seconds=1), 400 * DAY])
def test_what_lies_in_the_future_is_not_recorded(context: Context, kind: EventKind, ahead: timedelta) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="is in the future"):
        context.write(environments.record_event, "mirrored", kind, NOW + ahead)


@each(
    "at",
    [datetime(2026, 11, 1), datetime(1969, 12, 31, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)],  # noqa: DTZ001
)
def test_a_time_without_zone_or_outside_the_known_years_is_not_recorded(context: Context, at: datetime) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(environments.record_event, "mirrored", "upgraded", at)


def test_production_is_never_refreshed(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="never their target"):
        context.write(environments.record_event, "production", "refreshed", NOW)


def test_an_environment_the_agency_lacks_has_no_events(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="has no Preview database"):
        context.write(environments.record_event, "preview", "upgraded", NOW)


def test_a_version_with_a_line_break_is_refused(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="The version"):
        context.write(environments.record_event, "mirrored", "upgraded", NOW, version="2026\n12")


def test_contact_details_are_unknown_then_real_then_de_identified(context: Context, clock: FixedClock) -> None:
    assert mirrored(context).posture.contact_details == "unknown"
    assert (
        context.write(environments.record_event, "mirrored", "refreshed", NOW).value.posture.contact_details == "real"
    )
    assert mirrored(context).posture.sentence == (
        "May hold real contact details: refreshed on Tuesday 1 December 2026, no upgrade recorded since."
    )
    clock.instant = NOW + 12 * DAY
    context.write(environments.record_event, "mirrored", "upgraded", clock.now())
    assert mirrored(context).posture.contact_details == "de-identified"
    assert mirrored(context).posture.exceptions == ("System Admin", "External Admin", "ACSO")


def test_an_environment_shows_its_newest_version_and_what_is_on(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY, version="2026.11")
    context.write(environments.record_event, "mirrored", "upgraded", NOW - 30 * DAY, version="2026.10")
    switch_some_on(context)
    view = mirrored(context)
    assert view.version == "2026.11"
    assert view.on == ("External Communications: SMS", "General Ledger")


def test_only_the_agencys_environments_are_shown_in_the_policys_order(context: Context) -> None:
    keys = [view.environment.key for view in context.read(environments.find_all)]
    assert keys == ["production", "training-b", "mirrored"]


def clock_of(context: Context) -> FixedClock:
    assert isinstance(context.clock, FixedClock)
    return context.clock


@settings(max_examples=examples(8, long=150))
@given(
    events=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["refreshed", "upgraded"])),
        min_size=1,
        max_size=6,
        unique_by=lambda event: event[0],
    ),
    data=st.data(),
)
def test_the_order_in_which_events_are_recorded_does_not_matter(
    events: list[tuple[int, EventKind]], data: st.DataObject
) -> None:
    recorded = data.draw(st.permutations(events))
    with agency_at_work() as context:
        clock_of(context).instant = NOW - 50 * DAY
        switch_some_on(context)
        clock_of(context).instant = NOW
        for days, kind in recorded:
            context.write(environments.record_event, "mirrored", kind, NOW - days * DAY)
        newest = min(events)[1]
        assert mirrored(context).posture.contact_details == ("real" if newest == "refreshed" else "de-identified")
        states = {register(context)[feature] for feature in RE_ENABLEABLE}
        # What was on before is reset by the first event recorded, and by each newer one.
        assert states == {"unknown" if newest == "refreshed" else "off"}
        assert len(log(context)) == 1 + 3 + len(events)
        reset = [json.loads(entry.after or "")["features_reset"] for entry in log(context)[4:]]
        assert reset[0] == ["external-communications.sms", "ms-exchange", "general-ledger"]
        assert reset[1:] == [[]] * (len(events) - 1)


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
def test_what_was_switched_after_an_event_stays_when_the_event_is_recorded_late(
    context: Context, clock: FixedClock, kind: EventKind
) -> None:
    switch_some_on(context)
    clock.instant = NOW + 2 * DAY
    context.write(
        features.switch, "action-triggers", "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True
    )
    with one_entry(context, f"environment.{kind}", "mirrored") as facts:
        context.write(environments.record_event, "mirrored", kind, NOW + DAY)
    assert register(context)["action-triggers"] == "on"
    assert register(context)["general-ledger"] == ("off" if kind == "upgraded" else "unknown")
    assert "action-triggers" not in facts[1]["features_reset"]


# --- corrections -------------------------------------------------------------------------------


def recorded(context: Context, kind: EventKind, at: datetime = NOW) -> int:
    context.write(environments.record_event, "mirrored", kind, at, version="2026.12")
    return mirrored(context).events[-1].id


def test_a_corrected_upgrade_counts_no_more_and_what_was_on_is_on_again(context: Context, clock: FixedClock) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", NOW - DAY)
    switch_some_on(context)
    clock.instant += DAY
    key = recorded(context, "upgraded", clock.now())
    assert set(register(context).values()) == {"off"}
    with one_entry(context, "environment.corrected", "mirrored") as facts:
        done = context.write(environments.correct_event, key, "It was the training database")
    assert done.changes == {"environments", "features"}
    assert done.value == mirrored(context).posture
    assert done.value.contact_details == "real"
    on = {feature for feature, state in register(context).items() if state == "on"}
    assert on == {"external-communications", "external-communications.sms", "general-ledger"}
    assert {state for feature, state in register(context).items() if feature not in on} == {"unknown"}
    again = context.read(features.find, "general-ledger").state
    assert (again.since, again.by, again.reason) == (NOW, "ada", "Project")
    assert facts[0] == {
        "kind": "upgraded", "at": (NOW + DAY).isoformat(), "version": "2026.12", "feature": None, "outcome": None,
        "window": None,
    }  # fmt: skip
    assert (facts[1]["corrects"], facts[1]["text_given"]) == (key, ["remark"])


@pytest.mark.parametrize("seen", [True, False])
def test_what_is_planned_stays_planned_when_a_record_is_corrected(context: Context, seen: bool) -> None:
    event = recorded(context, "upgraded", NOW - DAY)
    if seen:
        context.write(features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    context.write(features.switch, "general-ledger", "enable", reason="Pilot", until=SOON, acknowledgement=SURE)
    context.write(environments.correct_event, event)
    plan = context.read(lambda work: work.state("mirrored", "general-ledger")).pending
    assert plan is not None
    assert (plan.reason, plan.until) == ("Pilot", SOON)


def test_a_corrected_refresh_lets_the_upgrade_before_it_count_again(context: Context) -> None:
    recorded(context, "upgraded", NOW - DAY)
    key = recorded(context, "refreshed")
    assert mirrored(context).posture.contact_details == "real"
    context.write(environments.correct_event, key)
    assert mirrored(context).posture.contact_details == "de-identified"
    assert mirrored(context).posture.last_refresh is None


def test_a_correction_takes_nothing_out_of_the_record(context: Context) -> None:
    key = recorded(context, "upgraded")
    context.write(environments.correct_event, key)
    assert sorted((event.kind, event.corrects) for event in mirrored(context).events) == [
        ("corrected", key),
        ("upgraded", None),
    ]
    assert mirrored(context).version is None


def test_what_was_switched_since_is_not_touched_by_a_correction(context: Context, clock: FixedClock) -> None:
    key = recorded(context, "upgraded")
    clock.instant = NOW + DAY
    switch_some_on(context)
    context.write(environments.correct_event, key)
    assert register(context)["general-ledger"] == "on"


@pytest.mark.parametrize("kind", ["upgraded", "refreshed"])
def test_what_an_event_ended_counts_as_on_again_also_where_an_upgrade_switches_nothing_off(
    context: Context, kind: EventKind
) -> None:
    context.write(features.record_seen, "training-b", {"general-ledger": "on"})
    done = context.write(environments.record_event, "training-b", kind, NOW).value
    assert register(context, "training-b")["general-ledger"] == "unknown"
    context.write(environments.correct_event, done.event_id)
    assert register(context, "training-b")["general-ledger"] == "on"


@pytest.mark.parametrize("which", ["missing", "corrected", "correction"])
def test_only_an_event_that_stands_can_be_corrected(context: Context, which: str) -> None:
    key = recorded(context, "upgraded")
    context.write(environments.correct_event, key)
    keys = {event.kind: event.id for event in mirrored(context).events}
    wanted = {"missing": 99, "corrected": keys["upgraded"], "correction": keys["corrected"]}[which]
    with nothing_saved(context), pytest.raises(BadInputError, match="could be corrected"):
        context.write(environments.correct_event, wanted)


# --- scripts of the vendor's services ----------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "details"),
    [(None, "unknown"), ("unknown", "unknown"), ("unchanged", "de-identified"), ("de-identified", "de-identified")],
)
def test_a_script_is_recorded_with_what_it_did(context: Context, outcome: ScriptEffect | None, details: str) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY)
    with one_entry(context, "environment.script-run", "mirrored") as facts:
        done = context.write(environments.record_event, "mirrored", "script-run", NOW, remark="Fix", outcome=outcome)
    assert done.value.posture.contact_details == details
    assert (facts[1]["outcome"], facts[1]["features_reset"]) == (outcome or "unknown", [])
    assert mirrored(context).events[-1].outcome == (outcome or "unknown")


def test_a_script_switches_nothing_in_the_register_and_overtakes_no_refresh(context: Context) -> None:
    switch_some_on(context)
    before = register(context)
    context.write(environments.record_event, "mirrored", "script-run", NOW)
    assert register(context) == before
    done = context.write(environments.record_event, "mirrored", "refreshed", NOW)
    assert [loss.feature for loss in done.value.losses] == LOST
    assert register(context)["general-ledger"] == "unknown"


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
def test_only_a_script_has_an_outcome(context: Context, kind: EventKind) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="Only a script"):
        context.write(environments.record_event, "mirrored", kind, NOW, outcome="unchanged")
    with nothing_saved(context), pytest.raises(BadInputError, match="is none of unknown, unchanged, de-identified"):
        context.write(environments.record_event, "mirrored", "script-run", NOW, outcome="real")  # type: ignore[arg-type]


# --- the window of an upgrade ------------------------------------------------------------------

STARTS = datetime(2026, 12, 13, 2, tzinfo=UTC)  # Saturday 12 December 21:00 at the vendor's
ENDS = datetime(2026, 12, 13, 6, tzinfo=UTC)


def window_of(context: Context, at: datetime, **more: Any) -> datetime | None:
    """The window that an upgrade at this instant is recorded with."""
    clock_of(context).instant = max(ENDS, at)
    number = context.write(environments.record_event, "mirrored", "upgraded", at, **more).value.event_id
    return next(event.window for event in mirrored(context).events if event.id == number)


@pytest.mark.parametrize(
    ("at", "within"),
    [
        (STARTS, True),
        (STARTS + timedelta(hours=1), True),
        (STARTS - timedelta(minutes=1), False),
        (ENDS + timedelta(minutes=1), False),
    ],
)
def test_an_upgrade_belongs_to_the_window_in_which_it_happened(context: Context, at: datetime, within: bool) -> None:
    assert window_of(context, at) == (STARTS if within else None)


def test_an_upgrade_belongs_to_the_window_that_somebody_names(context: Context) -> None:
    assert window_of(context, STARTS + 5 * DAY, window=STARTS) == STARTS


def test_an_emergency_is_no_window_to_belong_to_and_hides_none(context: Context) -> None:
    clock_of(context).instant = NOW
    context.write(notices.add, "emergency", STARTS - timedelta(hours=1), STARTS + timedelta(hours=1))
    assert window_of(context, STARTS - timedelta(minutes=30)) is None
    assert window_of(context, STARTS + timedelta(minutes=30)) == STARTS


# --- was it upgraded? --------------------------------------------------------------------------


def asked(context: Context) -> dict[str, datetime]:
    """The windows that are asked about, by environment."""
    views = context.read(environments.find_all)
    return {view.environment.key: view.question.window for view in views if view.question}


def test_after_a_window_it_is_asked_of_each_database_that_follows_production(
    context: Context, clock: FixedClock
) -> None:
    clock.instant = ENDS - timedelta(seconds=1)
    assert asked(context) == {}
    clock.instant = ENDS
    assert asked(context) == {"training-b": STARTS, "mirrored": STARTS}
    context.write(environments.record_event, "mirrored", "upgraded", ENDS)
    assert asked(context) == {"training-b": STARTS}


@pytest.mark.parametrize("said", ["not-upgraded", "upgrade-unknown"])
def test_not_yet_and_i_do_not_know_are_answers_that_change_nothing(
    context: Context, clock: FixedClock, said: Answer
) -> None:
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    switch_some_on(context)
    before = register(context)
    clock.instant = ENDS + DAY
    with one_entry(context, f"environment.{said}", "mirrored") as facts:
        done = context.write(environments.answer, "mirrored", STARTS, said)
    assert done.changes == {"environments", "features"}
    assert done.value.posture.contact_details == "real"
    assert facts[1] == {"environment": "mirrored", "kind": said, "window": STARTS.isoformat()}
    assert register(context) == before
    question = mirrored(context).question
    assert question is not None
    assert question.last_answer is not None
    assert (question.last_answer.kind, question.last_answer.at, question.last_answer.window) == (
        said, ENDS + DAY, STARTS,
    )  # fmt: skip


def test_it_can_be_said_again_and_in_the_end_the_upgrade_is_recorded(context: Context, clock: FixedClock) -> None:
    for days, said in ((1, "not-upgraded"), (2, "upgrade-unknown"), (3, "not-upgraded")):
        clock.instant = ENDS + days * DAY
        context.write(environments.answer, "mirrored", STARTS, said)  # type: ignore[arg-type]
    context.write(environments.record_event, "mirrored", "upgraded", clock.now(), window=STARTS)
    assert "mirrored" not in asked(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="Nothing is asked"):
        context.write(environments.answer, "mirrored", STARTS, "not-upgraded")


def test_an_answer_that_nobody_asked_for_is_refused(context: Context, clock: FixedClock) -> None:
    for key, window, said in (
        ("mirrored", STARTS, "upgraded"),
        ("mirrored", STARTS, "corrected"),
        ("mirrored", STARTS + timedelta(seconds=1), "not-upgraded"),
        ("production", STARTS, "not-upgraded"),
        ("preview", STARTS, "not-upgraded"),
    ):
        with nothing_saved(context), pytest.raises(BadInputError):
            context.write(environments.answer, "mirrored", STARTS, "not-upgraded")
        clock.instant = ENDS
        with nothing_saved(context), pytest.raises(BadInputError):
            context.write(environments.answer, key, window, said)  # type: ignore[arg-type]
        clock.instant = NOW


# --- what an event ended -----------------------------------------------------------------------

LOST = ["external-communications.sms", "ms-exchange", "general-ledger"]


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
def test_what_an_event_ended_is_kept_with_reason_and_last_day(context: Context, kind: EventKind) -> None:
    switch_some_on(context)
    done = context.write(environments.record_event, "mirrored", kind, NOW)
    assert [(loss.feature, loss.was, loss.reason, loss.until) for loss in done.value.losses] == [
        ("external-communications.sms", "on", "Project", date(2026, 12, 20)),
        ("ms-exchange", "planned", "Project", SOON),
        ("general-ledger", "on", "Project", date(2026, 12, 20)),
    ]
    assert done.value.losses[0].sentence == (
        "External Communications: SMS was on, needed until Sunday 20 December 2026, for “Project”."
    )
    assert mirrored(context).losses == done.value.losses
    assert shapes.database(mirrored(context))["lost"] == LOST


def test_a_plan_to_switch_off_is_nothing_that_could_be_planned_again(context: Context) -> None:
    context.write(features.switch, "general-ledger", "disable", reason="Over")
    done = context.write(environments.record_event, "mirrored", "upgraded", NOW)
    assert done.value.losses == ()


def test_what_was_lost_is_offered_until_it_is_planned_or_on_again(context: Context) -> None:
    switch_some_on(context)
    context.write(environments.record_event, "mirrored", "upgraded", NOW)
    context.write(features.switch, "general-ledger", "enable", reason="Project", acknowledgement=SURE)
    assert [loss.feature for loss in mirrored(context).losses] == LOST[:2]
    context.write(features.cancel, "general-ledger")
    assert [loss.feature for loss in mirrored(context).losses] == LOST
    context.write(
        features.switch, "ms-exchange", "enable", reason="Project", until=SOON, acknowledgement=SURE, already_done=True
    )
    assert [loss.feature for loss in mirrored(context).losses] == [LOST[0], LOST[2]]


def test_what_several_events_ended_is_offered_until_it_is_switched(context: Context, clock: FixedClock) -> None:
    switch_some_on(context)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    clock.instant = NOW + DAY
    context.write(features.switch, "general-ledger", "enable", reason="Again", acknowledgement=SURE)
    newest = context.write(environments.record_event, "mirrored", "upgraded", clock.now())
    found = {loss.feature: loss.reason for loss in mirrored(context).losses}
    assert (sorted(found), found["general-ledger"]) == (sorted(LOST), "Again")
    context.write(environments.correct_event, newest.value.event_id)
    assert [loss.feature for loss in mirrored(context).losses] == LOST
    context.write(features.switch, LOST[0], "disable", reason="Not needed", already_done=True)
    assert [loss.feature for loss in mirrored(context).losses] == LOST[1:]


def test_a_late_upgrade_takes_nothing_that_was_switched_later(context: Context, clock: FixedClock) -> None:
    clock.instant = NOW + 2 * DAY
    switch_some_on(context)
    clock.instant = NOW + 3 * DAY
    done = context.write(environments.record_event, "mirrored", "upgraded", NOW + DAY)
    assert [loss.feature for loss in done.value.losses] == ["ms-exchange"]  # a plan, acknowledged before this was known
    assert {register(context)[key] for key in ("external-communications.sms", "general-ledger")} == {"on"}


# --- planned again -----------------------------------------------------------------------------


def planned(context: Context) -> set[str]:
    return {view.feature.key for view in context.read(features.find_all).features if view.state.pending}


def test_what_was_lost_is_planned_again_in_one_step(context: Context) -> None:
    switch_some_on(context)
    losses = context.write(environments.record_event, "mirrored", "upgraded", NOW).value.losses
    wishes = {loss.feature: (loss.reason or "", loss.until) for loss in losses}
    before = len(log(context))
    done = context.write(features.plan_again, wishes, acknowledgement=SURE)
    assert done.changes == {"environments", "features"}
    assert [state.feature for state in done.value] == LOST
    assert planned(context) == set(LOST)
    assert mirrored(context).losses == ()
    added = log(context)[before:]
    assert [(entry.action, entry.subject) for entry in added] == [
        ("feature.enable-planned", f"mirrored/{key}") for key in LOST
    ]
    state = context.read(features.find, "external-communications.sms").state
    assert state.pending is not None
    assert (state.pending.reason, state.pending.until) == ("Project", date(2026, 12, 20))


@pytest.mark.parametrize(
    "bad",
    [
        {"ms-exchange": ("Project", None)},
        {"ms-exchange": ("", SOON)},
        {"ms-exchange": ("Project", date(2026, 11, 30))},
        {"dss": ("Project", SOON)},
        {"engage": ("Project", SOON)},
        {"CLIENTCONNECT": ("Project", SOON)},
        {"fax": ("Project", SOON)},
    ],
    ids=str,
)
@pytest.mark.parametrize("first", [True, False])
def test_all_of_it_is_planned_again_or_none(
    context: Context, bad: dict[str, tuple[str, date | None]], first: bool
) -> None:
    good: dict[str, tuple[str, date | None]] = {"general-ledger": ("Project", SOON)}
    with nothing_saved(context), pytest.raises(PenelopeAdminError):
        context.write(features.plan_again, {**bad, **good} if first else {**good, **bad}, acknowledgement=SURE)
    assert planned(context) == set()


def test_planning_again_needs_the_same_acknowledgements(context: Context) -> None:
    wishes = {"ms-exchange": ("Project", SOON)}
    for given_ in (Acknowledgement(), Acknowledgement(phi=True), Acknowledgement(environment="mirrored")):
        with nothing_saved(context), pytest.raises(RefusedError):
            context.write(features.plan_again, wishes, acknowledgement=given_)
    with nothing_saved(context), pytest.raises(BadInputError, match="No feature is chosen"):
        context.write(features.plan_again, {}, acknowledgement=SURE)
    with nothing_saved(context), pytest.raises(BadInputError):
        context.write(features.plan_again, wishes, "migration", SURE)


# --- switches in the record --------------------------------------------------------------------


def switches(context: Context) -> list[tuple[str | None, str | None, datetime]]:
    return [(event.feature, event.outcome, event.at) for event in mirrored(context).events if event.kind == "switched"]


def test_what_was_switched_in_penelope_is_in_the_record_and_a_plan_is_not(context: Context, clock: FixedClock) -> None:
    switch_some_on(context)
    assert switches(context) == [
        ("external-communications.sms", "on", NOW), ("general-ledger", "on", NOW),
    ]  # fmt: skip
    clock.instant = NOW + DAY
    context.write(features.confirm_done, "ms-exchange")
    context.write(features.switch, "general-ledger", "disable", reason="Over", already_done=True)
    context.write(
        features.switch, "ms-exchange", "enable", reason="Longer", until=date(2026, 12, 30), acknowledgement=SURE
    )
    assert switches(context)[2:] == [("ms-exchange", "on", NOW + DAY), ("general-ledger", "off", NOW + DAY)]
    assert mirrored(context).posture.contact_details == "unknown"


def test_a_switch_recorded_by_mistake_is_not_known_any_more(context: Context) -> None:
    switch_some_on(context)
    wrong = next(event for event in mirrored(context).events if event.feature == "general-ledger")
    with one_entry(context, "environment.corrected", "mirrored") as facts:
        context.write(environments.correct_event, wrong.id, "It was another database")
    assert register(context)["general-ledger"] == "unknown"
    assert register(context)["external-communications.sms"] == "on"
    assert (facts[0]["feature"], facts[0]["outcome"]) == ("general-ledger", "on")


def test_a_correction_of_a_switch_leaves_what_was_switched_since(context: Context, clock: FixedClock) -> None:
    switch_some_on(context)
    wrong = next(event for event in mirrored(context).events if event.feature == "general-ledger")
    clock.instant = NOW + DAY
    context.write(features.switch, "general-ledger", "disable", reason="Over", already_done=True)
    context.write(environments.correct_event, wrong.id)
    assert register(context)["general-ledger"] == "off"


def test_a_plan_made_after_a_switch_is_dropped_by_an_event_recorded_late(context: Context, clock: FixedClock) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW)
    clock.instant = NOW + 2 * DAY
    context.write(
        features.switch, "action-triggers", "enable", reason="x", until=SOON, acknowledgement=SURE, already_done=True
    )
    context.write(features.switch, "action-triggers", "disable", reason="over")
    late = context.write(environments.record_event, "mirrored", "refreshed", NOW + DAY).value
    state = context.read(features.find, "action-triggers").state
    assert (state.state, state.pending, late.losses) == ("on", None, ())


@each("kind", ["not-upgraded", "upgrade-unknown", "checked", "switched", "corrected"])
def test_what_follows_from_something_else_is_not_recorded_by_itself(context: Context, kind: EventKind) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="not recorded this way"):
        context.write(environments.record_event, "mirrored", kind, NOW)
