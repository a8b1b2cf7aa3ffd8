"""Whole texts of articles of which feeds have summaries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "source_pages",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tried_at", digest.store.schema.Utc(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_source_pages")),
    )
