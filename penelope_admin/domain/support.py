"""Is Support open, until when, and when does it open next.

Hours are facts.md section 4, kept in resources/policy.toml as wall-clock times of a team's zone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import wall
from penelope_admin.policy import WEEKDAYS, SupportTeam

_FARTHEST_DAY = 60


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a team is there. Instants in UTC; `closes_at` when open, `opens_at` when closed."""

    team: SupportTeam
    open: bool
    closes_at: datetime | None = None
    opens_at: datetime | None = None


def opening(team: SupportTeam, now: datetime, holidays: Collection[date] = ()) -> Opening:
    """Whether a team is open at an instant, and when that changes.

    Args:
        holidays: local days of the team on which it is closed, as the agency knows them.
    """
    for opens, closes in _spans(team, now, holidays):
        if opens <= now < closes:
            return Opening(team, True, closes_at=closes)
        if opens > now:
            return Opening(team, False, opens_at=opens)
    return Opening(team, False)


def _spans(team: SupportTeam, now: datetime, holidays: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """The team's opening hours from yesterday on, joined where they touch, by start, for two months."""
    spans = []
    for hours in team.hours:
        zone = find_zone(hours.zone)
        today = now.astimezone(zone).date()
        for ahead in range(-1, _FARTHEST_DAY):
            day = today + timedelta(days=ahead)
            if WEEKDAYS[day.weekday()] in team.days and day not in holidays:
                spans.append((wall(day, hours.opens, zone), wall(day, hours.closes, zone, latest=True)))
    pending: tuple[datetime, datetime] | None = None
    for opens, closes in sorted(spans):
        if pending and opens <= pending[1]:
            pending = (pending[0], max(pending[1], closes))
            continue
        if pending:
            yield pending
        pending = (opens, closes)
    if pending:
        yield pending
