"""Sites in the window: added in Settings, told beside each window, and the hand-over sheet where people work on."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from penelope_admin import services
from penelope_admin.ui.dialogs.hand_over import HandOverSheet
from penelope_admin.ui.dialogs.site import SiteSheet
from penelope_admin.ui.pages.windows import WindowsPage
from tests.ui.conftest import Desktop, looks, texts
from tests.ui.test_printing import printed

__all__ = ("printed",)
COAST = ("Coast clinic", "America/Vancouver")
TOLD = "19:00 to 23:00 (Vancouver)"


def buttons(page: QWidget, text: str) -> list[QPushButton]:
    return [made for made in page.findChildren(QPushButton) if made.text() == text and made.isVisibleTo(page)]


def test_a_site_is_added_changed_and_removed_in_settings_and_back_again(desktop: Desktop) -> None:
    page = desktop.settings("Sites")
    assert page.sites is not None
    assert not page.sites.change_button.isEnabled()
    page.sites.open_site(None)
    sheet = desktop.sheet(SiteSheet)
    assert not sheet.primary.isEnabled()
    assert sheet.zone.currentText() == "America/Resolute"
    sheet.name.setText("Coast clinic")
    sheet.zone.setCurrentText("America/Vancouver")
    sheet.primary.click()
    desktop.settle()
    (made,) = desktop.app.context.read(services.sites.find_all)
    assert (made.name, made.zone) == COAST
    page.sites.table.choose(made.id)
    page.sites.change_button.click()
    sheet = desktop.sheet(SiteSheet)
    sheet.around_the_clock.box.click()
    sheet.submit()
    desktop.settle()
    (made,) = desktop.app.context.read(services.sites.find_all)
    assert made.around_the_clock
    page.sites.remove_button.click()
    desktop.settle()
    assert desktop.app.context.read(services.sites.find_all) == ()
    desktop.window.undo_last()
    desktop.settle()
    assert [site.name for site in desktop.app.context.read(services.sites.find_all)] == ["Coast clinic"]


@looks
def test_a_site_whose_zone_is_none_keeps_the_sheet_open_and_says_so(desktop: Desktop) -> None:
    page = desktop.settings("Sites")
    assert page.sites is not None
    page.sites.open_site(None)
    sheet = desktop.sheet(SiteSheet)
    sheet.name.setText("Coast")
    sheet.zone.setCurrentText("Vancouver Island")
    sheet.submit()
    desktop.reads(sheet, "is not a time zone of the IANA database")
    assert not sheet.is_gone


def test_the_local_time_of_a_site_stands_beside_each_window_and_on_the_overview(desktop: Desktop) -> None:
    page = desktop.page(WindowsPage)
    assert TOLD not in texts(page)
    desktop.app.context.write(services.sites.add, *COAST)
    page.load()
    desktop.reads(page.detail, "Coast clinic", TOLD)
    overview = desktop.go("overview")
    overview.load()
    desktop.reads(overview, f"Coast clinic: Saturday 12 December 2026, {TOLD}")
    desktop.reads(desktop.go("support"), "(Vancouver).")


def test_the_hand_over_sheet_is_there_only_where_people_work_through_upgrades(desktop: Desktop) -> None:
    page = desktop.page(WindowsPage)
    assert not buttons(page.detail, "Hand-over sheet …")
    desktop.app.context.write(services.sites.add, *COAST, around_the_clock=True)
    page.load()
    desktop.settle()
    (made,) = buttons(page.detail, "Hand-over sheet …")
    desktop.reads(page.detail, "a precaution that leaves room", "A shorter or exact time is not given")
    assert texts(page.detail).count("A shorter or exact time is not given") == 1
    made.click()
    sheet = desktop.sheet(HandOverSheet)
    desktop.reads(sheet, "On shift: Coast clinic (optional)", TOLD)


def test_a_hand_over_sheet_prints_who_is_on_shift_and_remembers_it_while_the_program_runs(
    desktop: Desktop, printed: list[str]
) -> None:
    for name, zone in (COAST, ("East", "America/Toronto")):
        desktop.app.context.write(services.sites.add, name, zone, around_the_clock=True)
    page = desktop.page(WindowsPage)
    page.load()
    desktop.settle()
    window = page.chosen
    assert window is not None
    page.hand_over(window)
    sheet = desktop.sheet(HandOverSheet)
    sheet.fields[0].setText("R. Mistry")
    sheet.submit()
    (paper,) = printed
    assert all(word in paper for word in ("Coast clinic", "R. Mistry", "East", "Take notes on paper", TOLD))
    page.hand_over(window)
    again = desktop.sheet(HandOverSheet)
    assert [line.text() for line in again.fields] == ["R. Mistry", ""]
    assert "R. Mistry" not in (desktop.app.home / "penelope-admin.db").read_bytes().decode("latin-1")
