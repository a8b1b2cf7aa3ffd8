"""What a restored backup must not repeat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "journals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
    )
    op.create_table(
        "begun_issues",
        sa.Column("issue_id", number, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_begun_issues_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_begun_issues")),
    )
    op.create_table(
        "mailed_articles",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("uid", sa.String(length=700), nullable=False),
        sa.PrimaryKeyConstraint("briefing", "uid", name=op.f("pk_mailed_articles")),
    )
    op.create_table(
        "uncertain_attempts",
        sa.Column("delivery_id", number, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_uncertain_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_uncertain_attempts")),
    )
    # Who came on the do-not-mail record lately is asked twice a second while an issue is sent.
    op.create_index("ix_suppressions_at", "suppressions", ["at"])
