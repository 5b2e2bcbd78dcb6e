"""The agency's own mail domains and test mailboxes, by which a check of data tells them from people's."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From agencies that named none."""
    op.add_column("agency", sa.Column("own_mail", sa.String(length=1000), server_default="", nullable=False))
