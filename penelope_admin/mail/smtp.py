"""Sends a message by the agency's own mail server, always encrypted."""

from __future__ import annotations

import re
import smtplib
import socket
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import cast

from penelope_admin.domain.delivery import INSTEAD, Access
from penelope_admin.domain.text import clean_address
from penelope_admin.errors import BadInputError
from penelope_admin.mail import line as mail_line
from penelope_admin.mail.line import CancelToken, DeliveryError, Line

_OUR_NAME = "[127.0.0.1]"  # servers take it, and it says nothing about this computer
_ANSWERS_BYTES = 256 * 1024  # all that a server may say in one session
_LEAVING_SECONDS = 2.0
_NOTHING_SENT = "Nothing was sent."
_UNKNOWN = "Support may have it: whether the server took the message is not known."
_LOOSE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")
_AT_LINE_START = re.compile(rb"^\.", re.MULTILINE)
_LATER = "Try again later."
_TAKEN, _GO_ON = 2, 3  # the first digits of good answers
_FOR_NOW, _FOR_GOOD = 4, 5  # the first digits of refusals


def send(
    access: Access, sender: str, recipients: Sequence[str], message: bytes, stop: CancelToken
) -> tuple[tuple[str, str], ...]:
    """Hand a message to the mail server; returns when the server has taken it.

    Args:
        message: header and body with CRLF line ends; arrives as it is.

    Returns:
        The recipients that the server refused while it took others, each with its words.

    Raises:
        BadInputError: sender or recipient is no address.
        DeliveryError: the server did not take it. With `uncertain`, it may have.
    """
    sender = _address(sender, "The sender's address")
    recipients = [_address(recipient, "The recipient's address") for recipient in recipients]
    if _LOOSE_LINE_END.search(message):  # servers disagree on what such bytes mean, even where the message ends
        raise DeliveryError(
            f"The message holds line ends that mail does not have. {_NOTHING_SENT} Send it another way.", for_good=True
        )
    with _session(access, stop) as session:
        return session.hand_over(sender, recipients, message)


def check(access: Access, stop: CancelToken) -> None:
    """Connect, encrypt, sign in and leave: all of sending but the message.

    Raises:
        DeliveryError: sending would fail for the reason given.
    """
    with _session(access, stop):
        pass


def _address(text: str, what: str) -> str:
    address = clean_address(text, what)
    if not address:
        raise BadInputError(f"{what} is empty. {_NOTHING_SENT} Fill it in and try again.")
    return address


@contextmanager
def _session(access: Access, stop: CancelToken) -> Iterator[_Session]:
    """Encrypted and signed in; leaves politely when all went well."""
    server = access.server
    if server.user and not access.password:
        raise DeliveryError(
            f"There is no password for {server.user} on {server.host}. {_NOTHING_SENT} Enter it in the settings.",
            for_good=True,
        )
    line = Line(server, stop, _NOTHING_SENT)
    try:
        line.allow(_ANSWERS_BYTES)
        session = _Session(access, line)
        session.begin()
        yield session
        session.leave()
    except smtplib.SMTPException as error:
        raise line.trouble(f"{server.host} answers with something that is not mail.", _LATER) from error
    finally:
        line.close()


class _Session:
    """One conversation. Each step raises `DeliveryError` when the answer is not the good one."""

    def __init__(self, access: Access, line: Line) -> None:
        self._server, self._line, self._notice = access.server, line, access.notice
        self._password = access.password or ""
        self._secrets = mail_line.secrets(self._server.user, self._password)
        self._smtp = smtplib.SMTP(local_hostname=_OUR_NAME)  # without a host it does not connect by itself
        self._smtp.sock = cast(socket.socket, line)

    def begin(self) -> None:
        """From the greeting to being signed in."""
        if self._server.security == "tls":
            self._line.encrypt()
        self._expect(_TAKEN, self._smtp.getreply(), "takes no mail now")
        self._expect(_TAKEN, self._smtp.ehlo(), "does not talk to this program")
        if self._server.security == "starttls":
            self._encrypt()
        if self._server.user:
            self._sign_in()

    def hand_over(self, sender: str, recipients: Sequence[str], message: bytes) -> tuple[tuple[str, str], ...]:
        """The message itself, to everybody whom the server takes; gives back whom it refused, and why."""
        options = []
        if self._smtp.has_extn("size"):
            options.append(f"size={len(message)}")
        if not message.isascii():
            options.append(self._eight_bits())
        self._expect(_TAKEN, self._smtp.mail(sender, options), f"refuses the sender {sender}")
        answers = [(recipient, *self._smtp.rcpt(recipient)) for recipient in recipients]
        refused = [answer for answer in answers if answer[1] // 100 != _TAKEN]
        if len(refused) == len(answers):
            recipient, code, text = min(refused, key=itemgetter(1))  # what may be taken later counts for all
            self._expect(_TAKEN, (code, text), f"refuses the recipient {recipient}")
        self._expect(_GO_ON, self._smtp.docmd("DATA"), "refuses the message")
        self._smtp.send(_AT_LINE_START.sub(b"..", message).removesuffix(b"\r\n") + b"\r\n.\r\n")
        # From here on the server may have it. Patience now avoids sending it twice later.
        self._line.kept, self._line.uncertain = _UNKNOWN, True
        self._line.patience = mail_line.DEADLINE_SECONDS
        self._expect(_TAKEN, self._smtp.getreply(), "refuses the message")
        return tuple((who, f"{code} {mail_line.reason(text, self._secrets)}") for who, code, text in refused)

    def leave(self) -> None:
        """Say goodbye. All is done already, so nothing that happens now matters."""
        self._line.patience = _LEAVING_SECONDS
        with suppress(DeliveryError, smtplib.SMTPException):
            self._smtp.docmd("QUIT")

    def _encrypt(self) -> None:
        if not self._smtp.has_extn("starttls"):
            raise self._line.trouble(
                f"{self._server.host} offers no encryption (STARTTLS) on port {self._server.port}, "
                "and nothing is sent unencrypted.",
                "Check the port, choose TLS from the start, or ask whoever looks after the server.",
                for_good=True,
            )
        self._expect(_TAKEN, self._smtp.docmd("STARTTLS"), "does not encrypt now")
        self._line.encrypt()
        # What it said before could be somebody else's words; ask again.
        self._expect(_TAKEN, self._smtp.ehlo(), "does not talk to this program")

    def _sign_in(self) -> None:
        ways = self._smtp.esmtp_features.get("auth", "").upper().split()
        user, password = self._server.user, self._password
        if "PLAIN" in ways:
            answer = self._smtp.docmd("AUTH", "PLAIN " + _code(f"\0{user}\0{password}"))
        elif "LOGIN" in ways:
            answer = self._smtp.docmd("AUTH", "LOGIN")
            for word in (user, password):
                self._expect_in(_GO_ON, answer)
                answer = self._smtp.docmd(_code(word))
        else:
            what = f"{self._server.host} accepts no passwords: it lets nobody sign in with a user name and a password."
            to_do = self._notice or f"{INSTEAD['smtp']} If the server asks nobody to sign in, leave the user empty."
            raise self._line.trouble(what, to_do, for_good=True)
        self._expect_in(_TAKEN, answer)

    def _expect_in(self, good: int, answer: tuple[int, bytes]) -> None:
        to_do = self._notice or mail_line.CHECK_SIGN_IN
        self._expect(good, answer, f"does not let {self._server.user} sign in", to_do)

    def _expect(self, good: int, answer: tuple[int, bytes], what: str, to_do: str = "") -> None:
        """Raise unless the answer starts with this digit."""
        code, text = answer
        kind = code // 100
        if kind == good:
            return
        if kind in {_FOR_NOW, _FOR_GOOD}:  # a clear no: the server did not take it
            self._line.kept, self._line.uncertain = _NOTHING_SENT, False
        reason = mail_line.reason(text, self._secrets)
        if kind == _FOR_NOW:
            to_do = _LATER
        reply, instead = f"{code} ".encode() + text, self._notice or INSTEAD["smtp"]
        if mail_line.takes_no_passwords(reply):
            what, to_do = "accepts no passwords", instead
        elif mail_line.may_take_no_passwords(reply):
            to_do = f"{mail_line.PERHAPS_NO_PASSWORDS} {instead}"
        to_do = to_do or "Send it another way, or ask whoever looks after the server."
        what = f"{self._server.host} {what}: {code} {reason}".rstrip(".") + "."
        raise self._line.trouble(what, to_do, for_good=kind == _FOR_GOOD)

    def _eight_bits(self) -> str:
        if self._smtp.has_extn("8bitmime"):
            return "body=8bitmime"
        what = f"{self._server.host} takes only plain letters (no 8BITMIME)."
        raise self._line.trouble(what, "Send it another way.", for_good=True)


def _code(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
