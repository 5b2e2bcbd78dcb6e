"""Which values of a column could hold a contact, and those written the ASCII way: all that is read carefully.

Most values of an export are names, places, amounts, days. That they hold no contact is seen from the bytes of the
whole column at once, without looking at each: a contact needs digits, an "@", or something that stands for one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penelope_admin.detect.plain import plain
from penelope_admin.detect.spans import (
    ALNUM,
    ENDINGS,
    LETTER,
    MAX_GAP,
    PART,
    WORD_SIGN,
    Bytes,
    Flags,
    Numbers,
    Places,
    are_digits,
    data_of,
    ends_of,
    flags_at,
    gathered,
    matches,
    table_of,
    values_of,
)
from penelope_admin.detect.texts import own_domains

_SPARSE = 8  # bytes for each digit, from which on it pays to look at the digits alone
_PROSE = 40  # bytes; shorter values may be a number and little else
_FEW_DIGITS = 5  # with fewer nothing is a number, not even without its area
_OTHER_SCRIPT = table_of(bytes({*range(0xCA, 0xF5)} - {0xE2}))  # how characters beyond Latin letters start in UTF-8
_OTHER_SIGN = table_of(b"\xc2\xe2")
_CONTACT_START = r"@|(?:[0-9][^0-9]{0,9}){5}|\xc2[\xb2\xb3\xb9]|\xe2(?:\x81[\xb0-\xb9]|\x82[\x80-\x89]|[\x91-\x93\x9d])"
_CODES = b"&%=<\\"
_CODED = (
    r"&(?:#[0-9xX]|[a-zA-Z]{2,31};)|%[0-9a-fA-F]{2}|=(?:[0-9A-F]{2}|\r?\n)|\\(?:u00|x)"
    r"|</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>@]{0,60})?/?>"
)
"""What `plain` takes for a code or a tag; RE2 reads it."""
_CODED_AT = r"(?i)&commat;|%(?:25)?40|=40|(?:u00|x)40|&(?:amp;)?#(?:0*64|x0*40)"
_AT_OUT = r"(?: ?[\[({<] ?(?:at|arobase|@) ?[\])}>] ?| +(?:at|arobase|@|at-?sign) +|[_-]at[_-]| +@|@ +)"
_DOT_OUT = r"(?: ?[\[({<] ?(?:dot|point|\.) ?[\])}>] ?| +(?:dot|point) +|[_-]dot[_-]|\.)"
_SPOKEN = (
    rf"(?i)[a-z0-9_.+-]*[a-z0-9.+]{_AT_OUT}[a-z0-9-]*?[a-z0-9](?:{_DOT_OUT}[a-z0-9-]*?[a-z0-9]){{0,3}}"
    rf"{_DOT_OUT}(?:{ENDINGS})\b"
)
"""An address whose "@" is written out, or stands alone; RE2 and `re` read it."""
_OUT, _DOT = re.compile(f"(?i){_AT_OUT}"), re.compile(f"(?i){_DOT_OUT}")
_SPREAD = r"[A-Za-z0-9][ _*|~-]{1,3}@[ _*|~-]{1,3}[A-Za-z0-9][ _*|~-]"
_SPREAD_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z0-9](?P<gap>[ _*|~-]{1,3})(?:[A-Za-z0-9._+-](?P=gap))+@"
    r"(?:(?P=gap)[A-Za-z0-9.-](?![A-Za-z0-9]))+"
)
"""An address with the same sign, or blanks, between all of its letters: "j a n e @ g m a i l . c o m"."""
_EXPONENT = re.compile(r"\b[0-9]\.[0-9]{5,15}[eE]\+?(?:0?[6-9]|1[0-4])\b")
_LONE = table_of(b" ([{<>}])_*|~-")
_LABEL = ALNUM | table_of(b"-")
_LONGEST_LABEL = 16  # letters of a domain after "at" that are looked at; a longer one is read
_AROUND_ENDING = (
    *(table_of(b"iouvsIOUVS"), table_of(b"ldkoenLDKOEN")),  # with what "gmail", "hotmail", "aol" ... end
    table_of(b"."),
    *(table_of(b"cuanfmCUANFM"), table_of(b"oakuzreOAKUZRE")),  # with what "com", "co.uk", "ca" ... start
)
_DAY, _HOUR = len("2026-01-15"), len("2026-01-15 10:30")
_DAY_LENGTHS = frozenset({_DAY, _HOUR, *range(len("2026-01-15 10:30:00"), len("2026-01-15T10:30:00.123+00:00") + 1)})
_FOLDED = 1.25  # values of a batch for each different one, from which on each is looked at once


def worth_reading(
    values: Any, digits: int, *, every: bool, spoken: bool, run: int = 0, some: int = 0
) -> tuple[Any, Flags]:
    """The values of a batch that could hold a contact, written the ASCII way; a line feed in one becomes a return.

    Of "Ottawa", "12 Elm St", "jane&#64;gmail.com" and "416-967-1111" these are the last two, one with its "@".

    Args:
        values: an Arrow array of binary without nulls.
        digits: a number has at least so many.
        every: whether the others are wanted too.
        spoken: whether "jane at gmail dot com" is looked for.
        run: so many digits of a number stand close together; of longer texts in which nowhere are as many, as in
            "seen 2026-01-15 at 10:30, ref 12345678", about `some` stand for all.

    Returns:
        Them, and which of all values they are.
    """
    data, ends = data_of(values), ends_of(values)
    whole = data.tobytes()
    signs = _Signs(data, ends, whole, digits=digits, spoken=spoken, run=run)
    numbers, said = signs.numbers, signs.said
    other = _otherwise_written(values, data, ends, whole, (numbers >= _FEW_DIGITS) | signs.at)
    chosen = np.ones(len(values), np.bool_)
    if not every:
        chosen = (numbers >= digits) & ~signs.loose
        loose = np.flatnonzero((numbers >= digits) & signs.loose)
        chosen[loose[:: len(loose) // max(1, some) + 1]] = True
        chosen |= signs.at | other | said | signs.dotted
        values, numbers, other, said = values.filter(chosen), numbers[chosen], other[chosen], said[chosen]
    if not len(values):
        return values, chosen
    if b"\n" in whole:
        values = _with_bytes(values, data_of(values).tobytes().replace(b"\n", b"\r"))
    if other.any():
        values = _changed(values, other, lambda text: plain(text).replace("\n", " |"))
    if (numbers >= digits).any():
        values = _changed(values, flags_at(_exponents(data_of(values)), ends_of(values)), _without_exponents)
    if (said | other).any() and spoken:
        values = _changed(values, _and_matching(values, said | other, _SPREAD), _drawn_together)
        values = _changed(
            values, _and_matching(values, said | other, _SPOKEN), functools.partial(re.sub, _SPOKEN, _unspoken)
        )
    return values, chosen


class _Signs:
    """What the bytes of a column say of each value, a small part of them at a time: what fits into the processor's
    own memory is looked at in half the time.

    Attributes:
        numbers: how many digits it has; 0 for all if none is long enough for a number.
        at: whether there is an "@".
        said: whether it may be an address in words; never if that is not looked for.
        dotted: whether there is a full stop as in "gmail.com".
        loose: whether it is a longer text without a plus whose digits are nowhere as many as a run has.
    """

    def __init__(self, data: Bytes, ends: Places, whole: bytes, *, digits: int, spoken: bool, run: int) -> None:
        self.numbers = np.zeros(len(ends) - 1, np.int64)
        self.at, self.said, self.dotted, self.loose = (np.zeros(len(ends) - 1, np.bool_) for _ in range(4))
        lengths = np.diff(ends)
        has_numbers = lengths.max(initial=0) >= digits
        if run:
            self.loose = lengths > _PROSE
            if b"+" in whole:
                self.loose &= ~flags_at(np.flatnonzero(data == ord("+")), ends)
        spoken = spoken and _may_be_spoken(whole)
        has_at, has_stop, has_opening = b"@" in whole, b"." in whole, any(sign in whole for sign in _OPENINGS)
        first = 0
        while first < len(ends) - 1:
            after = max(first + 1, int(np.searchsorted(ends, ends[first] + PART, "right")) - 1)
            part, places = data[ends[first] : ends[after]], ends[first : after + 1] - ends[first]
            if has_numbers:
                self.numbers[first:after], close = digits_in(part, places, run if self.loose[first:after].any() else 0)
                self.loose[first:after] &= ~close
            if has_at:
                self.at[first:after] = flags_at(np.flatnonzero(part == ord("@")), places)
            if has_stop:
                self.dotted[first:after] = flags_at(_provider_dots(part), places)
            if spoken:
                self.said[first:after] = _are_said(part, places, self.at[first:after], has_opening=has_opening)
            first = after


def digits_in(data: Bytes, ends: Places, run: int) -> tuple[Numbers, Flags]:
    """How many digits each value has, 0 for all where there are too few to matter; and whether a run of so many is in
    it. Without a run to look for that is true of all.
    """
    counts, is_digit = np.zeros(len(ends) - 1, np.int64), are_digits(data)
    total = int(np.count_nonzero(is_digit))
    if total < _FEW_DIGITS:
        return counts, np.zeros(len(counts), np.bool_)
    if run and total * _SPARSE < len(data):
        places = np.flatnonzero(is_digit)
        firsts = np.searchsorted(places, ends)
        return np.diff(firsts), _have_run(data, ends, places, firsts, run)
    filled = np.flatnonzero(np.diff(ends))
    # Bytes are added up in a fifth of the time, and hardly a value has more digits than fit into one.
    digits = is_digit.view(np.uint8)
    counts[filled] = np.add.reduceat(digits, ends[filled], dtype=np.uint8)
    if int(counts.sum()) != total:
        counts[filled] = np.add.reduceat(digits, ends[filled], dtype=np.int32)
    return counts, np.ones(len(counts), np.bool_)


def _have_run(data: Bytes, ends: Places, places: Numbers, firsts: Numbers, run: int) -> Flags:
    """Which values have a run of so many digits: with no more than some signs between each two of them, and no letter.

    In "seen 2026-01-15 at 10:30, ref 12345678" the longest runs have eight, in "204-942-3007" there are ten.

    Args:
        places: of the digits.
        firsts: which of them is the first in each value, or later.
    """
    gaps = np.diff(places)
    apart = np.append(True, gaps > MAX_GAP + 1)
    apart[firsts[firsts < len(apart)]] = True
    between = np.flatnonzero((gaps > 1) & ~apart[1:])
    for step in range(1, MAX_GAP + 1):
        between = between[gaps[between] > step]
        is_letter = WORD_SIGN[data[places[between] + step]]
        apart[between[is_letter] + 1] = True
        between = between[~is_letter]
    starts = np.flatnonzero(apart)
    long = np.diff(starts, append=len(places)) >= run
    return flags_at(places[starts[long]], ends)


def _otherwise_written(values: Any, data: Bytes, ends: Places, whole: bytes, telling: Flags) -> Flags:
    """Which values are written otherwise than the ASCII way, as far as that could hide a contact.

    Signs and blanks beyond ASCII matter beside digits or an "@"; other scripts have digits of their own.
    """
    other = np.zeros(len(values), np.bool_)
    if not whole.isascii():
        high = np.flatnonzero(data >= 128)  # noqa: PLR2004
        other |= flags_at(high[_OTHER_SCRIPT[data[high]]], ends)
        other |= _and_matching(values, flags_at(high[_OTHER_SIGN[data[high]]], ends) & ~other, _CONTACT_START)
    if codes := [flags_at(np.flatnonzero(data == code), ends) for code in _CODES if code in whole]:
        coded = functools.reduce(np.bitwise_or, codes) & ~other
        coded &= telling | _and_matching(values, coded & ~telling, _CODED_AT)
        other |= _and_matching(values, coded, _CODED)
    return other


def _and_matching(values: Any, which: Flags, pattern: str) -> Flags:
    """Which of the chosen values match a pattern."""
    if not which.any():
        return which
    chosen = which.copy()
    chosen[which] = matches(values.filter(which), pattern)
    return chosen


def _with_bytes(values: Any, data: bytes) -> Any:
    """The values with other bytes in place of theirs, equally many."""
    return pa.Array.from_buffers(pa.binary(), len(values), [None, pa.py_buffer(ends_of(values)), pa.py_buffer(data)])


def _changed(values: Any, which: Flags, change: Callable[[str], str]) -> Any:
    """The values, with the chosen ones changed."""
    if not which.any():
        return values
    texts = (value.decode("utf-8", "replace") for value in values.filter(which).to_pylist())
    some = values_of([change(text).encode("utf-8", "replace") for text in texts])
    return pc.replace_with_mask(values, which, some)


def _provider_dots(data: Bytes) -> Numbers:
    """Where a full stop stands as in "gmail.com" or "yahoo.ca"."""
    between = data[2:-2] == ord(".")
    between &= data[3:-1] >= ord("A")  # most stand before a blank
    stops = np.flatnonzero(between) + 2
    for step, table in enumerate(_AROUND_ENDING, -2):
        stops = stops[table[data[stops + step]]]
    return stops


def dotted(data: Bytes) -> Numbers:
    """Where a full stop stands between letters, or an "@" after something."""
    between = data[1:-1] == ord(".")
    between &= data[2:] >= ord("A")
    stops = np.flatnonzero(between) + 1
    stops = stops[LETTER[data[stops - 1]] & LETTER[data[stops + 1]]]
    return np.concatenate([stops, np.flatnonzero(data == ord("@"))])


def _exponents(data: Bytes) -> Numbers:
    """Where an "E" or "e" stands after a digit, as in 2.049423007E+09."""
    return np.flatnonzero(((data[1:] | 32) == ord("e")) & are_digits(data[:-1])) + 1


def _without_exponents(text: str) -> str:
    return _EXPONENT.sub(lambda match: f"{float(match.group()):.0f}", text)


def _are_said(data: Bytes, ends: Places, at: Flags, *, has_opening: bool) -> Flags:
    """Which values may hold an address in words: of those that may hold its end, ".com" or " dot com", or an "@"."""
    likely = at | _may_end(data, ends, has_opening=has_opening)
    rows = np.flatnonzero(likely)
    if 2 * len(rows) > len(likely):
        return flags_at(_lone_ats(data), ends)
    if len(rows):
        some, places = gathered(data, ends[rows].astype(np.int64), ends[rows + 1].astype(np.int64))
        likely[rows] = flags_at(_lone_ats(some), places.astype(np.int32))
    return likely


def _may_end(data: Bytes, ends: Places, *, has_opening: bool) -> Flags:
    """Which values have a full stop before a letter, or after a bracket, or a word that may be "dot" or "point".

    Args:
        has_opening: whether there are brackets; else most full stops, which stand before a blank, are no matter.
    """
    if len(data) < len("at.ca"):
        return np.zeros(len(ends) - 1, np.bool_)
    between = data[2:-1] == ord(".")
    if not has_opening:
        between &= data[3:] >= ord("A")
    stops = np.flatnonzero(between) + 2
    before = data[stops - 1]
    opened = _OPENING[before] | ((before == ord(" ")) & _OPENING[data[stops - 2]])
    stops = stops[opened | _ENDING_START[data[stops + 1]]]
    stops = stops[ends[np.searchsorted(ends, stops, "right")] > stops + 1]  # the last of a value ends nothing
    # An "o" after a "d" or "p", or what differs from them in two bits: of few bytes that is true, and it is told fast.
    low = data | 32
    between = low[2:-1] == ord("o")
    between &= (low[1:-2] & 0xEB) == ord("d") & 0xEB
    middle = np.flatnonzero(between) + 2
    middle = middle[_DOT_START[low[middle - 1]] & _DOT_THIRD[low[middle + 1]] & ~WORD_SIGN[data[middle - 2]]]
    return flags_at(stops, ends) | flags_at(middle, ends)


def _may_be_spoken(whole: bytes) -> bool:
    """Whether there is anything in it that an address has whose "@" is written out."""
    if len(whole) <= len("jane at x.com"):
        return False
    if b"." in whole or b"@" in whole:
        return True
    low = whole.lower()
    return b"dot" in low or b"point" in low


def _lone_ats(data: Bytes) -> Numbers:
    """Where an "@", or "at" before what may be a domain, stands between signs or blanks."""
    if len(data) < len("a@b.ca"):
        return np.zeros(0, np.int64)
    low, last = data | 32, len(data) - 1
    alone = low[1:-1] == ord("t")
    alone &= low[:-2] == ord("a")
    alone &= (low[2:] - np.uint8(ord("a"))) > ord("z") - ord("a")
    french = low[3:-3] == ord("b")  # of "arobase", which is looked for at the same time
    french &= low[2:-4] == ord("o")
    alone[2:-2] |= french
    ends = np.flatnonzero(alone) + 1
    middle = ends[low[ends] == ord("b")]
    ends = ends[low[ends] == ord("t")]
    ends = ends[(ends > 1) & (ends + 2 < last)]
    ends = ends[~WORD_SIGN[data[ends - 2]] & ~WORD_SIGN[data[ends + 1]]]
    signs = np.flatnonzero(data == ord("@"))
    signs = signs[_LONE[data[np.maximum(signs - 1, 0)]] | _LONE[data[np.minimum(signs + 1, last)]]]
    for step, letter in ((-2, "r"), (1, "a")):  # of "arobase"
        middle = middle[low[middle + step] == ord(letter)]
    return np.sort(np.concatenate([ends[_may_precede_domain(data, ends)], signs, middle]))


def _may_precede_domain(data: Bytes, ends: Numbers) -> Flags:
    """Which "at" in prose may stand for an "@": "at home and" is none, "at gmail dot com" may be.

    After "at" and one blank comes a word of letters, digits and dashes; what follows it decides.
    """
    after = ends + 2
    window = data[np.minimum(after[:, None] + np.arange(_LONGEST_LABEL), len(data) - 1)]
    size = np.argmin(_LABEL[window], axis=1)  # 0 also where all of them belong to the word
    sign = window[np.arange(len(ends)), size]
    following = data[np.minimum(after + size + 1, len(data) - 1)]
    flags: Flags = (data[ends + 1] != ord(" ")) | (size == 0) | _OPENING[sign]  # "(at)", "_at_", two blanks
    later = data[np.minimum(after + size + 2, len(data) - 1)]
    dot = _DOT_START[following] & _DOT_SECOND[later]  # or "point"
    flags |= (sign == ord(".")) & ALNUM[following]
    flags |= (sign == ord(" ")) & (dot | _OPENING[following] | (following == ord(" ")))
    flags |= (window == ord("-")).any(axis=1)  # "gmail-dot-com"
    return flags


_OPENINGS = b"[({<_"
_OPENING = table_of(_OPENINGS)
_DOT_START, _DOT_SECOND, _DOT_THIRD = table_of(b"dpDP"), table_of(b"oO"), table_of(b"ti")
_ENDING_START = table_of(b"cnoegibuafdmCNOEGIBUAFDM")  # of ENDINGS


def _drawn_together(text: str) -> str:
    """An address without the signs between all of its letters."""
    return _SPREAD_ADDRESS.sub(lambda match: match.group().replace(match["gap"], ""), text)


def _unspoken(match: re.Match[str]) -> str:
    """An address as it is written; a lone "@" in prose may stand for "at", unless a mail provider follows."""
    address = _DOT.sub(".", _OUT.sub("@", match.group(), count=1))
    whole = match.start() == 0 and match.end() == len(match.string)
    alone = " @" in match.group() or "@ " in match.group()
    if alone and not whole and own_domains(address):
        return match.group()
    return address


def are_days(data: Bytes, lengths: Numbers, filled: int) -> bool:
    """Whether all values are days like 2026-01-15, with or without a time: known at once, as all are of one length.

    No telephone number has room after the time.
    """
    length = len(data) // filled
    if length not in _DAY_LENGTHS or length * filled != len(data) or not ((lengths == length) | (lengths == 0)).all():
        return False
    rows, marks = data.reshape(filled, length), {4: b"-/", 7: b"-/"}
    if length > _DAY:
        marks |= {10: b" T", 13: b":"}
    if length > _HOUR:
        marks |= {16: b":"}
    return all(bool(table_of(characters)[rows[:, place]].all()) for place, characters in marks.items())


def folded(values: Any) -> tuple[Any, Numbers] | None:
    """The different values, and which of them each value is; nothing if they are hardly fewer."""
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) * _FOLDED > len(values):
        return None
    return encoded.dictionary, encoded.indices.to_numpy()
