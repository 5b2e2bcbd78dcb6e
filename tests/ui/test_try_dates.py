"""Trying other dates in the picture of the year: the bar follows, so do conflicts, and nothing is kept by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from penelope_admin import services
from penelope_admin.domain.projects import FeatureInput, ProjectInput
from penelope_admin.ui.dialogs.project import KeepDatesSheet, ProjectSheet, open_project_sheet
from penelope_admin.ui.pages.projects import ProjectsPage
from penelope_admin.ui.pages.windows import WindowsPage
from penelope_admin.ui.widgets.dates import from_qdate
from penelope_admin.ui.widgets.try_dates import MovableBars, TryDates
from tests.ui.conftest import WAIT_MS, Desktop, texts
from tests.ui.test_projects import projects

SMS = "external-communications.sms"
FIRST, LAST = date(2026, 12, 7), date(2026, 12, 18)
DAY = timedelta(days=1)
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def trying(desktop: Desktop) -> TryDates:
    """The year of a project in the middle of which an upgrade lies."""
    wish = ProjectInput("Pilot", "Try it", FIRST, LAST, features=(FeatureInput(SMS),))
    desktop.app.context.write(services.projects.add, wish)
    page = projects(desktop, 1)
    return current(page)


def current(page: ProjectsPage) -> TryDates:
    assert page._trying is not None
    return page._trying


def kept(desktop: Desktop) -> tuple[date, date]:
    project = desktop.app.context.read(services.projects.find, 1).project
    return project.first_day, project.last_day


def spot(trying: TryDates, day: date) -> QPoint:
    """The middle of a day in the project's lane."""
    picture = trying.picture
    ((_, _, area),) = picture._own_areas((day, day))
    return area.center().toPoint()


def drag(trying: TryDates, start: date, end: date) -> None:
    """Press on a day of the bar, and move to another without letting go."""
    picture, left = trying.picture, Qt.MouseButton.LeftButton
    start_at, end_at = spot(trying, start), spot(trying, end)
    QTest.mousePress(picture, left, Qt.KeyboardModifier.NoModifier, start_at)
    for step in range(1, 5):
        QTest.mouseMove(picture, start_at + (end_at - start_at) * step / 4)


def test_conflicts_follow_while_the_bar_is_dragged_and_nothing_is_kept(desktop: Desktop, trying: TryDates) -> None:
    drag(trying, FIRST + 3 * DAY, FIRST + 10 * DAY)
    assert trying.picture.is_dragged
    assert trying.picture.days == (FIRST + 7 * DAY, LAST + 7 * DAY)
    desktop.reads(trying, "Mon 14 Dec to Fri 25 Dec, not kept yet: ")
    assert "switches External Communications: SMS off in the middle" not in texts(trying)
    QTest.mouseRelease(trying.picture, Qt.MouseButton.LeftButton, CONTROL, spot(trying, FIRST + 10 * DAY))
    desktop.settle()
    assert kept(desktop) == (FIRST, LAST)
    assert trying.keep_button.isEnabled()


def test_the_dates_are_kept_when_somebody_says_so_and_that_can_be_undone(desktop: Desktop, trying: TryDates) -> None:
    drag(trying, FIRST + 3 * DAY, FIRST + 10 * DAY)
    QTest.mouseRelease(trying.picture, Qt.MouseButton.LeftButton, CONTROL, spot(trying, FIRST + 10 * DAY))
    desktop.bot.waitUntil(trying.keep_button.isEnabled, timeout=WAIT_MS)
    desktop.click(trying.keep_button)
    desktop.settle()
    assert kept(desktop) == (FIRST + 7 * DAY, LAST + 7 * DAY)
    page = desktop.window.current
    assert isinstance(page, ProjectsPage)
    assert not current(page).is_trying
    desktop.window.undo_last()
    desktop.settle()
    assert kept(desktop) == (FIRST, LAST)


def test_an_end_of_the_bar_can_be_dragged_alone(desktop: Desktop, trying: TryDates) -> None:
    drag(trying, LAST, LAST + 4 * DAY)
    assert trying.picture.days == (FIRST, LAST + 4 * DAY)
    QTest.mouseRelease(trying.picture, Qt.MouseButton.LeftButton, CONTROL, spot(trying, LAST))
    desktop.settle()


def test_the_keyboard_does_the_same_and_escape_puts_the_dates_back(desktop: Desktop, trying: TryDates) -> None:
    picture = trying.picture
    assert picture.focusPolicy() == Qt.FocusPolicy.StrongFocus
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(picture, key, CONTROL)
    QTest.keyClick(picture, Qt.Key.Key_Right, CONTROL | SHIFT)
    assert picture.days == (FIRST + 7 * DAY, LAST + 8 * DAY)
    desktop.reads(trying, "not kept yet: ")
    QTest.keyClick(picture, Qt.Key.Key_Escape)
    desktop.settle()
    assert picture.days == (FIRST, LAST)
    assert not trying.is_trying
    assert not trying.keep_button.isEnabled()
    assert "Drag the bar" in trying.status.text()
    assert kept(desktop) == (FIRST, LAST)


def test_escape_puts_the_dates_back_from_a_button_too(desktop: Desktop, trying: TryDates) -> None:
    QTest.keyClick(trying.picture, Qt.Key.Key_Right, CONTROL)
    desktop.bot.waitUntil(trying.keep_button.isEnabled, timeout=WAIT_MS)
    QTest.keyClick(trying.keep_button, Qt.Key.Key_Escape)
    assert not trying.is_trying
    assert kept(desktop) == (FIRST, LAST)


def test_dates_that_cannot_be_are_refused_where_they_are_tried(desktop: Desktop, trying: TryDates) -> None:
    for _ in range(5):
        QTest.keyClick(trying.picture, Qt.Key.Key_Up, CONTROL)
    desktop.reads(trying, "has passed")
    assert not trying.keep_button.isEnabled()


def test_what_is_tried_survives_a_change_elsewhere(desktop: Desktop, trying: TryDates) -> None:
    QTest.keyClick(trying.picture, Qt.Key.Key_Right, CONTROL)
    desktop.settle()
    desktop.window.shell.operations.changed.emit(frozenset({"features", "projects"}))
    desktop.settle()
    page = desktop.window.current
    assert isinstance(page, ProjectsPage)
    assert current(page) is trying
    assert trying.picture.days == (FIRST + DAY, LAST + DAY)


def test_the_quietest_dates_are_tried_and_not_kept(desktop: Desktop, trying: TryDates) -> None:
    desktop.click(trying.quietest_button)
    desktop.settle()
    desktop.bot.waitUntil(trying.keep_button.isEnabled, timeout=WAIT_MS)
    assert trying.picture.days[0] == date(2026, 12, 13)
    assert kept(desktop) == (FIRST, LAST)


def test_the_sheet_takes_the_quietest_dates_and_says_why(desktop: Desktop, trying: TryDates) -> None:
    open_project_sheet(desktop.window.shell, desktop.app.context.read(services.projects.find, 1))
    sheet = desktop.sheet(ProjectSheet)
    desktop.settle()
    sheet._find_quietest()
    desktop.reads(sheet, "from the day after the upgrade of Saturday 12 December 2026")
    days = from_qdate(sheet.first_day.date()), from_qdate(sheet.last_day.date())
    assert days == (date(2026, 12, 13), date(2026, 12, 24))


# --- in the picture of all ---


@pytest.fixture
def all_bars(desktop: Desktop, trying: TryDates) -> MovableBars:
    """The year on Upgrade windows, with the bar of a project."""
    page = desktop.page(WindowsPage)
    return page.picture


def bar_place(picture: MovableBars) -> QPoint:
    """A place on the project's bar."""
    places = (QPointF(picture._x(FIRST.day + 3), y) for y in range(0, picture.height(), 5))
    return next(place for place in places if picture.project_at(place) == 1).toPoint()


def drag_by(picture: MovableBars, days: int) -> QPoint:
    """Move the bar by some days to the right, and keep hold of it; where the mouse is then."""
    start = bar_place(picture)
    end = start + QPoint(round(picture._x(1 + days) - picture._x(1)), 0)
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 4):
        QTest.mouseMove(picture, start + (end - start) * step / 3)
    return end


def test_a_click_on_a_bar_of_all_leads_to_its_project(desktop: Desktop, all_bars: MovableBars) -> None:
    place, plain = bar_place(all_bars), Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(all_bars, Qt.MouseButton.LeftButton, plain, place)
    desktop.settle()
    assert isinstance(desktop.window.current, ProjectsPage)


def test_a_bar_of_all_is_dragged_while_its_conflicts_follow_in_the_line_below(
    desktop: Desktop, all_bars: MovableBars
) -> None:
    said: list[str] = []
    desktop.window.shell.said.connect(said.append)
    height = all_bars.sizeHint().height()
    end = drag_by(all_bars, 8)
    desktop.settle()
    assert said[-1].startswith("Tue 15 Dec to Sat 26 Dec, not kept yet: ")
    assert all_bars.sizeHint().height() == height
    QTest.mouseRelease(all_bars, Qt.MouseButton.LeftButton, CONTROL, end)
    sheet = desktop.sheet(KeepDatesSheet)
    desktop.reads(sheet, "Tuesday 15 December 2026 to Saturday 26 December 2026")
    assert kept(desktop) == (FIRST, LAST)
    desktop.click(sheet.primary)
    desktop.settle()
    assert kept(desktop) == (FIRST + 8 * DAY, LAST + 8 * DAY)


def test_esc_puts_a_bar_of_all_back(desktop: Desktop, all_bars: MovableBars) -> None:
    QTest.mouseRelease(all_bars, Qt.MouseButton.LeftButton, CONTROL, drag_by(all_bars, 8))
    sheet = desktop.sheet()
    desktop.bot.keyClick(sheet, Qt.Key.Key_Escape)
    desktop.settle()
    assert kept(desktop) == (FIRST, LAST)
    (bar,) = (bar for bar in all_bars._view.bars if bar.project == 1)
    assert (bar.first_day, bar.last_day) == (FIRST, LAST)
