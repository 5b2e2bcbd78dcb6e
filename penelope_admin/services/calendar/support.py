"""When Support is there: the hours of its teams, and the holidays the agency recorded for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from penelope_admin.clock import find_zone
from penelope_admin.domain.sites import Site
from penelope_admin.domain.support import MAX_NAME, Holiday, Holidays, LocalDay, Opening, opening, week
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import EARLIEST, LATEST, in_words, plural
from penelope_admin.errors import BadInputError, needed
from penelope_admin.files import storable
from penelope_admin.gateways import zones
from penelope_admin.grouping import grouped
from penelope_admin.policy import Policy, SupportPackage, SupportTeam
from penelope_admin.services.work import Context, Done, Work
from penelope_admin.store.rows import calendar as calendar_rows

if TYPE_CHECKING:
    from penelope_admin.gateways import calendars

IMPORTED_BACK, IMPORTED_AHEAD = timedelta(days=365), timedelta(days=5 * 365)
"""How far a calendar file is read, from today."""


@dataclass(frozen=True, slots=True)
class SupportView:
    """Whether each team is there at an instant (UTC), the week that begins then, and every holiday, by day.

    Attributes:
        sites: the agency's, whose local times stand beside the zone's.
    """

    at: datetime
    zone: ZoneInfo
    openings: tuple[Opening, ...]
    week: tuple[LocalDay, ...]
    holidays: tuple[Holiday, ...]
    package: SupportPackage = "unknown"
    sites: tuple[Site, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a calendar file: days that are new, days that were known, and events that are no closed days."""

    team: SupportTeam
    added: tuple[date, ...]
    doubles: int
    left_out: int

    @property
    def sentence(self) -> str:
        """What came of it, in words."""
        says = f"{plural(len(self.added), 'holiday')} of {self.team.name} added."
        if self.doubles:
            says += f" {plural(self.doubles, 'day of the file was', 'days of the file were')} known already."
        if self.left_out:
            says += (
                f" {plural(self.left_out, 'event')} left out: cancelled, no whole day, repeated in another way than "
                "yearly, or outside the time from a year ago to five years ahead."
            )
        return says


def load(work: Work, at: datetime | None = None, zone: ZoneInfo | None = None) -> SupportView:
    """When Support is there.

    Args:
        at: as if it were this instant; by default now.
        zone: whose days make the week; by default the agency's, and before there is an agency this computer's.
    """
    profile = work.find_agency()
    if zone is None and profile is not None:
        zone = work.zone
    support = view(work.policy, at or work.now, zone, holidays(work))
    if profile is None:
        return support
    return replace(support, package=profile.support_package, sites=work.sites)


def view(policy: Policy, at: datetime, zone: ZoneInfo | None, recorded: Collection[Holiday] = ()) -> SupportView:
    """As `load`, with what is known of holidays; needs no database."""
    here = zone or find_zone(zones.system_zone() or "UTC")
    off = closed_days(recorded)
    return SupportView(
        at,
        here,
        tuple(opening(team, at, off) for team in policy.support_teams),
        week(policy.support_teams, at.astimezone(here).date(), here, off),
        tuple(recorded),
    )


def closed_days(recorded: Collection[Holiday]) -> Holidays:
    """Holidays as the hours need them."""
    by_team = grouped((holiday.team, holiday.day) for holiday in recorded)
    return {team: set(days) for team, days in by_team.items()}


def holidays(work: Work) -> list[Holiday]:
    """Every holiday, by day."""
    return calendar_rows.read_holidays(work.connection)


def add_holiday(work: Work, team: str, day: date, name: str = "", origin: str = "") -> Holiday:
    """Record a day on which a team is closed, on its own calendar.

    Args:
        origin: the file it came from, where it is put back.

    Raises:
        BadInputError: no team has such holidays, the day is known already, or a field cannot be used.
    """
    owner = _team_with_holidays(work.policy, team)
    if not EARLIEST.date() <= day < LATEST.date():
        raise BadInputError(f"{day.isoformat()} is outside the years 1970 to 2100. Nothing was saved.")
    added = Holiday(owner.key, day, clean_line(name, "The name", required=False, limit=MAX_NAME), origin)
    if any(holiday.team == owner.key and holiday.day == day for holiday in holidays(work)):
        raise BadInputError(f"{in_words(day)} is a holiday of {owner.name} already. Nothing was saved.")
    calendar_rows.insert_holidays(work.connection, [added])
    work.changed("support")
    work.record("holiday.recorded", _subject(added), after={"name": added.name})
    return added


def remove_holiday(work: Work, team: str, day: date) -> None:
    """Take back a holiday that is none; the activity log keeps what it said.

    Raises:
        BadInputError: it is not recorded.
    """
    holiday = next((item for item in holidays(work) if (item.team, item.day) == (team, day)), None)
    holiday = needed(holiday, f"{in_words(day)} is not a holiday of {team}. Nothing was changed.")
    calendar_rows.delete_holidays(work.connection, [holiday])
    work.changed("support")
    work.record("holiday.removed", _subject(holiday), before={"name": holiday.name, "origin": holiday.origin})


def import_holidays(context: Context, team: str, file: Path) -> Done[Imported]:
    """Record the closed days of a calendar file, from a year back to five years ahead. Known days stay as they are.

    Raises:
        BadInputError: no team has such holidays, or the file is no calendar; nothing was changed.
    """
    owner = _team_with_holidays(context.policy, team)
    zone = find_zone(owner.zone)
    today = context.now().astimezone(zone).date()
    from penelope_admin.gateways import calendars  # the words of notices come along, which few need

    read = calendars.read_closed_days(file, zone, today - IMPORTED_BACK, today + IMPORTED_AHEAD)
    return context.write(_add_closed_days, owner, read, storable(file.name)[:300])


def _add_closed_days(work: Work, owner: SupportTeam, read: calendars.ClosedDays, origin: str) -> Imported:
    before = {item.day for item in holidays(work) if item.team == owner.key}
    added = [Holiday(owner.key, day, name, origin) for day, name in read.days.items() if day not in before]
    if added:
        calendar_rows.insert_holidays(work.connection, added)
        work.changed("support")
        work.record("holidays.imported", f"{owner.key}: {origin}", after={"days": _named(added)})
    return Imported(owner, tuple(item.day for item in added), len(read.days) - len(added), read.left_out)


def take_back_import(work: Work, team: str, days: Collection[date]) -> None:
    """Remove the days an import added, in one step. Days that are gone already are passed over.

    Raises:
        BadInputError: none of them is there.
    """
    gone = [item for item in holidays(work) if item.team == team and item.day in set(days)]
    if not gone:
        raise BadInputError("These holidays are removed already. Nothing was changed.")
    calendar_rows.delete_holidays(work.connection, gone)
    work.changed("support")
    work.record("holidays.removed", f"{team}: {gone[0].origin}", before={"days": _named(gone)})


def _team_with_holidays(policy: Policy, key: str) -> SupportTeam:
    """The team whose holidays close something."""
    names = " or ".join(item.key for item in policy.holiday_teams)
    nobody = f'"{key}" is not a support team with holidays; there is {names}. Nothing was changed.'
    team = needed(policy.support_team.get(key), nobody)
    if team not in policy.holiday_teams:
        raise BadInputError(
            f"{team.name} follows the holidays of other teams: record them for {names}. Nothing was changed."
        )
    return team


def _named(days: list[Holiday]) -> list[str]:
    return [f"{item.day.isoformat()} {item.name}".strip() for item in days]


def _subject(holiday: Holiday) -> str:
    return f"{holiday.team} {holiday.day.isoformat()}"
