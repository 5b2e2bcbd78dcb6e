"""The rows of requests, with their features, steps, remarks and days in doubt."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.requests import OPEN, Remark, Request, RequestKind, Status, Step
from penelope_admin.grouping import grouped
from penelope_admin.policy import LOCKED_FEATURES
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.kinds import optional
from penelope_admin.store.stored import as_dicts

_TABLE, _FEATURE, _DOUBT = schema.request, schema.request_feature, schema.refresh_doubt
_STEP, _REMARK = schema.request_step, schema.request_remark
_MESSAGE, _OFFER = schema.outgoing_message, schema.reply_offer
_COLUMNS = [column for column in _TABLE.columns if column.name != "uid"]
_INSERT, _INSERT_STEP = sa.insert(_TABLE), sa.insert(_STEP)
_Numbers = Callable[[], tuple[sa.Select[int], ...]]
_Parts = dict[int, list[list[Any]]]
_WithParts = tuple[dict[int, dict[str, Any]], dict[int, set[str]], dict[int, set[date]]]


def read(connection: sa.Connection, key: int | None = None, *, remarks: bool = True) -> list[Request]:
    """Every request (or one), oldest first.

    Args:
        remarks: read those too; a list of many requests does without.
    """
    rows, steps, notes = _reading(key is None)
    parameters = {"number": key}
    noted = _by_request(connection, notes, parameters) if remarks else {}
    return _put_together(
        _read_with_parts(connection, rows, parameters), _by_request(connection, steps, parameters), noted
    )


@functools.cache
def _reading(whole: bool) -> tuple[sa.Select[Any], sa.Select[Any], sa.Select[Any]]:
    """What reads every request, or the one of a `number`, with its parts; its steps; and its remarks."""
    which = sa.true() if whole else _TABLE.c.id == sa.bindparam("number", type_=sa.Integer)
    numbers = sa.select(_TABLE.c.id).where(which)
    return _with_parts().where(which), _steps(numbers), _parts(numbers, _REMARK, "at", "by", "text")


def read_telling(connection: sa.Connection) -> list[Request]:
    """The requests that can wait for somebody, or tell what else does: not the many that are over. Without remarks.

    Of those that are over, an environment's newest finished refresh says what was wanted back, a request about a
    missing notice that Support was asked, and one in doubt that nobody knows how it went.
    """
    return _read_telling(connection, _all_open)


def read_telling_first(connection: sa.Connection, today: date, most: int) -> tuple[list[Request], int]:
    """As `read_telling`, without open ones that nobody is waited for, and with few of those that wait alike.

    Args:
        today: the agency's local day.
        most: of those that say no more than that they are drafts, or lack a case number, no more than so many of
            each, the oldest.

    Returns:
        Them, oldest first, and how many of those that wait alike were left out.
    """
    requests = _read_telling(connection, _waiting_first, today=today, most=most)
    # Fewer than were asked for are all there are, and nothing is to be counted.
    if all(sum(request.status == status for request in requests) < most for status in _PLAIN):
        return requests, 0
    return requests, sum(max(0, count - most) for _, count in connection.execute(_count_plain()))


def read_reminding(connection: sa.Connection, today: date) -> list[Request]:
    """As `read_telling_first`, without any that wait alike, and without what finished refreshes were to bring back."""
    return _read_telling(connection, _waiting_first, with_refreshes=False, today=today, most=0)


def _read_telling(
    connection: sa.Connection, those_open: _Numbers, *, with_refreshes: bool = True, **parameters: object
) -> list[Request]:
    rows, steps = _telling(those_open, with_refreshes)
    with_parts = _read_with_parts(connection, rows, parameters)
    over = [number for number, facts in with_parts[0].items() if facts["status"] not in OPEN]
    return _put_together(with_parts, _by_request(connection, steps, {**parameters, "over": over}), {})


@functools.cache
def _telling(those_open: _Numbers, with_refreshes: bool) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """What reads the requests that tell something, with their parts, and their steps.

    Made once: to put such a statement together takes longer than to run it. The second wants to know as `over` which
    of those that were found are over.
    """
    numbers, open_ones = sa.select(_TABLE.c.id), those_open()
    missing_notices = numbers.where(_TABLE.c.kind == "missing-notice")
    doubted = sa.select(_DOUBT.c.request_id)
    # Numbers of each sort, put together: of one condition with as many alternatives SQLite would ask every request.
    refreshes = (_newest_refreshes(),) if with_refreshes else ()
    every = sa.union(*open_ones, missing_notices, doubted, *refreshes)
    over = numbers.where(_TABLE.c.id.in_(sa.bindparam("over", expanding=True, type_=sa.Integer)))
    return _with_parts().where(_TABLE.c.id.in_(every)), _steps(sa.union(*open_ones, over))


def _all_open() -> tuple[sa.Select[int], ...]:
    return (sa.select(_TABLE.c.id).where(_TABLE.c.status.in_(sorted(OPEN))),)


def _waiting_first() -> tuple[sa.Select[int], ...]:
    """The numbers of open requests that are waited for, and of the oldest that wait alike; see `read_telling_first`."""
    c = _TABLE.c
    most, today = sa.bindparam("most", type_=sa.Integer), sa.bindparam("today", type_=sa.Date)
    quiet = ~_is_particular() & (_goes_its_way() | _comes_later(today))
    alike = (sa.select(c.id).where(_is_plain(), c.status == status).order_by(c.id).limit(most) for status in _PLAIN)
    return (
        sa.select(c.id).where(c.status.in_(sorted(OPEN)), ~_is_plain(), ~quiet),
        *(sa.select(oldest.subquery().c.id) for oldest in alike),
    )


@functools.cache
def _count_plain() -> sa.Select[Any]:
    return sa.select(_TABLE.c.status, sa.func.count()).where(_is_plain()).group_by(_TABLE.c.status)


def _is_particular() -> sa.ColumnElement[bool]:
    """Of requests of which more is to be said than how far they are; one that names a locked feature is damage."""
    doubted = sa.select(_DOUBT.c.request_id)
    damaged = sa.select(_FEATURE.c.request_id).where(_FEATURE.c.feature.in_(sorted(LOCKED_FEATURES)))
    return _TABLE.c.kind.in_(("missing-notice", "critical")) | _TABLE.c.id.in_(doubted) | _TABLE.c.id.in_(damaged)


_PLAIN: tuple[Status, ...] = ("drafted", "sent")


def _is_plain() -> sa.ColumnElement[bool]:
    """Of requests that are nothing particular: no more is to be said of it than that it is a draft, or was sent."""
    failed = sa.select(_MESSAGE.c.request_id).where(_MESSAGE.c.state == "failed")
    offered = sa.select(_OFFER.c.request_id).where(_OFFER.c.state == "open")
    is_quiet = _TABLE.c.id.not_in(failed) & _TABLE.c.id.not_in(offered)
    return ~_is_particular() & _TABLE.c.status.in_(_PLAIN) & is_quiet


def _goes_its_way() -> sa.ColumnElement[bool]:
    """Support has it, and its number is known."""
    return _TABLE.c.status.in_(("acknowledged", "answered")) & _TABLE.c.case_number.is_not(None)


def _comes_later(today: sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """Support has planned it for another day; refreshes are left to whoever looks at what they will do."""
    later = _TABLE.c.scheduled_for.is_(None) | (_TABLE.c.scheduled_for > today)
    return (_TABLE.c.status == "scheduled") & (_TABLE.c.kind != "refresh") & later


def _newest_refreshes() -> sa.Select[int]:
    """The numbers of the refreshes finished last, one for each environment."""
    c, is_end = _TABLE.c, (_STEP.c.request_id == _TABLE.c.id) & (_STEP.c.status == "done")
    when = sa.func.coalesce(sa.func.max(_STEP.c.at), c.created_at)
    place = sa.func.row_number().over(partition_by=c.environment, order_by=(when.desc(), c.id.desc()))
    finished = sa.select(c.id, place.label("place")).outerjoin_from(_TABLE, _STEP, is_end).group_by(c.id)
    # Of each environment the newest alone: it has overwritten what those before were to bring back.
    ranked = finished.where(c.kind == "refresh", c.status == "done").subquery()
    return sa.select(ranked.c.id).where(ranked.c.place == 1)


def _steps(numbers: sa.SelectBase) -> sa.Select[Any]:
    return _parts(numbers, _STEP, "at", "status", "by", "remark")


def _put_together(with_parts: _WithParts, steps: _Parts, notes: _Parts) -> list[Request]:
    """What was read of requests and of their parts, as requests."""
    rows, features, days = with_parts
    return [
        Request(
            **facts,
            features=tuple(sorted(features.get(number, ()))),
            doubted=tuple(sorted(days.get(number, ()))),
            steps=tuple(Step(*values) for values in steps.get(number, ())),
            remarks=tuple(Remark(*values) for values in notes.get(number, ())),
        )
        for number, facts in rows.items()
    ]


def _parts(numbers: sa.SelectBase, part: sa.Table, *names: str) -> sa.Select[Any]:
    """What reads some columns of what belongs to each of these requests, in the order in which it came."""
    query = sa.select(part.c.request_id, *(part.c[name] for name in names))
    return query.where(part.c.request_id.in_(numbers)).order_by(part.c.id)


def _by_request(connection: sa.Connection, parts: sa.Select[Any], parameters: Mapping[str, object]) -> _Parts:
    return grouped((number, values) for number, *values in connection.execute(parts, parameters))


@functools.cache
def _with_parts() -> sa.Select[Any]:
    feature, day = optional(_FEATURE.c.feature, "part_feature"), optional(_DOUBT.c.day, "part_day")
    # Some requests come several times by this; each statement more would be one more way to a team's server.
    joined = _TABLE.outerjoin(_FEATURE, _FEATURE.c.request_id == _TABLE.c.id)
    joined = joined.outerjoin(_DOUBT, _DOUBT.c.request_id == _TABLE.c.id)
    return sa.select(*_COLUMNS, feature, day).select_from(joined).order_by(_TABLE.c.id)


def _read_with_parts(connection: sa.Connection, query: sa.Select[Any], parameters: Mapping[str, object]) -> _WithParts:
    """The requests' own columns, their features and their days in doubt, by number: one statement for all of it.

    Each row brings a request with one of its features and one of its days, so that both are sets.
    """
    rows: dict[int, dict[str, Any]] = {}
    features: dict[int, set[str]] = {}
    days: dict[int, set[date]] = {}
    for facts in as_dicts(connection.execute(query, parameters)):
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
    open_ones = sa.select(_TABLE.c.id).where(_TABLE.c.kind == "refresh", _TABLE.c.status.in_(sorted(OPEN)))
    return query.where(_TABLE.c.id.in_(sa.union(open_ones, sa.select(_DOUBT.c.request_id))))


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


def read_open_alike(
    connection: sa.Connection, kind: RequestKind, environment: str | None, title: str
) -> dict[int, datetime]:
    """The open requests of a kind about an environment with this title: when each was drafted, in UTC, by number."""
    query = sa.select(_TABLE.c.id, _TABLE.c.created_at).where(_TABLE.c.kind == kind, _TABLE.c.title == title)
    query = query.where(_TABLE.c.environment.is_not_distinct_from(environment), _TABLE.c.status.in_(sorted(OPEN)))
    return {row.id: row.created_at for row in connection.execute(query)}


def briefs_of(requests: Iterable[Request]) -> list[Brief]:
    """Requests that were read, in brief, each as often as `read_briefs` gives it."""
    return [_brief(request, doubted) for request in requests for doubted in request.doubted or (None,)]


def newest_number(connection: sa.Connection) -> int:
    """The number of the newest request; 0 when there is none."""
    return connection.execute(sa.select(_TABLE.c.id).order_by(_TABLE.c.id.desc()).limit(1)).scalar() or 0


def insert(connection: sa.Connection, created_at: datetime, columns: dict[str, Any], features: Sequence[str]) -> int:
    """Store a new draft; gives back its number. Its first step is `add_step`'s."""
    key = new_id(connection.execute(_INSERT, {"created_at": created_at, "version": 1, "status": "drafted", **columns}))
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
    connection.execute(_INSERT_STEP, {"request_id": key, "at": at, "status": status, "by": by, "remark": remark})


def add_remark(connection: sa.Connection, key: int, note: Remark) -> None:
    """Note something about a request."""
    connection.execute(sa.insert(_REMARK).values(request_id=key, at=note.at, by=note.by, text=note.text))


def add_doubt(connection: sa.Connection, key: int, day: date) -> None:
    """Keep a day on which a refresh was due, and of which nobody knows whether it was made then."""
    same = sa.select(_DOUBT.c.day).where(_DOUBT.c.request_id == key, _DOUBT.c.day == day)
    if connection.execute(same).first() is None:  # it may be named for the same day twice
        connection.execute(sa.insert(_DOUBT).values(request_id=key, day=day))


def settle_doubts(connection: sa.Connection, key: int) -> None:
    """Forget the days in doubt of a request."""
    connection.execute(sa.delete(_DOUBT).where(_DOUBT.c.request_id == key))
