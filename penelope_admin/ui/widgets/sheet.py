"""The sheet: a dialog that says the consequence first, then what is asked of you."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, SignalInstance
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from penelope_admin.errors import ConflictError
from penelope_admin.ui import format as words
from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import (
    Banner,
    Piece,
    boxed,
    button,
    clear,
    held_in,
    in_a_row,
    label,
    labelled,
    line,
    put,
    scrolled,
    stacked,
)
from penelope_admin.ui.widgets.dates import TypedDate
from penelope_admin.ui.widgets.fields import ChoiceField, NumberField
from penelope_admin.ui.widgets.presses import HearsPresses
from penelope_admin.ui.widgets.remarks import Remarks
from penelope_admin.ui.widgets.tab_order import bring_whole, move_focus

if TYPE_CHECKING:
    from pathlib import Path

    from penelope_admin.app import App
    from penelope_admin.services.work import Context
    from penelope_admin.ui.theme import Role

T = TypeVar("T")
W = TypeVar("W", bound=QWidget)
P = TypeVar("P", bound=QWidget | QLayout)
Field = QLineEdit | QPlainTextEdit | ChoiceField | TypedDate | NumberField | QCheckBox | QRadioButton
LETTERS, WIDE_LETTERS = 55, 75
"""So many letters wide are sheets at least, for large text; in the usual size their width is a token."""
PREVIEW_AFTER_MS = 250
"""So long after the last key, what is filled in is looked at."""


class Sheet(HearsPresses, QDialog):
    """A title, a column of content, and at most one action beside the safe way out."""

    is_gone = False
    """Whether it was closed; no answer of a service reaches it then (see `operations`)."""

    help_topic = ""
    """The help that F1 shows; by default that of the page below."""

    records = False
    """Whether it records what happened, or sends: in a planning copy it is not opened."""

    _needed: Mapping[str, QLineEdit] = {}  # where something has to be typed
    _working = False
    _was_pressed = False  # the action's button, which has the focus until it cannot be pressed any more
    _entered: tuple[str, ...] | None = None  # what stood in the fields when Enter came before its preview was there
    _previews = 0  # that are under way
    _typed_at_first: tuple[str, ...] = ()
    _asked = False
    _is_placed = False
    _wrong_day: TypedDate | None = None  # whose day that there is not is told now

    def __init__(self, shell: Shell, title: str, action: str = "", *, danger: bool = False, wide: bool = False) -> None:
        """Make an empty sheet.

        Args:
            action: what the button does, by name; none makes a sheet that only tells.
            danger: the safe button is the default, and Enter never does the action.
        """
        super().__init__()
        self.shell = shell
        self._preview_timers: list[QTimer] = []
        self.setWindowTitle(title)
        self.setModal(True)
        self.content = stacked(gap="s")
        self.column = stacked(label(title, "pageTitle"), self.content, 1, gap="s", edges=("l", "l", "l", "s"))
        self._scroll = scrolled(self.column)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # on the smallest of screens
        self._remarks = stacked()
        self._error = stacked(edges=("l", "xs", "l", 0))
        self._why_not = label("", "muted")
        self._why_not.setProperty("alignment", "AlignRight")
        space = theme.current().space
        self._why_not.setContentsMargins(space("l"), space("s"), space("l"), 0)
        self._why_not.hide()
        self._buttons = in_a_row(1, gap="xs", edges=("l", "s", "l", "l"))
        goes_on = line()  # where what scrolls is cut off
        goes_on.hide()
        self._scroll.verticalScrollBar().rangeChanged.connect(lambda _, most: goes_on.setVisible(most > 0))
        stacked(
            (self._scroll, 1), goes_on, self._remarks, self._error, self._why_not, self._buttons, within=self, gap=0
        )
        self._wide, self._danger, self._only_tells = wide, danger, not action
        self.primary = button(action, self._press, "danger" if danger else "primary")
        self.safe = button("Close" if self._only_tells else "Cancel", self.reject)
        self._add_buttons()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._check_left_day)

    def _add_buttons(self) -> None:
        """Where the action has a danger, the safe way out stands at the end, where the hand goes."""
        put(self._buttons, *((self.primary, self.safe) if self._danger else (self.safe, self.primary)))
        if self._only_tells:
            self.primary.setAutoDefault(False)
            self.primary.setEnabled(False)
            self.primary.hide()
        elif self._danger:
            self.primary.setAutoDefault(False)
            self.safe.setDefault(True)
        else:
            self.primary.setDefault(True)  # until another button has the focus: Enter presses that one

    def add(self, *items: Piece) -> None:
        """Put things below each other."""
        put(self.content, *items)

    def added(self, part: P) -> P:
        """Put one thing below the others, and give it back."""
        self.add(part)
        return part

    def allow(self, ready: bool) -> None:
        """Whether the main button can be pressed; that of a sheet that only tells never can, and is hidden."""
        self.primary.setEnabled(ready and not self._only_tells)

    def keep_room(self, *below: QWidget) -> Remarks:
        """Where it is said, above the buttons, what is to be known of what is filled in; no field moves for it.

        Args:
            below: what stands there below the remarks.
        """
        remarks = Remarks(*below)
        remarks.changed.connect(self._make_room)
        self._remarks.addLayout(stacked(remarks.heading, remarks, gap="xxs", edges=("l", "s", "l", 0)))
        return remarks

    def add_button(self, extra: QPushButton) -> None:
        """Put a further button at the left."""
        self._buttons.insertWidget(0, extra)

    def field(self, name: str, editor: W, hint: str = "") -> W:
        """A field with its name close above and a hint close below."""
        self.add(boxed(stacked(*labelled(name, editor, hint), gap="xxs")))
        return editor

    def tell_why_not(self, why: str, *, ready: bool = True) -> None:
        """Allow the main button, unless it is said above it why it cannot be pressed yet; that keeps its room.

        Args:
            ready: nothing else stands in the way that is told in another place.
        """
        self.allow(ready and not why)
        self._why_not.setText(why)
        if why:
            self._why_not.show()
            self.grow()

    def ask_for(self, needed: Mapping[str, object], *, trouble: str = "", ready: bool = True) -> None:
        """Allow the main button once all is given and nothing is wrong with it; what is not stands above it.

        Args:
            needed: what is needed, "a reason", with what of it is given.
            trouble: what is wrong with what is given, in sentences.
            ready: as for `tell_why_not`.
        """
        self.tell_why_not(" ".join(filter(None, (trouble, words.still_needed(needed)))), ready=ready)

    def need(self, line: QLineEdit, what: str) -> None:
        """The main button waits for something to be typed there: "a reason"."""
        self._needed = {what: line}
        line.textChanged.connect(self.update_enabled)
        self.update_enabled()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """In a sheet with a danger, Enter in a field moves on: it neither does it nor drops what was entered."""
        if event.key() == Qt.Key.Key_F1:
            self.shell.help_requested.emit(self.help_topic)
            return
        if event.key() == Qt.Key.Key_Escape and not self.may_drop("Press Esc"):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._keeps_enter(event):
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Its frame's button drops what was typed no more easily than Esc does."""
        event.setAccepted(self.may_drop("Close it"))
        if event.isAccepted():
            super().closeEvent(event)

    def may_drop(self, how: str) -> bool:
        """Whether the sheet may be left: where something was typed, the first time it is said that it is not saved.

        Args:
            how: what leaves the sheet, "Press Esc".
        """
        if self._asked or self._typed() == self._typed_at_first:
            return True
        self._asked = True
        self._warn(f"What is filled in is not saved. {how} once more to drop it.")
        return False

    def _keeps_enter(self, event: QKeyEvent) -> bool:
        """Whether an Enter presses no button."""
        if self.is_echo(event):
            return True  # a held key: it may have gone down before this sheet was there
        held = self.focusWidget()
        if self._danger and held is self.primary:
            self._warn("Enter does not do this, so that it is never done by accident. Press Space.")
            return True
        if self._danger and not isinstance(held, QPushButton):
            self.focusNextChild()
            return True
        if self._is_previewing and not self._only_tells and not self.primary.isEnabled():
            self._entered = self._typed()
            return True
        return False

    def _warn(self, text: str, role: Role = "caution") -> None:
        self.forget_error()
        self._error.addWidget(Banner(text, role))
        self.grow()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab goes as one reads, whatever was made later."""
        return move_focus(self, following) or super().focusNextPrevChild(following)

    def done(self, result: int) -> None:
        """Close it, and let no timer of it go off any more."""
        self.is_gone = True
        for timer in self.findChildren(QTimer):
            timer.stop()
        super().done(result)

    def preview_later(self, refresh: Callable[[], object]) -> QTimer:
        """A timer that looks at what is filled in, a moment after it was last started and while the sheet is open."""
        timer = QTimer(self, interval=PREVIEW_AFTER_MS, singleShot=True)
        timer.timeout.connect(lambda: None if self.is_gone else refresh())
        self._preview_timers.append(timer)
        return timer

    def preview(
        self, call: Callable[[Context], T], show: Callable[[T], None], fail: Callable[[Exception], None]
    ) -> None:
        """Look at what is filled in. An Enter that came meanwhile is acted on when nothing is left to be looked at."""

        def shown(answer: T) -> None:
            self._previews -= 1
            show(answer)
            self._act_on_enter()

        def failed(error: Exception) -> None:
            self._previews -= 1
            self._entered = None
            fail(error)

        self._previews += 1
        self.shell.operations.preview(call, shown, failed)

    @property
    def _is_previewing(self) -> bool:
        return self._previews > 0 or any(timer.isActive() for timer in self._preview_timers)

    def forget_enter(self) -> None:
        """An Enter that came before is not acted on: the preview shows what the person has to see first."""
        self._entered = None

    def _act_on_enter(self) -> None:
        """Do what Enter asked for before its preview was there, unless something else was typed since."""
        if self._entered is None or self._is_previewing:
            return
        meant, self._entered = self._entered, None
        if meant == self._typed() and self.primary.isEnabled():
            self._press()

    def _press(self) -> None:
        """The action, once: an answer that came in between may have enabled its button again."""
        if not self._working and not self._asks_about_a_day():
            self.submit()

    def _asks_about_a_day(self) -> bool:
        """Whether a day was typed that there is not: it is told once, before anything is kept."""
        wrong = [
            field for field in self.findChildren(TypedDate) if field.isVisible() and field.isEnabled() and field.trouble
        ]
        for field in wrong[:1]:
            self._tell_wrong_day(field, f"{field.trouble} Correct it, or press again to go on with that day.")
            field.ask_again()
        return bool(wrong)

    def _tell_wrong_day(self, field: TypedDate, text: str) -> None:
        self._warn(text)
        self._wrong_day = field
        field.dateTimeChanged.connect(self._forget_mended_day)

    def _forget_mended_day(self) -> None:
        if self._wrong_day is not None and not self._wrong_day.trouble:
            self.forget_error()

    def _check_left_day(self, left: QWidget | None, to: QWidget | None) -> None:
        """A day that there is not is told once its field is left for another part of the sheet."""
        if self.is_gone or not isinstance(left, TypedDate) or to is None:
            return
        if not (self.isAncestorOf(left) and self.isAncestorOf(to)):
            return
        # A button that is being pressed would move away under the mouse; it tells of the day itself.
        is_pressed = isinstance(to, QPushButton) and QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if left.trouble and not is_pressed:
            self._tell_wrong_day(left, f"{left.trouble} Correct it.")
        elif left is self._wrong_day:
            self._forget_mended_day()

    def submit(self) -> None:
        """Do the action; subclasses call a service and `accept` when it went well."""
        self.accept()

    def save(
        self,
        call: Callable[[Context], T],
        said: str | Callable[[T], str] = "",
        then: Callable[[T], object] | None = None,
        label: str = "Saving",
    ) -> None:
        """Hand it to the worker, and close once it is kept; refused, the sheet stays open and says why.

        Args:
            said: a short word for the window once it is kept, or what makes that of what was kept.
            then: what to do before that, once the sheet is closed.
            label: what the strip shows while it takes long.
        """
        self.save_with_app(lambda app: call(app.context), said, then, label)

    def save_with_app(
        self,
        call: Callable[[App], T],
        said: str | Callable[[T], str] = "",
        then: Callable[[T], object] | None = None,
        label: str = "Saving",
    ) -> None:
        """As `save`, for what needs more of the program than its database."""

        def kept(value: T) -> None:
            self.accept()
            if then is not None:
                then(value)
            if word := said if isinstance(said, str) else said(value):
                self.shell.said.emit(word)

        self.set_working(True)
        self.shell.operations.run_with_app(call, kept, self.fail, label)

    def save_aside(self, what: str, make: Callable[[App], T], where: Callable[[T], Path]) -> None:
        """Have a file made beside the worker, for it takes a while; then close, and say where it is.

        Args:
            what: what is made: "report".
            where: the file of what was made; it is told also when the sheet was closed meanwhile.
        """
        app, said = self.shell.app, self.shell.said

        def saved(value: T) -> None:
            self.accept()
            said.emit(f"Saved: {where(value)}")

        self.set_working(True)
        if not self.shell.operations.run_aside(
            "report", lambda _: make(app), saved, self.fail, if_gone=lambda value: said.emit(f"Saved: {where(value)}")
        ):
            self.fail(ConflictError(f"Another {what} is being made. Nothing was saved. Try again in a moment."))

    def fail(self, error: Exception) -> None:
        """Show what went wrong and let the person try again; it is no matter any more once something is corrected."""
        self._warn(str(error), "danger")
        self.set_working(False)
        for field in self._fields():
            _corrected(field).connect(self.forget_error, Qt.ConnectionType.SingleShotConnection)

    def forget_error(self) -> None:
        """What went wrong before is no matter any more."""
        self._wrong_day = None
        clear(self._error)

    def set_working(self, working: bool) -> None:
        """No second action while the first is under way."""
        self._working = working
        if working:
            self.forget_error()
            self._was_pressed = self.primary.hasFocus()
            self.primary.setEnabled(False)
        else:
            self.update_enabled()
            if self._was_pressed:  # Qt has given the focus to some field, which the error may have nothing to do with
                self.primary.setFocus()

    def update_enabled(self) -> None:
        """Enable the action if what is filled in is enough for it; subclasses know."""
        self.ask_for({what: line.text().strip() for what, line in self._needed.items()})

    def showEvent(self, event: QShowEvent) -> None:
        """Take the size the content needs; a dialog by itself takes two thirds of the screen at most."""
        for child in self._scroll.findChildren(QWidget):
            child.ensurePolished()  # or it would not know its size in large text yet
        self.resize(self.sizeHint())
        super().showEvent(event)
        if self.focusWidget() in (None, self.safe, self.primary):
            warns = self._danger or any(b.property("role") == "danger" for b in self._scroll.findChildren(Banner))
            does_it = self.primary.isEnabled() and self.primary.isDefault() and not warns
            next(iter(self._fields()), self.primary if does_it else self.safe).setFocus()
        self.forget_typing()

    def forget_typing(self) -> None:
        """What stands in the fields now was not typed by the person: Esc may drop it without asking."""
        self._typed_at_first = self._typed()

    def _fields(self) -> list[Field]:
        """What can be filled in, from the top."""
        usable = [item for item in self._scroll.findChildren(QWidget) if isinstance(item, Field) and _takes_keys(item)]
        return sorted(usable, key=lambda child: child.mapTo(self, QPoint(0, 0)).y())

    def _typed(self) -> tuple[str, ...]:
        """The texts of the sheet as they are now."""
        lines = [child.text() for child in self._scroll.findChildren(QLineEdit)]
        texts = self._scroll.findChildren(QPlainTextEdit)
        return (*lines, *(child.toPlainText() for child in texts if not child.isReadOnly()))

    def grow(self) -> None:
        """Take more room once there is more to show; never less, so that nothing jumps away from under a hand."""
        QTimer.singleShot(0, self, self._grow)

    def _make_room(self) -> None:
        """Grow for the remarks; where the screen has no more room, the field that is being filled in stays in view."""
        held = held_in(self._scroll, self.focusWidget())
        seen = held is not None and not held.visibleRegion().isEmpty()
        QTimer.singleShot(0, self, lambda: self._grow(held if seen else None))

    def _grow(self, held: QWidget | None = None) -> None:
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # which say what size the content needs
        if self._is_placed:  # before that, nobody knows where it will be: see `paintEvent`
            self._take_room()
        if held is not None:
            bring_whole(self._scroll, held)

    def _take_room(self) -> None:
        self.resize(self.size().expandedTo(self.sizeHint()))
        # What the widget itself says of its frame may be from before it had one.
        frame, room = self.windowHandle().frameGeometry(), self.screen().availableGeometry()
        # Its buttons would be out of sight below, or its title bar above.
        top = max(min(frame.top(), room.bottom() + 1 - frame.height()), room.top())
        if top != frame.top():
            self.move(self.x(), self.y() + top - frame.top())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Painted first, it was put in its place by the window manager: now it takes room for what came meanwhile."""
        super().paintEvent(event)
        if not self._is_placed and self.windowHandle().isExposed():
            self._is_placed = True
            self.grow()

    def sizeHint(self) -> QSize:
        """As tall as its content, wide enough for it and for lines of text, but never larger than the screen."""
        tokens = theme.current()
        usual, letters = ("wide-sheet", WIDE_LETTERS) if self._wide else ("sheet", LETTERS)
        needed = self.column.totalMinimumSize().width() + self._scroll.verticalScrollBar().sizeHint().width()
        width = max(tokens.size(usual), letters * self.fontMetrics().averageCharWidth(), needed)
        content = self.column.totalHeightForWidth(width) + max(self._error.totalHeightForWidth(width), 0)
        why_not = 0 if self._why_not.isHidden() else self._why_not.heightForWidth(width)
        below = self._remarks.sizeHint().height() + why_not + self._buttons.sizeHint().height()
        height = content + below + tokens.space("l")
        around = self.contentsMargins()  # in training there is a frame
        width, height = width + around.left() + around.right(), height + around.top() + around.bottom()
        screen = QGuiApplication.primaryScreen().availableGeometry()
        return QSize(min(width, screen.width()), min(height, round(screen.height() * 0.9)))


def _corrected(field: Field) -> SignalInstance:
    """The signal that what is filled in there became another."""
    match field:
        case QLineEdit() | QPlainTextEdit():
            changed = field.textChanged
        case ChoiceField():
            changed = field.currentTextChanged
        case TypedDate():
            changed = field.dateTimeChanged
        case NumberField():
            changed = field.valueChanged
        case _:
            changed = field.toggled
    return changed


def _takes_keys(field: QWidget) -> bool:
    """Whether Tab stops there for something to be filled in."""
    is_read_only = isinstance(field, QLineEdit | QPlainTextEdit) and field.isReadOnly()
    stops = bool(field.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return field.isEnabled() and field.isVisible() and stops and not is_read_only
