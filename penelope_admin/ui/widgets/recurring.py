"""How work comes again: a choice, and how long before each turn its request is drafted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from penelope_admin.domain.recurring import EVERY_NAMES, MOST_DRAFT_DAYS, USUAL_DRAFT_DAYS, Every, Recurrence, in_words
from penelope_admin.domain.text import capitalized
from penelope_admin.ui.widgets.basics import label, stacked
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField

AGAIN, ONCE = "Does it repeat?", "No, just once"
BEFORE = "Draft its request this many days before"


class RecurrenceFields(QWidget):
    """Whether work comes again; the days are asked for only where a request is to be drafted."""

    changed = Signal()

    def __init__(self, recurrence: Recurrence | None, first_day: date) -> None:
        super().__init__()
        self._recurrence, self._first_day = recurrence, first_day
        again = ((capitalized(name), every) for every, name in EVERY_NAMES.items())
        self.every = ChoiceField([(ONCE, None), *again], name=AGAIN)
        self.days = NumberField(0, MOST_DRAFT_DAYS)
        self.days.setValue(USUAL_DRAFT_DAYS)
        if recurrence is not None:
            self.every.choose(recurrence.every)
            self.days.setValue(recurrence.draft_days)
        self.days.setAccessibleName(BEFORE)
        self._days_label = label(BEFORE, "strong")
        self._hint = label("It is drafted for you to look at. You send it.", "caption")
        stacked(label(AGAIN, "strong"), self.every, self._days_label, self.days, self._hint, within=self, gap="xs")
        self.every.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.days.valueChanged.connect(lambda _: self.changed.emit())

    def show_for(self, first_day: date, *, has_refresh: bool) -> None:
        """Name the weekday of a first day, and ask for days where there is a refresh to be asked for."""
        place = self.every.findData("after-upgrade")
        self.every.setItemText(place, capitalized(in_words(Recurrence("after-upgrade"), first_day)))
        shown = has_refresh and self.every.currentData() is not None
        for part in (self._days_label, self.days, self._hint):
            part.setVisible(shown)

    def entered(self, first_day: date) -> Recurrence | None:
        """What is filled in; None for what is done once."""
        every: Every | None = self.every.currentData()
        if every is None:
            return None
        if self._recurrence is None or (every, first_day) != (self._recurrence.every, self._first_day):
            return Recurrence(every, self.days.value())
        return replace(self._recurrence, draft_days=self.days.value())
