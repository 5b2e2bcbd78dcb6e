"""Looks at the vendor's status page, if its address is in the settings: what it announces is offered like a notice.

Loaded only then. Nothing is sent but the request, through the system's proxy; what fails is tried again later, quietly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxyFactory, QNetworkReply, QNetworkRequest

from penelope_admin import services
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import status_page
from penelope_admin.gateways.status_page import MAX_BYTES, UNRESOLVED, UPCOMING, Entry
from penelope_admin.ui import dialogs

if TYPE_CHECKING:
    from penelope_admin.services.calendar.incoming import Incoming
    from penelope_admin.services.work import Context
    from penelope_admin.ui.shell import Shell

EVERY_MS = 15 * 60_000
MOST_MS = 6 * 60 * 60_000
ANSWER_MS = 20_000
_NOT_CHANGED, _TOO_OFTEN = 304, (429, 503)


class StatusWatch(QObject):
    """Asks every quarter of an hour, less often while it fails."""

    def __init__(self, parent: QObject, shell: Shell, address: str) -> None:
        super().__init__(parent)
        self._shell, self._address = shell, address
        self.problems: dict[str, str] = {}
        """Why the last look at a list failed; nothing of one that went well."""
        self._tags: dict[str, bytes] = {}
        self._seen_keys: set[str] = set()
        self._asked: set[QNetworkReply] = set()
        self._failures, self._has_failed = 0, False
        self._network = QNetworkAccessManager(self)
        self._network.setTransferTimeout(ANSWER_MS)
        QNetworkProxyFactory.setUseSystemConfiguration(True)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.check)

    def check(self) -> None:
        """Ask now, and again after a while."""
        self._failures, self._has_failed = self._failures if self._has_failed else 0, False
        self._timer.start(EVERY_MS)
        for path in (UPCOMING, UNRESOLVED):
            request = QNetworkRequest(QUrl(self._address + path, QUrl.ParsingMode.StrictMode))
            attribute = QNetworkRequest.Attribute
            same_origin = QNetworkRequest.RedirectPolicy.SameOriginRedirectPolicy
            request.setAttribute(attribute.RedirectPolicyAttribute, same_origin)
            for cookies in (attribute.CookieLoadControlAttribute, attribute.CookieSaveControlAttribute):
                request.setAttribute(cookies, QNetworkRequest.LoadControl.Manual)
            request.setRawHeader(b"Accept", b"application/json")
            if path in self._tags:
                request.setRawHeader(b"If-None-Match", self._tags[path])
            reply = self._network.get(request)
            self._asked.add(reply)
            reply.downloadProgress.connect(partial(_stop_if_large, reply))
            reply.finished.connect(partial(self._answered, path, reply))

    def stop(self) -> None:
        """Ask no more."""
        for reply in tuple(self._asked):
            reply.abort()
        self._timer.stop()

    def _answered(self, path: str, reply: QNetworkReply) -> None:
        self._asked.discard(reply)
        reply.deleteLater()
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if status == _NOT_CHANGED:
            self.problems.pop(path, None)
            return
        if reply.error() != QNetworkReply.NetworkError.NoError:
            self._failed(path, f"The status page could not be read: {reply.errorString()}.", _pause(reply, status))
            return
        try:
            entries = status_page.read(bytes(reply.readAll().data()))
        except BadInputError as error:
            self._failed(path, str(error))
            return
        self.problems.pop(path, None)
        if tag := bytes(reply.rawHeader("ETag").data()):
            self._tags[path] = tag
        news = [entry for entry in entries if entry.key not in self._seen_keys]
        self._seen_keys.update(entry.key for entry in news)
        if path == UNRESOLVED:
            open_page = partial(self._shell.open_link, self._address)
            self._tell(news, "tells of {}, not solved yet.", "Open the status page", open_page)
        elif news:
            unread = partial(self._unread, path, news)
            self._shell.operations.run(partial(_unknown, entries=news), self._tell_windows, unread)

    def _failed(self, path: str, problem: str, pause_ms: int = 0) -> None:
        """Wait twice as long after each look that failed, and at least as long as the page says."""
        self._failures += not self._has_failed
        self._has_failed = True
        self.problems[path] = problem
        longer = min(MOST_MS, max(pause_ms, EVERY_MS << min(self._failures, 8)))
        self._timer.start(max(longer, self._timer.remainingTime()))

    def _tell(self, news: Sequence[Entry], says: str, action: str, do: Callable[[], object]) -> None:
        if news:
            names = ", ".join(f"“{entry.name}”" for entry in news)
            self._shell.announced.emit(f"The vendor's status page {says.format(names)}", action, do)

    def _tell_windows(self, news: Sequence[Entry]) -> None:
        shell, text = self._shell, "\n\n".join(entry.text for entry in news)
        sheet = dialogs.incoming.IncomingSheet
        self._tell(news, "announces {}.", "Look at it", lambda: shell.open_sheet(sheet(shell, text)))

    def _unread(self, path: str, news: Sequence[Entry], error: Exception) -> None:
        """Nobody knows yet whether it is news: it is asked for and looked at again."""
        self._seen_keys.difference_update(entry.key for entry in news)
        self._tags.pop(path, None)
        self.problems[path] = str(error)


def _unknown(context: Context, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that announce something which is not on record yet."""
    look_into = services.calendar.incoming.look_into
    return [entry for entry in entries if not _is_known(context, look_into(context, entry.text))]


def _is_known(context: Context, message: Incoming) -> bool:
    asked = [proposal for proposal in message.proposals if proposal.not_ours is None]
    outcomes = [context.read(services.calendar.incoming.outcome, proposal) for proposal in asked]
    return bool(message.proposals) and all(outcome is not None and outcome.is_known for outcome in outcomes)


def _stop_if_large(reply: QNetworkReply, received: int, total: int) -> None:
    if max(received, total) > MAX_BYTES:
        reply.abort()


def _pause(reply: QNetworkReply, status: object) -> int:
    """How long the page wants to be left alone, in milliseconds; 0 if it does not say."""
    seconds = bytes(reply.rawHeader("Retry-After").data()) if status in _TOO_OFTEN else b""
    return min(int(seconds) * 1000, MOST_MS) if seconds.isdigit() and len(seconds) < 7 else 0  # noqa: PLR2004
