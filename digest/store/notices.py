"""Notices: mails to one person about their subscriptions, until the relay has taken them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update

from digest.model import DeliveryState, NoticeKind
from digest.store.engine import Transaction
from digest.store.schema import notices


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that waits to be sent."""

    id: int
    kind: NoticeKind
    request_id: int | None
    """Whose link is in it; ``None``: nobody's."""

    recipient: str
    details: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    attempts: int
    """Those before this one."""


def add(
    tx: Transaction,
    kind: NoticeKind,
    recipient: str,
    details: Mapping[str, Any],
    *,
    now: datetime,
    expires_at: datetime,
    request_id: int | None = None,
) -> int:
    """Write a mail to be sent at once. Return its id."""
    number: int = tx.execute(
        insert(notices)
        .values(
            kind=kind,
            request_id=request_id,
            recipient=recipient,
            details=dict(details),
            created_at=now,
            expires_at=expires_at,
            attempts=0,
            next_attempt_at=now,
            state=DeliveryState.QUEUED,
            detail="",
        )
        .returning(notices.c.id)
    ).scalar_one()
    return number


def claim(tx: Transaction, now: datetime, limit: int, lease: timedelta) -> list[Notice]:
    """Return the oldest notices that are due; no other gets them until *lease* is over.

    A sender that is gone by then has settled nothing, so that they come back.
    """
    due = (
        select(notices.c.id)
        .where(notices.c.next_attempt_at <= now)
        .order_by(notices.c.next_attempt_at, notices.c.id)
        .limit(limit)
    )
    rows = tx.execute(
        update(notices)
        .where(notices.c.id.in_(due), notices.c.next_attempt_at <= now)
        .values(next_attempt_at=now + lease)
        .returning(notices)
    )
    return sorted((_notice(row) for row in rows), key=lambda notice: notice.id)


def put_off(tx: Transaction, notice_id: int, until: datetime, detail: str, attempts: int) -> None:
    """Try a notice again at *until*, because of *detail*, after so many attempts."""
    tx.execute(
        update(notices)
        .where(notices.c.id == notice_id, notices.c.state == DeliveryState.QUEUED)
        .values(next_attempt_at=until, detail=detail, attempts=attempts)
    )


def settle(tx: Transaction, notice_id: int, state: DeliveryState) -> None:
    """Record what became of a notice, and forget whom it went to, and what the relay said of it."""
    tx.execute(
        update(notices)
        .where(notices.c.id == notice_id)
        .values(state=state, detail="", recipient="", next_attempt_at=None)
    )


def forget(tx: Transaction, before: datetime) -> int:
    """Remove settled notices from before then. Return how many."""
    old = notices.c.next_attempt_at.is_(None), notices.c.created_at < before
    return tx.execute(delete(notices).where(*old)).rowcount


def waiting(tx: Transaction) -> list[tuple[NoticeKind, int, str]]:
    """Return the notices that wait: kind, attempts so far, and the last reply."""
    query = (
        select(notices.c.kind, notices.c.attempts, notices.c.detail)
        .where(notices.c.next_attempt_at.is_not(None))
        .order_by(notices.c.id)
    )
    return [(NoticeKind(kind), attempts, detail) for kind, attempts, detail in tx.execute(query)]


def stuck(tx: Transaction, since: datetime) -> tuple[int, str]:
    """Return how many notices were tried in vain since then or longer, and the oldest's reply."""
    late = and_(
        notices.c.next_attempt_at.is_not(None),
        notices.c.attempts > 0,
        notices.c.created_at <= since,
    )
    query = select(notices.c.detail).where(late).order_by(notices.c.id)
    replies = tx.execute(query).scalars().all()
    return len(replies), replies[0] if replies else ""


def settled(tx: Transaction) -> list[tuple[NoticeKind, DeliveryState, str]]:
    """Return the notices that are settled: kind, what became of them, and their recipient: none."""
    query = (
        select(notices.c.kind, notices.c.state, notices.c.recipient)
        .where(notices.c.next_attempt_at.is_(None))
        .order_by(notices.c.id)
    )
    return [
        (NoticeKind(kind), DeliveryState(state), recipient)
        for kind, state, recipient in tx.execute(query)
    ]


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        kind=NoticeKind(row.kind),
        request_id=row.request_id,
        recipient=row.recipient,
        details=row.details,
        created_at=row.created_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
    )
