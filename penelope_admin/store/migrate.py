"""Brings a database to the newest revision. Imported only when there is something to migrate."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from penelope_admin.errors import StoreError
from penelope_admin.store import audit, backup, replay, rows, schema
from penelope_admin.store.engine import Store, revision_of

PROGRAM = "Penelope Admin"
"""Who the log names for what nobody asked for."""
_AT_ONCE = 500
_FOLDER = Path(__file__).parent / "migrations"


def configuration(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings: our migrations, on a connection that is in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def check_known(revision: str) -> None:
    """Refuse a database that a newer program made.

    Raises:
        StoreError: its revision is none of ours.
    """
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision not in known:
        raise StoreError(
            f"The database was made by a newer version of Penelope Admin (revision {revision}). It was left as it is. "
            "Update this program, or choose another data folder with --home."
        )


def upgrade(store: Store, now: datetime, backup_folder: Path | None, to: str = "head") -> None:
    """Migrate in one transaction, so that a failure leaves the database as it was.

    A copy of a database that holds something is kept first. Two programs that start at once queue up;
    the second finds nothing left to do.

    Raises:
        StoreError: the database is newer than the program, or cannot be used.
    """
    with store.reading() as connection:
        revision = revision_of(connection)
    if revision is not None:
        check_known(revision)
    if revision is not None and backup_folder is not None and store.file is not None:
        backup.keep(store, backup_folder, now, "before-migration")
    with store.writing() as connection:
        command.upgrade(configuration(connection), to)
        if to == "head":
            _note_rows(connection, now)


def _note_rows(connection: sa.Connection, now: datetime) -> None:
    """Have a log that an earlier release made say once what every row is, so that later changes can be told.

    Not where it says so already: whatever was changed behind the program's back would be taken for right.

    Raises:
        DamagedError: a row cannot be read.
    """
    log = schema.audit_entry
    if connection.execute(sa.select(log.c.seq).where(log.c.changed.is_not(None)).limit(1)).first() is not None:
        return
    for table in replay.TABLES:
        stored = list(rows.read(connection, table))
        if (problem := next((problem for row in stored for problem in row.problems), None)) is not None:
            raise problem
        for first in range(0, len(stored), _AT_ONCE):
            part = {row.key: replay.image(table, row.values) for row in stored[first : first + _AT_ONCE]}
            facts = {"table": table.name, "rows": len(part)}
            audit.append(
                connection, at=now, who=PROGRAM, action="log.rows-noted", subject=table.name, after=facts,
                changed={table.name: dict(part)},
            )  # fmt: skip
