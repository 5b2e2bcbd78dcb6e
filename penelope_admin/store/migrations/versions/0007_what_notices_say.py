"""The outage a notice names, and the earlier notice it replaces."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From notices that stand each for itself."""
    op.add_column("notice", sa.Column("downtime", sa.Integer(), nullable=True))
    op.add_column("notice", sa.Column("replaces", sa.Integer(), nullable=True))
