"""A refresh that was due is moved or cancelled only with the answer whether it was made."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.features import due_doubt
from penelope_admin.domain.mirror import with_due
from penelope_admin.domain.requests import Happened, Status
from penelope_admin.errors import BadInputError, OtherDayError, PenelopeAdminError, RefusedError
from penelope_admin.services import features, overview, reports, requests, work
from penelope_admin.services.mirror import environments
from penelope_admin.services.reports import Order
from penelope_admin.services.requests import RequestInput
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.house import NOW, SURE, mirrored, nothing_saved, upgraded, waiting
from tests.services.test_reports import section

DUE = date(2026, 12, 3)
LATER = date(2026, 12, 20)
DAY = timedelta(days=1)
COPIED = NOW + 2 * DAY
HOUR = timedelta(hours=1)


def scheduled(context: Context, environment: str = "mirrored") -> int:
    key = context.write(requests.draft, RequestInput(environment=environment, reason="x")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    context.write(requests.advance, key, "scheduled", scheduled_for=DUE)
    return key


@pytest.fixture
def key(context: Context, clock: FixedClock) -> int:
    """A refresh of a de-identified copy that was due two days ago."""
    upgraded(context)
    number = scheduled(context)
    clock.instant = NOW + 4 * DAY
    return number


def step(context: Context, key: int, to: Status, happened: Happened | None = None, at: datetime | None = None) -> Any:
    day = LATER if to == "scheduled" else None
    return context.write(requests.advance, key, to, scheduled_for=day, happened=happened, happened_at=at).value


@pytest.mark.parametrize("to", ["scheduled", "cancelled"])
def test_a_due_refresh_is_neither_moved_nor_cancelled_before_it_is_said_whether_it_was_made(
    context: Context, key: int, to: Status
) -> None:
    with nothing_saved(context), pytest.raises(RefusedError, match=r"Thursday 3 December 2026\. Was the refresh made"):
        step(context, key, to)


@pytest.mark.parametrize("to", ["scheduled", "cancelled"])
def test_one_that_was_not_made_is_moved_or_cancelled(context: Context, key: int, to: Status) -> None:
    assert step(context, key, to, "no").status == to
    assert mirrored(context).posture.contact_details == "de-identified"
    assert waiting(context, "scheduled") == []


@pytest.mark.parametrize(("to", "then"), [("scheduled", "scheduled"), ("cancelled", "done")])
def test_one_that_was_made_is_recorded_as_a_refresh(context: Context, key: int, to: Status, then: Status) -> None:
    assert step(context, key, to, "yes", COPIED).status == then
    assert mirrored(context).posture.contact_details == "real"
    events = [
        event for view in context.read(environments.find_all) for event in view.events if event.kind == "refreshed"
    ]
    assert [(event.at, event.remark) for event in events] == [(COPIED, "PA-1")]


@pytest.mark.parametrize("to", ["scheduled", "cancelled"])
def test_one_of_which_nobody_knows_counts_as_real_until_it_is_settled(context: Context, key: int, to: Status) -> None:
    assert step(context, key, to, "unknown").status == to
    assert context.read(requests.find, key).request.doubted == (DUE,)
    assert mirrored(context).posture.contact_details == "unknown"
    (text,) = waiting(context, "scheduled")
    assert "nobody knows whether it was made when it was due on Thursday 3 December 2026" in text
    context.write(requests.settle_doubt, key, was_made=False)
    assert mirrored(context).posture.contact_details == "de-identified"
    assert waiting(context, "scheduled") == []


def test_who_looked_on_the_day_is_told_why_that_look_does_not_count_and_what_to_do(
    context: Context, key: int, clock: FixedClock
) -> None:
    clock.instant = COPIED
    context.write(features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    said = (
        "A refresh was due on Thursday 3 December 2026. If it came after somebody last looked, it may have brought "
        "back what is on in production. Record whether it was made; if it was, look again."
    )
    states = context.read(lambda work: work.states("mirrored"))
    assert {state.state for state in states} == {"unknown"}
    assert due_doubt(states, context.read(lambda work: work.zone)) == said
    found = context.read(overview.load)
    assert found is not None
    assert f"The state of 12 features in Mirrored is unknown. {said}" in {item.text for item in found.waiting}
    assert found.ribbon is not None
    assert found.ribbon.unknown_sentence == f"The state of 12 features is unknown. {said}"
    assert said in str(context.read(reports.make, Order("state")).sections)
    unsure = dict.fromkeys(context.policy.feature, "unknown")
    assert context.write(features.record_seen, "mirrored", unsure).value == (), "that was so before"
    step(context, key, "cancelled", "no")
    assert {state.state for state in context.read(lambda work: work.states("mirrored"))} == {"off"}


def test_a_doubt_that_turns_out_to_be_a_refresh_is_recorded(context: Context, key: int) -> None:
    step(context, key, "cancelled", "unknown")
    with nothing_saved(context), pytest.raises(BadInputError, match="when production was copied"):
        context.write(requests.settle_doubt, key, was_made=True)
    context.write(requests.settle_doubt, key, was_made=True, happened_at=COPIED)
    assert mirrored(context).posture.contact_details == "real"
    with nothing_saved(context), pytest.raises(BadInputError, match="Nobody asks"):
        context.write(requests.settle_doubt, key, was_made=False)


def test_the_same_day_can_be_in_doubt_twice(context: Context, key: int) -> None:
    for day in (DUE, DUE, LATER):
        context.write(requests.advance, key, "scheduled", scheduled_for=day, happened="unknown")
    assert context.read(requests.find, key).request.doubted == (DUE,)


def test_moved_twice_without_knowing_keeps_both_days(context: Context, key: int, clock: FixedClock) -> None:
    step(context, key, "scheduled", "unknown")
    clock.instant = NOW + 30 * DAY
    context.write(requests.advance, key, "scheduled", scheduled_for=date(2027, 1, 20), happened="unknown")
    assert context.read(requests.find, key).request.doubted == (DUE, LATER)
    context.write(environments.record_event, "mirrored", "upgraded", NOW + 15 * DAY)
    assert mirrored(context).posture.contact_details == "unknown"
    context.write(environments.record_event, "mirrored", "upgraded", NOW + 25 * DAY)
    assert mirrored(context).posture.contact_details == "de-identified"
    assert waiting(context, "scheduled") == []


def test_the_exposure_log_counts_a_doubt_as_a_refresh(context: Context, key: int) -> None:
    step(context, key, "cancelled", "unknown")
    report = context.read(reports.make, Order("exposure", date(2026, 12, 1)))
    assert "Could be real | 3 December 2026, 00:00 CST" in section(report, "When contact details could be real")


def test_a_refresh_that_is_recorded_for_its_day_is_not_asked_about_any_more(context: Context, key: int) -> None:
    step(context, key, "cancelled", "unknown")
    context.write(environments.record_event, "mirrored", "refreshed", COPIED)
    assert waiting(context, "scheduled") == []


@each(
    "to, happened, at, error",
    [
        ("scheduled", "yes", None, BadInputError),
        ("cancelled", "yes", None, BadInputError),
        ("scheduled", "no", COPIED, BadInputError),
        ("done", "yes", COPIED, BadInputError),
        ("cancelled", "yes", NOW + 400 * DAY, BadInputError),
    ],
)
def test_answers_that_do_not_fit_save_nothing(
    context: Context, key: int, to: Status, happened: Any, at: datetime | None, error: type[PenelopeAdminError]
) -> None:
    with nothing_saved(context), pytest.raises(error):
        step(context, key, to, happened, at)


def test_before_its_day_nothing_is_asked(context: Context) -> None:
    key = scheduled(context)
    with nothing_saved(context), pytest.raises(BadInputError, match="asked of a refresh only that was due"):
        step(context, key, "scheduled", "no")
    assert step(context, key, "scheduled").scheduled_for == LATER
    assert step(context, key, "cancelled").status == "cancelled"


def test_another_day_than_agreed_or_a_time_before_it_was_asked_for_is_taken_only_if_somebody_says_so(
    context: Context, key: int
) -> None:
    times = ((COPIED + DAY, "was scheduled for Thursday 3 December 2026"), (NOW - HOUR, "was scheduled for"))
    for at, told in times:
        with nothing_saved(context), pytest.raises(OtherDayError, match=told):
            context.write(requests.advance, key, "done", happened_at=at)
    context.write(requests.advance, key, "done", happened_at=COPIED + DAY, other_day=True)
    assert mirrored(context).posture.contact_details == "real"


def test_where_no_day_was_agreed_only_a_time_before_it_was_asked_for_is_asked_about(context: Context) -> None:
    key = context.write(requests.draft, RequestInput(reason="x")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="1")
    with nothing_saved(context), pytest.raises(OtherDayError, match="after this copy was made"):
        context.write(requests.advance, key, "done", happened_at=NOW - HOUR)
    assert context.write(requests.advance, key, "done").value.status == "done"


def test_until_it_is_settled_nobody_knows_whether_what_was_off_is_on_and_no_record_is_lost(
    context: Context, key: int
) -> None:
    def known() -> set[str]:
        return {view.state.state for view in context.read(features.find_all).features}

    assert known() == {"unknown"}
    context.write(features.switch, "ms-exchange", "enable", reason="Pilot", until=LATER, acknowledgement=SURE)
    assert known() == {"unknown"}, "a plan says nothing of what is on"
    step(context, key, "cancelled", "no")
    assert known() == {"off"}


def test_what_was_seen_after_its_day_is_known_though_it_is_not_settled(context: Context, key: int) -> None:
    context.write(features.record_seen, "mirrored", {"ms-exchange": "off", "dss": "on"})
    states = {view.feature.key: view.state.state for view in context.read(features.find_all).features}
    assert (states.pop("ms-exchange"), states.pop("dss"), set(states.values())) == ("off", "on", {"unknown"})


def test_what_was_on_before_its_day_stays_on(context: Context, clock: FixedClock) -> None:
    upgraded(context)
    context.write(features.record_seen, "mirrored", {"dss": "on"})
    scheduled(context)
    clock.instant = NOW + 4 * DAY
    states = {view.feature.key: view.state.state for view in context.read(features.find_all).features}
    assert (states.pop("dss"), set(states.values())) == ("on", {"unknown"})


def test_the_record_is_looked_through_once_for_all_features(
    context: Context, key: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    monkeypatch.setattr(work, "with_due", lambda key, *known: looks.append(key) or with_due(key, *known))
    assert {state.state for state in context.read(lambda now: now.states("mirrored"))} == {"unknown"}
    assert looks == ["mirrored"]
