"""The values of a column as runs of bytes, and where in them something stands: all of a batch at once, by numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]

PIECE = 2 << 20
"""Bytes that are looked at together."""
PART = 512 << 10
"""Bytes that fit into the processor's own memory, with what is worked out about them."""
COMPARED = 320
"""Bytes of a contact that tell it from others; no address is longer."""
MAX_GAP = 8
"""Bytes between two groups of a number's digits: ") - "."""
ENDINGS = "com|net|org|edu|gov|info|biz|ca|uk|au|nz|us|fr|de|me|io"
"""Of mail domains, where an address is not written as one."""
_LINE_FEED = b"\n"
_WINDOW = 260  # bytes; neither part of an address is longer


def table_of(characters: bytes) -> Flags:
    """For each byte whether it is one of these."""
    table = np.zeros(256, np.bool_)
    table[list(characters)] = True
    return table


HIGH = bytes(range(128, 256))  # of letters beyond ASCII: everything else there was written the ASCII way
ALNUM = table_of(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
LETTER = ALNUM & ~table_of(b"0123456789") | table_of(HIGH)
WORD_SIGN = ALNUM | table_of(HIGH)


def classed(table: Flags, data: Bytes) -> Flags:
    """`table[data]`, where there is much data: Python's own translation of bytes is several times as fast."""
    return np.frombuffer(data.tobytes().translate(table.tobytes()), np.bool_)


def are_digits(data: Bytes) -> Flags:
    """Which bytes are digits; quicker than looking each up."""
    return (data - np.uint8(ord("0"))) < len("0123456789")


def values_of(texts: list[bytes]) -> Any:
    """Texts as the values of a column."""
    return pa.array(texts, pa.binary())


def pieces_of(values: Any) -> Iterator[tuple[Any, int, int]]:
    """The values of a batch in pieces of at most `PIECE` bytes: every "@" and digit costs some dozen bytes of memory.

    A value that is longer is cut, each part with the end of the one before, so that no contact is torn.

    Yields:
        Some of the values, the first one's place, and the place after the last one's.
    """
    ends, first = ends_of(values), 0
    while first < len(values):
        after = int(np.searchsorted(ends, ends[first] + PIECE, "right")) - 1
        if after > first:
            yield values.slice(first, after - first), first, after
        else:
            after = first + 1
            value = values[first].as_py()
            for start in range(0, len(value), PIECE - COMPARED):
                yield values_of([value[start : start + PIECE]]), first, after
        first = after


def ends_of(values: Any) -> Places:
    """Where in `data_of` each value starts, and where the last one ends."""
    if not len(values):
        return np.zeros(1, np.int32)
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    ends: Places = offsets - offsets[0]
    return ends


def lengths_of(values: Any) -> Numbers:
    """How many bytes each value has."""
    return np.diff(ends_of(values)).astype(np.int64)


def data_of(values: Any) -> Bytes:
    """The bytes of all values, one after the other."""
    if not len(values):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(values.buffers()[1], np.int32)
    data: Bytes = np.frombuffer(values.buffers()[2] or b"", np.uint8)
    return data[ends[values.offset] : ends[values.offset + len(values)]]


def flags_at(places: Numbers, ends: Places) -> Flags:
    """Which values have one of these places of their bytes, given where they start and end as `ends_of` does.

    Few are looked up among many: values [0, 4, 9] and the places [5, 6] give [False, True].
    """
    if len(places) > len(ends):
        return np.diff(np.searchsorted(places, ends)) > 0
    flags = np.zeros(len(ends) - 1, np.bool_)
    flags[np.searchsorted(ends, places, "right") - 1] = True
    return flags


class Text:
    """The values of a column as one text: a line feed before, between and after them.

    Attributes:
        values: those.
        weights: how often each value comes.
        text: as bytes; what is known to be harmless may be overwritten in it.
        starts, ends: where each value is in it.
    """

    def __init__(self, values: Any, lengths: Numbers, weights: Numbers) -> None:
        self.values, self.weights = values, weights
        whole = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
        joined = pc.binary_join(whole, _LINE_FEED)[0].as_buffer()
        self.text: Bytes = np.empty(len(joined) + 3, np.uint8)
        self.text[:2] = self.text[-1] = ord("\n")
        self.text[2:-1] = np.frombuffer(joined, np.uint8)
        self.ends: Numbers = np.cumsum(lengths + 1) + 1
        self.starts: Numbers = self.ends - lengths

    def rows(self, positions: Numbers) -> Numbers:
        """Which value each position of the text is in."""
        return np.searchsorted(self.starts, positions, "right") - 1

    def digits(self) -> Numbers:
        """How many digits each value has."""
        places = np.flatnonzero(are_digits(self.text))
        return np.diff(np.searchsorted(places, np.append(self.starts, len(self.text))))

    def now(self, rows: Numbers) -> Any:
        """These values, with what was overwritten in them, as an Arrow array."""
        ends = np.append(self.starts, len(self.text)).astype(np.int32)  # each with the line feed behind it
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(self.text)]
        whole = pa.Array.from_buffers(pa.binary(), len(self.starts), buffers)
        return pc.binary_slice(whole.take(rows), 0, -1)


def next_outside(table: Flags, text: Bytes, positions: Numbers) -> Numbers:
    """The first place after each position whose byte is not in the table. Many are looked up together."""
    if len(positions) * _WINDOW < len(text):
        reach = np.minimum(positions[:, None] + np.arange(1, _WINDOW), len(text) - 1)
        inside = table[text[reach]]
        inside[:, -1] = False
        places: Numbers = positions + 1 + inside.argmin(axis=1)
        return places
    outside = np.flatnonzero(~classed(table, text))
    return outside[np.searchsorted(outside, positions, "right")]


def last_outside(table: Flags, text: Bytes, positions: Numbers) -> Numbers:
    """The last place before each position whose byte is not in the table."""
    if len(positions) * _WINDOW < len(text):
        reach = np.maximum(positions[:, None] - np.arange(1, _WINDOW), 0)
        inside = table[text[reach]]
        inside[:, -1] = False
        places: Numbers = positions - 1 - inside.argmin(axis=1)
        return places
    outside = np.flatnonzero(~classed(table, text))
    return outside[np.searchsorted(outside, positions, "left") - 1]


def gathered(text: Bytes, starts: Numbers, ends: Numbers) -> tuple[Bytes, Numbers]:
    """The bytes of all spans in one row, and where each starts in it."""
    lengths = ends - starts
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return text[np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])], offsets


def cut(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The spans as an Arrow array.

    Spans one after the other are every other value of an array over the text itself, which costs next to nothing:
    [3, 5) and [9, 12) are the first and third of the values that end at 3, 5, 9, 12.
    """
    if len(starts) and (starts[1:] >= ends[:-1]).all():
        both = np.empty(2 * len(starts), np.int32)
        both[0::2], both[1::2] = starts, ends
        every = pa.Array.from_buffers(pa.binary(), len(both) - 1, [None, pa.py_buffer(both), pa.py_buffer(text)])
        return every[::2]
    data, offsets = gathered(text, starts, ends)
    return pa.Array.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    )


def digits_of(text: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The digits of each span as an Arrow array of text."""
    spans = cut(text, starts, ends)
    data = data_of(spans)
    is_digit = are_digits(data)
    offsets = np.searchsorted(np.flatnonzero(is_digit), ends_of(spans)).astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(data[is_digit])])


def matches(values: Any, pattern: str) -> Flags:
    """Which values have something in them that a pattern of RE2 describes."""
    flags: Flags = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return flags
