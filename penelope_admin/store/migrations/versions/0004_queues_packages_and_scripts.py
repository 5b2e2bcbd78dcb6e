"""What was seen of queues after a refresh, the support package, and requests of any kind."""

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.dialects import continue_numbers, let_references_wait
from penelope_admin.store.schema import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "('drafted', 'queued', 'sent', 'acknowledged', 'answered', 'scheduled', 'done', 'cancelled')"


def upgrade() -> None:
    """From requests whose kinds the database checked, to those that the domain alone checks."""
    package = sa.Column("support_package", sa.String(length=10), server_default="unknown", nullable=False)
    op.add_column("agency", package)
    op.add_column("feature_state", sa.Column("pending_queue_empty", sa.Boolean(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _make_requests_anew()
    else:
        op.drop_constraint(op.f("ck_request_kind"), "request", type_="check")
        op.add_column("request", sa.Column("queue_empty", sa.Boolean(), nullable=True))


def _make_requests_anew() -> None:
    """SQLite cannot drop a constraint, so the requests are set aside while their table is made anew."""
    let_references_wait(op.get_bind())
    op.execute("CREATE TEMPORARY TABLE kept_request AS SELECT * FROM request")
    op.drop_table("request")
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
        sa.Column("acknowledged_real", sa.Boolean(), nullable=True),
        sa.Column("queue_empty", sa.Boolean(), nullable=True),
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
    names = (
        "id, kind, environment, status, title, reason, earliest, latest, change, upgrade_day, product_version,"
        " characteristics, began_at, via, case_number, scheduled_for, defect_number, defect_severity, created_at,"
        " version, acknowledged_real"
    )
    op.execute(f"INSERT INTO request ({names}) SELECT {names} FROM kept_request ORDER BY id")  # noqa: S608
    op.execute("DROP TABLE kept_request")
    op.create_index(op.f("ix_request_status"), "request", ["status"], unique=False)
    continue_numbers(op.get_bind(), "request")
