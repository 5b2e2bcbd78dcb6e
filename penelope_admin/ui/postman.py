"""Sends what waits in the outbox, and looks for replies, while the window is open; never in its way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from penelope_admin import services
from penelope_admin.ui.operations import untold

if TYPE_CHECKING:
    from penelope_admin.mail.line import CancelToken
    from penelope_admin.services.requests.outbox import Round
    from penelope_admin.services.work import Context, Done
    from penelope_admin.ui.operations import Operations

SEND_EVERY_MS = 15_000
WATCH_EVERY_MS = 120_000


class Postman(QObject):
    """One round after the other. A failure of the mail server is written to its message, not shown as a dialog."""

    watched = Signal(str)
    """Why the last look for replies failed; empty when it went well."""

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self._operations = operations
        self._stop: CancelToken | None = None
        self._closing = False
        self.is_offline = False
        """The system says that the network is gone: what fails then waits for it."""
        self._lock = threading.Lock()
        self._send_timer = QTimer(self, interval=SEND_EVERY_MS)
        self._send_timer.timeout.connect(self.send)
        self._watch_timer = QTimer(self, interval=WATCH_EVERY_MS)
        self._watch_timer.timeout.connect(self.watch)
        operations.changed.connect(self._something_changed)

    def start(self) -> None:
        """Begin, once the database is open."""
        self._send_timer.start()
        self._watch_timer.start()
        self.send()
        self.watch()

    def stop(self) -> None:
        """End what is under way, at once; nothing is lost by it."""
        self._send_timer.stop()
        self._watch_timer.stop()
        with self._lock:
            self._closing = True
            if self._stop is not None:
                self._stop.set()

    def _something_changed(self, topics: frozenset[str]) -> None:
        if "requests" in topics and self._send_timer.isActive():
            self.send()

    def send(self, *, now: bool = False) -> None:
        """Try what is due; with `now`, also what pauses."""
        # What changed is announced, and the pages show it; what failed is written to its message.
        self._operations.run_aside("outbox", lambda context: self._flush(context, now), untold, untold)

    def _flush(self, context: Context, now: bool) -> Done[Round] | None:
        """In the lane's thread: loads what has to do with mail only when there is something to send."""
        if not context.read(services.requests.has_mail, now):
            return None
        return services.requests.outbox.flush(context, self._switch(), now=now, offline=self.is_offline)

    def heard(self, *, is_gone: bool) -> None:
        """Take what the system says of the network, and try at once: what waits goes on, or says what it waits for."""
        self.is_offline = is_gone
        if self._send_timer.isActive():
            self.send(now=True)
            self.watch()

    def watch(self) -> None:
        """Look for replies in the watched folder, if there is one."""
        self._operations.run_aside("replies", self._read_replies, lambda _: self.watched.emit(""), self._replies_failed)

    def _replies_failed(self, error: Exception) -> None:
        from penelope_admin.domain.delivery import WAITS_FOR_NETWORK  # of no use to the first frame
        from penelope_admin.mail.line import DeliveryError

        waits = self.is_offline and isinstance(error, DeliveryError) and not error.for_good
        self.watched.emit(WAITS_FOR_NETWORK if waits else str(error))

    def _read_replies(self, context: Context) -> Done[int] | None:
        if not context.read(services.requests.awaits_replies):
            return None
        return services.requests.replies.watch(context, self._switch())

    def _switch(self) -> CancelToken:
        with self._lock:
            if self._stop is None:
                from penelope_admin.mail.line import CancelToken

                self._stop = CancelToken()
                if self._closing:
                    self._stop.set()
            return self._stop
