"""The sheet that answers one line of the check-list, with a remark and a file as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from penelope_admin import services
from penelope_admin.domain.checklists import RESULT_NAMES
from penelope_admin.domain.features import full_name
from penelope_admin.ui.desk import Desk
from penelope_admin.ui.widgets.basics import Banner, Tick, button, label
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.checklists import CheckList, Line, Result
    from penelope_admin.services.work import Done


class AnswerSheet(Sheet):
    """What was seen, and what it rests on. Of a file only its name and SHA-256 are kept."""

    def __init__(self, desk: Desk, found: CheckList, line: Line, result: Result) -> None:
        super().__init__(desk, f"Line {line.effect.number} of the check-list", "Record the answer")
        self._found, self._line = found, line
        self._file: Path | None = None
        self.add(label(line.effect.text), label(f"How to look (our advice): {line.effect.check}", "muted"))
        self.verdict = QComboBox()
        for key, name in RESULT_NAMES.items():
            self.verdict.addItem(name, key)
        self.verdict.setCurrentIndex(self.verdict.findData(result))
        self.field("What did you find?", self.verdict)
        self._means = Banner(
            "From then on contact details in this database count as real, until this line is answered otherwise.",
            "danger",
        )
        self.add(self._means)
        self._doubts = label(
            "The features of this line become “not known”, a task for you. Tick those that you saw on; then the others "
            "stay as they are. Of a locked one that is on, tell Support at once.",
            "dangerText",
        )
        self.still_on = {key: Tick(full_name(desk.policy, desk.policy.feature[key])) for key in line.effect.features}
        self.add(self._doubts, *self.still_on.values())
        self.remark = QLineEdit()
        self.field("Note", self.remark, "What you saw. No client details, please.")
        self._name = label("No file is named.", "muted")
        self.add(Flow(button("Attach a file …", self.choose_file)), self._name)
        self.add(label("The file stays where it is; its name and SHA-256 are kept.", "caption"))
        self.verdict.currentIndexChanged.connect(self._look)
        self.remark.setFocus()  # the answer is chosen already; letters typed now are words
        self._look()

    def _look(self) -> None:
        failed = self.verdict.currentData() == "fail"
        self._means.setVisible(failed and self._line.effect.proven_by_data)
        for part in (self._doubts, *self.still_on.values()):
            part.setVisible(failed and bool(self.still_on))
        self.grow()

    def choose_file(self) -> None:
        """Take a file as evidence."""
        chosen, _ = QFileDialog.getOpenFileName(self, "A file as evidence")
        if chosen:
            self._file = Path(chosen)
            self._name.setText(self._file.name)

    def submit(self) -> None:
        """Record it."""
        self.set_working(True)
        event, number = self._found.event.id, self._line.effect.number
        result, remark, file = self.verdict.currentData(), self.remark.text(), self._file
        still_on = [key for key, tick in self.still_on.items() if result == "fail" and tick.isChecked()]
        self.desk.operations.run(
            lambda context: context.write(services.checklists.answer, event, number, result, remark, file, still_on),
            self._saved,
            self.fail,
            "Saving",
        )

    def _saved(self, done: Done[CheckList]) -> None:
        self.accept()
        self.desk.said.emit(f"{done.value.standing}.")
