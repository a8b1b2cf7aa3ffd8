"""Asking sources for news: whoever is due, a few at once, and no host twice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from digest.clock import Clock
from digest.config import Config
from digest.dispatch.crew import work_off
from digest.errors import FetchError, StoreError
from digest.model.upstream import Arrival, UpstreamFeed
from digest.steps.gather.answers import (
    Outcome,
    headers_for,
    outcome_of,
    read_feed,
    read_source_page,
)
from digest.steps.gather.manners import Manners
from digest.steps.gather.step import GatherResult, gather, place_of
from digest.steps.gather.whole import Completed
from digest.store import alerts, sources
from digest.store.engine import Store
from digest.store.sources import State
from digest.syndication.fetch import Fetched, Fetcher, Limits
from digest.syndication.parse import FeedError

log = structlog.get_logger("digest")

LEASE = timedelta(minutes=5)
"""How long nobody else asks a source that was taken to be asked: longer than that may take."""

AT_ONCE = 20
"""Sources that are asked at a time, each on another host."""

HOST_PAUSE_SECONDS = 1.0
"""Between two questions to one host."""

LIMITS = Limits(body_bytes=10_000_000, seconds=20.0)

Complete = Callable[[Fetcher, str, Sequence[Arrival]], Awaitable[Completed]]
"""Fetches the whole text of articles of a source, by its name, that a feed has summaries of."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one round did."""

    asked: int = 0
    unchanged: int = 0
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why sources could not be read, by name."""

    gathered: tuple[GatherResult, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether anything that is published has changed."""
        return any(result.is_news for result in self.gathered)


class Gatherer:
    """Asks the sources of the settings."""

    def __init__(
        self,
        store: Store,
        config: Config,
        fetcher: Callable[[Limits], Fetcher],
        clock: Clock,
        *,
        complete: Complete | None = None,
        manners: Manners | None = None,
        pause_seconds: float = HOST_PAUSE_SECONDS,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            store: Where articles and states of sources are kept.
            config: The settings.
            fetcher: Gives a fetcher with limits.
            clock: The time.
            complete: Fetches whole texts where the settings want them; ``None``: nobody does.
            manners: Knows what sites ask of programs; ``None``: nobody asks them.
            pause_seconds: Between two questions to one host.
        """
        self._store, self._config, self._clock = store, config, clock
        self._fetcher, self._complete, self._manners = fetcher, complete, manners
        self._pause_seconds = pause_seconds
        self._is_stopping = False
        self._prepared: set[str] = set()
        """Sources that have a state as the settings want it: these do not change meanwhile."""

        self._busy: set[str] = set()
        """Hosts that are being asked."""

    @property
    def names(self) -> list[str]:
        """The sources that are asked."""
        return [name for name, item in self._config.sources.items() if item.is_upstream]

    def stop(self) -> None:
        """Take no more; finish what is on its way. Safe to repeat."""
        self._is_stopping = True

    async def go_round(
        self, only: Sequence[str] | None = None, *, anew: bool = False
    ) -> PollResult:
        """Ask every source that is due; or *only* these, due or not.

        Args:
            only: Names; ``None`` for all that are due.
            anew: Whether documents are read again that have not changed: for who changed the rules.

        Raises:
            StoreError: if results cannot be written.
        """
        names = self.names if only is None else list(only)
        if not names or not await asyncio.to_thread(self._prepare, names, only is not None):
            return PollResult()
        outcomes: list[Outcome] = []
        self._busy.clear()
        async with self._fetcher(LIMITS) as fetcher:

            async def ask(state: State) -> None:
                outcomes.append(await self._ask(fetcher, _unread(state) if anew else state))
                # Whoever else lives there waits a moment.
                await asyncio.sleep(self._pause_seconds)
                self._busy.discard(_host(state.address))

            await work_off(lambda limit: self._claim(names, limit), ask, AT_ONCE)
        return PollResult(
            asked=len(outcomes),
            unchanged=sum(item.is_unchanged for item in outcomes),
            failures={item.source: item.failure for item in outcomes if item.failure},
            gathered=tuple(item.gathered for item in outcomes if item.gathered is not None),
        )

    def _prepare(self, names: list[str], is_forced: bool) -> bool:  # noqa: FBT001 - called by a thread
        """Have a state for each source; return whether one is due."""
        now = self._clock.now()
        strange = self._strange([name for name in names if name not in self._prepared])
        if strange or is_forced:
            with self._store.write() as tx:
                for name in strange:
                    sources.ensure(tx, name, self._config.sources[name].url, now)
                if is_forced:
                    sources.make_due(tx, names, now)
        self._prepared.update(names)
        with self._store.read() as tx:
            return sources.is_due(tx, names, now) and not self._is_stopping

    def _strange(self, names: list[str]) -> list[str]:
        """Return those of *names* that are not known as the settings have them, or never asked."""
        if not names:
            return []
        with self._store.read() as tx:
            known = sources.states(tx)
        return [
            name
            for name in names
            if name not in known
            or known[name].url != self._config.sources[name].url
            or (
                known[name].next_poll_at is None
                and known[name].gone_at is None
                and not known[name].is_paused
            )
        ]

    def _claim(self, names: Sequence[str], limit: int) -> list[State]:
        if self._is_stopping:
            return []
        with self._store.write() as tx:
            claimed = sources.claim(tx, names, self._clock.now(), limit, LEASE, self._is_free)
        self._busy |= {_host(state.address) for state in claimed}
        return claimed

    def _is_free(self, chosen: Sequence[str], address: str) -> bool:
        """Return whether nobody asks the host of *address* now, nor of those *chosen*."""
        host = _host(address)
        return host not in self._busy and host not in map(_host, chosen)

    async def _ask(self, fetcher: Fetcher, state: State) -> Outcome:
        """Ask one source and take over what it says."""
        answer, feed, failure, is_all = None, None, "", True
        settings = self._config.sources[state.source]
        is_page = settings.kind == "page"
        try:
            if is_page and not await self._may_read(fetcher, state.address):
                raise FeedError("is not for programs, says its robots.txt")  # noqa: TRY301 - as all that is wrong with a source
            answer = await fetcher.get(state.address, headers_for(state, is_page=is_page))
            feed = await asyncio.to_thread(self._read, state, answer)
            if feed is not None and settings.full_text and not is_page:
                feed, is_all = await self._completed(fetcher, state.source, feed)
        except FetchError as error:
            failure = error.reason
        except FeedError as error:
            failure = str(error)
        except StoreError:
            raise
        except Exception as error:  # what one says must not keep the others waiting
            log.exception("source cannot be read", source=state.source)
            failure = f"cannot be read: {type(error).__name__}"
        outcome = await asyncio.to_thread(self._settle, state, answer, feed, failure)
        if not is_all:
            await asyncio.to_thread(self._come_back, state.source)
        return outcome

    def _read(self, state: State, answer: Fetched) -> UpstreamFeed | None:
        if self._config.sources[state.source].kind == "page":
            return read_source_page(state, answer, ZoneInfo(self._config.publication.timezone))
        return read_feed(state, answer)

    async def _may_read(self, fetcher: Fetcher, url: str) -> bool:
        return self._manners is None or await self._manners.allow(fetcher, url)

    async def _completed(
        self, fetcher: Fetcher, source: str, feed: UpstreamFeed
    ) -> tuple[UpstreamFeed, bool]:
        """Return *feed* with whole texts where they are to be had, and whether that is all."""
        if self._complete is None:
            return feed, True
        completed = await self._complete(fetcher, source, feed.arrivals)
        return replace(feed, arrivals=completed.arrivals), completed.is_all

    def _come_back(self, source: str) -> None:
        """Have the document read again soon, whether it changes or not: there is more to fetch."""
        soon = timedelta(seconds=self._config.sources[source].min_interval_seconds)
        with self._store.write() as tx:
            state = sources.state(tx, source)
            if state is None or state.next_poll_at is None:
                return
            at = min(state.next_poll_at, self._clock.now() + soon)
            sources.save(tx, source, etag="", last_modified="", digest="", next_poll_at=at)

    def take(self, state: State, answer: Fetched) -> GatherResult | None:
        """Take over *answer*, which the hub of a source brought, as if it had been asked.

        ``None``: it was read before, or the source is asked at once for more than it brought.

        Raises:
            FeedError: if it cannot be read; nothing is changed.
            StoreError: if it cannot be written.
        """
        if self._config.sources[state.source].full_text:
            # What it brought are summaries: to ask brings the texts along.
            with self._store.write() as tx:
                sources.make_due(tx, [state.source], self._clock.now())
            return None
        feed = self._read(state, answer)
        return self._settle(state, answer, feed, "", is_brought=True).gathered

    def _settle(
        self,
        state: State,
        answer: Fetched | None,
        feed: UpstreamFeed | None,
        failure: str,
        *,
        is_brought: bool = False,
    ) -> Outcome:
        """Write down what came of asking, and the articles that it brought."""
        now, source = self._clock.now(), state.source
        gathered = None
        if feed is not None:
            title, is_first = feed.title or state.title, state.succeeded_at is None
            place = place_of(self._config, source, title=title, is_first=is_first)
            gathered = gather(self._store, place, feed.arrivals, now=now, deleted=feed.deleted)
        outcome = outcome_of(
            self._config.sources[source], state, answer, feed, failure, now, is_brought=is_brought
        )
        seen, used = len(feed.arrivals) if feed else 0, len(gathered.added) if gathered else 0
        with self._store.write() as tx:
            sources.save(tx, source, **outcome.values)
            sources.count(tx, source, unchanged=outcome.is_unchanged, seen=seen, used=used)
            if outcome.is_gone:
                # That it could not be read is over: there is more to say now.
                alerts.clear_alert(tx, alert_key(source), now)
            if outcome.alert:
                alerts.raise_alert(tx, alert_key(source), outcome.alert, now)
            elif outcome.is_well:
                alerts.clear_alert(tx, alert_key(source), now)
        return replace(outcome, gathered=gathered)


def _unread(state: State) -> State:
    return replace(state, etag="", last_modified="", digest="")


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def alert_key(source: str) -> str:
    """Return the key of the alert that *source* cannot be read."""
    return f"source:{source}"
