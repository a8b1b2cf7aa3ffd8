"""A few at once: whatever is due is claimed as hands become free, and done side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def work_off(
    claim: Callable[[int], Sequence[T]], work: Callable[[T], Awaitable[None]], at_once: int
) -> int:
    """Do *work* with everything that *claim* gives; return how much that was.

    One that takes long keeps nobody waiting but one hand. Whoever stops early has nothing more
    claimed; what is being done is finished.

    Args:
        claim: Takes how many are wanted, gives that many or fewer, and nothing when no more is to
            be done. Runs in a thread.
        work: Done with each.
        at_once: How many hands there are.

    Raises:
        Exception: what *claim* or *work* raises; the others are cancelled.
    """
    busy: set[asyncio.Task[None]] = set()
    done = 0
    try:
        while True:
            claimed = await asyncio.to_thread(claim, at_once - len(busy))
            busy |= {asyncio.ensure_future(work(item)) for item in claimed}
            done += len(claimed)
            if not busy:
                return done
            ready, busy = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
            for task in ready:
                task.result()
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
