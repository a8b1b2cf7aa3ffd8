"""The tables: what each column means, when it is null, and which query an index serves.

One definition for SQLite and PostgreSQL. Constraints enforce the invariants that must hold whatever
the code does; ``migrations/`` build the same tables, and a test proves that both agree.
"""

from digest.store.schema.api import api_answers, api_tokens
from digest.store.schema.backups import (
    begun_issues,
    journals,
    mailed_articles,
    uncertain_attempts,
)
from digest.store.schema.base import ID, Utc, metadata
from digest.store.schema.clicks import issue_clicks, issue_links
from digest.store.schema.content import aliases, articles, files, media, revisions
from digest.store.schema.desk import (
    desk_accounts,
    desk_actions,
    desk_attempts,
    desk_devices,
    desk_sessions,
)
from digest.store.schema.editing import (
    arrangements,
    held_articles,
    introductions,
    issue_absences,
    subjects,
)
from digest.store.schema.feedback import (
    feedback_forwards,
    feedback_pauses,
    feedback_reports,
    webhook_events,
    webhook_requests,
    webhook_topics,
)
from digest.store.schema.feeds import article_changes, feed_entries, feed_pages, feed_states
from digest.store.schema.hub import hub_pings, hub_requests, hub_subscriptions, hub_topics
from digest.store.schema.pacing import issue_pauses, issue_starts, relay_days
from digest.store.schema.people import (
    consents,
    notices,
    requests,
    subscribers,
    subscriptions,
    suppressions,
)
from digest.store.schema.polls import feed_polls
from digest.store.schema.private_feeds import private_feeds
from digest.store.schema.release import (
    issue_corrections,
    issue_editors,
    issue_findings,
    issue_releases,
)
from digest.store.schema.sending import (
    deliveries,
    fence_numbers,
    issue_articles,
    issues,
    occurrences,
    variants,
)
from digest.store.schema.sources import arrivals, source_pages, source_states
from digest.store.schema.upkeep import alerts, settings

SCHEMA_REVISION = "0016"
"""The migration that makes these tables; a database with another one is not opened."""

__all__ = [
    "ID",
    "SCHEMA_REVISION",
    "Utc",
    "alerts",
    "aliases",
    "api_answers",
    "api_tokens",
    "arrangements",
    "arrivals",
    "article_changes",
    "articles",
    "begun_issues",
    "consents",
    "deliveries",
    "desk_accounts",
    "desk_actions",
    "desk_attempts",
    "desk_devices",
    "desk_sessions",
    "feed_entries",
    "feed_pages",
    "feed_polls",
    "feed_states",
    "feedback_forwards",
    "feedback_pauses",
    "feedback_reports",
    "fence_numbers",
    "files",
    "held_articles",
    "hub_pings",
    "hub_requests",
    "hub_subscriptions",
    "hub_topics",
    "introductions",
    "issue_absences",
    "issue_articles",
    "issue_clicks",
    "issue_corrections",
    "issue_editors",
    "issue_findings",
    "issue_links",
    "issue_pauses",
    "issue_releases",
    "issue_starts",
    "issues",
    "journals",
    "mailed_articles",
    "media",
    "metadata",
    "notices",
    "occurrences",
    "private_feeds",
    "relay_days",
    "requests",
    "revisions",
    "settings",
    "source_pages",
    "source_states",
    "subjects",
    "subscribers",
    "subscriptions",
    "suppressions",
    "uncertain_attempts",
    "variants",
    "webhook_events",
    "webhook_requests",
    "webhook_topics",
]
