"""The desk: accounts, sessions, what was done there; and subjects that editors give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "desk_accounts",
        sa.Column("id", number, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("password_at", moment, nullable=False),
        sa.CheckConstraint("role IN ('editor', 'operator')", name=op.f("ck_desk_accounts_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_desk_accounts_name")),
    )
    for name, more in (
        ("desk_sessions", [sa.Column("created_at", moment, nullable=False)]),
        ("desk_devices", []),
    ):
        op.create_table(
            name,
            sa.Column("digest", sa.String(length=64), nullable=False),
            sa.Column("account_id", number, nullable=False),
            *more,
            sa.Column("seen_at", moment, nullable=False),
            sa.ForeignKeyConstraint(
                ["account_id"],
                ["desk_accounts.id"],
                name=op.f(f"fk_{name}_account_id_desk_accounts"),
            ),
            sa.PrimaryKeyConstraint("digest", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])
        op.create_index(op.f(f"ix_{name}_seen_at"), name, ["seen_at"])
    op.create_table(
        "desk_attempts",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_desk_attempts")),
    )
    op.create_index(op.f("ix_desk_attempts_last_at"), "desk_attempts", ["last_at"])
    op.create_table(
        "desk_actions",
        sa.Column("id", number, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("did", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_actions")),
    )
    op.create_table(
        "subjects",
        sa.Column("briefing", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("set_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("briefing", name=op.f("pk_subjects")),
    )
