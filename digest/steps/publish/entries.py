"""Which articles enter and leave which documents of which feeds. Pure.

The current document of a feed shows each article as it is now. What leaves it goes, as it is then,
into an archive document (RFC 5005, section 4), which never changes again but for one reason: an
article in it is withdrawn. One that is corrected after that comes back into the current document;
readers know by its id and its later time which of the two counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest import selection
from digest.config import FeedConfig
from digest.model import Listed
from digest.store.feeds import CURRENT, Held, Page, State

TOMBSTONE_DAYS = 30
"""How long a feed tells that an article was withdrawn: long enough for readers on holiday."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of articles as far as choosing goes."""

    name: str
    settings: FeedConfig
    topic: str = ""
    """The topic that it is of, when it made itself."""

    @property
    def selection(self) -> str:
        """What changes when the settings that choose its articles do."""
        feed = self.settings
        chosen_by = (
            feed.kind,
            feed.topics,
            feed.exclude_topics,
            feed.authors,
            feed.languages,
            feed.pinned,
            feed.sources,
            feed.entries,
            feed.min_days,
            feed.max_bytes,
            feed.archive,
            feed.page_entries,
        )
        return hashlib.sha256(repr(chosen_by).encode()).hexdigest()


@dataclass(slots=True)
class Moves:
    """What is to be written of the entries."""

    enter: list[tuple[str, int]] = field(default_factory=list)
    """Feed and article: into the current document."""

    leave: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """Feed and document → articles that stand there no more."""

    states: dict[str, State] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    """Changes that need no other look."""

    embargoed_until: datetime | None = None
    """When the next of the articles that were looked at comes out."""

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.enter or self.leave or self.states or self.seen)


def decide(
    feeds: Sequence[Feed],
    known: Mapping[str, State],
    changes: Mapping[int, int],
    articles: Sequence[Listed],
    places: Mapping[int, Sequence[Held]],
    now: datetime,
) -> Moves:
    """Return what the changes of articles and of settings mean for the feeds.

    Args:
        feeds: All feeds of articles.
        known: What each feed was chosen by when it was last looked at.
        changes: What has not been looked at yet: number → article.
        articles: Those of *changes*; all articles, if a feed is new or is chosen by other settings.
        places: Where each of *articles* stands.
        now: What is published later is not shown yet.
    """
    moves = Moves()
    anew = {feed.name for feed in feeds if _state(feed) != known.get(feed.name)}
    moves.states = {feed.name: _state(feed) for feed in feeds if feed.name in anew}
    ended = known.keys() - {feed.name for feed in feeds}
    # From here on changes pass them by: should they come back, all articles are looked at.
    moves.states |= {
        name: replace(known[name], selection="") for name in ended if known[name].selection
    }
    changed = set(changes.values())
    waiting = set()
    for article in articles:
        if article.published_at > now and article.withdrawn_at is None:
            waiting.add(article.sequence)
            at = article.published_at
            moves.embargoed_until = min(moves.embargoed_until or at, at)
        standing = _by_feed(places.get(article.sequence, ()))
        for feed in feeds:
            if article.sequence in changed or feed.name in anew:
                _place(article, feed, standing.get(feed.name, ()), now, moves)
    moves.seen = [number for number, sequence in changes.items() if sequence not in waiting]
    return moves


def _state(feed: Feed) -> State:
    return State(feed.selection, feed.topic)


def _by_feed(held: Iterable[Held]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    for item in held:
        found.setdefault(item.feed, []).append(item)
    return found


def _place(article: Listed, feed: Feed, held: Sequence[Held], now: datetime, moves: Moves) -> None:
    stands = any(item.page == CURRENT for item in held)
    archived = [item for item in held if item.page != CURRENT]
    if article.withdrawn_at is not None:
        for item in archived:
            _leave(moves, feed.name, item.page, article)
        if archived and not stands:
            # Only the current document is read again: the tombstone belongs there.
            moves.enter.append((feed.name, article.sequence))
    elif selection.feed_reason(article, feed.settings, now):
        # What is archived stays: the article was of this feed then.
        if stands:
            _leave(moves, feed.name, CURRENT, article)
    elif not stands and article.updated_at > max(
        (item.updated_at for item in archived), default=datetime.min.replace(tzinfo=now.tzinfo)
    ):
        moves.enter.append((feed.name, article.sequence))


def _leave(moves: Moves, feed: str, page: int, article: Listed) -> None:
    moves.leave.setdefault((feed, page), []).append(article.sequence)


def expired(held: Iterable[Held], now: datetime) -> list[int]:
    """Return the withdrawn articles of a current document that need no tombstone any more."""
    since = now - timedelta(days=TOMBSTONE_DAYS)
    return [
        item.sequence
        for item in held
        if item.withdrawn_at is not None and item.withdrawn_at < since
    ]


def new_pages(
    leaving: Sequence[int], page_entries: int, last: int
) -> Iterator[tuple[Page, Sequence[int]]]:
    """Yield the archive documents that articles *leaving* a feed fill, the oldest first.

    Args:
        leaving: The articles, the oldest first.
        page_entries: How many go into one.
        last: The number of the newest archive document there is; 0 when there is none.
    """
    starts = range(0, len(leaving), page_entries)
    for number, start in enumerate(starts, start=last + 1):
        # The first of them is not linked from the one before, which is written already.
        has_next = start + page_entries < len(leaving)
        yield Page(number, 1, has_next), leaving[start : start + page_entries]


def too_heavy(
    sizes: Sequence[tuple[int, tuple[int, ...]]], totals: Sequence[int], limit: int
) -> list[int]:
    """Return which articles leave a document that is larger than *limit*, the oldest first.

    A quarter of the limit is made free, so that not every new article moves another one; one
    article stays, however large.

    Args:
        sizes: Article and its length in each format, the oldest first.
        totals: The length of the document in each format.
        limit: Bytes; 0 for none.
    """
    if not limit or max(totals) <= limit:
        return []
    left = list(totals)
    leaving = []
    for sequence, lengths in sizes[:-1]:
        left = [total - length for total, length in zip(left, lengths, strict=True)]
        leaving.append(sequence)
        if max(left) <= limit * 3 // 4:
            break
    return leaving
