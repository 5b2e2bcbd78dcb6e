"""The chosen request: its path, what is known of it, what happened, and at its foot the next step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QWidget

from penelope_admin.absent import mapped
from penelope_admin.domain.delivery import OUTGOING_NAMES, VIA_NAMES, WAITS_FOR_NETWORK
from penelope_admin.domain.inbox import Happening, stops, thread
from penelope_admin.domain.requests import KINDS, STATUS_NAMES, awaits_word, where_it_stands
from penelope_admin.domain.text import filled
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.pages.requests.actions import RequestActions
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Badge,
    Banner,
    Card,
    Facts,
    boxed,
    button,
    clear,
    label,
    scrolled,
    stacked,
)
from penelope_admin.ui.widgets.conflicts import conflict_lines
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.foot import FootBar
from penelope_admin.ui.widgets.keyed import KeyedRows, Line, Row, row_if
from penelope_admin.ui.widgets.marked import MarkedText
from penelope_admin.ui.widgets.path import PathStep, RequestPath
from penelope_admin.ui.widgets.statements import fold
from penelope_admin.ui.widgets.steady import in_place

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Outgoing
    from penelope_admin.domain.replies import FoundNumber
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.requests.inbox import Opened
    from penelope_admin.ui.theme import Role

_MESSAGE_ROLES: dict[str, Role] = {
    "waiting": "caution",
    "sending": "info",
    "sent": "positive",
    "failed": "danger",
    "cancelled": "locked",
}


class RequestDetail(QWidget):
    """One request. Showing it again after a change keeps scroll position, focus and the note that is being written."""

    note_added = Signal(int, str)
    """A note to keep: the request's number and the text."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.opened: Opened | None = None
        self.choices = RequestActions(shell, self.write_note, self._show_foot)
        self._notes: dict[int, str] = {}  # half-written, by request
        self._happened: list[tuple[str, Happening]] = []
        self._title = label("", "cardTitle", selectable=True)
        self._path, self._notices, self._replies, self._facts = (KeyedRows("xs") for _ in range(4))
        self._reason, self._letter, self._conflicts = KeyedRows("xs"), KeyedRows(), KeyedRows("xxs")
        shell.conflicts_changed.connect(self._show_conflicts)
        self._thread = stacked(gap="xs")
        self.note = LongText()
        self.note.setAccessibleName("Add a note")
        self.note.setPlaceholderText("Add a note, for you and your colleagues. No client details, please.")
        self.note.setAcceptDrops(False)  # what is dropped here is a reply, wherever it lands
        self.note.setFixedHeight(2 * theme.current().row_height())
        self.note.textChanged.connect(self._typed)
        self.add_note = button("Add the note", self._add_note)
        self.area = scrolled(self._body())
        self.foot = FootBar()
        stacked((self.area, 1), self.foot, within=self, gap="xs")
        self.show_nothing()

    def _body(self) -> QLayout:
        """Everything above the foot."""
        card = Card(
            "", self._title, self._path, self._notices, self._replies, self._facts, self._conflicts, self._reason,
            self._letter, label("What happened", "strong"), self._thread, self.note, Flow(self.add_note),
        )  # fmt: skip
        return stacked(card, 1, edges=(0, 0, "xxs", 0))

    def show_nothing(self) -> None:
        """No request is chosen."""
        self.opened = None
        self.area.hide()
        self.foot.hide()

    def show_request(self, opened: Opened) -> None:
        """Show a request: another one, or the same after something changed."""
        if self.opened is not None and self.opened.view.request.id == opened.view.request.id:
            in_place(self.area, partial(self._fill, opened))
        else:
            self._fill(opened)
            self._restore_note(opened.view.request.id)
            self.area.verticalScrollBar().setValue(0)

    def _fill(self, opened: Opened) -> None:
        self.opened = opened
        view = opened.view
        self._title.setText(f"{view.request.reference}: {view.summary}")
        drawn = self._stops(view)
        self._path.show_rows([Row("path", drawn, lambda: RequestPath(drawn))])
        self._show_notices(view)
        self._replies.show_rows(Row(number.id, number, partial(self._reply, number, view)) for number in opened.numbers)
        facts = self._facts_of(view)
        self._facts.show_rows([Row("facts", facts, lambda: boxed(Facts(*facts)))])
        self._show_conflicts()
        name = "Reason" if view.request.kind in ("refresh", "feature-change") else "Text"
        self._reason.show_rows(row_if(name, view.request.reason, partial(_reason, name)))
        text = f"To: {view.letter.to or '(not set)'}\nSubject: {view.letter.whole_text}"
        self._letter.show_rows([Row(view.request.id, text, partial(_folded, text))])
        self._show_thread(opened)
        self._show_foot()
        self.area.show()
        self.foot.show()

    def _stops(self, view: RequestView) -> list[PathStep]:
        today = self.shell.today
        return [
            PathStep(STATUS_NAMES[s.status], words.short_day(s.day, today) if s.day else "", s.reached, s.current)
            for s in stops(view.request, self.shell.zone)
        ]

    def _show_conflicts(self) -> None:
        """What the day of a refresh that Support scheduled overlaps in the agency's own calendars."""
        if self.opened is None:
            return
        request = self.opened.view.request
        lines: list[Line] = []
        if request.kind == "refresh" and request.status == "scheduled":
            lines = conflict_lines(
                self.shell,
                lambda calendars: calendars.of_planned("refresh", request.reference),
                nothing="Nothing on this day.",
            )
        self._conflicts.show_lines(lines)

    def _show_notices(self, view: RequestView) -> None:
        """The clock of an incident, and where the message is, as long as that matters."""
        message, request = view.message, view.request
        text = where_it_stands(request, message) if request.status in ("drafted", "queued") else ""
        unknown = awaits_word(request, message)
        due = mapped(view.answer_due, lambda at: words.moment(at, self.shell.zone))
        if text and message is not None and not unknown:
            text += self._next_try(message)

        badge: tuple[str, Role] = ("Support may have it", "danger")
        if message is not None and not unknown:
            role = "info" if message.problem == WAITS_FOR_NETWORK else _MESSAGE_ROLES[message.state]
            badge = OUTGOING_NAMES[message.state], role
        critical = filled("Critical: Support aims to answer by {}.", due)
        rows = row_if("due", critical, partial(Banner, role="danger"))
        if text:
            rows.append(Row("badge", badge, lambda: boxed(Flow(Badge(*badge)))))
            rows.append(Row("text", text, partial(label, words.breakable(text))))
        self._notices.show_rows(rows)

    def _next_try(self, message: Outgoing) -> str:
        """When a message that did not leave is tried again."""
        is_tried_again = message.state == "waiting" and message.problem
        if not is_tried_again or message.next_attempt_at <= self.shell.app.clock.now():
            return ""
        return f" Next try: {words.moment(message.next_attempt_at, self.shell.zone)}."

    def _reply(self, number: FoundNumber, view: RequestView) -> QWidget:
        came = label(f"From {number.sender}, {words.moment(number.found_at, self.shell.zone)}", "muted")
        if number.doubt:
            came = label(number.doubt, "dangerText")
        take = button("Record it", lambda: self.choices.take_number(number))
        return Card(
            "A reply has come",
            f"It names the case number {number.case_number} for {view.request.reference}, {view.summary}.",
            came,
            Flow(take, button("It does not belong to it", lambda: self.choices.dismiss_number(number))),
        )

    def _facts_of(self, view: RequestView) -> tuple[tuple[str, str], ...]:
        """What is known of it, as names and values."""
        request = view.request
        facts = [("Case number", request.case_number or "None yet")]
        if request.defect_number:
            facts.append(("Defect", f"{request.defect_number}, severity {request.defect_severity}"))
        return (*facts, *_asked_for(view), *_scheduled_and_sent(view))

    def _show_thread(self, opened: Opened) -> None:
        """Add what happened since; only another request's thread is made anew."""
        now = self.shell.app.clock.now()
        happened = thread(opened.view.request, opened.hand_overs)
        # With the words for its time: what happened "today" did not, once the day is over.
        entries = [(f"{words.stamp(item.at, self.shell.zone, now)}, {item.by}", item) for item in happened]
        shown = len(self._happened)
        if entries[:shown] != self._happened or not shown:
            clear(self._thread)
            shown = 0
        self._happened = entries
        for head, happening in entries[shown:]:
            entry = _entry(happening.title, head, happening.text)
            self._thread.addWidget(entry)
            entry.show()  # now, and not in the next turn, or it would have no height until then

    def _show_foot(self) -> None:
        if self.opened is not None:
            self.foot.show_foot(self.choices.foot(self.opened))

    # --- notes ---------------------------------------------------------------------------------

    def write_note(self) -> None:
        """Put the cursor into the field for a note."""
        self.note.setFocus()
        self.area.ensureWidgetVisible(self.add_note)

    def _typed(self) -> None:
        self.add_note.setEnabled(bool(self.note.toPlainText().strip()))
        if self.opened is not None:
            self._notes[self.opened.view.request.id] = self.note.toPlainText()

    def _restore_note(self, key: int) -> None:
        text = self._notes.get(key, "")
        self.note.setPlainText(text)
        self.add_note.setEnabled(bool(text.strip()))

    def _add_note(self) -> None:
        if self.opened is not None:
            self.note_added.emit(self.opened.view.request.id, self.note.toPlainText())

    def note_kept(self, key: int, text: str) -> None:
        """A note was kept: its field is empty again, unless something else was written there meanwhile."""
        if self._notes.get(key, "") != text:
            return
        del self._notes[key]
        if self.opened is not None and self.opened.view.request.id == key:
            self._restore_note(key)


def _asked_for(view: RequestView) -> list[tuple[str, str]]:
    """What Support is asked for, each fact only where the kind of request has it."""
    request, facts = view.request, []
    if "dates" in KINDS[request.kind].fields:
        first, last = (mapped(day, words.day) for day in (request.earliest, request.latest))
        said = filled("Not before {}", first) or filled("Not after {}", last) or "As soon as it suits Support"
        if first and last:
            said = f"{first} to {last}"
        facts.append(("Requested date", said))
    if request.kind == "refresh":
        facts.append(("Turn back on afterwards", ", ".join(view.feature_names) or "Nothing"))
    if request.environment and request.kind in ("question", "defect"):
        facts.append(("Database", view.environment_name))
    return facts


def _scheduled_and_sent(view: RequestView) -> list[tuple[str, str]]:
    request, facts = view.request, []
    if request.scheduled_for:
        facts.append(("Scheduled for", words.day(request.scheduled_for)))
    if request.status in ("drafted", "queued"):
        facts.append(("To be sent by", VIA_NAMES[view.via]))
    elif view.message is not None and view.message.state == "sent":
        facts.append(("Sent by", f"{VIA_NAMES['smtp']}, to {view.message.recipient}"))
    return facts


def _entry(title: str, head: str, text: str) -> QWidget:
    """Something that happened: what, when and by whom, and what was noted."""
    noted = label(text, selectable=True) if text else None
    return boxed(stacked(title, label(head, "caption"), noted, gap=0))


def _reason(name: str, reason: str) -> QWidget:
    return boxed(stacked(label(name, "caption"), label(reason, selectable=True), gap="xs"))


def _folded(text: str) -> QWidget:
    """The letter, to be unfolded."""
    box = Card()
    box.setObjectName("")
    box.body.setContentsMargins(0, 0, 0, 0)

    def make() -> list[QWidget]:
        shown = MarkedText("Text of the request", 1)
        shown.setAcceptDrops(False)
        shown.show_text(text)
        return [shown]

    fold(box, "Show the text", "Hide the text", make)
    return box
