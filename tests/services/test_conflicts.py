"""Linked calendars: what windows and planned days overlap in them, and that what cannot be read is told as such."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from penelope_admin.clock import FixedClock
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.errors import BadInputError, NotSetUpError
from penelope_admin.gateways import lists, occurrences
from penelope_admin.gateways.lists import MOST, LinkedCalendar
from penelope_admin.services import activity, projects, sites
from penelope_admin.services.calendar import conflicts
from penelope_admin.services.calendar.conflicts import ConflictsView
from penelope_admin.services.work import Context
from tests.gateways.test_occurrences import calendar
from tests.services.house import NOW

TITLE = "Jane Roe, intake"
NIGHT = f"UID:1\nDTSTART:20261213T030000Z\nDTEND:20261213T040000Z\nSUMMARY:{TITLE}"
CLOSED = "UID:2\nDTSTART;VALUE=DATE:20261212\nSUMMARY:Closed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calendars"
    made.mkdir()
    return made


def put(file: Path, *events: str) -> Path:
    file.write_text(calendar(*events), "utf-8")
    return file


def next_window(found: ConflictsView) -> list[str]:
    return [f"{item.who}: {item.in_words}" for item in found.windows[0][1]]


def test_windows_name_what_they_overlap(context: Context, folder: Path) -> None:
    conflicts.link(context, put(folder / "groups.ics", NIGHT, CLOSED))
    found = conflicts.load(context)
    assert next_window(found) == [
        "Whole agency: groups: Closed, Saturday 12 December 2026, all day",
        f"Whole agency: groups: {TITLE}, Saturday 12 December 2026, 21:00 to 22:00 (Resolute)",
    ]
    assert len(found.windows) == conflicts.WINDOWS
    assert not any(overlaps for _, overlaps in found.windows[1:])
    assert [state.in_words(found.zone) for state in found.calendars] == ["2 entries."]


def test_an_entry_without_an_end_is_told_by_its_beginning(context: Context, folder: Path) -> None:
    conflicts.link(context, put(folder / "groups.ics", "UID:1\nDTSTART:20261213T030000Z\nSUMMARY:Call"))
    assert next_window(conflicts.load(context)) == [
        "Whole agency: groups: Call, Saturday 12 December 2026, 21:00 (Resolute)"
    ]


def test_a_calendar_of_a_site_goes_by_its_clock(context: Context, folder: Path) -> None:
    context.write(sites.add, "Coast", "America/Vancouver")
    file = put(folder / "shifts.ics", "UID:1\nDTSTART:20261212T190000\nDTEND:20261212T200000\nSUMMARY:Shift")
    made = conflicts.link(context, file, "Shifts", "coast")
    assert made.site == "Coast"
    found = conflicts.load(context)
    assert next_window(found)[0].startswith(
        "Coast: Shifts: Shift, Saturday 12 December 2026, 19:00 to 20:00 (Vancouver)"
    )
    coast = context.read(sites.find, "Coast")
    context.write(sites.change, coast, msgspec.structs.replace(coast, name="Harbour"))
    assert [state.link.site for state in conflicts.load(context).calendars] == ["Harbour"]
    assert [item.site for item in conflicts.find_all(context.home)] == ["Harbour"]
    context.write(sites.remove, context.read(sites.find, "Harbour"))
    (state,) = conflicts.load(context).calendars
    assert "There is no site “Harbour” any more" in state.in_words(found.zone)


def test_projects_are_looked_at_too(context: Context, folder: Path) -> None:
    first = NOW.date() + timedelta(days=6)
    entered = ProjectInput("Groups", "Try them out", first, first + timedelta(days=11))
    project = context.write(projects.add, entered).value.id
    conflicts.link(context, put(folder / "closures.ics", NIGHT, CLOSED))
    ((item, overlaps),) = conflicts.load(context).planned
    assert (item.kind, item.subject) == ("project", str(project))
    assert [overlap.in_words for overlap in overlaps] == ["closures: Closed, Saturday 12 December 2026, all day"]


def test_a_folder_is_read_file_by_file_and_a_broken_one_is_named_while_the_rest_counts(
    context: Context, folder: Path
) -> None:
    put(folder / "a.ics", NIGHT)
    (folder / "b.ics").write_text("BEGIN:VCALENDAR\n", "utf-8")
    (folder / "notes.txt").write_text("none", "utf-8")
    conflicts.link(context, folder, "Office")
    found = conflicts.load(context)
    assert next_window(found)[0].startswith("Whole agency: Office, a: ")
    (state,) = found.unread
    assert state.in_words(found.zone) == (
        f"Not read. {folder / 'b.ics'} cannot be read: it was cut short or is broken. It was never read. "
        "What it overlaps is unknown."
    )


def test_a_calendar_that_cannot_be_read_any_more_says_when_it_last_was(
    context: Context, folder: Path, clock: FixedClock
) -> None:
    file = put(folder / "groups.ics", NIGHT)
    conflicts.link(context, file)
    conflicts.load(context)
    file.unlink()
    clock.instant += timedelta(days=1)
    found = conflicts.load(context)
    assert next_window(found) == []
    (state,) = found.unread
    assert "It was last read on Tuesday 1 December 2026, 09:00 (Resolute)." in state.in_words(found.zone)
    put(file, NIGHT)
    assert not conflicts.load(context).unread


def test_files_that_are_only_named_are_looked_into_alone_and_not_kept(context: Context, folder: Path) -> None:
    conflicts.link(context, put(folder / "linked.ics", CLOSED))
    before = (context.home / lists.LINKED_FILE).read_bytes()
    found = conflicts.load(context, [put(folder / "named.ics", NIGHT)])
    assert [state.link.name for state in found.calendars] == ["named"]
    assert (context.home / lists.LINKED_FILE).read_bytes() == before


def test_nothing_of_an_entry_is_kept_or_logged(context: Context, folder: Path) -> None:
    conflicts.link(context, put(folder / "groups.ics", NIGHT))
    assert TITLE in next_window(conflicts.load(context))[0]
    kept = [path.read_bytes() for path in context.home.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"Jane" in data for data in kept)
    assert "Jane" not in context.read(activity.export_csv)


def test_an_unchanged_calendar_is_not_read_again(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicts.link(context, put(folder / "groups.ics", NIGHT))
    first = conflicts.load(context)
    monkeypatch.setattr(occurrences.apart, "lines", None)  # calling it would fail
    assert conflicts.load(context).windows == first.windows


def test_days_that_are_being_chosen_are_looked_at(context: Context, folder: Path) -> None:
    day = NOW.date() + timedelta(days=11)
    assert conflicts.on_days(context, day, day) == ()
    conflicts.link(context, put(folder / "groups.ics", NIGHT, CLOSED))
    assert [item.occurrence.title for item in conflicts.on_days(context, day, day) if item.occurrence] == [
        "Closed",
        TITLE,
    ]
    assert [item.in_words for item in conflicts.on_days(context, day, day + timedelta(days=3))] == [
        "groups: Closed, Saturday 12 December 2026, all day"
    ]


def test_what_cannot_be_linked_is_refused(context: Context, folder: Path) -> None:
    file = put(folder / "groups.ics", NIGHT)
    for path, why in (
        (folder / "missing.ics", "neither a calendar file"),
        (put(folder / "a.txt"), "neither a calendar file"),
    ):
        with pytest.raises(BadInputError, match=why):
            conflicts.link(context, path)
    with pytest.raises(BadInputError, match="not UTF-8"):
        conflicts.link(context, put(folder / "gr\udcfcn.ics", NIGHT))
    with pytest.raises(BadInputError, match='no site "Moon"'):
        conflicts.link(context, file, site="Moon")
    conflicts.link(context, file)
    with pytest.raises(BadInputError, match="linked already"):
        conflicts.link(context, file)
    lists.LINKED.save(context.home, [LinkedCalendar(f"/{number}", "x") for number in range(MOST)])
    with pytest.raises(BadInputError, match=f"{MOST} calendars"):
        conflicts.link(context, file)


def test_a_calendar_is_linked_no_longer_and_the_file_stays(context: Context, folder: Path) -> None:
    file = put(folder / "groups.ics", NIGHT)
    conflicts.link(context, file)
    conflicts.unlink(context.home, str(file))
    assert conflicts.find_all(context.home) == ()
    assert file.exists()
    with pytest.raises(BadInputError, match="is not linked"):
        conflicts.unlink(context.home, str(file))


def test_a_list_of_calendars_that_is_none_is_told(context: Context) -> None:
    (context.home / lists.LINKED_FILE).write_text("[1]", "utf-8")
    with pytest.raises(BadInputError, match="link the calendars again"):
        conflicts.load(context)


def test_before_there_is_an_agency_nothing_is_linked(fresh: Context, folder: Path) -> None:
    with pytest.raises(NotSetUpError):
        conflicts.link(fresh, put(folder / "groups.ics", NIGHT))
    assert conflicts.find_all(fresh.home) == ()


@pytest.mark.parametrize("bound", ["MOST_FILES", "_MOST_ENTRIES"])
def test_calendars_of_a_folder_that_are_not_read_are_told_as_unknown(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    for name in ("a", "b", "c"):
        put(folder / f"{name}.ics", CLOSED)
    conflicts.link(context, folder, "All")
    assert conflicts.load(context).unread == ()
    monkeypatch.setattr(conflicts, bound, 2)
    (state,) = conflicts.load(context).unread
    assert state.gap == "Of All, not every calendar is read: what the others overlap is unknown."


def test_a_folder_with_more_files_than_are_looked_at_is_not_said_to_have_no_calendars(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (folder / f"{number}.txt").touch()
    conflicts.link(context, folder)
    monkeypatch.setattr(conflicts, "_MOST_ENTRIES", 2)
    (state,) = conflicts.load(context).unread
    assert "There are no calendar files" not in state.in_words(context.read(lambda work: work.zone))
    assert "more than 2 files" in state.note
