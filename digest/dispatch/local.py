"""Waking delivery in one process: an event that the steps set and the sender waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LocalDispatch:
    """Wakes the one sender of an SQLite publication, or one of many that look by themselves."""

    def __init__(self) -> None:
        """Nothing is due yet."""
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Say that something may be due. Safe to repeat."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Return when woken, or after *seconds*. Return whether it was woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def sent(self, number: int) -> None:
        """Take note that so many deliveries were settled: nobody else is to know."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of what is due elsewhere meanwhile; here there is nobody else."""
        yield
