"""Counts contacts in a table's columns, a batch of values at a time, with the patterns of `domain.contacts`.

Speed comes from looking at a whole column as one run of bytes: where the "@" are, and where digits start and end. Only
what could be a contact by that is looked at more closely, by RE2, and only different ones by Python. Nothing of a value
outlives its batch but keyed hashes and masked samples.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from penelope_admin.domain import contacts
from penelope_admin.domain.contacts import Contacts, Counts
from penelope_admin.policy import Region

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LINE_FEED = b"\n"
_MAX_GROUPS = 15  # of digits in a number; so many fit into an int64, four bits each
_MAX_GAP = 4  # bytes between two groups: ") - ", or a dash of three bytes


def _table(characters: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(characters)] = True
    return table


_HIGH = bytes(range(128, 256))  # UTF-8 beyond ASCII: an address may have it
_ALNUM = _table(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ASCII_DOMAIN = _ALNUM | _table(b".-")
_DOMAIN = _ASCII_DOMAIN | _table(_HIGH)
_LOCAL = _ALNUM | _table(b"!#$%&'+-/=?^_`{|}~." + _HIGH)
_WORD = _ALNUM | _table(b"_")
# What stands between groups of digits. The bytes are those of no-break space, hyphens and dashes, UTF-8 or Windows.
_PLUS = _table(b"+( ")
_OPENS = _table(b" \n\t\r('\",;:=/|>[")  # what a number in a text stands after, if it is no part of something longer
_GAP = _table(b" .-/()\xa0\xc2\xe2\x80\x90\x91\x92\x93\x94\x96\x97")


class Scanner:
    """Counts one column."""

    def __init__(
        self,
        name: str,
        region: Region,
        key: bytes,
        columns: int = 1,
        today: date | None = None,
    ) -> None:
        """
        Args:
            name: the column's, which says how its numbers are to be taken.
            key: of the hashes; the same for a whole run.
            columns: how many share the memory and the time that there are.
            today: with it some values that nothing explains are read more carefully.
        """
        most = contacts.most_of(columns)
        self.counts = Counts(contacts=Contacts(most), digits=Contacts(most))
        self._looks = contacts.looks_of(columns)
        self._kind = contacts.kind_of_name(name)
        self._beside = contacts.is_beside_numbers(name)
        self._region = region
        self._key = key
        self._today = today
        self._folds = True  # until a batch has too many different values

    def scan(self, values: Any) -> None:
        """Count the values of a batch, an Arrow array of binary without nulls.

        A longer value counts once for each `PIECE` of it.
        """
        for piece in pieces_of(values):
            self._scan(piece)

    def _scan(self, values: Any) -> None:
        lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
        filled = int(np.count_nonzero(lengths))
        self.counts.values += filled
        if not filled:
            return
        ends = np.frombuffer(values.buffers()[1], np.int32)
        data = np.frombuffer(values.buffers()[2], np.uint8)[ends[values.offset] : ends[values.offset + len(values)]]
        if _are_days(data, lengths, filled):
            return
        if (data == _FULL_WIDTH[0]).any() or (data == ord("%")).any():
            plain = _plain(values)
            if plain is not values:
                self.counts.values -= filled
                self._scan(plain)
                return
        has_address = bool((data == ord("@")).any())
        digits = int(np.count_nonzero((data - np.uint8(ord("0"))) < 10))  # noqa: PLR2004
        has_number = digits >= _LOCAL_DIGITS
        if self._kind != "telephone" and has_number:
            has_number = int(lengths.max()) >= min(self._region.telephone_digits[0], contacts.MIN_DIGITS + 1)
        if has_number and self._kind == "number" and not self._beside and digits == len(data) and len(values) > _SOME:
            # Digits alone are no telephone numbers there. Some of them tell whether more than by chance are dialable.
            values = values.take(pa.array(np.arange(0, len(values), len(values) // _SOME)))
            lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
        if not has_address and not has_number:
            return
        weights = None
        if self._folds and len(data) < _SHORT * filled:
            values, weights = _folded(values)
            self._folds = weights is not None
        if weights is not None:
            lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
        batch, marks = _Batch(values, lengths, weights), np.zeros(len(values), np.uint8)
        if has_address:
            self._addresses(batch, marks)
        if has_number:
            self._numbers(batch, marks)
        self._count(marks, weights)
        self._look_closer(values, marks)

    def _count(self, marks: Bytes, weights: Numbers | None) -> None:
        """Add up what the values of a batch were marked with."""
        if not marks.any():
            return
        found = np.bincount(marks, weights, minlength=256)
        bits = np.arange(len(found))
        counts = self.counts
        counts.emails += int(found[bits & _EMAIL > 0].sum())
        counts.sure += int(found[bits & _SURE > 0].sum())
        counts.loose += int(found[(bits & _LOOSE > 0) & (bits & _SURE == 0)].sum())
        counts.bare += int(found[bits & _BARE > 0].sum())
        counts.numbers += int(found[bits & _PLAIN > 0].sum())
        counts.harmless += int(found[(bits & _HARMLESS > 0) & (bits & (_EMAIL | _SURE) == 0)].sum())
        suspicious = {"email": _AT, "telephone": _DIGITS}.get(self._kind, 0)
        known = _EMAIL | _SURE | _LOOSE | _HARMLESS
        counts.unclear += int(found[(bits & suspicious > 0) & (bits & known == 0)].sum())

    def _look_closer(self, values: Any, marks: Bytes) -> None:
        """Read some of the values that nothing explains as carefully as a text: what is fast may be fooled."""
        room = min(_CLOSER_EACH, self._looks - self.counts.looked)
        if self._today is None or room <= 0 or (self._kind == "number" and not self._beside):
            return
        places = np.flatnonzero(marks & (_EMAIL | _SURE | _LOOSE | _BARE | _HARMLESS) == 0)
        places = places[:: len(places) // _SOME + 1]
        if not len(places):
            return
        some = values.take(pa.array(places))
        some = some.filter(pc.match_substring_regex(some, _CONTACT_LIKE))
        for value in some.take(pa.array(np.arange(0, len(some), len(some) // room + 1))).to_pylist():
            text = value[:_CLOSER_BYTES].decode("utf-8", "replace")
            if text.isdecimal() and self._kind != "telephone":
                continue
            self.counts.looked += 1
            self.counts.doubts += contacts.may_reach(text, self._region, self._today)

    # --- email addresses ---

    def _addresses(self, batch: _Batch, marks: Bytes) -> None:
        text = batch.text
        at = np.flatnonzero(text == ord("@"))
        if not len(at):
            return
        ends = _next_outside(_DOMAIN, text, at)
        starts = _last_outside(_LOCAL, text, at) + 1
        apart = np.flatnonzero((starts == at) & (text[at - 1] == ord(" ")) & _ALNUM[text[at - 2]])
        if len(apart):  # "jane @gmail.com"
            starts[apart] = _last_outside(_LOCAL, text, at[apart] - 1) + 1
        ends = _without_stops(text, at, ends)
        rows = batch.rows(at)
        marks[rows] |= _AT
        masked = text[at - 1] == ord("*")
        found, domains = _kinds_of_domains(text, at, ends)
        followed = np.flatnonzero(found == 0)  # "jane@gmail.com\u2026": what follows may be no part of it
        if len(followed):
            ends[followed] = _without_stops(text, at[followed], _next_outside(_ASCII_DOMAIN, text, at[followed]))
            found, domains = _kinds_of_domains(text, at, ends)
        if len(apart):
            common = np.array([_is_common(domain) for domain in domains.dictionary.to_pylist()] or [False])
            starts[apart] = np.where(common[domains.indices.to_numpy()[apart]], starts[apart], at[apart])
        long_enough = (at > starts) & (at - starts <= 64)  # noqa: PLR2004
        reserved = (found == _RESERVED) | masked | (text[np.minimum(at + 2, len(text) - 1)] == ord("*"))
        marks[rows[reserved]] |= _HARMLESS
        real = np.flatnonzero((found == _DELIVERABLE) & long_enough & ~masked)
        if not len(real):
            return
        blank = self._blanked(text, starts[real], at[real])
        marks[rows[real[blank]]] |= _HARMLESS
        real = real[~blank]
        marks[rows[real]] |= _EMAIL
        pieces, weights = _pieces(text, starts[real], ends[real]), batch.weights_of(rows[real])
        self._tell_apart(self.counts.contacts, pieces, weights, self._mask_address)

    @staticmethod
    def _blanked(text: Bytes, starts: Numbers, ends: Numbers) -> Flags:
        """Which first parts of addresses were filled with x, or the like."""
        likely = (_BLANK[text[starts]]) & (_BLANK[text[ends - 1]])
        for index in np.flatnonzero(likely):
            likely[index] = contacts.is_masked_local(
                text[starts[index] : ends[index]].tobytes().decode("utf-8", "replace")
            )
        return likely

    def _mask_address(self, address: bytes) -> str:
        local, _, domain = address.decode("utf-8", "replace").rpartition("@")
        return contacts.mask_email(local.rstrip(), domain)

    # --- telephone numbers ---

    def _numbers(self, batch: _Batch, marks: Bytes) -> None:
        groups = _Groups(batch.text)
        if not groups.count:
            return
        text, region = batch.text, self._region
        self._local_fiction(batch, marks, groups)
        if self._kind == "telephone":
            marks[batch.rows(groups.starts[groups.digits >= _LOCAL_DIGITS])] |= _DIGITS
        least = region.telephone_digits[0]
        groups.keep(
            (groups.digits >= least) | ((groups.digits >= contacts.MIN_DIGITS) & _PLUS[text[groups.starts - 1]])
        )
        if not groups.count:
            return
        before, after = text[groups.starts - 1], text[groups.ends]
        alone = (before == ord("\n")) & (after == ord("\n"))
        groups.cut_decimals(text)
        plus = before == ord("+")
        in_brackets = (before == ord("(")) | (
            (groups.counts > 1) & (text[groups.starts - 2] == ord("+")) & (before == ord(" "))
        )
        plus |= in_brackets & (text[groups.starts - 2] == ord("+"))
        sure, loose = groups.read(region)
        sure |= in_brackets & loose
        loose &= ~sure & ~plus
        sure |= plus
        bare = groups.counts == 1
        touching = _WORD[before] | (bare & _WORD[text[groups.ends]] & ~_extended(text, groups.ends))
        abroad = ~plus & (text[groups.starts] == ord("0")) & (groups.digits > 9)  # noqa: PLR2004
        sure |= abroad & ~bare & ~groups.dated
        loose |= abroad & bare
        if self._kind != "telephone":  # a value of digits and nothing else, or after a word for telephoning
            among = loose & bare & ~alone
            sure[_after(contacts.CALLING, text, groups.starts, among)] = True
            self._hints(batch, marks, groups, among & ~sure & ~touching & _OPENS[before])
            loose &= bare & alone
        wanted = (sure | loose) & (~touching | (plus)) & (groups.digits <= contacts.MAX_DIGITS)
        starts, ends = groups.windows(~sure)
        self._take(batch, marks, groups.starts[wanted], groups.ends[wanted], plus[wanted], sure[wanted])
        none = np.zeros(len(starts), np.bool_)
        self._take(batch, marks, starts, ends, none, ~none)

    def _local_fiction(self, batch: _Batch, marks: Bytes, groups: _Groups) -> None:
        """Mark values that are a number kept for fiction and nothing else, without its area: "555-0100"."""
        pattern, text = contacts.local_fiction(self._region), batch.text
        if not pattern or self._kind == "number":
            return
        alone = (text[groups.starts - 1] == ord("\n")) & (text[groups.ends] == ord("\n"))
        likely = np.flatnonzero(alone & ((groups.counts > 1) | (self._kind == "telephone")))
        if len(likely):
            digits = _digits(text, groups.starts[likely], groups.ends[likely])
            marks[batch.rows(groups.starts[likely[_matches(digits, pattern)]])] |= _HARMLESS

    def _hints(self, batch: _Batch, marks: Bytes, groups: _Groups, candidates: Flags) -> None:
        """Mark bare digits among other text that may be a telephone number, though nothing says so."""
        text = batch.text
        if self._region.trunk_zero:
            candidates &= text[groups.starts] == ord("0")
        candidates[_after(contacts.NUMBERING, text, groups.starts, candidates)] = False
        if not candidates.any():
            return
        starts = groups.starts[candidates]
        rows = batch.rows(starts)
        digits = _digits(text, starts, groups.ends[candidates])
        dialable, fictional = _dial(digits, np.zeros(len(starts), np.bool_), self._region)
        marks[rows[~fictional]] |= _PLAIN
        marks[rows[dialable]] |= _BARE

    def _take(self, batch: _Batch, marks: Bytes, starts: Numbers, ends: Numbers, plus: Flags, sure: Flags) -> None:
        """Judge numbers by their digits, and mark and count what they are."""
        if not len(starts):
            return
        digits = _digits(batch.text, starts, ends)
        rows = batch.rows(starts)
        dialable, fictional = _dial(digits, plus, self._region)
        if self._region.trunk_zero:  # without its zero a number has no telephone number's form
            first = _table(f"0{self._region.no_trunk_before}(".encode())
            sure = sure & (plus | first[batch.text[starts]])
        marks[rows[~fictional & ~sure]] |= _PLAIN
        marks[rows[fictional & (sure | (self._kind != "number") | self._beside)]] |= _HARMLESS
        for flags, mark, found in (
            (dialable & sure, _SURE, self.counts.contacts),
            (dialable & ~sure, _LOOSE, self.counts.digits),
        ):
            if not flags.any():
                continue
            marks[rows[flags]] |= mark
            for international in (True, False):
                wanted = flags & (plus == international)
                mask = functools.partial(self._mask_number, international=international)
                self._tell_apart(found, digits.filter(pa.array(wanted)), batch.weights_of(rows[wanted]), mask)

    def _mask_number(self, digits: bytes, international: bool) -> str:
        return contacts.mask_phone(digits.decode(), self._region, international=international)

    def _tell_apart(self, found: Contacts, values: Any, weights: Numbers | None, mask: Any) -> None:
        """Count how often each contact comes, until enough are known."""
        if not len(values) or found.is_full:
            return
        encoded = values.dictionary_encode()
        counts = np.bincount(encoded.indices.to_numpy(), weights).astype(np.int64).tolist()
        for item, count in zip(encoded.dictionary.to_pylist(), counts, strict=True):
            value = item.encode() if isinstance(item, str) else item
            key = hashlib.blake2b(value.lower()[-_COMPARED:], digest_size=8, key=self._key).digest()
            sample = mask(value) if len(found.samples) < contacts.MAX_SAMPLES else ""
            if not found.add(key, count, sample):
                return


PIECE = 1 << 20
"""Bytes that are looked at together."""
_AT, _EMAIL, _SURE, _LOOSE, _HARMLESS, _DIGITS, _BARE, _PLAIN = 1, 2, 4, 8, 16, 32, 64, 128
_DELIVERABLE, _RESERVED = 1, 2
_LOCAL_DIGITS = 5  # so many could be a number without its area
_SAID_BEFORE = 32  # bytes before a number in which a word may say that it is called
_CLOSER_EACH, _CLOSER_BYTES = 40, 500  # values of a batch, and how much of each
_CONTACT_LIKE = r"(?s)@|(?:[0-9][^0-9]{0,6}){7}"
_SOME = 1000  # values of a batch that stand for all where only a share is wanted
_FULL_WIDTH = b"\xef\xbc"  # how the full-width forms of ASCII start in UTF-8: digits, signs, capital letters
_SHORT = 48  # bytes in a value on average, up to which the same ones are looked for: placeholders come often
_FOLDED = 4  # values of a batch for each different one, from which on each is looked at once
_COMPARED = 320  # bytes of a contact that tell it from others; no address is longer
_BLANK = _table(b"xX.-_#")
_DAY, _HOUR = len("2026-01-15"), len("2026-01-15 10:30")
_DAY_LENGTHS = frozenset({_DAY, _HOUR, *range(len("2026-01-15 10:30:00"), len("2026-01-15T10:30:00.123+00:00") + 1)})
_WINDOW = 260  # bytes; neither part of an address is longer


def values_of(texts: list[bytes]) -> Any:
    """Texts as the values of a column."""
    return pa.array(texts, pa.binary())


def pieces_of(values: Any) -> Iterator[Any]:
    """The values of a batch in pieces of at most `PIECE` bytes: every "@" and digit costs some dozen bytes of memory.

    A value that is longer is cut, each part with the end of the one before, so that no contact is torn.
    """
    if not len(values):
        return
    ends, first = np.frombuffer(values.buffers()[1], np.int32)[values.offset :], 0
    ends = ends[: len(values) + 1]
    while first < len(values):
        after = int(np.searchsorted(ends, ends[first] + PIECE, "right")) - 1
        if after > first:
            yield values.slice(first, after - first)
        else:
            after = first + 1
            value = values[first].as_py()
            for start in range(0, len(value), PIECE - _COMPARED):
                yield values_of([value[start : start + PIECE]])
        first = after


def random_key() -> bytes:
    """A key for one run, so that hashes mean nothing outside of it."""
    return os.urandom(16)


@functools.lru_cache(maxsize=50_000)
def _kind_of_domain(domain: bytes) -> int:
    kind = contacts.kind_of_domain(domain.decode("utf-8", "replace"))
    return {"deliverable": _DELIVERABLE, "reserved": _RESERVED, "none": 0}[kind]


@functools.lru_cache(maxsize=50_000)
def _is_common(domain: bytes) -> bool:
    return contacts.is_common_domain(domain.decode("utf-8", "replace"))


def _plain(values: Any) -> Any:
    """Values with full-width digits and signs, and an "@" written as in a link, as ASCII has them."""
    found = values
    if pc.any(pc.match_substring(values, "%40")).as_py():
        found = pc.replace_substring(found, b"%40", b"@")
    if pc.any(pc.match_substring(values, _FULL_WIDTH)).as_py():
        for sign in b"0123456789@+-()./_":
            wide = chr(sign + 0xFEE0).encode()
            if pc.any(pc.match_substring(found, wide)).as_py():
                found = pc.replace_substring(found, wide, bytes([sign]))
    return found


def _are_days(data: Bytes, lengths: Numbers, filled: int) -> bool:
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
    return all(bool(_table(characters)[rows[:, place]].all()) for place, characters in marks.items())


def _folded(values: Any) -> tuple[Any, Numbers | None]:
    """The different values and how often each comes, if that makes them far fewer; else the values as they are."""
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) * _FOLDED > len(values):
        return values, None
    return encoded.dictionary, np.bincount(encoded.indices.to_numpy(), minlength=len(encoded.dictionary))


class _Batch:
    """The values of a column as one text: a line feed before, between and after them.

    Attributes:
        weights: how often each value comes; None if each stands for itself.
    """

    def __init__(self, values: Any, lengths: Numbers, weights: Numbers | None) -> None:
        self.weights = weights
        whole = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
        joined = pc.binary_join(whole, _LINE_FEED)[0].as_buffer()
        self.text: Bytes = np.empty(len(joined) + 3, np.uint8)
        self.text[:2] = self.text[-1] = ord("\n")
        self.text[2:-1] = np.frombuffer(joined, np.uint8)
        self._starts = np.empty(len(lengths), np.int64)
        self._starts[0] = 2
        np.cumsum(lengths[:-1] + 1, out=self._starts[1:])
        self._starts[1:] += 2

    def weights_of(self, rows: Numbers) -> Numbers | None:
        """How often each of these values comes."""
        return None if self.weights is None else self.weights[rows]

    def rows(self, positions: Numbers) -> Numbers:
        """Which value each position of the text is in."""
        return np.searchsorted(self._starts, positions, "right") - 1


class _Groups:
    """Numbers in a text: groups of digits with no more than a gap between them.

    Attributes:
        starts, ends: where each number is.
        digits, counts: how many digits and groups it has.
        dated: whether it is written like a day.
    """

    def __init__(self, text: Bytes) -> None:
        is_digit = (text - np.uint8(ord("0"))) < 10  # noqa: PLR2004
        edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]) + 1
        self._starts, self._ends = edges[0::2], edges[1::2]
        self._lengths = self._ends - self._starts
        heads = self._heads(text)
        self._first = np.flatnonzero(heads)
        self.count = len(self._first)
        if not self.count:
            return
        self.counts = np.diff(self._first, append=len(heads))
        self.digits = np.add.reduceat(self._lengths, self._first)
        self.starts = self._starts[self._first]
        self.ends = self._ends[self._first + self.counts - 1]
        self.dated = np.zeros(self.count, np.bool_)

    def _heads(self, text: Bytes) -> Flags:
        """Which groups start a number."""
        heads = np.ones(len(self._starts), np.bool_)
        gaps = self._starts[1:] - self._ends[:-1]
        near = np.flatnonzero((gaps <= _MAX_GAP) & _GAP[text[self._ends[:-1]]])
        near = near[np.minimum(self._lengths[near], self._lengths[near + 1]) < contacts.MIN_DIGITS]  # else two numbers
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

    def keep(self, wanted: Flags) -> None:
        """Forget the other numbers."""
        self._first, self.counts, self.digits = self._first[wanted], self.counts[wanted], self.digits[wanted]
        self.starts, self.ends, self.dated = self.starts[wanted], self.ends[wanted], self.dated[wanted]
        self.count = len(self._first)

    def cut_decimals(self, text: Bytes) -> None:
        """Take off the ".0" that a program adds to a number which it took for a decimal."""
        last = self.starts + self.digits  # where there are two groups with one sign between, the last digit
        found = np.flatnonzero((self.counts == 2) & (self.ends == last + 1))  # noqa: PLR2004
        found = found[(text[last[found]] == ord("0")) & (text[last[found] - 1] == ord("."))]
        self.counts[found], self.ends[found] = 1, last[found] - 1
        self.digits[found] -= 1

    def read(self, region: Region) -> tuple[Flags, Flags]:
        """Which numbers are written like a telephone number, and which have as many digits as one."""
        codes = np.zeros(self.count, np.int64)
        many = np.arange(self.count)
        for place in range(_MAX_GROUPS):
            codes[many] |= np.minimum(self._lengths[self._first[many] + place], 15) << (4 * place)
            many = many[self.counts[many] > place + 1]
            if not len(many):
                break
        shapes = pa.array(codes).dictionary_encode()
        self._shape = shapes.indices.to_numpy()
        self._readings = [_read_shape(code, region) for code in shapes.dictionary.to_pylist()]
        trust = np.array([reading.trust for reading in self._readings])
        self.dated = np.array([_is_dated(code) for code in shapes.dictionary.to_pylist()])[self._shape]
        return (trust == "sure")[self._shape], (trust == "loose")[self._shape]

    def windows(self, wanted: Flags) -> tuple[Numbers, Numbers]:
        """Where telephone numbers stand among other groups of the numbers wanted."""
        starts, ends = [self._starts[:0]], [self._ends[:0]]
        for index, reading in enumerate(self._readings):
            if reading.windows:
                first = self._first[wanted & (self._shape == index)]
                for place, length in reading.windows:
                    starts.append(self._starts[first + place])
                    ends.append(self._ends[first + place + length - 1])
        return np.concatenate(starts), np.concatenate(ends)


def _shape_of(code: int) -> tuple[int, ...]:
    shape = []
    while code:
        shape.append(code & 15)
        code = (code & 0xFFFFFFFFFFFFFFFF) >> 4
    return tuple(shape)


@functools.lru_cache(maxsize=50_000)
def _read_shape(code: int, region: Region) -> contacts.Reading:
    return contacts.read_shape(_shape_of(code), region)


@functools.lru_cache(maxsize=50_000)
def _is_dated(code: int) -> bool:
    return contacts.is_date(_shape_of(code))


def _without_stops(text: Bytes, at: Numbers, ends: Numbers) -> Numbers:
    """Where domains end without the full stops after them."""
    for _ in range(2):
        ends = ends - ((text[ends - 1] == ord(".")) & (ends > at + 1))
    return ends


def _kinds_of_domains(text: Bytes, at: Numbers, ends: Numbers) -> tuple[Bytes, Any]:
    """What the domains are, and the domains themselves as an Arrow dictionary."""
    domains = _pieces(text, at + 1, ends).dictionary_encode()
    kinds = np.array([_kind_of_domain(domain) for domain in domains.dictionary.to_pylist()] or [0], np.uint8)
    return kinds[domains.indices.to_numpy()], domains


def _next_outside(table: Flags, text: Bytes, positions: Numbers) -> Numbers:
    """The first place after each position whose byte is not in the table. Many are looked up together."""
    if len(positions) * _WINDOW < len(text):
        reach = np.minimum(positions[:, None] + np.arange(1, _WINDOW), len(text) - 1)
        inside = table[text[reach]]
        inside[:, -1] = False
        found: Numbers = positions + 1 + inside.argmin(axis=1)
        return found
    outside = np.flatnonzero(~table[text])
    return outside[np.searchsorted(outside, positions, "right")]


def _last_outside(table: Flags, text: Bytes, positions: Numbers) -> Numbers:
    """The last place before each position whose byte is not in the table."""
    if len(positions) * _WINDOW < len(text):
        reach = np.maximum(positions[:, None] - np.arange(1, _WINDOW), 0)
        inside = table[text[reach]]
        inside[:, -1] = False
        found: Numbers = positions - 1 - inside.argmin(axis=1)
        return found
    outside = np.flatnonzero(~table[text])
    return outside[np.searchsorted(outside, positions, "left") - 1]


def _gathered(text: Bytes, starts: Numbers, ends: Numbers) -> tuple[Bytes, Numbers]:
    """The bytes of all spans in one row, and where each starts in it."""
    lengths = ends - starts
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return text[np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])], offsets


def _after(words: str, text: Bytes, starts: Numbers, candidates: Flags) -> Numbers:
    """Which candidates stand after such words, as in "rang 4165550123": their indexes."""
    chosen = np.flatnonzero(candidates)
    if not len(chosen):
        return chosen
    before = _pieces(text, np.maximum(starts[chosen] - _SAID_BEFORE, 0), starts[chosen])
    found: Numbers = chosen[_matches(before, words)]
    return found


def _extended(text: Bytes, ends: Numbers) -> Flags:
    """Whether an extension follows: "x22", "ext22"."""
    after, second = text[ends] | 32, text[np.minimum(ends + 1, len(text) - 1)]
    is_digit = (second - np.uint8(ord("0"))) < 10  # noqa: PLR2004
    found: Flags = ((after == ord("x")) & is_digit) | ((after == ord("e")) & (second | 32 == ord("x")))
    return found


def _pieces(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The spans as an Arrow array."""
    data, offsets = _gathered(text, starts, ends)
    return pa.Array.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    )


def _digits(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The digits of each span as an Arrow array of text."""
    data, offsets = _gathered(text, starts, ends)
    is_digit = (data - np.uint8(ord("0"))) < 10  # noqa: PLR2004
    before = np.zeros(len(data) + 1, np.int32)
    np.cumsum(is_digit, out=before[1:])
    return pa.Array.from_buffers(
        pa.string(), len(starts), [None, pa.py_buffer(before[offsets]), pa.py_buffer(data[is_digit])]
    )


def _matches(values: Any, pattern: str) -> Flags:
    found: Flags = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return found


def _dial(digits: Any, plus: Flags, region: Region) -> tuple[Flags, Flags]:
    """Which digits could be dialled, and which of them are fictional or fillers, so that they reach nobody."""
    dialable, fictional = np.zeros((2, len(digits)), np.bool_)
    _dial_within(region.calling_code, digits, np.arange(len(digits)), dialable, fictional)
    places = np.flatnonzero(~dialable & ~fictional)  # from another country, or none
    if len(places):
        zeros = pc.match_substring_regex(_at(digits, places), "^0(?:0|11)").to_numpy(zero_copy_only=False)
        places = places[plus[places] | zeros]
    if not len(places):
        return dialable, fictional
    rest = pc.replace_substring_regex(digits.take(pa.array(places)), "^0(?:011|11|0)", "")
    starts = pc.utf8_slice_codeunits(rest, 0, 3).dictionary_encode()
    codes = np.array([contacts.country_code(start) for start in starts.dictionary.to_pylist()])
    codes = codes[starts.indices.to_numpy()]
    for code in np.unique(codes[codes > 0]).tolist():
        chosen = np.flatnonzero(codes == code)
        found = np.zeros((2, len(chosen)), np.bool_)
        national = pc.utf8_slice_codeunits(rest.take(pa.array(chosen)), len(str(code)))
        _dial_within(code, national, np.arange(len(chosen)), *found)
        dialable[places[chosen]], fictional[places[chosen]] = found
    return dialable, fictional


def _dial_within(code: int, digits: Any, places: Numbers, dialable: Flags, fictional: Flags) -> None:
    """Set the flags at these places for digits as they are dialled within one country."""
    plan = contacts.numbering(code)
    fictional[places] = _matches(_at(digits, places), plan.fictional)
    places = places[~fictional[places]]
    if len(places):
        dialable[places] = _matches(_at(digits, places), plan.dialable)


def _at(values: Any, places: Numbers) -> Any:
    return values if len(places) == len(values) else values.take(pa.array(places))
