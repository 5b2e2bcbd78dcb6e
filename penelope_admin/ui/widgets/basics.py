"""Labels, buttons, cards, facts, badges and banners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from penelope_admin.absent import present
from penelope_admin.ui import theme
from penelope_admin.ui.format import plain_tip
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.presses import HearsPresses

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

TextKind = Literal["body", "muted", "caption", "lead", "big", "strong", "cardTitle", "pageTitle", "dangerText"]
ButtonKind = Literal["plain", "primary", "danger", "link"]
Thing: TypeAlias = QWidget | QLayout | str
Piece: TypeAlias = Thing | tuple[Thing, int] | int | None
Distance: TypeAlias = str | int  # a token, or pixels
Edges: TypeAlias = Distance | tuple[Distance, Distance, Distance, Distance]  # left, top, right, bottom
K = TypeVar("K")
L = TypeVar("L", bound=QBoxLayout)


class _Label(QLabel):
    """Remembers how high it is at each width: Qt asks again and again, and lays its words out to answer."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._heights: dict[int, int] = {}

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = super().heightForWidth(width)
        return self._heights[width]

    def setText(self, text: str) -> None:
        """Show other words."""
        self._heights.clear()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """It may have another font now, or other margins."""
        self._heights.clear()
        super().changeEvent(event)


def label(text: str = "", kind: TextKind = "body", *, selectable: bool = False) -> QLabel:
    """A wrapping label of plain text: what people typed is never read as markup."""
    label_ = _Label(text)
    set_plain(label_)
    label_.setWordWrap(True)
    if kind != "body":
        label_.setObjectName(kind)
    if selectable:
        label_.setProperty("textInteractionFlags", "TextSelectableByMouse|TextSelectableByKeyboard")
    return label_


def label_line(text: str) -> QLabel:
    """A label in one line, for rows that wrap as a whole."""
    label_ = label(text)
    label_.setWordWrap(False)
    return label_


def set_plain(label_: QLabel) -> None:
    """Never read a label's text as markup.

    By the property's name: touching Qt's namespace of enums costs a tenth of the time to the first frame.
    """
    label_.setProperty("textFormat", "PlainText")


class Button(HearsPresses, QPushButton):
    """A button that a held key presses once, whatever was under the hand when the key went down.

    A double click presses it once as well: its second half was not meant for what the first brought. Where it
    `repeats`, each counts: who steps back twice presses twice.
    """

    repeats = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Drop the echoes of a key."""
        if not self.is_echo(event):
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Drop the second half of a double click."""
        if self.repeats:
            super().mouseDoubleClickEvent(event)


def button(
    text: str,
    clicked: Callable[[], object] | None = None,
    kind: ButtonKind = "plain",
    tip: str = "",
    *,
    repeats: bool = False,
) -> QPushButton:
    """A button that says its action, and whether pressing it quickly does that again."""
    button_ = Button(text)
    button_.repeats = repeats
    button_.setProperty("kind", kind)
    button_.setAutoDefault(kind != "danger")  # Enter never confirms danger
    button_.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if tip:
        button_.setToolTip(plain_tip(tip))
    if clicked is not None:
        button_.clicked.connect(lambda: clicked())
    return button_


def restyle(*widgets: QWidget) -> None:
    """Have the style sheet look again at properties that changed."""
    for widget in widgets:
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def set_primary(button_: QPushButton, is_primary: bool) -> None:
    """Whether a button is the one to press: a page has one of them at a time."""
    kind: ButtonKind = "primary" if is_primary else "plain"
    if button_.property("kind") != kind:
        button_.setProperty("kind", kind)
        restyle(button_)


def show_text(shown: QLabel | QAbstractButton, text: str) -> None:
    """Show a text; what has none is hidden."""
    shown.setText(text)
    shown.setVisible(bool(text))


def cut(text: str, has_room: Callable[[str], bool]) -> str:
    """As many words of a text as have room, and a sign that others are left out."""
    shown, kept = text, text.split(" ")
    while kept and not has_room(shown):
        kept.pop()
        shown = f"{' '.join(kept)} …"
    return shown


def put(layout: QBoxLayout, *parts: Piece) -> None:
    """Put things into a layout, one after the other. Words become a label. A pair is a thing and its share of what room
    is left; a number is such a share for nothing. None is left out.
    """
    for part in present(*parts):
        if isinstance(part, int):
            layout.addStretch(part)
            continue
        thing, share = part if isinstance(part, tuple) else (part, 0)
        if isinstance(thing, QLayout):
            layout.addLayout(thing, share)
        else:
            layout.addWidget(label(thing) if isinstance(thing, str) else thing, share)


def stacked(*parts: Piece, within: QWidget | None = None, gap: Distance | None = None, edges: Edges = 0) -> QVBoxLayout:
    """Things below each other, as `put` takes them: in a widget, or to be put into another
    layout, whose gap they have unless they are given one.
    """
    return _laid_out(QVBoxLayout(), parts, within, gap, edges)


def in_a_row(
    *parts: Piece, within: QWidget | None = None, gap: Distance | None = None, edges: Edges = 0
) -> QHBoxLayout:
    """Things beside each other; see `stacked`."""
    return _laid_out(QHBoxLayout(), parts, within, gap, edges)


def _laid_out(layout: L, parts: Sequence[Piece], within: QWidget | None, gap: Distance | None, edges: Edges) -> L:
    if within is not None:
        within.setLayout(layout)
    layout.setContentsMargins(*map(_pixels, edges if isinstance(edges, tuple) else (edges,) * 4))
    if gap is not None:
        layout.setSpacing(_pixels(gap))
    put(layout, *parts)
    return layout


def _pixels(distance: Distance) -> int:
    return theme.current().space(distance) if isinstance(distance, str) else distance


def boxed(layout: QLayout) -> QWidget:
    """A widget around a layout."""
    box = QWidget()
    box.setLayout(layout)
    return box


def scrolled(inside: QWidget | QLayout, area: QScrollArea | None = None) -> QScrollArea:
    """What scrolls up and down only, and is no stop for the Tab key; a layout gets the page's ground.

    By the properties' names: touching Qt's namespace of enums costs a tenth of the time to the first frame.
    """
    area = area or QScrollArea()
    area.setWidgetResizable(True)
    area.setProperty("horizontalScrollBarPolicy", "ScrollBarAlwaysOff")
    area.setProperty("focusPolicy", "NoFocus")
    if isinstance(inside, QLayout):
        inside = boxed(inside)
        inside.setObjectName("pageBody")
    area.setWidget(inside)
    return area


def drop(item: QLayoutItem | None) -> None:
    """Get rid of what was taken out of a layout."""
    if item is None:
        return
    if (widget := item.widget()) is not None:
        widget.hide()
        widget.deleteLater()
    elif (inner := item.layout()) is not None:
        clear(inner)
        inner.deleteLater()


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while layout.count() and (item := layout.takeAt(0)) is not None:
        drop(item)


def line() -> QFrame:
    """A thin line between two things."""
    line_ = QFrame()
    line_.setObjectName("line")
    return line_


class WithWords(QWidget):
    """A box or a circle, with words beside it that wrap and can be clicked too."""

    def __init__(self, mark: QAbstractButton, text: str) -> None:
        super().__init__()
        self.mark = mark
        mark.setAccessibleName(text)
        mark.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        gap = theme.current().size("focus")  # so that the frame of the focus does not touch the words
        in_a_row(mark, (label(text), 1), within=self, gap=gap)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the words is a click on what they stand beside."""
        from PySide6.QtCore import Qt

        if event.button() == Qt.MouseButton.LeftButton:
            self.mark.click()
            self.mark.setFocus()


class Tick(WithWords):
    """A box to tick."""

    toggled = Signal(bool)

    def __init__(self, text: str, on: bool = False, edited: Callable[..., object] | None = None) -> None:
        """
        Args:
            edited: what hears of every change.
        """
        self.box = QCheckBox()
        self.box.setChecked(on)
        self.box.setObjectName("tick")
        super().__init__(self.box, text)
        self.box.toggled.connect(self.toggled)
        if edited is not None:
            self.toggled.connect(edited)

    def isChecked(self) -> bool:
        return self.box.isChecked()

    def setChecked(self, on: bool) -> None:
        self.box.setChecked(on)


def ticked(ticks: Mapping[K, Tick | QCheckBox]) -> tuple[K, ...]:
    """The keys of those that are ticked, in order."""
    return tuple(key for key, tick in ticks.items() if tick.isChecked())


def labelled(name: str, editor: QWidget, hint: str = "") -> tuple[QWidget, ...]:
    """A field with its name above, and a hint below."""
    above = label(name, "strong")
    above.setBuddy(editor)
    editor.setAccessibleName(name)
    if not hint:
        return above, editor
    editor.setAccessibleDescription(hint)
    return above, editor, label(hint, "caption")


class Card(QFrame):
    """A surface with a title; what belongs together."""

    def __init__(self, title: str = "", *parts: Piece) -> None:
        super().__init__()
        self.setObjectName("card")
        self.head = label(title, "cardTitle")
        self.body = stacked(self.head, within=self, gap="xs", edges="m")
        if not title:
            self.head.hide()
        self.setAccessibleName(title)
        self.add(*parts)

    def add(self, *items: Piece) -> None:
        """Put things below each other."""
        put(self.body, *items)

    def empty(self) -> None:
        """Take everything out but the title."""
        while self.body.count() > 1:
            drop(self.body.takeAt(1))


class Facts(QGridLayout):
    """Labels above values, aligned on a grid."""

    def __init__(self, *facts: tuple[str, str], columns: int = 2) -> None:
        super().__init__()
        self._columns = columns
        self._count = 0
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(theme.current().space("l"))
        self.setVerticalSpacing(theme.current().space("xxs"))
        for name, value in facts:
            self.add(name, value)

    def add(self, name: str, value: str) -> QLabel:
        """A fact; gives back the value's label."""
        line_, column = divmod(self._count, self._columns)
        shown = label(value, selectable=True)
        shown.setProperty("alignment", "AlignLeft|AlignTop")
        shown.setAccessibleName(f"{name}: {value}")
        self.addWidget(label(name, "caption"), line_ * 2, column)
        self.addWidget(shown, line_ * 2 + 1, column)
        self.setColumnStretch(column, 1)
        self._count += 1
        return shown


class Badge(QFrame):
    """An icon and a word on the background of a role; never colour alone."""

    def __init__(self, text: str, role: Role, icon: str | None = None) -> None:
        super().__init__()
        self.setObjectName("badge")
        space = theme.current().space
        self._picture, self._text = QLabel(), QLabel()
        self._shown: tuple[str, Role, str | None] | None = None
        set_plain(self._text)
        in_a_row(
            self._picture, self._text, within=self, gap="xxs", edges=("xs", space("xxs") // 2, "xs", space("xxs") // 2)
        )
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.show_as(text, role, icon)

    def show_as(self, text: str, role: Role, icon: str | None = None) -> None:
        """Change what it says."""
        if self._shown == (text, role, icon):
            return  # a new look has all of the page laid out again
        self._shown = text, role, icon
        self.setProperty("role", role)
        self.setAccessibleName(text)
        if self._text.fontMetrics().horizontalAdvance(text) > theme.current().size("narrow") * 2 // 3:  # in large text
            text = text.replace(", ", ",\n")
        self._text.setText(text)
        side = theme.current().size("icon")
        self._picture.setPixmap(theme.icon(icon or role, role).pixmap(side, side))
        restyle(self, self._text)


class Banner(QFrame):
    """One sentence and at most one action, at the top of the page it concerns."""

    def __init__(self, text: str, role: Role, action: QPushButton | None = None) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("role", role)
        picture, side = QLabel(), theme.current().size("icon")
        picture.setPixmap(theme.icon(role, role).pixmap(side, side))
        words = label(text, selectable=True)
        in_a_row(picture, (words, 1), action, within=self, gap="xs", edges=("s", "xs", "s", "xs"))
        self.setAccessibleName(text)


def settle() -> None:
    """Give everything its place now, and not when the event loop comes to it."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def held_in(place: QWidget, held: QWidget | None) -> QWidget | None:
    """What has the focus, if that is within a place."""
    if held is None or not place.isAncestorOf(held):
        return None
    return held


def bring_into_view(said: QWidget) -> None:
    """What is said may lie just below what can be seen: once it has its place, as little is moved as will do."""

    def move() -> None:
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # which give it its place
        above = said.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(said)

    QTimer.singleShot(0, said, move)


class Result(QWidget):
    """How an action went, right beside its button; empty until it was done."""

    def __init__(self) -> None:
        super().__init__()
        self._column = stacked(within=self)
        self.hide()

    def notify(self, text: str, role: Role, action: QPushButton | None = None) -> None:
        """Show it, in place of the one before."""
        clear(self._column)
        self._column.addWidget(Banner(text, role, action))
        self.show()
        bring_into_view(self)

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        self.notify(str(error), "danger")

    def quiet(self) -> None:
        """Nothing is to be said any more."""
        clear(self._column)
        self.hide()
