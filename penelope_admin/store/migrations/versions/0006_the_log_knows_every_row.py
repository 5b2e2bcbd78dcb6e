"""The log keeps what each deed made of its rows, and events can no longer be changed or taken out."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import EVENT_TRIGGERS

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From a log that speaks of rows in words only."""
    op.add_column("audit_entry", sa.Column("changed", sa.Text(), nullable=True))
    op.drop_index("ix_environment_event_environment", "environment_event")
    op.create_index(
        "ix_environment_event_environment_kind_at", "environment_event", ["environment", "kind", "at"], unique=False
    )
    for trigger in EVENT_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(trigger)
