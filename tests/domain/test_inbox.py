"""The path of a request, what happened to it, and the one step that comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.domain.delivery import Outgoing
from penelope_admin.domain.inbox import (
    HandOver,
    age_in_words,
    is_handed_over,
    is_running,
    next_step,
    stops,
    thread,
)
from penelope_admin.domain.requests import KINDS, OPEN, Remark, Request, RequestKind, Status, Step
from tests.each import each
from tests.effort import examples

NOW = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
WINNIPEG = ZoneInfo("America/Winnipeg")


def request(*path: Status, kind: RequestKind = "refresh", **more: object) -> Request:
    """A request that took these steps, a day apart."""
    steps = tuple(Step(NOW + timedelta(days=number), status, "ada") for number, status in enumerate(path))
    made = Request(7, kind, "mirrored", path[-1], "New data", NOW, steps=steps)
    return replace(made, **more)  # type: ignore[arg-type]


def filled(made: Request) -> list[Status]:
    return [stop.status for stop in stops(made, WINNIPEG) if stop.reached]


def test_the_path_is_filled_up_to_now_and_hollow_after() -> None:
    assert filled(request("drafted", "sent", "acknowledged")) == ["drafted", "sent", "acknowledged"]
    path = stops(request("drafted", "sent"), WINNIPEG)
    assert [stop.status for stop in path] == list(KINDS["refresh"].path)
    assert [stop.current for stop in path] == [False, True, False, False, False]


def test_sent_is_not_filled_after_it_was_not_sent() -> None:
    made = request("drafted", "sent", "drafted")
    assert filled(made) == ["drafted"]
    assert [stop.day for stop in stops(made, WINNIPEG)][1:] == [None] * 4


def test_scheduled_shows_the_day_support_named_and_not_the_day_of_typing() -> None:
    made = request("drafted", "sent", "acknowledged", "scheduled", scheduled_for=date(2026, 12, 7))
    assert next(stop.day for stop in stops(made, WINNIPEG) if stop.status == "scheduled") == date(2026, 12, 7)


def test_a_cancelled_request_shows_how_far_it_came() -> None:
    assert filled(request("drafted", "sent", "drafted", "cancelled")) == ["drafted", "cancelled"]
    assert filled(request("drafted", "sent", "cancelled")) == ["drafted", "sent", "cancelled"]


def test_days_of_the_path_are_the_agency_s() -> None:
    assert stops(request("drafted", created_at=NOW), WINNIPEG)[0].day == date(2026, 11, 20)


@given(st.lists(st.sampled_from(["queued", "sent", "drafted", "acknowledged", "scheduled", "done"]), max_size=8))
@settings(max_examples=examples(20, long=3000))
def test_nothing_after_the_current_stop_is_ever_filled(path: list[Status]) -> None:
    drawn = stops(request("drafted", *path), WINNIPEG)
    now = next(number for number, stop in enumerate(drawn) if stop.current)
    assert drawn[now].reached
    assert not any(stop.reached for stop in drawn[now + 1 :])


MESSAGE = Outgoing(1, 7, "<a@b>", "a@b", "c@d", "waiting", 1, NOW, "", NOW)


def following(made: Request, message: Outgoing | None = None, *, handed: bool = False) -> str:
    return next_step(made, message, doubted=False, handed_over=handed)


def test_the_next_step_points_forward() -> None:
    scheduled = request("drafted", "sent", "acknowledged", "scheduled", scheduled_for=date(2026, 12, 7))
    assert following(scheduled) == "done", "and not another day"
    assert following(request("drafted")) == "send"
    assert following(request("drafted"), handed=True) == "was-it-sent"
    assert following(request("drafted", "sent")) == "acknowledged"
    assert following(request("drafted", "sent", "acknowledged", kind="question")) == "answered"
    assert following(request("drafted", "sent", "acknowledged", "answered", kind="question")) == "done"
    assert following(request("drafted", "cancelled")) == "nothing"


def test_what_waits_in_the_outbox_can_be_tried_and_what_may_have_arrived_is_asked_about() -> None:
    assert following(request("drafted", "queued"), MESSAGE) == "retry"
    assert following(request("drafted", "queued"), replace(MESSAGE, state="sending")) == "wait"
    assert following(request("drafted", "queued", "queued"), replace(MESSAGE, state="failed")) == "did-it-arrive"


def test_a_refresh_that_nobody_knows_of_is_asked_about_before_anything_else() -> None:
    for made in (request("drafted", "cancelled"), request("drafted", "sent")):
        assert next_step(made, None, doubted=True, handed_over=False) == "settle-doubt"


@each("kind", KINDS)
def test_every_open_request_of_every_kind_has_a_next_step(kind: RequestKind) -> None:
    for status in KINDS[kind].path:
        made = request("drafted", status, kind=kind) if status != "drafted" else request("drafted", kind=kind)
        assert (following(made) == "nothing") == (status not in OPEN)


def test_an_incident_runs_until_support_has_answered() -> None:
    assert is_running("critical", "drafted")
    assert is_running("critical", "acknowledged")
    assert not is_running("critical", "answered")
    assert not is_running("question", "sent")


def test_the_thread_tells_steps_hand_overs_and_notes_in_their_order() -> None:
    note = Remark(NOW + timedelta(hours=30), "bo", "Called them.")
    made = request("drafted", "sent", "drafted", remarks=(note,))
    told = thread(made, [HandOver(NOW + timedelta(hours=1), "ada", "portal")])
    assert [happening.title for happening in told] == [
        "Drafted",
        "Text given out: The Community portal",
        "Sent",
        "Note",
        "Not sent after all: a draft again",
    ]


def test_a_draft_counts_as_handed_over_until_it_is_a_draft_anew() -> None:
    given_out = [HandOver(NOW + timedelta(hours=1), "ada", "portal")]
    assert is_handed_over(request("drafted"), given_out)
    assert not is_handed_over(request("drafted", "sent", "drafted"), given_out)
    assert not is_handed_over(request("drafted", "sent"), given_out)


@each("days, said", [(0, "today"), (1, "1 day"), (6, "6 days"), (14, "2 weeks"), (64, "2 months"), (800, "2 years")])
def test_the_age_is_told_in_one_unit(days: int, said: str) -> None:
    assert age_in_words(timedelta(days=days, hours=3)) == said
