"""The do-not-mail record, looked at and lifted; subscribers.py puts addresses onto it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from digest.model import DeliveryState
from digest.store import facts
from digest.store.claims import WAITING, settled
from digest.store.engine import Transaction
from digest.store.schema import deliveries, suppressions

SETTLED_AS = "on the do-not-mail record"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why an address gets no mail."""

    at: datetime
    reason: str
    """Like ``complaint``, ``bounce``, ``erased``, ``operator``."""

    evidence: str
    """What it is known from."""


def get(tx: Transaction, address_hash: str) -> Suppression | None:
    """Return why the address is on the record; ``None`` when it is not."""
    query = select(suppressions).where(suppressions.c.address_hash == address_hash)
    row = tx.execute(query).one_or_none()
    return Suppression(row.at, row.reason, row.evidence) if row else None


def lift(tx: Transaction, address_hash: str) -> bool:
    """Take the address off the record. Return whether it was on it."""
    done = tx.execute(delete(suppressions).where(suppressions.c.address_hash == address_hash))
    if done.rowcount:
        facts.note_lifted(tx, address_hash)
    return bool(done.rowcount)


def settle_waiting(tx: Transaction, subscriber_id: int, now: datetime) -> int:
    """Settle what waits to be sent to a person as suppressed. Return how many.

    What is being sent at this moment goes its way.
    """
    done = tx.execute(
        update(deliveries)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.state.in_([str(state) for state in WAITING]),
        )
        .values(settled(DeliveryState.SUPPRESSED, SETTLED_AS, now))
    )
    return done.rowcount
