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
    FromClause,
    Row,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from digest.model import DeliveryState, SubscriptionState
from digest.store import settings
from digest.store.dialects import as_table
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
    is_retry: bool = False
    """Whether it came back at its time, rather than in the order of ids."""


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
    """When to try again, for a state that waits; ``None`` means at once."""


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
    statement = insert(deliveries).from_select(columns, audience)
    # Without the option PostgreSQL's count is not kept for an INSERT.
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def has_audience(tx: Transaction, briefing: str) -> bool:
    """Return whether anybody would get an issue of *briefing*."""
    query = select(subscriptions.c.id).where(
        subscriptions.c.briefing == briefing,
        subscriptions.c.state == SubscriptionState.CONFIRMED,
    )
    return tx.execute(query.limit(1)).first() is not None


def left_since(tx: Transaction, briefing: str, since: datetime) -> set[int]:
    """Return the ids of the subscriptions to *briefing* that were given up after *since*.

    Those that were confirmed again since are not among them.
    """
    query = select(subscriptions.c.id).where(
        subscriptions.c.briefing == briefing, subscriptions.c.unsubscribed_at >= since
    )
    return set(tx.execute(query).scalars())


def claim(
    tx: Transaction,
    issue_id: int,
    limit: int,
    now: datetime,
    lease_until: datetime,
    *,
    after_id: int = 0,
) -> list[Claim]:
    """Take up to *limit* deliveries of the issue that are due. Nobody else gets them meanwhile.

    What comes back at its time goes first, the longest due before the others; then what was never
    attempted, in the order of ids. Due ones whose subscription is not confirmed any more are
    settled as suppressed instead. An empty list means that nothing is due.

    Args:
        tx: An open transaction.
        issue_id: The issue.
        limit: At most so many; some hundreds at most.
        now: The time.
        lease_until: Until when the claims hold.
        after_id: Begin after this id with what was never attempted: :func:`resume_after` the last
            claims. It is only a hint that saves PostgreSQL from walking over what was claimed
            before: when too few are left behind it, the search goes on from the start, so that
            what was released or recovered there is found as well.
    """
    due = _due(tx, issue_id, limit, now, after_id)
    while gone := [row.id for row in due if row.subscription != SubscriptionState.CONFIRMED]:
        tx.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(gone))
            .values(_settled(DeliveryState.SUPPRESSED, "unsubscribed", now))
        )
        due = _due(tx, issue_id, limit, now, after_id)
    if not due:
        return []
    fence = _next_fence(tx)
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_([row.id for row in due]))
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
            is_retry=row.next_attempt_at is not None,
        )
        for row in due
    ]


def resume_after(claims: Iterable[Claim]) -> int:
    """Return the ``after_id`` with which to claim next; 0, the start, when only retries came."""
    return max((claim.id for claim in claims if not claim.is_retry), default=0)


def settle(tx: Transaction, results: Iterable[Settlement]) -> list[int]:
    """Write results whose claims still hold. Return the ids of those whose claims were lost.

    Of two results for one delivery the first one counts.
    """
    pending: dict[int, Settlement] = {}
    lost = [item.id for item in results if pending.setdefault(item.id, item) is not item]
    c = deliveries.c
    batch = as_table(
        tx,
        [c.id, c.fence, c.state, c.attempts, c.detail, c.settled_at, c.next_attempt_at],
        [
            (
                result.id,
                result.fence,
                result.state,
                result.attempts,
                _storable(result.detail),
                result.settled_at,
                _time_of(result),
            )
            for result in pending.values()
        ],
    )
    statement = (
        update(deliveries)
        .where(_still_held(batch))
        .values(
            state=batch.c.state,
            attempts=batch.c.attempts,
            detail=batch.c.detail,
            settled_at=batch.c.settled_at,
            next_attempt_at=batch.c.next_attempt_at,
            lease_until=None,
        )
        .returning(deliveries.c.id)
    )
    written = set(tx.execute(statement).scalars())
    return lost + [number for number in pending if number not in written]


def release(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Give claimed deliveries back untried; those whose claims were lost are left alone."""
    batch = as_table(
        tx, [deliveries.c.id, deliveries.c.fence], [(claim.id, claim.fence) for claim in claims]
    )
    tx.execute(
        update(deliveries)
        .where(_still_held(batch))
        .values(state=DeliveryState.QUEUED, lease_until=None)
    )


def recover(tx: Transaction, now: datetime | None) -> int:
    """Queue again what was claimed by a sender that is gone. Return how many.

    Args:
        tx: An open transaction.
        now: Claims whose lease ended before this are taken back; ``None`` takes back all of them,
            which only the one owner of an SQLite database may do.
    """
    gone = deliveries.c.state == literal_column("'claimed'")  # As in the index that serves this.
    if now is not None:
        gone = and_(gone, deliveries.c.lease_until < now)
    done = tx.execute(
        update(deliveries).where(gone).values(state=DeliveryState.QUEUED, lease_until=None)
    )
    return done.rowcount


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
        _settled(DeliveryState.SUPPRESSED, "unsubscribed", now),
        deliveries.c.subscription_id.in_(gone),
    )


def expire(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle waiting deliveries of an issue that is too old to be of use. Return how many."""
    query = select(issues.c.id).where(issues.c.id == issue_id, issues.c.expires_at <= now)
    if tx.execute(query).first() is None:
        return 0
    return _settle_waiting(
        tx, issue_id, _settled(DeliveryState.EXPIRED, "too old to be of use", now)
    )


def cancel(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Settle all waiting deliveries of an issue as cancelled. Return how many."""
    return _settle_waiting(tx, issue_id, _settled(DeliveryState.CANCELLED, "issue cancelled", now))


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
    """Return when the earliest waiting delivery of the issue is due.

    ``None`` means at once, or that none is waiting.
    """
    at_once = select(deliveries.c.id).where(_never_attempted(issue_id)).limit(1)
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
    return [_row(row) for row in tx.execute(query.order_by(deliveries.c.id).limit(limit))]


def _due(
    tx: Transaction, issue_id: int, limit: int, now: datetime, after_id: int
) -> list[Row[Any]]:
    """Lock and return what is due, each row with the state of its subscription.

    Two searches, so that each walks along an index and stops at *limit*.
    """
    found = (
        select(deliveries, subscriptions.c.state.label("subscription"))
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    # Of rows with a time only claimed ones do not wait. Naming the others would lead SQLite to the
    # index on states, and to everything queued.
    retries = (
        found.where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state != DeliveryState.CLAIMED,
            deliveries.c.next_attempt_at <= now,
        )
        .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
        .limit(limit)
    )
    first = found.where(_never_attempted(issue_id)).order_by(deliveries.c.id)
    rows = list(tx.execute(retries))
    if len(rows) < limit:
        rows += tx.execute(first.where(deliveries.c.id > after_id).limit(limit - len(rows)))
    if len(rows) < limit and after_id:
        rows += tx.execute(first.where(deliveries.c.id <= after_id).limit(limit - len(rows)))
    return rows


def _never_attempted(issue_id: int) -> Any:  # noqa: ANN401 - an SQL expression
    return and_(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state == DeliveryState.QUEUED,
        deliveries.c.next_attempt_at.is_(None),
    )


def _still_held(batch: FromClause) -> Any:  # noqa: ANN401 - an SQL expression
    return and_(
        deliveries.c.id == batch.c.id,
        deliveries.c.fence == batch.c.fence,
        deliveries.c.state == DeliveryState.CLAIMED,
    )


def _time_of(result: Settlement) -> datetime | None:
    """Return when to try again: always a time for what waits, and never one for what is final."""
    if result.state not in _WAITING:
        return None
    return result.next_attempt_at or result.settled_at


def _storable(detail: str) -> str:
    """Replace what no engine takes: a server's odd reply must not cost the result."""
    return detail.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _settled(state: DeliveryState, detail: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "detail": detail, "settled_at": now, "next_attempt_at": None}


def _settle_waiting(
    tx: Transaction,
    issue_id: int,
    values: dict[str, Any],
    condition: Any = None,  # noqa: ANN401 - an SQL expression
) -> int:
    which = and_(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_([str(waiting) for waiting in _WAITING]),
    )
    if condition is not None:
        which = and_(which, condition)
    return tx.execute(update(deliveries).where(which).values(values)).rowcount


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
