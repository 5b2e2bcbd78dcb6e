"""When the next upgrade is, and what is uncertain about it.

The rule (facts.md sections 1 and 5, kept in resources/policy.toml): a region's window lies in the
weekend of the month's second Saturday, in the vendor's wall-clock time. Months in which another
reading gives another date are flagged. A notice the agency received outranks the computed date, and the newest
notice of a window outranks the earlier ones. Emergency maintenance is no upgrade: it stands beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from heapq import merge
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Literal, cast
from zoneinfo import ZoneInfo

from msgspec import Struct

from penelope_admin.absent import mapped, present
from penelope_admin.clock import ZoneData, find_zone, older_readings
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import (
    EARLIEST,
    LATEST,
    changes,
    clock_in_words,
    duration_in_words,
    in_words,
    month_in_words,
    offset,
    place,
    span_in_words,
    wall,
)
from penelope_admin.errors import BadInputError, needed
from penelope_admin.policy import WEEKDAYS, Policy, Region

if TYPE_CHECKING:
    from penelope_admin.domain.sites import LocalTime, Site

WindowKind = Literal["mass-upgrade", "announced", "emergency"]
WindowNotice = Literal["announced", "emergency"]
"""The kinds of notice that tell of a window."""
NoticeKind = Literal["announced", "emergency", "cancelled"]
# Two centuries of months: more than there are between 1970 and 2100.
MAX_WINDOWS = 2400
LONGEST_WINDOW = timedelta(days=3)
# A gap to the vendor's time is the usual one if at least this many of the thirteen windows around have it.
_USUAL_GAP_WINDOWS = 3
_LOOK_BACK = timedelta(days=400)
ANOTHER_DATE = timedelta(days=7)
"""Where another reading of the vendor's rule gives another date, that one is a week away (facts.md section 5)."""

CONFIRM = "Confirm the date."
THIS_COMPUTER = "The rules for"
"""What notes begin with that are about the time zone data of this computer, and of no use on others."""


class Notice(Struct, frozen=True):
    """A window the vendor announced, or that it makes no upgrade in a month; instants in UTC.

    Attributes:
        kind: of a month without an upgrade `cancelled`; its span is the computed window that there is not.
        origin: where it came from, as somebody wrote it; may be empty.
        downtime: the outage it names, in minutes; None when it names none.
        replaces: the id of the earlier notice whose window it moves.
        month: the first day of the month whose upgrade it moves, where somebody said so; of the others, the nearest.
        reason: why emergency maintenance is made, as the vendor says; may be empty.
    """

    id: str
    kind: NoticeKind
    starts_at: datetime
    ends_at: datetime
    version: str | None = None
    origin: str = ""
    downtime: int | None = None
    replaces: str | None = None
    month: date | None = None
    reason: str = ""

    @property
    def is_emergency(self) -> bool:
        """Whether it tells of emergency maintenance, which stands beside the upgrades of the months."""
        return self.kind == "emergency"

    @property
    def age(self) -> tuple[int, datetime, datetime]:
        """Sorts notices as they were recorded, the newest last."""
        return int(self.id) if self.id.isdecimal() else 0, self.starts_at, self.ends_at


class Month(Struct, frozen=True):
    """The computed window of a month; instants in UTC."""

    first: date
    starts_at: datetime
    ends_at: datetime
    kind: WindowKind = "mass-upgrade"


class Window(Struct, frozen=True, dict=True):
    """One upgrade window. Instants are aware UTC; `zone` and `source_zone` are only for showing it.

    Attributes:
        kind: computed from the schedule (`mass-upgrade`), or from a notice (`announced`, `emergency`).
        confirm_date: another reading of the vendor's rule gives another date.
        notes: what is unusual or uncertain, in sentences.
        outage: how long Penelope is expected to be down within it, as far as that is known.
        details: that and what its notice says, in sentences.
        rule: what the vendor says of every window of this kind; empty for upgrades.
        key: stays the same when a notice moves the window: the month, "2026-12"; for emergencies the start that the
            first notice named.
        clocks_change: clocks here or at the vendor changed since the window a month before, so that the local time is
            another from this one on.
        unusual_gap: the gap to the vendor's time is one that few windows of the year have.
        defies_rule: its notice says another time than the vendor's rule.
        local_times: what the clocks of the agency's sites show; empty where all of them have the agency's time.
        around_the_clock: whether people of the agency work through it, somewhere.
    """

    region: str
    kind: WindowKind
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime
    source_zone: ZoneInfo
    in_progress: bool = False
    confirm_date: bool = False
    notes: tuple[str, ...] = ()
    key: str = ""
    clocks_change: bool = False
    unusual_gap: bool = False
    notice: Notice | None = None
    outage: timedelta | None = None
    details: tuple[str, ...] = ()
    rule: str = ""
    defies_rule: bool = False
    local_times: tuple[LocalTime, ...] = ()
    around_the_clock: bool = False

    @property
    def first_day(self) -> date:
        """The local day on which it starts."""
        return self.starts_at.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The local day of its last moment: one that ends at midnight does not reach into the next day."""
        return (self.ends_at - timedelta.resolution).astimezone(self.zone).date()

    def meets(self, first: date, last: date) -> bool:
        """Whether it touches days from the first to the last one."""
        return self.first_day <= last and self.last_day >= first

    @property
    def is_emergency(self) -> bool:
        """Whether it is emergency maintenance, which is no upgrade."""
        return self.kind == "emergency"

    @property
    def version(self) -> str:
        """The version of Penelope that its notice names; may be empty."""
        return mapped(self.notice, lambda notice: notice.version) or ""

    @property
    def basis(self) -> str:
        """What its time rests on, in a sentence."""
        if self.notice is not None:
            return "As the notice says."
        return "By the vendor's rule, unless a notice says otherwise."

    @property
    def name(self) -> str:
        """What it is, for headings."""
        return "Emergency maintenance" if self.is_emergency else "Upgrade"

    @cached_property
    def in_words(self) -> str:
        """In the agency's zone: "Saturday 12 December 2026, 20:00 to midnight (Winnipeg)"."""
        return span_in_words(self.starts_at, self.ends_at, self.zone)

    @cached_property
    def in_vendor_words(self) -> str:
        """The same in the vendor's zone."""
        return span_in_words(self.starts_at, self.ends_at, self.source_zone)


def find_region(policy: Policy, key: str) -> Region:
    """The region of this key, in capitals or not.

    Raises:
        BadInputError: there is no such region.
    """
    others = f"Regions are {', '.join(policy.region)}. Nothing was changed."
    return needed(policy.region.get(key.strip().upper()), f'"{key}" is no region. {others}')


class Calendar:
    """The upgrade windows of one region, shown in one zone, with what the vendor announced.

    Months and gaps are kept once computed, so a century of windows is cheap.
    """

    def __init__(
        self,
        policy: Policy,
        region_key: str,
        zone: ZoneInfo,
        notices: Iterable[Notice] = (),
        sites: Sequence[Site] = (),
        *,
        around_the_clock: bool = False,
    ) -> None:
        """Make it.

        Args:
            sites: those whose local times stand beside the zone's.
            around_the_clock: whether people of the agency work through upgrades, somewhere.
        """
        self._policy, self._schedule = policy, policy.schedule
        self._emergency_rule = policy.statement["no-opting-out"].text
        self._no_shorter = policy.quote("no-shorter-outage")
        self._sites, self._around_the_clock = sites, around_the_clock
        self._region = find_region(policy, region_key)
        self.zone = zone
        self._source_zone = find_zone(policy.schedule.source_zone)
        self._confirm_rules = [rule for rule in policy.confirm_rules if self._region.key in rule.regions]
        self._notices = sorted(notices, key=lambda notice: notice.age)
        # Kept here and by no `cache` of a bound method: that would be a circle, which only the garbage collector frees.
        self._months: dict[tuple[int, int], Month] = {}
        self._gaps: dict[datetime, timedelta] = {}
        self._usual_gaps: dict[int, frozenset[timedelta]] = {}

    def upcoming(self, now: datetime, count: int = 1) -> list[Window]:
        """The window in progress, if there is one, and those that follow, oldest first.

        Args:
            now: an aware instant; windows that ended by then are left out.
            count: how many, at most 2,400.

        Raises:
            BadInputError: the instant lies outside the years 1970 to 2100.
        """
        _check_now(now)
        return self._windows(now, self._after(now), count)

    def between(
        self, now: datetime, first: date, *, until: date | None = None, count: int | None = None
    ) -> list[Window]:
        """The windows that start on or after a day, oldest first.

        Args:
            now: what the notes and `in_progress` are said for; an aware instant.
            first: a date in the zone of this calendar.
            until: the last date on which a window may start.
            count: how many, at most 2,400; twelve when neither is given.

        Raises:
            BadInputError: the range is empty, too long or outside the years 1970 to 2100.
        """
        if not EARLIEST.date() <= first < LATEST.date() or (until and not first <= until < LATEST.date()):
            _check_now(now)  # a range from today on, by a clock that is wrong
            raise BadInputError("The range must lie within the years 1970 to 2100 and end after it starts.")
        start = wall(first, time(), self.zone)
        # A window that is under way at the first midnight started the day before.
        items = (item for item in self._after(start) if item.starts_at >= start)
        if until is None:
            return self._windows(now, items, 12 if count is None else count)
        end = wall(until + timedelta(days=1), time(), self.zone)
        return self._windows(now, takewhile(lambda item: item.starts_at < end, items), MAX_WINDOWS)

    def last_ended(self, now: datetime) -> Window:
        """The latest upgrade window that has ended; emergencies are none.

        Raises:
            BadInputError: the instant lies outside the years 1970 to 2100.
        """
        _check_now(now)
        # Notices can put months more between two windows than the calendar does.
        recent = takewhile(lambda item: item.starts_at < now, self._after(now - _LOOK_BACK))
        ended = [item for item in recent if item.ends_at <= now and item.kind != "emergency"]
        return self._windows(now, ended[-1:], 1)[0]

    def next_upgrade(self, now: datetime) -> Window:
        """The upgrade window in progress or the next one; emergencies, which may come before it, are none.

        Raises:
            BadInputError: the instant lies outside the years 1970 to 2100.
        """
        _check_now(now)
        return self._windows(now, (item for item in self._after(now) if item.kind != "emergency"), 1)[0]

    def near(self, day: date) -> bool:
        """Whether an upgrade window, computed or announced, lies on a local day or within a week of it."""
        if not EARLIEST.date() <= day < LATEST.date():
            return False
        # Noon, for midnight may be skipped where clocks change at that hour.
        computed = self._nearest(wall(day, time(12), self.zone))
        starts = [computed.starts_at, *(notice.starts_at for notice in self._announced.values())]
        return any(abs(start.astimezone(self.zone).date() - day) <= ANOTHER_DATE for start in starts)

    def notice_near(self, starts_at: datetime) -> Notice | None:
        """The notice that counts for the computed window nearest to an instant; None when there is none."""
        return self._announced.get(self._nearest(starts_at))

    def key_near(self, starts_at: datetime) -> str:
        """The key of the upgrade that a regular notice is about if it says no more than its start: of the nearest."""
        return self._key(self._nearest(starts_at))

    def emergency_at(self, starts_at: datetime) -> Notice | None:
        """The notice that counts for emergency maintenance with this start; None when there is none."""
        counting = (notice for notice in self.counting if notice.is_emergency and notice.starts_at == starts_at)
        return next(counting, None)

    def window_of(self, now: datetime, notice: Notice) -> Window:
        """The window that a notice of this calendar's tells of."""
        return self._window(now, notice)

    def with_notice(self, notice: Notice) -> Calendar:
        """The same calendar with a notice more."""
        more, all_night = [*self._notices, notice], self._around_the_clock
        return Calendar(self._policy, self._region.key, self.zone, more, self._sites, around_the_clock=all_night)

    def settles(self, notice: Notice) -> bool:
        """Whether a notice tells the date of an upgrade that was to be confirmed."""
        return notice.kind == "announced" and bool(self._confirm_reasons(self._about[notice]))

    def days_of(self, instant: datetime) -> frozenset[date]:
        """The local days of an instant, here and at the vendor's."""
        return frozenset(instant.astimezone(zone).date() for zone in (self.zone, self._source_zone))

    def upgrade_of(self, day: date) -> tuple[Month, Notice | None]:
        """The computed upgrade of a day's month, and the notice that counts for it."""
        month = self._month(day.year, day.month)
        return month, self._announced.get(month)

    def replaced_by(self, notice: Notice) -> Notice | None:
        """The newer notice that counts in the place of one; None while it counts itself."""
        if not notice.is_emergency:
            newest = self._announced[self._about[notice]]
            return None if newest == notice else newest
        return next((newer for newer in reversed(self._notices) if newer.replaces == notice.id), None)

    @cached_property
    def _announced(self) -> dict[Month, Notice]:
        """The notice that counts for each computed window that has some: the newest."""
        return {month: notice for notice, month in self._about.items()}

    @cached_property
    def counting(self) -> list[Notice]:
        """The notices of windows that are not replaced by a newer one, by start."""
        kept = (notice for notice in self._notices if notice.is_emergency and not self.replaced_by(notice))
        announced = (notice for notice in self._announced.values() if notice.kind == "announced")
        return sorted([*announced, *kept], key=lambda notice: notice.starts_at)

    @cached_property
    def cancelled(self) -> list[Notice]:
        """The notices that say of a month that it has no upgrade, and that count, by month."""
        cancelled = (notice for notice in self._announced.values() if notice.kind == "cancelled")
        return sorted(cancelled, key=lambda notice: notice.starts_at)

    @property
    def in_force(self) -> list[Notice]:
        """The notices that no newer one replaces: those of windows, and those of months without an upgrade."""
        return [*self.counting, *self.cancelled]

    def month_of(self, notice: Notice) -> date:
        """The first day of the month whose upgrade a notice of this calendar's is about; of emergencies there is none.

        Raises:
            KeyError: it is about none.
        """
        return self._about[notice].first

    @cached_property
    def _about(self) -> dict[Notice, Month]:
        """The computed window that each notice but those of emergencies is about, oldest notice first: that of the
        month it names or of the notice it replaces, else the nearest."""
        months: dict[Notice, Month] = {}
        by_id: dict[str | None, Month] = {}
        for notice in self._notices:
            if not notice.is_emergency:
                # What it says goes before nearness: a window that is moved by weeks is nearest to another month's.
                moved = by_id.get(notice.replaces)
                if notice.month is not None:
                    moved = self._month(notice.month.year, notice.month.month)
                months[notice] = by_id[notice.id] = moved or self._nearest(notice.starts_at)
        return months

    def _windows(self, now: datetime, items: Iterable[Month | Notice], count: int) -> list[Window]:
        if not 1 <= count <= MAX_WINDOWS:
            raise BadInputError(f"Ask for 1 to {MAX_WINDOWS} windows, not {count}.")
        items = list(islice(items, count))
        return [self._window(now, item) for item in items]

    def _after(self, start: datetime) -> Iterator[Month | Notice]:
        """What is computed and what was announced, and ends after `start`, by start.

        A regular notice takes the place of the computed window it is about, or of none at all; an emergency stands
        beside it.
        """
        # Both streams are sorted by start, so that merging keeps a century of windows lazy.
        computed = (month for month in self._months_from(start) if month not in self._announced)
        sources: list[Iterable[Month | Notice]] = [computed, self.counting]
        merged = merge(*sources, key=lambda item: item.starts_at)
        return (item for item in merged if item.ends_at > start)

    def _months_from(self, start: datetime) -> Iterator[Month]:
        """The computed windows from the month before `start` to the end of 2101."""
        # From the month before, whose last window may still be going on.
        before = start - timedelta(days=31)
        for number in range(12 * before.year + before.month - 1, 12 * (LATEST.year + 1)):
            yield self._month(number // 12, number % 12 + 1)

    def _month(self, year: int, month: int) -> Month:
        if (year, month) not in self._months:
            self._months[year, month] = self._computed(year, month)
        return self._months[year, month]

    def _before(self, month: Month) -> Month:
        last = month.first - timedelta(days=1)
        return self._month(last.year, last.month)

    def _computed(self, year: int, month: int) -> Month:
        """The computed window of a month. Its anchor is the month's n-th weekday of the policy."""
        first, region = date(year, month, 1), self._region
        weekday = WEEKDAYS.index(self._schedule.anchor_weekday)
        # A region's day is counted from the anchor and has no weekday of its own: the Friday of Australia and New
        # Zealand is the day before the second Saturday, even where the second Friday is a week later (facts.md
        # section 5).
        anchor = first + timedelta((weekday - first.weekday()) % 7 + 7 * (self._schedule.anchor_occurrence - 1))
        day = anchor + timedelta(region.day_offset)
        # A window that ends at a smaller clock time ends on the next day (facts.md section 5).
        last_day = day + timedelta(int(region.ends <= region.starts))
        # Where that hour comes twice, the second is meant: nobody is told too early that it is over.
        ends = wall(last_day, region.ends, self._source_zone, latest=True)
        return Month(first, wall(day, region.starts, self._source_zone), ends)

    def _nearest(self, instant: datetime) -> Month:
        """The computed window that starts nearest to an instant."""
        around = islice(self._months_from(instant), 3)
        return min(around, key=lambda month: abs(month.starts_at - instant))

    def _window(self, now: datetime, item: Month | Notice) -> Window:
        notice = item if isinstance(item, Notice) else None
        reasons = self._confirm_reasons(item)
        clocks, gap = self._clock_notes(item.starts_at), self._gap_notes(item.starts_at)
        return Window(
            region=self._region.key,
            kind=cast("WindowKind", item.kind),  # of a cancelled upgrade there is no window
            zone=self.zone,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            source_zone=self._source_zone,
            in_progress=item.starts_at <= now < item.ends_at,
            confirm_date=bool(reasons),
            notes=(*reasons, *clocks, *self._within_notes(item), *gap, *self._data_notes(item)),
            key=self._key(item),
            clocks_change=bool(clocks),
            unusual_gap=bool(gap),
            notice=notice,
            outage=self._outage(item),
            details=tuple(self._details(item)),
            rule=self._emergency_rule if item.kind == "emergency" else "",
            defies_rule=notice is not None and self._defied(notice) is not None,
            local_times=self._local_times(item),
            around_the_clock=self._around_the_clock,
        )

    @cached_property
    def _zones(self) -> tuple[ZoneInfo, ...]:
        """The clocks of the agency and its sites, each once."""
        return tuple(dict.fromkeys((self.zone, *(find_zone(site.zone) for site in self._sites))))

    def _local_times(self, item: Month | Notice) -> tuple[LocalTime, ...]:
        if not self._sites:
            return ()
        from penelope_admin.domain.sites import local_times  # most agencies have one site

        return local_times(item.starts_at, item.ends_at, self.zone, self._sites)

    def _key(self, item: Month | Notice) -> str:
        if isinstance(item, Month):
            return f"{item.first:%Y-%m}"
        if item.kind == "emergency":
            return self._emergency_key(self._first_notice(item))
        # A notice that moves a window keeps the key of its month: reminders and calendars know it again.
        return self._key(self._about[item])

    def _emergency_key(self, first: Notice) -> str:
        """By the start that its first notice named; the second of those that began so has that as its number."""
        same = [
            notice.age
            for notice in self._notices
            if notice.is_emergency and notice.starts_at == first.starts_at and self._first_notice(notice) == notice
        ]
        number = same.index(first.age)
        return f"emergency-{first.starts_at:%Y%m%dT%H%MZ}{f'-{number + 1}' if number else ''}"

    def _first_notice(self, notice: Notice) -> Notice:
        """The notice that first told of what this one moved."""
        # Notices replace older ones only, so this ends.
        older = (other for other in self._notices if other.id == notice.replaces and other.age < notice.age)
        earlier = next(older, None)
        return self._first_notice(earlier) if earlier else notice

    def _outage(self, item: Month | Notice) -> timedelta | None:
        """How long Penelope is expected to be down, as far as that is known."""
        usual = timedelta(hours=self._schedule.outage_hours)
        if isinstance(item, Month):
            return usual
        if item.downtime is not None:
            return timedelta(minutes=item.downtime)
        # What was announced with another length than regular windows have may have another outage, too.
        is_usual = item.kind == "announced" and usual <= item.ends_at - item.starts_at <= self._usual_length
        return usual if is_usual else None

    @property
    def _usual_length(self) -> timedelta:
        """How long the region's regular windows are."""
        starts, ends = (
            timedelta(hours=clock.hour, minutes=clock.minute) for clock in (self._region.starts, self._region.ends)
        )
        # Modulo a day, for those that go on past midnight.
        return (ends - starts) % timedelta(days=1)

    def _defied(self, notice: Notice) -> Month | None:
        """The computed window that a regular notice contradicts; within it, the vendor may name a shorter time."""
        if notice.kind != "announced":
            return None
        month = self._about[notice]
        is_within = month.starts_at <= notice.starts_at and notice.ends_at <= month.ends_at
        return None if is_within else month

    def _details(self, item: Month | Notice) -> Iterator[str]:
        """What is to be expected of a window, and where that is known from."""
        # The vendor gives the outage no hours of its own (facts.md section 1): it is told of the window as a whole.
        outage = self._outage(item)
        if outage is None:
            yield "The notice's expected downtime is not recorded."
        # An upgrade's notice that names just the outage of every upgrade says nothing new.
        elif item.kind == "emergency" or outage != timedelta(hours=self._schedule.outage_hours):
            yield f"Expected downtime, as the notice says: {duration_in_words(outage)}."
        else:
            yield (
                f"Expect up to {duration_in_words(outage)} offline within this window, a precaution that leaves room "
                "for troubleshooting and rollback."
            )
        if self._around_the_clock and item.kind != "emergency":
            yield self._no_shorter
        if isinstance(item, Notice):
            yield from self._facts(item)
        if item.kind != "emergency":
            yield from self._left_out(item)

    def _left_out(self, item: Month | Notice) -> Iterator[str]:
        """Which months between the upgrade before and this one have none, and where that is known from."""
        month = self._before(item if isinstance(item, Month) else self._about[item])
        while (notice := self._announced.get(month)) is not None and notice.kind == "cancelled":
            yield cancelled_in_words(month.first, notice)
            month = self._before(month)

    def _facts(self, notice: Notice) -> Iterator[str]:
        """What a notice says besides its times, and which it replaces."""
        if notice.reason:
            yield f"Reason, as the notice says: {notice.reason.rstrip('.')}."
        if notice.kind == "emergency":
            yield self._emergency_rule
        # A notice outranks the computed date (facts.md section 5): that they differ is told, and settles nothing.
        if (month := self._defied(notice)) is not None:
            rule = span_in_words(month.starts_at, month.ends_at, self.zone)
            yield f"The notice contradicts the vendor's rule, which gives {rule}. The notice counts."
        if notice.version:
            yield f"Version: {notice.version}."
        if notice.origin:
            yield f"Notice: {notice.origin.rstrip('.')}."
        # The newest of those it replaces is the one that people have in mind.
        older = (other for other in reversed(self._notices) if self.replaced_by(other) == notice)
        earlier = next(older, None)
        if earlier is not None and earlier.kind == "cancelled":
            yield "It replaces the notice that this month has no upgrade."
        elif earlier is not None:
            yield f"It replaces the notice of {span_in_words(earlier.starts_at, earlier.ends_at, self.zone)}."

    def _confirm_reasons(self, item: Month | Notice) -> tuple[str, ...]:
        """Why a date should be confirmed; empty when every reading of the rule agrees, or a notice says it."""
        if isinstance(item, Notice):
            return ()
        first_weekday = WEEKDAYS[item.first.weekday()]
        return tuple(
            f"{CONFIRM} {rule.because}" for rule in self._confirm_rules if rule.month_starts_on == first_weekday
        )

    def _clock_notes(self, starts_at: datetime) -> tuple[str, ...]:
        """Which clocks changed since the month before, where the local time of windows is another by that."""
        before = self._before(self._nearest(starts_at)).starts_at
        # Where the clocks here and there change together, people see no other time.
        if self._gap(before) == self._gap(starts_at):
            return ()
        new_time = "From this window on the local time is another."
        if change := _change_of(self.zone, before, starts_at):
            return (f"Clocks {change}. {new_time}",)
        if change := _change_of(self._source_zone, before, starts_at):
            return (f"Clocks at the vendor {change}, those in {place(self.zone.key)} do not. {new_time}",)
        return ()

    def _within_notes(self, item: Month | Notice) -> tuple[str, ...]:
        """Where clocks, here or at a site, change within a window, which lasts longer or shorter than they show."""
        changes = present(*(_change_of(zone, item.starts_at, item.ends_at) for zone in self._zones))
        lasts = duration_in_words(item.ends_at - item.starts_at)
        return tuple(f"Clocks {change}, within this window: it lasts {lasts}." for change in changes)

    def _gap_notes(self, starts_at: datetime) -> tuple[str, ...]:
        """Whether the gap to the vendor's time is one that few windows of the year have."""
        gap = self._gap(starts_at)
        if gap in self._usual_gaps_of(starts_at.year):
            return ()
        minutes = int(gap.total_seconds() // 60)
        distance, direction = duration_in_words(abs(gap)), "ahead of" if minutes > 0 else "behind"
        if not minutes:
            distance, direction = "no hours", "from"
        label = f"{direction} {self._schedule.source_zone_label}"
        return (f"{place(self.zone.key)} is {distance} {label} at this window, which is not the usual gap.",)

    def _data_notes(self, item: Month | Notice) -> Iterator[str]:
        """Where older time zone data at hand would show this window at another time: other programs may use it."""
        for zone in self._zones:
            start = item.starts_at.astimezone(zone).replace(tzinfo=None)
            for data, older in older_readings(zone.key):
                starts_at = self._start_by(data, item)
                shown = starts_at.astimezone(older).replace(tzinfo=None)
                if shown == start:
                    continue
                changed = zone if starts_at == item.starts_at else self._source_zone
                day = "" if shown.date() == start.date() else f"{in_words(shown.date())}, "
                yield (
                    f"{THIS_COMPUTER} {place(changed.key)} changed; {data.name} is older and would show "
                    f"{day}{clock_in_words(shown)}."
                )

    def _start_by(self, data: ZoneData, item: Month | Notice) -> datetime:
        """When a window starts in UTC, if the vendor's clocks are read by other time zone data."""
        # Only where the vendor's rules differ between the two does the window lie at another instant.
        theirs = dict(older_readings(self._source_zone.key)).get(data)
        # A notice names an instant; only what is computed from the vendor's clocks moves with their data.
        if theirs is None or isinstance(item, Notice):
            return item.starts_at
        local = item.starts_at.astimezone(self._source_zone)
        return wall(local.date(), local.time(), theirs)

    def _usual_gaps_of(self, year: int) -> frozenset[timedelta]:
        """The gaps to the vendor's time that several of the thirteen windows from January on have."""
        if year not in self._usual_gaps:
            # Thirteen, so that December is seen with the January that follows.
            months = [self._month(year, month) for month in range(1, 13)] + [self._month(year + 1, 1)]
            counts = Counter(self._gap(month.starts_at) for month in months)
            self._usual_gaps[year] = frozenset(gap for gap, times in counts.items() if times >= _USUAL_GAP_WINDOWS)
        return self._usual_gaps[year]

    def _gap(self, instant: datetime) -> timedelta:
        """The zone's distance from the vendor's at an instant."""
        if instant not in self._gaps:
            self._gaps[instant] = offset(self.zone, instant) - offset(self._source_zone, instant)
        return self._gaps[instant]


def cancelled_in_words(month: date, notice: Notice) -> str:
    """That a month has no upgrade, and where that is known from."""
    return f"No upgrade in {month_in_words(month)}, as a notice says{filled(': {}', notice.origin.rstrip('.'))}."


def _check_now(now: datetime) -> None:
    """Refuse an instant for which no windows are known."""
    if not EARLIEST <= now < LATEST:
        raise BadInputError(
            f"There is no upgrade window to show for the year {now.year}: the calendar of this program ends in 2100. "
            "Check this computer's clock."
        )


def _change_of(zone: ZoneInfo, after: datetime, before: datetime) -> str | None:
    """ "go back on Sunday 1 November 2026 (Winnipeg)" if the clocks are others at `before` than at `after`."""
    difference = offset(zone, before) - offset(zone, after)
    if not difference:
        return None
    day = in_words(changes(zone, after, before)[-1].astimezone(zone).date())
    return f"go {'forward' if difference > timedelta(0) else 'back'} on {day} ({place(zone.key)})"


def warnings_for_dates(windows: Iterable[Window], first: date, last: date) -> list[str]:
    """What to know before asking for work between two local days: each window that they meet, in a sentence."""
    meets = "This day meets" if first == last else "These dates meet"
    return [_warning(window, meets) for window in windows if window.meets(first, last)]


def _warning(window: Window, meets: str) -> str:
    if window.is_emergency:
        return (
            f"{meets} emergency maintenance: {window.in_words}. Ask Support whether a copy can be made while it lasts."
        )
    return (
        f"{meets} an upgrade window: {window.in_words}. "
        "A copy made before may be upgraded in it; ask Support whether one can be made while it lasts."
    )
