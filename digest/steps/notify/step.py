"""The step itself: looks at what is published, tells the hubs of others, and records it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from digest.clock import Clock
from digest.config import Config
from digest.dispatch.crew import work_off
from digest.errors import FetchError
from digest.steps.notify import watching
from digest.steps.notify.topics import Stamps, look
from digest.store import pings
from digest.store.engine import Store
from digest.store.pings import Ping
from digest.syndication import websub
from digest.syndication.fetch import Fetcher, Limits

LEASE = timedelta(minutes=1)
"""How long nobody else tells what was taken to be told: longer than any hub may take."""

MAX_ATTEMPTS = 24
"""Of telling one change: for about three days."""

SETTLE_SECONDS = 2.0
"""How long after a change hubs hear of it: they fetch at once, and our server must have seen it."""

LIMITS = Limits(body_bytes=100_000, seconds=20.0)
AT_ONCE = 5

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class NotifyResult:
    """What one round did."""

    changed: tuple[str, ...] = ()
    """URLs of documents that are new or another."""

    told: int = 0
    """How often a hub took notice."""

    failures: tuple[str, ...] = ()
    """Why hubs did not: hub, document, and what was in the way."""


class Notifier:
    """Tells the hubs of the settings what has changed."""

    def __init__(
        self,
        store: Store,
        config: Config,
        folder: Path,
        fetcher: Callable[[Limits], Fetcher],
        clock: Clock,
        *,
        settle_seconds: float = SETTLE_SECONDS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            store: Where it is kept what was told.
            config: The settings.
            folder: The published folder.
            fetcher: Makes the client that asks hubs.
            clock: The time.
            settle_seconds: How long to wait after a change is seen.
            jitter: From 0 to 1, so that not all repeat at the same moment.
        """
        self._store, self._config, self._folder = store, config, folder
        self._fetcher, self._clock, self._jitter = fetcher, clock, jitter
        self._settle_seconds = settle_seconds
        self._stamps: Stamps = {}
        self._is_stopping = False

    def stop(self) -> None:
        """Take no more; finish what is on its way. Safe to repeat."""
        self._is_stopping = True

    async def go_round(self) -> NotifyResult:
        """Look at what is published, and tell what is due.

        Raises:
            StoreError: if that cannot be recorded.
        """
        changed = await asyncio.to_thread(self.look)
        if changed and self._config.websub.hubs:
            await asyncio.sleep(self._settle_seconds)
        return replace(await self.tell_due(), changed=changed)

    def look(self) -> tuple[str, ...]:
        """Record which documents have changed; return their URLs. Tells nobody yet."""
        return look(self._store, self._config, self._folder, self._stamps, self._clock.now())

    def demand_all(self) -> None:
        """Have every hub told of every document, changed or not."""
        now = self._clock.now()
        with self._store.write() as tx:
            for hub in self._config.websub.hubs:
                for topic in pings.topics(tx):
                    pings.demand(tx, hub, topic, now)

    def hurry(self) -> None:
        """Have hubs told at once of what waits for a later attempt."""
        with self._store.write() as tx:
            pings.hurry(tx, self._clock.now())

    async def tell_due(self) -> NotifyResult:
        """Tell hubs what is due.

        Raises:
            StoreError: if results cannot be written: then nothing more is told.
        """
        first = await asyncio.to_thread(self._claim, AT_ONCE)
        if not first:
            return NotifyResult()
        failures: list[str] = []
        taken = [first]

        def claim(limit: int) -> list[Ping]:
            return taken.pop() if taken else self._claim(limit)

        async with self._fetcher(LIMITS) as fetcher:

            async def tell(ping: Ping) -> None:
                if trouble := await self._tell(fetcher, ping):
                    failures.append(f"{ping.hub} of {ping.topic}: {trouble}")

            done = await work_off(claim, tell, AT_ONCE)
        return NotifyResult((), done - len(failures), tuple(failures))

    def _claim(self, limit: int) -> list[Ping]:
        if self._is_stopping:
            return []
        with self._store.write() as tx:
            return pings.claim(tx, self._clock.now(), limit, LEASE)

    async def _tell(self, fetcher: Fetcher, ping: Ping) -> str:
        """Tell one hub of one document; return what was in the way, empty if nothing was."""
        headers = {"Content-Type": websub.FORM}
        try:
            answer = await fetcher.post(ping.hub, websub.ping_form(ping.topic), headers)
        except FetchError as error:
            is_told, detail = False, error.reason
        else:
            is_told = websub.is_taken(answer.status)
            said = "" if is_told else answer.body.decode("utf-8", "replace")
            detail = " ".join(f"{answer.status} {said}".split())[:_SHOWN]
        await asyncio.to_thread(self._settle, ping, detail, is_told=is_told)
        return "" if is_told else detail

    def _settle(self, ping: Ping, detail: str, *, is_told: bool) -> None:
        now, failures = self._clock.now(), ping.attempts + 1
        again = None
        if not is_told and failures < MAX_ATTEMPTS:
            again = now + websub.pause_after(failures, self._jitter())
        with self._store.write() as tx:
            pings.settle(
                tx, ping, now=now, is_told=is_told, next_attempt_at=again, detail=_clean(detail)
            )
            watching.note(tx, ping.hub, "" if is_told else _clean(detail), now)


def _clean(text: str) -> str:
    """Return what a stranger's server said as one line that any terminal can show."""
    return "".join(character if character.isprintable() else "?" for character in text)
