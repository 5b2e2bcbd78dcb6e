"""Fields for words, a number and a choice. The wheel is the page's, which scrolls: no field is changed in passing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QMimeData, QSize
from PySide6.QtGui import QTextOption, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSpinBox

from penelope_admin.ui import theme
from penelope_admin.ui.widgets.presses import Mixed

LONGEST_PASTE = 1_000_000
"""Signs that a field takes at once."""
_ENDLESS = re.compile(r"\S{2000}")


class LeavesWheel(Mixed):
    """A field that is focused by a click or the Tab key, and leaves the wheel to the page."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("focusPolicy", "StrongFocus")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()


class LongText(QPlainTextEdit):
    """Qt's own for more than a line, which what is pasted cannot hold up."""

    def __init__(self, text: str = "") -> None:
        super().__init__(tabChangesFocus=True)
        self.setPlainText(text)

    def setPlainText(self, text: str) -> None:
        self._suit(text)
        super().setPlainText(text[:LONGEST_PASTE])

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take what is pasted, up to a bound."""
        self._suit(source.text())
        self.insertPlainText(source.text()[:LONGEST_PASTE])

    def _suit(self, text: str) -> None:
        # Where to break a word without an end Qt looks for in a time that grows with the square of its length.
        if _ENDLESS.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)


class NumberField(LeavesWheel, QSpinBox):
    """Qt's own, with the inset that its style sheets do not reach."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.setRange(least, most)
        self.lineEdit().setTextMargins(theme.current().space("xs"), 0, 0, 0)


_LETTERS = 16


class ChoiceField(LeavesWheel, QComboBox):
    """One of several things. Where there is no room for the longest it is cut short."""

    def __init__(self, choices: Iterable[tuple[str, object]] = (), chosen: object = None, name: str = "") -> None:
        """
        Args:
            choices: the words of each, and what they stand for.
            chosen: what is chosen at first; the first one where this is none of them.
            name: what it is called, where no label says so.
        """
        super().__init__()
        for words, meant in choices:
            self.addItem(words, meant)
        if chosen is not None:
            self.choose(chosen)
        self.setAccessibleName(name)

    def choose(self, meant: object) -> None:
        """Choose what stands for this; the first one where nothing does."""
        self.setCurrentIndex(max(0, self.findData(meant)))

    def minimumSizeHint(self) -> QSize:
        """Room for some letters of what is chosen."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), _LETTERS * self.fontMetrics().averageCharWidth()), least.height())


def text_line(text: str = "", like: str = "", name: str = "", edited: Callable[..., object] | None = None) -> QLineEdit:
    """A field for one line of text.

    Args:
        like: an example, which stands in the empty field.
        name: what it is called, where no label says so.
        edited: what hears of every change.
    """
    field = QLineEdit(text)
    field.setPlaceholderText(like)
    field.setAccessibleName(name)
    if edited is not None:
        field.textChanged.connect(edited)
    return field


def search_line(like: str, name: str, edited: Callable[[], object], text: str = "") -> QLineEdit:
    """A field for words to look for, which can be emptied with one click."""
    field = text_line(text, like, name, lambda _: edited())
    field.setClearButtonEnabled(True)
    return field
