"""What can be planned on two machines is known by a UUID, the database by another; and what was brought in is kept."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from penelope_admin.store.schema import Instant

revision = "plans"
down_revision = "first"


def upgrade() -> None:
    """Rows that are there get theirs."""
    for table, name in (("agency", "store_id"), ("notice", "uid"), ("request", "uid"), ("project", "uid")):
        op.add_column(table, sa.Column(name, sa.String(length=36), nullable=True))
        rows = sa.table(table, sa.column("id", sa.Integer), sa.column(name, sa.String))
        connection = op.get_bind()
        for number in connection.execute(sa.select(rows.c.id)).scalars().all():
            connection.execute(sa.update(rows).where(rows.c.id == number).values({name: str(uuid4())}))
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name], unique=True)
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
