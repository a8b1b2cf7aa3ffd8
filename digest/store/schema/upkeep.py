"""What the service knows of itself."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    String,
    Text,
)

from digest.store.schema.base import ID, Utc, partial_index, table

settings = table(
    "settings",
    # Facts about this database itself, like the time a briefing was first seen by the scheduler.
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)

alerts = table(
    "alerts",
    # What needs a person. One open row a key: raised once, cleared once.
    Column("id", ID, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("raised_at", Utc, nullable=False),
    # Null while it lasts.
    Column("cleared_at", Utc),
    partial_index("uq_alerts_open", "cleared_at IS NULL", "key", unique=True),
)
