"""Restoring a backup: choose the file, check it, put it in place, show everything afresh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from penelope_admin import services
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui.desk import Desk

if TYPE_CHECKING:
    from penelope_admin.app import App
    from penelope_admin.services.backups import Restored


def ask_and_restore(
    desk: Desk, parent: QWidget, on_success: Callable[[], None], on_failure: Callable[[Exception], None]
) -> None:
    """Ask for a backup and restore it; what it replaces is kept, so this can be undone the same way."""
    folder = str(desk.app.home / "backups")
    chosen, _ = QFileDialog.getOpenFileName(parent, "Restore a backup", folder, "Backups (*.db);;All files (*)")
    if not chosen:
        return
    source = Path(chosen)

    def call(app: App) -> Restored:
        app.forget_database()
        return services.backups.restore(app.restoring, source)

    def restored(done: Restored) -> None:
        on_success()
        desk.operations.changed.emit(EVERYTHING)
        kept = f"Restored. What it replaced is kept in {done.replaced}." if done.replaced else "Restored."
        desk.said.emit(f"{kept} {services.backups.LOOK_AT_DRAFTS}")
        if done.warning:
            desk.warned.emit(done.warning)

    desk.operations.run_with_app(call, restored, on_failure, "Checking and restoring the backup")
