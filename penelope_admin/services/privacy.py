"""What looks like client data: in letters before they leave, and in what the activity log is to keep.

The log can never be cleaned, and no search finds names. So it names things - a project, a site, a file - and says what
was done with them; what people write about them stands in rows of its own, where it can be corrected. Of that the log
says who gave, changed or removed it. It has the words, masked, of one kind alone: why a feature was switched, a
database settled, or a notice said to be of others. No row keeps these, and people ask for them later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from penelope_admin.detect import texts
from penelope_admin.domain.agency import Profile
from penelope_admin.grouping import grouped
from penelope_admin.policy import Policy

OURS = frozenset(
    [
        # Numbers, hashes and names that this program gives, and Support's numbers, which have a form of their own.
        *("entry", "event_id", "facts_from", "file_sha256", "head", "message", "message_id", "messages", "requests"),
        *("proof", "proof_id", "raised", "replaced", "request", "case_number"),
        # Accounts of this program's users, as the system names them.
        *("approved_by", "by", "planned_by"),
        # One of a few words that the program or its policy knows, or a count of such.
        *("because", "change", "characteristics", "confidence", "delivery", "effect", "environment", "environments"),
        *("feature", "features", "features_in_use", "features_reset", "kind", "outcome", "pending", "planned"),
        *("re_enable", "region", "result", "severity", "source", "state", "status", "verdict", "via", "zone"),
        *("text_given", "text_changed", "text_removed"),
        # Days and instants.
        *("as_of", "facts_as_of", "at", "began_at"),
        *("earliest", "ends_at", "first", "first_day", "last", "last_day", "latest", "recurs", "refresh_by"),
        *("scheduled_for", "seen_at", "since", "starts_at", "until", "upgrade_day", "window"),
        # What the agency says of itself: its own addresses, number and servers.
        *("imap_host", "imap_security", "imap_user", "own_address", "own_mail"),
        *("smtp_host", "smtp_security", "smtp_user", "support_address", "telephone"),
    ]
)
"""The facts of log entries that nobody typed freely. Whatever is not named here is masked."""

TYPED = frozenset(("note", "origin", "pending_reason", "purpose", "reason", "reasons", "remark", "title"))
"""The facts that people word freely and that a row keeps."""
_WHY_IN_LOG_ALONE = ("environment.settled", "feature.", "notice.not-ours")
"""How the actions begin whose reason no row keeps."""

# Words of ours, in which no search finds anything; they spare it the work.
_PLAIN = re.compile(
    r"[a-z./-]*|PA-\d{1,6}|(?:notice|project) \d{1,6}|[a-z-]+/\d{1,4}|\d{4}-\d\d|emergency-\d{8}T\d{4}Z(?:-\d{1,3})?",
    re.ASCII,
)

Facts = Mapping[str, object]
Mask = Callable[[str], str]
"""Gives a text with the name of its kind in place of whatever looks like client data."""


class Search:
    """Looks for client data in texts, and passes over what is the agency's own or the vendor's."""

    _own, _region = texts.Own(), "CA"  # before an agency is set up

    def __init__(self, policy: Policy, profile: Profile | None, today: date, numbers: Iterable[str | None]) -> None:
        """Gather what is known not to be client data.

        Args:
            profile: None before the agency is set up.
            today: the agency's local day; nobody is born after it.
            numbers: Support's numbers of cases and defects.
        """
        self._today = today
        if profile is not None:
            self._own, self._region = _own_words(policy, profile, numbers), profile.region

    def find_hits(self, text: str) -> tuple[texts.Hit, ...]:
        """What in a text looks like client data."""
        return texts.find_hits(text, self._own, self._region, self._today)

    def masked(self, text: str) -> str:
        """The text with the name of its kind in place of whatever looks like client data."""
        return texts.masked(text, self.find_hits(text))


def _own_words(policy: Policy, profile: Profile, numbers: Iterable[str | None]) -> texts.Own:
    telephones = (profile.telephone, *(channel.number for channel in policy.channels))
    users = ((profile.smtp_user, profile.smtp_host), (profile.imap_user, profile.imap_host))
    mailboxes = (address for user, host in users if user for address in (user, f"{user}@{host}"))
    return texts.Own(
        addresses=tuple(filter(None, (profile.support_address, profile.own_address, *mailboxes))),
        domains=texts.own_domains(profile.support_address, profile.own_address),
        telephones=tuple(filter(None, telephones)),
        numbers=tuple({number for number in numbers if number}),
    )


def is_plain(text: str) -> bool:
    """Whether it is made of words of this program's own, in which nothing can look like client data."""
    return _PLAIN.fullmatch(text) is not None


def logged_facts(mask: Mask, action: str, before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Facts of before and after as the activity log may keep them.

    Of what people wrote it is told that it was given, changed or removed; all else is masked unless it is ours.
    """
    typed = TYPED - {"reason"} if action.startswith(_WHY_IN_LOG_ALONE) else TYPED
    names = sorted(typed & (before.keys() | after.keys()))
    texts_of = ((name, before.get(name) or None, after.get(name) or None) for name in names)
    fates = grouped((_what_became(was, becomes), name) for name, was, becomes in texts_of if was != becomes)
    was_kept, is_kept = ({key: facts[key] for key in facts if key not in typed} for facts in (before, after))
    return masked_facts(mask, was_kept), masked_facts(mask, {**is_kept, **fates})


def _what_became(was: object, becomes: object) -> str:
    if becomes is None:
        return "text_removed"
    return "text_given" if was is None else "text_changed"


def masked_facts(mask: Mask, facts: Facts) -> Facts:
    """Facts masked, but for what is known to be ours."""
    return {key: _clean(mask, key, value) for key, value in facts.items()}


def _clean(mask: Mask, key: str, value: object) -> object:
    """A fact, and whatever is in it, masked unless its key says that it is ours."""
    if isinstance(value, Mapping):
        return masked_facts(mask, value)
    if isinstance(value, list | tuple):
        return [_clean(mask, key, part) for part in value]
    if key in OURS or value is None or isinstance(value, bool | int | float | date):
        return value
    return mask(str(value))
