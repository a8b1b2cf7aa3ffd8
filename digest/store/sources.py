"""How each upstream source is doing, and what became of what it named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, literal, or_, select, update

from digest.store.dialects import insert_new
from digest.store.engine import Transaction
from digest.store.schema import arrivals, source_states

_BATCH = 500


class Fate(StrEnum):
    """What became of an article that a source named."""

    USED = "used"
    LEFT_OUT = "left out"  #: By the rules of the source; looked at again each time.
    ELSEWHERE = "elsewhere"  #: Another source has it.
    WAITING = "waiting"  #: For somebody to let it in.
    REFUSED = "refused"  #: By somebody: it is not asked about again.


@dataclass(frozen=True, slots=True)
class State:
    """How a source is doing."""

    source: str
    url: str
    """As in the settings."""

    moved_to: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    title: str = ""
    site_url: str = ""
    kind: str = ""
    ttl_seconds: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    next_poll_at: datetime | None = None
    """``None``: it is not asked (paused, or gone)."""

    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    news_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    detail: str = ""
    is_paused: bool = False
    gone_at: datetime | None = None
    polls: int = 0
    polls_unchanged: int = 0
    articles_seen: int = 0
    articles_used: int = 0
    hub: str = ""
    topic: str = ""
    callback: str = ""
    secret: str = ""
    hub_asked_at: datetime | None = None
    hub_until: datetime | None = None
    hub_next_at: datetime | None = None

    @property
    def address(self) -> str:
        """Where it is asked: where it moved to, or where the settings say."""
        return self.moved_to or self.url


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one article that a source named."""

    source: str
    key: str
    seen_at: datetime
    fate: Fate
    reason: str = ""
    title: str = ""
    url: str = ""
    sequence: int | None = None
    draft: Mapping[str, Any] | None = None
    """While it waits: the whole of it."""


def ensure(tx: Transaction, source: str, url: str, now: datetime) -> None:
    """Have a state for *source*, due at once where it is new or has another address than before."""
    if insert_new(tx, source_states, {"source": source, "url": url, "next_poll_at": now}):
        return
    fresh = {
        "url": url,
        "moved_to": "",
        "etag": "",
        "last_modified": "",
        "digest": "",
        "failures": 0,
        "failing_since": None,
        "gone_at": None,
        "hub": "",
        "topic": "",
        "callback": "",
        "secret": "",
        "hub_asked_at": None,
        "hub_until": None,
        "hub_next_at": None,
    }
    changed = (source_states.c.source == source, source_states.c.url != url)
    tx.execute(update(source_states).where(*changed).values(**fresh))
    tx.execute(
        update(source_states)
        .where(
            source_states.c.source == source,
            source_states.c.next_poll_at.is_(None),
            source_states.c.gone_at.is_(None),
            source_states.c.is_paused.is_(False),
        )
        .values(next_poll_at=now)
    )


def states(tx: Transaction) -> dict[str, State]:
    """Return how every source that was ever asked is doing, by name."""
    query = select(source_states).order_by(source_states.c.source)
    return {row.source: _state(row) for row in tx.execute(query)}


def state(tx: Transaction, source: str) -> State | None:
    """Return how *source* is doing; ``None`` if it was never asked."""
    row = tx.execute(select(source_states).where(source_states.c.source == source)).one_or_none()
    return _state(row) if row is not None else None


def with_hubs(tx: Transaction) -> list[State]:
    """Return how every source is doing that a hub may have to do with."""
    named = or_(source_states.c.hub != "", source_states.c.callback != "")
    query = select(source_states).where(named).order_by(source_states.c.source)
    return [_state(row) for row in tx.execute(query)]


def by_callback(tx: Transaction, callback: str) -> State | None:
    """Return how the source is doing whose hub was given *callback*; ``None``: there is none."""
    query = select(source_states).where(source_states.c.callback == callback)
    row = tx.execute(query).one_or_none() if callback else None
    return _state(row) if row is not None else None


def claim(
    tx: Transaction,
    names: Sequence[str],
    now: datetime,
    limit: int,
    lease: timedelta,
    is_free: Callable[[Sequence[str], str], bool] = lambda _chosen, _address: True,
) -> list[State]:
    """Return up to *limit* of the sources *names* that are due, longest overdue first.

    No other gets them until *lease* is over.

    Args:
        tx: The transaction.
        names: Those that may be taken.
        now: The time.
        limit: At most so many.
        lease: For how long.
        is_free: Whether a source may be taken, by the addresses chosen already and its own.
    """
    due = tx.execute(
        select(source_states.c.source, source_states.c.url, source_states.c.moved_to)
        .where(source_states.c.next_poll_at <= now)
        .order_by(source_states.c.next_poll_at, source_states.c.source)
    )
    wanted = set(names)
    chosen: dict[str, str] = {}
    for row in due:
        address = row.moved_to or row.url
        if len(chosen) < limit and row.source in wanted and is_free([*chosen.values()], address):
            chosen[row.source] = address
    if not chosen:
        return []
    rows = tx.execute(
        update(source_states)
        .where(source_states.c.source.in_([*chosen]), source_states.c.next_poll_at <= now)
        .values(next_poll_at=now + lease)
        .returning(source_states)
    )
    return [_state(row) for row in rows]


def is_due(tx: Transaction, names: Sequence[str], now: datetime) -> bool:
    """Return whether one of the sources *names* is due."""
    query = select(source_states.c.source).where(source_states.c.next_poll_at <= now)
    wanted = set(names)
    return any(name in wanted for name in tx.execute(query).scalars())


def make_due(tx: Transaction, names: Sequence[str], now: datetime) -> None:
    """Have the sources *names* asked at once, though they are paused, or have ended."""
    for start in range(0, len(names), _BATCH):
        batch = source_states.c.source.in_(names[start : start + _BATCH])
        tx.execute(update(source_states).where(batch).values(next_poll_at=now))


def save(tx: Transaction, source: str, **values: Any) -> None:  # noqa: ANN401 - the columns differ
    """Write *values*, by the names of :class:`State`, into what is known of *source*.

    One that was paused meanwhile is not asked again, unless *values* say that it is not paused.
    """
    for name in ("skip_hours", "skip_days"):
        if name in values:
            values[name] = sorted(values[name])
    if "next_poll_at" in values and "is_paused" not in values:
        wanted = literal(values["next_poll_at"], source_states.c.next_poll_at.type)
        values["next_poll_at"] = case((source_states.c.is_paused, None), else_=wanted)
    tx.execute(update(source_states).where(source_states.c.source == source).values(**values))


def count(tx: Transaction, source: str, *, unchanged: bool, seen: int, used: int) -> None:
    """Count one look at *source*, and what it brought."""
    tx.execute(
        update(source_states)
        .where(source_states.c.source == source)
        .values(
            polls=source_states.c.polls + 1,
            polls_unchanged=source_states.c.polls_unchanged + int(unchanged),
            articles_seen=source_states.c.articles_seen + seen,
            articles_used=source_states.c.articles_used + used,
        )
    )


def records(tx: Transaction, source: str, keys: Iterable[str]) -> dict[str, Record]:
    """Return what became of articles of *source* with one of *keys*, by key."""
    wanted = sorted(set(keys))
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), _BATCH):
        query = select(arrivals).where(
            arrivals.c.source == source, arrivals.c.key.in_(wanted[start : start + _BATCH])
        )
        found.update((row.key, _record(row)) for row in tx.execute(query))
    return found


def put_records(tx: Transaction, items: Sequence[Record]) -> None:
    """Write down what became of articles, in place of what was known of them."""
    for source in {item.source for item in items}:
        keys = [item.key for item in items if item.source == source]
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            tx.execute(
                delete(arrivals).where(arrivals.c.source == source, arrivals.c.key.in_(batch))
            )
    if items:
        tx.execute(insert(arrivals), [_row(item) for item in items])


def forget_record(tx: Transaction, source: str, key: str) -> None:
    """Drop what became of the article of *source* with *key*: it was never named."""
    tx.execute(delete(arrivals).where(arrivals.c.source == source, arrivals.c.key == key))


def waiting(tx: Transaction, source: str = "") -> list[Record]:
    """Return the articles (of *source*) that wait for somebody, oldest first."""
    query = select(arrivals).where(arrivals.c.state == Fate.WAITING)
    if source:
        query = query.where(arrivals.c.source == source)
    query = query.order_by(arrivals.c.seen_at, arrivals.c.key)
    return [_record(row) for row in tx.execute(query)]


def listed(tx: Transaction, source: str, limit: int) -> list[Record]:
    """Return what became of the articles that *source* named, newest first, without their text."""
    query = (
        select(arrivals)
        .where(arrivals.c.source == source)
        .order_by(arrivals.c.seen_at.desc(), arrivals.c.key)
        .limit(limit)
    )
    return [_record(row) for row in tx.execute(query)]


def fates(tx: Transaction) -> dict[str, dict[str, int]]:
    """Return how many articles met which fate, by source."""
    query = select(arrivals.c.source, arrivals.c.state, func.count()).group_by(
        arrivals.c.source, arrivals.c.state
    )
    found: dict[str, dict[str, int]] = {}
    for name, fate, number in tx.execute(query):
        found.setdefault(name, {})[fate] = number
    return found


def forget(tx: Transaction, source: str) -> None:
    """Drop how *source* is doing: it is not in the settings any more. Its articles stay."""
    tx.execute(delete(source_states).where(source_states.c.source == source))


def _state(row: Row[Any]) -> State:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    values["skip_hours"], values["skip_days"] = tuple(row.skip_hours), tuple(row.skip_days)
    return State(**values)


def _record(row: Row[Any]) -> Record:
    return Record(
        row.source,
        row.key,
        row.seen_at,
        Fate(row.state),
        row.reason,
        row.title,
        row.url,
        row.article_id,
        row.draft,
    )


def _row(item: Record) -> dict[str, Any]:
    return {
        "source": item.source,
        "key": item.key,
        "seen_at": item.seen_at,
        "state": str(item.fate),
        "reason": item.reason,
        "title": item.title,
        "url": item.url,
        "article_id": item.sequence,
        "draft": item.draft,
    }
