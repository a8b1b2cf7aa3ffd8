"""Alerts: what needs a person, said once when it starts and once when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from digest.store.dialects import insert_new
from digest.store.engine import Transaction
from digest.store.schema import alerts


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a person."""

    key: str
    text: str
    raised_at: datetime
    cleared_at: datetime | None = None


def raise_alert(tx: Transaction, key: str, text: str, now: datetime) -> bool:
    """Raise the alert *key* unless it is up already. Return whether it is new."""
    return insert_new(tx, alerts, {"key": key, "text": text, "raised_at": now})


def clear_alert(tx: Transaction, key: str, now: datetime) -> bool:
    """Clear the alert *key*. Return whether it was up."""
    done = tx.execute(
        update(alerts)
        .where(alerts.c.key == key, alerts.c.cleared_at.is_(None))
        .values(cleared_at=now)
    )
    return bool(done.rowcount)


def open_alerts(tx: Transaction) -> list[Alert]:
    """Return the alerts that are up, oldest first."""
    query = select(alerts).where(alerts.c.cleared_at.is_(None)).order_by(alerts.c.id)
    return [Alert(row.key, row.text, row.raised_at, row.cleared_at) for row in tx.execute(query)]
