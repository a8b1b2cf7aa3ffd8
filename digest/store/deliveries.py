"""Deliveries: the ledger of one issue to one subscriber each.

A sender *claims* rows under a fence and a lease, sends, and *settles* them under the same fence. A
result that comes with another fence is void: its claim was lost, and somebody else has the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from digest.model import DeliveryState, SubscriptionState
from digest.store import settings
from digest.store.engine import Transaction
from digest.store.schema import (
    deliveries,
    fence_numbers,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this sender holds until the lease ends."""

    id: int
    variant_id: int
    subscriber_id: int
    subscription_id: int
    email: str
    attempts: int
    fence: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed delivery."""

    id: int
    fence: int
    state: DeliveryState
    attempts: int
    detail: str
    settled_at: datetime
    next_attempt_at: datetime | None = None


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
        return sum(self.counts[state] for state in (*_WAITING, DeliveryState.CLAIMED))


def freeze(tx: Transaction, issue_id: int, briefing: str, variant_id: int) -> int:
    """Write one delivery for each confirmed subscription of *briefing*. Return how many.

    Those on the do-not-mail record are written as suppressed, so that the ledger shows them.
    """
    on_record = exists().where(suppressions.c.address_hash == subscribers.c.address_hash)
    audience = (
        select(
            literal(issue_id),
            literal(variant_id),
            subscribers.c.id,
            subscriptions.c.id,
            subscribers.c.email,
            case((on_record, DeliveryState.SUPPRESSED), else_=DeliveryState.QUEUED),
            literal(0),
            literal(0),
            case((on_record, "on the do-not-mail record"), else_=""),
        )
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            subscriptions.c.briefing == briefing,
            subscriptions.c.state == SubscriptionState.CONFIRMED,
        )
        .order_by(subscribers.c.id)
    )
    columns = [
        "issue_id",
        "variant_id",
        "subscriber_id",
        "subscription_id",
        "email",
        "state",
        "attempts",
        "fence",
        "detail",
    ]
    return tx.execute(insert(deliveries).from_select(columns, audience)).rowcount


def has_audience(tx: Transaction, briefing: str) -> bool:
    """Return whether anybody would get an issue of *briefing*."""
    query = select(subscriptions.c.id).where(
        subscriptions.c.briefing == briefing,
        subscriptions.c.state == SubscriptionState.CONFIRMED,
    )
    return tx.execute(query.limit(1)).first() is not None


def left_since(tx: Transaction, briefing: str, since: datetime) -> set[int]:
    """Return the ids of the subscriptions to *briefing* that were given up after *since*."""
    query = select(subscriptions.c.id).where(
        subscriptions.c.briefing == briefing,
        subscriptions.c.state == SubscriptionState.UNSUBSCRIBED,
        subscriptions.c.unsubscribed_at >= since,
    )
    return set(tx.execute(query).scalars())


def claim(
    tx: Transaction, issue_id: int, limit: int, now: datetime, lease_until: datetime
) -> list[Claim]:
    """Take up to *limit* deliveries of the issue that are due. Nobody else gets them meanwhile."""
    due = (
        select(deliveries.c.id)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state.in_([str(state) for state in _WAITING]),
            or_(deliveries.c.next_attempt_at.is_(None), deliveries.c.next_attempt_at <= now),
        )
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(due).scalars())
    if not ids:
        return []
    fence = _next_fence(tx)
    taken = (
        update(deliveries)
        .where(deliveries.c.id.in_(ids))
        .values(state=DeliveryState.CLAIMED, fence=fence, lease_until=lease_until)
        .returning(deliveries)
    )
    claims = [
        Claim(
            row.id,
            row.variant_id,
            row.subscriber_id,
            row.subscription_id,
            row.email,
            row.attempts,
            fence,
        )
        for row in tx.execute(taken)
    ]
    return sorted(claims, key=lambda claim: claim.id)


def settle(tx: Transaction, results: Iterable[Settlement]) -> list[int]:
    """Write results whose claims still hold. Return the ids of those whose claims were lost."""
    lost = []
    statement = (
        update(deliveries)
        .where(
            deliveries.c.id == bindparam("b_id"),
            deliveries.c.fence == bindparam("b_fence"),
            deliveries.c.state == DeliveryState.CLAIMED,
        )
        .values(
            state=bindparam("b_state"),
            attempts=bindparam("b_attempts"),
            detail=bindparam("b_detail"),
            settled_at=bindparam("b_settled_at"),
            next_attempt_at=bindparam("b_next"),
            lease_until=None,
        )
    )
    for result in results:
        done = tx.execute(
            statement,
            {
                "b_id": result.id,
                "b_fence": result.fence,
                "b_state": result.state,
                "b_attempts": result.attempts,
                "b_detail": result.detail,
                "b_settled_at": result.settled_at,
                "b_next": result.next_attempt_at,
            },
        )
        if done.rowcount == 0:
            lost.append(result.id)
    return lost


def release(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Give claimed deliveries back untried."""
    for item in claims:
        tx.execute(
            update(deliveries)
            .where(
                deliveries.c.id == item.id,
                deliveries.c.fence == item.fence,
                deliveries.c.state == DeliveryState.CLAIMED,
            )
            .values(state=DeliveryState.QUEUED, lease_until=None)
        )


def recover(tx: Transaction, now: datetime | None) -> int:
    """Queue again what was claimed by a sender that is gone. Return how many.

    Args:
        tx: An open transaction.
        now: Claims whose lease ended before this are taken back; ``None`` takes back all of them,
            which only the one owner of an SQLite database may do.
    """
    gone = deliveries.c.state == DeliveryState.CLAIMED
    if now is not None:
        gone = and_(gone, deliveries.c.lease_until < now)
    done = tx.execute(
        update(deliveries).where(gone).values(state=DeliveryState.QUEUED, lease_until=None)
    )
    return done.rowcount


def suppress_unsubscribed(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle waiting deliveries to people who unsubscribed since the freeze. Return how many."""
    confirmed = exists().where(
        subscriptions.c.id == deliveries.c.subscription_id,
        subscriptions.c.state == SubscriptionState.CONFIRMED,
    )
    return _settle_waiting(tx, issue_id, DeliveryState.SUPPRESSED, "unsubscribed", now, ~confirmed)


def expire(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle waiting deliveries of an issue that is too old to be of use. Return how many."""
    too_old = exists().where(issues.c.id == issue_id, issues.c.expires_at <= now)
    return _settle_waiting(
        tx, issue_id, DeliveryState.EXPIRED, "too old to be of use", now, too_old
    )


def cancel(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle all waiting deliveries of an issue as cancelled. Return how many."""
    return _settle_waiting(tx, issue_id, DeliveryState.CANCELLED, "issue cancelled", now, None)


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


def next_attempt_at(tx: Transaction, issue_id: int) -> datetime | None:
    """Return when the earliest waiting delivery of the issue is due; ``None`` means at once."""
    query = select(func.min(deliveries.c.next_attempt_at)).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_([str(state) for state in _WAITING]),
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
    return [_row(row) for row in tx.execute(query.order_by(deliveries.c.id).limit(limit))]


def _settle_waiting(
    tx: Transaction,
    issue_id: int,
    state: DeliveryState,
    detail: str,
    now: datetime,
    condition: Any,  # noqa: ANN401 - an SQL expression
) -> int:
    which = and_(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_([str(waiting) for waiting in _WAITING]),
    )
    if condition is not None:
        which = and_(which, condition)
    done = tx.execute(
        update(deliveries)
        .where(which)
        .values(state=state, detail=detail, settled_at=now, next_attempt_at=None)
    )
    return done.rowcount


def _next_fence(tx: Transaction) -> int:
    if tx.dialect.name == "sqlite":
        return settings.count_up(tx, "delivery_fence")
    return int(tx.execute(select(fence_numbers.next_value())).scalar_one())


def _row(row: Row[Any]) -> DeliveryRow:
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
