"""The address of the vendor's release notes, which the agency keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From agencies that keep no such address."""
    op.add_column("agency", sa.Column("release_notes_url", sa.String(length=500), server_default="", nullable=False))
