"""The main window: navigation on the left, one page at a time, progress and sheets on top."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QByteArray, QSize, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QFontMetrics, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from penelope_admin import services
from penelope_admin.absent import mapped
from penelope_admin.errors import DamagedError, NotSetUpError, PenelopeAdminError, StoreError
from penelope_admin.topics import EVERYTHING
from penelope_admin.ui import dialogs, theme
from penelope_admin.ui.actions import Action, PageAction
from penelope_admin.ui.format import breakable
from penelope_admin.ui.operations import untold
from penelope_admin.ui.pages.overview import OverviewPage
from penelope_admin.ui.postman import Postman
from penelope_admin.ui.rooms import BY_NAME, PAGE_KEYS, current_name, rooms_of
from penelope_admin.ui.shell import Shell
from penelope_admin.ui.widgets.basics import boxed, button, held_in, in_a_row, label, put, scrolled, stacked
from penelope_admin.ui.widgets.find import FindField
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.widgets.planning import PlanningBar
from penelope_admin.ui.widgets.strip import Notice, Strip

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from penelope_admin.services.projects import Turned
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.reminding import Reminding
    from penelope_admin.ui.status_watch import StatusWatch
    from penelope_admin.ui.widgets.help_panel import HelpPanel

MENUS = ("&File", "&Edit", "&Go", "&Help")
FIRST_SIZE = QSize(1080, 720)
SMALLEST = QSize(720, 480)
EDGE = 1
"""Pixels of the line between the navigation and the pages, which nothing may cover."""
REST_MS = 50
"""The pause between two of the things that are done while nobody waits for anything."""
TIME_PASSES_MS = 600_000
"""How often it is looked what the time that passed has brought: drafts that are due, files that others read."""
LOOK_AROUND_EVERY_MS = 15_000
"""How often it is looked whether another program of the agency changed something, which costs one short query."""


class Dressing(Protocol):
    """What shows that a window is of training, and can be done there besides."""

    def put_on(self, sheet: QDialog) -> None: ...

    def actions(self) -> list[Action]: ...


class MainWindow(QMainWindow):
    """The program's window."""

    first_painted = Signal()

    page_shown = Signal(str)

    ready = Signal()
    """The page shown first has all its data, or the first-run wizard is open."""

    looked_around = Signal()
    """It was looked at whether another program changed something; the pages load again if so."""

    closes = Signal()
    """Whatever goes on beside the person's work ends."""

    dress: Dressing | None = None
    """What shows that this is training, where it is."""

    reminding: Reminding | None = None
    """Tells what is due, from when the data is there; not in practice."""

    status: StatusWatch | None = None
    """Looks at the vendor's status page, while its address is in the settings; not in practice."""

    _help: HelpPanel | None = None
    _is_quitting = False

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._rooms = rooms_of(is_training=shell.app.is_training)
        self.pages: dict[str, Page] = {}
        self.sheets: list[QDialog] = []
        self._not_set_up: set[str] = set()  # pages that say so
        self._was_painted = False
        self._is_started = False
        self._seen: tuple[int, date] | None = None
        self._own_entries = 0  # in the log, since it was looked last
        self._shown = "overview"
        self._was_open = ""
        self._had_focus: str | None = None  # the name of the control of the page that is made anew
        self._passing_timer = QTimer(self, interval=TIME_PASSES_MS)
        self._passing_timer.timeout.connect(self._time_passed)
        self._look_timer = QTimer(self, interval=LOOK_AROUND_EVERY_MS)
        self._look_timer.timeout.connect(lambda: None if self.isMinimized() else self.look_around())
        self.setWindowTitle("Penelope Admin")
        self.setMinimumSize(SMALLEST.boundedTo(self.screen().availableGeometry().size()))
        self._menus = [self.menuBar().addMenu(title) for title in MENUS]
        for menu in self._menus:
            menu.aboutToShow.connect(self._fill_menus)
        self._stack = QStackedWidget()
        self._buttons: dict[str, QPushButton] = {}
        self._right = stacked(gap=0)
        self._beside = in_a_row((self._stack, 1), gap=0)
        self._planning = PlanningBar(shell.planning_note)
        self._strip = Strip()
        edge = QWidget()  # where pages end, also while the strip has nothing to say
        edge.setObjectName("pageEdge")
        edge.setFixedHeight(1)
        put(self._right, self._planning, (self._beside, 1), edge, self._strip)
        self.setCentralWidget(boxed(in_a_row(self._side(), (self._right, 1), gap=0)))
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableGeometry().size()))
        if shell.settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(shell.settings.geometry.encode()))
        self.postman = Postman(shell.operations)
        self._listen(shell)

    def _listen(self, shell: Shell) -> None:
        """Follow what pages, sheets and the worker say."""
        self.postman.watched.connect(self._watched)
        shell.status_page_changed.connect(self.watch_status_page)
        shell.send_now.connect(lambda: self.postman.send(now=True))
        shell.operations.changed.connect(self._changed)
        shell.operations.done.connect(self._count_own)
        shell.operations.failed.connect(self.show_error)
        shell.operations.busy.connect(self._strip.show_busy)
        shell.said.connect(self._notify)
        shell.offered.connect(self._strip.notify)
        shell.warned.connect(lambda text: self.current.notify(text, "caution"))
        shell.announced.connect(self._strip.tell)
        self._strip.cancelled.connect(shell.operations.cancel)
        self._strip.too_long.connect(self._read_all)
        self._strip.left.connect(lambda: self.current.setFocus())
        shell.go.connect(self.go)
        shell.sheet_opened.connect(self.open_sheet)
        shell.help_requested.connect(self.help_over_sheet)
        for stop in (self.postman.stop, self._passing_timer.stop, self._look_timer.stop):
            self.closes.connect(stop)

    def show_network(self, is_gone: bool) -> None:
        """Say quietly that the network is gone; what waits for it says so, and goes on once it is back."""
        self._offline.setVisible(is_gone)
        self.postman.heard(is_gone=is_gone)
        if self.status is not None and not is_gone:
            self.status.check()
        self._show_changed(frozenset({"requests"}))

    def _notify(self, text: str) -> None:
        """A short word; with *Undo* where it tells of what can be undone."""
        history = self.shell.history
        if history is not None and history.noted:
            self._strip.notify(text, "Undo", history.undo)
        else:
            self._strip.notify(text)

    def _read_all(self, notice: Notice) -> None:
        """A notice for which the strip has no room, in full."""
        from penelope_admin.ui.widgets.sheet import Sheet

        sheet = Sheet(self.shell, "Notice", notice.action)
        sheet.add(label(breakable(notice.text), selectable=True))
        sheet.accepted.connect(lambda: self._strip.do(notice))
        self.open_sheet(sheet)

    # --- pages ---------------------------------------------------------------------------------

    def go(self, name: str, subject: str = "") -> None:
        """Show a page, and on it what `subject` names."""
        page = self.page(name)
        self._stack.setCurrentWidget(page)
        self._choose_entry(name)
        self._buttons[name].setFocus()
        page.refresh_if_stale()
        if subject:
            page.when_loaded(lambda: page.show_subject(subject))
        self.look_around()
        if self.shell.settings.page != name:
            self.shell.remember(page=name)
        self.page_shown.emit(name)

    def _choose_entry(self, name: str) -> None:
        """Mark an entry of the navigation; in a low window, or in large text, it comes into view."""
        self._buttons[name].setChecked(True)
        self._navigation.ensureWidgetVisible(self._buttons[name])

    def put_beside(self, *parts: QWidget) -> None:
        """Put something at the right of the pages."""
        put(self._beside, *parts)

    def hide_page(self, hidden: bool) -> None:
        """Give the page's room to what stands beside it, or give it back."""
        self._stack.setVisible(not hidden)

    def has_page(self, name: str) -> bool:
        """Whether there is a page of that name."""
        return name in self._buttons

    def page(self, name: str) -> Page:
        """A page, made when it is first asked for."""
        if name not in self.pages:
            self.pages[name] = page = page_class(name)(self.shell)
            self._stack.addWidget(page)
        return self.pages[name]

    @property
    def current(self) -> Page:
        """The page that is shown."""
        return cast("Page", self._stack.currentWidget())

    def _changed(self, topics: frozenset[str]) -> None:
        if "agency" in topics:
            self._reread_settings()
            for name in self._not_set_up & self.pages.keys():
                self.pages[name].quiet()
            self._not_set_up.clear()
        self._show_changed(topics)
        self._check_reminders()
        if topics == EVERYTHING:  # a restore, or other rules for clocks
            self._refresh_kept_files()

    def _count_own(self, result: object) -> None:
        if not self._is_started:  # settings may have been saved; what writes to the log is not even loaded
            return
        from penelope_admin.services.work import Done

        if isinstance(result, Done):
            self._own_entries += len(result.trace.entries)

    def _reread_settings(self) -> None:
        self.shell.reread_settings()
        self._planning.show_note(self.shell.planning_note)

    def _show_changed(self, topics: frozenset[str]) -> None:
        """What is shown loads at once, other pages when they are shown next."""
        for page in self.pages.values():
            if page.topics & topics:
                page.stale = True
        self.current.refresh_if_stale()

    def look_around(self) -> None:
        """Notice what another program did meanwhile, or that it is another day; then everything is loaded again."""
        if self._is_started and not self.shell.operations.is_busy:
            self.shell.operations.run(
                lambda context: context.read(services.activity.newest_number), self._looked, untold
            )

    def _looked(self, newest: int) -> None:
        seen = (newest, self.shell.today)
        before, self._seen = self._seen, seen
        self.shell.calendar_check_requested.emit()
        own, self._own_entries = self._own_entries, 0
        # More entries than our own, or fewer after a restore, are somebody else's.
        if before is not None and (seen[1] != before[1] or not 0 <= newest - before[0] <= own):
            self._reread_settings()
            self._show_changed(EVERYTHING)
            self._time_passed()
        self.looked_around.emit()

    def _time_passed(self) -> None:
        self._check_reminders()
        self._refresh_kept_files()
        self.draft_due()

    def _refresh_kept_files(self) -> None:
        """Time has passed, or another program changed something: what others read follows."""
        self.shell.operations.run_with_app(lambda app: app.refresh_kept_files(), untold, untold)

    def draft_due(self) -> None:
        """Draft the requests of work that comes again, when their day has come; a person sends them."""
        self.shell.operations.run(_draft_due, self._drafted, untold)

    def _drafted(self, done: Done[tuple[Turned, ...]]) -> None:
        drafted = [turned for turned in done.value if turned.request is not None]
        if drafted and (newest := drafted[-1].request) is not None:
            names = ", ".join(f"“{turned.project.name}”" for turned in drafted)
            earlier = [turned.earlier.sentence for turned in drafted if turned.earlier is not None]
            text = f"A refresh request was drafted for {names}, which repeats. Read it, then send it."
            show = partial(self.shell.go.emit, "requests", str(newest.id))
            self.shell.announced.emit(" ".join((text, *earlier)), f"Show {newest.reference}", show)

    def _check_reminders(self) -> None:
        if self.reminding is not None:
            self.reminding.check()

    def changeEvent(self, event: QEvent) -> None:
        """Look around when the person comes back to the window."""
        super().changeEvent(event)
        if self._is_started:
            from PySide6.QtCore import QEvent

            if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
                self.look_around()

    # --- navigation ----------------------------------------------------------------------------

    def _side(self) -> QWidget:
        """*Find or do*, the pages, and *Emergency*, which never scrolls out of sight."""
        tokens = theme.current()
        side = QFrame()
        side.setObjectName("nav")
        self.find_field = FindField()
        self.find_field.requested.connect(self.open_palette)
        self.emergency = QPushButton("Emergency")
        self.emergency.setObjectName("emergency")
        self.emergency.setAutoDefault(True)
        self.emergency.clicked.connect(lambda: self.open_emergency())
        pages = self._navigation = self._make_navigation()
        column = stacked(within=side, gap="xs", edges=("xs", "m", EDGE, "m"))
        right = (0, 0, "xs", 0)
        put(column, in_a_row(self.find_field, edges=right), (pages, 1), in_a_row(self.emergency, edges=right))
        side.setFixedWidth(pages.minimumWidth() + tokens.space("xs") + EDGE)
        return side

    def _make_navigation(self) -> QScrollArea:
        tokens = theme.current()
        nav = QWidget()
        column = stacked(within=nav, gap="xxs")
        group = QButtonGroup(nav)
        stretched = False
        for room in self._rooms:
            if room.at_bottom and not stretched:
                self._offline = _offline_label()
                column.addLayout(stacked(1, self._offline), 1)  # what stands there moves no name
                stretched = True
            button_ = QPushButton(room.title)
            button_.setCheckable(True)
            button_.setAutoDefault(True)
            button_.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button_.clicked.connect(lambda _=False, name=room.name: self.go(name))
            group.addButton(button_)
            column.addWidget(button_)
            self._buttons[room.name] = button_
        self._buttons["overview"].setChecked(True)
        scroll = scrolled(nav)
        scroll.setObjectName("navScroll")

        def make_room(_least: int, most: int) -> None:
            # The bar of a low window stands in the margin, and takes nothing from the names.
            column.setContentsMargins(0, 0, 0 if most else tokens.space("xs"), 0)

        scroll.verticalScrollBar().rangeChanged.connect(make_room)
        make_room(0, 0)
        bold = QFontMetrics(tokens.font("body", bold=True))  # as the chosen one is
        beside = 2 * (tokens.space("xs") + tokens.size("focus")) + tokens.size("icon") + tokens.space("xxs")
        width = max(bold.horizontalAdvance(room.title) for room in self._rooms) + beside
        scroll.setMinimumWidth(max(tokens.size("nav") - tokens.space("xs"), width + tokens.space("xs")))
        return scroll

    def decorate(self) -> None:
        """Icons and shortcuts that the first frame does not need."""
        self._paint_icons()
        theme.current().before_change = self._let_pages_go
        theme.current().after_change = self._paint_again
        self.bind("Ctrl+K", lambda: self.open_palette())
        self.bind("F1", self.open_help)
        self.bind("Ctrl+Q", self.quit)
        self._keep_history()
        for name, key in PAGE_KEYS.items():
            self.bind(f"Ctrl+{key}", partial(self.go, name))
            self._buttons[name].setToolTip(f"Ctrl+{key}")

    def _keep_history(self) -> None:
        """Remember from now on what can be undone. A text field that has the focus keeps the keys to itself."""
        from penelope_admin.ui.history import History

        shell = self.shell
        shell.history = history = History(shell.policy, shell.operations)
        shell.operations.done.connect(history.note)
        shell.operations.answered.connect(history.answered)
        history.changed.connect(self._history_changed)
        shell.replaced.connect(history.clear)
        history.said.connect(shell.said)
        history.offered.connect(shell.offered)
        history.warned.connect(shell.warned)
        self.bind("Ctrl+Z", history.undo)
        self.bind("Ctrl+Shift+Z", history.redo)

    def _history_changed(self) -> None:
        """Undo means something else now: no older word offers it."""
        self._strip.withdraw("Undo", "Redo")
        self._name_history()

    def _name_history(self) -> None:
        """The menu names what would be undone, if it was opened before."""
        history = self.shell.history
        if history is not None and not self._menus[1].isEmpty():
            from penelope_admin.ui import menus

            menus.name_history(self._menus[1], history.undo_name, history.redo_name)

    def _load_at_rest(self) -> None:
        """Load the other pages' modules once the first is there, one in a turn of the event loop.

        Loading takes half of the time until a page stands that is shown for the first time. The menus are filled then,
        too, though nobody has opened one, where that would be too late: the menu bar of the system (macOS) never opens
        a menu without entries, and a screen reader reads them unopened.
        """
        from PySide6.QtGui import QAccessible

        rooms = iter(self._rooms)

        def go_on() -> None:
            if (room := next(rooms, None)) is not None:
                page_class(room.name)
                QTimer.singleShot(REST_MS, self, go_on)
            elif self.menuBar().isNativeMenuBar() or QAccessible.isActive():
                self._fill_menus()

        QTimer.singleShot(REST_MS, self, go_on)

    def _fill_menus(self) -> None:
        """What pages can do they say themselves, and that loads all of them: not before somebody opens a menu."""
        if self._menus[0].isEmpty():
            from penelope_admin.ui import menus

            menus.fill(self._menus, self)
            self._name_history()

    def bind(self, keys: str, callback: Callable[[], object]) -> None:
        """Do something when keys are pressed."""
        action = QAction(self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: callback())
        self.addAction(action)

    def open_palette(self, text: str = "") -> None:
        """Every page, action, feature, request, setting and help topic, by name.

        Args:
            text: what has been typed already.
        """
        self.open_sheet(dialogs.palette.Palette(self.shell, self.actions_by_name(), text))

    def actions_by_name(self) -> list[Action]:
        """All that can be found and done, as the pages name it themselves."""
        keys = {name: f"Ctrl+{key}" for name, key in PAGE_KEYS.items()}
        words, open_training = "training exercise learn try simulation", self.shell.open_training
        practice = Action("Practice with an invented agency", open_training, words)
        actions = [
            Action(f"Go to {room.title}", partial(self.go, room.name), room.words, keys=keys.get(room.name, ""))
            for room in self._rooms
        ]
        actions += [
            Action("Emergency: open a critical incident", self.open_emergency, "server down stopped urgent telephone"),
            Action(
                "Send what waits in the outbox",
                lambda: self.postman.send(now=True),
                "mail now try again",
                page="requests",
            ),
            *self._history_actions(),
            Action("Help for this page", self.open_help, "how to", "F1"),
            *(self.dress.actions() if self.dress is not None else [practice]),
            Action("About Penelope Admin", self.open_about, "version licences data folder qt python sqlite"),
        ]
        for room in self._rooms:
            actions += [
                Action(action.name, partial(self._do_on, room.name, action), action.words, page=room.name)
                for action in page_class(room.name).actions_by_name(self.shell.policy)
            ]
        return actions

    def _history_actions(self) -> list[Action]:
        """Undo and redo by the name of what they would do; nothing while there is nothing."""
        history = self.shell.history
        if history is None:
            return []
        ways = (
            ("Undo", history.undo_name, history.undo, "Ctrl+Z"),
            ("Redo", history.redo_name, history.redo, "Ctrl+Shift+Z"),
        )
        words = "take back again"
        return [
            # It names what it would undo: whoever looks for "PA-12" wants to see that, and not lose it.
            Action(f"{word}: {name}", run, words, keys, only_by=f"{word.casefold()} {words}")
            for word, name, run, keys in ways
            if name
        ]

    def _do_on(self, name: str, action: PageAction) -> None:
        self.go(name)
        page = self.page(name)
        page.when_loaded(lambda: action.run(page))

    def open_about(self) -> None:
        """What runs here, and whose work it uses."""
        self.open_sheet(dialogs.about.AboutSheet(self.shell))

    def undo_last(self, *, again: bool = False) -> None:
        """Undo, or do again: typing in the field that has the focus, else the newest action of this window."""
        from penelope_admin.ui import menus

        history = self.shell.history
        if not menus.undo_typing(again=again) and history is not None:
            (history.redo if again else history.undo)()

    def open_emergency(self) -> None:
        """The number, the words and the questions for when production stands still."""
        self.open_sheet(dialogs.critical.CriticalSheet(self.shell))

    def open_help(self) -> None:
        """The help of the page, beside it; where there is no room for both, in its place. Once more closes it."""
        if self._helps:
            self.close_help()
            return
        if self._stack.width() - theme.current().size("help") < SMALLEST.width() - theme.current().size("nav"):
            self.go("help", self.current.name)
            return
        if self._help is None:
            from penelope_admin.ui.widgets.help_panel import HelpPanel

            self._help = HelpPanel(self.shell)
            self._help.closed.connect(self.close_help)
            self.page_shown.connect(self._help.follow)
            self.put_beside(self._help)
        self._help.show_topic(self.current.name)

    @property
    def _helps(self) -> bool:
        """Whether the help stands beside the page."""
        return self._help is not None and self._help.isVisible()

    def close_help(self) -> None:
        """Give the page its room back."""
        if self._help is not None:
            self._help.hide()
            self.current.setFocus()

    def help_over_sheet(self, topic: str) -> None:
        """Help while a sheet is open."""
        from penelope_admin.ui.widgets.help_panel import HelpSheet

        self.open_sheet(HelpSheet(self.shell, topic or self.current.name))

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab goes as one reads: from the navigation to the page, then beside and below it."""
        from penelope_admin.ui.widgets.tab_order import move_focus

        held, whole = self.focusWidget(), self.centralWidget()
        if held is not None and not held.isVisible() and self.current.isAncestorOf(held):
            self.current.setFocus()  # what had it is gone; nothing outside of the page is to be pressed next
            return True
        return (whole is not None and move_focus(whole, following)) or QWidget.focusNextPrevChild(self, following)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the help beside a page; what is pasted where no field is goes to the page, if it takes any."""
        if event.matches(QKeySequence.StandardKey.Cancel) and self._helps:
            self.close_help()
        elif event.matches(QKeySequence.StandardKey.Paste) and not self.current.isAncestorOf(self.focusWidget()):
            self.current.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    # --- sheets and errors ---------------------------------------------------------------------

    def open_sheet(self, sheet: QDialog) -> None:
        """Show a sheet over the window, without stopping it; Esc closes what opened last."""
        from PySide6.QtCore import Qt

        if getattr(sheet, "records", False) and (day := self.shell.planning_day) is not None:
            from penelope_admin.domain.planning import planning_copy_refusal

            self.current.notify(planning_copy_refusal(day), "info")
            sheet.deleteLater()
            return
        sheet.setParent(self, sheet.windowFlags())
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.setWindowModality(Qt.WindowModality.WindowModal)
        if self.dress is not None:
            self.dress.put_on(sheet)
        self.sheets.append(sheet)
        sheet.finished.connect(lambda _: self.sheets.remove(sheet) if sheet in self.sheets else None)
        sheet.show()

    def _watched(self, problem: str) -> None:
        """The page that shows requests says why no reply can be seen; it is no reason to interrupt anybody."""
        self.shell.watch_problem = problem

    def show_error(self, error: BaseException) -> None:
        """Tell of an error: on the page when it is one of ours, in a dialog when it is a bug."""
        if self.shell.log is not None:
            self.shell.log.failed(error)
        if not isinstance(error, PenelopeAdminError):
            self.open_sheet(dialogs.bug.BugSheet(self.shell, error))
            return
        if isinstance(error, NotSetUpError):
            self._show_not_set_up()
            return
        action = None
        if isinstance(error, DamagedError):
            action = button("Restore a backup …", self._restore)
        elif isinstance(error, StoreError):
            action = button("Try again", self._try_again)
        self.current.notify(str(error), "danger", action)
        self.current.loaded.emit()

    def _show_not_set_up(self) -> None:
        """Every page offers the first step, as long as it was not taken."""
        page = self.current
        page.notify(
            "Once your agency is set up, this page is filled.",
            "info",
            button("Set up your agency (1 minute) …", self._set_up),
            alone=True,
        )
        self._not_set_up.add(page.name)
        page.loaded.emit()

    def _set_up(self) -> None:
        self.open_sheet(dialogs.wizard.Wizard(self.shell))

    def _restore(self) -> None:
        """Out of a database that cannot be used: a backup, and then as after a start."""
        dialogs.restore.ask_and_restore(self.shell, self, self._open, self.show_error)

    def _open(self) -> None:
        self.current.quiet()
        self.shell.operations.run(
            lambda context: context.copy_agency(), self._opened, self._could_not_open, "Opening the database"
        )

    def _try_again(self) -> None:
        self.current.quiet()
        self.current.stale = True
        self.current.refresh_if_stale()

    # --- start and end -------------------------------------------------------------------------

    def go_first(self, page: str | None) -> None:
        """Show the page asked for, or the one the window was closed on; its data comes with `start`."""
        first = current_name(page or self.shell.settings.page)
        name = first if first in self._buttons else "overview"
        self._stack.setCurrentWidget(self.page(name))
        self._buttons[name].setChecked(True)

    def start(self) -> None:
        """After the first frame: icons, then the data, in the worker."""
        self.decorate()
        self._choose_entry(self.current.name)  # everything has its place now
        self.ready.connect(self._load_at_rest)
        self.current.when_loaded(lambda: self.ready.emit())
        self._open()

    def _opened(self, has_agency: bool) -> None:
        self._is_started = True
        self._reread_settings()
        self.postman.start()
        self._passing_timer.start()
        self._look_timer.start()
        if not self.shell.app.is_training:
            self._remind()
        if has_agency:
            self.look_around()  # before anything is loaded: what comes later is another program's
            self.current.refresh_if_stale()
            self._time_passed()
        else:
            self._set_up()
            self.ready.emit()
        from penelope_admin.ui.calendar_watch import CalendarWatch

        self.closes.connect(CalendarWatch(self.shell).stop)
        self.watch_status_page()

    def _remind(self) -> None:
        from penelope_admin.ui.reminding import Reminding

        self.reminding = Reminding(self, self, self.shell, self._strip)
        self.closes.connect(self.reminding.stop)

    def watch_status_page(self) -> None:
        """Look at the vendor's status page from now on, or no longer, as the settings say."""
        if self.status is not None:
            self.status.stop()
            self.status.deleteLater()
            self.status = None
        if self.shell.settings.status_page and not self.shell.app.is_training:
            from penelope_admin.ui.status_watch import StatusWatch

            self.status = StatusWatch(self, self.shell, self.shell.settings.status_page)
            self.closes.connect(self.status.stop)
            self.status.check()

    def _could_not_open(self, error: Exception) -> None:
        self.show_error(error)
        self.ready.emit()

    def begin_unseen(self) -> None:
        """Begin as after the first frame, without one: in the tray, or minimized."""
        self._was_painted = True
        self.first_painted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Notice the first frame."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.first_painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window was, and let what is under way end; or stay in the tray, if that is wanted."""
        if self.reminding is not None and not self._is_quitting and self.reminding.can_stay:
            event.ignore()
            self.hide()
            self.reminding.notify_staying()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        if geometry != self.shell.settings.geometry:
            self.shell.remember(geometry=geometry)
        theme.current().let_go()
        self.closes.emit()
        self.shell.save_settings()
        super().closeEvent(event)

    def quit(self) -> None:
        """End the program, also where closing the window would leave it in the tray."""
        self._is_quitting = True
        was_hidden = not self.isVisible()
        self.close()
        if was_hidden:  # of a window that nobody sees Qt does not notice that it was the last
            from PySide6.QtWidgets import QApplication

            QApplication.quit()

    def bring_to_front(self, page: str = "", target: str = "") -> None:
        """Show the window, over others, with a page on it."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        if page:
            self.go(page, target)

    def _let_pages_go(self) -> None:
        """Pages are made anew in a new look, for their icons and rows have the old one."""
        self._shown, self._was_open = self.current.name, self.current.open_subject
        self._had_focus = mapped(held_in(self.current, self.focusWidget()), QWidget.accessibleName)
        old = list(self.pages.values())
        self.pages = {"": Page(self.shell)}  # something has to be shown, and take errors, until the new ones are there
        self._stack.addWidget(self.pages[""])
        for page in old:
            self._stack.removeWidget(page)
            page.deleteLater()

    def _paint_again(self) -> None:
        self._paint_icons()
        blank = self.pages.pop("")
        self.go(self._shown, self._was_open)
        self._stack.removeWidget(blank)
        blank.deleteLater()
        self.current.when_loaded(self._give_focus_back)

    def _give_focus_back(self) -> None:
        """To the control of the new page that has the name of the one that had it."""
        for again in self.current.findChildren(QWidget):
            if self._had_focus and again.accessibleName() == self._had_focus and again.isVisible():
                again.setFocus()

    def _paint_icons(self) -> None:
        side = theme.current().size("icon")
        for name, button_ in self._buttons.items():
            button_.setIcon(theme.icon(name, "text"))
            button_.setIconSize(QSize(side, side))
        self.emergency.setIcon(theme.icon("danger", "danger"))
        self.emergency.setIconSize(QSize(side, side))
        name, colour = "app", "accent"
        if self.shell.app.is_training:
            name = colour = "training"
        self.setWindowIcon(theme.icon(name, colour))


def page_class(name: str) -> type[Page]:
    """The class of a page, whose module is loaded when it is first asked for; the first frame needs but one."""
    if name == OverviewPage.name:
        return OverviewPage
    room = BY_NAME[name]
    class_: type[Page] = getattr(importlib.import_module(f"penelope_admin.ui.{room.package}.{name}"), room.class_name)
    return class_


def _offline_label() -> QLabel:
    label_ = label("No network", "muted")
    label_.setContentsMargins(theme.current().space("s"), 0, 0, 0)
    label_.setToolTip("Everything works but sending and looking for replies. Those resume by themselves.")
    label_.hide()
    return label_


def _draft_due(context: Context) -> Done[tuple[Turned, ...]]:
    """Nobody did this in the window, so nobody undoes it there."""
    if not context.read(services.projects.has_due):
        return services.work.Done((), frozenset())
    done = context.write(services.projects.draft_due)
    return services.work.Done(done.value, done.changes)
