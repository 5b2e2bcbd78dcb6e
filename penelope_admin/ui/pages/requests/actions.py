"""What can be done with a request: its next step, and the rest of what is possible."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.delivery import Via
from penelope_admin.domain.inbox import Next, is_handed_over, next_step
from penelope_admin.domain.requests import Request, Status, doubt, input_of, legal_steps
from penelope_admin.domain.text import filled
from penelope_admin.errors import SameCaseError
from penelope_admin.ui import dialogs
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.foot import Choice, Foot

if TYPE_CHECKING:
    from penelope_admin.domain.replies import FoundNumber
    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.requests.inbox import Opened

_STEPS: dict[Status, str] = {
    "sent": "I sent it",
    "acknowledged": "Enter the case number …",
    "answered": "Support has answered …",
    "scheduled": "Support scheduled it …",
    "done": "Close the request …",
    "drafted": "It was not sent",
    "cancelled": "Cancel the request …",
}
_ARRIVED: dict[Status, str] = {"sent": "It arrived", "drafted": "It did not arrive"}
_RECORDED: dict[Status, str] = {
    "sent": "is sent. Enter the case number when Support answers.",
    "drafted": "is a draft again.",
}
"""The steps that need nothing but a click, and what is said then."""
_Question = tuple[str, Choice | None, Choice | None]
_SENT = f"Yes, {_STEPS['sent']}"
_ASKED: dict[Via, tuple[str, str]] = {
    "smtp": ("Did you send it?", _SENT),
    "mail-program": ("Did you send it in your mail program?", _SENT),
    "eml": ("Did you send the draft you saved?", _SENT),
    "portal": ("Did you send the ticket in the portal?", _SENT),
    "phone": ("Did you call Support?", "Yes, I called"),
}
"""What is asked once a text was given out, and the answer that leads on."""

_QUESTIONS: dict[Status, str] = {
    "acknowledged": "Has Support answered with a case number?",
    "answered": "Has a person at Support answered?",
    "scheduled": "Has Support scheduled it?",
    "done": "Is it settled?",
}


class RequestActions:
    """Turns what is to be done into calls and sheets."""

    def __init__(self, shell: Shell, write_note: Callable[[], None], show: Callable[[], None]) -> None:
        """
        Args:
            write_note: puts the cursor into the field for a note.
            show: shows the foot again, after an answer that only the window knows.
        """
        self.shell, self._write_note, self._show = shell, write_note, show
        self._not_yet: set[tuple[int, int]] = set()  # hand-overs after which it was said so
        self._hand_overs: dict[int, int] = {}  # how many each request has that was shown

    def foot(self, opened: Opened) -> Foot:
        """What stands at the foot of a request."""
        view = opened.view
        request = view.request
        self._hand_overs[request.id] = len(opened.hand_overs)
        handed = (
            is_handed_over(request, opened.hand_overs) and (request.id, len(opened.hand_overs)) not in self._not_yet
        )
        step = next_step(request, view.message, doubted=bool(request.doubted), handed_over=handed)
        question, primary, other = self._next(opened, step)
        used = {choice.name for choice in (primary, other) if choice is not None}
        if step == "was-it-sent":
            used.add(_STEPS["sent"])  # the same as yes
        more = tuple(choice for choice in self._everything(opened) if choice.name not in used)
        return Foot(primary, other, more, question)

    def _next(self, opened: Opened, step: Next) -> _Question:
        """The question, its answer that leads on, and the other answer."""
        view = opened.view
        question: _Question = "Nothing is left to do for this request.", None, None
        match step:
            case "nothing":
                pass
            case "wait":
                question = "It is being sent.", None, None
            case "settle-doubt":
                days = ", ".join(words.day(day) for day in view.request.doubted)
                where = f"It was due on {days}, and nobody knows whether it was made then. Ask Support."
                question = where, Choice("Say whether it was made …", lambda: self.settle_doubt(view)), None
            case "send":
                question = self._ask_to_send(view)
            case "was-it-sent":
                where, yes = _ASKED[opened.hand_overs[-1].via]
                not_yet = Choice("Not yet", lambda: self._answer_not_yet(opened))
                question = where, Choice(yes, self._step(view, "sent")), not_yet
            case "retry":
                stop = Choice("Cancel sending", lambda: self.take_back(view))
                question = "It waits in the outbox.", Choice("Try to send it now", self.shell.send_now.emit), stop
            case "did-it-arrive":
                arrived = Choice(_ARRIVED["sent"], self._step(view, "sent"))
                question = "Did it arrive?", arrived, Choice(_ARRIVED["drafted"], self._step(view, "drafted"))
            case _:
                question = self._ask_for_step(view, step)
        return question

    def _ask_to_send(self, view: RequestView) -> _Question:
        """The mail program is the other way only where this program's own mail did not get through."""
        did_not_leave = view.message is not None and view.message.state == "failed" and view.via == "smtp"
        other = self._by_mail_program(view) if did_not_leave else None
        return "Read the text once more, then send it.", self._send(view), other

    def _ask_for_step(self, view: RequestView, step: Status) -> _Question:
        request, where = view.request, _QUESTIONS[step]
        if step == "done" and request.kind == "refresh":
            named = filled("Scheduled for {}. ", mapped(request.scheduled_for, words.day))
            where = f"{named}Is the refresh done?"
        return where, Choice(self._name(request, step), self._step(view, step)), None

    def _fell_through(self, number: int, hand_over: int) -> None:
        """No program took what was handed over: nobody can have sent it, so nobody is asked."""
        self._not_yet.add((number, hand_over))
        self._show()

    def _answer_not_yet(self, opened: Opened) -> None:
        self._not_yet.add((opened.view.request.id, len(opened.hand_overs)))
        self._show()

    def _send(self, view: RequestView) -> Choice:
        name = "Open the incident …" if view.request.kind == "critical" else "Send to Support …"
        return Choice(name, lambda: self.send(view))

    def _by_mail_program(self, view: RequestView) -> Choice:
        return Choice("Use mail program …", lambda: self.send(view, "mail-program"))

    @staticmethod
    def _name(request: Request, step: Status) -> str:
        if step == request.status:
            return "Another day …"
        if step == "done" and request.kind == "refresh":
            return "The refresh is done …"
        if request.status == "queued" and doubt(request) and step in _ARRIVED:
            return _ARRIVED[step]
        if request.status == "queued" and step == "sent":
            return "I sent it another way"
        return _STEPS[step]

    def _everything(self, opened: Opened) -> list[Choice]:
        """All that can be done, whether it is the next step or not."""
        view, request = opened.view, opened.view.request
        choices: list[Choice] = []
        if request.status == "drafted":
            choices += [self._send(view), Choice("Change the draft …", lambda: self.change(view))]
            if view.via == "smtp" and request.kind != "critical":
                choices.append(self._by_mail_program(view))
        choices += [Choice(self._name(request, to), self._step(view, to)) for to in self._steps(view)]
        if view.is_open:
            choices.append(Choice("Add a note", self._write_note))
        if request.case_number:
            defect = "Change the defect …" if request.defect_number else "Enter a defect …"
            choices.append(Choice("Change the case number …", lambda: self.change_case_number(view)))
            choices.append(Choice(defect, lambda: self.enter_defect(view)))
        choices += self._with_the_letter(view)
        if request.status == "done" and request.wanted_back:
            choices.append(Choice("They are not needed any more", lambda: self.drop_wanted(view)))
        if "cancelled" in legal_steps(request):
            choices.append(Choice(_STEPS["cancelled"], self._step(view, "cancelled")))
        return choices

    def _with_the_letter(self, view: RequestView) -> list[Choice]:
        request = view.request
        if not view.is_open or request.status == "drafted":
            return []
        if request.kind == "critical":
            return [Choice("The three ways …", lambda: self.send(view))]
        # What waits in the outbox would reach Support twice.
        return [] if request.status == "queued" else [Choice("Resend or copy …", lambda: self.send(view))]

    @staticmethod
    def _steps(view: RequestView) -> list[Status]:
        left_out: set[Status] = {"cancelled"}  # stands at the end of the menu
        if view.message is not None and view.message.state == "sent":
            left_out.add("drafted")  # a mail server took it: nobody can say that it was not sent
        return [step for step in legal_steps(view.request) if step not in left_out]

    # --- actions -------------------------------------------------------------------------------

    def _step(self, view: RequestView, to: Status) -> Callable[[], None]:
        said = _RECORDED.get(to)
        if said is None or (to == "sent" and view.request.kind == "critical"):
            return partial(self.open_step, view, to)
        return partial(self._advance, view.request, to, said)

    def open_step(self, view: RequestView, to: Status) -> None:
        """Open the sheet that asks for what a step needs."""
        self.shell.open_sheet(dialogs.step.StepSheet(self.shell, view, to))

    def _advance(self, request: Request, to: Status, said: str) -> None:
        """Record that the request was sent, or take that back; no sheet asks for more."""
        self.shell.do(
            lambda context: context.write(services.requests.advance, request.id, to, version=request.version),
            f"{request.reference} {said}",
        )

    def send(self, view: RequestView, way: Via | None = None) -> None:
        """Open the sheet that brings it to Support; another way than usual may be proposed."""
        if view.request.kind == "critical":
            dialogs.critical.open_ways_sheet(self.shell, view.request.id)
            return
        sheet, number = dialogs.send.SendSheet(self.shell, view, way), view.request.id
        before = self._hand_overs.get(number, 0)
        sheet.fell_through.connect(lambda nth: self._fell_through(number, before + nth))
        self.shell.open_sheet(sheet)

    def change(self, view: RequestView) -> None:
        """Open the sheet in which a draft is changed."""
        request = view.request
        if request.kind == "critical":
            self.shell.open_sheet(dialogs.critical.CriticalSheet(self.shell, request))
            return
        dialogs.request.open_request_sheet(self.shell, request.kind, input_of(request), request)

    def take_back(self, view: RequestView) -> None:
        """Take the message out of the outbox; the request is a draft again."""
        if view.message is not None:
            key, request = view.message.id, view.request
            said = f"{request.reference} is a draft again."
            if doubt(request):
                said = f"{request.reference} is not tried again. Say whether it arrived."
            self.shell.do(lambda context: context.write(services.requests.outbox.cancel, key), said)

    def settle_doubt(self, view: RequestView) -> None:
        """Open the sheet that says whether a refresh was made that was moved or cancelled."""
        self.shell.open_sheet(dialogs.step.DoubtSheet(self.shell, view))

    def change_case_number(self, view: RequestView) -> None:
        """Open the sheet that puts a case number right."""
        self.shell.open_sheet(dialogs.case.CaseNumberSheet(self.shell, view))

    def enter_defect(self, view: RequestView) -> None:
        """Open the sheet for the defect Support confirmed."""
        self.shell.open_sheet(dialogs.case.DefectSheet(self.shell, view))

    def drop_wanted(self, view: RequestView) -> None:
        """Say that the features a refresh should have brought back are not needed any more."""
        self.shell.do(
            lambda context: context.write(services.requests.drop_wanted, view.request.id),
            "Noted: nothing has to be switched on again.",
        )

    def take_number(self, number: FoundNumber) -> None:
        """Record the case number a reply brought."""
        self.shell.operations.run(
            lambda context: context.write(services.requests.replies.take, number.request_id, number.case_number),
            lambda done: self.shell.said.emit(f"{done.value.reference} has the case number {number.case_number}."),
            lambda error: self._not_taken(number, error),
        )

    def _not_taken(self, number: FoundNumber, error: Exception) -> None:
        """Ask, if another request has the number; else tell it like any other error."""
        if isinstance(error, SameCaseError):
            self.shell.open_sheet(dialogs.case.SameCaseSheet(self.shell, number, str(error)))
        else:
            self.shell.operations.failed.emit(error)

    def dismiss_number(self, number: FoundNumber) -> None:
        """Say that the number belongs elsewhere."""
        self.shell.do(lambda context: context.write(services.requests.replies.dismiss, number.id), "Noted.")
