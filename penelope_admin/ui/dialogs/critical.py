"""An emergency: the number at once, then whether it is critical, then the three ways to open it, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QRadioButton, QVBoxLayout

from penelope_admin import services
from penelope_admin.domain import requests as rules
from penelope_admin.domain.requests import RequestInput, input_of, letter_of
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import plural
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.dialogs.request import open_request_sheet, save_input, trouble_with
from penelope_admin.ui.dialogs.send import finish_hand_over
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, Card, Tick, button, clear, label, ticked
from penelope_admin.ui.widgets.dates import MomentField
from penelope_admin.ui.widgets.emergency import DAY_AND_NIGHT, EmergencyCard, emergency_number
from penelope_admin.ui.widgets.fields import LongText, text_line
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.privacy import OutgoingText
from penelope_admin.ui.widgets.sheet import Sheet
from penelope_admin.ui.widgets.side import SideBySide

if TYPE_CHECKING:
    from penelope_admin.domain.delivery import Via
    from penelope_admin.domain.requests import Request
    from penelope_admin.services.requests import Drafted, RequestView
    from penelope_admin.services.requests.delivery import Handed, Parcel
    from penelope_admin.services.work import Context, Done


class CriticalSheet(Sheet):
    """Helps at once, then asks what makes it critical. If it is not, says so and offers a normal request."""

    help_topic = "requests#When production stands still"

    def __init__(self, shell: Shell, draft: Request | None = None) -> None:
        """
        Args:
            draft: the incident that is to be changed; none for a new one.
        """
        title, start = "Emergency", RequestInput(kind="critical")
        if draft is not None:
            title, start = f"Change {draft.reference}", input_of(draft)
        super().__init__(shell, title, "Continue", wide=True)
        self._draft = draft
        if draft is None:
            self.help = self.added(EmergencyCard(shell))
        self._ask(start)
        self._verdict = self.added(QVBoxLayout())
        self._said: str | None = None
        first = self.content.count()
        self.subject = text_line(start.title, "For example: sign-in fails for everybody", edited=self.update_enabled)
        self.field("What happens, in a few words", self.subject, "“Critical:” is added for you.")
        self.began = MomentField(start.began_at or shell.app.clock.now(), shell.zone)
        self.field(f"Since when? ({shell.time_name})", self.began)
        self.reason = LongText(start.reason)
        self.reason.setMaximumHeight(4 * theme.current().row_height())
        self.reason.textChanged.connect(self.update_enabled)
        self.field("What Support needs to know", self.reason, "No client details, please.")
        self.letter = self.added(OutgoingText("What Support will read", 5, asks=False))
        parts = [self.content.itemAt(number) for number in range(first, self.content.count())]
        self._writing = [widget for part in parts if part is not None and (widget := part.widget()) is not None]
        self._timer = self.preview_later(self._refresh_preview)
        self.update_enabled()

    def _ask(self, start: RequestInput) -> None:
        """The two questions that decide whether it is critical. Nothing is answered at first."""
        critical = self.shell.policy.critical
        self.add(label("Is it critical?", "cardTitle"), critical.definition, label("What applies?", "strong"))
        self.none = Tick("None of these.")
        applies = partial(self._answered, [self.none])
        named = ((letter_of(number), text) for number, text in enumerate(critical.characteristics))
        self.ticks = {letter: Tick(text, letter in start.characteristics, applies) for letter, text in named}
        self.none.toggled.connect(partial(self._answered, self.ticks.values()))
        question = label("Can anybody reasonably go on working in production?", "strong")
        self.add(*self.ticks.values(), self.none, question)
        self.everybody, self.some = QRadioButton("No, nobody at all"), QRadioButton("Yes, some can")
        self.everybody.setChecked(start.everybody)
        for answer in (self.everybody, self.some):
            answer.toggled.connect(self.update_enabled)
            self.add(answer)

    def _answered(self, excluded: Iterable[Tick], on: bool) -> None:
        """What applies and "None of these" exclude each other."""
        if on:
            for other in excluded:
                other.setChecked(False)
        self.update_enabled()

    def entered(self) -> RequestInput:
        """What is filled in."""
        return RequestInput(
            kind="critical",
            title=self.subject.text(),
            reason=self.reason.toPlainText(),
            characteristics=ticked(self.ticks),
            everybody=self.everybody.isChecked(),
            began_at=self.began.instant,
        )

    def update_enabled(self) -> None:
        """Say whether it is critical as soon as the answers tell; before that nothing, and of no charge either."""
        entered = self.entered()
        # What is not answered yet counts as if it spoke for a critical case: nobody is warned before an answer.
        applies = entered.characteristics or (() if self.none.isChecked() else ("a",))
        doubts = rules.why_not_critical(self.shell.policy.critical, applies, not self.some.isChecked())
        is_critical = not doubts and bool(entered.characteristics) and entered.everybody
        self._show_verdict(doubts, is_critical=is_critical)
        self._let_write(is_critical and self._is_set_up, entered)

    @property
    def _is_set_up(self) -> bool:
        return self.shell.settings.agency is not None

    def _show_verdict(self, doubts: Sequence[str], *, is_critical: bool) -> None:
        critical, text = self.shell.policy.critical, ""
        if doubts:
            text = f"Not critical: {' '.join(doubts)} {rules.false_alarm_warning(critical)}"
        elif is_critical:
            hours = plural(critical.target_response_hours, "hour")
            text = f"This meets the vendor's definition of critical. Support aims to answer within {hours}."
            if not self._is_set_up:
                text += " Call the number above. Once your agency is set up, the text for Support is written here too."
        if text == self._said:
            return
        self._said = text
        clear(self._verdict)
        if doubts:
            normal = button("Write a normal request …", self.write_normal_request) if self._is_set_up else None
            self._verdict.addWidget(Banner(text, "caution", normal))
        elif text:
            self._verdict.addWidget(Banner(text, "danger"))
        self.grow()

    def _let_write(self, writes: bool, entered: RequestInput) -> None:
        for part in self._writing:
            part.setVisible(writes)
        self.primary.setVisible(writes)
        if not writes:
            self.safe.setText("Close")
            self.tell_why_not("", ready=False)
            return
        self.safe.setText("Cancel")
        needed = {"the subject": entered.title.strip(), "what Support needs to know": entered.reason.strip()}
        self.ask_for(needed, ready=trouble_with(self.shell, entered) is None)
        self._timer.start()

    def _refresh_preview(self) -> None:
        """Show the letter, and what in it looks like client data."""
        entered = self.entered()
        self.shell.operations.preview(
            lambda context: context.read(services.requests.delivery.preview_input, entered),
            lambda preview: self.letter.show_text(preview.letter.whole_text, preview.hits, preview.warnings),
            self.fail,
        )

    def write_normal_request(self) -> None:
        """Take what was written into an ordinary request."""
        self.reject()
        start = RequestInput(
            kind="defect", environment="production", title=self.subject.text(), reason=self.reason.toPlainText()
        )
        open_request_sheet(self.shell, "defect", start)

    def submit(self) -> None:
        """Draft it and show the ways."""
        entered, draft = self.entered(), self._draft
        self.save(lambda context: save_input(context, entered, draft), then=self._show_ways)

    def _show_ways(self, done: Done[Drafted]) -> None:
        self.shell.go.emit("requests", str(done.value.request.id))
        open_ways_sheet(self.shell, done.value.request.id)


def open_ways_sheet(shell: Shell, key: int) -> None:
    """Show the ways to open a critical incident that is drafted, or was opened already."""
    shell.operations.run(
        lambda context: context.read(services.requests.find, key), lambda view: shell.open_sheet(WaysSheet(shell, view))
    )


class WaysSheet(Sheet):
    """Portal, email and emergency line side by side; any of them opens the incident."""

    help_topic = "requests#When production stands still"

    def __init__(self, shell: Shell, view: RequestView) -> None:
        opened = view.request.status not in ("drafted", "queued")
        action = "" if opened else "I have opened it"
        super().__init__(shell, f"Open the critical incident {view.request.reference}", action, wide=True)
        self._view = view
        self.safe.setDefault(True)  # Enter starts no clock
        self.primary.setAutoDefault(False)
        self.add("Any of the three opens it; one is enough. Use two to be sure.")
        self._awake = QVBoxLayout()
        self.add(self._awake, SideBySide(*self._cards()))
        self.text = OutgoingText("What Support will read", 8)
        self.text.changed.connect(self.update_enabled)
        self.script = OutgoingText("What to say on the telephone", 6)
        self.script.changed.connect(self.update_enabled)
        self.add(self.script, self.text)  # as their ways stand above
        self.opened_at = MomentField(shell.app.clock.now(), shell.zone)
        if not opened:
            self.field(
                f"When did it go out? ({shell.time_name})",
                self.opened_at,
                "The clock starts then, not when you record it here.",
            )
        due = rules.answer_due(shell.policy.critical, view.request)
        if due is not None:
            self.add(label(f"Support aims to answer by {words.moment(due, shell.zone)}.", "strong"))
        self.update_enabled()
        key = view.request.id
        shell.operations.run(lambda context: _read_texts(context, key), lambda texts: self._show(*texts), self.fail)

    def _cards(self) -> list[Card]:
        """A card for each way, with the vendor's rule and one action."""
        word = self.shell.policy.critical.subject_word
        self.by_portal = button("Copy and open the portal", lambda: self.hand_over("portal"))
        portal = Card("Portal ticket", "Give the ticket critical priority.", Flow(self.by_portal), 1)
        way: Via = "mail-program"
        name = "Open the mail program"
        if self._view.via == "smtp" and self._view.request.status == "drafted":
            way, name = "smtp", "Send it now"
        self.by_mail = button(name, lambda: self.hand_over(way))
        mail = Card("Email", f"Its subject begins with “{word}”. Keep that word.", Flow(self.by_mail), 1)
        self.by_phone = button("Copy the script", lambda: self.hand_over("phone"))
        self.on_paper = button("Print …", self.print_script)
        voice = Card("Voicemail")
        if any(channel.key == "emergency" for channel in self.shell.policy.channels):
            number = label(emergency_number(self.shell), "lead", selectable=True)
            voice.add(number, "Leave a message.", Flow(self.by_phone, self.on_paper))
        voice.add(1)
        return [voice, mail, portal]

    def _show(self, letter: Parcel, script: Parcel, support: services.calendar.support.SupportView) -> None:
        self.text.show_text(letter.text, letter.hits, letter.warnings)
        self.script.show_text(script.text, script.hits, script.warnings)
        awake = [opening.team.name for opening in support.openings if opening.open]
        who = filled("Open now: {}.", ", ".join(awake)) or "No support team has opening hours now."
        self._awake.addWidget(Banner(f"{who} {DAY_AND_NIGHT}", "info"))
        self.update_enabled()
        self.grow()

    def update_enabled(self) -> None:
        self.allow(True)  # whatever is marked in the texts: it may have been opened by other words
        ready = self.text.may_leave
        for action in (self.by_portal, self.by_mail):
            action.setEnabled(ready)
        for action in (self.by_phone, self.on_paper):
            action.setEnabled(self.script.may_leave)

    def hand_over(self, way: Via, then: Callable[[Handed], None] | None = None) -> None:
        """Go one of the ways; the sheet stays open for the others.

        Args:
            then: what is to be done once that is written down, by default what the way needs.
        """
        key, version = self._view.request.id, self._view.request.version
        anyway = (self.script if way == "phone" else self.text).send_anyway
        go_on = then or self._handed
        self.shell.operations.run(
            lambda context: context.write(
                services.requests.delivery.hand_over, key, way, send_anyway=anyway, version=version
            ),
            lambda done: go_on(done.value),
            self.fail,
            "Handing it over",
        )

    def print_script(self) -> None:
        """Print what to say; that is written down like a copied script, for it is read to Support from the paper."""
        from penelope_admin.ui.printing import print_script

        title = f"What to say on the telephone: {self._view.request.reference}"
        if print_script(self, self.shell, title, self.script.text.toPlainText()):
            self.hand_over("phone", lambda _: self.shell.said.emit("Script printed."))

    def _handed(self, handed: Handed) -> None:
        trouble = finish_hand_over(self.shell, handed, self._view.portal_url)
        if trouble:
            self.fail(RuntimeError(trouble))
        elif handed.queued:
            self.accept()
            self.shell.said.emit("It is being sent. The clock starts as soon as the mail server has it.")

    def submit(self) -> None:
        """Record that it was opened: the clock starts."""
        key, version, at = self._view.request.id, self._view.request.version, self.opened_at.changed_instant
        self.save(
            lambda context: context.write(services.requests.advance, key, "sent", happened_at=at, version=version),
            said="Timer started. Overview shows it until Support has answered.",
        )


def _read_texts(context: Context, key: int) -> tuple[Parcel, Parcel, services.calendar.support.SupportView]:
    return (
        context.read(services.requests.delivery.parcel, key, "portal"),
        context.read(services.requests.delivery.parcel, key, "phone"),
        context.read(services.calendar.support.load),
    )
