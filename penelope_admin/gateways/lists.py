"""Small files of the data folder that list files of this computer's own: read within bounds, and written whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from penelope_admin.errors import BadInputError
from penelope_admin.files import read_within, write_private

_MAX_BYTES = 256 * 1024


class Listed(Protocol):
    """What such a list holds: a file, by its path."""

    @property
    def path(self) -> str: ...


T = TypeVar("T", bound=Listed)


class FileList(Generic[T]):
    """A list in a file of the data folder.

    Args:
        without_it: what is not done while it cannot be read, and what to do then, in sentences.
    """

    def __init__(self, name: str, kind: type[T], without_it: str) -> None:
        self._name, self._kind, self._without_it = name, kind, without_it

    def load(self, home: Path) -> tuple[T, ...]:
        """What it lists; nothing where there is none.

        Raises:
            BadInputError: it cannot be read.
        """
        file = home / self._name
        try:
            return msgspec.json.decode(read_within(file, _MAX_BYTES), type=tuple[self._kind, ...])  # type: ignore[name-defined]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, RecursionError) as error:  # msgspec's refusals are such
            raise BadInputError(f"{file} cannot be read, {self._without_it}") from error

    def save(self, home: Path, items: Iterable[T]) -> None:
        """Write it.

        Raises:
            BadInputError: the data folder cannot be written.
        """
        write_private(home / self._name, msgspec.json.format(msgspec.json.encode(tuple(items))) + b"\n")


def without(known: Sequence[T], path: str, refusal: str) -> list[T]:
    """A list without a file, which is named as it is kept or from where one is.

    Raises:
        BadInputError: it is not in the list; the message begins with the path and goes on with `refusal`.
    """
    left = [item for item in known if item.path not in (path, str(Path(path).absolute()))]
    if len(left) == len(known):
        raise BadInputError(f"{path} {refusal}")
    return left
