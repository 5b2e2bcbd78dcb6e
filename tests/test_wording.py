"""Words that sound translated stay out of window, terminal, letters, help and documents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]

PHRASES = (
    "A page or a deed", "Bring it to Support", "What leaves", "Copy the words", "It opens there, ready to send",
    "Send it there, then say so here", "is on its way through your hands", "has the usual way", "Enter a reply of",
    "Support named a day", "Save the day", "Give out the text", "Wished for", "Wanted back afterwards",
    "It is off: record that", "See the steps, say it is done", "nobody recorded whether",
    "confirm what is asked above", "real people are meant", "The register follows", "is read anew", "Take it back",
    "Answer again", "Plan again what has ended", "Ended by", "Once kept,", "Keep as evidence",
    "Name a file as evidence",
    "Is it a critical incident?", "Go on to the three ways", "Doing two makes sure",
    "The word for an emergency is put", "means to answer", "The clock runs", "How much a defect weighs",
    "encrypted or not at all", "Density of tables", "Chosen window", "somewhere inside", "may be left empty",
    "As what?", "Does it come again", "Something else was recorded", "The register then says", "read here and not kept",
    "for us after all",
)  # fmt: skip
"""Refused anywhere, in capitals or not."""
LABELS = frozenset(
    {"Remark", "Ended", "To know", "Computed", "As the system", "What breaks", "It is settled", "Page or deed"}
)
"""Refused as a whole text: the words are fine in a sentence."""


def _is_command(node: ast.AST) -> bool:
    """Whether it is a command of the terminal, whose docstring is its help."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any("command(" in name or "group(" in name for name in map(ast.unparse, decorators))


_BETWEEN_PARTS = re.compile(r"""["']\s*f?["']""")


def shown_texts(file: Path, *words: str) -> list[str]:
    """The texts of a Python file that people may see: every string but the docstrings; of others all of it.

    None of a file in which none of the words stands anywhere: to parse one takes long.
    """
    text = file.read_text("utf-8")
    plain = " ".join(_BETWEEN_PARTS.sub("", text).lower().split()).replace('" ', '"').replace(' "', '"')
    if not any(word.lower() in plain for word in words):
        return []
    if file.suffix != ".py":
        return [text]
    nodes = list(ast.walk(ast.parse(text)))
    silent = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
        if not _is_command(node)
    }
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
    ]


FILES = sorted(
    [
        *(ROOT / "penelope_admin").rglob("*.py"),
        *(ROOT / "resources").rglob("*.md"),
        ROOT / "resources" / "policy.toml",
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
    ]
)


def test_nobody_reads_what_sounds_translated() -> None:
    phrases = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in PHRASES)
    pattern = re.compile(phrases, re.IGNORECASE)
    labels = [f'"{label}"' for label in LABELS]
    texts = [(file.name, text) for file in FILES for text in shown_texts(file, *PHRASES, *labels)]
    assert [(name, found[0]) for name, text in texts if (found := pattern.search(text))] == []
    assert [(name, text) for name, text in texts if text.strip() in LABELS] == []


def test_no_text_of_the_window_speaks_of_the_terminal() -> None:
    pattern = re.compile(r"\bterminal\b|\bplan import\b")
    files = (ROOT / "penelope_admin" / "ui").rglob("*.py")
    texts = [(file.name, text) for file in files for text in shown_texts(file, "terminal", "plan import")]
    assert [found for found in texts if pattern.search(found[1])] == []
