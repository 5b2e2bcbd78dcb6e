"""The sheet that takes Support's reply, pasted or from a file, and offers the case number and the day found in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QCompleter

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.domain.requests import KINDS, reference_of
from penelope_admin.domain.text import filled
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, clear, label
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.message_sheet import MessageSheet
from penelope_admin.ui.widgets.same_case import CaseSheet, SameCase

if TYPE_CHECKING:
    from penelope_admin.domain.requests import Request
    from penelope_admin.services.requests.inbox import Listing
    from penelope_admin.services.requests.replies import ReplyView
    from penelope_admin.services.work import Done

USUAL_LENGTH = 40
"""Of a request's line, in letters."""
_RECORD = {
    (False, False): "Record the case number",
    (True, False): "Record the case number",
    (True, True): "Record number and day",
    (False, True): "Record the day",
}
"""What is recorded, by whether there is a case number that is not known, and a day."""


class ReplySheet(MessageSheet, CaseSheet):
    """Finds, offers, and records only what a person says yes to."""

    help_topic = "requests"
    records = True

    def __init__(self, shell: Shell, source: Path | str | None = None) -> None:
        """
        Args:
            source: a file that was dropped, or text; nothing to begin with an empty field.
        """
        super().__init__(shell, "Enter Support's reply", "Record the case number", wide=True)
        self.ask_for_message(
            "The reply",
            "The reply is read, not stored. Only the case number and the day are kept.",
            "Paste the whole reply, with its subject line, or drop its file here",
            "Replies (*.eml *.msg *.txt)",
        )
        self.request, self.number = ChoiceField(), ChoiceField()
        self.number.setEditable(True)
        # One that knows nothing: Qt's own would put the number that was found in the place of a shorter one.
        self.number.setCompleter(QCompleter([], self.number))
        self.field("Request", self.request)
        self.field("Case number", self.number)
        self.day = self.field("Scheduled for", ChoiceField())
        self._days_said = self.added(label("", "muted"))
        self._takes_day: set[int] = set()  # requests that Support carries out on a day
        self.day.currentIndexChanged.connect(self.update_enabled)
        self._recorded: tuple[int | None, str | None] | None = None  # a request, and the case number it has already
        self.same_case = self.added(SameCase())
        for changed in (self.request.currentIndexChanged, self.number.currentTextChanged):
            changed.connect(self.update_enabled)
            changed.connect(self.same_case.forget)
        self.update_enabled()
        # By the width of a usual one, for Qt would measure every entry, and there may be thousands.
        self.request.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.request.setMinimumContentsLength(USUAL_LENGTH)
        shell.operations.run(
            lambda context: context.read(services.requests.inbox.listing),
            lambda listing: self._offer_requests(listing, source),
        )

    def _offer_requests(self, listing: Listing, source: Path | str | None) -> None:
        self.request.addItem("Choose the request", None)
        for line in (listing.lines[key] for key in listing.order):
            self.request.addItem(f"{line.reference}, {line.summary}", line.id)
            if KINDS[line.kind].takes_a_day:
                self._takes_day.add(line.id)
        self.begin_with(source)
        if not source:
            self.pasted.setFocus()

    def _forget(self) -> None:
        """Nothing was read, or nothing that could be: offer nothing either."""
        clear(self._findings)
        self.number.clear()
        self.day.clear()
        self.request.setCurrentIndex(0)

    def _read_message(self, source: Path | str) -> None:
        self._forget()
        self.forget_error()
        self.preview(lambda context: services.requests.replies.look_into(context, source), self._show, self.fail)

    def _show(self, reply: ReplyView) -> None:
        offer = reply.offer
        clear(self._findings)
        certain = offer.request_id is not None and offer.case_number is not None and not offer.conflicts
        self._findings.addWidget(Banner(offer.sentence, "positive" if certain else "caution"))
        self._tell_doubt(reply.doubt, reply.sender)
        self.number.clear()
        self.number.addItems(list(offer.numbers))
        self.number.setCurrentText(offer.case_number or "")
        if not self.pasted.toPlainText():  # read from a file
            self.forget_typing()
        self._offer_days(reply)
        self._recorded = (offer.request_id, offer.case_number) if offer.is_known else None
        self._choose_request(reply)
        self.update_enabled()
        if not self.pasted.toPlainText() and self.primary.isEnabled():
            self.primary.setFocus()  # Enter goes on with what the file says
        self.grow()

    def _offer_days(self, reply: ReplyView) -> None:
        """What could be meant is chosen by the person; only a day that can be read in one way stands there already."""
        self.day.clear()
        if reply.days:
            self.day.addItem("No day", None)
        for day in dict.fromkeys(reading for named in reply.days for reading in named.readings):
            self.day.addItem(words.day(day), day.isoformat())
        self.day.choose(mapped(reply.day, date.isoformat))
        self._days_said.setText(" ".join(named.sentence for named in reply.days))

    def _choose_request(self, reply: ReplyView) -> None:
        """Choose the one it is about; those it may be about can be closed, and so not be in the list yet."""
        for key in reply.summaries.keys() - {self.request.itemData(row) for row in range(self.request.count())}:
            self.request.addItem(f"{reference_of(key)}, {reply.summaries[key]}", key)
        self.request.choose(reply.offer.request_id)

    @property
    def _meant(self) -> tuple[int | None, str]:
        return self.request.currentData(), self.number.currentText()

    @property
    def _chosen_day(self) -> date | None:
        if self._meant[0] not in self._takes_day:
            return None
        return mapped(self.day.currentData(), date.fromisoformat)

    @property
    def _is_recorded(self) -> bool:
        """Whether nothing is left to be recorded of it: then the sheet leads to the request."""
        return self._meant == self._recorded and self._chosen_day is None

    def update_enabled(self) -> None:
        (key, number), day = self._meant, self._chosen_day
        for part in filter(None, (self.day.parentWidget(), self._days_said)):
            part.setVisible(self.day.count() > 0 and key in self._takes_day)
        is_new = bool(number.strip()) and self._meant != self._recorded
        self.primary.setText(f"Open PA-{key}" if self._is_recorded else _RECORD[is_new, day is not None])
        self.ask_for({"the request": key is not None, "a case number or a day": number.strip() or day is not None})

    def submit(self) -> None:
        """Record it; where it is recorded already, lead to the request."""
        (key, number), day, same_case = self._meant, self._chosen_day, self.same_case.isChecked()
        if key is None:
            return
        if self._is_recorded:
            self.accept()
            self.shell.go.emit("requests", str(key))
            return
        self.save(
            lambda context: context.write(
                services.requests.replies.take, key, number, same_case=same_case, scheduled_for=day
            ),
            said=_said,
            then=lambda done: self.shell.go.emit("requests", str(done.value.id)),
        )


def _said(done: Done[Request]) -> str:
    request = done.value
    day = filled(" and is scheduled for {}", mapped(request.scheduled_for, words.day))
    return f"{request.reference} has the case number {request.case_number}{day}."
