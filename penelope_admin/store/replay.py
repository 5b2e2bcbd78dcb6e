"""What the activity log says of every row, held against the tables: what was changed behind the program's back.

Each entry of the log holds, in `changed`, what its action made of rows: all of a new one, of another the columns that
it changed, None for one that is gone. Folded together they are what the tables must hold. Words of the program's own
are kept as they are. Of what people typed the log keeps a check number of sixteen bits alone: it tells that a text is
another, and nobody can get the text back from it, for the log can never be cleaned.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from penelope_admin.absent import mapped
from penelope_admin.domain.delivery import OPEN_STATES
from penelope_admin.domain.text import yes_or_no
from penelope_admin.store import schema, stored
from penelope_admin.store.kinds import UnreadableError, Words

Image = dict[str, Any]
"""A row, or a part of it, as the log keeps it: JSON values, and check numbers of texts that were typed."""
Images = dict[str, dict[str, Image | None]]
"""By table and key; None for a row that is gone."""

_CHECK = "~"
"""Before a check number; no value of the program's own begins with it."""


NOT_COMPARED: dict[str, frozenset[str] | None] = {
    # How far a mail folder was read says nothing of what was recorded.
    "mail_watch": None,
    # Nor does what people were reminded of.
    "reminder_told": None,
    # What was written into calendar files is made of the other tables.
    "published": None,
    # The log itself is held together by its chain.
    "audit_entry": None,
    # By what a row is known elsewhere is chance, and no action's.
    **dict.fromkeys(("project", "request", "notice"), frozenset({"uid"})),
    "agency": frozenset({"store_id"}),
    # Attempts at sending are no actions and have no entries; how they ended has one.
    "outgoing_message": frozenset(
        {"attempts", "next_attempt_at", "problem", "claimed_by", "claimed_until", "ended_at"}
    ),
}
"""What the log does not speak of: None for a whole table. Every other column of every other table is compared."""

TABLES: tuple[sa.Table, ...] = tuple(
    table for table in schema.metadata.sorted_tables if NOT_COMPARED.get(table.name, frozenset()) is not None
)
"""The tables of which the log speaks."""


def _columns(table: sa.Table) -> Iterator[sa.Column[Any]]:
    left_out = NOT_COMPARED.get(table.name) or frozenset()
    return (column for column in table.columns if column.name not in left_out)


def check_number(text: str) -> str:
    """Sixteen bits of a text: enough to tell that it is another, too few to guess it from."""
    return f"{_CHECK}{zlib.crc32(text.encode('utf-8')) & 0xFFFF:04x}"


def image(table: sa.Table, values: Mapping[str, Any]) -> Image:
    """A row as the log keeps it."""
    image: Image = {}
    for column in _columns(table):
        value = values[column.name]
        if column is schema.outgoing_message.c.state and value in OPEN_STATES:
            value = "open"  # whether it waits or is being sent is no action's
        if isinstance(value, str) and isinstance(column.type, Words):
            # The log can never be cleaned, so that it keeps no text that somebody typed.
            value = check_number(value)
        elif isinstance(value, date):
            value = value.isoformat()
        image[column.name] = value
    return image


def to_text(images: Images) -> str:
    """Images as an entry of the log holds them."""
    return json.dumps(images, ensure_ascii=False)


def change(before: Image | None, after: Image | None) -> Image | None:
    """What the log is to keep of a row that an action touched: all of a new one, else what is another; None if it went.

    Empty when the row is as it was.
    """
    if before is None or after is None:
        return after
    return {column: value for column, value in after.items() if before[column] != value}


def fold(entries: Iterable[Images]) -> Images:
    """The last that entries, oldest first, say of each row.

    What they say of a part of a row that they never called new makes it no row that is known.
    """
    last: Images = {}
    for entry in entries:
        for name, images in entry.items():
            rows = last.setdefault(name, {})
            # A row may have been taken out and come again: then the later entry has all of it.
            for key, image in images.items():
                before = rows.get(key)
                if image is not None and before is not None:
                    rows[key] = {**before, **image}
                elif image is None or _is_whole(name, image):
                    rows[key] = image
    return last


def _is_whole(name: str, image: Image) -> bool:
    """Whether an image is that of a whole row: a part has what an action changed, and none changes a primary key."""
    table = schema.metadata.tables.get(name)
    return table is None or all(column.name in image for column in table.primary_key)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the log says, and what is not, in a sentence."""

    table: str
    key: str
    sentence: str


def compare(table: sa.Table, logged: Mapping[str, Image | None], rows: Iterable[stored.Stored]) -> Iterator[Difference]:
    """Where a table's rows are not what the log says of them."""
    missing = {key: expected for key, expected in logged.items() if expected is not None}
    for row in rows:
        missing.pop(row.key, None)
        for sentence in _sentences(table, row, logged):
            yield Difference(table.name, row.key, sentence)
    for key, expected in missing.items():
        yield Difference(table.name, key, f"it is missing; the log says that it is there ({_in_words(expected)}).")


def _sentences(table: sa.Table, row: stored.Stored, logged: Mapping[str, Image | None]) -> Iterator[str]:
    """What of a row that is there is not as the log says."""
    expected = logged.get(row.key)
    # What cannot be read is named by that; to compare the rest would accuse the same row twice.
    if row.problems:
        for problem in row.problems:
            yield f"{problem.column} is {problem.fault}{_log_says(expected, problem.column)}."
        return
    current = image(table, row.values)
    if expected is None:
        what = "the log says that it was taken out" if row.key in logged else "the log knows nothing of it"
        yield f"it is there ({_in_words(current)}), and {what}."
        return
    for column, value in current.items():
        if value != expected.get(column):
            yield _sentence(column, expected.get(column), value)


def _is_number(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_CHECK)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return yes_or_no(value)
    if _is_number(value):
        return "a text"
    return str(value)


def _sentence(column: str, expected: object, current: object) -> str:
    if _is_number(expected) and _is_number(current):
        return f"{column} is another text than the log's."
    return f"{column} is {_shown(current)}; the log says {_shown(expected)}."


def _log_says(expected: Image | None, column: str) -> str:
    if expected is None or column not in expected or _is_number(expected[column]):
        return ""
    return f"; the log says {_shown(expected[column])}"


def _in_words(image: Image) -> str:
    """What can be shown of a row."""
    parts = (
        f"{name} {_shown(value)}" for name, value in image.items() if value not in (None, "") and not _is_number(value)
    )
    return ", ".join(parts)


# --- at the database ---------------------------------------------------------------------------


def word_of(name: str, key: tuple[object, ...]) -> str:
    """A table's primary key in one word."""
    table = table_of(name)
    return stored.key_of(table, {column.name: part for column, part in zip(table.primary_key, key, strict=True)})


def table_of(name: str) -> sa.Table:
    """The table of a name."""
    return schema.metadata.tables[name]


def read_row(connection: sa.Connection, table: sa.Table, key: tuple[object, ...]) -> dict[str, Any] | None:
    """A row as it is now, by its primary key; None for one that is gone."""
    result = connection.execute(_one_row(table), {f"key_{place}": part for place, part in enumerate(key)})
    return mapped(result.mappings().first(), dict)


@cache
def _one_row(table: sa.Table) -> sa.Select[Any]:
    """The question for a row, put together once: it is asked for every row that a transaction changes."""
    return sa.select(table).where(
        *(column == sa.bindparam(f"key_{place}") for place, column in enumerate(table.primary_key))
    )


def at(table: sa.Table, key: tuple[object, ...]) -> sa.ColumnElement[bool]:
    """The row that has a primary key."""
    return sa.and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


def _images(entry: int, changed: str) -> Images:
    """What an entry of the log says of rows: whoever makes its hash anew may have put anything there."""
    try:
        return msgspec.json.decode(changed, type=Images)
    except msgspec.MsgspecError as error:
        raise UnreadableError("audit_entry", "changed", "not what an action leaves", str(entry)) from error


def differences(connection: sa.Connection) -> list[Difference]:
    """Every row that is not what the log says, in one transaction. The log's chain is to be checked before.

    Raises:
        DamagedError: an entry says of rows what no action leaves.
    """
    log = schema.audit_entry
    query = sa.select(log.c.seq, log.c.changed).where(log.c.changed.is_not(None)).order_by(log.c.seq)
    logged = fold(_images(entry, changed) for entry, changed in connection.execute(query))
    return [
        difference
        for table in TABLES
        for difference in compare(table, logged.get(table.name, {}), stored.read(connection, table))
    ]
