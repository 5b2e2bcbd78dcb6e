"""Where the program's files are, and how a file is written so that a crash cannot halve it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penelope_admin.errors import BadInputError

_PACKAGE = Path(__file__).resolve().parent
_WHEEL_RESOURCES = _PACKAGE / "_resources"
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
SHARED_FILE = 0o644
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What writing fails with where there is no room."""
CALENDARS_BY = "-//Penelope Admin//Calendar//EN"
"""What our calendars say of who wrote them, in their first lines."""
_BEGINNING = 4096


def resource(name: str) -> Path:
    """The path of a file the program ships, in a checkout or an installed wheel alike."""
    base = _WHEEL_RESOURCES if _WHEEL_RESOURCES.is_dir() else _PACKAGE.parent / "resources"
    return base / name


def default_home() -> Path:
    """The data folder of this user on this platform."""
    import platformdirs

    return Path(platformdirs.user_data_dir("penelope-admin", appauthor=False))


def prepare_home(home: Path) -> Path:
    """Make the data folder, readable by this user only, and give it back.

    Raises:
        BadInputError: the folder cannot be made or is not a folder.
    """
    try:
        home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"The data folder {home} cannot be used ({error.strerror}). Nothing was changed. "
            "Choose another one with --home or PENELOPE_ADMIN_HOME."
        ) from error
    return home


def private_folder(home: Path, name: str) -> Path:
    """Make a folder in the data folder, and that too if need be, readable by this user only.

    Raises:
        OSError: one of them cannot be made.
    """
    for folder in (home, home / name):  # one by one: `parents` would make the first with the mode of the umask
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return home / name


def exists(path: Path) -> bool:
    """Whether there is a file or folder of this name.

    Raises:
        BadInputError: the folder may not be looked into, or the name is none.
    """
    try:
        return path.exists()
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be looked at ({error.strerror}). Nothing was changed. "
            "Choose another data folder with --home or PENELOPE_ADMIN_HOME."
        ) from error


KEPT_FILES = "kept-files.json"
"""The file of a data folder that names the files which are kept up to date for others."""

TRAINING_MARK = "training.json"
"""A data folder with this file is one of training."""


def is_for_training(home: Path) -> bool:
    """Whether a data folder holds the practice agency, in which nothing is real.

    Raises:
        BadInputError: the folder may not be looked into.
    """
    return exists(home / TRAINING_MARK)


def is_plain(status: os.stat_result) -> bool:
    """Whether a file lies on a disk and has an end: no pipe, no device, nothing that Linux only pretends to keep."""
    if not stat.S_ISREG(status.st_mode):
        return False
    for folder in ("/proc", "/sys"):
        with suppress(OSError):
            if Path(folder).stat().st_dev == status.st_dev and Path(folder).is_mount():
                return False
    return True


def without_waiting(path: str, flags: int) -> int:
    """For `open(..., opener=...)`: a pipe without a writer would be waited for without end otherwise."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def storable(name: str) -> str:
    """A file's or user's name as text a database takes: bytes that are no UTF-8 become escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def check_regular(path: Path) -> None:
    """Refuse to put a file in the place of anything else: a folder, a pipe, a device, or a link to one.

    Raises:
        BadInputError: it is there and no regular file.
        OSError: it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise BadInputError(f"{path} is not a regular file. What is there is unchanged. Choose another name.")


def read_within(path: Path, most: int) -> bytes:
    """The bytes of a file that anybody may have made, of which no more than one too many is ever read.

    Raises:
        OSError: it cannot be read, or is a folder, a pipe or a device.
        ValueError: it has more than `most` bytes.
    """
    with open(path, "rb", opener=without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError("too large")
    return data


def is_in_the_way(path: Path) -> bool:
    """Whether something is there already where a file is to be written; what cannot be looked at is told by writing."""
    return os.path.exists(path)  # noqa: PTH110 - the method of a path raises instead


def check_ending(path: Path, ending: str) -> None:
    """Refuse to replace a file of another kind than what is to be written, or a calendar of somebody else's.

    Args:
        ending: ".ics"; names that end otherwise are fine as long as no such file is there.

    Raises:
        BadInputError: such a file is there, or a calendar that this program did not write, or nobody can tell.
    """
    if is_in_the_way(path) and path.suffix.lower() != ending:
        raise BadInputError(
            f"{path} is there already and does not end in {ending}. It was left as it is. Choose another name."
        )
    if ending == ".ics" and _is_anothers_calendar(path):
        raise BadInputError(
            f"{path} is there already and is not a calendar that Penelope Admin wrote. It was left as it is. "
            "Choose another name."
        )


def _is_anothers_calendar(path: Path) -> bool:
    """Whether a file that is not empty does not say at its beginning that it is a calendar of ours.

    Raises:
        BadInputError: it cannot be read.
    """
    if not path.is_file():  # whoever writes there says what is wrong with that
        return False
    try:
        with path.open("rb") as file:
            begins = file.read(_BEGINNING)
    except OSError as error:
        raise BadInputError(
            f"{path} is there already and cannot be read ({error.strerror}). It was left as it is. Choose another name."
        ) from error
    return bool(begins) and CALENDARS_BY.encode() not in begins


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One program at a time, by a file of its own; the system lets go of it however the program ends.

    Raises:
        BadInputError: it cannot be locked.
    """
    from filelock import FileLock  # the first frame locks nothing

    lock = FileLock(file, mode=PRIVATE_FILE)
    try:
        lock.acquire()
    except OSError as error:
        raise BadInputError(f"{file} cannot be written ({error.strerror}). Nothing was changed.") from error
    try:
        yield
    finally:
        lock.release()


def write_shared(path: Path, data: bytes) -> None:
    """As `write_private`, for what others are to read: with the mode of the file that is there, else 0644.

    Raises:
        BadInputError: as there.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mode = SHARED_FILE
    write_private(path, data, mode)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside another, private to this user, that takes the other's place in one step if the block ends well.

    A link stays one: what it leads to is replaced, which others read.

    Raises:
        OSError: the folder cannot be written.
    """
    import tempfile

    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the start
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_private(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write a whole file with mode 0600, unless told otherwise, or leave what was there before untouched.

    The data is on the disk before it takes the place of what was there.

    Raises:
        BadInputError: the folder is missing, read-only or full, or what is there is not a regular file; nothing was
            replaced.
    """
    try:
        check_regular(path)
        with replacing(path) as temporary:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode != PRIVATE_FILE:
                temporary.chmod(mode)
    except OSError as error:
        raise BadInputError(
            f"{path} could not be written ({error.strerror}). What was there before is unchanged. "
            "Choose another folder, or make room, and try again."
        ) from error
