"""Of a feature it is known when somebody last saw that it is on or off, also where nothing changed."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "seen_at"
down_revision = "staff_messages"


def upgrade() -> None:
    """Of what was seen before only the activity log tells."""
    op.add_column("feature_state", sa.Column("seen_at", Instant, nullable=True))
