"""Signed messages are written in threads, several at a time: signing uses the other cores.

A signature takes about as long as all else, and leaves the interpreter to others meanwhile. Handing
a message to a thread and back wakes both sides, so what waits goes together.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence

from digest.steps.deliver.writer import Written
from digest.store.deliveries import Claim

MOST_AT_ONCE = 8
"""Messages of one turn of a thread: the first of them waits for the last."""

MOST_THREADS = 4


class Signing:
    """Writes the messages of one issue for all its connections."""

    def __init__(
        self,
        write: Callable[[Claim], Written],
        threads: int = min(MOST_THREADS, os.cpu_count() or 1),
    ) -> None:
        """Write with *write*, which is safe to call in so many *threads* at once."""
        self._write = write
        self._threads = threads
        self._working = 0
        self._turns: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Claim, asyncio.Future[Written]]] = deque()

    async def write(self, claim: Claim) -> Written:
        """Return the message for *claim*. Who waits may be cancelled; nobody else is then.

        Raises:
            Exception: whatever writing raises.
        """
        done: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, done))
        if self._working < self._threads:
            self._working += 1
            turn = asyncio.create_task(self._work())
            self._turns.add(turn)  # or it might be collected before its end
            turn.add_done_callback(self._turns.discard)
        return await done

    async def _work(self) -> None:
        try:
            while self._waiting:
                # What waits is shared among the threads.
                number = min(-(-len(self._waiting) // self._threads), MOST_AT_ONCE)
                batch = [self._waiting.popleft() for _ in range(number)]
                results = await asyncio.to_thread(self._write_all, [claim for claim, _ in batch])
                for (_, done), result in zip(batch, results, strict=True):
                    if done.done():
                        continue
                    if isinstance(result, Exception):
                        done.set_exception(result)
                    else:
                        done.set_result(result)
        finally:
            self._working -= 1

    def _write_all(self, claims: Sequence[Claim]) -> list[Written | Exception]:
        results: list[Written | Exception] = []
        for claim in claims:
            try:
                results.append(self._write(claim))
            except Exception as error:  # noqa: BLE001 - each connection must hear of its own
                results.append(error)
        return results
