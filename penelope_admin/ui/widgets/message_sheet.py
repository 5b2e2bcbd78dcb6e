"""The sheet that reads a message: pasted, dropped anywhere on it, or opened from a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPushButton

from penelope_admin.ui import theme
from penelope_admin.ui.widgets.basics import Banner, button, stacked
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.files import TakesDrops, ask_source, dropped_message
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet


class MessageSheet(TakesDrops, Sheet):
    """Reads a file at once, and what is typed or pasted a moment after. `_findings` is the place of what was found."""

    def ask_for_message(self, name: str, hint: str, example: str, kinds: str, *more: QPushButton) -> None:
        """Put the field, what opens a file, and the place of what is found.

        Args:
            example: stands in the empty field.
            kinds: the files that are offered, as Qt writes it: "Replies (*.eml *.txt)".
            more: further buttons beside the one that opens a file.
        """
        self._kinds = kinds
        self.pasted = LongText()
        self.pasted.setAcceptDrops(False)  # what is dropped is a message, wherever it lands
        self.pasted.setFixedHeight(3 * theme.current().row_height())
        self.pasted.setPlaceholderText(example)
        self.field(name, self.pasted, hint)
        self.add(Flow(button("Open a file …", self.choose_file), *more))
        self._findings = self.added(stacked(gap="s"))
        self._timer = self.preview_later(self._read_pasted)
        self.pasted.textChanged.connect(self._timer.start)
        self.setAcceptDrops(True)

    def begin_with(self, source: Path | str | None) -> None:
        """Read a file, in the place of what was pasted, or text; nothing to begin with an empty field."""
        if isinstance(source, Path):
            self.pasted.clear()
            self._timer.stop()  # the field is empty because a file is read, not because there is nothing to read
            self._read_message(source)
        elif source:
            self.pasted.setPlainText(source)  # which has it read, too
            self.forget_typing()

    def source_in(self, data: QMimeData) -> Path | str | None:
        """A file of this computer, or text."""
        return dropped_message(data)

    take_dropped = begin_with

    def choose_file(self) -> None:
        """Read a message that was saved."""
        ask_source(self, "Open a message", f"{self._kinds};;All files (*)", self.begin_with)

    def _read_pasted(self) -> None:
        text = self.pasted.toPlainText()
        if text.strip():
            self._read_message(text)
        else:
            self._forget()

    def _tell_doubt(self, doubt: str, sender: str) -> None:
        """Whatever is doubtful about who sent it; that it names nobody is no more than to be known."""
        if doubt:
            self._findings.addWidget(Banner(doubt, "caution" if sender else "info"))

    def _read_message(self, source: Path | str) -> None:
        """Have it read, and show what it says; subclasses know how."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Nothing was read, or nothing that could be: offer nothing either."""
        raise NotImplementedError
