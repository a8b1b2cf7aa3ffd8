"""Looking subscribers up: lists of any length, and whom somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from digest.model import DeliveryState, Subscription, SubscriptionState
from digest.store import subscribers as people
from digest.store.engine import Transaction
from digest.store.schema import deliveries, issues, subscribers, subscriptions, suppressions

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which subscriptions."""

    briefing: str = ""
    """Empty: of all."""

    state: SubscriptionState | None = None
    """``None``: in all."""

    search: str = ""
    """A part of the address or the name, in any case; empty: everybody."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription in a list."""

    subscription: Subscription
    suppressed: str = ""
    """Why the address is on the do-not-mail record; empty when it is not."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one issue to a person."""

    briefing: str
    number: int
    subject: str
    state: DeliveryState
    attempts: int
    settled_at: datetime | None
    detail: str


def count(tx: Transaction, wanted: Filter) -> int:
    """Return how many subscriptions there are."""
    query = _wanted(select(func.count()).select_from(_JOINED), wanted)
    return int(tx.execute(query).scalar_one())


def list_people(tx: Transaction, wanted: Filter, limit: int | None = None) -> Iterator[Listed]:
    """Yield subscriptions by address, the first *limit* ones; ``None``: all.

    They are read as they are asked for, not all at once.
    """
    columns = people.subscription_columns()
    query = _wanted(select(*columns, suppressions.c.reason).select_from(_JOINED), wanted)
    query = query.order_by(subscribers.c.email_key, subscriptions.c.briefing).limit(limit)
    rows = tx.execution_options(yield_per=_CHUNK).execute(query)
    for row in rows:
        yield Listed(people.subscription_of(row), row.reason or "")


def like(tx: Transaction, email_key: str, limit: int = 2000) -> list[str]:
    """Return addresses that share the domain or the local part with *email_key*, by address."""
    local, _, domain = email_key.rpartition("@")
    column = subscribers.c.email_key
    same = or_(
        column.startswith(f"{local[:3]}", autoescape=True),
        column.endswith(f"@{domain}", autoescape=True),
    )
    query = select(subscribers.c.email).where(same, subscribers.c.erased_at.is_(None))
    return list(tx.execute(query.order_by(column).limit(limit)).scalars())


def deliveries_to(tx: Transaction, subscriber_id: int, limit: int = 10) -> list[Delivered]:
    """Return what became of the last issues to a person, newest first."""
    query = (
        select(
            issues.c.briefing,
            issues.c.number,
            issues.c.subject,
            deliveries.c.state,
            deliveries.c.attempts,
            deliveries.c.settled_at,
            deliveries.c.detail,
        )
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .where(deliveries.c.subscriber_id == subscriber_id)
        # By issue, and not by delivery: each is found by its key, whoever else got it.
        .order_by(issues.c.id.desc())
        .limit(limit)
    )
    return [
        Delivered(
            row.briefing,
            row.number,
            row.subject,
            DeliveryState(row.state),
            row.attempts,
            row.settled_at,
            row.detail,
        )
        for row in tx.execute(query)
    ]


_JOINED = subscriptions.join(
    subscribers, subscribers.c.id == subscriptions.c.subscriber_id
).outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)


def _wanted(query: Select[Any], wanted: Filter) -> Select[Any]:
    query = query.where(subscribers.c.erased_at.is_(None))
    if wanted.briefing:
        query = query.where(subscriptions.c.briefing == wanted.briefing)
    if wanted.state is not None:
        query = query.where(subscriptions.c.state == wanted.state)
    if wanted.search:
        query = query.where(
            or_(
                subscribers.c.email_key.contains(wanted.search.casefold(), autoescape=True),
                func.lower(subscribers.c.name).contains(wanted.search.lower(), autoescape=True),
            )
        )
    return query
