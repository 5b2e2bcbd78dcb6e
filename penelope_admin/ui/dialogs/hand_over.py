"""The hand-over sheet: who is on shift at each site during a window, to be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from penelope_admin import services
from penelope_admin.domain.sites import BEFORE_IT_STARTS
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import label
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.domain.sites import Shift
    from penelope_admin.domain.windows import Window

LONGEST = 300


def open_hand_over(shell: Shell, window: Window) -> None:
    """Open the sheet with the places at which people work through a window."""
    shell.operations.run(
        lambda context: context.read(services.sites.at_work, window),
        lambda shifts: shell.open_sheet(HandOverSheet(shell, window, shifts)),
    )


class HandOverSheet(Sheet):
    """Who is on shift. What is typed is kept while the program runs, and nowhere else."""

    help_topic = "windows"

    def __init__(self, shell: Shell, window: Window, shifts: tuple[Shift, ...]) -> None:
        super().__init__(shell, "Hand-over sheet", "Print …")
        self._window, self._shifts = window, shifts
        self.add(f"{window.name}: {window.in_words}.", *(label(said, "muted") for said in window.details))
        self.fields = [QLineEdit(shell.on_shift.get((window.key, shift.place), "")) for shift in shifts]
        for shift, line in zip(shifts, self.fields, strict=True):
            line.setMaxLength(LONGEST)
            self.field(f"On shift: {shift.place} (optional)", line, shift.when)
        self.add(
            *BEFORE_IT_STARTS,
            label(
                "How to get through is our advice, not the vendor's. Names are not saved: they stay while the program "
                "is open, and on paper. What you leave out can be written there by hand.",
                "caption",
            ),
        )

    def done(self, result: int) -> None:
        """What was typed is there when the sheet is opened again."""
        for shift, line in zip(self._shifts, self.fields, strict=True):
            self.shell.on_shift[self._window.key, shift.place] = line.text().strip()
        super().done(result)

    def _typed(self) -> tuple[str, ...]:
        """Esc drops nothing here."""
        return ()

    def submit(self) -> None:
        """Print it, and close once the person went on."""
        from penelope_admin.ui.printing import hand_over_html, print_html

        names = [line.text().strip() for line in self.fields]
        html = hand_over_html(self.shell, self._window, list(zip(self._shifts, names, strict=True)))
        if print_html(self, self.shell, html):
            self.accept()
