"""A feed for one subscriber: what their briefing would send, at an address that only they have.

The address is a token of its own purpose, which never expires; it ends with the subscription, or
when the operator gives the subscriber another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.config import FORMATS, BriefingConfig, Config
from digest.errors import NotFoundError
from digest.mail.address import mailbox_key
from digest.model import Article, FeedInfo, Subscription, SubscriptionState
from digest.selection import plan_issue
from digest.store import articles as stored
from digest.store import private_feeds, subscribers
from digest.store.engine import Store, Transaction
from digest.syndication.write import FeedDocuments, write_feed
from digest.tokens import Keyring, Purpose, check, make

ENTRIES = 50
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class PrivateFeed:
    """What stands at an address."""

    documents: FeedDocuments | None
    """``None``: there was a feed, and it has ended."""


def private_feed(
    store: Store, config: Config, keyring: Keyring, token: str, *, now: datetime
) -> PrivateFeed | None:
    """Return the feed at *token*; ``None`` when there never was one.

    It holds the newest articles that issues of the briefing can have, mailed or not, for those
    topics that the subscriber chose.
    """
    claim = check(keyring, Purpose.FEED, token, now)
    if claim is None:
        return None
    with store.read() as tx:
        subscription = subscribers.subscription_with(tx, claim.subject)
        is_live = (
            subscription is not None
            and subscription.state is SubscriptionState.CONFIRMED
            and subscription.briefing in config.briefings
            and private_feeds.serial_of(tx, claim.subject) == claim.scope
        )
        if subscription is None or not is_live:
            return PrivateFeed(None)
        articles = _articles(tx, config.briefings[subscription.briefing], subscription, now)
    info = _info(config, subscription, token, claim.scope)
    return PrivateFeed(write_feed(config.publication_value(), info, articles))


def address_of(
    store: Store,
    config: Config,
    keyring: Keyring,
    email: str,
    briefing: str,
    *,
    revoke: bool = False,
    now: datetime,
) -> str:
    """Return the address of the folder with the subscriber's feed, which ends in a slash.

    Args:
        store: Where subscribers are kept.
        config: The settings.
        keyring: Signs the address.
        email: Whose feed.
        briefing: Of which briefing.
        revoke: Whether the address that they have shall end, and another be made.
        now: When that is.

    Raises:
        NotFoundError: if the person has not subscribed to the briefing, or has left it.
    """
    with store.write() as tx:
        person = subscribers.find(tx, mailbox_key(email))
        found = subscribers.subscription(tx, person.id, briefing) if person else None
        if found is None or found.state is not SubscriptionState.CONFIRMED:
            raise NotFoundError("confirmed subscriber", email, [])
        if revoke:
            private_feeds.renew(tx, found.id, now)
        token = make(keyring, Purpose.FEED, found.id, scope=private_feeds.serial_of(tx, found.id))
    return config.private_feed_url(token)


def _articles(
    tx: Transaction, briefing: BriefingConfig, subscription: Subscription, now: datetime
) -> Sequence[Article]:
    """Return what the briefing would send this subscriber, the newest first."""
    # Room is no question here, and neither is what was mailed.
    roomy = briefing.model_copy(update={"max_articles": _ALL, "headlines": 0})
    plan = plan_issue(stored.list_all(tx), roomy, (), now)
    wanted = {topic.casefold() for topic in subscription.topics}
    chosen = [
        item
        for item in plan.articles
        if not wanted or wanted & {topic.casefold() for topic in item.topics}
    ]
    chosen.sort(key=lambda item: (item.published_at, item.sequence), reverse=True)
    return stored.load(tx, [item.sequence for item in chosen[:ENTRIES]])


def _info(config: Config, subscription: Subscription, token: str, serial: int) -> FeedInfo:
    briefing = config.briefing_info(subscription.briefing)
    base = config.private_feed_url(token)
    rss, atom, json = (base + name for name in FORMATS)
    return FeedInfo(
        name=briefing.name,
        title=briefing.title,
        description=briefing.description or briefing.title,
        language=briefing.language,
        rss_url=rss,
        atom_url=atom,
        json_url=json,
        uid=f"{config.publication.id}:private/{subscription.id}/{serial}",
        full_content=briefing.full_content,
        ttl_minutes=config.publish.every_minutes,
    )
