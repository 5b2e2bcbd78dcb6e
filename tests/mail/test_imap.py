"""Looking for new mail: each message once, nothing changed on the server, and no server can do harm."""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penelope_admin.domain.delivery import Access, MailServer, Security
from penelope_admin.errors import BadInputError
from penelope_admin.mail import imap
from penelope_admin.mail import line as mail_line
from penelope_admin.mail.imap import Mark, new_messages
from penelope_admin.mail.line import CancelToken, DeliveryError
from tests.each import each
from tests.postoffice import PASSWORD, USER, Authority, Peer, RawServer, dripping, silent

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
TODAY = datetime.now(UTC).date()
LONG_AGO = date(2020, 1, 1)
NEVER_READ = Mark(0, 0)
FOLDER = "INBOX"
HELLO = b"* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n{tag} OK done\r\n"
pytestmark = pytest.mark.usefixtures("trusted")


# A real server


@dataclass(frozen=True)
class Post:
    """One user's mail on the real server."""

    security: Security
    port: int
    user: str
    home: Path
    trusted: Path

    @property
    def server(self) -> MailServer:
        return MailServer("localhost", self.port, self.security, self.user)

    @contextlib.contextmanager
    def owner(self) -> Iterator[imaplib.IMAP4]:
        """Signed in with another program, so to speak."""
        context = ssl.create_default_context(cafile=str(self.trusted))
        if self.security == "tls":
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=20)
        else:
            client = imaplib.IMAP4("localhost", self.port, timeout=20)
            client.starttls(context)
        with client:
            client.login(self.user, PASSWORD)
            yield client

    def put(self, *texts: str, folder: str = FOLDER, came: datetime | None = None) -> None:
        """Messages arrive."""
        when = imaplib.Time2Internaldate(came) if came else None
        with self.owner() as client:
            for text in texts:
                assert client.append(folder, "", when or "", f"Subject: {text}\r\n\r\n{text}\r\n".encode())[0] == "OK"

    def look(self, mark: Mark = NEVER_READ, *, folder: str = FOLDER, since: date = LONG_AGO) -> tuple[list[str], Mark]:
        """The subjects of the new messages, and the new mark."""
        found, mark = new_messages(Access(self.server, PASSWORD), folder, mark, since, CancelToken())
        return [message.split(b"\r\n")[0].removeprefix(b"Subject: ").decode() for message in found], mark

    def flags(self) -> list[str]:
        """The flags of all messages, as the files have them."""
        return sorted(file.name.partition(":2,")[2] for part in ("new", "cur") for file in self.home.rglob(f"{part}/*"))


def configuration(folder: Path, certificate: Path, key: Path, ports: dict[str, int]) -> str:
    """For a Dovecot that runs under this user, or as root for a user without rights; in its dialect."""
    version = subprocess.run([str(DOVECOT), "--version"], capture_output=True, text=True, check=True).stdout
    me = pwd.getpwuid(os.getuid())
    if me.pw_uid == 0:
        me = pwd.getpwnam("nobody")
    group = grp.getgrgid(me.pw_gid).gr_name
    common = f"""
        base_dir = {folder}/run
        state_dir = {folder}/state
        log_path = {folder}/log
        protocols = imap
        listen = 127.0.0.1
        default_internal_user = {me.pw_name}
        default_internal_group = {group}
        default_login_user = {me.pw_name}
        first_valid_uid = 1
        first_valid_gid = 1
        auth_failure_delay = 0
        ssl = required
        service anvil {{
          chroot =
          unix_listener anvil-auth-penalty {{
            mode = 0
          }}
        }}
        service imap-login {{
          chroot =
          inet_listener imap {{
            port = {ports["starttls"]}
          }}
          inet_listener imaps {{
            port = {ports["tls"]}
            ssl = yes
          }}
        }}
    """
    if version.startswith("2.3"):
        return f"""{common}
            stats_writer_socket_path =
            service imap-login {{
              service_count = 0
            }}
            service imap {{
              service_count = 0
            }}
            ssl_cert = <{certificate}
            ssl_key = <{key}
            mail_location = maildir:~/mail
            passdb {{
              driver = static
              args = password={PASSWORD}
            }}
            userdb {{
              driver = static
              args = uid={me.pw_uid} gid={me.pw_gid} home={folder}/homes/%u
            }}
        """
    return f"""
        dovecot_config_version = 2.4.0
        dovecot_storage_version = 2.4.0
        {common}
        ssl_server_cert_file = {certificate}
        ssl_server_key_file = {key}
        mail_driver = maildir
        mail_path = ~/mail
        passdb static {{
          password = {PASSWORD}
        }}
        userdb static {{
          fields {{
            uid = {me.pw_uid}
            gid = {me.pw_gid}
            home = {folder}/homes/%{{user}}
          }}
        }}
    """


def free_ports() -> dict[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return {"starttls": one.getsockname()[1], "tls": other.getsockname()[1]}


@contextlib.contextmanager
def dovecot(authority: Authority) -> Iterator[tuple[Path, dict[str, int]]]:
    """A Dovecot of our own; gives its folder and ports."""
    # The path of its sockets must be short, and a user without rights must be able to reach its mail.
    folder = Path(tempfile.mkdtemp(prefix="post-"))
    try:
        folder.chmod(0o755)
        homes = folder / "homes"
        homes.mkdir()
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(homes, nobody.pw_uid, nobody.pw_gid)
        ports = free_ports()
        config = folder / "dovecot.conf"
        config.write_text(configuration(folder, *authority.files(folder), ports))
        with (folder / "output").open("wb") as output, subprocess.Popen(
            [str(DOVECOT), "-F", "-c", str(config)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                wait_for(process, ports["tls"], folder)
                yield folder, ports
            finally:
                process.terminate()
                try:
                    process.wait(10)
                finally:
                    with contextlib.suppress(ProcessLookupError):  # its children, should it have left any
                        os.killpg(process.pid, signal.SIGKILL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    said = [file.read_text() for file in (folder / "output", folder / "log") if file.exists()]
    raise AssertionError(f"Dovecot did not start: {said}")


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[tuple[Path, dict[str, int]]]:
    if DOVECOT is None:
        pytest.skip("Dovecot is not installed (Debian's package is dovecot-imapd)")
    with dovecot(authority) as running:
        yield running


@pytest.fixture(params=["tls", "starttls"])
def post(request: pytest.FixtureRequest, running: tuple[Path, dict[str, int]], trusted: Path) -> Post:
    """Empty mail of a user nobody used before."""
    folder, ports = running
    user = f"user{time.monotonic_ns()}"
    return Post(request.param, ports[request.param], user, folder / "homes" / user, trusted)


def failure(server: MailServer, password: str = PASSWORD, folder: str = FOLDER, stop: CancelToken | None = None) -> Any:
    """The error of a look, which holds the password in no shape, nor do the errors behind it."""
    secrets = [password, *(b64encode(text.encode()).decode() for text in (password, f"\0{server.user}\0{password}"))]
    with pytest.raises(DeliveryError) as caught:
        new_messages(Access(server, password), folder, NEVER_READ, LONG_AGO, stop or CancelToken())
    error: BaseException | None = caught.value
    while error is not None:
        assert not [secret for secret in secrets if secret in f"{error!s} {error!r} {vars(error)}"]
        error = error.__cause__ or error.__context__
    assert str(caught.value).isprintable()
    return caught.value


def test_new_mail_is_found_once(post: Post) -> None:
    post.put("one", "two")
    found, mark = post.look()
    assert found == ["one", "two"]
    assert post.look(mark) == ([], mark)
    post.put("three")
    found, mark = post.look(mark)
    assert found == ["three"]
    assert post.look(mark) == ([], mark)


def test_a_message_comes_whole(post: Post) -> None:
    text = "Subject: é\r\n\r\n.\r\n)\r\nA1 OK done\r\n* 1 FETCH (UID 9)\r\n{5}\r\n"
    with post.owner() as client:
        client.append(FOLDER, "", "", text.encode())
    assert new_messages(Access(post.server, PASSWORD), FOLDER, NEVER_READ, LONG_AGO, CancelToken())[0] == [
        text.encode()
    ]


def test_looking_changes_nothing(post: Post) -> None:
    post.put("one", "two")
    with post.owner() as client:
        client.select(FOLDER)
        client.store("1", "+FLAGS", r"(\Flagged)")
    post.put("three")
    with post.owner() as client:
        before = client.status(FOLDER, "(MESSAGES RECENT UNSEEN UIDNEXT UIDVALIDITY)")
    flags = post.flags()
    _, mark = post.look()
    post.look(mark)
    assert post.flags() == flags == ["", "", "F"]
    with post.owner() as client:
        assert client.status(FOLDER, "(MESSAGES RECENT UNSEEN UIDNEXT UIDVALIDITY)") == before
        assert b"UNSEEN 3" in before[1][0]


def test_the_first_look_goes_back_to_a_day(post: Post) -> None:
    post.put("old", came=datetime.now(UTC) - timedelta(days=9))
    post.put("new")
    found, mark = post.look(since=TODAY - timedelta(days=3))
    assert found == ["new"]
    assert post.look(mark, since=LONG_AGO) == ([], mark)


def test_a_first_look_that_finds_nothing_still_marks_what_is_old(post: Post) -> None:
    post.put("old", came=datetime.now(UTC) - timedelta(days=9))
    found, mark = post.look(since=TODAY)
    assert (found, mark.last) == ([], 1)
    post.put("new", came=datetime.now(UTC) - timedelta(days=9))  # moved here by somebody
    assert post.look(mark, since=TODAY)[0] == ["new"]


def test_an_empty_folder_is_fine(post: Post) -> None:
    found, mark = post.look()
    assert (found, mark.last) == ([], 0)
    post.put("one")
    assert post.look(mark)[0] == ["one"]


def test_a_mark_does_not_go_back_when_the_last_message_is_deleted(post: Post) -> None:
    post.put("one", "two")
    _, mark = post.look()
    with post.owner() as client:
        client.select(FOLDER)
        client.store("2", "+FLAGS", r"(\Deleted)")
        client.expunge()
    assert post.look(mark) == ([], mark)


def test_a_folder_that_was_made_anew_is_read_from_the_day_on(post: Post) -> None:
    with post.owner() as client:
        client.create("Support")
    post.put("one", "two", folder="Support")
    _, mark = post.look(folder="Support")
    with post.owner() as client:
        client.delete("Support")
        client.create("Support")
    post.put("three", folder="Support")
    post.put("old", folder="Support", came=datetime.now(UTC) - timedelta(days=9))
    found, new = post.look(mark, folder="Support", since=TODAY - timedelta(days=1))
    assert found == ["three"]
    assert new.validity != mark.validity


@pytest.mark.parametrize(
    "folder", ["Réponses", "漢字 \uff0f \U0001f600", "R&D", 'a "b" \\c', "&Jjo-", "Support [1] {2} (3)"]
)
def test_a_folder_may_have_any_name(post: Post, folder: str) -> None:
    with post.owner() as client:
        assert client.create(imap.folder_name(folder))[0] == "OK"
    post.put("one", folder=imap.folder_name(folder))
    assert post.look(folder=folder)[0] == ["one"]


def test_a_server_finds_the_folder_it_wrote_itself(post: Post) -> None:
    with post.owner() as client:
        client.enable("UTF8=ACCEPT") if "UTF8=ACCEPT" in client.capabilities else None
        client.create("&AOk-t&AOk-")
    assert post.look(folder="été")[0] == []


def test_many_messages_come_in_portions(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "MAX_MESSAGES", 2)
    post.put("one", "two", "three", "four", "five")
    mark, all_found = NEVER_READ, []
    for number in (2, 2, 1, 0):
        found, mark = post.look(mark)
        assert len(found) == number
        all_found += found
    assert all_found == ["one", "two", "three", "four", "five"]


def test_large_messages_end_a_portion_early(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "MAX_LOOK_BYTES", 50)
    post.put("x" * 30, "y" * 30)
    found, mark = post.look()
    assert found == ["x" * 30]
    assert post.look(mark)[0] == ["y" * 30]


def test_of_a_large_message_the_beginning_comes(post: Post) -> None:
    whole = b"Subject: large\r\n\r\n" + b"0123456789abcde\r\n" * 100_000
    with post.owner() as client:
        client.append(FOLDER, "", "", whole)
    found, _ = new_messages(Access(post.server, PASSWORD), FOLDER, NEVER_READ, LONG_AGO, CancelToken())
    assert found == [whole[: 1024 * 1024]]


def test_a_check_opens_the_folder_and_reads_nothing(post: Post) -> None:
    post.put("one")
    imap.check(Access(post.server, PASSWORD), FOLDER, CancelToken())
    for password, folder in (("wrong-password", FOLDER), (PASSWORD, "Nowhere")):
        with pytest.raises(DeliveryError) as caught:
            imap.check(Access(post.server, password), folder, CancelToken())
        assert caught.value.for_good
    assert post.look()[0] == ["one"]


def test_a_wrong_password_is_for_good(post: Post) -> None:
    error = failure(post.server, "wrong-password")
    assert error.for_good
    assert "sign in" in str(error)


def test_a_missing_folder_is_for_good(post: Post) -> None:
    error = failure(post.server, folder="Nowhere")
    assert error.for_good
    assert "Nowhere" in str(error)


def test_a_certificate_that_is_not_trusted_is_refused(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Authority().write(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    error = failure(post.server)
    assert error.for_good
    assert "trust" in str(error)


# Names


@example("\uff0f/,&")
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp", "Zs")), min_size=1))
def test_a_name_in_utf_7_means_the_same_letters(folder: str) -> None:
    name = imap.folder_name(folder[:300])
    assert name.isascii()
    assert name.isprintable()
    inner = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    out, rest = "", inner
    while rest:
        before, sign, rest = rest.partition("&")
        code, _, rest = rest.partition("-") if sign else ("", "", "")
        out += before + (f"+{code.replace(',', '/')}-".encode().decode("utf-7") if code else "&" * bool(sign))
    assert out == folder[:300]


@each("folder", ["", "a\r\nA1 DELETE INBOX", "a\0", "x" * 301, "\u202eevil", "\ud800"])
def test_what_can_be_no_folder_is_refused_before_anybody_is_asked(folder: str) -> None:
    with pytest.raises(BadInputError):
        new_messages(
            Access(MailServer("no.such.example", 1, "tls", USER), PASSWORD), folder, NEVER_READ, LONG_AGO, CancelToken()
        )


# Servers with bad manners


_Said = bytes | list[bytes] | None


def talking(
    *, capabilities: bytes = b"IMAP4REV1 AUTH=PLAIN", context: ssl.SSLContext | None = None, **answers: _Said
) -> Callable[[Peer], None]:
    """A server that gives these answers to commands, and encrypts with the context when told so.

    `{tag}` in an answer is the command's. A list has an answer for each time. None hangs up.
    """
    known: dict[str, _Said] = {
        "GREETING": b"* OK hello\r\n",
        "CAPABILITY": b"* CAPABILITY " + capabilities + b"\r\n{tag} OK done\r\n",
        "AUTHENTICATE": b"+ \r\n",
        "CREDENTIALS": b"{tag} OK done\r\n",
        "EXAMINE": b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n{tag} OK [READ-ONLY] x\r\n",
        "SEARCH": b"* SEARCH 1 2\r\n{tag} OK done\r\n",
        "FETCH": HELLO,
        "LOGOUT": b"* BYE\r\n{tag} OK done\r\n",
    }
    known.update(answers)

    def say(peer: Peer, name: str, tag: bytes) -> None:
        said = known.get(name, b"{tag} OK done\r\n")
        if isinstance(said, list):
            said = said.pop(0) if said else None
        if said is None:
            raise ConnectionError
        peer.say(said.replace(b"{tag}", tag))

    def talk(peer: Peer) -> None:
        say(peer, "GREETING", b"")
        while True:
            tag, command, *more = peer.line().split()
            name = (more[0] if command == b"UID" else command).decode()
            say(peer, name, tag)
            if name == "AUTHENTICATE":
                peer.line()
                say(peer, "CREDENTIALS", tag)
            if name == "STARTTLS" and context is not None:
                peer.encrypt(context)

    return talk


@contextlib.contextmanager
def fake(authority: Authority, talk: Callable[[Peer], None]) -> Iterator[MailServer]:
    with RawServer(talk, authority.context()) as raw:
        yield raw.server("tls", USER)


def test_the_conversation_asks_for_nothing_that_changes_anything(authority: Authority) -> None:
    with RawServer(talking(), authority.context()) as raw:
        found = new_messages(
            Access(raw.server("tls", USER), PASSWORD), FOLDER, NEVER_READ, date(2026, 2, 1), CancelToken()
        )
    assert found == ([b"hello"] * 2, Mark(7, 2))
    said = [line.partition(b" ")[2] for line in bytes(raw.heard).splitlines()]
    assert said == [
        b"CAPABILITY",
        b"AUTHENTICATE PLAIN",
        b"",  # name and password
        b'EXAMINE "INBOX"',
        b"UID SEARCH SINCE 1-Feb-2026",
        b"UID FETCH 1 BODY.PEEK[]<0.1048576>",
        b"UID FETCH 2 BODY.PEEK[]<0.1048576>",
        b"LOGOUT",
    ]


def test_a_server_without_plain_gets_a_login(authority: Authority) -> None:
    with RawServer(talking(capabilities=b"IMAP4REV1"), authority.context()) as raw:
        new_messages(Access(raw.server("tls", USER), 'a"b\\c'), FOLDER, NEVER_READ, LONG_AGO, CancelToken())
        for password in ("é", "a\r\nb"):
            assert failure(raw.server("tls", USER), password).for_good
    assert b'LOGIN "agency" "a\\"b\\\\c"\r\n' in raw.heard
    assert raw.heard.count(b"LOGIN") == 1


TOO_MUCH, UNEXPECTED, UNNUMBERED = "more than an answer can hold", "not answer as expected", "does not number"


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (TOO_MUCH, {"GREETING": b"* OK " + b"x" * 500_000 + b"\r\n"}),
        (TOO_MUCH, {"EXAMINE": b"* FLAGS (x)\r\n" * 100_000}),
        (TOO_MUCH, {"SEARCH": b"* SEARCH" + b" 1" * 2_000_000 + b"\r\n{tag} OK done\r\n"}),
        (TOO_MUCH, {"FETCH": b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\nhello"}),
        (
            TOO_MUCH,
            {"FETCH": b"* 1 FETCH (UID 1 BODY[]<0> {2097152}\r\n" + b"x" * 2_097_152 + b")\r\n{tag} OK done\r\n"},
        ),
        (TOO_MUCH, {"FETCH": b"* 1 FETCH (FLAGS ())\r\n" * 100_000}),
        (UNEXPECTED, {"GREETING": b"HTTP/1.1 400 Bad Request\r\n\r\n"}),
        (UNEXPECTED, {"GREETING": b"* BYE go away\r\n"}),
        (UNEXPECTED, {"GREETING": b"\xff\xfe\xff\r\n"}),
        (UNEXPECTED, {"CAPABILITY": b"* CAPABILITY {3}\r\nabc\r\n{tag} OK done\r\n"}),
        (UNEXPECTED, {"CAPABILITY": b"* CAPABILITY \xff\r\n{tag} OK done\r\n"}),
        (UNEXPECTED, {"AUTHENTICATE": b"+ not base 64!\r\n", "CREDENTIALS": b"{tag} NO way\r\n"}),
        (UNEXPECTED, {"EXAMINE": b"* BYE {4}\r\nhaha\r\n{tag} OK done\r\n"}),
        ("BAD", {"SEARCH": b"{tag} BAD what?\r\n"}),
        (UNEXPECTED, {"SEARCH": b"Z9 OK done\r\n"}),
        (UNEXPECTED, {"FETCH": b"* 1 FETCH (UID 1 BODY[]<0> {" + b"9" * 5000 + b"}\r\nhello"}),
        (UNNUMBERED, {"EXAMINE": b"{tag} OK done\r\n"}),
        (UNNUMBERED, {"EXAMINE": b"* OK [UIDVALIDITY 0] x\r\n{tag} OK done\r\n"}),
        (UNNUMBERED, {"EXAMINE": b"* OK [UIDVALIDITY " + b"9" * 5000 + b"] x\r\n{tag} OK done\r\n"}),
        ("was lost", {"SEARCH": None}),
    ],
    ids=range(20),
)
def test_nonsense_is_refused(authority: Authority, words: str, answers: dict[str, Any]) -> None:
    with fake(authority, talking(**answers)) as server:
        assert words in str(failure(server))


@pytest.mark.parametrize(
    "words", [b"* SEARCH\r\n", b"", b"* SEARCH 0 -1 x 1.5 99999999999\r\n", b"* SEARCH {3}\r\n1 2\r\n"]
)
def test_numbers_that_are_none_are_passed_over(authority: Authority, words: bytes) -> None:
    with fake(authority, talking(SEARCH=words + b"{tag} OK done\r\n")) as server:
        assert new_messages(Access(server, PASSWORD), FOLDER, Mark(7, 2), LONG_AGO, CancelToken()) == ([], Mark(7, 2))


@pytest.mark.parametrize(
    "answer", [b"{tag} OK done\r\n", b"* 1 FETCH (UID 1 BODY[] NIL)\r\n{tag} OK done\r\n", b"{tag} NO gone\r\n"]
)
def test_a_message_that_is_not_handed_out_is_passed_over(authority: Authority, answer: bytes) -> None:
    with fake(authority, talking(FETCH=answer)) as server:
        assert new_messages(Access(server, PASSWORD), FOLDER, NEVER_READ, LONG_AGO, CancelToken()) == ([], Mark(7, 2))


def test_what_was_read_before_the_connection_broke_is_kept(authority: Authority) -> None:
    with fake(authority, talking(FETCH=[HELLO])) as server:
        assert new_messages(Access(server, PASSWORD), FOLDER, NEVER_READ, LONG_AGO, CancelToken()) == (
            [b"hello"],
            Mark(7, 1),
        )


@pytest.mark.parametrize("words", [b"NO", b"BAD", b"NO [AUTHENTICATIONFAILED]"])
@pytest.mark.parametrize("capabilities", [b"IMAP4REV1", b"IMAP4REV1 AUTH=PLAIN"])
def test_a_refused_sign_in_does_not_show_the_password(authority: Authority, words: bytes, capabilities: bytes) -> None:
    code = b64encode(f"\0{USER}\0{PASSWORD}".encode())
    said = words + b" no " + PASSWORD.encode() + b" " + code + b"\r\n"
    talk = talking(capabilities=capabilities, LOGIN=b"{tag} " + said, CREDENTIALS=b"{tag} " + said)
    with fake(authority, talk) as server:
        error = failure(server)
    assert error.for_good
    assert ("***" in str(error)) is (words != b"BAD")


def test_a_password_is_not_shown_in_the_way_python_writes_bytes(authority: Authority) -> None:
    password = "pässwörd\\'\""
    echo = password.encode() + b"\r\n"
    troubles: list[dict[str, Any]] = [
        {"CREDENTIALS": b"{tag} BAD " + echo},
        {"CREDENTIALS": b"? " + echo},
        {"EXAMINE": b"* BYE " + echo},
    ]
    for answers in troubles:
        with fake(authority, talking(**answers)) as server:
            error = failure(server, password)
        assert "ssw" not in str(error).replace("password", "")
        assert "rd\\" not in str(error)


@pytest.mark.parametrize("words", [b"NO [UNAVAILABLE] later", b"NO [INUSE] later"])
def test_a_server_that_cannot_now_is_tried_again(authority: Authority, words: bytes) -> None:
    troubles: list[dict[str, Any]] = [
        {"GREETING": b"* BYE too many of you\r\n"},
        {"CREDENTIALS": b"{tag} " + words + b"\r\n"},
        {"EXAMINE": b"{tag} " + words + b"\r\n"},
    ]
    for answers in troubles:
        with fake(authority, talking(**answers)) as server:
            assert not failure(server).for_good


@each("capabilities", [b"IMAP4REV1 AUTH=PLAIN", b"IMAP4REV1 AUTH=PLAIN STARTTLS"])
@each("greeting", [b"* OK hello\r\n", b"* PREAUTH hello\r\n"])
def test_a_server_that_does_not_encrypt_hears_no_password(capabilities: bytes, greeting: bytes) -> None:
    talk = talking(capabilities=capabilities, GREETING=greeting, STARTTLS=b"{tag} NO way\r\n")
    with RawServer(talk) as raw:
        assert failure(raw.server("starttls", USER)).for_good
    assert b"LOGIN" not in raw.heard
    assert b"AUTH" not in raw.heard


def test_words_slipped_in_before_the_encryption_end_the_look(authority: Authority) -> None:
    talk = talking(
        capabilities=b"IMAP4REV1 STARTTLS", STARTTLS=b"{tag} OK done\r\n* CAPABILITY IMAP4REV1 AUTH=PLAIN\r\n"
    )
    with RawServer(talk) as raw:
        assert failure(raw.server("starttls", USER)).for_good
    assert b"AUTHENTICATE" not in raw.heard


def test_what_was_offered_before_the_encryption_is_forgotten(authority: Authority) -> None:
    offers = [b"IMAP4REV1 STARTTLS AUTH=PLAIN", b"IMAP4REV1 LOGINDISABLED"]
    answers: _Said = [b"* CAPABILITY " + offer + b"\r\n{tag} OK done\r\n" for offer in offers]
    with RawServer(talking(context=authority.context(), CAPABILITY=answers)) as raw:
        assert "lets nobody sign in" in str(failure(raw.server("starttls", USER)))
    assert b"AUTHENTICATE" not in raw.heard


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_never_answers_is_given_up(security: Security, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_line, "STEP_SECONDS", 0.1)
    with RawServer(silent) as raw:
        assert not failure(raw.server(security, USER)).for_good


def test_a_server_that_falls_silent_within_a_message_is_given_up(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_line, "STEP_SECONDS", 0.1)
    with fake(authority, talking(FETCH=b"* 1 FETCH (UID 1 BODY[]<0> {50}\r\nhello")) as server:
        assert "did not answer" in str(failure(server))


def test_a_server_that_drips_is_left(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_line, "DEADLINE_SECONDS", 0.2)
    with fake(authority, dripping) as server:
        assert not failure(server).for_good


def test_stop_ends_a_look_at_once(authority: Authority) -> None:
    stop = CancelToken()

    def talk(peer: Peer) -> None:
        peer.say(b"* OK hello\r\n")
        peer.line()
        threading.Thread(target=stop.set).start()
        silent(peer)

    with fake(authority, talk) as server:
        begin = time.monotonic()
        assert "stopped" in str(failure(server, stop=stop))
        assert time.monotonic() - begin < mail_line.STEP_SECONDS / 2  # no wait ended by itself


def test_without_a_password_nobody_is_asked() -> None:
    for server, password in ((MailServer("no.such.example", 993, "tls", USER), ""), (MailServer("x", 993, "tls"), "x")):
        with pytest.raises(DeliveryError) as caught:
            new_messages(Access(server, password), FOLDER, NEVER_READ, LONG_AGO, CancelToken())
        assert caught.value.for_good
