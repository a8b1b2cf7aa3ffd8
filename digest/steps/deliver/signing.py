"""Signed messages are written in threads, several at a time: signing uses the other cores.

A signature takes about as long as all else, and leaves the interpreter to others meanwhile. Handing
a message to a thread and back wakes both sides, so what waits goes together; and it is begun as
soon as it is claimed, so that connections seldom have to wait.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeAlias

from digest.steps.deliver.writer import Written
from digest.store.deliveries import Claim

MOST_AT_ONCE = 8
"""Messages of one turn of a thread: the first of them waits for the last."""

MOST_THREADS = 4

MOST_KEPT = 1024
"""So many finished ones are kept that nobody has asked for; they are written anew if need be."""

_Result: TypeAlias = Written | Exception


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
        self._waiting: dict[int, Claim] = {}
        self._finished: dict[int, _Result] = {}
        self._writing: set[int] = set()
        self._asked: dict[int, asyncio.Future[None]] = {}

    def begin(self, claims: Iterable[Claim]) -> None:
        """Write the messages for *claims* when there is time: they will be asked for."""
        self._waiting |= {claim.id: claim for claim in claims if claim.id not in self._finished}
        self._start()

    def take(self, claim: Claim) -> Written | None:
        """Return the message for *claim* if it is finished, once; else ``None``.

        Raises:
            Exception: whatever writing has raised.
        """
        result = self._finished.pop(claim.id, None)
        if isinstance(result, Exception):
            raise result
        return result

    async def write(self, claim: Claim) -> Written:
        """Return the message for *claim*. Who waits may be cancelled; nobody else is then.

        Raises:
            Exception: whatever writing raises.
        """
        while (written := self.take(claim)) is None:
            if claim.id not in self._writing:
                # Who waits goes before what is written ahead.
                self._waiting = {claim.id: claim, **self._waiting}
                self._start()
            done = self._asked[claim.id] = asyncio.get_running_loop().create_future()
            await done
        return written

    def _start(self) -> None:
        """Have threads at work, as many as there are turns for."""
        turns = -(-len(self._waiting) // MOST_AT_ONCE)
        while self._working < min(self._threads, turns):
            self._working += 1
            turn = asyncio.create_task(self._work())
            self._turns.add(turn)  # or it might be collected before its end
            turn.add_done_callback(self._turns.discard)

    async def _work(self) -> None:
        try:
            while self._waiting:
                # What waits is shared among the threads.
                number = min(-(-len(self._waiting) // self._threads), MOST_AT_ONCE)
                batch = [self._waiting.pop(key) for key in list(islice(self._waiting, number))]
                self._writing |= {claim.id for claim in batch}
                results = await asyncio.to_thread(self._write_all, batch)
                for claim, result in zip(batch, results, strict=True):
                    self._finish(claim, result)
        finally:
            self._working -= 1

    def _finish(self, claim: Claim, result: _Result) -> None:
        self._writing.discard(claim.id)
        self._finished[claim.id] = result
        done = self._asked.pop(claim.id, None)
        if done is not None and not done.done():
            done.set_result(None)
        while len(self._finished) > MOST_KEPT:
            del self._finished[next(iter(self._finished))]

    def _write_all(self, claims: Sequence[Claim]) -> list[_Result]:
        results: list[_Result] = []
        for claim in claims:
            try:
                results.append(self._write(claim))
            except Exception as error:  # noqa: BLE001 - each connection must hear of its own
                results.append(error)
        return results
