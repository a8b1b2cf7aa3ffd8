"""Subscribers, their subscriptions, and the suppressions.

The record of their consent is in consent.py; its names are part of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select

from digest.model import Cadence, MailFormat, Subscriber, Subscription, SubscriptionState
from digest.store import consent as consent_record
from digest.store import facts
from digest.store.consent import Consent, consents_of
from digest.store.dialects import as_table, insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import subscribers, subscriptions, suppressions


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A person not known yet."""

    email: str
    email_key: str
    address_hash: str
    name: str = ""
    language: str = ""
    timezone: str = ""
    format: MailFormat = MailFormat.HTML


def find(tx: Transaction, email_key: str) -> Subscriber | None:
    """Return the subscriber with that canonical address key; ``None`` when unknown."""
    row = tx.execute(select(subscribers).where(subscribers.c.email_key == email_key)).one_or_none()
    return subscriber_of(row) if row else None


def get(tx: Transaction, subscriber_id: int) -> Subscriber | None:
    """Return the subscriber with that id; ``None`` when there is none, or they had it erased."""
    query = select(subscribers).where(
        subscribers.c.id == subscriber_id, subscribers.c.erased_at.is_(None)
    )
    row = tx.execute(query).one_or_none()
    return subscriber_of(row) if row else None


def hash_of(tx: Transaction, subscriber_id: int) -> str:
    """Return by what the do-not-mail record knows the address of a subscriber who is there."""
    query = select(subscribers.c.address_hash).where(subscribers.c.id == subscriber_id)
    found: str = tx.execute(query).scalar_one()
    return found


def exist(tx: Transaction) -> bool:
    """Return whether anybody ever subscribed: then links that were signed are out."""
    return tx.execute(select(subscribers.c.id).limit(1)).first() is not None


def add(tx: Transaction, person: NewSubscriber, at: datetime) -> Subscriber:
    """Write a person not known yet."""
    row = tx.execute(
        insert(subscribers)
        .values(
            email=person.email,
            email_key=person.email_key,
            address_hash=person.address_hash,
            name=person.name,
            language=person.language,
            timezone=person.timezone,
            format=person.format,
            created_at=at,
        )
        .returning(subscribers)
    ).one()
    return subscriber_of(row)


def subscription(tx: Transaction, subscriber_id: int, briefing: str) -> Subscription | None:
    """Return a person's subscription to *briefing*; ``None`` when there never was one."""
    query = _subscriptions().where(
        subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.briefing == briefing
    )
    row = tx.execute(query).one_or_none()
    return subscription_of(row) if row else None


def subscription_with(tx: Transaction, subscription_id: int) -> Subscription | None:
    """Return the subscription with that id, whoever had it; ``None`` when there is none."""
    row = tx.execute(_subscriptions().where(subscriptions.c.id == subscription_id)).one_or_none()
    return subscription_of(row) if row else None


def subscriptions_of(tx: Transaction, subscriber_id: int) -> list[Subscription]:
    """Return all subscriptions that a person has or had, by briefing."""
    query = _subscriptions().where(subscriptions.c.subscriber_id == subscriber_id)
    return [subscription_of(row) for row in tx.execute(query.order_by(subscriptions.c.briefing))]


def set_state(tx: Transaction, consent: Consent) -> None:
    """Put the subscription into the state the *consent* event leads to, and record the event.

    ``unsubscribed_at`` stays until it is confirmed again: asking anew is not yet consent.
    """
    moment: dict[str, Any] = {"state": consent.state}
    if consent.state is SubscriptionState.CONFIRMED:
        moment |= {"confirmed_at": consent.at, "unsubscribed_at": None}
    elif consent.state is SubscriptionState.UNSUBSCRIBED:
        moment |= {"unsubscribed_at": consent.at}
    tx.execute(
        insert_into(tx, subscriptions)
        .values(
            subscriber_id=consent.subscriber_id,
            briefing=consent.briefing,
            created_at=consent.at,
            **moment,
        )
        .on_conflict_do_update(index_elements=["subscriber_id", "briefing"], set_=moment)
    )
    consent_record.record(tx, consent)


def list_subscriptions(
    tx: Transaction, briefing: str | None = None, state: SubscriptionState | None = None
) -> Iterator[Subscription]:
    """Yield subscriptions, by address; none of people who had everything erased."""
    query = _subscriptions().order_by(subscribers.c.email_key, subscriptions.c.briefing)
    query = query.where(subscribers.c.erased_at.is_(None))
    if briefing is not None:
        query = query.where(subscriptions.c.briefing == briefing)
    if state is not None:
        query = query.where(subscriptions.c.state == state)
    for row in tx.execute(query):
        yield subscription_of(row)


def count(tx: Transaction, briefing: str) -> dict[SubscriptionState, int]:
    """Return how many subscriptions to *briefing* are in each state."""
    query = (
        select(subscriptions.c.state, func.count())
        .where(subscriptions.c.briefing == briefing)
        .group_by(subscriptions.c.state)
    )
    found = {SubscriptionState(state): int(number) for state, number in tx.execute(query)}
    return {state: found.get(state, 0) for state in SubscriptionState}


def suppress(tx: Transaction, address_hash: str, at: datetime, reason: str, evidence: str) -> None:
    """Put an address on the do-not-mail record; the first reason stays."""
    row = {"address_hash": address_hash, "at": at, "reason": reason, "evidence": evidence}
    if insert_new(tx, suppressions, row):
        facts.note_suppressed(tx, address_hash, at, reason, evidence)


def is_suppressed(tx: Transaction, address_hash: str) -> bool:
    """Return whether the address is on the do-not-mail record."""
    query = select(suppressions.c.at).where(suppressions.c.address_hash == address_hash)
    return tx.execute(query).first() is not None


def suppressed_among(tx: Transaction, hashes: Iterable[str]) -> set[str]:
    """Return those of *hashes* that are on the do-not-mail record."""
    column = suppressions.c.address_hash
    wanted = as_table(tx, [column], [(item,) for item in hashes])
    query = select(column).join(wanted, wanted.c.address_hash == column)
    return set(tx.execute(query).scalars())


def subscription_columns() -> tuple[Any, ...]:
    """Return the columns that :func:`subscription_of` reads, for queries of this package."""
    return (
        subscriptions.c.id.label("subscription_id"),
        subscriptions.c.briefing,
        subscriptions.c.state,
        subscriptions.c.confirmed_at,
        subscriptions.c.unsubscribed_at,
        subscriptions.c.topics,
        subscriptions.c.cadence,
        subscriptions.c.paused_until,
        subscribers,
    )


def _subscriptions() -> Select[Any]:
    return select(*subscription_columns()).join(
        subscribers, subscribers.c.id == subscriptions.c.subscriber_id
    )


def subscriber_of(row: Row[Any]) -> Subscriber:
    """Return what a row of the table says."""
    return Subscriber(
        row.id, row.email, row.name, row.language, row.timezone, MailFormat(row.format)
    )


def subscription_of(row: Row[Any]) -> Subscription:
    """Return what a row of :func:`subscription_columns` says."""
    return Subscription(
        id=row.subscription_id,
        subscriber=subscriber_of(row),
        briefing=row.briefing,
        state=SubscriptionState(row.state),
        confirmed_at=row.confirmed_at,
        unsubscribed_at=row.unsubscribed_at,
        topics=tuple(row.topics),
        cadence=Cadence(row.cadence),
        paused_until=row.paused_until,
    )


__all__ = [
    "Consent",
    "NewSubscriber",
    "add",
    "consents_of",
    "count",
    "exist",
    "find",
    "get",
    "hash_of",
    "is_suppressed",
    "list_subscriptions",
    "set_state",
    "subscriber_of",
    "subscription",
    "subscription_columns",
    "subscription_of",
    "subscription_with",
    "subscriptions_of",
    "suppress",
    "suppressed_among",
]
