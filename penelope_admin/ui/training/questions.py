"""Fields in which a learner answers an exercise's questions: a moment, a day, a month, yes or no, or a choice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from penelope_admin.clock import find_zone
from penelope_admin.domain.times import month_in_words, place
from penelope_admin.services.training.checks import moment_of
from penelope_admin.services.training.exercises import Question
from penelope_admin.services.training.records import Answer
from penelope_admin.services.training.scene import MONTHS
from penelope_admin.ui.widgets.basics import Badge, WithWords, bring_into_view, button, in_a_row, label, stacked
from penelope_admin.ui.widgets.dates import DateField, MomentField, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField

W = TypeVar("W", bound=QWidget)


class QuestionField(QWidget):
    """A question, the field for its answer, and what is said of the answer."""

    answered = Signal(str, str)
    """The question's key, and the answer as the services take it."""

    def __init__(self, question: Question, answer: str, now: datetime, zone: ZoneInfo) -> None:
        """
        Args:
            answer: the last one, with which the field begins; empty while there is none.
            now: practice time; without an answer, fields begin with it.
            zone: the agency's.
        """
        super().__init__()
        self.question = question
        own = find_zone(question.zone) if question.zone else zone
        self._column = stacked(label(question.ask, "strong"), within=self, gap="xxs")
        self._value = self._put_editor(answer, now, own)
        self.give = button("Check this answer", self._give)
        self._right = Badge("Right", "positive")
        self._not_yet = Badge("Not yet", "caution")
        self._said = in_a_row(self.give, self._right, self._not_yet, 1)
        self._column.addLayout(self._said)
        self._wrong = label("")
        self._column.addWidget(self._wrong)
        self._answer: Answer | None = None
        self._is_asked = False
        self.show_answer(None)

    def _changed(self) -> None:
        """What was said was said of another answer; why that one was wrong stays in its place, to be read again."""
        if not self._not_yet.isHidden():
            self._wrong.setText(f"Your last answer was not right. {self.question.wrong}")
        for said in (self._right, self._not_yet):
            said.hide()

    def show_answer(self, answer: Answer | None) -> None:
        """Show what is kept of the answer, once: the answer in the field may be another by now."""
        if answer is not None and answer == self._answer:
            return
        wrong = answer is not None and not answer.right
        self._right.setVisible(answer is not None and answer.right)
        self._wrong.setText(self.question.wrong if wrong else "")
        for said in (self._not_yet, self._wrong):
            said.setVisible(wrong)
        if wrong and self._is_asked:  # one of an earlier day stays where it is
            bring_into_view(self._wrong)
        self._answer, self._is_asked = answer, self._is_asked and answer is None

    def _give(self) -> None:
        if value := self._value():
            self._answer, self._is_asked = None, True
            self.answered.emit(self.question.key, value)
        else:
            self._wrong.setText("Choose an answer first.")
            self._wrong.show()

    def _put_editor(self, answer: str, now: datetime, zone: ZoneInfo) -> Callable[[], str]:
        """Put the field for this kind of question; gives back what reads it."""
        kind, name = self.question.kind, self.question.ask
        if kind == "moment":
            moment = self._add(MomentField(moment_of(answer, zone) or now, zone), name)
            moment.dateTimeChanged.connect(self._changed)
            self._column.addWidget(label(f"{place(zone.key)} time", "caption"))
            return lambda: moment.instant.replace(second=0, microsecond=0).isoformat()
        if kind == "day":
            asked = QDate.fromString(answer, Qt.DateFormat.ISODate)
            day = self._add(DateField(from_qdate(asked) if asked.isValid() else now.astimezone(zone).date()), name)
            day.dateTimeChanged.connect(self._changed)
            return lambda: from_qdate(day.date()).isoformat()
        if kind == "month":
            return self._put_months(answer, now.astimezone(zone).date(), name)
        if kind == "yes-no":
            return self._put_choices(answer, {"yes": "Yes", "no": "No"})
        options = {str(number): option for number, option in enumerate(self.question.options, 1)}
        return self._put_choices(answer, options)

    def _put_months(self, answer: str, today: date, name: str) -> Callable[[], str]:
        firsts = [today.replace(day=1) + relativedelta(months=ahead) for ahead in range(MONTHS)]
        named = ((month_in_words(first), f"{first:%Y-%m}") for first in firsts)
        months = self._add(ChoiceField([("Choose a month", ""), *named]), name)
        months.setCurrentIndex(max(months.findData(answer), 0))
        months.currentIndexChanged.connect(self._changed)
        return lambda: str(months.currentData())

    def _put_choices(self, answer: str, options: dict[str, str]) -> Callable[[], str]:
        """A circle for each option, by the answers they stand for; none is chosen at first."""
        group, values = QButtonGroup(self), dict(enumerate(options))
        for number, (value, option) in enumerate(options.items()):
            circle = QRadioButton()
            circle.setChecked(value == answer)
            group.addButton(circle, number)
            self._column.addWidget(WithWords(circle, option))
        group.idToggled.connect(self._changed)
        return lambda: values.get(group.checkedId(), "")

    def _add(self, editor: W, name: str) -> W:
        editor.setAccessibleName(name)
        self._column.addWidget(editor)
        return editor
