"""Requests: what somebody asked for on a page, written down before the page answers.

A request is *asked* (within budgets), *answered* (mostly by a mail with a link), and *used* (the
link is pressed, once). What it says is a stranger's word until it is used: it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from digest.model import RequestKind
from digest.store.engine import Transaction
from digest.store.schema import notices, requests

MAILED = "mailed"
"""The outcome of a request that led to a mail."""

_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Something asked for just now."""

    kind: RequestKind
    at: datetime
    network: str
    """Where it came from: a network, never a single address."""

    email: str = ""
    """The address it is for, domain as A-label; empty where :attr:`subscription_id` says who."""

    email_key: str = ""
    domain: str = ""
    subscription_id: int | None = None
    subscriber_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """What was chosen on the page; only what JSON can say."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something that was asked for."""

    id: int
    kind: RequestKind
    at: datetime
    network: str
    email: str
    email_key: str
    subscription_id: int | None
    subscriber_id: int | None
    details: Mapping[str, Any]
    outcome: str
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many requests an hour are taken."""

    network: int
    """From one network."""

    domain: int
    """For addresses of one domain."""

    total: int


def add_within(tx: Transaction, new: NewRequest, budgets: Budgets) -> bool:
    """Write the request unless a budget is used up. Return whether it was written.

    Does the same whoever the address belongs to.
    """
    since = new.at - _AN_HOUR
    limits: list[tuple[ColumnElement[bool], int]] = [
        (requests.c.network == new.network, budgets.network),
        (requests.c.domain == new.domain, budgets.domain),
        (requests.c.at > since, budgets.total),
    ]
    if not new.domain:
        del limits[1]
    for condition, limit in limits:
        if _is_used_up(tx, condition, since, limit):
            return False
    tx.execute(
        insert(requests).values(
            kind=new.kind,
            at=new.at,
            network=new.network,
            email=new.email,
            email_key=new.email_key,
            domain=new.domain,
            subscription_id=new.subscription_id,
            subscriber_id=new.subscriber_id,
            details=dict(new.details),
            outcome="",
        )
    )
    return True


def unanswered(tx: Transaction, limit: int) -> list[Request]:
    """Return the oldest *limit* requests that nobody has looked at, and keep others from them."""
    query = (
        select(requests)
        .where(requests.c.answered_at.is_(None))
        .order_by(requests.c.id)
        .limit(limit)
        .with_for_update()
    )
    return [_request(row) for row in tx.execute(query)]


def answer(
    tx: Transaction,
    request_id: int,
    outcome: str,
    now: datetime,
    *,
    subscriber_id: int | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Record what came of a request; *expires_at* is until when the link works that was mailed."""
    values: dict[str, Any] = {"answered_at": now, "outcome": outcome, "expires_at": expires_at}
    if subscriber_id is not None:
        values["subscriber_id"] = subscriber_id
    tx.execute(update(requests).where(requests.c.id == request_id).values(values))


def get(tx: Transaction, request_id: int) -> Request | None:
    """Return the request with that id; ``None`` when there is none (any more)."""
    row = tx.execute(select(requests).where(requests.c.id == request_id)).one_or_none()
    return _request(row) if row else None


def use(tx: Transaction, request_id: int, kind: RequestKind, now: datetime) -> Request | None:
    """Use the request's link up. Return the request, or ``None`` if that cannot be (any more).

    Of several who try at the same time one succeeds.
    """
    row = tx.execute(
        update(requests)
        .where(
            requests.c.id == request_id,
            requests.c.kind == kind,
            requests.c.expires_at > now,
            requests.c.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(requests)
    ).one_or_none()
    return _request(row) if row else None


def mailed_since(
    tx: Transaction, email_key: str, kind: RequestKind, since: datetime
) -> list[Request]:
    """Return the requests of one kind for an address that led to mails after *since*."""
    query = (
        select(requests)
        .where(
            requests.c.email_key == email_key,
            requests.c.kind == kind,
            requests.c.outcome == MAILED,
            requests.c.at > since,
        )
        .order_by(requests.c.id)
    )
    return [_request(row) for row in tx.execute(query)]


def rename(tx: Transaction, request_id: int, email: str, email_key: str) -> None:
    """Say for which address a request is that came with a link instead of one."""
    tx.execute(
        update(requests).where(requests.c.id == request_id).values(email=email, email_key=email_key)
    )


def claim_for(tx: Transaction, email_key: str, subscriber_id: int) -> None:
    """Note that what was asked for an address was for that subscriber, who leaves the address."""
    tx.execute(
        update(requests)
        .where(requests.c.email_key == email_key, requests.c.subscriber_id.is_(None))
        .values(subscriber_id=subscriber_id)
    )


def forget(tx: Transaction, before: datetime, now: datetime) -> int:
    """Remove requests from *before* whose link does not work. Return how many.

    Their notices go with them.
    """
    old = select(requests.c.id).where(
        requests.c.at < before,
        requests.c.answered_at.is_not(None),
        requests.c.expires_at.is_(None) | (requests.c.expires_at < now),
    )
    tx.execute(delete(notices).where(notices.c.request_id.in_(old)))
    return tx.execute(delete(requests).where(requests.c.id.in_(old))).rowcount


def _is_used_up(
    tx: Transaction, condition: ColumnElement[bool], since: datetime, limit: int
) -> bool:
    lately = select(requests.c.id).where(condition, requests.c.at > since).limit(limit)
    found = tx.execute(select(func.count()).select_from(lately.subquery())).scalar_one()
    return int(found) >= limit


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        kind=RequestKind(row.kind),
        at=row.at,
        network=row.network,
        email=row.email,
        email_key=row.email_key,
        subscription_id=row.subscription_id,
        subscriber_id=row.subscriber_id,
        details=row.details,
        outcome=row.outcome,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
