"""Features: a line for each, the chosen one beside it, and one sheet for what is on in the copy now."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from penelope_admin import services
from penelope_admin.domain.requests import RequestInput
from penelope_admin.domain.times import PLAIN, Style, use_style
from penelope_admin.ui.dialogs.request import RequestSheet
from penelope_admin.ui.dialogs.seen import SeenSheet
from penelope_admin.ui.pages.features import FeaturesPage
from penelope_admin.ui.pages.features.listing import STATE, SWITCH, UNTIL
from tests.demo import NOW
from tests.each import each
from tests.services.house import SOON, SURE
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts

SMS, WHOLE = "external-communications.sms", "external-communications"
NOT_LISTED, LOCKED = ("ors-srs", "credit-card", "dss"), ("clientconnect", "engage")


def refreshed(desktop: Desktop) -> FeaturesPage:
    desktop.app.context.write(
        services.mirror.environments.record_event, "mirrored", "refreshed", NOW - timedelta(hours=1)
    )
    return desktop.page(FeaturesPage)


def states(desktop: Desktop) -> dict[str, str]:
    return {
        view.feature.key: view.state.state for view in desktop.app.context.read(services.features.find_all).features
    }


def deed(desktop: Desktop, name: str) -> QPushButton:
    """The button of the chosen feature's detail, once it can be seen."""

    def seen() -> list[QPushButton]:
        page = desktop.window.current
        shown = [made for made in page.findChildren(QPushButton) if made.isVisible()]
        return [made for made in shown if made.accessibleName().endswith(f": {name}")]

    desktop.bot.waitUntil(lambda: bool(seen()), timeout=WAIT_MS)
    return seen()[0]


def test_everything_is_on_one_screen_at_1080_by_760(desktop: Desktop) -> None:
    desktop.window.resize(1080, 760)
    page = refreshed(desktop)
    last = page.model.index(page.model.rowCount() - 1, STATE)
    desktop.bot.waitUntil(lambda: page.panes.side_by_side, timeout=WAIT_MS)
    assert page.table.viewport().rect().contains(page.table.visualRect(last))
    assert not any(page.table.isColumnHidden(column) for column in range(5))
    assert not page.area.verticalScrollBar().isVisible()
    assert not page.table.horizontalScrollBar().isVisible()


@pytest.mark.parametrize("style", [PLAIN, Style(month_first=True)])
def test_the_last_days_of_plans_are_in_sight_whatever_is_to_be_said_of_them(
    desktop: Desktop, style: Style, request: pytest.FixtureRequest
) -> None:
    desktop.window.resize(1080, 760)
    use_style(style)
    request.addfinalizer(lambda: use_style(PLAIN))
    page, context = refreshed(desktop), desktop.app.context
    profile = context.read(services.agency.find)
    assert profile is not None
    context.write(services.agency.update, msgspec.structs.replace(profile, second_person=True))
    for key, until in ((SMS, SOON), ("action-triggers", date(2027, 11, 30))):
        context.write(services.features.switch, key, "enable", reason="Try", until=until, acknowledgement=SURE)
    page.load()
    desktop.settle()
    rows = [[page.model.index(row, column).data() for column in (STATE, UNTIL)] for row in range(page.model.rowCount())]
    assert ["To approve", "Nov 30, 2027" if style.month_first else "30 Nov 2027"] in rows
    assert not any(page.table.isColumnHidden(column) for column in range(5))


@looks
def test_the_list_is_folded_by_the_room_there_is_however_it_was_before(desktop: Desktop) -> None:
    table = desktop.page(FeaturesPage).table
    model = table._features
    widths = range(300, 900, 20)

    def folded(width: int) -> bool:
        table.resize(width, 1200)
        return model.is_narrow

    smaller = {width: folded(width) for width in reversed(widths)}
    assert smaller == {width: folded(width) for width in widths}
    assert set(smaller.values()) == {True, False}


def test_a_narrow_window_shows_every_column_and_the_detail_in_the_place_of_the_list(desktop: Desktop) -> None:
    desktop.window.resize(900, 600)
    page = desktop.page(FeaturesPage)
    desktop.bot.waitUntil(lambda: not page.panes.side_by_side, timeout=WAIT_MS)
    assert not any(page.table.isColumnHidden(column) for column in range(5))
    page.choose("engage")
    assert (page.table.isVisible(), page.detail.isVisible()) == (False, True)
    desktop.click(page.panes.back)
    assert page.table.isVisible()


def test_saying_all_off_takes_three_clicks(desktop: Desktop) -> None:
    page = refreshed(desktop)
    desktop.click(page.seen)
    sheet = desktop.sheet(SeenSheet)
    desktop.click(sheet.all_off)
    desktop.click(sheet.primary)
    desktop.settle()
    assert set(states(desktop).values()) == {"off"}
    assert "not known" not in texts(page)


def test_looking_without_finding_a_difference_says_so_and_the_feature_when_it_was_last_seen(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    known = states(desktop)
    desktop.click(page.seen)
    desktop.sheet().submit()
    desktop.reads(desktop.window, "Recorded: you looked, and nothing has changed.")
    assert states(desktop) == known
    page.choose("dss")
    desktop.reads(page.detail, "Last looked at on")


def test_a_whole_that_is_on_through_its_part_counts_among_what_has_changed(desktop: Desktop) -> None:
    refreshed(desktop).ask_what_is_on()
    sheet = desktop.sheet(SeenSheet)
    sheet.choices[SMS]["on"].click()
    sheet.submit()
    desktop.reads(desktop.window, "Recorded: you looked, and 2 of 12 changed.")


def test_a_part_that_is_on_makes_its_whole_on_while_one_looks(desktop: Desktop) -> None:
    refreshed(desktop).ask_what_is_on()
    sheet = desktop.sheet(SeenSheet)
    desktop.click(sheet.all_off)
    sheet.choices[SMS]["on"].click()
    assert sheet.chosen_states[WHOLE] == "on"
    sheet.choices[WHOLE]["off"].click()
    assert sheet.chosen_states[WHOLE] == "on", "its part is on"
    sheet.choices[SMS]["off"].click()
    assert sheet.chosen_states[WHOLE] == "off", "it was on through that part"
    sheet.choices[SMS]["on"].click()
    desktop.click(sheet.all_off)
    assert set(sheet.chosen_states.values()) == {"off"}


def test_a_locked_feature_that_is_on_opens_the_message_that_tells_support(desktop: Desktop) -> None:
    refreshed(desktop).ask_what_is_on()
    sheet = desktop.sheet(SeenSheet)
    sheet.choices["engage"]["on"].click()
    desktop.reads(sheet, "Engage should never be on here.")
    sheet.submit()
    desktop.settle()
    letter = desktop.sheet(RequestSheet)
    assert letter.subject.text() == "Engage is on in the Mirrored database"
    assert states(desktop)["engage"] == "unknown"
    letter.reject()
    page = desktop.page(FeaturesPage)
    page.choose("engage")
    desktop.reads(page.detail, "Engage was seen on in Mirrored on", "Seen on")


@each("feature", NOT_LISTED)
def test_ors_srs_credit_card_and_dss_can_be_recorded(desktop: Desktop, feature: str) -> None:
    page = refreshed(desktop)
    page.choose(feature)
    for word in ("on", "off"):
        deed(desktop, f"Mark as {word}").click()
        desktop.settle()
        assert states(desktop)[feature] == word


@looks
def test_ask_support_is_a_real_button_that_opens_the_filled_in_request(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.choose("dss")
    desktop.click(deed(desktop, "Ask Support to enable it …"))
    letter = desktop.sheet(RequestSheet)
    assert letter._ticks["dss"].isChecked()


@looks
def test_what_cannot_be_pressed_does_not_look_pressable(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    for feature in (*NOT_LISTED, *LOCKED):
        cell = page.model.index(page.model.row_of(feature), SWITCH)
        assert page.table.indexWidget(cell) is None
        assert cell.data() in ("Support", "Locked")
    assert page.table.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


@looks
def test_every_switch_and_button_says_what_it_is_for(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    for view in page.model.items:
        page.choose(view.feature.key)
        buttons = [made for made in page.detail.card.findChildren(QAbstractButton) if made.isVisible()]
        assert all(made.accessibleName().startswith(view.name) for made in buttons)


def test_a_change_touches_its_own_line_and_nothing_moves(desktop: Desktop) -> None:
    desktop.window.resize(1080, 760)
    page = desktop.page(FeaturesPage)
    page.choose("dss")
    page.table.setFocus()
    desktop.bot.waitUntil(page.table.hasFocus, timeout=WAIT_MS)
    kept, other = dict(page.table.switches), QSignalSpy(page.model.modelReset)
    lines = QSignalSpy(page.model.dataChanged)
    desktop.app.context.write(services.features.record_seen, "mirrored", {"credit-card": "on"})
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    desktop.settle()
    changed = {lines.at(number)[0].row() for number in range(lines.count())}
    assert changed == {page.model.row_of("credit-card")}
    assert other.count() == 0
    assert page.table.switches == kept
    assert page.chosen is not None
    assert page.chosen.feature.key == "dss"
    assert page.table.hasFocus()


def test_a_feature_that_was_only_seen_on_is_not_said_to_be_on_since_then(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    desktop.app.context.write(services.features.record_seen, "mirrored", {"credit-card": "on"})
    desktop.window.shell.operations.changed.emit(frozenset({"features"}))
    page.choose("credit-card")
    desktop.reads(page.detail, "On, as seen on")


def test_on_the_day_of_a_refresh_it_is_said_why_a_look_does_not_count(desktop: Desktop) -> None:
    page, context, changed = desktop.page(FeaturesPage), desktop.app.context, desktop.window.shell.operations.changed
    asked = RequestInput(environment="mirrored", reason="x")
    key = context.write(services.requests.draft, asked).value.request.id
    context.write(services.requests.advance, key, "sent")
    context.write(services.requests.advance, key, "acknowledged", case_number="4711")
    context.write(services.features.record_seen, "mirrored", dict.fromkeys(context.policy.feature, "off"))
    changed.emit(frozenset({"features"}))
    desktop.settle()
    assert "not known" not in texts(page)
    today = context.read(lambda work: work.today)
    context.write(services.requests.advance, key, "scheduled", scheduled_for=today)
    changed.emit(frozenset({"requests"}))
    desktop.reads(page, "The state of 11 features is unknown. A refresh was due on")
    page.choose("dss")
    desktop.reads(page.detail, "Unknown. A refresh was due on")


def test_what_was_marked_can_be_taken_back(desktop: Desktop) -> None:
    page = refreshed(desktop)
    page.choose("general-ledger")
    deed(desktop, "Mark as off").click()
    desktop.settle()
    assert states(desktop)["general-ledger"] == "off"
    undo = next(made for made in desktop.window.findChildren(QPushButton) if made.text() == "Take back")
    assert undo.isVisible()
    desktop.click(undo)
    desktop.settle()
    assert states(desktop)["general-ledger"] == "unknown"
    assert not undo.isVisible()


@looks
def test_space_on_a_line_asks_what_its_switch_asks_and_a_held_key_asks_once(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.choose(SMS)
    page.table.setFocus()
    desktop.bot.keyClick(page.table, Qt.Key.Key_Space)
    assert desktop.sheet().windowTitle() == "Switch on External Communications: SMS"
    assert len(desktop.window.sheets) == 1


def test_a_switch_that_tab_reaches_comes_into_view(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.table.setMaximumHeight(150)
    desktop.settle()
    first, *others = page.table.switches.values()
    assert others[-1].visibleRegion().isEmpty()
    first.setFocus()
    for switch in others:
        desktop.bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is switch
        assert switch.visibleRegion().boundingRect() == switch.rect()


@looks
def test_a_whole_that_is_on_through_its_part_says_which_to_switch_off(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.ask(WHOLE)
    desktop.reads(page.detail, "On through Worker Delivery")
    desktop.reads(page, "External Communications is on through its parts. Switch off Worker Delivery instead.")
    assert not desktop.window.sheets


def test_tab_stops_once_at_each_feature_where_its_state_is_chosen(desktop: Desktop) -> None:
    refreshed(desktop).ask_what_is_on()
    sheet = desktop.sheet(SeenSheet)
    assert sheet.focusWidget() is sheet.choices[WHOLE]["unknown"], "the first that can be filled in"
    desktop.click(sheet.all_off)
    sheet.all_off.setFocus()
    stops = []
    for _ in sheet.choices:
        sheet.focusNextChild()
        stops.append(sheet.focusWidget())
    assert stops == [made["off"] for made in sheet.choices.values()]


def test_after_a_plan_was_cancelled_the_focus_is_at_what_can_be_done_next(desktop: Desktop) -> None:
    page = desktop.page(FeaturesPage)
    page.choose("ms-exchange")
    cancel = deed(desktop, "Cancel the plan")
    cancel.setFocus()
    desktop.bot.keyClick(cancel, Qt.Key.Key_Space)
    desktop.settle()
    held = QApplication.focusWidget()
    assert isinstance(held, QPushButton)
    assert held.accessibleName() == "MS Exchange: Switch on …"
    desktop.bot.keyClick(held, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() in (page.table, page.panes.back), "what can be done comes right after the list"
    assert not held.visibleRegion().isEmpty()
