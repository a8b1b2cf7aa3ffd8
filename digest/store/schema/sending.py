"""Issues and their deliveries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    String,
    Text,
    UniqueConstraint,
)

from digest.model import DeliveryState, IssueState, OccurrenceState
from digest.store.schema.base import ID, Utc, metadata, one_of, partial_index, table

issues = table(
    "issues",
    Column("id", ID, primary_key=True),
    Column("briefing", String(40), nullable=False),
    # 1, 2, 3 … within the briefing.
    Column("number", Integer, nullable=False),
    # The local date it was due; with a suffix when sent by hand ("2026-11-24/2"), and for those who
    # want one a week ("2026-11-29/weekly").
    Column("period", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("composed_at", Utc, nullable=False),
    # After this nothing of it is sent any more: a week-old morning briefing must not arrive.
    Column("expires_at", Utc, nullable=False),
    # Null until every delivery is settled.
    Column("finished_at", Utc),
    Column("relay", String(40), nullable=False),
    # How many deliveries were frozen; the ledger must add up to this for ever.
    Column("candidates", Integer, nullable=False),
    # tokens.key_id of the secret that signs it: retries after a rotation have the same bytes. Empty
    # for issues from before there was any rotation.
    Column("key_id", String(16), nullable=False, server_default=""),
    # model.Cadence: for whom it is, those who want every issue or those who want one a week.
    Column("cadence", String(10), nullable=False, server_default="each"),
    UniqueConstraint("briefing", "number"),
    UniqueConstraint("briefing", "period"),
    Index("ix_issues_state", "state"),
    one_of("state", IssueState),
)

occurrences = table(
    "occurrences",
    Column("id", ID, primary_key=True),
    Column("briefing", String(40), nullable=False),
    # The local date. Whoever inserts the row composes the issue.
    Column("period", String(40), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("state", String(20), nullable=False),
    # Why nothing was sent; empty when something was.
    Column("reason", Text, nullable=False),
    Column("decided_at", Utc, nullable=False),
    # Null unless an issue came of it.
    Column("issue_id", ID, ForeignKey("issues.id")),
    # model.Cadence: for whom the issue was to be.
    Column("cadence", String(10), nullable=False, server_default="each"),
    # Null unless nobody wanted the issue: what readers of the other cadence had until that moment
    # is not made up for in later issues of this one.
    Column("passed_at", Utc),
    UniqueConstraint("briefing", "period"),
    one_of("state", OccurrenceState),
)

issue_articles = table(
    "issue_articles",
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    # Both repeated here for the constraint below: an article is in at most one issue of a briefing
    # and cadence, and with one delivery a subscriber and issue, no subscription is mailed an
    # article twice. Those who go from one cadence to the other have variants of their own.
    Column("briefing", String(40), nullable=False),
    Column("cadence", String(10), nullable=False, server_default="each"),
    Column("revision", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    # "lead", "section", "more", or "also" for one that tells the same story as the article at the
    # same position.
    Column("role", String(20), nullable=False),
    UniqueConstraint("briefing", "cadence", "article_id"),
)

variants = table(
    "issue_variants",
    # One finished message for all its readers: the frozen bytes that every retry sends again.
    Column("id", ID, primary_key=True),
    Column("issue_id", ID, ForeignKey("issues.id"), nullable=False),
    Column("name", String(100), nullable=False),
    # mail/message.py Skeleton: encoded MIME with slots.
    Column("skeleton", LargeBinary, nullable=False),
    # As rendered, with placeholders; for the archive and `issues show`.
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    # What was left out so that mail programs show all of it; empty: nothing.
    Column("fitting", Text, nullable=False, server_default=""),
    UniqueConstraint("issue_id", "name"),
)

deliveries = table(
    "deliveries",
    Column("id", ID, primary_key=True),
    Column("issue_id", ID, ForeignKey("issues.id"), nullable=False),
    Column("variant_id", ID, ForeignKey("issue_variants.id"), nullable=False),
    Column("subscriber_id", ID, ForeignKey("subscribers.id"), nullable=False),
    Column("subscription_id", ID, ForeignKey("subscriptions.id"), nullable=False),
    # The address at the time of freezing: a later change does not redirect this message.
    Column("email", String(320), nullable=False),
    Column("state", String(12), nullable=False),
    # Attempts that counted against it; a relay's own trouble does not.
    Column("attempts", Integer, nullable=False),
    # Null: at once, in the order of ids. Only what waits or is claimed has a time, and what was
    # attempted always has one.
    Column("next_attempt_at", Utc),
    # The number of the claim that holds it; a result with another number is void.
    Column("fence", BigInteger, nullable=False),
    # Null unless claimed: until when the claim holds.
    Column("lease_until", Utc),
    # Null before the first result.
    Column("settled_at", Utc),
    # The last reply, like "550 5.1.1 no such user", or why there was none. Empty at first.
    Column("detail", Text, nullable=False),
    UniqueConstraint("issue_id", "subscriber_id"),
    # Serves claiming (one issue, one state, by id) and the ledger's counts.
    Index("ix_deliveries_state", "issue_id", "state", "id"),
    # Serves claiming what comes back at its time.
    partial_index(
        "ix_deliveries_due", "next_attempt_at IS NOT NULL", "issue_id", "next_attempt_at"
    ),
    # Serves taking claims back from senders that are gone, whatever the issue.
    partial_index("ix_deliveries_claimed", "state = 'claimed'", "lease_until"),
    one_of("state", DeliveryState),
    CheckConstraint(
        "next_attempt_at IS NULL OR state IN ('queued', 'claimed', 'deferred', 'uncertain')",
        name="time_only_if_open",
    ),
    CheckConstraint(
        "next_attempt_at IS NOT NULL OR state NOT IN ('deferred', 'uncertain')",
        name="time_if_retried",
    ),
    CheckConstraint("(lease_until IS NOT NULL) = (state = 'claimed')", name="lease_if_claimed"),
)

fence_numbers = Sequence("delivery_fence", metadata=metadata)
"""PostgreSQL only. SQLite has one owner, which counts in ``settings``."""
