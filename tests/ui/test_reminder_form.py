"""Settings, Reminders: what is chosen counts at once and is kept on this computer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from penelope_admin.gateways import autostart, settings
from penelope_admin.ui.widgets.reminder_form import ReminderForm
from tests.each import each
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


@pytest.fixture
def form(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReminderForm:
    """The part of the page, on a system whose list of programs to start is the test's own."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    (found,) = desktop.settings("Reminders").findChildren(ReminderForm)
    return found


def kept(desktop: Desktop) -> settings.Settings:
    desktop.window.shell.save_settings()
    desktop.settle()
    return settings.load(desktop.app.home)


@looks
def test_a_kind_that_is_not_ticked_is_silent(desktop: Desktop, form: ReminderForm) -> None:
    form.kinds["notice"].setChecked(False)
    assert kept(desktop).silent_reminders == ("notice",)


@looks
def test_other_days_are_kept_in_order(desktop: Desktop, form: ReminderForm) -> None:
    form.days.setText("1, 14;3")
    form.days.editingFinished.emit()
    assert kept(desktop).reminder_days == (14, 3, 1)


@looks
@pytest.mark.parametrize("text", ["0", "61", "a week", "1 2 3 4 5 6", "-1"])
def test_days_that_cannot_be_are_told_and_the_ones_before_stay(desktop: Desktop, form: ReminderForm, text: str) -> None:
    form.days.setText(text)
    form.days.editingFinished.emit()
    desktop.reads(desktop.settings("Reminders").results["Reminders"], "The days were not changed.")
    assert kept(desktop).reminder_days is None


@looks
def test_of_two_fields_that_are_wrong_both_are_told_and_what_is_right_is_kept(
    desktop: Desktop, form: ReminderForm
) -> None:
    result = desktop.settings("Reminders").results["Reminders"]
    form.days.setText("a week")
    form.page.setText("status")
    form.page.editingFinished.emit()
    desktop.reads(result, "Name at most 5 days", "https://")
    form.page.setText("https://status.example.com")
    form.page.editingFinished.emit()
    assert "https://" not in texts(result)
    desktop.reads(result, "Name at most 5 days")
    assert kept(desktop).status_page == "https://status.example.com"
    form.days.setText("7, 1")
    form.days.editingFinished.emit()
    assert texts(result) == ""


@each("width, height", [(1366, 700), (1080, 690), (900, 600)])
@looks
def test_of_two_fields_that_are_wrong_the_last_word_is_in_view(
    desktop: Desktop, form: ReminderForm, width: int, height: int
) -> None:
    desktop.window.resize(width, height)
    result = desktop.settings("Reminders").results["Reminders"]

    def is_in_view(above: int) -> bool:
        return result.height() > above and result.visibleRegion().boundingRect() == result.rect()

    for field, wrong in ((form.days, "a week"), (form.page, "status")):
        above = result.height() if result.isVisible() else 0
        field.setText(wrong)
        field.editingFinished.emit()
        desktop.bot.waitUntil(lambda above=above: is_in_view(above), timeout=WAIT_MS)
    form.days.setText("7, 1")
    form.page.setText("")
    form.days.editingFinished.emit()


@looks
def test_starting_with_the_computer_is_off_at_first_and_follows_the_tick(desktop: Desktop, form: ReminderForm) -> None:
    assert not form.start.isChecked()
    form.start.setChecked(True)
    desktop.settle()
    assert autostart.is_on()
    form.start.setChecked(False)
    desktop.settle()
    assert not autostart.is_on()


def test_what_the_system_refuses_is_told_and_the_tick_goes_back(
    desktop: Desktop, form: ReminderForm, tmp_path: Path
) -> None:
    (tmp_path / "configuration").write_text("a file")
    form.start.setChecked(True)
    desktop.settle()
    assert not form.start.isChecked()
    desktop.reads(desktop.settings("Reminders").results["Reminders"], "It is as it was.")
