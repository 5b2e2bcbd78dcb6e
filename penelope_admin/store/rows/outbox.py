"""The rows of the messages in the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from penelope_admin.domain.delivery import LONGEST_PAUSE, OPEN_STATES, Outgoing
from penelope_admin.store import schema

_TABLE = schema.outgoing_message
_WAITS = _TABLE.c.state == "waiting"
_UNCLAIMED = {"claimed_by": None, "claimed_until": None}


def read(
    connection: sa.Connection, *, key: int | None = None, request: int | None = None, window: str | None = None
) -> list[Outgoing]:
    """The messages of the outbox, oldest first, without what is in them."""
    conditions = ((_TABLE.c.id, key), (_TABLE.c.request_id, request), (_TABLE.c.window_key, window))
    return _read(connection, *(column == value for column, value in conditions if value is not None))


def read_open(connection: sa.Connection) -> list[Outgoing]:
    """The messages that wait or are being sent."""
    return _read(connection, _TABLE.c.state.in_(OPEN_STATES))


def read_of_unsent(connection: sa.Connection) -> list[Outgoing]:
    """The messages of drafts and of requests in the outbox, oldest first, and each window's newest to the staff."""
    unsent = sa.select(schema.request.c.id).where(schema.request.c.status.in_(("drafted", "queued")))
    to_staff = sa.select(sa.func.max(_TABLE.c.id)).where(_TABLE.c.window_key.is_not(None)).group_by(_TABLE.c.window_key)
    return _read(connection, _TABLE.c.request_id.in_(unsent) | _TABLE.c.id.in_(to_staff))


def _read(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Outgoing]:
    columns = [_TABLE.c[name] for name in Outgoing.__dataclass_fields__]
    rows = connection.execute(sa.select(*columns).where(*where).order_by(_TABLE.c.id))
    return [Outgoing(**row._mapping) for row in rows]


def read_content(connection: sa.Connection, key: int) -> bytes:
    """A whole message as it goes over the line."""
    content: str = connection.execute(sa.select(_TABLE.c.content).where(_TABLE.c.id == key)).scalar_one()
    return content.encode("ascii")


def insert(connection: sa.Connection, message: Outgoing, content: bytes, by: str) -> None:
    """Store a message that waits; its number is given by the database."""
    values = {name: getattr(message, name) for name in Outgoing.__dataclass_fields__ if name != "id"}
    connection.execute(sa.insert(_TABLE).values(content=content.decode("ascii"), by=by, **values))


def end(connection: sa.Connection, key: int, state: str, at: datetime, problem: str = "") -> None:
    """Take a message out of the outbox, whoever has claimed it."""
    values = {"state": state, "problem": problem, "ended_at": at, **_UNCLAIMED}
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == key).values(**values))


def forget_content(connection: sa.Connection, key: int) -> None:
    """Keep no text of a message that was never tried: what was typed may be corrected before it leaves."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == key, _TABLE.c.attempts == 0).values(content=""))


# --- a round of sending ---


def _due(now: datetime, at_once: bool) -> sa.ColumnElement[bool]:
    """The messages that are to be tried: all that wait, or those that wait no longer than their pause."""
    if at_once:
        return _WAITS
    # Further ahead than any pause: somebody's clock was wrong.
    late = _TABLE.c.next_attempt_at > now + LONGEST_PAUSE
    return _WAITS & ((_TABLE.c.next_attempt_at <= now) | late)


def has_work(connection: sa.Connection, now: datetime, at_once: bool) -> bool:
    """Whether a message is due, or a claim may have to be freed."""
    query = sa.select(_TABLE.c.id).where(_due(now, at_once) | (_TABLE.c.state == "sending"))
    return connection.execute(query.limit(1)).first() is not None


def read_stale(connection: sa.Connection, mine: str, now: datetime, longest: timedelta) -> list[Outgoing]:
    """The messages whose claim is to be freed: our own, of an earlier run, and those whose time is over.

    Args:
        longest: how long a claim lasts; one that lasts longer was made by a wrong clock.
    """
    over = (_TABLE.c.claimed_until < now) | (_TABLE.c.claimed_until > now + longest)
    return _read(connection, _TABLE.c.state == "sending", (_TABLE.c.claimed_by == mine) | over)


def free(connection: sa.Connection, message: Outgoing) -> None:
    """Let go of a claim."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == message.id).values(state="waiting", **_UNCLAIMED))


def next_due(connection: sa.Connection, after: int, now: datetime, at_once: bool) -> int | None:
    """The number of the first message that is due and came after another; None when there is none."""
    due = sa.select(_TABLE.c.id).where(_due(now, at_once), _TABLE.c.id > after).order_by(_TABLE.c.id)
    number: int | None = connection.execute(due.limit(1)).scalar()
    return number


def claim(connection: sa.Connection, key: int, mine: str, until: datetime) -> None:
    """Mark a message as being sent by us."""
    # Counted before the attempt, so that one in which the program is killed counts too.
    values = {"state": "sending", "claimed_by": mine, "claimed_until": until, "attempts": _TABLE.c.attempts + 1}
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == key).values(**values))


def note_problem(connection: sa.Connection, problem: str, now: datetime, at_once: bool) -> int:
    """Say of every message that is due why it waits; gives back of how many that was not said before."""
    where = (_due(now, at_once), _TABLE.c.problem != problem)
    return connection.execute(sa.update(_TABLE).where(*where).values(problem=problem)).rowcount


def count_waiting(connection: sa.Connection) -> int:
    """How many messages wait."""
    return connection.execute(sa.select(sa.func.count()).select_from(_TABLE).where(_WAITS)).scalar_one()


def _ours(mine: str, message: Outgoing) -> sa.ColumnElement[bool]:
    # After a long sleep of this computer another one may have taken the message over: then nothing is written here.
    return (_TABLE.c.id == message.id) & (_TABLE.c.state == "sending") & (_TABLE.c.claimed_by == mine)


def is_ours(connection: sa.Connection, mine: str, message: Outgoing) -> bool:
    """Whether a message is still claimed by us: a restore may have put another state there."""
    return connection.execute(sa.select(_TABLE.c.id).where(_ours(mine, message))).first() is not None


def settle(connection: sa.Connection, mine: str, message: Outgoing, **values: Any) -> bool:
    """Write how an attempt ended, if the message is still ours."""
    ended = connection.execute(sa.update(_TABLE).where(_ours(mine, message)).values(**_UNCLAIMED, **values))
    return ended.rowcount == 1
