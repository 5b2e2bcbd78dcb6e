"""The first schema, and the triggers that keep the activity log and the events append-only."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import AUDIT_TRIGGERS, EVENT_TRIGGERS
from penelope_admin.store.schema import Instant

revision = "first_schema_7295a258"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    _add_agency()
    _add_copies()
    _add_requests()
    _add_mail()
    _add_projects()
    _add_plans()
    _add_told()
    _add_log()
    dialect = op.get_bind().dialect.name
    for trigger in (*AUDIT_TRIGGERS[dialect], *EVENT_TRIGGERS[dialect]):
        op.execute(trigger)


def _add_agency() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("support_address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("own_address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("portal_url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("telephone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("delivery", sa.String(length=20), server_default="mail-program", nullable=False),
        sa.Column("smtp_host", sa.String(length=255), server_default="", nullable=False),
        sa.Column("smtp_port", sa.Integer(), server_default="587", nullable=False),
        sa.Column("smtp_security", sa.String(length=10), server_default="starttls", nullable=False),
        sa.Column("smtp_user", sa.String(length=300), server_default="", nullable=False),
        sa.Column("imap_host", sa.String(length=255), server_default="", nullable=False),
        sa.Column("imap_port", sa.Integer(), server_default="993", nullable=False),
        sa.Column("imap_security", sa.String(length=10), server_default="tls", nullable=False),
        sa.Column("imap_user", sa.String(length=300), server_default="", nullable=False),
        sa.Column("imap_folder", sa.String(length=300), server_default="INBOX", nullable=False),
        sa.Column("second_person", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("support_package", sa.String(length=10), server_default="unknown", nullable=False),
        sa.Column("release_notes_url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("own_mail", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("store_id", sa.String(length=36), nullable=True, index=True, unique=True),
        sa.Column("facts_as_of", Instant, nullable=True),
        sa.Column("facts_from", sa.String(length=36), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_agency_single")),
    )
    op.create_table(
        "environment",
        sa.Column("key", sa.String(length=40), primary_key=True),
        sa.Column("ours", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "holiday",
        sa.Column("team", sa.String(length=40), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("origin", sa.String(length=300), server_default="", nullable=False),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_at", Instant, nullable=False, index=True),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("version", sa.String(length=60), nullable=True),
        sa.Column("origin", sa.String(length=300), server_default="", nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("downtime", sa.Integer(), nullable=True),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("uid", sa.String(length=36), nullable=True, index=True, unique=True),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_notice_span")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=120), nullable=False, unique=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "version_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version", sa.String(length=60), nullable=False, unique=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
    )


def _add_copies() -> None:
    op.create_table(
        "environment_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("version", sa.String(length=60), nullable=True),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("window", Instant, nullable=True),
        sa.Column("feature", sa.String(length=80), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint("(kind = 'corrected') = (corrects IS NOT NULL)", name=op.f("ck_environment_event_corrects")),
        sa.CheckConstraint(
            "(kind IN ('switched', 'seen', 'doubted', 'locked-on')) = (feature IS NOT NULL)",
            name=op.f("ck_environment_event_feature"),
        ),
        sa.CheckConstraint(
            "feature IS NULL OR coalesce(outcome, kind) IN ('off', 'doubted', 'locked-on') OR "
            "lower(feature) NOT IN ('clientconnect', 'engage')",
            name=op.f("ck_environment_event_locked"),
        ),
        sa.ForeignKeyConstraint(["corrects"], ["environment_event.id"], name=op.f("fk_environment_event_corrects")),
        sa.UniqueConstraint("corrects", name=op.f("uq_environment_event_corrects")),
    )
    op.create_index(
        "ix_environment_event_environment_kind_at", "environment_event", ["environment", "kind", "at"], unique=False
    )
    op.create_table(
        "feature_loss",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("environment_event.id"), primary_key=True),
        sa.Column("feature", sa.String(length=80), primary_key=True),
        sa.Column("was", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name=op.f("ck_feature_loss_locked")),
    )
    op.create_table(
        "proof",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["environment_event.id"], name=op.f("fk_proof_event_id")),
        sa.UniqueConstraint("event_id", name=op.f("uq_proof_event_id")),
    )
    op.create_table(
        "check_answer",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("environment_event.id"), nullable=False, index=True),
        sa.Column("effect", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("proof_id", sa.Integer(), sa.ForeignKey("proof.id"), nullable=True),
        sa.Column("raised", sa.Integer(), sa.ForeignKey("environment_event.id"), nullable=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("(file_name IS NULL) = (file_sha256 IS NULL)", name=op.f("ck_check_answer_file")),
    )
    op.create_table(
        "feature_state",
        sa.Column("environment", sa.String(length=40), primary_key=True),
        sa.Column("feature", sa.String(length=80), primary_key=True),
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
        sa.Column("pending_by", sa.String(length=120), nullable=True),
        sa.Column("pending_approved_by", sa.String(length=120), nullable=True),
        sa.Column("pending_queue_empty", sa.Boolean(), nullable=True),
        sa.Column("seen_at", Instant, nullable=True),
        sa.Column("only_seen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "lower(feature) NOT IN ('clientconnect', 'engage') OR (state = 'off' AND pending_change IS NULL)",
            name=op.f("ck_feature_state_locked"),
        ),
    )


def _add_requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("environment", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False, index=True),
        sa.Column("title", sa.String(length=300), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("change", sa.String(length=10), nullable=True),
        sa.Column("upgrade_day", sa.Date(), nullable=True),
        sa.Column("product_version", sa.String(length=60), nullable=True),
        sa.Column("characteristics", sa.String(length=60), nullable=True),
        sa.Column("began_at", Instant, nullable=True),
        sa.Column("via", sa.String(length=20), nullable=True),
        sa.Column("case_number", sa.String(length=60), nullable=True),
        sa.Column("scheduled_for", sa.Date(), nullable=True),
        sa.Column("defect_number", sa.String(length=60), nullable=True),
        sa.Column("defect_severity", sa.String(length=2), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("acknowledged_real", sa.Boolean(), nullable=True),
        sa.Column("queue_empty", sa.Boolean(), nullable=True),
        sa.Column("uid", sa.String(length=36), nullable=True, index=True, unique=True),
        sa.CheckConstraint("(kind = 'feature-change') = (change IS NOT NULL)", name=op.f("ck_request_change")),
        sa.CheckConstraint(
            "kind NOT IN ('refresh', 'feature-change') OR (environment IS NOT NULL AND environment <> 'production')",
            name=op.f("ck_request_target"),
        ),
        sa.CheckConstraint("(defect_number IS NULL) = (defect_severity IS NULL)", name=op.f("ck_request_defect")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "request_feature",
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("feature", sa.String(length=80), primary_key=True),
        sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name=op.f("ck_request_feature_locked")),
    )
    op.create_table(
        "request_step",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("request.id"), nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
    )
    op.create_table(
        "request_remark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("request.id"), nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "refresh_doubt",
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
    )


def _add_mail() -> None:
    op.create_table(
        "outgoing_message",
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
        sa.Column("window_key", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'sending') = (claimed_by IS NOT NULL)", name=op.f("ck_outgoing_message_claim")),
        sa.CheckConstraint("(request_id IS NULL) = (window_key IS NOT NULL)", name=op.f("ck_outgoing_message_belongs")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_outgoing_message_request_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_message_id")),
        sqlite_autoincrement=True,
    )
    active = sa.text("state IN ('waiting', 'sending')")
    for name, column in (("one_at_a_time", "request_id"), ("one_to_the_staff", "window_key")):
        op.create_index(
            f"ix_outgoing_message_{name}",
            "outgoing_message",
            [column],
            unique=True,
            sqlite_where=active,
            postgresql_where=active,
        )
    op.create_index(op.f("ix_outgoing_message_state"), "outgoing_message", ["state"], unique=False)
    op.create_table(
        "mail_watch",
        sa.Column("folder", sa.String(length=900), primary_key=True),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", Instant, nullable=False),
    )
    op.create_table(
        "reply_offer",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.String(length=60), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_reply_offer_request_id")),
        sa.UniqueConstraint("request_id", "case_number", name=op.f("uq_reply_offer_request_id")),
    )


def _add_projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("refresh_by", sa.Date(), nullable=True),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("request.id"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=True, index=True, unique=True),
        sa.Column("recurs", sa.String(length=30), nullable=True),
        sa.CheckConstraint("environment <> 'production'", name=op.f("ck_project_target")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_project_span")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "project_feature",
        sa.Column("project_id", sa.Integer(), sa.ForeignKey("project.id"), primary_key=True),
        sa.Column("feature", sa.String(length=80), primary_key=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name=op.f("ck_project_feature_locked")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_project_feature_span")),
    )


def _add_plans() -> None:
    op.create_table(
        "plan_base",
        sa.Column("uid", sa.String(length=36), primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "plan_import",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("taken_back_at", Instant, nullable=True),
        sqlite_autoincrement=True,
    )


def _add_told() -> None:
    op.create_table(
        "reminder_told",
        sa.Column("key", sa.String(length=200), primary_key=True),
        sa.Column("by", sa.String(length=120), primary_key=True),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "published",
        sa.Column("uid", sa.String(length=200), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _add_log() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False, index=True),
        sa.Column("subject", sa.String(length=200), nullable=False, index=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.Text(), nullable=True),
    )
