"""Linked calendars in the window: linked in Settings, told beside windows, projects and days that are being chosen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel

from penelope_admin import services
from penelope_admin.domain.conflicts import WHOLE_AGENCY
from penelope_admin.domain.projects import ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.ui.dialogs.linked_calendar import LinkSheet
from penelope_admin.ui.dialogs.project import ProjectSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.widgets.conflicts import HEADING, LINK_THEM
from tests.gateways.test_occurrences import calendar
from tests.ui.conftest import Desktop, texts

EVENING = "UID:1\nDTSTART;TZID=America/Resolute:20261212T190000\nDURATION:PT2H\nSUMMARY:Parents' evening"
CLOSED = "UID:2\nDTSTART;VALUE=DATE:20261215\nSUMMARY:Office closed"
TOLD = "Parents' evening, Saturday 12 December 2026, 19:00 to 21:00 (Resolute)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "groups.ics"
    made.write_text(calendar(EVENING, CLOSED), "utf-8")
    return made


def link(desktop: Desktop, file: Path, name: str = "Groups", site: str = "") -> None:
    """Link a calendar, and wait until it was looked into."""
    services.calendar.conflicts.link(desktop.app.context, file, name, site)
    look(desktop)


def look(desktop: Desktop) -> None:
    shell = desktop.window.shell
    with desktop.bot.waitSignal(shell.conflicts_changed, timeout=60_000):
        shell.calendar_check_requested.emit()


def december(desktop: Desktop) -> WindowsPage:
    page = desktop.page(WindowsPage)
    page.show_subject("2026-12")
    return page


def test_a_window_names_what_it_overlaps_and_the_page_stays_where_it_is(desktop: Desktop, file: Path) -> None:
    page = december(desktop)
    assert LINK_THEM in texts(page.detail)
    link(desktop, file)
    assert page.chosen is not None
    assert page.chosen.key == "2026-12"
    desktop.reads(page.detail, f"Groups: {TOLD}")
    marked = "Saturday 12 December 2026: overlaps entries of your calendars."
    assert page.picture.accessibleDescription().count(marked) == 1
    page.choose("2027-01")
    desktop.reads(page.detail, "Nothing at this time.")


def test_overview_names_what_the_next_upgrade_overlaps(desktop: Desktop, file: Path) -> None:
    page = desktop.go("overview")
    assert HEADING not in texts(page)
    link(desktop, file)
    desktop.reads(page, f"Groups: {TOLD}")


def test_a_calendar_that_cannot_be_read_is_told_where_its_conflicts_would_be(desktop: Desktop, file: Path) -> None:
    page = december(desktop)
    link(desktop, file)
    file.write_text("nothing", "utf-8")
    look(desktop)
    desktop.reads(page.detail, "Groups was not read: what it has is unknown.")
    assert TOLD not in texts(page.detail)
    card = desktop.settings("Linked calendars").calendars
    assert card is not None
    card.table.choose(str(file))
    assert "it is not a calendar file (.ics). It was last read on" in texts(card)


def test_a_calendar_is_linked_and_removed_in_settings_and_back_again(desktop: Desktop, file: Path) -> None:
    desktop.app.context.write(services.sites.add, "Coast", "America/Vancouver")
    card = desktop.settings("Linked calendars").calendars
    assert card is not None
    assert not card.remove_button.isEnabled()
    card.open_link(file)
    sheet = desktop.sheet(LinkSheet)
    assert (sheet.name.text(), sheet.site.currentText()) == ("groups", WHOLE_AGENCY)
    sheet.name.clear()
    assert not sheet.primary.isEnabled()
    sheet.name.setText("Night shifts")
    sheet.site.setCurrentText("Coast")
    sheet.primary.click()
    desktop.bot.waitUntil(lambda: desktop.window.shell.conflicts is not None)
    (state,) = desktop.window.shell.conflicts.calendars if desktop.window.shell.conflicts else ()
    assert (state.link.name, state.link.site) == ("Night shifts", "Coast")
    assert card.table.choose(str(file))
    card.remove_button.click()
    desktop.bot.waitUntil(lambda: desktop.window.shell.conflicts is None)
    assert card.table.chosen is None
    assert file.exists()


def test_a_project_and_days_that_are_being_chosen_name_whole_days(desktop: Desktop, file: Path) -> None:
    link(desktop, file)
    today = desktop.app.clock.now().date()
    closed = QDate(2026, 12, 15)
    entered = ProjectInput("Intake", "Try it", today + timedelta(days=3), today + timedelta(days=60))
    number = desktop.app.context.write(services.projects.add, entered).value.id
    page = desktop.go("projects")
    page.show_subject(f"project/{number}")
    look(desktop)
    desktop.reads(page, "Groups: Office closed, Tuesday 15 December 2026, all day")
    assert TOLD not in texts(page)
    page.plan()
    sheet = desktop.sheet(ProjectSheet)
    sheet.first_day.setDate(closed)
    sheet.last_day.setDate(closed.addDays(3))
    desktop.reads(sheet, "Groups: Office closed, Tuesday 15 December 2026, all day")
    sheet.first_day.setDate(closed.addDays(1))
    desktop.reads(sheet, "No all-day entries.")


def test_a_refresh_names_what_is_on_its_day(desktop: Desktop, file: Path) -> None:
    link(desktop, file)
    page = desktop.go("overview")
    page.request_refresh()
    sheet = desktop.sheet(RequestSheet)
    assert HEADING not in texts(sheet)
    sheet.latest.tick.setChecked(True)
    sheet.latest.field.setDate(QDate(2026, 12, 12))
    desktop.reads(sheet, f"Groups: {TOLD}")


def test_a_calendar_that_is_dropped_on_settings_is_offered(desktop: Desktop, file: Path) -> None:
    page = desktop.settings("Agency")
    assert desktop.drop(page, file)
    sheet = desktop.sheet(LinkSheet)
    assert sheet.name.text() == "groups"


def test_the_day_of_a_refresh_is_looked_at_before_and_after_it_is_saved(desktop: Desktop, file: Path) -> None:
    link(desktop, file)
    context, requests = desktop.app.context, services.requests
    key = context.write(requests.draft, RequestInput(kind="refresh", reason="Payroll")).value.request.id
    context.write(requests.advance, key, "sent")
    context.write(requests.advance, key, "acknowledged", case_number="00481599")
    detail = desktop.request(key)
    sheet = StepSheet(desktop.window.shell, context.read(requests.find, key), "scheduled")
    desktop.window.shell.open_sheet(sheet)
    assert sheet.day is not None
    sheet.day.setDate(QDate(2026, 12, 15))
    desktop.reads(sheet, "Groups: Office closed, Tuesday 15 December 2026, all day")
    sheet.primary.click()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets)
    desktop.reads(detail, "Groups: Office closed, Tuesday 15 December 2026, all day")


def test_words_of_a_calendar_are_no_mark_up(desktop: Desktop, file: Path) -> None:
    file.write_text(calendar(EVENING.replace("Parents' evening", "<b>bold</b>")), "utf-8")
    page = december(desktop)
    link(desktop, file)
    desktop.reads(page.detail, "Groups: <b>bold</b>")
    (made,) = (made for made in page.detail.findChildren(QLabel) if "bold" in made.text())
    assert made.textFormat() == Qt.TextFormat.PlainText
