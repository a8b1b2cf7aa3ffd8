"""Which secret key an issue was frozen with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    # A plain ADD COLUMN: copying the table, as a batch does on SQLite, would trip over what points
    # to it.
    op.add_column(
        "issues", sa.Column("key_id", sa.String(length=16), server_default="", nullable=False)
    )
