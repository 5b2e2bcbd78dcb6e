"""What may be absent: what is worked out only from what is there, the parts that are there, and what is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from types import SimpleNamespace
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def mapped(found: T | None, change: Callable[[T], R]) -> R | None:
    """What `change` makes of it; None stays None."""
    if found is None:
        return None
    return change(found)


def present(*parts: T | None) -> list[T]:
    """The parts that are there, in order; only None is absent."""
    return [part for part in parts if part is not None]


def having(items: Iterable[T], /, **facts: object) -> list[T]:
    """Those of the items whose attributes are these, in order."""
    read = attrgetter(*facts)
    wanted = read(SimpleNamespace(**facts))
    return [item for item in items if read(item) == wanted]


def first(items: Iterable[T], /, **facts: object) -> T | None:
    """The first of the items whose attributes are these; None where there is none."""
    return next(iter(having(items, **facts)), None)
