"""Brings a database to the newest revision. Imported only when there is something to migrate."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from penelope_admin.errors import StoreError
from penelope_admin.store.engine import Store

_FOLDER = Path(__file__).parent / "migrations"


def configuration(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings: our migrations, on a connection that is in a transaction."""
    config = Config()
    # Alembic reads settings with "%" as a sign of its own.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def check_known(revision: str) -> None:
    """Refuse a database that another program made: a newer one, or one from before the first release.

    Raises:
        StoreError: its revision is none of ours.
    """
    revisions = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision not in revisions:
        raise StoreError(
            f"The database was made by a version of Penelope Admin that this one does not know (revision {revision}): "
            "a newer one, or one from before 0.1.0. It was left as it is. Use that version, or choose another data "
            "folder with --home."
        )


def upgrade(store: Store, to: str = "head") -> None:
    """Migrate in one transaction, so that a failure leaves the database as it was.

    Two programs that start at once queue up; the second finds nothing left to do.

    Raises:
        StoreError: the database is newer than the program, or cannot be used.
    """
    with store.writing() as connection:
        command.upgrade(configuration(connection), to)
