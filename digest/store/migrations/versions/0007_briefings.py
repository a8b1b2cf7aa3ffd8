"""Editing an issue, readers' own variants of it, and those who want one a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _editing()
    _cadences()
    _mailed_articles()
    _releases()


def _editing() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "arrangements",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("article_id", number, nullable=False),
        sa.Column("placement", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("set_at", utc, nullable=False),
        sa.CheckConstraint(
            "placement IN ('lead', 'first', 'hold', 'drop')", name=op.f("ck_arrangements_placement")
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_arrangements_article_id")
        ),
        sa.PrimaryKeyConstraint("briefing", "article_id", name=op.f("pk_arrangements")),
    )
    op.create_table(
        "introductions",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("set_at", utc, nullable=False),
        sa.PrimaryKeyConstraint("briefing", name=op.f("pk_introductions")),
    )
    op.create_table(
        "held_articles",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("cadence", sa.String(length=10), nullable=False),
        sa.Column("article_id", number, nullable=False),
        sa.Column("issues", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_held_articles_article_id")
        ),
        sa.PrimaryKeyConstraint("briefing", "cadence", "article_id", name=op.f("pk_held_articles")),
    )
    op.create_table(
        "issue_absences",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_absences_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", "reason", name=op.f("pk_issue_absences")),
    )
    with op.batch_alter_table("issue_variants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fitting", sa.Text(), server_default="", nullable=False))


def _cadences() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    for table in ("issues", "occurrences", "issue_articles"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("cadence", sa.String(length=10), server_default="each", nullable=False)
            )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passed_at", utc, nullable=True))
    with op.batch_alter_table("issue_articles", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_issue_articles_briefing_article_id"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_issue_articles_briefing_cadence_article_id"),
            ["briefing", "cadence", "article_id"],
        )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("moved_at", utc, nullable=True))
        batch_op.add_column(sa.Column("served_as", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("served_until", utc, nullable=True))
        batch_op.create_index(
            "ix_subscriptions_moved",
            ["briefing", "moved_at"],
            unique=False,
            sqlite_where=sa.text("moved_at IS NOT NULL"),
            postgresql_where=sa.text("moved_at IS NOT NULL"),
        )


def _mailed_articles() -> None:
    """Make the table anew: a column joins its key."""
    mailed = sa.table("mailed_articles", sa.column("briefing"), sa.column("uid"))
    rows = [dict(row) for row in op.get_bind().execute(sa.select(mailed)).mappings()]
    op.drop_table("mailed_articles")
    made = op.create_table(
        "mailed_articles",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("cadence", sa.String(length=10), server_default="each", nullable=False),
        sa.Column("uid", sa.String(length=700), nullable=False),
        sa.PrimaryKeyConstraint("briefing", "cadence", "uid", name=op.f("pk_mailed_articles")),
    )
    op.bulk_insert(made, rows)


def _releases() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "issue_releases",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("send_at", utc, nullable=False),
        sa.Column("check_by", utc, nullable=True),
        sa.Column("checked_at", utc, nullable=True),
        sa.Column("deadline_at", utc, nullable=True),
        sa.Column("default_decision", sa.String(length=10), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(length=320), nullable=False),
        sa.Column("decided_at", utc, nullable=True),
        sa.CheckConstraint(
            "decision IN ('send', 'hold', 'drop')", name=op.f("ck_issue_releases_decision")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_issue_releases_decided")
        ),
        sa.CheckConstraint(
            "(deadline_at IS NULL) = (default_decision IS NULL)",
            name=op.f("ck_issue_releases_default"),
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_releases_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_releases")),
    )
    op.create_index(
        "ix_issue_releases_deadline",
        "issue_releases",
        ["deadline_at"],
        sqlite_where=sa.text("decision IS NULL"),
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_table(
        "issue_findings",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_findings_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", "position", name=op.f("pk_issue_findings")),
    )
    op.create_table(
        "issue_editors",
        sa.Column("id", number, nullable=False),
        sa.Column("issue_id", number, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_editors_issue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_editors")),
        sa.UniqueConstraint("issue_id", "email", name=op.f("uq_issue_editors_issue_id_email")),
    )
    op.create_table(
        "issue_corrections",
        sa.Column("issue_id", number, nullable=False),
        sa.Column("corrects", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["corrects"], ["issues.id"], name=op.f("fk_issue_corrections_corrects")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_corrections_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_corrections")),
    )
