"""The pane beside the pages: the exercise under way, its checks that tick themselves, hints, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QWidget

from penelope_admin import services
from penelope_admin.domain.text import filled
from penelope_admin.services.training.exercises import paragraphs
from penelope_admin.ui import theme
from penelope_admin.ui.training.debriefing import DebriefingSheet
from penelope_admin.ui.training.questions import QuestionField
from penelope_admin.ui.widgets.basics import (
    Badge,
    Banner,
    Card,
    Edges,
    boxed,
    button,
    clear,
    in_a_row,
    label,
    line,
    put,
    scrolled,
    set_plain,
    stacked,
)
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.keyed import KeyedRows, Row

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.training.checks import Outcome
    from penelope_admin.services.training.exercises import Exercise
    from penelope_admin.services.training.progress import Course
    from penelope_admin.services.work import Done
    from penelope_admin.ui.shell import Shell

KEYS = "Ctrl+E"
_LETTERS = 44
"""So many of them have room in a line at least."""
_NO_BOUND = (1 << 24) - 1
"""The width of Qt's widgets that have no bound."""
REFRESH_AFTER_MS = 50
"""What changed several times in a row is judged once."""


class ExercisePane(QFrame):
    """The exercise under way, or the ladder to choose one from."""

    folded = Signal(bool)

    _hints: KeyedRows
    """The hints so far, where there is a button for the next."""

    shown = Signal(str)
    """How far the exercise under way is, in few words."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("exercisePane")
        self.setAccessibleName("Exercise")
        self.shell = shell
        self.course: Course | None = None
        self.checks: list[_CheckLine] = []
        self.questions: dict[str, QuestionField] = {}
        self._shown: tuple[object, ...] = ()
        self._next_press: QPushButton | None = None
        self._hint: QPushButton | None = None
        self._choosing = False  # the ladder is shown, whatever is under way
        self._head = label("Exercises", "caption")
        self.fold = button("Hide", lambda: self.folded.emit(True), "link", tip=f"Hide or show the exercise ({KEYS})")
        head = in_a_row((self._head, 1), self.fold)
        self._title = label("", "cardTitle")
        self._body = stacked(gap="s")
        inside = boxed(stacked(self._body, 1, edges=("m", 0, "m", "m")))
        inside.setObjectName("exerciseBody")
        self.area = scrolled(inside)
        self._buttons, self._problem = stacked(), stacked()
        above = stacked(head, self._title, edges=("m", 0, "m", 0))
        below = stacked(self._problem, self._buttons, edges=("m", 0, "m", 0))
        edges: Edges = (theme.current().size("focus"), "s", 0, "s")
        stacked(above, (self.area, 1), line(), below, within=self, gap="xs", edges=edges)
        self._timer = QTimer(self, interval=REFRESH_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        shell.operations.changed.connect(lambda _: self._timer.start())
        shell.operations.done.connect(self._see_whether_recorded)
        self.fill(False)

    @property
    def usual_width(self) -> int:
        """How wide it is beside a page: more where text is large."""
        return max(theme.current().size("help"), _LETTERS * self.fontMetrics().averageCharWidth())

    def fill(self, whole: bool) -> None:
        """Take all the room there is, or stand beside a page."""
        least = most = self.usual_width
        name = "Hide"
        if whole:
            least, most, name = 0, _NO_BOUND, "Back to the page"
        self.setMinimumWidth(least)
        self.setMaximumWidth(most)
        self.fold.setText(name)

    def changeEvent(self, event: QEvent) -> None:
        """Draw everything anew in a new look; icons have the old one."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.course is not None:
            self._timer.start()

    def _see_whether_recorded(self, result: object) -> None:
        """A report that is made is an entry in the log, and changes nothing that is shown elsewhere."""
        trace = getattr(result, "trace", None)
        if trace is not None and trace.entries:
            self._timer.start()

    # --- asking ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Have everything judged as it is now."""
        self._ask(services.training.progress.refresh)

    def start(self, key: str) -> None:
        """Begin an exercise, or begin it again."""
        self.shell.operations.run_with_app(
            lambda app: services.training.progress.start(app, key), self._started, self._failed, "Starting the exercise"
        )

    def answer(self, question: str, value: str) -> None:
        """Answer a question."""
        self._ask(lambda app: services.training.progress.answer(app, question, value))

    def hint(self) -> None:
        """Show the next hint."""
        self._ask(services.training.progress.hint)

    def choose(self, choosing: bool = True) -> None:
        """Show the ladder, or the exercise under way again, which goes on meanwhile."""
        self._choosing = choosing
        if self.course is not None:
            self.show_course(self.course)

    def debrief(self) -> None:
        """Open what is said afterwards."""
        if self.course is not None and self.course.exercise is not None:
            self.shell.open_sheet(DebriefingSheet(self.shell, self.course, self.course.exercise))

    def _ask(self, call: Callable[[App], Course]) -> None:
        self.shell.operations.run_with_app(call, self.show_course, self._failed)

    def _started(self, done: Done[Course]) -> None:
        self._choosing = False
        self.shell.replaced.emit()
        self.area.verticalScrollBar().setValue(0)
        self._shown = ()  # begun again, an exercise has the same questions, and none of the answers that were given
        self.show_course(done.value)

    def _failed(self, error: Exception) -> None:
        clear(self._problem)
        self._problem.addWidget(Banner(str(error), "danger"))
        if self.course is None:  # nothing at all can be shown; else a newcomer would be stuck here
            anew = button("Start all exercises over", lambda: self._ask(services.training.progress.begin_anew))
            self._problem.addWidget(anew)

    # --- showing ---------------------------------------------------------------------------------

    def show_course(self, course: Course) -> None:
        """Show how things stand. What is the same stays where it is, with whatever is half typed in it."""
        self.course = course
        clear(self._problem)
        if course.problem:
            self._problem.addWidget(Banner(course.problem, "caution"))
        attempt, shown = course.attempt, self._build_key(course)
        if shown != self._shown:
            self._shown = shown
            self._build(course)
        for check_line, outcome in zip(self.checks, course.outcomes, strict=False):
            check_line.show_outcome(outcome)
        for key, field in self.questions.items():
            field.show_answer(attempt.answers.get(key) if attempt is not None else None)
        if course.exercise is not None and self._hint is not None:
            self._hint.setEnabled(len(course.hints) < len(course.exercise.hints))
            self._show_hints(course.hints)
        self.shown.emit(self.progress_words)

    def _build_key(self, course: Course) -> tuple[object, ...]:
        """What the pane is built anew for where it is another."""
        attempt = course.attempt
        results = tuple(sorted((key, item.passed) for key, item in course.results.items()))
        return (
            theme.current().dark,
            self._choosing,
            tuple(item.key for item in course.exercises),
            attempt and (attempt.exercise, attempt.began_at, attempt.trap, attempt.passed),
            results if attempt is None or self._choosing else None,
        )

    @property
    def progress_words(self) -> str:
        """How far the exercise is, in few words."""
        if self.course is None or self.course.exercise is None:
            return ""
        if self.course.trap is not None:
            return "Open: what was to avoid"
        if self.course.passed:
            return "Goal reached"
        met = sum(outcome.is_met for outcome in self.course.outcomes)
        return f"{met} of {len(self.course.outcomes)}"

    def _build(self, course: Course) -> None:
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus) and focus is not self.fold
        clear(self._body)
        clear(self._buttons)
        self.checks, self.questions, self._hint = [], {}, None
        self.area.verticalScrollBar().setValue(0)  # the verdict stands at the top
        if course.exercise is None or self._choosing:
            self._show_ladder(course)
        else:
            place = f"Exercise {course.position} of {len(course.exercises)} · " if course.position else ""
            self._head.setText(f"{place}{course.exercise.rung.capitalize()}")
            self._title.setText(course.exercise.title)
            if course.trap is not None:
                self._show_trap(course, course.trap.explains)
            elif course.passed:
                self._show_passed(course, course.exercise)
            else:
                self._show_under_way(course, course.exercise)
        if had_focus and self._next_press is not None:
            self._next_press.setFocus()  # what had it is gone

    def _show_ladder(self, course: Course) -> None:
        self._head.setText("Practice")
        self._title.setText("Exercises")
        put(self._body, "Nothing here is real. Each exercise begins with the same practice agency; try what you like.")
        rung = ""
        for item in course.exercises:
            if item.rung != rung:
                rung = item.rung
                self._body.addWidget(label(rung.capitalize(), "strong"))
            self._body.addWidget(_Choice(item, course, self.start))
        if course.exercise is not None and course.is_open:
            back = button(f"Back to: {course.exercise.title}", lambda: self.choose(False), "primary")
            self._put_buttons(back)
        elif (exercise := course.first_open) is not None:
            done = any(result.passed for result in course.results.values())
            self._put_buttons(self._next_button(exercise, f"{'Next' if done else 'Start'}: {exercise.title}"))

    def _show_under_way(self, course: Course, exercise: Exercise) -> None:
        put(self._body, *paragraphs(exercise.situation), Card("Your goal", exercise.goal))
        now, answers = self.shell.app.clock.now(), course.attempt.answers if course.attempt is not None else {}
        for question in exercise.question:
            answer = answers[question.key].value if question.key in answers else ""
            field = QuestionField(question, answer, now, self.shell.zone)
            field.answered.connect(self.answer)
            self.questions[question.key] = field
            self._body.addWidget(field)
        self._body.addWidget(label("Reached so far", "strong"))
        self._show_checks(course)
        self._hint, self._hints = button("Hint", self.hint), KeyedRows()
        self._body.addWidget(self._hints)
        self._put_buttons(self._hint, self._again_button(exercise), self._ladder_button())

    def _show_hints(self, hints: Sequence[str]) -> None:
        """The hints so far, below all that is half typed; a new one comes into view."""
        said = [f"Hint {number} of 3: {hint}" for number, hint in enumerate(hints, 1)]
        is_new = len(said) > len(self._hints.findChildren(Banner))
        self._hints.show_rows(Row(text, text, partial(Banner, text, "info")) for text in said)
        if is_new:
            QTimer.singleShot(0, self, self._show_newest)

    def _show_checks(self, course: Course) -> None:
        self.checks = [_CheckLine(outcome.says) for outcome in course.outcomes]
        put(self._body, *self.checks)

    def _show_newest(self) -> None:
        """The newest hint is at the end; it comes into view."""
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _show_trap(self, course: Course, explains: str) -> None:
        avoided = Banner("This is what you were meant to avoid. Here it cost nothing.", "danger")
        put(self._body, avoided, *paragraphs(explains))
        if course.exercise is not None:
            again = self._again_button(course.exercise)
            again.setProperty("kind", "primary")
            self._put_buttons(again, button("Debriefing …", self.debrief), self._ladder_button())

    def _show_passed(self, course: Course, exercise: Exercise) -> None:
        self._body.addWidget(Banner("Goal reached.", "positive"))
        self._show_checks(course)
        put(self._body, paragraphs(exercise.debriefing.text)[0])
        debrief = button("Debriefing …", self.debrief)
        if course.following is None:
            self._put_buttons(debrief, self._again_button(exercise), self._ladder_button())
        else:
            self._put_buttons(debrief, self._next_button(course.following, "Next"), self._ladder_button())

    def _put_buttons(self, *buttons: QPushButton) -> None:
        self._next_press = next((b for b in buttons if b.property("kind") == "primary"), buttons[0])
        self._buttons.addLayout(Flow(*buttons))

    def _next_button(self, exercise: Exercise, text: str) -> QPushButton:
        return button(text, lambda: self.start(exercise.key), "primary", tip=exercise.title)

    def _again_button(self, exercise: Exercise) -> QPushButton:
        return button("Start again", lambda: self.start(exercise.key), tip="The practice agency starts over")

    def _ladder_button(self) -> QPushButton:
        button_ = button("Exercises", self.choose, tip="All exercises")  # short, so that all buttons stay in one line
        button_.setAccessibleName("All exercises")
        return button_


class _CheckLine(QWidget):
    """A check with its tick; while it is not met, what is missing stands below."""

    def __init__(self, says: str) -> None:
        super().__init__()
        self._tick, self._missing = QLabel(), label("", "muted")
        set_plain(self._tick)
        words = stacked(says, self._missing, gap=0)
        in_a_row(self._tick, (words, 1), within=self, gap="xs")

    def show_outcome(self, outcome: Outcome) -> None:
        """Tick it, or say what is missing."""
        side = theme.current().size("icon")
        icon, colour, said = "pending", "muted", "Not yet"
        if outcome.is_met:
            icon, colour, said = "positive", "positive", "Reached"
        self._tick.setPixmap(theme.icon(icon, colour).pixmap(side, side))
        self._tick.setProperty("alignment", "AlignTop")
        self._missing.setText(outcome.missing)
        self._missing.setVisible(not outcome.is_met)
        self.setAccessibleName(f"{said}: {outcome.says}. {outcome.missing}")


class _Choice(QWidget):
    """An exercise of the ladder: its name, about how long it takes, and what came of it."""

    def __init__(self, exercise: Exercise, course: Course, start: Callable[[str], None]) -> None:
        super().__init__()
        result = course.results.get(exercise.key)
        name = button(exercise.title, lambda: start(exercise.key), "link")
        name.setAccessibleName(f"Start: {exercise.title}")
        across = stacked(name, within=self, gap=0)
        said = f"About {exercise.minutes} minutes"
        if result is not None:
            hints = filled(", hints used: {}", result.hints)
            said = f"{'Goal reached' if result.passed else 'Begun'}{hints}"
        if result is not None and result.passed:
            across.addWidget(Badge(said, "positive"))
        else:
            across.addWidget(label(said, "caption"))
