"""Feeds of single subscribers."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer

from digest.store.schema.base import ID, Utc, table

private_feeds = table(
    "private_feeds",
    Column("subscription_id", ID, ForeignKey("subscriptions.id"), primary_key=True),
    # Which of its addresses works: the token in the address holds the number.
    Column("serial", Integer, nullable=False),
    # Since when.
    Column("renewed_at", Utc, nullable=False),
)
