"""What may be absent: what is worked out only from what is there, and the parts of a whole that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def mapped(value: T | None, change: Callable[[T], R]) -> R | None:
    """What `change` makes of it; None stays None."""
    if value is None:
        return None
    return change(value)


def present(*parts: T | None) -> list[T]:
    """The parts that are there, in order; only None is absent."""
    return [part for part in parts if part is not None]
