"""When the simulated vendor works: moments within Support's opening hours, and office hours of notices."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from penelope_admin.clock import find_zone
from penelope_admin.domain.support import Holidays, opening
from penelope_admin.domain.times import wall
from penelope_admin.policy import WEEKDAYS, Policy, SupportTeam


def team_of(policy: Policy, region: str) -> SupportTeam:
    """The team that answers an agency's cases: Australian ones have their own, all others have the first."""
    key = "support-au" if region == "AU" else "support"
    return policy.support_team.get(key, policy.support_teams[0])


def after_open_hours(team: SupportTeam, start: datetime, work: timedelta, holidays: Holidays) -> datetime:
    """When so much of the team's opening hours has passed since an instant (UTC)."""
    # From opening to opening: what is left of the work when the team closes goes on when it opens again.
    moment, left = start, work
    while True:
        now = opening(team, moment, holidays)
        if now.closes_at is not None:
            if moment + left < now.closes_at:
                return moment + left
            left -= now.closes_at - moment
            moment = now.closes_at
        elif now.opens_at is not None:
            moment = now.opens_at
        else:
            return moment + left  # closed for two months: nobody would wait for that


def working_day(team: SupportTeam, first: date, ahead: int, holidays: Holidays) -> date:
    """The working day of the team that is so many working days after a day; 0 is the day itself or the next one."""
    off = holidays.get(team.holidays_of or team.key, ())
    day, left = first, ahead
    # More than a year of days: with holidays on all of them, the search ends all the same.
    for _ in range(400):
        if WEEKDAYS[day.weekday()] in team.days and day not in off:
            if left == 0:
                break
            left -= 1
        day += timedelta(days=1)
    return day


def local_day(team: SupportTeam, at: datetime) -> date:
    """The team's own day at an instant."""
    return at.astimezone(find_zone(team.zone)).date()


def at_work(team: SupportTeam, day: date, minutes: int) -> datetime:
    """So many minutes after the team opens on a day, in UTC."""
    return wall(day, team.opens, find_zone(team.zone)) + timedelta(minutes=minutes)


def office_moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes after 10:00 on a day of the vendor's zone; on a weekend, on the Friday before. In UTC."""
    day -= timedelta(days=max(0, day.weekday() - WEEKDAYS.index("friday")))
    return wall(day, time(10), zone) + timedelta(minutes=minutes)
