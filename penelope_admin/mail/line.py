"""A line to a mail server of the agency: encrypted, bounded in time and amount, and cut when somebody says stop."""

from __future__ import annotations

import errno
import os
import re
import selectors
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from penelope_admin.domain.delivery import MailServer
from penelope_admin.domain.text import one_line
from penelope_admin.errors import PenelopeAdminError

STEP_SECONDS = 30.0
"""How long the server may let the program wait for its next word."""
DEADLINE_SECONDS = 120.0
"""How long one attempt may take altogether, however diligently the server sends."""

_LOOK_SECONDS = 0.2  # how often a waiting line looks whether somebody said stop
_PIECE_BYTES = 64 * 1024
_REASON_LENGTH = 200
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY}
_HOST = re.compile(r"[\w.:-]{1,255}")  # with ":" for numbers of IPv6
_LATER = "Try again later."
_ASK = "Check server name, port and kind of encryption, or ask whoever looks after the server."
_CERTIFICATE_TROUBLES = {
    9: "its certificate is not valid yet. Check this computer's clock, or ask whoever looks after the server.",
    10: "its certificate has expired. Check this computer's clock, or ask whoever looks after the server.",
    62: "its certificate is for another server. Check the server name; it must be written as in the certificate.",
    64: "its certificate is for another server. Use the server's name instead of its number.",
}  # by OpenSSL's numbers
_UNKNOWN_ISSUER = "nobody this computer trusts vouches for its certificate. Ask whoever looks after the server."

_T = TypeVar("_T")


class DeliveryError(PenelopeAdminError):
    """A mail server cannot be reached or trusted, or it refuses.

    Attributes:
        for_good: trying again is useless until somebody changes something.
        uncertain: the message was handed over, but whether the server took it is not known.
        happened: what happened alone, without what was kept and what to do.
    """

    def __init__(self, message: str, *, for_good: bool, uncertain: bool = False, happened: str = "") -> None:
        super().__init__(message)
        self.for_good = for_good
        self.uncertain = uncertain
        self.happened = happened or message


class CancelToken(threading.Event):
    """A switch for any thread: once set, lines that watch it end within a fraction of a second."""


class Line:
    """One connection, for use by one thread.

    `smtplib` and `imaplib` take it for a socket and for the file they read from. It never raises `OSError`:
    whatever goes wrong is a `DeliveryError` with a message for people.

    Attributes:
        kept: what messages say about what became of it: "Nothing was sent."
        uncertain: what errors from now on say about the message.
        patience: seconds the server may be silent.
    """

    def __init__(self, server: MailServer, stop: CancelToken, kept: str) -> None:
        """Connect; nothing is said yet, and nothing encrypted.

        Raises:
            DeliveryError: not reachable, or stopped.
        """
        self.kept = kept
        self.uncertain = False
        self.patience = STEP_SECONDS
        self._server = server
        self._stop = stop
        self._deadline = time.monotonic() + DEADLINE_SECONDS
        self._allowance = 0
        self._encrypted = False
        self._come_in = bytearray()
        self._socket = self._connect()

    def trouble(self, what: str, to_do: str, *, for_good: bool = False) -> DeliveryError:
        """The error to raise: what happened, what was kept, what to do."""
        text = f"{what} {self.kept} {to_do}"
        return DeliveryError(text, for_good=for_good, uncertain=self.uncertain, happened=what)

    def encrypt(self) -> None:
        """Go on encrypted, at least by TLS 1.2, and only with the server that was meant.

        Raises:
            DeliveryError: the certificate is not trusted, expired or another server's, or there is no TLS.
        """
        if self._come_in:  # somebody between could have put words into the server's mouth
            what = f"{self._server.host} went on talking unencrypted when it was to encrypt, which is not safe."
            raise self.trouble(what, _ASK, for_good=True)
        host = self._server.host
        try:
            context = ssl.create_default_context()
            context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
            wrapped = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        except OSError as error:
            raise self._broken(error) from error
        except ValueError as error:
            raise self._no_name() from error
        self._socket = wrapped
        self._do(wrapped.do_handshake, selectors.EVENT_READ)
        self._encrypted = True

    def allow(self, size: int) -> None:
        """Take in so many bytes from now on, and no more."""
        self._allowance = size

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._do(partial(self._socket.send, rest[:_PIECE_BYTES]), selectors.EVENT_WRITE) :]

    def readline(self, limit: int = -1) -> bytes:
        """The next line with its end; the allowance is its limit, whatever the caller thinks."""
        while (end := self._come_in.find(b"\n")) < 0:
            self._fill()
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        if size - len(self._come_in) > self._allowance:
            raise self._too_much()
        while len(self._come_in) < size:
            self._fill()
        return self._take(size)

    def makefile(self, mode: str = "rb") -> Line:
        """The line itself, which is all the file that `smtplib` needs."""
        return self

    def close(self) -> None:
        """Hang up; may be done twice."""
        self._socket.close()

    def _take(self, size: int) -> bytes:
        data = bytes(self._come_in[:size])
        del self._come_in[:size]
        return data

    def _fill(self) -> None:
        if self._allowance <= 0:
            raise self._too_much()
        size = min(_PIECE_BYTES, self._allowance)
        data = self._do(partial(self._socket.recv, size), selectors.EVENT_READ)
        if not data:
            raise self._lost()
        self._allowance -= len(data)
        self._come_in += data

    def _do(self, step: Callable[[], _T], event: int) -> _T:
        """Take a step as soon as the socket lets it, or give up."""
        until = time.monotonic() + self.patience
        while True:
            self._check()  # before the step too: a server that never stops sending never makes it wait
            try:
                return step()
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
                awaited = _event_of(error, event)
            except OSError as error:
                raise self._broken(error) from error
            if not self._wait(self._socket, awaited, until):
                raise self.trouble(f"{self._server.host} did not answer for {self.patience:g} seconds.", _LATER)

    def _wait(self, waiting: socket.socket, event: int, until: float) -> bool:
        """Whether the socket became ready in time."""
        with selectors.DefaultSelector() as selector:
            selector.register(waiting, event)
            while time.monotonic() < until:
                self._check()
                if selector.select(_LOOK_SECONDS):
                    return True
        return False

    def _check(self) -> None:
        if self._stop.is_set():
            raise self.trouble("It was stopped.", "Try again whenever you like.")
        if time.monotonic() > self._deadline:
            what = f"{self._server.host} was not done after {DEADLINE_SECONDS:g} seconds."
            raise self.trouble(what, _LATER)

    def _connect(self) -> socket.socket:
        """A socket to the first of the server's addresses that answers."""
        addresses = self._addresses()
        problem: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            self._check()
            try:
                # One silent address must not use up the time of those that would answer.
                return self._reach((family, kind, protocol), address, STEP_SECONDS / len(addresses))
            except OSError as error:
                problem = error
        raise self._unreachable(problem)

    def _reach(self, kind: tuple[int, int, int], address: Any, seconds: float) -> socket.socket:
        connection = socket.socket(*kind)
        try:
            connection.setblocking(False)
            # A command of two pieces is not held back until the server has confirmed the first.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            code = connection.connect_ex(address)
            if code in _UNDER_WAY:
                if not self._wait(connection, selectors.EVENT_WRITE, time.monotonic() + seconds):
                    raise TimeoutError
                code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))  # becomes the fitting kind of OSError
        except (OSError, DeliveryError):
            connection.close()
            raise
        return connection

    def _addresses(self) -> list[tuple[Any, ...]]:
        """What the name stands for. Asked in a thread of its own, for the system lets nobody interrupt it."""
        if not _HOST.fullmatch(self._server.host):
            raise self._no_name()
        addresses: list[tuple[Any, ...]] = []
        problems: list[Exception] = []
        done = threading.Event()

        def ask() -> None:
            try:
                addresses.extend(socket.getaddrinfo(self._server.host, self._server.port, type=socket.SOCK_STREAM))
            except (OSError, ValueError, OverflowError) as error:
                problems.append(error)
            finally:
                done.set()

        threading.Thread(target=ask, name="mail server's address", daemon=True).start()
        until = time.monotonic() + STEP_SECONDS
        while not done.wait(_LOOK_SECONDS) and time.monotonic() < until:
            self._check()
        if problems and not isinstance(problems[0], OSError):
            raise self._no_name() from problems[0]
        if not addresses:
            what = f"{self._server.host} could not be found: this computer is offline, or there is no such server."
            raise self.trouble(what, "Check the connection and the server's name, then try again.")
        return addresses

    def _no_name(self) -> DeliveryError:
        what = f"{reason(self._server.host.encode())}, port {self._server.port}, cannot be a mail server."
        return self.trouble(what, "Check server name and port.", for_good=True)

    def _unreachable(self, problem: OSError | None) -> DeliveryError:
        host, port = self._server.host, self._server.port
        if isinstance(problem, PermissionError):
            what = f"This computer does not let the program connect to {host}, port {port}."
            return self.trouble(what, "A firewall may be in the way; ask whoever looks after it.", for_good=True)
        if isinstance(problem, ConnectionRefusedError):
            what = f"{host} accepts no connections on port {port}."
            return self.trouble(what, "Check the port, or try again later.")
        what = f"{host}, port {port}, could not be reached."
        return self.trouble(what, "Check the connection and the port, then try again.")

    def _broken(self, error: OSError) -> DeliveryError:
        host = self._server.host
        if isinstance(error, ssl.SSLCertVerificationError):
            why = _CERTIFICATE_TROUBLES.get(error.verify_code, _UNKNOWN_ISSUER)
            reason, _, to_do = why.partition(". ")
            return self.trouble(f"{host} cannot be trusted: {reason}.", to_do, for_good=True)
        if isinstance(error, ssl.SSLError) and not self._encrypted and not isinstance(error, ssl.SSLEOFError):
            what = f"{host} does not encrypt on port {self._server.port} in a way this program takes."
            return self.trouble(what, _ASK, for_good=True)
        return self._lost()

    def _lost(self) -> DeliveryError:
        return self.trouble(f"The connection to {self._server.host} was lost.", _LATER)

    def _too_much(self) -> DeliveryError:
        return self.trouble(f"{self._server.host} sends more than an answer can hold.", _ASK)


def _event_of(error: OSError, event: int) -> int:
    """What an encrypted socket waits for may differ from what the step is about."""
    if isinstance(error, ssl.SSLWantReadError):
        return selectors.EVENT_READ
    return selectors.EVENT_WRITE if isinstance(error, ssl.SSLWantWriteError) else event


CHECK_SIGN_IN = "Check user name and password; some providers want a password made for programs."

# How Microsoft's servers say that they take no passwords, for sending and for reading.
_NO_PASSWORDS = re.compile(
    rb"^535[ -]5\.7\.139\b.*\bdisabled\b|^550[ -]5\.7\.30\b|BasicAuth(?:Blocked|Disabled)", re.IGNORECASE | re.DOTALL
)
_PERHAPS_NO_PASSWORDS = re.compile(rb"^535[ -]5\.7\.139\b")
PERHAPS_NO_PASSWORDS = (
    "Microsoft's servers give this answer where passwords are turned off, and also for a wrong user name or password."
)


def takes_no_passwords(reply: bytes) -> bool:
    """Whether a server's refusal, an SMTP one with its number, says that passwords are of no use there."""
    return _NO_PASSWORDS.search(reply) is not None


def may_take_no_passwords(reply: bytes) -> bool:
    """Whether an SMTP server's refusal can mean that, and can mean a wrong password as well."""
    return _PERHAPS_NO_PASSWORDS.search(reply) is not None


def secrets(user: str, password: str) -> list[str]:
    """The password in the shapes it has on the line, longest first, for `reason` to blank out."""
    shapes = {password, password.encode().decode("ascii", "replace")}  # the latter as `imaplib` reads it
    for text in (password, f"\0{user}\0{password}"):
        code = b64encode(text.encode()).decode()
        shapes |= {code, code.rstrip("=")}
    return sorted(shapes - {""}, key=len, reverse=True)


def reason(reply: bytes, blanked: Collection[str] = ()) -> str:
    """What a server said, fit to be shown: one line of at most 200 printable characters, without the password."""
    text = reply.decode("utf-8", "replace")
    for secret in blanked:
        text = text.replace(secret, "***")
    return one_line(text, _REASON_LENGTH)
