"""`make figures`: how the code stands, each figure by a rule that is written here. It needs no network and no window.

Complexity is McCabe's as radon counts it, over functions, methods and classes. Python's own parser counts all else.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
from radon.complexity import average_complexity, cc_visit
from radon.visitors import Function

from penelope_admin.services import overview, projects, requests
from penelope_admin.services.work import Context
from tests.services.house import agency_at_work, upgraded
from tests.services.test_statements import REFRESH, add_projects, plan, refreshed, statements

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "penelope_admin"
DENSE = ("detect", "store", "domain")


def files(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def lines(folder: Path = PACKAGE) -> int:
    """Every line of the application, blank ones too."""
    return sum(len(file.read_text("utf-8").splitlines()) for file in files(folder))


def comments(folder: Path = PACKAGE) -> int:
    """Comments that are no instruction to a tool."""
    texts = (io.StringIO(file.read_text("utf-8")) for file in files(folder))
    tokens = (token for text in texts for token in tokenize.generate_tokens(text.readline))
    found = (token.string for token in tokens if token.type == tokenize.COMMENT)
    return sum(not comment.startswith(("# fmt", "# type", "# noqa")) for comment in found)


def written_lines() -> int:
    """Those of the application that are not blank."""
    return sum(bool(line.strip()) for file in files() for line in file.read_text("utf-8").splitlines())


def conditional_expressions() -> tuple[int, int]:
    """All conditional expressions, and those that have another as a part."""
    nodes = (node for file in files() for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    found = [node for node in nodes if isinstance(node, ast.IfExp)]
    nested = [node for node in found if sum(isinstance(part, ast.IfExp) for part in ast.walk(node)) > 1]
    return len(found), len(nested)


def complexities() -> tuple[float, int, str]:
    """The mean over functions and classes; the worst function, and where it is."""
    blocks = [(file, block) for file in files() for block in cc_visit(file.read_text("utf-8"))]
    file, worst = max((pair for pair in blocks if isinstance(pair[1], Function)), key=lambda pair: pair[1].complexity)
    place = f"{file.relative_to(ROOT)}:{worst.lineno} {worst.name}"
    return average_complexity([block for _, block in blocks]), worst.complexity, place


def circles() -> list[list[str]]:
    """Groups of modules that import each other, `TYPE_CHECKING` and late imports counted."""
    graph = grimp.build_graph("penelope_admin", cache_dir=None)
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for other in graph.find_modules_directly_imported_by(module):
            if other not in order:
                visit(other)
            if other in path:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == order[module]:
            place = path.index(module)
            group = path[place:]
            del path[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in order:
            visit(module)
    return found


def executes() -> int:
    """Calls of `execute` outside of the store, and of what reads the databases and workbooks of others."""
    outside = [file for file in files() if not {"store", "detect"} & set(file.relative_to(PACKAGE).parts)]
    return sum(file.read_text("utf-8").count(".execute(") for file in outside)


def late_imports() -> int:
    """Imports inside of functions below the window and the command line."""
    below = [file for file in files() if file.relative_to(PACKAGE).parts[0] not in ("ui", "cli")]
    nodes = (node for file in below for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    inner = (part for node in nodes if isinstance(node, ast.FunctionDef) for part in ast.walk(node))
    return sum(isinstance(part, ast.Import | ast.ImportFrom) for part in inner)


def asked(use_case: Callable[[Context], object], before: Callable[[Context], object]) -> int:
    """The statements of a use case in an agency at work; the word that begins its transaction is none."""
    with agency_at_work() as context:
        before(context)
        return len(statements(context, use_case))


def use_cases() -> Iterator[tuple[str, int]]:
    yield "plan a feature", asked(plan, upgraded)
    yield "plan a feature after a refresh", asked(plan, refreshed)
    yield "draft a request", asked(lambda c: c.write(requests.draft, REFRESH), upgraded)
    yield "load Overview", asked(lambda c: c.read(overview.load), refreshed)
    for count in (5, 50):
        yield f"load {count} projects", asked(lambda c: c.read(projects.find_all), lambda c: add_projects(c, count))  # noqa: B023


def main() -> None:
    total = lines()
    print(f"application lines: {total:,}")
    print(f"comments in 1,000 lines: {comments() / total * 1000:.1f}")
    for room in DENSE:
        print(f"  in {room}: {comments(PACKAGE / room) / lines(PACKAGE / room) * 1000:.1f}")
    every, nested = (count / written_lines() * 1000 for count in conditional_expressions())
    print(f"conditional expressions in 1,000 lines that are not blank: {every:.1f}; nested ones: {nested:.1f}")
    mean, most, place = complexities()
    print(f"complexity, mean: {mean:.2f}; worst function: {most} ({place})")
    groups = circles()
    print(f"circles of imports: {len(groups)} {'; '.join(map(' '.join, groups))}".rstrip())
    print(f"late imports below the window: {late_imports()}")
    print(f"calls of execute outside of the store: {executes()}")
    for name, count in use_cases():
        print(f"statements to {name}: {count}")


if __name__ == "__main__":
    sys.exit(main())
