"""Sending by the agency's mail server: what arrives, what is refused, and what never leaves this computer."""

from __future__ import annotations

import contextlib
import errno
import itertools
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from penelope_admin.domain.delivery import Access, MailServer, Security
from penelope_admin.errors import BadInputError
from penelope_admin.mail import line as mail_line
from penelope_admin.mail import smtp
from penelope_admin.mail.line import CancelToken, DeliveryError
from tests.each import each
from tests.postoffice import (
    DROP,
    PASSWORD,
    SILENCE,
    USER,
    Authority,
    Fault,
    Peer,
    Phase,
    PostOffice,
    RawServer,
    dripping,
    endless,
    silent,
    without_encryption,
)

SENDER, RECIPIENT = "admin@agency.example", "support@vendor.example"
MESSAGE = b"Subject: Refresh\r\nMessage-ID: <1@agency.example>\r\n\r\nHello,\r\n.\r\n..\r\n.hidden\r\n\r\n.\r\n"
SECRETS = [PASSWORD, *(b64encode(text.encode()).decode() for text in (PASSWORD, f"\0{USER}\0{PASSWORD}"))]
BEFORE_THE_DOT: list[Phase] = ["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data"]
ANSWERED: list[Phase] = [*BEFORE_THE_DOT, "dot"]
pytestmark = pytest.mark.usefixtures("trusted")


@pytest.fixture
def office(authority: Authority) -> Iterator[PostOffice]:
    with PostOffice(authority=authority) as office:
        yield office


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_line, "STEP_SECONDS", 0.1)


def send(server: MailServer, message: bytes = MESSAGE, password: str | None = PASSWORD) -> None:
    smtp.send(Access(server, password), SENDER, [RECIPIENT], message, CancelToken())


def failure(deed: Callable[..., None], *arguments: Any, **named: Any) -> DeliveryError:
    """The error of a deed, which holds no password in any of its shapes, nor do the errors behind it."""
    with pytest.raises(DeliveryError) as caught:
        deed(*arguments, **named)
    error: BaseException | None = caught.value
    while error is not None:
        shown = f"{error!s} {error!r} {vars(error)}"
        assert not [secret for secret in SECRETS if secret in shown]
        error = error.__cause__ or error.__context__
    assert str(caught.value).isprintable()
    return caught.value


@contextlib.contextmanager
def stopped_when(met: Callable[[], bool], stop: CancelToken) -> Iterator[None]:
    """Says stop from another thread as soon as the condition is met."""
    over = threading.Event()

    def watch() -> None:
        while not met() and not over.wait(0.01):
            pass
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


# What arrives


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_message_arrives_as_it_is(authority: Authority, security: Security, mechanism: str) -> None:
    with PostOffice(security=security, authority=authority, mechanisms=(mechanism,)) as office:
        send(office.server())
    [received] = office.received
    assert received.data == MESSAGE
    assert (received.sender, received.recipients, received.user) == (SENDER, (RECIPIENT,), USER)


@pytest.mark.parametrize(
    "body",
    [
        "Français – 漢字 \U0001f600\r\n",
        ".\r\n",
        "\r\n\r\n",
        "..\r\n.é\r\n",
        "x" * 998 + "\r\n",
        "no line end",
        "",
        ".line\r\n" * 20_000,
        "QUIT\r\nMAIL FROM:<a@b.example>\r\n",
    ],
    ids=range(9),
)
def test_any_body_arrives_as_it_is(office: PostOffice, body: str) -> None:
    message = b"Subject: x\r\n\r\n" + body.encode()
    send(office.server(), message)
    [received] = office.received
    assert received.data == message + (b"" if message.endswith(b"\r\n") else b"\r\n")
    assert ("BODY=8BITMIME" in received.options) is (not message.isascii())


def test_letters_beyond_ascii_are_not_sent_to_a_server_that_does_not_take_them(authority: Authority) -> None:
    with PostOffice(authority=authority, eight_bit=False) as office:
        error = failure(send, office.server(), "Subject: x\r\n\r\né\r\n".encode())
        assert error.for_good
        send(office.server())
    assert len(office.received) == 1


def test_without_a_user_nobody_signs_in(authority: Authority) -> None:
    with PostOffice(authority=authority, user="") as office:
        send(office.server(), password=None)
        send(office.server())  # a password without a user is kept to ourselves
    assert [received.user for received in office.received] == ["", ""]


def test_names_and_passwords_may_have_any_letters(authority: Authority) -> None:
    with PostOffice(authority=authority, user="zoë@agency.example", password="pässwörd \u20ac漢") as office:
        send(office.server(), password="pässwörd \u20ac漢")
    assert [received.user for received in office.received] == ["zoë@agency.example"]


def test_a_check_signs_in_and_sends_nothing(office: PostOffice) -> None:
    smtp.check(Access(office.server(), PASSWORD), CancelToken())
    assert (office.connections, office.received) == (1, [])


def test_a_server_that_hangs_up_after_taking_the_message_took_it(authority: Authority) -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"220 x\r\n")
        while not peer.line().upper().startswith(b"DATA"):
            peer.say(b"250 x\r\n")
        peer.say(b"354 x\r\n")
        while peer.line() != b".":
            pass
        peer.say(b"250 x\r\n")

    with RawServer(talk, authority.context()) as raw:
        send(raw.server("tls"))


def test_the_computer_does_not_tell_its_name(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: "desk.agency.example")

    def talk(peer: Peer) -> None:
        peer.say(b"220 x\r\n")
        peer.hear()

    with RawServer(talk, authority.context()) as raw:
        failure(send, raw.server("tls"))
    assert bytes(raw.heard) == b"ehlo [127.0.0.1]\r\n"


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\r\n.\n", b"a\rb\r\n", b"a\r\n\0\r\n", b"a\r\n.\r.\r\n"])
def test_line_ends_that_servers_understand_differently_are_not_sent(office: PostOffice, message: bytes) -> None:
    assert failure(send, office.server(), message).for_good
    assert office.connections == 0


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        (SENDER, "support@vendor.example, a@else.example"),
        (SENDER, "support@vendor.example>\r\nRCPT TO:<a@else.example"),
        (SENDER, ""),
        ("", RECIPIENT),
        ("admin@agency.example\r\nDATA", RECIPIENT),
    ],
)
def test_only_one_address_is_taken_at_each_end(office: PostOffice, sender: str, recipient: str) -> None:
    with pytest.raises(BadInputError):
        smtp.send(Access(office.server(), PASSWORD), sender, [recipient], MESSAGE, CancelToken())
    assert office.connections == 0


# What the server refuses


@pytest.mark.parametrize("phase", ANSWERED)
@pytest.mark.parametrize(("reply", "for_good"), [("451 4.3.0 Busy", False), ("421 Bye", False), ("554 No", True)])
def test_a_refusal_is_told_with_the_servers_words(office: PostOffice, phase: Phase, reply: str, for_good: bool) -> None:
    office.faults.append(Fault(phase, reply))
    error = failure(send, office.server())
    assert (error.for_good, error.uncertain) == (for_good, False)
    assert reply in str(error)
    assert "Nothing was sent." in str(error)
    assert not office.received


def test_after_a_temporary_refusal_the_message_goes_through(office: PostOffice) -> None:
    office.faults.append(Fault("rcpt", "450 Later", times=2))
    for _ in range(2):
        assert not failure(send, office.server()).for_good
    send(office.server())
    assert len(office.received) == 1


def test_a_wrong_password_is_for_good_and_tried_once(office: PostOffice) -> None:
    error = failure(send, office.server(), password="wrong")
    assert error.for_good
    assert "535" in str(error)
    assert office.connections == 1


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ("LOGIN",)])
@pytest.mark.parametrize("phase", ["auth", "mail", "dot"])
def test_a_server_that_repeats_the_password_does_not_get_it_into_a_message(
    authority: Authority, mechanisms: tuple[str, ...], phase: Phase
) -> None:
    unpadded = [secret.rstrip("=") for secret in SECRETS]
    with PostOffice(authority=authority, mechanisms=mechanisms) as office:
        office.faults.append(Fault(phase, "535 Wrong: " + " ".join(SECRETS + unpadded)))
        error = failure(send, office.server())
    assert "***" in str(error)
    assert not [secret for secret in unpadded if secret in str(error)]


def test_a_reason_is_one_short_line(authority: Authority) -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"554-\x1b[31mNo\x00\r\n554-\xe2\x80\xaeevil \xff\r\n" + b"554-why\r\n" * 100 + b"554 because\r\n")

    with RawServer(talk, authority.context()) as raw:
        error = failure(send, raw.server("tls"))
    assert error.for_good
    assert "[31mNo evil" in str(error)
    assert len(str(error)) < 400


def test_a_server_without_sign_in_is_told_no_password(authority: Authority) -> None:
    with PostOffice(authority=authority, user="") as office:
        assert failure(send, office.server(user=USER)).for_good
    assert not office.received


@pytest.mark.parametrize("password", [None, ""])
def test_a_missing_password_is_noticed_before_anything_is_sent(office: PostOffice, password: str | None) -> None:
    assert failure(send, office.server(), password=password).for_good
    assert office.connections == 0


# What the network does


@pytest.mark.parametrize("phase", BEFORE_THE_DOT)
def test_a_connection_lost_before_the_message_is_temporary(office: PostOffice, phase: Phase) -> None:
    office.faults.append(Fault(phase, DROP))
    error = failure(send, office.server())
    assert (error.for_good, error.uncertain) == (False, False)
    assert "Nothing was sent." in str(error)


def test_a_connection_lost_in_the_middle_of_the_message_is_temporary(office: PostOffice) -> None:
    office.faults.append(Fault("text", DROP))
    error = failure(send, office.server(), b"Subject: x\r\n\r\n" + b"much\r\n" * 1_000_000)
    assert (error.for_good, error.uncertain) == (False, False)


@pytest.mark.parametrize(("phase", "arrived"), [("dot", 0), ("reply", 1)])
def test_a_connection_lost_after_the_message_leaves_it_open_whether_it_arrived(
    office: PostOffice, phase: Phase, arrived: int
) -> None:
    office.faults.append(Fault(phase, DROP))
    error = failure(send, office.server())
    assert (error.for_good, error.uncertain) == (False, True)
    assert "not known" in str(error)
    assert "Nothing was sent." not in str(error)
    assert len(office.received) == arrived


def test_one_in_three_connections_fails_and_each_message_arrives_in_the_end(authority: Authority) -> None:
    sent = 0
    failures: list[DeliveryError] = []
    with PostOffice(authority=authority, fail_one_in=3, seed=7) as office:
        while sent < 12:
            try:
                send(office.server())
                sent += 1
            except DeliveryError as error:
                failures.append(error)
    assert failures
    assert not [error for error in failures if error.for_good]
    assert sent <= len(office.received) <= sent + sum(error.uncertain for error in failures)


@pytest.mark.parametrize("phase", BEFORE_THE_DOT)
@pytest.mark.usefixtures("impatient")
def test_silence_is_not_waited_for_for_ever(office: PostOffice, phase: Phase) -> None:
    office.faults.append(Fault(phase, SILENCE))
    error = failure(send, office.server())
    assert (error.for_good, error.uncertain) == (False, False)
    assert "did not answer" in str(error)


def test_the_last_answer_is_waited_for_longer(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, began = itertools.count(time.monotonic(), 0.25 * mail_line.STEP_SECONDS), time.monotonic()
    silence = Fault("dot", SILENCE, times=1)
    # From the silence on, each look at the clock sees it a good way further.
    hurried = SimpleNamespace(monotonic=lambda: began if silence.times else next(clock))
    monkeypatch.setattr(mail_line, "time", hurried)
    office.faults.append(silence)
    error = failure(send, office.server())
    assert next(clock) - began > 0.9 * mail_line.DEADLINE_SECONDS
    assert (error.for_good, error.uncertain) == (False, True)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_says_a_word_is_given_up(security: Security) -> None:
    with RawServer(silent) as raw:
        assert not failure(send, raw.server(security)).for_good


@pytest.mark.parametrize("phase", ["connect", "starttls", "auth", "data", "dot"])
def test_stop_ends_the_wait_at_once(office: PostOffice, phase: Phase) -> None:
    office.faults.append(Fault(phase, SILENCE, times=1))
    stop = CancelToken()
    with stopped_when(lambda: office.faults[0].times == 0, stop):
        begin = time.monotonic()
        error = failure(smtp.send, Access(office.server(), PASSWORD), SENDER, [RECIPIENT], MESSAGE, stop)
    assert time.monotonic() - begin < mail_line.STEP_SECONDS / 2  # no wait ended by itself
    assert (error.for_good, error.uncertain) == (False, phase == "dot")
    assert "stopped" in str(error)


def test_stop_ends_a_handshake_that_is_never_answered() -> None:
    stop = CancelToken()
    with RawServer(silent) as raw, stopped_when(lambda: bool(raw.heard), stop):
        begin = time.monotonic()
        error = failure(smtp.check, Access(raw.server("tls")), stop)
        assert time.monotonic() - begin < mail_line.STEP_SECONDS / 2  # no wait ended by itself
    assert "stopped" in str(error)


def test_stop_ends_a_message_that_the_server_does_not_take_in(office: PostOffice) -> None:
    office.faults.append(Fault("text", SILENCE, times=1))
    stop = CancelToken()
    with stopped_when(lambda: office.faults[0].times == 0, stop):
        error = failure(
            smtp.send, Access(office.server(), PASSWORD), SENDER, [RECIPIENT], b"much\r\n" * 2_000_000, stop
        )
    assert ("stopped" in str(error), error.uncertain) == (True, False)


def test_after_stop_nothing_is_begun(office: PostOffice) -> None:
    stop = CancelToken()
    stop.set()
    failure(smtp.check, Access(office.server(), PASSWORD), stop)
    assert office.connections == 0


@pytest.mark.parametrize("talk", [dripping, endless])
def test_a_server_that_never_comes_to_an_end_is_left(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, talk: Callable[[Peer], None]
) -> None:
    monkeypatch.setattr(mail_line, "DEADLINE_SECONDS", 0.2)
    with RawServer(talk, authority.context()) as raw:
        assert not failure(send, raw.server("tls")).for_good


def test_an_endless_answer_does_not_fill_the_memory(authority: Authority) -> None:
    with RawServer(endless, authority.context()) as raw:
        assert "more than an answer can hold" in str(failure(send, raw.server("tls")))


@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n", b"\xff\xfe\r\n", b"220 " + b"x" * 9000 + b"\r\n"]
)
def test_a_server_that_is_none_for_mail_is_told_apart(authority: Authority, words: bytes) -> None:
    with RawServer(lambda peer: peer.say(words), authority.context()) as raw:
        assert not failure(send, raw.server("tls")).for_good


def test_an_encrypted_connection_to_a_server_that_speaks_first_is_refused_for_good() -> None:
    with RawServer(without_encryption) as raw:
        error = failure(send, raw.server("tls", USER))
    assert error.for_good
    assert "does not encrypt" in str(error)


def test_a_port_where_nobody_listens_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(send, MailServer("127.0.0.1", port, "tls"))
    assert not error.for_good
    assert "accepts no connections" in str(error)


@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_that_is_not_found_is_temporary(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def offline(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "no")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    error = failure(send, MailServer("mail.agency.example", 587, "starttls"))
    assert not error.for_good
    assert "offline" in str(error)


def test_stop_ends_the_wait_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, asked, over = CancelToken(), threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> list[Any]:
        asked.set()
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with stopped_when(asked.is_set, stop):
        error = failure(smtp.check, Access(MailServer("mail.agency.example", 587, "starttls")), stop)
    over.set()
    assert "stopped" in str(error)


@each("host", ["mail..agency.example", "a" * 70 + ".example", "mail\0.example", "mail\r\n.example", "a b", ""])
def test_a_host_that_cannot_be_one_is_for_good(host: str) -> None:
    error = failure(send, MailServer(host, 587, "starttls"))
    assert error.for_good
    assert "cannot be a mail server" in str(error)


@pytest.mark.parametrize(
    ("number", "for_good"),
    [(errno.EACCES, True), (errno.EPERM, True), (errno.ENETUNREACH, False), (errno.ETIMEDOUT, False)],
)
def test_a_way_that_is_closed_is_told(monkeypatch: pytest.MonkeyPatch, number: int, for_good: bool) -> None:
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: number)
    assert failure(send, MailServer("127.0.0.1", 587, "starttls")).for_good is for_good


# What is not trusted


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("kind", "words"),
    [("other host", "another server"), ("unknown", "nobody"), ("expired", "expired"), ("early", "yet")],
)
def test_a_certificate_that_is_not_in_order_is_refused_for_good(
    authority: Authority, security: Security, kind: str, words: str
) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)
    contexts: dict[str, Callable[[], ssl.SSLContext]] = {
        "other host": lambda: authority.context("mail.else.example"),
        "unknown": lambda: Authority().context(),
        "expired": lambda: authority.context(not_before=now - 9 * day, not_after=now - day),
        "early": lambda: authority.context(not_before=now + day, not_after=now + 9 * day),
    }
    with PostOffice(authority=authority, security=security, context=contexts[kind]()) as office:
        error = failure(send, office.server())
    assert error.for_good
    assert words in str(error)
    assert office.connections == 1  # not tried again in some other way
    assert not office.received


def test_a_number_does_not_stand_for_the_name_in_the_certificate(office: PostOffice) -> None:
    error = failure(send, office.server(host="127.0.0.1"))
    assert error.for_good
    assert "instead of its number" in str(error)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_encryption_is_refused(authority: Authority) -> None:
    context = authority.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with RawServer(silent, context) as raw:
        assert failure(send, raw.server("tls")).for_good


def test_a_server_without_encryption_hears_neither_password_nor_message() -> None:
    with RawServer(without_encryption) as raw:
        error = failure(send, raw.server("starttls", USER))
    assert error.for_good
    assert "STARTTLS" in str(error)
    assert bytes(raw.heard) == b"ehlo [127.0.0.1]\r\n"


def test_a_server_that_offers_encryption_and_then_refuses_hears_neither_password_nor_message() -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"220 x\r\n")
        peer.line()
        peer.say(b"250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
        peer.line()
        peer.say(b"502 No\r\n")
        silent(peer)

    with RawServer(talk) as raw:
        failure(send, raw.server("starttls", USER))
    assert bytes(raw.heard) == b"ehlo [127.0.0.1]\r\nSTARTTLS\r\n"


def test_words_slipped_in_before_the_encryption_end_the_attempt(authority: Authority) -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"220 x\r\n")
        peer.line()
        peer.say(b"250-x\r\n250 STARTTLS\r\n")
        peer.line()
        peer.say(b"220 Go on\r\n250-x\r\n250 AUTH PLAIN\r\n")  # the second answer is the slipped in one
        peer.encrypt(authority.context())
        silent(peer)

    with RawServer(talk) as raw:
        error = failure(send, raw.server("starttls", USER))
    assert error.for_good
    assert bytes(raw.heard) == b"ehlo [127.0.0.1]\r\nSTARTTLS\r\n"


def test_what_was_offered_before_the_encryption_is_forgotten(authority: Authority) -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"220 x\r\n")
        peer.line()
        peer.say(b"250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
        peer.line()
        peer.say(b"220 Go on\r\n")
        peer.encrypt(authority.context())
        peer.line()
        peer.say(b"250 x\r\n")
        silent(peer)

    with RawServer(talk) as raw:
        error = failure(send, raw.server("starttls", USER))
    assert "lets nobody sign in" in str(error)
    assert b"AUTH" not in raw.heard
