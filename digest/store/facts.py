"""What transactions note for the journal: facts that no restored backup may forget.

Functions of this package note them where they write the same to the tables, so that no door and no
step can forget to; ``Store.write`` hands them to the journal just before it commits. A store
without a journal notes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, bindparam, select

from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.model.facts import (
    Audience,
    Begun,
    Consented,
    Fact,
    IssueName,
    Lifted,
    Moved,
    Settled,
    Suppressed,
    short_hash,
)
from digest.store.dialects import batch, batch_values, insert_new
from digest.store.portable import to_portable
from digest.store.schema import (
    articles,
    begun_issues,
    deliveries,
    issue_articles,
    issues,
    occurrences,
    subscribers,
    variants,
)

OPTION = "digest_facts"
"""Under which a connection carries the list of what its transaction noted."""

_WORTH_KEEPING = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.REFUSED,
        DeliveryState.UNCERTAIN,
        DeliveryState.CANCELLED,
    }
)
"""Results that a restored database cannot come to again by itself without mailing anybody."""

_AUDIENCE_CHUNK = 10_000

Known: TypeAlias = tuple[IssueName, DeliveryState, str]
"""What became of a delivery: of which issue, what, and of whom (see :func:`short_hash`)."""


def note(tx: Connection, fact: Fact) -> None:
    """Note *fact*."""
    noted = _noted(tx)
    if noted is not None:
        noted.append(fact)


def forget(tx: Connection) -> None:
    """Forget what this transaction noted: it came from the journal, where it stands already."""
    noted = _noted(tx)
    if noted is not None:
        noted.clear()


def note_settled(tx: Connection, results: Mapping[int, DeliveryState]) -> None:
    """Note what became of deliveries, by their ids."""
    wanted = [number for number, state in results.items() if state in _WORTH_KEEPING]
    if not wanted or _noted(tx) is None:
        return
    people: dict[tuple[int, DeliveryState], list[str]] = defaultdict(list)
    ids = batch_values(tx, [deliveries.c.id], [(number,) for number in wanted])
    for row in tx.execute(_hashes_of(tx.dialect.name), ids):
        people[row.issue_id, results[row.id]].append(short_hash(row.address_hash))
    names = {issue_id: name_of(tx, issue_id) for issue_id, _ in people}
    for (issue_id, state), hashes in people.items():
        note(tx, Settled(names[issue_id], state, tuple(hashes)))


def note_known(tx: Connection, results: Iterable[Known]) -> None:
    """Note what became of deliveries of which all is known that facts say."""
    noted = _noted(tx)
    if noted is None:
        return
    people: dict[tuple[IssueName, DeliveryState], list[str]] = defaultdict(list)
    for key, group in groupby(results, itemgetter(0, 1)):  # alike, more often than not
        if key[1] in _WORTH_KEEPING:
            people[key] += [person for _, _, person in group]
    noted += [Settled(name, state, tuple(group)) for (name, state), group in people.items()]


def note_moved(tx: Connection, issue_id: int, state: IssueState) -> None:
    """Note that the issue came into *state*; when it begins to be sent, all there is of it."""
    if _noted(tx) is None:
        return
    if state is IssueState.SENDING and insert_new(tx, begun_issues, {"issue_id": issue_id}):
        note(tx, _begun(tx, issue_id))
        for fact in _audience(tx, issue_id):
            note(tx, fact)
    note(tx, Moved(name_of(tx, issue_id), state))


def note_consents(
    tx: Connection, events: Sequence[tuple[int, str, SubscriptionState, datetime]]
) -> None:
    """Note that subscriptions came into a state: subscriber, briefing, state, and when."""
    if _noted(tx) is None:
        return
    column = subscribers.c.id
    numbers = batch_values(tx, [column], [(number,) for number in {event[0] for event in events}])
    found = tx.execute(_hashes_by_id(tx.dialect.name), numbers)
    people = {row.id: short_hash(row.address_hash) for row in found}
    for number, briefing, state, at in events:
        note(tx, Consented(people[number], briefing, state, at))


def note_suppressed(
    tx: Connection, address_hash: str, at: datetime, reason: str, evidence: str
) -> None:
    """Note that an address came on the do-not-mail record."""
    note(tx, Suppressed(address_hash, at, reason, evidence))


def note_lifted(tx: Connection, address_hash: str) -> None:
    """Note that an address came off the do-not-mail record."""
    note(tx, Lifted(address_hash))


def name_of(tx: Connection, issue_id: int) -> IssueName:
    """Return what names the issue for ever."""
    row = tx.execute(_NAMES, {"issue": issue_id}).one()
    return IssueName(row.briefing, row.number, row.composed_at)


_NAMES = select(issues.c.briefing, issues.c.number, issues.c.composed_at).where(
    issues.c.id == bindparam("issue")
)
"""Built once: asked with every commit."""


def _noted(tx: Connection) -> list[Fact] | None:
    noted: list[Fact] | None = tx.get_execution_options().get(OPTION)
    return noted


@cache
def _hashes_of(dialect: str) -> Select[Any]:
    ids = batch(dialect, [deliveries.c.id])
    return (
        select(deliveries.c.id, deliveries.c.issue_id, subscribers.c.address_hash)
        .join(ids, ids.c.id == deliveries.c.id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
    )


@cache
def _hashes_by_id(dialect: str) -> Select[Any]:
    ids = batch(dialect, [subscribers.c.id])
    return select(subscribers.c.id, subscribers.c.address_hash).join(
        ids, ids.c.id == subscribers.c.id
    )


def _begun(tx: Connection, issue_id: int) -> Begun:
    row = tx.execute(select(issues).where(issues.c.id == issue_id)).mappings().one()
    due_at = tx.execute(
        select(occurrences.c.due_at).where(occurrences.c.issue_id == issue_id)
    ).scalar_one_or_none()
    made = tx.execute(select(variants).where(variants.c.issue_id == issue_id)).mappings()
    placed = tx.execute(
        select(issue_articles, articles.c.uid)
        .join(articles, articles.c.id == issue_articles.c.article_id)
        .where(issue_articles.c.issue_id == issue_id)
        .order_by(issue_articles.c.position)
    ).mappings()
    return Begun(
        name_of(tx, issue_id),
        row["period"],
        due_at,
        to_portable(issues, dict(row)),
        tuple(to_portable(variants, dict(item)) for item in made),
        tuple({"uid": item["uid"], **to_portable(issue_articles, dict(item))} for item in placed),
    )


def _audience(tx: Connection, issue_id: int) -> Iterator[Audience]:
    name = name_of(tx, issue_id)
    query = (
        select(variants.c.name, subscribers.c.address_hash)
        .select_from(deliveries)
        .join(variants, variants.c.id == deliveries.c.variant_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id)
        .order_by(variants.c.id, deliveries.c.id)
    )
    for variant, people in _chunks(tx.execute(query)):
        yield Audience(name, variant, people)


def _chunks(rows: Iterable[Row[str, str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the people of each variant, so many at a time."""
    variant, people = "", list[str]()
    for name, address_hash in rows:
        if people and (name != variant or len(people) == _AUDIENCE_CHUNK):
            yield variant, tuple(people)
            people = []
        variant = name
        people.append(short_hash(address_hash))
    if people:
        yield variant, tuple(people)
