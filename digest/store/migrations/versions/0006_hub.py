"""WebSub and polls of feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _telling_hubs()
    _our_hub()
    op.create_table(
        "feed_polls",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "document", "program", "mark", name=op.f("pk_feed_polls")),
    )
    _private_feeds()


def _telling_hubs() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    op.create_table(
        "hub_topics",
        sa.Column("topic", sa.String(length=1000), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("changed_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_hub_topics")),
    )
    op.create_table(
        "hub_pings",
        sa.Column("hub", sa.String(length=1000), nullable=False),
        sa.Column("topic", sa.String(length=1000), nullable=False),
        sa.Column("changed_at", utc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", utc, nullable=True),
        sa.Column("tried_at", utc, nullable=True),
        sa.Column("told_at", utc, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hub", "topic", name=op.f("pk_hub_pings")),
    )
    with op.batch_alter_table("hub_pings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hub_pings_due",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        )


def _our_hub() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "hub_requests",
        sa.Column("id", number, nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=1000), nullable=False),
        sa.Column("callback", sa.String(length=1000), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", utc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", utc, nullable=False),
        sa.CheckConstraint(
            "mode IN ('subscribe', 'unsubscribe', 'denied')", name=op.f("ck_hub_requests_mode")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_requests")),
        sa.UniqueConstraint("topic", "callback", name=op.f("uq_hub_requests_topic_callback")),
    )
    with op.batch_alter_table("hub_requests", schema=None) as batch_op:
        for name in ("network", "next_attempt_at", "site"):
            batch_op.create_index(batch_op.f(f"ix_hub_requests_{name}"), [name], unique=False)
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", number, nullable=False),
        sa.Column("topic", sa.String(length=1000), nullable=False),
        sa.Column("callback", sa.String(length=1000), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("verified_at", utc, nullable=False),
        sa.Column("expires_at", utc, nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("delivered_at", utc, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", utc, nullable=True),
        sa.Column("next_attempt_at", utc, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_subscriptions")),
        sa.UniqueConstraint("topic", "callback", name=op.f("uq_hub_subscriptions_topic_callback")),
    )
    with op.batch_alter_table("hub_subscriptions", schema=None) as batch_op:
        for name in ("expires_at", "site"):
            batch_op.create_index(batch_op.f(f"ix_hub_subscriptions_{name}"), [name], unique=False)
        batch_op.create_index(
            "ix_hub_subscriptions_due",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        )


def _private_feeds() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "private_feeds",
        sa.Column("subscription_id", number, nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("renewed_at", digest.store.schema.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_private_feeds_subscription_id")
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_private_feeds")),
    )
