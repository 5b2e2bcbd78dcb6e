"""Opens the database and brings it to the newest revision."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from penelope_admin.store import backup, schema
from penelope_admin.store.engine import Address, Store, open_as_it_is


def open_store(url: Address, now: datetime, backup_folder: Path | None = None) -> Store:
    """Open the database and bring it to the newest revision; a copy of one that holds something is kept first.

    Args:
        now: for the copy's name.
        backup_folder: where the copy goes; None keeps none (for servers, which have their own backups).

    Raises:
        StoreError: locked, read-only, corrupt, newer than the program, no space.
    """
    store, revision = open_as_it_is(url)
    if revision == schema.REVISION:
        return store
    from penelope_admin.store import migrate  # 130 ms of Alembic, and most starts find nothing to migrate

    try:
        if revision is not None:
            migrate.check_known(revision)
        if revision is not None and backup_folder is not None and store.file is not None:
            backup.keep(store, backup_folder, now, "before-migration")
        migrate.upgrade(store)
    except BaseException:
        store.close()
        raise
    return store
