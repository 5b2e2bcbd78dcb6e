"""The sheet after an exercise: what it was about, what the learner did beside what an expert does, and a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout

from penelope_admin import services
from penelope_admin.services.training.exercises import paragraphs
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Banner, Card, button, in_a_row, label, stacked
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.training.exercises import Exercise
    from penelope_admin.services.training.progress import Course
    from penelope_admin.ui.shell import Shell

_LINES = 3


class DebriefingSheet(Sheet):
    """What is said afterwards. What the learner writes is kept in the practice folder alone."""

    def __init__(self, shell: Shell, course: Course, exercise: Exercise) -> None:
        super().__init__(shell, f"Debriefing: {exercise.title}", wide=True)
        said = exercise.debriefing
        self.add(
            *paragraphs(said.text),
            Banner(f"The rule: {said.rule} ({shell.policy.source_name(said)})", "info"),
            in_a_row((self._done(course), 1), (self._expert(said.expert), 1), gap="s"),
        )
        self.thought = LongText(course.thought)
        self.thought.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES + 2 * theme.current().space("s"))
        self.field(said.question, self.thought, "Your answer stays on this computer. Nobody marks it.")
        self._kept = label("", "muted")
        keep = button("Keep my answer", self._keep)
        self.add(in_a_row(keep, (self._kept, 1)))

    def _done(self, course: Course) -> Card:
        card = Card("What you did")
        if not course.log:
            card.add(label("You found out all of it by looking. Nothing was changed.", "muted"))
        for line in course.log:
            at = words.stamp(line.at, self.shell.zone, self.shell.app.clock.now())
            where = "" if line.number else " (in Penelope)"
            card.add(_step(at, f"{line.says}{where}."))
        card.add(1)
        return card

    @staticmethod
    def _expert(steps: tuple[str, ...]) -> Card:
        return Card("What an expert does", *(_step(f"{number}", step) for number, step in enumerate(steps, 1)), 1)

    def _keep(self) -> None:
        text = self.thought.toPlainText()
        self.shell.operations.run_with_app(
            lambda app: services.training.progress.keep_thought(app, text),
            lambda _: self._kept.setText("Kept, on this computer only."),
            lambda error: self._kept.setText(str(error)),
        )


def _step(head: str, text: str) -> QBoxLayout:
    return stacked(label(head, "caption"), text, gap=0)
