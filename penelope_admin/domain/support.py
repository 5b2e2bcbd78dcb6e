"""Is Support open, until when, when does it open next, and what does a week look like.

Hours are facts.md section 4, kept in resources/policy.toml as wall-clock times of a team's zone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import pairwise, takewhile
from operator import attrgetter
from types import MappingProxyType
from zoneinfo import ZoneInfo

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import clock_in_words, wall
from penelope_admin.policy import WEEKDAYS, OpenHours, SupportTeam

_FARTHEST_DAY = 60
DAYS = 7
MAX_NAME = 120
"""Letters of a holiday's name."""

Holidays = Mapping[str, Collection[date]]
"""The days on which hours fall out, as the agency knows them: by the team whose holidays they are."""

NO_HOLIDAYS: Holidays = MappingProxyType({})
Span = tuple[datetime, datetime]
"""From an instant to another, in UTC; the second does not belong to it."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which a team is closed: whose, its name, and the file it came from; both may be empty."""

    team: str
    day: date
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a team is there. Instants in UTC; `closes_at` when open, `opens_at` when closed."""

    team: SupportTeam
    open: bool
    closes_at: datetime | None = None
    opens_at: datetime | None = None

    @property
    def turns_at(self) -> datetime | None:
        """When that changes; None when it does not within two months."""
        return self.closes_at or self.opens_at

    @property
    def their_zone(self) -> ZoneInfo:
        """The zone on whose clock the team opens or closes then."""
        for hours in self.team.hours:
            zone = find_zone(hours.zone)
            edge = hours.closes if self.open else hours.opens
            if self.turns_at is not None and self.turns_at.astimezone(zone).time() == edge:
                return zone
        return find_zone(self.team.zone)


@dataclass(frozen=True, slots=True)
class Closure:
    """Hours that fall out, in UTC, and the holiday that is the reason: whose, and which day."""

    span: Span
    holidays_of: str
    day: date


@dataclass(frozen=True, slots=True)
class TeamHours:
    """When a team is there within a local day, and when it would be if there were no holiday."""

    team: SupportTeam
    open: tuple[Span, ...]
    closed: tuple[Closure, ...]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day of a zone, from local midnight to the next (UTC), with the hours of each team that fall into it."""

    day: date
    starts: datetime
    ends: datetime
    teams: tuple[TeamHours, ...]

    @property
    def clocks_change(self) -> bool:
        """Whether the day is shorter or longer than others."""
        return self.ends - self.starts != timedelta(days=1)


def opening(team: SupportTeam, now: datetime, holidays: Holidays = NO_HOLIDAYS) -> Opening:
    """Whether a team is open at an instant, and when that changes."""
    # The first span that has not ended decides: it is going on, or it is the next one.
    for opens, closes in _spans(team, now, holidays):
        if opens <= now < closes:
            return Opening(team, True, closes_at=closes)
        if opens > now:
            return Opening(team, False, opens_at=opens)
    return Opening(team, False)


def first_to_open(openings: Collection[Opening]) -> Opening | None:
    """The team that is there next, while none is; None while one is there, or when none will be within two months."""
    if any(item.open for item in openings):
        return None
    # Of two that open at once the first one, in the order of the policy.
    coming = (item for item in openings if item.opens_at is not None)
    return min(coming, key=attrgetter("opens_at"), default=None)


def hours_in_words(team: SupportTeam) -> str:
    """A team's hours with the source's own words for the clocks: "Monday to Friday, 08:00 to 20:00 EST"."""
    days = [WEEKDAYS.index(day) for day in team.days]
    names = [day.capitalize() for day in team.days]
    follow = days == list(range(days[0], days[0] + len(days)))
    said = f"{names[0]} to {names[-1]}" if follow and len(days) > 1 else ", ".join(names)
    spans = (
        f"{clock_in_words(hours.opens)} to {clock_in_words(hours.closes)} {hours.zone_label}".strip()
        for hours in team.hours
    )
    return f"{said}, {' and '.join(spans)}"


def week(
    teams: Iterable[SupportTeam], first_day: date, zone: ZoneInfo, holidays: Holidays = NO_HOLIDAYS
) -> tuple[LocalDay, ...]:
    """Seven local days of a zone with the hours of each team, cut at local midnight."""
    days = [first_day + timedelta(days=ahead) for ahead in range(DAYS + 1)]
    # Not 24 hours apart where clocks change.
    midnights = [wall(day, time(0), zone) for day in days]
    whole = midnights[0], midnights[-1]
    hours_of_teams = [
        TeamHours(
            team,
            tuple(takewhile(lambda span: span[0] < whole[1], _spans(team, whole[0], holidays))),
            _closures(team, whole, holidays),
        )
        for team in teams
    ]
    return tuple(
        LocalDay(day, starts, ends, tuple(_within(hours, (starts, ends)) for hours in hours_of_teams))
        for day, (starts, ends) in zip(days, pairwise(midnights), strict=False)
    )


def _within(hours: TeamHours, day: Span) -> TeamHours:
    """The part of a team's hours that falls into a day."""
    return TeamHours(
        hours.team,
        tuple(_cut(span, day) for span in hours.open if _meet(span, day)),
        tuple(
            Closure(_cut(closure.span, day), closure.holidays_of, closure.day)
            for closure in hours.closed
            if _meet(closure.span, day)
        ),
    )


def _meet(span: Span, other: Span) -> bool:
    return span[0] < other[1] and other[0] < span[1]


def _cut(span: Span, limits: Span) -> Span:
    return max(span[0], limits[0]), min(span[1], limits[1])


def _spans(team: SupportTeam, now: datetime, holidays: Holidays) -> Iterator[Span]:
    """The team's opening hours from yesterday on, joined where they touch, by start, for two months."""
    pending: Span | None = None
    for opens, closes in merge(*(_at_work(team, hours, now, holidays) for hours in team.hours)):
        # Teams have hours in more than one zone, which overlap or meet: nobody closes where they go on.
        if pending and opens <= pending[1]:
            pending = (pending[0], max(pending[1], closes))
            continue
        if pending:
            yield pending
        pending = (opens, closes)
    if pending:
        yield pending


def _at_work(team: SupportTeam, hours: OpenHours, now: datetime, holidays: Holidays) -> Iterator[Span]:
    """Some hours of the team without its holidays, by start."""
    off = holidays.get(hours.holidays_of or team.key, ())
    return (span for day, span in _working_days(team, hours, now) if day not in off)


def _closures(team: SupportTeam, whole: Span, holidays: Holidays) -> tuple[Closure, ...]:
    """The hours of the team that fall out within a time of two months at most."""
    return tuple(
        Closure(span, whose, day)
        for hours in team.hours
        for whose in [hours.holidays_of or team.key]
        for day, span in _working_days(team, hours, whole[0])
        if day in holidays.get(whose, ()) and _meet(span, whole)
    )


def _working_days(team: SupportTeam, hours: OpenHours, now: datetime) -> Iterator[tuple[date, Span]]:
    """The team's days and some hours of each, holidays or not, from yesterday on for two months."""
    zone = find_zone(hours.zone)
    today = now.astimezone(zone).date()
    for ahead in range(-1, _FARTHEST_DAY):
        day = today + timedelta(days=ahead)
        if WEEKDAYS[day.weekday()] not in team.days:
            continue
        opens, closes = wall(day, hours.opens, zone), wall(day, hours.closes, zone, latest=True)
        if opens < closes:  # not so when both lie in the hour that clocks skip
            yield day, (opens, closes)
