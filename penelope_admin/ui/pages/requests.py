"""Requests: each with its path, its text, and the next step; nothing hidden in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from penelope_admin import services
from penelope_admin.domain.requests import OPEN, PATH, STATUS_NAMES, Request, Status, legal_steps
from penelope_admin.gateways import mail
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Badge, Card, Facts, button, label
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.path import RequestPath, Stop
from penelope_admin.ui.widgets.statements import fold, statements_card

if TYPE_CHECKING:
    from penelope_admin.services.requests import RequestView

STEP_DEEDS: dict[Status, str] = {
    "sent": "I have sent it",
    "acknowledged": "Enter the case number …",
    "scheduled": "Support named a day …",
    "done": "The refresh is done …",
    "cancelled": "Cancel the request …",
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
        self.loaded.connect(self._show_waiting_subject)
        self.add_action(button("Request a refresh …", self.request_refresh, "primary"))

    def load(self) -> None:
        """Ask for the requests."""
        self.desk.operations.run(
            lambda context: services.requests.find_all(context), self._show, label="Loading the requests"
        )

    def _show(self, found: list[RequestView]) -> None:
        self.cards = {}
        self.build(self._list(found))

    def _list(self, found: list[RequestView]) -> Iterator[Callable[[], None]]:
        """The steps that fill the page: open requests first, then the ended ones."""
        if not found:
            card = Card("No requests yet")
            card.add(
                label("Here you follow what you ask Support for, from the draft to the end."),
                Flow(button("Request a refresh …", self.request_refresh)),
            )
            yield partial(self.add, card)
        ended = [view for view in found if view.request.status not in OPEN]
        for view in found:
            if view.request.status in OPEN:
                yield partial(self._add_card, self.add, view)
        if ended:
            past = Card("Ended")
            yield partial(self.add, past)
            for view in ended:
                yield partial(self._add_card, past.add, view)
        yield lambda: self.add(statements_card(self.desk, "How Support works", "cases", "support"))

    def _add_card(self, add: Callable[[Card], None], view: RequestView) -> None:
        made = self._card(view) if view.request.status in OPEN else self._ended(view)
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

    def _card(self, view: RequestView) -> Card:
        request = view.request
        card = Card(f"{request.reference}: refresh of {view.environment_name}")
        card.add(RequestPath(self._stops(request)), self._facts(view))
        if not view.letter.to:
            card.add(Badge("Support's address is not set", "caution"))
        next_deeds = [
            button(STEP_DEEDS[step], self._step(view, step), "primary" if number == 0 and step != "sent" else "plain")
            for number, step in enumerate(legal_steps(request.status))
            if step != request.status
        ]
        if request.status == "scheduled":
            next_deeds.append(button("Another day …", self._step(view, "scheduled")))
        drafted = request.status == "drafted"
        ways = Flow(
            button("Copy the text", lambda: self.desk.copy(view.letter.whole_text, "Text")),
            button("Open in the mail program", lambda: self.open_mail(view), "primary" if drafted else "plain"),
            button("Save as .eml draft …", lambda: self.save_draft(view)),
        )
        if view.portal_url:
            ways.addWidget(button("Copy and open the Community portal", lambda: self.open_portal(view)))
        # A draft is sent first, then said to be sent; afterwards the next step comes first.
        card.add(*((ways, Flow(*next_deeds)) if drafted else (Flow(*next_deeds), ways)))
        text = QPlainTextEdit(f"To: {view.letter.to or '(not set)'}\nSubject: {view.letter.whole_text}")
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setMinimumHeight(8 * theme.current().row_height())
        text.setAccessibleName("Text of the request")
        fold(card, "Show the text", "Hide the text", text)
        return card

    def _facts(self, view: RequestView) -> Facts:
        request = view.request
        facts = Facts()
        facts.add("Case number", request.case_number or "None yet")
        facts.add("Reason", request.reason)
        dates = [words.day(day) for day in (request.earliest, request.latest) if day]
        facts.add("Wished for", " to ".join(dates) or "As soon as it suits Support")
        facts.add("Wanted back afterwards", ", ".join(view.feature_names) or "Nothing")
        if request.scheduled_for:
            facts.add("Scheduled for", words.day(request.scheduled_for))
        remarks = [step.remark for step in request.steps if step.remark]
        if remarks:
            facts.add("Remarks", "\n".join(remarks))
        return facts

    def _ended(self, view: RequestView) -> Card:
        request = view.request
        card = Card()
        role = Badge("Done", "positive") if request.status == "done" else Badge("Cancelled", "locked", "off")
        case = f", case {request.case_number}" if request.case_number else ""
        card.add(Flow(role, label(f"{request.reference}: refresh of {view.environment_name}{case}")))
        if request.status == "done" and request.re_enable:
            card.add(label(f"Wanted back afterwards: {', '.join(view.feature_names)}.", "muted"))
            card.add(Flow(button("They are not needed any more", lambda: self.drop_wanted(view), "link")))
        fold(card, "Show its path", "Hide its path", RequestPath(self._stops(request)))
        return card

    def _stops(self, request: Request) -> list[Stop]:
        steps: tuple[Status, ...] = PATH
        if request.status == "cancelled":
            steps = (*(status for status in PATH if request.date_of(status)), "cancelled")
        stops = []
        for status in steps:
            taken = request.date_of(status)
            date = words.day(taken.astimezone(self.desk.zone).date(), short=True) if taken else ""
            stops.append(Stop(STATUS_NAMES[status], date, taken is not None, status == request.status))
        return stops

    def _step(self, view: RequestView, to: Status) -> Callable[[], None]:
        def take() -> None:
            from penelope_admin.ui.dialogs.step import StepSheet

            if to == "sent":
                self.mark_sent(view)
            else:
                self.desk.open_sheet(StepSheet(self.desk, view, to))

        return take

    def mark_sent(self, view: RequestView) -> None:
        """Record that the request was sent."""
        request = view.request
        self.desk.operations.run(
            lambda context: services.requests.advance(context, request.id, "sent", version=request.version),
            lambda _: self.desk.said.emit(f"{request.reference} is sent. Enter the case number when Support answers."),
        )

    def request_refresh(self) -> None:
        """Open the sheet that asks for a refresh."""
        from penelope_admin.ui.dialogs.refresh import open_refresh_sheet

        open_refresh_sheet(self.desk)

    def drop_wanted(self, view: RequestView) -> None:
        """Say that the features a refresh should have brought back are not needed any more."""
        self.desk.operations.run(
            lambda context: services.requests.drop_wanted(context, view.request.id),
            lambda _: self.desk.said.emit("Noted: nothing has to be switched on again."),
        )

    def open_portal(self, view: RequestView) -> None:
        """Put the text into the clipboard and open the portal, where it can be pasted into a ticket."""
        self.desk.copy(view.letter.whole_text, "Text")
        if not self.desk.open_link(view.portal_url):
            self.say(f"No browser answered. The portal is at {view.portal_url}", "caution")

    def open_mail(self, view: RequestView) -> None:
        """Hand the letter to the default mail program; a long one is better saved as a draft."""
        link = mail.mailto(view.letter)
        if link is None:
            self.say("The text is too long for a mail link. Save it as a draft, or copy it.", "caution")
        elif not self.desk.open_link(link):
            self.say("No mail program answered. Copy the text, or save it as a draft.", "caution")

    def save_draft(self, view: RequestView) -> None:
        """Save the letter as a draft that mail programs open for sending."""
        target = ask_target(self, "Save the draft", f"{view.request.reference}.eml", "Mail draft")
        if target is not None:
            self.desk.operations.run(
                lambda context: services.requests.save_draft(context, view.request.id, target),
                lambda _: self.desk.said.emit(f"Saved: {target}. Open it in your mail program and send it."),
                label="Saving",
            )
