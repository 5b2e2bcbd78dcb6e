"""Whether there is mail to send or to look for: asked every few seconds, and nothing of mail is loaded for it."""

from __future__ import annotations

from penelope_admin.domain.requests import lacks_number
from penelope_admin.services.work import Work
from penelope_admin.store.rows import outbox as outbox_rows


def has_mail(work: Work, now: bool) -> bool:
    """Whether a round of sending has anything to do: a message is due, or a claim may have to be freed.

    Args:
        now: also what waits for the end of its pause.
    """
    return outbox_rows.has_work(work.connection, work.now, now)


def awaits_replies(work: Work) -> bool:
    """Whether a folder is watched and a request lacks its case number."""
    profile = work.find_agency()
    watched = profile is not None and profile.imap is not None
    return watched and any(map(lacks_number, work.requests))
