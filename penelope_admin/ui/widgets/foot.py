"""What can be done with what is shown: one next step, one other thing, and the rest under More."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QMenu, QPushButton

from penelope_admin.ui import format as words
from penelope_admin.ui.widgets.basics import Distance, button, in_a_row, label, show_text, stacked
from penelope_admin.ui.widgets.flow import Flow


@dataclass(frozen=True)
class Choice:
    """Something to do: what its button says, and the action itself."""

    name: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Foot:
    """What stands at the foot of something.

    Attributes:
        primary: the next step; None when there is nothing to do.
        other: the other answer to the question.
        more: everything else.
        question: what is asked, or why nothing is.
    """

    primary: Choice | None = None
    other: Choice | None = None
    more: tuple[Choice, ...] = ()
    question: str = ""


class FootBar(QFrame):
    """What can be done. Its buttons stay the same ones, and the second half of a double click does nothing.

    So a hand that clicks twice answers one question, not the next one too.
    """

    emptied = Signal()
    """What had the focus here is not offered any more, and nothing else either."""

    def __init__(self, *, framed: bool = True) -> None:
        """
        Args:
            framed: as a card of its own; else inside another.
        """
        super().__init__()
        sides: Distance = 0
        if framed:
            self.setObjectName("card")
            sides = "m"
        self.question = label("", "strong")
        self.primary, self.other, self.more = button("", kind="primary"), button(""), button("More")
        self.menu = QMenu(self.more)
        self.more.setMenu(self.menu)
        self._chosen: dict[QPushButton, Choice] = {}
        for button_ in (self.primary, self.other):
            button_.clicked.connect(lambda _=False, button_=button_: self._chosen[button_].run())
        column = stacked(self.question, Flow(self.primary, self.other, self.more), gap="xxs")
        in_a_row(column, within=self, edges=(sides, "xs", sides, "xs"))

    def show_foot(self, foot: Foot) -> None:
        """Show what comes next; the focus goes there from what is not offered any more."""
        held = self.window().focusWidget()
        show_text(self.question, words.breakable(foot.question))
        for button_, choice in ((self.primary, foot.primary), (self.other, foot.other)):
            button_.setVisible(choice is not None)
            if choice is not None:
                self._chosen[button_] = choice
                button_.setText(choice.name)
        self.menu.clear()
        for choice in foot.more:
            self.menu.addAction(choice.name).triggered.connect(lambda _=False, choice=choice: choice.run())
        self.more.setVisible(bool(foot.more))
        if held not in (self.primary, self.other, self.more) or not held.isHidden():
            return
        if self.next_button is not None:
            self.next_button.setFocus()
        else:
            self.emptied.emit()

    @property
    def next_button(self) -> QPushButton | None:
        """The button of the next step; None where there is none."""
        return next((button_ for button_ in (self.primary, self.other) if not button_.isHidden()), None)
