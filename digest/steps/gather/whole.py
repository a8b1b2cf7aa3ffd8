"""Whole texts for articles of which a feed has only the beginning, fetched from their pages.

Each page is fetched once and kept: as long as the feed says the same of an article, its page is
not asked again. Where there is no whole text to be had, the summary stays. Title, times, authors,
and address stay the feed's wherever it has them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from digest.clock import Clock
from digest.config import Config
from digest.errors import FetchError
from digest.model import Draft
from digest.model.upstream import Arrival
from digest.steps.gather.decide import keys_of
from digest.steps.gather.drafts import from_json, to_json
from digest.steps.gather.manners import Manners
from digest.steps.gather.rules import Rules, newest
from digest.store import pages
from digest.store.engine import Store
from digest.store.pages import Page
from digest.syndication.extract import PageError, read_page
from digest.syndication.fetch import Fetcher

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

MAX_PAGES = 20
"""Of one source at a time; the others come when it is asked again, soon."""

MAX_SECONDS = 150.0
"""The same in time: shorter than nobody else asks the source."""

MAX_ATTEMPTS = 3
"""After so many the summary stays."""

RETRY = timedelta(hours=1)
KEPT = timedelta(days=30)
"""How long a text is kept that the feed does not name any more."""

_BUSY = frozenset({429, 503})
_WORD = re.compile(r"[^\W\d_]{4,}")
_FEW_WORDS = 3
_ENOUGH_IN_COMMON = 0.5
_MAX_REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class Completed:
    """Articles, as whole as they are to be had."""

    arrivals: tuple[Arrival, ...]
    is_all: bool = True
    """Whether nothing is left to be fetched: else the feed is to be read again, soon."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An article of which only a summary is known."""

    index: int
    arrival: Arrival
    key: str
    digest: str
    kept: Page | None


class Completer:
    """Fetches the whole texts."""

    def __init__(self, store: Store, config: Config, clock: Clock, manners: Manners) -> None:
        """Prepare; nothing is opened yet."""
        self._store, self._config, self._clock, self._manners = store, config, clock, manners

    async def __call__(
        self, fetcher: Fetcher, source: str, arrivals: Sequence[Arrival]
    ) -> Completed:
        """Return *arrivals* of *source* with whole texts where they are to be had.

        Raises:
            StoreError: if the store cannot be read or written.
        """
        wanted = await asyncio.to_thread(self._wanted, source, arrivals)
        found = list(arrivals)
        started, fetched, is_all = self._clock.monotonic(), 0, True
        busy: set[str] = set()
        for item in wanted:
            page, is_due = item.kept, _is_due(item, self._clock.now())
            host = urlsplit(item.arrival.draft.url).hostname or ""
            if is_due:
                is_late = self._clock.monotonic() - started > MAX_SECONDS
                if fetched >= MAX_PAGES or is_late or host in busy:
                    is_all = False
                else:
                    fetched += 1
                    page = await self._page(fetcher, source, item, busy)
                    await asyncio.to_thread(self._keep, page)
            if page is not None and page.draft is not None:
                found[item.index] = merged(item.arrival, from_json(page.draft))
            elif page is not None and page.attempts < MAX_ATTEMPTS:
                is_all = False
        return Completed(tuple(found), is_all)

    def _wanted(self, source: str, arrivals: Sequence[Arrival]) -> list[_Wanted]:
        """Return those of which the whole text is wanted, newest first."""
        settings = self._config.sources[source]
        rules, kept = Rules.of(settings), set(map(id, newest(arrivals, settings.max_articles)))
        keys = [own[0] for own in keys_of(source, arrivals)]
        with self._store.write() as tx:
            pages.forget(tx, source, keys, self._clock.now() - KEPT)
            known = pages.known(tx, source, keys)
        wanted = [
            _Wanted(index, item, key, _digest_of(item), known.get(key))
            for index, (item, key) in enumerate(zip(arrivals, keys, strict=True))
            if item.is_summary
            and item.draft.url
            and id(item) in kept
            and not rules.reason_against(item)
        ]
        return sorted(wanted, key=_age, reverse=True)

    async def _page(self, fetcher: Fetcher, source: str, item: _Wanted, busy: set[str]) -> Page:
        """Return what came of fetching the page of *item*."""
        whole, reason = None, ""
        try:
            whole = await self._read(fetcher, item.arrival, busy)
        except (FetchError, PageError) as error:
            reason = (error.reason if isinstance(error, FetchError) else str(error)) or "fails"
        kept = item.kept
        is_same = kept is not None and kept.digest == item.digest
        draft = to_json(whole) if whole is not None else kept.draft if kept is not None else None
        return Page(
            source,
            item.key,
            item.digest,
            self._clock.now(),
            attempts=0 if whole is not None else (kept.attempts if kept and is_same else 0) + 1,
            reason=reason[:_MAX_REASON_CHARS],
            draft=draft,
        )

    async def _read(self, fetcher: Fetcher, arrival: Arrival, busy: set[str]) -> Arrival:
        url = arrival.draft.url
        if not await self._manners.allow(fetcher, url):
            raise PageError("is not for programs, says its robots.txt")
        await self._manners.wait(url)
        answer = await fetcher.get(url, {"Accept": ACCEPT})
        if answer.status in _BUSY:
            busy.add(urlsplit(url).hostname or "")
        if not answer.is_success:
            raise PageError(f"answered with {answer.status}")
        kind = answer.headers.get("content-type", "")
        whole = await asyncio.to_thread(read_page, answer.body, url=answer.url, content_type=kind)
        if not is_same_article(arrival.draft, whole.draft):
            raise PageError("has another text than the feed's, or none that is longer")
        return whole

    def _keep(self, page: Page) -> None:
        with self._store.write() as tx:
            pages.put(tx, page)


def _age(item: _Wanted) -> tuple[float, int]:
    moment = item.arrival.draft.published_at
    return (moment.timestamp() if moment else float("inf"), -item.index)


def _is_due(item: _Wanted, now: datetime) -> bool:
    """Return whether the page is to be fetched now."""
    page = item.kept
    if page is None or page.digest != item.digest:
        return True
    if not page.reason:
        return False
    return page.attempts < MAX_ATTEMPTS and page.tried_at <= now - RETRY


def _digest_of(arrival: Arrival) -> str:
    """Return by what it is known whether the feed says something new of *arrival*."""
    said = json.dumps(to_json(arrival), sort_keys=True)
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def merged(summary: Arrival, whole: Arrival) -> Arrival:
    """Return *summary* with the text of *whole*, and with what only the page says."""
    feed, page = summary.draft, whole.draft
    draft = replace(
        feed,
        content_html=page.content_html,
        content_text=page.content_text,
        summary=feed.summary or page.summary,
        authors=feed.authors or page.authors,
        topics=feed.topics or page.topics,
        published_at=feed.published_at or page.published_at,
        updated_at=feed.updated_at or page.updated_at,
        image=page.image if feed.image is None else feed.image,
        language=page.language or feed.language,
    )
    return replace(summary, draft=draft, is_summary=False)


def is_same_article(feed: Draft, page: Draft) -> bool:
    """Tell whether *page* is what *feed* is the summary of, and more of it.

    Sites that want something first (consent, a subscription) answer with another page.
    """
    if len(page.content_text) <= len(feed.content_text):
        return False
    words = {word.casefold() for word in _WORD.findall(f"{feed.title} {feed.content_text[:500]}")}
    if len(words) < _FEW_WORDS:
        return True
    text = f"{page.title} {page.summary} {page.content_text}".casefold()
    return sum(word in text for word in words) >= len(words) * _ENOUGH_IN_COMMON
