"""What was counted in a column, and whether the digits among it are telephone numbers.

No value stays: of a contact there is a keyed hash, so that it is known again, and of a few a masked sample. Digits that
are written in no telephone number's form are held against chance: of random ones only some can be dialled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from penelope_admin.detect.names import NameKind, is_beside_numbers, kind_of_name
from penelope_admin.detect.texts import own_domains

F = TypeVar("F")
MAX_SAMPLES = 3
"""Masked samples per column."""
MAX_DISTINCT = 4096
"""Distinct contacts told apart in a column. So many are people; more would only cost memory."""
LEAST_DISTINCT, MAX_DISTINCT_IN_ALL = 100, 400_000
"""At least so many in each column, and not many more than so many in all of a table: each takes 150 bytes."""
REAL_PEOPLE = 20
"""So many distinct contacts that are not repeated are people, however many rows are de-identified: an export that was
de-identified has none. Fewer may be staff or vendors mentioned in a note, so that a person has to look."""
MIN_DOUBTS, DOUBT_SHARE = 3, 0.02
"""Where so many of the values read carefully, and such a share of them, may reach a person, nobody can tell. A few are
the invoices and versions that notes are full of."""
MAX_LOOKS, LOOKS_IN_ALL = 400, 4000
"""Values that are read carefully in a column, and in all columns of a table."""
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
MAX_DOMAINS = 200
"""Mail domains that are told apart in a column."""


def looks_of(columns: int) -> int:
    """How many values of each of so many columns are read as carefully as a text, which takes a while."""
    return max(MIN_DOUBTS, min(MAX_LOOKS, LOOKS_IN_ALL // max(1, columns)))


def most_of(columns: int) -> int:
    """How many distinct contacts are told apart in each of so many columns, so that all of them fit into memory."""
    return max(LEAST_DISTINCT, min(MAX_DISTINCT, MAX_DISTINCT_IN_ALL // max(1, columns)))


class Tally(NamedTuple):
    """How many of some numbers can be dialled, how many there are, and how many would be by chance, 0 to 1."""

    dialable: int
    total: int
    chance: float

    @property
    def is_surprising(self) -> bool:
        """Whether more can be dialled than of random ones."""
        share, chance = self.dialable / (self.total or 1), self.chance
        if share <= chance or chance >= 1:
            return False
        surprise = share * math.log(share / max(chance, 1e-6))
        if share < 1:
            surprise += (1 - share) * math.log((1 - share) / (1 - chance))
        return self.total * surprise > SURPRISE

    def reaches(self, share: float) -> bool:
        """Whether such a share of them can be dialled."""
        return self.dialable >= share * self.total


def add_tally(tallies: dict[F, Tally], key: F, more: Tally) -> None:
    """Count more numbers of one kind."""
    before = tallies.get(key, Tally(0, 0, more.chance))
    tallies[key] = Tally(before.dialable + more.dialable, before.total + more.total, more.chance)


def _all_of(tallies: Iterable[Tally]) -> Tally:
    """Numbers of all kinds together."""
    tallies = list(tallies)
    total = sum(tally.total for tally in tallies)
    chance = sum(tally.chance * tally.total for tally in tallies) / (total or 1)
    return Tally(sum(tally.dialable for tally in tallies), total, chance)


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
        coded: contacts in base64 or hexadecimal, of those values that were looked at, some of them twice.
        unclear: in a column named after contacts, values with an "@" or digits that are none of all that; in any,
            values that are nearly an address.
        odd: how some of these, of the doubtful and of the readable are written, masked.
        contacts: the addresses, and the numbers in a telephone number's form.
        formed_ones: the other numbers in a telephone number's form.
        digits: the numbers in any other form.
        forms: the numbers in a telephone number's form, by length and whether they start with a zero.
        classes: the numbers that follow one word and are equally long, by keyed hash.
        abroad: as `forms`, for numbers that cannot be dialled here: whether they can be in another country, by code.
        local: how many values that are as long as a number without its area can be one, and how many there are.
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
    coded: int = 0
    odd: list[str] = field(default_factory=list)
    contacts: Contacts = field(default_factory=Contacts)
    formed_ones: Contacts = field(default_factory=Contacts)
    digits: Contacts = field(default_factory=Contacts)
    forms: dict[tuple[int, bool], Tally] = field(default_factory=dict)
    classes: dict[bytes, Tally] = field(default_factory=dict)
    abroad: dict[tuple[int, int, bool], Tally] = field(default_factory=dict)
    local: tuple[int, int] = (0, 0)
    steps: int = 0
    pairs: int = 0
    moments: int = 0
    momentous: int = 0

    def add_class(self, key: bytes, length: int, more: Tally) -> None:
        """Count numbers of one length that follow one word."""
        is_told_apart = key in self.classes or len(self.classes) < MAX_CLASSES
        add_tally(self.classes, key if is_told_apart else length.to_bytes(2, "big"), more)

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
        few = not _all_of(self.classes.values()).reaches(TELEPHONE_SHARE)
        return few and self.momentous >= BARE_VALUES and self.moments >= MOMENT_SHARE * self.momentous


def takes_formed(name: str, counts: Counts) -> bool:
    """Whether numbers in a telephone number's form are telephone numbers here: of people's nearly all are dialable."""
    if kind_of_name(name) == "telephone" or is_beside_numbers(name):
        return True
    formed = _all_of(counts.forms.values())
    return formed.total < REAL_PEOPLE or formed.reaches(FORMED_SHARE)


def _spread(counts: Counts) -> int:
    """Dialable numbers that follow many different words, where nearly all of them are."""
    whole = _all_of(counts.classes.values())
    return whole.dialable if whole.reaches(BARE_SHARE) and whole.is_surprising else 0


def _mixed(name: str, counts: Counts) -> int:
    """Dialable numbers in a telephone number's form that were not taken for some, where more are than by chance."""
    if takes_formed(name, counts):
        return 0
    return sum(tally.dialable for tally in counts.forms.values() if tally.is_surprising)


def _foreign(kind: NameKind, counts: Counts) -> int:
    """Numbers that can be dialled within one other country, where nearly all can and more than by chance."""
    if kind == "number" or counts.are_in_order:
        return 0
    by_country: dict[int, int] = {}
    for (code, _, _), tally in counts.abroad.items():
        if tally.total >= LEAST_IN_CLASS and tally.reaches(BARE_SHARE) and tally.is_surprising:
            by_country[code] = by_country.get(code, 0) + tally.dialable
    return max(by_country.values(), default=0)


def takes_bare(kind: NameKind, counts: Counts) -> bool:
    """Whether digits without a telephone number's form are telephone numbers in this column."""
    if kind == "telephone":
        return True
    if kind == "number" or counts.are_in_order or counts.are_moments or len(counts.digits.seen) < BARE_VALUES:
        return False
    dialable = counts.sure + counts.formed + counts.loose
    return (counts.values >= BARE_VALUES and dialable >= BARE_SHARE * counts.values) or any(
        tally.total >= REAL_PEOPLE and tally.reaches(TELEPHONE_SHARE) and tally.is_surprising
        for tally in counts.classes.values()
    )


def may_be_telephones(name: str, counts: Counts) -> int:
    """Dialable numbers that were not taken for telephone numbers, if there are more of them than by chance; else 0."""
    kind = kind_of_name(name)
    if takes_bare(kind, counts):
        return 0
    if is_beside_numbers(name):
        if counts.loose:
            return counts.loose
        kind = "other"  # "Home No": of a telephone, as far as anybody can tell
    if counts.are_moments:
        return 0
    count = _mixed(name, counts) + _after_words(kind, counts)
    return (count or _spread(counts) or _foreign(kind, counts)) + _without_area(counts)


def _after_words(kind: NameKind, counts: Counts) -> int:
    """Dialable numbers after words that more of them follow than by chance."""
    least = BARE_SHARE if kind == "number" else CHANCE_SHARE
    enough = (tally for tally in counts.classes.values() if tally.total >= LEAST_IN_CLASS)
    # From halfway between chance and all of them on: well above chance.
    return sum(t.dialable for t in enough if t.reaches(max(least, (1 + t.chance) / 2)) and t.is_surprising)


def _without_area(counts: Counts) -> int:
    """Values that may be numbers without their area, where nearly all that are as long may be."""
    local, total = counts.local
    return local if not counts.are_in_order and total >= UNEXPLAINED and local >= LOCAL_SHARE * total else 0
