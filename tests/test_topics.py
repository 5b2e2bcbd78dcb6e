"""Topics are one list."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import penelope_admin
from penelope_admin.topics import EVERYTHING, Topic

SOURCES = sorted(Path(penelope_admin.__file__).parent.rglob("*.py"))


def strings(node: ast.AST) -> set[str]:
    """The words that a list or set of words has."""
    items = node.elts if isinstance(node, ast.Set | ast.List | ast.Tuple) else []
    return {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}


def test_everything_is_every_topic() -> None:
    assert frozenset(get_args(Topic)) == EVERYTHING


def test_no_other_file_lists_all_the_topics() -> None:
    texts = {file.name: file.read_text("utf-8") for file in SOURCES}
    naming_all = {name: text for name, text in texts.items() if all(topic in text for topic in EVERYTHING)}
    lists = {
        name for name, text in naming_all.items() for node in ast.walk(ast.parse(text)) if strings(node) >= EVERYTHING
    }
    assert lists == {"topics.py"}
