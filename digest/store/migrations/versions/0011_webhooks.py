"""What mail services tell by webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "webhook_requests",
        sa.Column("hook", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.PrimaryKeyConstraint("hook", "nonce", name=op.f("pk_webhook_requests")),
    )
    op.create_index(op.f("ix_webhook_requests_at"), "webhook_requests", ["at"])
    op.create_table(
        "webhook_events",
        sa.Column("hook", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("last_at", utc, nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hook", "name", name=op.f("pk_webhook_events")),
    )
    op.create_table(
        "webhook_topics",
        sa.Column("hook", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=350), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("asked_at", utc, nullable=False),
        sa.Column("confirmed_at", utc, nullable=True),
        sa.PrimaryKeyConstraint("hook", "topic", name=op.f("pk_webhook_topics")),
    )
