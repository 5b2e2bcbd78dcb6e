"""An agency's sites: what the clock shows at each of them, and who works there through an upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import listed, offset, span_in_words

MOST_SITES = 100


class Site(Struct, frozen=True):
    """A place at which the agency works.

    Attributes:
        id: its row; 0 for one that is not kept yet.
        zone: IANA name.
        around_the_clock: whether people are at work there at night and on weekends, when Penelope is upgraded.
    """

    id: int
    name: str
    zone: str
    around_the_clock: bool = False

    def facts(self) -> dict[str, object]:
        """What is said of it, as its row and the activity log keep it."""
        return {"name": self.name, "zone": self.zone, "around_the_clock": self.around_the_clock}


class LocalTime(Struct, frozen=True):
    """A span, or a moment where both ends are one, on a clock that some sites share.

    Attributes:
        sites: their names.
        zone: that of the first of them; the others show the same then.
        starts_at, ends_at: in UTC.
    """

    sites: tuple[str, ...]
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime

    @property
    def who(self) -> str:
        """ "Harbour, Lakeside and Northgate"."""
        return listed(self.sites)

    @property
    def when(self) -> str:
        """ "Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)", or the moment."""
        return span_in_words(self.starts_at, self.ends_at, self.zone)

    @property
    def in_words(self) -> str:
        """ "Lakeside: Saturday 12 December 2026, 19:00 to 23:00 (Vancouver)"."""
        return f"{self.who}: {self.when}"


def local_times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, sites: Iterable[Site]) -> tuple[LocalTime, ...]:
    """What the clocks of the sites show, those that show the same together: the agency's own first, then west to east.

    Empty where all sites have the agency's time, for then there is nothing to add to it.

    Args:
        starts_at, ends_at: in UTC; the same instant for a moment.
        zone: the agency's.
    """
    groups: dict[tuple[timedelta, timedelta], list[Site]] = {}
    for site in sites:
        there = find_zone(site.zone)
        # Both ends count: clocks may change in the middle of a window, at one place and not at another.
        groups.setdefault((offset(there, starts_at), offset(there, ends_at)), []).append(site)
    here = offset(zone, starts_at), offset(zone, ends_at)
    if groups.keys() <= {here}:
        return ()
    return tuple(
        LocalTime(tuple(site.name for site in groups[clock]), find_zone(groups[clock][0].zone), starts_at, ends_at)
        for clock in sorted(groups, key=lambda clock: (clock != here, clock))
    )


def elsewhere(moment: datetime, zone: ZoneInfo, sites: Iterable[Site]) -> tuple[LocalTime, ...]:
    """What the clocks show of a moment (UTC) at the sites that have another time than the agency."""
    times = local_times(moment, moment, zone, sites)
    return tuple(there for there in times if offset(there.zone, moment) != offset(zone, moment))


class Shift(Struct, frozen=True):
    """Where people work through a window, and when that is on their clock, in words."""

    place: str
    when: str


def shifts(
    starts_at: datetime,
    ends_at: datetime,
    agency: tuple[str, ZoneInfo],
    sites: Sequence[Site],
    *,
    around_the_clock: bool,
) -> tuple[Shift, ...]:
    """Where people work through a window: the sites that do; all of them, or the agency, where the whole agency does.

    Args:
        starts_at, ends_at: of the window, in UTC.
        agency: its name and its zone, for one without sites.
        around_the_clock: whether the whole agency does.
    """
    # Without sites the agency itself is the place where people work.
    places = [(site.name, find_zone(site.zone)) for site in sites if around_the_clock or site.around_the_clock]
    if around_the_clock and not places:
        places = [agency]
    return tuple(Shift(name, span_in_words(starts_at, ends_at, zone)) for name, zone in places)


BEFORE_IT_STARTS = (
    "Before it starts, print or write down what you must know without Penelope.",
    "Take notes on paper, under our rules for client data.",
    "Enter them in Penelope afterwards. Tell the next shift what is still to be entered.",
)
"""How a shift gets through a window; our advice, not the vendor's."""
