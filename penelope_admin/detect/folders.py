"""The files in folders, and what of a folder is not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from penelope_admin.detect.reading import KEPT, unreadable
from penelope_admin.errors import BadInputError
from penelope_admin.files import is_plain

MAX_DEPTH = 3
"""Folders within the folder that was named."""
MAX_FILES = 1000
_LOCKS = ("~$", "._")  # beside an open workbook, and beside any file that a Mac copied
_LITTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files among files and folders, each once, a folder's by name. Links within a folder are not followed.

    Raises:
        BadInputError: something is not there, is no file or folder, or holds no files or too many.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        status = _status(path)
        if stat.S_ISDIR(status.st_mode):
            inside = list(islice((file for file, why in _inside(path, MAX_DEPTH) if not why), MAX_FILES + 1))
            if not inside:
                raise BadInputError(f"{path} holds no files. {KEPT} Name the files themselves.")
        elif is_plain(status):
            inside = [path]
        else:
            raise BadInputError(f"{path} is neither a file nor a folder. {KEPT} Name a file that was exported.")
        for file in inside:
            files.setdefault(file.resolve(), file)
        if len(files) > MAX_FILES:
            raise BadInputError(f"These are more than {MAX_FILES:,} files. {KEPT} Check them in parts.")
    return list(files.values())


def find_others(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """What else is in the folders, each with a sentence why it is not read; at most `MAX_FILES`."""
    others = (item for path in paths if path.is_dir() for item in _inside(path, MAX_DEPTH) if item[1])
    return list(islice(others, MAX_FILES))


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def _inside(folder: Path, depth: int) -> Iterator[tuple[Path, str]]:
    """What is in a folder and its folders, each with a sentence why it is not read; none for what is."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield folder, str(unreadable(folder, error))
        return
    for entry in entries:
        path, is_folder = Path(entry.path), entry.is_dir(follow_symlinks=False)
        why = _why_not(entry, is_folder=is_folder, depth=depth)
        if not why and is_folder:
            yield from _inside(path, depth - 1)
        elif why is not None:
            yield path, why


def _why_not(entry: os.DirEntry[str], *, is_folder: bool, depth: int) -> str | None:
    """Why something in a folder is not read: nothing if it is, None if it is nobody's data."""
    if entry.name.startswith(_LOCKS) or entry.name.lower() in _LITTER:
        return None
    if entry.is_symlink():
        return "It is a link, and links in a folder are not followed."
    if entry.name.startswith("."):
        return "It is hidden."
    if is_folder:
        return "" if depth else f"It lies more than {MAX_DEPTH} folders deep."
    return "" if entry.is_file(follow_symlinks=False) else "It is not a regular file."
