"""Opens the database and brings it to the newest revision."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from penelope_admin.errors import StoreError
from penelope_admin.invocation import command
from penelope_admin.store import backup, dialects, schema
from penelope_admin.store.engine import Address, Store, open_as_it_is


def open_store(url: Address, now: datetime, backup_folder: Path | None = None, *, for_training: bool = False) -> Store:
    """Open the database and bring it to the newest revision; a copy of one that holds something is kept first.

    Args:
        now: for the copy's name.
        backup_folder: where the copy goes; None keeps none (for servers, which have their own backups).
        for_training: it holds the invented agency of training; a new one gets that mark.

    Raises:
        StoreError: locked, read-only, corrupt, newer than the program, no space, or an agency's own where one of
            training is wanted, or the other way round.
    """
    store, revision, is_for_training = open_as_it_is(url)
    store.for_training = for_training
    with store.closed_on_failure():
        # A new one gets its mark before anything else is in it.
        if revision is None and for_training:
            with store.writing() as connection:
                dialects.mark_for_training(connection)
        elif is_for_training != for_training:
            raise _wrong_mark(store, for_training)
        if revision == schema.REVISION:
            return store
        from penelope_admin.store import migrate  # 130 ms of Alembic, and most starts find nothing to migrate

        if revision is not None:
            migrate.check_known(revision)
            if backup_folder is not None and store.file is not None:
                backup.keep(store, backup_folder, now, "before-migration")
        migrate.upgrade(store)
    return store


def _wrong_mark(store: Store, for_training: bool) -> StoreError:
    """What to say: practice never works on an agency's own database, and nothing real is done with an invented one."""
    if for_training:
        return StoreError(
            f"The database {store.file} is not one of training. It was left as it is: nothing real is opened here. "
            "Move it to where it belongs, then try again."
        )
    return StoreError(
        f"The database {store.file} holds the practice agency, in which nothing is real. It was left as it is. "
        f"To open it: {command('training')}. To work with your own agency, choose another one."
    )
