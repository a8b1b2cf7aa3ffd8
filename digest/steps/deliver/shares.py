"""Shares of a relay's connections: issues on their way at once get about as many each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

FAR_AHEAD = 2
"""Who has so many more than another hands one over. With one more they would pass it to and fro."""


class Shares:
    """So many connections, for whoever wants some; each is given its turn in the order of asking.

    Nobody is interrupted: who has more than others asks :meth:`is_wanted` between two messages.
    """

    def __init__(self, size: int) -> None:
        """Have *size* connections to give, all of them free."""
        self._free = asyncio.Semaphore(size)
        self._held = Counter[Hashable]()
        self._waiting = Counter[Hashable]()

    @asynccontextmanager
    async def one(self, holder: Hashable) -> AsyncIterator[None]:
        """Wait for a connection for *holder*, who has it meanwhile."""
        self._waiting[holder] += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting[holder] -= 1
        self._held[holder] += 1
        try:
            yield
        finally:
            self._held[holder] -= 1
            self._free.release()

    def is_wanted(self, holder: Hashable) -> bool:
        """Return whether *holder* is to give one back, because another waits that has far fewer."""
        most = self._held[holder] - FAR_AHEAD
        return any(
            number and other != holder and self._held[other] <= most
            for other, number in self._waiting.items()
        )
