"""The practice folder: made when practice is first opened, put back to its beginning at will, and never a real one."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from penelope_admin import __version__
from penelope_admin.clock import Clock, FixedClock
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.files import (
    TRAINING_MARK,
    is_for_training,
    locked,
    prepare_home,
    read_within,
    resource,
    write_private,
)
from penelope_admin.invocation import command
from penelope_admin.policy import Policy, load
from penelope_admin.services import backups
from penelope_admin.services.training import clock as clocks
from penelope_admin.services.training import history, world
from penelope_admin.services.work import Context
from penelope_admin.store import backup
from penelope_admin.store.engine import DATABASE_FILE, database_url
from penelope_admin.store.open import open_store

SEED = 1
"""The seed of a practice that nobody asked another of."""
_SUFFIX = "-training"
_PREPARED, _LOCK_FILE = "prepared", "training.lock"
_MAX_BYTES = 4096
_POLICY_FILE = "policy.toml"


class Mark(msgspec.Struct, frozen=True):
    """What the file says by which a folder is known as one of training.

    Attributes:
        seed: what chance there is in this practice comes from it.
        whole: all of it is there; while a new beginning is made it is not, and whoever is killed then leaves it so.
    """

    seed: int = SEED
    whole: bool = True


def folder_beside(home: Path) -> Path:
    """The practice folder that belongs to a data folder: beside it and never in it, so that nothing real is touched.

    Raises:
        BadInputError: nothing can be beside it.
    """
    if is_for_training(home):
        return home
    whole = home.absolute()
    if not whole.name:
        raise BadInputError(f"Beside {home} there is no room for a practice folder. Choose another one with --home.")
    return whole.with_name(f"{whole.name}{_SUFFIX}")


def mark_of(home: Path) -> Mark:
    """What a practice folder says of itself.

    Raises:
        BadInputError: it is none, or cannot be read.
    """
    try:
        return msgspec.json.decode(read_within(home / TRAINING_MARK, _MAX_BYTES), type=Mark)
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{home} cannot be read as a practice folder. Nothing was changed. Make it anew: "
            + command("training reset")
        ) from error


def ensure(home: Path) -> None:
    """Make the practice folder if it is not there yet, or lost something it needs.

    Raises:
        BadInputError, StoreError: it cannot be made.
        RefusedError: there is an agency's own database in it.
    """
    if not _is_whole(home):
        _check_ours(home)  # before anything is made there
        with _alone(home):
            if not _is_whole(home):  # another program may have been quicker
                _reset(home, _seed_of(home))


def _is_whole(home: Path) -> bool:
    try:
        return mark_of(home).whole and all((home / name).exists() for name in (DATABASE_FILE, clocks.FILE, world.FILE))
    except BadInputError:
        return False


def reset(home: Path, seed: int | None = None) -> datetime:
    """Begin practice anew: the agency, the vendor and the clock are as they were at the beginning.

    What looks of the window are kept. A window that is open on it shows the new beginning after a moment.

    Args:
        seed: what chance there is comes from it; by default the one it had.

    Returns:
        When practice begins, UTC.

    Raises:
        BadInputError, StoreError: the folder cannot be written.
        RefusedError: there is an agency's own database in it; it is left as it is.
    """
    _check_ours(home)
    with _alone(home):
        return _reset(home, seed if seed is not None else _seed_of(home))


def _alone(home: Path) -> AbstractContextManager[None]:
    """Only one program at a time begins anew."""
    return locked(prepare_home(home) / _LOCK_FILE)


def _reset(home: Path, chosen: int) -> datetime:
    _write_mark(home, Mark(chosen, whole=False))
    policy = load(resource(_POLICY_FILE))
    agency = history.read()
    prepared = _prepared(home, policy, agency, chosen)
    backup.put_back(prepared, home / DATABASE_FILE)
    backup.forget_training(home / backups.FOLDER)  # of days that are to come again
    clocks.start_clock(home / clocks.FILE, agency.now)
    with _opened(home, FixedClock(agency.now), policy, agency.people[0]) as context:
        context.copy_agency()
        world.begin(context, chosen)
    _write_mark(home, Mark(chosen))
    return agency.now


def _write_mark(home: Path, mark: Mark) -> None:
    write_private(home / TRAINING_MARK, msgspec.json.encode(mark) + b"\n")


def opened(home: Path, policy: Policy) -> AbstractContextManager[Context]:
    """A practice folder for services that need no window and no mail; closed afterwards.

    Raises:
        BadInputError, StoreError: it cannot be opened.
    """
    return _opened(home, clocks.SimulatedClock(home / clocks.FILE), policy, "learner")


@contextmanager
def _opened(home: Path, clock: Clock, policy: Policy, actor: str) -> Iterator[Context]:
    with closing(open_store(database_url(home, None), clock.now(), for_training=True)) as store:
        yield Context(store, clock, policy, actor, home)


def _check_ours(home: Path) -> None:
    """Never write over an agency's own data, whatever somebody put into the folder."""
    if not backup.is_free_for_training(home / DATABASE_FILE):
        raise RefusedError(
            f"The database {home / DATABASE_FILE} is not one of training. It was left as it is, and nothing was "
            "changed. Move it to where it belongs, then try again."
        )


def _seed_of(home: Path) -> int:
    with suppress(BadInputError):
        return mark_of(home).seed
    return SEED


def _prepared(home: Path, policy: Policy, agency: history.History, seed: int) -> Path:
    """A database in which the history was lived, made once for each version of the program, its data and the seed."""
    folder = prepare_home(home / _PREPARED)
    parts = (resource(_POLICY_FILE).read_bytes(), resource(history.WORLD_FILE).read_bytes())
    key = hashlib.sha256(b"\0".join([__version__.encode(), str(seed).encode(), *parts])).hexdigest()[:16]
    prepared = folder / f"{key}.db"
    if not prepared.exists():
        scratch = prepare_home(folder / "scratch")
        try:
            _live(scratch, policy, agency, seed, prepared)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        for old in folder.glob("*.db"):
            if old != prepared:
                old.unlink(missing_ok=True)
    return prepared


def _live(scratch: Path, policy: Policy, agency: history.History, seed: int, target: Path) -> None:
    with _opened(scratch, FixedClock(agency.instant(agency.begins)), policy, agency.people[0]) as context:
        history.live(context, agency, seed)
        backup.copy_to(context.store, target)
