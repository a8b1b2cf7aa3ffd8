"""A month of asking a thousand sources, in simulated time: how often, and at what cost.

Run it with ``python -m benchmarks.sources``. The sources are of the kinds that there are: busy
ones, daily and weekly ones, ones that sleep, ones without ETags, and a few that fail. What is real:
the settings, the database (SQLite, in a folder that is removed), parsing, deciding, writing. The
clock and the web are played.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from digest.clock import ManualClock
from digest.config import Config, load
from digest.errors import FetchError
from digest.steps.gather import Gatherer
from digest.store import articles
from digest.store.engine import Store, Transaction, open_store
from digest.syndication.fetch import Fetched, Fetcher, Limits

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
ROUND = timedelta(minutes=5)
SHOWN = 10
"""Articles in each document."""

KINDS: Mapping[str, tuple[int, timedelta]] = {
    "hourly": (100, timedelta(hours=1)),
    "busy without etags": (50, timedelta(hours=2)),
    "daily": (400, timedelta(days=1)),
    "weekly": (300, timedelta(days=7)),
    "asleep": (130, timedelta(days=200)),
    "failing": (20, timedelta()),
}
"""How many of a thousand there are, and how much time lies between their articles."""


@dataclass
class Web:
    """What all sources are at the time of *clock*; a fetcher that asks nobody."""

    clock: ManualClock
    asked: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close nothing."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Answer as the source at *url* would.

        Raises:
            FetchError: for one that fails.
        """
        kind, number = url.rsplit("/", 2)[1:]
        kind = kind.replace("-", " ")
        self.asked[kind] += 1
        gap = KINDS[kind][1]
        if not gap:
            raise FetchError(url, "cannot be fetched: connection refused")
        # Each has its own hour.
        since = self.clock.now() - BEGIN + timedelta(days=400) + gap * (int(number) % 97 / 97)
        newest = since // gap
        etag = f'"{newest}"'
        if (headers or {}).get("If-None-Match") == etag:
            self.unchanged[kind] += 1
            return Fetched(url, 304, {"etag": etag}, b"")
        said = {"content-type": "application/rss+xml"}
        if kind != "busy without etags":
            said["etag"] = etag
        start = self.clock.now() - since
        notes = "".join(
            f"<item><title>Note {n} of {number}</title><link>{url}/{n}</link><guid>{url}/{n}</guid>"
            f"<pubDate>{format_datetime(start + gap * n)}</pubDate>"
            f"<description>{'Words about it. ' * 20}</description></item>"
            for n in range(newest, newest - SHOWN, -1)
        )
        body = f"<rss version='2.0'><channel><title>{number}</title>{notes}</channel></rss>"
        return Fetched(url, 200, said, body.encode())


def settings(count: int) -> Config:
    """Return the settings of about *count* sources, each on a host of its own."""
    tables = [
        f'[sources.{kind.replace(" ", "-")}-{number}]\nkind = "feed"\n'
        f'url = "https://{kind[0]}{number}.example/{kind.replace(" ", "-")}/{number}"\n'
        for kind, (share, _) in KINDS.items()
        for number in range(share * count // 1000)
    ]
    return load(
        '[publication]\ntitle = "T"\nurl = "https://gazette.example/"\n'
        'id = "tag:gazette.example,2026"\npostal_address = "1 Quay Street"\n' + "\n".join(tables)
    )


@dataclass(slots=True)
class Month:
    """What came of it."""

    asked: Counter[str]
    unchanged: Counter[str]
    articles: int
    writes: int
    """Transactions."""

    longest_write_seconds: float
    cpu_seconds: float


class _Counting(Store):
    """A store that counts its transactions, and knows how long the longest took."""

    def __init__(self, store: Store) -> None:
        """Work with what *store* has opened."""
        vars(self).update(vars(store))
        self.writes, self.longest_seconds = 0, 0.0

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction as :meth:`Store.write` does."""
        with super().write() as tx:
            started = time.perf_counter()
            yield tx
        self.writes += 1
        self.longest_seconds = max(self.longest_seconds, time.perf_counter() - started)


async def live(store: _Counting, count: int, days: int) -> Month:
    """Ask *count* sources for *days* days."""
    config, clock = settings(count), ManualClock(BEGIN)
    web = Web(clock)

    def fetcher(_limits: Limits) -> Fetcher:
        return cast("Fetcher", web)  # all of it that is used

    gatherer = Gatherer(store, config, fetcher, clock, pause_seconds=0)
    started = time.process_time()
    while clock.now() < BEGIN + timedelta(days=days):
        await gatherer.go_round()
        clock.advance(ROUND)
    cpu_seconds = time.process_time() - started
    with store.read() as tx:
        found = articles.count_published(tx)
    return Month(web.asked, web.unchanged, found, store.writes, store.longest_seconds, cpu_seconds)


def main() -> None:
    """Print what a month costs; sources and days may be given."""
    said = [int(word) for word in sys.argv[1:3]]
    count, days = [*said, *(1000, 30)[len(said) :]]
    with tempfile.TemporaryDirectory() as folder:
        store = _Counting(open_store(f"sqlite:///{Path(folder) / 'digest.sqlite3'}"))
        month = asyncio.run(live(store, count, days))
        store.close()
    total = sum(month.asked.values())
    print(f"{count} sources, {days} days: {total} requests, {month.articles} articles")
    for kind, (share, _) in KINDS.items():
        own = share * count // 1000 or 1
        print(
            f"  {kind}: {month.asked[kind] / own / days:.2f} requests a day each, "
            f"{month.unchanged[kind] / max(month.asked[kind], 1):.0%} answered with 304"
        )
    print(
        f"{month.cpu_seconds:.1f} s of CPU, {month.cpu_seconds / total * 1000:.1f} ms a request; "
        f"{month.writes} transactions, {month.writes / total:.2f} a request, "
        f"the longest {month.longest_write_seconds * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
