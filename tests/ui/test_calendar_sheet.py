"""The sheet that brings the dates into calendars, and what stands there of files that are kept up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from penelope_admin import services
from penelope_admin.domain.waiting import KEPT_FILES
from penelope_admin.ui.dialogs.calendar import CalendarSheet
from penelope_admin.ui.dialogs.staff import SendStaffSheet, StaffSheet
from penelope_admin.ui.pages.overview import OverviewPage
from penelope_admin.ui.pages.windows import WindowsPage
from tests.services.test_outbox import nobody_listens
from tests.ui.conftest import WAIT_MS, Desktop, looks
from tests.ui.test_sending import button, use_server


def calendar_sheet(desktop: Desktop) -> CalendarSheet:
    page = desktop.page(OverviewPage)
    page.add_dates()
    return desktop.sheet(CalendarSheet)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is chosen whenever one is asked for."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder / "penelope.ics"), ""))
    return folder / "penelope.ics"


def test_the_dates_are_saved_with_the_reminders_that_are_ticked(desktop: Desktop, target: Path) -> None:
    sheet = calendar_sheet(desktop)
    sheet.contents.setCurrentIndex(1)
    sheet.alarms[60].click()
    sheet.submit()
    desktop.settle()
    text = target.read_text("utf-8")
    assert text.count("BEGIN:VALARM") == 2 * text.count("BEGIN:VEVENT")
    assert "last day of" not in text
    assert sheet.is_gone


def test_a_calendar_is_kept_up_to_date_and_dropped_again(desktop: Desktop, target: Path) -> None:
    sheet = calendar_sheet(desktop)
    desktop.reads(sheet, "Desktop Outlook copies a file that it imports, and updates only what is subscribed")
    sheet.keep_button.click()
    desktop.reads(sheet, "Calendar of everything, kept up to date.")
    assert "last day of" in target.read_text("utf-8").replace("\n ", "")
    (stop,) = (made for made in sheet.findChildren(QPushButton) if made.text() == "Stop keeping it")
    stop.click()
    desktop.bot.waitUntil(lambda: services.calendar.kept.find_all(desktop.app.home) == (), timeout=WAIT_MS)
    assert target.exists()


def test_a_calendar_that_cannot_be_written_waits_on_the_overview_and_leads_to_the_sheet(
    desktop: Desktop, target: Path
) -> None:
    sheet = calendar_sheet(desktop)
    sheet.keep()
    desktop.reads(sheet, "Calendar of everything, kept up to date.")
    sheet.reject()
    target.parent.rename(target.parent.with_name("away"))
    desktop.app.context.write(services.sites.add, "Coast", "America/Vancouver")
    page = desktop.go("overview")
    page.load()
    desktop.reads(page, "is not up to date since")
    desktop.window.go("windows", KEPT_FILES)
    opened = desktop.sheet(CalendarSheet)
    desktop.reads(opened, "Calendar of everything, not written since")


# --- the staff ---------------------------------------------------------------------------------


def staff_sheet(desktop: Desktop) -> StaffSheet:
    page = desktop.page(WindowsPage)
    assert page.chosen is not None
    page.tell_staff(page.chosen)
    return desktop.sheet(StaffSheet)


@looks
def test_a_staff_notice_is_copied_for_a_mail_with_and_without_its_form(desktop: Desktop) -> None:
    sheet = staff_sheet(desktop)
    sheet.submit()
    data = QApplication.clipboard().mimeData()
    assert data.text().startswith("Penelope is expected to be upgraded")
    assert "<table>" not in data.text()
    assert "Penelope is expected to be upgraded" in data.html()


@looks
def test_a_mail_to_the_staff_opens_in_the_mail_program_and_the_addresses_are_remembered(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(desktop.window.shell, "open_link", lambda link: not opened.append(link))
    sheet = staff_sheet(desktop)
    sheet.to.setText("nobody")
    sheet.open_mail()
    desktop.reads(sheet, "does not look like an email address")
    sheet.to.setText("all@harbour.example")
    sheet.open_mail()
    desktop.reads(sheet, "It opens in your mail program.")
    assert [link.startswith("mailto:all@harbour.example?subject=Penelope") for link in opened] == [True]
    sheet.reject()
    assert staff_sheet(desktop).to.text() == "all@harbour.example"


def test_a_notice_to_the_staff_is_looked_at_and_waits_until_it_is_taken_back(desktop: Desktop) -> None:
    with nobody_listens() as port:
        use_server(desktop.app.context, port)
        sheet = staff_sheet(desktop)
        sheet.to.setText("nobody")
        sheet.preview_mail()
        desktop.reads(sheet, "does not look like an email address")
        sheet.to.setText("all@harbour.example; night@harbour.example")
        sheet.preview_mail()
        shown = desktop.sheet(SendStaffSheet)
        desktop.reads(shown, "To 2 addresses: all@harbour.example, night@harbour.example")
        assert shown.text.text.toPlainText().startswith("Penelope is expected to be upgraded")
        desktop.click(button(shown, "Send it"))
        desktop.page(WindowsPage).panes.open_detail()
        desktop.reads(desktop.window.current, "Notice to the staff, by email: It is in the outbox, for 2 addresses.")
    sheet = staff_sheet(desktop)
    desktop.reads(sheet, "By email: It is in the outbox")
    desktop.click(button(sheet, "Cancel sending"))
    desktop.reads(desktop.window.current, "Notice to the staff, by email: Taken back")


@looks
def test_a_page_for_the_staff_is_saved_and_kept(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "staff.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    sheet = staff_sheet(desktop)
    sheet.write("html")
    desktop.reads(sheet, "Saved:")
    assert "<article" not in file.read_text("utf-8")
    sheet.write("page")
    desktop.bot.waitUntil(lambda: "<article" in file.read_text("utf-8"), timeout=WAIT_MS)
    sheet.keep()
    desktop.reads(sheet, "Saved, and kept up to date:")
    (found,) = services.calendar.kept.find_all(desktop.app.home)
    assert (found.path, found.contents) == (str(file), "staff-notice")
