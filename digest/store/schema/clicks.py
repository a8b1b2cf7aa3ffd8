"""Clicks: how often articles of an issue were opened, without saying by whom."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from digest.store.schema.base import ID, table

issue_links = table(
    "issue_links",
    # Where the counted links of an issue lead, frozen with it; none: its links are not counted.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    Column("url", Text, nullable=False),
)

issue_clicks = table(
    "issue_clicks",
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    # In UTC, "2026-11-24".
    Column("day", String(10), primary_key=True),
    Column("clicks", Integer, nullable=False),
)
