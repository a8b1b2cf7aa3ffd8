"""What comes back: reports of failures and complaints, and mail that people write to us."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Text

from digest.store.schema.base import ID, Utc, partial_index, table

feedback_reports = table(
    "feedback_reports",
    # One for each thing that came in, also for what had no effect. What was said stays as long as
    # the address; then only the counts do.
    Column("id", ID, primary_key=True),
    # A hash of what came, so that the same that comes twice counts once.
    Column("identity", String(64), nullable=False, unique=True),
    Column("at", Utc, nullable=False),
    # How it came: "lmtp", "smtp", "imap", "maildir", "stdin", "webhook"; "reply": what a relay
    # answered while we were sending.
    Column("source", String(20), nullable=False),
    # mail.reports.Sort.
    Column("sort", String(20), nullable=False),
    # mail.refusals.Kind and Scope; empty where nothing told them.
    Column("kind", String(20), nullable=False),
    Column("scope", String(20), nullable=False),
    # What proved whom it is about: "sender" (the address that we sent from), "token", "message"
    # (the id of a message of ours, by a provider that proved itself), "reply". Empty: nothing did,
    # and the next two are null.
    Column("proof", String(20), nullable=False),
    Column("subscriber_id", ID, ForeignKey("subscribers.id")),
    # Null as well where the proof names no issue.
    Column("issue_id", ID, ForeignKey("issues.id")),
    # The relay that the issue went by, and the recipient's domain; empty where not known.
    Column("relay", String(40), nullable=False),
    Column("domain", String(255), nullable=False),
    # One sentence, and what the failing server said, which may name the address.
    Column("reason", Text, nullable=False),
    Column("diagnostic", Text, nullable=False),
    # Null until it is decided what follows from it.
    Column("decided_at", Utc),
    # steps.feedback.Effect, and why; empty until then.
    Column("effect", String(20), nullable=False),
    Column("explanation", Text, nullable=False),
    partial_index("ix_feedback_reports_undecided", "decided_at IS NULL", "id"),
    # Serves a person's score, an issue's counts, and what came lately.
    Index("ix_feedback_reports_subscriber_id", "subscriber_id", "at"),
    Index("ix_feedback_reports_issue_id", "issue_id", "sort"),
    Index("ix_feedback_reports_at", "at"),
)

feedback_forwards = table(
    "feedback_forwards",
    # Mail that people wrote, until it is with the one who answers them.
    Column("id", ID, primary_key=True),
    Column("report_id", ID, ForeignKey("feedback_reports.id"), nullable=False, unique=True),
    # As it came.
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Whoever sends it moves this ahead first, so that no other does.
    Column("next_attempt_at", Utc, nullable=False, index=True),
    # The last reply while it waits.
    Column("detail", Text, nullable=False),
)

feedback_pauses = table(
    "feedback_pauses",
    # What is left alone because reports blame us.
    Column("relay", String(40), primary_key=True),
    # Empty: all mail by that relay.
    Column("domain", String(255), primary_key=True),
    Column("until", Utc, nullable=False),
    Column("reason", Text, nullable=False),
)

webhook_requests = table(
    "webhook_requests",
    # Requests of mail services that were taken, so that nobody can send one again with other words.
    Column("hook", String(40), primary_key=True),
    # A hash of what the service uses only once.
    Column("nonce", String(64), primary_key=True),
    # sha256 of the body.
    Column("body_hash", String(64), nullable=False),
    # Serves forgetting: a request that is older is refused for its age.
    Column("at", Utc, nullable=False, index=True),
)

webhook_events = table(
    "webhook_events",
    # How many events of each name a service told of, also those that nothing follows from.
    Column("hook", String(40), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("number", ID, nullable=False),
    Column("last_at", Utc, nullable=False),
    # Whether Digest knows what it means.
    Column("is_known", Boolean, nullable=False),
)

webhook_topics = table(
    "webhook_topics",
    # Topics of Amazon SNS that want to send to us.
    Column("hook", String(40), primary_key=True),
    Column("topic", String(350), primary_key=True),
    # What is to be visited to confirm; empty once that was done.
    Column("url", Text, nullable=False),
    Column("asked_at", Utc, nullable=False),
    # Null while nobody has confirmed it: then nothing of it is believed.
    Column("confirmed_at", Utc),
)
