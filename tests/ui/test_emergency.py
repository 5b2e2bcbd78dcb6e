"""Emergency: what helps at once, then what decides, and nothing that frightens before an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from penelope_admin import services
from penelope_admin.ui.dialogs.critical import CriticalSheet, WaysSheet
from penelope_admin.ui.dialogs.wizard import Wizard
from tests.demo import AGENCY, CRITICAL
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts

NUMBER = "1-469-874-0792 ext. 3"
SATURDAY = datetime(2026, 11, 21, 18, tzinfo=UTC)


def opened(desktop: Desktop) -> CriticalSheet:
    desktop.bot.keyClick(desktop.window.emergency, Qt.Key.Key_Return)
    sheet = desktop.sheet(CriticalSheet)
    desktop.settle()
    return sheet


@looks
@pytest.mark.parametrize("page", ["overview", "requests", "settings"])
def test_the_emergency_number_shows_after_one_click_from_anywhere(desktop: Desktop, page: str) -> None:
    desktop.go(page)
    desktop.reads(
        opened(desktop),
        NUMBER,
        "Answered day and night when a server is down.",
        "Open now: Support",
        f"This is {AGENCY.name}, a customer of Penelope.",
        f"call us back at {AGENCY.telephone}",
        "begins with “Critical”",
    )


@looks
def test_the_number_stands_first_and_a_charge_nowhere_before_an_answer(desktop: Desktop) -> None:
    sheet = opened(desktop)
    shown = [made.text() for made in sheet.findChildren(QLabel) if made.isVisibleTo(sheet)]
    assert shown.index(NUMBER) < shown.index("Is it critical?")
    charge = f"${desktop.app.policy.critical.false_alarm_charge_usd}"
    assert charge not in texts(sheet)
    sheet.ticks["a"].setChecked(True)
    sheet.everybody.setChecked(True)
    assert charge not in texts(sheet), "nor after answers that make it critical"
    sheet.none.setChecked(True)
    assert not sheet.ticks["a"].isChecked()
    desktop.reads(sheet, charge)
    sheet.ticks["b"].setChecked(True)
    assert not sheet.none.isChecked()
    desktop.reads(sheet, "This meets the vendor's definition of critical.")


@looks
def test_what_support_is_to_read_is_asked_only_once_it_is_critical(desktop: Desktop) -> None:
    sheet = opened(desktop)
    assert not sheet.subject.isVisibleTo(sheet)
    assert not sheet.primary.isVisibleTo(sheet)
    sheet.ticks["a"].setChecked(True)
    sheet.everybody.setChecked(True)
    assert sheet.subject.isVisibleTo(sheet)
    assert sheet.primary.isVisibleTo(sheet)
    desktop.reads(sheet, "Still needed: the subject, what Support needs to know.")


def test_emergency_works_before_set_up(new_desktop: Desktop) -> None:
    new_desktop.sheet().reject()
    sheet = opened(new_desktop)
    new_desktop.reads(sheet, NUMBER, "This is your agency's name")
    sheet.ticks["c"].setChecked(True)
    sheet.everybody.setChecked(True)
    new_desktop.reads(sheet, "This meets the vendor's definition of critical.", "Call the number above.")
    assert not sheet.subject.isVisibleTo(sheet)


def test_the_first_sheet_of_all_leads_to_the_emergency_line_and_loses_nothing(new_desktop: Desktop) -> None:
    wizard = new_desktop.sheet(Wizard)
    wizard.form.name.setText("Harbour")
    wizard.open_emergency()
    sheet = new_desktop.sheet()
    new_desktop.reads(sheet, NUMBER)
    sheet.reject()
    assert wizard in new_desktop.window.sheets
    assert wizard.form.name.text() == "Harbour"


@looks
def test_the_timer_starts_by_itself(desktop: Desktop) -> None:
    sheet = opened(desktop)
    assert "Timer: less than a minute since 16:40" in texts(sheet)
    desktop.clock.instant += timedelta(minutes=7)
    desktop.reads(sheet, "Timer: 7 minutes since 16:40")


@looks
def test_the_script_is_copied(desktop: Desktop) -> None:
    sheet = opened(desktop)
    sheet.help.copy.click()
    assert QApplication.clipboard().text().startswith(f"This is {AGENCY.name}")


def test_a_second_tick_never_blocks_the_end(desktop: Desktop) -> None:
    context = desktop.app.context
    wish = replace(CRITICAL, reason="Since noon jane.doe@mail.example sees an error.")
    key = context.write(services.requests.draft, wish).value.request.id
    ways = WaysSheet(desktop.window.shell, context.read(services.requests.find, key))
    desktop.window.shell.open_sheet(ways)
    desktop.reads(ways, "This may hold client data.")
    assert not ways.by_mail.isEnabled()
    assert ways.primary.isEnabled(), "it may have been opened by telephone, in other words"
    ways.submit()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    assert context.read(services.requests.find, key).request.status == "sent"


@looks
def test_on_a_weekend_support_shows_the_emergency_line_and_not_three_times_closed(desktop: Desktop) -> None:
    desktop.clock.instant = SATURDAY
    page = desktop.go("support")
    desktop.reads(page, "All support teams are closed.", NUMBER, "AU Support opens Sunday 22 November 2026")
    shown = [made.text() for made in page.findChildren(QLabel) if made.isVisibleTo(page)]
    assert "Closed" not in shown
    assert shown.count(NUMBER) == 1
