"""What the log says of one thing is found without reading all of it."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No entry changes."""
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
