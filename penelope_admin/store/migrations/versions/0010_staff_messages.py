"""A message in the outbox can be a notice to the staff about an upgrade window, which goes to several addresses."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "staff_messages"
down_revision = "recurring"

_TABLE, _OLD = "outgoing_message", "outgoing_message_of_requests"
_BELONGS = "(request_id IS NULL) = (window_key IS NOT NULL)"


def upgrade() -> None:
    """All that there are belong to requests."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
    else:
        op.alter_column(_TABLE, "request_id", nullable=True)
        op.alter_column(_TABLE, "recipient", type_=sa.Text())
        op.add_column(_TABLE, sa.Column("window_key", sa.String(length=40), nullable=True))
        op.create_check_constraint(op.f("ck_outgoing_message_belongs"), _TABLE, _BELONGS)
    _add_index("ix_outgoing_message_one_to_the_staff", "window_key")


def _add_index(name: str, column: str) -> None:
    active = sa.text("state IN ('waiting', 'sending')")
    op.create_index(name, _TABLE, [column], unique=True, sqlite_where=active, postgresql_where=active)


def _make_anew() -> None:
    """SQLite lets no column become one that may be empty."""
    for index in ("ix_outgoing_message_one_at_a_time", "ix_outgoing_message_state"):
        op.drop_index(index, _TABLE)
    op.rename_table(_TABLE, _OLD)
    columns = (
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", Instant, nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("claimed_by", sa.String(length=120), nullable=True),
        sa.Column("claimed_until", Instant, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
    )
    kept = ", ".join(f'"{column.name}"' for column in columns)
    op.create_table(
        _TABLE,
        *columns,
        sa.Column("window_key", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'sending') = (claimed_by IS NOT NULL)", name=op.f("ck_outgoing_message_claim")),
        sa.CheckConstraint(_BELONGS, name=op.f("ck_outgoing_message_belongs")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_outgoing_message_request_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_message_id")),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO {_TABLE} ({kept}) SELECT {kept} FROM {_OLD}")  # noqa: S608 - names of ours
    op.drop_table(_OLD)
    _add_index("ix_outgoing_message_one_at_a_time", "request_id")
    op.create_index(op.f("ix_outgoing_message_state"), _TABLE, ["state"], unique=False)
