"""The three main jobs, from click to database row, in the real window."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.ui.dialogs.event import EventSheet
from penelope_admin.ui.dialogs.notice import NoticeSheet
from penelope_admin.ui.dialogs.project import open_project_sheet
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.dialogs.report import ReportSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.send import SendSheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.dialogs.switch import DisableSheet, EnableSheet, StepsSheet
from penelope_admin.ui.dialogs.wizard import Wizard
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.overview import OverviewPage
from penelope_admin.ui.pages.requests import RequestsPage
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.shell import Shell
from tests.demo import NOW
from tests.ui.conftest import WAIT_MS, Desktop, close, looks, open_desktop, texts

SMS = "external-communications.sms"


def rows(home: Path, query: str) -> list[Any]:
    """What the database file says, read by another program."""
    with closing(sqlite3.connect(home / "penelope-admin.db")) as connection, connection:
        return connection.execute(query).fetchall()


def test_the_first_frame_has_the_next_window_before_the_database_is_open(
    qtbot: QtBot, qapp: QApplication, demo: App
) -> None:
    demo.forget_database()
    made = open_desktop(qtbot, qapp, demo, start=False, page="overview")
    made.reads(made.window.current, "to midnight (Resolute)", "22 days 3\u00a0h")
    assert "context" not in demo.__dict__
    close(made)


@looks
def test_overview_answers_its_four_questions(desktop: Desktop) -> None:
    page = desktop.page(OverviewPage)
    for answer in (
        "22 days 3\u00a0h",
        "External Communications: Worker Delivery",
        "General Ledger should have been switched off",
        "Support until",
    ):
        desktop.reads(page, answer)


@looks
def test_upgrade_windows_lists_the_coming_twelve(desktop: Desktop) -> None:
    desktop.window.resize(1200, 760)
    page = desktop.page(WindowsPage)
    assert len(page.shown_windows) == page.table.model().rowCount() == 12
    desktop.reads(page, "The vendor's time")


def test_a_notice_recorded_in_the_window_outranks_the_computed_date(desktop: Desktop) -> None:
    page = desktop.page(WindowsPage)
    page.record_notice()
    sheet = desktop.sheet(NoticeSheet)
    sheet.starts.setDateTime(sheet.starts.dateTime().addDays(7))
    sheet.submit()
    desktop.settle()
    assert page.shown_windows[0].kind == "announced"
    desktop.reads(desktop.go("overview"), "29 days")
    assert rows(desktop.app.home, "SELECT kind FROM notice") == [("announced",)]


def test_an_emergency_has_a_card_of_its_own_and_hides_no_upgrade(desktop: Desktop) -> None:
    starts = NOW + timedelta(days=2)
    origin = "Email of 19 November"
    desktop.app.context.write(
        services.calendar.notices.add,
        "emergency",
        starts,
        starts + timedelta(hours=2),
        origin=origin,
        downtime=45,
    )
    overview = desktop.page(OverviewPage)
    overview.load()
    desktop.reads(
        overview, "Emergency maintenance", "Expected downtime, as the notice says: 45 minutes.",
        "Opting out of an emergency maintenance window is not possible.", "Notice: Email of 19 November.",
        "Next upgrade", "Expect up to 3 hours offline",
    )  # fmt: skip
    assert "2 days 0\u00a0h" in texts(overview)
    assert "22 days" in texts(overview)
    desktop.window.resize(1200, 760)
    page = desktop.page(WindowsPage)
    page.load()
    desktop.bot.waitUntil(lambda: page.chosen is not None and page.chosen.is_emergency, timeout=WAIT_MS)
    assert page.chosen is not None
    opting_out = "Opting out of an emergency maintenance window is not possible."
    desktop.reads(page, "Expected downtime, as the notice says: 45 minutes.", opting_out)
    page.copy_staff_notice(page.chosen)
    desktop.settle()
    assert QApplication.clipboard().text().startswith("Emergency maintenance of Penelope: ")


def test_the_release_notes_are_one_click_from_an_upgrade_once_their_address_is_kept(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = desktop.app.context

    def keep(address: str) -> None:
        known = context.read(services.agency.need_profile)
        context.write(services.agency.update, msgspec.structs.replace(known, release_notes_url=address))

    keep("")
    desktop.window.resize(1200, 760)
    page = desktop.page(WindowsPage)
    desktop.reads(
        page, "What a version brings is in the release notes.", "not even to services that work around the clock"
    )
    keep("https://vendor.example/notes")
    opened: list[str] = []
    monkeypatch.setattr(Shell, "open_link", lambda _shell, link: not opened.append(link))
    page.load()
    desktop.settle()
    next(deed for deed in page.findChildren(QPushButton) if deed.text() == "Release notes").click()
    assert opened == ["https://vendor.example/notes"]


def test_an_emergency_is_recorded_with_its_downtime_and_the_sheet_says_that_it_cannot_be_declined(
    desktop: Desktop,
) -> None:
    page = desktop.page(WindowsPage)
    page.record_notice()
    sheet = desktop.sheet(NoticeSheet)
    assert "Opting out" not in texts(sheet)
    sheet.kind.setCurrentIndex(1)
    assert "Opting out" in texts(sheet)
    sheet.downtime.setValue(90)
    sheet.submit()
    desktop.settle()
    assert rows(desktop.app.home, "SELECT kind, downtime, replaces FROM notice") == [("emergency", 90, None)]


def test_a_window_that_was_announced_is_moved_further_than_the_nearest_by_saying_so(desktop: Desktop) -> None:
    desktop.window.resize(1200, 760)
    page = desktop.page(WindowsPage)
    first = page.shown_windows[0]
    desktop.app.context.write(services.calendar.notices.add, "announced", first.starts_at, first.ends_at)
    page.load()
    desktop.bot.waitUntil(lambda: page.shown_windows[0].kind == "announced", timeout=WAIT_MS)
    page.record_notice()
    sheet = desktop.sheet(NoticeSheet)
    sheet.starts.setDateTime(sheet.starts.dateTime().addDays(21))
    sheet.moves.setChecked(True)
    sheet.submit()
    desktop.settle()
    assert rows(desktop.app.home, "SELECT id, replaces FROM notice") == [(1, None), (2, 1)]
    desktop.bot.waitUntil(lambda: page.shown_windows[0].starts_at > first.starts_at, timeout=WAIT_MS)
    desktop.reads(page, "It replaces the notice of Saturday 12 December 2026")


def test_a_clock_beyond_the_calendar_is_told_and_breaks_no_page(qtbot: QtBot, qapp: QApplication, demo: App) -> None:
    assert isinstance(demo.clock, FixedClock)
    demo.clock.instant = datetime(2200, 1, 1, tzinfo=UTC)
    told: list[Exception] = []
    desktop = open_desktop(qtbot, qapp, demo, start=False)
    desktop.window.shell.operations.failed.connect(told.append)
    desktop.window.start()
    desktop.settle()
    for name in ("overview", "windows"):
        desktop.window.go(name)
        desktop.bot.waitUntil(lambda: not desktop.window.shell.operations.is_busy, timeout=WAIT_MS)
    assert told
    assert all("ends in 2100" in str(error) for error in told)
    close(desktop)


def test_a_refresh_is_requested_from_click_to_row(desktop: Desktop) -> None:
    page = desktop.page(DatabasesPage)
    page.choose("mirrored")
    page.detail.request_refresh()
    sheet = desktop.sheet(RequestSheet)
    assert not sheet.primary.isEnabled()
    desktop.bot.keyClicks(sheet.reason, "Test of the new payroll")
    sheet.earliest.tick.setChecked(True)
    sheet.latest.tick.setChecked(True)
    sheet.latest.field.setDate(QDate(2026, 12, 14))
    desktop.reads(sheet, "These dates meet an upgrade window")
    assert "Test of the new payroll" in sheet.letter.text.toPlainText()
    sheet._ticks["general-ledger"].setChecked(True)
    desktop.settle()
    desktop.click(sheet.primary)
    desktop.settle()
    found = rows(desktop.app.home, "SELECT environment, status, reason, earliest FROM request ORDER BY id DESC LIMIT 1")
    assert found == [("mirrored", "drafted", "Test of the new payroll", "2026-11-27")]
    assert isinstance(desktop.window.current, RequestsPage)
    desktop.reads(desktop.window.current, "PA-6: refresh of Mirrored")


def test_a_request_is_followed_to_the_end(desktop: Desktop) -> None:
    page = desktop.page(RequestsPage)
    view = next(v for v in desktop.app.context and _views(desktop) if v.request.id == 2)
    for status, fill in (("acknowledged", "00777"), ("scheduled", ""), ("done", "")):
        view_now = next(v for v in _views(desktop) if v.request.id == 2)
        page.detail.choices.open_step(view_now, status)  # type: ignore[arg-type]
        sheet = desktop.sheet(StepSheet)
        if fill:
            desktop.bot.keyClicks(sheet.case_number, fill)
        if sheet.copied is not None:
            desktop.reads(
                sheet,
                "PA-2 was scheduled for ",
                "Yes, that is when it was made.",
                "Still needed: the tick about the day.",
            )
            assert not sheet.primary.isEnabled(), "it is another day than agreed"
            desktop.click(sheet.copied.other_day)
        desktop.click(sheet.primary)
        desktop.settle()
    assert view.request.status == "sent"
    assert rows(desktop.app.home, "SELECT status, case_number FROM request WHERE id = 2") == [("done", "00777")]
    desktop.reads(desktop.go("databases"), "May hold real contact details")


def _views(desktop: Desktop) -> list[Any]:
    from penelope_admin import services

    return desktop.app.context.read(services.requests.find_all)


def test_a_feature_is_planned_and_done_from_click_to_row(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    desktop.click(page.table.switches[SMS])
    sheet = desktop.sheet(EnableSheet)
    desktop.reads(sheet, "can receive texts from this copy")
    desktop.bot.keyClicks(sheet.reason, "Reminder test")
    assert not sheet.primary.isEnabled(), "the PHI risk is not acknowledged yet"
    sheet.asked.acknowledged.setChecked(True)
    desktop.click(sheet.primary)
    steps = desktop.sheet()
    desktop.bot.waitUntil(lambda: isinstance(desktop.window.sheets[-1], StepsSheet), timeout=WAIT_MS)
    steps = desktop.window.sheets[-1]
    query = f"SELECT state, pending_change, pending_until FROM feature_state WHERE feature = '{SMS}'"
    assert rows(desktop.app.home, query) == [("off", "enable", "2026-12-04")]
    assert isinstance(steps, StepsSheet)
    desktop.click(steps.primary)
    desktop.settle()
    query = f"SELECT state, pending_change, until, reason, by FROM feature_state WHERE feature = '{SMS}'"
    assert rows(desktop.app.home, query) == [("on", None, "2026-12-04", "Reminder test", "j.okafor")]
    desktop.reads(desktop.window, "External Communications: SMS is recorded as on in Mirrored.")


def test_the_environments_name_must_be_typed_when_contacts_may_be_real(desktop: Desktop) -> None:
    from penelope_admin import services

    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", "refreshed", desktop.app.clock.now()
    )
    page = desktop.go("features")
    desktop.window._changed(frozenset({"environments", "features"}))
    desktop.settle()
    assert isinstance(page, FeaturesPage)
    page.ask(SMS)
    sheet = desktop.sheet(EnableSheet)
    desktop.bot.keyClicks(sheet.reason, "x")
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.looked.setChecked(True)
    assert not sheet.primary.isEnabled()
    desktop.bot.keyClicks(sheet.asked.typed, "mirrored")
    assert sheet.primary.isEnabled()


@looks
def test_locked_and_unlisted_features_have_no_switch(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    assert not {"clientconnect", "engage", "ors-srs", "credit-card", "dss"} & page.table.switches.keys()
    page.ask("engage")
    desktop.reads(page, "Engage cannot be enabled in the mirrored database")
    assert not desktop.window.sheets
    view, features_view = page._find("engage"), page._features_view
    assert view is not None
    assert features_view is not None
    sheet = EnableSheet(desktop.window.shell, view, features_view)
    desktop.bot.addWidget(sheet)
    desktop.window.open_sheet(sheet)
    desktop.bot.keyClicks(sheet.reason, "x")
    sheet.asked.acknowledged.setChecked(True)
    sheet.asked.typed.setText("Mirrored")
    assert not sheet.primary.isEnabled()
    desktop.reads(sheet, "cannot be enabled")
    sheet.submit()
    desktop.settle()
    assert rows(desktop.app.home, "SELECT count(*) FROM feature_state WHERE feature='engage' AND state<>'off'") == [
        (0,)
    ]


def test_a_plan_is_cancelled_on_the_page(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    view = page._find("ms-exchange")
    assert view is not None
    page._cancel(view)
    desktop.settle()
    assert rows(desktop.app.home, "SELECT pending_change FROM feature_state WHERE feature='ms-exchange'") == [(None,)]


def test_an_overdue_feature_is_switched_off(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    desktop.click(page.table.switches["general-ledger"])
    sheet = desktop.sheet(DisableSheet)
    desktop.bot.keyClicks(sheet.reason, "Test is over")
    sheet.already_done.setChecked(True)
    desktop.click(sheet.primary)
    desktop.settle()
    assert rows(desktop.app.home, "SELECT state FROM feature_state WHERE feature='general-ledger'") == [("off",)]
    assert "General Ledger should have been" not in texts(desktop.go("overview"))


def test_an_upgrade_recorded_in_the_window_switches_everything_off(desktop: Desktop) -> None:
    page = desktop.page(DatabasesPage)
    page.record("mirrored", "upgraded")
    sheet = desktop.sheet(EventSheet)
    sheet.submit()
    desktop.settle()
    assert rows(
        desktop.app.home, "SELECT count(*) FROM feature_state WHERE state='on' OR pending_change IS NOT NULL"
    ) == [(0,)]


def test_the_first_run_sets_the_agency_up(new_desktop: Desktop) -> None:
    sheet = new_desktop.sheet(Wizard)
    assert not sheet.primary.isEnabled()
    new_desktop.bot.keyClicks(sheet.form.name, "Lakeside Agency")
    sheet.form.region.setCurrentIndex(sheet.form.region.findData("GB"))
    new_desktop.reads(sheet, "Your next upgrade, by the vendor's rule", "London")
    new_desktop.click(sheet.primary)
    new_desktop.settle()
    assert rows(new_desktop.app.home, "SELECT name, region, zone FROM agency") == [
        ("Lakeside Agency", "GB", "Europe/London")
    ]
    new_desktop.reads(new_desktop.window.current, "(London)")


@looks
def test_a_request_a_project_and_a_reply_say_beside_the_button_which_fields_are_still_empty(desktop: Desktop) -> None:
    sheet = desktop.request_sheet("script")
    desktop.reads(sheet, "Still needed: the subject, “What should the script do?”.")
    sheet.subject.setText("Shift appointments")
    desktop.reads(sheet, "Still needed: “What should the script do?”.")
    sheet.reject()
    open_project_sheet(desktop.window.shell)
    desktop.reads(desktop.sheet(), "Still needed: a name, what it is for.")
    desktop.sheet().reject()
    desktop.window.shell.open_sheet(ReplySheet(desktop.window.shell))
    desktop.reads(desktop.sheet(), "Still needed: the request, a case number or a day.")


def test_the_first_run_says_beside_start_what_is_missing(new_desktop: Desktop) -> None:
    sheet = new_desktop.sheet(Wizard)
    new_desktop.reads(sheet, "Still needed: the agency's name")
    new_desktop.bot.keyClicks(sheet.form.name, "Lakeside Agency")
    sheet.form.region.setCurrentIndex(sheet.form.region.findData("GB"))
    assert "needed" not in texts(sheet)
    assert sheet.primary.isEnabled()


def test_the_first_run_asks_for_the_person_s_name_once_and_it_can_be_left_out(new_desktop: Desktop) -> None:
    sheet = new_desktop.sheet(Wizard)
    assert sheet.focusWidget() is sheet.person.line
    new_desktop.bot.keyClicks(sheet.person.line, "Jane Okafor ")
    new_desktop.bot.keyClicks(sheet.form.name, "Lakeside Agency")
    sheet.form.region.setCurrentIndex(sheet.form.region.findData("CA"))
    sheet.person.line.clear()
    assert sheet.primary.isEnabled(), "nobody has to say it"
    new_desktop.bot.keyClicks(sheet.person.line, "Jane Okafor ")
    new_desktop.click(sheet.primary)
    new_desktop.settle()
    report = ReportSheet(new_desktop.window.shell)
    new_desktop.bot.addWidget(report)
    assert report.person.text() == "Jane Okafor"
    settings = new_desktop.settings()
    assert settings.person.text() == "Jane Okafor"
    settings.person.setText("Jane B. Okafor")
    settings.person.editingFinished.emit()
    assert new_desktop.window.shell.settings.person == "Jane B. Okafor"


def test_leaving_the_first_run_keeps_the_way_back(new_desktop: Desktop) -> None:
    new_desktop.sheet().reject()
    page = new_desktop.page(OverviewPage)
    page.stale = True
    page.refresh_if_stale()
    new_desktop.settle()
    new_desktop.reads(page, "Once your agency is set up")
    page.set_up()
    assert isinstance(new_desktop.sheet(), Wizard)


def test_a_draft_is_saved_as_a_private_file(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "draft.eml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    desktop.page(RequestsPage)
    sheet = SendSheet(desktop.window.shell, next(view for view in _views(desktop) if view.request.id == 3))
    desktop.window.shell.open_sheet(sheet)
    sheet.way.setCurrentIndex(sheet.way.findData("eml"))
    desktop.settle()
    sheet.submit()
    desktop.settle()
    assert b"X-Unsent: 1" in target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600


@looks
def test_a_staff_notice_is_copied(desktop: Desktop) -> None:
    page = desktop.page(WindowsPage)
    page.copy_staff_notice(page.shown_windows[0])
    desktop.settle()
    assert "Saturday 12 December 2026, 20:00 to midnight (Resolute)" in QApplication.clipboard().text()


@looks
def test_enter_never_confirms_danger(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.ask(SMS)
    sheet = desktop.sheet(EnableSheet)
    desktop.bot.keyClicks(sheet.reason, "x")
    sheet.asked.acknowledged.setChecked(True)
    assert sheet.primary.isEnabled()
    desktop.bot.keyClick(sheet.reason, Qt.Key.Key_Return)
    desktop.settle()
    assert sheet in desktop.window.sheets, "nor does it drop what was typed"
    assert sheet.reason.text() == "x"
    assert rows(desktop.app.home, f"SELECT pending_change FROM feature_state WHERE feature='{SMS}'") == [(None,)]


def test_a_conflict_is_told_in_the_sheet_and_nothing_is_lost(desktop: Desktop) -> None:
    from penelope_admin import services
    from tests.demo import PHI

    page = desktop.page(FeaturesPage)
    page.ask(SMS)
    sheet = desktop.sheet(EnableSheet)
    desktop.app.context.write(
        services.features.switch, SMS, "enable", reason="Somebody else", until=date(2026, 12, 1), acknowledgement=PHI
    )
    desktop.bot.keyClicks(sheet.reason, "Mine")
    sheet.asked.acknowledged.setChecked(True)
    sheet.submit()
    desktop.settle()
    desktop.reads(sheet, "changed this feature meanwhile")
    assert sheet.reason.text() == "Mine"
    query = f"SELECT pending_reason FROM feature_state WHERE feature='{SMS}'"
    assert rows(desktop.app.home, query) == [("Somebody else",)]


@looks
@pytest.mark.parametrize(("page", "subject"), [("features", "seen"), ("windows", "kept-files")])
def test_a_page_that_has_to_load_first_opens_what_is_wanted_once(desktop: Desktop, page: str, subject: str) -> None:
    desktop.window.go(page, subject)
    desktop.sheet()
    desktop.settle()
    assert len(desktop.window.sheets) == 1
