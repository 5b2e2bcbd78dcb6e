"""Asks where to save, and takes files that are dropped, the same way everywhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from penelope_admin.domain.training import WORD


def ask_target(parent: QWidget, title: str, name: str, kind: str) -> Path | None:
    """Where to save; None when the person thinks better of it. A window of training says so in the name, too.

    Args:
        name: the suggested file name. Its ending is added to a name that has none.
        kind: what such files are called: "Calendar".
    """
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    ending = Path(name).suffix
    mark = f"{WORD}-" if parent.window().windowTitle().startswith(WORD) else ""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(folder / f"{mark}{name}"), f"{kind} (*{ending})")
    if not chosen:
        return None
    target = Path(chosen)
    return target if target.suffix else target.with_name(target.name + ending)


def dropped_files(data: QMimeData) -> list[Path]:
    """The files and folders of this computer among what was dropped or pasted."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
