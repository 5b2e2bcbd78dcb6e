"""What each kind of request asks for: what is missing and what has no place in it is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from penelope_admin.domain.requests import KINDS as FACTS
from penelope_admin.domain.requests import (
    Field,
    RequestInput,
    RequestKind,
    check_fields,
    offered_in,
    usual_environment,
)
from penelope_admin.errors import BadInputError
from penelope_admin.policy import Policy
from tests.each import each
from tests.wishes import KINDS, WISHES

# Which fields a kind has, as a drawing: an R is required, an x may be there, a - must not.
DRAWING = """
                environment title reason dates features change upgrade-day version characteristics began
refresh              x        -      R     x      x        -         -         -          -          -
feature-change       x        -      R     x      R        R         -         -          -          -
missing-notice       -        -      x     -      -        -         R         -          -          -
question             x        R      R     -      -        -         -         -          -          -
defect               R        R      R     -      -        -         -         x          -          -
scheduled-call       -        R      R     x      -        -         -         -          -          -
script               x        R      R     x      -        -         -         -          -          -
critical             -        R      R     -      -        -         -         -          R          x
"""
FIELDS: tuple[Field, ...] = tuple(DRAWING.strip().split("\n")[0].split())  # type: ignore[assignment]
MARKS: dict[RequestKind, dict[Field, str]] = {
    line.split()[0]: dict(zip(FIELDS, line.split()[1:], strict=True))  # type: ignore[misc]
    for line in DRAWING.strip().split("\n")[1:]
}
FILLED: dict[Field, dict[str, Any]] = {
    "environment": {"environment": "mirrored"},
    "title": {"title": "x"},
    "reason": {"reason": "x"},
    "dates": {"latest": date(2026, 12, 18)},
    "features": {"features": ("dss",)},
    "change": {"change": "disable"},
    "upgrade-day": {"upgrade_day": date(2026, 11, 14)},
    "version": {"version": "5.2"},
    "characteristics": {"characteristics": ("a",)},
    "began": {"began_at": datetime(2026, 12, 1, tzinfo=UTC)},
}
EMPTY: dict[Field, list[dict[str, Any]]] = {
    "environment": [{"environment": None}],
    "title": [{"title": ""}, {"title": " \t"}],
    "reason": [{"reason": ""}, {"reason": " \n "}],
    "features": [{"features": ()}],
    "change": [{"change": None}],
    "upgrade-day": [{"upgrade_day": None}],
}
CALLED = {
    "upgrade-day": "day of the upgrade", "began": "time it began", "title": "subject", "dates": "pair of dates",
}  # fmt: skip
ENVIRONMENT_KINDS: tuple[RequestKind, ...] = ("refresh", "feature-change", "script", "question", "defect")
REQUIRED = [
    (kind, field, empty)
    for kind in KINDS
    for field in FIELDS
    if MARKS[kind][field] == "R"
    for empty in EMPTY.get(field, [])
]
OUT_OF_PLACE = [(kind, field) for kind in KINDS for field in FIELDS if MARKS[kind][field] == "-"]


@each("kind", KINDS)
def test_each_kind_asks_for_what_is_drawn(kind: RequestKind) -> None:
    assert set(FACTS[kind].fields) == {field for field in FIELDS if MARKS[kind][field] != "-"}


@each("kind", KINDS)
def test_a_wish_with_all_its_fields_is_taken(kind: RequestKind) -> None:
    check_fields(WISHES[kind])


@each("kind, field, empty", REQUIRED)
def test_a_required_field_that_is_missing_is_named(kind: RequestKind, field: Field, empty: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as refused:
        check_fields(replace(WISHES[kind], **empty))
    assert str(refused.value) == (
        f"A request of the kind “{FACTS[kind].name}” needs the {CALLED.get(field, field)}. "
        "Nothing was saved. Fill it in."
    )


@each("kind, field", OUT_OF_PLACE)
def test_a_field_that_has_no_place_in_the_kind_is_named(kind: RequestKind, field: Field) -> None:
    with pytest.raises(BadInputError) as refused:
        check_fields(replace(WISHES[kind], **FILLED[field]))
    assert str(refused.value) == (
        f"A request of the kind “{FACTS[kind].name}” has no {CALLED.get(field, field)}. "
        "Nothing was saved. Leave it out."
    )


@each("kind", KINDS)
def test_what_may_be_left_out_may_be_left_out(kind: RequestKind) -> None:
    only: dict[str, Any] = {}
    for field in FIELDS:
        if MARKS[kind][field] == "R":
            only |= FILLED[field]
    check_fields(RequestInput(kind=kind, **only))


def test_what_is_done_to_a_database_is_usually_asked_for_the_mirrored_one_and_all_else_for_the_first(
    policy: Policy,
) -> None:
    own = ["production", "training-b", "mirrored"]
    usual = {kind: usual_environment(policy, kind, offered_in(policy, kind, own)) for kind in ENVIRONMENT_KINDS}
    done_there = dict.fromkeys(("refresh", "feature-change", "script"), "mirrored")
    assert usual == {**done_there, "question": "production", "defect": "production"}
    assert usual_environment(policy, "refresh", ["training-b"]) == "training-b"
    assert usual_environment(policy, "refresh", []) is None


def test_what_is_done_to_a_database_is_offered_for_copies_only_and_all_else_for_every_one(policy: Policy) -> None:
    every, copies = list(policy.environment), [e.key for e in policy.environments if e.refreshable]
    for kind in ENVIRONMENT_KINDS:
        assert offered_in(policy, kind, every) == (copies if FACTS[kind].is_done_to_database else every)


def test_that_nothing_makes_an_incident_critical_is_said_with_the_reasons_and_not_as_a_missing_field() -> None:
    check_fields(replace(WISHES["critical"], characteristics=()))
