"""What tells a restored backup from a database that is up to date, and what it must not repeat."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String

from digest.store.schema.base import ID, table

journals = table(
    "journals",
    # One row for each host's journal. Its lock is what lets one writer at a time append there.
    Column("id", String(40), primary_key=True),
    # Up to which group of the journal this database has everything.
    Column("position", BigInteger, nullable=False),
)

begun_issues = table(
    "begun_issues",
    # Issues whose content and audience the journal has.
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
)

mailed_articles = table(
    "mailed_articles",
    # Articles of issues that were sent after the backup was made and that this database does not
    # have, or not yet: never to be mailed in that briefing again.
    Column("briefing", String(40), primary_key=True),
    Column("cadence", String(10), primary_key=True, server_default="each"),
    Column("uid", String(700), primary_key=True),
)

uncertain_attempts = table(
    "uncertain_attempts",
    # Only for deliveries that were uncertain at least once.
    Column("delivery_id", ID, ForeignKey("deliveries.id"), primary_key=True),
    # How many attempts ended so; the operator's retry begins at 0 again.
    Column("attempts", Integer, nullable=False),
)
