"""A real window on a real database, offscreen unless a display is there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar, overload

import pytest

if sys.platform == "linux" and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from penelope_admin.app import App
from penelope_admin.clock import FixedClock
from penelope_admin.domain.requests import RequestInput, RequestKind
from penelope_admin.gateways.settings import Settings, save
from penelope_admin.invocation import speak_to_window
from penelope_admin.ui import printing
from penelope_admin.ui.dialogs.request import RequestSheet, open_request_sheet
from penelope_admin.ui.main import make_window
from penelope_admin.ui.pages import activity
from penelope_admin.ui.pages.requests import page as requests
from penelope_admin.ui.pages.requests.detail import RequestDetail
from penelope_admin.ui.pages.requests.page import RequestsPage
from penelope_admin.ui.pages.settings import SettingsPage
from penelope_admin.ui.widgets import sheet
from penelope_admin.ui.widgets.page import Page
from penelope_admin.ui.window import MainWindow
from tests.demo import COPY, NOW, ExampleError, make_demo, open_demo
from tests.services.house import nothing_saved

looks = pytest.mark.looks
"""A test that changes nothing of the agency's: all such tests of a module have one window, with what they left open."""
WAIT_MS = 60_000
FIRST = "practice"
"""The page that windows on the demo agency open with: the one that is made soonest. Most tests go to another anyway."""

# Tests type without a pause, and wait for what is said of it or found.
sheet.PREVIEW_AFTER_MS = activity.SEARCH_AFTER_MS = requests.SEARCH_AFTER_MS = 20


def menu_names(menus: Iterable[QMenu]) -> list[str]:
    """The names of all actions, those of menus in menus too."""
    found = []
    for menu in menus:
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                found += menu_names([inner])
            elif not action.isSeparator():
                found.append(action.text().partition("\t")[0])
    return found


def texts(widget: QWidget) -> str:
    """Every word a widget and what is in it show, without the marks at which a long one may be broken."""
    shown = "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))
    return shown.replace("\u200b", "")


def button(widget: QWidget, name: str) -> QPushButton:
    """The button of this text or accessible name that can be seen."""
    found = widget.findChildren(QPushButton)
    return next(item for item in found if name in (item.text(), item.accessibleName()) and item.isVisibleTo(widget))


def press(widget: QWidget, name: str) -> None:
    """Press the button of this text or accessible name that can be seen."""
    button(widget, name).click()


P = TypeVar("P", bound=Page)
S = TypeVar("S", bound=QDialog)


class Desktop:
    """A window as a person meets it: waits until it is quiet, clicks, types."""

    def __init__(self, qtbot: QtBot, window: MainWindow, app: App) -> None:
        self.bot, self.window, self.app = qtbot, window, app

    @property
    def clock(self) -> FixedClock:
        """The window's clock, which a test puts forward."""
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    def settle(self) -> None:
        """Wait until every service call is answered."""
        self.bot.waitUntil(self._is_quiet, timeout=WAIT_MS)

    def _is_quiet(self) -> bool:
        return not self.window.shell.operations.is_busy and self.window.current.is_built

    def go(self, name: str) -> QWidget:
        """Show a page with its data."""
        self.window.go(name)
        self.settle()
        return self.window.current

    def page(self, kind: type[P]) -> P:
        """Show the page of a class with its data."""
        page = self.go(kind.name)
        assert isinstance(page, kind)
        return page

    def settings(self, part: str = "Agency") -> SettingsPage:
        """A part of Settings, in view."""
        page = self.page(SettingsPage)
        page.show_subject(part)
        self.settle()
        return page

    def click(self, widget: QWidget) -> None:
        """Click with the left button."""
        self.bot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def reads(self, widget: QWidget, *expected: str) -> None:
        """Wait until a widget shows some words."""
        for words in expected:
            self.bot.waitUntil(lambda words=words: words in texts(widget), timeout=WAIT_MS)  # type: ignore[misc]

    def request(self, key: int) -> RequestDetail:
        """A request on its page, as it is now."""
        page = self.page(RequestsPage)
        page.load()
        page.show_subject(str(key))
        self.settle()
        assert page.detail.opened is not None
        assert page.detail.opened.view.request.id == key
        return page.detail

    def possible(self, detail: RequestDetail) -> dict[str, Callable[[], None]]:
        """All that can be done with a request: by the buttons at its foot, and from the menu there."""
        foot = detail.foot
        found = {action.text(): action.trigger for action in foot.menu.actions()}
        for made in (foot.primary, foot.other):
            if made.isVisible():
                found[made.text()] = partial(self.click, made)
        return found

    def do(self, detail: RequestDetail, name: str) -> None:
        """Do something with a request."""
        self.possible(detail)[name]()

    def drop(self, target: QWidget, *files: Path) -> bool:
        """Drop files on a widget; whether it took them."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        entering = QDragEnterEvent(QPoint(9, 9), copy, data, left, none)
        entering.ignore()
        target.dragEnterEvent(entering)
        if not (target.acceptDrops() and entering.isAccepted()):
            return False
        target.dropEvent(QDropEvent(QPointF(9, 9), copy, data, left, none))
        return True

    @overload
    def sheet(self) -> QDialog: ...

    @overload
    def sheet(self, kind: type[S]) -> S: ...

    def sheet(self, kind: type[QDialog] = QDialog) -> QDialog:
        """The sheet that opened last, which is of this kind."""
        self.settle()
        self.bot.waitUntil(lambda: bool(self.window.sheets), timeout=WAIT_MS)
        sheet = self.window.sheets[-1]
        assert isinstance(sheet, kind)
        return sheet

    def request_sheet(self, kind: RequestKind, start: RequestInput | None = None) -> RequestSheet:
        """The sheet for a new request."""
        open_request_sheet(self.window.shell, kind, start)
        return self.sheet(RequestSheet)


def open_desktop(
    qtbot: QtBot, qapp: QApplication, app: App, *, start: bool = True, page: str | None = None, reminds: bool = False
) -> Desktop:
    """Show the window on a data folder, and load its data; by default with the page that its settings name.

    Args:
        reminds: whether it tells what is due, which it does at the bottom of the window, as there is no tray here.
    """
    window = make_window(app, qapp, page)
    if not reminds:
        window._remind = lambda: None  # type: ignore[method-assign]
    qtbot.addWidget(window)
    window.show()
    desktop = Desktop(qtbot, window, app)
    if start:
        window.start()
        desktop.settle()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    return desktop


def check_no_bug(desktop: Desktop) -> None:
    """A bug that the window caught and showed is a bug of the test's all the same.

    Unless it is the example.
    """
    reports = [file.read_text("utf-8") for file in (desktop.app.home / "logs").glob("bug-*.txt")]
    assert not [report for report in reports if ExampleError.__name__ not in report]


def close(desktop: Desktop) -> None:
    """Close the window and the database, so that the next test starts afresh."""
    check_no_bug(desktop)
    speak_to_window(False)
    desktop.window.close()
    operations, is_quiet = desktop.window.shell.operations, False
    while not is_quiet:  # what is answered last may ask again, and would open the database once more
        operations.finish()
        QApplication.processEvents()
        is_quiet = not operations.is_busy
    operations.finish()  # what runs beside the worker has a connection of its own
    desktop.app.forget_database()


@pytest.fixture(autouse=True)
def _own_hook() -> Iterator[None]:
    """The window takes over the hook for bugs; give it back."""
    before = sys.excepthook
    yield
    sys.excepthook = before


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo agency's data folder, made once; tests take copies."""
    app = make_demo(tmp_path_factory.mktemp("demo") / "home")
    app.forget_database()
    opened = open_demo(app.home)
    assert opened.context  # makes the copy of the day, so that no test has to
    opened.forget_database()
    save(app.home, Settings(agency=COPY, page=FIRST))
    return app.home


@pytest.fixture
def demo(tmp_path: Path, demo_home: Path) -> Iterator[App]:
    """The demo agency's data folder."""
    app = open_demo(shutil.copytree(demo_home, tmp_path / "home"))
    yield app
    app.forget_database()


@pytest.fixture
def desktop(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[Desktop]:
    """The window on the demo agency; one for all tests of a module that only look."""
    if request.node.get_closest_marker("looks"):
        yield from _look(qtbot, request.getfixturevalue("_lasting"))
        return
    made = open_desktop(qtbot, qapp, request.getfixturevalue("demo"))
    yield made
    close(made)


@pytest.fixture(scope="module")
def _lasting(
    request: pytest.FixtureRequest, qapp: QApplication, demo_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desktop]:
    home = shutil.copytree(demo_home, tmp_path_factory.mktemp("lasting") / "home")
    bot = QtBot(request)
    made = open_desktop(bot, qapp, open_demo(home))
    made.window.closes.emit()  # nothing is sent, or looked for, by the clock of a test that only looks
    bot.waitUntil(lambda: not made.window.shell.operations._aside, timeout=WAIT_MS)
    yield made
    close(made)


def _look(qtbot: QtBot, lasting: Desktop) -> Iterator[Desktop]:
    """Lend a window to a test, and put it back: no sheet, its first size, page, settings and instant."""
    window, clock = lasting.window, lasting.clock
    size, settings = window.size(), window.shell.settings
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    with nothing_saved(lasting.app.context):
        yield Desktop(qtbot, window, lasting.app)
        for sheet in reversed(window.sheets):
            sheet.reject()
        lasting.settle()
    if clock.instant != NOW:
        clock.instant = NOW
        for page in window.pages.values():
            page.stale = True
    window.resize(size)
    lasting.go(FIRST)
    window.shell.settings = settings
    check_no_bug(lasting)


@pytest.fixture
def new_desktop(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desktop]:
    """The window on an empty data folder: the first run."""
    made = open_desktop(qtbot, qapp, App(tmp_path / "new", clock=FixedClock(NOW)))
    yield made
    close(made)


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stands above each page that is printed; the pages go into page.pdf of the test's folder."""

    def accept(dialog: QPrintDialog) -> QPrintDialog.DialogCode:
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / "page.pdf"))
        return QPrintDialog.DialogCode.Accepted

    drawn: list[str] = []

    class Noting(QPainter):
        def drawText(self, *arguments: object) -> None:
            drawn.append(str(arguments[-1]))
            super().drawText(*arguments)

    monkeypatch.setattr(QPrintDialog, "exec", accept)
    monkeypatch.setattr(printing, "QPainter", Noting)
    return drawn
