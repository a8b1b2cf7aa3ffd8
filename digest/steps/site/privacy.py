"""What is stored of people, why, and how long: said of every column that there really is. Pure.

The page is made of the database's own tables. A table or column that is not described here is shown
by its bare name, so the page is never silent about it, and a test fails until it is described.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Description:
    """What one table of people's data is for."""

    title: str
    why: str
    kept: str
    """For how long; ``{keep_days}`` stands for the setting."""

    columns: Mapping[str, str]
    """Column → what it holds, for people; empty: nothing but the machine's own bookkeeping."""


@dataclass(frozen=True, slots=True)
class Record:
    """One section of the page."""

    title: str
    why: str
    kept: str
    holds: tuple[str, ...]
    """What is stored, each once."""


_NUMBER = ""  # ids: they say nothing of anybody by themselves

DESCRIBED: Mapping[str, Description] = {
    "subscribers": Description(
        "Your address",
        "So that briefings reach you, in your language and at your time of day.",
        "Until you ask us to erase it. What is left then is a number, which keeps our counts right "
        "and cannot be turned back into your address.",
        {
            "id": _NUMBER,
            "email": "your email address",
            "email_key": "your email address in a form by which we recognise it",
            "address_hash": "a keyed hash of your address",
            "name": "your name, if you gave one",
            "language": "the language you prefer, if you chose one",
            "timezone": "your time zone, if you chose one",
            "format": "whether you prefer pictures or plain text",
            "created_at": "when it was first entered",
            "erased_at": "when it was erased",
        },
    ),
    "subscriptions": Description(
        "What you subscribed to",
        "So that you get what you asked for, and nothing else.",
        "As long as your address.",
        {
            "id": _NUMBER,
            "subscriber_id": _NUMBER,
            "briefing": "the briefings you chose",
            "state": "whether you confirmed or unsubscribed",
            "created_at": "when you asked for it",
            "confirmed_at": "when you confirmed",
            "unsubscribed_at": "when you unsubscribed",
            "topics": "the topics you chose",
            "cadence": "how often you want it",
            "paused_until": "until when you paused it",
            "moved_at": "when you last changed how often you want it",
            "served_as": "how often you had it before",
            "served_until": "until when",
        },
    ),
    "consents": Description(
        "The record of your consent",
        "The law asks us to be able to show that you agreed.",
        "As long as your address.",
        {
            "id": _NUMBER,
            "subscriber_id": _NUMBER,
            "briefing": "the briefing it is about",
            "at": "when you agreed or unsubscribed",
            "state": "what you agreed to or withdrew",
            "method": "how: by a form, by one click, through us",
            "evidence": "the words you agreed to",
            "version": "which version of those words",
            "network": "the network you came from, without the last part of its address",
        },
    ),
    "requests": Description(
        "What you asked for on a page",
        "To answer you by mail, and to keep others from filling your inbox.",
        "{keep_days} days.",
        {
            "id": _NUMBER,
            "kind": "what it was: to subscribe, to change, to see, or to erase",
            "at": "when",
            "network": "the network you came from, without the last part of its address",
            "email": "the email address you gave",
            "email_key": "that address in a form by which we recognise it",
            "domain": "its domain",
            "subscription_id": _NUMBER,
            "subscriber_id": _NUMBER,
            "details": "what you chose",
            "answered_at": "when we answered",
            "outcome": "whether a mail went out",
            "expires_at": "until when the mailed link works",
            "used_at": "when you used it",
        },
    ),
    "notices": Description(
        "Mails about your subscription",
        "To send you the mail that a page promised, and to try again if that fails.",
        "The address until the mail is handed over; the rest {keep_days} days.",
        {
            "id": _NUMBER,
            "request_id": _NUMBER,
            "kind": "which mail it is",
            "recipient": "your email address, until the mail is handed over",
            "details": "what the mail is about",
            "created_at": "when it was written",
            "expires_at": "until when it is of use",
            "attempts": "how often it was tried",
            "next_attempt_at": "when it is tried next",
            "state": "what became of it",
            "detail": "what your mail server answered",
        },
    ),
    "deliveries": Description(
        "What was sent to you",
        "So that nobody is left out, nobody gets an issue twice, and failures can be found.",
        "As long as your address; then without it.",
        {
            "id": _NUMBER,
            "issue_id": "which issue it was",
            "variant_id": "in which form",
            "subscriber_id": _NUMBER,
            "subscription_id": _NUMBER,
            "email": "your email address at that time",
            "state": "whether your mail server took it",
            "attempts": "how often it was tried",
            "next_attempt_at": "when it is tried next",
            "fence": _NUMBER,
            "lease_until": _NUMBER,
            "settled_at": "when it was handed over",
            "detail": "what your mail server answered",
        },
    ),
    "feedback_reports": Description(
        "What came back from your mail server",
        "To stop writing to an address that fails or complains, and to mend what is our fault.",
        "A year; what was said, no longer than your address.",
        {
            "id": _NUMBER,
            "identity": _NUMBER,
            "at": "when",
            "source": "how it reached us",
            "sort": "whether it is a failure, a complaint, or an automatic reply",
            "kind": "whether the failure is for now or for good",
            "scope": "whom it is about",
            "proof": "how we know that it is about you",
            "subscriber_id": _NUMBER,
            "issue_id": "which issue it is about",
            "relay": "the mail server of ours that had sent it",
            "domain": "the domain of your address",
            "reason": "what it says, in our words",
            "diagnostic": "what your mail server said",
            "decided_at": "when we dealt with it",
            "effect": "what followed",
            "explanation": "why",
        },
    ),
    "feedback_forwards": Description(
        "Mail that you write to us",
        "To hand it to the person who answers you.",
        "Until it is handed over, a few days at most.",
        {
            "id": _NUMBER,
            "report_id": _NUMBER,
            "content": "the mail",
            "created_at": "when it came",
            "attempts": "how often it was tried to hand it over",
            "next_attempt_at": "when it is tried next",
            "detail": "why it waits",
        },
    ),
    "hub_requests": Description(
        "Programs that ask to be told of changes",
        "To ask back whether they really want it, and to keep others from being asked in their "
        "name.",
        "Until they have answered, a few days at most.",
        {
            "id": _NUMBER,
            "mode": "whether it asked to begin or to end",
            "topic": "the feed",
            "callback": "the address the program named",
            "site": "its host",
            "network": "the network it asked from, without the last part of its address",
            "secret": "the key it wants our messages signed with",
            "lease_seconds": "for how long it asked",
            "reason": "why we declined, if we did",
            "asked_at": "when",
            "attempts": _NUMBER,
            "next_attempt_at": _NUMBER,
        },
    ),
    "hub_subscriptions": Description(
        "Programs that are told of changes",
        "To tell them when a feed has changed, so that they need not ask all the time.",
        "Until they end it, or do not renew it.",
        {
            "id": _NUMBER,
            "topic": "the feed",
            "callback": "the address the program named",
            "site": "its host",
            "secret": "the key it wants our messages signed with",
            "verified_at": "when it confirmed",
            "expires_at": "until when it is told",
            "tag": _NUMBER,
            "delivered_at": "when it was last told",
            "failures": "how often that failed",
            "failing_since": "since when that fails",
            "next_attempt_at": "when it is tried next",
            "detail": "what it answered",
        },
    ),
    "private_feeds": Description(
        "Your own feed",
        "If you asked for one: so that its address can be ended.",
        "For good, but it is of no use once you have left the briefing: the feed ends then.",
        {
            "subscription_id": _NUMBER,
            "serial": "which of your addresses works",
            "renewed_at": "since when",
        },
    ),
    "feed_polls": Description(
        "How many read the feeds",
        "To know which feeds are of use. Nobody is recognised from one day to the next.",
        "What tells readers of one day apart goes when the day is over; the counts stay.",
        {
            "day": "the day",
            "document": "which feed was fetched",
            "program": "which program fetched it",
            "mark": "a hash of network and program, under a key that is thrown away each day",
            "readers": "for how many people",
            "polls": "how often",
        },
    ),
    "issue_clicks": Description(
        "How often articles of a briefing are opened",
        "To know which articles are of use, where we count it at all. The links in a mail are the "
        "same for all readers, so nobody knows who opened what.",
        "For good: it is about articles, not about you.",
        {
            "issue_id": "which issue it was",
            "article_id": "which article was opened",
            "day": "the day",
            "clicks": "how often",
        },
    ),
    "suppressions": Description(
        "Addresses we must not write to",
        "So that an address that failed, complained, or asked to be left alone is never written to "
        "again, also after everything else is erased.",
        "For good. It holds no address, only a hash that needs our secret key to be compared.",
        {
            "address_hash": "a keyed hash of the address",
            "at": "when",
            "reason": "why: it failed, complained, or asked us to",
            "evidence": "what that was known from",
        },
    ),
}
"""Every table that holds anything of a person, in the order of the page."""

IMPERSONAL = frozenset(
    {
        "api_answers",
        "api_tokens",
        "alerts",
        "article_aliases",
        "article_changes",
        "arrangements",
        "article_revisions",
        "articles",
        "begun_issues",
        "desk_accounts",
        "desk_actions",
        "desk_attempts",
        "desk_devices",
        "desk_sessions",
        "feed_entries",
        "feed_pages",
        "feed_states",
        "feedback_pauses",
        "files",
        "held_articles",
        "hub_pings",
        "hub_topics",
        "introductions",
        "issue_absences",
        "issue_articles",
        "issue_corrections",
        "issue_editors",
        "issue_findings",
        "issue_links",
        "issue_releases",
        "issue_pauses",
        "issue_starts",
        "issue_variants",
        "issues",
        "journals",
        "mailed_articles",
        "media",
        "occurrences",
        "relay_days",
        "settings",
        "source_arrivals",
        "source_pages",
        "source_states",
        "subjects",
        "uncertain_attempts",
        "webhook_events",
        "webhook_requests",
        "webhook_topics",
    }
)
"""Tables that hold nothing of any reader: articles, issues, and the service's own affairs."""


CONTEXT = "privacy"
"""Of all that stands here, in the catalogues of other languages."""


def records(
    columns: Mapping[str, tuple[str, ...]], *, keep_days: int, said: Callable[[str], str] = str
) -> tuple[Record, ...]:
    """Return what the privacy page says of a database that has these *columns* by table.

    Args:
        columns: All tables, and the names of their columns.
        keep_days: For how many days requests are kept.
        said: Returns in the page's language what is given in English.
    """
    told = [
        Record(
            title=said(item.title),
            why=said(item.why),
            kept=said(item.kept).format(keep_days=keep_days),
            holds=tuple(dict.fromkeys(map(said, _held(item.columns, columns[table])))),
        )
        for table, item in DESCRIBED.items()
        if table in columns
    ]
    unknown = [table for table in columns if table not in DESCRIBED and table not in IMPERSONAL]
    told += [Record(table, "", "", columns[table]) for table in unknown]
    return tuple(told)


def undescribed(columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the tables and columns (``table.column``) that nothing is said about here."""
    return [
        f"{table}.{column}"
        for table, names in columns.items()
        if table not in IMPERSONAL
        for column in names
        if table not in DESCRIBED or column not in DESCRIBED[table].columns
    ]


def _held(described: Mapping[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    held = [described.get(column, column) for column in columns]
    return tuple(dict.fromkeys(item for item in held if item))
