"""Bounces and complaints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _reports()
    _forwards()
    op.create_table(
        "feedback_pauses",
        sa.Column("relay", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("until", digest.store.schema.Utc(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "domain", name=op.f("pk_feedback_pauses")),
    )


def _reports() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feedback_reports",
        sa.Column("id", number, nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("proof", sa.String(length=20), nullable=False),
        sa.Column("subscriber_id", number, nullable=True),
        sa.Column("issue_id", number, nullable=True),
        sa.Column("relay", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("decided_at", utc, nullable=True),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_feedback_reports_issue_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_feedback_reports_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_reports")),
        sa.UniqueConstraint("identity", name=op.f("uq_feedback_reports_identity")),
    )
    with op.batch_alter_table("feedback_reports", schema=None) as batch_op:
        for name, columns in (
            ("subscriber_id", ["subscriber_id", "at"]),
            ("issue_id", ["issue_id", "sort"]),
            ("at", ["at"]),
        ):
            batch_op.create_index(f"ix_feedback_reports_{name}", columns, unique=False)
        batch_op.create_index(
            "ix_feedback_reports_undecided",
            ["id"],
            unique=False,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )


def _forwards() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feedback_forwards",
        sa.Column("id", number, nullable=False),
        sa.Column("report_id", number, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", utc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", utc, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["feedback_reports.id"], name=op.f("fk_feedback_forwards_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_forwards")),
        sa.UniqueConstraint("report_id", name=op.f("uq_feedback_forwards_report_id")),
    )
    with op.batch_alter_table("feedback_forwards", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feedback_forwards_next_attempt_at"), ["next_attempt_at"], unique=False
        )
