"""Looking at a source without taking anything over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.config import Config
from digest.errors import FetchError
from digest.model.upstream import UpstreamFeed
from digest.steps.gather.answers import headers_for, read_feed, read_source_page
from digest.steps.gather.decide import Verdict, keys_of
from digest.steps.gather.step import decided_in, place_of
from digest.store import sources
from digest.store.engine import Store
from digest.store.sources import State
from digest.syndication.fetch import Fetched, Fetcher
from digest.syndication.parse import FeedError


@dataclass(frozen=True, slots=True)
class Look:
    """What a source answers now."""

    url: str
    """Where the feed was found: a web page names its feeds."""

    feed: UpstreamFeed
    moved_to: str = ""


async def look(fetcher: Fetcher, url: str, *, is_page: bool = False) -> Look:
    """Return what is at *url*; where that is a web page, the first feed that it names.

    Args:
        fetcher: Asks for it.
        url: An address.
        is_page: Whether the page itself is wanted.

    Raises:
        FetchError: if there is no answer.
        FeedError: if there is no feed, or the page cannot be read as an article.
    """
    if is_page:
        return await _look(fetcher, url, is_page=True)
    try:
        return await _look(fetcher, url)
    except FeedError as error:
        if not error.alternatives:
            raise
        return await _look(fetcher, error.alternatives[0])


async def _look(fetcher: Fetcher, url: str, *, is_page: bool = False) -> Look:
    state = State("", url)
    answer: Fetched = await fetcher.get(url, headers_for(state, is_page=is_page))
    feed = (read_source_page if is_page else read_feed)(state, answer)
    if feed is None:
        raise FetchError(url, f"answered with {answer.status} to a first question")
    return Look(url, feed, answer.moved_to)


def would_do(
    store: Store, config: Config, source: str, feed: UpstreamFeed, now: datetime
) -> Sequence[Verdict]:
    """Return what taking over *feed* as *source* would do with each of its articles."""
    keys = keys_of(source, feed.arrivals)
    with store.read() as tx:
        state = sources.state(tx, source)
        is_first = state is None or state.succeeded_at is None
        place = place_of(config, source, title=feed.title, is_first=is_first)
        return decided_in(tx, place, feed.arrivals, keys, now, feed.deleted, ()).verdicts
