"""Facts about this database itself: a few keys and values."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import settings

_VALUE = select(settings.c.value).where(settings.c.key == bindparam("wanted"))
"""Built once: claiming asks for every few messages."""


def get(tx: Transaction, key: str) -> str | None:
    """Return the value of *key*; ``None`` when it was never set."""
    value: str | None = tx.execute(_VALUE, {"wanted": key}).scalar_one_or_none()
    return value


def put(tx: Transaction, key: str, value: str) -> None:
    """Set *key* to *value*."""
    setting = insert_into(tx, settings).values(key=key, value=value)
    tx.execute(
        setting.on_conflict_do_update(
            index_elements=["key"], set_={"value": setting.excluded.value}
        )
    )


def count_up(tx: Transaction, key: str) -> int:
    """Add one to the number at *key* (0 when it was never set) and return it."""
    number = int(get(tx, key) or "0") + 1
    put(tx, key, str(number))
    return number
