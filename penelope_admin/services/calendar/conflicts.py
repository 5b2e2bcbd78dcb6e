"""What upgrade windows, refreshes and projects overlap in the agency's own calendars, which are linked and only read.

Nothing of an entry is kept: titles may hold clients' names. They are read when they are shown, and gone with that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from penelope_admin import apart
from penelope_admin.clock import find_zone
from penelope_admin.domain.conflicts import Overlap, Source, Span, days, overlaps
from penelope_admin.domain.requests import reference_of
from penelope_admin.domain.sites import Site
from penelope_admin.domain.text import clean_line
from penelope_admin.domain.times import in_words, moment_in_words, plural
from penelope_admin.domain.windows import Window
from penelope_admin.errors import BadInputError
from penelope_admin.files import storable
from penelope_admin.gateways import lists, occurrences
from penelope_admin.gateways.lists import LinkedCalendar
from penelope_admin.gateways.occurrences import Reading
from penelope_admin.services import sites
from penelope_admin.services.agency import need_profile
from penelope_admin.services.work import Context, Work

WINDOWS = 24
MOST_FILES = 50
"""So many calendars of a folder are read."""
_MOST_ENTRIES = 10_000
"""So many things in a folder are looked at."""
LONGEST_NAME = 120
_NOTED_EVERY = timedelta(hours=1)

Kind = Literal["refresh", "project"]


@dataclass(frozen=True, slots=True)
class Planned:
    """Local days that somebody plans with: a refresh, or a project.

    Attributes:
        subject: the request's reference, or the project's number.
        name: what it is, as it is shown.
    """

    kind: Kind
    subject: str
    name: str
    first_day: date
    last_day: date

    @property
    def in_words(self) -> str:
        """ "Project “Groups”: Monday 7 December 2026 to Friday 18 December 2026"."""
        last = "" if self.last_day == self.first_day else f" to {in_words(self.last_day)}"
        return f"{self.name}: {in_words(self.first_day)}{last}"


@dataclass(frozen=True, slots=True)
class CalendarState:
    """How it stands with one calendar, linked or named.

    Attributes:
        entries: how many it has; a repeated one counts once.
        left_out: how many of them cannot be read.
        note: what else is to be known of it, in a sentence.
        is_partly_read: it is a folder of more than is read.
    """

    link: LinkedCalendar
    entries: int
    left_out: int
    note: str
    is_partly_read: bool

    @property
    def gap(self) -> str:
        """What is not known of what it overlaps; empty where all of it was read."""
        if self.link.problem:
            return f"{self.link.name} was not read: what it has is unknown."
        if self.left_out:
            left_out = plural(self.left_out, "entry", "entries")
            return f"Of {self.link.name}, {left_out} cannot be read: what that overlaps is unknown."
        if self.is_partly_read:
            return f"Of {self.link.name}, not every calendar is read: what the others overlap is unknown."
        return ""

    def in_words(self, zone: ZoneInfo) -> str:
        """How it stands, in sentences."""
        if self.link.problem:
            return f"Not read. {self.link.problem} {_last_read(self.link.read_at, zone)}"
        says = f"{plural(self.entries, 'entry', 'entries')}."
        if self.left_out:
            says += f" {plural(self.left_out, 'entry', 'entries')} cannot be read. What that overlaps is unknown."
        return f"{says} {self.note}".strip()


def _last_read(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return "It was never read. What it overlaps is unknown."
    return f"It was last read on {moment_in_words(at, zone)}. What it overlaps now is unknown."


@dataclass(frozen=True, slots=True)
class ConflictsView:
    """What the coming windows and the planned days overlap, and how each calendar stands."""

    zone: ZoneInfo
    windows: tuple[tuple[Window, tuple[Overlap, ...]], ...]
    planned: tuple[tuple[Planned, tuple[Overlap, ...]], ...]
    calendars: tuple[CalendarState, ...]

    @property
    def unread(self) -> tuple[CalendarState, ...]:
        """The calendars of which not all could be read: what that overlaps is unknown."""
        return tuple(state for state in self.calendars if state.gap)

    @property
    def days(self) -> list[tuple[date, date]]:
        """The local days of windows and refreshes that overlap something: the first and the last of each."""
        spans = [(window.first_day, window.last_day) for window, overlaps in self.windows if overlaps]
        return spans + [
            (item.first_day, item.last_day) for item, overlaps in self.planned if overlaps and item.kind == "refresh"
        ]

    def of_window(self, window: Window) -> tuple[Overlap, ...]:
        """What a window overlaps; nothing if it is not among those that were looked at."""
        times = window.starts_at, window.ends_at
        return next((overlaps for window, overlaps in self.windows if (window.starts_at, window.ends_at) == times), ())

    def of_planned(self, kind: Kind, subject: str) -> tuple[Overlap, ...]:
        """What the days of a refresh or a project overlap; nothing if it is not among those that were looked at."""
        return next((overlaps for item, overlaps in self.planned if (item.kind, item.subject) == (kind, subject)), ())


# --- which calendars ----------------------------------------------------------------------------


def find_all(home: Path) -> tuple[LinkedCalendar, ...]:
    """The calendars that are linked, in the order in which they were.

    Raises:
        BadInputError: what names them cannot be read.
    """
    return lists.LINKED.load(home)


def link(context: Context, path: Path, name: str = "", site: str = "") -> LinkedCalendar:
    """Look into a calendar file, or a folder of them, from now on. It is only read.

    Args:
        name: what it is called here; by default as the file is.
        site: the name of the site it belongs to; empty for the whole agency.

    Raises:
        BadInputError: there is no such file or site, it is linked already, or too many are.
    """
    whole = path.absolute()
    linked = find_all(context.home)
    if any(item.path == str(whole) for item in linked):
        raise BadInputError(f"{whole} is linked already. Nothing was changed.")
    if len(linked) >= lists.MOST:
        raise BadInputError(f"{lists.MOST} calendars are linked already. Nothing was changed. Remove one.")
    if not whole.is_dir() and (not whole.is_file() or whole.suffix.lower() != occurrences.ENDING):
        raise BadInputError(
            f"{whole} is neither a calendar file (.ics) nor a folder. Nothing was changed. Export it as iCalendar."
        )
    if storable(str(whole)) != str(whole):
        raise BadInputError("The name of the file is not UTF-8 and could not be kept. Nothing was changed. Rename it.")
    owner = context.read(_owner, site)
    called = clean_line(name or whole.stem, "The name", limit=LONGEST_NAME)
    calendar = LinkedCalendar(str(whole), called, owner.name, owner.id)
    lists.LINKED.save(context.home, [*linked, calendar])
    return calendar


def _owner(work: Work, site: str) -> Site:
    """The site of a name; one without a name for the whole agency."""
    profile = need_profile(work)
    if not site:
        return Site(0, "", profile.zone)
    return sites.find(work, site)


def unlink(home: Path, path: str) -> None:
    """Look into a calendar no longer; the file stays as it is.

    Raises:
        BadInputError: it is not linked.
    """
    lists.LINKED.save(home, lists.without(find_all(home), path, "is not linked. Nothing was changed."))


# --- what they overlap --------------------------------------------------------------------------


def load(context: Context, named: Sequence[Path] = (), is_stopped: Callable[[], bool] = apart.never) -> ConflictsView:
    """What the coming windows, refreshes and projects overlap. Calendars that cannot be read are told as such.

    Args:
        named: look into these files or folders, and into no linked one.

    Raises:
        BadInputError: what names the linked calendars cannot be read.
        CancelledError: `is_stopped` said so.
    """
    only = tuple(LinkedCalendar(str(path.absolute()), storable(path.stem)) for path in named)
    calendars = only or find_all(context.home)
    zone, windows, planned, places = context.read(_looked_at)
    spans = [
        *(Span(window.starts_at, window.ends_at) for window in windows),
        *(days(item.first_day, item.last_day, zone) for item in planned),
    ]
    looks = [_looked_into(context, item, places, zone, spans, is_stopped) for item in calendars]
    states = tuple(state for state, _ in looks)
    if not named:
        _note(context.home, calendars, [state.link for state in states])
    shared = overlaps(spans, [source for _, sources in looks for source in sources])
    count = len(windows)
    return ConflictsView(
        zone, tuple(zip(windows, shared[:count], strict=True)), tuple(zip(planned, shared[count:], strict=True)), states
    )


def on_days(context: Context, first: date, last: date) -> tuple[Overlap, ...]:
    """What some local days overlap, for whoever is choosing them.

    Raises:
        BadInputError: what names the linked calendars cannot be read.
    """
    calendars = find_all(context.home)
    if not calendars:
        return ()
    zone, _, _, places = context.read(_looked_at)
    spans = [days(first, last, zone)]
    looks = [_looked_into(context, item, places, zone, spans, apart.never) for item in calendars]
    return overlaps(spans, [source for _, sources in looks for source in sources])[0]


def _looked_at(work: Work) -> tuple[ZoneInfo, list[Window], list[Planned], tuple[Site, ...]]:
    """The agency's zone, the coming windows, the planned days, and the sites."""
    refreshes = [
        Planned("refresh", reference_of(number), f"{reference_of(number)}, refresh", day, day)
        for number, day in work.scheduled_refreshes()
        if day >= work.today
    ]
    open_projects = [
        Planned("project", str(project.id), f"Project “{project.name}”", project.first_day, project.last_day)
        for project in work.projects
        if project.is_open and project.last_day >= work.today
    ]
    return work.zone, work.calendar.upcoming(work.now, WINDOWS), [*refreshes, *open_projects], work.sites


def _files_of(item: LinkedCalendar) -> tuple[Sequence[Path], str, bool, list[str]]:
    """The files of a calendar, what is to be known of them, whether there may be others, and what is wrong."""
    try:
        return *_files(Path(item.path)), []
    except OSError as error:
        return [], "", False, [f"{item.path} cannot be read ({error.strerror})."]


def _looked_into(
    context: Context,
    item: LinkedCalendar,
    places: Sequence[Site],
    zone: ZoneInfo,
    spans: Sequence[Span],
    is_stopped: Callable[[], bool],
) -> tuple[CalendarState, list[Source]]:
    """How a calendar stands, and what of it was read: of a folder, each file that can be."""
    site = _site_of(item, places)
    owner, clock = (site.name, find_zone(site.zone)) if site else ("", zone)
    readings: list[tuple[str, Reading]] = []
    files, note, is_partly_read, problems = _files_of(item)
    for file in files:
        name = item.name if str(file) == item.path else f"{item.name}, {file.stem}"
        try:
            readings.append((name, occurrences.read(file, clock, spans, context.home, is_stopped)))
        except BadInputError as error:
            problems.append(str(error))
    if item.site and site is None:
        note = f"There is no site “{item.site}” any more: it is read for the whole agency. {note}".strip()
    sources = [Source(name, owner, clock, each.occurrences, each.more) for name, each in readings]
    events, left_out = sum(each.events for _, each in readings), sum(each.left_out for _, each in readings)
    stands = _standing(item, site, problems, context.now())
    return CalendarState(stands, events, left_out, note, is_partly_read), sources


def _site_of(item: LinkedCalendar, places: Sequence[Site]) -> Site | None:
    """Whose a calendar is: by the site's row, for it may have another name now, or by its name."""
    by_row = (site for site in places if site.id == item.site_id)
    return next(by_row, None) or next((site for site in places if site.name == item.site), None)


def _standing(item: LinkedCalendar, site: Site | None, problems: Sequence[str], now: datetime) -> LinkedCalendar:
    """A calendar as it is to be noted once it was looked into."""
    is_noted = item.read_at is not None and not item.problem and now - item.read_at < _NOTED_EVERY
    read_at = item.read_at if problems or is_noted else now
    stands = msgspec.structs.replace(item, problem=" ".join(problems), read_at=read_at)
    return stands if site is None else msgspec.structs.replace(stands, site=site.name, site_id=site.id)


def _files(path: Path) -> tuple[list[Path], str, bool]:
    """A file itself, or the calendars right in a folder by name; what is to be said of it, and whether it has more."""
    if not path.is_dir():
        return [path], "", False
    entries = list(islice(path.iterdir(), _MOST_ENTRIES + 1))
    calendars = sorted(file for file in entries if file.suffix.lower() == occurrences.ENDING)
    chosen = calendars[:MOST_FILES]
    if len(entries) > _MOST_ENTRIES:
        return chosen, f"The folder holds more than {_MOST_ENTRIES:,} files; only some of its calendars are read.", True
    if len(calendars) > MOST_FILES:
        return chosen, f"The folder holds {len(calendars)} calendars; the first {MOST_FILES} by name are read.", True
    return chosen, "" if calendars else "There are no calendar files (.ics) in the folder.", False


def _note(home: Path, before: Sequence[LinkedCalendar], after: Sequence[LinkedCalendar]) -> None:
    """Keep why and since when a calendar cannot be read; of those that can, when that was, once an hour."""
    if list(after) != list(before) and find_all(home) == tuple(before):  # else somebody links one just now
        lists.LINKED.save(home, after)
