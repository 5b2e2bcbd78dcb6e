"""What everything that was counted in an export says together: whether real people can be reached with it.

The judgement is a pure function over the counts of `counts`; words for people come with it.

A contact counts as real if it could be reached: an email address outside the reserved domains, a telephone number that
the numbering plan allows and that is neither kept for fiction nor an obvious filler. In doubt it is not de-identified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from penelope_admin.detect.counts import (
    DOUBT_SHARE,
    MAX_SAMPLES,
    MIN_DOUBTS,
    REAL_PEOPLE,
    UNEXPLAINED,
    Counts,
    may_be_telephones,
    takes_bare,
    takes_formed,
)
from penelope_admin.detect.names import kind_of_name

ProofVerdict = Literal["real", "de-identified", "cannot-tell"]
Confidence = Literal["high", "medium", "low"]
MAX_REPEATS = 20
"""One contact in more rows than this may be a placeholder or an office, as families are smaller, or a person with many
visits. Nobody can tell."""
SURE_PEOPLE = 50
"""From here on the verdict "real" has a high confidence."""
REAL_SHARE = 0.5
"""In a small export, where two or more distinct contacts fill half of a column, that is what the column holds."""
UNCLEAR_SHARE = 0.05
"""How much of a contact column may be neither a contact nor recognisably de-identified. Beyond it nobody can tell."""
UNREAD_SHARE = 0.01
"""Where more rows than this could not be read, what was read does not stand for the file."""
ONE_DOMAIN, LEAST_AT_DOMAIN = 0.9, 10
"""Where so many of the addresses are at one domain that is no mail provider's, they may be an office's, or made up."""
MANY_DISTINCT = 200
"""So many distinct contacts are people, however often each comes: placeholders and offices are fewer."""
SURE_VALUES = 100
"""De-identified values without which that verdict rests on too little for a high confidence."""
FEW_VALUES = 10
"""De-identified values that show next to nothing: where there are fewer, the confidence is low."""
FILLED_SHARE = 0.01
"""Where fewer rows than this have a de-identified value, that verdict has a low confidence."""


# --- what is found ---


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an examination is.

    Attributes:
        done: bytes of a file, or rows of a table whose size is not known.
        total: of the same; None if it is not known.
        what: the file or table.
    """

    done: int
    total: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A column that was glanced at: whether to examine it, and why."""

    file: str
    column: str
    examine: bool
    why: str


@dataclass(frozen=True, slots=True)
class ColumnFinding:
    """What one column holds.

    Attributes:
        values: values that are not empty.
        email_like: values with an email address that could be delivered to.
        phone_like: values with a telephone number that could be dialled.
        distinct: different contacts among them, at least; counted up to `MAX_DISTINCT`.
        top_share: the most frequent contact's share of those counted, 0 to 1.
        samples: masked, at most `MAX_SAMPLES`.
        people: distinct contacts that are not repeated often.
        harmless: values that are recognisably de-identified: reserved, fictional, filled in or masked.
        bears: whether it has a say in the verdict; a column without any contacts has none.
        open: values that nobody understands, too few to leave the verdict open.
    """

    name: str
    values: int
    email_like: int
    phone_like: int
    distinct: int
    top_share: float
    samples: tuple[str, ...]
    verdict: ProofVerdict
    why: str
    people: int = 0
    harmless: int = 0
    bears: bool = False
    open: int = 0


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What one file, sheet or database table holds.

    Attributes:
        path: the file's name as given, or schema.table.
        rows: rows without the heading, with those that could not be read.
        unread: rows that could not be told into columns. Their text was searched as a whole.
        sha256: of the file's bytes; None for a database table.
        left_out: columns that nobody asked to examine.
    """

    path: str
    rows: int
    unread: int
    sha256: str | None
    columns: tuple[ColumnFinding, ...]
    verdict: ProofVerdict
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A file or table, or what it holds, that was not looked at, and why, in a sentence.

    Attributes:
        is_picture: it is only pictures that a workbook has beside its cells, such as a logo. They are named and lower
            the confidence, and the rest may be de-identified.
    """

    path: str
    why: str
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What all that was examined says together, in a sentence a person understands.

    Attributes:
        left_out: columns of tables of which none was examined.
        not_examined: what could not be looked at; nobody knows what it holds.
    """

    verdict: ProofVerdict
    confidence: Confidence
    sentence: str
    files: tuple[FileFinding, ...]
    left_out: int = 0
    not_examined: tuple[NotExamined, ...] = ()


# --- the judgement of a column ---


@dataclass(frozen=True, slots=True)
class _Reached:
    """The contacts of a column that could be reached.

    Attributes:
        emails, phones: values with one.
        seen: how often each contact comes, by keyed hash.
        samples: masked.
        people: how many are not repeated so often that they may be placeholders or offices; none where they may all be
            one office's.
        in_an_office: of those, how many are at the one domain at which nearly all are, unless it is a mail provider's.
        addresses: of how many that is told.
    """

    emails: int
    phones: int
    seen: dict[bytes, int]
    samples: list[str]
    people: int
    in_an_office: int
    addresses: int

    @property
    def values(self) -> int:
        """Values with a contact, at least."""
        return max(self.emails, self.phones)

    @property
    def top_share(self) -> float:
        """The most frequent contact's share of those counted."""
        return round(max(self.seen.values(), default=0) / (sum(self.seen.values()) or 1), 4)

    @property
    def what(self) -> str:
        """What they are, for people."""
        if self.emails and self.phones:
            return "contacts"
        return "email addresses" if self.emails else "telephone numbers"


def _reached(name: str, counts: Counts) -> _Reached:
    """The addresses, and those numbers that are telephone numbers in this column."""
    seen, samples, phones = dict(counts.contacts.seen), list(counts.contacts.samples), counts.sure
    for applies, number, contacts in (
        (takes_formed(name, counts), counts.formed, counts.formed_ones),
        (takes_bare(kind_of_name(name), counts), counts.loose, counts.digits),
    ):
        if applies:
            phones += number
            samples += contacts.samples
            for key, times in contacts.seen.items():
                seen[key] = seen.get(key, 0) + times
    people = len(seen) if len(seen) >= MANY_DISTINCT else sum(times <= MAX_REPEATS for times in seen.values())
    most, total = counts.contacts.at_one_domain
    if people and total >= LEAST_AT_DOMAIN and most >= ONE_DOMAIN * total and people - most < REAL_PEOPLE:
        return _Reached(counts.emails, phones, seen, samples, 0, most, total)
    return _Reached(counts.emails, phones, seen, samples, people, 0, total)


def judge_column(name: str, counts: Counts) -> ColumnFinding:
    """What a column's counts say."""
    reached = _reached(name, counts)
    verdict, why, bears = _verdict(counts, reached, may_be_telephones(name, counts))
    return ColumnFinding(
        name=name,
        values=counts.values,
        email_like=counts.emails,
        phone_like=reached.phones,
        distinct=len(reached.seen),
        top_share=reached.top_share,
        samples=tuple(dict.fromkeys(_samples(counts, reached, verdict, bears=bears)))[:MAX_SAMPLES],
        verdict=verdict,
        why=why,
        people=reached.people,
        harmless=counts.harmless + counts.masked + counts.own,
        bears=bears,
        open=counts.unclear + counts.readable + counts.doubts + counts.coded,
    )


def _samples(counts: Counts, reached: _Reached, verdict: ProofVerdict, *, bears: bool) -> list[str]:
    """Masked samples of what the verdict rests on: where nobody is reached, of what nobody understands."""
    if verdict == "real" or reached.samples:
        return reached.samples
    return [*counts.odd, *counts.digits.samples] if bears and verdict == "cannot-tell" else counts.odd


def _verdict(counts: Counts, reached: _Reached, doubtful: int) -> tuple[ProofVerdict, str, bool]:
    """The verdict, why, and whether the column has a say: what could be reached, then what nobody understands, then
    what is recognised.
    """
    half = reached.people > 1 and reached.values >= REAL_SHARE * counts.values
    if half or reached.people >= REAL_PEOPLE:
        return "real", f"Holds at least {reached.people:,} different {reached.what} that could be reached.", True
    if why := _few_words(reached) or _open_words(counts, doubtful):
        return "cannot-tell", why, True
    if why := _harmless_words(counts):
        return "de-identified", why, True
    if not counts.values:
        return "cannot-tell", "Is empty, so it says nothing.", False
    return "cannot-tell", "Nothing in it looks like an email address or telephone number.", False


def _few_words(reached: _Reached) -> str:
    """Why contacts that could be reached leave the verdict open; nothing where there are none."""
    if reached.in_an_office:
        return (
            f"{100 * reached.in_an_office // reached.addresses} % of the addresses are at one domain that is no mail "
            "provider's: an agency's own, or made up. If it is the agency's, name it in Settings and check again."
        )
    if reached.people:
        return f"Holds {_contacts(reached.people)} that could be a person's. Look at it."
    if not reached.values:
        return ""
    few = "one contact that could be reached, many times"
    if len(reached.seen) != 1:
        few = f"{len(reached.seen)} {reached.what} that could be reached, each of them many times"
    return f"Holds {few}: a placeholder, an office or a person. Look at it."


def _open_words(counts: Counts, doubtful: int) -> str:
    """What nobody understands in a column; nothing where all of it is understood.

    Args:
        doubtful: digits that may be telephone numbers.
    """
    if doubtful:
        return "Holds digits that could be telephone numbers, more than by chance. Look at it."
    if counts.readable:
        addresses = _are(counts.readable, "address", plural="addresses")
        return f"Nobody is reached, but {addresses} written so that the original can be read."
    if counts.coded:
        return "Holds contacts in base64 or hexadecimal code. Look at it."
    if counts.unclear >= min(UNEXPLAINED, max(1, UNCLEAR_SHARE * counts.values)):
        return f"{_are(counts.unclear, 'value')} neither a contact nor recognisably de-identified."
    if counts.doubts >= max(MIN_DOUBTS, DOUBT_SHARE * counts.looked):
        return "Holds what looks like contacts that are written in an unusual way. Look at it."
    return ""


def _harmless_words(counts: Counts) -> str:
    """What is recognised as de-identified; nothing where nothing is."""
    parts = (
        (counts.harmless, "is", "are", "reserved, fictional or masked; none is real."),
        (counts.masked, "looks", "look", "masked."),
        (counts.own, "is", "are", "at the agency's own domain or test mailbox."),
    )
    return " ".join(f"{_are(number, 'value', one, many)} {what}" for number, one, many, what in parts if number)


def _are(number: int, what: str, one: str = "is", many: str = "are", plural: str = "") -> str:
    return f"{_count(number, what, plural)} {_agreeing(number, one, many)}"


def _count(number: int, what: str, plural: str = "") -> str:
    return f"{number:,} {_agreeing(number, what, plural or f'{what}s')}"


def _contacts(number: int) -> str:
    return _agreeing(number, "one contact", f"{number} contacts")


def _agreeing(number: int, one: str, many: str) -> str:
    """The word that goes with a number."""
    return one if number == 1 else many


# --- the judgement of files ---


def judge_file(
    path: str, rows: int, unread: int, sha256: str | None, columns: Iterable[ColumnFinding], left_out: int = 0
) -> FileFinding:
    """What a file's columns say together."""
    columns = tuple(columns)
    verdict = _together(columns, rows, unread)
    return FileFinding(path, rows, unread, sha256, columns, verdict, left_out)


def _together(columns: Collection[ColumnFinding], rows: int, unread: int) -> ProofVerdict:
    verdicts = {column.verdict for column in columns if column.bears}
    if "real" in verdicts or sum(column.people for column in columns) >= REAL_PEOPLE:
        return "real"
    if verdicts != {"de-identified"} or unread > UNREAD_SHARE * rows:
        return "cannot-tell"
    return "de-identified"


def judge_all(
    files: Sequence[FileFinding],
    left_out: int = 0,
    not_examined: Sequence[NotExamined] = (),
    *,
    knows_shapes: bool = True,
) -> Finding:
    """The overall verdict. Files without any contact details have no say, unless none of them has.

    Args:
        left_out: columns of other tables, of which none was examined.
        not_examined: nobody knows what it holds, so that the rest cannot stand for it.
        knows_shapes: whether it is known how the region writes telephone numbers.
    """
    pictures = sum(item.is_picture for item in not_examined)
    every_column = left_out + sum(file.left_out for file in files)
    whole = _Whole(files, every_column, len(not_examined) - pictures, pictures, knows_shapes=knows_shapes)
    verdict = whole.verdict()
    confidence, sentence = whole.summary(verdict)
    return Finding(verdict, confidence, sentence, tuple(files), left_out, tuple(not_examined))


class _Whole:
    """All files together, and what was left out of them."""

    def __init__(
        self, files: Sequence[FileFinding], left_out: int, unknown: int, pictures: int, *, knows_shapes: bool
    ) -> None:
        """
        Args:
            left_out: columns that nobody asked to examine, in all files.
            unknown: files and tables of which nobody knows what they hold.
            pictures: workbooks with pictures.
            knows_shapes: as for `judge_all`.
        """
        self._knows_shapes = knows_shapes
        self._files, self._left_out, self._unknown, self._pictures = files, left_out, unknown, pictures
        self._columns = [column for file in files for column in file.columns]
        self._rows, self._unread = sum(file.rows for file in files), sum(file.unread for file in files)
        self._people = sum(column.people for column in self._columns)
        self._emails = sum(_at_least(item.email_like, item.phone_like, item.distinct) for item in self._columns)
        self._phones = sum(_at_least(item.phone_like, item.email_like, item.distinct) for item in self._columns)
        self._harmless = sum(column.harmless for column in self._columns)

    def verdict(self) -> ProofVerdict:
        """Nothing is de-identified where a part of it was not seen."""
        verdict = _together(self._columns, self._rows, self._unread)
        torn = any(file.unread > UNREAD_SHARE * file.rows for file in self._files)
        if verdict == "de-identified" and (torn or self._unknown or self._left_out):
            return "cannot-tell"
        return verdict

    def summary(self, verdict: ProofVerdict) -> tuple[Confidence, str]:
        """How sure the verdict is; and what was found and what was not seen, for people."""
        confidence, sentence = {"real": self._real, "de-identified": self._masked, "cannot-tell": self._open}[verdict]()
        return confidence, " ".join([sentence, *self._unseen()])

    def _real(self) -> tuple[Confidence, str]:
        addresses = self._emails and _count(self._emails, "email address", "email addresses")
        numbers = self._phones and _count(self._phones, "telephone number")
        contacts = " and ".join(str(count) for count in (addresses, numbers) if count)
        sentence = f"Real contact details: {contacts} could be reached."
        return "high" if self._people >= SURE_PEOPLE else "medium", sentence

    def _masked(self) -> tuple[Confidence, str]:
        where = _count(sum(column.harmless > 0 for column in self._columns), "column")
        sentence = (
            f"De-identified: {_count(self._harmless, 'value')} in {where} {_agreeing(self._harmless, 'is', 'are')} "
            "reserved, fictional or masked. No contact was found that could be reached."
        )
        unexplained = sum(column.open for column in self._columns)
        if unexplained >= UNEXPLAINED or self._harmless < FEW_VALUES or not any(map(_is_filled, self._files)):
            return "low", sentence
        doubts = unexplained or self._unread or self._pictures or not self._knows_shapes
        return "medium" if doubts or self._harmless < SURE_VALUES else "high", sentence

    def _open(self) -> tuple[Confidence, str]:
        return "low", f"Cannot tell: {self._open_reason()}."

    def _open_reason(self) -> str:
        if not self._rows:
            return "there are no rows"
        if self._people:
            return f"{_contacts(self._people)} could be a person's. Look at the columns named below"
        if self._emails or self._phones:
            return "contacts that could be reached come many times each. Look at the columns named below"
        verdicts = {column.verdict for column in self._columns if column.bears}
        if not verdicts:
            return "no column with contact details was found"
        if verdicts == {"de-identified"} and (self._unknown or self._left_out):
            return "not everything was examined"
        return "some contact details are neither real nor recognisably de-identified"

    def _unseen(self) -> Iterator[str]:
        """What was not seen, a sentence for each kind of it."""
        if self._unread:
            yield f"{self._unread:,} of {self._rows:,} rows could not be read."
        for number, what, whats in (
            (self._left_out, "column", "columns"),
            (self._unknown, "file or table", "files or tables"),
        ):
            if number:
                holds = _agreeing(number, "it holds", "they hold")
                yield f"{_are(number, what, 'was', 'were', whats)} not examined: what {holds} is not known."
        if self._pictures:
            yield f"{_are(self._pictures, 'workbook', 'holds', 'hold')} pictures, at which nobody looked."
        if not self._knows_shapes:
            yield "The rules in use do not say how the region writes telephone numbers: they were told by their digits."


def _at_least(values: int, of_the_other_kind: int, distinct: int) -> int:
    """How many contacts so many values of a column hold at least; one value may hold many."""
    return max(values, distinct) if values and not of_the_other_kind else values


def _is_filled(file: FileFinding) -> bool:
    """Whether a file has a column with more than a few de-identified values."""
    return any(column.harmless and column.harmless >= FILLED_SHARE * file.rows for column in file.columns)
