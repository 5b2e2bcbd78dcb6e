"""What the program knows as calendar files, with what became of each entry since it was last written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from penelope_admin.domain.entries import ALARMS, EVERYTHING, HOST, WINDOWS, Entry, EntryKind, Published, window_entry
from penelope_admin.domain.features import environment_name, feature_name
from penelope_admin.domain.times import EARLIEST
from penelope_admin.domain.windows import Window
from penelope_admin.files import check_ending, write_private
from penelope_admin.gateways import exports
from penelope_admin.services.calendar.windows import last_known
from penelope_admin.services.work import Context, Work
from penelope_admin.store.rows import plans as plan_rows
from penelope_admin.store.rows import published as rows

BACK, AHEAD = timedelta(days=60), timedelta(days=2 * 365)
"""How far back and ahead of today a calendar reaches."""
_FORGOTTEN_AFTER = timedelta(days=400)
_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def entries(work: Work, kinds: frozenset[EntryKind] = EVERYTHING) -> list[Entry]:
    """What the program knows of some kinds, from two months ago to two years ahead."""
    first, last = _reach(work)
    everything = _of_windows(work, work.calendar.between(work.now, first, until=last))
    if not kinds <= WINDOWS:
        store = plan_rows.store_id(work.connection)
        everything += [*_feature_ends(work, store), *_refreshes(work, store), *_projects(work, store)]
    return [entry for entry in everything if entry.kind in kinds]


def _of_windows(work: Work, windows: Iterable[Window]) -> list[Entry]:
    """Windows as entries; what somebody typed of a notice is masked where it looks like client data."""
    entries = []
    for window in windows:
        entry, notice = window_entry(window, work.policy.schedule.name), window.notice
        if typed := [text.rstrip(".") for text in (notice.reason, notice.origin) if text] if notice else []:
            lines = (work.masked(line) if any(text in line for text in typed) else line for line in entry.lines)
            entry = msgspec.structs.replace(entry, lines=tuple(lines))
        entries.append(entry)
    return entries


def _reach(work: Work) -> tuple[date, date]:
    return max(work.today - BACK, EARLIEST.date() + timedelta(days=1)), last_known(work.today, AHEAD)


def _feature_ends(work: Work, store: str) -> Iterable[Entry]:
    """The last day of each feature that is on, or planned to be."""
    for state in work.states(*work.agency.environments):
        use = state.use
        if use is None or use[1] is None:
            continue
        is_on, copy = state.state == "on", environment_name(work.policy, state.environment)
        to_do = "Switch it off in Penelope, or give it another end date."
        yield Entry(
            uid=f"feature-{state.environment}-{state.feature}-{store}@{HOST}",
            kind="feature-end",
            title=f"Penelope: last day of {feature_name(work.policy, state.feature)} in {copy}",
            lines=(to_do if is_on else "It is planned and not recorded as on yet.",),
            first_day=use[1],
            last_day=use[1],
            tentative=not is_on,
        )


def _refreshes(work: Work, store: str) -> Iterable[Entry]:
    """The refreshes that Support has scheduled."""
    for request in work.telling_requests:
        if (day := request.refresh_day) is not None:
            yield Entry(
                uid=f"refresh-{request.id}-{store}@{HOST}",
                kind="refresh",
                title=f"Penelope: refresh of {environment_name(work.policy, request.environment)}",
                lines=(f"{request.reference}. Support scheduled it for this day.",),
                first_day=day,
                last_day=day,
            )


def _projects(work: Work, store: str) -> Iterable[Entry]:
    """The projects that are not over; what looks like client data in their names is masked."""
    for project in work.projects:
        if project.is_open:
            yield Entry(
                uid=f"project-{project.id}-{store}@{HOST}",
                kind="project",
                title=f"Penelope: project {work.masked(project.name)}",
                lines=(f"In {environment_name(work.policy, project.environment)}.",),
                first_day=project.first_day,
                last_day=project.last_day,
            )


def _published(work: Work, entry: Entry, before: Published | None) -> Published:
    """An entry as it is to be written: as it was, unless anything of it is another."""
    if before is not None and before.entry == entry and not before.cancelled:
        return before
    return Published(entry, _next_sequence(before, work.now), work.now)


def _withdrawn(work: Work, before: Published) -> Published:
    """An entry that is wanted no more: cancelled. What is over, or was done on its day, was not withdrawn."""
    starts, ends = before.entry.first_day, before.entry.last_day
    is_to_come = starts > work.today or (before.entry.kind in WINDOWS and ends >= work.today)
    if before.cancelled or not is_to_come:
        return before
    return Published(before.entry, _next_sequence(before, work.now), work.now, cancelled=True)


def publish(
    work: Work, current: Sequence[Entry], kinds: frozenset[EntryKind], first: date, last: date
) -> list[Published]:
    """Count up the entries that changed since they were last written, and cancel those that are not there any more.

    Args:
        kinds: of these kinds `current` is all there is from `first` to `last`, so that others were withdrawn.
        first, last: local days.
    """
    before = rows.read(work.connection)
    uids = {entry.uid for entry in current}
    others = [before[uid] for uid in sorted(before.keys() - uids)]
    in_reach = (item for item in others if item.entry.kind in kinds and item.entry.touches(first, last))
    published = [_published(work, entry, before.get(entry.uid)) for entry in current]
    published += [_withdrawn(work, item) for item in in_reach]
    rows.write(work.connection, [item for item in published if item is not before.get(item.entry.uid)])
    long_ago = work.today - _FORGOTTEN_AFTER
    rows.delete(work.connection, [item.entry.uid for item in others if item.entry.last_day < long_ago])
    return published


def _next_sequence(before: Published | None, now: datetime) -> int:
    """One more than the last, and never less than the minutes that have passed.

    After a restore, or from another computer's database, an entry is newer than what those who have it know.
    """
    minutes = max(0, (now - _COUNTED_FROM) // timedelta(minutes=1))
    if before is None or before.sequence is None:
        return minutes
    return max(minutes, before.sequence + 1)


def calendar_text(context: Context, kinds: frozenset[EntryKind] = EVERYTHING, alarms: Iterable[int] = ALARMS) -> str:
    """A calendar of what the program knows of some kinds, and of what was withdrawn since it was last written."""
    with context.writing() as work:
        first, last = _reach(work)
        published = publish(work, entries(work, kinds), kinds, first, last)
        return _text(work, published, alarms)


def windows_text(context: Context, windows: Sequence[Window]) -> str:
    """A calendar of some windows. Of several, it is taken that they are all from the first to the last of them."""
    with context.writing() as work:
        shown = _of_windows(work, windows)
        kinds: frozenset[EntryKind] = WINDOWS if len(shown) > 1 else frozenset()
        first = min((entry.first_day for entry in shown), default=work.today)
        last = max((entry.last_day for entry in shown), default=work.today)
        published = publish(work, shown, kinds, first, last)
        return _text(work, published, ALARMS)


def save(context: Context, target: Path, kinds: frozenset[EntryKind], alarms: Iterable[int]) -> Path:
    """Write a calendar of what the program knows of some kinds, private to this user.

    Raises:
        BadInputError: the file cannot be written, or another kind of file or somebody else's calendar is there; it is
            unchanged.
    """
    check_ending(target, ".ics")
    write_private(target, calendar_text(context, kinds, alarms).encode("utf-8"))
    return target


def save_windows(context: Context, windows: Sequence[Window], form: Literal["ics", "csv"], target: Path) -> Path:
    """Write windows as a calendar or a table, private to this user.

    Raises:
        BadInputError: as for `save`.
    """
    check_ending(target, f".{form}")
    if form == "ics":
        text = windows_text(context, windows)
    else:
        text = exports.windows_csv(windows, context.mark)
    write_private(target, text.encode("utf-8"))
    return target


def _text(work: Work, published: Sequence[Published], alarms: Iterable[int]) -> str:
    name = f"Penelope, {work.agency.name}"
    in_order = sorted(published, key=lambda item: (item.entry.first_day, item.entry.uid))
    organizer = work.agency.own_address or f"calendar@{HOST}"
    return exports.calendar_ics(in_order, work.zone, name, alarms, work.context.mark, organizer)
