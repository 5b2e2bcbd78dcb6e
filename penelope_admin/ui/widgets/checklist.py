"""The check-list after an upgrade or a refresh, each line answered where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.checklists import RESULT_NAMES
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Badge, Card, button, clear, label, line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.statements import fold

if TYPE_CHECKING:
    from penelope_admin.domain.checklists import CheckList, Line, LineAnswer, Result
    from penelope_admin.domain.requests import Wish

_PRESSES = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select)
_ROLES: dict[Result, Role] = {"pass": "positive", "fail": "danger", "cannot-tell": "caution"}


class _LineRow(QWidget):
    """What is shown of one line."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.current().space("xs"))

    @property
    def _area(self) -> QScrollArea | None:
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        return above

    @property
    def is_in_view(self) -> bool:
        """Whether all of it can be seen, or as much of it as there is room for."""
        area = self._area
        room = area.viewport().height() if area is not None else self.height()
        return self.visibleRegion().boundingRect().height() >= min(self.height(), room)

    def come_into_view(self) -> None:
        """Scroll to it, as far as is needed."""
        if (area := self._area) is not None:
            area.ensureWidgetVisible(self, 0, theme.current().space("s"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """No key answers a line that is out of sight, and one that is held down answers no line after its first."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or event.key() not in _PRESSES:
            return False
        if event.isAutoRepeat():
            return True
        if self.is_in_view:
            return False
        self.come_into_view()
        return True


class CheckListCard(Card):
    """The lines of one upgrade or refresh. A pass takes one click; the other answers ask for a word more."""

    placing = Signal()
    """Everything needs its place now: a line is about to be brought into view."""

    def __init__(self, desk: Desk, found: CheckList) -> None:
        day = words.day(found.event.at.astimezone(desk.zone).date())
        super().__init__(f"Check-list after the {found.occasion} of {day}")
        self._desk, self._found = desk, found
        self._standing = QVBoxLayout()
        self.add(self._standing)
        self._show_standing()
        for text in _introduction(desk, found):
            self.add(label(text, "muted"))
        self._box = QWidget()
        self._lines = QVBoxLayout(self._box)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.current().space("xs"))
        self._rows: dict[int, _LineRow] = {}
        self._answerable: dict[int, QPushButton] = {}
        if found.is_finished:
            fold(self, "Show the lines", "Hide the lines", self._box)
        else:
            self.add(self._box)

    def steps(self) -> list[Callable[[], object]]:
        """What fills the card, a line at a time."""
        return [partial(self._add, item) for item in self._found.lines]

    def can_take(self, found: CheckList) -> bool:
        """Whether only answers differ from what is shown, so that `take` is enough."""
        before = self._found
        return (
            replace(found, lines=()) == replace(before, lines=())
            and found.is_finished == before.is_finished
            and [item.effect for item in found.lines] == [item.effect for item in before.lines]
            and len(self._rows) == len(found.lines)
        )

    def take(self, found: CheckList) -> None:
        """Show other answers, each in its line; where the focus was on such a line, it goes on to the next open one."""
        before, self._found = self._found, found
        self._show_standing()
        for old, new in zip(before.lines, found.lines, strict=True):
            if new != old:
                self._change(self._rows[new.effect.number], new)

    def _change(self, row: _LineRow, item: Line) -> None:
        """Fill a line anew. The focus goes on before its button is gone, for Qt would take it anywhere."""
        number, focus = item.effect.number, self.window().focusWidget()
        had_focus = focus is not None and row.isAncestorOf(focus)
        self._answerable.pop(number, None)
        if had_focus:
            self.focus_first(after=number)
        before = row.findChildren(QWidget)
        clear(row.column)
        self._fill(row, item)
        for made in row.findChildren(QWidget):
            if made not in before:
                made.show()  # at once, or the line would be low until the event loop comes to it
        if had_focus:
            self.focus_first(after=number)  # into view, now that everything has its final place

    def _show_standing(self) -> None:
        clear(self._standing)
        found = self._found
        role: Role = "danger" if found.failed else "positive" if found.is_finished else "caution"
        self._standing.addLayout(Flow(Badge(found.standing, role)))

    def focus_first(self, after: int = 0) -> None:
        """Put the focus on the first line that is to be answered, after the one of a number if there is one there.

        The line comes into view.
        """
        following = [number for number in sorted(self._answerable) if number > after]
        for number in (following or sorted(self._answerable))[:1]:
            self._answerable[number].setFocus()
            self.placing.emit()
            self._rows[number].come_into_view()

    def _add(self, item: Line) -> None:
        row = self._rows[item.effect.number] = _LineRow()
        self._lines.addWidget(row)
        self._fill(row, item)

    def _fill(self, row: _LineRow, item: Line) -> None:
        effect, answer = item.effect, item.answer
        row.column.addWidget(line())
        row.column.addWidget(label(f"{effect.number}.  {effect.text}"))
        if answer is None:
            row.column.addWidget(label(f"How to look: {effect.check}", "muted"))
        else:
            row.column.addLayout(Flow(Badge(RESULT_NAMES[answer.result], _ROLES[answer.result])))
            row.column.addWidget(label(_said(answer, self._desk), "muted"))
        row.column.addLayout(self._deeds(item))

    def _deeds(self, item: Line) -> Flow:
        number = item.effect.number
        passed = button("Pass", partial(self.answer, number, "pass"))
        others = [
            button("Fail …", partial(self.ask, item, "fail")),
            button("Cannot tell …", partial(self.ask, item, "cannot-tell")),
            button("With a remark or file …", partial(self.ask, item, "pass"), "link"),
        ]
        if item.answer is None:
            row = [passed, *others]
            self._answerable[number] = passed
        else:
            row = [button("Change …", partial(self.ask, item, item.answer.result), "link")]
            if item.answer.result == "fail":
                row.insert(0, button("Ask Support …", partial(self.ask_support, number), "primary"))
        for deed in row:
            deed.setAccessibleName(f"Line {number}: {deed.text()}")
            deed.installEventFilter(self._rows[number])
        return Flow(*row)

    def answer(self, number: int, result: Result) -> None:
        """Record an answer without more words."""
        event = self._found.event.id
        self._desk.operations.run(
            lambda context: context.write(services.checklists.answer, event, number, result),
            lambda done: self._desk.said.emit(f"{done.value.standing}."),
        )

    def ask(self, item: Line, result: Result) -> None:
        """Open the sheet for an answer with a remark or a file."""
        from penelope_admin.ui.dialogs.answer import AnswerSheet

        self._desk.open_sheet(AnswerSheet(self._desk, self._found, item, result))

    def ask_support(self, number: int) -> None:
        """Open a request to Support that is filled in already."""
        event = self._found.event.id
        self._desk.operations.run(lambda context: context.read(services.checklists.wish_for, event, number), self._open)

    def _open(self, wish: Wish) -> None:
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self._desk, wish.kind, wish)


def _introduction(desk: Desk, found: CheckList) -> tuple[str, ...]:
    """What the lines are, and whose words."""
    checking = desk.policy.checking
    if found.occasion == "refresh":
        source = desk.policy.source_name(checking)
        return (
            "What to look at before anything is switched on: a refresh may have brought it along from production. "
            f"{checking.note} ({source})",
        )
    source = desk.policy.source_name(found.lines[0].effect) if found.lines else ""
    return (f"What the vendor says an upgrade does here ({source}). See for yourself, line by line. {checking.note}",)


def _said(answer: LineAnswer, desk: Desk) -> str:
    """Who said it when, on what it rests."""
    parts = [f"{answer.by}, {words.moment(answer.at, desk.zone)}"]
    if answer.remark:
        parts.append(answer.remark)
    if answer.evidence:
        parts.append(f"File {answer.evidence.name}, SHA-256 {answer.evidence.sha256[:16]}…")
    if answer.proof_id:
        parts.append("From a check of data")
    return ". ".join(parts) + "."
