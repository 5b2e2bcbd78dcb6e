"""The sheet that brings a request to Support: the way, the text as it leaves, and a look for client data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from penelope_admin import services
from penelope_admin.domain.delivery import VIA_NAMES, Via
from penelope_admin.errors import ConflictError
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.privacy import OutgoingText
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from penelope_admin.services.requests import RequestView
    from penelope_admin.services.requests.delivery import Handed, Parcel
    from penelope_admin.services.work import Done

_ACTIONS: dict[Via, tuple[str, str]] = {
    "smtp": ("Send it", "It goes into the outbox and leaves as soon as the mail server answers."),
    "mail-program": (
        "Open mail program",
        "Opens in your mail program. After sending, come back and choose “Yes, I sent it”.",
    ),
    "eml": ("Save the draft …", "Open the file in your mail program. After sending, choose “Yes, I sent it”."),
    "portal": ("Copy and open portal", "Paste it into a new ticket. Then come back and choose “Yes, I sent it”."),
    "phone": ("I have called", "Dial and say this. Choose “I have called” afterwards."),
}

_SAID: dict[Via, str] = {
    "mail-program": "{reference} should now be open in your mail program. After sending, choose “Yes, I sent it”.",
    "portal": "Text copied. Choose “Yes, I sent it” once the ticket is made.",
    "phone": "Script copied. Choose “Yes, I called” afterwards.",
}


class SendSheet(Sheet):
    """Nothing leaves before a person has seen what does."""

    help_topic = "requests"
    records = True

    fell_through = Signal(int)
    """No program took what was handed over; the how-many-th hand-over of this sheet it was."""

    def __init__(self, shell: Shell, view: RequestView, way: Via | None = None) -> None:
        super().__init__(shell, f"Send {view.request.reference}", "Send it", wide=True)
        self._view, self._shown = view, view.request
        self._hand_overs = 0
        # The outbox takes what was not sent yet.
        left_out = {"smtp": view.request.status != "drafted", "phone": not view.phone.offered}
        ways = ((name, key) for key, name in VIA_NAMES.items() if not left_out.get(key, False))
        self.way = self.field("How", ChoiceField(ways, way or view.via), "The default is in Settings.")
        self._meaning = self.added(label("", "muted"))
        self._phone = label(view.phone.note, "muted")
        if view.phone.note:
            self.add(self._phone)
        self.text = OutgoingText("Message", 12)
        self.text.changed.connect(self.update_enabled)
        self.add(self.text)
        self.on_paper = button("Print the script …", self.print_script)
        self.to_copy = button("Copy the script", partial(self._hand_over, "phone"))
        for script_button in (self.on_paper, self.to_copy):
            self.add_button(script_button)
        self.way.currentIndexChanged.connect(self._choose)
        self._refresh_preview()

    def _choose(self) -> None:
        """Another way: what went wrong with the one before is no matter any more."""
        self.forget_error()
        self._refresh_preview()

    def _refresh_preview(self) -> None:
        action, meaning = _ACTIONS[self.way.currentData()]
        self._meaning.setText(meaning)
        for script_button in (self.on_paper, self.to_copy):
            script_button.setVisible(self.way.currentData() == "phone")
            script_button.setEnabled(False)
        self._phone.setVisible(not self._view.phone.offered or self.way.currentData() == "phone")
        self.primary.setText(action)
        self.allow(False)
        key, way = self._view.request.id, self.way.currentData()
        self.shell.operations.run(
            lambda context: context.read(services.requests.delivery.parcel, key, way),
            self._show,
            self.fail,
            "Looking at the text",
        )

    def _show(self, parcel: Parcel) -> None:
        if parcel.via != self.way.currentData():
            return  # another way was chosen meanwhile
        self._shown = parcel.request  # what is handed over is what the person has read
        to = f"To: {parcel.letter.to or '(not set: see Settings)'}\n"
        if parcel.via in ("smtp", "mail-program", "eml"):
            self._meaning.setText(f"{_ACTIONS[parcel.via][1]} {to.strip()}")
        self.text.show_text(parcel.text, parcel.hits, parcel.warnings)
        self.update_enabled()
        self.grow()

    def update_enabled(self) -> None:
        self.ask_for({"the tick about client data": self.text.may_leave})
        for script_button in (self.on_paper, self.to_copy):
            script_button.setEnabled(self.text.may_leave)

    def print_script(self) -> None:
        """Print what to say; that is written down like a copied script, for it is read to Support from the paper."""
        from penelope_admin.ui.printing import print_script

        title = f"What to say on the telephone: {self._view.request.reference}"
        if print_script(self, self.shell, title, self.text.text.toPlainText()):
            self._hand_over("phone", done="Script printed. Choose “Yes, I called” afterwards.")

    def submit(self) -> None:
        """Hand it over; whoever calls has done so by now, and that is recorded too."""
        way: Via = self.way.currentData()
        if way == "phone":
            self._record_call()
            return
        target: Path | None = None
        if way == "eml":
            target = ask_target(self, "Save the draft", f"{self._view.request.reference}.eml", "Mail draft")
            if target is None:
                return
        self._hand_over(way, target)

    def _record_call(self) -> None:
        request, anyway = self._shown, self.text.send_anyway
        self.save(
            lambda context: context.write(
                services.requests.delivery.record_call, request.id, send_anyway=anyway, version=request.version
            ),
            said=f"Noted: you called about {request.reference}. Enter the case number when you have it.",
        )

    def _hand_over(self, way: Via, target: Path | None = None, *, done: str = "") -> None:
        """Hand it over.

        Args:
            done: what to say where nothing is left to be done by this computer.
        """
        self.set_working(True)
        request, anyway = self._shown, self.text.send_anyway

        def call(context: services.work.Context) -> Done[Handed]:
            return context.write(
                services.requests.delivery.hand_over,
                request.id,
                way,
                send_anyway=anyway,
                version=request.version,
                target=target,
            )

        self.shell.operations.run(
            call, lambda handed: self._handed(handed.value, target, done), self.fail, "Handing it over"
        )

    def fail(self, error: Exception) -> None:
        """Show what went wrong; where somebody else changed the request, show the text as it is now."""
        super().fail(error)
        if isinstance(error, ConflictError):
            self._refresh_preview()

    def _handed(self, handed: Handed, target: Path | None, done: str) -> None:
        self._shown = handed.parcel.request  # the way is kept with it: that is no change of somebody else's
        self._hand_overs += 1
        if not done and (trouble := finish_hand_over(self.shell, handed, self._view.portal_url)):
            if handed.parcel.via == "mail-program":  # from the clipboard it may be sent all the same
                self.fell_through.emit(self._hand_overs)
            self.fail(RuntimeError(trouble))
            return
        self.accept()
        reference = self._view.request.reference
        if done:
            self.shell.said.emit(done)
        elif handed.queued:
            self.shell.said.emit(f"{reference} was put into the outbox.")
        elif target is not None:
            self.shell.said.emit(f"Saved: {target}. Send it in your mail program, then choose “Yes, I sent it”.")
        else:
            self.shell.said.emit(_SAID[handed.parcel.via].format(reference=reference))


def finish_hand_over(shell: Shell, handed: Handed, portal_url: str) -> str:
    """Do on this computer what the way needs: open a program, fill the clipboard. Gives back what went wrong."""
    way, text = handed.parcel.via, handed.parcel.text
    if way in ("portal", "phone"):
        shell.copy(text, "Text")
    if way == "portal" and not portal_url:
        return "The text is in the clipboard, but the portal's address is not set. Settings has a field for it."
    if way == "portal" and not shell.open_link(portal_url):
        return f"The text is in the clipboard, but no browser answered. The portal is at {portal_url}"
    if way == "mail-program" and handed.link is None:
        return "The text is too long for a mail link. Save it as a draft file, or send it another way."
    if way == "mail-program" and handed.link is not None and not shell.open_link(handed.link):
        return "No mail program answered. Save it as a draft file, or send it another way."
    return ""
