"""The agency's upgrade windows, with the notices it recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from penelope_admin.domain.times import LATEST
from penelope_admin.domain.training import WORD
from penelope_admin.domain.windows import Calendar, Window
from penelope_admin.files import write_private
from penelope_admin.gateways import exports
from penelope_admin.services.work import Context, Work


def upcoming(work: Work, count: int = 12) -> list[Window]:
    """The agency's next windows, the one in progress first.

    Raises:
        BadInputError: no agency is set up, or the count is out of bounds.
    """
    return work.calendar.upcoming(work.now, count)


def agency_calendar(work: Work) -> Calendar:
    """The agency's calendar, for ranges.

    Raises:
        BadInputError: no agency is set up.
    """
    return work.calendar


def save(context: Context, windows: Sequence[Window], form: Literal["ics", "csv"], target: Path) -> Path:
    """Write windows as a calendar or a table, private to this user.

    Raises:
        BadInputError: the file cannot be written; what was there before is unchanged.
    """
    if form == "ics":
        text = exports.windows_ics(
            windows, context.policy.schedule.name, context.now(), WORD if context.store.for_training else ""
        )
    else:
        text = exports.windows_csv(windows)
    write_private(target, text.encode("utf-8"))
    return target


def last_known(day: date, later: timedelta = timedelta(0)) -> date:
    """A day and so much later, or the last day of the calendar if that is earlier."""
    end = LATEST.date() - timedelta(days=1)
    return day + later if day < end - later else end
