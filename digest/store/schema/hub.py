"""WebSub: what hubs have been told, and who subscribed at our own."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Text, UniqueConstraint

from digest.model import HubMode
from digest.store.schema.base import ID, Utc, one_of, partial_index, table

hub_topics = table(
    "hub_topics",
    # The current document of each feed in each format, by its URL, as it was when last looked at.
    Column("topic", String(1000), primary_key=True),
    # sha256 of its bytes.
    Column("tag", String(64), nullable=False),
    Column("changed_at", Utc, nullable=False),
)

hub_pings = table(
    "hub_pings",
    # What hubs of others are told: one row a hub and a document, used again for each change.
    Column("hub", String(1000), primary_key=True),
    Column("topic", String(1000), primary_key=True),
    # The change that it is about.
    Column("changed_at", Utc, nullable=False),
    # Of telling this change.
    Column("attempts", Integer, nullable=False),
    # Null once it was told, or given up. Whoever tells it moves this ahead first.
    Column("next_attempt_at", Utc),
    # When it was last tried, and last done; null until then.
    Column("tried_at", Utc),
    Column("told_at", Utc),
    # What came of the last attempt, for people.
    Column("detail", Text, nullable=False),
    partial_index("ix_hub_pings_due", "next_attempt_at IS NOT NULL", "next_attempt_at"),
)

hub_requests = table(
    "hub_requests",
    # What the hub has yet to ask or tell at a callback, before anything is changed or after it was.
    Column("id", ID, primary_key=True),
    Column("mode", String(12), nullable=False),
    Column("topic", String(1000), nullable=False),
    Column("callback", String(1000), nullable=False),
    # The callback's host and port.
    Column("site", String(300), nullable=False, index=True),
    # The network that asked; empty for what nobody asked for. Budgets are counted by it.
    Column("network", String(50), nullable=False, index=True),
    # What content is to be signed with; empty: it is not signed.
    Column("secret", Text, nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    # Why it is denied; empty otherwise.
    Column("reason", Text, nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Whoever asks at the callback moves this ahead first.
    Column("next_attempt_at", Utc, nullable=False, index=True),
    # The newer of two requests counts.
    UniqueConstraint("topic", "callback"),
    one_of("mode", HubMode),
)

hub_subscriptions = table(
    "hub_subscriptions",
    # Who gets a document whenever it has changed: only callbacks that said they want it.
    Column("id", ID, primary_key=True),
    Column("topic", String(1000), nullable=False),
    Column("callback", String(1000), nullable=False),
    Column("site", String(300), nullable=False, index=True),
    Column("secret", Text, nullable=False),
    # When the callback last said so, and until when that counts.
    Column("verified_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
    # sha256 of what it got last; empty when it has got nothing yet.
    Column("tag", String(64), nullable=False),
    Column("delivered_at", Utc),
    # Failures since it last took something, and the time of the first; null when there are none.
    Column("failures", Integer, nullable=False),
    Column("failing_since", Utc),
    # Null when it has what there is. Whoever sends moves this ahead first.
    Column("next_attempt_at", Utc),
    # What came of the last attempt, for people.
    Column("detail", Text, nullable=False),
    UniqueConstraint("topic", "callback"),
    partial_index("ix_hub_subscriptions_due", "next_attempt_at IS NOT NULL", "next_attempt_at"),
)
