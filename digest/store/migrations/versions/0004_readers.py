"""What readers choose, ask for, and are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import digest.store.schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    utc = digest.store.schema.Utc(timezone=True)
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("format", sa.String(length=10), server_default="html", nullable=False)
        )
        batch_op.add_column(sa.Column("erased_at", utc, nullable=True))
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topics", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(
            sa.Column("cadence", sa.String(length=10), server_default="each", nullable=False)
        )
        batch_op.add_column(sa.Column("paused_until", utc, nullable=True))
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("version", sa.String(length=40), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("network", sa.String(length=50), server_default="", nullable=False)
        )
    _requests()
    _notices()


def _requests() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "requests",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("subscription_id", number, nullable=True),
        sa.Column("subscriber_id", number, nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("answered_at", utc, nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("expires_at", utc, nullable=True),
        sa.Column("used_at", utc, nullable=True),
        sa.CheckConstraint(
            "kind IN ('subscribe', 'preferences', 'export', 'erase', 'change-address')",
            name=op.f("ck_requests_kind"),
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR expires_at IS NOT NULL", name=op.f("ck_requests_used_if_mailed")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_requests_subscription_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_requests_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index("ix_requests_at", ["at"], unique=False)
        batch_op.create_index("ix_requests_domain", ["domain", "at"], unique=False)
        batch_op.create_index("ix_requests_email_key", ["email_key", "at"], unique=False)
        batch_op.create_index("ix_requests_network", ["network", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_requests_subscriber_id"), ["subscriber_id"], unique=False
        )
        batch_op.create_index(
            "ix_requests_unanswered",
            ["id"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )


def _notices() -> None:
    utc = digest.store.schema.Utc(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "notices",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("request_id", number, nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", utc, nullable=False),
        sa.Column("expires_at", utc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", utc, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(next_attempt_at IS NOT NULL) = (state = 'queued')",
            name=op.f("ck_notices_due_if_queued"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_notices_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notices_due",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_notices_request_id"), ["request_id"], unique=False)
