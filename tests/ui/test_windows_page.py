"""Upgrade windows: the year first, a list with the chosen window beside it, and notices typed on either clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton

from penelope_admin import services
from penelope_admin.ui.dialogs.notice import CancelSheet, NoticeSheet
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.pages.windows import DATE, WindowsPage, flags_of
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts


def windows_page(desktop: Desktop) -> WindowsPage:
    desktop.window.resize(1200, 760)
    return desktop.page(WindowsPage)


def button(desktop: Desktop, text: str) -> QPushButton:
    """The button of this text, once it can be seen."""

    def seen() -> list[QPushButton]:
        page = desktop.window.current
        return [made for made in page.findChildren(QPushButton) if made.text() == text and made.isVisible()]

    desktop.bot.waitUntil(lambda: bool(seen()), timeout=WAIT_MS)
    return seen()[0]


def notice_sheet(desktop: Desktop) -> NoticeSheet:
    windows_page(desktop).record_notice()
    return desktop.sheet(NoticeSheet)


@looks
def test_the_picture_of_the_year_comes_first_and_the_chosen_window_stands_beside_the_list(desktop: Desktop) -> None:
    page = windows_page(desktop)

    def stands_right() -> bool:
        picture = page.picture.mapTo(page, page.picture.rect().bottomLeft())
        listed = page.table.mapTo(page, page.table.rect().topRight())
        detail = page.detail.mapTo(page, page.detail.rect().topLeft())
        return picture.y() < listed.y() and listed.x() < detail.x()

    desktop.bot.waitUntil(stands_right, timeout=WAIT_MS)


@looks
def test_what_is_shown_anew_beside_the_list_leaves_the_focus_to_the_list(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(1080, 760)
    desktop.bot.waitUntil(lambda: page.panes.side_by_side, timeout=WAIT_MS)
    page.table.selectRow(0)
    desktop.settle()
    buttons = page.detail.findChildren(QPushButton)
    mistake = next(button_ for button_ in buttons if button_.text().startswith("Recorded by"))
    desktop.bot.waitUntil(mistake.isVisible, timeout=WAIT_MS)
    mistake.setFocus()
    page._upgrades = []
    page._show_chosen()
    assert page.window().focusWidget() is page.table
    page.load()
    desktop.settle()


@looks
def test_the_whole_year_and_the_first_lines_of_the_list_are_in_view_in_the_usual_window(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(1080, 760)

    def seen() -> bool:
        bottom = page.picture.mapTo(page, page.picture.rect().bottomLeft()).y()
        rows = [page.table.visualRect(page.model.index(row, 0)).bottom() for row in range(5)]
        fifth = page.table.viewport().mapTo(page, QPoint(0, rows[-1])).y()
        return bottom < fifth < page.height() and rows[-1] < page.table.viewport().height()

    desktop.bot.waitUntil(seen, timeout=WAIT_MS)


def test_in_a_small_window_the_page_scrolls_and_year_and_list_are_as_high_as_they_should_be(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(900, 600)
    desktop.settle()

    def stands_right() -> bool:
        is_whole = page.picture.height() >= page.picture.sizeHint().height()
        lists_ten = page.panes.height() >= page.table.height() > 10 * page.table.rowHeight(0)
        return is_whole and lists_ten and page.area.verticalScrollBar().maximum() > 0

    desktop.bot.waitUntil(stands_right, timeout=WAIT_MS)


def test_on_a_large_screen_the_chosen_window_stands_beside_the_year_and_nothing_scrolls(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(1920, 1080)

    def stands_right() -> bool:
        year, detail = (shown.mapTo(page, shown.rect().topLeft()) for shown in (page._year_box, page.detail))
        listed = page.table.mapTo(page, page.table.rect().topRight())
        bars = (page.area.verticalScrollBar(), page.table.verticalScrollBar())
        return (
            year.y() == detail.y() < listed.y() and listed.x() < detail.x() and not any(bar.maximum() for bar in bars)
        )

    desktop.bot.waitUntil(stands_right, timeout=WAIT_MS)
    desktop.window.resize(1080, 760)
    desktop.bot.waitUntil(lambda: page._year_box.width() > page.table.width(), timeout=WAIT_MS)


def test_the_detail_in_the_list_s_place_is_all_that_scrolls_and_page_down_scrolls_it(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(900, 600)
    desktop.bot.waitUntil(lambda: not page.panes.side_by_side, timeout=WAIT_MS)
    page.choose(next(window.key for window in page.shown_windows if window.confirm_date))
    page.table.setFocus()
    page.panes.open_detail()
    bar = page.panes.detail.verticalScrollBar()  # type: ignore[attr-defined]
    desktop.bot.waitUntil(lambda: bar.maximum() > 0 == page.area.verticalScrollBar().maximum(), timeout=WAIT_MS)
    desktop.bot.keyClick(desktop.window.focusWidget(), Qt.Key.Key_PageDown)
    assert bar.value() > 0
    page.panes.go_back()
    desktop.bot.waitUntil(
        lambda: not page.table.visibleRegion().isEmpty() and page.picture.isVisible(), timeout=WAIT_MS
    )


@looks
def test_confirm_the_date_has_two_actions(desktop: Desktop) -> None:
    page = windows_page(desktop)
    unsure = next(window for window in page.shown_windows if window.confirm_date)
    page.choose(unsure.key)
    button(desktop, "Ask Support about this date …").click()
    letter = desktop.sheet(RequestSheet)
    assert "Please confirm the date" in letter.reason.toPlainText()
    letter.reject()
    button(desktop, "I know the date …").click()
    sheet = desktop.sheet(NoticeSheet)
    assert sheet.starts.instant == unsure.starts_at


@looks
def test_support_can_be_asked_about_the_notice_of_the_next_upgrade_alone(desktop: Desktop) -> None:
    page = windows_page(desktop)
    coming, later = page.shown_windows[:2]
    page.choose(later.key)
    assert "Ask Support about the notice" not in texts(page.detail)
    page.choose(coming.key)
    button(desktop, "Ask Support about the notice …").click()
    letter = desktop.sheet(RequestSheet)
    assert letter.entered().upgrade_day == coming.first_day


@looks
def test_flags_are_icons_in_the_date_column_with_words_for_those_who_listen(desktop: Desktop) -> None:
    page = windows_page(desktop)
    for window in page.shown_windows:
        cell = page.model.index(page.model.row_of(window.key), DATE)
        assert bool(cell.data(Qt.ItemDataRole.DecorationRole)) is bool(flags_of(window))
        assert all(meaning in cell.data(Qt.ItemDataRole.AccessibleTextRole) for _, _, meaning in flags_of(window))


@looks
def test_clocks_change_fills_no_rows_where_the_local_time_stays(desktop: Desktop) -> None:
    assert not [window for window in windows_page(desktop).shown_windows if window.clocks_change]


@looks
def test_a_click_on_an_upgrade_in_the_picture_chooses_its_line(desktop: Desktop) -> None:
    page = windows_page(desktop)
    page.choose(page.shown_windows[0].key)
    third = page.shown_windows[2]
    day = third.starts_at.astimezone(third.zone).date()
    across = page.picture._x(day.day) + 4
    down = range(0, page.picture.height(), 9)  # in steps smaller than a mark
    spot = next(place for y in down if page.picture.mark_at(place := QPointF(across, y)) == day)
    desktop.bot.mouseClick(page.picture, Qt.MouseButton.LeftButton, pos=spot.toPoint())
    assert page.chosen == third


@looks
def test_what_a_click_in_the_picture_chose_comes_into_view_in_a_small_window(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(900, 600)
    desktop.settle()
    bar = page.area.verticalScrollBar()
    bar.setValue(0)
    page.picture.day_chosen.emit(page.model.items[8].starts_at.astimezone(page.model.items[8].zone).date())
    desktop.bot.waitUntil(
        lambda: page.panes.visibleRegion().boundingRect().height() >= page.panes.height() - 1, timeout=WAIT_MS
    )


@looks
def test_enter_on_a_line_opens_it_in_view_where_the_detail_stands_in_the_list_s_place(desktop: Desktop) -> None:
    page = windows_page(desktop)
    desktop.window.resize(900, 600)
    desktop.settle()
    desktop.bot.waitUntil(lambda: not page.panes.side_by_side, timeout=WAIT_MS)
    page.choose(page.model.items[8].key)
    page.table.setFocus()
    desktop.bot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.panes.detail_alone
    desktop.bot.waitUntil(
        lambda: page.panes.visibleRegion().boundingRect().height() >= page.panes.height() - 1, timeout=WAIT_MS
    )
    desktop.bot.keyClick(page.panes.detail, Qt.Key.Key_Escape)
    assert page.table.hasFocus()


def test_a_notice_can_be_typed_in_the_vendor_s_time_with_ours_shown_live(desktop: Desktop) -> None:
    sheet = notice_sheet(desktop)
    before = sheet.starts.instant, sheet.ends.instant
    desktop.reads(sheet, "That is Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (New York).")
    sheet.clock.setCurrentIndex(1)
    assert (sheet.starts.instant, sheet.ends.instant) == before
    assert sheet.starts.text() == "Sat 12 Dec 2026 21:00"
    sheet.starts.setDateTime(sheet.starts.dateTime().addSecs(3600))
    assert sheet.starts.instant == before[0] + timedelta(hours=1)
    desktop.reads(sheet, "That is Saturday 12 December 2026, 21:00 to Sunday 13 December 2026, 01:00 (Resolute).")


def test_a_time_that_clocks_show_twice_says_which_is_taken(desktop: Desktop) -> None:
    sheet = notice_sheet(desktop)
    sheet.clock.setCurrentIndex(1)
    sheet.starts.show_instant(datetime(2027, 11, 7, 4, 30, tzinfo=UTC))
    assert "twice" not in texts(sheet)
    sheet.starts.setDateTime(sheet.starts.dateTime().addSecs(3600))
    desktop.reads(sheet, "Clocks go back then and show this time twice: 7 November 2027, 01:30 EDT is taken.")


@looks
def test_it_is_asked_whether_a_notice_moves_the_window_only_where_another_one_is_nearer(desktop: Desktop) -> None:
    sheet = notice_sheet(desktop)
    assert not sheet.moves.isVisible()
    desktop.reads(sheet, "It takes the place of the window of Saturday ")
    sheet.starts.setDateTime(sheet.starts.dateTime().addDays(24))
    assert sheet.moves.isVisible()
    sheet.kind.choose("emergency")
    assert not sheet.moves.isVisible()


@looks
def test_the_end_follows_the_start(desktop: Desktop) -> None:
    sheet = notice_sheet(desktop)
    length = sheet.ends.instant - sheet.starts.instant
    sheet.starts.setDateTime(sheet.starts.dateTime().addDays(9))
    assert sheet.ends.instant - sheet.starts.instant == length
    sheet.ends.setDateTime(sheet.ends.dateTime().addSecs(1800))
    sheet.starts.setDateTime(sheet.starts.dateTime().addDays(-2))
    assert sheet.ends.instant - sheet.starts.instant == length + timedelta(minutes=30)


def test_a_removed_notice_can_be_brought_back(desktop: Desktop) -> None:
    first = windows_page(desktop).shown_windows[0]
    desktop.app.context.write(
        services.calendar.notices.add, "announced", first.starts_at, first.ends_at, "4.26.12", "Email of 1 December", 90
    )
    page = windows_page(desktop)
    page.load()
    desktop.settle()
    button(desktop, "Remove this notice").click()
    desktop.settle()
    undo = next(made for made in desktop.window.findChildren(QPushButton) if made.text() == "Undo")
    undo.click()
    desktop.settle()
    (notice,) = desktop.app.context.read(services.calendar.notices.find_all)
    assert (notice.version, notice.origin, notice.downtime) == ("4.26.12", "Email of 1 December", 90)


def test_a_month_without_an_upgrade_leaves_the_list_and_comes_back(desktop: Desktop) -> None:
    page = windows_page(desktop)
    first, second = page.shown_windows[:2]
    assert not page.without_upgrade.isVisible()
    button(desktop, "No upgrade this month …").click()
    sheet = desktop.sheet()
    assert isinstance(sheet, CancelSheet)
    assert first.in_words in texts(sheet)
    sheet.origin.setText("Email of 1 December")
    sheet.primary.click()
    desktop.settle()
    assert page.shown_windows[0].starts_at == second.starts_at
    desktop.reads(page.without_upgrade, "No upgrade in December 2026, as a notice says: Email of 1 December.")
    button(desktop, "Remove this notice").click()
    desktop.settle()
    assert page.shown_windows[0] == first
    assert not page.without_upgrade.isVisible()


@looks
def test_a_change_elsewhere_moves_neither_the_chosen_line_nor_the_picture(desktop: Desktop) -> None:
    page = windows_page(desktop)
    page.choose(page.shown_windows[4].key)
    reset, picture = QSignalSpy(page.model.modelReset), page.picture
    desktop.window.shell.operations.changed.emit(frozenset({"requests"}))
    desktop.settle()
    assert page.chosen == page.shown_windows[4]
    assert reset.count() == 0
    assert page.picture is picture
