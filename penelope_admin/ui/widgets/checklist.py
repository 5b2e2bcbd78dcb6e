"""The check-list after an upgrade, a line for each effect, answered where it stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from penelope_admin import services
from penelope_admin.domain.checklists import RESULT_NAMES
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Badge, Card, button, label, line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.statements import fold

if TYPE_CHECKING:
    from penelope_admin.domain.checklists import CheckList, Line, LineAnswer, Result
    from penelope_admin.domain.requests import Wish

_ROLES: dict[Result, Role] = {"pass": "positive", "fail": "danger", "cannot-tell": "caution"}


class CheckListCard(Card):
    """The lines of one upgrade. A pass takes one click; the other answers ask for a word more."""

    def __init__(self, desk: Desk, found: CheckList) -> None:
        day = words.day(found.upgrade.at.astimezone(desk.zone).date())
        super().__init__(f"Check-list after the upgrade of {day}")
        self._desk, self._found = desk, found
        role: Role = "danger" if found.failed else "positive" if found.is_finished else "caution"
        self.add(Flow(Badge(found.standing, role)))
        self.add(label("What the vendor says an upgrade does here. See for yourself, line by line.", "muted"))
        self._box = QWidget()
        self._lines = QVBoxLayout(self._box)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.current().space("xs"))
        self._answerable: dict[int, QPushButton] = {}
        if found.is_finished:
            fold(self, "Show the lines", "Hide the lines", self._box)
        else:
            self.add(self._box)

    def steps(self) -> list[Callable[[], object]]:
        """What fills the card, a line at a time."""
        return [partial(self._add, item) for item in self._found.lines]

    def focus_first(self, after: int = 0) -> None:
        """Put the focus on the first line that is to be answered, after the one of a number if there is one there."""
        following = [deed for number, deed in self._answerable.items() if number > after]
        if (deed := next(iter(following or self._answerable.values()), None)) is not None:
            deed.setFocus()

    def _add(self, item: Line) -> None:
        effect, answer = item.effect, item.answer
        self._lines.addWidget(line())
        self._lines.addWidget(label(f"{effect.number}.  {effect.text}"))
        if answer is None:
            self._lines.addWidget(label(f"How to look: {effect.check}", "muted"))
        else:
            self._lines.addLayout(Flow(Badge(RESULT_NAMES[answer.result], _ROLES[answer.result])))
            self._lines.addWidget(label(_said(answer, self._desk), "muted"))
        self._lines.addLayout(self._deeds(item))

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
            row = [button("Answer again …", partial(self.ask, item, item.answer.result), "link")]
            if item.answer.result == "fail":
                row.insert(0, button("Ask Support …", partial(self.ask_support, number), "primary"))
        for deed in row:
            deed.setAccessibleName(f"Line {number}: {deed.text()}")
        return Flow(*row)

    def answer(self, number: int, result: Result) -> None:
        """Record an answer without more words."""
        upgrade = self._found.upgrade.id
        self._desk.operations.run(
            lambda context: services.checklists.answer(context, upgrade, number, result),
            lambda done: self._desk.said.emit(f"{done.value.standing}."),
        )

    def ask(self, item: Line, result: Result) -> None:
        """Open the sheet for an answer with a remark or a file."""
        from penelope_admin.ui.dialogs.answer import AnswerSheet

        self._desk.open_sheet(AnswerSheet(self._desk, self._found, item, result))

    def ask_support(self, number: int) -> None:
        """Open a request to Support that is filled in already."""
        upgrade = self._found.upgrade.id
        self._desk.operations.run(lambda context: services.checklists.wish_for(context, upgrade, number), self._open)

    def _open(self, wish: Wish) -> None:
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self._desk, wish.kind, wish)


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
