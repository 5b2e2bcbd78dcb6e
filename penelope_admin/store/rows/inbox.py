"""Looks for requests by their state and by any word, and reads as much of them as a list shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.requests import Request, RequestKind, Status
from penelope_admin.grouping import grouped
from penelope_admin.store import schema

_TABLE, _STEP, _FEATURE, _REMARK = (
    schema.request, schema.request_step, schema.request_feature, schema.request_remark
)  # fmt: skip
_FEW = 500
"""So many requests are read by their numbers; more are read with all others."""
_NAMES = ("id", "version", "kind", "status", "environment", "title", "change", "upgrade_day", "case_number")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for, with the keys and days that are shown by words that hold it."""

    text: str
    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()
    environments: Sequence[str] = ()
    features: Sequence[str] = ()
    days: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What the order of a list needs of a request."""

    id: int
    version: int
    kind: RequestKind
    status: Status


def find(connection: sa.Connection, statuses: Collection[str], words: Sequence[Word]) -> list[Head]:
    """The requests in one of some states that hold every word, in what was typed or in what their keys stand for."""
    query = sa.select(_TABLE.c.id, _TABLE.c.version, _TABLE.c.kind, _TABLE.c.status)
    query = query.where(_TABLE.c.status.in_(sorted(statuses)), *map(_has, words))
    return [Head(row.id, row.version, row.kind, row.status) for row in connection.execute(query)]


def _has(word: Word) -> sa.ColumnElement[bool]:
    c, remark, step, feature = _TABLE.c, _REMARK.c, _STEP.c, _FEATURE.c
    typed = (c.title, c.reason, c.case_number, c.defect_number, c.product_version)
    # "PA-12" is no column, and people look for it first.
    reference = sa.literal("pa-") + sa.cast(c.id, sa.String)
    return sa.or_(
        _holds(word.text, *typed),
        reference.contains(word.text.casefold(), autoescape=True),
        c.kind.in_(word.kinds),
        c.status.in_(word.statuses),
        c.environment.in_(word.environments),
        c.upgrade_day.in_(word.days),
        c.id.in_(sa.select(remark.request_id).where(_holds(word.text, remark.text, remark.by))),
        c.id.in_(sa.select(step.request_id).where(_holds(word.text, step.remark, step.by))),
        c.id.in_(sa.select(feature.request_id).where(feature.feature.in_(word.features))),
    )


def _holds(word: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a column holds a word, in capitals or not.

    SQLite folds ASCII letters only, so that others are looked for in the ways in which they are written.
    """
    forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return sa.or_(*(column.icontains(form, autoescape=True) for column in columns for form in sorted(forms)))


def read_upgrade_days(connection: sa.Connection) -> list[date]:
    """The days of the upgrades whose notices were missed."""
    days = connection.execute(sa.select(_TABLE.c.upgrade_day).where(_TABLE.c.upgrade_day.is_not(None)).distinct())
    return [day for day in days.scalars() if day]


def count(connection: sa.Connection) -> int:
    """How many requests there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(_TABLE)).scalar_one()


def read_light(connection: sa.Connection, numbers: Collection[int]) -> list[tuple[Request, datetime]]:
    """Some requests without their texts, steps and remarks, each with when it took its last step, UTC."""
    if not numbers:
        return []

    def some(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
        return column.in_(sorted(numbers)) if len(numbers) <= _FEW else sa.true()

    newest = sa.select(_STEP.c.request_id, sa.func.max(_STEP.c.at)).where(some(_STEP.c.request_id))
    since = {row[0]: row[1] for row in connection.execute(newest.group_by(_STEP.c.request_id))}
    named = sa.select(_FEATURE.c.request_id, _FEATURE.c.feature).join(_TABLE, _TABLE.c.id == _FEATURE.c.request_id)
    named = named.where(some(_TABLE.c.id), _TABLE.c.kind == "feature-change").order_by(_FEATURE.c.feature)
    features = grouped((row.request_id, row.feature) for row in connection.execute(named))
    query = sa.select(*(_TABLE.c[name] for name in _NAMES), _TABLE.c.created_at).where(some(_TABLE.c.id))
    # All were read where they are too many to be named.
    chosen = frozenset(numbers)
    return [
        (
            Request(**row._mapping, reason="", features=tuple(features.get(row.id, ()))),
            since.get(row.id, row.created_at),
        )
        for row in connection.execute(query)
        if row.id in chosen
    ]
