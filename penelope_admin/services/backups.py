"""Copies of everything the program keeps: made, kept daily, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from penelope_admin.clock import Clock
from penelope_admin.errors import StoreError
from penelope_admin.files import storable
from penelope_admin.policy import Policy
from penelope_admin.services import agency as agencies
from penelope_admin.services.context import Context
from penelope_admin.store import backup, schema
from penelope_admin.store.engine import Store, open_store, sqlite_file

FOLDER = "backups"


@dataclass(frozen=True)
class Restoring:
    """Where to restore to, when there may be no usable database to open."""

    url: sa.URL
    home: Path
    clock: Clock
    policy: Policy
    actor: str


def make(context: Context, target: Path, *, force: bool = False) -> Path:
    """A consistent copy while the program runs; the log records where it went. Either both are kept or neither is.

    Args:
        force: replace a file, too, that is no backup of this program.

    Raises:
        BadInputError: it cannot be written there, something else is there, or the database is kept by a server; what
            was there before is unchanged.
        StoreError: the database cannot be read or written.
    """
    backup.check_target(target, force=force)
    with context.store.writing() as connection:
        context.record(connection, "backup.made", storable(target.name))
        backup.copy_to(context.store, target)  # last, so that a file means that the entry was written
    return target


def daily(context: Context) -> Path | None:
    """The copy of the day, if there is none yet; the newest fourteen are kept.

    Raises:
        StoreError: the database is damaged.
    """
    return backup.daily(context.store, context.home / FOLDER, context.now())


def restore(restoring: Restoring, source: Path) -> Path | None:
    """Put a backup in the place of the database and say so in its log.

    Works on a database that cannot be opened any more, so it takes no `Context`.

    Returns:
        Where the replaced database was kept; None when there was none.

    Raises:
        BadInputError: the backup fails a check; nothing was replaced.
        StoreError: the database cannot be used.
    """
    from penelope_admin.services import environments, outbox

    wants_second_person = _wants_second_person(restoring)

    def prepare(candidate: Store) -> None:
        """Before anybody can see it: what waited may have been sent since, and copies may have been refreshed."""
        context = Context(candidate, restoring.clock, restoring.policy, restoring.actor, restoring.home)
        environments.doubt_all(context)
        outbox.hold_all(context, "It waited in the backup that was restored; it may have been sent since.")
        if wants_second_person:
            with candidate.writing() as connection:
                connection.execute(sa.update(schema.agency).values(second_person=True))

    now = restoring.clock.now()
    replaced = backup.restore(restoring.url, source, restoring.home / FOLDER, now, prepare)
    store = open_store(restoring.url, now)
    try:
        context = Context(store, restoring.clock, restoring.policy, restoring.actor, restoring.home)
        with store.writing() as connection:
            name = storable(source.name)
            facts = {"from": name, "replaced": replaced.name if replaced else None}
            context.record(connection, "backup.restored", name, after=facts)
        profile = agencies.find(context)
        if profile is not None:
            agencies.copy_to_settings(context, profile)
    finally:
        store.close()
    return replaced


def _wants_second_person(restoring: Restoring) -> bool:
    """Whether the database about to be replaced asks for a second person; an old backup must not take that away."""
    file = sqlite_file(restoring.url)
    if file is None or not file.exists():
        return False
    try:
        store = open_store(restoring.url, restoring.clock.now())
    except StoreError:
        return False  # it cannot be read, which is why a backup is restored
    try:
        with store.reading() as connection:
            profile = agencies.find_in(restoring.policy, connection)
            return profile is not None and profile.second_person
    except StoreError:
        return False
    finally:
        store.close()
