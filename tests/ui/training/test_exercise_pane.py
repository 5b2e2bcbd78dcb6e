"""The pane beside the pages: exercises are begun, followed and ended in the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from penelope_admin import services
from penelope_admin.app import TrainingApp
from penelope_admin.files import resource
from penelope_admin.services.mirror import checklists
from penelope_admin.services.reports import Order
from penelope_admin.services.training import classes, exercises, progress, world
from penelope_admin.services.work import Work
from penelope_admin.ui.pages.databases.page import DatabasesPage
from penelope_admin.ui.pdf import to_pdf
from penelope_admin.ui.training.beside import Bench
from penelope_admin.ui.training.debriefing import DebriefingSheet
from penelope_admin.ui.training.exercise import ExercisePane
from penelope_admin.ui.training.questions import QuestionField
from penelope_admin.ui.widgets.basics import Badge
from penelope_admin.ui.widgets.dates import MomentField, to_qdate
from penelope_admin.ui.widgets.emergency import CALL_NOBODY
from tests.each import each
from tests.services.training.solutions import SOLUTIONS, TRAPS
from tests.ui.conftest import WAIT_MS, Desktop, close, open_desktop, texts


def bench(desktop: Desktop) -> Bench:
    assert desktop.window.dress is not None
    assert desktop.window.dress.bench is not None
    return desktop.window.dress.bench


def pane(desktop: Desktop) -> ExercisePane:
    found = bench(desktop).pane
    desktop.bot.waitUntil(lambda: found.course is not None, timeout=WAIT_MS)
    return found


def until(desktop: Desktop, holds: Callable[[], object]) -> None:
    desktop.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)
    desktop.settle()


def badges(field: QuestionField) -> list[str]:
    return [item.accessibleName() for item in field.findChildren(Badge) if item.isVisibleTo(field)]


def press(desktop: Desktop, name: str) -> None:
    """Press a button of the pane, once it is there."""
    shown = bench(desktop).pane

    def found() -> list[QPushButton]:
        return [made for made in shown.findChildren(QPushButton) if made.text() == name and made.isVisible()]

    desktop.bot.waitUntil(lambda: bool(found()), timeout=WAIT_MS)
    desktop.click(found()[0])


def start(desktop: Desktop, key: str) -> ExercisePane:
    shown = pane(desktop)
    shown.start(key)
    until(desktop, lambda: exercises.find(key).goal in texts(shown))
    return shown


def do(desktop: Desktop, deed: Callable[[], object]) -> None:
    """Do something with the services while the window is open, and have the pane notice."""
    shown = pane(desktop)
    seen: list[object] = []
    desktop.window.shell.operations.run_with_app(lambda _: deed(), lambda _: seen.append(1))
    until(desktop, lambda: seen)
    shown.refresh()
    desktop.settle()


def answer_moment(field: QuestionField, moment: object) -> None:
    """Type a moment as it is shown in the field's zone, and have it checked."""
    editor = field.findChild(MomentField)
    assert editor is not None
    editor.show_instant(moment)  # type: ignore[arg-type]
    field.give.click()


def test_the_ladder_offers_the_first_exercise_to_begin_with(training: Desktop) -> None:
    shown = pane(training)
    first = exercises.load_all()[0]
    press(training, f"Start: {first.title}")
    until(training, lambda: shown.course and shown.course.exercise == first and "Your goal" in texts(shown))
    assert first.goal in texts(shown)
    assert all(check.says in texts(shown) for check in first.check)


def test_an_exercise_that_a_trainer_begins_in_a_terminal_is_shown_here_too(training: Desktop) -> None:
    shown = start(training, "next-upgrade")
    terminal = TrainingApp(training.app.home)
    progress.start(terminal, "doubtful-month")
    terminal.forget_database()
    training.window.look_around()
    until(training, lambda: exercises.find("doubtful-month").goal in texts(shown))


def test_the_first_exercise_is_solved_in_the_window(training: Desktop) -> None:
    shown = start(training, "next-upgrade")
    window = training.app.context.read(lambda work: work.calendar.upcoming(work.now, 1)[0])
    answer_moment(shown.questions["here"], window.starts_at)
    until(training, lambda: shown.course and shown.course.outcomes[0].is_met)
    assert "Right" in texts(shown)
    answer_moment(shown.questions["perth"], window.starts_at)
    until(training, lambda: "Not yet" in badges(shown.questions["perth"]))
    wrong = exercises.find("next-upgrade").question[1].wrong
    assert wrong in texts(shown)
    # The Friday before, from 09:00 in New York, which is 22:00 in Perth.
    day = window.starts_at.astimezone(window.source_zone).date() - timedelta(days=1)
    perth = shown.questions["perth"].findChild(MomentField)
    assert perth is not None
    perth.setDate(to_qdate(day))
    assert "Not yet" not in badges(shown.questions["perth"]), "it was said of another answer"
    assert f"Your last answer was not right. {wrong}" in texts(shown), "and can be read again"
    perth.setTime(perth.time().fromString("22:00", "HH:mm"))
    training.click(shown.questions["perth"].give)
    until(training, lambda: "Goal reached." in texts(shown))
    focus = QApplication.focusWidget()
    assert isinstance(focus, QPushButton)
    assert focus.text() == "Next"
    assert shown.progress_words == "Goal reached"
    training.bot.keyClick(focus, Qt.Key.Key_Return)
    until(training, lambda: "Which month is doubtful?" in texts(shown))


def test_the_second_exercise_is_solved_in_the_window(training: Desktop) -> None:
    shown = start(training, "doubtful-month")
    training.window.go("windows")
    training.settle()
    page = training.window.page("windows")
    doubtful = next(window for window in page.shown_windows if window.confirm_date)  # type: ignore[attr-defined]
    months = shown.questions["month"].findChild(QComboBox)
    assert months is not None
    month = f"{doubtful.starts_at.astimezone(doubtful.zone):%Y-%m}"
    months.setCurrentIndex(months.findData(month))
    training.click(shown.questions["month"].give)
    until(training, lambda: shown.course and shown.course.outcomes[0].is_met)
    page.show_subject(month)
    training.settle()
    ask = "Ask Support about this date …"
    training.click(next(made for made in page.findChildren(QPushButton) if made.text() == ask and made.isVisible()))
    sheet = training.sheet()
    until(training, lambda: sheet.primary and sheet.primary.isEnabled())
    training.click(sheet.primary)
    until(training, lambda: shown.course and shown.course.passed)


def test_the_third_exercise_is_solved_in_the_window(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    for key, name in (
        ("support", "No"),
        ("au", "Yes"),
        ("what", exercises.find("who-is-awake").question[3].options[1]),
    ):
        circles = shown.questions[key].findChildren(QRadioButton)
        next(circle for circle in circles if circle.accessibleName() == name).click()
        training.click(shown.questions[key].give)
        until(
            training,
            lambda key=key: key in (shown.course.attempt.answers if shown.course and shown.course.attempt else ()),
        )
    opens = training.app.context.read(_support_opens)
    answer_moment(shown.questions["opens"], opens)
    until(training, lambda: shown.course and shown.course.passed)


def _support_opens(work: Work) -> datetime:
    view = services.calendar.support.load(work)
    opens_at = next(item.opens_at for item in view.openings if item.team.key == "support")
    assert opens_at is not None
    return opens_at


def test_after_a_crash_what_was_answered_stands_in_its_field(training: Desktop) -> None:
    start(training, "who-is-awake")
    moment = training.app.context.read(_support_opens)
    given = {"support": "no", "what": "3", "opens": moment.isoformat()}
    do(training, lambda: [progress.answer(training.app, key, value) for key, value in given.items()])
    shown = ExercisePane(training.window.shell)
    training.bot.addWidget(shown)
    shown.refresh()
    until(training, lambda: shown.questions)
    chosen = {
        key: [circle.accessibleName() for circle in field.findChildren(QRadioButton) if circle.isChecked()]
        for key, field in shown.questions.items()
    }
    third = exercises.find("who-is-awake").question[3].options[2]
    assert chosen == {"support": ["No"], "au": [], "opens": [], "what": [third]}
    editor = shown.questions["opens"].findChild(MomentField)
    assert editor is not None
    assert editor.instant == moment
    assert [badges(shown.questions[key]) for key in given] == [["Right"], ["Not yet"], ["Right"]]


def test_checks_tick_themselves_and_say_what_is_missing(training: Desktop) -> None:
    shown = start(training, "one-week-of-worker-delivery")
    assert "In Penelope itself Worker Delivery is still off in Mirrored." in texts(shown)
    key = "external-communications.worker-delivery"
    do(training, lambda: world.switch(training.app.context, "mirrored", key, "enable"))
    until(training, lambda: "In Penelope itself" not in texts(shown))
    assert bench(training).pane.progress_words == "2 of 3"


def test_a_trap_is_explained_and_the_exercise_can_be_begun_again(training: Desktop) -> None:
    shown = start(training, "doubtful-month")
    do(training, lambda: TRAPS["doubtful-month", "made-up-notice"](training.app))
    until(training, lambda: shown.progress_words == "Open: what was to avoid")
    until(training, lambda: "You recorded a notice that never came." in texts(shown))
    press(training, "Start again")
    until(training, lambda: "Your goal" in texts(shown))


def test_an_exercise_that_is_begun_again_has_forgotten_the_answers(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    support = shown.questions["support"]
    support.findChildren(QRadioButton)[0].click()
    training.click(support.give)
    until(training, lambda: "Not yet" in badges(support))
    shown.start("who-is-awake")
    until(training, lambda: shown.questions["support"] is not support)
    assert not [circle for circle in shown.questions["support"].findChildren(QRadioButton) if circle.isChecked()]


def test_hints_are_shown_one_by_one_and_leave_what_was_answered(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    support = shown.questions["support"]
    support.findChildren(QRadioButton)[0].click()
    training.click(support.give)
    until(training, lambda: "Not yet" in badges(support))
    for number in (1, 2, 3):
        press(training, "Hint")
        until(training, lambda number=number: f"Hint {number} of 3" in texts(shown))
    hint = next(button for button in shown.findChildren(QPushButton) if button.text() == "Hint")
    assert not hint.isEnabled()
    assert shown.questions["support"] is support
    assert support.findChildren(QRadioButton)[0].isChecked()
    assert "Not yet" in badges(support)


def test_the_buttons_below_stay_in_their_line_when_an_exercise_ends(training: Desktop) -> None:
    shown = start(training, "nobody-can-sign-in")
    training.settle()
    top = shown._next_press.y() if shown._next_press else None
    do(training, lambda: SOLUTIONS["nobody-can-sign-in"](training.app))
    until(training, lambda: shown.course and shown.course.passed)
    until(training, lambda: shown._next_press and shown._next_press.y() == top)


def test_after_the_goal_comes_the_debriefing_and_then_the_next_exercise(training: Desktop) -> None:
    shown = start(training, "nobody-can-sign-in")
    do(training, lambda: SOLUTIONS["nobody-can-sign-in"](training.app))
    until(training, lambda: shown.course and shown.course.passed)
    press(training, "Debriefing …")
    sheet = training.sheet(DebriefingSheet)
    said = texts(sheet)
    assert "What you did" in said
    assert "was sent" in said
    assert all(step in said for step in exercises.find("nobody-can-sign-in").debriefing.expert)
    sheet.thought.setPlainText("My deputy does.")
    training.click(next(button for button in sheet.findChildren(QPushButton) if button.text() == "Keep my answer"))
    until(training, lambda: progress.read(training.app.home).thoughts)
    sheet.reject()
    press(training, "Next")
    until(
        training, lambda: shown.course and shown.course.exercise and shown.course.exercise.key == "a-client-got-a-text"
    )


def test_what_is_half_entered_stays_while_checks_tick(training: Desktop) -> None:
    shown = start(training, "doubtful-month")
    months = shown.questions["month"].findChild(QComboBox)
    assert months is not None
    months.setCurrentIndex(3)
    do(training, lambda: SOLUTIONS["the-notice-never-came"](training.app))
    assert shown.questions["month"].findChild(QComboBox) is months
    assert months.currentIndex() == 3


def test_an_answer_that_nobody_chose_is_not_checked(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    training.click(shown.questions["support"].give)
    assert "Choose an answer first." in texts(shown)


def test_the_pane_folds_to_a_strip_and_comes_back_by_the_keyboard(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    QTest.keyClick(training.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert shown.isHidden()
    assert bench(training).strip.isVisible()
    assert "0 of 4" in [item.text() for item in bench(training).strip.findChildren(QLabel)]
    assert QApplication.focusWidget() is bench(training).strip.open
    QTest.keyClick(training.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert shown.isVisible()
    assert bench(training).strip.isHidden()


def test_in_a_narrow_window_the_pane_takes_the_page_s_place_until_a_page_is_chosen(training: Desktop) -> None:
    shown = pane(training)
    training.window.resize(900, 600)
    training.settle()
    assert not training.window.current.isVisible()
    training.window.go("support")
    training.settle()
    assert training.window.current.isVisible()
    assert shown.isHidden()
    bench(training).toggle()
    assert shown.isVisible()
    training.window.resize(1280, 800)
    training.settle()
    assert training.window.current.isVisible()
    assert shown.isVisible()


def test_every_control_of_the_pane_is_reached_by_the_tab_key(training: Desktop) -> None:
    shown = start(training, "who-is-awake")
    wanted = {button.text() for button in shown.findChildren(QPushButton) if button.isVisibleTo(shown)}
    shown.fold.setFocus()
    seen = {shown.fold.text()}
    for _ in range(40):
        QTest.keyClick(training.window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if isinstance(focus, QPushButton) and shown.isAncestorOf(focus):
            seen.add(focus.text())
    assert wanted <= seen


@each("name", ["overview", "support", "requests"])
def test_tab_goes_from_the_navigation_to_the_page_and_then_to_the_exercise(training: Desktop, name: str) -> None:
    training.window.resize(1280, 800)
    shown = start(training, "who-is-awake")
    training.window.go(name)  # it is made after the pane
    training.settle()
    assert training.window.dress is not None
    parts = {"page": training.window.current, "exercise": shown, "bar": training.window.dress.bar}

    def where() -> str:
        held = QApplication.focusWidget()
        return next((key for key, part in parts.items() if held is not None and part.isAncestorOf(held)), "around")

    forward = ["around", "page", "exercise", "bar", "around"]
    for key, order in ((Qt.Key.Key_Tab, forward), (Qt.Key.Key_Backtab, forward[::-1])):
        begins, seen = QApplication.focusWidget(), [where()]
        while len(seen) < len(order) or QApplication.focusWidget() is not begins:
            QTest.keyClick(training.window, key)
            if where() != seen[-1]:
                seen.append(where())
                assert seen == order[: len(seen)]


def test_when_what_had_the_focus_is_gone_it_stays_on_the_page(training: Desktop) -> None:
    pane(training)
    training.window.resize(1280, 800)
    page = training.go("databases")
    held = next(made for made in page.findChildren(QPushButton) if made.isVisible())
    held.setFocus()
    held.hide()
    assert QApplication.focusWidget() is page


@each("name", ["overview", "requests", "settings"])
def test_a_trainer_s_file_acts_wherever_it_is_dropped(training: Desktop, name: str) -> None:
    pane(training)
    training.window.go(name)
    training.settle()
    known = len(world.current(training.app.context).mails)
    drop(training, resource("training/injects/flood-of-texts.toml"))
    until(training, lambda: len(world.current(training.app.context).mails) > known)


def drop(desktop: Desktop, file: Path) -> None:
    """Drop a file on the page."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, keys)
    QApplication.sendEvent(desktop.window.current, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(desktop.window.current, QDropEvent(QPointF(9, 9), action, data, button, keys))


def test_an_exercise_that_begins_stops_the_clock_and_the_bar_says_so_at_once(training: Desktop) -> None:
    assert training.window.dress is not None
    training.window.dress._timer.stop()  # it looks once a second
    start(training, "next-upgrade")
    assert training.window.dress.bar.stop.text() == "Resume"


def test_a_run_through_a_check_list_ends_with_its_exercise_and_the_keyboard_stays_with_the_next(
    training: Desktop,
) -> None:
    start(training, "the-check-list")
    training.window.resize(1280, 800)
    page = training.page(DatabasesPage)
    page.open_run(training.app.context.read(checklists.find_all)[0].event.id)
    training.settle()
    assert page.is_running
    again = next(made for made in bench(training).pane.findChildren(QPushButton) if made.text() == "Start again")
    again.setFocus()
    again.click()
    until(training, lambda: not page.is_running)
    assert bench(training).pane.isAncestorOf(QApplication.focusWidget())


def test_an_exercise_that_begins_offers_to_undo_nothing_of_the_agency_that_is_gone(training: Desktop) -> None:
    pane(training)
    page = training.go("requests")
    page.new_request("question")  # type: ignore[attr-defined]
    sheet = training.sheet()
    sheet.subject.setText("A question")  # type: ignore[attr-defined]
    sheet.reason.setPlainText("Where is it?")  # type: ignore[attr-defined]
    training.settle()
    sheet.submit()  # type: ignore[attr-defined]
    history = training.window.shell.history
    assert history is not None
    until(training, lambda: history.undo_name)
    start(training, "who-is-awake")
    assert not history.undo_name


def test_a_check_ticks_itself_for_what_is_only_an_entry_in_the_log(training: Desktop, tmp_path: Path) -> None:
    shown = start(training, "a-client-got-a-text")
    assert not shown.course.outcomes[-1].is_met  # type: ignore[union-attr]
    training.window.shell.operations.run_with_app(
        lambda app: app.write_report(Order("exposure"), tmp_path / "exposure.html", to_pdf), lambda _: None
    )
    until(training, lambda: shown.course.outcomes[-1].is_met)  # type: ignore[union-attr]


def test_a_start_file_that_is_dropped_begins_its_exercises(training: Desktop, tmp_path: Path) -> None:
    shown = pane(training)
    (tmp_path / "names.txt").write_text("Ada\n", "utf-8")
    chosen = ("who-is-awake", "nobody-can-sign-in")
    made = classes.prepare(
        training.app.home, training.app.policy, tmp_path / "names.txt", tmp_path / "class", lambda *_: b"%PDF", chosen
    )
    drop(training, made.starts[0].rename(tmp_path / "class" / "ADA.PENELOPE-TRAINING"))
    until(training, lambda: shown.course and [item.key for item in shown.course.exercises] == list(chosen))
    press(training, "Start: Who is awake at Support?")
    until(training, lambda: "Exercise 1 of 2" in texts(shown))


def test_an_inject_that_is_wrong_is_told_and_does_nothing(training: Desktop, tmp_path: Path) -> None:
    pane(training)
    file = tmp_path / "storm.toml"
    file.write_text('schema = 1\ntitle = "Storm"\n[[event]]\ndo = "storm"\n', "utf-8")
    training.window.go("overview")
    drop(training, file)
    page = training.window.current
    until(training, lambda: any("storm.toml, line 4" in item.text() for item in page.findChildren(QLabel)))


def test_a_look_at_all_exercises_loses_nothing_of_the_one_under_way(training: Desktop) -> None:
    shown = start(training, "doubtful-month")
    began = shown.course.attempt if shown.course else None
    press(training, "Exercises")
    training.settle()
    assert "Who is awake at Support?" in [b.text() for b in shown.findChildren(QPushButton)]
    press(training, "Back to: Which month is doubtful?")
    until(training, lambda: "Your goal" in texts(shown))
    assert shown.course is not None
    assert began is not None
    assert shown.course.attempt is not None
    assert msgspec.structs.replace(shown.course.attempt, seen_at=began.seen_at) == began


def test_a_wrong_answer_comes_into_view_when_it_is_given_and_not_when_the_exercise_is_shown_again(
    training: Desktop,
) -> None:
    training.window.resize(900, 600)
    bench(training).fold(False)
    shown = start(training, "next-upgrade")
    answer_moment(shown.questions["perth"], training.app.clock.now())
    until(training, lambda: shown.area.verticalScrollBar().value() > 0)
    assert "Not yet" in badges(shown.questions["perth"])
    press(training, "Exercises")
    press(training, f"Back to: {exercises.find('next-upgrade').title}")
    until(training, lambda: "Not yet" in badges(shown.questions["perth"]))
    training.settle()
    assert shown.area.verticalScrollBar().value() == 0


def test_nothing_of_an_exercise_is_cut_off_at_twice_the_size(
    qtbot: QtBot, qapp: QApplication, practice: TrainingApp
) -> None:
    before, font = qapp.font(), qapp.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    qapp.setFont(font)
    training = open_desktop(qtbot, qapp, practice)
    try:
        for size, key in ((QSize(1920, 1000), "next-upgrade"), (QSize(900, 600), "who-is-awake")):
            training.window.resize(size)
            bench(training).fold(False)
            shown = start(training, key)
            shown.hint()
            training.settle()
            assert shown.area.widget().width() <= shown.area.viewport().width(), key
            assert shown.width() <= training.window.centralWidget().width(), key
    finally:
        close(training)
        qapp.setFont(before)


def test_progress_that_cannot_be_read_can_be_put_aside(training: Desktop) -> None:
    shown = pane(training)
    shown.course = None
    file = training.app.home / progress.FILE
    file.write_bytes(b"{")
    shown.refresh()
    press(training, "Start all exercises over")
    until(training, lambda: shown.course is not None and "Look" in texts(shown))
    assert file.with_suffix(".old").read_bytes() == b"{"
    assert "cannot be read" not in texts(shown)


def test_in_practice_the_emergency_sheet_says_that_its_number_is_not_to_be_called(training: Desktop) -> None:
    training.click(training.window.emergency)
    assert CALL_NOBODY in texts(training.sheet())
