"""The mail servers tried out, and their passwords: in the keyring, and in no log, database, file or error."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import keyring
import msgspec
import pytest
from keyring.backends import fail, null

from penelope_admin.domain.delivery import Security
from penelope_admin.errors import BadInputError, StoreError
from penelope_admin.mail import line as mail_line
from penelope_admin.mail.line import CancelToken, DeliveryError
from penelope_admin.policy import MailProvider
from penelope_admin.services import requests
from penelope_admin.services.requests import delivery, mailbox, outbox
from penelope_admin.services.work import Context
from tests.keyrings import Memory
from tests.mail.test_imap import talking
from tests.postoffice import DROP, SILENCE, USER, Authority, Fault, Phase, PostOffice, RawServer, without_encryption
from tests.services.house import change_agency, database, everything, has_password, nothing_saved, one_entry
from tests.store.files import raw
from tests.wishes import WISHES

SECRET = "Quokka-77 sesame"
SHAPES = [SECRET, *(b64encode(text.encode()).decode().rstrip("=") for text in (SECRET, f"\0{USER}\0{SECRET}"))]
ANSWERED: tuple[Phase, ...] = ("connect", "ehlo", "starttls", "auth")
pytestmark = pytest.mark.usefixtures("trusted", "ring")


@pytest.fixture
def office(authority: Authority) -> Iterator[PostOffice]:
    """A mail server at which everybody must sign in."""
    with PostOffice(authority=authority, password=SECRET) as office:
        yield office


def use(context: Context, kind: str, port: int, security: Security = "starttls", user: str = USER) -> None:
    """The agency has this server for sending, or for replies."""
    change_agency(
        context, **{f"{kind}_host": "localhost", f"{kind}_port": port, f"{kind}_security": security},
        **{f"{kind}_user": user},
    )  # fmt: skip


def refusal(context: Context, kind: Any = "smtp") -> DeliveryError:
    """Why a server cannot be used; neither the error nor what is behind it holds the password."""
    with nothing_saved(context), pytest.raises(DeliveryError) as caught:
        mailbox.check(context, kind)
    error: BaseException | None = caught.value
    while error is not None:
        shown = f"{error!s} {error!r} {vars(error)}"
        assert not [shape for shape in SHAPES if shape in shown]
        error = error.__cause__ or error.__context__
    return caught.value


# --- passwords ---------------------------------------------------------------------------------


def test_a_password_kept_again_replaces_the_one_before(context: Context, ring: Memory) -> None:
    use(context, "smtp", 587)
    for word in ("first", SECRET):
        with one_entry(context, "mail.password-kept", "smtp agency@localhost"):
            mailbox.keep_password(context, "smtp", word)
    assert list(ring.kept.values()) == [SECRET]


def test_forgetting_a_password_that_is_not_there_is_fine(context: Context, ring: Memory) -> None:
    use(context, "smtp", 587)
    with one_entry(context, "mail.password-forgotten", "smtp agency@localhost"):
        mailbox.keep_password(context, "smtp", None)
    assert ring.kept == {}


def test_a_password_is_known_for_the_server_it_was_kept_for_and_no_other(context: Context) -> None:
    use(context, "smtp", 587)
    mailbox.keep_password(context, "smtp", SECRET)
    assert has_password(context, "smtp")
    for other in ({"smtp_port": 465}, {"smtp_host": "127.0.0.1"}, {"smtp_user": "bob"}):
        change_agency(context, **other)
        assert not has_password(context, "smtp")
        use(context, "smtp", 587)
    assert has_password(context, "smtp")


@pytest.mark.parametrize("unusable", [fail.Keyring, null.Keyring])
def test_without_a_keyring_nothing_is_kept_and_nothing_is_known(context: Context, unusable: Callable[[], Any]) -> None:
    use(context, "smtp", 587)
    keyring.set_keyring(unusable())
    assert not has_password(context, "smtp")
    for word in (SECRET, None):
        with nothing_saved(context), pytest.raises(BadInputError, match="has no keyring") as refused:
            mailbox.keep_password(context, "smtp", word)
        assert SECRET not in str(refused.value)
    with nothing_saved(context), pytest.raises(BadInputError, match="has no keyring"):
        mailbox.check(context, "smtp")


def test_a_log_that_takes_no_entry_is_an_error_without_the_password(context: Context) -> None:
    use(context, "smtp", 587)
    with raw(database(context.home)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no'); END")
    with nothing_saved(context), pytest.raises(StoreError) as refused:
        mailbox.keep_password(context, "smtp", SECRET)
    assert SECRET not in f"{refused.value} {refused.value.__cause__}"


def test_the_password_is_nowhere_after_keeping_checking_sending_and_failing(
    context: Context, office: PostOffice, ring: Memory
) -> None:
    use(context, "smtp", office.port)
    mailbox.keep_password(context, "smtp", SECRET)
    mailbox.check(context, "smtp")
    office.faults += [Fault(phase, f"454 {' '.join(SHAPES)}", times=1) for phase in ("auth", "mail")]  # it repeats all
    office.faults.append(Fault("rcpt", f"554 {' '.join(SHAPES)}", times=1))
    key = context.write(requests.draft, WISHES["question"]).value.request.id
    context.write(delivery.hand_over, key, "smtp")
    rounds = [outbox.flush(context, CancelToken(), now=True).value for _ in range(3)]
    assert [(done.waiting, done.failed) for done in rounds] == [(1, 0), (1, 0), (0, 1)]
    assert "***" in context.read(outbox.find_all)[0].problem
    context.write(delivery.hand_over, key, "smtp")
    assert outbox.flush(context, CancelToken()).value.sent == 1
    mailbox.keep_password(context, "smtp", None)
    kept = "\n".join(everything(context.home))
    files = b"\n".join(path.read_bytes() for path in context.home.rglob("*") if path.is_file())
    for shape in SHAPES:
        assert shape not in kept
        assert shape.encode() not in files
        assert shape.encode() not in office.received[0].data


# --- the server for sending --------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_good_server_is_said_to_be_good_and_gets_no_message(
    context: Context, authority: Authority, security: Security
) -> None:
    with PostOffice(security=security, authority=authority, password=SECRET) as office:
        use(context, "smtp", office.port, security)
        mailbox.keep_password(context, "smtp", SECRET)
        with nothing_saved(context):
            said = mailbox.check(context, "smtp")
    assert said == "localhost answers, its certificate is in order, and it lets us in."
    assert (office.connections, office.received) == (1, [])


def test_a_server_that_asks_nobody_to_sign_in_needs_no_keyring(context: Context, authority: Authority) -> None:
    keyring.set_keyring(fail.Keyring())
    with PostOffice(authority=authority, user="") as office:
        use(context, "smtp", office.port, user="")
        assert "lets us in" in mailbox.check(context, "smtp")


def test_a_server_that_was_not_named_cannot_be_checked(context: Context) -> None:
    for kind, what in (("smtp", "sending"), ("imap", "replies")):
        with nothing_saved(context), pytest.raises(BadInputError, match=f"No server for {what} is set"):
            mailbox.check(context, kind)  # type: ignore[arg-type]


def test_without_its_password_a_server_is_not_even_asked(context: Context, office: PostOffice) -> None:
    use(context, "smtp", office.port)
    assert "There is no password for agency on localhost" in str(refusal(context))
    assert office.connections == 0


def test_a_wrong_password_is_told_without_it(context: Context, office: PostOffice) -> None:
    office.password = "another"
    use(context, "smtp", office.port)
    mailbox.keep_password(context, "smtp", SECRET)
    error = refusal(context)
    assert "does not let agency sign in: 535" in str(error)
    assert error.for_good


@pytest.mark.parametrize("phase", ANSWERED)
@pytest.mark.parametrize("how", ["454 Not now", "554 No", DROP])
def test_a_server_in_trouble_is_told_in_every_phase_without_the_password(
    context: Context, office: PostOffice, phase: Phase, how: str
) -> None:
    office.faults.append(Fault(phase, how if how == DROP else f"{how}: {' '.join(SHAPES)}"))
    use(context, "smtp", office.port)
    mailbox.keep_password(context, "smtp", SECRET)
    error = refusal(context)
    assert "localhost" in str(error)
    assert error.for_good is how.startswith("5")


@pytest.mark.parametrize("phase", ANSWERED)
def test_a_server_that_falls_silent_is_given_up(
    context: Context, office: PostOffice, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_line, "STEP_SECONDS", 0.1)
    office.faults.append(Fault(phase, SILENCE))
    use(context, "smtp", office.port)
    mailbox.keep_password(context, "smtp", SECRET)
    assert "did not answer" in str(refusal(context))


@pytest.mark.parametrize(
    ("names", "end", "reason"),
    [
        (("else.example",), None, "its certificate is for another server"),
        (("localhost",), datetime(2020, 1, 2, tzinfo=UTC), "its certificate has expired"),
    ],
    ids=["another's", "expired"],
)
@pytest.mark.parametrize("kind", ["smtp", "imap"])
def test_a_server_with_a_wrong_certificate_is_not_told_the_password(
    context: Context, authority: Authority, kind: str, names: tuple[str, ...], end: datetime | None, reason: str
) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC) if end else None
    with RawServer(talking(), authority.context(*names, not_before=begin, not_after=end)) as server:
        use(context, kind, server.port, "tls")
        mailbox.keep_password(context, kind, SECRET)  # type: ignore[arg-type]
        error = refusal(context, kind)
    assert reason in str(error)
    assert error.for_good
    assert bytes(server.heard) == b""


@pytest.mark.parametrize("kind", ["smtp", "imap"])
def test_a_server_nobody_vouches_for_is_not_trusted(context: Context, kind: str) -> None:
    with RawServer(talking(), Authority().context()) as server:
        use(context, kind, server.port, "tls")
        mailbox.keep_password(context, kind, SECRET)  # type: ignore[arg-type]
        assert "localhost cannot be trusted" in str(refusal(context, kind))
    assert bytes(server.heard) == b""


def test_a_server_without_encryption_is_not_told_the_password(context: Context) -> None:
    with RawServer(without_encryption) as server:
        use(context, "smtp", server.port)
        mailbox.keep_password(context, "smtp", SECRET)
        assert "nothing is sent unencrypted" in str(refusal(context))
    assert b"AUTH" not in bytes(server.heard).upper()


@pytest.mark.parametrize("kind", ["smtp", "imap"])
def test_a_server_that_is_not_there_is_told_with_its_port(context: Context, kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        use(context, kind, port)
        mailbox.keep_password(context, kind, SECRET)  # type: ignore[arg-type]
        error = refusal(context, kind)
    assert f"localhost accepts no connections on port {port}" in str(error)
    assert not error.for_good


# --- the server for replies --------------------------------------------------------------------


def test_a_good_server_for_replies_is_said_to_be_good_and_only_looked_at(
    context: Context, authority: Authority
) -> None:
    with RawServer(talking(), authority.context()) as server:
        use(context, "imap", server.port, "tls")
        change_agency(context, imap_folder="Support/Cases")
        mailbox.keep_password(context, "imap", SECRET)
        with nothing_saved(context):
            assert mailbox.check(context, "imap").startswith("localhost answers")
    heard = bytes(server.heard)
    assert b'EXAMINE "Support/Cases"' in heard
    for word in (b"SELECT", b"FETCH", b"STORE", b"SEARCH"):
        assert word not in heard


def test_a_server_for_replies_is_not_asked_without_its_password(context: Context, authority: Authority) -> None:
    with RawServer(talking(), authority.context()) as server:
        use(context, "imap", server.port, "tls")
        use(context, "smtp", server.port, "tls")
        mailbox.keep_password(context, "smtp", SECRET)  # that of the other one is of no use
        assert "There is no password for localhost" in str(refusal(context, "imap"))
    assert bytes(server.heard) == b""


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": b"* BYE too many of you\r\n"},
        {"CREDENTIALS": b"{tag} NO wrong: " + " ".join(SHAPES).encode() + b"\r\n"},
        {"EXAMINE": b"{tag} NO no such folder for " + " ".join(SHAPES).encode() + b"\r\n"},
        {"EXAMINE": None},
    ],
    ids=["too many", "wrong password", "no folder", "hangs up"],
)
def test_a_server_for_replies_in_trouble_is_told_without_the_password(
    context: Context, authority: Authority, answers: dict[str, bytes | None]
) -> None:
    with RawServer(talking(**answers), authority.context()) as server:  # type: ignore[arg-type]
        use(context, "imap", server.port, "tls")
        mailbox.keep_password(context, "imap", SECRET)
        assert "localhost" in str(refusal(context, "imap"))


# --- passwords that are not taken --------------------------------------------------------------


@pytest.fixture
def strange(context: Context) -> Context:
    """A context whose rules say of localhost that it accepts no passwords."""
    kinds: tuple[mailbox.Kind, ...] = ("smtp", "imap")
    said = "Localhost accepts no passwords."
    provider = MailProvider(key="localhost", kinds=kinds, servers=("localhost",), after=said, source="OURS")
    return replace(context, policy=msgspec.structs.replace(context.policy, mail_providers=(provider,)))


def test_at_a_server_known_by_name_a_refusal_never_says_to_check_user_name_and_password(
    strange: Context, office: PostOffice, authority: Authority
) -> None:
    office.password = "another"
    use(strange, "smtp", office.port)
    mailbox.keep_password(strange, "smtp", SECRET)
    with RawServer(talking(CREDENTIALS=b"{tag} NO no\r\n"), authority.context()) as server:
        use(strange, "imap", server.port, "tls")
        mailbox.keep_password(strange, "imap", SECRET)
        for kind in ("smtp", "imap"):
            said = str(refusal(strange, kind))
            assert "Localhost accepts no passwords." in said
            assert "instead" in said
            assert "Check user name" not in said


def test_before_a_password_is_entered_it_is_said_that_none_is_taken(strange: Context, office: PostOffice) -> None:
    use(strange, "smtp", office.port)
    key = strange.write(requests.draft, WISHES["question"]).value.request.id
    strange.write(delivery.hand_over, key, "smtp")
    outbox.flush(strange, CancelToken())
    assert (
        "Localhost accepts no passwords. You can send with your mail program instead."
        in strange.read(outbox.find_all)[0].problem
    )
    assert strange.read(mailbox.notices) == [
        "Localhost accepts no passwords. You can send with your mail program instead."
    ]
