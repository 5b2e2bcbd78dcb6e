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
    words: str


class Action(NamedTuple):
    """Something to do, wherever one is; `keys` is its shortcut, or what else stands at the right of its line.

    Attributes:
        page: the name of the page that does it, if one does.
        only_by: words of which one has to be looked for, for what would be found by mistake by the rest of its name.
    """

    name: str
    run: Callable[[], object]
    words: str = ""
    keys: str = ""
    page: str = ""
    only_by: str = ""


def matching(actions: Iterable[Action], text: str) -> list[Action]:
    """The actions that have every word of a text in their name or their other words.

    By name comes first, and of names the one of which the words are most: "refresh" is to *Request a refresh* before it
    is to record one of some database. "backup" is in *Back up now* too.
    """
    words = text.casefold().split()
    matches = [
        action for action in actions if _has(f"{action.name} {action.words}", words) and _is_meant(action, words)
    ]
    if not words:
        return matches
    return sorted(matches, key=lambda action: _rank(action.name, words))


def _rank(name: str, words: list[str]) -> tuple[bool, bool, int]:
    """What comes first is lowest; what only other words found stays in its order."""
    by_name = _has(name, words)
    return not by_name, not _begins(name, words), len(name) if by_name else 0


def _is_meant(action: Action, words: list[str]) -> bool:
    own = action.only_by.split()
    return not (own and words) or any(one.startswith(word) for one in own for word in words)


def _has(text: str, words: list[str]) -> bool:
    plain = text.casefold()
    return all(word in plain or word in plain.replace(" ", "") for word in words)


def _begins(name: str, words: list[str]) -> bool:
    """Whether each word looked for begins a word of a name, or goes on over the next ones."""
    parts = name.casefold().split()
    return all(any("".join(parts[at:]).startswith(word) for at in range(len(parts))) for word in words)
