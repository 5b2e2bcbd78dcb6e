"""The first tables, and the triggers that keep the activity log append-only."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import AUDIT_TRIGGERS
from penelope_admin.store.schema import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From nothing to the first release."""
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("support_address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("own_address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("portal_url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_agency_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "environment",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_environment")),
    )
    op.create_table(
        "environment_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("version", sa.String(length=60), nullable=True),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.CheckConstraint("(kind = 'corrected') = (corrects IS NOT NULL)", name=op.f("ck_environment_event_corrects")),
        sa.CheckConstraint("kind IN ('refreshed', 'upgraded', 'corrected')", name=op.f("ck_environment_event_kind")),
        sa.ForeignKeyConstraint(["corrects"], ["environment_event.id"], name=op.f("fk_environment_event_corrects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment_event")),
        sa.UniqueConstraint("corrects", name=op.f("uq_environment_event_corrects")),
    )
    op.create_index(op.f("ix_environment_event_environment"), "environment_event", ["environment"], unique=False)
    op.create_table(
        "feature_state",
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pending_change", sa.String(length=10), nullable=True),
        sa.Column("pending_reason", sa.String(length=300), nullable=True),
        sa.Column("pending_until", sa.Date(), nullable=True),
        sa.Column("pending_acknowledged_real", sa.Boolean(), nullable=True),
        sa.Column("since", Instant, nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "lower(feature) NOT IN ('clientconnect', 'engage') OR (state = 'off' AND pending_change IS NULL)",
            name=op.f("ck_feature_state_locked"),
        ),
        sa.CheckConstraint("pending_change IN ('enable', 'disable')", name=op.f("ck_feature_state_pending")),
        sa.CheckConstraint("state IN ('on', 'off', 'unknown')", name=op.f("ck_feature_state_state")),
        sa.PrimaryKeyConstraint("environment", "feature", name=op.f("pk_feature_state")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("version", sa.String(length=60), nullable=True),
        sa.Column("origin", sa.String(length=300), server_default="", nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind IN ('announced', 'emergency')", name=op.f("ck_notice_kind")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_notice_span")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_starts_at"), "notice", ["starts_at"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("case_number", sa.String(length=60), nullable=True),
        sa.Column("scheduled_for", sa.Date(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("environment <> 'production'", name=op.f("ck_request_target")),
        sa.CheckConstraint(
            "status IN ('drafted', 'sent', 'acknowledged', 'scheduled', 'done', 'cancelled')",
            name=op.f("ck_request_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_request_status"), "request", ["status"], unique=False)
    op.create_table(
        "request_feature",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name=op.f("ck_request_feature_locked")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_feature_request_id")),
        sa.PrimaryKeyConstraint("request_id", "feature", name=op.f("pk_request_feature")),
    )
    op.create_table(
        "request_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
    )
    op.create_index(op.f("ix_request_step_request_id"), "request_step", ["request_id"], unique=False)
    for statement in AUDIT_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
