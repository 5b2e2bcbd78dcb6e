"""A feature of a project can have a reason of its own."""

import sqlalchemy as sa
from alembic import op

revision = "project_reasons"
down_revision = "planning_copy"


def upgrade() -> None:
    """None has one yet: the project's name is its reason, as before."""
    op.add_column("project_feature", sa.Column("reason", sa.String(length=300), server_default="", nullable=False))
