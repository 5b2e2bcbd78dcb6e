"""The mirror's life in the window: answers about windows, what was lost, the check-list, proof, a second person."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from PySide6.QtWidgets import QPushButton

from penelope_admin import services
from penelope_admin.detect.verdicts import Progress
from penelope_admin.domain.features import Acknowledgement
from penelope_admin.domain.mirror import FEATURE_EVENTS, EventKind
from penelope_admin.errors import CancelledError
from penelope_admin.ui.dialogs.event import EventSheet, PlanAgainSheet
from penelope_admin.ui.dialogs.proof import ProofSheet
from penelope_admin.ui.dialogs.switch import ApproveSheet, EnableSheet
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.widgets.basics import Banner
from tests.each import each
from tests.ui.conftest import WAIT_MS, Desktop, looks, press, texts

SMS = "external-communications.sms"
HEADER = "Client No,Email,Mobile\n"
REAL = "".join(f"{n},pat.lee{n}@gmail.com,(204) 942-{3000 + 7 * n}\n" for n in range(40))
HARMLESS = "".join(f"{n},client{n}@example.org,204-555-01{n:02}\n" for n in range(99))


def rows(desktop: Desktop, query: str) -> list[Any]:
    with closing(sqlite3.connect(desktop.app.home / "penelope-admin.db")) as connection:
        return connection.execute(query).fetchall()


@each(
    "copy, kind, said",
    [
        ("mirrored", "upgraded", "This turns off: {on}, Engage (seen on), MS Exchange (planned)."),
        ("mirrored", "refreshed", "No longer known after this: {on}, Engage (seen on), MS Exchange (planned)."),
        ("training-b", "upgraded", ""),
        ("training-b", "refreshed", "No longer known after this: Engage (seen on)."),
    ],
)
def test_recording_an_upgrade_says_of_a_locked_feature_that_was_seen_on_what_becomes_of_it(
    desktop: Desktop, copy: str, kind: EventKind, said: str
) -> None:
    context = desktop.app.context
    context.write(services.features.record_seen, copy, {"engage": "on"})
    view = next(item for item in context.read(services.mirror.environments.find_all) if item.environment.key == copy)
    sheet = EventSheet(desktop.window.shell, view, kind)
    desktop.window.shell.open_sheet(sheet)
    banners = [texts(made).strip() for made in sheet.findChildren(Banner)]
    assert banners == ([said.format(on=", ".join(view.on))] if said else [])
    sheet.reject()


def changed(desktop: Desktop) -> None:
    """Something was changed behind the window's back."""
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features", "agency"}))
    desktop.settle()


# --- what is asked after a window --------------------------------------------------------------


@pytest.fixture
def after_the_window(desktop: Desktop) -> DatabasesPage:
    """The day after the December upgrade; nobody has said what happened."""
    desktop.app.clock.instant = datetime(2026, 12, 14, 15, tzinfo=UTC)  # type: ignore[attr-defined]
    page = desktop.page(DatabasesPage)
    changed(desktop)
    desktop.reads(page, "Was this database upgraded in the window of")
    return page


def test_not_yet_is_an_answer_that_can_be_changed_later(desktop: Desktop, after_the_window: DatabasesPage) -> None:
    press(after_the_window, "Not yet")
    desktop.settle()
    desktop.reads(after_the_window, "not yet.")
    assert rows(desktop, "SELECT kind FROM environment_event ORDER BY id DESC LIMIT 1") == [("not-upgraded",)]
    press(after_the_window, "Yes, at …")
    assert isinstance(desktop.sheet(), EventSheet)


def test_yes_records_the_upgrade_for_the_window_and_offers_what_was_lost_with_nothing_ticked(
    desktop: Desktop, after_the_window: DatabasesPage
) -> None:
    press(after_the_window, "Yes, at …")
    sheet = desktop.sheet(EventSheet)
    sheet.submit()
    desktop.bot.waitUntil(lambda: any(isinstance(it, PlanAgainSheet) for it in desktop.window.sheets), timeout=WAIT_MS)
    kept = rows(desktop, 'SELECT kind, "window" FROM environment_event ORDER BY id DESC LIMIT 1')
    assert kept == [("upgraded", "2026-12-13 02:00:00.000000")]
    again = desktop.window.sheets[-1]
    assert isinstance(again, PlanAgainSheet)
    assert not any(tick.isChecked() for tick in again._ticks.values())
    again.asked.acknowledged.setChecked(True)
    assert not again.primary.isEnabled()
    assert "Tick what is to be switched on again." in texts(again)
    press(again, "Tick what was on")
    again.primary.click()
    desktop.settle()
    planned = rows(desktop, "SELECT feature FROM feature_state WHERE pending_change = 'enable' ORDER BY feature")
    was_on = sorted(loss.feature for loss in again._losses if loss.was == "on")
    assert was_on
    assert [key for (key,) in planned] == was_on


# --- history -----------------------------------------------------------------------------------


def test_every_kind_of_event_has_its_words_in_history_and_report() -> None:
    from penelope_admin.ui.pages.databases.history import HAPPENED

    assert set(get_args(EventKind)) == {*HAPPENED, *FEATURE_EVENTS, "due"}


# --- proof -------------------------------------------------------------------------------------


def check(desktop: Desktop, tmp_path: Path, content: str) -> ProofSheet:
    """The sheet with the verdict on an export."""
    export = tmp_path / "clients.csv"
    export.write_text(HEADER + content, encoding="utf-8")
    desktop.page(DatabasesPage).check_data("mirrored")
    sheet = desktop.sheet(ProofSheet)
    assert not sheet.primary.isEnabled(), "nothing is chosen yet"
    sheet.take([export])
    for step in ("Check the data", "Save result"):
        sheet.primary.click()
        desktop.bot.waitUntil(lambda step=step: sheet.primary.text() == step, timeout=WAIT_MS)  # type: ignore[misc, union-attr]
    return sheet


def test_real_contacts_in_an_export_become_evidence_and_make_the_copy_real(desktop: Desktop, tmp_path: Path) -> None:
    sheet = check(desktop, tmp_path, REAL)
    desktop.reads(sheet, "Saving this marks Mirrored as “real contacts”.", "p***@g***.com")
    assert "pat.lee" not in texts(sheet)
    sheet.primary.click()
    desktop.settle()
    page = desktop.window.current
    desktop.reads(page, "May hold real contact details: a check of its data")
    assert "1 failed" in desktop.page(DatabasesPage).detail.copy.lists[0].standing
    assert rows(desktop, "SELECT verdict FROM proof") == [("real",)]
    assert "pat.lee" not in "\n".join(str(row) for row in rows(desktop, "SELECT details, sentence, source FROM proof"))


def test_a_harmless_export_passes_the_line(desktop: Desktop, tmp_path: Path) -> None:
    sheet = check(desktop, tmp_path, HARMLESS)
    sheet.primary.click()
    desktop.settle()
    desktop.reads(desktop.window.current, "De-identified by upgrade and checked on", "14 of 15 lines still to check")


def test_lines_of_a_check_list_are_offered_only_where_one_rests_on_the_data(desktop: Desktop, tmp_path: Path) -> None:
    sheet = check(desktop, tmp_path, HARMLESS)
    desktop.reads(sheet, "Lines of the check-list after the upgrade of")
    assert [number for number, tick in sheet._effects.items() if tick.isChecked()] == [1]
    sheet.at.show_instant(datetime(2025, 1, 1, tzinfo=UTC))
    desktop.bot.waitUntil(lambda: not sheet._effects, timeout=WAIT_MS)
    desktop.reads(sheet, "No line of a check-list rests on this data.")


@looks
def test_closing_the_sheet_stops_the_check(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def endless(_region: object, _paths: object, _chosen: object, *, tell: Any, stop: Any, **_others: object) -> None:
        tell(Progress(1, 2, "clients.csv"))
        while not stop():
            ended.wait(0.01)
        ended.set()
        raise CancelledError("stopped")

    monkeypatch.setattr("penelope_admin.services.mirror.proof.examine", endless)
    export = tmp_path / "clients.csv"
    export.write_text(HEADER + HARMLESS, encoding="utf-8")
    desktop.page(DatabasesPage).check_data("mirrored")
    sheet = desktop.sheet(ProofSheet)
    sheet.take([export])
    sheet.primary.click()
    desktop.bot.waitUntil(lambda: sheet.primary.text() == "Check the data", timeout=WAIT_MS)  # type: ignore[union-attr]
    sheet.primary.click()
    desktop.bot.waitUntil(lambda: sheet._bar.value() == 500, timeout=WAIT_MS)
    sheet.reject()
    assert ended.wait(60)


@looks
def test_files_and_folders_of_an_export_can_be_dropped_until_they_are_looked_at(
    desktop: Desktop, tmp_path: Path
) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + HARMLESS, encoding="utf-8")
    desktop.page(DatabasesPage).check_data("mirrored")
    sheet = desktop.sheet(ProofSheet)
    assert not sheet.url.acceptDrops(), "a file is no address"
    assert desktop.drop(sheet, tmp_path / "clients.csv")
    desktop.reads(sheet, "clients.csv")
    sheet.primary.click()
    assert not desktop.drop(sheet, tmp_path), "the columns of the first are being read"
    desktop.bot.waitUntil(lambda: sheet.primary.text() == "Check the data", timeout=WAIT_MS)  # type: ignore[union-attr]
    assert not desktop.drop(sheet, tmp_path)


@looks
def test_a_file_that_is_no_table_is_told_and_another_can_be_chosen(desktop: Desktop, tmp_path: Path) -> None:
    broken = tmp_path / "clients.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    desktop.page(DatabasesPage).check_data("mirrored")
    sheet = desktop.sheet(ProofSheet)
    sheet.take([broken])
    sheet.primary.click()
    desktop.reads(sheet, "clients.xlsx")
    desktop.bot.waitUntil(sheet.primary.isEnabled, timeout=WAIT_MS)


# --- the guard ---------------------------------------------------------------------------------


def enable_sheet(desktop: Desktop, key: str = SMS) -> EnableSheet:
    page = desktop.page(FeaturesPage)
    page.when_loaded(lambda: page.ask(key))
    return desktop.sheet(EnableSheet)


@looks
def test_a_feature_of_high_risk_needs_an_end_date(desktop: Desktop) -> None:
    sheet = enable_sheet(desktop)
    sheet.reason.setText("Reminder test")
    sheet.asked.acknowledged.setChecked(True)
    assert sheet.primary.isEnabled()
    sheet.until.tick.setChecked(False)
    assert not sheet.primary.isEnabled()
    desktop.reads(sheet, "give the last day it is needed")


@looks
def test_an_end_after_the_next_upgrade_is_told_what_the_upgrade_does(desktop: Desktop) -> None:
    from penelope_admin.ui.widgets.dates import to_qdate

    sheet = enable_sheet(desktop)
    assert "switches it off, if this database" not in texts(sheet)
    sheet.until.field.setDate(to_qdate(datetime(2026, 12, 20, tzinfo=UTC).date()))
    desktop.reads(sheet, "switches it off, if this database")


@looks
def test_action_triggers_warn_of_external_communications(desktop: Desktop) -> None:
    sheet = enable_sheet(desktop, "action-triggers")
    desktop.reads(sheet, "Action Triggers and External Communications together")


def test_a_second_person_approves_a_plan_and_its_author_cannot(desktop: Desktop) -> None:
    import msgspec

    app = desktop.app
    profile = app.context.read(services.agency.need_profile)
    app.context.write(services.agency.update, msgspec.structs.replace(profile, second_person=True))
    app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", app.clock.now())
    app.context.write(
        services.features.switch, SMS, "enable", reason="Reminder test",
        until=(app.clock.now() + timedelta(days=5)).date(),
        acknowledgement=Acknowledgement(True, "mirrored", True),
    )  # fmt: skip
    changed(desktop)
    page = desktop.page(FeaturesPage)
    page.ask(SMS)
    page.choose(SMS)
    desktop.settle()
    assert "Approval …" in [made.text() for made in page.detail.findChildren(QPushButton)], "it fits beside the list"
    own = desktop.sheet(ApproveSheet)
    assert own.primary.isHidden()
    own.reject()
    app.__dict__["actor"] = "m.singh"
    app.forget_database()
    page.ask(SMS)
    sheet = desktop.window.sheets[-1]
    assert isinstance(sheet, ApproveSheet)
    desktop.reads(sheet, "The check-list after the refresh says: ", "j.okafor looked when planning.")
    sheet.primary.click()
    desktop.settle()
    assert rows(desktop, f"SELECT pending_by, pending_approved_by FROM feature_state WHERE feature = '{SMS}'") == [
        ("j.okafor", "m.singh")
    ]
    page.choose(SMS)
    desktop.reads(page, "Approved by m.singh.")
