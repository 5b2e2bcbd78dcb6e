"""The first page: what it says while nobody knows, its three actions, and that it changes in place."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.domain.agency import Profile
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.calendar import CalendarSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.wizard import Wizard
from penelope_admin.ui.pages.overview import OverviewPage
from penelope_admin.ui.widgets.basics import Banner, label
from penelope_admin.ui.widgets.keyed import KeyedRows, Row
from penelope_admin.ui.widgets.ribbon import RibbonPicture, positions
from tests.demo import NOW
from tests.each import each
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def refreshed(desktop: Desktop, at: datetime = NOW - timedelta(hours=1)) -> None:
    desktop.app.context.write(services.mirror.environments.record_event, "mirrored", "refreshed", at)
    desktop.window.shell.operations.changed.emit(frozenset({"environments", "features"}))
    desktop.settle()


def picture(page: OverviewPage) -> RibbonPicture:
    (found,) = page.findChildren(RibbonPicture)
    return found


def part(page: OverviewPage, name: str) -> QAbstractButton:
    return next(item for item in picture(page).findChildren(QAbstractButton) if item.accessibleName().startswith(name))


def test_the_next_upgrade_says_what_its_date_rests_on(desktop: Desktop) -> None:
    for notice in desktop.app.context.read(services.calendar.notices.find_all):
        desktop.app.context.write(services.calendar.notices.remove, notice.id)
    desktop.window.shell.operations.changed.emit(frozenset({"notices"}))
    desktop.reads(desktop.page(OverviewPage), "By the vendor's rule, unless a notice says otherwise.")
    starts = NOW.replace(month=12, day=13, hour=2, minute=0)
    desktop.app.context.write(services.calendar.notices.add, "announced", starts, starts + timedelta(hours=3))
    desktop.window.shell.operations.changed.emit(frozenset({"notices"}))
    desktop.reads(desktop.page(OverviewPage), "As the notice says.")


def set_up(desktop: Desktop, zone: str) -> None:
    """Set an agency up beside the first run's sheet, which is left."""
    wizard = desktop.sheet(Wizard)
    wizard.reject()
    profile = Profile(name="X", region="CA", zone=zone, environments=("production", "mirrored"))
    desktop.app.context.write(services.agency.set_up, profile)
    desktop.window.shell.operations.changed.emit(frozenset({"agency"}))
    desktop.settle()


# --- what nobody knows -------------------------------------------------------------------------


def test_right_after_set_up_overview_says_what_is_not_known_and_never_that_all_is_well(new_desktop: Desktop) -> None:
    set_up(new_desktop, "America/Resolute")
    page = new_desktop.page(OverviewPage)
    new_desktop.reads(
        page, "Not known, treated as real", "When was Mirrored last refreshed or upgraded?",
        "The state of 12 features in Mirrored is unknown. Check in Penelope.",
    )  # fmt: skip
    assert "up to date" not in texts(page)


def test_another_time_zone_is_everybody_s_on_the_page(new_desktop: Desktop) -> None:
    set_up(new_desktop, "America/Resolute")
    page = new_desktop.page(OverviewPage)
    new_desktop.reads(page, "Support until today, 19:00 (Resolute)")
    profile = new_desktop.app.context.read(services.agency.need_profile)
    new_desktop.app.context.write(services.agency.update, msgspec.structs.replace(profile, zone="America/Halifax"))
    new_desktop.window.shell.operations.changed.emit(frozenset({"agency"}))
    new_desktop.settle()
    new_desktop.reads(page, "Support until today, 21:00 (Halifax)")
    assert "Resolute" not in texts(page)


def test_right_after_a_refresh_overview_is_red_and_the_unknown_features_are_a_task(desktop: Desktop) -> None:
    refreshed(desktop)
    page = desktop.page(OverviewPage)
    desktop.reads(
        page,
        "May hold real contacts",
        "The state of 12 features in Mirrored is unknown",
        "Check-list after the refresh",
    )
    desktop.reads(page, "Nothing that is recorded as on in the mirrored database. The state of 12 features is unknown.")
    assert "up to date" not in texts(page)
    assert part(page, "The state of 12 features is unknown").isVisibleTo(page)


def test_beside_what_the_upgrade_switches_off_it_is_told_that_more_is_not_known(desktop: Desktop) -> None:
    refreshed(desktop)
    desktop.app.context.write(services.features.record_seen, "mirrored", {"general-ledger": "on"})
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    said = "By what is recorded of the mirrored database. If it is upgraded then, plan again what is still needed."
    desktop.reads(desktop.page(OverviewPage), f"{said} The state of 11 features is unknown. Check in Penelope.")


def test_the_words_of_a_bar_on_the_ribbon_hide_nothing_of_it(desktop: Desktop) -> None:
    refreshed(desktop)
    shown = picture(desktop.page(OverviewPage))
    uses = shown._plan(shown.width()).uses
    assert uses
    for words, bar in uses:
        assert words.y() + words.height() <= bar.top() - 1, "its line lies on its edge"


def test_before_set_up_one_button_leads_there(new_desktop: Desktop) -> None:
    new_desktop.sheet().reject()
    page = new_desktop.page(OverviewPage)
    button = next(b for b in page.findChildren(QPushButton) if b.isVisibleTo(page))
    assert button.text() == "Set up your agency (1 minute) …"
    new_desktop.click(button)
    assert isinstance(new_desktop.sheet(), Wizard)


# --- what can be done --------------------------------------------------------------------------


@looks
def test_the_three_actions_are_the_three_main_jobs(
    desktop: Desktop,
) -> None:
    page = desktop.page(OverviewPage)
    buttons = {item.text(): item for item in page._actions.findChildren(QPushButton)}
    assert list(buttons) == ["Request a refresh …", "Switch a feature …", "Add the dates to my calendar …"]
    desktop.click(buttons["Add the dates to my calendar …"])
    calendar = desktop.sheet(CalendarSheet)
    calendar.reject()
    desktop.click(buttons["Request a refresh …"])
    sheet = desktop.sheet(RequestSheet)
    sheet.reject()
    desktop.click(buttons["Switch a feature …"])
    desktop.settle()
    assert desktop.window.current.name == "features"


# --- the ribbon --------------------------------------------------------------------------------


@looks
def test_a_part_of_the_ribbon_opens_its_record_by_click_and_by_key(desktop: Desktop) -> None:
    went: list[tuple[str, str]] = []
    desktop.window.shell.go.connect(lambda name, subject: went.append((name, subject)))
    page = desktop.page(OverviewPage)
    upgrades = [
        view for view in desktop.app.context.read(services.mirror.environments.find_all)[2].events if view.version
    ]
    desktop.click(part(page, "Upgraded on Saturday 14 November 2026, version 4.26.11"))
    assert went.pop() == ("databases", f"mirrored/event/{upgrades[-1].id}")
    page = desktop.page(OverviewPage)
    feature = part(page, "External Communications: Worker Delivery: on, until Friday 11 December 2026")
    feature.setFocus()
    desktop.bot.keyClick(feature, Qt.Key.Key_Space)
    assert went.pop() == ("features", "external-communications.worker-delivery")
    page = desktop.page(OverviewPage)
    desktop.click(part(page, "Next upgrade: Saturday 12 December 2026"))
    assert went.pop() == ("windows", "")


@looks
def test_a_click_on_a_mark_is_a_click_on_its_words(desktop: Desktop) -> None:
    went: list[str] = []
    desktop.window.shell.go.connect(lambda name, _: went.append(name))
    shown = picture(desktop.page(OverviewPage))
    plan = shown._plan(shown.width())
    from PySide6.QtCore import QPoint

    desktop.bot.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(int(plan.xs[-1]), int(plan.band.center().y())))
    assert went == ["windows"]


@looks
def test_the_whole_ribbon_is_told_in_words(desktop: Desktop) -> None:
    told = picture(desktop.page(OverviewPage)).accessibleDescription()
    for words in (
        "Contact details are de-identified", "Refreshed on Friday 6 November 2026", "You are here",
        "General Ledger: on, until Wednesday 18 November 2026, overdue.",
    ):  # fmt: skip
        assert words in told


@each("scheme", ["dark", "light"])
def test_the_ribbon_is_painted_in_the_colours_of_what_it_shows(desktop: Desktop, scheme: Any) -> None:
    desktop.go("overview")
    theme.current().set(scheme, compact=False)
    desktop.bot.waitUntil(lambda: desktop.window.current.name == "overview", timeout=WAIT_MS)
    desktop.settle()
    image = picture(desktop.page(OverviewPage)).grab().toImage()
    seen = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    wanted = ("danger", "danger-background", "positive", "positive-background", "accent")
    assert {theme.current().colour(name).name() for name in wanted} <= seen


def test_right_after_a_refresh_nothing_between_it_and_you_are_here_is_painted_as_safe(desktop: Desktop) -> None:
    refreshed(desktop, NOW)  # both marks stand at one instant
    page = desktop.page(OverviewPage)

    def is_painted_as_real() -> bool:
        shown = picture(page)
        plan, kinds = shown._plan(shown.width()), [part.kind for part in shown._shown.parts]
        between = (plan.xs[kinds.index("refreshed")] + plan.xs[kinds.index("now")]) / 2
        image, at = shown.grab().toImage(), QPoint(round(between), round(plan.band.top()) + 3)
        return image.rect().contains(at) and image.pixelColor(at) == theme.current().colour("danger-background")

    desktop.bot.waitUntil(is_painted_as_real, timeout=WAIT_MS)


def test_marks_keep_their_order_and_a_distance_however_near_their_days_are() -> None:
    found = positions([NOW, NOW, NOW + timedelta(days=900), NOW + timedelta(days=901)], 10, 500, 30)
    assert found == sorted(found)
    assert min(late - early for early, late in pairwise(found)) >= 30
    assert (found[0], round(found[-1])) == (10, 500)


# --- nothing moves -----------------------------------------------------------------------------


def test_a_change_keeps_the_focus_and_the_place_of_what_it_does_not_concern(desktop: Desktop) -> None:
    desktop.window.resize(900, 600)
    page = desktop.page(OverviewPage)
    row = next(b for b in page.findChildren(QPushButton) if b.accessibleName().startswith("Go there: PA-2"))
    row.setFocus()
    page.area.ensureWidgetVisible(row)
    before = page.area.verticalScrollBar().value()
    desktop.app.context.write(services.features.cancel, "ms-exchange")
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    desktop.settle()
    assert "Switch MS Exchange on" not in texts(page)
    assert QApplication.focusWidget() is row
    assert abs(page.area.verticalScrollBar().value() - before) <= page.area.viewport().height() / 4


def test_where_the_vendor_s_clock_shows_the_same_nobody_reads_it_twice(new_desktop: Desktop) -> None:
    set_up(new_desktop, "America/Toronto")
    page = new_desktop.page(OverviewPage)
    new_desktop.reads(page, "The vendor's clock (ET, read as New York's clock) shows the same.")
    assert texts(page).count("(New York)") == 0


def _said(page: OverviewPage) -> list[Banner]:
    return [found for found in page.findChildren(Banner) if "The clock data is old." in texts(found)]


def test_a_word_about_old_clock_data_is_said_once_a_day_and_not_at_every_change(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penelope_admin.app.age_warning", lambda *_: "The clock data is old.")
    desktop.window.resize(900, 600)
    page = desktop.page(OverviewPage)
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    desktop.settle()
    (banner,) = _said(page)
    bar = page.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    desktop.settle()
    QApplication.processEvents()
    assert _said(page) == [banner]
    assert bar.value() == bar.maximum(), "the page did not jump back to it"


@looks
def test_the_focus_of_a_row_that_is_gone_goes_to_the_one_in_its_place(qtbot: QtBot, desktop: Desktop) -> None:
    rows = KeyedRows()
    qtbot.addWidget(rows)

    def named(name: str) -> Row:
        return Row(name, None, lambda: _holder(name))

    rows.show_rows([named("a"), named("b"), named("c")])
    rows.show()
    rows.activateWindow()
    kept, gone = (rows.row(key).findChild(QPushButton) for key in "cb")
    assert isinstance(gone, QPushButton)
    qtbot.waitUntil(lambda: gone.setFocus() or QApplication.focusWidget() is gone, timeout=WAIT_MS)  # type: ignore[func-returns-value]
    rows.show_rows([named("a"), named("c")])
    assert QApplication.focusWidget() is kept


def _holder(name: str) -> Any:
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    box = QWidget()
    QVBoxLayout(box).addWidget(label(name))
    made = QPushButton(name)
    made.setAccessibleName(name)
    box.layout().addWidget(made)  # type: ignore[union-attr]
    return box


@each("width", [900, 1080, 1900])
def test_the_ribbon_has_the_height_its_words_need(desktop: Desktop, width: int) -> None:
    desktop.window.resize(width, 800)
    refreshed(desktop)
    for name in ("overview", "databases"):
        page = desktop.go(name)
        (shown,) = page.findChildren(RibbonPicture)
        desktop.bot.waitUntil(
            lambda shown=shown: shown.height() >= shown.heightForWidth(shown.width()), timeout=WAIT_MS
        )  # type: ignore[misc]
        for made in shown.findChildren(QAbstractButton):
            assert shown.rect().contains(made.geometry()), made.accessibleName()
