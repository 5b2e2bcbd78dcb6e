"""The agency's form: whether a second person approves."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from penelope_admin import services
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.widgets.agency_form import AgencyForm
from tests.ui.conftest import Desktop


def test_a_second_persons_approval_is_ticked_and_saved(desktop: Desktop) -> None:
    page = desktop.go("settings")
    assert isinstance(page, SettingsPage)
    assert page.form is not None
    desktop.reads(page, "A second person approves", "under their own account, on the same database")
    assert not page.save_button.isEnabled()
    page.form.second_person.box.click()
    page.save_button.click()
    desktop.settle()
    profile = services.agency.need_profile(desktop.app.context)
    assert profile.second_person
    assert AgencyForm(desktop.window.desk, profile).second_person.isChecked()


def test_the_first_run_does_not_ask_for_it(desktop: Desktop) -> None:
    form = AgencyForm(desktop.window.desk, None)
    desktop.bot.addWidget(form)
    assert not [label for label in form.findChildren(QLabel) if "second person" in label.text().lower()]
    form.name.setText("Hillside")
    assert not form.profile().second_person
