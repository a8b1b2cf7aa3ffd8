"""Shares of a relay's connections: issues on their way at once get about as many each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

FAR_AHEAD = 2
"""Who has so many more than another hands one over. With one more they would pass it to and fro."""


@dataclass(eq=False, slots=True)
class Turn:
    """A connection, for as long as one holder has it."""

    holder: Hashable
    is_given_up: bool = False
    """Whether it is on its way to another: it ends as soon as it can."""


class Shares:
    """So many connections, for whoever wants some; each is given its turn in the order of asking.

    Nobody is interrupted: who has more than others asks :meth:`is_wanted` between two messages.
    """

    def __init__(self, size: int) -> None:
        """Have *size* connections to give, all of them free."""
        self._free = asyncio.Semaphore(size)
        self._held = Counter[Hashable]()
        """Those that are given up already do not count."""

        self._waiting = Counter[Hashable]()
        self._on_their_way = 0
        """Given up, and not taken over by anybody yet."""

    @asynccontextmanager
    async def one(self, holder: Hashable) -> AsyncIterator[Turn]:
        """Wait for a connection for *holder*, who has it meanwhile."""
        self._waiting[holder] += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting[holder] -= 1
        self._held[holder] += 1
        self._on_their_way -= self._on_their_way > 0
        turn = Turn(holder)
        try:
            yield turn
        finally:
            self._held[holder] -= not turn.is_given_up
            self._free.release()

    def is_wanted(self, turn: Turn) -> bool:
        """Return whether *turn* is to end, because another waits that has far fewer.

        Once it is, it stays so. Of several that ask at once only as many are wanted as it takes.
        """
        if not turn.is_given_up:
            most = self._held[turn.holder] - FAR_AHEAD - self._on_their_way
            turn.is_given_up = any(
                number and other != turn.holder and self._held[other] <= most
                for other, number in self._waiting.items()
            )
            self._held[turn.holder] -= turn.is_given_up
            self._on_their_way += turn.is_given_up
        return turn.is_given_up
