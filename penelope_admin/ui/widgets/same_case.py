"""The tick by which a person says that Support put two requests on one case; asked for only where that is in doubt."""

from __future__ import annotations

from penelope_admin.errors import SameCaseError
from penelope_admin.ui.widgets.basics import Tick
from penelope_admin.ui.widgets.sheet import Sheet


class SameCase(Tick):
    """Hidden until a case number was refused because another request has it; hidden again for another number."""

    def __init__(self) -> None:
        super().__init__("Support is handling both requests under this case.")
        self.hide()

    def forget(self) -> None:
        """Another number was entered: nothing was said about that one."""
        self.setChecked(False)
        self.hide()


class CaseSheet(Sheet):
    """A sheet in which a case number is entered; `same_case` stands in it, wherever it fits."""

    same_case: SameCase

    def fail(self, error: Exception) -> None:
        """Show what went wrong; a case number that another request has can be meant."""
        if isinstance(error, SameCaseError):
            self.same_case.show()
        super().fail(error)
