"""What is drawn can be read: contrast and alignment are measured in the pixels of real pop-ups, lists and fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from penelope_admin.ui import theme
from penelope_admin.ui.models.keyed import Column, KeyedModel
from penelope_admin.ui.theme import Scheme, Theme
from penelope_admin.ui.widgets.agency_form import ZoneField
from penelope_admin.ui.widgets.basics import Badge, button, label, stacked
from penelope_admin.ui.widgets.dates import DateField
from penelope_admin.ui.widgets.fields import NumberField
from penelope_admin.ui.widgets.flow import Flow
from tests.ui.test_look import luminance

READABLE = 4.5
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.fixture(params=SCHEMES, scope="module")
def look(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Theme]:
    """One scheme after the other, each for all tests: to change it takes as long as most of them."""
    yield theme.install(qapp, request.param, compact=False)
    theme.install(qapp, "light", compact=False)


def picture(widget: QWidget, area: QRect | None = None) -> QImage:
    return widget.grab(area if area is not None else widget.rect()).toImage()


def colours(image: QImage) -> Counter[str]:
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return Counter(image.pixelColor(x, y).name() for x, y in spots)


def contrast(image: QImage) -> float:
    """Between the ground and whatever stands out most from it."""
    found = colours(image)
    ground = luminance(found.most_common(1)[0][0])
    ratios = []
    for colour in found:
        light, deep = sorted((luminance(colour), ground), reverse=True)
        ratios.append((light + 0.05) / (deep + 0.05))
    return max(ratios)


def leftmost_ink(image: QImage) -> int:
    """Where words begin: the first column that is not all ground."""
    ground = QColor(colours(image).most_common(1)[0][0])
    for x in range(image.width()):
        if any(image.pixelColor(x, y) != ground for y in range(image.height())):
            return x
    raise AssertionError("nothing is drawn")


def shown(qtbot: QtBot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    theme.current().dress(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_every_entry_of_a_drop_down_can_be_read_the_chosen_one_too(qtbot: QtBot, look: Theme, chosen: int) -> None:
    box = QComboBox()
    box.addItems(["Regular upgrade", "Emergency maintenance", "Something else"])
    box.setCurrentIndex(chosen)
    shown(qtbot, box)
    box.showPopup()
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    for row in range(3):
        inside = view.visualRect(view.model().index(row, 0)).adjusted(2, 2, -2, -2)
        assert contrast(picture(view.viewport(), inside)) >= READABLE
    box.hidePopup()


def test_the_calendar_is_whole_and_every_day_of_it_can_be_read(qtbot: QtBot, look: Theme) -> None:
    field = DateField(date(2026, 12, 4))
    shown(qtbot, field)
    calendar = field.calendarWidget()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 10, field.height() // 2))
    qtbot.waitUntil(calendar.isVisible)
    days = calendar.findChild(QTableView)
    assert isinstance(days, QTableView)
    model = days.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            cell = days.visualRect(model.index(row, column))
            assert days.viewport().rect().contains(cell), "cut off"
            if model.index(row, column).data() is not None:
                assert contrast(picture(days.viewport(), cell.adjusted(1, 1, -1, -1))) >= READABLE
    for tool in calendar.findChildren(QToolButton):
        place = QRect(tool.mapTo(calendar, QPoint(3, 3)), tool.size() - QSize(6, 6))
        assert contrast(picture(calendar, place)) >= READABLE
    assert picture(calendar).pixelColor(0, calendar.height() // 2) == look.colour("border")
    calendar.window().hide()


def test_the_keys_choose_a_day_of_a_calendar_whose_field_could_not_be_used_before(qtbot: QtBot, look: Theme) -> None:
    field = DateField(date(2026, 12, 4))
    field.setEnabled(False)
    field.setEnabled(True)
    shown(qtbot, field)
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 10, field.height() // 2))
    calendar = field.calendarWidget()
    qtbot.waitUntil(calendar.isVisible)
    assert isinstance(calendar.window().focusWidget(), QTableView)
    calendar.window().hide()


def test_the_zones_that_half_a_name_could_become_are_listed_as_in_any_drop_down(qtbot: QtBot, look: Theme) -> None:
    zone = ZoneField()
    zone.addItems(["America/Toronto", "America/Winnipeg"])
    shown(qtbot, zone)
    zone.clearEditText()
    qtbot.keyClicks(zone, "Win")
    offered = zone.completer().popup()
    qtbot.waitUntil(offered.isVisible)
    assert offered.sizeHintForRow(0) >= look.space("l")
    assert picture(offered).pixelColor(0, offered.height() // 2) == look.colour("border")
    offered.hide()


def test_every_line_of_a_list_can_be_read_the_chosen_one_too(qtbot: QtBot, look: Theme) -> None:
    table, model = a_table()
    shown(qtbot, table)
    table.selectRow(1)
    for row in range(model.rowCount()):
        cell = table.visualRect(model.index(row, 0)).adjusted(2, 2, -2, -2)
        assert contrast(picture(table.viewport(), cell)) >= READABLE


def test_every_line_of_a_menu_can_be_read_the_chosen_one_too(qtbot: QtBot, look: Theme) -> None:
    menu = QMenu()
    actions = [menu.addAction(name) for name in ("Record a notice …", "Print …")]
    qtbot.addWidget(menu)
    look.dress(menu)
    menu.popup(QPoint(0, 0))
    menu.setActiveAction(actions[1])
    for action in actions:
        assert contrast(picture(menu, menu.actionGeometry(action).adjusted(2, 2, -2, -2))) >= READABLE
    menu.hide()


def a_table() -> tuple[QTableView, KeyedModel[str]]:
    columns = Column[str]("Heading", str), Column[str]("Other", lambda _: "")
    table, model = QTableView(), KeyedModel(columns, hash)
    model.show_rows(["Height", "Hello", "Harbour"])
    table.setModel(model)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setShowGrid(False)
    table.resize(400, 200)
    return table, model


def test_headers_stand_right_above_their_cells(qtbot: QtBot, look: Theme) -> None:
    table, model = a_table()
    shown(qtbot, table)
    header = table.horizontalHeader()
    head = picture(header.viewport(), QRect(0, 4, header.sectionSize(0), header.height() - 8))
    cell = picture(table.viewport(), table.visualRect(model.index(2, 0)).adjusted(0, 3, 0, -3))
    assert abs(leftmost_ink(head) - leftmost_ink(cell)) <= 1


def test_the_frame_of_the_focus_is_whole_around_a_list_and_nothing_in_it_moves(qtbot: QtBot, look: Theme) -> None:
    holder, other = QWidget(), QLineEdit()
    table, _ = a_table()
    column = QVBoxLayout(holder)
    for part in (other, table):
        column.addWidget(part)
    shown(qtbot, holder)
    holder.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    before = table.viewport().geometry()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    assert table.viewport().geometry() == before
    middle = table.height() - 40
    for left in (0, table.width() - look.size("focus")):
        sides = picture(table, QRect(left, 20, look.size("focus"), middle))
        assert set(colours(sides)) == {look.colour("accent").name()}


def test_a_link_begins_where_the_words_above_it_do_and_shows_that_it_has_the_focus(qtbot: QtBot, look: Theme) -> None:
    words, link, holder = QLabel("Here"), button("Here", kind="link"), QWidget()
    stacked(words, link, within=holder)
    shown(qtbot, holder)
    link.clearFocus()
    assert leftmost_ink(picture(holder, link.geometry())) == leftmost_ink(picture(holder, words.geometry()))
    accent = look.colour("accent").name()
    without = colours(picture(holder))[accent]
    link.setFocus()
    qtbot.waitUntil(link.hasFocus)
    assert colours(picture(holder))[accent] >= without + link.width() * look.size("focus")


def test_all_fields_share_one_look(qtbot: QtBot, look: Theme) -> None:
    """The same height, the same corner, and words that begin at the same place."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    box, number, line = QComboBox(), NumberField(0, 9), QLineEdit("H")
    box.addItem("H")
    number.setPrefix("H")
    day = DateField(date(2026, 12, 4))
    fields: list[QWidget] = [box, number, line, day]
    for field in fields:
        column.addWidget(field)
    other = QLineEdit()
    column.addWidget(other)
    holder.resize(300, 400)
    shown(qtbot, holder)
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    heights = {type(field).__name__: field.height() for field in fields}
    corners = {picture(field, QRect(0, 0, 3, 3)).pixelColor(0, 0).name() for field in fields}
    begins = {leftmost_ink(picture(field, QRect(3, 8, 60, field.height() - 16))) for field in fields[:3]}
    assert max(heights.values()) - min(heights.values()) <= 2, heights
    assert len(corners) == 1
    assert max(begins) - min(begins) <= 2


def test_the_words_of_a_badge_stand_on_the_line_of_the_words_beside_it(qtbot: QtBot, look: Theme) -> None:
    holder, words, badge = QWidget(), QLabel("Hx"), Badge("Hx", "info")
    holder.setLayout(Flow(words, badge))
    shown(qtbot, holder)
    inner = badge.findChildren(QLabel)[1]
    middles = [label.mapTo(holder, label.rect().center()).y() for label in (words, inner)]
    assert abs(middles[0] - middles[1]) <= 1


def test_a_label_has_the_height_of_its_words_after_they_and_their_font_have_changed(qtbot: QtBot, look: Theme) -> None:
    said = label("Short.")
    qtbot.addWidget(said)
    one_line = said.heightForWidth(200)
    said.setText("Many words, which need a second line. " * 3)
    several = said.heightForWidth(200)
    said.setFont(look.font("title"))
    assert one_line < several < said.heightForWidth(200)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["down", "up"])
def test_arrows_of_fields_have_the_colour_of_the_tokens(name: str, dark: bool) -> None:
    from penelope_admin.files import resource

    drawing = resource(f"icons/{name}-{'dark' if dark else 'light'}.svg").read_text()
    assert f'stroke="{theme.read_tokens(dark).colours["muted"]}"' in drawing
