"""Requests of every kind, the outbox, watched replies and Support's holidays."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import continue_numbers
from penelope_admin.store.schema import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "('refresh', 'feature-change', 'missing-notice', 'question', 'defect', 'scheduled-call', 'critical')"
STATES = "('drafted', 'queued', 'sent', 'acknowledged', 'answered', 'scheduled', 'done', 'cancelled')"


def upgrade() -> None:
    """From refresh requests that people send themselves."""
    _add_mail_settings()
    _make_requests_anew()
    _add_outbox()
    _add_replies()
    op.create_table(
        "holiday",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("origin", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("team", "day", name=op.f("pk_holiday")),
    )


def _add_mail_settings() -> None:
    texts = {
        "telephone": (60, ""),
        "delivery": (20, "mail-program"),
        "smtp_host": (255, ""),
        "smtp_port": (0, "587"),
        "smtp_security": (10, "starttls"),
        "smtp_user": (300, ""),
        "imap_host": (255, ""),
        "imap_port": (0, "993"),
        "imap_security": (10, "tls"),
        "imap_user": (300, ""),
        "imap_folder": (300, "INBOX"),
    }
    for name, (length, default) in texts.items():
        kind = sa.String(length=length) if length else sa.Integer()
        op.add_column("agency", sa.Column(name, kind, server_default=default, nullable=False))


def _make_requests_anew() -> None:
    """SQLite cannot change constraints, so the requests are set aside while their tables are made anew."""
    for table in ("request", "request_feature", "request_step"):
        op.execute(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608 - our own names
    for table in ("request_feature", "request_step", "request"):
        op.drop_table(table)
    _create_request()
    _create_request_parts()
    shared = "id, kind, environment, status, reason, earliest, latest, case_number, scheduled_for, created_at, version"
    columns = {
        "request": shared,
        "request_feature": "request_id, feature",
        "request_step": "id, request_id, at, status, by, remark",
    }
    for table, names in columns.items():
        quoted = ", ".join(f'"{name}"' for name in names.split(", "))
        op.execute(f"INSERT INTO {table} ({quoted}) SELECT {quoted} FROM kept_{table}")  # noqa: S608
        op.execute(f"DROP TABLE kept_{table}")
    for table in ("request", "request_step"):
        continue_numbers(op.get_bind(), table)


def _create_request() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("environment", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
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
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_request_kind")),
        sa.CheckConstraint(
            "kind NOT IN ('refresh', 'feature-change') OR (environment IS NOT NULL AND environment <> 'production')",
            name=op.f("ck_request_target"),
        ),
        sa.CheckConstraint(f"status IN {STATES}", name=op.f("ck_request_status")),
        sa.CheckConstraint("(kind = 'feature-change') = (change IS NOT NULL)", name=op.f("ck_request_change")),
        sa.CheckConstraint("(defect_number IS NULL) = (defect_severity IS NULL)", name=op.f("ck_request_defect")),
        sa.CheckConstraint("defect_severity IN ('S1', 'S2', 'S3', 'S4')", name=op.f("ck_request_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_request_status"), "request", ["status"], unique=False)


def _create_request_parts() -> None:
    op.create_table(
        "request_feature",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.CheckConstraint("lower(feature) NOT IN ('clientconnect', 'engage')", name=op.f("ck_request_feature_locked")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_feature_request_id")),
        sa.PrimaryKeyConstraint("request_id", "feature", name=op.f("pk_request_feature")),
    )
    own_columns = {
        "request_step": [
            sa.Column("status", sa.String(length=20), nullable=False),
            sa.Column("remark", sa.Text(), server_default="", nullable=False),
        ],
        "request_remark": [sa.Column("text", sa.Text(), nullable=False)],
    }
    for name, columns in own_columns.items():
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("request_id", sa.Integer(), nullable=False),
            sa.Column("at", Instant, nullable=False),
            sa.Column("by", sa.String(length=120), nullable=False),
            *columns,
            sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f(f"fk_{name}_request_id")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_request_id"), name, ["request_id"], unique=False)


def _add_outbox() -> None:
    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("recipient", sa.String(length=300), nullable=False),
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
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')", name=op.f("ck_outgoing_message_state")
        ),
        sa.CheckConstraint("(state = 'sending') = (claimed_by IS NOT NULL)", name=op.f("ck_outgoing_message_claim")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_outgoing_message_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outgoing_message_state"), "outgoing_message", ["state"], unique=False)
    active = sa.text("state IN ('waiting', 'sending')")
    op.create_index(
        "ix_outgoing_message_one_at_a_time",
        "outgoing_message",
        ["request_id"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )


def _add_replies() -> None:
    op.create_table(
        "mail_watch",
        sa.Column("folder", sa.String(length=900), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_mail_watch")),
    )
    op.create_table(
        "reply_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.String(length=60), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('open', 'taken', 'dismissed')", name=op.f("ck_reply_offer_state")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_reply_offer_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_offer")),
        sa.UniqueConstraint("request_id", "case_number", name=op.f("uq_reply_offer_request_id")),
    )
