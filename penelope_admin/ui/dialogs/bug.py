"""A bug: what happened, what was kept, and a report to copy."""

from __future__ import annotations

from penelope_admin import crash
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import button, label
from penelope_admin.ui.widgets.fields import LongText
from penelope_admin.ui.widgets.sheet import Sheet


class BugSheet(Sheet):
    """Tells of a bug and keeps its report in the data folder's logs."""

    def __init__(self, shell: Shell, error: BaseException) -> None:
        super().__init__(shell, "Something went wrong in Penelope Admin", wide=True)
        now = shell.app.clock.now()
        report = crash.report(error, now)
        self.add(
            "This is a bug in the program, not something you did. What was saved before is kept; what you were "
            "doing just now may not be. Check the page before you do it again."
        )
        self._where = self.added(label("", "muted"))
        text = LongText(report)
        text.setReadOnly(True)
        text.setMinimumHeight(8 * theme.current().row_height())
        self.field("Report", text, "Please send it to whoever looks after this program. Check it for names first.")
        self.add_button(button("Copy the report", lambda: shell.copy(report, "Report")))
        shell.operations.run_with_app(
            lambda app: crash.keep(app.home, error, now),
            lambda path: self._where.setText(f"Kept in {path}"),
            lambda problem: self._where.setText(str(problem)),
        )
