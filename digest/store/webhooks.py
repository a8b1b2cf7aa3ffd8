"""What mail services sent by webhooks: taken once, counted by name, and topics that may send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from digest.store.dialects import insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import webhook_events, webhook_requests, webhook_topics

MAX_WAITING_TOPICS = 20
"""For each webhook: anybody with an account at Amazon can have one ask."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of one name came."""

    hook: str
    name: str
    number: int
    last_at: datetime
    is_known: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of Amazon SNS that sends to us, or wants to."""

    hook: str
    topic: str
    url: str
    """What is to be visited to confirm; empty once that was done."""

    asked_at: datetime
    confirmed_at: datetime | None
    """``None`` while nobody has: then nothing of it is believed."""


def body_of(tx: Transaction, hook: str, nonce: str) -> str | None:
    """Return the hash of the body that came with *nonce*; ``None`` when it never came."""
    query = select(webhook_requests.c.body_hash).where(
        webhook_requests.c.hook == hook, webhook_requests.c.nonce == nonce
    )
    found: str | None = tx.execute(query).scalar_one_or_none()
    return found


def remember(tx: Transaction, hook: str, nonce: str, body_hash: str, now: datetime) -> bool:
    """Write down that a request was taken. Return whether its nonce is new."""
    row = {"hook": hook, "nonce": nonce, "body_hash": body_hash, "at": now}
    return insert_new(tx, webhook_requests, row)


def forget(tx: Transaction, hook: str, before: datetime) -> None:
    """Forget requests of before then: they are refused for their age."""
    tx.execute(
        delete(webhook_requests).where(
            webhook_requests.c.hook == hook, webhook_requests.c.at < before
        )
    )


def count(
    tx: Transaction, hook: str, names: Mapping[str, int], unknown: Mapping[str, int], now: datetime
) -> None:
    """Count events by their names; *unknown* are those among them that nobody knows."""
    # Always in the same order, so that two requests at once cannot wait for each other.
    for name, number in sorted(names.items()):
        row = insert_into(tx, webhook_events).values(
            hook=hook, name=name, number=number, last_at=now, is_known=name not in unknown
        )
        tx.execute(
            row.on_conflict_do_update(
                index_elements=["hook", "name"],
                set_={
                    "number": webhook_events.c.number + number,
                    "last_at": now,
                    "is_known": name not in unknown,
                },
            )
        )


def counts(tx: Transaction) -> list[Count]:
    """Return how many events came, by webhook and name."""
    query = select(webhook_events).order_by(webhook_events.c.hook, webhook_events.c.name)
    return [
        Count(row.hook, row.name, row.number, row.last_at, row.is_known)
        for row in tx.execute(query)
    ]


def ask_topic(tx: Transaction, hook: str, topic: str, url: str, now: datetime) -> bool:
    """Write down that *topic* wants to send. Return whether there was room for it.

    The newest *url* counts: Amazon's are good for three days.
    """
    known = topic_of(tx, hook, topic)
    if known is None and _waiting(tx, hook) >= MAX_WAITING_TOPICS:
        return False
    row = insert_into(tx, webhook_topics).values(
        hook=hook, topic=topic, url=url, asked_at=now, confirmed_at=None
    )
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["hook", "topic"], set_={"url": url, "asked_at": now}
        )
    )
    return True


def confirm_topic(tx: Transaction, hook: str, topic: str, now: datetime) -> None:
    """Believe *topic* from now on."""
    tx.execute(
        update(webhook_topics)
        .where(webhook_topics.c.hook == hook, webhook_topics.c.topic == topic)
        .values(confirmed_at=now, url="")
    )


def topic_of(tx: Transaction, hook: str, topic: str) -> Topic | None:
    """Return what is known of a topic; ``None`` when it never asked."""
    found = [item for item in topics(tx) if (item.hook, item.topic) == (hook, topic)]
    return found[0] if found else None


def topics(tx: Transaction) -> list[Topic]:
    """Return all topics that send to us or want to, by webhook."""
    query = select(webhook_topics).order_by(webhook_topics.c.hook, webhook_topics.c.topic)
    return [
        Topic(row.hook, row.topic, row.url, row.asked_at, row.confirmed_at)
        for row in tx.execute(query)
    ]


def _waiting(tx: Transaction, hook: str) -> int:
    query = select(func.count()).where(
        webhook_topics.c.hook == hook, webhook_topics.c.confirmed_at.is_(None)
    )
    return int(tx.execute(query).scalar_one())
