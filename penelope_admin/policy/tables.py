"""A TOML file that people edit, as records: whatever is wrong in it is named with file, line and key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

import msgspec

from penelope_admin.errors import PenelopeAdminError
from penelope_admin.files import read_within
from penelope_admin.policy.lines import KeyPath, dotted, line_of, split_validation_error, syntax_message

T = TypeVar("T")

# Memory grows with the square of a dotted key's length, so one this long never reaches the TOML reader.
_MOST_PARTS = 16
_DEEP_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}""")


@dataclass(frozen=True)
class TableFile:
    """The bytes of a TOML file, and how to say where it is wrong.

    Attributes:
        name: stands for the file in messages.
        unused: what becomes of a file that is wrong, in a sentence: "The policy is not used."
        error: what is raised.
    """

    raw: bytes = field(repr=False)
    name: str
    unused: str
    error: type[PenelopeAdminError]

    @classmethod
    def load(cls, path: Path, most: int, what: str, unused: str, error: type[PenelopeAdminError]) -> TableFile:
        """A file from the disk, if it is not too large.

        Args:
            most: bytes.
            what: "policy", for messages.

        Raises:
            PenelopeAdminError: of the kind `error`: it cannot be read, or is too large.
        """
        try:
            raw = read_within(path, most)
        except OSError as problem:
            raise error(f"{path}: the {what} cannot be read ({problem.strerror}). {unused}") from problem
        except ValueError as problem:
            raise error(f"{path}: larger than {most // 1024} KiB; this is no {what} file. {unused}") from problem
        return cls(raw, str(path), unused, error)

    def read(self, kind: type[T]) -> T:
        """What the file says, as a record.

        Raises:
            PenelopeAdminError: of the kind `error`: it is no TOML, or does not fit the record.
        """
        try:
            # TOML gives instants and dates too; msgspec says where they do not fit.
            return msgspec.convert(self._table(), kind, builtin_types=(time, date, datetime))
        except msgspec.ValidationError as problem:
            path, reason = split_validation_error(str(problem))
            raise self.wrong(path, reason) from problem

    def wrong(self, path: KeyPath, reason: str) -> PenelopeAdminError:
        """What to raise about a value: it names file, line and key."""
        message = f"key {dotted(path)}: {reason}"
        shown = "".join(letter if letter.isprintable() else "?" for letter in message)  # it goes to terminals too
        line = line_of(self.raw.decode("utf-8", "replace"), path)
        return self.error(f"{self.name}, line {line}, {shown}. {self.unused}")

    def _table(self) -> dict[str, object]:
        text = ""
        try:
            text = self.raw.decode("utf-8")
            if line := _deep_line(text):
                raise self.error(f"{self.name}, line {line}: a key of too many parts. {self.unused}")
            return tomllib.loads(text)
        except UnicodeDecodeError as problem:
            line = self.raw.count(b"\n", 0, problem.start) + 1
            raise self.error(f"{self.name}, line {line}: not UTF-8 text. {self.unused}") from problem
        except (ValueError, RecursionError) as problem:  # no TOML, a number of thousands of digits, or nested too deep
            raise self.error(f"{syntax_message(str(problem), self.name, text)}. {self.unused}") from problem


def _deep_line(text: str) -> int | None:
    """The number of the first line with a key of too many parts."""
    lines = enumerate(text.split("\n"), start=1)
    return next((at for at, line in lines if line.count(".") >= _MOST_PARTS and _DEEP_KEY.search(line)), None)
