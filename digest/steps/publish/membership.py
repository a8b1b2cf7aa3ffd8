"""Reads what has changed, has it decided, and writes which article stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest import selection
from digest.config import TOPIC_FOLDER, Config
from digest.model import Listed
from digest.steps.publish import entries
from digest.steps.publish.entries import Feed, Moves
from digest.store import articles as stored
from digest.store import feeds as placed
from digest.store.engine import Store, Transaction
from digest.store.feeds import Held, Page, State
from digest.syndication.identity import slugify


@dataclass(frozen=True, slots=True)
class Standing:
    """Which article stands in which document, now."""

    feeds: Mapping[str, Feed]
    """Feeds of articles by name, those of topics last."""

    current: Mapping[str, Sequence[Held]]
    """Newest first; withdrawn ones are tombstones."""

    pages: Mapping[str, Sequence[Page]]
    embargoed_until: datetime | None
    """When the next article comes out by itself; ``None`` when none waits."""

    published: int
    """How many articles are public."""


def bring_up_to_date(store: Store, config: Config, now: datetime) -> Standing:
    """Write down what has changed since the last time; return what holds now.

    Raises:
        StoreError: if the store cannot be written; nothing is changed.
    """
    with store.read() as tx:
        feeds, moves = _look(tx, config, now)
        if not moves:
            current = placed.current(tx)
            if not _leaving(feeds, current, now):
                return _standing(tx, feeds, current, moves, now)
    with store.write() as tx:
        placed.lock(tx)
        # Looked at again in here: another publisher may have come in between.
        feeds, moves = _look(tx, config, now)
        _write(tx, moves)
        leaving = _leaving(feeds, placed.current(tx), now)
        _retire(tx, feeds, leaving)
        return _standing(tx, feeds, placed.current(tx), moves, now)


def retire(store: Store, standing: Standing, leaving: Mapping[str, Sequence[int]]) -> Standing:
    """Move articles, the oldest first, from current to archive documents; return what holds now."""
    with store.write() as tx:
        placed.lock(tx)
        _retire(tx, standing.feeds, {name: (list(items), []) for name, items in leaving.items()})
        return replace(standing, current=placed.current(tx), pages=placed.pages(tx))


def _look(tx: Transaction, config: Config, now: datetime) -> tuple[dict[str, Feed], Moves]:
    known = placed.states(tx)
    changes = placed.changes(tx)
    changed = stored.list_some(tx, sorted(set(changes.values())))
    feeds = _feeds(config, known)
    if any(State(feed.selection, feed.topic) != known.get(name) for name, feed in feeds.items()):
        changed = stored.list_all(tx)
    if config.publish.topic_feeds:
        fresh = _new_topics(config, feeds, changed, now)
        if fresh:
            # In the order in which they come from the store the next time.
            feeds |= fresh
            feeds = dict(sorted(feeds.items(), key=_place))
            changed = stored.list_all(tx)
    places = placed.places_of(tx, [article.sequence for article in changed])
    moves = entries.decide(list(feeds.values()), known, changes, changed, places, now)
    return feeds, moves


def _place(item: tuple[str, Feed]) -> tuple[bool, str]:
    """Sort feeds of topics by name behind those of the settings, which keep their order."""
    name, feed = item
    return bool(feed.topic), name if feed.topic else ""


def _feeds(config: Config, known: Mapping[str, State]) -> dict[str, Feed]:
    feeds = {
        name: Feed(name, settings)
        for name, settings in config.feeds.items()
        if settings.kind == "articles"
    }
    if config.publish.topic_feeds:
        for name, state in known.items():
            if state.topic:
                feeds[name] = Feed(name, config.topic_feed(state.topic), state.topic)
    return feeds


def _new_topics(
    config: Config, feeds: Mapping[str, Feed], articles: Sequence[Listed], now: datetime
) -> dict[str, Feed]:
    """Return feeds for the topics that have none; a feed that is there keeps its address."""
    have = {feed.topic.casefold() for feed in feeds.values() if feed.topic}
    found: dict[str, Feed] = {}
    for article in articles:
        if article.withdrawn_at is not None or article.published_at > now:
            continue
        for topic in article.topics:
            if topic.casefold() in have:
                continue
            have.add(topic.casefold())
            base = f"{TOPIC_FOLDER}/{slugify(topic)}"
            name, number = base, 2
            while name in feeds or name in found:
                name, number = f"{base}-{number}", number + 1
            found[name] = Feed(name, config.topic_feed(topic), topic)
    return found


_Leaving = dict[str, tuple[list[int], list[int]]]
"""Feed → articles that go into its archive, and tombstones that are not needed any more."""


def _leaving(
    feeds: Mapping[str, Feed], current: Mapping[str, Sequence[Held]], now: datetime
) -> _Leaving:
    found: _Leaving = {}
    for name, feed in feeds.items():
        held = current.get(name, ())
        old = [item.sequence for item in selection.leaving(held, feed.settings, now)]
        forgotten = entries.expired(held, now)
        if old or forgotten:
            found[name] = (old, forgotten)
    return found


def _write(tx: Transaction, moves: Moves) -> None:
    for name, state in moves.states.items():
        placed.put_state(tx, name, state)
    for (name, page), sequences in moves.leave.items():
        placed.leave(tx, name, page, sequences)
        if page != placed.CURRENT:
            placed.touch_page(tx, name, page)
    placed.enter(tx, moves.enter)
    placed.forget_changes(tx, moves.seen)


def _retire(tx: Transaction, feeds: Mapping[str, Feed], leaving: _Leaving) -> None:
    pages = placed.pages(tx)
    for name, (old, forgotten) in leaving.items():
        settings = feeds[name].settings
        placed.leave(tx, name, placed.CURRENT, forgotten)
        if not settings.archive:
            placed.leave(tx, name, placed.CURRENT, old)
            continue
        last = max((page.number for page in pages.get(name, ())), default=0)
        for page, sequences in entries.new_pages(old, settings.page_entries, last):
            placed.archive(tx, name, page, sequences)


def _standing(
    tx: Transaction,
    feeds: Mapping[str, Feed],
    current: Mapping[str, Sequence[Held]],
    moves: Moves,
    now: datetime,
) -> Standing:
    waiting = stored.list_some(tx, sorted(set(placed.changes(tx).values())))
    embargoed = sum(article.published_at > now for article in waiting)
    return Standing(
        feeds=feeds,
        current=current,
        pages=placed.pages(tx),
        embargoed_until=moves.embargoed_until,
        published=stored.count_published(tx) - embargoed,
    )
