"""Small sheets about a case: another number, one that two requests share, and the defect Support confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin import services
from penelope_admin.domain.requests import SEVERITIES
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.fields import ChoiceField, text_line
from penelope_admin.ui.widgets.same_case import CaseSheet, SameCase
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.replies import FoundNumber
    from penelope_admin.services.requests import RequestView


class CaseNumberSheet(CaseSheet):
    """Puts right what was entered wrong."""

    help_topic = "requests"
    records = True

    def __init__(self, shell: Shell, view: RequestView) -> None:
        super().__init__(shell, f"Case number of {view.request.reference}", "Save the case number")
        self._request = view.request
        self.add("For a number that was entered wrong. A different question is a new request with a new number.")
        self.same_case = SameCase()
        self.number = text_line(view.request.case_number or "", edited=self.same_case.forget)
        self.field("Case number", self.number)
        self.add(self.same_case)
        self.need(self.number, "the number")

    def submit(self) -> None:
        """Record it."""
        request, number, same_case = self._request, self.number.text(), self.same_case.isChecked()
        self.save(
            lambda context: context.write(
                services.requests.correct_case_number, request.id, number, request.version, same_case=same_case
            )
        )


class SameCaseSheet(Sheet):
    """Asks whether Support put two requests on one case, before a number that a reply brought is recorded."""

    help_topic = "requests"

    def __init__(self, shell: Shell, number: FoundNumber, because: str) -> None:
        super().__init__(shell, f"Is it the same case, {number.case_number}?", "Record it: one case for both")
        self._number = number
        self.add(because)

    def submit(self) -> None:
        """Record it."""
        key, number = self._number.request_id, self._number.case_number
        self.save(lambda context: context.write(services.requests.replies.take, key, number, same_case=True))


class DefectSheet(Sheet):
    """Number and severity, as Support gave them."""

    help_topic = "requests"
    records = True

    def __init__(self, shell: Shell, view: RequestView) -> None:
        super().__init__(shell, f"Defect of {view.request.reference}", "Save the defect")
        self._request = view.request
        self.add("Support confirms a defect, attaches it to the case, and gives it a severity.")
        self.number = self.field("Defect number", text_line(view.request.defect_number or ""))
        names = {severity.key: f"{severity.key}: {severity.name}" for severity in shell.policy.severities}
        self._meanings = {severity.key: severity.meaning for severity in shell.policy.severities}
        choices = ((names.get(key, key), key) for key in SEVERITIES)
        self.severity = self.field("Severity", ChoiceField(choices, view.request.defect_severity))
        self.severity.currentIndexChanged.connect(self._explain)
        self._meaning = label("", "muted")
        self.add(self._meaning)
        self._explain()
        self.need(self.number, "the number")
        self.number.setFocus()

    def _explain(self) -> None:
        self._meaning.setText(self._meanings.get(self.severity.currentData(), ""))

    def submit(self) -> None:
        """Record it."""
        request, number, severity = self._request, self.number.text(), self.severity.currentData()
        self.save(
            lambda context: context.write(
                services.requests.record_defect, request.id, number, severity, request.version
            )
        )
