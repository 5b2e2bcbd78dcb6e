"""Undo: the rows that an action changed are put back as they were, unless anything about them happened since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from penelope_admin.domain import undoing as rules
from penelope_admin.errors import ConflictError
from penelope_admin.policy import Policy
from penelope_admin.services.calendar import notices
from penelope_admin.services.work import Done, Trace, Work
from penelope_admin.store import audit
from penelope_admin.store.journal import Change
from penelope_admin.store.rows import replies as reply_rows
from penelope_admin.store.rows import undoing as undo_rows
from penelope_admin.topics import Topic


class Inverse(NamedTuple):
    """What undoes an action: the call of `put_back` with it.

    Attributes:
        name: of the action, within a sentence.
        subjects: what it was about, as the log calls it.
        seq, hash: of its newest entry in the log; by these it is known in which database it was done.
        seqs: of all of its entries.
        rows: what is to become of each row: from what it is now to what it was.
    """

    name: str
    subjects: frozenset[str]
    seq: int
    hash: str
    seqs: tuple[int, ...]
    rows: tuple[Change, ...]
    topics: frozenset[Topic]


def inverse_of(policy: Policy, done: Done[Any]) -> Inverse | None:
    """What undoes an action that was just done; None where nothing may."""
    trace: Trace = done.trace
    all_rows = [rules.Row(row.table, row.before, row.after) for row in trace.rows]
    others = [row for row in trace.rows if undo_rows.says_something_else(row)]
    rows = [rules.Row(row.table, row.before, row.after) for row in others]
    if not rules.can_undo((entry.action for entry in trace.entries), rows):
        return None
    return Inverse(
        name=rules.name_of(policy, [(entry.action, entry.subject) for entry in trace.entries], all_rows),
        subjects=frozenset(entry.subject for entry in trace.entries),
        seq=trace.entries[-1].seq,
        hash=trace.entries[-1].hash,
        seqs=tuple(entry.seq for entry in trace.entries),
        rows=tuple(row.undone for row in others),
        topics=done.changes,
    )


def changed_nothing(done: Done[Any]) -> bool:
    """Whether an action that could be undone left all rows as they were but for counting it.

    Then it stands in no other's way. What left the machine may change no row either, and does.
    """
    could_be_undone = all(entry.action in rules.NAMES for entry in done.trace.entries)
    return could_be_undone and not any(undo_rows.says_something_else(row) for row in done.trace.rows)


def put_back(work: Work, inverse: Inverse, own: Collection[int], *, again: bool = False) -> Inverse:
    """Undo an action; gives back what does it again.

    Args:
        own: the numbers of all entries of actions that the same person did, undid and did again since: what they did
            later was put back before this.
        again: it was undone, and is done again.

    Raises:
        ConflictError: something about it happened since, its rows are others now, or this is another database.
    """
    _check_nothing_happened(work, inverse, own)
    _check_nothing_hangs_on_it(work, inverse)
    _check_no_number_was_found(work, inverse)
    undo_rows.put(work.connection, inverse.rows)
    work.changed(*inverse.topics)
    work.record("action.redone" if again else "action.undone", min(inverse.subjects), after={"what": inverse.name})
    entry = work.trace.entries[-1]
    return inverse._replace(
        seq=entry.seq, hash=entry.hash, seqs=(entry.seq,), rows=tuple(row.undone for row in inverse.rows)
    )


def _check_nothing_happened(work: Work, inverse: Inverse, own: Collection[int]) -> None:
    if not audit.has_entry(work.connection, inverse.seq, inverse.hash):
        raise ConflictError(
            f"The database is another than the one in which you did this: {inverse.name}. Nothing was changed."
        )
    # What happens to a database's contact details or queues is about its plans too.
    places = {row.key[0] for row in inverse.rows if row.table == "feature_state"}
    about = {*inverse.subjects, *(str(place) for place in places)}
    since: Sequence[audit.Entry] = audit.since(work.connection, inverse.seq, about)
    is_other = any(entry.seq not in own for entry in since)
    if is_other or undo_rows.first_other(work.connection, inverse.rows) is not None:
        raise _refused(inverse)


def _check_nothing_hangs_on_it(work: Work, inverse: Inverse) -> None:
    """Refuse to take out a notice that another one replaces, or to put in one that was recorded again."""
    changed = [row for row in inverse.rows if row.table == "notice"]
    gone = {str(row.key[0]) for row in changed if row.after is None}
    back = {(row.after["kind"], row.after["starts_at"], row.after["ends_at"]) for row in changed if row.after}
    if not changed:
        return
    for other in notices.find_all(work):
        is_again = (other.kind, other.starts_at, other.ends_at) in back
        if other.id not in gone and (other.replaces in gone or is_again):
            raise _refused(inverse)


def _check_no_number_was_found(work: Work, inverse: Inverse) -> None:
    """Refuse to take out a draft for which a case number was found: somebody sent it."""
    drafts = {row.key[0] for row in inverse.rows if row.table == "request" and row.after is None}
    if drafts and not drafts.isdisjoint(reply_rows.read_offered(work.connection)):
        raise _refused(inverse)


def _refused(inverse: Inverse) -> ConflictError:
    return ConflictError(
        f"This cannot be undone or redone: {inverse.name}. Something about it has been changed or recorded since. "
        "Nothing was changed now. Look at it, and change it by hand."
    )
