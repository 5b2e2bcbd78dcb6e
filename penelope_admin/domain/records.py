"""Records that have much in common: one is made of others, and only what is called or said otherwise is spelled out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, TypeVar

R = TypeVar("R")


def like(record_type: type[R], /, *records: object, **fields: Any) -> R:
    """A record of a type: each field is told, or is the attribute of that name of the first record that has one.

    A field that none of them has is left to the type's default; what the type has no field for is never taken over.
    """
    # Structs and dataclasses keep the names of their fields in different places.
    names = getattr(record_type, "__struct_fields__", record_type.__annotations__)
    every = (SimpleNamespace(**fields), *records)
    sources = {name: next((record for record in every if hasattr(record, name)), None) for name in names}
    facts = {name: getattr(source, name) for name, source in sources.items() if source is not None}
    return record_type(**(facts | fields))
