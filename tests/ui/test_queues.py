"""A refresh in the window: what may wait in queues, who looked, and the vendor's words where they matter."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from PySide6.QtWidgets import QComboBox, QWidget

from penelope_admin import services
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.domain.requests import RequestInput
from penelope_admin.ui.dialogs.event import EventSheet, PlanAgainSheet, open_plan_again
from penelope_admin.ui.dialogs.notice import NoticeSheet
from penelope_admin.ui.dialogs.project import StartSheet
from penelope_admin.ui.dialogs.send import SendSheet
from penelope_admin.ui.dialogs.switch import EnableSheet
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.widgets.help_text import vendor_html
from tests.ui.conftest import Desktop, looks, press, texts

SMS = "external-communications.sms"
MAY_WAIT = "copied production as it was, so what waited in production's queues"
LOOKED = "I have looked in this copy"


@pytest.fixture
def refreshed(desktop: Desktop) -> int:
    """The mirrored database was refreshed a minute ago; the number of that event."""
    context = desktop.app.context
    at = desktop.app.clock.now() - timedelta(minutes=1)
    number = context.write(services.mirror.environments.record_event, "mirrored", "refreshed", at).value.event_id
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    return number


def enable_sheet(desktop: Desktop, feature: str = SMS) -> EnableSheet:
    page = desktop.page(FeaturesPage)
    page.ask(feature)
    sheet = desktop.sheet(EnableSheet)
    sheet.reason.setText("Pilot")
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.typed.setText("Mirrored")
    return sheet


def is_ready(sheet: QWidget) -> bool:
    deed = sheet.primary  # type: ignore[attr-defined]
    assert deed is not None
    return bool(deed.isEnabled())


# --- where it is told --------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["databases", "features"])
def test_a_page_that_explains_contact_details_says_what_may_wait_in_queues(
    desktop: Desktop, refreshed: int, page: str
) -> None:
    desktop.reads(desktop.go(page), MAY_WAIT)


@looks
def test_after_an_upgrade_no_page_speaks_of_queues(desktop: Desktop) -> None:
    for page in ("databases", "features"):
        assert "what waited in production's queues" not in texts(desktop.go(page))


def test_overview_leads_to_the_check_list_after_the_refresh(desktop: Desktop, refreshed: int) -> None:
    desktop.reads(desktop.go("overview"), "Check-list after the refresh of", "queues may have come along.")


# --- before anything is switched on ------------------------------------------------------------


def test_the_sheet_asks_for_a_tick_that_somebody_looked(desktop: Desktop, refreshed: int) -> None:
    sheet = enable_sheet(desktop)
    assert MAY_WAIT in texts(sheet)
    assert sheet.asked.looked.isVisibleTo(sheet)
    assert not is_ready(sheet)
    sheet.asked.looked.setChecked(True)
    assert is_ready(sheet)
    sheet.submit()
    desktop.settle()
    pending = desktop.app.context.read(services.features.find, SMS).state.pending
    assert pending is not None
    assert pending.queue_empty


def test_after_a_pass_on_the_check_list_the_sheet_asks_for_no_tick(desktop: Desktop, refreshed: int) -> None:
    desktop.app.context.write(services.mirror.checklists.answer, refreshed, 1, "pass")
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    sheet = enable_sheet(desktop)
    assert not sheet.asked.looked.isVisibleTo(sheet)
    assert is_ready(sheet)


def test_a_line_that_failed_is_named_by_the_sheet_and_not_ticked_away(desktop: Desktop, refreshed: int) -> None:
    desktop.app.context.write(services.mirror.checklists.answer, refreshed, 1, "fail", "A text waits")
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()
    sheet = enable_sheet(desktop)
    sheet.asked.looked.setChecked(True)
    assert not is_ready(sheet)
    assert "Line 1 of the check-list after the refresh has failed" in texts(sheet)


@looks
def test_the_sheet_says_that_the_vendor_recommends_only_what_the_project_needs(desktop: Desktop) -> None:
    sheet = enable_sheet(desktop)
    assert "only what the project needs" in texts(sheet)
    assert not sheet.asked.looked.isVisibleTo(sheet), "an upgrade came last"


def test_planning_again_asks_for_the_tick_and_says_which_whole_comes_on_with_a_part(
    desktop: Desktop, refreshed: int
) -> None:
    open_plan_again(desktop.window.shell)
    sheet = desktop.sheet(PlanAgainSheet)
    for tick in sheet._ticks.values():
        tick.setChecked(True)
    assert "Worker Delivery is a part of External Communications" in texts(sheet)
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.typed.setText("Mirrored")
    assert not is_ready(sheet)
    sheet.asked.looked.setChecked(True)
    assert is_ready(sheet)


def test_starting_a_project_asks_for_the_tick(desktop: Desktop, refreshed: int) -> None:
    today = desktop.app.clock.now().date()
    wish = ProjectInput("Pilot", "Reminders", today, today + timedelta(days=3), features=(FeatureInput(SMS),))
    key = desktop.app.context.write(services.projects.add, wish).value.id
    shell = desktop.window.shell
    shell.open_sheet(StartSheet(shell, desktop.app.context.read(services.projects.find, key)))
    sheet = desktop.sheet(StartSheet)
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.typed.setText("Mirrored")
    assert not is_ready(sheet)
    sheet.asked.looked.setChecked(True)
    assert is_ready(sheet)


def test_asking_support_to_switch_it_on_asks_for_the_tick(desktop: Desktop, refreshed: int) -> None:
    wish = RequestInput("feature-change", environment="mirrored", reason="Pilot", features=(SMS,), change="enable")
    sheet = desktop.request_sheet("feature-change", wish)
    desktop.bot.waitUntil(lambda: sheet.asked is not None, timeout=20_000)
    asked = sheet.asked
    assert asked is not None
    asked.acknowledged.setChecked(True)
    asked.typed.setText("Mirrored")
    desktop.bot.waitUntil(lambda: "PHI risk" not in " ".join(sheet._verdicts[0].reasons), timeout=20_000)
    assert not is_ready(sheet)
    asked.looked.setChecked(True)
    desktop.bot.waitUntil(lambda: is_ready(sheet), timeout=20_000)


# --- the vendor's words where they matter ------------------------------------------------------


@looks
def test_recording_an_upgrade_says_that_it_does_not_refresh_and_which_accounts_it_deactivates(desktop: Desktop) -> None:
    page = desktop.page(DatabasesPage)
    page.record("mirrored", "upgraded")
    sheet = desktop.sheet(EventSheet)
    shown = texts(sheet)
    assert "An upgrade does not refresh: " in shown
    assert "Admin Exec, Clinical Worker, Intake Mgmt, Volunteer" in shown


@looks
def test_recording_a_refresh_says_that_queues_may_come_along_and_a_check_list_begins(desktop: Desktop) -> None:
    page = desktop.page(DatabasesPage)
    page.record("mirrored", "refreshed")
    shown = texts(desktop.sheet())
    assert "possibly what is waiting in production's queues" in shown
    assert "a check-list begins" in shown


@looks
def test_recording_an_emergency_says_that_nobody_can_opt_out(desktop: Desktop) -> None:
    shell = desktop.window.shell
    shell.open_sheet(NoticeSheet(shell, None))
    sheet = desktop.sheet(NoticeSheet)
    assert "not even to services that work around the clock" in texts(sheet)
    sheet.kind.setCurrentIndex(1)
    assert "Opting out of an emergency maintenance window is not possible." in texts(sheet)


@looks
def test_the_support_page_has_the_vendor_s_words_for_the_clocks_and_our_reading_beside_them(desktop: Desktop) -> None:
    desktop.reads(
        desktop.go("support"),
        "Support: Monday to Friday, 08:00 to 20:00 EST.",
        "AU Support: Monday to Friday, 09:00 to 17:00 AEST.",
        "EST is read as New York's clock",
        "(Our reading, where the vendor leaves a point open)",
    )


@looks
def test_the_vendor_s_time_of_a_window_is_called_et_and_read_as_new_york_s_clock(desktop: Desktop) -> None:
    desktop.reads(desktop.go("overview"), "The vendor's time (ET, read as New York's clock)")


@looks
def test_help_says_how_the_clocks_and_the_queues_are_read(desktop: Desktop) -> None:
    _, _, readings = vendor_html(desktop.app.policy).partition("How we read what is left open")
    for words in ("EST is read as", "ET is read as", "waiting messages", "have lost what their links led to"):
        assert words in readings.replace("&#x27;", "'")


# --- the support package -----------------------------------------------------------------------


def with_package(desktop: Desktop, package: str) -> None:
    known = desktop.app.context.read(services.agency.need_profile)
    desktop.app.context.write(services.agency.update, msgspec.structs.replace(known, support_package=package))
    desktop.window.shell.operations.changed.emit(frozenset({"agency"}))
    desktop.settle()


def ways(desktop: Desktop) -> tuple[SendSheet, list[str]]:
    """The sheet that brings a new question to Support, and the ways it offers."""
    wish = RequestInput("question", title="How?", reason="x")
    key = desktop.app.context.write(services.requests.draft, wish).value.request.id
    shell = desktop.window.shell
    shell.open_sheet(SendSheet(shell, desktop.app.context.read(services.requests.find, key)))
    sheet = desktop.sheet(SendSheet)
    return sheet, [sheet.way.itemData(number) for number in range(sheet.way.count())]


@pytest.mark.parametrize(
    ("package", "offered", "words"),
    [
        ("unknown", True, "depends on your support package"),
        ("legacy", True, ""),
        ("current", False, "legacy support package only"),
    ],
)
def test_the_telephone_is_offered_by_the_support_package(
    desktop: Desktop, package: str, offered: bool, words: str
) -> None:
    with_package(desktop, package)
    sheet, known = ways(desktop)
    assert ("phone" in known) is offered
    if offered:
        sheet.way.setCurrentIndex(sheet.way.findData("phone"))
    assert (words in texts(sheet)) if words else ("support package" not in texts(sheet))


def test_the_support_page_asks_for_the_package_while_it_is_not_known(desktop: Desktop) -> None:
    with_package(desktop, "unknown")
    page = desktop.go("support")
    desktop.reads(page, "Your support package: not known yet.", "fill it in.")
    press(page, "Open Settings")
    desktop.settle()
    assert isinstance(desktop.window.current, SettingsPage)


def test_the_package_is_chosen_in_settings_and_saved(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    assert isinstance(page.form.package, QComboBox)
    assert "does not publish" not in texts(page)
    page.form.package.setCurrentIndex(page.form.package.findData("legacy"))
    page.saves["Agency"].click()
    desktop.settle()
    assert desktop.app.context.read(services.agency.need_profile).support_package == "legacy"


def test_a_script_is_asked_for_with_a_sheet_of_its_own(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("script")
    assert "New request: script by Tailored Services" in sheet.windowTitle() + texts(sheet)
    sheet.subject.setText("Shift dates")
    sheet.reason.setPlainText("By a year.")
    desktop.bot.waitUntil(lambda: is_ready(sheet), timeout=20_000)
    sheet.submit()
    desktop.settle()
    newest = desktop.app.context.read(services.requests.find_all)[0].request
    assert (newest.kind, newest.environment, newest.earliest) == ("script", "mirrored", None)
