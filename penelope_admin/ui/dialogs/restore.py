"""Restoring a backup: choose the file, see what is replaced by what, put it in place; it can be put back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from penelope_admin import services
from penelope_admin.domain.text import filled
from penelope_admin.errors import PenelopeAdminError
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import format as words
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import Facts, label
from penelope_admin.ui.widgets.files import ask_source
from penelope_admin.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.backups import Restored

Failure = Callable[[Exception], None]


def ask_and_restore(shell: Shell, parent: QWidget, on_success: Callable[[], None], on_failure: Failure) -> None:
    """Ask for a backup, say what it would replace, and restore it when the person wants that."""
    backups = shell.app.home / "backups"
    folder = str(backups if backups.is_dir() else Path.home())  # else Qt would offer the database itself
    ask_source(
        parent, "Restore a backup", "Backups (*.db);;All files (*)",
        lambda source: open_restore(shell, source, on_success, on_failure), folder,
    )  # fmt: skip


def open_restore(shell: Shell, source: Path, on_success: Callable[[], None], on_failure: Failure) -> None:
    """Open the sheet that says what a backup would replace."""
    shell.operations.run_with_app(
        _newest_entry,
        lambda newest: shell.open_sheet(RestoreSheet(shell, source, newest, on_success, on_failure)),
        on_failure,
        "Looking at what is here",
    )


def _newest_entry(app: App) -> datetime | None:
    """When something was recorded last; None where there is nothing, or nothing that can be used."""
    try:
        entries = app.context.read(services.activity.page).entries
    except PenelopeAdminError:
        return None
    return entries[0].at if entries else None


class RestoreSheet(Sheet):
    """What is replaced, and by what."""

    help_topic = "settings"

    def __init__(
        self, shell: Shell, source: Path, newest: datetime | None, on_success: Callable[[], None], on_failure: Failure
    ) -> None:
        super().__init__(shell, "Restore this backup?", "Replace what is here", danger=True)
        self._source, self._on_success, self._on_failure = source, on_success, on_failure
        self.add("Everything recorded here is replaced by what the backup holds.")
        here = "nothing that can be used"
        if newest:
            here = f"newest entry {words.moment(newest, shell.zone)}"
            self.add("What was recorded since is gone from view, and can be put back afterwards.")
        saved = _saved_at(source)
        when = f"saved {words.moment(saved, shell.zone)}" if saved else "which cannot be looked at"
        replaced = ("Replaced: what is here now", f"{shell.app.home}, {here}")
        facts = Facts(replaced, ("By: the backup", f"{source}, {when}"), columns=1)
        self.add(facts, label("The backup is checked before anything is replaced. What it replaces is kept.", "muted"))

    def submit(self) -> None:
        self.accept()
        restore(self.shell, self._source, self._on_success, self._on_failure)


def _saved_at(source: Path) -> datetime | None:
    """When a file was written last; None where nobody can tell: the restore itself says why."""
    try:
        return datetime.fromtimestamp(source.stat().st_mtime, UTC)
    except OSError:
        return None


def restore(
    shell: Shell, source: Path, on_success: Callable[[], None], on_failure: Failure, *, is_back: bool = False
) -> None:
    """Put a backup in the place of the database, and offer to put back what it replaced.

    Args:
        is_back: it is what an earlier restore replaced.
    """

    def call(app: App) -> Restored:
        app.forget_database()
        return services.backups.restore(app.restoring, source)

    def restored(done: Restored) -> None:
        on_success()
        shell.replaced.emit()
        shell.operations.changed.emit(EVERYTHING)
        replaced = done.replaced
        if replaced is None or done.was_damaged:
            kept = filled(" The damaged database is kept in {}.", replaced)
            shell.said.emit(f"Restored. {services.backups.LOOK_AT_DRAFTS}{kept}")
        else:
            did, name = f"Restored from {source.name}.", "Put it back"
            if is_back:
                did, name = "What was here before the restore is back.", "Restore again"
            shell.announced.emit(
                f"{did} {services.backups.LOOK_AT_DRAFTS} What it replaced is kept in {replaced}.",
                name,
                lambda: restore(shell, replaced, on_success, on_failure, is_back=not is_back),
            )
        if done.warning:
            shell.warned.emit(done.warning)

    shell.operations.run_with_app(call, restored, on_failure, "Checking and restoring the backup")
