"""Looks into a mail folder for new messages, and changes nothing there."""

from __future__ import annotations

import imaplib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from typing import Any, TypeVar

from penelope_admin.domain.delivery import INSTEAD, Access
from penelope_admin.domain.replies import Mark
from penelope_admin.domain.text import MAX_LINE
from penelope_admin.errors import BadInputError
from penelope_admin.mail import line as mail_line
from penelope_admin.mail.line import CancelToken, DeliveryError, Line

MAX_MESSAGES = 200
"""So many messages at most come from one look."""
MAX_BYTES = 1024 * 1024
"""So much of each message at most is fetched, from its beginning."""
MAX_LOOK_BYTES = 16 * 1024 * 1024
"""A look ends early with the message that reaches this."""

_ANSWER_BYTES = 256 * 1024  # an answer without a message
_LIST_BYTES = 2 * 1024 * 1024  # the numbers of some hundred thousand messages
_LEAVING_SECONDS = 2.0
_NOTHING_READ = "No new messages were read."
_ASK = "Try again later, or ask whoever looks after the server."
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = re.compile(rb"[1-9]\d{0,9}\b")
_PLAIN_WORDS = re.compile(r"[ -~]*")
_NON_ASCII = re.compile(r"[^ -~]+")
_FOR_NOW = re.compile(rb"\* BYE|\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN|EXPIRED)\b")
_PYTHON_BYTES = re.compile(r"""\[?\bb['"]""")
_T = TypeVar("_T")
_Answer = tuple[str, Sequence[Any]]


def new_messages(access: Access, folder: str, mark: Mark, since: date, stop: CancelToken) -> tuple[list[bytes], Mark]:
    """The messages after the mark, oldest first, and the mark for the next look.

    Where the folder was never read, or was made anew, these are the messages that came on or after `since`. Of
    each message only the beginning is fetched. When the connection breaks after some messages, these are what
    was found; the next look goes on from there. A message that the server does not hand out is passed over.

    Raises:
        BadInputError: the folder's name cannot be one.
        DeliveryError: the server cannot be reached or trusted, or refuses; the old mark stays right.
    """
    with _visit(access, folder, stop) as visit:
        validity, following = visit.examine(folder)
        if mark.validity != validity:
            mark = Mark(validity, 0)
        uids = visit.search(mark.last, since)
        messages, last = visit.fetch_all(uids, mark.last)
        if not uids or last == uids[-1]:  # all is read, so even the older messages need no second look
            last = max(last, following - 1)
    return messages, Mark(validity, last)


def check(access: Access, folder: str, stop: CancelToken) -> None:
    """Connect, encrypt, sign in, open the folder and leave: all of a look but the messages.

    Raises:
        BadInputError: the folder's name cannot be one.
        DeliveryError: looking for messages would fail for the reason given.
    """
    with _visit(access, folder, stop) as visit:
        visit.examine(folder)


@contextmanager
def _visit(access: Access, folder: str, stop: CancelToken) -> Iterator[_Visit]:
    """Encrypted and signed in; leaves politely when all went well. Asks nobody when the folder cannot be one."""
    folder_name(folder)
    server = access.server
    if not server.user or not access.password:
        what = f"There is no {'password' if server.user else 'user'} for {server.host}."
        raise DeliveryError(f"{what} {_NOTHING_READ} Enter it in the settings.", for_good=True)
    with closing(Line(server, stop, _NOTHING_READ)) as line:
        visit = _Visit(access, line)
        visit.sign_in()
        yield visit
        visit.leave()


def folder_name(folder: str) -> str:
    """A folder's name as IMAP writes it: quoted, and in its own kind of UTF-7 (RFC 3501, 5.1.3).

    Raises:
        BadInputError: it is empty, too long or holds control characters.
    """
    if not folder or len(folder) > MAX_LINE or not folder.isprintable():
        raise BadInputError(
            f"A mail folder's name has 1 to {MAX_LINE} characters and no control characters. Nothing was read. "
            "Correct it."
        )
    return _quoted(_NON_ASCII.sub(_coded, folder.replace("&", "&-")))


def _coded(match: re.Match[str]) -> str:
    code = b64encode(match[0].encode("utf-16-be")).decode("ascii")
    return "&" + code.rstrip("=").replace("/", ",") + "-"


class _Client(imaplib.IMAP4):
    """`imaplib` on a `Line`: these are the methods its documentation lets others override."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Nothing to do: the line is there already."""

    def read(self, size: int) -> bytes:
        """A literal; one larger than what is still allowed is refused unread."""
        return self._line.read(size)

    def readline(self) -> bytes:
        """A line of an answer."""
        return self._line.readline()

    def send(self, data: Any) -> None:
        """Send a command."""
        self._line.sendall(data)

    def shutdown(self) -> None:
        """Hang up."""
        self._line.close()


class _Visit:
    """One conversation with the server."""

    def __init__(self, access: Access, line: Line) -> None:
        self._server, self._line, self._notice = access.server, line, access.notice
        self._password = access.password or ""
        self._secrets = mail_line.secrets(self._server.user, self._password)
        self._line.allow(_ANSWER_BYTES)
        if self._server.security == "tls":
            self._line.encrypt()
        self._client = self._ask(lambda: _Client(line))
        if self._server.security == "starttls":
            self._encrypt()

    def sign_in(self) -> None:
        """Under the user's name."""
        user, password = self._server.user, self._password
        capabilities = self._client.capabilities
        if "AUTH=PLAIN" in capabilities:
            self._enter(lambda: self._client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode()))
        elif "LOGINDISABLED" not in capabilities and _PLAIN_WORDS.fullmatch(user + password):
            self._enter(lambda: self._client.login(_quoted(user), password))
        elif "LOGINDISABLED" in capabilities:
            what = f"{self._server.host} accepts no passwords: it lets nobody sign in with a user name and a password."
            raise self._line.trouble(what, self._notice or INSTEAD["imap"], for_good=True)
        else:
            what = f"{self._server.host} lets nobody sign in with such a user name and password."
            raise self._line.trouble(what, _ASK, for_good=True)

    def examine(self, folder: str) -> tuple[int, int]:
        """Open a folder for reading only; gives its UIDVALIDITY and the UID of the next message, 0 if not told."""
        answer = self._give(lambda: self._client.select(folder_name(folder), readonly=True))
        self._expect(answer, f"does not open the folder {folder}", "Check the folder's name.")
        validity, following = (self._folder_number(what) for what in ("UIDVALIDITY", "UIDNEXT"))
        if not validity:
            raise self._line.trouble(f"{self._server.host} does not number the messages of {folder}.", _ASK)
        return validity, following

    def search(self, last: int, since: date) -> list[int]:
        """The UIDs after the last one or, without one, of the messages since a day; ascending."""
        # Written out, for the month's name depends neither on language nor on country.
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year:04}"
        criterion = ("UID", f"{last + 1}:*") if last else ("SINCE", day)
        self._line.allow(_LIST_BYTES)
        answer = self._give(lambda: self._client.uid("SEARCH", *criterion))
        self._expect(answer, "does not search", _ASK)
        numbers = b" ".join(part for part in answer[1] if isinstance(part, bytes)).split()
        uids = {int(number) for number in numbers if _NUMBER.fullmatch(number)}
        return sorted(number for number in uids if number > last)  # "n:*" means the last message in any case

    def fetch_all(self, uids: list[int], last: int) -> tuple[list[bytes], int]:
        """The first of some messages, and the UID of the last one done with."""
        messages: list[bytes] = []
        for number in uids[:MAX_MESSAGES]:
            try:
                message = self._fetch(number)
            except DeliveryError:
                if messages:
                    break
                raise
            last = number
            if message is not None:
                messages.append(message)
            if sum(map(len, messages)) >= MAX_LOOK_BYTES:
                break
        return messages, last

    def leave(self) -> None:
        """Say goodbye. All is done already, so nothing that happens now matters."""
        self._line.patience = _LEAVING_SECONDS
        self._line.allow(_ANSWER_BYTES)
        with suppress(DeliveryError):
            self._give(self._client.logout)

    def _fetch(self, number: int) -> bytes | None:
        # PEEK leaves the message unread; the folder is open for reading only anyway.
        self._line.allow(MAX_BYTES + _ANSWER_BYTES)
        kind, data = self._give(lambda: self._client.uid("FETCH", str(number), f"BODY.PEEK[]<0.{MAX_BYTES}>"))
        if kind != "OK":
            return None
        return next((bytes(part[1][:MAX_BYTES]) for part in data if isinstance(part, tuple)), None)

    def _enter(self, sign_in: Callable[[], _Answer]) -> None:
        def tried() -> _Answer:
            try:
                return sign_in()
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:  # a plain "NO", unlike with other commands
                return "NO", [_words(error)]

        answer = self._give(tried)
        what, to_do = f"does not let {self._server.user} sign in", self._notice or mail_line.CHECK_SIGN_IN
        if answer[0] != "OK" and mail_line.takes_no_passwords(_last_words(answer)):
            what, to_do = "accepts no passwords", self._notice or INSTEAD["imap"]
        self._expect(answer, what, to_do)

    def _encrypt(self) -> None:
        if "STARTTLS" not in self._client.capabilities:
            what = f"{self._server.host} offers no encryption (STARTTLS) on port {self._server.port}."
            to_do = "Check the port, choose TLS from the start, or ask whoever looks after the server."
            raise self._line.trouble(what, to_do, for_good=True)
        self._expect(self._give(lambda: self._client.xatom("STARTTLS")), "does not encrypt now", _ASK)
        self._line.encrypt()
        # What it said before could be somebody else's words; ask again.
        answer = self._give(self._client.capability)
        self._expect(answer, "does not say what it can do", _ASK)
        capabilities = b" ".join(part for part in answer[1] if isinstance(part, bytes))
        self._client.capabilities = tuple(capabilities.decode("ascii", "replace").upper().split())

    def _folder_number(self, what: str) -> int:
        """A number the server told with the folder, 0 if it did not."""
        number = _NUMBER.match(_last_words(self._ask(lambda: self._client.response(what))))
        return int(number[0]) if number else 0

    def _give(self, command: Callable[[], _Answer]) -> _Answer:
        """Give a command; "NO" is an answer as well as "OK", everything else is trouble."""
        self._client.untagged_responses.clear()  # of what came unasked nothing is kept
        return self._ask(command)

    def _ask(self, call: Callable[[], _T]) -> _T:
        """Do something with `imaplib`, whose errors quote the server and even the password."""
        try:
            return call()
        except imaplib.IMAP4.abort as error:
            words, for_good = _words(error), False
        except imaplib.IMAP4.error as error:
            words, for_good = _words(error), not _FOR_NOW.search(_words(error))
        except ValueError:  # what it meets in answers that are none
            words, for_good = b"", False
        what = f"{self._server.host} refuses, or does not answer as expected"
        raise self._line.trouble(self._with_reason(what, words), _ASK, for_good=for_good)

    def _with_reason(self, what: str, words: bytes) -> str:
        return f"{what}: {mail_line.reason(words, self._secrets)}".rstrip(".: ") + "."

    def _expect(self, answer: _Answer, what: str, to_do: str) -> None:
        if answer[0] == "OK":
            return
        words = _last_words(answer)
        for_now = _FOR_NOW.search(words) is not None
        what = self._with_reason(f"{self._server.host} {what}", words)
        raise self._line.trouble(what, "Try again later." if for_now else to_do, for_good=not for_now)


def _last_words(answer: _Answer) -> bytes:
    """The last words of an answer."""
    return next((last for last in answer[1][-1:] if isinstance(last, bytes)), b"")


def _words(error: Exception) -> bytes:
    """What the server said, up to where `imaplib` writes bytes the Python way, in which no password is found."""
    words = error.args[0] if error.args else b""
    if isinstance(words, bytes):
        return words
    return _PYTHON_BYTES.split(str(words))[0].encode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
