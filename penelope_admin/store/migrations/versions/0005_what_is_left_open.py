"""Databases that are no longer the agency's, and due refreshes of which nobody knows whether they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Databases of which something was recorded, and that are not the agency's any more, are no longer its own."""
    op.add_column("environment", sa.Column("ours", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "refresh_doubt",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_refresh_doubt_request_id")),
        sa.PrimaryKeyConstraint("request_id", "day", name=op.f("pk_refresh_doubt")),
    )
    environment = sa.table("environment", sa.column("key", sa.String), sa.column("ours", sa.Boolean))
    state = sa.table("feature_state", sa.column("environment", sa.String))
    event = sa.table("environment_event", sa.column("environment", sa.String))
    recorded = sa.union(sa.select(state.c.environment), sa.select(event.c.environment)).subquery()
    known = sa.select(environment.c.key)
    lost = sa.select(recorded.c.environment, sa.false()).where(recorded.c.environment.not_in(known))
    op.execute(sa.insert(environment).from_select(["key", "ours"], lost))
