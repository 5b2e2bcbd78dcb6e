"""The agency's mail servers: their passwords, in the system's keyring alone, and whether they can be used."""

from __future__ import annotations

from typing import Literal

from penelope_admin.domain.delivery import MailServer
from penelope_admin.errors import BadInputError
from penelope_admin.gateways import imap, passwords, smtp
from penelope_admin.gateways.mailserver import Stop
from penelope_admin.services import agency as agencies
from penelope_admin.services.context import Context, Done

Kind = Literal["smtp", "imap"]


def server(profile: agencies.Profile, kind: Kind) -> MailServer:
    """The server for sending or the one with the watched folder.

    Raises:
        BadInputError: the agency named none.
    """
    found = profile.smtp if kind == "smtp" else profile.imap
    if found is None:
        what = "sending" if kind == "smtp" else "replies"
        raise BadInputError(f"No server for {what} is set. Nothing was changed. Name it first.")
    return found


def keep_password(context: Context, kind: Kind, password: str | None) -> Done[None]:
    """Keep the password of a server in this computer's keyring, or forget it when there is none.

    The activity log says that it was done, never what the password is.

    Raises:
        BadInputError: no server is set, the keyring cannot be used, or the password cannot.
    """
    target = server(agencies.need_profile(context), kind)
    if password is None:
        passwords.forget(kind, target)
    else:
        passwords.keep(kind, target, password)
    with context.store.writing() as connection:
        action = "mail.password-kept" if password is not None else "mail.password-forgotten"
        context.record(connection, action, f"{kind} {target.user}@{target.host}")
    return Done(None, frozenset({"agency"}))


def has_password(context: Context, kind: Kind) -> bool:
    """Whether the keyring has the password of a server; False where no server is set or no keyring answers."""
    profile = agencies.need_profile(context)
    target = profile.smtp if kind == "smtp" else profile.imap
    try:
        return target is not None and passwords.find(kind, target) is not None
    except BadInputError:
        return False


def check(context: Context, kind: Kind) -> str:
    """Connect, sign in and leave. Gives back what went well, in a sentence.

    Raises:
        DeliveryError: the server cannot be reached, trusted, or refuses.
        BadInputError: no server is set, or the keyring cannot be used.
    """
    profile = agencies.need_profile(context)
    target, stop = server(profile, kind), Stop()
    password = passwords.find(kind, target) if target.user else None
    if kind == "smtp":
        smtp.check(target, password, stop)
    else:
        imap.check(target, password or "", profile.imap_folder, stop)
    return f"{target.host} answers, its certificate is in order, and it lets us in."
