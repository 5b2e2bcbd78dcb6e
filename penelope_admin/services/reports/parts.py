"""What the reports share: how they read, and how they say things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from penelope_admin.absent import mapped
from penelope_admin.domain.features import feature_name
from penelope_admin.domain.times import date_in_words, exact_moment
from penelope_admin.gateways.reports import Section, Table, Text, Word
from penelope_admin.policy import Environment
from penelope_admin.services.work import Work

VERDICTS: dict[str, Word] = {
    "real": Word("Looks real", "danger"),
    "de-identified": Word("No real contact details found", "positive"),
    "cannot-tell": Word("Could not tell", "caution"),
}


@dataclass(frozen=True)
class Reader:
    """What every part of a report on a copy is read with."""

    work: Work
    environment: Environment
    _masked: dict[str, str] = field(default_factory=dict)

    def typed(self, text: str | None) -> str:
        """What somebody typed, masked where it looks like client data."""
        if not text:
            return ""
        if text not in self._masked:
            self._masked[text] = self.work.masked(text)
        return self._masked[text]

    def stamp(self, at: datetime | None, nothing: str = "Not recorded") -> str:
        """A moment in the agency's zone, see `exact_moment`."""
        return mapped(at, lambda moment: exact_moment(moment, self.work.zone)) or nothing

    def feature(self, key: str) -> str:
        """A feature's full name; the key of one that the policy does not know any more."""
        return feature_name(self.work.policy, key)


def day_in_words(day: date | None) -> str:
    """ "12 December 2026"."""
    return mapped(day, date_in_words) or ""


def tabled(
    title: str,
    columns: Mapping[str, int],
    rows: Iterable[tuple[Text, ...]],
    nothing: str,
    says: tuple[Text, ...] = (),
    notes: tuple[str, ...] = (),
) -> Section:
    """A section that is a table of the same name.

    Args:
        columns: each with its width, in per cent of the page.
        nothing: what is said where there are no rows.
    """
    table = Table(title, tuple(columns), tuple(columns.values()), tuple(rows), nothing)
    return Section(title, says, table=table, notes=notes)
