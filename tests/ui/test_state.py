"""What the window remembers, and what it does when the database cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from penelope_admin.app import App
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.gateways import settings
from penelope_admin.gateways.settings import AgencyCopy
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.bug import BugSheet
from penelope_admin.ui.dialogs.restore import RestoreSheet
from penelope_admin.ui.main import make_window
from penelope_admin.ui.pages.activity import ActivityPage
from penelope_admin.ui.pages.databases import DatabasesPage
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.rooms import ROOMS
from penelope_admin.ui.widgets.page import Page
from tests.demo import COPY, ExampleError
from tests.ui.conftest import WAIT_MS, Desktop, close, looks, open_desktop, texts


def test_size_page_and_column_widths_come_back(qtbot: QtBot, qapp: QApplication, demo: App) -> None:
    first = open_desktop(qtbot, qapp, demo)
    first.window.resize(QSize(780, 640))
    page = first.page(WindowsPage)
    page.table.setColumnWidth(0, 333)
    close(first)
    second = open_desktop(qtbot, qapp, demo)
    page = second.window.current
    assert isinstance(page, WindowsPage)
    assert second.window.size() == QSize(780, 640)
    assert page.table.columnWidth(0) == 333
    close(second)


def test_a_table_that_nobody_touched_shows_all_of_its_times(desktop: Desktop) -> None:
    page = desktop.page(WindowsPage)
    table = page.table
    last = table.columnWidth(2)
    desktop.window.resize(1400, 720)
    desktop.bot.waitUntil(lambda: table.columnWidth(2) > last, timeout=WAIT_MS)
    assert not desktop.window.shell.settings.columns
    for column in range(3):
        assert table.columnWidth(column) >= table.sizeHintForColumn(column)


def test_the_database_corrects_a_settings_file_that_says_otherwise(qtbot: QtBot, qapp: QApplication, demo: App) -> None:
    wrong = msgspec.structs.replace(settings.load(demo.home), agency=AgencyCopy("X", "AU", "Australia/Perth"))
    settings.save(demo.home, wrong)
    made = open_desktop(qtbot, qapp, demo, page="overview")
    made.reads(made.window.current, "midnight (Resolute)")
    assert settings.load(demo.home).agency == COPY
    close(made)


def test_a_damaged_database_is_told_and_a_backup_brings_everything_back(
    qtbot: QtBot, qapp: QApplication, demo: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from penelope_admin import services

    backup = services.backups.make(demo.context, tmp_path / "good.db")
    demo.forget_database()
    for ending in ("-wal", "-shm"):
        (demo.home / f"penelope-admin.db{ending}").unlink(missing_ok=True)
    (demo.home / "penelope-admin.db").write_bytes(b"not a database" * 100)
    made = open_desktop(qtbot, qapp, demo)
    made.reads(
        made.go("overview"), "is not a database of Penelope Admin", "This date is computed. Notices you recorded"
    )
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(backup), ""))
    press(made, "Restore a backup …")
    confirm(made)
    made.reads(made.go("overview"), "General Ledger should have been switched off")
    assert "This date is computed" not in texts(made.window.current)
    assert list((demo.home / "backups").glob("*damaged*"))
    assert "Put it back" not in {offer.text() for offer in made.window.findChildren(QPushButton)}, "it is damaged"
    close(made)


@pytest.mark.parametrize("is_there", [True, False], ids=["empty", "missing"])
def test_an_empty_database_is_no_first_start_but_offers_a_backup(
    qtbot: QtBot, qapp: QApplication, demo: App, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    from penelope_admin import services

    (demo.home / "backups").mkdir(exist_ok=True)
    kept = services.backups.make(demo.context, demo.home / "backups" / "2026-11-30-daily.db")
    demo.forget_database()
    for each in demo.home.glob("penelope-admin.db*"):
        each.unlink()
    if is_there:
        (demo.home / "penelope-admin.db").touch()
    made = open_desktop(qtbot, qapp, demo)
    made.reads(made.window.current, f"The newest backup: {kept}")
    assert not made.window.sheets
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(kept), ""))
    press(made, "Restore a backup …")
    confirm(made)
    made.reads(made.go("overview"), "General Ledger should have been switched off")
    close(made)


def test_a_restored_backup_that_is_not_what_its_log_says_is_told(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from penelope_admin import services

    backup = services.backups.make(desktop.app.context, tmp_path / "good.db")
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("UPDATE agency SET region = 'AU'")
        connection.commit()
    desktop.settings()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(backup), ""))
    press(desktop, "Restore a backup …")
    confirm(desktop)
    desktop.reads(desktop.window.current, "agency 1: region is AU; the log says CA.")


def confirm(made: Desktop) -> None:
    """A restore asks first, and says what is replaced by what."""
    sheet = made.sheet(RestoreSheet)
    made.reads(sheet, "Replaced: what is here now", "By: the backup")
    sheet.primary.click()
    made.settle()


def press(made: Desktop, text: str) -> None:
    """Press the button of a banner on the page that is shown."""
    next(button for button in made.window.current.findChildren(QPushButton) if button.text() == text).click()
    made.settle()


def test_colours_and_density_change_while_the_window_is_open(desktop: Desktop) -> None:
    page = desktop.settings()
    before = theme.current().row_height()
    page.show_subject("Appearance")
    page.scheme.setFocus()
    page.scheme.setCurrentIndex(page.scheme.findData("dark"))
    desktop.bot.waitUntil(lambda: theme.current().dark, timeout=WAIT_MS)
    desktop.bot.waitUntil(
        lambda: "settings" in desktop.window.pages and desktop.window.current is not page, timeout=WAIT_MS
    )
    desktop.settle()
    again = desktop.window.current
    assert isinstance(again, SettingsPage)
    assert again.scheme.hasFocus(), "the keyboard stays where it was"
    again.density.setCurrentIndex(again.density.findData("compact"))
    desktop.bot.waitUntil(lambda: theme.current().row_height() < before, timeout=WAIT_MS)
    desktop.settle()
    desktop.window.shell.save_settings()
    desktop.settle()
    kept = settings.load(desktop.app.home)
    assert (kept.scheme, kept.density) == ("dark", "compact")


def test_a_look_that_cannot_be_kept_is_told_and_hides_nothing_that_the_page_says(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BadInputError("settings.json could not be written.")

    page = desktop.go("requests")
    page.notify("The database is read-only.", "danger")
    monkeypatch.setattr(settings, "save", fail)
    desktop.window.shell.remember(page="requests")
    desktop.window.shell.save_settings()
    desktop.reads(desktop.window, "settings.json could not be written.")
    assert "The database is read-only." in texts(page)


def test_changing_colours_keeps_what_was_being_filled_in(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.name.setText("Harbour Family and Youth Services")
    page.scheme.setCurrentIndex(page.scheme.findData("dark"))
    desktop.bot.waitUntil(
        lambda: "settings" in desktop.window.pages and desktop.window.current is not page, timeout=WAIT_MS
    )
    desktop.settle()
    again = desktop.window.current
    assert isinstance(again, SettingsPage)
    assert again.form is not None
    assert again.form.name.text() == "Harbour Family and Youth Services"
    assert again.saves["Agency"].isEnabled()


def test_loading_again_keeps_what_was_being_filled_in(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.own_address.setText("desk@harbour.example")
    desktop.window._changed(frozenset({"agency"}))
    desktop.settle()
    assert page.form.own_address.text() == "desk@harbour.example"
    page.save()
    desktop.settle()
    assert not page.saves["Agency"].isEnabled()


def test_the_agency_is_changed_in_settings(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.zone.setCurrentText("America/Halifax")
    page.save()
    desktop.settle()
    desktop.reads(desktop.go("overview"), "(Halifax)")


def test_a_mistaken_upgrade_is_taken_back_on_the_page(desktop: Desktop) -> None:
    from penelope_admin import services
    from penelope_admin.ui.dialogs.event import CorrectSheet

    context = desktop.app.context
    context.write(services.mirror.environments.record_event, "mirrored", "refreshed", desktop.app.clock.now())
    done = context.write(services.mirror.environments.record_event, "mirrored", "upgraded", desktop.app.clock.now())
    assert done.value.posture.contact_details == "real", "at the same instant the refresh counts"
    page = desktop.page(DatabasesPage)
    refresh = next(
        v for v in context.read(services.mirror.environments.find_all) if v.environment.key == "mirrored"
    ).events
    newest_refresh = max(event.id for event in refresh if event.kind == "refreshed")
    assert page.detail.history.choose(newest_refresh)
    page.detail._mistake.click()
    sheet = desktop.sheet(CorrectSheet)
    assert not sheet.primary.isEnabled(), "it asks what was wrong"
    sheet.remark.setText("Another database")
    sheet.primary.click()
    desktop.settle()
    desktop.reads(page, "Contact details are de-identified")
    with closing(sqlite3.connect(desktop.app.home / "penelope-admin.db")) as connection, connection:
        assert connection.execute("SELECT count(*) FROM environment_event WHERE kind='corrected'").fetchone() == (1,)


@looks
def test_the_log_is_a_sound_model_and_filters_as_you_type(desktop: Desktop) -> None:
    page = desktop.page(ActivityPage)
    tester = ModelTester(None)
    tester.check(page.model)
    everything = page.model.rowCount()
    desktop.bot.keyClicks(page.search, "general-ledger")
    desktop.bot.waitUntil(lambda: 0 < page.model.rowCount() < everything, timeout=WAIT_MS)
    desktop.settle()
    assert all("general-ledger" in str(page.model.items[row]) for row in range(page.model.rowCount()))
    page.search.setText("nothing has these words")
    desktop.bot.waitUntil(lambda: page.model.rowCount() == 0, timeout=WAIT_MS)


@looks
def test_choosing_a_row_of_the_log_shows_all_of_it(desktop: Desktop) -> None:
    page = desktop.page(ActivityPage)
    page.search.clear()
    desktop.bot.waitUntil(lambda: page.model.row_of(13) >= 0, timeout=WAIT_MS)
    page.table.selectRow(page.model.row_of(13))
    desktop.reads(page, "13: PA-2 (Refresh) was drafted.", "Features: General Ledger.", "Text given: reason.")


@pytest.mark.parametrize("was_refused", [False, True])
def test_what_another_program_did_is_seen_when_looking_around(desktop: Desktop, was_refused: bool) -> None:
    from penelope_admin import services

    def refuse(_: object) -> None:
        raise RefusedError("Not here.")

    desktop.reads(desktop.go("features"), "Contact details are de-identified")
    if was_refused:
        desktop.window.look_around()
        desktop.settle()
        desktop.window.shell.operations.run(refuse, lambda _: None, lambda _: None)
        desktop.settle()
    other = App(desktop.app.home, clock=desktop.app.clock)
    other.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", other.clock.now())
    other.forget_database()
    desktop.window.look_around()
    desktop.settle()
    desktop.reads(desktop.window.current, "May hold real contact details")


@looks
@pytest.mark.parametrize("name", ["activity", "overview"])
def test_pages_that_speak_of_everything_load_again_whatever_changed(desktop: Desktop, name: str) -> None:
    page = desktop.go(name)
    assert isinstance(page, Page)
    for topic in sorted(EVERYTHING):
        with desktop.bot.waitSignal(page.loaded):
            desktop.window.shell.operations.changed.emit(frozenset({topic}))
        desktop.settle()


def test_a_database_deleted_under_the_window_is_never_written_to(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    for file in desktop.app.home.glob("penelope-admin.db*"):
        file.unlink()
    view = page._find("ms-exchange")
    assert view is not None
    page._cancel(view)
    desktop.settle()
    desktop.reads(page, "was deleted or replaced while the program was using it")


@looks
def test_the_chain_is_verified_on_the_page(desktop: Desktop) -> None:
    page = desktop.page(ActivityPage)
    page.verify()
    desktop.settle()
    desktop.reads(page, "The log is whole")


@looks
def test_a_bug_is_shown_with_a_report_that_is_kept(desktop: Desktop) -> None:
    desktop.window.show_error(ExampleError())
    sheet = desktop.sheet(BugSheet)
    desktop.reads(sheet, "Kept in")
    (report,) = (desktop.app.home / "logs").glob("bug-*.txt")
    assert ExampleError.__name__ in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_bug_whose_report_cannot_be_kept_is_told_once(desktop: Desktop) -> None:
    (desktop.app.home / "logs").write_text("no folder")
    desktop.window.show_error(ExampleError())
    desktop.settle()
    (sheet,) = desktop.window.sheets
    desktop.reads(sheet, "could not be written")


@looks
def test_every_page_has_its_help(desktop: Desktop) -> None:
    from penelope_admin.ui.pages.help import HelpPage

    desktop.window.resize(720, 520)
    for name in (room.name for room in ROOMS if room.name != "help"):
        desktop.go(name)
        desktop.window.open_help()
        page = desktop.window.current
        assert isinstance(page, HelpPage)
        assert page.topic == name
        assert len(page.text.toPlainText()) > 500


def test_the_topics_of_help_are_chosen_and_opened_with_the_keyboard(desktop: Desktop) -> None:
    from penelope_admin.ui.pages.help import HelpPage

    page = desktop.page(HelpPage)
    desktop.window.resize(900, 600)
    desktop.bot.waitUntil(lambda: page.width() < 900, timeout=WAIT_MS)
    assert page.contents.horizontalScrollBar().maximum() == 0, "no topic is cut off"
    page.contents.setFocus()
    desktop.bot.keyClick(page.contents, Qt.Key.Key_Down)
    assert page.topic == "windows"
    assert "Upgrade windows" in page.text.toPlainText()
    desktop.bot.keyClick(page.contents, Qt.Key.Key_Return)
    desktop.bot.waitUntil(page.text.hasFocus, timeout=WAIT_MS)


@looks
def test_help_shows_everything_the_vendor_says(desktop: Desktop) -> None:
    from penelope_admin.ui.pages.help import HelpPage
    from penelope_admin.ui.widgets.help_text import VENDOR

    page = desktop.page(HelpPage)
    page.show_subject(VENDOR)
    shown = page.text.toPlainText()
    policy = desktop.app.policy
    for text in (*(s.text for s in policy.statements), *(e.text for e in policy.effects)):
        assert text in shown


@pytest.mark.parametrize("name", ["mirror", "databases"])
def test_a_page_opens_by_its_former_name_too(qtbot: QtBot, qapp: QApplication, demo: App, name: str) -> None:
    """Scripts say `--page mirror`, and the settings of an earlier release name that page."""
    settings.save(demo.home, msgspec.structs.replace(settings.load(demo.home), page=name))
    made = open_desktop(qtbot, qapp, demo)
    assert made.window.current.name == "databases"
    close(made)
    window = make_window(demo, qapp, name)
    qtbot.addWidget(window)
    assert window.current.name == "databases"
    window.shell.operations.finish()
