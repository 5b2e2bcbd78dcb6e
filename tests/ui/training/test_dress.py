"""A window of training cannot be taken for a real one, and its clock is in reach."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel, QScrollArea

from penelope_admin import services
from penelope_admin.clock import FixedClock
from penelope_admin.domain.training import NOTE
from penelope_admin.files import resource
from penelope_admin.mail.line import CancelToken, DeliveryError
from penelope_admin.services.training import home as homes
from penelope_admin.services.training.clock import SimulatedClock
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import printing, theme
from penelope_admin.ui.dialogs.about import AboutSheet
from penelope_admin.ui.pages.practice import PracticePage
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.training.again import AgainSheet
from penelope_admin.ui.training.dress import Dress
from penelope_admin.ui.widgets.files import ask_target
from tests.each import each
from tests.ui.conftest import WAIT_MS, Desktop, looks


def dress(desktop: Desktop) -> Dress:
    assert desktop.window.dress is not None
    return desktop.window.dress


def moved(desktop: Desktop, by: timedelta) -> None:
    """Wait until so much practice time has passed."""
    aim = homes.history.read().now + by
    desktop.bot.waitUntil(lambda: desktop.app.clock.now() >= aim, timeout=WAIT_MS)
    desktop.settle()


@each("scheme", ["dark", "light"])
def test_a_frame_in_the_colour_of_training_is_around_everything(training: Desktop, scheme: theme.Scheme) -> None:
    theme.current().set(scheme, compact=False)
    training.bot.waitUntil(lambda: theme.current().dark == (scheme == "dark"), timeout=WAIT_MS)
    training.settle()
    picture = training.window.grab().toImage()
    colour = QColor(theme.read_tokens(scheme == "dark").colours["training"])
    right, bottom = picture.width() - 1, picture.height() - 1
    for x, y in ((1, 1), (right // 2, 1), (1, bottom // 2), (right - 1, bottom // 2), (right // 2, bottom - 1)):
        assert picture.pixelColor(x, y) == colour


def test_the_title_says_so_and_the_icon_is_another(training: Desktop, desktop: Desktop) -> None:
    assert training.window.windowTitle() == "TRAINING – Penelope Admin"
    assert desktop.window.windowTitle() == "Penelope Admin"
    side = theme.current().size("icon")
    pictures = [window.windowIcon().pixmap(side).toImage() for window in (training.window, desktop.window)]
    assert pictures[0] != pictures[1]


def test_every_sheet_says_so(training: Desktop) -> None:
    training.window.open_about()
    sheet = training.sheet(AboutSheet)
    assert sheet.windowTitle().startswith("TRAINING – ")
    picture = sheet.grab().toImage()
    assert picture.pixelColor(1, picture.height() // 2) == theme.current().colour("training")
    assert all(picture.pixelColor(x, 2) == theme.current().colour("training") for x in range(0, picture.width(), 40))


@looks
def test_an_ordinary_window_has_none_of_it(desktop: Desktop) -> None:
    assert desktop.window.dress is None
    assert "Practice with an invented agency" in [action.name for action in desktop.window.actions_by_name()]


def test_the_bar_shows_practice_time_in_the_agency_s_zone(training: Desktop) -> None:
    bar = dress(training).bar
    assert bar.time.text() == "Friday 20 November 2026, 16:40 (Resolute)"


def test_an_hour_and_a_day_forward_are_one_press_each(training: Desktop) -> None:
    bar = dress(training).bar
    training.click(bar.hour)
    moved(training, timedelta(hours=1))
    assert bar.time.text() == "Friday 20 November 2026, 17:40 (Resolute)"
    assert bar.hour.hasFocus()
    training.click(bar.day)
    moved(training, timedelta(hours=25))
    assert bar.time.text() == "Saturday 21 November 2026, 17:40 (Resolute)"


def test_after_the_next_upgrade_it_is_over(training: Desktop) -> None:
    training.click(dress(training).bar.upgrade)
    moved(training, timedelta(days=22))
    assert dress(training).bar.time.text() == "Sunday 13 December 2026, 00:00 (Resolute)"


def test_the_countdown_and_what_is_overdue_follow_at_once(training: Desktop) -> None:
    def said() -> str:
        return " ".join(label.text() for label in training.window.current.findChildren(QLabel))

    training.go("overview")
    assert "22 days" in said()
    training.click(dress(training).bar.day)
    moved(training, timedelta(days=1))
    training.bot.waitUntil(lambda: "21 days" in said(), timeout=WAIT_MS)
    services.training.passing.move(training.app.context, training.app.clock.now() + timedelta(days=21, hours=-2))
    training.window.shell.operations.changed.emit(EVERYTHING)
    training.settle()
    overdue = training.app.context.read(services.overview.find_overdue)
    assert {item.subject for item in overdue} == {"general-ledger", "external-communications.worker-delivery"}


def test_who_is_awake_at_support_follows(training: Desktop) -> None:
    page = training.go("support")
    training.reads(page, "Open")
    training.click(dress(training).bar.day)  # to a Saturday
    moved(training, timedelta(days=1))
    training.bot.waitUntil(lambda: "Open" not in [label.text() for label in page.findChildren(QLabel)], timeout=WAIT_MS)


def test_the_pauses_of_the_outbox_follow(training: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be sent is tried again when its pause is over by the practice clock."""

    def unreachable(*_: object, **__: object) -> None:
        raise DeliveryError("The server was not found. It is tried again.", for_good=False)

    context = training.app.context
    with monkeypatch.context() as patch:
        patch.setattr(type(context.post), "send", unreachable)
        context.write(services.requests.delivery.hand_over, 9, "smtp")
        services.requests.outbox.flush(context, CancelToken())
        training.window.postman.send()
        training.settle()
    (message,) = context.read(services.requests.outbox.find_all)
    assert (message.state, message.next_attempt_at > context.now()) == ("waiting", True)
    training.click(dress(training).bar.day)
    moved(training, timedelta(days=1))
    training.bot.waitUntil(lambda: context.read(services.requests.outbox.find_all)[0].state == "sent", timeout=WAIT_MS)


def test_rules_of_an_agency_s_own_are_refused_and_it_says_why(training: Desktop) -> None:
    page = training.page(SettingsPage)
    page.show_subject("Rules")
    page.use_policy(resource("policy.toml"))
    training.reads(page, "Training always uses the rules that came with the program. Nothing was changed.")


def test_the_clock_is_paused_and_goes_on_again(training: Desktop) -> None:
    bar = dress(training).bar
    training.click(bar.stop)
    training.bot.waitUntil(lambda: bar.stop.text() == "Resume", timeout=WAIT_MS)
    training.click(bar.stop)
    training.bot.waitUntil(lambda: bar.stop.text() == "Pause", timeout=WAIT_MS)


def test_it_goes_on_while_the_window_is_open_and_stands_still_once_it_is_closed(training: Desktop) -> None:
    clock = training.app.clock
    assert isinstance(clock, SimulatedClock)
    assert isinstance(clock.real, FixedClock)
    before = clock.now()
    clock.real.instant += timedelta(seconds=20)
    assert clock.now() == before + timedelta(seconds=20)
    training.window.close()
    training.window.shell.operations.finish()
    clock.real.instant += timedelta(seconds=20)
    assert clock.now() == before + timedelta(seconds=20)


def test_everything_in_the_bar_is_found_by_name_and_reached_by_the_keyboard(training: Desktop) -> None:
    names = [action.name for action in training.window.actions_by_name()]
    assert "Practice: to the next upgrade" in names
    assert "Practice with an invented agency" not in names
    for made in dress(training).bar.buttons:
        made.setFocus()
        assert made.hasFocus()
        assert made.toolTip()


def test_the_first_focus_is_where_an_ordinary_window_has_it(training: Desktop) -> None:
    assert training.window.focusWidget() is training.window.find_field


def test_a_link_is_only_told_of(training: Desktop) -> None:
    with mock.patch.object(QDesktopServices, "openUrl", side_effect=AssertionError("it was opened")):
        assert training.window.shell.open_link("mailto:support@vendor.example?subject=Refresh%20%26%20more&body=x")
    wanted = "Would open your mail program: to support@vendor.example, subject “Refresh & more”."
    assert [notice.text.endswith(wanted) for notice in training.window._strip.unread] == [True]


def test_a_link_that_no_browser_would_take_is_told_of_too(training: Desktop) -> None:
    assert training.window.shell.open_link("https://[support.example")
    assert training.window._strip.unread[-1].text.endswith("Would open your browser: https://[support.example")


def test_a_narrow_window_loses_nothing_of_the_bar(training: Desktop) -> None:
    training.window.resize(training.window.minimumSize())
    training.settle()
    bar = dress(training).bar
    for made in bar.buttons:
        assert made.isVisible()
        assert bar.rect().contains(made.geometry())


@looks
def test_practice_is_opened_as_a_program_of_its_own(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr("penelope_admin.invocation.start_apart", lambda *arguments: started.append(arguments))
    one = next(action for action in desktop.window.actions_by_name() if action.name.startswith("Practice"))
    one.run()
    page = desktop.page(PracticePage)
    desktop.reads(page, "Your agency, your settings and your backups are not read.")
    desktop.click(page.open)
    assert started == [("--home", str(desktop.app.home), "training")] * 2


def test_in_practice_its_page_tells_whose_agency_it_is(training: Desktop) -> None:
    page = training.page(PracticePage)
    training.reads(
        page,
        "Lantern Bay Family Services",
        "Lantern Bay (Resolute), Cedar Landing (Resolute), Port Alder (Toronto)",
        "Production, Preview, Training (option B), Migration, Mirrored",
    )
    assert not page.open.isVisible()


@looks
def test_practice_that_cannot_be_opened_is_said_to_be_so(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: str) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("penelope_admin.invocation.start_apart", fails)
    desktop.window.shell.open_training()
    desktop.reads(desktop.window, "Practice could not be opened (Resource temporarily unavailable).")


def test_practice_starts_again_after_a_question(training: Desktop) -> None:
    context = training.app.context
    head = context.read(services.activity.verify).head
    context.write(services.requests.remark, 1, "Something")
    services.training.passing.move(context, context.now() + timedelta(days=40))
    dress(training).ask_to_start_again()
    sheet = training.sheet(AgainSheet)
    assert sheet.size() == sheet.sizeHint()
    assert not sheet.findChild(QScrollArea).verticalScrollBar().isVisible()
    assert sheet.safe.isDefault()
    training.click(sheet.primary)
    training.bot.waitUntil(lambda: not training.window.sheets, timeout=WAIT_MS)
    training.settle()
    assert context.read(services.activity.verify).head == head
    assert dress(training).bar.time.text() == "Friday 20 November 2026, 16:40 (Resolute)"


def test_time_that_passes_by_itself_brings_what_is_due(training: Desktop) -> None:
    """The vendor's next step comes while the window is just open."""
    clock = training.app.clock
    assert isinstance(clock, SimulatedClock)
    assert isinstance(clock.real, FixedClock)
    passing, context = services.training.passing, training.app.context
    passing.move(context, passing.later(context, timedelta(days=1)))
    due = services.training.world.next_event(context)
    passing.move(context, due - timedelta(seconds=30))
    before = len(services.training.world.current(training.app.context).happenings)
    for _ in range(2):
        clock.real.instant += timedelta(seconds=25)
        dress(training).beat()
        training.settle()
    assert len(services.training.world.current(training.app.context).happenings) > before
    assert clock.now() >= due


def test_every_printed_page_says_that_it_is_of_training(training: Desktop, tmp_path: Path, stamps: list[str]) -> None:
    rows = "".join(f"<p>Line {number}</p>" for number in range(120))
    assert printing.print_html(training.window, training.window.shell, f"<html><body>{rows}</body></html>")
    pages = len(re.findall(rb"/Type /Page\s", (tmp_path / "page.pdf").read_bytes()))
    assert pages > 1
    assert stamps == [NOTE] * pages


def test_files_are_named_for_training(training: Desktop, desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in them, their names have the word."""
    asked: list[str] = []

    def choose(_parent: object, _title: str, target: str, _kinds: str) -> tuple[str, str]:
        asked.append(Path(target).name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    for window in (training.window, desktop.window):
        ask_target(window.current, "Export the log", "penelope-activity.csv", "Table")
    assert asked == ["TRAINING-penelope-activity.csv", "penelope-activity.csv"]
