"""Where in a TOML file the trouble is: line and key, for a message that somebody can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""Table, entry and key by which a value is reached; entries of a list by their number from zero."""


_PLAINLY = {
    "^Object missing required": "this table lacks the required",
    "^Object ": "this table ",
    "^Expected `int` >= ": "must be at least ",
    "^Expected `int` <= ": "must be at most ",
    "^Expected `array` of length >= ": "must have entries, at least ",
    "^Expected `array` of length <= ": "must have entries, at most ",
    "^Invalid enum value (.*)": r"\1 is not one of the values allowed here",
}
"""What msgspec says, in plainer words."""
_KINDS = {
    "str": "a text in quotation marks", "int": "a whole number", "float": "a number", "bool": "true or false",
    "date": "a day", "time": "a time of day", "datetime": "a day with a time", "array": "a list", "object": "a table",
    "null": "nothing",
}  # fmt: skip
"""What msgspec calls a kind of value, in plainer words."""


def syntax_message(message: str, name: str, text: str) -> str:
    """A TOML reader's complaint as "file, line, key: ..."."""
    lines = text.split("\n")
    if place := re.search(r"\(at (?:line (\d+), column \d+|end of document)\)", message):
        line = int(place[1] or len(lines))
        reason = message[: place.start()].strip()
    else:  # the reader gives no place; what is nested too deep or too long a number makes a long line
        line = max(range(len(lines)), key=lambda number: len(lines[number])) + 1
        reason = "nested too deep, or too long a number"
    key_match = re.match(r"\s*([\w.\-]+)\s*=", lines[line - 1])
    key = f", key {key_match[1]}" if key_match else ""
    return f"{name}, line {line}{key}: {reason}"


def split_validation_error(message: str) -> tuple[KeyPath, str]:
    """msgspec's "Expected `str`, got `int` - at `$.regions[2].name`" as path and reason."""
    reason, _, place = message.partition(" - at `")
    path: list[str | int] = []
    for key, index in re.findall(r"\.([\w\-]+)|\[(\d+)\]", place):
        path.append(key or int(index))
    # A missing or unknown field is named in the reason, not in the path.
    if field := re.search(r"(?:unknown|required) field `([^`]+)`", reason):
        path.append(field[1])
    for pattern, plain in _PLAINLY.items():
        reason = re.sub(pattern, plain, reason)
    if kinds := re.match(r"Expected `([\w |]+)`, got `(\w+)`", reason):
        expected = " or ".join(_KINDS.get(kind, kind) for kind in kinds[1].split(" | "))
        reason = f"must be {expected}, and is {_KINDS.get(kinds[2], kinds[2])}"
    return tuple(path), reason.replace("`", '"')


def dotted(path: KeyPath) -> str:
    """A path as the message shows it, counting list entries from one: "regions[2].starts"."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "(whole file)"


def line_of(text: str, path: KeyPath) -> int:
    """The line of the deepest part of `path` that the file has, counting from one.

    TOML readers keep no positions, so the tables' headers and keys are looked up again; this runs
    only when a file is refused.
    """
    best, best_depth = 1, 0
    here: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for number, line in _outside_of_texts(text):
        places: list[KeyPath] = []
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            here = _entered(header[2].split("."), counts, is_entry=header[1] == "[[")
            places = [here, here[:-1]]  # an entry of a list, or the list itself
        elif entry := re.match(r"\s*([\w.\-]+)\s*=", line):
            places = [(*here, *entry[1].split("."))]
        depth = max((len(place) for place in places if place == path[: len(place)]), default=0)
        if depth > best_depth:
            best, best_depth = number, depth
    return best


def _outside_of_texts(text: str) -> Iterator[tuple[int, str]]:
    """The lines that do not begin within a text of several lines, with their numbers."""
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not inside:
            yield number, line
        inside ^= bool((line.count('"""') + line.count("'''")) % 2)


def _entered(parts: list[str], counts: dict[KeyPath, int], *, is_entry: bool) -> KeyPath:
    """The path of the table that a header begins.

    Args:
        counts: the numbers of the newest entries of lists, from zero; the header's own is added.
    """
    here: KeyPath = ()
    for part in parts:
        here += (part,)
        if here in counts:  # a table inside the newest entry of a list
            here += (counts[here],)
    if not is_entry:
        return here
    name = here[:-1] if isinstance(here[-1], int) else here
    counts[name] = counts.get(name, -1) + 1
    return (*name, counts[name])
