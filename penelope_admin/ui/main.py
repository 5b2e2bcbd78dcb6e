"""Starts Qt, shows the window, and loads the rest once the first frame is painted."""

from __future__ import annotations

import builtins
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from penelope_admin.errors import DisplayError
from penelope_admin.gateways.display import display_problem
from penelope_admin.invocation import command, speak_to_window
from penelope_admin.ui.rooms import check_page

if TYPE_CHECKING:
    from types import TracebackType

    from PySide6.QtWidgets import QApplication

    from penelope_admin.app import App
    from penelope_admin.ui.window import MainWindow


NETWORK_AFTER_MS = 2000
"""So long after all data is there, the window asks the system about the network."""


def check_system() -> None:
    """Find missing system libraries before Qt does, for Qt ends the process without a word to the user.

    Raises:
        DisplayError: a library is missing; the message says how to get it.
    """
    advice = "On Debian and Ubuntu: apt-get install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libfontconfig1"
    try:
        load_qt()
        if sys.platform == "linux" and os.environ.get("DISPLAY") and not os.environ.get("QT_QPA_PLATFORM"):
            import ctypes

            ctypes.CDLL("libxcb-cursor.so.0")
    except (ImportError, OSError) as error:
        raise DisplayError(f"The window cannot be opened: {error}. {advice}") from error


def load_qt() -> None:
    """Import Qt, and let later imports be Python's own again.

    PySide6 puts a function of its own in place of `__import__`, which reads the source of every module imported after
    it and keeps it, to find out who wants snake_case names of Qt. Nobody here does, and it costs a tenth of the time
    to the first frame and more memory than all of our data.

    Raises:
        ImportError: PySide6 or a library it needs is missing.
    """
    python_import = builtins.__import__
    try:
        import PySide6.QtWidgets  # noqa: F401
    finally:
        builtins.__import__ = python_import


def show_message(text: str) -> None:
    """A box with a message, for when there will be no window to show it in."""
    check_system()
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QMessageBox

    kept = QApplication.instance() or QApplication(["penelope-admin", "-style", "fusion"])
    kept.setApplicationName("penelope-admin")
    box = QMessageBox(QMessageBox.Icon.Critical, "Penelope Admin", text)
    box.setTextFormat(Qt.TextFormat.PlainText)  # it may quote a file
    box.exec()


def run(app: App, exit_after: str | None = None, page: str | None = None, *, background: bool = False) -> int:
    """Open the window and stay until it is closed. Where one is open on the data folder, that comes to the front.

    Args:
        exit_after: `first-frame` or `ready`: leave by itself then, for measuring.
        page: the page to open.
        background: start in the system's tray; minimized where there is none.

    Returns:
        The process's exit code.

    Raises:
        BadInputError: there is no such page.
        DisplayError: no window can be shown on this system.
    """
    check_page(page, is_training=app.is_training)
    app.begins = True
    if problem := display_problem():
        raise DisplayError(f"{problem}, so no window can be opened. See: {command('--help')}")
    check_system()
    from PySide6.QtWidgets import QApplication

    application = QApplication(["penelope-admin", "-style", "fusion"])
    if application.primaryScreen() is None:
        raise DisplayError(f"There is no screen, so no window can be opened. See: {command('--help')}")
    application.setApplicationName("penelope-admin")
    application.setApplicationDisplayName("Penelope Admin")  # X11 has it in every title; those of training say so
    application.setDesktopFileName("penelope-admin")
    from penelope_admin.ui.only import Only

    only = Only(app.home)
    if exit_after is None and not only.is_first() and only.raise_first(page or "", hidden=background):
        return 0
    window = make_window(app, application, page)
    _when_painted(window, exit_after)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if exit_after is None and not app.is_training:
        window.ready.connect(lambda: only.listen(window))
    _show(window, background=background)
    code = application.exec()
    only.let_go()
    window.shell.operations.finish()
    app.forget_database()
    if window.shell.log is not None:
        window.shell.log.close()
    return code


def _show(window: MainWindow, *, background: bool) -> None:
    if not background:
        window.show()
        return
    from penelope_admin.ui.tray import Tray

    if window.shell.app.is_training or not Tray.is_there():
        window.showMinimized()
    window.begin_unseen()


def make_window(app: App, application: QApplication, page: str | None = None) -> MainWindow:
    """The window with its first page, not yet shown; `start` loads the data.

    Raises:
        BadInputError: there is no such page.
    """
    from penelope_admin.domain.times import use_style
    from penelope_admin.ui import theme
    from penelope_admin.ui.format import system_style
    from penelope_admin.ui.shell import Shell
    from penelope_admin.ui.window import MainWindow

    check_page(page, is_training=app.is_training)
    use_style(system_style())
    speak_to_window()
    shell = Shell(app)
    window_theme = theme.install(application, shell.settings.scheme, shell.settings.density == "compact")
    window = MainWindow(shell)
    if app.is_training:
        from penelope_admin.ui.training.dress import Dress

        window.dress = Dress(window)
    window.go_first(page)
    window_theme.dress(window)

    def tell(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        window.show_error(error)

    sys.excepthook = tell
    return window


def _keep_log(window: MainWindow) -> None:
    """Write down from now on what goes wrong: in threads, in Qt, and in a crash."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    from penelope_admin.runlog import RunLog

    shell = window.shell

    try:
        shell.log = log = RunLog(shell.app.home, shell.operations.failed.emit)
    except OSError as error:
        shell.warned.emit(f"No log is kept: {error.strerror}. Everything else works.")
        return

    def says(_kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        log.foreign(f"{context.category or 'qt'}: {text}")
        if sys.stderr is not None:  # as in a program without a console
            sys.stderr.write(f"{text}\n")

    qInstallMessageHandler(says)


def _hear_of_network(window: MainWindow) -> None:
    from penelope_admin.ui.network import Network  # of no use to the start

    network = Network(window)
    network.changed.connect(window.show_network)
    network.listen()


def _when_painted(window: MainWindow, exit_after: str | None) -> None:
    """Start loading after the first frame; leave then or when all is loaded, if asked to."""
    from PySide6.QtCore import QTimer

    from penelope_admin.ui.garbage import Collector

    def painted() -> None:
        if exit_after == "first-frame":
            window.quit()
            return
        Collector(window)  # the entry looks for none
        # What is loaded by then stays: to look for garbage in it now and then would hold everything up.
        window.ready.connect(gc.freeze)
        _keep_log(window)
        window.start()
        if exit_after == "ready":
            window.ready.connect(window.quit)
        elif not window.shell.app.is_training:  # nothing leaves training
            window.ready.connect(lambda: QTimer.singleShot(NETWORK_AFTER_MS, window, lambda: _hear_of_network(window)))

    window.first_painted.connect(lambda: QTimer.singleShot(0, painted))
