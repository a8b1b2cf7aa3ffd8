"""Chunks: how many deliveries are due, for those who wake senders on other hosts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select

from digest.model import DeliveryState, IssueState
from digest.store.claims import never_attempted
from digest.store.engine import Transaction
from digest.store.releases import held_back
from digest.store.schema import deliveries, issues


def due(tx: Transaction, now: datetime, most: int) -> dict[int, int]:
    """Return how many deliveries of each issue that may go out could be claimed now.

    Claims that have lapsed are among them. Issues with none are not in it.

    Args:
        tx: An open transaction.
        now: The time.
        most: More than so many of an issue are not counted.
    """
    query = select(issues.c.id).where(
        issues.c.state.in_([str(IssueState.COMPOSED), str(IssueState.SENDING)])
    )
    back = held_back(tx, now)
    found = {
        issue_id: _due_of(tx, issue_id, now, most)
        for issue_id in tx.execute(query.order_by(issues.c.id)).scalars()
        if issue_id not in back
    }
    return {issue_id: number for issue_id, number in found.items() if number}


def _due_of(tx: Transaction, issue_id: int, now: datetime, most: int) -> int:
    c = deliveries.c
    again = and_(
        c.issue_id == issue_id,
        or_(
            and_(c.state != DeliveryState.CLAIMED, c.next_attempt_at <= now),
            and_(c.state == DeliveryState.CLAIMED, c.lease_until < now),
        ),
    )
    found = 0
    # Apart, so that each walks along its index and stops at its limit.
    for which in (never_attempted(issue_id), again):
        some = select(c.id).where(which).limit(most - found).subquery()
        found += tx.execute(select(func.count()).select_from(some)).scalar_one()
    return int(found)
