"""What in a table looks like a real person's contact details, and what all of it together says.

Readers count, with the patterns given here; the judgement is a pure function over their counts. No value stays: what is
told about a contact is a masked sample, and whether one is repeated is known from keyed hashes alone.

A contact counts as real if it could be reached: an email address outside the reserved domains, a telephone number that
the numbering plan allows and that is neither kept for fiction nor an obvious filler. In doubt it is not de-identified.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from penelope_admin.detect.names import NameKind, is_beside_numbers, kind_of_name
from penelope_admin.detect.texts import own_domains

ProofVerdict = Literal["real", "de-identified", "cannot-tell"]
Confidence = Literal["high", "medium", "low"]
MAX_SAMPLES = 3
"""Masked samples per column."""
MAX_DISTINCT = 4096
"""Distinct contacts told apart in a column. So many are people; more would only cost memory."""
LEAST_DISTINCT, MAX_DISTINCT_IN_ALL = 100, 400_000
"""At least so many in each column, and not many more than so many in all of a table: each takes 150 bytes."""
MAX_REPEATS = 20
"""One contact in more rows than this may be a placeholder or an office, as families are smaller, or a person with many
visits. Nobody can tell."""
REAL_PEOPLE = 20
"""So many distinct contacts that are not repeated are people, however many rows are de-identified: an export that was
de-identified has none. Fewer may be staff or vendors mentioned in a note, so that a person has to look."""
SURE_PEOPLE = 50
"""From here on the verdict "real" has a high confidence."""
REAL_SHARE = 0.5
"""In a small export, where two or more distinct contacts fill half of a column, that is what the column holds."""
UNCLEAR_SHARE = 0.05
"""How much of a contact column may be neither a contact nor recognisably de-identified. Beyond it nobody can tell."""
MIN_DOUBTS, DOUBT_SHARE = 3, 0.02
"""Where so many of the values read carefully, and such a share of them, may reach a person, nobody can tell. A few are
the invoices and versions that notes are full of."""
MAX_LOOKS, LOOKS_IN_ALL = 400, 4000
"""Values that are read carefully in a column, and in all columns of a table."""
UNREAD_SHARE = 0.01
"""Where more rows than this could not be read, what was read does not stand for the file."""
BARE_SHARE = 0.9
"""Ten digits may be any number. Where nearly all values of a column are dialable, they are telephone numbers: of random
ten-digit numbers at most four in ten are."""
BARE_VALUES = 5
"""Fewer values than this are no "nearly all"."""
CHANCE_SHARE = 0.6
"""Where more than this of the numbers after one word are dialable, and more than by chance, they may be telephone
numbers, whatever they are called; in a column named after other numbers more than `BARE_SHARE`."""
FORMED_SHARE = 0.8
"""Where fewer of at least `REAL_PEOPLE` numbers in a telephone number's form are dialable, they are something else, or
both; then nobody can tell, unless so few are as by chance."""
TELEPHONE_SHARE = 0.95
"""Where so many of at least `REAL_PEOPLE` are, they are telephone numbers."""
LOCAL_SHARE = 0.97
"""Of random digits as long as a number without its area, nine in ten could be one."""
SURPRISE = 14.0
"""How unlikely it has to be that so many numbers are dialable by chance: one to e to the power of this."""
LEAST_IN_CLASS = 12
"""Numbers after one word, of which fewer are too few to say what they are."""
MAX_CLASSES = 500
"""Words before numbers that are told apart in a column; later ones count together."""
ORDER_SHARE, MOMENT_SHARE = 0.9, 0.97
"""Where so many numbers follow the one before closely, or lie between 2001 and 2033 in seconds, they are identifiers
given in order, or moments."""
UNEXPLAINED = 20
"""So many values that nobody understands leave a column's verdict open, however many others it has. Fewer lower the
confidence."""
ONE_DOMAIN, LEAST_AT_DOMAIN = 0.9, 10
"""Where so many of the addresses are at one domain that is no mail provider's, they may be an office's, or made up."""
MANY_DISTINCT = 200
"""So many distinct contacts are people, however often each comes: placeholders and offices are fewer."""
MAX_DOMAINS = 200
"""Mail domains that are told apart in a column."""
SURE_VALUES = 100
"""De-identified values without which that verdict rests on too little for a high confidence."""
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

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        found = asdict(self)
        for name in ("people", "harmless", "bears", "open"):
            del found[name]
        return {**found, "samples": list(self.samples)}


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

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        return {
            "path": self.path,
            "rows": self.rows,
            "unread": self.unread,
            "sha256": self.sha256,
            "verdict": self.verdict,
            "columns": [column.as_json() for column in self.columns],
        }


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

    @property
    def is_complete(self) -> bool:
        """Whether all there is was examined: nothing was left out, and nothing could not be read."""
        return (
            not self.left_out and not self.not_examined and not any(file.left_out or file.unread for file in self.files)
        )

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept and handed to scripts."""
        return {
            "verdict": self.verdict,
            "confidence": self.confidence,
            "sentence": self.sentence,
            "files": [file.as_json() for file in self.files],
            "not_examined": [{"path": item.path, "why": item.why} for item in self.not_examined],
        }


# --- counts ---


def looks_of(columns: int) -> int:
    """How many values of each of so many columns are read as carefully as a text, which takes a while."""
    return max(MIN_DOUBTS, min(MAX_LOOKS, LOOKS_IN_ALL // max(1, columns)))


def most_of(columns: int) -> int:
    """How many distinct contacts are told apart in each of so many columns, so that all of them fit into memory."""
    return max(LEAST_DISTINCT, min(MAX_DISTINCT, MAX_DISTINCT_IN_ALL // max(1, columns)))


@dataclass(slots=True)
class Contacts:
    """How often each contact was seen, by keyed hash; once `most` are known, no more are counted.

    Attributes:
        domains: how many of them are at each mail domain; of further domains only their number is known.
    """

    most: int = MAX_DISTINCT
    seen: dict[bytes, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    domains: dict[str, int] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.seen) >= self.most

    def add(self, key: bytes, times: int, sample: str) -> bool:
        """Count a contact.

        Args:
            key: its keyed hash.
            sample: masked.

        Returns:
            Whether there is room for more.
        """
        self.seen[key] = self.seen.get(key, 0) + times
        if len(self.samples) < MAX_SAMPLES and sample not in self.samples:
            self.samples.append(sample)
        return not self.is_full

    def add_domain(self, domain: str) -> None:
        """Count a mail domain of a contact that was not seen before."""
        name = domain if domain in self.domains or len(self.domains) < MAX_DOMAINS else ""
        self.domains[name] = self.domains.get(name, 0) + 1

    @property
    def at_one_domain(self) -> tuple[int, int]:
        """How many are at the domain with most of them, unless it is a mail provider's; and how many there are."""
        total = sum(self.domains.values())
        name = max(self.domains, key=lambda domain: self.domains[domain], default="")
        return (self.domains[name] if own_domains(f"x@{name}") else 0), total


@dataclass(slots=True)
class Counts:
    """What was counted in a column while its values went by.

    Attributes:
        values: values that are not empty.
        emails: values with a deliverable address.
        sure: values with a dialable number that has a plus, or follows a word for telephoning.
        formed, loose: values with any other dialable number in a telephone number's form; in any other form only.
        numbers: values with a number in another form, dialable or not, but not fictional. In a column of numbers that
            holds nothing else, some of its values stand for all, in `loose` too.
        harmless: values with a reserved address, a fictional number or a filler.
        masked: in a column named after contacts, values that were masked.
        readable: values with a reserved address from which another one can be read.
        own: values with an address that is the agency's own.
        looked, doubts: values that nothing above explains and that were read as carefully as a text, some for all; and
            those of them in which a person may be reached.
        unclear: in a column named after contacts, values with an "@" or digits that are none of all that; in any,
            values that are nearly an address.
        odd: how some of these, of the doubtful and of the readable are written, masked.
        contacts: the addresses, and the numbers in a telephone number's form.
        formed_ones: the other numbers in a telephone number's form.
        digits: the numbers in any other form.
        forms: of the numbers in a telephone number's form, by length and whether they start with a zero: how many are
            dialable, how many there are, and how many would be by chance, 0 to 1.
        classes: of the numbers that follow one word and are equally long, by keyed hash: their length, how many are
            dialable, and how many there are.
        abroad: as `forms`, for numbers that cannot be dialled here: whether they can be in another country, by code.
        local: likewise for values that are as long as a number without its area.
        chance: how many of random numbers of a length are dialable, 0 to 1.
        steps, pairs: how often a number follows the one before closely, and of how many.
        moments, momentous: how many numbers lie between 2001 and 2033 in seconds, and of how many.
    """

    values: int = 0
    emails: int = 0
    sure: int = 0
    formed: int = 0
    loose: int = 0
    numbers: int = 0
    harmless: int = 0
    masked: int = 0
    readable: int = 0
    own: int = 0
    unclear: int = 0
    looked: int = 0
    doubts: int = 0
    odd: list[str] = field(default_factory=list)
    contacts: Contacts = field(default_factory=Contacts)
    formed_ones: Contacts = field(default_factory=Contacts)
    digits: Contacts = field(default_factory=Contacts)
    forms: dict[tuple[int, bool], tuple[int, int, float]] = field(default_factory=dict)
    classes: dict[bytes, tuple[int, int, int]] = field(default_factory=dict)
    abroad: dict[tuple[int, int, bool], tuple[int, int, float]] = field(default_factory=dict)
    local: tuple[int, int] = (0, 0)
    chance: dict[int, float] = field(default_factory=dict)
    steps: int = 0
    pairs: int = 0
    moments: int = 0
    momentous: int = 0

    def add_class(self, key: bytes, length: int, dialable: int, total: int) -> None:
        """Count numbers of one length that follow one word."""
        name = key if key in self.classes or len(self.classes) < MAX_CLASSES else length.to_bytes(2, "big")
        _, good, all_ = self.classes.get(name, (length, 0, 0))
        self.classes[name] = (length, good + dialable, all_ + total)

    def add_formed(self, form: tuple[int, bool], dialable: int, total: int, chance: float) -> None:
        """Count numbers in a telephone number's form."""
        good, all_, _ = self.forms.get(form, (0, 0, 0.0))
        self.forms[form] = (good + dialable, all_ + total, chance)

    def add_abroad(self, form: tuple[int, int, bool], dialable: int, total: int, chance: float) -> None:
        """Count numbers that cannot be dialled here, by whether they can be elsewhere."""
        good, all_, _ = self.abroad.get(form, (0, 0, 0.0))
        self.abroad[form] = (good + dialable, all_ + total, chance)

    def add_odd(self, sample: str) -> None:
        """Keep how a value that nobody understands is written.

        Args:
            sample: masked.
        """
        if len(self.odd) < MAX_SAMPLES and sample not in self.odd:
            self.odd.append(sample)

    def add_local(self, dialable: int, total: int) -> None:
        """Count values that are as long as a number without its area."""
        self.local = (self.local[0] + dialable, self.local[1] + total)

    @property
    def are_in_order(self) -> bool:
        """Whether the numbers in other forms follow each other closely, as identifiers do."""
        return self.pairs >= BARE_VALUES and self.steps >= ORDER_SHARE * self.pairs

    @property
    def are_moments(self) -> bool:
        """Whether the numbers in other forms are seconds since 1970; nearly all of people's numbers are dialable."""
        dialable, total = (sum(counts[place] for counts in self.classes.values()) for place in (1, 2))
        few = dialable < TELEPHONE_SHARE * total
        return few and self.momentous >= BARE_VALUES and self.moments >= MOMENT_SHARE * self.momentous


def _are_no_chance(counts: Counts, length: int, dialable: int, total: int) -> bool:
    """Whether more of some numbers are dialable than of random ones."""
    return _is_surprising(counts.chance.get(length, 0.5), dialable, total)


def takes_formed(name: str, counts: Counts) -> bool:
    """Whether numbers in a telephone number's form are telephone numbers here: of people's nearly all are dialable."""
    if kind_of_name(name) == "telephone" or is_beside_numbers(name):
        return True
    dialable, total = (
        sum(good for good, _, _ in counts.forms.values()),
        sum(all_ for _, all_, _ in counts.forms.values()),
    )
    return total < REAL_PEOPLE or dialable >= FORMED_SHARE * total


def _spread(counts: Counts) -> int:
    """Dialable numbers that follow many different words, where nearly all of them are."""
    dialable, total = (sum(one[place] for one in counts.classes.values()) for place in (1, 2))
    if not total or dialable < BARE_SHARE * total:
        return 0
    chance = sum(counts.chance.get(length, 0.5) * all_ for length, _, all_ in counts.classes.values()) / total
    return dialable if _is_surprising(chance, dialable, total) else 0


def _mixed(counts: Counts) -> int:
    """Dialable numbers in a telephone number's form, where there are more than by chance."""
    return sum(good for good, all_, chance in counts.forms.values() if _is_surprising(chance, good, all_))


def _is_surprising(chance: float, dialable: int, total: int) -> bool:
    share = dialable / total if total else 0
    if share <= chance or chance >= 1:
        return False
    surprise = share * math.log(share / max(chance, 1e-6))
    if share < 1:
        surprise += (1 - share) * math.log((1 - share) / (1 - chance))
    return total * surprise > SURPRISE


def _foreign(kind: NameKind, counts: Counts) -> int:
    """Numbers that can be dialled within one other country, where nearly all can and more than by chance."""
    if kind == "number" or counts.are_in_order:
        return 0
    found: dict[int, int] = {}
    for (code, _, _), (good, total, chance) in counts.abroad.items():
        if total >= LEAST_IN_CLASS and good >= BARE_SHARE * total and _is_surprising(chance, good, total):
            found[code] = found.get(code, 0) + good
    return max(found.values(), default=0)


def takes_bare(kind: NameKind, counts: Counts) -> bool:
    """Whether digits without a telephone number's form are telephone numbers in this column."""
    if kind == "telephone":
        return True
    if kind == "number" or counts.are_in_order or counts.are_moments or len(counts.digits.seen) < BARE_VALUES:
        return False
    share = (counts.sure + counts.formed + counts.loose) / counts.values if counts.values else 0
    return (counts.values >= BARE_VALUES and share >= BARE_SHARE) or any(
        total >= REAL_PEOPLE and dialable >= TELEPHONE_SHARE * total and _are_no_chance(counts, length, dialable, total)
        for length, dialable, total in counts.classes.values()
    )


def _least_share(kind: NameKind, counts: Counts, length: int) -> float:
    """From which share of dialable ones on numbers may be telephone numbers: well above chance."""
    least = BARE_SHARE if kind == "number" else CHANCE_SHARE
    return max(least, (1 + counts.chance.get(length, 0)) / 2)


def may_be_telephones(name: str, counts: Counts) -> int:
    """Dialable numbers that were not taken for telephone numbers, if there are more of them than by chance; else 0."""
    kind, beside = kind_of_name(name), is_beside_numbers(name)
    if takes_bare(kind, counts):
        return 0
    if beside:
        return counts.loose
    if counts.are_moments:
        return 0
    mixed = 0 if takes_formed(name, counts) else _mixed(counts)
    found = mixed + sum(
        dialable
        for length, dialable, total in counts.classes.values()
        if total >= LEAST_IN_CLASS
        and dialable >= _least_share(kind, counts, length) * total
        and _are_no_chance(counts, length, dialable, total)
    )
    found = found or _spread(counts) or _foreign(kind, counts)
    local, total = (0, 0) if counts.are_in_order else counts.local
    return found + (local if total >= UNEXPLAINED and local >= LOCAL_SHARE * total else 0)


# --- the judgement ---


def judge_column(name: str, counts: Counts) -> ColumnFinding:
    """What a column's counts say."""
    kind = kind_of_name(name)
    seen, samples, phones = dict(counts.contacts.seen), list(counts.contacts.samples), counts.sure
    for taken, number, found in (
        (takes_formed(name, counts), counts.formed, counts.formed_ones),
        (takes_bare(kind, counts), counts.loose, counts.digits),
    ):
        if taken:
            phones += number
            samples += found.samples
            for key, times in found.seen.items():
                seen[key] = seen.get(key, 0) + times
    people = len(seen) if len(seen) >= MANY_DISTINCT else sum(times <= MAX_REPEATS for times in seen.values())
    verdict, why, bears = _verdict(counts, phones, people, len(seen), may_be_telephones(name, counts))
    if verdict != "real" and not samples:
        samples = [*counts.odd, *counts.digits.samples] if bears and verdict == "cannot-tell" else counts.odd
    return ColumnFinding(
        name,
        counts.values,
        counts.emails,
        phones,
        len(seen),
        round(max(seen.values(), default=0) / (sum(seen.values()) or 1), 4),
        tuple(dict.fromkeys(samples))[:MAX_SAMPLES],
        verdict,
        why,
        people if verdict == "real" or not _is_one_office(counts, people) else 0,
        counts.harmless + counts.masked + counts.own,
        bears,
        counts.unclear + counts.readable + counts.doubts,
    )


def _is_one_office(counts: Counts, people: int) -> bool:
    """Whether nearly all addresses are at one domain that is nobody's mail provider, and few others are people's."""
    most, total = counts.contacts.at_one_domain
    return total >= LEAST_AT_DOMAIN and most >= ONE_DOMAIN * total and people - most < REAL_PEOPLE


def _verdict(  # noqa: PLR0911
    counts: Counts, phones: int, people: int, distinct: int, doubtful: int
) -> tuple[ProofVerdict, str, bool]:
    """The verdict, why, and whether the column has a say."""
    found = max(counts.emails, phones)
    what = "contacts" if counts.emails and phones else "email addresses" if counts.emails else "telephone numbers"
    if people and _is_one_office(counts, people):
        most, total = counts.contacts.at_one_domain
        return (
            "cannot-tell",
            f"{100 * most // total} % of the addresses are at one domain that is no mail provider's: an agency's own, "
            "or made up. If it is the agency's, name it in Settings and check again.",
            True,
        )
    if people >= REAL_PEOPLE or (people > 1 and found >= REAL_SHARE * counts.values):
        return "real", f"Holds at least {people:,} different {what} that could be reached.", True
    if people:
        few = "one contact" if people == 1 else f"{people} contacts"
        return "cannot-tell", f"Holds {few} that could be a person's. Look at it.", True
    if found:
        few = "one contact that could be reached, many times" if distinct == 1 else f"{distinct} {what} that could be"
        more = "" if distinct == 1 else " reached, each of them many times"
        return "cannot-tell", f"Holds {few}{more}: a placeholder, an office or a person. Look at it.", True
    if doubtful:
        return "cannot-tell", "Holds digits that could be telephone numbers, more than by chance. Look at it.", True
    if counts.readable:
        return (
            "cannot-tell",
            f"Nobody is reached, but {_are(counts.readable, 'address', plural='addresses')} written so that the "
            "original can be read.",
            True,
        )
    if counts.unclear >= min(UNEXPLAINED, max(1, UNCLEAR_SHARE * counts.values)):
        return "cannot-tell", f"{_are(counts.unclear, 'value')} neither a contact nor recognisably de-identified.", True
    if counts.doubts >= max(MIN_DOUBTS, DOUBT_SHARE * counts.looked):
        return "cannot-tell", "Holds what looks like contacts that are written in an unusual way. Look at it.", True
    if counts.harmless or counts.masked or counts.own:
        return "de-identified", _harmless_words(counts), True
    if not counts.values:
        return "cannot-tell", "Is empty, so it says nothing.", False
    return "cannot-tell", "Nothing in it looks like an email address or telephone number.", False


def _harmless_words(counts: Counts) -> str:
    parts = []
    if counts.harmless:
        parts.append(f"{_are(counts.harmless, 'value')} reserved, fictional or masked; none is real.")
    if counts.masked:
        parts.append(f"{counts.masked:,} {'value looks' if counts.masked == 1 else 'values look'} masked.")
    if counts.own:
        parts.append(f"{_are(counts.own, 'value')} at the agency's own domain or test mailbox.")
    return " ".join(parts)


def _are(number: int, what: str, one: str = "is", many: str = "are", plural: str = "") -> str:
    return f"{number:,} {what} {one}" if number == 1 else f"{number:,} {plural or f'{what}s'} {many}"


def judge_file(
    path: str, rows: int, unread: int, sha256: str | None, columns: Iterable[ColumnFinding], left_out: int = 0
) -> FileFinding:
    """What a file's columns say together."""
    found = tuple(columns)
    verdict = _together(found, rows, unread)
    return FileFinding(path, rows, unread, sha256, found, verdict, left_out)


def _together(columns: Collection[ColumnFinding], rows: int, unread: int) -> ProofVerdict:
    verdicts = {column.verdict for column in columns if column.bears}
    if "real" in verdicts or sum(column.people for column in columns) >= REAL_PEOPLE:
        return "real"
    if verdicts != {"de-identified"} or unread > UNREAD_SHARE * rows:
        return "cannot-tell"
    return "de-identified"


def judge(files: Sequence[FileFinding], left_out: int = 0, not_examined: Sequence[NotExamined] = ()) -> Finding:
    """The overall verdict. Files without any contact details have no say, unless none of them has.

    Args:
        left_out: columns of other tables, of which none was examined.
        not_examined: nobody knows what it holds, so that the rest cannot stand for it.
    """
    columns = [column for file in files for column in file.columns]
    rows, unread = sum(file.rows for file in files), sum(file.unread for file in files)
    verdict = _together(columns, rows, unread)
    if verdict == "de-identified" and any(file.unread > UNREAD_SHARE * file.rows for file in files):
        verdict = "cannot-tell"
    unknown = sum(not item.is_picture for item in not_examined)
    if verdict == "de-identified" and (unknown or left_out or any(file.left_out for file in files)):
        verdict = "cannot-tell"
    people, harmless = sum(column.people for column in columns), sum(column.harmless for column in columns)
    elsewhere = left_out
    left_out += sum(file.left_out for file in files)
    confidence: Confidence = "low"
    if verdict == "real":
        confidence = "high" if people >= SURE_PEOPLE else "medium"
    elif verdict == "de-identified":
        confidence = "medium" if unread or not_examined or harmless < SURE_VALUES else "high"
        unexplained = sum(column.open for column in columns)
        if unexplained:
            confidence = "low" if unexplained >= UNEXPLAINED else "medium"
        if not any(_is_filled(file) for file in files):
            confidence = "low"
    sentence = _sentence(verdict, columns, rows, unread, left_out, unknown)
    if pictures := len(not_examined) - unknown:
        sentence += f" {_are(pictures, 'workbook', 'holds', 'hold')} pictures, at which nobody looked."
    return Finding(verdict, confidence, sentence, tuple(files), elsewhere, tuple(not_examined))


def _is_filled(file: FileFinding) -> bool:
    """Whether a file has a column with more than a few de-identified values."""
    return any(column.harmless and column.harmless >= FILLED_SHARE * file.rows for column in file.columns)


def _sentence(
    verdict: ProofVerdict, columns: Collection[ColumnFinding], rows: int, unread: int, left_out: int, skipped: int
) -> str:
    emails, phones = sum(c.email_like for c in columns), sum(c.phone_like for c in columns)
    people, harmless = sum(c.people for c in columns), sum(c.harmless for c in columns)
    more = f" {unread:,} of {rows:,} rows could not be read." if unread else ""
    if left_out:
        unknown = "what it holds is not known" if left_out == 1 else "what they hold is not known"
        more += f" {_are(left_out, 'column', 'was', 'were')} not examined: {unknown}."
    if skipped:
        unknown = "what it holds is not known" if skipped == 1 else "what they hold is not known"
        more += f" {_are(skipped, 'file or table', 'was', 'were', 'files or tables')} not examined: {unknown}."
    if verdict == "real":
        counts = [
            f"{count:,} {noun if count == 1 else nouns}"
            for count, noun, nouns in (
                (emails, "email address", "email addresses"),
                (phones, "telephone number", "telephone numbers"),
            )
            if count
        ]
        return f"Real contact details: {' and '.join(counts)} could be reached.{more}"
    if verdict == "de-identified":
        where = sum(column.harmless > 0 for column in columns)
        return (
            f"De-identified: {harmless:,} value{'s' * (harmless > 1)} in {where:,} column{'s' * (where > 1)} "
            f"{'are' if harmless > 1 else 'is'} reserved, fictional or masked. No contact was found that could be "
            f"reached.{more}"
        )
    few = "one contact" if people == 1 else f"{people} contacts"
    why = "some contact details are neither real nor recognisably de-identified"
    if not rows:
        why = "there are no rows"
    elif people:
        why = f"{few} could be a person's. Look at the columns named below"
    elif emails or phones:
        why = "contacts that could be reached come many times each. Look at the columns named below"
    elif not any(column.bears for column in columns):
        why = "no column with contact details was found"
    elif (skipped or left_out) and all(column.verdict == "de-identified" for column in columns if column.bears):
        why = "not everything was examined"
    return f"Cannot tell: {why}.{more}"
