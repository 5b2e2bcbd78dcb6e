"""Small files of the data folder that list files of this computer's own: read within bounds, and written whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from penelope_admin.errors import BadInputError
from penelope_admin.files import read_within, write_private

_MAX_BYTES = 256 * 1024


class Listed(Protocol):
    """What such a list holds: a file, by its path."""

    @property
    def path(self) -> str: ...


T = TypeVar("T", bound=Listed)


def load(file: Path, kind: type[T], without_it: str) -> tuple[T, ...]:
    """What a file lists; nothing where there is none.

    Args:
        without_it: what is not done while it cannot be read, and what to do then, in sentences.

    Raises:
        BadInputError: it cannot be read.
    """
    try:
        return msgspec.json.decode(read_within(file, _MAX_BYTES), type=tuple[kind, ...])  # type: ignore[valid-type]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:  # msgspec's refusals are such
        raise BadInputError(f"{file} cannot be read, {without_it}") from error


def save(file: Path, items: Iterable[Listed]) -> None:
    """Write a list.

    Raises:
        BadInputError: the data folder cannot be written.
    """
    write_private(file, msgspec.json.format(msgspec.json.encode(tuple(items))) + b"\n")


def without(known: Sequence[T], path: str, refusal: str) -> list[T]:
    """A list without a file, which is named as it is kept or from where one is.

    Raises:
        BadInputError: it is not in the list; the message begins with the path and goes on with `refusal`.
    """
    left = [item for item in known if item.path not in (path, str(Path(path).absolute()))]
    if len(left) == len(known):
        raise BadInputError(f"{path} {refusal}")
    return left
