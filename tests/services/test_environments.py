"""Refreshes and upgrades of environments, and what they do to the register."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.mirror import EventKind
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.services import environments, features
from penelope_admin.services.context import Context
from penelope_admin.services.environments import EnvironmentView
from tests.services.house import LOCKED, NOW, RE_ENABLEABLE, SURE, agency_at_work, log, nothing_saved, one_entry

DAY = timedelta(days=1)


def switch_some_on(context: Context) -> None:
    for feature in ("external-communications.sms", "general-ledger"):
        features.switch(
            context, feature, "enable", reason="Project", until=date(2026, 12, 20), acknowledgement=SURE,
            already_done=True,
        )  # fmt: skip
    features.switch(context, "ms-exchange", "enable", reason="Project", acknowledgement=SURE)


def register(context: Context) -> dict[str, str]:
    return {view.feature.key: view.state.state for view in features.find_all(context).features}


def mirrored(context: Context) -> EnvironmentView:
    return next(view for view in environments.find_all(context) if view.environment.key == "mirrored")


def test_an_upgrade_switches_everything_off_in_the_register(context: Context) -> None:
    switch_some_on(context)
    done = environments.record_event(context, "mirrored", "upgraded", NOW)
    assert done.changes == {"environments", "features"}
    assert set(register(context).values()) == {"off"}
    for view in features.find_all(context).features:
        if view.feature.key not in LOCKED:
            assert (view.state.pending, view.state.until, view.state.since) == (None, None, NOW)
            assert view.state.reason == "Switched off by the upgrade"


def test_an_upgrade_names_in_the_log_what_it_switched_off(context: Context) -> None:
    switch_some_on(context)
    with one_entry(context, "environment.upgraded", "mirrored") as facts:
        environments.record_event(context, "mirrored", "upgraded", NOW, version="2026.12", remark="As announced")
    after = facts[1]
    assert after["features_reset"] == ["external-communications.sms", "ms-exchange", "general-ledger"]
    assert (after["version"], after["remark"], after["at"]) == ("2026.12", "As announced", NOW.isoformat())


def test_a_refresh_makes_the_register_unknown_but_for_what_is_locked(context: Context) -> None:
    switch_some_on(context)
    environments.record_event(context, "mirrored", "refreshed", NOW)
    assert {key: state for key, state in register(context).items() if state != "unknown"} == dict.fromkeys(
        LOCKED, "off"
    )
    for view in features.find_all(context).features:
        assert (view.state.pending, view.state.until, view.state.reason) == (None, None, None)


def test_a_feature_can_be_switched_again_after_an_event_reset_it(context: Context) -> None:
    switch_some_on(context)
    environments.record_event(context, "mirrored", "refreshed", NOW)
    switch_some_on(context)
    environments.record_event(context, "mirrored", "upgraded", NOW)
    switch_some_on(context)
    assert register(context)["general-ledger"] == "on"


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
def test_an_event_older_than_the_newest_one_changes_nothing_in_the_register(context: Context, kind: EventKind) -> None:
    environments.record_event(context, "mirrored", "upgraded", NOW)
    switch_some_on(context)
    before = [view.state for view in features.find_all(context).features]
    with one_entry(context, f"environment.{kind}", "mirrored") as facts:
        environments.record_event(context, "mirrored", kind, NOW - DAY)
    assert [view.state for view in features.find_all(context).features] == before
    assert facts[1]["features_reset"] == []
    assert mirrored(context).posture.contact_details == "de-identified"


def test_an_event_of_another_environment_changes_nothing_in_the_mirrored_one(context: Context) -> None:
    switch_some_on(context)
    before = register(context)
    environments.record_event(context, "training-b", "refreshed", NOW)
    environments.record_event(context, "production", "upgraded", NOW)
    assert register(context) == before


@pytest.mark.parametrize("kind", ["refreshed", "upgraded"])
@pytest.mark.parametrize("ahead", [timedelta(seconds=1), 400 * DAY])
def test_what_lies_in_the_future_is_not_recorded(context: Context, kind: EventKind, ahead: timedelta) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="lies ahead"):
        environments.record_event(context, "mirrored", kind, NOW + ahead)


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 11, 1), datetime(1969, 12, 31, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)],  # noqa: DTZ001
)
def test_a_time_without_zone_or_outside_the_known_years_is_not_recorded(context: Context, at: datetime) -> None:
    with nothing_saved(context), pytest.raises(BadInputError):
        environments.record_event(context, "mirrored", "upgraded", at)


def test_production_is_never_refreshed(context: Context) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match="never their target"):
        environments.record_event(context, "production", "refreshed", NOW)


def test_an_environment_the_agency_lacks_has_no_events(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="has no Preview database"):
        environments.record_event(context, "preview", "upgraded", NOW)


def test_a_version_with_a_line_break_is_refused(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="The version"):
        environments.record_event(context, "mirrored", "upgraded", NOW, version="2026\n12")


def test_contact_details_are_unknown_then_real_then_de_identified(context: Context, clock: FixedClock) -> None:
    assert mirrored(context).posture.contact_details == "unknown"
    assert environments.record_event(context, "mirrored", "refreshed", NOW).value.contact_details == "real"
    assert mirrored(context).posture.sentence == (
        "May hold real contact details: refreshed on Tuesday 1 December 2026, not upgraded since."
    )
    clock.instant = NOW + 12 * DAY
    environments.record_event(context, "mirrored", "upgraded", clock.now())
    assert mirrored(context).posture.contact_details == "de-identified"
    assert mirrored(context).posture.exceptions == ("System Admin", "External Admin", "ACSO")


def test_an_environment_shows_its_newest_version_and_what_is_on(context: Context) -> None:
    environments.record_event(context, "mirrored", "upgraded", NOW - DAY, version="2026.11")
    environments.record_event(context, "mirrored", "upgraded", NOW - 30 * DAY, version="2026.10")
    switch_some_on(context)
    view = mirrored(context)
    assert view.version == "2026.11"
    assert view.on == ("External Communications: SMS", "General Ledger")


def test_only_the_agencys_environments_are_shown_in_the_policys_order(context: Context) -> None:
    keys = [view.environment.key for view in environments.find_all(context)]
    assert keys == ["production", "training-b", "mirrored"]


def clock_of(context: Context) -> FixedClock:
    assert isinstance(context.clock, FixedClock)
    return context.clock


@settings(max_examples=15)
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
            environments.record_event(context, "mirrored", kind, NOW - days * DAY)
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
    features.switch(context, "action-triggers", "enable", reason="x", acknowledgement=SURE, already_done=True)
    with one_entry(context, f"environment.{kind}", "mirrored") as facts:
        environments.record_event(context, "mirrored", kind, NOW + DAY)
    assert register(context)["action-triggers"] == "on"
    assert register(context)["general-ledger"] == ("off" if kind == "upgraded" else "unknown")
    assert "action-triggers" not in facts[1]["features_reset"]


# --- corrections -------------------------------------------------------------------------------


def recorded(context: Context, kind: EventKind, at: datetime = NOW) -> int:
    environments.record_event(context, "mirrored", kind, at, version="2026.12")
    return mirrored(context).events[-1].id


def test_a_corrected_upgrade_counts_no_more_and_its_switching_off_is_unknown(
    context: Context, clock: FixedClock
) -> None:
    environments.record_event(context, "mirrored", "refreshed", NOW - DAY)
    switch_some_on(context)
    key = recorded(context, "upgraded")
    assert set(register(context).values()) == {"off"}
    with one_entry(context, "environment.corrected", "mirrored") as facts:
        done = environments.correct_event(context, key, "It was the training database")
    assert done.changes == {"environments", "features"}
    assert done.value == mirrored(context).posture
    assert done.value.contact_details == "real"
    assert {state for feature, state in register(context).items() if feature not in LOCKED} == {"unknown"}
    assert {register(context)[feature] for feature in LOCKED} == {"off"}
    assert facts[0] == {"kind": "upgraded", "at": NOW.isoformat(), "version": "2026.12"}
    assert (facts[1]["corrects"], facts[1]["remark"]) == (key, "It was the training database")


def test_a_corrected_refresh_lets_the_upgrade_before_it_count_again(context: Context) -> None:
    recorded(context, "upgraded", NOW - DAY)
    key = recorded(context, "refreshed")
    assert mirrored(context).posture.contact_details == "real"
    environments.correct_event(context, key)
    assert mirrored(context).posture.contact_details == "de-identified"
    assert mirrored(context).posture.last_refresh is None


def test_a_correction_takes_nothing_out_of_the_record(context: Context) -> None:
    key = recorded(context, "upgraded")
    environments.correct_event(context, key)
    assert sorted((event.kind, event.corrects) for event in mirrored(context).events) == [
        ("corrected", key),
        ("upgraded", None),
    ]
    assert mirrored(context).version is None


def test_what_was_switched_since_is_not_touched_by_a_correction(context: Context, clock: FixedClock) -> None:
    key = recorded(context, "upgraded")
    clock.instant = NOW + DAY
    switch_some_on(context)
    environments.correct_event(context, key)
    assert register(context)["general-ledger"] == "on"


@pytest.mark.parametrize("which", ["missing", "corrected", "correction"])
def test_only_an_event_that_stands_can_be_corrected(context: Context, which: str) -> None:
    key = recorded(context, "upgraded")
    environments.correct_event(context, key)
    keys = {event.kind: event.id for event in mirrored(context).events}
    wanted = {"missing": 99, "corrected": keys["upgraded"], "correction": keys["corrected"]}[which]
    with nothing_saved(context), pytest.raises(BadInputError, match="could be corrected"):
        environments.correct_event(context, wanted)
