"""Mail that people wrote to us, until it is with the one who answers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from digest.store.engine import Transaction
from digest.store.schema import feedback_forwards, feedback_reports


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail to be passed on."""

    id: int
    report_id: int
    content: bytes
    created_at: datetime
    attempts: int


def add(
    tx: Transaction, report_id: int, content: bytes, now: datetime, at: datetime | None = None
) -> None:
    """Let the mail of a report be passed on, at once or *at* a later time."""
    tx.execute(
        insert(feedback_forwards).values(
            report_id=report_id,
            content=content,
            created_at=now,
            attempts=0,
            next_attempt_at=at or now,
            detail="",
        )
    )


def count_since(tx: Transaction, effect: str, since: datetime) -> int:
    """Return how many reports since then led to *effect*: passing on; and older ones that wait."""
    query = select(func.count()).where(
        feedback_reports.c.at >= since, feedback_reports.c.effect == effect
    )
    waiting = select(func.count()).where(feedback_forwards.c.created_at < since)
    return int(tx.execute(query).scalar_one()) + int(tx.execute(waiting).scalar_one())


def are_due(tx: Transaction, now: datetime) -> bool:
    """Return whether any mail is to be passed on now."""
    query = select(feedback_forwards.c.id).where(feedback_forwards.c.next_attempt_at <= now)
    return tx.execute(query.limit(1)).first() is not None


def claim(tx: Transaction, now: datetime, limit: int, lease: timedelta) -> list[Forward]:
    """Return the mails that are due; no other gets them until *lease* is over."""
    due = (
        select(feedback_forwards.c.id)
        .where(feedback_forwards.c.next_attempt_at <= now)
        .order_by(feedback_forwards.c.next_attempt_at, feedback_forwards.c.id)
        .limit(limit)
    )
    rows = tx.execute(
        update(feedback_forwards)
        .where(feedback_forwards.c.id.in_(due), feedback_forwards.c.next_attempt_at <= now)
        .values(next_attempt_at=now + lease)
        .returning(feedback_forwards)
    )
    found = [Forward(r.id, r.report_id, r.content, r.created_at, r.attempts) for r in rows]
    return sorted(found, key=lambda item: item.id)


def put_off(tx: Transaction, forward_id: int, until: datetime, detail: str) -> None:
    """Try to pass a mail on again at *until*, because of *detail*."""
    tx.execute(
        update(feedback_forwards)
        .where(feedback_forwards.c.id == forward_id)
        .values(next_attempt_at=until, detail=detail, attempts=feedback_forwards.c.attempts + 1)
    )


def end(tx: Transaction, forward: Forward, outcome: str) -> None:
    """Forget a mail that was passed on, or never will be; keep what became of it (*outcome*)."""
    tx.execute(delete(feedback_forwards).where(feedback_forwards.c.id == forward.id))
    tx.execute(
        update(feedback_reports)
        .where(feedback_reports.c.id == forward.report_id)
        .values(explanation=outcome)
    )
