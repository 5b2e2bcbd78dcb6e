"""Files that are kept up to date: calendars to subscribe to, and the page for the staff.

Each is written again, in one step, whenever something of it has changed, by whichever program of this data folder
changed it. What cannot be written, because a folder is not there, is told and tried again with the next change.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from penelope_admin.domain.entries import EVERYTHING, WINDOWS
from penelope_admin.errors import BadInputError, PenelopeAdminError
from penelope_admin.files import check_ending, check_regular, read_within, storable, write_shared
from penelope_admin.gateways import lists
from penelope_admin.gateways.lists import KeptFile
from penelope_admin.gateways.staff_pages import says_the_same
from penelope_admin.services.calendar import publishing, staff
from penelope_admin.services.work import Context

KINDS = {"everything": EVERYTHING, "windows": WINDOWS}
_LARGEST = 16 * 2**20


def find_all(home: Path) -> tuple[KeptFile, ...]:
    """The files that are kept up to date, in the order in which they were chosen.

    Raises:
        BadInputError: what names them cannot be read.
    """
    return lists.KEPT.load(home)


def keep(context: Context, file: KeptFile) -> KeptFile:
    """Write a file now, and keep it up to date from now on.

    Raises:
        BadInputError: it cannot be written, another kind of file is there, or too many are kept already.
        RefusedError: this is a planning copy, whose dates others should not follow.
    """
    context.read(lambda work: work.refuse_in_planning_copy())
    path = Path(file.path).absolute()
    if storable(str(path)) != str(path):
        raise BadInputError(f"{storable(str(path))} has no name in UTF-8. Nothing was written. Choose another name.")
    if path.suffix.lower() != ending_of(file):
        raise BadInputError(f"{path} does not end in {ending_of(file)}. Nothing was written. Choose such a name.")
    if len(_others(context.home, path)) >= lists.MOST:
        raise BadInputError(f"{lists.MOST} files are kept up to date already. Nothing was written. Drop one.")
    kept = msgspec.structs.replace(file, path=str(path), problem="", since=None)
    _write(context, kept)
    lists.KEPT.save(context.home, [*_others(context.home, path), kept])  # another program may have chosen one meanwhile
    return kept


def _others(home: Path, path: Path) -> list[KeptFile]:
    return [item for item in find_all(home) if item.path != str(path)]


def forget(home: Path, path: str) -> None:
    """Keep a file up to date no longer; what is there stays as it is.

    Raises:
        BadInputError: it is not kept up to date.
    """
    lists.KEPT.save(home, lists.without(find_all(home), path, "is not kept up to date. Nothing was changed."))


def refresh(context: Context) -> tuple[KeptFile, ...]:
    """Write what has changed of each file; gives back how each stands. What fails is noted with the file.

    Raises:
        BadInputError: what names the files cannot be read or written.
    """
    stands = {item: _refreshed(context, item) for item in find_all(context.home)}
    listed = find_all(context.home)  # writing takes a while: another program may have chosen or dropped one
    now = tuple(stands.get(item, item) for item in listed)
    if now != listed:
        lists.KEPT.save(context.home, now)
    return now


def _refreshed(context: Context, item: KeptFile) -> KeptFile:
    try:
        _write(context, item)
    except PenelopeAdminError as error:
        return msgspec.structs.replace(item, problem=str(error), since=item.since or context.now())
    return msgspec.structs.replace(item, problem="", since=None)


def _write(context: Context, item: KeptFile) -> None:
    """Write a file unless it says already what it is to say."""
    path, text = Path(item.path), _text(context, item)
    check_regular(path)
    check_ending(path, ending_of(item))
    try:
        there = read_within(path, _LARGEST).decode("utf-8")
    except (OSError, ValueError):  # it is not there, or is another: writing says what is wrong
        there = ""
    if there != text and not (item.contents == "staff-notice" and says_the_same(there, text)):
        write_shared(path, text.encode("utf-8"))


def _text(context: Context, item: KeptFile) -> str:
    if item.contents == "staff-notice":
        return context.read(lambda work: staff.in_form(work, staff.coming(work), "page"))
    return publishing.calendar_text(context, KINDS[item.contents], item.alarms)


def ending_of(item: KeptFile) -> str:
    """What such a file's name ends in."""
    return ".html" if item.contents == "staff-notice" else ".ics"
