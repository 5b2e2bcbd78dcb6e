"""A planning copy knows when, and from which database, what it holds of the agency was taken along."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "planning_copy"
down_revision = "reminders"


def upgrade() -> None:
    """No database is one yet."""
    op.add_column("agency", sa.Column("facts_as_of", Instant, nullable=True))
    op.add_column("agency", sa.Column("facts_from", sa.String(length=36), nullable=True))
