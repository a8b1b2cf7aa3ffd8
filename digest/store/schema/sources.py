"""Upstream sources: how each is doing, and what became of each article that it named."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Text, text

from digest.store.schema.base import ID, Utc, partial_index, table

source_states = table(
    "source_states",
    # One row a source that is asked for news, however it is doing.
    Column("source", String(100), primary_key=True),
    # As the settings had it when this was written: another address is another source.
    Column("url", Text, nullable=False),
    # Where it moved to for good; empty while it is where the settings say.
    Column("moved_to", Text, nullable=False, server_default=""),
    # Validators of the last document that was read (RFC 9110, section 8.8); empty: none.
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    # sha256 of that document: the same again need not be read.
    Column("digest", String(64), nullable=False, server_default=""),
    # What it calls itself, and where its pages are.
    Column("title", Text, nullable=False, server_default=""),
    Column("site_url", Text, nullable=False, server_default=""),
    Column("kind", String(40), nullable=False, server_default=""),
    # What it says about being asked; seconds, lists of numbers. Null and empty: nothing.
    Column("ttl_seconds", Integer),
    Column("skip_hours", JSON, nullable=False, server_default="[]"),
    Column("skip_days", JSON, nullable=False, server_default="[]"),
    # Null: it is not asked any more (it is paused, or gone). Whoever asks moves this ahead first.
    Column("next_poll_at", Utc),
    Column("polled_at", Utc),
    # When it last answered well, and when it last had something new; null until then.
    Column("succeeded_at", Utc),
    Column("news_at", Utc),
    # Failures since it last answered well, and the time of the first; null when there are none.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Utc),
    # What came of the last look, for people.
    Column("detail", Text, nullable=False, server_default=""),
    Column("is_paused", Boolean, nullable=False, server_default=text("false")),
    # When it said that it has ended (410); null while it lives.
    Column("gone_at", Utc),
    # How often it was asked, and how often it had not changed; articles read and used.
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("polls_unchanged", Integer, nullable=False, server_default="0"),
    Column("articles_seen", Integer, nullable=False, server_default="0"),
    Column("articles_used", Integer, nullable=False, server_default="0"),
    # Its WebSub hub and the topic there; empty: none. The rest is about being told by it.
    Column("hub", Text, nullable=False, server_default=""),
    Column("topic", Text, nullable=False, server_default=""),
    # The unguessable part of our callback, and what the hub signs with.
    Column("callback", String(64), nullable=False, server_default=""),
    Column("secret", String(64), nullable=False, server_default=""),
    # When it was last asked to tell us, and until when it will; null: it was not, it does not.
    Column("hub_asked_at", Utc),
    Column("hub_until", Utc),
    # Null: there is nothing to ask of the hub.
    Column("hub_next_at", Utc),
    partial_index("ix_source_states_due", "next_poll_at IS NOT NULL", "next_poll_at"),
)

arrivals = table(
    "source_arrivals",
    # What became of each article that a source named, so that it is decided once and can be told.
    Column("source", String(100), primary_key=True),
    # A key of the article: its surest one at the time.
    Column("key", String(80), primary_key=True),
    Column("seen_at", Utc, nullable=False),
    # "used", "left out", "elsewhere", "waiting", or "refused".
    Column("state", String(12), nullable=False),
    # Why it was left out or refused, for people; empty otherwise.
    Column("reason", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    # The article it became or is part of; null when there is none.
    Column("article_id", ID, ForeignKey("articles.id"), index=True),
    # While it waits: the whole of it, as JSON; null otherwise.
    Column("draft", JSON(none_as_null=True)),
)

source_pages = table(
    "source_pages",
    # The page of each article of which a feed had a summary only: fetched once, and kept.
    Column("source", String(100), primary_key=True),
    # As in source_arrivals.
    Column("key", String(80), primary_key=True),
    # sha256 of what the feed said of it at the time: as long as it says the same, that will do.
    Column("digest", String(64), nullable=False),
    Column("tried_at", Utc, nullable=False),
    # How many failed, one after the other, and why the last one did; 0 and empty when it did not.
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    # What the page says, as JSON; null while it never could be read.
    Column("draft", JSON(none_as_null=True)),
)
