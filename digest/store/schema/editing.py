"""What editors say of an issue before it is made, and what became of what they left out."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from digest.model import Placement
from digest.store.schema.base import ID, Utc, one_of, table

arrangements = table(
    "arrangements",
    # What an editor wants of one article in the next issue of a briefing. Gone once that issue is
    # frozen, but for "drop", which holds for all issues.
    Column("briefing", String(40), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    Column("placement", String(10), nullable=False),
    # Order among those placed first; 0 for the others.
    Column("position", Integer, nullable=False),
    Column("set_at", Utc, nullable=False),
    one_of("placement", Placement),
)

introductions = table(
    "introductions",
    # What stands above the next issue of a briefing. Gone once it is frozen.
    Column("briefing", String(40), primary_key=True),
    Column("text", Text, nullable=False),
    Column("set_at", Utc, nullable=False),
)

subjects = table(
    "subjects",
    # What the next issue of a briefing is called. Gone once it is frozen.
    Column("briefing", String(40), primary_key=True),
    Column("text", Text, nullable=False),
    Column("set_at", Utc, nullable=False),
)

held_articles = table(
    "held_articles",
    # For how many issues an article has waited because there was no room.
    Column("briefing", String(40), primary_key=True),
    Column("cadence", String(10), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    Column("issues", Integer, nullable=False),
)

issue_absences = table(
    "issue_absences",
    # How many confirmed readers an issue was not frozen for, and why.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("reason", String(200), primary_key=True),
    Column("readers", Integer, nullable=False),
)
