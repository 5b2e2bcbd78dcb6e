"""A project can come again."""

import sqlalchemy as sa
from alembic import op

revision = "recurring"
down_revision = "published"


def upgrade() -> None:
    """None does yet."""
    op.add_column("project", sa.Column("recurs", sa.String(length=30), nullable=True))
