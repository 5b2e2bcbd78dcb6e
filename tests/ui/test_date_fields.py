"""Fields for dates: the look of all other times, weekday included, typing that Qt alone would refuse, and the wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from penelope_admin.domain.times import PLAIN, Style, use_style
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Tick
from penelope_admin.ui.widgets.dates import DateField, MomentField, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField


@pytest.fixture(autouse=True)
def _look(qapp: QApplication) -> Iterator[None]:
    theme.install(qapp, "light", compact=False)
    yield
    use_style(PLAIN)


def give_focus(qtbot: QtBot, field: QWidget) -> None:
    """Show a field, which has the focus."""
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)


def test_the_weekday_stands_in_every_date_field(qtbot: QtBot) -> None:
    field, moment = DateField(date(2026, 12, 4)), MomentField(datetime(2026, 12, 4, 19, tzinfo=UTC), ZoneInfo("UTC"))
    for widget in (field, moment):
        qtbot.addWidget(widget)
    assert (field.text(), moment.text()) == ("Fri 4 Dec 2026", "Fri 4 Dec 2026 19:00")


def test_fields_follow_the_system_s_order_and_clock(qtbot: QtBot) -> None:
    use_style(Style(month_first=True, twelve_hours=True))
    moment = MomentField(datetime(2026, 12, 4, 19, tzinfo=UTC), ZoneInfo("UTC"))
    qtbot.addWidget(moment)
    assert moment.text() == "Fri, Dec 4, 2026 7:00 PM"


def test_days_and_months_can_be_typed_as_digits(qtbot: QtBot) -> None:
    field = DateField(date(2026, 12, 4))
    give_focus(qtbot, field)
    qtbot.keyClicks(field, "1711")
    assert (from_qdate(field.date()), field.text()) == (date(2026, 11, 17), "Tue 17 Nov 2026")
    assert field.currentSection() == field.Section.YearSection
    qtbot.keyClicks(field, "2027")
    assert from_qdate(field.date()) == date(2027, 11, 17)


def test_a_digit_with_ctrl_is_a_way_to_a_page_and_types_nothing(qtbot: QtBot) -> None:
    field = DateField(date(2026, 12, 4))
    give_focus(qtbot, field)
    for section in (field.Section.DaySection, field.Section.MonthSection, field.Section.YearSection):
        field.setSelectedSection(section)
        event = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier, "1"
        )  # as X11 sends it
        QApplication.sendEvent(field, event)
        assert (from_qdate(field.date()), field.trouble) == (date(2026, 12, 4), "")


@pytest.mark.parametrize(
    ("key", "held"),
    [(Qt.Key.Key_F4, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)],
)
@pytest.mark.parametrize("with_time", [False, True])
def test_a_key_opens_the_calendar_and_changes_no_day(
    qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier, with_time: bool
) -> None:
    moment = datetime(2026, 12, 4, 19, tzinfo=UTC)
    field = MomentField(moment, ZoneInfo("UTC")) if with_time else DateField(moment.date())
    give_focus(qtbot, field)
    qtbot.keyClick(field, key, held)
    calendar = field.calendarWidget()
    qtbot.waitUntil(calendar.isVisible)
    assert from_qdate(field.date()) == moment.date()
    calendar.window().hide()


@pytest.mark.parametrize(
    ("style", "typed", "shown"),
    [
        (PLAIN, "2jan", "Sat 2 Jan 2027 19:00"),
        (PLAIN, "2 jan 2028 9:05", "Sun 2 Jan 2028 09:05"),
        (PLAIN, "02. January 2028", "Sun 2 Jan 2028 19:00"),
        (PLAIN, "2/1/2028", "Sun 2 Jan 2028 19:00"),
        (PLAIN, "12-01-2028", "Wed 12 Jan 2028 19:00"),
        (Style(month_first=True, twelve_hours=True), "jan 2, 2028 9:05am", "Sun, Jan 2, 2028 9:05 AM"),
        (Style(month_first=True, twelve_hours=True), "1/2/2028 9:05 p.m.", "Sun, Jan 2, 2028 9:05 PM"),
        (Style(month_first=True, twelve_hours=True), "January 22, 2028", "Sat, Jan 22, 2028 7:00 PM"),
    ],
)
def test_a_date_is_typed_as_people_write_it(qtbot: QtBot, style: Style, typed: str, shown: str) -> None:
    use_style(style)
    field = MomentField(datetime(2027, 12, 4, 19, tzinfo=UTC), ZoneInfo("UTC"))
    give_focus(qtbot, field)
    qtbot.keyClicks(field, typed)
    assert (field.text(), field.hasFocus()) == (shown, True)


MONTH_FIRST = Style(month_first=True, twelve_hours=True)


@pytest.mark.parametrize("gesture", ["tab", "select all", "home"])
@pytest.mark.parametrize(
    ("style", "typed", "shown"),
    [
        (MONTH_FIRST, "Oct 5, 2026", "Mon, Oct 5, 2026 4:40 PM"),
        (MONTH_FIRST, "2 dec", "Wed, Dec 2, 2026 4:40 PM"),
        (MONTH_FIRST, "12/2/2026", "Wed, Dec 2, 2026 4:40 PM"),
        (MONTH_FIRST, "02.12.2026", "Wed, Dec 2, 2026 4:40 PM"),
        (MONTH_FIRST, "sat dec 12 2026 8 am", "Sat, Dec 12, 2026 8:00 AM"),
        (PLAIN, "dec 2, 2026 8:00 pm", "Wed 2 Dec 2026 20:00"),
        (PLAIN, "2026-12-02", "Wed 2 Dec 2026 16:40"),
    ],
)
def test_a_date_is_what_was_typed_wherever_in_the_field_that_began(
    qtbot: QtBot, gesture: str, style: Style, typed: str, shown: str
) -> None:
    use_style(style)
    field = MomentField(datetime(2026, 11, 20, 16, 40, tzinfo=UTC), ZoneInfo("UTC"))
    give_focus(qtbot, field)
    if gesture == "select all":
        field.selectAll()
    elif gesture == "home":
        for key in (Qt.Key.Key_Home, Qt.Key.Key_Right):
            qtbot.keyClick(field, key)
    qtbot.keyClicks(field, typed)
    assert (field.text(), field.trouble) == (shown, "")


@pytest.fixture
def canada() -> Iterator[None]:
    """The system's country, where the half of a day has full stops."""
    before = QLocale()
    QLocale.setDefault(QLocale("en_CA"))
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("canada")
def test_the_half_of_the_day_is_shown_and_typed_in_canada_as_elsewhere(qtbot: QtBot) -> None:
    use_style(MONTH_FIRST)
    field = MomentField(datetime(2026, 11, 20, 16, 40, tzinfo=UTC), ZoneInfo("UTC"))
    give_focus(qtbot, field)
    assert field.text() == "Fri, Nov 20, 2026 4:40 PM"
    field.setSelectedSection(MomentField.Section.AmPmSection)
    qtbot.keyClicks(field, "am")
    assert field.text() == "Fri, Nov 20, 2026 4:40 AM"


@pytest.mark.parametrize("typed", ["30 feb", "2 dec 20261", "12/2/26"])
def test_a_day_that_is_none_is_told_as_it_was_typed_wherever_that_began(qtbot: QtBot, typed: str) -> None:
    use_style(MONTH_FIRST)
    field = DateField(date(2026, 11, 20))
    give_focus(qtbot, field)
    field.lineEdit().deselect()
    field.lineEdit().setCursorPosition(field.text().index("20"))
    qtbot.keyClicks(field, typed)
    assert field.trouble.startswith(f"“{typed}” is not a day from ")


@pytest.mark.parametrize("typed", ["3011", "0112", "2312", "30112027"])
def test_the_first_of_two_digits_changes_nothing_else_where_it_would_lead_to_before_the_earliest_day(
    qtbot: QtBot, typed: str
) -> None:
    field = DateField(date(2026, 12, 7), date(2026, 11, 23))
    give_focus(qtbot, field)
    qtbot.keyClicks(field, typed)
    year = int(typed[4:] or 2026)
    assert from_qdate(field.date()) == date(year, int(typed[2:4]), int(typed[:2]))


@pytest.mark.parametrize("typed", ["29022028", "29 2 2028", "29feb2028", "29 February 2028"])
@pytest.mark.parametrize("earliest", [None, date(2026, 11, 23)])
def test_a_day_that_is_none_until_the_year_is_typed_is_taken_once_it_is(
    qtbot: QtBot, typed: str, earliest: date | None
) -> None:
    field = DateField(date(2026, 12, 7), earliest)
    give_focus(qtbot, field)
    qtbot.keyClicks(field, typed)
    assert (from_qdate(field.date()), field.trouble) == (date(2028, 2, 29), "")


@pytest.mark.parametrize(
    ("style", "before", "at", "typed", "shown"),
    [
        (PLAIN, 16, "16:40", "2005", "Fri 4 Dec 2026 20:05"),
        (PLAIN, 0, "00:40", "2130", "Fri 4 Dec 2026 21:30"),
        (PLAIN, 9, "40", "15", "Fri 4 Dec 2026 09:15"),
        (PLAIN, 9, "2026", "20280807", "Mon 4 Dec 2028 08:07"),
        (Style(month_first=True, twelve_hours=True), 16, "4:40", "1105", "Fri, Dec 4, 2026 11:05 PM"),
    ],
)
@pytest.mark.parametrize("behind", [0, 1])
def test_what_is_typed_after_a_click_takes_the_place_of_what_is_there(
    qtbot: QtBot, style: Style, before: int, at: str, typed: str, shown: str, behind: int
) -> None:
    use_style(style)
    field = MomentField(datetime(2026, 12, 4, before, 40, tzinfo=UTC), ZoneInfo("UTC"))
    give_focus(qtbot, field)
    line = field.lineEdit()
    line.deselect()
    line.setCursorPosition(line.text().index(at) + behind)
    qtbot.keyClicks(field, typed)
    assert field.text() == shown


@pytest.mark.parametrize(
    ("system", "style"),
    [
        ("C", PLAIN),
        ("en_GB", PLAIN),
        ("de_DE", PLAIN),
        ("en_US", Style(month_first=True, twelve_hours=True)),
        ("en_CA", Style(month_first=True, twelve_hours=True)),
        ("en_AU", Style(twelve_hours=True)),
    ],
)
def test_the_window_takes_the_system_s_order_and_clock(system: str, style: Style) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale.c() if system == "C" else QLocale(system))
    try:
        assert words.system_style() == style
    finally:
        QLocale.setDefault(before)


def test_tab_leaves_a_date_field_at_once_so_that_what_is_typed_next_is_no_date(qtbot: QtBot) -> None:
    box = QWidget()
    layout = QVBoxLayout(box)
    moment, version = MomentField(datetime(2026, 12, 12, 20, tzinfo=UTC), ZoneInfo("UTC")), QLineEdit()
    layout.addWidget(moment)
    layout.addWidget(version)
    qtbot.addWidget(box)
    box.show()
    box.activateWindow()
    moment.setFocus()
    qtbot.waitUntil(moment.hasFocus)
    before = moment.instant
    qtbot.keyClick(moment, Qt.Key.Key_Tab)
    assert version.hasFocus()
    qtbot.keyClick(version, Qt.Key.Key_Backtab)
    assert moment.hasFocus()
    assert moment.instant == before


# --- the wheel ---------------------------------------------------------------------------------


def number() -> QWidget:
    return NumberField(1, 9)


def choice() -> QWidget:
    made = ChoiceField()
    made.addItems("abc")
    return made


def day() -> QWidget:
    return DateField(date(2026, 12, 4))


@pytest.mark.parametrize(("make", "says"), [(number, "value"), (choice, "currentText"), (day, "date")])
@pytest.mark.parametrize("has_focus", [False, True])
def test_the_wheel_over_a_field_is_left_to_the_page(
    qtbot: QtBot, make: Callable[[], QWidget], says: str, has_focus: bool
) -> None:
    field = make()
    qtbot.addWidget(field)
    field.show()
    if has_focus:
        field.setFocus()
    before = field.property(says)
    none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    spot, down, phase = QPointF(5, 5), QPoint(0, -120), Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(spot, spot, QPoint(), down, none, plain, phase, False)
    QApplication.sendEvent(field, wheel)
    assert field.property(says) == before
    assert not wheel.isAccepted()
    assert not field.focusPolicy() & ~Qt.FocusPolicy.StrongFocus, "it takes the focus, too"


def test_words_beside_a_box_are_clicked_with_the_left_button(qtbot: QtBot) -> None:
    tick = Tick("Workers in these groups keep their addresses")
    qtbot.addWidget(tick)
    tick.resize(tick.sizeHint())
    beside = QPoint(tick.width() - 5, tick.height() // 2)
    qtbot.mouseClick(tick, Qt.MouseButton.RightButton, pos=beside)
    assert not tick.isChecked()
    qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=beside)
    assert tick.isChecked()
