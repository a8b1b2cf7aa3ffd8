"""Subscribers and their consent."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)

from digest.model import SubscriptionState
from digest.store.schema.base import ID, Utc, one_of, partial_index, table

subscribers = table(
    "subscribers",
    Column("id", ID, primary_key=True),
    # As the person wrote it, domain as A-label.
    Column("email", String(320), nullable=False),
    # The canonical key of the address: one person, one row.
    Column("email_key", String(320), nullable=False, unique=True),
    # Keyed hash of email_key: what suppressions know of an address.
    Column("address_hash", String(64), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    # Empty: the briefing's.
    Column("language", String(35), nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("created_at", Utc, nullable=False),
)

subscriptions = table(
    "subscriptions",
    Column("id", ID, primary_key=True),
    Column("subscriber_id", ID, ForeignKey("subscribers.id"), nullable=False),
    Column("briefing", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", Utc, nullable=False),
    # Null until confirmed.
    Column("confirmed_at", Utc),
    # Null unless it was given up and has not been confirmed since.
    Column("unsubscribed_at", Utc),
    UniqueConstraint("subscriber_id", "briefing"),
    # Freezing an issue reads the confirmed ones of one briefing.
    Index("ix_subscriptions_audience", "briefing", "state", "subscriber_id"),
    # While an issue is sent, who has left since is asked twice a second.
    partial_index(
        "ix_subscriptions_left", "unsubscribed_at IS NOT NULL", "briefing", "unsubscribed_at"
    ),
    one_of("state", SubscriptionState),
)

consents = table(
    "consents",
    # Append-only: how each subscription came to be what it is.
    Column("id", ID, primary_key=True),
    Column("subscriber_id", ID, ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("briefing", String(40), nullable=False),
    Column("at", Utc, nullable=False),
    # The state that this event led to.
    Column("state", String(20), nullable=False),
    # Who or what did it: "import", "operator", "form", "one-click".
    Column("method", String(40), nullable=False),
    # What was agreed to, or why the operator says that it was.
    Column("evidence", Text, nullable=False),
    one_of("state", SubscriptionState),
)

suppressions = table(
    "suppressions",
    # The do-not-mail record. Holds no address, so that it outlives the subscriber.
    Column("address_hash", String(64), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("evidence", Text, nullable=False),
)
