"""Look ahead in the window: another day in a frame, a way back, and nothing kept."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton

from penelope_admin import services
from penelope_admin.ui.dialogs.ahead import AheadSheet
from penelope_admin.ui.widgets.dates import from_qdate, to_qdate
from tests.demo import add_work
from tests.ui.conftest import Desktop, looks


def opened(desktop: Desktop) -> AheadSheet:
    """The sheet, opened from Overview."""
    page = desktop.go("overview")
    (button,) = (item for item in page.findChildren(QPushButton) if item.text() == "Look ahead …")
    desktop.click(button)
    sheet = desktop.sheet(AheadSheet)
    desktop.settle()
    return sheet


def test_another_day_is_shown_in_a_frame_with_what_is_assumed(desktop: Desktop) -> None:
    add_work(desktop.app)
    sheet = opened(desktop)
    assert sheet.findChildren(QFrame, "ahead")
    sheet.day.setDate(to_qdate(date(2026, 12, 14)))
    desktop.reads(
        sheet,
        "as if it were Monday 14 December 2026. Nothing of this has happened",
        "switches off External Communications: Worker Delivery",
        "As assumed, contact details are de-identified",
        "Payroll pilot, planned",
        "If it is not: ",
    )


@looks
def test_a_button_leads_to_the_day_after_the_next_upgrade(desktop: Desktop) -> None:
    sheet = opened(desktop)
    desktop.click(sheet.after_upgrade)
    assert from_qdate(sheet.day.date()) == date(2026, 12, 13)
    desktop.reads(sheet, "as if it were Sunday 13 December 2026")


@looks
def test_escape_leads_back_at_once_and_nothing_was_kept(desktop: Desktop) -> None:
    before = desktop.app.context.read(services.activity.newest_number)
    sheet = opened(desktop)
    sheet.day.setDate(to_qdate(date(2027, 5, 1)))
    desktop.settle()
    desktop.bot.keyClick(sheet.day, Qt.Key.Key_Escape)
    assert sheet.is_gone
    assert desktop.app.context.read(services.activity.newest_number) == before


@looks
def test_it_is_found_by_name_and_in_the_menu_go(desktop: Desktop) -> None:
    assert "Look ahead" in [action.name for action in desktop.window.actions_by_name()]
    desktop.window._fill_menus()
    assert "Look ahead" in [action.text() for action in desktop.window._menus[2].actions()]
