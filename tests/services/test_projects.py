"""Projects from the plan to the end: one transaction and one entry for each deed, and nothing by halves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.projects import FeatureInput, Project, ProjectFeature, ProjectInput, input_of
from penelope_admin.domain.times import in_words
from penelope_admin.errors import BadInputError, ConflictError, PenelopeAdminError, RefusedError, StoreError
from penelope_admin.services import features, projects, requests, shapes
from penelope_admin.services.calendar import notices
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from tests.each import each
from tests.effort import examples
from tests.services.conftest import Open
from tests.services.house import (
    LOCKED,
    NOT_LISTED,
    NOW,
    RE_ENABLEABLE,
    SURE,
    agency_at_work,
    log,
    nothing_saved,
    one_entry,
    upgraded,
)
from tests.services.test_transactions import refuse_entries

TODAY = date(2026, 12, 1)
UPGRADE = date(2026, 12, 12)
DAY = timedelta(days=1)
SMS, LEDGER = "external-communications.sms", "general-ledger"


def wish(*keys: str, **more: object) -> ProjectInput:
    features_ = tuple(FeatureInput(key) for key in keys)
    made = ProjectInput("Reminder pilot", "Try reminders with the team", TODAY, TODAY + 9 * DAY, features=features_)
    return replace(made, **more)  # type: ignore[arg-type]


def started(context: Context, *keys: str, **more: object) -> Project:
    """A project that is on its way."""
    key = context.write(projects.add, wish(*keys, **more)).value.id
    return context.write(projects.start, key, SURE).value.project


def actions(context: Context, since: int) -> list[str]:
    return [entry.action for entry in log(context)[since:]]


# --- planning ----------------------------------------------------------------------------------


def test_a_project_is_planned_with_one_entry(context: Context) -> None:
    late = FeatureInput(LEDGER, TODAY + DAY)
    with one_entry(context, "project.planned", "project 1") as facts:
        done = context.write(projects.add, wish(features=(FeatureInput(SMS), late), refresh_by=TODAY))
    assert done.changes == {"projects"}
    assert done.value == Project(
        "Reminder pilot", "Try reminders with the team", TODAY, TODAY + 9 * DAY, "mirrored", refresh_by=TODAY,
        features=(ProjectFeature(SMS, TODAY, TODAY + 9 * DAY), ProjectFeature(LEDGER, TODAY + DAY, TODAY + 9 * DAY)),
        created_at=NOW, by="ada", id=1, version=1,
    )  # fmt: skip
    assert facts[1] == {
        "name": "Reminder pilot", "text_given": ["purpose"], "environment": "mirrored",
        "first_day": "2026-12-01", "last_day": "2026-12-10", "refresh_by": "2026-12-01",
        "features": [f"{SMS} 2026-12-01 to 2026-12-10", f"{LEDGER} 2026-12-02 to 2026-12-10"],
    }  # fmt: skip
    assert context.read(requests.find_all) == []
    assert context.read(features.find, SMS).state.pending is None


@each(
    "changed, error",
    [
        ({"name": ""}, BadInputError),
        ({"name": "x" * 121}, BadInputError),
        ({"name": "two\nlines"}, BadInputError),
        ({"purpose": " "}, BadInputError),
        ({"purpose": "x" * 301}, BadInputError),
        ({"environment": "preview"}, BadInputError),
        ({"environment": "production"}, RefusedError),
        ({"last_day": TODAY - DAY}, BadInputError),
        *(({"features": (FeatureInput(key),)}, RefusedError) for key in (*LOCKED, *NOT_LISTED)),
        ({"features": (FeatureInput(SMS),), "environment": "training-b"}, RefusedError),
    ],
)
def test_what_cannot_be_planned_is_refused_and_leaves_nothing(
    context: Context, changed: dict[str, object], error: type[PenelopeAdminError]
) -> None:
    with nothing_saved(context), pytest.raises(error, match="Nothing was"):
        context.write(projects.add, wish(**changed))


@pytest.mark.parametrize("key", LOCKED)
def test_locked_features_are_refused_in_previews_and_changes_and_by_the_database(context: Context, key: str) -> None:
    known = context.write(projects.add, wish(SMS)).value
    with nothing_saved(context):
        with pytest.raises(RefusedError, match="cannot be enabled"):
            context.read(projects.preview, wish(key))
        with pytest.raises(RefusedError, match="cannot be enabled"):
            context.write(projects.change, known.id, wish(key))
        with pytest.raises(RefusedError, match="The database refuses"), context.store.writing() as connection:
            connection.execute(
                sa.insert(schema.project_feature).values(
                    project_id=known.id, feature=key.upper(), first_day=TODAY, last_day=TODAY
                )
            )


def test_what_looks_like_client_data_is_masked_in_the_log(context: Context) -> None:
    with one_entry(context, "project.planned", "project 1") as facts:
        context.write(projects.add, wish(name="Call 204-555-0177"))
    assert "555" not in facts[1]["name"]


def test_a_project_is_changed_with_one_entry_that_keeps_both(context: Context) -> None:
    known = context.write(projects.add, wish(SMS)).value
    with one_entry(context, "project.changed", "project 1") as facts:
        done = context.write(projects.change, known.id, wish(LEDGER, name="Another"), known.version)
    assert (done.value.name, [item.feature for item in done.value.features]) == ("Another", [LEDGER])
    assert (facts[0]["name"], facts[1]["name"]) == ("Reminder pilot", "Another")
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        context.write(projects.change, known.id, wish(SMS), known.version)


def test_a_project_that_is_not_there_is_said_so(context: Context) -> None:
    for deed in (projects.start, projects.plan_features, projects.end, projects.cancel, projects.find):
        with nothing_saved(context), pytest.raises(BadInputError, match="There is no project 7"):
            context.write(deed, 7)


# --- what breaks -------------------------------------------------------------------------------


def test_the_preview_says_what_breaks_and_saves_nothing(context: Context) -> None:
    with nothing_saved(context):
        found = context.read(projects.preview, wish(SMS, last_day=UPGRADE + 5 * DAY, name=""))
    assert [(item.urgency, item.kind) for item in found] == [("danger", "contacts"), ("caution", "upgrade")]
    assert "would reach real people" in found[0].text


def test_a_saved_project_has_the_breaks_of_its_preview(context: Context) -> None:
    asked = wish(SMS, LEDGER, last_day=UPGRADE + 5 * DAY, refresh_by=TODAY + 3 * DAY)
    before = context.read(projects.preview, asked)
    key = context.write(projects.add, asked).value.id
    assert context.read(projects.find, key).merged == before
    assert context.read(projects.preview, asked, key) == before


def test_notices_move_what_breaks(context: Context) -> None:
    key = context.write(projects.add, wish(LEDGER, last_day=TODAY + 5 * DAY)).value.id
    assert context.read(projects.find, key).clashes == ()
    starts = datetime(2026, 12, 5, 2, tzinfo=UTC)
    context.write(notices.add, "announced", starts, starts + timedelta(hours=4))
    (found,) = context.read(projects.find, key).clashes
    assert in_words(TODAY + 3 * DAY) in found.text


def test_an_upgrade_that_is_recorded_takes_the_danger_away(context: Context) -> None:
    key = context.write(projects.add, wish(SMS)).value.id
    assert [item.kind for item in context.read(projects.find, key).clashes] == ["contacts"]
    upgraded(context)
    assert context.read(projects.find, key).clashes == ()


def test_projects_come_open_ones_first(context: Context) -> None:
    for name, first in (("late", 5), ("over", 0), ("early", 1)):
        context.write(projects.add, wish(name=name, first_day=TODAY + first * DAY))
    context.write(projects.cancel, 2)
    assert [view.project.name for view in context.read(projects.find_all)] == ["early", "late", "over"]


def test_a_view_in_json_has_what_scripts_rely_on(context: Context) -> None:
    key = context.write(projects.add, wish(LEDGER, refresh_by=TODAY)).value.id
    assert json.loads(shapes.to_json(shapes.project(context.read(projects.find, key)))) == {
        "id": 1, "name": "Reminder pilot", "purpose": "Try reminders with the team", "env": "mirrored",
        "state": "planned", "first_day": "2026-12-01", "last_day": "2026-12-10", "refresh_by": "2026-12-01",
        "request": None, "awaits_refresh": True,
        "features": [{"key": LEDGER, "first_day": "2026-12-01", "last_day": "2026-12-10", "reason": None}],
        "to_plan": [], "later": [LEDGER], "in_use": [], "breaks": [], "recurs": None, "draft_day": None, "turns": [],
    }  # fmt: skip


# --- starting ----------------------------------------------------------------------------------


def test_a_feature_s_own_reason_is_that_of_its_plan_and_the_project_s_name_otherwise(context: Context) -> None:
    uses = (FeatureInput(SMS, reason="  Reminders by text "), FeatureInput(LEDGER))
    added = context.write(projects.add, wish(features=uses)).value
    assert [use.reason for use in added.features] == ["Reminders by text", ""]
    context.write(projects.start, added.id, SURE)
    reasons = [context.read(features.find, key).state.pending for key in (SMS, LEDGER)]
    assert [pending and pending.reason for pending in reasons] == ["Reminders by text", "Reminder pilot"]
    with pytest.raises(BadInputError, match="The reason"):
        context.write(projects.change, added.id, wish(features=(FeatureInput(SMS, reason="x" * 301),)))


def test_starting_plans_the_features_at_once_when_no_refresh_is_wanted(context: Context) -> None:
    key = context.write(projects.add, wish(SMS, LEDGER)).value.id
    known = len(log(context))
    done = context.write(projects.start, key, SURE)
    assert done.changes == {"projects", "features", "environments"}
    assert (done.value.project.state, done.value.request, done.value.later) == ("started", None, ())
    assert actions(context, known) == ["feature.enable-planned", "feature.enable-planned", "project.started"]
    for feature in (SMS, LEDGER):
        pending = context.read(features.find, feature).state.pending
        assert pending is not None
        assert (pending.reason, pending.until, pending.change) == ("Reminder pilot", TODAY + 9 * DAY, "enable")
    assert [state.feature for state in context.read(projects.find, key).in_use] == [SMS, LEDGER]


def test_starting_drafts_the_request_when_a_refresh_is_wanted(context: Context) -> None:
    key = context.write(projects.add, wish(SMS, LEDGER, refresh_by=TODAY + 5 * DAY)).value.id
    known = len(log(context))
    done = context.write(projects.start, key)
    assert done.changes == {"projects", "requests"}
    assert actions(context, known) == ["request.drafted", "project.started"]
    request = done.value.request
    assert request is not None
    assert (request.kind, request.environment, request.latest) == ("refresh", "mirrored", TODAY + 5 * DAY)
    assert request.reason == "Reminder pilot: Try reminders with the team"
    assert set(request.features) == {SMS, LEDGER}
    assert done.value.project.request_id == request.id
    assert context.read(features.find, SMS).state.pending is None
    with nothing_saved(context), pytest.raises(ConflictError, match="PA-1, is not done yet"):
        context.write(projects.plan_features, key, SURE)


def test_after_the_refresh_a_second_click_plans_the_features(context: Context) -> None:
    key = started(context, SMS, LEDGER, refresh_by=TODAY + 5 * DAY).id
    context.write(requests.advance, 1, "sent")
    context.write(requests.advance, 1, "acknowledged", case_number="00481516")
    context.write(requests.advance, 1, "done")
    view = context.read(projects.find, key)
    assert [item.feature for item in view.to_plan] == [SMS, LEDGER]
    assert [verdict.needs_name for verdict in view.verdicts(context.policy)] == [True, False]
    done = context.write(projects.plan_features, key, SURE, view.project.version)
    assert done.changes == {"projects", "features", "environments"}
    assert [state.feature for state in done.value.planned] == [SMS, LEDGER]
    with nothing_saved(context), pytest.raises(BadInputError, match="nothing to plan now"):
        context.write(projects.plan_features, key, SURE)


def test_a_cancelled_refresh_holds_nothing_up(context: Context) -> None:
    key = started(context, LEDGER, refresh_by=TODAY + 5 * DAY).id
    context.write(requests.advance, 1, "cancelled")
    assert [state.feature for state in context.write(projects.plan_features, key, SURE).value.planned] == [LEDGER]


def test_features_after_the_upgrade_are_left_for_later(context: Context, clock: FixedClock) -> None:
    late = FeatureInput(SMS, UPGRADE + DAY)
    asked = wish(last_day=UPGRADE + 9 * DAY, features=(late, FeatureInput(LEDGER)))
    key = context.write(projects.add, asked).value.id
    done = context.write(projects.start, key, SURE).value
    assert [state.feature for state in done.planned] == [LEDGER]
    assert [item.feature for item in done.later] == [SMS]
    with nothing_saved(context), pytest.raises(BadInputError, match="after the next upgrade"):
        context.write(projects.plan_features, key, SURE)
    clock.instant = datetime(2026, 12, 13, 15, tzinfo=UTC)
    upgraded(context)
    planned = context.write(projects.plan_features, key, SURE).value.planned
    assert {state.feature for state in planned} == {SMS, LEDGER}  # the upgrade dropped the ledger's plan


def test_what_is_on_already_stays_as_it_is(context: Context) -> None:
    context.write(
        features.switch,
        LEDGER,
        "enable",
        reason="Payroll test",
        until=TODAY + DAY,
        acknowledgement=SURE,
        already_done=True,
    )
    assert [
        state.feature for state in context.write(projects.start, add(context, SMS, LEDGER), SURE).value.planned
    ] == [SMS]
    assert context.read(features.find, LEDGER).state.reason == "Payroll test"


def add(context: Context, *keys: str) -> int:
    return context.write(projects.add, wish(*keys)).value.id


@pytest.mark.parametrize(
    "given_", [Acknowledgement(), Acknowledgement(phi=True), Acknowledgement(environment="mirrored")]
)
def test_one_missing_acknowledgement_and_nothing_is_started(context: Context, given_: Acknowledgement) -> None:
    key = add(context, LEDGER, SMS)
    with nothing_saved(context), pytest.raises(RefusedError, match=r"acknowledgement|type"):
        context.write(projects.start, key, given_)


def test_one_feature_that_is_to_be_switched_off_and_nothing_is_started(context: Context) -> None:
    key = add(context, LEDGER, SMS)
    context.write(features.switch, SMS, "disable", reason="Over")
    with nothing_saved(context), pytest.raises(ConflictError, match="planned already"):
        context.write(projects.start, key, SURE)


def test_a_refresh_whose_day_has_passed_is_not_asked_for(context: Context, clock: FixedClock) -> None:
    key = context.write(projects.add, wish(refresh_by=TODAY)).value.id
    clock.instant += timedelta(days=2)
    with nothing_saved(context), pytest.raises(BadInputError, match="has passed"):
        context.write(projects.start, key)


def test_a_project_is_started_once_even_by_two_people(context: Context, opened: Open) -> None:
    key, bea = add(context, LEDGER), opened("bea")
    version = bea.read(projects.find, key).project.version
    context.write(projects.start, key, SURE, version)
    with nothing_saved(bea), pytest.raises(ConflictError, match="Somebody else"):
        bea.write(projects.start, key, SURE, version)
    with nothing_saved(bea), pytest.raises(ConflictError, match="started already"):
        bea.write(projects.start, key, SURE)


# --- ending ------------------------------------------------------------------------------------


def test_ending_says_what_is_still_on_and_switches_nothing(context: Context) -> None:
    key = started(context, SMS, LEDGER).id
    context.write(features.confirm_done, SMS)
    with one_entry(context, "project.ended", f"project {key}") as facts:
        done = context.write(projects.end, key)
    assert done.changes == {"projects"}
    assert [(state.feature, state.state) for state in done.value.in_use] == [(SMS, "on"), (LEDGER, "unknown")]
    assert facts[1] == {"state": "ended", "features_in_use": [SMS, LEDGER]}
    assert context.read(features.find, SMS).state.state == "on"
    assert context.read(features.find, LEDGER).state.pending is not None
    assert context.read(projects.find, key).project.state == "ended"


def test_cancelling_leaves_the_request_and_says_so(context: Context) -> None:
    key = started(context, SMS, refresh_by=TODAY).id
    done = context.write(projects.cancel, key)
    assert (done.value.project.state, done.value.open_request, done.value.in_use) == ("cancelled", 1, ())
    assert context.read(requests.find, 1).request.status == "drafted"


def test_only_what_was_started_can_end_and_what_is_over_stays_over(context: Context) -> None:
    key = add(context)
    with nothing_saved(context), pytest.raises(ConflictError, match="not started yet"):
        context.write(projects.end, key)
    context.write(projects.cancel, key)
    for deed in (projects.start, projects.plan_features, projects.end, projects.cancel):
        with nothing_saved(context), pytest.raises(ConflictError, match="is cancelled"):
            context.write(deed, key)
    with nothing_saved(context), pytest.raises(ConflictError, match="is cancelled"):
        context.write(projects.change, key, wish())


# --- one transaction ---------------------------------------------------------------------------

DEEDS: dict[str, Callable[[Context], object]] = {
    "add": lambda c: c.write(projects.add, wish(SMS)),
    "change": lambda c: c.write(projects.change, 1, wish(SMS)),
    "start with a refresh": lambda c: c.write(projects.start, 1),
    "start": lambda c: c.write(projects.start, 2, SURE),
    "plan": lambda c: c.write(projects.plan_features, 3, SURE),
    "end": lambda c: c.write(projects.end, 3),
    "cancel": lambda c: c.write(projects.cancel, 3),
}


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_saved_with_its_entries_or_not_at_all(context: Context, deed: str, works: bool) -> None:
    context.write(projects.add, wish(SMS, refresh_by=TODAY))
    context.write(projects.add, wish(LEDGER))
    started(context, "ms-exchange")
    context.write(features.cancel, "ms-exchange")
    known = len(log(context))
    if works:
        DEEDS[deed](context)
        assert [action for action in actions(context, known) if action.startswith("project.")]
        assert len([action for action in actions(context, known) if action.startswith("project.")]) == 1
    else:
        refuse_entries(context.home)
        with nothing_saved(context), pytest.raises(StoreError, match="Nothing"):
            DEEDS[deed](context)


STEPS = st.lists(st.sampled_from(["start", "plan", "end", "cancel", "refresh done", "upgrade", "a day"]), max_size=8)


@settings(max_examples=examples(8, long=100))
@given(steps=STEPS, keys=st.lists(st.sampled_from(RE_ENABLEABLE), unique=True, max_size=3), refresh=st.booleans())
def test_whatever_is_done_in_whatever_order_a_project_keeps_to_its_path(
    steps: list[str], keys: list[str], refresh: bool
) -> None:
    with agency_at_work() as context:
        clock = context.clock
        assert isinstance(clock, FixedClock)
        context.write(projects.add, wish(*keys, refresh_by=TODAY + 5 * DAY if refresh else None))
        seen = ["planned"]
        for step in steps:
            clock.instant += timedelta(hours=1)
            with suppress(PenelopeAdminError):
                _take(context, clock, step)
            view = context.read(projects.find, 1)
            if view.project.state != seen[-1]:
                seen.append(view.project.state)
            assert not (view.project.awaits_refresh and view.to_plan)
            assert input_of(view.project).features is not None
        assert seen in (
            ["planned"], ["planned", "started"], ["planned", "cancelled"], ["planned", "started", "ended"],
            ["planned", "started", "cancelled"],
        )  # fmt: skip


def _take(context: Context, clock: FixedClock, step: str) -> None:
    if step == "start":
        context.write(projects.start, 1, SURE)
    elif step == "plan":
        context.write(projects.plan_features, 1, SURE)
    elif step == "end":
        context.write(projects.end, 1)
    elif step == "cancel":
        context.write(projects.cancel, 1)
    elif step == "upgrade":
        upgraded(context)
    elif step == "a day":
        clock.instant += timedelta(days=1)
    else:
        context.write(requests.advance, 1, "sent")
        context.write(requests.advance, 1, "acknowledged", case_number="1")
        context.write(requests.advance, 1, "done")


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_refresh_lies_within_five_years(context: Context, day: date) -> None:
    wish = ProjectInput("A", "B", date(2026, 12, 14), date(2026, 12, 18), refresh_by=day)
    with nothing_saved(context), pytest.raises(BadInputError, match="The day of the refresh is more than five years"):
        context.write(projects.add, wish)
