"""Feeds with archives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("stamp", sa.String(length=64), server_default="", nullable=False)
        )
    with op.batch_alter_table("article_revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("episode", sa.JSON(), server_default="null", nullable=False))
    op.create_table(
        "article_changes",
        sa.Column("id", number, nullable=False),
        sa.Column("article_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_changes_article_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_changes")),
    )
    # Publishing has looked at no article yet.
    op.execute("INSERT INTO article_changes (article_id) SELECT id FROM articles ORDER BY id")
    op.create_table(
        "feed_states",
        sa.Column("feed", sa.String(length=100), nullable=False),
        sa.Column("selection", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_states")),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed", sa.String(length=100), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("article_id", number, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_feed_entries_article_id")
        ),
        sa.PrimaryKeyConstraint("feed", "page", "article_id", name=op.f("pk_feed_entries")),
    )
    with op.batch_alter_table("feed_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feed_entries_article_id"), ["article_id"], unique=False
        )
    op.create_table(
        "feed_pages",
        sa.Column("feed", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("has_next", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "number", name=op.f("pk_feed_pages")),
    )
