"""Feeds: which article stands in which document, so that publishing costs what changed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Text

from digest.store.schema.base import ID, table

article_changes = table(
    "article_changes",
    # What publishing has yet to look at: one row each time an article is new, another, withdrawn,
    # or back. A row of an article under embargo stays until it may come out.
    Column("id", ID, primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), nullable=False),
)

feed_states = table(
    "feed_states",
    # "main", "world", or "topics/<slug>".
    Column("feed", String(100), primary_key=True),
    # sha256 of the settings that choose its articles; others, and all are looked at again.
    Column("selection", String(64), nullable=False),
    # As the first article wrote it; empty for a feed of the settings.
    Column("topic", Text, nullable=False),
)

feed_entries = table(
    "feed_entries",
    Column("feed", String(100), primary_key=True),
    # 0 for the current document, else the number of the archive document, from 1, oldest first.
    Column("page", Integer, primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True, index=True),
    # Null in the current document, which shows the newest; frozen in an archive document.
    Column("revision", Integer),
)

feed_pages = table(
    "feed_pages",
    # The archive documents of each feed (RFC 5005, section 4).
    Column("feed", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    # Moves when an article in it is withdrawn: nothing else changes an archive document.
    Column("version", Integer, nullable=False),
    # Whether there was a next one when it was written: it is not written again to say so.
    Column("has_next", Boolean, nullable=False),
)
