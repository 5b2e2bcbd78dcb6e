"""Records that have much in common: one is made of others, and only what is called or said otherwise is spelled out."""

from __future__ import annotations

from typing import Any, TypeVar

R = TypeVar("R")


def like(made: type[R], *records: object, **told: Any) -> R:
    """A record of a type: each field is told, or is the attribute of that name of the first record that has one.

    A field that none of them has is left to the type's default; what the type has no field for is never taken over.
    """
    names = getattr(made, "__struct_fields__", made.__annotations__)
    left = [name for name in names if name not in told]
    facts = {name: getattr(record, name) for record in reversed(records) for name in left if hasattr(record, name)}
    return made(**facts, **told)
