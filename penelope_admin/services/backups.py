"""Copies of everything the program keeps: made, kept daily, and put back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from penelope_admin.clock import Clock
from penelope_admin.domain.text import filled
from penelope_admin.errors import BadInputError, DamagedError, StoreError
from penelope_admin.files import storable
from penelope_admin.gateways import settings
from penelope_admin.invocation import way
from penelope_admin.policy import Policy
from penelope_admin.services import activity, agency
from penelope_admin.services.mirror import environments
from penelope_admin.services.requests import steps
from penelope_admin.services.work import Context, Work
from penelope_admin.store import backup
from penelope_admin.store.engine import Address, Store, sqlite_file
from penelope_admin.store.open import open_store
from penelope_admin.store.rows import agency as agency_rows

FOLDER = "backups"
NAMED = 5
"""Differences of a backup that is restored that are named at once."""
LOOK_AT_DRAFTS = (
    "Drafts may have been sent since this backup was made. Where the replaced database knows of it, you are asked "
    "under Requests; look at the others before you send them."
)
"""What to know after a restore."""


@dataclass(frozen=True)
class Restoring:
    """Where to restore to, when there may be no usable database to open."""

    url: Address
    home: Path
    clock: Clock
    policy: Policy
    actor: str
    for_training: bool = False

    def context(self, store: Store) -> Context:
        """For services on a database."""
        return Context(store, self.clock, self.policy, self.actor, self.home)

    @contextmanager
    def opened(self) -> Iterator[Context]:
        """The database as it is now; closed afterwards.

        Raises:
            StoreError: it cannot be used.
        """
        with closing(open_store(self.url, self.clock.now(), for_training=self.for_training)) as store:
            yield self.context(store)


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        replaced: where the replaced database was kept; None when there was none.
        was_damaged: it could not be used, so it cannot be put back.
        differences: in sentences, where the backup's rows are not what its own log says. It was restored all the same.
    """

    replaced: Path | None
    was_damaged: bool
    differences: tuple[str, ...]

    @property
    def warning(self) -> str:
        """What is to be said of the differences, the first of them named; empty when there are none."""
        if not self.differences:
            return ""
        named, more = self.differences[:NAMED], len(self.differences) - NAMED
        others = filled(" And {} more.", max(0, more))
        verify = way("audit verify", "Verify on the page Activity")
        return (
            "The backup is not what its own activity log says: it was changed behind the program's back before it was "
            f"restored. {' '.join(named)}{others} It is in force now as it is. {verify} names "
            "everything; what it replaced, and older backups, can be restored instead."
        )


def make(context: Context, target: Path, *, force: bool = False) -> Path:
    """A consistent copy while the program runs; the log records where it went. Either both are kept or neither is.

    Args:
        force: replace a file, too, that is not a backup of this program.

    Raises:
        BadInputError: it cannot be written there, something else is there, or the database is kept by a server; what
            was there before is unchanged.
        StoreError: the database cannot be read or written.
    """
    backup.check_target(target, force=force, for_training=context.store.for_training)
    with context.writing() as work:
        work.record("backup.made", storable(target.name))
        backup.copy_to(context.store, target)  # last, so that a file means that the entry was written
    return target


def daily(context: Context, own: Path | None = None) -> Path | None:
    """The copy of the day, if there is none yet; the newest fourteen are kept.

    Before an agency is set up there is none: it could push out those that have one.

    Args:
        own: the database's file, where it is that of the data folder.

    Raises:
        DamagedError: the database is damaged; or it has no agency, and the folder's settings name one or a backup in it
            has one.
        StoreError, BadInputError: the copy could not be made, which need not keep anybody from working.
    """
    if context.read(agency.find) is not None:
        return backup.daily(context.store, context.home / FOLDER, context.now())
    if own is not None:
        _refuse_first_start(context.home, f"The database {own} has no agency")
    return None


def restore(restoring: Restoring, source: Path) -> Restored:
    """Put a backup in the place of the database and say so in its log.

    Works on a database that cannot be opened any more, so it takes no `Context`. A backup whose rows are not what its
    own log says is restored, for it may be all there is; what differs is told and goes into the log.

    Raises:
        BadInputError: the backup fails a check; nothing was replaced.
        RefusedError: it is of training and this is not, or the other way round.
    """
    from penelope_admin.services.requests import outbox

    differences: tuple[str, ...] = ()
    before = _read_before(restoring)
    now, name = restoring.clock.now(), storable(source.name)

    def prepare(candidate: Store, aside: Path | None) -> None:
        """Before anybody can see it: what waited may have been sent since, and copies may have been refreshed."""
        nonlocal differences
        context = restoring.context(candidate)
        if context.read(agency.find) is None:
            raise BadInputError(f"{source} holds no agency. Nothing was replaced. Choose another backup.")
        differences = context.read(activity.verify).differences  # first: what is written below may touch what differs
        context.write(environments.doubt_all)
        context.write(outbox.hold_all, "It waited in the backup that was restored; it may have been sent since.")
        with context.writing() as work:
            _hold_drafts(work, before.left)
            if before.second_person:
                agency_rows.ask_for_second_person(work.connection)
            facts: dict[str, object] = {"from": name, "replaced": aside and aside.name}
            if differences:
                facts |= {"differs": len(differences), "differences": differences[:NAMED]}
            work.record("backup.restored", name, after=facts)

    replaced = backup.restore(
        restoring.url, source, restoring.home / FOLDER, now, prepare, for_training=restoring.for_training
    )
    with restoring.opened() as context:
        context.copy_agency()
    return Restored(replaced, replaced is not None and backup.is_damaged(replaced), differences)


def check_not_lost(home: Path, file: Path) -> None:
    """Refuse to take a data folder whose database is missing or empty for that of a first start.

    Raises:
        DamagedError: the folder's settings name an agency, or a backup in it has one.
    """
    if not file.exists():
        _refuse_first_start(home, f"The database {file} is missing")
    elif not file.stat().st_size:
        _refuse_first_start(home, f"The database {file} is empty")


def _refuse_first_start(home: Path, what: str) -> None:
    copy = settings.load(home).agency
    newest = backup.newest_with_agency(home / FOLDER)
    if copy is None and newest is None:
        return
    why = f"the settings beside it name {copy.name}" if copy is not None else "there are backups of one beside it"
    if newest is not None:
        advice = f"{way('restore', 'The newest backup:', 'Restore the newest backup: ')} {newest}"
    else:
        advice = "No backup with an agency is beside it: restore one that you keep elsewhere"
    raise DamagedError(
        f"{what}, although {why}. Nothing was changed. {advice}. "
        "If the database is kept elsewhere, name it with --database; to start afresh, choose another data folder "
        "with --home."
    )


@dataclass(frozen=True)
class _Before:
    """What an old backup must not take away of the database about to be replaced.

    Attributes:
        second_person: it asks for a second person.
        left: numbers and creation (UTC) of the requests that left it, or may have.
    """

    second_person: bool = False
    left: frozenset[tuple[int, datetime]] = frozenset()


def _read_before(restoring: Restoring) -> _Before:
    """Nothing where there is no database, or one that cannot be read, which is why a backup is restored."""
    file = sqlite_file(restoring.url)
    if file is None or not file.exists():
        return _Before()
    try:
        with restoring.opened() as context:
            return context.read(_before)
    except StoreError:
        return _Before()


def _before(work: Work) -> _Before:
    profile = work.find_agency()
    left = (
        (request.id, request.created_at)
        for request in work.requests
        if request.status != "drafted" and any(step.status in ("queued", "sent") for step in request.steps)
    )
    return _Before(profile is not None and profile.second_person, frozenset(left))


def _hold_drafts(work: Work, left: Collection[tuple[int, datetime]]) -> None:
    """Leave it to a person whether drafts of a restored backup, which left the database it replaces, arrived."""
    drafts = [item for item in work.requests if item.status == "drafted"]
    held = [item.id for item in drafts if (item.id, item.created_at) in left]
    for key in held:
        steps.hold_draft(work, key, "The database that the restored backup replaced says that it was sent.")
    if held:
        work.record("requests.held", "requests", after={"requests": held})
