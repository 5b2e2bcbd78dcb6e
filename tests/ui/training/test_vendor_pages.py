"""Mailbox and Look into Penelope, each on a real practice world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.vendor import injects
from penelope_admin.services.training import world as worlds
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.incoming import IncomingSheet
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.pages.help import HelpPage
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.training import penelope
from penelope_admin.ui.training.mailbox import MailboxPage
from penelope_admin.ui.training.penelope import PARTS, PenelopePage
from penelope_admin.ui.widgets.page import Page
from tests.ui.conftest import WAIT_MS, Desktop, texts


class Bench:
    """A page on its own, with what a window would do for it."""

    def __init__(self, bot: QtBot, app: App) -> None:
        self.bot, self.app, self.shell = bot, app, Shell(app)
        self.sheets: list[QDialog] = []
        self.shell.sheet_opened.connect(self.sheets.append)

    def open(self, page: Page) -> None:
        """Show a page with its data."""
        self.bot.addWidget(page)
        page.resize(900, 600)
        page.show()
        self.load(page)

    def load(self, page: Page) -> None:
        """Have a page load what is so now."""
        page.stale = True
        page.refresh_if_stale()
        self.settle()

    def settle(self) -> None:
        """Wait until every service call is answered."""
        self.bot.waitUntil(lambda: not self.shell.operations.is_busy, timeout=WAIT_MS)

    def pass_time(self, **span: float) -> None:
        """Let time pass on the clock."""
        assert isinstance(self.app.clock, FixedClock)
        self.app.clock.instant += timedelta(**span)

    def reads(self, widget: QWidget, words: str) -> None:
        """Wait until a widget shows some words."""
        self.bot.waitUntil(lambda: words in texts(widget), timeout=WAIT_MS)

    def press(self, inside: QWidget, name: str) -> None:
        """Press a button by its name."""
        found = [made for made in inside.findChildren(QPushButton) if name in (made.text(), made.accessibleName())]
        assert found, name
        found[0].click()
        self.settle()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, demo: App) -> Iterator[Bench]:
    """The demo agency with a world of its own."""
    theme.install(qapp, "light", compact=False)
    worlds.begin(demo.context, 7)
    made = Bench(qtbot, demo)
    yield made
    made.shell.operations.finish()
    demo.forget_database()


def part(bench: Bench, page: PenelopePage, title: str) -> str:
    """What a part of Penelope says."""
    page.show_subject(title)
    bench.bot.waitUntil(
        lambda: bool(texts(page._stack.currentWidget())), timeout=WAIT_MS
    )  # Qt shows what is new in its own time
    return texts(page._stack.currentWidget())


def test_what_was_sent_and_what_came_stand_in_the_mailbox_newest_first(bench: Bench) -> None:
    bench.pass_time(minutes=15)
    page = MailboxPage(bench.shell)
    bench.open(page)
    first = page.table.rows.row(0)
    assert first is not None
    assert first.subject.startswith("RE: Refresh of the Mirrored database")
    page.read_newest()
    bench.reads(page, "Your case number is")


def test_the_mailbox_is_called_by_what_it_holds(bench: Bench) -> None:
    page = MailboxPage(bench.shell)
    bench.open(page)
    assert page.table.accessibleName() == "Messages"


def test_a_reply_is_entered_as_any_other_and_its_number_offered(bench: Bench) -> None:
    bench.pass_time(minutes=15)
    page = MailboxPage(bench.shell)
    bench.open(page)
    page.read_newest()
    bench.press(page, "Enter this reply …")
    sheet = bench.sheets[-1]
    assert isinstance(sheet, ReplySheet)
    bench.bot.addWidget(sheet)
    bench.bot.waitUntil(lambda: bool(sheet.number.currentText()), timeout=WAIT_MS)
    mail = page.table.chosen
    assert mail is not None
    assert sheet.number.currentText() == mail.case
    assert sheet.request.currentData() == 2


def test_a_notice_is_read_as_any_other_and_names_the_window_that_it_moves(bench: Bench) -> None:
    worlds.change(bench.app.context, lambda world, policy: injects.move_next_upgrade(world, policy, 7))
    page = MailboxPage(bench.shell)
    bench.open(page)
    page.read_newest()
    bench.press(page, "Read this notice …")
    sheet = bench.sheets[-1]
    assert isinstance(sheet, IncomingSheet)
    bench.bot.addWidget(sheet)
    bench.bot.waitUntil(lambda: [window.is_ticked for window in sheet.windows] == [True], timeout=WAIT_MS)
    bench.reads(sheet, "The notice contradicts the vendor's rule")


def test_every_part_of_every_database_can_be_looked_at(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    for number in range(page.database.count()):
        page.database.setCurrentIndex(number)
        for title in PARTS:
            assert part(bench, page, title)


def test_switching_there_changes_the_simulated_database_and_says_what_is_left_to_do(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("Features")
    bench.press(page, "Enable Action Triggers")
    bench.reads(page.result, "Record it on Features")
    assert "action-triggers" in worlds.load(bench.app.home).database("mirrored").on
    states = bench.app.context.read(services.features.find_all).features
    assert next(view for view in states if view.feature.key == "action-triggers").state.state != "on"


def test_a_part_that_is_switched_on_shows_its_whole_on_and_the_whole_switches_both_off(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("Features")
    bench.press(page, "Enable External Communications: SMS")
    bench.press(page, "Disable External Communications")
    bench.reads(page.result, "External Communications is off in Mirrored now, and with it SMS, Worker Delivery.")
    on = worlds.load(bench.app.home).database("mirrored").on
    assert not [key for key in on if key.startswith("external-communications")]


def test_what_was_read_and_done_in_a_world_that_is_gone_is_shown_no_more(bench: Bench) -> None:
    bench.pass_time(minutes=15)
    mailbox, penelope_ = MailboxPage(bench.shell), PenelopePage(bench.shell)
    bench.open(mailbox)
    mailbox.resize(600, 600)
    bench.bot.waitUntil(lambda: not mailbox.panes.side_by_side, timeout=WAIT_MS)
    mailbox.read_newest()
    assert mailbox.panes.detail_alone
    bench.open(penelope_)
    penelope_.show_subject("Features")
    bench.press(penelope_, "Enable Action Triggers")
    bench.reads(penelope_.result, "Action Triggers is on in Mirrored now.")
    bench.shell.replaced.emit()
    assert mailbox.table.isVisible()
    assert "Action Triggers is on" not in texts(penelope_)


def test_a_new_world_begins_with_the_copy_that_is_meant(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("production")
    assert page.database.currentData() == "production"
    bench.shell.replaced.emit()
    bench.load(page)
    assert page.database.currentData() == "mirrored"


def test_switching_leaves_the_keyboard_where_it_was(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("Features")
    made = next(made for made in page.findChildren(QPushButton) if made.accessibleName() == "Enable Action Triggers")
    made.setFocus()
    made.click()
    bench.bot.waitUntil(lambda: made.accessibleName() == "Disable Action Triggers", timeout=WAIT_MS)
    assert page.focusWidget() is made
    made.click()
    bench.bot.waitUntil(lambda: made.accessibleName() == "Enable Action Triggers", timeout=WAIT_MS)


def test_what_is_locked_cannot_be_switched_there_and_it_says_why(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("Features")
    for name in ("ClientConnect", "Engage"):
        bench.press(page, f"Enable {name}")
        bench.reads(page.result, f"{name} cannot be enabled in the mirrored database")
    assert not {"clientconnect", "engage"} & set(worlds.load(bench.app.home).database("mirrored").on)


def test_after_a_refresh_real_details_and_full_queues_are_seen(bench: Bench) -> None:
    page = PenelopePage(bench.shell)
    bench.open(page)
    assert "Communications queue, clients\nEmpty" in part(bench, page, "Queues")
    worlds.change(bench.app.context, lambda world, policy: injects.refresh_now(world, policy, "mirrored"))
    bench.load(page)
    assert "Communications queue, clients\nEmpty" not in part(bench, page, "Queues")
    assert "Filled in: svc-calendar (production)" in part(bench, page, "MS Exchange")


def test_an_export_is_saved_and_leads_to_where_it_is_checked(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "clients.csv"
    monkeypatch.setattr(penelope, "ask_target", lambda *_: target)
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("Export")
    bench.press(page, "Save an export file …")
    bench.reads(page.result, f"64 client files saved in {target}.")
    went: list[tuple[str, str]] = []
    bench.shell.go.connect(lambda name, subject: went.append((name, subject)))
    bench.press(page, "Go to Databases")
    assert went == [("databases", "mirrored")]
    assert target.read_text("utf-8").count("@example.com") == 64


def test_nobody_gets_in_while_sign_in_fails(bench: Bench) -> None:
    worlds.change(bench.app.context, injects.stop_sign_in)
    page = PenelopePage(bench.shell)
    bench.open(page)
    page.show_subject("production")
    assert "This page cannot be reached." in part(bench, page, "Sign-in page")


# --- in the window ---


def test_a_learner_sends_waits_an_hour_and_takes_the_number_from_the_mailbox(training: Desktop) -> None:
    context = training.app.context
    request = RequestInput(kind="question", title="Reports", reason="Can a report be moved?")
    key = context.write(services.requests.draft, request).value.request.id
    context.write(services.requests.advance, key, "sent")
    assert training.window.dress is not None
    training.click(training.window.dress.bar.hour)
    training.settle()
    page = training.page(MailboxPage)
    page.read_newest()
    training.reads(page, "This is an automatic reply.")
    training.click(next(made for made in page.findChildren(QPushButton) if made.text() == "Enter this reply …"))
    sheet = training.sheet(ReplySheet)
    training.bot.waitUntil(lambda: sheet.request.currentData() == key, timeout=WAIT_MS)
    sheet.submit()
    training.settle()
    mail = page.table.chosen
    assert mail is not None
    assert context.read(services.requests.find, key).request.case_number == mail.case


def test_help_of_both_pages_is_there(training: Desktop) -> None:
    for name, words in (("mailbox", "Enter this reply"), ("penelope", "signed in as System Administrator")):
        training.go(name)
        training.window.go("help", name)
        training.settle()
        page = training.window.current
        assert isinstance(page, HelpPage)
        assert words in page.text.toPlainText()
