"""What the reports share: how they read, and how they say things."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from penelope_admin.detect import texts
from penelope_admin.domain.agency import Profile
from penelope_admin.domain.features import full_name
from penelope_admin.domain.times import date_in_words, exact_moment
from penelope_admin.gateways.reports import Word
from penelope_admin.services.privacy import find_hits
from penelope_admin.services.work import Context

VERDICTS: dict[str, Word] = {
    "real": Word("Looks real", "danger"),
    "de-identified": Word("No real contact details found", "positive"),
    "cannot-tell": Word("Could not tell", "caution"),
}


@dataclass(frozen=True)
class Reader:
    """What every part of a report is read with; `now` is the one instant (UTC) that all of it speaks of."""

    context: Context
    connection: sa.Connection
    profile: Profile
    zone: ZoneInfo
    now: datetime
    _known: dict[str, str] = field(default_factory=dict)

    def typed(self, text: str | None) -> str:
        """What somebody typed, masked where it looks like client data."""
        if not text:
            return ""
        if text not in self._known:
            hits = find_hits(self.context, self.connection, self.profile, text)
            self._known[text] = texts.masked(text, hits)
        return self._known[text]

    def stamp(self, at: datetime | None, nothing: str = "Not recorded") -> str:
        """A moment in the agency's zone, see `exact_moment`."""
        return exact_moment(at, self.zone) if at is not None else nothing

    def feature(self, key: str) -> str:
        """A feature's full name; the key of one that the policy does not know any more."""
        known = self.context.policy.feature.get(key)
        return full_name(self.context.policy, known) if known else key


def day_in_words(day: date | None) -> str:
    """ "12 December 2026"."""
    return date_in_words(day) if day else ""
