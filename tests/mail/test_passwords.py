"""Passwords in the system's keyring: found where they were kept, refused where they are not safe, never told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import keyring
import pytest
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from penelope_admin.domain.delivery import MailServer
from penelope_admin.errors import BadInputError
from penelope_admin.mail import passwords
from tests.each import each

SERVER = MailServer("mail.agency.example", 587, "starttls", "admin@agency.example")
PASSWORD = "pässwörd \u20ac"


class Memory(KeyringBackend):
    """A keyring that lives as long as the test, and may be in trouble."""

    priority = 0  # the system never picks it by itself

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble = trouble

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        del self.kept[service, username]

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture(autouse=True)
def ring() -> Iterator[Memory]:
    """The keyring of this test; afterwards the one from before is back."""
    before = keyring.core._keyring_backend
    ring = Memory()
    keyring.set_keyring(ring)
    yield ring
    keyring.core._keyring_backend = before


def refusal(deed: Callable[..., object], *arguments: object) -> str:
    """The message with which it is refused; it and all behind it keep quiet about the password."""
    with pytest.raises(BadInputError) as caught:
        deed(*arguments)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_password_is_found_where_it_was_kept() -> None:
    assert passwords.find("smtp", SERVER) is None
    passwords.keep("smtp", SERVER, PASSWORD)
    assert passwords.find("smtp", SERVER) == PASSWORD
    passwords.keep("smtp", SERVER, "another")
    assert passwords.find("smtp", SERVER) == "another"


def test_a_forgotten_password_is_gone_and_forgetting_again_is_fine() -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    for _ in range(2):
        passwords.forget("smtp", SERVER)
        assert passwords.find("smtp", SERVER) is None


def test_the_keyring_lists_it_under_the_programs_name(ring: Memory) -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    assert list(ring.kept) == [("Penelope Admin", "smtp://mail.agency.example:587/admin@agency.example")]


@each(
    "other",
    [
        MailServer("mail.else.example", 587, "starttls", "admin@agency.example"),
        MailServer("mail.agency.example", 465, "starttls", "admin@agency.example"),
        MailServer("mail.agency.example", 587, "starttls", "root@agency.example"),
        MailServer("mail.agency.example:587/admin@agency.example", 587, "starttls", ""),
        MailServer("mail.agency.example", 58, "starttls", "7/admin@agency.example"),
        MailServer("mail.agency.example:587", 587, "starttls", "admin@agency.example"),
    ],
)
def test_a_password_for_one_server_is_never_given_to_another(other: MailServer) -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    assert passwords.find("smtp", other) is None
    passwords.forget("smtp", other)
    assert passwords.find("imap", SERVER) is None
    assert passwords.find("smtp", SERVER) == PASSWORD


def test_a_users_name_cannot_make_a_server_look_like_another() -> None:
    passwords.keep("smtp", MailServer("mail.agency.example", 587, "tls", "u:99/"), PASSWORD)
    assert passwords.find("smtp", MailServer("mail.agency.example:587/u", 99, "tls", "")) is None


def test_a_hosts_letters_may_be_small_or_large_and_its_encryption_may_change() -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    assert passwords.find("smtp", MailServer("Mail.Agency.Example", 587, "tls", SERVER.user)) == PASSWORD


@pytest.mark.parametrize("password", ["", "a\nb", "a\0", "\ud800", "\x1b", "x" * 1001], ids=ascii)
def test_what_can_be_no_password_is_not_kept(ring: Memory, password: str) -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    refusal(passwords.keep, "smtp", SERVER, password)
    assert list(ring.kept.values()) == [PASSWORD]


def test_the_longest_password_is_kept() -> None:
    passwords.keep("smtp", SERVER, "x" * 1000)
    assert passwords.find("smtp", SERVER) == "x" * 1000


def test_what_others_put_into_the_keyring_is_looked_at_too(ring: Memory) -> None:
    passwords.keep("smtp", SERVER, PASSWORD)
    ring.kept = dict.fromkeys(ring.kept, PASSWORD + "\r\n")
    refusal(passwords.find, "smtp", SERVER)


@pytest.mark.parametrize(
    "trouble",
    [
        errors.KeyringLocked("locked"),
        errors.InitError("no bus"),
        errors.NoKeyringError("none"),
        errors.PasswordSetError(PASSWORD),
        OSError("broken"),
        ValueError(PASSWORD),
    ],
)
def test_a_keyring_in_trouble_is_told_without_its_words(ring: Memory, trouble: Exception) -> None:
    ring.trouble = trouble
    for deed, more in ((passwords.find, ()), (passwords.keep, (PASSWORD,)), (passwords.forget, ())):
        assert "Unlock it" in refusal(deed, "smtp", SERVER, *more)


def plain_file_keyring() -> KeyringBackend:
    """As the package `keyrings.alt` has it."""
    module = ModuleType("keyrings.alt.file")
    plain = type("PlaintextKeyring", (Memory,), {"__module__": module.__name__})
    backend: KeyringBackend = plain()
    return backend


def test_a_plain_file_keyring_under_another_module_s_name_is_refused_too() -> None:
    plain = type(plain_file_keyring())
    disguised: KeyringBackend = type("Safe", (plain,), {"__module__": "safe.keyring"})()
    keyring.set_keyring(disguised)
    with pytest.raises(BadInputError, match="has no keyring"):
        passwords.keep("smtp", SERVER, PASSWORD)
    assert getattr(disguised, "kept", None) == {}


@each("backend", [fail.Keyring, null.Keyring, plain_file_keyring])
def test_a_keyring_that_keeps_nothing_or_keeps_it_readable_is_refused(backend: Callable[[], KeyringBackend]) -> None:
    unsafe = backend()
    keyring.set_keyring(unsafe)
    for deed, more in ((passwords.find, ()), (passwords.keep, (PASSWORD,)), (passwords.forget, ())):
        assert "has no keyring" in refusal(deed, "smtp", SERVER, *more)
    assert not getattr(unsafe, "kept", None)


def test_of_several_keyrings_the_first_safe_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, safe, other = plain_file_keyring(), Memory(), Memory()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain, safe, other])
    keyring.set_keyring(chainer.ChainerBackend())
    passwords.keep("smtp", SERVER, PASSWORD)
    assert [len(getattr(ring, "kept", {})) for ring in (plain, safe, other)] == [0, 1, 0]
    assert passwords.find("smtp", SERVER) == PASSWORD


def test_only_the_library_s_own_keyring_of_keyrings_stands_for_others() -> None:
    other, within = Memory(), Memory()
    other.backends = (within,)  # type: ignore[attr-defined]  # a name that any other may use for something else
    keyring.set_keyring(other)
    passwords.keep("smtp", SERVER, PASSWORD)
    assert (len(other.kept), len(within.kept)) == (1, 0)


def test_a_keyring_that_cannot_be_loaded_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    assert "has no keyring" in refusal(passwords.find, "smtp", SERVER)


def test_the_keyring_is_loaded_only_when_it_is_asked() -> None:
    code = "import sys, penelope_admin.mail.passwords; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
