"""Feeds of single subscribers: which of their addresses is the one that works."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import private_feeds


def serial_of(tx: Transaction, subscription_id: int) -> int:
    """Return the number of the address that works; 0 until one was ever ended."""
    found: int | None = tx.execute(
        select(private_feeds.c.serial).where(private_feeds.c.subscription_id == subscription_id)
    ).scalar_one_or_none()
    return found or 0


def renew(tx: Transaction, subscription_id: int, now: datetime) -> int:
    """End the address that works, and return the number of the one that does from now on."""
    serial = serial_of(tx, subscription_id) + 1
    row = insert_into(tx, private_feeds).values(
        subscription_id=subscription_id, serial=serial, renewed_at=now
    )
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["subscription_id"],
            set_={"serial": row.excluded.serial, "renewed_at": row.excluded.renewed_at},
        )
    )
    return serial
