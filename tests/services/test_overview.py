"""The first page's four answers, for a clock that stands still."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import not_known
from penelope_admin.domain.requests import KINDS, RequestKind, legal_steps
from penelope_admin.errors import BadInputError
from penelope_admin.services import agency, features, overview, requests, shapes
from penelope_admin.services.calendar import notices
from penelope_admin.services.mirror import checklists, environments
from penelope_admin.services.overview import Overview
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from penelope_admin.store.rows import requests as request_rows
from tests.effort import examples
from tests.many import add_requests
from tests.services.house import LOCKED, NOW, PROFILE, SOON, SURE, agency_at_work, nothing_saved, upgraded

STARTS = datetime(2026, 12, 13, 2, tzinfo=UTC)  # Saturday 12 December 21:00 at the vendor's
ENDS = datetime(2026, 12, 13, 6, tzinfo=UTC)


def load(context: Context) -> Overview:
    found = context.read(overview.load)
    assert found is not None
    return found


def waiting(context: Context) -> list[tuple[str, str]]:
    """Everything that waits but what nobody has looked at in the copy yet."""
    return [(item.kind, item.urgency) for item in load(context).waiting if item.kind not in ("unknown", "untold")]


def upgraded_then(context: Context, clock: FixedClock) -> None:
    """The window passed; the mirrored and the training database were upgraded in it, and checked."""
    clock.instant = ENDS
    context.write(environments.record_event, "training-b", "upgraded", ENDS)
    number = context.write(environments.record_event, "mirrored", "upgraded", ENDS).value.event_id
    for effect in context.policy.effects:
        context.write(checklists.answer, number, effect.number, "pass")


def test_before_the_set_up_there_is_no_overview(fresh: Context) -> None:
    with nothing_saved(fresh):
        assert fresh.read(overview.load) is None


def test_the_next_upgrade_is_told_in_local_time_and_counted_down(context: Context) -> None:
    found = load(context)
    assert (found.next_window.starts_at, found.next_window.ends_at) == (STARTS, ENDS)
    assert found.next_window.in_words == "Saturday 12 December 2026, 20:00 to midnight (Resolute)"
    assert found.countdown == "in 11 days 11 hours"


def test_a_window_in_progress_says_how_long_it_still_lasts(context: Context, clock: FixedClock) -> None:
    clock.instant = STARTS + timedelta(minutes=30)
    assert load(context).countdown == "in progress, ends within 3 hours 30 minutes"
    clock.instant = ENDS - timedelta(seconds=1)
    assert load(context).countdown == "in progress, ends within less than a minute"
    clock.instant = ENDS
    assert load(context).next_window.starts_at == datetime(2027, 1, 10, 2, tzinfo=UTC)


def test_it_says_what_the_upgrade_will_switch_off(context: Context) -> None:
    assert load(context).switches_off == ()
    for feature in ("general-ledger", "external-communications.worker-delivery"):
        context.write(features.switch, feature, "enable", reason="x", acknowledgement=SURE, already_done=True)
    context.write(features.switch, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE)
    assert load(context).switches_off == ("External Communications: Worker Delivery", "General Ledger")
    upgraded(context)
    assert load(context).switches_off == ()


def test_it_says_whether_support_is_open_and_until_when(context: Context, clock: FixedClock) -> None:
    teams = {item.team.key: item for item in load(context).support}
    assert (teams["support"].open, teams["support"].closes_at) == (True, datetime(2026, 12, 2, 1, tzinfo=UTC))
    assert (teams["support-au"].open, teams["support-au"].opens_at) == (False, datetime(2026, 12, 1, 22, tzinfo=UTC))
    assert teams["chat"].open
    clock.instant = datetime(2026, 12, 5, 15, tzinfo=UTC)  # a Saturday
    teams = {item.team.key: item for item in load(context).support}
    assert (teams["support"].open, teams["support"].opens_at) == (False, datetime(2026, 12, 7, 13, tzinfo=UTC))


def test_a_clock_that_was_set_back_is_told_before_anything_that_is_told_by_it(
    context: Context, clock: FixedClock
) -> None:
    upgraded(context)
    assert "clock" not in {item.kind for item in load(context).waiting}
    clock.instant -= timedelta(days=10)
    first = load(context).waiting[0]
    assert (first.kind, first.urgency) == ("clock", "danger")
    assert "Set the clock right" in first.text


def test_a_database_of_which_an_upgrade_says_nothing_is_asked_about_until_one_is_recorded(fresh: Context) -> None:
    context = fresh
    context.write(agency.set_up, msgspec.structs.replace(PROFILE, environments=("production", "preview")))
    (untold,) = load(context).waiting
    assert untold.text.startswith("When was Preview last refreshed or upgraded?")
    context.write(environments.record_event, "preview", "upgraded", NOW)
    assert load(context).waiting == ()
    assert context.read(lambda work: work.posture("preview")).contact_details == "unknown"


def test_of_an_agency_that_was_just_set_up_it_is_to_be_found_out_what_is_on(context: Context) -> None:
    assert waiting(context) == []
    untold, item = load(context).waiting
    assert (untold.kind, untold.urgency, untold.environment) == ("untold", "caution", "mirrored")
    assert untold.text.startswith("When was Mirrored last refreshed or upgraded?")
    assert (item.kind, item.urgency, item.environment) == ("unknown", "caution", "mirrored")
    assert item.text == "The state of 12 features in Mirrored is unknown. Check in Penelope."
    upgraded(context)
    assert not {"unknown", "untold"} & {item.kind for item in load(context).waiting}
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    for view in context.read(features.find_all).features[:-2]:
        context.write(features.switch, view.feature.key, "disable", reason="Looked", already_done=True)
    assert "The state of ClientConnect and Engage in Mirrored is unknown. Check in Penelope." in {
        item.text for item in load(context).waiting
    }


def test_overview_the_ribbon_and_features_count_the_same_features_as_not_known(context: Context) -> None:
    upgraded(context)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    context.write(features.switch, "ms-exchange", "enable", reason="Try", until=SOON, acknowledgement=SURE)
    context.write(features.record_seen, "mirrored", {"external-communications.sms": "on"})  # and so its whole is
    found = load(context)
    assert "The state of 9 features in Mirrored is unknown. Check in Penelope." in {item.text for item in found.waiting}
    assert found.ribbon is not None
    shown = context.read(features.find_all)
    assert found.ribbon.unknown == len(not_known(context.policy, [view.state for view in shown.features])) == 9


def test_nothing_is_up_to_date_right_after_a_refresh(context: Context) -> None:
    upgraded(context)
    context.write(environments.record_event, "mirrored", "refreshed", NOW)
    found = load(context)
    assert {"unknown", "check-list"} <= {item.kind for item in found.waiting}
    assert found.ribbon is not None
    assert (found.ribbon.role, found.ribbon.unknown) == ("danger", 12)


def test_what_is_overdue_waits_before_what_is_planned(context: Context, clock: FixedClock) -> None:
    context.write(features.switch, "ms-exchange", "enable", reason="x", until=SOON, acknowledgement=SURE)
    context.write(
        features.switch, "general-ledger", "enable", reason="x", until=date(2026, 12, 2), acknowledgement=SURE,
        already_done=True,
    )  # fmt: skip
    assert waiting(context) == [("change", "caution")]
    clock.instant = NOW + timedelta(days=2)
    assert waiting(context) == [("overdue", "danger"), ("change", "caution")]
    texts = [item.text for item in load(context).waiting if item.kind not in ("unknown", "untold")]
    assert texts == [
        "General Ledger should have been switched off on Wednesday 2 December 2026.",
        "Switch MS Exchange on in Penelope, then say that it is done.",
    ]


def test_a_notice_that_has_not_come_waits_in_the_last_week_until_it_is_recorded(
    context: Context, clock: FixedClock
) -> None:
    clock.instant = STARTS - timedelta(days=7, seconds=1)
    assert waiting(context) == []
    clock.instant = STARTS - timedelta(days=7)
    assert waiting(context) == [("notice", "info")]
    context.write(notices.add, "announced", STARTS, ENDS)
    assert waiting(context) == []


def test_an_upgrade_that_passed_without_a_notice_waits(context: Context, clock: FixedClock) -> None:
    upgraded_then(context, clock)
    assert waiting(context) == [("notice", "caution")]
    assert "No notice is recorded for the upgrade of Saturday 12 December 2026" in load(context).waiting[0].text


def test_it_asks_whether_the_mirrored_database_was_upgraded_until_that_is_recorded(
    context: Context, clock: FixedClock
) -> None:
    context.write(notices.add, "announced", STARTS, ENDS)
    clock.instant = ENDS
    assert [
        (item.kind, item.environment) for item in load(context).waiting if item.kind not in ("unknown", "untold")
    ] == [
        ("upgrade", "training-b"),
        ("upgrade", "mirrored"),
    ]
    upgraded_then(context, clock)
    assert waiting(context) == []


def test_an_agency_without_a_mirrored_database_is_not_asked_about_its_upgrade(
    context: Context, clock: FixedClock
) -> None:
    copies = ["mirrored", "training-b"]
    context.write(agency.update, msgspec.structs.replace(PROFILE, environments=(), version=1), copies)
    for copy in copies:
        context.write(agency.settle, copy, "Support says that it was deleted")
    context.write(notices.add, "announced", STARTS, ENDS)
    clock.instant = ENDS
    assert waiting(context) == []


def test_a_scheduled_refresh_waits_from_its_day_on(context: Context, clock: FixedClock) -> None:
    key = context.write(requests.draft, RequestInput(reason="x")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=date(2026, 12, 3))
    clock.instant = datetime(2026, 12, 3, 5, 59, tzinfo=UTC)  # still the 2nd in Resolute
    assert waiting(context) == []
    clock.instant = datetime(2026, 12, 3, 6, 0, tzinfo=UTC)
    assert waiting(context) == [("scheduled", "danger")]
    context.write(requests.advance, key, "done")
    assert waiting(context) == [("check-list", "caution")]


def test_an_announced_window_is_the_next_one(context: Context) -> None:
    context.write(notices.add, "announced", STARTS + timedelta(hours=1), ENDS + timedelta(hours=1))
    assert load(context).next_window.kind == "announced"
    assert load(context).countdown == "in 11 days 12 hours"


@settings(max_examples=examples(8, long=100))
@given(moment=st.datetimes(datetime(2026, 12, 1), datetime(2032, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_at_any_moment_the_next_window_has_not_ended_and_nothing_locked_is_on(moment: datetime) -> None:
    with agency_at_work() as context:
        clock = context.clock
        assert isinstance(clock, FixedClock)
        clock.instant = moment
        found = load(context)
        assert found.next_window.ends_at > moment
        assert found.next_window.starts_at < moment + timedelta(days=36)
        assert found.next_window.in_progress == (found.next_window.starts_at <= moment)
        for item in found.support:
            assert (item.closes_at is not None) == item.open
            assert (item.closes_at or item.opens_at or moment) > moment
        assert not {name.lower() for name in found.switches_off} & set(LOCKED)
        assert json.loads(shapes.to_json(shapes.overview(found)))["agency"] == "Riverside Family Services"


def test_an_emergency_that_comes_first_does_not_hide_the_missing_notice(context: Context, clock: FixedClock) -> None:
    clock.instant = STARTS - timedelta(days=4)
    first = STARTS - timedelta(days=3)
    context.write(notices.add, "emergency", first, first + timedelta(hours=2))
    found = load(context)
    assert found.next_window.kind == "emergency"
    assert found.next_upgrade.starts_at == STARTS
    assert any("no notice is recorded" in item.text for item in found.waiting)


def test_beyond_the_calendar_it_is_said_that_it_has_ended(context: Context, clock: FixedClock) -> None:
    clock.instant = datetime(2200, 1, 1, tzinfo=UTC)
    with pytest.raises(BadInputError, match="the calendar of this program ends in 2100"):
        context.read(overview.load)


def test_what_is_overdue_is_told_alone_as_it_is_told_among_all_that_waits(context: Context, clock: FixedClock) -> None:
    until = (context.now() + timedelta(days=3)).date()
    upgraded(context)
    context.write(
        features.switch, "general-ledger", "enable", reason="Payroll", until=until, acknowledgement=SURE,
        already_done=True,
    )  # fmt: skip
    assert context.read(overview.find_overdue) == []
    clock.instant += timedelta(days=5)
    found = context.read(overview.find_overdue)
    everything = context.read(overview.load)
    assert everything is not None
    assert found == [item for item in everything.waiting if item.kind == "overdue"]
    assert [item.subject for item in found] == ["general-ledger"]


def test_before_set_up_nothing_is_overdue(fresh: Context) -> None:
    assert fresh.read(overview.find_overdue) == []


def test_requests_that_are_over_are_not_read_for_the_first_page_unless_they_tell_something(context: Context) -> None:
    day = date(2026, 11, 14)
    for kind, last in (("question", "done"), ("question", "sent"), ("missing-notice", "done"), ("refresh", "done")):
        title = "Matter" if kind == "question" else ""
        asked = RequestInput(kind, title=title, reason="Why", upgrade_day=day if kind == "missing-notice" else None)  # type: ignore[arg-type]
        number = context.write(requests.draft, asked).value.request.id
        context.write(requests.advance, number, "sent")
        while last == "done" and (view := context.read(requests.find, number)).request.status != "done":
            aside = ("drafted", "cancelled", "queued", "scheduled")
            following = next(step for step in legal_steps(view.request) if step not in aside)
            context.write(requests.advance, number, following, case_number=f"C-{number}")
    with context.reading() as work:
        every = request_rows.read(work.connection, remarks=False)
        assert work.telling_requests == [request for request in every if request.id != 1]
    assert [request.status for request in every] == ["done", "sent", "done", "done"]


def in_state(context: Context, kind: RequestKind, status: str, title: str) -> int:
    """A request that was taken so far."""
    place = "mirrored" if kind in ("refresh", "script") else None
    asked = RequestInput(kind, place, "" if kind == "refresh" else title, reason="Why")
    number = context.write(requests.draft, asked).value.request.id
    for step in context.read(requests.find, number).request.kind_facts.path[1:]:
        if context.read(requests.find, number).request.status != status:
            day = date(2026, 12, 20) if step == "scheduled" else None
            context.write(requests.advance, number, step, case_number=f"C-{number}", scheduled_for=day)
    return number


@settings(max_examples=examples(6, long=60))
@given(st.lists(st.tuples(st.sampled_from(("question", "refresh", "script")), st.integers(0, 3)), max_size=12))
def test_the_first_of_what_waits_is_the_same_however_little_of_it_is_looked_at(
    life: list[tuple[RequestKind, int]],
) -> None:
    with agency_at_work() as context:
        for kind, steps in life:
            in_state(context, kind, KINDS[kind].path[steps], "Matter")
        everything = load(context)
        for most in (0, 1, 3, 30):
            found = context.read(overview.load, most)
            assert found is not None
            assert found.waiting == everything.waiting[:most]
            assert found.more == len(everything.waiting[most:])


def test_of_thousands_of_requests_that_wait_alike_the_first_page_reads_no_more_than_it_shows(context: Context) -> None:
    add_requests(context, 400)
    with context.reading() as work:
        few, left_out = work.telling_first(12)
        every = work.telling_requests
    assert (len(few), len(every), left_out) == (12, 300, 88)
    found, all_of_it = context.read(overview.load, 12), load(context)
    assert found is not None
    assert (len(found.waiting), found.more) == (12, len(all_of_it.waiting) - 12)
