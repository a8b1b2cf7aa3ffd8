"""Results are made durable in groups, and whoever waits for one hears of it (R4, R5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from digest.model import DeliveryState
from digest.store import deliveries
from digest.store.deliveries import Settlement
from digest.store.engine import Store, Transaction

Also = Callable[[Transaction], object]
"""What else is written in the transaction that keeps a result."""


@dataclass(slots=True)
class _Entry:
    settlement: Settlement
    done: asyncio.Future[None]
    also: tuple[Also, ...] = field(default=())


class Commits:
    """Writes the results of one issue, all that are waiting in one transaction."""

    def __init__(
        self, store: Store, on_commit: Callable[[Mapping[DeliveryState, int]], None]
    ) -> None:
        """Prepare; :meth:`run` does the writing.

        Args:
            store: Where to.
            on_commit: Told how many results of each state were just made durable.
        """
        self.counts: Counter[DeliveryState] = Counter()
        """Results that were made durable."""

        self._store = store
        self._on_commit = on_commit
        self._pending: list[_Entry] = []
        self._work = asyncio.Event()

    async def add(self, settlement: Settlement, *also: Also) -> None:
        """Make the result durable, and *also* with it if its claim still holds; then return.

        Raises:
            StoreError: if it cannot be written.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append(_Entry(settlement, done, also))
        self._work.set()
        await done

    async def run(self) -> None:
        """Write groups as they come, until cancelled; the last group is finished."""
        while True:
            await self._work.wait()
            self._work.clear()
            group, self._pending = self._pending, []
            try:
                lost = await asyncio.to_thread(self._write, group)
            except Exception as error:  # noqa: BLE001 - every waiting connection must hear of it
                for entry in group:
                    if not entry.done.done():
                        entry.done.set_exception(error)
                continue
            # A claim that was lost is another sender's to settle and to count (R5).
            made = Counter(e.settlement.state for e in group if e.settlement.id not in lost)
            self.counts += made
            for entry in group:
                if not entry.done.done():
                    entry.done.set_result(None)
            self._on_commit(made)

    def _write(self, group: list[_Entry]) -> set[int]:
        """Write results; return the ids of those whose claims were lost."""
        with self._store.write() as tx:
            lost = set(deliveries.settle(tx, [entry.settlement for entry in group]))
            for entry in group:
                if entry.settlement.id not in lost:
                    for write in entry.also:
                        write(tx)
            return lost
