"""What a column may hold: every value is looked at when it is read, for a file can be damaged or tampered with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Generic, TypeVar, cast

import sqlalchemy as sa

from penelope_admin.absent import mapped
from penelope_admin.domain.recurring import PATTERN as RECURRENCE
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import EARLIEST, LATEST, check_instant
from penelope_admin.errors import BadInputError, DamagedError
from penelope_admin.invocation import way
from penelope_admin.policy import LOCKED_FEATURES

T = TypeVar("T")
FACTS = frozenset({"before", "after", "changed", "details"})
"""Columns with JSON of the program's own."""
NEVER_LOCKED = "lower(feature) NOT IN ('clientconnect', 'engage')"
"""The constraint of tables in which no locked feature may be named."""


def restore_advice() -> str:
    """What to do about what is damaged."""
    where = way("restore FILE", "Settings, Data")
    return f"It was left as it is. Restore a backup: {where}; the daily ones are in the data folder, under backups."


class UnreadableError(DamagedError):
    """A stored value is none of its column's kind. The message never holds the value, which may be anything."""

    def __init__(self, table: str, column: str, fault: str, row: str = "") -> None:
        self.table, self.column, self.fault, self.row = table, column, fault, row
        of = filled("row {} of ", row)
        super().__init__(f"The database is damaged: {column} in {of}the table {table} is {fault}. {restore_advice()}")


class Kind(sa.types.TypeDecorator[T], Generic[T]):
    """A column's type that takes nothing from the database but what belongs there.

    Attributes:
        table, column: whose it is.
        required: whether there is always a value.
        fault: what is said of another value.
    """

    impl: Any = sa.String
    cache_ok = True
    fault: ClassVar[str] = "no text"
    table = column = "?"
    required = False

    def __init_subclass__(cls) -> None:
        cls.cache_ok = True  # SQLAlchemy wants to hear it of each class
        super().__init_subclass__()

    def fits(self, value: Any) -> bool:
        """Whether a value may stand there."""
        return isinstance(value, str)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], T | None]:
        """As the base class, and whatever is no such value is damage and no bug."""
        read = super().result_processor(dialect, coltype)

        def process(stored: Any) -> T | None:
            # Nothing is a value where the column may be empty, or an outer join has nothing to bring.
            if stored is None:
                if self.required:
                    raise UnreadableError(self.table, self.column, "empty")
                return None
            try:
                value = read(stored) if read is not None else stored
                if self.fits(value):
                    return value
            # Whatever a driver's own reading stumbles over: SQLite takes any value in any column.
            except (TypeError, ValueError, OverflowError, AttributeError):
                pass
            raise UnreadableError(self.table, self.column, self.fault)

        return self.short_cut(process) if read is None else process

    def short_cut(self, process: Callable[[Any], T | None]) -> Callable[[Any], T | None]:
        """The same for values that need no change, with fewer calls where they fit: thousands are read at once."""
        if type(self).fits is not Kind.fits:
            return process
        return lambda stored: stored if type(stored) is str else process(stored)  # type: ignore[return-value]


class Words(Kind[str]):
    """What people typed, or what repeats it."""


class LongWords(Words):
    """The same without a limit to its length."""

    impl = sa.Text


class Facts(LongWords):
    """A record of the program's own, as JSON."""

    fault = "no JSON"

    def fits(self, value: Any) -> bool:
        """Whether it can be read as such."""
        return isinstance(value, str) and isinstance(json.loads(value), (dict, list))


class Key(Kind[str]):
    """A word of the program's own: a key, a day's team, an account, a hash, a case number."""


class Unlocked(Key):
    """A feature's key where ClientConnect and Engage may never stand."""

    fault = "a locked feature, or no text"

    def fits(self, value: Any) -> bool:
        """Whether it is a key, and none of a locked feature."""
        # In any letters, as the constraint has it.
        return isinstance(value, str) and value.lower() not in LOCKED_FEATURES


class Choice(Key):
    """One of a few words."""

    fault = "none of the words known there"

    def __init__(self, *words: str, length: int | None = None) -> None:
        super().__init__(length)
        self.words = frozenset(words)

    def fits(self, value: Any) -> bool:
        """Whether it is one of them."""
        return value in self.words

    def short_cut(self, process: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
        """As the base class."""
        words = self.words
        return lambda stored: stored if stored in words else process(stored)

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """To the database. Another word is a programming error."""
        if value is not None and not self.fits(value):
            raise ValueError(f"{value!r} is none of {', '.join(sorted(self.words))}")
        return value


class Recurring(Key):
    """How work comes again."""

    fault = "no way in which work repeats"

    def fits(self, value: Any) -> bool:
        """Whether it is one."""
        # Else the digits of every script would do.
        return isinstance(value, str) and re.fullmatch(RECURRENCE, value, re.ASCII) is not None


class Whole(Kind[int]):
    """A whole number that is not negative."""

    impl = sa.Integer
    fault = "no whole number"

    def fits(self, value: Any) -> bool:
        """Whether it is one; True and False are none."""
        # A bool is an int to Python, and would pass `isinstance`.
        return type(value) is int and value >= 0

    def short_cut(self, process: Callable[[Any], int | None]) -> Callable[[Any], int | None]:
        """As the base class."""
        return lambda stored: stored if type(stored) is int and stored >= 0 else process(stored)


class Wide(Whole):
    """A whole number of up to eight bytes."""

    impl = sa.BigInteger


class Flag(Kind[bool]):
    """Yes or no."""

    impl = sa.Boolean
    fault = "neither yes nor no"

    def fits(self, value: Any) -> bool:
        """Whether it is one of both; the database's own 0 and 1 have become that."""
        return isinstance(value, bool)


class Day(Kind[date]):
    """A day within the years that the program computes with."""

    impl = sa.Date
    fault = "no day from 1970 to 2100"

    def fits(self, value: Any) -> bool:
        """Whether it is one."""
        return isinstance(value, date) and EARLIEST.date() <= value < LATEST.date()

    def process_bind_param(self, value: date | None, dialect: sa.Dialect) -> date | None:
        """To the database.

        Raises:
            BadInputError: it could not be read again.
        """
        if value is not None and not self.fits(value):
            raise BadInputError(f"{value.isoformat()} is outside the years 1970 to 2100. Nothing was saved.")
        return value


class Instant(Kind[datetime]):
    """An aware UTC instant; databases without zones keep it as UTC wall time."""

    impl = sa.DateTime(timezone=True)
    fault = "no time from 1970 to 2100"

    def fits(self, value: Any) -> bool:
        """Whether it is one."""
        return isinstance(value, datetime) and EARLIEST <= value < LATEST

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To the database. A naive time is a programming error.

        Raises:
            BadInputError: it could not be read again.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("only aware instants are stored")
        utc = check_instant(value)
        # SQLite has no zones and would keep the offset as text, which then sorts by its letters.
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database, aware again."""
        return mapped(value, self.aware)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """As the base class; what SQLite holds as text is taken at once if it is such a time, and looked at else."""
        process = super().result_processor(dialect, coltype)
        read: Callable[[Any], datetime | None] | None = self.impl_instance.result_processor(dialect, coltype)
        if read is None:
            return process

        def quick(stored: Any) -> datetime | None:
            # Thousands of instants are read for one list, and nearly all are in order: those take the short way.
            if type(stored) is str:
                try:
                    value = read(stored)
                except ValueError:
                    return process(stored)
                if (
                    value is not None
                    and value.tzinfo is None
                    and EARLIEST <= (instant := value.replace(tzinfo=UTC)) < LATEST
                ):
                    return instant
            return process(stored)

        return quick

    @staticmethod
    def aware(value: datetime) -> datetime:
        """A stored instant in UTC; one without a zone is UTC already."""
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def optional(column: sa.Column[Any], label: str, *, there: bool = True) -> sa.Label[Any]:
    """A column as an outer join brings it: of its kind, or nothing.

    Args:
        there: whether it is read at all; otherwise it is always nothing, in a union with rows that have it.
    """
    # A copy: the table itself goes on requiring a value.
    kind = cast("Kind[Any]", column.type).copy()
    kind.required = False
    return sa.type_coerce(column if there else sa.null(), kind).label(label)


def _kind_of(column: sa.Column[Any], ours: frozenset[str], is_locked: bool) -> Kind[Any] | None:
    """The kind that a column's plain type and constraints name; None for a type that is none of these."""
    plain = column.type
    if isinstance(plain, Kind):
        return plain
    if isinstance(plain, sa.String):  # sa.Text is one
        return _kind_of_text(column.name, plain, ours, is_locked)
    # The wide one first, for to SQLAlchemy it is an integer too.
    pairs: tuple[tuple[type[Any], Callable[[], Kind[Any]]], ...] = (
        (sa.BigInteger, Wide), (sa.Integer, Whole), (sa.Boolean, Flag), (sa.Date, Day)
    )  # fmt: skip
    return next((make() for kind, make in pairs if isinstance(plain, kind)), None)


def _kind_of_text(name: str, plain: sa.String, ours: frozenset[str], is_locked: bool) -> Kind[Any]:
    # The lock's constraint is looked for by its text: a table that has it reads features by it, too.
    if name == "feature":
        return Unlocked(plain.length) if is_locked else Key(plain.length)
    if isinstance(plain, sa.Text):
        return Facts() if name in FACTS else LongWords()
    return Key(plain.length) if name in ours else Words(plain.length)


def make_strict(table: sa.Table, ours: frozenset[str]) -> None:
    """Give every column of a table the kind by which it is read.

    Args:
        ours: columns with words of the program's own; other texts count as typed.
    """
    # The lock is asked of the table, so that a new one needs no entry in a list that somebody may forget.
    checks = [str(check.sqltext) for check in table.constraints if isinstance(check, sa.CheckConstraint)]
    for column in table.columns:
        kind = _kind_of(column, ours, NEVER_LOCKED in checks)
        if kind is None:
            raise TypeError(f"{table.name}.{column.name} is of a type that nobody looks at")
        kind.table, kind.column = table.name, column.name
        # Numbers too: a single bit of a table's definition can make them a column of their own, which nothing fills.
        kind.required = not column.nullable
        column.type = kind
