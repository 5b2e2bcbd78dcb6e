"""The activity log: append-only, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from penelope_admin.absent import mapped
from penelope_admin.domain.activity import Meant
from penelope_admin.domain.text import search_words
from penelope_admin.store import journal
from penelope_admin.store.schema import Instant, audit_entry
from penelope_admin.store.stored import as_stored

FIRST_HASH = "0" * 64
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what when, and what it changed. `at` in UTC; `before`, `after` and `changed` are JSON."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    before: str | None
    after: str | None
    previous_hash: str
    hash: str
    changed: str | None = None

    @property
    def facts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What it says of before and of after, by name."""
        return _read(self.before), _read(self.after)


def _read(kept: str | None) -> dict[str, Any]:
    facts = json.loads(kept or "{}")
    return facts if isinstance(facts, dict) else {}  # the log of a tampered database may say anything


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json(facts: Facts) -> str:
    # Sorted: the same facts are the same text, in whatever order they were put together.
    return json.dumps(facts, default=_plain, sort_keys=True, ensure_ascii=False)


def _instant(stored: object) -> object:
    """A stored time as it was hashed; what is no time stays as it is and fits no hash."""
    if isinstance(stored, str):
        with suppress(ValueError):
            stored = datetime.fromisoformat(stored)
    if isinstance(stored, datetime):
        return Instant.aware(stored)
    return stored


def hash_of(entry: Mapping[str, object]) -> str:
    """The hash of everything an entry says, its number and the hash before it included."""
    # In this order for ever: all entries there are were hashed by it.
    keys = ("seq", "at", "who", "action", "subject", "before", "after", "previous_hash", "changed")
    # As a list and not joined, so that nothing can be moved from one field to the next under the same hash.
    text = json.dumps([entry[key] for key in keys], default=_plain, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


_INSERT = sa.insert(audit_entry)
_NEWEST = sa.select(audit_entry.c.seq, audit_entry.c.hash).order_by(audit_entry.c.seq.desc()).limit(1)


def head(connection: sa.Connection) -> tuple[int, str]:
    """The number and hash of the newest entry; 0 and zeros when there is none."""
    seq, newest = connection.execute(_NEWEST).first() or (0, FIRST_HASH)
    return seq, newest


def append(
    connection: sa.Connection,
    newest: tuple[int, str] | None = None,
    *,
    at: datetime,
    who: str,
    action: str,
    subject: str,
    before: Facts | None = None,
    after: Facts | None = None,
) -> tuple[int, str]:
    """Add an entry in the caller's transaction, which must be one that writes; gives back its number and hash.

    It also says what became of the rows that the transaction has changed since the entry before, so that it comes after
    them.

    Args:
        newest: the number and hash of the entry that this transaction has added last, if it has.
    """
    # Read within a transaction that writes: no other one can add an entry meanwhile, on any database.
    seq, previous_hash = newest or head(connection)
    entry: dict[str, object] = {
        "seq": seq + 1,
        "at": at.astimezone(UTC) if at.tzinfo else at,  # hashed as it will be read; a naive one is refused below
        "who": who,
        "action": action,
        "subject": subject,
        "before": mapped(before, _json),
        "after": mapped(after, _json),
        "previous_hash": previous_hash,
        "changed": journal.take(connection),
    }
    digest = hash_of(entry)
    connection.execute(_INSERT, {**entry, "hash": digest})
    return seq + 1, digest


def first_broken(connection: sa.Connection) -> int | None:
    """The number of the first entry that does not fit the chain; None when all do. Constant memory."""
    expected, previous = 1, FIRST_HASH
    # Past the kinds of columns, which raise: an entry that was tampered with is told by its number.
    raw = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in audit_entry.c]
    query = sa.select(*raw).order_by(audit_entry.c.seq)
    with as_stored(connection):  # whatever it is: what does not belong there fits no hash
        for row in connection.execute(query, execution_options={"yield_per": 1000}):
            entry = {**row._mapping, "at": _instant(row.at)}
            if row.seq != expected or row.previous_hash != previous or row.hash != hash_of(entry):
                return expected
            expected, previous = expected + 1, row.hash
    return None


def page(
    connection: sa.Connection,
    *,
    search: str = "",
    below: int | None = None,
    limit: int = 200,
    scan: int | None = None,
    meaning: Callable[[str], Meant | None] = lambda _: None,
) -> list[Entry]:
    """Entries from the newest down.

    Args:
        search: every word of it must be in who, what, subject, before or after; plain letters in capitals or not.
        below: only entries with a smaller number.
        meaning: what else a word may mean: actions, and parts of subjects.
        scan: look at no more than this many entries, so that a rare word does not hold the caller up.
    """
    c = audit_entry.c
    query = sa.select(audit_entry).order_by(c.seq.desc()).limit(limit)
    if below is not None:
        query = query.where(c.seq < below)
    if scan is not None:
        top = head(connection)[0] + 1 if below is None else below
        # By numbers and not by a limit, which counts what was found: a word that is nowhere would read the whole log.
        query = query.where(c.seq >= top - scan)
    query = query.where(*(_has(word, meaning(word)) for word in search_words(search)))
    return [Entry(**row._mapping) for row in connection.execute(query)]


def _has(word: str, meant: Meant | None) -> sa.ColumnElement[bool]:
    """Whether an entry holds a word, or what else it may mean."""
    c = audit_entry.c
    clauses = [column.icontains(word, autoescape=True) for column in (c.who, c.action, c.subject, c.before, c.after)]
    if meant is not None:
        clauses += [
            c.action.in_(meant.actions),
            *(c.subject.contains(part, autoescape=True) for part in meant.subjects),
        ]
    return sa.or_(*clauses)


def about(connection: sa.Connection, subject: str, action: str) -> list[Entry]:
    """The entries of one action about one thing, the oldest first."""
    return _entries(connection, audit_entry.c.subject == subject, audit_entry.c.action == action)


def of_actions(connection: sa.Connection, actions: Collection[str]) -> list[Entry]:
    """The entries of some actions, oldest first."""
    return _entries(connection, audit_entry.c.action.in_(sorted(actions)))


def of_kind(connection: sa.Connection, actions: str, subjects: str) -> list[Entry]:
    """The entries whose action and subject begin with these words, oldest first."""
    c = audit_entry.c
    return _entries(connection, c.action.startswith(actions), c.subject.startswith(subjects))


def since(connection: sa.Connection, seq: int, subjects: Collection[str]) -> list[Entry]:
    """The entries about some things after one, oldest first."""
    return _entries(connection, audit_entry.c.seq > seq, audit_entry.c.subject.in_(sorted(subjects)))


def of_actions_and_newest(connection: sa.Connection, actions: Collection[str]) -> list[Entry]:
    """The entries of some actions and the newest of all, oldest first."""
    newest = sa.select(sa.func.max(audit_entry.c.seq)).scalar_subquery()
    return _entries(connection, audit_entry.c.action.in_(sorted(actions)) | (audit_entry.c.seq == newest))


def with_hash(connection: sa.Connection, digest: str) -> Entry | None:
    """The entry that has a hash; None when there is none."""
    return next(iter(_entries(connection, audit_entry.c.hash == digest)), None)


def has_entry(connection: sa.Connection, seq: int, digest: str) -> bool:
    """Whether there is an entry of this number and hash: by these a database is known again."""
    return bool(_entries(connection, audit_entry.c.seq == seq, audit_entry.c.hash == digest))


def telling_of(connection: sa.Connection, action: str, text: str) -> list[Entry]:
    """The entries of an action in whose facts a text stands, oldest first."""
    return _entries(connection, audit_entry.c.action == action, audit_entry.c.after.contains(text))


def _entries(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Entry]:
    query = sa.select(audit_entry).where(*where).order_by(audit_entry.c.seq)
    return [Entry(**row._mapping) for row in connection.execute(query)]
