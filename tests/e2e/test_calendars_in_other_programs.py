"""Calendar files as other programs read them: the same instants, what moved moves, what was withdrawn is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.entries import Published, window_entry
from penelope_admin.domain.windows import Calendar
from penelope_admin.gateways import exports
from penelope_admin.policy import Policy
from tests.effort import examples
from tests.readers import READERS, Read, Reader, libical, objections
from tests.regions import REGION_KEYS
from tests.services.house import NOW, settle

FROM = datetime(2026, 11, 20, tzinfo=UTC)
ZONES = (
    "America/Edmonton", "America/Halifax", "America/New_York", "America/Phoenix", "America/Regina", "America/St_Johns",
    "America/Toronto", "America/Vancouver", "America/Winnipeg", "Asia/Kolkata", "Australia/Adelaide",
    "Australia/Brisbane", "Australia/Lord_Howe", "Australia/Perth", "Australia/Sydney", "Europe/Dublin",
    "Europe/London", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu",
)  # fmt: skip
YEARS = 10


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Reader:
    """Another program."""
    read, is_installed = READERS[request.param]
    if not is_installed():
        pytest.skip(f"{request.param} is not installed")
    return read


def pairs() -> list[tuple[str, str]]:
    """Every zone with one region, and every region with four zones; in a long test each with each."""
    if examples(0, long=1):
        return [(region, zone) for region in REGION_KEYS for zone in ZONES]
    return [(REGION_KEYS[number % len(REGION_KEYS)], zone) for number, zone in enumerate(ZONES)]


def test_every_window_of_ten_years_is_at_the_same_instants(policy: Policy, reader: Reader) -> None:
    """Twelve windows a year; a year in ten for each pair, and all of them in a long test."""
    written, wanted, count = [], [], examples(12, long=12 * YEARS)
    for number, (region, key) in enumerate(pairs()):
        zone = ZoneInfo(key)
        first = date(FROM.year + (0 if count > 12 else number % YEARS), 12, 1)
        windows = Calendar(policy, region, zone).between(FROM, first, count=count)
        text = exports.calendar_ics(
            [Published(window_entry(window, "Upgrades"), 1, FROM) for window in windows], zone, "Upgrades", ()
        )
        written.append(text)
        wanted.append((key, windows))
    for read, (key, windows) in zip(reader(written), wanted, strict=True):
        assert len(read) == count
        for window in windows:
            entry = read[window_entry(window, "").uid]
            assert (entry.starts, entry.ends) == (window.starts_at.timestamp(), window.ends_at.timestamp()), key


class Shelf:
    """What somebody has in their calendar: a newer version of an entry takes the place of the one before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.entries: dict[str, Read] = {}

    def take(self, text: str) -> None:
        """Import a file."""
        (read,) = self._reader([text])
        for uid, entry in read.items():
            if uid not in self.entries or entry.sequence >= self.entries[uid].sequence:
                self.entries[uid] = entry

    def one(self, words: str) -> Read:
        """The entry whose title has some words."""
        (found,) = (entry for entry in self.entries.values() if words in entry.summary)
        return found


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[App]:
    """An agency whose clock can be set."""
    settle(tmp_path / "home")
    app = App(tmp_path / "home", clock=FixedClock(NOW))
    yield app
    app.forget_database()


def test_a_window_that_moved_moves_and_one_that_was_withdrawn_is_cancelled(agency: App, reader: Reader) -> None:
    context, clock, shelf = agency.context, agency.clock, Shelf(reader)
    assert isinstance(clock, FixedClock)
    notices, text = services.calendar.notices, services.calendar.publishing.calendar_text
    starts = datetime(2026, 12, 2, 4, tzinfo=UTC)
    hours = timedelta(hours=2)
    emergency = context.write(notices.add, "emergency", starts, starts + hours).value
    shelf.take(text(context))
    upgrade = datetime(2026, 12, 13, 2, tzinfo=UTC)
    uid = "ca-2026-12@penelope-admin.invalid"
    assert shelf.entries[uid].starts == upgrade.timestamp()
    assert (shelf.one("emergency").status, shelf.entries[uid].status) == ("CONFIRMED", "TENTATIVE")
    clock.instant += timedelta(minutes=1)
    context.write(notices.add, "announced", upgrade + timedelta(days=1), upgrade + timedelta(days=1, hours=4))
    context.write(notices.remove, emergency.id)
    before = dict(shelf.entries)
    shelf.take(text(context))
    assert shelf.entries.keys() == before.keys()
    assert shelf.entries[uid].starts == (upgrade + timedelta(days=1)).timestamp()
    assert (shelf.one("emergency").status, shelf.entries[uid].status) == ("CANCELLED", "CONFIRMED")
    changed = {key for key, entry in shelf.entries.items() if entry.sequence > before[key].sequence}
    assert {uid, *(key for key in before if "emergency" in key)} == changed


@pytest.mark.skipif(libical() is None, reason="libical is not installed")
def test_a_calendar_keeps_to_the_standards_for_calendars_and_for_publishing_them(agency: App) -> None:
    starts = datetime(2026, 12, 2, 4, tzinfo=UTC)
    notices, text = services.calendar.notices, services.calendar.publishing.calendar_text
    told = agency.context.write(notices.add, "emergency", starts, starts + timedelta(hours=1)).value
    assert objections(text(agency.context)) == []
    agency.context.write(notices.remove, told.id)
    assert "STATUS:CANCELLED" in text(agency.context)
    assert objections(text(agency.context)) == []
    assert objections("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n") != []


def test_the_same_entries_are_the_same_file_whenever_it_is_written(agency: App) -> None:
    clock = agency.clock
    assert isinstance(clock, FixedClock)
    first = services.calendar.publishing.calendar_text(agency.context)
    clock.instant += timedelta(hours=3)
    assert services.calendar.publishing.calendar_text(agency.context) == first
