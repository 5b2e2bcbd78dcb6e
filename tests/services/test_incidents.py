"""What a critical incident and a message in the outbox ask for on the first page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from unittest import mock

import pytest
import sqlalchemy as sa

from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestKind
from penelope_admin.errors import BadInputError
from penelope_admin.mail.line import CancelToken, DeliveryError
from penelope_admin.services import overview, requests, shapes
from penelope_admin.services.overview import Incident, Overview
from penelope_admin.services.requests import delivery, outbox
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from tests.each import each
from tests.services.house import NOW, drafted, nothing_saved, one_entry
from tests.wishes import KINDS, WISHES

MINUTE = timedelta(minutes=1)
DUE = NOW + timedelta(hours=2)


def load(context: Context) -> Overview:
    found = context.read(overview.load)
    assert found is not None
    return found


def waiting(context: Context) -> list[tuple[str, str, str | None]]:
    """What waits, but for what nobody knows yet of features and databases."""
    return [
        (item.kind, item.urgency, item.subject)
        for item in load(context).waiting
        if item.kind not in {"unknown", "untold"}
    ]


def texts(context: Context) -> list[str]:
    return [item.text for item in load(context).waiting]


def trouble(context: Context, **values: object) -> None:
    """What the sender of messages would have written about the newest message."""
    with context.store.writing() as connection:
        connection.execute(sa.update(schema.outgoing_message).values(**values))


# --- incidents ---------------------------------------------------------------------------------


def test_an_incident_runs_from_the_moment_it_was_sent(context: Context) -> None:
    key = drafted(context, "critical")
    assert load(context).incidents == ()
    context.write(requests.advance, key, "sent")
    assert load(context).incidents == (Incident(key, "PA-1", "Nobody can sign in", DUE, None),)


def test_the_clock_starts_with_the_voicemail_and_not_when_it_is_noted(context: Context) -> None:
    key = context.write(requests.draft, replace(WISHES["critical"], began_at=NOW - 60 * MINUTE)).value.request.id
    voicemail = NOW - 40 * MINUTE
    with one_entry(context, "request.sent", "PA-1") as facts:
        context.write(requests.advance, key, "sent", happened_at=voicemail)
    assert facts[1]["happened_at"] == voicemail.isoformat()
    (incident,) = load(context).incidents
    assert incident.due == DUE - 40 * MINUTE
    assert incident.countdown(NOW) == "1 hour 20 minutes left"


@each(
    "began, at, says",
    [
        (NOW - 20 * MINUTE, NOW - 21 * MINUTE, "before the incident began"),
        (NOW - 20 * MINUTE, NOW + MINUTE, "is in the future"),
        (None, NOW - timedelta(days=1, seconds=1), "more than a day before the draft"),
        (None, NOW + MINUTE, "is in the future"),
    ],
)
def test_a_contact_lies_between_the_incident_and_now(
    context: Context, began: datetime | None, at: datetime, says: str
) -> None:
    key = context.write(requests.draft, replace(WISHES["critical"], began_at=began)).value.request.id
    with nothing_saved(context), pytest.raises(BadInputError, match=says):
        context.write(requests.advance, key, "sent", happened_at=at)
    context.write(requests.advance, key, "sent", happened_at=began or NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (timedelta(0), "2 hours left"),
        (48 * MINUTE, "1 hour 12 minutes left"),
        (120 * MINUTE - timedelta(seconds=1), "less than a minute left"),
        (120 * MINUTE, "the target passed less than a minute ago"),
        (121 * MINUTE, "the target passed 1 minute ago"),
        (27 * 60 * MINUTE, "the target passed 1 day 1 hour ago"),
    ],
)
def test_the_clock_says_what_is_left_and_afterwards_how_long_the_target_has_passed(
    context: Context, clock: FixedClock, later: timedelta, words: str
) -> None:
    context.write(requests.advance, drafted(context, "critical"), "sent")
    clock.instant = NOW + later
    found = load(context)
    (incident,) = found.incidents
    assert incident.countdown(found.now) == words


def test_a_case_number_does_not_stop_the_clock_and_the_answer_does(context: Context) -> None:
    key = drafted(context, "critical")
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00481516")
    assert load(context).incidents == (Incident(key, "PA-1", "Nobody can sign in", DUE, "00481516"),)
    context.write(requests.advance, key, "answered")
    assert load(context).incidents == ()


def test_cancelling_ends_an_incident(context: Context) -> None:
    key = drafted(context, "critical")
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "cancelled")
    assert load(context).incidents == ()


def test_every_incident_has_a_clock_of_its_own(context: Context, clock: FixedClock) -> None:
    first, second = drafted(context, "critical"), drafted(context, "critical")
    context.write(requests.advance, second, "sent")
    clock.instant = NOW + 30 * MINUTE
    context.write(requests.advance, first, "sent")
    assert [(item.request_id, item.due) for item in load(context).incidents] == [
        (first, DUE + 30 * MINUTE),
        (second, DUE),
    ]


def test_an_incident_in_the_outbox_is_not_sent_yet(posting: Context) -> None:
    posting.write(delivery.hand_over, drafted(posting, "critical"), "smtp")
    assert load(posting).incidents == ()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "critical"])
def test_other_requests_are_no_incidents(context: Context, kind: RequestKind) -> None:
    context.write(requests.advance, drafted(context, kind), "sent")
    assert load(context).incidents == ()


def test_incidents_in_json_have_these_keys_and_values(context: Context) -> None:
    context.write(requests.advance, drafted(context, "critical"), "sent")
    assert json.loads(shapes.to_json(shapes.overview(load(context))))["incidents"] == [
        {
            "id": 1, "reference": "PA-1", "title": "Nobody can sign in", "due": "2026-12-01T17:00:00+00:00",
            "case_number": None,
        }
    ]  # fmt: skip


# --- what waits --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_waits_and_an_incident_s_most_urgently(context: Context, kind: RequestKind) -> None:
    drafted(context, kind)
    assert waiting(context) == [("draft", "danger" if kind == "critical" else "info", "1")]


def test_a_message_on_its_way_asks_for_nothing_until_there_is_trouble(posting: Context) -> None:
    posting.write(delivery.hand_over, drafted(posting, "question"), "smtp")
    assert waiting(posting) == []
    trouble(posting, problem="The server is busy.")
    assert waiting(posting) == [("outbox", "caution", "1")]
    assert texts(posting)[-1].endswith("it waits in the outbox. The server is busy.")


def test_an_incident_s_message_is_urgent_from_the_start(posting: Context) -> None:
    posting.write(delivery.hand_over, drafted(posting, "critical"), "smtp")
    assert waiting(posting) == [("outbox", "danger", "1")]


def test_a_message_taken_back_leaves_a_draft_that_waits(posting: Context) -> None:
    posting.write(delivery.hand_over, drafted(posting, "question"), "smtp")
    posting.write(outbox.cancel, 1)
    assert waiting(posting) == [("draft", "info", "1")]


def test_a_message_that_failed_waits_until_the_request_is_sent_another_way(posting: Context) -> None:
    key = drafted(posting, "question")
    posting.write(delivery.hand_over, key, "smtp")
    refusal = DeliveryError("The address was refused.", for_good=True)
    with (
        mock.patch("penelope_admin.mail.smtp.send", side_effect=refusal),
        mock.patch("penelope_admin.mail.passwords.find", return_value=None),
    ):
        outbox.flush(posting, CancelToken())
    assert waiting(posting) == [("outbox", "danger", "1")]
    assert texts(posting)[0].endswith("it could not be sent. The address was refused.")
    posting.write(requests.advance, key, "sent", remark="By the portal")
    assert waiting(posting) == [("case-number", "caution", "1")]


def test_an_incident_answered_by_telephone_waits_for_nothing(context: Context) -> None:
    key = drafted(context, "critical")
    context.write(requests.advance, key, "sent")
    assert waiting(context) == [("case-number", "caution", "1")]
    context.write(requests.advance, key, "answered")
    assert waiting(context) == []
