"""Mail servers for tests: one that works, and fails at the step it is told to, and raw ones with bad manners.

As a program it is a mail server for benchmarks, on 127.0.0.1 until it is killed; sign in as `agency`, `right-password`:

    python -m tests.postoffice --port-file FILE --ca-file FILE --record FILE [--fail-one-in 3] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any, Literal, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from penelope_admin.domain.delivery import MailServer, Security

USER, PASSWORD = "agency", "right-password"

Phase = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "text", "dot", "reply"]
"""Where something happens: instead of the greeting or of the answer to a command, in the middle of the message, after
its final dot before it is accepted, or after it is accepted before saying so."""
PHASES: tuple[Phase, ...] = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "text", "dot", "reply")

DROP = "drop"
SILENCE = "silence"


@dataclass
class Fault:
    """What goes wrong in a phase: the connection drops, silence, or this reply; so many times, or always."""

    phase: Phase
    how: str = DROP
    times: int | None = None


@dataclass(frozen=True)
class Received:
    """A message the server accepted: envelope, who had signed in, and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]
    user: str
    data: bytes


class Authority:
    """Issues certificates that are trusted where the environment says so."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def context(self, *names: str, not_before: datetime | None = None, not_after: datetime | None = None) -> Any:
        """A server's TLS context with a certificate for these names, or for localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = names or ("localhost",)
        self._ca.issue_cert(*names, not_before=not_before, not_after=not_after).configure_cert(context)
        return context

    def files(self, folder: Path) -> tuple[Path, Path]:
        """A certificate for localhost and its key, as files."""
        issued = self._ca.issue_cert("localhost")
        certificate, key = folder / "server.pem", folder / "server.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        return certificate, key

    def write(self, file: Path) -> None:
        """The authority's own certificate, as a file."""
        self._ca.cert_pem.write_to_path(str(file))

    def environment(self, folder: Path) -> dict[str, str]:
        """Environment variables with which a Python program trusts this authority and no other."""
        nobody = folder / "trusted-otherwise"
        nobody.mkdir(exist_ok=True)
        self.write(folder / "trusted.pem")
        return {"SSL_CERT_FILE": str(folder / "trusted.pem"), "SSL_CERT_DIR": str(nobody)}


@dataclass
class PostOffice:
    """A working mail server in a thread of its own. As a context manager it starts and stops.

    Attributes:
        security: how it encrypts.
        authority: who vouches for it.
        user: who must sign in; empty: nobody must or can.
        faults: what goes wrong; may be changed at any time.
        fail_one_in: of so many connections one fails in a random phase, never for good.
        extensions: what it offers beside encryption and sign-in.
        on_accept: called in the server's thread with each message before it says so.
    """

    security: Security = "starttls"
    authority: Authority = field(default_factory=Authority)
    names: tuple[str, ...] = ("localhost",)
    user: str = USER
    password: str = PASSWORD
    faults: list[Fault] = field(default_factory=list)
    fail_one_in: int | None = None
    seed: int | None = None
    on_accept: Callable[[Received], None] | None = None
    context: ssl.SSLContext | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    eight_bit: bool = True
    port: int = 0

    def __enter__(self) -> PostOffice:
        self._lock = threading.Lock()
        self._received: list[Received] = []
        self._chance = random.Random(self.seed)
        self.connections = 0
        self.tellers: set[_Teller] = set()
        self.tls = self.context or self.authority.context(*self.names)
        self.loop = asyncio.new_event_loop()
        implicit = self.tls if self.security == "tls" else None
        listening = self.loop.create_server(lambda: _Teller(self), "127.0.0.1", self.port, ssl=implicit)
        self._server = self.loop.run_until_complete(listening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self.loop.run_forever, name="post office")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    @property
    def received(self) -> list[Received]:
        """What was accepted so far."""
        with self._lock:
            return list(self._received)

    def server(self, **changes: Any) -> MailServer:
        """How the program is to reach it."""
        known = {"host": "localhost", "port": self.port, "security": self.security, "user": self.user}
        return MailServer(**{**known, **changes})

    def accept(self, message: Received) -> None:
        with self._lock:
            self._received.append(message)
        if self.on_accept is not None:
            self.on_accept(message)

    def fault(self, phase: Phase, *, only_look: bool = False) -> str | None:
        """What is to go wrong in this phase now, if anything; it counts as one of its times unless one only looks."""
        for fault in self.faults:
            if fault.phase == phase and fault.times != 0:
                if fault.times is not None and not only_look:
                    fault.times -= 1
                return fault.how
        return None

    def bad_luck(self) -> Fault | None:
        """The fault of a new connection that chance has picked."""
        self.connections += 1
        if not self.fail_one_in or self._chance.randrange(self.fail_one_in):
            return None
        phase = self._chance.choice([phase for phase in PHASES if self.user or phase != "auth"])
        later = phase in {"mail", "rcpt", "data", "dot"} and self._chance.random() < 0.5
        return Fault(phase, "451 4.3.0 Try again later" if later else DROP)

    async def _close(self) -> None:
        self._server.close()
        tellers = list(self.tellers)
        for teller in tellers:
            teller.cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        while any(teller.is_connected for teller in tellers):
            await asyncio.sleep(0.01)


class _Teller(SMTP):
    """One connection to the post office."""

    async def handle_exception(self, error: Exception) -> str:
        """A client that hung up is no news."""
        return "451 4.3.0 Try again later"

    def __init__(self, office: PostOffice) -> None:
        starttls = office.security == "starttls"
        super().__init__(
            self,
            hostname="localhost",
            tls_context=office.tls if starttls else None,
            require_starttls=starttls,
            auth_required=bool(office.user) and starttls,  # aiosmtpd does not see that TLS was there from the start
            auth_require_tls=starttls,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(office.mechanisms if office.user else ()),
            authenticator=self._right,
            decode_data=not office.eight_bit,
            loop=office.loop,
        )
        self._office = office
        self._luck = office.bad_luck()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._office.tellers.add(self)
        self._socket = transport.get_extra_info("socket")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._office.tellers.discard(self)
        super().connection_lost(error)

    @property
    def is_connected(self) -> bool:
        return self._socket.fileno() != -1

    def cut(self) -> None:
        """Drop the connection without a word."""
        transport = cast("asyncio.WriteTransport | None", self.transport)
        if transport is None:
            return
        if transport.is_closing():  # Python 3.11.2 cannot abort what was closed twice already
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        else:
            transport.abort()

    async def _handle_client(self) -> None:
        if await self._goes_wrong("connect"):
            self._writer.close()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._goes_wrong("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._goes_wrong("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._goes_wrong("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if self._office.user and not cast(Session, self.session).authenticated:
            await self.push("530 5.7.0 Authentication required")
        elif not await self._goes_wrong("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._goes_wrong("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._goes_wrong("data"):
            return
        if self._fault("text", only_look=True) is not None:
            await self.push("354 Go on")
            await self._reader.readuntil(b"\r\n")
            await self._goes_wrong("text")  # counted now: whoever waits for it knows that the text has begun
            return
        await super().smtp_DATA(arg)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Between the final dot and the answer to it."""
        if (how := self._fault("dot")) is not None:
            return await self._happens(how, say=False)
        how = self._fault("reply")
        if how is not None and how[:1].isdigit():  # a clear no to the whole message: it was not taken
            return await self._happens(how, say=False)
        user = cast(LoginPassword, session.auth_data).login.decode() if session.authenticated else ""
        self._office.accept(
            Received(
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                tuple(envelope.mail_options),
                user,
                envelope.original_content or b"",
            )
        )
        if how is not None:
            return await self._happens(how, say=False)
        return "250 2.0.0 Taken"

    def _right(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (self._office.user.encode(), self._office.password.encode())
        return AuthResult(success=right, handled=False, auth_data=data)

    def _fault(self, phase: Phase, *, only_look: bool = False) -> str | None:
        if self._luck is not None and self._luck.phase == phase:
            return self._luck.how
        return self._office.fault(phase, only_look=only_look)

    async def _goes_wrong(self, phase: Phase) -> bool:
        how = self._fault(phase)
        if how is not None:
            await self._happens(how)
        return how is not None

    async def _happens(self, how: str, *, say: bool = True) -> str:
        """Say the reply, or drop the connection or be silent until it is lost."""
        if how == DROP:
            self.cut()
        if how in {DROP, SILENCE}:
            await asyncio.Event().wait()  # losing the connection cancels this
        if say:
            await self.push(how)
        return how


class Peer:
    """The other end of a connection to a `RawServer`."""

    def __init__(self, connection: socket.socket, heard: bytearray, closing: threading.Event) -> None:
        self.connection = connection
        self.closing = closing
        self._heard = heard

    def say(self, text: bytes) -> None:
        self.connection.sendall(text)

    def hear(self) -> bytes:
        """What comes next; nothing when the other side hung up."""
        data = self.connection.recv(65536)
        self._heard += data
        return data

    def line(self) -> bytes:
        """The next line, without its end; a command for servers that take one at a time."""
        line = bytearray()
        while not line.endswith(b"\n"):
            letter = self.connection.recv(1)
            if not letter:
                raise ConnectionError
            line += letter
        self._heard += line
        return bytes(line).rstrip()

    def encrypt(self, context: ssl.SSLContext) -> None:
        wrapped = context.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        self.connection = wrapped  # already now, so that the end of the test ends the handshake too
        wrapped.do_handshake()

    def cut(self) -> None:
        """End whatever the talk waits for."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.connection, socket.SHUT_RDWR)


class RawServer:
    """Lets a function talk to each connection; ends when left, whatever the function does.

    Attributes:
        heard: all that was received.
        host, port: where it listens.
    """

    def __init__(self, talk: Callable[[Peer], None], context: ssl.SSLContext | None = None) -> None:
        self.heard = bytearray()
        self.host = "localhost"
        self._talk = talk
        self._context = context
        self._closing = threading.Event()
        self._peers: list[Peer] = []
        self._talks: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, name="raw server")

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection((self.host, self.port), 10).close()  # ends the wait for one
        self._thread.join(10)
        for talk in self._talks:
            talk.join(10)
        self._listener.close()

    def server(self, security: Security = "starttls", user: str = "") -> MailServer:
        """How the program is to reach it."""
        return MailServer(self.host, self.port, security, user)

    def _listen(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                break
            peer = Peer(connection, self.heard, self._closing)
            self._peers.append(peer)
            talk = threading.Thread(target=self._converse, args=(peer,), name="raw talk")
            self._talks.append(talk)
            talk.start()
        for peer in self._peers:
            peer.cut()

    def _converse(self, peer: Peer) -> None:
        peer.connection.settimeout(20)
        peer.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)  # the next piece waits for no answer
        try:
            if self._context is not None:
                peer.encrypt(self._context)
            self._talk(peer)
        except OSError:  # the program hung up, or the test is over
            pass
        finally:
            peer.connection.close()


def silent(peer: Peer) -> None:
    """Take everything in and never answer."""
    while peer.hear():
        pass


def dripping(peer: Peer) -> None:
    """Send a byte of an endless line now and then."""
    peer.say(b"220 ")
    while not peer.closing.wait(0.02):
        peer.say(b"x")


def endless(peer: Peer) -> None:
    """Send an answer whose lines never end."""
    while not peer.closing.is_set():
        peer.say(b"220-and more\r\n" * 1000)


def without_encryption(peer: Peer) -> None:
    """A mail server as there were before encryption: takes anything in clear text."""
    peer.say(b"220 old.example\r\n")
    while command := peer.line():
        if command.upper().startswith(b"EHLO"):
            peer.say(b"250-old.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000\r\n")
        elif command.upper() == b"DATA":
            peer.say(b"354 Go on\r\n")
        else:
            peer.say(b"250 Fine\r\n")


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description="A mail server for benchmarks.")
    parser.add_argument("--port-file", type=Path, required=True, help="gets the port, once the server listens")
    parser.add_argument("--ca-file", type=Path, required=True, help="gets the certificate to trust")
    parser.add_argument("--record", type=Path, required=True, help="gets a line of JSON for each accepted message")
    parser.add_argument("--fail-one-in", type=int, help="of so many connections one fails in a random phase")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--security", choices=["starttls", "tls"], default="starttls")
    arguments = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    with arguments.record.open("a", encoding="utf-8") as record:

        def note(message: Received) -> None:
            identifier = message_from_bytes(message.data)["Message-ID"]
            for recipient in message.recipients:
                record.write(json.dumps({"message_id": identifier, "recipient": recipient}) + "\n")
            record.flush()
            os.fsync(record.fileno())

        office = PostOffice(
            security=arguments.security, fail_one_in=arguments.fail_one_in, seed=arguments.seed, on_accept=note
        )
        with office:
            office.authority.write(arguments.ca_file)
            whole = arguments.port_file.with_name(arguments.port_file.name + ".new")
            whole.write_text(f"{office.port}\n")
            whole.replace(arguments.port_file)  # who waits for the file finds the whole number in it
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


if __name__ == "__main__":
    main()
