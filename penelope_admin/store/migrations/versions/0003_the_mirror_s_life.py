"""More kinds of events, the check-list after an upgrade, proofs from data, approvals and projects."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import continue_numbers
from penelope_admin.store.schema import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = (
    "('refreshed', 'upgraded', 'script-run', 'restored', 'checked', 'switched', 'not-upgraded',"
    " 'upgrade-unknown', 'corrected')"
)
LOCKED = "lower(feature) NOT IN ('clientconnect', 'engage')"


def upgrade() -> None:
    """From refreshes, upgrades and corrections alone."""
    op.add_column("agency", sa.Column("second_person", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("feature_state", sa.Column("pending_by", sa.String(length=120), nullable=True))
    op.add_column("feature_state", sa.Column("pending_approved_by", sa.String(length=120), nullable=True))
    op.add_column("request", sa.Column("acknowledged_real", sa.Boolean(), nullable=True))
    _make_events_anew()
    _add_check_lists()
    _add_projects()


def _make_events_anew() -> None:
    """SQLite cannot change constraints, so the events are set aside while their table is made anew."""
    op.execute("CREATE TEMPORARY TABLE kept_event AS SELECT * FROM environment_event")
    op.drop_table("environment_event")
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
        sa.Column("window", Instant, nullable=True),
        sa.Column("feature", sa.String(length=80), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_environment_event_kind")),
        sa.CheckConstraint("(kind = 'corrected') = (corrects IS NOT NULL)", name=op.f("ck_environment_event_corrects")),
        sa.CheckConstraint("(kind = 'switched') = (feature IS NOT NULL)", name=op.f("ck_environment_event_feature")),
        sa.CheckConstraint(
            "(kind = 'script-run' AND coalesce(outcome, '') IN ('unchanged', 'unknown', 'de-identified'))"
            " OR (kind = 'checked' AND coalesce(outcome, '') IN ('real', 'de-identified', 'cannot-tell'))"
            " OR (kind = 'switched' AND coalesce(outcome, '') IN ('on', 'off'))"
            " OR (kind NOT IN ('script-run', 'checked', 'switched') AND outcome IS NULL)",
            name=op.f("ck_environment_event_outcome"),
        ),
        sa.CheckConstraint(
            f"feature IS NULL OR coalesce(outcome, '') = 'off' OR {LOCKED}", name=op.f("ck_environment_event_locked")
        ),
        sa.ForeignKeyConstraint(["corrects"], ["environment_event.id"], name=op.f("fk_environment_event_corrects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment_event")),
        sa.UniqueConstraint("corrects", name=op.f("uq_environment_event_corrects")),
    )
    names = 'id, environment, kind, "at", version, remark, recorded_at, "by", corrects'
    op.execute(f"INSERT INTO environment_event ({names}) SELECT {names} FROM kept_event ORDER BY id")  # noqa: S608
    op.execute("DROP TABLE kept_event")
    op.create_index(op.f("ix_environment_event_environment"), "environment_event", ["environment"], unique=False)
    continue_numbers(op.get_bind(), "environment_event")
    op.create_table(
        "feature_loss",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.Column("was", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("was IN ('on', 'planned')", name=op.f("ck_feature_loss_was")),
        sa.CheckConstraint(LOCKED, name=op.f("ck_feature_loss_locked")),
        sa.ForeignKeyConstraint(["event_id"], ["environment_event.id"], name=op.f("fk_feature_loss_event_id")),
        sa.PrimaryKeyConstraint("event_id", "feature", name=op.f("pk_feature_loss")),
    )


def _add_check_lists() -> None:
    op.create_table(
        "proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.CheckConstraint("verdict IN ('real', 'de-identified', 'cannot-tell')", name=op.f("ck_proof_verdict")),
        sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f("ck_proof_confidence")),
        sa.ForeignKeyConstraint(["event_id"], ["environment_event.id"], name=op.f("fk_proof_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("event_id", name=op.f("uq_proof_event_id")),
    )
    op.create_table(
        "check_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("proof_id", sa.Integer(), nullable=True),
        sa.Column("raised", sa.Integer(), nullable=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("result IN ('pass', 'fail', 'cannot-tell')", name=op.f("ck_check_answer_result")),
        sa.CheckConstraint("(file_name IS NULL) = (file_sha256 IS NULL)", name=op.f("ck_check_answer_file")),
        sa.ForeignKeyConstraint(["event_id"], ["environment_event.id"], name=op.f("fk_check_answer_event_id")),
        sa.ForeignKeyConstraint(["proof_id"], ["proof.id"], name=op.f("fk_check_answer_proof_id")),
        sa.ForeignKeyConstraint(["raised"], ["environment_event.id"], name=op.f("fk_check_answer_raised")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_answer")),
    )
    op.create_index(op.f("ix_check_answer_event_id"), "check_answer", ["event_id"], unique=False)


def _add_projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("refresh_by", sa.Date(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('planned', 'started', 'ended', 'cancelled')", name=op.f("ck_project_state")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_project_span")),
        sa.CheckConstraint("environment <> 'production'", name=op.f("ck_project_target")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_project_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "project_feature",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_project_feature_span")),
        sa.CheckConstraint(LOCKED, name=op.f("ck_project_feature_locked")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_feature_project_id")),
        sa.PrimaryKeyConstraint("project_id", "feature", name=op.f("pk_project_feature")),
    )
