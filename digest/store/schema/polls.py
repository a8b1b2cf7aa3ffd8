"""Polls: how many read the feeds, without saying who."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String

from digest.store.schema.base import table

feed_polls = table(
    "feed_polls",
    # In UTC, "2026-11-24".
    Column("day", String(10), primary_key=True),
    # Its path below the published folder, "world/rss.xml".
    Column("document", String(200), primary_key=True),
    Column("program", String(40), primary_key=True),
    # Tells readers of one day apart: a hash of network and program, under a key that is thrown away
    # when the day is over; of an aggregator, of which feed it says it is. Empty once the day is
    # over: then one row stands for all.
    Column("mark", String(32), primary_key=True),
    # For how many it fetched.
    Column("readers", Integer, nullable=False),
    Column("polls", Integer, nullable=False),
)
