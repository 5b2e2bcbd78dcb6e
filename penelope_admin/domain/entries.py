"""What the program knows as entries of a calendar: windows, ends of features, planned refreshes, and projects."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from penelope_admin.domain.windows import THIS_COMPUTER, Window

EntryKind = Literal["upgrade", "emergency", "feature-end", "refresh", "project"]
WINDOWS: frozenset[EntryKind] = frozenset({"upgrade", "emergency"})
EVERYTHING: frozenset[EntryKind] = WINDOWS | {"feature-end", "refresh", "project"}
COMPUTED = "Computed from the vendor's schedule; no notice of it is recorded."
"""What others are told of a window that no notice has named: they see the calendar and not the program."""
HOST = "penelope-admin.invalid"
"""What UIDs end in; under .invalid there is no host."""

ALARMS = (7 * 24 * 60, 24 * 60, 60)
"""How many minutes before it starts an entry reminds, unless somebody chose otherwise: 7 days, 1 day, 1 hour."""


class Entry(Struct, frozen=True, kw_only=True):
    """An entry of a calendar: a span of time, or whole days.

    Attributes:
        uid: by which calendar programs know it again when it moves.
        lines: its description.
        first_day, last_day: the agency's local days that it touches.
        starts_at, ends_at: in UTC; None for whole days.
        tentative: the date is not certain; `lines` say why.
    """

    uid: str
    kind: EntryKind
    title: str
    lines: tuple[str, ...]
    first_day: date
    last_day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tentative: bool = False

    def touches(self, first: date, last: date) -> bool:
        """Whether it lies on one of some days, from the first to the last."""
        return self.first_day <= last and self.last_day >= first


class Published(Struct, frozen=True):
    """An entry as it goes into a calendar file.

    Attributes:
        sequence: grows with every change of the entry; None where nobody keeps count.
        changed_at: when it became what it is, UTC.
        cancelled: it was withdrawn; those who have it are to take it out.
    """

    entry: Entry
    sequence: int | None
    changed_at: datetime
    cancelled: bool = False


def window_entry(window: Window, name: str) -> Entry:
    """A window as an entry.

    Args:
        name: what the upgrades are called.
    """
    kind: EntryKind = "upgrade"
    heading, what = name, "upgrade window"
    if window.is_emergency:
        kind, heading, what = "emergency", window.name, "emergency maintenance"
    is_computed = window.kind == "mass-upgrade"
    # Outlook and Google show nobody that an entry is tentative: its title says so, too.
    stands, known_by = (", computed", [COMPUTED]) if is_computed else ("", [])
    if window.confirm_date:
        stands = ", date not confirmed"
    sites = (there.in_words for there in window.local_times)
    notes = (note for note in window.notes if not note.startswith(THIS_COMPUTER))
    return Entry(
        uid=f"{window.region.lower()}-{window.key}@{HOST}",
        kind=kind,
        title=f"Penelope: {what}{stands}",
        lines=(heading, window.in_words, *sites, window.in_vendor_words, *known_by, *window.details, *notes),
        first_day=window.first_day,
        last_day=window.last_day,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        tentative=is_computed,
    )
