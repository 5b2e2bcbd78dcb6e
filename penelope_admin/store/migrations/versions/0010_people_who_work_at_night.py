"""Whether people of the agency work around the clock, and so through upgrades."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From agencies of which nobody said so."""
    op.add_column("agency", sa.Column("around_the_clock", sa.Boolean(), server_default=sa.false(), nullable=False))
