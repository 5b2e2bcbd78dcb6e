"""Settings: parts at the left, results beside their buttons, nothing that moves; a restore asks and can be undone."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QScrollArea

from penelope_admin import services
from penelope_admin.domain.agency import Profile
from penelope_admin.invocation import speak_to_window, way
from penelope_admin.ui.dialogs.restore import RestoreSheet
from penelope_admin.ui.pages.projects import ProjectsPage
from penelope_admin.ui.pages.requests import RequestsPage
from penelope_admin.ui.pages.settings import PARTS
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


@looks
def test_each_part_is_shown_by_itself_beside_the_list_of_parts(desktop: Desktop) -> None:
    desktop.window.resize(1080, 760)
    for part in PARTS:
        page = desktop.settings(part)
        assert page.parts.currentItem().text() == part
        desktop.bot.waitUntil(lambda page=page: page.panes.side_by_side, timeout=WAIT_MS)  # type: ignore[misc]
        panels = {title: page._panels[title].itemAt(0).widget() for title in PARTS}
        assert [title for title, panel in panels.items() if panel.isVisible()] == [part]


def test_what_saves_a_part_and_how_it_went_are_in_sight_while_its_form_stays_where_it_is(desktop: Desktop) -> None:
    desktop.window.resize(900, 600)
    page = desktop.settings()
    assert page.form is not None
    form = page.form
    bar = page._stack.currentWidget().findChild(QScrollArea).verticalScrollBar()
    desktop.bot.waitUntil(lambda: bar.maximum() > 0, timeout=WAIT_MS)
    bar.setValue(bar.maximum() // 2)
    scrolled = bar.value()
    form.telephone.setFocus()
    desktop.bot.keyClicks(form.telephone, "204-555-0100")
    assert page.saves["Agency"].visibleRegion().boundingRect() == page.saves["Agency"].rect()
    desktop.click(page.saves["Agency"])
    desktop.reads(page.results["Agency"], "The agency is saved.")
    assert page.form is form, "the form is not made anew"
    desktop.bot.waitUntil(lambda: not page.results["Agency"].visibleRegion().isEmpty(), timeout=WAIT_MS)
    assert page.saves["Agency"].visibleRegion().boundingRect() == page.saves["Agency"].rect()
    assert (bar.value(), desktop.window.focusWidget()) == (scrolled, form.telephone)
    assert "The agency is saved." not in texts(desktop.go("overview"))


@looks
def test_a_telephone_number_that_nobody_could_dial_is_refused_beside_the_button_and_stays_to_be_corrected(
    desktop: Desktop,
) -> None:
    page = desktop.settings()
    assert page.form is not None
    page.form.telephone.setText("ask at the desk")
    page.saves["Agency"].click()
    desktop.reads(page.results["Agency"], "The agency's telephone number has fewer than 3 digits")
    assert page.form.telephone.text() == "ask at the desk"


def test_what_is_being_typed_stays_when_another_part_is_saved(desktop: Desktop) -> None:
    page = desktop.settings()
    assert page.form is not None
    assert page.mail is not None
    page.form.name.setText("Harbour Families")
    page.mail.smtp.user.setText("desk@harbour.example")
    page.save_mail()
    desktop.settle()
    assert page.form.name.text() == "Harbour Families"
    page.save()
    desktop.settle()
    known = desktop.app.context.read(services.agency.need_profile)
    assert (known.name, known.smtp_user) == ("Harbour Families", "desk@harbour.example")


@looks
def test_the_password_is_typed_where_the_server_is_and_stays_nowhere(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str | None] = []
    monkeypatch.setattr(
        services.requests.mailbox, "keep_password", lambda _context, _kind, password: kept.append(password)
    )
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    fields = page.mail.smtp
    assert fields.password.echoMode() == QLineEdit.EchoMode.Password
    assert not fields.keep.isEnabled()
    desktop.bot.keyClicks(fields.password, "hunter2")
    fields.keep.click()
    desktop.settle()
    assert kept == ["hunter2"]
    assert fields.password.text() == ""
    desktop.reads(fields.result, "The password is in this computer's keyring.")
    assert fields.focusWidget() is fields.test, "or the next press of the space bar would remove it again"


def test_a_server_that_is_not_saved_as_it_stands_has_no_password_and_is_not_tried(desktop: Desktop) -> None:
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    fields = page.mail.imap
    fields.host.setText("mail.harbour.example")
    fields.user.setText("desk")
    assert [made.isEnabled() for made in (fields.test, fields.password, fields.forget)] == [False] * 3
    page.save_mail()
    desktop.settle()
    assert fields.test.isEnabled()
    assert fields.password.isEnabled()
    fields.result.notify("mail.harbour.example does not answer.", "danger")
    fields.folder.setText("Support")
    assert not fields.test.isEnabled()
    assert texts(fields.result) == "", "it told of the folder that was filled in before"
    fields.folder.setText("INBOX")
    assert fields.test.isEnabled()


def test_a_server_is_not_tried_while_another_is_and_that_is_said(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr(services.requests.mailbox, "check", lambda *_: f"Both {goes_on.wait(WAIT_MS / 1000)}")
    page = desktop.settings("Sending and replies")
    assert page.mail is not None
    page.mail.smtp.test_requested.emit()
    page.mail.imap.test_requested.emit()
    assert "The other server is still being tried" in texts(page.mail.imap.result)
    goes_on.set()
    desktop.reads(page.mail.smtp.result, "Both True")


def test_a_backup_made_from_a_menu_says_where_it_is_whatever_part_is_shown(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = desktop.settings("Appearance")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "b.db"), ""))
    next(action for action in desktop.window.actions_by_name() if action.name == "Back up now").run()
    desktop.settle()
    desktop.reads(page, f"Saved: {tmp_path / 'b.db'}")
    assert page.results["Data"].isVisible()


def test_a_restore_says_what_is_replaced_by_what_and_does_nothing_before_it_is_confirmed(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backup = services.backups.make(desktop.app.context, tmp_path / "good.db")
    known = desktop.app.context.read(services.activity.newest_number)
    page = desktop.settings("Data")
    began_in: list[Path] = []

    def choose(_parent: object, _title: str, folder: str, _kinds: str) -> tuple[str, str]:
        began_in.append(Path(folder))
        return str(backup), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    page.restore()
    sheet = desktop.sheet(RestoreSheet)
    assert began_in[0].is_dir(), "or Qt shows what is beside it, the database itself"
    assert began_in[0] != desktop.app.home
    desktop.reads(sheet, str(desktop.app.home), str(backup), "newest entry")
    sheet.reject()
    desktop.settle()
    assert desktop.app.context.read(services.activity.newest_number) == known


def test_a_restore_can_be_put_back(desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    backup = services.backups.make(desktop.app.context, tmp_path / "good.db")
    desktop.app.context.write(services.features.record_seen, "mirrored", {"dss": "on"})
    page = desktop.settings("Data")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(backup), ""))
    page.restore()
    sheet = desktop.sheet()
    sheet.primary.click()  # type: ignore[attr-defined]
    desktop.settle()
    assert desktop.app.context.read(services.features.find, "dss").state.state == "unknown"
    desktop.go("overview")  # the offer stays whatever page is shown
    back = next(made for made in desktop.window.findChildren(QPushButton) if made.text() == "Put it back")
    back.click()
    desktop.settle()
    assert desktop.app.context.read(services.features.find, "dss").state.state == "on"
    desktop.reads(desktop.window, "What was here before the restore is back.")
    assert [made for made in desktop.window.findChildren(QPushButton) if made.text() == "Restore again"]


@pytest.mark.parametrize("name", ["requests", "projects"])
def test_a_list_without_anything_in_it_has_all_the_room_for_its_words(new_desktop: Desktop, name: str) -> None:
    new_desktop.sheet().reject()
    new_desktop.app.context.write(
        services.agency.set_up,
        Profile(name="X", region="CA", zone="America/Resolute", environments=("production", "mirrored")),
    )
    new_desktop.window.resize(1080, 760)
    page = new_desktop.go(name)
    assert isinstance(page, RequestsPage | ProjectsPage)
    QApplication.processEvents()
    assert page.panes.listing.width() > page.panes.width() * 0.95
    assert not page.panes.detail.isVisible()


def test_a_cancelled_set_up_leaves_a_way_to_it_on_every_page(new_desktop: Desktop) -> None:
    new_desktop.sheet().reject()
    for name in ("overview", "windows", "features", "databases", "projects"):
        page = new_desktop.go(name)
        again = next(made for made in page.findChildren(QPushButton) if made.text().startswith("Set up your agency (1"))
    again.click()
    assert new_desktop.sheet().windowTitle() == "Welcome to Penelope Admin"


def test_no_command_line_is_shown_inside_the_window() -> None:
    assert "penelope-admin" in way("restore FILE", "Settings, Data") or "main.py" in way("restore FILE", "")
    speak_to_window()
    try:
        assert way("restore FILE", "Settings, Data") == "Settings, Data"
    finally:
        speak_to_window(False)


def test_a_backup_a_rules_file_and_clock_data_can_be_dropped_anywhere_on_the_page(
    desktop: Desktop, tmp_path: Path
) -> None:
    page = desktop.settings()
    assert page.acceptDrops()
    (tmp_path / "own.toml").write_text("nothing = 1")
    (tmp_path / "old.whl").write_bytes(b"no wheel")
    for name, part in (("own.toml", "Rules"), ("old.whl", "Time zone data")):
        page.take_file(tmp_path / name)
        desktop.settle()
        assert page.parts.currentItem().text() == part
        assert texts(page.results[part])
    page.take_file(services.backups.make(desktop.app.context, tmp_path / "good.db"))
    assert isinstance(desktop.sheet(), RestoreSheet)


def test_rules_of_one_s_own_that_cannot_be_removed_stay_in_use_and_that_is_said(desktop: Desktop) -> None:
    page = desktop.settings("Rules")
    (desktop.app.home / "policy.toml").mkdir()  # no system removes a folder as a file
    page.use_policy(None)
    desktop.reads(page.results["Rules"], "could not be removed", "and stays in use")


def test_what_is_left_of_an_earlier_answer_does_not_come_over_a_later_one(desktop: Desktop) -> None:
    page = desktop.settings()
    earlier = page._view
    assert earlier is not None
    later = earlier._replace(sites=())
    page._later(partial(page._finish, earlier))
    page._show(later)
    desktop.settle()
    assert page._view is later
