"""The rows of notices, of Support's holidays, of notes about versions, and of what each person was reminded of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from penelope_admin.absent import mapped
from penelope_admin.domain.records import like
from penelope_admin.domain.support import Holiday
from penelope_admin.domain.windows import Notice
from penelope_admin.store import schema
from penelope_admin.store.engine import new_id
from penelope_admin.store.stored import check

_NOTICE, _HOLIDAY, _NOTE, _REMINDER = schema.notice, schema.holiday, schema.version_note, schema.reminder_told
_NOTICES = sa.select(_NOTICE).order_by(_NOTICE.c.starts_at)


def read_notices(connection: sa.Connection) -> list[Notice]:
    """Every notice, oldest first."""
    rows = connection.execute(_NOTICES)
    return [
        Notice(
            str(row.id), row.kind, row.starts_at, row.ends_at, row.version, row.origin, row.downtime,
            mapped(row.replaces, str), row.month, row.reason,
        )
        for row in (check(_NOTICE, row) for row in rows)
    ]  # fmt: skip


def insert_notice(connection: sa.Connection, facts: dict[str, object], recorded_at: datetime, by: str) -> str:
    """Store a notice; gives back its key."""
    inserted = connection.execute(sa.insert(_NOTICE).values(recorded_at=recorded_at, by=by, **facts))
    return str(new_id(inserted))


def delete_notice(connection: sa.Connection, key: str) -> None:
    """Take a notice away."""
    connection.execute(sa.delete(_NOTICE).where(_NOTICE.c.id == int(key)))


def read_holidays(connection: sa.Connection) -> list[Holiday]:
    """Every holiday, by day."""
    rows = connection.execute(sa.select(_HOLIDAY).order_by(_HOLIDAY.c.day, _HOLIDAY.c.team))
    return [like(Holiday, row) for row in rows]


def insert_holidays(connection: sa.Connection, added: Collection[Holiday]) -> None:
    """Store holidays; at least one."""
    connection.execute(sa.insert(_HOLIDAY), [asdict(item) for item in added])


def delete_holidays(connection: sa.Connection, gone: Collection[Holiday]) -> None:
    """Take holidays away."""
    for team in sorted({item.team for item in gone}):
        days = [item.day for item in gone if item.team == team]
        connection.execute(sa.delete(_HOLIDAY).where(_HOLIDAY.c.team == team, _HOLIDAY.c.day.in_(days)))


def read_notes(connection: sa.Connection) -> dict[str, str]:
    """Every note, by its version."""
    rows = connection.execute(sa.select(_NOTE).order_by(_NOTE.c.id))
    return {row.version: row.text for row in rows}


def write_note(connection: sa.Connection, version: str, text: str, at: datetime, by: str) -> None:
    """Keep a note in the place of the one before; an empty one takes it away."""
    number = connection.execute(sa.select(_NOTE.c.id).where(_NOTE.c.version == version)).scalar_one_or_none()
    if not text:
        connection.execute(sa.delete(_NOTE).where(_NOTE.c.id == number))
    elif number is None:
        connection.execute(sa.insert(_NOTE).values(version=version, text=text, at=at, by=by))
    else:
        connection.execute(sa.update(_NOTE).where(_NOTE.c.id == number).values(text=text, at=at, by=by))


def read_told(connection: sa.Connection, account: str) -> dict[str, datetime]:
    """The keys of what an account was reminded of, and when."""
    rows = connection.execute(sa.select(_REMINDER.c.key, _REMINDER.c.at).where(_REMINDER.c.by == account))
    return {row.key: row.at for row in rows}


def insert_told(connection: sa.Connection, keys: Collection[str], account: str, at: datetime) -> None:
    """Remember what an account is reminded of; at least one."""
    connection.execute(sa.insert(_REMINDER), [{"key": key, "by": account, "at": at} for key in keys])


def forget_told(connection: sa.Connection, before: datetime) -> None:
    """Drop what was told so long ago that it cannot be due any more."""
    connection.execute(sa.delete(_REMINDER).where(_REMINDER.c.at < before))
