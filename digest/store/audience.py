"""The audience of an issue: what its readers chose, and who of them needs something of their own.

Nothing is written for each reader but their delivery: readers who chose the same are one group, and
only those who changed how often they want the briefing are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select, update
from sqlalchemy.sql import literal_column

from digest.model import Cadence, MailFormat, SubscriptionState
from digest.store.dialects import as_table
from digest.store.engine import Transaction
from digest.store.schema import (
    deliveries,
    issue_articles,
    occurrences,
    subscribers,
    subscriptions,
)

EVERYBODY = (Cadence.EACH, Cadence.WEEKLY)
"""The cadences that get an issue of a briefing that nobody can have once a week."""

_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What readers chose that makes a difference to what they are mailed."""

    topics: str = "[]"
    """A JSON list as it is stored; an empty one: all."""

    language: str = ""
    """Empty: the briefing's."""

    format: MailFormat = MailFormat.HTML


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who chose the same."""

    choice: Choice
    readers: int
    is_paused: bool = False
    """They take no issue now."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A reader who has changed how often they want the briefing."""

    subscription_id: int
    subscriber_id: int
    choice: Choice
    moved_at: datetime
    served_as: Cadence | None
    """The cadence whose issues they had all of until :attr:`served_until`; ``None`` once an issue
    brought what they missed in between."""

    served_until: datetime | None


def audience_of(briefing: str, cadences: Collection[Cadence]) -> ColumnElement[bool]:
    """Return the condition for the subscriptions that an issue is for, the paused ones too."""
    condition = and_(
        subscriptions.c.briefing == briefing,
        subscriptions.c.state == SubscriptionState.CONFIRMED,
    )
    if set(cadences) == set(Cadence):
        return condition
    return and_(condition, subscriptions.c.cadence.in_([str(item) for item in cadences]))


def is_paused(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a subscription takes no issue composed at that time."""
    return subscriptions.c.paused_until > at


def groups(
    tx: Transaction, briefing: str, cadences: Collection[Cadence], at: datetime
) -> list[Group]:
    """Return what the confirmed readers chose, and how many of them did, the most first."""
    topics = cast(subscriptions.c.topics, Text)
    paused = case((is_paused(at), 1), else_=0)
    usual = Choice()
    is_usual = and_(
        topics == usual.topics,
        subscribers.c.language == usual.language,
        subscribers.c.format == usual.format,
        paused == 0,
    )
    query = (
        select(topics, subscribers.c.language, subscribers.c.format, paused, func.count())
        .select_from(subscriptions)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(audience_of(briefing, cadences), ~is_usual)
        .group_by(topics, subscribers.c.language, subscribers.c.format, paused)
    )
    found = [
        Group(Choice(chosen, language, MailFormat(kind)), int(number), bool(rests))
        for chosen, language, kind, rests, number in tx.execute(query)
    ]
    # Most chose nothing. Engines sort what they group: so many are only counted.
    everybody = select(func.count()).where(audience_of(briefing, cadences))
    rest = tx.execute(everybody).scalar_one() - sum(group.readers for group in found)
    if rest > 0:
        found.append(Group(usual, rest))
    return sorted(found, key=lambda group: (-group.readers, repr(group.choice), group.is_paused))


def zones(tx: Transaction, briefing: str, cadences: Collection[Cadence]) -> set[str]:
    """Return the time zones of the confirmed readers; an empty name: the briefing's."""
    query = (
        select(subscribers.c.timezone)
        .distinct()
        .select_from(subscriptions)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(audience_of(briefing, cadences))
    )
    return set(tx.execute(query).scalars())


def movers(
    tx: Transaction, briefing: str, cadences: Collection[Cadence], at: datetime
) -> list[Mover]:
    """Return the confirmed readers, not paused, who ever changed their cadence, by id."""
    query = (
        select(
            subscriptions.c.id,
            subscriptions.c.subscriber_id,
            cast(subscriptions.c.topics, Text).label("topics"),
            subscribers.c.language,
            subscribers.c.format,
            subscriptions.c.moved_at,
            subscriptions.c.served_as,
            subscriptions.c.served_until,
        )
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            audience_of(briefing, cadences),
            # As in the index that serves this.
            literal_column("moved_at IS NOT NULL"),
            or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until <= at),
        )
        .order_by(subscriptions.c.id)
    )
    return [
        Mover(
            row.id,
            row.subscriber_id,
            Choice(row.topics, row.language, MailFormat(row.format)),
            row.moved_at,
            Cadence(row.served_as) if row.served_as else None,
            row.served_until,
        )
        for row in tx.execute(query)
    ]


def had(
    tx: Transaction, briefing: str | None, people: Collection[int], articles: Collection[int]
) -> dict[int, frozenset[int]]:
    """Return which of *articles* were in issues that *people* have a delivery of.

    Args:
        tx: An open transaction.
        briefing: Only in issues of it; ``None``: of any.
        people: Ids of subscribers.
        articles: Sequence numbers.

    Returns:
        By subscriber; those who had none are not in it.
    """
    contents = _issues_with(tx, briefing, articles)
    seen: dict[int, list[int]] = defaultdict(list)
    for issue_id in contents:
        for subscriber_id in _readers_of(tx, issue_id, people):
            seen[subscriber_id].append(issue_id)
    # Few have had different issues: the same set for all who had the same.
    unions: dict[tuple[int, ...], frozenset[int]] = {}
    found = {}
    for subscriber_id, ids in seen.items():
        key = tuple(ids)
        if key not in unions:
            unions[key] = frozenset().union(*(contents[issue_id] for issue_id in ids))
        found[subscriber_id] = unions[key]
    return found


def readers(
    tx: Transaction, briefing: str, cadences: Collection[Cadence], at: datetime
) -> Iterator[tuple[int, int, Choice]]:
    """Yield subscription, subscriber, and choice of each confirmed reader who has not paused."""
    query = (
        select(
            subscriptions.c.id,
            subscriptions.c.subscriber_id,
            cast(subscriptions.c.topics, Text).label("topics"),
            subscribers.c.language,
            subscribers.c.format,
        )
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            audience_of(briefing, cadences),
            or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until <= at),
        )
    )
    for row in tx.execute(query):
        yield row.id, row.subscriber_id, Choice(row.topics, row.language, MailFormat(row.format))


def note_served(tx: Transaction, subscription_ids: Collection[int]) -> None:
    """Note that an issue brought *subscription_ids* what they missed while they changed."""
    ids = sorted(subscription_ids)
    for start in range(0, len(ids), _BATCH):
        rows = [(number,) for number in ids[start : start + _BATCH]]
        batch = as_table(tx, [subscriptions.c.id], rows)
        tx.execute(
            update(subscriptions)
            .where(subscriptions.c.id.in_(select(batch.c.id)))
            .values(served_as=None, served_until=None)
        )


def end_weekly(tx: Transaction, briefing: str, now: datetime) -> int:
    """Give every issue to those who had one a week, once that is no longer offered.

    Return how many changed. Those who chose one a week before it ever was offered keep their
    choice, and get every issue meanwhile.
    """
    began = select(occurrences.c.id).where(
        occurrences.c.briefing == briefing, occurrences.c.cadence == Cadence.WEEKLY
    )
    if tx.execute(began.limit(1)).first() is None:
        return 0
    done = tx.execute(
        update(subscriptions)
        .where(subscriptions.c.briefing == briefing, subscriptions.c.cadence == Cadence.WEEKLY)
        .values(changed_cadence(Cadence.EACH, now))
    )
    return done.rowcount


def changed_cadence(cadence: Cadence, now: datetime) -> dict[str, Any]:
    """Return what to write into a subscription that is to have *cadence* from *now* on.

    A second change before any issue came keeps what the first one noted. A subscription that was
    made just now has had nothing yet.
    """
    c = subscriptions.c
    is_change = and_(c.cadence != cadence, c.created_at < now)
    return {
        "cadence": cadence,
        "moved_at": case((is_change, now), else_=c.moved_at),
        "served_as": case(
            (and_(is_change, c.served_until.is_(None)), c.cadence), else_=c.served_as
        ),
        "served_until": case(
            (and_(is_change, c.served_until.is_(None)), now), else_=c.served_until
        ),
    }


def _issues_with(
    tx: Transaction, briefing: str | None, articles: Collection[int]
) -> dict[int, set[int]]:
    """Return which of *articles* were in which issue."""
    batch = as_table(tx, [issue_articles.c.article_id], [(number,) for number in articles])
    query: Select[Any] = select(issue_articles.c.issue_id, issue_articles.c.article_id).join(
        batch, batch.c.article_id == issue_articles.c.article_id
    )
    if briefing is not None:
        query = query.where(issue_articles.c.briefing == briefing)
    contents: dict[int, set[int]] = defaultdict(set)
    for row in tx.execute(query.order_by(issue_articles.c.issue_id)):
        contents[row.issue_id].add(row.article_id)
    return contents


def _readers_of(tx: Transaction, issue_id: int, people: Collection[int]) -> Iterator[int]:
    """Yield those of *people* who have a delivery of the issue."""
    ids = sorted(people)
    for start in range(0, len(ids), _BATCH):
        rows = [(number,) for number in ids[start : start + _BATCH]]
        batch = as_table(tx, [subscribers.c.id], rows)
        query = (
            select(deliveries.c.subscriber_id)
            .join(batch, batch.c.id == deliveries.c.subscriber_id)
            .where(deliveries.c.issue_id == issue_id)
        )
        yield from tx.execute(query).scalars()
