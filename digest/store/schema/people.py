"""Subscribers and their consent."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from digest.model import RequestKind, SubscriptionState
from digest.store.schema.base import ID, Utc, one_of, partial_index, table

subscribers = table(
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
    # model.MailFormat: whether mails come with pictures and layout, or as text alone.
    Column("format", String(10), nullable=False, server_default="html"),
    # Null unless the person had everything erased: then email, name, and address_hash are empty,
    # and email_key is "erased <id>". The row stays for the ledger of issues.
    Column("erased_at", Utc),
)

subscriptions = table(
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
    # Only articles with one of these; an empty list: all.
    Column("topics", JSON, nullable=False, server_default="[]"),
    # model.Cadence: every issue, or once a week.
    Column("cadence", String(10), nullable=False, server_default="each"),
    # Until then no issue is frozen for it; null: not paused.
    Column("paused_until", Utc),
    # When the cadence was last changed; null: never. What it was mailed before that is looked up.
    Column("moved_at", Utc),
    # The cadence whose issues it had all of, and up to when, before it changed. Both null once an
    # issue brought what it missed in between.
    Column("served_as", String(10)),
    Column("served_until", Utc),
    UniqueConstraint("subscriber_id", "briefing"),
    # Freezing an issue reads the confirmed ones of one briefing.
    Index("ix_subscriptions_audience", "briefing", "state", "subscriber_id"),
    # While an issue is sent, who has left since is asked twice a second.
    partial_index(
        "ix_subscriptions_left", "unsubscribed_at IS NOT NULL", "briefing", "unsubscribed_at"
    ),
    # Freezing an issue looks up those who changed.
    partial_index("ix_subscriptions_moved", "moved_at IS NOT NULL", "briefing", "moved_at"),
    one_of("state", SubscriptionState),
)

consents = table(
    "consents",
    # Append-only: how each subscription came to be what it is.
    Column("id", ID, primary_key=True),
    Column("subscriber_id", ID, ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("briefing", String(40), nullable=False),
    # The index serves who came and went lately.
    Column("at", Utc, nullable=False, index=True),
    # The state that this event led to.
    Column("state", String(20), nullable=False),
    # Who or what did it: "import", "operator", "form", "one-click".
    Column("method", String(40), nullable=False),
    # What was agreed to, or why the operator says that it was.
    Column("evidence", Text, nullable=False),
    # Which wording of it; empty where nobody was shown any.
    Column("version", String(40), nullable=False, server_default=""),
    # Like "192.0.2.0/24", never a single address; empty unless it came from a page.
    Column("network", String(50), nullable=False, server_default=""),
    one_of("state", SubscriptionState),
)

suppressions = table(
    "suppressions",
    # The do-not-mail record. Holds no address, so that it outlives the subscriber.
    Column("address_hash", String(64), primary_key=True),
    # While an issue is sent, who came here since is asked twice a second.
    Column("at", Utc, nullable=False, index=True),
    Column("reason", String(40), nullable=False),
    Column("evidence", Text, nullable=False),
)

requests = table(
    "requests",
    # What somebody asked for on a page. Written before the page answers and dealt with afterwards,
    # so that the answer tells nothing; the mailed link then does it, once.
    Column("id", ID, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("at", Utc, nullable=False),
    # Who asked, so far as anybody knows: budgets are counted by these.
    Column("network", String(50), nullable=False),
    # The address it was asked for, as written, and its key and domain. Empty when a link of a mail
    # said who it is: then subscription_id does.
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False),
    Column("domain", String(255), nullable=False),
    Column("subscription_id", ID, ForeignKey("subscriptions.id")),
    # Null until it is known whose it is; a sign-up has none before it is confirmed.
    Column("subscriber_id", ID, ForeignKey("subscribers.id"), index=True),
    # An object: what was chosen on the page.
    Column("details", JSON, nullable=False),
    # Null until somebody has looked at it.
    Column("answered_at", Utc),
    # What came of that: "mailed", or why there was no mail. Empty until then.
    Column("outcome", String(20), nullable=False),
    # Until when its link works; null unless one was mailed.
    Column("expires_at", Utc),
    # Null until its link was used.
    Column("used_at", Utc),
    one_of("kind", RequestKind),
    CheckConstraint("used_at IS NULL OR expires_at IS NOT NULL", name="used_if_mailed"),
    # Budgets count what came lately, in all, from a network, to a domain, and for an address.
    Index("ix_requests_at", "at"),
    Index("ix_requests_network", "network", "at"),
    Index("ix_requests_domain", "domain", "at"),
    Index("ix_requests_email_key", "email_key", "at"),
    partial_index("ix_requests_unanswered", "answered_at IS NULL", "id"),
)

notices = table(
    "notices",
    # Mails to one person about their subscriptions, until the relay has taken them. They are
    # written when they are sent, so that no link that does anything lies in here.
    Column("id", ID, primary_key=True),
    Column("kind", String(20), nullable=False),
    # Null for one that no link of a request goes with.
    Column("request_id", ID, ForeignKey("requests.id"), index=True),
    # Empty once it is settled: it has done its work.
    Column("recipient", String(320), nullable=False),
    # An object: what it speaks of. Names of briefings, numbers of subscriptions, a language.
    Column("details", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    # After this it is of no use: the link in it has expired.
    Column("expires_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Null once settled. Whoever sends it moves this ahead first, so that no other does.
    Column("next_attempt_at", Utc),
    # "queued", or what became of it, as in deliveries: "accepted", "refused", "expired".
    Column("state", String(12), nullable=False),
    # The last reply while it waits; relays repeat addresses in theirs.
    Column("detail", Text, nullable=False),
    partial_index("ix_notices_due", "next_attempt_at IS NOT NULL", "next_attempt_at"),
    CheckConstraint("(next_attempt_at IS NOT NULL) = (state = 'queued')", name="due_if_queued"),
)
