"""One program for each data folder: whoever starts a second one sees the window of the first.

Two would do no harm to the data, but remind twice. Where it cannot be told, or the first gives no answer, the second
opens.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

    from penelope_admin.ui.window import MainWindow

LOCK, SOCKET = "window.lock", "window.socket"
_ANSWER_MS = 1000
_LONGEST_NAME = 90  # bytes; a socket's file must have no longer one
_LONGEST_WORD = 64


class Only:
    """The place of the first program on a data folder, as this one finds or takes it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = QLockFile(str(home / LOCK))
        self._lock.setStaleLockTime(0)  # a program may run for weeks; that one is gone is told by its number
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Whether no other program of this computer has the folder open; True where that cannot be told."""
        if self._take():
            return True
        if self._lock.error() != QLockFile.LockError.LockFailedError:
            return True  # no folder yet, or one that cannot be written
        from PySide6.QtCore import QSysInfo

        _, host, _ = self._lock.getLockInfo()
        return host != QSysInfo.machineHostName()

    def _take(self) -> bool:
        before = os.umask(0o077)
        try:
            return self._lock.tryLock(0)
        finally:
            os.umask(before)

    def raise_first(self, page: str, *, hidden: bool) -> bool:
        """Ask the first program to show its window, and a page in it. Whether it does.

        Args:
            hidden: only see that it is there.
        """
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(_name(self._home))
        if not socket.waitForConnected(_ANSWER_MS):
            return False
        if not hidden:
            socket.write(f"{page[:_LONGEST_WORD]}\n".encode())
        answered = hidden or socket.waitForReadyRead(_ANSWER_MS)
        socket.disconnectFromServer()
        return answered

    def listen(self, window: MainWindow) -> None:
        """From now on, show the window when another program asks for it."""
        if not self._lock.isLocked() and not self._take():
            return
        from PySide6.QtNetwork import QLocalServer

        self._server = server = QLocalServer(window)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(_name(self._home))  # one of a program that crashed
        server.newConnection.connect(lambda: _answer(server, window))
        server.listen(_name(self._home))

    def let_go(self) -> None:
        """Another program is the first from now on."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()


def _name(home: Path) -> str:
    """Where the first program listens: in the data folder, which is the person's own, if its name is not too long."""
    path = str(home.absolute() / SOCKET)
    if sys.platform != "win32" and len(path.encode()) <= _LONGEST_NAME:
        return path
    from hashlib import sha256  # loads OpenSSL, which the first frame does without

    return f"penelope-admin-{sha256(path.encode()).hexdigest()[:24]}"


def _answer(server: QLocalServer, window: MainWindow) -> None:
    """Show the window to whoever asks; a word with a line end is the page that is wanted."""
    socket = server.nextPendingConnection()

    def read() -> None:
        asked = bytes(socket.read(_LONGEST_WORD + 1).data())
        if not asked.endswith(b"\n"):
            socket.abort()
            return
        page = asked.strip().decode("ascii", "replace")
        socket.write(b"\n")
        socket.flush()
        window.bring_to_front(page if window.has_page(page) else "")

    socket.readyRead.connect(read)
    socket.disconnected.connect(socket.deleteLater)
