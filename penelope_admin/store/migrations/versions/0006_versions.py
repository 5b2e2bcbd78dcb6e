"""Emergency maintenance has a reason, versions have notes, and the agency says when a missing notice is told."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "versions"
down_revision = "project_reasons"


def upgrade() -> None:
    """What was recorded before has neither."""
    op.add_column("notice", sa.Column("reason", sa.String(length=300), server_default="", nullable=False))
    op.add_column("agency", sa.Column("notice_days", sa.Integer(), nullable=True))
    op.create_table(
        "version_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version", sa.String(length=60), nullable=False, unique=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
    )
