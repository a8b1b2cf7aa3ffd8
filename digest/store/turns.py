"""Turns: deliveries that are put off until it is theirs, and those that go first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from digest.model import DeliveryState, SubscriptionState
from digest.model.facts import short_hash
from digest.store.claims import Claim, never_attempted, next_fence
from digest.store.dialects import as_table
from digest.store.engine import Transaction
from digest.store.schema import deliveries, subscribers, subscriptions


def postpone(tx: Transaction, postponed: Iterable[tuple[Claim, datetime]]) -> int:
    """Give claimed deliveries back untried, each to come back at its time. Return how many were.

    It counts as no attempt, and those whose claims were lost are left alone.
    """
    c = deliveries.c
    rows = [(claim.id, claim.fence, until) for claim, until in postponed]
    batch = as_table(tx, [c.id, c.fence, c.next_attempt_at], rows)
    done = tx.execute(
        update(deliveries)
        .where(c.id == batch.c.id, c.fence == batch.c.fence, c.state == DeliveryState.CLAIMED)
        .values(
            state=DeliveryState.QUEUED,
            lease_until=None,
            next_attempt_at=batch.c.next_attempt_at,
        )
    )
    return done.rowcount


def is_due(tx: Transaction, issue_id: int, now: datetime) -> bool:
    """Return whether any delivery of the issue could be attempted now."""
    at_once = select(deliveries.c.id).where(never_attempted(issue_id)).limit(1)
    if tx.execute(at_once).first() is not None:
        return True
    again = select(deliveries.c.id).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state != DeliveryState.CLAIMED,
        deliveries.c.next_attempt_at <= now,
    )
    return tx.execute(again.limit(1)).first() is not None


def waiting_for(tx: Transaction, issue_id: int, keys: Collection[str]) -> set[int]:
    """Return those of the issue's deliveries that nobody has attempted, to certain addresses.

    Args:
        tx: An open transaction.
        issue_id: The issue.
        keys: Canonical keys of the addresses; see ``mail/address.py``.

    Returns:
        Their ids, less those of people who have left; those that are just being attempted are
        among them.
    """
    query = (
        select(deliveries.c.id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(
            deliveries.c.issue_id == issue_id,
            subscriptions.c.state == SubscriptionState.CONFIRMED,
            subscribers.c.email_key.in_(list(keys)),
            or_(
                and_(
                    deliveries.c.state == DeliveryState.QUEUED,
                    deliveries.c.next_attempt_at.is_(None),
                ),
                deliveries.c.state == DeliveryState.CLAIMED,
            ),
        )
    )
    return set(tx.execute(query).scalars())


def claim_first(
    tx: Transaction, issue_id: int, ids: Collection[int], limit: int, lease_until: datetime
) -> list[Claim]:
    """Take up to *limit* of the deliveries *ids* of the issue that nobody has attempted or holds.

    Those whose subscription is not confirmed any more are left to :func:`.claims.claim`.
    """
    query = (
        select(deliveries, subscribers.c.address_hash)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(
            never_attempted(issue_id),
            deliveries.c.id.in_(list(ids)),
            subscriptions.c.state == SubscriptionState.CONFIRMED,
        )
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    rows = tx.execute(query).all()
    if not rows:
        return []
    fence = next_fence(tx)
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_([row.id for row in rows]))
        .values(state=DeliveryState.CLAIMED, fence=fence, lease_until=lease_until)
    )
    return [
        Claim(
            row.id,
            row.variant_id,
            row.subscriber_id,
            row.subscription_id,
            row.email,
            row.attempts,
            fence,
            person=short_hash(row.address_hash),
        )
        for row in rows
    ]
