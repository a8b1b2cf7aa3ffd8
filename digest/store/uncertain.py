"""Uncertain deliveries: the mail went out whole, and the relay never said whether it took it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update

from digest.model import DeliveryState, Issue
from digest.store import alerts, facts
from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import deliveries, uncertain_attempts


class Choice(StrEnum):
    """What the operator can decide about an uncertain delivery."""

    RETRY = "retry"  #: Send it again: perhaps twice, never lost.
    ACCEPT = "accept"  #: It arrived.
    DROP = "drop"  #: It is not sent again, whether it arrived or not.


_BECOMES = {
    Choice.ACCEPT: (DeliveryState.ACCEPTED, "accepted, says the operator"),
    Choice.DROP: (DeliveryState.CANCELLED, "uncertain, dropped by the operator"),
}


def count_attempt(
    tx: Transaction, issue: Issue, delivery_id: int, retries: int, now: datetime
) -> bool:
    """Count an attempt that ended uncertain; after so many *retries* hold the delivery.

    A relay that always dies after the last dot must not repeat a mail for two days. Held means: not
    tried again by itself, and an alert. Return whether it is held now.
    """
    counted = insert_into(tx, uncertain_attempts).values(delivery_id=delivery_id, attempts=1)
    attempts = tx.execute(
        counted.on_conflict_do_update(
            index_elements=["delivery_id"], set_={"attempts": uncertain_attempts.c.attempts + 1}
        ).returning(uncertain_attempts.c.attempts)
    ).scalar_one()
    if attempts <= retries:
        return False
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.UNCERTAIN)
        .values(next_attempt_at=issue.expires_at)
    )
    name = f"{issue.briefing}/{issue.number}"
    times = "once" if attempts == 1 else f"{attempts} times"
    text = (
        f"a mail of {name} was sent {times} and the relay never said whether it took it: "
        f"it is not tried again. `digest issues uncertain {name}` lists such mails and decides"
    )
    alerts.raise_alert(tx, _alert(issue), text, now)
    return True


def decide(tx: Transaction, issue: Issue, choice: Choice, now: datetime) -> int:
    """Carry out *choice* for all uncertain deliveries of the issue. Return how many there were."""
    which = deliveries.c.issue_id == issue.id, deliveries.c.state == DeliveryState.UNCERTAIN
    tx.execute(
        delete(uncertain_attempts).where(
            uncertain_attempts.c.delivery_id.in_(select(deliveries.c.id).where(*which))
        )
    )
    alerts.clear_alert(tx, _alert(issue), now)
    if choice is Choice.RETRY:
        done = tx.execute(update(deliveries).where(*which).values(next_attempt_at=now))
        return done.rowcount
    state, detail = _BECOMES[choice]
    settled = tx.execute(
        update(deliveries)
        .where(*which)
        .values(state=state, detail=detail, settled_at=now, next_attempt_at=None)
        .returning(deliveries.c.id)
    )
    ids = settled.scalars().all()
    facts.note_settled(tx, dict.fromkeys(ids, state))
    return len(ids)


def _alert(issue: Issue) -> str:
    return f"uncertain:{issue.id}"
