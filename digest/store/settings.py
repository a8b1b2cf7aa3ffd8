"""Facts about this database itself: a few keys and values."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from digest.store.engine import Transaction
from digest.store.schema import settings


def get(tx: Transaction, key: str) -> str | None:
    """Return the value of *key*; ``None`` when it was never set."""
    value: str | None = tx.execute(
        select(settings.c.value).where(settings.c.key == key)
    ).scalar_one_or_none()
    return value


def put(tx: Transaction, key: str, value: str) -> None:
    """Set *key* to *value*."""
    done = tx.execute(update(settings).where(settings.c.key == key).values(value=value))
    if done.rowcount == 0:
        tx.execute(insert(settings).values(key=key, value=value))


def count_up(tx: Transaction, key: str) -> int:
    """Add one to the number at *key* (0 when it was never set) and return it."""
    number = int(get(tx, key) or "0") + 1
    put(tx, key, str(number))
    return number
