"""What every page is: a title, its purpose, its main action, banners, and one column of content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QBoxLayout, QPushButton, QSizePolicy, QWidget

from penelope_admin.ui import theme
from penelope_admin.ui.rooms import BY_NAME
from penelope_admin.ui.theme import Role
from penelope_admin.ui.widgets.basics import Banner, boxed, clear, held_in, label, put, scrolled, settle, stacked
from penelope_admin.ui.widgets.flow import Flow
from penelope_admin.ui.widgets.steady import in_place

if TYPE_CHECKING:
    from penelope_admin.policy import Policy
    from penelope_admin.topics import Topic
    from penelope_admin.ui.actions import PageAction
    from penelope_admin.ui.shell import Shell
    from penelope_admin.ui.widgets.basics import Edges, Piece
    from penelope_admin.ui.widgets.list_detail import ListDetail


WORDS_BESIDE_ACTIONS = 45
"""So many characters of a page's purpose are to fit in a line beside its actions."""


class Page(QWidget):
    """A page of the window. Subclasses fill `content` and load what they show in `load`.

    Attributes:
        name: its key in the navigation.
        topics: what it shows; when one of these changed it loads again.
    """

    name = ""
    purpose = ""
    topics: frozenset[Topic] = frozenset()
    loaded = Signal()
    """Everything the page shows is there."""

    @classmethod
    def actions_by_name(cls, _policy: Policy) -> list[PageAction]:
        """What *Find or do* offers of this page, besides leading there."""
        return []

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("page")
        self.shell = shell
        self.stale = True
        self._is_loading = False
        self.is_built = True
        self._to_build: Iterator[Callable[[], object]] = iter(())
        self._place = ("", 0)
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._build_on)
        self.loaded.connect(self._has_loaded)
        self._body = body = QWidget()
        body.setObjectName("pageBody")
        body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = Flow()
        self.purpose_label = label(self.purpose, "muted")
        title = BY_NAME[self.name].title if self.name else ""
        words = stacked(label(title, "pageTitle"), self.purpose_label, gap="xxs")
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        put(self._head, (words, 1), self._buttons)
        self._banners = stacked(gap="xs")
        self.content = stacked(gap="s")
        self._filled = boxed(self.content)
        keeps_its_place = self._filled.sizePolicy()
        keeps_its_place.setRetainSizeWhenHidden(True)
        self._filled.setSizePolicy(keeps_its_place)
        edges: Edges = ("l", "l", "l", "xs")  # below is the strip's place
        self.column = stacked(self._head, self._banners, (self._filled, 1), within=body, gap="s", edges=edges)
        self._wrap(body)
        self.setAccessibleName(title)

    def _wrap(self, body: QWidget) -> None:
        self.area = scrolled(body)
        stacked(self.area, within=self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Actions go below the title where they would leave its words no room."""
        super().resizeEvent(event)
        self._place_actions()

    def _place_actions(self) -> None:
        left = self.width() - 2 * theme.current().space("l") - self._buttons.sizeHint().width()
        beside = left >= WORDS_BESIDE_ACTIONS * self.fontMetrics().averageCharWidth()
        side = QBoxLayout.Direction
        self._head.setDirection(side.LeftToRight if beside else side.TopToBottom)

    def add_action(self, action: QPushButton) -> None:
        """Put a button at the right of the title."""
        self._buttons.addWidget(action)
        if self.isVisible():
            self._place_actions()

    def add(self, *items: Piece) -> None:
        """Put things into the column, below each other."""
        put(self.content, *items)

    def add_panes(self, panes: ListDetail) -> None:
        """Put a list with its detail into the column; where the detail stands alone, it has all the room."""
        panes.arranged.connect(lambda: self.purpose_label.setHidden(panes.detail_alone))
        self.content.addWidget(panes, 1)

    def empty(self) -> None:
        """Take everything out of the column."""
        clear(self.content)

    def build(self, steps: Iterable[Callable[[], object]]) -> None:
        """Fill the column afresh, a step at a time, so that long pages never hold the window up.

        The first step is done at once; `loaded` follows the last. Building again leaves off what was under way.
        """
        self._keep_place()
        self._body.setMinimumHeight(self._body.height())  # or it would shrink meanwhile, and jump to its top
        # Its bar is there from the start, or all would be laid out for the whole width first, and then again beside it.
        self.area.setProperty("verticalScrollBarPolicy", "ScrollBarAlwaysOn")
        self.empty()
        self.is_built = False
        self._body.setUpdatesEnabled(False)  # painted once, when all has its place
        self.content.setEnabled(False)  # which it gets once, too
        self._to_build = iter(steps)
        self._build_on()

    def _keep_place(self) -> None:
        """Remember what has the focus and how far the page is scrolled, for the same things in their new form."""
        focus = held_in(self.area, QApplication.focusWidget())
        if self.is_built and focus is not None:
            name = focus.accessibleName() or (focus.text() if isinstance(focus, QAbstractButton) else "")
            self._place = name, self.area.verticalScrollBar().value()
            self.setFocus()  # or Qt would give it to whatever comes next, and scroll there
        elif self.is_built:
            self._place = "", self.area.verticalScrollBar().value()

    def refocus(self, name: str) -> None:
        """Put the focus back on what had it, by its name; pages may know a better place."""
        buttons = (b for b in self.findChildren(QAbstractButton) if name in (b.accessibleName(), b.text()))
        if (again := next((b for b in buttons if b.isVisibleTo(self)), None)) is not None:
            again.setFocus()

    def _return(self) -> None:
        name, scrolled = self._place
        self._body.setMinimumHeight(0)
        settle()
        self.area.setProperty("verticalScrollBarPolicy", "ScrollBarAsNeeded")
        self._body.setUpdatesEnabled(True)
        self.area.verticalScrollBar().setValue(scrolled)
        if name and self.isVisible() and self.window().focusWidget() in (self, None):  # not where somebody went on
            self.refocus(name)
            if (focus := held_in(self.area, QApplication.focusWidget())) is not None:
                self.area.ensureWidgetVisible(focus)

    def in_place(self, show: Callable[[], object]) -> None:
        """Show something; what the person is at stays where it is, though more or less may stand above it now.

        At the very top of the page, what is new and urgent comes into view instead.
        """
        if self.area.verticalScrollBar().value():
            in_place(self.area, show)
        else:
            show()

    def _build_on(self) -> None:
        step = next(self._to_build, None)
        if step is not None:
            try:
                step()
            except Exception:
                self.content.setEnabled(True)
                self._body.setUpdatesEnabled(True)
                raise
            self._turn.start()
            return
        self.content.setEnabled(True)
        self.content.addStretch(1)
        self.content.activate()  # what asked for it meanwhile was not heard
        self.is_built = True
        self._return()
        self.loaded.emit()

    def notify(self, text: str, role: Role, action: QPushButton | None = None, *, alone: bool = False) -> None:
        """Show a banner, in place of those before.

        Args:
            alone: in place of all else, too, as there is nothing that the page could show.
        """
        self.quiet()
        self._filled.setVisible(not alone)
        banner = Banner(text, role, action)
        self._banners.addWidget(banner)
        QTimer.singleShot(0, banner, lambda: self.area.ensureWidgetVisible(banner))  # it may be far above the button

    def quiet(self) -> None:
        """Take the banners away."""
        clear(self._banners)
        self._filled.show()

    def load(self) -> None:
        """Ask the services for what the page shows; called when it is shown and something changed."""

    def show_subject(self, subject: str) -> None:
        """Bring one thing on the page into view; pages without such things ignore it."""

    @property
    def open_subject(self) -> str:
        """What `show_subject` needs to lead to what is open in the place of the page's list; empty without one."""
        return ""

    def when_loaded(self, callback: Callable[[], object]) -> None:
        """Do something once the page has its data: now, if it has."""
        if self.stale or self._is_loading or not self.is_built:
            from PySide6.QtCore import Qt

            self.loaded.connect(callback, Qt.ConnectionType.SingleShotConnection)
        else:
            callback()

    def refresh_if_stale(self) -> None:
        """Load if something changed since the page was loaded."""
        if self.stale:
            self.stale = False
            self._is_loading = True
            self.load()

    def _has_loaded(self) -> None:
        self._is_loading = False
