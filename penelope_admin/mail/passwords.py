"""Keeps the passwords of mail servers in the system's keyring, and nowhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from penelope_admin.absent import mapped
from penelope_admin.domain.delivery import MailServer
from penelope_admin.errors import BadInputError
from penelope_admin.policy import MailKind as Kind

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "Penelope Admin"
"""Under this name the system's keyring lists the passwords."""
MAX_LENGTH = 1000

_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")  # none, none, plain files
_NO_KEYRING = (
    "This system has no keyring in which a password is safe. No password was kept. "
    "Set up the system's keyring (GNOME Keyring, KWallet, Keychain, Credential Manager), "
    "or send requests by your mail program."
)
_T = TypeVar("_T")


def find(kind: Kind, server: MailServer) -> str | None:
    """The password kept for this user on this host and port, or None; without a user none is needed.

    Raises:
        BadInputError: there is no safe keyring, it is locked, or what it holds is no password.
    """
    if not server.user:
        return None
    password = _ask(lambda ring: ring.get_password(SERVICE, _account(kind, server)))
    return mapped(password, _checked)


def keep(kind: Kind, server: MailServer, password: str) -> None:
    """Keep a password, instead of the one kept before.

    Raises:
        BadInputError: there is no safe keyring, it is locked, or the password is empty, longer than 1,000
            characters or holds control characters; the one kept before is unchanged.
    """
    secret = _checked(password)
    _ask(lambda ring: ring.set_password(SERVICE, _account(kind, server), secret))


def forget(kind: Kind, server: MailServer) -> None:
    """Take a password out of the keyring; it is fine when there is none.

    Raises:
        BadInputError: there is no safe keyring, or it is locked.
    """
    account = _account(kind, server)

    def take_out(ring: KeyringBackend) -> None:
        if ring.get_password(SERVICE, account) is not None:
            ring.delete_password(SERVICE, account)

    _ask(take_out)


def _account(kind: Kind, server: MailServer) -> str:
    """Names the server unmistakably: a quoted host holds neither ":" nor "/", so no user can imitate one."""
    return f"{kind}://{quote(server.host.lower(), safe='')}:{server.port}/{server.user}"


def _checked(password: str) -> str:
    if not password:
        raise BadInputError("The password is empty. Nothing was changed. Enter it and try again.")
    if len(password) > MAX_LENGTH or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in password):
        raise BadInputError(
            f"The password is longer than {MAX_LENGTH} characters, or holds a line break or a control character. "
            "Nothing was changed. Enter it again."
        )
    return password


def _ask(call: Callable[[KeyringBackend], _T]) -> _T:
    """Do something with the keyring. Its errors are not passed on: nobody knows what they quote."""
    trouble = _NO_KEYRING
    try:
        ring = _safe_keyring()
        if ring is not None:
            trouble = (
                "The system's keyring is locked or does not answer. No password was changed. Unlock it, then try again."
            )
            return call(ring)
    except Exception:  # noqa: S110  # each system's keyring has errors of its own; all mean the same here
        pass
    raise BadInputError(trouble)


def _safe_keyring() -> KeyringBackend | None:
    """The keyring this user chose or the system has, unless it keeps passwords where others can read them."""
    import keyring  # takes long, and most starts of the program need no password
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    choices = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next((ring for ring in choices if _is_safe(ring)), None)


def _is_safe(ring: KeyringBackend) -> bool:
    """Whether a keyring is none of the unsafe ones, and not made of one under another name."""
    return not any(kind.__module__.startswith(_UNSAFE) for kind in type(ring).__mro__)
