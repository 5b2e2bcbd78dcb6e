"""A wish of every kind with all its fields, and requests as they come of them; the dates are those of December 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.requests import Request, RequestInput, RequestKind

DRAFTED_AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
SMS = "external-communications.sms"
WISHES: dict[RequestKind, RequestInput] = {
    "refresh": RequestInput(
        "refresh",
        environment="mirrored",
        reason="Fresh data for the training of March.",
        earliest=date(2026, 12, 14),
        latest=date(2026, 12, 18),
        features=(SMS, "general-ledger"),
    ),
    "feature-change": RequestInput(
        "feature-change",
        environment="mirrored",
        reason="We test reminders with the team.",
        earliest=date(2026, 12, 14),
        latest=date(2026, 12, 18),
        features=("dss", "ors-srs"),
        change="enable",
    ),
    "missing-notice": RequestInput(
        "missing-notice", upgrade_day=date(2026, 11, 14), reason="Our addresses did not change."
    ),
    "question": RequestInput(
        "question",
        environment="training-b",
        title="How are waiting lists counted?",
        reason="The report and the page\ndiffer by three.",
    ),
    "defect": RequestInput(
        "defect",
        environment="production",
        title="Calendar skips the first of the month",
        version="5.2.1",
        reason="Open the calendar, go a month ahead, look at day 1.",
    ),
    "scheduled-call": RequestInput(
        "scheduled-call",
        title="Planning of the new intake form",
        reason="We want an hour about fields and rules.",
        earliest=date(2026, 12, 14),
        latest=date(2026, 12, 18),
    ),
    "script": RequestInput(
        "script",
        environment="mirrored",
        title="Shift the pilot's appointments",
        reason="Move every appointment of the pilot team a year ahead.",
        earliest=date(2026, 12, 14),
        latest=date(2026, 12, 18),
    ),
    "critical": RequestInput(
        "critical",
        title="Nobody can sign in",
        reason="The sign-in page stays empty for all of us.",
        characteristics=("c", "b"),
        everybody=True,
        began_at=datetime(2026, 12, 1, 14, 40, tzinfo=UTC),
    ),
}
KINDS: tuple[RequestKind, ...] = tuple(WISHES)
SURE = Acknowledgement(phi=True, environment="mirrored", queue_empty=True)


def request_of(wish: RequestInput, **more: Any) -> Request:
    """The request a wish becomes, number 12 unless told."""
    facts: dict[str, Any] = {
        "id": 12,
        "kind": wish.kind,
        "environment": wish.environment,
        "status": "drafted",
        "reason": wish.reason,
        "created_at": DRAFTED_AT,
        "title": wish.title,
        "earliest": wish.earliest,
        "latest": wish.latest,
        "features": tuple(sorted(wish.features)),
        "change": wish.change,
        "upgrade_day": wish.upgrade_day,
        "product_version": wish.version or None,
        "characteristics": tuple(sorted(wish.characteristics)),
        "began_at": wish.began_at,
    }
    return Request(**{**facts, **more})
