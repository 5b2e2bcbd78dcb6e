"""Notices the vendor sent: windows that outrank the computed ones, and emergencies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import EARLIEST, LATEST, check_instant
from penelope_admin.domain.windows import LONGEST_WINDOW, Calendar, Notice, NoticeKind
from penelope_admin.errors import BadInputError, ConflictError, needed
from penelope_admin.invocation import way
from penelope_admin.services.work import Work
from penelope_admin.store.rows import calendar as calendar_rows

LONGEST_MOVE = timedelta(days=42)
"""How far from the window it moves a regular notice may lie; another upgrade is nearer than that."""


def find_all(work: Work) -> list[Notice]:
    """Every notice, oldest first."""
    return calendar_rows.read_notices(work.connection)


def add(
    work: Work,
    kind: NoticeKind,
    starts_at: datetime,
    ends_at: datetime,
    version: str | None = None,
    origin: str = "",
    downtime: int | None = None,
    replaces: str | None = None,
    month: date | None = None,
    reason: str = "",
) -> Notice:
    """Record a notice. It replaces the earlier notice of its window, which stays on record: a regular one that of the
    nearest upgrade, an emergency's that of one with the same start.

    Args:
        starts_at: an aware instant, as `ends_at`.
        version: the version it announces, where it says so.
        origin: where it came from: an email's subject, "inside Penelope".
        downtime: the outage it names, in minutes.
        replaces: the id of the notice whose window it moves, where that is not the nearest one.
        month: a day of the month whose upgrade it moves, where that is not the nearest and has no notice yet.
        reason: why emergency maintenance is made, where the notice says so.

    Raises:
        BadInputError: it ends before it starts, lasts more than three days, its downtime does
            not fit in, or it cannot replace that notice or move that upgrade.
    """
    fields = checked(kind, starts_at, ends_at, version, origin, downtime, reason)
    start, end = fields["starts_at"], fields["ends_at"]
    if kind != "emergency" and fields["reason"]:
        raise BadInputError("Only emergency maintenance has a reason. Nothing was saved.")
    notices = {notice.id: notice for notice in find_all(work)}
    same = known_as(work.calendar, kind, start, end)
    if same is not None and not says_more(same, fields):
        raise BadInputError("This notice is recorded already. Nothing was saved.")
    fields |= left_open(same, fields)
    replaces = replaces or replaced_unnamed(work.calendar, same, kind, start, month)
    moved = _moved(work.calendar, notices, kind, start, replaces, month)
    fields["replaces"] = moved and int(moved.id)
    fields["month"] = month and month.replace(day=1)
    key = calendar_rows.insert_notice(work.connection, fields, work.now, work.actor)
    work.changed("notices")
    work.record("notice.recorded", f"notice {key}", after=fields)
    return next(notice for notice in find_all(work) if notice.id == key)


def cancel(work: Work, month: date, origin: str = "") -> Notice:
    """Record that the vendor makes no upgrade in a month: neither the computed window nor an announced one counts.

    Args:
        month: a day of the month.
        origin: where that is known from.

    Raises:
        BadInputError: that is recorded already.
    """
    if not EARLIEST.date() <= month < LATEST.date():
        raise BadInputError("The month must lie within the years 1970 to 2100. Nothing was saved.")
    usual, _ = work.calendar.upgrade_of(month)
    return add(work, "cancelled", usual.starts_at, usual.ends_at, origin=origin, month=month)


def checked(
    kind: NoticeKind,
    starts_at: datetime,
    ends_at: datetime,
    version: str | None,
    origin: str,
    downtime: int | None,
    reason: str,
) -> dict[str, Any]:
    """What a notice says, as its row has it, with its times in UTC.

    Raises:
        BadInputError: as for `add`, of the notice alone.
    """
    start, end = check_instant(starts_at), check_instant(ends_at)
    if not start < end <= start + LONGEST_WINDOW:
        raise BadInputError("A window ends after it starts, and within three days. Nothing was saved.")
    if downtime is not None and not 0 < downtime <= (end - start) / timedelta(minutes=1):
        raise BadInputError("The expected downtime is at least a minute and fits into the window. Nothing was saved.")
    return {
        "kind": kind,
        "starts_at": start,
        "ends_at": end,
        "version": clean_line(version or "", "The version", required=False, limit=60) or None,
        "origin": clean_line(origin, "The origin", required=False),
        "downtime": downtime,
        "reason": clean_line(reason, "The reason", required=False),
    }


def replaced_unnamed(
    calendar: Calendar, same: Notice | None, kind: NoticeKind, starts_at: datetime, month: date | None
) -> str | None:
    """The notice that another one replaces without naming it: of just its window, or an emergency's of the same start.

    One that names a month replaces what counts for that.
    """
    earlier = same or (calendar.emergency_at(starts_at) if kind == "emergency" else None)
    return earlier.id if earlier is not None and month is None else None


def known_as(calendar: Calendar, kind: NoticeKind, starts_at: datetime, ends_at: datetime) -> Notice | None:
    """The notice that counts and says just this; None while there is none."""
    said = (kind, starts_at, ends_at)
    return next((item for item in calendar.in_force if (item.kind, item.starts_at, item.ends_at) == said), None)


SAID_OF_WINDOW = ("version", "downtime", "reason")
"""What a notice may say of a window besides its times."""


def says_more(earlier: Notice, fields: Mapping[str, Any]) -> bool:
    """Whether a notice of a window that is known says something about it that the known one does not."""
    return any(fields[name] and fields[name] != getattr(earlier, name) for name in SAID_OF_WINDOW)


def left_open(earlier: Notice | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice says of a window besides its times; what it leaves open as the earlier one of that window says."""
    return {name: fields[name] or getattr(earlier, name, fields[name]) for name in SAID_OF_WINDOW}


def _moved(
    months: Calendar,
    notices: dict[str, Notice],
    kind: NoticeKind,
    start: datetime,
    replaces: str | None,
    month: date | None,
) -> Notice | None:
    """The notice that a new one takes the place of; None when it is the first of its window."""
    if month is not None:
        if kind == "emergency" or replaces is not None:
            raise BadInputError("Only a regular upgrade has a month, and no other notice beside it. Nothing was saved.")
        usual, counting = months.upgrade_of(month)
        if abs(start - usual.starts_at) > LONGEST_MOVE:
            raise BadInputError(
                f"That month's upgrade lies more than {LONGEST_MOVE.days} days from this window. Nothing was saved."
            )
        return counting
    if replaces is None:
        return months.notice_near(start) if kind != "emergency" else None
    where = way("notices list", "Upgrade windows")
    earlier = needed(notices.get(replaces), f"There is no notice {replaces}. Nothing was saved. See: {where}")
    if earlier.is_emergency != (kind == "emergency"):
        raise BadInputError(f"Notice {replaces} is of the other kind. Nothing was saved.")
    if (newer := months.replaced_by(earlier)) is not None:
        raise BadInputError(f"Notice {replaces} is replaced by notice {newer.id}. Nothing was saved. Name that one.")
    if abs(start - earlier.starts_at) > LONGEST_MOVE:
        raise BadInputError(
            f"Notice {replaces} lies more than {LONGEST_MOVE.days} days from this window. Nothing was saved."
        )
    return earlier


def remove(work: Work, key: str) -> None:
    """Take back a notice that was recorded by mistake; the activity log keeps what it said.

    A notice that it replaced counts again.

    Raises:
        ConflictError: a newer notice replaces it, and hangs on it.
    """
    notices = find_all(work)
    notice = next((notice for notice in notices if notice.id == key), None)
    notice = needed(notice, f"There is no notice {key}. Nothing was changed.")
    if (newer := next((notice for notice in notices if notice.replaces == key), None)) is not None:
        raise ConflictError(
            f"Notice {key} does not count any more: notice {newer.id} replaces it. Nothing was changed. "
            f"To let notice {key} count again, remove notice {newer.id}."
        )
    calendar_rows.delete_notice(work.connection, key)
    work.changed("notices")
    before = {"kind": notice.kind, "starts_at": notice.starts_at, "ends_at": notice.ends_at, "version": notice.version}
    work.record("notice.removed", f"notice {key}", before=before)
