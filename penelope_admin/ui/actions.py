"""What can be found and done by name: pages name their actions, the window gathers them, *Find or do* lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class PageAction(NamedTuple):
    """Something a page can do, or a place on it.

    Attributes:
        name: as it is listed: "Record a notice".
        run: what to do with the page, which is shown by then and has its data.
        words: other words by which people look for it, apart by spaces.
    """

    name: str
    run: Callable[[Any], object]
    words: str = ""


class Action(NamedTuple):
    """Something to do, wherever one is; `keys` is its shortcut, or what else stands at the right of its line.

    Attributes:
        page: the name of the page that does it, if one does.
    """

    name: str
    run: Callable[[], object]
    words: str = ""
    keys: str = ""
    page: str = ""


def matching(actions: Iterable[Action], text: str) -> list[Action]:
    """The actions that have every word of a text in their name or their other words; by name comes first."""
    words = text.casefold().split()
    found = [action for action in actions if _has(f"{action.name} {action.words}", words)]
    return sorted(found, key=lambda action: (not _has(action.name, words), not _begins(action.name, words)))


def _has(text: str, words: list[str]) -> bool:
    return all(word in text.casefold() for word in words)


def _begins(name: str, words: list[str]) -> bool:
    """Whether some word of a name begins with each word looked for."""
    return all(any(part.startswith(word) for part in name.casefold().split()) for word in words)
