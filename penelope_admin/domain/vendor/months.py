"""What the simulated vendor plans for a month: the notice, the upgrade of each database, and now and then trouble.

All of it follows from the seed and the month alone, so that neither the order nor the steps of time change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import day_in_words, duration_in_words, span_in_words, wall
from penelope_admin.domain.vendor.dice import between, pick, share
from penelope_admin.domain.vendor.hours import office_moment
from penelope_admin.domain.vendor.records import Due
from penelope_admin.domain.windows import Calendar
from penelope_admin.policy import Environment, Policy

NO_NOTICE, MOVED, EMERGENCY = 0.1, 0.08, 0.08
"""How often a month's notice never comes, a second notice moves its window, and emergency maintenance comes."""
A_DAY_LATE, DAYS_LATE = 0.25, 0.06
"""How often a copy that is upgraded "as required" is upgraded a day after production, and three days after."""
A_LINE_MISSED = 0.08
_FORGETTABLE = (3, 7, 12, 13, 14)
"""Lines of the check-list that an upgrade sometimes misses; never one about contact details, queues or features."""
_BEFORE = timedelta(days=11)
"""How long before production's window a version comes to the databases that are upgraded first."""


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another, in UTC."""

    starts_at: datetime
    ends_at: datetime

    def later(self, by: timedelta, zone: ZoneInfo) -> Span:
        """The same so much later on the clocks of a zone."""
        # On the wall's clock: a week later means the same hour, whether clocks changed in between or not.
        ends = (at.astimezone(zone).replace(tzinfo=None) + by for at in (self.starts_at, self.ends_at))
        return Span(*(at.replace(tzinfo=zone).astimezone(UTC) for at in ends))


def vendor_zone(policy: Policy) -> ZoneInfo:
    """The zone on whose clocks the vendor plans."""
    return find_zone(policy.schedule.source_zone)


def vendor_calendar(policy: Policy, region: str) -> Calendar:
    """The windows as the rule gives them, without what anybody recorded."""
    return Calendar(policy, region, vendor_zone(policy))


def version_of(day: date) -> str:
    """The version that the upgrade of a day's month brings."""
    return f"4.{day.year % 100:02}.{day.month}"


def month_of(day: date) -> str:
    """ "2026-12"."""
    return f"{day:%Y-%m}"


def first_of(month: str) -> date:
    """The first day of "2026-12"."""
    return date.fromisoformat(f"{month}-01")


def planned_at(month: str) -> datetime:
    """When the vendor plans a month: as the one before begins, in UTC."""
    return datetime.combine(first_of(month) - relativedelta(months=1), time(0), UTC)


def after(month: str) -> str:
    """The month after."""
    return month_of(first_of(month) + relativedelta(months=1))


def window_of(calendar: Calendar, month: str) -> Span:
    """A month's window by the rule."""
    first = first_of(month)
    last = first + relativedelta(months=1) - timedelta(days=1)
    window = calendar.between(planned_at(month), first, until=last)[0]
    return Span(window.starts_at, window.ends_at)


def real_window(seed: int, policy: Policy, calendar: Calendar, month: str) -> Span:
    """When a month's upgrade is truly made: mostly by the rule, sometimes a week later, which a notice says."""
    usual = window_of(calendar, month)
    return usual.later(timedelta(days=7), vendor_zone(policy)) if is_moved(seed, month) else usual


def is_moved(seed: int, month: str) -> bool:
    """Whether a second notice moves a month's window."""
    return share(seed, "moved", month) < MOVED


def plan(seed: int, policy: Policy, calendar: Calendar, environments: Iterable[str], month: str) -> list[Due]:
    """What is to come because of a month's upgrade. The notices' texts are written here too."""
    window = real_window(seed, policy, calendar, month)
    dues = [*_notices(seed, policy, calendar, month), *_emergency(seed, policy, month)]
    for key in environments:
        dues += upgrade_of(seed, policy.environment[key], window, month, policy)
    return dues


def upgrade_of(seed: int, environment: Environment, window: Span, month: str, policy: Policy) -> Iterator[Due]:
    """When a month's upgrade reaches a database: out of reach first, then upgraded."""
    key, version = environment.key, version_of(first_of(month))
    outage = timedelta(minutes=between(70, 60 * policy.schedule.outage_hours - 5, seed, "outage", month))
    begins = window.starts_at + timedelta(minutes=between(5, 40, seed, "begins", month))
    lines: tuple[int, ...] = ()
    if environment.asked_after_window and not environment.contact_details.is_always_de_identified:
        begins += timedelta(days=_days_late(seed, key, month))
        if share(seed, "line", key, month) < A_LINE_MISSED:
            lines = (pick(_FORGETTABLE, seed, "which-line", key, month),)
    # The help centre says of preview and training option A that they come before production (facts.md section 3).
    elif environment.refreshable and not environment.asked_after_window:
        begins -= _BEFORE
    ends = begins + outage
    yield Due(at=begins, kind="down", environment=key, month=month, ends_at=ends)
    yield Due(at=ends, kind="upgrade", environment=key, month=month, version=version, lines=lines)


def _days_late(seed: int, key: str, month: str) -> int:
    # One throw decides both, so that a copy is late by three days or by one and never by four.
    chance = share(seed, "late", key, month)
    if chance < DAYS_LATE:
        return 3
    return 1 if chance < DAYS_LATE + A_DAY_LATE else 0


def _notices(seed: int, policy: Policy, calendar: Calendar, month: str) -> Iterator[Due]:
    usual, zone, version = window_of(calendar, month), vendor_zone(policy), version_of(first_of(month))
    # A notice that moves a window needs one that it moves.
    if share(seed, "notice", month) >= NO_NOTICE or is_moved(seed, month):
        day = usual.starts_at.astimezone(zone).date() - timedelta(days=between(9, 17, seed, "notice-day", month))
        at = office_moment(day, between(0, 330, seed, "notice-time", month), zone)
        yield notice(policy, at, month, usual, version)
    if is_moved(seed, month):
        day = usual.starts_at.astimezone(zone).date() - timedelta(days=between(3, 6, seed, "moved-day", month))
        at = office_moment(day, between(0, 330, seed, "moved-time", month), zone)
        yield notice(policy, at, month, real_window(seed, policy, calendar, month), version, instead_of=usual)


def notice(
    policy: Policy, at: datetime, month: str, window: Span, version: str, *, instead_of: Span | None = None
) -> Due:
    """The notice of an upgrade, as the vendor writes it: in its own time.

    Args:
        instead_of: the window that an earlier notice named.
    """
    zone = vendor_zone(policy)
    moved = ""
    if instead_of is not None:
        moved = f" It replaces the window of {span_in_words(instead_of.starts_at, instead_of.ends_at, zone)}."
    day = day_in_words(window.starts_at, zone)
    return Due(
        at=at, kind="notice", month=month, version=version,
        starts_at=window.starts_at, ends_at=window.ends_at,
        text=f"{'Changed: ' if moved else ''}{policy.schedule.name}, {day}",
        body=(
            f"Hello,\n\nPenelope will be upgraded to version {version} in this window:\n\n"
            f"{span_in_words(window.starts_at, window.ends_at, zone)}, {policy.schedule.source_zone_label}.{moved}\n\n"
            f"Please plan for an outage of {duration_in_words(timedelta(hours=policy.schedule.outage_hours))} within "
            "it.\n\nPenelope Support\n"
        ),
    )  # fmt: skip


def _emergency(seed: int, policy: Policy, month: str) -> Iterator[Due]:
    if share(seed, "emergency", month) >= EMERGENCY:
        return
    zone = vendor_zone(policy)
    day = first_of(month) + timedelta(days=between(17, 25, seed, "emergency-day", month))
    starts = wall(day, time(2), zone)
    announced_at = office_moment(day - timedelta(days=1), between(0, 300, seed, "emergency-told", month), zone)
    yield from emergency(policy, announced_at, Span(starts, starts + timedelta(hours=2)))


def emergency(policy: Policy, announced_at: datetime, span: Span) -> Iterator[Due]:
    """Emergency maintenance of production: its announcement, and the outage in its first hour."""
    zone = vendor_zone(policy)
    day = day_in_words(span.starts_at, zone)
    yield Due(
        at=announced_at, kind="notice", starts_at=span.starts_at, ends_at=span.ends_at,
        text=f"Emergency maintenance, {day}",
        body=(
            "Hello,\n\nOur engineers have to do emergency maintenance on the servers of Penelope. It cannot wait for "
            f"the next upgrade.\n\n{span_in_words(span.starts_at, span.ends_at, zone)}, "
            f"{policy.schedule.source_zone_label}. Expected downtime: 1 hour.\n\nPenelope Support\n"
        ),
    )  # fmt: skip
    begins = span.starts_at + timedelta(minutes=10)
    yield Due(at=begins, kind="down", environment="production", ends_at=begins + timedelta(hours=1))
