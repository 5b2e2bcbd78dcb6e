"""A guided run through a check-list: one check at a time, with keys, and at the end the whole list on one page.

Nothing but the words change from check to check: the buttons stay where they are and keep the focus. A key that is held
down, and the second half of a double click, answer nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QSizePolicy, QStackedWidget, QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.checklists import RESULT_NAMES, offered_answer
from penelope_admin.domain.features import full_name
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui import format as words
from penelope_admin.ui.models.keyed import Column
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Badge,
    Banner,
    Button,
    Card,
    Tick,
    boxed,
    button,
    clear,
    in_a_row,
    label,
    put,
    scrolled,
    settle,
    stacked,
    ticked,
)
from penelope_admin.ui.widgets.fields import text_line
from penelope_admin.ui.widgets.files import TakesDrops, ask_source, dropped_files
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import Choice
from penelope_admin.ui.widgets.keyed import KeyedRows, Row, row_if
from penelope_admin.ui.widgets.presses import HearsPresses
from penelope_admin.ui.widgets.rows_table import RowsTable

if TYPE_CHECKING:
    from penelope_admin.domain.checklists import CheckList, Line, LineAnswer, Result
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.theme import Role

_ROLES: dict[Result, Role] = {"pass": "positive", "fail": "danger", "cannot-tell": "caution"}
_KEYS: dict[Result, str] = {"pass": "P", "fail": "F", "cannot-tell": "C"}
NO_FILE = "Drop a file here as evidence: its name and SHA-256 are kept, the file is not."
_LEAST_LINES = 5
"""Of the whole list, so many are in view at once however little room there is."""


class _Answer(Button):
    """A large button that answers once for each press of a key or the mouse."""

    def __init__(self, text: str, key: str, role: Role) -> None:
        super().__init__(f"{text} ({key})")
        self.setAutoDefault(False)
        self.setProperty("answer", role)
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"Key {key}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(2 * theme.current().row_height())
        self.setFont(theme.current().font("card", bold=True))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter answer when they go down, once for each time; everything else is the page's."""
        if event.key() not in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not self.is_echo(event):
            self.click()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Nothing happens when a key comes up."""
        super().keyReleaseEvent(event)
        event.ignore()


class _Progress(QWidget):
    """A box for each check, in the colour of its answer; the current one is framed."""

    def __init__(self) -> None:
        super().__init__()
        self._results: list[Result | None] = []
        self._current = 0
        self.setFixedHeight(theme.current().size("dot"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_progress(self, check_list: CheckList, current: int) -> None:
        """Show how far a list is."""
        self._results = [line.result for line in check_list.lines]
        self._current = current
        self.setAccessibleName(check_list.standing)
        self.update()

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(theme.current().size("nav"), theme.current().size("dot"))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = self.width() / max(len(self._results), 1)
        for number, result in enumerate(self._results):
            area = QRectF(number * step + 1, 2, step - 3, self.height() - 4)
            painter.setPen(tokens.colour("text" if number == self._current else "border"))
            painter.setBrush(tokens.colour(_ROLES[result] if result else "surface"))
            painter.drawRoundedRect(area, 2, 2)


class GuidedRun(TakesDrops, HearsPresses, QWidget):
    """The run of one check-list. It can be stopped and goes on where it was."""

    left = Signal()
    """Back to the database."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("page")
        self.shell = shell
        self.check_list: CheckList  # from the start of the first run on
        self.current = 0
        self.file: Path | None = None
        self._saving = False
        self.title, self._standing = label("", "pageTitle"), label("", "muted")
        self._progress = _Progress()
        self._introduction = label("", "muted")
        self._problem = KeyedRows()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._check_page())
        self._stack.addWidget(self._list_page())
        self.stop = button("Stop, go on later", self.leave)
        self._other = button("Show the whole list", self._flip)
        stacked(
            self.title, self._standing, self._progress, self._problem, (self._stack, 1),
            Flow(self._back, self._skip, self._other, self.stop), within=self, gap="xs", edges="l",
        )  # fmt: skip
        self.setAcceptDrops(True)
        self._bind("Esc", self.leave)
        self._bind("Alt+Left", self.back)

    def _bind(self, keys: str, does: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self, does)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """P, F and C answer; in a field they are letters, and do not come here."""
        result = next((result for result, key in _KEYS.items() if event.text().upper() == key), None)
        if result is None or event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            super().keyPressEvent(event)
        elif not self.is_echo(event):
            self.answer(result)

    # --- how it is laid out ----------------------------------------------------------------------

    def _check_page(self) -> QWidget:
        """The check in the middle, scrolling if it must; the answers below it, always in view."""
        self.check = QFrame()
        self.check.setObjectName("card")
        self.check.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._text, self._how = label("", "lead"), label()
        self._said = KeyedRows("xs")
        self.note = text_line("", "What you saw (optional). No client details, please.", "What you saw (optional)")
        self.note.setAcceptDrops(False)  # a file is evidence, wherever it lands
        self._file_name = label(NO_FILE, "caption")
        self._fail_column = stacked()
        self._fail_box = boxed(self._fail_column)
        self._fail_box.hide()
        self.ticks: dict[str, Tick] = {}
        stacked(
            self._text, label("How to check", "strong"), self._how, self._introduction, self._said, self.note,
            in_a_row(button("Attach a file …", self.choose_file), (self._file_name, 1)), self._fail_box, 1,
            within=self.check, gap="s", edges="m",
        )  # fmt: skip
        self.area = scrolled(self.check)
        self.answers = {result: _Answer(RESULT_NAMES[result], key, _ROLES[result]) for result, key in _KEYS.items()}
        for result, answer_button in self.answers.items():
            answer_button.clicked.connect(partial(self.answer, result))
        below = in_a_row(*self.answers.values())
        self._back, self._skip = button("‹ Back", self.back, repeats=True), button("Skip ›", self.skip, repeats=True)
        return boxed(stacked((self.area, 1), below, gap="xs"))

    def _list_page(self) -> QWidget:
        """Every check in one line, to look through, to change, to print."""
        self.list: RowsTable[Line] = RowsTable(
            self.shell, "check-list", "The checks", self._columns(), lambda line: line.effect.number,
            most=None, choices=self._line_choices,
        )  # fmt: skip
        self.list.opened.connect(self._answer_chosen)
        self.list.chose.connect(self._show_chosen_line)
        self._summary = label("", "strong")
        self._change = button("Answer this check", self._answer_chosen, "primary")
        self._ask = button("Ask Support about it …", self._ask_chosen)
        self._print = button("Print …", self.print_list)
        self._by_hand = button("Print to tick by hand …", self.print_by_hand)
        self.detail = label("", "muted", selectable=True)
        self.list.setMinimumHeight((_LEAST_LINES + 1) * theme.current().row_height())
        below = Flow(self._change, self._ask, self._print, self._by_hand)
        return scrolled(Card("", self._summary, (self.list, 1), self.detail, below))

    def _columns(self) -> list[Column[Line]]:
        return [
            Column("No.", lambda line: str(line.effect.number)),
            Column("Answer", lambda line: self.check_list.result_name(line)),
            Column("By", lambda line: line.answer.by if line.answer else ""),
            Column("Check", lambda line: line.effect.text),
        ]

    # --- what is shown ---------------------------------------------------------------------------

    def start(self, check_list: CheckList) -> None:
        """Begin, or go on at the first check that is open; a list without one is shown as a whole."""
        self._take(check_list)
        self._problem.show_rows([])
        if check_list.is_over:
            self._show_list()
            return
        self._show(self._first_open())

    def take(self, check_list: CheckList) -> None:
        """Show other answers; the check that is looked at, and what was typed about it, stay."""
        self._take(check_list)
        self._show_said()

    def _take(self, check_list: CheckList) -> None:
        self.check_list = check_list
        day = words.day_of(check_list.event.at, self.shell.zone)
        self.title.setText(f"After the {check_list.occasion} of {day}")
        self._standing.setText(
            f"{self.shell.policy.environment[check_list.event.environment].name}. {check_list.standing}."
        )
        self.list.show_rows(check_list.lines)
        self._summary.setText(f"{check_list.standing}.")
        self.stop.setText("Back to Databases" if check_list.is_over else "Stop, go on later")
        self._progress.show_progress(check_list, self.current)

    def _first_open(self, after: int = -1) -> int:
        open_ = [number for number, line in enumerate(self.check_list.lines) if line.answer is None]
        later = [number for number in open_ if number > after]
        return (later or open_ or [0])[0]

    @property
    def line(self) -> Line:
        """The check that is looked at."""
        return self.check_list.lines[self.current]

    def _show(self, number: int) -> None:
        """Show a check afresh: nothing typed, no file."""
        self.current = number
        effect, total = self.line.effect, len(self.check_list.lines)
        self._stack.setCurrentIndex(0)
        for part in (self._back, self._skip):
            part.show()
        self._other.setText("Show the whole list")
        self._text.setText(f"{number + 1} of {total}.  {effect.text}")
        self._how.setText(effect.check)
        checking = self.shell.policy.checking
        said = f"What is expected comes from: {self.shell.policy.source_name(effect)}. {checking.note}"
        self._introduction.setText(said)
        self.check.setAccessibleName(f"Check {number + 1} of {total}: {effect.text}")
        self.check.setAccessibleDescription(f"How to check: {effect.check}")
        self.note.clear()
        self._set_file(None)
        self._fail_box.hide()
        self._show_said()
        self._back.setEnabled(number > 0)
        self._progress.show_progress(self.check_list, number)
        self.area.verticalScrollBar().setValue(0)
        if not any(button_.hasFocus() for button_ in (*self.answers.values(), self._skip)):
            self.check.setFocus()

    def _show_said(self) -> None:
        said = row_if("said", self.line.answer, self._make_said)
        offered = row_if("offered", offered_answer(self.line, self.shell.zone), _make_offered)
        self._said.show_rows([*said, *offered])

    def _make_said(self, answer: LineAnswer) -> QWidget:
        badge = Badge(RESULT_NAMES[answer.result], _ROLES[answer.result])
        return boxed(in_a_row(badge, (label(self._who(answer), "muted"), 1)))

    def _who(self, answer: LineAnswer | None) -> str:
        """Who said it when, on what it rests."""
        if answer is None:
            return "Nobody has looked yet."
        parts = [f"{answer.by}, {words.moment(answer.at, self.shell.zone)}"]
        if answer.remark:
            parts.append(answer.remark)
        if answer.evidence:
            parts.append(f"File {answer.evidence.name}, SHA-256 {answer.evidence.sha256[:16]}…")
        if answer.proof_id:
            parts.append("From a check of data")
        return ". ".join(parts) + "."

    # --- answering -------------------------------------------------------------------------------

    def answer(self, result: Result) -> None:
        """Answer the check that is shown; a failure that has consequences is confirmed first."""
        line = self.line
        if self._saving or self._stack.currentIndex():
            return
        if result == "fail" and (line.effect.proven_by_data or line.effect.features):
            self._ask_about_failure(line)
            return
        self._save(result)

    def _ask_about_failure(self, line: Line) -> None:
        """What the failure means, and which features were seen on."""
        clear(self._fail_column)
        self.ticks = {}
        if line.effect.proven_by_data:
            self._fail_column.addWidget(
                Banner(
                    "If you record this, contact details in this database count as real until this check is answered "
                    "otherwise.",
                    "danger",
                )
            )
        if line.effect.features:
            self._fail_column.addWidget(
                label(
                    "The features of this check become “not known”, a task for you. Tick those that you saw on; then "
                    "the others stay as they are. Of a locked one that is on, tell Support at once.",
                    "dangerText",
                )
            )
            policy = self.shell.policy
            self.ticks = {key: Tick(full_name(policy, policy.feature[key])) for key in line.effect.features}
            put(self._fail_column, *self.ticks.values())
        confirm = button("Record the failure", lambda: self._save("fail"), "danger")
        self._fail_column.addLayout(Flow(confirm, button("Never mind", self._never_mind)))
        self._fail_box.show()
        self.note.setFocus()
        settle()
        self.area.ensureWidgetVisible(confirm)

    def _never_mind(self) -> None:
        self._fail_box.hide()
        self.check.setFocus()

    def _save(self, result: Result) -> None:
        if self._saving:
            return
        self._saving = True
        self._problem.show_rows([])
        event, number, note, file = self.check_list.event.id, self.line.effect.number, self.note.text(), self.file
        still_on = ticked(self.ticks) if result == "fail" else ()

        def answer(context: Context) -> Done[CheckList]:
            evidence = mapped(file, services.mirror.checklists.read_file)
            return context.write(services.mirror.checklists.answer, event, number, result, note, evidence, still_on)

        self.shell.operations.run(answer, self._saved, self._failed, "Saving")

    def _saved(self, done: Done[CheckList]) -> None:
        self._saving = False
        self.ticks = {}
        was_new = self.line.answer is None
        self.take(done.value)
        if done.value.is_over or not was_new:
            self._show_list()
        else:
            self._show(self._first_open(self.current))

    def _failed(self, error: Exception) -> None:
        """Say what is missing beside the check; nothing that was typed is lost."""
        self._saving = False
        text = str(error)
        self._problem.show_rows([Row("problem", text, lambda: Banner(text, "danger"))])
        self.note.setFocus()
        self.area.ensureWidgetVisible(self.note)

    def skip(self) -> None:
        """Leave this check open and go to the next one."""
        if not self._saving:
            self._show((self.current + 1) % len(self.check_list.lines))

    def back(self) -> None:
        """The check before, to look at it again."""
        if self.current and not self._saving and not self._stack.currentIndex():
            self._show(self.current - 1)

    def leave(self) -> None:
        """Stop: every answer is kept, and the run goes on where it was."""
        self.left.emit()

    # --- evidence --------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Take a file as evidence."""
        ask_source(self, "Attach a file", "", self._set_file)

    def _set_file(self, file: Path | None) -> None:
        self.file = file
        said = "{} goes with the answer: its name and SHA-256 are kept, the file is not."
        self._file_name.setText(said.format(words.breakable(file.name)) if file else NO_FILE)

    def source_in(self, data: QMimeData) -> list[Path]:
        """Files are welcome anywhere on the page: the first goes with the answer to the check that is shown."""
        return dropped_files(data) if not self._stack.currentIndex() else []

    def take_dropped(self, dropped: list[Path]) -> None:
        """Take the first as evidence."""
        self._set_file(dropped[0])

    # --- the whole list --------------------------------------------------------------------------

    def _flip(self) -> None:
        if self._stack.currentIndex():
            self._show(self.current)
        else:
            self._show_list()

    def _show_list(self) -> None:
        first = self.line
        if self.check_list.is_over:
            first = next(iter(self.check_list.failed), first)
        self.list.choose(first.effect.number)
        self._stack.setCurrentIndex(1)
        for part in (self._back, self._skip):
            part.hide()
        self._other.setText("One check at a time")
        self._show_chosen_line()
        self.list.setFocus()

    def _show_chosen_line(self) -> None:
        line = self.list.chosen
        self._change.setEnabled(line is not None)
        self._ask.setEnabled(line is not None and line.result == "fail")
        if line is not None:
            self._change.setText(_answering(line))
            result = self.check_list.result_name(line)
            self.detail.setText(words.breakable(f"{result}: {line.effect.text} {self._who(line.answer)}"))

    def _line_choices(self, line: Line) -> list[Choice]:
        choices = [Choice(_answering(line), self._answer_chosen)]
        if line.result == "fail":
            choices.append(Choice("Ask Support about it …", self._ask_chosen))
        return choices

    def _answer_chosen(self) -> None:
        if self.list.chosen is not None:
            self._show(self.list.currentIndex().row())

    def _ask_chosen(self) -> None:
        """Open a request to Support about a failed check that is filled in already."""
        event, line = self.check_list.event.id, self.list.chosen
        if line is not None:
            number = line.effect.number
            self.shell.operations.run(
                lambda context: context.read(services.mirror.checklists.input_for, event, number),
                lambda entered: dialogs.request.open_request_sheet(self.shell, entered.kind, entered),
            )

    def print_list(self) -> None:
        """Print the list with its answers, on one page."""
        from penelope_admin.ui.printing import check_list_html, print_html

        print_html(self, self.shell, check_list_html(self.shell, self.check_list))

    def print_by_hand(self) -> None:
        """Print the list with boxes instead of answers, or save it as PDF."""
        dialogs.paper.open_paper(self.shell, "check-list", self.check_list.event.id)


def _make_offered(offered: str) -> QWidget:
    return Banner(f"{offered} If they still are, Pass records it with this source.", "info")


def _answering(line: Line) -> str:
    """What the button says that leads to a check."""
    return "Change the answer" if line.answer else "Answer this check"
