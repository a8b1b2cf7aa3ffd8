"""How often articles of an issue were opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for name, own in (
        ("issue_links", [sa.Column("url", sa.Text(), nullable=False)]),
        (
            "issue_clicks",
            [
                sa.Column("day", sa.String(length=10), nullable=False),
                sa.Column("clicks", sa.Integer(), nullable=False),
            ],
        ),
    ):
        keys = ["issue_id", "article_id", *(["day"] if name == "issue_clicks" else [])]
        op.create_table(
            name,
            sa.Column("issue_id", number, nullable=False),
            sa.Column("article_id", number, nullable=False),
            *own,
            sa.ForeignKeyConstraint(
                ["issue_id"], ["issues.id"], name=op.f(f"fk_{name}_issue_id_issues")
            ),
            sa.ForeignKeyConstraint(
                ["article_id"], ["articles.id"], name=op.f(f"fk_{name}_article_id_articles")
            ),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        )
