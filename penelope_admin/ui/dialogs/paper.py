"""The sheet that puts something on paper: the year, a project sheet, a check-list to tick, the windows for a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.files import ask_target
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.services.reports.papers import Paper, PaperKind

TITLES: dict[PaperKind, tuple[str, str]] = {
    "year": ("Print the year", "Twelve months as a picture with a legend, and the same in words."),
    "project": (
        "Print a project sheet",
        "Its days, each feature with the reason for care, conflicts, the steps to take in Penelope with boxes to tick, "
        "and the telephone numbers.",
    ),
    "check-list": (
        "Print a check-list",
        "Each check with how to do it, and boxes to tick by hand. Enter the answers here afterwards.",
    ),
    "windows": (
        "Print for a wall",
        "The coming twelve upgrades in large letters, in your time, with the notes for each.",
    ),
}


class PaperSheet(Sheet):
    """Prints a page or saves it as PDF."""

    help_topic = "windows"

    def __init__(self, shell: Shell, kind: PaperKind, key: int | None = None, name: str = "") -> None:
        """
        Args:
            key: the number of the project, or of the event that the check-list follows.
            name: of what it is about, if the title does not say it.
        """
        title, meaning = TITLES[kind]
        super().__init__(shell, title, "Print …")
        self._kind: PaperKind = kind
        self._key = key
        if name:
            self.add(label(name, "strong"))
        self.add(meaning, label("Prints well in black and white.", "muted"))
        self.as_pdf = button("Save as PDF …", self.save_pdf)
        self.add_button(self.as_pdf)

    def submit(self) -> None:
        """Read what is to be printed, then ask for the printer."""
        from penelope_admin.services.reports import papers

        kind, key = self._kind, self._key
        self.set_working(True)
        self.shell.operations.run(lambda context: context.read(papers.make, kind, key), self._print, self.fail)

    def _print(self, paper: Paper) -> None:
        from penelope_admin.ui.printing import print_html

        self.set_working(False)
        if print_html(self, self.shell, paper.html):
            self.accept()

    def save_pdf(self) -> None:
        """Ask where to, and make the file there, beside the worker: it takes a moment."""
        from penelope_admin.ui.pdf import to_pdf

        target = ask_target(self, "Save as PDF", f"penelope-{self._kind}.pdf", "PDF")
        if target is None:
            return
        kind, key = self._kind, self._key
        self.save_aside("file", lambda app: app.write_paper(kind, target, to_pdf, key), lambda saved: saved)


def open_paper(shell: Shell, kind: PaperKind, key: int | None = None, name: str = "") -> None:
    """Open the sheet."""
    shell.open_sheet(PaperSheet(shell, kind, key, name))
