"""Claims: who sends which delivery, and what came of it.

A sender *claims* rows under a fence and a lease, sends, and *settles* them under the same fence. A
result that comes with another fence is void: its claim was lost, and somebody else has the row.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from digest.model import DeliveryState, SubscriptionState
from digest.model.facts import IssueName, short_hash
from digest.store import facts, settings
from digest.store.dialects import Ready, batch, batch_values, stored
from digest.store.engine import Transaction
from digest.store.schema import deliveries, fence_numbers, subscribers, subscriptions

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
"""States of a delivery that nobody has settled for good and nobody holds."""

UNSUBSCRIBED = "unsubscribed"
"""Why a delivery is suppressed whose subscription was given up after the freeze."""


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

    person: str = ""
    """By what facts know its reader; see :func:`digest.model.facts.short_hash`."""


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

    issue: IssueName | None = None
    """The issue's name for the journal, if it is at hand: else it is looked up."""

    person: str = ""
    """:attr:`Claim.person`; is looked up if it is empty."""


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
    attempted, in the order of ids. Where there is plenty of both, each gets half, so that neither
    keeps the other waiting. Due ones whose subscription is not confirmed any more are
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
    while gone := [row[0] for row in due if row[_SUBSCRIPTION] != SubscriptionState.CONFIRMED]:
        tx.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(gone))
            .values(settled(DeliveryState.SUPPRESSED, UNSUBSCRIBED, now))
        )
        due = _due(tx, issue_id, limit, now, after_id)
    if not due:
        return []
    fence = next_fence(tx)
    ids = batch_values(tx, [deliveries.c.id], [(row[0],) for row in due])
    until = stored(tx, deliveries.c.lease_until, lease_until)
    values = {"new_fence": fence, "until": until, **ids}
    if tx.dialect.name == "sqlite":
        _CLAIMING.run(tx, values)
    else:
        tx.execute(_claiming(tx.dialect.name), values)
    return [
        Claim(
            number,
            variant,
            subscriber,
            subscription,
            email,
            attempts,
            fence,
            is_retry=next_attempt_at is not None,
            person=short_hash(address_hash),
        )
        for (
            number,
            variant,
            subscriber,
            subscription,
            email,
            attempts,
            next_attempt_at,
            _,
            address_hash,
        ) in due
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
    written = _write(tx, pending)
    known: list[facts.Known] = []
    unknown: dict[int, DeliveryState] = {}
    for number in written:
        result = pending[number]
        if result.issue is not None and result.person:
            known.append((result.issue, result.state, result.person))
        else:
            unknown[number] = result.state
    facts.note_known(tx, known)
    facts.note_settled(tx, unknown)
    if len(written) < len(pending):
        lost += [number for number in pending if number not in written]
    return lost


def _write(tx: Transaction, pending: Mapping[int, Settlement]) -> Collection[int]:
    """Write results whose claims still hold; return their ids."""
    rows = [
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
    ]
    values = batch_values(tx, _SETTLED, rows)
    if tx.dialect.name != "sqlite":
        return set(tx.execute(_settling(tx.dialect.name), values).scalars())
    # One row at a time of what RETURNING gives costs more than to ask for all before: SQLite lets
    # other threads run at each.
    held = json.loads(_ASKING.value(tx, values))
    _SETTLING.run(tx, values)
    return pending.keys() if len(held) == len(pending) else set(held)


def release(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Give claimed deliveries back untried; those whose claims were lost are left alone."""
    values = batch_values(tx, _HELD, [(claim.id, claim.fence) for claim in claims])
    tx.execute(_releasing(tx.dialect.name), values)


def recover(tx: Transaction, now: datetime | None) -> int:
    """Queue again what was claimed by a sender that is gone. Return how many.

    What somebody is writing to at this moment is left for the next time: a host that is frozen in
    the middle of a commit must not hold the others up.

    Args:
        tx: An open transaction.
        now: Claims whose lease ended before this are taken back; ``None`` takes back all of them,
            which only the one owner of an SQLite database may do.
    """
    gone = deliveries.c.state == literal_column("'claimed'")  # As in the index that serves this.
    if now is not None:
        gone = and_(gone, deliveries.c.lease_until < now)
    free = select(deliveries.c.id).where(gone).with_for_update(skip_locked=True)
    done = tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(free))
        .values(state=DeliveryState.QUEUED, lease_until=None)
    )
    return done.rowcount


def never_attempted(issue_id: int | BindParameter[int]) -> Any:  # noqa: ANN401 - an SQL expression
    """Return the condition for what waits and is due at once, in the order of ids."""
    return and_(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state == DeliveryState.QUEUED,
        deliveries.c.next_attempt_at.is_(None),
    )


def settled(state: DeliveryState, detail: str, now: datetime) -> dict[str, Any]:
    """Return what to write for deliveries that end without an attempt."""
    return {"state": state, "detail": detail, "settled_at": now, "next_attempt_at": None}


def _due(
    tx: Transaction, issue_id: int, limit: int, now: datetime, after_id: int
) -> list[Sequence[Any]]:
    """Lock and return what is due, each row with the state of its subscription."""
    values = {"issue": issue_id, "now": stored(tx, deliveries.c.next_attempt_at, now)}
    values["after_id"] = after_id
    retries = _found(tx, _RETRIES, {**values, "most": limit})
    # Where there is plenty of both, each gets half.
    room = max(limit - len(retries), limit // 2)
    if not room:
        return retries
    fresh = _found(tx, _FIRST_AFTER, {**values, "most": room})
    if len(fresh) < room and after_id:
        fresh += _found(tx, _FIRST_BEFORE, {**values, "most": room - len(fresh)})
    return retries[: limit - len(fresh)] + fresh


def _found(tx: Transaction, search: _Search, values: Mapping[str, Any]) -> list[Sequence[Any]]:
    if tx.dialect.name != "sqlite":
        return list(tx.execute(search.rows, values))
    rows: list[Sequence[Any]] = json.loads(search.at_once.value(tx, values))
    return rows


class _Search:
    """A search for what is due, as it is run by each engine."""

    def __init__(self, rows: Select[Any]) -> None:
        """Take the statement that finds *rows*."""
        self.rows = rows
        # One row at a time costs more than to ask for all in one: SQLite lets other threads run at
        # each. It puts them together in the order in which they are found.
        found = rows.subquery("found")
        self.at_once = Ready(lambda: select(func.json_group_array(func.json_array(*found.c))))


# Statements that run for every few messages are built once: that costs more than running one.

_HELD = (deliveries.c.id, deliveries.c.fence)
_SETTLED = (
    *_HELD,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.detail,
    deliveries.c.settled_at,
    deliveries.c.next_attempt_at,
)

_SUBSCRIPTION = 7
"""Where in a row found the state of the subscription stands."""

# Two searches, so that each walks along an index and stops at its limit.
_FOUND = (
    select(
        deliveries.c.id,
        deliveries.c.variant_id,
        deliveries.c.subscriber_id,
        deliveries.c.subscription_id,
        deliveries.c.email,
        deliveries.c.attempts,
        deliveries.c.next_attempt_at,
        subscriptions.c.state.label("subscription"),
        subscribers.c.address_hash,
    )
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
    .with_for_update(skip_locked=True, of=deliveries)
    .limit(bindparam("most"))
)
# Of rows with a time only claimed ones do not wait. Naming the others would lead SQLite to the
# index on states, and to everything queued.
_RETRIES = _Search(
    _FOUND.where(
        deliveries.c.issue_id == bindparam("issue"),
        deliveries.c.state != DeliveryState.CLAIMED,
        deliveries.c.next_attempt_at <= bindparam("now"),
    ).order_by(deliveries.c.next_attempt_at, deliveries.c.id)
)
_FIRST = _FOUND.where(never_attempted(bindparam("issue"))).order_by(deliveries.c.id)
_FIRST_AFTER = _Search(_FIRST.where(deliveries.c.id > bindparam("after_id")))
_FIRST_BEFORE = _Search(_FIRST.where(deliveries.c.id <= bindparam("after_id")))


@cache
def _claiming(dialect: str) -> Update:
    wanted = batch(dialect, [deliveries.c.id])
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(select(wanted.c.id)))
        .values(
            state=DeliveryState.CLAIMED,
            fence=bindparam("new_fence"),
            lease_until=bindparam("until"),
        )
    )


@cache
def _settling(dialect: str) -> ReturningUpdate[Any]:
    return _settlement(dialect).returning(deliveries.c.id)


def _settlement(dialect: str) -> Update:
    results = batch(dialect, _SETTLED)
    return (
        update(deliveries)
        .where(_still_held(results))
        .values(
            state=results.c.state,
            attempts=results.c.attempts,
            detail=results.c.detail,
            settled_at=results.c.settled_at,
            next_attempt_at=results.c.next_attempt_at,
            lease_until=None,
        )
    )


@cache
def _releasing(dialect: str) -> Update:
    return (
        update(deliveries)
        .where(_still_held(batch(dialect, _HELD)))
        .values(state=DeliveryState.QUEUED, lease_until=None)
    )


def _still_held(batch: FromClause) -> Any:  # noqa: ANN401 - an SQL expression
    return and_(
        deliveries.c.id == batch.c.id,
        deliveries.c.fence == batch.c.fence,
        deliveries.c.state == DeliveryState.CLAIMED,
    )


_CLAIMING = Ready(lambda: _claiming("sqlite"))
_SETTLING = Ready(lambda: _settlement("sqlite"))
_ASKING = Ready(
    lambda: select(func.json_group_array(deliveries.c.id)).where(
        _still_held(batch("sqlite", _SETTLED))
    )
)


def _time_of(result: Settlement) -> datetime | None:
    """Return when to try again: always a time for what waits, and never one for what is final."""
    if result.state not in WAITING:
        return None
    return result.next_attempt_at or result.settled_at


def _storable(detail: str) -> str:
    """Replace what no engine takes: a server's odd reply must not cost the result."""
    if detail.isascii() and "\0" not in detail:
        return detail
    return detail.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def next_fence(tx: Transaction) -> int:
    """Return a number that no claim has had."""
    if tx.dialect.name == "sqlite":
        return settings.count_up(tx, "delivery_fence")
    return int(tx.execute(select(fence_numbers.next_value())).scalar_one())
