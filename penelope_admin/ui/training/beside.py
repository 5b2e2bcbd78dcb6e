"""Puts the exercise pane beside the pages of a training window, folds it, and takes files that are dropped on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QSize
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from penelope_admin import services
from penelope_admin.domain.times import plural
from penelope_admin.services.training.handed import START_ENDING
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import theme
from penelope_admin.ui.actions import Action
from penelope_admin.ui.training.exercise import KEYS, ExercisePane
from penelope_admin.ui.widgets.basics import button, label, label_line, stacked
from penelope_admin.ui.widgets.files import accepts_copy, dropped_files

if TYPE_CHECKING:
    from penelope_admin.services.training.handed import Start
    from penelope_admin.ui.window import MainWindow

INJECT_ENDING = ".toml"


class Bench(QObject):
    """The pane, the narrow strip in its place while it is folded, and where files may be dropped.

    In a window too narrow for both, the pane takes the page's place until it is folded or another page is chosen.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._shell = window, window.shell
        self.pane = ExercisePane(window.shell)
        self.strip = _Strip(self)
        self._is_folded = False
        window.put_beside(self.pane, self.strip)
        self.pane.folded.connect(self.fold)
        self.pane.shown.connect(self.strip.show_progress)
        window.page_shown.connect(self._page_shown)
        window.installEventFilter(self)
        window.setAcceptDrops(True)
        window.bind(KEYS, self.toggle)
        self.arrange()

    def actions(self) -> list[Action]:
        """What can be found and done by name."""
        words = "training practice exercise learn task"
        return [
            Action("Practice: show or hide the exercise", self.toggle, words, KEYS),
            Action("Practice: all exercises", self.show_ladder, words),
        ]

    # --- folding ---------------------------------------------------------------------------------

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for the pane beside a page."""
        return self._window.width() - self.pane.usual_width < self._window.minimumWidth()

    def fold(self, folded: bool) -> None:
        """Hide the pane but for a strip, or show it."""
        self._is_folded = folded
        self.arrange()
        (self.strip.open if folded else self.pane.fold).setFocus()

    def toggle(self) -> None:
        """The other way round."""
        self.fold(not self._is_folded)

    def show_ladder(self) -> None:
        """Show all exercises."""
        self.fold(False)
        self.pane.choose()

    def arrange(self) -> None:
        """Give pane and page their places."""
        self.pane.setVisible(not self._is_folded)
        self.strip.setVisible(self._is_folded)
        instead = self.is_narrow and not self._is_folded
        self._window.hide_page(instead)
        self.pane.fill(instead)

    def _page_shown(self, name: str) -> None:
        self._window.page(name).installEventFilter(self)  # what is dropped on a page is a trainer's file all the same
        if self.is_narrow and not self._is_folded:
            self._is_folded = True
            self.arrange()

    # --- files -----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and take a trainer's files wherever they are dropped."""
        kind = event.type()
        if kind == QEvent.Type.Resize and watched is self._window:
            self.arrange()
        elif kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent) and _ours(event.mimeData()):
            accepts_copy(event)
            return True
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent) and (files := _ours(event.mimeData())):
            if accepts_copy(event):
                for file in files:
                    self.take(file)
            return True
        return super().eventFilter(watched, event)

    def take(self, file: Path) -> None:
        """Begin what a start file says, or have happen what an inject file says."""
        operations, failed = self._shell.operations, self._window.show_error
        if file.suffix.lower() == START_ENDING:
            open_start = services.training.classes.open_start
            operations.run_with_app(lambda app: open_start(app, file), self._opened, failed, "Opening the exercises")
        else:
            drop_in, said = services.training.staging.drop_in, self._shell.said
            operations.run(
                lambda context: drop_in(context, file), lambda done: said.emit(f"{done.value.title}."), failed,
                "Reading the file",
            )  # fmt: skip

    def _opened(self, start: Start) -> None:
        self._shell.said.emit(f"Ready: {plural(len(start.exercises), 'exercise')}.")
        self._shell.operations.changed.emit(EVERYTHING)


class _Strip(QFrame):
    """What is left of the pane while it is folded: a way to open it, and how far the exercise is."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.setObjectName("exercisePane")
        tokens = theme.current()
        side = tokens.size("icon")
        self.open = button("", bench.toggle, tip=f"Show the exercise ({KEYS})")
        self.open.setIcon(theme.icon("back", "text"))
        self.open.setIconSize(QSize(side, side))
        self.open.setAccessibleName("Show the exercise")
        name = label_line("Exercise")
        name.setObjectName("caption")
        self._progress = label("", "caption")
        stacked(self.open, name, self._progress, 1, within=self, edges=("m", "s", "m", "s"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def show_progress(self, words: str) -> None:
        """How far the exercise is."""
        self._progress.setText(words)


def _ours(data: QMimeData) -> list[Path]:
    """The trainer's files among what is dropped."""
    return [file for file in dropped_files(data) if file.suffix.lower() in (START_ENDING, INJECT_ENDING)]
