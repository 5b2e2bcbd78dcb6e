"""Asks where to save, and takes files that are dropped, the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QStandardPaths, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from penelope_admin.domain.training import WORD
from penelope_admin.ui.widgets.presses import Mixed


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
    return target.with_suffix(target.suffix or ending)


def ask_source(parent: QWidget, title: str, kinds: str, take: Callable[[Path], object], folder: str = "") -> None:
    """Ask which file to open, and have it taken, unless the person thinks better of it.

    Args:
        kinds: the files that are offered, as Qt writes it: "Plans (*.json);;All files (*)".
        folder: where to begin to look.
    """
    chosen, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    if chosen:
        take(Path(chosen))


def dropped_files(data: QMimeData) -> list[Path]:
    """The files and folders of this computer among what was dropped or pasted."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def dropped_file(data: QMimeData, *endings: str) -> Path | None:
    """The one file that was dropped, if it has one of these endings."""
    files = dropped_files(data)
    return files[0] if len(files) == 1 and files[0].suffix.lower() in endings else None


def dropped_message(data: QMimeData) -> Path | str | None:
    """The first file of this computer, or the text."""
    return next(iter(dropped_files(data)), data.text() or None)


def accepts_copy(event: QDropEvent) -> bool:
    """Accept a drop as a copy, and say whether that was possible: what is moved is removed where it came from."""
    if not event.possibleActions() & Qt.DropAction.CopyAction:
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True


class TakesDrops(Mixed):
    """What can be dropped something on."""

    def source_in(self, data: QMimeData) -> Any:
        """What is taken of what is dropped; nothing where it is of no use."""
        raise NotImplementedError

    def take_dropped(self, dropped: Any, /) -> object:
        """Use what is wanted of it: the same as choosing it with a button."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say whether something of it is wanted."""
        if self.source_in(event.mimeData()):
            accepts_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what is wanted of it."""
        if (dropped := self.source_in(event.mimeData())) and accepts_copy(event):
            self.take_dropped(dropped)


class TakesMessages(TakesDrops):
    """A page for messages: dropped, or pasted wherever the cursor is not in a field."""

    def source_in(self, data: QMimeData) -> Path | str | None:
        """A file of this computer, or text."""
        return dropped_message(data)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take what is pasted."""
        if event.matches(QKeySequence.StandardKey.Paste):
            if pasted := self.source_in(QGuiApplication.clipboard().mimeData()):
                self.take_dropped(pasted)
            return
        super().keyPressEvent(event)
