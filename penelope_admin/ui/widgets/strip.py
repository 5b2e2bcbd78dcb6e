"""The strip at the window's bottom: what is going on, a short word that all went well, and what is still unread.

Its place is kept while there is nothing to say: what is above it must not move under the hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.format import breakable, plain_tip
from penelope_admin.ui.widgets.basics import button, cut, in_a_row, set_plain, show_text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

SAID_FOR_MS = 5000
UNDO_FOR_MS = 20_000
_LINES = 2
_WRAPPED = 0x1000  # Qt.TextFlag.TextWordWrap; touching Qt's namespace of enums costs time before the first frame


class Notice(NamedTuple):
    """A word, with what can be done about it; `about` is what a newer word replaces it by."""

    text: str
    action: str = ""
    do: Callable[[], object] = lambda: None
    about: Hashable = None


_NOTHING = Notice("")


class Strip(QFrame):
    """Says one thing at a time. What is unread waits in line behind what passes, and goes only once it was read."""

    cancelled = Signal()
    """Stop what is going on."""

    too_long = Signal(object)
    """Show all of a notice, for which there is no room here."""

    was_read = Signal(object)
    """The matter of a notice that the person put away, or did something about."""

    left = Signal()
    """What had the focus here is not offered any more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusStrip")
        space = theme.current().space
        self._busy = self._said = self._shown = self._meant = _NOTHING
        self.unread: list[Notice] = []
        self._text, self._bar = QLabel(), QProgressBar()
        set_plain(self._text)
        self._text.setWordWrap(True)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(theme.current().size("nav"))
        self._bar.setAccessibleName("Working")
        self._more = button("Read it …", lambda: self.too_long.emit(self._shown), "link")
        self._action = button("", self._press, "link")
        self._close = button("Close", lambda: self._put_away(self._shown), "link")
        self._across = in_a_row((self._text, 1), within=self, edges=("m", "xxs", "m", "xxs"))
        for part in (self._bar, self._more, self._action, self._close):
            self._across.addWidget(part)
            part.ensurePolished()
        self._action.pressed.connect(self._keep_meant)
        self._text.ensurePolished()
        lines = max(self._close.sizeHint().height(), _LINES * self._text.fontMetrics().lineSpacing())
        self.setFixedHeight(lines + 2 * space("xxs"))
        keeps_its_place = self.sizePolicy()
        keeps_its_place.setRetainSizeWhenHidden(True)
        self.setSizePolicy(keeps_its_place)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(lambda: self._show_passing(_NOTHING))
        self.hide()

    # --- what there is to say --------------------------------------------------------------------

    def show_busy(self, what: str) -> None:
        """Show what is going on; when it ended, what was said last, if its time is not over."""
        if what or self._busy is not _NOTHING:
            self._busy = Notice(f"{what} …", "Stop", self.cancelled.emit) if what else _NOTHING
            self._show()

    def notify(self, text: str, action: str = "", do: Callable[[], object] | None = None) -> None:
        """Show a short word for some seconds; longer with something that can be done about it."""
        self._show_passing(Notice(text, action, do or (lambda: None)))
        self._timer.start(SAID_FOR_MS if do is None else UNDO_FOR_MS)

    def _show_passing(self, said: Notice) -> None:
        self._said = said
        self._show()

    def tell(self, text: str, action: str, do: Callable[[], object], about: Hashable = None) -> None:
        """Show something until it was read, once all before it was; at the place of what was said of the same matter.

        Args:
            about: the matter, by default these very words.
        """
        notice = Notice(text, action, do, about or text)
        places = (number for number, earlier in enumerate(self.unread) if earlier.about == notice.about)
        place = next(places, len(self.unread))
        self.unread[place : place + 1] = [notice]
        self._show()

    def drop(self, settled: Collection[Hashable]) -> None:
        """What was told of some matters need not be read any more."""
        self.unread = [notice for notice in self.unread if notice.about not in settled]
        self._show()

    def withdraw(self, *actions: str) -> None:
        """Offer some things no more."""
        if self._said.action in actions:
            self._show_passing(self._said._replace(action=""))

    # --- what is shown of it ---------------------------------------------------------------------

    def _show(self) -> None:
        """The most pressing of it: what is going on, what was just said, and what is unread, in that order.

        While the person is at something unread, nothing takes its place.
        """
        held = next((part for part in (self._more, self._action, self._close) if part.hasFocus()), None)
        stays = (self._shown,) if held is not None and self._shown in self.unread else ()
        pressing = (*stays, self._busy, self._said, *self.unread)
        self._shown = next((notice for notice in pressing if notice is not _NOTHING), _NOTHING)
        self._bar.setVisible(self._shown is self._busy and self._busy is not _NOTHING)
        show_text(self._action, self._shown.action)
        self._close.setVisible(self._shown.about is not None)
        self._fit()
        self.setVisible(self._shown is not _NOTHING)
        if held is not None and (held.isHidden() or self.isHidden()):
            self.left.emit()

    def _fit(self) -> None:
        """As many words as there is room for; a notice that is cut off can be read in full elsewhere."""
        shown, count = self._shown, len(self.unread)
        is_unread = shown.about is not None
        text = f"1 of {count}: {shown.text}" if is_unread and count > 1 else shown.text
        is_cut = not self._has_room(text, self._room(self._bar, self._action, self._close))
        self._more.setVisible(is_cut and is_unread)
        room = self._room(self._bar, self._action, self._close, self._more)
        self._text.setText(breakable(cut(text, lambda said: self._has_room(said, room))))
        self._text.setToolTip(plain_tip(text) if is_cut else "")
        self.setAccessibleName(text)

    def _room(self, *beside: QWidget) -> int:
        """How wide the words may be beside these."""
        margins, gap = self._across.contentsMargins(), self._across.spacing()
        widths = (min(p.sizeHint().width(), p.maximumWidth()) + gap for p in beside if not p.isHidden())
        return self.width() - margins.left() - margins.right() - sum(widths)

    def _has_room(self, text: str, room: int) -> bool:
        """Whether words fit into the lines there are."""
        height = self.height() - 2 * theme.current().space("xxs")
        around = self._text.fontMetrics().boundingRect(QRect(0, 0, room, height), _WRAPPED, breakable(text))
        return around.height() <= height and around.width() <= room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More words fit, or fewer."""
        super().resizeEvent(event)
        self._fit()

    # --- what can be done ------------------------------------------------------------------------

    def _keep_meant(self) -> None:
        self._meant = self._shown

    def _press(self) -> None:
        """Do it, unless something else is said since the button went down."""
        shown = self._shown
        if shown is self._meant:
            self.do(shown)

    def do(self, notice: Notice) -> None:
        """Do what can be done about something that was said; it is read then."""
        self.withdraw(notice.action)
        self._put_away(notice)
        notice.do()

    def _put_away(self, notice: Notice) -> None:
        self.drop((notice.about,))
        self.was_read.emit(notice.about)
