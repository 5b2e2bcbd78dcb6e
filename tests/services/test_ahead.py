"""A look ahead: what is recorded and scheduled, followed by the usual rules; it claims nothing and keeps nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.recurring import Recurrence
from penelope_admin.domain.requests import RequestInput
from penelope_admin.errors import BadInputError
from penelope_admin.services import ahead, features, overview, projects, requests
from penelope_admin.services.ahead import Frame, LookAhead
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import environments
from penelope_admin.services.work import Context
from tests.effort import examples
from tests.services.house import NOW, SOON, SURE, agency_at_work, database, nothing_saved, upgraded

TODAY = date(2026, 12, 1)
UPGRADE, NEXT_UPGRADE = date(2026, 12, 12), date(2027, 1, 9)
DOUBTFUL = date(2027, 8, 14)
"""August 2027 starts on a Sunday: the upgrade may be a week before the 14th."""
DAY = timedelta(days=1)
SMS, LEDGER = "external-communications.sms", "general-ledger"


def switch_on(context: Context, *keys: str, until: date = SOON) -> None:
    for key in keys:
        context.write(
            features.switch, key, "enable", reason="Pilot", until=until, acknowledgement=SURE, already_done=True
        )


def schedule(context: Context, day: date, *wanted: str) -> int:
    """A refresh of Mirrored that Support will make on a day; gives back the request's number."""
    key = context.write(requests.draft, RequestInput(reason="Fresh data", features=wanted)).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=day)
    return key


def on(context: Context, day: date) -> LookAhead:
    return context.read(ahead.load, day)


def states(context: Context, day: date) -> dict[str, str]:
    _, view = context.read(ahead.on_day, day, features.find_all)
    return {item.feature.key: item.state.state for item in view.features}


def details(context: Context, day: date) -> str:
    (mirrored,) = (view for view in on(context, day).copies if view.environment.key == "mirrored")
    return mirrored.posture.contact_details


def sentence(context: Context, day: date) -> str:
    (mirrored,) = (view for view in on(context, day).copies if view.environment.key == "mirrored")
    return mirrored.posture.sentence


# --- what is on, and what ends -------------------------------------------------------------------


def test_what_is_on_stays_on_until_the_upgrade_and_is_off_after_it(context: Context) -> None:
    upgraded(context)
    switch_on(context, LEDGER)
    assert states(context, UPGRADE)[LEDGER] == "on"
    assert states(context, UPGRADE + DAY)[LEDGER] == "off"
    assert on(context, UPGRADE).frame.ended == ()
    assert on(context, UPGRADE + DAY).frame.ended == (
        "The upgrade of Mirrored on Saturday 12 December 2026 switches off General Ledger.",
    )


def test_nobody_is_assumed_to_switch_off_what_is_past_its_last_day(context: Context) -> None:
    upgraded(context)
    switch_on(context, SMS)
    found = on(context, UPGRADE)
    assert found.on["mirrored"] == ("External Communications: SMS",)
    assert "should have been switched off on Friday 11 December 2026" in found.waiting[0].text
    assert any("Nobody switches anything" in said for said in found.frame.assumed)


def test_a_plan_is_dropped_by_the_upgrade_and_is_never_assumed_to_be_carried_out(context: Context) -> None:
    upgraded(context)
    context.write(features.switch, SMS, "enable", reason="Pilot", until=NEXT_UPGRADE, acknowledgement=SURE)
    assert states(context, UPGRADE)[SMS] == "off"
    (said,) = on(context, UPGRADE + DAY).frame.ended
    assert said.endswith("drops the plan for External Communications: SMS.")


def test_an_upgrade_that_is_recorded_is_not_assumed_once_more(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2026, 12, 13, 5, tzinfo=UTC)  # an hour before the window ends
    context.write(environments.record_event, "mirrored", "upgraded", clock.instant)
    switch_on(context, LEDGER, until=NEXT_UPGRADE)
    assert states(context, date(2026, 12, 14))[LEDGER] == "on"


# --- contact details -----------------------------------------------------------------------------


def test_a_scheduled_refresh_makes_contact_details_real_until_an_upgrade_after_it(context: Context) -> None:
    upgraded(context)
    key = schedule(context, date(2026, 12, 5))
    assert details(context, date(2026, 12, 4)) == "de-identified"
    assert details(context, date(2026, 12, 5)) == "unknown"
    assert "scheduled for Saturday 5 December 2026, this very day" in sentence(context, date(2026, 12, 5))
    assert details(context, date(2026, 12, 6)) == "real"
    assert sentence(context, date(2026, 12, 6)).startswith("As assumed, it may hold real contact details: refreshed on")
    assert details(context, UPGRADE + DAY) == "de-identified"
    assert sentence(context, UPGRADE + DAY).startswith("As assumed, contact details are de-identified: upgraded on")
    assert f"PA-{key}: Mirrored is refreshed on Saturday 5 December 2026, as Support has scheduled it." in (
        on(context, UPGRADE).frame.assumed
    )


def test_a_refresh_on_the_day_of_an_upgrade_counts_after_it(context: Context) -> None:
    upgraded(context)
    schedule(context, UPGRADE)
    assert details(context, UPGRADE + DAY) == "real"


def test_what_would_be_without_the_upgrade_is_told(context: Context) -> None:
    upgraded(context)
    switch_on(context, LEDGER)
    schedule(context, date(2026, 12, 20))
    (said,) = (said for said in on(context, UPGRADE + DAY).frame.unknown if "Whether Mirrored is upgraded" in said)
    assert said.endswith("Still on then: General Ledger.")
    (said,) = (said for said in on(context, NEXT_UPGRADE + DAY).frame.unknown if "Whether Mirrored is upgraded" in said)
    assert "If it is not: May hold real contact details: refreshed on Sunday 20 December 2026" in said


def test_an_upgrade_in_a_window_that_has_passed_is_not_assumed_and_named(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    clock.instant = datetime(2026, 12, 14, 15, tzinfo=UTC)
    found = on(context, date(2026, 12, 20))
    assert found.frame.assumptions.all == ()
    assert any(
        "Whether Mirrored was upgraded in the window of Saturday 12 December 2026: nobody has said so" in said
        for said in found.frame.unknown
    )


def test_what_nobody_knows_today_is_not_known_on_a_day_before_an_upgrade_either(context: Context) -> None:
    assert details(context, UPGRADE) == "unknown"
    assert sentence(context, UPGRADE) == "May hold real contact details: no refresh or upgrade is recorded yet. " + (
        "Treated as real."
    )


def test_a_refresh_without_a_day_is_not_counted_and_is_named(context: Context) -> None:
    upgraded(context)
    key = context.write(requests.draft, RequestInput(reason="Fresh data")).value.request.id
    assert not any("PA-" in said for said in on(context, UPGRADE).frame.unknown)
    context.write(requests.advance, key, "sent")
    assert details(context, UPGRADE) == "de-identified"
    assert any(f"When PA-{key} is carried out" in said for said in on(context, UPGRADE).frame.unknown)


def test_a_refresh_that_is_assumed_brings_back_what_was_wanted_to_mind(context: Context) -> None:
    upgraded(context)
    schedule(context, date(2026, 12, 5), LEDGER)
    assert any("you wanted General Ledger back on" in item.text for item in on(context, UPGRADE).waiting)


# --- dates that are to be confirmed --------------------------------------------------------------


def test_where_another_date_of_an_upgrade_gives_another_answer_nobody_knows(
    context: Context, clock: FixedClock
) -> None:
    clock.instant = datetime(2027, 7, 20, 15, tzinfo=UTC)
    upgraded(context)
    switch_on(context, LEDGER, until=date(2027, 9, 1))
    assert states(context, DOUBTFUL - 8 * DAY)[LEDGER] == "on"
    for day in (DOUBTFUL - 5 * DAY, DOUBTFUL + 2 * DAY):
        assert states(context, day)[LEDGER] == "unknown"
        assert "General Ledger" in on(context, day).unknown["mirrored"]
        assert any(
            "upgrade of Saturday 14 August 2027: it is to be confirmed" in said
            for said in on(context, day).frame.unknown
        )
    assert states(context, DOUBTFUL + 8 * DAY)[LEDGER] == "off"


def test_a_refresh_between_two_readings_of_a_date_leaves_contact_details_unknown(
    context: Context, clock: FixedClock
) -> None:
    clock.instant = datetime(2027, 7, 20, 15, tzinfo=UTC)
    upgraded(context)
    schedule(context, date(2027, 8, 10))
    assert details(context, DOUBTFUL + 8 * DAY) == "unknown"
    assert "Treated as real" in sentence(context, DOUBTFUL + 8 * DAY)


def test_a_notice_that_confirms_the_date_ends_the_doubt(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2027, 7, 20, 15, tzinfo=UTC)
    upgraded(context)
    switch_on(context, LEDGER, until=date(2027, 9, 1))
    start = datetime(2027, 8, 8, 1, tzinfo=UTC)
    context.write(notices.add, "announced", start, start + timedelta(hours=4), "", "")
    assert states(context, date(2027, 8, 7))[LEDGER] == "on"
    assert states(context, date(2027, 8, 9))[LEDGER] == "off"


# --- projects ------------------------------------------------------------------------------------


def test_projects_break_where_they_would(context: Context) -> None:
    upgraded(context)
    first = date(2026, 12, 7)
    wish = ProjectInput("Pilot", "Try it", first, first + 9 * DAY, features=(FeatureInput(SMS),))
    context.write(projects.add, wish)
    schedule(context, date(2027, 1, 11))
    later = ProjectInput("Course", "Train", date(2027, 1, 20), date(2027, 1, 25), features=(FeatureInput(SMS),))
    context.write(projects.add, later)
    pilot, course = on(context, date(2027, 1, 15)).projects
    assert (pilot.is_over, course.is_over) == (True, False)
    assert any("switches External Communications: SMS off in the middle" in clash.text for clash in pilot.clashes)
    assert any("As assumed" in clash.text and "would reach real people" in clash.text for clash in course.clashes)
    _, view = context.read(ahead.on_day, date(2027, 1, 15), projects.find, course.project.id)
    assert view.merged == course.clashes
    assert on(context, first).needs == ("“Pilot” needs External Communications: SMS until Wednesday 16 December 2026.",)


def test_turns_that_nobody_has_planned_yet_are_named_and_not_counted(context: Context) -> None:
    first = date(2026, 12, 7)
    context.write(projects.add, ProjectInput("Monthly", "x", first, first + DAY, recurs=Recurrence("monthly")))
    found = on(context, date(2027, 3, 8))
    assert len(found.projects) == 1
    assert any("Later turns of “Monthly”, which repeats" in said for said in found.frame.unknown)
    assert not any("Later turns" in said for said in on(context, first).frame.unknown)


# --- what it never does --------------------------------------------------------------------------


def look_at_all(context: Context, day: date) -> list[tuple[Frame, object]]:
    return [
        context.read(ahead.on_day, day, ahead.overview),
        context.read(ahead.on_day, day, features.find_all),
        context.read(ahead.on_day, day, ahead.databases),
        context.read(ahead.on_day, day, projects.find, 1),
        (context.read(ahead.load, day).frame, None),
    ]


@settings(max_examples=examples(3, long=60))
@given(days=st.integers(0, 3652))
def test_no_day_of_the_coming_ten_years_changes_anything_that_is_kept(days: int) -> None:
    with agency_at_work() as context:
        upgraded(context)
        switch_on(context, LEDGER)
        schedule(context, date(2026, 12, 20), LEDGER)
        context.write(projects.add, ProjectInput("Pilot", "Try it", TODAY, UPGRADE, features=(FeatureInput(SMS),)))
        before = hashlib.sha256(database(context.home).read_bytes()).hexdigest()
        with nothing_saved(context):
            for frame, _ in look_at_all(context, TODAY + days * DAY):
                assert frame.assumptions.then.astimezone(frame.assumptions.zone).date() == TODAY + days * DAY
        assert hashlib.sha256(database(context.home).read_bytes()).hexdigest() == before


def test_what_would_be_written_is_refused(context: Context) -> None:
    plan = partial(features.switch, feature=LEDGER, change="disable", reason="x", already_done=True)
    with nothing_saved(context), pytest.raises(TypeError, match="cannot keep"):
        context.write(ahead.on_day, UPGRADE, plan)


def test_a_look_at_today_shows_what_today_shows(context: Context) -> None:
    upgraded(context)
    switch_on(context, LEDGER)
    frame, view = context.read(ahead.on_day, TODAY, features.find_all)
    assert view == context.read(features.find_all)
    assert frame.assumptions.all == ()
    _, found = context.read(ahead.on_day, TODAY, overview.load)
    now = context.read(overview.load)
    assert found is not None
    assert now is not None
    assert (found.next_upgrade, found.switches_off) == (now.next_upgrade, now.switches_off)


@pytest.mark.parametrize("day", [TODAY - DAY, TODAY + relativedelta(years=10, days=1), date(2100, 12, 31), date.max])
def test_days_that_have_passed_or_are_too_far_are_refused(context: Context, day: date) -> None:
    with pytest.raises(BadInputError):
        on(context, day)


def test_the_version_after_an_assumed_upgrade_is_not_known(context: Context) -> None:
    context.write(environments.record_event, "mirrored", "upgraded", NOW - DAY, "4.26")
    for day, version in ((UPGRADE, "4.26"), (UPGRADE + DAY, None)):
        (mirrored,) = (view for view in on(context, day).copies if view.environment.key == "mirrored")
        assert mirrored.version == version
        assert [event.kind for event in mirrored.events] == ["upgraded"]
