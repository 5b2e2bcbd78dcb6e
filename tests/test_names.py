"""Names in code say what a thing is: a value has the noun for it, a method the verb for what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import penelope_admin

SOURCES = sorted(Path(penelope_admin.__file__).parent.rglob("*.py"))
VAGUE = frozenset({
    "found", "known", "made", "given", "wanted", "wish", "told", "deed", "desk", "ledger", "surroundings",
    "look", "judge", "say",
})  # fmt: skip
"""What CONTRIBUTING asks not to call anything: the noun says more, and so do `refresh_preview` and `update_enabled`."""
STORED = frozenset({
    ("Exercise", "given"),  # a key of exercise files
    ("World", "made"),  # a key of what practice keeps
    ("ProposedWindowJson", "known"),  # a key of the JSON that scripts read
})  # fmt: skip


def names(node: ast.AST, owner: str = "") -> Iterator[tuple[str, str, int]]:
    """What is named inside a node, with the class or function it is in, and its line."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield owner, name, child.lineno
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield owner, name, child.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield owner, name, child.lineno
        yield from names(child, getattr(child, "name", None) or owner)


def test_nothing_is_named_by_a_word_that_says_nothing() -> None:
    vague = [
        f"{file.name}:{line} {owner}: {name}"
        for file in SOURCES
        for owner, name, line in names(ast.parse(file.read_text("utf-8")))
        if name.strip("_").lower() in VAGUE and (owner, name) not in STORED
    ]
    assert vague == []
