"""Requests as an inbox: nothing moves under the hand, one next step, and years of use cost no more than a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.domain.requests import RequestInput
from penelope_admin.services.work import Context
from penelope_admin.store.rows import replies as reply_rows
from penelope_admin.ui.dialogs.reply import ReplySheet
from penelope_admin.ui.dialogs.step import StepSheet
from penelope_admin.ui.pages.requests.listing import LINE_ROLE, LineDelegate
from penelope_admin.ui.pages.requests.page import FIRST_LINES, RequestsPage
from tests.demo import CRITICAL, add_critical
from tests.effort import examples
from tests.many import add_requests
from tests.ui.conftest import WAIT_MS, Desktop, looks, texts

TURNS = 8


@pytest.fixture
def page(desktop: Desktop) -> RequestsPage:
    desktop.window.resize(1080, 760)
    return desktop.page(RequestsPage)


def listed(page: RequestsPage) -> list[int]:
    return [page.model.index(row).data(LINE_ROLE).id for row in range(page.model.rowCount())]


def changed(desktop: Desktop) -> None:
    """Let the page take over what was changed behind it."""
    desktop.window.shell.operations.changed.emit(frozenset({"requests"}))
    desktop.settle()


def test_a_running_critical_incident_is_on_top_of_the_list(desktop: Desktop, page: RequestsPage) -> None:
    key = add_critical(desktop.app)
    desktop.app.context.write(services.requests.draft, RequestInput(kind="question", title="Newer", reason="How?"))
    changed(desktop)
    assert listed(page)[0] == key
    assert "Critical incident: sent" in str(page.model.index(0).data())


def test_the_list_is_a_sound_model_through_changes_and_filters(desktop: Desktop, page: RequestsPage) -> None:
    tester = QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for words in ("report", "", "pa-2", "zzz", ""):
        page.search.setText(words)
        page.find_matches()
        desktop.settle()
    desktop.app.context.write(services.requests.advance, 3, "cancelled")
    changed(desktop)
    assert 3 not in listed(page)
    page.shown.setCurrentIndex(page.shown.findData("all"))
    desktop.settle()
    assert listed(page) == [5, 4, 3, 2, 1]
    assert tester is not None


@looks
def test_a_request_is_found_as_it_is_typed_by_any_word_of_it(desktop: Desktop, page: RequestsPage) -> None:
    for words in ("00483977", "PA-4", "once for each", "closed cases", "answered defect"):
        page.search.clear()
        desktop.bot.waitUntil(lambda: len(listed(page)) > 1, timeout=WAIT_MS)
        desktop.bot.keyClicks(page.search, words)
        desktop.bot.waitUntil(lambda: listed(page) == [4], timeout=WAIT_MS)


def test_there_is_exactly_one_primary_action_and_it_points_forward(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.requests.advance, 2, "acknowledged", case_number="7")
    context.write(services.requests.advance, 2, "scheduled", scheduled_for=date(2026, 12, 9))
    wanted = {2: "The refresh is done …", 3: "Send to Support …", 4: "Close the request …", 5: "Try to send it now"}
    for key, name in wanted.items():
        detail = desktop.request(key)
        primary = [made for made in _shown_buttons(detail) if made.property("kind") == "primary"]
        assert [made.text() for made in primary] == [name]
    assert "Another day …" in desktop.possible(desktop.request(2))
    assert not [made for made in _shown_buttons(desktop.request(1)) if made.property("kind") == "primary"]


def _shown_buttons(widget: QWidget) -> list[QPushButton]:
    return [made for made in widget.findChildren(QPushButton) if made.isVisible()]


@pytest.mark.parametrize(
    ("way", "question", "given_out", "yes"),
    [
        ("portal", "Did you send the ticket in the portal?", "Text given out: The Community portal", "Yes, I sent it"),
        ("eml", "Did you send the draft you saved?", "Text given out: An .eml draft file", "Yes, I sent it"),
        ("phone", "Did you call Support?", "Text given out: Telephone", "Yes, I called"),
    ],
)
def test_a_text_that_was_given_out_is_asked_about_until_it_is_answered(
    desktop: Desktop, way: str, question: str, given_out: str, yes: str
) -> None:
    desktop.app.context.write(services.requests.delivery.hand_over, 3, way)
    detail = desktop.request(3)
    desktop.reads(detail, question, given_out)
    assert "I sent it" not in desktop.possible(detail), "it is asked once"
    desktop.do(detail, "Not yet")
    assert detail.foot.primary.text() == "Send to Support …"
    desktop.app.context.write(services.requests.delivery.hand_over, 3, way)
    desktop.do(desktop.request(3), yes)
    desktop.settle()
    assert desktop.app.context.read(services.requests.find, 3).request.status == "sent"


def test_a_single_requested_day_says_on_which_side_of_it(desktop: Desktop) -> None:
    context = desktop.app.context
    wish = RequestInput(kind="refresh", environment="mirrored", reason="Training", latest=date(2026, 12, 12))
    key = context.write(services.requests.draft, wish).value.request.id
    desktop.reads(desktop.request(key), "Not after Saturday 12 December 2026")


def test_the_path_shows_the_day_support_named_and_no_sent_after_it_was_not_sent(desktop: Desktop) -> None:
    context = desktop.app.context
    context.write(services.requests.advance, 2, "drafted")
    drawn = desktop.request(2)._stops(context.read(services.requests.find, 2))
    assert [stop.name for stop in drawn if stop.reached] == ["Drafted"]
    context.write(services.requests.advance, 2, "sent")
    context.write(services.requests.advance, 2, "acknowledged", case_number="7")
    context.write(services.requests.advance, 2, "scheduled", scheduled_for=date(2026, 12, 9))
    drawn = desktop.request(2)._stops(context.read(services.requests.find, 2))
    named = next(stop for stop in drawn if stop.name == "Scheduled")
    assert "9" in named.date
    assert "20" not in named.date.replace("2026", "")


def test_the_second_click_of_a_double_click_answers_nothing(desktop: Desktop, page: RequestsPage) -> None:
    desktop.app.context.write(services.requests.advance, 2, "drafted")
    desktop.app.context.write(services.requests.delivery.hand_over, 2, "portal")
    detail = desktop.request(2)
    assert detail.foot.primary.text() == "Yes, I sent it"
    desktop.click(detail.foot.primary)
    desktop.settle()
    assert detail.foot.primary.text() == "Enter the case number …"
    desktop.bot.mouseDClick(detail.foot.primary, Qt.MouseButton.LeftButton)  # Qt's word for a second click soon after
    desktop.settle()
    assert not desktop.window.sheets
    desktop.click(detail.foot.primary)
    assert isinstance(desktop.sheet(), StepSheet)


@looks
def test_a_reply_is_pasted_anywhere_on_the_page_and_beside_it(desktop: Desktop, page: RequestsPage) -> None:
    QApplication.clipboard().setText("Subject: Re: Refresh [PA-2]\n\nYour case number is 00484210.")
    beside = next(made for made in desktop.window.findChildren(QPushButton) if made.text() == "Requests")
    for focused in (page.list, beside):
        focused.setFocus()
        desktop.bot.keyClick(focused, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        sheet = desktop.sheet(ReplySheet)
        desktop.bot.waitUntil(lambda sheet=sheet: sheet.number.currentText() == "00484210", timeout=WAIT_MS)  # type: ignore[misc]
        sheet.reject()
        desktop.settle()
    QApplication.clipboard().setMimeData(QMimeData())
    desktop.bot.keyClick(page.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    desktop.settle()
    assert not desktop.window.sheets


def test_text_pasted_into_a_field_stays_there(desktop: Desktop, page: RequestsPage) -> None:
    QApplication.clipboard().setText("closed cases")
    desktop.bot.keyClick(page.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.search.text() == "closed cases"
    assert not desktop.window.sheets


def test_in_a_narrow_window_the_detail_takes_the_place_of_the_list_and_leads_back(
    desktop: Desktop, page: RequestsPage
) -> None:
    assert page.list.isVisible()
    assert page.detail.isVisible()
    desktop.window.resize(720, 560)
    desktop.settle()
    assert page.list.isVisible()
    assert not page.detail.isVisible()
    page.list.clicked.emit(page.model.index(1))
    assert not page.list.isVisible()
    assert page.detail.isVisible()
    desktop.click(page.panes.back)
    assert page.list.isVisible()
    page.show_subject("4")
    desktop.settle()
    assert page.detail.isVisible()
    desktop.bot.keyClick(page.detail.note, Qt.Key.Key_Escape)
    assert page.list.isVisible()
    page.show_subject("999")
    desktop.settle()
    assert page.list.isVisible(), "there is no such request, and nothing in the list's place"


def test_what_happened_today_is_of_another_day_once_the_day_is_over(desktop: Desktop, page: RequestsPage) -> None:
    wish = RequestInput(kind="question", title="Another", reason="How?")
    key = desktop.app.context.write(services.requests.draft, wish).value.request.id
    detail = desktop.request(key)
    desktop.reads(detail, "today, 16:40")
    desktop.clock.instant += timedelta(days=1)
    changed(desktop)
    desktop.reads(detail, "Fri 20 Nov, 16:40")
    assert "today" not in texts(detail)


def test_the_same_words_are_a_reason_in_one_request_and_a_text_in_another(desktop: Desktop) -> None:
    wishes = (
        RequestInput(environment="mirrored", reason="How?"),
        RequestInput(kind="question", title="A", reason="How?"),
    )
    keys = [desktop.app.context.write(services.requests.draft, wish).value.request.id for wish in wishes]
    for key, name in zip(keys, ("Reason", "Text"), strict=True):
        desktop.reads(desktop.request(key), f"{name}\nHow?")


def test_a_note_is_kept_and_a_half_written_one_waits_for_its_request(desktop: Desktop, page: RequestsPage) -> None:
    detail = desktop.request(4)
    desktop.bot.keyClicks(detail.note, "Half a tho")
    desktop.request(2)
    assert detail.note.toPlainText() == ""
    desktop.request(4)
    assert detail.note.toPlainText() == "Half a tho"
    desktop.bot.keyClicks(detail.note, "ught")
    detail.note.setPlainText("A whole thought")
    desktop.click(detail.add_note)
    desktop.settle()
    assert detail.note.toPlainText() == ""
    desktop.reads(detail, "A whole thought")
    assert desktop.app.context.read(services.requests.find, 4).request.remarks[-1].text == "A whole thought"


@looks
def test_a_chosen_request_that_the_filter_leaves_out_stays_open(desktop: Desktop, page: RequestsPage) -> None:
    detail = desktop.request(4)
    page.search.setText("payroll")
    page.find_matches()
    desktop.settle()
    assert listed(page) == [2]
    assert not page.list.selectionModel().hasSelection()
    assert detail.opened is not None
    assert detail.opened.view.request.id == 4
    page.search.setText("")
    page.find_matches()
    desktop.settle()
    assert page.list.currentIndex().data(LINE_ROLE).id == 4


def test_a_new_request_moves_no_line_that_is_being_read(desktop: Desktop, page: RequestsPage) -> None:
    add_requests(desktop.app.context, 90)
    changed(desktop)
    page.list.verticalScrollBar().setValue(page.list.verticalScrollBar().maximum() // 2)
    read = page.list.indexAt(page.list.rect().center()).data(LINE_ROLE).id
    drawn = page.list.visualRect(page.model.index(page.model.row_of(read))).top()
    desktop.app.context.write(services.requests.draft, RequestInput(kind="question", title="Another", reason="How?"))
    newest = listed(page)[3]
    desktop.app.context.write(services.requests.advance, newest, "cancelled")
    changed(desktop)
    assert listed(page)[0] > newest
    assert newest not in listed(page)
    assert page.list.visualRect(page.model.index(page.model.row_of(read))).top() == drawn


def test_of_thousands_those_in_view_are_shown_first_and_then_all(desktop: Desktop) -> None:
    add_requests(desktop.app.context, 300)
    counts: list[int] = []
    page = desktop.window.page("requests")
    assert isinstance(page, RequestsPage)
    page.loaded.connect(lambda: counts.append(page.model.rowCount()))
    desktop.go("requests")
    desktop.settle()
    assert counts[0] == FIRST_LINES
    assert counts[-1] == page.model.rowCount() > 200
    assert page.model.order == sorted(page.model.order, reverse=True)


def test_a_request_that_a_restore_took_away_is_not_shown_any_more(desktop: Desktop, page: RequestsPage) -> None:
    page.choose(99)
    desktop.settle()
    assert page.detail.opened is None
    assert not page.detail.foot.isVisible()
    changed(desktop)
    assert page.detail.opened is not None
    assert page.detail.opened.view.request.id == listed(page)[0]


@looks
def test_what_belongs_into_an_empty_list_is_said(desktop: Desktop, page: RequestsPage) -> None:
    page.search.setText("nothing has these words")
    page.find_matches()
    desktop.settle()
    assert "No request here has all these words." in page.list.empty_text
    assert not texts(page).count("No requests yet")


def _cancelled(context: Context) -> None:
    open_ones = [
        view for view in context.read(services.requests.find_all) if view.request.status in ("drafted", "sent")
    ]
    if open_ones:
        context.write(services.requests.advance, open_ones[-1].request.id, "cancelled")


CHANGES: dict[str, Callable[[Context], object]] = {
    "new": lambda context: context.write(
        services.requests.draft, RequestInput(kind="question", title="Another", reason="How?")
    ),
    "critical": lambda context: context.write(services.requests.draft, CRITICAL),
    "note": lambda context: context.write(services.requests.remark, 4, "By somebody else"),
    "note elsewhere": lambda context: context.write(services.requests.remark, 2, "By somebody else"),
    "cancelled": _cancelled,
    "given out": lambda context: context.write(services.requests.delivery.hand_over, 4, "portal"),
    "defect": lambda context: context.write(services.requests.record_defect, 4, "PEN-1", "S2"),
}


@settings(
    max_examples=examples(4, long=60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(CHANGES)), st.sampled_from(["filter", "note"]), st.sampled_from("abc ")),
        min_size=3,
        max_size=8,
    )
)
def test_random_changes_move_nothing_under_the_hand_of_whoever_is_typing(
    desktop: Desktop, page: RequestsPage, steps: list[tuple[str, str, str]]
) -> None:
    detail = desktop.request(4)
    page.search.clear()
    detail.note.clear()
    detail.area.verticalScrollBar().setValue(0)
    page.find_matches()
    desktop.settle()
    typed = Counter[str]()
    texts_ = {"filter": "", "note": ""}
    for change, where, letter in steps:
        field = page.search if where == "filter" else detail.note
        field.setFocus()
        texts_[where] += letter
        typed[where] += 1
        desktop.bot.keyClicks(field, letter)
        scrolled = detail.area.verticalScrollBar().value()
        if where == "note":
            scrolled = None
        CHANGES[change](desktop.app.context)
        changed(desktop)
        assert QApplication.focusWidget() is field
        assert page.search.text() == texts_["filter"]
        assert detail.note.toPlainText() == texts_["note"]
        assert page.search.cursorPosition() == len(texts_["filter"])
        assert detail.opened is not None
        assert detail.opened.view.request.id == 4
        if 4 in listed(page):
            assert page.list.currentIndex().data(LINE_ROLE).id == 4
        if scrolled is not None:
            assert detail.area.verticalScrollBar().value() == scrolled


def at_rest(desktop: Desktop, measure: Callable[[], int]) -> int:
    """A measure once everything is laid out: it stays the same for some turns of the event loop."""
    seen: list[int] = []

    def is_same() -> bool:
        seen.append(measure())
        return len(seen) > TURNS and len(set(seen[-TURNS:])) == 1

    desktop.bot.waitUntil(is_same, timeout=WAIT_MS)
    return seen[-1]


def test_what_has_the_focus_stays_where_it_is_on_the_screen_through_a_change(
    desktop: Desktop, page: RequestsPage
) -> None:
    detail = desktop.request(4)
    detail.write_note()
    desktop.bot.waitUntil(detail.note.hasFocus, timeout=WAIT_MS)
    stood = at_rest(desktop, lambda: detail.note.mapTo(detail.area.viewport(), QPoint(0, 0)).y())
    for _ in range(3):
        desktop.app.context.write(services.requests.remark, 4, "One more line\n" * 5)
        changed(desktop)
        assert abs(at_rest(desktop, lambda: detail.note.mapTo(detail.area.viewport(), QPoint(0, 0)).y()) - stood) <= 4
    assert not detail.note.visibleRegion().isEmpty()


def _cost(desktop: Desktop, page: RequestsPage, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What it takes to open the page, and to take over a change: rows drawn, widgets made, calls of services."""
    cost: Counter[str] = Counter()
    paint = LineDelegate.paint
    run = desktop.window.shell.operations.run

    def painted(*arguments: object) -> None:
        cost["rows drawn"] += 1
        paint(*arguments)  # type: ignore[arg-type]

    def called(*arguments: object, **named: object) -> None:
        cost["calls"] += 1
        run(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(LineDelegate, "paint", painted)
        patch.setattr(desktop.window.shell.operations, "run", called)
        desktop.go("overview")
        cost.clear()
        page.stale = True
        desktop.go("requests")
        page.list.viewport().repaint()
        desktop.app.context.write(services.requests.remark, 4, "A change")
        changed(desktop)
        page.list.viewport().repaint()
    cost["widgets"] = len(page.findChildren(QWidget))
    return cost


def test_thousands_of_requests_cost_the_window_no_more_than_a_screenful(
    desktop: Desktop, page: RequestsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.request(4)
    add_requests(desktop.app.context, 30)
    changed(desktop)
    few = _cost(desktop, page, monkeypatch)
    add_requests(desktop.app.context, 700)
    changed(desktop)
    assert page.model.rowCount() > 500
    many = _cost(desktop, page, monkeypatch)
    assert many["rows drawn"] <= few["rows drawn"] + 10
    assert many["calls"] == few["calls"]
    assert many["widgets"] <= few["widgets"] + 20  # the notes that were added


def test_a_number_that_is_recorded_takes_its_button_along_without_an_error(desktop: Desktop) -> None:
    context = desktop.app.context
    with context.store.writing() as connection:
        reply_rows.insert(connection, 2, "00484210", "support@vendor.example", context.now())
    page = desktop.page(RequestsPage)
    page.show_subject("2")
    desktop.settle()

    def offered() -> list[QPushButton]:
        return [made for made in page.detail.findChildren(QPushButton) if made.text() == "Record it"]

    desktop.bot.waitUntil(lambda: bool(offered()) and offered()[0].isVisible(), timeout=WAIT_MS)
    offered()[0].setFocus()
    desktop.click(offered()[0])
    desktop.bot.waitUntil(lambda: not offered(), timeout=WAIT_MS)  # Qt has deleted it
    QTest.qWait(0)
    assert context.read(services.requests.find, 2).request.case_number == "00484210"
    assert not desktop.window.sheets
