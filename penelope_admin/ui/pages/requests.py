"""Requests: each with its path, what is known of it, and the next step; nothing hidden in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from penelope_admin import services
from penelope_admin.domain.delivery import OUTGOING_NAMES, VIA_NAMES
from penelope_admin.domain.requests import (
    KINDS,
    STATUS_NAMES,
    Request,
    RequestKind,
    Status,
    awaits_word,
    doubt,
    legal_steps,
    where_it_stands,
    wish_of,
)
from penelope_admin.errors import SameCaseError
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Banner, Card, Facts, button, label
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.path import RequestPath, Stop
from penelope_admin.ui.widgets.statements import fold, statements_card

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Via
    from penelope_admin.services.ledger import FoundNumber
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.work import Context
    from penelope_admin.ui.theme import Role

STEP_DEEDS: dict[Status, str] = {
    "sent": "I sent it",
    "acknowledged": "Enter the case number …",
    "answered": "Support has answered …",
    "scheduled": "Support scheduled it …",
    "done": "Close the request …",
    "drafted": "It was not sent",
    "cancelled": "Cancel the request …",
}
_SETTLING: dict[Status, str] = {"sent": "It arrived", "drafted": "It did not arrive"}
_MESSAGE_ROLES: dict[str, Role] = {
    "waiting": "caution",
    "sending": "info",
    "sent": "positive",
    "failed": "danger",
    "cancelled": "locked",
}


class RequestsPage(Page):
    """Open requests in full, ended ones as a line each."""

    name = "requests"
    title = "Requests"
    purpose = "What you asked Support for, and where each request stands."
    topics = frozenset({"agency", "requests"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.cards: dict[int, Card] = {}
        self._subject = ""
        self.setAcceptDrops(True)
        self.loaded.connect(self._show_waiting_subject)
        self.add_action(button("Enter Support's reply …", lambda: self.enter_reply()))
        self.add_action(button("Critical incident …", self.open_critical, "danger"))
        self.new = button("New request", kind="primary")
        self.new.setMenu(self._kinds_menu())
        self.add_action(self.new)

    def _kinds_menu(self) -> QMenu:
        menu = QMenu(self.new)
        menu.setToolTipsVisible(True)
        for key, kind in KINDS.items():
            if key != "critical":
                action = menu.addAction(f"{kind.name} …")
                action.setToolTip(kind.meaning)
                action.triggered.connect(partial(self._new_request, key))
        return menu

    def _new_request(self, kind: RequestKind, _checked: bool = False) -> None:
        self.new_request(kind)

    def new_request(self, kind: RequestKind) -> None:
        """Open the sheet that drafts a request."""
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self.desk, kind)

    def open_critical(self) -> None:
        """Open the sheet that finds out whether it is a critical incident."""
        from penelope_admin.ui.dialogs.critical import CriticalSheet

        self.desk.open_sheet(CriticalSheet(self.desk))

    def enter_reply(self, source: Path | str | None = None) -> None:
        """Open the sheet that takes a reply."""
        from penelope_admin.ui.dialogs.reply import ReplySheet

        self.desk.open_sheet(ReplySheet(self.desk, source))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take replies: files of this computer, or text."""
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the first file, or the text."""
        event.acceptProposedAction()
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self.enter_reply(files[0] if files else event.mimeData().text())

    # --- the list ------------------------------------------------------------------------------

    def load(self) -> None:
        """Ask for the requests."""
        self.desk.operations.run(_load, self._show, label="Loading the requests")

    def _show(self, found: tuple[list[RequestView], list[FoundNumber]]) -> None:
        self.cards = {}
        self.build(self._list(*found))

    def _list(self, found: list[RequestView], numbers: list[FoundNumber]) -> Iterator[Callable[[], object]]:
        """The steps that fill the page: what replies bring, open requests, then the ended ones."""
        if self.desk.watch_problem:
            text = f"Replies could not be looked for. {self.desk.watch_problem}"
            yield lambda: self.add(Banner(text, "caution"))
        by_id = {view.request.id: view for view in found}
        for number in numbers:
            if by_id[number.request_id].is_open:
                yield partial(self._add_offer, number, by_id[number.request_id])
        if not found:
            card = Card("No requests yet")
            card.add(
                label("Here you follow what you ask Support for, from the draft to the end."),
                Flow(button("Request a refresh …", lambda: self.new_request("refresh"))),
            )
            yield partial(self.add, card)
        ended = [view for view in found if not view.is_open]
        for view in found:
            if view.is_open:
                yield partial(self._add_card, self.add, view)
        if ended:
            past = Card("Closed")
            yield partial(self.add, past)
            for view in ended:
                yield partial(self._add_card, past.add, view)
        yield lambda: self.add(statements_card(self.desk, "How Support works", "cases", "support"))

    def _add_offer(self, number: FoundNumber, view: RequestView) -> None:
        card = Card("A reply has come")
        card.add(label(f"It names the case number {number.case_number} for {view.request.reference}, {view.summary}."))
        if number.doubt:
            card.add(label(number.doubt, "dangerText"))
        else:
            card.add(label(f"From {number.sender}, {words.moment(number.found_at, self.desk.zone)}", "muted"))
        card.add(
            Flow(
                button("Record it", lambda: self.take(number), "primary"),
                button("It does not belong to it", lambda: self.dismiss(number)),
            )
        )
        self.add(card)

    def take(self, number: FoundNumber) -> None:
        """Record the case number a reply brought."""
        self.desk.operations.run(
            lambda context: context.write(services.replies.take, number.request_id, number.case_number),
            lambda done: self.desk.said.emit(f"{done.value.reference} has the case number {number.case_number}."),
            lambda error: self._not_taken(number, error),
        )

    def _not_taken(self, number: FoundNumber, error: Exception) -> None:
        """Ask, if another request has the number; else tell it like any other error."""
        if isinstance(error, SameCaseError):
            from penelope_admin.ui.dialogs.note import SameCaseSheet

            self.desk.open_sheet(SameCaseSheet(self.desk, number, str(error)))
        else:
            self.desk.operations.failed.emit(error)

    def dismiss(self, number: FoundNumber) -> None:
        """Say that the number belongs elsewhere."""
        self.desk.operations.run(
            lambda context: context.write(services.replies.dismiss, number.id), lambda _: self.desk.said.emit("Noted.")
        )

    def _add_card(self, add: Callable[[Card], None], view: RequestView) -> None:
        made = self._card(view) if view.is_open else self._ended(view)
        self.cards[view.request.id] = made
        add(made)

    def show_subject(self, subject: str) -> None:
        """Bring a request into view, now or once the page is built."""
        self._subject = subject
        if self.is_built:
            self._show_waiting_subject()

    def _show_waiting_subject(self) -> None:
        if self._subject.isdigit() and (card := self.cards.get(int(self._subject))) is not None:
            self.area.ensureWidgetVisible(card)
            self._subject = ""

    # --- one request ---------------------------------------------------------------------------

    def _card(self, view: RequestView) -> Card:
        request = view.request
        card = Card(f"{request.reference}: {view.summary}")
        card.add(RequestPath(self._stops(request)))
        if view.answer_due is not None:
            due = words.moment(view.answer_due, self.desk.zone)
            card.add(Banner(f"Critical: Support aims to answer by {due}.", "danger"))
        self._add_message(card, view)
        self._add_doubt(card, view)
        card.add(self._facts(view), self._steps_of(view))
        text = QPlainTextEdit(f"To: {view.letter.to or '(not set)'}\nSubject: {view.letter.whole_text}")
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setMinimumHeight(8 * theme.current().row_height())
        text.setAccessibleName("Text of the request")
        fold(card, "Show the text", "Hide the text", text)
        return card

    def _steps_of(self, view: RequestView) -> Flow:
        """What can be done next, the usual step first."""
        request = view.request
        deeds = Flow()
        drafted, critical = request.status == "drafted", request.kind == "critical"
        in_doubt, unknown = bool(doubt(request)), awaits_word(request, view.message)
        if request.status == "queued" and not unknown:
            deeds.addWidget(button("Try to send it now", lambda: self.desk.send_now.emit(), "primary"))
            deeds.addWidget(button("Cancel sending", lambda: self.take_back(view)))
        if critical:
            deeds.addWidget(button("The three ways …", lambda: self.send(view), "primary" if drafted else "plain"))
        elif drafted:
            deeds.addWidget(button("Send to Support …", lambda: self.send(view), "primary"))
        taken = view.message is not None and view.message.state == "sent"
        steps = [step for step in legal_steps(request) if not (step == "drafted" and taken)]
        for number, step in enumerate(steps):
            primary = number == 0 and not drafted and request.status != "queued"
            name = "The refresh is done …" if step == "done" and request.kind == "refresh" else STEP_DEEDS[step]
            if step == request.status:
                name = "Another day …"
            elif in_doubt and step in _SETTLING:
                name = _SETTLING[step]
            elif step == "sent" and request.status == "queued":
                name = "I sent it another way"
            deeds.addWidget(button(name, self._step(view, step), "primary" if primary else "plain"))
        if drafted:
            deeds.addWidget(button("Change the draft …", lambda: self.change(view)))
        if request.case_number:
            deeds.addWidget(button("Change the case number …", lambda: self.change_case_number(view)))
            name = "Change the defect …" if request.defect_number else "Enter a defect …"
            deeds.addWidget(button(name, lambda: self.enter_defect(view)))
        deeds.addWidget(button("Add a note …", lambda: self.enter_remark(view)))
        if not drafted and not critical and request.status != "queued":
            deeds.addWidget(button("Resend or copy …", lambda: self.send(view)))
        return deeds

    def _add_message(self, card: Card, view: RequestView) -> None:
        """Where the message is, as long as that matters."""
        message, request = view.message, view.request
        text = where_it_stands(request, message) if request.status in ("drafted", "queued") else ""
        if not text:
            return
        if message is None or awaits_word(request, message):
            badge = Badge("Support may have it", "danger")
        else:
            badge = Badge(OUTGOING_NAMES[message.state], _MESSAGE_ROLES[message.state])
            if message.state == "waiting" and message.problem:
                text = f"{text} Next try: {words.moment(message.next_attempt_at, self.desk.zone)}."
        card.add(Flow(badge), label(words.breakable(text)))
        if request.status == "drafted" and view.via == "smtp":
            card.add(Flow(button("Use mail program …", lambda: self.send(view, "mail-program"))))

    def _add_doubt(self, card: Card, view: RequestView) -> None:
        """That nobody knows whether it was made on a day on which it was due, as long as that is so."""
        if view.doubted:
            days = ", ".join(words.day(day) for day in view.doubted)
            card.add(
                Banner(f"It was due on {days}, and nobody knows whether it was made then. Ask Support.", "danger"),
                Flow(button("Say whether it was made …", lambda: self.settle_doubt(view), "primary")),
            )

    def settle_doubt(self, view: RequestView) -> None:
        """Open the sheet that says whether a refresh was made that was moved or cancelled."""
        from penelope_admin.ui.dialogs.step import DoubtSheet

        self.desk.open_sheet(DoubtSheet(self.desk, view))

    def _facts(self, view: RequestView) -> Facts:
        request = view.request
        facts = Facts()
        facts.add("Case number", request.case_number or "None yet")
        if request.defect_number:
            facts.add("Defect", f"{request.defect_number}, severity {request.defect_severity}")
        if request.reason:
            facts.add("Reason" if request.kind in ("refresh", "feature-change") else "Text", request.reason)
        if "dates" in KINDS[request.kind].fields:
            dates = [words.day(day) for day in (request.earliest, request.latest) if day]
            facts.add("Requested date", " to ".join(dates) or "As soon as it suits Support")
        if request.kind == "refresh":
            facts.add("Turn back on afterwards", ", ".join(view.feature_names) or "Nothing")
        if request.environment and request.kind in ("question", "defect"):
            facts.add("Database", view.environment_name)
        if request.scheduled_for:
            facts.add("Scheduled for", words.day(request.scheduled_for))
        if request.status in ("drafted", "queued"):
            facts.add("To be sent by", VIA_NAMES[view.via])
        elif view.message is not None and view.message.state == "sent":
            facts.add("Sent by", f"{VIA_NAMES['smtp']}, to {view.message.recipient}")
        notes = [(step.at, step.by, step.remark) for step in request.steps if step.remark]
        notes += [(note.at, note.by, note.text) for note in request.remarks]
        if notes:
            now = self.desk.app.clock.now()
            lines = (f"{words.stamp(at, self.desk.zone, now)}, {by}: {text}" for at, by, text in sorted(notes))
            facts.add("Notes", "\n".join(lines))
        return facts

    def _ended(self, view: RequestView) -> Card:
        request = view.request
        card = Card()
        role = Badge("Done", "positive") if request.status == "done" else Badge("Cancelled", "locked", "off")
        case = f", case {request.case_number}" if request.case_number else ""
        defect = f", defect {request.defect_number} ({request.defect_severity})" if request.defect_number else ""
        card.add(Flow(role, label(f"{request.reference}: {view.summary}{case}{defect}")))
        self._add_doubt(card, view)
        if request.status == "done" and request.wanted_back:
            card.add(label(f"Turn back on afterwards: {', '.join(view.feature_names)}.", "muted"))
            card.add(Flow(button("They are not needed any more", lambda: self.drop_wanted(view), "link")))
        fold(card, "Show its path", "Hide its path", RequestPath(self._stops(request)))
        return card

    def _stops(self, request: Request) -> list[Stop]:
        steps = list(KINDS[request.kind].path)
        if request.status == "queued":
            steps.insert(1, "queued")
        if request.status == "cancelled":
            steps = [status for status in steps if request.date_of(status)] + ["cancelled"]
        stops = []
        today = self.desk.app.clock.now().astimezone(self.desk.zone).date()
        for status in steps:
            taken = request.date_of(status)
            date = words.short_day(taken.astimezone(self.desk.zone).date(), today) if taken else ""
            stops.append(Stop(STATUS_NAMES[status], date, taken is not None, status == request.status))
        return stops

    # --- deeds ---------------------------------------------------------------------------------

    def _step(self, view: RequestView, to: Status) -> Callable[[], None]:
        def take() -> None:
            from penelope_admin.ui.dialogs.step import StepSheet

            if to == "sent" and view.request.kind != "critical":
                self.mark_sent(view)
            elif to == "drafted":
                self.mark_not_sent(view)
            else:
                self.desk.open_sheet(StepSheet(self.desk, view, to))

        return take

    def mark_sent(self, view: RequestView) -> None:
        """Record that the request was sent."""
        request = view.request
        self.desk.operations.run(
            lambda context: context.write(services.requests.advance, request.id, "sent", version=request.version),
            lambda _: self.desk.said.emit(f"{request.reference} is sent. Enter the case number when Support answers."),
        )

    def mark_not_sent(self, view: RequestView) -> None:
        """Take back that the request was sent."""
        request = view.request
        self.desk.operations.run(
            lambda context: context.write(services.requests.advance, request.id, "drafted", version=request.version),
            lambda _: self.desk.said.emit(f"{request.reference} is a draft again."),
        )

    def send(self, view: RequestView, way: Via | None = None) -> None:
        """Open the sheet that brings it to Support; another way than usual may be proposed."""
        if view.request.kind == "critical":
            from penelope_admin.ui.dialogs.critical import open_ways_sheet

            open_ways_sheet(self.desk, view.request.id)
            return
        from penelope_admin.ui.dialogs.send import SendSheet

        self.desk.open_sheet(SendSheet(self.desk, view, way))

    def change(self, view: RequestView) -> None:
        """Open the sheet in which a draft is changed."""
        request = view.request
        if request.kind == "critical":
            from penelope_admin.ui.dialogs.critical import CriticalSheet

            self.desk.open_sheet(CriticalSheet(self.desk, request))
            return
        from penelope_admin.ui.dialogs.request import open_request_sheet

        open_request_sheet(self.desk, request.kind, wish_of(request), request)

    def take_back(self, view: RequestView) -> None:
        """Take the message out of the outbox; the request is a draft again."""
        if view.message is not None:
            key = view.message.id
            self.desk.operations.run(
                lambda context: context.write(services.outbox.cancel, key),
                lambda _: self.desk.said.emit(_taken_back(view.request)),
            )

    def change_case_number(self, view: RequestView) -> None:
        """Open the sheet that puts a case number right."""
        from penelope_admin.ui.dialogs.note import CaseNumberSheet

        self.desk.open_sheet(CaseNumberSheet(self.desk, view))

    def enter_remark(self, view: RequestView) -> None:
        """Open the sheet for a remark."""
        from penelope_admin.ui.dialogs.note import RemarkSheet

        self.desk.open_sheet(RemarkSheet(self.desk, view))

    def enter_defect(self, view: RequestView) -> None:
        """Open the sheet for the defect Support confirmed."""
        from penelope_admin.ui.dialogs.note import DefectSheet

        self.desk.open_sheet(DefectSheet(self.desk, view))

    def drop_wanted(self, view: RequestView) -> None:
        """Say that the features a refresh should have brought back are not needed any more."""
        self.desk.operations.run(
            lambda context: context.write(services.requests.drop_wanted, view.request.id),
            lambda _: self.desk.said.emit("Noted: nothing has to be switched on again."),
        )


def _taken_back(request: Request) -> str:
    """What to say once the message of a request was taken out of the outbox."""
    if doubt(request):
        return f"{request.reference} is not tried again. Say whether it arrived."
    return f"{request.reference} is a draft again."


def _load(context: Context) -> tuple[list[RequestView], list[FoundNumber]]:
    return context.read(services.requests.find_all), context.read(services.requests.found_numbers)
