"""The activity log: read, searched, exported and verified; never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from penelope_admin.domain.activity import meaning, sentence
from penelope_admin.errors import DamagedError
from penelope_admin.files import write_private
from penelope_admin.gateways.exports import csv_text
from penelope_admin.policy import Policy
from penelope_admin.services.work import Context, Work
from penelope_admin.store import audit, backup, replay
from penelope_admin.store.audit import Entry

PAGE = 200
SCAN = 20_000
MOST_EXPORTED = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries from the newest down.

    Attributes:
        below: where to go on; None when everything was looked at.
        total: how many entries the log has in all.
    """

    entries: tuple[Entry, ...]
    below: int | None
    total: int


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the log is unbroken, and the tables are what it says of them.

    Attributes:
        first_broken: the number of the first entry that does not fit, or None.
        head: the newest entry's hash.
        differences: in sentences, what was changed, added or removed behind the program's back.
    """

    entries: int
    first_broken: int | None
    head: str
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.first_broken is None and not self.differences


def page(work: Work, search: str = "", below: int | None = None) -> Page:
    """The next entries that match, looking at 20,000 at most, so that the caller can stop in between."""
    total, _ = audit.head(work.connection)
    start = total + 1 if below is None else below
    entries = audit.page(
        work.connection, search=search, below=start, limit=PAGE, scan=SCAN, meaning=partial(meaning, work.policy)
    )
    lowest = entries[-1].seq if len(entries) == PAGE else start - SCAN
    return Page(tuple(entries), lowest if lowest > 1 else None, total)


def in_words(policy: Policy, entry: Entry) -> str:
    """What an entry says, as a sentence without a full stop."""
    return sentence(policy, entry.action, entry.subject, *entry.facts)


def newest(work: Work, search: str, count: int) -> list[Entry]:
    """The newest entries that match, however far back they are."""
    return audit.page(work.connection, search=search, limit=count, meaning=partial(meaning, work.policy))


def newest_number(work: Work) -> int:
    """The number of the newest entry: every action adds one, whichever program did it."""
    return audit.head(work.connection)[0]


def export_csv(work: Work, search: str = "") -> str:
    """The newest 100,000 entries that match, as CSV without formulas."""
    entries = newest(work, search, MOST_EXPORTED)
    header = ("number", "at", "who", "action", "subject", "before", "after", "hash", "in_words")
    rows = (
        (e.seq, e.at.isoformat(), e.who, e.action, e.subject, e.before, e.after, e.hash, in_words(work.policy, e))
        for e in entries
    )
    return csv_text(header, rows, work.context.mark)


def save_csv(context: Context, search: str, target: Path) -> Path:
    """Write the export to a file, private to this user.

    Raises:
        BadInputError: the file cannot be written; what was there before is unchanged.
    """
    write_private(target, context.read(export_csv, search).encode("utf-8"))
    return target


def verify(work: Work) -> Verified:
    """Go through the whole chain of hashes, and hold every table, row and rule of the database against the log."""
    broken = audit.first_broken(work.connection)
    entries, head = audit.head(work.connection)
    differences = [*_structure(work)]
    if broken is None:  # a log that is broken proves nothing of the rows
        differences += [f"{row.table} {row.key}: {row.sentence}" for row in replay.differences(work.connection)]
    return Verified(entries, broken, head, tuple(differences))


def _structure(work: Work) -> Iterator[str]:
    """What is wrong with the database itself, apart from its rows; a server looks after that."""
    if work.database is None:
        return
    try:
        backup.check_pages(work.connection, str(work.database))
    except DamagedError as error:
        yield str(error)
    for name in backup.altered_objects(work.connection):
        yield f"{name}: it is missing, added, or not as the program makes it."
