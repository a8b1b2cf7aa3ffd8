"""Upstream sources, what they named, and articles that come from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "articles",
        sa.Column("is_backfill", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "article_revisions", sa.Column("origin", sa.Text(), server_default="", nullable=False)
    )
    _source_states()
    _arrivals()


def _source_states() -> None:
    utc = digest.store.schema.Utc(timezone=True)

    def text(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text(), server_default="", nullable=False)

    def number(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer(), server_default="0", nullable=False)

    op.create_table(
        "source_states",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        text("moved_to"),
        text("etag"),
        text("last_modified"),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        text("title"),
        text("site_url"),
        sa.Column("kind", sa.String(length=40), server_default="", nullable=False),
        sa.Column("ttl_seconds", sa.Integer(), nullable=True),
        sa.Column("skip_hours", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("skip_days", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("next_poll_at", utc, nullable=True),
        sa.Column("polled_at", utc, nullable=True),
        sa.Column("succeeded_at", utc, nullable=True),
        sa.Column("news_at", utc, nullable=True),
        number("failures"),
        sa.Column("failing_since", utc, nullable=True),
        text("detail"),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gone_at", utc, nullable=True),
        number("polls"),
        number("polls_unchanged"),
        number("articles_seen"),
        number("articles_used"),
        text("hub"),
        text("topic"),
        sa.Column("callback", sa.String(length=64), server_default="", nullable=False),
        sa.Column("secret", sa.String(length=64), server_default="", nullable=False),
        sa.Column("hub_asked_at", utc, nullable=True),
        sa.Column("hub_until", utc, nullable=True),
        sa.Column("hub_next_at", utc, nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_states")),
    )
    op.create_index(
        "ix_source_states_due",
        "source_states",
        ["next_poll_at"],
        unique=False,
        sqlite_where=sa.text("next_poll_at IS NOT NULL"),
        postgresql_where=sa.text("next_poll_at IS NOT NULL"),
    )


def _arrivals() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "source_arrivals",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("seen_at", utc, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article_id", number, nullable=True),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_source_arrivals_article_id")
        ),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_source_arrivals")),
    )
    op.create_index(
        op.f("ix_source_arrivals_article_id"), "source_arrivals", ["article_id"], unique=False
    )
