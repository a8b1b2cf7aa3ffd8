"""Deliveries: the ledger of one issue to one subscriber each.

How they come to be is in freezing.py, how senders share them in claims.py; their functions are part
of this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    and_,
    func,
    select,
    update,
)

from digest.model import DeliveryState, SubscriptionState
from digest.store.claims import (
    UNSUBSCRIBED,
    WAITING,
    Claim,
    Settlement,
    claim,
    never_attempted,
    recover,
    release,
    resume_after,
    settle,
    settled,
)
from digest.store.engine import Transaction
from digest.store.freezing import Audience, freeze, freeze_for, has_audience
from digest.store.schema import (
    deliveries,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)
from digest.store.suppressions import SETTLED_AS


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as people look at it."""

    id: int
    subscriber_id: int
    email: str
    state: DeliveryState
    attempts: int
    detail: str
    settled_at: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the deliveries of an issue stand."""

    candidates: int
    counts: dict[DeliveryState, int]

    @property
    def adds_up(self) -> bool:
        """Whether every frozen delivery is in exactly one state."""
        return self.candidates == sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many deliveries keep the issue from being finished."""
        return sum(self.counts[state] for state in (*WAITING, DeliveryState.CLAIMED))


def left_since(tx: Transaction, briefing: str, since: datetime) -> dict[int, str]:
    """Return which subscriptions to *briefing* may not be mailed since *since*, by id, and why.

    They were given up, or their addresses came on the do-not-mail record. Those that were confirmed
    again since are not among them.
    """
    given_up = select(subscriptions.c.id).where(
        subscriptions.c.briefing == briefing, subscriptions.c.unsubscribed_at >= since
    )
    on_record = (
        select(subscriptions.c.id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .join(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscriptions.c.briefing == briefing, suppressions.c.at >= since)
    )
    return {
        **dict.fromkeys(tx.execute(given_up).scalars(), UNSUBSCRIBED),
        **dict.fromkeys(tx.execute(on_record).scalars(), SETTLED_AS),
    }


def suppress_unsubscribed(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle waiting deliveries to people who unsubscribed since the freeze. Return how many.

    Reads everybody who ever left the briefing; :func:`claim` does the same for what it takes.
    """
    gone = (
        select(subscriptions.c.id)
        .join(issues, issues.c.briefing == subscriptions.c.briefing)
        .where(
            issues.c.id == issue_id,
            subscriptions.c.state.in_(
                [
                    str(state)
                    for state in SubscriptionState
                    if state is not SubscriptionState.CONFIRMED
                ]
            ),
        )
    )
    return _settle_waiting(
        tx,
        issue_id,
        settled(DeliveryState.SUPPRESSED, UNSUBSCRIBED, now),
        deliveries.c.subscription_id.in_(gone),
    )


def expire(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle waiting deliveries of an issue that is too old to be of use. Return how many."""
    query = select(issues.c.id).where(issues.c.id == issue_id, issues.c.expires_at <= now)
    if tx.execute(query).first() is None:
        return 0
    return _settle_waiting(
        tx, issue_id, settled(DeliveryState.EXPIRED, "too old to be of use", now)
    )


def cancel(tx: Transaction, issue_id: int, now: datetime, reason: str = "issue cancelled") -> int:
    """Settle all waiting deliveries of an issue as cancelled, for *reason*. Return how many."""
    return _settle_waiting(tx, issue_id, settled(DeliveryState.CANCELLED, reason, now))


def is_confirmed(tx: Transaction, subscription_id: int) -> bool:
    """Return whether the subscription stands at this moment."""
    query = select(subscriptions.c.id).where(
        subscriptions.c.id == subscription_id,
        subscriptions.c.state == SubscriptionState.CONFIRMED,
    )
    return tx.execute(query).first() is not None


def ledger(tx: Transaction, issue_id: int) -> Ledger:
    """Return where the issue's deliveries stand."""
    candidates = tx.execute(select(issues.c.candidates).where(issues.c.id == issue_id)).scalar_one()
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.issue_id == issue_id)
        .group_by(deliveries.c.state)
    )
    found = {DeliveryState(state): int(number) for state, number in tx.execute(query)}
    return Ledger(candidates, {state: found.get(state, 0) for state in DeliveryState})


def reasons(
    tx: Transaction, issue_id: int, limit: int = 50
) -> list[tuple[DeliveryState, str, int]]:
    """Return why deliveries are not accepted, the most frequent first: state, reason, how many."""
    number = func.count()
    query = (
        select(deliveries.c.state, deliveries.c.detail, number)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state != DeliveryState.ACCEPTED,
            deliveries.c.detail != "",
        )
        .group_by(deliveries.c.state, deliveries.c.detail)
        .order_by(number.desc(), deliveries.c.state, deliveries.c.detail)
        .limit(limit)
    )
    return [
        (DeliveryState(state), detail, int(count)) for state, detail, count in tx.execute(query)
    ]


def next_attempt_at(tx: Transaction, issue_id: int) -> datetime | None:
    """Return when the earliest waiting delivery of the issue is due.

    ``None`` means at once, or that none is waiting.
    """
    at_once = select(deliveries.c.id).where(never_attempted(issue_id)).limit(1)
    if tx.execute(at_once).first() is not None:
        return None
    query = select(func.min(deliveries.c.next_attempt_at)).where(
        deliveries.c.issue_id == issue_id, deliveries.c.state != DeliveryState.CLAIMED
    )
    found: datetime | None = tx.execute(query).scalar_one()
    return found


def list_deliveries(
    tx: Transaction, issue_id: int, states: Iterable[DeliveryState] = (), limit: int = 1000
) -> list[DeliveryRow]:
    """Return deliveries of the issue (in *states*), by id."""
    query = select(deliveries).where(deliveries.c.issue_id == issue_id)
    wanted = [str(state) for state in states]
    if wanted:
        query = query.where(deliveries.c.state.in_(wanted))
    return [delivery_row(row) for row in tx.execute(query.order_by(deliveries.c.id).limit(limit))]


def _settle_waiting(
    tx: Transaction,
    issue_id: int,
    values: dict[str, Any],
    condition: Any = None,  # noqa: ANN401 - an SQL expression
) -> int:
    which = and_(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_([str(waiting) for waiting in WAITING]),
    )
    if condition is not None:
        which = and_(which, condition)
    return tx.execute(update(deliveries).where(which).values(values)).rowcount


def delivery_row(row: Row[Any]) -> DeliveryRow:
    """Return what a row of the table says."""
    return DeliveryRow(
        row.id,
        row.subscriber_id,
        row.email,
        DeliveryState(row.state),
        row.attempts,
        row.detail,
        row.settled_at,
        row.next_attempt_at,
    )


__all__ = [
    "Audience",
    "Claim",
    "DeliveryRow",
    "Ledger",
    "Settlement",
    "cancel",
    "claim",
    "delivery_row",
    "expire",
    "freeze",
    "freeze_for",
    "has_audience",
    "is_confirmed",
    "ledger",
    "left_since",
    "list_deliveries",
    "next_attempt_at",
    "recover",
    "release",
    "resume_after",
    "settle",
    "suppress_unsubscribed",
]
