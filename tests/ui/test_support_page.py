"""The Support page: who is there, the week as a picture, holidays, and what the vendor says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec
import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import App
from penelope_admin.domain.support import week
from penelope_admin.policy import Policy
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.holiday import HolidaySheet, ImportSheet
from penelope_admin.ui.pages.support import NO_HOLIDAYS, SupportPage
from penelope_admin.ui.widgets.basics import Card
from penelope_admin.ui.widgets.dates import to_qdate
from penelope_admin.ui.widgets.week import WeekPicture, week_in_words
from tests.ui.conftest import WAIT_MS, Desktop, close, looks, open_desktop, texts

THANKSGIVING = date(2026, 11, 26)
WINNIPEG = ZoneInfo("America/Resolute")


@pytest.fixture
def page(desktop: Desktop) -> SupportPage:
    """The page on the demo agency, Friday 16:40 in Resolute."""
    return desktop.page(SupportPage)


def press(desktop: Desktop, where: QWidget, text: str) -> None:
    """Press the button that says this."""
    button = next(b for b in where.findChildren(QPushButton) if b.text() == text and b.isVisibleTo(where))
    button.click()
    desktop.settle()


def set_clock(desktop: Desktop, instant: datetime) -> None:
    desktop.clock.instant = instant


def accessible(page: QWidget) -> list[str]:
    """What a screen reader says of the badges."""
    return [w.accessibleName() for w in page.findChildren(QWidget) if w.objectName() == "badge" and w.isVisibleTo(page)]


# --- hours -------------------------------------------------------------------------------------


@looks
def test_every_team_is_shown_with_both_clocks_and_whom_it_serves(page: SupportPage) -> None:
    shown = texts(page).replace("\u202f", " ")
    assert "Support until" in shown
    assert "19:00 (Resolute), 20:00 in New York" in shown or "7:00 PM (Resolute), 8:00 PM in New York" in shown
    assert "AU Support opens" in shown
    assert "in Sydney. Australian cases, and critical cases from anywhere." in shown
    assert accessible(page) == ["Support: open", "AU Support: closed", "Chat: closed"]


def test_without_holidays_the_page_says_that_it_can_be_wrong(desktop: Desktop, page: SupportPage) -> None:
    assert texts(page).count(NO_HOLIDAYS) == 2
    desktop.app.context.write(services.calendar.support.add_holiday, "support", THANKSGIVING)
    desktop.window._changed(frozenset({"support"}))
    desktop.bot.waitUntil(lambda: NO_HOLIDAYS not in texts(page), timeout=WAIT_MS)


@looks
def test_the_page_keeps_up_with_the_clock(desktop: Desktop, page: SupportPage) -> None:
    set_clock(desktop, datetime(2026, 11, 21, 1, tzinfo=UTC))
    page.tick()
    desktop.reads(page, "All support teams are closed. AU Support opens")
    assert not accessible(page)
    set_clock(desktop, datetime(2026, 11, 22, 23, tzinfo=UTC))
    page.tick()
    desktop.settle()
    desktop.bot.waitUntil(
        lambda: accessible(page) == ["Support: closed", "AU Support: open", "Chat: closed"], timeout=WAIT_MS
    )
    assert page.picture is not None
    first_words = page.picture.accessibleDescription().split(":")[0]
    assert "Sunday" in first_words


def test_the_page_looks_the_same_when_it_is_made_again(desktop: Desktop, page: SupportPage) -> None:
    before = [(card.head.text(), card.y(), card.height()) for card in page.findChildren(Card)]
    page.load()
    desktop.settle()
    assert [(card.head.text(), card.y(), card.height()) for card in page.findChildren(Card)] == before


@looks
def test_another_minute_without_change_leaves_the_page_alone(desktop: Desktop, page: SupportPage) -> None:
    before = [label for label in page.findChildren(QLabel) if label.isVisibleTo(page)]
    set_clock(desktop, desktop.app.clock.now() + timedelta(minutes=1))
    page.tick()
    assert [label for label in page.findChildren(QLabel) if label.isVisibleTo(page)] == before


@looks
def test_a_hidden_page_does_not_tick(desktop: Desktop, page: SupportPage) -> None:
    desktop.go("help")
    set_clock(desktop, datetime(2026, 11, 22, 23, tzinfo=UTC))
    page.tick()
    assert not page.stale


def test_the_overview_shows_the_same_openings(desktop: Desktop, page: SupportPage) -> None:
    assert accessible(desktop.go("overview"))[-3:] == ["Support: open", "AU Support: closed", "Chat: closed"]
    desktop.app.context.write(services.calendar.support.add_holiday, "support", date(2026, 11, 20))
    desktop.window._changed(frozenset({"support"}))
    desktop.settle()
    assert accessible(desktop.go("overview"))[-3] == "Support: closed"


# --- the picture -------------------------------------------------------------------------------


@looks
def test_the_picture_says_what_it_shows(page: SupportPage) -> None:
    assert page.picture is not None
    said = page.picture.accessibleDescription()
    for words in ("Support", "AU Support", "Chat", "nobody is there", "midnight"):
        assert words in said
    assert page.picture.accessibleName()


@looks
def test_the_week_in_words_can_be_unfolded(desktop: Desktop, page: SupportPage) -> None:
    assert "nobody is there" not in texts(page)
    press(desktop, page, "Show the week in words")
    assert "nobody is there" in texts(page)
    press(desktop, page, "Hide the week in words")
    assert "nobody is there" not in texts(page)


def test_a_week_in_words_names_closures_and_clock_changes(policy: Policy, qapp: QApplication) -> None:
    off = {"support-au": {date(2026, 11, 2)}}
    days = week(policy.support_teams, date(2026, 10, 30), WINNIPEG, off)
    said = week_in_words(days, WINNIPEG, {("support-au", date(2026, 11, 2)): "Cup Day"})
    assert len(said) == 7
    assert "Support" in said[0]
    assert said[1].endswith("nobody is there.")
    assert "AU Support is closed" in said[2]
    assert "because of Cup Day" in said[2]
    assert "clocks change" in said[2]
    unnamed = week_in_words(days, WINNIPEG, {})
    assert "for a holiday" in unnamed[2]


def test_holidays_of_the_week_are_named_below_the_picture(desktop: Desktop, page: SupportPage) -> None:
    desktop.app.context.write(services.calendar.support.add_holiday, "support", THANKSGIVING, "Thanksgiving Day")
    desktop.window._changed(frozenset({"support"}))
    desktop.settle()
    desktop.reads(page, "Support has a holiday on", "Thanksgiving Day", "Closed for a holiday")


def render(picture: WeekPicture, width: int) -> QImage:
    """The picture on the background of a card."""
    picture.resize(QSize(width, picture.sizeHint().height()))
    image = QImage(picture.size(), QImage.Format.Format_RGB32)
    image.fill(theme.current().colour("surface"))
    picture.render(image, QPoint())
    return image


@pytest.fixture(params=[("light", 1), ("dark", 1), ("light", 2)])
def look(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Each scheme, and text at 200 %."""
    scheme, size = request.param
    before, font = qapp.font(), qapp.font()
    font.setPointSizeF(font.pointSizeF() * size)
    qapp.setFont(font)
    theme.install(qapp, scheme, compact=False)
    yield
    qapp.setFont(before)


@pytest.mark.parametrize("first", [date(2026, 3, 6), date(2026, 11, 20), date(2026, 10, 30)])
@pytest.mark.parametrize("zone", ["America/Resolute", "Australia/Sydney", "America/Havana"])
def test_bars_stand_where_the_hours_are(look: None, qtbot: QtBot, policy: Policy, first: date, zone: str) -> None:
    """At any hour of any team's lane, the bar's colours are there exactly while the team is."""
    here = ZoneInfo(zone)
    nameless = [msgspec.structs.replace(team, name="") for team in policy.support_teams]
    days = week(nameless, first, here)
    picture = WeekPicture(days, here, policy.working_day, {})
    qtbot.addWidget(picture)
    picture.show_now(days[0].starts - timedelta(days=1))
    image = render(picture, 1600)
    accent = theme.current().colour("accent").rgb()
    for row, day in enumerate(days):
        y = picture._top() + row * picture._row() + theme.current().space("xxs") + picture._lane() // 2 + 6
        shown: dict[int, list[datetime]] = {}  # the instants at which the clock shows so many minutes
        for quarter in range(int((day.ends - day.starts).total_seconds() // 900)):
            moment = day.starts + timedelta(minutes=15 * quarter)
            local = moment.astimezone(here)
            shown.setdefault(local.hour * 60 + local.minute, []).append(moment)
        for half_hour in range(48):
            minutes = half_hour * 30 + 15
            moments = shown.get(minutes, [])
            if len(moments) != 1:
                continue  # an hour that clocks skip or show twice
            open_ = any(opens <= moments[0] < closes for opens, closes in day.teams[0].open)
            assert (image.pixelColor(round(picture._x(minutes)), y).rgb() == accent) == open_, (day.day, minutes)


@looks
def test_teams_are_told_apart_without_colour(page: SupportPage) -> None:
    """In shades of grey the fills still differ: plain, hatched and dotted."""
    assert page.picture is not None
    image = render(page.picture, 900).convertToFormat(QImage.Format.Format_Grayscale8)
    picture = page.picture
    monday = picture._top() + 3 * picture._row() + theme.current().space("xxs")
    fills = []
    for lane, hour in enumerate((12, 20, 12)):
        area = [
            image.pixelColor(round(picture._x(hour * 60)) + dx, monday + lane * picture._lane() + dy).lightness()
            for dx in range(24)
            for dy in range(4, picture._lane() - 5)
        ]
        fills.append(area)
    assert len(set(fills[0])) == 1, "plain"
    assert all(len(set(area)) > 1 for area in fills[1:]), "patterned"
    assert fills[1] != fills[2]


class NotingPainter(QPainter):
    """Notes the words it draws."""

    drawn: ClassVar[list[str]] = []

    def drawText(self, *told: object) -> None:  # type: ignore[override]
        self.drawn.append(str(told[-1]))
        super().drawText(*told)  # type: ignore[call-overload]


@pytest.mark.parametrize("width", [320, 640, 1100])
def test_the_picture_can_be_drawn_at_any_width_and_has_no_part_of_a_word(
    look: None, qtbot: QtBot, policy: Policy, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penelope_admin.ui.widgets.week.QPainter", NotingPainter)
    NotingPainter.drawn.clear()
    off = {"support": {THANKSGIVING}, "support-au": {THANKSGIVING}}
    names = {("support", THANKSGIVING): "Thanksgiving Day, which has a very long name indeed"}
    days = week(policy.support_teams, date(2026, 11, 23), WINNIPEG, off)
    picture = WeekPicture(days, WINNIPEG, policy.working_day, names)
    qtbot.addWidget(picture)
    picture.show_now(days[3].starts + timedelta(hours=10))
    image = render(picture, width)
    assert image.width() == width
    assert not [text for text in NotingPainter.drawn if "…" in text]
    assert "Support" in NotingPainter.drawn or width < 1000
    assert picture.minimumSizeHint().width() <= 320


# --- holidays ----------------------------------------------------------------------------------


def test_a_holiday_is_added_in_a_sheet_and_removed_from_the_list(desktop: Desktop, page: SupportPage) -> None:
    press(desktop, page, "Add a holiday …")
    sheet = desktop.sheet(HolidaySheet)
    assert [sheet.team.itemData(n) for n in range(sheet.team.count())] == ["support", "support-au"]
    sheet.team.setCurrentIndex(1)
    sheet.day.setDate(to_qdate(THANKSGIVING))
    sheet.name.setText("Team day")
    sheet.submit()
    desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
    desktop.settle()
    assert desktop.app.context.read(services.calendar.support.holidays) == [
        services.calendar.support.Holiday("support-au", THANKSGIVING, "Team day", "")
    ]
    assert page.table is not None
    assert page.table.model().rowCount() == 1
    press(desktop, page, "Remove the chosen day")
    desktop.bot.waitUntil(lambda: page.table is None, timeout=WAIT_MS)
    assert desktop.app.context.read(services.calendar.support.holidays) == []


def test_a_day_that_is_known_is_told_in_the_sheet(desktop: Desktop, page: SupportPage) -> None:
    desktop.app.context.write(services.calendar.support.add_holiday, "support", THANKSGIVING)
    page.add_holiday()
    sheet = desktop.sheet(HolidaySheet)
    sheet.day.setDate(to_qdate(THANKSGIVING))
    sheet.submit()
    desktop.settle()
    desktop.reads(sheet, "is a holiday of Support already")
    assert sheet.primary.isEnabled()


def test_the_next_holiday_is_chosen_at_first(desktop: Desktop, page: SupportPage) -> None:
    for day in (date(2026, 1, 1), date(2026, 12, 25), date(2027, 1, 1)):
        desktop.app.context.write(services.calendar.support.add_holiday, "support", day)
    desktop.window._changed(frozenset({"support"}))
    desktop.settle()
    assert page.table is not None
    assert page.table.currentIndex().row() == 1


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A calendar file that the person chooses."""
    file = tmp_path / "vendor.ics"
    events = "".join(f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\nEND:VEVENT\n" for day in ("20261126", "20261225"))
    file.write_text(f"BEGIN:VCALENDAR\n{events}BEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\nEND:VCALENDAR\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    return file


def import_(desktop: Desktop, page: SupportPage) -> ImportSheet:
    press(desktop, page, "Import from a calendar file …")
    sheet = desktop.sheet(ImportSheet)
    sheet.submit()
    desktop.settle()
    return sheet


def test_a_calendar_file_is_imported_and_can_be_taken_back(desktop: Desktop, page: SupportPage, calendar: Path) -> None:
    import_(desktop, page)
    desktop.reads(page, "2 holidays of Support added.", "1 event left out")
    assert len(desktop.app.context.read(services.calendar.support.holidays)) == 2
    press(desktop, page, "Take the import back")
    desktop.bot.waitUntil(lambda: page.table is None, timeout=WAIT_MS)
    assert desktop.app.context.read(services.calendar.support.holidays) == []
    assert "holidays of Support added" not in texts(page)


def test_one_calendar_file_can_be_dropped_on_the_sheet_and_nothing_else(
    desktop: Desktop, page: SupportPage, calendar: Path, tmp_path: Path
) -> None:
    press(desktop, page, "Import from a calendar file …")
    sheet = desktop.sheet()
    assert not desktop.drop(sheet, tmp_path / "holidays.pdf")
    assert not desktop.drop(sheet, calendar, calendar)
    assert desktop.drop(sheet, calendar)
    desktop.reads(page, "2 holidays of Support added.")


def test_a_second_import_brings_nothing_to_take_back(desktop: Desktop, page: SupportPage, calendar: Path) -> None:
    import_(desktop, page)
    import_(desktop, page)
    desktop.reads(page, "0 holidays of Support added. 2 days of the file were known already.")
    assert not [b for b in page.findChildren(QPushButton) if b.text() == "Take the import back" and b.isVisibleTo(page)]


@looks
def test_a_file_that_is_no_calendar_is_told_in_the_sheet(desktop: Desktop, page: SupportPage, calendar: Path) -> None:
    calendar.write_text("Dear Support")
    desktop.reads(import_(desktop, page), "not a calendar file")
    assert desktop.app.context.read(services.calendar.support.holidays) == []


@looks
def test_choosing_no_file_leaves_the_sheet_open(
    desktop: Desktop, page: SupportPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    sheet = import_(desktop, page)
    assert desktop.window.sheets == [sheet]


# --- what the vendor says ----------------------------------------------------------------------


def test_everything_the_policy_says_of_support_is_on_the_page_with_its_source(
    desktop: Desktop, page: SupportPage
) -> None:
    for button in [b for b in page.findChildren(QPushButton) if b.text().startswith("Show")]:
        button.click()
    shown, policy = texts(page), desktop.app.policy
    for channel in policy.channels:
        assert channel.name in shown
        assert all(sentence in shown for sentence in channel.sentences)
    for severity in policy.severities:
        assert f"{severity.key}: {severity.name}" in shown
        assert severity.meaning in shown
        assert all(example in shown for example in severity.examples)
    statements = [s for s in policy.statements if s.topic in ("support", "cases", "critical")]
    for entry in (*policy.coverage, *statements):
        assert entry.text in shown
        assert policy.source_name(entry) in shown
    assert "Within 2 hours, as a target" in shown
    assert policy.critical.other_cases in shown
    assert "those on Sydney's clock the holidays of AU Support" in shown


@looks
def test_long_lists_are_folded_at_first(page: SupportPage) -> None:
    shown = texts(page)
    assert "S1: Critical impact" not in shown
    assert "Tableau" not in shown


@looks
def test_help_has_the_page_s_text_and_everything_on_severities_and_coverage(desktop: Desktop) -> None:
    from penelope_admin.ui.pages.help import HelpPage
    from penelope_admin.ui.widgets.help_text import VENDOR

    page = desktop.page(HelpPage)
    page.show_subject("support")
    assert page.topic == "support"
    assert len(page.text.toPlainText()) > 500
    page.show_subject(VENDOR)
    shown, policy = page.text.toPlainText(), desktop.app.policy
    for text in (*(s.sentences for s in policy.severities), *(entry.text for entry in policy.coverage)):
        assert text in shown
    assert policy.critical.other_cases in shown


@looks
def test_the_palette_adds_holidays(desktop: Desktop) -> None:
    from penelope_admin.ui.dialogs.palette import Palette

    desktop.window.open_palette()
    palette = desktop.sheet(Palette)
    palette.search.setText("add holiday")
    palette._do_current()
    desktop.bot.waitUntil(
        lambda: any(isinstance(sheet, HolidaySheet) for sheet in desktop.window.sheets), timeout=WAIT_MS
    )
    assert desktop.window.current.name == "support"


def test_before_set_up_the_page_shows_hours_all_the_same(new_desktop: Desktop) -> None:
    new_desktop.window.sheets[-1].reject()
    new_desktop.reads(new_desktop.go("support"), "AU Support", NO_HOLIDAYS)


def test_with_a_year_of_holidays_the_page_opens_quickly_enough(qtbot: QtBot, qapp: QApplication, demo: App) -> None:
    """The list scrolls in itself, however long it is."""
    with demo.context.writing() as work:
        for number in range(100):
            services.calendar.support.add_holiday(work, "support", date(2026, 1, 1) + timedelta(days=number))
    made = open_desktop(qtbot, qapp, demo)
    page = made.page(SupportPage)
    assert page.table is not None
    assert page.table.model().rowCount() == 100
    assert page.table.height() < 20 * theme.current().row_height()
    close(made)
