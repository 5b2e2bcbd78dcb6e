"""The rows of requests, with their features, steps, remarks and days in doubt."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.requests import OPEN, Remark, Request, Status, Step
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import optional
from penelope_admin.store.stored import as_dicts

_TABLE, _FEATURE, _DOUBT = schema.request, schema.request_feature, schema.refresh_doubt
_STEP, _REMARK = schema.request_step, schema.request_remark
_MESSAGE, _OFFER = schema.outgoing_message, schema.reply_offer
_COLUMNS = [column for column in _TABLE.columns if column.name != "uid"]
_Parts = dict[int, list[Sequence[Any]]]
_WithParts = tuple[dict[int, dict[str, Any]], dict[int, set[str]], dict[int, set[date]]]


def read(connection: sa.Connection, key: int | None = None, *, remarks: bool = True) -> list[Request]:
    """Every request (or one), oldest first.

    Args:
        remarks: read those too; a list of many requests does without.
    """
    return _read(connection, sa.true() if key is None else _TABLE.c.id == key, remarks=remarks)


def read_telling(connection: sa.Connection) -> list[Request]:
    """The requests that can wait for somebody, or tell what else does: not the many that are over. Without remarks.

    Of those that are over, an environment's newest finished refresh says what was wanted back, a request about a
    missing notice that Support was asked, and one in doubt that nobody knows how it went.
    """
    return _read_telling(connection, _TABLE.c.status.in_(sorted(OPEN)))


def read_telling_first(connection: sa.Connection, today: date, most: int) -> tuple[list[Request], int]:
    """As `read_telling`, without open ones that nobody is waited for, and with few of those that wait alike.

    Args:
        today: the agency's local day.
        most: of those that say no more than that they are drafts, or lack a case number, no more than so many of
            each, the oldest.

    Returns:
        Them, oldest first, and how many of those that wait alike were left out.
    """
    c = _TABLE.c
    particular = c.kind.in_(("missing-notice", "critical")) | _is_doubted() | c.id.in_(_naming_locked())
    plain, quiet = ~particular & _is_plain(), ~particular & (_goes_its_way() | _comes_later(today))
    oldest = (sa.select(c.id).where(plain, c.status == status).order_by(c.id).limit(most) for status in _PLAIN)
    wait = c.status.in_(sorted(OPEN)) & ~plain & ~quiet
    found = _read_telling(connection, wait | sa.or_(*map(c.id.in_, oldest)))
    # Fewer than were asked for are all there are, and nothing is to be counted.
    if all(sum(request.status == status for request in found) < most for status in _PLAIN):
        return found, 0
    counts = connection.execute(sa.select(c.status, sa.func.count()).where(plain).group_by(c.status))
    return found, sum(max(0, count - most) for _, count in counts)


def _read_telling(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Request]:
    """Those, and what is over and tells something."""
    asked = _TABLE.c.kind == "missing-notice"
    found = _read_with_parts(connection, which | asked | _is_doubted() | _TABLE.c.id.in_(_newest_refreshes()))
    over = [number for number, facts in found[0].items() if facts["status"] not in OPEN]
    return _put_together(found, _steps(connection, which | _TABLE.c.id.in_(over)))


def _is_doubted() -> sa.ColumnElement[bool]:
    """Of a refresh: nobody knows whether it was made on a day on which it was due."""
    return _TABLE.c.id.in_(sa.select(_DOUBT.c.request_id))


_PLAIN: tuple[Status, ...] = ("drafted", "sent")


def _is_plain() -> sa.ColumnElement[bool]:
    """Of requests that are nothing particular: no more is to be said of it than that it is a draft, or was sent."""
    failed = sa.select(_MESSAGE.c.request_id).where(_MESSAGE.c.state == "failed")
    offered = sa.select(_OFFER.c.request_id).where(_OFFER.c.state == "open")
    return _TABLE.c.status.in_(_PLAIN) & _TABLE.c.id.not_in(failed) & _TABLE.c.id.not_in(offered)


def _goes_its_way() -> sa.ColumnElement[bool]:
    """Support has it, and its number is known."""
    return _TABLE.c.status.in_(("acknowledged", "answered")) & _TABLE.c.case_number.is_not(None)


def _comes_later(today: date) -> sa.ColumnElement[bool]:
    """Support has planned it for another day; refreshes are left to whoever looks at what they will do."""
    later = _TABLE.c.scheduled_for.is_(None) | (_TABLE.c.scheduled_for > today)
    return (_TABLE.c.status == "scheduled") & (_TABLE.c.kind != "refresh") & later


def _naming_locked() -> sa.Select[int]:
    """The numbers of those that name a locked feature: this program never writes that, so they are told as damage."""
    return sa.select(_FEATURE.c.request_id).where(_FEATURE.c.feature.in_(sorted(LOCKED_FEATURES)))


def _newest_refreshes() -> sa.Select[int]:
    """The numbers of the refreshes finished last, one for each environment."""
    finished = (
        sa.select(_STEP.c.request_id, sa.func.max(_STEP.c.at).label("at"))
        .join(_TABLE, _TABLE.c.id == _STEP.c.request_id)
        .where(_STEP.c.status == "done", _TABLE.c.kind == "refresh", _TABLE.c.status == "done")
        .group_by(_STEP.c.request_id)
        .subquery()
    )
    when = sa.func.coalesce(finished.c.at, _TABLE.c.created_at)
    place = sa.func.row_number().over(partition_by=_TABLE.c.environment, order_by=(when.desc(), _TABLE.c.id.desc()))
    # Of each environment the newest alone: it has overwritten what those before were to bring back.
    ranked = (
        sa.select(_TABLE.c.id, place.label("place"))
        .outerjoin_from(_TABLE, finished, finished.c.request_id == _TABLE.c.id)
        .where(_TABLE.c.kind == "refresh", _TABLE.c.status == "done")
        .subquery()
    )
    return sa.select(ranked.c.id).where(ranked.c.place == 1)


def _read(connection: sa.Connection, which: sa.ColumnElement[bool], *, remarks: bool) -> list[Request]:
    steps = _steps(connection, which)
    notes = _parts(connection, which, _REMARK, "at", "by", "text") if remarks else {}
    return _put_together(_read_with_parts(connection, which), steps, notes)


def _steps(connection: sa.Connection, which: sa.ColumnElement[bool]) -> _Parts:
    return _parts(connection, which, _STEP, "at", "status", "by", "remark")


def _put_together(found: _WithParts, steps: _Parts, notes: _Parts | None = None) -> list[Request]:
    """What was read of requests and of their parts, as requests."""
    rows, features, days = found
    return [
        Request(
            **facts,
            features=tuple(sorted(features.get(number, ()))),
            doubted=tuple(sorted(days.get(number, ()))),
            steps=tuple(Step(*values) for values in steps.get(number, ())),
            remarks=tuple(Remark(*values) for values in (notes or {}).get(number, ())),
        )
        for number, facts in rows.items()
    ]


def _parts(connection: sa.Connection, which: sa.ColumnElement[bool], part: sa.Table, *names: str) -> _Parts:
    """Some columns of what belongs to each request, in the order in which it came."""
    query = sa.select(part.c.request_id, *(part.c[name] for name in names))
    query = query.join(_TABLE, _TABLE.c.id == part.c.request_id).where(which).order_by(part.c.id)
    found: _Parts = {}
    for number, *values in connection.execute(query):
        found.setdefault(number, []).append(values)
    return found


@functools.cache
def _with_parts() -> sa.Select[Any]:
    feature, day = optional(_FEATURE.c.feature, "part_feature"), optional(_DOUBT.c.day, "part_day")
    # Some requests come several times by this; each statement more would be one more way to a team's server.
    joined = _TABLE.outerjoin(_FEATURE, _FEATURE.c.request_id == _TABLE.c.id)
    joined = joined.outerjoin(_DOUBT, _DOUBT.c.request_id == _TABLE.c.id)
    return sa.select(*_COLUMNS, feature, day).select_from(joined).order_by(_TABLE.c.id)


def _read_with_parts(connection: sa.Connection, which: sa.ColumnElement[bool]) -> _WithParts:
    """The requests' own columns, their features and their days in doubt, by number: one statement for all of it.

    Each row brings a request with one of its features and one of its days, so that both are sets.
    """
    rows: dict[int, dict[str, Any]] = {}
    features: dict[int, set[str]] = {}
    days: dict[int, set[date]] = {}
    for facts in as_dicts(connection.execute(_with_parts().where(which))):
        key, part_feature, part_day = facts["id"], facts.pop("part_feature"), facts.pop("part_day")
        if part_feature is not None:
            features.setdefault(key, set()).add(part_feature)
        if part_day is not None:
            days.setdefault(key, set()).add(part_day)
        facts["characteristics"] = tuple(facts["characteristics"].split(",")) if facts["characteristics"] else ()
        rows[key] = facts
    return rows, features, days


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of a request without reading all of it.

    Attributes:
        scheduled_refresh: the local day that Support has named, if it is a refresh.
        refresh_since: when it was drafted (UTC), if it is a refresh that is neither done nor cancelled.
        doubted: a day on which it was due, of which nobody knows whether it was made then.
    """

    number: int
    environment: str | None
    case_number: str | None
    defect_number: str | None
    scheduled_refresh: date | None
    refresh_since: datetime | None
    doubted: date | None


@functools.cache
def _briefs(refreshes: bool) -> sa.Select[Any]:
    names = ("id", "environment", "kind", "status", "case_number", "defect_number", "scheduled_for", "created_at")
    columns = (*(_TABLE.c[name] for name in names), optional(_DOUBT.c.day, "part_day"))
    query = sa.select(*columns).outerjoin_from(_TABLE, _DOUBT, _DOUBT.c.request_id == _TABLE.c.id)
    if not refreshes:
        return query
    is_open = (_TABLE.c.kind == "refresh") & _TABLE.c.status.in_(sorted(OPEN))
    return query.where(is_open | _DOUBT.c.day.is_not(None))


def read_briefs(connection: sa.Connection, *, refreshes: bool = False) -> list[Brief]:
    """Every request in brief; one with several days in doubt comes as often.

    Args:
        refreshes: only those that are open or in doubt.
    """
    return [_brief(row, row.part_day) for row in connection.execute(_briefs(refreshes))]


def _brief(row: Any, doubted: date | None) -> Brief:
    """What is known in brief of a row, or of a request that was read."""
    is_open = row.kind == "refresh" and row.status in OPEN
    return Brief(
        row.id, row.environment, row.case_number, row.defect_number,
        row.scheduled_for if is_open and row.status == "scheduled" else None,
        row.created_at if is_open else None, doubted,
    )  # fmt: skip


_CASE_NUMBERS = sa.select(_TABLE.c.case_number).where(_TABLE.c.case_number.is_not(None)).distinct()


def read_case_numbers(connection: sa.Connection) -> list[str]:
    """Every case number, once."""
    return [str(number) for number in connection.execute(_CASE_NUMBERS).scalars()]


def briefs_of(request: Request) -> list[Brief]:
    """A request that was read, in brief, as often as `read_briefs` gives it."""
    return [_brief(request, doubted) for doubted in request.doubted or (None,)]


def newest_number(connection: sa.Connection) -> int:
    """The number of the newest request; 0 when there is none."""
    return connection.execute(sa.select(sa.func.max(_TABLE.c.id))).scalar() or 0


def insert(connection: sa.Connection, created_at: datetime, columns: dict[str, Any], features: Sequence[str]) -> int:
    """Store a new draft; gives back its number. Its first step is `add_step`'s."""
    inserted = connection.execute(
        sa.insert(_TABLE).values(created_at=created_at, version=1, status="drafted", **columns)
    )
    key = new_id(inserted)
    _insert_features(connection, key, features)
    return key


def update(connection: sa.Connection, before: Request, **values: Any) -> None:
    """Write some columns of a request that was read in this transaction."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == before.id), {"version": before.version + 1, **values})


def replace_features(connection: sa.Connection, key: int, features: Sequence[str]) -> None:
    """Put other features in the place of those a request has."""
    connection.execute(sa.delete(_FEATURE).where(_FEATURE.c.request_id == key))
    _insert_features(connection, key, features)


def _insert_features(connection: sa.Connection, key: int, features: Sequence[str]) -> None:
    if features:
        connection.execute(sa.insert(_FEATURE), [{"request_id": key, "feature": feature} for feature in features])


def add_step(connection: sa.Connection, key: int, status: Status, at: datetime, by: str, remark: str = "") -> None:
    """Note that a request took a step."""
    connection.execute(sa.insert(_STEP), {"request_id": key, "at": at, "status": status, "by": by, "remark": remark})


def add_remark(connection: sa.Connection, key: int, note: Remark) -> None:
    """Note something about a request."""
    connection.execute(sa.insert(_REMARK).values(request_id=key, at=note.at, by=note.by, text=note.text))


def add_doubt(connection: sa.Connection, key: int, day: date) -> None:
    """Keep a day on which a refresh was due, and of which nobody knows whether it was made then."""
    connection.execute(sa.insert(_DOUBT).values(request_id=key, day=day))


def settle_doubts(connection: sa.Connection, key: int) -> None:
    """Forget the days in doubt of a request."""
    connection.execute(sa.delete(_DOUBT).where(_DOUBT.c.request_id == key))
