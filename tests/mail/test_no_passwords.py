"""Servers that take no passwords: said as it is, with what to do instead, and never "check user name and password"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from penelope_admin.domain.delivery import INSTEAD, Access
from penelope_admin.mail import imap, smtp
from penelope_admin.mail.line import CancelToken, DeliveryError
from tests.mail.test_imap import NEVER_READ, talking
from tests.postoffice import PASSWORD, USER, Authority, Fault, Peer, PostOffice, RawServer

NOTICE = "This provider accepts no passwords. Send with your mail program instead."
pytestmark = pytest.mark.usefixtures("trusted")


def refused(deed: Callable[[], object]) -> str:
    with pytest.raises(DeliveryError) as caught:
        deed()
    assert caught.value.for_good
    said = str(caught.value)
    assert "Check user name and password" not in said
    return said


def offering(auth: bytes) -> Callable[[Peer], None]:
    """A server that offers these ways to sign in."""

    def talk(peer: Peer) -> None:
        peer.say(b"220 hello\r\n")
        while command := peer.line():
            if command.upper().startswith(b"EHLO"):
                peer.say(b"250-hello\r\n" + auth + b"250 SIZE 1000000\r\n")
            else:
                peer.say(b"250 Fine\r\n")

    return talk


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
    ],
)
@pytest.mark.parametrize("phase", ["auth", "mail"])
def test_microsoft_s_refusals_of_passwords_are_known_by_their_numbers(
    authority: Authority, reply: str, phase: str
) -> None:
    with PostOffice(authority=authority, faults=[Fault(phase, reply)]) as office:  # type: ignore[arg-type]
        said = refused(
            lambda: smtp.send(
                Access(office.server(), PASSWORD), "a@b.example", ["c@d.example"], b"X: y\r\n\r\n", CancelToken()
            )
        )
    assert f"localhost accepts no passwords: {reply}"[:60] in said
    assert said.endswith(INSTEAD["smtp"])


@pytest.mark.parametrize(
    "words", ["the user credentials were incorrect.", "the request did not meet the criteria to be authenticated."]
)
@pytest.mark.parametrize("notice", ["", NOTICE])
def test_a_refusal_of_microsoft_s_that_a_wrong_password_gets_too_says_both_and_offers_the_mail_program(
    authority: Authority, words: str, notice: str
) -> None:
    reply = f"535 5.7.139 Authentication unsuccessful, {words}"
    with PostOffice(authority=authority, faults=[Fault("auth", reply)]) as office:
        said = refused(
            lambda: smtp.send(
                Access(office.server(), PASSWORD, notice),
                "a@b.example",
                ["c@d.example"],
                b"X: y\r\n\r\n",
                CancelToken(),
            )
        )
    assert "accepts no passwords: 535" not in said
    assert "does not let" in said
    assert "where passwords are turned off, and also for a wrong user name or password." in said
    assert said.endswith(notice or INSTEAD["smtp"])
    assert "Check user name and password" not in said


def test_another_refusal_to_sign_in_still_says_to_check_the_password(authority: Authority) -> None:
    with (
        PostOffice(authority=authority) as office,
        pytest.raises(DeliveryError, match="Check user name and password"),
    ):
        smtp.check(Access(office.server(), "wrong"), CancelToken())


def test_at_a_server_known_by_name_any_refusal_says_what_is_known_of_it(authority: Authority) -> None:
    with PostOffice(authority=authority) as office:
        said = refused(lambda: smtp.check(Access(office.server(), "wrong", NOTICE), CancelToken()))
    assert said.endswith(NOTICE)


@pytest.mark.parametrize("auth", [b"250-AUTH XOAUTH2\r\n", b"250-AUTH XOAUTH2 OAUTHBEARER\r\n", b""])
@pytest.mark.parametrize("notice", ["", NOTICE])
def test_a_list_of_ways_without_plain_and_login_means_no_passwords(
    authority: Authority, auth: bytes, notice: str
) -> None:
    with RawServer(offering(auth), authority.context()) as server:
        said = refused(lambda: smtp.check(Access(server.server("tls", USER), PASSWORD, notice), CancelToken()))
    assert "accepts no passwords" in said
    assert (notice or INSTEAD["smtp"]) in said
    assert b"AUTH" not in bytes(server.heard).upper()


@pytest.mark.parametrize("notice", ["", NOTICE])
def test_login_disabled_after_encryption_means_no_passwords(authority: Authority, notice: str) -> None:
    talk = talking(capabilities=b"IMAP4REV1 LOGINDISABLED AUTH=XOAUTH2")
    with RawServer(talk, authority.context()) as server:
        said = refused(lambda: imap.check(Access(server.server("tls", USER), PASSWORD, notice), "INBOX", CancelToken()))
    assert "accepts no passwords" in said
    assert said.endswith(notice or INSTEAD["imap"])
    assert PASSWORD.encode() not in bytes(server.heard)


@pytest.mark.parametrize("reply", [b"NO AUTHENTICATE failed.BasicAuthBlocked", b"NO LogonFailed-basicauthblocked x"])
def test_basic_auth_blocked_means_no_passwords(authority: Authority, reply: bytes) -> None:
    talk = talking(CREDENTIALS=b"{tag} " + reply + b"\r\n")
    with RawServer(talk, authority.context()) as server:
        said = refused(
            lambda: imap.new_messages(
                Access(server.server("tls", USER), PASSWORD), "INBOX", NEVER_READ, date(2026, 12, 1), CancelToken()
            )
        )
    assert "accepts no passwords" in said
    assert said.endswith(INSTEAD["imap"])


def test_a_wrong_password_for_reading_still_says_to_check_it(authority: Authority) -> None:
    talk = talking(CREDENTIALS=b"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n")
    with (
        RawServer(talk, authority.context()) as server,
        pytest.raises(DeliveryError, match="Check user name and password"),
    ):
        imap.check(Access(server.server("tls", USER), PASSWORD), "INBOX", CancelToken())
