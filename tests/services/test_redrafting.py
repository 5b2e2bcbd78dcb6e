"""A draft that is changed before it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from penelope_admin.domain.requests import KINDS as FACTS
from penelope_admin.domain.requests import RequestKind, Status, input_of
from penelope_admin.errors import BadInputError, ConflictError, RefusedError
from penelope_admin.services import requests
from penelope_admin.services.requests import delivery, outbox
from penelope_admin.services.work import Context
from tests.each import each
from tests.services.conftest import Open
from tests.services.house import LOCKED, drafted, nothing_saved, one_entry
from tests.wishes import KINDS, SMS, SURE, WISHES

OTHER: dict[RequestKind, dict[str, Any]] = {
    "refresh": {"environment": "training-b", "features": (), "reason": "Other data", "latest": date(2026, 12, 24)},
    "feature-change": {"features": (SMS,), "change": "disable", "reason": "Enough", "earliest": None},
    "missing-notice": {"upgrade_day": date(2026, 10, 17), "reason": ""},
    "question": {"title": "Another", "environment": None, "reason": "Another text"},
    "defect": {"title": "Another", "version": "", "environment": "mirrored"},
    "scheduled-call": {"title": "Another", "earliest": None, "latest": None},
    "script": {"title": "Another", "environment": "training-b", "earliest": None, "latest": None},
    "critical": {"title": "Another", "characteristics": ("a",), "began_at": None},
}


@each("kind", KINDS)
def test_what_a_draft_asks_for_can_be_begun_from(context: Context, kind: RequestKind) -> None:
    key = drafted(context, kind)
    before = context.read(requests.find, key).request
    done = context.write(requests.redraft, key, replace(input_of(before), acknowledgement=SURE))
    assert replace(done.value.request, version=before.version) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_draft_is_the_request_a_new_one_would_be(context: Context, kind: RequestKind) -> None:
    wish = replace(WISHES[kind], **OTHER[kind])
    key = drafted(context, kind)
    with one_entry(context, "request.redrafted", "PA-1") as facts:
        done = context.write(requests.redraft, key, wish)
    assert done.changes == {"requests"}
    told = [*facts[1].get("text_changed", ()), *facts[1].get("text_removed", ())]
    assert ("reason" in told) == (wish.reason != WISHES[kind].reason)
    assert facts[0]["kind"] == facts[1]["kind"], "what stayed is not told as new"
    found = context.read(requests.find, key).request
    assert found == done.value.request
    assert (found.status, found.version, len(found.steps)) == ("drafted", 2, 1)
    context.write(requests.advance, key, "cancelled")  # or the fresh one would be warned of it
    fresh = context.write(requests.draft, wish).value
    assert replace(found, id=fresh.request.id, version=1, steps=fresh.request.steps) == fresh.request
    assert done.value.warnings == fresh.warnings


@each("kind", KINDS)
def test_a_draft_keeps_its_kind(context: Context, kind: RequestKind) -> None:
    key = drafted(context, kind)
    for other in KINDS:
        if other != kind:
            with nothing_saved(context), pytest.raises(BadInputError, match="of another kind"):
                context.write(requests.redraft, key, replace(WISHES[other], acknowledgement=SURE))


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_left_or_ended_is_not_changed(context: Context, kind: RequestKind) -> None:
    path: tuple[Status, ...] = FACTS[kind].path[1:]
    key = drafted(context, kind)
    for to in path:
        context.write(
            requests.advance, key, to, case_number="1" if to == "acknowledged" else "",
            scheduled_for=date(2026, 12, 15) if to == "scheduled" else None, other_day=True,
        )  # fmt: skip
        with nothing_saved(context), pytest.raises(ConflictError, match=f"PA-1 is {to}; only drafts can be changed"):
            context.write(requests.redraft, key, replace(WISHES[kind], acknowledgement=SURE))


def test_what_waits_in_the_outbox_is_changed_only_after_it_is_taken_back(posting: Context) -> None:
    key = drafted(posting)
    posting.write(delivery.hand_over, key, "smtp")
    with nothing_saved(posting), pytest.raises(ConflictError, match="PA-1 is queued; only drafts"):
        posting.write(requests.redraft, key, WISHES["question"])
    posting.write(outbox.cancel, 1)
    assert posting.write(requests.redraft, key, WISHES["question"]).value.request.status == "drafted"


@each(
    "kind, fields, error",
    [
        ("question", {"title": ""}, BadInputError),
        ("question", {"title": "Critical"}, RefusedError),
        ("question", {"features": (SMS,)}, BadInputError),
        ("refresh", {"environment": "production"}, RefusedError),
        ("refresh", {"features": ("dss",)}, RefusedError),
        ("feature-change", {"environment": "production"}, RefusedError),
        ("feature-change", {"features": (SMS,)}, RefusedError),
        *(("feature-change", {"features": (key,), "acknowledgement": SURE}, RefusedError) for key in LOCKED),
        ("scheduled-call", {"latest": date(2026, 11, 30), "earliest": None}, BadInputError),
        ("critical", {"characteristics": ()}, RefusedError),
        ("critical", {"everybody": False}, RefusedError),
    ],
)
def test_a_change_is_held_to_the_same_as_a_new_request(
    context: Context, kind: RequestKind, fields: dict[str, Any], error: type[Exception]
) -> None:
    key = drafted(context, kind)
    with nothing_saved(context), pytest.raises(error):
        context.write(requests.redraft, key, replace(WISHES[kind], **fields))


def test_a_draft_that_somebody_else_changed_is_not_changed(context: Context, opened: Open) -> None:
    key = drafted(context)
    seen = context.read(requests.find, key).request.version
    opened("bob").write(requests.redraft, key, replace(WISHES["question"], title="Bob's"))
    with nothing_saved(context), pytest.raises(ConflictError, match="Somebody else"):
        context.write(requests.redraft, key, replace(WISHES["question"], title="Ada's"), seen)
    assert context.read(requests.find, key).request.title == "Bob's"


def test_a_request_that_is_not_there_is_not_changed(context: Context) -> None:
    with nothing_saved(context), pytest.raises(BadInputError, match="There is no request 7"):
        context.write(requests.redraft, 7, WISHES["question"])
