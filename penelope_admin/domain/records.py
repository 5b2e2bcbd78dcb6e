"""Records that have much in common: one is made of others, and only what is called or said otherwise is spelled out."""

from __future__ import annotations

from typing import Any, TypeVar

R = TypeVar("R")


def like(made: type[R], *records: object, **told: Any) -> R:
    """A record of a type: each field is told, or is the attribute of that name of the first record that has one.

    A field that none of them has is left to the type's default; what the type has no field for is never taken over.
    """
    facts: dict[str, Any] = {}
    for name in getattr(made, "__struct_fields__", made.__annotations__):
        source = next((record for record in records if hasattr(record, name)), None)
        if name in told or source is not None:
            facts[name] = told.pop(name) if name in told else getattr(source, name)
    return made(**facts, **told)
