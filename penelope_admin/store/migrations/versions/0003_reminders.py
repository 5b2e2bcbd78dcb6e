"""What each person was reminded of already is kept."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "reminders"
down_revision = "plans"


def upgrade() -> None:
    """Nobody was reminded of anything yet."""
    op.create_table(
        "reminder_told",
        sa.Column("key", sa.String(length=200), primary_key=True),
        sa.Column("by", sa.String(length=120), primary_key=True),
        sa.Column("at", Instant, nullable=False),
    )
