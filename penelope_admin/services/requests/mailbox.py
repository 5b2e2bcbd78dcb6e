"""The agency's mail servers: their passwords, in the system's keyring alone, and whether they can be used."""

from __future__ import annotations

from penelope_admin.domain.agency import Profile
from penelope_admin.domain.delivery import Access, MailServer, password_notice
from penelope_admin.errors import needed
from penelope_admin.mail.line import CancelToken
from penelope_admin.policy import MailKind as Kind
from penelope_admin.services import agency
from penelope_admin.services.work import Context, Done, Work

__all__ = ["Kind", "check", "keep_password", "notices", "server"]


def server(profile: Profile, kind: Kind) -> MailServer:
    """The server for sending or the one with the watched folder.

    Raises:
        BadInputError: the agency named none.
    """
    mail_server, what = (profile.smtp, "sending") if kind == "smtp" else (profile.imap, "replies")
    return needed(mail_server, f"No server for {what} is set. Nothing was changed. Name it first.")


def notices(work: Work) -> list[str]:
    """What is to be known of passwords at the agency's mail servers, before one is asked for; mostly nothing."""
    servers: tuple[tuple[Kind, str], ...] = (("smtp", work.agency.smtp_host), ("imap", work.agency.imap_host))
    said = (password_notice(work.policy, kind, host, work.today) for kind, host in servers)
    return [text for text in said if text]


def keep_password(context: Context, kind: Kind, password: str | None) -> Done[None]:
    """Keep the password of a server in this computer's keyring, or forget it when there is none.

    The activity log says that it was done, never what the password is.

    Raises:
        BadInputError: no server is set, the keyring cannot be used, or the password cannot.
    """
    target = server(context.read(agency.need_profile), kind)
    context.post.keep_password(kind, target, password)
    with context.writing() as work:
        action = "mail.password-kept" if password is not None else "mail.password-forgotten"
        work.record(action, f"{kind} {target.user}@{target.host}")
        work.changed("agency")
    return Done(None, work.changes)


def check(context: Context, kind: Kind) -> str:
    """Connect, sign in and leave. Gives back what went well, in a sentence.

    Raises:
        DeliveryError: the server cannot be reached, trusted, or refuses.
        BadInputError: no server is set, or the keyring cannot be used.
    """
    with context.reading() as work:
        profile, today = work.agency, work.today
    target, stop = server(profile, kind), CancelToken()
    password = context.post.find_password(kind, target)
    access = Access(target, password, password_notice(context.policy, kind, target.host, today))
    if kind == "smtp":
        context.post.check_sending(access, stop)
    else:
        context.post.check_replies(access, profile.imap_folder, stop)
    return f"{target.host} answers, its certificate is in order, and it lets us in."
