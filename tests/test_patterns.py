"""Regular expressions mean the same on every Python that is supported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import penelope_admin

SOURCES = sorted(Path(penelope_admin.__file__).parent.rglob("*.py"))
CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
POSSESSIVE = re.compile(r"(?<!\\)(?:\*|\+|\?|\})\+|\(\?>")


def patterns(source: str) -> Iterator[str]:
    """The texts that are given to functions of `re`, with a letter for each class of characters."""
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"))):
                for part in ast.walk(call):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes):
                        text = part.value if isinstance(part.value, str) else part.value.decode("latin-1")
                        yield CLASS.sub("c", text)


def test_no_pattern_repeats_possessively_which_python_3_11_2_reads_wrongly() -> None:
    found = {(file.name, text) for file in SOURCES for text in patterns(file.read_text("utf-8"))}
    assert len(found) > 100
    assert {(name, text) for name, text in found if POSSESSIVE.search(text)} == set()
