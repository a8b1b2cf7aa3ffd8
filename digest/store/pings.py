"""What of the feeds has changed, and which hubs of others have been told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select, update

from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import hub_pings, hub_topics


@dataclass(frozen=True, slots=True)
class Ping:
    """What a hub is, or was, told of one document."""

    hub: str
    topic: str
    changed_at: datetime
    """The change that it is about."""

    attempts: int
    next_attempt_at: datetime | None
    """``None``: it was told, or given up."""

    tried_at: datetime | None
    told_at: datetime | None
    detail: str
    """What came of the last attempt, for people; empty before."""


def topics(tx: Transaction) -> dict[str, str]:
    """Return the documents of feeds, by URL: the sha256 of each when it was last looked at."""
    return {row.topic: row.tag for row in tx.execute(select(hub_topics.c.topic, hub_topics.c.tag))}


def note_change(tx: Transaction, topic: str, tag: str, now: datetime) -> None:
    """Record that the document at *topic* is another since *now*."""
    values = {"tag": tag, "changed_at": now}
    tx.execute(
        insert_into(tx, hub_topics)
        .values(topic=topic, **values)
        .on_conflict_do_update(index_elements=["topic"], set_=values)
    )


def forget(tx: Transaction, known: Collection[str], hubs: Collection[str]) -> None:
    """Forget documents that are not among *known*, and pings of them or to other than *hubs*."""
    gone = [topic for topic in topics(tx) if topic not in known]
    for topic in gone:
        tx.execute(delete(hub_topics).where(hub_topics.c.topic == topic))
        tx.execute(delete(hub_pings).where(hub_pings.c.topic == topic))
    tx.execute(delete(hub_pings).where(hub_pings.c.hub.not_in(list(hubs))))


def demand(tx: Transaction, hub: str, topic: str, now: datetime) -> None:
    """Have *hub* told of *topic* at once."""
    values: Mapping[str, Any] = {"changed_at": now, "attempts": 0, "next_attempt_at": now}
    tx.execute(
        insert_into(tx, hub_pings)
        .values(hub=hub, topic=topic, detail="", **values)
        .on_conflict_do_update(index_elements=["hub", "topic"], set_=values)
    )


def hurry(tx: Transaction, now: datetime) -> None:
    """Have what waits for a later attempt told at once."""
    waiting = hub_pings.c.next_attempt_at.is_not(None)
    tx.execute(update(hub_pings).where(waiting).values(next_attempt_at=now))


def claim(tx: Transaction, now: datetime, limit: int, lease: timedelta) -> list[Ping]:
    """Return up to *limit* pings that are due; no other gets them until *lease* is over."""
    due = (
        select(hub_pings.c.hub, hub_pings.c.topic)
        .where(hub_pings.c.next_attempt_at <= now)
        .order_by(hub_pings.c.attempts, hub_pings.c.next_attempt_at)
        .limit(limit)
    )
    found = tx.execute(due).all()
    if not found:
        return []
    these = or_(
        *(and_(hub_pings.c.hub == row.hub, hub_pings.c.topic == row.topic) for row in found)
    )
    rows = tx.execute(
        update(hub_pings)
        .where(these, hub_pings.c.next_attempt_at <= now)
        .values(next_attempt_at=now + lease)
        .returning(hub_pings)
    )
    return [_ping(row) for row in rows]


def settle(
    tx: Transaction,
    ping: Ping,
    *,
    now: datetime,
    is_told: bool,
    next_attempt_at: datetime | None,
    detail: str,
) -> None:
    """Record what came of telling *ping*. A change since then is told all the same."""
    this = and_(hub_pings.c.hub == ping.hub, hub_pings.c.topic == ping.topic)
    said: dict[str, Any] = {"tried_at": now, "detail": detail}
    if is_told:
        said["told_at"] = now
    tx.execute(update(hub_pings).where(this).values(said))
    tx.execute(
        update(hub_pings)
        .where(this, hub_pings.c.changed_at == ping.changed_at)
        .values(attempts=ping.attempts + 1, next_attempt_at=next_attempt_at)
    )


def pings(tx: Transaction) -> list[Ping]:
    """Return what hubs are, or were, told, by hub and document."""
    query = select(hub_pings).order_by(hub_pings.c.hub, hub_pings.c.topic)
    return [_ping(row) for row in tx.execute(query)]


def _ping(row: Row[Any]) -> Ping:
    return Ping(
        hub=row.hub,
        topic=row.topic,
        changed_at=row.changed_at,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        tried_at=row.tried_at,
        told_at=row.told_at,
        detail=row.detail,
    )
