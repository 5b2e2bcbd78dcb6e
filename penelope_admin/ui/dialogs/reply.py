"""The sheet that takes Support's reply, pasted or from a file, and offers the case number found in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFileDialog, QPlainTextEdit, QVBoxLayout

from penelope_admin import services
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Banner, button, clear
from penelope_admin.ui.widgets.fields import ChoiceField
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.same_case import CaseSheet, SameCase

if TYPE_CHECKING:
    from penelope_admin.services.requests.inbox import Listing
    from penelope_admin.services.requests.replies import Found

USUAL_LENGTH = 40
"""Of a request's line, in letters."""
LOOK_AFTER_MS = 300
LONGEST_PASTE = 1_000_000


class ReplySheet(CaseSheet):
    """Finds, offers, and records only what a person says yes to."""

    help_topic = "requests"
    records = True

    def __init__(self, shell: Shell, source: Path | str | None = None) -> None:
        """Make it.

        Args:
            source: a file that was dropped, or text; nothing to begin with an empty field.
        """
        super().__init__(shell, "Enter Support's reply", "Record the case number", wide=True)
        self.pasted = QPlainTextEdit()
        self.pasted.setTabChangesFocus(True)
        self.pasted.setMinimumHeight(6 * theme.current().row_height())
        self.pasted.setPlaceholderText("Paste the whole reply, with its subject line")
        self.field("The reply", self.pasted, "It is read here and not kept; only the case number is.")
        self.add(Flow(button("Open a file …", self.choose_file)))
        self._found = QVBoxLayout()
        self._found.setSpacing(theme.current().space("xs"))
        self.add(self._found)
        self.request, self.number = ChoiceField(), ChoiceField()
        self.number.setEditable(True)
        self.field("Request", self.request)
        self.field("Case number", self.number)
        self.same_case = SameCase()
        self.add(self.same_case)
        self.request.currentIndexChanged.connect(self._judge)
        self.number.currentTextChanged.connect(self._judge)
        self._timer = self.look_later(self._look_at_text)
        self.number.currentTextChanged.connect(self.same_case.forget)
        self.request.currentIndexChanged.connect(self.same_case.forget)
        self.pasted.textChanged.connect(self._timer.start)
        self._judge()
        # By the width of a usual one, for Qt would measure every entry, and there may be thousands.
        self.request.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.request.setMinimumContentsLength(USUAL_LENGTH)
        shell.operations.run(
            lambda context: context.read(services.requests.inbox.look),
            lambda found: self._offer_requests(found, source),
        )

    def _offer_requests(self, found: Listing, source: Path | str | None) -> None:
        self.request.addItem("Choose the request", None)
        for line in (found.lines[key] for key in found.order):
            self.request.addItem(f"{line.reference}, {line.summary}", line.id)
        if isinstance(source, Path):
            self._look(source)
        elif source:
            self.pasted.setPlainText(source)  # which has it read, too
            self.forget_typing()
        else:
            self.pasted.setFocus()

    def choose_file(self) -> None:
        """Read a reply that was saved."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a reply", "", "Replies (*.eml *.msg *.txt);;All files (*)")
        if chosen:
            self._look(Path(chosen))

    def _look_at_text(self) -> None:
        text = self.pasted.toPlainText()[:LONGEST_PASTE]
        if text.strip():
            self._look(text)
        else:
            self._forget()

    def _forget(self) -> None:
        """Nothing was read, or nothing that could be: offer nothing either."""
        clear(self._found)
        self.number.clear()
        self.request.setCurrentIndex(0)

    def _look(self, source: Path | str) -> None:
        self._forget()
        self.shell.operations.run(
            lambda context: services.requests.replies.look_into(context, source),
            self._show,
            self.fail,
            "Reading the reply",
        )

    def _show(self, found: Found) -> None:
        offer = found.offer
        clear(self._found)
        certain = offer.request_id is not None and offer.case_number is not None and not offer.conflicts
        self._found.addWidget(Banner(offer.sentence, "positive" if certain else "caution"))
        if found.doubt:
            self._found.addWidget(Banner(found.doubt, "caution" if found.sender else "info"))
        self.number.clear()
        self.number.addItems(list(offer.numbers))
        self.number.setCurrentText(offer.case_number or "")
        if not self.pasted.toPlainText():  # read from a file
            self.forget_typing()
        self.request.setCurrentIndex(max(0, self.request.findData(offer.request_id)))
        self._judge()
        if not self.pasted.toPlainText() and self.primary.isEnabled():
            self.primary.setFocus()  # Enter goes on with what the file says
        self.grow()

    def _judge(self) -> None:
        self.allow(self.request.currentData() is not None and bool(self.number.currentText().strip()))

    def submit(self) -> None:
        """Record it."""
        key, number, same_case = self.request.currentData(), self.number.currentText(), self.same_case.isChecked()
        self.save(
            lambda context: context.write(services.requests.replies.take, key, number, same_case=same_case),
            said=lambda done: f"{done.value.reference} has the case number {done.value.case_number}.",
            then=lambda done: self.shell.go.emit("requests", str(done.value.id)),
        )
