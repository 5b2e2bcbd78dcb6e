"""The agency's upgrade windows, with the notices it recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from penelope_admin.clock import find_zone
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.times import LATEST
from penelope_admin.domain.windows import Calendar, Notice, Window
from penelope_admin.files import write_private
from penelope_admin.gateways import exports
from penelope_admin.services import agency as agencies
from penelope_admin.services.work import Context
from penelope_admin.store import schema
from penelope_admin.store.rows import check


def calendar(context: Context, connection: sa.Connection, profile: Profile) -> Calendar:
    """The agency's calendar, in the caller's transaction."""
    return Calendar(context.policy, profile.region, find_zone(profile.zone), read_notices(connection))


def read_notices(connection: sa.Connection) -> list[Notice]:
    """Every notice, oldest first."""
    rows = connection.execute(sa.select(schema.notice).order_by(schema.notice.c.starts_at))
    return [
        Notice(
            str(row.id), row.kind, row.starts_at, row.ends_at, row.version, row.origin, row.downtime,
            str(row.replaces) if row.replaces is not None else None,
        )
        for row in (check(schema.notice, row) for row in rows)
    ]  # fmt: skip


def upcoming(context: Context, count: int = 12) -> list[Window]:
    """The agency's next windows, the one in progress first.

    Raises:
        BadInputError: no agency is set up, or the count is out of bounds.
    """
    with context.store.reading() as connection:
        profile = agencies.need(context.policy, connection)
        return calendar(context, connection, profile).upcoming(context.now(), count)


def agency_calendar(context: Context) -> Calendar:
    """The agency's calendar, for ranges.

    Raises:
        BadInputError: no agency is set up.
    """
    with context.store.reading() as connection:
        return calendar(context, connection, agencies.need(context.policy, connection))


def save(context: Context, windows: Sequence[Window], form: Literal["ics", "csv"], target: Path) -> Path:
    """Write windows as a calendar or a table, private to this user.

    Raises:
        BadInputError: the file cannot be written; what was there before is unchanged.
    """
    if form == "ics":
        text = exports.windows_ics(windows, context.policy.schedule.name, context.now())
    else:
        text = exports.windows_csv(windows)
    write_private(target, text.encode("utf-8"))
    return target


def last_known(day: date, later: timedelta = timedelta(0)) -> date:
    """A day and so much later, or the last day of the calendar if that is earlier."""
    end = LATEST.date() - timedelta(days=1)
    return day + later if day < end - later else end


def created_at(connection: sa.Connection) -> datetime:
    """When the agency was set up, UTC."""
    found: datetime = connection.execute(sa.select(schema.agency.c.created_at)).scalar_one()
    return found
