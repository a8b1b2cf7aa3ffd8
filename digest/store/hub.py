"""Who subscribed at our own hub, what they have got, and what they are yet to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, insert, or_, select, update

from digest.model import HubMode
from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import hub_requests, hub_subscriptions, hub_topics


@dataclass(frozen=True, slots=True)
class Request:
    """Something to ask, or tell, at a callback."""

    mode: HubMode
    topic: str
    callback: str
    site: str
    """Host and port of the callback."""

    asked_at: datetime
    network: str = ""
    """Who asked; empty for what nobody asked for."""

    secret: str = ""
    lease: timedelta = timedelta()
    reason: str = ""
    """Why it is denied; empty otherwise."""

    id: int = 0
    attempts: int = 0
    """Those before this one."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A callback that is to get a document, taken to be sent to."""

    id: int
    topic: str
    callback: str
    site: str
    secret: str
    tag: str
    """Of what it got last; empty when it has got nothing yet."""

    known_tag: str
    """Of the document as it was last looked at."""

    failures: int
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many subscriptions there may be, confirmed or not."""

    total: int
    site: int
    """With callbacks at one host and port."""

    unconfirmed: int
    """Asked for from one network."""


def add_request(tx: Transaction, new: Request, budgets: Budgets) -> str:
    """Write down what is to be asked. Return which budget is used up: then nothing is written.

    A subscription that there is already can always be renewed or ended.
    """
    same = and_(
        hub_subscriptions.c.topic == new.topic, hub_subscriptions.c.callback == new.callback
    )
    is_known = tx.execute(select(hub_subscriptions.c.id).where(same)).first() is not None
    if not is_known and (used_up := _used_up(tx, new, budgets)):
        return used_up
    put_request(tx, new)
    return ""


def _used_up(tx: Transaction, new: Request, budgets: Budgets) -> str:
    asked = select(func.count()).select_from(hub_requests)
    if _count(tx, asked.where(hub_requests.c.network == new.network)) >= budgets.unconfirmed:
        return "network"
    there = select(func.count()).select_from(hub_subscriptions)
    at_site = _count(tx, asked.where(hub_requests.c.site == new.site)) + _count(
        tx, there.where(hub_subscriptions.c.site == new.site)
    )
    if at_site >= budgets.site:
        return "site"
    return "total" if _count(tx, asked) + _count(tx, there) >= budgets.total else ""


def _count(tx: Transaction, query: Any) -> int:  # noqa: ANN401 - an SQL expression
    return int(tx.execute(query).scalar_one())


def put_request(tx: Transaction, new: Request) -> None:
    """Write down what is to be asked; it takes the place of an earlier one for the same."""
    values = {
        "mode": new.mode,
        "site": new.site,
        "network": new.network,
        "secret": new.secret,
        "lease_seconds": int(new.lease.total_seconds()),
        "reason": new.reason,
        "asked_at": new.asked_at,
        "attempts": 0,
        "next_attempt_at": new.asked_at,
    }
    tx.execute(
        insert_into(tx, hub_requests)
        .values(topic=new.topic, callback=new.callback, **values)
        .on_conflict_do_update(index_elements=["topic", "callback"], set_=values)
    )


def claim_requests(tx: Transaction, now: datetime, limit: int, lease: timedelta) -> list[Request]:
    """Return up to *limit* requests that are due; no other gets them until *lease* is over."""
    due = (
        select(hub_requests.c.id)
        .where(hub_requests.c.next_attempt_at <= now)
        .order_by(hub_requests.c.attempts, hub_requests.c.id)
        .limit(limit)
    )
    rows = tx.execute(
        update(hub_requests)
        .where(hub_requests.c.id.in_(due), hub_requests.c.next_attempt_at <= now)
        .values(next_attempt_at=now + lease)
        .returning(hub_requests)
    )
    return [_request(row) for row in rows]


def put_off_request(tx: Transaction, request: Request, until: datetime) -> None:
    """Ask once more at *until*, unless another request has come since."""
    tx.execute(
        update(hub_requests)
        .where(_is(request))
        .values(attempts=request.attempts + 1, next_attempt_at=until)
    )


def drop_request(tx: Transaction, request: Request) -> bool:
    """Take a request as dealt with. Return whether it still stood, unchanged."""
    return bool(tx.execute(delete(hub_requests).where(_is(request))).rowcount)


def _is(request: Request) -> Any:  # noqa: ANN401 - an SQL expression
    same = hub_requests.c.id == request.id, hub_requests.c.asked_at == request.asked_at
    return and_(*same, hub_requests.c.mode == request.mode)


def confirm(tx: Transaction, request: Request, now: datetime) -> None:
    """Do what a callback has confirmed: subscribe from *now*, anew or on, or unsubscribe."""
    this = and_(
        hub_subscriptions.c.topic == request.topic,
        hub_subscriptions.c.callback == request.callback,
    )
    if request.mode is HubMode.UNSUBSCRIBE:
        tx.execute(delete(hub_subscriptions).where(this))
        return
    values = {
        "secret": request.secret,
        "verified_at": now,
        "expires_at": now + request.lease,
        "failures": 0,
        "failing_since": None,
        "detail": "",
    }
    changed = tx.execute(update(hub_subscriptions).where(this).values(values))
    if not changed.rowcount:
        tx.execute(
            insert(hub_subscriptions).values(
                topic=request.topic, callback=request.callback, site=request.site, tag="", **values
            )
        )


def mark_due(tx: Transaction, topic: str, now: datetime) -> None:
    """Have the document at *topic* sent. Who waits for a later attempt goes on waiting."""
    tx.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.topic == topic, hub_subscriptions.c.next_attempt_at.is_(None))
        .values(next_attempt_at=now)
    )


def claim(tx: Transaction, now: datetime, limit: int, lease: timedelta) -> list[Subscription]:
    """Return up to *limit* subscriptions that are due, those that fail last.

    No other gets them until *lease* is over.
    """
    due = (
        select(hub_subscriptions.c.id)
        .where(hub_subscriptions.c.next_attempt_at <= now, hub_subscriptions.c.expires_at > now)
        .order_by(hub_subscriptions.c.failures, hub_subscriptions.c.next_attempt_at)
        .limit(limit)
    )
    rows = tx.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.id.in_(due), hub_subscriptions.c.next_attempt_at <= now)
        .values(next_attempt_at=now + lease)
        .returning(hub_subscriptions)
    ).all()
    wanted = {row.topic for row in rows}
    query = select(hub_topics.c.topic, hub_topics.c.tag).where(hub_topics.c.topic.in_(wanted))
    tags = {row.topic: row.tag for row in tx.execute(query)}
    return [_subscription(row, tags.get(row.topic, "")) for row in rows]


def settle_taken(tx: Transaction, taken: Subscription, tag: str, now: datetime) -> None:
    """Record that a subscriber has the document whose tag is *tag*.

    It is due again at once if the document has become another one meanwhile.
    """
    query = select(hub_topics.c.tag).where(hub_topics.c.topic == taken.topic)
    is_latest = tx.execute(query).scalar() in {tag, taken.known_tag}
    tx.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.id == taken.id)
        .values(
            tag=tag,
            delivered_at=now,
            failures=0,
            failing_since=None,
            next_attempt_at=None if is_latest else now,
            detail="",
        )
    )


def settle_idle(tx: Transaction, idle: Subscription) -> None:
    """Record that there is nothing to send to a subscriber."""
    tx.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.id == idle.id)
        .values(next_attempt_at=None)
    )


def put_off(
    tx: Transaction, failed: Subscription, *, now: datetime, until: datetime, detail: str
) -> None:
    """Try a subscription again at *until*, because of *detail*."""
    tx.execute(
        update(hub_subscriptions)
        .where(hub_subscriptions.c.id == failed.id)
        .values(
            failures=failed.failures + 1,
            failing_since=failed.failing_since or now,
            next_attempt_at=until,
            detail=detail,
        )
    )


def end(tx: Transaction, ended: Subscription, now: datetime, reason: str = "") -> None:
    """End a subscription; with a *reason* its callback is told."""
    tx.execute(delete(hub_subscriptions).where(hub_subscriptions.c.id == ended.id))
    if reason:
        denial = HubMode.DENIED, ended.topic, ended.callback, ended.site, now
        put_request(tx, Request(*denial, reason=reason))


def end_expired(tx: Transaction, now: datetime) -> int:
    """End the subscriptions whose lease is over. Return how many."""
    over = hub_subscriptions.c.expires_at <= now
    return tx.execute(delete(hub_subscriptions).where(over)).rowcount


def end_orphans(tx: Transaction, now: datetime, reason: str) -> int:
    """End subscriptions, and deny requests, to documents that are none of ours any more.

    Their callbacks are told *reason*. Return how many.
    """
    ended = 0
    for table in (hub_subscriptions, hub_requests):
        is_ours = exists().where(hub_topics.c.topic == table.c.topic)
        orphaned = ~is_ours
        if table is hub_requests:
            orphaned = and_(orphaned, hub_requests.c.mode != HubMode.DENIED)
        rows = tx.execute(
            delete(table).where(orphaned).returning(table.c.topic, table.c.callback, table.c.site)
        ).all()
        for row in rows:
            told = HubMode.DENIED, row.topic, row.callback, row.site, now
            put_request(tx, Request(*told, reason=reason))
        ended += len(rows)
    return ended


@dataclass(frozen=True, slots=True)
class Standing:
    """How many get one document."""

    topic: str
    subscribers: int
    failing: int
    """Of them, who did not take what was sent last."""

    waiting: int
    """Of them, who are yet to get what there is, failing ones too."""

    delivered_at: datetime | None
    """When one of them took something last; ``None``: never."""


def standings(tx: Transaction) -> list[Standing]:
    """Return how many get each document that anybody gets, by its URL."""
    table = hub_subscriptions.c
    query = (
        select(
            table.topic,
            func.count().label("subscribers"),
            func.count(table.failing_since).label("failing"),
            func.count(table.next_attempt_at).label("waiting"),
            func.max(table.delivered_at).label("delivered_at"),
        )
        .group_by(table.topic)
        .order_by(table.topic)
    )
    return [Standing(*row) for row in tx.execute(query)]


def has_expired(tx: Transaction, now: datetime) -> bool:
    """Return whether any subscription's lease is over."""
    return bool(tx.execute(select(exists().where(hub_subscriptions.c.expires_at <= now))).scalar())


def has_work(tx: Transaction, now: datetime) -> bool:
    """Return whether anything is due at *now*, so that the network is needed."""
    due = or_(
        exists().where(hub_requests.c.next_attempt_at <= now),
        exists().where(hub_subscriptions.c.next_attempt_at <= now),
    )
    return bool(tx.execute(select(due)).scalar())


def unconfirmed(tx: Transaction) -> int:
    """Return how many requests wait for their callback."""
    query = select(func.count()).select_from(hub_requests)
    return _count(tx, query.where(hub_requests.c.mode != HubMode.DENIED))


@dataclass(frozen=True, slots=True)
class Callback:
    """Who gets a document, and until when."""

    topic: str
    callback: str
    expires_at: datetime


def callbacks(tx: Transaction) -> list[Callback]:
    """Return all subscriptions, by document and callback."""
    table = hub_subscriptions.c
    query = select(table.topic, table.callback, table.expires_at)
    return [Callback(*row) for row in tx.execute(query.order_by(table.topic, table.callback))]


def _request(row: Row[Any]) -> Request:
    return Request(
        mode=HubMode(row.mode),
        topic=row.topic,
        callback=row.callback,
        site=row.site,
        asked_at=row.asked_at,
        network=row.network,
        secret=row.secret,
        lease=timedelta(seconds=row.lease_seconds),
        reason=row.reason,
        id=row.id,
        attempts=row.attempts,
    )


def _subscription(row: Row[Any], known_tag: str) -> Subscription:
    return Subscription(
        id=row.id,
        topic=row.topic,
        callback=row.callback,
        site=row.site,
        secret=row.secret,
        tag=row.tag,
        known_tag=known_tag,
        failures=row.failures,
        failing_since=row.failing_since,
    )
