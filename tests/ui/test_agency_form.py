"""The agency's form: the zone as it is typed, and whether a second person approves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from penelope_admin import services
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.widgets.agency_form import AgencyForm
from penelope_admin.ui.widgets.basics import Banner
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def in_front() -> QWidget:
    """Who gets the next key: a list that popped up, else what has the focus."""
    target = QApplication.activePopupWidget() or QApplication.focusWidget()
    assert target is not None
    return target


def type_zone(desktop: Desktop, form: AgencyForm, text: str, *keys: Qt.Key) -> None:
    """Type over the zone, then press keys one after the other."""
    form.zone.setFocus()
    editor = form.zone.lineEdit()
    assert editor is not None
    desktop.bot.waitUntil(editor.hasFocus, timeout=WAIT_MS)
    editor.selectAll()
    desktop.bot.keyClicks(editor, text)
    for key in keys:
        desktop.bot.keyClick(in_front(), key)


@pytest.mark.parametrize(
    ("text", "keys", "zone"),
    [
        ("America/Winn", [Qt.Key.Key_Down, Qt.Key.Key_Return], "America/Winnipeg"),
        ("winn", [Qt.Key.Key_Down, Qt.Key.Key_Return], "America/Winnipeg"),
        ("America/Winn", [Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return], "America/Winnipeg"),
        ("America/Winnipeg", [], "America/Winnipeg"),
    ],
)
@looks
def test_the_zone_that_is_highlighted_is_the_one_that_is_taken(
    desktop: Desktop, text: str, keys: list[Qt.Key], zone: str
) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.region.setCurrentIndex(page.form.region.findData("CA"))
    page.form.zone.setCurrentText("America/Toronto")
    type_zone(desktop, page.form, text, *keys)
    assert QApplication.activePopupWidget() is None or not keys
    assert page.form.zone.currentText() == zone
    assert page.form.profile().zone == zone


@looks
def test_the_arrows_go_on_from_the_zone_that_is_typed(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    zone = page.form.zone
    type_zone(desktop, page.form, "America/Winnipeg", Qt.Key.Key_Escape, Qt.Key.Key_Up)
    assert zone.currentIndex() == zone.findText("America/Winnipeg") - 1


@looks
def test_of_a_zone_that_the_person_chose_nobody_says_that_it_was_filled_in(desktop: Desktop) -> None:
    form = AgencyForm(desktop.window.shell, None)
    form.region.setCurrentIndex(form.region.findData("CA"))
    assert "Please check." in form._zone_hint.text()
    form.zone.setCurrentText("America/Winnipeg")
    assert form._zone_hint.text() == "Chosen by you."


@looks
def test_the_next_upgrade_stands_with_the_zone_it_follows_from_and_not_with_the_databases(desktop: Desktop) -> None:
    form = desktop.settings().form
    assert form is not None
    asked = next(made for made in form.findChildren(QLabel) if made.text() == "Which databases do you have?")
    first = form.environments["production"]

    def stands_apart() -> bool:
        above = form.findChildren(Banner)[-1].geometry().bottom()  # it is made anew when the zone changes
        return asked.y() - above > first.y() - asked.geometry().bottom() > 0

    desktop.bot.waitUntil(stands_apart, timeout=WAIT_MS)


def test_a_computer_that_tells_of_no_region_leaves_it_to_be_chosen(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penelope_admin.gateways.zones.system_zone", lambda: "UTC")
    form = AgencyForm(desktop.window.shell, None)
    desktop.bot.addWidget(form)
    form.name.setText("Harbour House")
    assert [what for what, given in form.needed.items() if not given] == ["a region", "a time zone"]
    assert not form.findChildren(Banner), "nothing was filled in wrong yet"
    form.region.setCurrentIndex(form.region.findData("US"))
    assert all(form.needed.values())
    assert form.profile().zone == "America/New_York"


def test_the_settings_say_beside_their_button_what_is_still_needed(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    name = page.form.name.text()
    page.form.name.clear()
    desktop.reads(page, "Still needed: the agency's name.")
    assert not page.saves["Agency"].isEnabled()
    page.form.name.setText(name)
    assert "Still needed" not in texts(page)
    assert page.saves["Agency"].isEnabled()


def test_a_second_persons_approval_is_ticked_and_saved(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    desktop.reads(page, "A second person approves", "under their own account, on the same database")
    assert not page.saves["Agency"].isEnabled()
    page.form.second_person.box.click()
    page.saves["Agency"].click()
    desktop.settle()
    profile = desktop.app.context.read(services.agency.need_profile)
    assert profile.second_person
    assert AgencyForm(desktop.window.shell, profile).second_person.isChecked()


def test_work_around_the_clock_is_ticked_and_the_next_staff_notice_tells_the_shift(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.around_the_clock.box.click()
    page.saves["Agency"].click()
    desktop.settle()
    windows = desktop.page(WindowsPage)
    windows.copy_staff_notice(windows.shown_windows[0])
    desktop.settle()
    assert "If you work then: before it starts" in QApplication.clipboard().text()


def test_the_first_run_does_not_ask_for_it(desktop: Desktop) -> None:
    form = AgencyForm(desktop.window.shell, None)
    desktop.bot.addWidget(form)
    assert not [label for label in form.findChildren(QLabel) if "second person" in label.text().lower()]
    form.name.setText("Hillside")
    assert not form.profile().second_person
