"""The inbox of requests: a light line for each, found by any word, and one request in full when it is chosen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from penelope_admin.domain import requests as rules
from penelope_admin.domain.delivery import VIA_NAMES
from penelope_admin.domain.features import full_name
from penelope_admin.domain.inbox import HandOver, is_running
from penelope_admin.domain.requests import KINDS, OPEN, STATUS_NAMES, Request, RequestKind, Status
from penelope_admin.domain.times import in_words
from penelope_admin.policy import Policy
from penelope_admin.services import agency as agencies
from penelope_admin.services import requests as requests_service
from penelope_admin.services.ledger import FoundNumber, need_request, read_waiting
from penelope_admin.services.requests import RequestView
from penelope_admin.services.work import Context
from penelope_admin.store import audit, schema

Shown = Literal["open", "closed", "all"]
_FEW = 500
"""So many changed lines are read by their numbers; more are read with all others."""


@dataclass(frozen=True, slots=True)
class Line:
    """A request as the list shows it.

    Attributes:
        since: when it took its last step, in UTC.
        due: until when Support aims to answer a critical incident, in UTC; None when no such clock runs.
        in_doubt: it is in the outbox, and Support may have it.
        has_reply: a case number was found in the watched mail folder, and nobody took or dismissed it.
    """

    id: int
    version: int
    kind: RequestKind
    status: Status
    summary: str
    case_number: str | None
    since: datetime
    due: datetime | None = None
    in_doubt: bool = False
    has_reply: bool = False

    @property
    def reference(self) -> str:
        """What it is called: "PA-12"."""
        return f"PA-{self.id}"

    @property
    def is_running(self) -> bool:
        """Whether it is a critical incident that is not answered."""
        return is_running(self.kind, self.status)


@dataclass(frozen=True, slots=True)
class Listing:
    """The requests that match, in the list's order, and the lines of those that are new or another than was known.

    Attributes:
        total: how many requests there are, matching or not.
    """

    order: tuple[int, ...]
    lines: Mapping[int, Line]
    total: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A request in full.

    Attributes:
        hand_overs: when its text was given out, the earliest first.
        numbers: case numbers for it that nobody took or dismissed yet.
    """

    view: RequestView
    hand_overs: tuple[HandOver, ...] = ()
    numbers: tuple[FoundNumber, ...] = ()


def look(
    context: Context,
    shown: Shown = "open",
    words: str = "",
    known: Mapping[int, Line] | None = None,
    *,
    most: int | None = None,
) -> Listing:
    """The requests of the list: running incidents first, then those with a reply, then the newest.

    Args:
        words: every one of them must be in a request: its reference, subject, state, case number, text or notes.
        known: the lines that the caller has; those that are still the same are not read again.
        most: no more than so many of them.

    Raises:
        BadInputError: no agency is set up.
    """
    table = schema.request
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        replies = {number.request_id for number in read_waiting(connection, profile)}
        query = sa.select(table.c.id, table.c.version, table.c.kind, table.c.status)
        if shown != "all":
            is_open = table.c.status.in_(sorted(OPEN))
            query = query.where(is_open if shown == "open" else ~is_open)
        for word in words.encode("utf-8", "replace").decode().split():
            query = query.where(_has(context.policy, connection, word))
        found = sorted(
            connection.execute(query),
            key=lambda row: (not is_running(row[2], row[3]), row[0] not in replies, -row[0]),
        )[:most]
        wanted = [row[0] for row in found if not _is_same((known or {}).get(row[0]), row[1], row[0] in replies)]
        total = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        lines = _read_lines(context.policy, connection, wanted, replies)
    return Listing(tuple(row[0] for row in found), lines, total)


def _is_same(line: Line | None, version: int, has_reply: bool) -> bool:
    return line is not None and (line.version, line.has_reply) == (version, has_reply)


def _has(policy: Policy, connection: sa.Connection, word: str) -> sa.ColumnElement[bool]:
    """Whether a request has a word anywhere: in what was typed, or in the words that its keys stand for."""
    c, small = schema.request.c, word.casefold()
    remark, step, feature = schema.request_remark.c, schema.request_step.c, schema.request_feature.c
    typed = (c.title, c.reason, c.case_number, c.defect_number, c.product_version)
    features = [f.key for f in policy.features if small in full_name(policy, f).casefold()]
    days = connection.execute(sa.select(c.upgrade_day).where(c.upgrade_day.is_not(None)).distinct()).scalars()
    return sa.or_(
        _holds(word, *typed),
        (sa.literal("pa-") + sa.cast(c.id, sa.String)).contains(small, autoescape=True),
        c.kind.in_(
            [key for key, kind in KINDS.items() if small in f"{kind.name} {_IN_SUMMARY.get(key, '')}".casefold()]
        ),
        c.status.in_([key for key, name in STATUS_NAMES.items() if small in name.casefold()]),
        c.environment.in_([item.key for item in policy.environments if small in item.name.casefold()]),
        c.upgrade_day.in_([day for day in days if day and small in in_words(day).casefold()]),
        c.id.in_(sa.select(remark.request_id).where(_holds(word, remark.text, remark.by))),
        c.id.in_(sa.select(step.request_id).where(_holds(word, step.remark, step.by))),
        c.id.in_(sa.select(feature.request_id).where(feature.feature.in_(features))),
    )


_IN_SUMMARY: dict[RequestKind, str] = {"feature-change": "switch", "missing-notice": "no notice for the upgrade of"}


def _holds(word: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a column holds a word, in capitals or not.

    SQLite folds ASCII letters only, so that others are looked for in the ways in which they are written.
    """
    forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return sa.or_(*(column.icontains(form, autoescape=True) for column in columns for form in sorted(forms)))


def _read_lines(
    policy: Policy, connection: sa.Connection, wanted: list[int], replies: Collection[int]
) -> dict[int, Line]:
    """The lines of some requests."""
    if not wanted:
        return {}
    table, step, feature = schema.request, schema.request_step, schema.request_feature

    def some(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
        return column.in_(wanted) if len(wanted) <= _FEW else sa.true()

    names = ("id", "version", "kind", "status", "environment", "title", "change", "upgrade_day", "case_number")
    query = sa.select(*(table.c[name] for name in names), table.c.created_at).where(some(table.c.id))
    newest = sa.select(step.c.request_id, sa.func.max(step.c.at)).where(some(step.c.request_id))
    since = dict(connection.execute(newest.group_by(step.c.request_id)).all())
    features: dict[int, list[str]] = {}
    for key, name in connection.execute(
        sa.select(feature.c.request_id, feature.c.feature)
        .join(table, table.c.id == feature.c.request_id)
        .where(some(table.c.id), table.c.kind == "feature-change")
        .order_by(feature.c.feature)
    ):
        features.setdefault(key, []).append(name)
    lines, keys = {}, set(wanted)
    for row in connection.execute(query):
        if row.id in keys:
            facts = {**dict(zip(names, row, strict=False)), "features": tuple(features.get(row.id, ()))}
            light = Request(**facts, reason="", created_at=row.created_at)
            lines[row.id] = _line(policy, connection, light, since.get(row.id, row.created_at), row.id in replies)
    return lines


def _line(policy: Policy, connection: sa.Connection, light: Request, since: datetime, has_reply: bool) -> Line:
    full = light
    if light.status == "queued" or light.kind == "critical":  # few, and what is said of them is in their steps
        full = need_request(connection, light.id)
    return Line(
        light.id, light.version, light.kind, light.status, rules.summary(policy, light), light.case_number, since,
        rules.answer_due(policy.critical, full), light.status == "queued" and bool(rules.doubt(full)), has_reply,
    )  # fmt: skip


def open_request(context: Context, key: int) -> Opened:
    """One request in full, with what was given out of it and the case numbers found for it.

    Raises:
        BadInputError: there is no such request.
    """
    view = requests_service.find(context, key)
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        numbers = tuple(number for number in read_waiting(connection, profile) if number.request_id == key)
        given = _hand_overs(audit.about(connection, view.request.reference, "request.handed-over"))
    return Opened(view, given, numbers if view.is_open else ())


def _hand_overs(entries: Iterable[audit.Entry]) -> tuple[HandOver, ...]:
    ways = ((entry, json.loads(entry.after or "{}").get("via")) for entry in entries)
    return tuple(HandOver(entry.at, entry.who, via) for entry, via in ways if via in VIA_NAMES)
