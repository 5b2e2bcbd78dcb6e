"""Counts contacts in a table's columns, a batch of values at a time, with the patterns of `values`.

Speed comes from looking at a whole column as one run of bytes: where the "@" are, and where digits start and end. Only
what could be a contact by that is looked at more closely, by RE2, and only different ones by Python. Values that are no
plain ASCII are written the ASCII way first, and what is known to be an identifier - an IP address, a hash, a day - is
struck out of them, so that what is left is a contact, or nobody knows. Nothing of a value outlives its batch but keyed
hashes and masked samples.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from penelope_admin.detect import names, values
from penelope_admin.detect.plain import plain
from penelope_admin.detect.texts import own_domains
from penelope_admin.detect.values import Region
from penelope_admin.detect.verdicts import MAX_SAMPLES, Contacts, Counts, looks_of, most_of

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LINE_FEED = b"\n"
_MAX_GROUPS = 15  # of digits in a number; so many fit into an int64, four bits each
_MAX_GAP = 8  # bytes between two groups: ") - "


def _table(characters: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(characters)] = True
    return table


_HIGH = bytes(range(128, 256))  # of letters beyond ASCII: everything else there was written the ASCII way
_ALNUM = _table(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTER = _ALNUM & ~_table(b"0123456789") | _table(_HIGH)
_ASCII_DOMAIN = _ALNUM | _table(b".-")
_DOMAIN = _ASCII_DOMAIN | _table(_HIGH)
_LOCAL = _ALNUM | _table(b"!#$%&'+-/=?^_`{|}~." + _HIGH)
_PLUS = _table(b"+( ")
# What may stand between groups of digits, and how strongly it divides them.
_SIGNS = np.zeros(256, np.uint8)
_SIGNS[list(b"\t\r\"#$%&'*,/:;<=>?[]^_`{|}~\\!")] = 3
_SIGNS[list(b"-.")] = 1
_SIGNS[list(b" ()")] = 2
_GAP = _SIGNS > 0


def _are_digits(data: Bytes) -> Flags:
    """Which bytes are digits; quicker than looking each up."""
    found: Flags = (data - np.uint8(ord("0"))) < len("0123456789")
    return found


_BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\b(?: ?[ap]m\b)?(?:Z|[+-][0-9]{2}:?[0-9]{2}\b)?"
_IDENTIFIER = (
    r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"  # a GUID
    r"|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"  # a network card's address
    r"|\b(?:[0-9a-f]+:){4,7}[0-9a-f]*\b|\b[0-9a-f:]+::[0-9a-f:]*\b"  # IPv6
    rf"|(?:^|[^0-9.+])(?:{_BYTE}\.){{3}}{_BYTE}(?:[:/][0-9]+)?(?:\.?[^0-9.]|\.?$)"  # IPv4, no part of a longer chain
    r"|\b[0-9a-f]{18,}\b"  # a hash
    r"|\b(?-i:[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}(?: ?[0-9]{4}){2,6}(?: ?[0-9]{1,3})?)\b"  # IBAN
    r"|\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ ,]{1,2}[0-9]{8}\b"  # a sort code and an account
    r"|\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b"  # an account in New Zealand
    r"|\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\b"  # a payment card
    rf"|\b(?:19|20)[0-9]{{2}}[-/.][01]?[0-9][-/.][0-3]?[0-9]\b(?:[T ]{_CLOCK})?"  # days
    rf"|\b[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.](?:19|20)[0-9]{{2}}\b(?: {_CLOCK})?"
    rf"|\b{_CLOCK}|\b[0-9]{{1,2}}\.[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{3,9}} ?[ap]m\b"
    r"|(?:[$]|\xe2\x82\xac|\xc2\xa3) ?(?:[0-9]+\.[0-9]{2}|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{2})?)\b"  # an amount
    r"|\b(?:0|1[0-9]{9})\.[0-9]{5,}\b"  # a fraction; seconds since 1970 with one
    r"|-?\b[0-9]{1,3}\.[0-9]{4,9}, ?-?[0-9]{1,3}\.[0-9]{4,9}\b"  # a place
    r"|(?:^|[^0-9.+])(?:[0-9]{1,3}\.[0-9]\.[0-9]{1,5}\.[0-9]{1,5}|[0-9]{1,3}(?:\.[0-9]{1,5}){2}\.[0-9])"  # a version
    r"(?:\.?[^0-9.]|\.?$)"
    r"|\b(?:19[5-9]|20[0-3])[0-9][-/][0-9]{3,6}\b"  # of a year: INV-2026-42387
    r"|\b978-[0-9]{1,5}-[0-9]{2,7}-[0-9]{2,7}-[0-9]\b"  # a book
)
"""What looks like a number and is an identifier of a known kind; RE2 reads it."""
_CODED = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});|%[2-7C]|=(?:40|20|C2)"
_OTHER_SCRIPT = _table(bytes({*range(0xCA, 0xF5)} - {0xE2}))  # how characters beyond Latin letters start in UTF-8
_OTHER_SIGN = _table(b"\xc2\xe2")
_CONTACT_START = r"@|(?:[0-9][^0-9]{0,9}){5}|\xc2[\xb2\xb3\xb9]|\xe2(?:\x81[\xb0-\xb9]|\x82[\x80-\x89]|[\x91-\x93\x9d])"
_ENDINGS = "com|net|org|edu|gov|info|biz|ca|uk|au|nz|us|fr|de|me|io"
_AT_OUT = r"(?: ?[\[({<] ?(?:at|arobase|@) ?[\])}>] ?| +(?:at|arobase|@|at-?sign) +|[_-]at[_-]| +@|@ +)"
_DOT_OUT = r"(?: ?[\[({<] ?(?:dot|point|\.) ?[\])}>] ?| +(?:dot|point) +|[_-]dot[_-]|\.)"
_SPOKEN = (
    rf"(?i)[a-z0-9_.+-]*[a-z0-9.+]{_AT_OUT}[a-z0-9-]*?[a-z0-9](?:{_DOT_OUT}[a-z0-9-]*?[a-z0-9]){{0,3}}"
    rf"{_DOT_OUT}(?:{_ENDINGS})\b"
)
"""An address whose "@" is written out, or stands alone; RE2 and `re` read it."""
_OUT, _DOT = re.compile(f"(?i){_AT_OUT}"), re.compile(f"(?i){_DOT_OUT}")
_EXPONENT = re.compile(r"\b[0-9]\.[0-9]{5,15}E\+?(?:0?[6-9]|1[0-4])\b")
_NEARLY = (
    rf"(?i)[a-z0-9]@{{1,2}}[a-z0-9-]+[.,; ]{{1,2}}(?:[a-z0-9-]+[.,; ]{{1,2}})?(?:{_ENDINGS})\b"
    r"|(?:^|[^a-z0-9@.])(?:gmail|hotmail|outlook|yahoo|icloud|live|aol|msn|proton(?:mail)?)\.(?:com?|ca|uk|au|nz|fr|me)\b"
)
"""An address with a slip of the pen, or without its "@"; RE2 reads it."""
_JOINED, _APART, _OF_CODES = "+", 100, 0.8  # numbers of digits between anything: their class, and how chance is told
_MIXED = r"(?i)\b[0-9]*(?:[a-z]+[0-9]+){3,}[a-z]*\b"
"""A code in which letters and digits alternate."""
_READABLE = (
    rf"(?i)[^@]@[^@]*\.(?:{_ENDINGS})\.[a-z]+$"
    rf"|(?:[=%_+]|\.at\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:{_ENDINGS})@"
)
"""A reserved address from which another can be read: "jane@gmail.com.invalid", "jane=gmail.com@example.com"."""
_MASK = (
    r"(?i)^[^0-9a-z@]*(?:[x*#.\-_ ()\[\]/+?]*[x*#?_.-][x*#.\-_ ()\[\]/+?]*[0-9]{0,4}|[0-9]{0,3}[x*#]{3,}[0-9]{0,4}"
    r"|(?:[a-z'/-]+ ){0,3}(?:redacted|removed|masked|hidden|deleted|withheld|suppressed|anonymi[sz]ed|de-?identified"
    r"|obfuscated|scrubbed|confidential|unknown|none|null|nil|n/?a|not (?:given|known|provided|available))"
    r"(?: [a-z'/-]+){0,3})[^0-9a-z@]*$"
)
"""A value that was masked: "XXX-XXX-1234", "[phone removed]"; RE2 reads it."""


class Scanner:
    """Counts one column."""

    def __init__(
        self,
        name: str,
        region: Region,
        key: bytes,
        columns: int = 1,
        today: date | None = None,
        own: values.Own = values.NOBODY,
    ) -> None:
        """
        Args:
            name: the column's, which says how its numbers are to be taken.
            key: of the hashes; the same for a whole run.
            columns: how many share the memory and the time that there are.
            today: with it some values that nothing explains are read more carefully.
            own: addresses that are the agency's own.
        """
        most = most_of(columns)
        self.counts = Counts(contacts=Contacts(most), formed_ones=Contacts(most), digits=Contacts(most))
        self._looks = looks_of(columns)
        self._kind = names.kind_of_name(name)
        self._beside = names.is_beside_numbers(name)
        self._region = region
        self._key = key
        self._today = today
        self._own = own
        self._folds = True  # until a batch has too many different values

    def scan(self, found: Any) -> None:
        """Count the values of a batch, an Arrow array of binary without nulls.

        A longer value counts once for each `PIECE` of it.
        """
        for piece in pieces_of(found):
            self._scan(piece)

    def _scan(self, found: Any) -> None:
        lengths, data = _lengths_of(found), _data_of(found)
        filled = int(np.count_nonzero(lengths))
        self.counts.values += filled
        if not filled or _are_days(data, lengths, filled):
            return
        digits = int(np.count_nonzero(_are_digits(data)))
        if self._kind == "number" and not self._beside and digits == len(data) and len(found) > _SOME:
            # Digits alone are no telephone numbers there. Some of them tell whether more than by chance are dialable.
            found = found.take(pa.array(np.arange(0, len(found), len(found) // _SOME)))
        weights = None
        if self._folds and len(data) < _SHORT * filled:
            found, weights = _folded(found)
            self._folds = weights is not None
        found = _written_plainly(found, spoken=self._kind != "number")
        lengths, data = _lengths_of(found), _data_of(found)
        batch, marks = _Batch(found, lengths, weights), np.zeros(len(found), np.uint16)
        if (data == ord("@")).any():
            self._addresses(batch, marks)
        has_number = int(np.count_nonzero(_are_digits(data))) >= _LOCAL_DIGITS
        if self._kind != "telephone" and has_number:
            has_number = int(lengths.max()) >= min(self._region.telephone_digits[0], values.MIN_DIGITS)
        struck = self._numbers(batch, marks) if has_number else found
        self._mark_odd(struck, marks)
        if self._kind in ("email", "telephone"):
            self._masks(found, lengths, marks)
        self._count(marks, weights)
        self._keep_odd(found, marks)
        self._look_closer(struck, marks)

    def _suspicious(self, marks: Words) -> Flags:
        """Which values nobody understands."""
        suspicious = _ODD | (_AT | _DIGITS if self._kind in ("email", "telephone") else 0)
        known = _EMAIL | _SURE | _FORMED | _LOOSE | _HARMLESS | _MASKED | _OWN
        found: Flags = ((marks & suspicious > 0) & (marks & known == 0)) | (marks & _READ > 0)
        return found

    def _keep_odd(self, found: Any, marks: Words) -> None:
        if len(self.counts.odd) < MAX_SAMPLES:
            places = np.flatnonzero(self._suspicious(marks))[:MAX_SAMPLES]
            for value in found.take(pa.array(places)).to_pylist():
                self.counts.add_odd(values.mask_text(value.decode("utf-8", "replace")))

    def _count(self, marks: Words, weights: Numbers | None) -> None:
        """Add up what the values of a batch were marked with."""
        if not marks.any():
            return
        found = np.bincount(marks, weights, minlength=1)
        bits = np.arange(len(found))
        counts = self.counts

        def add_up(wanted: Flags) -> int:
            return int(found[wanted].sum())

        counts.emails += add_up(bits & _EMAIL > 0)
        counts.sure += add_up(bits & _SURE > 0)
        counts.formed += add_up((bits & _FORMED > 0) & (bits & _SURE == 0))
        counts.loose += add_up((bits & _LOOSE > 0) & (bits & (_SURE | _FORMED) == 0))
        counts.numbers += add_up(bits & _PLAIN > 0)
        counts.readable += add_up(bits & _READ > 0)
        counts.own += add_up((bits & _OWN > 0) & (bits & (_EMAIL | _SURE | _FORMED) == 0))
        counts.masked += add_up((bits & _MASKED > 0) & (bits & (_EMAIL | _SURE | _FORMED | _LOOSE | _HARMLESS) == 0))
        counts.harmless += add_up((bits & _HARMLESS > 0) & (bits & (_EMAIL | _SURE | _FORMED) == 0))
        counts.unclear += add_up(self._suspicious(bits.astype(np.uint16)) & (bits & _READ == 0))

    def _mark_odd(self, found: Any, marks: Words) -> None:
        """Mark what is nearly an address, and count digits that may be one number, whatever stands between them."""
        data = _data_of(found)
        left = (marks & (_EMAIL | _SURE | _FORMED | _LOOSE | _HARMLESS | _PLAIN | _OWN)) == 0
        if ((data == ord(".")) | (data == ord("@"))).any():
            places = np.flatnonzero(left & _rows_at(found, _dotted(data)))
            if len(places):
                marks[places[_matches(found.take(pa.array(places)), _NEARLY)]] |= _ODD
        if (self._kind == "number" and not self._beside) or not left.any():
            return
        many = _digits_of(found, data)
        least, most = self._region.telephone_digits
        places = np.flatnonzero(left & (many >= min(least, _LOCAL_DIGITS if self._kind == "telephone" else least)))
        if self._kind != "telephone":
            places = places[:: len(places) // _SOME + 1]
        if not len(places):
            return
        some = pc.replace_substring_regex(found.take(pa.array(places)), _MIXED, "")
        digits = pc.cast(pc.replace_substring_regex(some, "[^0-9]+", ""), pa.string())
        many = pc.binary_length(digits).to_numpy(zero_copy_only=False)
        if self._kind == "telephone":
            marks[places] &= ~np.uint16(_DIGITS)
            marks[places[many >= _LOCAL_DIGITS]] |= _DIGITS
        digits = digits.filter(pa.array((many >= least) & (many <= most + 1)))
        dialable, fictional = _dial(digits, np.zeros(len(digits), np.bool_), self._region)
        self._note_classes(_JOINED, digits.filter(pa.array(~fictional)), dialable[~fictional])

    def _masks(self, found: Any, lengths: Numbers, marks: Words) -> None:
        """Mark what was masked in a column named after contacts."""
        places = np.flatnonzero((marks & (_EMAIL | _SURE | _FORMED | _LOOSE | _HARMLESS) == 0) & (lengths > 0))
        if len(places):
            marks[places[_matches(found.take(pa.array(places)), _MASK)]] |= _MASKED

    def _look_closer(self, found: Any, marks: Words) -> None:
        """Read some of the values that nothing explains as carefully as a text: what is fast may be fooled."""
        room = min(_CLOSER_EACH, self._looks - self.counts.looked)
        if self._today is None or room <= 0 or (self._kind == "number" and not self._beside):
            return
        places = np.flatnonzero(marks & (_EMAIL | _SURE | _FORMED | _LOOSE | _HARMLESS | _PLAIN | _OWN | _MASKED) == 0)
        places = places[:: len(places) // _SOME + 1]
        if not len(places):
            return
        some = found.take(pa.array(places))
        some = some.filter(pc.match_substring_regex(some, _CONTACT_LIKE))
        for value in some.take(pa.array(np.arange(0, len(some), len(some) // room + 1))).to_pylist():
            text = value[:_CLOSER_BYTES].decode("utf-8", "replace")
            if text.isdecimal() and self._kind != "telephone":
                continue
            self.counts.looked += 1
            if values.may_reach(text, self._region, self._today):
                self.counts.doubts += 1
                self.counts.add_odd(values.mask_text(text))

    # --- email addresses ---

    def _addresses(self, batch: _Batch, marks: Words) -> None:
        text = batch.text
        at = np.flatnonzero(text == ord("@"))
        ends = _next_outside(_DOMAIN, text, at)
        starts = _last_outside(_LOCAL, text, at) + 1
        ends = _without_stops(text, at, ends)
        rows = batch.rows(at)
        marks[rows] |= _AT
        masked = (text[at - 1] == ord("*")) | (text[np.minimum(at + 2, len(text) - 1)] == ord("*"))
        found, ends = _read_domains(text, at, ends)
        long_enough = (at > starts) & (at - starts <= 64)  # noqa: PLR2004
        marks[rows[(found == _RESERVED) | masked]] |= _HARMLESS
        self._mark_readable(text, starts, at, ends, rows, marks, (found == _RESERVED) & long_enough)
        real = np.flatnonzero((found == _DELIVERABLE) & long_enough & ~masked)
        if not len(real):
            return
        blank = self._blanked(text, starts[real], at[real])
        marks[rows[real[blank]]] |= _HARMLESS
        real = real[~blank]
        if self._own:
            pieces = _pieces(text, starts[real], ends[real])
            own = np.array([self._own.has(piece.decode("utf-8", "replace")) for piece in pieces.to_pylist()], np.bool_)
            marks[rows[real[own]]] |= _OWN
            real = real[~own]
        marks[rows[real]] |= _EMAIL
        pieces, weights = _pieces(text, starts[real], ends[real]), batch.weights_of(rows[real])
        self._tell_apart(self.counts.contacts, pieces, weights, self._mask_address)

    def _mark_readable(
        self, text: Bytes, starts: Numbers, at: Numbers, ends: Numbers, rows: Numbers, marks: Words, reserved: Flags
    ) -> None:
        """Mark reserved addresses from which another address can be read."""
        behind = np.zeros(len(at), np.bool_)
        for length in (3, 4, 5):  # the local part ends like a domain, or the domain has two dots or more
            behind |= text[np.maximum(at - length, 0)] == ord(".")
        likely = np.flatnonzero(reserved & (behind | (ends - at > len("@a.co.invalid") - 1)))
        if len(likely):
            whole = _pieces(text, starts[likely], ends[likely])
            found = rows[likely[_matches(whole, _READABLE)]]
            marks[found] |= _READ

    @staticmethod
    def _blanked(text: Bytes, starts: Numbers, ends: Numbers) -> Flags:
        """Which first parts of addresses were filled with x, or the like."""
        likely = (_BLANK[text[starts]]) & (_BLANK[text[ends - 1]])
        for index in np.flatnonzero(likely):
            likely[index] = values.is_masked_local(
                text[starts[index] : ends[index]].tobytes().decode("utf-8", "replace")
            )
        return likely

    def _mask_address(self, address: bytes) -> str:
        local, _, domain = address.decode("utf-8", "replace").rpartition("@")
        return values.mask_email(local, domain)

    # --- telephone numbers ---

    def _numbers(self, batch: _Batch, marks: Words) -> Any:
        """Mark and count the numbers; give the values with identifiers struck out of them."""
        groups = _Groups(batch.text)
        if not groups.count:
            return batch.values
        struck = self._struck(batch, groups)
        if struck is not None:
            batch = _Batch(struck, _lengths_of(struck), batch.weights)
            groups = _Groups(batch.text)
            if not groups.count:
                return struck
        text, region = batch.text, self._region
        self._local_numbers(batch, marks, groups)
        if self._kind in ("telephone", "email"):
            few = _LOCAL_DIGITS if self._kind == "telephone" else values.MIN_DIGITS
            marks[batch.rows(groups.starts[groups.digits >= few])] |= _DIGITS
        least = region.telephone_digits[0]
        groups.keep((groups.digits >= least) | ((groups.digits >= values.MIN_DIGITS) & _PLUS[text[groups.starts - 1]]))
        if not groups.count:
            return batch.values
        groups.cut_decimals(text)
        before = text[groups.starts - 1]
        plus = before == ord("+")
        in_brackets = (before == ord("(")) | (
            (groups.counts > 1) & (text[groups.starts - 2] == ord("+")) & (before == ord(" "))
        )
        plus |= in_brackets & (text[groups.starts - 2] == ord("+"))
        kept = ~_within_words(text, groups.starts, groups.ends) | plus
        abroad = ~plus & (text[groups.starts] == ord("0")) & (groups.digits > _LONGEST_HOME)
        abroad &= _are_digits(text[groups.starts + 1])
        none = np.zeros(groups.count, np.bool_)
        self._take(batch, marks, groups.starts[plus], groups.ends[plus], plus[plus], plus[plus])
        wanted = kept & abroad & ~plus & (groups.digits <= values.MAX_DIGITS)
        called = groups.are_abroad(text)[wanted]
        if self._kind != "telephone" and wanted.any():
            called |= _after(values.CALLING, text, groups.starts[wanted])
        self._take(batch, marks, groups.starts[wanted], groups.ends[wanted], none[wanted], called)
        starts, ends, formed = groups.parts(region, kept & ~plus)
        sure = np.zeros(len(starts), np.bool_)
        if self._kind != "telephone" and len(starts):  # after a word for telephoning
            sure = _after(values.CALLING, text, starts)
        self._take(batch, marks, starts, ends, np.zeros(len(starts), np.bool_), sure, formed)
        return batch.values

    def _struck(self, batch: _Batch, groups: _Groups) -> Any | None:
        """The values without what looks like a number and is an identifier; nothing if there is none."""
        least = min(self._region.telephone_digits[0], values.MIN_DIGITS)
        long = np.flatnonzero(groups.digits >= (_LOCAL_DIGITS if self._kind == "telephone" else least))
        is_wanted = np.zeros(len(batch.values), np.bool_)
        is_wanted[batch.rows(groups.starts[long])] = True
        rows = np.flatnonzero(is_wanted)
        if not len(rows):
            return None
        some = batch.values if len(rows) == len(batch.values) else batch.values.take(pa.array(rows))
        if not _HINTS[_data_of(some)].any() and not groups.may_be_identifiers(batch.text):
            return None
        found = _matches(some, _IDENTIFIER)
        if not found.any():
            return None
        is_struck = np.zeros(len(batch.values), np.bool_)
        is_struck[rows[found]] = True
        mask = pa.array(is_struck)
        changed = pc.replace_substring_regex(batch.values.filter(mask), _IDENTIFIER, " ; ")
        return pc.replace_with_mask(batch.values, mask, changed)

    def _local_numbers(self, batch: _Batch, marks: Words, groups: _Groups) -> None:
        """Count values that are a number without its area and nothing else; those kept for fiction are harmless."""
        if self._kind == "number" or not values.local_digits(self._region):
            return
        text = batch.text
        alone = (text[groups.starts - 1] == ord("\n")) & (text[groups.ends] == ord("\n"))
        likely = np.flatnonzero(alone & groups.are_local(values.local_digits(self._region)))
        if not len(likely):
            return
        digits = _digits(text, groups.starts[likely], groups.ends[likely])
        rows = batch.rows(groups.starts[likely])
        fictional = _matches(digits, values.local_fiction(self._region) or "^x")
        marks[rows[fictional]] |= _HARMLESS
        if self._kind == "other" and not fictional.all():
            weights, rest = batch.weights_of(rows[~fictional]), digits.filter(pa.array(~fictional))
            self._note_steps(rest)
            dialable = _matches(rest, "^[2-9]") & ~_matches(rest, _COMPACT_DAY)
            self.counts.add_local(_weighed(dialable, weights), _weighed(np.ones(len(rest), np.bool_), weights))

    def _take(
        self,
        batch: _Batch,
        marks: Words,
        starts: Numbers,
        ends: Numbers,
        plus: Flags,
        sure: Flags,
        formed: Flags | None = None,
    ) -> None:
        """Judge numbers by their digits, and mark and count what they are.

        Args:
            plus, sure: which have a plus, and which something says are telephone numbers.
            formed: which are written like one.
        """
        if not len(starts):
            return
        formed = np.zeros(len(starts), np.bool_) if formed is None else formed
        digits = _digits(batch.text, starts, ends)
        rows = batch.rows(starts)
        dialable, fictional = _dial(digits, plus, self._region)
        if self._region.trunk_zero:  # without its zero a number has no telephone number's form
            first = _table(f"0{self._region.no_trunk_before}(".encode())
            sure, formed = sure & (plus | first[batch.text[starts]]), formed & first[batch.text[starts]]
        formed &= ~sure
        loose = ~fictional & ~sure & ~formed
        marks[rows[loose]] |= _PLAIN
        marks[rows[plus & ~dialable & ~fictional]] |= _ODD
        self._note_formed(batch, digits, rows, dialable, formed & ~fictional)
        marks[rows[fictional & (sure | formed | (self._kind != "number") | self._beside)]] |= _HARMLESS
        if self._kind != "telephone":
            self._note_numbers(batch, digits, starts, dialable, loose)
        for flags, mark, found in (
            (dialable & sure, _SURE, self.counts.contacts),
            (dialable & formed, _FORMED, self.counts.formed_ones),
            (dialable & loose, _LOOSE, self.counts.digits),
        ):
            if not flags.any():
                continue
            marks[rows[flags]] |= mark
            for international in (True, False):
                wanted = flags & (plus == international)
                mask = functools.partial(self._mask_number, international=international)
                self._tell_apart(found, digits.filter(pa.array(wanted)), batch.weights_of(rows[wanted]), mask)

    def _note_formed(self, batch: _Batch, digits: Any, rows: Numbers, dialable: Flags, formed: Flags) -> None:
        """Count how many of the numbers that are written like a telephone number can be dialled."""
        places = np.flatnonzero(formed)
        if not len(places):
            return
        wanted, weights = digits.take(pa.array(places)), batch.weights_of(rows[places])
        zeros = _matches(wanted, "^0")
        lengths = pc.binary_length(wanted).to_numpy(zero_copy_only=False)
        for zero in (False, True):
            for length in np.unique(lengths[zeros == zero]).tolist():
                some = (lengths == length) & (zeros == zero)
                chance = values.chance(self._region.calling_code, length, zero=zero)
                good = _weighed(some & dialable[places], weights)
                self.counts.add_formed((length, zero), good, _weighed(some, weights), chance)

    def _note_numbers(self, batch: _Batch, digits: Any, starts: Numbers, dialable: Flags, loose: Flags) -> None:
        """Count how many of the numbers that follow one word can be dialled: of random ones only some can."""
        places = np.flatnonzero(loose)
        if not len(places):
            return
        wanted = digits.take(pa.array(places))
        self._note_steps(wanted)
        before = _pieces(batch.text, np.maximum(starts[places] - _SAID_BEFORE, 0), starts[places])
        line = pc.replace_substring_regex(before, "(?s)^.*\n", "")
        said = pc.extract_regex(pc.cast(line, pa.string(), safe=False), _WORD_BEFORE)
        words = pc.fill_null(pc.struct_field(said, "word"), "")
        self._note_classes(words, wanted, dialable[places], batch.weights_of(batch.rows(starts[places])))

    def _note_classes(self, words: Any, digits: Any, dialable: Flags, weights: Numbers | None = None) -> None:
        if not len(digits):
            return
        lengths = pc.cast(pc.binary_length(digits), pa.string())
        classes = pc.binary_join_element_wise(words, lengths, " ").dictionary_encode()
        index = classes.indices.to_numpy()
        total = np.bincount(index, weights, minlength=len(classes.dictionary))
        good = np.bincount(index, (1 if weights is None else weights) * dialable, minlength=len(classes.dictionary))
        for name, one, every in zip(classes.dictionary.to_pylist(), good.tolist(), total.tolist(), strict=True):
            length = int(name.rpartition(" ")[2])
            chance = values.chance(self._region.calling_code, length)
            if name.startswith(_JOINED):  # digits of a code: their first ones are no random ones
                length, chance = length + _APART, max(chance, _OF_CODES)
            self.counts.chance.setdefault(length, chance)
            key = hashlib.blake2b(name.encode(), digest_size=8, key=self._key).digest()
            self.counts.add_class(key, length, int(one), int(every))

    def _note_steps(self, digits: Any) -> None:
        """Count how often a number follows the one before closely, as identifiers do that were given in order."""
        if len(digits) < 2:  # noqa: PLR2004
            return
        short = pc.utf8_slice_codeunits(digits, -15)
        numbers = pc.cast(short, pa.int64()).to_numpy()
        steps = np.diff(numbers)
        self.counts.steps += int(np.count_nonzero((steps >= 0) & (steps <= _STEP)))
        self.counts.pairs += len(steps)
        self.counts.moments += int(np.count_nonzero((numbers >= _FIRST_MOMENT) & (numbers < _LAST_MOMENT)))
        self.counts.momentous += len(numbers)

    def _mask_number(self, digits: bytes, international: bool) -> str:
        return values.mask_phone(digits.decode(), self._region, international=international)

    def _tell_apart(self, found: Contacts, contacts: Any, weights: Numbers | None, mask: Any) -> None:
        """Count how often each contact comes, until enough are known."""
        if not len(contacts) or found.is_full:
            return
        encoded = contacts.dictionary_encode()
        counts = np.bincount(encoded.indices.to_numpy(), weights).astype(np.int64).tolist()
        for item, count in zip(encoded.dictionary.to_pylist(), counts, strict=True):
            value = item.encode() if isinstance(item, str) else item
            local, at, domain = value.lower()[-_COMPARED:].rpartition(b"@")
            whole = local.partition(b"+")[0] + at + domain if at else domain  # "jane+letters" has jane's mailbox
            key = hashlib.blake2b(whole, digest_size=8, key=self._key).digest()
            sample = mask(value) if len(found.samples) < MAX_SAMPLES else ""
            if at and key not in found.seen:
                found.add_domain(domain.decode("utf-8", "replace"))
            if not found.add(key, count, sample):
                return


def _weighed(flags: Flags, weights: Numbers | None) -> int:
    """How many values are flagged, each as often as it comes."""
    return int(np.count_nonzero(flags) if weights is None else weights[flags].sum())


PIECE = 1 << 20
"""Bytes that are looked at together."""
_AT, _EMAIL, _SURE, _LOOSE, _HARMLESS, _DIGITS, _PLAIN, _MASKED, _OWN, _READ, _ODD, _FORMED = (
    1 << bit for bit in range(12)
)
_DELIVERABLE, _RESERVED = 1, 2
_LOCAL_DIGITS = 5  # so many could be a number without its area
_WORD_SIGN = _ALNUM | _table(_HIGH)
_MOST_LETTERS = 24  # around a number that touches them
_SAID_BEFORE = 32  # bytes before a number in which a word may say that it is called
_CLOSER_EACH, _CLOSER_BYTES = 40, 500  # values of a batch, and how much of each
_CONTACT_LIKE = r"(?s)@|(?:[0-9][^0-9]{0,6}){7}"
_SOME = 1000  # values of a batch that stand for all where only a share is wanted
_HINTS = _ALNUM & ~_table(b"0123456789") | _table(b":.$/") | _table(_HIGH)
_CARD_DIGITS = 14
_COMPACT_DAY = r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
_LONGEST_HOME = 11  # digits; a longer number that starts with a zero may go abroad
_STEP = 1000  # between two identifiers that were given one after the other
_FIRST_MOMENT, _LAST_MOMENT = 10**9, 2 * 10**9  # 2001 to 2033 in seconds since 1970
_WORD_BEFORE = r"(?P<word>[A-Za-z]{1,12})[^A-Za-z0-9]{0,6}$"
_SHORT = 48  # bytes in a value on average, up to which the same ones are looked for: placeholders come often
_FOLDED = 4  # values of a batch for each different one, from which on each is looked at once
_COMPARED = 320  # bytes of a contact that tell it from others; no address is longer
_ASCII_START = re.compile(r"[A-Za-z0-9.-]+")
_ARROBASE = re.compile(rb"arobase|AROBASE|Arobase")
_AFTER_DASH = re.compile(r"-[^.]*$")
_CODES = b"&%=<\\"
_LONE = _table(b" ([{<>}])")
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
def _read_domain(domain: bytes) -> tuple[int, int]:
    """What a domain is, and how many bytes of it: what is written right after one may be no part of it."""
    whole = domain.decode("utf-8", "replace")
    start = _ASCII_START.match(whole)
    parts = [start.group() if start else "", whole]  # "jane@gmail.com" before Chinese, "jane@b\u00fccher.de"
    for part in (*parts, *(_AFTER_DASH.sub("", part) for part in parts)):
        kind = values.kind_of_domain(part)
        if kind != "none":
            return {"deliverable": _DELIVERABLE, "reserved": _RESERVED}[kind], len(part.encode())
    return 0, len(domain)


def _lengths_of(found: Any) -> Numbers:
    lengths: Numbers = pc.binary_length(found).to_numpy(zero_copy_only=False)
    return lengths


def _data_of(found: Any) -> Bytes:
    """The bytes of all values, one after the other."""
    if not len(found):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(found.buffers()[1], np.int32)
    data: Bytes = np.frombuffer(found.buffers()[2] or b"", np.uint8)
    return data[ends[found.offset] : ends[found.offset + len(found)]]


def _written_plainly(found: Any, *, spoken: bool) -> Any:
    """Values the ASCII way, as far as that could show a contact; a line feed within one is a sign that divides."""
    data = _data_of(found)
    if (data == ord("\n")).any():
        found = pc.replace_substring(found, b"\n", b" |")
    wanted = np.zeros(len(found), np.bool_)
    if (data >= 128).any():  # noqa: PLR2004
        # Signs and blanks beyond ASCII matter beside digits or an "@"; other scripts have digits of their own.
        wanted |= _rows_with(found, data, _OTHER_SCRIPT)
        signs = _rows_with(found, data, _OTHER_SIGN) & ~wanted
        if signs.any():
            wanted[signs] = _matches(found.filter(pa.array(signs)), _CONTACT_START)
    for code in _CODES:
        if (data == code).any():
            wanted |= _rows_with(found, data, _table(bytes([code])))
    if wanted.any():
        found = _changed(found, wanted, lambda text: plain(text).replace("\n", " |"))
    wanted = _rows_at(found, _exponents(_data_of(found)))
    if wanted.any():
        found = _changed(found, wanted, lambda text: _EXPONENT.sub(lambda match: f"{float(match.group()):.0f}", text))
    if spoken and len(data) > len("a at b.co"):
        wanted = _rows_at(found, _lone_ats(_data_of(found)))
        if wanted.any():
            wanted[wanted] = _matches(found.filter(pa.array(wanted)), _SPOKEN)
            found = _changed(found, wanted, lambda text: re.sub(_SPOKEN, _unspoken, text))
    return found


def _rows_with(found: Any, data: Bytes, table: Flags) -> Flags:
    """Which values have a byte of the table."""
    return _rows_at(found, np.flatnonzero(table[data]))


def _digits_of(found: Any, data: Bytes) -> Numbers:
    """How many digits each value has."""
    ends = np.frombuffer(found.buffers()[1], np.int32)[found.offset : found.offset + len(found) + 1]
    before = np.zeros(len(data) + 1, np.int32)
    np.cumsum(_are_digits(data), out=before[1:])
    counts: Numbers = np.diff(before[ends - ends[0]])
    return counts


def _rows_of(found: Any, positions: Numbers) -> Numbers:
    """Which value each of these places of the values' bytes is in."""
    ends = np.frombuffer(found.buffers()[1], np.int32)[found.offset : found.offset + len(found) + 1]
    rows: Numbers = np.searchsorted(ends, positions + ends[0], "right") - 1
    return rows


def _rows_at(found: Any, positions: Numbers) -> Flags:
    """Which values have these places of their bytes."""
    flags = np.zeros(len(found), np.bool_)
    if len(positions):
        flags[_rows_of(found, positions)] = True
    return flags


def _dotted(data: Bytes) -> Numbers:
    """Where a full stop stands between letters, or an "@" after something."""
    stops = np.flatnonzero(data == ord("."))
    stops = stops[_LETTER[data[np.maximum(stops - 1, 0)]] & _LETTER[data[np.minimum(stops + 1, len(data) - 1)]]]
    found: Numbers = np.concatenate([stops, np.flatnonzero(data == ord("@"))])
    return found


def _exponents(data: Bytes) -> Numbers:
    """Where an "E" stands after a digit, as in 2.049423007E+09."""
    found: Numbers = np.flatnonzero((data[1:] == ord("E")) & _are_digits(data[:-1])) + 1
    return found


def _lone_ats(data: Bytes) -> Numbers:
    """Where an "@", or "at", stands between signs or blanks."""
    last = len(data) - 1
    ends = np.flatnonzero((data == ord("t")) | (data == ord("T")))
    ends = ends[ends > 1]
    ends = ends[
        (data[ends - 1] | 32 == ord("a")) & ~_WORD_SIGN[data[ends - 2]] & ~_WORD_SIGN[data[np.minimum(ends + 1, last)]]
    ]
    signs = np.flatnonzero(data == ord("@"))
    around = _LONE[data[np.maximum(signs - 1, 0)]] | _LONE[data[np.minimum(signs + 1, last)]]
    whole = data.tobytes()
    is_french = b"robase" in whole or b"ROBASE" in whole
    french = [match.start() for match in _ARROBASE.finditer(whole)] if is_french else []
    return np.concatenate([ends, signs[around], np.array(french, np.int64)])


def _unspoken(match: re.Match[str]) -> str:
    """An address as it is written; a lone "@" in prose may stand for "at", unless a mail provider follows."""
    found = _DOT.sub(".", _OUT.sub("@", match.group(), count=1))
    whole = match.start() == 0 and match.end() == len(match.string)
    alone = " @" in match.group() or "@ " in match.group()
    return found if whole or not alone or not own_domains(found) else match.group()


def _changed(found: Any, wanted: Flags, change: Callable[[str], str]) -> Any:
    """The values, those that are wanted changed."""
    mask = pa.array(wanted)
    some = [
        change(value.decode("utf-8", "replace")).encode("utf-8", "replace") for value in found.filter(mask).to_pylist()
    ]
    return pc.replace_with_mask(found, mask, pa.array(some, pa.binary()))


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
        values: those.
        weights: how often each value comes; None if each stands for itself.
    """

    def __init__(self, values: Any, lengths: Numbers, weights: Numbers | None) -> None:
        self.values, self.weights = values, weights
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
    """

    def __init__(self, text: Bytes) -> None:
        is_digit = _are_digits(text)
        edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]) + 1
        self._starts, self._ends = edges[0::2], edges[1::2]
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

    def _heads(self, text: Bytes) -> Flags:
        """Which groups start a number."""
        heads = np.ones(len(self._starts), np.bool_)
        gaps = self._starts[1:] - self._ends[:-1]
        signs = _GAP[text[self._ends[:-1]]] | ((gaps == 1) & (text[self._ends[:-1]] == ord("+")))  # "204+942+3007"
        near = np.flatnonzero((gaps <= _MAX_GAP) & signs)
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
        found = np.ones(len(self._starts), np.uint8)
        joined = np.flatnonzero(~heads[1:])
        for index in range(_MAX_GAP):
            at = self._ends[joined] + index
            inside = at < self._starts[joined + 1]
            joined, at = joined[inside], at[inside]
            if not len(joined):
                break
            found[joined] = np.maximum(found[joined], _SIGNS[text[at]])
        return found

    def keep(self, wanted: Flags) -> None:
        """Forget the other numbers."""
        self._first, self.counts, self.digits = self._first[wanted], self.counts[wanted], self.digits[wanted]
        self.starts, self.ends = self.starts[wanted], self.ends[wanted]
        self.count = len(self._first)

    def may_be_identifiers(self, text: Bytes) -> bool:
        """Whether any are too long for a telephone number, or start with what may be a year."""
        years = (self._lengths[self._first] == len("2026")) & (text[self.starts] <= ord("2")) & (self.counts > 1)
        return bool(years.any() or self.digits.max() >= _CARD_DIGITS)

    def are_abroad(self, text: Bytes) -> Flags:
        """Which start with what is dialled first for another country, as a group of its own: "011 44 20 7183 8750"."""
        sizes, starts = self._lengths[self._first], self.starts
        zeros = (text[starts] == ord("0")) & (text[starts + 1] == ord("0")) & (sizes == len("00")) & (self.counts > 2)  # noqa: PLR2004
        ones = (text[starts + sizes - 1] == ord("1")) & (text[starts + sizes - 2] == ord("1"))
        ones &= (text[starts] == ord("0")) & ((sizes == len("011")) | (sizes == len("0011")))
        found: Flags = zeros | (ones & (self.counts > 1))
        return found

    def are_local(self, length: int) -> Flags:
        """Which are as long as a number without its area, in one group or divided before its last four digits."""
        halves = (self.counts == 2) & (self._lengths[self._first] == length - 4)  # noqa: PLR2004
        found: Flags = (self.digits == length) & ((self.counts == 1) | halves)
        return found

    def cut_decimals(self, text: Bytes) -> None:
        """Take off the ".0" that a program adds to a number which it took for a decimal."""
        last = self.starts + self.digits  # where there are two groups with one sign between, the last digit
        found = np.flatnonzero((self.counts == 2) & (self.ends == last + 1))  # noqa: PLR2004
        found = found[(text[last[found]] == ord("0")) & (text[last[found] - 1] == ord("."))]
        self.counts[found], self.ends[found] = 1, last[found] - 1
        self.digits[found] -= 1

    def parts(self, region: Region, wanted: Flags) -> tuple[Numbers, Numbers, Flags]:
        """Where telephone numbers may be in the numbers wanted, and which of them are written like one."""
        lengths, signs = np.zeros(self.count, np.int64), np.zeros(self.count, np.int64)
        many = np.flatnonzero(wanted)
        for place in range(_MAX_GROUPS):
            at = self._first[many] + place
            lengths[many] |= np.minimum(self._lengths[at], 15) << (4 * place)
            many = many[self.counts[many] > place + 1]
            if not len(many):
                break
            signs[many] |= self._signs[self._first[many] + place].astype(np.int64) << (2 * place)
        places = np.flatnonzero(wanted)
        order = places[np.lexsort((signs[places], lengths[places]))]
        starts, ends, sure = [self._starts[:0]], [self._ends[:0]], [np.zeros(0, np.bool_)]
        if len(order):
            edges = np.flatnonzero((np.diff(lengths[order]) != 0) | (np.diff(signs[order]) != 0)) + 1
            for same in np.split(order, edges):
                for part in _read_run(int(lengths[same[0]]), int(signs[same[0]]), region):
                    first = self._first[same] + part.first
                    starts.append(self._starts[first])
                    ends.append(self._ends[first + part.count - 1])
                    sure.append(np.full(len(same), part.trust == "sure"))
        return np.concatenate(starts), np.concatenate(ends), np.concatenate(sure)


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


def _within_words(text: Bytes, starts: Numbers, ends: Numbers) -> Flags:
    """Which numbers are part of something longer of letters and digits; a few letters around one are not."""
    touching = _LETTER[text[starts - 1]] | _LETTER[text[ends]]
    places = np.flatnonzero(touching)
    if len(places):
        first = _last_outside(_WORD_SIGN, text, starts[places]) + 1
        last = _next_outside(_WORD_SIGN, text, ends[places] - 1)
        around = starts[places] - first + last - ends[places]
        data, offsets = _gathered(text, first, last)
        is_digit = np.zeros(len(data) + 1, np.int64)
        np.cumsum(_are_digits(data), out=is_digit[1:])
        inside = is_digit[offsets[1:]] - is_digit[offsets[:-1]]
        own_first = np.minimum(last, ends[places]) - np.maximum(first, starts[places])
        ending = text[ends[places]] | 32, text[np.minimum(ends[places] + 1, len(text) - 1)]
        extended = (ending[0] == ord("x")) | ((ending[0] == ord("e")) & (ending[1] | 32 == ord("x")))  # "x22", "ext22"
        touching[places] = (around > _MOST_LETTERS) | ((inside > own_first) & ~extended)
    return touching


def _without_stops(text: Bytes, at: Numbers, ends: Numbers) -> Numbers:
    """Where domains end without the full stops after them."""
    for _ in range(2):
        ends = ends - ((text[ends - 1] == ord(".")) & (ends > at + 1))
    return ends


def _read_domains(text: Bytes, at: Numbers, ends: Numbers) -> tuple[Bytes, Numbers]:
    """What the domains are, and where they end."""
    domains = _pieces(text, at + 1, ends).dictionary_encode()
    read = [_read_domain(domain) for domain in domains.dictionary.to_pylist()] or [(0, 0)]
    index = domains.indices.to_numpy()
    return np.array([kind for kind, _ in read], np.uint8)[index], at + 1 + np.array([size for _, size in read])[index]


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


def _after(words: str, text: Bytes, starts: Numbers) -> Flags:
    """Which numbers stand after such words, as in "rang 4165550123"."""
    return _matches(_pieces(text, np.maximum(starts - _SAID_BEFORE, 0), starts), words)


def _pieces(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The spans as an Arrow array."""
    data, offsets = _gathered(text, starts, ends)
    return pa.Array.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    )


def _digits(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The digits of each span as an Arrow array of text."""
    data, offsets = _gathered(text, starts, ends)
    is_digit = _are_digits(data)
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
    if pc.any(pc.starts_with(digits, "000")).as_py():  # filled up with zeros
        digits = pc.replace_substring_regex(digits, "^000+([1-9])", r"\1")
    _dial_within(region.calling_code, digits, np.arange(len(digits)), dialable, fictional)
    places = np.flatnonzero(~dialable & ~fictional)  # from another country, or none
    if len(places):
        zeros = pc.match_substring_regex(_at(digits, places), "^0(?:0|11)").to_numpy(zero_copy_only=False)
        places = places[plus[places] | zeros]
    if not len(places):
        return dialable, fictional
    rest = pc.replace_substring_regex(digits.take(pa.array(places)), "^0(?:011|11|0)", "")
    starts = pc.utf8_slice_codeunits(rest, 0, 3).dictionary_encode()
    codes = np.array([values.country_code(start) for start in starts.dictionary.to_pylist()])
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
    plan = values.numbering(code)
    fictional[places] = _matches(_at(digits, places), plan.fictional)
    places = places[~fictional[places]]
    if len(places):
        dialable[places] = _matches(_at(digits, places), plan.dialable)


def _at(values: Any, places: Numbers) -> Any:
    return values if len(places) == len(values) else values.take(pa.array(places))
