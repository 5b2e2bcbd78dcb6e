"""What was written into calendar files is kept, so that those who have them learn what changed."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "published"
down_revision = "sites"


def upgrade() -> None:
    """Nothing was written yet."""
    op.create_table(
        "published",
        sa.Column("uid", sa.String(length=200), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
