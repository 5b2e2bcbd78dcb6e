"""An agency may have several sites, each with its own clock."""

import sqlalchemy as sa
from alembic import op

revision = "sites"
down_revision = "versions"


def upgrade() -> None:
    """None are known yet."""
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=120), nullable=False, unique=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
