"""Chance that is always the same: from the seed and from what is decided, never from what was decided before."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_SIZE = 8


def share(seed: int, *about: object) -> float:
    """A number from 0 up to 1, the same for the same seed and subject on every computer."""
    # A hash and no generator: asking in another order, or once more, changes nothing.
    text = "\0".join(map(str, (seed, *about)))
    return int.from_bytes(blake2b(text.encode(), digest_size=_SIZE).digest(), "big") / float(1 << 8 * _SIZE)


def between(low: int, high: int, seed: int, *about: object) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + min(int(share(seed, *about) * (high - low + 1)), high - low)


def pick(options: Sequence[T], seed: int, *about: object) -> T:
    """One of some things."""
    return options[between(0, len(options) - 1, seed, *about)]
