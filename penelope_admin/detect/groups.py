"""Runs of digits in a text: where in them telephone numbers may be, and which digits could be dialled."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pyarrow.compute as pc

from penelope_admin.detect import values
from penelope_admin.detect.spans import (
    LETTER,
    MAX_GAP,
    WORD_SIGN,
    Bytes,
    Flags,
    Numbers,
    are_digits,
    gathered,
    last_outside,
    matches,
    next_outside,
    table_of,
)
from penelope_admin.detect.values import Region

_MAX_GROUPS = 15  # of digits in a number; so many fit into an int64, four bits each
CARD_DIGITS = 14
"""No telephone number within a country has so many digits."""
_MOST_LETTERS = 24  # around a number that touches them
_LONGEST_HOME = 11  # digits; a longer number that starts with a zero may go abroad
# What may stand between groups of digits, and how strongly it divides them.
_SIGNS = np.zeros(256, np.uint8)
_SIGNS[list(b"\t\r\"#$%&'*,/:;<=>?[]^_`{|}~\\!")] = 3
_SIGNS[list(b"-.")] = 1
_SIGNS[list(b" ()")] = 2
_GAP = _SIGNS > 0
_DASH = table_of(b"-/.")
_OF_DAY = WORD_SIGN | table_of(b"_-/.+:")  # beside these a day may be part of something longer
_BEFORE_CLOCK, _AFTER_CLOCK = table_of(b" \n(;\"'"), table_of(b" \n);,.!?\"'")
_BEFORE_PLAIN = _BEFORE_CLOCK | table_of(b"-#/$=_")
_STOP = table_of(b",.")


class Groups:
    """Numbers in a text: groups of digits with no more than a gap between them.

    Attributes:
        starts, ends: where each number is.
        digits, counts: how many digits and groups it has.
    """

    def __init__(self, text: Bytes) -> None:
        is_digit = are_digits(text)
        edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]) + 1
        self._starts, self._ends = edges[0::2], edges[1::2]
        self._strike_moments(text)
        self._lengths = self._ends - self._starts
        heads = self._heads(text)
        self._first = np.flatnonzero(heads)
        self.count = len(self._first)
        self._signs = self._divisions(text, heads)
        if not self.count:
            return
        self.counts = np.diff(self._first, append=len(heads))
        self.digits = np.add.reduceat(self._lengths, self._first)
        self.starts = self._starts[self._first]
        self.ends = self._ends[self._first + self.counts - 1]

    def _strike_moments(self, text: Bytes) -> None:
        """Overwrite the days and clock times in prose, and forget their digits: most digits of notes are theirs.

        Of "Seen 2026-01-15 at 10:30, rang 204-942-3007" that leaves "Seen ;;;;;;;;;; at ;;;;;, rang 204-942-3007". What
        is no plain day or time, as one that touches a letter or another sign, is left to a closer look.
        """
        starts, ends = self._starts, self._ends
        if not (starts[1:] - ends[:-1] == 1).any():
            return
        lengths, before, after = ends - starts, text[starts - 1], text[ends]
        sign = np.where(starts[1:] - ends[:-1] == 1, after[:-1], 0)  # between a group and the next, if there is one
        is_year = (lengths == len("2026")) & _is_century(text, starts)
        short, free = lengths <= len("31"), ~(_OF_DAY[before])
        dashed = _DASH[sign[:-1]] & _DASH[sign[1:]] & short[1:-1] & free[:-2] & ~_OF_DAY[after[2:]]
        days = np.flatnonzero(dashed & ((is_year[:-2] & short[2:]) | (short[:-2] & is_year[2:])))
        colon = (sign == ord(":")) & (lengths[1:] == len("59")) & short[:-1]
        clocks = np.flatnonzero(colon & _BEFORE_CLOCK[before[:-1]] & _are_ended(text, ends)[1:])
        gone = np.zeros(len(starts), np.bool_)
        for first, last in ((days, days + 2), (clocks, clocks + 1)):
            for place in range(int((ends[last] - starts[first]).max(initial=0))):
                at = starts[first] + place
                text[at[at < ends[last]]] = ord(";")
            for step in range(3):
                gone[np.minimum(first + step, last)] = True
        self._starts, self._ends = starts[~gone], ends[~gone]

    def are_plain(self, text: Bytes) -> Flags:
        """Which are digits alone between blanks or the like, too few for a card: no identifier of a known kind."""
        alone = _BEFORE_PLAIN[text[self.starts - 1]] & _are_ended(text, self.ends)
        flags: Flags = alone & (self.counts == 1) & (self.digits < CARD_DIGITS)
        return flags

    def _heads(self, text: Bytes) -> Flags:
        """Which groups start a number."""
        heads = np.ones(len(self._starts), np.bool_)
        gaps = self._starts[1:] - self._ends[:-1]
        signs = _GAP[text[self._ends[:-1]]] | ((gaps == 1) & (text[self._ends[:-1]] == ord("+")))  # "204+942+3007"
        near = np.flatnonzero((gaps <= MAX_GAP) & signs)
        near = near[np.minimum(self._lengths[near], self._lengths[near + 1]) < values.MIN_DIGITS]  # else two numbers
        if not len(near):
            return heads
        for index in range(1, int(gaps[near].max())):
            near = near[(gaps[near] <= index) | _GAP[text[self._ends[near] + np.minimum(index, gaps[near])]]]
        heads[near + 1] = False
        first = np.flatnonzero(heads)
        if len(first) and np.diff(first, append=len(heads)).max() > _MAX_GROUPS:
            place = np.arange(len(heads)) - np.repeat(first, np.diff(first, append=len(heads)))
            heads |= place % _MAX_GROUPS == 0
        return heads

    def _divisions(self, text: Bytes, heads: Flags) -> Bytes:
        """How strongly what stands after each group divides it from the next of its number, 1 to 3."""
        strengths = np.ones(len(self._starts), np.uint8)
        joined = np.flatnonzero(~heads[1:])
        for index in range(MAX_GAP):
            at = self._ends[joined] + index
            inside = at < self._starts[joined + 1]
            joined, at = joined[inside], at[inside]
            if not len(joined):
                break
            strengths[joined] = np.maximum(strengths[joined], _SIGNS[text[at]])
        return strengths

    def keep(self, which: Flags) -> None:
        """Forget the other numbers."""
        self._first, self.counts, self.digits = self._first[which], self.counts[which], self.digits[which]
        self.starts, self.ends = self.starts[which], self.ends[which]
        self.count = len(self._first)

    def may_be_identifiers(self, text: Bytes) -> bool:
        """Whether any are too long for a telephone number, or start with what may be a year."""
        years = (self._lengths[self._first] == len("2026")) & (text[self.starts] <= ord("2")) & (self.counts > 1)
        return bool(years.any() or self.digits.max() >= CARD_DIGITS)

    def are_abroad(self, text: Bytes) -> Flags:
        """Which start with what is dialled first for another country, as a group of its own: "011 44 20 7183 8750"."""
        sizes, starts = self._lengths[self._first], self.starts
        zeros = (text[starts] == ord("0")) & (text[starts + 1] == ord("0")) & (sizes == len("00")) & (self.counts > 2)  # noqa: PLR2004
        ones = (text[starts + sizes - 1] == ord("1")) & (text[starts + sizes - 2] == ord("1"))
        ones &= (text[starts] == ord("0")) & ((sizes == len("011")) | (sizes == len("0011")))
        flags: Flags = zeros | (ones & (self.counts > 1))
        return flags

    def have_plus(self, text: Bytes) -> Flags:
        """Which have a plus before them: "+1 204", "(+1) 204", "+ 1 204"; one with a blank only before two groups."""
        before, earlier = text[self.starts - 1], text[self.starts - 2] == ord("+")
        flags: Flags = (before == ord("+")) | (earlier & (before == ord("(")))
        flags |= earlier & (before == ord(" ")) & (self.counts > 1)
        return flags

    def start_abroad(self, text: Bytes) -> Flags:
        """Which start with a zero and have more digits than a number within a country."""
        zero = (text[self.starts] == ord("0")) & are_digits(text[self.starts + 1])
        flags: Flags = zero & (self.digits > _LONGEST_HOME)
        return flags

    def are_local(self, length: int) -> Flags:
        """Which are as long as a number without its area, in one group or divided before its last four digits."""
        halves = (self.counts == 2) & (self._lengths[self._first] == length - 4)  # noqa: PLR2004
        flags: Flags = (self.digits == length) & ((self.counts == 1) | halves)
        return flags

    def cut_decimals(self, text: Bytes) -> None:
        """Take off the ".0" that a program adds to a number which it took for a decimal."""
        last = self.starts + self.digits  # where there are two groups with one sign between, the last digit
        places = np.flatnonzero((self.counts == 2) & (self.ends == last + 1))  # noqa: PLR2004
        places = places[(text[last[places]] == ord("0")) & (text[last[places] - 1] == ord("."))]
        self.counts[places], self.ends[places] = 1, last[places] - 1
        self.digits[places] -= 1

    def parts(self, region: Region, which: Flags) -> tuple[Numbers, Numbers, Flags, Numbers]:
        """Where telephone numbers may be in the chosen numbers, which are written like one, and in which each is.

        Parts of one number may overlap: in "2,112,345,678" there are ten digits, and nine.
        """
        lengths, signs = np.zeros(self.count, np.int64), np.zeros(self.count, np.int64)
        many = np.flatnonzero(which)
        for place in range(_MAX_GROUPS):
            at = self._first[many] + place
            lengths[many] |= np.minimum(self._lengths[at], 15) << (4 * place)
            many = many[self.counts[many] > place + 1]
            if not len(many):
                break
            signs[many] |= self._signs[self._first[many] + place].astype(np.int64) << (2 * place)
        places = np.flatnonzero(which)
        order = places[np.lexsort((signs[places], lengths[places]))]
        starts, ends, sure, wholes = [self._starts[:0]], [self._ends[:0]], [np.zeros(0, np.bool_)], [places[:0]]
        if len(order):
            edges = np.flatnonzero((np.diff(lengths[order]) != 0) | (np.diff(signs[order]) != 0)) + 1
            for same in np.split(order, edges):
                for part in _read_run(int(lengths[same[0]]), int(signs[same[0]]), region):
                    first = self._first[same] + part.first
                    starts.append(self._starts[first])
                    ends.append(self._ends[first + part.count - 1])
                    sure.append(np.full(len(same), part.trust == "sure"))
                    wholes.append(same)
        return np.concatenate(starts), np.concatenate(ends), np.concatenate(sure), np.concatenate(wholes)


def are_outdone(starts: Numbers, ends: Numbers, wholes: Numbers, dialable: Flags) -> Flags:
    """Which parts of numbers cannot be dialled and overlap one that can: they are no readings that failed."""
    if not dialable.any() or dialable.all():
        return np.zeros(len(starts), np.bool_)
    first = np.full(int(wholes.max()) + 1, np.iinfo(np.int64).max)
    last = np.zeros_like(first)
    np.minimum.at(first, wholes[dialable], starts[dialable])
    np.maximum.at(last, wholes[dialable], ends[dialable])
    return ~dialable & (starts < last[wholes]) & (ends > first[wholes])


def _is_century(text: Bytes, starts: Numbers) -> Flags:
    """Which groups start like a year that is meant: 19.. or 20.."""
    first, second = text[starts], text[starts + 1]
    flags: Flags = ((first == ord("1")) & (second == ord("9"))) | ((first == ord("2")) & (second == ord("0")))
    return flags


def _are_ended(text: Bytes, ends: Numbers) -> Flags:
    """After which groups comes a blank or the like; a stop with a digit behind it does not end one."""
    after = text[ends]
    return _AFTER_CLOCK[after] & ~(_STOP[after] & are_digits(text[np.minimum(ends + 1, len(text) - 1)]))


def _shape_of(code: int) -> tuple[int, ...]:
    shape = []
    while code:
        shape.append(code & 15)
        code = (code & 0xFFFFFFFFFFFFFFFF) >> 4
    return tuple(shape)


@functools.lru_cache(maxsize=50_000)
def _read_run(lengths: int, signs: int, region: Region) -> tuple[values.Part, ...]:
    shape = _shape_of(lengths)
    return values.read_run(shape, tuple((signs >> (2 * place)) & 3 for place in range(len(shape) - 1)), region)


def within_words(text: Bytes, starts: Numbers, ends: Numbers) -> Flags:
    """Which numbers are part of something longer of letters and digits; a few letters around one are not."""
    touching = LETTER[text[starts - 1]] | LETTER[text[ends]]
    places = np.flatnonzero(touching)
    if len(places):
        first = last_outside(WORD_SIGN, text, starts[places]) + 1
        last = next_outside(WORD_SIGN, text, ends[places] - 1)
        around = starts[places] - first + last - ends[places]
        data, offsets = gathered(text, first, last)
        is_digit = np.zeros(len(data) + 1, np.int64)
        np.cumsum(are_digits(data), out=is_digit[1:])
        inside = is_digit[offsets[1:]] - is_digit[offsets[:-1]]
        own_first = np.minimum(last, ends[places]) - np.maximum(first, starts[places])
        ending = text[ends[places]] | 32, text[np.minimum(ends[places] + 1, len(text) - 1)]
        extended = (ending[0] == ord("x")) | ((ending[0] == ord("e")) & (ending[1] | 32 == ord("x")))  # "x22", "ext22"
        touching[places] = (around > _MOST_LETTERS) | ((inside > own_first) & ~extended)
    return touching


def dial(digits: Any, plus: Flags, region: Region) -> tuple[Flags, Flags]:
    """Which digits could be dialled, and which of them are fictional or fillers, so that they reach nobody."""
    dialable, fictional = np.zeros((2, len(digits)), np.bool_)
    if pc.any(pc.starts_with(digits, "000")).as_py():  # filled up with zeros
        digits = pc.replace_substring_regex(digits, "^000+([1-9])", r"\1")
    dial_within(region.calling_code, digits, np.arange(len(digits)), dialable, fictional)
    places = np.flatnonzero(~dialable & ~fictional)  # from another country, or none
    if len(places):
        zeros = pc.match_substring_regex(_at(digits, places), "^0(?:0|11)").to_numpy(zero_copy_only=False)
        places = places[plus[places] | zeros]
    if not len(places):
        return dialable, fictional
    rest = pc.replace_substring_regex(digits.take(places), "^0(?:011|11|0)", "")
    starts = pc.utf8_slice_codeunits(rest, 0, 3).dictionary_encode()
    codes = np.array([values.country_code(start) for start in starts.dictionary.to_pylist()])
    codes = codes[starts.indices.to_numpy()]
    for code in np.unique(codes[codes > 0]).tolist():
        chosen = np.flatnonzero(codes == code)
        flags = np.zeros((2, len(chosen)), np.bool_)
        national = pc.utf8_slice_codeunits(rest.take(chosen), len(str(code)))
        dial_within(code, national, np.arange(len(chosen)), *flags)
        dialable[places[chosen]], fictional[places[chosen]] = flags
    return dialable, fictional


def dial_within(code: int, digits: Any, places: Numbers, dialable: Flags, fictional: Flags) -> None:
    """Set the flags at these places for digits as they are dialled within one country."""
    plan = values.numbering(code)
    fictional[places] = matches(_at(digits, places), plan.fictional)
    places = places[~fictional[places]]
    if len(places):
        dialable[places] = matches(_at(digits, places), plan.dialable)


def _at(values: Any, places: Numbers) -> Any:
    return values if len(places) == len(values) else values.take(places)
