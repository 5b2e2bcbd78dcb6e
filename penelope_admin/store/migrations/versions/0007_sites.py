"""An agency may have several sites, each with its own clock."""

import sqlalchemy as sa
from alembic import op

revision = "sites"
down_revision = "versions"


def upgrade() -> None:
    """None are known yet."""
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("name", name=op.f("uq_site_name")),
        sqlite_autoincrement=True,
    )
