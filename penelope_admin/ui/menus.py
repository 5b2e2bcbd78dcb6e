"""The menus File, Edit, Go and Help, for those who read menus: they hold every action, made from what pages name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit

from penelope_admin.domain.text import filled
from penelope_admin.ui.actions import Action
from penelope_admin.ui.rooms import BY_NAME

_OF_FILES = ("save", "print", "back up", "restore", "add all", "export", "make a report", "import",
             "take a plan", "bring a plan", "take back the last plan")  # fmt: skip
_EDITS = (("Cut", "cut", "Ctrl+X"), ("Copy", "copy", "Ctrl+C"), ("Paste", "paste", "Ctrl+V"),
          ("Select all", "selectAll", "Ctrl+A"))  # fmt: skip


class Commanded(Protocol):
    """What of the window the menus need."""

    def undo_last(self, *, again: bool = False) -> object: ...

    def open_palette(self) -> object: ...

    def quit(self) -> object: ...

    def actions_by_name(self) -> Iterable[Action]: ...


def fill(menus: Sequence[QMenu], window: Commanded) -> None:
    """Fill the menus File, Edit, Go and Help. Shortcuts are shown and not bound: the window has them."""
    file, edit, go, help_ = menus
    _add(edit, "Undo", window.undo_last, "Ctrl+Z")
    _add(edit, "Redo", lambda: window.undo_last(again=True), "Ctrl+Shift+Z")
    edit.addSeparator()
    for name, method, keys in _EDITS:
        _add(edit, name, partial(_edit, method), keys)
    edit.addSeparator()
    _add(edit, "Find or do …", window.open_palette, "Ctrl+K")
    edit.addSeparator()
    of_pages: dict[str, QMenu] = {}
    later: list[Action] = []
    order = ["", *BY_NAME]
    # By page in the order of the navigation; what belongs to none comes as it is named.
    for action in sorted(window.actions_by_name(), key=lambda action: order.index(action.page)):
        if action.name.startswith(("Go to ", "Emergency", "Look ahead")):
            _put(go, action)
        elif action.name.startswith("About"):
            later.append(action)
        elif action.name.startswith(("Help", "Practice", "What the vendor says")):
            _put(help_, action)
        elif action.name.lower().startswith(_OF_FILES):
            _put(file, action)
        else:
            _put(_page_menu(edit, of_pages, action.page), action)
    file.addSeparator()
    _add(file, "Quit", window.quit, "Ctrl+Q")
    help_.addSeparator()
    for action in later:
        _put(help_, action)


def undo_typing(*, again: bool) -> bool:
    """Undo typing in the field that has the focus, or do it again; False where nothing was typed in one."""
    field = QApplication.focusWidget()
    if not isinstance(field, QLineEdit | QPlainTextEdit):
        return False
    typed = field if isinstance(field, QLineEdit) else field.document()
    is_typed, do = typed.isUndoAvailable(), field.undo
    if again:
        is_typed, do = typed.isRedoAvailable(), field.redo
    if is_typed:
        do()
    return is_typed


def name_history(edit: QMenu, undo: str, redo: str) -> None:
    """Say in the menu Edit what would be undone and done again; empty where there is nothing but typing."""
    for action, word, name, keys in zip(
        edit.actions(), ("Undo", "Redo"), (undo, redo), ("Ctrl+Z", "Ctrl+Shift+Z"), strict=False
    ):
        action.setText(f"{word}{filled(': {}', name)}\t{keys}")


def _page_menu(edit: QMenu, menus: dict[str, QMenu], page: str) -> QMenu:
    title = BY_NAME[page].title if page else "More"
    if title not in menus:
        menus[title] = edit.addMenu(title)
    return menus[title]


def _put(menu: QMenu, action: Action) -> None:
    _add(menu, action.name, action.run, action.keys)


def _add(menu: QMenu, name: str, run: Callable[[], object], keys: str) -> QAction:
    action = menu.addAction(name + filled("\t{}", keys))
    action.triggered.connect(lambda _=False: run())
    return action


def _edit(method: str) -> None:
    """Cut, copy or paste in the field that has the focus."""
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit | QPlainTextEdit):
        getattr(field, method)()
