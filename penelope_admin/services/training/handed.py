"""The two files of a class: what a learner begins with, and what comes back. Each carries a checksum of all it says.

The checksum shows damage and careless edits. It is no seal: whoever has this program can make another one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from penelope_admin.domain.records import like
from penelope_admin.errors import BadInputError
from penelope_admin.files import exists, read_within, write_private
from penelope_admin.services.training.records import MOST_EXERCISES, Kept, Progress, Result

START_ENDING = ".penelope-training"
RESULT_ENDING = ".penelope-result"
COPY = f"start{START_ENDING}"
"""The start file as it is kept in the practice folder while the class goes on."""
PLACE = "start-place.txt"
"""Where it came from; these two are all in that folder that may hold a learner's name."""
MAX_BYTES = 4 << 20
MAX_PATH = 4096
MOST_OWN = 20
"""So many exercises of a trainer's own travel in a start file."""
LONGEST_NAME = 80

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class _File(Kept, frozen=True, kw_only=True):
    """What both files say.

    Attributes:
        group: which class it is; the same in all of its files.
        number: of the learner within the class, from one.
        scenario: the SHA-256 of the practice agency and of all exercises, as the trainer had them.
        checksum: the SHA-256 of everything else in the file.
    """

    schema: Literal[1] = 1
    group: Digest
    learner: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    number: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    exercises: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=MOST_EXERCISES)]
    scenario: Digest
    checksum: str = ""


class Start(_File, frozen=True, kw_only=True, tag_field="file", tag="start"):
    """What a learner begins with.

    Attributes:
        own: the texts of exercises that do not come with the program, by their keys.
    """

    own: Annotated[dict[Key, Annotated[str, msgspec.Meta(max_length=64 * 1024)]], msgspec.Meta(max_length=MOST_OWN)]


class Results(_File, frozen=True, kw_only=True, tag_field="file", tag="result"):
    """What comes back: results by the exercises' keys."""

    results: Annotated[dict[Key, Result], msgspec.Meta(max_length=MOST_EXERCISES)]


F = TypeVar("F", Start, Results)


def to_bytes(file: F) -> bytes:
    """A file with its checksum, as it is written. The same content gives the same bytes."""
    return _encoded(msgspec.structs.replace(file, checksum=checksum_of(file))) + b"\n"


def checksum_of(file: Start | Results) -> str:
    """The SHA-256 of everything that a file says but the checksum itself."""
    return hashlib.sha256(_encoded(msgspec.structs.replace(file, checksum=""))).hexdigest()


def _encoded(file: Start | Results) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file, order="deterministic"), indent=1)


def read(path: Path, kind: type[F]) -> F:
    """A start or result file, if it is whole.

    Raises:
        BadInputError: it cannot be read, is no such file, or was damaged or edited. The message names it.
    """
    what = "start" if kind is Start else "result"
    try:
        file = msgspec.json.decode(read_within(path, MAX_BYTES), type=kind)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}). Nothing was changed.") from error
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path} is no {what} file of training, or it is damaged. Nothing was changed.") from error
    if file.checksum != checksum_of(file):
        raise BadInputError(
            f"{path} was damaged or edited: its checksum does not fit what it says. Nothing was changed. "
            "Ask for the original."
        )
    return file


def begin(folder: Path, start: Start, place: Path) -> None:
    """Keep a start file in a practice folder, and where it came from.

    Raises:
        BadInputError: it cannot be written.
    """
    write_private(folder / COPY, to_bytes(start))
    write_private(folder / PLACE, str(place.absolute()).encode("utf-8", "surrogateescape"))


def hand_in(folder: Path, kept: Progress) -> None:
    """Write the results of a class's learner beside the start file, if the practice belongs to a class.

    Args:
        folder: the practice folder.

    Raises:
        BadInputError: they cannot be written, for example because the stick is gone.
    """
    if not exists(folder / COPY):
        return
    start = read(folder / COPY, Start)
    results = {key: result for key, result in kept.results.items() if key in start.exercises}
    write_private(_place(folder).with_suffix(RESULT_ENDING), to_bytes(like(Results, start, results=results)))


def _place(folder: Path) -> Path:
    try:
        with (folder / PLACE).open("rb") as file:
            return Path(file.read(MAX_PATH).decode("utf-8", "surrogateescape"))
    except OSError as error:
        raise BadInputError(
            f"{folder / PLACE} cannot be read ({error.strerror}), so nobody knows where results belong. "
            "They are kept. Open the start file again."
        ) from error
