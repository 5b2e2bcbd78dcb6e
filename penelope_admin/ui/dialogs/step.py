"""The sheet that records the next step of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.requests import Happened, Request, Status, asks_whether_it_happened, copied_elsewhen, doubt
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import TextKind, Tick, label, stacked
from penelope_admin.ui.widgets.conflicts import DaysConflicts
from penelope_admin.ui.widgets.dates import DateField, MomentField, from_qdate
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.same_case import CaseSheet, SameCase
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.work import Done

TITLES: dict[Status, tuple[str, str]] = {
    "sent": ("Support was contacted", "Start the clock"),
    "acknowledged": ("Enter the case number", "Save the case number"),
    "answered": ("Support has answered", "Save the answer"),
    "scheduled": ("Support scheduled it", "Save"),
    "done": ("Close the request", "Close the request"),
    "cancelled": ("Cancel the request", "Cancel the request"),
}


class CopiedField(QWidget):
    """When production was copied; a moment that does not fit what was agreed needs a tick."""

    def __init__(self, shell: Shell, request: Request, changed: Callable[[], object]) -> None:
        super().__init__()
        self._request, self._zone, self._changed = request, shell.zone, changed
        self.at = MomentField(shell.app.clock.now(), shell.zone)
        self.at.setAccessibleName("When was production copied?")
        self._doubt = label("", "dangerText")
        self.other_day = Tick("Yes, that is when it was made.")
        stacked(self.at, self._doubt, self.other_day, within=self)
        self.at.dateTimeChanged.connect(self._moment_changed)
        self.other_day.toggled.connect(lambda _: self._changed())
        self._moment_changed()

    @property
    def needed(self) -> dict[str, object]:
        """What is asked for, in words, and whether it fits, or somebody says that it was so."""
        return {"the tick about the day": not self._doubt.text() or self.other_day.isChecked()}

    @property
    def facts(self) -> dict[str, Any]:
        """What is filled in, as services take it."""
        return {"happened_at": self.at.instant, "other_day": self.other_day.isChecked()}

    def _moment_changed(self) -> None:
        """What was said of one moment is not said of another."""
        self.other_day.setChecked(False)
        doubt = copied_elsewhen(self._request, self.at.instant, self._zone)
        self._doubt.setText(doubt)
        for part in (self._doubt, self.other_day):
            part.setVisible(bool(doubt))
        self._changed()


class HappenedField(QWidget):
    """Was the refresh made that was due? Nothing is chosen at first, for nothing is assumed."""

    def __init__(self, shell: Shell, request: Request, changed: Callable[[], object]) -> None:
        super().__init__()
        day = mapped(request.scheduled_for, words.day)
        question = f"Was the refresh made that was due on {day}?"
        answers = (("Choose an answer", None), ("Yes", "yes"), ("No", "no"), ("I don't know", "unknown"))
        self.choice = ChoiceField(answers, name=question)
        self._changed = changed
        self.copied = CopiedField(shell, request, changed)
        self._when = label(f"When was production copied? ({shell.time_name})", "strong")
        self._means = label(
            "Until you know, contact details in this database count as real. You can record it later, on this request.",
            "dangerText",
        )
        stacked(label(question, "strong"), self.choice, self._when, self.copied, self._means, within=self)
        self.choice.currentIndexChanged.connect(self._answer_changed)
        self._answer_changed()

    @property
    def answer(self) -> Happened | None:
        """What was chosen; None at first."""
        chosen: Happened | None = self.choice.currentData()
        return chosen

    @property
    def needed(self) -> dict[str, object]:
        """What is asked for, in words, and whether it was answered, and when it was made fits."""
        return {"whether it was made": self.answer} | (self.copied.needed if self.answer == "yes" else {})

    @property
    def facts(self) -> dict[str, Any]:
        """What is filled in, as services take it."""
        return {"happened": self.answer} | (self.copied.facts if self.answer == "yes" else {})

    def _answer_changed(self) -> None:
        for part in (self._when, self.copied):
            part.setVisible(self.answer == "yes")
        self._means.setVisible(self.answer == "unknown")
        self._changed()


class DoubtSheet(Sheet):
    """Says later whether a refresh was made that was moved or cancelled while nobody knew."""

    help_topic = "requests"
    records = True

    def __init__(self, shell: Shell, view: RequestView) -> None:
        super().__init__(shell, f"Was it made? {view.request.reference}", "Save the answer")
        self._request = view.request
        days = ", ".join(words.day(day) for day in view.request.doubted)
        self.add(f"The refresh of {view.environment_name} was due on {days}, and nobody knew whether it was made.")
        answers = (("Choose an answer", None), ("Yes, it was made", True), ("No, it was not", False))
        self.choice = self.field("Was it made?", ChoiceField(answers))
        self.copied = CopiedField(shell, view.request, self.update_enabled)
        self.field(f"If yes, when was production copied? ({shell.time_name})", self.copied)
        self.choice.currentIndexChanged.connect(self.update_enabled)
        self.update_enabled()

    def update_enabled(self) -> None:
        was_made = self.choice.currentData()
        self.ask_for({"an answer": was_made is not None} | (self.copied.needed if was_made else {}))
        self.grow()

    def submit(self) -> None:
        """Record the answer."""
        key, was_made, copied = self._request.id, bool(self.choice.currentData()), self.copied.facts
        self.save(
            lambda context: context.write(services.requests.settle_doubt, key, was_made=was_made, **copied),
            said="Saved.",
        )


class StepSheet(CaseSheet):
    """Asks for what the step needs, and no more."""

    help_topic = "requests"

    def __init__(self, shell: Shell, view: RequestView, to: Status) -> None:
        refreshed = to == "done" and view.request.kind == "refresh"
        title, action = ("The refresh is done", "Record the refresh") if refreshed else TITLES[to]
        super().__init__(shell, f"{title}: {view.request.reference}", action, danger=to == "cancelled")
        self._request, self._to, self._now = view.request, to, shell.app.clock.now()
        self.records = to not in ("drafted", "cancelled")
        self.day: DateField | None = None
        self.at: MomentField | None = None
        self.copied: CopiedField | None = None
        self.same_case = SameCase()
        self.case_number = text_line(edited=self.same_case.forget)
        self.happened: HappenedField | None = None
        if asks_whether_it_happened(view.request, to, self._now.astimezone(shell.zone).date()):
            self.happened = self.added(HappenedField(shell, view.request, self.update_enabled))
        ask: dict[Status, Callable[[RequestView], None]] = {
            "acknowledged": self._ask_for_number,
            "sent": self._ask_when_contacted,
            "scheduled": self._ask_for_day,
            "answered": self._tell_of_an_answer,
            "done": self._ask_when_copied if refreshed else self._tell_of_closing,
            "cancelled": self._tell_of_cancelling,
        }
        ask[to](view)
        self.add(self.same_case)
        self.remark = self.field("Note (optional)", text_line())
        if to == "acknowledged":
            self.case_number.setFocus()
        self.update_enabled()

    def _ask_for_number(self, _: RequestView) -> None:
        self.add("It is in Support's automatic email reply. On the telephone, ask for it.")
        self.field("Case number", self.case_number)

    def _ask_when_contacted(self, _: RequestView) -> None:
        self.add("The clock starts when you contact Support, not when you record it here.")
        at = self.at = MomentField(self._now, self.shell.zone)
        self.field(f"When did you contact Support? ({self.shell.time_name})", at)

    def _ask_for_day(self, view: RequestView) -> None:
        today = self._now.astimezone(self.shell.zone).date()
        day = self.day = DateField(view.request.scheduled_for or view.request.earliest or today)
        day.dateChanged.connect(self._refresh_warnings)
        self.field("The day", day)
        self._calendars = DaysConflicts(self.shell)
        self.remarks = self.keep_room(self._calendars)
        self._refresh_warnings()

    def _tell_of_an_answer(self, view: RequestView) -> None:
        stops = " This stops the timer." if view.request.kind == "critical" else ""
        self.add(f"Record this once a person has answered. The automatic reply does not count.{stops}")
        if view.request.case_number is None:
            self.field("Case number", self.case_number, "(optional) If Support named one.")

    def _ask_when_copied(self, view: RequestView) -> None:
        role: TextKind = "dangerText" if view.request.environment in self.shell.policy.mirrors else "body"
        text = (
            f"From then until its next upgrade, {view.environment_name} may hold real contact details, and every "
            "feature in it becomes “not known”."
        )
        self.add(label(text, role))
        copied = self.copied = CopiedField(self.shell, view.request, self.update_enabled)
        self.field(f"When was production copied? ({self.shell.time_name})", copied)

    def _tell_of_closing(self, _: RequestView) -> None:
        self.add("Close it once the question is answered or the problem solved. Ask anything else anew.")

    def _tell_of_cancelling(self, view: RequestView) -> None:
        self.safe.setText("Keep it")
        may_have_it = view.request.status not in ("drafted", "queued") or doubt(view.request)
        tell = " Tell Support too: they may have it." if may_have_it else ""
        self.add(f"It is closed here and stays in the list.{tell}")

    def update_enabled(self) -> None:
        asked = self.happened or self.copied
        self.ask_for(asked.needed if asked is not None else {})
        self.grow()

    def _facts(self) -> dict[str, Any]:
        """What the step needs, as it is filled in."""
        facts: dict[str, Any] = {"case_number": self.case_number.text(), "remark": self.remark.text()}
        if self.day is not None:
            facts["scheduled_for"] = from_qdate(self.day.date())
        if self.at is not None:  # unchanged, the clock starts with this click, not with the opening of the sheet
            facts["happened_at"] = self.at.changed_instant
        if (asked := self.happened or self.copied) is not None:
            facts |= asked.facts
        return facts

    def _refresh_warnings(self) -> None:
        """Say what is to be known of the day that is chosen; it can be saved all the same."""
        if self.day is None:
            return
        key, day = self._request.id, from_qdate(self.day.date())
        if self._request.kind_facts.is_done_to_database:
            self._calendars.show_for(day, day)
        self.shell.operations.run(
            lambda context: context.read(services.requests.warnings_for_day, key, day),
            lambda warnings: self.remarks.show_sentences(*((text, "caution") for text in warnings)),
            self.fail,
        )

    def submit(self) -> None:
        """Record the step."""
        request, to, facts, same_case = self._request, self._to, self._facts(), self.same_case.isChecked()
        self.save(
            lambda context: context.write(
                services.requests.advance, request.id, to, version=request.version, same_case=same_case, **facts
            ),
            then=self._lead_on,
        )

    def _lead_on(self, done: Done[Request]) -> None:
        request = done.value
        if request.kind == "script" and request.status == "done":
            self.shell.go.emit("databases", request.environment or "")
            self.shell.said.emit("Saved. If the script ran, say with “Record a script” what it did to contact details.")
        elif (
            request.kind == "refresh" and request.status == "done" and request.environment in self.shell.policy.mirrors
        ):
            self.shell.said.emit("The refresh is recorded. See in Penelope what is on, then say so on Features.")
        elif request.status == "acknowledged":
            self.shell.said.emit(f"{request.reference} has the case number {request.case_number}.")
        else:
            self.shell.said.emit("Saved.")
