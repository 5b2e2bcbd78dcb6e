"""A list with the detail of what is chosen: side by side where there is room, else one in the place of the other."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QSize, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListWidget, QSplitter, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import boxed, button, stacked

SIDE_BY_SIDE_FROM = 100
"""So many characters of the body's font wide, list and detail have room beside each other."""
LEAST_LINES = 3
"""So many lines of a table high, it can be used."""
SHARES = 4, 5
WIDE = 1000
"""Of a share, in pixels: more than there is, so that Qt shares out what there is."""


def parts_list(name: str, titles: Iterable[str]) -> QListWidget:
    """The parts of a page by their titles, to stand beside the chosen one."""
    parts = QListWidget()
    parts.setObjectName("parts")
    parts.setAccessibleName(name)
    parts.addItems(list(titles))
    return parts


class ListDetail(QWidget):
    """Two panes. Which of them is shown in a narrow window is said by `open_detail` and `open_list`."""

    went_back = Signal()
    """The person left the detail for the list."""

    arranged = Signal()
    """Another pane is shown than before."""

    def __init__(
        self,
        shell: Shell,
        key: str,
        listing: QWidget,
        detail: QWidget,
        back: str,
        *,
        shares: tuple[int, int] = SHARES,
        side_by_side_from: int = SIDE_BY_SIDE_FROM,
    ) -> None:
        """
        Args:
            key: names the place of the divider in the settings.
            listing: a list, or what holds one that is its focus proxy.
            back: what the button is called that leads from the detail to the list.
            shares: how the two share the room until somebody moves the divider.
            side_by_side_from: so many characters wide, they have room beside each other.
        """
        super().__init__()
        self._shell, self._key, self._enough = shell, key, side_by_side_from
        self.listing, self.detail = listing, detail
        self.side_by_side = True
        self._detail_open = False
        self._has_detail = True
        self.back = button(f"‹ {back}", self.go_back, "link")
        self._right = right = boxed(stacked(self.back, (detail, 1), gap="xxs"))
        self._splitter = QSplitter()
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(theme.current().space("s"))
        self._splitter.addWidget(listing)
        self._splitter.addWidget(right)
        view = listing.focusProxy() or listing
        if isinstance(view, QAbstractItemView):
            view.clicked.connect(self.open_detail)
            view.activated.connect(self.open_detail)
            self.went_back.connect(view.setFocus)
        listing.setMinimumWidth(theme.current().size("nav"))
        right.setMinimumWidth(theme.current().size("narrow") * 2 // 5)
        self._splitter.setStretchFactor(0, shares[0])
        self._splitter.setStretchFactor(1, shares[1])
        self._splitter.setSizes([share * WIDE for share in shares])
        if state := shell.settings.columns.get(key):
            self._splitter.restoreState(QByteArray.fromBase64(state.encode()))
        self._splitter.splitterMoved.connect(self._remember)
        stacked(self._splitter, within=self)
        self._arrange()

    def _remember(self) -> None:
        state = bytes(self._splitter.saveState().toBase64().data()).decode()
        self._shell.remember(columns={**self._shell.settings.columns, self._key: state})

    def open_detail(self) -> None:
        """Something was chosen: its detail comes into view."""
        self._detail_open = True
        self._arrange()

    def show_detail(self, *, shown: bool) -> None:
        """Whether there is anything of which a detail could be shown; else the list has all the room."""
        if shown != self._has_detail:
            self._has_detail = shown
            self._arrange()

    def take_focus(self) -> None:
        """Give the focus to the list, or to what leads back to it where the detail stands in its place."""
        (self.back if self.detail_alone else self.listing).setFocus()

    def close_detail(self) -> None:
        """What the detail showed is gone: the list is in view again, and whatever has the focus keeps it."""
        self._detail_open = False
        self._arrange()

    def go_back(self) -> None:
        """Show the list again, and give it the focus."""
        if self._detail_open:
            self.close_detail()
            self.went_back.emit()

    def _arrange(self) -> None:
        held, shows_list = QApplication.focusWidget(), self.side_by_side or not self._detail_open
        self._right.setVisible(self._has_detail and (self.side_by_side or self._detail_open))
        if not shows_list and held is not None and (held is self.listing or self.listing.isAncestorOf(held)):
            self.detail.setFocus()  # or Qt would give it to whatever comes next in the window
        self.listing.setVisible(shows_list)
        self.back.setVisible(not self.side_by_side)
        self.arranged.emit()

    @property
    def detail_alone(self) -> bool:
        """Whether the detail stands in the place of the list."""
        return self._detail_open and not self.side_by_side

    def sizeHint(self) -> QSize:
        """No taller than it must be: it scrolls by itself, and the page would scroll too."""
        least = min(super().sizeHint().height(), LEAST_LINES * theme.current().row_height())
        return QSize(super().sizeHint().width(), self.minimumHeight() or least)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose by the new width."""
        needed = self._enough * self.fontMetrics().averageCharWidth()
        if (wide := self.width() >= needed) != self.side_by_side:
            self.side_by_side = wide
            self._arrange()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads from the detail back to the list, where they stand in one place."""
        from PySide6.QtCore import Qt

        if event.key() == Qt.Key.Key_Escape and not self.side_by_side and self._detail_open:
            self.go_back()
            return
        super().keyPressEvent(event)
