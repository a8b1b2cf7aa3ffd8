"""The tables: what each column means, when it is null, and which query an index serves.

One definition for SQLite and PostgreSQL. Constraints enforce the invariants that must hold whatever
the code does; ``migrations/`` build the same tables, and a test proves that both agree.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from digest.model import DeliveryState, IssueState, OccurrenceState, SubscriptionState

SCHEMA_REVISION = "0001"
"""The migration that makes these tables; a database with another one is not opened."""


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite keeps no zone, so it is taken off there and put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would silently mean the server's zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as aware UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ID = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""


def _one_of(column: str, values: type[enum.StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _partial_index(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any) -> Table:  # noqa: ANN401 - as SQLAlchemy declares it
    return Table(name, metadata, *items)


settings = _table(
    "settings",
    # Facts about this database itself, like the time a briefing was first seen by the scheduler.
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)

articles = _table(
    "articles",
    # The order of first sight: selection for issues goes by this number and by nothing else.
    Column("id", ID, primary_key=True),
    # Tag URI, minted once, never changed.
    Column("uid", String(700), nullable=False, unique=True),
    Column("source", String(100), nullable=False),
    # Path inside the source's folder; moves when the file does.
    Column("path", String(1000), nullable=False),
    # Null once the article is withdrawn and another one took its place.
    Column("slug", String(80), unique=True),
    # The newest revision: what feeds and the next issue show.
    Column("revision", Integer, nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    # Null while published.
    Column("withdrawn_at", Utc),
    # Empty unless withdrawn.
    Column("withdrawn_reason", Text, nullable=False),
    UniqueConstraint("source", "path"),
)

revisions = _table(
    "article_revisions",
    # What an article said at one time; never changed once written. Issues point here.
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    # sha256 of what a reader sees: the same again makes no new revision.
    Column("digest", String(64), nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("published_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content_html", Text, nullable=False),
    Column("content_text", Text, nullable=False),
    Column("language", String(35), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("correction", Text, nullable=False),
    Column("topics", JSON, nullable=False),
    # Lists of objects with the fields of model.Author and model.Enclosure.
    Column("authors", JSON, nullable=False),
    Column("enclosures", JSON, nullable=False),
    # An object with the fields of model.Image, or JSON null.
    Column("image", JSON, nullable=False),
)

aliases = _table(
    "article_aliases",
    # Every key by which this article was ever known; a match updates and never announces again.
    Column("key", String(1100), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), nullable=False, index=True),
)

subscribers = _table(
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

subscriptions = _table(
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
    _partial_index(
        "ix_subscriptions_left", "unsubscribed_at IS NOT NULL", "briefing", "unsubscribed_at"
    ),
    _one_of("state", SubscriptionState),
)

consents = _table(
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
    _one_of("state", SubscriptionState),
)

suppressions = _table(
    "suppressions",
    # The do-not-mail record. Holds no address, so that it outlives the subscriber.
    Column("address_hash", String(64), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("evidence", Text, nullable=False),
)

issues = _table(
    "issues",
    Column("id", ID, primary_key=True),
    Column("briefing", String(40), nullable=False),
    # 1, 2, 3 … within the briefing.
    Column("number", Integer, nullable=False),
    # The local date it was due; with a suffix when sent by hand ("2026-11-24/2").
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
    UniqueConstraint("briefing", "number"),
    UniqueConstraint("briefing", "period"),
    Index("ix_issues_state", "state"),
    _one_of("state", IssueState),
)

occurrences = _table(
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
    UniqueConstraint("briefing", "period"),
    _one_of("state", OccurrenceState),
)

issue_articles = _table(
    "issue_articles",
    Column("issue_id", ID, ForeignKey("issues.id"), primary_key=True),
    Column("article_id", ID, ForeignKey("articles.id"), primary_key=True),
    # Repeated here for the constraint below: an article is in at most one issue of a briefing, and
    # with one delivery a subscriber and issue, no subscription is ever mailed an article twice.
    Column("briefing", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    # "lead", "section", or "more".
    Column("role", String(20), nullable=False),
    UniqueConstraint("briefing", "article_id"),
)

variants = _table(
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
    UniqueConstraint("issue_id", "name"),
)

deliveries = _table(
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
    _partial_index(
        "ix_deliveries_due", "next_attempt_at IS NOT NULL", "issue_id", "next_attempt_at"
    ),
    # Serves taking claims back from senders that are gone, whatever the issue.
    _partial_index("ix_deliveries_claimed", "state = 'claimed'", "lease_until"),
    _one_of("state", DeliveryState),
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

files = _table(
    "files",
    # Every file seen in a source's folder, so that an unchanged one is not parsed again.
    Column("source", String(100), primary_key=True),
    Column("path", String(1000), primary_key=True),
    # sha256 of the bytes and of everything else that decides what becomes of them.
    Column("fingerprint", String(64), nullable=False),
    # Null when it could not be read into an article; then `problem` says why.
    Column("article_id", ID, ForeignKey("articles.id"), index=True),
    Column("problem", Text, nullable=False),
    # Null when no single line is to blame.
    Column("problem_line", Integer),
    # Paths of the files it names, found or not: when one of them changes, it is read again.
    Column("assets", JSON, nullable=False),
)

media = _table(
    "media",
    # Pictures and enclosures that articles bring along; publish copies them into the feeds' folder.
    # "<first digits of sha256>-<file name>": another content is another name.
    Column("name", String(200), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("path", String(1000), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("length_bytes", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    # Pixels; null for what is no picture.
    Column("width", Integer),
    Column("height", Integer),
)

fence_numbers = Sequence("delivery_fence", metadata=metadata)
"""PostgreSQL only. SQLite has one owner, which counts in ``settings``."""

alerts = _table(
    "alerts",
    # What needs a person. One open row a key: raised once, cleared once.
    Column("id", ID, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("raised_at", Utc, nullable=False),
    # Null while it lasts.
    Column("cleared_at", Utc),
    _partial_index("uq_alerts_open", "cleared_at IS NULL", "key", unique=True),
)
