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
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penelope_admin.detect import names, picking, values
from penelope_admin.detect.counts import MAX_SAMPLES, Contacts, Counts, Tally, add_tally, looks_of, most_of
from penelope_admin.detect.groups import Groups, are_outdone, dial, dial_within, within_words
from penelope_admin.detect.spans import (
    ALNUM,
    COMPARED,
    ENDINGS,
    HIGH,
    PIECE,
    Bytes,
    Flags,
    Numbers,
    Text,
    Words,
    are_digits,
    cut,
    data_of,
    digits_of,
    ends_of,
    last_outside,
    lengths_of,
    matches,
    next_outside,
    pieces_of,
    table_of,
)
from penelope_admin.detect.values import Region

_DOMAIN = ALNUM | table_of(b".-" + HIGH)
_LOCAL = ALNUM | table_of(b"!#$%&'+-/=?^_`{|}~." + HIGH)
_LOCAL_OR_STAR = _LOCAL | table_of(b"*")
_READABLE_BESIDE_STARS = "[^*]{5}"
_PLUS = table_of(b"+( ")


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
    r"|\bHTTP/[0-9](?:\.[0-9])?(?:[\"' ]+[1-5][0-9]{2} [0-9]+)?"  # a web server's log, with what it answered
    r"|\b978-[0-9]{1,5}-[0-9]{2,7}-[0-9]{2,7}-[0-9]\b"  # a book
)
"""What looks like a number and is an identifier of a known kind; RE2 reads it."""
_IDENTIFIER_OR_CALLED = (
    rf"{_IDENTIFIER}"
    # A version; one that ends like a telephone number may be one: "64.9.303.1882".
    r"|(?:^|[^0-9.+])(?:[0-9]{1,3}\.[0-9]\.[0-9]{1,5}\.[0-9]{1,3}|[0-9]{1,3}(?:\.[0-9]{1,5}){2}\.[0-9])"
    r"(?:\.?[^0-9.]|\.?$)"
    # Of a year: INV-2026-42387. In "+44 1992-265234" it is an area code.
    r"|(?:^|[^0-9 +)./-]|[^0-9 +)][ ./-])(?:19[5-9]|20[0-3])[0-9][-/][0-9]{3,6}\b"
)
"""The same, and what people are also called at: such digits are struck out only where a column is not for that."""
_NEARLY = (
    rf"(?i)[a-z0-9]@{{1,2}}[a-z0-9-]+[.,; ]{{1,2}}(?:[a-z0-9-]+[.,; ]{{1,2}})?(?:{ENDINGS})\b"
    r"|(?:^|[^a-z0-9@.])(?:gmail|hotmail|outlook|yahoo|icloud|live|aol|msn|proton(?:mail)?)\.(?:com?|ca|uk|au|nz|fr|me)\b"
)
"""An address with a slip of the pen, or without its "@"; RE2 reads it."""
_JOINED, _APART, _OF_CODES = "+", 100, 0.8  # numbers of digits between anything: their class, and how chance is told
_MIXED = r"(?i)\b[0-9]*(?:[a-z]+[0-9]+){3,}[a-z]*\b"
"""A code in which letters and digits alternate."""
_READABLE_DOMAIN = re.compile(rf"(?i)\.(?:{ENDINGS})\.[a-z]+$")
_READABLE_LOCAL = rf"(?i)(?:[=%_+]|\.at\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:{ENDINGS})$"
"""What of a reserved address lets another be read: "jane@gmail.com.invalid", "jane=gmail.com@example.com"."""
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
        own: Callable[[], values.OwnMail] = values.nobody,
    ) -> None:
        """
        Args:
            name: the column's, which says how its numbers are to be taken.
            key: of the hashes; the same for a whole run.
            columns: how many share the memory and the time that there are.
            today: with it some values that nothing explains are read more carefully.
            own: gives the addresses that are the agency's own; it is asked when there are any that could be.
        """
        most = most_of(columns)
        self._counts = Counts(contacts=Contacts(most), formed_ones=Contacts(most), digits=Contacts(most))
        self._looks = looks_of(columns)
        self._kind = names.kind_of_name(name)
        self._is_named = self._kind in ("email", "telephone")  # every value is judged then
        self._beside = names.is_beside_numbers(name)
        self._is_of_others = self._kind == "number" and not self._beside  # numbers that are no telephone's
        self._region = region
        self._key = key
        self._today = today
        self._own = own
        self._folds = {"all", "held"}  # which values are compared with each other: until too many are different
        self._held: list[tuple[Any, Numbers]] = []  # values that were not read yet, and how often each comes
        self._held_bytes = 0
        self._most_held = min(PIECE, _HELD // columns)
        self._plainly_harmless = {
            "telephone": values.plainly_fictional(region.calling_code),
            "email": values.plainly_reserved(region.telephone_digits[0]),
        }.get(self._kind, "")

    def scan(self, cells: Any) -> None:
        """Count the values of a batch, an Arrow array of binary without nulls."""
        lengths, data = lengths_of(cells), data_of(cells)
        filled = int(np.count_nonzero(lengths))
        self._counts.values += filled
        if not filled or picking.are_days(data, lengths, filled):
            return
        self._note_coded(cells, lengths)
        if self._is_of_others and len(cells) > self._some and are_digits(data).all():
            # Digits alone are no telephone numbers there. Some of them tell whether more than by chance are dialable.
            cells = cells[:: len(cells) // self._some]
        if self._plainly_harmless:
            cells = self._without_harmless(cells)
        if len(cells):
            self._choose(cells, data)

    def _note_coded(self, cells: Any, lengths: Numbers) -> None:
        """Look whether some values are contacts in another code, which only look random.

        Lines of code and nothing else are looked at besides: a few in a message are missed among thousands of others.
        """
        if self._today is None:
            return
        self._decode_some(cells, _CODED_ANY, self._today)
        long = cells.filter(lengths >= _CODED_LINE)
        if len(long):
            lines = long.filter(matches(long, "^[A-Za-z0-9+/_-]+=*$"))
            self._decode_some(lines, _CODED_LINES, self._today)

    def _decode_some(self, cells: Any, some: int, today: date) -> None:
        for cell in cells[:: len(cells) // some + 1]:
            value = cell.as_py()[:_CLOSER_BYTES]
            if any(values.may_reach(text, self._region, today) for text in values.decoded(value)):
                self._counts.coded += 1
                self._counts.add_odd(values.mask_text(value.decode("utf-8", "replace")))

    def _choose(self, cells: Any, data: Bytes) -> None:
        """Keep the values that could hold a contact; `data` is the bytes of the whole batch."""
        weights = np.ones(len(cells), np.int64)
        if self._is_named or len(data) > _LONG * len(cells):  # else choosing costs less than folding
            cells, weights = self._folded("all", cells, weights)
        digits = least = self._region.telephone_digits[0]
        if self._kind != "number" or (data == ord("+")).any():
            digits = min(digits, values.MIN_DIGITS)  # without its area, or of a small country
        for piece, first, after in pieces_of(cells):
            chosen, which = picking.worth_reading(
                piece,
                digits,
                every=self._is_named,
                spoken=self._kind != "number",
                run=least - (least == _NORTH_AMERICAN),
                some=self._some,
            )
            self._hold(chosen, weights[first:after][which])

    def _without_harmless(self, cells: Any) -> Any:
        """The values without those that are de-identified at first sight, which are counted."""
        harmless = matches(cells, self._plainly_harmless)
        self._counts.harmless += int(np.count_nonzero(harmless))
        return cells.filter(~harmless)

    @property
    def counts(self) -> Counts:
        """What was counted so far."""
        self._read_held()
        return self._counts

    def _folded(self, which_ones: Literal["all", "held"], cells: Any, weights: Numbers) -> tuple[Any, Numbers]:
        """The different values and how often each comes, unless too many were different."""
        if which_ones not in self._folds:
            return cells, weights
        folded = picking.folded(cells)
        if folded is None:
            self._folds.discard(which_ones)
            return cells, weights
        different, which = folded
        return different, np.bincount(which, weights).astype(np.int64)

    def _hold(self, cells: Any, weights: Numbers) -> None:
        """Keep values until there are enough: what is read together costs less, and what comes again is read once."""
        if not len(cells):
            return
        self._held.append((cells, weights))
        self._held_bytes += cells.nbytes
        if self._held_bytes > self._most_held:
            self._read_held()

    def _read_held(self) -> None:
        if not self._held:
            return
        cells = pa.concat_arrays([some for some, _ in self._held])
        weights = np.concatenate([some for _, some in self._held])
        self._held, self._held_bytes = [], 0
        cells, weights = self._folded("held", cells, weights)
        for piece, first, after in pieces_of(cells):
            self._read(piece, weights[first:after])

    def _read(self, cells: Any, weights: Numbers) -> None:
        lengths, data = lengths_of(cells), data_of(cells)
        batch, marks = Text(cells, lengths, weights), np.zeros(len(cells), np.uint16)
        if (data == ord("@")).any():
            self._addresses(batch, marks)
        if np.count_nonzero(are_digits(data)) >= _LOCAL_DIGITS:
            batch = self._numbers(batch, marks)
        self._mark_odd(batch, marks)
        if self._is_named:
            self._masks(cells, lengths, marks)
        self._count(marks, weights)
        self._keep_odd(cells, marks)
        self._look_closer(batch, marks)

    @property
    def _some(self) -> int:
        """How many values of a batch stand for all where only a share is wanted: of a large file fewer."""
        return _SOME if self._counts.values < _MANY else _SOME // 10

    def _suspicious(self, marks: Words) -> Flags:
        """Which values nobody understands."""
        suspicious = _ODD | _AT | _DIGITS if self._is_named else _ODD
        flags: Flags = ((marks & suspicious > 0) & (marks & (_SETTLED | _MASKED | _OWN) == 0)) | (marks & _READ > 0)
        return flags

    def _keep_odd(self, cells: Any, marks: Words) -> None:
        if len(self._counts.odd) < MAX_SAMPLES:
            places = np.flatnonzero(self._suspicious(marks))[:MAX_SAMPLES]
            for value in cells.take(places).to_pylist():
                self._counts.add_odd(values.mask_text(value.decode("utf-8", "replace")))

    def _count(self, marks: Words, weights: Numbers) -> None:
        """Add up what the values of a batch were marked with."""
        if not marks.any():
            return
        totals = np.bincount(marks, weights, minlength=1)
        bits = np.arange(len(totals))
        counts = self._counts

        def marked(mark: int, without: int = 0) -> int:
            return int(totals[(bits & mark > 0) & (bits & without == 0)].sum())

        counts.emails += marked(_EMAIL)
        counts.sure += marked(_SURE)
        counts.formed += marked(_FORMED, without=_SURE)
        counts.loose += marked(_LOOSE, without=_SURE | _FORMED)
        counts.numbers += marked(_PLAIN)
        counts.readable += marked(_READ)
        counts.own += marked(_OWN, without=_REACHED)
        counts.masked += marked(_MASKED, without=_SETTLED)
        counts.harmless += marked(_HARMLESS, without=_REACHED)
        counts.unclear += int(totals[self._suspicious(bits.astype(np.uint16)) & (bits & _READ == 0)].sum())

    def _mark_odd(self, batch: Text, marks: Words) -> None:
        """Mark what is nearly an address, and count digits that may be one number, whatever stands between them."""
        left = marks & (_SETTLED | _PLAIN | _OWN) == 0
        if not left.any():
            return
        is_dotted = np.zeros(len(marks), np.bool_)
        is_dotted[batch.rows(picking.dotted(batch.text))] = True
        places = np.flatnonzero(left & is_dotted)
        if len(places):
            marks[places[matches(batch.now(places), _NEARLY)]] |= _ODD
        if self._is_of_others:
            return
        many = batch.digits()
        least, most = self._region.telephone_digits
        places = np.flatnonzero(left & (many >= min(least, _FEWEST.get(self._kind, least))))
        if self._kind != "telephone":
            places = places[:: len(places) // self._some + 1]
        if not len(places):
            return
        digits = _digits_without_codes(batch.now(places))
        many = lengths_of(digits)
        if self._kind == "telephone":
            marks[places] &= ~np.uint16(_DIGITS)
            marks[places[many >= _LOCAL_DIGITS]] |= _DIGITS
        digits = digits.filter((many >= least) & (many <= most + 1))
        dialable, fictional = dial(digits, np.zeros(len(digits), np.bool_), self._region)
        real = ~fictional
        once = np.ones(len(digits), np.int64)
        self._note_classes(_JOINED, digits.filter(real), dialable[real], once[real])

    def _masks(self, cells: Any, lengths: Numbers, marks: Words) -> None:
        """Mark what was masked in a column named after contacts."""
        places = np.flatnonzero((marks & _SETTLED == 0) & (lengths > 0))
        if len(places):
            marks[places[matches(cells.take(places), _MASK)]] |= _MASKED

    def _look_closer(self, batch: Text, marks: Words) -> None:
        """Read some of the values that nothing explains as carefully as a text: what is fast may be fooled."""
        room = min(_CLOSER_EACH, self._looks - self._counts.looked)
        if self._today is None or room <= 0 or self._is_of_others:
            return
        places = np.flatnonzero(marks & (_SETTLED | _PLAIN | _OWN | _MASKED) == 0)
        places = places[:: len(places) // self._some + 1]
        if not len(places):
            return
        some = batch.now(places)
        some = some.filter(pc.match_substring_regex(some, _CONTACT_LIKE))
        for value in some[:: len(some) // room + 1].to_pylist():
            text = value[:_CLOSER_BYTES].decode("utf-8", "replace")
            if text.isdecimal() and self._kind != "telephone":
                continue
            self._counts.looked += 1
            if values.may_reach(text, self._region, self._today):
                self._counts.doubts += 1
                self._counts.add_odd(values.mask_text(text))

    # --- email addresses ---

    def _addresses(self, batch: Text, marks: Words) -> None:
        text = batch.text
        at = np.flatnonzero(text == ord("@"))
        ends = next_outside(_DOMAIN, text, at)
        starts = last_outside(_LOCAL, text, at) + 1
        ends = _without_stops(text, at, ends)
        rows = batch.rows(at)
        marks[rows] |= _AT
        masked = self._are_starred(text, at) | (text[np.minimum(at + 2, len(text) - 1)] == ord("*"))
        kinds, ends = _read_domains(text, at, ends)
        long_enough = (at > starts) & (at - starts <= 64)  # noqa: PLR2004
        reserved = kinds >= _RESERVED
        marks[rows[reserved | masked]] |= _HARMLESS
        readable = reserved & long_enough & ((kinds == _READABLE) | self._are_readable(text, starts, at))
        marks[rows[readable]] |= _READ
        real = np.flatnonzero((kinds == _DELIVERABLE) & long_enough & ~masked)
        if not len(real):
            return
        blank = self._blanked(text, starts[real], at[real])
        marks[rows[real[blank]]] |= _HARMLESS
        real = real[~blank]
        if own := self._own():
            pieces = cut(text, starts[real], ends[real])
            ours = np.array([own.has(piece.decode("utf-8", "replace")) for piece in pieces.to_pylist()], np.bool_)
            marks[rows[real[ours]]] |= _OWN
            real = real[~ours]
        marks[rows[real]] |= _EMAIL
        pieces, weights = cut(text, starts[real], ends[real]), batch.weights[rows[real]]
        self._tell_apart(self._counts.contacts, pieces, weights, self._mask_address)

    @staticmethod
    def _are_starred(text: Bytes, at: Numbers) -> Flags:
        """Before which "@" asterisks stand for nearly all: "j***@", and not "jane.scott*@"."""
        starred: Flags = text[at - 1] == ord("*")
        likely = np.flatnonzero(starred)
        if len(likely):
            starts = last_outside(_LOCAL_OR_STAR, text, at[likely]) + 1
            starred[likely] = ~matches(cut(text, starts, at[likely]), _READABLE_BESIDE_STARS)
        return starred

    @staticmethod
    def _are_readable(text: Bytes, starts: Numbers, at: Numbers) -> Flags:
        """In which first parts of addresses another address can be read."""
        readable = np.zeros(len(at), np.bool_)
        for length in (len(".ca"), len(".com"), len(".info")):  # one ends like a domain
            readable |= text[np.maximum(at - length, 0)] == ord(".")
        likely = np.flatnonzero(readable)
        if len(likely):
            readable[likely] = matches(cut(text, starts[likely], at[likely]), _READABLE_LOCAL)
        return readable

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

    def _numbers(self, batch: Text, marks: Words) -> Text:
        """Mark and count the numbers; give the values with identifiers struck out of them."""
        groups = Groups(batch.text)
        if not groups.count or groups.digits.max() < _LOCAL_DIGITS:
            return batch
        if (struck := self._struck(batch, groups)) is not None:
            batch = Text(struck, lengths_of(struck), batch.weights)
            groups = Groups(batch.text)
            if not groups.count:
                return batch
        self._local_numbers(batch, marks, groups)
        self._note_few_digits(batch, marks, groups)
        enough = groups.digits >= self._region.telephone_digits[0]
        groups.keep(enough | ((groups.digits >= values.MIN_DIGITS) & _PLUS[batch.text[groups.starts - 1]]))
        if groups.count:
            groups.cut_decimals(batch.text)
            self._take_groups(batch, marks, groups)
        return batch

    def _note_few_digits(self, batch: Text, marks: Words, groups: Groups) -> None:
        """Mark what may be a number where a column is named so, and count those that are one digit short elsewhere."""
        least = self._region.telephone_digits[0]
        if self._is_named:
            enough = groups.digits >= _FEWEST.get(self._kind, values.MIN_DIGITS)
            marks[batch.rows(groups.starts[enough])] |= _DIGITS
        elif self._kind != "number" and least == _NORTH_AMERICAN:  # elsewhere some have fewer
            far = np.flatnonzero((groups.digits == least - 1) & ~within_words(batch.text, groups.starts, groups.ends))
            self._note_abroad(digits_of(batch.text, groups.starts[far], groups.ends[far]))

    def _take_groups(self, batch: Text, marks: Words, groups: Groups) -> None:
        """Judge numbers with a plus, then those that start like one from abroad, then all parts of the others."""
        text = batch.text
        plus = groups.have_plus(text)
        every = plus[plus]
        self._take(batch, marks, groups.starts[plus], groups.ends[plus], every, every, ~every)
        kept = ~plus & ~within_words(text, groups.starts, groups.ends)
        abroad = kept & groups.start_abroad(text) & (groups.digits <= values.MAX_DIGITS)
        none = np.zeros(groups.count, np.bool_)[abroad]
        called = groups.are_abroad(text)[abroad] | self._are_called(text, groups.starts[abroad])
        self._take(batch, marks, groups.starts[abroad], groups.ends[abroad], none, called, none)
        starts, ends, formed, wholes = groups.parts(self._region, kept)
        none = np.zeros(len(starts), np.bool_)
        self._take(batch, marks, starts, ends, none, self._are_called(text, starts), formed, wholes)

    def _are_called(self, text: Bytes, starts: Numbers) -> Flags:
        """Which numbers stand after a word for telephoning: "rang 4165550123". In a column of them none has to."""
        if self._kind == "telephone" or not len(starts):
            return np.zeros(len(starts), np.bool_)
        return matches(cut(text, np.maximum(starts - _SAID_BEFORE, 0), starts), values.CALLING)

    def _struck(self, batch: Text, groups: Groups) -> Any | None:
        """The values without what looks like a number and is an identifier; nothing if there is none."""
        least = min(self._region.telephone_digits[0], values.MIN_DIGITS)
        long = np.flatnonzero(groups.digits >= _FEWEST.get(self._kind, least))
        long = long[~groups.are_plain(batch.text)[long]]
        if not len(long):
            return None
        is_long = np.zeros(len(batch.values), np.bool_)
        is_long[batch.rows(groups.starts[long])] = True
        rows = np.flatnonzero(is_long)
        some = batch.now(rows)
        if not _HINTS[data_of(some)].any() and not groups.may_be_identifiers(batch.text):
            return None
        pattern = _IDENTIFIER if self._kind == "telephone" else _IDENTIFIER_OR_CALLED
        has_identifier = matches(some, pattern)
        if not has_identifier.any():
            return None
        is_struck = np.zeros(len(batch.values), np.bool_)
        is_struck[rows[has_identifier]] = True
        changed = pc.replace_substring_regex(some.filter(has_identifier), pattern, " ; ")
        whole = batch.now(np.arange(len(batch.values)))
        return pc.replace_with_mask(whole, is_struck, changed)

    def _local_numbers(self, batch: Text, marks: Words, groups: Groups) -> None:
        """Count values that are a number without its area and nothing else; those kept for fiction are harmless."""
        if self._is_of_others or not values.local_digits(self._region):
            return
        text = batch.text
        alone = (text[groups.starts - 1] == ord("\n")) & (text[groups.ends] == ord("\n"))
        likely = np.flatnonzero(alone & groups.are_local(values.local_digits(self._region)))
        if not len(likely):
            return
        digits = digits_of(text, groups.starts[likely], groups.ends[likely])
        rows = batch.rows(groups.starts[likely])
        fictional = matches(digits, values.local_fiction(self._region) or "^x")
        marks[rows[fictional]] |= _HARMLESS
        if not self._is_named and not fictional.all():
            weights, rest = batch.weights[rows[~fictional]], digits.filter(~fictional)
            self._note_steps(rest)
            dialable = matches(rest, "^[2-9]") & ~matches(rest, _COMPACT_DAY)
            self._counts.add_local(_weighed(dialable, weights), _weighed(np.ones(len(rest), np.bool_), weights))

    def _take(
        self,
        batch: Text,
        marks: Words,
        starts: Numbers,
        ends: Numbers,
        plus: Flags,
        sure: Flags,
        formed: Flags,
        wholes: Numbers | None = None,
    ) -> None:
        """Judge numbers by their digits, and mark and count what they are.

        Args:
            plus, sure: which have a plus, and which something says are telephone numbers.
            formed: which are written like one.
            wholes: which are parts of the same; by default each stands alone.
        """
        if not len(starts):
            return
        digits = digits_of(batch.text, starts, ends)
        rows = batch.rows(starts)
        dialable, fictional = dial(digits, plus, self._region)
        if self._region.trunk_zero:  # without its zero a number has no telephone number's form
            first = table_of(f"0{self._region.no_trunk_before}(".encode())
            sure, formed = sure & (plus | first[batch.text[starts]]), formed & first[batch.text[starts]]
        formed = formed & ~sure
        loose = ~fictional & ~sure & ~formed
        marks[rows[loose]] |= _PLAIN
        marks[rows[plus & ~dialable & ~fictional]] |= _ODD
        counted = ~fictional
        if wholes is not None:
            counted &= ~are_outdone(starts, ends, wholes, dialable)
        self._note_formed(batch, digits, rows, dialable, formed & counted)
        if self._kind not in ("number", "telephone"):
            self._note_abroad(digits.filter(counted & ~dialable & ~plus))
        marks[rows[fictional & (sure | formed | (self._kind != "number") | self._beside)]] |= _HARMLESS
        if self._kind != "telephone":
            self._note_numbers(batch, digits, starts, dialable, loose & counted)
        for flags, mark, contacts in (
            (dialable & sure, _SURE, self._counts.contacts),
            (dialable & formed, _FORMED, self._counts.formed_ones),
            (dialable & loose, _LOOSE, self._counts.digits),
        ):
            if not flags.any():
                continue
            marks[rows[flags]] |= mark
            for international in (True, False):
                selection = flags & (plus == international)
                mask = functools.partial(self._mask_number, international=international)
                self._tell_apart(contacts, digits.filter(selection), batch.weights[rows[selection]], mask)

    def _note_formed(self, batch: Text, digits: Any, rows: Numbers, dialable: Flags, formed: Flags) -> None:
        """Count how many of the numbers that are written like a telephone number can be dialled."""
        places = np.flatnonzero(formed)
        if not len(places):
            return
        numbers, weights = digits.take(places), batch.weights[rows[places]]
        for length, zero, some in _forms(numbers):
            chance = values.chance(self._region.calling_code, length, zero=zero)
            good, count = _weighed(some & dialable[places], weights), _weighed(some, weights)
            add_tally(self._counts.forms, (length, zero), Tally(good, count, chance))

    def _note_abroad(self, digits: Any) -> None:
        """Count how many of the numbers that cannot be dialled here can be within another of the known countries."""
        if not len(digits):
            return
        digits = digits[:: len(digits) // self._some + 1]
        forms = list(_forms(digits))
        for code in {*values.KNOWN_CODES} - {self._region.calling_code}:
            dialable = np.zeros(len(digits), np.bool_)
            dial_within(code, digits, np.arange(len(digits)), dialable, np.zeros(len(digits), np.bool_))
            for length, zero, some in forms:
                good, count = int(np.count_nonzero(some & dialable)), int(np.count_nonzero(some))
                chance = values.chance(code, length, zero=zero)
                add_tally(self._counts.abroad, (code, length, zero), Tally(good, count, chance))

    def _note_numbers(self, batch: Text, digits: Any, starts: Numbers, dialable: Flags, loose: Flags) -> None:
        """Count how many of the numbers that follow one word can be dialled: of random ones only some can."""
        places = np.flatnonzero(loose)
        if not len(places):
            return
        numbers = digits.take(places)
        self._note_steps(numbers)
        before = cut(batch.text, np.maximum(starts[places] - _SAID_BEFORE, 0), starts[places])
        line = pc.replace_substring_regex(before, "(?s)^.*\n", "")
        match = pc.extract_regex(pc.cast(line, pa.string(), safe=False), _WORD_BEFORE)
        words = pc.fill_null(pc.struct_field(match, "word"), "")
        self._note_classes(words, numbers, dialable[places], batch.weights[batch.rows(starts[places])])

    def _note_classes(self, words: Any, digits: Any, dialable: Flags, weights: Numbers) -> None:
        if not len(digits):
            return
        lengths = pc.cast(pc.binary_length(digits), pa.string())
        classes = pc.binary_join_element_wise(words, lengths, " ").dictionary_encode()
        index = classes.indices.to_numpy()
        total = np.bincount(index, weights, minlength=len(classes.dictionary))
        good = np.bincount(index, weights * dialable, minlength=len(classes.dictionary))
        for name, one, every in zip(classes.dictionary.to_pylist(), good.tolist(), total.tolist(), strict=True):
            length = int(name.rpartition(" ")[2])
            chance = values.chance(self._region.calling_code, length)
            if name.startswith(_JOINED):  # digits of a code: their first ones are no random ones
                length, chance = length + _APART, max(chance, _OF_CODES)
            key = hashlib.blake2b(name.encode(), digest_size=8, key=self._key).digest()
            self._counts.add_class(key, length, Tally(int(one), int(every), chance))

    def _note_steps(self, digits: Any) -> None:
        """Count how often a number follows the one before closely, as identifiers do that were given in order."""
        if len(digits) < 2:  # noqa: PLR2004
            return
        short = pc.utf8_slice_codeunits(digits, -15)
        numbers = pc.cast(short, pa.int64()).to_numpy()
        steps = np.diff(numbers)
        self._counts.steps += int(np.count_nonzero((steps >= 0) & (steps <= _STEP)))
        self._counts.pairs += len(steps)
        self._counts.moments += int(np.count_nonzero((numbers >= _FIRST_MOMENT) & (numbers < _LAST_MOMENT)))
        self._counts.momentous += len(numbers)

    def _mask_number(self, digits: bytes, international: bool) -> str:
        return values.mask_phone(digits.decode(), self._region, international=international)

    def _tell_apart(self, counter: Contacts, contacts: Any, weights: Numbers, mask: Any) -> None:
        """Count how often each contact comes, until enough are known."""
        if not len(contacts) or counter.is_full:
            return
        encoded = contacts.cast(pa.binary()).dictionary_encode()
        counts = np.bincount(encoded.indices.to_numpy(), weights).astype(np.int64).tolist()
        for value, count in zip(encoded.dictionary.to_pylist(), counts, strict=True):
            local, at, domain = value.lower()[-COMPARED:].rpartition(b"@")
            whole = local.partition(b"+")[0] + at + domain  # "jane+letters" has jane's mailbox
            key = hashlib.blake2b(whole, digest_size=8, key=self._key).digest()
            sample = mask(value) if len(counter.samples) < MAX_SAMPLES else ""
            if at and key not in counter.seen:
                counter.add_domain(domain.decode("utf-8", "replace"))
            if not counter.add(key, count, sample):
                return


def _digits_without_codes(cells: Any) -> Any:
    """The digits of each value, without those of codes in which letters and digits alternate."""
    mixed = matches(cells, _MIXED)
    if mixed.any():
        cells = pc.replace_with_mask(cells, mixed, pc.replace_substring_regex(cells.filter(mixed), _MIXED, ""))
    starts = ends_of(cells).astype(np.int64)
    return digits_of(data_of(cells), starts[:-1], starts[1:])


def _forms(digits: Any) -> Iterator[tuple[int, bool, Flags]]:
    """How long the digits are and whether they start with a zero, and for each such form which of them have it."""
    zeros, lengths = matches(digits, "^0"), lengths_of(digits)
    for zero in (False, True):
        for length in np.unique(lengths[zeros == zero]).tolist():
            yield length, zero, (lengths == length) & (zeros == zero)


def _weighed(flags: Flags, weights: Numbers) -> int:
    """How many values are flagged, each as often as it comes."""
    return int(weights[flags].sum())


_AT, _EMAIL, _SURE, _LOOSE, _HARMLESS, _DIGITS, _PLAIN, _MASKED, _OWN, _READ, _ODD, _FORMED = (
    1 << bit for bit in range(12)
)
_REACHED = _EMAIL | _SURE | _FORMED
_SETTLED = _REACHED | _LOOSE | _HARMLESS
_DELIVERABLE, _RESERVED, _READABLE = 1, 2, 3
_DOMAIN_KINDS: dict[values.DomainKind, int] = {"deliverable": _DELIVERABLE, "reserved": _RESERVED, "none": 0}
_LOCAL_DIGITS = 5  # so many could be a number without its area
_FEWEST: dict[names.NameKind, int] = {"telephone": _LOCAL_DIGITS}
_SAID_BEFORE = 32  # bytes before a number in which a word may say that it is called
_CLOSER_EACH, _CLOSER_BYTES = 40, 500  # values of a batch, and how much of each
_CONTACT_LIKE = r"(?s)@|(?:[0-9][^0-9]{0,6}){7}"
_SOME = 1000  # values of a batch that stand for all where only a share is wanted
_MANY = 100_000  # values of a column after which a tenth of them does
_CODED_ANY, _CODED_LINES = 8, 40  # values of a batch that are decoded, and lines of code
_CODED_LINE = 24  # the fewest letters of a value that is a line of code and nothing else
_LONG = 40  # bytes of a value on average
_HELD = 12 << 20  # bytes of all columns' values
_HINTS = ALNUM & ~table_of(b"0123456789") | table_of(b":.$/") | table_of(HIGH)
_COMPACT_DAY = r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
_NORTH_AMERICAN = 10  # digits of a number
_STEP = 1000  # between two identifiers that were given one after the other
_FIRST_MOMENT, _LAST_MOMENT = 10**9, 2 * 10**9  # 2001 to 2033 in seconds since 1970
_WORD_BEFORE = r"(?P<word>[A-Za-z]{1,12})[^A-Za-z0-9]{0,6}$"
_BEYOND_ASCII = re.compile(r"[^A-Za-z0-9.-]")
_AFTER_DASH = re.compile(r"-[^.]*$")
_BLANK = table_of(b"xX.-_#")


def random_key() -> bytes:
    """A key for one run, so that hashes mean nothing outside of it."""
    return os.urandom(16)


@functools.lru_cache(maxsize=50_000)
def _read_domain(domain: bytes) -> tuple[int, int]:
    """What a domain is, and how many bytes of it: what is written right after one may be no part of it."""
    whole = domain.decode("utf-8", "replace")
    parts = [_BEYOND_ASCII.split(whole, 1)[0], whole]  # "jane@gmail.com" before Chinese, "jane@b\u00fccher.de"
    for part in (*parts, *(_AFTER_DASH.sub("", part) for part in parts)):
        kind = _DOMAIN_KINDS[values.kind_of_domain(part)]
        if kind == _RESERVED and _READABLE_DOMAIN.search(part):
            kind = _READABLE
        if kind:
            return kind, len(part.encode())
    return 0, len(domain)


def _without_stops(text: Bytes, at: Numbers, ends: Numbers) -> Numbers:
    """Where domains end without the full stops after them."""
    for _ in range(2):
        ends = ends - ((text[ends - 1] == ord(".")) & (ends > at + 1))
    return ends


def _read_domains(text: Bytes, at: Numbers, ends: Numbers) -> tuple[Bytes, Numbers]:
    """What the domains are, and where they end."""
    domains = cut(text, at + 1, ends).dictionary_encode()
    read = [_read_domain(domain) for domain in domains.dictionary.to_pylist()] or [(0, 0)]
    index = domains.indices.to_numpy()
    return np.array([kind for kind, _ in read], np.uint8)[index], at + 1 + np.array([size for _, size in read])[index]
