"""Colours, names, keyboard, and room for large text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QStyle,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from penelope_admin.app import App
from penelope_admin.files import resource
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.palette import Palette
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.features.listing import NAME, RISK, STATE, UNTIL
from penelope_admin.ui.rooms import PAGE_KEYS, ROOMS
from penelope_admin.ui.theme import read_tokens
from penelope_admin.ui.widgets.help_text import HelpText
from penelope_admin.ui.widgets.sheet import Sheet
from tests.screenshots import sheets
from tests.ui.conftest import WAIT_MS, Desktop, button, close, looks, open_desktop

PAIRS = (
    ("text", "page"), ("text", "surface"), ("text", "info-background"), ("text", "caution-background"),
    ("text", "danger-background"), ("text", "positive-background"), ("muted", "page"), ("muted", "surface"),
    ("accent", "surface"), ("accent", "page"), ("accent", "info-background"), ("on-accent", "accent"),
    ("positive", "positive-background"), ("caution", "caution-background"), ("danger", "danger-background"),
    ("danger", "page"), ("danger", "surface"), ("locked", "locked-background"), ("locked", "surface"),
    ("on-accent", "training"), ("training", "page"),
)  # fmt: skip
NAMES = [room.name for room in ROOMS]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_every_pair_of_colours_can_be_read(dark: bool) -> None:
    colours = read_tokens(dark).colours
    for pair in PAIRS:
        light, deep = sorted((luminance(colours[name]) for name in pair), reverse=True)
        assert (light + 0.05) / (deep + 0.05) >= 4.5, pair


def test_no_colour_stands_anywhere_but_in_the_tokens() -> None:
    ui = Path(__file__).parents[2] / "penelope_admin" / "ui"
    files = [*ui.rglob("*.py"), resource("style.qss")]
    found = [f"{file.name}: {line}" for file in files for line in re.findall(r"#[0-9A-Fa-f]{6}\b.*", file.read_text())]
    assert not found


def test_every_field_that_has_a_wheel_is_one_of_ours() -> None:
    ui = Path(__file__).parents[2] / "penelope_admin" / "ui"
    made = [
        file.name
        for file in ui.rglob("*.py")
        if re.search(r"(?<!case )Q(ComboBox|SpinBox|\w*TimeEdit)\(", file.read_text())
    ]
    assert not made


@pytest.mark.parametrize("dark", [False, True])
def test_the_tick_has_the_colour_of_the_tokens(dark: bool) -> None:
    drawing = resource(f"icons/check-{'dark' if dark else 'light'}.svg").read_text()
    assert f'stroke="{read_tokens(dark).colours["on-accent"]}"' in drawing


def controls(widget: QWidget) -> Iterator[QWidget]:
    """What can be used in a widget; the insides of fields and bars are not looked at."""
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox, QTableView)
    for child in widget.findChildren(QWidget):
        inner = isinstance(child.parentWidget(), QComboBox | QAbstractSpinBox | QScrollBar | QTableView | QLineEdit)
        if isinstance(child, kinds) and not inner and child.isVisibleTo(widget):
            yield child


def name_of(control: QWidget) -> str:
    """What a screen reader says of a control."""
    text = control.text() if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or text


def test_no_page_opens_a_window_while_it_loads_and_its_controls_have_names_and_take_the_keyboard(
    desktop: Desktop,
) -> None:
    for name in NAMES:
        page = desktop.go(name)
        assert desktop.window.isActiveWindow(), name
        for control in controls(page):
            assert name_of(control), f"{name}: {control}"
            takes_it = control.focusPolicy() & Qt.FocusPolicy.TabFocus
            assert takes_it or not control.isEnabled(), f"{name}: {name_of(control)}"


def test_every_control_of_every_sheet_has_a_name_and_escape_closes_what_opened_last(desktop: Desktop) -> None:
    for name, opens in sheets(desktop.window):
        opens()
        sheet = desktop.sheet()
        for control in controls(sheet):
            assert name_of(control), f"{name}: {control}"
        desktop.bot.keyClick(sheet, Qt.Key.Key_Escape)
        desktop.bot.waitUntil(lambda: not desktop.window.sheets, timeout=WAIT_MS)
        desktop.settle()


@looks
def test_control_and_a_digit_switch_pages(desktop: Desktop) -> None:
    for name, digit in PAGE_KEYS.items():
        desktop.bot.keyClick(desktop.window, Qt.Key(Qt.Key.Key_0 + int(digit)), Qt.KeyboardModifier.ControlModifier)
        assert desktop.window.current.name == name
        desktop.settle()


def test_every_page_has_a_shortcut_the_tenth_too() -> None:
    """But practice, which is a window of its own."""
    assert [name for name in NAMES if name not in PAGE_KEYS] == ["practice"]
    assert list(PAGE_KEYS.values()) == list("1234567890")


@looks
def test_the_palette_finds_and_does_with_the_keyboard_alone(desktop: Desktop) -> None:
    from penelope_admin.ui.dialogs.switch import EnableSheet

    desktop.bot.keyClick(desktop.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = desktop.sheet(Palette)
    desktop.bot.keyClicks(palette.search, "switch sms")
    assert palette.matches.count() == 1
    desktop.bot.keyClick(palette.search, Qt.Key.Key_Return)
    desktop.bot.waitUntil(
        lambda: any(isinstance(sheet, EnableSheet) for sheet in desktop.window.sheets), timeout=WAIT_MS
    )
    assert desktop.window.current.name == "features"


@looks
def test_the_palette_does_what_belongs_to_the_page_that_is_shown_already(desktop: Desktop) -> None:
    from penelope_admin.ui.dialogs.event import EventSheet

    desktop.go("databases")
    desktop.window.open_palette()
    palette = desktop.sheet(Palette)
    desktop.bot.keyClicks(palette.search, "record an upgrade")
    desktop.bot.keyClick(palette.search, Qt.Key.Key_Return)
    desktop.bot.waitUntil(
        lambda: any(isinstance(sheet, EventSheet) for sheet in desktop.window.sheets), timeout=WAIT_MS
    )


def clipped(widget: QWidget) -> list[str]:
    """The words that have less room than they need."""
    found = []
    for child in widget.findChildren(QWidget):
        if not child.isVisibleTo(widget) or not isinstance(child, QLabel | QPushButton):
            continue
        if not child.text():
            continue
        if isinstance(child, QLabel) and child.wordWrap():
            needed = child.heightForWidth(child.width())
            too_small = child.height() < needed
        else:
            too_small = (
                child.width() < child.minimumSizeHint().width() or child.height() < child.minimumSizeHint().height()
            )
        if too_small:
            found.append(f"{child.text()!r}: {child.size().toTuple()} of {child.minimumSizeHint().toTuple()}")
    return found


@pytest.fixture
def large(qtbot: QtBot, qapp: QApplication, demo: App) -> Iterator[Callable[[], Desktop]]:
    """A window with text at 200 %."""
    before, made = qapp.font(), []
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    qapp.setFont(font)

    def open_large() -> Desktop:
        made.append(open_desktop(qtbot, qapp, demo))
        return made[0]

    yield open_large
    close(made[0])
    qapp.setFont(before)


def test_nothing_is_clipped_at_twice_the_size_in_a_narrow_window(large: Callable[[], Desktop]) -> None:
    desktop = large()
    desktop.window.resize(900, 600)
    entries = desktop.window._buttons.values()
    desktop.bot.waitUntil(
        lambda: all(entry.height() >= entry.sizeHint().height() for entry in entries), timeout=WAIT_MS
    )
    for name in NAMES:
        page = desktop.go(name)
        desktop.bot.waitUntil(lambda page=page: not clipped(page), timeout=WAIT_MS)  # type: ignore[misc]
        assert page.area.widget().width() <= page.area.viewport().width(), f"{name} needs sideways scrolling"  # type: ignore[attr-defined]


def test_risk_and_last_day_of_features_can_be_read_in_the_list_at_twice_the_size(large: Callable[[], Desktop]) -> None:
    desktop = large()
    desktop.window.resize(900, 600)
    page = desktop.page(FeaturesPage)
    desktop.bot.waitUntil(lambda: page.model.is_narrow, timeout=WAIT_MS)
    row, lines = page.model.row_of("external-communications.worker-delivery"), page.table.fontMetrics().lineSpacing()
    said = [page.model.index(row, column).data() for column in (NAME, STATE)]
    assert [text.split("\n")[1].strip() for text in said] == ["Elevated risk", "Fri 11 Dec"]
    needed = [page.table.sizeHintForIndex(page.model.index(row, column)) for column in (NAME, STATE)]
    assert page.table.rowHeight(row) >= max(2 * lines, *(size.height() for size in needed))
    assert page.table.columnWidth(STATE) >= needed[1].width()
    desktop.window.resize(1920, 1000)
    desktop.bot.waitUntil(lambda: not page.model.is_narrow, timeout=WAIT_MS)
    assert [page.model.index(row, column).data() for column in (RISK, UNTIL)] == ["Elevated", "Fri 11 Dec"]
    assert not any(page.table.isColumnHidden(column) for column in range(5))


def test_a_detail_in_the_list_s_place_is_all_that_scrolls_at_twice_the_size(large: Callable[[], Desktop]) -> None:
    desktop = large()
    desktop.window.resize(900, 600)
    for name in ("windows", "features", "requests", "settings", "help"):
        page: Any = desktop.go(name)
        desktop.bot.waitUntil(lambda page=page: not page.panes.side_by_side, timeout=WAIT_MS)  # type: ignore[misc]
        page.panes.open_detail()

        def stands_alone(page: Any = page) -> bool:
            has_room = page.panes.detail.height() > 4 * page.fontMetrics().lineSpacing()
            return has_room and page.area.verticalScrollBar().maximum() == 0

        desktop.bot.waitUntil(stands_alone, timeout=WAIT_MS)


def test_the_log_is_all_that_scrolls_on_its_page_at_twice_the_size(large: Callable[[], Desktop]) -> None:
    desktop = large()
    desktop.window.resize(900, 600)
    page: Any = desktop.go("activity")
    page.table.selectRow(0)
    desktop.bot.waitUntil(lambda: page._detail.height() > 2 * page.fontMetrics().lineSpacing(), timeout=WAIT_MS)
    desktop.settle()
    desktop.bot.waitUntil(lambda: page.area.verticalScrollBar().maximum() == 0, timeout=WAIT_MS)
    assert page.table.verticalScrollBar().maximum() > 0
    assert not page.purpose_label.isVisible()
    desktop.window.resize(900, 900)
    desktop.bot.waitUntil(page.purpose_label.isVisible, timeout=WAIT_MS)


def test_the_log_leaves_to_its_sentences_what_the_times_do_not_need_at_twice_the_size(
    large: Callable[[], Desktop],
) -> None:
    page: Any = large().go("activity")
    needed = page.table.horizontalHeader().sectionSizeHint(0), page.table.sizeHintForColumn(0)
    assert 0 < page.table.columnWidth(0) <= max(needed) + 1


def test_the_chosen_page_is_in_view_with_room_for_its_bold_name_at_twice_the_size(large: Callable[[], Desktop]) -> None:
    desktop, look = large(), theme.current()
    desktop.window.resize(900, 480)
    bar = desktop.window.findChild(QScrollArea, "navScroll").verticalScrollBar()
    desktop.bot.waitUntil(bar.isVisible, timeout=WAIT_MS)  # so low that the navigation scrolls
    entries = [made for made in desktop.window.findChildren(QPushButton) if made.isCheckable() and made.isVisible()]
    for name in NAMES:
        desktop.go(name)
        chosen = next(made for made in entries if made.isChecked())
        words = QFontMetrics(look.font("body", bold=True)).horizontalAdvance(chosen.text())
        frame = 2 * (look.space("xs") + look.size("focus"))
        assert chosen.width() >= frame + chosen.iconSize().width() + look.space("xxs") + words, name
        assert chosen.visibleRegion().boundingRect().height() == chosen.height(), f"{name} is scrolled out of view"


@looks
def test_a_small_window_needs_no_sideways_scrolling_and_a_page_has_one_primary_action_at_most(desktop: Desktop) -> None:
    desktop.window.resize(900, 600)
    for name in NAMES:
        page = desktop.go(name)
        if name == "settings":
            continue  # each of its parts has a button to save it, and one of them is in view
        assert page.area.widget().width() <= page.area.viewport().width(), name  # type: ignore[attr-defined]
        primary = [made.text() for made in page.findChildren(QPushButton) if made.property("kind") == "primary"]
        assert len([made for made in primary if made]) <= 1, f"{name}: {primary}"


@looks
def test_a_sheet_takes_on_the_look_only_when_it_comes_into_the_window(desktop: Desktop) -> None:
    shell = desktop.window.shell
    primary = button(desktop.go("overview"), "Request a refresh …")
    sheet = Sheet(shell, "A sheet", "Do it")
    before = sheet.primary.style().metaObject().className()
    shell.open_sheet(sheet)
    assert before != "QStyleSheetStyle" == sheet.primary.style().metaObject().className()
    assert sheet.primary.palette().button().color() == primary.palette().button().color()


def test_a_window_that_was_closed_is_told_of_no_new_look(desktop: Desktop) -> None:
    pages = dict(desktop.window.pages)
    desktop.window.close()
    theme.current().before_change()
    theme.current().after_change()
    assert desktop.window.pages == pages


@looks
def test_on_a_large_screen_no_page_leaves_a_strip_of_it_empty(desktop: Desktop) -> None:
    desktop.window.resize(1920, 1000)
    for name in NAMES:
        page = desktop.go(name)
        bar = page.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        desktop.bot.waitUntil(
            lambda page=page, bar=bar: page.width() > 1600 and page._body.width() >= page.width() - bar,  # type: ignore[misc]
            timeout=WAIT_MS,
        )
        for table in page.findChildren(QTableView):
            assert not table.isVisible() or table.horizontalHeader().length() >= table.viewport().width(), name


@looks
def test_lines_of_help_are_not_too_long_to_be_read(desktop: Desktop) -> None:
    desktop.window.resize(1920, 1000)
    text = desktop.go("help").findChild(HelpText)
    assert text.viewport().width() > 1000
    assert text.document().textWidth() < 1000


def is_wide_enough(sheet: QDialog) -> bool:
    """Whether all of a sheet's width is in view, or it takes the whole screen and can be scrolled sideways."""
    assert isinstance(sheet, Sheet)
    hidden = sheet._scroll.widget().width() - sheet._scroll.viewport().width()
    is_full = sheet.width() >= QGuiApplication.primaryScreen().availableGeometry().width()
    return hidden <= 0 or (is_full and sheet._scroll.horizontalScrollBar().isVisible())


def test_nothing_is_clipped_in_the_sheets_at_twice_the_size(large: Callable[[], Desktop]) -> None:
    desktop = large()
    for name, opens in sheets(desktop.window):
        opens()
        sheet = desktop.sheet()
        desktop.bot.waitUntil(lambda sheet=sheet: not clipped(sheet), timeout=WAIT_MS)  # type: ignore[misc]
        assert not clipped(sheet), name
        desktop.bot.waitUntil(lambda sheet=sheet: is_wide_enough(sheet), timeout=WAIT_MS)  # type: ignore[misc]
        sheet.reject()
        desktop.settle()


def test_two_changes_of_the_look_at_once_make_the_page_anew_once(desktop: Desktop) -> None:
    desktop.go("features")
    theme.current().set("dark", compact=False)
    theme.current().set("dark", compact=True)
    desktop.bot.waitUntil(lambda: desktop.window.current.name == "features", timeout=WAIT_MS)
    desktop.settle()
    assert (theme.current().dark, theme.current().compact) == (True, True)
    assert set(desktop.window.pages) == {"features"}
