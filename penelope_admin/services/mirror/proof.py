"""Whether an export of a copy may hold real people's contact details.

Files are read by `detect.tables` and `detect.workbooks`, databases by `detect.databases`; `detect.columns` counts
contacts and `detect.verdicts` judges. Nothing is written, and no value is kept: not in results, not in errors, not in
files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from penelope_admin.apart import never
from penelope_admin.clock import SystemClock
from penelope_admin.detect.counts import may_be_telephones, takes_bare
from penelope_admin.detect.names import NameKind, Naming, kind_of_name
from penelope_admin.detect.values import OwnMail, nobody
from penelope_admin.detect.verdicts import (
    FileFinding,
    Finding,
    NotExamined,
    Progress,
    Proposal,
    judge_all,
    judge_column,
    judge_file,
)
from penelope_admin.errors import BadInputError, CancelledError
from penelope_admin.files import storable
from penelope_admin.invocation import helper
from penelope_admin.policy import Region

if TYPE_CHECKING:
    from penelope_admin.detect.counts import Counts
    from penelope_admin.detect.reading import Batch, Table, Work

UNREAD = "Rows that could not be read"
"""The name under which the text of such rows is examined."""
SURVEYED_ROWS = 2000
MAX_COLUMNS = 50_000
"""Of all tables of one check together."""
_FREE_TEXT = 40  # bytes in a value on average, from which on people write what they like

Source = Sequence[Path] | str
Chosen = Collection[tuple[str, str]]
Tell = Callable[[Progress], None]
OwnOnes = Callable[[], OwnMail]
CancelToken = Callable[[], bool]


def _tell_nobody(_: Progress) -> None:
    pass


class _Scope(NamedTuple):
    """How the data are looked at; see `examine`."""

    region: Region
    today: date
    stop: CancelToken
    own: OwnOnes = nobody
    tell: Tell = _tell_nobody


def survey(
    region: Region, source: Source, *, today: date | None = None, stop: CancelToken = never
) -> tuple[Proposal, ...]:
    """The columns of files or of a database by a glance at their first rows, each with a proposal.

    Args:
        source, region, today, stop: as for `examine`.

    Raises:
        BadInputError: a file or the database cannot be read.
        CancelledError: `stop` said so.
    """
    scope = _Scope(region, today or _today(), stop)
    with _opened(scope, source, SURVEYED_ROWS) as tables:
        return _surveyed(scope, tables)


def _surveyed(scope: _Scope, tables: Iterator[Table | NotExamined]) -> tuple[Proposal, ...]:
    proposals: list[Proposal] = []
    skipped: list[NotExamined] = []
    for table in _each(scope, tables, skipped):
        with _noted(table, skipped):
            proposals += _proposals(table, scope.region)
    _check(scope.stop)
    if skipped and not proposals:
        raise BadInputError(skipped[0].why)
    return tuple(proposals)


def examine(
    region: Region,
    source: Source,
    chosen: Chosen | None = None,
    *,
    today: date | None = None,
    own: OwnOnes = nobody,
    tell: Tell = _tell_nobody,
    stop: CancelToken = never,
) -> Finding:
    """Look at every value, and judge. A database is read in one transaction that cannot write.

    Args:
        region: whose telephone numbers are written without a country code.
        source: files and folders, or a database's URL.
        today: tells dates of birth from others; by default this computer's day.
        chosen: files and columns, named as `survey` names them; without it every column is examined.
        own: gives the addresses that are the agency's own; it is asked once there are any that could be.
        tell: is told how far it is after each batch, at most some 4 MiB or 2,000 rows.
        stop: says whether somebody wants it to end.

    Raises:
        BadInputError: a file or the database cannot be read, or not be kept unchanged, or no column was chosen.
        CancelledError: `stop` said so.
    """
    scope = _Scope(region, today or _today(), stop, cache(own), tell)
    with _opened(scope, source, None) as tables:
        return _examined(scope, tables, chosen)


# --- sources ---


def _today() -> date:
    return SystemClock().now().date()


def taken_at(source: Source, now: datetime) -> datetime:
    """The instant at which all of the data was there already: when the oldest of the files was written; of a database
    now. A folder is as old as what is in it.
    """
    from penelope_admin.detect import folders

    if isinstance(source, str):
        return now
    written = [now]
    for file in folders.find_files(source):
        with suppress(OSError):  # it is gone since it was read
            written.append(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    return min(written)


def _opened(scope: _Scope, source: Source, limit: int | None) -> AbstractContextManager[Iterator[Table | NotExamined]]:
    """The tables of files, or of a database as far as so many rows of each."""
    return _opened_database(scope, source, limit) if isinstance(source, str) else _opened_files(scope, source)


@contextmanager
def _opened_files(scope: _Scope, paths: Sequence[Path]) -> Iterator[Iterator[Table | NotExamined]]:
    from penelope_admin.detect import folders, tables

    def every() -> Generator[Table | NotExamined]:
        for file in folders.find_files(paths):
            try:
                with tables.open_tables(file, scope.region.key, scope.today, scope.stop, helper) as readable:
                    yield from readable
            except BadInputError as error:
                yield NotExamined(storable(str(file)), storable(str(error)))
        for file, why in folders.find_others(paths):
            yield NotExamined(storable(str(file)), storable(why))

    with closing(every()) as every_table:
        yield every_table


@contextmanager
def _opened_database(scope: _Scope, url: str, limit: int | None) -> Iterator[Iterator[Table | NotExamined]]:
    from penelope_admin.detect import databases
    from penelope_admin.detect.reading import Table, Work, batch_of, in_batches, size_of

    work = Work("The database", scope.stop)
    with (
        _within_time(work, scope.stop),
        databases.opened(url, stop=lambda: scope.stop() or work.is_spent()) as database,
    ):
        work.grow(database.size or 0)

        def read(table: databases.ForeignTable, shown: str, columns: Sequence[int]) -> Iterator[Batch]:
            done = 0
            for rows in in_batches(database.rows(table, columns, limit, shown=shown)):
                done += len(rows)
                if database.size is None:  # what a server sends is as large as it turns out to be
                    work.grow(sum(map(size_of, rows)))
                work.check()
                yield batch_of(rows, range(len(columns)), len(columns), done, databases.MAX_VALUE)

        def every() -> Iterator[Table | NotExamined]:
            tables, naming = database.tables(), Naming(scope.region.key, scope.today)
            paths = naming.clean_all([table.path for table in tables], "Table")
            for table, path in zip(tables, paths, strict=True):
                yield Table(path, naming.clean_all(table.columns), None, partial(read, table, path))
            yield from (NotExamined("The database", why) for why in database.others())

        yield every()


@contextmanager
def _within_time(work: Work, stop: CancelToken) -> Iterator[None]:
    """Tell a check that took too long from one that somebody stopped: the database knows one way to end."""
    try:
        yield
    except CancelledError:
        if stop():
            raise
        raise work.refusal() from None


# --- looking ---


def _each(scope: _Scope, tables: Iterator[Table | NotExamined], skipped: list[NotExamined]) -> Iterator[Table]:
    """The tables that can be looked at; the others are added to what was skipped.

    Raises:
        BadInputError: they have too many columns; something is told of each.
    """
    columns = 0
    for table in tables:
        _check(scope.stop)
        if isinstance(table, NotExamined):
            skipped.append(table)
            continue
        columns += len(table.names)
        if columns > MAX_COLUMNS:
            raise BadInputError(f"These are more than {MAX_COLUMNS:,} columns. Nothing was kept. Check them in parts.")
        yield table


@contextmanager
def _noted(table: Table, skipped: list[NotExamined]) -> Iterator[None]:
    """Pass over a table that turns out to be unreadable, and note why."""
    try:
        yield
    except BadInputError as error:
        skipped.append(NotExamined(table.path, storable(str(error))))


@dataclass(slots=True)
class _Glance:
    """What was seen of a column."""

    name: str
    kind: NameKind
    counts: Counts
    size: int


def _proposals(table: Table, region: Region) -> list[Proposal]:
    from penelope_admin.detect import columns as scan

    key = scan.random_key()
    scanners = [scan.Scanner(name, region, key, len(table.names)) for name in table.names]
    sizes = [0] * len(table.names)
    if table.names and (batch := next(iter(table.read(range(len(table.names)))), None)) is not None:
        for index, (scanner, values) in enumerate(zip(scanners, batch.columns, strict=True)):
            part = values.slice(0, SURVEYED_ROWS)
            scanner.scan(part)
            sizes[index] = part.nbytes
    glances = [
        _Glance(name, kind_of_name(name), one.counts, size)
        for name, one, size in zip(table.names, scanners, sizes, strict=True)
    ]
    return [Proposal(table.path, name, *_proposal(glance)) for name, glance in zip(table.names, glances, strict=True)]


def _proposal(glance: _Glance) -> tuple[bool, str]:
    """Whether a column is worth examining, and why: the first reason that holds."""
    counts = glance.counts
    reasons = (
        (glance.kind == "email", "Named like an email address."),
        (glance.kind == "telephone", "Named like a telephone number."),
        (counts.emails, "Holds values like email addresses."),
        (counts.sure or counts.formed or takes_bare(glance.kind, counts), "Holds values like telephone numbers."),
        (may_be_telephones(glance.name, counts), "Holds digits that could be telephone numbers."),
        (counts.harmless, "Holds values like reserved or masked contact details."),
        (not counts.values, "Its first rows are empty, so what it holds is not known."),
        (glance.size > _FREE_TEXT * counts.values, "Holds longer texts, in which anything may be mentioned."),
    )
    why = next((why for holds, why in reasons if holds), "")
    return bool(why), why or "Its first rows hold nothing like contact details."


def _examined(scope: _Scope, tables: Iterator[Table | NotExamined], chosen: Chosen | None) -> Finding:
    from penelope_admin.detect import columns as scan

    key, findings, left_out = scan.random_key(), [], 0
    skipped: list[NotExamined] = []
    for table in _each(scope, tables, skipped):
        indexes = [index for index, name in enumerate(table.names) if chosen is None or (table.path, name) in chosen]
        if not indexes and chosen is not None:
            left_out += len(table.names)
            continue
        with _noted(table, skipped):
            findings.append(_file(scope, table, indexes, key))
        skipped += _not_examined(table)
    if skipped and not findings and not left_out:
        raise BadInputError(skipped[0].why)
    if chosen is not None and not findings:
        raise BadInputError("None of the columns chosen is in these tables. Nothing was examined. Survey them again.")
    return judge_all(findings, left_out, skipped, knows_shapes=bool(scope.region.telephone_shapes))


def _not_examined(table: Table) -> Iterator[NotExamined]:
    yield from (NotExamined(table.path, storable(why)) for why in table.skipped)
    yield from (NotExamined(table.path, storable(why), is_picture=True) for why in table.pictures)


def _file(scope: _Scope, table: Table, indexes: Sequence[int], key: bytes) -> FileFinding:
    from penelope_admin.detect import columns as scan
    from penelope_admin.detect import spans

    names = [table.names[index] for index in indexes]
    scanners = [scan.Scanner(name, scope.region, key, len(names), scope.today, scope.own) for name in names]
    rest = scan.Scanner(UNREAD, scope.region, key, today=scope.today, own=scope.own)
    rows = unread = 0
    scope.tell(Progress(0, table.total, table.path))
    for batch in table.read(indexes):
        _check(scope.stop)
        for scanner, values in zip(scanners, batch.columns, strict=True):
            scanner.scan(values)
        if batch.texts:
            rest.scan(spans.values_of(batch.texts))
        rows, unread = rows + batch.rows + batch.unread, unread + batch.unread
        scope.tell(Progress(batch.done, table.total, table.path))
    _check(scope.stop)
    columns = [judge_column(name, scanner.counts) for name, scanner in zip(names, scanners, strict=True)]
    if unread:
        columns.append(judge_column(UNREAD, rest.counts))
    return judge_file(table.path, rows, unread, table.sha256, columns, len(table.names) - len(names))


def _check(stop: CancelToken) -> None:
    if stop():
        raise CancelledError("The check was stopped. Nothing was kept of it and no verdict was given.")
