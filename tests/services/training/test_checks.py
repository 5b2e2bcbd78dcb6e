"""Checks look at shapes alone, and say what is missing in the world's terms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penelope_admin.clock import find_zone
from penelope_admin.services.training.checks import Scene, is_right, is_sprung, outcome_of, value_of
from penelope_admin.services.training.exercises import Check, Condition, Need, Question, Reference, Trap
from tests.each import each
from tests.effort import examples

ZONE = find_zone("America/Resolute")
BEGAN = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
SMS: dict[str, object] = {"env": "mirrored", "key": "sms", "state": "off", "until": date(2026, 11, 30)}


def scene(**things: list[dict[str, object]]) -> Scene:
    return Scene({of.replace("_", "-"): found for of, found in things.items()}, BEGAN, ZONE)  # type: ignore[misc]


def missing(found: Scene, **facts: Any) -> str:
    """What a check of features with these facts says is missing."""
    facts = {"of": "feature", "says": "It is so", "absent": "There is none.", **facts}
    return outcome_of(found, Check(**facts)).missing


def meets(value: object, **facts: Any) -> bool:
    """Whether a value meets a need."""
    shapes = [{"state": value}]
    return not missing(scene(feature=shapes), need=(Need(key="state", otherwise="No.", **facts),))


def test_a_check_is_met_when_one_thing_has_all_that_is_asked_for() -> None:
    found = scene(feature=[SMS, {**SMS, "key": "ledger", "state": "on"}])
    assert missing(found, where={"env": "mirrored"}, need=(Need(key="state", is_="on", otherwise="Off."),)) == ""


def test_what_is_missing_is_said_of_the_thing_that_comes_nearest() -> None:
    nearer = {**SMS, "state": "on", "until": None}
    needs = (
        Need(key="state", is_="on", otherwise="It is {state}."),
        Need(key="until", filled=True, otherwise="There is no last day: {until}."),
    )
    assert missing(scene(feature=[{**SMS, "until": None}, nearer]), need=needs) == "There is no last day: nothing."


def test_needs_are_met_in_their_order_and_what_got_furthest_is_spoken_of() -> None:
    older: dict[str, object] = {"state": "done", "since": 1, "until": date(2026, 11, 1)}
    newer: dict[str, object] = {"state": "drafted", "since": 2, "until": None}
    needs = (
        Need(key="since", is_=2, otherwise="It is an older one."),
        Need(key="until", filled=True, otherwise="It has no day."),
        Need(key="state", is_="done", otherwise="It is {state}."),
    )
    assert missing(scene(feature=[older, newer]), need=needs) == "It has no day."


def test_what_is_so_stands_in_the_sentence() -> None:
    need = Need(key="until", at_most_days=3, otherwise="It ends on {until}, in {env}.")
    assert missing(scene(feature=[SMS]), need=(need,)) == "It ends on Monday 30 November 2026, in mirrored."


def test_without_anything_to_look_at_it_is_said_that_there_is_none() -> None:
    assert missing(scene(feature=[])) == "There is none."
    assert missing(scene()) == "There is none."


def test_that_there_is_nothing_can_be_asked_for() -> None:
    assert missing(scene(feature=[]), none=True) == ""
    assert missing(scene(feature=[SMS]), none=True, absent="{key} is there.") == "sms is there."


@each(
    "value, facts, holds",
    [
        ("on", {"is_": "on"}, True),
        (1, {"is_": True}, False),
        (True, {"is_": True}, True),
        (None, {"not_": "on"}, True),
        ("on", {"not_": "on"}, False),
        ("sent", {"one_of": ("sent", "done")}, True),
        ("drafted", {"one_of": ("sent", "done")}, False),
        (["a", "b"], {"contains": "b"}, True),
        (None, {"contains": "b"}, False),
        (["a"], {"lacks": "b"}, True),
        (["a", "b"], {"lacks": "b"}, False),
        ([], {"filled": True}, False),
        ("", {"filled": False}, True),
        (0, {"filled": True}, True),
        (12, {"at_least_days": 10}, True),
        (9, {"at_least_days": 10}, False),
        (None, {"at_least_days": 0}, False),
        (date(2026, 11, 27), {"at_most_days": 7}, True),
        (date(2026, 11, 28), {"at_most_days": 7}, False),
        (None, {"at_most_days": 7}, False),
        (BEGAN, {"since_start": True}, True),
        (BEGAN - timedelta(seconds=1), {"since_start": True}, False),
        ("2026-11-20T17:00:00-06:00", {"since_start": True}, True),
        ("no instant", {"since_start": True}, False),
        ("2026-11-20T17:00:00", {"since_start": True}, False),
    ],
)
def test_a_need_holds_or_not(value: object, facts: dict[str, Any], holds: bool) -> None:
    assert meets(value, **facts) is holds


def test_two_values_are_compared_by_the_agencys_day() -> None:
    late = datetime(2026, 12, 13, 3, tzinfo=UTC)  # the 12th, 21:00 in Resolute
    found = scene(feature=[{"until": date(2026, 12, 12)}], window=[{"ours": True, "starts_at": late.isoformat()}])
    reference = Reference(of="window", where={"ours": True}, key="starts_at")
    assert missing(found, need=(Need(key="until", same_day_as=reference, otherwise="Another day."),)) == ""
    assert missing(found, need=(Need(key="until", same_as=reference, otherwise="Not the same."),)) == "Not the same."


def test_a_reference_names_the_first_that_fits() -> None:
    found = scene(case=[{"number": "2", "env": "preview"}, {"number": "1", "env": "mirrored"}])
    assert value_of(found, Reference(of="case", where={"env": "mirrored"}, key="number")) == "1"
    assert value_of(found, Reference(of="case", where={"env": "migration"}, key="number")) is None


def test_a_trap_is_sprung_when_all_of_it_is_so() -> None:
    sent = Condition(of="sent", where={"real": True})
    on = Condition(of="there", need=(Need(key="on", contains="sms"),))
    trap = Trap(key="t", explains="Why.", when=(sent, on))
    assert is_sprung(scene(sent=[{"real": True}], there=[{"on": ["sms"]}]), trap)
    assert not is_sprung(scene(sent=[{"real": True}], there=[{"on": []}]), trap)
    assert not is_sprung(scene(sent=[{"real": False}], there=[{"on": ["sms"]}]), trap)


def asked(kind: Any, **facts: Any) -> Question:
    reference = Reference(of="window", where={}, key="starts_at")
    return Question(key="q", ask="When?", kind=kind, wrong="No.", **{"right": reference, **facts})


WINDOW = scene(window=[{"starts_at": "2026-12-12T20:00:00-06:00", "open": True}])


@each(
    "question, right, wrong",
    [
        (asked("moment"), "2026-12-13T02:00:00+00:00", "2026-12-13T02:01:00+00:00"),
        (asked("moment"), "2026-12-12T20:00", "2026-12-12T21:00"),
        (asked("moment", zone="Australia/Perth"), "2026-12-13T10:00", "2026-12-12T20:00"),
        (asked("moment"), "2026-12-12T20:00:00-06:00", "some time"),
        (asked("day"), "2026-12-12", "2026-12-13"),
        (asked("day", zone="Australia/Perth"), "2026-12-13", "2026-12-12"),
        (asked("month"), "2026-12", "2027-01"),
        (asked("yes-no", right=Reference(of="window", where={}, key="open")), "yes", "no"),
        (asked("choice", options=("a", "b"), right_option=2, right=None), "2", "1"),
    ],
)
def test_an_answer_is_right_or_wrong(question: Question, right: str, wrong: str) -> None:
    assert is_right(WINDOW, question, right)
    assert not is_right(WINDOW, question, wrong)


def test_nothing_is_right_where_there_is_no_answer() -> None:
    assert not is_right(scene(window=[]), asked("moment"), "2026-12-13T02:00:00+00:00")
    assert not is_right(scene(window=[]), asked("day"), "2026-12-13")


@settings(max_examples=examples(15, long=1000))
@given(st.text(max_size=60))
def test_no_answer_that_somebody_types_is_an_error(typed: str) -> None:
    for kind in ("moment", "day", "month", "yes-no"):
        assert is_right(WINDOW, asked(kind), typed) in (True, False)


@settings(max_examples=examples(15, long=1000))
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=5))))
def test_no_value_is_an_error(value: object) -> None:
    for facts in ({"is_": "x"}, {"contains": "x"}, {"since_start": True}, {"at_most_days": 3}, {"at_least_days": 3}):
        assert meets(value, **facts) in (True, False)
