"""What looks like client data: in letters before they leave, and in what the activity log is to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from penelope_admin.detect import texts
from penelope_admin.domain.agency import Profile
from penelope_admin.services.agency import find_in
from penelope_admin.services.work import local_today
from penelope_admin.store import schema

if TYPE_CHECKING:
    from penelope_admin.services.work import Context
    from penelope_admin.store.audit import Facts

OURS = frozenset(
    [
        # Numbers, hashes and names that this program gives, and Support's numbers, which have a form of their own.
        *(
            "entry",
            "event_id",
            "file_sha256",
            "head",
            "message",
            "message_id",
            "messages",
            "requests",
            "proof",
            "proof_id",
            "raised",
        ),
        *("replaced", "request", "case_number"),
        # Accounts of this program's users, as the system names them.
        *("approved_by", "by", "planned_by"),
        # One of a few words that the program or its policy knows, or a count of such.
        *("because", "change", "characteristics", "confidence", "delivery", "effect", "environment", "environments"),
        *("feature", "features", "features_in_use", "features_reset", "kind", "outcome", "pending", "planned"),
        *("re_enable", "region", "result", "severity", "source", "state", "status", "verdict", "via", "zone"),
        # Days and instants.
        *("at", "began_at", "earliest", "ends_at", "first", "first_day", "last", "last_day", "latest", "refresh_by"),
        *("scheduled_for", "since", "starts_at", "until", "upgrade_day", "window"),
        # What the agency says of itself: its own addresses, number and servers.
        *(
            "imap_host",
            "imap_security",
            "imap_user",
            "own_address",
            "own_mail",
            "smtp_host",
            "smtp_security",
            "smtp_user",
        ),
        *("support_address", "telephone"),
    ]
)
"""The facts of log entries that nobody typed freely. Whatever is not named here is masked."""

# Words of ours, in which no search finds anything; they spare it the work.
_PLAIN = re.compile(r"[a-z./-]*|PA-\d{1,6}|(?:notice|project) \d{1,6}|[a-z-]+/\d{1,4}")
_SOME_REGION = "CA"


def find_hits(context: Context, connection: sa.Connection, profile: Profile, text: str) -> tuple[texts.Hit, ...]:
    """What in a text looks like client data; what is the agency's own or the vendor's does not."""
    today = local_today(context.now(), profile.zone)
    return texts.find_hits(text, _own(context, connection, profile), profile.region, today)


def masked(context: Context, connection: sa.Connection, text: str) -> str:
    """A text with the name of its kind in place of whatever looks like client data."""
    profile = find_in(context.policy, connection)
    return text if profile is None else texts.masked(text, find_hits(context, connection, profile, text))


def masked_for_log(
    context: Context, connection: sa.Connection, subject: str, before: Facts | None, after: Facts | None
) -> tuple[str, Facts | None, Facts | None]:
    """Subject and facts as the activity log may keep them: all of it masked but what is known to be ours.

    The agency is read at most once. Defects' numbers count as typed: nobody checks their form.
    """

    @cache
    def known() -> tuple[texts.Own, str, date]:
        profile = find_in(context.policy, connection)
        if profile is None:  # not set up yet
            return texts.Own(), _SOME_REGION, context.now().date()
        own = _own(context, connection, profile, defects=False)
        return own, profile.region, local_today(context.now(), profile.zone)

    def mask(text: str) -> str:
        if _PLAIN.fullmatch(text):
            return text
        return texts.masked(text, texts.find_hits(text, *known()))

    def facts(given: Facts | None) -> Facts | None:
        return None if given is None else {key: _clean(mask, key, value) for key, value in given.items()}

    return mask(subject), facts(before), facts(after)


def _clean(mask: Callable[[str], str], key: str, value: object) -> object:
    """A fact, and whatever is in it, masked unless its key says that it is ours."""
    if isinstance(value, Mapping):
        return {name: _clean(mask, name, part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(mask, key, part) for part in value]
    if key in OURS or value is None or isinstance(value, bool | int | float | date):
        return value
    return mask(str(value))


def _own(context: Context, connection: sa.Connection, profile: Profile, *, defects: bool = True) -> texts.Own:
    table = schema.request
    columns = [table.c.case_number, table.c.defect_number] if defects else [table.c.case_number]
    rows = connection.execute(sa.select(*columns).distinct())
    telephones = (profile.telephone, *(channel.number for channel in context.policy.channels))
    users = ((profile.smtp_user, profile.smtp_host), (profile.imap_user, profile.imap_host))
    mailboxes = (address for user, host in users if user for address in (user, f"{user}@{host}"))
    return texts.Own(
        addresses=tuple(filter(None, (profile.support_address, profile.own_address, *mailboxes))),
        domains=texts.own_domains(profile.support_address, profile.own_address),
        telephones=tuple(filter(None, telephones)),
        numbers=tuple({number for row in rows for number in row if number}),
    )
