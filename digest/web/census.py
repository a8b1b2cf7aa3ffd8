"""Notes who asks for feeds, beside the answers, and writes it down in batches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import structlog
from starlette.types import Scope

from digest.clock import Clock
from digest.config import Config
from digest.errors import DigestError
from digest.steps.census import Poll, record
from digest.store.engine import Store
from digest.syndication.census import MAX_AGENT_BYTES
from digest.web.proxies import UNKNOWN, client_of, parse_networks

BATCH_SECONDS = 30.0
"""How long what was noted waits to be written: a process that is killed loses so much."""

MAX_NOTED = 20_000
"""Of different askers in one batch: more are not counted, so that they cannot fill the memory."""

_MAX_FORWARDED = 1000

_Asker = tuple[str, str, bytes, bytes]
"""Path, address of who is connected, User-Agent, X-Forwarded-For."""

log = structlog.get_logger("digest")


class Census:
    """Is told of each request for a feed; see :data:`digest.web.feeds.Poll`."""

    def __init__(self, store: Store, config: Config, clock: Clock) -> None:
        """Count into *store*."""
        self._store = store
        self._clock = clock
        self._keep_days = config.web.census_days
        self._trusted = parse_networks(config.web.trusted_proxies)
        self._noted: dict[_Asker, int] = {}
        self._is_waiting = False
        self._writing: asyncio.Task[None] | None = None

    def __call__(self, path: str, scope: Scope, agent: bytes) -> None:
        """Note a request; costs next to nothing."""
        client = scope.get("client")
        forwarded = _forwarded(scope) if self._trusted else b""
        if len(agent) > MAX_AGENT_BYTES:
            agent = agent[:MAX_AGENT_BYTES]
        asker = (path, client[0] if client else UNKNOWN, agent, forwarded)
        times = self._noted.get(asker, 0)
        if times or len(self._noted) < MAX_NOTED:
            self._noted[asker] = times + 1
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self._begin)

    def _begin(self) -> None:
        self._is_waiting = False
        self._writing = asyncio.create_task(asyncio.to_thread(self._write, self._taken()))

    def write(self) -> None:
        """Write down what was noted. May block. If that fails, it is lost: feeds matter more."""
        self._write(self._taken())

    def _taken(self) -> dict[_Asker, int]:
        """Return what was noted, and begin anew; in the thread of the event loop."""
        noted, self._noted = self._noted, {}
        return noted

    def _write(self, noted: Mapping[_Asker, int]) -> None:
        if not noted:
            return
        found: Counter[Poll] = Counter()
        for (path, peer, agent, forwarded), times in noted.items():
            listed = [item.strip() for item in forwarded.decode("latin-1").split(",")]
            address = client_of(peer, listed if forwarded else [], self._trusted)
            found[Poll(path, address, agent.decode("latin-1"))] += times
        try:
            record(self._store, found, keep_days=self._keep_days, now=self._clock.now())
        except DigestError as error:
            log.warning("polls not counted", polls=found.total(), error=str(error))


def _forwarded(scope: Scope) -> bytes:
    """Return what X-Forwarded-For lists, over all its lines."""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(lines)[-_MAX_FORWARDED:]
