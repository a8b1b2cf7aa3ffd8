"""How mail is paced, and how an issue begins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "issue_starts",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("audience", sa.String(10), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("permanent", sa.Integer(), nullable=False),
        sa.Column("our_fault", sa.Integer(), nullable=False),
        sa.Column("deferred", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_starts_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "audience", name=op.f("pk_issue_starts")),
    )
    op.create_table(
        "issue_pauses",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_at", utc, nullable=False),
        sa.Column("answered_at", utc, nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_pauses_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "cause", name=op.f("pk_issue_pauses")),
    )
    op.create_table(
        "relay_days",
        sa.Column("relay", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "day", name=op.f("pk_relay_days")),
    )
