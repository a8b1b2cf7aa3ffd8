"""What sending learns as it goes, and must still know after a restart."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from digest.store.schema.base import ID, Utc, table

issue_starts = table(
    "issue_starts",
    # What became of an issue's first messages: mail/pace/start.py Tally, kept while it is judged.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    # "seeds" or "readers".
    Column("audience", String(10), primary_key=True),
    Column("accepted", Integer, nullable=False),
    Column("permanent", Integer, nullable=False),
    Column("our_fault", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
)

issue_pauses = table(
    "issue_pauses",
    # Each reason for which an issue paused itself; for the same it does so once.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    # mail/pace/start.py Cause.
    Column("cause", String(20), primary_key=True),
    # One or two sentences for people.
    Column("reason", Text, nullable=False),
    Column("paused_at", Utc, nullable=False),
    # Null until the operator resumed or cancelled the issue.
    Column("answered_at", Utc),
)

relay_days = table(
    "relay_days",
    # How many messages a relay took on a day, while it is warmed up.
    Column("relay", String(40), primary_key=True),
    # The date in the publication's zone, "2026-11-24".
    Column("day", String(10), primary_key=True),
    Column("messages", Integer, nullable=False),
)
