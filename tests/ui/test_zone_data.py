"""What the window shows of time zone data, and that Qt's own idea of clocks never counts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QDateTime, QTime
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock, find_zone
from penelope_admin.gateways import settings
from penelope_admin.ui import format as words
from penelope_admin.ui.widgets.dates import MomentField, to_qdate
from tests.ui.conftest import Desktop, close, looks, open_desktop, texts
from tests.zone_files import make_system, pack, restored_zones, use_system, wheel_files

__all__ = ["restored_zones"]

pytestmark = pytest.mark.usefixtures("restored_zones")
WARNING = "more than nine months old"


@pytest.fixture
def in_winnipeg(demo: App) -> App:
    """The demo agency, moved to where the rules changed."""
    profile = demo.context.read(services.agency.need_profile)
    demo.context.write(services.agency.update, msgspec.structs.replace(profile, zone="America/Winnipeg"))
    demo.forget_database()
    return demo


def test_overview_shows_the_new_hour_on_a_computer_with_old_data(
    qtbot: QtBot, qapp: QApplication, in_winnipeg: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_system(monkeypatch, make_system(tmp_path / "zones", "2025b"))
    desktop = open_desktop(qtbot, qapp, in_winnipeg, page="overview")
    told = "The rules for Winnipeg changed; this computer's own time zone data (2025b) is older and would show 20:00."
    desktop.reads(desktop.window.current, told)
    close(desktop)


def told_on(app: App, qtbot: QtBot, qapp: QApplication, day: date) -> bool:
    """Whether Overview speaks of old data when the window is opened on a day."""
    later = App(app.home, clock=FixedClock(datetime(day.year, day.month, day.day, 18, tzinfo=UTC)))
    desktop = open_desktop(qtbot, qapp, later, page="overview")
    qapp.processEvents()  # a banner that was put into the page is shown in the loop's next turn
    found = WARNING in texts(desktop.window.current)
    desktop.window.shell.save_settings()
    close(desktop)
    return found


def test_overview_tells_once_a_month_that_the_data_is_old(qtbot: QtBot, qapp: QApplication, demo: App) -> None:
    assert not told_on(demo, qtbot, qapp, date(2027, 7, 28))
    assert told_on(demo, qtbot, qapp, date(2027, 8, 2))
    assert told_on(demo, qtbot, qapp, date(2027, 8, 2))
    assert not told_on(demo, qtbot, qapp, date(2027, 8, 3))
    assert told_on(demo, qtbot, qapp, date(2027, 9, 2))
    assert settings.load(demo.home).time_data_told == date(2027, 9, 2)


def test_settings_show_which_data_is_in_use_and_take_newer_data_from_a_file(
    qtbot: QtBot, qapp: QApplication, in_winnipeg: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = open_desktop(qtbot, qapp, in_winnipeg)
    page = desktop.settings("Time zone data")
    desktop.reads(page, "the time zone data that came with Penelope Admin (2026f)")
    wheel = pack(tmp_path / "tzdata-2027.1-py2.py3-none-any.whl", wheel_files("2027a"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(wheel), ""))
    button = next(made for made in page.findChildren(QPushButton) if made.text() == "Import newer data …")
    desktop.click(button)
    desktop.settle()
    desktop.reads(page, "In use now: the imported time zone data (2027a).")
    overview = desktop.go("overview")
    desktop.reads(overview, f"{words.clock(clock_time(20))} to midnight (Winnipeg)")
    close(desktop)


@looks
def test_a_file_that_is_no_data_is_refused_in_settings(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = desktop.settings("Time zone data")
    (tmp_path / "w.whl").write_bytes(b"nothing")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "w.whl"), ""))
    desktop.click(next(made for made in page.findChildren(QPushButton) if made.text() == "Import newer data …"))
    desktop.reads(page, "Nothing was changed.")


@pytest.fixture
def computer_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This computer's clock skips 02:00 to 03:00 on 28 March 2027."""
    if not hasattr(time, "tzset"):
        pytest.skip("a process cannot be put into another zone here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("computer_in_berlin")
def test_a_field_takes_an_hour_that_this_computer_s_own_clock_skips(qtbot: QtBot) -> None:
    assert os.environ["TZ"] == "Europe/Berlin"
    zone = find_zone("America/Winnipeg")
    skipped_here = datetime(2027, 3, 28, 2, 30, tzinfo=zone)
    field = MomentField(skipped_here, zone)
    qtbot.addWidget(field)
    assert field.dateTime().time() == QTime(2, 30)
    assert field.instant == skipped_here
    other = MomentField(datetime(2027, 3, 27, 2, 45, tzinfo=zone), zone)
    qtbot.addWidget(other)
    other.setDate(to_qdate(date(2027, 3, 28)))
    assert other.instant == datetime(2027, 3, 28, 2, 45, tzinfo=zone).astimezone(UTC)


@pytest.mark.usefixtures("computer_in_berlin")
def test_a_field_shows_the_agency_s_hour_whatever_zone_the_computer_is_in(qtbot: QtBot) -> None:
    zone = find_zone("America/Winnipeg")
    field = MomentField(datetime(2026, 12, 13, 2, tzinfo=UTC), zone)
    qtbot.addWidget(field)
    field.setDisplayFormat("yyyy-MM-dd HH:mm")
    assert field.text() == "2026-12-12 21:00"
    field.setDateTime(QDateTime.fromString("2026-12-12T22:15", "yyyy-MM-ddTHH:mm"))
    assert field.instant.minute == 15
